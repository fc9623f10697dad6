//! Replies: the only place where errors become statuses.

use std::borrow::Cow;
use std::io::Write;

use bytes::Bytes;
use database::error::{
    CancellationReason, GlobalTable, Off, StreamMissing, Throttled, Unrestorable,
};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, CONTENT_ENCODING, CONTENT_TYPE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::Full;
use serde::Serialize;
use types::Item;

use crate::admin::{AdminFault, Code};
use crate::error::Refusal;
use crate::metrics::Failure;
use crate::peer;
use crate::wire::Wishes;

static CRC32: HeaderName = HeaderName::from_static("x-amz-crc32");
static REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

const EXPOSED_HEADERS: &str = "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date";
/// How long a browser may remember that it may ask: two days.
const MAX_AGE_SECONDS: &str = "172800";
/// Load balancers look for this text. Its Region says nothing.
const HEALTHY: &str = "healthy: dynamodb.us-east-1.amazonaws.com ";
/// The text that Prometheus reads.
const METRICS_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Replies up to this size are never compressed.
const PLAIN_BYTES_MAX: usize = 4096;
const REQUEST_ID_CHARACTERS: usize = 52;

/// A reply before its headers that are the same for all.
pub(crate) struct Reply {
    status: StatusCode,
    content: Content,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// The exception's name with its prefix, if the reply tells of one.
    kind: Option<&'static str>,
}

enum Content {
    Json(Vec<u8>),
    Bytes(Bytes),
    Text(Cow<'static, str>),
    /// Nothing, not even a checksum.
    None,
}

impl Reply {
    /// The reply of an operation.
    pub(crate) fn json(body: Vec<u8>) -> Self {
        Self::new(StatusCode::OK, Content::Json(body))
    }

    /// An answer to the server of another Region.
    pub(crate) fn bytes(bytes: Bytes) -> Self {
        let kind = HeaderValue::from_static(peer::CONTENT);
        Self {
            headers: vec![(CONTENT_TYPE, kind)],
            ..Self::new(StatusCode::OK, Content::Bytes(bytes))
        }
    }

    fn new(status: StatusCode, content: Content) -> Self {
        Self { status, content, headers: Vec::new(), kind: None }
    }

    fn text(status: StatusCode, text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(status, Content::Text(text.into()))
    }

    fn empty(status: StatusCode) -> Self {
        Self::new(status, Content::None)
    }

    /// What is counted and measured.
    pub(crate) fn metrics(text: String) -> Self {
        let kind = HeaderValue::from_static(METRICS_TYPE);
        Self { headers: vec![(CONTENT_TYPE, kind)], ..Self::text(StatusCode::OK, text) }
    }

    /// How the request failed, if it did.
    pub(crate) fn failure(&self) -> Option<Failure> {
        let Self { status, kind, .. } = *self;
        (!status.is_success()).then_some(Failure { status, kind })
    }

    /// That all is well.
    pub(crate) fn health() -> Self {
        let plain = HeaderValue::from_static("text/plain");
        Self { headers: vec![(CONTENT_TYPE, plain)], ..Self::text(StatusCode::OK, HEALTHY) }
    }

    /// That a web page may ask whatever it wants to.
    pub(crate) fn preflight(asked: &HeaderMap) -> Self {
        let echo = |asked_name, name| Some((name, asked.get(asked_name)?.clone()));
        let headers = [
            echo(ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_ALLOW_HEADERS),
            echo(ACCESS_CONTROL_REQUEST_METHOD, ACCESS_CONTROL_ALLOW_METHODS),
            Some((ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE_SECONDS))),
        ];
        Self { headers: headers.into_iter().flatten().collect(), ..Self::empty(StatusCode::OK) }
    }

