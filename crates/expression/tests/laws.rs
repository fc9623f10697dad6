//! What holds of every text and every item.

#![expect(
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::option_option,
    reason = "the models are short rather than safe: that nothing is left is no failure to act"
)]

use std::collections::{BTreeMap, BTreeSet};

use pixii_expression::legacy::{self, Comparison, ComparisonOperator};
use pixii_expression::{
    Action, Kind, Path, Placeholders, Source, Step, Update, parse_condition, parse_key_condition,
    parse_projection, parse_update,
};
use proptest::prelude::*;
use types::{AttributeValue, Item, Number};

/// Texts that are often expressions: tokens with blanks between.
fn texts() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "a",
        "b",
        "#c",
        ":s",
        ":n",
        ":l",
        ":ss",
        "[0]",
        "[1]",
        ".a",
        ".b",
        "(",
        ")",
        ",",
        "=",
        "<>",
        "<",
        ">=",
        "+",
        "-",
        "AND",
        "OR",
        "NOT",
        "BETWEEN",
        "IN",
        "SET",
        "REMOVE",
        "ADD",
        "DELETE",
        "attribute_exists(",
        "attribute_type(a,",
        "begins_with(a,",
        "contains(b,",
        "size(",
        "if_not_exists(a,",
        "list_append(",
        "a = :s",
        "SET a =",
        "b = a",
        "é",
        "name",
    ]);
    prop::collection::vec(token, 0..20).prop_map(|tokens| tokens.join(" "))
}

/// Conditions that are read without a fault but of type or distinctness.
fn conditions() -> impl Strategy<Value = String> {
    let path = prop::sample::select(vec!["a", "b", "a.a", "a[0]", "b.a", "b[1]", "#c"]);
    let value = prop::sample::select(vec![":s", ":n", ":l", ":ss"]);
    let function = prop::sample::select(vec!["begins_with", "contains"]);
    let comparator = prop::sample::select(vec!["=", "<>", "<", "<=", ">", ">="]);
    let leaf = prop_oneof![
        (path.clone(), comparator.clone(), value.clone())
            .prop_map(|(a, b, c)| format!("{a} {b} {c}")),
        (path.clone(), comparator, value.clone())
            .prop_map(|(a, b, c)| format!("size({a}) {b} {c}")),
        (function, path.clone(), value.clone()).prop_map(|(f, a, b)| format!("{f}({a}, {b})")),
        (path.clone(), path.clone(), value.clone())
            .prop_map(|(a, b, c)| format!("{a} IN ({b}, {c})")),
        (path.clone(), path.clone(), value)
            .prop_map(|(a, b, c)| format!("{a} BETWEEN {b} AND {c}")),
        path.prop_map(|path| format!("attribute_exists({path})")),
    ];
    leaf.prop_recursive(4, 16, 2, |inner| {
        (inner.clone(), inner, prop::sample::select(vec!["AND", "OR", "AND NOT", "OR NOT"]))
            .prop_map(|(a, b, operator)| format!("({a} {operator} ({b}))"))
    })
}

fn updates() -> impl Strategy<Value = String> {
    let path = prop::sample::select(vec!["a", "b", "a.a", "a[0]", "a[7]", "b.a", "b[1]", "#c"]);
    let source = prop_oneof![
        prop::sample::select(vec![":s", ":n", ":l", ":ss", "a", "b[0]", "a + :n", "b - :n"])
            .prop_map(str::to_owned),
        path.clone().prop_map(|path| format!("if_not_exists({path}, :n) + :n")),
        path.clone().prop_map(|path| format!("list_append(:l, {path})")),
    ];
    let set = (path.clone(), source).prop_map(|(path, source)| format!("{path} = {source}"));
    let set = prop::collection::vec(set, 1..3).prop_map(|sets| format!("SET {}", sets.join(", ")));
    let remove = prop::collection::vec(path.clone(), 1..3);
    let remove = remove.prop_map(|paths| format!("REMOVE {}", paths.join(", ")));
    let add = (path.clone(), prop::sample::select(vec![":n", ":ss"]))
        .prop_map(|(path, value)| format!("ADD {path} {value}"));
    let delete = path.prop_map(|path| format!("DELETE {path} :ss"));
    (
        prop::option::of(set),
        prop::option::of(remove),
        prop::option::of(add),
        prop::option::of(delete),
    )
        .prop_map(|(a, b, c, d)| [a, b, c, d].into_iter().flatten().collect::<Vec<_>>().join(" "))
}

