//! Where something is asked: the connection, the way to it, and what it lets through.

use std::sync::Arc;

use serde::Deserialize;
use workbench::{Command, Schemas};

use crate::allow;
use crate::console::connections::{self, Connection};
use crate::console::fault::Fault;
use crate::console::local::Local;
use crate::console::page::Page;
use crate::console::way::{Remote, Way};
use crate::principals::Caller;

/// Where something is asked.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::console) struct Place {
    #[serde(default)]
    pub(in crate::console) connection: String,
    #[serde(default)]
    pub(in crate::console) region: Option<String>,
    /// Of a server that checks no signatures, the account.
    #[serde(default)]
    pub(in crate::console) account: Option<String>,
}

/// A place that a caller may ask.
pub(in crate::console) struct Reached {
    pub(in crate::console) connection: Connection,
    pub(in crate::console) way: Way,
    /// What is known of its tables.
    pub(in crate::console) schemas: Arc<Schemas>,
}

impl Reached {
    /// Finds the way to a place, as a caller.
    pub(in crate::console) async fn find(
        page: &Page,
        place: &Place,
        caller: Caller,
    ) -> Result<Self, Fault> {
        let shared = &page.shared;
        let id = if place.connection.is_empty() { connections::LOCAL } else { &place.connection };
        let account = owner(&caller).to_owned();
        let connection = connections::find(shared, &account, id).await?;
        let region = place.region.as_deref().unwrap_or(&connection.region);
        let known = format!("{} {id} {} {region}", caller.principal().arn, connection.version);
        let schemas = shared.ways.schemas(known);
        let caller = Arc::new(caller);
        if connection.is_local() {
            let way = Way::Local(Local { page: page.clone(), caller });
            return Ok(Self { connection, way, schemas });
        }
        if !shared.ways.lead_elsewhere(shared.principals.is_open()) {
            return Err(Fault::Closed);
        }
        let arn = format!("arn:aws:pixii::{account}:connection/{id}");
        let from = (&page.arrival, &*page.headers);
        allow::allow_action(shared, &caller, from, ("pixii:UseConnection", &arn))?;
        let opened = shared.ways.open(shared, &account, &connection, place.region.as_deref());
        let remote = Remote { page: page.clone(), caller, arn, connection: opened.await? };
        Ok(Self { connection, way: Way::Remote(remote), schemas })
    }

    /// Refuses what the connection does not let through.
    pub(in crate::console) fn guard(
        &self,
        command: Command,
        is_confirmed: bool,
    ) -> Result<(), Fault> {
        let Connection { is_read_only, asks_before_writing, .. } = self.connection;
        match () {
            () if !command.writes() => Ok(()),
            () if is_read_only => Err(Fault::Locked),
            () if asks_before_writing && !is_confirmed => Err(Fault::Confirm),
            () => Ok(()),
        }
    }
}

/// The account whose connections a caller has: where anybody may take any account, all have the same ones, or another
/// account would be a way round a lock.
fn owner(caller: &Caller) -> &str {
    if caller.is_anybody() { auth::sigv4::DEFAULT_ACCOUNT } else { &caller.account }
}
