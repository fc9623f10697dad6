//! A request's JSON: a tree that borrows its text from the body.
//!
//! Nothing is decided here but what is JSON. The types of the members are judged where they are
//! read, since the service names the type that it wanted.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::limit::JSON_DEPTH_MAX;

/// A JSON value. Text without escapes is borrowed from the body.
#[derive(Debug, Clone, PartialEq)]
pub enum Json<'a> {
    /// `null`, which everywhere counts as absent.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number without point and exponent; beyond 64 bits, the nearest that fits.
    Integer(i64),
    /// A number with a point or an exponent.
    Decimal(f64),
    /// A string.
    String(Cow<'a, str>),
    /// An array.
    Array(Vec<Json<'a>>),
    /// An object, its members in the order of the text.
    Object(Object<'a>),
}

/// The members of an object. Of two with one name, the later one counts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Object<'a>(pub Vec<(Cow<'a, str>, Json<'a>)>);

impl<'a> Object<'a> {
    /// The member's value; `None` where it is absent or null.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Json<'a>> {
        let (_, value) = self.0.iter().rev().find(|(member, _)| member == name)?;
        (*value != Json::Null).then_some(value)
    }

    /// The members that are not null, in the order of the text.
    pub fn members(&self) -> impl Iterator<Item = (&str, &Json<'a>)> {
        self.0
            .iter()
            .filter(|(_, value)| *value != Json::Null)
            .map(|(name, value)| (&**name, value))
    }
}

impl<'a> Json<'a> {
    /// Reads one JSON text.
    ///
    /// # Errors
    /// Where the bytes are no JSON, no UTF-8, or nested deeper than any request needs.
    pub fn parse(body: &'a [u8]) -> Result<Self, serde_json::Error> {
        let mut source = serde_json::Deserializer::from_slice(body);
        source.disable_recursion_limit();
        let json = Seed { levels_left: JSON_DEPTH_MAX }.deserialize(&mut source)?;
        source.end()?;
        Ok(json)
    }
}

/// Reads one value, with so many levels of nesting left to it.
#[derive(Clone, Copy)]
struct Seed {
    levels_left: usize,
}

impl Seed {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        let levels_left =
            self.levels_left.checked_sub(1).ok_or_else(|| E::custom("nested too deep"))?;
        Ok(Self { levels_left })
    }
}

impl<'de> DeserializeSeed<'de> for Seed {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Json<'de>, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(Json::Integer(i64::try_from(value).unwrap_or(i64::MAX)))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json<'de>, E> {
        Ok(Json::Decimal(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::String(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json<'de>, E> {
        Ok(Json::String(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut source: A) -> Result<Json<'de>, A::Error> {
        let seed = self.deeper()?;
        let mut elements = Vec::new();
        while let Some(element) = source.next_element_seed(seed)? {
            elements.push(element);
        }
        Ok(Json::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut source: A) -> Result<Json<'de>, A::Error> {
        let seed = self.deeper()?;
        let mut members = Vec::new();
        while let Some(name) = source.next_key_seed(Name)? {
            members.push((name, source.next_value_seed(seed)?));
        }
        Ok(Json::Object(Object(members)))
    }
}

/// Reads a member's name, borrowed where it can be.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Cow<'de, str>, D::Error> {
        let seed = Seed { levels_left: 0 };
        match seed.deserialize(source)? {
            Json::String(name) => Ok(name),
            Json::Null
            | Json::Bool(_)
            | Json::Integer(_)
            | Json::Decimal(_)
            | Json::Array(_)
            | Json::Object(_) => Err(D::Error::custom("a member's name is a string")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_is_bounded_and_a_bound_is_an_error() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert!(Json::parse(nested(JSON_DEPTH_MAX).as_bytes()).is_ok());
        assert!(Json::parse(nested(JSON_DEPTH_MAX + 1).as_bytes()).is_err());
        assert!(Json::parse(nested(1_000_000).as_bytes()).is_err());
    }

    #[test]
    fn the_later_of_two_members_with_one_name_counts_and_null_is_absent() {
        let Ok(Json::Object(object)) = Json::parse(br#"{"a": 1, "a": 2, "b": null}"#) else {
            panic!("that is an object");
        };
        assert_eq!(object.get("a"), Some(&Json::Integer(2)));
        assert_eq!(object.get("b"), None);
    }

    #[test]
    fn what_follows_the_value_is_refused() {
        assert!(Json::parse(b"{} x").is_err());
        assert!(Json::parse(b"{").is_err());
        assert!(Json::parse(b"\xff").is_err());
    }
}
