//! Items as values: read from typed or plain JSON, and written as either.
//!
//! Typed JSON is the API's: `{"price": {"N": "1.50"}}`. Plain JSON is what a person writes:
//! `{"price": 1.50}`. What plain JSON has no form for stays typed within it, so that nothing is lost
//! either way: sets and binary values (`{"SS": ["a"]}`, `{"B": "AAE="}`), a number that JSON would write
//! otherwise, and a map of one member that is named as a type, which would be read as a typed value.
//! Numbers are texts here, and are never computed with.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jsonc_parser::ast::{ObjectProp, Value};
use serde::Deserialize;

/// The types by the names that they have in JSON.
pub(crate) const TYPES: [&str; 10] = ["S", "N", "B", "SS", "NS", "BS", "L", "M", "BOOL", "NULL"];

/// A value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attribute {
    /// Text.
    S(String),
    /// A number as it is written.
    N(String),
    /// Bytes, in base64.
    B(String),
    /// True or false.
    Bool(bool),
    /// Nothing.
    Null,
    /// A set of texts.
    Ss(Vec<String>),
    /// A set of numbers.
    Ns(Vec<String>),
    /// A set of bytes.
    Bs(Vec<String>),
    /// A list.
    L(Vec<Self>),
    /// A map.
    M(Item),
}

/// Attributes by name, in the order in which they were written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Item(Vec<(String, Attribute)>);

/// Why JSON is no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttributeFault {
    /// The text is no JSON.
    #[error("this is not JSON: {0}")]
    Json(String),
    /// An item is an object.
    #[error("an item is an object: write it in {{ }}")]
    NotAnObject,
    /// A value has no type, where typed JSON is asked for.
    #[error(
        "the attribute {name:?} has no type: write it as {{\"S\": \"text\"}} or {{\"N\": \"1\"}}"
    )]
    Untyped {
        /// The attribute.
        name: String,
    },
    /// A name stands twice.
    #[error("the attribute {name:?} stands twice")]
    Twice {
        /// The attribute.
        name: String,
    },
    /// A key attribute has another type.
    #[error("the key attribute {name:?} has the type {expected}")]
    Key {
        /// The attribute.
        name: String,
        /// Its type in the table.
        expected: &'static str,
    },
    /// A key attribute is absent.
    #[error("the key attribute {name:?} is missing")]
    KeyMissing {
        /// The attribute.
        name: String,
    },
}

/// The type of a key attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum KeyType {
    /// Text.
    S,
    /// A number.
    N,
    /// Bytes.
    B,
}

impl KeyType {
    /// The name that it has in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::S => "S",
            Self::N => "N",
            Self::B => "B",
        }
    }
}

/// The key attributes of a table, the partition key first, with their types.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys(pub Vec<(String, KeyType)>);

impl Keys {
    /// The keys in a reply to `DescribeTable`, or in its part `Table`.
    #[must_use]
    pub fn of_table(description: &serde_json::Value) -> Self {
        let table = description.get("Table").unwrap_or(description);
        let list =
            |name: &str| table.get(name).and_then(|list| list.as_array()).into_iter().flatten();
        let text =
            |value: &serde_json::Value, name: &str| Some(value.get(name)?.as_str()?.to_owned());
        let keys = list("KeySchema").filter_map(|key| {
            let name = text(key, "AttributeName")?;
            let defined = list("AttributeDefinitions")
                .find(|one| text(one, "AttributeName").as_deref() == Some(name.as_str()))?;
            let key_type = match text(defined, "AttributeType")?.as_str() {
                "S" => KeyType::S,
                "N" => KeyType::N,
                "B" => KeyType::B,
                _ => return None,
            };
            Some((name, key_type))
        });
        Self(keys.collect())
    }

