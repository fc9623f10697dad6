//! Hostile clients over HTTP/1.1: each is answered or cut off, nobody else notices, and nothing is left of it.

use std::io::Write as _;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use pixii_server::Options;

use crate::client::{Client, Request, TestServer};

const OK: &str = r#"200 {"TableNames":[]}"#;
/// Longer than anything here takes: what has not ended by then never would.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server that waits for nobody for long.
pub(crate) async fn impatient() -> TestServer {
    let options = Options {
        header_time: Duration::from_millis(500),
        body_time: Duration::from_millis(300),
        idle_time: Duration::from_secs(1),
        ..TestServer::options()
    };
    TestServer::start_with(options).await
}

/// The server answers others, at once.
pub(crate) async fn serves_others(server: &TestServer) {
    let request = Request::new();
    let asked = tokio::time::timeout(PATIENCE, server.ask(&request));
    assert_eq!(asked.await.unwrap().line(), OK);
}

/// In the end the server holds no connection but the one that asks, and no body.
pub(crate) async fn holds_nothing(server: &TestServer) {
    serves_others(server).await;
    let is_at_rest = async || {
        server.figure("pixii_connections").await == Some(1.0)
            && server.figure("pixii_request_bodies_bytes").await == Some(0.0)
    };
    let rest = async {
        while !is_at_rest().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, rest).await.unwrap();
}

/// What the server says to these bytes until it closes the connection, which the client does not.
async fn reply_to(server: &TestServer, bytes: &[u8]) -> String {
    let mut client = server.connect().await;
    let talk = async {
        client.try_send(bytes).await;
        client.rest().await
    };
    let reply = tokio::time::timeout(PATIENCE, talk).await.unwrap();
    String::from_utf8_lossy(&reply).into_owned()
}

/// These bytes are refused or cut off, but never taken for a good request.
async fn check_refused(server: &TestServer, bytes: &[u8]) {
    let reply = reply_to(server, bytes).await;
    let shown = bytes.get(..200).unwrap_or(bytes).escape_ascii();
    assert!(reply.is_empty() || reply.starts_with("HTTP/1.1 4"), "{reply} to {shown}");
    serves_others(server).await;
}

fn with_header(header: &str) -> Vec<u8> {
    let Request { body, .. } = Request::new();
    let head = Request::new().head();
    let head = head.strip_suffix("\r\n").unwrap();
    [head.as_bytes(), header.as_bytes(), b"\r\n\r\n", &body].concat()
}

/// A request whose body is in chunks, which are these bytes.
fn chunked(chunks: &[u8]) -> Vec<u8> {
    let head = Request::new().with("Transfer-Encoding", "chunked").head();
    let head = head.replace("Content-Length: 2\r\n", "");
    [head.as_bytes(), chunks].concat()
}

/// A request whose body is said to have so many bytes, and is these.
fn with_length(length: &str, body: &[u8]) -> Vec<u8> {
    let head = Request::new().head();
    let head = head.replace("Content-Length: 2\r\n", &format!("Content-Length: {length}\r\n"));
    [head.as_bytes(), body].concat()
}

#[tokio::test]
async fn malformed_http_is_refused() {
    let server = impatient().await;
    for bytes in [
        b"GET / HTTP/9.9\r\n\r\n".to_vec(),
        b"GET / HTTP/1.1\r\nHost localhost\r\n\r\n".to_vec(),
        b"GET / HTTP/1.1\r\n: empty\r\n\r\n".to_vec(),
        b"GET / HTTP/1.1\r\nA: \0\r\n\r\n".to_vec(),
        b"GET / HTTP/1.1\r\nA\x7f: b\r\n\r\n".to_vec(),
        b"GET http:// HTTP/1.1\r\n\r\n".to_vec(),
        b"\r\n".repeat(1_000_000),
        b"\0".repeat(1_000_000),
        b"\xff".repeat(1_000_000),
        b"G".repeat(1_000_000),
        [b"GET /".as_slice(), &b"a".repeat(1_000_000), b" HTTP/1.1\r\n\r\n"].concat(),
        [b"GET / HTTP/1.1\r\n".as_slice(), &b"A: b\r\n".repeat(10_000), b"\r\n"].concat(),
        [b"GET / HTTP/1.1\r\nA: ".as_slice(), &b"b".repeat(1_000_000)].concat(),
        with_header("Content-Length: 3"),
        with_header("Content-Length: -1"),
        with_header("Content-Length: 2, 3"),
        with_header("Transfer-Encoding: gzip"),
    ] {
        check_refused(&server, &bytes).await;
    }
    holds_nothing(&server).await;
}

