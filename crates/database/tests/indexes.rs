//! Global indexes that are made and deleted while their table is in use.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "a test may panic, and its values are made in place"
)]

mod service;

use std::sync::Arc;

use pixii_database::{Clock, Database, Options};
use serde_json::{Value, json};

use service::{Service, attributes, eventually, index, key, units, with};

fn films() -> Value {
    json!({
        "TableName": "films",
        "AttributeDefinitions": attributes(&["title"]),
        "KeySchema": key(&[("title", "HASH")]),
        "BillingMode": "PAY_PER_REQUEST",
    })
}

fn film(number: usize, genre: &str) -> Value {
    json!({"title": {"S": format!("film {number}")}, "genre": {"S": genre}})
}

fn create(index: Value, names: &[&str]) -> Value {
    json!({
        "TableName": "films",
        "AttributeDefinitions": attributes(names),
        "GlobalSecondaryIndexUpdates": [{"Create": index}],
    })
}

fn by_genre() -> Value {
    create(index("by-genre", &[("genre", "HASH")]), &["genre"])
}

fn delete(name: &str) -> Value {
    json!({"TableName": "films", "GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": name}}]})
}

impl Service {
    /// A service with so many films, every one of the genre "drama".
    async fn with_films(count: usize) -> Self {
        let service = Self::new();
        service.ok("CreateTable", films()).await;
        for number in 0..count {
            service.put(film(number, "drama")).await;
        }
        service
    }

    async fn put(&self, item: Value) {
        self.ok("PutItem", json!({"TableName": "films", "Item": item})).await;
    }

    async fn table(&self) -> Value {
        self.ok("DescribeTable", json!({"TableName": "films"})).await["Table"].clone()
    }

    async fn index(&self) -> Value {
        self.table().await["GlobalSecondaryIndexes"][0].clone()
    }

    /// Waits until the index can be read.
    async fn until_active(&self) -> Value {
        let is_active = async || self.index().await["IndexStatus"] == "ACTIVE";
        eventually(is_active, "the index is ACTIVE").await;
        self.index().await
    }

    /// All that a scan gives, of the table or an index, sorted.
    async fn all(&self, index: Option<&str>) -> Vec<String> {
        let mut body = json!({"TableName": "films"});
        if let Some(index) = index {
            body["IndexName"] = index.into();
        }
        let mut all = Vec::new();
        loop {
            let page = self.ok("Scan", body.clone()).await;
            all.extend(page["Items"].as_array().unwrap().iter().map(Value::to_string));
            match page.get("LastEvaluatedKey") {
                Some(key) => body["ExclusiveStartKey"] = key.clone(),
                None => break,
            }
        }
        all.sort();
        all
    }

    /// Checks that the index has every item that has its key, and counts them right.
    async fn check_index(&self, genre: &str) {
        let counted = self.until_active().await;
        let items: Vec<_> =
            self.all(None).await.into_iter().filter(|item| item.contains(genre)).collect();
        assert_eq!(self.all(Some("by-genre")).await, items);
        assert_eq!(counted["ItemCount"], items.len());
        let table = self.table().await;
        if table["ItemCount"] == items.len() {
            assert_eq!(counted["IndexSizeBytes"], table["TableSizeBytes"]);
        }
    }
}

