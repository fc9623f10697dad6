//! Signing in, and what a page has to know first.

use http::header::SET_COOKIE;
use serde::Deserialize;
use serde_json::json;

use super::{Answered, Place, bytes, caller, read};
use crate::audit::Entry;
use crate::console::fault::Fault;
use crate::console::page::Page;
use crate::console::session::{self, Session};
use crate::pipeline::Shared;

/// The session there is, or on a server that checks no signatures, a new one.
pub(super) fn begin(page: &Page) -> Result<Answered, Fault> {
    let shared = &*page.shared;
    let is_open = shared.principals.is_open();
    if let Some(session) = shared.sessions.of(&page.headers)
        && (is_open || session.bearer.is_some())
        && let Ok(described) = describe(shared, Some(&session))
    {
        return Ok(super::answered(described));
    }
    if !is_open {
        return Ok(super::answered(describe(shared, None)?));
    }
    let (name, session) = shared.sessions.begin(None);
    let mut response = super::answered(describe(shared, Some(&session))?);
    let cookie = session::set_cookie(&name, page.arrival.is_secure);
    response.headers_mut().insert(SET_COOKIE, cookie);
    Ok(response)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignIn {
    access_key_id: String,
    secret_access_key: String,
    #[serde(default)]
    session_token: Option<String>,
}

/// Begins a session for who shows a secret, in place of the one there was.
pub(super) fn sign_in(page: &Page, body: &[u8], entry: &mut Entry) -> Result<Answered, Fault> {
    let (shared, source) = (&*page.shared, page.arrival.source.ip());
    let SignIn { access_key_id, secret_access_key, session_token } = read(body)?;
    let key_id = access_key_id.trim();
    entry.shows(key_id);
    shared.sessions.check_attempts(source)?;
    let token = session_token.as_deref().map(str::trim).filter(|token| !token.is_empty());
    let bearer = match shared.principals.sign_in(key_id, secret_access_key.trim(), token) {
        Ok(bearer) => bearer,
        Err(auth::Error::ExpiredToken) => {
            return Err(Fault::LoginFailed("The session of this key has ended".to_owned()));
        }
        Err(_) => {
            shared.sessions.count_failure(source);
            let text = "The access key is not known, is switched off, or has another secret";
            return Err(Fault::LoginFailed(text.to_owned()));
        }
    };
    shared.sessions.end(&page.headers);
    let (name, session) = shared.sessions.begin(Some(bearer));
    entry.is_of(&caller(shared, &session, &Place::default())?);
    let mut response = super::answered(describe(shared, Some(&session))?);
    let cookie = session::set_cookie(&name, page.arrival.is_secure);
    response.headers_mut().insert(SET_COOKIE, cookie);
    Ok(response)
}

/// What a page has to know first.
fn describe(shared: &Shared, session: Option<&Session>) -> Result<Vec<u8>, Fault> {
    let caller = session.map(|session| caller(shared, session, &Place::default())).transpose()?;
    let caller = caller.map(|caller| {
        let principal = caller.principal();
        let name = caller.person().map_or("root", |person| &person.user.name).to_owned();
        json!({ "account": caller.account, "arn": principal.arn, "name": name, "isRoot": caller.is_root() })
    });
    let is_open = shared.principals.is_open();
    Ok(bytes(&json!({
        "csrf": session.map(|session| &session.csrf),
        "isOpen": is_open,
        "caller": caller,
        "version": env!("CARGO_PKG_VERSION"),
        "mayConnect": shared.ways.lead_elsewhere(is_open),
    })))
}
