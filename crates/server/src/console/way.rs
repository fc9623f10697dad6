//! The way that a query takes: to this server itself, or over a connection to another place.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use workbench::{Answer, Command, Error, Schemas, Sent, Transport};

use super::connections::Connection;
use super::fault::Fault;
use super::local::Local;
use crate::pipeline::Shared;

/// The most connections that are kept open, and the most places whose tables are remembered.
const KEPT_MAX: usize = 200;

/// A way.
pub(super) enum Way<'a> {
    Local(Box<Local<'a>>),
    Remote(Arc<workbench::Connection>),
}

impl Transport for Way<'_> {
    fn sent(&self, command: Command, body: &Bytes) -> Result<Sent, Error> {
        match self {
            Self::Local(local) => local.sent(command, body),
            Self::Remote(connection) => connection.sent(command, body),
        }
    }

    async fn send(&self, command: Command, body: Bytes) -> Result<Answer, Error> {
        match self {
            Self::Local(local) => local.send(command, body).await,
            Self::Remote(connection) => connection.send(command, body).await,
        }
    }

    fn region(&self) -> &str {
        match self {
            Self::Local(local) => local.region(),
            Self::Remote(connection) => connection.region(),
        }
    }

    fn account(&self) -> Option<&str> {
        match self {
            Self::Local(local) => local.account(),
            Self::Remote(connection) => connection.account(),
        }
    }
}

/// Connections that are open, and what is known of tables, by where and as whom.
#[derive(Default)]
pub(crate) struct Ways {
    open: Mutex<HashMap<String, Arc<workbench::Connection>>>,
    schemas: Mutex<HashMap<String, Arc<Schemas>>>,
}

impl Ways {
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
        let place = format!("{account}/{}/{}/{region}", connection.id, connection.version);
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
