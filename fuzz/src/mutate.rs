//! New inputs from known ones: a few small damages each, of the kinds that parsers stumble over.

use std::ops::Range;

use fastrand::Rng;

/// The most bytes of an input that is made.
const INPUT_BYTES_MAX: usize = 256 * 1024;
/// The most damages to one input.
const CHANGES_MAX: usize = 6;
/// How often something is repeated, mostly and in the rare case that looks for deep nesting.
const REPEATS_MAX: usize = 8;
const REPEATS_RARE: usize = 20_000;
/// What often stands at a limit.
const NUMBERS: [&str; 10] = [
    "0",
    "-1",
    "1e400",
    "65536",
    "2147483648",
    "4294967296",
    "9223372036854775808",
    "18446744073709551616",
    "99999999999999999999999999999999999999",
    "1E-130",
];
const BYTES: [u8; 16] = *b"\0\x01\x7f\x80\xff\"\\{}[]:,.e-";

/// An input made from one or two of a corpus.
pub(crate) fn input(corpus: &[&[u8]], random: &mut Rng) -> Vec<u8> {
    let mut bytes = random.choice(corpus).map(|bytes| bytes.to_vec()).unwrap_or_default();
    for _ in 0..random.usize(1..=CHANGES_MAX) {
        change(&mut bytes, corpus, random);
    }
    bytes.truncate(INPUT_BYTES_MAX);
    bytes
}

fn change(bytes: &mut Vec<u8>, corpus: &[&[u8]], random: &mut Rng) {
    let at = random.usize(..=bytes.len());
    let part = range(bytes.len(), random);
    match random.u8(..10) {
        0 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.u8(..8);
            }
        }
        1 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = random.u8(..);
            }
        }
        2 => bytes.insert(at, random.choice(BYTES).unwrap_or_default()),
        3 => drop(bytes.drain(part)),
        4 => bytes.truncate(at),
        5 => repeat(bytes, part, random),
        6 => {
            let copy = bytes.get(part).unwrap_or_default().to_vec();
            drop(bytes.splice(at..at, copy));
        }
        7 => {
            let digits = number(bytes, at);
            let other = random.choice(NUMBERS).unwrap_or_default();
            drop(bytes.splice(digits, other.bytes()));
        }
        _ => {
            let other = random.choice(corpus).copied().unwrap_or_default();
            let other = other.get(range(other.len(), random)).unwrap_or_default();
            drop(bytes.splice(part, other.iter().copied()));
        }
    }
}

/// A part of so many bytes, more often a short one.
fn range(length: usize, random: &mut Rng) -> Range<usize> {
    let start = random.usize(..=length);
    let longest = if random.bool() { 16.min(length - start) } else { length - start };
    start..start + random.usize(..=longest)
}

/// Repeats a part in its place: once in a while so often that nesting which is not bounded overflows the stack.
fn repeat(bytes: &mut Vec<u8>, part: Range<usize>, random: &mut Rng) {
    let is_rare = random.u8(..32) == 0;
    let times = random.usize(1..=if is_rare { REPEATS_RARE } else { REPEATS_MAX });
    let copy = bytes.get(part.clone()).unwrap_or_default();
    let times = times.min(INPUT_BYTES_MAX / copy.len().max(1));
    let copies = copy.repeat(times);
    drop(bytes.splice(part.end..part.end, copies));
}

/// The digits around a place, or the place itself where there are none.
fn number(bytes: &[u8], at: usize) -> Range<usize> {
    let (before, behind) = bytes.split_at(at.min(bytes.len()));
    let digits = |byte: &&u8| byte.is_ascii_digit();
    let start = before.len() - before.iter().rev().take_while(digits).count();
    start..before.len() + behind.iter().take_while(digits).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_made_of_anything_and_keep_their_bound() {
        let mut random = Rng::with_seed(1);
        let long = vec![7; 300_000];
        let corpus: [&[u8]; 3] = [b"", b"[12]", &long];
        for _ in 0..2000 {
            assert!(input(&corpus, &mut random).len() <= INPUT_BYTES_MAX);
        }
        assert_eq!(input(&[], &mut Rng::with_seed(2)), input(&[], &mut Rng::with_seed(2)));
    }

    #[test]
    fn a_number_is_found_around_any_of_its_digits() {
        for (at, expected) in [(0, 0..0), (1, 1..3), (2, 1..3), (3, 1..3), (4, 4..4)] {
            assert_eq!(number(b"a12bc", at), expected);
        }
    }
}
