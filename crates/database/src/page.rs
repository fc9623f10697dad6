//! One page of a Query or a Scan: items of a table or entries of an index, in order, until
//! enough have been evaluated.

use std::ops::Range;

use bytes::Bytes;
use expression::{Condition, Projection};
use serde::Serialize;
use storage::{RangeQuery, View};
use types::Item;
use types::limit::PAGE_BYTES_MAX;
use types::name::{Name, TableReference};

use crate::access::{Draft, Needs};
use crate::capacity::admission::Touched;
use crate::capacity::{Consumed, ConsumedCapacity, read_units};
use crate::catalog::Table;
use crate::catalog::table::{Index, KeyAttribute, Projection as Projected};
use crate::error::{Damaged, Error, Invalid, Result, Select as SelectFault};
use crate::key::ItemKey;
use crate::operation::Parameters;
use crate::operations::get_item::Shown;
use crate::stored::Stored;
use crate::{index, keys};

/// The most entries that are asked of the store at once.
const ENTRIES_MAX: usize = 4096;
/// The most items that are fetched at once for entries of a local index.
const FETCHED_MAX: usize = 32;

/// Which attributes a read returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Select {
    SpecificAttributes,
    Count,
    AllAttributes,
    AllProjectedAttributes,
}

types::choices! { Select {
    "SPECIFIC_ATTRIBUTES" => SpecificAttributes,
    "COUNT" => Count,
    "ALL_ATTRIBUTES" => AllAttributes,
    "ALL_PROJECTED_ATTRIBUTES" => AllProjectedAttributes,
} }

/// What a Query and a Scan have in common.
pub(crate) struct Selection {
    pub(crate) index: Option<Name>,
    pub(crate) select: Option<Select>,
    pub(crate) projection: Option<Projection>,
    /// The parameter that projects, for messages.
    pub(crate) projected_by: &'static str,
    pub(crate) filter: Option<Condition>,
    pub(crate) is_consistent: bool,
    pub(crate) limit: Option<usize>,
}

impl Selection {
    /// Says what it reads of a table.
    pub(crate) fn say<'n, 'a>(
        &'a self,
        needs: &'n mut Needs<'a>,
        table: &'a TableReference,
    ) -> &'n mut Draft<'a> {
        let need = needs.index(table, self.index.as_ref());
        need.select(self.projection.as_ref());
        need.condition(self.filter.as_ref())
    }

    /// What is wrong with the selection, whatever the table.
    pub(crate) fn fault(&self) -> Option<SelectFault> {
        let select = self.select?;
        if self.projection.is_some() && select != Select::SpecificAttributes {
            let chosen = if select == Select::Count { "only the Count" } else { select.name() };
            return Some(SelectFault::WithProjection(chosen, self.projected_by));
        }
        match select {
            Select::SpecificAttributes if self.projection.is_none() => {
                Some(SelectFault::NothingSpecific)
            }
            Select::AllProjectedAttributes if self.index.is_none() => {
                Some(SelectFault::ProjectedWithoutIndex)
            }
            Select::SpecificAttributes
            | Select::AllProjectedAttributes
            | Select::AllAttributes
            | Select::Count => None,
        }
    }

