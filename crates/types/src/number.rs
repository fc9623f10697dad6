//! Numbers: exact decimals of up to 38 significant digits.
//!
//! Nothing here is a float: a set must tell two members apart by their last digit, and a
//! counter may not drift. Keys and stored items hold the order-preserving bytes, so that a
//! range read in byte order is a range read in number order.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use crate::limit::{NUMBER_DIGITS_MAX, NUMBER_EXPONENT_MAX, NUMBER_EXPONENT_MIN};

/// An exact decimal number: sign × digits × 10^exponent, always in lowest form, so that equal
/// numbers are equal values whatever their spelling was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Number {
    negative: bool,
    /// Power of ten of the last digit.
    exponent: i16,
    /// Below 10^38, and not a multiple of ten unless zero.
    digits: u128,
}

/// Why a text or a result is no number. The texts are the service's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// The text follows no number's grammar.
    #[error("The parameter cannot be converted to a numeric value")]
    NotANumber,
    /// Magnitude above 9.99…E+125.
    #[error(
        "Number overflow. Attempting to store a number with magnitude larger than supported range"
    )]
    Overflow,
    /// Magnitude below 1E-130.
    #[error(
        "Number underflow. Attempting to store a number with magnitude smaller than supported range"
    )]
    Underflow,
    /// More than 38 significant digits.
    #[error("Attempting to store more than 38 significant digits in a Number")]
    TooManyDigits,
}

const POSITIVE: u8 = 2;
const ZERO: u8 = 1;
const NEGATIVE: u8 = 0;
/// Ends a negative number's bytes, above every complemented pair: -12 sorts after -123.
const NEGATIVE_END: u8 = 0xFF;

impl Number {
    /// Zero.
    pub const ZERO: Self = Self { negative: false, exponent: 0, digits: 0 };

    /// The sum, exactly.
    ///
    /// # Errors
    /// Where the result needs more than 38 digits or leaves the range: it is never rounded.
    pub fn plus(self, other: Self) -> Result<Self, NumberError> {
        if self.digits == 0 {
            return Ok(other);
        }
        if other.digits == 0 {
            return Ok(self);
        }
        let (high, low) =
            if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        let shift = u32::from(high.exponent.abs_diff(low.exponent));
        // Where the higher one cannot be written in units of the lower one's last digit, the
        // sum has more than 38 digits: the lower one is too small to cancel that much.
        let scaled = 10_u128
            .checked_pow(shift)
            .and_then(|power| high.digits.checked_mul(power))
            .ok_or(NumberError::TooManyDigits)?;
        let (negative, digits) = if high.negative == low.negative {
            (high.negative, scaled.checked_add(low.digits).ok_or(NumberError::TooManyDigits)?)
        } else if scaled >= low.digits {
            (high.negative, scaled - low.digits)
        } else {
            (low.negative, low.digits - scaled)
        };
        Self::normal(negative, digits, i32::from(low.exponent))
    }

    /// The difference, exactly.
    ///
    /// # Errors
    /// As for [`Number::plus`].
    pub fn minus(self, other: Self) -> Result<Self, NumberError> {
        self.plus(Self { negative: !other.negative && other.digits != 0, ..other })
    }

    /// What the number counts for in an item's size, in bytes.
    ///
    /// One byte, one for every two significant digits before the point, one for every two after
    /// it, and one for a minus sign. Measured against the service; its guide's formula is off.
    #[must_use]
    pub fn size(self) -> usize {
        if self.digits == 0 {
            return 1;
        }
        let digits = self.digit_count();
        let fraction = digits.min(self.exponent.min(0).unsigned_abs());
        let bytes = 1 + (digits - fraction).div_ceil(2) + fraction.div_ceil(2);
        usize::from(bytes) + usize::from(self.negative)
    }

    /// Appends bytes that sort as the numbers do: at most 23.
    pub fn encode(self, bytes: &mut Vec<u8>) {
        if self.digits == 0 {
            bytes.push(ZERO);
            return;
        }
        let magnitude = self.magnitude();
        bytes.push(if self.negative { NEGATIVE } else { POSITIVE });
        bytes.push(if self.negative { !magnitude } else { magnitude });
        let start = bytes.len();
        let mut digits = self.digits;
        if self.digit_count() % 2 == 1 {
            digits *= 10;
        }
        while digits > 0 {
            let pair = u8::try_from(digits % 100).expect("a remainder of 100 fits a byte");
            bytes.push(if self.negative { 100 - pair } else { pair + 1 });
            digits /= 100;
        }
        bytes.get_mut(start..).expect("nothing was taken away").reverse();
        if self.negative {
            bytes.push(NEGATIVE_END);
        }
    }

