//! `/_pixii/insights`: which keys are used most, and who is told.

use crate::client::{KEY_ID, Request, SECRET, TestServer};

const TABLE: &str = r#"{"TableName": "films", "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}"#;
const ENABLE: &str = r#"{"TableName": "films", "ContributorInsightsAction": "ENABLE"}"#;
const GET: &str = r#"{"TableName": "films", "Key": {"id": {"S": "a"}}}"#;

fn look(query: &str) -> Request {
    Request::bare(&format!("GET /_pixii/insights?{query}"))
}

#[tokio::test]
async fn the_keys_that_are_used_most_are_told() {
    let server = TestServer::start().await;
    for (operation, body) in
        [("CreateTable", TABLE), ("UpdateContributorInsights", ENABLE), ("GetItem", GET)]
    {
        assert_eq!(server.ask(&Request::of(operation, body)).await.status, 200);
    }
    let reply = server.ask(&look("region=eu-west-1&table=films&minutes=5")).await;
    let insights = reply.json();
    assert_eq!(insights["ContributorInsightsStatus"], "ENABLED");
    let first = &insights["Rules"][0]["Contributors"][0];
    assert_eq!((&first["Key"]["id"]["S"], &first["Value"]), (&"a".into(), &0.5.into()));
    let elsewhere = server.ask(&look("table=films")).await;
    assert_eq!(elsewhere.exception(), "ResourceNotFoundException");
    let unknown = server.ask(&look("region=eu-west-1&table=films&index=none")).await;
    assert_eq!(unknown.exception(), "ResourceNotFoundException");
    for query in ["", "index=a", "table=films&minutes=many"] {
        assert_eq!(server.ask(&look(query)).await.exception(), "ValidationException", "{query}");
    }
}

#[tokio::test]
async fn where_there_are_credentials_who_signs_is_told_of_the_own_tables() {
    let server = TestServer::start_with(TestServer::options_with_credentials()).await;
    let create = Request::of("CreateTable", TABLE).signed(KEY_ID, SECRET);
    assert_eq!(server.ask(&create).await.status, 200);
    let reply = server.ask(&look("table=films&region=eu-west-1")).await;
    assert_eq!(reply.exception(), "MissingAuthenticationTokenException");
    let line = "GET /_pixii/insights?table=films&account=210987654321 HTTP/1.1";
    let reply = server.ask(&Request::new().line(line).body("").signed(KEY_ID, SECRET)).await;
    assert_eq!(reply.json()["ContributorInsightsStatus"], "DISABLED");
}
