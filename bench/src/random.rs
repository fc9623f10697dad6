//! Random choices that a seed repeats, on every machine alike.

/// A stream of random numbers (splitmix64): small, fast, and good enough to choose items by.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number less than `bound`, which is more than zero. The bias of the remainder is one in
    /// billions.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.number() % bound
    }

    /// A number from zero to less than one.
    fn fraction(&mut self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit a float exactly")]
        let numerator = (self.number() >> 11) as f64;
        numerator / 9_007_199_254_740_992.0
    }
}

/// Scatters `0..bound` over itself: every number comes out once, and neighbors come out apart.
pub(crate) fn scattered(number: u64, bound: u64) -> u64 {
    /// A prime larger than any count of items, so that it has no factor in common with one.
    const STEP: u128 = 1_000_000_000_039;
    let place = u128::from(number) * STEP % u128::from(bound);
    u64::try_from(place).unwrap_or(0)
}

/// The zipfian distribution: the item of rank `r` is drawn in proportion to `1 / r^0.99`, as in
/// YCSB.
pub(crate) struct Zipf {
    /// By rank, the probability of that rank or a lower one.
    cumulative: Vec<f64>,
}

impl Zipf {
    const SKEW: f64 = 0.99;

    pub(crate) fn new(ranks: u64) -> Self {
        let mut sum = 0.0;
        let mut cumulative: Vec<f64> = (1..=ranks)
            .map(|rank| {
                #[expect(clippy::cast_precision_loss, reason = "a rank is far below 2^53")]
                let rank = rank as f64;
                sum += rank.powf(-Self::SKEW);
                sum
            })
            .collect();
        for weight in &mut cumulative {
            *weight /= sum;
        }
        Self { cumulative }
    }

    /// A rank, from zero.
    pub(crate) fn rank(&self, random: &mut Random) -> u64 {
        let fraction = random.fraction();
        self.cumulative.partition_point(|&sum| sum <= fraction) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_its_numbers() {
        // The reference implementation's first numbers for the seed 1234567.
        let mut random = Random::new(1_234_567);
        assert_eq!(random.number(), 6_457_827_717_110_365_317);
        assert_eq!(random.number(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn scattering_gives_every_number_once() {
        for bound in [1, 25, 100, 3125, 100_000] {
            let mut places: Vec<u64> = (0..bound).map(|number| scattered(number, bound)).collect();
            places.sort_unstable();
            assert_eq!(places, (0..bound).collect::<Vec<_>>());
        }
    }

    #[test]
    fn ranks_are_drawn_in_zipfian_proportion() {
        let zipf = Zipf::new(1000);
        let mut random = Random::new(1);
        let mut drawn = vec![0_u32; 1000];
        for _ in 0..1_000_000 {
            drawn[usize::try_from(zipf.rank(&mut random)).unwrap()] += 1;
        }
        let total: f64 = (1..=1000).map(|rank| f64::from(rank).powf(-0.99)).sum();
        for rank in [1_u32, 2, 10, 100] {
            let wanted = 1_000_000.0 * f64::from(rank).powf(-0.99) / total;
            let found = f64::from(drawn[rank as usize - 1]);
            assert!((found - wanted).abs() < 5.0 * wanted.sqrt(), "{rank}: {found}, not {wanted}");
        }
    }

    #[test]
    fn every_rank_is_within_bounds() {
        let zipf = Zipf::new(3);
        let mut random = Random::new(7);
        assert!((0..10_000).all(|_| zipf.rank(&mut random) < 3));
    }
}
