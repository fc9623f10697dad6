//! Many items at once: out of a table, into one, and from one into another, whoever has them.
//!
//! All goes page by page, so that memory is bounded whatever a table holds: a page for each segment
//! that is read at once, and a batch for each that is written at once. Throttling and items that the
//! service has not come to are tried again, later and later. Whoever has enough drops the future:
//! what was written until then stays, and to write it again changes nothing.

mod ask;
mod like;
mod load;
mod pages;

use std::io::{BufRead, Write};

use bytes::Bytes;
use serde_json::Value;

use crate::attribute::Keys;
use crate::body::Body;
use crate::command::Command;
use crate::error::Error;
use crate::items::{ItemReader, ItemWriter, Line, LineFault};
use crate::json::{self, Layout, Leniency};
use crate::transport::Transport;
use ask::ask;
pub use like::{NotTaken, create, create_like};
use load::Loader;
use pages::Pages;

/// The most segments of a table that are read at once.
pub const SEGMENTS_MAX: u32 = 64;
/// The most batches that are written at once.
pub const PARALLEL_MAX: usize = 64;
/// So many faulty lines are told; of more, only the number.
pub const FAULTS_MAX: usize = 1_000;

/// How far it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// How many items are through.
    pub items: u64,
    /// The bytes of their typed JSON.
    pub bytes: u64,
    /// About how many items there are, where a whole table is read. The service counts every few hours.
    pub items_expected: Option<u64>,
}

/// Which items to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    command: Command,
    /// The request's members, without brackets.
    members: String,
    /// The key after which it begins.
    start: Option<String>,
    segments: u32,
    /// The table, where all of it is read.
    whole: Option<String>,
}

impl Selection {
    /// All items of a table, read by so many at once; [`SEGMENTS_MAX`] at most.
    #[must_use]
    pub fn table(name: &str, segments: u32) -> Self {
        let name_json = Value::from(name).to_string();
        Self {
            command: "Scan".parse().expect("there is such a command"),
            members: format!("\"TableName\":{name_json}"),
            start: None,
            segments: segments.clamp(1, SEGMENTS_MAX),
            whole: Some(name.to_owned()),
        }
    }

    /// What a `Query` or a `Scan` finds, all its pages. A `Scan` without segments of its own is read by so many
    /// at once.
    ///
    /// # Errors
    /// [`Error::NotASelection`] for another command.
    pub fn request(command: Command, body: &Body, segments: u32) -> Result<Self, Error> {
        let is_scan = command.name() == "Scan";
        if !is_scan && command.name() != "Query" {
            return Err(Error::NotASelection { command: command.name() });
        }
        let tree = json::parse(body.sent(), Leniency::Strict).ok().flatten();
        let given = tree.as_ref().and_then(|tree| tree.as_object());
        let given = given.map(|object| object.properties.as_slice()).unwrap_or_default();
        let (mut members, mut start, mut is_divided) = (Vec::new(), None, false);
        for member in given {
            let (name, value) = (member.name.as_str(), json::text(&member.value, Layout::Compact));
            is_divided |= name == "Segment";
            if name == "ExclusiveStartKey" {
                start = Some(value);
            } else {
                members.push(format!("{}:{value}", Value::from(name)));
            }
        }
        let is_one = !is_scan || is_divided || start.is_some();
        let segments = if is_one { 1 } else { segments.clamp(1, SEGMENTS_MAX) };
        Ok(Self { command, members: members.join(","), start, segments, whole: None })
    }
}

/// What to do with a line that is no item, or that the service does not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFault {
    /// End with it. What came before is written.
    Stop,
    /// Go on without it.
    Skip,
}

/// Where items are written.
#[derive(Debug, Clone)]
pub struct Target {
    /// The table.
    pub table: String,
    /// Its keys, as [`keys`] finds them.
    pub keys: Keys,
    /// How many batches are written at once; [`PARALLEL_MAX`] at most.
    pub parallel: usize,
    /// What becomes of faulty items.
    pub on_fault: OnFault,
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// How much.
    pub progress: Progress,
    /// The first [`FAULTS_MAX`] lines that were left out, in the order in which they were found.
    pub faults: Vec<LineFault>,
    /// How many were left out.
    pub faults_count: u64,
}

