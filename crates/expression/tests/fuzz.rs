//! Hostile texts where an expression is read.

use std::collections::{BTreeMap, BTreeSet};

use pixii_expression::{
    Kind, Placeholders, parse_condition, parse_key_condition, parse_projection, parse_update,
};
use types::{AttributeValue, Item, Number};

fn placeholders() -> Placeholders {
    let names = BTreeMap::from([("#c".to_owned(), "c".to_owned())]);
    let values = BTreeMap::from([
        (":s".to_owned(), AttributeValue::S("S".to_owned())),
        (":n".to_owned(), AttributeValue::N(Number::from(1))),
        (":l".to_owned(), AttributeValue::L(vec![AttributeValue::Null])),
        (":ss".to_owned(), AttributeValue::Ss(BTreeSet::from(["a".to_owned()]))),
    ]);
    Placeholders::new(Some(names), Some(values)).expect("the maps are good")
}

/// An item in which most paths lead somewhere.
fn item() -> Item {
    let number = AttributeValue::N(Number::from(7));
    let set = AttributeValue::Ss(["a", "b"].map(str::to_owned).into());
    let list = AttributeValue::L(vec![number.clone(), AttributeValue::S("S".to_owned()), set]);
    let map = BTreeMap::from([("b".to_owned(), list.clone()), ("c".to_owned(), number)]);
    let entries = [("a", AttributeValue::M(map)), ("b", list), ("c", AttributeValue::Null)];
    Item(entries.map(|(name, value)| (name.to_owned(), value)).into())
}

#[test]
fn a_text_is_an_expression_or_refused() {
    fuzz::target("expression", 20_000, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let item = item();
        let mut messages = Vec::new();
        for kind in [Kind::Condition, Kind::Filter] {
            match parse_condition(kind, &text, &mut placeholders()) {
                Ok(condition) => {
                    let _ = (condition.holds(&item), condition.holds(&Item::default()));
                    let _ = condition.paths();
                }
                Err(error) => messages.push(error.to_string()),
            }
        }
        messages.extend(
            parse_key_condition(&text, &mut placeholders()).err().map(|error| error.to_string()),
        );
        match parse_projection(&text, &mut placeholders()) {
            Ok(projection) => assert!(projection.of(&item).size() <= item.size()),
            Err(error) => messages.push(error.to_string()),
        }
        match parse_update(&text, &mut placeholders()) {
            Ok(update) => {
                for old in [Some(&item), None] {
                    match update.apply(old, &Item::default()) {
                        Ok(new) => drop(new.map(|new| update.touched(&new))),
                        Err(error) => assert!(error.is_while_updating(), "{error}"),
                    }
                }
            }
            Err(error) => messages.push(error.to_string()),
        }
        // No message repeats a text that is longer than any expression.
        assert!(messages.iter().all(|message| message.len() < 20_000), "{messages:?}");
    });
}
