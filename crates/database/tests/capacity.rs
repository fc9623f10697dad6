//! Throughput, where it is enforced.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "a test may panic, and its values are made in place"
)]

#[expect(dead_code, reason = "other tests ask for more")]
mod service;

use std::sync::atomic::Ordering;

use pixii_database::error::{CancellationCode, CancellationReason};
use pixii_database::{Error, Options};
use serde_json::{Value, json};
use storage::Store;

use service::{Service, attributes, index, key, units, with};

const TABLE_ARN: &str = "arn:aws:dynamodb:eu-west-1:123456789012:table/songs";
const OF_TABLE: &str = "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.";
const OF_INDEX: &str = "The level of configured provisioned throughput for one or more global secondary indexes of the table was exceeded. Consider increasing your provisioning level for the under-provisioned global secondary indexes with the UpdateTable API.";
const OF_MAXIMUM: &str =
    "Throughput exceeds the maximum OnDemandThroughput configured on table or index";

/// Provisioned with so many read and write units, and as many for its index.
fn songs(table: (i64, i64), of_index: (i64, i64)) -> Value {
    let by_genre = index("by-genre", &[("genre", "HASH")]);
    let throughput = json!({"ProvisionedThroughput": units(of_index.0, of_index.1)});
    json!({
        "TableName": "songs",
        "AttributeDefinitions": attributes(&["id", "genre"]),
        "KeySchema": key(&[("id", "HASH")]),
        "ProvisionedThroughput": units(table.0, table.1),
        "GlobalSecondaryIndexes": [with(by_genre, throughput)],
    })
}

fn song(id: usize) -> Value {
    json!({"id": {"S": id.to_string()}})
}

fn in_genre(id: usize) -> Value {
    with(song(id), json!({"genre": {"S": "folk"}}))
}

impl Service {
    async fn strict(table: Value) -> Self {
        let options = Options { enforce_capacity: true, ..Options::default() };
        let service = Self::over(Store::in_memory(), options);
        service.ok("CreateTable", table).await;
        service
    }

    fn pass(&self, seconds: u64) {
        self.now.0.fetch_add(seconds * 1000, Ordering::Relaxed);
    }

    async fn put(&self, item: Value) -> Result<Value, Error> {
        self.ask("PutItem", &json!({"TableName": "songs", "Item": item})).await
    }

    async fn get(&self) -> Result<Value, Error> {
        self.ask("GetItem", &json!({"TableName": "songs", "Key": song(0)})).await
    }

    /// How many puts are made before one is refused, and how that is.
    async fn puts(&self, item: fn(usize) -> Value) -> (usize, Error) {
        for count in 0.. {
            if let Err(error) = self.put(item(count)).await {
                return (count, error);
            }
        }
        unreachable!("a bucket ends")
    }

    async fn gets(&self) -> (usize, Error) {
        for count in 0.. {
            if let Err(error) = self.get().await {
                return (count, error);
            }
        }
        unreachable!("a bucket ends")
    }
}

/// The reason and the resource of a request that was not let in.
#[track_caller]
fn reason(error: &Error) -> (String, &str) {
    let Error::Throttled(throttled) = error else { unreachable!("{error}") };
    (throttled.reason(), &throttled.resource)
}

#[tokio::test]
async fn a_table_serves_what_is_provisioned_and_what_was_kept_of_five_minutes() {
    let service = Service::strict(songs((2, 1), (1, 1))).await;
    let (count, error) = service.puts(song).await;
    assert_eq!((count, error.to_string().as_str()), (300, OF_TABLE));
    let expected = ("TableWriteProvisionedThroughputExceeded".to_owned(), TABLE_ARN);
    assert_eq!(reason(&error), expected);
    service.pass(7);
    assert_eq!(service.puts(song).await.0, 7);
    service.pass(10_000);
    assert_eq!(service.puts(song).await.0, 300);
    // A read that is not consistent is half a unit.
    let (count, error) = service.gets().await;
    let expected = ("TableReadProvisionedThroughputExceeded".to_owned(), TABLE_ARN);
    assert_eq!((count, reason(&error)), (1200, expected));
}

#[tokio::test]
async fn what_a_request_turns_out_to_consume_is_owed() {
    let service = Service::strict(songs((1, 1), (1, 1))).await;
    service.pass(1);
    assert_eq!(service.puts(song).await.0, 300);
    service.pass(1);
    let large = with(song(1), json!({"text": {"S": "x".repeat(10_000)}}));
    service.put(large).await.unwrap();
    service.pass(9);
    assert_eq!(service.puts(song).await.0, 0);
    service.pass(1);
    assert_eq!(service.puts(song).await.0, 1);
}

