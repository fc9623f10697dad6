//! A service at hand: requests as JSON in, replies as JSON or an error out, at a time that the test sets.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use pixii_database::{Api, Call, Clock, Database, Error, Options, find};
use serde_json::{Value, json};
use storage::Store;
use types::json::Json;

/// A noon in November 2023.
pub(crate) const NOW_MS: u64 = 1_700_049_600_000;
pub(crate) const HOUR_MS: u64 = 3_600_000;
pub(crate) const DAY_MS: u64 = 24 * HOUR_MS;

struct Now(AtomicU64);

impl Clock for Now {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

pub(crate) struct Service {
    pub(crate) store: Store,
    database: Database,
    now: Arc<Now>,
}

impl Service {
    pub(crate) fn new(options: Options) -> Self {
        Self::over(Store::in_memory(), options)
    }

    /// One over what another left.
    pub(crate) fn over(store: Store, options: Options) -> Self {
        let now = Arc::new(Now(NOW_MS.into()));
        let clock = Arc::clone(&now) as Arc<dyn Clock>;
        Self { database: Database::new(store.clone(), clock, options), store, now }
    }

    /// One that holds no quotas.
    pub(crate) fn free() -> Self {
        Self::new(Options::default())
    }

    pub(crate) fn pass(&self, time_ms: u64) {
        self.now.0.fetch_add(time_ms, Ordering::Relaxed);
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

    pub(crate) async fn refused(&self, name: &str, body: Value) -> String {
        self.ask(name, body).await.unwrap_err().to_string()
    }

    /// Makes the table of that name, with what differs, and gives its description in the reply.
    pub(crate) async fn create(&self, changes: Value) -> Value {
        self.ok("CreateTable", with(films(), changes)).await["TableDescription"].take()
    }

    pub(crate) async fn create_refused(&self, changes: Value) -> String {
        self.refused("CreateTable", with(films(), changes)).await
    }

    /// Changes the table, and gives its description in the reply.
    pub(crate) async fn update(&self, changes: Value) -> Value {
        let body = with(json!({"TableName": "films"}), changes);
        self.ok("UpdateTable", body).await["TableDescription"].take()
    }

    pub(crate) async fn update_refused(&self, changes: Value) -> String {
        self.refused("UpdateTable", with(json!({"TableName": "films"}), changes)).await
    }

    pub(crate) async fn describe(&self) -> Value {
        self.ok("DescribeTable", json!({"TableName": "films"})).await["Table"].take()
    }
}

pub(crate) fn with(mut body: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

pub(crate) fn invalid(rest: &str) -> String {
    format!("One or more parameter values were invalid: {rest}")
}

pub(crate) fn attributes(names: &[&str]) -> Value {
    names.iter().map(|name| json!({"AttributeName": name, "AttributeType": "S"})).collect()
}

pub(crate) fn units(read: i64, write: i64) -> Value {
    json!({"ReadCapacityUnits": read, "WriteCapacityUnits": write})
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

/// Provisioned, with so many units of each kind.
pub(crate) fn provisioned(units_each: i64) -> Value {
    json!({
        "BillingMode": "PROVISIONED",
        "ProvisionedThroughput": units(units_each, units_each),
    })
}

/// With a global index, and what else belongs to the index.
pub(crate) fn indexed(changes: Value) -> Value {
    let index = json!({
        "IndexName": "by-year",
        "KeySchema": [{"AttributeName": "year", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    });
    json!({"GlobalSecondaryIndexes": [with(index, changes)]})
}

/// An update of the index.
pub(crate) fn index_update(changes: Value) -> Value {
    let update = with(json!({"IndexName": "by-year"}), changes);
    json!({"GlobalSecondaryIndexUpdates": [{"Update": update}]})
}
