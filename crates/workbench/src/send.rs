//! The edge: signs a query, sends it, and hands what comes to `reply`.
//!
//! A query has a connection of its own, made in steps: find the host, connect, secure, exchange.
//! Each step has errors of its own, so that one can tell what is wrong. Redirects are not
//! followed, and proxies not asked.

use std::io::{self, ErrorKind};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use bytes::Bytes;
use http::uri::Scheme;
use http::{HeaderValue, Request, Uri, header};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::client::conn::http1;
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::body::Body;
use crate::command::Command;
use crate::connection::{Connection, Secret};
use crate::error::Error;
use crate::reply::{self, Answer, Reply};

/// The most that a reply may hold, in bytes: well over the 16 MiB of values in the largest one.
pub const REPLY_BYTES_MAX: usize = 64 * 1024 * 1024;

const CONTENT_TYPE: &str = "application/x-amz-json-1.0";
const USER_AGENT: &str = concat!("pixii-workbench/", env!("CARGO_PKG_VERSION"));

type BoxedError = Box<dyn std::error::Error + Send + Sync>;

/// Sends the command with its body, and gives what the service says. Needs a tokio runtime with
/// its network and its clock.
///
/// # Errors
/// Where nothing that speaks as the service does could be asked within the time-out. What the
/// service refuses is a [`Reply`].
pub async fn run(connection: &Connection, command: Command, body: &Body) -> Result<Reply, Error> {
    send(connection, connection.url(command), (Some(command), body)).await
}

/// Sends a command about users, such as `CreateUser`, to Pixii, as [`run`] does others.
///
/// # Errors
/// As of [`run`]; also where the connection is to Amazon's.
pub async fn administer(
    connection: &Connection,
    command: &str,
    body: &Body,
) -> Result<Reply, Error> {
    let url = connection.admin_url(command).ok_or(Error::NotPixii)?;
    send(connection, url, (None, body)).await
}

#[expect(clippy::disallowed_methods, reason = "a client signs with the time of its machine")]
async fn send(
    connection: &Connection,
    url: String,
    (command, body): (Option<Command>, &Body),
) -> Result<Reply, Error> {
    let server = Server::parse(&url).ok_or(Error::Endpoint { endpoint: url })?;
    let request = signed(connection, &server, (command, body), SystemTime::now())?;
    let time_out = connection.time_out();
    let answer = tokio::time::timeout(time_out, ask(&server, request))
        .await
        .map_err(|_elapsed| Error::TimeOut { address: server.address(), time_out })??;
    reply::read(answer, body)
}

/// The server behind a URL.
#[derive(Debug)]
struct Server {
    url: Uri,
    is_secure: bool,
    /// A name or an address, an address of version 6 without its brackets.
    host: String,
    port: u16,
}

impl Server {
    fn parse(url: &str) -> Option<Self> {
        let url: Uri = url.parse().ok()?;
        let is_secure = url.scheme() == Some(&Scheme::HTTPS);
        let host = url.host()?.trim_matches(['[', ']']).to_owned();
        let port = url.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
        Some(Self { url, is_secure, host, port })
    }

    /// Host and port for the user.
    fn address(&self) -> String {
        let host = self.url.host().unwrap_or(&self.host);
        format!("{host}:{}", self.port)
    }

    /// The `Host` header: without the port where it is the scheme's own.
    fn host_header(&self) -> String {
        let host = self.url.host().unwrap_or(&self.host);
        match self.url.port_u16() {
            None => host.to_owned(),
            Some(443) if self.is_secure => host.to_owned(),
            Some(80) if !self.is_secure => host.to_owned(),
            Some(port) => format!("{host}:{port}"),
        }
    }

    fn is_loopback(&self) -> bool {
        let address = self.host.parse::<IpAddr>();
        self.host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }
}

