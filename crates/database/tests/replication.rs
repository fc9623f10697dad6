//! Replicas on two servers: what is kept for one that cannot be reached, when deletions are forgotten, and what becomes
//! of settings and members that were changed on both sides of a partition.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "a test may panic, and its values are made in place"
)]

#[expect(dead_code, reason = "other tests ask for more")]
mod service;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{BoxFuture, FutureExt as _};
use pixii_database::{Database, Error, Options, PeerError, Peers, Regions};
use serde_json::{Value, json};
use storage::Store;

use service::{Service, attributes, caller, index, key, with};

const HOME: &str = "eu-west-1";
const AWAY: &str = "us-east-1";
const HOUR_MS: u64 = 60 * 60 * 1000;
/// The families of keys that items and their versions, histories, and deletions are in.
const ITEMS: u8 = 0x10;
const LOG: u8 = 0x30;
const QUEUES: u8 = 0x40;
/// How often it is looked whether something has come to pass, each time a second later.
const LOOKS_MAX: usize = 300;

/// What joins a server to another.
struct Wire {
    regions: Vec<String>,
    other: OnceLock<Database>,
    is_up: Arc<AtomicBool>,
}

impl Peers for Wire {
    fn regions(&self) -> Vec<String> {
        self.regions.clone()
    }

    fn ask<'a>(&'a self, _: &'a str, message: Bytes) -> BoxFuture<'a, Result<Bytes, PeerError>> {
        async move {
            if !self.is_up.load(Ordering::Relaxed) {
                return Err(PeerError::new("parted"));
            }
            self.other.get().unwrap().receive(message).await.map_err(PeerError::new)
        }
        .boxed()
    }
}

/// Two servers, each the home of a Region, with a table that has a replica in both.
struct Pair {
    home: Service,
    away: Service,
    is_up: Arc<AtomicBool>,
}

impl Pair {
    async fn new() -> Self {
        let is_up = Arc::new(AtomicBool::new(true));
        let wire = |region: &str| {
            let (regions, is_up) = (vec![region.to_owned()], Arc::clone(&is_up));
            Arc::new(Wire { regions, other: OnceLock::new(), is_up })
        };
        let server = |region: &str, wire: &Arc<Wire>| {
            let peers = Arc::clone(wire) as Arc<dyn Peers>;
            let regions = Regions { local: vec![region.to_owned()], peers: Some(peers) };
            Service::over(Store::in_memory(), Options { regions, ..Options::default() })
        };
        let (to_away, to_home) = (wire(AWAY), wire(HOME));
        let (home, away) = (server(HOME, &to_away), server(AWAY, &to_home));
        assert!(to_away.other.set(away.database.clone()).is_ok());
        assert!(to_home.other.set(home.database.clone()).is_ok());
        for database in [home.database.clone(), away.database.clone()] {
            tokio::spawn(async move { database.replicate().await });
        }
        let pair = Self { home, away, is_up };
        let table = json!({
            "TableName": "films",
            "AttributeDefinitions": attributes(&["title"]),
            "KeySchema": key(&[("title", "HASH")]),
            "BillingMode": "PAY_PER_REQUEST",
        });
        pair.ask(HOME, "CreateTable", table).await.unwrap();
        let updates = json!({"ReplicaUpdates": [{"Create": {"RegionName": AWAY}}]});
        pair.update(HOME, updates).await.unwrap();
        pair.until(async || pair.is_whole().await, "both replicas are active").await;
        pair
    }

    async fn ask(&self, region: &str, name: &str, body: Value) -> Result<Value, Error> {
        let service = if region == HOME { &self.home } else { &self.away };
        service.ask_as(&caller("123456789012", region), name, &body).await
    }

    async fn update(&self, region: &str, change: Value) -> Result<Value, Error> {
        self.ask(region, "UpdateTable", with(json!({"TableName": "films"}), change)).await
    }

    /// The table as a Region describes it; null where there is none.
    async fn described(&self, region: &str) -> Value {
        let described = self.ask(region, "DescribeTable", json!({"TableName": "films"})).await;
        described.map_or(Value::Null, |mut described| described["Table"].take())
    }

    async fn is_whole(&self) -> bool {
        let sees = async |region: &str, other: &str| {
            let replica = &self.described(region).await["Replicas"][0];
            replica["RegionName"] == other && replica["ReplicaStatus"] == "ACTIVE"
        };
        sees(HOME, AWAY).await && sees(AWAY, HOME).await
    }

