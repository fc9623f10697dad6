//! `ListStreams`: the streams of the caller's tables in a Region, or of the tables of one name, also those that ended
//! less than a day ago.

use serde::Serialize;
use storage::{RangeQuery, Reads};
use types::limit::STREAMS_PAGE_MAX;
use types::name::{ArnResource, TableArn, TableReference};
use types::parameter::{INTEGER_MAX, Whole};

use crate::access::Needs;
use crate::catalog;
use crate::catalog::arn::LongArn;
use crate::catalog::stream::StreamRow;
use crate::error::{Result, StreamFault};
use crate::operation::{Access, Operation, Parameters};
use crate::{Call, Database, Scope, keys, scope_of};

/// The request.
pub(crate) struct ListStreams {
    table: Option<TableReference>,
    limit: Option<i64>,
    start: Option<LongArn>,
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListStreamsOutput {
    streams: Vec<StreamSummary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_evaluated_stream_arn: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StreamSummary {
    stream_arn: String,
    table_name: String,
    stream_label: String,
}

impl Operation for ListStreams {
    const NAME: &'static str = "ListStreams";
    const ACCESS: Access = Access::Control;
    type Output = ListStreamsOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        let table = parameters.optional("TableName");
        let limit = parameters.optional::<Whole<1, INTEGER_MAX>>("Limit").map(|Whole(limit)| limit);
        if limit.is_some_and(|limit| limit > STREAMS_PAGE_MAX) {
            parameters.refuse(StreamFault::LimitTooHigh(STREAMS_PAGE_MAX, " allowed size"));
        }
        Self { table, limit, start: parameters.optional("ExclusiveStartStreamArn") }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        let table = self.table.as_ref().map_or("*", |table| table.name().as_str());
        needs.own(&format!("table/{table}/stream/*"));
    }

    async fn run(self, database: &Database, call: &Call) -> Result<ListStreamsOutput> {
        let scope =
            self.table.as_ref().map_or_else(|| Ok(call.scope()), |table| scope_of(call, table))?;
        let mut range = match &self.table {
            Some(table) => keys::streams_named(&scope, table.name().as_str()),
            None => keys::streams(&scope),
        };
        if let Some(start) = &self.start {
            range.start = range.start.max(keys::behind(&row_key(&scope, &start.0)?));
        }
        let limit = self.limit.unwrap_or(STREAMS_PAGE_MAX);
        let query = RangeQuery {
            start: range.start,
            end: range.end,
            reverse: false,
            entries_max: usize::try_from(limit).unwrap_or(usize::MAX),
            bytes_max: usize::MAX,
            fill_cache: true,
        };
        let page = database.view(Reads::One).await?.range(&query).await?;
        let rows = page.entries.iter().map(|(_, row)| catalog::decode::<StreamRow>(row));
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        let last = rows.last().filter(|_| !page.is_last).map(StreamRow::arn);
        let horizon_ms = StreamRow::horizon_ms(database.inner.clock.now_ms());
        let is_kept = |row: &StreamRow| row.ended_ms.is_none_or(|ended_ms| ended_ms >= horizon_ms);
        let streams = rows.into_iter().filter(is_kept).map(StreamSummary::new).collect();
        Ok(ListStreamsOutput { streams, last_evaluated_stream_arn: last })
    }
}

impl StreamSummary {
    fn new(row: StreamRow) -> Self {
        Self { stream_arn: row.arn(), table_name: row.table, stream_label: row.label }
    }
}

/// Where the stream of an ARN would be listed. It need not be there any more.
fn row_key(scope: &Scope, arn: &str) -> Result<bytes::Bytes, StreamFault> {
    let Some((table, ArnResource::Below(rest))) = TableArn::parse(arn) else {
        return Err(StreamFault::Arn);
    };
    let label = rest.strip_prefix("stream/").ok_or(StreamFault::Arn)?;
    Ok(keys::stream(scope, table.name.as_str(), label))
}
