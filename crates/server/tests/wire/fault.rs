//! Faults, their shape, and which of two comes first.

use crate::client::{Request, TestServer};

const MALFORMED: &str = r#"400 {"__type":"com.amazon.coral.service#SerializationException"}"#;
const UNKNOWN: &str = r#"400 {"__type":"com.amazon.coral.service#UnknownOperationException"}"#;
const UNSIGNED: &str = r#"400 {"__type":"com.amazon.coral.service#MissingAuthenticationTokenException","message":"Request is missing Authentication Token"}"#;

#[track_caller]
fn check(line: &str, expected: &str) {
    assert_eq!(line, expected);
}

#[tokio::test]
async fn malformed_json_has_no_message() {
    let server = TestServer::start().await;
    for body in ["{", "x", "{} {}", "{\"a\": \"\u{0}\"}", "{a: 1}", " "] {
        check(&server.ask(&Request::new().body(body)).await.line(), MALFORMED);
    }
    check(&server.ask(&Request::new().body(b"{\"a\": \"\xff\"}")).await.line(), MALFORMED);
}

#[tokio::test]
async fn json_that_is_too_deep_is_malformed() {
    let server = TestServer::start().await;
    let body = "[".repeat(1_000_000);
    check(&server.ask(&Request::new().body(body)).await.line(), MALFORMED);
}

#[tokio::test]
async fn an_unknown_operation_has_no_message() {
    let server = TestServer::start().await;
    for target in ["DynamoDB_20120810.None", "DynamoDB_20120810", "x.ListTables", "", "."] {
        check(&server.ask(&Request::new().with("X-Amz-Target", target)).await.line(), UNKNOWN);
    }
    check(&server.ask(&Request::new().without("X-Amz-Target")).await.line(), UNKNOWN);
    check(&server.ask(&Request::bare("POST /")).await.line(), UNKNOWN);
}

#[tokio::test]
async fn an_operation_that_is_not_built_says_so() {
    let server = TestServer::start().await;
    check(
        &server.ask(&Request::of("ExecuteStatement", "{}")).await.line(),
        r#"400 {"__type":"com.amazon.coral.validate#ValidationException","message":"ExecuteStatement is not implemented in this version of Pixii"}"#,
    );
}

#[tokio::test]
async fn a_body_that_is_no_object_is_an_error() {
    let server = TestServer::start().await;
    for body in ["[]", "1", "\"x\"", "null", "true"] {
        let reply = server.ask(&Request::new().body(body)).await;
        assert_eq!((reply.status, reply.exception().as_str()), (400, "SerializationException"));
    }
}

#[tokio::test]
async fn a_fault_of_type_has_a_message_with_a_capital() {
    let server = TestServer::start().await;
    check(
        &server.ask(&Request::of("DescribeTable", r#"{"TableName": 1}"#)).await.line(),
        r#"400 {"__type":"com.amazon.coral.service#SerializationException","Message":"NUMBER_VALUE cannot be converted to String"}"#,
    );
}

#[tokio::test]
async fn a_fault_of_the_model_has_the_models_prefix() {
    let server = TestServer::start().await;
    check(
        &server.ask(&Request::of("DescribeTable", r#"{"TableName": "none"}"#)).await.line(),
        r#"400 {"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"Requested resource not found: Table: none not found"}"#,
    );
}

#[tokio::test]
async fn what_a_fault_repeats_is_escaped() {
    let server = TestServer::start().await;
    let body = r#"{"TableName": "a\"\\\n\u0001b"}"#;
    let reply = server.ask(&Request::of("DescribeTable", body)).await;
    assert_eq!(reply.status, 400);
    assert!(reply.json()["message"].as_str().unwrap().contains("a\"\\\n\u{1}b"));
}

#[tokio::test]
async fn faults_are_told_in_the_services_order() {
    let server = TestServer::start_with(TestServer::options_with_credentials()).await;
    // Everything is wrong here, and one thing after the other is put right.
    let request = Request::of("None", "{")
        .without("Authorization")
        .with("X-Amz-Date", "x")
        .body("x".repeat(16 * 1024 * 1024 + 1));
    check(&server.ask(&request).await.line(), "413 ");
    let request = request.body("{");
    check(&server.ask(&request).await.line(), MALFORMED);
    let request = request.body("");
    check(&server.ask(&request).await.line(), UNKNOWN);
    let request = request.with("X-Amz-Target", "DynamoDB_20120810.DescribeTable");
    check(&server.ask(&request).await.line(), UNSIGNED);
    let request = request.with("Authorization", "AWS4-HMAC-SHA256 Credential=a");
    assert_eq!(server.ask(&request).await.exception(), "IncompleteSignatureException");
    let request = request.with(
        "Authorization",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=f",
    );
    check(&server.ask(&request).await.line(), MALFORMED);
    let request = request.body(r#"{"TableName": 1}"#);
    assert_eq!(server.ask(&request).await.exception(), "IncompleteSignatureException");
    let request = request.with("X-Amz-Date", "20130609T100759Z");
    assert_eq!(server.ask(&request).await.exception(), "InvalidSignatureException");
    let unknown = request.clone().signed("other", "secret");
    assert_eq!(server.ask(&unknown).await.exception(), "UnrecognizedClientException");
    let wrong = request.clone().signed("AKIDEXAMPLE", "wrong");
    assert_eq!(server.ask(&wrong).await.exception(), "InvalidSignatureException");
    let signed = request.signed("AKIDEXAMPLE", "secret");
    assert_eq!(server.ask(&signed).await.exception(), "SerializationException");
    let sound = signed.body(r#"{"TableName": "none"}"#).signed("AKIDEXAMPLE", "secret");
    assert_eq!(server.ask(&sound).await.exception(), "ResourceNotFoundException");
}
