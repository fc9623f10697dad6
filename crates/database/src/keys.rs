//! Every key that is ever written, and what its value is: the disk layout on one page.
//!
//! The first byte is the keyspace. A partition key needs only to be found, so it stands behind
//! its hash, with its length before it; a sort key is last and raw, so that a range of it is a
//! range of keys. Numbers are big-endian. `docs/format/keys.md` draws every byte.

use std::ops::Range;

use bytes::Bytes;
use types::AttributeValue;

use crate::Scope;
use crate::position::{POSITION_BYTES, Position};

/// Metadata: what tables there are.
const TABLE: u8 = 0x01;
const TAGS: u8 = 0x02;
const NEXT_ID: u8 = 0x03;
const DROPPED: u8 = 0x04;
const BACKFILL: u8 = 0x05;
const EXPIRING: u8 = 0x06;
const STREAM: u8 = 0x07;
const HISTORY: u8 = 0x08;
const RESTORE: u8 = 0x09;
const DELETED: u8 = 0x0A;
const BACKUP: u8 = 0x0B;
const SCALED: u8 = 0x0C;
const REPLICATED: u8 = 0x0D;
const LEAVING: u8 = 0x0E;
const POLICY: u8 = 0x0F;
const ITEM: u8 = 0x10;
const VERSION: u8 = 0x11;
const INDEX: u8 = 0x20;
const LOG: u8 = 0x30;
const SHARD: u8 = 0x31;
const MARK: u8 = 0x32;
const LINK: u8 = 0x33;
const TOKEN: u8 = 0x40;
const EXPIRY: u8 = 0x41;
const INSIGHT: u8 = 0x43;
const DELETION: u8 = 0x44;
const REGISTRY: u8 = 0x45;
const COUNT: u8 = 0x50;
const COLLECTION: u8 = 0x51;

/// Where the number in an item's key ends, and where the hash does.
const ITEM_ID_END: usize = 5;
const ITEM_HASH_END: usize = 13;
/// Where the number in a log's key ends.
const LOG_ID_END: usize = 5;
/// Where the time in an expiry entry's key ends.
const EXPIRY_TIME_END: usize = 13;

/// The number of a table, an index, a table's expiry, its replication or a stream, never used again.
pub(crate) type Id = u32;

/// A table's row: its definition as JSON behind a version byte.
pub(crate) fn table(scope: &Scope, name: &str) -> Bytes {
    scoped(TABLE, scope, name.as_bytes())
}

/// A table's tags: a JSON object behind a version byte.
pub(crate) fn tags(scope: &Scope, name: &str) -> Bytes {
    scoped(TAGS, scope, name.as_bytes())
}

/// The policy of a table: its document and revision as JSON behind a version byte.
pub(crate) fn policy(scope: &Scope, table: &str) -> Bytes {
    scoped(POLICY, scope, table.as_bytes())
}

/// The policy of a stream, likewise.
pub(crate) fn stream_policy(scope: &Scope, table: &str, label: &str) -> Bytes {
    [&*policy(scope, table), STREAM_OF, label.as_bytes()].concat().into()
}

/// The row of the table or the stream that a policy is of.
pub(crate) fn policy_holder(key: &[u8]) -> Option<Bytes> {
    let (space, rest) = key.split_first()?;
    if *space != POLICY {
        return None;
    }
    let behind = |part: &[u8]| -> Option<usize> {
        let length = part.first_chunk().map(|length| u16::from_be_bytes(*length))?;
        Some(2 + usize::from(length))
    };
    let account_end = behind(rest)?;
    let scope_end = account_end + behind(rest.get(account_end..)?)?;
    let (scope, resource) = rest.split_at_checked(scope_end)?;
    match resource.windows(STREAM_OF.len()).position(|part| part == STREAM_OF) {
        None => Some([&[TABLE], rest].concat().into()),
        Some(place) => {
            let (table, label) = resource.split_at_checked(place)?;
            let label = label.strip_prefix(STREAM_OF)?;
            Some([&[STREAM], scope, table, &[0], label].concat().into())
        }
    }
}

/// All policies of resources.
pub(crate) fn all_policies() -> Range<Bytes> {
    below(&[POLICY])
}

