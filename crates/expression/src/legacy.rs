//! The parameters that came before expressions, lowered to the trees that expressions are read
//! into: `Expected`, `QueryFilter` and `ScanFilter`, `KeyConditions` and `AttributeUpdates`.
//!
//! A name is that of a top-level attribute, whatever is in it: a dot has no meaning here. What is
//! compared is always an attribute with values of the request, never with another attribute.

use std::sync::Arc;

use types::limit::{ATTRIBUTE_NAME_BYTES_MAX, EXPRESSION_OPERATORS_MAX, IN_OPERANDS_MAX};
use types::{AttributeValue, ValueType};

use crate::error::{Error, echo};
use crate::evaluate::order;
use crate::key_condition::{KeyCondition, KeyTest};
use crate::tree::{Action, Comparator, Condition, Operand, Origin, Path, Source, Update};

/// The most comparisons of one parameter, where each value of an `IN` counts: as many as the
/// longest expression could ask for. The service's own limit is not known.
const COMPARISONS_MAX: usize = EXPRESSION_OPERATORS_MAX * IN_OPERANDS_MAX;

/// How an attribute compares with the values given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the documentation")]
pub enum ComparisonOperator {
    In,
    /// There is no such attribute; the type NULL has nothing to do with it.
    Null,
    Between,
    Less,
    NotContains,
    Equal,
    Greater,
    /// There is such an attribute, be it of the type NULL.
    NotNull,
    NotEqual,
    LessOrEqual,
    BeginsWith,
    GreaterOrEqual,
    Contains,
}

types::choices! { ComparisonOperator {
    "IN" => In,
    "NULL" => Null,
    "BETWEEN" => Between,
    "LT" => Less,
    "NOT_CONTAINS" => NotContains,
    "EQ" => Equal,
    "GT" => Greater,
    "NOT_NULL" => NotNull,
    "NE" => NotEqual,
    "LE" => LessOrEqual,
    "BEGINS_WITH" => BeginsWith,
    "GE" => GreaterOrEqual,
    "CONTAINS" => Contains,
} }

/// Which of several conditions must hold: one, or all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the documentation")]
pub enum ConditionalOperator {
    Or,
    And,
}

types::choices! { ConditionalOperator { "OR" => Or, "AND" => And } }

/// What an attribute is compared with: an entry of `QueryFilter`, `ScanFilter` or `KeyConditions`.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// How.
    pub operator: ComparisonOperator,
    /// With what: as many values as the operator needs, or the comparison is refused.
    pub values: Vec<AttributeValue>,
}

/// What is expected of an attribute: an entry of `Expected`. Not all of its members go together.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Expectation {
    /// The value that it has; or with an operator, the one that it is compared with.
    pub value: Option<AttributeValue>,
    /// Whether there is such an attribute.
    pub exists: Option<bool>,
    /// How it compares.
    pub operator: Option<ComparisonOperator>,
    /// What it is compared with.
    pub values: Option<Vec<AttributeValue>>,
}

/// What is done to an attribute: an entry of `AttributeUpdates`.
#[derive(Debug, Clone, PartialEq)]
pub struct AttributeUpdate {
    /// What.
    pub action: UpdateAction,
    /// With which value. Only a deletion has none.
    pub value: Option<AttributeValue>,
}

/// What an entry of `AttributeUpdates` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the documentation")]
pub enum UpdateAction {
    Add,
    Delete,
    Put,
}

types::choices! { UpdateAction { "ADD" => Add, "DELETE" => Delete, "PUT" => Put } }

