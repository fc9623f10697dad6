//! Proves that what is stored agrees with itself: keys with items, index entries and expiries with what the items
//! imply, counts with what there is, and nothing that belongs to nobody.
//!
//! Nobody else may write meanwhile. Memory is bounded: everything is read in pages, and only so many faults are kept.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;

use bytes::Bytes;
use storage::{Reads, View};

use crate::catalog::cut::Deleted;
use crate::catalog::stream::{self, StreamRow};
use crate::catalog::table::{Index, Reach};
use crate::catalog::{self, Table};
use crate::error::{Damaged, Error, Result};
use crate::history::Record;
use crate::key::ItemKey;
use crate::keys::{self, Id, Owned};
use crate::pages::{self, Pages};
use crate::replication::leave::Leaving;
use crate::replication::version::Standing;
use crate::resource_policy::ResourcePolicy;
use crate::stored::Stored;
use crate::{Database, expiry, index};

/// Faults that are told; the rest are counted.
const FAULTS_MAX: usize = 100;

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Tables of all accounts and Regions.
    pub tables: u64,
    /// Items of all tables.
    pub items: u64,
    /// Entries of all indexes.
    pub entries: u64,
    /// The first hundred faults.
    pub faults: Vec<Fault>,
    /// How many faults there are in all.
    pub fault_count: u64,
}

/// Something that does not agree with the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where: a table, or a table and an index.
    pub place: String,
    /// What is wrong there.
    pub wrong: Wrong,
}

/// What can be wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// Bytes that are not what this program writes.
    #[error("the {0} is damaged")]
    Damaged(&'static str),
    /// An item under a key that is not its own.
    #[error("the item at {0} has another key")]
    Key(String),
    /// An item whose size is not that of its attributes.
    #[error("the item at {0} names another size than it has")]
    Size(String),
    /// An item whose index entry is missing, or has another content.
    #[error("the item at {0} has not the entry that it implies")]
    Entry(String),
    /// A version that agrees with neither an item nor a deletion.
    #[error("the version of the item at {0} is of nothing")]
    Version(String),
    /// Entries that no item implies.
    #[error("there are {found} entries where the items imply {implied}")]
    Entries {
        /// How many there are.
        found: u64,
        /// How many there should be.
        implied: u64,
    },
    /// A count that is not what there is.
    #[error("{counter} is {count} and should be {found}")]
    Count {
        /// What is counted.
        counter: &'static str,
        /// What the counter says.
        count: i64,
        /// What there is.
        found: i64,
    },
    /// A policy of a resource that is not there.
    #[error("there is a policy at {0}, of a resource that is not there")]
    Policy(String),
    /// Keys with a number that nothing has.
    #[error("there are {space} of number {id}, which nothing has")]
    Orphans {
        /// What they are.
        space: &'static str,
        /// The number.
        id: u32,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.wrong)
    }
}

impl Report {
    fn add(&mut self, place: &str, wrong: Wrong) {
        self.fault_count += 1;
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(Fault { place: place.to_owned(), wrong });
        }
    }
}

/// Items or entries, and their bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Sum {
    count: u64,
    bytes: i64,
}

impl Sum {
    fn add(&mut self, item: &Stored) {
        self.count += 1;
        self.bytes += i64::try_from(item.size()).unwrap_or(i64::MAX);
    }
}

/// What the items of a table imply.
#[derive(Debug, Default)]
struct Implied {
    items: Sum,
    indexes: BTreeMap<Id, Sum>,
    expiries: u64,
}

/// An item of a page, and an entry that it implies.
struct Entry {
    item: Bytes,
    key: Bytes,
    value: Bytes,
    place: Option<usize>,
}

