//! Key conditions: conditions that a range of keys can answer.

use std::sync::Arc;

use types::{AttributeValue, Item};

use crate::error::{Error, Kind, echo};
use crate::parse::condition::parse_condition;
use crate::placeholder::Placeholders;
use crate::tree::{Comparator, Condition, Operand, Path};

/// What must hold of each of some attributes, in the order of the text. Whether they are the
/// keys of what is queried, and the values of the keys' types, is for the caller to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyCondition {
    /// Each attribute is there once.
    pub conditions: Vec<(Arc<str>, KeyTest)>,
}

impl KeyCondition {
    /// The attributes that must equal a value, with it.
    #[must_use]
    pub fn equal(&self) -> Item {
        let equal = |(name, test): &(Arc<str>, KeyTest)| match test {
            KeyTest::Equal(value) => Some((name.to_string(), value.clone())),
            KeyTest::Less(_)
            | KeyTest::LessOrEqual(_)
            | KeyTest::Greater(_)
            | KeyTest::GreaterOrEqual(_)
            | KeyTest::Between(..)
            | KeyTest::BeginsWith(_)
            | KeyTest::NotIndexable => None,
        };
        Item(self.conditions.iter().filter_map(equal).collect())
    }
}

/// What must hold of one attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyTest {
    /// It equals the value, which may be of any type.
    Equal(AttributeValue),
    /// It comes before the value. The values from here on are S, N or B.
    Less(AttributeValue),
    /// It comes before the value or equals it.
    LessOrEqual(AttributeValue),
    /// It comes after the value.
    Greater(AttributeValue),
    /// It comes after the value or equals it.
    GreaterOrEqual(AttributeValue),
    /// It comes between the two, of one type and in order, or equals one.
    Between(AttributeValue, AttributeValue),
    /// It begins with the value, which is S or B.
    BeginsWith(AttributeValue),
    /// Something that no range of keys can answer. A text that says such a thing is refused by
    /// itself, but the older parameter only once the keys are known.
    NotIndexable,
}

/// Reads a `KeyConditionExpression`.
///
/// # Errors
/// Where the text is no condition, or not one that a range of keys can answer.
pub fn parse_key_condition(
    text: &str,
    placeholders: &mut Placeholders,
) -> Result<KeyCondition, Error> {
    let condition = parse_condition(Kind::KeyCondition, text, placeholders)?;
    let mut conditions = Vec::new();
    for condition in clauses(&condition) {
        conditions.push(test(condition)?);
    }
    let mut names: Vec<&Arc<str>> = conditions.iter().map(|(name, _)| name).collect();
    names.sort();
    if !names.is_sorted_by(|a, b| a < b) {
        return Err(Error::KeyConditionTwice);
    }
    Ok(KeyCondition { conditions })
}

/// The conditions that AND joins, also those in parentheses.
fn clauses(condition: &Condition) -> Vec<&Condition> {
    let Condition::All(conditions) = condition else {
        return vec![condition];
    };
    conditions.iter().flat_map(clauses).collect()
}

/// What one condition says of which attribute.
fn test(condition: &Condition) -> Result<(Arc<str>, KeyTest), Error> {
    match condition {
        Condition::Compare(Comparator::NotEqual, ..) => Err(Error::KeyOperator("<>")),
        Condition::Compare(comparator, left, right) => comparison(*comparator, left, right),
        Condition::Between(value, lower, upper) => {
            let name = key("BETWEEN", &[value, lower, upper])?;
            Ok((name, KeyTest::Between(literal(lower)?, literal(upper)?)))
        }
        Condition::BeginsWith(value, start) => {
            let name = key("begins_with", &[value, start])?;
            Ok((name, KeyTest::BeginsWith(literal(start)?)))
        }
        Condition::All(_) => Err(Error::KeyOperator("AND")),
        Condition::Any(_) => Err(Error::KeyOperator("OR")),
        Condition::Not(_) => Err(Error::KeyOperator("NOT")),
        Condition::In(..) => Err(Error::KeyOperator("IN")),
        Condition::Exists(_) => Err(Error::KeyOperator("attribute_exists")),
        Condition::NotExists(_) => Err(Error::KeyOperator("attribute_not_exists")),
        Condition::HasType(..) => Err(Error::KeyOperator("attribute_type")),
        Condition::Contains(..) => Err(Error::KeyOperator("contains")),
    }
}

