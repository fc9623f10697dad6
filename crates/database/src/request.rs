//! Parts that many requests have: expressions with their placeholders, keys, and what to return.

use std::collections::BTreeMap;

use expression::{Condition, Kind, Placeholders, Projection, Update};
use types::attribute::ExpressionValues;
use types::error::TypeError;
use types::json::Json;
use types::parameter::{Faults, List, Map, Parameter, Path};

use crate::error::{Error, Invalid};
use crate::legacy;
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

/// The same in a transaction, which never knew the older parameters.
pub(crate) const CONDITION_IN_TRANSACTION: Style = Style { plain: &[], ..CONDITION };

/// The style of a request whose only expression is a projection.
pub(crate) const PROJECTION: Style = Style {
    expressions: &["ProjectionExpression"],
    plain: &["AttributesToGet"],
    values_unused: "",
    is_condition_check: false,
};

/// The same in a transaction.
pub(crate) const PROJECTION_IN_TRANSACTION: Style = Style { plain: &[], ..PROJECTION };

impl Style {
    /// Whether the request may have the older parameter.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.plain.contains(&name)
    }
}

/// The names and values of a request's expressions, and the style that it keeps to.
pub(crate) struct Expressions {
    placeholders: Option<Placeholders>,
    style: &'static Style,
}

impl Expressions {
    /// Reads the placeholders, once it is clear that the request keeps to one style.
    pub(crate) fn read(parameters: &mut Parameters<'_>, style: &'static Style) -> Self {
        let present = |names: &'static [&'static str], parameters: &Parameters<'_>| {
            names.iter().copied().filter(|name| parameters.has(name)).collect::<Vec<_>>()
        };
        let expressions = present(style.expressions, parameters);
        let mut plain = present(style.plain, parameters);
        // Which items a query reads may be said in another style than the rest.
        if !expressions.contains(&"KeyConditionExpression") {
            plain.retain(|name| *name != "KeyConditions");
        }
        if !expressions.is_empty() && !plain.is_empty() {
            parameters.refuse(Invalid::MixedStyles { plain, expressions: expressions.clone() });
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
        Self { placeholders: parameters.check(placeholders), style }
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

    /// Reads a condition, in whichever style.
    pub(crate) fn condition(&mut self, parameters: &mut Parameters<'_>) -> Option<Condition> {
        let condition = self.parse(parameters, "ConditionExpression", |text, placeholders| {
            expression::parse_condition(Kind::Condition, text, placeholders)
        });
        if self.style.has("Expected") {
            return legacy::expected(parameters).or(condition);
        }
        condition
    }

    /// Reads an update, in whichever style.
    pub(crate) fn update(&mut self, parameters: &mut Parameters<'_>) -> Option<Update> {
        let update = self.parse(parameters, "UpdateExpression", expression::parse_update);
        if self.style.has("AttributeUpdates") {
            return legacy::attribute_updates(parameters).or(update);
        }
        update
    }

    /// Reads a projection, in whichever style.
    pub(crate) fn projection(&mut self, parameters: &mut Parameters<'_>) -> Option<Projection> {
        let projection =
            self.parse(parameters, "ProjectionExpression", expression::parse_projection);
        if self.style.has("AttributesToGet") {
            return attributes_to_get(parameters).or(projection);
        }
        projection
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

/// A time, in seconds since 1970, as a request has it.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(crate) struct Time(f64);

impl Time {
    /// In milliseconds since 1970, to the nearest one.
    pub(crate) fn ms(self) -> u64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a float cast saturates, and a time before 1970 is before anything that is kept"
        )]
        let ms = (self.0 * 1000.0).round() as u64;
        ms
    }
}

impl Parameter<Error> for Time {
    fn read(json: &Json<'_>, _: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        let scalar = |found| TypeError::Scalar { found, wanted: "Date" };
        let error = match json {
            #[expect(
                clippy::cast_precision_loss,
                reason = "a time that far away is like any other"
            )]
            Json::Integer(seconds) => return Self(*seconds as f64),
            Json::Decimal(seconds) => return Self(*seconds),
            Json::String(_) => scalar("STRING_VALUE"),
            Json::Bool(true) => scalar("TRUE_VALUE"),
            Json::Bool(false) => scalar("FALSE_VALUE"),
            Json::Null => scalar("NULL_VALUE"),
            Json::Array(_) => TypeError::Array("class java.util.Date"),
            Json::Object(_) => TypeError::Object,
        };
        faults.wrong_type(error);
        Self(0.0)
    }

    fn placeholder() -> Self {
        Self(0.0)
    }
}
