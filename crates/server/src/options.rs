//! What a server is told before it starts.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use auth::sigv4::Trust;

use crate::{Error, Network, Tls};

/// How to serve. Every limit holds for each connection or request by itself unless it says otherwise.
#[derive(Clone)]
pub struct Options {
    /// Where to listen. Port 0 means any that is free.
    pub listen: SocketAddr,
    /// Where to tell nothing but the metrics, to whoever asks; `None` for nowhere. The other port tells
    /// them too, to whom it would serve.
    pub metrics_listen: Option<SocketAddr>,
    /// Key ids with their secrets. Where there are any, only who knows one is served.
    pub credentials: Vec<(String, String)>,
    /// A key id with its secret, which the servers of other Regions sign with, and nobody else. Without it they are
    /// believed as anybody is where there are no credentials, and not at all where there are.
    pub peer_credentials: Option<(String, String)>,
    /// Whether signatures are checked though there are no `credentials`: somebody else knows whom to believe.
    pub has_users: bool,
    /// Whether to serve anybody, over whatever, on an address that others can reach.
    pub insecure: bool,
    /// How to speak TLS; `None` for not at all. The metrics' own port never does.
    pub tls: Option<Tls>,
    /// Whether an address that others can reach may be without TLS.
    pub plain_http: bool,
    /// The certificates, in PEM, by which those of other Regions' servers are signed. With it, who has not shown one is
    /// not believed to be such a server, whatever else it knows.
    pub peer_authority: Option<PathBuf>,
    /// Whose connections are let in; everybody's if it is empty. It is about the client, where a proxy says who that is.
    pub allowed: Vec<Network>,
    /// Proxies, each of whose connections begins with a header of the PROXY protocol. Not on the metrics' own port.
    pub proxies: Vec<Network>,
    /// Origins of web pages that may ask a server without credentials; `*` for all. Pages on
    /// this machine always may.
    pub cors_origins: Vec<String>,
    /// Connections at one time. Further ones wait to be accepted.
    pub connections_max: u32,
    /// Connections of one address at one time, of this machine's own excepted. Further ones are closed.
    pub address_connections_max: u32,
    /// Requests at one time on one connection, where that is of HTTP/2.
    pub streams_max: u32,
    /// Bytes of a request's headers together. Fewer than 8 KiB count as 8 KiB.
    pub header_bytes_max: u32,
    /// Bytes of large bodies (beyond 64 KiB) on their way in at one time, of all connections
    /// together. At least one of the largest must fit.
    pub bodies_bytes_max: u32,
    /// How long a client may take to send a request's headers. Up to twice that goes unnoticed.
    pub header_time: Duration,
    /// How long a client may take to send a request's body.
    pub body_time: Duration,
    /// How long a connection may have nothing to do.
    pub idle_time: Duration,
    /// How long an operation may take.
    pub request_time: Duration,
    /// How long requests may go on after the server was told to stop.
    pub drain_time: Duration,
}

impl Default for Options {
    /// The service's usual port on this machine only, for anybody.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8000)),
            metrics_listen: None,
            credentials: Vec::new(),
            peer_credentials: None,
            has_users: false,
            insecure: false,
            tls: None,
            plain_http: false,
            peer_authority: None,
            allowed: Vec::new(),
            proxies: Vec::new(),
            cors_origins: Vec::new(),
            connections_max: 10_000,
            address_connections_max: 2_500,
            streams_max: 200,
            header_bytes_max: 64 * 1024,
            bodies_bytes_max: 1024 * 1024 * 1024,
            header_time: Duration::from_secs(15),
            body_time: Duration::from_mins(1),
            // Longer than any SDK keeps a connection, so that it is never us who close one that is about to be used.
            idle_time: Duration::from_mins(3),
            request_time: Duration::from_mins(1),
            drain_time: Duration::from_secs(10),
        }
    }
}

impl Options {
    /// Whom to believe.
    pub(crate) fn trust(&self) -> Trust {
        if self.credentials.is_empty() {
            Trust::Open
        } else {
            Trust::Verified(self.credentials.iter().cloned().collect())
        }
    }

