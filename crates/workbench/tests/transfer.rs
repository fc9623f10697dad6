//! Export, import and copy, over a small DynamoDB in memory that throttles, forgets and refuses.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may fail by a panic, and so may what it is made of"
)]

use std::collections::BTreeMap;
use std::sync::Mutex;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use pixii_workbench::transfer::{
    NotTaken, OnFault, Selection, Target, copy, create_like, export, import, keys,
};
use pixii_workbench::{
    Answer, Body, Command, Error, ItemFormat, ItemReader, ItemWriter, KeyType, Keys, Sent,
    Transport,
};
use serde_json::{Value, json};

/// A table `t` with the key `id`, which pages by two items.
#[derive(Default)]
struct Fake {
    items: Mutex<BTreeMap<String, Value>>,
    /// The commands so far, and what each was sent.
    log: Mutex<Vec<(String, Value)>>,
    made: Mutex<Option<Value>>,
    /// Every third request is throttled, and of every batch only half is come to.
    is_busy: bool,
}

impl Fake {
    fn with(ids: std::ops::Range<u32>) -> Self {
        let fake = Self::default();
        for id in ids {
            let item = json!({"id": {"S": format!("{id:03}")}, "n": {"N": format!("{id}.50")}});
            fake.items.lock().unwrap().insert(format!("{id:03}"), item);
        }
        fake
    }

    fn ids(&self) -> Vec<String> {
        self.items.lock().unwrap().keys().cloned().collect()
    }

    fn count(&self, command: &str) -> usize {
        self.log.lock().unwrap().iter().filter(|(name, _)| name == command).count()
    }

    fn put(&self, item: &Value) -> Result<(), Value> {
        let id = item["id"]["S"].as_str().unwrap_or_default();
        if id.is_empty() {
            return Err(refusal("ValidationException", "an id is not empty"));
        }
        self.items.lock().unwrap().insert(id.to_owned(), item.clone());
        Ok(())
    }

    fn scan(&self, request: &Value) -> Value {
        let items = self.items.lock().unwrap();
        let segments = request["TotalSegments"].as_u64().unwrap_or(1);
        let segment = request["Segment"].as_u64().unwrap_or(0);
        let start = request["ExclusiveStartKey"]["id"]["S"].as_str().unwrap_or_default();
        let mine = items.values().filter(|item| {
            let id = item["id"]["S"].as_str().unwrap();
            start < id && id.parse::<u64>().unwrap() % segments == segment
        });
        let page: Vec<_> = mine.take(2).cloned().collect();
        let next = page.get(1).map(|last| json!({"id": last["id"]}));
        let mut reply = json!({"Items": page});
        if let Some(next) = next {
            reply["LastEvaluatedKey"] = next;
        }
        reply
    }

    fn batch(&self, request: &Value) -> Result<Value, Value> {
        let puts = request["RequestItems"]["t"].as_array().unwrap();
        assert!(puts.len() <= 25);
        let mut ids: Vec<_> =
            puts.iter().map(|put| put["PutRequest"]["Item"]["id"].to_string()).collect();
        ids.sort();
        ids.dedup();
        if ids.len() != puts.len() {
            return Err(refusal(
                "ValidationException",
                "Provided list of item keys contains duplicates",
            ));
        }
        if puts.iter().any(|put| put["PutRequest"]["Item"]["id"]["S"] == "") {
            return Err(refusal("ValidationException", "one is wrong"));
        }
        let count = if self.is_busy { puts.len().div_ceil(2) } else { puts.len() };
        for put in &puts[..count] {
            self.put(&put["PutRequest"]["Item"])?;
        }
        let left = &puts[count..];
        let unprocessed = if left.is_empty() { json!({}) } else { json!({"t": left}) };
        Ok(json!({"UnprocessedItems": unprocessed}))
    }