/// Something that the server keeps of its own, by its kind and its name there.
pub(crate) fn registered(kind: u8, name: &str) -> Bytes {
    [&[REGISTRY, kind], name.as_bytes()].concat().into()
}

/// All that the server keeps of a kind under names that begin so.
pub(crate) fn registered_below(kind: u8, beginning: &str) -> Range<Bytes> {
    below(&registered(kind, beginning))
}

/// The name of something that the server keeps of its own.
pub(crate) fn registered_name(kind: u8, key: &[u8]) -> Option<String> {
    let name = key.strip_prefix(&[REGISTRY, kind])?;
    String::from_utf8(name.to_vec()).ok()
}

/// Every table's row of a scope, in the order of the names.
pub(crate) fn tables(scope: &Scope) -> Range<Bytes> {
    below(&scoped(TABLE, scope, b""))
}

/// Every table's row of every scope.
pub(crate) fn all_tables() -> Range<Bytes> {
    below(&[TABLE])
}

/// The name in a table's row key.
pub(crate) fn table_name(scope: &Scope, key: &[u8]) -> Option<String> {
    let name = key.strip_prefix(&*scoped(TABLE, scope, b""))?;
    String::from_utf8(name.to_vec()).ok()
}

/// What stands between a table's name and a stream's label, which no name has in it.
const STREAM_OF: &[u8] = b"/stream/";

/// The next number: u32.
pub(crate) fn next_id() -> Bytes {
    Bytes::from_static(&[NEXT_ID])
}

/// Something dropped whose space is not yet given back: the numbers that went with it, u32 each.
pub(crate) fn dropped(id: Id) -> Bytes {
    numbered(DROPPED, id).into()
}

/// All that was dropped.
pub(crate) fn all_dropped() -> Range<Bytes> {
    below(&[DROPPED])
}

/// An index or an expiry that lacks entries of items that are older than it: whose it is, and how far
/// it is filled.
pub(crate) fn backfill(id: Id) -> Bytes {
    numbered(BACKFILL, id).into()
}

/// All that is being filled.
pub(crate) fn all_backfills() -> Range<Bytes> {
    below(&[BACKFILL])
}

/// An expiry that is on: whose it is.
pub(crate) fn expiring(id: Id) -> Bytes {
    numbered(EXPIRING, id).into()
}

/// All expiries that are on.
pub(crate) fn all_expiring() -> Range<Bytes> {
    below(&[EXPIRING])
}

/// A stream, by its table's name and its label: what it is of, as JSON. It outlives the table by a day.
pub(crate) fn stream(scope: &Scope, table: &str, label: &str) -> Bytes {
    [&*streams_of(scope, table), label.as_bytes()].concat().into()
}

/// What the keys of all streams of tables with a name begin with.
pub(crate) fn streams_of(scope: &Scope, table: &str) -> Bytes {
    // No name has a zero byte, so that streams are in the order of the tables' names.
    scoped(STREAM, scope, &[table.as_bytes(), &[0]].concat())
}

/// All streams of a scope.
pub(crate) fn streams(scope: &Scope) -> Range<Bytes> {
    below(&scoped(STREAM, scope, b""))
}

/// Every stream of every scope.
pub(crate) fn all_streams() -> Range<Bytes> {
    below(&[STREAM])
}

/// All streams of tables with a name.
pub(crate) fn streams_named(scope: &Scope, table: &str) -> Range<Bytes> {
    below(&streams_of(scope, table))
}

/// A table whose log may have records: whose it is, and how far the log is trimmed.
pub(crate) fn history(table: Id) -> Bytes {
    numbered(HISTORY, table).into()
}

/// All tables whose logs may have records.
pub(crate) fn all_histories() -> Range<Bytes> {
    below(&[HISTORY])
}

/// A table that is being restored: from what, and how far, as JSON.
pub(crate) fn restore(table: Id) -> Bytes {
    numbered(RESTORE, table).into()
}

/// All tables that are being restored.
pub(crate) fn all_restores() -> Range<Bytes> {
    below(&[RESTORE])
}

/// A table that was deleted while somebody needed its items: its definition, as JSON.
pub(crate) fn deleted(table: Id) -> Bytes {
    numbered(DELETED, table).into()
}

