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

/// What is stored of an item's version: the row's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) version: Version,
    /// Of an item that was deleted: under which time it stands among those.
    pub(crate) deleted: Option<u64>,
}

impl Standing {
    /// That of an item that is there.
    pub(crate) fn of(version: Version) -> Self {
        Self { version, deleted: None }
    }

    pub(crate) fn encode(&self) -> Bytes {
        // No item is deleted at the beginning of time.
        let deleted = self.deleted.unwrap_or_default();
        [&[FORMAT][..], &deleted.to_be_bytes(), &self.version.to_bytes()].concat().into()
    }

    pub(crate) fn decode(row: &[u8]) -> Result<Self, Damaged> {
        let rest = row.strip_prefix(&[FORMAT]).ok_or(Damaged("version of an item"))?;
        let damaged = Damaged("version of an item");
        let (deleted, rest) = rest.split_first_chunk::<TIME_BYTES>().ok_or(damaged)?;
        let deleted = Some(u64::from_be_bytes(*deleted)).filter(|deleted| *deleted != 0);
        Ok(Self { version: Version::from_bytes(rest)?, deleted })
    }
}

/// The version that an item has: of a table without replicas none, nor of an item that never was.
pub(crate) async fn of(
    view: &View,
    table: &Table,
    key: &ItemKey,
    is_there: bool,
) -> Result<Option<Standing>> {
    let Some(replication) = &table.replication else { return Ok(None) };
    let row = view.get(&keys::version(replication.id, &key.stored)).await?;
    Ok(read(row, is_there)?)
}

/// The version that an item has whose version has this row.
pub(crate) fn read(row: Option<Bytes>, is_there: bool) -> Result<Option<Standing>, Damaged> {
    match row {
        Some(row) => Standing::decode(&row).map(Some),
        None => Ok(is_there.then(|| Standing::of(Version::oldest()))),
    }
}

/// The version that a change of an item gives it: of a table without replicas none.
pub(crate) fn next(
    table: &Table,
    before: Option<&Standing>,
    because: (Cause, u64),
) -> Option<Version> {
    table.replication.as_ref()?;
    Some(Version::after(before.map(|before| &before.version), &table.region, because))
}

/// An item's version before and after a change.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Versions<'a> {
    pub(crate) before: Option<&'a Standing>,
    /// `None` for a change that leaves the version as it is.
    pub(crate) after: Option<&'a Version>,
    /// When the change is made, in milliseconds since 1970.
    pub(crate) now_ms: u64,
}

/// Keeps the version of an item in step with it. Of one that is deleted there is an entry by time besides: that of its
/// version, or of the moment if that is later.
pub(crate) fn follow(
    table: &Table,
    key: &ItemKey,
    versions: Versions<'_>,
    is_there: bool,
    commit: &mut Commit,
) {
    let Versions { before, after, now_ms } = versions;
    let (Some(replication), Some(after)) = (&table.replication, after) else { return };
    let row_key = keys::version(replication.id, &key.stored);
    let entry = |time| keys::deletion(replication.id, time, &key.stored);
    let deleted = (!is_there).then(|| after.time.max(Version::time_at(now_ms)).max(1));
    let was_deleted = before.and_then(|before| before.deleted);
    if was_deleted != deleted {
        commit.writes.extend(was_deleted.map(|time| (entry(time), None)));
        commit.writes.extend(deleted.map(|time| (entry(time), Some(Bytes::new()))));
    }
    let standing = Standing { version: after.clone(), deleted };
    let is_oldest = standing == Standing::of(Version::oldest());
    commit.reads.push(row_key.clone());
    commit.writes.push((row_key, (!is_oldest).then(|| standing.encode())));
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
            for deleted in [None, Some(7)] {
                let standing = Standing { version: version.clone(), deleted };
                prop_assert_eq!(Standing::decode(&standing.encode()).unwrap(), standing);
            }
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
            if let Ok(standing) = Standing::decode(bytes) {
                assert_eq!(standing.encode(), bytes);
            }
        });
    }
}
