//! The writers of one item queue, and the first commits for all.
//!
//! The first in line starts a task that leads: it reads the item once, applies every waiting
//! write in turn, each to the image that the one before it left, and commits once. So a counter
//! that everybody adds to goes at the rate of commits times those waiting, without retries. The
//! task is its own, so that a client that goes away stops nobody else.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use storage::{CommitError, Reads};
use tokio::sync::oneshot;

use crate::Database;
use crate::capacity::Consumed;
use crate::capacity::admission::Touched;
use crate::catalog::Table;
use crate::collection;
use crate::error::{Error, Result};
use crate::history::Cause;
use crate::index::{self, Unfilled};
use crate::key::ItemKey;
use crate::keys;
use crate::replication::version::{self, Standing, Versions};
use crate::stored::Stored;
use crate::write::{self, Because, Change, Changed, Effect, Write};

/// The most writes that one commit of an item serves: a history keeps two images of 400 KiB for each, and all are
/// to fit into one commit.
const FOLLOWERS_MAX: usize = 200;
/// How often a commit is tried against transactions on the same item.
const ATTEMPTS_MAX: usize = 100;
/// Into how many parts the queues are split, so that they are seldom waited for.
const SHARDS: usize = 64;

/// The queues of all items that are being written.
pub(crate) struct Writers {
    shards: Vec<Mutex<HashMap<Bytes, VecDeque<Waiter>>>>,
}

impl Default for Writers {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }
}

type Answer = oneshot::Sender<Result<Written>>;

enum Waiter {
    Write(Box<Write>, Answer),
    /// Wants the item for itself until what it is given is dropped.
    Hold(oneshot::Sender<Held>),
}

/// An item that nobody else writes through its queue until this is dropped.
pub(crate) struct Held(
    #[expect(dead_code, reason = "its drop is what counts")] oneshot::Sender<()>,
);

/// A write that was made, with what it consumed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Written {
    pub(crate) changed: Changed,
    pub(crate) consumed: Consumed,
}

enum Turn {
    Writes(Vec<(Box<Write>, Answer)>),
    Hold(oneshot::Sender<Held>),
}

impl Writers {
    fn shard(&self, key: &Bytes) -> MutexGuard<'_, HashMap<Bytes, VecDeque<Waiter>>> {
        let hash = keys::hash_of(key).unwrap_or_default();
        let index = usize::try_from(hash % SHARDS as u64).expect("less than the number of shards");
        let shard = self.shards.get(index).expect("less than the number of shards");
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gets in line. Whether it is the first, who has to lead.
    fn enter(&self, key: &Bytes, waiter: Waiter) -> bool {
        match self.shard(key).entry(key.clone()) {
            Entry::Occupied(mut queue) => {
                queue.get_mut().push_back(waiter);
                false
            }
            Entry::Vacant(queue) => {
                queue.insert(VecDeque::from([waiter]));
                true
            }
        }
    }

    /// Whose turn it is; with nobody left, the queue is gone.
    fn next(&self, key: &Bytes) -> Option<Turn> {
        let mut shard = self.shard(key);
        let Some(queue) = shard.get_mut(key).filter(|queue| !queue.is_empty()) else {
            shard.remove(key);
            return None;
        };
        let mut writes = Vec::new();
        while writes.len() < FOLLOWERS_MAX {
            match queue.pop_front() {
                Some(Waiter::Write(write, answer)) => writes.push((write, answer)),
                Some(Waiter::Hold(hold)) if writes.is_empty() => return Some(Turn::Hold(hold)),
                Some(hold @ Waiter::Hold(_)) => {
                    queue.push_front(hold);
                    break;
                }
                None => break,
            }
        }
        Some(Turn::Writes(writes))
    }
}

/// Makes a write, in its turn among the writes of the same item.
///
/// Returns when it is durable and visible, and so is everything it was decided upon.
pub(crate) async fn write(database: &Database, write: Write) -> Result<Written> {
    begin(database, write).await.map_err(Error::internal)?
}