/// The request as it is sent, signed as of `time`.
fn signed(
    connection: &Connection,
    server: &Server,
    (command, body): (Option<Command>, &Body),
    time: SystemTime,
) -> Result<Request<Full<Bytes>>, Error> {
    let (host, target) = (server.host_header(), command.map(Command::target));
    let mut headers = vec![("content-type", CONTENT_TYPE), ("host", host.as_str())];
    headers.extend(target.as_deref().map(|target| ("x-amz-target", target)));
    let signature = signature(connection, server, (&headers, body), time).map_err(Error::Sign)?;
    let path = server.url.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::post(path).header(header::USER_AGENT, USER_AGENT);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    for (name, value) in signature {
        request = request.header(name, value);
    }
    request.body(Full::new(body.bytes().clone())).map_err(|error| Error::Sign(error.into()))
}

/// The headers that a signature adds.
fn signature(
    connection: &Connection,
    server: &Server,
    (headers, body): (&[(&str, &str)], &Body),
    time: SystemTime,
) -> Result<Vec<(&'static str, HeaderValue)>, BoxedError> {
    let credentials = connection.credentials();
    let identity = Credentials::new(
        &credentials.access_key_id,
        credentials.secret_access_key.reveal(),
        credentials.session_token.as_ref().map(|token| Secret::reveal(token).to_owned()),
        None,
        "pixii-workbench",
    )
    .into();
    let parameters = SigningParams::builder()
        .identity(&identity)
        .region(connection.region())
        .name("dynamodb")
        .time(time)
        .settings(SigningSettings::default())
        .build()?
        .into();
    let request = SignableRequest::new(
        "POST",
        server.url.to_string(),
        headers.iter().copied(),
        SignableBody::Bytes(body.bytes()),
    )?;
    let (instructions, _signature) = sign(request, &parameters)?.into_parts();
    let (added, _query) = instructions.into_parts();
    let mut headers = Vec::with_capacity(added.len());
    for header in added {
        let mut value = HeaderValue::from_str(header.value())?;
        value.set_sensitive(header.sensitive());
        headers.push((header.name(), value));
    }
    Ok(headers)
}

async fn ask(server: &Server, request: Request<Full<Bytes>>) -> Result<Answer, Error> {
    let stream = connect(server).await?;
    if server.is_secure {
        let stream = secure(server, stream).await?;
        exchange(server, TokioIo::new(stream), request).await
    } else {
        exchange(server, TokioIo::new(stream), request).await
    }
}

async fn connect(server: &Server) -> Result<TcpStream, Error> {
    let lookup = |source| Error::Lookup { host: server.host.clone(), source };
    let addresses: Vec<_> =
        lookup_host((server.host.as_str(), server.port)).await.map_err(lookup)?.collect();
    let stream = TcpStream::connect(addresses.as_slice()).await.map_err(|source| {
        let address = server.address();
        if source.kind() == ErrorKind::ConnectionRefused && server.is_loopback() {
            return Error::NotRunning { address };
        }
        Error::Connect { address, source }
    })?;
    // The request goes out in few parts, and none should wait for the next. Without it all works.
    let _best_effort = stream.set_nodelay(true);
    Ok(stream)
}

async fn secure(
    server: &Server,
    stream: TcpStream,
) -> Result<tokio_rustls::client::TlsStream<TcpStream>, Error> {
    let refusal = |source| Error::Tls { address: server.address(), source };
    let name = ServerName::try_from(server.host.clone())
        .map_err(|error| refusal(io::Error::other(error)))?;
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(Error::NoRoots);
    }
    let configuration =
        ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| refusal(io::Error::other(error)))?
            .with_root_certificates(roots)
            .with_no_client_auth();
    TlsConnector::from(Arc::new(configuration)).connect(name, stream).await.map_err(refusal)
}

