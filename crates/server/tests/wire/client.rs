//! A server to ask, and a client that writes what it is told to the byte.

use std::io::Read as _;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use database::{Clock as _, Database, SystemClock};
use pixii_server::{Certificates, Options, Server};
use storage::Store;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Well-formed, and signed by nobody.
pub(crate) const CREDENTIAL: &str = "AWS4-HMAC-SHA256 Credential=id/20260102/eu-west-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=0";
pub(crate) const KEY_ID: &str = "AKIDEXAMPLE";
pub(crate) const SECRET: &str = "secret";

pub(crate) struct TestServer {
    pub(crate) address: std::net::SocketAddr,
    pub(crate) metrics_address: Option<std::net::SocketAddr>,
    pub(crate) certificates: Option<Arc<Certificates>>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl TestServer {
    /// Any free port, for anybody.
    pub(crate) fn options() -> Options {
        Options { listen: "127.0.0.1:0".parse().unwrap(), ..Options::default() }
    }

    /// Any free port, for whoever knows the secret.
    pub(crate) fn options_with_credentials() -> Options {
        let pair = (KEY_ID.to_owned(), SECRET.to_owned());
        Options { credentials: vec![pair], ..Self::options() }
    }

    pub(crate) async fn start() -> Self {
        Self::start_with(Self::options()).await
    }

    pub(crate) async fn start_with(options: Options) -> Self {
        Self::start_on(options, database::Options::default()).await
    }

    /// A server of a database that is told how to behave.
    pub(crate) async fn start_on(options: Options, database: database::Options) -> Self {
        let server = Server::bind(options).await.unwrap();
        let (address, metrics_address) = (server.address(), server.metrics_address());
        let certificates = server.certificates();
        let clock = Arc::new(SystemClock);
        let database = Database::new(Store::in_memory(), clock, database);
        let (stop, stopped) = oneshot::channel::<()>();
        let server = server.open(database).await.unwrap();
        let task = tokio::spawn(server.run(async {
            let _ = stopped.await;
        }));
        Self { address, metrics_address, certificates, stop, task }
    }

    pub(crate) async fn connect(&self) -> Client {
        self.connect_to(self.address).await
    }

    /// A connection to one of the server's addresses.
    pub(crate) async fn connect_to(&self, address: std::net::SocketAddr) -> Client {
        Client::on(TcpStream::connect(address).await.unwrap())
    }

    /// One request on a connection of its own.
    pub(crate) async fn ask(&self, request: &Request) -> Reply {
        self.connect().await.ask(request).await
    }

    /// What the server tells of itself; `None` for what it does not tell.
    pub(crate) async fn figure(&self, series: &str) -> Option<f64> {
        let mut client = self.connect_to(self.metrics_address.unwrap_or(self.address)).await;
        let reply = client.ask(&Request::bare("GET /metrics").with("Connection", "close")).await;
        let mut lines = reply.text().lines();
        lines.find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
    }

    /// Tells the server to stop, and gives what waits for that.
    pub(crate) fn stop(self) -> JoinHandle<()> {
        let _ = self.stop.send(());
        self.task
    }
}

/// A request that lists tables, until it is told to be another one.
#[derive(Clone)]
pub(crate) struct Request {
    line: String,
    headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn new() -> Self {
        let headers = [
            ("Host", "localhost"),
            ("Content-Type", "application/x-amz-json-1.0"),
            ("X-Amz-Target", "DynamoDB_20120810.ListTables"),
            ("X-Amz-Date", "20260102T030405Z"),
            ("Authorization", CREDENTIAL),
        ];
        let headers = headers.map(|(name, value)| (name, value.to_owned())).into();
        Self { line: "POST / HTTP/1.1".to_owned(), headers, body: b"{}".to_vec() }
    }

    pub(crate) fn of(operation: &str, body: &str) -> Self {
        let target = format!("DynamoDB_20120810.{operation}");
        Self::new().with("X-Amz-Target", &target).body(body)
    }

    /// A request of a method, with no more than it must have.
    pub(crate) fn bare(line: &str) -> Self {
        let headers = vec![("Host", "localhost".to_owned())];
        Self { line: format!("{line} HTTP/1.1"), headers, body: Vec::new() }
    }

    pub(crate) fn body(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self }
    }

    pub(crate) fn line(self, line: &str) -> Self {
        Self { line: line.to_owned(), ..self }
    }

    /// The request with a header set to a value.
    pub(crate) fn with(self, name: &'static str, value: &str) -> Self {
        let mut request = self.without(name);
        request.headers.push((name, value.to_owned()));
        request
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self
    }

