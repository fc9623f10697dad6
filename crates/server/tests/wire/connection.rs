//! Connections: kept, closed, shared, slow, cut.

use std::time::Duration;

use database::{Database, SystemClock};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo};
use pixii_server::{Error, Options, Server};
use storage::Store;
use tokio::net::TcpStream;

use crate::client::{KEY_ID, Request, SECRET, TestServer};

const OK: &str = r#"200 {"TableNames":[]}"#;

#[tokio::test]
async fn a_connection_is_kept_without_asking() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    for _ in 0..3 {
        let reply = client.ask(&Request::new()).await;
        assert_eq!((reply.line().as_str(), reply.header("connection")), (OK, None));
    }
    assert_eq!(client.ask(&Request::new().body("{")).await.status, 400);
    assert_eq!(client.ask(&Request::bare("PUT /")).await.status, 404);
    assert_eq!(client.ask(&Request::new()).await.line(), OK);
}

#[tokio::test]
async fn a_connection_is_closed_for_who_asks() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    let reply = client.ask(&Request::new().with("Connection", "close")).await;
    assert_eq!(reply.line(), OK);
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn requests_may_come_before_replies_are_read() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    client.send(&Request::new().bytes().repeat(10)).await;
    for _ in 0..10 {
        assert_eq!(client.reply().await.line(), OK);
    }
}

#[tokio::test]
async fn a_reply_does_not_wait_for_the_rest_of_the_next_request() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    let bytes = Request::new().bytes();
    client.send(&[&bytes, &bytes[..20]].concat()).await;
    assert_eq!(client.reply().await.line(), OK);
    client.send(&bytes[20..]).await;
    assert_eq!(client.reply().await.line(), OK);
}

#[tokio::test]
async fn a_client_may_close_its_half_once_it_has_asked() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    client.send(&Request::new().bytes()).await;
    client.close_half().await;
    assert_eq!(client.reply().await.line(), OK);
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn who_waits_for_a_go_ahead_gets_it() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    let request = Request::new().with("Expect", "100-continue");
    client.send(request.head().as_bytes()).await;
    assert_eq!(client.reply().await.status, 100);
    client.send(&request.body).await;
    assert_eq!(client.reply().await.line(), OK);
}

#[tokio::test]
async fn http2_needs_no_other_port() {
    let server = TestServer::start_with(TestServer::options_with_credentials()).await;
    let stream = TokioIo::new(TcpStream::connect(server.address).await.unwrap());
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await.unwrap();
    tokio::spawn(connection);
    for _ in 0..3 {
        let signed = Request::new().signed(KEY_ID, SECRET);
        let mut request = hyper::Request::post("http://localhost/");
        for (name, value) in signed.headers().iter().filter(|(name, _)| *name != "Host") {
            request = request.header(*name, value);
        }
        let request = request.body(Full::new(Bytes::from(signed.body))).unwrap();
        let reply = sender.send_request(request).await.unwrap();
        assert_eq!((reply.version(), reply.status().as_u16()), (hyper::Version::HTTP_2, 200));
        let body = reply.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, r#"{"TableNames":[]}"#);
    }
}

#[tokio::test]
async fn a_slow_client_holds_nobody_up() {
    let server = TestServer::start().await;
    let bytes = Request::new().bytes();
    let mut slow = Vec::new();
    for length in [0, 1, 20, bytes.len() - 1] {
        let mut client = server.connect().await;
        client.send(&bytes[..length]).await;
        slow.push((client, length));
    }
    assert_eq!(server.ask(&Request::new()).await.line(), OK);
    for (mut client, length) in slow {
        client.send(&bytes[length..]).await;
        assert_eq!(client.reply().await.line(), OK);
    }
}

#[tokio::test]
async fn a_large_body_that_is_stuck_holds_no_small_one_up() {
    let options = Options { bodies_bytes_max: 0, ..TestServer::options() };
    let server = TestServer::start_with(options).await;
    let large = Request::new().body(vec![b' '; 16 * 1024 * 1024]);
    let bytes = large.bytes();
    let mut stuck = server.connect().await;
    stuck.send(&bytes[..bytes.len() - 1]).await;
    assert_eq!(server.ask(&Request::new()).await.line(), OK);
    stuck.send(b" ").await;
    assert_eq!(stuck.reply().await.status, 400);
}

#[tokio::test]
async fn headers_that_do_not_end_end_the_connection() {
    let header_time = Duration::from_millis(10);
    let server = TestServer::start_with(Options { header_time, ..TestServer::options() }).await;
    for length in [1, 20] {
        let mut client = server.connect().await;
        client.send(&Request::new().bytes()[..length]).await;
        assert!(client.is_closed().await);
    }
}

