//! Who may begin, and what everybody pays: where requests meet the meters of their table.
//!
//! What is consumed is counted always. Where throughput is enforced it is also taken out of the buckets, and who comes
//! to an empty one is refused. A write is let in by its table before it looks at the item; that it changes an index
//! which has nothing left shows only behind that, and refuses it too.

use crate::capacity::Consumed;
use crate::capacity::throttle::Terms;
use crate::catalog::Table;
use crate::catalog::table::Index;
use crate::error::{Cause, Owner, Side, Throttled};
use crate::insights::contributor::Contributor;
use crate::insights::watch::{Minute, Watch};
use crate::keys;
use crate::meters::Meter;

/// Which keys of a table or of an index a request is at.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Touched<'a> {
    /// One item, or one entry: its key in the store.
    Item(&'a [u8]),
    /// Those of one partition key: what their keys in the store begin with, and perhaps more.
    Partition(&'a [u8]),
    /// Any.
    All,
}

impl Touched<'_> {
    fn hash(self) -> Option<u64> {
        match self {
            Self::Item(key) | Self::Partition(key) => keys::hash_of(key),
            Self::All => None,
        }
    }
}

/// What a use counts in insights, in halves: of reads the units, of writes three times those.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "units are few and never negative"
)]
fn halves(side: Side, units: f64) -> u64 {
    let weight = if side == Side::Write { 3.0 } else { 1.0 };
    (units * weight * 2.0) as u64
}

impl Table {
    /// Lets a request in, if there is something of the throughput left that it will consume.
    pub(crate) fn admit(
        &self,
        side: Side,
        index: Option<&Index>,
        touched: Touched<'_>,
    ) -> Result<(), Throttled> {
        let Some(clock) = self.meters.clock() else { return Ok(()) };
        // A local index has no throughput of its own, and its keys have other hashes than the table's.
        let (index, hash) = match index {
            Some(index) if !index.is_global() => (None, None),
            index => (index, touched.hash()),
        };
        let meter = self.meter_of(index);
        let admitted = meter.throttle().admit(self.terms(index), side, hash, clock.now_ms());
        admitted.map_err(|cause| {
            meter.throttled(side, cause);
            self.watch(index, touched, |watch, contributor, now_ms| {
                watch.throttled(contributor, now_ms);
            });
            self.throttled(side, index, cause)
        })
    }

    /// Lets a write in as far as the global indexes go that it changes.
    pub(crate) fn admit_entries(&self, consumed: &Consumed) -> Result<(), Throttled> {
        if self.meters.clock().is_none() {
            return Ok(());
        }
        consumed.entries.iter().try_for_each(|entry| {
            let index = self.indexes.iter().find(|index| index.id == entry.index);
            self.admit(Side::Write, index, Touched::Item(&entry.key))
        })
    }

    /// Counts what a read consumed, and takes it.
    pub(crate) fn use_read(
        &self,
        index: Option<&Index>,
        consumed: &Consumed,
        touched: Touched<'_>,
    ) {
        let own = consumed.own();
        if own > 0.0 {
            let touched = if index.is_none() { touched } else { Touched::All };
            self.use_up(None, (Side::Read, own), touched);
        }
        let index = index.filter(|index| index.is_global());
        if let Some(units) = index.and_then(|index| consumed.global.get(&index.name)) {
            self.use_up(index, (Side::Read, *units), touched);
        }
    }

    /// Counts what a write consumed, and takes it.
    pub(crate) fn use_write(&self, consumed: &Consumed, touched: Touched<'_>) {
        self.use_up(None, (Side::Write, consumed.own()), touched);
        for entry in &consumed.entries {
            // One that was made since the write was let in has nobody to be charged yet.
            if let Some(index) = self.indexes.iter().find(|index| index.id == entry.index) {
                self.use_up(Some(index), (Side::Write, entry.units), Touched::Item(&entry.key));
            }
        }
    }

    fn use_up(&self, index: Option<&Index>, (side, units): (Side, f64), touched: Touched<'_>) {
        let meter = self.meter_of(index);
        meter.units(side).add(units);
        if let Some(clock) = self.meters.clock() {
            let (terms, hash) = (self.terms(index), touched.hash());
            meter.throttle().take(terms, (side, units), hash, clock.now_ms());
        }
        self.watch(index, touched, |watch, contributor, now_ms| {
            watch.accessed(contributor, halves(side, units), now_ms);
        });
    }

    /// Counts the key that a request is at, where keys are counted.
    fn watch(
        &self,
        index: Option<&Index>,
        touched: Touched<'_>,
        count: impl FnOnce(&mut Watch, Contributor<'_>, u64),
    ) {
        let Some(clock) = self.meters.watch_clock() else { return };
        let mut watch = self.meter_of(index).watch();
        if let (Some(watch), Some(contributor)) = (watch.as_mut(), Contributor::new(index, touched))
        {
            count(watch, contributor, clock.now_ms());
        }
    }

    /// The minutes of a table or an index that are not stored yet, and the present one.
    pub(crate) fn present_minutes(&self, index: Option<&Index>) -> Vec<Minute> {
        self.meter_of(index).watch().as_ref().map(Watch::present).unwrap_or_default()
    }

    fn meter_of(&self, index: Option<&Index>) -> &Meter {
        let place = index.and_then(|index| self.indexes.iter().position(|own| own.id == index.id));
        self.meters.at(place)
    }

    fn terms<'a>(&'a self, index: Option<&'a Index>) -> Terms<'a> {
        let billing = self.billing.mode();
        match index {
            Some(Index { throughput, bounds, .. }) => Terms { billing, throughput, bounds },
            None => Terms { billing, throughput: &self.throughput, bounds: &self.bounds },
        }
    }

    fn throttled(&self, side: Side, index: Option<&Index>, cause: Cause) -> Throttled {
        let arn = self.arn();
        let (owner, resource) = match index {
            Some(Index { name, .. }) => (Owner::Index(name.clone()), format!("{arn}/index/{name}")),
            None => (Owner::Table, arn.to_string()),
        };
        let is_on_demand = self.billing.mode() == crate::catalog::definition::BillingMode::OnDemand;
        Throttled { side, owner, cause, is_on_demand, resource }
    }
}
