//! What can be told of a body beyond the shapes of its members: names and values that expressions use, and keys.

use jsonc_parser::ast::{Object, ObjectProp, Value};
use jsonc_parser::common::Ranged as _;

use crate::finding::{Problem, Severity, Span};
use crate::marshal::near;
use crate::scan::{self, Word, WordKind};
use crate::site::Site;

/// The members that define what stands for names and values, with the mark of what they define.
const DEFINITIONS: &[(&str, WordKind)] =
    &[("ExpressionAttributeNames", WordKind::Name), ("ExpressionAttributeValues", WordKind::Value)];

/// All that can be told of the sites of a body.
pub(crate) fn lint(written: &str, sites: &[Site<'_>]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for site in sites {
        let mut faults = Faults { written, site, problems: &mut problems };
        faults.placeholders();
        faults.reserved_words();
        faults.keys();
    }
    contradictions(written, sites, &mut problems);
    problems
}

/// Entries whose keys no one table can have. They are told of also where the table is not known.
fn contradictions(written: &str, sites: &[Site<'_>], problems: &mut Vec<Problem>) {
    let keyed: Vec<(&Site<'_>, String, &Object<'_>)> = sites
        .iter()
        .flat_map(|site| {
            keys(site.object).into_iter().map(move |(member, key)| (site, member, key))
        })
        .collect();
    let is_item = |member: &str| member == "Item";
    for (index, (site, member, key)) in keyed.iter().enumerate() {
        let others =
            keyed.iter().take(index).filter(|(other, ..)| other.table_name == site.table_name);
        for (other, other_member, other_key) in others {
            let (ours, theirs) = (names(key), names(other_key));
            let lacks = |has: &[&str], needs: &[&str]| needs.iter().any(|name| !has.contains(name));
            let is_contradiction = match (is_item(member), is_item(other_member)) {
                (true, true) => false,
                (true, false) => lacks(&ours, &theirs),
                (false, true) => lacks(&theirs, &ours),
                (false, false) => lacks(&ours, &theirs) || lacks(&theirs, &ours),
            };
            if !is_contradiction {
                continue;
            }
            let message = format!(
                "{} has {}, and {} has {}, both of the table {}: one table has one key, so that this can never succeed",
                site.member(member),
                ours.join(" and "),
                other.member(other_member),
                theirs.join(" and "),
                site.table_name.unwrap_or_default()
            );
            problems.push(Problem {
                severity: Severity::Error,
                code: "KeysContradict",
                message,
                position: Some(Span::of(written, key.range.start, key.range.start + 1)),
                path: Some(site.member(member)),
            });
            break;
        }
    }
}

struct Faults<'a> {
    written: &'a str,
    site: &'a Site<'a>,
    problems: &'a mut Vec<Problem>,
}

