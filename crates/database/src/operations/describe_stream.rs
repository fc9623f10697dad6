//! `DescribeStream`: what a stream is of, and its shards.

use std::borrow::Cow;

use serde::Serialize;
use storage::Reads;
use types::limit::SHARDS_PAGE_MAX;
use types::parameter::{INTEGER_MAX, Whole};

use crate::access::Needs;
use crate::catalog::arn::LongArn;
use crate::catalog::describe::{KeyElement, key_schema, seconds};
use crate::catalog::stream::{self, Shard};
use crate::error::{Result, StreamFault};
use crate::operation::{Access, Operation, Parameters};
use crate::operations::get_shard_iterator::ShardId;
use crate::{Call, Database};

/// The request.
pub(crate) struct DescribeStream {
    stream: LongArn,
    limit: Option<i64>,
    start: Option<ShardId>,
    /// Only shards that come from this one.
    parent: Option<ShardId>,
}

/// Which shards are described.
#[derive(Clone, Copy)]
enum ShardFilterType {
    ChildShards,
}

types::choices! { ShardFilterType { "CHILD_SHARDS" => ChildShards } }

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeStreamOutput {
    stream_description: StreamDescription,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StreamDescription {
    stream_arn: String,
    stream_label: String,
    stream_status: Cow<'static, str>,
    stream_view_type: &'static str,
    creation_request_date_time: f64,
    table_name: String,
    key_schema: Vec<KeyElement>,
    shards: Vec<ShardDescription>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_evaluated_shard_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ShardDescription {
    shard_id: String,
    sequence_number_range: SequenceNumberRange,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_shard_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SequenceNumberRange {
    starting_sequence_number: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ending_sequence_number: Option<String>,
}

impl ShardDescription {
    fn new(shard: &Shard) -> Self {
        let ending = shard.end.map(|(place, _)| place.sequence_number());
        Self {
            shard_id: shard.id(),
            sequence_number_range: SequenceNumberRange {
                starting_sequence_number: shard.start.sequence_number(),
                ending_sequence_number: ending,
            },
            parent_shard_id: shard.parent.clone(),
        }
    }
}

impl Operation for DescribeStream {
    const NAME: &'static str = "DescribeStream";
    const ACCESS: Access = Access::Control;
    type Output = DescribeStreamOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        let stream = parameters.required("StreamArn");
        let limit = parameters.optional::<Whole<1, INTEGER_MAX>>("Limit").map(|Whole(limit)| limit);
        if limit.is_some_and(|limit| limit > SHARDS_PAGE_MAX) {
            parameters.refuse(StreamFault::LimitTooHigh(SHARDS_PAGE_MAX, ""));
        }
        let start = parameters.optional("ExclusiveStartShardId");
        let parent = parameters.nested("ShardFilter", |filter| {
            let kind = filter.optional::<ShardFilterType>("Type");
            let shard = filter.optional::<ShardId>("ShardId");
            if kind.is_none() || shard.is_none() {
                filter.refuse(StreamFault::ShardFilter);
            }
            shard
        });
        Self { stream, limit, start, parent: parent.flatten() }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.arn(&self.stream.0);
    }

    async fn run(self, database: &Database, call: &Call) -> Result<DescribeStreamOutput> {
        let view = database.view(Reads::Many).await?;
        let stream = stream::find(database, &view, call, &self.stream.0).await?;
        let shards = stream::shards(&view, &stream, database.inner.clock.now_ms()).await?;
        let shards = match &self.start {
            // Behind a shard that is not there comes nothing.
            Some(start) => {
                let place = shards.iter().position(|shard| shard.id() == start.0);
                place.and_then(|place| shards.get(place + 1..)).unwrap_or_default()
            }
            None => &shards,
        };
        let is_wanted = |shard: &&Shard| {
            self.parent.as_ref().is_none_or(|parent| shard.parent.as_ref() == Some(&parent.0))
        };
        let limit = usize::try_from(self.limit.unwrap_or(SHARDS_PAGE_MAX)).unwrap_or(usize::MAX);
        let mut left = shards.iter().filter(is_wanted);
        let shown: Vec<_> = left.by_ref().take(limit).map(ShardDescription::new).collect();
        let last = shown.last().filter(|_| left.next().is_some());
        let last_evaluated_shard_id = last.map(|shard| shard.shard_id.clone());
        let (partition, sort) = stream.key.split_at_checked(1).unwrap_or_default();
        Ok(DescribeStreamOutput {
            stream_description: StreamDescription {
                stream_arn: stream.arn(),
                stream_label: stream.label.clone(),
                stream_status: stream::status(&stream),
                stream_view_type: stream.view.name(),
                creation_request_date_time: seconds(stream.created_ms),
                table_name: stream.table.clone(),
                key_schema: key_schema(partition, sort),
                shards: shown,
                last_evaluated_shard_id,
            },
        })
    }
}
