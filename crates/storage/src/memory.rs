//! The memory engine: a persistent map, whose copies share all that did not change.
//!
//! A view is a copy of the map, so it is stable and costs nothing to begin. A commit works under a lock
//! and is visible as a whole when it lets go. Nothing outlives the process.

use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use imbl::OrdMap;

use crate::commit::Prepared;
use crate::conflict::{Conflicts, GENERATION_KEYS_MAX};
use crate::page::Room;
use crate::{Commit, CommitError, Epoch, Error, Page, RangeQuery, Stamp, counter};

/// How many keys a discard removes before it lets commits pass.
const DISCARD_KEYS_MAX: usize = 1_000;

/// A store that is kept in memory only.
pub(crate) struct Memory {
    state: Mutex<State>,
}

struct State {
    entries: OrdMap<Bytes, Bytes>,
    version: u64,
    epoch: u64,
    conflicts: Conflicts,
    is_closed: bool,
}

/// All entries as they were at one version.
pub(crate) struct MemoryView {
    entries: OrdMap<Bytes, Bytes>,
    pub(crate) version: Stamp,
    pub(crate) epoch: Epoch,
}

impl Memory {
    pub(crate) fn new() -> Self {
        let state = State {
            entries: OrdMap::new(),
            version: 0,
            epoch: 0,
            conflicts: Conflicts::new(0, GENERATION_KEYS_MAX),
            is_closed: false,
        };
        Self { state: Mutex::new(state) }
    }

    pub(crate) fn view(&self) -> MemoryView {
        let state = self.lock();
        MemoryView {
            entries: state.entries.clone(),
            version: Stamp::new(state.version),
            epoch: Epoch(state.epoch),
        }
    }

    pub(crate) fn commit(&self, prepared: Prepared) -> Result<Stamp, CommitError> {
        let prepared = Prepared { commit: owned(prepared.commit), ..prepared };
        self.lock().commit(prepared)
    }

    pub(crate) fn discard(&self, start: &Bytes, end: &Bytes) {
        loop {
            let mut state = self.lock();
            let keys: Vec<Bytes> = entries(&state.entries, start, end)
                .take(DISCARD_KEYS_MAX)
                .map(|(key, _)| key.clone())
                .collect();
            for key in &keys {
                state.entries.remove(key);
            }
            if keys.len() < DISCARD_KEYS_MAX {
                return;
            }
        }
    }

    pub(crate) fn is_refusing_writes(&self) -> bool {
        self.lock().is_closed
    }

    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn commit(&mut self, prepared: Prepared) -> Result<Stamp, CommitError> {
        let Prepared { commit, read_hashes, write_hashes, bytes: _ } = prepared;
        if self.is_closed {
            return Err(CommitError::RefusingWrites);
        }
        self.conflicts.check(commit.seen.version(), &commit.reads, &read_hashes)?;
        self.version += 1;
        self.conflicts.mark(self.version, &write_hashes);
        let stamp = Stamp::new(self.version);
        for (key, value) in commit.writes {
            match value {
                Some(value) => self.entries.insert(key, value),
                None => self.entries.remove(&key),
            };
        }
        for (ordinal, (prefix, suffix, value)) in (0..=u16::MAX).zip(commit.appends) {
            self.entries.insert(Commit::append_key(stamp, &prefix, ordinal, &suffix), value);
        }
        for (key, added) in commit.adds {
            // Only additions write to counters, so what is there is one.
            let count = counter::decode(self.entries.get(&key).map(AsRef::as_ref)).unwrap_or(0);
            let sum = count.wrapping_add(added);
            self.entries.insert(key, Bytes::copy_from_slice(&counter::encode(sum)));
        }
        self.epoch += u64::from(commit.metadata);
        Ok(stamp)
    }
}

impl MemoryView {
    pub(crate) fn get(&self, key: &[u8]) -> Option<Bytes> {
        self.entries.get(key).cloned()
    }

    pub(crate) fn count(&self, key: &[u8]) -> Result<i64, Error> {
        counter::decode(self.entries.get(key).map(AsRef::as_ref))
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

/// The commit with bytes of its own, which keep nothing else alive.
fn owned(commit: Commit) -> Commit {
    let own = |bytes: &Bytes| Bytes::copy_from_slice(bytes);
    Commit {
        writes: commit
            .writes
            .iter()
            .map(|(key, value)| (own(key), value.as_ref().map(own)))
            .collect(),
        appends: commit
            .appends
            .into_iter()
            .map(|(prefix, suffix, value)| (prefix, suffix, own(&value)))
            .collect(),
        adds: commit.adds.iter().map(|(key, added)| (own(key), *added)).collect(),
        ..commit
    }
}
