//! `/_pixii/peer`: the door for servers of other Regions, and who gets through it.

use database::Regions;
use pixii_server::Options;

use crate::client::{CREDENTIAL, KEY_ID, Reply, Request, SECRET, TestServer};

const PEER_KEY_ID: &str = "PEEREXAMPLE";
const PEER_SECRET: &str = "another";

/// With a pair for other servers, and none for clients.
fn options_with_peer() -> Options {
    let pair = (PEER_KEY_ID.to_owned(), PEER_SECRET.to_owned());
    Options { peer_credentials: Some(pair), ..TestServer::options() }
}

/// With a pair for other servers, and another one for clients.
fn options_with_both() -> Options {
    let credentials = TestServer::options_with_credentials().credentials;
    Options { credentials, ..options_with_peer() }
}

/// A message that is none, well-formed and signed by nobody.
fn message() -> Request {
    Request::bare("POST /_pixii/peer")
        .with("Content-Type", "application/octet-stream")
        .with("X-Amz-Date", "20260102T030405Z")
        .with("Authorization", CREDENTIAL)
        .body(b"\0\xffnone".as_slice())
}

/// Why the door stayed shut: the exception, or the status where there is none. `None` for what came through, whatever
/// the database says to it.
fn refusal(reply: &Reply) -> Option<String> {
    const OF_THE_DOOR: [&str; 5] = [
        "AccessDeniedException",
        "IncompleteSignatureException",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "UnrecognizedClientException",
    ];
    let body: Option<serde_json::Value> = serde_json::from_slice(&reply.body).ok();
    match body.as_ref().and_then(|body| body["__type"].as_str()) {
        Some(kind) => {
            let name = kind.rsplit('#').next().unwrap().to_owned();
            OF_THE_DOOR.contains(&name.as_str()).then_some(name)
        }
        None if reply.status == 200 => None,
        None => Some(reply.status.to_string()),
    }
}

#[track_caller]
fn check(reply: &Reply, expected: Option<&str>) {
    assert_eq!(refusal(reply).as_deref(), expected, "{reply:?}");
}

#[tokio::test]
async fn where_anybody_is_served_any_server_is_heard() {
    let server = TestServer::start().await;
    check(&server.ask(&message()).await, None);
    check(&server.ask(&message().signed("whoever", "whatever")).await, None);
    let unsigned = server.ask(&message().without("Authorization")).await;
    check(&unsigned, Some("MissingAuthenticationTokenException"));
    let half = message().with("Authorization", "AWS4-HMAC-SHA256 Credential=a");
    check(&server.ask(&half).await, Some("IncompleteSignatureException"));
}

#[tokio::test]
async fn where_there_is_a_pair_for_it_only_who_knows_that_is_heard() {
    for options in [options_with_peer(), options_with_both()] {
        let server = TestServer::start_with(options).await;
        check(&server.ask(&message().signed(PEER_KEY_ID, PEER_SECRET)).await, None);
        let wrong = server.ask(&message().signed(PEER_KEY_ID, "wrong")).await;
        check(&wrong, Some("InvalidSignatureException"));
        let changed = message().signed(PEER_KEY_ID, PEER_SECRET).body("changed");
        check(&server.ask(&changed).await, Some("InvalidSignatureException"));
        for key_id in [KEY_ID, "123456789012"] {
            let other = server.ask(&message().signed(key_id, SECRET)).await;
            check(&other, Some("UnrecognizedClientException"));
        }
        check(&server.ask(&message()).await, Some("InvalidSignatureException"));
        let unsigned = server.ask(&message().without("Authorization")).await;
        check(&unsigned, Some("MissingAuthenticationTokenException"));
    }
}