    /// Reads what [`Number::encode`] wrote. `None` where the bytes are not that.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (&sign, rest) = bytes.split_first()?;
        if sign == ZERO {
            return rest.is_empty().then_some(Self::ZERO);
        }
        let negative = sign == NEGATIVE;
        if !negative && sign != POSITIVE {
            return None;
        }
        let (&magnitude, mut pairs) = rest.split_first()?;
        if negative {
            pairs = pairs.strip_suffix(&[NEGATIVE_END])?;
        }
        if pairs.is_empty() || pairs.len() > usize::from(NUMBER_DIGITS_MAX.div_ceil(2)) {
            return None;
        }
        let magnitude = i32::from(if negative { !magnitude } else { magnitude });
        let mut digits: u128 = 0;
        for &byte in pairs {
            let pair = if negative { 100_u8.checked_sub(byte)? } else { byte.checked_sub(1)? };
            digits = digits * 100 + u128::from(if pair < 100 { pair } else { return None });
        }
        // Pairs begin with the first digit, so the last pair may end in a zero of its own; a
        // first pair below ten or a last one of two zeros was written by no encoder.
        let places = i32::try_from(pairs.len()).ok()? * 2;
        if i32::from(digit_count(digits)) != places || digits.is_multiple_of(100) {
            return None;
        }
        Self::normal(negative, digits, magnitude + NUMBER_EXPONENT_MIN - (places - 1)).ok()
    }

    /// How many digits there are between the first and the last that is not zero.
    fn digit_count(self) -> u16 {
        digit_count(self.digits)
    }

    /// The power of ten of the first digit, counted from the smallest one allowed.
    fn magnitude(self) -> u8 {
        let first = i32::from(self.exponent) + i32::from(self.digit_count()) - 1;
        u8::try_from(first - NUMBER_EXPONENT_MIN)
            .expect("a number is in range, which has 256 places")
    }

    /// The lowest form, if the number is one.
    fn normal(negative: bool, mut digits: u128, mut exponent: i32) -> Result<Self, NumberError> {
        if digits == 0 {
            return Ok(Self::ZERO);
        }
        while digits.is_multiple_of(10) {
            digits /= 10;
            exponent += 1;
        }
        let count = digit_count(digits);
        in_range(exponent + i32::from(count) - 1)?;
        if count > NUMBER_DIGITS_MAX {
            return Err(NumberError::TooManyDigits);
        }
        let exponent = i16::try_from(exponent).expect("the first digit's place bounds the last's");
        Ok(Self { negative, exponent, digits })
    }
}

fn digit_count(digits: u128) -> u16 {
    let log = digits.checked_ilog10().unwrap_or(0);
    u16::try_from(log + 1).expect("a u128 has at most 39 digits")
}

/// Checks the power of ten of a first digit.
fn in_range(first: i32) -> Result<(), NumberError> {
    if first > NUMBER_EXPONENT_MAX {
        Err(NumberError::Overflow)
    } else if first < NUMBER_EXPONENT_MIN {
        Err(NumberError::Underflow)
    } else {
        Ok(())
    }
}

/// The digits of a text, as they are gathered from left to right.
#[derive(Default)]
struct Digits {
    value: u128,
    /// Significant digits in `value`.
    count: u32,
    /// Zeros since the last digit that was not one: significant only if another follows.
    zeros: u32,
    too_many: bool,
    any: bool,
    /// Digits after the point.
    fraction: i64,
}

impl Digits {
    fn push(&mut self, digit: u8, after_point: bool) {
        self.any = true;
        self.fraction += i64::from(after_point);
        if digit == b'0' {
            self.zeros = self.zeros.saturating_add(u32::from(self.count > 0));
            return;
        }
        let count = self.count.saturating_add(self.zeros).saturating_add(1);
        if count > u32::from(NUMBER_DIGITS_MAX) {
            self.too_many = true;
            self.zeros = 0;
            // The place of the first digit is all that still matters.
            self.count = count;
            return;
        }
        if !self.too_many {
            self.value = self.value * 10_u128.pow(self.zeros + 1) + u128::from(digit - b'0');
        }
        self.count = count;
        self.zeros = 0;
    }
}

impl FromStr for Number {
    type Err = NumberError;

