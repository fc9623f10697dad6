//! A page of the console that asks, or a program that calls an endpoint: how it reached the server, and what is to be
//! remembered of what it did.

use std::sync::Arc;

use http::HeaderMap;
use http::request::Parts;

use crate::arrival::Arrival;
use crate::audit::Entry;
use crate::metrics::Failure;
use crate::pipeline::Shared;

/// How a request reached the server. It outlives the connection that it came over.
#[derive(Clone)]
pub(super) struct Page {
    pub(super) shared: Arc<Shared>,
    pub(super) arrival: Arrival,
    pub(super) headers: Arc<HeaderMap>,
    /// What the server is called by who asks.
    pub(super) host: String,
}

impl Page {
    pub(super) fn new(shared: &Arc<Shared>, arrival: &Arrival, head: &Parts) -> Self {
        let host = head.headers.get(http::header::HOST).and_then(|host| host.to_str().ok());
        let host = host.or_else(|| head.uri.authority().map(http::uri::Authority::as_str));
        Self {
            shared: Arc::clone(shared),
            arrival: *arrival,
            headers: Arc::new(head.headers.clone()),
            host: host.unwrap_or("localhost").to_owned(),
        }
    }

    /// Writes into the audit log, where there is one, what was done.
    pub(super) async fn write_down(&self, entry: &Entry, failure: Option<Failure>) {
        if let Some(audit) = &self.shared.audit {
            audit.write(entry, &self.arrival, self.shared.clock.now_ms(), failure).await;
        }
    }

    /// Does something, and where there is an audit log to its end: who goes away, or has no more time, would otherwise
    /// have it done without a line.
    pub(super) async fn see_through<T: Send + 'static>(
        &self,
        done: impl Future<Output = T> + Send + 'static,
    ) -> T {
        if self.shared.audit.is_none() {
            return done.await;
        }
        match tokio::spawn(done).await.map_err(tokio::task::JoinError::try_into_panic) {
            Ok(done) => done,
            Err(Ok(panic)) => std::panic::resume_unwind(panic),
            // The server has ended, and everybody who waits with it.
            Err(Err(_)) => std::future::pending().await,
        }
    }
}
