//! What the `#name`s and `:value`s of a request stand for, and which of them were used.

use std::collections::BTreeMap;
use std::sync::Arc;

use types::AttributeValue;
use types::limit::{ATTRIBUTE_NAME_BYTES_MAX, NESTING_MAX};

use crate::error::{Error, Parameter, echo};
use crate::token::is_placeholder;

/// The longest placeholder, with its sign, in bytes.
const PLACEHOLDER_BYTES_MAX: usize = 255;

/// `ExpressionAttributeNames` and `ExpressionAttributeValues` of one request. Every expression
/// of the request is read with the same ones, so that [`Placeholders::finish`] knows what none
/// of them used.
#[derive(Debug, Default)]
pub struct Placeholders {
    names: BTreeMap<String, Placeholder<str>>,
    values: BTreeMap<String, Placeholder<AttributeValue>>,
}

#[derive(Debug)]
struct Placeholder<T: ?Sized> {
    meaning: Arc<T>,
    is_used: bool,
}

impl<T: ?Sized> Placeholder<T> {
    fn new(meaning: Arc<T>) -> Self {
        Self { meaning, is_used: false }
    }

    fn used(&mut self) -> Arc<T> {
        self.is_used = true;
        Arc::clone(&self.meaning)
    }
}

impl Placeholders {
    /// Checks the two maps for themselves.
    ///
    /// # Errors
    /// For an empty map, a malformed placeholder, a name no attribute can have, or a value of
    /// more levels than an item may have.
    pub fn new(
        names: Option<BTreeMap<String, String>>,
        values: Option<BTreeMap<String, AttributeValue>>,
    ) -> Result<Self, Error> {
        Self::with_nesting(names, values, NESTING_MAX)
    }

    /// The same for a `ConditionCheck`, whose values may have one level more.
    ///
    /// # Errors
    /// As for [`Placeholders::new`].
    pub fn of_condition_check(
        names: Option<BTreeMap<String, String>>,
        values: Option<BTreeMap<String, AttributeValue>>,
    ) -> Result<Self, Error> {
        Self::with_nesting(names, values, NESTING_MAX + 1)
    }

    fn with_nesting(
        names: Option<BTreeMap<String, String>>,
        values: Option<BTreeMap<String, AttributeValue>>,
        nesting_max: usize,
    ) -> Result<Self, Error> {
        check_keys(Parameter::Names, names.as_ref())?;
        let names = names.unwrap_or_default();
        for (key, name) in &names {
            if name.is_empty() {
                return Err(Error::EmptyName { key: key.clone() });
            }
            if name.len() > ATTRIBUTE_NAME_BYTES_MAX {
                return Err(Error::NameLength { key: key.clone() });
            }
        }
        check_keys(Parameter::Values, values.as_ref())?;
        let values = values.unwrap_or_default();
        if let Some((key, _)) = values.iter().find(|(_, value)| value.depth() > nesting_max) {
            return Err(Error::ValueNesting { key: key.clone() });
        }
        Ok(Self {
            names: names
                .into_iter()
                .map(|(key, name)| (key, Placeholder::new(Arc::from(name))))
                .collect(),
            values: values
                .into_iter()
                .map(|(key, value)| (key, Placeholder::new(Arc::new(value))))
                .collect(),
        })
    }

    /// Checks that every placeholder was used by an expression read with these. Whether an
    /// evaluation would ever come to it does not matter.
    ///
    /// # Errors
    /// Where one was not.
    pub fn finish(&self) -> Result<(), Error> {
        check_used(Parameter::Names, &self.names)?;
        check_used(Parameter::Values, &self.values)
    }

    /// What the `#name` stands for.
    pub(crate) fn name(&mut self, key: &str) -> Option<Arc<str>> {
        self.names.get_mut(key).map(Placeholder::used)
    }

    /// What the `:value` stands for.
    pub(crate) fn value(&mut self, key: &str) -> Option<Arc<AttributeValue>> {
        self.values.get_mut(key).map(Placeholder::used)
    }
}

fn check_keys<T>(parameter: Parameter, map: Option<&BTreeMap<String, T>>) -> Result<(), Error> {
    let Some(map) = map else {
        return Ok(());
    };
    if map.is_empty() {
        return Err(Error::NoPlaceholders(parameter));
    }
    let sign = match parameter {
        Parameter::Names => '#',
        Parameter::Values => ':',
    };
    for key in map.keys() {
        if key.is_empty() {
            return Err(Error::EmptyPlaceholder(parameter));
        }
        if key.len() > PLACEHOLDER_BYTES_MAX {
            return Err(Error::PlaceholderLength { parameter, bytes: key.len() });
        }
        if !is_placeholder(key, sign) {
            return Err(Error::PlaceholderSyntax { parameter, key: echo(key) });
        }
    }
    Ok(())
}

