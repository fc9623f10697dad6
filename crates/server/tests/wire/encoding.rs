//! Compression, of requests and of replies.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};

use crate::client::{Reply, Request, TestServer, gunzip};

const OK: &str = r#"200 {"TableNames":[]}"#;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

async fn ask(encoding: &str, body: Vec<u8>) -> Reply {
    let server = TestServer::start().await;
    server.ask(&Request::new().with("Content-Encoding", encoding).body(body)).await
}

#[tokio::test]
async fn a_request_may_be_gzip() {
    assert_eq!(ask("gzip", gzip(b"{}")).await.line(), OK);
}

#[tokio::test]
async fn gzip_may_have_several_members() {
    assert_eq!(ask("gzip", [gzip(b"{"), gzip(b""), gzip(b"}")].concat()).await.line(), OK);
}

#[tokio::test]
async fn a_request_may_be_deflate_of_one_stream() {
    assert_eq!(ask("deflate", deflate(b"{}")).await.line(), OK);
    let reply = ask("deflate", [deflate(b"{"), deflate(b"}")].concat()).await;
    assert_eq!((reply.status, reply.exception().as_str()), (500, "InternalServerError"));
}

#[tokio::test]
async fn a_request_may_say_that_it_is_not_compressed() {
    assert_eq!(ask("identity", b"{}".to_vec()).await.line(), OK);
}

#[tokio::test]
async fn what_cannot_be_inflated_is_an_internal_error() {
    let cut = |mut bytes: Vec<u8>| {
        bytes.pop();
        bytes
    };
    for (encoding, body) in [
        ("gzip", b"{}".to_vec()),
        ("gzip", b"".to_vec()),
        ("gzip", cut(gzip(b"{}"))),
        ("gzip", [gzip(b"{}"), b"x".to_vec()].concat()),
        ("deflate", b"{}".to_vec()),
        ("deflate", b"".to_vec()),
        ("deflate", cut(deflate(b"{}"))),
    ] {
        let reply = ask(encoding, body).await;
        assert_eq!(
            reply.line(),
            r#"500 {"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"Internal server error"}"#
        );
    }
}

#[tokio::test]
async fn an_encoding_that_nobody_knows_is_refused() {
    assert_eq!(
        ask("br", b"{}".to_vec()).await.line(),
        r#"400 {"__type":"com.amazon.coral.service#SerializationException","Message":"Unsupported Content-Encoding: br"}"#
    );
}

#[tokio::test]
async fn the_limit_is_of_the_inflated_body() {
    let body = |bytes: usize| [b"{".as_slice(), &vec![b' '; bytes - 2], b"}"].concat();
    let mib_16 = 16 * 1024 * 1024;
    assert_eq!(ask("gzip", gzip(&body(mib_16))).await.line(), OK);
    assert_eq!(ask("gzip", gzip(&body(mib_16 + 1))).await.line(), "413 ");
    assert_eq!(ask("deflate", deflate(&body(mib_16 + 1))).await.line(), "413 ");
    // What inflates to hundreds of times the limit is not inflated to its end.
    let bomb = gzip(&body(mib_16)).repeat(200);
    assert_eq!(ask("gzip", bomb).await.line(), "413 ");
}

/// A server whose list of tables is longer than 4 KiB.
async fn with_long_list() -> TestServer {
    let server = TestServer::start().await;
    for number in 0..20 {
        let name = format!("{number}.{}", "x".repeat(240));
        let body = format!(
            r#"{{"TableName": "{name}", "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{{"AttributeName": "a", "AttributeType": "S"}}],
                "KeySchema": [{{"AttributeName": "a", "KeyType": "HASH"}}]}}"#
        );
        assert_eq!(server.ask(&Request::of("CreateTable", &body)).await.status, 200);
    }
    server
}

#[tokio::test]
async fn a_long_reply_is_compressed_for_who_asks() {
    let server = with_long_list().await;
    let plain = server.ask(&Request::new()).await;
    assert_eq!(plain.header("content-encoding"), None);
    assert!(4096 < plain.body.len());
    let reply = server.ask(&Request::new().with("Accept-Encoding", "deflate, gzip")).await;
    assert_eq!(reply.header("content-encoding"), Some("gzip"));
    assert_eq!(gunzip(&reply.body), plain.body);
    assert!(reply.has_right_crc(), "the checksum is of what is sent");
    for unwilling in ["identity", "gzip;q=0"] {
        let reply = server.ask(&Request::new().with("Accept-Encoding", unwilling)).await;
        assert_eq!(reply.header("content-encoding"), None);
    }
}

#[tokio::test]
async fn a_short_reply_is_never_compressed() {
    let server = TestServer::start().await;
    let reply = server.ask(&Request::new().with("Accept-Encoding", "gzip")).await;
    assert_eq!(reply.header("content-encoding"), None);
}
