//! What is counted of tables while they are used, and told to who watches them.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "a test may panic, and its values are made in place"
)]

#[expect(dead_code, reason = "other tests ask for more")]
mod service;

use std::sync::atomic::Ordering;

use pixii_database::{ReplicationLag, ResourceFigures, TableFigures};
use serde_json::{Value, json};

use service::{NOON_MS, Service, attributes, eventually, index, key, units, with};

fn films() -> Value {
    json!({
        "TableName": "films",
        "AttributeDefinitions": attributes(&["id", "genre", "year"]),
        "KeySchema": key(&[("id", "HASH"), ("year", "RANGE")]),
        "BillingMode": "PAY_PER_REQUEST",
        "GlobalSecondaryIndexes": [index("by-genre", &[("genre", "HASH")])],
        "LocalSecondaryIndexes": [index("by-local-genre", &[("id", "HASH"), ("genre", "RANGE")])],
    })
}

fn film(id: &str) -> Value {
    json!({"id": {"S": id}, "year": {"S": "1895"}, "genre": {"S": "drama"}})
}

fn key_of(id: &str) -> Value {
    json!({"id": {"S": id}, "year": {"S": "1895"}})
}

impl Service {
    async fn with_films() -> Self {
        let service = Self::new();
        service.ok("CreateTable", films()).await;
        service
    }

    async fn on_films(&self, operation: &str, body: Value) -> Value {
        self.ok(operation, with(json!({"TableName": "films"}), body)).await
    }

    async fn films(&self) -> TableFigures {
        self.database.figures().await.unwrap().tables.remove(0)
    }
}

fn of<'a>(table: &'a TableFigures, name: &str) -> &'a ResourceFigures {
    let found = table.indexes.iter().find(|(index, _)| index == name);
    found.map(|(_, figures)| figures).unwrap()
}

/// Read and write units consumed.
#[track_caller]
fn assert_units(of: &ResourceFigures, expected: (f64, f64)) {
    assert_eq!((of.read_units, of.write_units), expected);
}

#[tokio::test]
async fn what_writes_consume_is_counted_by_table_and_global_index() {
    let service = Service::with_films().await;
    service.on_films("PutItem", json!({"Item": film("a")})).await;
    let table = service.films().await;
    // One for the item, and one for its entry in the local index.
    assert_units(&table.own, (0.0, 2.0));
    assert_units(of(&table, "by-genre"), (0.0, 1.0));
    assert_units(of(&table, "by-local-genre"), (0.0, 0.0));
    let writes = json!([
        {"PutRequest": {"Item": film("b")}},
        {"DeleteRequest": {"Key": key_of("a")}},
    ]);
    service.ok("BatchWriteItem", json!({"RequestItems": {"films": writes}})).await;
    let table = service.films().await;
    assert_units(&table.own, (0.0, 6.0));
    assert_units(of(&table, "by-genre"), (0.0, 3.0));
    let put = json!({"Put": {"TableName": "films", "Item": film("c")}});
    service.ok("TransactWriteItems", json!({"TransactItems": [put]})).await;
    let table = service.films().await;
    assert_units(&table.own, (0.0, 9.0));
    assert_units(of(&table, "by-genre"), (0.0, 4.0));
    let update = json!({"Key": key_of("c"), "UpdateExpression": "SET title = :t", "ExpressionAttributeValues": {":t": {"S": "x"}}});
    service.on_films("UpdateItem", update).await;
    service.on_films("DeleteItem", json!({"Key": key_of("c")})).await;
    assert_units(&service.films().await.own, (0.0, 13.0));
    assert_eq!((table.own.items, of(&table, "by-genre").items), (2, 2));
}

#[tokio::test]
async fn what_reads_consume_is_counted_by_table_and_global_index() {
    let service = Service::with_films().await;
    service.on_films("PutItem", json!({"Item": film("a")})).await;
    service.on_films("GetItem", json!({"Key": key_of("a")})).await;
    service.on_films("GetItem", json!({"Key": key_of("none"), "ConsistentRead": true})).await;
    assert_units(&service.films().await.own, (1.5, 2.0));
    let keys = json!({"films": {"Keys": [key_of("a"), key_of("none")]}});
    service.ok("BatchGetItem", json!({"RequestItems": keys})).await;
    assert_units(&service.films().await.own, (2.5, 2.0));
    let get = json!({"Get": {"TableName": "films", "Key": key_of("a")}});
    service.ok("TransactGetItems", json!({"TransactItems": [get]})).await;
    assert_units(&service.films().await.own, (4.5, 2.0));
    service.on_films("Scan", json!({})).await;
    let of_genre = json!({"KeyConditionExpression": "genre = :g", "ExpressionAttributeValues": {":g": {"S": "drama"}}});
    service.on_films("Query", with(json!({"IndexName": "by-genre"}), of_genre)).await;
    let table = service.films().await;
    assert_units(&table.own, (5.0, 2.0));
    assert_units(of(&table, "by-genre"), (0.5, 1.0));
    assert_eq!((table.own.returned_items, of(&table, "by-genre").returned_items), (1, 1));
}

