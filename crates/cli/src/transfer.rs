//! `pixii export`, `pixii import` and `pixii copy`: many items at once, page by page.

mod create;
mod file;
mod progress;

use std::cell::Cell;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use workbench::transfer::{self, OnFault, Progress, Selection, Target, Written};
use workbench::{
    Connection, Error, ItemFormat, ItemReader, ItemWriter, Keys, LineFault, Schemas, Severity,
    prepare,
};

use crate::command::{
    CopyArguments, ExportArguments, FaultRule, FileFormat, ImportArguments, LoadArguments,
    PlaceArguments,
};
use crate::place::{self, Lock, Place};
use crate::query::body;
use crate::status::{self, INTERRUPTED, REFUSED};
use file::Output;

/// How many segments are read at once, and batches written, where nothing is said.
const SEGMENTS: u32 = 4;
const PARALLEL: u16 = 4;

/// Writes the items of a table to a file.
pub(crate) fn export(arguments: &ExportArguments) -> Result<ExitCode> {
    status::or_not_asked(status::runtime()?.block_on(exported(arguments)))
}

/// Writes the items of a file into a table.
pub(crate) fn import(arguments: &ImportArguments) -> Result<ExitCode> {
    status::or_not_asked(status::runtime()?.block_on(imported(arguments)))
}

/// Copies the items of a table into another.
pub(crate) fn copy(arguments: &CopyArguments) -> Result<ExitCode> {
    status::or_not_asked(status::runtime()?.block_on(copied(arguments)))
}

async fn exported(arguments: &ExportArguments) -> Result<ExitCode> {
    let path = arguments.file.as_deref();
    let named = path.and_then(file::format_of).unwrap_or(ItemFormat::Jsonl);
    let format = arguments.format.map_or(named, FileFormat::format);
    let time_out = arguments.timeout.map(Duration::from_secs);
    let place = place::resolve(&arguments.place, time_out)?;
    let connection = place::open(place.settings).await?;
    let (selection, keys) = selected(arguments, &connection).await?;
    let output = Output::create(path)?;
    let bar = progress::bar();
    let mut writer = ItemWriter::new(format, &keys, output);
    let export = transfer::export(&connection, &selection, &mut writer, |progress| {
        progress::of_items(&bar, progress);
    });
    let done = tokio::select! {
        done = export => done,
        _ = tokio::signal::ctrl_c() => {
            bar.finish_and_clear();
            writeln!(io::stderr(), "pixii: interrupted: nothing was exported")?;
            return Ok(INTERRUPTED.into());
        }
    };
    let done = done?;
    writer.finish()?.finish().map_err(Error::Write)?;
    let path = path.filter(|path| !file::is_standard(path));
    let what = path.map_or("exported".to_owned(), |path| format!("exported to {}", path.display()));
    progress::finish(&bar, &done, &what)?;
    Ok(ExitCode::SUCCESS)
}

/// Which items are to be exported, and the keys that become the first columns.
async fn selected(
    arguments: &ExportArguments,
    connection: &Connection,
) -> Result<(Selection, Keys)> {
    let segments = arguments.segments.unwrap_or(SEGMENTS);
    let (command, text) = match (&arguments.query, &arguments.scan) {
        (Some(text), _) => ("Query", text),
        (None, Some(text)) => ("Scan", text),
        (None, None) if arguments.parameters.is_given() => {
            bail!("--param, --param-json and --mode belong to a body: say --query or --scan")
        }
        (None, None) => {
            let table = arguments.table.as_deref().unwrap_or_default();
            let keys = transfer::keys(connection, table).await?;
            return Ok((Selection::table(table, segments), keys));
        }
    };
    let written = (text.clone(), &arguments.parameters);
    let query = body::written(command.parse()?, arguments.table.clone(), written)?;
    let prepared = prepare(connection, &Schemas::default(), &query).await;
    let mut out = io::stderr();
    for problem in prepared.problems.iter().filter(|problem| problem.severity != Severity::Info) {
        writeln!(out, "{}", problem.message)?;
    }
    let body = prepared.body.context("the items to export cannot be asked for")?;
    // Not all of them have all the keys, where only some attributes are asked for.
    Ok((Selection::request(query.command, &body, segments)?, Keys::default()))
}

async fn imported(arguments: &ImportArguments) -> Result<ExitCode> {
    let ImportArguments { file: path, table, load, .. } = arguments;
    let format = arguments.format.map(FileFormat::format).or_else(|| file::format_of(path));
    let format = format.with_context(|| {
        format!(
            "{} does not say how its items are written: say --format csv, jsonl or dynamodb-json",
            path.display()
        )
    })?;
    let key = arguments.create.as_deref().map(create::key).transpose()?;
    let bar = progress::bar();
    // Before anything is made for it.
    let input = file::open(path, &bar)?;
    let Place { settings, lock } = place::resolve(&arguments.place, time_out(load))?;
    if let Some(why) = lock.refuses(&format!("import into {table}"), load.yes)? {
        return status::refused(&why);
    }
    let connection = place::open(settings).await?;
    if let Some(key) = key {
        create::create(&connection, table, &key)
            .await
            .map_err(|error| create::explained(error, table))?;
    }
    let keys = transfer::keys(&connection, table).await?;
    progress::for_file(&bar);
    let target = target(table, keys.clone(), load);
    let source = if file::is_standard(path) { Path::new("standard input") } else { path };
    let source = source.display().to_string();
    let reader = ItemReader::new(format, keys, input).with_context(|| source.clone())?;
    let through = Cell::new(Progress::default());
    let written = transfer::import(&connection, &target, reader, |progress| {
        through.set(*progress);
        progress::of_file(&bar, progress);
    })
    .await;
    let what = format!("imported into {table}");
    end(written, &bar, (&through.get(), &what), &source)
}

