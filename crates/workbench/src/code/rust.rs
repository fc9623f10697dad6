//! Requests in Rust, with the builders of the AWS SDK.
//!
//! Their names follow from those of the service model: `SSESpecification` is the method
//! `sse_specification` and the type `SseSpecification`. A list is given element by element, a map entry by
//! entry; lists and maps within those are whole. A structure with members that it must have is built with a
//! question mark.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jsonc_parser::ast::{Array, Object, Value};

use super::layout::Piece;
use super::{CodeFault, Request, members};
use crate::command::Service;
use crate::model::{self, ATTRIBUTE_VALUE, Kind, Shape};

type Result<T> = std::result::Result<T, CodeFault>;

pub(super) fn rust(request: &Request<'_>) -> Result<String> {
    let library = match request.command.service() {
        Service::Tables => "aws_sdk_dynamodb",
        Service::Streams => "aws_sdk_dynamodbstreams",
    };
    let mut writer = Writer { path: Vec::new(), types: BTreeSet::new(), uses: BTreeSet::new() };
    let method = snake(request.command.name());
    let mut calls = vec![Piece::text(format!(".{method}()"))];
    let shape = model::input(request.command).and_then(model::shape).ok_or(CodeFault::Command)?;
    calls.extend(writer.calls(shape, request.body.as_object())?);
    calls.extend([Piece::text(".send()"), Piece::text(".await?;")]);
    let call = Piece::Chain { head: "let response = client".to_owned(), calls };
    let mut configuration =
        vec![Piece::text(format!(".region(Region::new({:?}))", request.place.region))];
    if let Some(endpoint) = &request.place.endpoint {
        configuration.push(Piece::text(format!(".endpoint_url({endpoint:?})")));
    }
    configuration.extend([Piece::text(".load()"), Piece::text(".await;")]);
    let configuration = Piece::Chain {
        head: "let configuration = aws_config::defaults(BehaviorVersion::latest())".to_owned(),
        calls: configuration,
    };
    Ok(format!(
        "// cargo add aws-config {} tokio --features tokio/full\n{}\n\
         #[tokio::main]\nasync fn main() -> Result<(), Box<dyn std::error::Error>> {{\n{}\n    \
         let client = {library}::Client::new(&configuration);\n{}\n    \
         println!(\"{{response:#?}}\");\n    Ok(())\n}}\n",
        library.replace('_', "-"),
        writer.imports(library),
        indented(&configuration.lay_out(4)),
        indented(&call.lay_out(4)),
    ))
}

/// The lines one level in. No text of the request has a line break in it: those are escapes.
fn indented(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("    {line}")).collect();
    lines.join("\n")
}

struct Writer {
    /// The way to what is being written.
    path: Vec<String>,
    /// The types of the library that are named.
    types: BTreeSet<String>,
    /// Other names that have to be brought in.
    uses: BTreeSet<&'static str>,
}

impl Writer {
    fn imports(&self, library: &str) -> String {
        let mut lines = vec!["use aws_config::{BehaviorVersion, Region};".to_owned()];
        let primitives = self.uses.iter().copied().filter(|name| *name != "HashMap").collect();
        let types = self.types.iter().map(String::as_str).collect();
        for (module, names) in [("primitives", primitives), ("types", types)] {
            let names: Vec<&str> = names;
            match names.as_slice() {
                [] => {}
                [one] => lines.push(format!("use {library}::{module}::{one};")),
                _ => {
                    let names = names.into_iter().map(Piece::text).collect();
                    let open = format!("use {library}::{module}::{{");
                    lines.push(Piece::list(open, names, "};").lay_out(4));
                }
            }
        }
        if self.uses.contains("HashMap") {
            lines.insert(0, "use std::collections::HashMap;\n".to_owned());
        }
        lines.join("\n") + "\n"
    }

    fn fault<T>(&self) -> Result<T> {
        Err(CodeFault::Value { path: self.path.join(".") })
    }

    fn name(&mut self, shape: &str) -> String {
        let name = pascal(shape);
        self.types.insert(name.clone());
        name
    }