#[tokio::test]
async fn a_connection_without_requests_ends() {
    let idle_time = Duration::from_millis(10);
    let server = TestServer::start_with(Options { idle_time, ..TestServer::options() }).await;
    assert!(server.connect().await.is_closed().await);
    let mut client = server.connect().await;
    assert_eq!(client.ask(&Request::new()).await.line(), OK);
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let body_time = Duration::from_millis(10);
    let server = TestServer::start_with(Options { body_time, ..TestServer::options() }).await;
    let mut client = server.connect().await;
    client.send(Request::new().head().as_bytes()).await;
    assert_eq!(client.reply().await.line(), "408 ");
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn one_more_connection_than_there_may_be_waits() {
    let options = Options { connections_max: 1, ..TestServer::options() };
    let server = TestServer::start_with(options).await;
    let mut first = server.connect().await;
    assert_eq!(first.ask(&Request::new()).await.line(), OK);
    let mut second = server.connect().await;
    second.send(&Request::new().bytes()).await;
    assert_eq!(first.ask(&Request::new().with("Connection", "close")).await.line(), OK);
    assert_eq!(second.reply().await.line(), OK);
}

#[tokio::test]
async fn headers_that_are_too_long_are_refused() {
    let server = TestServer::start().await;
    assert_eq!(server.ask(&Request::new().with("X-Long", &"x".repeat(60_000))).await.line(), OK);
    let reply = server.ask(&Request::new().with("X-Long", &"x".repeat(70_000))).await;
    assert_eq!(reply.status, 431);
    assert_eq!(server.ask(&Request::bare("GET / more")).await.status, 400);
}

#[tokio::test]
async fn what_is_no_http_hurts_nobody() {
    let server = TestServer::start().await;
    for bytes in [
        b"\0\xff\x16\x03\x01".as_slice(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff",
        b"GET\r\n\r\n",
    ] {
        let mut client = server.connect().await;
        client.send(bytes).await;
        client.close_half().await;
    }
    assert_eq!(server.ask(&Request::new()).await.line(), OK);
}

#[tokio::test]
async fn a_stop_finishes_the_request_that_runs() {
    let server = TestServer::start().await;
    let address = server.address;
    let mut client = server.connect().await;
    let request = Request::new().with("Expect", "100-continue");
    client.send(request.head().as_bytes()).await;
    assert_eq!(client.reply().await.status, 100, "the request runs, and waits for its body");
    let stopped = server.stop();
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    client.send(&request.body).await;
    assert_eq!(client.reply().await.line(), OK);
    assert!(client.is_closed().await);
    stopped.await.unwrap();
}

#[tokio::test]
async fn a_stop_closes_idle_connections() {
    let server = TestServer::start().await;
    let mut fresh = server.connect().await;
    let mut used = server.connect().await;
    assert_eq!(used.ask(&Request::new()).await.line(), OK);
    server.stop().await.unwrap();
    assert!(used.is_closed().await);
    assert!(fresh.is_closed().await);
}

#[tokio::test]
async fn a_stop_does_not_wait_for_ever() {
    let drain_time = Duration::from_millis(10);
    let server = TestServer::start_with(Options { drain_time, ..TestServer::options() }).await;
    let mut client = server.connect().await;
    let request = Request::new().with("Expect", "100-continue");
    client.send(request.head().as_bytes()).await;
    assert_eq!(client.reply().await.status, 100);
    server.stop().await.unwrap();
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn an_address_that_others_reach_needs_credentials_and_tls() {
    let listen = "0.0.0.0:0".parse().unwrap();
    let open = async |options| {
        let clock = std::sync::Arc::new(SystemClock);
        let store = Store::in_memory();
        let database = Database::new(store, clock, database::Options::default());
        Server::bind(options).await.unwrap().open(database).await
    };
    let exposed = Options { listen, ..Options::default() };
    let error = open(exposed.clone()).await.err().unwrap();
    assert!(matches!(error, Error::Exposed(_)));
    let text = error.to_string();
    assert!(text.contains("--credentials") && text.contains("--insecure"), "{text}");
    let peers = Some(("peer".to_owned(), "secret".to_owned()));
    let with_peers = Options { peer_credentials: peers, ..exposed.clone() };
    assert!(matches!(open(with_peers).await, Err(Error::Exposed(_))));
    let with_credentials = Options { listen, ..TestServer::options_with_credentials() };
    let error = open(with_credentials.clone()).await.err().unwrap();
    assert!(matches!(error, Error::Clear(_)));
    let text = error.to_string();
    for option in ["--tls-certificate", "--tls-self-signed", "--plain-http"] {
        assert!(text.contains(option), "{text}");
    }
    assert!(open(Options { plain_http: true, ..with_credentials }).await.is_ok());
    assert!(open(Options { insecure: true, ..exposed }).await.is_ok());
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error() {
    let server = TestServer::start().await;
    let options = Options { listen: server.address, ..Options::default() };
    assert!(matches!(Server::bind(options).await, Err(Error::Listen { .. })));
}
