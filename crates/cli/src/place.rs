//! Whom to ask: saved connections, and what the command line says besides.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use server::{KeySource, Seal};
use workbench::{Secret, Settings};

use crate::command::PlaceArguments;

/// For their owner alone.
const MODE: u32 = 0o600;

/// Where to ask, and what is not to be done there.
pub(crate) struct Place {
    pub(crate) settings: Settings,
    pub(crate) is_read_only: bool,
    pub(crate) asks_before_writing: bool,
}

/// A connection as it is kept. Its secrets are sealed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Saved {
    pub(crate) endpoint: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) access_key_id: Option<String>,
    pub(crate) sealed_secret: Option<String>,
    pub(crate) sealed_token: Option<String>,
    pub(crate) profile: Option<String>,
    pub(crate) role_arn: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) read_only: bool,
    pub(crate) ask_before_writing: bool,
}

/// All saved connections, and where they are kept.
pub(crate) struct Connections {
    folder: PathBuf,
    pub(crate) all: BTreeMap<String, Saved>,
}

impl Connections {
    /// Reads them. Where nothing was kept yet, there are none.
    pub(crate) fn read() -> Result<Self> {
        let folder = folder()?;
        let file = folder.join("connections.toml");
        let all = match fs::read_to_string(&file) {
            Ok(text) => toml::from_str(&text)
                .with_context(|| format!("cannot understand {}", file.display()))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", file.display()));
            }
        };
        Ok(Self { folder, all })
    }

    /// Keeps them.
    pub(crate) fn write(&self) -> Result<()> {
        fs::create_dir_all(&self.folder)
            .with_context(|| format!("cannot make {}", self.folder.display()))?;
        let file = self.folder.join("connections.toml");
        let text = toml::to_string(&self.all)?;
        server::write_file(&file, MODE, &text)
            .with_context(|| format!("cannot write {}", file.display()))
    }

    /// The connection of a name.
    pub(crate) fn find(&self, name: &str) -> Result<&Saved> {
        let names: Vec<&str> = self.all.keys().map(String::as_str).collect();
        self.all.get(name).with_context(|| match names.as_slice() {
            [] => format!("There is no connection {name:?}: `pixii connect add {name}` makes one"),
            names => format!("There is no connection {name:?}. There are: {}", names.join(", ")),
        })
    }

    /// Seals a secret of a connection.
    pub(crate) fn seal(&self, name: &str, text: &str) -> Result<String> {
        fs::create_dir_all(&self.folder)
            .with_context(|| format!("cannot make {}", self.folder.display()))?;
        Ok(self.key().seal(&bound(name), text)?)
    }

    fn key(&self) -> Seal {
        Seal::new(KeySource::File(self.folder.join("secrets.key")))
    }

    /// What it takes to connect.
    pub(crate) fn settings(&self, name: &str) -> Result<Settings> {
        let saved = self.find(name)?.clone();
        let open = |sealed: Option<String>| {
            sealed.map(|sealed| self.key().open(&bound(name), &sealed)).transpose()
        };
        Ok(Settings {
            endpoint: saved.endpoint,
            region: saved.region,
            access_key_id: saved.access_key_id,
            secret_access_key: open(saved.sealed_secret)?.map(Secret::from),
            session_token: open(saved.sealed_token)?.map(Secret::from),
            profile: saved.profile,
            role_arn: saved.role_arn,
            external_id: saved.external_id,
            time_out: None,
        })
    }
}

/// What a connection's secrets are sealed for.
fn bound(name: &str) -> String {
    format!("connection {name}")
}

/// The folder of the configuration.
fn folder() -> Result<PathBuf> {
    let given =
        |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = given("XDG_CONFIG_HOME").or_else(|| Some(given("HOME")?.join(".config")));
    Ok(folder
        .context("neither XDG_CONFIG_HOME nor HOME says where connections are kept")?
        .join("pixii"))
}

/// Whom the options mean: a saved connection, with what is given besides in place of what it says.
pub(crate) fn resolve(arguments: &PlaceArguments, time_out: Option<Duration>) -> Result<Place> {
    let given = Settings {
        endpoint: arguments.endpoint.clone(),
        region: arguments.region.clone(),
        access_key_id: arguments.access_key_id.clone(),
        secret_access_key: arguments.secret_access_key.as_deref().map(Secret::from),
        session_token: arguments.session_token.as_deref().map(Secret::from),
        profile: arguments.profile.clone(),
        role_arn: arguments.role_arn.clone(),
        external_id: arguments.external_id.clone(),
        time_out,
    };
    let Some(name) = &arguments.connection else {
        return Ok(Place { settings: given, is_read_only: false, asks_before_writing: false });
    };
    let connections = Connections::read()?;
    let saved = connections.find(name)?;
    let (is_read_only, asks_before_writing) = (saved.read_only, saved.ask_before_writing);
    let kept = connections.settings(name)?;
    let has_keys = given.access_key_id.is_some() || given.profile.is_some();
    if is_read_only
        && given.endpoint.as_ref().is_some_and(|endpoint| kept.endpoint.as_ref() != Some(endpoint))
    {
        bail!(
            "The connection {name} only reads, and is to another endpoint: leave --connection or --endpoint out"
        );
    }
    let keys = if has_keys { given.clone() } else { kept.clone() };
    let settings = Settings {
        endpoint: given.endpoint.or(kept.endpoint),
        region: given.region.or(kept.region),
        role_arn: given.role_arn.or(kept.role_arn),
        external_id: given.external_id.or(kept.external_id),
        time_out,
        ..keys
    };
    Ok(Place { settings, is_read_only, asks_before_writing })
}