    /// Why a request does not get what it asked for.
    pub(crate) fn refusal(refusal: &Refusal) -> Self {
        let json = |status, fault: Fault<'_>| Self {
            kind: Some(fault.kind),
            ..Self::new(status, Content::Json(fault.to_json()))
        };
        let (bad, internal) = (StatusCode::BAD_REQUEST, StatusCode::INTERNAL_SERVER_ERROR);
        match refusal {
            Refusal::Origin | Refusal::Page => {
                Self::text(StatusCode::FORBIDDEN, refusal.to_string())
            }
            // As JSON, of which the other server logs the message.
            Refusal::NoPeers | Refusal::NoPeerCertificate => {
                json(StatusCode::FORBIDDEN, Fault::new(DENIED).with(refusal))
            }
            Refusal::NotFound => Self::text(StatusCode::NOT_FOUND, refusal.to_string()),
            Refusal::TooLarge => Self::empty(StatusCode::PAYLOAD_TOO_LARGE),
            Refusal::Slow => Self::empty(StatusCode::REQUEST_TIMEOUT),
            Refusal::BrokeOff(_) => Self::empty(bad),
            Refusal::Encoding(_) => json(bad, Fault::new(SERIALIZATION).with_capital(refusal)),
            Refusal::Malformed => json(bad, Fault::new(SERIALIZATION)),
            Refusal::UnknownOperation => json(bad, Fault::new(UNKNOWN_OPERATION)),
            Refusal::Query(_) => json(bad, Fault::new(VALIDATION).with(refusal)),
            Refusal::Denied(_) => json(bad, Fault::new(DENIED).with_capital(refusal)),
            Refusal::Policy(_) | Refusal::LocksOut => {
                json(bad, Fault::new(VALIDATION).with(refusal))
            }
            Refusal::Busy => json(bad, Fault::new(THROTTLING).with(refusal)),
            Refusal::Admin(fault) => admin_fault(fault),
            Refusal::UnreadablePolicy => {
                tracing::error!("a resource has a policy that cannot be read");
                json(internal, Fault::new(INTERNAL).with(refusal))
            }
            Refusal::Auth(error) => json(bad, Fault::new(auth_kind(error)).with(error)),
            // A client that gets this status asks again, which is right for either.
            Refusal::Corrupt | Refusal::TimedOut => {
                json(internal, Fault::new(INTERNAL).with(refusal))
            }
            Refusal::Database(error) => {
                let (status, fault) = database_fault(error);
                json(status, fault)
            }
        }
    }

    /// The reply as the client wants it.
    pub(crate) fn into_response(self, wishes: Wishes) -> Response<Full<Bytes>> {
        let mut headers = HeaderMap::with_capacity(8);
        let body = match self.content {
            Content::Json(body) => {
                let name = wishes.content_type.name();
                headers.insert(CONTENT_TYPE, HeaderValue::from_static(name));
                if wishes.takes_gzip && PLAIN_BYTES_MAX < body.len() {
                    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                    compress(&body).into()
                } else {
                    Bytes::from(body)
                }
            }
            Content::Bytes(bytes) => bytes,
            Content::Text(Cow::Borrowed(text)) => Bytes::from_static(text.as_bytes()),
            Content::Text(Cow::Owned(text)) => text.into(),
            Content::None => Bytes::new(),
        };
        if !body.is_empty() {
            headers.insert(&CRC32, crc32fast::hash(&body).into());
        }
        headers.insert(&REQUEST_ID, request_id());
        if wishes.is_page {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            let exposed = HeaderValue::from_static(EXPOSED_HEADERS);
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
        headers.extend(self.headers);
        let mut response = Response::new(Full::new(body));
        *response.status_mut() = self.status;
        *response.headers_mut() = headers;
        response
    }
}

fn compress(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    let written = encoder.write_all(body).and_then(|()| encoder.finish());
    written.expect("memory takes all that is written to it")
}

/// An id to tell a reply from others by. Nobody can guess anything from it, and nothing depends on it.
fn request_id() -> HeaderValue {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHIJKLMNOPQRSTUV";
    let mut id = [b'0'; REQUEST_ID_CHARACTERS];
    // Five bits a digit, of sixty that a number gives.
    for digits in id.chunks_mut(12) {
        let mut random = fastrand::u64(..);
        for place in digits {
            let digit = usize::try_from(random & 31).unwrap_or_default();
            *place = DIGITS.get(digit).copied().unwrap_or(b'0');
            random >>= 5;
        }
    }
    HeaderValue::from_bytes(&id).expect("letters and digits are fine in a header")
}

