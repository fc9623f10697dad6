//! What the tests of settings ask of a service.

use std::sync::atomic::Ordering;

use pixii_database::Options;
use serde_json::{Value, json};
use storage::Store;

pub(crate) use crate::base::{Service, attributes, units, with};

/// A noon in November 2023.
pub(crate) const NOW_MS: u64 = 1_700_049_600_000;
pub(crate) const HOUR_MS: u64 = 3_600_000;
pub(crate) const DAY_MS: u64 = 24 * HOUR_MS;

impl Service {
    /// A service at noon.
    pub(crate) fn holding(options: Options) -> Self {
        let service = Self::over(Store::in_memory(), options);
        service.now.0.store(NOW_MS, Ordering::Relaxed);
        service
    }

    /// One that holds no quotas.
    pub(crate) fn free() -> Self {
        Self::holding(Options::default())
    }

    pub(crate) fn pass(&self, time_ms: u64) {
        self.now.0.fetch_add(time_ms, Ordering::Relaxed);
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

pub(crate) fn invalid(rest: &str) -> String {
    format!("One or more parameter values were invalid: {rest}")
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
