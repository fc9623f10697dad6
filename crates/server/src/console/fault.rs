//! Why the console does not get what it asks for.

use bytes::Bytes;
use database::error::Error as DatabaseError;
use http::{Response, StatusCode};
use http_body_util::Full;
use serde_json::json;

use crate::error::Refusal;
use crate::principals::KeyError;

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
            Self::Refusal(Refusal::TooLarge) => (413, "TooLarge"),
            Self::Refusal(Refusal::Busy) => (429, "Busy"),
            Self::Refusal(_) => (400, "Refused"),
            Self::Database(_) | Self::Key(_) => (500, "Internal"),
        }
    }

    pub(super) fn into_response(self) -> Response<Full<Bytes>> {
        let (status, code) = self.code();
        if status == 500 {
            tracing::error!(error = ?self, "the console did not get what it asked for");
        }
        let body = json!({ "error": { "code": code, "message": self.to_string() } }).to_string();
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        super::json(status, body)
    }
}
