//! HTTP in, JSON out: the wire protocol of the service, and the steps of a request.
//!
//! One port speaks HTTP/1.1 and, to a client that begins with it, HTTP/2.

mod address;
mod admin;
mod allow;
mod arrival;
mod audit;
mod body;
mod connection;
mod console;
mod error;
mod file;
mod insights;
mod listen;
mod metrics;
mod options;
mod origin;
mod peer;
mod pipeline;
mod principals;
mod proxy;
mod reply;
mod tls;
mod wire;

pub use address::Network;
pub use admin::{AdminFault, Code, simulate_policy};
pub use audit::AuditTarget;
pub use auth::sigv4::is_region;
pub use error::Error;
pub use file::write as write_file;
pub use listen::{Server, serve};
pub use options::Options;
pub use peer::{Endpoint, HttpPeers, PeerOptions};
pub use principals::{Belief, KeyError, KeySource, Principals, Seal};
pub use tls::{Certificates, KeyPair, Tls};
