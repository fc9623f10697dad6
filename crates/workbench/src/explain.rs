//! What a query will do, told before it is run: how it finds items, what it reads to do so, and what that takes.

use jsonc_parser::ast::Object;
use serde::Serialize;

use crate::command::Command;
use crate::schema::{IndexSchema, TableSchema};
use crate::site::Site;

/// Bytes of a unit of reading.
const READ_UNIT_BYTES: f64 = 4096.0;
/// Bytes of a unit of writing.
const WRITE_UNIT_BYTES: f64 = 1024.0;
/// The most bytes that one page of a Query or Scan reads.
const PAGE_BYTES_MAX: f64 = 1024.0 * 1024.0;

/// What a query will do.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explain {
    /// In one line.
    pub summary: String,
    /// More of it, a line for each thing to know.
    pub lines: Vec<String>,
    /// The read units that it may take; absent where there is nothing to go by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_units: Option<Units>,
    /// The write units that it may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub write_units: Option<Units>,
}

/// From one number of units to another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Units {
    /// At least so many.
    pub low: f64,
    /// At most so many, if items are as large as they are on average.
    pub high: f64,
}

/// What a query does; `None` for commands of which there is nothing to tell beyond their names.
pub(crate) fn explain(command: Command, sites: &[Site<'_>]) -> Option<Explain> {
    let site = sites.first()?;
    match command.name() {
        "Query" => Some(query(site)),
        "Scan" => Some(scan(site)),
        "GetItem" => Some(get(site)),
        "BatchGetItem" | "TransactGetItems" => Some(several(command, sites)),
        "PutItem" | "UpdateItem" | "DeleteItem" => Some(write(command, site)),
        "BatchWriteItem" | "TransactWriteItems" => Some(several_writes(command, sites)),
        _ => None,
    }
}

/// What a request reads: a table or one of its indexes.
struct Source<'a> {
    named: String,
    table: Option<&'a TableSchema>,
    index: Option<&'a IndexSchema>,
}

impl<'a> Source<'a> {
    fn of(site: &Site<'a>) -> Self {
        let table_name = site.table_name.unwrap_or("the table");
        let index_name = site.object.get_string("IndexName").map(|name| &*name.value);
        let index = index_name.and_then(|name| site.table?.index(name));
        let named = match index_name {
            Some(name) => format!("the index {name} of {table_name}"),
            None => table_name.to_owned(),
        };
        Self { named, table: site.table, index }
    }

    /// How many items there are, and how many bytes.
    fn extent(&self) -> Option<(f64, f64)> {
        let (items, bytes) = match (self.index, self.table) {
            (Some(index), _) => (index.item_count, index.bytes),
            (None, Some(table)) => (table.item_count, table.bytes),
            (None, None) => return None,
        };
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        Some((items as f64, bytes as f64))
    }
}

fn query(site: &Site<'_>) -> Explain {
    let source = Source::of(site);
    let mut lines = Vec::new();
    let condition = site.object.get_string("KeyConditionExpression");
    if let Some(condition) = condition {
        lines.push(format!("Reads the items whose key satisfies {}", condition.value));
    }
    tell_of_reading(site, &source, &mut lines);
    let high = source.extent().map(|(items, bytes)| page_bytes(site, items, bytes));
    Explain {
        summary: format!("Query on {}", source.named),
        lines,
        read_units: high.map(|bytes| units(site, 1.0, bytes)),
        write_units: None,
    }
}

fn scan(site: &Site<'_>) -> Explain {
    let source = Source::of(site);
    let mut lines = Vec::new();
    let extent = source.extent();
    if let Some((items, bytes)) = extent {
        lines.push(format!(
            "Reads all of it, page by page of at most 1 MB: some {items} items, {}",
            size(bytes)
        ));
    }
    tell_of_reading(site, &source, &mut lines);
    let page = extent.map(|(items, bytes)| page_bytes(site, items, bytes));
    Explain {
        summary: format!("Scan of {}", source.named),
        lines,
        read_units: page.map(|bytes| units(site, bytes, bytes)),
        write_units: None,
    }
}

/// What holds for both Query and Scan.
fn tell_of_reading(site: &Site<'_>, source: &Source<'_>, lines: &mut Vec<String>) {
    if let Some(filter) = site.object.get_string("FilterExpression") {
        lines.push(format!(
            "Leaves out what does not satisfy {}, after it was read and counted",
            filter.value
        ));
    }
    if let Some(limit) = site.object.get_number("Limit") {
        lines.push(format!(
            "Reads at most {} items in one page, also those that are left out",
            limit.value
        ));
    }
    if site.object.get_boolean("ScanIndexForward").is_some_and(|forward| !forward.value) {
        lines.push("In descending order of the sort key".to_owned());
    }
    if let Some(index) = source.index.filter(|index| !index.has_all) {
        let more = if index.is_local {
            "others are read from the table, at its cost"
        } else {
            "no others can be had"
        };
        lines.push(format!("The index has not all attributes: {more}"));
    }
    lines.push(consistency(site).to_owned());
}

