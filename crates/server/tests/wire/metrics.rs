//! `/metrics`: what is told, and to whom; and that what is written of it names nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use crate::client::{KEY_ID, Reply, Request, SECRET, TestServer};

const NOT_FOUND: &str = "404 <UnknownOperationException/>\n";
const TABLE: &str = r#"{"TableName": "films", "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}"#;
const PUT: &str = r#"{"TableName": "films", "Item": {"id": {"S": "a"}}}"#;
const FAILING: &str = r#"{"TableName": "films", "Item": {"id": {"S": "a"}}, "ConditionExpression": "attribute_not_exists(id)"}"#;

fn scrape() -> Request {
    Request::bare("GET /metrics")
}

/// The value of a series, written as the text has it.
fn value(reply: &Reply, series: &str) -> Option<f64> {
    let mut lines = reply.text().lines();
    lines.find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
}

#[tokio::test]
async fn requests_are_counted_by_operation_and_errors_by_class() {
    let server = TestServer::start().await;
    server.ask(&Request::of("CreateTable", TABLE)).await;
    for _ in 0..3 {
        server.ask(&Request::of("PutItem", PUT)).await;
    }
    server.ask(&Request::of("PutItem", FAILING)).await;
    server.ask(&Request::of("PutItem", "{}")).await;
    server.ask(&Request::of("Nonsense", "{}")).await;
    let reply = server.ask(&scrape()).await;
    assert_eq!(reply.status, 200);
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(reply.header("content-type"), Some(kind));
    assert!(reply.text().ends_with("# EOF\n"));
    for (series, expected) in [
        (r#"pixii_requests_total{operation="PutItem"}"#, 5.0),
        (r#"pixii_requests_total{operation=""}"#, 1.0),
        (r#"pixii_request_duration_seconds_count{operation="PutItem"}"#, 3.0),
        (r#"pixii_request_duration_seconds_bucket{le="+Inf",operation="PutItem"}"#, 3.0),
        (
            r#"pixii_errors_total{operation="PutItem",error="ConditionalCheckFailedException",class="condition"}"#,
            1.0,
        ),
        (
            r#"pixii_errors_total{operation="PutItem",error="ValidationException",class="user"}"#,
            1.0,
        ),
        (r#"pixii_errors_total{operation="",error="UnknownOperationException",class="user"}"#, 1.0),
        ("pixii_tables", 1.0),
        ("pixii_connections", 1.0),
        ("pixii_storage_refuses_writes", 0.0),
    ] {
        assert_eq!(value(&reply, series), Some(expected), "{series} in {}", reply.text());
    }
    assert_eq!(value(&reply, r#"pixii_requests_total{operation="Scan"}"#), None);
}

#[tokio::test]
async fn a_table_has_its_series_as_long_as_it_is_there() {
    let server = TestServer::start().await;
    server.ask(&Request::of("CreateTable", TABLE)).await;
    server.ask(&Request::of("PutItem", PUT)).await;
    let labels = r#"account="123456789012",region="eu-west-1",table="films""#;
    let reply = server.ask(&scrape()).await;
    let series = format!("pixii_consumed_write_units_total{{{labels},index=\"\"}}");
    assert_eq!(value(&reply, &series), Some(1.0), "{}", reply.text());
    assert_eq!(value(&reply, &format!("pixii_items{{{labels},index=\"\"}}")), Some(1.0));
    assert_eq!(value(&reply, &format!("pixii_expired_items_total{{{labels}}}")), Some(0.0));
    server.ask(&Request::of("DeleteTable", r#"{"TableName": "films"}"#)).await;
    let reply = server.ask(&scrape()).await;
    assert!(!reply.text().contains("films"), "{}", reply.text());
}

#[tokio::test]
async fn where_there_are_credentials_only_who_knows_one_is_told() {
    let server = TestServer::start_with(TestServer::options_with_credentials()).await;
    let reply = server.ask(&scrape()).await;
    assert_eq!(
        (reply.status, reply.exception().as_str()),
        (400, "MissingAuthenticationTokenException")
    );
    let signed = Request::new().line("GET /metrics HTTP/1.1").body("");
    assert_eq!(server.ask(&signed.clone().signed(KEY_ID, SECRET)).await.status, 200);
    let forged = server.ask(&signed.signed(KEY_ID, "other")).await;
    assert_eq!(forged.exception(), "InvalidSignatureException");
}

#[tokio::test]
async fn a_port_of_their_own_tells_the_metrics_to_anybody_and_nothing_else() {
    let options = pixii_server::Options {
        metrics_listen: Some("127.0.0.1:0".parse().unwrap()),
        ..TestServer::options_with_credentials()
    };
    let server = TestServer::start_with(options).await;
    let address = server.metrics_address.unwrap();
    let ask = async |request: Request| server.connect_to(address).await.ask(&request).await;
    let reply = ask(scrape()).await;
    assert_eq!(reply.status, 200);
    assert!(reply.text().contains("pixii_build"), "{}", reply.text());
    for request in [
        Request::bare("GET /"),
        Request::new().signed(KEY_ID, SECRET),
        Request::bare("OPTIONS /").with("Origin", "http://localhost"),
    ] {
        assert_eq!(ask(request).await.line(), NOT_FOUND);
    }
}

/// All names of series that a server tells of.
async fn names() -> BTreeSet<String> {
    let server = TestServer::start().await;
    // Errors are told of once there are some.
    server.ask(&Request::of("PutItem", "{}")).await;
    let reply = server.ask(&scrape()).await;
    let kinds = reply.text().lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let kinds = kinds.map(|line| line.split_once(' ').unwrap());
    let names = kinds.flat_map(|(name, kind)| match kind {
        "counter" => vec![format!("{name}_total")],
        "histogram" => ["", "_bucket", "_sum", "_count"].map(|end| format!("{name}{end}")).into(),
        _ => vec![name.to_owned()],
    });
    names.collect()
}

/// All that looks like the name of a series in a file of the documentation.
fn named(file: &str) -> BTreeSet<String> {
    let folder = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap());
    let text = fs::read_to_string(folder.join("../../docs").join(file)).unwrap();
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    words.filter(|word| word.starts_with("pixii_")).map(str::to_owned).collect()
}

#[tokio::test]
async fn the_dashboard_and_the_documentation_name_only_what_there_is() {
    let told = names().await;
    for file in ["grafana/pixii.json", "metrics.md"] {
        let named = named(file);
        assert!(named.len() > 10, "{file} names {named:?}");
        assert_eq!(named.difference(&told).collect::<Vec<_>>(), Vec::<&String>::new(), "{file}");
    }
}

#[tokio::test]
async fn every_metric_is_documented() {
    let documented = named("metrics.md");
    let is_part = |name: &str| ["_bucket", "_sum", "_count"].iter().any(|end| name.ends_with(end));
    let missing = names().await.into_iter().filter(|name| !is_part(name));
    let missing: Vec<_> = missing.filter(|name| !documented.contains(name)).collect();
    assert_eq!(missing, Vec::<String>::new());
}
