use std::collections::BTreeMap;

use types::Item;
use types::json::Json;
use types::parameter::{Choice as _, Faults, Parameter as _, Path as Place};

use super::*;

/// A value as the wire has it, in JSON that is easier to read: 'S':'a' for {"S":"a"}.
#[track_caller]
fn value(text: &str) -> AttributeValue {
    let json = format!("{{{}}}", text.replace('\'', "\""));
    let json = Json::parse(json.as_bytes()).unwrap();
    let mut faults = Faults::<types::Error>::none();
    let value = AttributeValue::read(&json, &Place::Root, &mut faults);
    faults.into_result().unwrap();
    value
}

fn operator(name: &str) -> ComparisonOperator {
    ComparisonOperator::CHOICES.iter().find(|(choice, _)| *choice == name).unwrap().1
}

fn compare(name: &str, values: &[&str]) -> Comparison {
    let values = values.iter().map(|text| value(text)).collect();
    Comparison { operator: operator(name), values }
}

fn one(attribute: &str, comparison: Comparison) -> Vec<(String, Comparison)> {
    vec![(attribute.to_owned(), comparison)]
}

fn item() -> Item {
    let attributes = [
        ("s", "'S':'hello'"),
        ("n", "'N':'5'"),
        ("b", "'B':'AQL/'"),
        ("t", "'BOOL':true"),
        ("z", "'NULL':true"),
        ("ss", "'SS':['a','b']"),
        ("ns", "'NS':['1','2']"),
        ("bs", "'BS':['AQ==']"),
        ("l", "'L':[{'S':'a'},{'N':'1'}]"),
        ("m", "'M':{'k':{'S':'v'}}"),
        ("m.k", "'S':'dotted'"),
    ];
    let entries = attributes.map(|(name, text)| (name.to_owned(), value(text)));
    Item(BTreeMap::from(entries))
}

#[track_caller]
fn holds(attribute: &str, name: &str, values: &[&str], expected: bool) {
    let condition = filter(one(attribute, compare(name, values)), None).unwrap().unwrap();
    assert_eq!(condition.holds(&item()), expected, "{attribute} {name} {values:?}");
}

#[track_caller]
fn refused(attribute: &str, name: &str, values: &[&str], expected: &str) {
    let error = filter(one(attribute, compare(name, values)), None).unwrap_err();
    assert_eq!(error.to_string(), expected, "{attribute} {name} {values:?}");
    let error = key_conditions(one(attribute, compare(name, values))).unwrap_err();
    assert_eq!(error.to_string(), expected, "key {attribute} {name} {values:?}");
}

fn invalid(fault: &str) -> String {
    format!("One or more parameter values were invalid: {fault}")
}

#[test]
fn equality_is_of_type_and_content_whatever_the_type() {
    for (attribute, same, other) in [
        ("s", "'S':'hello'", "'S':'hell'"),
        ("n", "'N':'5.0'", "'N':'6'"),
        ("n", "'N':'5'", "'S':'5'"),
        ("b", "'B':'AQL/'", "'B':'AQL+'"),
        ("t", "'BOOL':true", "'BOOL':false"),
        ("z", "'NULL':true", "'BOOL':true"),
        ("ss", "'SS':['b','a']", "'SS':['a']"),
        ("ns", "'NS':['2.0','1']", "'SS':['1','2']"),
        ("l", "'L':[{'S':'a'},{'N':'1'}]", "'L':[{'N':'1'},{'S':'a'}]"),
        ("m", "'M':{'k':{'S':'v'}}", "'M':{}"),
    ] {
        holds(attribute, "EQ", &[same], true);
        holds(attribute, "NE", &[same], false);
        holds(attribute, "EQ", &[other], false);
        holds(attribute, "NE", &[other], true);
    }
    holds("q", "EQ", &["'S':'a'"], false);
    holds("q", "NE", &["'S':'a'"], true);
}

#[test]
fn order_is_within_one_type() {
    for (name, less, equal, greater) in [
        ("LT", false, false, true),
        ("LE", false, true, true),
        ("GT", true, false, false),
        ("GE", true, true, false),
    ] {
        holds("n", name, &["'N':'-10'"], less);
        holds("n", name, &["'N':'5'"], equal);
        holds("n", name, &["'N':'10'"], greater);
        holds("s", name, &["'S':'a'"], less);
        holds("s", name, &["'S':'hello'"], equal);
        holds("s", name, &["'S':'hello!'"], greater);
        holds("b", name, &["'B':'AA=='"], less);
        holds("b", name, &["'B':'AQL/'"], equal);
        holds("b", name, &["'B':'gA=='"], greater);
        holds("n", name, &["'S':'5'"], false);
        holds("l", name, &["'S':'5'"], false);
        holds("q", name, &["'S':'5'"], false);
    }
}

