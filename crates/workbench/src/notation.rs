//! Values of attributes in their two notations.
//!
//! *Typed* is the service's own: `{"N": "1.50"}`. *Plain* is JSON as people write it: `1.50`. What JSON has no form for
//! stays typed in plain JSON, so that any item can be written plainly and read again: sets and binary values
//! (`{"SS": ["a"]}`, `{"B": "AAE="}`), and a map of one member that is called as a type is (`{"M": {"S": "a"}}`).
//!
//! Numbers keep every digit as it is written.

use jsonc_parser::ast::{Object, ObjectProp, Value};

use crate::attribute::KeyType;
use crate::edit::quoted;
use crate::json::{Layout, text};

/// The types of typed values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tag {
    S,
    N,
    B,
    SS,
    NS,
    BS,
    M,
    L,
    Null,
    Bool,
}

impl Tag {
    /// The type that this member of a typed value says.
    pub(crate) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "S" => Self::S,
            "N" => Self::N,
            "B" => Self::B,
            "SS" => Self::SS,
            "NS" => Self::NS,
            "BS" => Self::BS,
            "M" => Self::M,
            "L" => Self::L,
            "NULL" => Self::Null,
            "BOOL" => Self::Bool,
            _ => return None,
        })
    }

    /// The member's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::S => "S",
            Self::N => "N",
            Self::B => "B",
            Self::SS => "SS",
            Self::NS => "NS",
            Self::BS => "BS",
            Self::M => "M",
            Self::L => "L",
            Self::Null => "NULL",
            Self::Bool => "BOOL",
        }
    }

    /// Whether plain JSON has no form of its own for it, or for some of its values.
    fn stays_typed(self) -> bool {
        match self {
            Self::B | Self::SS | Self::NS | Self::BS | Self::M => true,
            Self::S | Self::N | Self::L | Self::Null | Self::Bool => false,
        }
    }

    /// Whether a value is what this type takes. A number may stand without its quotes.
    fn takes(self, value: &Value<'_>) -> bool {
        let all = |is: fn(&Value<'_>) -> bool| {
            value.as_array().is_some_and(|array| array.elements.iter().all(is))
        };
        let is_text = |value: &Value<'_>| value.as_string_lit().is_some();
        match self {
            Self::S | Self::B => is_text(value),
            Self::N => is_text(value) || value.as_number_lit().is_some(),
            Self::SS | Self::BS => all(|value| value.as_string_lit().is_some()),
            Self::NS => {
                all(|value| value.as_string_lit().is_some() || value.as_number_lit().is_some())
            }
            Self::M => value.as_object().is_some(),
            Self::L => value.as_array().is_some(),
            Self::Null | Self::Bool => value.as_boolean_lit().is_some(),
        }
    }
}

/// The only member of an object.
fn only<'a, 'b>(object: &'b Object<'a>) -> Option<&'b ObjectProp<'a>> {
    if let [member] = object.properties.as_slice() { Some(member) } else { None }
}

/// How a value reads.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reading<'a, 'b> {
    /// As a typed one: its type, and what it holds.
    Typed(Tag, &'b Value<'a>),
    /// As a plain one.
    Plain,
    /// As a plain one, though its only member is called as a type is.
    Doubtful(Tag),
}

/// How a value reads where both notations are allowed.
pub(crate) fn reading<'a, 'b>(value: &'b Value<'a>) -> Reading<'a, 'b> {
    let Some(member) = value.as_object().and_then(only) else { return Reading::Plain };
    match Tag::of(member.name.as_str()) {
        Some(tag) if tag.takes(&member.value) => Reading::Typed(tag, &member.value),
        Some(tag) => Reading::Doubtful(tag),
        None => Reading::Plain,
    }
}

/// Which notations are allowed inside a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notation {
    /// Both: what reads as typed is.
    Both,
    /// The plain one alone, in which only what it has no form for is typed.
    Plain,
}

impl Notation {
    /// The type and the content of what is typed in this notation.
    fn typed<'a, 'b>(self, value: &'b Value<'a>) -> Option<(Tag, &'b Value<'a>)> {
        match reading(value) {
            Reading::Typed(tag, content) if self == Self::Both || tag.stays_typed() => {
                Some((tag, content))
            }
            Reading::Typed(..) | Reading::Plain | Reading::Doubtful(_) => None,
        }
    }
}

/// A value as a typed one. `expected` is the type of the key attribute that it is for.
pub(crate) fn typed(
    value: &Value<'_>,
    notation: Notation,
    expected: Option<KeyType>,
) -> (Tag, String) {
    let mut json = String::new();
    let tag = Writer { json: &mut json, notation }.value(value, expected);
    (tag, json)
}

