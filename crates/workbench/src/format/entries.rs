//! What a reply holds: its entries by columns, or its members.

use std::cmp::Ordering;
use std::collections::HashMap;

use jsonc_parser::ast::{Object, ObjectProp, Value};

use crate::attribute::{AttributeFault, Item};
use crate::json::{self, Layout, Leniency};

/// The column of the table that an item is of, where there may be several.
const TABLE: &str = "Table";

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell {
    Absent,
    Number(String),
    Text(String),
}

impl Cell {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Absent => "",
            Self::Number(text) | Self::Text(text) => text,
        }
    }

    fn of(value: &Value<'_>) -> Self {
        match value {
            Value::NumberLit(literal) => Self::Number(literal.value.to_owned()),
            Value::StringLit(literal) => Self::Text(literal.value.clone().into_owned()),
            Value::BooleanLit(_) | Value::NullKeyword(_) | Value::Array(_) | Value::Object(_) => {
                Self::Text(json::text(value, Layout::Compact))
            }
        }
    }
}

/// Entries by columns, and what the reply has beside them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sheet {
    pub(super) columns: Vec<String>,
    /// Each with a cell for each column.
    pub(super) rows: Vec<Vec<Cell>>,
    /// Other members of the reply; all, where it has no entries.
    pub(super) members: Vec<(String, Cell)>,
    /// Whether the reply is one that has entries.
    pub(super) has_entries: bool,
}

impl Sheet {
    /// A reply of plain JSON.
    pub(super) fn of(reply: &Value<'_>, sort: Option<&str>) -> Option<Self> {
        let object = reply.as_object()?;
        let Some((name, entries)) = entries(object) else {
            let mut members = Vec::new();
            flatten("", reply, &mut members);
            return Some(Self { members, ..Self::default() });
        };
        let mut sheet = Self { has_entries: true, ..Self::default() };
        let mut places = HashMap::new();
        for entry in &entries {
            sheet.add(name, entry, &mut places);
        }
        for row in &mut sheet.rows {
            row.resize(sheet.columns.len(), Cell::Absent);
        }
        let others = object.properties.iter().filter(|member| member.name.as_str() != name);
        sheet.members = others
            .map(|member| (member.name.as_str().to_owned(), Cell::of(&member.value)))
            .collect();
        if let Some(column) = sort.and_then(|sort| places.get(sort).copied()) {
            sheet.rows.sort_by(|one, other| compare(one.get(column), other.get(column)));
        }
        Some(sheet)
    }

    fn add(&mut self, list: &str, entry: &Entry<'_>, places: &mut HashMap<String, usize>) {
        let mut row: Vec<Cell> = Vec::new();
        let mut cell = |name: &str, cell: Cell| {
            let place = *places.entry(name.to_owned()).or_insert(self.columns.len());
            if place == self.columns.len() {
                self.columns.push(name.to_owned());
            }
            row.resize(self.columns.len().max(row.len()), Cell::Absent);
            if let Some(there) = row.get_mut(place) {
                *there = cell;
            }
        };
        if let Some(table) = entry.table {
            cell(TABLE, Cell::Text(table.to_owned()));
        }
        match entry.value {
            Some(Value::Object(object)) => {
                for member in &object.properties {
                    cell(member.name.as_str(), Cell::of(&member.value));
                }
            }
            Some(other) => cell(list, Cell::of(other)),
            None => {}
        }
        self.rows.push(row);
    }
}

/// An entry of a reply.
struct Entry<'a> {
    /// The table that it is of, where there may be several.
    table: Option<&'a str>,
    /// Nothing for an item that is not there.
    value: Option<&'a Value<'a>>,
}

/// The entries of a reply, and the member that they are in.
fn entries<'a>(reply: &'a Object<'a>) -> Option<(&'a str, Vec<Entry<'a>>)> {
    let one = |member: &'a ObjectProp<'a>| {
        (member.name.as_str(), vec![Entry { table: None, value: Some(&member.value) }])
    };
    for name in ["Items", "Responses", "Records"] {
        match reply.get(name).map(|member| &member.value) {
            Some(Value::Array(array)) => {
                let values = array.elements.iter().map(|element| match element.as_object() {
                    Some(object) if name == "Responses" => {
                        object.get("Item").map(|item| &item.value)
                    }
                    Some(_) | None => Some(element),
                });
                return Some((name, values.map(|value| Entry { table: None, value }).collect()));
            }
            Some(Value::Object(tables)) => {
                let entries = tables.properties.iter().flat_map(|table| {
                    let items = table.value.as_array().map(|array| array.elements.as_slice());
                    let name = Some(table.name.as_str());
                    items
                        .unwrap_or_default()
                        .iter()
                        .map(move |item| Entry { table: name, value: Some(item) })
                });
                return Some((name, entries.collect()));
            }
            _ => {}
        }
    }
    let object = |name: &str| reply.get(name).filter(|member| member.value.as_object().is_some());
    if let Some(member) = object("Item").or_else(|| object("Attributes")) {
        return Some(one(member));
    }
    let mut lists = reply.properties.iter().filter(|member| member.value.as_array().is_some());
    let (Some(list), None) = (lists.next(), lists.next()) else { return None };
    let elements = list.value.as_array().map(|array| array.elements.as_slice()).unwrap_or_default();
    let values = elements.iter().map(|value| Entry { table: None, value: Some(value) });
    Some((list.name.as_str(), values.collect()))
}

