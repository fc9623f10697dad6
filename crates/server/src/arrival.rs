//! Where a connection comes from, found out before its first request is read.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::address::{self, Crowd, Network, Place};
use crate::proxy;
use crate::tls::Certificates;

/// The first byte of whatever speaks TLS.
const HANDSHAKE: u8 = 0x16;
/// What is told to who speaks HTTP where HTTPS is spoken.
const USE_TLS: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 44\r\nConnection: close\r\n\r\nThis port speaks TLS: ask it with https://.\n";
/// Of what a client still sends that is refused, so much is read: it sees why only if it can finish.
const DISCARDED_BYTES_MAX: usize = 64 * 1024;

/// What is known of where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arrival {
    /// The client: the other end of the connection, or whom a proxy that is believed speaks for.
    pub(crate) source: SocketAddr,
    /// Whether it came over TLS, as far as this server.
    pub(crate) is_secure: bool,
    /// Whether the client has shown a certificate of the authority for servers.
    pub(crate) has_peer_certificate: bool,
}

/// Who gets in, and how.
pub(crate) struct Gate {
    /// Whose connections begin with the address that they are for.
    pub(crate) proxies: Vec<Network>,
    /// Who may come in; anybody if it is empty.
    pub(crate) allowed: Vec<Network>,
    pub(crate) crowd: Arc<Crowd>,
    pub(crate) certificates: Option<Arc<Certificates>>,
}

/// A connection that is let in.
pub(crate) struct Entered {
    pub(crate) stream: Stream,
    pub(crate) arrival: Arrival,
    pub(crate) place: Place,
}

/// Bytes to and from a client.
pub(crate) enum Stream {
    Clear(TcpStream),
    Secure(Box<TlsStream<TcpStream>>),
}

/// Why a connection is closed before anything is asked on it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Turned {
    #[error("addresses like it are not let in")]
    Address,
    #[error("its address has as many connections as one may have")]
    Crowd,
    #[error("no header of the proxy: {0}")]
    Proxy(#[from] proxy::Fault),
    #[error("no TLS: {0}")]
    Handshake(#[source] io::Error),
    #[error("it was not ready in time")]
    Slow,
}

impl Turned {
    pub(crate) const REASONS: [&'static str; 5] = ["address", "crowd", "proxy", "tls", "slow"];

    /// The reason in a word, for the metrics.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Crowd => "crowd",
            Self::Proxy(_) => "proxy",
            Self::Handshake(_) => "tls",
            Self::Slow => "slow",
        }
    }
}

impl Gate {
    /// Lets a connection in, or turns it away. Takes as long as the client does.
    pub(crate) async fn enter(
        &self,
        mut stream: TcpStream,
        peer: SocketAddr,
    ) -> Result<Entered, Turned> {
        let is_proxy = address::contains(&self.proxies, peer.ip());
        let named = if is_proxy { proxy::read(&mut stream).await? } else { None };
        let source = address::plain(named.unwrap_or(peer));
        if !self.allowed.is_empty() && !address::contains(&self.allowed, source.ip()) {
            return Err(Turned::Address);
        }
        let place = self.crowd.enter(source.ip()).ok_or(Turned::Crowd)?;
        let clear = Arrival { source, is_secure: false, has_peer_certificate: false };
        let Some(certificates) = &self.certificates else {
            return Ok(Entered { stream: Stream::Clear(stream), arrival: clear, place });
        };
        let stream = handshake(stream, certificates).await.map_err(Turned::Handshake)?;
        // It is held against the authority during the handshake, or nobody asks for it.
        let has_peer_certificate = stream.get_ref().1.peer_certificates().is_some();
        let arrival = Arrival { source, is_secure: true, has_peer_certificate };
        Ok(Entered { stream: Stream::Secure(Box::new(stream)), arrival, place })
    }
}

async fn handshake(
    mut stream: TcpStream,
    certificates: &Certificates,
) -> io::Result<TlsStream<TcpStream>> {
    let mut first = [0];
    if stream.peek(&mut first).await? == 1 && first != [HANDSHAKE] {
        refuse_clear(&mut stream).await?;
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it began with something else"));
    }
    let accepted = TlsAcceptor::from(certificates.config()).accept(stream).into_fallible().await;
    match accepted {
        Ok(stream) => Ok(stream),
        Err((error, mut stream)) => {
            // The reason is sent. Whether it arrives changes nothing here.
            let _ = part(&mut stream).await;
            Err(error)
        }
    }
}

/// Answers a client that speaks HTTP. What is no HTTP either gets the same words.
async fn refuse_clear(stream: &mut TcpStream) -> io::Result<()> {
    stream.write_all(USE_TLS).await?;
    part(stream).await
}

/// Says no more, and hears the client out.
async fn part(stream: &mut TcpStream) -> io::Result<()> {
    stream.shutdown().await?;
    let mut rest = stream.take(u64::try_from(DISCARDED_BYTES_MAX).unwrap_or(u64::MAX));
    tokio::io::copy(&mut rest, &mut tokio::io::sink()).await?;
    Ok(())
}