/// All such tables.
pub(crate) fn all_deleted() -> Range<Bytes> {
    below(&[DELETED])
}

/// A backup, by its id: what it is of and where, as JSON.
pub(crate) fn backup(scope: &Scope, id: &str) -> Bytes {
    scoped(BACKUP, scope, id.as_bytes())
}

/// All backups of a scope, oldest first.
pub(crate) fn backups(scope: &Scope) -> Range<Bytes> {
    below(&scoped(BACKUP, scope, b""))
}

/// Every backup of every scope.
pub(crate) fn all_backups() -> Range<Bytes> {
    below(&[BACKUP])
}

/// A table whose throughput follows what is consumed: which one it is.
pub(crate) fn scaled(table: Id) -> Bytes {
    numbered(SCALED, table).into()
}

/// All tables whose throughput follows.
pub(crate) fn all_scaled() -> Range<Bytes> {
    below(&[SCALED])
}

/// A table with replicas in other Regions: which one it is.
pub(crate) fn replicated(table: Id) -> Bytes {
    numbered(REPLICATED, table).into()
}

/// All tables with replicas in other Regions.
pub(crate) fn all_replicated() -> Range<Bytes> {
    below(&[REPLICATED])
}

/// A table that has left its replicas, and may still have something to tell them: as it was, as JSON.
pub(crate) fn leaving(table: Id) -> Bytes {
    numbered(LEAVING, table).into()
}

/// All tables that have left their replicas.
pub(crate) fn all_leaving() -> Range<Bytes> {
    below(&[LEAVING])
}

/// The number in the key of a row of something dropped, being filled, expiring, logged or scaled.
pub(crate) fn row_id(key: &[u8]) -> Option<Id> {
    Some(Id::from_be_bytes(*key.get(1..)?.first_chunk()?))
}

/// An item: its stored bytes.
pub(crate) fn item(table: Id, partition: &[u8], sort: &[u8]) -> Bytes {
    let mut key = partition_prefix(ITEM, table, partition);
    key.extend_from_slice(sort);
    key.into()
}

/// What all items of a partition key begin with.
pub(crate) fn items_of(table: Id, partition: &[u8]) -> Bytes {
    partition_prefix(ITEM, table, partition).into()
}

/// The partition key and the sort key in an item's key.
pub(crate) fn item_parts(key: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = key.get(ITEM_HASH_END..)?.split_first_chunk()?;
    rest.split_at_checked(u16::from_be_bytes(*length).into())
}

/// All items of a table.
pub(crate) fn items(table: Id) -> Range<Bytes> {
    below(&numbered(ITEM, table))
}

/// The items of a table in one of `total` equal ranges of hashes.
pub(crate) fn item_segment(table: Id, segment: u64, total: u64) -> Range<Bytes> {
    hash_segment(ITEM, table, segment, total)
}

/// What all entries of an index partition begin with. An index with several partition key
/// attributes has each of them, with its length.
pub(crate) fn entries_of(index: Id, partition: &[Vec<u8>]) -> Bytes {
    let mut joined = Vec::new();
    for part in partition {
        put_sized(&mut joined, part);
    }
    partition_prefix(INDEX, index, &joined).into()
}

/// An index entry: the projected item's stored bytes. Sort attributes are escaped and
/// terminated, so that one cannot run into the next; the table's key makes the entry unique.
pub(crate) fn entry(
    index: Id,
    partition: &[Vec<u8>],
    sort: &[Vec<u8>],
    (table_partition, table_sort): (&[u8], &[u8]),
) -> Bytes {
    let mut key = entries_of(index, partition).to_vec();
    for part in sort {
        put_terminated(&mut key, part);
    }
    put_sized(&mut key, table_partition);
    key.extend_from_slice(table_sort);
    key.into()
}

/// All entries of an index.
pub(crate) fn entries(index: Id) -> Range<Bytes> {
    below(&numbered(INDEX, index))
}

/// The entries of an index in one of `total` equal ranges of hashes.
pub(crate) fn entry_segment(index: Id, segment: u64, total: u64) -> Range<Bytes> {
    hash_segment(INDEX, index, segment, total)
}