    async fn put(&self, region: &str, title: &str) {
        let body = json!({"TableName": "films", "Item": {"title": {"S": title}}});
        self.ask(region, "PutItem", body).await.unwrap();
    }

    async fn has(&self, region: &str, title: &str) -> bool {
        let body = json!({"TableName": "films", "Key": {"title": {"S": title}}});
        let found = self.ask(region, "GetItem", body).await;
        found.is_ok_and(|found| found.get("Item").is_some())
    }

    fn part(&self) {
        self.is_up.store(false, Ordering::Relaxed);
    }

    fn join(&self) {
        self.is_up.store(true, Ordering::Relaxed);
    }

    /// Lets time go by on all clocks, and everything be told that can be.
    async fn pass(&self, time_ms: u64) {
        for service in [&self.home, &self.away] {
            service.now.0.fetch_add(time_ms, Ordering::Relaxed);
        }
        tokio::time::sleep(Duration::from_secs(10)).await;
    }

    /// Has both servers do what is due now and then.
    async fn tidy(&self) {
        for service in [&self.home, &self.away] {
            // What had to be told first goes the next time.
            for _ in 0..2 {
                service.database.tidy().await.unwrap();
                self.pass(2000).await;
            }
        }
    }

    async fn until(&self, holds: impl AsyncFn() -> bool, what: &str) {
        for _ in 0..LOOKS_MAX {
            if holds().await {
                return;
            }
            self.pass(1000).await;
        }
        assert!(holds().await, "it never happened: {what}");
    }

