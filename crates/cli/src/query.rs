//! `pixii query`: one command, asked of any DynamoDB.

mod findings;

use std::collections::BTreeMap;
use std::io::{BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::value::RawValue;
use workbench::{
    Command, Connection, Fix, Mode, Outcome, Query, Ran, Schemas, Settings, next_page, prepare,
    run as ask, template,
};

use crate::command::{BodyMode, OutputFormat, QueryArguments};
use crate::output::Printer;
use crate::place::{self, Place};

/// What the exit status says when the service refused.
const REFUSED: u8 = 1;
/// What it says when nothing could be asked.
const NOT_ASKED: u8 = 2;
/// So often is a query mended before that is given up.
const FIXES_MAX: usize = 5;

/// Asks, and prints what comes back.
pub(crate) fn run(arguments: &QueryArguments) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let done = runtime.block_on(answer(arguments));
    done.or_else(|error| {
        writeln!(std::io::stderr(), "pixii: {error:#}")?;
        Ok(NOT_ASKED.into())
    })
}

async fn answer(arguments: &QueryArguments) -> Result<ExitCode> {
    if arguments.list {
        let names: Vec<&str> = Command::ALL.iter().map(|command| command.name()).collect();
        writeln!(std::io::stdout(), "{}", names.join("\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let command: Command = arguments.command.as_deref().unwrap_or_default().parse()?;
    if arguments.template && arguments.table.is_none() {
        write!(std::io::stdout(), "{}", template(command, None))?;
        return Ok(ExitCode::SUCCESS);
    }
    let query = Query {
        command,
        text: body_text(arguments)?,
        mode: mode(arguments.mode),
        table: arguments.table.clone(),
        parameters: parameters(arguments)?,
    };
    let time_out = arguments.timeout.map(Duration::from_secs);
    let Place { settings, is_read_only, asks_before_writing } =
        place::resolve(&arguments.place, time_out)?;
    let connection = open(settings).await?;
    let session = Session {
        arguments,
        connection,
        schemas: Schemas::default(),
        is_read_only,
        asks_before_writing,
    };
    if arguments.template {
        let table = arguments.table.as_deref().unwrap_or_default();
        let schema = session.schemas.table(&session.connection, table).await;
        let schema = schema
            .with_context(|| format!("There is no table {table}, or it may not be looked at"))?;
        write!(std::io::stdout(), "{}", template(command, Some(&schema)))?;
        return Ok(ExitCode::SUCCESS);
    }
    if arguments.explain {
        return session.explain(&query).await;
    }
    session.ask(query).await
}

async fn open(settings: Settings) -> Result<Connection> {
    Ok(Connection::open(settings, |name| std::env::var(name).ok()).await?)
}

fn mode(mode: Option<BodyMode>) -> Mode {
    match mode {
        Some(BodyMode::Auto) | None => Mode::Auto,
        Some(BodyMode::Typed) => Mode::Typed,
        Some(BodyMode::Plain) => Mode::Plain,
    }
}

/// A query on its way, with all that holds for it.
struct Session<'a> {
    arguments: &'a QueryArguments,
    connection: Connection,
    schemas: Schemas,
    is_read_only: bool,
    asks_before_writing: bool,
}

impl Session<'_> {
    /// Says what a query would do, and sends nothing.
    async fn explain(&self, query: &Query) -> Result<ExitCode> {
        let prepared = prepare(&self.connection, &self.schemas, query).await;
        findings::explain(&prepared)?;
        Ok(if prepared.body.is_some() { ExitCode::SUCCESS } else { NOT_ASKED.into() })
    }

    /// Asks, mends what may be mended, and prints all pages that are wanted.
    async fn ask(&self, mut query: Query) -> Result<ExitCode> {
        let mut printer = Printer::new(self.arguments.output.unwrap_or(OutputFormat::Json));
        let mut fixes = 0;
        loop {
            let ran = self.run(&query).await?;
            if let Some(done) = &ran.success {
                findings::notes(&ran.prepared)?;
                printer.print(done)?;
                let next = self.arguments.all.then(|| next(&query, &ran, &done.raw)).flatten();
                match next {
                    Some(next) => query = next,
                    None => return Ok(ExitCode::SUCCESS),
                }
                continue;
            }
            let Some(fix) = self.wanted_fix(&ran).filter(|_| fixes < FIXES_MAX) else {
                findings::refusal(&query, &ran)?;
                let is_refused = ran.outcome == Outcome::Refused;
                return Ok(if is_refused { REFUSED } else { NOT_ASKED }.into());
            };
            fixes += 1;
            findings::accepted(&query, &fix)?;
            if !self.take_steps(&query, &fix).await? {
                return Ok(REFUSED.into());
            }
            let Some(last) = fix.steps.last() else { return Ok(REFUSED.into()) };
            let (command, text) = (last.command, last.text.clone());
            // What was bound is in the text already.
            query = Query { command, text, parameters: BTreeMap::new(), ..query };
        }
    }

    /// Runs the steps of a fix that come before the query itself.
    async fn take_steps(&self, query: &Query, fix: &Fix) -> Result<bool> {
        let count = fix.steps.len().saturating_sub(1);
        for step in fix.steps.iter().take(count) {
            let query = Query {
                command: step.command,
                text: step.text.clone(),
                parameters: BTreeMap::new(),
                ..query.clone()
            };
            let ran = self.run(&query).await?;
            if ran.success.is_none() {
                findings::refusal(&query, &ran)?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Asks once, if the connection lets it through.
    async fn run(&self, query: &Query) -> Result<Ran> {
        if query.command.writes() {
            if self.is_read_only {
                bail!("The connection only reads, and {} may write", query.command);
            }
            if self.asks_before_writing && !self.arguments.yes && !confirmed(query)? {
                bail!("{} was not confirmed: nothing was sent", query.command);
            }
        }
        Ok(ask(&self.connection, &self.schemas, query).await)
    }

    /// The fix that is to be accepted: the one that was named, or what is recommended.
    fn wanted_fix(&self, ran: &Ran) -> Option<Fix> {
        let name = self.arguments.fix.as_deref()?;
        let mut fixes = ran.prepared.fixes.iter();
        let is_wanted =
            |fix: &&Fix| if name.is_empty() { fix.is_recommended } else { fix.id == name };
        fixes.find(is_wanted).cloned()
    }
}

/// The query for the next page.
fn next(query: &Query, ran: &Ran, reply: &str) -> Option<Query> {
    let text = ran.prepared.body.as_ref()?.text();
    let text = next_page(text, reply)?;
    Some(Query { text, parameters: BTreeMap::new(), ..query.clone() })
}

/// Whether whoever sits at the terminal wants it.
fn confirmed(query: &Query) -> Result<bool> {
    let (input, mut out) = (std::io::stdin(), std::io::stderr());
    if !input.is_terminal() {
        bail!("The connection asks before it writes, and nobody can be asked: say --yes");
    }
    write!(out, "{} may write. Go on? [y/N] ", query.command)?;
    out.flush()?;
    let mut line = String::new();
    input.lock().read_line(&mut line)?;
    Ok(matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
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

/// The values of the bindings.
fn parameters(arguments: &QueryArguments) -> Result<BTreeMap<String, Box<RawValue>>> {
    let mut parameters = BTreeMap::new();
    let pairs = |all: &[String], option: &str| -> Result<Vec<(String, String)>> {
        let pair = |text: &String| {
            let (name, value) = text
                .split_once('=')
                .with_context(|| format!("{option} is NAME=…, not {text:?}"))?;
            Ok((name.to_owned(), value.to_owned()))
        };
        all.iter().map(pair).collect()
    };
    for (name, text) in pairs(&arguments.param, "--param")? {
        parameters.insert(name, RawValue::from_string(serde_json::to_string(&text)?)?);
    }
    for (name, json) in pairs(&arguments.param_json, "--param-json")? {
        let value = RawValue::from_string(json)
            .with_context(|| format!("--param-json {name} is no JSON"))?;
        parameters.insert(name, value);
    }
    Ok(parameters)
}