/// An item's entry among those that expire, by when, in seconds since 1970: nothing.
pub(crate) fn expiry(id: Id, seconds: u64, item: &[u8]) -> Bytes {
    let mut key = expiry_time(id, seconds);
    key.extend_from_slice(item.get(ITEM_ID_END..).unwrap_or_default());
    key.into()
}

/// The key of the item of table `table` that an expiry entry is of.
pub(crate) fn expiring_item(table: Id, entry: &[u8]) -> Option<Bytes> {
    let mut key = numbered(ITEM, table);
    key.extend_from_slice(entry.get(EXPIRY_TIME_END..)?);
    Some(key.into())
}

/// All entries of an expiry.
pub(crate) fn expiries(id: Id) -> Range<Bytes> {
    below(&numbered(EXPIRY, id))
}

/// The entries of an expiry that are due from one second on and before another.
pub(crate) fn expiries_between(id: Id, from: u64, before: u64) -> Range<Bytes> {
    expiry_time(id, from).into()..expiry_time(id, before).into()
}

/// When and where an item of a replicated table was last changed, by the number of its replication.
pub(crate) fn version(id: Id, item: &[u8]) -> Bytes {
    [&*numbered(VERSION, id), unnumbered(item)].concat().into()
}

/// All versions of a replicated table's items.
pub(crate) fn versions(id: Id) -> Range<Bytes> {
    below(&numbered(VERSION, id))
}

/// The key of the item of table `table` that a version is of.
pub(crate) fn versioned_item(table: Id, version: &[u8]) -> Bytes {
    renumbered(table, unnumbered(version))
}

/// An item of a replicated table that was deleted, by the time of its version: nothing.
pub(crate) fn deletion(id: Id, time: u64, item: &[u8]) -> Bytes {
    [&*deletion_time(id, time), unnumbered(item)].concat().into()
}

/// The key of the item of table `table` that was deleted, and the time of its version.
pub(crate) fn deleted_item(table: Id, deletion: &[u8]) -> Option<(Bytes, u64)> {
    let (time, item) = deletion.get(ITEM_ID_END..)?.split_first_chunk()?;
    Some((renumbered(table, item), u64::from_be_bytes(*time)))
}

/// The items of a replicated table that were deleted.
pub(crate) fn deletions(id: Id) -> Range<Bytes> {
    below(&numbered(DELETION, id))
}

/// Those that were deleted before a time.
pub(crate) fn deletions_before(id: Id, time: u64) -> Range<Bytes> {
    deletions(id).start..deletion_time(id, time).into()
}

/// How far a replica in another Region has been told of a table's changes.
pub(crate) fn link(id: Id, region: &str) -> Bytes {
    [&*numbered(LINK, id), region.as_bytes()].concat().into()
}

/// All such replicas.
pub(crate) fn links(id: Id) -> Range<Bytes> {
    below(&numbered(LINK, id))
}

/// The Region in the key of a link.
pub(crate) fn link_region(key: &[u8]) -> Option<String> {
    String::from_utf8(key.get(ITEM_ID_END..)?.to_vec()).ok()
}

/// What all records of a table's log begin with; then comes a position.
pub(crate) fn log(table: Id) -> Bytes {
    numbered(LOG, table).into()
}

/// The number of the table whose log a record with such a beginning is for.
pub(crate) fn logged_table(prefix: &[u8]) -> Option<Id> {
    prefix.starts_with(&[LOG]).then(|| row_id(prefix)).flatten()
}

/// The place in a table's log at a position.
pub(crate) fn log_at(table: Id, position: Position) -> Bytes {
    [&*numbered(LOG, table), &position.to_bytes()].concat().into()
}

/// All records of a table's log.
pub(crate) fn logged(table: Id) -> Range<Bytes> {
    below(&numbered(LOG, table))
}

/// What all marks of a stream's shards begin with; then comes a position.
pub(crate) fn shard(stream: Id) -> Bytes {
    numbered(SHARD, stream).into()
}

/// The mark of a stream's shard at a position.
pub(crate) fn shard_at(stream: Id, position: Position) -> Bytes {
    [&*numbered(SHARD, stream), &position.to_bytes()].concat().into()
}

/// All marks of a stream's shards.
pub(crate) fn shards(stream: Id) -> Range<Bytes> {
    below(&numbered(SHARD, stream))
}

