//! Connections to places that speak as this server does: Amazon's, another Pixii, or anything compatible.
//!
//! A secret is sealed with the server's key, bound to its connection, and never leaves the server again.

use database::Registry;
use serde::{Deserialize, Serialize};
use workbench::{Secret, Settings};

use super::fault::{Fault, malformed};
use super::rows::{self, Row};
use crate::pipeline::Shared;
use crate::principals::{Seal, random_text};

/// The connection to this server itself, which is always there.
pub(super) const LOCAL: &str = "local";
const NAME_CHARACTERS_MAX: usize = 100;
const TEXT_CHARACTERS_MAX: usize = 4096;
const REGION_OF_LOCAL: &str = "us-east-1";

/// A connection as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Connection {
    pub(super) id: String,
    pub(super) version: u64,
    pub(super) name: String,
    /// A URL, or `aws`. Nothing for this server itself.
    pub(super) endpoint: Option<String>,
    pub(super) region: String,
    credentials: Credentials,
    role_arn: Option<String>,
    external_id: Option<String>,
    pub(super) is_read_only: bool,
    pub(super) asks_before_writing: bool,
}

/// As whom it asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Credentials {
    /// Whoever has signed in, of this server itself.
    Caller,
    Keys {
        access_key_id: String,
        secret: String,
        session_token: Option<String>,
    },
    Profile(String),
}

impl Row for Connection {
    const KIND: Registry = Registry::Connection;

    fn id(&self) -> &str {
        &self.id
    }

    fn version(&self) -> u64 {
        self.version
    }
}

/// What the console is told of a connection: everything but its secrets.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shown {
    id: String,
    version: u64,
    name: String,
    kind: &'static str,
    endpoint: Option<String>,
    region: String,
    credentials: ShownCredentials,
    role_arn: Option<String>,
    external_id: Option<String>,
    is_read_only: bool,
    asks_before_writing: bool,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase", rename_all_fields = "camelCase")]
enum ShownCredentials {
    Caller,
    Keys { access_key_id: String, has_session_token: bool },
    Profile { profile: String },
}

/// A connection as the console wants it to be.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Wanted {
    #[serde(default)]
    pub(super) id: Option<String>,
    #[serde(default)]
    version: Option<u64>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    endpoint: Option<String>,
    #[serde(default)]
    region: String,
    #[serde(default)]
    credentials: Option<WantedCredentials>,
    #[serde(default)]
    role_arn: Option<String>,
    #[serde(default)]
    external_id: Option<String>,
    #[serde(default)]
    is_read_only: bool,
    #[serde(default)]
    asks_before_writing: bool,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", rename_all_fields = "camelCase")]
enum WantedCredentials {
    Caller,
    Keys {
        access_key_id: String,
        #[serde(default)]
        secret_access_key: Option<String>,
        #[serde(default)]
        session_token: Option<String>,
    },
    Profile {
        profile: String,
    },
}

impl Connection {
    /// The one to this server itself, as long as nobody has changed what it allows.
    fn local() -> Self {
        Self {
            id: LOCAL.to_owned(),
            version: 0,
            name: "This server".to_owned(),
            endpoint: None,
            region: REGION_OF_LOCAL.to_owned(),
            credentials: Credentials::Caller,
            role_arn: None,
            external_id: None,
            is_read_only: false,
            asks_before_writing: false,
        }
    }

    pub(super) fn is_local(&self) -> bool {
        self.id == LOCAL
    }

    pub(super) fn shown(self) -> Shown {
        let kind = if self.is_local() { "local" } else { "remote" };
        let credentials = match self.credentials {
            Credentials::Caller => ShownCredentials::Caller,
            Credentials::Keys { access_key_id, session_token, .. } => {
                ShownCredentials::Keys { access_key_id, has_session_token: session_token.is_some() }
            }
            Credentials::Profile(profile) => ShownCredentials::Profile { profile },
        };
        let Self { id, version, name, endpoint, region, role_arn, external_id, .. } = self;
        let (is_read_only, asks_before_writing) = (self.is_read_only, self.asks_before_writing);
        Shown {
            id,
            version,
            name,
            kind,
            endpoint,
            region,
            credentials,
            role_arn,
            external_id,
            is_read_only,
            asks_before_writing,
        }
    }

