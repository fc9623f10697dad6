//! Reading the parameters that came before expressions. What they mean is in
//! `expression::legacy`.

use expression::legacy::{self, AttributeUpdate, Comparison, Expectation, UpdateAction};
use expression::{Condition, KeyCondition, Update};
use types::AttributeValue;
use types::json::Json;
use types::parameter::{Faults, List, Map, Parameter, Path, structure};

use crate::error::Error;
use crate::operation::Parameters;

impl Parameter<Error> for Comparison {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| Self {
            operator: parameters.required("ComparisonOperator"),
            values: values(parameters).unwrap_or_default(),
        })
    }

    fn placeholder() -> Self {
        Self { operator: legacy::ComparisonOperator::Null, values: Vec::new() }
    }
}

impl Parameter<Error> for Expectation {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| Self {
            value: parameters.optional("Value"),
            exists: parameters.optional("Exists"),
            operator: parameters.optional("ComparisonOperator"),
            values: values(parameters),
        })
    }

    fn placeholder() -> Self {
        Self::default()
    }
}

impl Parameter<Error> for AttributeUpdate {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| Self {
            action: parameters.optional("Action").unwrap_or(UpdateAction::Put),
            value: parameters.optional("Value"),
        })
    }

    fn placeholder() -> Self {
        Self { action: UpdateAction::Delete, value: None }
    }
}

fn values(parameters: &mut Parameters<'_>) -> Option<Vec<AttributeValue>> {
    let list = parameters.optional::<List<_, 0, { usize::MAX }>>("AttributeValueList");
    list.map(|List(values)| values)
}

fn entries<T: Parameter<Error>>(
    parameters: &mut Parameters<'_>,
    name: &str,
) -> Option<Vec<(String, T)>> {
    parameters.optional::<Map<T, 0, { usize::MAX }>>(name).map(|Map(entries)| entries)
}

/// Reads `Expected`, as `ConditionalOperator` joins it.
pub(crate) fn expected(parameters: &mut Parameters<'_>) -> Option<Condition> {
    let entries = entries(parameters, "Expected").unwrap_or_default();
    let operator = parameters.optional("ConditionalOperator");
    parameters.check(legacy::expected(entries, operator)).flatten()
}

/// Reads the filter of that name, as `ConditionalOperator` joins it.
pub(crate) fn filter(parameters: &mut Parameters<'_>, name: &str) -> Option<Condition> {
    let entries = entries(parameters, name).unwrap_or_default();
    let operator = parameters.optional("ConditionalOperator");
    parameters.check(legacy::filter(entries, operator)).flatten()
}

/// Reads `KeyConditions`.
pub(crate) fn key_conditions(parameters: &mut Parameters<'_>) -> Option<KeyCondition> {
    let entries = entries(parameters, "KeyConditions")?;
    parameters.check(legacy::key_conditions(entries))
}

/// Reads `AttributeUpdates`: none of them is no update.
pub(crate) fn attribute_updates(parameters: &mut Parameters<'_>) -> Option<Update> {
    let entries = entries(parameters, "AttributeUpdates")?;
    let update = parameters.check(legacy::attribute_updates(entries))?;
    (!update.actions.is_empty()).then_some(update)
}
