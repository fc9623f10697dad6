//! Where something stands in commit order: along a log, and for clients as a sequence number.

use serde::{Deserialize, Serialize};
use storage::Stamp;

/// The bytes of a position in a key: a commit's stamp, and a place among what the commit appended.
pub(crate) const POSITION_BYTES: usize = 12;
/// Bits of the place within a commit.
const PLACE_BITS: u32 = 16;
/// What sequence numbers begin at: more than any position, so that all have thirty digits and sort as numbers
/// and as texts alike. The service's have at least 21 digits.
const SEQUENCE_START: u128 = 100_000_000_000_000_000_000_000_000_000;

/// A place in commit order. The default comes before every commit.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Position(u128);

impl Position {
    /// The place behind everything that a commit, and all before it, appended.
    pub(crate) fn behind(stamp: Stamp) -> Self {
        let number = stamp.0.iter().fold(0, |number, byte| number << 8 | u128::from(*byte));
        Self((number + 1) << PLACE_BITS)
    }

    /// The next place.
    pub(crate) fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// A place about in the middle between this and a later one, at the beginning of a commit.
    pub(crate) fn middle(self, later: Self) -> Self {
        let middle = self.0 + (later.0 - self.0) / 2;
        Self((middle >> PLACE_BITS << PLACE_BITS).max(self.0))
    }

    pub(crate) fn from_bytes(bytes: [u8; POSITION_BYTES]) -> Self {
        Self(bytes.iter().fold(0, |number, byte| number << 8 | u128::from(*byte)))
    }

    pub(crate) fn to_bytes(self) -> [u8; POSITION_BYTES] {
        let mut bytes = [0; POSITION_BYTES];
        for (byte, source) in bytes.iter_mut().rev().zip(self.0.to_le_bytes()) {
            *byte = source;
        }
        bytes
    }

    /// As clients know it: thirty digits.
    pub(crate) fn sequence_number(self) -> String {
        (SEQUENCE_START + self.0).to_string()
    }

    /// Reads a sequence number; `None` for what was never given as one.
    pub(crate) fn of_sequence_number(text: &str) -> Option<Self> {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
        let number: u128 = text.parse().ok().filter(|_| is_plain)?;
        let position = number.checked_sub(SEQUENCE_START)?;
        (position < 1 << (8 * POSITION_BYTES)).then_some(Self(position))
    }
}

impl From<Position> for String {
    fn from(position: Position) -> Self {
        position.sequence_number()
    }
}

impl TryFrom<String> for Position {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::of_sequence_number(&text).ok_or("no position in commit order")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn positions_bytes_and_sequence_numbers_sort_alike(a: [u8; 12], b: [u8; 12]) {
            let (first, second) = (Position::from_bytes(a), Position::from_bytes(b));
            prop_assert_eq!(first.cmp(&second), a.cmp(&b));
            let (text, other) = (first.sequence_number(), second.sequence_number());
            prop_assert_eq!(text.cmp(&other), a.cmp(&b));
            prop_assert_eq!(Position::of_sequence_number(&text), Some(first));
            prop_assert_eq!(first.to_bytes(), a);
            prop_assert_eq!(text.len(), 30);
        }

        #[test]
        fn the_middle_is_in_between(a: [u8; 12], b: [u8; 12]) {
            let (a, b) = (Position::from_bytes(a.min(b)), Position::from_bytes(a.max(b)));
            let middle = a.middle(b);
            prop_assert!(a <= middle && middle <= b);
        }
    }

    #[test]
    fn what_was_never_given_is_no_sequence_number() {
        for text in [
            "",
            "1",
            "-1",
            "+100000000000000000000000000001",
            "1e29",
            "99999999999999999999999999999999999999",
        ] {
            assert_eq!(Position::of_sequence_number(text), None, "{text}");
        }
    }
}
