//! What values count for, held against the rule written down once more.

use std::collections::{BTreeMap, BTreeSet};

use pixii_types::{AttributeValue, Item, Number};
use proptest::prelude::*;
use serde_json::Value;

fn values() -> impl Strategy<Value = AttributeValue> {
    let number = || {
        "-?[0-9]{1,20}(\\.[0-9]{1,15})?".prop_map(|text| text.parse::<Number>().expect("it is one"))
    };
    let leaf = prop_oneof![
        ".{0,8}".prop_map(AttributeValue::S),
        number().prop_map(AttributeValue::N),
        any::<Vec<u8>>().prop_map(AttributeValue::B),
        any::<bool>().prop_map(AttributeValue::Bool),
        Just(AttributeValue::Null),
        prop::collection::btree_set(".{0,4}", 1..4).prop_map(AttributeValue::Ss),
        prop::collection::btree_set(number(), 1..4).prop_map(AttributeValue::Ns),
        prop::collection::btree_set(any::<Vec<u8>>(), 1..4).prop_map(AttributeValue::Bs),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(AttributeValue::L),
            prop::collection::btree_map(".{0,4}", inner, 0..4).prop_map(AttributeValue::M),
        ]
    })
}

/// The size of a number by its text: a byte, one for every two significant digits on either side of the point, and
/// one for a minus sign.
fn number_size(text: &str) -> usize {
    if text == "0" {
        return 1;
    }
    let plain = text.trim_start_matches('-');
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    let whole = whole.trim_start_matches('0');
    let whole = if fraction.is_empty() { whole.trim_end_matches('0') } else { whole };
    let fraction = if whole.is_empty() { fraction.trim_start_matches('0') } else { fraction };
    1 + whole.len().div_ceil(2) + fraction.len().div_ceil(2) + usize::from(text.starts_with('-'))
}

/// The size of bytes by their base64.
fn bytes_size(base64: &str) -> usize {
    base64.len() / 4 * 3 - base64.bytes().filter(|byte| *byte == b'=').count()
}

/// The size of a value as the wire shows it.
fn size(value: &Value) -> usize {
    let all = |members: &Value, size: fn(&str) -> usize| -> usize {
        let members = members.as_array().into_iter().flatten();
        members.filter_map(Value::as_str).map(size).sum()
    };
    let members = value.as_object().into_iter().flatten();
    let sizes = members.map(|(kind, value)| {
        let text = value.as_str().unwrap_or_default();
        match kind.as_str() {
            "S" => text.len(),
            "N" => number_size(text),
            "B" => bytes_size(text),
            "SS" => all(value, str::len),
            "NS" => all(value, number_size),
            "BS" => all(value, bytes_size),
            "L" => {
                3 + value
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|value| 1 + size(value))
                    .sum::<usize>()
            }
            "M" => 3 + value.as_object().map_or(0, |entries| entries.len() + item_size(entries)),
            _ => 1,
        }
    });
    sizes.sum()
}

fn item_size(entries: &serde_json::Map<String, Value>) -> usize {
    entries.iter().map(|(name, value)| name.len() + size(value)).sum()
}

proptest! {
    #[test]
    fn an_item_counts_for_its_names_and_its_values(
        entries in prop::collection::btree_map(".{1,8}", values(), 0..5),
    ) {
        let item = Item(entries);
        let json = serde_json::to_value(&item).expect("an item is JSON");
        prop_assert_eq!(item.size(), json.as_object().map_or(0, item_size));
    }
}

#[test]
fn the_examples_of_the_rule_are_counted_so() {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let map = AttributeValue::M(BTreeMap::from([("é".to_owned(), text("ab"))]));
    let list =
        AttributeValue::L(vec![AttributeValue::Null, map, AttributeValue::Ss(BTreeSet::new())]);
    assert_eq!(list.size(), 3 + (1 + 1) + (1 + 3 + 1 + 2 + 2) + 1);
    for (number, size) in
        [("0", 1), ("100", 2), ("1.5", 3), ("100.5", 4), ("0.15", 2), ("-42", 3), ("3.14159", 5)]
    {
        assert_eq!(number_size(number), size, "{number}");
    }
}