#[test]
fn between_includes_both_bounds() {
    holds("n", "BETWEEN", &["'N':'5'", "'N':'10'"], true);
    holds("n", "BETWEEN", &["'N':'1'", "'N':'5'"], true);
    holds("n", "BETWEEN", &["'N':'5'", "'N':'5'"], true);
    holds("n", "BETWEEN", &["'N':'6'", "'N':'10'"], false);
    holds("n", "BETWEEN", &["'S':'1'", "'S':'9'"], false);
    holds("q", "BETWEEN", &["'S':'1'", "'S':'9'"], false);
}

#[test]
fn in_compares_the_whole_value() {
    holds("n", "IN", &["'N':'4'", "'N':'5'"], true);
    holds("n", "IN", &["'N':'4'"], false);
    holds("s", "IN", &["'S':'hello'"], true);
    holds("ns", "IN", &["'N':'1'", "'N':'2'"], false);
    holds("l", "IN", &["'S':'a'"], false);
    holds("q", "IN", &["'S':'a'"], false);
}

#[test]
fn null_and_not_null_ask_whether_the_attribute_is_there() {
    for attribute in ["s", "z", "l", "m.k"] {
        holds(attribute, "NOT_NULL", &[], true);
        holds(attribute, "NULL", &[], false);
    }
    holds("q", "NOT_NULL", &[], false);
    holds("q", "NULL", &[], true);
}

#[test]
fn contains_finds_parts_and_members_and_its_opposite_needs_the_attribute() {
    for (attribute, part, expected) in [
        ("s", "'S':'ell'", true),
        ("s", "'S':'elo'", false),
        ("s", "'N':'1'", false),
        ("b", "'B':'Av8='", true),
        ("b", "'B':'/wI='", false),
        ("ss", "'S':'a'", true),
        ("ss", "'S':'c'", false),
        ("ns", "'N':'1.0'", true),
        ("ns", "'S':'1'", false),
        ("bs", "'B':'AQ=='", true),
        ("l", "'N':'1'", true),
        ("l", "'N':'2'", false),
        ("m", "'S':'k'", false),
        ("n", "'N':'5'", false),
    ] {
        holds(attribute, "CONTAINS", &[part], expected);
        holds(attribute, "NOT_CONTAINS", &[part], !expected);
    }
    holds("q", "CONTAINS", &["'S':'a'"], false);
    holds("q", "NOT_CONTAINS", &["'S':'a'"], false);
}

#[test]
fn begins_with_is_for_text_and_bytes() {
    holds("s", "BEGINS_WITH", &["'S':'hell'"], true);
    holds("s", "BEGINS_WITH", &["'S':'ello'"], false);
    holds("b", "BEGINS_WITH", &["'B':'AQI='"], true);
    holds("b", "BEGINS_WITH", &["'S':''"], false);
    holds("n", "BEGINS_WITH", &["'S':'5'"], false);
    holds("q", "BEGINS_WITH", &["'S':''"], false);
}

#[test]
fn a_name_is_literal() {
    holds("m.k", "EQ", &["'S':'dotted'"], true);
    holds("m.k", "EQ", &["'S':'v'"], false);
    holds("l[0]", "NULL", &[], true);
    let entries = |name: &str| one(name, compare("NULL", &[]));
    assert_eq!(filter(entries(""), None).unwrap_err(), Error::EmptyAttributeName);
    let long = "a".repeat(65_536);
    assert_eq!(filter(entries(&long), None).unwrap_err(), Error::AttributeNameLength);
    assert!(filter(entries(&"a".repeat(65_535)), None).is_ok());
}

#[test]
fn every_operator_takes_exactly_so_many_values() {
    let text = "'S':'a'";
    for (name, _) in ComparisonOperator::CHOICES {
        let expected =
            invalid(&format!("Invalid number of argument(s) for the {name} ComparisonOperator"));
        for count in 0..4 {
            let values = vec![text; count];
            let fits = match *name {
                "NULL" | "NOT_NULL" => count == 0,
                "IN" => count > 0,
                "BETWEEN" => count == 2,
                _ => count == 1,
            };
            if fits {
                assert!(filter(one("a", compare(name, &values)), None).is_ok(), "{name} {count}");
            } else {
                refused("a", name, &values, &expected);
            }
        }
    }
}