    /// The type of a key attribute; `None` for another.
    pub(crate) fn key_type(&self, name: &str) -> Option<KeyType> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, key_type)| *key_type)
    }

    /// The item with its key attributes in their types, where they are written so that it can be told what is meant:
    /// `"5"` and `5` are a number for a key that is one.
    ///
    /// # Errors
    /// Where a key attribute is absent, or of another type.
    pub(crate) fn apply(&self, mut item: Item) -> Result<Item, AttributeFault> {
        for (name, value) in &mut item.0 {
            let Some(key_type) = self.key_type(name) else { continue };
            let wrong = || AttributeFault::Key { name: name.clone(), expected: key_type.name() };
            let meant = match (key_type, &mut *value) {
                (KeyType::S, Attribute::S(_))
                | (KeyType::N, Attribute::N(_))
                | (KeyType::B, Attribute::B(_)) => continue,
                (KeyType::S, Attribute::N(text)) => Attribute::S(std::mem::take(text)),
                (KeyType::N, Attribute::S(text)) if is_number(text) => {
                    Attribute::N(std::mem::take(text))
                }
                (KeyType::B, Attribute::S(text)) if is_base64(text) => {
                    Attribute::B(std::mem::take(text))
                }
                _ => return Err(wrong()),
            };
            *value = meant;
        }
        let absent = self.0.iter().find(|(name, _)| item.get(name).is_none());
        match absent {
            Some((name, _)) => Err(AttributeFault::KeyMissing { name: name.clone() }),
            None => Ok(item),
        }
    }

    /// The key of an item, as typed JSON; the same text for equal keys as they are written.
    pub(crate) fn of(&self, item: &Item) -> String {
        let key =
            self.0.iter().filter_map(|(name, _)| Some((name.clone(), item.get(name)?.clone())));
        Item(key.collect()).typed()
    }
}

impl Item {
    /// An item of attributes, each name once.
    pub(crate) fn new(attributes: Vec<(String, Attribute)>) -> Result<Self, AttributeFault> {
        let mut names: Vec<&str> = attributes.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        match names.array_windows().find(|[one, next]| one == next) {
            Some([name, _]) => Err(AttributeFault::Twice { name: (*name).to_owned() }),
            None => Ok(Self(attributes)),
        }
    }

    /// An item of attributes of which each name is known to stand once.
    pub(crate) fn of(attributes: Vec<(String, Attribute)>) -> Self {
        Self(attributes)
    }

    pub(crate) fn into_attributes(self) -> Vec<(String, Attribute)> {
        self.0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// About how much memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.0.iter().map(|(name, value)| name.len() + value.bytes()).sum()
    }

    /// The item with its attributes in the order of their names.
    #[cfg(test)]
    pub(crate) fn sorted(&self) -> Self {
        let mut attributes = self.0.clone();
        attributes.sort_by(|(one, _), (other, _)| one.cmp(other));
        Self(attributes)
    }

    /// Reads an item of typed JSON.
    ///
    /// # Errors
    /// Where the text is none.
    pub fn from_typed(text: &str) -> Result<Self, AttributeFault> {
        Self::typed_of(&object(text)?)
    }

    /// Reads an item of plain JSON, with typed values where they stand.
    ///
    /// # Errors
    /// Where the text is none.
    pub fn from_plain(text: &str) -> Result<Self, AttributeFault> {
        Self::plain_of(&object(text)?)
    }

    pub(crate) fn typed_of(value: &Value<'_>) -> Result<Self, AttributeFault> {
        let members = members(value).ok_or(AttributeFault::NotAnObject)?;
        let attributes = members.iter().map(|member| {
            let name = member.name.as_str().to_owned();
            let value = Attribute::typed_of(&member.value)?;
            Ok((name.clone(), value.ok_or(AttributeFault::Untyped { name })?))
        });
        Self::new(attributes.collect::<Result<_, _>>()?)
    }

    pub(crate) fn plain_of(value: &Value<'_>) -> Result<Self, AttributeFault> {
        let members = members(value).ok_or(AttributeFault::NotAnObject)?;
        let attributes = members.iter().map(|member| {
            Ok((member.name.as_str().to_owned(), Attribute::plain_of(&member.value)?))
        });
        Self::new(attributes.collect::<Result<_, _>>()?)
    }

    /// The attributes in their order.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, &Attribute)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The attribute of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Attribute> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The item as typed JSON in one line.
    #[must_use]
    pub fn typed(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, Attribute::write_typed);
        text
    }

    /// The item as plain JSON in one line.
    #[must_use]
    pub fn plain(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, Attribute::write_plain);
        text
    }

    fn write(&self, text: &mut String, value: fn(&Attribute, &mut String)) {
        text.push('{');
        for (index, (name, attribute)) in self.0.iter().enumerate() {
            if index != 0 {
                text.push(',');
            }
            quote(text, name);
            text.push(':');
            value(attribute, text);
        }
        text.push('}');
    }
}

