//! A token bucket: units come in at a rate, are kept for a while, and are taken out by what was consumed.
//!
//! Who comes is let in while there is something in the bucket, and takes out what the request turns out to consume:
//! that is known only behind it, so a bucket may owe. It then lets nobody in until the debt is paid, and owes no more
//! than it can keep.

/// By how much a clock may go back, in milliseconds, without being taken for another: a minute.
const BACK_MS: u64 = 60_000;

/// How units come in, and how many are kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rate {
    pub(crate) per_second: f64,
    /// Of so many seconds, units that nobody used are kept.
    pub(crate) seconds_kept: f64,
}

impl Rate {
    /// The units that a bucket keeps at most.
    fn full(self) -> f64 {
        self.per_second * self.seconds_kept
    }
}

/// A bucket. It knows no rate of its own, which may change while units are in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bucket {
    units: f64,
    filled_ms: u64,
}

impl Default for Bucket {
    /// Full, whatever the rate: what nobody has used yet, nobody has used for long.
    fn default() -> Self {
        Self { units: f64::INFINITY, filled_ms: 0 }
    }
}

impl Bucket {
    /// Whether somebody may be let in.
    pub(crate) fn has_some(&mut self, rate: Rate, now_ms: u64) -> bool {
        self.fill(rate, now_ms);
        self.units > 0.0
    }

    /// Takes units out.
    pub(crate) fn take(&mut self, units: f64, rate: Rate, now_ms: u64) {
        self.fill(rate, now_ms);
        self.units = (self.units - units).max(-rate.full());
    }

    /// Adds what came in since the last time. A clock that goes back brings nothing; one that was set back begins anew.
    #[expect(clippy::cast_precision_loss, reason = "times between requests are short")]
    fn fill(&mut self, rate: Rate, now_ms: u64) {
        if now_ms.saturating_add(BACK_MS) < self.filled_ms {
            self.filled_ms = now_ms;
        }
        let seconds = now_ms.saturating_sub(self.filled_ms) as f64 / 1000.0;
        self.units = (self.units + rate.per_second * seconds).min(rate.full());
        self.filled_ms = self.filled_ms.max(now_ms);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FIVE: Rate = Rate { per_second: 5.0, seconds_kept: 300.0 };

    /// How many requests of one unit are let in at one time.
    fn let_in(bucket: &mut Bucket, rate: Rate, now_ms: u64) -> usize {
        let mut count = 0;
        while bucket.has_some(rate, now_ms) {
            bucket.take(1.0, rate, now_ms);
            count += 1;
        }
        count
    }

    #[test]
    fn a_bucket_begins_with_five_minutes_of_units_and_then_gives_what_comes_in() {
        let mut bucket = Bucket::default();
        assert_eq!(let_in(&mut bucket, FIVE, 1000), 1500);
        assert_eq!(let_in(&mut bucket, FIVE, 1000), 0);
        assert_eq!(let_in(&mut bucket, FIVE, 3000), 10);
        assert_eq!(let_in(&mut bucket, FIVE, 603_000), 1500);
    }

    #[test]
    fn a_debt_is_paid_before_anybody_is_let_in() {
        let mut bucket = Bucket::default();
        let_in(&mut bucket, FIVE, 0);
        bucket.take(100.0, FIVE, 0);
        assert!(!bucket.has_some(FIVE, 20_000));
        assert!(bucket.has_some(FIVE, 20_001));
    }

    #[test]
    fn a_clock_that_goes_back_brings_nothing() {
        let mut bucket = Bucket::default();
        let_in(&mut bucket, FIVE, 10_000);
        assert!(!bucket.has_some(FIVE, 0));
        assert!(!bucket.has_some(FIVE, 10_000));
        assert!(bucket.has_some(FIVE, 10_100));
    }

    #[test]
    fn a_clock_that_was_set_back_starves_nobody() {
        let mut bucket = Bucket::default();
        let_in(&mut bucket, FIVE, 3_600_000);
        assert!(!bucket.has_some(FIVE, 1000));
        assert_eq!(let_in(&mut bucket, FIVE, 3000), 10);
    }

    #[test]
    fn a_bucket_owes_no_more_than_it_keeps() {
        let mut bucket = Bucket::default();
        bucket.take(1_000_000.0, FIVE, 0);
        assert!(!bucket.has_some(FIVE, 300_000));
        assert!(bucket.has_some(FIVE, 300_001));
    }

    #[test]
    fn a_rate_that_falls_takes_what_is_too_much_along() {
        let mut bucket = Bucket::default();
        assert!(bucket.has_some(FIVE, 0));
        let one = Rate { per_second: 1.0, ..FIVE };
        assert_eq!(let_in(&mut bucket, one, 0), 300);
    }

    proptest! {
        /// However requests come, those let in take no more than what was kept, what came in, and the one that owes.
        #[test]
        fn no_more_goes_out_than_came_in(
            steps in prop::collection::vec((0_u64..2000, 0.5_f64..20.0), 1..200),
        ) {
            let (mut bucket, mut now_ms, mut taken) = (Bucket::default(), 0_u64, 0.0);
            for (later_ms, units) in steps {
                now_ms += later_ms;
                if bucket.has_some(FIVE, now_ms) {
                    bucket.take(units, FIVE, now_ms);
                    taken += units;
                }
            }
            #[expect(clippy::cast_precision_loss, reason = "the time is short")]
            let came_in = 5.0 * (now_ms as f64 / 1000.0);
            prop_assert!(taken <= 1500.0 + came_in + 20.0 + 1e-6);
        }
    }
}
