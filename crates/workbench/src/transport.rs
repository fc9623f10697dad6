//! The way a query takes: over a socket, or straight into a database in the same process.

use bytes::Bytes;

use crate::command::Command;
use crate::error::Error;
use crate::reply::Answer;

/// What stands for a secret that was sent.
pub(crate) const HIDDEN: &str = "…";

/// What goes out, exactly, but for secrets: a session token is replaced by `…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The HTTP method.
    pub method: String,
    /// Where to.
    pub url: String,
    /// Names in small letters and values, in the order in which they are sent.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

/// Where queries are sent.
pub trait Transport: Send + Sync {
    /// What would be sent.
    ///
    /// # Errors
    /// Where the request cannot be made, such as for a header that cannot be signed.
    fn sent(&self, command: Command, body: &Bytes) -> Result<Sent, Error>;

    /// Sends a body of strict JSON as it is, and gives the answer whole, whatever it says.
    ///
    /// # Errors
    /// Where nothing answered in time.
    fn send(
        &self,
        command: Command,
        body: Bytes,
    ) -> impl Future<Output = Result<Answer, Error>> + Send;

    /// The Region that is asked.
    fn region(&self) -> &str;

    /// The account that is asked, where it is known without asking.
    fn account(&self) -> Option<&str>;
}
