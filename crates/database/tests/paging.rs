//! Pages cover what there is exactly once and in order, whatever their size, through requests as a client sends them.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "a test may panic, and its values are made in place"
)]

#[expect(dead_code, reason = "what other tests use")]
mod service;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use service::{Service, index, key, with};

/// Bytes in the order in which they sort.
const ORDERS: [&str; 5] = ["AA==", "AAA=", "AAE=", "AQ==", "/w=="];

/// An item: where it is, by what its indexes have it, and whether a filter lets it through.
#[derive(Debug, Clone)]
struct Row {
    partition: u8,
    sort: i16,
    local: Option<u8>,
    global: Option<(u8, i8)>,
    is_wanted: bool,
}

impl Row {
    fn item(&self, has_sort: bool) -> Value {
        let mut item = json!({
            "pk": {"S": format!("p{}", self.partition)},
            "sk": {"N": self.sort.to_string()},
            "wanted": {"BOOL": self.is_wanted},
        });
        if !has_sort {
            item["pk"] = json!({"S": format!("p{} {}", self.partition, self.sort)});
        }
        if let Some(local) = self.local {
            item["local"] = json!({"S": "x".repeat(local.into())});
        }
        if let Some((partition, sort)) = self.global {
            item["global"] = json!({"N": partition.to_string()});
            item["order"] = json!({"B": ORDERS[usize::from(sort.unsigned_abs()) % ORDERS.len()]});
        }
        item
    }
}

/// How pages are asked for.
#[derive(Debug, Clone)]
struct Plan {
    limit: usize,
    is_forward: bool,
    is_filtered: bool,
    segments: u64,
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (
        0_u8..3,
        -20_i16..20,
        prop::option::of(1_u8..4),
        prop::option::of((0_u8..2, 0_i8..5)),
        any::<bool>(),
    );
    let row = row.prop_map(|(partition, sort, local, global, is_wanted)| Row {
        partition,
        sort,
        local,
        global,
        is_wanted,
    });
    prop::collection::vec(row, 0..30)
}

fn plans() -> impl Strategy<Value = Plan> {
    (1_usize..8, any::<bool>(), any::<bool>(), prop_oneof![1_u64..9, Just(100)]).prop_map(
        |(limit, is_forward, is_filtered, segments)| Plan {
            limit,
            is_forward,
            is_filtered,
            segments,
        },
    )
}

fn definition(has_sort: bool) -> Value {
    let attribute =
        |(name, kind): (&str, &str)| json!({"AttributeName": name, "AttributeType": kind});
    let mut names = vec![("pk", "S"), ("global", "N"), ("order", "B")];
    let mut table = json!({
        "TableName": "rows",
        "KeySchema": key(&[("pk", "HASH")]),
        "BillingMode": "PAY_PER_REQUEST",
        "GlobalSecondaryIndexes": [index("global", &[("global", "HASH"), ("order", "RANGE")])],
    });
    if has_sort {
        names.extend([("sk", "N"), ("local", "S")]);
        table["KeySchema"] = key(&[("pk", "HASH"), ("sk", "RANGE")]);
        table["LocalSecondaryIndexes"] =
            json!([index("local", &[("pk", "HASH"), ("local", "RANGE")])]);
    }
    table["AttributeDefinitions"] = names.into_iter().map(attribute).collect();
    table
}

/// The table's key of an item, as text that tells items apart.
fn identity(item: &Value) -> String {
    format!("{} {}", item["pk"], item["sk"])
}

/// Something that is read in pages: an operation and its request.
#[derive(Debug, Clone)]
struct Reading {
    operation: &'static str,
    body: Value,
    /// The attribute by which the items are sorted, if they are.
    order: Option<&'static str>,
    /// Which items it is of.
    is_of: fn(&Value, &Value) -> bool,
    /// What `is_of` compares with.
    value: Value,
}