    fn answer(&self, command: Command, body: &[u8]) -> Result<Value, Value> {
        let request: Value = serde_json::from_slice(body).unwrap();
        let mut log = self.log.lock().unwrap();
        log.push((command.name().to_owned(), request.clone()));
        if self.is_busy && log.len().is_multiple_of(3) {
            return Err(refusal("ProvisionedThroughputExceededException", "slower"));
        }
        drop(log);
        match command.name() {
            "Scan" => Ok(self.scan(&request)),
            "BatchWriteItem" => self.batch(&request),
            "PutItem" => self.put(&request["Item"]).map(|()| json!({})),
            "DescribeTable" => Ok(json!({"Table": {
                "TableName": "t", "TableStatus": "ACTIVE", "ItemCount": self.ids().len(),
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
                "Replicas": [{"RegionName": "eu-west-1"}],
            }})),
            "CreateTable" => {
                *self.made.lock().unwrap() = Some(request);
                Ok(json!({}))
            }
            "DescribeTimeToLive" => Ok(json!({"TimeToLiveDescription": {
                "TimeToLiveStatus": "ENABLED", "AttributeName": "until"}})),
            "UpdateTimeToLive" => Ok(json!({})),
            _ => Err(refusal("UnknownOperationException", "")),
        }
    }
}

fn refusal(exception: &str, message: &str) -> Value {
    json!({"__type": format!("x#{exception}"), "message": message})
}

impl Transport for Fake {
    fn sent(&self, _: Command, _: &Bytes) -> Result<Sent, Error> {
        unimplemented!("nobody asks what would be sent")
    }

    async fn send(&self, command: Command, body: Bytes) -> Result<Answer, Error> {
        let (status, reply) = match self.answer(command, &body) {
            Ok(reply) => (StatusCode::OK, reply),
            Err(refusal) => (StatusCode::BAD_REQUEST, refusal),
        };
        let bytes = Bytes::from(reply.to_string());
        Ok(Answer { address: "memory".to_owned(), status, headers: HeaderMap::new(), bytes })
    }

    fn region(&self) -> &'static str {
        "us-east-1"
    }

    fn account(&self) -> Option<&str> {
        None
    }
}

fn table_keys() -> Keys {
    Keys(vec![("id".to_owned(), KeyType::S)])
}

fn target(on_fault: OnFault) -> Target {
    Target { table: "t".to_owned(), keys: table_keys(), parallel: 4, on_fault }
}

async fn exported(fake: &Fake, selection: &Selection) -> (String, Vec<u64>) {
    let mut writer = ItemWriter::new(ItemFormat::Jsonl, &table_keys(), Vec::new());
    let mut steps = Vec::new();
    let done = export(fake, selection, &mut writer, |progress| steps.push(progress.items)).await;
    assert_eq!(done.unwrap().items, *steps.last().unwrap());
    (String::from_utf8(writer.finish().unwrap()).unwrap(), steps)
}

