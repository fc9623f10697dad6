//! All entries at one version, in memory: a persistent map, whose copies share all that did not change.
//!
//! A copy is stable and costs nothing, so it is a view.

use std::ops::Bound;

use bytes::Bytes;
use imbl::OrdMap;

use crate::family::Family;
use crate::page::Room;
use crate::{Checked, Commit, Epoch, Error, Page, RangeQuery, Stamp, counter};

/// The entries, and which version and metadata they are of.
#[derive(Clone, Default)]
pub(crate) struct Image {
    entries: OrdMap<Bytes, Bytes>,
    pub(crate) version: u64,
    epoch: u64,
    /// The latest time of a commit with appends.
    time_ms: u64,
}

impl Image {
    pub(crate) fn stamp(&self) -> Stamp {
        Stamp::new(self.version)
    }

    pub(crate) fn epoch(&self) -> Epoch {
        Epoch(self.epoch)
    }

    /// Makes the changes of a commit, which is later than all before.
    pub(crate) fn apply(&mut self, commit: Commit, stamp: Stamp) {
        self.version = stamp.version();
        for (key, value) in commit.writes {
            match value {
                Some(value) => self.entries.insert(key, value),
                None => self.entries.remove(&key),
            };
        }
        if !commit.appends.is_empty() {
            self.time_ms = self.time_ms.max(commit.time_ms);
        }
        for (ordinal, (prefix, suffix, value)) in (0..=u16::MAX).zip(commit.appends) {
            let key = Commit::append_key(stamp, &prefix, ordinal, &suffix);
            self.entries.insert(key, Commit::append_value(self.time_ms, &value));
        }
        for (key, added) in commit.adds {
            // Only additions write to counters, so what is there is one.
            let count = counter::decode(self.entries.get(&key).map(AsRef::as_ref)).unwrap_or(0);
            let sum = count.wrapping_add(added);
            self.entries.insert(key, Bytes::copy_from_slice(&counter::encode(sum)));
        }
        self.epoch += u64::from(commit.metadata);
    }

    /// Removes the first entries of a range, at most `keys_max`. Whether that was all.
    pub(crate) fn remove(&mut self, start: &Bytes, end: &Bytes, keys_max: usize) -> bool {
        let keys: Vec<Bytes> =
            entries(&self.entries, start, end).take(keys_max).map(|(key, _)| key.clone()).collect();
        for key in &keys {
            self.entries.remove(key);
        }
        keys.len() < keys_max
    }

    pub(crate) fn get(&self, key: &[u8]) -> Option<Bytes> {
        self.entries.get(key).cloned()
    }

    pub(crate) fn get_many(&self, keys: &[Bytes]) -> Vec<Option<Bytes>> {
        keys.iter().map(|key| self.get(key)).collect()
    }

    pub(crate) fn count(&self, key: &[u8]) -> Result<i64, Error> {
        counter::decode(self.entries.get(key).map(AsRef::as_ref))
    }

    /// How much each family has.
    pub(crate) fn check(&self) -> Vec<Checked> {
        let mut families = Vec::new();
        for family in Family::ALL {
            let mut checked = Checked::new(family.name());
            let entries = self.entries.iter().filter(|(key, _)| Family::of(key) == Some(family));
            entries.for_each(|(key, value)| checked.count(key, value));
            families.push(checked);
        }
        families
    }

    pub(crate) fn range(&self, query: &RangeQuery) -> Page {
        let entries = entries(&self.entries, &query.start, &query.end);
        if query.reverse { page(query, entries.rev()) } else { page(query, entries) }
    }
}

/// The entries of `start..end`; none if that is no range, where the map would panic.
fn entries<'a>(
    map: &'a OrdMap<Bytes, Bytes>,
    start: &Bytes,
    end: &Bytes,
) -> impl DoubleEndedIterator<Item = (&'a Bytes, &'a Bytes)> {
    let end = end.max(start);
    map.range::<_, [u8]>((Bound::Included(start.as_ref()), Bound::Excluded(end.as_ref())))
}

/// As many of `entries` as have room.
fn page<'a>(query: &RangeQuery, mut entries: impl Iterator<Item = (&'a Bytes, &'a Bytes)>) -> Page {
    let mut room = Room::new(query);
    let mut page = Page::default();
    for (key, value) in entries.by_ref() {
        if !room.take(key, value) {
            return page;
        }
        page.entries.push((key.clone(), value.clone()));
    }
    page.is_last = true;
    page
}