async fn copied(arguments: &CopyArguments) -> Result<ExitCode> {
    let load = &arguments.load;
    let (source, source_table, _) = side(&arguments.from, &arguments.place, load).await?;
    let (connection, table, lock) = side(&arguments.to, &arguments.place, load).await?;
    if is_same((&source, source_table), (&connection, table)) {
        bail!("{} is copied into itself", arguments.from);
    }
    if let Some(why) = lock.refuses(&format!("copy into {table}"), load.yes)? {
        return status::refused(&why);
    }
    if arguments.create {
        let from = (&source, source_table);
        let made = transfer::create_like(from, (&connection, table)).await;
        for part in made.map_err(|error| create::explained(error, table))? {
            writeln!(io::stderr(), "note: not taken over: {part}")?;
        }
    }
    let keys = transfer::keys(&connection, table).await?;
    let selection = Selection::table(source_table, arguments.segments.unwrap_or(SEGMENTS));
    let target = target(table, keys, load);
    let bar = progress::bar();
    let through = Cell::new(Progress::default());
    let written = transfer::copy((&source, &selection), (&connection, &target), |progress| {
        through.set(*progress);
        progress::of_items(&bar, progress);
    })
    .await;
    let what = format!("copied from {} to {}", arguments.from, arguments.to);
    end(written, &bar, (&through.get(), &what), &arguments.from)
}

/// A side of a copy: where it is, its table, and what is not to be done there.
async fn side<'a>(
    text: &'a str,
    options: &PlaceArguments,
    load: &LoadArguments,
) -> Result<(Connection, &'a str, Lock)> {
    let (connection, table) = split(text);
    let place = match connection {
        // Options are for the tables that name no connection.
        Some(name) => &PlaceArguments { connection: Some(name.to_owned()), ..Default::default() },
        None => options,
    };
    if table.is_empty() {
        bail!("{text:?} names no table: one is named as TABLE, or as CONNECTION:TABLE");
    }
    let Place { settings, lock } = place::resolve(place, time_out(load))?;
    Ok((place::open(settings).await?, table, lock))
}

/// A connection and a table. An ARN is a table, though it has colons.
fn split(text: &str) -> (Option<&str>, &str) {
    if text.starts_with("arn:") {
        return (None, text);
    }
    text.split_once(':').map_or((None, text), |(name, table)| (Some(name), table))
}

/// Whether both are one table, as far as that can be seen.
fn is_same((one, table): (&Connection, &str), (other, other_table): (&Connection, &str)) -> bool {
    let place = |connection: &Connection| {
        let url = "DescribeTable".parse().map(|command| connection.url(command)).ok();
        (url, connection.region().to_owned(), connection.access_key_id().to_owned())
    };
    table == other_table && place(one) == place(other)
}

fn time_out(load: &LoadArguments) -> Option<Duration> {
    load.timeout.map(Duration::from_secs)
}

fn target(table: &str, keys: Keys, load: &LoadArguments) -> Target {
    Target {
        table: table.to_owned(),
        keys,
        parallel: usize::from(load.parallel.unwrap_or(PARALLEL)),
        on_fault: match load.on_fault {
            Some(FaultRule::Stop) | None => OnFault::Stop,
            Some(FaultRule::Skip) => OnFault::Skip,
        },
    }
}

/// Says what was written, and what was not.
fn end(
    written: Result<Written, Error>,
    bar: &indicatif::ProgressBar,
    (through, what): (&Progress, &str),
    source: &str,
) -> Result<ExitCode> {
    let mut out = io::stderr();
    let written = match written {
        Ok(written) => written,
        Err(error) => {
            bar.finish_and_clear();
            if 0 < through.items {
                let count = progress::items(through.items);
                writeln!(out, "{count} {what}, and then no more; doing it again overwrites them")?;
            }
            let Error::Line(fault) = error else { return Err(error.into()) };
            tell(source, &fault)?;
            return Ok(REFUSED.into());
        }
    };
    for fault in &written.faults {
        tell(source, fault)?;
    }
    progress::finish(bar, &written.progress, what)?;
    if written.faults_count == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(out, "{} left out", progress::items(written.faults_count))?;
    Ok(REFUSED.into())
}

/// A faulty line, as compilers tell theirs.
fn tell(source: &str, fault: &LineFault) -> io::Result<()> {
    writeln!(io::stderr(), "{source}: {fault}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_named_with_its_connection_or_without() {
        assert_eq!(split("orders"), (None, "orders"));
        assert_eq!(split("production:orders"), (Some("production"), "orders"));
        let arn = "arn:aws:dynamodb:us-east-1:123456789012:table/orders";
        assert_eq!(split(arn), (None, arn));
        let named = format!("production:{arn}");
        assert_eq!(split(&named), (Some("production"), arn));
    }
}
