//! Counts the keys of one table or index, minute by minute.

use crate::insights::contributor::Contributor;
use crate::insights::list::List;
use crate::insights::sketch::Sketch;
use crate::insights::{MINUTE_MS, Mode, Rule};

/// Keys that are counted at once, by each rule.
const KEYS_MAX: usize = 1000;
/// Minutes that wait to be stored. Where they cannot be, the oldest are given up.
const CLOSED_MAX: usize = 10;

/// The present minute of a table or an index, and those that are not stored yet.
#[derive(Debug)]
pub(crate) struct Watch {
    mode: Mode,
    minute: u64,
    /// In the order of [`Rule::ALL`].
    sketches: [Sketch; Rule::ALL.len()],
    closed: Vec<Minute>,
    /// The minute before the present one, if anything came up in it.
    last: Option<Minute>,
}

/// The first keys of a minute that is over, by each rule that found any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Minute {
    /// Minutes since 1970.
    pub(crate) minute: u64,
    pub(crate) lists: Vec<(Rule, List)>,
}

impl Watch {
    pub(crate) fn new(mode: Mode) -> Self {
        Self { mode, minute: 0, sketches: sketches(), closed: Vec::new(), last: None }
    }

    pub(crate) fn mode(&self) -> Mode {
        self.mode
    }

    /// Counts a key that was used: `halves` of units, those of writes three times.
    pub(crate) fn accessed(&mut self, contributor: Contributor<'_>, halves: u64, now_ms: u64) {
        if self.mode == Mode::AccessedAndThrottled {
            let rules = (Rule::PartitionAccessed, Rule::ItemAccessed);
            self.add(rules, contributor, halves, now_ms);
        }
    }

    /// Counts a key for which there was no throughput.
    pub(crate) fn throttled(&mut self, contributor: Contributor<'_>, now_ms: u64) {
        self.add((Rule::PartitionThrottled, Rule::ItemThrottled), contributor, 1, now_ms);
    }

    fn add(
        &mut self,
        (of_partition, of_item): (Rule, Rule),
        contributor: Contributor<'_>,
        times: u64,
        now_ms: u64,
    ) {
        self.close(now_ms);
        let Contributor { partition, item } = contributor;
        for (rule, key) in [(of_partition, Some(partition)), (of_item, item)] {
            let sketch = self.sketches.get_mut(rule as usize);
            if let (Some(sketch), Some(key)) = (sketch, key) {
                sketch.add(key, times);
            }
        }
    }

    /// Closes the minute that was counted, if it is over. A clock that goes back goes on with it.
    fn close(&mut self, now_ms: u64) {
        let minute = now_ms / MINUTE_MS;
        if minute <= self.minute {
            return;
        }
        let lists = self.lists();
        let closed = std::mem::replace(&mut self.minute, minute);
        self.sketches = sketches();
        self.last = None;
        if !lists.is_empty() {
            let closed = Minute { minute: closed, lists };
            self.last = (closed.minute + 1 == minute).then(|| closed.clone());
            self.closed.push(closed);
        }
        let surplus = self.closed.len().saturating_sub(CLOSED_MAX);
        self.closed.drain(..surplus);
    }

    /// The minutes that are over and not stored yet. They are given once.
    pub(crate) fn take_closed(&mut self, now_ms: u64) -> Vec<Minute> {
        self.close(now_ms);
        std::mem::take(&mut self.closed)
    }

    /// The minute before the present one, if anything came up in it.
    pub(crate) fn last(&self) -> Option<&Minute> {
        self.last.as_ref()
    }

    /// Takes minutes back that could not be stored.
    pub(crate) fn give_back(&mut self, minutes: Vec<Minute>) {
        self.closed.splice(..0, minutes);
    }

    /// All that is not stored yet, with the minute that is not over.
    pub(crate) fn present(&self) -> Vec<Minute> {
        let open = Minute { minute: self.minute, lists: self.lists() };
        self.closed.iter().cloned().chain([open]).collect()
    }

    fn lists(&self) -> Vec<(Rule, List)> {
        let lists = Rule::ALL.into_iter().zip(&self.sketches);
        lists
            .filter(|(_, sketch)| sketch.total() > 0)
            .map(|(rule, sketch)| (rule, List::of(sketch)))
            .collect()
    }
}

fn sketches() -> [Sketch; Rule::ALL.len()] {
    Rule::ALL.map(|_| Sketch::new(KEYS_MAX))
}