fn readings(has_sort: bool) -> Vec<Reading> {
    let mut readings = Vec::new();
    let mut query = |index: Option<&str>, name: &'static str, value: Value, order| {
        let mut body = json!({
            "TableName": "rows",
            "KeyConditionExpression": "#k = :k",
            "ExpressionAttributeNames": {"#k": name},
            "ExpressionAttributeValues": {":k": value},
        });
        if let Some(index) = index {
            body["IndexName"] = index.into();
        }
        let is_of: fn(&Value, &Value) -> bool = match index {
            None => |item, value| item["pk"] == *value,
            Some("local") => |item, value| item["pk"] == *value && item.get("local").is_some(),
            Some(_) => |item, value| item["global"] == *value,
        };
        readings.push(Reading { operation: "Query", body, order, is_of, value });
    };
    for number in 0..3 {
        if has_sort {
            let value = json!({"S": format!("p{number}")});
            query(None, "pk", value.clone(), Some("sk"));
            query(Some("local"), "pk", value, Some("local"));
        }
        query(Some("global"), "global", json!({"N": number.to_string()}), Some("order"));
    }
    let mut scan = |index: Option<&str>, is_of| {
        let mut body = json!({"TableName": "rows"});
        if let Some(index) = index {
            body["IndexName"] = index.into();
        }
        readings.push(Reading { operation: "Scan", body, order: None, is_of, value: Value::Null });
    };
    scan(None, |_, _| true);
    scan(Some("global"), |item, _| item.get("global").is_some());
    if has_sort {
        scan(Some("local"), |item, _| item.get("local").is_some());
    }
    readings
}

/// An attribute's value, as it sorts.
fn sortable(value: &Value) -> (i64, Vec<u8>) {
    if let Some(number) = value["N"].as_str() {
        return (number.parse().unwrap(), Vec::new());
    }
    if let Some(text) = value["B"].as_str() {
        return (
            i64::try_from(ORDERS.iter().position(|one| *one == text).unwrap()).unwrap(),
            Vec::new(),
        );
    }
    (0, value["S"].as_str().unwrap().as_bytes().to_vec())
}

impl Plan {
    /// The request with the filter and the direction of the plan.
    fn asked(&self, reading: &Reading) -> Value {
        let mut body = reading.body.clone();
        if reading.operation == "Query" {
            body["ScanIndexForward"] = self.is_forward.into();
        }
        if self.is_filtered {
            body["FilterExpression"] = "wanted = :true".into();
            body["ExpressionAttributeValues"][":true"] = json!({"BOOL": true});
        }
        body
    }

    fn wants(&self, item: &Value) -> bool {
        !self.is_filtered || item["wanted"] == json!({"BOOL": true})
    }
}

/// Reads all pages of a request. After each, what `between` deletes is deleted.
async fn pages(
    service: &Service,
    operation: &str,
    body: &Value,
    between: &mut Vec<Value>,
) -> Vec<Value> {
    let (mut items, mut body) = (Vec::new(), body.clone());
    let limit = body["Limit"].as_u64();
    loop {
        let reply = service.ok(operation, body.clone()).await;
        let page = reply["Items"].as_array().unwrap();
        assert_eq!(reply["Count"], page.len());
        assert!(limit.is_none_or(|limit| reply["ScannedCount"].as_u64().unwrap() <= limit));
        items.extend(page.iter().cloned());
        if let Some(key) = between.pop() {
            service.ok("DeleteItem", json!({"TableName": "rows", "Key": key})).await;
        }
        match reply.get("LastEvaluatedKey") {
            Some(last) => body["ExclusiveStartKey"] = last.clone(),
            None => return items,
        }
    }
}

fn table_key(item: &Value, has_sort: bool) -> Value {
    if has_sort { json!({"pk": item["pk"], "sk": item["sk"]}) } else { json!({"pk": item["pk"]}) }
}

/// A service with the rows, and its items by what tells them apart.
async fn filled(rows: &[Row], has_sort: bool) -> (Service, BTreeMap<String, Value>) {
    let service = Service::new();
    service.ok("CreateTable", definition(has_sort)).await;
    let mut items = BTreeMap::new();
    for row in rows {
        let item = row.item(has_sort);
        service.ok("PutItem", json!({"TableName": "rows", "Item": item})).await;
        items.insert(identity(&item), item);
    }
    (service, items)
}