#[tokio::test]
async fn bad_chunks_are_refused() {
    let server = impatient().await;
    let good = reply_to(&server, &chunked(b"2\r\n{}\r\n0\r\n\r\n")).await;
    assert!(good.starts_with("HTTP/1.1 200"), "{good}");
    for chunks in [
        b"zz\r\n{}\r\n0\r\n\r\n".to_vec(),
        b"-2\r\n{}\r\n0\r\n\r\n".to_vec(),
        b"ffffffffffffffffff\r\n{}\r\n0\r\n\r\n".to_vec(),
        b"7fffffffffffffff\r\n{}".to_vec(),
        b"2\r\n{}0\r\n\r\n".to_vec(),
        b"2\r\n{".to_vec(),
        b"\r\n\r\n".to_vec(),
        [b"2;".as_slice(), &b"a".repeat(1_000_000), b"\r\n{}\r\n0\r\n\r\n"].concat(),
        [b"2\r\n{}\r\n0\r\n".as_slice(), &b"A: b\r\n".repeat(100_000), b"\r\n"].concat(),
        b"1\r\n \r\n".repeat(100_000),
    ] {
        check_refused(&server, &chunked(&chunks)).await;
    }
    holds_nothing(&server).await;
}

#[tokio::test]
async fn a_wrong_length_harms_who_says_it() {
    let server = impatient().await;
    for bytes in [
        with_length("3", b"{}"),
        with_length("16777216", b"{}"),
        with_length("18446744073709551615", b"{}"),
        with_length("18446744073709551616", b"{}"),
        with_length("99999999999999999999999999", b"{}"),
        with_length("2x", b"{}"),
        with_length("+2", b"{}"),
        with_length("0x2", b"{}"),
        with_length("1", b"{}"),
    ] {
        check_refused(&server, &bytes).await;
    }
    holds_nothing(&server).await;
}

#[tokio::test]
async fn what_is_smuggled_behind_a_request_is_no_part_of_it() {
    let server = impatient().await;
    // A chunked body with a length besides is one request to some, and two to others. The length does not count, and
    // the connection ends with it.
    let smuggled = [b"0\r\n\r\n".as_slice(), &Request::new().bytes()].concat();
    let head = Request::new().with("Transfer-Encoding", "chunked").head();
    let reply = reply_to(&server, &[head.as_bytes(), &smuggled].concat()).await;
    assert!(reply.matches("HTTP/1.1 ").count() <= 1 || !reply.contains("200"), "{reply}");
    holds_nothing(&server).await;
}

#[tokio::test]
async fn junk_behind_a_request_leaves_its_reply_alone() {
    let server = impatient().await;
    for junk in [b"junk\r\n\r\n".to_vec(), b"\0".repeat(100_000), b"GET / HTTP/1.1\r\nA".to_vec()] {
        let bytes = [Request::new().bytes(), junk].concat();
        let reply = reply_to(&server, &bytes).await;
        assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
        assert_eq!(reply.matches("HTTP/1.1 200").count(), 1, "{reply}");
    }
    holds_nothing(&server).await;
}

#[tokio::test]
async fn thousands_of_requests_at_once_are_answered_in_turn() {
    let server = impatient().await;
    let mut client = server.connect().await;
    let requests = Request::new().bytes().repeat(2_000);
    let replies = async {
        for _ in 0..2_000 {
            assert_eq!(client.reply().await.line(), OK);
        }
    };
    let mut writer = server.connect().await;
    // One that never reads its replies blocks itself.
    let unread = tokio::time::timeout(Duration::from_millis(200), async {
        while writer.try_send(&requests).await {}
    });
    let _ = unread.await;
    serves_others(&server).await;
    drop(writer);
    drop(replies);
    client.send(&requests[..Request::new().bytes().len() * 200]).await;
    for _ in 0..200 {
        assert_eq!(client.reply().await.line(), OK);
    }
    drop(client);
    holds_nothing(&server).await;
}