    /// What it takes to connect, in a Region of its own or another.
    pub(super) fn settings(&self, shared: &Shared, account: &str) -> Result<Settings, Fault> {
        let mut settings = Settings {
            endpoint: self.endpoint.clone(),
            region: Some(self.region.clone()),
            role_arn: self.role_arn.clone(),
            external_id: self.external_id.clone(),
            ..Settings::default()
        };
        let open = |sealed: &str| shared.principals.seal().open(&bound(account, &self.id), sealed);
        match &self.credentials {
            Credentials::Caller => {}
            Credentials::Keys { access_key_id, secret, session_token } => {
                settings.access_key_id = Some(access_key_id.clone());
                settings.secret_access_key = Some(Secret::from(open(secret)?));
                let token = session_token.as_deref().map(open).transpose()?;
                settings.session_token = token.map(Secret::from);
            }
            Credentials::Profile(profile) => settings.profile = Some(profile.clone()),
        }
        Ok(settings)
    }
}

/// What a connection's secrets are sealed for.
fn bound(account: &str, id: &str) -> String {
    format!("connection {account}/{id}")
}

/// All connections of an account, that to this server first.
pub(super) async fn list(shared: &Shared, account: &str) -> Result<Vec<Connection>, Fault> {
    let mut all: Vec<Connection> = rows::list(&shared.database, account).await?;
    let local = all.iter().position(Connection::is_local).map(|place| all.remove(place));
    all.sort_by_key(|one| one.name.to_lowercase());
    all.insert(0, local.unwrap_or_else(Connection::local));
    Ok(all)
}

/// One connection of an account.
pub(super) async fn find(shared: &Shared, account: &str, id: &str) -> Result<Connection, Fault> {
    match rows::find(&shared.database, account, id).await {
        Ok((connection, _)) => Ok(connection),
        Err(Fault::NotFound) if id == LOCAL => Ok(Connection::local()),
        Err(fault) => Err(fault),
    }
}

/// Makes a connection, or changes one.
pub(super) async fn save(
    shared: &Shared,
    account: &str,
    wanted: Wanted,
) -> Result<Connection, Fault> {
    let id = wanted.id.clone().unwrap_or_else(new_id);
    let stored = match rows::find::<Connection>(&shared.database, account, &id).await {
        Ok(stored) => Some(stored),
        Err(Fault::NotFound) if wanted.id.is_none() || id == LOCAL => None,
        Err(fault) => return Err(fault),
    };
    let old = stored.as_ref().map_or_else(
        || (id == LOCAL).then(Connection::local),
        |(connection, _)| Some(connection.clone()),
    );
    let version = old.as_ref().map_or(0, Row::version);
    if wanted.version.is_some_and(|seen| seen != version) {
        return Err(Fault::Changed);
    }
    let connection = Connection {
        version: version + 1,
        ..sealed(shared, account, (&id, old.as_ref()), wanted)?
    };
    rows::save(&shared.database, account, &connection, stored.as_ref().map(|(_, bytes)| bytes))
        .await?;
    Ok(connection)
}

/// A connection that is not kept, only to be tested.
pub(super) async fn tried(
    shared: &Shared,
    account: &str,
    wanted: Wanted,
) -> Result<Connection, Fault> {
    let old = match &wanted.id {
        Some(id) => Some(find(shared, account, id).await?),
        None => None,
    };
    let id = wanted.id.clone().unwrap_or_else(new_id);
    sealed(shared, account, (&id, old.as_ref()), wanted)
}

