//! Projections: the parts of an item that a request asks for.

use std::collections::BTreeMap;

use types::{AttributeValue, Attributes, Item};

use crate::error::{Error, echo};
use crate::legacy;
use crate::paths::{Next, Node, Paths};
use crate::tree::Path;

/// Which parts of an item to return. Keys are among them only if they are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Projection {
    paths: Paths,
}

impl Projection {
    pub(crate) const fn new(paths: Paths) -> Self {
        Self { paths }
    }

    /// Those parts of `item` that it has, in their hierarchy. Elements of a list move together,
    /// in the order they had.
    #[must_use]
    pub fn of(&self, item: &dyn Attributes) -> Item {
        select(&self.paths, item)
    }

    /// Every path, in the order of the text.
    #[must_use]
    pub fn paths(&self) -> &[Path] {
        self.paths.list()
    }

    /// The top-level attributes that the paths begin with, each once, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.paths.top().keys().map(AsRef::as_ref)
    }
}

/// The projection to `AttributesToGet`: top-level attributes, by names in which nothing has a
/// meaning. That the list is not empty is checked where the request is read.
///
/// # Errors
/// For a name twice, or one that no attribute can have.
pub fn attributes_to_get(names: &[String]) -> Result<Projection, Error> {
    let mut paths = Paths::default();
    for name in names {
        let inserted = paths.insert(legacy::attribute(name)?);
        inserted.map_err(|_| Error::DuplicateAttribute { name: echo(name) })?;
    }
    Ok(Projection { paths })
}

/// What `item` has at `paths`.
pub(crate) fn select(paths: &Paths, item: &dyn Attributes) -> Item {
    let selected = paths.top().iter().filter_map(|(name, node)| {
        let value = match (item.attribute(name)?, &node.next) {
            (value, Next::End) => value.into_owned(),
            (value, Next::Members(_) | Next::Elements(_)) => part(&value, node)?,
        };
        Some((name.to_string(), value))
    });
    Item(selected.collect())
}

