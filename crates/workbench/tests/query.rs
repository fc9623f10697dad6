//! Queries over HTTP, against a server that records what it is sent and answers as it is told.

#![expect(
    clippy::unwrap_used,
    reason = "a test may fail by a panic, and so may what it is made of"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use pixii_workbench::{Body, Connection, Error, Reply, Settings, Transport as _, ask as run};

/// What a server was sent.
struct Received {
    /// The first line and the headers, names in small letters.
    head: Vec<String>,
    body: String,
}

impl Received {
    fn read(stream: &TcpStream) -> Self {
        let mut reader = BufReader::new(stream);
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            match line.trim_end() {
                "" => break,
                line => head.push(line.to_owned()),
            }
        }
        let mut received = Self { head, body: String::new() };
        let length = received.header("content-length").unwrap_or("0").parse().unwrap();
        reader.take(length).read_to_string(&mut received.body).unwrap();
        received
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.iter().skip(1).find_map(|line| {
            let (header, value) = line.split_once(": ")?;
            header.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

/// A server for one request, which it answers with these bytes.
fn server(answer: impl Into<Vec<u8>>) -> (String, JoinHandle<Received>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer = answer.into();
    let thread = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let received = Received::read(&stream);
        stream.write_all(&answer).unwrap();
        received
    });
    (url, thread)
}

/// An answer with a status, headers and a body.
fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
}

fn connection(url: &str) -> Connection {
    let settings = Settings {
        endpoint: Some(url.to_owned()),
        region: Some("eu-west-1".to_owned()),
        access_key_id: Some("AKIDEXAMPLE".to_owned()),
        secret_access_key: Some("hidden".into()),
        session_token: Some("token".into()),
        time_out: Some(Duration::from_secs(30)),
        ..Settings::default()
    };
    Connection::new(settings, |_| None).unwrap()
}

async fn ask(url: &str, command: &str, body: &str) -> Result<Reply, Error> {
    run(&connection(url), command.parse().unwrap(), &Body::parse(body).unwrap()).await
}

#[tokio::test]
async fn a_query_is_sent_signed_and_exact() {
    let crc = "x-amz-crc32: 2745614147\r\nx-amzn-requestid: ABC\r\n";
    let (url, server) = server(answer("200 OK", crc, "{}"));
    let body = "{\"TableName\": \"t\", // the table\n \"Limit\": 1.50, \"A\": [12345678901234567890123456789012345678,],}";
    let reply = ask(&url, "put-item", body).await.unwrap();
    let Reply::Success(success) = reply else { panic!("{reply:?}") };
    assert_eq!((success.pretty.as_str(), success.request_id.as_deref()), ("{}", Some("ABC")));

    let received = server.join().unwrap();
    assert_eq!(received.head[0], "POST / HTTP/1.1");
    assert_eq!(
        received.body,
        r#"{"TableName":"t","Limit":1.50,"A":[12345678901234567890123456789012345678]}"#
    );
    assert_eq!(received.header("host"), url.strip_prefix("http://"));
    assert_eq!(received.header("x-amz-target"), Some("DynamoDB_20120810.PutItem"));
    assert_eq!(received.header("content-type"), Some("application/x-amz-json-1.0"));
    assert_eq!(received.header("x-amz-security-token"), Some("token"));
    assert_eq!(received.header("x-amz-date").map(str::len), Some("20260102T030405Z".len()));
    let authorization = received.header("authorization").unwrap();
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"));
    assert!(
        authorization
            .contains("/eu-west-1/dynamodb/aws4_request, SignedHeaders=content-type;host;")
    );
    assert!(!received.head.concat().contains("hidden"));
}

#[tokio::test]
async fn a_connection_is_kept_for_the_next_request_and_replaced_where_it_has_ended() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let connection = connection(&format!("http://{}", listener.local_addr().unwrap()));
    let server = thread::spawn(move || {
        for requests in [2, 1] {
            let (mut stream, _) = listener.accept().unwrap();
            for _ in 0..requests {
                Received::read(&stream);
                stream.write_all(answer("200 OK", "", "{}").as_bytes()).unwrap();
            }
        }
    });
    for _ in 0..3 {
        let reply = run(&connection, "Scan".parse().unwrap(), &Body::parse("").unwrap()).await;
        assert!(matches!(reply, Ok(Reply::Success(_))), "{reply:?}");
    }
    server.join().unwrap();
}

