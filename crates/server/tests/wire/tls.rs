//! TLS: who is served over it, what it may be, and certificates that change.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use database::{Peers as _, SystemClock};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo};
use pixii_server::{Error, HttpPeers, KeyPair, Options, PeerOptions, Server, Tls};
use tokio_rustls::rustls::{HandshakeKind, ProtocolVersion, version};

use crate::certificate::{Authority, TlsClient, options};
use crate::client::{Client, Request, TestServer};

const OK: &str = r#"200 {"TableNames":[]}"#;
const PEER_KEY_ID: &str = "PEEREXAMPLE";
const PEER_SECRET: &str = "another";

async fn list(client: &TlsClient, server: &TestServer) -> String {
    match client.connect(server.address).await {
        Ok(stream) => Client::on(stream).ask(&Request::new()).await.line(),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn both_versions_that_are_in_use_are_spoken() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path());
    let server = TestServer::start_with(options(&authority)).await;
    for (version, expected) in
        [(&version::TLS12, ProtocolVersion::TLSv1_2), (&version::TLS13, ProtocolVersion::TLSv1_3)]
    {
        let client = TlsClient::of(&authority.file(), None, &[version]);
        let stream = client.connect(server.address).await.unwrap();
        assert_eq!(stream.get_ref().1.protocol_version(), Some(expected));
        let mut client = Client::on(stream);
        for _ in 0..3 {
            assert_eq!(client.ask(&Request::new()).await.line(), OK);
        }
    }
}

#[tokio::test]
async fn the_protocol_is_agreed_upon_with_the_keys() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path());
    let server = TestServer::start_with(options(&authority)).await;
    let mut client = TlsClient::new(&authority.file());
    for (offered, expected) in [
        (vec!["h2", "http/1.1"], Some("h2")),
        (vec!["http/1.1", "h2"], Some("h2")),
        (vec!["http/1.1"], Some("http/1.1")),
        (vec![], None),
    ] {
        client.config.alpn_protocols =
            offered.iter().map(|name| name.as_bytes().to_vec()).collect();
        let stream = client.connect(server.address).await.unwrap();
        let agreed = stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec);
        assert_eq!(agreed.as_deref(), expected.map(str::as_bytes), "{offered:?}");
        if expected != Some("h2") {
            assert_eq!(Client::on(stream).ask(&Request::new()).await.line(), OK);
            continue;
        }
        let stream = TokioIo::new(stream);
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await.unwrap();
        tokio::spawn(connection);
        let request = hyper::Request::get("https://localhost/").body(Empty::<Bytes>::new());
        let reply = sender.send_request(request.unwrap()).await.unwrap();
        assert_eq!(reply.status(), 200);
        assert!(!reply.into_body().collect().await.unwrap().to_bytes().is_empty());
    }
}

#[tokio::test]
async fn a_session_is_taken_up_again() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path());
    let server = TestServer::start_with(options(&authority)).await;
    for version in [&version::TLS12, &version::TLS13] {
        let client = TlsClient::of(&authority.file(), None, &[version]);
        for expected in [HandshakeKind::Full, HandshakeKind::Resumed] {
            let stream = client.connect(server.address).await.unwrap();
            assert_eq!(stream.get_ref().1.handshake_kind(), Some(expected));
            // The ticket comes with the reply.
            assert_eq!(Client::on(stream).ask(&Request::new()).await.line(), OK);
        }
    }
}

#[tokio::test]
async fn who_speaks_http_is_told_to_use_tls() {
    let folder = tempfile::tempdir().unwrap();
    let server = TestServer::start_with(options(&Authority::new(folder.path()))).await;
    let mut client = server.connect().await;
    let reply = client.ask(&Request::new()).await;
    assert_eq!(reply.line(), "400 This port speaks TLS: ask it with https://.\n");
    assert_eq!(reply.header("connection"), Some("close"));
    client.close_half().await;
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn a_handshake_that_stalls_ends_and_holds_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path());
    let header_time = Duration::from_millis(200);
    let server = TestServer::start_with(Options { header_time, ..options(&authority) }).await;
    let beginning = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];
    let mut stuck = Vec::new();
    for length in (0..beginning.len()).cycle().take(100) {
        let mut client = server.connect().await;
        client.send(&beginning[..length]).await;
        stuck.push(client);
    }
    assert_eq!(list(&TlsClient::new(&authority.file()), &server).await, OK);
    for mut client in stuck {
        assert!(client.is_closed().await);
    }
}

#[tokio::test]
async fn a_stop_waits_for_no_handshake() {
    let folder = tempfile::tempdir().unwrap();
    let server = TestServer::start_with(options(&Authority::new(folder.path()))).await;
    let mut stuck = server.connect().await;
    stuck.send(&[0x16, 3, 1]).await;
    server.stop().await.unwrap();
    assert!(stuck.is_closed().await);
}

