//! What servers that are homes of different Regions say to each other: bytes, signed as any request is.
//!
//! They have credentials of their own. A message changes items of whatever account without asking further, so what opens
//! the door for clients must not open this one.

mod client;

use auth::sigv4::{self, Secret, Signature};
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

/// Whom to believe to be the server of another Region.
pub(crate) enum Trust {
    /// Whoever signs with this key id and secret.
    Pair(String, Box<Secret>),
    /// Anybody, as long as anybody is believed to be a client.
    Anybody,
}

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
    let request = sigv4::Request { method, uri, headers };
    let signature = match &shared.peer_trust {
        Trust::Anybody if !shared.principals.is_open() => return Err(Refusal::NoPeers),
        Trust::Anybody | Trust::Pair(..) => Signature::read(&request)?,
    };
    let claim = match &shared.peer_trust {
        Trust::Anybody => signature.claim(None)?,
        Trust::Pair(key_id, secret) => {
            let claim = signature.claim(Some(shared.clock.now_ms()))?;
            if claim.key_id() != key_id || claim.session_token().is_some() {
                return Err(auth::Error::UnknownKey.into());
            }
            claim.verify(secret, &request, &sent.bytes)?;
            claim
        }
    };
    // It names the Region that the message is for.
    at_home(shared, claim.region())?;
    let received = shared.database.receive(sent.bytes.clone());
    let answer =
        tokio::time::timeout(shared.request_time, received).await.map_err(|_| Refusal::TimedOut)?;
    Ok(answer?)
}