    /// The parameter that projects.
    pub(crate) fn projected_by(parameters: &Parameters<'_>) -> &'static str {
        if parameters.has("AttributesToGet") { "AttributesToGet" } else { "ProjectionExpression" }
    }

    /// The index to read, checked against what is asked of it.
    pub(crate) fn index<'a>(&self, table: &'a Table) -> Result<Option<&'a Index>> {
        let Some(name) = &self.index else { return Ok(None) };
        let no_index = || Invalid::NoIndex(name.to_string());
        let index = table.index(name.as_str()).ok_or_else(no_index)?;
        if index.is_backfilling {
            return Err(Invalid::BackfillingIndex(index.name.clone()).into());
        }
        if index.is_global() {
            if self.is_consistent {
                return Err(Invalid::ConsistentIndexRead.into());
            }
            self.check_projected(table, index)?;
        }
        Ok(Some(index))
    }

    /// A global index cannot give what it does not hold.
    fn check_projected(&self, table: &Table, index: &Index) -> Result<(), Invalid> {
        if self.select == Some(Select::AllAttributes) && index.projection != Projected::All {
            return Err(SelectFault::NotAllProjected(index.name.clone()).into());
        }
        let names = self.projection.iter().flat_map(Projection::paths).map(|path| &*path.name);
        let mut missing: Vec<_> = names.filter(|name| !index.projects(table, name)).collect();
        missing.sort_unstable();
        missing.dedup();
        if missing.is_empty() {
            return Ok(());
        }
        let attributes = format!("[{}]", missing.join(", "));
        Err(SelectFault::NotProjected { index: index.name.clone(), attributes }.into())
    }

    /// Whether a local index lacks something that is asked for, so that items must be fetched.
    fn reaches_back(&self, table: &Table, index: &Index) -> bool {
        if index.is_global() {
            return false;
        }
        let lacks = |name: &str| !index.projects(table, name);
        // A filter sees the same whatever is returned.
        let filtered = self.filter.as_ref().map(Condition::paths).unwrap_or_default();
        filtered.into_iter().any(|path| lacks(&path.name))
            || match self.select {
                Some(Select::AllAttributes) => index.projection != Projected::All,
                Some(Select::Count | Select::AllProjectedAttributes) => false,
                Some(Select::SpecificAttributes) | None => {
                    self.projection.iter().flat_map(Projection::paths).any(|path| lacks(&path.name))
                }
            }
    }
}

/// Where a page is read.
pub(crate) struct Source<'a> {
    pub(crate) view: &'a View,
    pub(crate) table: &'a Table,
    pub(crate) index: Option<&'a Index>,
    pub(crate) range: Range<Bytes>,
    pub(crate) is_reverse: bool,
    /// Whether what is read is likely to be read again.
    pub(crate) fills_cache: bool,
}

/// A page.
pub(crate) struct Page {
    items: Vec<Shown>,
    count: usize,
    scanned_count: usize,
    last_evaluated_key: Option<Item>,
    pub(crate) consumed: Consumed,
}

/// The reply of a Query or Scan.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PageOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Vec<Shown>>,
    count: usize,
    scanned_count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_evaluated_key: Option<Item>,
    #[serde(skip_serializing_if = "Option::is_none")]
    consumed_capacity: Option<ConsumedCapacity>,
}

impl Page {
    /// Counts what the page took and gave.
    pub(crate) fn count(&self, table: &Table, index: Option<&Index>, touched: Touched<'_>) {
        table.use_read(index, &self.consumed, touched);
        table.meter(index.map(|index| &*index.name)).returned_items.add(self.count);
    }

    /// The reply, with the items unless only their count is asked for.
    pub(crate) fn output(
        self,
        select: Option<Select>,
        consumed_capacity: Option<ConsumedCapacity>,
    ) -> PageOutput {
        PageOutput {
            items: (select != Some(Select::Count)).then_some(self.items),
            count: self.count,
            scanned_count: self.scanned_count,
            last_evaluated_key: self.last_evaluated_key,
            consumed_capacity,
        }
    }
}

/// Reads a page: up to the limit, up to 1 MiB of items, or up to the range's end.
pub(crate) async fn read(source: &Source<'_>, selection: &Selection) -> Result<Page> {
    let limit = selection.limit.unwrap_or(usize::MAX);
    let mut evaluated = Vec::new();
    let mut bytes = 0;
    let mut range = source.range.clone();
    let is_cut = 'page: loop {
        let entries_max = ENTRIES_MAX.min(limit - evaluated.len());
        let query = RangeQuery {
            start: range.start.clone(),
            end: range.end.clone(),
            reverse: source.is_reverse,
            entries_max,
            bytes_max: PAGE_BYTES_MAX - bytes,
            fill_cache: source.fills_cache,
        };
        let page = source.view.range(&query).await?;
        let last = page.entries.last().map(|(key, _)| key.clone());
        for (_, value) in page.entries {
            let stored = Stored::decode(value)?;
            bytes += stored.size();
            evaluated.push(stored);
            if evaluated.len() >= limit || bytes >= PAGE_BYTES_MAX {
                break 'page true;
            }
        }
        match last {
            Some(key) if !page.is_last => {
                range = if source.is_reverse {
                    range.start..key
                } else {
                    keys::behind(&key)..range.end
                };
            }
            Some(_) | None => break 'page false,
        }
    };
    show(source, selection, evaluated, is_cut).await
}

