//! Streams: what their readers see, in which order, and for how long.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "a test may panic, and its values are made in place"
)]

#[expect(dead_code, reason = "other tests ask for more")]
mod service;

use std::sync::atomic::Ordering;

use pixii_database::error::StreamMissing;
use pixii_database::{Error, Options};
use serde_json::{Value, json};
use storage::Store;

use service::{NOON_MS, Service, attributes, key, with};

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const LOG: u8 = 0x30;

fn films(view: &str) -> Value {
    json!({
        "TableName": "films",
        "AttributeDefinitions": attributes(&["title"]),
        "KeySchema": key(&[("title", "HASH")]),
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamEnabled": true, "StreamViewType": view},
    })
}

fn film(title: &str, year: u64) -> Value {
    json!({"title": {"S": title}, "year": {"N": year.to_string()}})
}

impl Service {
    async fn with_films(view: &str) -> Self {
        let service = Self::new();
        service.ok("CreateTable", films(view)).await;
        service
    }

    async fn put(&self, title: &str, year: u64) {
        self.ok("PutItem", json!({"TableName": "films", "Item": film(title, year)})).await;
    }

    async fn delete(&self, title: &str) {
        let key = json!({"title": {"S": title}});
        self.ok("DeleteItem", json!({"TableName": "films", "Key": key})).await;
    }

    fn pass(&self, time_ms: u64) {
        self.now.0.fetch_add(time_ms, Ordering::Relaxed);
    }

    async fn arn(&self) -> String {
        let streams = self.ok("ListStreams", json!({"TableName": "films"})).await;
        let arns: Vec<_> = streams["Streams"].as_array().unwrap().iter().collect();
        arns.last().unwrap()["StreamArn"].as_str().unwrap().to_owned()
    }

    async fn describe(&self, arn: &str) -> Value {
        self.ok("DescribeStream", json!({"StreamArn": arn})).await["StreamDescription"].take()
    }

    async fn iterator(&self, arn: &str, shard: &Value, start: Value) -> Result<String, Error> {
        let body = json!({"StreamArn": arn, "ShardId": shard["ShardId"]});
        let reply = self.ask("GetShardIterator", &with(body, start)).await?;
        Ok(reply["ShardIterator"].as_str().unwrap().to_owned())
    }

    /// Everything that is left of a shard from an iterator on.
    async fn drain(&self, mut iterator: String) -> Vec<Value> {
        let mut records = Vec::new();
        loop {
            let reply = self.ok("GetRecords", json!({"ShardIterator": iterator, "Limit": 3})).await;
            let page = reply["Records"].as_array().unwrap();
            records.extend(page.iter().cloned());
            match reply["NextShardIterator"].as_str() {
                Some(next) if !page.is_empty() => next.clone_into(&mut iterator),
                Some(_) | None => return records,
            }
        }
    }

    /// Everything that is left of a stream.
    async fn records(&self, arn: &str) -> Vec<Value> {
        let mut records = Vec::new();
        for shard in self.describe(arn).await["Shards"].as_array().unwrap() {
            let start = json!({"ShardIteratorType": "TRIM_HORIZON"});
            records.extend(self.drain(self.iterator(arn, shard, start).await.unwrap()).await);
        }
        records
    }
}

fn changes(records: &[Value]) -> Vec<(&str, Value, Value)> {
    let change = |record: &'_ Value| {
        let dynamodb = &record["dynamodb"];
        (dynamodb["OldImage"].clone(), dynamodb["NewImage"].clone())
    };
    records
        .iter()
        .map(|record| {
            let (old, new) = change(record);
            (record["eventName"].as_str().unwrap(), old, new)
        })
        .collect()
}

