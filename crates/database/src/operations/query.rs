//! `Query`: the items of one partition key, in the order of their sort keys.

use std::ops::Range;

use bytes::Bytes;
use expression::{Condition, KeyCondition, KeyTest, Kind};
use storage::Reads;
use types::attribute::StartKey;
use types::limit::{PARTITION_KEY_BYTES_MAX, SORT_KEY_BYTES_MAX};
use types::name::TableReference;
use types::parameter::{INTEGER_MAX, Whole};
use types::{AttributeValue, Item};

use crate::access::Needs;
use crate::capacity::ReturnConsumedCapacity;
use crate::capacity::admission::Touched;
use crate::catalog::Table;
use crate::catalog::table::{Index, KeyAttribute};
use crate::error::{Error, Invalid, Result, Side};
use crate::key::empty_kind;
use crate::operation::{Access, Operation, Parameters};
use crate::page::{self, PageOutput, Selection, Source};
use crate::request::{Expressions, Style};
use crate::{Call, Database, keys, legacy};

const STYLE: Style = Style {
    expressions: &["ProjectionExpression", "FilterExpression", "KeyConditionExpression"],
    plain: &["AttributesToGet", "QueryFilter", "ConditionalOperator", "KeyConditions"],
    values_unused: "FilterExpression and KeyConditionExpression are null",
    is_condition_check: false,
};

/// The request.
pub(crate) struct Query {
    table: TableReference,
    condition: KeyCondition,
    selection: Selection,
    start: Option<Item>,
    /// What filters, for messages.
    filtered_by: &'static str,
    is_reverse: bool,
    capacity: ReturnConsumedCapacity,
}

impl Operation for Query {
    const NAME: &'static str = "Query";
    const ACCESS: Access = Access::Read;
    type Output = PageOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        let table = parameters.required("TableName");
        let mut expressions = Expressions::read(parameters, &STYLE);
        let filter = legacy::filter(parameters, "QueryFilter");
        let filtered_by = if filter.is_some() { "QueryFilter" } else { "Filter Expression" };
        let start = parameters.optional("ExclusiveStartKey").map(|StartKey(key)| key);
        let condition = read_condition(parameters, &mut expressions);
        let selection = read_selection(parameters, &mut expressions, filter);
        expressions.finish(parameters);
        if let Some(fault) = selection.fault() {
            parameters.refuse(Error::from(Invalid::from(fault)).enveloped());
        }
        Self {
            table,
            condition: condition.unwrap_or(KeyCondition { conditions: Vec::new() }),
            selection,
            start,
            filtered_by,
            is_reverse: parameters.optional("ScanIndexForward") == Some(false),
            capacity: parameters.optional("ReturnConsumedCapacity").unwrap_or_default(),
        }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        let need = self.selection.say(needs, &self.table);
        need.names(self.condition.conditions.iter().map(|(name, _)| &**name));
        need.equal(self.condition.equal());
    }

    async fn run(self, database: &Database, call: &Call) -> Result<PageOutput> {
        let view = database.view(Reads::Many).await?;
        let table = database.table(&view, call, &self.table).await?;
        let index = self.selection.index(&table)?;
        let range = range(&table, index, &self.condition)?;
        self.check_filter(&table, index)?;
        let range = match &self.start {
            Some(key) => self.resumed(&table, index, range, key)?,
            None => range,
        };
        let source = Source {
            view: &view,
            table: &table,
            index,
            range,
            is_reverse: self.is_reverse,
            fills_cache: true,
        };
        let start = source.range.start.clone();
        let touched = Touched::Partition(&start);
        table.admit(Side::Read, index, touched)?;
        let page = page::read(&source, &self.selection).await?;
        page.count(&table, index, touched);
        let capacity = page.consumed.report(&table, self.capacity);
        Ok(page.output(self.selection.select, capacity))
    }
}

/// Reads which items are wanted, in whichever style.
fn read_condition(
    parameters: &mut Parameters<'_>,
    expressions: &mut Expressions,
) -> Option<KeyCondition> {
    if !parameters.has("KeyConditionExpression") && !parameters.has("KeyConditions") {
        parameters.refuse(Invalid::NoKeyCondition);
    }
    let condition =
        expressions.parse(parameters, "KeyConditionExpression", expression::parse_key_condition);
    legacy::key_conditions(parameters).or(condition)
}

