//! Clients that put, update, delete and read the items of one partition, by key, by query and by an index that comes and goes,
//! while due items expire.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use pixii_database::Error;
use pixii_database::error::StreamMissing;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::register::{Condition, Content, Effect, Event, Outcome, State, has_explanation};
use crate::world::{NOON_MS, World};

const KEYS: usize = 4;
const CLIENTS: usize = 4;
const STEPS: usize = 14;
/// Items that are due have this time, the others one that never comes.
const DUE: u64 = NOON_MS / 1000 - 100_000;
const NEVER: u64 = NOON_MS / 1000 + 1_000_000_000;

/// The events of each item.
type Histories = Mutex<Vec<Vec<Event>>>;

/// Lets the clients do what they do, and checks what came of it.
pub(crate) async fn history(world: Arc<World>) -> String {
    let index = json!({
        "IndexName": "always",
        "KeySchema": [{"AttributeName": "group", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    });
    let table = json!({
        "TableName": "items",
        "AttributeDefinitions": [
            {"AttributeName": "p", "AttributeType": "S"},
            {"AttributeName": "s", "AttributeType": "N"},
            {"AttributeName": "group", "AttributeType": "S"},
        ],
        "KeySchema": [
            {"AttributeName": "p", "KeyType": "HASH"},
            {"AttributeName": "s", "KeyType": "RANGE"},
        ],
        "BillingMode": "PAY_PER_REQUEST",
        "GlobalSecondaryIndexes": [index],
        "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    });
    world.ok("CreateTable", table).await;
    if world.draw(2) == 0 {
        world.ok("UpdateTimeToLive", expiry(true)).await;
    }
    let histories: Arc<Histories> = Arc::new(Mutex::new(vec![Vec::new(); KEYS]));
    world.suffer();
    let mut tasks = JoinSet::new();
    for client in 0..CLIENTS {
        let (world, histories) = (Arc::clone(&world), Arc::clone(&histories));
        tasks.spawn(async move { run_client(&world, client, &histories).await });
    }
    let operated = Arc::clone(&world);
    tasks.spawn(async move { run_operator(&operated).await });
    tasks.join_all().await;
    world.end().await;
    let begin = world.moment();
    let page = world.ok("Query", query(None)).await;
    see(&histories, (begin, world.moment()), &page);
    check_stream(&world, &page).await;
    let mut log = world.log();
    let histories = std::mem::take(&mut *histories.lock().unwrap());
    for (key, events) in histories.into_iter().enumerate() {
        assert!(has_explanation(&events), "item {key} has no explanation\n{log}\n{events:#?}");
        writeln!(log, "{key}: {} events", events.len()).unwrap();
    }
    log
}

/// Checks that the stream has every change of each item once and in order, up to what the item is now.
async fn check_stream(world: &World, page: &Value) {
    let mut items = BTreeMap::new();
    for record in records(world).await {
        let change = &record["dynamodb"];
        let number = change["Keys"]["s"]["N"].as_str().unwrap().to_owned();
        let before = items.insert(number, change.get("NewImage").cloned());
        assert_eq!(change.get("OldImage"), before.flatten().as_ref(), "{}", world.log());
    }
    let found = page["Items"].as_array().unwrap();
    for number in (0..KEYS).map(|number| number.to_string()) {
        let item = found.iter().find(|item| item["s"]["N"] == *number);
        assert_eq!(items.get(&number).cloned().flatten().as_ref(), item, "{}", world.log());
    }
}

/// All records of the one stream that there is, in order.
async fn records(world: &World) -> Vec<Value> {
    loop {
        // Where the clock steps, an iterator may be too old at once.
        if let Some(records) = read_records(world).await {
            return records;
        }
    }
}

async fn read_records(world: &World) -> Option<Vec<Value>> {
    let streams = world.ok("ListStreams", json!({})).await;
    let arn = &streams["Streams"][0]["StreamArn"];
    let described = world.ok("DescribeStream", json!({"StreamArn": arn})).await;
    let mut records = Vec::new();
    for shard in described["StreamDescription"]["Shards"].as_array().unwrap() {
        let start = json!({
            "StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON",
        });
        let mut next = world.ok("GetShardIterator", start).await["ShardIterator"].take();
        while next.is_string() {
            let page = world.ask("GetRecords", &json!({"ShardIterator": next})).await;
            let mut page = match page {
                Err(Error::StreamMissing(StreamMissing::Iterator)) => return None,
                page => page.unwrap(),
            };
            let found = page["Records"].as_array().unwrap();
            next = if found.is_empty() { Value::Null } else { page["NextShardIterator"].clone() };
            records.append(page["Records"].as_array_mut().unwrap());
        }
    }
    Some(records)
}

fn expiry(is_on: bool) -> Value {
    json!({"TableName": "items", "TimeToLiveSpecification": {"Enabled": is_on, "AttributeName": "until"}})
}

fn key(number: usize) -> Value {
    json!({"p": {"S": "p"}, "s": {"N": number.to_string()}})
}

fn item(number: usize, content: Content) -> Value {
    let mut item = key(number);
    item["group"] = json!({"S": "g"});
    item["write"] = json!({"N": content.write.to_string()});
    item["count"] = json!({"N": content.count.to_string()});
    item["until"] = json!({"N": if content.is_due { DUE } else { NEVER }.to_string()});
    item
}

/// What a reply's item holds.
fn content(item: Option<&Value>) -> State {
    let number = |name: &str| item?.get(name)?["N"].as_str()?.parse::<u64>().ok();
    Some(Content {
        write: number("write")?,
        count: number("count").unwrap_or(0),
        is_due: number("until") == Some(DUE),
    })
}

fn query(index: Option<&str>) -> Value {
    let mut query = json!({
        "TableName": "items",
        "KeyConditionExpression": "#k = :k",
        "ExpressionAttributeNames": {"#k": if index.is_some() { "group" } else { "p" }},
        "ExpressionAttributeValues": {":k": {"S": if index.is_some() { "g" } else { "p" }}},
    });
    if let Some(index) = index {
        query["IndexName"] = index.into();
    }
    query
}

/// Adds what a query saw: each item that there is, and that there are no others.
fn see(histories: &Histories, (begin, end): (u64, u64), page: &Value) {
    let items = page["Items"].as_array().unwrap();
    for (number, events) in histories.lock().unwrap().iter_mut().enumerate() {
        let found = items.iter().find(|item| item["s"]["N"] == *number.to_string());
        events.push(Event::read(begin, end, content(found)));
    }
}

/// One client: does one thing after the other.
async fn run_client(world: &World, client: usize, histories: &Histories) {
    for step in 0..STEPS {
        let write = (client * 1000 + step + 1) as u64;
        let guess = world.draw(CLIENTS) * 1000 + world.draw(STEPS) + 1;
        let (number, other) = (world.draw(KEYS), world.draw(KEYS));
        let (is_due, is_conditional) = (world.draw(6) == 0, world.draw(3) == 0);
        let new = Content { write, count: 0, is_due };
        let condition = is_conditional.then_some(match guess % 2 {
            0 => Condition::Absent,
            _ => Condition::Is(guess as u64),
        });
        let alone = Alone { world, histories, number, condition };
        match world.draw(12) {
            0..3 => alone.put(new).await,
            3..5 => alone.add(write).await,
            5 => alone.delete().await,
            6 | 7 => alone.get().await,
            8 if number != other => put_both(world, histories, [number, other], new).await,
            9 if number != other => batch(world, histories, (number, other), new).await,
            10 => read_all(world, histories, None).await,
            _ => {
                let index = if is_conditional { "always" } else { "sometimes" };
                read_all(world, histories, Some(index)).await;
            }
        }
    }
}

/// Something that is done to one item.
struct Alone<'a> {
    world: &'a World,
    histories: &'a Histories,
    number: usize,
    condition: Option<Condition>,
}

impl Alone<'_> {
    async fn put(&self, new: Content) {
        let body = json!({"Item": item(self.number, new), "ReturnValues": "ALL_OLD"});
        self.write("PutItem", body, Effect::Set(new)).await;
    }

    async fn delete(&self) {
        let body = json!({"Key": key(self.number), "ReturnValues": "ALL_OLD"});
        self.write("DeleteItem", body, Effect::Remove).await;
    }

    async fn add(&self, write: u64) {
        let body = json!({
            "Key": key(self.number),
            "UpdateExpression": "ADD #count :one SET #group = :g, #write = :write",
            "ExpressionAttributeNames": {"#count": "count", "#group": "group", "#write": "write"},
            "ExpressionAttributeValues": {
                ":one": {"N": "1"}, ":g": {"S": "g"}, ":write": {"N": write.to_string()},
            },
            "ReturnValues": "ALL_NEW",
        });
        self.write("UpdateItem", body, Effect::Add(write)).await;
    }

    async fn get(&self) {
        let begin = self.world.moment();
        let body = json!({"TableName": "items", "Key": key(self.number), "ConsistentRead": true});
        let reply = self.world.ask("GetItem", &body).await;
        let end = self.world.moment();
        if let Ok(reply) = reply {
            self.add_event(Event::read(begin, end, content(reply.get("Item"))));
        }
    }

    async fn write(&self, name: &str, mut body: Value, effect: Effect) {
        body["TableName"] = "items".into();
        match self.condition {
            None => {}
            Some(Condition::Absent) => {
                body["ConditionExpression"] = "attribute_not_exists(p)".into();
            }
            Some(Condition::Is(write)) => {
                body["ConditionExpression"] = "#w = :w".into();
                body["ExpressionAttributeNames"]["#w"] = "write".into();
                body["ExpressionAttributeValues"][":w"] = json!({"N": write.to_string()});
            }
        }
        let begin = self.world.moment();
        let reply = self.world.ask(name, &body).await;
        let end = self.world.moment();
        let returned = reply.as_ref().ok().and_then(|reply| reply.get("Attributes"));
        let outcome = match (&reply, effect) {
            (Ok(_), Effect::Add(_)) => Outcome::Made {
                before: None,
                count_after: content(returned).map(|content| content.count),
            },
            (Ok(_), _) => Outcome::Made { before: Some(content(returned)), count_after: None },
            (Err(Error::ConditionalCheckFailed { .. }), _) => Outcome::Refused,
            (Err(error), _) if was_surely_not_made(error) => return,
            (Err(_), _) => Outcome::Unknown,
        };
        self.add_event(Event { begin, end, condition: self.condition, effect, outcome });
    }

    fn add_event(&self, event: Event) {
        self.histories.lock().unwrap()[self.number].push(event);
    }
}

fn was_surely_not_made(error: &Error) -> bool {
    matches!(
        error,
        Error::RefusingWrites | Error::TransactionConflict | Error::TransactionCanceled(_)
    )
}

/// Puts two items in one transaction: each is an event of its own here, since whole transactions have a history of their own.
async fn put_both(world: &World, histories: &Histories, numbers: [usize; 2], new: Content) {
    let puts =
        numbers.map(|number| json!({"Put": {"TableName": "items", "Item": item(number, new)}}));
    let begin = world.moment();
    let reply = world.ask("TransactWriteItems", &json!({"TransactItems": puts})).await;
    let end = world.moment();
    let outcome = match reply {
        Ok(_) => Outcome::Made { before: None, count_after: None },
        Err(error) if was_surely_not_made(&error) => return,
        Err(_) => Outcome::Unknown,
    };
    for number in numbers {
        let event = Event { begin, end, condition: None, effect: Effect::Set(new), outcome };
        histories.lock().unwrap()[number].push(event);
    }
}

/// Puts one item and deletes another in one batch. What a batch that failed has made is unknown.
async fn batch(world: &World, histories: &Histories, (put, deleted): (usize, usize), new: Content) {
    let requests = json!([
        {"PutRequest": {"Item": item(put, new)}},
        {"DeleteRequest": {"Key": key(deleted)}},
    ]);
    let begin = world.moment();
    let reply = world.ask("BatchWriteItem", &json!({"RequestItems": {"items": requests}})).await;
    let end = world.moment();
    let outcome = match reply {
        Ok(reply) => {
            assert_eq!(reply["UnprocessedItems"], json!({}));
            Outcome::Made { before: None, count_after: None }
        }
        Err(_) => Outcome::Unknown,
    };
    for (number, effect) in [(put, Effect::Set(new)), (deleted, Effect::Remove)] {
        let event = Event { begin, end, condition: None, effect, outcome };
        histories.lock().unwrap()[number].push(event);
    }
}

async fn read_all(world: &World, histories: &Histories, index: Option<&str>) {
    let begin = world.moment();
    let reply = world.ask("Query", &query(index)).await;
    let end = world.moment();
    if let Ok(page) = reply {
        see(histories, (begin, end), &page);
    }
}

/// Makes and deletes an index, switches expiry, lets due items go, and pulls the plug.
async fn run_operator(world: &World) {
    for _ in 0..STEPS {
        let kind = world.draw(10);
        let update = |update: Value| {
            json!({
                "TableName": "items",
                "AttributeDefinitions": [{"AttributeName": "group", "AttributeType": "S"}],
                "GlobalSecondaryIndexUpdates": [update],
            })
        };
        let index = json!({
            "IndexName": "sometimes",
            "KeySchema": [{"AttributeName": "group", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        });
        // Each may be refused, as what it asks for may be so, or under way.
        match kind {
            0..3 => drop(world.ask("UpdateTable", &update(json!({"Create": index}))).await),
            3 | 4 => {
                let delete = json!({"Delete": {"IndexName": "sometimes"}});
                drop(world.ask("UpdateTable", &update(delete)).await);
            }
            5 | 6 => drop(world.ask("UpdateTimeToLive", &expiry(kind == 5)).await),
            7 if world.draw(2) == 0 => world.restart().await,
            _ => drop(world.database().expire().await),
        }
        for _ in 0..world.draw(30) {
            tokio::task::yield_now().await;
        }
    }
}
