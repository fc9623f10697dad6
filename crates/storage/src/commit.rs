//! A commit as a value, and what is checked of it before an engine sees it.

use bytes::{BufMut as _, Bytes, BytesMut};

use crate::family::Family;
use crate::{CommitError, conflict};

/// The longest key.
pub const KEY_BYTES_MAX: usize = 20_000;

/// The most that the keys and values of a commit may hold together.
pub const COMMIT_BYTES_MAX: usize = 192 * 1024 * 1024;

/// The most appends in a commit, whose ordinals are two bytes.
pub const COMMIT_APPENDS_MAX: usize = 1 << 16;

/// What the engine's own form of a change adds to its key and value, about.
const CHANGE_OVERHEAD_BYTES: usize = 16;

/// Commit order over the whole store: unique for each commit, ascending, also across restarts.
///
/// Ten bytes that sort as the commits did. The default comes before every commit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Stamp(pub [u8; 10]);

impl Stamp {
    /// The stamp of a version, the number of a commit in a store of one machine.
    pub(crate) fn new(version: u64) -> Self {
        let mut bytes = [0; 10];
        for (byte, source) in bytes.iter_mut().zip(version.to_be_bytes()) {
            *byte = source;
        }
        Self(bytes)
    }

    /// The version that the stamp was made of.
    pub(crate) fn version(self) -> u64 {
        self.0.iter().take(8).fold(0, |version, byte| version << 8 | u64::from(*byte))
    }
}

/// Which state the metadata is in. It changes with every commit that has `metadata`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Epoch(pub u64);

/// A set of changes that happen together or not at all.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The version that `reads` were read at: that of their view.
    pub seen: Stamp,
    /// Keys, present or absent, that must not have changed since. Never counters.
    pub reads: Vec<Bytes>,
    /// Keys and their new values; none deletes. A key appears once. A counter may be deleted, not set.
    pub writes: Vec<(Bytes, Option<Bytes>)>,
    /// Prefix, suffix and value of entries with the key `prefix ‖ Stamp ‖ ordinal ‖ suffix`: the
    /// commit's own stamp, and two big-endian bytes that count the appends of the commit. What is stored is the
    /// commit's time (eight big-endian bytes) and the value.
    pub appends: Vec<(Bytes, Bytes, Bytes)>,
    /// Counters and what to add to each: blind, exact, never in conflict.
    pub adds: Vec<(Bytes, i64)>,
    /// Whether metadata changes, which moves the epoch on.
    pub metadata: bool,
    /// When it was made, in milliseconds since 1970. A commit with appends counts as made no earlier than any
    /// before it, so along a log times never go back, whatever the clock does.
    pub time_ms: u64,
}

impl Commit {
    /// The key of the append with this prefix, place among the appends, and suffix.
    pub(crate) fn append_key(stamp: Stamp, prefix: &[u8], ordinal: u16, suffix: &[u8]) -> Bytes {
        let mut key = BytesMut::with_capacity(prefix.len() + APPEND_KEY_BYTES + suffix.len());
        key.put_slice(prefix);
        key.put_slice(&stamp.0);
        key.put_u16(ordinal);
        key.put_slice(suffix);
        key.freeze()
    }

    /// What an append stores.
    pub(crate) fn append_value(time_ms: u64, value: &[u8]) -> Bytes {
        let mut stored = BytesMut::with_capacity(TIME_BYTES + value.len());
        stored.put_u64(time_ms);
        stored.put_slice(value);
        stored.freeze()
    }

    /// Checks the limits and the families of all keys, and hashes them.
    pub(crate) fn prepare(self) -> Result<Prepared, CommitError> {
        if self.appends.len() > COMMIT_APPENDS_MAX || self.key_bytes_longest() > KEY_BYTES_MAX {
            return Err(CommitError::TooLarge);
        }
        let bytes = self.bytes();
        if bytes > COMMIT_BYTES_MAX {
            return Err(CommitError::TooLarge);
        }
        if !self.has_fitting_families() {
            return Err(CommitError::WrongFamily);
        }
        Ok(Prepared {
            read_hashes: self.reads.iter().map(|key| conflict::hash(key)).collect(),
            write_hashes: self.writes.iter().map(|(key, _)| conflict::hash(key)).collect(),
            bytes,
            commit: self,
        })
    }

    fn key_bytes_longest(&self) -> usize {
        let reads = self.reads.iter().map(Bytes::len);
        let writes = self.writes.iter().map(|(key, _)| key.len());
        let adds = self.adds.iter().map(|(key, _)| key.len());
        let appends = self
            .appends
            .iter()
            .map(|(prefix, suffix, _)| prefix.len() + APPEND_KEY_BYTES + suffix.len());
        reads.chain(writes).chain(adds).chain(appends).max().unwrap_or(0)
    }

    /// What the commit takes of the queue and of the engine's log, about.
    fn bytes(&self) -> usize {
        let reads: usize = self.reads.iter().map(Bytes::len).sum();
        let writes: usize = self
            .writes
            .iter()
            .map(|(key, value)| key.len() + value.as_ref().map_or(0, Bytes::len))
            .sum();
        let appends: usize = self
            .appends
            .iter()
            .map(|(prefix, suffix, value)| {
                prefix.len() + APPEND_KEY_BYTES + suffix.len() + TIME_BYTES + value.len()
            })
            .sum();
        let adds: usize = self.adds.iter().map(|(key, _)| key.len()).sum();
        let changes = self.writes.len() + self.appends.len() + self.adds.len();
        reads + writes + appends + adds + changes * CHANGE_OVERHEAD_BYTES
    }

    fn has_fitting_families(&self) -> bool {
        let holds_entry =
            |key: &Bytes| Family::of(key).is_some_and(|family| family != Family::Counters);
        self.reads.iter().all(holds_entry)
            && self.writes.iter().all(|(key, value)| match value {
                Some(_) => holds_entry(key),
                None => Family::of(key).is_some(),
            })
            && self.appends.iter().all(|(prefix, _, _)| holds_entry(prefix))
            && self.adds.iter().all(|(key, _)| Family::of(key) == Some(Family::Counters))
    }
}

/// The bytes that are filled into the key of an append: a stamp and an ordinal.
const APPEND_KEY_BYTES: usize = 12;

/// The bytes of a commit's time, before the value of an append.
const TIME_BYTES: usize = 8;

/// A commit that is within its limits, with the hashes of its keys.
pub(crate) struct Prepared {
    pub(crate) commit: Commit,
    pub(crate) read_hashes: Vec<u64>,
    pub(crate) write_hashes: Vec<u64>,
    pub(crate) bytes: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_sorts_as_its_version_and_gives_it_back() {
        for version in [0, 1, 255, 256, u64::from(u32::MAX), u64::MAX - 1] {
            assert_eq!(Stamp::new(version).version(), version);
            assert!(Stamp::new(version) < Stamp::new(version + 1));
        }
        assert_eq!(Stamp::new(0), Stamp::default());
    }
}