impl Database {
    /// Checks all that is stored. Nobody may write meanwhile.
    ///
    /// # Errors
    /// Where something cannot be read; what does not agree is in the report.
    pub async fn check(&self) -> Result<Report> {
        let view = self.view(Reads::Many).await?;
        let mut report = Report::default();
        let mut ids = BTreeSet::new();
        let mut pages = Pages::once(keys::all_tables());
        while let Some(page) = pages.next(&view).await? {
            for (_, row) in page.entries {
                match catalog::decode::<Table>(&row) {
                    Ok(table) => {
                        ids.extend(table.ids().chain(table.expiry.iter().map(|one| one.id)));
                        ids.extend(table.cuts.iter().map(|cut| cut.holder));
                        ids.extend(table.recovery.iter().map(|recovery| recovery.id));
                        ids.extend(table.replication.iter().map(|replication| replication.id));
                        check_table(&view, &table, &mut report).await?;
                    }
                    Err(Damaged(what)) => report.add("catalogue", Wrong::Damaged(what)),
                }
            }
        }
        let mut dropped = Pages::once(keys::all_dropped());
        while let Some(page) = dropped.next(&view).await? {
            for (key, row) in page.entries {
                ids.extend(keys::row_id(&key));
                ids.extend(row.as_chunks().0.iter().map(|id| Id::from_be_bytes(*id)));
            }
        }
        ids.extend(check_histories(&view, &mut report).await?);
        ids.extend(check_leaving(&view, &mut report).await?);
        check_policies(&view, &mut report).await?;
        for owned in keys::OWNED {
            check_owners(&view, owned, &ids, &mut report).await?;
        }
        Ok(report)
    }
}

fn name(table: &Table) -> String {
    format!("{} in {} of {}", table.name, table.region, table.account)
}

async fn check_table(view: &View, table: &Table, report: &mut Report) -> Result<()> {
    let name = name(table);
    report.tables += 1;
    let mut implied = Implied::default();
    let mut pages = Pages::once(keys::items(table.id));
    while let Some(page) = pages.next(view).await? {
        let mut entries = Vec::new();
        for (key, value) in &page.entries {
            match implied.item(table, (key, value), &mut entries) {
                Ok(None) => {}
                Ok(Some(wrong)) => report.add(&name, wrong),
                Err(Damaged(what)) => report.add(&name, Wrong::Damaged(what)),
            }
        }
        check_entries(view, (table, &name), &entries, report).await?;
    }
    report.items += implied.items.count;
    check_counts(view, (&name, table.id), implied.items, report).await?;
    for index in &table.indexes {
        let place = format!("{name}, index {}", index.name);
        let found = sum(view, keys::entries(index.id)).await?;
        report.entries += found.count;
        let expected = implied.indexes.get(&index.id).copied().unwrap_or_default();
        if found.count != expected.count && !index.is_backfilling {
            let (found, implied) = (found.count, expected.count);
            report.add(&place, Wrong::Entries { found, implied });
        }
        check_counts(view, (&place, index.id), found, report).await?;
    }
    if let Some(expiry) = table.expiry.as_ref().filter(|expiry| !expiry.is_backfilling) {
        let found = count(view, keys::expiries(expiry.id)).await?;
        if found != implied.expiries {
            let place = format!("{name}, time to live");
            report.add(&place, Wrong::Entries { found, implied: implied.expiries });
        }
    }
    if table.has_local_index() {
        check_collections(view, (table, &name), report).await?;
    }
    match &table.replication {
        Some(replication) => check_versions(view, (table, &name), replication.id, report).await,
        None => Ok(()),
    }
}

/// Checks the versions of a replicated table's items: those without an item are of one that was deleted, which an entry
/// by time says too.
async fn check_versions(
    view: &View,
    (table, name): (&Table, &str),
    id: Id,
    report: &mut Report,
) -> Result<()> {
    let (mut deleted, mut pages) = (0, Pages::once(keys::versions(id)));
    while let Some(page) = pages.next(view).await? {
        let item = |(key, _): &(Bytes, Bytes)| keys::versioned_item(table.id, key);
        let items: Vec<Bytes> = page.entries.iter().map(item).collect();
        let found = view.get_many(&items).await?;
        for ((item, found), (_, row)) in items.iter().zip(found).zip(&page.entries) {
            match Standing::decode(row) {
                Err(Damaged(what)) => report.add(name, Wrong::Damaged(what)),
                Ok(standing) if found.is_some() && standing.deleted.is_none() => {}
                Ok(standing) => {
                    deleted += 1;
                    let entry = standing.deleted.map(|time| keys::deletion(id, time, item));
                    let entry = match entry.filter(|_| found.is_none()) {
                        Some(entry) => view.get(&entry).await?,
                        None => None,
                    };
                    if entry.is_none() {
                        report.add(name, Wrong::Version(shown(item)));
                    }
                }
            }
        }
    }
    let found = count(view, keys::deletions(id)).await?;
    if found != deleted {
        let place = format!("{name}, deletions");
        report.add(&place, Wrong::Entries { found, implied: deleted });
    }
    Ok(())
}

