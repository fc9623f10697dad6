//! What a client sees on the wire, fact by fact.

#![expect(clippy::unwrap_used, reason = "a test that fails here has failed")]
#![expect(clippy::indexing_slicing, reason = "a test that fails here has failed")]

mod address;
mod certificate;
mod client;
mod connection;
mod console;
mod encoding;
mod fault;
mod fuzz;
mod hostile;
mod http2;
mod insights;
mod metrics;
mod page;
mod peer;
mod peers;
mod request;
mod signature;
mod tls;
