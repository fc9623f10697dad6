//! Sessions: credentials for a time, which a key asks for.
//!
//! Nothing is kept of one. Its token holds all there is to know, sealed; a session ends with its time, and with the key
//! that it was asked for with.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use auth::policy::{self, Kind, Policy, Principal, PrincipalKind};
use auth::sigv4::Secret;
use serde::{Deserialize, Serialize};

use super::seal::{KeyError, random_text};
use super::{Caller, Key, Principals, Who, user};

/// What a token is sealed for.
const TOKEN: &str = "session token";
/// The most sessions that are kept opened.
const OPENED_MAX: usize = 1000;
/// How long a session lasts, in seconds: as AWS has it.
const SECONDS_MIN: u64 = 900;
const SECONDS_MAX: u64 = 129_600;
const SECONDS: u64 = 43_200;
const SECONDS_OF_ROOT: u64 = 3600;
/// The most characters of a session's name.
const NAME_CHARACTERS_MAX: usize = 32;

/// What a token holds.
#[derive(Serialize, Deserialize)]
struct Token {
    id: String,
    secret: String,
    /// The key that it was asked for with.
    source: String,
    /// What tells that key's secret from another one's.
    mark: [u8; 8],
    name: Option<String>,
    policy: Option<String>,
    issued_ms: u64,
    expires_ms: u64,
}

/// A session.
pub(crate) struct Session {
    id: String,
    pub(super) secret: Secret,
    pub(super) principal: Principal,
    source: String,
    mark: [u8; 8],
    pub(crate) name: Option<String>,
    pub(crate) policy: Option<Policy>,
    pub(crate) issued_ms: u64,
    expires_ms: u64,
}

/// Sessions by their tokens.
#[derive(Default)]
pub(super) struct Opened(RwLock<HashMap<String, Arc<Session>>>);

/// What is asked for.
#[derive(Default)]
pub(crate) struct SessionRequest {
    pub(crate) seconds: Option<u64>,
    pub(crate) name: Option<String>,
    pub(crate) policy: Option<String>,
}

/// What is given.
pub(crate) struct Grant {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) token: String,
    pub(crate) expires_ms: u64,
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SessionFault {
    /// Nobody has signed, so that there is nobody to be.
    #[error(
        "Only who signs with an access key gets a session: ask a server that has users, as one of them"
    )]
    Open,
    /// A session's session.
    #[error("Cannot call GetSessionToken with session credentials")]
    OfSession,
    /// A time that is too short or too long.
    #[error("DurationSeconds must be between {SECONDS_MIN} and {SECONDS_MAX}")]
    Duration,
    /// What cannot be a name.
    #[error("SessionName must have 2 to {NAME_CHARACTERS_MAX} characters of [a-zA-Z0-9_+=,.@-]")]
    Name,
    /// What is no policy.
    #[error(transparent)]
    Policy(#[from] policy::Fault),
    /// There is no key to seal with.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl SessionRequest {
    /// Refuses what nobody gets.
    pub(crate) fn check(&self) -> Result<(), SessionFault> {
        let is_duration = |seconds: u64| (SECONDS_MIN..=SECONDS_MAX).contains(&seconds);
        if !self.seconds.is_none_or(is_duration) {
            return Err(SessionFault::Duration);
        }
        let is_name =
            |name: &String| name.len() >= 2 && user::has_name_characters(name, NAME_CHARACTERS_MAX);
        if !self.name.as_ref().is_none_or(is_name) {
            return Err(SessionFault::Name);
        }
        if let Some(document) = &self.policy {
            Policy::parse(document, Kind::Session)?;
        }
        Ok(())
    }
}

impl Session {
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn check_time(&self, now_ms: u64) -> Result<(), auth::Error> {
        if now_ms < self.expires_ms { Ok(()) } else { Err(auth::Error::ExpiredToken) }
    }
}

impl Principals {
    /// The session of a key id and a token, and the key that it was asked for with.
    pub(super) fn session(
        &self,
        key_id: &str,
        token: &str,
    ) -> Result<(Arc<Session>, Arc<Key>), auth::Error> {
        let opened = self.opened(token).ok_or(auth::Error::UnknownKey)?;
        if opened.id != key_id {
            return Err(auth::Error::UnknownKey);
        }
        let source = self.key(&opened.source).filter(|key| key.secret.mark() == opened.mark);
        Ok((opened, source.ok_or(auth::Error::UnknownKey)?))
    }

    fn opened(&self, token: &str) -> Option<Arc<Session>> {
        let known = self.sessions.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(session) = known.get(token) {
            return Some(Arc::clone(session));
        }
        drop(known);
        let text = self.seal.open(TOKEN, token).ok()?;
        let opened: Token = serde_json::from_str(&text).ok()?;
        let source = self.key(&opened.source)?;
        let policy = opened.policy.map(|document| Policy::parse(&document, Kind::Session));
        let session = Arc::new(Session {
            principal: principal(&source, opened.name.as_deref()),
            id: opened.id,
            secret: Secret::new(opened.secret),
            source: opened.source,
            mark: opened.mark,
            name: opened.name,
            policy: policy.transpose().ok()?,
            issued_ms: opened.issued_ms,
            expires_ms: opened.expires_ms,
        });
        let mut known = self.sessions.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= OPENED_MAX {
            known.clear();
        }
        known.insert(token.to_owned(), Arc::clone(&session));
        Some(session)
    }

    /// Gives a caller credentials for a time. What is asked for has been checked.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn begin_session(
        &self,
        caller: &Caller,
        asked: SessionRequest,
    ) -> Result<Grant, SessionFault> {
        let source = match &caller.who {
            Who::Anybody => return Err(SessionFault::Open),
            Who::Session(..) => return Err(SessionFault::OfSession),
            Who::Key(key) => key,
        };
        let usual = if source.person().is_some() { SECONDS } else { SECONDS_OF_ROOT };
        let seconds = asked.seconds.unwrap_or(usual);
        let issued_ms = self.clock.now_ms();
        let token = Token {
            id: format!("ASIA{}", random_text::<16>(super::change::ID_ALPHABET)),
            secret: random_text::<40>(super::change::SECRET_ALPHABET),
            source: source.id.clone(),
            mark: source.secret.mark(),
            name: asked.name,
            policy: asked.policy,
            issued_ms,
            expires_ms: issued_ms + seconds * 1000,
        };
        let text = serde_json::to_string(&token).expect("texts and numbers");
        let sealed = self.seal.seal(TOKEN, &text)?;
        let Token { id, secret, expires_ms, .. } = token;
        Ok(Grant { id, secret, token: sealed, expires_ms })
    }
}

/// Who a session is: the one whose key asked for it, or somebody of its own name whom policies can tell apart.
fn principal(source: &Key, name: Option<&str>) -> Principal {
    let of = source.principal();
    let Some(name) = name else { return of.clone() };
    let account = of.account.clone();
    Principal {
        arn: format!("arn:aws:sts::{account}:federated-user/{name}"),
        account,
        kind: PrincipalKind::Session { of: of.arn.clone() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_with_its_time() {
        let session = Session {
            id: "ASIA".to_owned(),
            secret: Secret::new("secret".to_owned()),
            principal: crate::principals::root("123456789012"),
            source: "AKIA".to_owned(),
            mark: [0; 8],
            name: None,
            policy: None,
            issued_ms: 0,
            expires_ms: 1000,
        };
        assert_eq!(session.check_time(999), Ok(()));
        assert_eq!(session.check_time(1000), Err(auth::Error::ExpiredToken));
    }
}
