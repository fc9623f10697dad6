//! The size of item collections, and its limit.

use pixii_database::error::{CancellationCode, CancellationReason};
use pixii_database::{Error, Options};
use serde_json::{Value, json};

use crate::service::{Service, attributes, with};

/// The most that a collection holds in these tests, in bytes.
const BYTES_MAX: u64 = 1000;

/// A service whose table has a local index of everything.
async fn limited() -> Service {
    let service =
        Service::holding(Options { collection_bytes_max: BYTES_MAX, ..Options::default() });
    service.create(local()).await;
    service
}

fn local() -> Value {
    let index = json!({
        "IndexName": "by-rank",
        "KeySchema": [
            {"AttributeName": "title", "KeyType": "HASH"},
            {"AttributeName": "rank", "KeyType": "RANGE"},
        ],
        "Projection": {"ProjectionType": "ALL"},
    });
    json!({
        "AttributeDefinitions": attributes(&["title", "year", "rank"]),
        "LocalSecondaryIndexes": [index],
    })
}

fn key(year: &str) -> Value {
    json!({"title": {"S": "Alien"}, "year": {"S": year}})
}

/// An item that is so many bytes large, beside its keys' names and values of 20.
fn item(year: &str, bytes: usize) -> Value {
    with(key(year), json!({"v": {"B": base64(bytes)}}))
}

/// The text of so many zero bytes, of which there must be a multiple of three.
fn base64(bytes: usize) -> String {
    "AAAA".repeat(bytes / 3)
}

fn put(year: &str, bytes: usize) -> Value {
    json!({"TableName": "films", "Item": item(year, bytes)})
}

fn is_too_large(result: Result<Value, Error>) -> bool {
    matches!(result, Err(Error::ItemCollectionSizeLimitExceeded))
}

#[tokio::test]
async fn a_write_that_grows_a_collection_beyond_the_limit_is_refused() {
    let service = limited().await;
    service.ok("PutItem", put("1979", 900)).await;
    let refused = service.ask("PutItem", &put("1986", 90)).await;
    assert_eq!(refused.unwrap_err().to_string(), "Collection size exceeded");
    let get = json!({"TableName": "films", "Key": key("1986")});
    assert_eq!(service.ok("GetItem", get).await, json!({}));
    let grown = json!({
        "TableName": "films",
        "Key": key("1979"),
        "UpdateExpression": "SET w = :v",
        "ExpressionAttributeValues": {":v": {"B": base64(90)}},
    });
    assert!(is_too_large(service.ask("UpdateItem", &grown).await));
    // Another partition is another collection.
    let other = with(item("1986", 900), json!({"title": {"S": "Aliens"}}));
    service.ok("PutItem", json!({"TableName": "films", "Item": other})).await;
}

#[tokio::test]
async fn index_entries_count_with_the_items() {
    let service = limited().await;
    let ranked = |year: &str| {
        let item = with(item(year, 450), json!({"rank": {"S": "1"}}));
        json!({"TableName": "films", "Item": item})
    };
    service.ok("PutItem", ranked("1979")).await;
    assert!(is_too_large(service.ask("PutItem", &ranked("1986")).await));
    let metrics = json!({"ReturnItemCollectionMetrics": "SIZE"});
    let reply = service.ok("PutItem", with(put("1986", 3), metrics)).await;
    let range = &reply["ItemCollectionMetrics"]["SizeEstimateRangeGB"];
    assert_eq!(range, &json!([0.0, 1.0]));
}

#[tokio::test]
async fn a_write_that_shrinks_a_collection_passes() {
    let service = limited().await;
    service.ok("PutItem", put("1979", 450)).await;
    service.ok("PutItem", put("1986", 450)).await;
    assert!(is_too_large(service.ask("PutItem", &put("1986", 600)).await));
    service.ok("PutItem", put("1986", 300)).await;
    service.ok("PutItem", put("1986", 450)).await;
    service.ok("DeleteItem", json!({"TableName": "films", "Key": key("1979")})).await;
    service.ok("PutItem", put("1986", 900)).await;
}

#[tokio::test]
async fn a_transaction_tells_which_action_grows_a_collection_too_far() {
    let service = limited().await;
    let action = |year: &str, bytes: usize| json!({"Put": put(year, bytes)});
    let actions = json!([action("1979", 450), action("1986", 450), action("1992", 450)]);
    let refused = service.ask("TransactWriteItems", &json!({"TransactItems": actions})).await;
    let Err(Error::TransactionCanceled(reasons)) = refused else { panic!("{refused:?}") };
    let codes: Vec<_> = reasons.iter().map(|reason| reason.code).collect();
    let (none, exceeded) =
        (CancellationCode::None, CancellationCode::ItemCollectionSizeLimitExceeded);
    assert_eq!(codes, [none, none, exceeded]);
    let message = Some("Collection size exceeded".to_owned());
    assert_eq!(reasons[2], CancellationReason { code: exceeded, message, item: None });
    let scan = service.ok("Scan", json!({"TableName": "films"})).await;
    assert_eq!(scan["Count"], 0);
}

#[tokio::test]
async fn a_batch_makes_the_writes_that_fit() {
    let service = limited().await;
    let request = |year: &str| json!({"PutRequest": {"Item": item(year, 600)}});
    let batch = json!({"RequestItems": {"films": [request("1979"), request("1986")]}});
    assert!(is_too_large(service.ask("BatchWriteItem", &batch).await));
    let scan = service.ok("Scan", json!({"TableName": "films"})).await;
    assert_eq!(scan["Count"], 1);
}

#[tokio::test]
async fn a_table_without_local_indexes_has_no_such_limit() {
    let service = Service::holding(Options { collection_bytes_max: 1, ..Options::default() });
    service.create(json!({})).await;
    service.ok("PutItem", put("1979", 900)).await;
    service.ok("PutItem", put("1986", 900)).await;
}
