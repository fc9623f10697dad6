//! What two JSON values have in common that say the same in another order of members.

use std::collections::BTreeMap;

use types::json::Json;

/// Stands for a JSON value: the same for the same members in another order.
pub(crate) fn digest(json: &Json<'_>) -> u128 {
    let mut text = Vec::new();
    put_canonical(json, &mut text);
    xxhash_rust::xxh3::xxh3_128(&text)
}

fn put_canonical(json: &Json<'_>, text: &mut Vec<u8>) {
    match json {
        Json::Null => text.push(b'n'),
        Json::Bool(value) => text.push(if *value { b't' } else { b'f' }),
        Json::Integer(value) => text.extend_from_slice(format!("i{value};").as_bytes()),
        Json::Decimal(value) => text.extend_from_slice(format!("d{value};").as_bytes()),
        Json::String(value) => put_text(value, text),
        Json::Array(elements) => {
            text.push(b'[');
            for element in elements {
                put_canonical(element, text);
            }
            text.push(b']');
        }
        Json::Object(object) => {
            text.push(b'{');
            for (name, value) in object.members().collect::<BTreeMap<_, _>>() {
                put_text(name, text);
                put_canonical(value, text);
            }
            text.push(b'}');
        }
    }
}

fn put_text(value: &str, text: &mut Vec<u8>) {
    text.extend_from_slice(format!("s{}:", value.len()).as_bytes());
    text.extend_from_slice(value.as_bytes());
}
