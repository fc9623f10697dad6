//! A body as the service wants it: plain values typed, small slips of shape mended, and what is wrong with it said.
//!
//! The body and the service model are walked together. What is mended here changes nothing of what was meant, so it is
//! done at once, with a note; everything else is left as it is and told of.

use std::collections::BTreeMap;

use jsonc_parser::ast::{Array, Object, ObjectProp, Value};
use jsonc_parser::common::Ranged as _;

use crate::attribute::KeyType;
use crate::command::Command;
use crate::edit::quoted;
use crate::finding::{Note, Problem, Severity, Span};
use crate::json::{Layout, text};
use crate::model::{self, ATTRIBUTE_VALUE, Kind, Shape};
use crate::notation::{self, Notation, Reading, Tag, is_number};
use crate::query::Mode;
use crate::scan;
use crate::schema::{TableSchema, Tables, table_name};
use crate::time;

/// How like a name must be to another one to be taken for a slip of it, from 0 to 1.
const LIKENESS_MIN: f64 = 0.8;
/// So many of the values that were typed are named in a note.
const NAMED_MAX: usize = 6;

/// A body that was walked through.
pub(crate) struct Marshalled {
    /// The body in strict JSON.
    pub(crate) json: String,
    pub(crate) notes: Vec<Note>,
    pub(crate) problems: Vec<Problem>,
}

/// Walks through the body of a command. `tables` are those that are known of the ones it names.
pub(crate) fn marshal(
    (command, mode): (Command, Mode),
    (written, root): (&str, &Value<'_>),
    tables: &Tables,
) -> Marshalled {
    let mut walk = Walk {
        written,
        mode,
        tables,
        json: String::with_capacity(written.len()),
        path: String::new(),
        typed: Vec::new(),
        notes: Vec::new(),
        problems: Vec::new(),
    };
    let scope = Scope { table: None, compared: &BTreeMap::new(), attribute: None };
    walk.value(root, model::input(command), scope);
    let Walk { json, typed, mut notes, problems, .. } = walk;
    notes.extend(typed_note(&typed));
    Marshalled { json, notes, problems }
}

fn typed_note(typed: &[(String, Tag)]) -> Option<Note> {
    let named: Vec<String> = typed
        .iter()
        .take(NAMED_MAX)
        .map(|(path, tag)| format!("{path} as {}", tag.name()))
        .collect();
    let more = typed.len().saturating_sub(NAMED_MAX);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let message = format!("Plain values were given their types: {}{more}", named.join(", "));
    (!typed.is_empty()).then_some(Note { code: "Typed", message, path: None })
}

/// What is known where a value stands.
#[derive(Clone, Copy)]
struct Scope<'a> {
    table: Option<&'a TableSchema>,
    /// The types of the `:values` that keys are compared with.
    compared: &'a BTreeMap<String, KeyType>,
    /// The attribute, or the `:value`, that the value is of.
    attribute: Option<&'a str>,
}

impl Scope<'_> {
    /// The type that a value has as the key that it is of.
    fn key_type(&self) -> Option<KeyType> {
        let name = self.attribute?;
        self.compared.get(name).or_else(|| self.table?.types.get(name)).copied()
    }
}

struct Walk<'a> {
    written: &'a str,
    mode: Mode,
    tables: &'a Tables,
    json: String,
    path: String,
    typed: Vec<(String, Tag)>,
    notes: Vec<Note>,
    problems: Vec<Problem>,
}

