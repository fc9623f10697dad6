//! A service at hand: requests as JSON in, replies as JSON or an error out, at a time that the test sets.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use pixii_database::{Api, Call, Clock, Database, Error, Options, find};
use serde_json::{Value, json};
use storage::Store;
use types::json::Json;

/// A noon in November 2023.
pub(crate) const NOW_MS: u64 = 1_700_049_600_000;

struct Now(AtomicU64);

impl Clock for Now {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

pub(crate) struct Service {
    database: Database,
}

impl Service {
    pub(crate) fn new(options: Options) -> Self {
        let clock = Arc::new(Now(NOW_MS.into()));
        Self { database: Database::new(Store::in_memory(), clock, options) }
    }

    pub(crate) async fn ask(&self, name: &str, body: Value) -> Result<Value, Error> {
        let call = Call {
            account: "123456789012".into(),
            region: "eu-west-1".into(),
            host: "localhost:8000".into(),
        };
        let body = body.to_string();
        let row = find(Api::DynamoDb, name).unwrap();
        let reply = self.database.run(row, &call, &Json::parse(body.as_bytes()).unwrap()).await?;
        Ok(serde_json::from_slice(&reply).unwrap())
    }

    pub(crate) async fn ok(&self, name: &str, body: Value) -> Value {
        self.ask(name, body).await.unwrap()
    }

    /// Makes the table of that name, with what differs, and gives its description in the reply.
    pub(crate) async fn create(&self, changes: Value) -> Value {
        self.ok("CreateTable", with(films(), changes)).await["TableDescription"].take()
    }
}

pub(crate) fn with(mut body: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

pub(crate) fn attributes(names: &[&str]) -> Value {
    names.iter().map(|name| json!({"AttributeName": name, "AttributeType": "S"})).collect()
}

/// An on-demand table with a sort key.
pub(crate) fn films() -> Value {
    json!({
        "TableName": "films",
        "AttributeDefinitions": attributes(&["title", "year"]),
        "KeySchema": [
            {"AttributeName": "title", "KeyType": "HASH"},
            {"AttributeName": "year", "KeyType": "RANGE"},
        ],
        "BillingMode": "PAY_PER_REQUEST",
    })
}
