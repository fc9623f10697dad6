//! Signature Version 4: what a request claims, and whether that is true.
//!
//! Three steps, because the service looks at the body in between, and because whose secret it is only the caller
//! of this knows: [`Signature::read`] finds a signature that is whole, [`Signature::claim`] what it claims,
//! [`Claim::verify`] whether that is true. Every request passes here, so the text that was signed is never built: its
//! parts go straight into the hash.

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
use scope::Scope;

pub use key::Secret;
pub use scope::is_region;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// The header that names the operation.
const TARGET: &str = "x-amz-target";
/// The account of an access key that does not name one.
pub const DEFAULT_ACCOUNT: &str = "123456789012";
/// The longest that a signature in a query may say it is good for, in seconds: seven days.
const EXPIRES_MAX: u64 = 7 * 24 * 60 * 60;

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
    /// How long a signature in a query is good for, in seconds.
    expires: Option<Cow<'a, str>>,
    session_token: Option<Cow<'a, str>>,
}

/// What a signature claims. It is of the right form, and nothing else is known of it yet.
#[derive(Debug, Clone)]
pub struct Claim<'a> {
    signature: &'a Signature<'a>,
    scope: Scope<'a>,
    date: Date,
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
            let token = request.header("x-amz-security-token");
            return Ok(Self {
                algorithm: algorithm.into(),
                credential: credential.into(),
                signed_headers: signed_headers.into(),
                digest: signature.into(),
                date: date.into(),
                expires: None,
                session_token: token.filter(|token| !token.is_empty()).map(Cow::Borrowed),
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
        let signature = Self {
            algorithm: take("X-Amz-Algorithm"),
            credential: take("X-Amz-Credential"),
            digest: take("X-Amz-Signature"),
            signed_headers: take("X-Amz-SignedHeaders"),
            date: take("X-Amz-Date"),
            expires: None,
            session_token: None,
        };
        if !missing.is_empty() {
            return Err(Error::IncompleteQuery { missing });
        }
        let session_token = query.remove("X-Amz-Security-Token").filter(|token| !token.is_empty());
        Ok(Self { expires: query.remove("X-Amz-Expires"), session_token, ..signature })
    }

    /// The access key's id, as far as it has one.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.credential.split('/').next().filter(|id| !id.is_empty())
    }

    /// What it claims, at a time in milliseconds since 1970; without one, whenever it was made.
    ///
    /// # Errors
    /// The first reason not to listen, in the service's order.
    pub fn claim(&self, now_ms: Option<u64>) -> Result<Claim<'_>, Error> {
        let date = Date::parse(&self.date)?;
        if let Some(now_ms) = now_ms {
            date.check(now_ms / 1000, self.seconds()?)?;
        }
        if !self.is_signed("host") {
            return Err(Error::HostNotSigned);
        }
        if self.algorithm != ALGORITHM {
            return Err(Error::Algorithm(echo(&self.algorithm)));
        }
        let scope = Scope::parse(&self.credential)?;
        scope.check(&date)?;
        if scope.key_id.is_empty() {
            return Err(Error::UnknownKey);
        }
        Ok(Claim { signature: self, scope, date })
    }

    /// How long it is good for, in seconds: as long as any, or less where it says so.
    fn seconds(&self) -> Result<u64, Error> {
        let Some(text) = &self.expires else { return Ok(date::SKEW_SECONDS_MAX) };
        let seconds =
            text.parse::<u64>().ok().filter(|seconds| (1..=EXPIRES_MAX).contains(seconds));
        seconds.ok_or_else(|| Error::Expires(echo(text)))
    }

    fn is_signed(&self, header: &str) -> bool {
        self.signed_headers.split(';').any(|name| name.eq_ignore_ascii_case(header))
    }
}

impl Claim<'_> {
    /// The access key's id.
    #[must_use]
    pub fn key_id(&self) -> &str {
        self.scope.key_id
    }

    /// The Region that the credential is for.
    #[must_use]
    pub fn region(&self) -> &str {
        self.scope.region
    }

    /// The token that temporary credentials come with.
    #[must_use]
    pub fn session_token(&self) -> Option<&str> {
        self.signature.session_token.as_deref()
    }

    /// Whether the request was signed with this secret, its `body` as it was sent.
    ///
    /// # Errors
    /// [`Error::TargetNotSigned`] where the request could have been pointed at another operation since, and
    /// [`Error::Mismatch`], after the same time for any signature that is wrong.
    pub fn verify(&self, secret: &Secret, request: &Request<'_>, body: &[u8]) -> Result<(), Error> {
        if request.headers.contains_key(TARGET) && !self.signature.is_signed(TARGET) {
            return Err(Error::TargetNotSigned);
        }
        let request_hash = canonical::hash(request, &self.signature.signed_headers, body);
        secret.verify(&self.scope, &self.date, &request_hash, &self.signature.digest)
    }
}

/// The account of an access key of nobody in particular: 12 digits are one.
#[must_use]
pub fn account(key_id: &str) -> &str {
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