/// What the mark of a cut begins with; then comes its position.
pub(crate) fn mark(holder: Id) -> Bytes {
    numbered(MARK, holder).into()
}

/// All marks of a cut: one.
pub(crate) fn marks(holder: Id) -> Range<Bytes> {
    below(&numbered(MARK, holder))
}

/// The position in the key of a record or a mark.
pub(crate) fn position(key: &[u8]) -> Option<Position> {
    Some(Position::from_bytes(*key.get(LOG_ID_END..)?.first_chunk::<POSITION_BYTES>()?))
}

/// An item's key without its table's number: how a record has it.
pub(crate) fn unnumbered(item: &[u8]) -> &[u8] {
    item.get(ITEM_ID_END..).unwrap_or_default()
}

/// The key of an item of a table, from what a record has of it.
pub(crate) fn renumbered(table: Id, item: &[u8]) -> Bytes {
    [&*numbered(ITEM, table), item].concat().into()
}

/// The first keys of a table or an index in a minute, counted in minutes since 1970, by the rule of a number.
pub(crate) fn insight(minute: u64, id: Id, rule: u8) -> Bytes {
    let mut key = insight_minute(minute);
    key.extend_from_slice(&id.to_be_bytes());
    key.push(rule);
    key.into()
}

/// The first keys of all minutes before one.
pub(crate) fn insights_before(minute: u64) -> Range<Bytes> {
    Bytes::from_static(&[INSIGHT])..insight_minute(minute).into()
}

/// How many items a table or index has: a counter.
pub(crate) fn item_count(id: Id) -> Bytes {
    counter(id, 0)
}

/// How many bytes the items of a table or index have: a counter.
pub(crate) fn byte_count(id: Id) -> Bytes {
    counter(id, 1)
}

/// How many bytes the items of a partition key and their local index entries have: a counter.
pub(crate) fn collection_bytes(table: Id, partition: &[u8]) -> Bytes {
    partition_prefix(COLLECTION, table, partition).into()
}

/// The partition key in the key of a collection's counter.
pub(crate) fn collection_partition(key: &[u8]) -> Option<&[u8]> {
    item_parts(key).map(|(partition, _)| partition)
}

/// All counters of a table's collections.
pub(crate) fn collections(table: Id) -> Range<Bytes> {
    below(&numbered(COLLECTION, table))
}

/// A space of keys that each belong to a number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owned(u8, &'static str);

/// Every space of keys that each belong to a number.
pub(crate) const OWNED: [Owned; 19] = [
    Owned(BACKFILL, "rows of a backfill"),
    Owned(EXPIRING, "rows of an expiry"),
    Owned(HISTORY, "rows of a history"),
    Owned(RESTORE, "rows of a restore"),
    Owned(DELETED, "rows of a deleted table"),
    Owned(SCALED, "rows of auto scaling"),
    Owned(REPLICATED, "rows of a replicated table"),
    Owned(LEAVING, "rows of a table that left its replicas"),
    Owned(ITEM, "items"),
    Owned(VERSION, "versions of items"),
    Owned(INDEX, "index entries"),
    Owned(LOG, "records of changes"),
    Owned(SHARD, "marks of shards"),
    Owned(MARK, "marks of cuts"),
    Owned(LINK, "links to replicas"),
    Owned(EXPIRY, "expiry entries"),
    Owned(DELETION, "deletions"),
    Owned(COUNT, "counters"),
    Owned(COLLECTION, "counters of item collections"),
];

impl Owned {
    pub(crate) fn name(self) -> &'static str {
        self.1
    }

    /// All keys of the space.
    pub(crate) fn range(self) -> Range<Bytes> {
        below(&[self.0])
    }

    /// The first key behind those of a number.
    pub(crate) fn behind(self, id: Id) -> Bytes {
        after(&numbered(self.0, id))
    }
}

/// A client request token used in a span of ten minutes: what it was used for.
pub(crate) fn token(span: u64, scope: &Scope, token: &str) -> Bytes {
    let mut key = token_span(span);
    key.extend_from_slice(&scoped(TOKEN, scope, token.as_bytes()));
    key.into()
}

/// All tokens of all spans before one.
pub(crate) fn tokens_before(span: u64) -> Range<Bytes> {
    Bytes::from_static(&[TOKEN])..token_span(span).into()
}