/// Reads what a Query and a Scan have in common. A filter in the older style has been read.
pub(crate) fn read_selection(
    parameters: &mut Parameters<'_>,
    expressions: &mut Expressions,
    older_filter: Option<Condition>,
) -> Selection {
    let filter = expressions.parse(parameters, "FilterExpression", |text, placeholders| {
        expression::parse_condition(Kind::Filter, text, placeholders)
    });
    let limit = parameters.optional::<Whole<1, INTEGER_MAX>>("Limit");
    Selection {
        index: parameters.optional("IndexName"),
        select: parameters.optional("Select"),
        projection: expressions.projection(parameters),
        projected_by: Selection::projected_by(parameters),
        filter: older_filter.or(filter),
        is_consistent: parameters.optional("ConsistentRead").unwrap_or_default(),
        limit: limit.map(|Whole(limit)| usize::try_from(limit).unwrap_or(1)),
    }
}

impl Query {
    /// A filter sees items that the key condition has chosen already, so keys are not for it.
    fn check_filter(&self, table: &Table, index: Option<&Index>) -> Result<(), Invalid> {
        let key: Vec<&KeyAttribute> = match index {
            Some(index) => index.key().collect(),
            None => table.key().collect(),
        };
        let mut paths = self.selection.filter.iter().flat_map(Condition::paths);
        match paths.find(|path| key.iter().any(|attribute| *attribute.name == *path.name)) {
            Some(path) => {
                let attribute = path.name.to_string();
                Err(Invalid::FilterOnKey { filter: self.filtered_by, attribute })
            }
            None => Ok(()),
        }
    }

    /// What is left of a range behind a starting key, which must be in it.
    fn resumed(
        &self,
        table: &Table,
        index: Option<&Index>,
        range: Range<Bytes>,
        key: &Item,
    ) -> Result<Range<Bytes>> {
        if index.is_none() && table.sort_key.is_none() {
            return Err(Invalid::StartKey.into());
        }
        let start = page::start_key(table, index, key, &Invalid::StartKey)?;
        if !range.contains(&start) {
            return Err(Invalid::StartKeyOutside.into());
        }
        Ok(if self.is_reverse { range.start..start } else { keys::behind(&start)..range.end })
    }
}

/// The keys of a table or an index that a condition describes.
fn range(table: &Table, index: Option<&Index>, condition: &KeyCondition) -> Result<Range<Bytes>> {
    let (partition_key, sort_key) = match index {
        Some(index) => (index.partition_key.iter().collect(), index.sort_key.iter().collect()),
        None => (vec![&table.partition_key], table.sort_key.iter().collect::<Vec<_>>()),
    };
    let mut tests: Vec<(&str, &KeyTest)> =
        condition.conditions.iter().map(|(name, test)| (&**name, test)).collect();
    let attributes = partition_key.len() + sort_key.len();
    if tests.len() > attributes {
        return Err(Invalid::TooManyKeyConditions { conditions: tests.len(), attributes }.into());
    }
    let mut partition = Vec::new();
    for attribute in partition_key {
        match take(&mut tests, attribute) {
            Some(KeyTest::Equal(value)) => {
                partition.push(key_value(attribute, value, PARTITION_KEY_BYTES_MAX)?);
            }
            Some(KeyTest::NotIndexable) => return Err(Invalid::NotIndexable.into()),
            Some(_) => return Err(Invalid::KeyCondition.into()),
            None => return Err(Invalid::MissedKey(attribute.name.clone()).into()),
        }
    }
    let prefix = match index {
        Some(index) => keys::entries_of(index.id, &partition),
        None => keys::items_of(table.id, partition.first().map_or(&[], Vec::as_slice)),
    };
    let keyspace = Keyspace { prefix: prefix.to_vec(), is_raw: index.is_none() };
    Ok(sort_range(keyspace, &sort_key, tests)?)
}

