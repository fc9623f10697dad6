//! A client that writes in every way there is, and what it knows of what became of it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::mpsc::Sender;

use fastrand::Rng;
use serde_json::{Value, json};

use crate::client::{Client, Reply};

/// The items that each worker writes, by themselves and in pairs.
const ITEMS: usize = 60;
const PAIRS: usize = 10;
/// What everybody writes.
pub(crate) const COUNTERS: usize = 3;
pub(crate) const ACCOUNTS: usize = 6;
pub(crate) const BALANCE: i64 = 1000;

pub(crate) const TABLE: &str = "ledger";

/// The partition and sort key.
pub(crate) type Key = (String, String);

/// What an item becomes; nothing where it is deleted.
type Change = (Key, Option<Value>);

pub(crate) fn counter_key(counter: usize) -> Key {
    ("counter".to_owned(), counter.to_string())
}

pub(crate) fn account_key(account: usize) -> Key {
    ("account".to_owned(), account.to_string())
}

pub(crate) fn item_of((partition, sort): &Key) -> Value {
    json!({"pk": {"S": partition}, "sk": {"S": sort}})
}

pub(crate) fn number(item: Option<&Value>) -> i64 {
    item.map_or(0, |item| item["n"]["N"].as_str().unwrap().parse().unwrap())
}

/// A writer. One request is under way at a time.
pub(crate) struct Worker {
    name: usize,
    random: Rng,
    /// How many requests it made, so that no two write the same.
    requests: u64,
    /// The items of its own, as of the last answer.
    items: BTreeMap<Key, Value>,
    /// How often it has counted since the last look, and was told so.
    pub(crate) counted: [i64; COUNTERS],
    /// What it has moved to each account, ever.
    pub(crate) moved: [i64; ACCOUNTS],
    /// The request that was not answered.
    open: Option<Request>,
    /// The longest text that it puts into an item, now and then.
    pub(crate) text_bytes_max: usize,
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
    /// One more in a counter.
    Count(usize),
    /// An amount moved between accounts, and a change of the worker's own with it.
    Move { from: usize, to: usize, amount: i64, receipt: Change },
}

impl Worker {
    pub(crate) fn new(name: usize, seed: u64) -> Self {
        Self {
            name,
            random: Rng::with_seed(seed),
            requests: 0,
            items: BTreeMap::new(),
            counted: [0; COUNTERS],
            moved: [0; ACCOUNTS],
            open: None,
            text_bytes_max: 0,
        }
    }

    /// Writes until the server is gone, and reports each answer.
    pub(crate) fn work(&mut self, address: SocketAddr, report: &Sender<()>) {
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

    fn answered(&mut self, request: Request, reply: &Reply) {
        if reply.status == 200 {
            let unprocessed = reply.body["UnprocessedItems"].as_object();
            assert!(unprocessed.is_none_or(serde_json::Map::is_empty), "{}", reply.body);
            self.follow(request.effect);
        } else {
            // Only what others write too can be in the way.
            let is_shared = matches!(request.effect, Effect::Move { .. });
            let text = format!("{} {}: {}", request.operation, request.body, reply.body);
            assert!(is_shared && reply.exception() == "TransactionCanceledException", "{text}");
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
    pub(crate) fn ask_again(&mut self, client: &mut Client) {
        if let Some(request) =
            self.open.take_if(|request| matches!(request.effect, Effect::Move { .. }))
        {
            let reply = client.ask(request.operation, &request.body).unwrap();
            self.answered(request, &reply);
        }
    }

    pub(crate) fn may_have_counted(&self, counter: usize) -> bool {
        let open = self.open.as_ref().map(|request| &request.effect);
        matches!(open, Some(Effect::Count(open)) if *open == counter)
    }

    /// Takes the items of its own out of all that were found, and sees that they are what it was told.
    /// Whether the open request was done is known then.
    pub(crate) fn settle(&mut self, found: &mut BTreeMap<Key, Value>) {
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
            let (now, acknowledged) = (found.get(key), self.items.get(key));
            let versions = [now, acknowledged].map(|item| item.map(|item| item["v"].to_string()));
            assert!(now == acknowledged, "{key:?} is not what was acknowledged: {versions:?}");
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
        let bytes_max = if self.random.u8(..10) == 0 { self.text_bytes_max } else { 300 };
        let length = self.random.usize(..bytes_max);
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
        let (expression, zero) = if self.random.bool() {
            ("ADD n :one", None)
        } else {
            ("SET n = if_not_exists(n, :zero) + :one", Some(json!({"N": "0"})))
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
