//! What the console asks of the server, by name.

use std::sync::Arc;

use bytes::Bytes;
use http::header::SET_COOKIE;
use http::request::Parts;
use http::{Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::fault::{Fault, malformed};
use super::page::Page;
use super::session::{self, Session};
use crate::allow;
use crate::arrival::Arrival;
use crate::audit::Entry;
use crate::pipeline::Shared;
use crate::principals::Caller;
use crate::wire::ContentType;

mod ask;
mod keep;
mod look;
mod place;
mod sign;

pub(super) use ask::prepare_and_send;
pub(super) use place::{Place, Reached};

/// The Region of those that name none.
pub(super) const REGION: &str = "us-east-1";

type Answered = Response<Full<Bytes>>;

/// Who asks, and how.
struct Asking<'a> {
    page: &'a Page,
    session: Session,
    /// What is to be written into the audit log, if anything.
    entry: &'a mut Entry,
}

/// Whether what a page asks by this name ends when it goes away: what changes something of the server's own is not
/// left half done, and nothing of that gets round the audit log.
pub(super) fn ends_with_page(name: &str) -> bool {
    matches!(
        name,
        "Prepare"
            | "Run"
            | "Send"
            | "MakeCode"
            | "Template"
            | "CreateLike"
            | "FormatItems"
            | "ParseItems"
    )
}

/// Answers what a page asks.
pub(super) async fn answer(
    shared: &Arc<Shared>,
    (arrival, head, name): (&Arrival, &Parts, &str),
    body: Incoming,
) -> Answered {
    let page = Page::new(shared, arrival, head);
    let mut entry = Entry::default();
    let answered = decide(&page, (head, name), body, &mut entry).await;
    if entry.is_begun() {
        page.write_down(&entry, answered.as_ref().err().map(Fault::failure)).await;
    }
    answered.unwrap_or_else(Fault::into_response)
}

async fn decide(
    page: &Page,
    (head, name): (&Parts, &str),
    body: Incoming,
    entry: &mut Entry,
) -> Result<Answered, Fault> {
    if head.method != http::Method::POST {
        return Err(Fault::NotFound);
    }
    session::check_origin(page, &head.method)?;
    if ContentType::of(&head.headers) != Some(ContentType::Json) {
        return Err(Fault::Malformed("The request must be of application/json".to_owned()));
    }
    // Nobody who is a stranger has a large body taken in.
    let session = if matches!(name, "Session" | "Login") {
        None
    } else {
        let session = page.shared.sessions.of(&head.headers).ok_or(Fault::NotSignedIn);
        let checked =
            session.and_then(|session| session.check_sign(&head.headers).map(|()| session));
        match checked {
            Ok(session) => Some(session),
            Err(fault) => {
                page.shared.space.discard(body);
                return Err(fault);
            }
        }
    };
    let sent = page.shared.space.take(body).await?;
    let body = if sent.bytes.is_empty() { b"{}" } else { &*sent.bytes };
    let Some(session) = session else {
        if name == "Session" {
            return sign::begin(page);
        }
        entry.does("pixii:Login", "");
        return sign::sign_in(page, body, entry);
    };
    let reply = Asking { page, session, entry }.answer(name, body).await?;
    let mut response = answered(reply);
    if name == "Logout" {
        response.headers_mut().insert(SET_COOKIE, session::clear_cookie());
    }
    Ok(response)
}

/// Who asks, in the Region that is asked.
fn caller(shared: &Shared, session: &Session, place: &Place) -> Result<Caller, Fault> {
    let region = place.region.as_deref().unwrap_or(REGION);
    if !auth::sigv4::is_region(region) {
        return Err(Fault::Malformed(format!("{region:?} is not a Region")));
    }
    match &session.bearer {
        Some(bearer) => shared.principals.bearer(bearer, region).map_err(|_| Fault::NotSignedIn),
        None if shared.principals.is_open() => {
            let account = place.account.as_deref().unwrap_or(auth::sigv4::DEFAULT_ACCOUNT);
            let is_account =
                account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
            if !is_account {
                return Err(Fault::Malformed("An account has 12 digits".to_owned()));
            }
            Ok(Caller::anybody(account, region))
        }
        None => Err(Fault::NotSignedIn),
    }
}

fn answered(reply: Vec<u8>) -> Answered {
    super::json(StatusCode::OK, reply)
}

pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(body).map_err(malformed)
}

fn bytes(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("texts, numbers and lists are JSON")
}

impl Asking<'_> {
    async fn answer(&mut self, name: &str, body: &[u8]) -> Result<Vec<u8>, Fault> {
        // A session ends with its key, whatever it asks.
        self.caller(&Place::default())?;
        match name {
            "Logout" => {
                self.page.shared.sessions.end(&self.page.headers);
                Ok(b"{}".to_vec())
            }
            "ListConnections" | "SaveConnection" | "DeleteConnection" | "TestConnection"
            | "ListProfiles" => keep::connections(self, name, body).await,
            "ListQueries" | "SaveQuery" | "DeleteQuery" | "CreateEndpoint" | "DeleteEndpoint" => {
                keep::queries(self, name, body).await
            }
            "Admin" => look::administer(self, body).await,
            "Metrics" => look::metrics(self).await,
            "Insights" => look::insights(self, body).await,
            name if ends_with_page(name) => ask::answer(self, name, body).await,
            _ => Err(Fault::NotFound),
        }
    }

    fn shared(&self) -> &Shared {
        &self.page.shared
    }

    fn caller(&self, place: &Place) -> Result<Caller, Fault> {
        caller(&self.page.shared, &self.session, place)
    }

    /// The way to a place, as who asks.
    async fn reach(&self, place: &Place) -> Result<Reached, Fault> {
        Reached::find(self.page, place, self.caller(place)?).await
    }

    /// Lets a caller do something that is no operation of the database.
    fn allow(&self, caller: &Caller, asked: (&str, &str)) -> Result<(), Fault> {
        let from = (&self.page.arrival, &*self.page.headers);
        Ok(allow::allow_action(&self.page.shared, caller, from, asked)?)
    }

    /// Whether a caller may do something with a connection or a query.
    fn may(&self, caller: &Caller, action: &str, resource: &str) -> bool {
        let arn = arn(caller, resource);
        self.allow(caller, (&format!("pixii:{action}"), &arn)).is_ok()
    }

    /// Lets a caller do something with a connection or a query, and has it written down.
    fn let_do(&mut self, caller: &Caller, action: &str, resource: &str) -> Result<(), Fault> {
        let (action, arn) = (format!("pixii:{action}"), arn(caller, resource));
        self.entry.is_of(caller);
        self.entry.does(&action, &arn);
        self.allow(caller, (&action, &arn))
    }

    /// As [`let_do`](Self::let_do), for what leads to other places, where this server lets anybody.
    fn let_reach(&mut self, caller: &Caller, action: &str, resource: &str) -> Result<(), Fault> {
        let shared = self.shared();
        if !shared.ways.lead_elsewhere(shared.principals.is_open()) {
            return Err(Fault::Closed);
        }
        self.let_do(caller, action, resource)
    }
}

fn arn(caller: &Caller, resource: &str) -> String {
    format!("arn:aws:pixii::{}:{resource}", caller.account)
}