/// Takes the condition on an attribute out of those that are left.
fn take<'a>(tests: &mut Vec<(&str, &'a KeyTest)>, attribute: &KeyAttribute) -> Option<&'a KeyTest> {
    let at = tests.iter().position(|(name, _)| *name == attribute.name)?;
    Some(tests.swap_remove(at).1)
}

/// The keys that the conditions on the sort attributes describe: equal from the left, and only
/// the last one named may be a range.
fn sort_range(
    mut keyspace: Keyspace,
    sort_key: &[&KeyAttribute],
    mut tests: Vec<(&str, &KeyTest)>,
) -> Result<Range<Bytes>, Invalid> {
    for attribute in sort_key {
        let Some(test) = take(&mut tests, attribute) else {
            return match tests.first() {
                Some(_) => Err(Invalid::MissedKey(attribute.name.clone())),
                None => Ok(keyspace.all()),
            };
        };
        let range = keyspace.range(attribute, test)?;
        if tests.is_empty() {
            return Ok(range);
        }
        if !matches!(test, KeyTest::Equal(_)) {
            return Err(Invalid::KeyCondition);
        }
        keyspace.prefix = range.start.to_vec();
    }
    match tests.first() {
        Some(_) => Err(Invalid::KeyCondition),
        None => Ok(keyspace.all()),
    }
}

/// A key attribute's value in a condition, as it sorts.
fn key_value(
    attribute: &KeyAttribute,
    value: &AttributeValue,
    bytes_max: usize,
) -> Result<Vec<u8>, Invalid> {
    if !attribute.kind.fits(value) {
        return Err(Invalid::KeyConditionType);
    }
    let bytes = keys::key_bytes(value).ok_or(Invalid::KeyConditionType)?;
    if bytes.is_empty() {
        let name = attribute.name.clone();
        return Err(Invalid::EmptyKey { kind: empty_kind(value), name });
    }
    if bytes.len() <= bytes_max {
        return Ok(bytes);
    }
    Err(if bytes_max == PARTITION_KEY_BYTES_MAX {
        Invalid::PartitionKeyTooLong
    } else {
        Invalid::SortKeyTooLong
    })
}

/// Keys that share a beginning and go on with a sort attribute: raw in a table, where nothing
/// follows it, or terminated in an index.
struct Keyspace {
    prefix: Vec<u8>,
    is_raw: bool,
}

impl Keyspace {
    fn all(&self) -> Range<Bytes> {
        self.prefix.clone().into()..keys::after(&self.prefix)
    }

    /// The keys with one value of the attribute.
    fn point(&self, value: &[u8]) -> Range<Bytes> {
        if self.is_raw {
            let key = [&self.prefix, value].concat();
            return key.clone().into()..keys::behind(&key);
        }
        let key = [self.prefix.clone(), keys::terminated(value)].concat();
        key.clone().into()..keys::after(&key)
    }

    /// The keys whose value begins with something.
    fn beginning(&self, value: &[u8]) -> Range<Bytes> {
        let value = if self.is_raw { value.to_vec() } else { keys::escaped(value) };
        let key = [self.prefix.clone(), value].concat();
        key.clone().into()..keys::after(&key)
    }

    fn range(&self, attribute: &KeyAttribute, test: &KeyTest) -> Result<Range<Bytes>, Invalid> {
        let bytes = |value| key_value(attribute, value, SORT_KEY_BYTES_MAX);
        let all = self.all();
        Ok(match test {
            KeyTest::Equal(value) => self.point(&bytes(value)?),
            KeyTest::Less(value) => all.start..self.point(&bytes(value)?).start,
            KeyTest::LessOrEqual(value) => all.start..self.point(&bytes(value)?).end,
            KeyTest::Greater(value) => self.point(&bytes(value)?).end..all.end,
            KeyTest::GreaterOrEqual(value) => self.point(&bytes(value)?).start..all.end,
            KeyTest::Between(low, high) => {
                self.point(&bytes(low)?).start..self.point(&bytes(high)?).end
            }
            KeyTest::BeginsWith(value) => self.beginning(&bytes(value)?),
            KeyTest::NotIndexable => return Err(Invalid::NotIndexable),
        })
    }
}