fn sealed(
    shared: &Shared,
    account: &str,
    (id, old): (&str, Option<&Connection>),
    wanted: Wanted,
) -> Result<Connection, Fault> {
    let (is_read_only, asks_before_writing) = (wanted.is_read_only, wanted.asks_before_writing);
    if let Some(local) = old.filter(|_| id == LOCAL) {
        return Ok(Connection { is_read_only, asks_before_writing, ..local.clone() });
    }
    let name = wanted.name.trim().to_owned();
    check(&name, "The name", NAME_CHARACTERS_MAX)?;
    let endpoint =
        given(wanted.endpoint).ok_or_else(|| missing("an endpoint, or aws for Amazon's"))?;
    check(&endpoint, "The endpoint", TEXT_CHARACTERS_MAX)?;
    let region = wanted.region.trim().to_owned();
    check(&region, "The Region", NAME_CHARACTERS_MAX)?;
    let credentials = wanted.credentials.ok_or_else(|| missing("credentials"))?;
    check_place(&endpoint, &region)?;
    let is_moved = old.is_some_and(|old| old.endpoint.as_ref() != Some(&endpoint));
    let seal = Sealing { seal: shared.principals.seal(), what: bound(account, id), is_moved };
    let credentials = seal.credentials(old, credentials)?;
    let (role_arn, external_id) = (given(wanted.role_arn), given(wanted.external_id));
    Ok(Connection {
        id: id.to_owned(),
        version: 0,
        name,
        endpoint: Some(endpoint),
        region,
        credentials,
        role_arn,
        external_id,
        is_read_only,
        asks_before_writing,
    })
}

/// How a connection's secrets are sealed.
struct Sealing<'a> {
    seal: &'a Seal,
    what: String,
    /// Whether the connection was to another endpoint before.
    is_moved: bool,
}

impl Sealing<'_> {
    /// Seals what is new of the secrets. What is not given stays as it was, as long as it is for the same key.
    fn credentials(
        &self,
        old: Option<&Connection>,
        wanted: WantedCredentials,
    ) -> Result<Credentials, Fault> {
        let sealed = |text: String| self.seal.seal(&self.what, &text);
        match wanted {
            WantedCredentials::Caller => Err(missing("an access key, or a profile")),
            WantedCredentials::Profile { profile } => {
                check(profile.trim(), "The profile", NAME_CHARACTERS_MAX)?;
                Ok(Credentials::Profile(profile.trim().to_owned()))
            }
            WantedCredentials::Keys { access_key_id, secret_access_key, session_token } => {
                let key_id = access_key_id.trim().to_owned();
                check(&key_id, "The access key ID", TEXT_CHARACTERS_MAX)?;
                let kept = match old.map(|old| &old.credentials) {
                    Some(Credentials::Keys { access_key_id, secret, session_token })
                        if *access_key_id == key_id =>
                    {
                        Some((secret.clone(), session_token.clone()))
                    }
                    Some(_) | None => None,
                };
                let (secret, token) = match (given(secret_access_key), kept) {
                    (Some(secret), _) => {
                        (sealed(secret)?, given(session_token).map(sealed).transpose()?)
                    }
                    (None, Some((secret, token))) => {
                        let new = given(session_token).map(sealed).transpose()?;
                        // A token goes out as it is, so nobody is to have it sent elsewhere.
                        if new.is_none() && token.is_some() && self.is_moved {
                            return Err(missing("its session token again for another endpoint"));
                        }
                        (secret, new.or(token))
                    }
                    (None, None) => return Err(missing("the secret access key")),
                };
                Ok(Credentials::Keys { access_key_id: key_id, secret, session_token: token })
            }
        }
    }
}

/// Refuses an endpoint or a Region that nothing could be sent to.
fn check_place(endpoint: &str, region: &str) -> Result<(), Fault> {
    let settings = Settings {
        endpoint: Some(endpoint.to_owned()),
        region: Some(region.to_owned()),
        access_key_id: Some("id".to_owned()),
        secret_access_key: Some(Secret::from("secret")),
        ..Settings::default()
    };
    workbench::Connection::new(settings, |_| None).map(drop).map_err(malformed)
}

/// What is given of a text that may be left out.
fn given(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn check(text: &str, what: &str, characters_max: usize) -> Result<(), Fault> {
    let count = text.chars().count();
    if text.chars().any(char::is_control) || !(1..=characters_max).contains(&count) {
        return Err(Fault::Malformed(format!("{what} must have 1 to {characters_max} characters")));
    }
    Ok(())
}

fn missing(what: &str) -> Fault {
    Fault::Malformed(format!("The connection needs {what}"))
}

/// An id that nothing else has.
pub(super) fn new_id() -> String {
    random_text::<20>(b"0123456789abcdefghijklmnopqrstuv")
}
