//! The history of a table: one record of each change of an item, in commit order, as long as somebody needs it.
//!
//! Streams read it, recovery and backups undo it backwards. A record is a pure function of an item before and
//! after a change, and is appended in the commit that makes the change. Which images it keeps is decided by who
//! needs the history at that moment ([`Table::images`]). Every record carries the time of its commit, and times
//! never go back along a log, so a time is found in it by bisection.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use storage::{Commit, RangeQuery, View};

use crate::Scope;
use crate::catalog::{self, Table};
use crate::error::{Damaged, Result};
use crate::key::ItemKey;
use crate::keys::{self, Id};
use crate::position::Position;
use crate::replication::version::Version;
use crate::sized;
use crate::stored::Stored;
use crate::write::Changed;

/// The version of a record, its first byte behind the time.
const VERSION: u8 = 1;

/// The bytes of the time that an append is stored with.
pub(crate) const TIME_BYTES: usize = 8;

const HAD_OLD: u8 = 1;
const HAS_NEW: u8 = 2;
const KEEPS_OLD: u8 = 4;
const KEEPS_NEW: u8 = 8;
const EXPIRED: u8 = 16;
const VERSIONED: u8 = 32;
const UNCHANGED: u8 = 64;
const FLAGS: u8 = HAD_OLD | HAS_NEW | KEEPS_OLD | KEEPS_NEW | EXPIRED | VERSIONED | UNCHANGED;

/// Which images of an item a record keeps, besides its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Images {
    pub(crate) old: bool,
    pub(crate) new: bool,
}

impl Images {
    /// Those that either keeps.
    pub(crate) fn and(self, other: Self) -> Self {
        Self { old: self.old || other.old, new: self.new || other.new }
    }
}

/// Who changed an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// A request.
    Request,
    /// The item had expired.
    Expiry,
}

/// What a record says of an item before or after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Image {
    /// There was none.
    Absent,
    /// There was one, which the record does not keep.
    Left,
    Kept(Stored),
}

/// A change of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    /// Milliseconds since 1970.
    pub(crate) time_ms: u64,
    /// The item's key, without its table's number.
    pub(crate) key: Bytes,
    pub(crate) cause: Cause,
    pub(crate) old: Image,
    pub(crate) new: Image,
    /// The version that the change gave the item, in a table with replicas.
    pub(crate) version: Option<Version>,
    /// Whether the item was written and stayed as it was: only other replicas are told of that.
    pub(crate) is_unchanged: bool,
}

/// A table whose log may have records. The row outlives the table, and goes when nobody needs the log any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Logged {
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) table: String,
    /// Records before this place may be gone. Who needs the log from some place on must find it here no later, in the
    /// commit that says so.
    pub(crate) trimmed: Position,
}

impl Logged {
    pub(crate) fn scope(&self) -> Scope {
        Scope { account: self.account.clone(), region: self.region.clone() }
    }

    /// The key of the row of the table that there is with this name, which may be another one.
    pub(crate) fn table_key(&self) -> Bytes {
        keys::table(&self.scope(), &self.table)
    }
}

/// The row of a table's log, to be written where the table's history may begin to be kept, unless it is there.
pub(crate) fn row(table: &Table, row: Option<&Bytes>) -> Option<(Bytes, Option<Bytes>)> {
    if table.images().is_none() || row.is_some() {
        return None;
    }
    let logged = Logged {
        account: table.account.clone(),
        region: table.region.clone(),
        table: table.name.clone(),
        trimmed: Position::default(),
    };
    Some((keys::history(table.id), Some(catalog::encode(&logged))))
}

/// Appends the record of a change of an item to the history of its table, if that is kept.
pub(crate) fn follow(
    table: &Table,
    key: &ItemKey,
    changed: &Changed,
    (cause, version): (Cause, Option<&Version>),
    commit: &mut Commit,
) {
    let Some(images) = table.images() else { return };
    // That nothing was changed is for other replicas alone.
    if changed.old == changed.new && version.is_none() {
        return;
    }
    let record = encode(images, keys::unnumbered(&key.stored), changed, (cause, version));
    commit.appends.push((keys::log(table.id), Bytes::new(), record));
}

fn encode(
    images: Images,
    key: &[u8],
    Changed { old, new }: &Changed,
    (cause, version): (Cause, Option<&Version>),
) -> Bytes {
    let kept = |image: &Option<Stored>, is_kept| image.clone().filter(|_| is_kept);
    let (kept_old, kept_new) = (kept(old, images.old), kept(new, images.new));
    let flag = |is_set, flag| if is_set { flag } else { 0 };
    let flags = flag(old.is_some(), HAD_OLD)
        | flag(new.is_some(), HAS_NEW)
        | flag(kept_old.is_some(), KEEPS_OLD)
        | flag(kept_new.is_some(), KEEPS_NEW)
        | flag(cause == Cause::Expiry, EXPIRED)
        | flag(version.is_some(), VERSIONED)
        | flag(old == new, UNCHANGED);
    let version = version.map(Version::to_bytes);
    let parts = [
        Some(key),
        kept_old.as_ref().map(|old| &**old.bytes()),
        kept_new.as_ref().map(|new| &**new.bytes()),
        version.as_deref(),
    ];
    let mut bytes = vec![VERSION, flags];
    for part in parts.into_iter().flatten() {
        sized::put(&mut bytes, Some(part));
    }
    bytes.into()
}

