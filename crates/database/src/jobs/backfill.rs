//! Makes the entries of a new index, or of a new expiry, for the items that are older than it.
//!
//! From the commit on that makes the index, every write keeps its entry (`index::unfilled`), so this job only adds
//! what is missing: it reads the table in pages, and commits the missing entries of a page on condition that
//! the items are still the same. An item that is written all the time is no obstacle: the first write
//! after the index was made has made its entry.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use storage::{Commit, CommitError, Page, RangeQuery, Reads, View};

use crate::catalog::table::{Expiry, Index};
use crate::catalog::{self, Table};
use crate::error::{Damaged, Error, Result};
use crate::key::ItemKey;
use crate::keys::{self, Id};
use crate::stored::Stored;
use crate::writers::commit_failed;
use crate::{Database, Scope, expiry, index, quotas, write};

/// The items that are looked at for one commit: few enough that no other commit waits long.
const PAGE_ITEMS_MAX: usize = 200;
/// And the bytes of them.
const PAGE_BYTES_MAX: usize = 512 * 1024;

/// Whose entries are being made, and how far.
#[derive(Serialize, Deserialize)]
struct Backfill {
    account: String,
    region: String,
    table: String,
    /// The key where the next page begins.
    next: Vec<u8>,
}

/// What is being filled.
enum Target<'a> {
    Index(&'a Index),
    Expiry(&'a Expiry),
}

/// An entry that an item implies.
struct Implied {
    item: Bytes,
    entry: Bytes,
    value: Bytes,
    /// The entry as an item, where the index counts its items.
    counted: Option<Stored>,
}

/// The row of a backfill that is to begin, of the index or expiry of `table` with a number.
pub(crate) fn row(table: &Table, id: Id) -> (Bytes, Option<Bytes>) {
    let backfill = Backfill {
        account: table.account.clone(),
        region: table.region.clone(),
        table: table.name.clone(),
        next: keys::items(table.id).start.into(),
    };
    (keys::backfill(id), Some(catalog::encode(&backfill)))
}

/// Goes on with what was being filled at the last stop.
pub(super) async fn resume(database: &Database) -> Result<()> {
    for (key, _) in super::rows(database, keys::all_backfills()).await? {
        start(database, keys::row_id(&key).ok_or(Damaged("key of a backfill"))?, None);
    }
    Ok(())
}

/// Fills an index or an expiry, in a task of its own, as part of a change that is under way until then. If
/// that fails it goes on after the next start.
pub(crate) fn start(database: &Database, id: Id, under_way: Option<quotas::Change>) {
    let database = database.clone();
    tokio::spawn(async move {
        match fill(&database, id).await {
            // A stop in between is no fault.
            Ok(()) | Err(Error::RefusingWrites) => {}
            Err(error) => tracing::error!(id, ?error, "an index or expiry is not filled yet"),
        }
        drop(under_way);
    });
}

async fn fill(database: &Database, id: Id) -> Result<()> {
    let _turn = database.inner.jobs.backfills.acquire().await;
    while !fill_page(database, id).await? {
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// Fills in what is missing of the next page. Whether that was the end.
async fn fill_page(database: &Database, id: Id) -> Result<bool> {
    let view = database.view(Reads::Many).await?;
    let row_key = keys::backfill(id);
    // The row goes with the index.
    let Some(row) = view.get(&row_key).await? else { return Ok(true) };
    let mut backfill: Backfill = catalog::decode(&row)?;
    let Some(table) = database.inner.catalog.table(&view, &backfill.table_key()).await? else {
        return Ok(true);
    };
    let Some(target) = Target::find(&table, id) else { return Ok(true) };
    let page = view.range(&query(&table, &backfill)).await?;
    let mut commit = Commit { seen: view.version(), ..Commit::default() };
    commit.reads = vec![backfill.table_key(), row_key.clone()];
    add_missing(&view, (&table, &target, id), &page, &mut commit).await?;
    match page.entries.last() {
        Some((last, _)) if !page.is_last => {
            backfill.next = keys::behind(last).into();
            commit.writes.push((row_key, Some(catalog::encode(&backfill))));
        }
        Some(_) | None => {
            let filled = catalog::encode(&filled(&table, id));
            commit.writes.extend([(row_key, None), (table.row_key(), Some(filled))]);
            commit.metadata = true;
        }
    }
    let is_end = commit.metadata;
    match database.commit(commit).await {
        Ok(_) => Ok(is_end),
        // Whether it was made or not, the row says where to go on.
        Err(CommitError::Conflict(_) | CommitError::TooOld | CommitError::Unknown) => Ok(false),
        Err(error) => Err(commit_failed(error)),
    }
}

impl Backfill {
    fn table_key(&self) -> Bytes {
        let scope = Scope { account: self.account.clone(), region: self.region.clone() };
        keys::table(&scope, &self.table)
    }
}

impl<'a> Target<'a> {
    /// What of a table has a number.
    fn find(table: &'a Table, id: Id) -> Option<Self> {
        let index = table.indexes.iter().find(|index| index.id == id).map(Self::Index);
        index.or_else(|| table.expiry.as_ref().filter(|expiry| expiry.id == id).map(Self::Expiry))
    }

    fn implied(&self, table: &Table, (key, item): &(Bytes, Bytes)) -> Result<Option<Implied>> {
        let item_key = ItemKey::of_stored(key)?;
        let item = Stored::decode(item.clone())?;
        let implied = |entry, value, counted| Implied { item: key.clone(), entry, value, counted };
        Ok(match self {
            Self::Index(index) => {
                let entry = index::entry(table, index, &item_key, &item)?;
                entry.map(|entry| {
                    implied(entry.key, entry.stored.bytes().clone(), Some(entry.stored))
                })
            }
            Self::Expiry(expiry) => expiry::time(expiry, &item)?
                .map(|seconds| implied(keys::expiry(expiry.id, seconds, key), Bytes::new(), None)),
        })
    }
}

fn query(table: &Table, backfill: &Backfill) -> RangeQuery {
    RangeQuery {
        start: Bytes::copy_from_slice(&backfill.next),
        end: keys::items(table.id).end,
        reverse: false,
        entries_max: PAGE_ITEMS_MAX,
        bytes_max: PAGE_BYTES_MAX,
        fill_cache: false,
    }
}

/// Adds the entries that items of a page imply and that are not there. Only those items must not change:
/// an entry that is there is kept by every write of its item.
async fn add_missing(
    view: &View,
    (table, target, id): (&Table, &Target<'_>, Id),
    page: &Page,
    commit: &mut Commit,
) -> Result<()> {
    let mut implied = Vec::new();
    for entry in &page.entries {
        implied.extend(target.implied(table, entry)?);
    }
    let entries: Vec<Bytes> = implied.iter().map(|implied| implied.entry.clone()).collect();
    for (implied, found) in implied.into_iter().zip(view.get_many(&entries).await?) {
        if found.is_none() {
            commit.reads.push(implied.item);
            commit.writes.push((implied.entry, Some(implied.value)));
            if let Some(entry) = &implied.counted {
                write::count(commit, id, (None, Some(entry)));
            }
        }
    }
    Ok(())
}

/// The table, once its index or expiry with a number is filled.
fn filled(table: &Table, id: Id) -> Table {
    let mut table = table.clone();
    for index in table.indexes.iter_mut().filter(|index| index.id == id) {
        index.is_backfilling = false;
    }
    if let Some(expiry) = table.expiry.as_mut().filter(|expiry| expiry.id == id) {
        expiry.is_backfilling = false;
    }
    table
}
