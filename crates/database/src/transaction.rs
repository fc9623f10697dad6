//! Several items that change together, or are read as of one instant.
//!
//! A transaction reads its items, applies its actions and commits, without standing in line. If
//! one of its items has changed meanwhile, it takes its place in the queues of all its items, in
//! the order of their keys so that no two wait for each other, and tries again.

use std::sync::Arc;

use bytes::Bytes;
use storage::{Commit, CommitError, Reads, View};
use types::limit::TRANSACTION_BYTES_MAX;

use crate::Database;
use crate::catalog::Table;
use crate::collection;
use crate::error::{CancellationCode, CancellationReason, Error, Invalid, Result};
use crate::history::Cause;
use crate::index;
use crate::replication::version::{self, Versions};
use crate::stored::Stored;
use crate::write::{self, Because, Change, Changed, Effect, Write};
use crate::writers::{self, Written, commit_failed};

/// How often a transaction is tried while it holds its items.
const ATTEMPTS_MAX: usize = 20;

/// What decides, in each attempt, what is written beside the items; or ends the transaction.
pub(crate) trait Companion: Sync {
    /// What the transaction is to give up for: it was done before.
    type Done: Send;

    /// Keys that must not change while the transaction decides.
    fn reads(&self) -> Vec<Bytes>;

    /// Looks whether there is anything to do.
    fn look(&self, view: &View) -> impl Future<Output = Result<Option<Self::Done>>> + Send;

    /// What is written beside the items.
    fn writes(&self, written: &[Written]) -> Vec<(Bytes, Option<Bytes>)>;
}

/// No companion: there is nothing beside the items.
pub(crate) struct Alone;

impl Companion for Alone {
    type Done = std::convert::Infallible;

    fn reads(&self) -> Vec<Bytes> {
        Vec::new()
    }

    async fn look(&self, _: &View) -> Result<Option<Self::Done>> {
        Ok(None)
    }

    fn writes(&self, _: &[Written]) -> Vec<(Bytes, Option<Bytes>)> {
        Vec::new()
    }
}

/// How a transaction ended that did not fail.
pub(crate) enum Outcome<D> {
    Written(Vec<Written>),
    /// The companion said that there was nothing to do.
    Done(D),
}

enum Attempt<D> {
    Ended(Outcome<D>),
    /// Some of the items have changed meanwhile: which of the writes met that.
    Conflict(Vec<bool>),
}

/// Makes all the writes, or none. Each is of another item.
///
/// # Errors
/// [`Error::TransactionCanceled`] with the reasons of those that cannot be made.
pub(crate) async fn transact<C: Companion>(
    database: &Database,
    writes: &[Write],
    companion: &C,
) -> Result<Outcome<C::Done>> {
    if let Attempt::Ended(outcome) =
        attempt(database, writes, (companion, TRANSACTION_BYTES_MAX)).await?
    {
        return Ok(outcome);
    }
    let mut keys: Vec<_> = writes.iter().map(|write| &write.key).collect();
    keys.sort_by(|a, b| a.stored.cmp(&b.stored));
    let mut held = Vec::with_capacity(keys.len());
    for key in keys {
        held.push(writers::hold(database, key).await?);
    }
    let mut conflicts = Vec::new();
    for _ in 0..ATTEMPTS_MAX {
        match attempt(database, writes, (companion, TRANSACTION_BYTES_MAX)).await? {
            Attempt::Ended(outcome) => return Ok(outcome),
            Attempt::Conflict(at) => conflicts = at,
        }
        tokio::task::yield_now().await;
    }
    let reasons = conflicts.into_iter().map(|met| if met { conflict() } else { none() }).collect();
    Err(Error::TransactionCanceled(reasons))
}