async fn show(
    source: &Source<'_>,
    selection: &Selection,
    mut evaluated: Vec<Stored>,
    is_cut: bool,
) -> Result<Page> {
    let mut consumed = Consumed::default();
    let reaches_back =
        source.index.is_some_and(|index| selection.reaches_back(source.table, index));
    let fetched = if reaches_back {
        Some(fetch(source, selection, &evaluated, &mut consumed).await?)
    } else {
        None
    };
    // What was fetched may end the page before the entries did.
    let count = fetched.as_ref().map_or(evaluated.len(), Vec::len);
    let is_cut = is_cut || count < evaluated.len();
    evaluated.truncate(count);
    let scanned_count = evaluated.len();
    let last = evaluated.last().filter(|_| is_cut);
    let last_evaluated_key = last.map(|last| key_of(source, last)).transpose()?;
    let bytes = evaluated.iter().map(Stored::size).sum();
    let units = read_units(bytes, selection.is_consistent);
    match source.index {
        None => consumed.table += units,
        Some(index) => consumed.add_index(index, units),
    }
    let evaluated = fetched.unwrap_or(evaluated);
    let is_shown =
        |item: &Stored| selection.filter.as_ref().is_none_or(|filter| filter.holds(item));
    let shown = evaluated.into_iter().filter(is_shown);
    let (items, count) = if selection.select == Some(Select::Count) {
        (Vec::new(), shown.count())
    } else {
        let items: Vec<_> =
            shown.map(|item| Shown::new(item, selection.projection.as_ref())).collect();
        let count = items.len();
        (items, count)
    };
    Ok(Page { items, count, scanned_count, last_evaluated_key, consumed })
}

/// The whole items of some entries of a local index, until they fill a page.
async fn fetch(
    source: &Source<'_>,
    selection: &Selection,
    entries: &[Stored],
    consumed: &mut Consumed,
) -> Result<Vec<Stored>> {
    let key = |entry: &Stored| -> Result<Bytes> {
        Ok(ItemKey::of_item(source.table, &entry.item()?)?.stored)
    };
    let keys = entries.iter().map(key).collect::<Result<Vec<_>>>()?;
    let mut items = Vec::with_capacity(entries.len());
    let mut bytes = 0;
    for keys in keys.chunks(FETCHED_MAX) {
        for value in source.view.get_many(keys).await? {
            // In one view an entry without its item is damage, as both change in one commit.
            let item = Stored::decode(value.ok_or(Damaged("index entry"))?)?;
            consumed.table += read_units(item.size(), selection.is_consistent);
            bytes += item.size();
            items.push(item);
            if bytes >= PAGE_BYTES_MAX {
                return Ok(items);
            }
        }
    }
    Ok(items)
}

/// The attributes that say where an item is: its key, and its key in the index that is read.
fn key_attributes<'a>(table: &'a Table, index: Option<&'a Index>) -> Vec<&'a KeyAttribute> {
    let mut attributes: Vec<_> = table.key().collect();
    for attribute in index.into_iter().flat_map(Index::key) {
        if !attributes.contains(&attribute) {
            attributes.push(attribute);
        }
    }
    attributes
}

fn key_of(source: &Source<'_>, last: &Stored) -> Result<Item, Damaged> {
    let mut key = Item::default();
    for attribute in key_attributes(source.table, source.index) {
        let value = last.get(&attribute.name)?.ok_or(Damaged("index entry"))?;
        key.0.insert(attribute.name.clone(), value);
    }
    Ok(key)
}

/// The key in the store that a starting key stands for; `fault` where it is none.
pub(crate) fn start_key(
    table: &Table,
    index: Option<&Index>,
    key: &Item,
    fault: &Invalid,
) -> Result<Bytes, Error> {
    let attributes = key_attributes(table, index);
    let fits = |attribute: &&KeyAttribute| {
        key.get(&attribute.name).is_some_and(|value| attribute.kind.fits(value))
    };
    if key.0.len() != attributes.len() || !attributes.iter().all(fits) {
        return Err(fault.clone().into());
    }
    let item_key = ItemKey::of_item(table, key)?;
    let Some(index) = index else { return Ok(item_key.stored) };
    index::check(table, key)?;
    let entry = index::entry(table, index, &item_key, &Stored::encode(key))?;
    Ok(entry.ok_or_else(|| fault.clone())?.key)
}
