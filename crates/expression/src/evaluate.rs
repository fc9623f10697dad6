//! Whether a condition holds of an item.
//!
//! Only the attributes that matter are asked for, and only until the outcome is clear. Nothing
//! here fails: what cannot be compared is not equal, and in no order.

use std::borrow::Cow;
use std::cmp::Ordering;

use types::{AttributeValue, Attributes, Number};

use crate::tree::{Comparator, Condition, Operand, Path, Step};

impl Condition {
    /// Whether it holds of `item`. An item that does not exist is one without attributes.
    #[must_use]
    pub fn holds(&self, item: &dyn Attributes) -> bool {
        match self {
            Self::All(conditions) => conditions.iter().all(|condition| condition.holds(item)),
            Self::Any(conditions) => conditions.iter().any(|condition| condition.holds(item)),
            Self::Not(condition) => !condition.holds(item),
            Self::Compare(comparator, left, right) => {
                compares(*comparator, value(left, item).as_deref(), value(right, item).as_deref())
            }
            Self::Between(operand, lower, upper) => {
                let Some(value_between) = value(operand, item) else {
                    return false;
                };
                let is = |comparator, bound| {
                    compares(comparator, Some(&value_between), value(bound, item).as_deref())
                };
                is(Comparator::GreaterOrEqual, lower) && is(Comparator::LessOrEqual, upper)
            }
            Self::In(operand, candidates) => value(operand, item).is_some_and(|sought| {
                candidates.iter().any(|candidate| value(candidate, item).as_ref() == Some(&sought))
            }),
            Self::Exists(path) => value_at(path, item).is_some(),
            Self::NotExists(path) => value_at(path, item).is_none(),
            Self::HasType(operand, kind) => {
                value(operand, item).is_some_and(|value| value.value_type() == *kind)
            }
            Self::BeginsWith(operand, start) => {
                both(operand, start, item).is_some_and(|(whole, start)| begins_with(&whole, &start))
            }
            Self::Contains(operand, sought) => {
                both(operand, sought, item).is_some_and(|(whole, part)| contains(&whole, &part))
            }
        }
    }

    /// Every path in it, in the order of the text.
    #[must_use]
    pub fn paths(&self) -> Vec<&Path> {
        let mut paths = Vec::new();
        self.gather_paths(&mut paths);
        paths
    }

    fn gather_paths<'a>(&'a self, paths: &mut Vec<&'a Path>) {
        match self {
            Self::All(conditions) | Self::Any(conditions) => {
                for condition in conditions {
                    condition.gather_paths(paths);
                }
            }
            Self::Not(condition) => condition.gather_paths(paths),
            Self::Compare(_, a, b) | Self::BeginsWith(a, b) | Self::Contains(a, b) => {
                paths.extend(a.path().into_iter().chain(b.path()));
            }
            Self::Between(a, b, c) => {
                paths.extend([a, b, c].into_iter().filter_map(Operand::path));
            }
            Self::In(operand, candidates) => {
                paths.extend(operand.path());
                paths.extend(candidates.iter().filter_map(Operand::path));
            }
            Self::Exists(path) | Self::NotExists(path) => paths.push(path),
            Self::HasType(operand, _) => paths.extend(operand.path()),
        }
    }
}

impl Operand {
    /// The path in it, if there is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Path(path) => Some(path),
            Self::Value(_) => None,
            Self::Size(operand) => operand.path(),
        }
    }
}

/// The operand's value for `item`.
fn value<'a>(operand: &'a Operand, item: &'a dyn Attributes) -> Option<Cow<'a, AttributeValue>> {
    match operand {
        Operand::Path(path) => value_at(path, item),
        Operand::Value(value) => Some(Cow::Borrowed(value)),
        Operand::Size(operand) => {
            let size = size(value(operand, item)?.as_ref())?;
            Some(Cow::Owned(AttributeValue::N(Number::from(u64::try_from(size).ok()?))))
        }
    }
}