impl Walk<'_> {
    fn value(&mut self, value: &Value<'_>, shape: Option<&str>, scope: Scope<'_>) {
        let Some((name, shape)) = shape.and_then(|name| Some((name, model::shape(name)?))) else {
            return self.copy(value);
        };
        if name == ATTRIBUTE_VALUE {
            return self.attribute_value(value, scope);
        }
        match (shape.kind, value) {
            // A member that is null is one that is not there.
            (_, Value::NullKeyword(_)) | (Kind::Boolean, Value::BooleanLit(_)) => self.copy(value),
            (Kind::Structure, Value::Object(object)) => self.structure(object, shape, scope),
            (Kind::Structure, Value::Array(array)) => self.unwrap(array, name, scope),
            (Kind::List, Value::Array(array)) => self.list(array, shape, scope),
            (Kind::List, _) => self.wrap(value, shape, scope),
            (Kind::Map, Value::Object(object)) => self.map(object, shape, scope),
            (Kind::String | Kind::Blob, Value::StringLit(string)) => {
                self.check_text(value, &string.value, shape);
                self.copy(value);
            }
            (Kind::Integer | Kind::Long | Kind::Double | Kind::Timestamp, Value::NumberLit(_)) => {
                self.copy(value);
            }
            _ => self.scalar(value, shape.kind),
        }
    }

    fn copy(&mut self, value: &Value<'_>) {
        self.json.push_str(&text(value, Layout::Compact));
    }

    /// A value of another kind than it should be: mended where there is one way to, told of otherwise.
    fn scalar(&mut self, value: &Value<'_>, kind: Kind) {
        let mended = match (kind, value) {
            (Kind::Boolean, Value::StringLit(string)) => {
                Some(string.value.to_string()).filter(|text| matches!(&**text, "true" | "false"))
            }
            (Kind::Integer | Kind::Long | Kind::Double, Value::StringLit(string)) => {
                Some(string.value.to_string()).filter(|text| is_number(text))
            }
            (Kind::Timestamp, Value::StringLit(string)) => time::epoch_seconds(&string.value)
                .map(|seconds| seconds.to_string())
                .or_else(|| Some(string.value.to_string()).filter(|text| is_number(text))),
            _ => None,
        };
        if let Some(mended) = mended {
            let message = format!("{} was sent as {mended}", text(value, Layout::Compact));
            self.note("Converted", message);
            return self.json.push_str(&mended);
        }
        let message = format!("{} must be {}", self.last(), named(kind));
        self.problem(Severity::Error, "WrongType", message, Some((value.start(), value.end())));
        self.copy(value);
    }

    fn structure(&mut self, object: &Object<'_>, shape: &Shape, scope: Scope<'_>) {
        let named = object.get_string("TableName").map(|name| table_name(&name.value));
        let table = named.map_or(scope.table, |name| self.tables.get(name).map(|table| &**table));
        let compared = compared(object, table);
        let scope = Scope { table, compared: &compared, ..scope };
        self.json.push('{');
        for (index, member) in object.properties.iter().enumerate() {
            self.separate(index);
            self.name(member);
            let name = member.name.as_str();
            let known = shape.members.get(name);
            if known.is_none() {
                self.unknown_member(member, shape);
            }
            self.within(name, |walk| {
                walk.value(&member.value, known.map(|known| known.shape.as_str()), scope);
            });
        }
        self.json.push('}');
        for name in &shape.required {
            let is_there = |member: &ObjectProp<'_>| {
                member.name.as_str() == name && member.value.as_null_keyword().is_none()
            };
            if !object.properties.iter().any(is_there) {
                let start = object.range.start;
                let message = format!("{name} is missing");
                self.problem(Severity::Error, "MissingMember", message, Some((start, start + 1)));
            }
        }
    }

    /// A list of one where a structure belongs.
    fn unwrap(&mut self, array: &Array<'_>, shape: &str, scope: Scope<'_>) {
        if let [only @ Value::Object(_)] = array.elements.as_slice() {
            let message =
                format!("{} is one structure: the list around it was left out", self.last());
            self.note("Unwrapped", message);
            return self.value(only, Some(shape), scope);
        }
        let message = format!("{} must be one object, not a list", self.last());
        let range = (array.range.start, array.range.end);
        self.problem(Severity::Error, "WrongType", message, Some(range));
        self.copy(&Value::Array(array.clone()));
    }

    /// One element where a list belongs.
    fn wrap(&mut self, value: &Value<'_>, shape: &Shape, scope: Scope<'_>) {
        let element = shape.member.as_deref();
        let kind = element.and_then(model::shape).map(|shape| shape.kind);
        let is_element = match value {
            Value::Object(_) => matches!(kind, Some(Kind::Structure | Kind::Map)),
            Value::StringLit(_) => kind == Some(Kind::String),
            Value::NumberLit(_)
            | Value::BooleanLit(_)
            | Value::Array(_)
            | Value::NullKeyword(_) => false,
        };
        if !is_element {
            let message = format!("{} must be a list: write it in [ ]", self.last());
            self.problem(Severity::Error, "WrongType", message, Some((value.start(), value.end())));
            return self.copy(value);
        }
        self.note(
            "Wrapped",
            format!("{} is a list: one was made of its only element", self.last()),
        );
        self.json.push('[');
        self.value(value, element, scope);
        self.json.push(']');
    }

    fn list(&mut self, array: &Array<'_>, shape: &Shape, scope: Scope<'_>) {
        self.json.push('[');
        for (index, element) in array.elements.iter().enumerate() {
            self.separate(index);
            self.within(&format!("[{index}]"), |walk| {
                walk.value(element, shape.member.as_deref(), scope);
            });
        }
        self.json.push(']');
    }

    fn map(&mut self, object: &Object<'_>, shape: &Shape, scope: Scope<'_>) {
        let is_of_values = shape.value.as_deref() == Some(ATTRIBUTE_VALUE);
        if is_of_values && self.mode == Mode::Auto {
            self.tell_mixed(object);
        }
        self.json.push('{');
        for (index, member) in object.properties.iter().enumerate() {
            self.separate(index);
            self.name(member);
            let name = member.name.as_str();
            // The items of batches stand under the names of their tables.
            let table = self.tables.get(table_name(name)).map(|table| &**table);
            let table = if is_of_values { scope.table } else { table.or(scope.table) };
            let scope = Scope { table, attribute: Some(name), ..scope };
            self.within(name, |walk| walk.value(&member.value, shape.value.as_deref(), scope));
        }
        self.json.push('}');
    }

    fn attribute_value(&mut self, value: &Value<'_>, scope: Scope<'_>) {
        let range = Some((value.start(), value.end()));
        let key_type = scope.key_type();
        let reading = notation::reading(value);
        match (self.mode, reading) {
            (Mode::Typed, Reading::Plain | Reading::Doubtful(_)) => {
                let message = format!("{} has no type: write {{\"S\": …}}", self.last());
                self.problem(Severity::Error, "Untyped", message, range);
                return self.copy(value);
            }
            (Mode::Auto, Reading::Doubtful(tag)) => {
                let message = format!(
                    "{} reads as a map with a member {}, because that is not what a value of this type holds",
                    self.last(),
                    tag.name()
                );
                self.problem(Severity::Warning, "Ambiguous", message, range);
            }
            (Mode::Auto | Mode::Plain, _) | (Mode::Typed, Reading::Typed(..)) => {}
        }
        let is_typed = self.mode != Mode::Plain && matches!(reading, Reading::Typed(..));
        let notation = if self.mode == Mode::Plain { Notation::Plain } else { Notation::Both };
        let (tag, json) = notation::typed(value, notation, key_type);
        if let Some(key_type) = key_type.filter(|key_type| key_type.name() != tag.name()) {
            let message = format!(
                "{} is of type {}, and its key is of type {}",
                self.last(),
                tag.name(),
                key_type.name()
            );
            self.problem(Severity::Warning, "KeyType", message, range);
        }
        if !is_typed {
            self.typed.push((self.path.clone(), tag));
        }
        self.json.push_str(&json);
    }

    /// Tells which values were taken for typed ones though those beside them are plain.
    fn tell_mixed(&mut self, object: &Object<'_>) {
        let is_typed = |member: &&ObjectProp<'_>| {
            matches!(notation::reading(&member.value), Reading::Typed(..))
        };
        let (typed, plain): (Vec<_>, Vec<_>) = object.properties.iter().partition(is_typed);
        if plain.is_empty() {
            return;
        }
        for member in typed {
            let message = format!(
                "{} was taken for a typed value, though others beside it are plain; write {{\"M\": …}} around it if it is a map",
                member.name.as_str()
            );
            let range = (member.value.start(), member.value.end());
            self.problem(Severity::Info, "Mixed", message, Some(range));
        }
    }

    fn unknown_member(&mut self, member: &ObjectProp<'_>, shape: &Shape) {
        let name = member.name.as_str();
        let near = near(name, shape.members.keys().map(String::as_str));
        let hint = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
        let range = (member.start(), member.start() + name.len() + 2);
        let message = format!("There is no member {name} here{hint}");
        self.problem(Severity::Warning, "UnknownMember", message, Some(range));
    }

    fn check_text(&mut self, value: &Value<'_>, written: &str, shape: &Shape) {
        let range = Some((value.start(), value.end()));
        if !shape.options.is_empty() && !shape.options.iter().any(|option| option == written) {
            let near = near(written, shape.options.iter().map(String::as_str));
            let hint = near.map_or_else(
                || format!("; it is one of {}", shape.options.join(", ")),
                |near| format!("; did you mean {near}?"),
            );
            let message = format!("{} cannot be {written}{hint}", self.last());
            return self.problem(Severity::Error, "Enum", message, range);
        }
        let length = i64::try_from(written.chars().count()).unwrap_or(i64::MAX);
        let bound = match (shape.min, shape.max) {
            (Some(min), _) if length < min => format!("at least {min}"),
            (_, Some(max)) if max < length => format!("at most {max}"),
            _ => return,
        };
        let message = format!("{} must have {bound} characters", self.last());
        self.problem(Severity::Error, "Length", message, range);
    }

    fn separate(&mut self, index: usize) {
        if index != 0 {
            self.json.push(',');
        }
    }

    fn name(&mut self, member: &ObjectProp<'_>) {
        self.json.push_str(&quoted(member.name.as_str()));
        self.json.push(':');
    }

    /// Goes one step deeper for as long as `walk` takes.
    fn within(&mut self, step: &str, walk: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        if length != 0 && !step.starts_with('[') {
            self.path.push('.');
        }
        self.path.push_str(step);
        walk(self);
        self.path.truncate(length);
    }

    /// What the value is called in messages: its path, or the body.
    fn last(&self) -> &str {
        if self.path.is_empty() { "The body" } else { &self.path }
    }

    fn note(&mut self, code: &'static str, message: String) {
        let path = Some(self.path.clone()).filter(|path| !path.is_empty());
        self.notes.push(Note { code, message, path });
    }

    fn problem(
        &mut self,
        severity: Severity,
        code: &'static str,
        message: String,
        range: Option<(usize, usize)>,
    ) {
        let position = range.map(|(start, end)| Span::of(self.written, start, end));
        let path = Some(self.path.clone()).filter(|path| !path.is_empty());
        self.problems.push(Problem { severity, code, message, position, path });
    }
}

