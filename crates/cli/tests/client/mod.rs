//! A client as plain as can be: one connection, one request at a time, no retries.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

/// How long a reply may take: far longer than one does.
const PATIENCE: Duration = Duration::from_mins(1);

/// A request must have a signature; to a server without credentials, any is right.
const SIGNATURE: &str = "AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0";

pub(crate) struct Client {
    connection: BufReader<TcpStream>,
    address: SocketAddr,
}

/// A reply, whatever it says.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> io::Result<Self> {
        let connection = TcpStream::connect(address)?;
        connection.set_nodelay(true)?;
        connection.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { connection: BufReader::new(connection), address })
    }

    /// Asks, and waits for the reply.
    ///
    /// An error means that the connection broke: whether it was done is unknown.
    pub(crate) fn ask(&mut self, operation: &str, body: &Value) -> io::Result<Reply> {
        let body = body.to_string();
        let request = format!(
            "POST / HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-amz-json-1.0\r\n\
             X-Amz-Target: DynamoDB_20120810.{operation}\r\nX-Amz-Date: 20260101T000000Z\r\n\
             Authorization: {SIGNATURE}\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len(),
        );
        self.connection.get_mut().write_all(request.as_bytes())?;
        self.reply()
    }

    /// Asks for what must succeed, and gives the reply.
    #[track_caller]
    pub(crate) fn done(&mut self, operation: &str, body: &Value) -> Value {
        let reply = self.ask(operation, body).unwrap();
        assert_eq!(reply.status, 200, "{operation} {body}: {}", reply.body);
        reply.body
    }

    /// All items that a scan gives, page after page.
    #[track_caller]
    pub(crate) fn scan(&mut self, request: &Value) -> Vec<Value> {
        let mut request = request.clone();
        let mut items = Vec::new();
        loop {
            let mut page = self.done("Scan", &request);
            if let Value::Array(more) = page["Items"].take() {
                items.extend(more);
            }
            let last = page["LastEvaluatedKey"].take();
            if last.is_null() {
                return items;
            }
            request["ExclusiveStartKey"] = last;
        }
    }

    fn reply(&mut self) -> io::Result<Reply> {
        let mut line = String::new();
        let mut status = None;
        let mut length = 0;
        loop {
            line.clear();
            if self.connection.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if line.trim_end().is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':') {
                if name.eq_ignore_ascii_case("content-length") {
                    length = value.trim().parse().map_err(io::Error::other)?;
                }
            } else {
                status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
            }
        }
        let mut body = vec![0; length];
        self.connection.read_exact(&mut body)?;
        let status = status.ok_or_else(|| io::Error::other("no status"))?;
        Ok(Reply { status, body: serde_json::from_slice(&body)? })
    }
}

impl Reply {
    /// The exception's name, without what stands before it; empty where there is none.
    pub(crate) fn exception(&self) -> &str {
        self.body["__type"].as_str().and_then(|name| name.rsplit('#').next()).unwrap_or_default()
    }
}

/// A table with a partition key `pk`, a text.
pub(crate) fn table(name: &str) -> Value {
    json!({
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    })
}