/// A key attribute's value, as its type sorts. `None` where it is no string, number or bytes.
pub(crate) fn key_bytes(value: &AttributeValue) -> Option<Vec<u8>> {
    match value {
        AttributeValue::S(text) => Some(text.clone().into_bytes()),
        AttributeValue::B(bytes) => Some(bytes.clone()),
        AttributeValue::N(number) => {
            let mut bytes = Vec::with_capacity(24);
            number.encode(&mut bytes);
            Some(bytes)
        }
        AttributeValue::Bool(_)
        | AttributeValue::Null
        | AttributeValue::Ss(_)
        | AttributeValue::Ns(_)
        | AttributeValue::Bs(_)
        | AttributeValue::L(_)
        | AttributeValue::M(_) => None,
    }
}

/// A sort attribute of an index as it stands in a key, without its end: what all values that
/// begin with it begin with.
pub(crate) fn escaped(part: &[u8]) -> Vec<u8> {
    let mut key = Vec::with_capacity(part.len() + 2);
    put_escaped(&mut key, part);
    key
}

/// A sort attribute of an index as it stands in a key.
pub(crate) fn terminated(part: &[u8]) -> Vec<u8> {
    let mut key = Vec::with_capacity(part.len() + 2);
    put_terminated(&mut key, part);
    key
}

/// The first key behind another.
pub(crate) fn behind(key: &[u8]) -> Bytes {
    [key, &[0]].concat().into()
}

/// The first key behind all that begin with `prefix`.
pub(crate) fn after(prefix: &[u8]) -> Bytes {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            break;
        }
    }
    end.into()
}

/// The hash of a partition key. Named, and never to be changed: it is on disk.
fn hash(partition: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64(partition)
}

/// The hash that an item's or an entry's key stands behind.
pub(crate) fn hash_of(key: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(*key.get(ITEM_ID_END..)?.first_chunk()?))
}

/// What follows the hash in an item's or an entry's key.
pub(crate) fn behind_hash(key: &[u8]) -> Option<&[u8]> {
    key.get(ITEM_HASH_END..)
}

/// The part of a key with its length before it that `key` begins with, and what follows.
pub(crate) fn split_sized(key: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = key.split_first_chunk()?;
    rest.split_at_checked(u16::from_be_bytes(*length).into())
}

/// The same part, with its length.
pub(crate) fn sized_prefix(key: &[u8]) -> Option<&[u8]> {
    let (_, rest) = split_sized(key)?;
    key.get(..key.len() - rest.len())
}

/// How long so many terminated parts are that `key` begins with.
pub(crate) fn terminated_length(key: &[u8], parts: usize) -> Option<usize> {
    let (mut length, mut left) = (0, parts);
    while left > 0 {
        let byte = *key.get(length)?;
        length += 1;
        if byte == 0 {
            left -= usize::from(*key.get(length)? == 0);
            length += 1;
        }
    }
    Some(length)
}

/// The sort attribute that a terminated part stands for.
pub(crate) fn unescaped(part: &[u8]) -> Option<Vec<u8>> {
    let escaped = part.strip_suffix(&[0, 0])?;
    let mut bytes = Vec::with_capacity(escaped.len());
    let mut rest = escaped.iter();
    while let Some(byte) = rest.next() {
        bytes.push(*byte);
        if *byte == 0 {
            rest.next();
        }
    }
    Some(bytes)
}

/// Which of `total` segments a hash is in.
#[cfg(test)]
fn segment_of(hash: u64, total: u64) -> u64 {
    u64::try_from((u128::from(hash) * u128::from(total)) >> 64).expect("less than the total")
}

fn below(prefix: &[u8]) -> Range<Bytes> {
    Bytes::copy_from_slice(prefix)..after(prefix)
}

fn scoped(space: u8, scope: &Scope, rest: &[u8]) -> Bytes {
    let mut key = Vec::with_capacity(3 + scope.account.len() + scope.region.len() + rest.len());
    key.push(space);
    put_sized(&mut key, scope.account.as_bytes());
    put_sized(&mut key, scope.region.as_bytes());
    key.extend_from_slice(rest);
    key.into()
}