impl Written {
    fn fault(&mut self, fault: LineFault, on_fault: OnFault) -> Result<(), Error> {
        if on_fault == OnFault::Stop {
            return Err(Error::Line(fault));
        }
        self.faults_count += 1;
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(fault);
        }
        Ok(())
    }
}

/// The keys of a table.
///
/// # Errors
/// Where the table cannot be described.
pub async fn keys(transport: &impl Transport, table: &str) -> Result<Keys, Error> {
    Ok(Keys::of_table(&describe(transport, table).await?))
}

async fn describe(transport: &impl Transport, table: &str) -> Result<Value, Error> {
    let body = serde_json::json!({"TableName": table});
    let reply = control(transport, "DescribeTable", &body).await?;
    Ok(reply.get("Table").cloned().unwrap_or_default())
}

/// A command that is not about items.
async fn control(transport: &impl Transport, command: &str, body: &Value) -> Result<Value, Error> {
    let reply = ask(transport, command.parse()?, Bytes::from(body.to_string())).await?;
    serde_json::from_slice(&reply).map_err(Error::ReplyShape)
}

/// Reads the selected items into a file. `progress` is called after each page.
///
/// # Errors
/// What the service refuses, or goes on to throttle; where nothing answers; where the file cannot be written.
pub async fn export<T: Transport, W: Write>(
    transport: &T,
    selection: &Selection,
    writer: &mut ItemWriter<W>,
    mut progress: impl FnMut(&Progress),
) -> Result<Progress, Error> {
    let mut done =
        Progress { items_expected: expected(transport, selection).await, ..Progress::default() };
    let mut pages = Pages::new(transport, selection);
    while let Some(page) = pages.next().await? {
        for item in page {
            done.items += 1;
            done.bytes += u64::try_from(item.typed().len()).unwrap_or(u64::MAX);
            writer.write(item)?;
        }
        progress(&done);
    }
    Ok(done)
}

/// About how many items there are; nobody fails for not knowing.
async fn expected(transport: &impl Transport, selection: &Selection) -> Option<u64> {
    let table = describe(transport, selection.whole.as_deref()?).await.ok()?;
    table.get("ItemCount")?.as_u64()
}

/// Writes the items of a file. Of items with one key the last stays. `progress` is called now and then.
///
/// # Errors
/// As of [`export`]; also [`Error::Line`] for the first faulty line, where those are not skipped.
pub async fn import<T: Transport, R: BufRead>(
    transport: &T,
    target: &Target,
    reader: ItemReader<R>,
    mut progress: impl FnMut(&Progress),
) -> Result<Written, Error> {
    let mut loader = Loader::new(transport, target);
    for line in reader {
        let taken = match line? {
            Ok(line) => loader.put(line).await,
            Err(fault) => loader.fault(fault).await,
        };
        progress(&loader.written.progress);
        taken?;
    }
    loader.finish().await?;
    progress(&loader.written.progress);
    Ok(loader.written)
}

/// Writes the selected items of one into a table of another. Items are numbered as they come, in place of lines.
///
/// # Errors
/// As of [`export`] and [`import`].
pub async fn copy<S: Transport, T: Transport>(
    (source, selection): (&S, &Selection),
    (transport, target): (&T, &Target),
    mut progress: impl FnMut(&Progress),
) -> Result<Written, Error> {
    let mut loader = Loader::new(transport, target);
    loader.written.progress.items_expected = expected(source, selection).await;
    let mut pages = Pages::new(source, selection);
    let mut number = 0;
    loop {
        let page = tokio::select! {
            page = pages.next() => page?,
            done = loader.one(), if loader.is_busy() => {
                done?;
                continue;
            }
        };
        let Some(page) = page else { break };
        for item in page {
            number += 1;
            let taken = match target.keys.apply(item) {
                Ok(item) => loader.put(Line { number, item }).await,
                Err(fault) => loader.fault(LineFault { line: number, fault: fault.into() }).await,
            };
            progress(&loader.written.progress);
            taken?;
        }
    }
    loader.finish().await?;
    progress(&loader.written.progress);
    Ok(loader.written)
}
