//! Hostile requests: whatever is asked in whatever order is done or refused, and leaves what is stored in
//! agreement with itself.

#![expect(clippy::unwrap_used, reason = "a test that fails here has failed")]

use std::sync::Arc;

use pixii_database::{Api, Call, Clock, Database, Error, Options, find};
use storage::Store;
use types::json::Json;

/// The most requests of one input.
const REQUESTS_MAX: usize = 20;
/// The longest message that a refusal may have, in bytes: it repeats only so much of a request.
const MESSAGE_BYTES_MAX: usize = 100_000;

/// Tables with all kinds of keys and indexes, and some items, so that requests get far.
const SET_UP: &[(&str, &str)] = &[
    (
        "CreateTable",
        r#"{"TableName":"plain","BillingMode":"PAY_PER_REQUEST",
            "AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],
            "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]}"#,
    ),
    (
        "CreateTable",
        r#"{"TableName":"full","BillingMode":"PAY_PER_REQUEST",
            "AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},
                {"AttributeName":"sk","AttributeType":"N"},{"AttributeName":"b","AttributeType":"B"},
                {"AttributeName":"a","AttributeType":"S"}],
            "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],
            "LocalSecondaryIndexes":[{"IndexName":"local","Projection":{"ProjectionType":"KEYS_ONLY"},
                "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"b","KeyType":"RANGE"}]}],
            "GlobalSecondaryIndexes":[{"IndexName":"global","Projection":{"ProjectionType":"ALL"},
                "KeySchema":[{"AttributeName":"a","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}]}]}"#,
    ),
    (
        "PutItem",
        r#"{"TableName":"plain","Item":{"pk":{"S":"a"},"n":{"N":"1"},"l":{"L":[{"N":"1"},{"S":"b"}]},
            "m":{"M":{"k":{"SS":["a","b"]}}},"ttl":{"N":"1700000500"}}}"#,
    ),
    (
        "PutItem",
        r#"{"TableName":"full","Item":{"pk":{"S":"a"},"sk":{"N":"1"},"b":{"B":"AAEC"},"a":{"S":"x"}}}"#,
    ),
    ("PutItem", r#"{"TableName":"full","Item":{"pk":{"S":"a"},"sk":{"N":"-2"},"b":{"B":"/w=="}}}"#),
];

/// A time that stands still.
struct Noon;

impl Clock for Noon {
    fn now_ms(&self) -> u64 {
        1_700_000_000_123
    }
}

/// Asks for what a line says: an operation's name, a blank, and the request's JSON. Whether it was done.
async fn ask(database: &Database, operation: &str, body: &[u8]) -> bool {
    let row = find(Api::DynamoDb, operation).or_else(|| find(Api::Streams, operation));
    let (Some(row), Ok(json)) = (row, Json::parse(body)) else { return false };
    let call = Call {
        account: "123456789012".into(),
        region: "eu-west-1".into(),
        host: "localhost:8000".into(),
    };
    let reply = database.run(row, &call, &json).await;
    match &reply {
        Ok(reply) => {
            serde_json::from_slice::<serde::de::IgnoredAny>(reply).unwrap();
        }
        Err(error) => {
            let is_ours =
                matches!(error, Error::Internal(_) | Error::WriteFailed | Error::RefusingWrites);
            assert!(!is_ours, "{operation}: {error:?}");
            assert!(error.to_string().len() < MESSAGE_BYTES_MAX, "{operation}: a long message");
        }
    }
    reply.is_ok()
}

#[test]
fn requests_are_done_or_refused_and_what_is_stored_agrees_with_itself() {
    fuzz::target("request", 3_000, |bytes| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let database = Database::new(Store::in_memory(), Arc::new(Noon), Options::default());
            for (operation, body) in SET_UP {
                assert!(ask(&database, operation, body.as_bytes()).await, "{operation}");
            }
            for line in bytes.split(|byte| *byte == b'\n').take(REQUESTS_MAX) {
                let at = line.iter().position(|byte| *byte == b' ').unwrap_or(line.len());
                let (operation, body) = line.split_at(at);
                ask(&database, &String::from_utf8_lossy(operation), body).await;
            }
            database.expire().await.unwrap();
            database.tidy().await.unwrap();
            // Indexes that are filled and what is cleared are done in between.
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            let report = database.check().await.unwrap();
            assert_eq!(report.fault_count, 0, "{:?}", report.faults);
        });
    });
}
