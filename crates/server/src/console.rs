//! The web console: its files, what it asks the server, and endpoints of queries that were saved in it.
//!
//! Everything that it asks is a `POST` of JSON to `/_pixii/console/api/NAME`. It reaches the tables of this server through
//! the same steps as any request, without a socket, as whoever has signed in; and other places by connections.

mod api;
mod assets;
mod connections;
mod endpoint;
mod fault;
mod local;
mod page;
mod queries;
mod rows;
mod session;
mod way;

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, LOCATION};
use http::request::Parts;
use http::{HeaderMap, Method, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;

use crate::arrival::Arrival;
use crate::pipeline::Shared;
use fault::Fault;
pub(crate) use session::Sessions;
pub(crate) use way::Ways;

/// What the path of every page and file begins with.
const APP: &str = "/_pixii/console/";
/// What the path of everything that pages ask begins with.
const API: &str = "/_pixii/console/api/";
/// The service's model, for completion.
const MODEL: &str = "/_pixii/console/model.json";
/// What the path of a saved query begins with.
const ENDPOINT: &str = "/_pixii/query/";

/// Whether a request is for the console, whatever it asks.
pub(crate) fn is_for(head: &Parts) -> bool {
    let path = head.uri.path();
    let is_page = head.method == Method::GET || head.method == Method::HEAD;
    path.starts_with(APP)
        || path == APP.trim_end_matches('/')
        || path.starts_with(ENDPOINT)
        || (path == "/" && is_page && wants_page(&head.headers))
}

/// Whether what a page of the console asks at a path ends when that page goes away; `None` for any other path.
pub(crate) fn ends_with_page(path: &str) -> Option<bool> {
    path.strip_prefix(API).map(api::ends_with_page)
}

/// Whether it is a browser that asks for a page.
fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(http::header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// Answers a request that is for the console.
pub(crate) async fn answer(
    shared: &Arc<Shared>,
    arrival: &Arrival,
    head: &Parts,
    body: Incoming,
) -> Response<Full<Bytes>> {
    let path = head.uri.path();
    let is_get = head.method == Method::GET || head.method == Method::HEAD;
    if path.starts_with(ENDPOINT) {
        return endpoint::answer(shared, arrival, head, body).await;
    }
    if let Some(name) = path.strip_prefix(API) {
        return api::answer(shared, (arrival, head, name), body).await;
    }
    if !is_get {
        return Fault::NotFound.into_response();
    }
    match path.strip_prefix(APP) {
        Some(_) if path == MODEL => assets::model(&head.headers),
        Some(file) => {
            let how = (arrival.is_secure, wants_page(&head.headers));
            assets::file(file, &head.headers, how)
        }
        None => redirect(),
    }
}

fn redirect() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::FOUND;
    response.headers_mut().insert(LOCATION, HeaderValue::from_static(APP));
    response
}

/// A reply of JSON, which nobody keeps.
fn json(status: StatusCode, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(http::header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