/// As [`write()`], without waiting: the write gets in line at once.
pub(crate) fn begin(database: &Database, write: Write) -> oneshot::Receiver<Result<Written>> {
    let (answer, answered) = oneshot::channel();
    let key = write.key.stored.clone();
    enter(database, &key, Waiter::Write(Box::new(write), answer));
    answered
}

/// Waits for an item's turn, and keeps it.
pub(crate) async fn hold(database: &Database, key: &ItemKey) -> Result<Held> {
    let (grant, granted) = oneshot::channel();
    enter(database, &key.stored, Waiter::Hold(grant));
    granted.await.map_err(Error::internal)
}

fn enter(database: &Database, key: &Bytes, waiter: Waiter) {
    if database.inner.writers.enter(key, waiter) {
        tokio::spawn(lead(database.clone(), key.clone()));
    }
}

/// Takes a queue away if its leader panics, so that whoever waits in it is told, and whoever
/// comes later leads anew.
struct Leader<'a> {
    writers: &'a Writers,
    key: &'a Bytes,
}

impl Drop for Leader<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.writers.shard(self.key).remove(self.key);
        }
    }
}

async fn lead(database: Database, key: Bytes) {
    let _leader = Leader { writers: &database.inner.writers, key: &key };
    while let Some(turn) = database.inner.writers.next(&key) {
        match turn {
            Turn::Writes(writes) => serve(&database, writes).await,
            Turn::Hold(grant) => {
                let (held, released) = oneshot::channel();
                if grant.send(Held(held)).is_ok() {
                    // The holder has let go, whichever way this ends.
                    let _ = released.await;
                }
            }
        }
    }
}

/// Applies the writes of one item one after the other, commits once, and answers each.
async fn serve(database: &Database, mut writes: Vec<(Box<Write>, Answer)>) {
    for _ in 0..ATTEMPTS_MAX {
        writes.retain(|(_, answer)| !answer.is_closed());
        match attempt(database, &writes).await {
            Ok(Attempt::Done(results)) => {
                for ((write, answer), result) in writes.into_iter().zip(results) {
                    // Whoever asked may be gone; the write stays made, and costs what it costs.
                    if let Err(Ok(written)) = answer.send(result) {
                        let touched = Touched::Item(&write.key.stored);
                        write.table.use_write(&written.consumed, touched);
                    }
                }
                return;
            }
            Ok(Attempt::Again) => tokio::task::yield_now().await,
            Err(error) => return fail(writes, &error),
        }
    }
    for (_, answer) in writes {
        let _ = answer.send(Err(Error::TransactionConflict));
    }
}

/// Answers every write with the same failure of ours.
#[expect(clippy::wildcard_enum_match_arm, reason = "few failures are told as they are")]
fn fail(writes: Vec<(Box<Write>, Answer)>, error: &Error) {
    let text = error.to_string();
    for (_, answer) in writes {
        let error = match error {
            Error::ResourceNotFound => Error::ResourceNotFound,
            Error::RefusingWrites => Error::RefusingWrites,
            Error::WriteFailed => Error::WriteFailed,
            _ => Error::internal(std::io::Error::other(text.clone())),
        };
        let _ = answer.send(Err(error));
    }
}

enum Attempt {
    Done(Vec<Result<Written>>),
    /// Something that was read has changed meanwhile.
    Again,
}

