//! Expressions that name attributes or hold values as they are, where the service wants `#name` and `:value`.

use std::collections::BTreeMap;

use jsonc_parser::ast::{Object, StringLit};

use super::{Asked, Offer};
use crate::attribute::KeyType;
use crate::edit::{self, Edit};
use crate::finding::Fix;
use crate::lint::is_reserved_name;
use crate::scan::{self, Word, WordKind};
use crate::site::Site;

/// What the service says where a word that was meant as a value reads as an attribute.
const NO_SUCH_ATTRIBUTE: &str = "refers to an attribute that does not exist";

/// How far a repair goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// Reserved words, and what is surely a value: numbers and text in quotes.
    Sure,
    /// Also bare words where a value may be meant.
    Meant,
}

pub(super) fn offer(asked: &Asked<'_>, offer: &mut Offer) {
    let sure = rewrite_all(asked, Extent::Sure);
    let meant = rewrite_all(asked, Extent::Meant);
    let has_more = meant.words != sure.words;
    if !meant.words.is_empty() && has_more {
        // A bare word is an attribute's name to the service. Where nothing else is wrong, it may be meant so.
        let is_recommended =
            !sure.words.is_empty() || asked.was_refused("ValidationException", NO_SUCH_ATTRIBUTE);
        offer.fixes.push(Fix {
            id: "expression".to_owned(),
            title: format!("Write {} as names and values", listed(&meant.words)),
            explanation: "An expression names attributes by #name where their names are reserved words, and has no \
                          values in it but :value, which stand in ExpressionAttributeValues."
                .to_owned(),
            is_recommended,
            steps: asked.step(meant.edits),
        });
    }
    if !sure.words.is_empty() {
        offer.fixes.push(Fix {
            id: if has_more { "expression-names" } else { "expression" }.to_owned(),
            title: format!("Write {} as names and values, and leave the rest", listed(&sure.words)),
            explanation: "Reserved words stand in ExpressionAttributeNames and values in ExpressionAttributeValues; \
                          other words are names of attributes."
                .to_owned(),
            is_recommended: !has_more,
            steps: asked.step(sure.edits),
        });
    }
}

fn listed(words: &[String]) -> String {
    words.join(", ")
}

/// The changes to all expressions of a body, and the words that they are about.
#[derive(Default)]
struct Rewritten {
    edits: Vec<Edit>,
    words: Vec<String>,
}

fn rewrite_all(asked: &Asked<'_>, extent: Extent) -> Rewritten {
    let mut all = Rewritten::default();
    for site in asked.sites {
        let mut defined = Definitions::of(site);
        for (member, literal) in site.expressions() {
            let words = scan::words(&literal.value);
            let changes = changes((member, &words), site, extent, &mut defined);
            if changes.is_empty() {
                continue;
            }
            all.words.extend(changes.iter().map(|change| change.before.clone()));
            let range = (literal.range.start, literal.range.end);
            all.edits.push(edit::replace_range(
                range.0,
                range.1,
                edit::string(&changed(literal, &changes)),
            ));
        }
        all.edits.extend(defined.edits(asked.text, site.object));
    }
    all
}

/// A word of an expression, and what stands there instead.
struct Change {
    start: usize,
    end: usize,
    before: String,
    after: String,
}

fn changed(literal: &StringLit<'_>, changes: &[Change]) -> String {
    let edits =
        changes.iter().map(|change| edit::replace_range(change.start, change.end, &*change.after));
    edit::apply(&literal.value, edits.collect())
}

fn changes(
    (member, words): (&str, &[Word<'_>]),
    site: &Site<'_>,
    extent: Extent,
    defined: &mut Definitions,
) -> Vec<Change> {
    let mut changes = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let after = if is_value(member, words, index, extent) {
            let attribute = compared_attribute(words, index);
            let key_type = attribute.and_then(|name| site.table?.types.get(name)).copied();
            defined.value(attribute.unwrap_or("value"), &literal(word, key_type))
        } else if is_reserved_name(member, words, index) {
            defined.name(word.text)
        } else {
            continue;
        };
        changes.push(Change {
            start: word.start,
            end: word.end(),
            before: word.text.to_owned(),
            after,
        });
    }
    changes
}

/// Whether a word stands where a value belongs, and is one or may be meant as one.
fn is_value(member: &str, words: &[Word<'_>], index: usize, extent: Extent) -> bool {
    let Some(word) = words.get(index) else { return false };
    let before = index.checked_sub(1).and_then(|before| words.get(before));
    let next = words.get(index + 1);
    let is_compared = before.is_some_and(|before| {
        before.kind == WordKind::Mark && matches!(before.text, "=" | "<>" | "<" | "<=" | ">" | ">=")
    });
    let is_alone =
        !next.is_some_and(|next| next.is_mark("(") || next.is_mark(".") || next.is_mark("["));
    match word.kind {
        WordKind::Number => {
            let is_index = before.is_some_and(|before| before.is_mark("["));
            is_compared || (!is_index && before.is_some())
        }
        WordKind::Quoted => true,
        WordKind::Bare => {
            // Of conditions, those on keys alone compare with values only.
            let may_be = matches!(member, "UpdateExpression" | "KeyConditionExpression");
            may_be && extent == Extent::Meant && is_compared && is_alone && !word.is_grammar()
        }
        WordKind::Name | WordKind::Value | WordKind::Mark => false,
    }
}

/// The attribute before the mark before a value: `name` of `name = Amal`.
fn compared_attribute<'a>(words: &[Word<'a>], index: usize) -> Option<&'a str> {
    let attribute = words.get(index.checked_sub(2)?)?;
    matches!(attribute.kind, WordKind::Bare | WordKind::Name)
        .then(|| attribute.text.trim_start_matches('#'))
}