fn numbered(space: u8, id: Id) -> Vec<u8> {
    let mut key = Vec::with_capacity(64);
    key.push(space);
    key.extend_from_slice(&id.to_be_bytes());
    key
}

fn counter(id: Id, kind: u8) -> Bytes {
    let mut key = numbered(COUNT, id);
    key.push(kind);
    key.into()
}

fn expiry_time(id: Id, seconds: u64) -> Vec<u8> {
    let mut key = numbered(EXPIRY, id);
    key.extend_from_slice(&seconds.to_be_bytes());
    key
}

fn deletion_time(id: Id, time: u64) -> Vec<u8> {
    let mut key = numbered(DELETION, id);
    key.extend_from_slice(&time.to_be_bytes());
    key
}

fn insight_minute(minute: u64) -> Vec<u8> {
    let mut key = vec![INSIGHT];
    key.extend_from_slice(&minute.to_be_bytes());
    key
}

fn token_span(span: u64) -> Vec<u8> {
    let mut key = vec![TOKEN];
    key.extend_from_slice(&span.to_be_bytes());
    key
}

fn partition_prefix(space: u8, id: Id, partition: &[u8]) -> Vec<u8> {
    let mut key = numbered(space, id);
    key.extend_from_slice(&hash(partition).to_be_bytes());
    put_sized(&mut key, partition);
    key
}

fn hash_segment(space: u8, id: Id, segment: u64, total: u64) -> Range<Bytes> {
    let bound = |segment: u64| {
        let hash = (u128::from(segment) << 64).div_ceil(u128::from(total));
        match u64::try_from(hash) {
            Ok(hash) => {
                let mut key = numbered(space, id);
                key.extend_from_slice(&hash.to_be_bytes());
                Bytes::from(key)
            }
            Err(_) => after(&numbered(space, id)),
        }
    };
    bound(segment)..bound(segment + 1)
}

/// Bytes with their length before them, u16: no key part is longer than 8 kB.
pub(crate) fn put_sized(key: &mut Vec<u8>, part: &[u8]) {
    let length = u16::try_from(part.len()).expect("a part of a key is at most 8 kB long");
    key.extend_from_slice(&length.to_be_bytes());
    key.extend_from_slice(part);
}

/// A zero byte is followed by 0xFF, so that the end below sorts before whatever goes on.
fn put_escaped(key: &mut Vec<u8>, part: &[u8]) {
    for &byte in part {
        key.push(byte);
        if byte == 0 {
            key.push(u8::MAX);
        }
    }
}

