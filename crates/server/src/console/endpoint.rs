//! Saved queries as endpoints: `POST /_pixii/query/ID` with a token and the parameters, and the reply comes as JSON.
//!
//! An endpoint acts with the access key of whoever made its token, and ends with it. Only the token's hash is kept.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{Method, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use serde_json::json;
use serde_json::value::RawValue;
use workbench::{Outcome, Query, Ran, Severity};

use super::api::{self, Place, Reached};
use super::fault::{Fault, malformed};
use super::page::Page;
use super::queries::{Endpoint, SavedQuery};
use super::rows;
use crate::arrival::Arrival;
use crate::pipeline::Shared;
use crate::principals::Caller;

/// What a token begins with, so that it is known for what it is where it was left by mistake.
const BEGINNING: &str = "pixii_query_";

/// A new token of these random bytes. It says in which account its query is.
pub(super) fn new_token(account: &str, random: &[u8; 32]) -> String {
    format!("{BEGINNING}{account}_{}", BASE64.encode(random))
}

/// The account that a token says it is of.
fn account(token: &str) -> Option<&str> {
    token.strip_prefix(BEGINNING)?.split_once('_').map(|(account, _)| account)
}

/// What is kept of a token.
pub(super) fn hash(token: &str) -> String {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, token.as_bytes());
    BASE64.encode(hash.as_ref())
}

/// Runs a saved query.
pub(super) async fn answer(
    shared: &Arc<Shared>,
    arrival: &Arrival,
    head: &Parts,
    body: Incoming,
) -> Response<Full<Bytes>> {
    let answered = async {
        if head.method != Method::POST {
            return Err(Fault::NotFound);
        }
        if !shared.origins.allow(shared.principals.is_open(), &head.method, &head.headers) {
            return Err(Fault::Foreign);
        }
        let id = head.uri.path().strip_prefix(super::ENDPOINT).unwrap_or_default();
        let token = token(head).ok_or(Fault::NotSignedIn)?;
        let account = account(token).ok_or(Fault::NotSignedIn)?;
        let query = find(shared, (account, id), token).await?;
        let caller = caller(shared, account, &query)?;
        let sent = shared.space.take(body).await?;
        let given = if sent.bytes.is_empty() { BTreeMap::new() } else { api::read(&sent.bytes)? };
        let ran = run(&Page::new(shared, arrival, head), caller, &query, given).await?;
        let is_raw =
            head.uri.query().is_some_and(|query| query.split('&').any(|part| part == "form=raw"));
        Ok(reply(ran, is_raw))
    };
    answered.await.unwrap_or_else(Fault::into_response)
}

fn token(head: &Parts) -> Option<&str> {
    head.headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ").map(str::trim)
}

/// The query of an id, for who has its token. Whether there is none, or another token, looks the same.
async fn find(
    shared: &Shared,
    (account, id): (&str, &str),
    token: &str,
) -> Result<SavedQuery, Fault> {
    let found = rows::find::<SavedQuery>(&shared.database, account, id).await;
    let hash = hash(token);
    let is_right = |endpoint: &Endpoint| {
        let (own, given) = (endpoint.token_hash.as_bytes(), hash.as_bytes());
        aws_lc_rs::constant_time::verify_slices_are_equal(own, given).is_ok()
    };
    match found {
        Ok((query, _)) if query.endpoint.as_ref().is_some_and(is_right) => Ok(query),
        Ok(_) | Err(Fault::NotFound) => Err(Fault::NotSignedIn),
        Err(fault) => Err(fault),
    }
}

/// Whom a query acts as.
fn caller(shared: &Shared, account: &str, saved: &SavedQuery) -> Result<Caller, Fault> {
    let region = saved.region.as_deref().unwrap_or(api::REGION);
    let bearer = saved.endpoint.as_ref().and_then(|endpoint| endpoint.bearer.as_ref());
    match bearer {
        Some(bearer) => shared.principals.bearer(bearer, region).map_err(|_| Fault::NotSignedIn),
        None if shared.principals.is_open() => Ok(Caller::anybody(account, region)),
        // It was made when nobody had to sign.
        None => Err(Fault::NotSignedIn),
    }
}

async fn run(
    page: &Page,
    caller: Caller,
    saved: &SavedQuery,
    given: BTreeMap<String, Box<RawValue>>,
) -> Result<Ran, Fault> {
    let place =
        Place { connection: saved.connection.clone(), region: saved.region.clone(), account: None };
    let reached = Reached::find(page, &place, caller).await?;
    let query = Query {
        command: saved.command.parse().map_err(malformed)?,
        text: saved.text.clone(),
        mode: saved.mode,
        table: None,
        parameters: parameters(saved, given)?,
    };
    // Whoever made the endpoint has confirmed what it does.
    reached.guard(query.command, true)?;
    let time = Duration::from_millis(saved.timeout_ms);
    api::prepare_and_send(&reached, &query, (true, time)).await
}

/// The values of a query's parameters: those that are given, and for others what they are by default.
fn parameters(
    saved: &SavedQuery,
    mut given: BTreeMap<String, Box<RawValue>>,
) -> Result<BTreeMap<String, Box<RawValue>>, Fault> {
    let names = workbench::parameters(&saved.text);
    if let Some(unknown) = given.keys().find(|name| !names.contains(name)) {
        return Err(Fault::Malformed(format!("The query has no parameter {unknown}")));
    }
    for parameter in &saved.parameters {
        if !given.contains_key(&parameter.name)
            && let Some(value) = parameter.default_value()
        {
            given.insert(parameter.name.clone(), value);
        }
    }
    Ok(given)
}

fn reply(ran: Ran, is_raw: bool) -> Response<Full<Bytes>> {
    if let Some(success) = ran.success {
        return super::json(StatusCode::OK, if is_raw { success.raw } else { success.plain });
    }
    let (status, code, message) = match (&ran.refusal, &ran.failure) {
        (Some(refused), _) => {
            let refusal = &refused.refusal;
            (refusal.status, refusal.exception.clone(), refusal.message.clone())
        }
        (None, Some(failure)) => (502, "Unreached".to_owned(), failure.message.clone()),
        (None, None) => {
            let errors =
                ran.prepared.problems.iter().filter(|problem| problem.severity == Severity::Error);
            let said: Vec<&str> = errors.map(|problem| problem.message.as_str()).collect();
            debug_assert_eq!(ran.outcome, Outcome::Invalid);
            (400, "Malformed".to_owned(), said.join("; "))
        }
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    super::json(status, json!({ "error": { "code": code, "message": message } }).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_its_account_and_is_not_known_by_its_hash() {
        let token = new_token("123456789012", &[0xff; 32]);
        assert_eq!(account(&token), Some("123456789012"));
        assert!(!hash(&token).contains(&token[BEGINNING.len()..]));
        for wrong in ["", "pixii_query_", "123456789012_x"] {
            assert_eq!(account(wrong), None, "{wrong}");
        }
    }
}
