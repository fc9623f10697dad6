//! What is counted of requests, for Prometheus.
//!
//! Everything that a request touches here is made before the first one comes: it finds its operation's numbers by
//! place, and adds to them.

mod text;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use database::Row;
use http::StatusCode;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

use crate::arrival::Turned;
pub(crate) use text::render;

/// The upper bounds of the classes that times are counted in, in seconds: a hot read takes some tens of
/// microseconds, and no request more than a minute.
const BOUNDS: [f64; 17] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0, 60.0,
];

/// What is counted of requests.
#[derive(Debug)]
pub(crate) struct Metrics {
    /// In the order of the operations' rows.
    operations: Vec<Operation>,
    /// Requests that name no operation.
    nameless: AtomicU64,
    errors: Family<ErrorLabels, Counter>,
    connections: AtomicU64,
    /// Connections that were closed before anything was asked, by reason.
    turned: Family<ReasonLabels, Counter>,
}

/// What is counted of the requests for one operation.
#[derive(Debug)]
struct Operation {
    name: &'static str,
    requests: AtomicU64,
    durations: Durations,
}

/// How long the requests took that got what they asked for.
#[derive(Debug, Default)]
struct Durations {
    counts: [AtomicU64; BOUNDS.len() + 1],
    sum_ns: AtomicU64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ErrorLabels {
    operation: &'static str,
    error: &'static str,
    class: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabels {
    reason: &'static str,
}

/// A request, from its first byte to its reply.
pub(crate) struct Tally {
    begun: Instant,
    place: Option<usize>,
}

/// How a request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) status: StatusCode,
    /// The exception, with the prefix of its layer; `None` for a reply that has none.
    pub(crate) kind: Option<&'static str>,
}

impl Tally {
    pub(crate) fn begin() -> Self {
        Self { begun: Instant::now(), place: None }
    }

    /// Says which operation the request is for.
    pub(crate) fn is_for(&mut self, row: &'static Row) {
        self.place = database::rows().iter().position(|other| std::ptr::eq(other, row));
    }
}

impl Durations {
    fn add(&self, duration: Duration) {
        let seconds = duration.as_secs_f64();
        let place = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
        if let Some(count) = self.counts.get(place) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        self.sum_ns.fetch_add(nanoseconds, Ordering::Relaxed);
    }
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let operation = |row: &Row| Operation {
            name: row.name,
            requests: AtomicU64::new(0),
            durations: Durations::default(),
        };
        let turned = Family::<ReasonLabels, Counter>::default();
        for reason in Turned::REASONS {
            drop(turned.get_or_create(&ReasonLabels { reason }));
        }
        Self {
            operations: database::rows().iter().map(operation).collect(),
            nameless: AtomicU64::new(0),
            errors: Family::default(),
            connections: AtomicU64::new(0),
            turned,
        }
    }

    /// Counts a request that has its reply.
    pub(crate) fn count(&self, tally: &Tally, failure: Option<Failure>) {
        let operation = tally.place.and_then(|place| self.operations.get(place));
        let requests = operation.map_or(&self.nameless, |operation| &operation.requests);
        requests.fetch_add(1, Ordering::Relaxed);
        match (failure, operation) {
            (None, Some(operation)) => operation.durations.add(tally.begun.elapsed()),
            (None, None) => {}
            (Some(failure), operation) => {
                let operation = operation.map_or("", |operation| operation.name);
                let (error, class) = (failure.name(), failure.class());
                self.errors.get_or_create(&ErrorLabels { operation, error, class }).inc();
            }
        }
    }

    /// Counts a connection that was not let in.
    pub(crate) fn turn(&self, turned: &Turned) {
        self.turned.get_or_create(&ReasonLabels { reason: turned.reason() }).inc();
    }

    /// Counts a connection until what this gives is dropped.
    pub(crate) fn connected(&self) -> impl Drop + '_ {
        self.connections.fetch_add(1, Ordering::Relaxed);
        Connected(&self.connections)
    }
}

struct Connected<'a>(&'a AtomicU64);

impl Drop for Connected<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Failure {
    /// The exception's name, or what HTTP calls the status.
    pub(crate) fn name(self) -> &'static str {
        let kind = self.kind.map(|kind| kind.rsplit('#').next().unwrap_or(kind));
        kind.or(self.status.canonical_reason()).unwrap_or_default()
    }

    /// The kind of error, as `CloudWatch` tells them apart.
    fn class(self) -> &'static str {
        match self.name() {
            _ if self.status.is_server_error() => "system",
            "ProvisionedThroughputExceededException"
            | "ThrottlingException"
            | "RequestLimitExceeded" => "throttle",
            "ConditionalCheckFailedException" => "condition",
            "TransactionCanceledException" | "TransactionConflictException" => "transaction",
            _ => "user",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, kind: Option<&'static str>, name: &str, class: &str) {
        let failure = Failure { status: StatusCode::from_u16(status).unwrap(), kind };
        assert_eq!((failure.name(), failure.class()), (name, class));
    }

    #[test]
    fn an_error_is_of_the_class_that_cloudwatch_counts_it_in() {
        check(400, Some("a#ValidationException"), "ValidationException", "user");
        check(400, Some("a#ThrottlingException"), "ThrottlingException", "throttle");
        let condition = "ConditionalCheckFailedException";
        check(400, Some("a#ConditionalCheckFailedException"), condition, "condition");
        let canceled = "TransactionCanceledException";
        check(400, Some("a#TransactionCanceledException"), canceled, "transaction");
        check(500, Some("a#InternalServerError"), "InternalServerError", "system");
        check(413, None, "Payload Too Large", "user");
    }

    #[test]
    fn a_time_is_counted_in_the_first_class_that_holds_it() {
        let durations = Durations::default();
        for micros in [1, 100, 101, 59_999_999, 60_000_001] {
            durations.add(Duration::from_micros(micros));
        }
        let counts: Vec<_> =
            durations.counts.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        assert_eq!(counts.iter().sum::<u64>(), 5);
        assert_eq!((counts[0], counts[1], counts[16], counts[17]), (2, 1, 1, 1));
    }
}