#[tokio::test]
async fn json_that_explodes_is_malformed() {
    let server = TestServer::start().await;
    let deep = |open: &str, close: &str| {
        [open.repeat(100_000), "1".to_owned(), close.repeat(100_000)].concat()
    };
    let item = |value: &str| format!(r#"{{"TableName": "a", "Item": {{"a": {value}}}}}"#);
    for body in [
        deep("[", "]"),
        deep(r#"{"a":"#, "}"),
        item(&deep(r#"{"L":["#, "]}")),
        item(&deep(r#"{"M":{"a":"#, "}}")),
        format!(r#"{{"Limit": {}}}"#, "9".repeat(1_000_000)),
        r#"{"Limit": 1e999999999}"#.to_owned(),
        r#"{"Limit": -1e-999999999}"#.to_owned(),
        item(&format!(r#"{{"N": "{}"}}"#, "9".repeat(1_000_000))),
        item(r#"{"N": "1e999999999"}"#),
        item(r#"{"N": "1e-99999999999999999999"}"#),
        format!("{{{}}}", vec![r#""a":1"#; 1_000_000].join(",")),
        format!(r#"{{"TableName": "{}"}}"#, r"\u0000".repeat(1_000_000)),
        format!(r#"{{"TableName": "a", "Item": [{}]}}"#, vec!["{}"; 1_000_000].join(",")),
    ] {
        let reply = server.ask(&Request::of("PutItem", &body)).await;
        assert_eq!(reply.status, 400, "{} to {}", reply.text(), &body[..100]);
        serves_others(&server).await;
    }
    holds_nothing(&server).await;
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn bombs_do_not_go_off() {
    let server = TestServer::start().await;
    let zeros = gzip(&vec![0; 16 * 1024 * 1024]);
    let cut_off = &zeros[..zeros.len() / 2];
    let mut bent = zeros.clone();
    let middle = bent.len() / 2;
    bent[middle] ^= 0xff;
    for (body, status) in [
        // A gigabyte in all.
        (zeros.repeat(64), 413),
        // A bomb in a bomb is inflated once.
        (gzip(&gzip(&zeros.repeat(64))), 400),
        (cut_off.to_vec(), 500),
        (bent, 500),
        // Very many files of nothing are nothing.
        (gzip(b"").repeat(200_000), 400),
        (b"\x1f\x8b\x08\x1f".repeat(1_000), 500),
        ([b"\x1f\x8b\x08\x08\0\0\0\0\0\0".as_slice(), &b"n".repeat(10_000_000)].concat(), 500),
    ] {
        let reply = server.ask(&Request::new().with("Content-Encoding", "gzip").body(body)).await;
        assert_eq!(reply.status, status, "{}", reply.text());
        serves_others(&server).await;
    }
    holds_nothing(&server).await;
}

#[tokio::test]
async fn who_drips_is_cut_off_however_it_drips() {
    /// Sends these bytes one after the other until it is not heard any more, and holds on to the connection.
    async fn drip(mut client: Client, bytes: Vec<u8>) {
        for byte in bytes.chunks(1) {
            if !client.try_send(byte).await {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let rest = client.rest().await;
        assert!(rest.is_empty() || rest.starts_with(b"HTTP/1.1 408"), "{}", rest.escape_ascii());
    }
    let server = impatient().await;
    let endless = [b"GET / HTTP/1.1\r\nA: ".as_slice(), &[b'b'; 1_000]].concat();
    let lines = [b"GET / HTTP/1.1\r\n".as_slice(), &b"A: b\r\n".repeat(200)].concat();
    let head = with_length("1000000", b"");
    let mut drips = Vec::new();
    for _ in 0..30 {
        drips.push(tokio::spawn(drip(server.connect().await, endless.clone())));
        drips.push(tokio::spawn(drip(server.connect().await, lines.clone())));
        let mut slow_body = server.connect().await;
        slow_body.send(&head).await;
        drips.push(tokio::spawn(drip(slow_body, vec![b' '; 1_000])));
        drips.push(tokio::spawn(drip(server.connect().await, Vec::new())));
    }
    for _ in 0..10 {
        serves_others(&server).await;
    }
    for drip in drips {
        tokio::time::timeout(PATIENCE, drip).await.unwrap().unwrap();
    }
    holds_nothing(&server).await;
}

#[tokio::test]
async fn large_bodies_that_stop_give_their_room_back() {
    let options = Options {
        bodies_bytes_max: 0,
        body_time: Duration::from_millis(300),
        ..TestServer::options()
    };
    let server = TestServer::start_with(options).await;
    let beginning = with_length("16777216", &vec![b' '; 8 * 1024 * 1024]);
    let mut stuck = Vec::new();
    for index in 0..12 {
        let mut client = server.connect().await;
        let beginning = beginning.clone();
        stuck.push(tokio::spawn(async move {
            client.try_send(&beginning).await;
            // Some wait for the end, some close their half, and some are gone.
            match index % 3 {
                0 => drop(client.rest().await),
                1 => client.close_half().await,
                _ => {}
            }
        }));
    }
    serves_others(&server).await;
    for client in stuck {
        tokio::time::timeout(PATIENCE, client).await.unwrap().unwrap();
    }
    holds_nothing(&server).await;
}

#[tokio::test]
async fn sockets_that_are_half_closed_come_to_an_end() {
    let server = impatient().await;
    let bytes = Request::new().bytes();
    let mut held = Vec::new();
    for length in (0..bytes.len()).step_by(5) {
        let mut client = server.connect().await;
        client.send(&bytes[..length]).await;
        client.close_half().await;
        held.push(client);
    }
    serves_others(&server).await;
    for client in &mut held {
        let rest = tokio::time::timeout(PATIENCE, client.rest()).await.unwrap();
        assert!(rest.is_empty() || rest.starts_with(b"HTTP/1.1 4"), "{}", rest.escape_ascii());
    }
    // The clients still have their sockets.
    holds_nothing(&server).await;
}