async fn exchange(
    server: &Server,
    stream: impl Read + Write + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
) -> Result<Answer, Error> {
    let broken = |source: BoxedError| Error::Http { address: server.address(), source };
    let (mut sender, driver) =
        http1::handshake(stream).await.map_err(|error| broken(error.into()))?;
    // Ends with the sender at the latest. What goes wrong in it is told by the sender too.
    tokio::spawn(driver);
    let response = sender.send_request(request).await.map_err(|error| broken(error.into()))?;
    let (parts, body) = response.into_parts();
    let bytes = Limited::new(body, REPLY_BYTES_MAX).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() {
            return Error::ReplyTooLarge { address: server.address() };
        }
        broken(error)
    })?;
    Ok(Answer {
        address: server.address(),
        status: parts.status,
        headers: parts.headers,
        bytes: bytes.to_bytes(),
    })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::connection::Settings;

    /// 2026-01-02 03:04:05 UTC.
    const TIME: Duration = Duration::from_secs(1_767_323_045);

    fn connection(endpoint: &str, token: Option<&str>) -> Connection {
        let settings = Settings {
            endpoint: Some(endpoint.to_owned()),
            region: Some("eu-west-1".to_owned()),
            access_key_id: Some("AKIDEXAMPLE".to_owned()),
            secret_access_key: Some("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into()),
            session_token: token.map(Secret::from),
            time_out: None,
        };
        Connection::new(settings, |_| None).unwrap()
    }

    fn request(connection: &Connection) -> Request<Full<Bytes>> {
        let command = "GetItem".parse().unwrap();
        let body = Body::parse(r#"{"TableName": "users", "Key": {"id": {"N": "1.50"}},}"#).unwrap();
        let server = Server::parse(&connection.url(command)).unwrap();
        signed(connection, &server, (Some(command), &body), UNIX_EPOCH + TIME).unwrap()
    }

    #[track_caller]
    fn check(token: Option<&str>, signed_headers: &str, signature: &str) {
        let request = request(&connection("http://127.0.0.1:8000", token));
        let header = |name: &str| {
            request.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(header("x-amz-date").unwrap(), "20260102T030405Z");
        assert_eq!(header("x-amz-security-token").as_deref(), token);
        assert_eq!(
            header("authorization").unwrap(),
            format!(
                "AWS4-HMAC-SHA256 \
                 Credential=AKIDEXAMPLE/20260102/eu-west-1/dynamodb/aws4_request, \
                 SignedHeaders={signed_headers}, Signature={signature}"
            )
        );
    }

    // The signatures were computed by the AWS SDK for Python.
    #[test]
    fn the_signature_is_the_one_that_the_aws_tools_compute() {
        check(
            None,
            "content-type;host;x-amz-date;x-amz-target",
            "84223d024b162f4d046e4ab0b639aa103f7cdfba108532419c3ba2a6557f9844",
        );
        check(
            Some("session/token=="),
            "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
            "7fbbfa2a1160ad2a2bf6348cc661dc1b4a6ce49d8662481247018d88ea20c184",
        );
    }

    #[test]
    fn what_proves_the_caller_is_not_shown() {
        let request = request(&connection("http://127.0.0.1:8000", Some("session/token==")));
        let shown = format!("{:?}", request.headers());
        assert!(!shown.contains("session/token=="), "{shown}");
    }

    #[test]
    fn a_url_names_a_server() {
        #[track_caller]
        fn check(url: &str, expected: (&str, u16, &str, &str)) {
            let server = Server::parse(url).unwrap();
            let (address, header) = (server.address(), server.host_header());
            assert_eq!((server.host.as_str(), server.port, &*address, &*header), expected);
        }
        check("http://127.0.0.1:8000", ("127.0.0.1", 8000, "127.0.0.1:8000", "127.0.0.1:8000"));
        check("http://[::1]:8000/", ("::1", 8000, "[::1]:8000", "[::1]:8000"));
        check("https://x.example", ("x.example", 443, "x.example:443", "x.example"));
        check("https://x.example:443", ("x.example", 443, "x.example:443", "x.example"));
        check("http://x.example:80", ("x.example", 80, "x.example:80", "x.example"));
        check("https://x.example:80", ("x.example", 80, "x.example:80", "x.example:80"));
    }
}