#[test]
fn an_operator_compares_only_some_types() {
    let unordered = [
        ("BOOL", "'BOOL':true"),
        ("NULL", "'NULL':true"),
        ("SS", "'SS':['a']"),
        ("NS", "'NS':['1']"),
        ("BS", "'BS':['YQ==']"),
        ("L", "'L':[]"),
        ("M", "'M':{}"),
    ];
    for (kind, text) in unordered {
        for (name, _) in ComparisonOperator::CHOICES {
            let values = if *name == "BETWEEN" { vec![text, text] } else { vec![text] };
            let fault =
                format!("ComparisonOperator {name} is not valid for {kind} AttributeValue type");
            match *name {
                "NULL" | "NOT_NULL" => {}
                "EQ" | "NE" => assert!(filter(one("a", compare(name, &values)), None).is_ok()),
                _ => refused("a", name, &values, &invalid(&fault)),
            }
        }
    }
    let fault = "ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type";
    refused("a", "BEGINS_WITH", &["'N':'1'"], &invalid(fault));
}

#[test]
fn values_are_of_one_type_and_bounds_in_order() {
    let fault = invalid("AttributeValues inside AttributeValueList must be of same type");
    refused("a", "IN", &["'S':'a'", "'N':'1'"], &fault);
    refused("a", "BETWEEN", &["'N':'1'", "'S':'a'"], &fault);
    // The number of values is looked at first, then whether they are of one type.
    refused("a", "BETWEEN", &["'BOOL':true", "'S':'a'"], &fault);
    let reversed = "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound";
    refused("a", "BETWEEN", &["'S':'b'", "'S':'a'"], reversed);
    refused("a", "BETWEEN", &["'N':'10'", "'N':'9'"], reversed);
    refused("a", "BETWEEN", &["'B':'gA=='", "'B':'fw=='"], reversed);
}

#[test]
fn conditions_are_joined_by_and_unless_the_operator_says_or() {
    let entries = |n: &str| {
        vec![
            ("s".to_owned(), compare("EQ", &["'S':'hello'"])),
            ("n".to_owned(), compare("EQ", &[n])),
        ]
    };
    for (operator, n, expected) in [
        (None, "'N':'5'", true),
        (None, "'N':'6'", false),
        (Some(ConditionalOperator::And), "'N':'5'", true),
        (Some(ConditionalOperator::And), "'N':'6'", false),
        (Some(ConditionalOperator::Or), "'N':'6'", true),
    ] {
        let condition = filter(entries(n), operator).unwrap().unwrap();
        assert_eq!(condition.holds(&item()), expected, "{operator:?} {n}");
    }
    assert_eq!(filter(Vec::new(), None), Ok(None));
    assert_eq!(expected(Vec::new(), None), Ok(None));
    let or = Some(ConditionalOperator::Or);
    assert_eq!(
        filter(Vec::new(), or).unwrap_err().to_string(),
        "ConditionalOperator cannot be used without Filter or Expected"
    );
    assert_eq!(
        filter(one("a", compare("NULL", &[])), or).unwrap_err().to_string(),
        "ConditionalOperator can only be used when Filter or Expected has two or more elements"
    );
}

#[test]
fn no_more_is_compared_than_an_expression_could_ask_for() {
    let numbers = |count: usize| (0..count).map(|n| AttributeValue::N((n as u64).into()));
    let within =
        |count| Comparison { operator: ComparisonOperator::In, values: numbers(count).collect() };
    assert!(filter(one("n", within(30_000)), None).is_ok());
    let fault = "Too many conditions, or values for the IN ComparisonOperator: 30001";
    assert_eq!(filter(one("n", within(30_001)), None).unwrap_err().to_string(), invalid(fault));
}

#[track_caller]
fn expects(expectation: Expectation, holds: Result<bool, &str>) {
    let shown = format!("{expectation:?}");
    let condition = expected(vec![("n".to_owned(), expectation)], None);
    let outcome = condition.map(|condition| condition.unwrap().holds(&item()));
    let outcome = outcome.map_err(|error| error.to_string());
    assert_eq!(outcome, holds.map_err(invalid), "{shown}");
}

#[test]
fn an_expectation_is_of_a_value_of_absence_or_a_comparison() {
    let five = || Some(value("'N':'5'"));
    let none = Expectation::default;
    expects(Expectation { value: five(), ..none() }, Ok(true));
    expects(Expectation { value: five(), exists: Some(true), ..none() }, Ok(true));
    expects(Expectation { value: Some(value("'N':'6'")), ..none() }, Ok(false));
    expects(Expectation { exists: Some(false), ..none() }, Ok(false));
    let less = Some(ComparisonOperator::Less);
    let six = || vec![value("'N':'6'")];
    expects(Expectation { operator: less, values: Some(six()), ..none() }, Ok(true));
    expects(Expectation { operator: less, value: Some(value("'N':'6'")), ..none() }, Ok(true));
    let is_there = Some(ComparisonOperator::NotNull);
    expects(Expectation { operator: is_there, ..none() }, Ok(true));
    expects(Expectation { operator: is_there, values: Some(Vec::new()), ..none() }, Ok(true));
}