const DENIED: &str = "com.amazon.coral.service#AccessDeniedException";
const INTERNAL: &str = "com.amazonaws.dynamodb.v20120810#InternalServerError";
const POLICY_NOT_FOUND: &str = "com.amazonaws.dynamodb.v20120810#PolicyNotFoundException";
const SERIALIZATION: &str = "com.amazon.coral.service#SerializationException";
const UNKNOWN_OPERATION: &str = "com.amazon.coral.service#UnknownOperationException";
const THROTTLING: &str = "com.amazon.coral.availability#ThrottlingException";
const VALIDATION: &str = "com.amazon.coral.validate#ValidationException";

/// The body of a reply that tells of a fault.
#[derive(Default, Serialize)]
struct Fault<'a> {
    #[serde(rename = "__type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// The message of those few exceptions whose member begins with a capital.
    #[serde(rename = "Message", skip_serializing_if = "Option::is_none")]
    capital_message: Option<String>,
    #[serde(rename = "Item", skip_serializing_if = "Option::is_none")]
    item: Option<&'a Item>,
    #[serde(rename = "CancellationReasons", skip_serializing_if = "Option::is_none")]
    reasons: Option<Vec<Reason<'a>>>,
    #[serde(rename = "ThrottlingReasons", skip_serializing_if = "Option::is_none")]
    capital_throttling_reasons: Option<[ThrottlingReason<'a>; 1]>,
    #[serde(rename = "throttlingReasons", skip_serializing_if = "Option::is_none")]
    throttling_reasons: Option<[ThrottlingReason<'a>; 1]>,
}

/// Why a request was not let in.
#[derive(Serialize)]
struct ThrottlingReason<'a> {
    reason: String,
    resource: &'a str,
}

impl<'a> ThrottlingReason<'a> {
    fn new(throttled: &'a Throttled) -> Self {
        Self { reason: throttled.reason(), resource: &throttled.resource }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Reason<'a> {
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<&'a Item>,
}

impl<'a> Reason<'a> {
    fn new(reason: &'a CancellationReason) -> Self {
        let (message, item) = (reason.message.as_deref(), reason.item.as_ref());
        Self { code: reason.code.name(), message, item }
    }
}

impl<'a> Fault<'a> {
    fn new(kind: &'static str) -> Self {
        Self { kind, ..Self::default() }
    }

    fn with(self, message: &impl ToString) -> Self {
        Self { message: Some(message.to_string()), ..self }
    }

    fn with_capital(self, message: &impl ToString) -> Self {
        Self { capital_message: Some(message.to_string()), ..self }
    }

    fn with_reason(self, throttled: &'a Throttled) -> Self {
        let reasons = Some([ThrottlingReason::new(throttled)]);
        // The two exceptions spell their member in two ways.
        if throttled.is_on_demand {
            Self { throttling_reasons: reasons, ..self }
        } else {
            Self { capital_throttling_reasons: reasons, ..self }
        }
    }

    fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts and items are JSON")
    }
}

