//! Queries that were saved, with the names of their parameters.

use database::Registry;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use workbench::{Command, Mode};

use super::connections::new_id;
use super::fault::{Fault, malformed};
use super::rows::{self, Row};
use crate::pipeline::Shared;
use crate::principals::Bearer;

const NAME_CHARACTERS_MAX: usize = 100;
/// The most bytes of a query's text.
const TEXT_BYTES_MAX: usize = 1024 * 1024;
const PARAMETERS_MAX: usize = 100;
/// The most bytes of a connection's id.
const ID_BYTES_MAX: usize = 100;
/// How long a query may take, in milliseconds.
pub(super) const TIME_OUT_MS: u64 = 10_000;
pub(super) const TIME_OUT_MS_MAX: u64 = 60_000;

/// A query as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SavedQuery {
    pub(super) id: String,
    pub(super) version: u64,
    pub(super) name: String,
    pub(super) connection: String,
    pub(super) region: Option<String>,
    pub(super) command: String,
    pub(super) text: String,
    pub(super) mode: Mode,
    pub(super) parameters: Vec<Parameter>,
    pub(super) run_on_load: bool,
    pub(super) asks_before_running: bool,
    pub(super) timeout_ms: u64,
    /// How programs run it, if they may.
    pub(super) endpoint: Option<Endpoint>,
}

/// A parameter of a query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Parameter {
    pub(super) name: String,
    /// What it is without a value, as it was typed.
    #[serde(default)]
    pub(super) default: Option<String>,
    #[serde(default)]
    description: Option<String>,
}

/// How programs run a query.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Endpoint {
    /// The SHA-256 of the token, in base64.
    pub(super) token_hash: String,
    pub(super) created_ms: u64,
    /// Whom it acts as; anybody on a server that checks no signatures.
    pub(super) bearer: Option<Bearer>,
    /// The name of that one.
    pub(super) acts_as: String,
}

impl Row for SavedQuery {
    const KIND: Registry = Registry::Query;

    fn id(&self) -> &str {
        &self.id
    }

    fn version(&self) -> u64 {
        self.version
    }
}

/// What the console is told of a query: all of it but how its token is known.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shown {
    id: String,
    version: u64,
    name: String,
    connection: String,
    region: Option<String>,
    command: String,
    text: String,
    mode: Mode,
    parameters: Vec<Parameter>,
    run_on_load: bool,
    asks_before_running: bool,
    timeout_ms: u64,
    endpoint: Option<ShownEndpoint>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownEndpoint {
    path: String,
    created_ms: u64,
    acts_as: String,
}

/// A query as the console wants it to be.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Wanted {
    #[serde(default)]
    pub(super) id: Option<String>,
    #[serde(default)]
    version: Option<u64>,
    name: String,
    connection: String,
    #[serde(default)]
    region: Option<String>,
    command: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    mode: Mode,
    #[serde(default)]
    parameters: Vec<Parameter>,
    #[serde(default)]
    run_on_load: bool,
    #[serde(default)]
    asks_before_running: bool,
    #[serde(default)]
    timeout_ms: Option<u64>,
}

impl Wanted {
    /// Refuses what could not be run, or would take too much room.
    fn check(&self) -> Result<(), Fault> {
        let is_named = (1..=NAME_CHARACTERS_MAX).contains(&self.name.trim().chars().count());
        let is_region = self.region.as_deref().is_none_or(auth::sigv4::is_region);
        let timeout_ms = self.timeout_ms.unwrap_or(TIME_OUT_MS);
        let bytes: usize = self.parameters.iter().map(Parameter::bytes).sum();
        let fault = match () {
            () if !is_named => "The name must have 1 to 100 characters",
            () if ID_BYTES_MAX < self.connection.len() => "The connection is none",
            () if !is_region => "The Region is none",
            () if TEXT_BYTES_MAX < self.text.len() => "The text must have at most 1 MiB",
            () if PARAMETERS_MAX < self.parameters.len() => "There may be 100 parameters",
            () if TEXT_BYTES_MAX < bytes => "All parameters together must have at most 1 MiB",
            () if !(1..=TIME_OUT_MS_MAX).contains(&timeout_ms) => {
                "The time-out must be at most 60 seconds"
            }
            () => return Ok(()),
        };
        Err(Fault::Malformed(fault.to_owned()))
    }
}

