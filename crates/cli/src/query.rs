//! `pixii query`: one command, asked of any DynamoDB.

pub(crate) mod body;
mod findings;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use workbench::{
    Command, Connection, Fix, Language, Mode, Outcome, Prepared, Query, Ran, Schemas, Severity,
    code, next_page, prepare, send, template,
};

use crate::command::{OutputFormat, QueryArguments};
use crate::output::Printer;
use crate::place::{self, Lock};
use crate::status::{self, NOT_ASKED, REFUSED};

/// So often is a query mended before that is given up.
const FIXES_MAX: usize = 5;

/// Asks, and prints what comes back.
pub(crate) fn run(arguments: &QueryArguments) -> Result<ExitCode> {
    status::or_not_asked(status::runtime()?.block_on(answer(arguments)))
}

async fn answer(arguments: &QueryArguments) -> Result<ExitCode> {
    let Some(name) = &arguments.command else { return list(arguments) };
    let command: Command = name.parse()?;
    if arguments.template && arguments.table.is_none() {
        return print(&template(command, None));
    }
    let query = body::query(command, arguments)?;
    let session = Session::open(arguments).await?;
    if arguments.template {
        return session.begin(&query).await;
    }
    if arguments.explain {
        return session.explain(&query).await;
    }
    match arguments.code {
        Some(language) => session.code(&query, language.language()).await,
        None => session.ask(query).await,
    }
}

/// The names of the commands.
fn list(arguments: &QueryArguments) -> Result<ExitCode> {
    let has_query = arguments.file.is_some() || arguments.explain || arguments.template;
    if has_query || !arguments.fix.is_empty() || arguments.code.is_some() {
        bail!("name a command, such as GetItem: `pixii query` lists them");
    }
    let names: Vec<&str> = Command::ALL.iter().map(|command| command.name()).collect();
    print(&names.join("\n"))
}

fn print(text: &str) -> Result<ExitCode> {
    writeln!(std::io::stdout(), "{}", text.trim_end())?;
    Ok(ExitCode::SUCCESS)
}

/// A query on its way, with all that holds for it.
struct Session<'a> {
    arguments: &'a QueryArguments,
    connection: Connection,
    schemas: Schemas,
    lock: Lock,
}

impl<'a> Session<'a> {
    async fn open(arguments: &'a QueryArguments) -> Result<Self> {
        let time_out = arguments.timeout.map(Duration::from_secs);
        let place = place::resolve(&arguments.place, time_out)?;
        let connection = place::open(place.settings).await?;
        Ok(Self { arguments, connection, schemas: Schemas::default(), lock: place.lock })
    }

    /// Prints a body to begin with, for a table.
    async fn begin(&self, query: &Query) -> Result<ExitCode> {
        let table = query.table.as_deref().unwrap_or_default();
        let schema = self.schemas.table(&self.connection, table).await;
        let schema = schema
            .with_context(|| format!("There is no table {table}, or it may not be looked at"))?;
        print(&template(query.command, Some(&schema)))
    }

    /// Says what a query would do, and sends nothing.
    async fn explain(&self, query: &Query) -> Result<ExitCode> {
        let prepared = prepare(&self.connection, &self.schemas, query).await;
        findings::explain(query, &prepared)?;
        Ok(match prepared.body {
            None => NOT_ASKED.into(),
            Some(_) if has_error(&prepared) => REFUSED.into(),
            Some(_) => ExitCode::SUCCESS,
        })
    }

    /// Prints the request in a language, and sends nothing.
    async fn code(&self, query: &Query, language: Language) -> Result<ExitCode> {
        let prepared = prepare(&self.connection, &self.schemas, query).await;
        findings::notes(&prepared)?;
        findings::warnings(&prepared)?;
        let Some(sent) = &prepared.sent else { return Ok(NOT_ASKED.into()) };
        let region = self.connection.region().to_owned();
        let endpoint = (!is_amazon(&sent.url, &region)).then(|| sent.url.clone());
        let place = workbench::Place { endpoint, region };
        print(&code(language, &place, query.command, &sent.body)?)
    }

    /// Asks, mends what is to be mended, and prints all pages that are wanted.
    async fn ask(&self, query: Query) -> Result<ExitCode> {
        let (mut query, mut ran) = self.mended(query).await?;
        let pages_max =
            if self.arguments.all { u64::MAX } else { self.arguments.pages.unwrap_or(1) };
        let mut printer = None;
        let (mut pages, mut is_cut) = (0, false);
        while let Some(done) = &ran.success {
            let output = self.arguments.output.unwrap_or(OutputFormat::Json);
            if pages == 0 {
                findings::notes(&ran.prepared)?;
                findings::warnings(&ran.prepared)?;
            }
            let printer =
                printer.get_or_insert_with(|| Printer::new(query.command, output, 1 < pages_max));
            let is_wanted = printer.print(done)?;
            pages += 1;
            let Some(next) = next(&query, &ran).filter(|_| is_wanted) else { break };
            is_cut = pages_max <= pages;
            if is_cut {
                break;
            }
            query = next;
            let prepared = prepare(&self.connection, &self.schemas, &query).await;
            ran = self.send(&query, prepared).await?;
        }
        if let Some(printer) = printer {
            printer.finish()?;
        }
        let is_told = matches!(
            self.arguments.output,
            None | Some(OutputFormat::Json | OutputFormat::Plain | OutputFormat::Raw)
        );
        if is_cut && !is_told {
            writeln!(std::io::stderr(), "note: There is more: --all goes on to the last page")?;
        }
        self.end(&query, &ran)
    }