/// A command about users that is not done. The kinds are IAM's, and so are the statuses but one: who may not is told
/// as everywhere here.
fn admin_fault(fault: &AdminFault) -> Reply {
    let (status, kind) = match fault.code() {
        Code::NoSuchEntity => (404, "com.amazonaws.iam#NoSuchEntity"),
        Code::DeleteConflict => (409, "com.amazonaws.iam#DeleteConflict"),
        Code::EntityAlreadyExists => (409, "com.amazonaws.iam#EntityAlreadyExists"),
        Code::LimitExceeded => (409, "com.amazonaws.iam#LimitExceeded"),
        Code::MalformedPolicyDocument => (400, "com.amazonaws.iam#MalformedPolicyDocument"),
        Code::ValidationError => (400, "com.amazonaws.iam#ValidationError"),
        Code::AccessDenied => (400, DENIED),
        Code::ServiceFailure => {
            tracing::error!(error = &error_chain(fault), "a command about users failed");
            (500, "com.amazonaws.iam#ServiceFailure")
        }
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let json = Fault::new(kind).with(fault).to_json();
    Reply { kind: Some(kind), ..Reply::new(status, Content::Json(json)) }
}

/// What an error says, and what lies behind it.
fn error_chain(error: &dyn std::error::Error) -> String {
    let all = std::iter::successors(Some(error), |error| error.source());
    all.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn auth_kind(error: &auth::Error) -> &'static str {
    use auth::Error;
    match error {
        Error::Missing => "com.amazon.coral.service#MissingAuthenticationTokenException",
        Error::NotAPair { .. }
        | Error::IncompleteHeader { .. }
        | Error::IncompleteQuery { .. }
        | Error::DateFormat(_)
        | Error::Expires(_)
        | Error::Algorithm(_)
        | Error::CredentialElements(_) => "com.amazon.coral.service#IncompleteSignatureException",
        Error::BothForms
        | Error::Expired { .. }
        | Error::NotYetCurrent { .. }
        | Error::HostNotSigned
        | Error::TargetNotSigned
        | Error::Scope(_)
        | Error::Mismatch => "com.amazon.coral.service#InvalidSignatureException",
        Error::ExpiredToken => "com.amazon.coral.service#ExpiredTokenException",
        Error::UnknownKey => "com.amazon.coral.service#UnrecognizedClientException",
    }
}

/// The exceptions of the database, whose names are in the service's model.
fn database_fault(error: &database::Error) -> (StatusCode, Fault<'_>) {
    use database::Error;
    let fault = |kind| (StatusCode::BAD_REQUEST, Fault::new(kind).with(error));
    match error {
        Error::Parameter(types::Error::Type(_)) => {
            (StatusCode::BAD_REQUEST, Fault::new(SERIALIZATION).with_capital(error))
        }
        Error::Parameter(_)
        | Error::Expression(_)
        | Error::Invalid(_)
        | Error::Enveloped(_)
        | Error::Scaling(_)
        | Error::Replica(_)
        | Error::OperationNotImplemented(_)
        | Error::ParameterNotImplemented(_) => fault(VALIDATION),
        Error::ConditionalCheckFailed { item, .. } => {
            let (status, fault) =
                fault("com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException");
            (status, Fault { item: item.as_deref(), ..fault })
        }
        Error::ResourceNotFound
        | Error::TableNotFound(_)
        | Error::ArnNotFound(_)
        | Error::IndexNotFound { .. }
        | Error::Unscalable(_) => {
            fault("com.amazonaws.dynamodb.v20120810#ResourceNotFoundException")
        }
        Error::TableInUse(_)
        | Error::IndexesInUse
        | Error::TableBeingCreated(_)
        | Error::ReplicaInUse(_) => {
            fault("com.amazonaws.dynamodb.v20120810#ResourceInUseException")
        }
        Error::AccessDenied => fault(DENIED),
        Error::PolicyRevision(_) => fault(POLICY_NOT_FOUND),
        Error::LimitExceeded(_) => fault("com.amazonaws.dynamodb.v20120810#LimitExceededException"),
        Error::ItemCollectionSizeLimitExceeded => {
            fault("com.amazonaws.dynamodb.v20120810#ItemCollectionSizeLimitExceededException")
        }
        Error::TransactionConflict => {
            fault("com.amazonaws.dynamodb.v20120810#TransactionConflictException")
        }
        Error::Throttled(throttled) => {
            let (status, fault) = fault(throttled_kind(throttled));
            (status, fault.with_reason(throttled))
        }
        Error::TransactionCanceled(reasons) => {
            let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
            let reasons = Some(reasons.iter().map(Reason::new).collect());
            let fault = Fault { reasons, ..Fault::new(kind).with_capital(error) };
            (StatusCode::BAD_REQUEST, fault)
        }
        Error::IdempotentParameterMismatch => {
            let kind = "com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException";
            (StatusCode::BAD_REQUEST, Fault::new(kind).with_capital(error))
        }
        Error::Off(off) => fault(off_kind(off)),
        Error::GlobalTable(reason) => fault(global_table_kind(reason)),
        Error::Unrestorable(reason) => fault(unrestorable_kind(reason)),
        Error::StreamMissing(missing) => fault(stream_kind(missing)),
        // SDKs ask again after this status, by when a restart may have helped.
        Error::RefusingWrites | Error::WriteFailed => {
            (StatusCode::INTERNAL_SERVER_ERROR, Fault::new(INTERNAL).with(error))
        }
        Error::Internal(source) => {
            tracing::error!(error = ?source, "an operation failed: {source}");
            (StatusCode::INTERNAL_SERVER_ERROR, Fault::new(INTERNAL).with(error))
        }
    }
}

fn global_table_kind(reason: &GlobalTable) -> &'static str {
    match reason {
        GlobalTable::NotFound(_) | GlobalTable::NoSettings(_) => {
            "com.amazonaws.dynamodb.v20120810#GlobalTableNotFoundException"
        }
        GlobalTable::Exists(_) => {
            "com.amazonaws.dynamodb.v20120810#GlobalTableAlreadyExistsException"
        }
        GlobalTable::ReplicaExists(_) => {
            "com.amazonaws.dynamodb.v20120810#ReplicaAlreadyExistsException"
        }
        GlobalTable::NoReplica(_) => "com.amazonaws.dynamodb.v20120810#ReplicaNotFoundException",
        GlobalTable::NoIndex(_) => "com.amazonaws.dynamodb.v20120810#IndexNotFoundException",
    }
}

