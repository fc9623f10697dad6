//! Contributor insights: which keys are used and throttled most.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "a test may panic, and its values are made in place"
)]

#[expect(dead_code, reason = "other tests ask for more")]
mod service;

use std::sync::atomic::Ordering;

use pixii_database::{InsightsQuery, Options};
use serde_json::{Value, json};
use storage::Store;

use service::{NOON_MS, Service, index, key, units, with};

const UPDATE: &str = "UpdateContributorInsights";
const DESCRIBE: &str = "DescribeContributorInsights";
const LIST: &str = "ListContributorInsights";
const MINUTE_MS: u64 = 60_000;
const ALL: &str = "ACCESSED_AND_THROTTLED_KEYS";

fn songs() -> Value {
    json!({
        "TableName": "songs",
        "AttributeDefinitions": [
            {"AttributeName": "artist", "AttributeType": "S"},
            {"AttributeName": "number", "AttributeType": "N"},
            {"AttributeName": "genre", "AttributeType": "S"},
        ],
        "KeySchema": key(&[("artist", "HASH"), ("number", "RANGE")]),
        "ProvisionedThroughput": units(1, 1),
        "GlobalSecondaryIndexes": [with(
            index("by-genre", &[("genre", "HASH"), ("artist", "RANGE")]),
            json!({"ProvisionedThroughput": units(1, 1)}),
        )],
        "LocalSecondaryIndexes": [index("by-local", &[("artist", "HASH"), ("genre", "RANGE")])],
    })
}

fn key_of(artist: &str, number: i64) -> Value {
    json!({"artist": {"S": artist}, "number": {"N": number.to_string()}})
}

fn song(artist: &str, number: i64) -> Value {
    with(key_of(artist, number), json!({"genre": {"S": "folk\u{0}rock"}}))
}

impl Service {
    async fn with_songs(options: Options) -> Self {
        let service = Self::over(Store::in_memory(), options);
        service.ok("CreateTable", songs()).await;
        service
    }

    async fn on_songs(&self, operation: &str, body: Value) -> Value {
        self.ok(operation, with(json!({"TableName": "songs"}), body)).await
    }

    async fn enable(&self, more: Value) -> Value {
        let body = with(json!({"ContributorInsightsAction": "ENABLE"}), more);
        self.on_songs(UPDATE, body).await
    }

    async fn disable(&self, more: Value) -> Value {
        let body = with(json!({"ContributorInsightsAction": "DISABLE"}), more);
        self.on_songs(UPDATE, body).await
    }

    async fn get(&self, artist: &str, number: i64) {
        self.on_songs("GetItem", json!({"Key": key_of(artist, number)})).await;
    }

    async fn end_minute(&self) {
        self.now.0.fetch_add(MINUTE_MS, Ordering::Relaxed);
        self.database.end_minute().await.unwrap();
    }

    /// The report of the table or of an index, over so many minutes.
    async fn report(&self, index: Option<&str>, minutes: u64) -> Value {
        let query = InsightsQuery {
            account: "123456789012".into(),
            region: "eu-west-1".into(),
            table: "songs".into(),
            index: index.map(str::to_owned),
            minutes,
        };
        serde_json::to_value(self.database.insights(&query).await.unwrap()).unwrap()
    }

    /// The keys that a rule found, with what each came to.
    async fn found(&self, index: Option<&str>, code: &str, minutes: u64) -> Vec<(Value, f64)> {
        let report = self.report(index, minutes).await;
        let rules = report["Rules"].as_array().unwrap();
        let code = format!("DynamoDBContributorInsights-{code}-");
        let is_it = |rule: &&Value| rule["RuleName"].as_str().unwrap().starts_with(&code);
        let rule = rules.iter().find(is_it).unwrap();
        let contributors = rule["Contributors"].as_array().unwrap().iter();
        contributors.map(|one| (one["Key"].clone(), one["Value"].as_f64().unwrap())).collect()
    }
}

fn artist(name: &str) -> Value {
    json!({"artist": {"S": name}})
}

