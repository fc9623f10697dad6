//! Discards: ranges that are empty at once, and whose space is given back when no view can miss it.
//!
//! A mark makes the range empty for every view that begins after it. What views from before still read
//! stays on disk until they have ended; then whole files of the range are dropped and the rest is compacted.
//! One thread waits and works. Each mark is written together with a row that is removed when the space is
//! back, so that the next start goes on with what a stop interrupted.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::{Buf as _, BufMut as _, Bytes};
use rocksdb::{Direction, IteratorMode, WriteBatch};

use super::{Database, failure};
use crate::family::Family;
use crate::{Error, OpenError};

/// How often to look whether the views that a range waits for have ended. Only while one waits.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);

/// The number of the oldest version that a view holds; zero if there is none.
const OLDEST_VIEW: &str = "rocksdb.oldest-snapshot-sequence";

/// What the keys of rows begin with, in the family that no user key reaches. Then come the length of the
/// range's start (four bytes, big-endian), its start, and its end.
const ROW_PREFIX: &[u8] = b"discard\0";

/// What the thread is told.
pub(super) enum Message {
    Discarded(Discarded),
    End,
}

/// A range that was marked.
pub(super) struct Discarded {
    family: Family,
    range: Range<Bytes>,
    /// Views of earlier changes of the engine may still read the range.
    number: u64,
}

/// Starts the thread, which goes on with what is left from before. It ends when told to, or when nobody is
/// left to tell it anything.
pub(super) fn start(
    database: &Arc<Database>,
) -> Result<(Sender<Message>, JoinHandle<()>), OpenError> {
    let left = left(database).map_err(|source| OpenError::Engine {
        folder: PathBuf::from(database.db.path()),
        source: Box::new(source),
    })?;
    let (sender, messages) = channel();
    // The thread alone does not keep the store open.
    let database = Arc::downgrade(database);
    let thread = std::thread::Builder::new()
        .name("discard".to_owned())
        .spawn(move || run(&database, &messages, left))
        .map_err(OpenError::Thread)?;
    Ok((sender, thread))
}

fn run(database: &Weak<Database>, messages: &Receiver<Message>, mut waiting: Vec<Discarded>) {
    loop {
        if !waiting.is_empty() {
            let Some(database) = database.upgrade() else { return };
            waiting.retain(|discarded| !database.give_back(discarded));
        }
        let message = if waiting.is_empty() {
            messages.recv().map_err(RecvTimeoutError::from)
        } else {
            messages.recv_timeout(LOOK_INTERVAL)
        };
        match message {
            Ok(Message::Discarded(discarded)) => waiting.push(discarded),
            Ok(Message::End) | Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

/// The ranges whose space was not yet given back when the store was last open.
fn left(database: &Database) -> Result<Vec<Discarded>, rocksdb::Error> {
    let number = database.db.latest_sequence_number();
    let mut left = Vec::new();
    for row in database.db.iterator(IteratorMode::From(ROW_PREFIX, Direction::Forward)) {
        let (key, _) = row?;
        if !key.starts_with(ROW_PREFIX) {
            break;
        }
        // A row of another form cannot be: the engine's checksums are right.
        if let Some((family, range)) = decode_row(&key) {
            left.push(Discarded { family, range, number });
        }
    }
    Ok(left)
}

impl Database {
    /// Makes the range empty, and writes down that its space is to be given back.
    pub(super) fn mark(&self, family: Family, range: Range<Bytes>) -> Result<Discarded, Error> {
        let mut changes = WriteBatch::default();
        changes.delete_range_cf(self.family(family), &range.start, &range.end);
        changes.put(encode_row(&range), b"");
        self.write_aside(changes)?;
        Ok(Discarded { family, range, number: self.db.latest_sequence_number() })
    }

    /// Gives the space of a range back, if no view can miss it. Whether there is nothing left to do.
    fn give_back(&self, discarded: &Discarded) -> bool {
        let Discarded { family, range, number } = discarded;
        let oldest = self.db.property_int_value(OLDEST_VIEW).ok().flatten().unwrap_or(0);
        if oldest != 0 && oldest < *number {
            return false;
        }
        let handle = self.family(*family);
        let given_back = self
            .db
            .delete_file_in_range_cf(handle, &range.start, &range.end)
            .map_err(failure)
            .and_then(|()| {
                let mut options = rocksdb::CompactOptions::default();
                options.set_exclusive_manual_compaction(false);
                self.db.compact_range_cf_opt(
                    handle,
                    Some(&range.start),
                    Some(&range.end),
                    &options,
                );
                let mut changes = WriteBatch::default();
                changes.delete(encode_row(range));
                self.write_aside(changes)
            });
        match given_back {
            // A store that is closing, or has failed, goes on after the next start.
            Ok(()) | Err(Error::RefusingWrites) => {}
            Err(error) => tracing::warn!(%error, "the space of a range is not given back yet"),
        }
        true
    }

    /// Writes what is not a commit, unless writes are refused. What is written is on disk when it returns.
    fn write_aside(&self, changes: WriteBatch) -> Result<(), Error> {
        let _turn = self.aside.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_refusing_writes.load(Ordering::Acquire) {
            return Err(Error::RefusingWrites);
        }
        self.db.write_opt(changes, &self.write_options()).map_err(|error| {
            tracing::error!(%error, "a discard failed: writes are refused until a restart");
            self.is_refusing_writes.store(true, Ordering::Release);
            failure(error)
        })
    }
}

/// The key of the row for a range.
fn encode_row(range: &Range<Bytes>) -> Vec<u8> {
    let Range { start, end } = range;
    let mut row = Vec::with_capacity(ROW_PREFIX.len() + 4 + start.len() + end.len());
    row.put_slice(ROW_PREFIX);
    row.put_u32(u32::try_from(start.len()).unwrap_or(u32::MAX));
    row.put_slice(start);
    row.put_slice(end);
    row
}

fn decode_row(row: &[u8]) -> Option<(Family, Range<Bytes>)> {
    let mut rest = row.strip_prefix(ROW_PREFIX)?;
    let length = usize::try_from(rest.try_get_u32().ok()?).ok()?;
    let (start, end) = rest.split_at_checked(length)?;
    let range = Bytes::copy_from_slice(start)..Bytes::copy_from_slice(end);
    Some((Family::of_range(&range.start, &range.end)?, range))
}