#[tokio::test]
async fn a_new_index_is_filled_behind_the_scenes_and_says_so() {
    let service = Service::with_films(1000).await;
    let reply = service.ok("UpdateTable", by_genre()).await["TableDescription"].clone();
    assert_eq!(reply["TableStatus"], "UPDATING");
    assert_eq!(reply["AttributeDefinitions"], attributes(&["title", "genre"]));
    let created = &reply["GlobalSecondaryIndexes"][0];
    assert_eq!(
        (&created["IndexStatus"], &created["Backfilling"]),
        (&json!("CREATING"), &json!(false))
    );
    let filling = service.index().await;
    assert_eq!(
        (&filling["IndexStatus"], &filling["Backfilling"]),
        (&json!("CREATING"), &json!(true))
    );
    assert_eq!(service.table().await["TableStatus"], "ACTIVE");
    let refused = "Cannot read from backfilling global secondary index: by-genre";
    let scan = json!({"TableName": "films", "IndexName": "by-genre"});
    assert_eq!(service.refused("Scan", scan).await, refused);
    let active = service.until_active().await;
    assert_eq!(active.get("Backfilling"), None);
    service.check_index("genre").await;
    assert_eq!(service.count(0x00).await, 2, "the table and the next number are all there is");
}

#[tokio::test]
async fn an_index_that_is_filled_under_writes_equals_its_table() {
    let service = Service::with_films(1500).await;
    service.ok("UpdateTable", by_genre()).await;
    for step in 0..1500_usize {
        let number = step * 7 % 1500;
        match step % 6 {
            0 => service.put(film(number, "comedy of genre")).await,
            1 => service.put(json!({"title": {"S": format!("film {number}")}})).await,
            2 => {
                let key = json!({"title": {"S": format!("film {number}")}});
                service.ok("DeleteItem", json!({"TableName": "films", "Key": key})).await;
            }
            3 => {
                let update = json!({
                    "TableName": "films",
                    "Key": {"title": {"S": format!("film {number}")}},
                    "UpdateExpression": "SET stars = :one",
                    "ExpressionAttributeValues": {":one": {"N": "1"}},
                });
                service.ok("UpdateItem", update).await;
            }
            4 => {
                let puts: Vec<_> = (0..5)
                    .map(|more| json!({"PutRequest": {"Item": film(number + more, "batch genre")}}))
                    .collect();
                service.ok("BatchWriteItem", json!({"RequestItems": {"films": puts}})).await;
            }
            _ => {
                let puts: Vec<_> = [number, 5000 + step]
                    .map(|number| json!({"Put": {"TableName": "films", "Item": film(number, "a genre")}}))
                    .into();
                service.ok("TransactWriteItems", json!({"TransactItems": puts})).await;
            }
        }
        if step % 100 == 0 {
            tokio::task::yield_now().await;
        }
    }
    service.check_index("genre").await;
    let index = service.index().await;
    let bytes: usize = {
        let items = service.all(Some("by-genre")).await;
        items.iter().map(|item| size(&serde_json::from_str(item).unwrap())).sum()
    };
    assert_eq!(index["IndexSizeBytes"], bytes);
}

/// The size of an item of strings, and of the number one.
fn size(item: &Value) -> usize {
    let attributes = item.as_object().unwrap().iter();
    attributes.map(|(name, value)| name.len() + value["S"].as_str().map_or(2, str::len)).sum()
}

#[tokio::test]
async fn filling_goes_on_after_a_restart() {
    let service = Service::with_films(2000).await;
    service.ok("UpdateTable", by_genre()).await;
    // Some pages are filled, and whoever filled them goes away.
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
    assert_eq!(service.index().await["IndexStatus"], "CREATING");
    let clock = Arc::clone(&service.now) as Arc<dyn Clock>;
    let database = Database::new(service.store.clone(), clock, Options::default());
    let service = Service { database, ..service };
    service.database.resume().await.unwrap();
    service.check_index("genre").await;
}

