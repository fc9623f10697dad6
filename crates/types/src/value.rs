//! Attribute values and items.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::number::Number;

/// The value of an attribute. Sets are in the order that replies show: by bytes, or by value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AttributeValue {
    /// A string of Unicode text.
    S(String),
    /// A number.
    N(Number),
    /// Bytes.
    B(Vec<u8>),
    /// A boolean.
    Bool(bool),
    /// Null. There is one only.
    Null,
    /// A set of strings, never empty.
    Ss(BTreeSet<String>),
    /// A set of numbers, never empty.
    Ns(BTreeSet<Number>),
    /// A set of bytes, never empty.
    Bs(BTreeSet<Vec<u8>>),
    /// A list of any values.
    L(Vec<AttributeValue>),
    /// Attributes by name.
    M(BTreeMap<String, AttributeValue>),
}

/// The type of a value, by its name on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are the documentation")]
pub enum ValueType {
    S,
    N,
    B,
    Bool,
    Null,
    Ss,
    Ns,
    Bs,
    L,
    M,
}

impl ValueType {
    /// All ten.
    pub const ALL: [Self; 10] = [
        Self::S,
        Self::N,
        Self::B,
        Self::Bool,
        Self::Null,
        Self::Ss,
        Self::Ns,
        Self::Bs,
        Self::L,
        Self::M,
    ];

    /// The member that holds such a value on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::S => "S",
            Self::N => "N",
            Self::B => "B",
            Self::Bool => "BOOL",
            Self::Null => "NULL",
            Self::Ss => "SS",
            Self::Ns => "NS",
            Self::Bs => "BS",
            Self::L => "L",
            Self::M => "M",
        }
    }

    /// The type that goes by `name` on the wire.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl AttributeValue {
    /// The value's type.
    #[must_use]
    pub const fn value_type(&self) -> ValueType {
        match self {
            Self::S(_) => ValueType::S,
            Self::N(_) => ValueType::N,
            Self::B(_) => ValueType::B,
            Self::Bool(_) => ValueType::Bool,
            Self::Null => ValueType::Null,
            Self::Ss(_) => ValueType::Ss,
            Self::Ns(_) => ValueType::Ns,
            Self::Bs(_) => ValueType::Bs,
            Self::L(_) => ValueType::L,
            Self::M(_) => ValueType::M,
        }
    }

    /// What the value counts for in an item's size, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::S(text) => text.len(),
            Self::N(number) => number.size(),
            Self::B(bytes) => bytes.len(),
            Self::Bool(_) | Self::Null => 1,
            Self::Ss(members) => members.iter().map(String::len).sum(),
            Self::Ns(members) => members.iter().map(|number| number.size()).sum(),
            Self::Bs(members) => members.iter().map(Vec::len).sum(),
            Self::L(elements) => {
                3 + elements.iter().map(|element| 1 + element.size()).sum::<usize>()
            }
            Self::M(entries) => {
                3 + entries.iter().map(|(name, value)| 1 + name.len() + value.size()).sum::<usize>()
            }
        }
    }

    /// Levels of maps and lists: 0 for anything else, also for a set.
    #[must_use]
    pub fn depth(&self) -> usize {
        match self {
            Self::L(elements) => 1 + elements.iter().map(Self::depth).max().unwrap_or(0),
            Self::M(entries) => 1 + entries.values().map(Self::depth).max().unwrap_or(0),
            Self::S(_)
            | Self::N(_)
            | Self::B(_)
            | Self::Bool(_)
            | Self::Null
            | Self::Ss(_)
            | Self::Ns(_)
            | Self::Bs(_) => 0,
        }
    }
}

impl Serialize for AttributeValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        let name = self.value_type().name();
        match self {
            Self::S(text) => map.serialize_entry(name, text)?,
            Self::N(number) => map.serialize_entry(name, &Shown(number))?,
            Self::B(bytes) => map.serialize_entry(name, &Base64(bytes))?,
            Self::Bool(value) => map.serialize_entry(name, value)?,
            Self::Null => map.serialize_entry(name, &true)?,
            Self::Ss(members) => map.serialize_entry(name, members)?,
            Self::Ns(members) => {
                map.serialize_entry(name, &members.iter().map(Shown).collect::<Vec<_>>())?;
            }
            Self::Bs(members) => {
                map.serialize_entry(
                    name,
                    &members.iter().map(|member| Base64(member)).collect::<Vec<_>>(),
                )?;
            }
            Self::L(elements) => map.serialize_entry(name, elements)?,
            Self::M(entries) => map.serialize_entry(name, entries)?,
        }
        map.end()
    }
}

/// A number as the wire carries it: text.
pub struct Shown<'a>(pub &'a Number);

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self.0)
    }
}

/// Bytes as the wire carries them.
pub struct Base64<'a>(pub &'a [u8]);

impl Serialize for Base64<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64.encode(self.0))
    }
}

/// An item, or any part of one: attributes by name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(transparent)]
pub struct Item(pub BTreeMap<String, AttributeValue>);

impl Item {
    /// The attribute's value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&AttributeValue> {
        self.0.get(name)
    }

    /// What the item counts for against every limit and charge, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.iter().map(|(name, value)| name.len() + value.size()).sum()
    }

    /// Levels of maps and lists below the item itself.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.0.values().map(AttributeValue::depth).max().unwrap_or(0)
    }
}

/// What has attributes: an item in memory, or one in its stored bytes, of which only the
/// attributes that are asked for need be decoded.
pub trait Attributes {
    /// The top-level attribute's value.
    fn attribute(&self, name: &str) -> Option<Cow<'_, AttributeValue>>;
}

impl Attributes for Item {
    fn attribute(&self, name: &str) -> Option<Cow<'_, AttributeValue>> {
        self.get(name).map(Cow::Borrowed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_count_names_values_and_what_holds_them() {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        assert_eq!(text("héllo").size(), 6);
        assert_eq!(AttributeValue::Null.size(), 1);
        assert_eq!(AttributeValue::L(vec![text("ab"), text("")]).size(), 3 + 1 + 2 + 1);
        let map = AttributeValue::M(BTreeMap::from([("key".to_owned(), text("ab"))]));
        assert_eq!(map.size(), 3 + 3 + 1 + 2);
        assert_eq!(Item(BTreeMap::from([("name".to_owned(), map)])).size(), 4 + 9);
    }

    #[test]
    fn a_value_is_written_as_the_wire_has_it() {
        let numbers = ["10", "9", "-1"].map(|text| text.parse().unwrap());
        let value = AttributeValue::L(vec![
            AttributeValue::Ns(BTreeSet::from(numbers)),
            AttributeValue::Bs(BTreeSet::from([b"a".to_vec()])),
            AttributeValue::Null,
            AttributeValue::Bool(false),
        ]);
        let json = serde_json::to_string(&value).unwrap();
        assert_eq!(
            json,
            r#"{"L":[{"NS":["-1","9","10"]},{"BS":["YQ=="]},{"NULL":true},{"BOOL":false}]}"#
        );
    }
}
