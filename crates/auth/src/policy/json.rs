//! A document's JSON: a small tree that keeps what IAM refuses, so that the refusal can say where it is.
//!
//! No policy is deeper than a few levels. What is deeper is skipped without recursion and stands in the tree as
//! [`Json::Deeper`], which is right nowhere.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The levels of a policy: the document, its statements, one of them, its conditions, one operator, one key's values.
const LEVELS: usize = 6;

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    /// A number as text; where it has more digits than 64 bits hold, the nearest that they hold.
    Number(String),
    Text(String),
    List(Vec<Json>),
    /// The members in the order of the document, with those whose names are there twice.
    Object(Vec<(String, Json)>),
    /// A list or an object where a policy has none.
    Deeper,
}

impl Json {
    /// Reads a whole text.
    pub(super) fn parse(text: &str) -> Result<Self, serde_json::Error> {
        let mut source = serde_json::Deserializer::from_str(text);
        let json = Seed { levels_left: LEVELS }.deserialize(&mut source)?;
        source.end()?;
        Ok(json)
    }
}

/// Reads one value, with so many levels left to it.
#[derive(Clone, Copy)]
struct Seed {
    levels_left: usize,
}

impl Seed {
    fn deeper(self) -> Option<Self> {
        Some(Self { levels_left: self.levels_left.checked_sub(1)? })
    }
}

impl<'de> DeserializeSeed<'de> for Seed {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Json, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut source: A) -> Result<Json, A::Error> {
        let Some(deeper) = self.deeper() else {
            while source.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Json::Deeper);
        };
        let mut list = Vec::new();
        while let Some(value) = source.next_element_seed(deeper)? {
            list.push(value);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut source: A) -> Result<Json, A::Error> {
        let Some(deeper) = self.deeper() else {
            while source.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(Json::Deeper);
        };
        let mut members = Vec::new();
        while let Some(name) = source.next_key::<String>()? {
            members.push((name, source.next_value_seed(deeper)?));
        }
        Ok(Json::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_of_any_depth_is_read_without_recursion() {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let text = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
            let mut json = &Json::parse(&text).unwrap();
            for _ in 0..LEVELS {
                let list = if let Json::List(values) = json { values.first() } else { None };
                let object = if let Json::Object(members) = json { members.first() } else { None };
                json = list.or(object.map(|(_, value)| value)).unwrap();
            }
            assert_eq!(*json, Json::Deeper);
            assert!(Json::parse(&open.repeat(100_000)).is_err());
        }
    }

    #[test]
    fn members_of_one_name_are_both_kept() {
        let both = vec![
            ("a".to_owned(), Json::Number("1".to_owned())),
            ("a".to_owned(), Json::Number("2.5".to_owned())),
        ];
        assert_eq!(Json::parse(r#"{"a": 1, "a": 2.5}"#).unwrap(), Json::Object(both));
    }

    #[test]
    fn what_follows_the_document_is_refused() {
        assert!(Json::parse("{} {}").is_err());
    }
}
