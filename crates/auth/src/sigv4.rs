//! Signature Version 4: what a request claims, and whether that is true.
//!
//! Two steps, because the service looks at the body in between: [`Signature::read`] finds the
//! claim and whether it is whole, [`Trust::caller`] judges it. Every request passes here, so
//! the text that was signed is never built: its parts go straight into the hash.

mod canonical;
mod date;
mod key;
mod scope;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::HashMap;

use http::header::{AUTHORIZATION, DATE, HOST};
use http::{HeaderMap, Method, Uri};
use percent_encoding::percent_decode_str;

use crate::error::{Error, HeaderPart, QueryPart, echo};
use date::Date;
use key::Secret;
use scope::Scope;

pub use scope::is_region;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// The account of an access key that does not name one.
const DEFAULT_ACCOUNT: &str = "123456789012";

/// The parts of a request that a signature covers, besides its body.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The method.
    pub method: &'a Method,
    /// The path, the query, and under HTTP/2 the host.
    pub uri: &'a Uri,
    /// The headers.
    pub headers: &'a HeaderMap,
}

impl<'a> Request<'a> {
    /// What the client calls this server. HTTP/2 says it beside the path instead of in a header.
    #[must_use]
    pub fn host(&self) -> Option<&'a str> {
        match self.headers.get(HOST) {
            Some(host) => host.to_str().ok(),
            None => self.uri.authority().map(http::uri::Authority::as_str),
        }
    }

    /// A header's text; `None` where it is absent or no ASCII.
    fn header(&self, name: impl http::header::AsHeaderName) -> Option<&'a str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// A signature as the request carries it: whole, and nothing else is known of it yet.
#[derive(Debug, Clone)]
pub struct Signature<'a> {
    algorithm: Cow<'a, str>,
    credential: Cow<'a, str>,
    signed_headers: Cow<'a, str>,
    digest: Cow<'a, str>,
    date: Cow<'a, str>,
    has_session_token: bool,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The account, 12 digits.
    pub account: String,
    /// The Region that the credential is for.
    pub region: String,
}

/// Whom to believe.
pub enum Trust {
    /// Anybody. A request must have a signature of the right form, but neither its time nor
    /// its secret counts: clocks of tests stand still, and the secret is whatever a client has.
    Open,
    /// Who knows a secret.
    Verified(Secrets),
}

/// The secrets by key id.
pub struct Secrets {
    by_key_id: HashMap<String, Secret>,
}

impl FromIterator<(String, String)> for Secrets {
    /// From pairs of a key id and its secret.
    fn from_iter<T: IntoIterator<Item = (String, String)>>(pairs: T) -> Self {
        let secrets = pairs.into_iter().map(|(key_id, secret)| (key_id, Secret::new(secret)));
        Self { by_key_id: secrets.collect() }
    }
}

impl<'a> Signature<'a> {
    /// Finds a request's signature, in its header or in its query.
    ///
    /// # Errors
    /// Where there is none, or two, or some of its parts are not there.
    pub fn read(request: &Request<'a>) -> Result<Self, Error> {
        let query = request.uri.query().map(parameters);
        let query = query.filter(|query| query.contains_key("X-Amz-Algorithm"));
        match (request.header(AUTHORIZATION), query) {
            (Some(_), Some(_)) => Err(Error::BothForms),
            (Some(header), None) if header.starts_with("AWS4-") => {
                Self::from_header(request, header)
            }
            (None, Some(query)) => Self::from_query(query),
            (Some(_) | None, None) => Err(Error::Missing),
        }
    }

