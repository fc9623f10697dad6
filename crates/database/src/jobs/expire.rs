//! Removes items that have expired.
//!
//! The due entries of each table's expiry are a range; a sweep reads it in pages and removes a page's items in
//! one commit, on condition that none has changed since: an item whose time was moved on stays.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::PoisonError;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use storage::{Commit, CommitError, Page, RangeQuery, Reads, View};

use crate::catalog::table::Expiry;
use crate::catalog::{self, Table};
use crate::error::{Damaged, Result};
use crate::history::Cause;
use crate::key::ItemKey;
use crate::keys::{self, Id};
use crate::replication::version::{self, Versions};
use crate::stored::Stored;
use crate::write::{self, Because, Changed};
use crate::writers::commit_failed;
use crate::{Database, Scope, expiry, index};

/// Items that are removed in one commit: few enough that no other commit waits long.
const PAGE_ITEMS_MAX: usize = 100;
/// Pages of one table before the next table has its turn.
const TURN_PAGES_MAX: usize = 20;
/// After how many sweeps one begins at the first entry again.
const SWEEPS_MAX: u32 = 60;

/// Where sweeps that found a lot left off. What was removed still stands in the way of reading the range
/// until the store has compacted it, so the next sweeps begin behind it; now and then one begins at
/// the front, and finds what was written past due meanwhile.
#[derive(Default)]
pub(crate) struct Swept {
    sweeps: u32,
    tables: HashMap<Id, Bytes>,
}

/// Whose expiry is on.
#[derive(Serialize, Deserialize)]
struct Expiring {
    account: String,
    region: String,
    table: String,
}

/// The row of a table's expiry that is on.
pub(crate) fn row(table: &Table, id: Id) -> (Bytes, Option<Bytes>) {
    let expiring = Expiring {
        account: table.account.clone(),
        region: table.region.clone(),
        table: table.name.clone(),
    };
    (keys::expiring(id), Some(catalog::encode(&expiring)))
}

/// Removes what is due, of every table some. Whether there may be more.
pub(crate) async fn sweep(database: &Database) -> Result<bool> {
    let mut has_more = false;
    let mut failed = Ok(());
    let rows = super::rows(database, keys::all_expiring()).await?;
    begin(database, !rows.is_empty());
    for (key, row) in rows {
        let id = keys::row_id(&key).ok_or(Damaged("key of an expiry"))?;
        match sweep_table(database, id, &catalog::decode(&row)?).await {
            Ok(is_left) => has_more |= is_left,
            // One table that cannot be read must not keep the others' items.
            Err(error) => failed = Err(error),
        }
    }
    failed.map(|()| has_more)
}

/// Counts the sweeps, and has one begin at the front now and then.
fn begin(database: &Database, is_used: bool) {
    let mut swept = database.inner.jobs.swept.lock().unwrap_or_else(PoisonError::into_inner);
    swept.sweeps += 1;
    if swept.sweeps > SWEEPS_MAX || !is_used {
        *swept = Swept::default();
    }
}

/// Removes some of what is due in one table. Whether there may be more.
async fn sweep_table(database: &Database, id: Id, expiring: &Expiring) -> Result<bool> {
    let scope = Scope { account: expiring.account.clone(), region: expiring.region.clone() };
    let table_key = keys::table(&scope, &expiring.table);
    let mut start = {
        let swept = database.inner.jobs.swept.lock().unwrap_or_else(PoisonError::into_inner);
        swept.tables.get(&id).cloned().unwrap_or_default()
    };
    let mut busy = Vec::new();
    for _ in 0..TURN_PAGES_MAX {
        let view = database.view(Reads::Many).await?;
        let Some(table) = database.inner.catalog.table(&view, &table_key).await? else {
            return Ok(false);
        };
        let Some(expiry) = table.expiry.as_ref().filter(|expiry| expiry.id == id) else {
            return Ok(false);
        };
        let due = expiry::due(expiry, database.inner.clock.now_ms());
        let page = view.range(&query(due, &start)).await?;
        let Some((last, _)) = page.entries.last() else { return Ok(false) };
        let conflicts = remove(database, &view, (&table, expiry), (&page, &busy)).await?;
        if conflicts.is_empty() && page.is_last {
            return Ok(false);
        }
        if conflicts.is_empty() {
            start = keys::behind(last);
        }
        // Without those that somebody is at, the rest of the page can go.
        busy = conflicts;
        tokio::task::yield_now().await;
    }
    let mut swept = database.inner.jobs.swept.lock().unwrap_or_else(PoisonError::into_inner);
    swept.tables.insert(id, start);
    Ok(true)
}

/// The next page of what is due, behind what was swept before.
fn query(due: Range<Bytes>, start: &Bytes) -> RangeQuery {
    RangeQuery {
        start: due.start.max(start.clone()),
        end: due.end,
        reverse: false,
        entries_max: PAGE_ITEMS_MAX,
        bytes_max: usize::MAX,
        fill_cache: false,
    }
}

/// Removes the items of a page of due entries, but for the `busy` ones, in one commit. Gives the keys that
/// have changed since they were read, if that stopped it: what is still due is found by a later sweep.
async fn remove(
    database: &Database,
    view: &View,
    (table, expiry): (&Table, &Expiry),
    (page, busy): (&Page, &[Bytes]),
) -> Result<Vec<Bytes>> {
    let item_key = |entry: &(Bytes, Bytes)| {
        keys::expiring_item(table.id, &entry.0).ok_or(Damaged("expiry entry"))
    };
    let mut keys = page.entries.iter().map(item_key).collect::<Result<Vec<_>, _>>()?;
    keys.retain(|key| !busy.contains(key));
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut commit = Commit { seen: view.version(), ..Commit::default() };
    commit.reads.push(table.row_key());
    for (key, stored) in keys.iter().zip(view.get_many(&keys).await?) {
        let item = Stored::decode(stored.ok_or(Damaged("expiry entry"))?)?;
        if expiry::time(expiry, &item)?.is_none() {
            return Err(Damaged("expiry entry").into());
        }
        let key = ItemKey::of_stored(key)?;
        let unfilled = index::unfilled(view, table, &key, Some(&item)).await?;
        let before = version::of(view, table, &key, true).await?;
        let now_ms = database.inner.clock.now_ms();
        let after = version::next(table, before.as_ref(), (Cause::Expiry, now_ms));
        let versions = Versions { before: before.as_ref(), after: after.as_ref(), now_ms };
        let because = Because { cause: Cause::Expiry, unfilled: &unfilled, versions };
        let changed = Changed { old: Some(item), new: None };
        let effect = write::effect(table, &key, &changed, because)?;
        commit.reads.push(key.stored);
        commit.reads.extend(effect.commit.reads);
        commit.writes.extend(effect.commit.writes);
        commit.adds.extend(effect.commit.adds);
        commit.appends.extend(effect.commit.appends);
    }
    match database.commit(commit).await {
        Ok(_) => {
            table.meters.table.expired_items.add(keys.len());
            Ok(Vec::new())
        }
        Err(CommitError::TooOld | CommitError::Unknown) => Ok(Vec::new()),
        Err(CommitError::Conflict(keys)) => Ok(keys),
        Err(error) => Err(commit_failed(error)),
    }
}
