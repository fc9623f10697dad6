//! The committer: the one thread that writes.
//!
//! It takes what is queued, checks each commit's reads, numbers those that may happen, and makes one
//! write of them all: the engine appends it to its log, syncs the log, and only then shows it. So what is
//! seen is durable. It never reads the disk and waits for nothing but that one write. While it waits the
//! next commits queue, so the busier the store, the more commits share a sync.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use bytes::Bytes;
use rocksdb::{ColumnFamily, WriteBatch, WriteOptions};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::{Database, LAST_KEY, Last};
use crate::commit::Prepared;
use crate::conflict::{Conflicts, GENERATION_KEYS_MAX};
use crate::family::Family;
use crate::{Commit, CommitError, OpenError, Stamp, counter};

/// The most commits in one write.
const BATCH_COMMITS_MAX: usize = 512;

/// How many bytes of commits end a batch.
const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What the committer is told.
pub(super) enum Message {
    Commit(Queued),
    End,
}

/// A commit that waits for its answer, and the room that it takes in the queue meanwhile.
pub(super) struct Queued {
    pub(super) prepared: Prepared,
    pub(super) answer: oneshot::Sender<Result<Stamp, CommitError>>,
    pub(super) room: OwnedSemaphorePermit,
}

/// A commit that was decided on; the answer must wait for the write all the same. Who is told of a
/// conflict will read again, and should then see what it was in conflict with.
struct Decided {
    decision: Result<Stamp, CommitError>,
    answer: oneshot::Sender<Result<Stamp, CommitError>>,
    _room: OwnedSemaphorePermit,
}

pub(super) struct Committer {
    database: Arc<Database>,
    conflicts: Conflicts,
    last: Last,
    options: WriteOptions,
}

impl Committer {
    /// Starts the thread. It ends when told to, or when nobody is left to tell it anything.
    pub(super) fn start(
        database: Arc<Database>,
        last: Last,
    ) -> Result<(Sender<Message>, JoinHandle<()>), OpenError> {
        let (queue, messages) = channel();
        let options = database.write_options();
        let conflicts = Conflicts::new(last.version, GENERATION_KEYS_MAX);
        let committer = Self { database, conflicts, last, options };
        let thread = std::thread::Builder::new()
            .name("committer".to_owned())
            .spawn(move || committer.run(&messages))
            .map_err(OpenError::Thread)?;
        Ok((queue, thread))
    }

    fn run(mut self, messages: &Receiver<Message>) {
        let mut has_ended = false;
        while !has_ended {
            let batch;
            (batch, has_ended) = gather(messages);
            if !batch.is_empty() {
                self.commit(batch);
            }
        }
    }

    fn commit(&mut self, batch: Vec<Queued>) {
        let database = Arc::clone(&self.database);
        if database.is_refusing_writes.load(Ordering::Acquire) {
            for queued in batch {
                reply(queued.answer, Err(CommitError::RefusingWrites));
            }
            return;
        }
        let version_before = self.last.version;
        let mut changes = Changes::new(&database);
        let decided: Vec<Decided> =
            batch.into_iter().map(|queued| self.decide(queued, &mut changes)).collect();
        let written = if self.last.version == version_before {
            Ok(())
        } else {
            database.db.write_opt(changes.finish(self.last), &self.options)
        };
        if let Err(error) = &written {
            tracing::error!(%error, "a write failed: writes are refused until a restart");
        }
        self.answer(decided, written.is_ok());
    }

    /// Accepts a commit and adds its changes to the others', or finds why it must not happen.
    fn decide(&mut self, queued: Queued, changes: &mut Changes<'_>) -> Decided {
        let Queued { prepared, answer, room } = queued;
        let Prepared { commit, read_hashes, write_hashes, bytes: _ } = prepared;
        let decision =
            self.conflicts.check(commit.seen.version(), &commit.reads, &read_hashes).map(|()| {
                let last = &mut self.last;
                last.version += 1;
                last.epoch += u64::from(commit.metadata);
                if !commit.appends.is_empty() {
                    last.time_ms = last.time_ms.max(commit.time_ms);
                }
                self.conflicts.mark(last.version, &write_hashes);
                let stamp = Stamp::new(last.version);
                changes.add(commit, stamp, last.time_ms);
                stamp
            });
        Decided { decision, answer, _room: room }
    }