impl Record {
    /// Reads what an append stored.
    pub(crate) fn decode(stored: &Bytes) -> Result<Self, Damaged> {
        let mut rest = stored.clone();
        let time_ms = take_time(&mut rest)?;
        if take(&mut rest, 1)? != [VERSION][..] {
            return Err(Damaged("record of a change"));
        }
        let flags = take(&mut rest, 1)?.first().copied().unwrap_or_default();
        let has = |flag| flags & flag != 0;
        if flags & !FLAGS != 0
            || (has(KEEPS_OLD) && !has(HAD_OLD))
            || (has(KEEPS_NEW) && !has(HAS_NEW))
        {
            return Err(Damaged("record of a change"));
        }
        let key = take_sized(&mut rest)?;
        let mut image = |was_there, is_kept| match (was_there, is_kept) {
            (false, _) => Ok(Image::Absent),
            (true, false) => Ok(Image::Left),
            (true, true) => take_sized(&mut rest).and_then(Stored::decode).map(Image::Kept),
        };
        let (old, new) =
            (image(has(HAD_OLD), has(KEEPS_OLD))?, image(has(HAS_NEW), has(KEEPS_NEW))?);
        let version =
            if has(VERSIONED) { Some(Version::from_bytes(&take_sized(&mut rest)?)?) } else { None };
        if !rest.is_empty() {
            return Err(Damaged("record of a change"));
        }
        let cause = if has(EXPIRED) { Cause::Expiry } else { Cause::Request };
        let is_unchanged = has(UNCHANGED);
        Ok(Self { time_ms, key, cause, old, new, version, is_unchanged })
    }

    /// The item as it was before the change, if the record keeps that.
    pub(crate) fn before(self) -> Result<Option<Stored>, Damaged> {
        match self.old {
            Image::Absent => Ok(None),
            Image::Kept(item) => Ok(Some(item)),
            Image::Left => Err(Damaged("history, which lacks an image")),
        }
    }
}

/// The time that an append was stored with, in milliseconds since 1970.
pub(crate) fn time_ms(stored: &Bytes) -> Result<u64, Damaged> {
    take_time(&mut stored.clone())
}

fn take_time(rest: &mut Bytes) -> Result<u64, Damaged> {
    let time = take(rest, TIME_BYTES)?;
    Ok(u64::from_be_bytes(time.as_ref().try_into().map_err(|_| Damaged("time of a commit"))?))
}

fn take(rest: &mut Bytes, length: usize) -> Result<Bytes, Damaged> {
    if rest.len() < length {
        return Err(Damaged("record of a change"));
    }
    Ok(rest.split_to(length))
}

fn take_sized(rest: &mut Bytes) -> Result<Bytes, Damaged> {
    let damage = || Damaged("record of a change");
    sized::take(rest, damage)?.ok_or_else(damage)
}

/// The first record of a table's log from a position on: where it stands, and when it was made.
pub(crate) async fn first_from(
    view: &View,
    table: Id,
    position: Position,
) -> Result<Option<(Position, u64)>> {
    let query = RangeQuery {
        start: keys::log_at(table, position),
        end: keys::logged(table).end,
        reverse: false,
        entries_max: 1,
        bytes_max: 1,
        fill_cache: true,
    };
    let page = view.range(&query).await?;
    let Some((key, stored)) = page.entries.first() else { return Ok(None) };
    let position = keys::position(key).ok_or(Damaged("key of a record"))?;
    Ok(Some((position, time_ms(stored)?)))
}

/// Where those records of a table's log begin that are later than a time: at this place, and not before `from`.
/// If there are none, the end of what the view sees.
pub(crate) async fn first_after(
    view: &View,
    table: Id,
    from: Position,
    time_ms: u64,
) -> Result<Position> {
    // Nothing before `low` is later than the time, and everything from `high` on is.
    let (mut low, mut high) = (from, Position::behind(view.version()));
    while low < high {
        let middle = low.middle(high);
        match first_from(view, table, middle).await? {
            Some((found, time)) if found < high && time <= time_ms => low = found.next(),
            Some(_) | None => high = middle,
        }
    }
    Ok(low)
}

#[cfg(test)]
mod tests {
    use types::{AttributeValue, Item};

    use super::*;

    fn stored(text: &str) -> Stored {
        let attribute = ("a".to_owned(), AttributeValue::S(text.to_owned()));
        Stored::encode(&Item([attribute].into()))
    }

    fn round_trip(images: Images, old: Option<&str>, new: Option<&str>, cause: Cause) -> Record {
        let changed = Changed { old: old.map(stored), new: new.map(stored) };
        let version = old.map(|text| Version { time: 5, region: text.to_owned() });
        let record = encode(images, b"key", &changed, (cause, version.as_ref()));
        let time = 77_u64.to_be_bytes();
        let read = Record::decode(&Bytes::from([&time[..], &record].concat())).unwrap();
        assert_eq!((read.time_ms, &read.key[..], read.cause), (77, &b"key"[..], cause));
        assert_eq!(read.version, version);
        read
    }

    #[test]
    fn a_record_says_what_was_there_and_keeps_what_is_wanted() {
        let (old, new) = (Images { old: true, new: false }, Images { old: false, new: true });
        let both = round_trip(old.and(new), Some("b"), Some("c"), Cause::Request);
        assert_eq!((both.old, both.new), (Image::Kept(stored("b")), Image::Kept(stored("c"))));
        let gone = round_trip(new, Some("b"), None, Cause::Expiry);
        assert_eq!((gone.old, gone.new), (Image::Left, Image::Absent));
        let made = round_trip(old, None, Some("c"), Cause::Request);
        assert_eq!((made.old, made.new), (Image::Absent, Image::Left));
    }

    #[test]
    fn bytes_are_a_record_or_damage() {
        fuzz::target("record", 5_000, |bytes| {
            let _ = Record::decode(&Bytes::copy_from_slice(bytes));
        });
    }
}
