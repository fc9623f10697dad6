//! One endpoint, its content types, its limits, and what every reply has.

use crate::client::{Request, TestServer};

const OK: &str = r#"200 {"TableNames":[]}"#;
const NOT_FOUND: &str = "404 <UnknownOperationException/>\n";

#[tokio::test]
async fn both_interfaces_are_on_one_port() {
    let server = TestServer::start().await;
    assert_eq!(server.ask(&Request::new()).await.line(), OK);
    let streams = Request::new().with("X-Amz-Target", "DynamoDBStreams_20120810.ListStreams");
    assert_eq!(server.ask(&streams).await.line(), r#"200 {"Streams":[]}"#);
}

#[tokio::test]
async fn an_operation_belongs_to_one_interface() {
    let server = TestServer::start().await;
    for target in ["DynamoDBStreams_20120810.ListTables", "DynamoDB_20120810.ListStreams"] {
        let reply = server.ask(&Request::new().with("X-Amz-Target", target)).await;
        assert_eq!(reply.exception(), "UnknownOperationException");
    }
}

#[tokio::test]
async fn a_reply_has_the_content_type_of_its_request() {
    let server = TestServer::start().await;
    for (sent, expected) in [
        ("application/x-amz-json-1.0", "application/x-amz-json-1.0"),
        ("application/json", "application/json"),
        ("application/json; charset=utf-8", "application/json"),
        ("Application/X-Amz-JSON-1.0 ;x=y", "application/x-amz-json-1.0"),
    ] {
        let request = Request::new().with("Content-Type", sent);
        let reply = server.ask(&request).await;
        assert_eq!((reply.status, reply.header("content-type")), (200, Some(expected)));
        let reply = server.ask(&request.body("{")).await;
        assert_eq!((reply.status, reply.header("content-type")), (400, Some(expected)));
    }
}

#[tokio::test]
async fn a_body_of_another_content_type_is_not_found() {
    let server = TestServer::start().await;
    for request in [
        Request::new().with("Content-Type", "text/plain"),
        Request::new().with("Content-Type", "application/x-amz-json-1.1"),
        Request::new().without("Content-Type"),
    ] {
        let reply = server.ask(&request).await;
        assert_eq!(reply.line(), NOT_FOUND);
        assert_eq!(reply.body.len(), 29);
        assert_eq!(reply.header("x-amz-crc32"), Some("3552371480"));
    }
}

#[tokio::test]
async fn another_method_is_not_found() {
    let server = TestServer::start().await;
    for method in ["PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "BREW"] {
        let reply = server.ask(&Request::new().line(&format!("{method} / HTTP/1.1"))).await;
        assert_eq!(reply.line(), NOT_FOUND);
        assert!(reply.has_right_crc());
    }
}

#[tokio::test]
async fn the_root_says_that_the_server_is_healthy() {
    let server = TestServer::start().await;
    let reply = server.ask(&Request::bare("GET /")).await;
    assert_eq!(reply.line(), "200 healthy: dynamodb.us-east-1.amazonaws.com ");
    assert_eq!(reply.header("x-amz-crc32"), Some("3128867991"));
    assert_eq!(server.ask(&Request::bare("GET /other")).await.line(), NOT_FOUND);
}

/// A request of so many bytes.
fn large(bytes: usize) -> Request {
    let frame = r#"{"":""}"#.len();
    Request::new().body(format!(r#"{{"":"{}"}}"#, "x".repeat(bytes - frame)))
}

const MIB_16: usize = 16 * 1024 * 1024;

#[tokio::test]
async fn a_body_of_16_mib_is_fine_and_a_byte_more_is_too_large() {
    let server = TestServer::start().await;
    assert_eq!(server.ask(&large(MIB_16)).await.line(), OK);
    let reply = server.ask(&large(MIB_16 + 1)).await;
    assert_eq!(reply.line(), "413 ");
}

#[tokio::test]
async fn a_body_of_unknown_length_is_measured() {
    let server = TestServer::start().await;
    for (bytes, expected) in [(MIB_16, OK), (MIB_16 + 1, "413 ")] {
        let request = large(bytes);
        let head = request.head();
        let (head, _) = head.split_once("Content-Length").unwrap();
        let mut client = server.connect().await;
        client
            .send(format!("{head}Transfer-Encoding: chunked\r\n\r\n{bytes:x}\r\n").as_bytes())
            .await;
        client.send(&request.body).await;
        client.send(b"\r\n0\r\n\r\n").await;
        assert_eq!(client.reply().await.line(), expected);
    }
}

#[tokio::test]
async fn a_body_in_pieces_is_one_body() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    let request = large(200_000);
    for piece in request.bytes().chunks(7001) {
        client.send(piece).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(client.reply().await.line(), OK);
}

#[tokio::test]
async fn every_reply_has_an_id_of_its_own() {
    let server = TestServer::start().await;
    let mut ids = std::collections::HashSet::new();
    for request in [
        Request::new(),
        Request::new(),
        Request::new().body("{"),
        Request::bare("GET /"),
        Request::bare("PUT /"),
        Request::bare("OPTIONS /").with("Origin", "http://localhost"),
        Request::new().with("Origin", "http://example.com"),
        large(MIB_16 + 1),
    ] {
        let reply = server.ask(&request).await;
        let id = reply.header("x-amzn-requestid").unwrap().to_owned();
        assert_eq!(id.len(), 52);
        assert!(id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()), "{id}");
        assert!(ids.insert(id));
    }
}

#[tokio::test]
async fn every_body_has_its_checksum() {
    let server = TestServer::start().await;
    for request in [
        Request::new(),
        Request::new().body("{"),
        Request::of("None", "{}"),
        Request::of("DescribeTable", r#"{"TableName": "none"}"#),
        Request::new().with("Authorization", "x"),
    ] {
        assert!(server.ask(&request).await.has_right_crc());
    }
}

#[tokio::test]
async fn any_host_is_fine() {
    let server = TestServer::start().await;
    for host in [
        "dynamodb.us-east-1.amazonaws.com",
        "dynamodb-fips.us-east-1.amazonaws.com",
        "dynamodb.us-east-1.api.aws",
        "123456789012.ddb.us-east-1.amazonaws.com",
        "search-dynamodb.us-east-1.amazonaws.com",
        "pixii:8000",
    ] {
        assert_eq!(server.ask(&Request::new().with("Host", host)).await.line(), OK);
    }
}

#[tokio::test]
async fn any_path_is_fine() {
    let server = TestServer::start().await;
    assert_eq!(server.ask(&Request::new().line("POST //x HTTP/1.1")).await.line(), OK);
}

#[tokio::test]
async fn what_is_no_member_and_what_is_null_is_ignored() {
    let server = TestServer::start().await;
    let request = Request::new().body(r#"{"Limit": null, "Whatever": [1, {"a": 2}]}"#);
    assert_eq!(server.ask(&request).await.line(), OK);
}