fn values() -> impl Strategy<Value = AttributeValue> {
    let leaf = prop_oneof![
        "[a-cé]{0,3}".prop_map(AttributeValue::S),
        (0_u64..9).prop_map(|number| AttributeValue::N(Number::from(number))),
        prop::collection::vec(any::<u8>(), 0..3).prop_map(AttributeValue::B),
        any::<bool>().prop_map(AttributeValue::Bool),
        Just(AttributeValue::Null),
        prop::collection::btree_set("[a-c]", 1..3).prop_map(AttributeValue::Ss),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(AttributeValue::L),
            prop::collection::btree_map("[ab]", inner, 0..3).prop_map(AttributeValue::M),
        ]
    })
}

fn items() -> impl Strategy<Value = Item> {
    prop::collection::btree_map("[abc]", values(), 0..4).prop_map(Item)
}

fn placeholders() -> Placeholders {
    let names = BTreeMap::from([("#c".to_owned(), "c".to_owned())]);
    let values = BTreeMap::from([
        (":s".to_owned(), AttributeValue::S("a".to_owned())),
        (":n".to_owned(), AttributeValue::N(Number::from(1))),
        (":l".to_owned(), AttributeValue::L(vec![AttributeValue::Null])),
        (":ss".to_owned(), AttributeValue::Ss(BTreeSet::from(["a".to_owned()]))),
    ]);
    Placeholders::new(Some(names), Some(values)).expect("the maps are good")
}

/// The operators of the parameters that came before expressions, each with the text that says
/// the same of the attribute `a` and the values `:x` and `:y`, and how many values it takes.
const OPERATORS: [(ComparisonOperator, &str, usize); 13] = [
    (ComparisonOperator::Equal, "a = :x", 1),
    (ComparisonOperator::NotEqual, "a <> :x", 1),
    (ComparisonOperator::Less, "a < :x", 1),
    (ComparisonOperator::LessOrEqual, "a <= :x", 1),
    (ComparisonOperator::Greater, "a > :x", 1),
    (ComparisonOperator::GreaterOrEqual, "a >= :x", 1),
    (ComparisonOperator::BeginsWith, "begins_with(a, :x)", 1),
    (ComparisonOperator::Contains, "contains(a, :x)", 1),
    (ComparisonOperator::NotContains, "attribute_exists(a) AND NOT contains(a, :x)", 1),
    (ComparisonOperator::Between, "a BETWEEN :x AND :y", 2),
    (ComparisonOperator::In, "a IN (:x, :y)", 2),
    (ComparisonOperator::Null, "attribute_not_exists(a)", 0),
    (ComparisonOperator::NotNull, "attribute_exists(a)", 0),
];

/// Reads the text as every kind of expression, and does with it all that can be done.
fn exercise(text: &str, item: &Item) {
    for kind in [Kind::Condition, Kind::Filter] {
        if let Ok(condition) = parse_condition(kind, text, &mut placeholders()) {
            let _ = condition.holds(item);
            let _ = condition.paths();
        }
    }
    let _ = parse_key_condition(text, &mut placeholders());
    if let Ok(projection) = parse_projection(text, &mut placeholders()) {
        let _ = projection.of(item);
    }
    if let Ok(update) = parse_update(text, &mut placeholders()) {
        apply(&update, item);
    }
}

/// What an update does at the end of a path: a new value, or none.
type Change<'a> = (&'a [Step], Option<AttributeValue>);

/// The value at the end of a path.
fn found<'a>(item: &'a Item, path: &Path) -> Option<&'a AttributeValue> {
    path.rest.iter().try_fold(item.get(&path.name)?, |value, step| match (value, step) {
        (AttributeValue::M(entries), Step::Member(name)) => entries.get(&**name),
        (AttributeValue::L(elements), Step::Index(index)) => elements.get(*index),
        _ => None,
    })
}

