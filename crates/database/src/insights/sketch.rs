//! The keys that come up most, in bounded memory: a Space-Saving sketch.
//!
//! So many keys are counted. One that is not among them takes the place of that with the least, and takes over its
//! count, as the most by which its own may then be too high. So no count is too low, none is too high by more than
//! the total divided by the number of keys counted, and whatever has more than that share of the total is counted.

use std::collections::{BTreeSet, HashMap};

use bytes::Bytes;

/// How often keys came up.
#[derive(Debug)]
pub(crate) struct Sketch {
    keys_max: usize,
    total: u64,
    counts: HashMap<Bytes, Count>,
    /// The same, the least first.
    order: BTreeSet<(u64, Bytes)>,
}

/// How often a key came up, about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Count {
    /// How often at the most.
    pub(crate) most: u64,
    /// By how much that may be too high.
    pub(crate) error: u64,
}

impl Sketch {
    /// One that counts so many keys.
    pub(crate) fn new(keys_max: usize) -> Self {
        let (counts, order) = (HashMap::new(), BTreeSet::new());
        Self { keys_max, total: 0, counts, order }
    }

    /// How often all keys came up together: exact.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// Counts a key some times more.
    pub(crate) fn add(&mut self, key: &[u8], times: u64) {
        if times == 0 {
            return;
        }
        self.total += times;
        let (key, before) = match self.counts.get_key_value(key) {
            Some((key, count)) => {
                let (key, count) = (key.clone(), *count);
                self.order.remove(&(count.most, key.clone()));
                (key, count)
            }
            None => (Bytes::copy_from_slice(key), self.make_room()),
        };
        let count = Count { most: before.most + times, ..before };
        self.order.insert((count.most, key.clone()));
        self.counts.insert(key, count);
    }

    /// Gives up the key with the least, where no more can be counted. What a new key begins with.
    fn make_room(&mut self) -> Count {
        if self.counts.len() < self.keys_max {
            return Count::default();
        }
        let Some((least, key)) = self.order.pop_first() else { return Count::default() };
        self.counts.remove(&key);
        Count { most: least, error: least }
    }

    /// So many keys that came up most, those first.
    pub(crate) fn top(&self, keys_max: usize) -> impl Iterator<Item = (&Bytes, Count)> {
        self.order.iter().rev().take(keys_max).map(|(_, key)| {
            let count = self.counts.get(key).copied().unwrap_or_default();
            (key, count)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    const KEYS_MAX: usize = 5;

    proptest! {
        #[test]
        fn no_count_is_too_low_nor_too_high_by_more_than_its_share(
            stream in prop::collection::vec((0_u8..30, 0_u64..7), 0..400),
        ) {
            let (mut sketch, mut exact) = (Sketch::new(KEYS_MAX), BTreeMap::<u8, u64>::new());
            for (key, times) in stream {
                sketch.add(&[key], times);
                *exact.entry(key).or_default() += times;
            }
            let total: u64 = exact.values().sum();
            prop_assert_eq!(sketch.total(), total);
            let share = total / KEYS_MAX as u64;
            let counted: BTreeMap<u8, Count> =
                sketch.top(usize::MAX).map(|(key, count)| (key[0], count)).collect();
            prop_assert!(counted.len() <= KEYS_MAX);
            for (key, count) in &counted {
                let times = exact[key];
                prop_assert!(times <= count.most);
                prop_assert!(count.most - count.error <= times);
                prop_assert!(count.error <= share);
            }
            for (key, times) in &exact {
                prop_assert!(*times <= share || counted.contains_key(key));
            }
            let mosts: Vec<u64> = sketch.top(usize::MAX).map(|(_, count)| count.most).collect();
            prop_assert!(mosts.is_sorted_by(|a, b| a >= b));
        }

        #[test]
        fn few_keys_are_counted_exactly(
            stream in prop::collection::vec((0_u8..5, 1_u64..7), 0..200),
        ) {
            let (mut sketch, mut exact) = (Sketch::new(KEYS_MAX), BTreeMap::<u8, u64>::new());
            for (key, times) in stream {
                sketch.add(&[key], times);
                *exact.entry(key).or_default() += times;
            }
            for (key, count) in sketch.top(KEYS_MAX) {
                prop_assert_eq!(count, Count { most: exact[&key[0]], error: 0 });
            }
        }
    }
}
