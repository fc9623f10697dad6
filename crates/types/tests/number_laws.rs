//! Numbers, held against whole numbers of any length: every number is a whole multiple of one tiny unit.

#![expect(clippy::unwrap_used, reason = "a test that fails here has failed")]

use num_bigint::{BigInt, BigUint};
use pixii_types::{Number, NumberError};
use proptest::prelude::*;

/// The place of the last digit that any text here may have: what is smallest, with 38 digits, and some.
const UNIT: i64 = -400;
const DIGITS_MAX: usize = 38;

/// A number as a person takes it apart: sign, digits, and the place of the last one.
#[derive(Debug, Clone)]
struct Decimal {
    is_negative: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    /// How many units it is.
    fn units(&self) -> BigInt {
        let zeros = usize::try_from(self.exponent - UNIT).unwrap();
        let magnitude: BigInt = format!("{}{}", self.digits, "0".repeat(zeros)).parse().unwrap();
        if self.is_negative { -magnitude } else { magnitude }
    }
}

/// What the number should be printed as, or why there is none.
fn expected(units: &BigInt) -> Result<String, NumberError> {
    let digits = units.magnitude().to_string();
    if *units.magnitude() == BigUint::ZERO {
        return Ok("0".to_owned());
    }
    let first = i64::try_from(digits.len()).unwrap() - 1 + UNIT;
    if first > 125 {
        return Err(NumberError::Overflow);
    }
    if first < -130 {
        return Err(NumberError::Underflow);
    }
    if digits.trim_end_matches('0').len() > DIGITS_MAX {
        return Err(NumberError::TooManyDigits);
    }
    let places = usize::try_from(-UNIT).unwrap();
    let padded = format!("{digits:0>width$}", width = places + 1);
    let (whole, fraction) = padded.split_at(padded.len() - places);
    let fraction = fraction.trim_end_matches('0');
    let sign = if units.sign() == num_bigint::Sign::Minus { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    Ok(format!("{sign}{whole}{point}{fraction}"))
}

fn shown(number: Result<Number, NumberError>) -> Result<String, NumberError> {
    number.map(|number| number.to_string())
}

fn parsed(decimal: &Decimal) -> Option<Number> {
    let sign = if decimal.is_negative { "-" } else { "" };
    format!("{sign}{}e{}", decimal.digits, decimal.exponent).parse().ok()
}

fn decimals() -> impl Strategy<Value = Decimal> {
    let digits = prop_oneof!["[0-9]{1,4}", "[0-9]{30,40}", "[1-9]0{0,40}[0-9]", "9{36,39}"];
    let exponent = prop_oneof![-5_i64..5, -180_i64..130, -172_i64..-125, 80_i64..130];
    (any::<bool>(), digits, exponent).prop_map(|(is_negative, digits, exponent)| Decimal {
        is_negative,
        digits,
        exponent,
    })
}

/// Those that are numbers, and the numbers that they are.
fn numbers() -> impl Strategy<Value = (Decimal, Number)> {
    decimals().prop_filter_map("no number", |decimal| Some((decimal.clone(), parsed(&decimal)?)))
}

/// A text for a decimal: with the point anywhere, zeros around it, an exponent that makes up for it.
fn spelled(decimal: &Decimal, point: usize, zeros: usize, is_plain: bool) -> String {
    let digits = format!("{}{}{}", "0".repeat(zeros), decimal.digits, "0".repeat(zeros));
    let (whole, fraction) = digits.split_at(point.min(digits.len()));
    let last = decimal.exponent - i64::try_from(zeros).unwrap();
    let exponent = last + i64::try_from(fraction.len()).unwrap();
    let sign = match (decimal.is_negative, is_plain) {
        (true, _) => "-",
        (false, true) => "",
        (false, false) => "+",
    };
    let letter = if is_plain { 'e' } else { 'E' };
    let plus = if exponent >= 0 && !is_plain { "+0" } else { "" };
    format!("{sign}{whole}.{fraction}{letter}{plus}{exponent}")
}

fn bytes(number: Number) -> Vec<u8> {
    let mut bytes = Vec::new();
    number.encode(&mut bytes);
    bytes
}

/// Section by section what a number counts for: a byte, one for every two significant digits on either side of
/// the point, one for a minus sign.
fn expected_size(text: &str) -> usize {
    if text == "0" {
        return 1;
    }
    let plain = text.trim_start_matches('-');
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    let whole = if fraction.is_empty() { whole.trim_end_matches('0') } else { whole };
    let whole = whole.trim_start_matches('0').len();
    let fraction = if whole == 0 { fraction.trim_start_matches('0') } else { fraction }.len();
    1 + whole.div_ceil(2) + fraction.div_ceil(2) + usize::from(text.starts_with('-'))
}

proptest! {
    #[test]
    fn every_spelling_of_a_value_is_one_number_or_one_fault(
        decimal in decimals(),
        point in 0_usize..60,
        zeros in 0_usize..20,
        is_plain: bool,
    ) {
        prop_assume!(decimal.digits.bytes().any(|digit| digit != b'0'));
        let text = spelled(&decimal, point, zeros, is_plain);
        prop_assert_eq!(shown(text.parse()), expected(&decimal.units()), "{}", text);
    }

    #[test]
    fn numbers_and_their_bytes_are_in_the_order_of_their_values(
        (a, a_number) in numbers(),
        (b, b_number) in numbers(),
    ) {
        let order = a.units().cmp(&b.units());
        prop_assert_eq!(a_number.cmp(&b_number), order);
        prop_assert_eq!(bytes(a_number).cmp(&bytes(b_number)), order);
        prop_assert_eq!(a_number == b_number, order.is_eq());
        prop_assert_eq!(Number::decode(&bytes(a_number)), Some(a_number));
    }

    #[test]
    fn sums_and_differences_are_exact_or_refused_for_the_right_reason(
        (a, a_number) in numbers(),
        (b, b_number) in numbers(),
    ) {
        let (sum, difference) = (a.units() + b.units(), a.units() - b.units());
        let same = |actual: Result<String, NumberError>, exact: &BigInt| {
            let expected = expected(exact);
            // A result may be too large and too long at once; which of the two is told does not matter.
            actual == expected || (actual.is_err() && expected.is_err())
        };
        prop_assert!(same(shown(a_number.plus(b_number)), &sum), "{} {:?}", sum, a_number.plus(b_number));
        prop_assert!(same(shown(a_number.minus(b_number)), &difference), "{}", difference);
    }

    #[test]
    fn a_number_counts_for_its_significant_digits((_, number) in numbers()) {
        prop_assert_eq!(number.size(), expected_size(&number.to_string()), "{}", number);
    }

    #[test]
    fn a_text_that_follows_no_grammar_is_no_number(text in "[-+.eE0-9 _x]{0,8}") {
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(&text);
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.strip_prefix(['-', '+']).unwrap_or(exponent)),
            None => (unsigned, "0"),
        };
        let digits = mantissa.replacen('.', "", 1);
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_number = is_digits(&digits) && is_digits(exponent);
        prop_assert_eq!(text.parse::<Number>() != Err(NumberError::NotANumber), is_number, "{}", text);
    }
}
