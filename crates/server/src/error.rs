//! Why a server does not start, and why a request does not get what it asked for.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use auth::policy::{self, Denied};
use http::StatusCode;
use reqwest::Url;
use tokio_rustls::rustls;

use crate::admin::AdminFault;
use crate::peer::ANSWER_BYTES_MAX;
use crate::principals::KeyError;

/// A reason not to start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Anybody could reach the data.
    #[error(
        "{0} can be reached from other machines, and nobody is known who could sign. Make a user (pixii user create NAME --administrator --data FOLDER), give key ids and secrets with --credentials, listen on a loopback address such as 127.0.0.1, or say --insecure if the network keeps others out"
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
    /// Anybody on the way could read the data.
    #[error(
        "{0} can be reached from other machines, and without TLS whoever is on the way reads what is sent. Give a certificate with --tls-certificate and --tls-key, or for a trial --tls-self-signed; listen on a loopback address such as 127.0.0.1; or say --plain-http if a proxy ends TLS, or the network is yours"
    )]
    Clear(SocketAddr),
    /// Certificates are asked for where nobody could show one.
    #[error(
        "--peer-ca has other servers show certificates, which takes TLS here. Give this server one of its own with --tls-certificate and --tls-key"
    )]
    AuthorityWithoutTls,
    /// The server of another Region without TLS, where certificates are held against an authority.
    #[error(
        "with --peer-ca and --peer-certificate other servers are asked over TLS only: the endpoint of {0} must begin with https://"
    )]
    ClearPeer(String),
    /// What is neither an address nor a network.
    #[error("{0:?} is no address and no network, such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32")]
    Network(String),
    /// A file that cannot be read or written.
    #[error("cannot use {}", .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file without what is looked for in it.
    #[error("{} holds no certificates in PEM (-----BEGIN CERTIFICATE-----)", .0.display())]
    NoCertificate(PathBuf),
    /// A file without what is looked for in it.
    #[error("{} holds no private key in PEM (-----BEGIN PRIVATE KEY-----)", .0.display())]
    NoKey(PathBuf),
    /// A certificate that cannot be used, or not with its key.
    #[error("the certificate in {} cannot be used with its key", .file.display())]
    Certificate {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        source: rustls::Error,
    },
    /// A certificate of our own could not be made.
    #[error("cannot make a certificate")]
    SelfSigned(#[source] rcgen::Error),
    /// TLS cannot be had.
    #[error("cannot prepare TLS")]
    Tls(#[source] rustls::Error),
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
    /// The server of another Region, without the certificate that it must have.
    #[error(
        "This server takes messages of other servers only from those that show a certificate of its --peer-ca. Start yours with --peer-certificate and --peer-key, and ask this one with https://"
    )]
    NoPeerCertificate,
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