#[test]
fn a_malformed_expectation_is_refused() {
    let five = || Some(value("'N':'5'"));
    let none = Expectation::default;
    let equal = Some(ComparisonOperator::Equal);
    let list = || Some(vec![value("'N':'5'")]);
    for (expectation, fault) in [
        (none(), "Value must be provided when Exists is null for Attribute: n"),
        (
            Expectation { exists: Some(true), ..none() },
            "Value must be provided when Exists is true for Attribute: n",
        ),
        (
            Expectation { exists: Some(false), value: five(), ..none() },
            "Value cannot be used when Exists is false for Attribute: n",
        ),
        (
            Expectation { values: list(), ..none() },
            "AttributeValueList can only be used with a ComparisonOperator for Attribute: n",
        ),
        (
            Expectation { values: Some(Vec::new()), exists: Some(true), ..none() },
            "AttributeValueList can only be used with a ComparisonOperator for Attribute: n",
        ),
        (
            Expectation { values: list(), value: five(), operator: equal, ..none() },
            "Value and AttributeValueList cannot be used together for Attribute: n",
        ),
        (
            Expectation { operator: equal, exists: Some(false), values: list(), ..none() },
            "Exists and ComparisonOperator cannot be used together for Attribute: n",
        ),
        (
            Expectation { operator: equal, ..none() },
            "Value or AttributeValueList must be used with ComparisonOperator: EQ for Attribute: n",
        ),
        (
            Expectation { operator: equal, values: Some(Vec::new()), ..none() },
            "Invalid number of argument(s) for the EQ ComparisonOperator",
        ),
        (
            Expectation { operator: Some(ComparisonOperator::Between), value: five(), ..none() },
            "Invalid number of argument(s) for the BETWEEN ComparisonOperator",
        ),
        (
            Expectation { operator: Some(ComparisonOperator::Null), value: five(), ..none() },
            "Invalid number of argument(s) for the NULL ComparisonOperator",
        ),
    ] {
        expects(expectation, Err(fault));
    }
}

#[test]
fn key_conditions_are_tests_of_keys() {
    let a = || value("'S':'a'");
    let b = || value("'S':'b'");
    for (name, values, test) in [
        ("EQ", vec!["'S':'a'"], KeyTest::Equal(a())),
        ("LT", vec!["'S':'a'"], KeyTest::Less(a())),
        ("LE", vec!["'S':'a'"], KeyTest::LessOrEqual(a())),
        ("GT", vec!["'S':'a'"], KeyTest::Greater(a())),
        ("GE", vec!["'S':'a'"], KeyTest::GreaterOrEqual(a())),
        ("BEGINS_WITH", vec!["'S':'a'"], KeyTest::BeginsWith(a())),
        ("BETWEEN", vec!["'S':'a'", "'S':'b'"], KeyTest::Between(a(), b())),
        ("NE", vec!["'S':'a'"], KeyTest::NotIndexable),
        ("IN", vec!["'S':'a'"], KeyTest::NotIndexable),
        ("IN", vec!["'S':'a'", "'S':'b'"], KeyTest::NotIndexable),
        ("CONTAINS", vec!["'S':'a'"], KeyTest::NotIndexable),
        ("NOT_CONTAINS", vec!["'S':'a'"], KeyTest::NotIndexable),
        ("NULL", vec![], KeyTest::NotIndexable),
        ("NOT_NULL", vec![], KeyTest::NotIndexable),
    ] {
        let read = key_conditions(one("k.k", compare(name, &values))).unwrap();
        assert_eq!(read.conditions, [(Arc::from("k.k"), test)], "{name}");
    }
    let error = key_conditions(Vec::new()).unwrap_err();
    assert_eq!(error.to_string(), "Conditions can be of length 1 or 2 only");
}

fn update(action: UpdateAction, text: Option<&str>) -> AttributeUpdate {
    AttributeUpdate { action, value: text.map(value) }
}

/// What the attribute is after the update, if it is there.
#[track_caller]
fn updated(attribute: &str, action: UpdateAction, text: Option<&str>, expected: Option<&str>) {
    let updates = attribute_updates(vec![(attribute.to_owned(), update(action, text))]).unwrap();
    let new = updates.apply(Some(&item()), &Item::default()).unwrap().unwrap();
    assert_eq!(new.get(attribute), expected.map(value).as_ref(), "{attribute} {action:?} {text:?}");
    assert_eq!(updates.charge(), 0);
}