impl Implied {
    /// Adds what an item implies. What is wrong with the item itself.
    fn item(
        &mut self,
        table: &Table,
        (key, value): (&Bytes, &Bytes),
        entries: &mut Vec<Entry>,
    ) -> Result<Option<Wrong>, Damaged> {
        let stored = Stored::decode(value.clone())?;
        let tree = stored.item()?;
        let own = ItemKey::of_stored(key)?;
        self.items.add(&stored);
        for (place, index) in table.indexes.iter().enumerate() {
            let Some(entry) = index::entry(table, index, &own, &stored)? else { continue };
            self.indexes.entry(index.id).or_default().add(&entry.stored);
            if !index.is_backfilling {
                let value = entry.stored.bytes().clone();
                entries.push(Entry {
                    item: key.clone(),
                    key: entry.key,
                    value,
                    place: Some(place),
                });
            }
        }
        if let Some(expiry) = &table.expiry
            && let Some(seconds) = expiry::time(expiry, &stored)?
        {
            self.expiries += 1;
            if !expiry.is_backfilling {
                let entry = keys::expiry(expiry.id, seconds, key);
                entries.push(Entry {
                    item: key.clone(),
                    key: entry,
                    value: Bytes::new(),
                    place: None,
                });
            }
        }
        if !ItemKey::of_item(table, &tree).is_ok_and(|implied| implied.stored == *key) {
            return Ok(Some(Wrong::Key(shown(key))));
        }
        Ok((tree.size() != stored.size()).then(|| Wrong::Size(shown(key))))
    }
}

/// Checks the entries that the items of a page imply.
async fn check_entries(
    view: &View,
    (table, name): (&Table, &str),
    entries: &[Entry],
    report: &mut Report,
) -> Result<()> {
    let keys: Vec<Bytes> = entries.iter().map(|entry| entry.key.clone()).collect();
    for (entry, found) in entries.iter().zip(view.get_many(&keys).await?) {
        if found.as_ref() != Some(&entry.value) {
            let index = entry.place.and_then(|place| table.indexes.get(place));
            let place = match index {
                Some(index) => format!("{name}, index {}", index.name),
                None => format!("{name}, time to live"),
            };
            report.add(&place, Wrong::Entry(shown(&entry.item)));
        }
    }
    Ok(())
}

/// Checks the counters of a table or an index.
async fn check_counts(
    view: &View,
    (place, id): (&str, Id),
    found: Sum,
    report: &mut Report,
) -> Result<()> {
    let items = i64::try_from(found.count).unwrap_or(i64::MAX);
    let counters = [
        ("the count of items", keys::item_count(id), items),
        ("the count of bytes", keys::byte_count(id), found.bytes),
    ];
    for (counter, key, found) in counters {
        let count = view.count(&key).await?;
        if count != found {
            report.add(place, Wrong::Count { counter, count, found });
        }
    }
    Ok(())
}

/// Checks the bytes of item collections: each counter, and that together they leave out nothing.
async fn check_collections(
    view: &View,
    (table, name): (&Table, &str),
    report: &mut Report,
) -> Result<()> {
    let counter = "the count of an item collection's bytes";
    let is_local = |index: &&Index| index.reach == Reach::Local;
    let mut total = 0;
    let mut pages = Pages::once(keys::collections(table.id));
    while let Some(page) = pages.next(view).await? {
        for (key, _) in page.entries {
            let partition = keys::collection_partition(&key).unwrap_or_default();
            let items = keys::items_of(table.id, partition);
            let mut found = sum(view, items.clone()..keys::after(&items)).await?.bytes;
            for index in table.indexes.iter().filter(is_local) {
                let entries = keys::entries_of(index.id, &[partition.to_vec()]);
                found += sum(view, entries.clone()..keys::after(&entries)).await?.bytes;
            }
            let count = view.count(&key).await?;
            total += count;
            if count != found {
                report.add(name, Wrong::Count { counter, count, found });
            }
        }
    }
    let mut found = sum(view, keys::items(table.id)).await?.bytes;
    for index in table.indexes.iter().filter(is_local) {
        found += sum(view, keys::entries(index.id)).await?.bytes;
    }
    if total != found {
        let counter = "the count of all item collections' bytes";
        report.add(name, Wrong::Count { counter, count: total, found });
    }
    Ok(())
}

/// The items or entries of a range. What cannot be read as one is found elsewhere.
async fn sum(view: &View, range: Range<Bytes>) -> Result<Sum> {
    let (mut sum, mut pages) = (Sum::default(), Pages::once(range));
    while let Some(page) = pages.next(view).await? {
        for (_, value) in page.entries {
            match Stored::decode(value) {
                Ok(stored) => sum.add(&stored),
                Err(Damaged(_)) => sum.count += 1,
            }
        }
    }
    Ok(sum)
}