/// The types of the `:values` that a request's key condition compares keys with.
fn compared(object: &Object<'_>, table: Option<&TableSchema>) -> BTreeMap<String, KeyType> {
    let Some((table, condition)) = table.zip(object.get_string("KeyConditionExpression")) else {
        return BTreeMap::new();
    };
    let names = object.get_object("ExpressionAttributeNames");
    let words = scan::words(&condition.value);
    let typed = scan::compared(&words).into_iter().filter_map(|(value, written)| {
        let defined = names.and_then(|names| names.get_string(written));
        let attribute = defined.map_or(written, |name| &name.value);
        Some((value.to_owned(), *table.types.get(attribute)?))
    });
    typed.collect()
}

/// The name that is most like another one, if any is much like it.
pub(crate) fn near<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let likeness =
        |other: &str| strsim::jaro_winkler(&name.to_ascii_lowercase(), &other.to_ascii_lowercase());
    names
        .map(|other| (likeness(other), other))
        .filter(|(likeness, _)| LIKENESS_MIN <= *likeness)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name)
}

fn named(kind: Kind) -> &'static str {
    match kind {
        Kind::Structure | Kind::Map => "an object",
        Kind::List => "a list",
        Kind::String => "text, in double quotes",
        Kind::Blob => "bytes, as text in base64",
        Kind::Boolean => "true or false",
        Kind::Integer | Kind::Long => "a whole number",
        Kind::Double => "a number",
        Kind::Timestamp => "a time: seconds since 1970, or 2026-01-31T12:00:00Z",
    }
}

#[cfg(test)]
#[path = "marshal/tests.rs"]
mod tests;
