//! Changes to a body's text that leave the rest of it as it was written, comments and layout included.

use jsonc_parser::ast::{Array, Object, Value};
use jsonc_parser::common::Ranged;

/// A stretch of a text, in bytes, and what stands there instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edit {
    start: usize,
    end: usize,
    text: String,
}

/// The text after all edits. Those that overlap an earlier one are left out.
pub(crate) fn apply(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| (edit.start, edit.end));
    let mut edited = String::with_capacity(text.len());
    let mut done = 0;
    for edit in edits {
        if let Some(kept) = text.get(done..edit.start) {
            edited.push_str(kept);
            edited.push_str(&edit.text);
            done = edit.end;
        }
    }
    edited.push_str(text.get(done..).unwrap_or_default());
    edited
}

/// Puts JSON in the place of a value.
pub(crate) fn replace(value: &Value<'_>, json: impl Into<String>) -> Edit {
    Edit { start: value.start(), end: value.end(), text: json.into() }
}

/// Puts something in a stretch of the text.
pub(crate) fn replace_range(start: usize, end: usize, text: impl Into<String>) -> Edit {
    Edit { start, end, text: text.into() }
}

/// Puts a member at the end of an object, laid out like those before it.
pub(crate) fn add_member(text: &str, object: &Object<'_>, name: &str, json: &str) -> Edit {
    let member = format!("{}: {json}", string(name));
    let Some(last) = object.properties.last() else {
        let inside = object.range.start + 1;
        return Edit { start: inside, end: inside, text: format!(" {member} ") };
    };
    let end = last.value.end();
    Edit { start: end, end, text: format!(",{}{member}", space_before(text, last.start())) }
}

/// Takes the element of this index out of a list, with the comma that goes with it: that before the next one, or if it is
/// the last, that after the one before.
pub(crate) fn remove_element(array: &Array<'_>, index: usize) -> Option<Edit> {
    let element = array.elements.get(index)?;
    let next = array.elements.get(index + 1).map(Ranged::start);
    let before =
        index.checked_sub(1).and_then(|before| array.elements.get(before)).map(Ranged::end);
    let (start, end) = match (next, before) {
        (Some(next), _) => (element.start(), next),
        (None, Some(before)) => (before, element.end()),
        (None, None) => (element.start(), element.end()),
    };
    Some(Edit { start, end, text: String::new() })
}

/// The white space that a part of an object or list has before it: a line break and its indentation, or a blank.
pub(crate) fn space_before(text: &str, start: usize) -> String {
    let before = text.get(..start).unwrap_or_default();
    let kept = before.trim_end_matches([' ', '\t']);
    let indentation = before.get(kept.len()..).unwrap_or_default();
    if kept.ends_with('\n') { format!("\n{indentation}") } else { " ".to_owned() }
}

/// A text as a JSON string.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("any text has a form as a JSON string")
}

/// A text as a JSON string for a query's text, where `{{` would begin a binding.
pub(crate) fn string(text: &str) -> String {
    quoted(text).replace("{{", "\\u007b{")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Leniency, parse};

    #[track_caller]
    fn check(text: &str, edit: impl Fn(&Object<'_>) -> Edit, expected: &str) {
        let tree = parse(text, Leniency::Written).unwrap().unwrap();
        let edit = edit(tree.as_object().unwrap());
        assert_eq!(apply(text, vec![edit]), expected);
    }

    #[test]
    fn a_member_is_added_as_those_before_it_are_laid_out() {
        let add =
            |text: &'static str| move |object: &Object<'_>| add_member(text, object, "b", "2");
        for (text, expected) in [
            (r#"{"a": 1}"#, r#"{"a": 1, "b": 2}"#),
            ("{\n  \"a\": 1 // one\n}", "{\n  \"a\": 1,\n  \"b\": 2 // one\n}"),
            ("{}", r#"{ "b": 2 }"#),
        ] {
            check(text, add(text), expected);
        }
    }

    #[test]
    fn a_part_is_taken_out_with_its_comma() {
        #[track_caller]
        fn take(index: usize, text: &str, expected: &str) {
            check(
                text,
                |object| remove_element(object.get_array("l").unwrap(), index).unwrap(),
                expected,
            );
        }
        take(0, r#"{"l": [1, 2, 3]}"#, r#"{"l": [2, 3]}"#);
        take(1, r#"{"l": [1, 2, 3]}"#, r#"{"l": [1, 3]}"#);
        take(2, r#"{"l": [1, 2, 3]}"#, r#"{"l": [1, 2]}"#);
        take(0, r#"{"l": [1]}"#, r#"{"l": []}"#);
    }

    #[test]
    fn edits_apply_wherever_they_stand_and_never_twice_to_one_place() {
        let edits =
            vec![replace_range(4, 5, "E"), replace_range(0, 2, "AB"), replace_range(1, 3, "no")];
        assert_eq!(apply("abcde", edits), "ABcdE");
    }
}