/// Tries once to make all the writes in one commit, without standing in line; `None` where
/// somebody else is at one of the items, or one of the writes cannot be made: made by itself, it says
/// why, and the others are made.
pub(crate) async fn attempt_once(
    database: &Database,
    writes: &[Write],
) -> Result<Option<Vec<Written>>> {
    match attempt(database, writes, (&Alone, usize::MAX)).await {
        Ok(Attempt::Ended(Outcome::Written(written))) => Ok(Some(written)),
        Ok(Attempt::Ended(Outcome::Done(never))) => match never {},
        Ok(Attempt::Conflict(_)) | Err(Error::TransactionCanceled(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn attempt<C: Companion>(
    database: &Database,
    writes: &[Write],
    (companion, bytes_max): (&C, usize),
) -> Result<Attempt<C::Done>> {
    let view = database.view(Reads::Many).await?;
    if let Some(done) = companion.look(&view).await? {
        return Ok(Attempt::Ended(Outcome::Done(done)));
    }
    let tables = tables(database, &view, writes).await?;
    let mut commit = Commit { seen: view.version(), ..Commit::default() };
    let mut written = Vec::with_capacity(writes.len());
    let limits = Limits {
        collections: collection::Sizes::new(database),
        bytes_max,
        now_ms: database.inner.clock.now_ms(),
    };
    for (changed, effect) in apply_all(&view, writes, &tables, limits).await? {
        commit.writes.extend(effect.commit.writes);
        commit.adds.extend(effect.commit.adds);
        commit.reads.extend(effect.commit.reads);
        commit.appends.extend(effect.commit.appends);
        written.push(Written { changed, consumed: effect.consumed });
    }
    commit.writes.extend(companion.writes(&written));
    if commit.writes.is_empty() {
        return Ok(Attempt::Ended(Outcome::Written(written)));
    }
    commit.reads.extend(writes.iter().map(|write| write.key.stored.clone()));
    commit.reads.extend(tables.iter().map(|table| table.row_key()));
    commit.reads.sort_unstable();
    commit.reads.dedup();
    commit.reads.extend(companion.reads());
    match database.commit(commit).await {
        Ok(_) => Ok(Attempt::Ended(Outcome::Written(written))),
        Err(CommitError::Conflict(keys)) => {
            let met = writes.iter().map(|write| keys.contains(&write.key.stored)).collect();
            Ok(Attempt::Conflict(met))
        }
        Err(CommitError::TooOld) => Ok(Attempt::Conflict(vec![true; writes.len()])),
        // A batch need not be one commit.
        Err(CommitError::TooLarge) if bytes_max == usize::MAX => {
            Ok(Attempt::Conflict(vec![true; writes.len()]))
        }
        Err(error) => Err(commit_failed(error)),
    }
}

/// The table of each write, as the view has it.
async fn tables(database: &Database, view: &View, writes: &[Write]) -> Result<Vec<Arc<Table>>> {
    let mut tables: Vec<Arc<Table>> = Vec::with_capacity(writes.len());
    for write in writes {
        let known = tables.iter().find(|table| table.id == write.table.id).cloned();
        let table = match known {
            Some(table) => Some(table),
            None => database.inner.catalog.table(view, &write.table.row_key()).await?,
        };
        let table = table.filter(|table| table.id == write.table.id);
        tables.push(table.ok_or(Error::ResourceNotFound)?);
    }
    Ok(tables)
}

/// Within what writes must stay, and when they are made.
struct Limits {
    collections: collection::Sizes,
    bytes_max: usize,
    now_ms: u64,
}

async fn apply_all(
    view: &View,
    writes: &[Write],
    tables: &[Arc<Table>],
    limits: Limits,
) -> Result<Vec<(Changed, Effect)>> {
    let Limits { mut collections, bytes_max, now_ms } = limits;
    let keys: Vec<Bytes> = writes.iter().map(|write| write.key.stored.clone()).collect();
    let mut results = Vec::with_capacity(writes.len());
    let mut bytes = 0;
    for ((write, table), value) in writes.iter().zip(tables).zip(view.get_many(&keys).await?) {
        let old = value.map(Stored::decode).transpose()?;
        collections.read(view, table, &write.key).await?;
        let result = match write::apply(table, write, old.as_ref()) {
            Ok(new) => {
                let changed = Changed { old, new };
                let size = |item: &Option<Stored>| item.as_ref().map_or(0, Stored::size);
                bytes += size(&changed.old).max(size(&changed.new));
                let old = changed.old.as_ref();
                let unfilled = index::unfilled(view, table, &write.key, old).await?;
                let before = version::of(view, table, &write.key, old.is_some()).await?;
                let is_write = !matches!(write.change, Change::Check);
                let after = version::next(table, before.as_ref(), (Cause::Request, now_ms));
                let after = after.filter(|_| is_write);
                let versions = Versions { before: before.as_ref(), after: after.as_ref(), now_ms };
                let because = Because { cause: Cause::Request, unfilled: &unfilled, versions };
                let effect = write::effect(table, &write.key, &changed, because)?;
                let admitted = table.admit_entries(&effect.consumed).map_err(Error::from);
                let grow = |()| collections.grow(table, &write.key, effect.growth);
                admitted.and_then(grow).map(|()| (changed, effect))
            }
            Err(error) => Err(error),
        };
        results.push(result);
    }
    if bytes > bytes_max {
        return Err(Invalid::TransactionTooLarge.into());
    }
    all_or_reasons(results)
}

/// What all the actions gave; or, where one failed, the reasons of all.
///
/// # Errors
/// [`Error::TransactionCanceled`], or the first error that is not an action's own fault.
pub(crate) fn all_or_reasons<T>(results: Vec<Result<T>>) -> Result<Vec<T>> {
    if results.iter().all(Result::is_ok) {
        return results.into_iter().collect();
    }
    let reasons = results.into_iter().map(|result| match result {
        Ok(_) => Ok(none()),
        Err(error) => reason(error),
    });
    Err(Error::TransactionCanceled(reasons.collect::<Result<_>>()?))
}

fn none() -> CancellationReason {
    CancellationReason { code: CancellationCode::None, message: None, item: None }
}

fn conflict() -> CancellationReason {
    let message = Some(Error::TransactionConflict.to_string());
    CancellationReason { code: CancellationCode::TransactionConflict, message, item: None }
}

/// An action's failure as a reason; any other failure stays one.
#[expect(clippy::wildcard_enum_match_arm, reason = "few failures are an action's own")]
fn reason(error: Error) -> Result<CancellationReason> {
    let message = Some(error.to_string());
    match error {
        Error::ConditionalCheckFailed { item, .. } => Ok(CancellationReason {
            code: CancellationCode::ConditionalCheckFailed,
            message,
            item: item.map(|item| *item),
        }),
        Error::ItemCollectionSizeLimitExceeded => Ok(CancellationReason {
            code: CancellationCode::ItemCollectionSizeLimitExceeded,
            message,
            item: None,
        }),
        Error::Throttled(throttled) => {
            let code = if throttled.is_on_demand {
                CancellationCode::ThrottlingError
            } else {
                CancellationCode::ProvisionedThroughputExceeded
            };
            Ok(CancellationReason { code, message, item: None })
        }
        Error::Expression(_)
        | Error::Invalid(
            Invalid::KeySchema
            | Invalid::KeyType { .. }
            | Invalid::IndexKeyType { .. }
            | Invalid::UpdateTooLarge
            | Invalid::TooDeep,
        ) => {
            Ok(CancellationReason { code: CancellationCode::ValidationError, message, item: None })
        }
        other => Err(other),
    }
}
