//! Which Regions there are, and which of them live on other servers.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;

/// Amazon's Regions: those that a table may have a replica in, unless this server is told of others.
const AMAZON: [&str; 37] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-west-1",
    "us-west-2",
];

/// Speaks to the servers that other Regions live on.
pub trait Peers: Send + Sync {
    /// The Regions that live elsewhere, in any order.
    fn regions(&self) -> Vec<String>;

    /// Whether a Region lives elsewhere: asked for each request.
    fn has(&self, region: &str) -> bool {
        self.regions().iter().any(|other| other == region)
    }

    /// Hands a message to the server that a Region lives on, which gives it to [`Database::receive`], and gives the
    /// answer. The future ends within some seconds, whatever becomes of the other server.
    ///
    /// [`Database::receive`]: crate::Database::receive
    fn ask<'a>(
        &'a self,
        region: &'a str,
        message: Bytes,
    ) -> BoxFuture<'a, Result<Bytes, PeerError>>;
}

/// A server that could not be asked, or did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct PeerError(Box<dyn std::error::Error + Send + Sync>);

impl PeerError {
    /// What went wrong.
    pub fn new(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(error.into())
    }
}

/// Which Regions live here, and which elsewhere.
#[derive(Clone, Default)]
pub struct Regions {
    /// Those that live here; none for all that do not live elsewhere.
    pub local: Vec<String>,
    /// Who speaks to the others.
    pub peers: Option<Arc<dyn Peers>>,
}

impl fmt::Debug for Regions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let peers = self.peers.as_ref().map(|peers| peers.regions());
        formatter
            .debug_struct("Regions")
            .field("local", &self.local)
            .field("peers", &peers)
            .finish()
    }
}

impl Regions {
    /// Who speaks to a Region that lives elsewhere.
    pub(crate) fn elsewhere(&self, region: &str) -> Option<&dyn Peers> {
        let peers = self.peers.as_deref()?;
        peers.has(region).then_some(peers)
    }

    /// Whether a Region lives here: tables of it are this server's.
    pub(crate) fn is_local(&self, region: &str) -> bool {
        if self.local.is_empty() {
            self.elsewhere(region).is_none()
        } else {
            self.local.iter().any(|local| local == region)
        }
    }

    /// Those that a table may have a replica in, in the order of their names.
    pub(crate) fn supported(&self) -> Vec<String> {
        let mut all = self.peers.as_ref().map(|peers| peers.regions()).unwrap_or_default();
        all.extend(self.local.iter().cloned());
        if self.local.is_empty() {
            all.extend(AMAZON.map(str::to_owned));
        }
        all.sort_unstable();
        all.dedup();
        all
    }
}