    /// Asks, and where that is wanted accepts what is offered until it is done.
    async fn mended(&self, mut query: Query) -> Result<(Query, Ran)> {
        let mut fixes = 0;
        loop {
            let prepared = prepare(&self.connection, &self.schemas, &query).await;
            let before = self.fix(&prepared).filter(|fix| {
                // What would go through is not changed, unless that very change is asked for.
                self.arguments.fix.contains(&fix.id) || has_error(&prepared)
            });
            let ran = match before {
                Some(_) if fixes < FIXES_MAX => Ran::unsent(prepared, Outcome::Invalid),
                Some(_) | None => self.send(&query, prepared).await?,
            };
            let is_mendable = matches!(ran.outcome, Outcome::Refused | Outcome::Invalid);
            let fix = self.fix(&ran.prepared).filter(|_| is_mendable && fixes < FIXES_MAX);
            let Some(fix) = fix else { return Ok((query, ran)) };
            fixes += 1;
            findings::accepted(&query, &fix)?;
            let Some((last, others)) = fix.steps.split_last() else { return Ok((query, ran)) };
            for step in others {
                let step = Query {
                    command: step.command,
                    text: step.text.clone(),
                    parameters: BTreeMap::new(),
                    ..query.clone()
                };
                let prepared = prepare(&self.connection, &self.schemas, &step).await;
                let ran = self.send(&step, prepared).await?;
                if ran.success.is_none() {
                    return Ok((step, ran));
                }
            }
            query = Query { command: last.command, text: last.text.clone(), ..query };
        }
    }

    /// Sends what was prepared, if the connection lets it through.
    async fn send(&self, query: &Query, prepared: Prepared) -> Result<Ran> {
        if query.command.writes() && prepared.body.is_some() {
            let table = query.table.as_deref().map(|table| format!(" {table}"));
            let what = format!("{}{}", query.command, table.unwrap_or_default());
            if let Some(why) = self.lock.refuses(&what, self.arguments.yes)? {
                writeln!(std::io::stderr(), "pixii: {why}")?;
                return Ok(Ran::unsent(prepared, Outcome::Locked));
            }
        }
        if self.arguments.sent {
            findings::sent(&prepared)?;
        }
        Ok(send(&self.connection, &self.schemas, query, prepared).await)
    }

    /// The fix that is to be accepted: one that was named, or what is recommended.
    fn fix(&self, prepared: &Prepared) -> Option<Fix> {
        let wanted = &self.arguments.fix;
        let mut named = prepared.fixes.iter().filter(|fix| wanted.contains(&fix.id));
        let mut recommended = prepared.fixes.iter().filter(|fix| fix.is_recommended);
        let is_any = wanted.iter().any(String::is_empty);
        named.next().or_else(|| recommended.next().filter(|_| is_any)).cloned()
    }

    /// Says how it ended, where that is not in the reply.
    fn end(&self, query: &Query, ran: &Ran) -> Result<ExitCode> {
        match ran.outcome {
            Outcome::Success => return Ok(ExitCode::SUCCESS),
            // That is said already.
            Outcome::Locked | Outcome::Confirm => return Ok(REFUSED.into()),
            Outcome::Refused | Outcome::Failed | Outcome::Invalid => {}
        }
        findings::refusal(query, ran)?;
        let offered: Vec<&str> = ran.prepared.fixes.iter().map(|fix| fix.id.as_str()).collect();
        let is_unknown = |name: &&String| !name.is_empty() && !offered.contains(&name.as_str());
        if let Some(name) = self.arguments.fix.iter().find(is_unknown) {
            writeln!(std::io::stderr(), "pixii: no fix {name} is offered here")?;
        }
        Ok(if ran.outcome == Outcome::Refused { REFUSED } else { NOT_ASKED }.into())
    }
}

/// Whether the service will refuse it, as far as is known.
fn has_error(prepared: &Prepared) -> bool {
    prepared.problems.iter().any(|problem| problem.severity == Severity::Error)
}

/// The query for the next page.
fn next(query: &Query, ran: &Ran) -> Option<Query> {
    let reply = &ran.success.as_ref()?.raw;
    let text = next_page(ran.prepared.body.as_ref()?.sent(), reply)?;
    // It is what was sent, so that all its values have their types, and none is a parameter.
    let text = text.replace("{{", "\\u007b{");
    Some(Query { text, mode: Mode::Typed, parameters: BTreeMap::new(), ..query.clone() })
}

/// Whether it is Amazon's own address in the Region, which every SDK knows.
fn is_amazon(url: &str, region: &str) -> bool {
    let host = url.strip_prefix("https://").and_then(|rest| rest.strip_suffix('/'));
    let host = host.map(|host| host.strip_prefix("streams.").unwrap_or(host));
    let rest = host.and_then(|host| host.strip_prefix("dynamodb.")?.strip_prefix(region));
    rest.is_some_and(|rest| {
        [".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu"].contains(&rest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amazons_own_addresses_are_known() {
        #[track_caller]
        fn check(url: &str, expected: bool) {
            assert_eq!(is_amazon(url, "eu-west-1"), expected, "{url}");
        }
        check("https://dynamodb.eu-west-1.amazonaws.com/", true);
        check("https://streams.dynamodb.eu-west-1.amazonaws.com/", true);
        check("https://dynamodb.eu-west-2.amazonaws.com/", false);
        check("https://dynamodb-fips.eu-west-1.amazonaws.com/", false);
        check("http://127.0.0.1:8000/", false);
    }
}
