//! Bindings: `{{ name }}` in a body, filled with a parameter's value.
//!
//! A value is JSON and stands for a whole value of the body, so that whatever it holds, it stays one
//! value: nothing is spliced into a text. A binding stands bare, or alone in a string:
//!
//! ```text
//! {"Key": {"id": {{ id }}}, "TableName": "{{ table }}"}
//! ```
//!
//! Both are the value itself, quotes of its own included. Among other text of a string a binding is
//! refused, with the way to do it named. In a comment it is none, and neither is `{{` in a string
//! with no name and end after it.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::value::RawValue;

use crate::body::Position;
use crate::edit::{self, Edit};
use crate::error::Error;
use crate::json::{self, Layout, Leniency};

/// The most letters of a parameter's name.
const NAME_LETTERS_MAX: usize = 64;

/// What is wrong with a binding. Each text names the fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BindingFault {
    /// A bare `{{` without a name and an end.
    #[error("a binding is written {{{{ name }}}}: letters, digits, _ and - in its name")]
    Malformed,
    /// A binding among other text.
    #[error(
        "a binding is a whole value, not a part of a text: let it stand alone, as \"{{{{ name }}}}\", and \
         put the text around it into the parameter; for the two brackets themselves write \\u007b{{"
    )]
    InText,
    /// A binding in place of a member's name, whose value is no text.
    #[error("a member's name is a text: give this parameter one, in double quotes")]
    NameNotText,
}

/// A binding in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Binding<'a> {
    name: &'a str,
    /// What its value takes the place of.
    place: Range<usize>,
    /// Whether it stands for a member's name.
    is_name: bool,
}

/// The parameters that a body has bindings for: their names in the order of the text, each once.
#[must_use]
pub fn parameters(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for part in Parts::new(text) {
        let name = match part {
            Part::Binding(binding) => binding.name,
            Part::InText(_, name) => name,
            Part::Malformed(_) => continue,
        };
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// A text whose bindings are filled in.
pub(crate) struct Bound {
    pub(crate) text: String,
    /// What puts the bindings back in the place of their values.
    pub(crate) unbind: Vec<Edit>,
}

/// The text with each binding's value in its place. Values that nothing in the text asks for are left out. Lines stay
/// the same lines: a value takes no more than one.
///
/// # Errors
/// [`Error::Binding`] with the place and the fix; [`Error::ParameterMissing`].
pub fn bind(text: &str, values: &BTreeMap<String, Box<RawValue>>) -> Result<String, Error> {
    fill(text, values).map(|bound| bound.text)
}

/// As [`bind`], and says how to undo it.
pub(crate) fn fill(text: &str, values: &BTreeMap<String, Box<RawValue>>) -> Result<Bound, Error> {
    let fault = |offset, fault| Error::Binding { position: Position::of(text, offset), fault };
    let mut bound = String::with_capacity(text.len());
    let mut unbind = Vec::new();
    let mut copied = 0;
    for part in Parts::new(text) {
        let binding = match part {
            Part::Binding(binding) => binding,
            Part::InText(offset, _) => return Err(fault(offset, BindingFault::InText)),
            Part::Malformed(offset) => return Err(fault(offset, BindingFault::Malformed)),
        };
        let Range { start, end } = binding.place;
        let value = values.get(binding.name).ok_or_else(|| Error::ParameterMissing {
            name: binding.name.to_owned(),
            position: Position::of(text, start),
        })?;
        let value = one_line(value);
        if binding.is_name && !value.starts_with('"') {
            return Err(fault(start, BindingFault::NameNotText));
        }
        bound.push_str(text.get(copied..start).unwrap_or_default());
        let place = bound.len();
        bound.push_str(&value);
        let written = text.get(start..end).unwrap_or_default();
        unbind.push(edit::replace_range(place, bound.len(), written));
        copied = end;
    }
    bound.push_str(text.get(copied..).unwrap_or_default());
    Ok(Bound { text: bound, unbind })
}

/// The value without white space around its parts, numbers as they are.
fn one_line(value: &RawValue) -> String {
    let tree = json::parse(value.get(), Leniency::Strict).ok().flatten();
    // What is nested too deep to be read here is refused where the body is read.
    tree.map_or_else(|| value.get().to_owned(), |tree| json::text(&tree, Layout::Compact))
}

/// What is of interest in a body.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part<'a> {
    Binding(Binding<'a>),
    /// A binding among other text, where it begins, and its name.
    InText(usize, &'a str),
    /// A bare `{{` that is no binding.
    Malformed(usize),
}

/// Goes through a body, which need not be sound, and tells strings and comments from the rest.
struct Parts<'a> {
    text: &'a str,
    offset: usize,
    /// Further bindings within the string that was read last.
    string_end: usize,
}

impl<'a> Parts<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, offset: 0, string_end: 0 }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.offset..).unwrap_or_default()
    }

    /// The rest of a string that has bindings among its text.
    fn in_string(&mut self) -> Option<Part<'a>> {
        let inside = self.text.get(self.offset..self.string_end)?;
        let found = inside.match_indices("{{").find_map(|(index, _)| {
            let (name, length) = binding(inside.get(index..)?)?;
            Some((self.offset + index, name, length))
        });
        let Some((start, name, length)) = found else {
            self.offset = self.string_end;
            return None;
        };
        self.offset = start + length;
        Some(Part::InText(start, name))
    }

    /// A string that begins here. A body may end within it.
    fn string(&mut self) -> Option<Part<'a>> {
        let start = self.offset;
        let length = string_length(self.rest());
        let end = start + length;
        let content = self.text.get(start + 1..end)?;
        let content = content.strip_suffix('"').unwrap_or(content);
        if let Some((name, whole)) = binding(content.trim())
            && whole == content.trim().len()
        {
            self.offset = end;
            let is_name = after_comments(self.rest()).starts_with(':');
            return Some(Part::Binding(Binding { name, place: start..end, is_name }));
        }
        self.offset = start + 1;
        self.string_end = end;
        self.in_string()
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        if self.offset < self.string_end
            && let Some(part) = self.in_string()
        {
            return Some(part);
        }
        loop {
            let rest = self.rest();
            let next = rest.find(['"', '/', '{'])?;
            self.offset += next;
            let rest = self.rest();
            let start = self.offset;
            if rest.starts_with('"') {
                if let Some(part) = self.string() {
                    return Some(part);
                }
            } else if let Some(length) = comment_length(rest) {
                self.offset += length;
            // Of three, the first begins an object whose first name is a binding.
            } else if rest.starts_with("{{") && !rest.starts_with("{{{") {
                let Some((name, length)) = binding(rest) else {
                    self.offset += 2;
                    return Some(Part::Malformed(start));
                };
                self.offset += length;
                let is_name = after_comments(self.rest()).starts_with(':');
                let place = start..self.offset;
                return Some(Part::Binding(Binding { name, place, is_name }));
            } else {
                self.offset += 1;
            }
        }
    }
}