fn put_terminated(key: &mut Vec<u8>, part: &[u8]) {
    put_escaped(key, part);
    // Length prefixes would not do: they would sort "b" before "aa".
    key.extend_from_slice(&[0, 0]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts() -> impl Strategy<Value = AttributeValue> {
        "[\\u{0}a\\u{7f}é\\u{ffff}\\u{10000}]{0,4}".prop_map(AttributeValue::S)
    }

    fn numbers() -> impl Strategy<Value = AttributeValue> {
        let number = "-?[0-9]{1,5}(e-?[0-9]{1,2})?";
        number.prop_map(|text| AttributeValue::N(text.parse().expect("it is one")))
    }

    fn binaries() -> impl Strategy<Value = AttributeValue> {
        small().prop_map(AttributeValue::B)
    }

    /// Bytes among which those are frequent that mean something in a key.
    fn small() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(prop::sample::select(vec![0, 1, 0x61, 0xFE, 0xFF]), 0..4)
    }

    proptest! {
        #[test]
        fn terminated_parts_are_found_again(parts in prop::collection::vec(small(), 0..4), rest in small()) {
            let mut key: Vec<u8> = parts.iter().flat_map(|part| terminated(part)).collect();
            let length = key.len();
            key.extend(rest);
            prop_assert_eq!(terminated_length(&key, parts.len()), Some(length));
            for part in &parts {
                prop_assert_eq!(unescaped(&terminated(part)), Some(part.clone()));
            }
        }

        #[test]
        fn sort_attributes_of_an_index_sort_one_after_the_other(
            a: (Vec<u8>, Vec<u8>),
            b: (Vec<u8>, Vec<u8>),
        ) {
            let key = |(first, second): &(Vec<u8>, Vec<u8>)| {
                entry(7, &[vec![1]], &[first.clone(), second.clone()], (b"", b""))
            };
            prop_assert_eq!(a.cmp(&b), key(&a).cmp(&key(&b)));
        }

        #[test]
        fn keys_of_one_partition_are_in_the_order_of_their_sort_values(
            (a, b) in prop_oneof![
                (texts(), texts()),
                (numbers(), numbers()),
                (binaries(), binaries()),
            ],
        ) {
            let bytes = |value: &AttributeValue| key_bytes(value).unwrap();
            let order = match (&a, &b) {
                (AttributeValue::S(a), AttributeValue::S(b)) => a.as_bytes().cmp(b.as_bytes()),
                (AttributeValue::N(a), AttributeValue::N(b)) => a.cmp(b),
                (AttributeValue::B(a), AttributeValue::B(b)) => a.cmp(b),
                _ => unreachable!("both are of one type"),
            };
            prop_assert_eq!(item(7, b"p", &bytes(&a)).cmp(&item(7, b"p", &bytes(&b))), order);
            let (sort, stored) = (bytes(&a), item(7, b"p", &bytes(&a)));
            prop_assert_eq!(item_parts(&stored), Some((&b"p"[..], &*sort)));
            let key = |value| entry(7, &[vec![1]], &[bytes(value)], (b"", b""));
            prop_assert_eq!(key(&a).cmp(&key(&b)), order);
        }

        #[test]
        fn four_sort_attributes_sort_one_after_the_other_and_then_by_the_table_s_key(
            a in (prop::collection::vec(small(), 4), small()),
            b in (prop::collection::vec(small(), 4), small()),
        ) {
            let key = |(sort, table): &(Vec<Vec<u8>>, Vec<u8>)| entry(7, &[vec![1]], sort, (b"t", table));
            prop_assert_eq!(a.cmp(&b), key(&a).cmp(&key(&b)));
            prop_assert!(key(&a).starts_with(&entries_of(7, &[vec![1]])));
        }

        #[test]
        fn partitions_of_an_index_never_run_into_each_other(
            a in prop::collection::vec(small(), 1..5),
            b in prop::collection::vec(small(), 1..5),
        ) {
            let (one, two) = (entries_of(7, &a), entries_of(7, &b));
            prop_assert_eq!(one.starts_with(&two), a == b);
        }

        #[test]
        fn values_that_begin_with_something_are_those_between_it_and_what_follows(
            start in small(),
            value in small(),
        ) {
            let begin = escaped(&start);
            let key = terminated(&value);
            let is_between = begin <= key && (*after(&begin) > *key || after(&begin).is_empty());
            prop_assert_eq!(is_between, value.starts_with(&start));
        }

        #[test]
        fn every_hash_is_in_the_range_of_its_segment_and_in_no_other(
            partition: Vec<u8>,
            total in 1_u64..1_000_000,
        ) {
            let key = item(3, &partition, b"");
            let segment = segment_of(hash_of(&key).unwrap(), total);
            prop_assert!(segment < total);
            prop_assert!(item_segment(3, segment, total).contains(&key));
            if segment > 0 {
                prop_assert!(!item_segment(3, segment - 1, total).contains(&key));
            }
        }
    }

    #[test]
    fn what_begins_with_a_prefix_ends_before_the_next_prefix() {
        assert_eq!(&*after(&[1, 2]), &[1, 3]);
        assert_eq!(&*after(&[1, 0xFF]), &[2]);
    }

    #[test]
    fn bytes_are_a_key_or_nothing() {
        fuzz::target("key", 20_000, |bytes| {
            let scope = Scope { account: "123456789012".into(), region: "eu-west-1".into() };
            let _ = (row_id(bytes), hash_of(bytes), table_name(&scope, bytes));
            let _ = expiring_item(7, bytes);
            assert!(after(bytes).is_empty() || after(bytes) > *bytes);
            if let Some((partition, sort)) = item_parts(bytes) {
                let key = item(7, partition, sort);
                assert_eq!(item_parts(&key), Some((partition, sort)));
                assert!(items(7).contains(&key));
            }
            assert_eq!(escaped(bytes).len() + 2, terminated(bytes).len());
        });
    }
}