#[tokio::test]
async fn the_pair_for_other_servers_is_none_for_clients() {
    let server = TestServer::start_with(options_with_both()).await;
    let reply = server.ask(&Request::new().signed(PEER_KEY_ID, PEER_SECRET)).await;
    assert_eq!(reply.exception(), "UnrecognizedClientException");
    assert_eq!(server.ask(&Request::new().signed(KEY_ID, SECRET)).await.status, 200);
    let look = Request::bare("GET /metrics").signed(PEER_KEY_ID, PEER_SECRET);
    assert_eq!(server.ask(&look).await.exception(), "UnrecognizedClientException");
}

#[tokio::test]
async fn where_clients_have_credentials_and_other_servers_none_nobody_is_heard() {
    let server = TestServer::start_with(TestServer::options_with_credentials()).await;
    for request in [message(), message().signed(KEY_ID, SECRET), message().signed("other", SECRET)]
    {
        let reply = server.ask(&request).await;
        assert_eq!((reply.status, reply.exception().as_str()), (403, "AccessDeniedException"));
        assert!(reply.text().contains("--peer-credentials"), "{}", reply.text());
    }
}

#[tokio::test]
async fn no_web_page_is_heard_not_even_one_that_may_ask_for_items() {
    let allowed = "https://example.com";
    let cors_origins = vec![allowed.to_owned()];
    for options in [Options { cors_origins, ..TestServer::options() }, options_with_both()] {
        let server = TestServer::start_with(options).await;
        for origin in [allowed, "http://localhost:3000", "null", "https://example.org"] {
            let request = message().with("Origin", origin).signed(PEER_KEY_ID, PEER_SECRET);
            check(&server.ask(&request).await, Some("403"));
        }
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let server = TestServer::start().await;
    let largest = message().body(vec![0; 16 * 1024 * 1024]);
    check(&server.ask(&largest).await, None);
    let larger = message().body(vec![0; 16 * 1024 * 1024 + 1]);
    assert_eq!(server.ask(&larger).await.line(), "413 ");
}

#[tokio::test]
async fn a_message_for_a_region_that_lives_elsewhere_is_refused() {
    let regions = Regions { local: vec!["us-east-1".to_owned()], peers: None };
    let database = database::Options { regions, ..database::Options::default() };
    let server = TestServer::start_on(TestServer::options(), database).await;
    check(&server.ask(&message()).await, Some("InvalidSignatureException"));
    let here = CREDENTIAL.replace("eu-west-1", "us-east-1");
    check(&server.ask(&message().with("Authorization", &here)).await, None);
}

#[tokio::test]
async fn only_what_is_posted_there_is_a_message() {
    let server = TestServer::start().await;
    for method in ["GET", "PUT", "DELETE"] {
        let request = message().line(&format!("{method} /_pixii/peer HTTP/1.1"));
        assert_eq!(server.ask(&request).await.status, 404, "{method}");
    }
    let elsewhere = message().line("POST /_pixii/peer/ HTTP/1.1");
    assert_eq!(server.ask(&elsewhere).await.status, 404);
}

#[tokio::test]
async fn a_message_is_no_operation_whatever_it_names() {
    let server = TestServer::start().await;
    let before = server.ask(&Request::bare("GET /metrics")).await;
    let named = message().with("X-Amz-Target", "DynamoDB_20120810.ListTables");
    assert_ne!(server.ask(&named).await.text(), r#"{"TableNames":[]}"#);
    check(&server.ask(&named).await, None);
    let after = server.ask(&Request::bare("GET /metrics")).await;
    let requests = |reply: &Reply| {
        let lines = reply.text().lines().filter(|line| line.contains("_total{operation"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(requests(&before), requests(&after));
}

#[tokio::test]
async fn the_port_of_the_metrics_has_no_such_door() {
    let metrics_listen = Some("127.0.0.1:0".parse().unwrap());
    let options = Options { metrics_listen, ..TestServer::options() };
    let server = TestServer::start_with(options).await;
    let mut client = server.connect_to(server.metrics_address.unwrap()).await;
    assert_eq!(client.ask(&message()).await.status, 404);
}