#[tokio::test]
async fn readers_see_the_images_of_the_view() {
    let images = [
        ("NEW_AND_OLD_IMAGES", true, true),
        ("NEW_IMAGE", false, true),
        ("OLD_IMAGE", true, false),
        ("KEYS_ONLY", false, false),
    ];
    for (view, sees_old, sees_new) in images {
        let service = Service::with_films(view).await;
        service.put("Alien", 1979).await;
        service.put("Alien", 1980).await;
        service.delete("Alien").await;
        let records = service.records(&service.arn().await).await;
        let old = |image: Value| if sees_old { image } else { Value::Null };
        let new = |image: Value| if sees_new { image } else { Value::Null };
        let expected = [
            ("INSERT", Value::Null, new(film("Alien", 1979))),
            ("MODIFY", old(film("Alien", 1979)), new(film("Alien", 1980))),
            ("REMOVE", old(film("Alien", 1980)), Value::Null),
        ];
        assert_eq!(changes(&records), expected, "{view}");
        for record in &records {
            assert_eq!(record["dynamodb"]["Keys"], json!({"title": {"S": "Alien"}}));
            assert_eq!(record["dynamodb"]["StreamViewType"], view);
            assert_eq!(record["dynamodb"]["ApproximateCreationDateTime"], NOON_MS / 1000);
            assert_eq!(record["awsRegion"], "eu-west-1");
        }
    }
}

#[tokio::test]
async fn what_changes_nothing_leaves_no_record() {
    let service = Service::with_films("NEW_AND_OLD_IMAGES").await;
    service.put("Alien", 1979).await;
    service.put("Alien", 1979).await;
    service.delete("Aliens").await;
    let key = json!({"title": {"S": "Alien"}});
    let update = json!({"TableName": "films", "Key": key, "UpdateExpression": "REMOVE absent"});
    service.ok("UpdateItem", update).await;
    assert_eq!(service.records(&service.arn().await).await.len(), 1);
}

#[tokio::test]
async fn writes_of_one_item_at_once_leave_a_record_each_in_their_order() {
    let service = Service::with_films("NEW_AND_OLD_IMAGES").await;
    let add = json!({
        "TableName": "films", "Key": {"title": {"S": "Alien"}},
        "UpdateExpression": "ADD seen :one", "ExpressionAttributeValues": {":one": {"N": "1"}},
    });
    let writes: Vec<_> = (0..50).map(|_| service.ask("UpdateItem", &add)).collect();
    for write in join_all(writes).await {
        write.unwrap();
    }
    let records = service.records(&service.arn().await).await;
    let seen = |image: &Value| image["seen"]["N"].as_str().map_or(0, |n| n.parse().unwrap());
    let steps: Vec<(u64, u64)> =
        changes(&records).iter().map(|(_, old, new)| (seen(old), seen(new))).collect();
    assert_eq!(steps, (0..50).map(|n| (n, n + 1)).collect::<Vec<_>>());
}

/// Polls all of some futures in turn until they are ready.
async fn join_all<T>(futures: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut results: Vec<Option<T>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(move |context| {
        for (future, result) in futures.iter_mut().zip(&mut results) {
            if result.is_none()
                && let std::task::Poll::Ready(value) = future.as_mut().poll(context)
            {
                *result = Some(value);
            }
        }
        if results.iter().all(Option::is_some) {
            std::task::Poll::Ready(results.iter_mut().map(|value| value.take().unwrap()).collect())
        } else {
            std::task::Poll::Pending
        }
    })
    .await
}

#[tokio::test]
async fn a_put_that_is_taken_back_in_the_same_commit_leaves_both_records() {
    let service = Service::with_films("NEW_AND_OLD_IMAGES").await;
    service.put("Alien", 1979).await;
    let put = |year| {
        let body = json!({"TableName": "films", "Item": film("Alien", year)});
        async move { body }
    };
    let bodies = [put(1980).await, put(1979).await];
    for write in join_all(bodies.iter().map(|body| service.ask("PutItem", body)).collect()).await {
        write.unwrap();
    }
    let records = service.records(&service.arn().await).await;
    assert_eq!(changes(&records).len(), 3);
    assert_eq!(changes(&records)[2].2, film("Alien", 1979));
}

#[tokio::test]
async fn batches_and_transactions_leave_a_record_for_each_item() {
    let service = Service::with_films("KEYS_ONLY").await;
    let put = |title| json!({"PutRequest": {"Item": film(title, 1)}});
    let batch = json!({"RequestItems": {"films": [put("A"), put("B"), put("C")]}});
    service.ok("BatchWriteItem", batch).await;
    let put = |title| json!({"Put": {"TableName": "films", "Item": film(title, 2)}});
    service.ok("TransactWriteItems", json!({"TransactItems": [put("B"), put("D")]})).await;
    let records = service.records(&service.arn().await).await;
    let mut titles: Vec<_> = records
        .iter()
        .map(|record| record["dynamodb"]["Keys"]["title"]["S"].as_str().unwrap())
        .collect();
    titles.sort_unstable();
    assert_eq!(titles, ["A", "B", "B", "C", "D"]);
}

