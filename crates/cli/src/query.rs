//! `pixii query`: one command, asked of any DynamoDB.

use std::io::{Read as _, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result};
use workbench::{Body, Command, Connection, Reply, Secret, Settings};

use crate::command::QueryArguments;

/// What the exit status says when the service refused.
const REFUSED: u8 = 1;
/// What it says when nothing could be asked.
const NOT_ASKED: u8 = 2;

/// Asks, and prints what comes back.
pub(crate) fn run(arguments: &QueryArguments) -> Result<ExitCode> {
    let reply = match ask(arguments) {
        Ok(reply) => reply,
        Err(error) => {
            writeln!(std::io::stderr(), "pixii: {error:#}")?;
            return Ok(NOT_ASKED.into());
        }
    };
    match reply {
        Reply::Success(success) => {
            writeln!(std::io::stdout(), "{}", success.pretty)?;
            Ok(ExitCode::SUCCESS)
        }
        Reply::Refusal(refusal) => {
            writeln!(std::io::stderr(), "{refusal}")?;
            Ok(REFUSED.into())
        }
    }
}

fn ask(arguments: &QueryArguments) -> Result<Reply> {
    let command: Command = arguments.command.parse()?;
    let body = Body::parse(&body_text(arguments)?)?;
    let settings = Settings {
        endpoint: arguments.endpoint.clone(),
        region: arguments.region.clone(),
        access_key_id: arguments.access_key_id.clone(),
        secret_access_key: arguments.secret_access_key.as_deref().map(Secret::from),
        session_token: arguments.session_token.as_deref().map(Secret::from),
        time_out: arguments.timeout.map(Duration::from_secs),
    };
    let connection = Connection::new(settings, |name| std::env::var(name).ok())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(workbench::run(&connection, command, &body))?)
}

fn body_text(arguments: &QueryArguments) -> Result<String> {
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
