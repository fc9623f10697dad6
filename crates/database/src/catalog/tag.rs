//! Tags: pairs of texts that a table carries for its owner.
//!
//! They are a row of their own beside the table's, so that tagging a table disturbs no writer of
//! items. Their faults are not those of the service model: the service checks them by itself.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Serialize;
use types::json::Json;
use types::limit::{TAG_KEY_CHARACTERS_MAX, TAG_VALUE_CHARACTERS_MAX, TAGS_MAX};
use types::parameter::{Faults, List, Parameter, Path, short, structure};

use crate::catalog;
use crate::error::{self, Damaged, Error};

/// The beginning of the keys that the owner may not choose.
const RESERVED: &str = "aws:";

/// A tag, as requests and replies have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Tag {
    pub(crate) key: String,
    pub(crate) value: String,
}

/// The tags of one table, in the order of their keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Tags(pub(crate) BTreeMap<String, String>);

impl Parameter<Error> for Tag {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| {
            let (key, value) =
                (parameters.optional::<String>("Key"), parameters.optional::<String>("Value"));
            // The service says "null" of what is missing.
            let no_key = || Err(error::Tag::Key("null".to_owned()));
            parameters.check(key.as_deref().map_or_else(no_key, check_key));
            let no_value = || Err(error::Tag::Value("null".to_owned()));
            parameters.check(value.as_deref().map_or_else(no_value, check_value));
            Self { key: key.unwrap_or_default(), value: value.unwrap_or_default() }
        })
    }

    fn placeholder() -> Self {
        Self { key: String::new(), value: String::new() }
    }
}

/// A parameter that lists tags.
pub(crate) type TagList = List<Tag, 0, { usize::MAX }>;

/// Refuses what cannot be a tag's key.
pub(crate) fn check_key(key: &str) -> Result<(), error::Tag> {
    let length = key.chars().count();
    if length == 0 || length > TAG_KEY_CHARACTERS_MAX || !key.chars().all(is_allowed) {
        return Err(error::Tag::Key(short(key.to_owned())));
    }
    if key.starts_with(RESERVED) {
        return Err(error::Tag::Reserved(key.to_owned()));
    }
    Ok(())
}

fn check_value(value: &str) -> Result<(), error::Tag> {
    if value.chars().count() > TAG_VALUE_CHARACTERS_MAX || !value.chars().all(is_allowed) {
        return Err(error::Tag::Value(short(value.to_owned())));
    }
    Ok(())
}

/// Letters, digits and separators of every script, and a few signs.
fn is_allowed(character: char) -> bool {
    let is_separator = character.is_whitespace() && !character.is_control();
    character.is_alphanumeric() || is_separator || "+-=._:/@".contains(character)
}

impl Tags {
    /// Adds tags, over those with the same keys.
    pub(crate) fn add(&mut self, tags: &[Tag]) -> Result<(), error::Tag> {
        let mut added = BTreeMap::new();
        for Tag { key, value } in tags {
            if added.insert(key.clone(), value.clone()).is_some() {
                return Err(error::Tag::Duplicate(key.clone()));
            }
        }
        self.0.extend(added);
        if self.0.len() > TAGS_MAX { Err(error::Tag::TooMany) } else { Ok(()) }
    }

    /// Reads a table's row of tags; a table without has no row.
    pub(crate) fn decode(row: Option<&Bytes>) -> Result<Self, Damaged> {
        Ok(Self(row.map(|row| catalog::decode(row)).transpose()?.unwrap_or_default()))
    }

    /// The row to keep.
    pub(crate) fn encode(&self) -> Option<Bytes> {
        (!self.0.is_empty()).then(|| catalog::encode(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(key: &str, expected: Result<(), &str>) {
        let result = check_key(key).map_err(|error| error.to_string());
        assert_eq!(result, expected.map_err(str::to_owned), "{key:?}");
    }

    #[test]
    fn keys_are_of_letters_digits_separators_and_a_few_signs() {
        check("a+b-c=d.e_f:g/h@i 9", Ok(()));
        check("ключ 表\u{3000}", Ok(()));
        check(&"k".repeat(128), Ok(()));
        check("", Err("The Tag Key provided is invalid, Key: "));
        check("a,b", Err("The Tag Key provided is invalid, Key: a,b"));
        check("a\tb", Err("The Tag Key provided is invalid, Key: a\tb"));
        check("aws:x", Err("Tag Key cannot be prefixed with aws:, Key: aws:x"));
        assert!(check_key(&"k".repeat(129)).is_err());
    }

    #[test]
    fn fifty_tags_may_be_changed_but_not_become_more() {
        let tag = |number: usize| Tag { key: format!("{number}"), value: String::new() };
        let mut tags = Tags::default();
        tags.add(&(0..50).map(tag).collect::<Vec<_>>()).unwrap();
        tags.add(&[tag(7)]).unwrap();
        assert_eq!(tags.add(&[tag(50)]), Err(error::Tag::TooMany));
    }
}
