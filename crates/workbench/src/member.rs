//! The member of a body that an error's message means.
//!
//! The service names a member in its own spelling, `attributeDefinitions.1.member.attributeName`,
//! or somewhere in a sentence. Both are looked for in the body, so that the user is shown the
//! member as written and its place: `AttributeDefinitions[0].AttributeName`.

use std::fmt;

use jsonc_parser::ast::{ObjectProp, Value};
use jsonc_parser::common::Ranged;
use serde::Serialize;

use crate::body::{Body, Position};

/// Members whose values belong to the user: what is named in them is no parameter.
const USER_DATA: &[&str] = &[
    "AttributeUpdates",
    "ExclusiveStartKey",
    "Expected",
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
    "Item",
    "Key",
];

/// The most names of a message that are looked for: more than any message of the service has, so that who answers
/// with a long one does not keep us busy.
const NAMES_MAX: usize = 200;

/// The members whose own members are named with a `#` or a `:` in messages.
const PLACEHOLDERS: &[&str] = &["ExpressionAttributeNames", "ExpressionAttributeValues"];

/// Messages that mean a member without its name, by a part that is always there, and what they mean.
const UNNAMED: &[(&str, &[&str])] = &[
    ("Cannot do operations on a non-existent table", &["TableName"]),
    ("Item size has exceeded the maximum allowed size", &["Item"]),
    ("Missing the key ", &["Item"]),
    ("Query condition missed key schema element", &["KeyConditionExpression"]),
    ("Query key condition not supported", &["KeyConditionExpression"]),
    ("Requested resource not found", &["TableName"]),
    ("Table already exists", &["TableName"]),
    ("Table not found", &["TableName"]),
    ("The number of conditions on the keys is invalid", &["Key"]),
    ("The provided key element does not match the schema", &["Key"]),
    ("The provided starting key", &["ExclusiveStartKey"]),
    ("The table does not have the specified index", &["IndexName"]),
    ("Type mismatch for key ", &["Item", "Key"]),
];

/// A member that an error means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// The way to it: `AttributeDefinitions[0].AttributeName`, elements counted from 0.
    pub path: String,
    /// Its place in the body as written, or that of what it is absent from.
    pub position: Position,
    /// Whether the body has it.
    pub is_present: bool,
}

impl fmt::Display for Member {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, position, is_present } = self;
        if *is_present {
            write!(formatter, "{path} at {position}")
        } else {
            write!(formatter, "{path}, absent from what begins at {position}")
        }
    }
}

/// The members that the message means, in the order in which it names them, each once.
pub(crate) fn members(body: &Body, message: &str) -> Vec<Member> {
    let tree = body.tree();
    let search = Search { text: body.text(), root: tree.as_ref() };
    let paths = constraint_paths(message).take(NAMES_MAX);
    let mut found: Vec<Member> = paths.map(|path| search.at(path)).collect();
    let words = || words(message).take(NAMES_MAX);
    if found.is_empty() {
        found.extend(words().filter_map(|word| search.placeholder(word)));
    }
    if found.is_empty() {
        found.extend(required(message).map(|name| search.at(name)));
        found.extend(words().filter_map(|word| search.named(word)));
    }
    if found.is_empty() {
        let unnamed = UNNAMED.iter().filter(|(part, _)| message.contains(part));
        found.extend(unnamed.flat_map(|(_, names)| *names).filter_map(|name| search.named(name)));
    }
    let mut once: Vec<Member> = Vec::new();
    for member in found {
        if !once.contains(&member) {
            once.push(member);
        }
    }
    once
}

/// The place of the element of a list at the top of the body.
pub(crate) fn element<'a>(
    body: &Body,
    tree: &'a Value<'a>,
    list: &str,
    index: usize,
) -> Option<(&'a Value<'a>, Position)> {
    let element = tree.as_object()?.get_array(list)?.elements.get(index)?;
    Some((element, Position::of(body.text(), element.start())))
}

