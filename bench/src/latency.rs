//! Latencies: how often each was seen, to within 2 %.

use std::time::Duration;

const BUCKET_BITS: u32 = 6;
/// The buckets of one power of two.
const BUCKETS: u64 = 1 << BUCKET_BITS;
/// Buckets for every count of nanoseconds a `u64` holds.
const BUCKETS_ALL: usize = (64 - BUCKET_BITS as usize + 1) << BUCKET_BITS;

/// How many latencies fell into each bucket. Buckets widen with the latency, so that each spans
/// the same share of it.
pub(crate) struct Latencies {
    counts: Vec<u64>,
    count: u64,
    max: Duration,
}

impl Latencies {
    pub(crate) fn new() -> Self {
        Self { counts: vec![0; BUCKETS_ALL], count: 0, max: Duration::ZERO }
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    pub(crate) fn max(&self) -> Duration {
        self.max
    }

    pub(crate) fn record(&mut self, latency: Duration) {
        let nanoseconds = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        if let Some(count) = self.counts.get_mut(bucket(nanoseconds)) {
            *count += 1;
        }
        self.count += 1;
        self.max = self.max.max(latency);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.count += other.count;
        self.max = self.max.max(other.max);
    }

    /// The latency that `per_mille` of a thousand operations did not exceed; zero if there were
    /// none.
    pub(crate) fn quantile(&self, per_mille: u64) -> Duration {
        let wanted = (self.count * per_mille).div_ceil(1000);
        let mut seen = 0;
        for (bucket, count) in (0..).zip(&self.counts) {
            seen += count;
            if 0 < seen && wanted <= seen {
                return Duration::from_nanos(upper_bound(bucket)).min(self.max);
            }
        }
        Duration::ZERO
    }
}

fn bucket(nanoseconds: u64) -> usize {
    let octave = nanoseconds.max(BUCKETS).ilog2() - BUCKET_BITS;
    // The first octave is counted from zero, the others from `BUCKETS`.
    let bucket = u64::from(octave) * BUCKETS + (nanoseconds >> octave);
    usize::try_from(bucket).unwrap_or(usize::MAX)
}

/// The highest count of nanoseconds that falls into `bucket`.
fn upper_bound(bucket: u64) -> u64 {
    let octave = (bucket / BUCKETS).saturating_sub(1);
    ((bucket - octave * BUCKETS + 1) << octave) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_latency_is_within_two_percent_of_its_bucket() {
        for power in 0..40 {
            for latency in [1_u64 << power, (1 << power) + (1 << power) / 3, (2 << power) - 1] {
                let upper = upper_bound(bucket(latency) as u64);
                assert!(latency <= upper && upper - latency <= latency / 50, "{latency}: {upper}");
            }
        }
        assert!(bucket(u64::MAX) < BUCKETS_ALL);
    }

    #[test]
    fn buckets_follow_one_another() {
        for number in 0..1000 {
            assert_eq!(bucket(upper_bound(number)) as u64, number);
            assert_eq!(bucket(upper_bound(number) + 1) as u64, number + 1);
        }
    }

    #[test]
    fn quantiles_are_of_all_that_was_merged() {
        let (mut all, mut other) = (Latencies::new(), Latencies::new());
        (1..=50).for_each(|latency| all.record(Duration::from_nanos(latency)));
        (51..=100).for_each(|latency| other.record(Duration::from_nanos(latency)));
        all.merge(&other);
        assert_eq!(all.count(), 100);
        assert_eq!(all.quantile(500), Duration::from_nanos(50));
        assert_eq!(all.quantile(999), Duration::from_nanos(100));
        assert_eq!(all.max(), Duration::from_nanos(100));
        assert_eq!(Latencies::new().quantile(500), Duration::ZERO);
    }
}