#[tokio::test]
async fn a_shard_ends_after_some_hours_and_another_goes_on() {
    let service = Service::with_films("KEYS_ONLY").await;
    let arn = service.arn().await;
    service.put("Alien", 1979).await;
    service.database.tidy().await.unwrap();
    assert_eq!(service.describe(&arn).await["Shards"].as_array().unwrap().len(), 1);
    service.pass(4 * HOUR_MS);
    service.database.tidy().await.unwrap();
    service.put("Aliens", 1986).await;
    let description = service.describe(&arn).await;
    let [first, second] = description["Shards"].as_array().unwrap().as_slice() else {
        unreachable!("{description}")
    };
    assert_eq!(second["ParentShardId"], first["ShardId"]);
    assert_eq!(first["ParentShardId"], Value::Null);
    let (ends, begins) = (
        &first["SequenceNumberRange"]["EndingSequenceNumber"],
        &second["SequenceNumberRange"]["StartingSequenceNumber"],
    );
    assert!(ends.as_str() <= begins.as_str() && ends.is_string());
    assert_eq!(second["SequenceNumberRange"]["EndingSequenceNumber"], Value::Null);
    // The first one is read to its end, and then there is nothing to go on with.
    let start = json!({"ShardIteratorType": "TRIM_HORIZON"});
    let iterator = service.iterator(&arn, first, start).await.unwrap();
    let reply = service.ok("GetRecords", json!({"ShardIterator": iterator})).await;
    assert_eq!(reply["Records"].as_array().unwrap().len(), 1);
    assert_eq!(reply["NextShardIterator"], Value::Null);
    assert_eq!(service.records(&arn).await.len(), 2);
    let filter = json!({"Type": "CHILD_SHARDS", "ShardId": first["ShardId"]});
    let children =
        service.ok("DescribeStream", json!({"StreamArn": arn, "ShardFilter": filter})).await;
    assert_eq!(children["StreamDescription"]["Shards"], json!([second]));
}

#[tokio::test]
async fn records_are_kept_for_a_day() {
    let service = Service::with_films("KEYS_ONLY").await;
    let arn = service.arn().await;
    service.put("Alien", 1979).await;
    let first = service.records(&arn).await[0]["dynamodb"]["SequenceNumber"].clone();
    for hour in 1..=25 {
        service.pass(HOUR_MS);
        service.database.tidy().await.unwrap();
        service.put(&format!("film {hour}"), 1).await;
    }
    let records = service.records(&arn).await;
    assert_eq!(records.len(), 25, "those of the last 24 hours, both ends included");
    let description = service.describe(&arn).await;
    let shard = &description["Shards"][0];
    let at = json!({"ShardIteratorType": "AT_SEQUENCE_NUMBER", "SequenceNumber": first});
    let refused = service.iterator(&arn, shard, at).await.unwrap_err();
    assert!(matches!(refused, Error::StreamMissing(StreamMissing::Records)), "{refused}");
    service.pass(3 * HOUR_MS);
    service.database.tidy().await.unwrap();
    assert!(service.count(LOG).await < 35, "what is trimmed gives its space back");
}

#[tokio::test]
async fn an_iterator_is_good_for_a_quarter_of_an_hour() {
    let service = Service::with_films("KEYS_ONLY").await;
    let arn = service.arn().await;
    let shard = service.describe(&arn).await["Shards"][0].clone();
    let latest = json!({"ShardIteratorType": "LATEST"});
    let iterator = service.iterator(&arn, &shard, latest).await.unwrap();
    service.pass(15 * MINUTE_MS);
    let reply = service.ok("GetRecords", json!({"ShardIterator": iterator})).await;
    assert_eq!(reply["Records"], json!([]));
    service.pass(1);
    let refused = service.ask("GetRecords", &json!({"ShardIterator": iterator})).await;
    assert!(matches!(refused, Err(Error::StreamMissing(StreamMissing::Iterator))));
    let next = reply["NextShardIterator"].as_str().unwrap();
    service.ok("GetRecords", json!({"ShardIterator": next})).await;
}

