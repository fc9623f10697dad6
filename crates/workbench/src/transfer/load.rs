//! Writing items in batches, several at once.
//!
//! The service refuses a batch with one key twice, and says of a faulty item only that the batch is
//! refused. So keys on their way are remembered, and a refused batch is written item by item, to
//! find which of them it is.

use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::ask::{ATTEMPTS_MAX, ask, wait};
use super::{OnFault, PARALLEL_MAX, Target, Written};
use crate::error::Error;
use crate::items::{ItemFault, Line, LineFault};
use crate::transport::Transport;

/// The most items in a batch, and the most bytes in a request: limits of the service.
const BATCH_ITEMS_MAX: usize = 25;
const BATCH_BYTES_MAX: usize = 16 * 1024 * 1024 - 64 * 1024;

/// Refusals that mean an item.
const ITEM_REFUSALS: [&str; 2] =
    ["ItemCollectionSizeLimitExceededException", "ValidationException"];

/// An item to write.
struct Put {
    line: u64,
    key: String,
    typed: String,
}

/// A batch that is written, or as good as.
struct Done {
    keys: Vec<String>,
    items: u64,
    bytes: u64,
    faults: Vec<LineFault>,
}

type Going<'a> = Pin<Box<dyn Future<Output = Result<Done, Error>> + Send + 'a>>;

/// Takes items one by one, and writes them.
pub(super) struct Loader<'a, T> {
    transport: &'a T,
    target: &'a Target,
    batch: Vec<Put>,
    batch_bytes: usize,
    going: FuturesUnordered<Going<'a>>,
    /// The keys of all that has been taken and is not done.
    keys: HashSet<String>,
    /// The first item that was refused, where that ends it.
    refused: Option<LineFault>,
    pub(super) written: Written,
}

impl<'a, T: Transport> Loader<'a, T> {
    pub(super) fn new(transport: &'a T, target: &'a Target) -> Self {
        Self {
            transport,
            target,
            batch: Vec::new(),
            batch_bytes: 0,
            going: FuturesUnordered::new(),
            keys: HashSet::new(),
            refused: None,
            written: Written::default(),
        }
    }

    /// Takes an item, once there is room for it.
    pub(super) async fn put(&mut self, line: Line) -> Result<(), Error> {
        let (key, typed) = (self.target.keys.of(&line.item), line.item.typed());
        if self.keys.contains(&key) || self.refused.is_some() {
            self.finish().await?;
        }
        let is_full = BATCH_ITEMS_MAX <= self.batch.len();
        if is_full || BATCH_BYTES_MAX < self.batch_bytes + typed.len() {
            self.send().await?;
        }
        self.batch_bytes += typed.len() + "{\"PutRequest\":{\"Item\":}},".len();
        self.keys.insert(key.clone());
        self.batch.push(Put { line: line.number, key, typed });
        Ok(())
    }

    /// Takes note of a line that is no item. Where that ends it, what came before is written first.
    pub(super) async fn fault(&mut self, fault: LineFault) -> Result<(), Error> {
        if self.target.on_fault == OnFault::Stop {
            self.finish().await?;
        }
        self.written.fault(fault, self.target.on_fault)
    }

    /// Whether something is being written.
    pub(super) fn is_busy(&self) -> bool {
        !self.going.is_empty()
    }

    /// Waits for one batch. A caller that stops waiting loses nothing.
    pub(super) async fn one(&mut self) -> Result<(), Error> {
        let Some(done) = self.going.next().await else { return Ok(()) };
        let done = done?;
        for key in &done.keys {
            self.keys.remove(key);
        }
        self.written.progress.items += done.items;
        self.written.progress.bytes += done.bytes;
        for fault in done.faults {
            if self.target.on_fault == OnFault::Stop {
                // What was taken before it may still be on its way.
                let is_first = self.refused.as_ref().is_none_or(|first| fault.line < first.line);
                self.refused = if is_first { Some(fault) } else { self.refused.take() };
            } else {
                self.written.fault(fault, self.target.on_fault)?;
            }
        }
        Ok(())
    }

