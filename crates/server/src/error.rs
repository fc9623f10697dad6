//! Why a server does not start, and why a request does not get what it asked for.

use std::io;
use std::net::SocketAddr;

use auth::policy::{self, Denied};
use http::StatusCode;
use reqwest::Url;

use crate::admin::AdminFault;
use crate::peer::ANSWER_BYTES_MAX;
use crate::principals::KeyError;

/// A reason not to start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Anybody could reach the data.
    #[error(
        "{0} can be reached from other machines, and no credentials are asked for. Give key ids and secrets with --credentials, listen on a loopback address such as 127.0.0.1, or say --insecure if the network keeps others out"
    )]
    Exposed(SocketAddr),
    /// The users could not be read.
    #[error("cannot read the users")]
    Users(#[source] database::Error),
    /// What is stored in the place of a user is none.
    #[error("what is stored of the user {0} cannot be understood")]
    User(String),
    /// A policy that this version does not understand.
    #[error("the policy {policy} of {user} cannot be understood")]
    Policy {
        /// The user's ARN.
        user: String,
        /// The policy's name.
        policy: String,
    },
    /// There is no key for the users' secrets, or not the right one.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The audit log cannot be written.
    #[error("cannot write the audit log")]
    Audit(#[source] io::Error),
    /// A key id that clients have too.
    #[error(
        "the key id of --peer-credentials is one of --credentials too. Give the servers of other Regions a key id of their own"
    )]
    KeyOfBoth,
    /// What is no address of another server. It is not repeated: it may hold a password.
    #[error(
        "the address of a server is http:// or https://, its host, perhaps its port, and nothing else: https://pixii.example:8000"
    )]
    Endpoint,
    /// The servers of other Regions could not be asked: the system has no root certificates to know them by.
    #[error("cannot prepare to ask the servers of other Regions")]
    Client(#[source] reqwest::Error),
    /// The address cannot be had.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
}

/// Why the server of another Region gave no answer that counts.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unanswered {
    /// A Region without an endpoint.
    #[error("no server of Region {0} is known")]
    Unknown(String),
    /// A key id or a Region that no header can hold.
    #[error("the message cannot be signed: {0}")]
    Sign(Box<dyn std::error::Error + Send + Sync>),
    /// Nobody there, nobody who can be trusted, or no answer in time.
    #[error("{}", reasons(.0))]
    Failed(#[from] reqwest::Error),
    /// Any other status than that of an answer.
    #[error("{url} answered {status}{}", .message.as_ref().map(|text| format!(": {text}")).unwrap_or_default())]
    Refused {
        /// Who was asked.
        url: Url,
        /// What it answered.
        status: StatusCode,
        /// Why, where it says so.
        message: Option<String>,
    },
    /// An answer of more bytes than one may have.
    #[error("{0} answered with more than {ANSWER_BYTES_MAX} bytes")]
    TooLarge(Url),
}

/// What an error says, and what lies behind it: who logs it shows no more than its text.
fn reasons(error: &reqwest::Error) -> String {
    let first: &dyn std::error::Error = error;
    let all = std::iter::successors(Some(first), |error| error.source());
    all.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// A reason to answer something else than the reply of an operation.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// A web page that may not ask.
    #[error(
        "Requests from this web page are refused. To allow them, start the server with --cors-origin and the page's origin\n"
    )]
    Origin,
    /// A web page that speaks as the server of another Region.
    #[error("Requests from web pages are refused here\n")]
    Page,
    /// The server of another Region, where none is believed.
    #[error(
        "This server takes nothing from servers of other Regions. To have it do so, start it with --peer-credentials and the pair that they sign with"
    )]
    NoPeers,
    /// Not what any operation looks like.
    #[error("<UnknownOperationException/>\n")]
    NotFound,
    /// A body of more bytes than there may be.
    #[error("the body is too large")]
    TooLarge,
    /// A body that did not come in time.
    #[error("the body did not come in time")]
    Slow,
    /// A body that broke off.
    #[error("the body broke off")]
    BrokeOff(#[source] hyper::Error),
    /// A body in an encoding that nobody knows.
    #[error("Unsupported Content-Encoding: {0}")]
    Encoding(String),
    /// A compressed body that is none.
    #[error("Internal server error")]
    Corrupt,
    /// No JSON, or no body at all.
    #[error("the body is no JSON")]
    Malformed,
    /// An operation that the service does not have.
    #[error("the operation is unknown")]
    UnknownOperation,
    /// No caller that can be believed.
    #[error(transparent)]
    Auth(#[from] auth::Error),
    /// A query without something that it must have, or with something else in its place.
    #[error("The query parameter {0} is missing or wrong")]
    Query(&'static str),
    /// An operation that took too long. Whether it was done is unknown.
    #[error("The request did not finish in time")]
    TimedOut,
    /// A caller who may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// A policy for a resource that is none.
    #[error("Invalid policy document: {0}")]
    Policy(#[source] policy::Fault),
    /// A policy that would keep its caller from changing it again.
    #[error(
        "The resource-based policy would remove your own permission to change it. To put it all the same, set ConfirmRemoveSelfResourceAccess"
    )]
    LocksOut,
    /// A policy that is stored, and is none.
    #[error("Internal server error")]
    UnreadablePolicy,
    /// A caller with as many requests under way as there may be.
    #[error(
        "Rate of requests exceeds the allowed throughput. This server's limit is set with --caller-requests-max"
    )]
    Busy,
    /// A command about users that is not done.
    #[error(transparent)]
    Admin(#[from] AdminFault),
    /// What the database says.
    #[error(transparent)]
    Database(#[from] database::Error),
}