/// The paths in `Value '…' at 'PATH' failed to satisfy constraint: …`. The value is the user's and
/// may hold anything, quotes included, so a path is what stands closest before the fixed words.
fn constraint_paths(message: &str) -> impl Iterator<Item = &str> {
    let parts: Vec<&str> = message.split("' failed to satisfy constraint").collect();
    let count = parts.len().saturating_sub(1);
    parts.into_iter().take(count).filter_map(|part| part.rsplit_once(" at '").map(|(_, path)| path))
}

/// The name in `The parameter 'NAME' is required …`.
fn required(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("parameter '")?;
    let (name, rest) = rest.split_once('\'')?;
    rest.starts_with(" is required").then_some(name)
}

/// The words of a message that may be names, without the marks around them.
fn words(message: &str) -> impl Iterator<Item = &str> {
    message
        .split(|character: char| !(character.is_alphanumeric() || "_:#-.".contains(character)))
        .map(|word| word.trim_end_matches(['.', ':', '-']))
        .filter(|word| !word.is_empty())
}

/// A body in which members are looked for.
#[derive(Clone, Copy)]
struct Search<'a> {
    text: &'a str,
    /// The body's object; `None` for an empty body.
    root: Option<&'a Value<'a>>,
}

/// One step of a path: what it leads to, where that begins, and its name for the user.
struct Step<'a, 'p> {
    value: &'a Value<'a>,
    offset: usize,
    shown: String,
    rest: &'p str,
}

impl Search<'_> {
    /// The member at a path of the service: as far as the body has it, then as it would be.
    fn at(self, path: &str) -> Member {
        let mut shown = String::new();
        let mut offset = self.root.map_or(0, Ranged::start);
        let mut value = self.root;
        let mut rest = path;
        while let Some(step) = value.and_then(|value| step(value, rest)) {
            join(&mut shown, &step.shown);
            (offset, value, rest) = (step.offset, Some(step.value), step.rest);
        }
        for segment in rest.split('.').filter(|segment| !matches!(*segment, "" | "member")) {
            join(&mut shown, &absent(segment));
        }
        let is_present = matches!(rest, "" | "member");
        Member { path: shown, position: Position::of(self.text, offset), is_present }
    }

    /// The member of this name: at the top, or anywhere where there is only one.
    fn named(self, name: &str) -> Option<Member> {
        let root = self.root?;
        let mut found = Vec::new();
        collect(root, name, "", &mut found);
        let at_top = found.iter().find(|(path, _)| path == name);
        let only = if let [only] = found.as_slice() { Some(only) } else { None };
        let (path, offset) = at_top.or(only)?;
        let position = Position::of(self.text, *offset);
        Some(Member { path: path.clone(), position, is_present: true })
    }

    /// The definition of `#name` or `:value`.
    fn placeholder(self, word: &str) -> Option<Member> {
        let object = self.root?.as_object().filter(|_| word.starts_with([':', '#']))?;
        PLACEHOLDERS.iter().find_map(|parameter| {
            let defined = object.get_object(parameter)?.get(word)?;
            Some(Member {
                path: format!("{parameter}.{word}"),
                position: Position::of(self.text, defined.start()),
                is_present: true,
            })
        })
    }
}

/// Follows the first part of a path. A list's elements and a map's values are led to by a part
/// `member` more, which is in no body.
fn step<'a, 'p>(value: &'a Value<'a>, path: &'p str) -> Option<Step<'a, 'p>> {
    direct(value, path).or_else(|| direct(value, path.strip_prefix("member.")?))
}

fn direct<'a, 'p>(value: &'a Value<'a>, path: &'p str) -> Option<Step<'a, 'p>> {
    match value {
        Value::Object(object) => property(&object.properties, path),
        Value::Array(array) => {
            let (number, rest) = path.split_once('.').unwrap_or((path, ""));
            // The service counts from 1.
            let index = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            index.and_then(|index| {
                let value = array.elements.get(index)?;
                Some(Step { value, offset: value.start(), shown: format!("[{index}]"), rest })
            })
        }
        Value::StringLit(_)
        | Value::NumberLit(_)
        | Value::BooleanLit(_)
        | Value::NullKeyword(_) => None,
    }
}