fn unrestorable_kind(reason: &Unrestorable) -> &'static str {
    match reason {
        Unrestorable::RecoveryOff(_) => {
            "com.amazonaws.dynamodb.v20120810#PointInTimeRecoveryUnavailableException"
        }
        Unrestorable::Time { .. } => "com.amazonaws.dynamodb.v20120810#InvalidRestoreTimeException",
        Unrestorable::TargetExists(_) => {
            "com.amazonaws.dynamodb.v20120810#TableAlreadyExistsException"
        }
        Unrestorable::BackupInUse { .. } | Unrestorable::BackupUnfinished(_) => {
            "com.amazonaws.dynamodb.v20120810#BackupInUseException"
        }
    }
}

fn stream_kind(missing: &StreamMissing) -> &'static str {
    match missing {
        StreamMissing::Stream(_) | StreamMissing::Shard => {
            "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"
        }
        StreamMissing::Iterator => "com.amazonaws.dynamodb.v20120810#ExpiredIteratorException",
        StreamMissing::Records => "com.amazonaws.dynamodb.v20120810#TrimmedDataAccessException",
    }
}

fn throttled_kind(throttled: &Throttled) -> &'static str {
    if throttled.is_on_demand {
        "com.amazon.coral.availability#ThrottlingException"
    } else {
        "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"
    }
}

fn off_kind(off: &Off) -> &'static str {
    match off {
        Off::Backup(_) => "com.amazonaws.dynamodb.v20120810#BackupNotFoundException",
        Off::Export(_) => "com.amazonaws.dynamodb.v20120810#ExportNotFoundException",
        Off::Import(_) => "com.amazonaws.dynamodb.v20120810#ImportNotFoundException",
        Off::Policy(_) => POLICY_NOT_FOUND,
        Off::Table(_) => "com.amazonaws.dynamodb.v20120810#TableNotFoundException",
    }
}

#[cfg(test)]
mod tests {
    use database::Error;
    use database::error::{CancellationCode, Cause, Owner, Side};
    use types::AttributeValue;

    use super::*;

    #[track_caller]
    fn check(error: Error, expected: &str) {
        let reply = Reply::refusal(&Refusal::Database(error));
        let Content::Json(json) = reply.content else { panic!("a fault is JSON") };
        let line = format!("{} {}", reply.status.as_u16(), String::from_utf8(json).unwrap());
        assert_eq!(line, expected);
    }

