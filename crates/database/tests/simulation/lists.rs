//! Clients that append to several lists in one transaction, on conditions, with tokens and again after a failure; and read them.

use std::sync::{Arc, Mutex};

use pixii_database::Error;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::serial::{Transaction, fault};
use crate::world::World;

const LISTS: usize = 4;
const CLIENTS: usize = 4;
const STEPS: usize = 14;
/// How often a client tries a transaction with a token.
const TRIES_MAX: usize = 4;

/// What the clients did.
#[derive(Default)]
struct History {
    transactions: Vec<Transaction>,
    refused: Vec<u64>,
}

struct Client {
    world: Arc<World>,
    history: Arc<Mutex<History>>,
    /// How long each list was when last seen.
    lengths: [usize; LISTS],
}

/// Lets the clients do what they do, and checks what came of it.
pub(crate) async fn history(world: Arc<World>) -> String {
    let table = json!({
        "TableName": "lists",
        "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "N"}],
        "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    });
    world.ok("CreateTable", table).await;
    world.suffer();
    let history = Arc::new(Mutex::new(History::default()));
    let mut tasks = JoinSet::new();
    for client in 0..CLIENTS {
        let (world, history) = (Arc::clone(&world), Arc::clone(&history));
        tasks.spawn(Client { world, history, lengths: [0; LISTS] }.run(client));
    }
    tasks.spawn(pull_plugs(Arc::clone(&world)));
    tasks.join_all().await;
    world.end().await;
    let mut lists = Vec::new();
    for list in 0..LISTS {
        let get = json!({"TableName": "lists", "Key": key(list), "ConsistentRead": true});
        lists.push(numbers(world.ok("GetItem", get).await.get("Item")));
    }
    let history = std::mem::take(&mut *history.lock().unwrap());
    let fault = fault(&history.transactions, &history.refused, &lists);
    assert!(fault.is_none(), "{}\n{lists:?}\n{}", world.log(), fault.unwrap_or_default());
    format!("{}{lists:?}", world.log())
}

async fn pull_plugs(world: Arc<World>) {
    for _ in 0..STEPS {
        for _ in 0..world.draw(60) {
            tokio::task::yield_now().await;
        }
        if world.draw(12) == 0 {
            world.restart().await;
        }
    }
}

fn key(list: usize) -> Value {
    json!({"k": {"N": list.to_string()}})
}

/// The list in an item.
fn numbers(item: Option<&Value>) -> Vec<u64> {
    let elements = item.and_then(|item| item.get("log")).and_then(|log| log["L"].as_array());
    let number = |element: &Value| element["N"].as_str().unwrap().parse().unwrap();
    elements.into_iter().flatten().map(number).collect()
}

/// An update that appends, or where nothing is appended a check.
fn action(list: usize, appended: Option<u64>, length: Option<usize>) -> Value {
    let mut body = json!({
        "TableName": "lists",
        "Key": key(list),
        "ExpressionAttributeNames": {"#log": "log"},
    });
    if let Some(number) = appended {
        body["UpdateExpression"] =
            "SET #log = list_append(if_not_exists(#log, :none), :new)".into();
        body["ExpressionAttributeValues"] =
            json!({":none": {"L": []}, ":new": {"L": [{"N": number.to_string()}]}});
    }
    match length {
        None => {}
        Some(0) => body["ConditionExpression"] = "attribute_not_exists(#log)".into(),
        Some(length) => {
            body["ConditionExpression"] = "size(#log) = :length".into();
            body["ExpressionAttributeValues"][":length"] = json!({"N": length.to_string()});
        }
    }
    body
}

impl Client {
    async fn run(mut self, client: usize) {
        for step in 0..STEPS {
            let number = (client * 1000 + step + 1) as u64;
            match self.world.draw(10) {
                0..4 => self.append(number).await,
                4 => self.append_to_one(number).await,
                5..8 => self.read().await,
                8 => self.read_one().await,
                _ => self.read_batch().await,
            }
        }
    }

    /// One to three lists, in some order.
    fn some_lists(&self) -> Vec<usize> {
        let first = self.world.draw(LISTS);
        let step = [1, 3][self.world.draw(2)];
        (0..=self.world.draw(3)).map(|place| (first + place * step) % LISTS).collect()
    }

    fn add(&self, transaction: Transaction) {
        self.history.lock().unwrap().transactions.push(transaction);
    }

    /// Appends to some lists on condition of the length of some, and perhaps of another.
    async fn append(&mut self, number: u64) {
        let lists = self.some_lists();
        let mut lengths = Vec::new();
        let mut actions = Vec::new();
        for list in &lists {
            let length = (self.world.draw(4) == 0).then_some(self.lengths[*list]);
            lengths.extend(length.map(|length| (*list, length)));
            actions.push(json!({"Update": action(*list, Some(number), length)}));
        }
        let other = self.world.draw(LISTS);
        if !lists.contains(&other) && self.world.draw(2) == 0 {
            let length = self.lengths[other];
            lengths.push((other, length));
            actions.push(json!({"ConditionCheck": action(other, None, Some(length))}));
        }
        let mut body = json!({"TransactItems": actions});
        // A token counts for ten minutes, which are soon over on a clock that jumps.
        let has_token = self.world.is_steady() && self.world.draw(2) == 0;
        if has_token {
            body["ClientRequestToken"] = format!("token-{number}").into();
        }
        let begin = self.world.moment();
        let mut is_unknown = false;
        for _ in 0..if has_token { TRIES_MAX } else { 1 } {
            // The same request may be under way twice.
            let ask = || self.world.ask("TransactWriteItems", &body);
            let reply = if has_token && self.world.draw(3) == 0 {
                let (first, second) = tokio::join!(ask(), ask());
                match (first, second) {
                    (Ok(made), _) | (_, Ok(made)) => Ok(made),
                    // Of one that was cancelled and one that is unknown, the second may have been made.
                    (Err(Error::TransactionCanceled(_)), other) | (other, _) => other,
                }
            } else {
                ask().await
            };
            match reply {
                Ok(_) => {
                    let end = Some(self.world.moment());
                    let appended = Some(number);
                    self.add(Transaction {
                        begin,
                        end,
                        appended,
                        lists,
                        lengths,
                        ..Transaction::default()
                    });
                    return;
                }
                Err(Error::TransactionCanceled(_)) => {
                    is_unknown = false;
                    break;
                }
                Err(Error::RefusingWrites) => {}
                Err(_) => is_unknown = true,
            }
        }
        if is_unknown {
            let appended = Some(number);
            self.add(Transaction { begin, appended, lists, lengths, ..Transaction::default() });
        } else {
            self.history.lock().unwrap().refused.push(number);
        }
    }

    async fn append_to_one(&mut self, number: u64) {
        let list = self.world.draw(LISTS);
        let begin = self.world.moment();
        let reply = self.world.ask("UpdateItem", &action(list, Some(number), None)).await;
        let end = match reply {
            Ok(_) => Some(self.world.moment()),
            Err(Error::RefusingWrites | Error::TransactionConflict) => {
                self.history.lock().unwrap().refused.push(number);
                return;
            }
            Err(_) => None,
        };
        let (appended, lists) = (Some(number), vec![list]);
        self.add(Transaction { begin, end, appended, lists, ..Transaction::default() });
    }

    async fn read(&mut self) {
        let lists = self.some_lists();
        let get = |list: &usize| json!({"Get": {"TableName": "lists", "Key": key(*list)}});
        let gets: Vec<_> = lists.iter().map(get).collect();
        let begin = self.world.moment();
        let reply = self.world.ask("TransactGetItems", &json!({"TransactItems": gets})).await;
        let end = Some(self.world.moment());
        let Ok(reply) = reply else { return };
        let replies = reply["Responses"].as_array().unwrap();
        let read: Vec<_> = lists
            .into_iter()
            .zip(replies)
            .map(|(list, reply)| (list, numbers(reply.get("Item"))))
            .collect();
        self.remember(&read);
        self.add(Transaction { begin, end, read, ..Transaction::default() });
    }

    async fn read_one(&mut self) {
        let list = self.world.draw(LISTS);
        let begin = self.world.moment();
        let get = json!({"TableName": "lists", "Key": key(list), "ConsistentRead": true});
        let reply = self.world.ask("GetItem", &get).await;
        let end = Some(self.world.moment());
        let Ok(reply) = reply else { return };
        let read = vec![(list, numbers(reply.get("Item")))];
        self.remember(&read);
        self.add(Transaction { begin, end, read, ..Transaction::default() });
    }

    /// A batch promises something for each item by itself only.
    async fn read_batch(&mut self) {
        let keys: Vec<_> = (0..LISTS).map(key).collect();
        let begin = self.world.moment();
        let body = json!({"RequestItems": {"lists": {"Keys": keys, "ConsistentRead": true}}});
        let reply = self.world.ask("BatchGetItem", &body).await;
        let end = Some(self.world.moment());
        let Ok(reply) = reply else { return };
        let items = reply["Responses"]["lists"].as_array().unwrap();
        for list in 0..LISTS {
            let found = items.iter().find(|item| item["k"]["N"] == *list.to_string());
            let read = vec![(list, numbers(found))];
            self.remember(&read);
            self.add(Transaction { begin, end, read, ..Transaction::default() });
        }
    }

    fn remember(&mut self, read: &[(usize, Vec<u64>)]) {
        for (list, numbers) in read {
            self.lengths[*list] = numbers.len();
        }
    }
}
