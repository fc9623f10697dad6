//! Who speaks to the servers of other Regions, and what is made of their answers.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use database::{Clock, PeerError, Peers as _, SystemClock};
use hyper::body::Bytes;
use pixii_server::{Error, HttpPeers, Options, PeerOptions};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::client::{KEY_ID, SECRET, TestServer};

const REGION: &str = "eu-west-1";
const PEER_KEY_ID: &str = "PEEREXAMPLE";
const PEER_SECRET: &str = "another";

/// 2026-01-02 03:04:05 UTC, for ever.
struct Still;

impl Clock for Still {
    fn now_ms(&self) -> u64 {
        1_767_323_045_000
    }
}

/// Speaks to one server, which is the home of [`REGION`].
fn options(endpoint: &str) -> PeerOptions {
    let endpoints = [(REGION.to_owned(), endpoint.parse().unwrap())].into();
    PeerOptions { endpoints, ..PeerOptions::default() }
}

fn peers(address: SocketAddr) -> HttpPeers {
    HttpPeers::new(options(&format!("http://{address}")), Arc::new(Still)).unwrap()
}

/// As whoever has this pair, at the real time.
fn signing_peers(address: SocketAddr, key_id: &str, secret: &str) -> HttpPeers {
    let credentials = Some((key_id.to_owned(), secret.to_owned()));
    let options = PeerOptions { credentials, ..options(&format!("http://{address}")) };
    HttpPeers::new(options, Arc::new(SystemClock)).unwrap()
}

async fn ask(peers: &HttpPeers) -> Result<Bytes, PeerError> {
    peers.ask(REGION, Bytes::from_static(b"message")).await
}

async fn error(peers: &HttpPeers) -> String {
    ask(peers).await.unwrap_err().to_string()
}

/// A server that takes one connection and no other, gives these replies on it, and then the requests that it got.
async fn scripted(replies: Vec<Vec<u8>>) -> (SocketAddr, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let requests = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut requests = Vec::new();
        for reply in replies {
            requests.push(request(&mut stream).await);
            // Who asked may have heard enough before all is written.
            let _ = stream.write_all(&reply).await;
        }
        requests
    });
    (address, requests)
}

/// The next request, which ends as every message here does.
async fn request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\nmessage") {
        assert_ne!(stream.read_buf(&mut bytes).await.unwrap(), 0, "the connection ended");
    }
    String::from_utf8(bytes).unwrap()
}