    /// Writes all that has been taken. Then it is told if an item was refused and that ends it.
    pub(super) async fn finish(&mut self) -> Result<(), Error> {
        self.send().await?;
        while self.is_busy() {
            self.one().await?;
        }
        let refused = self.refused.take();
        refused.map_or(Ok(()), |fault| self.written.fault(fault, self.target.on_fault))
    }

    async fn send(&mut self) -> Result<(), Error> {
        while self.target.parallel.clamp(1, PARALLEL_MAX) <= self.going.len() {
            self.one().await?;
        }
        self.batch_bytes = 0;
        let batch = std::mem::take(&mut self.batch);
        if !batch.is_empty() {
            self.going.push(Box::pin(write(self.transport, &self.target.table, batch)));
        }
        Ok(())
    }
}

async fn write<T: Transport>(transport: &T, table: &str, batch: Vec<Put>) -> Result<Done, Error> {
    let mut done = Done { keys: Vec::new(), items: 0, bytes: 0, faults: Vec::new() };
    let refusal = whole(transport, table, &batch).await;
    if let Err(error) = &refusal
        && item_refusal(error).is_none()
    {
        return refusal.map(|()| done);
    }
    for put in batch {
        let outcome = if refusal.is_ok() { Ok(()) } else { single(transport, table, &put).await };
        match outcome {
            Ok(()) => {
                done.items += 1;
                done.bytes += u64::try_from(put.typed.len()).unwrap_or(u64::MAX);
            }
            Err(error) => match item_refusal(&error) {
                Some(reason) => {
                    let fault = ItemFault::Refused(reason.to_owned());
                    done.faults.push(LineFault { line: put.line, fault });
                }
                None => return Err(error),
            },
        }
        done.keys.push(put.key);
    }
    Ok(done)
}

/// The service's words, where it refuses an item for what it is.
fn item_refusal(error: &Error) -> Option<&str> {
    let Error::Refused(refusal) = error else { return None };
    ITEM_REFUSALS.contains(&refusal.exception.as_str()).then_some(&refusal.message)
}

#[derive(Deserialize)]
struct Reply<'a> {
    #[serde(borrow, rename = "UnprocessedItems", default)]
    unprocessed: Option<&'a RawValue>,
}

/// Writes a batch with all that the service does not come to at once.
async fn whole(transport: &impl Transport, table: &str, batch: &[Put]) -> Result<(), Error> {
    let puts = batch.iter().map(|put| format!("{{\"PutRequest\":{{\"Item\":{}}}}}", put.typed));
    let puts = puts.collect::<Vec<_>>().join(",");
    let mut items = format!("{{{}:[{puts}]}}", Value::from(table));
    let mut attempt = 1;
    loop {
        let body = Bytes::from(format!("{{\"RequestItems\":{items}}}"));
        let reply = ask(transport, "BatchWriteItem".parse()?, body).await?;
        let reply: Reply<'_> = serde_json::from_slice(&reply).map_err(Error::ReplyShape)?;
        let left = reply.unprocessed.map_or("", RawValue::get);
        if left.is_empty() || left.bytes().filter(|byte| !byte.is_ascii_whitespace()).eq(*b"{}") {
            return Ok(());
        }
        // Less is left each time, or else it counts as a try.
        attempt = if left.len() < items.len() { 1 } else { attempt + 1 };
        if attempt == ATTEMPTS_MAX {
            return Err(Error::Unprocessed { table: table.to_owned() });
        }
        items = left.to_owned();
        wait(attempt).await;
    }
}

async fn single(transport: &impl Transport, table: &str, put: &Put) -> Result<(), Error> {
    let body = format!("{{\"TableName\":{},\"Item\":{}}}", Value::from(table), put.typed);
    ask(transport, "PutItem".parse()?, body.into()).await.map(drop)
}
