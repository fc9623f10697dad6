//! Streams: the part of a table's history that its readers may see, from the moment it is switched on to a day after
//! it is switched off.
//!
//! A stream is a row of its own, since it outlives its table, and marks in commit order: one where each of its shards
//! begins, and one where the stream ends. A shard has the records between its mark and the next one. There is one open
//! shard at a time, so the records of a whole table are in commit order; a new one begins every few hours.

use std::borrow::Cow;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use storage::View;
use types::json::Json;
use types::name::{ArnResource, TableArn};
use types::parameter::{Faults, Parameter, Path, structure};
use xxhash_rust::xxh3::xxh3_64;

use crate::catalog::change::Changes;
use crate::catalog::number::Numbers;
use crate::catalog::table::{DAY_MS, KeyAttribute};
use crate::catalog::{self, Table};
use crate::date::Date;
use crate::error::{Damaged, Error, Result, StreamFault, StreamMissing};
use crate::history::{self, Images};
use crate::keys::{self, Id};
use crate::pages::Pages;
use crate::position::Position;
use crate::{Call, Database, Scope};

/// How long records are kept, and streams that have ended, in milliseconds: a day.
pub(crate) const RETENTION_MS: u64 = DAY_MS;
/// After how long a shard ends and the next one begins, in milliseconds: four hours.
pub(crate) const SHARD_MS: u64 = 4 * 60 * 60 * 1000;

/// What a mark says: a shard begins.
const BEGINS: &[u8] = b"\x01";
/// What a mark says: the stream ends.
const ENDS: &[u8] = b"\x02";

/// Which images of an item the readers of a stream see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum StreamView {
    NewImage,
    OldImage,
    NewAndOldImages,
    KeysOnly,
}

types::choices! { StreamView {
    "NEW_IMAGE" => NewImage,
    "OLD_IMAGE" => OldImage,
    "NEW_AND_OLD_IMAGES" => NewAndOldImages,
    "KEYS_ONLY" => KeysOnly,
} }

impl StreamView {
    pub(crate) fn images(self) -> Images {
        match self {
            Self::NewImage => Images { old: false, new: true },
            Self::OldImage => Images { old: true, new: false },
            Self::NewAndOldImages => Images { old: true, new: true },
            Self::KeysOnly => Images::default(),
        }
    }
}

/// `StreamSpecification`: a stream of which view is to be on, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StreamSpecification {
    pub(crate) is_enabled: bool,
    pub(crate) view: Option<StreamView>,
}

impl Parameter<Error> for StreamSpecification {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| Self {
            is_enabled: parameters.required("StreamEnabled"),
            view: parameters.optional("StreamViewType"),
        })
    }

    fn placeholder() -> Self {
        Self { is_enabled: false, view: None }
    }
}

/// The stream of a table, or the last one that it had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stream {
    /// Its number, in every key of its marks.
    pub(crate) id: Id,
    /// When it was switched on: its name among the streams of tables of the same name.
    pub(crate) label: String,
    pub(crate) view: StreamView,
    /// Milliseconds since 1970.
    pub(crate) created_ms: u64,
    pub(crate) is_enabled: bool,
}

/// A stream by itself: its row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StreamRow {
    pub(crate) id: Id,
    /// The number of its table.
    pub(crate) table_id: Id,
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) table: String,
    pub(crate) label: String,
    pub(crate) view: StreamView,
    /// The key attributes of its table: one or two.
    pub(crate) key: Vec<KeyAttribute>,
    /// Milliseconds since 1970.
    pub(crate) created_ms: u64,
    /// When it was switched off, in milliseconds since 1970.
    pub(crate) ended_ms: Option<u64>,
}

impl StreamRow {
    pub(crate) fn row_key(&self) -> Bytes {
        let scope = Scope { account: self.account.clone(), region: self.region.clone() };
        keys::stream(&scope, &self.table, &self.label)
    }

    /// The key of the row of its policy.
    pub(crate) fn policy_key(&self) -> Bytes {
        let scope = Scope { account: self.account.clone(), region: self.region.clone() };
        keys::stream_policy(&scope, &self.table, &self.label)
    }

    pub(crate) fn arn(&self) -> String {
        let Self { account, region, table, label, .. } = self;
        format!("arn:aws:dynamodb:{region}:{account}:table/{table}/stream/{label}")
    }

    /// The time before which nothing is left to read, in milliseconds since 1970.
    pub(crate) fn horizon_ms(now_ms: u64) -> u64 {
        now_ms.saturating_sub(RETENTION_MS)
    }
}

impl Stream {
    /// The ARN of a table's stream.
    pub(crate) fn arn(&self, table: &Table) -> String {
        format!("{}/stream/{}", table.arn(), self.label)
    }
}

impl StreamRow {
    fn new(table: &Table, stream: &Stream) -> Self {
        Self {
            id: stream.id,
            table_id: table.id,
            account: table.account.clone(),
            region: table.region.clone(),
            table: table.name.clone(),
            label: stream.label.clone(),
            view: stream.view,
            key: table.key().cloned().collect(),
            created_ms: stream.created_ms,
            ended_ms: None,
        }
    }
}

/// The name of a stream that is switched on at a time.
fn label(created_ms: u64) -> String {
    Date::of(created_ms).iso().trim_end_matches('Z').to_owned()
}

/// When a stream of a table may be switched on: now, or as soon as its name is not that of another.
pub(crate) async fn free_ms(view: &View, scope: &Scope, table: &str, now_ms: u64) -> Result<u64> {
    let mut created_ms = now_ms;
    while view.get(&keys::stream(scope, table, &label(created_ms))).await?.is_some() {
        created_ms += 1;
    }
    Ok(created_ms)
}