#[tokio::test]
async fn a_condition_that_fails_is_paid_for_too() {
    let service = Service::strict(songs((1, 1), (1, 1))).await;
    let failing = json!({"TableName": "songs", "Key": song(1), "ConditionExpression": "attribute_exists(id)"});
    for _ in 0..300 {
        let error = service.ask("DeleteItem", &failing).await.unwrap_err();
        assert!(matches!(error, Error::ConditionalCheckFailed { .. }), "{error}");
    }
    assert_eq!(service.refused("DeleteItem", failing).await, OF_TABLE);
}

#[tokio::test]
async fn an_index_that_has_nothing_left_holds_back_the_writes_that_change_it() {
    let service = Service::strict(songs((1000, 1000), (1, 1))).await;
    let (count, error) = service.puts(in_genre).await;
    assert_eq!((count, error.to_string().as_str()), (300, OF_INDEX));
    let resource = format!("{TABLE_ARN}/index/by-genre");
    let expected = ("IndexWriteProvisionedThroughputExceeded".to_owned(), &*resource);
    assert_eq!(reason(&error), expected);
    // What the index does not see is written.
    service.put(song(7000)).await.unwrap();
    service.put(in_genre(0)).await.unwrap();
    let action = json!({"Put": {"TableName": "songs", "Item": in_genre(8000)}});
    let other = json!({"Put": {"TableName": "songs", "Item": song(8001)}});
    let actions = json!({"TransactItems": [other, action]});
    let error = service.ask("TransactWriteItems", &actions).await.unwrap_err();
    let codes = [CancellationCode::None, CancellationCode::ProvisionedThroughputExceeded];
    assert_eq!(cancelled(&error), codes);
}

fn cancelled(error: &Error) -> Vec<CancellationCode> {
    let Error::TransactionCanceled(reasons) = error else { unreachable!("{error}") };
    reasons.iter().map(|CancellationReason { code, .. }| *code).collect()
}

#[tokio::test]
async fn an_index_is_read_from_its_own_throughput() {
    let service = Service::strict(songs((1000, 1000), (1, 1))).await;
    service.put(in_genre(0)).await.unwrap();
    let query = json!({
        "TableName": "songs",
        "IndexName": "by-genre",
        "KeyConditionExpression": "genre = :g",
        "ExpressionAttributeValues": {":g": {"S": "folk"}},
    });
    for _ in 0..600 {
        service.ok("Query", query.clone()).await;
    }
    assert_eq!(service.refused("Query", query).await, OF_INDEX);
    let scan = json!({"TableName": "songs", "IndexName": "by-genre"});
    assert_eq!(service.refused("Scan", scan).await, OF_INDEX);
    service.ok("Scan", json!({"TableName": "songs"})).await;
}

#[tokio::test]
async fn a_batch_gives_back_what_there_was_no_throughput_for() {
    let service = Service::strict(songs((1, 1), (1, 1))).await;
    let puts = |from: usize| {
        let put = |id| json!({"PutRequest": {"Item": song(id)}});
        json!({"RequestItems": {"songs": (from..from + 25).map(put).collect::<Value>()}})
    };
    for batch in 0..11 {
        service.ok("BatchWriteItem", puts(batch * 25)).await;
    }
    service.puts(song).await;
    service.pass(10);
    let reply = service.ok("BatchWriteItem", puts(275)).await;
    let unprocessed = reply["UnprocessedItems"]["songs"].as_array().unwrap();
    assert_eq!(unprocessed.len(), 15);
    assert_eq!(unprocessed[0], json!({"PutRequest": {"Item": song(285)}}));
    assert_eq!(service.refused("BatchWriteItem", puts(300)).await, OF_TABLE);
    let delete = json!({"DeleteRequest": {"Key": song(1)}});
    service.pass(1);
    let requests = json!({"RequestItems": {"songs": [{"PutRequest": {"Item": song(0)}}, delete]}});
    let reply = service.ok("BatchWriteItem", requests).await;
    assert_eq!(reply["UnprocessedItems"], json!({"songs": [delete]}));
}

