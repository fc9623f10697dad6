//! `GetShardIterator`: a place in a shard to read from.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use storage::{Reads, View};
use types::parameter::Text;

use crate::access::Needs;
use crate::catalog::arn::LongArn;
use crate::catalog::stream::{self, Shard, StreamRow};
use crate::error::{Result, StreamFault, StreamMissing};
use crate::history;
use crate::operation::{Access, Operation, Parameters};
use crate::position::Position;
use crate::request::Time;
use crate::{Call, Database};

/// What clients call a shard.
pub(crate) type ShardId = Text<28, 65>;

/// How long an iterator may be used, in milliseconds: a quarter of an hour.
const ITERATOR_MS: u64 = 15 * 60 * 1000;

/// The request.
pub(crate) struct GetShardIterator {
    stream: LongArn,
    shard: ShardId,
    start: Start,
}

/// Where to begin.
enum Start {
    /// The oldest record that is kept.
    TrimHorizon,
    /// Behind the newest record.
    Latest,
    At(Position),
    After(Position),
    /// The first record of a time or later, in milliseconds since 1970.
    Time(u64),
}

#[derive(Clone, Copy)]
enum ShardIteratorType {
    TrimHorizon,
    Latest,
    AtSequenceNumber,
    AfterSequenceNumber,
    AtTimestamp,
}

types::choices! { ShardIteratorType {
    "TRIM_HORIZON" => TrimHorizon,
    "LATEST" => Latest,
    "AT_SEQUENCE_NUMBER" => AtSequenceNumber,
    "AFTER_SEQUENCE_NUMBER" => AfterSequenceNumber,
    "AT_TIMESTAMP" => AtTimestamp,
} }

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetShardIteratorOutput {
    shard_iterator: String,
}

/// A place in a shard, as clients carry it around: opaque to them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ShardIterator {
    /// The shard's mark.
    pub(crate) shard: Position,
    /// The next record is this one or a later one.
    pub(crate) next: Position,
    /// When it was given, in milliseconds since 1970.
    pub(crate) given_ms: u64,
}

impl ShardIterator {
    /// As clients have it. The service's have the same form.
    pub(crate) fn encode(&self, stream_arn: &str) -> String {
        let json = serde_json::to_vec(self).expect("texts and a number");
        format!("{stream_arn}|1|{}", BASE64.encode(json))
    }

    /// The stream's ARN and the place in it.
    pub(crate) fn decode(text: &str) -> Option<(&str, Self)> {
        let (arn, rest) = text.split_once('|')?;
        let json = BASE64.decode(rest.strip_prefix("1|")?).ok()?;
        Some((arn, serde_json::from_slice(&json).ok()?))
    }

    pub(crate) fn is_expired(&self, now_ms: u64) -> bool {
        now_ms.saturating_sub(self.given_ms) > ITERATOR_MS
    }
}

impl Operation for GetShardIterator {
    const NAME: &'static str = "GetShardIterator";
    const ACCESS: Access = Access::Read;
    type Output = GetShardIteratorOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        Self {
            stream: parameters.required("StreamArn"),
            shard: parameters.required("ShardId"),
            start: read_start(parameters),
        }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.arn(&self.stream.0);
    }

    async fn run(self, database: &Database, call: &Call) -> Result<GetShardIteratorOutput> {
        let now_ms = database.inner.clock.now_ms();
        let view = database.view(Reads::Many).await?;
        let stream = stream::find(database, &view, call, &self.stream.0).await?;
        let shards = stream::shards(&view, &stream, now_ms).await?;
        let shard = shards.into_iter().find(|shard| shard.id() == self.shard.0);
        let shard = shard.ok_or(StreamMissing::Shard)?;
        let next = self.start.find(&view, (&stream, &shard), now_ms).await?;
        let iterator = ShardIterator { shard: shard.start, next, given_ms: now_ms };
        Ok(GetShardIteratorOutput { shard_iterator: iterator.encode(&stream.arn()) })
    }
}

fn read_start(parameters: &mut Parameters<'_>) -> Start {
    let kind: ShardIteratorType = parameters.required("ShardIteratorType");
    let number = parameters.optional::<Text<21, 40>>("SequenceNumber");
    let time = parameters.optional::<Time>("Timestamp");
    let wants_number = matches!(
        kind,
        ShardIteratorType::AtSequenceNumber | ShardIteratorType::AfterSequenceNumber
    );
    let wants_time = matches!(kind, ShardIteratorType::AtTimestamp);
    let wants = [
        ("SequenceNumber", wants_number, number.is_some()),
        ("Timestamp", wants_time, time.is_some()),
    ];
    for (member, is_wanted, is_there) in wants {
        let kind = kind.name();
        match (is_wanted, is_there) {
            (true, false) => parameters.refuse(StreamFault::NoStart { member, kind }),
            (false, true) => parameters.refuse(StreamFault::Start { member, kind }),
            (true, true) | (false, false) => {}
        }
    }
    let position = number.map(|Text(text)| Position::of_sequence_number(&text));
    if position == Some(None) {
        parameters.refuse(StreamFault::NotASequenceNumber);
    }
    let position = position.flatten().unwrap_or_default();
    match kind {
        ShardIteratorType::TrimHorizon => Start::TrimHorizon,
        ShardIteratorType::Latest => Start::Latest,
        ShardIteratorType::AtSequenceNumber => Start::At(position),
        ShardIteratorType::AfterSequenceNumber => Start::After(position),
        ShardIteratorType::AtTimestamp => Start::Time(time.map_or(0, Time::ms)),
    }
}

impl Start {
    async fn find(
        &self,
        view: &View,
        (stream, shard): (&StreamRow, &Shard),
        now_ms: u64,
    ) -> Result<Position> {
        let horizon = shard.horizon(view, stream, now_ms).await?;
        let end = shard.end.map_or_else(|| Position::behind(view.version()), |(place, _)| place);
        match *self {
            Self::TrimHorizon => Ok(horizon),
            Self::Latest => Ok(end),
            Self::At(position) => {
                Ok(sound(position, (shard, horizon, end))?.max(shard.start.next()))
            }
            Self::After(position) => Ok(sound(position, (shard, horizon, end))?.next()),
            Self::Time(time_ms) if time_ms > now_ms => Err(StreamFault::Future.into()),
            Self::Time(time_ms) => {
                let before_ms = time_ms.saturating_sub(1);
                let found = history::first_after(view, stream.table_id, horizon, before_ms).await?;
                Ok(found.min(end))
            }
        }
    }
}

/// A position that a client names, if it is in the shard and still kept. That where the shard begins is the shard's
/// own, though no record has it.
fn sound(
    position: Position,
    (shard, horizon, end): (&Shard, Position, Position),
) -> Result<Position> {
    if position < shard.start || position > end {
        return Err(StreamFault::SequenceNumber.into());
    }
    // Where nothing was trimmed, the horizon is the place behind the shard's mark.
    if position.max(shard.start.next()) < horizon {
        return Err(StreamMissing::Records.into());
    }
    Ok(position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_iterators_or_refused() {
        fuzz::target("iterator", 5_000, |bytes| {
            let text = String::from_utf8_lossy(bytes);
            if let Some((arn, iterator)) = ShardIterator::decode(&text) {
                let again = iterator.encode(arn);
                assert_eq!(ShardIterator::decode(&again), Some((arn, iterator)));
            }
        });
    }
}
