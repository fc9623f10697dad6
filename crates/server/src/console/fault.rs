//! Why the console does not get what it asks for.

use bytes::Bytes;
use database::error::Error as DatabaseError;
use http::{Response, StatusCode};
use http_body_util::Full;
use serde_json::json;

use crate::admin::Code;
use crate::error::Refusal;
use crate::metrics::Failure;
use crate::principals::KeyError;
use crate::reply::Reply;

/// A reason. Its text is for who uses the console.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// Nobody has signed in, or the time is over.
    #[error("Sign in first: there is no session, or it has ended")]
    NotSignedIn,
    /// Not the key that it says it is.
    #[error("{0}")]
    LoginFailed(String),
    /// Too many who were not.
    #[error("Too many attempts to sign in have failed: wait for a minute")]
    TooManyAttempts,
    /// A request of another page than the console's.
    #[error("This can be asked by the console's own pages only")]
    Foreign,
    /// A request without the session's own sign.
    #[error("The request has not the sign of its session: load the page again")]
    Csrf,
    /// What there is not.
    #[error("There is nothing by this name")]
    NotFound,
    /// What has changed since it was looked at.
    #[error("It was changed since it was read: load it again")]
    Changed,
    /// What is not as it should be.
    #[error("{0}")]
    Malformed(String),
    /// A connection that only reads.
    #[error("The connection is locked against writing: unlock it, or take another one")]
    Locked,
    /// A connection that wants writes confirmed.
    #[error("The connection asks before it writes: confirm it")]
    Confirm,
    /// Where no connections to elsewhere are made.
    #[error(
        "This server makes no connections to other places: others can reach it, and it checks no signatures"
    )]
    Closed,
    /// Nobody answered.
    #[error("{0}")]
    Unreached(String),
    /// As of any request.
    #[error(transparent)]
    Refusal(#[from] Refusal),
    /// The store.
    #[error("Internal server error")]
    Database(#[from] DatabaseError),
    /// The key that secrets are sealed with.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl Fault {
    /// A status, and a word for programs.
    fn code(&self) -> (u16, &'static str) {
        match self {
            Self::NotSignedIn | Self::Refusal(Refusal::Auth(_)) => (401, "NotSignedIn"),
            Self::LoginFailed(_) => (401, "LoginFailed"),
            Self::TooManyAttempts => (429, "TooManyAttempts"),
            Self::Foreign => (403, "Foreign"),
            Self::Csrf => (403, "Csrf"),
            Self::NotFound => (404, "NotFound"),
            Self::Changed => (409, "Changed"),
            Self::Malformed(_) => (400, "Malformed"),
            Self::Locked => (409, "Locked"),
            Self::Confirm => (409, "Confirm"),
            Self::Closed => (403, "Closed"),
            Self::Unreached(_) => (502, "Unreached"),
            Self::Refusal(Refusal::Denied(_)) => (403, "Denied"),
            Self::Refusal(Refusal::Admin(fault)) if fault.code() == Code::AccessDenied => {
                (403, "Denied")
            }
            Self::Refusal(Refusal::TooLarge) => (413, "TooLarge"),
            Self::Refusal(Refusal::Slow | Refusal::BrokeOff(_)) => (408, "Slow"),
            Self::Refusal(Refusal::Busy) => (429, "Busy"),
            // The status and the name that it has over HTTP.
            Self::Refusal(refusal) => {
                let failure = Reply::refusal(refusal).failure();
                failure.map_or((500, "Internal"), |fault| (fault.status.as_u16(), fault.name()))
            }
            Self::Database(_) | Self::Key(_) => (500, "Internal"),
        }
    }

    /// How it is written down.
    pub(super) fn failure(&self) -> Failure {
        let (status, code) = self.code();
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Failure { status, kind: Some(code) }
    }

    pub(super) fn into_response(self) -> Response<Full<Bytes>> {
        let Failure { status, kind } = self.failure();
        if status.is_server_error() && status != StatusCode::BAD_GATEWAY {
            tracing::error!(error = ?self, "the console did not get what it asked for");
        }
        let body = json!({ "error": { "code": kind, "message": self.to_string() } }).to_string();
        super::json(status, body)
    }
}

/// What is not as it should be, for the reason that an error gives.
#[expect(clippy::needless_pass_by_value, reason = "it stands where errors are mapped")]
pub(super) fn malformed(error: impl ToString) -> Fault {
    Fault::Malformed(error.to_string())
}
