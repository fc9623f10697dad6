//! Who is believed.

use database::Regions;

use crate::client::{CREDENTIAL, KEY_ID, Request, SECRET, TestServer};

const OK: &str = r#"200 {"TableNames":[]}"#;

#[tokio::test]
async fn who_knows_the_secret_is_served() {
    let server = TestServer::start_with(TestServer::options_with_credentials()).await;
    let request = Request::new().signed(KEY_ID, SECRET);
    let mut client = server.connect().await;
    for _ in 0..3 {
        assert_eq!(client.ask(&request).await.line(), OK);
    }
}

#[tokio::test]
async fn a_compressed_body_is_signed_as_it_is_sent() {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(b"{}").unwrap();
    let server = TestServer::start_with(TestServer::options_with_credentials()).await;
    let request = Request::new().with("Content-Encoding", "gzip").body(encoder.finish().unwrap());
    assert_eq!(server.ask(&request.signed(KEY_ID, SECRET)).await.line(), OK);
}

#[tokio::test]
async fn a_changed_body_is_refused() {
    let server = TestServer::start_with(TestServer::options_with_credentials()).await;
    let request = Request::new().signed(KEY_ID, SECRET).body(r#"{"Limit": 1}"#);
    assert_eq!(
        server.ask(&request).await.line(),
        r#"400 {"__type":"com.amazon.coral.service#InvalidSignatureException","message":"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}"#
    );
}

#[tokio::test]
async fn an_unknown_key_is_refused() {
    let server = TestServer::start_with(TestServer::options_with_credentials()).await;
    assert_eq!(
        server.ask(&Request::new().signed("other", SECRET)).await.line(),
        r#"400 {"__type":"com.amazon.coral.service#UnrecognizedClientException","message":"The security token included in the request is invalid."}"#
    );
}

#[tokio::test]
async fn an_old_signature_is_refused_and_both_times_named() {
    let server = TestServer::start_with(TestServer::options_with_credentials()).await;
    let request = Request::new().with("X-Amz-Date", "20130609T100759Z");
    let reply = server.ask(&request).await;
    assert_eq!((reply.status, reply.exception().as_str()), (400, "InvalidSignatureException"));
    let text = reply.json()["message"].as_str().unwrap().to_owned();
    assert!(
        text.starts_with("Signature expired: 20130609T100759Z is now earlier than 2"),
        "{text}"
    );
    assert!(text.ends_with("Z - 15 min.)"), "{text}");
}

#[tokio::test]
async fn without_credentials_anybody_is_served_who_has_some() {
    let server = TestServer::start().await;
    assert_eq!(server.ask(&Request::new()).await.line(), OK);
    let reply = server.ask(&Request::new().without("Authorization")).await;
    assert_eq!(reply.exception(), "MissingAuthenticationTokenException");
    let scope = CREDENTIAL.replace("/dynamodb/", "/s3/");
    assert_eq!(
        server.ask(&Request::new().with("Authorization", &scope)).await.line(),
        r#"400 {"__type":"com.amazon.coral.service#InvalidSignatureException","message":"Credential should be scoped to correct service: 'dynamodb'."}"#
    );
}

#[tokio::test]
async fn two_signatures_are_refused() {
    let server = TestServer::start().await;
    let request = Request::new().line("POST /?X-Amz-Algorithm=AWS4-HMAC-SHA256 HTTP/1.1");
    assert_eq!(
        server.ask(&request).await.line(),
        r#"400 {"__type":"com.amazon.coral.service#InvalidSignatureException","message":"Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."}"#
    );
}

#[tokio::test]
async fn a_signature_may_be_in_the_query() {
    let server = TestServer::start().await;
    let query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=id%2F20260102%2Feu-west-1%2Fdynamodb%2Faws4_request&X-Amz-Date=20260102T030405Z&X-Amz-SignedHeaders=host&X-Amz-Signature=0";
    let request = Request::new().without("Authorization").without("X-Amz-Date");
    let request = request.line(&format!("POST /?{query} HTTP/1.1"));
    assert_eq!(server.ask(&request).await.line(), OK);
}

#[tokio::test]
async fn the_credential_chooses_region_and_account() {
    let server = TestServer::start().await;
    let create = |region: &str| {
        let body = r#"{"TableName": "there", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}]}"#;
        let scope = CREDENTIAL.replace("id/", "210987654321/").replace("eu-west-1", region);
        Request::of("CreateTable", body).with("Authorization", &scope)
    };
    for region in ["eu-west-1", "local"] {
        let arn = server.ask(&create(region)).await.json()["TableDescription"]["TableArn"].clone();
        assert_eq!(arn, format!("arn:aws:dynamodb:{region}:210987654321:table/there"));
    }
}

#[tokio::test]
async fn a_region_that_lives_elsewhere_is_none() {
    let regions = Regions { local: vec!["us-east-1".to_owned()], peers: None };
    let database = database::Options { regions, ..database::Options::default() };
    let server = TestServer::start_on(TestServer::options(), database).await;
    assert_eq!(
        server.ask(&Request::new()).await.line(),
        r#"400 {"__type":"com.amazon.coral.service#InvalidSignatureException","message":"Credential should be scoped to a valid region, not 'eu-west-1'."}"#
    );
    let here = CREDENTIAL.replace("eu-west-1", "us-east-1");
    assert_eq!(server.ask(&Request::new().with("Authorization", &here)).await.line(), OK);
}

#[tokio::test]
async fn an_endpoint_is_what_the_client_calls_the_server() {
    let server = TestServer::start().await;
    let request = Request::of("DescribeEndpoints", "{}").with("Host", "pixii:8000");
    assert_eq!(server.ask(&request).await.json()["Endpoints"][0]["Address"], "pixii:8000");
}