#[tokio::test]
async fn insights_are_switched_on_and_off_as_on_amazon() {
    let service = Service::with_songs(Options::default()).await;
    let never = json!({"TableName": "songs", "ContributorInsightsStatus": "DISABLED"});
    assert_eq!(service.on_songs(DESCRIBE, json!({})).await, never);
    assert_eq!(service.disable(json!({})).await, never);
    let status = |status: &str, mode: &str| {
        json!({
            "TableName": "songs",
            "ContributorInsightsStatus": status,
            "ContributorInsightsMode": mode,
        })
    };
    assert_eq!(service.enable(json!({})).await, status("ENABLING", ALL));
    assert_eq!(service.enable(json!({})).await, status("ENABLED", ALL));
    let name = |code: &str| format!("DynamoDBContributorInsights-{code}-songs-{NOON_MS}");
    let rules = ["PKC", "SKC", "PKT", "SKT"].map(name);
    let described =
        json!({"ContributorInsightsRuleList": rules, "LastUpdateDateTime": 1_700_000_000.123});
    let expected = with(status("ENABLED", ALL), described);
    assert_eq!(service.on_songs(DESCRIBE, json!({})).await, expected);
    // A change of the mode keeps the names of the rules.
    service.now.0.fetch_add(5000, Ordering::Relaxed);
    let throttled = json!({"ContributorInsightsMode": "THROTTLED_KEYS"});
    assert_eq!(service.enable(throttled).await, status("ENABLING", "THROTTLED_KEYS"));
    let rules = ["PKT", "SKT"].map(name);
    let described = json!({
        "ContributorInsightsRuleList": rules,
        "LastUpdateDateTime": 1_700_000_005.123,
    });
    let expected = with(status("ENABLED", "THROTTLED_KEYS"), described);
    assert_eq!(service.on_songs(DESCRIBE, json!({})).await, expected);
    assert_eq!(service.disable(json!({})).await, status("DISABLING", "THROTTLED_KEYS"));
    let described = json!({"LastUpdateDateTime": 1_700_000_005.123});
    let expected = with(status("DISABLED", "THROTTLED_KEYS"), described);
    assert_eq!(service.on_songs(DESCRIBE, json!({})).await, expected);
    assert_eq!(service.disable(json!({})).await, status("DISABLED", "THROTTLED_KEYS"));
}

#[tokio::test]
async fn a_global_index_has_insights_of_its_own_and_no_other_index_has() {
    let service = Service::with_songs(Options::default()).await;
    let of_index = json!({"IndexName": "by-genre"});
    let reply = service.enable(of_index.clone()).await;
    assert_eq!(
        (&reply["IndexName"], &reply["ContributorInsightsStatus"]),
        (&json!("by-genre"), &json!("ENABLING"))
    );
    let described = service.on_songs(DESCRIBE, of_index.clone()).await;
    let names = &described["ContributorInsightsRuleList"];
    assert_eq!(names[0], format!("DynamoDBContributorInsights-PKC-songs-by-genre-{NOON_MS}"));
    assert_eq!(names.as_array().unwrap().len(), 4);
    let own = service.on_songs(DESCRIBE, json!({})).await;
    assert_eq!(own["ContributorInsightsStatus"], "DISABLED");
    for name in ["by-local", "none"] {
        let expected =
            format!("Requested resource not found: Index: {name} not found for table: songs");
        let index =
            json!({"TableName": "songs", "IndexName": name, "ContributorInsightsAction": "ENABLE"});
        assert_eq!(service.refused(DESCRIBE, index.clone()).await, expected);
        assert_eq!(service.refused(UPDATE, index).await, expected);
    }
    let none = json!({"TableName": "none", "ContributorInsightsAction": "ENABLE"});
    let expected = "Requested resource not found: Table: none not found";
    assert_eq!(service.refused(UPDATE, none).await, expected);
}