#[tokio::test]
async fn a_condition_that_fails_costs_what_looking_at_the_item_costs() {
    let service = Service::with_films().await;
    let large = with(film("a"), json!({"text": {"S": "x".repeat(3000)}}));
    service.on_films("PutItem", json!({"Item": large})).await;
    let before = service.films().await;
    for id in ["a", "none"] {
        let condition = json!({"Key": key_of(id), "ConditionExpression": "attribute_exists(nothing)", "TableName": "films"});
        service.ask("DeleteItem", &condition).await.unwrap_err();
    }
    let table = service.films().await;
    assert_units(&table.own, (0.0, before.own.write_units + 3.0 + 1.0));
    assert_eq!(table.failed_conditions, 2);
    let check = json!({"ConditionCheck": {"TableName": "films", "Key": key_of("a"), "ConditionExpression": "attribute_exists(nothing)"}});
    service.ask("TransactWriteItems", &json!({"TransactItems": [check]})).await.unwrap_err();
    assert_eq!(service.films().await.failed_conditions, 3);
}

#[tokio::test]
async fn items_that_expire_are_counted_and_cost_nothing() {
    let service = Service::with_films().await;
    let until = json!({"until": {"N": (NOON_MS / 1000 + 10).to_string()}});
    service.on_films("PutItem", json!({"Item": with(film("a"), until)})).await;
    let specification = json!({"Enabled": true, "AttributeName": "until"});
    service.on_films("UpdateTimeToLive", json!({"TimeToLiveSpecification": specification})).await;
    let is_enabled = async || {
        let reply = service.on_films("DescribeTimeToLive", json!({})).await;
        reply["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLED"
    };
    eventually(is_enabled, "every item is found").await;
    let before = service.films().await;
    service.now.0.store(NOON_MS + 20_000, Ordering::Relaxed);
    while service.database.expire().await.unwrap() {}
    let table = service.films().await;
    assert_eq!((table.expired_items, table.own.items), (1, 0));
    assert_units(&table.own, (before.own.read_units, before.own.write_units));
}

#[tokio::test]
async fn counts_outlive_a_change_of_the_table_and_end_with_it() {
    let service = Service::with_films().await;
    service.on_films("PutItem", json!({"Item": film("a")})).await;
    let provisioned = json!({
        "BillingMode": "PROVISIONED",
        "ProvisionedThroughput": units(7, 8),
        "GlobalSecondaryIndexUpdates": [{"Update": {"IndexName": "by-genre", "ProvisionedThroughput": units(5, 6)}}],
    });
    service.on_films("UpdateTable", provisioned).await;
    service.on_films("PutItem", json!({"Item": film("b")})).await;
    let table = service.films().await;
    assert_units(&table.own, (0.0, 4.0));
    assert_eq!((table.own.provisioned_read_units, table.own.provisioned_write_units), (7, 8));
    let index = of(&table, "by-genre");
    assert_eq!((index.provisioned_read_units, index.provisioned_write_units), (5, 6));
    service.on_films("DeleteTable", json!({})).await;
    assert_eq!(service.database.figures().await.unwrap().tables, []);
    service.ok("CreateTable", films()).await;
    assert_units(&service.films().await.own, (0.0, 0.0));
}

#[tokio::test]
async fn a_replicas_lag_is_told_until_it_is_forgotten() {
    let service = Service::new();
    let lag = |lag_ms| ReplicationLag {
        account: "123456789012".into(),
        table: "films".into(),
        source: "eu-west-1".into(),
        target: "us-east-1".into(),
        lag_ms,
    };
    assert_eq!(service.database.figures().await.unwrap().replication_lags, []);
    service.database.note_replication_lag(lag(700));
    service.database.note_replication_lag(lag(20));
    assert_eq!(service.database.figures().await.unwrap().replication_lags, [lag(20)]);
    service.database.forget_replication_lags("123456789012", "films");
    assert_eq!(service.database.figures().await.unwrap().replication_lags, []);
}
