//! Versions: when, and in which Region, an item of a replicated table was last changed.
//!
//! Of two changes of an item the one with the later version wins, everywhere. A version stands beside its item, in a
//! row of its own, so that reads have nothing to do with it; of an item that was deleted it stays until no replica can
//! have an older change to tell of.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use storage::{Commit, View};

use crate::catalog::Table;
use crate::error::{Damaged, Result};
use crate::history::Cause;
use crate::key::ItemKey;
use crate::keys;

/// The version of the row, its first byte.
const FORMAT: u8 = 1;
/// The bytes of a time.
const TIME_BYTES: usize = 8;
/// Ticks of a version's time in a millisecond.
const TICKS: u64 = 1000;

/// When an item was changed, and where. The later one wins; of two at the same time, that of the Region whose name is
/// the later one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Version {
    /// Microseconds since 1970.
    pub(crate) time: u64,
    pub(crate) region: String,
}

impl Version {
    /// That of an item that is older than its table's replication. It has no row.
    pub(crate) fn oldest() -> Self {
        Self { time: 0, region: String::new() }
    }

    /// What a change that begins in a table's own Region makes of an item's version.
    ///
    /// A request's is later than what it replaces, however late the clock is. An item that expires becomes as little
    /// older as can be, so that a request which refreshed it elsewhere wins whenever that was.
    fn after(before: Option<&Self>, region: &str, (cause, now_ms): (Cause, u64)) -> Self {
        let time = match (cause, before) {
            (Cause::Expiry, Some(before)) => before.time + 1,
            (Cause::Request, Some(before)) => (before.time + 2).max(now_ms * TICKS),
            (_, None) => now_ms * TICKS,
        };
        Self { time, region: region.to_owned() }
    }

    /// The time of the earliest version that a request can have at some time of the clock.
    pub(crate) fn time_at(time_ms: u64) -> u64 {
        time_ms * TICKS
    }

    pub(crate) fn encode(&self) -> Bytes {
        [&[FORMAT][..], &self.time.to_be_bytes(), self.region.as_bytes()].concat().into()
    }

    pub(crate) fn decode(row: &[u8]) -> Result<Self, Damaged> {
        let rest = row.strip_prefix(&[FORMAT]).ok_or(Damaged("version of an item"))?;
        Self::from_bytes(rest)
    }

    /// Time and Region, one behind the other.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Damaged> {
        let damaged = Damaged("version of an item");
        let (time, region) = bytes.split_first_chunk::<TIME_BYTES>().ok_or(damaged)?;
        let region = std::str::from_utf8(region).map_err(|_| Damaged("version of an item"))?;
        Ok(Self { time: u64::from_be_bytes(*time), region: region.to_owned() })
    }

    /// As [`Version::from_bytes`] reads it.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        [&self.time.to_be_bytes()[..], self.region.as_bytes()].concat()
    }
}

/// The version that an item has: of a table without replicas none, nor of an item that never was.
pub(crate) async fn of(
    view: &View,
    table: &Table,
    key: &ItemKey,
    is_there: bool,
) -> Result<Option<Version>> {
    let Some(replication) = &table.replication else { return Ok(None) };
    let row = view.get(&keys::version(replication.id, &key.stored)).await?;
    Ok(read(row, is_there)?)
}

/// The version that an item has whose version has this row.
pub(crate) fn read(row: Option<Bytes>, is_there: bool) -> Result<Option<Version>, Damaged> {
    match row {
        Some(row) => Version::decode(&row).map(Some),
        None => Ok(is_there.then(Version::oldest)),
    }
}

/// The version that a change of an item gives it: of a table without replicas none.
pub(crate) fn next(
    table: &Table,
    before: Option<&Version>,
    because: (Cause, u64),
) -> Option<Version> {
    table.replication.as_ref()?;
    Some(Version::after(before, &table.region, because))
}

/// An item's version before and after a change.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Versions<'a> {
    pub(crate) before: Option<&'a Version>,
    /// `None` for a change that leaves the version as it is.
    pub(crate) after: Option<&'a Version>,
}

/// Keeps the version of an item in step with it. Of one that is deleted there is an entry by time besides.
pub(crate) fn follow(
    table: &Table,
    key: &ItemKey,
    versions: Versions<'_>,
    (was_there, is_there): (bool, bool),
    commit: &mut Commit,
) {
    let (Some(replication), Some(after)) = (&table.replication, versions.after) else { return };
    let row_key = keys::version(replication.id, &key.stored);
    if let Some(before) = versions.before.filter(|_| !was_there) {
        commit.writes.push((keys::deletion(replication.id, before.time, &key.stored), None));
    }
    if !is_there {
        let entry = keys::deletion(replication.id, after.time, &key.stored);
        commit.writes.push((entry, Some(Bytes::new())));
    }
    let row = (*after != Version::oldest() || !is_there).then(|| after.encode());
    commit.reads.push(row_key.clone());
    commit.writes.push((row_key, row));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn versions() -> impl Strategy<Value = Version> {
        (any::<u32>(), "[a-c]{0,2}")
            .prop_map(|(time, region)| Version { time: time.into(), region })
    }

    proptest! {
        #[test]
        fn a_version_comes_back_as_it_was_stored(version in versions()) {
            prop_assert_eq!(Version::decode(&version.encode()).unwrap(), version.clone());
            prop_assert_eq!(Version::from_bytes(&version.to_bytes()).unwrap(), version);
        }

        #[test]
        fn a_request_wins_over_what_it_replaces_and_over_its_expiry(
            before in versions(),
            now_ms in 0..10_000_u64,
        ) {
            let request = Version::after(Some(&before), "a", (Cause::Request, now_ms));
            let expiry = Version::after(Some(&before), "z", (Cause::Expiry, now_ms));
            prop_assert!(before < expiry);
            prop_assert!(expiry < request);
        }
    }

    #[test]
    fn bytes_are_a_version_or_damage() {
        fuzz::target("version", 5_000, |bytes| {
            if let Ok(version) = Version::decode(bytes) {
                assert_eq!(version.encode(), bytes);
            }
        });
    }
}