struct Writer<'a> {
    json: &'a mut String,
    notation: Notation,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value<'_>, expected: Option<KeyType>) -> Tag {
        if let Some((tag, content)) = self.notation.typed(value) {
            self.tagged(tag, |writer| writer.content(tag, content));
            return tag;
        }
        self.plain(value, expected)
    }

    /// What a typed value holds, with what is plain in it typed.
    fn content(&mut self, tag: Tag, content: &Value<'_>) {
        match (tag, content) {
            (Tag::M, Value::Object(object)) => self.members(object),
            (Tag::L, Value::Array(array)) => self.elements(&array.elements),
            (Tag::N, Value::NumberLit(number)) => self.json.push_str(&quoted(number.value)),
            (Tag::NS, Value::Array(array)) => self.list(&array.elements, |writer, element| {
                let number = element.as_number_lit().map(|number| quoted(number.value));
                let json = number.unwrap_or_else(|| text(element, Layout::Compact));
                writer.json.push_str(&json);
            }),
            _ => self.json.push_str(&text(content, Layout::Compact)),
        }
    }

    fn plain(&mut self, value: &Value<'_>, expected: Option<KeyType>) -> Tag {
        match value {
            Value::StringLit(string) => {
                let tag = match expected {
                    Some(KeyType::N) if is_number(&string.value) => Tag::N,
                    Some(KeyType::B) => Tag::B,
                    Some(KeyType::S | KeyType::N) | None => Tag::S,
                };
                self.scalar(tag, &quoted(&string.value))
            }
            Value::NumberLit(number) => {
                let tag = if expected == Some(KeyType::S) { Tag::S } else { Tag::N };
                self.scalar(tag, &quoted(number.value))
            }
            Value::BooleanLit(boolean) => {
                self.scalar(Tag::Bool, if boolean.value { "true" } else { "false" })
            }
            Value::NullKeyword(_) => self.scalar(Tag::Null, "true"),
            Value::Array(array) => {
                self.tagged(Tag::L, |writer| writer.elements(&array.elements));
                Tag::L
            }
            Value::Object(object) => {
                self.tagged(Tag::M, |writer| writer.members(object));
                Tag::M
            }
        }
    }

    fn scalar(&mut self, tag: Tag, json: &str) -> Tag {
        self.tagged(tag, |writer| writer.json.push_str(json));
        tag
    }

    fn tagged(&mut self, tag: Tag, content: impl FnOnce(&mut Self)) {
        self.json.push_str("{\"");
        self.json.push_str(tag.name());
        self.json.push_str("\":");
        content(self);
        self.json.push('}');
    }

    fn members(&mut self, object: &Object<'_>) {
        self.json.push('{');
        for (index, member) in object.properties.iter().enumerate() {
            if index != 0 {
                self.json.push(',');
            }
            self.json.push_str(&quoted(member.name.as_str()));
            self.json.push(':');
            self.value(&member.value, None);
        }
        self.json.push('}');
    }

    fn elements(&mut self, elements: &[Value<'_>]) {
        self.list(elements, |writer, element| {
            writer.value(element, None);
        });
    }

    fn list(&mut self, elements: &[Value<'_>], write: impl Fn(&mut Self, &Value<'_>)) {
        self.json.push('[');
        for (index, element) in elements.iter().enumerate() {
            if index != 0 {
                self.json.push(',');
            }
            write(self, element);
        }
        self.json.push(']');
    }
}

/// A typed value as a plain one; one that is not typed as it stands.
pub(crate) fn plain(value: &Value<'_>, json: &mut String) {
    match reading(value) {
        Reading::Typed(Tag::M, Value::Object(object)) => {
            let is_like_typed =
                only(object).is_some_and(|member| Tag::of(member.name.as_str()).is_some());
            if is_like_typed {
                json.push_str("{\"M\":");
            }
            plain_members(object, json);
            if is_like_typed {
                json.push('}');
            }
        }
        Reading::Typed(Tag::L, Value::Array(array)) => {
            json.push('[');
            for (index, element) in array.elements.iter().enumerate() {
                if index != 0 {
                    json.push(',');
                }
                plain(element, json);
            }
            json.push(']');
        }
        Reading::Typed(Tag::N, Value::StringLit(number)) if is_number(&number.value) => {
            json.push_str(&number.value);
        }
        Reading::Typed(Tag::S | Tag::Bool, content) => {
            json.push_str(&text(content, Layout::Compact));
        }
        Reading::Typed(Tag::Null, _) => json.push_str("null"),
        Reading::Typed(..) | Reading::Plain | Reading::Doubtful(_) => {
            json.push_str(&text(value, Layout::Compact));
        }
    }
}

fn plain_members(object: &Object<'_>, json: &mut String) {
    json.push('{');
    for (index, member) in object.properties.iter().enumerate() {
        if index != 0 {
            json.push(',');
        }
        json.push_str(&quoted(member.name.as_str()));
        json.push(':');
        plain(&member.value, json);
    }
    json.push('}');
}