#[tokio::test]
async fn items_whose_value_is_no_key_are_left_out_and_can_still_be_written() {
    let service = Service::with_films(10).await;
    let faulty = [
        json!({"N": "1"}),
        json!({"S": ""}),
        json!({"S": "x".repeat(2049)}),
        json!({"NULL": true}),
    ];
    for (number, value) in faulty.iter().enumerate() {
        service.put(json!({"title": {"S": format!("odd {number}")}, "genre": value})).await;
    }
    service.ok("UpdateTable", by_genre()).await;
    assert_eq!(service.until_active().await["ItemCount"], 10);
    assert_eq!(service.all(Some("by-genre")).await.len(), 10);
    let refused = service
        .refused(
            "PutItem",
            json!({"TableName": "films", "Item": {"title": {"S": "odd 0"}, "genre": {"N": "2"}}}),
        )
        .await;
    assert!(refused.contains("Type mismatch for Index Key genre"), "{refused}");
    service.put(film(0, "comedy")).await;
    for number in 0..faulty.len() {
        let key = json!({"title": {"S": format!("odd {number}")}});
        service.ok("DeleteItem", json!({"TableName": "films", "Key": key})).await;
    }
    assert_eq!(service.index().await["ItemCount"], 10);
}

#[tokio::test]
async fn one_index_is_made_at_a_time() {
    let service = Service::with_films(1000).await;
    service.ok("UpdateTable", by_genre()).await;
    let limit = "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table";
    let other = create(index("by-year", &[("year", "HASH")]), &["year"]);
    assert_eq!(service.refused("UpdateTable", other.clone()).await, limit);
    assert_eq!(
        service.refused("UpdateTable", by_genre()).await,
        "Attempting to create an index which already exists"
    );
    assert_eq!(
        service.refused("DeleteTable", json!({"TableName": "films"})).await,
        "Attempt to change a resource which is still in use: Cannot delete table while indexes are being created, updated, or deleted."
    );
    service.until_active().await;
    service.ok("UpdateTable", other).await;
    let two = json!({
        "TableName": "films",
        "AttributeDefinitions": attributes(&["a", "b"]),
        "GlobalSecondaryIndexUpdates": [
            {"Create": index("by-a", &[("a", "HASH")])},
            {"Create": index("by-b", &[("b", "HASH")])},
        ],
    });
    assert_eq!(service.refused("UpdateTable", two).await, limit);
}

#[tokio::test]
async fn a_deleted_index_is_gone_with_its_entries_and_the_definitions_that_only_it_used() {
    let service = Service::with_films(20).await;
    service.ok("UpdateTable", by_genre()).await;
    service.until_active().await;
    let reply = service.ok("UpdateTable", delete("by-genre")).await["TableDescription"].clone();
    assert_eq!(reply["TableStatus"], "UPDATING");
    assert_eq!(reply["GlobalSecondaryIndexes"][0]["IndexStatus"], "DELETING");
    let table = service.table().await;
    assert_eq!(table.get("GlobalSecondaryIndexes"), None);
    assert_eq!(table["AttributeDefinitions"], attributes(&["title"]));
    let scan = json!({"TableName": "films", "IndexName": "by-genre"});
    assert_eq!(
        service.refused("Scan", scan).await,
        "The table does not have the specified index: by-genre"
    );
    let is_clear = async || service.count(0x20).await == 0 && service.count(0x00).await == 2;
    eventually(is_clear, "the index is gone").await;
    assert_eq!(service.count(0x20).await, 0);
    assert_eq!(service.count(0x00).await, 2);
    // The name is free again, and the new index has nothing of the old one.
    service.put(film(0, "comedy of genre")).await;
    service.ok("UpdateTable", by_genre()).await;
    service.check_index("genre").await;
    let missing = service.refused("UpdateTable", delete("by-year")).await;
    assert_eq!(missing, "Requested resource not found");
}

#[tokio::test]
async fn an_index_that_is_being_filled_can_be_deleted() {
    let service = Service::with_films(1000).await;
    service.ok("UpdateTable", by_genre()).await;
    tokio::task::yield_now().await;
    service.ok("UpdateTable", delete("by-genre")).await;
    for number in 0..1000 {
        service.put(film(number, "comedy")).await;
        tokio::task::yield_now().await;
    }
    assert_eq!((service.count(0x20).await, service.count(0x00).await), (0, 2));
    assert_eq!(service.count(0x50).await, 2, "the counters of the table are all there is");
}

