//! Whether transactions that append to lists and read them can have happened one after the other, in an order that keeps to what was
//! over before what began (strict serializability).
//!
//! Every append is of a number of its own, so the lists at the end tell the order of the writers, and what was read tells where
//! in that order the reader stands. An order exists where these relations have no circle.

use std::collections::{BTreeMap, BTreeSet};

/// A transaction that was made, or perhaps was.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transaction {
    pub(crate) begin: u64,
    /// None where nobody knows whether it was made.
    pub(crate) end: Option<u64>,
    /// What it appends to each list.
    pub(crate) appended: Option<u64>,
    pub(crate) lists: Vec<usize>,
    /// What it read of lists.
    pub(crate) read: Vec<(usize, Vec<u64>)>,
    /// How long lists were, by its conditions.
    pub(crate) lengths: Vec<(usize, usize)>,
}

/// What is wrong with a history that ended with some lists; `None` where it has an explanation. What was `refused` must be
/// nowhere.
pub(crate) fn fault(
    transactions: &[Transaction],
    refused: &[u64],
    lists: &[Vec<u64>],
) -> Option<String> {
    let mut writers = BTreeMap::new();
    for (place, transaction) in transactions.iter().enumerate() {
        writers.extend(transaction.appended.map(|number| (number, place)));
    }
    if let Some(fault) = lists.iter().find_map(|list| list_fault(list, &writers, refused)) {
        return Some(fault);
    }
    let mut edges = vec![BTreeSet::new(); transactions.len()];
    for (place, transaction) in transactions.iter().enumerate() {
        if let Some(fault) = relate(place, transaction, (lists, &writers), &mut edges) {
            return Some(fault);
        }
        for (other, later) in transactions.iter().enumerate() {
            if transaction.end.is_some_and(|end| end < later.begin) {
                edges[place].insert(other);
            }
        }
    }
    for list in lists {
        for pair in list.windows(2) {
            edges[writers[&pair[0]]].insert(writers[&pair[1]]);
        }
    }
    circle(&edges)
}

fn list_fault(list: &[u64], writers: &BTreeMap<u64, usize>, refused: &[u64]) -> Option<String> {
    let distinct: BTreeSet<_> = list.iter().collect();
    if distinct.len() < list.len() {
        return Some(format!("something was appended twice: {list:?}"));
    }
    if let Some(number) = list.iter().find(|number| refused.contains(number)) {
        return Some(format!("{number} was refused and is there"));
    }
    let number = list.iter().find(|number| !writers.contains_key(number))?;
    Some(format!("{number} was appended by nobody"))
}

/// Adds what a transaction's own part of the lists, and what it saw, says of its place.
fn relate(
    place: usize,
    transaction: &Transaction,
    (lists, writers): (&[Vec<u64>], &BTreeMap<u64, usize>),
    edges: &mut [BTreeSet<usize>],
) -> Option<String> {
    let position =
        |list: &usize| lists[*list].iter().position(|number| Some(*number) == transaction.appended);
    if transaction.appended.is_some() {
        let there = transaction.lists.iter().filter(|list| position(list).is_some()).count();
        if there == 0 && transaction.end.is_none() {
            return None;
        }
        if there < transaction.lists.len() {
            return Some(format!("{transaction:?} is in {there} of its lists"));
        }
    }
    let mut seen: Vec<(usize, usize)> = Vec::new();
    for (list, read) in &transaction.read {
        if !lists[*list].starts_with(read) {
            return Some(format!("{transaction:?} read what list {list} never was"));
        }
        seen.push((*list, read.len()));
    }
    for (list, length) in &transaction.lengths {
        match position(list) {
            Some(position) if position != *length => {
                return Some(format!("{transaction:?} was made on a false condition"));
            }
            Some(_) => {}
            None => seen.push((*list, *length)),
        }
    }
    for (list, length) in seen {
        if let Some(last) = length.checked_sub(1).and_then(|last| lists[list].get(last)) {
            edges[writers[last]].insert(place);
        }
        if let Some(next) = lists[list].get(length) {
            edges[place].insert(writers[next]);
        }
    }
    None
}

