//! What the service says: a success, or the refusal with the member that it means.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use jsonc_parser::ast::{Object, Value};
use serde::Serialize;

use crate::body::{Body, Position};
use crate::error::Error;
use crate::json::{self, Layout, Leniency};
use crate::member::{self, Member};

/// The most of an answer that is no `DynamoDB`'s to show, in characters.
const BEGINNING_CHARACTERS_MAX: usize = 200;

/// The most entries of a transaction whose reasons are read: the service takes no more.
const REASONS_MAX: usize = 100;

/// The lists whose entries a cancelled transaction gives its reasons for, one each.
const TRANSACTION_LISTS: &[&str] = &["TransactItems", "TransactStatements"];

/// What the service says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// It did as asked.
    Success(Success),
    /// It did not, and says why.
    Refusal(Refusal),
}

/// The reply to what was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Success {
    /// The service's name for this request.
    pub request_id: Option<String>,
    /// The body as it came.
    pub bytes: Bytes,
    /// The body laid out for reading, numbers and the order of members as they came.
    pub pretty: String,
}

/// The reply to what was not done. Its `Display` form says all of it, over several lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The service's name for this request.
    #[serde(skip)]
    pub request_id: Option<String>,
    /// The exception's name without its prefix: `ValidationException`.
    pub exception: String,
    /// The service's own words; empty where it has none.
    pub message: String,
    /// The members of the body that the message means, as far as it can be told.
    pub members: Vec<Member>,
    /// Why a transaction was cancelled: the entries that had a part in it, in their order.
    pub cancellations: Vec<Cancellation>,
    /// The body as it came.
    #[serde(skip)]
    pub bytes: Bytes,
}

/// The reason that one entry of a transaction gave for its cancellation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cancellation {
    /// The entry's place in the request, counted from 0.
    pub index: usize,
    /// The entry as written: `TransactItems[1].Put of users`.
    pub entry: String,
    /// Its place in the body, where the body has it.
    pub position: Option<Position>,
    /// The service's word for the reason: `ConditionalCheckFailed`.
    pub code: String,
    /// The service's sentence on it; empty where it has none.
    pub message: String,
    /// The item that was in the way, in JSON, where the request asked for it.
    pub item: Option<String>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} (status {})", self.exception, self.status)?;
        if !self.message.is_empty() {
            write!(formatter, ": {}", self.message)?;
        }
        for member in &self.members {
            write!(formatter, "\n  {member}")?;
        }
        for cancellation in &self.cancellations {
            write!(formatter, "\n  {cancellation}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Cancellation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.entry)?;
        if let Some(position) = self.position {
            write!(formatter, " at {position}")?;
        }
        write!(formatter, ": {}", self.code)?;
        if !self.message.is_empty() {
            write!(formatter, ": {}", self.message)?;
        }
        if let Some(item) = &self.item {
            write!(formatter, "\n    the item is {item}")?;
        }
        Ok(())
    }
}

/// What came over HTTP, whole.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Host and port of who answered, for the user.
    pub address: String,
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub bytes: Bytes,
}