    fn item() -> Item {
        Item([("a".to_owned(), AttributeValue::S("b".to_owned()))].into())
    }

    #[test]
    fn faults_of_the_model_have_its_prefix_and_its_casing() {
        check(
            Error::TableInUse("a\"\n".to_owned()),
            r#"400 {"__type":"com.amazonaws.dynamodb.v20120810#ResourceInUseException","message":"Table already exists: a\"\n"}"#,
        );
        check(
            Error::IdempotentParameterMismatch,
            r#"400 {"__type":"com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException","Message":"An error occurred (IdempotentParameterMismatch)"}"#,
        );
        check(
            Error::Off(Off::Backup("arn".to_owned())),
            r#"400 {"__type":"com.amazonaws.dynamodb.v20120810#BackupNotFoundException","message":"Backup not found: arn"}"#,
        );
    }

    #[test]
    fn a_fault_that_is_of_no_model_has_the_prefix_of_its_layer() {
        check(
            Error::AccessDenied,
            r#"400 {"__type":"com.amazon.coral.service#AccessDeniedException","message":"User is not authorized to access this resource"}"#,
        );
        check(
            Error::Invalid(database::error::Invalid::ItemTooLarge),
            r#"400 {"__type":"com.amazon.coral.validate#ValidationException","message":"Item size has exceeded the maximum allowed size"}"#,
        );
    }

    #[test]
    fn a_condition_that_failed_shows_the_item_if_it_has_it() {
        check(
            Error::ConditionalCheckFailed { item: None, bytes: 0 },
            r#"400 {"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"The conditional request failed"}"#,
        );
        check(
            Error::ConditionalCheckFailed { item: Some(Box::new(item())), bytes: 2 },
            r#"400 {"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"The conditional request failed","Item":{"a":{"S":"b"}}}"#,
        );
    }

    #[test]
    fn a_cancelled_transaction_gives_its_reasons() {
        let none = CancellationReason { code: CancellationCode::None, message: None, item: None };
        let failed = CancellationReason {
            code: CancellationCode::ConditionalCheckFailed,
            message: Some("The conditional request failed".to_owned()),
            item: Some(item()),
        };
        check(
            Error::TransactionCanceled(vec![none, failed]),
            r#"400 {"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","Message":"Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]","CancellationReasons":[{"Code":"None"},{"Code":"ConditionalCheckFailed","Message":"The conditional request failed","Item":{"a":{"S":"b"}}}]}"#,
        );
    }

    #[test]
    fn a_request_that_was_not_let_in_has_its_reason_in_either_spelling() {
        let throttled = |is_on_demand| Throttled {
            side: Side::Write,
            owner: Owner::Index("i".to_owned()),
            cause: if is_on_demand { Cause::MaxOnDemand } else { Cause::Provisioned },
            is_on_demand,
            resource: "arn".to_owned(),
        };
        check(
            Error::Throttled(throttled(true)),
            r#"400 {"__type":"com.amazon.coral.availability#ThrottlingException","message":"Throughput exceeds the maximum OnDemandThroughput configured on table or index","throttlingReasons":[{"reason":"IndexWriteMaxOnDemandThroughputExceeded","resource":"arn"}]}"#,
        );
        check(
            Error::Throttled(throttled(false)),
            r#"400 {"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"The level of configured provisioned throughput for one or more global secondary indexes of the table was exceeded. Consider increasing your provisioning level for the under-provisioned global secondary indexes with the UpdateTable API.","ThrottlingReasons":[{"reason":"IndexWriteProvisionedThroughputExceeded","resource":"arn"}]}"#,
        );
    }

    #[test]
    fn a_fault_of_ours_says_no_more_than_that() {
        check(
            Error::Internal("the disk is on fire".into()),
            r#"500 {"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"Internal server error"}"#,
        );
    }

    #[test]
    fn an_id_is_52_letters_and_digits() {
        let id = request_id();
        assert_eq!(id.len(), 52);
        assert!(
            id.to_str()
                .unwrap()
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        );
        assert_ne!(id, request_id());
    }
}