/// What is wrong with one of these parameters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LegacyFault {
    /// An expectation with both members that can hold what to compare with.
    #[error("Value and AttributeValueList cannot be used together for Attribute: {0}")]
    ValueAndList(
        /// The attribute, cut if long.
        String,
    ),
    /// An expectation in both of its forms.
    #[error("Exists and ComparisonOperator cannot be used together for Attribute: {0}")]
    ExistsAndOperator(
        /// The attribute, cut if long.
        String,
    ),
    /// An expectation that compares with nothing.
    #[error(
        "Value or AttributeValueList must be used with ComparisonOperator: {operator} for Attribute: {name}"
    )]
    NothingToCompare {
        /// How it compares.
        operator: &'static str,
        /// The attribute, cut if long.
        name: String,
    },
    /// An expectation with values, and nothing that says how to compare.
    #[error("AttributeValueList can only be used with a ComparisonOperator for Attribute: {0}")]
    ListWithoutOperator(
        /// The attribute, cut if long.
        String,
    ),
    /// An expectation without a value of an attribute that should exist.
    #[error("Value must be provided when Exists is {exists} for Attribute: {name}")]
    NoValue {
        /// As the message has it: `null` or `true`.
        exists: &'static str,
        /// The attribute, cut if long.
        name: String,
    },
    /// An expectation with a value of an attribute that should not exist.
    #[error("Value cannot be used when Exists is false for Attribute: {0}")]
    ValueOfNothing(
        /// The attribute, cut if long.
        String,
    ),
    /// More values than an operator takes, or fewer.
    #[error("Invalid number of argument(s) for the {0} ComparisonOperator")]
    ValueCount(
        /// The operator.
        &'static str,
    ),
    /// Values of different types.
    #[error("AttributeValues inside AttributeValueList must be of same type")]
    ValueTypes,
    /// A value of a type that an operator does not compare.
    #[error("ComparisonOperator {operator} is not valid for {kind} AttributeValue type")]
    ValueType {
        /// The operator.
        operator: &'static str,
        /// The type.
        kind: &'static str,
    },
    /// An update that adds or puts nothing.
    #[error("Only DELETE action is allowed when no attribute value is specified")]
    NothingToUpdate,
    /// An update that takes out of a set what is no set.
    #[error("DELETE action with value is not supported for the type {0}")]
    DeletedType(
        /// The value's type.
        &'static str,
    ),
    /// An update that adds what cannot be added.
    #[error("ADD action is not supported for the type {0}")]
    AddedType(
        /// The value's type.
        &'static str,
    ),
    /// More comparisons than any request needs. The text is ours.
    #[error("Too many conditions, or values for the IN ComparisonOperator: {0}")]
    Comparisons(
        /// How many there are.
        usize,
    ),
}

impl ComparisonOperator {
    const fn takes(self, count: usize) -> bool {
        match self {
            Self::Null | Self::NotNull => count == 0,
            Self::Between => count == 2,
            Self::In => count != 0,
            Self::Less
            | Self::NotContains
            | Self::Equal
            | Self::Greater
            | Self::NotEqual
            | Self::LessOrEqual
            | Self::BeginsWith
            | Self::GreaterOrEqual
            | Self::Contains => count == 1,
        }
    }

    const fn compares(self, kind: ValueType) -> bool {
        match self {
            Self::Null | Self::NotNull | Self::Equal | Self::NotEqual => true,
            Self::BeginsWith => matches!(kind, ValueType::S | ValueType::B),
            Self::In
            | Self::Between
            | Self::Less
            | Self::NotContains
            | Self::Greater
            | Self::LessOrEqual
            | Self::GreaterOrEqual
            | Self::Contains => matches!(kind, ValueType::S | ValueType::N | ValueType::B),
        }
    }
}

impl Comparison {
    /// Whether the values are such as the operator takes, by themselves and together.
    fn check(&self) -> Result<(), Error> {
        let Self { operator, values } = self;
        if !operator.takes(values.len()) {
            return Err(LegacyFault::ValueCount(operator.name()).into());
        }
        let mut kinds = values.iter().map(AttributeValue::value_type);
        let Some(kind) = kinds.next() else { return Ok(()) };
        if kinds.any(|other| other != kind) {
            return Err(LegacyFault::ValueTypes.into());
        }
        if !operator.compares(kind) {
            let (operator, kind) = (operator.name(), kind.name());
            return Err(LegacyFault::ValueType { operator, kind }.into());
        }
        match (operator, values.as_slice()) {
            (ComparisonOperator::Between, [lower, upper])
                if order(lower, upper).is_some_and(std::cmp::Ordering::is_gt) =>
            {
                Err(Error::ReversedBounds)
            }
            _ => Ok(()),
        }
    }
}

/// The condition that `Expected` is, if it expects anything.
///
/// # Errors
/// For an expectation that is none, or an operator between fewer than two of them.
pub fn expected(
    entries: Vec<(String, Expectation)>,
    operator: Option<ConditionalOperator>,
) -> Result<Option<Condition>, Error> {
    joined(entries, operator, expectation)
}