/// The value that a source stands for, if it stands for one.
fn sourced(source: &Source, item: &Item) -> Option<AttributeValue> {
    let number = |source| match sourced(source, item)? {
        AttributeValue::N(number) => Some(number),
        _ => None,
    };
    match source {
        Source::Path(path) => found(item, path).cloned(),
        Source::Value(value) => Some((**value).clone()),
        Source::IfNotExists(path, other) => {
            found(item, path).cloned().or_else(|| sourced(other, item))
        }
        Source::ListAppend(one, two) => match (sourced(one, item)?, sourced(two, item)?) {
            (AttributeValue::L(one), AttributeValue::L(two)) => {
                Some(AttributeValue::L(one.into_iter().chain(two).collect()))
            }
            _ => None,
        },
        Source::Sum(one, two) => Some(AttributeValue::N(number(one)?.plus(number(two)?).ok()?)),
        Source::Difference(one, two) => {
            Some(AttributeValue::N(number(one)?.minus(number(two)?).ok()?))
        }
    }
}

/// What an action leaves at its path; nothing where it cannot act.
fn left(action: &Action, item: &Item) -> Option<Option<AttributeValue>> {
    let stored = found(item, action.target());
    match action {
        Action::Set(_, source) => sourced(source, item).map(Some),
        Action::Remove(_) => Some(None),
        Action::Add(_, value) => Some(Some(match (stored, &**value) {
            (None, value) => value.clone(),
            (Some(AttributeValue::N(one)), AttributeValue::N(two)) => {
                AttributeValue::N(one.plus(*two).ok()?)
            }
            (Some(AttributeValue::Ss(one)), AttributeValue::Ss(two)) => {
                AttributeValue::Ss(one.iter().chain(two).cloned().collect())
            }
            (Some(_), _) => return None,
        })),
        Action::Delete(_, value) => match (stored, &**value) {
            (None, _) => Some(None),
            (Some(AttributeValue::Ss(one)), AttributeValue::Ss(two)) => {
                let left: BTreeSet<_> =
                    one.iter().filter(|member| !two.contains(*member)).cloned().collect();
                Some((!left.is_empty()).then_some(AttributeValue::Ss(left)))
            }
            (Some(_), _) => None,
        },
    }
}

/// The changes below one step of a path.
fn below<'a>(changes: &[Change<'a>], first: &Step) -> Vec<Change<'a>> {
    let below = changes.iter().filter(|(path, _)| path.first() == Some(first));
    below.map(|(path, change)| (&path[1..], change.clone())).collect()
}