async fn check_reading(
    service: &Service,
    items: &BTreeMap<String, Value>,
    reading: &Reading,
    plan: &Plan,
) {
    let body = plan.asked(reading);
    let found = pages(
        service,
        reading.operation,
        &with(body.clone(), json!({"Limit": plan.limit})),
        &mut Vec::new(),
    )
    .await;
    let whole = pages(service, reading.operation, &body, &mut Vec::new()).await;
    assert_eq!(found, whole, "pages and one big page");
    let is_expected = |item: &&Value| (reading.is_of)(item, &reading.value) && plan.wants(item);
    let expected: BTreeMap<_, _> =
        items.values().filter(is_expected).map(|item| (identity(item), item)).collect();
    assert_eq!(found.len(), expected.len(), "each item once: {reading:?}");
    assert!(found.iter().all(|item| expected.get(&identity(item)) == Some(&item)));
    if let Some(name) = reading.order {
        let mut order: Vec<_> = found.iter().map(|item| sortable(&item[name])).collect();
        if !plan.is_forward {
            order.reverse();
        }
        assert!(order.is_sorted(), "{order:?}");
    }
}

async fn check_segments(service: &Service, reading: &Reading, plan: &Plan) {
    let body = plan.asked(reading);
    let whole = pages(service, "Scan", &body, &mut Vec::new()).await;
    let mut found = Vec::new();
    for segment in 0..plan.segments {
        let part = json!({"Segment": segment, "TotalSegments": plan.segments, "Limit": plan.limit});
        found.extend(pages(service, "Scan", &with(body.clone(), part), &mut Vec::new()).await);
    }
    assert_eq!(found, whole, "the segments in their order are the whole");
}

/// Reads while items are deleted between the pages: those that stay are found once each.
async fn check_deletes(
    service: &Service,
    items: &BTreeMap<String, Value>,
    reading: &Reading,
    (plan, has_sort): (&Plan, bool),
) {
    let mut doomed: Vec<Value> =
        items.values().step_by(2).map(|item| table_key(item, has_sort)).collect();
    let names: BTreeSet<String> = items.keys().step_by(2).cloned().collect();
    let body = with(plan.asked(reading), json!({"Limit": plan.limit}));
    let found = pages(service, reading.operation, &body, &mut doomed).await;
    let identities: Vec<String> = found.iter().map(identity).collect();
    let once: BTreeSet<&String> = identities.iter().collect();
    assert_eq!(once.len(), identities.len(), "none twice");
    for (identity, item) in items {
        let is_expected = (reading.is_of)(item, &reading.value) && plan.wants(item);
        if !names.contains(identity) {
            assert_eq!(once.contains(identity), is_expected, "{identity}");
        }
    }
}

fn run(check: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(check);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pages_of_any_size_are_the_whole_in_order(rows in rows(), plan in plans(), has_sort: bool) {
        run(async {
            let (service, items) = filled(&rows, has_sort).await;
            for reading in readings(has_sort) {
                check_reading(&service, &items, &reading, &plan).await;
            }
        });
    }

    #[test]
    fn segments_are_the_whole_whatever_their_number(rows in rows(), plan in plans(), has_sort: bool) {
        run(async {
            let (service, _) = filled(&rows, has_sort).await;
            for reading in readings(has_sort).iter().filter(|reading| reading.operation == "Scan") {
                check_segments(&service, reading, &plan).await;
            }
        });
    }

    #[test]
    fn what_is_not_deleted_between_pages_is_found_once(
        rows in rows(),
        plan in plans(),
        has_sort: bool,
        which: prop::sample::Index,
    ) {
        run(async {
            let (service, items) = filled(&rows, has_sort).await;
            let readings = readings(has_sort);
            check_deletes(&service, &items, which.get(&readings), (&plan, has_sort)).await;
        });
    }
}
