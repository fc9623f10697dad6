//! What a server is told before it starts.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use auth::sigv4::Secret;

use crate::audit::AuditTarget;
use crate::{Belief, Error, KeySource, Network, Tls, peer};

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
    /// Whether to serve anybody, over whatever, on an address that others can reach.
    pub insecure: bool,
    /// Where the key is that the secrets of users are sealed with.
    pub key: KeySource,
    /// Requests of one access key at one time. Further ones are refused.
    pub caller_requests_max: u32,
    /// Where to write who did what, if anywhere.
    pub audit: Option<AuditTarget>,
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
            insecure: false,
            key: KeySource::Passing,
            caller_requests_max: 5000,
            audit: None,
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
    pub(crate) fn belief(&self) -> Belief {
        Belief {
            credentials: self.credentials.clone(),
            is_strict: self.is_exposed(),
            key: self.key.clone(),
            requests_max: self.caller_requests_max,
        }
    }

    /// Whether others can reach the server, and nobody said that they may.
    pub(crate) fn is_exposed(&self) -> bool {
        !self.listen.ip().is_loopback() && !self.insecure
    }

    /// Whom to believe to be the server of another Region.
    pub(crate) fn peer_trust(&self) -> peer::Trust {
        match &self.peer_credentials {
            Some((key_id, secret)) => {
                peer::Trust::Pair(key_id.clone(), Box::new(Secret::new(secret.clone())))
            }
            None => peer::Trust::Anybody,
        }
    }

    /// Whether the address may be listened on, where there is `anybody` who can sign or not.
    pub(crate) fn check_exposure(&self, has_anybody: bool) -> Result<(), Error> {
        if !self.is_exposed() {
            return Ok(());
        }
        if !has_anybody {
            return Err(Error::Exposed(self.listen));
        }
        if self.tls.is_none() && !self.plain_http {
            return Err(Error::Clear(self.listen));
        }
        Ok(())
    }

    /// Whether what is said goes together: a key opens one door.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let peer_key = self.peer_credentials.as_ref().map(|(key_id, _)| key_id);
        if self.credentials.iter().any(|(key_id, _)| Some(key_id) == peer_key) {
            return Err(Error::KeyOfBoth);
        }
        if self.peer_authority.is_some() && self.tls.is_none() {
            return Err(Error::AuthorityWithoutTls);
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

    #[test]
    fn an_address_that_others_can_reach_needs_somebody_who_signs_or_courage() {
        for listen in ["127.0.0.1:0", "127.9.9.9:0", "[::1]:0"] {
            assert!(options(listen).check_exposure(false).is_ok(), "{listen}");
        }
        for listen in ["0.0.0.0:0", "[::]:0", "10.0.0.1:0", "[::ffff:10.0.0.1]:0"] {
            let check = |options: &Options| options.check_exposure(false);
            assert!(matches!(check(&options(listen)), Err(Error::Exposed(_))), "{listen}");
            let insecure = Options { insecure: true, ..options(listen) };
            assert!(check(&insecure).is_ok(), "{listen}");
            let plain_http = Options { plain_http: true, ..options(listen) };
            assert!(matches!(check(&plain_http), Err(Error::Exposed(_))), "{listen}");
            let tls = Options { tls: Some(Tls::SelfSigned(None)), ..options(listen) };
            assert!(matches!(check(&tls), Err(Error::Exposed(_))), "{listen}");
        }
    }

    #[test]
    fn an_address_that_others_can_reach_needs_tls_or_a_word() {
        let options = options("0.0.0.0:0");
        assert!(matches!(options.check_exposure(true), Err(Error::Clear(_))));
        let plain_http = Options { plain_http: true, ..options.clone() };
        assert!(plain_http.check_exposure(true).is_ok());
        let tls = Options { tls: Some(Tls::SelfSigned(None)), ..options.clone() };
        assert!(tls.check_exposure(true).is_ok());
        assert!(Options { insecure: true, ..options }.check_exposure(true).is_ok());
        assert!(self::options("127.0.0.1:0").check_exposure(true).is_ok());
    }

    #[test]
    fn certificates_are_asked_for_over_tls() {
        let clear = Options { peer_authority: Some("ca.pem".into()), ..options("127.0.0.1:0") };
        assert!(matches!(clear.check(), Err(Error::AuthorityWithoutTls)));
        assert!(Options { tls: Some(Tls::SelfSigned(None)), ..clear }.check().is_ok());
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
