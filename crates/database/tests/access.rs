//! What each operation says it needs: requests and needs in `access/needs.txt`, which `UPDATE=1` rewrites.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "a test may panic, and its values are made in place"
)]

#[expect(dead_code, reason = "other tests ask more of a service")]
mod service;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use pixii_database::{Api, Need, Wants, find, rows};
use serde_json::json;
use types::json::Json;

use service::{Service, caller};

/// All there is.
const WANTS: Wants = Wants { items: true, tags: true };
const SEPARATOR: &str = "---";

fn file() -> PathBuf {
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("tests/access/needs.txt")
}

/// A table with an index, tags and a policy.
async fn service() -> Service {
    let service = Service::new();
    let attribute = |name: &str| json!({"AttributeName": name, "AttributeType": "S"});
    let key = |name: &str, kind: &str| json!({"AttributeName": name, "KeyType": kind});
    let index = json!({
        "IndexName": "by-state",
        "KeySchema": [key("state", "HASH")],
        "Projection": {"ProjectionType": "ALL"},
    });
    let table = json!({
        "TableName": "orders",
        "AttributeDefinitions": [attribute("pk"), attribute("sk"), attribute("state")],
        "KeySchema": [key("pk", "HASH"), key("sk", "RANGE")],
        "GlobalSecondaryIndexes": [index],
        "BillingMode": "PAY_PER_REQUEST",
        "Tags": [{"Key": "team", "Value": "blue"}],
        "ResourcePolicy": "{\"Version\": \"2012-10-17\"}",
    });
    service.ok("CreateTable", table).await;
    service
}

fn written(need: &Need) -> String {
    let Need { action, resource, account, enclosing, leading_keys, attributes, .. } = need;
    let mut text = format!("{action} on {resource} of {account}");
    let name = |name: &String| name.escape_debug().to_string();
    let set = |names: &BTreeSet<String>| names.iter().map(name).collect::<Vec<_>>().join(", ");
    let parts = [
        enclosing.map(|operation| format!("within {operation}")),
        leading_keys.as_ref().map(|keys| format!("keys: {}", set(keys))),
        attributes.as_ref().map(|names| format!("attributes: {}", set(names))),
        need.policy.as_ref().map(|_| "with a policy".to_owned()),
        need.put.as_ref().map(|put| format!("puts a policy, confirmed: {}", put.is_confirmed)),
    ];
    for part in parts.into_iter().flatten() {
        write!(text, "\n    {part}").unwrap();
    }
    for (name, value) in &need.options {
        write!(text, "\n    {name}: {value}").unwrap();
    }
    for (key, value) in &need.request_tags {
        write!(text, "\n    brings tag {key}: {value:?}").unwrap();
    }
    for (key, value) in &need.resource_tags {
        write!(text, "\n    has tag {key}: {value}").unwrap();
    }
    text
}

async fn needs(service: &Service, request: &str) -> String {
    let (name, body) = request.split_once(' ').unwrap();
    let row = find(Api::DynamoDb, name).or_else(|| find(Api::Streams, name)).unwrap();
    let json = Json::parse(body.as_bytes()).unwrap();
    let call = caller("123456789012", "eu-west-1");
    let request = row.read(&json).unwrap();
    let needs = request.needs(&service.database, &call, (&json, WANTS)).await.unwrap();
    needs.iter().map(|need| written(need) + "\n").collect()
}

#[tokio::test]
async fn each_operation_says_what_it_needs() {
    let service = service().await;
    let text = fs::read_to_string(file()).unwrap();
    let (mut found, mut names) = (String::new(), BTreeSet::new());
    for case in text.split("\n\n").map(str::trim).filter(|case| !case.is_empty()) {
        let request = case.split(SEPARATOR).next().unwrap().trim();
        names.insert(request.split(' ').next().unwrap());
        let needs = needs(&service, request).await;
        write!(found, "{request}\n{SEPARATOR}\n{needs}\n").unwrap();
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::write(file(), &found).unwrap();
    }
    assert_eq!(fs::read_to_string(file()).unwrap(), found, "UPDATE=1 rewrites it");
    let built = rows().iter().filter(|row| row.access.is_some());
    let missing: Vec<_> = built.map(|row| row.name).filter(|name| !names.contains(name)).collect();
    assert_eq!(missing, Vec::<&str>::new(), "operations without a case");
}