impl Faults<'_> {
    fn add(
        &mut self,
        severity: Severity,
        code: &'static str,
        what: (String, String),
        range: (usize, usize),
    ) {
        let (member, message) = what;
        let position = Some(Span::of(self.written, range.0, range.1));
        let path = Some(self.site.member(&member));
        self.problems.push(Problem { severity, code, message, position, path });
    }

    /// What is used and not defined, and the other way round.
    fn placeholders(&mut self) {
        let expressions: Vec<_> = self.site.expressions().collect();
        if expressions.is_empty() {
            return;
        }
        let words: Vec<(usize, Word<'_>, (usize, usize))> = expressions
            .iter()
            .enumerate()
            .flat_map(|(index, (_, literal))| {
                let range = (literal.range.start, literal.range.end);
                scan::words(&literal.value).into_iter().map(move |word| (index, word, range))
            })
            .collect();
        for (member, kind) in DEFINITIONS {
            let defined = self.site.object.get_object(member);
            let names = defined.map(names).unwrap_or_default();
            for (index, word, range) in words.iter().filter(|(_, word, _)| word.kind == *kind) {
                if !names.contains(&word.text) {
                    let expression = expressions.get(*index).map_or("", |(name, _)| name);
                    let message =
                        format!("{} is used and not defined: add it to {member}", word.text);
                    self.add(
                        Severity::Error,
                        "Undefined",
                        (expression.to_owned(), message),
                        *range,
                    );
                }
            }
            for property in defined.map(|object| object.properties.as_slice()).unwrap_or_default() {
                let name = property.name.as_str();
                if !words.iter().any(|(_, word, _)| word.text == name) {
                    let message = format!("{name} is defined and not used in any expression");
                    self.add(
                        Severity::Error,
                        "Unused",
                        ((*member).to_owned(), message),
                        name_range(property),
                    );
                }
            }
        }
    }

    fn reserved_words(&mut self) {
        for (name, literal) in self.site.expressions() {
            let words = scan::words(&literal.value);
            for (index, word) in words.iter().enumerate() {
                if is_reserved_name(name, &words, index) {
                    let message = format!(
                        "{} is a reserved word: write #{} and define it in ExpressionAttributeNames",
                        word.text, word.text
                    );
                    let range = (literal.range.start, literal.range.end);
                    self.add(Severity::Error, "ReservedWord", (name.to_owned(), message), range);
                }
            }
        }
    }

    /// Keys that lack an attribute of the table's key, or have another.
    fn keys(&mut self) {
        let Some(table) = self.site.table else { return };
        let key_names: Vec<&str> = table.key.names().collect();
        for (member, key) in keys(self.site.object) {
            let given = names(key);
            let missing: Vec<&str> =
                key_names.iter().copied().filter(|name| !given.contains(name)).collect();
            for name in &missing {
                let near =
                    near(name, given.iter().copied().filter(|given| !key_names.contains(given)));
                let hint =
                    near.map_or_else(String::new, |near| format!("; {near} may be meant to be it"));
                let message = format!("{} lacks {name}, which is in its key{hint}", table.name);
                let range = (key.range.start, key.range.start + 1);
                self.add(Severity::Error, "MissingKey", (member.clone(), message), range);
            }
            if member == "Item" || member.ends_with("Item") {
                continue;
            }
            for property in &key.properties {
                let name = property.name.as_str();
                if !key_names.contains(&name) {
                    let message = format!(
                        "{name} is not in the key of {}, which is {}",
                        table.name,
                        key_names.join(" and ")
                    );
                    self.add(
                        Severity::Error,
                        "NotInKey",
                        (member.clone(), message),
                        name_range(property),
                    );
                }
            }
        }
    }
}

/// The keys and items that a site has for its table.
pub(crate) fn keys<'a>(object: &'a Object<'a>) -> Vec<(String, &'a Object<'a>)> {
    let mut keys = Vec::new();
    for member in ["Key", "Item"] {
        keys.extend(object.get_object(member).map(|key| (member.to_owned(), key)));
    }
    if let Some(list) = object.get_array("Keys") {
        let objects = list.elements.iter().map(Value::as_object).enumerate();
        keys.extend(objects.filter_map(|(index, key)| Some((format!("Keys[{index}]"), key?))));
    }
    keys
}

/// Whether a word of an expression is a reserved one that stands for an attribute.
pub(crate) fn is_reserved_name(member: &str, words: &[Word<'_>], index: usize) -> bool {
    let Some(word) = words.get(index) else { return false };
    let before = index.checked_sub(1).and_then(|before| words.get(before));
    let is_called = words.get(index + 1).is_some_and(|next| next.is_mark("("));
    let is_path = before.is_some_and(|before| before.is_mark("."));
    let is_clause = member == "UpdateExpression" && word.is_clause() && !is_path;
    word.kind == WordKind::Bare
        && expression::is_reserved(word.text)
        && !is_called
        && !is_clause
        && (is_path || !word.is_grammar())
}

fn names<'a>(object: &'a Object<'a>) -> Vec<&'a str> {
    object.properties.iter().map(|member| member.name.as_str()).collect()
}

fn name_range(member: &ObjectProp<'_>) -> (usize, usize) {
    (member.start(), member.start() + member.name.as_str().len() + 2)
}