impl Parameter {
    /// What it is without a value: JSON where it reads as such, and otherwise the text itself.
    pub(super) fn default_value(&self) -> Option<Box<RawValue>> {
        let typed = self.default.as_deref().filter(|typed| !typed.trim().is_empty())?;
        RawValue::from_string(typed.trim().to_owned())
            .or_else(|_| serde_json::value::to_raw_value(typed))
            .ok()
    }

    fn bytes(&self) -> usize {
        let [default, description] = [&self.default, &self.description];
        let texts = [Some(&self.name), default.as_ref(), description.as_ref()];
        texts.into_iter().flatten().map(String::len).sum()
    }
}

impl SavedQuery {
    pub(super) fn shown(self) -> Shown {
        let path = format!("{}{}", super::ENDPOINT, self.id);
        let endpoint = self.endpoint.map(|Endpoint { created_ms, acts_as, .. }| ShownEndpoint {
            path,
            created_ms,
            acts_as,
        });
        Shown {
            id: self.id,
            version: self.version,
            name: self.name,
            connection: self.connection,
            region: self.region,
            command: self.command,
            text: self.text,
            mode: self.mode,
            parameters: self.parameters,
            run_on_load: self.run_on_load,
            asks_before_running: self.asks_before_running,
            timeout_ms: self.timeout_ms,
            endpoint,
        }
    }
}

/// Saves a query. Programs go on to run it only if it is changed by whom it acts as: nobody has another one's rights by
/// changing what that one's query says.
pub(super) async fn save(
    shared: &Shared,
    account: &str,
    wanted: Wanted,
    bearer: Option<&Bearer>,
) -> Result<SavedQuery, Fault> {
    let command: Command = wanted.command.parse().map_err(malformed)?;
    wanted.check()?;
    let (old, bytes) = match &wanted.id {
        Some(id) => {
            let (old, bytes) = rows::find::<SavedQuery>(&shared.database, account, id).await?;
            (Some(old), Some(bytes))
        }
        None => (None, None),
    };
    let version = old.as_ref().map_or(0, Row::version);
    if wanted.version.is_some_and(|seen| seen != version) {
        return Err(Fault::Changed);
    }
    let query = SavedQuery {
        id: wanted.id.unwrap_or_else(new_id),
        version: version + 1,
        name: wanted.name.trim().to_owned(),
        connection: wanted.connection,
        region: wanted.region,
        command: command.name().to_owned(),
        text: wanted.text,
        mode: wanted.mode,
        parameters: wanted.parameters,
        run_on_load: wanted.run_on_load,
        asks_before_running: wanted.asks_before_running,
        timeout_ms: wanted.timeout_ms.unwrap_or(TIME_OUT_MS),
        endpoint: old
            .and_then(|old| old.endpoint)
            .filter(|endpoint| endpoint.bearer.as_ref() == bearer),
    };
    rows::save(&shared.database, account, &query, bytes.as_ref()).await?;
    Ok(query)
}

/// Has programs run a query, or no longer.
pub(super) async fn set_endpoint(
    shared: &Shared,
    account: &str,
    id: &str,
    endpoint: Option<Endpoint>,
) -> Result<SavedQuery, Fault> {
    let (query, bytes) = rows::find::<SavedQuery>(&shared.database, account, id).await?;
    let query = SavedQuery { version: query.version + 1, endpoint, ..query };
    rows::save(&shared.database, account, &query, Some(&bytes)).await?;
    Ok(query)
}
