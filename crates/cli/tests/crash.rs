//! Crashes: a server is killed under load, again and again, and each time all is looked at.
//!
//! Some clients write in every way there is. Each has items of its own and knows what it was told of each,
//! besides the one request that was not answered, which was done or was not. Some items are everybody's:
//! counters, and accounts between which amounts are moved. What is expected of the whole follows from
//! what each knows.
//!
//! By hand: `PIXII_CRASH_ROUNDS=1000 cargo test --release -p pixii --test crash -- --nocapture`.
//! `PIXII_CRASH_SEED` takes the seed that a failure prints; the folder that it prints is kept.

#![expect(clippy::unwrap_used, reason = "a test that fails here has failed")]
#![expect(clippy::indexing_slicing, reason = "a test that fails here has failed")]

#[expect(dead_code, reason = "other tests ask more of a client")]
mod client;
#[expect(dead_code, reason = "other tests ask more of a server")]
mod server;
mod worker;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use fastrand::Rng;
use serde_json::{Value, json};

use client::Client;
use server::{Server, Starting, serve};
use worker::{
    ACCOUNTS, BALANCE, COUNTERS, Key, TABLE, Worker, account_key, counter_key, item_of, number,
};

const ROUNDS: u64 = 24;
const WORKERS: usize = 8;
/// The longest text in an item: of most rounds, and of those that fill more than one log.
const TEXT_BYTES_MAX: usize = 20_000;
const LONG_TEXT_BYTES_MAX: usize = 300_000;
/// Long enough that only a server that hangs takes longer.
const PATIENCE: Duration = Duration::from_mins(1);

