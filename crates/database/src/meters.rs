//! What is counted of tables and indexes while they are used: in memory, since the start.
//!
//! A table's definition carries handles to its meters, so that a request looks nothing up to count. Definitions are
//! read anew whenever they change; the meters are found again by the numbers of the table and its indexes.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::capacity::Consumed;
use crate::catalog::Table;
use crate::keys::Id;

/// A number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self, more: usize) {
        self.0.fetch_add(u64::try_from(more).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Capacity units, in halves: nothing smaller is ever consumed.
#[derive(Debug, Default)]
pub(crate) struct UnitCount(AtomicU64);

impl UnitCount {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "units are few and never negative"
    )]
    pub(crate) fn add(&self, units: f64) {
        self.0.fetch_add((units * 2.0) as u64, Ordering::Relaxed);
    }

    #[expect(clippy::cast_precision_loss, reason = "units are few")]
    pub(crate) fn get(&self) -> f64 {
        self.0.load(Ordering::Relaxed) as f64 / 2.0
    }
}

/// What is counted of one table, or of one index.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    pub(crate) read_units: UnitCount,
    pub(crate) write_units: UnitCount,
    /// Items that queries and scans returned.
    pub(crate) returned_items: Count,
    // What follows is of tables only.
    /// Writes whose condition did not hold.
    pub(crate) failed_conditions: Count,
    /// Requests on one item that met a transaction at it, and the other way round.
    pub(crate) conflicts: Count,
    /// Items that expired and were removed.
    pub(crate) expired_items: Count,
}

/// The meters of a table and of its indexes, in their order.
#[derive(Debug, Clone, Default)]
pub(crate) struct TableMeters {
    pub(crate) table: Arc<Meter>,
    indexes: Vec<Arc<Meter>>,
}

/// What was counted says nothing about what a table is.
impl PartialEq for TableMeters {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// The meters of all tables that were used.
#[derive(Default)]
pub(crate) struct Meters(Mutex<HashMap<Id, Arc<Meter>>>);

impl Meters {
    /// Gives a table, as it was read, its meters.
    pub(crate) fn attach(&self, mut table: Table) -> Table {
        let mut meters = self.lock();
        let mut meter = |id| Arc::clone(meters.entry(id).or_default());
        table.meters = TableMeters {
            table: meter(table.id),
            indexes: table.indexes.iter().map(|index| meter(index.id)).collect(),
        };
        table
    }

    /// The meter of a table or an index, if it was used.
    pub(crate) fn find(&self, id: Id) -> Option<Arc<Meter>> {
        self.lock().get(&id).cloned()
    }

    /// Forgets tables and indexes that are gone. Numbers are used once, so nobody asks for them again.
    pub(crate) fn forget(&self, ids: impl Iterator<Item = Id>) {
        let mut meters = self.lock();
        for id in ids {
            meters.remove(&id);
        }
    }

    /// Forgets what is not among `ids` and that nobody is at.
    pub(crate) fn keep(&self, ids: &std::collections::HashSet<Id>) {
        self.lock().retain(|id, meter| ids.contains(id) || Arc::strong_count(meter) > 1);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Id, Arc<Meter>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// The meter of an index by its name, or else the table's own.
    pub(crate) fn meter(&self, index: Option<&str>) -> &Meter {
        let place = index.and_then(|name| self.indexes.iter().position(|other| other.name == name));
        let meter = place.and_then(|place| self.meters.indexes.get(place));
        meter.unwrap_or(&self.meters.table)
    }

    /// Counts units that were read.
    pub(crate) fn count_read(&self, consumed: &Consumed) {
        self.count(consumed, |meter| &meter.read_units);
    }

    /// Counts units that were written.
    pub(crate) fn count_written(&self, consumed: &Consumed) {
        self.count(consumed, |meter| &meter.write_units);
    }

    /// Local indexes have no throughput of their own: they consume the table's.
    fn count(&self, consumed: &Consumed, side: impl Fn(&Meter) -> &UnitCount) {
        let own = consumed.own();
        if own > 0.0 {
            side(&self.meters.table).add(own);
        }
        for (index, units) in &consumed.global {
            side(self.meter(Some(index))).add(*units);
        }
    }
}
