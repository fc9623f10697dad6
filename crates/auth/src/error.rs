//! Every reason to refuse a request for its signature. The texts are the service's, and clients match on them.

/// The most bytes of a request that a message repeats.
const ECHO_BYTES_MAX: usize = 1024;

/// A reason to refuse a request for its signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A signature in the header and another in the query.
    #[error(
        "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."
    )]
    BothForms,
    /// No signature at all.
    #[error("Request is missing Authentication Token")]
    Missing,
    /// A part of the header that names nothing.
    #[error(
        "'{part}' not a valid key=value pair (missing equal-sign) in Authorization header: '{header}'."
    )]
    NotAPair {
        /// The part.
        part: String,
        /// The whole header.
        header: String,
    },
    /// A header without some of its parts.
    #[error("{}Authorization={header}", sentences(.missing))]
    IncompleteHeader {
        /// What is not there.
        missing: Vec<HeaderPart>,
        /// The whole header.
        header: String,
    },
    /// A query without some of its parts.
    #[error("{}Re-examine the query-string parameters.", sentences(.missing))]
    IncompleteQuery {
        /// What is not there.
        missing: Vec<QueryPart>,
    },
    /// A time that is none.
    #[error(
        "Date must be in ISO-8601 'basic format'. Got '{0}'. See http://en.wikipedia.org/wiki/ISO_8601"
    )]
    DateFormat(String),
    /// Signed too long ago.
    #[error("Signature expired: {signed} is now earlier than {bound} ({now} - {lasts}.)")]
    Expired {
        /// When it was signed.
        signed: String,
        /// The earliest time that would do.
        bound: String,
        /// The time here.
        now: String,
        /// How long it was good for.
        lasts: Lasting,
    },
    /// Signed by a clock that is too far ahead.
    #[error("Signature not yet current: {signed} is still later than {bound} ({now} + 15 min.)")]
    NotYetCurrent {
        /// When it was signed.
        signed: String,
        /// The latest time that would do.
        bound: String,
        /// The time here.
        now: String,
    },
    /// A signature that does not cover whom the request is for.
    #[error("'Host' must be a 'SignedHeader' in the AWS Authorization.")]
    HostNotSigned,
    /// A signature that does not cover which operation the request is for.
    #[error("'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization.")]
    TargetNotSigned,
    /// Another way to sign.
    #[error("Unsupported AWS 'algorithm': '{0}' (only AWS4-HMAC-SHA256 for now). ")]
    Algorithm(String),
    /// A credential of fewer or more elements.
    #[error(
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{0}'"
    )]
    CredentialElements(String),
    /// A credential for another day, Region or service.
    #[error("{}", sentences(.0).trim_end())]
    Scope(Vec<ScopeFault>),
    /// A time to last, in the query, that is none.
    #[error("X-Amz-Expires should be a number of seconds between 1 and 604800, got '{0}'.")]
    Expires(String),
    /// A key id that nobody has, or a session token that is not its own.
    #[error("The security token included in the request is invalid.")]
    UnknownKey,
    /// A session that is over.
    #[error("The security token included in the request is expired")]
    ExpiredToken,
    /// Signed with another secret, or changed since.
    #[error(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
    )]
    Mismatch,
}

impl Error {
    /// A credential for a Region whose tables are not here, told as the service tells of one that it is not.
    #[must_use]
    pub fn elsewhere(region: &str) -> Self {
        Self::Scope(vec![ScopeFault::Region(echo(region))])
    }
}

/// How long a signature is good for, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lasting(pub u64);

impl std::fmt::Display for Lasting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(seconds) = self;
        if seconds % 60 == 0 {
            write!(f, "{} min", seconds / 60)
        } else {
            write!(f, "{seconds} sec")
        }
    }
}

/// A part of a signature in the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderPart {
    /// `Credential`.
    #[error("Authorization header requires 'Credential' parameter.")]
    Credential,
    /// `Signature`.
    #[error("Authorization header requires 'Signature' parameter.")]
    Signature,
    /// `SignedHeaders`.
    #[error("Authorization header requires 'SignedHeaders' parameter.")]
    SignedHeaders,
    /// The time, which is a header of its own.
    #[error("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")]
    Date,
}

/// A part of a signature in the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("AWS query-string parameters must include '{0}'.")]
pub struct QueryPart(pub &'static str);

/// A part of a credential's scope that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScopeFault {
    /// A Region whose name is none, or that is elsewhere.
    #[error("Credential should be scoped to a valid region, not '{0}'.")]
    Region(String),
    /// Another service.
    #[error("Credential should be scoped to correct service: 'dynamodb'.")]
    Service,
    /// Another last element.
    #[error("Credential should be scoped with a valid terminator: 'aws4_request', not '{0}'.")]
    Terminator(String),
    /// Another day than the request's.
    #[error(
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{scope}' != '{day}', from '{signed}'."
    )]
    Date {
        /// The scope's day.
        scope: String,
        /// The day of the time of signing.
        day: String,
        /// The time of signing.
        signed: String,
    },
}

/// One sentence each, with a space behind it.
fn sentences<T: std::fmt::Display>(faults: &[T]) -> String {
    faults.iter().flat_map(|fault| [fault.to_string(), " ".to_owned()]).collect()
}

/// As much of the caller's own text as a message may repeat.
pub(crate) fn echo(text: &str) -> String {
    let end = text.floor_char_boundary(ECHO_BYTES_MAX);
    text.get(..end).unwrap_or(text).to_owned()
}