fn both<'a>(
    one: &'a Operand,
    two: &'a Operand,
    item: &'a dyn Attributes,
) -> Option<(Cow<'a, AttributeValue>, Cow<'a, AttributeValue>)> {
    Some((value(one, item)?, value(two, item)?))
}

/// What is at the path.
pub(crate) fn value_at<'a>(
    path: &Path,
    item: &'a dyn Attributes,
) -> Option<Cow<'a, AttributeValue>> {
    match item.attribute(&path.name)? {
        Cow::Borrowed(value) => path.rest.iter().try_fold(value, below).map(Cow::Borrowed),
        Cow::Owned(value) => path.rest.iter().try_fold(value, taken_from).map(Cow::Owned),
    }
}

fn below<'a>(value: &'a AttributeValue, step: &Step) -> Option<&'a AttributeValue> {
    match (value, step) {
        (AttributeValue::M(entries), Step::Member(name)) => entries.get(name.as_ref()),
        (AttributeValue::L(elements), Step::Index(index)) => elements.get(*index),
        _ => None,
    }
}

fn taken_from(value: AttributeValue, step: &Step) -> Option<AttributeValue> {
    match (value, step) {
        (AttributeValue::M(mut entries), Step::Member(name)) => entries.remove(name.as_ref()),
        (AttributeValue::L(mut elements), Step::Index(index)) => {
            (*index < elements.len()).then(|| elements.swap_remove(*index))
        }
        _ => None,
    }
}

/// Whether two values compare so. A missing one equals nothing, not even another missing one.
fn compares(
    comparator: Comparator,
    left: Option<&AttributeValue>,
    right: Option<&AttributeValue>,
) -> bool {
    let is_equal = || left.is_some() && left == right;
    let is_ordered = |is: fn(Ordering) -> bool| {
        left.zip(right).and_then(|(left, right)| order(left, right)).is_some_and(is)
    };
    match comparator {
        Comparator::Equal => is_equal(),
        Comparator::NotEqual => !is_equal(),
        Comparator::Less => is_ordered(Ordering::is_lt),
        Comparator::LessOrEqual => is_ordered(Ordering::is_le),
        Comparator::Greater => is_ordered(Ordering::is_gt),
        Comparator::GreaterOrEqual => is_ordered(Ordering::is_ge),
    }
}

