//! What servers that are homes of different Regions say to each other: bytes, signed as any request is.
//!
//! They have credentials of their own. A message changes items of whatever account without asking further, so what opens
//! the door for clients must not open this one.

mod client;

use auth::sigv4::{self, Signature};
use bytes::Bytes;
use http::header::ORIGIN;
use http::request::Parts;
use hyper::body::Incoming;

use crate::arrival::Arrival;
use crate::error::Refusal;
use crate::pipeline::{Shared, at_home};
pub(crate) use client::ANSWER_BYTES_MAX;
pub use client::{Endpoint, HttpPeers, PeerOptions};

/// Where a server takes messages of others. It is no operation.
pub(crate) const PATH: &str = "/_pixii/peer";
/// What messages and answers are.
pub(crate) const CONTENT: &str = "application/octet-stream";

/// Takes a message of another Region's server, and gives the answer to it.
pub(crate) async fn receive(
    shared: &Shared,
    arrival: &Arrival,
    head: &Parts,
    body: Incoming,
) -> Result<Bytes, Refusal> {
    let Parts { method, uri, headers, .. } = head;
    // No server sends an origin, and none of the pages that may ask for items may do so here.
    if headers.contains_key(ORIGIN) {
        return Err(Refusal::Page);
    }
    if shared.needs_peer_certificate && !arrival.has_peer_certificate {
        return Err(Refusal::NoPeerCertificate);
    }
    let sent = shared.space.take(body).await?;
    let trust = shared.peer_trust.as_ref().ok_or(Refusal::NoPeers)?;
    let request = sigv4::Request { method, uri, headers };
    let signature = Signature::read(&request)?;
    let caller = trust.caller(&request, &signature, &sent.bytes, shared.clock.now_ms())?;
    // It names the Region that the message is for.
    at_home(shared, caller)?;
    let received = shared.database.receive(sent.bytes.clone());
    let answer =
        tokio::time::timeout(shared.request_time, received).await.map_err(|_| Refusal::TimedOut)?;
    Ok(answer?)
}