impl Attribute {
    /// The name of its type in JSON.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::S(_) => "S",
            Self::N(_) => "N",
            Self::B(_) => "B",
            Self::Bool(_) => "BOOL",
            Self::Null => "NULL",
            Self::Ss(_) => "SS",
            Self::Ns(_) => "NS",
            Self::Bs(_) => "BS",
            Self::L(_) => "L",
            Self::M(_) => "M",
        }
    }

    fn bytes(&self) -> usize {
        let content = match self {
            Self::S(text) | Self::N(text) | Self::B(text) => text.len(),
            Self::Bool(_) | Self::Null => 0,
            Self::Ss(texts) | Self::Ns(texts) | Self::Bs(texts) => {
                texts.iter().map(|text| text.len() + size_of::<String>()).sum()
            }
            Self::L(values) => values.iter().map(Self::bytes).sum(),
            Self::M(item) => item.bytes(),
        };
        size_of::<Self>() + content
    }

    /// Reads a typed value; `None` for what is no such.
    pub(crate) fn typed_of(value: &Value<'_>) -> Result<Option<Self>, AttributeFault> {
        let Some([member]) = members(value) else { return Ok(None) };
        let text = member.value.as_string_lit().map(|literal| literal.value.clone().into_owned());
        Ok(match member.name.as_str() {
            "S" => text.map(Self::S),
            "N" => text.filter(|text| is_number(text)).map(Self::N),
            "B" => text.filter(|text| is_base64(text)).map(Self::B),
            "BOOL" => member.value.as_boolean_lit().map(|literal| Self::Bool(literal.value)),
            "NULL" => {
                let is_null = member.value.as_boolean_lit().is_some_and(|literal| literal.value);
                is_null.then_some(Self::Null)
            }
            "SS" => texts(&member.value, |_| true).map(Self::Ss),
            "NS" => texts(&member.value, is_number).map(Self::Ns),
            "BS" => texts(&member.value, is_base64).map(Self::Bs),
            "L" => {
                let Some(list) = member.value.as_array() else { return Ok(None) };
                let values = list.elements.iter().map(Self::typed_of);
                let values = values.collect::<Result<Option<Vec<_>>, _>>()?;
                values.map(Self::L)
            }
            "M" => match Item::typed_of(&member.value) {
                Ok(item) => Some(Self::M(item)),
                Err(AttributeFault::NotAnObject | AttributeFault::Untyped { .. }) => None,
                Err(fault) => return Err(fault),
            },
            _ => None,
        })
    }

    /// Reads a plain value, or a typed one.
    pub(crate) fn plain_of(value: &Value<'_>) -> Result<Self, AttributeFault> {
        Ok(match value {
            Value::StringLit(literal) => Self::S(literal.value.clone().into_owned()),
            Value::NumberLit(literal) => Self::N(literal.value.to_owned()),
            Value::BooleanLit(literal) => Self::Bool(literal.value),
            Value::NullKeyword(_) => Self::Null,
            Value::Array(list) => {
                let values = list.elements.iter().map(Self::plain_of);
                Self::L(values.collect::<Result<_, _>>()?)
            }
            Value::Object(_) => match Self::typed_of(value)? {
                Some(typed) => typed,
                None => Self::M(Item::plain_of(value)?),
            },
        })
    }

    /// Adds the typed form.
    pub(crate) fn write_typed(&self, text: &mut String) {
        text.push_str("{\"");
        text.push_str(self.type_name());
        text.push_str("\":");
        match self {
            Self::S(value) | Self::N(value) | Self::B(value) => quote(text, value),
            Self::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
            Self::Null => text.push_str("true"),
            Self::Ss(values) | Self::Ns(values) | Self::Bs(values) => {
                list(text, values, |text, value| quote(text, value));
            }
            Self::L(values) => list(text, values, |text, value| value.write_typed(text)),
            Self::M(item) => item.write(text, Self::write_typed),
        }
        text.push('}');
    }

    /// Adds the plain form.
    pub(crate) fn write_plain(&self, text: &mut String) {
        match self {
            Self::S(value) => quote(text, value),
            Self::N(value) if is_json_number(value) => text.push_str(value),
            Self::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
            Self::Null => text.push_str("null"),
            Self::L(values) => list(text, values, |text, value| value.write_plain(text)),
            Self::M(item) if !looks_typed(item) => item.write(text, Self::write_plain),
            Self::N(_) | Self::B(_) | Self::Ss(_) | Self::Ns(_) | Self::Bs(_) | Self::M(_) => {
                self.write_typed(text);
            }
        }
    }

    /// The plain form.
    pub(crate) fn plain(&self) -> String {
        let mut text = String::new();
        self.write_plain(&mut text);
        text
    }
}

/// Whether a map's plain form might be read as a typed value.
fn looks_typed(item: &Item) -> bool {
    matches!(item.0.as_slice(), [(name, _)] if TYPES.contains(&name.as_str()))
}