fn consistency(site: &Site<'_>) -> &'static str {
    if is_consistent(site.object) {
        "Strongly consistent: a unit for each 4 KB"
    } else {
        "Eventually consistent: half a unit for each 4 KB"
    }
}

fn get(site: &Site<'_>) -> Explain {
    let source = Source::of(site);
    let average = source.extent().map(average);
    Explain {
        summary: format!("One item of {} by its key", source.named),
        lines: vec![consistency(site).to_owned()],
        read_units: average.map(|bytes| units(site, 1.0, bytes)),
        write_units: None,
    }
}

fn several(command: Command, sites: &[Site<'_>]) -> Explain {
    let is_transaction = command.name() == "TransactGetItems";
    let keys = |site: &Site<'_>| crate::lint::keys(site.object).len();
    let count: usize = sites.iter().map(keys).sum();
    let mut tables: Vec<&str> = sites.iter().filter_map(|site| site.table_name).collect();
    tables.dedup();
    let line = if is_transaction {
        "All as of one moment, at twice the units of consistent reads"
    } else {
        "Each by itself; what there is no capacity for comes back in UnprocessedKeys"
    };
    Explain {
        summary: format!("{count} items of {} by their keys", tables.join(", ")),
        lines: vec![line.to_owned()],
        read_units: None,
        write_units: None,
    }
}

fn write(command: Command, site: &Site<'_>) -> Explain {
    let source = Source::of(site);
    let what = match command.name() {
        "PutItem" => "Writes an item whole, over the one with its key if there is one",
        "UpdateItem" => "Changes an item, or makes it where there is none with its key",
        _ => "Deletes an item by its key; one that is not there is no error",
    };
    let mut lines = Vec::new();
    if let Some(condition) = site.object.get_string("ConditionExpression") {
        lines.push(format!("Only if {}", condition.value));
    }
    let indexes = site.table.map(|table| table.indexes.len()).unwrap_or_default();
    if indexes > 0 {
        lines.push(format!("The {indexes} indexes of the table follow, each at its own units"));
    }
    Explain {
        summary: format!("{what}, in {}", source.named),
        lines,
        read_units: None,
        write_units: source
            .extent()
            .map(average)
            .map(|bytes| Units { low: 1.0, high: (bytes / WRITE_UNIT_BYTES).ceil().max(1.0) }),
    }
}

fn several_writes(command: Command, sites: &[Site<'_>]) -> Explain {
    const ACTIONS: &[&str] =
        &["ConditionCheck", "Delete", "DeleteRequest", "Put", "PutRequest", "Update"];
    let action =
        |site: &Site<'_>| ACTIONS.iter().any(|action| site.path.ends_with(&format!(".{action}")));
    let count = sites.iter().filter(|site| action(site)).count();
    let line = if command.name() == "TransactWriteItems" {
        "All of them or none, at twice the units of single writes"
    } else {
        "Each by itself; what there is no capacity for comes back in UnprocessedItems"
    };
    Explain {
        summary: format!("{count} writes"),
        lines: vec![line.to_owned()],
        read_units: None,
        write_units: None,
    }
}

fn is_consistent(object: &Object<'_>) -> bool {
    object.get_boolean("ConsistentRead").is_some_and(|consistent| consistent.value)
}

/// The bytes of an item, on average.
fn average((items, bytes): (f64, f64)) -> f64 {
    if items < 1.0 { 1.0 } else { bytes / items }
}

/// The bytes that one page reads at most.
fn page_bytes(site: &Site<'_>, items: f64, bytes: f64) -> f64 {
    let limit = site.object.get_number("Limit").and_then(|limit| limit.value.parse::<f64>().ok());
    let limited = limit.map_or(bytes, |limit| limit * average((items, bytes)));
    limited.min(bytes).min(PAGE_BYTES_MAX)
}

fn units(site: &Site<'_>, low_bytes: f64, high_bytes: f64) -> Units {
    let factor = if is_consistent(site.object) { 1.0 } else { 0.5 };
    let units = |bytes: f64| (bytes / READ_UNIT_BYTES).ceil().max(1.0) * factor;
    Units { low: units(low_bytes.min(high_bytes)), high: units(high_bytes) }
}

fn size(bytes: f64) -> String {
    let (scaled, unit) = match bytes {
        _ if bytes < 1024.0 => (bytes, "bytes"),
        _ if bytes < 1024.0 * 1024.0 => (bytes / 1024.0, "KB"),
        _ if bytes < 1024.0 * 1024.0 * 1024.0 => (bytes / (1024.0 * 1024.0), "MB"),
        _ => (bytes / (1024.0 * 1024.0 * 1024.0), "GB"),
    };
    format!("{scaled:.0} {unit}")
}