/// Follows the name of a member, the longest that fits: a map's keys may have points in them.
fn property<'a, 'p>(members: &'a [ObjectProp<'a>], path: &'p str) -> Option<Step<'a, 'p>> {
    let fitting = members.iter().filter_map(|member| {
        let rest = without_name(path, member.name.as_str())?;
        Some((member, rest))
    });
    let (member, rest) = fitting.max_by_key(|(member, _)| member.name.as_str().len())?;
    let shown = member.name.as_str().to_owned();
    Some(Step { value: &member.value, offset: member.start(), shown, rest })
}

/// The path after a member's name, whose first letter the service writes small.
fn without_name<'p>(path: &'p str, name: &str) -> Option<&'p str> {
    let (start, rest) = path.split_at_checked(name.len())?;
    let (mut one, mut other) = (start.chars(), name.chars());
    let is_first_alike = one.next()?.eq_ignore_ascii_case(&other.next()?);
    if !is_first_alike || one.as_str() != other.as_str() {
        return None;
    }
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('.') }
}

/// A part of a path that the body lacks, as a body would have it.
fn absent(segment: &str) -> String {
    if let Some(index) = segment.parse::<usize>().ok().and_then(|number| number.checked_sub(1)) {
        return format!("[{index}]");
    }
    let mut characters = segment.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

fn join(path: &mut String, part: &str) {
    if !path.is_empty() && !part.starts_with('[') {
        path.push('.');
    }
    path.push_str(part);
}

/// Every member of this name outside the user's own data: its path and where it begins.
fn collect(value: &Value<'_>, name: &str, path: &str, found: &mut Vec<(String, usize)>) {
    let below = |part: &str| {
        let mut path = path.to_owned();
        join(&mut path, part);
        path
    };
    match value {
        Value::Object(object) => {
            for member in &object.properties {
                let member_name = member.name.as_str();
                let path = below(member_name);
                if member_name == name {
                    found.push((path.clone(), member.start()));
                }
                if !USER_DATA.contains(&member_name) {
                    collect(&member.value, name, &path, found);
                }
            }
        }
        Value::Array(array) => {
            for (index, element) in array.elements.iter().enumerate() {
                collect(element, name, &below(&format!("[{index}]")), found);
            }
        }
        Value::StringLit(_)
        | Value::NumberLit(_)
        | Value::BooleanLit(_)
        | Value::NullKeyword(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(body: &str, message: &str, expected: &[&str]) {
        let body = Body::parse(body).unwrap();
        let found: Vec<String> = members(&body, message).iter().map(ToString::to_string).collect();
        assert_eq!(found, expected, "{message}");
    }

    const TABLE: &str = r#"{
  "TableName": "a", // too short
  "AttributeDefinitions": [
    {"AttributeName": "id", "AttributeType": "X"},
    {"AttributeType": "S"}
  ],
  "Tags": [{"Key": "", "Value": "one"}]
}"#;

    #[test]
    fn a_path_of_the_service_leads_to_the_member_as_written() {
        let constraint =
            "failed to satisfy constraint: Member must have length greater than or equal to 3";
        check(
            TABLE,
            &format!("1 validation error detected: Value 'a' at 'tableName' {constraint}"),
            &["TableName at line 2, column 3"],
        );
        check(
            TABLE,
            &format!("Value 'X' at 'attributeDefinitions.1.member.attributeType' {constraint}"),
            &["AttributeDefinitions[0].AttributeType at line 4, column 29"],
        );
        check(
            TABLE,
            &format!(
                "2 validation errors detected: Value 'it's at 'b'' at 'tags.1.member.key' \
                 {constraint}; Value null at 'attributeDefinitions.2.member.attributeName' {constraint}"
            ),
            &[
                "Tags[0].Key at line 7, column 13",
                "AttributeDefinitions[1].AttributeName, absent from what begins at line 5, column 5",
            ],
        );
    }

    #[test]
    fn a_map_has_keys_with_points_and_values_called_member() {
        let body = r#"{"RequestItems": {"a.b": [{"PutRequest": {}}], "member": []}}"#;
        let at = |path: &str| format!("Value null at '{path}' failed to satisfy constraint: x");
        check(
            body,
            &at("requestItems.a.b.member.1.member.putRequest.item"),
            &["RequestItems.a.b[0].PutRequest.Item, absent from what begins at line 1, column 28"],
        );
        check(body, &at("requestItems.a.b.member"), &["RequestItems.a.b at line 1, column 19"]);
        check(body, &at("requestItems.member"), &["RequestItems.member at line 1, column 48"]);
        check(
            "",
            &at("keySchema.1.member.keyType"),
            &["KeySchema[0].KeyType, absent from what begins at line 1, column 1"],
        );
    }

    #[test]
    fn a_required_parameter_is_absent_from_the_body() {
        check(
            " {}",
            "The parameter 'TableName' is required but was not present in the request",
            &["TableName, absent from what begins at line 1, column 2"],
        );
    }

    const UPDATE: &str = r#"{
  "TableName": "users", "Key": {"id": {"S": "1"}, "Item": {"S": "2"}},
  "UpdateExpression": "SET a = :a", "ConditionExpression": "b = :b",
  "ExpressionAttributeValues": {":a": {}, ":b": {"N": "1"}}
}"#;

    #[test]
    fn a_parameter_named_in_a_sentence_is_found() {
        check(
            UPDATE,
            "Invalid UpdateExpression: Syntax error; token: \"=\", near: \"a =\"",
            &["UpdateExpression at line 3, column 3"],
        );
        check(
            UPDATE,
            "Can not use both parameters: {UpdateExpression, ConditionExpression}",
            &["UpdateExpression at line 3, column 3", "ConditionExpression at line 3, column 37"],
        );
        check(UPDATE, "Item of no parameter is too large", &[]);
        check(UPDATE, "Something else went wrong", &[]);
    }

    #[test]
    fn a_placeholder_named_in_a_sentence_is_the_closer_place() {
        check(
            UPDATE,
            "ExpressionAttributeValues contains invalid value: Supplied AttributeValue is empty, \
             must contain exactly one of the supported datatypes for key :a",
            &["ExpressionAttributeValues.:a at line 4, column 33"],
        );
        check(
            UPDATE,
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:a, :b}",
            &[
                "ExpressionAttributeValues.:a at line 4, column 33",
                "ExpressionAttributeValues.:b at line 4, column 43",
            ],
        );
        check(
            UPDATE,
            "Invalid ConditionExpression: An expression attribute value used in expression is not \
             defined; attribute value: :c",
            &["ConditionExpression at line 3, column 37"],
        );
    }

    #[test]
    fn a_message_without_a_name_still_means_a_member() {
        check(
            UPDATE,
            "The provided key element does not match the schema",
            &["Key at line 2, column 25"],
        );
        check(
            UPDATE,
            "One or more parameter values were invalid: Type mismatch for key id expected: N actual: S",
            &["Key at line 2, column 25"],
        );
        check(UPDATE, "Requested resource not found", &["TableName at line 2, column 3"]);
    }

    #[test]
    fn a_name_below_the_top_is_meant_only_where_it_is_the_only_one() {
        let one = r#"{"TransactItems": [{"Put": {"ConditionExpression": "x"}}]}"#;
        let two = r#"{"TransactItems": [
            {"Put": {"ConditionExpression": "x"}}, {"Put": {"ConditionExpression": "y"}}]}"#;
        let message = "Invalid ConditionExpression: Syntax error; token: \"<EOF>\"";
        check(one, message, &["TransactItems[0].Put.ConditionExpression at line 1, column 29"]);
        check(two, message, &[]);
    }

    proptest! {
        #[test]
        fn any_message_is_taken(message in "(at '|' failed to satisfy constraint|[a-z:.'é]|1|member|\\.){0,20}") {
            members(&Body::parse(TABLE).unwrap(), &message);
        }
    }
}