#[tokio::test]
async fn a_new_index_brings_the_definitions_of_its_key() {
    let service = Service::with_films(1).await;
    let refused = |body| service.refused("UpdateTable", body);
    let mut without = by_genre();
    without.as_object_mut().unwrap().remove("AttributeDefinitions");
    assert_eq!(
        refused(without).await,
        "One or more parameter values were invalid: AttributeDefinitions is not specified for index: by-genre"
    );
    // Also the table's own key must be defined again.
    let on_key = create(index("by-key", &[("title", "HASH")]), &["genre"]);
    assert_eq!(
        refused(on_key).await,
        "One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [title], AttributeDefinitions: [genre]"
    );
    // The table's own type of an attribute stays, and what no key uses is dropped.
    let mut body = create(index("by-key", &[("title", "HASH")]), &["title", "unused"]);
    body["AttributeDefinitions"][0]["AttributeType"] = "N".into();
    service.ok("UpdateTable", body).await;
    service.until_active().await;
    assert_eq!(service.table().await["AttributeDefinitions"], attributes(&["title"]));
    assert_eq!(service.all(Some("by-key")).await.len(), 1);
}

#[tokio::test]
async fn a_new_index_has_the_throughput_that_its_table_asks_for() {
    let service = Service::new();
    let provisioned = json!({"BillingMode": "PROVISIONED", "ProvisionedThroughput": units(5, 5)});
    service.ok("CreateTable", with(films(), provisioned)).await;
    assert_eq!(
        service.refused("UpdateTable", by_genre()).await,
        "One or more parameter values were invalid: ProvisionedThroughput is not specified for index: by-genre"
    );
    let mut body = by_genre();
    body["GlobalSecondaryIndexUpdates"][0]["Create"]["ProvisionedThroughput"] = units(3, 4);
    let both = with(body.clone(), json!({"ProvisionedThroughput": units(6, 6)}));
    assert_eq!(
        service.refused("UpdateTable", both).await,
        "One or more parameter values were invalid: You cannot create or delete index while updating table IOPS"
    );
    service.ok("UpdateTable", body).await;
    let throughput = service.until_active().await["ProvisionedThroughput"].clone();
    assert_eq!(
        (&throughput["ReadCapacityUnits"], &throughput["WriteCapacityUnits"]),
        (&json!(3), &json!(4))
    );
}

#[tokio::test]
async fn there_are_at_most_twenty_global_indexes() {
    let service = Service::new();
    service.ok("CreateTable", films()).await;
    for number in 0..20 {
        let body = create(index(&format!("index-{number}"), &[("genre", "HASH")]), &["genre"]);
        service.ok("UpdateTable", body).await;
        let is_active = async || {
            let indexes = service.table().await["GlobalSecondaryIndexes"].clone();
            indexes[number]["IndexStatus"] == "ACTIVE"
        };
        eventually(is_active, "the index is ACTIVE").await;
    }
    assert_eq!(
        service.refused("UpdateTable", by_genre()).await,
        "GlobalSecondaryIndex count exceeds the per-table limit of 20"
    );
}

#[tokio::test]
async fn a_local_index_can_be_neither_deleted_nor_replaced() {
    let service = Service::new();
    let table = json!({
        "AttributeDefinitions": attributes(&["title", "year", "genre"]),
        "KeySchema": key(&[("title", "HASH"), ("year", "RANGE")]),
        "LocalSecondaryIndexes": [index("by-genre", &[("title", "HASH"), ("genre", "RANGE")])],
    });
    service.ok("CreateTable", with(films(), table)).await;
    assert_eq!(
        service.refused("UpdateTable", delete("by-genre")).await,
        "Cannot delete an index that is not a GlobalSecondaryIndex: by-genre"
    );
    assert_eq!(
        service.refused("UpdateTable", by_genre()).await,
        "Attempting to create an index which already exists"
    );
}
