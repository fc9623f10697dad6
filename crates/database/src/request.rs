//! Parts that many requests have: expressions with their placeholders, keys, and what to return.

use std::collections::BTreeMap;

use expression::{Condition, Kind, Placeholders, Projection};
use types::attribute::ExpressionValues;
use types::error::ValueError;
use types::limit::ATTRIBUTE_NAME_BYTES_MAX;
use types::parameter::{List, Map};

use crate::error::{Error, Invalid};
use crate::operation::Parameters;

/// Which parameters of a request are expressions, and which say the same in the older style.
pub(crate) struct Style {
    /// The expressions, in the order in which the service lists them.
    pub(crate) expressions: &'static [&'static str],
    /// The older parameters, in the order in which the service lists them.
    pub(crate) plain: &'static [&'static str],
    /// What a message says of `ExpressionAttributeValues` without an expression to use them.
    pub(crate) values_unused: &'static str,
    /// Whether a value may be one level deeper than in an item, as in a condition check.
    pub(crate) is_condition_check: bool,
}

/// The style of a request whose only expression is a condition.
pub(crate) const CONDITION: Style = Style {
    expressions: &["ConditionExpression"],
    plain: &["Expected", "ConditionalOperator"],
    values_unused: "ConditionExpression is null",
    is_condition_check: false,
};

/// The style of a request whose only expression is a projection.
pub(crate) const PROJECTION: Style = Style {
    expressions: &["ProjectionExpression"],
    plain: &["AttributesToGet"],
    values_unused: "",
    is_condition_check: false,
};

/// The names and values of a request's expressions, and which styles it mixes.
pub(crate) struct Expressions {
    placeholders: Option<Placeholders>,
}

impl Expressions {
    /// Reads the placeholders, once it is clear that the request keeps to one style.
    pub(crate) fn read(parameters: &mut Parameters<'_>, style: &Style) -> Self {
        let present = |names: &'static [&'static str], parameters: &Parameters<'_>| {
            names.iter().copied().filter(|name| parameters.has(name)).collect::<Vec<_>>()
        };
        let expressions = present(style.expressions, parameters);
        let plain = present(style.plain, parameters);
        if !expressions.is_empty() && !plain.is_empty() {
            parameters.refuse(Invalid::MixedStyles { plain, expressions: expressions.clone() });
        } else if let Some(name) = plain.iter().find(|name| **name != "AttributesToGet") {
            parameters.refuse(Error::ParameterNotImplemented(name));
        }
        let names =
            parameters.optional::<Map<String, 0, { usize::MAX }>>("ExpressionAttributeNames");
        let names = names.map(|Map(entries)| entries.into_iter().collect::<BTreeMap<_, _>>());
        let values = (!style.values_unused.is_empty())
            .then(|| parameters.optional::<ExpressionValues>("ExpressionAttributeValues"));
        let values = values.flatten().map(|ExpressionValues(values)| values);
        if expressions.is_empty() && names.is_some() {
            parameters.refuse(Invalid::NamesWithoutExpression);
        }
        if values.is_some() && expressions.iter().all(|name| *name == "ProjectionExpression") {
            parameters.refuse(Invalid::ValuesWithoutExpression(style.values_unused));
        }
        let placeholders = if style.is_condition_check {
            Placeholders::of_condition_check(names, values)
        } else {
            Placeholders::new(names, values)
        };
        Self { placeholders: parameters.check(placeholders) }
    }

    /// Reads an expression with a function of the expression crate.
    pub(crate) fn parse<T>(
        &mut self,
        parameters: &mut Parameters<'_>,
        name: &str,
        parse: impl FnOnce(&str, &mut Placeholders) -> Result<T, expression::Error>,
    ) -> Option<T> {
        let text: String = parameters.optional(name)?;
        let placeholders = self.placeholders.as_mut()?;
        parameters.check(parse(&text, placeholders))
    }

    /// Reads a condition.
    pub(crate) fn condition(&mut self, parameters: &mut Parameters<'_>) -> Option<Condition> {
        self.parse(parameters, "ConditionExpression", |text, placeholders| {
            expression::parse_condition(Kind::Condition, text, placeholders)
        })
    }

    /// Reads a projection, in whichever style.
    pub(crate) fn projection(&mut self, parameters: &mut Parameters<'_>) -> Option<Projection> {
        let expression =
            self.parse(parameters, "ProjectionExpression", expression::parse_projection);
        expression.or_else(|| attributes_to_get(parameters))
    }

    /// Refuses what no expression has used.
    pub(crate) fn finish(self, parameters: &mut Parameters<'_>) {
        if let Some(placeholders) = self.placeholders {
            parameters.check(placeholders.finish());
        }
    }
}

fn attributes_to_get(parameters: &mut Parameters<'_>) -> Option<Projection> {
    let List(names) = parameters.optional::<List<String, 1, { usize::MAX }>>("AttributesToGet")?;
    if names.iter().any(|name| name.len() > ATTRIBUTE_NAME_BYTES_MAX) {
        parameters.refuse(types::Error::Value(ValueError::LongName));
        return None;
    }
    parameters.check(expression::attributes_to_get(&names))
}

/// Which images of an item a write returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ReturnValues {
    AllNew,
    UpdatedOld,
    AllOld,
    #[default]
    None,
    UpdatedNew,
}

types::choices! { ReturnValues {
    "ALL_NEW" => AllNew,
    "UPDATED_OLD" => UpdatedOld,
    "ALL_OLD" => AllOld,
    "NONE" => None,
    "UPDATED_NEW" => UpdatedNew,
} }

/// Whether a failed condition returns the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum OnConditionFailure {
    AllOld,
    #[default]
    None,
}

types::choices! { OnConditionFailure { "ALL_OLD" => AllOld, "NONE" => None } }

impl OnConditionFailure {
    /// Reads `ReturnValuesOnConditionCheckFailure`: whether to show the item.
    pub(crate) fn read(parameters: &mut Parameters<'_>) -> bool {
        parameters.optional("ReturnValuesOnConditionCheckFailure") == Some(Self::AllOld)
    }
}

/// Whether a write tells the size of its item collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ReturnItemCollectionMetrics {
    Size,
    #[default]
    None,
}

types::choices! { ReturnItemCollectionMetrics { "SIZE" => Size, "NONE" => None } }
