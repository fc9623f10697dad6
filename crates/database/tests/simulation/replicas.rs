//! Three servers, each the home of a Region, with a table that has a replica in each; clients that write to all of
//! them while messages are lost and servers crash. In the end all replicas are equal, and each item is as some Region
//! last left it.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{BoxFuture, FutureExt as _};
use pixii_database::{Error, PeerError, Peers, Regions};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::world::{NOON_MS, World};

const REGIONS: [&str; 3] = ["eu-west-1", "sa-east-1", "us-east-1"];
const CLIENTS: usize = 2;
const STEPS: usize = 12;
const KEYS: usize = 3;
/// How often it is looked whether something has come to pass, each time a second later.
const LOOKS_MAX: usize = 600;
/// Items that are due have this time, the others one that never comes.
const DUE: u64 = NOON_MS / 1000 - 100_000;
const NEVER: u64 = NOON_MS / 1000 + 1_000_000_000;

/// What joins the servers.
struct Net {
    worlds: Mutex<Vec<Weak<World>>>,
    /// Of a thousand messages, how many are lost on their way, and how many answers.
    lost: AtomicU64,
    random: Mutex<fastrand::Rng>,
    /// Whether the third server is gone for good.
    is_third_gone: AtomicBool,
}

/// One server's end of it.
struct End {
    net: Arc<Net>,
    own: usize,
}

impl Net {
    fn reaches(&self, own: usize, region: &str) -> bool {
        let is_third = own == 2 || region == REGIONS[2];
        !(is_third && self.is_third_gone.load(Ordering::Relaxed))
    }

    fn loses(&self) -> bool {
        self.random.lock().unwrap().u64(..1000) < self.lost.load(Ordering::Relaxed)
    }

    fn world(&self, region: &str) -> Option<Arc<World>> {
        let place = REGIONS.iter().position(|other| *other == region)?;
        self.worlds.lock().unwrap()[place].upgrade()
    }
}

impl Peers for End {
    fn regions(&self) -> Vec<String> {
        let others = REGIONS.iter().enumerate().filter(|(place, _)| *place != self.own);
        others.map(|(_, region)| (*region).to_owned()).collect()
    }

    fn ask<'a>(
        &'a self,
        region: &'a str,
        message: Bytes,
    ) -> BoxFuture<'a, Result<Bytes, PeerError>> {
        let lost = || PeerError::new("lost");
        async move {
            if self.net.loses() || !self.net.reaches(self.own, region) {
                return Err(lost());
            }
            let world = self.net.world(region).ok_or_else(lost)?;
            let answer = world.database().receive(message).await;
            if matches!(answer, Err(Error::RefusingWrites)) {
                world.restart().await;
            }
            if self.net.loses() { Err(lost()) } else { answer.map_err(PeerError::new) }
        }
        .boxed()
    }
}

/// A write of an item in a Region.
#[derive(Debug, Clone)]
struct Event {
    region: usize,
    begin: u64,
    end: u64,
    /// How it leaves the item: the number of the write, or nothing.
    left: Option<u64>,
    is_due: bool,
    is_acknowledged: bool,
}

type Events = Mutex<Vec<Vec<Event>>>;

/// The servers, and what joins them.
struct Group {
    net: Arc<Net>,
    worlds: Vec<Arc<World>>,
    moments: AtomicU64,
    events: Events,
}

pub(crate) async fn history(seed: u64) -> String {
    let net = Arc::new(Net {
        worlds: Mutex::default(),
        lost: AtomicU64::new(0),
        random: Mutex::new(fastrand::Rng::with_seed(seed)),
        is_third_gone: AtomicBool::new(false),
    });
    let worlds: Vec<_> = (0..REGIONS.len())
        .map(|own| {
            let end = End { net: Arc::clone(&net), own };
            let regions =
                Regions { local: vec![REGIONS[own].to_owned()], peers: Some(Arc::new(end)) };
            let seed = seed.wrapping_mul(3) + own as u64;
            Arc::new(World::in_region(seed, REGIONS[own], regions))
        })
        .collect();
    *net.worlds.lock().unwrap() = worlds.iter().map(Arc::downgrade).collect();
    for world in &worlds {
        world.replicate();
    }
    let events = Mutex::new(vec![Vec::new(); KEYS + REGIONS.len()]);
    let group = Arc::new(Group { net, worlds, moments: AtomicU64::new(0), events });
    group.run().await
}

