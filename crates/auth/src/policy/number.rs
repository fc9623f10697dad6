//! Decimal numbers of any length, compared exactly.

use std::cmp::Ordering;

/// A number: its sign, and `0.DIGITS` times ten to the power of `exponent`. The digits neither begin nor end with a
/// zero, and zero has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Number {
    is_negative: bool,
    digits: Vec<u8>,
    exponent: i64,
}

impl Number {
    /// Reads `-12.5e3` and the like.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (is_negative, text) = match text.strip_prefix(['-', '+']) {
            Some(rest) => (text.starts_with('-'), rest),
            None => (false, text),
        };
        let (mantissa, power) = match text.split_once(['e', 'E']) {
            Some((mantissa, power)) => (mantissa, i64::from(power.parse::<i32>().ok()?)),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
        digits.drain(..zeros);
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        let is_zero = digits.is_empty();
        let exponent = i64::try_from(whole.len()).ok()? - i64::try_from(zeros).ok()? + power;
        let exponent = if is_zero { 0 } else { exponent };
        Some(Self { is_negative: is_negative && !is_zero, digits, exponent })
    }

    /// How far from zero, first by whether it is there at all.
    fn size(&self) -> (bool, i64, &[u8]) {
        (!self.digits.is_empty(), self.exponent, &self.digits)
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.is_negative, other.is_negative) {
            (false, false) => self.size().cmp(&other.size()),
            (true, true) => other.size().cmp(&self.size()),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(left: &str, expected: Ordering, right: &str) {
        let [left, right] = [left, right].map(|text| Number::parse(text).unwrap());
        assert_eq!(left.cmp(&right), expected);
        assert_eq!(right.cmp(&left), expected.reverse());
    }

    #[test]
    fn numbers_are_ordered_by_value_whatever_their_form() {
        check("1", Ordering::Equal, "1.0");
        check("100", Ordering::Equal, "1e2");
        check("0", Ordering::Equal, "-0.00");
        check("00012", Ordering::Equal, "+12");
        check(".5", Ordering::Equal, "5e-1");
        check("9", Ordering::Less, "10");
        check("0.09", Ordering::Less, "0.1");
        check("0", Ordering::Less, "0.001");
        check("-1", Ordering::Less, "0");
        check("-10", Ordering::Less, "-9");
        check("-0.1", Ordering::Less, "-0.01");
        check("9007199254740992", Ordering::Less, "9007199254740993");
        check("0.1000000000000000055511151231257827", Ordering::Greater, "0.1");
        check("12", Ordering::Less, "123");
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in [
            "",
            "-",
            "+",
            ".",
            "a",
            "1a",
            "1.2.3",
            "--1",
            "1e",
            "e1",
            "1e1.5",
            " 1",
            "0x1",
            "NaN",
            "1e99999999999",
        ] {
            assert_eq!(Number::parse(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn order_is_that_of_integers(left: i64, right: i64, scale in 0_u32..40) {
            let number = |value: i64| Number::parse(&format!("{value}e-{scale}")).unwrap();
            prop_assert_eq!(number(left).cmp(&number(right)), left.cmp(&right));
        }
    }
}
