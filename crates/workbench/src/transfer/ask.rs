//! Asking until there is an answer: what may pass by itself is tried again, later and later.
//!
//! Only requests that may be made twice come here: reads, and puts of whole items.

use std::time::Duration;

use bytes::Bytes;

use crate::body::Body;
use crate::command::Command;
use crate::error::Error;
use crate::reply::{self, Refusal, Reply};
use crate::transport::Transport;

/// How often one request is made at most. With the delays below that is a bit over a minute.
pub(super) const ATTEMPTS_MAX: u32 = 12;
const DELAY_MIN: Duration = Duration::from_millis(25);
const DELAY_MAX: Duration = Duration::from_secs(10);

/// Refusals that pass by themselves, apart from those with a status of 500 and above.
const PASSING: [&str; 5] = [
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "TransactionInProgressException",
];

/// The reply's bytes, which are sound JSON.
pub(super) async fn ask(
    transport: &impl Transport,
    command: Command,
    body: Bytes,
) -> Result<Bytes, Error> {
    let mut attempt = 1;
    loop {
        match once(transport, command, body.clone()).await {
            Err(error) if attempt < ATTEMPTS_MAX && passes(&error) => wait(attempt).await,
            done => return done,
        }
        attempt += 1;
    }
}

/// As [`ask`], without another try: for what may not be done twice.
pub(super) async fn once(
    transport: &impl Transport,
    command: Command,
    body: Bytes,
) -> Result<Bytes, Error> {
    let nothing = Body::parse("").expect("nothing is a body");
    match reply::read(transport.send(command, body).await?, &nothing)? {
        Reply::Success(success) => Ok(success.bytes),
        // Its members would be looked for in a body that nobody has written.
        Reply::Refusal(refusal) => {
            Err(Error::Refused(Box::new(Refusal { members: Vec::new(), ..refusal })))
        }
    }
}

/// Waits before the next attempt: about twice as long as before the last, and not as long as others do.
pub(super) async fn wait(attempt: u32) {
    let longest = DELAY_MIN.saturating_mul(1 << attempt.min(16)).min(DELAY_MAX);
    tokio::time::sleep(longest.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
}

fn passes(error: &Error) -> bool {
    if let Error::Refused(refusal) = error {
        return is_passing(refusal);
    }
    matches!(
        error,
        Error::TimeOut { .. }
            | Error::Http { .. }
            | Error::Checksum { .. }
            | Error::Connect { .. }
            | Error::Lookup { .. }
    )
}

fn is_passing(refusal: &Refusal) -> bool {
    500 <= refusal.status || PASSING.contains(&refusal.exception.as_str())
}