/// The name in a binding that the text begins with, and the bytes that the binding takes.
fn binding(text: &str) -> Option<(&str, usize)> {
    let inside = text.strip_prefix("{{")?;
    let (inside, _) = inside.split_once("}}")?;
    let name = inside.trim();
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
    let is_name = !name.is_empty() && name.chars().all(is_letter);
    let is_short = name.chars().take(NAME_LETTERS_MAX + 1).count() <= NAME_LETTERS_MAX;
    (is_name && is_short).then(|| (name, "{{".len() + inside.len() + "}}".len()))
}

/// The bytes of the string that the text begins with, quotes included.
fn string_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (index, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}

/// The bytes of the comment that the text begins with.
fn comment_length(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    let inside = text.strip_prefix("/*")?;
    Some(inside.find("*/").map_or(text.len(), |end| end + "/**/".len()))
}

/// The text after white space and comments.
fn after_comments(text: &str) -> &str {
    let mut text = text.trim_start();
    while let Some(length) = comment_length(text) {
        text = text.get(length..).unwrap_or_default().trim_start();
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::body::Body;

    fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, Box<RawValue>> {
        let raw = |text: &str| RawValue::from_string(text.to_owned()).unwrap();
        pairs.iter().map(|(name, value)| ((*name).to_owned(), raw(value))).collect()
    }

    #[track_caller]
    fn check(text: &str, pairs: &[(&str, &str)], expected: &str) {
        assert_eq!(bind(text, &values(pairs)).unwrap(), expected, "{text}");
    }

    #[track_caller]
    fn refused(text: &str, expected: (usize, usize, BindingFault)) {
        match bind(text, &values(&[("a", "1")])) {
            Err(Error::Binding { position, fault }) => {
                assert_eq!((position.line, position.column, fault), expected, "{text}");
            }
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn a_binding_is_the_value_itself_bare_or_alone_in_a_string() {
        let value = [("a", "1.50")];
        check(r#"{"x": {{ a }}}"#, &value, r#"{"x": 1.50}"#);
        check(r#"{"x": {{a}}}"#, &value, r#"{"x": 1.50}"#);
        check(r#"{"x": "{{ a }}"}"#, &value, r#"{"x": 1.50}"#);
        check(r#"{"x": " {{ a }} "}"#, &value, r#"{"x": 1.50}"#);
        check(r"[{{ a }},{{ a }}]", &value, "[1.50,1.50]");
        check(
            r#"{"x": {{ a }}}"#,
            &[("a", r#"{"S": "}, \"y\": {"}"#)],
            r#"{"x": {"S":"}, \"y\": {"}}"#,
        );
    }

    #[test]
    fn a_value_takes_one_line() {
        let value = [("a", "{\n  \"N\": \"1\",\n  \"x\": [\n1.0]}")];
        check("{\"x\": {{ a }},\n}", &value, "{\"x\": {\"N\":\"1\",\"x\":[1.0]},\n}");
    }

    #[test]
    fn a_members_name_may_be_a_binding_whose_value_is_text() {
        check(r#"{"{{ a }}": []}"#, &[("a", r#""users""#)], r#"{"users": []}"#);
        check(r"{{{ a }}: []}", &[("a", r#""users""#)], r#"{"users": []}"#);
    }

    #[test]
    fn comments_and_other_brackets_are_left_alone() {
        check("{} // {{ b }}", &[], "{} // {{ b }}");
        check("{} /* {{ b }} */", &[], "{} /* {{ b }} */");
        check(
            r#"{"x": "{{", "y": "{{ }}", "z": "{{ two words }}"}"#,
            &[],
            r#"{"x": "{{", "y": "{{ }}", "z": "{{ two words }}"}"#,
        );
        check(r#"{"x": "// {{", "y": {{ a }}}"#, &[("a", "1")], r#"{"x": "// {{", "y": 1}"#);
        check(
            r#"{"x": "\" {{", "y": "\u007b{ a }}"}"#,
            &[],
            r#"{"x": "\" {{", "y": "\u007b{ a }}"}"#,
        );
    }

    #[test]
    fn a_binding_among_other_text_is_refused() {
        refused(r#"{"x": "user {{ a }}"}"#, (1, 13, BindingFault::InText));
        refused("{\n\"x\": \"{{ a }}{{ a }}\"}", (2, 7, BindingFault::InText));
        refused(r#"{"x": {{ }}"#, (1, 7, BindingFault::Malformed));
        refused(r#"{"x": {{ a b }}}"#, (1, 7, BindingFault::Malformed));
        refused(r#"{"{{ a }}" /* c */ : 2}"#, (1, 2, BindingFault::NameNotText));
    }

    #[test]
    fn a_parameter_without_a_value_is_named() {
        let error = bind("{\n\"x\": {{ nobody }}}", &values(&[])).unwrap_err();
        assert_eq!(error.to_string(), "The parameter \"nobody\" at line 2, column 6 has no value");
    }

    #[test]
    fn parameters_are_listed_in_the_order_of_the_text_each_once() {
        let text = r#"{"x": {{ b }}, "y": "{{ a }}", /* {{ c }} */ "z": "in {{ d }} and {{ e }}", "w": {{ b }}}"#;
        assert_eq!(parameters(text), ["b", "a", "d", "e"]);
        assert_eq!(parameters("{{ é_1-x }}"), ["é_1-x"]);
        assert!(parameters(&format!("{{{{ {} }}}}", "x".repeat(65))).is_empty());
    }

    proptest! {
        #[test]
        fn whatever_a_value_holds_it_stays_one_value(text: String) {
            let quoted = serde_json::to_string(&text).unwrap();
            let written = r#"{"x": "{{ a }}", "y": {{ a }}}"#;
            let Bound { text: bound, unbind } = fill(written, &values(&[("a", &quoted)])).unwrap();
            prop_assert_eq!(edit::apply(&bound, unbind), written);
            let read: serde_json::Value = serde_json::from_str(&bound).unwrap();
            prop_assert_eq!(read, serde_json::json!({"x": text, "y": text}));
        }

        #[test]
        fn any_text_is_gone_through(text in "(\\{\\{|\\}\\}|[a\"\\\\/*\n :é])*") {
            let names = parameters(&text);
            let given: Vec<_> = names.iter().map(|name| (name.as_str(), "\"v\"")).collect();
            if let Ok(bound) = bind(&text, &values(&given)) {
                prop_assert!(!names.iter().any(|name| parameters(&bound).contains(name)), "{}", bound);
            }
        }
    }

    #[test]
    fn bytes_are_bound_or_refused() {
        fuzz::target("bindings", 2_000, |bytes| {
            let text = String::from_utf8_lossy(bytes);
            let names = parameters(&text);
            let values = names.iter().map(|name| {
                (name.clone(), RawValue::from_string("{\"S\":\"x\"}".to_owned()).unwrap())
            });
            if let Ok(bound) = bind(&text, &values.collect()) {
                assert_eq!(bound.is_empty(), text.is_empty());
                drop(Body::parse(&bound));
            }
        });
    }
}