/// Whether the text is a number as the service reads one: `-1.5e3`, and also `.5`, `5.` and `+5`.
pub(crate) fn is_number(text: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = |text: &str| text.strip_prefix(['-', '+']).unwrap_or(text).to_owned();
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(unsigned(exponent))),
        None => (text, None),
    };
    let number = unsigned(number);
    let (whole, fraction) = number.split_once('.').unwrap_or((&number, ""));
    let has_digits = !(whole.is_empty() && fraction.is_empty());
    let is_exponent = exponent.is_none_or(|exponent| !exponent.is_empty() && digits(&exponent));
    has_digits && digits(whole) && digits(fraction) && is_exponent
}

/// Whether the number has this form in JSON too.
fn is_json_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (number, _) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, ""));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let is_whole = whole == "0" || !(whole.is_empty() || whole.starts_with('0'));
    is_number(text) && !text.starts_with('+') && is_whole && !fraction.is_empty()
}

pub(crate) fn is_base64(text: &str) -> bool {
    BASE64_STANDARD.decode(text).is_ok()
}

/// The text as a string of JSON.
pub(crate) fn quote(text: &mut String, value: &str) {
    text.push_str(&serde_json::to_string(value).expect("any text has a form as a JSON string"));
}

fn list<T>(text: &mut String, values: &[T], write: impl Fn(&mut String, &T)) {
    text.push('[');
    for (index, value) in values.iter().enumerate() {
        if index != 0 {
            text.push(',');
        }
        write(text, value);
    }
    text.push(']');
}

fn object(text: &str) -> Result<Value<'_>, AttributeFault> {
    let parsed = crate::json::parse(text, crate::json::Leniency::Strict);
    let value = parsed.map_err(|error| AttributeFault::Json(error.kind().to_string()))?;
    value.ok_or(AttributeFault::NotAnObject)
}

fn members<'a, 'b>(value: &'a Value<'b>) -> Option<&'a [ObjectProp<'b>]> {
    value.as_object().map(|object| object.properties.as_slice())
}