#[tokio::test]
async fn a_batch_of_reads_gives_back_the_keys() {
    let service = Service::strict(songs((1, 1), (1, 1))).await;
    service.gets().await;
    let keys = json!({"songs": {"Keys": [song(1), song(2), song(3)], "ConsistentRead": true}});
    let batch = json!({"RequestItems": keys});
    assert_eq!(service.refused("BatchGetItem", batch.clone()).await, OF_TABLE);
    service.pass(2);
    let reply = service.ok("BatchGetItem", batch).await;
    let left = json!({"songs": {"Keys": [song(3)], "ConsistentRead": true}});
    assert_eq!(reply["UnprocessedKeys"], left);
}

#[tokio::test]
async fn a_transaction_is_cancelled_with_the_reason() {
    let service = Service::strict(songs((1, 1), (1, 1))).await;
    service.puts(song).await;
    service.gets().await;
    let put = json!({"Put": {"TableName": "songs", "Item": song(1)}});
    let error = service.ask("TransactWriteItems", &json!({"TransactItems": [put]})).await;
    let error = error.unwrap_err();
    assert_eq!(cancelled(&error), [CancellationCode::ProvisionedThroughputExceeded]);
    let get = json!({"Get": {"TableName": "songs", "Key": song(1)}});
    let error = service.ask("TransactGetItems", &json!({"TransactItems": [get]})).await;
    assert_eq!(cancelled(&error.unwrap_err()), [CancellationCode::ProvisionedThroughputExceeded]);
}

#[tokio::test]
async fn on_demand_the_limit_holds_that_was_set() {
    let table = json!({
        "TableName": "songs",
        "AttributeDefinitions": attributes(&["id"]),
        "KeySchema": key(&[("id", "HASH")]),
        "BillingMode": "PAY_PER_REQUEST",
        "OnDemandThroughput": {"MaxWriteRequestUnits": 1},
    });
    let service = Service::strict(table).await;
    let (count, error) = service.puts(song).await;
    assert_eq!((count, error.to_string().as_str()), (300, OF_MAXIMUM));
    let expected = ("TableWriteMaxOnDemandThroughputExceeded".to_owned(), TABLE_ARN);
    assert_eq!(reason(&error), expected);
    let put = json!({"Put": {"TableName": "songs", "Item": song(1)}});
    let error = service.ask("TransactWriteItems", &json!({"TransactItems": [put]})).await;
    assert_eq!(cancelled(&error.unwrap_err()), [CancellationCode::ThrottlingError]);
    let unlimited =
        json!({"TableName": "songs", "OnDemandThroughput": {"MaxWriteRequestUnits": -1}});
    service.ok("UpdateTable", unlimited).await;
    service.pass(1);
    // The limit is gone; what one partition serves in a second is not.
    let one_item: fn(usize) -> Value = |_| song(0);
    let (count, error) = service.puts(one_item).await;
    let expected = ("TableWriteKeyRangeThroughputExceeded".to_owned(), TABLE_ARN);
    assert_eq!((count, reason(&error)), (1000, expected));
    assert!(error.to_string().contains("check if you have a hot key"), "{error}");
}

#[tokio::test]
async fn a_change_of_the_throughput_holds_from_then_on() {
    let service = Service::strict(songs((1, 1), (1, 1))).await;
    service.puts(song).await;
    let more = json!({"TableName": "songs", "ProvisionedThroughput": units(1, 100)});
    service.ok("UpdateTable", more).await;
    service.pass(1);
    assert_eq!(service.puts(song).await.0, 100);
}

#[tokio::test]
async fn what_was_not_let_in_is_counted_by_cause() {
    let service = Service::strict(songs((1, 1), (1, 1))).await;
    service.puts(in_genre).await;
    service.put(song(1)).await.unwrap_err();
    let figures = service.database.figures().await.unwrap();
    let count = |throttles: &[_]| throttles.iter().map(|(_, count): &(_, u64)| count).sum::<u64>();
    let table = &figures.tables[0];
    assert_eq!(count(&table.own.throttled_reads), 0);
    assert_eq!(count(&table.own.throttled_writes) + count(&table.indexes[0].1.throttled_writes), 2);
}

#[tokio::test]
async fn nothing_is_refused_unless_that_is_asked_for() {
    let service = Service::new();
    service.ok("CreateTable", songs((1, 1), (1, 1))).await;
    for id in 0..1000 {
        service.put(in_genre(id)).await.unwrap();
    }
    let figures = service.database.figures().await.unwrap();
    let own = &figures.tables[0].own;
    assert_eq!((own.read_units, own.write_units), (0.0, 1000.0));
}