#[tokio::test]
async fn a_reader_begins_at_a_time_or_at_a_record_or_behind_it() {
    let service = Service::with_films("NEW_IMAGE").await;
    let arn = service.arn().await;
    for year in 0..10 {
        service.put("Alien", year).await;
        service.pass(1000);
    }
    let shard = service.describe(&arn).await["Shards"][0].clone();
    let all = service.records(&arn).await;
    let years = async |start: Value| {
        let records = service.drain(service.iterator(&arn, &shard, start).await.unwrap()).await;
        records
            .iter()
            .map(|record| record["dynamodb"]["NewImage"]["year"]["N"].clone())
            .collect::<Vec<_>>()
    };
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are far from 2^53")]
    let time =
        |ms: u64| json!({"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": ms as f64 / 1000.0});
    assert_eq!(years(time(NOON_MS)).await.len(), 10);
    assert_eq!(years(time(NOON_MS + 7000)).await, ["7", "8", "9"]);
    assert_eq!(years(time(NOON_MS + 7001)).await, ["8", "9"]);
    assert_eq!(years(time(NOON_MS + 9999)).await, [] as [&str; 0]);
    let at = |kind: &str| json!({"ShardIteratorType": kind, "SequenceNumber": all[8]["dynamodb"]["SequenceNumber"]});
    assert_eq!(years(at("AT_SEQUENCE_NUMBER")).await, ["8", "9"]);
    assert_eq!(years(at("AFTER_SEQUENCE_NUMBER")).await, ["9"]);
    assert_eq!(years(json!({"ShardIteratorType": "LATEST"})).await, [] as [&str; 0]);
    let future = service.iterator(&arn, &shard, time(NOON_MS + 10_001)).await;
    assert!(future.unwrap_err().to_string().contains("future"));
}

#[tokio::test]
async fn a_stream_outlives_its_table_by_a_day() {
    let service = Service::with_films("NEW_IMAGE").await;
    let arn = service.arn().await;
    service.put("Alien", 1979).await;
    service.ok("DeleteTable", json!({"TableName": "films"})).await;
    assert_eq!(service.describe(&arn).await["StreamStatus"], "DISABLED");
    assert_eq!(service.records(&arn).await.len(), 1);
    service.pass(12 * HOUR_MS);
    service.ok("CreateTable", films("KEYS_ONLY")).await;
    service.put("Aliens", 1986).await;
    service.database.tidy().await.unwrap();
    assert_eq!(service.records(&arn).await.len(), 1, "it is not the new table's");
    let listed = service.ok("ListStreams", json!({})).await;
    assert_eq!(listed["Streams"].as_array().unwrap().len(), 2);
    service.pass(12 * HOUR_MS + 1);
    service.database.tidy().await.unwrap();
    service.database.tidy().await.unwrap();
    let gone = service.ask("DescribeStream", &json!({"StreamArn": arn})).await;
    assert!(matches!(gone, Err(Error::StreamMissing(StreamMissing::Stream(_)))));
    service.ok("DeleteTable", json!({"TableName": "films"})).await;
    service.pass(24 * HOUR_MS + 1);
    service.database.tidy().await.unwrap();
    service.database.tidy().await.unwrap();
    assert_eq!(service.count(LOG).await, 0, "nothing is left");
    assert!(service.database.check().await.unwrap().faults.is_empty());
}

#[tokio::test]
async fn a_stream_that_is_switched_off_and_on_is_another_one() {
    let service = Service::with_films("NEW_IMAGE").await;
    let first = service.arn().await;
    service.put("Alien", 1979).await;
    let update =
        |specification| json!({"TableName": "films", "StreamSpecification": specification});
    let on = update(json!({"StreamEnabled": true, "StreamViewType": "OLD_IMAGE"}));
    let off = update(json!({"StreamEnabled": false}));
    assert_eq!(
        service.refused("UpdateTable", on.clone()).await,
        "Table already has an enabled stream: TableName: films"
    );
    service.pass(1000);
    service.ok("UpdateTable", off.clone()).await;
    service.put("Aliens", 1986).await;
    assert_eq!(
        service.refused("UpdateTable", off).await,
        "Table has no stream to disable: TableName: films"
    );
    let table = service.ok("DescribeTable", json!({"TableName": "films"})).await["Table"].take();
    assert_eq!(table["StreamSpecification"], Value::Null);
    assert_eq!(table["LatestStreamArn"], first);
    service.ok("UpdateTable", on).await;
    service.put("Alien 3", 1992).await;
    service.put("Alien 3", 1993).await;
    let second = service.arn().await;
    assert_ne!(first, second);
    assert_eq!(service.records(&first).await.len(), 1);
    assert_eq!(service.records(&second).await.len(), 2, "what came in between is in neither");
    assert!(service.database.check().await.unwrap().faults.is_empty());
}