fn check_used<T: ?Sized>(
    parameter: Parameter,
    placeholders: &BTreeMap<String, Placeholder<T>>,
) -> Result<(), Error> {
    let unused: Vec<&str> = placeholders
        .iter()
        .filter(|(_, placeholder)| !placeholder.is_used)
        .map(|(key, _)| key.as_str())
        .collect();
    if unused.is_empty() {
        return Ok(());
    }
    Err(Error::Unused { parameter, keys: echo(&unused.join(", ")) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|&(key, name)| (key.to_owned(), name.to_owned())).collect()
    }

    fn nested(levels: usize) -> BTreeMap<String, AttributeValue> {
        let value =
            (0..levels).fold(AttributeValue::Null, |value, _| AttributeValue::L(vec![value]));
        BTreeMap::from([(":v".to_owned(), value)])
    }

    #[track_caller]
    fn check(pairs: &[(&str, &str)], expected: &str) {
        assert_eq!(Placeholders::new(Some(names(pairs)), None).unwrap_err().to_string(), expected);
    }

    #[test]
    fn a_malformed_map_is_refused() {
        check(&[], "ExpressionAttributeNames must not be empty");
        check(
            &[("a", "b")],
            r#"ExpressionAttributeNames contains invalid key: Syntax error; key: "a""#,
        );
        for key in ["#", ":a", "#a-b", "#é", "##a", "# a"] {
            check(
                &[(key, "b")],
                &format!(
                    "ExpressionAttributeNames contains invalid key: Syntax error; key: \"{key}\""
                ),
            );
        }
        check(
            &[("", "b")],
            "ExpressionAttributeNames contains invalid key: The expression attribute map contains an empty key;",
        );
        check(
            &[(&format!("#{}", "a".repeat(300)), "b")],
            "ExpressionAttributeNames contains invalid key: The expression attribute map contains a key that is too long; size of key: 301",
        );
        let error = Placeholders::new(None, Some(BTreeMap::new())).unwrap_err();
        assert_eq!(error.to_string(), "ExpressionAttributeValues must not be empty");
        let value = BTreeMap::from([("v".to_owned(), AttributeValue::Null)]);
        let error = Placeholders::new(None, Some(value)).unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"ExpressionAttributeValues contains invalid key: Syntax error; key: "v""#
        );
    }

    #[test]
    fn a_name_has_1_to_65535_bytes() {
        check(
            &[("#a", "")],
            "ExpressionAttributeNames contains invalid value: Empty attribute name for key #a",
        );
        check(
            &[("#a", &"b".repeat(65_536))],
            "ExpressionAttributeNames contains invalid value: Attribute name is too large, must be less than 65536 bytes for key #a",
        );
        assert!(Placeholders::new(Some(names(&[("#a", &"b".repeat(65_535))])), None).is_ok());
        assert!(Placeholders::new(Some(names(&[("#_1", "any.thing[0] \0é")])), None).is_ok());
    }

    #[test]
    fn a_value_has_the_levels_of_an_item_and_a_check_s_one_more() {
        assert!(Placeholders::new(None, Some(nested(31))).is_ok());
        assert!(Placeholders::of_condition_check(None, Some(nested(32))).is_ok());
        let expected = Error::ValueNesting { key: ":v".to_owned() };
        assert_eq!(Placeholders::new(None, Some(nested(32))).unwrap_err(), expected);
        assert_eq!(Placeholders::of_condition_check(None, Some(nested(33))).unwrap_err(), expected);
    }

    #[test]
    fn a_placeholder_that_nothing_uses_is_refused_names_first() {
        let both = names(&[("#a", "a"), ("#b", "b")]);
        let mut placeholders = Placeholders::new(Some(both), Some(nested(1))).unwrap();
        let unused = |placeholders: &Placeholders| placeholders.finish().unwrap_err().to_string();
        assert_eq!(
            unused(&placeholders),
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #b}"
        );
        placeholders.name("#a");
        placeholders.name("#b");
        assert_eq!(
            unused(&placeholders),
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}"
        );
        placeholders.value(":v");
        assert_eq!(placeholders.finish(), Ok(()));
    }
}
