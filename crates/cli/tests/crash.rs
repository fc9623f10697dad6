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

const ROUNDS: u64 = 20;
const WORKERS: usize = 8;
/// The items that each worker writes, by themselves and in pairs.
const ITEMS: usize = 60;
const PAIRS: usize = 10;
/// What everybody writes.
const COUNTERS: usize = 3;
const ACCOUNTS: usize = 6;
const BALANCE: i64 = 1000;

const TABLE: &str = "ledger";
/// Long enough that only a server that hangs takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// The partition and sort key.
type Key = (String, String);

/// What an item becomes; nothing where it is deleted.
type Change = (Key, Option<Value>);

/// An index: its name, its key attributes, and what it holds besides keys; nothing means everything.
const INDEXES: [(&str, &[&str], Option<&[&str]>); 4] = [
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
        println!(
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

fn counter_key(counter: usize) -> Key {
    ("counter".to_owned(), counter.to_string())
}

fn account_key(account: usize) -> Key {
    ("account".to_owned(), account.to_string())
}

fn item_of((partition, sort): &Key) -> Value {
    json!({"pk": {"S": partition}, "sk": {"S": sort}})
}

fn number(item: Option<&Value>) -> i64 {
    item.map_or(0, |item| item["n"]["N"].as_str().unwrap().parse().unwrap())
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
        let pause = Duration::from_micros(random.u64(..2000));
        let workers = &mut self.workers;
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
        assert_eq!(found.len(), expected.len(), "entries of {name}");
        assert_eq!(sorted(&found), sorted(&expected), "entries of {name}");
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

/// A client, and what it knows.
struct Worker {
    name: usize,
    random: Rng,
    /// How many requests it made, so that no two write the same.
    requests: u64,
    /// The items of its own, as of the last answer.
    items: BTreeMap<Key, Value>,
    /// How often it has counted since the last look, and was told so.
    counted: [i64; COUNTERS],
    /// What it has moved to each account, ever.
    moved: [i64; ACCOUNTS],
    /// The request that was not answered.
    open: Option<Request>,
}

/// A request, and what it does.
struct Request {
    operation: &'static str,
    body: Value,
    effect: Effect,
}

enum Effect {
    /// Each of the changes, or some of them if there is no answer.
    Each(Vec<Change>),
    /// All of the changes, or none.
    All(Vec<Change>),
    Count(usize),
    Move {
        from: usize,
        to: usize,
        amount: i64,
        receipt: Change,
    },
}

impl Worker {
    fn new(name: usize, seed: u64) -> Self {
        Self {
            name,
            random: Rng::with_seed(seed),
            requests: 0,
            items: BTreeMap::new(),
            counted: [0; COUNTERS],
            moved: [0; ACCOUNTS],
            open: None,
        }
    }

    /// Writes until the server is gone, and reports each answer.
    fn work(&mut self, address: SocketAddr, report: &Sender<()>) {
        let Ok(mut client) = Client::new(address) else { return };
        loop {
            let request = self.next();
            let Ok(reply) = client.ask(request.operation, &request.body) else {
                self.open = Some(request);
                return;
            };
            self.answered(request, &reply);
            // Who counts the answers may have had enough of them.
            let _ = report.send(());
        }
    }

    fn answered(&mut self, request: Request, reply: &client::Reply) {
        match reply.status {
            200 => {
                let unprocessed = reply.body["UnprocessedItems"].as_object();
                assert!(unprocessed.is_none_or(serde_json::Map::is_empty), "{}", reply.body);
                self.follow(request.effect);
            }
            // Only what others write too can be in the way.
            _ => match request.effect {
                Effect::Move { .. } => {
                    assert_eq!(reply.exception(), "TransactionCanceledException", "{}", reply.body);
                }
                Effect::Each(_) | Effect::All(_) | Effect::Count(_) => {
                    panic!("{} {}: {}", request.operation, request.body, reply.body);
                }
            },
        }
    }

    /// Takes note of what was done.
    fn follow(&mut self, effect: Effect) {
        match effect {
            Effect::Each(changes) | Effect::All(changes) => {
                for change in changes {
                    self.apply(change);
                }
            }
            Effect::Count(counter) => self.counted[counter] += 1,
            Effect::Move { from, to, amount, receipt } => {
                self.moved[from] -= amount;
                self.moved[to] += amount;
                self.apply(receipt);
            }
        }
    }

    fn apply(&mut self, (key, item): Change) {
        match item {
            Some(item) => self.items.insert(key, item),
            None => self.items.remove(&key),
        };
    }

    /// After a crash: asks again for a transfer that was not answered. Its token keeps it from happening twice.
    fn ask_again(&mut self, client: &mut Client) {
        if let Some(request) =
            self.open.take_if(|request| matches!(request.effect, Effect::Move { .. }))
        {
            let reply = client.ask(request.operation, &request.body).unwrap();
            self.answered(request, &reply);
        }
    }

    fn may_have_counted(&self, counter: usize) -> bool {
        let open = self.open.as_ref().map(|request| &request.effect);
        matches!(open, Some(Effect::Count(open)) if *open == counter)
    }

    /// Takes the items of its own out of all that were found, and sees that they are what it was told.
    /// Whether the open request was done is known then.
    fn settle(&mut self, found: &mut BTreeMap<Key, Value>) {
        let mine = format!("worker-{}", self.name);
        let found: BTreeMap<Key, Value> =
            found.extract_if(.., |(partition, _), _| partition.starts_with(&mine)).collect();
        let is_done = |(key, item): &Change| found.get(key) == item.as_ref();
        match self.open.take().map(|request| request.effect) {
            None | Some(Effect::Count(_)) => {}
            Some(Effect::Each(changes)) => {
                for change in changes.into_iter().filter(is_done) {
                    self.apply(change);
                }
            }
            Some(Effect::All(changes)) => {
                if changes.iter().all(is_done) {
                    self.follow(Effect::All(changes));
                }
            }
            Some(Effect::Move { .. }) => unreachable!("it was asked again"),
        }
        self.counted = [0; COUNTERS];
        for key in self.items.keys().chain(found.keys()) {
            assert_eq!(found.get(key), self.items.get(key), "{key:?} is not what was acknowledged");
        }
    }

    fn next(&mut self) -> Request {
        self.requests += 1;
        match self.random.u8(..16) {
            0..4 => self.put(),
            4..7 => self.update(),
            7..9 => self.delete(),
            9 => self.batch(),
            10..12 => self.pair(),
            12..14 => self.transfer(),
            _ => self.count(),
        }
    }

    /// The key of one of its items. Some share a partition.
    fn key(&mut self) -> Key {
        let item = self.random.usize(..ITEMS);
        (format!("worker-{}-{}", self.name, item % 7), format!("item-{item}"))
    }

    /// A new item, with some of the attributes that put it into indexes.
    fn item(&mut self, key: &Key) -> Value {
        let mut item = item_of(key);
        item["v"] = json!({"N": self.requests.to_string()});
        for (name, values) in [("g", 3), ("h", 5)] {
            if self.random.bool() {
                item[name] = json!({"S": format!("{name}-{}", self.random.u8(..values))});
            }
        }
        if self.random.bool() {
            item["l"] = json!({"N": self.random.i16(..).to_string()});
        }
        let length = if self.random.u8(..10) == 0 {
            self.random.usize(..20_000)
        } else {
            self.random.usize(..300)
        };
        item["text"] = json!({"S": "x".repeat(length)});
        item
    }

    fn put(&mut self) -> Request {
        let key = self.key();
        let item = self.item(&key);
        let body = json!({"TableName": TABLE, "Item": item});
        Request { operation: "PutItem", body, effect: Effect::All(vec![(key, Some(item))]) }
    }

    fn delete(&mut self) -> Request {
        let key = self.key();
        let body = json!({"TableName": TABLE, "Key": item_of(&key)});
        Request { operation: "DeleteItem", body, effect: Effect::All(vec![(key, None)]) }
    }

    /// Counts in an item of its own, and moves it in the indexes.
    fn update(&mut self) -> Request {
        let key = self.key();
        let mut item = self.items.get(&key).cloned().unwrap_or_else(|| item_of(&key));
        let count = item.get("n").map_or(0, |_| number(Some(&item)));
        let group = format!("g-{}", self.random.u8(..3));
        let body = json!({
            "TableName": TABLE,
            "Key": item_of(&key),
            "UpdateExpression": "SET v = :v, g = :g REMOVE l ADD n :one",
            "ExpressionAttributeValues": {
                ":v": {"N": self.requests.to_string()}, ":g": {"S": group}, ":one": {"N": "1"},
            },
        });
        item["v"] = json!({"N": self.requests.to_string()});
        item["g"] = json!({"S": group});
        item["n"] = json!({"N": (count + 1).to_string()});
        item.as_object_mut().unwrap().remove("l");
        Request { operation: "UpdateItem", body, effect: Effect::All(vec![(key, Some(item))]) }
    }

    fn batch(&mut self) -> Request {
        let mut changes: BTreeMap<Key, Option<Value>> = BTreeMap::new();
        for _ in 0..self.random.usize(1..=25) {
            let key = self.key();
            let is_put = self.random.u8(..3) != 0;
            let item = is_put.then(|| self.item(&key));
            changes.insert(key, item);
        }
        let request = |(key, item): (&Key, &Option<Value>)| match item {
            Some(item) => json!({"PutRequest": {"Item": item}}),
            None => json!({"DeleteRequest": {"Key": item_of(key)}}),
        };
        let body = json!({"RequestItems": {TABLE: changes.iter().map(request).collect::<Value>()}});
        Request {
            operation: "BatchWriteItem",
            body,
            effect: Effect::Each(changes.into_iter().collect()),
        }
    }

    /// Two items that always have one version.
    fn pair(&mut self) -> Request {
        let pair = self.random.usize(..PAIRS);
        let side = |side: &str| (format!("worker-{}-{side}", self.name), format!("pair-{pair}"));
        let changes = [side("left"), side("right")].map(|key| {
            let item = self.item(&key);
            (key, Some(item))
        });
        let puts =
            changes.iter().map(|(_, item)| json!({"Put": {"TableName": TABLE, "Item": item}}));
        let body =
            json!({"TransactItems": puts.collect::<Value>(), "ClientRequestToken": self.token()});
        Request { operation: "TransactWriteItems", body, effect: Effect::All(changes.into()) }
    }

    /// Moves an amount from one account to another, and counts it in an item of its own.
    fn transfer(&mut self) -> Request {
        let from = self.random.usize(..ACCOUNTS);
        let to = (from + self.random.usize(1..ACCOUNTS)) % ACCOUNTS;
        let amount = self.random.i64(1..=BALANCE / 5);
        let key = (format!("worker-{}", self.name), "receipts".to_owned());
        let mut item = item_of(&key);
        item["n"] = json!({"N": (number(self.items.get(&key)) + 1).to_string()});
        let add = |key: Key, condition: Option<&str>, amount: i64| {
            let mut update = json!({
                "TableName": TABLE,
                "Key": item_of(&key),
                "UpdateExpression": "ADD n :amount",
                "ExpressionAttributeValues": {":amount": {"N": amount.to_string()}},
            });
            if let Some(condition) = condition {
                update["ConditionExpression"] = json!(condition);
                update["ExpressionAttributeValues"][":least"] = json!({"N": (-amount).to_string()});
            }
            json!({"Update": update})
        };
        let body = json!({
            "ClientRequestToken": self.token(),
            "TransactItems": [
                add(account_key(from), Some("n >= :least"), -amount),
                add(account_key(to), None, amount),
                add(key.clone(), None, 1),
            ],
        });
        let effect = Effect::Move { from, to, amount, receipt: (key, Some(item)) };
        Request { operation: "TransactWriteItems", body, effect }
    }

    /// Counts in an item that everybody counts in.
    fn count(&mut self) -> Request {
        let counter = self.random.usize(..COUNTERS);
        let (expression, zero) = match self.random.bool() {
            true => ("ADD n :one", None),
            false => ("SET n = if_not_exists(n, :zero) + :one", Some(json!({"N": "0"}))),
        };
        let mut values = json!({":one": {"N": "1"}});
        if let Some(zero) = zero {
            values[":zero"] = zero;
        }
        let body = json!({
            "TableName": TABLE,
            "Key": item_of(&counter_key(counter)),
            "UpdateExpression": expression,
            "ExpressionAttributeValues": values,
        });
        Request { operation: "UpdateItem", body, effect: Effect::Count(counter) }
    }

    fn token(&mut self) -> String {
        format!("{}-{}-{:x}", self.name, self.requests, self.random.u64(..))
    }
}