    /// An optional sign, digits with at most one point among them, an optional exponent.
    fn from_str(text: &str) -> Result<Self, NumberError> {
        let (negative, rest) = sign(text.as_bytes());
        let mut digits = Digits::default();
        let mut after_point = false;
        let mut rest = rest.iter();
        let mut exponent = 0;
        while let Some(&byte) = rest.next() {
            match byte {
                b'0'..=b'9' => digits.push(byte, after_point),
                b'.' if !after_point => after_point = true,
                b'e' | b'E' => {
                    exponent = parse_exponent(rest.as_slice())?;
                    break;
                }
                _ => return Err(NumberError::NotANumber),
            }
        }
        if !digits.any {
            return Err(NumberError::NotANumber);
        }
        let last = exponent.saturating_sub(digits.fraction);
        if digits.count == 0 {
            // A zero is checked as if its last digit were a one, as the service does.
            in_range(clamp(last))?;
            return Ok(Self::ZERO);
        }
        let last = last.saturating_add(i64::from(digits.zeros));
        in_range(clamp(last.saturating_add(i64::from(digits.count) - 1)))?;
        if digits.too_many {
            return Err(NumberError::TooManyDigits);
        }
        Self::normal(negative, digits.value, clamp(last))
    }
}

fn sign(text: &[u8]) -> (bool, &[u8]) {
    match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        Some(_) | None => (false, text),
    }
}

/// An exponent, however long: beyond any that is in range, which one no longer matters.
fn parse_exponent(text: &[u8]) -> Result<i64, NumberError> {
    let (negative, digits) = sign(text);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(NumberError::NotANumber);
    }
    let value = digits.iter().fold(0_i64, |value, digit| {
        value.saturating_mul(10).saturating_add(i64::from(digit - b'0'))
    });
    Ok(if negative { -value } else { value })
}

fn clamp(place: i64) -> i32 {
    i32::try_from(place.clamp(-1_000_000, 1_000_000)).expect("a million fits")
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let rank = |number: &Self| match (number.digits, number.negative) {
            (0, _) => 0,
            (_, true) => -1,
            (_, false) => 1,
        };
        rank(self).cmp(&rank(other)).then_with(|| {
            let magnitudes = self.magnitude().cmp(&other.magnitude());
            let order = magnitudes.then_with(|| left_aligned(*self).cmp(&left_aligned(*other)));
            if self.negative { order.reverse() } else { order }
        })
    }
}

/// The digits with zeros behind them, as many as the longest number has.
fn left_aligned(number: Number) -> u128 {
    number.digits * 10_u128.pow(u32::from(NUMBER_DIGITS_MAX - number.digit_count()))
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        Self::normal(false, value.into(), 0).expect("a u64 has at most 20 digits")
    }
}

impl fmt::Display for Number {
    /// Plain decimal: no plus sign, no exponent, no zeros that say nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negative {
            f.write_str("-")?;
        }
        if self.exponent >= 0 {
            write!(f, "{}", self.digits)?;
            return zeros(f, self.exponent.unsigned_abs());
        }
        let fraction = self.exponent.unsigned_abs();
        let count = self.digit_count();
        if fraction >= count {
            f.write_str("0.")?;
            zeros(f, fraction - count)?;
            return write!(f, "{}", self.digits);
        }
        let unit = 10_u128.pow(u32::from(fraction));
        let width = usize::from(fraction);
        write!(f, "{}.{:0width$}", self.digits / unit, self.digits % unit)
    }
}