fn reply(status: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

#[tokio::test]
async fn a_message_goes_out_signed_for_its_region_and_the_answer_comes_back() {
    let (address, requests) = scripted(vec![reply("200 OK", "answer")]).await;
    assert_eq!(ask(&peers(address)).await.unwrap(), "answer");
    let request = requests.await.unwrap().remove(0);
    let lines: Vec<_> = request.split("\r\n").collect();
    assert_eq!(lines[0], "POST /_pixii/peer HTTP/1.1");
    for line in [
        "content-type: application/octet-stream".to_owned(),
        format!("host: {address}"),
        "x-amz-date: 20260102T030405Z".to_owned(),
    ] {
        assert!(lines.contains(&line.as_str()), "{line} is not in {request}");
    }
    let credential = "authorization: AWS4-HMAC-SHA256 Credential=123456789012/20260102/eu-west-1/dynamodb/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=";
    assert!(lines.iter().any(|line| line.starts_with(credential)), "{request}");
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let replies = vec![reply("200 OK", "a"), reply("403 Forbidden", "b"), reply("200 OK", "c")];
    let (address, requests) = scripted(replies).await;
    let peers = peers(address);
    assert_eq!(ask(&peers).await.unwrap(), "a");
    ask(&peers).await.unwrap_err();
    assert_eq!(ask(&peers).await.unwrap(), "c");
    assert_eq!(requests.await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_server_is_convinced_by_the_pair_it_has_and_by_no_other() {
    let pair = (PEER_KEY_ID.to_owned(), PEER_SECRET.to_owned());
    let options = Options {
        peer_credentials: Some(pair),
        credentials: vec![(KEY_ID.to_owned(), SECRET.to_owned())],
        ..TestServer::options()
    };
    let server = TestServer::start_with(options).await;
    // Whatever the database says to such a message.
    let doubt = ["403", "signature", "security token"];
    let convinced = signing_peers(server.address, PEER_KEY_ID, PEER_SECRET);
    let text = ask(&convinced).await.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(!doubt.iter().any(|part| text.contains(part)), "{text}");
    let wrong = error(&signing_peers(server.address, PEER_KEY_ID, "wrong")).await;
    assert!(wrong.contains("signature we calculated does not match"), "{wrong}");
    let ordinary = error(&signing_peers(server.address, KEY_ID, SECRET)).await;
    assert!(ordinary.contains("security token"), "{ordinary}");
    let nobody = error(&peers(server.address)).await;
    assert!(nobody.contains("400 Bad Request: Signature expired"), "{nobody}");
}

#[tokio::test]
async fn a_refusal_names_the_server_the_status_and_the_reason() {
    let server = TestServer::start_with(TestServer::options_with_credentials()).await;
    let text = error(&signing_peers(server.address, PEER_KEY_ID, PEER_SECRET)).await;
    let beginning = format!("http://{}/_pixii/peer answered 403 Forbidden: ", server.address);
    assert!(text.starts_with(&beginning), "{text}");
    assert!(text.contains("--peer-credentials"), "{text}");
    assert!(!text.contains(PEER_SECRET), "{text}");
}

#[tokio::test]
async fn a_reason_is_cut_short_and_what_is_none_is_left_out() {
    let long = format!(r#"{{"message": "{}"}}"#, "x".repeat(1000));
    let replies = vec![reply("500 Oh", &long), reply("502 Bad Gateway", "<html>")];
    let (address, _requests) = scripted(replies).await;
    let peers = peers(address);
    let url = format!("http://{address}/_pixii/peer");
    assert_eq!(
        error(&peers).await,
        format!("{url} answered 500 Internal Server Error: {}", "x".repeat(200))
    );
    assert_eq!(error(&peers).await, format!("{url} answered 502 Bad Gateway"));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap().into_std().unwrap();
    let location = elsewhere.local_addr().unwrap();
    let redirect = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://{location}/\r\nContent-Length: 0\r\n\r\n"
    );
    let (address, _requests) = scripted(vec![redirect.into_bytes()]).await;
    let text = error(&peers(address)).await;
    assert!(text.ends_with("answered 307 Temporary Redirect"), "{text}");
    assert_eq!(elsewhere.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let options = PeerOptions { request_time: Duration::from_millis(10), ..options(&endpoint) };
    let text = error(&HttpPeers::new(options, Arc::new(Still)).unwrap()).await;
    assert!(text.contains("timed out"), "{text}");
}

#[tokio::test]
async fn an_answer_that_does_not_end_is_not_waited_for() {
    let half = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf".to_vec();
    // A second reply that nobody asks for keeps the connection open.
    let (address, _requests) = scripted(vec![half, Vec::new()]).await;
    let endpoint = format!("http://{address}");
    let options = PeerOptions { request_time: Duration::from_millis(100), ..options(&endpoint) };
    ask(&HttpPeers::new(options, Arc::new(Still)).unwrap()).await.unwrap_err();
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_none() {
    let half = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf".to_vec();
    let (address, _requests) = scripted(vec![half]).await;
    ask(&peers(address)).await.unwrap_err();
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_refused_said_or_not() {
    const BYTES_MAX: usize = 64 * 1024 * 1024;
    let said = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", BYTES_MAX + 1);
    let unsaid = [b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), &vec![0; BYTES_MAX + 1]].concat();
    for bytes in [said.into_bytes(), unsaid] {
        let (address, _requests) = scripted(vec![bytes]).await;
        let text = error(&peers(address)).await;
        assert!(text.ends_with("answered with more than 67108864 bytes"), "{text}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let text = error(&peers(address)).await;
    assert!(text.contains(&address.to_string()) && text.contains("refused"), "{text}");
}

#[tokio::test]
async fn a_secure_endpoint_is_never_spoken_to_in_the_clear() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("https://{}", listener.local_addr().unwrap());
    let peers = match HttpPeers::new(options(&endpoint), Arc::new(Still)) {
        Ok(peers) => peers,
        // A machine without root certificates has nothing to know anybody by.
        Err(error) => return assert!(matches!(error, Error::Client(_)), "{error}"),
    };
    let hear = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_u8().await.unwrap()
    };
    let (asked, first_byte) = tokio::join!(ask(&peers), hear);
    asked.unwrap_err();
    assert_eq!(first_byte, 0x16, "TLS begins with a handshake");
}

#[tokio::test]
async fn only_regions_that_live_elsewhere_are_known() {
    let (address, _requests) = scripted(Vec::new()).await;
    let peers = peers(address);
    assert_eq!(peers.regions(), [REGION]);
    let error = peers.ask("us-east-1", Bytes::new()).await.unwrap_err();
    assert_eq!(error.to_string(), "no server of Region us-east-1 is known");
}
