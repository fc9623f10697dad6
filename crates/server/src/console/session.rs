//! Who uses the console: sessions of browsers.
//!
//! A session is a cookie that no script can read, and a sign that every request carries besides, which no other page
//! knows. It is kept in memory, and ends after twelve hours without use, with the key that was shown, or with the server.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use http::header::{COOKIE, ORIGIN};
use http::{HeaderMap, HeaderValue, Method};

use super::fault::Fault;
use super::page::Page;
use crate::principals::{Bearer, random};

/// The cookie's name.
const COOKIE_NAME: &str = "pixii_session";
/// The header with the session's sign.
const SIGN: &str = "x-pixii-csrf";
/// The most sessions. The one that is unused for longest makes room.
const SESSIONS_MAX: usize = 10_000;
/// How long a session is kept without use.
const IDLE_TIME: Duration = Duration::from_hours(12);
/// So many may fail to sign in from one address within [`ATTEMPTS_TIME`].
const ATTEMPTS_MAX: usize = 20;
const ATTEMPTS_TIME: Duration = Duration::from_mins(1);
/// Addresses whose failures are counted at one time.
const SOURCES_MAX: usize = 10_000;

/// A session.
#[derive(Clone)]
pub(super) struct Session {
    /// What every request carries.
    pub(super) csrf: String,
    /// The key that was shown; none on a server that checks no signatures.
    pub(super) bearer: Option<Bearer>,
}

struct Kept {
    session: Session,
    used: Instant,
}

/// All sessions.
#[derive(Default)]
pub(crate) struct Sessions {
    sessions: Mutex<HashMap<String, Kept>>,
    failures: Mutex<HashMap<IpAddr, VecDeque<Instant>>>,
}

impl Sessions {
    /// Begins a session, and gives the cookie that is its name.
    pub(super) fn begin(&self, bearer: Option<Bearer>) -> (String, Session) {
        let name = BASE64.encode(random::<32>());
        let session = Session { csrf: BASE64.encode(random::<32>()), bearer };
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if SESSIONS_MAX <= sessions.len() {
            sessions.retain(|_, kept| now.duration_since(kept.used) < IDLE_TIME);
            let oldest =
                sessions.iter().min_by_key(|(_, kept)| kept.used).map(|(name, _)| name.clone());
            if let Some(oldest) = oldest.filter(|_| SESSIONS_MAX <= sessions.len()) {
                sessions.remove(&oldest);
            }
        }
        sessions.insert(name.clone(), Kept { session: session.clone(), used: now });
        (name, session)
    }

    /// Ends a session.
    pub(super) fn end(&self, headers: &HeaderMap) {
        if let Some(name) = cookie(headers) {
            self.sessions.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
        }
    }

    /// The session that a request belongs to.
    pub(super) fn of(&self, headers: &HeaderMap) -> Option<Session> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = sessions.get_mut(cookie(headers)?)?;
        let now = Instant::now();
        (now.duration_since(kept.used) < IDLE_TIME).then(|| {
            kept.used = now;
            kept.session.clone()
        })
    }

    /// Counts who failed to sign in.
    pub(super) fn count_failure(&self, source: IpAddr) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if SOURCES_MAX <= failures.len() && !failures.contains_key(&source) {
            failures.clear();
        }
        failures.entry(source).or_default().push_back(Instant::now());
    }

    /// Refuses an address from which too many have failed to sign in.
    pub(super) fn check_attempts(&self, source: IpAddr) -> Result<(), Fault> {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(failed) = failures.get_mut(&source) else { return Ok(()) };
        while failed.front().is_some_and(|failed| ATTEMPTS_TIME <= failed.elapsed()) {
            failed.pop_front();
        }
        if failed.len() < ATTEMPTS_MAX { Ok(()) } else { Err(Fault::TooManyAttempts) }
    }
}