fn texts(value: &Value<'_>, is_sound: impl Fn(&str) -> bool) -> Option<Vec<String>> {
    let texts = value.as_array()?.elements.iter().map(|element| {
        let text = element.as_string_lit()?.value.clone().into_owned();
        is_sound(&text).then_some(text)
    });
    texts.collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// Values of all types, nested; names that are easily taken for something else.
    pub(crate) fn attribute() -> impl Strategy<Value = Attribute> {
        let number = || "-?(0|[1-9][0-9]{0,37})(\\.[0-9]{1,5})?|\\+1|\\.5|007|1[eE][+-]?9";
        let bytes = || vec(any::<u8>(), 0..5).prop_map(|bytes| BASE64_STANDARD.encode(bytes));
        let leaf = prop_oneof![
            text().prop_map(Attribute::S),
            number().prop_map(Attribute::N),
            bytes().prop_map(Attribute::B),
            any::<bool>().prop_map(Attribute::Bool),
            Just(Attribute::Null),
            vec(text(), 0..3).prop_map(Attribute::Ss),
            vec(number(), 0..3).prop_map(Attribute::Ns),
            vec(bytes(), 0..3).prop_map(Attribute::Bs),
        ];
        leaf.prop_recursive(3, 12, 4, |inner| {
            prop_oneof![
                vec(inner.clone(), 0..4).prop_map(Attribute::L),
                vec((name(), inner), 0..4).prop_map(|pairs| Attribute::M(once(pairs))),
            ]
        })
    }

    pub(crate) fn item() -> impl Strategy<Value = Item> {
        vec((name(), attribute()), 1..5).prop_map(once)
    }

    fn text() -> impl Strategy<Value = String> {
        prop_oneof!["[ -~]{0,6}", any::<String>(), "\"?[\"\\\\,;\r\n\t ]{0,4}\"?", "true|null|1|"]
    }

    fn name() -> impl Strategy<Value = String> {
        prop_oneof!["S|N|B|SS|NS|BS|L|M|BOOL|NULL|Item", "[a-c]", "[a-c:,\" SNM]{0,5}"]
    }

    /// The first of each name.
    fn once(pairs: Vec<(String, Attribute)>) -> Item {
        let mut item = Item::default();
        for (name, value) in pairs {
            if item.get(&name).is_none() {
                item.0.push((name, value));
            }
        }
        item
    }

    #[track_caller]
    fn check(plain: &str, typed: &str) {
        let item = Item::from_plain(plain).unwrap();
        assert_eq!(item.typed(), typed);
        assert_eq!(Item::from_typed(typed).unwrap().plain(), plain);
    }

    #[test]
    fn plain_and_typed_say_the_same() {
        check(
            r#"{"a":"x","b":1.50,"c":true,"d":null,"e":[1,"x"],"f":{"g":2}}"#,
            r#"{"a":{"S":"x"},"b":{"N":"1.50"},"c":{"BOOL":true},"d":{"NULL":true},"e":{"L":[{"N":"1"},{"S":"x"}]},"f":{"M":{"g":{"N":"2"}}}}"#,
        );
        check(
            r#"{"a":{"SS":["x"]},"b":{"NS":["1","2.0"]},"c":{"B":"AAE="},"d":{"BS":[]}}"#,
            r#"{"a":{"SS":["x"]},"b":{"NS":["1","2.0"]},"c":{"B":"AAE="},"d":{"BS":[]}}"#,
        );
        // A map that would be read as a text, and numbers that JSON writes otherwise.
        check(r#"{"a":{"M":{"S":{"S":"x"}}}}"#, r#"{"a":{"M":{"S":{"S":"x"}}}}"#);
        check(r#"{"a":{"N":"+1"},"b":[{"N":".5"}]}"#, r#"{"a":{"N":"+1"},"b":{"L":[{"N":".5"}]}}"#);
    }

    #[test]
    fn what_only_looks_typed_is_a_map() {
        let item = Item::from_plain(r#"{"a":{"N":"x"},"b":{"S":"x","N":"1"},"c":{"NULL":false}}"#);
        assert_eq!(
            item.unwrap().typed(),
            r#"{"a":{"M":{"N":{"S":"x"}}},"b":{"M":{"S":{"S":"x"},"N":{"S":"1"}}},"c":{"M":{"NULL":{"BOOL":false}}}}"#
        );
    }

    #[test]
    fn a_fault_names_the_attribute() {
        #[track_caller]
        fn refused(item: Result<Item, AttributeFault>, expected: &str) {
            assert_eq!(item.unwrap_err().to_string(), expected);
        }
        refused(
            Item::from_typed(r#"{"a":1}"#),
            "the attribute \"a\" has no type: write it as {\"S\": \"text\"} or {\"N\": \"1\"}",
        );
        refused(Item::from_plain(r#"{"a":1,"a":2}"#), "the attribute \"a\" stands twice");
        refused(Item::from_plain("[]"), "an item is an object: write it in { }");
        assert!(Item::from_plain("{").is_err());
    }

    #[test]
    fn keys_have_the_types_of_the_table() {
        let keys = Keys(vec![("n".to_owned(), KeyType::N), ("s".to_owned(), KeyType::S)]);
        let typed = |plain: &str| {
            let item = keys.apply(Item::from_plain(plain).unwrap());
            item.map_or_else(|fault| fault.to_string(), |item| item.typed())
        };
        assert_eq!(typed(r#"{"n":"5","s":6}"#), r#"{"n":{"N":"5"},"s":{"S":"6"}}"#);
        assert_eq!(
            typed(r#"{"n":5,"s":"6","x":"7"}"#),
            r#"{"n":{"N":"5"},"s":{"S":"6"},"x":{"S":"7"}}"#
        );
        assert_eq!(typed(r#"{"n":"x","s":"6"}"#), "the key attribute \"n\" has the type N");
        assert_eq!(typed(r#"{"n":1}"#), "the key attribute \"s\" is missing");
        let table = serde_json::json!({"Table": {
            "KeySchema": [{"AttributeName": "n"}, {"AttributeName": "s"}],
            "AttributeDefinitions": [{"AttributeName": "s", "AttributeType": "S"}, {"AttributeName": "n", "AttributeType": "N"}],
        }});
        assert_eq!(Keys::of_table(&table), keys);
    }

    #[test]
    fn numbers_are_told_from_texts() {
        for number in ["0", "-0", "1.50", "007", "+1", ".5", "5.", "1e5", "-1.5E-10", "1E+400"] {
            assert!(is_number(number), "{number}");
        }
        for other in
            ["", "-", ".", "e5", "1e", "1e+", "0x1", " 1", "1 ", "--1", "1.2.3", "NaN", "٣"]
        {
            assert!(!is_number(other), "{other}");
        }
        assert!(["0", "-0", "1.50", "1e5", "1E+400"].iter().all(|number| is_json_number(number)));
        assert!(
            !["007", "+1", ".5", "5.", "-.5", "00"].iter().any(|number| is_json_number(number))
        );
    }

    proptest! {
        #[test]
        fn typed_json_says_it_all(item in item()) {
            prop_assert_eq!(Item::from_typed(&item.typed()), Ok(item));
        }

        #[test]
        fn plain_json_says_it_all(item in item()) {
            prop_assert_eq!(Item::from_plain(&item.plain()), Ok(item));
        }
    }
}
