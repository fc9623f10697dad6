//! What is counted of tables and indexes while they are used: in memory, since the start.
//!
//! A table's definition carries handles to its meters, so that a request looks nothing up to count. Definitions are
//! read anew whenever they change; the meters are found again by the numbers of the table and its indexes.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Clock;
use crate::capacity::throttle::Throttle;
use crate::catalog::Table;
use crate::error::{Cause, Side};
use crate::insights::Mode;
use crate::insights::watch::Watch;
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
    /// Requests that were not let in, by side and cause.
    throttles: [[Count; Cause::ALL.len()]; Side::ALL.len()],
    /// What is left to be consumed, where that is enforced.
    throttle: Mutex<Throttle>,
    /// Which keys are used most, where that is counted.
    watch: Mutex<Option<Watch>>,
    // What follows is of tables only.
    /// Writes whose condition did not hold.
    pub(crate) failed_conditions: Count,
    /// Requests on one item that met a transaction at it, and the other way round.
    pub(crate) conflicts: Count,
    /// Items that expired and were removed.
    pub(crate) expired_items: Count,
}

impl Meter {
    pub(crate) fn units(&self, side: Side) -> &UnitCount {
        match side {
            Side::Read => &self.read_units,
            Side::Write => &self.write_units,
        }
    }

    /// Counts a request that was not let in.
    pub(crate) fn throttled(&self, side: Side, cause: Cause) {
        if let Some(count) = self.throttle_count(side, cause) {
            count.add(1);
        }
    }

    /// How many requests were not let in.
    pub(crate) fn throttles(&self, side: Side, cause: Cause) -> u64 {
        self.throttle_count(side, cause).map_or(0, Count::get)
    }

    fn throttle_count(&self, side: Side, cause: Cause) -> Option<&Count> {
        self.throttles.get(side as usize)?.get(cause as usize)
    }

    pub(crate) fn throttle(&self) -> MutexGuard<'_, Throttle> {
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What counts keys, if they are counted.
    pub(crate) fn watch(&self) -> MutexGuard<'_, Option<Watch>> {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to count keys, goes on with it, or ends it.
    fn set_mode(&self, mode: Option<Mode>) {
        let mut watch = self.watch();
        if watch.as_ref().map(Watch::mode) != mode {
            *watch = mode.map(Watch::new);
        }
    }
}

/// The meters of a table and of its indexes, in their order.
#[derive(Clone, Default)]
pub(crate) struct TableMeters {
    pub(crate) table: Arc<Meter>,
    indexes: Vec<Arc<Meter>>,
    /// What tells the time by which throughput is enforced; none where it is not.
    clock: Option<Arc<dyn Clock>>,
    /// What tells the time by which keys are counted; none where none are.
    watch_clock: Option<Arc<dyn Clock>>,
}

impl fmt::Debug for TableMeters {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TableMeters").finish_non_exhaustive()
    }
}

impl TableMeters {
    /// The table's meter, or that of the index in a place among its indexes.
    pub(crate) fn at(&self, index: Option<usize>) -> &Meter {
        index.and_then(|place| self.indexes.get(place)).unwrap_or(&self.table)
    }

    pub(crate) fn clock(&self) -> Option<&dyn Clock> {
        self.clock.as_deref()
    }

    pub(crate) fn watch_clock(&self) -> Option<&dyn Clock> {
        self.watch_clock.as_deref()
    }
}

/// What was counted says nothing about what a table is.
impl PartialEq for TableMeters {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// The meters of all tables that were used.
pub(crate) struct Meters {
    known: Mutex<HashMap<Id, Arc<Meter>>>,
    clock: Arc<dyn Clock>,
    enforces_capacity: bool,
}

impl Meters {
    /// Of no tables yet.
    pub(crate) fn new(clock: Arc<dyn Clock>, enforces_capacity: bool) -> Self {
        Self { known: Mutex::default(), clock, enforces_capacity }
    }

    /// Gives a table, as it was read, its meters.
    pub(crate) fn attach(&self, mut table: Table) -> Table {
        let mut known = self.lock();
        let mut is_watched = false;
        let mut meter = |id, mode: Option<Mode>| {
            let meter = Arc::clone(known.entry(id).or_default());
            meter.set_mode(mode);
            is_watched |= mode.is_some();
            meter
        };
        let own = meter(table.id, table.insights_mode(None));
        let indexes = table.indexes.iter();
        let indexes = indexes.map(|index| meter(index.id, table.insights_mode(Some(index))));
        let indexes = indexes.collect();
        table.meters = TableMeters {
            table: own,
            indexes,
            clock: self.enforces_capacity.then(|| Arc::clone(&self.clock)),
            watch_clock: is_watched.then(|| Arc::clone(&self.clock)),
        };
        table
    }

    /// The meters of tables and indexes whose keys are counted.
    pub(crate) fn watched(&self) -> Vec<(Id, Arc<Meter>)> {
        let known = self.lock();
        let is_watched = |(_, meter): &(&Id, &Arc<Meter>)| meter.watch().is_some();
        known.iter().filter(is_watched).map(|(id, meter)| (*id, Arc::clone(meter))).collect()
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
    pub(crate) fn keep(&self, ids: &HashSet<Id>) {
        self.lock().retain(|id, meter| ids.contains(id) || Arc::strong_count(meter) > 1);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Id, Arc<Meter>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// The meter of an index by its name, or else the table's own.
    pub(crate) fn meter(&self, index: Option<&str>) -> &Meter {
        let place = index.and_then(|name| self.indexes.iter().position(|other| other.name == name));
        self.meters.at(place)
    }
}
