//! Where connections come from: who is let in, for whom proxies speak, and how many connections one address may have.

use std::time::Duration;

use pixii_server::{Network, Options};

use crate::client::{Client, Reply, Request, TestServer};

const OK: &str = r#"200 {"TableNames":[]}"#;
const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

fn networks(texts: &[&str]) -> Vec<Network> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

/// This machine is a proxy, and speaks for others.
fn behind_proxy() -> Options {
    Options { proxies: networks(&["127.0.0.0/8"]), ..TestServer::options() }
}

/// A header of version 1 for this address.
fn line(source: &str) -> Vec<u8> {
    let family = if source.contains(':') { "TCP6" } else { "TCP4" };
    let target = if source.contains(':') { "::1" } else { "127.0.0.1" };
    format!("PROXY {family} {source} {target} 5000 8000\r\n").into_bytes()
}

/// A header of version 2 for this address.
fn binary(source: [u8; 4]) -> Vec<u8> {
    [SIGNATURE, &[0x21, 0x11, 0, 12], &source, &[127, 0, 0, 1, 0x13, 0x88, 0x1f, 0x40]].concat()
}

async fn connect_as(server: &TestServer, header: &[u8]) -> Client {
    let mut client = server.connect().await;
    client.send(header).await;
    client
}

async fn ask_as(server: &TestServer, header: &[u8]) -> Reply {
    connect_as(server, header).await.ask(&Request::new()).await
}

/// Whether a connection is closed, whatever is asked on it.
async fn is_turned_away(server: &TestServer, header: &[u8]) -> bool {
    let mut client = server.connect().await;
    let bytes = [header, &Request::new().with("Connection", "close").bytes()].concat();
    client.try_send(&bytes).await;
    client.is_closed().await
}

#[tokio::test]
async fn only_who_is_allowed_is_let_in() {
    let options =
        |allowed: &[&str]| Options { allowed: networks(allowed), ..TestServer::options() };
    for allowed in [["127.0.0.1"].as_slice(), &["10.0.0.0/8", "127.0.0.0/8"], &["::ffff:127.0.0.1"]]
    {
        let server = TestServer::start_with(options(allowed)).await;
        assert_eq!(server.ask(&Request::new()).await.line(), OK);
    }
    for allowed in ["127.0.0.2", "10.0.0.0/8", "::/0"] {
        let server = TestServer::start_with(options(&[allowed])).await;
        assert!(is_turned_away(&server, b"").await, "{allowed}");
    }
}

#[tokio::test]
async fn the_port_of_the_metrics_lets_the_same_in() {
    let options = Options {
        metrics_listen: Some("127.0.0.1:0".parse().unwrap()),
        allowed: networks(&["10.0.0.0/8"]),
        ..TestServer::options()
    };
    let server = TestServer::start_with(options).await;
    assert!(server.connect_to(server.metrics_address.unwrap()).await.is_closed().await);
}

#[tokio::test]
async fn a_proxy_says_whom_a_connection_is_for() {
    let options =
        Options { allowed: networks(&["192.0.2.0/24", "2001:db8::/32"]), ..behind_proxy() };
    let server = TestServer::start_with(options).await;
    for header in
        [line("192.0.2.1"), line("2001:db8::1"), line("::ffff:192.0.2.1"), binary([192, 0, 2, 1])]
    {
        let reply = ask_as(&server, &header).await;
        assert_eq!(reply.line(), OK, "{}", header.escape_ascii());
    }
    // The last are for the proxy itself.
    let own = [b"PROXY UNKNOWN\r\n".to_vec(), [SIGNATURE, &[0x20, 0, 0, 0]].concat()];
    for header in [line("198.51.100.1"), binary([198, 51, 100, 1])].into_iter().chain(own) {
        assert!(is_turned_away(&server, &header).await, "{}", header.escape_ascii());
    }
}

#[tokio::test]
async fn a_connection_of_a_proxy_begins_with_a_header_and_no_other_does() {
    let server = TestServer::start_with(behind_proxy()).await;
    assert_eq!(ask_as(&server, &line("192.0.2.1")).await.line(), OK);
    assert_eq!(ask_as(&server, b"PROXY UNKNOWN\r\n").await.line(), OK);
    assert!(is_turned_away(&server, b"").await);
    let server = TestServer::start().await;
    assert_eq!(ask_as(&server, &line("192.0.2.1")).await.status, 400);
    let elsewhere = Options { proxies: networks(&["10.0.0.0/8"]), ..TestServer::options() };
    let server = TestServer::start_with(elsewhere).await;
    assert_eq!(server.ask(&Request::new()).await.line(), OK);
    assert_eq!(ask_as(&server, &line("192.0.2.1")).await.status, 400);
}

#[tokio::test]
async fn a_header_that_does_not_come_ends_the_connection_and_holds_nobody_up() {
    let header_time = Duration::from_millis(50);
    let server = TestServer::start_with(Options { header_time, ..behind_proxy() }).await;
    let mut stuck = Vec::new();
    for header in [line("192.0.2.1"), binary([192, 0, 2, 1])] {
        for length in 0..header.len() {
            stuck.push(connect_as(&server, &header[..length]).await);
        }
        // And the client closes its half.
        let mut gone = connect_as(&server, &header[..header.len() - 1]).await;
        gone.close_half().await;
        assert!(gone.is_closed().await);
    }
    assert_eq!(ask_as(&server, &line("192.0.2.1")).await.line(), OK);
    for mut client in stuck {
        assert!(client.is_closed().await);
    }
}

#[tokio::test]
async fn an_address_has_so_many_connections_and_others_have_theirs() {
    let options = Options { address_connections_max: 2, ..behind_proxy() };
    let server = TestServer::start_with(options).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut client = connect_as(&server, &line("192.0.2.1")).await;
        assert_eq!(client.ask(&Request::new()).await.line(), OK);
        held.push(client);
    }
    assert!(is_turned_away(&server, &line("192.0.2.1")).await);
    assert!(is_turned_away(&server, &binary([192, 0, 2, 1])).await);
    assert_eq!(ask_as(&server, &line("192.0.2.2")).await.line(), OK);
    // This machine's own are not counted.
    for _ in 0..4 {
        let mut client = connect_as(&server, b"PROXY UNKNOWN\r\n").await;
        assert_eq!(client.ask(&Request::new()).await.line(), OK);
        held.push(client);
    }
    let mut first = held.remove(0);
    assert_eq!(first.ask(&Request::new().with("Connection", "close")).await.line(), OK);
    assert!(first.is_closed().await);
    // The place is given back after the client sees the end.
    while is_turned_away(&server, &line("192.0.2.1")).await {
        tokio::task::yield_now().await;
    }
    assert_eq!(ask_as(&server, &line("192.0.2.1")).await.line(), OK);
}

#[tokio::test]
async fn who_is_turned_away_is_counted_by_reason() {
    let options = Options {
        metrics_listen: Some("127.0.0.1:0".parse().unwrap()),
        allowed: networks(&["192.0.2.0/24", "127.0.0.1"]),
        ..behind_proxy()
    };
    let server = TestServer::start_with(options).await;
    assert!(is_turned_away(&server, b"nonsense").await);
    assert!(is_turned_away(&server, &line("198.51.100.1")).await);
    assert!(is_turned_away(&server, &line("198.51.100.1")).await);
    for (reason, count) in [("proxy", 1.0), ("address", 2.0), ("crowd", 0.0)] {
        let series = format!("pixii_refused_connections_total{{reason=\"{reason}\"}}");
        assert_eq!(server.figure(&series).await, Some(count), "{reason}");
    }
}
