//! A reply in plain JSON: the values of attributes lose their types, everything else stays as it came.

use jsonc_parser::ast::Value;

use crate::command::Command;
use crate::edit::quoted;
use crate::json::{self, Layout, Leniency};
use crate::model::{self, ATTRIBUTE_VALUE, Kind};
use crate::notation;

/// A reply to a command in plain JSON, laid out for reading. Sets, binary values and paging keys are written so that a
/// query takes them as they are. What is no JSON is given back as it is.
#[must_use]
pub fn plain(command: Command, reply: &str) -> String {
    let Ok(Some(tree)) = json::parse(reply, Leniency::Strict) else { return reply.to_owned() };
    let mut written = String::with_capacity(reply.len());
    write(&tree, model::output(command), &mut written);
    let laid_out = json::parse(&written, Leniency::Strict).ok().flatten();
    laid_out.map_or(written.clone(), |tree| json::text(&tree, Layout::Pretty))
}

fn write(value: &Value<'_>, shape: Option<&str>, written: &mut String) {
    let Some((name, shape)) = shape.and_then(|name| Some((name, model::shape(name)?))) else {
        return written.push_str(&json::text(value, Layout::Compact));
    };
    match (shape.kind, value) {
        _ if name == ATTRIBUTE_VALUE => notation::plain(value, written),
        (Kind::Structure, Value::Object(object)) => {
            written.push('{');
            for (index, member) in object.properties.iter().enumerate() {
                separate(index, written);
                written.push_str(&quoted(member.name.as_str()));
                written.push(':');
                let shape = shape.members.get(member.name.as_str());
                write(&member.value, shape.map(|member| member.shape.as_str()), written);
            }
            written.push('}');
        }
        (Kind::List, Value::Array(array)) => {
            written.push('[');
            for (index, element) in array.elements.iter().enumerate() {
                separate(index, written);
                write(element, shape.member.as_deref(), written);
            }
            written.push(']');
        }
        (Kind::Map, Value::Object(_)) => {
            write_map(value, shape.value.as_deref().unwrap_or_default(), written);
        }
        _ => written.push_str(&json::text(value, Layout::Compact)),
    }
}

fn write_map(value: &Value<'_>, shape: &str, written: &mut String) {
    let Some(object) = value.as_object() else {
        return written.push_str(&json::text(value, Layout::Compact));
    };
    written.push('{');
    for (index, member) in object.properties.iter().enumerate() {
        separate(index, written);
        written.push_str(&quoted(member.name.as_str()));
        written.push(':');
        write(&member.value, Some(shape), written);
    }
    written.push('}');
}

fn separate(index: usize, written: &mut String) {
    if index != 0 {
        written.push(',');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(command: &str, reply: &str, expected: &str) {
        let plain: String = plain(command.parse().unwrap(), reply).split_whitespace().collect();
        assert_eq!(plain, expected);
    }

    #[test]
    fn values_lose_their_types_and_nothing_else_changes() {
        check(
            "Query",
            r#"{"Items":[{"S":{"S":"a"},"n":{"N":"1.50"},"M":{"M":{"a":{"NULL":true}}}}],"Count":1,"LastEvaluatedKey":{"id":{"B":"AAE="}}}"#,
            r#"{"Items":[{"S":"a","n":1.50,"M":{"a":null}}],"Count":1,"LastEvaluatedKey":{"id":{"B":"AAE="}}}"#,
        );
        check(
            "BatchGetItem",
            r#"{"Responses":{"users":[{"id":{"N":"1"}}]}}"#,
            r#"{"Responses":{"users":[{"id":1}]}}"#,
        );
        check("ListTables", r#"{"TableNames":["S"]}"#, r#"{"TableNames":["S"]}"#);
        check(
            "GetRecords",
            r#"{"Records":[{"dynamodb":{"Keys":{"a":{"S":"b"}}}}]}"#,
            r#"{"Records":[{"dynamodb":{"Keys":{"a":"b"}}}]}"#,
        );
    }

    #[test]
    fn what_is_no_json_stays_as_it_is() {
        assert_eq!(plain("Query".parse().unwrap(), "<html>"), "<html>");
    }
}
