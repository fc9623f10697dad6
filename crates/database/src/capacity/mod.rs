//! Capacity units: what a request consumes, from the bytes it reads and writes.

pub(crate) mod admission;
mod bucket;
pub(crate) mod throttle;
pub(crate) mod tracking;

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Serialize;
use types::limit::{READ_UNIT_BYTES, WRITE_UNIT_BYTES};

use crate::catalog::Table;
use crate::catalog::table::{Index, Reach};
use crate::index::EntryChange;
use crate::keys::Id;

/// How much of the consumed capacity a reply tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ReturnConsumedCapacity {
    Indexes,
    Total,
    #[default]
    None,
}

types::choices! { ReturnConsumedCapacity { "INDEXES" => Indexes, "TOTAL" => Total, "NONE" => None } }

/// Read units of so many bytes, evaluated together: half of that if not strongly consistent.
#[expect(clippy::cast_precision_loss, reason = "units are few")]
pub(crate) fn read_units(bytes: usize, is_consistent: bool) -> f64 {
    let blocks = bytes.div_ceil(READ_UNIT_BYTES).max(1) as f64;
    if is_consistent { blocks } else { blocks / 2.0 }
}

/// Write units of a change from one size to another: at least one.
#[expect(clippy::cast_precision_loss, reason = "units are few")]
pub(crate) fn write_units(old_bytes: usize, new_bytes: usize) -> f64 {
    old_bytes.max(new_bytes).div_ceil(WRITE_UNIT_BYTES).max(1) as f64
}

/// Write units of a change of an index entry. One that moves is deleted and inserted.
fn entry_units(change: &EntryChange<'_>) -> f64 {
    match (&change.before, &change.after) {
        (Some(before), Some(after)) if before.key == after.key => {
            write_units(before.stored.size(), after.stored.size())
        }
        (before, after) => [before, after]
            .into_iter()
            .flatten()
            .map(|entry| write_units(entry.stored.size(), 0))
            .sum(),
    }
}

/// What a request consumed of one table and its indexes.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Consumed {
    pub(crate) table: f64,
    pub(crate) local: BTreeMap<String, f64>,
    pub(crate) global: BTreeMap<String, f64>,
    /// Of a write: what each entry of a global index cost.
    pub(crate) entries: Vec<EntryUnits>,
}

/// What the change of an entry of a global index cost.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EntryUnits {
    pub(crate) index: Id,
    /// The entry's key, the new one where it moved.
    pub(crate) key: Bytes,
    pub(crate) units: f64,
}

impl Consumed {
    /// Units of the table alone.
    pub(crate) fn of_table(units: f64) -> Self {
        Self { table: units, ..Self::default() }
    }

    /// Adds the units of a change of an index entry.
    pub(crate) fn add_entry(&mut self, change: &EntryChange<'_>) {
        let units = entry_units(change);
        self.add_index(change.index, units);
        let entry = change.after.as_ref().or(change.before.as_ref());
        if let Some(entry) = entry.filter(|_| change.index.is_global()) {
            let (index, key) = (change.index.id, entry.key.clone());
            self.entries.push(EntryUnits { index, key, units });
        }
    }

    /// Adds units of an index.
    pub(crate) fn add_index(&mut self, index: &Index, units: f64) {
        let indexes = match index.reach {
            Reach::Local => &mut self.local,
            Reach::Global => &mut self.global,
        };
        *indexes.entry(index.name.clone()).or_default() += units;
    }

    /// Adds what another request, or another part of this one, consumed.
    pub(crate) fn add(&mut self, other: &Self) {
        self.table += other.table;
        for (indexes, others) in
            [(&mut self.local, &other.local), (&mut self.global, &other.global)]
        {
            for (name, units) in others {
                *indexes.entry(name.clone()).or_default() += units;
            }
        }
    }

    /// What comes out of the table's own throughput: local indexes have none.
    pub(crate) fn own(&self) -> f64 {
        self.table + self.local.values().sum::<f64>()
    }

    fn total(&self) -> f64 {
        self.own() + self.global.values().sum::<f64>()
    }

    /// What a reply tells of it; `None` where it was not asked to.
    pub(crate) fn report(
        &self,
        table: &Table,
        detail: ReturnConsumedCapacity,
    ) -> Option<ConsumedCapacity> {
        self.report_split(table, detail, None)
    }

    /// As [`Consumed::report`], with the units told again as read or write units.
    pub(crate) fn report_split(
        &self,
        table: &Table,
        detail: ReturnConsumedCapacity,
        split: Option<Split>,
    ) -> Option<ConsumedCapacity> {
        let has_indexes = match detail {
            ReturnConsumedCapacity::None => return None,
            ReturnConsumedCapacity::Total => false,
            ReturnConsumedCapacity::Indexes => true,
        };
        let units = |units: f64| Units::new(units, split);
        let all = |indexes: &BTreeMap<String, f64>| {
            let all = indexes.iter().map(|(name, value)| (name.clone(), units(*value)));
            Some(all.collect::<BTreeMap<_, _>>()).filter(|all| has_indexes && !all.is_empty())
        };
        Some(ConsumedCapacity {
            table_name: table.name.clone(),
            units: units(self.total()),
            table: has_indexes.then(|| units(self.table)),
            local_secondary_indexes: all(&self.local),
            global_secondary_indexes: all(&self.global),
        })
    }
}

/// Which kind of units a transaction tells them as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Split {
    Read,
    Write,
}

/// `ConsumedCapacity` of a reply.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ConsumedCapacity {
    table_name: String,
    #[serde(flatten)]
    units: Units,
    #[serde(skip_serializing_if = "Option::is_none")]
    table: Option<Units>,
    #[serde(skip_serializing_if = "Option::is_none")]
    local_secondary_indexes: Option<BTreeMap<String, Units>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    global_secondary_indexes: Option<BTreeMap<String, Units>>,
}

/// `Capacity` of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
struct Units {
    #[serde(rename = "ReadCapacityUnits", skip_serializing_if = "Option::is_none")]
    read: Option<f64>,
    #[serde(rename = "WriteCapacityUnits", skip_serializing_if = "Option::is_none")]
    write: Option<f64>,
    #[serde(rename = "CapacityUnits")]
    all: f64,
}

impl Units {
    fn new(units: f64, split: Option<Split>) -> Self {
        let told_as = |kind| (split == Some(kind)).then_some(units);
        Self { read: told_as(Split::Read), write: told_as(Split::Write), all: units }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "halves are exact")]
    fn units_are_rounded_up_to_whole_blocks() {
        assert_eq!(read_units(0, true), 1.0);
        assert_eq!(read_units(4096, true), 1.0);
        assert_eq!(read_units(4097, true), 2.0);
        assert_eq!(read_units(4097, false), 1.0);
        assert_eq!(read_units(0, false), 0.5);
        assert_eq!(write_units(0, 0), 1.0);
        assert_eq!(write_units(1025, 3), 2.0);
    }
}