/// Whether a text is a number as JSON writes one.
pub(crate) fn is_number(text: &str) -> bool {
    !text.starts_with(char::is_whitespace)
        && !text.ends_with(char::is_whitespace)
        && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
        && text.starts_with(|first: char| first == '-' || first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::json::{Leniency, parse};

    fn as_typed(json: &str, notation: Notation, expected: Option<KeyType>) -> String {
        typed(&parse(json, Leniency::Strict).unwrap().unwrap(), notation, expected).1
    }

    fn as_plain(json: &str) -> String {
        let mut plain = String::new();
        super::plain(&parse(json, Leniency::Strict).unwrap().unwrap(), &mut plain);
        plain
    }

    #[track_caller]
    fn both(plain: &str, typed: &str) {
        assert_eq!(as_typed(plain, Notation::Both, None), typed);
        assert_eq!(as_plain(typed), plain);
    }

    #[test]
    fn each_type_has_a_plain_notation() {
        both(r#""a""#, r#"{"S":"a"}"#);
        both("1.50", r#"{"N":"1.50"}"#);
        both(
            "12345678901234567890123456789012345678",
            r#"{"N":"12345678901234567890123456789012345678"}"#,
        );
        both("true", r#"{"BOOL":true}"#);
        both("null", r#"{"NULL":true}"#);
        both(r#"["a",1,[]]"#, r#"{"L":[{"S":"a"},{"N":"1"},{"L":[]}]}"#);
        both(r#"{"a":{"b":1},"c":{}}"#, r#"{"M":{"a":{"M":{"b":{"N":"1"}}},"c":{"M":{}}}}"#);
        for typed in
            [r#"{"SS":["a"]}"#, r#"{"NS":["1","2.50"]}"#, r#"{"B":"AAE="}"#, r#"{"BS":["AAE="]}"#]
        {
            both(typed, typed);
        }
        both(r#"{"M":{"S":"a"}}"#, r#"{"M":{"S":{"S":"a"}}}"#);
        both(r#"{"M":{"SS":1}}"#, r#"{"M":{"SS":{"N":"1"}}}"#);
    }

    #[test]
    fn what_reads_as_typed_is_left_so_and_what_is_plain_in_it_is_typed() {
        #[track_caller]
        fn check(written: &str, expected: &str) {
            assert_eq!(as_typed(written, Notation::Both, None), expected);
        }
        check(r#"{"S": "a"}"#, r#"{"S":"a"}"#);
        check(r#"{"N": 5}"#, r#"{"N":"5"}"#);
        check(r#"{"NS": [1, "2"]}"#, r#"{"NS":["1","2"]}"#);
        check(r#"{"M": {"a": 1, "b": {"S": "c"}}}"#, r#"{"M":{"a":{"N":"1"},"b":{"S":"c"}}}"#);
        check(r#"{"S": 5}"#, r#"{"M":{"S":{"N":"5"}}}"#);
        check(r#"{"S": "a", "T": 1}"#, r#"{"M":{"S":{"S":"a"},"T":{"N":"1"}}}"#);
        assert_eq!(as_typed(r#"{"S": "a"}"#, Notation::Plain, None), r#"{"M":{"S":{"S":"a"}}}"#);
    }

    #[test]
    fn a_key_has_the_type_that_its_table_says() {
        #[track_caller]
        fn check(written: &str, expected: KeyType, typed: &str) {
            assert_eq!(as_typed(written, Notation::Both, Some(expected)), typed);
        }
        check(r#""5""#, KeyType::N, r#"{"N":"5"}"#);
        check(r#""five""#, KeyType::N, r#"{"S":"five"}"#);
        check("5", KeyType::S, r#"{"S":"5"}"#);
        check(r#""AAE=""#, KeyType::B, r#"{"B":"AAE="}"#);
        check(r#"{"S": "5"}"#, KeyType::N, r#"{"S":"5"}"#);
    }

    fn values() -> impl Strategy<Value = String> {
        let names = "[a-zA-Z]{0,4}|S|N|M|SS|B|L";
        let texts = "\"[a-zA-Z0-9 é]{0,6}\"";
        let leaf = prop_oneof![
            texts.prop_map(|text| format!(r#"{{"S":{text}}}"#)),
            "-?(0|[1-9][0-9]{0,37})(\\.[0-9]{1,20})?"
                .prop_map(|number| format!(r#"{{"N":"{number}"}}"#)),
            Just(r#"{"BOOL":false}"#.to_owned()),
            Just(r#"{"NULL":true}"#.to_owned()),
            Just(r#"{"B":"AAE="}"#.to_owned()),
            prop::collection::vec(texts, 1..3)
                .prop_map(|all| format!(r#"{{"SS":[{}]}}"#, all.join(","))),
            Just(r#"{"NS":["1","1.50"]}"#.to_owned()),
            Just(r#"{"BS":["AAE="]}"#.to_owned()),
        ];
        leaf.prop_recursive(4, 24, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4)
                    .prop_map(|all| format!(r#"{{"L":[{}]}}"#, all.join(","))),
                prop::collection::btree_map(names, inner, 0..4).prop_map(|all| {
                    let members: Vec<String> = all
                        .iter()
                        .map(|(name, value)| format!("{}:{value}", quoted(name)))
                        .collect();
                    format!(r#"{{"M":{{{}}}}}"#, members.join(","))
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_value_survives_being_written_plainly(value in values()) {
            let plain = as_plain(&value);
            prop_assert_eq!(as_typed(&plain, Notation::Plain, None), value.clone());
            prop_assert_eq!(as_typed(&plain, Notation::Both, None), value);
        }
    }
}