    /// The calls that give a builder its members.
    fn calls(&mut self, shape: &Shape, object: Option<&Object<'_>>) -> Result<Vec<Piece>> {
        let mut calls = Vec::new();
        for (name, value) in members(object) {
            self.path.push(name.to_owned());
            let Some(member) = shape.members.get(name) else {
                return Err(CodeFault::Member { path: self.path.join(".") });
            };
            self.member(name, &member.shape, value, &mut calls)?;
            self.path.pop();
        }
        Ok(calls)
    }

    fn member(
        &mut self,
        name: &str,
        shape_name: &str,
        value: &Value<'_>,
        calls: &mut Vec<Piece>,
    ) -> Result<()> {
        let Some(shape) = model::shape(shape_name) else { return self.fault() };
        let method = method(name);
        match (shape.kind, value) {
            (Kind::List, Value::Array(array)) if !array.elements.is_empty() => {
                let element_shape = shape.member.as_deref().unwrap_or_default();
                for element in &array.elements {
                    let element = self.value(element_shape, element, Ownership::Given)?;
                    calls.push(Piece::list(format!(".{method}("), vec![element], ")"));
                }
            }
            (Kind::Map, Value::Object(object)) if !object.properties.is_empty() => {
                let value_shape = shape.value.as_deref().unwrap_or_default();
                for (key, value) in members(Some(object)) {
                    let value = self.value(value_shape, value, Ownership::Given)?;
                    let key = Piece::text(format!("{key:?}"));
                    calls.push(Piece::list(format!(".{method}("), vec![key, value], ")"));
                }
            }
            // To give no element would be to give no list.
            (Kind::List | Kind::Map, Value::Array(_) | Value::Object(_)) => {
                let setter = method.trim_start_matches("r#");
                let empty = self.value(shape_name, value, Ownership::Owned)?;
                let some = Piece::list("Some(", vec![empty], ")");
                calls.push(Piece::list(format!(".set_{setter}("), vec![some], ")"));
            }
            _ => {
                let value = self.value(shape_name, value, Ownership::Given)?;
                calls.push(Piece::list(format!(".{method}("), vec![value], ")"));
            }
        }
        Ok(())
    }

    fn value(&mut self, name: &str, value: &Value<'_>, ownership: Ownership) -> Result<Piece> {
        let Some(shape) = model::shape(name) else { return self.fault() };
        match (shape.kind, value) {
            (Kind::Structure, Value::Object(object)) if name == ATTRIBUTE_VALUE => {
                self.attribute_value(object)
            }
            (Kind::Structure, Value::Object(object)) => {
                let mut calls = self.calls(shape, Some(object))?;
                calls.push(Piece::text(if is_fallible(shape) { ".build()?" } else { ".build()" }));
                Ok(Piece::Chain { head: format!("{}::builder()", self.name(name)), calls })
            }
            (Kind::List, Value::Array(array)) => self.vec(shape.member.as_deref(), array),
            (Kind::Map, Value::Object(object)) => self.hash_map(shape.value.as_deref(), object),
            (Kind::String, Value::StringLit(literal)) if !shape.options.is_empty() => {
                Ok(Piece::text(format!("{}::from({:?})", self.name(name), literal.value)))
            }
            (Kind::String, Value::StringLit(literal)) => {
                Ok(Piece::text(ownership.string(&literal.value)))
            }
            (Kind::Blob, Value::StringLit(literal)) => self.blob(&literal.value),
            (Kind::Boolean, Value::BooleanLit(literal)) => {
                Ok(Piece::text(literal.value.to_string()))
            }
            (Kind::Integer | Kind::Long, Value::NumberLit(literal))
                if literal.value.parse::<i64>().is_ok() =>
            {
                Ok(Piece::text(literal.value))
            }
            (Kind::Double, Value::NumberLit(literal)) => self.double(literal.value),
            (Kind::Timestamp, Value::NumberLit(literal)) => {
                self.uses.insert("DateTime");
                if literal.value.parse::<i64>().is_ok() {
                    return Ok(Piece::text(format!("DateTime::from_secs({})", literal.value)));
                }
                let seconds = self.double(literal.value)?;
                Ok(Piece::list("DateTime::from_secs_f64(", vec![seconds], ")"))
            }
            _ => self.fault(),
        }
    }

