//! The port: connections accepted, and finished when the server stops.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use database::{Clock, Database, SystemClock};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::address::Crowd;
use crate::arrival::Gate;
use crate::audit::Audit;
use crate::body::Space;
use crate::connection::{self, Patience, Phase, Port};
use crate::console;
use crate::metrics::Metrics;
use crate::origin::Origins;
use crate::pipeline::{Face, Shared};
use crate::principals::Principals;
use crate::tls::Certificates;
use crate::{Error, Options};

/// How long to wait for others to close something when there are too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A server that has its port and serves nobody yet. Clients can connect, and wait.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    /// The port that tells the metrics, if there is one.
    metrics: Option<(TcpListener, SocketAddr)>,
    certificates: Option<Arc<Certificates>>,
    options: Options,
}

/// A server that knows its users, and serves nobody yet.
pub struct Ready {
    server: Server,
    shared: Shared,
}

/// Serves until `shutdown` is done, and then finishes what runs.
///
/// # Errors
/// Where the server cannot start, as of [`Server::bind`] and [`Server::open`].
pub async fn serve(
    options: Options,
    database: Database,
    shutdown: impl Future<Output = ()>,
) -> Result<(), Error> {
    Server::bind(options).await?.open(database).await?.run(shutdown).await;
    Ok(())
}

impl Server {
    /// Takes the port.
    ///
    /// # Errors
    /// [`Error::KeyOfBoth`] for a key that opens two doors; [`Error::Listen`] where the address cannot be had; and
    /// what is wrong with a certificate.
    pub async fn bind(options: Options) -> Result<Self, Error> {
        options.check()?;
        let (listener, address) = listen(options.listen).await?;
        let metrics = match options.metrics_listen {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let authority = options.peer_authority.as_deref();
        let certificates = options.tls.as_ref();
        let certificates = certificates
            .map(|tls| Certificates::new(tls, authority, address, &SystemClock).map(Arc::new))
            .transpose()?;
        Ok(Self { listener, address, metrics, certificates, options })
    }

    /// What it shows of itself, where it speaks TLS: to be refreshed now and then.
    #[must_use]
    pub fn certificates(&self) -> Option<Arc<Certificates>> {
        self.certificates.clone()
    }

    /// The address that tells nothing but the metrics, with the port it really has.
    #[must_use]
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().map(|(_, address)| *address)
    }

    /// The address it listens on, with the port it really has.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Learns who the users of the database are.
    ///
    /// # Errors
    /// Where they cannot be read or their secrets not be opened; [`Error::Exposed`] and [`Error::Clear`] for an
    /// address that others can reach, without anybody who could sign, or without TLS; [`Error::Audit`] where the audit log cannot be written.
    pub async fn open(self, database: Database) -> Result<Ready, Error> {
        let Self { options, .. } = &self;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let principals =
            Principals::load(database.clone(), Arc::clone(&clock), options.belief()).await?;
        options.check_exposure(principals.has_anybody())?;
        let audit = options.audit.as_ref().map(Audit::open).transpose().map_err(Error::Audit)?;
        let shared = Shared {
            database,
            principals,
            peer_trust: options.peer_trust(),
            audit,
            needs_peer_certificate: options.peer_authority.is_some(),
            origins: Origins::new(options),
            space: Space::new(options.bodies_bytes_max, options.body_time),
            request_time: options.request_time,
            clock,
            metrics: Arc::new(Metrics::new()),
            sessions: console::Sessions::default(),
            ways: console::Ways::new(options.listen.ip().is_loopback()),
        };
        Ok(Ready { server: self, shared })
    }
}

impl Ready {
    /// Serves until `shutdown` is done. Then nobody is accepted any more, idle connections are
    /// closed, and requests that run have [`Options::drain_time`] to finish.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let Self { server: Server { listener, metrics, certificates, options, .. }, shared } = self;
        let shared = Arc::new(shared);
        let [whole, bare] = ports(&options, &shared, certificates).map(Arc::new);
        let connections_max = options.connections_max.max(1);
        let slots =
            Arc::new(Semaphore::new(usize::try_from(connections_max).unwrap_or(usize::MAX)));
        let (phase, _) = watch::channel(Phase::Serving);
        let accept_all = async |listener: &TcpListener, port: Arc<Port>| loop {
            let (stream, peer, slot) = accept(listener, &slots).await;
            let served = connection::serve(stream, peer, Arc::clone(&port), phase.subscribe());
            tokio::spawn(async move {
                served.await;
                drop(slot);
            });
        };
        let accept_metrics = async {
            match &metrics {
                Some((listener, _)) => accept_all(listener, bare).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = accept_all(&listener, whole) => {}
            () = accept_metrics => {}
            () = shutdown => {}
        }
        drop((listener, metrics));
        phase.send_replace(Phase::Draining);
        // Who has all slots knows that no connection has one.
        let ended = tokio::time::timeout(options.drain_time, slots.acquire_many(connections_max));
        if ended.await.is_err() {
            phase.send_replace(Phase::Closed);
            let ended = slots.acquire_many(connections_max).await;
            drop(ended.expect("nobody closes the slots"));
        }
    }
}

/// The port for everything, and the one for nothing but metrics: in the clear, and without a proxy in front.
fn ports(
    options: &Options,
    shared: &Arc<Shared>,
    certificates: Option<Arc<Certificates>>,
) -> [Port; 2] {
    let crowd = Arc::new(Crowd::new(options.address_connections_max));
    let gate = |proxies, certificates| Gate {
        proxies,
        allowed: options.allowed.clone(),
        crowd: Arc::clone(&crowd),
        certificates,
    };
    let protocol = Arc::new(connection::protocol(options));
    let patience = Patience { header: options.header_time, idle: options.idle_time };
    let port = |face, gate| {
        let (shared, protocol) = (Arc::clone(shared), Arc::clone(&protocol));
        Port { shared, face, gate, protocol, patience }
    };
    [
        port(Face::Whole, gate(options.proxies.clone(), certificates)),
        port(Face::Metrics, gate(Vec::new(), None)),
    ]
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Error> {
    let failed = |source| Error::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// The next connection, and a slot for it. Errors are those of a client that is gone already, or
/// of a lack that will pass.
async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    let slot = Arc::clone(slots).acquire_owned().await.expect("nobody closes the slots");
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Without it replies are slower, and that is all.
                let _ = stream.set_nodelay(true);
                return (stream, peer, slot);
            }
            Err(error) if is_of_client(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn is_of_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    [ConnectionAborted, ConnectionRefused, ConnectionReset].contains(&error.kind())
}