/// What of `value` the paths through `node` lead to; nothing where they find nothing. A path
/// has few elements, so this does not go deep.
fn part(value: &AttributeValue, node: &Node) -> Option<AttributeValue> {
    match (value, &node.next) {
        (value, Next::End) => Some(value.clone()),
        (AttributeValue::M(entries), Next::Members(wanted)) => {
            let found: BTreeMap<String, AttributeValue> = wanted
                .iter()
                .filter_map(|(name, node)| {
                    Some((name.to_string(), part(entries.get(name.as_ref())?, node)?))
                })
                .collect();
            (!found.is_empty()).then_some(AttributeValue::M(found))
        }
        (AttributeValue::L(elements), Next::Elements(wanted)) => {
            let found: Vec<AttributeValue> = wanted
                .iter()
                .filter_map(|(&index, node)| part(elements.get(index)?, node))
                .collect();
            (!found.is_empty()).then_some(AttributeValue::L(found))
        }
        (_, Next::Members(_) | Next::Elements(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Placeholders, parse_projection};

    fn text(text: &str) -> AttributeValue {
        AttributeValue::S(text.to_owned())
    }

    fn item() -> Item {
        let map = |entries: &[(&str, AttributeValue)]| {
            let entries = entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
            entries.collect::<BTreeMap<_, _>>()
        };
        let inner = AttributeValue::M(map(&[("k", text("v")), ("q", text("w"))]));
        let list = AttributeValue::L(vec![
            text("x"),
            text("y"),
            AttributeValue::L(vec![text("z")]),
            inner.clone(),
        ]);
        Item(map(&[("s", text("abc")), ("l", list), ("m", inner)]))
    }

    fn read(text: &str, names: &[(&str, &str)]) -> Result<Projection, Error> {
        let map = names.iter().map(|&(key, name)| (key.to_owned(), name.to_owned())).collect();
        let names = (!names.is_empty()).then_some(map);
        parse_projection(text, &mut Placeholders::new(names, None).unwrap())
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        // Plainer to read than JSON: the values alone, in brackets and braces.
        fn show(value: &AttributeValue) -> String {
            match value {
                AttributeValue::S(text) => text.clone(),
                AttributeValue::L(elements) => {
                    format!("[{}]", elements.iter().map(show).collect::<Vec<_>>().join(" "))
                }
                AttributeValue::M(entries) => show_all(entries),
                AttributeValue::N(_)
                | AttributeValue::B(_)
                | AttributeValue::Bool(_)
                | AttributeValue::Null
                | AttributeValue::Ss(_)
                | AttributeValue::Ns(_)
                | AttributeValue::Bs(_) => format!("{value:?}"),
            }
        }
        fn show_all(entries: &BTreeMap<String, AttributeValue>) -> String {
            let entries = entries.iter().map(|(name, value)| format!("{name}:{}", show(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(" "))
        }
        assert_eq!(show_all(&read(text, &[]).unwrap().of(&item()).0), expected, "{text}");
    }

    #[track_caller]
    fn check_error(text: &str, names: &[(&str, &str)], expected: &str) {
        let message = read(text, names).unwrap_err().to_string();
        assert_eq!(message, format!("Invalid ProjectionExpression: {expected}"), "{text}");
    }

    #[test]
    fn parts_come_in_their_hierarchy_with_shared_starts_merged() {
        check("s", "{s:abc}");
        check("s, m.k", "{m:{k:v} s:abc}");
        check("m.q, m.k", "{m:{k:v q:w}}");
        check("l[3].k, l[0]", "{l:[x {k:v}]}");
        check("l[3], l[1], l[2]", "{l:[y [z] {k:v q:w}]}");
        check("l[3].k, l[3].q", "{l:[{k:v q:w}]}");
        check("l[2][0]", "{l:[[z]]}");
    }

    #[test]
    fn what_is_not_there_leaves_nothing_behind() {
        for text in [
            "pk",
            "x.y",
            "m.x",
            "l[9]",
            "l[3].x",
            "l[0].x",
            "l.a",
            "m[0]",
            "s.a",
            "s[0]",
            "l[2147483647]",
            "l[2][5]",
        ] {
            check(text, "{}");
        }
        check("l[2][5], l[0]", "{l:[x]}");
    }

    #[test]
    fn a_name_placeholder_is_one_element() {
        assert_eq!(read("#a", &[("#a", "m.k")]).unwrap().of(&item()), Item::default());
        let projection = read("#a.#b", &[("#a", "m"), ("#b", "k")]).unwrap();
        assert_eq!(projection.names().collect::<Vec<_>>(), ["m"]);
        assert_eq!(projection.paths()[0].to_string(), "[m, k]");
    }

    #[test]
    fn paths_that_do_not_go_together_are_refused() {
        let fault = |fault: &str, one: &str, two: &str| {
            format!(
                "Two document paths {fault} with each other; must remove or rewrite one of these paths; path one: {one}, path two: {two}"
            )
        };
        for (text, fault) in [
            ("a, a", fault("overlap", "[a]", "[a]")),
            ("m, m.a", fault("overlap", "[m]", "[m, a]")),
            ("m.a, m", fault("overlap", "[m, a]", "[m]")),
            ("l[0], l[0]", fault("overlap", "[l, [0]]", "[l, [0]]")),
            ("x, a.b[1].c, d, a.b", fault("overlap", "[a, b, [1], c]", "[a, b]")),
            ("m.a, m[0]", fault("conflict", "[m, a]", "[m, [0]]")),
            ("m.a[0], m.a.b", fault("conflict", "[m, a, [0]]", "[m, a, b]")),
            ("m[0], m.a, m", fault("overlap", "[m, [0]]", "[m]")),
        ] {
            check_error(text, &[], &fault);
        }
        check_error("m, #a", &[("#a", "m")], &fault("overlap", "[m]", "[m]"));
    }

    #[test]
    fn the_text_is_paths_with_commas_between() {
        for (text, token, near) in [
            ("  ", "<EOF>", "  "),
            ("pk,", "<EOF>", ","),
            ("pk,,sk", ",", ",,sk"),
            ("pk sk", "sk", "pk sk"),
            ("a = b", "=", "a = b"),
            ("(a)", "(", "(a"),
            (":s", ":s", ":s"),
            ("size(a)", "(", "size(a"),
            ("l[00]", "0", "00]"),
            ("a-b", "-", "a-b"),
            ("SET", "SET", "SET"),
            ("*", "*", "*"),
        ] {
            let fault = format!("Syntax error; token: \"{token}\", near: \"{near}\"");
            check_error(text, &[], &fault);
        }
        check_error("", &[], "The expression can not be empty;");
        check_error("name", &[], "Attribute name is a reserved keyword; reserved keyword: name");
        check_error("a.Name", &[], "Attribute name is a reserved keyword; reserved keyword: Name");
        check_error(
            "#a",
            &[],
            "An expression attribute name used in the document path is not defined; attribute name: #a",
        );
        check_error(
            "l[4294967296]",
            &[],
            "List index is not within the allowable range; index: [4294967296]",
        );
    }

    #[test]
    fn attributes_to_get_are_literal_top_level_names_each_once() {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let projection = attributes_to_get(&names(&["m.k", "s", "name"])).unwrap();
        assert_eq!(projection.of(&item()).0.len(), 1);
        assert_eq!(
            attributes_to_get(&names(&["a", "b", "a"])).unwrap_err().to_string(),
            "One or more parameter values were invalid: Duplicate value in attribute name: a"
        );
        assert_eq!(
            attributes_to_get(&names(&[""])).unwrap_err().to_string(),
            "Empty attribute name"
        );
    }
}
