//! What keeps the benchmark from a result.

use std::io;
use std::time::Duration;

pub(crate) type Result<T> = std::result::Result<T, Error>;

/// A reason to give up. What a server answers wrongly while it is measured is no such reason: it
/// is counted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("cannot connect to {endpoint}")]
    Connect { endpoint: std::net::SocketAddr, source: io::Error },
    #[error("cannot listen at {address}")]
    Listen { address: std::net::SocketAddr, source: io::Error },
    #[error("cannot wait for the network")]
    Poll(#[source] io::Error),
    #[error("cannot write the report")]
    Report(#[source] io::Error),
    #[error("the server did not answer for {} s", after.as_secs())]
    Silent { after: Duration },
    #[error("{operation} failed: {answer}")]
    Refused { operation: &'static str, answer: String },
    #[error("the connection broke in {operation}")]
    Broken { operation: &'static str, source: io::Error },
    #[error("{0}")]
    Arguments(&'static str),
    #[error("a generator thread panicked")]
    Panicked,
}