fn comparison(
    comparator: Comparator,
    left: &Operand,
    right: &Operand,
) -> Result<(Arc<str>, KeyTest), Error> {
    let name = only_key(&[left, right])?.ok_or(Error::KeyConditionWithoutAttribute)?;
    let is_turned = matches!(right, Operand::Path(_));
    let (comparator, value) =
        if is_turned { (comparator.turned_around(), left) } else { (comparator, right) };
    let value = literal(value)?;
    let test = match comparator {
        Comparator::Equal => KeyTest::Equal(value),
        Comparator::NotEqual => return Err(Error::KeyOperator("<>")),
        Comparator::Less => KeyTest::Less(value),
        Comparator::LessOrEqual => KeyTest::LessOrEqual(value),
        Comparator::Greater => KeyTest::Greater(value),
        Comparator::GreaterOrEqual => KeyTest::GreaterOrEqual(value),
    };
    Ok((name, test))
}

/// The attribute, which must be the first operand.
fn key(operator: &'static str, operands: &[&Operand]) -> Result<Arc<str>, Error> {
    let name = only_key(operands)?;
    let is_first = matches!(operands.first(), Some(Operand::Path(_)));
    name.filter(|_| is_first).ok_or(Error::KeyConditionOrder(operator))
}

/// The one attribute among the operands, if there is any.
fn only_key(operands: &[&Operand]) -> Result<Option<Arc<str>>, Error> {
    if operands.iter().any(|operand| matches!(operand, Operand::Size(_))) {
        return Err(Error::KeyConditionNesting);
    }
    let paths: Vec<&Path> = operands.iter().filter_map(|operand| operand.path()).collect();
    match paths.as_slice() {
        [] => Ok(None),
        [path] if path.rest.is_empty() => Ok(Some(Arc::clone(&path.name))),
        [path] => Err(Error::KeyPath { name: echo(&path.name) }),
        _ => Err(Error::KeyConditionAttributes),
    }
}

