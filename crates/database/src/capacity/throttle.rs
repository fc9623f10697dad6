//! Who is let in: the throughput of a table, or of a global index, and of its partitions.
//!
//! What is provisioned is kept for five minutes while it is not used. On demand there is what the table is warm for,
//! and twice of what it ever served in a minute, up to the quota of a table. A partition serves no more than its
//! share in any second, whatever was kept. Nothing of this outlives a restart.

use types::limit::{
    PARTITION_READ_UNITS_MAX, PARTITION_WRITE_UNITS_MAX, TABLE_READ_UNITS_MAX,
    TABLE_WRITE_UNITS_MAX,
};

use crate::capacity::bucket::{Bucket, Rate};
use crate::catalog::bounds::Bounds;
use crate::catalog::definition::BillingMode;
use crate::catalog::table::Throughput;
use crate::error::{Cause, Side};

/// For how long provisioned units that nobody uses are kept.
const BURST_SECONDS: f64 = 300.0;
/// The most partitions that are told apart; those of larger tables share.
const PARTITIONS_MAX: usize = 1024;
const MINUTE_MS: u64 = 60_000;

/// What is to be enforced of a table or an index.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms<'a> {
    pub(crate) billing: BillingMode,
    pub(crate) throughput: &'a Throughput,
    pub(crate) bounds: &'a Bounds,
}

/// What there is of a table or an index to be consumed.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    read: Sided,
    write: Sided,
}

/// The same of reads, or of writes.
#[derive(Debug, Default)]
struct Sided {
    whole: Bucket,
    /// Of equal ranges of hashes.
    partitions: Vec<Bucket>,
    growth: Growth,
}

/// The most that was ever served in a minute, units per second.
#[derive(Debug, Default)]
struct Growth {
    minute: u64,
    used: f64,
    peak: f64,
}

impl Growth {
    fn add(&mut self, units: f64, now_ms: u64) {
        let minute = now_ms / MINUTE_MS;
        if minute != self.minute {
            self.peak = self.peak.max(self.used / 60.0);
            (self.minute, self.used) = (minute, 0.0);
        }
        self.used += units;
    }
}

#[expect(clippy::cast_precision_loss, reason = "throughputs are far below 2⁵³")]
fn float(units: i64) -> f64 {
    units as f64
}

#[expect(clippy::cast_precision_loss, reason = "limits are far below 2⁵³")]
fn limit(units: u64) -> f64 {
    units as f64
}

/// What one partition serves a second.
fn partition_rate(side: Side) -> Rate {
    let units = match side {
        Side::Read => PARTITION_READ_UNITS_MAX,
        Side::Write => PARTITION_WRITE_UNITS_MAX,
    };
    Rate { per_second: limit(units), seconds_kept: 1.0 }
}

impl Terms<'_> {
    /// What it is warm for, units per second.
    fn warm(&self, side: Side) -> f64 {
        let (read, write) = self.bounds.warm(self.billing, self.throughput);
        float(if side == Side::Read { read } else { write })
    }
}

impl Throttle {
    /// Lets a request in, or says why not. `hash` is where its key lies, where it has one.
    pub(crate) fn admit(
        &mut self,
        terms: Terms<'_>,
        side: Side,
        hash: Option<u64>,
        now_ms: u64,
    ) -> Result<(), Cause> {
        let (rate, cause) = self.rate(terms, side);
        let count = self.partition_count(terms);
        let sided = self.side(side);
        if !sided.whole.has_some(rate, now_ms) {
            return Err(cause);
        }
        let partition = hash.and_then(|hash| sided.partition(hash, count));
        let has_some =
            partition.is_none_or(|partition| partition.has_some(partition_rate(side), now_ms));
        if has_some { Ok(()) } else { Err(Cause::KeyRange) }
    }

    /// Takes what a request consumed.
    pub(crate) fn take(
        &mut self,
        terms: Terms<'_>,
        (side, units): (Side, f64),
        hash: Option<u64>,
        now_ms: u64,
    ) {
        let (rate, _) = self.rate(terms, side);
        let count = self.partition_count(terms);
        let sided = self.side(side);
        sided.whole.take(units, rate, now_ms);
        sided.growth.add(units, now_ms);
        if let Some(partition) = hash.and_then(|hash| sided.partition(hash, count)) {
            partition.take(units, partition_rate(side), now_ms);
        }
    }

    fn side(&mut self, side: Side) -> &mut Sided {
        match side {
            Side::Read => &mut self.read,
            Side::Write => &mut self.write,
        }
    }

    /// What comes in, and what it is that there was not enough of where that is used up.
    fn rate(&mut self, terms: Terms<'_>, side: Side) -> (Rate, Cause) {
        let kept = |per_second| Rate { per_second, seconds_kept: BURST_SECONDS };
        if terms.billing == BillingMode::Provisioned {
            let Throughput { read, write, .. } = *terms.throughput;
            let units = if side == Side::Read { read } else { write };
            return (kept(float(units)), Cause::Provisioned);
        }
        let (most, quota) = match side {
            Side::Read => (terms.bounds.read_max, TABLE_READ_UNITS_MAX),
            Side::Write => (terms.bounds.write_max, TABLE_WRITE_UNITS_MAX),
        };
        let ready = self.ready(terms, side);
        match most.map(float) {
            Some(most) if most <= ready => (kept(most), Cause::MaxOnDemand),
            Some(_) | None if limit(quota) <= ready => (kept(ready), Cause::AccountLimit),
            Some(_) | None => (kept(ready), Cause::KeyRange),
        }
    }

