//! Where a connection comes from, found out before its first request is read.

use std::net::SocketAddr;

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
