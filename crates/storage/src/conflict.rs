//! Which keys changed when, for as far back as memory allows.
//!
//! An exact map from the hash of a key to the last version that wrote it. Two keys with one hash give
//! a conflict that is none, never one that is missed. The map is kept in two generations: when the
//! recent one is full it becomes the former one, and what the former one held is forgotten.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use bytes::Bytes;
use xxhash_rust::xxh3::xxh3_64;

use crate::CommitError;

/// The most keys in a generation.
pub(crate) const GENERATION_KEYS_MAX: usize = 1 << 18;

type Versions = HashMap<u64, u64, BuildHasherDefault<AlreadyHashed>>;

/// The hash under which a key's version is remembered.
pub(crate) fn hash(key: &[u8]) -> u64 {
    xxh3_64(key)
}

/// The last version of every key that changed not too long ago.
pub(crate) struct Conflicts {
    recent: Versions,
    former: Versions,
    keys_max: usize,
    /// Every change after this version is remembered.
    forgotten: u64,
    /// The last version in `former`.
    former_last: u64,
}

impl Conflicts {
    /// For a store whose last version is `version`: what changed until then is not known.
    pub(crate) fn new(version: u64, keys_max: usize) -> Self {
        Self {
            recent: Versions::default(),
            former: Versions::default(),
            keys_max,
            forgotten: version,
            former_last: version,
        }
    }

    /// Whether `reads`, read at version `seen`, are all as they were. `hashes` has the hash of each.
    pub(crate) fn check(
        &self,
        seen: u64,
        reads: &[Bytes],
        hashes: &[u64],
    ) -> Result<(), CommitError> {
        if reads.is_empty() {
            return Ok(());
        }
        if seen < self.forgotten {
            return Err(CommitError::TooOld);
        }
        let changed: Vec<Bytes> = reads
            .iter()
            .zip(hashes)
            .filter(|(_, hash)| self.version(**hash).is_some_and(|version| version > seen))
            .map(|(key, _)| key.clone())
            .collect();
        if changed.is_empty() { Ok(()) } else { Err(CommitError::Conflict(changed)) }
    }

    /// Remembers that `version`, the latest of all, wrote the keys with these hashes.
    pub(crate) fn mark(&mut self, version: u64, hashes: &[u64]) {
        for hash in hashes {
            if self.recent.len() >= self.keys_max {
                self.turn(version);
            }
            self.recent.insert(*hash, version);
        }
    }

    /// Begins a generation while `version` is being marked: its keys may then be in both.
    fn turn(&mut self, version: u64) {
        self.forgotten = self.former_last;
        self.former_last = version;
        std::mem::swap(&mut self.recent, &mut self.former);
        self.recent.clear();
    }

    fn version(&self, hash: u64) -> Option<u64> {
        self.recent.get(&hash).or_else(|| self.former.get(&hash)).copied()
    }
}

/// The keys of the map are hashes, which need no other.
#[derive(Default)]
struct AlreadyHashed(u64);

impl Hasher for AlreadyHashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64(bytes);
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(conflicts: &Conflicts, seen: u64, key: &'static [u8]) -> Result<(), CommitError> {
        conflicts.check(seen, &[Bytes::from_static(key)], &[hash(key)])
    }

    #[test]
    fn a_key_that_changed_since_conflicts_and_others_do_not() {
        let mut conflicts = Conflicts::new(0, 10);
        conflicts.mark(5, &[hash(b"a")]);
        assert_eq!(check(&conflicts, 5, b"a"), Ok(()));
        assert_eq!(check(&conflicts, 4, b"b"), Ok(()));
        let changed = vec![Bytes::from_static(b"a")];
        assert_eq!(check(&conflicts, 4, b"a"), Err(CommitError::Conflict(changed)));
    }

    #[test]
    fn what_changed_before_the_start_is_not_known() {
        let conflicts = Conflicts::new(7, 10);
        assert_eq!(check(&conflicts, 6, b"a"), Err(CommitError::TooOld));
        assert_eq!(check(&conflicts, 7, b"a"), Ok(()));
        assert_eq!(conflicts.check(0, &[], &[]), Ok(()));
    }

    #[test]
    fn no_change_is_forgotten_before_reads_of_its_age_are_too_old() {
        let keys: Vec<Vec<u8>> = (0..40_u64).map(|key| key.to_be_bytes().to_vec()).collect();
        let mut conflicts = Conflicts::new(0, 8);
        for (version, key) in (1..).zip(&keys) {
            conflicts.mark(version, &[hash(key), hash(b"hot")]);
            for (written, key) in (1..=version).zip(&keys) {
                let key = Bytes::copy_from_slice(key);
                let found = conflicts.check(written - 1, std::slice::from_ref(&key), &[hash(&key)]);
                assert!(
                    found == Err(CommitError::TooOld)
                        || found == Err(CommitError::Conflict(vec![key]))
                );
            }
            assert_eq!(check(&conflicts, version, b"hot"), Ok(()));
        }
        assert_eq!(check(&conflicts, 1, b"a"), Err(CommitError::TooOld));
        assert_eq!(check(&conflicts, 36, b"a"), Ok(()));
    }
}
