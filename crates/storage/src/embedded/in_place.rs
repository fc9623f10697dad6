//! Reads that may wait for the disk on the thread that asks.
//!
//! Handing a read to another thread and back takes longer than most reads from a disk do, and far longer than one that the operating
//! system has in memory. So readers go to the disk where they are, as long as that is quick. Where several reads in a row turn
//! out slow, all are handed over for a while; each time that trying again is in vain, for twice as long.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A read that takes longer was better handed over; unless it was the machine that had other things to do, which happens now and then.
const SLOW: Duration = Duration::from_millis(1);
/// What a slow read weighs against quick ones.
const SLOW_WEIGHT: usize = 8;
/// At this weight reads are handed over: three slow ones, with few quick ones between.
const WEIGHT_MAX: usize = 20;
/// How many reads are then handed over before one is tried again: at first, and at most.
const REST_READS_MIN: usize = 200;
const REST_READS_MAX: usize = 1 << 16;

/// Whether reads wait in place.
pub(super) struct InPlace {
    /// How slow the last reads were.
    weight: AtomicUsize,
    /// How many reads are still to be handed over.
    rest: AtomicUsize,
    /// How many will be the next time.
    next_rest: AtomicUsize,
}

/// Leave to read in place, until it is dropped.
pub(super) struct Turn<'a> {
    place: &'a InPlace,
    begun: Instant,
}

impl InPlace {
    pub(super) fn new() -> Self {
        Self {
            weight: AtomicUsize::new(0),
            rest: AtomicUsize::new(0),
            next_rest: AtomicUsize::new(REST_READS_MIN),
        }
    }

    /// Leave to read, if reads are quick.
    pub(super) fn turn(&self) -> Option<Turn<'_>> {
        let order = Ordering::Relaxed;
        let less = |count: usize| count.checked_sub(1);
        if self.rest.load(order) > 0 && self.rest.fetch_update(order, order, less).is_ok() {
            return None;
        }
        Some(Turn { place: self, begun: Instant::now() })
    }

    // Updates may be lost between threads, which only makes this a little more or less patient.
    fn learn(&self, duration: Duration) {
        let order = Ordering::Relaxed;
        let weight = self.weight.load(order);
        if duration <= SLOW {
            if weight > 0 {
                self.weight.store(weight - 1, order);
                if weight == 1 {
                    self.next_rest.store(REST_READS_MIN, order);
                }
            }
        } else if weight + SLOW_WEIGHT < WEIGHT_MAX {
            self.weight.store(weight + SLOW_WEIGHT, order);
        } else {
            // The weight stays: the next slow read is enough.
            let rest = self.next_rest.load(order);
            self.rest.store(rest, order);
            self.next_rest.store((rest * 2).min(REST_READS_MAX), order);
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.place.learn(self.begun.elapsed());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Duration = Duration::from_micros(10);
    const LONG: Duration = Duration::from_millis(5);

    fn learned(durations: &[Duration]) -> InPlace {
        let place = InPlace::new();
        for duration in durations {
            place.learn(*duration);
        }
        place
    }

    /// How many reads are handed over before one is tried in place.
    fn rest(place: &InPlace) -> usize {
        let mut handed_over = 0;
        loop {
            match place.turn() {
                // It ends by itself, and nothing is learned of it.
                Some(turn) => {
                    std::mem::forget(turn);
                    return handed_over;
                }
                None => handed_over += 1,
            }
        }
    }

    #[test]
    fn quick_reads_stay_in_place_with_a_slow_one_now_and_then() {
        let mut durations = vec![QUICK; 1000];
        for duration in durations.iter_mut().step_by(10) {
            *duration = LONG;
        }
        assert_eq!(rest(&learned(&durations)), 0);
    }

    #[test]
    fn after_slow_reads_in_a_row_the_next_ones_are_handed_over() {
        assert_eq!(rest(&learned(&[LONG; 2])), 0);
        assert_eq!(rest(&learned(&[LONG; 3])), REST_READS_MIN);
    }

    #[test]
    fn while_reads_stay_slow_they_are_tried_less_and_less() {
        let place = learned(&[LONG; 3]);
        let mut expected = REST_READS_MIN;
        for _ in 0..12 {
            assert_eq!(rest(&place), expected);
            place.learn(LONG);
            expected = (expected * 2).min(REST_READS_MAX);
        }
        rest(&place);
        // Once they are quick again, it begins anew.
        for duration in [[QUICK; WEIGHT_MAX].as_slice(), &[LONG; 3]].concat() {
            place.learn(duration);
        }
        assert_eq!(rest(&place), REST_READS_MIN);
    }
}