#[tokio::test]
async fn a_new_certificate_is_shown_to_who_comes_and_disturbs_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let before = Authority::new(&folder.path().join("before"));
    let after = Authority::new(&folder.path().join("after"));
    let options = options(&before);
    let Some(Tls::Files(files)) = options.tls.clone() else { unreachable!("it has files") };
    let server = TestServer::start_with(options).await;
    let refresh = || server.certificates.as_ref().unwrap().refresh();
    let [old, new] = [&before, &after].map(|authority| TlsClient::new(&authority.file()));
    let mut kept = Client::on(old.connect(server.address).await.unwrap());
    assert_eq!(kept.ask(&Request::new()).await.line(), OK);

    let other = after.sign("other");
    // With the new certificate and the old key there is no pair.
    fs::copy(&other.certificate, &files.certificate).unwrap();
    refresh();
    assert_eq!(list(&old, &server).await, OK);
    fs::copy(&other.key, &files.key).unwrap();
    refresh();
    assert_eq!(list(&new, &server).await, OK);
    assert!(list(&old, &server).await.contains("certificate"));
    for spoiled in
        ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
    {
        fs::write(&files.certificate, spoiled).unwrap();
        refresh();
        assert_eq!(list(&new, &server).await, OK);
    }
    fs::remove_file(&files.key).unwrap();
    refresh();
    assert_eq!(list(&new, &server).await, OK);
    assert_eq!(kept.ask(&Request::new()).await.line(), OK);
}

#[tokio::test]
async fn files_that_hold_no_certificate_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path());
    let good = authority.sign("good");
    let other = authority.sign("other");
    let none = folder.path().join("none.pem");
    let empty = folder.path().join("empty.pem");
    fs::write(&empty, "").unwrap();
    let refused = async |certificate: &std::path::PathBuf, key: &std::path::PathBuf| {
        let pair = KeyPair { certificate: certificate.clone(), key: key.clone() };
        let options = Options { tls: Some(Tls::Files(pair)), ..TestServer::options() };
        Server::bind(options).await.err().unwrap()
    };
    let error = refused(&none, &good.key).await;
    assert!(matches!(&error, Error::File { file, .. } if *file == none), "{error}");
    let error = refused(&empty, &good.key).await;
    assert!(matches!(&error, Error::NoCertificate(file) if *file == empty), "{error}");
    let error = refused(&good.certificate, &empty).await;
    assert!(matches!(&error, Error::NoKey(file) if *file == empty), "{error}");
    let error = refused(&good.certificate, &other.key).await;
    assert!(
        matches!(&error, Error::Certificate { file, .. } if *file == good.certificate),
        "{error}"
    );
}

#[tokio::test]
async fn a_certificate_of_its_own_is_trusted_by_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let options =
        || Options { tls: Some(Tls::SelfSigned(Some(data.clone()))), ..TestServer::options() };
    let server = TestServer::start_with(options()).await;
    let file = server.certificates.as_ref().unwrap().self_signed().unwrap().to_owned();
    assert_eq!(file, data.join("tls-self-signed.pem"));
    let client = TlsClient::new(&file);
    assert_eq!(list(&client, &server).await, OK);
    server.stop().await.unwrap();
    assert_eq!(list(&client, &TestServer::start_with(options()).await).await, OK);
    let in_memory = Options { tls: Some(Tls::SelfSigned(None)), ..TestServer::options() };
    let server = TestServer::start_with(in_memory).await;
    assert_eq!(server.certificates.as_ref().unwrap().self_signed(), None);
    assert!(list(&client, &server).await.contains("certificate"));
}

// Servers of other Regions

/// A server that hears others which have signed and show a certificate of this authority.
fn options_for_peers(authority: &Authority) -> Options {
    Options {
        peer_authority: Some(authority.file()),
        peer_credentials: Some((PEER_KEY_ID.to_owned(), PEER_SECRET.to_owned())),
        ..options(authority)
    }
}

fn peer_options(server: &TestServer, authority: &Authority) -> PeerOptions {
    let endpoint = format!("https://localhost:{}", server.address.port());
    PeerOptions {
        endpoints: [("eu-west-1".to_owned(), endpoint.parse().unwrap())].into(),
        credentials: Some((PEER_KEY_ID.to_owned(), PEER_SECRET.to_owned())),
        authority: Some(authority.file()),
        ..PeerOptions::default()
    }
}

