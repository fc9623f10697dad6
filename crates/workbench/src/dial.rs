//! The way to a server: find its host, connect, secure, exchange.
//!
//! Each step has errors of its own, so that one can tell what is wrong. Redirects are not
//! followed, and proxies not asked. A connection that has answered is kept for the next request:
//! copying a table takes thousands of them, and a handshake takes longer than a request.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::uri::Scheme;
use http::{Request, Uri};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::Response;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::error::Error;
use crate::reply::Answer;

/// The most that a reply may hold, in bytes: well over the 16 MiB of values in the largest one.
pub const REPLY_BYTES_MAX: usize = 64 * 1024 * 1024;

/// How many connections wait for a next request: more requests at once than a person's work has.
const IDLE_MAX: usize = 64;
/// How long one waits. Servers close theirs some time later, so that a request seldom meets the end of one.
const IDLE_TIME: Duration = Duration::from_secs(10);

/// The server behind a URL.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) url: Uri,
    pub(crate) is_secure: bool,
    /// A name or an address, an address of version 6 without its brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Server {
    pub(crate) fn parse(url: &str) -> Result<Self, Error> {
        let unusable = || Error::Endpoint { endpoint: url.to_owned() };
        let url: Uri = url.parse().map_err(|_| unusable())?;
        let is_secure = url.scheme() == Some(&Scheme::HTTPS);
        let host = url.host().ok_or_else(unusable)?.trim_matches(['[', ']']).to_owned();
        let port = url.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
        Ok(Self { url, is_secure, host, port })
    }

    /// Host and port for the user.
    pub(crate) fn address(&self) -> String {
        let host = self.url.host().unwrap_or(&self.host);
        format!("{host}:{}", self.port)
    }

    /// The `Host` header: without the port where it is the scheme's own.
    pub(crate) fn host_header(&self) -> String {
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

/// A connection that has been made, for one request at a time.
pub(crate) type Sender = SendRequest<Full<Bytes>>;

/// The connections that wait for their next request.
#[derive(Default)]
pub(crate) struct Pool {
    idle: Mutex<Vec<Idle>>,
    /// Reading the system's certificates takes a while, so it is done once.
    trust: OnceLock<Arc<ClientConfig>>,
}

struct Idle {
    address: String,
    sender: Sender,
    since: Instant,
}

impl fmt::Debug for Pool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Pool").finish_non_exhaustive()
    }
}

impl Pool {
    /// Sends the request over a connection that waits, or over a new one.
    pub(crate) async fn ask(
        &self,
        server: &Server,
        mut request: Request<Full<Bytes>>,
    ) -> Result<Answer, Error> {
        while let Some(mut sender) = self.take(server) {
            // The server may have closed it meanwhile. What has not left yet goes over another.
            if sender.ready().await.is_err() {
                continue;
            }
            match sender.try_send_request(request).await {
                Ok(response) => {
                    let answer = whole(server, response).await?;
                    self.keep(server, sender);
                    return Ok(answer);
                }
                Err(mut failure) => match failure.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(broken(server, failure.into_error())),
                },
            }
        }
        let stream = connect(server, &lookup(server).await?).await?;
        let mut sender = if server.is_secure {
            open(server, secure(server, stream, self.trust()?).await?).await?
        } else {
            open(server, stream).await?
        };
        let answer = exchange(server, &mut sender, request).await?;
        self.keep(server, sender);
        Ok(answer)
    }

    fn keep(&self, server: &Server, sender: Sender) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MAX && !sender.is_closed() {
            idle.push(Idle { address: server.address(), sender, since: Instant::now() });
        }
    }

    /// The connection to the server that was used last. Those that waited too long are dropped.
    fn take(&self, server: &Server) -> Option<Sender> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|one| one.since.elapsed() < IDLE_TIME && !one.sender.is_closed());
        let address = server.address();
        let index = idle.iter().rposition(|one| one.address == address)?;
        Some(idle.swap_remove(index).sender)
    }

    /// Whom to trust.
    pub(crate) fn trust(&self) -> Result<Arc<ClientConfig>, Error> {
        if let Some(trust) = self.trust.get() {
            return Ok(Arc::clone(trust));
        }
        let trust = trust()?;
        Ok(Arc::clone(self.trust.get_or_init(|| trust)))
    }
}

/// The system's certificates.
fn trust() -> Result<Arc<ClientConfig>, Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(Error::NoRoots);
    }
    let configuration =
        ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider speaks the versions of TLS that are safe")
            .with_root_certificates(roots)
            .with_no_client_auth();
    Ok(Arc::new(configuration))
}

/// The addresses of the host.
pub(crate) async fn lookup(server: &Server) -> Result<Vec<SocketAddr>, Error> {
    let host = (server.host.as_str(), server.port);
    let found = lookup_host(host).await;
    let found = found.map_err(|source| Error::Lookup { host: server.host.clone(), source })?;
    Ok(found.collect())
}

pub(crate) async fn connect(server: &Server, addresses: &[SocketAddr]) -> Result<TcpStream, Error> {
    let stream = TcpStream::connect(addresses).await.map_err(|source| {
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

pub(crate) async fn secure(
    server: &Server,
    stream: TcpStream,
    trust: Arc<ClientConfig>,
) -> Result<TlsStream<TcpStream>, Error> {
    let refusal = |source| Error::Tls { address: server.address(), source };
    let name = ServerName::try_from(server.host.clone())
        .map_err(|error| refusal(io::Error::other(error)))?;
    TlsConnector::from(trust).connect(name, stream).await.map_err(refusal)
}

/// Begins to speak HTTP.
pub(crate) async fn open<S>(server: &Server, stream: S) -> Result<Sender, Error>
where
    TokioIo<S>: Read + Write + Unpin + Send + 'static,
{
    let (sender, driver) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| broken(server, error))?;
    // Ends with the sender at the latest. What goes wrong in it is told by the sender too.
    tokio::spawn(driver);
    Ok(sender)
}

/// Sends one request, and reads the answer to its end.
pub(crate) async fn exchange(
    server: &Server,
    sender: &mut Sender,
    request: Request<Full<Bytes>>,
) -> Result<Answer, Error> {
    let response = sender.send_request(request).await.map_err(|error| broken(server, error))?;
    whole(server, response).await
}

async fn whole(server: &Server, response: Response<Incoming>) -> Result<Answer, Error> {
    let (parts, body) = response.into_parts();
    let bytes = Limited::new(body, REPLY_BYTES_MAX).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() {
            return Error::ReplyTooLarge { address: server.address() };
        }
        broken(server, error)
    })?;
    Ok(Answer {
        address: server.address(),
        status: parts.status,
        headers: parts.headers,
        bytes: bytes.to_bytes(),
    })
}

fn broken(server: &Server, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Http { address: server.address(), source: source.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

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