    fn from_header(request: &Request<'a>, header: &'a str) -> Result<Self, Error> {
        let (mut credential, mut signature, mut signed_headers) = (None, None, None);
        let (algorithm, rest) = header.split_once([',', ' ', '\t']).unwrap_or((header, ""));
        // Commas with or without spaces separate the parts, or spaces alone. Bytes are searched
        // for them, since a search of characters takes a fifth of the whole.
        let parts = rest.as_bytes().split(|byte| matches!(byte, b',' | b' ' | b'\t'));
        let parts = parts.filter_map(|part| std::str::from_utf8(part).ok());
        for part in parts.filter(|part| !part.is_empty()) {
            let Some((name, value)) = part.split_once('=') else {
                return Err(Error::NotAPair { part: echo(part), header: echo(header) });
            };
            match name {
                "Credential" if !value.is_empty() => credential = Some(value),
                "Signature" if !value.is_empty() => signature = Some(value),
                // Empty is a list too, of no headers: that is told later, as the host's absence.
                "SignedHeaders" => signed_headers = Some(value),
                _ => {}
            }
        }
        let date = request.header("x-amz-date").or_else(|| request.header(DATE));
        if let (Some(credential), Some(signature), Some(signed_headers), Some(date)) =
            (credential, signature, signed_headers, date)
        {
            let token = request.headers.get("x-amz-security-token");
            return Ok(Self {
                algorithm: algorithm.into(),
                credential: credential.into(),
                signed_headers: signed_headers.into(),
                digest: signature.into(),
                date: date.into(),
                has_session_token: token.is_some_and(|token| !token.is_empty()),
            });
        }
        let missing = [
            (credential, HeaderPart::Credential),
            (signature, HeaderPart::Signature),
            (signed_headers, HeaderPart::SignedHeaders),
            (date, HeaderPart::Date),
        ];
        let missing =
            missing.into_iter().filter_map(|(value, part)| value.is_none().then_some(part));
        Err(Error::IncompleteHeader { missing: missing.collect(), header: echo(header) })
    }

    fn from_query(mut query: HashMap<Cow<'a, str>, Cow<'a, str>>) -> Result<Self, Error> {
        let mut missing = Vec::new();
        let mut take = |name: &'static str| {
            let value = query.remove(name).filter(|value| !value.is_empty());
            if value.is_none() {
                missing.push(QueryPart(name));
            }
            value.unwrap_or_default()
        };
        // X-Amz-Expires is not asked for, nor heeded: fifteen minutes hold for either form.
        let signature = Self {
            algorithm: take("X-Amz-Algorithm"),
            credential: take("X-Amz-Credential"),
            digest: take("X-Amz-Signature"),
            signed_headers: take("X-Amz-SignedHeaders"),
            date: take("X-Amz-Date"),
            has_session_token: false,
        };
        if !missing.is_empty() {
            return Err(Error::IncompleteQuery { missing });
        }
        let has_session_token =
            query.get("X-Amz-Security-Token").is_some_and(|token| !token.is_empty());
        Ok(Self { has_session_token, ..signature })
    }

    fn is_signed(&self, header: &str) -> bool {
        self.signed_headers.split(';').any(|name| name.eq_ignore_ascii_case(header))
    }
}

impl Trust {
    /// Who sent the request: `body` as it was sent, `now_ms` in milliseconds since 1970.
    ///
    /// # Errors
    /// The first reason not to believe the signature, in the service's order.
    pub fn caller(
        &self,
        request: &Request<'_>,
        signature: &Signature<'_>,
        body: &[u8],
        now_ms: u64,
    ) -> Result<Caller, Error> {
        let date = Date::parse(&signature.date)?;
        if let Self::Verified(_) = self {
            date.check(now_ms / 1000)?;
        }
        if !signature.is_signed("host") {
            return Err(Error::HostNotSigned);
        }
        if signature.algorithm != ALGORITHM {
            return Err(Error::Algorithm(echo(&signature.algorithm)));
        }
        let scope = Scope::parse(&signature.credential)?;
        scope.check(&date)?;
        match self {
            Self::Open if scope.key_id.is_empty() => return Err(Error::UnknownKey),
            Self::Open => {}
            Self::Verified(secrets) => {
                let secret = secrets.by_key_id.get(scope.key_id).ok_or(Error::UnknownKey)?;
                let request_hash = canonical::hash(request, &signature.signed_headers, body);
                secret.verify(&scope, &date, &request_hash, &signature.digest)?;
                // Session tokens come from a service that Pixii is not.
                if signature.has_session_token {
                    return Err(Error::UnknownKey);
                }
            }
        }
        Ok(Caller { account: account(scope.key_id).to_owned(), region: scope.region.to_owned() })
    }
}

/// The account of an access key.
fn account(key_id: &str) -> &str {
    let is_account = key_id.len() == 12 && key_id.bytes().all(|byte| byte.is_ascii_digit());
    if is_account { key_id } else { DEFAULT_ACCOUNT }
}

/// The query's parameters, decoded. Of two with one name, the later one counts.
fn parameters(query: &str) -> HashMap<Cow<'_, str>, Cow<'_, str>> {
    let decoded = |text| percent_decode_str(text).decode_utf8_lossy();
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(name, value)| (decoded(name), decoded(value))).collect()
}