/// The items of a typed reply, where its entries are such.
pub(super) fn items(reply: &Value<'_>) -> Option<Vec<Result<Item, AttributeFault>>> {
    let (name, entries) = entries(reply.as_object()?)?;
    if !["Items", "Responses", "Item", "Attributes"].contains(&name) {
        return None;
    }
    Some(entries.iter().filter_map(|entry| entry.value).map(Item::typed_of).collect())
}

/// The entries of a reply of plain JSON, each in a line.
pub(super) fn lines(reply: &str) -> String {
    let Ok(Some(tree)) = json::parse(reply, Leniency::Strict) else { return String::new() };
    let line = |value: Option<&Value<'_>>| {
        value.map_or_else(|| "null\n".to_owned(), |value| json::text(value, Layout::Compact) + "\n")
    };
    match tree.as_object().and_then(entries) {
        Some((_, entries)) => entries.iter().map(|entry| line(entry.value)).collect(),
        None => line(Some(&tree)),
    }
}

/// The members of a value, and theirs: `Table.KeySchema[0].AttributeName`.
fn flatten(path: &str, value: &Value<'_>, members: &mut Vec<(String, Cell)>) {
    match value {
        Value::Object(object) if !object.properties.is_empty() => {
            for member in &object.properties {
                let dot = if path.is_empty() { "" } else { "." };
                flatten(&format!("{path}{dot}{}", member.name.as_str()), &member.value, members);
            }
        }
        Value::Array(array) if !array.elements.is_empty() => {
            for (index, element) in array.elements.iter().enumerate() {
                flatten(&format!("{path}[{index}]"), element, members);
            }
        }
        // A reply without members has nothing to show.
        Value::Object(_) if path.is_empty() => {}
        Value::Object(_)
        | Value::Array(_)
        | Value::StringLit(_)
        | Value::NumberLit(_)
        | Value::BooleanLit(_)
        | Value::NullKeyword(_) => members.push((path.to_owned(), Cell::of(value))),
    }
}

/// Numbers by value, then texts, then what is absent.
fn compare(one: Option<&Cell>, other: Option<&Cell>) -> Ordering {
    let rank = |cell: Option<&Cell>| match cell {
        Some(Cell::Number(_)) => 0,
        Some(Cell::Text(_)) => 1,
        Some(Cell::Absent) | None => 2,
    };
    match (one, other) {
        (Some(Cell::Number(one)), Some(Cell::Number(other))) => compare_numbers(one, other),
        (Some(Cell::Text(one)), Some(Cell::Text(other))) => one.cmp(other),
        _ => rank(one).cmp(&rank(other)),
    }
}

/// Compares numbers digit by digit: a floating point number would not tell the last of 38 apart.
fn compare_numbers(one: &str, other: &str) -> Ordering {
    let (one, other) = (Decimal::of(one), Decimal::of(other));
    match (one.sign(), other.sign()) {
        (-1, -1) => other.size().cmp(&one.size()),
        (1, 1) => one.size().cmp(&other.size()),
        (one, other) => one.cmp(&other),
    }
}

/// A number as 0.DIGITS times ten to the power of its exponent.
#[derive(Debug, PartialEq, Eq)]
struct Decimal {
    is_negative: bool,
    exponent: i64,
    /// Without zeros at either end; none for zero.
    digits: String,
}

impl Decimal {
    fn of(text: &str) -> Self {
        let unsigned = text.trim_start_matches(['-', '+']);
        let (number, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let all = format!("{whole}{fraction}");
        let digits = all.trim_start_matches('0');
        let zeros = i64::try_from(all.len() - digits.len()).unwrap_or(i64::MAX);
        let whole_digits = i64::try_from(whole.len()).unwrap_or(i64::MAX);
        let exponent: i64 = exponent.parse().unwrap_or(i64::MAX);
        Self {
            is_negative: text.starts_with('-'),
            exponent: exponent.saturating_add(whole_digits).saturating_sub(zeros),
            digits: digits.trim_end_matches('0').to_owned(),
        }
    }

    fn sign(&self) -> i8 {
        match (self.digits.is_empty(), self.is_negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }

    fn size(&self) -> (i64, &str) {
        (self.exponent, &self.digits)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_are_compared_by_value(one in -9_999i32..9_999, other in -9_999i32..9_999, zeros in 0usize..4) {
            let written = |number: i32| {
                let sign = if number < 0 { "-" } else { "" };
                let digits = number.unsigned_abs();
                [
                    format!("{sign}{digits}"),
                    format!("{sign}{}{digits}.{}", "0".repeat(zeros), "0".repeat(zeros + 1)),
                    format!("{sign}{digits}{}e-{zeros}", "0".repeat(zeros)),
                    format!("{sign}0.{digits:05}E5"),
                ]
            };
            for left in written(one) {
                for right in written(other) {
                    prop_assert_eq!(compare_numbers(&left, &right), one.cmp(&other), "{} {}", left, right);
                }
            }
        }
    }
}