    async fn check(&self) {
        for service in [&self.home, &self.away] {
            assert_eq!(service.database.check().await.unwrap().faults, []);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_deletion_is_remembered_for_a_day_and_until_every_replica_knows_it() {
    let pair = Pair::new().await;
    pair.put(HOME, "Metropolis").await;
    pair.until(async || pair.has(AWAY, "Metropolis").await, "the item arrives").await;
    pair.part();
    let body = json!({"TableName": "films", "Key": {"title": {"S": "Metropolis"}}});
    pair.ask(HOME, "DeleteItem", body).await.unwrap();
    pair.pass(48 * HOUR_MS).await;
    pair.tidy().await;
    assert_eq!(pair.home.count(ITEMS).await, 1, "the version of what the other does not know");
    assert_eq!(pair.home.count(QUEUES).await, 1);
    pair.join();
    pair.until(async || !pair.has(AWAY, "Metropolis").await, "the deletion arrives").await;
    pair.pass(HOUR_MS).await;
    pair.tidy().await;
    assert_eq!(pair.away.count(ITEMS).await, 1, "it is remembered for a day");
    pair.check().await;
    pair.pass(26 * HOUR_MS).await;
    pair.tidy().await;
    for service in [&pair.home, &pair.away] {
        assert_eq!(service.count(ITEMS).await, 0);
        assert_eq!(service.count(QUEUES).await, 0);
    }
    pair.check().await;
}

#[tokio::test(start_paused = true)]
async fn the_history_is_kept_for_a_replica_that_cannot_be_reached_until_it_is_removed() {
    let pair = Pair::new().await;
    pair.part();
    for number in 0..20 {
        pair.put(HOME, &format!("film {number}")).await;
    }
    pair.pass(72 * HOUR_MS).await;
    pair.tidy().await;
    assert!(20 <= pair.home.count(LOG).await, "what the other was not told is kept");
    pair.join();
    pair.until(async || pair.has(AWAY, "film 19").await, "the items arrive").await;
    pair.pass(72 * HOUR_MS).await;
    pair.tidy().await;
    assert!(pair.home.count(LOG).await < 20, "what it was told is not");
    pair.part();
    for number in 20..40 {
        pair.put(HOME, &format!("film {number}")).await;
    }
    let updates = json!({"ReplicaUpdates": [{"Delete": {"RegionName": AWAY}}]});
    pair.update(HOME, updates).await.unwrap();
    pair.pass(72 * HOUR_MS).await;
    pair.tidy().await;
    assert!(pair.home.count(LOG).await < 20, "nothing is kept for what was removed");
    pair.join();
    let is_alone = async || pair.described(HOME).await.get("GlobalTableVersion").is_none();
    pair.until(is_alone, "the table is no global one any more").await;
    assert_eq!(pair.described(AWAY).await, Value::Null);
    pair.tidy().await;
    pair.check().await;
}

#[tokio::test(start_paused = true)]
async fn settings_that_were_changed_on_both_sides_of_a_partition_all_hold() {
    let pair = Pair::new().await;
    pair.part();
    let make = |name: &str, attribute: &str| {
        json!({
            "AttributeDefinitions": attributes(&[attribute]),
            "GlobalSecondaryIndexUpdates": [{"Create": index(name, &[(attribute, "HASH")])}],
        })
    };
    pair.update(HOME, make("by-year", "year")).await.unwrap();
    pair.update(AWAY, make("by-land", "land")).await.unwrap();
    let limit = json!({"OnDemandThroughput": {"MaxWriteRequestUnits": 70}});
    pair.update(HOME, limit).await.unwrap();
    let body = json!({
        "TableName": "films",
        "TimeToLiveSpecification": {"Enabled": true, "AttributeName": "until"},
    });
    pair.ask(AWAY, "UpdateTimeToLive", body).await.unwrap();
    let reads = json!({"OnDemandThroughputOverride": {"MaxReadRequestUnits": 90}});
    let update = with(json!({"RegionName": AWAY}), reads);
    pair.update(HOME, json!({"ReplicaUpdates": [{"Update": update}]})).await.unwrap();
    pair.join();
    let holds = async |region: &str| {
        let table = pair.described(region).await;
        let body = json!({"TableName": "films"});
        let expiry = pair.ask(region, "DescribeTimeToLive", body).await.unwrap();
        let indexes = table["GlobalSecondaryIndexes"].as_array().cloned().unwrap_or_default();
        let is_active = |index: &Value| index["IndexStatus"] == "ACTIVE";
        let reads = &table["OnDemandThroughput"]["MaxReadRequestUnits"];
        indexes.len() == 2
            && indexes.iter().all(is_active)
            && table["OnDemandThroughput"]["MaxWriteRequestUnits"] == 70
            && (region == HOME || *reads == 90)
            && expiry["TimeToLiveDescription"]["AttributeName"] == "until"
    };
    pair.until(async || holds(HOME).await && holds(AWAY).await, "both have all settings").await;
    // What has nothing to do with reads takes no override away.
    pair.update(HOME, json!({"DeletionProtectionEnabled": true})).await.unwrap();
    pair.pass(5000).await;
    assert!(holds(HOME).await && holds(AWAY).await);
    pair.check().await;
}

#[tokio::test(start_paused = true)]
async fn two_replicas_that_removed_each_other_both_stay() {
    let pair = Pair::new().await;
    pair.part();
    for (region, other) in [(HOME, AWAY), (AWAY, HOME)] {
        let updates = json!({"ReplicaUpdates": [{"Delete": {"RegionName": other}}]});
        pair.update(region, updates).await.unwrap();
        pair.put(region, region).await;
    }
    pair.join();
    pair.until(async || pair.is_whole().await, "both are replicas again").await;
    let has_both = async |region| pair.has(region, HOME).await && pair.has(region, AWAY).await;
    pair.until(async || has_both(HOME).await && has_both(AWAY).await, "both have all").await;
    pair.check().await;
}

#[tokio::test(start_paused = true)]
async fn replicas_that_were_removed_one_after_the_other_are_gone() {
    let pair = Pair::new().await;
    pair.part();
    let updates = json!({"ReplicaUpdates": [{"Delete": {"RegionName": AWAY}}]});
    pair.update(HOME, updates).await.unwrap();
    pair.ask(HOME, "DeleteTable", json!({"TableName": "films"})).await.unwrap();
    pair.join();
    pair.until(async || pair.described(AWAY).await.is_null(), "the other is gone too").await;
    assert!(pair.described(HOME).await.is_null());
    pair.pass(60_000).await;
    for service in [&pair.home, &pair.away] {
        assert_eq!(service.count(ITEMS).await, 0, "no version is left");
    }
    pair.check().await;
}

#[tokio::test(start_paused = true)]
async fn a_protected_replica_stays_whoever_removes_it() {
    let pair = Pair::new().await;
    pair.part();
    pair.update(AWAY, json!({"DeletionProtectionEnabled": true})).await.unwrap();
    pair.put(AWAY, "Nosferatu").await;
    let updates = json!({"ReplicaUpdates": [{"Delete": {"RegionName": AWAY}}]});
    pair.update(HOME, updates).await.unwrap();
    pair.put(HOME, "Metropolis").await;
    pair.pass(72 * HOUR_MS).await;
    pair.tidy().await;
    pair.join();
    pair.until(async || pair.is_whole().await, "both are replicas again").await;
    let arrives = async || pair.has(AWAY, "Metropolis").await && pair.has(HOME, "Nosferatu").await;
    pair.until(arrives, "both have what the other wrote").await;
    pair.check().await;
}