/// An index: its name, its key attributes, and what it holds besides keys; nothing means everything.
type Index = (&'static str, &'static [&'static str], Option<&'static [&'static str]>);

const INDEXES: [Index; 4] = [
    ("by-l", &["pk", "l"], Some(&["v"])),
    ("by-g", &["g"], Some(&[])),
    ("by-h", &["h", "l"], Some(&["v", "n"])),
    ("by-g-and-h", &["g", "h"], None),
];

#[test]
fn what_was_acknowledged_survives_crashes_and_nothing_else_shows() {
    let number = |name| std::env::var(name).ok().map(|text| text.parse().unwrap());
    let rounds = number("PIXII_CRASH_ROUNDS").unwrap_or(ROUNDS);
    let seed = number("PIXII_CRASH_SEED").unwrap_or_else(|| fastrand::u64(..));
    let folder = Folder { folder: Some(tempfile::tempdir().unwrap()), seed };
    let mut random = Rng::with_seed(seed);
    let mut world = World::new(&mut random);
    create(&Server::on(folder.path()));
    for round in 0..rounds {
        open_halfway(folder.path(), &mut random);
        let server = Server::on(folder.path());
        let acknowledged = world.round(server, &mut random);
        let server = Server::on(folder.path());
        let items = world.check(&mut Client::new(server.address).unwrap());
        eprintln!(
            "round {round}: {acknowledged} writes were acknowledged, and {items} items are there"
        );
        server.kill();
    }
}

/// The folder of the data. If the test fails it is kept, and said which it is.
struct Folder {
    folder: Option<tempfile::TempDir>,
    seed: u64,
}

impl Folder {
    fn path(&self) -> &Path {
        self.folder.as_ref().unwrap().path()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Some(folder) = self.folder.take()
            && thread::panicking()
        {
            eprintln!(
                "PIXII_CRASH_SEED={}, and the folder is {}",
                self.seed,
                folder.keep().display()
            );
        }
    }
}

fn create(server: &Server) {
    let text = |name| json!({"AttributeName": name, "AttributeType": "S"});
    let key = |names: &[&str]| {
        let kinds = ["HASH", "RANGE"].iter().zip(names);
        kinds.map(|(kind, name)| json!({"AttributeName": name, "KeyType": kind})).collect::<Value>()
    };
    let indexes = INDEXES.map(|(name, keys, held)| {
        let projection = match held {
            None => json!({"ProjectionType": "ALL"}),
            Some([]) => json!({"ProjectionType": "KEYS_ONLY"}),
            Some(names) => json!({"ProjectionType": "INCLUDE", "NonKeyAttributes": names}),
        };
        json!({"IndexName": name, "KeySchema": key(keys), "Projection": projection})
    });
    let (local, global) = indexes.split_at(1);
    let mut client = Client::new(server.address).unwrap();
    let table = json!({
        "TableName": TABLE,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [text("pk"), text("sk"), text("g"), text("h"), {"AttributeName": "l", "AttributeType": "N"}],
        "KeySchema": key(&["pk", "sk"]),
        "LocalSecondaryIndexes": local,
        "GlobalSecondaryIndexes": global,
    });
    client.done("CreateTable", &table);
    for account in 0..ACCOUNTS {
        let mut item = item_of(&account_key(account));
        item["n"] = json!({"N": BALANCE.to_string()});
        client.done("PutItem", &json!({"TableName": TABLE, "Item": item}));
    }
}

/// Now and then, a server that is killed while it starts.
fn open_halfway(folder: &Path, random: &mut Rng) {
    while random.u8(..3) == 0 {
        let starting = Starting::new(&mut serve(folder));
        thread::sleep(Duration::from_micros(random.u64(..40_000)));
        starting.kill();
    }
}

/// All that is known.
struct World {
    workers: Vec<Worker>,
    /// What each counter was at the last look.
    counters: [i64; COUNTERS],
}

impl World {
    fn new(random: &mut Rng) -> Self {
        let workers = (0..WORKERS).map(|name| Worker::new(name, random.u64(..))).collect();
        Self { workers, counters: [0; COUNTERS] }
    }

    /// Lets everybody write until the server ends, at a random moment. Gives how many writes were acknowledged.
    fn round(&mut self, server: Server, random: &mut Rng) -> u64 {
        let address = server.address;
        let acknowledged = random.u64(50..4000);
        let is_killed = random.u8(..5) != 0;
        let is_long = random.u8(..6) == 0;
        let pause = Duration::from_micros(random.u64(..2000));
        let workers = &mut self.workers;
        for worker in &mut *workers {
            worker.text_bytes_max = if is_long { LONG_TEXT_BYTES_MAX } else { TEXT_BYTES_MAX };
        }
        thread::scope(move |scope| {
            // In here, so that everybody stops if anything fails.
            let server = server;
            let (report, reports): (Sender<()>, Receiver<()>) = channel();
            for worker in workers {
                let report = report.clone();
                scope.spawn(move || worker.work(address, &report));
            }
            scope.spawn(move || watch(address));
            drop(report);
            for _ in 0..acknowledged {
                reports.recv_timeout(PATIENCE).expect("the server goes on answering");
            }
            // The moment of an answer is not any moment.
            thread::sleep(pause);
            if is_killed {
                server.kill();
            } else {
                assert!(server.stop("TERM").success());
            }
            acknowledged + u64::try_from(reports.iter().count()).unwrap()
        })
    }

    /// Looks at everything. Gives how many items there are.
    fn check(&mut self, client: &mut Client) -> usize {
        for worker in &mut self.workers {
            worker.ask_again(client);
        }
        let items = client.scan(&json!({"TableName": TABLE, "ConsistentRead": true}));
        let mut found: BTreeMap<Key, Value> = BTreeMap::new();
        for item in &items {
            let before = found.insert(key_of(item), item.clone());
            assert_eq!(before, None, "an item is there twice");
        }
        check_indexes(client, &items);
        self.check_shared(&mut found);
        for worker in &mut self.workers {
            worker.settle(&mut found);
        }
        assert_eq!(found, BTreeMap::new(), "nobody wrote this, or it was deleted");
        items.len()
    }

    fn check_shared(&mut self, found: &mut BTreeMap<Key, Value>) {
        for (counter, value) in self.counters.iter_mut().enumerate() {
            let now = number(found.remove(&counter_key(counter)).as_ref());
            let least =
                *value + self.workers.iter().map(|worker| worker.counted[counter]).sum::<i64>();
            let open =
                self.workers.iter().filter(|worker| worker.may_have_counted(counter)).count();
            let most = least + i64::try_from(open).unwrap();
            assert!(least <= now && now <= most, "{now} counted, not {least} to {most}");
            *value = now;
        }
        for account in 0..ACCOUNTS {
            let now = number(found.remove(&account_key(account)).as_ref());
            let moved = self.workers.iter().map(|worker| worker.moved[account]).sum::<i64>();
            assert_eq!(now, BALANCE + moved, "account {account}");
        }
    }
}

/// While others write: transfers show whole or not at all.
fn watch(address: SocketAddr) {
    let gets = (0..ACCOUNTS)
        .map(|account| json!({"Get": {"TableName": TABLE, "Key": item_of(&account_key(account))}}));
    let request = json!({"TransactItems": gets.collect::<Value>()});
    let Ok(mut client) = Client::new(address) else { return };
    while let Ok(reply) = client.ask("TransactGetItems", &request) {
        if reply.status == 200 {
            let items = reply.body["Responses"].as_array().unwrap();
            let total: i64 = items.iter().map(|response| number(Some(&response["Item"]))).sum();
            assert_eq!(
                total,
                BALANCE * i64::try_from(ACCOUNTS).unwrap(),
                "a transfer shows in part"
            );
        } else {
            assert_eq!(reply.exception(), "TransactionCanceledException", "{}", reply.body);
        }
    }
}

fn key_of(item: &Value) -> Key {
    let text = |name: &str| item[name]["S"].as_str().unwrap().to_owned();
    (text("pk"), text("sk"))
}

/// Each index holds what the items say, and the description counts what there is.
fn check_indexes(client: &mut Client, items: &[Value]) {
    let description = client.done("DescribeTable", &json!({"TableName": TABLE}));
    let table = &description["Table"];
    assert_eq!(
        (&table["ItemCount"], &table["TableSizeBytes"]),
        counts(items, &mut [Value::Null, Value::Null])
    );
    let described = ["LocalSecondaryIndexes", "GlobalSecondaryIndexes"];
    let described: Vec<_> =
        described.iter().flat_map(|kind| table[*kind].as_array().unwrap()).collect();
    for (name, keys, held) in INDEXES {
        let has_keys = |item: &&Value| keys.iter().all(|key| item.get(key).is_some());
        let expected: Vec<_> =
            items.iter().filter(has_keys).map(|item| projected(item, keys, held)).collect();
        let found = client.scan(&json!({"TableName": TABLE, "IndexName": name}));
        let sorted = |items: &[Value]| items.iter().map(Value::to_string).collect::<BTreeSet<_>>();
        let (entries, implied) = (sorted(&found), sorted(&expected));
        let difference = entries.symmetric_difference(&implied).next();
        let difference = difference.map(|item| item.chars().take(200).collect::<String>());
        assert_eq!(difference, None, "entries of {name}");
        assert_eq!(found.len(), expected.len(), "entries of {name}");
        let described = described.iter().find(|index| index["IndexName"] == name).unwrap();
        let counted = (&described["ItemCount"], &described["IndexSizeBytes"]);
        assert_eq!(counted, counts(&found, &mut [Value::Null, Value::Null]), "counts of {name}");
    }
}

/// What an index holds of an item.
fn projected(item: &Value, keys: &[&str], held: Option<&[&str]>) -> Value {
    let Some(held) = held else { return item.clone() };
    let names = ["pk", "sk"].iter().chain(keys).chain(held);
    let attributes = names.filter_map(|name| Some(((*name).to_owned(), item.get(name)?.clone())));
    Value::Object(attributes.collect())
}

/// How many items there are, and their size.
fn counts<'a>(items: &[Value], [count, bytes]: &'a mut [Value; 2]) -> (&'a Value, &'a Value) {
    *count = items.len().into();
    *bytes = items.iter().map(size).sum::<usize>().into();
    (count, bytes)
}

/// An item's size, by the service's rule for texts and whole numbers.
fn size(item: &Value) -> usize {
    let attributes = item.as_object().unwrap().iter();
    attributes
        .map(|(name, value)| {
            let text = value["S"].as_str().map(str::len);
            let bytes = text.unwrap_or_else(|| number_size(value["N"].as_str().unwrap()));
            name.len() + bytes
        })
        .sum()
}

fn number_size(number: &str) -> usize {
    let digits = number.trim_start_matches('-');
    let significant = digits.trim_end_matches('0').len();
    1 + significant.div_ceil(2) + (number.len() - digits.len())
}
