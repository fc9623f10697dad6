//! Links: how far the replica in another Region has been told of a table.
//!
//! A link is a row. It holds the table's history from its place on, so that what a replica that cannot be reached has
//! not been told is there when it can.

use std::collections::BTreeSet;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use storage::{RangeQuery, View};

use crate::catalog::{self, Table};
use crate::error::{Damaged, Result};
use crate::history::{self, Image, Record};
use crate::keys::{self, Id};
use crate::pages::Pages;
use crate::position::Position;
use crate::replication::Replication;
use crate::replication::group::State;
use crate::replication::message::Entry;
use crate::replication::version::{self, Standing, Version};
use crate::stored::Stored;

/// The items, or changes, that are told at once, at most.
const BATCH_ITEMS_MAX: usize = 500;
/// And the bytes that end them.
const BATCH_BYTES_MAX: usize = 1024 * 1024;

/// How far a replica in another Region has been told of a table's changes: a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Link {
    /// It is told of the changes from here on.
    pub(crate) from: Position,
    /// But first of what there was before, if it is new.
    pub(crate) copy: Option<Copying>,
    /// The Regions without a replica any more of whose changes it is told as of this Region's own.
    gone: BTreeSet<String>,
    /// Whether the replica was removed, and the history is not kept for it any more.
    is_over: bool,
}

/// How far a new replica has been told of what there was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Copying {
    part: Part,
    /// The key where the next page begins.
    next: Vec<u8>,
    of: Extent,
}

