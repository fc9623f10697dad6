//! `Scan`: every item of a table or index, in the order of their hashes, alone or in segments
//! that several workers read side by side.

use std::ops::Range;

use bytes::Bytes;
use storage::Reads;
use types::Item;
use types::attribute::StartKey;
use types::limit::SEGMENTS_MAX;
use types::name::TableReference;
use types::parameter::Whole;

use crate::access::Needs;
use crate::capacity::ReturnConsumedCapacity;
use crate::capacity::admission::Touched;
use crate::catalog::Table;
use crate::catalog::table::Index;
use crate::error::{Invalid, Result, Side};
use crate::operation::{Access, Operation, Parameters};
use crate::operations::query::read_selection;
use crate::page::{self, PageOutput, Selection, Source};
use crate::request::{Expressions, Style};
use crate::{Call, Database, keys, legacy};

const STYLE: Style = Style {
    expressions: &["ProjectionExpression", "FilterExpression"],
    plain: &["AttributesToGet", "ScanFilter", "ConditionalOperator"],
    values_unused: "FilterExpression is null",
    is_condition_check: false,
};

/// The request.
pub(crate) struct Scan {
    table: TableReference,
    selection: Selection,
    start: Option<Item>,
    /// Which segment, and of how many.
    segment: Option<(i64, i64)>,
    capacity: ReturnConsumedCapacity,
}

impl Operation for Scan {
    const NAME: &'static str = "Scan";
    const ACCESS: Access = Access::Read;
    type Output = PageOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        let table = parameters.required("TableName");
        let mut expressions = Expressions::read(parameters, &STYLE);
        let filter = legacy::filter(parameters, "ScanFilter");
        let start = parameters.optional("ExclusiveStartKey").map(|StartKey(key)| key);
        let segment = read_segment(parameters);
        let selection = read_selection(parameters, &mut expressions, filter);
        expressions.finish(parameters);
        if let Some(fault) = selection.fault() {
            parameters.refuse(Invalid::from(fault));
        }
        let capacity = parameters.optional("ReturnConsumedCapacity").unwrap_or_default();
        Self { table, selection, start, segment, capacity }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        self.selection.say(needs, &self.table);
    }

    async fn run(self, database: &Database, call: &Call) -> Result<PageOutput> {
        let view = database.view(Reads::Many).await?;
        let table = database.table(&view, call, &self.table).await?;
        let index = self.selection.index(&table)?;
        let range = self.range(&table, index)?;
        let source = Source {
            view: &view,
            table: &table,
            index,
            range,
            is_reverse: false,
            fills_cache: false,
        };
        table.admit(Side::Read, index, Touched::All)?;
        let page = page::read(&source, &self.selection).await?;
        page.count(&table, index, Touched::All);
        let capacity = page.consumed.report(&table, self.capacity);
        Ok(page.output(self.selection.select, capacity))
    }
}

/// Reads `Segment` and `TotalSegments`: both or neither.
fn read_segment(parameters: &mut Parameters<'_>) -> Option<(i64, i64)> {
    let segment = parameters.optional::<Whole<0, { SEGMENTS_MAX - 1 }>>("Segment");
    let total = parameters.optional::<Whole<1, SEGMENTS_MAX>>("TotalSegments");
    match (segment, total) {
        (Some(Whole(segment)), Some(Whole(total))) => {
            if segment >= total {
                parameters.refuse(Invalid::SegmentTooHigh { segment, total });
            }
            Some((segment, total))
        }
        (Some(_), None) => {
            parameters.refuse(Invalid::NoTotalSegments);
            None
        }
        (None, Some(_)) => {
            parameters.refuse(Invalid::NoSegment);
            None
        }
        (None, None) => None,
    }
}

impl Scan {
    /// The keys to read: of the segment, behind the starting key.
    fn range(&self, table: &Table, index: Option<&Index>) -> Result<Range<Bytes>> {
        let (segment, total) = self.segment.unwrap_or((0, 1));
        let (number, count) = (segment.unsigned_abs(), total.unsigned_abs());
        let range = match index {
            Some(index) => keys::entry_segment(index.id, number, count),
            None => keys::item_segment(table.id, number, count),
        };
        let Some(key) = &self.start else { return Ok(range) };
        let start = page::start_key(table, index, key, &Invalid::ScanStartKey)?;
        if !range.contains(&start) {
            return Err(Invalid::StartKeySegment { total, segment }.into());
        }
        Ok(keys::behind(&start)..range.end)
    }
}