/// A word as a typed value.
fn literal(word: &Word<'_>, key_type: Option<KeyType>) -> String {
    let text = word.text.trim_matches(['\'', '"']);
    match (word.kind, text, key_type) {
        (WordKind::Bare, "true" | "false", None) => format!("{{\"BOOL\": {text}}}"),
        (WordKind::Bare, "null", None) => "{\"NULL\": true}".to_owned(),
        (WordKind::Number, _, None | Some(KeyType::N)) | (_, _, Some(KeyType::N)) => {
            format!("{{\"N\": {}}}", edit::string(text))
        }
        (_, _, Some(KeyType::B)) => format!("{{\"B\": {}}}", edit::string(text)),
        _ => format!("{{\"S\": {}}}", edit::string(text)),
    }
}

/// What a site defines already, and what is added to that.
struct Definitions {
    names: BTreeMap<String, String>,
    taken: Vec<String>,
    new_names: Vec<(String, String)>,
    new_values: Vec<(String, String)>,
}

impl Definitions {
    fn of(site: &Site<'_>) -> Self {
        let object = |name| site.object.get_object(name);
        let mut names = BTreeMap::new();
        let mut taken = Vec::new();
        for member in object("ExpressionAttributeNames")
            .map(|object| &object.properties)
            .into_iter()
            .flatten()
        {
            taken.push(member.name.as_str().to_owned());
            if let Some(name) = member.value.as_string_lit() {
                names.insert(name.value.to_string(), member.name.as_str().to_owned());
            }
        }
        for member in object("ExpressionAttributeValues")
            .map(|object| &object.properties)
            .into_iter()
            .flatten()
        {
            taken.push(member.name.as_str().to_owned());
        }
        Self { names, taken, new_names: Vec::new(), new_values: Vec::new() }
    }

    /// What stands for an attribute's name.
    fn name(&mut self, attribute: &str) -> String {
        if let Some(placeholder) = self.names.get(attribute) {
            return placeholder.clone();
        }
        let placeholder = self.free("#", attribute);
        self.names.insert(attribute.to_owned(), placeholder.clone());
        self.new_names.push((placeholder.clone(), edit::string(attribute)));
        placeholder
    }

    /// What stands for a value of an attribute.
    fn value(&mut self, attribute: &str, json: &str) -> String {
        let placeholder = self.free(":", attribute);
        self.new_values.push((placeholder.clone(), json.to_owned()));
        placeholder
    }

    fn free(&mut self, mark: &str, stem: &str) -> String {
        let stem: String =
            stem.chars().filter(|one| one.is_ascii_alphanumeric() || *one == '_').collect();
        let candidates = (1..).map(|count| match count {
            1 => format!("{mark}{stem}"),
            count => format!("{mark}{stem}{count}"),
        });
        let mut free =
            candidates.filter(|candidate| stem.is_empty() || !self.taken.contains(candidate));
        let free = free.next().unwrap_or_else(|| format!("{mark}value"));
        self.taken.push(free.clone());
        free
    }

    /// The changes that add what is new.
    fn edits(&self, text: &str, object: &Object<'_>) -> Vec<Edit> {
        let added = [
            ("ExpressionAttributeNames", &self.new_names),
            ("ExpressionAttributeValues", &self.new_values),
        ];
        let mut edits = Vec::new();
        let mut at_end = String::new();
        for (member, new) in added.into_iter().filter(|(_, new)| !new.is_empty()) {
            let members: Vec<String> =
                new.iter().map(|(name, json)| format!("{}: {json}", edit::string(name))).collect();
            if let Some(defined) = object.get_object(member) {
                for (name, json) in new {
                    edits.push(edit::add_member(text, defined, name, json));
                }
            } else {
                let space = object.properties.last().map_or_else(
                    || " ".to_owned(),
                    |last| edit::space_before(text, last.range.start),
                );
                let object = format!("{{ {} }}", members.join(", "));
                at_end.extend([",", &space, &edit::string(member), ": ", &object]);
            }
        }
        let end = object.properties.last().map(|last| last.range.end);
        edits.extend(
            end.filter(|_| !at_end.is_empty()).map(|end| edit::replace_range(end, end, at_end)),
        );
        edits
    }
}