/// The condition that `QueryFilter` or `ScanFilter` is, if it filters anything.
///
/// # Errors
/// For a comparison that is none, or an operator between fewer than two of them.
pub fn filter(
    entries: Vec<(String, Comparison)>,
    operator: Option<ConditionalOperator>,
) -> Result<Option<Condition>, Error> {
    joined(entries, operator, comparison)
}

/// The key condition that `KeyConditions` is.
///
/// # Errors
/// For a comparison that is none, or no comparison at all.
pub fn key_conditions(entries: Vec<(String, Comparison)>) -> Result<KeyCondition, Error> {
    if entries.is_empty() {
        return Err(Error::NoKeyConditions);
    }
    let test = |(name, comparison): (String, Comparison)| {
        Ok((attribute(&name)?.name, key_test(comparison)?))
    };
    Ok(KeyCondition { conditions: entries.into_iter().map(test).collect::<Result<_, Error>>()? })
}

/// The update that `AttributeUpdates` is.
///
/// # Errors
/// For an action without the value that it needs, or with one of a wrong type.
pub fn attribute_updates(entries: Vec<(String, AttributeUpdate)>) -> Result<Update, Error> {
    let lowered = |(name, update): (String, AttributeUpdate)| action(attribute(&name)?, update);
    let actions = entries.into_iter().map(lowered).collect::<Result<_, Error>>()?;
    Ok(Update { actions, origin: Origin::AttributeUpdates })
}

/// The path to the attribute of that name, if any can have it.
pub(crate) fn attribute(name: &str) -> Result<Path, Error> {
    if name.is_empty() {
        return Err(Error::EmptyAttributeName);
    }
    if name.len() > ATTRIBUTE_NAME_BYTES_MAX {
        return Err(Error::AttributeNameLength);
    }
    Ok(Path::top_level(name))
}

fn joined<T>(
    entries: Vec<(String, T)>,
    operator: Option<ConditionalOperator>,
    lower: fn(Path, T) -> Result<Condition, Error>,
) -> Result<Option<Condition>, Error> {
    match (operator, entries.len()) {
        (Some(_), 0) => return Err(Error::NothingToJoin),
        (Some(_), 1) => return Err(Error::OneToJoin),
        _ => {}
    }
    let lowered = |(name, entry): (String, T)| lower(attribute(&name)?, entry);
    let conditions = entries.into_iter().map(lowered).collect::<Result<Vec<_>, Error>>()?;
    let count = conditions.iter().map(comparisons).sum();
    if count > COMPARISONS_MAX {
        return Err(LegacyFault::Comparisons(count).into());
    }
    Ok(match operator {
        _ if conditions.is_empty() => None,
        Some(ConditionalOperator::Or) => Some(Condition::Any(conditions)),
        Some(ConditionalOperator::And) | None => Some(Condition::All(conditions)),
    })
}

fn comparisons(condition: &Condition) -> usize {
    if let Condition::In(_, values) = condition { values.len() } else { 1 }
}

fn expectation(path: Path, expectation: Expectation) -> Result<Condition, Error> {
    let Expectation { value, exists, operator, values } = expectation;
    let name = || echo(&path.name);
    if value.is_some() && values.is_some() {
        return Err(LegacyFault::ValueAndList(name()).into());
    }
    if let Some(operator) = operator {
        if exists.is_some() {
            return Err(LegacyFault::ExistsAndOperator(name()).into());
        }
        let values = values.or_else(|| value.map(|value| vec![value]));
        if values.is_none() && !operator.takes(0) {
            let (operator, name) = (operator.name(), name());
            return Err(LegacyFault::NothingToCompare { operator, name }.into());
        }
        return comparison(path, Comparison { operator, values: values.unwrap_or_default() });
    }
    if values.is_some() {
        return Err(LegacyFault::ListWithoutOperator(name()).into());
    }
    match (exists, value) {
        (Some(false), None) => Ok(Condition::NotExists(path)),
        (Some(false), Some(_)) => Err(LegacyFault::ValueOfNothing(name()).into()),
        (Some(true) | None, Some(value)) => Ok(Condition::Compare(
            Comparator::Equal,
            Operand::Path(path),
            Operand::Value(Arc::new(value)),
        )),
        (Some(true), None) => Err(LegacyFault::NoValue { exists: "true", name: name() }.into()),
        (None, None) => Err(LegacyFault::NoValue { exists: "null", name: name() }.into()),
    }
}