    /// Shows what was written, or refuses all further writes, and tells everybody.
    fn answer(&self, decided: Vec<Decided>, is_written: bool) {
        if is_written {
            self.database.publish(self.last);
        } else {
            self.database.is_refusing_writes.store(true, Ordering::Release);
        }
        for Decided { decision, answer, _room } in decided {
            let decision =
                if is_written { decision } else { decision.and(Err(CommitError::Unknown)) };
            reply(answer, decision);
        }
    }
}

/// The next batch, for which it waits, and whether it is the last one.
fn gather(messages: &Receiver<Message>) -> (Vec<Queued>, bool) {
    let mut batch = Vec::new();
    let mut bytes = 0;
    let mut next = messages.recv().unwrap_or(Message::End);
    loop {
        match next {
            Message::End => return (batch, true),
            Message::Commit(queued) => {
                bytes += queued.prepared.bytes;
                batch.push(queued);
            }
        }
        if batch.len() >= BATCH_COMMITS_MAX || bytes >= BATCH_BYTES_MAX {
            return (batch, false);
        }
        let Ok(message) = messages.try_recv() else { return (batch, false) };
        next = message;
    }
}

/// Answers a caller, who may be gone.
fn reply(answer: oneshot::Sender<Result<Stamp, CommitError>>, result: Result<Stamp, CommitError>) {
    drop(answer.send(result));
}

/// The changes of one batch.
struct Changes<'a> {
    write: WriteBatch,
    families: Families<'a>,
    /// What is added to each counter.
    adds: HashMap<Bytes, i64>,
}

/// The engine's families, found once for each batch.
struct Families<'a> {
    metadata: &'a ColumnFamily,
    items: &'a ColumnFamily,
    indexes: &'a ColumnFamily,
    log: &'a ColumnFamily,
    queues: &'a ColumnFamily,
    counters: &'a ColumnFamily,
}

impl<'a> Families<'a> {
    fn new(database: &'a Database) -> Self {
        Self {
            metadata: database.family(Family::Metadata),
            items: database.family(Family::Items),
            indexes: database.family(Family::Indexes),
            log: database.family(Family::Log),
            queues: database.family(Family::Queues),
            counters: database.family(Family::Counters),
        }
    }

    /// The family of a key. Every key was found to be in one when its commit was prepared.
    fn of(&self, key: &[u8]) -> &'a ColumnFamily {
        match Family::of(key) {
            Some(Family::Metadata) | None => self.metadata,
            Some(Family::Items) => self.items,
            Some(Family::Indexes) => self.indexes,
            Some(Family::Log) => self.log,
            Some(Family::Queues) => self.queues,
            Some(Family::Counters) => self.counters,
        }
    }
}

impl<'a> Changes<'a> {
    fn new(database: &'a Database) -> Self {
        let families = Families::new(database);
        Self { write: WriteBatch::default(), families, adds: HashMap::new() }
    }

    fn add(&mut self, commit: Commit, stamp: Stamp, time_ms: u64) {
        for (key, value) in commit.writes {
            let family = self.families.of(&key);
            if let Some(value) = value {
                self.write.put_cf(family, &key, &value);
            } else {
                // A counter begins again: what earlier commits of the batch added goes with it.
                self.adds.remove(&key);
                self.write.delete_cf(family, &key);
            }
        }
        for (ordinal, (prefix, suffix, value)) in (0..=u16::MAX).zip(commit.appends) {
            let key = Commit::append_key(stamp, &prefix, ordinal, &suffix);
            let stored = Commit::append_value(time_ms, &value);
            self.write.put_cf(self.families.of(&key), &key, &stored);
        }
        for (key, added) in commit.adds {
            let sum = self.adds.entry(key).or_default();
            *sum = sum.wrapping_add(added);
        }
    }

    /// All changes in the engine's form. The counters come last, so that no deletion of one follows.
    fn finish(mut self, last: Last) -> WriteBatch {
        for (key, added) in self.adds {
            self.write.merge_cf(self.families.counters, &key, counter::encode(added));
        }
        self.write.put(LAST_KEY, last.encode());
        self.write
    }
}