    /// Whom to believe to be the server of another Region; `None` for nobody.
    pub(crate) fn peer_trust(&self) -> Option<Trust> {
        match &self.peer_credentials {
            Some(pair) => Some(Trust::Verified([pair.clone()].into_iter().collect())),
            None if self.credentials.is_empty() => Some(Trust::Open),
            None => None,
        }
    }

    /// Whether what is said goes together: an address that others can reach needs credentials and TLS, and a key opens
    /// one door.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let peer_key = self.peer_credentials.as_ref().map(|(key_id, _)| key_id);
        if self.credentials.iter().any(|(key_id, _)| Some(key_id) == peer_key) {
            return Err(Error::KeyOfBoth);
        }
        if self.peer_authority.is_some() && self.tls.is_none() {
            return Err(Error::AuthorityWithoutTls);
        }
        if self.listen.ip().is_loopback() || self.insecure {
            return Ok(());
        }
        if self.credentials.is_empty() && !self.has_users {
            return Err(Error::Exposed(self.listen));
        }
        if self.tls.is_none() && !self.plain_http {
            return Err(Error::Clear(self.listen));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(listen: &str) -> Options {
        Options { listen: listen.parse().unwrap(), ..Options::default() }
    }

    fn options_with_credentials(listen: &str) -> Options {
        let credentials = vec![("id".to_owned(), "secret".to_owned())];
        Options { credentials, ..options(listen) }
    }

    #[test]
    fn an_address_that_others_can_reach_needs_credentials_or_courage() {
        for listen in ["127.0.0.1:0", "127.9.9.9:0", "[::1]:0"] {
            assert!(options(listen).check().is_ok(), "{listen}");
        }
        for listen in ["0.0.0.0:0", "[::]:0", "10.0.0.1:0", "[::ffff:10.0.0.1]:0"] {
            assert!(matches!(options(listen).check(), Err(Error::Exposed(_))), "{listen}");
            let insecure = Options { insecure: true, ..options(listen) };
            assert!(insecure.check().is_ok(), "{listen}");
            let plain_http = Options { plain_http: true, ..options(listen) };
            assert!(matches!(plain_http.check(), Err(Error::Exposed(_))), "{listen}");
            let tls = Options { tls: Some(Tls::SelfSigned(None)), ..options(listen) };
            assert!(matches!(tls.check(), Err(Error::Exposed(_))), "{listen}");
        }
    }

    #[test]
    fn an_address_that_others_can_reach_needs_tls_or_a_word() {
        let users = Options { has_users: true, ..options("0.0.0.0:0") };
        for options in [options_with_credentials("0.0.0.0:0"), users] {
            assert!(matches!(options.check(), Err(Error::Clear(_))));
            let plain_http = Options { plain_http: true, ..options.clone() };
            assert!(plain_http.check().is_ok());
            let tls = Options { tls: Some(Tls::SelfSigned(None)), ..options.clone() };
            assert!(tls.check().is_ok());
            assert!(Options { insecure: true, ..options }.check().is_ok());
        }
        assert!(options_with_credentials("127.0.0.1:0").check().is_ok());
    }

    #[test]
    fn certificates_are_asked_for_over_tls() {
        let clear = Options { peer_authority: Some("ca.pem".into()), ..options("127.0.0.1:0") };
        assert!(matches!(clear.check(), Err(Error::AuthorityWithoutTls)));
        assert!(Options { tls: Some(Tls::SelfSigned(None)), ..clear }.check().is_ok());
    }

    #[test]
    fn credentials_of_other_servers_do_not_make_an_address_safe() {
        let listen = "0.0.0.0:0".parse().unwrap();
        let peer_credentials = Some(("peer".to_owned(), "secret".to_owned()));
        let options = Options { listen, peer_credentials, ..Options::default() };
        assert!(matches!(options.check(), Err(Error::Exposed(_))));
    }

    #[test]
    fn a_key_is_of_clients_or_of_other_servers() {
        let pair = |key_id: &str, secret: &str| (key_id.to_owned(), secret.to_owned());
        let credentials = vec![pair("one", "secret"), pair("two", "secret")];
        let check = |key_id| {
            let peer_credentials = Some(pair(key_id, "another"));
            let credentials = credentials.clone();
            Options { credentials, peer_credentials, ..Options::default() }.check()
        };
        assert!(matches!(check("two"), Err(Error::KeyOfBoth)));
        assert!(check("three").is_ok());
    }
}