fn zeros(f: &mut fmt::Formatter<'_>, count: u16) -> fmt::Result {
    (0..count).try_for_each(|_| f.write_str("0"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, NumberError>) {
        let number: Result<Number, NumberError> = text.parse();
        assert_eq!(number.map(|number| number.to_string()), expected.map(str::to_owned), "{text}");
    }

    #[test]
    fn a_number_is_printed_in_its_plainest_form() {
        for (text, plain) in [
            ("+5", "5"),
            (".5", "0.5"),
            ("5.", "5"),
            ("1.e5", "100000"),
            ("00042", "42"),
            ("-0", "0"),
            ("-0.00", "0"),
            ("1e-3", "0.001"),
            ("-12.3400", "-12.34"),
            ("12300e-2", "123"),
            ("0.0e126", "0"),
        ] {
            check(text, Ok(plain));
        }
        check("1E125", Ok(&format!("1{}", "0".repeat(125))));
        check("1E-130", Ok(&format!("0.{}1", "0".repeat(129))));
        check(&"9".repeat(38), Ok(&"9".repeat(38)));
    }

    #[test]
    fn what_follows_no_number_s_grammar_is_refused() {
        for text in [
            "", " 1", "1 ", "NaN", "Infinity", "0x5", "1_000", "1e", "+", ".", "1.2.3", "--1",
            "1e+", "e5", "1e5.0",
        ] {
            check(text, Err(NumberError::NotANumber));
        }
    }

    #[test]
    fn range_and_precision_have_their_own_faults() {
        check("1e126", Err(NumberError::Overflow));
        check("-1e126", Err(NumberError::Overflow));
        check("1e99999999999999999999999", Err(NumberError::Overflow));
        check("1e-131", Err(NumberError::Underflow));
        check("1e-99999999999999999999999", Err(NumberError::Underflow));
        check("0e126", Err(NumberError::Overflow));
        check("0e-131", Err(NumberError::Underflow));
        check(&"9".repeat(39), Err(NumberError::TooManyDigits));
        check(&format!("1{}1", "0".repeat(37)), Err(NumberError::TooManyDigits));
        check(&format!("1{}1", "0".repeat(200)), Err(NumberError::Overflow));
    }

    #[test]
    fn bytes_with_zeros_that_say_nothing_are_no_number() {
        assert_eq!(Number::decode(&[2, 130, 11]), "1".parse().ok());
        assert_eq!(Number::decode(&[2, 130, 11, 1]), None);
        assert_eq!(Number::decode(&[2, 130, 2]), None);
        assert_eq!(Number::decode(&[0, 125, 90, 100, 0xFF]), None);
    }

    #[test]
    fn sizes_are_those_the_service_charges() {
        for (text, size) in [
            ("0", 1),
            ("1", 2),
            ("12", 2),
            ("123", 3),
            ("100", 2),
            ("1.5", 3),
            ("100.5", 4),
            ("0.15", 2),
            ("3.14159", 5),
            ("-42", 3),
            ("1E125", 2),
            ("12345678901234567890123456789012345678", 20),
        ] {
            assert_eq!(text.parse::<Number>().unwrap().size(), size, "{text}");
        }
    }

    #[test]
    fn sums_are_exact_or_refused() {
        let sum = |a: &str, b: &str| {
            a.parse::<Number>().unwrap().plus(b.parse().unwrap()).map(|sum| sum.to_string())
        };
        assert_eq!(sum("0.1", "0.2").unwrap(), "0.3");
        assert_eq!(sum("1e38", "-1").unwrap(), "9".repeat(38));
        assert_eq!(sum("-5", "5").unwrap(), "0");
        assert_eq!(sum("1e38", "1").unwrap_err(), NumberError::TooManyDigits);
        assert_eq!(sum("1e125", "1e-130").unwrap_err(), NumberError::TooManyDigits);
        assert_eq!(sum("9e125", "9e125").unwrap_err(), NumberError::Overflow);
    }

    fn numbers() -> impl Strategy<Value = Number> {
        (any::<bool>(), 0_u128..10_u128.pow(38), -130_i32..125)
            .prop_filter_map("out of range", |(negative, digits, exponent)| {
                Number::normal(negative, digits, exponent).ok()
            })
    }

    proptest! {
        #[test]
        fn bytes_sort_as_numbers_do(a in numbers(), b in numbers()) {
            let bytes = |number: Number| {
                let mut bytes = Vec::new();
                number.encode(&mut bytes);
                bytes
            };
            prop_assert_eq!(a.cmp(&b), bytes(a).cmp(&bytes(b)));
            prop_assert_eq!(Number::decode(&bytes(a)), Some(a));
        }

        #[test]
        fn any_bytes_decode_to_what_encodes_to_them_or_to_nothing(bytes: Vec<u8>) {
            if let Some(number) = Number::decode(&bytes) {
                let mut again = Vec::new();
                number.encode(&mut again);
                prop_assert_eq!(again, bytes);
            }
        }

        #[test]
        fn a_printed_number_reads_back(number in numbers()) {
            prop_assert_eq!(number.to_string().parse::<Number>(), Ok(number));
        }

        #[test]
        fn what_is_added_can_be_taken_away(a in numbers(), b in numbers()) {
            if let Ok(sum) = a.plus(b) {
                prop_assert_eq!(sum.minus(b), Ok(a));
            }
        }
    }
}