impl Session {
    /// Refuses a request that has not this session's sign.
    pub(super) fn check_sign(&self, headers: &HeaderMap) -> Result<(), Fault> {
        let sign = headers.get(SIGN).map(HeaderValue::as_bytes).unwrap_or_default();
        let is_right =
            aws_lc_rs::constant_time::verify_slices_are_equal(sign, self.csrf.as_bytes()).is_ok();
        if is_right { Ok(()) } else { Err(Fault::Csrf) }
    }
}

/// Refuses a request that a page of elsewhere sends. Where no signatures are checked, the address must also be one that
/// no name server can give to another page: one of this machine, or a number.
pub(super) fn check_origin(page: &Page, method: &Method) -> Result<(), Fault> {
    let Page { shared, headers, host, .. } = page;
    let origin =
        headers.get(ORIGIN).and_then(|origin| origin.to_str().ok()).ok_or(Fault::Foreign)?;
    let is_same =
        origin.split_once("://").is_some_and(|(_, origin)| origin.eq_ignore_ascii_case(host));
    let is_sure = !shared.principals.is_open()
        || is_number(host)
        || shared.origins.allow(true, method, headers);
    if is_same && is_sure { Ok(()) } else { Err(Fault::Foreign) }
}

/// Whether a host is an address, perhaps with a port.
fn is_number(host: &str) -> bool {
    host.parse::<std::net::IpAddr>().is_ok() || host.parse::<std::net::SocketAddr>().is_ok()
}

/// The cookie of a session.
pub(super) fn set_cookie(name: &str, is_secure: bool) -> HeaderValue {
    let secure = if is_secure { "; Secure" } else { "" };
    let text =
        format!("{COOKIE_NAME}={name}; Path=/_pixii/console; HttpOnly; SameSite=Strict{secure}");
    HeaderValue::from_str(&text).expect("letters and digits are fine in a header")
}

/// The cookie that takes a session's away.
pub(super) fn clear_cookie() -> HeaderValue {
    HeaderValue::from_static(
        "pixii_session=; Path=/_pixii/console; HttpOnly; SameSite=Strict; Max-Age=0",
    )
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';'));
    pairs.find_map(|pair| pair.trim().strip_prefix(COOKIE_NAME)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn with_cookie(name: &str) -> HeaderMap {
        let other = HeaderValue::from_static("theme=dark");
        let own = HeaderValue::from_str(&format!("a=b; {COOKIE_NAME}={name}")).unwrap();
        HeaderMap::from_iter([(COOKIE, other), (COOKIE, own)])
    }

    #[test]
    fn a_session_is_found_by_its_cookie_among_others() {
        let sessions = Sessions::default();
        let (name, session) = sessions.begin(None);
        assert_eq!(sessions.of(&with_cookie(&name)).unwrap().csrf, session.csrf);
        assert!(sessions.of(&with_cookie("another")).is_none());
        assert!(sessions.of(&HeaderMap::new()).is_none());
        sessions.end(&with_cookie(&name));
        assert!(sessions.of(&with_cookie(&name)).is_none());
    }

    #[test]
    fn the_session_that_is_unused_for_longest_makes_room() {
        let sessions = Sessions::default();
        let (first, _) = sessions.begin(None);
        let (second, _) = sessions.begin(None);
        assert!(sessions.of(&with_cookie(&first)).is_some());
        for _ in 2..=SESSIONS_MAX {
            sessions.begin(None);
        }
        assert_eq!(sessions.sessions.lock().unwrap().len(), SESSIONS_MAX);
        assert!(sessions.of(&with_cookie(&second)).is_none());
        assert!(sessions.of(&with_cookie(&first)).is_some());
    }

    #[test]
    fn who_fails_to_sign_in_locks_out_nobody_elsewhere() {
        let sessions = Sessions::default();
        let [one, other] = [1, 2].map(|last| IpAddr::V4(Ipv4Addr::new(192, 0, 2, last)));
        for _ in 0..ATTEMPTS_MAX {
            assert!(sessions.check_attempts(one).is_ok());
            sessions.count_failure(one);
        }
        assert!(sessions.check_attempts(one).is_err());
        assert!(sessions.check_attempts(other).is_ok());
    }
}