    /// What there is without a limit, units per second.
    fn ready(&mut self, terms: Terms<'_>, side: Side) -> f64 {
        let warm = terms.warm(side);
        let quota = match side {
            Side::Read => TABLE_READ_UNITS_MAX,
            Side::Write => TABLE_WRITE_UNITS_MAX,
        };
        let grown = (self.side(side).growth.peak * 2.0).min(limit(quota));
        if terms.billing == BillingMode::OnDemand { warm.max(grown) } else { warm }
    }

    /// Into how many partitions the keys fall: enough to serve what there is.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "throughputs are positive, and a float cast saturates"
    )]
    fn partition_count(&mut self, terms: Terms<'_>) -> usize {
        let share = |side, ready: f64| (ready / partition_rate(side).per_second).ceil() as usize;
        let read = share(Side::Read, self.ready(terms, Side::Read));
        let write = share(Side::Write, self.ready(terms, Side::Write));
        read.max(write).clamp(1, PARTITIONS_MAX)
    }
}

impl Sided {
    /// The partition of a hash, of so many.
    fn partition(&mut self, hash: u64, count: usize) -> Option<&mut Bucket> {
        if self.partitions.len() != count {
            self.partitions = vec![Bucket::default(); count];
        }
        let place = (u128::from(hash) * count as u128) >> u64::BITS;
        self.partitions.get_mut(usize::try_from(place).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON_MS: u64 = 1_700_000_000_000;

    fn throughput(read: i64, write: i64) -> Throughput {
        Throughput { read, write, ..Throughput::default() }
    }

    /// How many requests of one unit are let in at one time, and why no more are.
    fn let_in(
        throttle: &mut Throttle,
        terms: Terms<'_>,
        (side, hash): (Side, Option<u64>),
        now_ms: u64,
    ) -> (usize, Cause) {
        for count in 0.. {
            if let Err(cause) = throttle.admit(terms, side, hash, now_ms) {
                return (count, cause);
            }
            throttle.take(terms, (side, 1.0), hash, now_ms);
        }
        unreachable!("a bucket ends")
    }

    #[test]
    fn provisioned_units_are_kept_for_five_minutes() {
        let (throughput, bounds) = (throughput(2, 1), Bounds::default());
        let billing = BillingMode::Provisioned;
        let terms = Terms { billing, throughput: &throughput, bounds: &bounds };
        let mut throttle = Throttle::default();
        let write = (Side::Write, Some(7));
        assert_eq!(let_in(&mut throttle, terms, write, NOON_MS), (300, Cause::Provisioned));
        assert_eq!(let_in(&mut throttle, terms, write, NOON_MS + 9000), (9, Cause::Provisioned));
        let read = (Side::Read, Some(7));
        assert_eq!(let_in(&mut throttle, terms, read, NOON_MS), (600, Cause::Provisioned));
    }

    #[test]
    fn one_partition_serves_a_thousand_writes_and_three_thousand_reads_a_second() {
        let (throughput, bounds) = (throughput(9000, 3000), Bounds::default());
        let billing = BillingMode::Provisioned;
        let terms = Terms { billing, throughput: &throughput, bounds: &bounds };
        let mut throttle = Throttle::default();
        let hot = (Side::Write, Some(7));
        assert_eq!(let_in(&mut throttle, terms, hot, NOON_MS), (1000, Cause::KeyRange));
        assert_eq!(let_in(&mut throttle, terms, hot, NOON_MS + 500), (500, Cause::KeyRange));
        let other = (Side::Write, Some(u64::MAX));
        assert_eq!(let_in(&mut throttle, terms, other, NOON_MS), (1000, Cause::KeyRange));
        let read = (Side::Read, Some(7));
        assert_eq!(let_in(&mut throttle, terms, read, NOON_MS), (3000, Cause::KeyRange));
    }

    #[test]
    fn on_demand_begins_with_four_thousand_writes_a_second_and_doubles() {
        let (throughput, bounds) = (Throughput::default(), Bounds::default());
        let billing = BillingMode::OnDemand;
        let terms = Terms { billing, throughput: &throughput, bounds: &bounds };
        let mut throttle = Throttle::default();
        let rate = |throttle: &mut Throttle| throttle.rate(terms, Side::Write);
        let (write, _) = rate(&mut throttle);
        let (read, _) = throttle.rate(terms, Side::Read);
        assert_eq!((write.per_second, read.per_second), (4000.0, 12_000.0));
        throttle.take(terms, (Side::Write, 60.0 * 3500.0), None, NOON_MS);
        throttle.take(terms, (Side::Write, 1.0), None, NOON_MS + MINUTE_MS);
        let (grown, cause) = rate(&mut throttle);
        assert_eq!((grown.per_second, cause), (7000.0, Cause::KeyRange));
        throttle.take(terms, (Side::Write, 60.0 * 50_000.0), None, NOON_MS + MINUTE_MS);
        throttle.take(terms, (Side::Write, 1.0), None, NOON_MS + 2 * MINUTE_MS);
        let (grown, cause) = rate(&mut throttle);
        assert_eq!((grown.per_second, cause), (40_000.0, Cause::AccountLimit));
    }

    #[test]
    fn a_limit_on_demand_is_kept() {
        let throughput = Throughput::default();
        let bounds = Bounds { write_max: Some(2), ..Bounds::default() };
        let billing = BillingMode::OnDemand;
        let terms = Terms { billing, throughput: &throughput, bounds: &bounds };
        let mut throttle = Throttle::default();
        let write = (Side::Write, Some(7));
        assert_eq!(let_in(&mut throttle, terms, write, NOON_MS), (600, Cause::MaxOnDemand));
        assert_eq!(throttle.admit(terms, Side::Read, Some(7), NOON_MS), Ok(()));
    }
}