/// A document built anew from what was there and what changes, part by part: no order of steps could matter.
/// Nothing where a change has no place to be.
fn rebuilt(
    value: Option<&AttributeValue>,
    changes: &[Change<'_>],
) -> Option<Option<AttributeValue>> {
    match changes {
        [] => return Some(value.cloned()),
        [([], change)] => return Some(change.clone()),
        _ => {}
    }
    match value? {
        AttributeValue::M(entries) => {
            let mut names: BTreeSet<&str> = entries.keys().map(String::as_str).collect();
            for (path, _) in changes {
                let Step::Member(name) = &path[0] else { return None };
                names.insert(name);
            }
            let mut new = BTreeMap::new();
            for name in names {
                let part = rebuilt(entries.get(name), &below(changes, &Step::Member(name.into())))?;
                new.extend(part.map(|part| (name.to_owned(), part)));
            }
            Some(Some(AttributeValue::M(new)))
        }
        AttributeValue::L(elements) => {
            let mut indexes: BTreeSet<usize> = (0..elements.len()).collect();
            for (path, _) in changes {
                let Step::Index(index) = path[0] else { return None };
                indexes.insert(index);
            }
            let mut new = Vec::new();
            for index in indexes {
                new.extend(rebuilt(elements.get(index), &below(changes, &Step::Index(index)))?);
            }
            Some(Some(AttributeValue::L(new)))
        }
        _ => None,
    }
}

/// What an update makes of an item, told apart only by whether it can.
fn updated(update: &Update, item: &Item) -> Option<Item> {
    let mut paths = Vec::new();
    for action in &update.actions {
        let target = action.target();
        let path: Vec<Step> = std::iter::once(Step::Member(target.name.clone()))
            .chain(target.rest.iter().cloned())
            .collect();
        paths.push((path, left(action, item)?));
    }
    let changes: Vec<Change<'_>> =
        paths.iter().map(|(path, change)| (path.as_slice(), change.clone())).collect();
    let whole = AttributeValue::M(item.0.clone());
    match rebuilt(Some(&whole), &changes)? {
        Some(AttributeValue::M(entries)) => Some(Item(entries)),
        _ => None,
    }
}

/// The part of a value that some paths lead to.
fn part(value: &AttributeValue, paths: &[&[Step]]) -> Option<AttributeValue> {
    if paths.iter().any(|path| path.is_empty()) {
        return Some(value.clone());
    }
    let led = |step: &Step| -> Vec<&[Step]> {
        paths.iter().filter(|path| path[0] == *step).map(|path| &path[1..]).collect()
    };
    let kept = |value, step| {
        let paths = led(&step);
        if paths.is_empty() { None } else { part(value, &paths) }
    };
    match value {
        AttributeValue::M(entries) => {
            let entries: BTreeMap<_, _> = entries
                .iter()
                .filter_map(|(name, value)| {
                    Some((name.clone(), kept(value, Step::Member(name.as_str().into()))?))
                })
                .collect();
            (!entries.is_empty()).then_some(AttributeValue::M(entries))
        }
        AttributeValue::L(elements) => {
            let elements = elements.iter().enumerate();
            let elements: Vec<_> =
                elements.filter_map(|(index, value)| kept(value, Step::Index(index))).collect();
            (!elements.is_empty()).then_some(AttributeValue::L(elements))
        }
        _ => None,
    }
}

fn apply(update: &Update, item: &Item) {
    let _ = update.charge();
    for old in [Some(item), None] {
        match update.apply(old, &Item::default()) {
            Ok(new) => drop(new.map(|new| update.touched(&new))),
            Err(error) => assert!(error.is_while_updating(), "{error}"),
        }
    }
}

/// Whether everything in `part` is in `whole`, lists without regard to position.
fn is_part(part: &AttributeValue, whole: &AttributeValue) -> bool {
    match (part, whole) {
        (AttributeValue::M(part), AttributeValue::M(whole)) => part
            .iter()
            .all(|(name, value)| whole.get(name).is_some_and(|whole| is_part(value, whole))),
        (AttributeValue::L(part), AttributeValue::L(whole)) => {
            part.iter().all(|value| whole.iter().any(|whole| is_part(value, whole)))
        }
        (part, whole) => part == whole,
    }
}

proptest! {
    #[test]
    fn no_text_makes_reading_panic(text in any::<String>(), item in items()) {
        exercise(&text, &item);
    }

    #[test]
    fn no_row_of_tokens_makes_reading_or_evaluating_panic(text in texts(), item in items()) {
        exercise(&text, &item);
    }

    #[test]
    fn a_condition_or_its_denial_holds_but_not_both(text in conditions(), item in items()) {
        if let Ok(condition) = parse_condition(Kind::Filter, &text, &mut placeholders()) {
            let denied = format!("NOT ({})", text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(&text));
            let denied = parse_condition(Kind::Filter, &denied, &mut placeholders()).unwrap();
            prop_assert_ne!(condition.holds(&item), denied.holds(&item));
        }
    }

    #[test]
    fn an_older_comparison_is_refused_or_holds_where_its_text_does(
        (operator, text, count) in prop::sample::select(OPERATORS.as_slice()),
        operands in prop::collection::vec(values(), 2),
        item in items(),
    ) {
        let values: Vec<_> = operands.into_iter().take(count).collect();
        let comparison = Comparison { operator, values: values.clone() };
        if let Ok(older) = legacy::filter(vec![("a".to_owned(), comparison)], None) {
            let names = [":x", ":y"].map(str::to_owned);
            let values: BTreeMap<_, _> = names.into_iter().zip(values).collect();
            let values = (!values.is_empty()).then_some(values);
            let mut placeholders = Placeholders::new(None, values).unwrap();
            let newer = parse_condition(Kind::Filter, text, &mut placeholders).unwrap();
            prop_assert_eq!(older.unwrap().holds(&item), newer.holds(&item));
        }
    }

    #[test]
    fn a_projection_never_invents_anything(
        paths in prop::collection::vec("[abc](\\.[ab]|\\[[01]\\]){0,3}", 1..4),
        item in items(),
    ) {
        if let Ok(projection) = parse_projection(&paths.join(", "), &mut Placeholders::new(None, None).unwrap()) {
            let part = projection.of(&item);
            prop_assert!(part.size() <= item.size());
            prop_assert!(is_part(&AttributeValue::M(part.0), &AttributeValue::M(item.0)));
        }
    }

    #[test]
    fn a_projection_is_the_part_of_the_item_that_its_paths_lead_to(
        paths in prop::collection::vec("[abc](\\.[ab]|\\[[012]\\]){0,3}", 1..5),
        item in items(),
    ) {
        let mut placeholders = Placeholders::new(None, None).unwrap();
        if let Ok(projection) = parse_projection(&paths.join(", "), &mut placeholders) {
            let paths: Vec<Vec<Step>> = projection
                .paths()
                .iter()
                .map(|path| std::iter::once(Step::Member(path.name.clone())).chain(path.rest.clone()).collect())
                .collect();
            let paths: Vec<&[Step]> = paths.iter().map(Vec::as_slice).collect();
            let expected = part(&AttributeValue::M(item.0.clone()), &paths);
            let expected = expected.unwrap_or(AttributeValue::M(BTreeMap::new()));
            prop_assert_eq!(AttributeValue::M(projection.of(&item).0), expected);
        }
    }

    #[test]
    fn an_update_gives_what_a_document_built_anew_has(text in updates(), item in items()) {
        if let Ok(update) = parse_update(&text, &mut placeholders()) {
            let new = update.apply(Some(&item), &Item::default());
            prop_assert_eq!(new.ok().flatten(), updated(&update, &item), "{}", text);
        }
    }

    #[test]
    fn de_morgan_and_double_denial_hold(a in conditions(), b in conditions(), item in items()) {
        let holds = |text: &str| {
            let condition = parse_condition(Kind::Filter, text, &mut placeholders());
            condition.ok().map(|condition| condition.holds(&item))
        };
        let bare = |text: &str| {
            text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(text).to_owned()
        };
        let (a, b) = (bare(&a), bare(&b));
        if let Some(is_held) = holds(&a) {
            prop_assert_eq!(holds(&format!("NOT (NOT ({a}))")), Some(is_held));
        }
        if let (Some(one), Some(two)) = (holds(&a), holds(&b)) {
            let joined = |format: String| holds(&format);
            prop_assert_eq!(joined(format!("({a}) AND ({b})")), Some(one && two));
            prop_assert_eq!(joined(format!("({a}) OR ({b})")), Some(one || two));
            prop_assert_eq!(joined(format!("NOT (({a}) AND ({b}))")), Some(!one || !two));
            prop_assert_eq!(joined(format!("NOT (({a}) OR ({b}))")), Some(!one && !two));
        }
    }

    #[test]
    fn an_update_changes_only_what_it_names(text in updates(), item in items()) {
        if let Ok(update) = parse_update(&text, &mut placeholders()) {
            apply(&update, &item);
            if let Ok(Some(new)) = update.apply(Some(&item), &Item::default()) {
                for name in item.0.keys().chain(new.0.keys()) {
                    if update.targets().all(|target| &*target.name != name) {
                        prop_assert_eq!(item.get(name), new.get(name));
                    }
                }
            }
        }
    }
}

#[test]
fn functions_inside_functions_do_not_overflow_the_stack() {
    let item = Item::default();
    for (open, middle, close) in [
        ("size(", "a", ")"),
        ("SET a = if_not_exists(b,", "c", ")"),
        ("(", "a", ")"),
        ("SET a = (", "b", ")"),
        ("NOT (", "a = b", ")"),
        ("a AND (", "a = b", ")"),
    ] {
        let (start, open) =
            open.split_once("= ").map_or(("", open), |(_, open)| ("SET a = ", open));
        for depth in [100, 299, 300, 4000] {
            let depth = depth.min((4096 - start.len() - middle.len()) / (open.len() + close.len()));
            let text = [start, &open.repeat(depth), middle, &close.repeat(depth)].concat();
            exercise(&text, &item);
            exercise(&[start, &open.repeat(depth)].concat(), &item);
        }
    }
}