#[tokio::test]
async fn what_is_on_is_listed_in_pages() {
    let service = Service::with_songs(Options::default()).await;
    assert_eq!(service.ok(LIST, json!({})).await, json!({"ContributorInsightsSummaries": []}));
    service.enable(json!({})).await;
    service
        .enable(json!({"IndexName": "by-genre", "ContributorInsightsMode": "THROTTLED_KEYS"}))
        .await;
    for name in ["other", "third"] {
        service.ok("CreateTable", with(songs(), json!({"TableName": name}))).await;
    }
    service.ok(UPDATE, json!({"TableName": "third", "ContributorInsightsAction": "ENABLE"})).await;
    let summary = |table: &str, mode: &str| {
        json!({
            "TableName": table,
            "ContributorInsightsStatus": "ENABLED",
            "ContributorInsightsMode": mode,
        })
    };
    let of_index = with(summary("songs", "THROTTLED_KEYS"), json!({"IndexName": "by-genre"}));
    let expected = [summary("songs", ALL), of_index.clone(), summary("third", ALL)];
    assert_eq!(service.ok(LIST, json!({})).await["ContributorInsightsSummaries"], json!(expected));
    let (mut token, mut found) = (Value::Null, Vec::new());
    for _ in 0..3 {
        let mut page = service.ok(LIST, json!({"MaxResults": 1, "NextToken": token})).await;
        found.push(page["ContributorInsightsSummaries"][0].take());
        token = page["NextToken"].take();
    }
    assert_eq!((found, token), (expected.to_vec(), Value::Null));
    service.disable(json!({})).await;
    let reply = service.ok(LIST, json!({"TableName": "songs"})).await;
    assert_eq!(reply, json!({"ContributorInsightsSummaries": [of_index]}));
}

#[tokio::test]
async fn keys_are_counted_by_what_they_consume() {
    let service = Service::with_songs(Options::default()).await;
    service.get("before", 1).await;
    service.enable(json!({})).await;
    for number in 0..4 {
        service.get("ada", number % 2).await;
    }
    // A write of one unit, and one of its local index entry, count three times as much as reads.
    service.on_songs("PutItem", json!({"Item": song("bob", 7)})).await;
    let query = json!({
        "KeyConditionExpression": "artist = :a",
        "ExpressionAttributeValues": {":a": {"S": "cid"}},
    });
    service.on_songs("Query", query).await;
    service.on_songs("Scan", json!({})).await;
    let partitions = [(artist("bob"), 6.0), (artist("ada"), 2.0), (artist("cid"), 0.5)];
    assert_eq!(service.found(None, "PKC", 1).await, partitions);
    let items = [(key_of("bob", 7), 6.0), (key_of("ada", 0), 1.0), (key_of("ada", 1), 1.0)];
    assert_eq!(service.found(None, "SKC", 1).await, items);
    assert_eq!(service.found(None, "PKT", 1).await, []);
    let report = service.report(None, 1).await;
    assert_eq!(report["ContributorInsightsStatus"], "ENABLED");
    let rule = &report["Rules"][0];
    assert_eq!((&rule["Unit"], &rule["Total"]), (&json!("ConsumedThroughputUnits"), &json!(8.5)));
    let minute =
        json!({"Time": NOON_MS / MINUTE_MS * 60, "Total": 8.5, "MaxContributorValue": 6.0});
    assert_eq!(rule["Minutes"], json!([minute]));
}

#[tokio::test]
async fn keys_of_an_index_are_counted_as_the_index_has_them() {
    let service = Service::with_songs(Options::default()).await;
    service.enable(json!({"IndexName": "by-genre"})).await;
    service.on_songs("PutItem", json!({"Item": song("ada", 1)})).await;
    service.on_songs("PutItem", json!({"Item": song("ada", 2)})).await;
    let query = json!({
        "IndexName": "by-genre",
        "KeyConditionExpression": "genre = :g",
        "ExpressionAttributeValues": {":g": {"S": "folk\u{0}rock"}},
    });
    service.on_songs("Query", query).await;
    let genre = json!({"genre": {"S": "folk\u{0}rock"}});
    let found = service.found(Some("by-genre"), "PKC", 1).await;
    assert_eq!(found, [(genre.clone(), 6.5)]);
    let found = service.found(Some("by-genre"), "SKC", 1).await;
    assert_eq!(found, [(with(genre, artist("ada")), 6.0)]);
    assert_eq!(service.report(None, 1).await["Rules"], json!([]));
}

