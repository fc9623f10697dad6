//! The steps of a request, in one function: bytes, wire, operation, caller, allowed, run, reply.
//!
//! The order is the service's, and shows in which of two faults a request is told of.

use std::sync::Arc;
use std::time::Duration;

use auth::sigv4::{self, Signature};
use bytes::Bytes;
use database::{Call, Clock, Database, Row};
use http::request::Parts;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use tracing::debug;
use types::json::Json;

use crate::admin;
use crate::allow::{self, Asked};
use crate::arrival::Arrival;
use crate::audit::{Audit, Entry};
use crate::body::{self, Space};
use crate::console;
use crate::error::Refusal;
use crate::insights;
use crate::metrics::{self, Metrics, Tally};
use crate::origin::Origins;
use crate::peer;
use crate::principals::{Caller, Principals};
use crate::reply::Reply;
use crate::wire::{self, ContentType, Wishes};

/// What all requests share.
pub(crate) struct Shared {
    pub(crate) database: Database,
    pub(crate) principals: Principals,
    /// Whom to believe to be the server of another Region.
    pub(crate) peer_trust: peer::Trust,
    pub(crate) audit: Option<Audit>,
    /// Whether the server of another Region must have shown a certificate.
    pub(crate) needs_peer_certificate: bool,
    pub(crate) origins: Origins,
    pub(crate) space: Space,
    pub(crate) request_time: Duration,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) metrics: Arc<Metrics>,
    /// Who uses the console.
    pub(crate) sessions: console::Sessions,
    /// Its connections to other places.
    pub(crate) ways: console::Ways,
}

/// What a port serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    /// Everything, to whom it may.
    Whole,
    /// The metrics, to anybody.
    Metrics,
}

/// Whether a request goes on to its end though its client is gone: a change of users is not left half done, and none
/// gets round the audit log.
pub(crate) fn is_seen_through(shared: &Shared, request: &Request<Incoming>) -> bool {
    let path = request.uri().path();
    match console::ends_with_page(path) {
        Some(ends) => !ends,
        None => shared.audit.is_some() || path.starts_with(admin::PATH),
    }
}

/// Whether a request is given up when its client goes away: somebody waits for it and looks at nothing but its reply.
pub(crate) fn ends_with_client(request: &Request<Incoming>) -> bool {
    console::ends_with_page(request.uri().path()) == Some(true)
}

/// Answers a request, whatever it is.
pub(crate) async fn answer(
    shared: &Arc<Shared>,
    face: Face,
    arrival: &Arrival,
    request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    if face == Face::Whole && console::is_for(&head) {
        // Boxed, or every request would have room for one of the console's.
        return Box::pin(console::answer(shared, arrival, &head, body)).await;
    }
    let wishes = Wishes::of(&head.headers);
    let is_post = face == Face::Whole && head.method == Method::POST;
    let path = head.uri.path();
    let is_audited = (is_post && path != peer::PATH) || path == insights::PATH;
    let mut entry = Entry::default();
    let reply = if !shared.origins.allow(shared.principals.is_open(), &head.method, &head.headers) {
        Err(Refusal::Origin)
    } else if is_post && path == peer::PATH {
        peer::receive(shared, arrival, &head, body).await.map(Reply::bytes)
    } else if is_post && path.starts_with(admin::PATH) {
        administer(shared, arrival, (&head, body), &mut entry).await.map(Reply::json)
    } else if is_post {
        let mut tally = Tally::begin();
        let reply = operate(shared, arrival, (&head, body), (&mut tally, &mut entry)).await;
        let reply = reply.map_or_else(|refusal| Reply::refusal(&refusal), Reply::json);
        shared.metrics.count(&tally, reply.failure());
        Ok(reply)
    } else {
        look(shared, face, (arrival, &head), (wishes, &mut entry)).await
    };
    let reply = reply.unwrap_or_else(|refusal| Reply::refusal(&refusal));
    if let Some(audit) = shared.audit.as_ref().filter(|_| is_audited) {
        audit.write(&entry, arrival, shared.clock.now_ms(), reply.failure()).await;
    }
    reply.into_response(wishes)
}

/// Answers what is no operation.
async fn look(
    shared: &Shared,
    face: Face,
    (arrival, head): (&Arrival, &Parts),
    (wishes, entry): (Wishes, &mut Entry),
) -> Result<Reply, Refusal> {
    match (&head.method, head.uri.path(), face) {
        (&Method::GET, "/metrics", Face::Metrics) => metrics(shared, None).await,
        (&Method::GET, "/metrics", Face::Whole) => {
            let caller = admit(shared, head)?;
            if let Some(caller) = &caller {
                let from = (arrival, &head.headers);
                allow::allow_action(shared, caller, from, ("cloudwatch:GetMetricData", "*"))?;
            }
            metrics(shared, caller.map(|caller| caller.account)).await
        }
        (&Method::GET, insights::PATH, Face::Whole) => {
            let caller = admit(shared, head)?;
            let query = insights::query(head.uri.query().unwrap_or_default(), caller.as_ref())?;
            if let Some(caller) = caller {
                entry.is_of(&caller);
                insights::allow(shared, (arrival, &head.headers), &caller, &query, entry).await?;
            }
            let insights = shared.database.insights(&query).await?;
            Ok(Reply::json(insights::json(&insights)))
        }
        (&Method::GET, "/", Face::Whole) => Ok(Reply::health()),
        (&Method::OPTIONS, _, Face::Whole) if wishes.is_page => Ok(Reply::preflight(&head.headers)),
        _ => Err(Refusal::NotFound),
    }
}