/// The order of two values of one type that has an order: text by its bytes, numbers by value,
/// bytes unsigned.
pub(crate) fn order(left: &AttributeValue, right: &AttributeValue) -> Option<Ordering> {
    match (left, right) {
        (AttributeValue::S(left), AttributeValue::S(right)) => Some(left.cmp(right)),
        (AttributeValue::N(left), AttributeValue::N(right)) => Some(left.cmp(right)),
        (AttributeValue::B(left), AttributeValue::B(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

fn begins_with(whole: &AttributeValue, start: &AttributeValue) -> bool {
    match (whole, start) {
        (AttributeValue::S(whole), AttributeValue::S(start)) => whole.starts_with(start.as_str()),
        (AttributeValue::B(whole), AttributeValue::B(start)) => whole.starts_with(start),
        _ => false,
    }
}

fn contains(whole: &AttributeValue, part: &AttributeValue) -> bool {
    match (whole, part) {
        (AttributeValue::S(whole), AttributeValue::S(part)) => whole.contains(part.as_str()),
        (AttributeValue::B(whole), AttributeValue::B(part)) => contains_bytes(whole, part),
        (AttributeValue::Ss(members), AttributeValue::S(member)) => members.contains(member),
        (AttributeValue::Ns(members), AttributeValue::N(member)) => members.contains(member),
        (AttributeValue::Bs(members), AttributeValue::B(member)) => members.contains(member),
        (AttributeValue::L(elements), element) => elements.contains(element),
        _ => false,
    }
}

/// The library finds text in text in time that grows with both lengths together, and bytes in
/// bytes not at all: so each byte becomes the character of its number.
fn contains_bytes(whole: &[u8], part: &[u8]) -> bool {
    let text = |bytes: &[u8]| bytes.iter().copied().map(char::from).collect::<String>();
    part.len() <= whole.len() && text(whole).contains(&text(part))
}

/// What `size()` gives: for text in UTF-16 code units, as the service counts them.
fn size(value: &AttributeValue) -> Option<usize> {
    match value {
        AttributeValue::S(text) => Some(text.encode_utf16().count()),
        AttributeValue::B(bytes) => Some(bytes.len()),
        AttributeValue::Ss(members) => Some(members.len()),
        AttributeValue::Ns(members) => Some(members.len()),
        AttributeValue::Bs(members) => Some(members.len()),
        AttributeValue::L(elements) => Some(elements.len()),
        AttributeValue::M(entries) => Some(entries.len()),
        AttributeValue::N(_) | AttributeValue::Bool(_) | AttributeValue::Null => None,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::{BTreeMap, BTreeSet};

    use types::Item;

    use super::*;
    use crate::{Kind, Placeholders, parse_condition};

    fn text(text: &str) -> AttributeValue {
        AttributeValue::S(text.to_owned())
    }

    fn number(text: &str) -> AttributeValue {
        AttributeValue::N(text.parse().unwrap())
    }

    fn numbers(texts: &[&str]) -> AttributeValue {
        AttributeValue::Ns(texts.iter().map(|text| text.parse().unwrap()).collect())
    }

    fn map(entries: &[(&str, AttributeValue)]) -> BTreeMap<String, AttributeValue> {
        entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    fn item() -> Item {
        let nested = AttributeValue::M(map(&[("k", text("v")), ("ns", numbers(&["1", "2"]))]));
        Item(map(&[
            ("s", text("abc")),
            ("emoji", text("a\u{1F600}")),
            ("n", number("5")),
            ("b", AttributeValue::B(vec![1, 2, 255])),
            ("t", AttributeValue::Bool(true)),
            ("z", AttributeValue::Null),
            ("ss", AttributeValue::Ss(BTreeSet::from(["a".to_owned(), "b".to_owned()]))),
            ("ns", numbers(&["1", "123456789012345678"])),
            ("bs", AttributeValue::Bs(BTreeSet::from([vec![1]]))),
            (
                "l",
                AttributeValue::L(vec![
                    text("x"),
                    number("1"),
                    AttributeValue::Bool(true),
                    nested.clone(),
                ]),
            ),
            ("m", nested),
        ]))
    }

    /// An item that decodes what it is asked for, and remembers what that was.
    struct Stored(Item, RefCell<Vec<String>>);

    impl Attributes for Stored {
        fn attribute(&self, name: &str) -> Option<Cow<'_, AttributeValue>> {
            self.1.borrow_mut().push(name.to_owned());
            self.0.get(name).cloned().map(Cow::Owned)
        }
    }

    #[track_caller]
    fn read(text: &str, values: &[(&str, AttributeValue)]) -> Condition {
        let values = (!values.is_empty()).then(|| map(values));
        let mut placeholders = Placeholders::new(None, values).unwrap();
        let condition = parse_condition(Kind::Condition, text, &mut placeholders).unwrap();
        assert_eq!(placeholders.finish(), Ok(()));
        condition
    }

    #[track_caller]
    fn check(text: &str, values: &[(&str, AttributeValue)], expected: bool) {
        let condition = read(text, values);
        assert_eq!(condition.holds(&item()), expected, "{text}");
        let stored = Stored(item(), RefCell::default());
        assert_eq!(condition.holds(&stored), expected, "{text}, stored");
    }

    #[test]
    fn what_is_missing_or_of_another_type_equals_nothing_and_has_no_order() {
        for (text, expected) in [
            ("q = r", false),
            ("q <> r", true),
            ("q < r", false),
            ("q >= r", false),
            ("NOT q = r", true),
            ("s = n", false),
            ("s <> n", true),
            ("s < n", false),
            ("s > n", false),
            ("t < l[2]", false),
            ("ss <= ss2", false),
            ("q BETWEEN n AND r", false),
            ("n BETWEEN q AND r", false),
            ("q IN (r, s)", false),
            ("size(n) = size(q)", false),
            ("size(n) <> size(q)", true),
            ("size(t) >= size(z)", false),
        ] {
            check(text, &[], expected);
        }
    }

    #[test]
    fn numbers_compare_by_value_to_the_last_digit() {
        check("n = :v", &[(":v", number("5.0e0"))], true);
        check("n > :v", &[(":v", number("-10"))], true);
        check("n BETWEEN :v AND :w", &[(":v", number("5")), (":w", number("10"))], true);
        check("ns = :v", &[(":v", numbers(&["123456789012345678", "1.0"]))], true);
        check("ns = :v", &[(":v", numbers(&["123456789012345679", "1"]))], false);
    }

    #[test]
    fn equality_is_by_content_also_inside() {
        let set = |members: &[&str]| {
            AttributeValue::Ss(members.iter().map(|&member| member.to_owned()).collect())
        };
        check("ss = :v", &[(":v", set(&["b", "a"]))], true);
        let same = AttributeValue::M(map(&[("ns", numbers(&["2e0", "1"])), ("k", text("v"))]));
        check("m = :v", &[(":v", same)], true);
        let list = |a: &str, b: &str| AttributeValue::L(vec![text(a), text(b)]);
        check(":v = :w", &[(":v", list("a", "b")), (":w", list("b", "a"))], false);
        check("t = :v", &[(":v", AttributeValue::Bool(true))], true);
        check("z = :v", &[(":v", AttributeValue::Null)], true);
    }

    #[test]
    fn text_is_ordered_by_bytes_and_bytes_are_unsigned() {
        check("s < :v", &[(":v", text("\u{e9}"))], true);
        check(":v < :w", &[(":v", text("\u{ffff}")), (":w", text("\u{1F600}"))], true);
        check("b > :v", &[(":v", AttributeValue::B(vec![1, 2, 127]))], true);
    }

    #[test]
    fn begins_with_is_for_text_and_bytes() {
        check("begins_with(s, :v)", &[(":v", text("ab"))], true);
        check("begins_with(s, :v)", &[(":v", text(""))], true);
        check("begins_with(s, :v)", &[(":v", text("b"))], false);
        check("begins_with(b, :v)", &[(":v", AttributeValue::B(vec![1, 2]))], true);
        check("begins_with(s, :v)", &[(":v", AttributeValue::B(b"ab".to_vec()))], false);
        check("begins_with(n, :v)", &[(":v", text("5"))], false);
        check("begins_with(ss, :v)", &[(":v", text("a"))], false);
    }

    #[test]
    fn contains_finds_parts_of_text_and_bytes_and_members() {
        let bytes = |bytes: &[u8]| AttributeValue::B(bytes.to_vec());
        let entry = AttributeValue::M(map(&[("k", text("v")), ("ns", numbers(&["1", "2"]))]));
        for (name, value, expected) in [
            ("s", text("bc"), true),
            ("s", text(""), true),
            ("s", text("ac"), false),
            ("b", bytes(&[2, 255]), true),
            ("b", bytes(&[255, 2]), false),
            ("ss", text("a"), true),
            ("ss", text("c"), false),
            ("ns", number("1.0"), true),
            ("ns", text("1"), false),
            ("bs", bytes(&[1]), true),
            ("l", number("1.0"), true),
            ("l", AttributeValue::Bool(true), true),
            ("l", entry, true),
            ("l", text("q"), false),
            ("m", text("k"), false),
            ("m", text("v"), false),
            ("t", AttributeValue::Bool(true), false),
            ("z", AttributeValue::Null, false),
            ("n", number("5"), false),
            ("ss", item().get("ss").unwrap().clone(), false),
        ] {
            check(&format!("contains({name}, :v)"), &[(":v", value)], expected);
        }
        check("contains(:v, s)", &[(":v", AttributeValue::L(vec![text("abc")]))], true);
        check("contains(l, l[3])", &[], true);
    }

    #[test]
    fn size_counts_code_units_bytes_or_elements() {
        for (name, size) in [
            ("s", "3"),
            ("emoji", "3"),
            ("b", "3"),
            ("ss", "2"),
            ("ns", "2"),
            ("bs", "1"),
            ("l", "4"),
            ("m", "2"),
        ] {
            check(&format!("size({name}) = :v"), &[(":v", number(size))], true);
        }
        for name in ["n", "t", "z", "q"] {
            check(&format!("size({name}) >= :v"), &[(":v", number("0"))], false);
            check(&format!("size({name}) <> :v"), &[(":v", number("0"))], true);
        }
        check("size(s) IN (n, :v)", &[(":v", number("3"))], true);
        check("size(s) BETWEEN :v AND n", &[(":v", number("3"))], true);
    }

    #[test]
    fn existence_and_type_are_of_what_is_at_the_path() {
        check("attribute_exists(m.k) AND attribute_exists(l[3].ns)", &[], true);
        check(
            "attribute_exists(l[4]) OR attribute_exists(m[0]) OR attribute_exists(l.k)",
            &[],
            false,
        );
        check("attribute_not_exists(s.k) AND attribute_exists(z)", &[], true);
        for (name, kind) in [
            ("s", "S"),
            ("n", "N"),
            ("b", "B"),
            ("t", "BOOL"),
            ("z", "NULL"),
            ("ss", "SS"),
            ("ns", "NS"),
            ("bs", "BS"),
            ("l", "L"),
            ("m", "M"),
        ] {
            check(&format!("attribute_type({name}, :v)"), &[(":v", text(kind))], true);
            check("attribute_type(q, :v)", &[(":v", text(kind))], false);
        }
    }

    #[test]
    fn not_binds_tighter_than_and_and_and_tighter_than_or() {
        check("attribute_exists(q) AND attribute_exists(q) OR attribute_exists(s)", &[], true);
        check("attribute_exists(s) OR attribute_exists(q) AND attribute_exists(q)", &[], true);
        check("(attribute_exists(s) OR attribute_exists(q)) AND attribute_exists(q)", &[], false);
        check("NOT attribute_exists(s) OR attribute_exists(s)", &[], true);
        check("NOT (attribute_exists(s) OR attribute_exists(s))", &[], false);
        check("NOT NOT attribute_exists(s)", &[], true);
        check("NOT NOT NOT attribute_exists(s)", &[], false);
        check("NOT s = n AND NOT (q = r)", &[], true);
        check("(s) = (s2) OR (n) IN ((s), (n2)) OR ((s) = s2)", &[], false);
    }

    #[test]
    fn an_item_that_does_not_exist_has_no_attributes() {
        assert!(read("attribute_not_exists(pk)", &[]).holds(&Item::default()));
        assert!(!read("pk = q", &[]).holds(&Item::default()));
    }

    #[test]
    fn only_attributes_that_matter_are_decoded() {
        let stored = Stored(item(), RefCell::default());
        assert!(read("s <> n OR l = m", &[]).holds(&stored));
        assert_eq!(*stored.1.borrow(), ["s", "n"]);
    }

    #[test]
    fn paths_are_those_of_the_text_in_its_order() {
        let condition = read(
            "a < size(b.c) AND (NOT d BETWEEN e AND f OR g IN (h, i[0])) AND contains(j, k) AND attribute_exists(l)",
            &[],
        );
        let names: String = condition.paths().iter().map(|path| path.name.as_ref()).collect();
        assert_eq!(names, "abdefghijkl");
    }

    #[test]
    fn bytes_are_found_in_bytes_in_linear_time() {
        let whole = [vec![7; 400_000], vec![8]].concat();
        let part = [vec![7; 200_000], vec![8]].concat();
        assert!(contains_bytes(&whole, &part));
        assert!(!contains_bytes(&part, &whole));
        assert!(contains_bytes(&[], &[]));
    }
}