#[tokio::test]
async fn keys_that_are_throttled_are_counted() {
    let options = Options { enforce_capacity: true, ..Options::default() };
    let service = Service::with_songs(options).await;
    service.enable(json!({"ContributorInsightsMode": "THROTTLED_KEYS"})).await;
    for _ in 0..600 {
        service.get("ada", 1).await;
    }
    for (name, times) in [("ada", 3), ("bob", 1)] {
        for _ in 0..times {
            let get = json!({"TableName": "songs", "Key": key_of(name, 1)});
            service.ask("GetItem", &get).await.unwrap_err();
        }
    }
    let expected = [(artist("ada"), 3.0), (artist("bob"), 1.0)];
    assert_eq!(service.found(None, "PKT", 1).await, expected);
    let expected = [(key_of("ada", 1), 3.0), (key_of("bob", 1), 1.0)];
    assert_eq!(service.found(None, "SKT", 1).await, expected);
    assert_eq!(service.report(None, 1).await["Rules"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn minutes_that_are_over_outlive_a_restart_and_go_after_a_day() {
    let service = Service::with_songs(Options::default()).await;
    service.enable(json!({})).await;
    service.get("ada", 1).await;
    service.end_minute().await;
    service.get("ada", 1).await;
    service.get("bob", 1).await;
    service.end_minute().await;
    let later = service.now.0.load(Ordering::Relaxed);
    let service = Service::over(service.store.clone(), Options::default());
    service.now.0.store(later, Ordering::Relaxed);
    service.get("cid", 1).await;
    let all = [(artist("ada"), 1.0), (artist("bob"), 0.5), (artist("cid"), 0.5)];
    assert_eq!(service.found(None, "PKC", 60).await, all);
    assert_eq!(service.found(None, "PKC", 2).await.len(), 3);
    assert_eq!(service.found(None, "PKC", 1).await, [(artist("cid"), 0.5)]);
    let report = service.report(None, 60).await;
    assert_eq!(report["Rules"][0]["Minutes"].as_array().unwrap().len(), 3);
    let rows = service.count(0x40).await;
    assert_eq!(rows, 4);
    service.now.0.fetch_add(24 * 60 * MINUTE_MS - MINUTE_MS, Ordering::Relaxed);
    service.database.tidy().await.unwrap();
    assert_eq!(service.count(0x40).await, 2);
    service.now.0.fetch_add(MINUTE_MS, Ordering::Relaxed);
    service.database.tidy().await.unwrap();
    assert_eq!(service.count(0x40).await, 0);
    assert_eq!(service.database.check().await.unwrap().faults, []);
}

#[tokio::test]
async fn of_more_keys_than_are_counted_those_used_most_are_found() {
    let service = Service::with_songs(Options::default()).await;
    service.enable(json!({})).await;
    for round in 0..3000 {
        service.get(&format!("cold {round}"), 1).await;
        if round % 3 == 0 {
            service.get("hot", 1).await;
        }
        if round % 30 == 0 {
            service.get("warm", 1).await;
        }
    }
    let found = service.found(None, "PKC", 1).await;
    assert_eq!(found.len(), 100);
    assert_eq!((&found[0].0, &found[1].0), (&artist("hot"), &artist("warm")));
    let report = service.report(None, 1).await;
    let hot = &report["Rules"][0]["Contributors"][0];
    let (value, error) = (hot["Value"].as_f64().unwrap(), hot["ErrorMax"].as_f64().unwrap());
    assert!(value - error <= 500.0 && 500.0 <= value, "{value} {error}");
    assert!(error <= 4100.0 / 2.0 / 1000.0, "{error}");
}

#[tokio::test]
async fn metrics_tell_the_values_of_the_last_minute_and_no_keys() {
    let service = Service::with_songs(Options::default()).await;
    service.enable(json!({})).await;
    service.get("ada", 1).await;
    service.get("ada", 1).await;
    service.get("bob", 1).await;
    let insights = async || service.database.figures().await.unwrap().tables.remove(0).insights;
    assert_eq!(insights().await, []);
    service.end_minute().await;
    let found = insights().await;
    assert_eq!((found[0].rule, &found[0].values), ("PKC", &vec![1.0, 0.5]));
    assert_eq!(found.len(), 2);
}

#[tokio::test]
async fn nothing_is_counted_any_more_once_that_is_off() {
    let service = Service::with_songs(Options::default()).await;
    service.enable(json!({})).await;
    service.get("ada", 1).await;
    service.disable(json!({})).await;
    service.get("ada", 1).await;
    service.end_minute().await;
    assert_eq!(service.count(0x40).await, 0);
    service.enable(json!({})).await;
    service.get("bob", 1).await;
    assert_eq!(service.found(None, "PKC", 60).await, [(artist("bob"), 0.5)]);
}