/// Of what there was a replica is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Extent {
    /// Everything.
    All,
    /// What nobody else tells it.
    Own,
    /// What was changed in some Regions.
    Of(BTreeSet<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Part {
    /// First what was deleted, so that nothing older takes its place.
    Deletions,
    Items,
}

impl Copying {
    fn new(id: Id, of: Extent) -> Self {
        Self { part: Part::Deletions, next: keys::deletions(id).start.into(), of }
    }

    /// Whether the replica is told of what has a version.
    fn has(&self, table: &Table, version: &Version) -> bool {
        match &self.of {
            Extent::All => true,
            Extent::Own => is_told(table, version),
            Extent::Of(regions) => regions.contains(&version.region),
        }
    }
}

/// What a replica is told next.
pub(crate) struct Batch {
    pub(crate) entries: Vec<Entry>,
    /// The link behind it.
    pub(crate) next: Link,
    /// Up to which time it is then told everything, in milliseconds since 1970.
    pub(crate) until_ms: u64,
    /// When the first of its changes was made, in milliseconds since 1970, if it is changes.
    pub(crate) since_ms: Option<u64>,
    /// Whether it is then told everything there is.
    pub(crate) is_last: bool,
}

impl Link {
    /// A link to a replica that has all there was before a place.
    pub(crate) fn from(from: Position) -> Self {
        Self { from, copy: None, gone: BTreeSet::new(), is_over: false }
    }

    /// A link to a new replica of a table: of what there was before a place it is told everything, or what was changed
    /// in this Region.
    pub(crate) fn copying(from: Position, id: Id, is_whole: bool) -> Self {
        let of = if is_whole { Extent::All } else { Extent::Own };
        Self { copy: Some(Copying::new(id, of)), ..Self::from(from) }
    }

    /// The link as it is to go on after members of the group came and went, at a place. A replica is told again what was
    /// changed where there is no replica any more, since that one may not have told it; and everything, if it was
    /// removed and is there after all.
    pub(crate) fn now(
        &self,
        (table, id): (&Table, Id),
        (is_removed, seen): (bool, Position),
    ) -> Self {
        let Some(replication) = &table.replication else { return self.clone() };
        let members = replication.group.members.keys();
        let gone: BTreeSet<String> = members
            .filter(|region| !replication.group.has(region) && **region != table.region)
            .cloned()
            .collect();
        if is_removed {
            return Self { is_over: true, gone, ..self.clone() };
        }
        if self.is_over {
            return Self { gone, ..Self::copying(seen, id, true) };
        }
        let new: BTreeSet<String> = gone.difference(&self.gone).cloned().collect();
        let copy = match &self.copy {
            copy if new.is_empty() => copy.clone(),
            Some(Copying { of: Extent::Of(before), .. }) => {
                Some(Copying::new(id, Extent::Of(before.union(&new).cloned().collect())))
            }
            Some(copying) => Some(Copying::new(id, copying.of.clone())),
            None => Some(Copying::new(id, Extent::Of(new))),
        };
        Self { copy, gone, ..self.clone() }
    }

    /// Whether the history is kept for it.
    pub(crate) fn holds(&self) -> bool {
        !self.is_over
    }

    /// Whether a replica is being told of what there was when it was made.
    pub(crate) fn is_filling(&self) -> bool {
        self.copy.as_ref().is_some_and(|copying| !matches!(copying.of, Extent::Of(_)))
    }

    /// Whether a new replica has not been told anything yet.
    pub(crate) fn is_at_start(&self, id: Id) -> bool {
        let is_first = |copy: &Copying| *copy.next == *keys::deletions(id).start;
        self.copy.as_ref().is_some_and(is_first)
    }

    /// The row of a link of a replication with a number.
    pub(crate) fn row(&self, id: Id, region: &str) -> (Bytes, Option<Bytes>) {
        (keys::link(id, region), Some(catalog::encode(self)))
    }

    /// What comes next of a table, whose replication has a number. `now_ms` is a time before the view.
    pub(crate) async fn next(
        &self,
        view: &View,
        (table, id): (&Table, Id),
        now_ms: u64,
    ) -> Result<Batch> {
        match &self.copy {
            Some(copying) if copying.part == Part::Deletions => {
                self.next_deletions(view, (table, id), copying).await
            }
            Some(copying) => self.next_items(view, (table, id), copying).await,
            None => self.next_changes(view, table, now_ms).await,
        }
    }

    /// A batch of what there was.
    fn copied(&self, entries: Vec<Entry>, copy: Option<Copying>) -> Batch {
        let next = Self { copy, ..self.clone() };
        Batch { entries, next, until_ms: 0, since_ms: None, is_last: false }
    }

    async fn next_deletions(
        &self,
        view: &View,
        (table, id): (&Table, Id),
        copying: &Copying,
    ) -> Result<Batch> {
        let start = Bytes::copy_from_slice(&copying.next);
        let page = view.range(&query(start, keys::deletions(id).end)).await?;
        let mut items = Vec::new();
        for (key, _) in &page.entries {
            let (item, _) = keys::deleted_item(table.id, key).ok_or(Damaged("deletion"))?;
            items.push(item);
        }
        let versions: Vec<Bytes> = items.iter().map(|item| keys::version(id, item)).collect();
        let mut entries = Vec::new();
        for (item, row) in items.iter().zip(view.get_many(&versions).await?) {
            let standing = Standing::decode(&row.ok_or(Damaged("deletion"))?)?;
            let version = standing.version;
            if copying.has(table, &version) {
                entries.push(Entry { key: unnumbered(item), version, item: None });
            }
        }
        let copying = match page.entries.last() {
            Some((last, _)) if !page.is_last => {
                Copying { next: keys::behind(last).into(), ..copying.clone() }
            }
            Some(_) | None => {
                let next = keys::items(table.id).start.into();
                Copying { part: Part::Items, next, ..copying.clone() }
            }
        };
        Ok(self.copied(entries, Some(copying)))
    }

    async fn next_items(
        &self,
        view: &View,
        (table, id): (&Table, Id),
        copying: &Copying,
    ) -> Result<Batch> {
        let start = Bytes::copy_from_slice(&copying.next);
        let page = view.range(&query(start, keys::items(table.id).end)).await?;
        let versions = page.entries.iter().map(|(key, _)| keys::version(id, key));
        let versions = view.get_many(&versions.collect::<Vec<_>>()).await?;
        let mut entries = Vec::new();
        for ((key, item), row) in page.entries.iter().zip(versions) {
            let standing = version::read(row, true)?;
            let version = standing.map_or_else(Version::oldest, |standing| standing.version);
            if copying.has(table, &version) {
                let item = Some(Stored::decode(item.clone())?);
                entries.push(Entry { key: unnumbered(key), version, item });
            }
        }
        let copying = match page.entries.last() {
            Some((last, _)) if !page.is_last => {
                Some(Copying { next: keys::behind(last).into(), ..copying.clone() })
            }
            Some(_) | None => None,
        };
        Ok(self.copied(entries, copying))
    }

    /// The next changes that the table tells of.
    async fn next_changes(&self, view: &View, table: &Table, now_ms: u64) -> Result<Batch> {
        let (mut from, mut until_ms, mut is_last) = (self.from, 0, false);
        let (mut entries, mut since_ms) = (Vec::new(), None);
        // What came from elsewhere is passed over.
        while entries.is_empty() && !is_last {
            let start = keys::log_at(table.id, from);
            let page = view.range(&query(start, keys::logged(table.id).end)).await?;
            for (key, stored) in &page.entries {
                from = keys::position(key).ok_or(Damaged("key of a record"))?.next();
                let record = Record::decode(stored)?;
                until_ms = record.time_ms;
                let version = record.version.filter(|version| is_told(table, version));
                let Some(version) = version else { continue };
                let item = match record.new {
                    Image::Absent => None,
                    Image::Kept(item) => Some(item),
                    Image::Left => return Err(Damaged("history, which lacks an image").into()),
                };
                since_ms.get_or_insert(record.time_ms);
                entries.push(Entry { key: record.key, version, item });
            }
            is_last = page.is_last;
        }
        if is_last {
            until_ms = until_ms.max(now_ms);
        }
        let next = Self { from, ..self.clone() };
        Ok(Batch { entries, next, until_ms, since_ms, is_last })
    }

    /// When the first change was made that the replica has not been told of, in milliseconds since 1970, if there is
    /// one.
    pub(crate) async fn behind_ms(&self, view: &View, table: Id) -> Result<Option<u64>> {
        Ok(history::first_from(view, table, self.from).await?.map(|(_, time_ms)| time_ms))
    }
}

/// Whether a table tells others of a change: of those that began in its Region, and of those of Regions that tell them
/// no more, since they have no replica any more.
fn is_told(table: &Table, version: &Version) -> bool {
    let is_gone = |one: &Replication| one.group.state(&version.region) == Some(State::Removed);
    version.region == table.region || table.replication.as_ref().is_some_and(is_gone)
}

fn unnumbered(item: &[u8]) -> Bytes {
    Bytes::copy_from_slice(keys::unnumbered(item))
}

fn query(start: Bytes, end: Bytes) -> RangeQuery {
    RangeQuery {
        start,
        end,
        reverse: false,
        entries_max: BATCH_ITEMS_MAX,
        bytes_max: BATCH_BYTES_MAX,
        fill_cache: false,
    }
}

/// The links of a replication with a number, by their Regions.
pub(crate) async fn all(view: &View, id: Id) -> Result<Vec<(String, Link)>> {
    let (mut links, mut pages) = (Vec::new(), Pages::often(keys::links(id)));
    while let Some(page) = pages.next(view).await? {
        for (key, row) in page.entries {
            let region = keys::link_region(&key).ok_or(Damaged("key of a link"))?;
            links.push((region, catalog::decode(&row)?));
        }
    }
    Ok(links)
}