#[tokio::test]
async fn a_table_is_exported_page_by_page() {
    let fake = Fake::with(1..6);
    let (text, steps) = exported(&fake, &Selection::table("t", 1)).await;
    assert_eq!(text.lines().next(), Some(r#"{"id":"001","n":1.50}"#));
    assert_eq!((text.lines().count(), steps), (5, vec![2, 4, 5]));
    assert_eq!((fake.count("Scan"), fake.count("DescribeTable")), (3, 1));
}

#[tokio::test]
async fn segments_are_read_at_once_and_throttling_is_waited_out() {
    let fake = Fake { is_busy: true, ..Fake::with(1..40) };
    let (text, _) = exported(&fake, &Selection::table("t", 4)).await;
    let mut ids: Vec<_> = text.lines().map(|line| line[7..10].to_owned()).collect();
    ids.sort();
    assert_eq!(ids, fake.ids());
    let body = Body::parse(r#"{"TableName": "t", "ExclusiveStartKey": {"id": {"S": "036"}}}"#);
    let later = Selection::request("Scan".parse().unwrap(), &body.unwrap(), 1).unwrap();
    assert_eq!(exported(&fake, &later).await.0.lines().count(), 3);
}

#[tokio::test]
async fn a_refusal_ends_an_export() {
    let body = Body::parse("{}").unwrap();
    let selection = Selection::request("Query".parse().unwrap(), &body, 1).unwrap();
    let mut writer = ItemWriter::new(ItemFormat::Jsonl, &table_keys(), Vec::new());
    let error = export(&Fake::default(), &selection, &mut writer, |_| ()).await.unwrap_err();
    assert!(matches!(&error, Error::Refused(refusal) if refusal.exception.starts_with("Unknown")));
}

fn reader(text: &str) -> ItemReader<&[u8]> {
    ItemReader::new(ItemFormat::Jsonl, table_keys(), text.as_bytes()).unwrap()
}

fn lines(ids: std::ops::Range<u32>) -> String {
    let lines: Vec<_> = ids.map(|id| format!("{{\"id\":\"{id:03}\",\"n\":{id}}}\n")).collect();
    lines.concat()
}

#[tokio::test]
async fn a_file_is_imported_in_batches_until_all_is_written() {
    for is_busy in [false, true] {
        let fake = Fake { is_busy, ..Fake::default() };
        let text = lines(1..120);
        let written = import(&fake, &target(OnFault::Stop), reader(&text), |_| ()).await.unwrap();
        assert_eq!((written.progress.items, written.faults_count), (119, 0));
        assert_eq!(fake.ids().len(), 119);
        assert!(is_busy || fake.count("BatchWriteItem") == 5);
    }
}

#[tokio::test]
async fn of_items_with_one_key_the_last_stays() {
    let fake = Fake { is_busy: true, ..Fake::default() };
    let text: Vec<_> = (0..60).map(|n| format!("{{\"id\":\"{}\",\"n\":{n}}}\n", n % 7)).collect();
    import(&fake, &target(OnFault::Stop), reader(&text.concat()), |_| ()).await.unwrap();
    let items = fake.items.lock().unwrap();
    let numbers: Vec<_> = items.values().map(|item| item["n"]["N"].as_str().unwrap()).collect();
    assert_eq!(numbers, ["56", "57", "58", "59", "53", "54", "55"]);
}

#[tokio::test]
async fn faulty_lines_are_skipped_and_told_or_end_the_import() {
    let text = format!("{}no json\n{{\"id\":\"\"}}\n{}", lines(1..4), lines(4..8));
    let fake = Fake::default();
    let written = import(&fake, &target(OnFault::Skip), reader(&text), |_| ()).await.unwrap();
    let mut faults: Vec<_> = written.faults.iter().map(ToString::to_string).collect();
    faults.sort();
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(faults[0].starts_with("line 4: this is not JSON"), "{faults:?}");
    assert_eq!(faults[1], "line 5: the service does not take it: an id is not empty");
    assert_eq!((written.progress.items, fake.ids().len()), (7, 7));

    let fake = Fake::default();
    let error = import(&fake, &target(OnFault::Stop), reader(&text), |_| ()).await;
    assert!(matches!(error, Err(Error::Line(fault)) if fault.line == 4));
    assert_eq!(fake.ids(), ["001", "002", "003"]);
}

#[tokio::test]
async fn a_table_is_copied_from_one_to_another() {
    let (source, other) = (Fake::with(1..100), Fake { is_busy: true, ..Fake::default() });
    let into = Target { keys: keys(&other, "t").await.unwrap(), ..target(OnFault::Stop) };
    let mut expected = None;
    let selection = Selection::table("t", 3);
    let written =
        copy((&source, &selection), (&other, &into), |progress| expected = progress.items_expected);
    assert_eq!(written.await.unwrap().progress.items, 99);
    assert_eq!(*source.items.lock().unwrap(), *other.items.lock().unwrap());
    assert_eq!(expected, Some(99));
}

#[tokio::test]
async fn a_table_is_made_after_another() {
    let (source, other) = (Fake::default(), Fake::default());
    let not_taken = create_like((&source, "t"), (&other, "new")).await.unwrap();
    assert_eq!(not_taken, [NotTaken::Replicas]);
    let made = other.made.lock().unwrap().clone().unwrap();
    assert_eq!(
        (&made["TableName"], &made["BillingMode"]),
        (&json!("new"), &json!("PAY_PER_REQUEST"))
    );
    let log = other.log.lock().unwrap();
    let (_, expiry) = log.iter().find(|(name, _)| name == "UpdateTimeToLive").unwrap();
    assert_eq!(expiry["TimeToLiveSpecification"]["AttributeName"], "until");
}

/// A server asks on several threads, so that what it waits for has to go from one to another.
#[test]
fn transfers_go_from_thread_to_thread() {
    fn is_send<T: Send>(_: T) {}
    let (fake, selection, into) =
        (Fake::default(), Selection::table("t", 1), target(OnFault::Stop));
    is_send(copy((&fake, &selection), (&fake, &into), |_| ()));
    is_send(import(&fake, &into, reader(""), |_| ()));
    is_send(create_like((&fake, "t"), (&fake, "u")));
}
