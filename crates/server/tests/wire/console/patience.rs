//! How long the console waits, who gives up first, and what is written down all the same.

use std::path::Path;
use std::time::{Duration, Instant};

use http_body_util::Full;
use hyper::body::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo};
use pixii_server::{AuditTarget, Options};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};

use super::{API, Browser, asked, create_table, place, remote};
use crate::client::{KEY_ID, SECRET, TestServer};

const PATIENCE: Duration = Duration::from_secs(20);

/// A place that takes connections and never answers, and the id of a connection to it.
async fn silent(browser: &Browser<'_>) -> (TcpListener, Value) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let saved = browser.done("SaveConnection", remote(&listener.local_addr().unwrap())).await;
    (listener, json!({ "connection": saved["connection"]["id"] }))
}

async fn hears_a_request(listener: &TcpListener) -> TcpStream {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut bytes = [0; 64];
    assert_ne!(stream.read(&mut bytes).await.unwrap(), 0);
    stream
}

/// Waits until somebody who has asked goes away.
async fn hears_the_end(mut stream: TcpStream) {
    let mut rest = Vec::new();
    let end = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
    assert!(end.is_ok(), "the request ends with its page");
}

fn long_run(at: &Value) -> Value {
    json!({"place": at, "command": "ListTables", "text": "{}", "mode": "auto", "timeoutMs": 60_000})
}

#[tokio::test]
async fn what_a_page_no_longer_waits_for_is_given_up() {
    let server = TestServer::start().await;
    let browser = Browser::open(&server).await;
    let (listener, at) = silent(&browser).await;
    let mut page = server.connect().await;
    page.send(&browser.request("Run", &long_run(&at)).bytes()).await;
    let heard = hears_a_request(&listener).await;
    drop(page);
    hears_the_end(heard).await;
}

#[tokio::test]
async fn what_is_taken_back_over_http2_is_given_up_and_the_connection_stays() {
    let server = TestServer::start().await;
    let browser = Browser::open(&server).await;
    let (listener, at) = silent(&browser).await;
    let stream = TokioIo::new(TcpStream::connect(server.address).await.unwrap());
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await.unwrap();
    tokio::spawn(connection);
    let request = |name: &str, body: &Value| {
        let asked = browser.request(name, body);
        let mut request = hyper::Request::post(format!("http://{}{API}{name}", server.address));
        for (name, value) in asked.headers().iter().filter(|(name, _)| *name != "Host") {
            request = request.header(*name, value);
        }
        request.body(Full::new(Bytes::from(asked.body))).unwrap()
    };
    let mut run = Box::pin(sender.send_request(request("Run", &long_run(&at))));
    let heard = tokio::select! {
        _ = &mut run => panic!("nobody has answered"),
        heard = hears_a_request(&listener) => heard,
    };
    drop(run);
    hears_the_end(heard).await;
    let reply = sender.send_request(request("ListQueries", &json!({}))).await.unwrap();
    assert_eq!(reply.status(), 200);
}

#[tokio::test]
async fn a_query_has_as_much_time_as_it_says() {
    let server = TestServer::start().await;
    let browser = Browser::open(&server).await;
    let (listener, at) = silent(&browser).await;
    // The second one has its table looked at first.
    for (command, text) in [("ListTables", json!({})), ("Scan", json!({"TableName": "users"}))] {
        let run = json!({"place": at, "command": command, "text": text.to_string(), "mode": "auto", "timeoutMs": 200});
        let begun = Instant::now();
        let ran = browser.done("Run", run).await;
        assert_eq!(
            (ran["outcome"].as_str(), ran["failure"]["cause"].as_str()),
            (Some("failed"), Some("TimeOut")),
            "{ran}"
        );
        assert!(begun.elapsed() < Duration::from_secs(2));
    }
    drop(listener);
}

async fn audited(folder: &Path) -> (TestServer, std::path::PathBuf) {
    let file = folder.join("audit.log");
    let audit = Some(AuditTarget::File(file.clone()));
    let options = Options { audit, ..TestServer::options_with_credentials() };
    (TestServer::start_with(options).await, file)
}

/// Operation, first resource, access key and status of all that was written down.
fn lines(file: &Path) -> Vec<(String, String, String, u64)> {
    let text = std::fs::read_to_string(file).unwrap();
    let line = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let resource = text(&line["resources"][0]);
        (
            text(&line["operation"]),
            resource,
            text(&line["accessKeyId"]),
            line["status"].as_u64().unwrap(),
        )
    };
    text.lines().map(line).collect()
}

#[tokio::test]
async fn what_is_done_in_the_console_is_in_the_audit_log() {
    let folder = tempfile::tempdir().unwrap();
    let (server, file) = audited(folder.path()).await;
    let wrong = json!({"accessKeyId": KEY_ID, "secretAccessKey": "another"});
    server.ask(&asked(&server, "Login", &wrong)).await;
    let root = Browser::sign_in(&server).await;
    create_table(&root).await;
    let saved = root.done("SaveConnection", remote(&server.address)).await;
    let id = saved["connection"]["id"].as_str().unwrap();
    root.done("Send", json!({"place": {"connection": id}, "command": "ListTables", "request": {}}))
        .await;
    let user = json!({"UserName": "ada"});
    root.done("Admin", json!({"command": "CreateUser", "body": user})).await;
    root.ask("Admin", json!({"command": "CreateUser", "body": user})).await;
    let connection = format!("arn:aws:pixii::123456789012:connection/{id}");
    let expected = [
        ("pixii:Login", "", 401),
        ("pixii:Login", "", 200),
        ("CreateTable", "arn:aws:dynamodb:us-east-1:123456789012:table/users", 200),
        ("pixii:SaveConnection", "arn:aws:pixii::123456789012:connection/*", 200),
        // What the other server, which is this one, has to say to a wrong secret.
        ("ListTables", "", 400),
        ("ListTables", connection.as_str(), 400),
        ("iam:CreateUser", "arn:aws:iam::123456789012:user/ada", 200),
        ("iam:CreateUser", "arn:aws:iam::123456789012:user/ada", 409),
    ];
    let expected = expected.map(|(operation, resource, status)| {
        (operation.to_owned(), resource.to_owned(), KEY_ID.to_owned(), status)
    });
    assert_eq!(lines(&file), expected);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains(SECRET) && !text.contains("never-shown") && !text.contains("another"));
}

#[tokio::test]
async fn nothing_gets_round_the_audit_log_by_having_no_time() {
    let folder = tempfile::tempdir().unwrap();
    let (server, file) = audited(folder.path()).await;
    let root = Browser::sign_in(&server).await;
    create_table(&root).await;
    let count = 20;
    for id in 0..count {
        let item = json!({"TableName": "users", "Item": {"id": {"N": id.to_string()}}});
        let run = json!({"place": place(), "command": "PutItem", "text": item.to_string(), "mode": "auto", "timeoutMs": 1});
        root.done("Run", run).await;
    }
    let scan = json!({"place": place(), "command": "Scan", "request": {"TableName": "users"}});
    let stored = root.done("Send", scan).await["reply"]["Count"].as_u64().unwrap();
    let puts = || lines(&file).iter().filter(|(operation, ..)| operation == "PutItem").count();
    assert!(stored <= u64::try_from(puts()).unwrap(), "{stored} items, {} lines", puts());
}
