//! `GetRecords`: the changes from a place in a shard on, in commit order.

use bytes::Bytes;
use serde::Serialize;
use storage::{Page, RangeQuery, Reads, View};
use types::limit::{RECORDS_BYTES_MAX, RECORDS_MAX};
use types::parameter::{INTEGER_MAX, Text, Whole};
use types::{AttributeValue, Item};
use xxhash_rust::xxh3::xxh3_128;

use crate::access::Needs;
use crate::catalog;
use crate::catalog::stream::{self, Shard, StreamRow};
use crate::catalog::table::{KeyAttribute, KeyType};
use crate::error::{Damaged, Result, StreamFault, StreamMissing};
use crate::history::{Cause, Image, Logged, Record};
use crate::operation::{Access, Operation, Parameters};
use crate::operations::get_shard_iterator::ShardIterator;
use crate::position::Position;
use crate::stored::Stored;
use crate::{Call, Database, keys};

/// The most characters of an iterator.
const ITERATOR_CHARACTERS_MAX: usize = 2048;

/// The request.
pub(crate) struct GetRecords {
    iterator: Text<1, ITERATOR_CHARACTERS_MAX>,
    limit: Option<i64>,
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetRecordsOutput {
    records: Vec<StreamRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_shard_iterator: Option<String>,
}

/// A change, as readers of a stream see it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StreamRecord {
    #[serde(rename = "eventID")]
    event_id: String,
    event_name: &'static str,
    event_version: &'static str,
    event_source: &'static str,
    aws_region: String,
    dynamodb: ChangeDescription,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_identity: Option<Identity>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ChangeDescription {
    /// Whole seconds since 1970.
    approximate_creation_date_time: u64,
    keys: Stored,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_image: Option<Stored>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old_image: Option<Stored>,
    sequence_number: String,
    size_bytes: usize,
    stream_view_type: &'static str,
}

/// Who made a change, where it was not a client.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Identity {
    principal_id: &'static str,
    r#type: &'static str,
}

const EXPIRY_IDENTITY: Identity =
    Identity { principal_id: "dynamodb.amazonaws.com", r#type: "Service" };

impl Operation for GetRecords {
    const NAME: &'static str = "GetRecords";
    const ACCESS: Access = Access::Read;
    type Output = GetRecordsOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        let iterator = parameters.required("ShardIterator");
        let limit = parameters.optional::<Whole<1, INTEGER_MAX>>("Limit").map(|Whole(limit)| limit);
        if limit.is_some_and(|limit| limit > RECORDS_MAX) {
            parameters.refuse(StreamFault::RecordsLimit(RECORDS_MAX));
        }
        Self { iterator, limit }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        match ShardIterator::decode(&self.iterator.0) {
            Some((stream, _)) => needs.arn(stream),
            None => needs.own("table/*/stream/*"),
        };
    }

    async fn run(self, database: &Database, call: &Call) -> Result<GetRecordsOutput> {
        let (arn, iterator) =
            ShardIterator::decode(&self.iterator.0).ok_or(StreamFault::Iterator)?;
        let now_ms = database.inner.clock.now_ms();
        if iterator.is_expired(now_ms) {
            return Err(StreamMissing::Iterator.into());
        }
        let view = database.view(Reads::Many).await?;
        let stream = stream::find(database, &view, call, arn).await?;
        let shards = stream::shards(&view, &stream, now_ms).await?;
        let shard = shards.into_iter().find(|shard| shard.start == iterator.shard);
        let shard = shard.ok_or(StreamMissing::Records)?;
        if iterator.next <= shard.start {
            return Err(StreamFault::Iterator.into());
        }
        if iterator.next < trimmed(&view, &stream).await? {
            return Err(StreamMissing::Records.into());
        }
        let limit = self.limit.unwrap_or(RECORDS_MAX);
        let query = query(&stream, &shard, iterator.next, limit);
        let page = fitting(view.range(&query).await?);
        let next = next(&page, &shard, Position::behind(view.version()))?;
        let next = next.map(|next| ShardIterator { next, given_ms: now_ms, ..iterator });
        let read = |(key, value): &(Bytes, Bytes)| {
            // That an item stayed as it is is no matter of its stream.
            let record = Record::decode(value)?;
            if record.is_unchanged {
                Ok(None)
            } else {
                StreamRecord::new(&stream, key, record).map(Some)
            }
        };
        let records = page.entries.iter().filter_map(|entry| read(entry).transpose());
        Ok(GetRecordsOutput {
            records: records.collect::<Result<_, Damaged>>()?,
            next_shard_iterator: next.map(|next| next.encode(&stream.arn())),
        })
    }
}

