//! Whether the history of one item has an explanation: an order of its events, each between its begin and its end, in which every
//! one saw what the ones before it made (linearizability).

use std::collections::HashSet;

/// The most events of one item.
const EVENTS_MAX: usize = 128;

/// What an item holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Content {
    /// Which write made it.
    pub(crate) write: u64,
    /// How often it was added to.
    pub(crate) count: u64,
    /// Whether it may expire at any time.
    pub(crate) is_due: bool,
}

/// An item, or none.
pub(crate) type State = Option<Content>;

/// What a write is made on condition of.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Condition {
    Absent,
    /// What one write made is there.
    Is(u64),
}

/// What is to become of the item.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Effect {
    Keep,
    Set(Content),
    Remove,
    /// One is added to its count; it begins with none.
    Add(u64),
}

/// How an event ended.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Outcome {
    /// It was made, and saw this before, and this count after.
    Made { before: Option<State>, count_after: Option<u64> },
    /// The condition did not hold.
    Refused,
    /// Nobody knows whether it was made.
    Unknown,
}

/// Something that a client did to the item.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) begin: u64,
    pub(crate) end: u64,
    pub(crate) condition: Option<Condition>,
    pub(crate) effect: Effect,
    pub(crate) outcome: Outcome,
}

impl Event {
    /// Something that was read.
    pub(crate) fn read(begin: u64, end: u64, seen: State) -> Self {
        let outcome = Outcome::Made { before: Some(seen), count_after: None };
        Self { begin, end, condition: None, effect: Effect::Keep, outcome }
    }

    fn is_known(&self) -> bool {
        !matches!(self.outcome, Outcome::Unknown)
    }

    /// The state after the event, if it can happen in `state`.
    fn step(&self, state: State) -> Option<State> {
        let holds = match self.condition {
            None => true,
            Some(Condition::Absent) => state.is_none(),
            Some(Condition::Is(write)) => state.is_some_and(|content| content.write == write),
        };
        match self.outcome {
            Outcome::Refused => return (!holds).then_some(state),
            Outcome::Unknown if !holds => return Some(state),
            Outcome::Made { .. } if !holds => return None,
            Outcome::Made { before: Some(before), .. } if before != state => return None,
            Outcome::Made { .. } | Outcome::Unknown => {}
        }
        let next = match self.effect {
            Effect::Keep => state,
            Effect::Set(content) => Some(content),
            Effect::Remove => None,
            Effect::Add(write) => {
                let old = state.unwrap_or(Content { write, count: 0, is_due: false });
                Some(Content { write, count: old.count + 1, ..old })
            }
        };
        match self.outcome {
            Outcome::Made { count_after: Some(count), .. }
                if next.is_none_or(|content| content.count != count) =>
            {
                None
            }
            Outcome::Made { .. } | Outcome::Unknown | Outcome::Refused => Some(next),
        }
    }
}

/// Whether the events of one item have an explanation, from no item on.
pub(crate) fn has_explanation(events: &[Event]) -> bool {
    assert!(events.len() <= EVENTS_MAX, "{} events are too many", events.len());
    let all_known = (0..events.len())
        .filter(|place| events[*place].is_known())
        .fold(0_u128, |set, place| set | 1 << place);
    let mut seen = HashSet::new();
    let mut open = vec![(0_u128, None)];
    while let Some((made, state)) = open.pop() {
        if made & all_known == all_known {
            return true;
        }
        if !seen.insert((made, state)) {
            continue;
        }
        // Nothing can come before what ended before it began.
        let is_open = |place: &usize| made & (1 << place) == 0;
        let first_end = (0..events.len())
            .filter(is_open)
            .filter(|place| events[*place].is_known())
            .map(|place| events[place].end)
            .min()
            .unwrap_or(u64::MAX);
        let is_due = state.is_some_and(|content: Content| content.is_due);
        for place in (0..events.len()).filter(is_open) {
            let event = &events[place];
            if event.begin > first_end {
                continue;
            }
            for from in std::iter::once(state).chain(is_due.then_some(None)) {
                if let Some(next) = event.step(from) {
                    open.push((made | 1 << place, next));
                }
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Content = Content { write: 1, count: 0, is_due: false };
    const B: Content = Content { write: 2, count: 0, is_due: false };

    fn put(begin: u64, end: u64, content: Content) -> Event {
        let outcome = Outcome::Made { before: None, count_after: None };
        Event { begin, end, condition: None, effect: Effect::Set(content), outcome }
    }

    fn add(begin: u64, end: u64, write: u64, count: u64) -> Event {
        let outcome = Outcome::Made { before: None, count_after: Some(count) };
        Event { begin, end, condition: None, effect: Effect::Add(write), outcome }
    }

    #[test]
    fn a_read_sees_the_last_write_that_ended_or_one_under_way() {
        assert!(has_explanation(&[put(0, 1, A), Event::read(2, 3, Some(A))]));
        assert!(has_explanation(&[put(0, 5, A), Event::read(2, 3, None)]));
        assert!(has_explanation(&[put(0, 5, A), Event::read(2, 3, Some(A))]));
        assert!(!has_explanation(&[put(0, 1, A), Event::read(2, 3, None)]));
        assert!(!has_explanation(&[put(0, 1, A), put(2, 3, B), Event::read(4, 5, Some(A))]));
    }

    #[test]
    fn what_was_seen_once_is_not_taken_back() {
        let history = [put(0, 9, A), Event::read(1, 2, Some(A)), Event::read(3, 4, None)];
        assert!(!has_explanation(&history));
    }

    #[test]
    fn a_lost_update_has_no_explanation() {
        assert!(has_explanation(&[add(0, 3, 1, 1), add(1, 2, 2, 2)]));
        assert!(!has_explanation(&[add(0, 3, 1, 1), add(1, 2, 2, 1)]));
    }

    #[test]
    fn an_unknown_write_was_made_at_any_time_or_never() {
        let unknown = Event { outcome: Outcome::Unknown, ..put(0, 1, A) };
        assert!(has_explanation(&[unknown.clone(), Event::read(2, 3, None)]));
        assert!(has_explanation(&[
            unknown.clone(),
            Event::read(2, 3, None),
            Event::read(4, 5, Some(A))
        ]));
        assert!(!has_explanation(&[unknown, Event::read(2, 3, Some(A)), Event::read(4, 5, None)]));
    }

    #[test]
    fn a_condition_holds_exactly_when_its_write_is_made() {
        let absent =
            |outcome| Event { condition: Some(Condition::Absent), outcome, ..put(2, 3, B) };
        let made = Outcome::Made { before: None, count_after: None };
        assert!(!has_explanation(&[put(0, 1, A), absent(made)]));
        assert!(has_explanation(&[put(0, 1, A), absent(Outcome::Refused)]));
        assert!(!has_explanation(&[absent(Outcome::Refused)]));
    }

    #[test]
    fn only_what_is_due_goes_by_itself() {
        let due = Content { is_due: true, ..A };
        assert!(has_explanation(&[put(0, 1, due), Event::read(2, 3, None)]));
        assert!(!has_explanation(&[
            put(0, 1, due),
            Event::read(2, 3, None),
            Event::read(4, 5, Some(due))
        ]));
    }
}
