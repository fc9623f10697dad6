//! Time to live: items that expire.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "a test may panic, and its values are made in place"
)]

#[expect(dead_code, reason = "other tests ask for more")]
mod service;

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use service::{NOON_MS, Service, attributes, eventually, index, key, with};

const NOW: u64 = NOON_MS / 1000;
const YEAR: u64 = 365 * 24 * 60 * 60;

fn sessions() -> Value {
    json!({
        "TableName": "sessions",
        "AttributeDefinitions": attributes(&["id", "user"]),
        "KeySchema": key(&[("id", "HASH")]),
        "BillingMode": "PAY_PER_REQUEST",
        "GlobalSecondaryIndexes": [index("by-user", &[("user", "HASH")])],
    })
}

fn session(id: usize, until: Value) -> Value {
    json!({"id": {"S": format!("session {id}")}, "user": {"S": "ada"}, "until": until})
}

fn number(value: u64) -> Value {
    json!({"N": value.to_string()})
}

fn specification(is_on: bool, attribute: &str) -> Value {
    let specification = json!({"Enabled": is_on, "AttributeName": attribute});
    json!({"TableName": "sessions", "TimeToLiveSpecification": specification})
}

impl Service {
    async fn with_sessions() -> Self {
        let service = Self::new();
        service.ok("CreateTable", sessions()).await;
        service
    }

    async fn put(&self, item: Value) {
        self.ok("PutItem", json!({"TableName": "sessions", "Item": item})).await;
    }

    /// Switches expiry on, and waits until the items that are there are found.
    async fn expire_by(&self, attribute: &str) {
        self.ok("UpdateTimeToLive", specification(true, attribute)).await;
        self.until_enabled().await;
    }

    async fn until_enabled(&self) {
        let is_enabled = async || self.status().await["TimeToLiveStatus"] == "ENABLED";
        eventually(is_enabled, "every item is found").await;
    }

    async fn status(&self) -> Value {
        let reply = self.ok("DescribeTimeToLive", json!({"TableName": "sessions"})).await;
        reply["TimeToLiveDescription"].clone()
    }

    /// Removes all that is due.
    async fn sweep(&self) {
        while self.database.expire().await.unwrap() {}
    }

    async fn at(&self, seconds: u64) {
        self.now.0.store(seconds * 1000, Ordering::Relaxed);
        self.sweep().await;
    }

    async fn ids(&self) -> Vec<String> {
        let reply = self.ok("Scan", json!({"TableName": "sessions"})).await;
        let indexed = json!({"TableName": "sessions", "IndexName": "by-user"});
        let in_index = self.ok("Scan", indexed).await["Items"].as_array().unwrap().len();
        let items = reply["Items"].as_array().unwrap();
        assert_eq!(items.len(), in_index, "the index has the items that there are");
        let table =
            self.ok("DescribeTable", json!({"TableName": "sessions"})).await["Table"].clone();
        assert_eq!(table["ItemCount"], items.len());
        assert_eq!(table["GlobalSecondaryIndexes"][0]["ItemCount"], items.len());
        let id = |item: &Value| item["id"]["S"].as_str().unwrap().to_owned();
        let mut ids: Vec<_> = items.iter().map(id).collect();
        ids.sort();
        ids
    }
}

#[tokio::test]
async fn an_item_goes_when_its_time_has_passed() {
    let service = Service::with_sessions().await;
    service.expire_by("until").await;
    service.put(session(1, number(NOW + 10))).await;
    service.put(session(2, number(NOW + 20))).await;
    service.at(NOW + 10).await;
    assert_eq!(service.ids().await.len(), 2, "at its very second it is still there");
    service.at(NOW + 11).await;
    assert_eq!(service.ids().await, ["session 2"]);
    service.at(NOW + 21).await;
    assert_eq!(service.ids().await.len(), 0);
    assert_eq!(service.count(0x40).await, 0, "no entry is left");
}

#[tokio::test]
async fn only_a_whole_number_of_seconds_of_the_last_five_years_counts() {
    let service = Service::with_sessions().await;
    service.expire_by("until").await;
    let stay = [
        json!({"S": (NOW - 10).to_string()}),
        json!({"N": "1.5"}),
        json!({"N": "-5"}),
        json!({"NULL": true}),
        json!({"L": [{"N": "1"}]}),
        number(NOW - 5 * YEAR - 1),
        number(NOW * 1000),
        json!({"N": "1E100"}),
    ];
    for (id, until) in stay.iter().enumerate() {
        service.put(session(id, until.clone())).await;
    }
    service.put(session(100, number(NOW - 5 * YEAR + 10))).await;
    service.put(session(101, number(NOW - 1))).await;
    service.at(NOW).await;
    let ids = service.ids().await;
    assert_eq!(ids.len(), stay.len(), "{ids:?}");
}

#[tokio::test]
async fn an_item_whose_time_moved_on_stays() {
    let service = Service::with_sessions().await;
    service.expire_by("until").await;
    service.put(session(1, number(NOW + 10))).await;
    service.put(session(2, number(NOW + 10))).await;
    service.put(session(3, number(NOW + 10))).await;
    service.put(session(1, number(NOW + 1000))).await;
    let update = json!({
        "TableName": "sessions",
        "Key": {"id": {"S": "session 2"}},
        "UpdateExpression": "REMOVE #u",
        "ExpressionAttributeNames": {"#u": "until"},
    });
    service.ok("UpdateItem", update).await;
    service.at(NOW + 100).await;
    assert_eq!(service.ids().await, ["session 1", "session 2"]);
}