/// Who looks at the server itself: where signatures are checked, who has signed; otherwise nobody in particular.
fn admit(shared: &Shared, head: &Parts) -> Result<Option<Caller>, Refusal> {
    if shared.principals.is_open() {
        return Ok(None);
    }
    let Parts { method, uri, headers, .. } = head;
    let request = sigv4::Request { method, uri, headers };
    let signature = Signature::read(&request)?;
    Ok(Some(shared.principals.caller(&request, &signature, &[])?))
}

/// What is counted; of tables, only those of an account if there is one.
async fn metrics(shared: &Shared, account: Option<String>) -> Result<Reply, Refusal> {
    metrics_text(shared, account).await.map(Reply::metrics)
}

/// What is counted, as text.
pub(crate) async fn metrics_text(
    shared: &Shared,
    account: Option<String>,
) -> Result<String, Refusal> {
    let mut figures = shared.database.figures().await?;
    if let Some(account) = account {
        figures.tables.retain(|table| table.account == account);
        figures.replication_lags.retain(|lag| lag.account == account);
    }
    Ok(metrics::render(&shared.metrics, shared.space.taken(), figures))
}

/// Does what a command about users says, and gives the reply's JSON.
async fn administer(
    shared: &Shared,
    arrival: &Arrival,
    (head, body): (&Parts, Incoming),
    entry: &mut Entry,
) -> Result<Vec<u8>, Refusal> {
    let sent = shared.space.take(body).await?;
    let Parts { method, uri, headers, .. } = head;
    let command = uri.path().strip_prefix(admin::PATH).unwrap_or_default();
    let request = sigv4::Request { method, uri, headers };
    let signature = Signature::read(&request)?;
    entry.claims(&signature);
    let caller = shared.principals.caller(&request, &signature, &sent.bytes)?;
    let body = body::inflate(headers, &sent.bytes)?;
    if shared.audit.is_some() {
        entry.is_of(&caller);
        entry.administers(command, &body);
    }
    let _running = shared.principals.begin(&caller).ok_or(Refusal::Busy)?;
    let context = allow::context(shared, &caller, (arrival, headers), true);
    let commander = admin::Commander { caller: &caller, context, is_owner: false };
    Ok(admin::run(&shared.principals, &commander, command, &body).await?)
}

/// Does what a request asks for, and gives the reply's JSON.
async fn operate(
    shared: &Shared,
    arrival: &Arrival,
    (head, body): (&Parts, Incoming),
    (tally, entry): (&mut Tally, &mut Entry),
) -> Result<Vec<u8>, Refusal> {
    let sent = shared.space.take(body).await?;
    if !sent.bytes.is_empty() && ContentType::of(&head.headers).is_none() {
        return Err(Refusal::NotFound);
    }
    let body = body::inflate(&head.headers, &sent.bytes)?;
    let json = if body.is_empty() { None } else { Some(parse(&body)?) };
    let row = wire::operation(&head.headers)?;
    tally.is_for(row);
    entry.is_for(row);

    let Parts { method, uri, headers, .. } = head;
    let signed = sigv4::Request { method, uri, headers };
    let signature = Signature::read(&signed)?;
    entry.claims(&signature);
    let json = json.ok_or(Refusal::Malformed)?;
    let caller = shared.principals.caller(&signed, &signature, &sent.bytes)?;
    let host = signed.host().unwrap_or_default().to_owned();
    perform(shared, &Asking { caller: &caller, arrival, headers, host }, (row, &json), entry).await
}

/// Who asks, and how.
pub(crate) struct Asking<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) arrival: &'a Arrival,
    pub(crate) headers: &'a HeaderMap,
    /// What the server is called by who asks.
    pub(crate) host: String,
}

/// Does what an operation is asked for by a caller who is believed, and gives the reply's JSON.
pub(crate) async fn perform(
    shared: &Shared,
    asking: &Asking<'_>,
    (row, json): (&'static Row, &Json<'_>),
    entry: &mut Entry,
) -> Result<Vec<u8>, Refusal> {
    let Asking { caller, arrival, headers, host } = asking;
    at_home(shared, &caller.region)?;
    let _running = shared.principals.begin(caller).ok_or(Refusal::Busy)?;
    let (account, region) = (caller.account.clone(), caller.region.clone());
    let call = Call { account, region, host: host.clone() };
    let request = row.read(json)?;
    if shared.audit.is_some() {
        entry.is_of(caller);
        entry.resources = request.resources(&call);
    }
    let asked = Asked { caller, arrival, headers, json };
    let done = async {
        let call = allow::allow(shared, &asked, (row, &request), call).await?;
        Ok::<_, Refusal>(request.run(&shared.database, &call).await?)
    };
    let reply = tokio::time::timeout(shared.request_time, done).await;
    let reply = reply.unwrap_or(Err(Refusal::TimedOut));
    debug!(
        operation = row.name,
        account = caller.account,
        region = caller.region,
        source = %arrival.source,
        is_secure = arrival.is_secure,
        is_ok = reply.is_ok()
    );
    reply
}

/// Refuses what is for a Region whose tables are elsewhere.
pub(crate) fn at_home(shared: &Shared, region: &str) -> Result<(), Refusal> {
    if shared.database.serves(region) { Ok(()) } else { Err(auth::Error::elsewhere(region).into()) }
}

fn parse(body: &[u8]) -> Result<Json<'_>, Refusal> {
    Json::parse(body).map_err(|_| Refusal::Malformed)
}