impl Group {
    async fn run(self: Arc<Self>) -> String {
        let first = &self.worlds[0];
        let table = json!({
            "TableName": "items",
            "AttributeDefinitions": [
                {"AttributeName": "p", "AttributeType": "S"},
                {"AttributeName": "g", "AttributeType": "S"},
            ],
            "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
            "GlobalSecondaryIndexes": [{
                "IndexName": "by-g",
                "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }],
        });
        first.ok("CreateTable", table).await;
        if first.draw(2) == 0 {
            let specification = json!({"Enabled": true, "AttributeName": "until"});
            let body = json!({"TableName": "items", "TimeToLiveSpecification": specification});
            first.ok("UpdateTimeToLive", body).await;
        }
        self.write(0, (0, 1), 1).await;
        self.add(1).await;
        self.suffer();
        let mut tasks = JoinSet::new();
        for client in 0..CLIENTS * REGIONS.len() {
            let group = Arc::clone(&self);
            tasks.spawn(async move { group.run_client(client).await });
        }
        let group = Arc::clone(&self);
        tasks.spawn(async move { group.run_operator().await });
        tasks.join_all().await;
        self.recover().await;
        if first.draw(3) == 0 {
            self.give_up_third().await;
        }
        self.check().await
    }

    /// The third server is lost with whatever it alone knows, and its replica is removed.
    async fn give_up_third(&self) {
        self.net.is_third_gone.store(true, Ordering::Relaxed);
        let remove = json!([{"Delete": {"RegionName": REGIONS[2]}}]);
        let body = json!({"TableName": "items", "ReplicaUpdates": remove});
        self.until(async || {
            // There may be none, or it may not be known here yet.
            drop(self.worlds[0].ask("UpdateTable", &body).await);
            let mut is_removed = true;
            for world in self.worlds.iter().take(2) {
                let table = world.ok("DescribeTable", json!({"TableName": "items"})).await;
                let replicas = table["Table"]["Replicas"].as_array().cloned().unwrap_or_default();
                is_removed &= replicas.iter().all(|one| {
                    one["RegionName"] != REGIONS[2] || one["ReplicaStatus"] == "DELETING"
                });
            }
            is_removed
        })
        .await;
    }

    fn remaining(&self) -> usize {
        if self.net.is_third_gone.load(Ordering::Relaxed) { 2 } else { REGIONS.len() }
    }

    fn suffer(&self) {
        self.net.lost.store(self.worlds[0].draw(300) as u64, Ordering::Relaxed);
        for world in &self.worlds {
            world.suffer();
        }
    }

    async fn recover(&self) {
        self.net.lost.store(0, Ordering::Relaxed);
        for world in &self.worlds {
            world.recover().await;
        }
    }

    /// Has a Region get a replica, sooner or later.
    async fn add(&self, region: usize) {
        let update = json!([{"Create": {"RegionName": REGIONS[region]}}]);
        let body = json!({"TableName": "items", "ReplicaUpdates": update});
        self.until(async || {
            drop(self.worlds[0].ask("UpdateTable", &body).await);
            self.is_active(region).await
        })
        .await;
    }

    async fn is_active(&self, region: usize) -> bool {
        let body = json!({"TableName": "items"});
        let described = self.worlds[region].ask("DescribeTable", &body).await;
        described.is_ok_and(|described| described["Table"]["TableStatus"] == "ACTIVE")
    }

    async fn until(&self, holds: impl AsyncFn() -> bool) {
        for _ in 0..LOOKS_MAX {
            if holds().await {
                return;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        assert!(holds().await, "what should come to pass does not\n{}", self.log());
    }

    fn log(&self) -> String {
        let mut log = String::new();
        for (world, region) in self.worlds.iter().zip(REGIONS) {
            writeln!(log, "{region}: {}", world.log()).unwrap();
        }
        log
    }

    async fn run_client(&self, client: usize) {
        let region = client % REGIONS.len();
        for step in 0..STEPS {
            let number = (client * 1000 + step + 10) as u64;
            let world = &self.worlds[region];
            // One item is this Region's alone: what was last written there must stay.
            let key = if world.draw(3) == 0 { KEYS + region } else { world.draw(KEYS) };
            let (other, kind) = (world.draw(KEYS), world.draw(8));
            self.write(region, (key, other), number * 8 + kind as u64).await;
            tokio::time::sleep(Duration::from_millis(world.draw(40) as u64)).await;
        }
    }

    /// Makes a write whose number also says of which kind it is.
    async fn write(&self, region: usize, (key, other): (usize, usize), number: u64) {
        let world = &self.worlds[region];
        let is_due = number % 8 == 2;
        let until = if is_due { DUE } else { NEVER };
        let item = |key: usize| {
            json!({
                "p": {"S": key.to_string()}, "g": {"S": "g"},
                "mark": {"N": number.to_string()}, "until": {"N": until.to_string()},
            })
        };
        let own = json!({"p": {"S": key.to_string()}});
        let (name, body, left): (_, _, Vec<(usize, Option<u64>)>) = match number % 8 {
            0 | 1 => ("DeleteItem", json!({"TableName": "items", "Key": own}), vec![(key, None)]),
            3 => {
                let update = json!({
                    "TableName": "items", "Key": own,
                    "UpdateExpression": "SET mark = :n, g = :g, #u = :u ADD times :one",
                    "ExpressionAttributeNames": {"#u": "until"},
                    "ExpressionAttributeValues": {
                        ":n": {"N": number.to_string()}, ":g": {"S": "g"},
                        ":one": {"N": "1"}, ":u": {"N": until.to_string()},
                    },
                });
                ("UpdateItem", update, vec![(key, Some(number))])
            }
            4 if key != other => {
                let put = |key| json!({"Put": {"TableName": "items", "Item": item(key)}});
                let body = json!({"TransactItems": [put(key), put(other)]});
                ("TransactWriteItems", body, vec![(key, Some(number)), (other, Some(number))])
            }
            5 if key != other => {
                let body = json!({"RequestItems": {"items": [
                    {"PutRequest": {"Item": item(key)}},
                    {"DeleteRequest": {"Key": {"p": {"S": other.to_string()}}}},
                ]}});
                ("BatchWriteItem", body, vec![(key, Some(number)), (other, None)])
            }
            _ => {
                let body = json!({"TableName": "items", "Item": item(key)});
                ("PutItem", body, vec![(key, Some(number))])
            }
        };
        let begin = self.moments.fetch_add(1, Ordering::Relaxed);
        let reply = world.ask(name, &body).await;
        let end = self.moments.fetch_add(1, Ordering::Relaxed);
        let is_acknowledged = match reply {
            Ok(_) => true,
            Err(
                Error::RefusingWrites
                | Error::TransactionConflict
                | Error::TransactionCanceled(_)
                | Error::ResourceNotFound,
            ) => return,
            Err(_) => false,
        };
        for (key, left) in left {
            let event = Event { region, begin, end, left, is_due, is_acknowledged };
            self.events.lock().unwrap()[key].push(event);
        }
    }

    /// Adds and removes the third replica, lets due items go, and pulls plugs.
    async fn run_operator(&self) {
        let remove = json!([{"Delete": {"RegionName": REGIONS[2]}}]);
        let add = json!([{"Create": {"RegionName": REGIONS[2]}}]);
        for _ in 0..STEPS {
            let world = &self.worlds[self.worlds[0].draw(REGIONS.len())];
            let replicas =
                |updates: &Value| json!({"TableName": "items", "ReplicaUpdates": updates});
            // Each may be refused, as what it asks for may be so, or under way.
            match self.worlds[0].draw(8) {
                0..3 => drop(
                    self.worlds[self.worlds[0].draw(2)].ask("UpdateTable", &replicas(&add)).await,
                ),
                3 if self.worlds[0].draw(2) == 0 => {
                    drop(
                        self.worlds[self.worlds[0].draw(2)]
                            .ask("UpdateTable", &replicas(&remove))
                            .await,
                    );
                }
                4 | 5 => world.restart().await,
                _ => drop(world.database().expire().await),
            }
            tokio::time::sleep(Duration::from_millis(world.draw(60) as u64)).await;
        }
    }

    /// The items of a replica, by their keys; `None` where there is none.
    async fn items(&self, region: usize, index: Option<&str>) -> Option<Vec<(String, Value)>> {
        let mut scan = json!({"TableName": "items"});
        if let Some(index) = index {
            scan["IndexName"] = index.into();
        }
        let page = self.worlds[region].ask("Scan", &scan).await.ok()?;
        let mut items: Vec<_> = page["Items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| (item["p"]["S"].as_str().unwrap().to_owned(), item.clone()))
            .collect();
        items.sort_by(|one, other| one.0.cmp(&other.0));
        Some(items)
    }

    async fn check(&self) -> String {
        self.until(async || {
            for world in &self.worlds {
                drop(world.database().expire().await);
            }
            let first = self.items(0, None).await;
            let gone = if self.remaining() == 2 { "DELETING" } else { "ACTIVE" };
            let is_settled = async |region: usize| {
                let body = json!({"TableName": "items"});
                let described = self.worlds[region].ask("DescribeTable", &body).await;
                let Ok(described) = described else { return true };
                let replicas = described["Table"]["Replicas"].as_array().cloned();
                let is_still =
                    |one: &Value| one["ReplicaStatus"] == "ACTIVE" || one["ReplicaStatus"] == gone;
                replicas.unwrap_or_default().iter().all(is_still)
            };
            let mut is_equal = first.is_some() && is_settled(0).await && is_settled(1).await;
            for region in 1..self.remaining() {
                let items = self.items(region, None).await;
                is_equal &= items.is_none() && region == 2 || items == first;
            }
            is_equal
        })
        .await;
        let mut log = String::new();
        let items = self.items(0, None).await.unwrap();
        for region in 0..self.remaining() {
            let Some(found) = self.items(region, Some("by-g")).await else { continue };
            assert_eq!(found, items, "{}", self.log());
        }
        for (key, events) in self.events.lock().unwrap().iter().enumerate() {
            let found = items.iter().find(|(name, _)| *name == key.to_string());
            let mark =
                found.map(|(_, item)| item["mark"]["N"].as_str().unwrap().parse::<u64>().unwrap());
            // What a server that is gone alone knew is gone too.
            let may_lack = self.remaining() == 2 && events.iter().any(|event| event.region == 2);
            assert!(
                may_lack || is_explained(events, mark),
                "item {key} should not be {mark:?}\n{events:#?}\n{}",
                self.log()
            );
            writeln!(log, "{key}: {mark:?} after {} events", events.len()).unwrap();
        }
        for world in self.worlds.iter().take(self.remaining()) {
            world.end().await;
        }
        log
    }
}

/// Whether some Region may have left an item so, and not changed it after.
fn is_explained(events: &[Event], found: Option<u64>) -> bool {
    let is_last = |event: &Event, is_change: &dyn Fn(&Event) -> bool| {
        let later = |other: &&Event| {
            other.region == event.region && other.is_acknowledged && other.begin > event.end
        };
        !events.iter().filter(later).any(is_change)
    };
    if found.is_some() {
        return events.iter().any(|event| event.left == found && is_last(event, &|_| true));
    }
    // A delete counts as long as nothing was put after it, and so does an item that was due.
    let is_end = |event: &Event| event.left.is_none() || event.is_due;
    let is_ended = |event: &Event| is_end(event) && is_last(event, &|other| other.left.is_some());
    events.iter().all(|event| !event.is_acknowledged) || events.iter().any(is_ended)
}
