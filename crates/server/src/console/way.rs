//! The way that a query takes: to this server itself, or over a connection to another place.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::StatusCode;
use workbench::{Answer, Command, Error, Schemas, Sent, Transport};

use super::connections::Connection;
use super::fault::Fault;
use super::local::Local;
use super::page::Page;
use crate::audit::Entry;
use crate::metrics::Failure;
use crate::pipeline::Shared;
use crate::principals::Caller;

/// The most connections that are kept open, and the most places whose tables are remembered.
const KEPT_MAX: usize = 200;

/// A way.
pub(super) enum Way {
    Local(Local),
    Remote(Remote),
}

/// Another place, asked over a connection on behalf of a caller.
#[derive(Clone)]
pub(super) struct Remote {
    pub(super) page: Page,
    pub(super) caller: Arc<Caller>,
    /// The ARN of the connection, which stands in the audit log.
    pub(super) arn: String,
    pub(super) connection: Arc<workbench::Connection>,
}

impl Remote {
    async fn send(self, command: Command, body: Bytes) -> Result<Answer, Error> {
        let answer = self.connection.send(command, body).await;
        let mut entry = Entry::default();
        entry.is_of(&self.caller);
        entry.does(command.name(), &self.arn);
        let status = answer.as_ref().map_or(StatusCode::BAD_GATEWAY, |answer| answer.status);
        let failure = (!status.is_success()).then_some(Failure { status, kind: None });
        self.page.write_down(&entry, failure).await;
        answer
    }
}

impl Transport for Way {
    fn sent(&self, command: Command, body: &Bytes) -> Result<Sent, Error> {
        match self {
            Self::Local(local) => local.sent(command, body),
            Self::Remote(remote) => remote.connection.sent(command, body),
        }
    }

    /// Boxed: what looks at a query before it is sent has many of these in it.
    async fn send(&self, command: Command, body: Bytes) -> Result<Answer, Error> {
        match self {
            Self::Local(local) => Box::pin(local.send(command, body)).await,
            Self::Remote(remote) => {
                let sent = remote.page.see_through(remote.clone().send(command, body));
                Box::pin(sent).await
            }
        }
    }

    fn region(&self) -> &str {
        match self {
            Self::Local(local) => local.region(),
            Self::Remote(remote) => remote.connection.region(),
        }
    }

    fn account(&self) -> Option<&str> {
        match self {
            Self::Local(local) => local.account(),
            Self::Remote(remote) => remote.connection.account(),
        }
    }
}

/// Connections that are open, and what is known of tables, by where and as whom.
pub(crate) struct Ways {
    /// Whether only this machine reaches the server.
    is_private: bool,
    open: Mutex<HashMap<String, Arc<workbench::Connection>>>,
    schemas: Mutex<HashMap<String, Arc<Schemas>>>,
}

impl Ways {
    /// None yet, of a server that only its own machine reaches, or others too.
    pub(crate) fn new(is_private: bool) -> Self {
        Self { is_private, open: Mutex::default(), schemas: Mutex::default() }
    }

    /// Whether connections to other places are made: not for strangers, whom they would lead into this network.
    pub(super) fn lead_elsewhere(&self, is_open: bool) -> bool {
        self.is_private || !is_open
    }

    /// What is known of the tables of a place.
    pub(super) fn schemas(&self, place: String) -> Arc<Schemas> {
        let mut all = self.schemas.lock().unwrap_or_else(PoisonError::into_inner);
        if KEPT_MAX <= all.len() && !all.contains_key(&place) {
            all.clear();
        }
        Arc::clone(all.entry(place).or_default())
    }

    /// The connection, opened if it is not yet, in its own Region or another one.
    pub(super) async fn open(
        &self,
        shared: &Shared,
        account: &str,
        connection: &Connection,
        region: Option<&str>,
    ) -> Result<Arc<workbench::Connection>, Fault> {
        let region = region.unwrap_or(&connection.region);
        let place =
            format!("{}{}/{region}", beginning(account, &connection.id), connection.version);
        let known = self.open.lock().unwrap_or_else(PoisonError::into_inner).get(&place).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let mut settings = connection.settings(shared, account)?;
        settings.region = Some(region.to_owned());
        settings.time_out = Some(workbench::TIME_OUT_MAX);
        let environment = environment(settings.profile.is_some());
        let opened = workbench::Connection::open(settings, environment).await;
        let opened = Arc::new(opened.map_err(|error| Fault::Unreached(error.to_string()))?);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if KEPT_MAX <= open.len() {
            open.clear();
        }
        open.insert(place, Arc::clone(&opened));
        Ok(opened)
    }

    /// Forgets a connection that was changed or deleted, and with it its secret.
    pub(super) fn forget(&self, account: &str, id: &str) {
        let beginning = beginning(account, id);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|place, _| !place.starts_with(&beginning));
    }
}

/// What the names of a connection's places begin with.
fn beginning(account: &str, id: &str) -> String {
    format!("{account}/{id}/")
}

/// The environment of a connection: this server's where it uses a profile, whose files are found by it; otherwise none, so
/// that no credentials come from there.
pub(super) fn environment(has_profile: bool) -> impl Fn(&str) -> Option<String> {
    move |name: &str| {
        let is_of_files =
            matches!(name, "HOME" | "AWS_CONFIG_FILE" | "AWS_SHARED_CREDENTIALS_FILE");
        let is_of_roles = name.starts_with("AWS_ENDPOINT_URL_STS");
        ((has_profile && is_of_files) || is_of_roles).then(|| std::env::var(name).ok()).flatten()
    }
}
