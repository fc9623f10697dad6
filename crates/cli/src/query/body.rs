//! What is asked, as the command line has it: a body and the values of its parameters.

use std::collections::BTreeMap;
use std::io::Read as _;

use anyhow::{Context as _, Result};
use serde_json::value::RawValue;
use workbench::{Command, Mode, Query};

use crate::command::{ParameterArguments, QueryArguments};

/// The query that the arguments of `pixii query` mean.
pub(super) fn query(command: Command, arguments: &QueryArguments) -> Result<Query> {
    let table = arguments.table.clone();
    written(command, table, (text(arguments)?, &arguments.parameters))
}

/// A query with its parameters.
pub(crate) fn written(
    command: Command,
    table: Option<String>,
    (text, parameters): (String, &ParameterArguments),
) -> Result<Query> {
    Ok(Query {
        command,
        text,
        mode: parameters.mode.map_or(Mode::Auto, crate::command::BodyMode::mode),
        table,
        parameters: values(parameters)?,
    })
}

fn text(arguments: &QueryArguments) -> Result<String> {
    match (&arguments.body, &arguments.file) {
        (Some(body), _) if body == "-" => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).context("cannot read standard input")?;
            Ok(text)
        }
        (Some(body), _) => Ok(body.clone()),
        (None, Some(file)) => {
            std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
        }
        (None, None) => Ok(String::new()),
    }
}

/// The values of the parameters.
fn values(parameters: &ParameterArguments) -> Result<BTreeMap<String, Box<RawValue>>> {
    let mut values = BTreeMap::new();
    for pair in &parameters.param {
        let (name, text) = split(pair, "--param", "NAME=TEXT")?;
        values.insert(name.to_owned(), RawValue::from_string(serde_json::to_string(text)?)?);
    }
    for pair in &parameters.param_json {
        let (name, json) = split(pair, "--param-json", "NAME=JSON")?;
        let value = RawValue::from_string(json.to_owned());
        let value = value.with_context(|| {
            format!("--param-json {name}={json} is no JSON; a text is given with --param")
        })?;
        values.insert(name.to_owned(), value);
    }
    Ok(values)
}

fn split<'a>(pair: &'a str, option: &str, form: &str) -> Result<(&'a str, &'a str)> {
    let split = pair.split_once('=').map(|(name, value)| (name.trim(), value));
    split
        .filter(|(name, _)| !name.is_empty())
        .with_context(|| format!("{option} wants {form}, not {pair:?}"))
}
