//! A database in memory, asked with requests as JSON; replies come as JSON or as an error's text.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use pixii_database::{Api, Call, Clock, Database, Error, Options, find};
use serde_json::{Value, json};
use storage::{RangeQuery, Reads, Store};
use types::json::Json;

/// When the clock of a service begins.
pub(crate) const NOON_MS: u64 = 1_700_000_000_123;

/// A time that a test sets.
pub(crate) struct Now(pub(crate) AtomicU64);

impl Clock for Now {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

pub(crate) struct Service {
    pub(crate) store: Store,
    pub(crate) database: Database,
    pub(crate) now: Arc<Now>,
}

/// How often something that happens behind the scenes is looked for.
const LOOKS_MAX: usize = 100_000;

/// Lets what happens behind the scenes go on until something holds.
pub(crate) async fn eventually(holds: impl AsyncFn() -> bool, what: &str) {
    for _ in 0..LOOKS_MAX {
        if holds().await {
            return;
        }
        tokio::task::yield_now().await;
    }
    assert!(holds().await, "it never happened: {what}");
}

pub(crate) fn caller(account: &str, region: &str) -> Call {
    Call { account: account.into(), region: region.into(), host: "localhost:8000".into() }
}

impl Service {
    /// A service with nothing in it, and no options.
    pub(crate) fn new() -> Self {
        Self::over(Store::in_memory(), Options::default())
    }

    /// A service on what another left.
    pub(crate) fn over(store: Store, options: Options) -> Self {
        let now = Arc::new(Now(NOON_MS.into()));
        let clock = Arc::clone(&now) as Arc<dyn Clock>;
        Self { database: Database::new(store.clone(), clock, options), store, now }
    }

    pub(crate) async fn ask_as(
        &self,
        call: &Call,
        name: &str,
        body: &Value,
    ) -> Result<Value, Error> {
        let row = find(Api::DynamoDb, name).or_else(|| find(Api::Streams, name)).unwrap();
        let body = body.to_string();
        let reply = self.database.run(row, call, &Json::parse(body.as_bytes()).unwrap()).await?;
        Ok(serde_json::from_slice(&reply).unwrap())
    }

    pub(crate) async fn ask(&self, name: &str, body: &Value) -> Result<Value, Error> {
        self.ask_as(&caller("123456789012", "eu-west-1"), name, body).await
    }

    pub(crate) async fn ok(&self, name: &str, body: Value) -> Value {
        self.ask(name, &body).await.unwrap()
    }

    pub(crate) async fn refused(&self, name: &str, body: Value) -> String {
        self.ask(name, &body).await.unwrap_err().to_string()
    }

    /// How many keys there are in the family that begins with a byte.
    pub(crate) async fn count(&self, family: u8) -> usize {
        let query = RangeQuery {
            start: vec![family].into(),
            end: vec![family + 0x10].into(),
            reverse: false,
            entries_max: 1000,
            bytes_max: usize::MAX,
            fill_cache: false,
        };
        self.store.view(Reads::One).await.unwrap().range(&query).await.unwrap().entries.len()
    }
}

pub(crate) fn with(mut body: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

pub(crate) fn key(elements: &[(&str, &str)]) -> Value {
    let element = |(name, kind): &(&str, &str)| json!({"AttributeName": name, "KeyType": kind});
    elements.iter().map(element).collect()
}

pub(crate) fn attributes(names: &[&str]) -> Value {
    names.iter().map(|name| json!({"AttributeName": name, "AttributeType": "S"})).collect()
}

pub(crate) fn units(read: i64, write: i64) -> Value {
    json!({"ReadCapacityUnits": read, "WriteCapacityUnits": write})
}

pub(crate) fn index(name: &str, elements: &[(&str, &str)]) -> Value {
    json!({"IndexName": name, "KeySchema": key(elements), "Projection": {"ProjectionType": "ALL"}})
}
