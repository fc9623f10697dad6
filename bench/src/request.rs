//! Requests that are ready to be sent, and the replies they should get.

use memchr::memmem;

use crate::call::{Call, Expected};
use crate::reply::Reply;
use crate::signature::Signer;

/// A signed HTTP request.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) bytes: Vec<u8>,
    expected: Expected,
}

/// What is compared of replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Checks {
    /// Status and body.
    Whole,
    /// The status alone: the bare server has one body for all.
    Status,
}

impl Request {
    /// The request that makes `call` at the server named `host`.
    pub(crate) fn new(signer: &Signer, host: &str, call: Call) -> Self {
        let target = format!("DynamoDB_20120810.{}", call.operation);
        let headers = [
            ("content-type", "application/x-amz-json-1.0"),
            ("host", host),
            ("x-amz-date", signer.time()),
            ("x-amz-target", &target),
        ];
        let authorization = signer.authorization(&headers, call.body.as_bytes());
        let length = call.body.len().to_string();
        let unsigned = [("content-length", &*length), ("authorization", &*authorization)];
        let mut text = String::from("POST / HTTP/1.1\r\n");
        for (name, value) in headers.into_iter().chain(unsigned) {
            text.extend([name, ": ", value, "\r\n"]);
        }
        text.extend(["\r\n", &call.body]);
        Self { bytes: text.into_bytes(), expected: call.expected }
    }

    pub(crate) fn is_answered_by(&self, reply: &Reply<'_>, checks: Checks) -> bool {
        reply.status == 200
            && match checks {
                Checks::Whole => is_met(&self.expected, &reply.body),
                Checks::Status => true,
            }
    }
}

/// Looks for text, which is cheap, and relies on servers to write no spaces between JSON's tokens.
fn is_met(expected: &Expected, body: &[u8]) -> bool {
    let holds = |text: &str| memmem::find(body, text.as_bytes()).is_some();
    match expected {
        Expected::Success => body.starts_with(b"{"),
        Expected::Item { partition, sort } => holds(partition) && holds(sort),
        Expected::Count(count) => {
            holds(&format!(r#""Count":{count},"#)) || holds(&format!(r#""Count":{count}}}"#))
        }
        Expected::Page => {
            holds(r#""Items":["#) && (holds(r#""Items":[{"#) || !holds("LastEvaluatedKey"))
        }
        Expected::Batch(count) => {
            let items = memmem::find_iter(body, r#""pk":{"S":"#).count();
            holds(r#""UnprocessedKeys":{}"#) && items == *count
        }
        Expected::AllWritten => holds(r#""UnprocessedItems":{}"#),
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::signature::Identity;

    fn request(expected: Expected) -> Request {
        let identity = Identity {
            access_key: "key".to_owned(),
            secret_key: "secret".to_owned(),
            region: "us-east-1".to_owned(),
        };
        let signer = Signer::new(&identity, "dynamodb", UNIX_EPOCH);
        let call = Call { operation: "ListTables", body: "{}".to_owned(), expected };
        Request::new(&signer, "127.0.0.1:8000", call)
    }

    #[track_caller]
    fn check(expected: Expected, body: &str, is_met: bool) {
        let request = request(expected);
        let reply = |status| Reply { status, body: Cow::Borrowed(body.as_bytes()) };
        assert_eq!(request.is_answered_by(&reply(200), Checks::Whole), is_met, "{body}");
        assert!(request.is_answered_by(&reply(200), Checks::Status));
        assert!(!request.is_answered_by(&reply(400), Checks::Whole));
        assert!(!request.is_answered_by(&reply(400), Checks::Status));
    }

    #[test]
    fn a_request_says_how_long_it_is_and_who_sent_it() {
        let text = String::from_utf8(request(Expected::Success).bytes).unwrap();
        assert!(
            text.starts_with("POST / HTTP/1.1\r\ncontent-type: application/x-amz-json-1.0\r\n")
        );
        assert!(text.contains("\r\nx-amz-target: DynamoDB_20120810.ListTables\r\n"));
        assert!(text.contains("\r\ncontent-length: 2\r\n"));
        assert!(text.contains(
            "\r\nauthorization: AWS4-HMAC-SHA256 \
             Credential=key/19700101/us-east-1/dynamodb/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature="
        ));
        assert!(text.ends_with("\r\n\r\n{}"));
    }

    #[test]
    fn an_item_is_known_by_its_key() {
        let expected = || Expected::Item {
            partition: r#""pk":{"S":"p1"}"#.into(),
            sort: r#""sk":{"N":"2"}"#.into(),
        };
        check(expected(), r#"{"Item":{"sk":{"N":"2"},"pk":{"S":"p1"}}}"#, true);
        check(expected(), r#"{"Item":{"sk":{"N":"3"},"pk":{"S":"p1"}}}"#, false);
        check(expected(), "{}", false);
    }

    #[test]
    fn counts_are_compared_whole() {
        check(Expected::Count(25), r#"{"Count":25,"Items":[]}"#, true);
        check(Expected::Count(25), r#"{"Items":[],"Count":25}"#, true);
        check(Expected::Count(25), r#"{"Items":[],"Count":250,"ScannedCount":25}"#, false);
    }

    #[test]
    fn a_page_holds_items_but_for_the_last() {
        check(Expected::Page, r#"{"Items":[{"pk":{"S":"a"}}],"Count":1}"#, true);
        check(Expected::Page, r#"{"Items":[],"Count":0}"#, true);
        check(Expected::Page, r#"{"Items":[],"LastEvaluatedKey":{"pk":{"S":"a"}}}"#, false);
    }

    #[test]
    fn a_batch_leaves_nothing_over() {
        let one = r#"{"Responses":{"bench":[{"pk":{"S":"p1"}}]},"UnprocessedKeys":{}}"#;
        check(Expected::Batch(1), one, true);
        check(Expected::Batch(2), one, false);
        check(Expected::Batch(1), r#"{"Responses":{"bench":[{"pk":{"S":"p1"}}]}}"#, false);
        check(Expected::AllWritten, r#"{"UnprocessedItems":{}}"#, true);
        check(Expected::AllWritten, r#"{"UnprocessedItems":{"bench":[]}}"#, false);
    }
}