/// A circle of relations, if there is one: what is left when everything is taken away that nothing left comes before.
fn circle(edges: &[BTreeSet<usize>]) -> Option<String> {
    let mut before = vec![0_usize; edges.len()];
    for (place, after) in edges.iter().enumerate() {
        for other in after.iter().filter(|other| **other != place) {
            before[*other] += 1;
        }
    }
    let mut free: Vec<usize> = (0..edges.len()).filter(|place| before[*place] == 0).collect();
    let mut left = edges.len();
    while let Some(place) = free.pop() {
        left -= 1;
        for other in edges[place].iter().filter(|other| **other != place) {
            before[*other] -= 1;
            if before[*other] == 0 {
                free.push(*other);
            }
        }
    }
    (left > 0).then(|| {
        let places: Vec<_> = (0..edges.len()).filter(|place| before[*place] > 0).collect();
        format!("no order explains the transactions {places:?}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn append(begin: u64, end: u64, number: u64, lists: &[usize]) -> Transaction {
        Transaction {
            begin,
            end: Some(end),
            appended: Some(number),
            lists: lists.to_vec(),
            ..Transaction::default()
        }
    }

    fn read(begin: u64, end: u64, read: &[(usize, &[u64])]) -> Transaction {
        let read = read.iter().map(|(list, read)| (*list, read.to_vec())).collect();
        Transaction { begin, end: Some(end), read, ..Transaction::default() }
    }

    #[test]
    fn one_after_the_other_has_an_explanation() {
        let history = [
            append(0, 1, 1, &[0, 1]),
            append(2, 5, 2, &[1]),
            read(3, 4, &[(0, &[1]), (1, &[1])]),
            read(6, 7, &[(1, &[1, 2])]),
        ];
        assert_eq!(fault(&history, &[], &[vec![1], vec![1, 2]]), None);
    }

    #[test]
    fn half_a_transaction_is_found() {
        let history = [append(0, 1, 1, &[0, 1])];
        assert!(fault(&history, &[], &[vec![1], vec![]]).is_some());
        let unknown = Transaction { end: None, ..append(0, 1, 1, &[0, 1]) };
        assert!(fault(std::slice::from_ref(&unknown), &[], &[vec![1], vec![]]).is_some());
        assert_eq!(fault(&[unknown], &[], &[vec![], vec![]]), None);
    }

    #[test]
    fn a_skewed_pair_of_reads_is_found() {
        // Each saw one write and not the other.
        let history = [
            append(0, 9, 1, &[0]),
            append(0, 9, 2, &[1]),
            read(0, 9, &[(0, &[1]), (1, &[])]),
            read(0, 9, &[(0, &[]), (1, &[2])]),
        ];
        assert!(fault(&history, &[], &[vec![1], vec![2]]).is_some());
    }

    #[test]
    fn a_write_skew_is_found() {
        // Both were made on condition that the other's list was still empty.
        let on_empty =
            |other, transaction| Transaction { lengths: vec![(other, 0)], ..transaction };
        let history = [on_empty(1, append(0, 9, 1, &[0])), on_empty(0, append(0, 9, 2, &[1]))];
        assert!(fault(&history, &[], &[vec![1], vec![2]]).is_some());
        assert_eq!(fault(&history[..1], &[], &[vec![1], vec![]]), None);
    }

    #[test]
    fn a_stale_read_is_found() {
        let history = [append(0, 1, 1, &[0]), read(2, 3, &[(0, &[])])];
        assert!(fault(&history, &[], &[vec![1]]).is_some());
    }

    #[test]
    fn what_was_made_twice_or_refused_and_made_is_found() {
        let history = [append(0, 1, 1, &[0])];
        assert!(fault(&history, &[], &[vec![1, 1]]).is_some());
        assert!(fault(&[], &[1], &[vec![1]]).is_some());
    }
}