/// How many keys there are in a range.
async fn count(view: &View, range: Range<Bytes>) -> Result<u64> {
    let (mut count, mut pages) = (0, Pages::once(range));
    while let Some(page) = pages.next(view).await? {
        count += page.entries.len() as u64;
    }
    Ok(count)
}

/// Reads every record and every mark. Gives the numbers that have them.
async fn check_histories(view: &View, report: &mut Report) -> Result<Vec<Id>> {
    let mut ids = Vec::new();
    let mut streams = Pages::once(keys::all_streams());
    while let Some(page) = streams.next(view).await? {
        for (_, row) in page.entries {
            match catalog::decode::<StreamRow>(&row) {
                Ok(stream) => {
                    ids.push(stream.id);
                    if let Err(Error::Internal(_)) = stream::shards(view, &stream, 0).await {
                        report.add("streams", Wrong::Damaged("mark of a shard"));
                    }
                }
                Err(Damaged(what)) => report.add("streams", Wrong::Damaged(what)),
            }
        }
    }
    let mut deleted = Pages::once(keys::all_deleted());
    while let Some(page) = deleted.next(view).await? {
        for (key, row) in page.entries {
            ids.extend(keys::row_id(&key));
            match catalog::decode::<Deleted>(&row) {
                Ok(deleted) => ids.extend(deleted.table.cuts.iter().map(|cut| cut.holder)),
                Err(Damaged(what)) => report.add("deleted tables", Wrong::Damaged(what)),
            }
        }
    }
    let mut histories = Pages::once(keys::all_histories());
    while let Some(page) = histories.next(view).await? {
        for (key, _) in page.entries {
            let Some(id) = keys::row_id(&key) else { continue };
            ids.push(id);
            check_records(view, id, report).await?;
        }
    }
    Ok(ids)
}

/// Each policy is of a table or a stream that is there.
async fn check_policies(view: &View, report: &mut Report) -> Result<()> {
    let mut pages = Pages::once(keys::all_policies());
    while let Some(page) = pages.next(view).await? {
        for (key, row) in page.entries {
            if ResourcePolicy::decode(&row).is_err() {
                report.add("policies", Wrong::Damaged("policy of a resource"));
            }
            let holder = keys::policy_holder(&key);
            let is_there = match &holder {
                Some(holder) => view.get(holder).await?.is_some(),
                None => false,
            };
            if !is_there {
                report.add("policies", Wrong::Policy(format!("{key:?}")));
            }
        }
    }
    Ok(())
}

/// The numbers of tables that have left their replicas, and of their replication.
async fn check_leaving(view: &View, report: &mut Report) -> Result<Vec<Id>> {
    let (mut ids, mut pages) = (Vec::new(), Pages::once(keys::all_leaving()));
    while let Some(page) = pages.next(view).await? {
        for (_, row) in page.entries {
            match catalog::decode::<Leaving>(&row) {
                Ok(Leaving { table }) => {
                    ids.push(table.id);
                    ids.extend(table.replication.iter().map(|replication| replication.id));
                }
                Err(Damaged(what)) => report.add("tables that left", Wrong::Damaged(what)),
            }
        }
    }
    Ok(ids)
}

/// Reads every record of a table's log.
async fn check_records(view: &View, table: Id, report: &mut Report) -> Result<()> {
    let mut records = Pages::once(keys::logged(table));
    while let Some(page) = records.next(view).await? {
        let damaged = page.entries.iter().filter_map(|(_, stored)| Record::decode(stored).err());
        for Damaged(what) in damaged {
            report.add("histories", Wrong::Damaged(what));
        }
    }
    Ok(())
}

/// Finds keys of numbers that nothing has, from number to number.
async fn check_owners(
    view: &View,
    owned: Owned,
    ids: &BTreeSet<Id>,
    report: &mut Report,
) -> Result<()> {
    let mut range = owned.range();
    while let Some(key) = pages::first_key(view, &range).await? {
        let Some(id) = keys::row_id(&key) else {
            report.add("keys", Wrong::Damaged("key"));
            return Ok(());
        };
        if !ids.contains(&id) {
            report.add("numbers", Wrong::Orphans { space: owned.name(), id });
        }
        range.start = owned.behind(id);
    }
    Ok(())
}

/// A key as a message shows it.
fn shown(key: &[u8]) -> String {
    key.escape_ascii().to_string()
}
