//! What an answer proves about the one who asked.
//!
//! The service looks at the time, then at the key, then at the signature, then at what the caller may
//! do. So each refusal proves what comes before it. Clock and Region share their exception with a
//! wrong secret: the `Date` header tells the first apart, and where there is none, the words that the
//! service has used for both since its beginning.

use std::time::{Duration, SystemTime};

use http::header;

use super::{Cause, Failure, Step};
use crate::body::Body;
use crate::connection::Connection;
use crate::error::Error;
use crate::reply::{self, Answer, Refusal, Reply};

/// Signatures are taken within so much time of when they were made.
const CLOCK_DIFFERENCE_MAX: Duration = Duration::from_mins(5);

/// What an answer of a `DynamoDB` proves.
#[derive(Debug)]
pub(super) struct Verdict {
    /// What can be said of the clocks.
    pub(super) clock: String,
    /// What can be said of what the caller may do.
    pub(super) permission: String,
    /// The step that failed; all before it have passed.
    pub(super) failure: Option<Failure>,
}

pub(super) fn of(
    answer: &Answer,
    now: SystemTime,
    connection: &Connection,
) -> Result<Verdict, Failure> {
    let body = Body::parse("").expect("nothing is a body");
    let difference = difference(answer, now);
    let clock = difference.as_ref().map_or_else(
        || "The server does not say what time it has".to_owned(),
        |difference| format!("This machine's clock is {}", difference.text()),
    );
    let refusal = match reply::read(answer.clone(), &body) {
        Ok(Reply::Success(_)) => {
            return Ok(Verdict {
                clock,
                permission: "Tables may be listed".to_owned(),
                failure: None,
            });
        }
        Ok(Reply::Refusal(refusal)) => refusal,
        Err(error) => return Err(stranger(&error)),
    };
    if 500 <= refusal.status {
        return Err(out_of_order(&refusal));
    }
    let permission = match refusal.exception.as_str() {
        "AccessDenied" | "AccessDeniedException" => {
            "Tables may not be listed; key and signature are proved all the same, and other commands may be \
             allowed"
        }
        "UnknownOperationException" => {
            "The server does not list tables, and takes the request as signed"
        }
        _ => "The request was taken as signed",
    };
    let failure = failure(&refusal, difference, connection);
    Ok(Verdict { clock, permission: permission.to_owned(), failure })
}

/// How far this machine's clock is from the server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Difference {
    time: Duration,
    is_ahead: bool,
}

impl Difference {
    fn is_too_much(self) -> bool {
        CLOCK_DIFFERENCE_MAX <= self.time
    }

    fn text(self) -> String {
        let way = if self.is_ahead { "ahead of" } else { "behind" };
        match self.time.as_secs() {
            0..=2 => "right".to_owned(),
            seconds @ 3..=119 => format!("{seconds} seconds {way} the server's"),
            seconds @ 120..=7199 => format!("{} minutes {way} the server's", seconds / 60),
            seconds => format!("{} hours {way} the server's", seconds / 3600),
        }
    }
}

fn difference(answer: &Answer, now: SystemTime) -> Option<Difference> {
    let date = answer.headers.get(header::DATE)?.to_str().ok()?;
    let date = httpdate::parse_http_date(date).ok()?;
    Some(match now.duration_since(date) {
        Ok(time) => Difference { time, is_ahead: true },
        Err(error) => Difference { time: error.duration(), is_ahead: false },
    })
}

/// What the refusal says is wrong with the one who asked, if anything.
fn failure(
    refusal: &Refusal,
    difference: Option<Difference>,
    connection: &Connection,
) -> Option<Failure> {
    match refusal.exception.as_str() {
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidAccessKeyId"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException" => Some(unknown_key(refusal, connection)),
        "ExpiredToken" | "ExpiredTokenException" => Some(Failure {
            step: Step::Key,
            cause: Cause::Key,
            text: described("The session of this key has ended", refusal),
            fix: "Get new keys with a new session token".to_owned(),
        }),
        "OptInRequired" | "SubscriptionRequiredException" => Some(Failure {
            step: Step::Region,
            cause: Cause::Region,
            text: described("The account does not use this Region", refusal),
            fix: "Enable the Region for the account, or choose another".to_owned(),
        }),
        "RequestExpired" | "RequestTimeTooSkewed" => Some(wrong_clock(refusal, difference)),
        "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "IncompleteSignatureException" => Some(wrong_signature(refusal, difference, connection)),
        _ => None,
    }
}

fn unknown_key(refusal: &Refusal, connection: &Connection) -> Failure {
    let key = connection.access_key_id();
    // Keys with a short life begin so, and are unknown without their token.
    let is_temporary = key.starts_with("ASIA");
    let fix = if is_temporary {
        "Check that the session token is the one of this access key, and complete"
    } else {
        "Check the access key ID: it may be deleted, inactive or of another system; in a Region that has to \
         be enabled, it is unknown until that is done"
    };
    Failure {
        step: Step::Key,
        cause: Cause::Key,
        text: described(&format!("The access key {key} is not known"), refusal),
        fix: fix.to_owned(),
    }
}

fn wrong_signature(
    refusal: &Refusal,
    difference: Option<Difference>,
    connection: &Connection,
) -> Failure {
    let says = |part: &str| refusal.message.contains(part);
    let is_late = says("Signature expired") || says("Signature not yet current");
    if is_late || difference.is_some_and(Difference::is_too_much) {
        return wrong_clock(refusal, difference);
    }
    if says("Credential should be scoped") {
        return Failure {
            step: Step::Region,
            cause: Cause::Region,
            text: described(
                &format!("The endpoint is not of the Region {}", connection.region()),
                refusal,
            ),
            fix: "Name the Region that the endpoint is in".to_owned(),
        };
    }
    Failure {
        step: Step::Signature,
        cause: Cause::Signature,
        text: described("The secret access key does not belong to the access key", refusal),
        fix: "Enter the secret access key again: copied whole, without white space, and of this access key"
            .to_owned(),
    }
}

fn wrong_clock(refusal: &Refusal, difference: Option<Difference>) -> Failure {
    let text = match difference.filter(|difference| difference.is_too_much()) {
        Some(difference) => format!("This machine's clock is {}", difference.text()),
        None => "This machine's clock is wrong".to_owned(),
    };
    Failure {
        step: Step::Clock,
        cause: Cause::Clock,
        text: described(&text, refusal),
        fix:
            "Set the clock of the machine that asks, best by NTP: signatures hold for five minutes"
                .to_owned(),
    }
}

fn described(text: &str, refusal: &Refusal) -> String {
    let Refusal { exception, message, .. } = refusal;
    if message.is_empty() {
        format!("{text} ({exception})")
    } else {
        format!("{text} ({exception}: {message})")
    }
}

/// Something answers that does not speak as the service does.
fn stranger(error: &Error) -> Failure {
    Failure {
        step: Step::DynamoDb,
        cause: Cause::NotDynamoDb,
        text: error.to_string(),
        fix: "Check host and port: this is another service, or a proxy before it".to_owned(),
    }
}

fn out_of_order(refusal: &Refusal) -> Failure {
    Failure {
        step: Step::DynamoDb,
        cause: Cause::Connect,
        text: described("The service is out of order", refusal),
        fix: "Try again in a while; the server's log says more".to_owned(),
    }
}
