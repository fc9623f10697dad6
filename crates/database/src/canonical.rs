//! What two JSON values have in common that say the same: in another order of members, or in
//! another spelling of attribute values.

use std::borrow::Cow;
use std::collections::BTreeMap;

use types::Number;
use types::json::Json;

/// Which differences count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sameness {
    /// All but the order of members.
    Spelling,
    /// Neither the order of a set's members nor how a number is spelled.
    Value,
}

/// Stands for a JSON value: the same for the same members in another order.
pub(crate) fn digest(json: &Json<'_>) -> u128 {
    digest_as(json, Sameness::Spelling)
}

/// Stands for a JSON value: the same for the same attribute values in another spelling.
pub(crate) fn digest_by_value(json: &Json<'_>) -> u128 {
    digest_as(json, Sameness::Value)
}

fn digest_as(json: &Json<'_>, sameness: Sameness) -> u128 {
    let mut text = Vec::new();
    put_canonical(json, sameness, &mut text);
    xxhash_rust::xxh3::xxh3_128(&text)
}

fn put_canonical(json: &Json<'_>, sameness: Sameness, text: &mut Vec<u8>) {
    match json {
        Json::Null => text.push(b'n'),
        Json::Bool(value) => text.push(if *value { b't' } else { b'f' }),
        Json::Integer(value) => text.extend_from_slice(format!("i{value};").as_bytes()),
        Json::Decimal(value) => text.extend_from_slice(format!("d{value};").as_bytes()),
        Json::String(value) => put_text(value, text),
        Json::Array(elements) => {
            text.push(b'[');
            for element in elements {
                put_canonical(element, sameness, text);
            }
            text.push(b']');
        }
        Json::Object(object) => {
            text.push(b'{');
            for (name, value) in object.members().collect::<BTreeMap<_, _>>() {
                put_text(name, text);
                match (sameness, name, value) {
                    (Sameness::Value, "N", Json::String(number)) => put_text(&plain(number), text),
                    (Sameness::Value, "SS" | "NS" | "BS", Json::Array(members)) => {
                        put_set(members, name == "NS", text);
                    }
                    _ => put_canonical(value, sameness, text),
                }
            }
            text.push(b'}');
        }
    }
}

/// Puts the members of a set in an order of their own.
fn put_set(members: &[Json<'_>], is_of_numbers: bool, text: &mut Vec<u8>) {
    let mut texts: Vec<Cow<'_, str>> = members
        .iter()
        .filter_map(|member| match member {
            Json::String(member) if is_of_numbers => Some(plain(member)),
            Json::String(member) => Some(Cow::Borrowed(&**member)),
            Json::Null
            | Json::Bool(_)
            | Json::Integer(_)
            | Json::Decimal(_)
            | Json::Array(_)
            | Json::Object(_) => None,
        })
        .collect();
    texts.sort_unstable();
    text.push(b'[');
    for member in texts {
        put_text(&member, text);
    }
    text.push(b']');
}

/// A number in its plainest form, if it is one.
fn plain(number: &str) -> Cow<'_, str> {
    match number.parse::<Number>() {
        Ok(number) => Cow::Owned(number.to_string()),
        Err(_) => Cow::Borrowed(number),
    }
}

fn put_text(value: &str, text: &mut Vec<u8>) {
    text.extend_from_slice(format!("s{}:", value.len()).as_bytes());
    text.extend_from_slice(value.as_bytes());
}