    fn double(&self, number: &str) -> Result<Piece> {
        match number.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Piece::text(format!("{number:?}"))),
            _ => self.fault(),
        }
    }

    fn blob(&mut self, base64: &str) -> Result<Piece> {
        let Ok(bytes) = BASE64_STANDARD.decode(base64) else { return self.fault() };
        self.uses.insert("Blob");
        Ok(Piece::text(format!("Blob::new(b\"{}\")", bytes.escape_ascii())))
    }

    fn vec(&mut self, shape: Option<&str>, array: &Array<'_>) -> Result<Piece> {
        let shape = shape.unwrap_or_default();
        let elements =
            array.elements.iter().map(|element| self.value(shape, element, Ownership::Owned));
        Ok(Piece::list("vec![", elements.collect::<Result<_>>()?, "]"))
    }

    fn hash_map(&mut self, shape: Option<&str>, object: &Object<'_>) -> Result<Piece> {
        self.uses.insert("HashMap");
        let shape = shape.unwrap_or_default();
        let entries = members(Some(object)).map(|(key, value)| {
            let value = self.value(shape, value, Ownership::Owned)?;
            Ok(Piece::list("(", vec![Piece::text(Ownership::Owned.string(key)), value], ")"))
        });
        let entries: Vec<_> = entries.collect::<Result<_>>()?;
        if entries.is_empty() {
            return Ok(Piece::text("HashMap::new()"));
        }
        let entries = Piece::list("[", entries, "]");
        Ok(Piece::list("HashMap::from(", vec![entries], ")"))
    }

    /// A value of an attribute: one variant of an enum, named as its one member.
    fn attribute_value(&mut self, object: &Object<'_>) -> Result<Piece> {
        let mut given = members(Some(object));
        let (Some((name, value)), None) = (given.next(), given.next()) else { return self.fault() };
        let shape = model::shape(ATTRIBUTE_VALUE).and_then(|shape| shape.members.get(name));
        let Some(shape) = shape else { return self.fault() };
        let inner = self.value(&shape.shape, value, Ownership::Owned)?;
        let open = format!("{}::{}(", self.name(ATTRIBUTE_VALUE), pascal(name));
        Ok(Piece::list(open, vec![inner], ")"))
    }
}

/// How a text is handed over.
#[derive(Clone, Copy)]
enum Ownership {
    /// To a method that takes anything that becomes a `String`.
    Given,
    /// As a part of something whole.
    Owned,
}

impl Ownership {
    fn string(self, text: &str) -> String {
        match self {
            Self::Given => format!("{text:?}"),
            Self::Owned => format!("{text:?}.to_owned()"),
        }
    }
}

/// Whether building it may fail: it has members that it must have. Those that are structures do not count, as an
/// empty one is put in their place.
fn is_fallible(shape: &Shape) -> bool {
    let is_checked = |name: &String| {
        let member = shape.members.get(name).and_then(|member| model::shape(&member.shape));
        member.is_some_and(|member| member.kind != Kind::Structure)
    };
    shape.required.iter().any(is_checked)
}

/// The method that gives a member.
fn method(member: &str) -> String {
    let name = snake(member);
    match name.as_str() {
        "type" | "match" | "in" | "for" | "where" => format!("r#{name}"),
        _ => name,
    }
}

/// The words of a name: `SSESpecification` has two, `S3BucketOwner` three.
fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| letters.get(before));
        let after = letters.get(index + 1);
        let after_small = before.is_some_and(|before| !before.is_ascii_uppercase());
        let ends_capitals = after.is_some_and(char::is_ascii_lowercase);
        let begins = letter.is_ascii_uppercase() && (after_small || ends_capitals);
        match words.last_mut() {
            Some(word) if !begins => word.push(letter.to_ascii_lowercase()),
            _ => words.push(letter.to_ascii_lowercase().to_string()),
        }
    }
    words
}

fn snake(name: &str) -> String {
    words(name).join("_")
}

fn pascal(name: &str) -> String {
    let words = words(name).into_iter().map(|word| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_ascii_uppercase())
            .into_iter()
            .chain(letters)
            .collect::<String>()
    });
    words.collect()
}