    /// The request signed with a secret, by somebody else's implementation.
    pub(crate) fn signed(self, key_id: &str, secret: &str) -> Self {
        let unsigned = self.without("Authorization").without("X-Amz-Date");
        let identity = Credentials::new(key_id, secret, None, None, "test").into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region("eu-west-1")
            .name("dynamodb")
            .time(UNIX_EPOCH + Duration::from_millis(SystemClock.now_ms()))
            .settings(SigningSettings::default())
            .build()
            .unwrap();
        let headers = unsigned.headers.iter().map(|(name, value)| (*name, value.as_str()));
        let body = SignableBody::Bytes(&unsigned.body);
        let mut line = unsigned.line.split(' ');
        let (method, path) = (line.next().unwrap(), line.next().unwrap());
        let uri = format!("http://localhost{path}");
        let signable = SignableRequest::new(method, uri, headers, body).unwrap();
        let (instructions, _) = sign(signable, &parameters.into()).unwrap().into_parts();
        let mut request = unsigned.clone();
        for (name, value) in instructions.headers() {
            let name = if name == "authorization" { "Authorization" } else { "X-Amz-Date" };
            request = request.with(name, value);
        }
        request
    }

    pub(crate) fn headers(&self) -> &[(&'static str, String)] {
        &self.headers
    }

    /// The request line and the headers.
    pub(crate) fn head(&self) -> String {
        let headers = self.headers.iter().map(|(name, value)| format!("{name}: {value}"));
        let headers = headers.collect::<Vec<_>>().join("\r\n");
        format!("{}\r\n{headers}\r\nContent-Length: {}\r\n\r\n", self.line, self.body.len())
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        [self.head().as_bytes(), &self.body].concat()
    }
}

pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// A connection.
pub(crate) struct Client {
    stream: Box<dyn Stream>,
    received: Vec<u8>,
}

impl Client {
    pub(crate) fn on(stream: impl Stream + 'static) -> Self {
        Self { stream: Box::new(stream), received: Vec::new() }
    }

    pub(crate) async fn ask(&mut self, request: &Request) -> Reply {
        self.send(&request.bytes()).await;
        self.reply().await
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    pub(crate) async fn close_half(&mut self) {
        self.stream.shutdown().await.unwrap();
    }

    /// Whether the server closes the connection, without another word.
    pub(crate) async fn is_closed(&mut self) -> bool {
        let mut rest = Vec::new();
        let end = self.stream.read_to_end(&mut rest).await;
        (end.is_err() || end.is_ok()) && rest.is_empty() && self.received.is_empty()
    }

    /// Sends what the server takes, if it does not close the connection before.
    pub(crate) async fn try_send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).await.is_ok()
    }

    /// All that the server sends until it closes the connection.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        let _ = self.stream.read_to_end(&mut self.received).await;
        std::mem::take(&mut self.received)
    }

    /// The next reply.
    pub(crate) async fn reply(&mut self) -> Reply {
        let head_length = loop {
            if let Some(at) = self.received.windows(4).position(|end| end == b"\r\n\r\n") {
                break at + 4;
            }
            self.receive().await;
        };
        let head = String::from_utf8(self.received.drain(..head_length).collect()).unwrap();
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines.map(|line| line.split_once(": ").unwrap());
        let headers: Vec<_> =
            headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
        let mut reply = Reply { status, headers, body: Vec::new() };
        if status == 100 {
            return reply;
        }
        // What is not sent again has no length either.
        let length = if status == 304 { "0" } else { reply.header("content-length").unwrap() };
        let length = length.parse().unwrap();
        while self.received.len() < length {
            self.receive().await;
        }
        reply.body = self.received.drain(..length).collect();
        reply
    }

    async fn receive(&mut self) {
        let count = self.stream.read_buf(&mut self.received).await.unwrap();
        assert_ne!(count, 0, "the connection ended: {:?}", String::from_utf8_lossy(&self.received));
    }
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Status and body in a line, as `400 {"__type":…}`.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.status, self.text())
    }

    /// The exception's name, without its prefix.
    pub(crate) fn exception(&self) -> String {
        let kind = self.json()["__type"].as_str().unwrap().to_owned();
        kind.rsplit('#').next().unwrap().to_owned()
    }

    pub(crate) fn has_right_crc(&self) -> bool {
        self.header("x-amz-crc32") == Some(&crc32fast::hash(&self.body).to_string())
    }
}

pub(crate) fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).unwrap();
    plain
}