impl Answer {
    /// A header's text; empty without one.
    fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// What the answer to a query with this body says.
pub(crate) fn read(answer: Answer, body: &Body) -> Result<Reply, Error> {
    if answer.status.is_redirection() {
        let location = answer.header(header::LOCATION).to_owned();
        return Err(Error::Redirect { address: answer.address, location });
    }
    verify_checksum(&answer)?;
    let Ok(text) = std::str::from_utf8(&answer.bytes) else { return Err(not_dynamodb(&answer)) };
    let tree = json::parse(text, Leniency::Strict).ok().flatten();
    let Some(Value::Object(object)) = &tree else { return Err(not_dynamodb(&answer)) };
    let request_id = Some(answer.header("x-amzn-requestid").to_owned()).filter(|id| !id.is_empty());
    if answer.status.is_success() {
        let pretty = tree.as_ref().map(|tree| json::text(tree, Layout::Pretty)).unwrap_or_default();
        return Ok(Reply::Success(Success { request_id, bytes: answer.bytes.clone(), pretty }));
    }
    let Some(exception) = exception(&answer, object) else { return Err(not_dynamodb(&answer)) };
    let message = string(object, "message").or_else(|| string(object, "Message"));
    let message = message.unwrap_or_default();
    Ok(Reply::Refusal(Refusal {
        status: answer.status.as_u16(),
        request_id,
        exception,
        members: member::members(body, &message),
        message,
        cancellations: cancellations(object, body),
        bytes: answer.bytes.clone(),
    }))
}

/// Compares the checksum that the service sends with what came.
fn verify_checksum(answer: &Answer) -> Result<(), Error> {
    let expected = answer.header("x-amz-crc32");
    let actual = crc32fast::hash(&answer.bytes);
    if expected.is_empty() || expected.parse() == Ok(actual) {
        return Ok(());
    }
    Err(Error::Checksum { address: answer.address.clone(), expected: expected.to_owned(), actual })
}

fn not_dynamodb(answer: &Answer) -> Error {
    let text = String::from_utf8_lossy(&answer.bytes);
    Error::NotDynamoDb {
        address: answer.address.clone(),
        status: answer.status.as_u16(),
        content_type: answer.header(header::CONTENT_TYPE).to_owned(),
        beginning: text.trim_start().chars().take(BEGINNING_CHARACTERS_MAX).collect(),
    }
}

/// The exception's name, from the body or from the header, without what stands around it:
/// `com.amazonaws.dynamodb.v20120810#ValidationException`, `ValidationException:http://…`.
fn exception(answer: &Answer, object: &Object<'_>) -> Option<String> {
    let name =
        string(object, "__type").unwrap_or_else(|| answer.header("x-amzn-errortype").to_owned());
    let name = name.rsplit_once('#').map_or(name.as_str(), |(_, name)| name);
    let name = name.split_once(':').map_or(name, |(name, _)| name);
    (!name.is_empty()).then(|| name.to_owned())
}

fn string(object: &Object<'_>, name: &str) -> Option<String> {
    object.get_string(name).map(|literal| literal.value.clone().into_owned())
}

/// The reasons beside the entries that gave them. Entries without a part in it say `None`.
fn cancellations(object: &Object<'_>, body: &Body) -> Vec<Cancellation> {
    let Some(reasons) = object.get_array("CancellationReasons") else { return Vec::new() };
    let tree = body.tree();
    let reasons = reasons.elements.iter().take(REASONS_MAX).enumerate();
    reasons
        .filter_map(|(index, reason)| {
            let reason = reason.as_object()?;
            let code = string(reason, "Code").filter(|code| code != "None")?;
            let (entry, position) = entry(body, tree.as_ref(), index);
            let message = string(reason, "Message").unwrap_or_default();
            let item = reason.get("Item").map(|item| json::text(&item.value, Layout::Compact));
            Some(Cancellation { index, entry, position, code, message, item })
        })
        .collect()
}

/// The entry of the transaction for the user, and its place.
fn entry(body: &Body, tree: Option<&Value<'_>>, index: usize) -> (String, Option<Position>) {
    let found = TRANSACTION_LISTS.iter().find_map(|list| {
        let (element, position) = member::element(body, tree?, list, index)?;
        Some((described(list, index, element), Some(position)))
    });
    found.unwrap_or_else(|| (format!("entry [{index}]"), None))
}

/// An entry's path, its action and the action's table: `TransactItems[1].Put of users`.
fn described(list: &str, index: usize, element: &Value<'_>) -> String {
    let mut text = format!("{list}[{index}]");
    let action = element.as_object().and_then(|object| match object.properties.as_slice() {
        [action] => Some((action.name.as_str(), action.value.as_object()?)),
        _ => None,
    });
    if let Some((name, action)) = action {
        text.push('.');
        text.push_str(name);
        if let Some(table) = string(action, "TableName") {
            text.push_str(" of ");
            text.push_str(&table);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &'static str)], body: &'static str) -> Answer {
        let headers = headers.iter().map(|(name, value)| {
            (header::HeaderName::from_static(name), header::HeaderValue::from_static(value))
        });
        Answer {
            address: "127.0.0.1:8000".to_owned(),
            status: StatusCode::from_u16(status).unwrap(),
            headers: headers.collect(),
            bytes: Bytes::from_static(body.as_bytes()),
        }
    }

    /// What is shown of an answer to a body.
    #[track_caller]
    fn check(written: &str, answer: Answer, expected: &str) {
        let shown = match read(answer, &Body::parse(written).unwrap()) {
            Ok(Reply::Success(success)) => success.pretty,
            Ok(Reply::Refusal(refusal)) => refusal.to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_success_is_laid_out_and_its_numbers_and_order_kept() {
        check(
            "",
            answer(200, &[], r#"{"b":1.50,"a":{"N":"1"},"n":12345678901234567890123}"#),
            "{\n  \"b\": 1.50,\n  \"a\": {\n    \"N\": \"1\"\n  },\n  \"n\": 12345678901234567890123\n}",
        );
        check("", answer(200, &[], "{}"), "{}");
    }

    #[test]
    fn a_success_keeps_its_bytes_and_its_request_id() {
        let answer = answer(200, &[("x-amzn-requestid", "ABC")], "{ \"a\":1 }");
        let reply = read(answer, &Body::parse("").unwrap()).unwrap();
        let Reply::Success(success) = reply else { panic!("{reply:?}") };
        assert_eq!(success.bytes, "{ \"a\":1 }");
        assert_eq!(success.request_id.as_deref(), Some("ABC"));
    }

    #[test]
    fn a_refusal_has_its_name_its_words_and_its_member() {
        check(
            "{\n  \"TableName\": \"a\"\n}",
            answer(
                400,
                &[],
                r#"{"__type":"com.amazon.coral.validate#ValidationException","message":"1 validation error detected: Value 'a' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3"}"#,
            ),
            "ValidationException (status 400): 1 validation error detected: Value 'a' at \
             'tableName' failed to satisfy constraint: Member must have length greater than or \
             equal to 3\n  TableName at line 2, column 3",
        );
        check(
            "",
            answer(400, &[], r#"{"__type":"x#AccessDeniedException","Message":"no"}"#),
            "AccessDeniedException (status 400): no",
        );
        check(
            "",
            answer(500, &[("x-amzn-errortype", "InternalServerError:http://x/")], "{}"),
            "InternalServerError (status 500)",
        );
    }

    #[test]
    fn reasons_stand_beside_their_entries() {
        let body = r#"{"TransactItems": [
  {"Delete": {"TableName": "teams"}},
  {"Put": {"TableName": "users"}},
  {"Check": 1, "Put": {}}
]}"#;
        check(
            body,
            answer(
                400,
                &[],
                r#"{"__type":"x#TransactionCanceledException","Message":"Transaction cancelled","CancellationReasons":[{"Code":"None"},{"Code":"ConditionalCheckFailed","Message":"The conditional request failed","Item":{"id":{"N":"1.50"}}},{"Code":"ThrottlingError"},{"Code":"Other"}]}"#,
            ),
            "TransactionCanceledException (status 400): Transaction cancelled\
             \n  TransactItems[1].Put of users at line 3, column 3: ConditionalCheckFailed: The \
             conditional request failed\n    the item is {\"id\":{\"N\":\"1.50\"}}\
             \n  TransactItems[2] at line 4, column 3: ThrottlingError\
             \n  entry [3]: Other",
        );
    }

    #[test]
    fn a_path_of_any_length_does_not_overflow_the_stack() {
        let path = "member.".repeat(200_000);
        let text = format!(
            r#"{{"__type":"x#T","message":"Value 'a' at '{path}a' failed to satisfy constraint"}}"#
        );
        let answer = Answer { bytes: text.into(), ..answer(400, &[], "") };
        let reply = read(answer, &Body::parse(r#"{"a": {}}"#).unwrap()).unwrap();
        let Reply::Refusal(refusal) = reply else { panic!("{reply:?}") };
        assert_eq!(refusal.members.len(), 1);
    }

    #[test]
    fn what_is_no_dynamodb_is_said_to_be_none() {
        check(
            "",
            answer(404, &[("content-type", "text/html")], "\n<html>Not here</html>"),
            "127.0.0.1:8000 is no DynamoDB: it answered status 404 with \"text/html\", beginning \
             \"<html>Not here</html>\"; check the endpoint",
        );
        check(
            "",
            answer(200, &[], "[]"),
            "127.0.0.1:8000 is no DynamoDB: it answered status 200 with \"\", beginning \"[]\"; \
             check the endpoint",
        );
        check(
            "",
            answer(401, &[("content-type", "application/json")], "{\"error\":\"who?\"}"),
            "127.0.0.1:8000 is no DynamoDB: it answered status 401 with \"application/json\", \
             beginning \"{\\\"error\\\":\\\"who?\\\"}\"; check the endpoint",
        );
        check(
            "",
            answer(302, &[("location", "https://x/login")], ""),
            "127.0.0.1:8000 is no DynamoDB: it leads to \"https://x/login\"; check the endpoint",
        );
    }

    #[test]
    fn a_checksum_is_compared_where_there_is_one() {
        check("", answer(200, &[("x-amz-crc32", "2745614147")], "{}"), "{}");
        for announced in ["1", "x"] {
            let error =
                read(answer(200, &[("x-amz-crc32", announced)], "{}"), &Body::parse("").unwrap());
            assert!(
                matches!(error, Err(Error::Checksum { actual: 2_745_614_147, .. })),
                "{error:?}"
            );
        }
    }

    #[test]
    fn an_answer_of_any_bytes_is_a_reply_or_none() {
        fuzz::target("reply", 2_000, |bytes| {
            // The status, its headers, the query's body and the answer's, with lines of three dashes between.
            let text = String::from_utf8_lossy(bytes);
            let mut parts = text.splitn(4, "\n---\n");
            let mut next = || parts.next().unwrap_or_default();
            let status = StatusCode::from_bytes(next().as_bytes()).unwrap_or_default();
            let headers = next().lines().filter_map(|line| {
                let (name, value) = line.split_once(": ")?;
                Some((name.parse::<header::HeaderName>().ok()?, value.parse().ok()?))
            });
            let headers = headers.collect();
            let Ok(body) = Body::parse(next()) else { return };
            let bytes = Bytes::copy_from_slice(next().as_bytes());
            let answer = Answer { address: "127.0.0.1:8000".to_owned(), status, headers, bytes };
            match read(answer, &body) {
                Ok(Reply::Success(success)) => {
                    serde_json::from_str::<&serde_json::value::RawValue>(&success.pretty).unwrap();
                }
                Ok(Reply::Refusal(refusal)) => drop(refusal.to_string()),
                Err(error) => drop(error.to_string()),
            }
        });
    }
}