fn literal(operand: &Operand) -> Result<AttributeValue, Error> {
    match operand {
        Operand::Value(value) => Ok(value.as_ref().clone()),
        Operand::Path(_) => Err(Error::KeyConditionAttributes),
        Operand::Size(_) => Err(Error::KeyConditionNesting),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn read(text: &str) -> Result<KeyCondition, Error> {
        let value = |text: &str| AttributeValue::S(text.to_owned());
        let values = [
            (":a", value("a")),
            (":b", value("b")),
            (":n", AttributeValue::N(5.into())),
            (":t", AttributeValue::Bool(true)),
            (":m", AttributeValue::M(BTreeMap::new())),
        ];
        let values = values.map(|(key, value)| (key.to_owned(), value));
        parse_key_condition(text, &mut Placeholders::new(None, Some(values.into())).unwrap())
    }

    #[track_caller]
    fn check(text: &str, expected: &[(&str, KeyTest)]) {
        let conditions = read(text).unwrap().conditions;
        let expected: Vec<(Arc<str>, KeyTest)> =
            expected.iter().map(|(name, test)| (Arc::from(*name), test.clone())).collect();
        assert_eq!(conditions, expected, "{text}");
    }

    #[track_caller]
    fn check_error(text: &str, expected: &str) {
        assert_eq!(read(text).unwrap_err().to_string(), expected, "{text}");
    }

    #[test]
    fn each_test_names_its_attribute_in_the_order_of_the_text() {
        let a = || AttributeValue::S("a".to_owned());
        let b = || AttributeValue::S("b".to_owned());
        check("pk = :a", &[("pk", KeyTest::Equal(a()))]);
        for (text, test) in [
            ("sk = :b", KeyTest::Equal(b())),
            ("sk < :b", KeyTest::Less(b())),
            ("sk <= :b", KeyTest::LessOrEqual(b())),
            ("sk > :b", KeyTest::Greater(b())),
            ("sk >= :b", KeyTest::GreaterOrEqual(b())),
            ("sk BETWEEN :a AND :b", KeyTest::Between(a(), b())),
            ("begins_with(sk, :b)", KeyTest::BeginsWith(b())),
        ] {
            let partition = ("pk", KeyTest::Equal(a()));
            check(&format!("pk = :a AND {text}"), &[partition.clone(), ("sk", test.clone())]);
            check(&format!("({text}) AND (pk = :a)"), &[("sk", test), partition]);
        }
        check(
            "(a = :a AND (b = :b AND c = :a)) AND d < :b",
            &[
                ("a", KeyTest::Equal(a())),
                ("b", KeyTest::Equal(b())),
                ("c", KeyTest::Equal(a())),
                ("d", KeyTest::Less(b())),
            ],
        );
    }

    #[test]
    fn operands_the_other_way_round_turn_the_test_around() {
        let b = || AttributeValue::S("b".to_owned());
        for (symbol, test) in [
            ("=", KeyTest::Equal(b())),
            ("<", KeyTest::Greater(b())),
            ("<=", KeyTest::GreaterOrEqual(b())),
            (">", KeyTest::Less(b())),
            (">=", KeyTest::LessOrEqual(b())),
        ] {
            check(&format!(":b {symbol} sk"), &[("sk", test)]);
        }
    }

    #[test]
    fn what_no_range_of_keys_can_answer_is_refused() {
        for (text, operator) in [
            ("pk = :a OR sk = :a", "OR"),
            ("pk = :a AND (sk = :a OR sk = :b)", "OR"),
            ("NOT pk = :a", "NOT"),
            ("NOT NOT pk = :a", "NOT"),
            ("pk <> :a", "<>"),
            ("pk IN (:a)", "IN"),
            ("attribute_exists(pk)", "attribute_exists"),
            ("attribute_not_exists(pk)", "attribute_not_exists"),
            ("pk = :a AND contains(sk, :a)", "contains"),
        ] {
            check_error(
                text,
                &format!("Invalid operator used in KeyConditionExpression: {operator}"),
            );
        }
        for text in ["pk = sk", "pk = :a AND sk BETWEEN a AND :b", "begins_with(a, sk)"] {
            check_error(
                text,
                "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition",
            );
        }
        for (text, expected) in [
            (":a = :a", "Invalid condition in KeyConditionExpression: No key attribute specified"),
            (
                "pk = :a AND begins_with(:a, sk)",
                "Invalid condition in KeyConditionExpression: begins_with operator must have the key attribute as its first operand",
            ),
            (
                ":a BETWEEN sk AND :b",
                "Invalid condition in KeyConditionExpression: BETWEEN operator must have the key attribute as its first operand",
            ),
            ("size(pk) = :n", "KeyConditionExpressions cannot contain nested operations"),
            ("pk = size(a)", "KeyConditionExpressions cannot contain nested operations"),
            (
                "pk = :a AND pk = :a",
                "KeyConditionExpressions must only contain one condition per key",
            ),
            (
                "pk = :a AND sk > :a AND sk < :b",
                "KeyConditionExpressions must only contain one condition per key",
            ),
            (
                "pk = :a AND sk[0] = :a",
                "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: sk",
            ),
        ] {
            check_error(text, expected);
        }
    }

    #[test]
    fn the_checks_of_conditions_come_first_under_the_parameter_s_own_name() {
        for (text, expected) in [
            ("pk", r#"Syntax error; token: "<EOF>", near: "pk""#),
            ("", "The expression can not be empty;"),
            ("((pk = :a))", "The expression has redundant parentheses;"),
            (
                "pk = :a AND begins_with(sk, :n)",
                "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N",
            ),
            (
                "pk = :a AND sk < :t",
                "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL",
            ),
            (
                "pk = :a AND sk BETWEEN :m AND :m",
                "Incorrect operand type for operator or function; operator or function: BETWEEN, operand type: M",
            ),
            (
                "pk = :a AND sk BETWEEN :b AND :a",
                "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {S:b}, upper bound operand: AttributeValue: {S:a}",
            ),
        ] {
            check_error(text, &format!("Invalid KeyConditionExpression: {expected}"));
        }
    }
}