#[tokio::test]
async fn what_would_be_sent_is_told_without_the_token() {
    let body = Body::parse("{\"TableName\": \"t\",}").unwrap();
    let connection = connection("http://127.0.0.1:8000");
    let sent = connection.sent("Scan".parse().unwrap(), body.bytes()).unwrap();
    assert_eq!((sent.method.as_str(), sent.url.as_str()), ("POST", "http://127.0.0.1:8000/"));
    assert_eq!(sent.body, r#"{"TableName":"t"}"#);
    let header = |name: &str| {
        let found = sent.headers.iter().find(|(header, _)| header == name);
        found.map(|(_, value)| value.as_str())
    };
    assert_eq!(header("x-amz-target"), Some("DynamoDB_20120810.Scan"));
    assert_eq!(header("x-amz-security-token"), Some("…"));
    assert!(header("authorization").unwrap().starts_with("AWS4-HMAC-SHA256 "));
}

#[tokio::test]
async fn streams_have_a_target_of_their_own_and_an_endpoint_may_have_a_path() {
    let (url, server) = server(answer("200 OK", "", "{}"));
    ask(&format!("{url}/base"), "ListStreams", "").await.unwrap();
    let received = server.join().unwrap();
    assert_eq!(received.head[0], "POST /base HTTP/1.1");
    assert_eq!(received.header("x-amz-target"), Some("DynamoDBStreams_20120810.ListStreams"));
    assert_eq!(received.body, "{}");
}

#[tokio::test]
async fn a_refusal_comes_back_with_the_member_it_means() {
    let refusal = r#"{"__type":"com.amazon.coral.validate#ValidationException","message":"Invalid UpdateExpression: Syntax error"}"#;
    let (url, _server) = server(answer("400 Bad Request", "", refusal));
    let reply = ask(&url, "UpdateItem", "{\n \"UpdateExpression\": \"SET\"}").await.unwrap();
    let Reply::Refusal(refusal) = reply else { panic!("{reply:?}") };
    assert_eq!((refusal.status, refusal.exception.as_str()), (400, "ValidationException"));
    assert_eq!(refusal.members[0].to_string(), "UpdateExpression at line 2, column 2");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (url, _server) = server(answer("307 Elsewhere", "location: http://x/\r\n", ""));
    let error = ask(&url, "Scan", "").await.unwrap_err();
    assert!(
        matches!(&error, Error::Redirect { location, .. } if location == "http://x/"),
        "{error}"
    );
}

#[tokio::test]
async fn a_reply_that_changed_on_the_way_is_not_shown() {
    let (url, _server) = server(answer("200 OK", "x-amz-crc32: 1\r\n", "{}"));
    let error = ask(&url, "Scan", "").await.unwrap_err();
    assert!(matches!(error, Error::Checksum { .. }), "{error}");
}

#[tokio::test]
async fn a_web_page_is_no_reply() {
    let page = answer("200 OK", "content-type: text/html\r\n", "<html></html>");
    let (url, _server) = server(page);
    let error = ask(&url, "Scan", "").await.unwrap_err();
    assert!(matches!(error, Error::NotDynamoDb { status: 200, .. }), "{error}");
}

#[tokio::test]
async fn an_answer_that_breaks_off_or_is_no_http_is_said_to_be() {
    for broken in ["HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{", "", "SSH-2.0-x\r\n"] {
        let (url, _server) = server(broken);
        let error = ask(&url, "Scan", "").await.unwrap_err();
        assert!(matches!(error, Error::Http { .. }), "{error}");
    }
}

#[tokio::test]
async fn where_nothing_listens_the_server_is_to_be_started() {
    let url = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let error = ask(&url, "Scan", "").await.unwrap_err();
    assert!(matches!(error, Error::NotRunning { .. }), "{error}");
    assert!(error.to_string().contains("`pixii serve`"), "{error}");
}

#[tokio::test]
async fn a_host_without_an_address_is_named() {
    let error = ask("http://nowhere.invalid:8000", "Scan", "").await.unwrap_err();
    assert!(matches!(&error, Error::Lookup { host, .. } if host == "nowhere.invalid"), "{error}");
}

#[tokio::test]
async fn a_server_without_tls_is_not_asked_in_secret() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        // Read to the end, so that closing does not throw away the answer.
        let _rest = stream.read_to_end(&mut Vec::new());
    });
    let error = ask(&url, "Scan", "").await.unwrap_err();
    server.join().unwrap();
    assert!(matches!(error, Error::Tls { .. } | Error::NoRoots), "{error}");
}

#[tokio::test]
async fn a_server_that_is_silent_is_waited_for_no_longer_than_said() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let settings = Settings {
        endpoint: Some(format!("http://{}", listener.local_addr().unwrap())),
        time_out: Some(Duration::from_millis(50)),
        ..Settings::default()
    };
    let connection = Connection::new(settings, |_| None).unwrap();
    let reply = run(&connection, "Scan".parse().unwrap(), &Body::parse("").unwrap()).await;
    let error = reply.unwrap_err();
    assert!(matches!(error, Error::TimeOut { .. }), "{error}");
    assert!(error.to_string().contains("within 0.05 seconds"), "{error}");
}
