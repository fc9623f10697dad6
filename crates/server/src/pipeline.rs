//! The steps of a request, in one function: bytes, wire, operation, caller, run, reply.
//!
//! The order is the service's, and shows in which of two faults a request is told of.

use std::sync::Arc;
use std::time::Duration;

use auth::sigv4::{self, Caller, Signature, Trust};
use bytes::Bytes;
use database::{Call, Clock, Database};
use http::request::Parts;
use http::{Method, Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use tracing::debug;
use types::json::Json;

use crate::arrival::Arrival;
use crate::body::{self, Space};
use crate::error::Refusal;
use crate::insights;
use crate::metrics::{self, Metrics, Tally};
use crate::origin::Origins;
use crate::peer;
use crate::reply::Reply;
use crate::wire::{self, ContentType, Wishes};

/// What all requests share.
pub(crate) struct Shared {
    pub(crate) database: Database,
    pub(crate) trust: Trust,
    /// Whom to believe to be the server of another Region, if anybody.
    pub(crate) peer_trust: Option<Trust>,
    /// Whether the server of another Region must have shown a certificate.
    pub(crate) needs_peer_certificate: bool,
    pub(crate) origins: Origins,
    pub(crate) space: Space,
    pub(crate) request_time: Duration,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) metrics: Arc<Metrics>,
}

/// What a port serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    /// Everything, to whom it may.
    Whole,
    /// The metrics, to anybody.
    Metrics,
}

/// Answers a request, whatever it is.
pub(crate) async fn answer(
    shared: &Shared,
    face: Face,
    arrival: &Arrival,
    request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let wishes = Wishes::of(&head.headers);
    let is_post = face == Face::Whole && head.method == Method::POST;
    let reply = if !shared.origins.allow(&head.method, &head.headers) {
        Err(Refusal::Origin)
    } else if is_post && head.uri.path() == peer::PATH {
        peer::receive(shared, arrival, &head, body).await.map(Reply::bytes)
    } else if is_post {
        let mut tally = Tally::begin();
        let reply = operate(shared, arrival, &head, body, &mut tally).await.map(Reply::json);
        let reply = reply.unwrap_or_else(|refusal| Reply::refusal(&refusal));
        shared.metrics.count(&tally, reply.failure());
        Ok(reply)
    } else {
        look(shared, face, arrival, &head, wishes).await
    };
    reply.unwrap_or_else(|refusal| Reply::refusal(&refusal)).into_response(wishes)
}

/// Answers what is no operation.
async fn look(
    shared: &Shared,
    face: Face,
    _arrival: &Arrival,
    head: &Parts,
    wishes: Wishes,
) -> Result<Reply, Refusal> {
    match (&head.method, head.uri.path(), face) {
        (&Method::GET, "/metrics", Face::Metrics) => metrics(shared).await,
        (&Method::GET, "/metrics", Face::Whole) => {
            admit(shared, head)?;
            metrics(shared).await
        }
        (&Method::GET, "/_pixii/insights", Face::Whole) => {
            let caller = admit(shared, head)?;
            let query = insights::query(head.uri.query().unwrap_or_default(), caller)?;
            let insights = shared.database.insights(&query).await?;
            Ok(Reply::json(insights::json(&insights)))
        }
        (&Method::GET, "/", Face::Whole) => Ok(Reply::health()),
        (&Method::OPTIONS, _, Face::Whole) if wishes.is_page => Ok(Reply::preflight(&head.headers)),
        _ => Err(Refusal::NotFound),
    }
}

/// Lets in who may look at the server itself: whoever reaches it; where there are credentials, who knows one and is
/// then known.
fn admit(shared: &Shared, head: &Parts) -> Result<Option<Caller>, Refusal> {
    let Trust::Verified(_) = shared.trust else { return Ok(None) };
    let Parts { method, uri, headers, .. } = head;
    let request = sigv4::Request { method, uri, headers };
    let signature = Signature::read(&request)?;
    Ok(Some(shared.trust.caller(&request, &signature, &[], shared.clock.now_ms())?))
}

async fn metrics(shared: &Shared) -> Result<Reply, Refusal> {
    let figures = shared.database.figures().await?;
    Ok(Reply::metrics(metrics::render(&shared.metrics, shared.space.taken(), figures)))
}

/// Does what a request asks for, and gives the reply's JSON.
async fn operate(
    shared: &Shared,
    arrival: &Arrival,
    head: &Parts,
    body: Incoming,
    tally: &mut Tally,
) -> Result<Vec<u8>, Refusal> {
    let sent = shared.space.take(body).await?;
    if !sent.bytes.is_empty() && ContentType::of(&head.headers).is_none() {
        return Err(Refusal::NotFound);
    }
    let body = body::inflate(&head.headers, &sent.bytes)?;
    let json = if body.is_empty() { None } else { Some(parse(&body)?) };
    let row = wire::operation(&head.headers)?;
    tally.is_for(row);

    let Parts { method, uri, headers, .. } = head;
    let request = sigv4::Request { method, uri, headers };
    let signature = Signature::read(&request)?;
    let json = json.ok_or(Refusal::Malformed)?;
    let caller = shared.trust.caller(&request, &signature, &sent.bytes, shared.clock.now_ms())?;
    let caller = at_home(shared, caller)?;

    let host = request.host().unwrap_or_default().to_owned();
    let call = Call { account: caller.account, region: caller.region, host };
    let run = shared.database.run(row, &call, &json);
    let reply =
        tokio::time::timeout(shared.request_time, run).await.map_err(|_| Refusal::TimedOut)?;
    debug!(
        operation = row.name,
        account = call.account,
        region = call.region,
        source = %arrival.source,
        is_secure = arrival.is_secure,
        is_ok = reply.is_ok()
    );
    Ok(reply?)
}

/// The caller, if the tables of the caller's Region are here.
pub(crate) fn at_home(shared: &Shared, caller: Caller) -> Result<Caller, Refusal> {
    if shared.database.serves(&caller.region) {
        Ok(caller)
    } else {
        Err(auth::Error::elsewhere(&caller.region).into())
    }
}

fn parse(body: &[u8]) -> Result<Json<'_>, Refusal> {
    Json::parse(body).map_err(|_| Refusal::Malformed)
}