#[tokio::test]
async fn items_that_are_older_than_the_setting_expire_too() {
    let service = Service::with_sessions().await;
    for id in 0..1000 {
        service.put(session(id, number(NOW + id as u64 % 2 * 1000))).await;
    }
    service.ok("UpdateTimeToLive", specification(true, "until")).await;
    assert_eq!(service.status().await["TimeToLiveStatus"], "ENABLING");
    // A write in between is no obstacle.
    service.put(session(2, number(NOW + 1000))).await;
    service.until_enabled().await;
    assert_eq!(
        service.status().await,
        json!({"TimeToLiveStatus": "ENABLED", "AttributeName": "until"})
    );
    service.at(NOW + 1).await;
    assert_eq!(service.ids().await.len(), 501);
}

#[tokio::test]
async fn many_due_items_go_a_bounded_part_at_a_time() {
    let service = Service::with_sessions().await;
    service.expire_by("until").await;
    for id in 0..5000 {
        service.put(session(id, number(NOW - 5))).await;
    }
    assert!(service.database.expire().await.unwrap(), "there is more to do");
    let left = service.ids().await.len();
    assert!(0 < left && left < 5000, "{left}");
    service.sweep().await;
    assert_eq!(service.ids().await.len(), 0);
}

#[tokio::test]
async fn what_is_written_past_due_behind_a_long_sweep_is_found_later() {
    let service = Service::with_sessions().await;
    service.expire_by("until").await;
    for id in 0..3000 {
        service.put(session(id, number(NOW - 5))).await;
    }
    service.sweep().await;
    service.put(session(1, number(NOW - 100))).await;
    for _ in 0..100 {
        service.sweep().await;
    }
    assert_eq!(service.ids().await.len(), 0);
}

#[tokio::test]
async fn expiry_is_switched_on_and_off_by_the_same_attribute() {
    let service = Service::with_sessions().await;
    assert_eq!(service.status().await, json!({"TimeToLiveStatus": "DISABLED"}));
    let refused =
        |is_on, attribute| service.refused("UpdateTimeToLive", specification(is_on, attribute));
    assert_eq!(refused(false, "until").await, "TimeToLive is already disabled");
    let reply = service.ok("UpdateTimeToLive", specification(true, "until")).await;
    assert_eq!(
        reply["TimeToLiveSpecification"],
        json!({"Enabled": true, "AttributeName": "until"})
    );
    assert_eq!(refused(true, "until").await, "TimeToLive is already enabled");
    let other = "TimeToLive is active on a different AttributeName: current AttributeName is until";
    assert_eq!(refused(true, "other").await, other);
    assert_eq!(refused(false, "other").await, other);
    service.put(session(1, number(NOW + 10))).await;
    service.ok("UpdateTimeToLive", specification(false, "until")).await;
    assert_eq!(service.status().await, json!({"TimeToLiveStatus": "DISABLED"}));
    service.at(NOW + 100).await;
    assert_eq!(service.ids().await, ["session 1"], "nothing expires any more");
    // By another attribute, nothing of the first setting counts.
    service.expire_by("id").await;
    service.at(NOW + 200).await;
    assert_eq!(service.ids().await, ["session 1"]);
}

#[tokio::test]
async fn a_malformed_setting_is_refused() {
    let service = Service::with_sessions().await;
    let refused = |body| service.refused("UpdateTimeToLive", body);
    let missing = json!({"TableName": "sessions"});
    assert_eq!(
        refused(missing).await,
        "1 validation error detected: Value null at 'timeToLiveSpecification' failed to satisfy constraint: Member must not be null"
    );
    let empty = json!({"TableName": "sessions", "TimeToLiveSpecification": {}});
    assert_eq!(
        refused(empty).await,
        "2 validation errors detected: Value null at 'timeToLiveSpecification.enabled' failed to satisfy constraint: Member must not be null; Value null at 'timeToLiveSpecification.attributeName' failed to satisfy constraint: Member must not be null"
    );
    let long = refused(specification(true, &"x".repeat(256))).await;
    assert!(long.contains("Member must have length less than or equal to 255"), "{long}");
    let unknown = with(specification(true, "until"), json!({"TableName": "nowhere"}));
    assert_eq!(refused(unknown).await, "Requested resource not found: Table: nowhere not found");
}

#[tokio::test]
async fn the_attribute_may_be_a_key() {
    let service = Service::new();
    let mut table = sessions();
    table["AttributeDefinitions"] = json!([
        {"AttributeName": "id", "AttributeType": "S"},
        {"AttributeName": "user", "AttributeType": "S"},
        {"AttributeName": "until", "AttributeType": "N"},
    ]);
    table["KeySchema"] = key(&[("id", "HASH"), ("until", "RANGE")]);
    service.ok("CreateTable", table).await;
    service.expire_by("until").await;
    for later in 0..10 {
        service.put(session(1, number(NOW + later))).await;
    }
    service.at(NOW + 5).await;
    assert_eq!(service.ids().await.len(), 5);
}

#[tokio::test]
async fn with_its_table_an_expiry_goes_whole() {
    let service = Service::with_sessions().await;
    service.expire_by("until").await;
    for id in 0..100 {
        service.put(session(id, number(NOW + 1000))).await;
    }
    service.ok("DeleteTable", json!({"TableName": "sessions"})).await;
    eventually(async || service.count(0x00).await == 1, "the table is cleared").await;
    assert_eq!((service.count(0x00).await, service.count(0x40).await), (1, 0));
    service.at(NOW + 2000).await;
}