async fn attempt(database: &Database, writes: &[(Box<Write>, Answer)]) -> Result<Attempt> {
    let Some((first, _)) = writes.first() else { return Ok(Attempt::Done(Vec::new())) };
    let view = database.inner.store.view(Reads::One).await?;
    let table_key = first.table.row_key();
    let table = database.inner.catalog.table(&view, &table_key).await?;
    let table = table.filter(|table| table.id == first.table.id).ok_or(Error::ResourceNotFound)?;
    let stored = view.get(&first.key.stored).await?;
    let initial = stored.map(Stored::decode).transpose()?;
    let unfilled = index::unfilled(&view, &table, &first.key, initial.as_ref()).await?;
    let version = version::of(&view, &table, &first.key, initial.is_some()).await?;
    let mut collection = collection::Sizes::new(database);
    collection.read(&view, &table, &first.key).await?;
    let now_ms = database.inner.clock.now_ms();
    let beside = Beside { unfilled, version, now_ms };
    let Applied { results, last, version: after, appends, alone: effect } =
        apply_all(&table, initial.as_ref(), writes, (&beside, &mut collection))?;
    let mut commit = if let Some(effect) = effect {
        effect.commit
    } else {
        let changed = Changed { old: initial, new: last };
        let after = after.map(|after| after.version);
        let versions = Versions { before: beside.version.as_ref(), after: after.as_ref(), now_ms };
        let unfilled = &beside.unfilled;
        let because = Because { cause: Cause::Request, unfilled, versions };
        write::effect(&table, &first.key, &changed, because)?.commit
    };
    // The history has each change, also where they come to none.
    commit.appends = appends;
    if commit.writes.is_empty() && commit.appends.is_empty() {
        return Ok(Attempt::Done(results));
    }
    commit.seen = view.version();
    commit.reads.extend([table_key, first.key.stored.clone()]);
    match database.commit(commit).await {
        Ok(_) => Ok(Attempt::Done(results)),
        Err(CommitError::Conflict(_) | CommitError::TooOld) => Ok(Attempt::Again),
        Err(error) => Err(commit_failed(error)),
    }
}

/// A commit's failure that trying again does not help.
pub(crate) fn commit_failed(error: CommitError) -> Error {
    match error {
        CommitError::RefusingWrites => Error::RefusingWrites,
        CommitError::Unknown => Error::WriteFailed,
        CommitError::Conflict(_)
        | CommitError::TooOld
        | CommitError::TooLarge
        | CommitError::WrongFamily => Error::internal(error),
    }
}

/// What is stored of an item beside it, when writes begin, and when that is.
struct Beside {
    unfilled: Unfilled,
    version: Option<Standing>,
    now_ms: u64,
}

/// What writes came to, applied one after the other.
struct Applied {
    results: Vec<Result<Written>>,
    /// The item after them all.
    last: Option<Stored>,
    /// The version that they gave it, if they wrote it.
    version: Option<Standing>,
    /// What each of them appends.
    appends: Vec<(Bytes, Bytes, Bytes)>,
    /// The effect, if there is one write only.
    alone: Option<Effect>,
}

fn apply_all(
    table: &Table,
    initial: Option<&Stored>,
    writes: &[(Box<Write>, Answer)],
    (beside, collection): (&Beside, &mut collection::Sizes),
) -> Result<Applied> {
    let mut current = initial.cloned();
    let mut version: Option<Standing> = None;
    let mut results = Vec::with_capacity(writes.len());
    let mut appends = Vec::new();
    let mut alone = None;
    for (write, _) in writes {
        match write::apply(table, write, current.as_ref()) {
            Ok(new) => {
                let changed = Changed { old: current.clone(), new };
                let before = version.as_ref().or(beside.version.as_ref());
                let because = (Cause::Request, beside.now_ms);
                let is_write = !matches!(write.change, Change::Check);
                let after = version::next(table, before, because).filter(|_| is_write);
                let now_ms = beside.now_ms;
                let versions = Versions { before, after: after.as_ref(), now_ms };
                let (cause, unfilled) = (Cause::Request, &beside.unfilled);
                let because = Because { cause, unfilled, versions };
                let mut effect = write::effect(table, &write.key, &changed, because)?;
                let admitted = table.admit_entries(&effect.consumed).map_err(Error::from);
                let grow = |()| collection.grow(table, &write.key, effect.growth);
                if let Err(error) = admitted.and_then(grow) {
                    results.push(Err(error));
                    continue;
                }
                version = after.map(Standing::of).or(version);
                current.clone_from(&changed.new);
                appends.append(&mut effect.commit.appends);
                results.push(Ok(Written { changed, consumed: effect.consumed.clone() }));
                alone = (writes.len() == 1).then_some(effect);
            }
            Err(error) => results.push(Err(error)),
        }
    }
    Ok(Applied { results, last: current, version, appends, alone })
}