fn comparison(path: Path, comparison: Comparison) -> Result<Condition, Error> {
    comparison.check()?;
    let Comparison { operator, values } = comparison;
    let values: Vec<_> = values.into_iter().map(|value| Operand::Value(Arc::new(value))).collect();
    let attribute = Operand::Path(path.clone());
    let compared = |comparator, value: &Operand| {
        Condition::Compare(comparator, attribute.clone(), value.clone())
    };
    Ok(match (operator, values.as_slice()) {
        (ComparisonOperator::Null, []) => Condition::NotExists(path),
        (ComparisonOperator::NotNull, []) => Condition::Exists(path),
        (ComparisonOperator::Equal, [value]) => compared(Comparator::Equal, value),
        (ComparisonOperator::NotEqual, [value]) => compared(Comparator::NotEqual, value),
        (ComparisonOperator::Less, [value]) => compared(Comparator::Less, value),
        (ComparisonOperator::LessOrEqual, [value]) => compared(Comparator::LessOrEqual, value),
        (ComparisonOperator::Greater, [value]) => compared(Comparator::Greater, value),
        (ComparisonOperator::GreaterOrEqual, [value]) => {
            compared(Comparator::GreaterOrEqual, value)
        }
        (ComparisonOperator::BeginsWith, [start]) => {
            Condition::BeginsWith(attribute, start.clone())
        }
        (ComparisonOperator::Contains, [part]) => Condition::Contains(attribute, part.clone()),
        // Unlike NE, this does not hold of an attribute that is not there.
        (ComparisonOperator::NotContains, [part]) => Condition::All(vec![
            Condition::Exists(path),
            Condition::Not(Box::new(Condition::Contains(attribute, part.clone()))),
        ]),
        (ComparisonOperator::Between, [lower, upper]) => {
            Condition::Between(attribute, lower.clone(), upper.clone())
        }
        (ComparisonOperator::In, _) => Condition::In(attribute, values),
        _ => return Err(LegacyFault::ValueCount(operator.name()).into()),
    })
}

fn key_test(comparison: Comparison) -> Result<KeyTest, Error> {
    comparison.check()?;
    let Comparison { operator, values } = comparison;
    let mut values = values.into_iter();
    Ok(match (operator, values.next(), values.next()) {
        (ComparisonOperator::Equal, Some(value), None) => KeyTest::Equal(value),
        (ComparisonOperator::Less, Some(value), None) => KeyTest::Less(value),
        (ComparisonOperator::LessOrEqual, Some(value), None) => KeyTest::LessOrEqual(value),
        (ComparisonOperator::Greater, Some(value), None) => KeyTest::Greater(value),
        (ComparisonOperator::GreaterOrEqual, Some(value), None) => KeyTest::GreaterOrEqual(value),
        (ComparisonOperator::BeginsWith, Some(value), None) => KeyTest::BeginsWith(value),
        (ComparisonOperator::Between, Some(lower), Some(upper)) => KeyTest::Between(lower, upper),
        _ => KeyTest::NotIndexable,
    })
}

fn action(path: Path, update: AttributeUpdate) -> Result<Action, Error> {
    let AttributeUpdate { action, value } = update;
    let Some(value) = value else {
        return match action {
            UpdateAction::Delete => Ok(Action::Remove(path)),
            UpdateAction::Add | UpdateAction::Put => Err(LegacyFault::NothingToUpdate.into()),
        };
    };
    let kind = value.value_type();
    let is_set = matches!(kind, ValueType::Ss | ValueType::Ns | ValueType::Bs);
    let value = Arc::new(value);
    match action {
        UpdateAction::Put => Ok(Action::Set(path, Source::Value(value))),
        UpdateAction::Delete if is_set => Ok(Action::Delete(path, value)),
        UpdateAction::Delete => Err(LegacyFault::DeletedType(kind.name()).into()),
        UpdateAction::Add if is_set || matches!(kind, ValueType::N | ValueType::L) => {
            Ok(Action::Add(path, value))
        }
        UpdateAction::Add => Err(LegacyFault::AddedType(kind.name()).into()),
    }
}

#[cfg(test)]
mod tests;