#[test]
fn an_update_puts_adds_and_deletes() {
    use UpdateAction::{Add, Delete, Put};
    updated("s", Put, Some("'L':[]"), Some("'L':[]"));
    updated("m.k", Put, Some("'S':'x'"), Some("'S':'x'"));
    updated("q", Put, Some("'NULL':true"), Some("'NULL':true"));
    updated("n", Add, Some("'N':'-1.5'"), Some("'N':'3.5'"));
    updated("q", Add, Some("'N':'2'"), Some("'N':'2'"));
    updated("ss", Add, Some("'SS':['b','c']"), Some("'SS':['a','b','c']"));
    updated("q", Add, Some("'BS':['AQ==']"), Some("'BS':['AQ==']"));
    updated("l", Add, Some("'L':[{'S':'a'}]"), Some("'L':[{'S':'a'},{'N':'1'},{'S':'a'}]"));
    updated("q", Add, Some("'L':[{'S':'a'}]"), Some("'L':[{'S':'a'}]"));
    updated("ns", Delete, Some("'NS':['1.0','7']"), Some("'NS':['2']"));
    updated("ns", Delete, Some("'NS':['1','2']"), None);
    updated("q", Delete, Some("'NS':['1']"), None);
    updated("m", Delete, None, None);
    updated("q", Delete, None, None);
}

#[test]
fn an_update_of_another_type_than_is_stored_is_told_in_its_own_words() {
    for (attribute, action, text) in [
        ("s", UpdateAction::Add, "'N':'1'"),
        ("n", UpdateAction::Add, "'NS':['1']"),
        ("ns", UpdateAction::Add, "'N':'1'"),
        ("ss", UpdateAction::Add, "'NS':['1']"),
        ("ss", UpdateAction::Add, "'L':[]"),
        ("ss", UpdateAction::Delete, "'NS':['1']"),
        ("n", UpdateAction::Delete, "'NS':['5']"),
    ] {
        let entries = vec![(attribute.to_owned(), update(action, Some(text)))];
        let error = attribute_updates(entries).unwrap().apply(Some(&item()), &Item::default());
        let error = error.unwrap_err();
        assert_eq!(error.to_string(), "Type mismatch for attribute to update", "{attribute}");
        assert!(error.is_while_updating());
    }
}

#[test]
fn an_update_without_the_value_it_needs_is_refused() {
    let refused = |action, text: Option<&str>, fault: &str| {
        let error = attribute_updates(vec![("a".to_owned(), update(action, text))]).unwrap_err();
        assert_eq!(error.to_string(), invalid(fault));
        assert!(!error.is_while_updating());
    };
    let nothing = "Only DELETE action is allowed when no attribute value is specified";
    refused(UpdateAction::Put, None, nothing);
    refused(UpdateAction::Add, None, nothing);
    for (kind, text) in [
        ("S", "'S':'a'"),
        ("N", "'N':'1'"),
        ("B", "'B':'YQ=='"),
        ("BOOL", "'BOOL':true"),
        ("NULL", "'NULL':true"),
        ("L", "'L':[]"),
        ("M", "'M':{}"),
    ] {
        let fault = format!("DELETE action with value is not supported for the type {kind}");
        refused(UpdateAction::Delete, Some(text), &fault);
        if !matches!(kind, "N" | "L") {
            let fault = format!("ADD action is not supported for the type {kind}");
            refused(UpdateAction::Add, Some(text), &fault);
        }
    }
}

#[test]
fn only_deletions_make_no_item_and_nothing_at_all_makes_a_bare_one() {
    let key = Item(BTreeMap::from([("pk".to_owned(), value("'S':'k'"))]));
    let deletions = vec![
        ("a".to_owned(), update(UpdateAction::Delete, None)),
        ("b".to_owned(), update(UpdateAction::Delete, Some("'SS':['x']"))),
    ];
    let read = |entries: Vec<_>| attribute_updates(entries).unwrap();
    assert_eq!(read(deletions.clone()).apply(None, &key), Ok(None));
    assert_eq!(read(Vec::new()).apply(None, &key), Ok(Some(key.clone())));
    let with_one = [deletions, vec![("c".to_owned(), update(UpdateAction::Add, Some("'N':'1'")))]];
    let new = read(with_one.concat()).apply(None, &key).unwrap().unwrap();
    assert_eq!(new.0.keys().collect::<Vec<_>>(), ["c", "pk"]);
}