/// Why a server does not hear another, if it does not. The message means nothing to it.
async fn refusal(options: PeerOptions) -> Option<String> {
    let peers = HttpPeers::new(options, Arc::new(SystemClock)).unwrap();
    let error = peers.ask("eu-west-1", Bytes::from_static(b"message")).await.err()?.to_string();
    let doubt = ["403", "signature", "security token", "certificate", "alert"];
    doubt.iter().any(|part| error.contains(part)).then_some(error)
}

#[tokio::test]
async fn another_server_is_heard_with_its_certificate_and_its_credentials() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(&folder.path().join("ours"));
    let others = Authority::new(&folder.path().join("others"));
    let server = TestServer::start_with(options_for_peers(&authority)).await;
    let identity = Some(authority.sign("peer"));
    let options = peer_options(&server, &authority);
    let convinced = PeerOptions { identity: identity.clone(), ..options.clone() };
    assert_eq!(refusal(convinced.clone()).await, None);
    let nobody = refusal(options.clone()).await.unwrap();
    assert!(nobody.contains("403") && nobody.contains("--peer-certificate"), "{nobody}");
    let stranger = PeerOptions { identity: Some(others.sign("peer")), ..options.clone() };
    let stranger = refusal(stranger).await.unwrap();
    assert!(stranger.contains("received fatal alert"), "{stranger}");
    let unsigned = PeerOptions { credentials: None, ..convinced.clone() };
    let unsigned = refusal(unsigned).await.unwrap();
    assert!(unsigned.contains("security token"), "{unsigned}");
    let of_others = PeerOptions { authority: Some(others.file()), ..convinced };
    let of_others = refusal(of_others).await.unwrap();
    assert!(of_others.contains("invalid peer certificate"), "{of_others}");
}

#[tokio::test]
async fn ordinary_clients_show_no_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(&folder.path().join("ours"));
    let others = Authority::new(&folder.path().join("others"));
    let server = TestServer::start_with(options_for_peers(&authority)).await;
    assert_eq!(list(&TlsClient::new(&authority.file()), &server).await, OK);
    let known = TlsClient::with_identity(&authority.file(), &authority.sign("client"));
    assert_eq!(list(&known, &server).await, OK);
    // It is told after it has sent its request.
    let stranger =
        TlsClient::of(&authority.file(), Some(&others.sign("client")), &[&version::TLS12]);
    assert!(stranger.connect(server.address).await.is_err());
}

#[tokio::test]
async fn a_certificate_counts_when_a_session_is_taken_up_again() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path());
    let server = TestServer::start_with(options_for_peers(&authority)).await;
    let message = Request::bare("POST /_pixii/peer").body(b"message".as_slice());
    let with = TlsClient::with_identity(&authority.file(), &authority.sign("peer"));
    let without = TlsClient::new(&authority.file());
    for (client, is_heard) in [(with, true), (without, false)] {
        for expected in [HandshakeKind::Full, HandshakeKind::Resumed] {
            let stream = client.connect(server.address).await.unwrap();
            assert_eq!(stream.get_ref().1.handshake_kind(), Some(expected));
            let reply =
                Client::on(stream).ask(&message.clone().signed(PEER_KEY_ID, PEER_SECRET)).await;
            assert_eq!(reply.status != 403, is_heard, "{reply:?}");
        }
    }
}

#[tokio::test]
async fn the_certificate_for_other_servers_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(&folder.path().join("ours"));
    let others = Authority::new(&folder.path().join("others"));
    let server = TestServer::start_with(options_for_peers(&authority)).await;
    let identity = others.sign("peer");
    let options =
        PeerOptions { identity: Some(identity.clone()), ..peer_options(&server, &authority) };
    let peers = HttpPeers::new(options, Arc::new(SystemClock)).unwrap();
    let ask = async || {
        let answer = peers.ask("eu-west-1", Bytes::from_static(b"message")).await;
        answer.err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert!(ask().await.contains("received fatal alert"));
    let good = authority.sign("good");
    fs::copy(&good.certificate, &identity.certificate).unwrap();
    fs::copy(&good.key, &identity.key).unwrap();
    peers.refresh();
    assert!(!ask().await.contains("received fatal alert"));
}

#[tokio::test]
async fn certificates_for_other_servers_are_never_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path());
    let options = |authority, identity| PeerOptions {
        endpoints: [("a".to_owned(), "http://127.0.0.1:1".parse().unwrap())].into(),
        authority,
        identity,
        ..PeerOptions::default()
    };
    let pair = authority.sign("peer");
    for options in [options(Some(authority.file()), None), options(None, Some(pair))] {
        let error = HttpPeers::new(options, Arc::new(SystemClock)).err().unwrap();
        assert!(matches!(&error, Error::ClearPeer(region) if region == "a"), "{error}");
    }
}