/// Switches a stream on, of a table that has none.
pub(crate) fn begin(
    table: &mut Table,
    view: StreamView,
    numbers: &mut Numbers,
    created_ms: u64,
) -> Result<Changes, Damaged> {
    let id = numbers.take()?;
    let stream = Stream { id, label: label(created_ms), view, created_ms, is_enabled: true };
    let row = StreamRow::new(table, &stream);
    table.stream = Some(stream);
    Ok(Changes {
        writes: vec![(row.row_key(), Some(catalog::encode(&row)))],
        appends: vec![(keys::shard(id), Bytes::new(), Bytes::from_static(BEGINS))],
    })
}

/// Switches the stream off, if one is on.
pub(crate) fn end(table: &mut Table, now_ms: u64) -> Changes {
    let Some(mut stream) = table.stream.take_if(|stream| stream.is_enabled) else {
        return Changes::default();
    };
    let row = StreamRow { ended_ms: Some(now_ms), ..StreamRow::new(table, &stream) };
    stream.is_enabled = false;
    let id = stream.id;
    table.stream = Some(stream);
    Changes {
        writes: vec![(row.row_key(), Some(catalog::encode(&row)))],
        appends: vec![(keys::shard(id), Bytes::new(), Bytes::from_static(ENDS))],
    }
}

/// What ends the open shard of a stream and begins the next one.
pub(crate) fn turn(stream: Id) -> (Bytes, Bytes, Bytes) {
    (keys::shard(stream), Bytes::new(), Bytes::from_static(BEGINS))
}

/// A stretch of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shard {
    /// The place of its mark: its records come behind it.
    pub(crate) start: Position,
    /// When it began, in milliseconds since 1970.
    pub(crate) started_ms: u64,
    /// The place of the mark that ends it, and when that was; `None` while it is open.
    pub(crate) end: Option<(Position, u64)>,
    /// Of the shard before.
    pub(crate) parent: Option<String>,
}

impl Shard {
    /// What clients call it. The service's names have the same form.
    pub(crate) fn id(&self) -> String {
        shard_id(self.start, self.started_ms)
    }

    /// Whether it may have records that are still kept.
    fn is_kept(&self, now_ms: u64) -> bool {
        self.end.is_none_or(|(_, end_ms)| end_ms >= StreamRow::horizon_ms(now_ms))
    }

    /// The place of its first record that is still kept, if it has one that is.
    pub(crate) async fn horizon(
        &self,
        view: &View,
        stream: &StreamRow,
        now_ms: u64,
    ) -> Result<Position> {
        let horizon_ms = StreamRow::horizon_ms(now_ms);
        let first = self.start.next();
        if self.started_ms >= horizon_ms {
            return Ok(first);
        }
        // What is as old as the horizon is kept.
        history::first_after(view, stream.table_id, first, horizon_ms.saturating_sub(1)).await
    }
}

fn shard_id(start: Position, started_ms: u64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "any part of a hash will do")]
    let hash = xxh3_64(&start.to_bytes()) as u32;
    format!("shardId-{started_ms:020}-{hash:08x}")
}

/// The shards of a stream that may have records that are still kept, in their order.
pub(crate) async fn shards(view: &View, stream: &StreamRow, now_ms: u64) -> Result<Vec<Shard>> {
    let mut shards: Vec<Shard> = Vec::new();
    let mut pages = Pages::often(keys::shards(stream.id));
    while let Some(page) = pages.next(view).await? {
        for (key, mark) in page.entries {
            let place = keys::position(&key).ok_or(Damaged("mark of a shard"))?;
            let time_ms = history::time_ms(&mark)?;
            let mut parent = None;
            if let Some(last) = shards.last_mut() {
                last.end = Some((place, time_ms));
                parent = Some(last.id());
            }
            match mark.get(history::TIME_BYTES..) {
                Some(BEGINS) => {
                    shards.push(Shard { start: place, started_ms: time_ms, end: None, parent });
                }
                Some(ENDS) => {}
                Some(_) | None => return Err(Damaged("mark of a shard").into()),
            }
        }
    }
    shards.retain(|shard| shard.is_kept(now_ms));
    Ok(shards)
}

/// The stream that a request names, which must be the caller's.
pub(crate) async fn find(
    database: &Database,
    view: &View,
    call: &Call,
    arn: &str,
) -> Result<StreamRow> {
    let Some((table, ArnResource::Below(rest))) = TableArn::parse(arn) else {
        return Err(StreamFault::Arn.into());
    };
    let label = rest.strip_prefix("stream/").ok_or(StreamFault::Arn)?;
    if table.account != call.account {
        return Err(Error::AccessDenied);
    }
    let missing = || StreamMissing::Stream(arn.to_owned());
    if table.region != call.region {
        return Err(missing().into());
    }
    let key = keys::stream(&call.scope(), table.name.as_str(), label);
    let row = view.get(&key).await?.ok_or_else(missing)?;
    let stream: StreamRow = catalog::decode(&row)?;
    // One that ended a day ago is as good as gone: the next round takes it away.
    let horizon_ms = StreamRow::horizon_ms(database.inner.clock.now_ms());
    if stream.ended_ms.is_some_and(|ended_ms| ended_ms < horizon_ms) {
        return Err(missing().into());
    }
    Ok(stream)
}

/// A status, as replies have it.
pub(crate) fn status(stream: &StreamRow) -> Cow<'static, str> {
    if stream.ended_ms.is_some() { "DISABLED".into() } else { "ENABLED".into() }
}