/// Where the records begin that are surely still there.
async fn trimmed(view: &View, stream: &StreamRow) -> Result<Position> {
    let row = view.get(&keys::history(stream.table_id)).await?;
    let logged = row.map(|row| catalog::decode::<Logged>(&row)).transpose()?;
    Ok(logged.map_or_else(Position::default, |logged| logged.trimmed))
}

fn query(stream: &StreamRow, shard: &Shard, next: Position, limit: i64) -> RangeQuery {
    let end = match shard.end {
        Some((place, _)) => keys::log_at(stream.table_id, place),
        None => keys::logged(stream.table_id).end,
    };
    RangeQuery {
        start: keys::log_at(stream.table_id, next),
        end,
        reverse: false,
        entries_max: usize::try_from(limit).unwrap_or(usize::MAX),
        bytes_max: RECORDS_BYTES_MAX,
        // Several readers follow a stream closely, one behind the other.
        fill_cache: true,
    }
}

/// As much of a page as a reply may have, and at least one record.
fn fitting(mut page: Page) -> Page {
    let mut bytes = 0;
    let is_over = |(key, value): &(Bytes, Bytes)| {
        bytes += key.len() + value.len();
        bytes > RECORDS_BYTES_MAX
    };
    if let Some(place) = page.entries.iter().position(is_over).filter(|place| *place > 0) {
        page.entries.truncate(place);
        page.is_last = false;
    }
    page
}

/// Where to go on after a page, if there is or may be more. Nothing arrives late: behind the end of an open shard
/// comes what is committed after the view.
fn next(page: &Page, shard: &Shard, version: Position) -> Result<Option<Position>, Damaged> {
    match (page.is_last, page.entries.last()) {
        (false, Some((last, _))) => {
            Ok(Some(keys::position(last).ok_or(Damaged("key of a record"))?.next()))
        }
        (_, _) if shard.end.is_some() => Ok(None),
        (_, _) => Ok(Some(version)),
    }
}

impl StreamRecord {
    fn new(stream: &StreamRow, key: &[u8], record: Record) -> Result<Self, Damaged> {
        let position = keys::position(key).ok_or(Damaged("key of a record"))?;
        let images = stream.view.images();
        let event_name = match (&record.old, &record.new) {
            (Image::Absent, _) => "INSERT",
            (_, Image::Absent) => "REMOVE",
            (_, _) => "MODIFY",
        };
        let keys = key_of(stream, &record.key)?;
        let old_image = shown_image(record.old, images.old)?;
        let new_image = shown_image(record.new, images.new)?;
        let size = |image: &Option<Stored>| image.as_ref().map_or(0, Stored::size);
        let event =
            [stream.label.as_bytes(), &stream.id.to_be_bytes(), &position.to_bytes()].concat();
        Ok(Self {
            event_id: format!("{:032x}", xxh3_128(&event)),
            event_name,
            event_version: "1.1",
            event_source: "aws:dynamodb",
            aws_region: stream.region.clone(),
            dynamodb: ChangeDescription {
                approximate_creation_date_time: record.time_ms / 1000,
                size_bytes: keys.size() + size(&old_image) + size(&new_image),
                keys,
                new_image,
                old_image,
                sequence_number: position.sequence_number(),
                stream_view_type: stream.view.name(),
            },
            user_identity: (record.cause == Cause::Expiry).then_some(EXPIRY_IDENTITY),
        })
    }
}

/// What readers see of an image.
fn shown_image(image: Image, is_shown: bool) -> Result<Option<Stored>, Damaged> {
    match image {
        Image::Kept(item) if is_shown => Ok(Some(item)),
        Image::Left if is_shown => Err(Damaged("record, which lacks an image")),
        Image::Kept(_) | Image::Left | Image::Absent => Ok(None),
    }
}

/// The key attributes of the item that a record is of.
fn key_of(stream: &StreamRow, key: &Bytes) -> Result<Stored, Damaged> {
    let stored = keys::renumbered(stream.table_id, key);
    let (partition, sort) = keys::item_parts(&stored).ok_or(Damaged("key of a record's item"))?;
    let values = stream.key.iter().zip([partition, sort]);
    let values = values.map(|(attribute, bytes)| {
        Ok((
            attribute.name.clone(),
            value(attribute, bytes).ok_or(Damaged("key of a record's item"))?,
        ))
    });
    Ok(Stored::encode(&Item(values.collect::<Result<_, Damaged>>()?)))
}

/// The value of a key attribute, from the bytes that stand in a key.
fn value(attribute: &KeyAttribute, bytes: &[u8]) -> Option<AttributeValue> {
    Some(match attribute.kind {
        KeyType::B => AttributeValue::B(bytes.to_vec()),
        KeyType::N => AttributeValue::N(types::Number::decode(bytes)?),
        KeyType::S => AttributeValue::S(String::from_utf8(bytes.to_vec()).ok()?),
    })
}