#[tokio::test]
async fn streams_survive_a_restart() {
    let store = Store::in_memory();
    let service = Service::over(store.clone(), Options::default());
    service.ok("CreateTable", films("NEW_IMAGE")).await;
    let arn = service.arn().await;
    service.put("Alien", 1979).await;
    let before = service.records(&arn).await;
    let again = Service::over(store, Options::default());
    again.put("Aliens", 1986).await;
    let after = again.records(&arn).await;
    assert_eq!(after[..1], before);
    assert_eq!(after.len(), 2);
    assert_ne!(after[0]["eventID"], after[1]["eventID"]);
}

#[tokio::test]
async fn streams_are_listed_by_pages_in_the_order_of_their_tables() {
    let service = Service::new();
    for name in ["one", "three", "two"] {
        service.ok("CreateTable", with(films("KEYS_ONLY"), json!({"TableName": name}))).await;
    }
    let mut names = Vec::new();
    let mut page = json!({"Limit": 2});
    loop {
        let reply = service.ok("ListStreams", page).await;
        let streams = reply["Streams"].as_array().unwrap();
        names.extend(streams.iter().map(|stream| stream["TableName"].as_str().unwrap().to_owned()));
        let Some(last) = reply["LastEvaluatedStreamArn"].as_str() else { break };
        page = json!({"Limit": 2, "ExclusiveStartStreamArn": last});
    }
    assert_eq!(names, ["one", "three", "two"]);
}

#[tokio::test]
async fn requests_that_cannot_be_are_refused_in_the_words_of_the_service() {
    let service = Service::with_films("KEYS_ONLY").await;
    let arn = service.arn().await;
    let refused = async |name: &str, body: Value| service.refused(name, body).await;
    let long = "x".repeat(50);
    assert_eq!(refused("DescribeStream", json!({"StreamArn": long})).await, "Invalid StreamArn");
    let unknown = arn.replace("films", "other");
    assert_eq!(
        refused("DescribeStream", json!({"StreamArn": unknown})).await,
        format!("Requested resource not found: Stream: {unknown} not found")
    );
    let shard = service.describe(&arn).await["Shards"][0]["ShardId"].clone();
    let iterator = |rest| with(json!({"StreamArn": arn, "ShardId": shard}), rest);
    for (rest, text) in [
        (
            json!({"ShardIteratorType": "AT_SEQUENCE_NUMBER"}),
            "SequenceNumber must be specified for ShardIteratorType AT_SEQUENCE_NUMBER",
        ),
        (
            json!({"ShardIteratorType": "AT_TIMESTAMP"}),
            "Timestamp must be specified for ShardIteratorType AT_TIMESTAMP",
        ),
        (
            json!({"ShardIteratorType": "LATEST", "Timestamp": 1}),
            "Timestamp must not be specified for ShardIteratorType LATEST",
        ),
    ] {
        let text = format!("One or more parameter values were invalid: {text}");
        assert_eq!(refused("GetShardIterator", iterator(rest)).await, text);
    }
    let after = json!({"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": format!("17{}", "0".repeat(28))});
    assert_eq!(
        refused("GetShardIterator", iterator(after)).await,
        "Invalid SequenceNumber for the shard"
    );
    assert_eq!(refused("GetRecords", json!({"ShardIterator": "x"})).await, "Invalid ShardIterator");
    let create = |specification| {
        with(films("KEYS_ONLY"), json!({"TableName": "new", "StreamSpecification": specification}))
    };
    assert!(
        refused("CreateTable", create(json!({"StreamEnabled": true})))
            .await
            .ends_with("UpdateViewType is required")
    );
    let off = json!({"StreamEnabled": false, "StreamViewType": "KEYS_ONLY"});
    assert!(
        refused("CreateTable", create(off))
            .await
            .ends_with("UpdateViewType should not be specified")
    );
}
