//! Whom to ask: saved connections, and what the command line says besides.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder};
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use server::{KeySource, Seal};
use workbench::{Connection, Secret, Settings};

use crate::command::PlaceArguments;

/// Files and their folder are for their owner alone.
const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;
/// The most characters of a connection's name.
const NAME_CHARACTERS_MAX: usize = 64;
/// Who names an endpoint here does not mean the default connection.
const ENDPOINT_VARIABLES: [&str; 2] = ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL"];

/// Where to ask, and what is not to be done there.
pub(crate) struct Place {
    pub(crate) settings: Settings,
    pub(crate) lock: Lock,
}

/// What a connection does not let through by itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lock {
    /// The connection's name.
    connection: String,
    is_read_only: bool,
    asks_before_writing: bool,
}

impl Lock {
    /// Why something that writes is not to be done; `None` where it is. Whoever sits at the terminal is asked, where the
    /// connection wants that.
    pub(crate) fn refuses(&self, what: &str, is_confirmed: bool) -> Result<Option<String>> {
        let name = &self.connection;
        if self.is_read_only {
            return Ok(Some(format!(
                "the connection {name} only reads, and {what} may write: nothing was sent"
            )));
        }
        if !self.asks_before_writing || is_confirmed {
            return Ok(None);
        }
        let (input, mut out) = (io::stdin(), io::stderr());
        if !input.is_terminal() {
            return Ok(Some(format!(
                "the connection {name} asks before it writes, and nobody can be asked: nothing was sent. Say --yes"
            )));
        }
        write!(out, "{what} may write over the connection {name}. Go on? [y/N] ")?;
        out.flush()?;
        let mut line = String::new();
        input.lock().read_line(&mut line)?;
        let is_wanted = matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes");
        Ok((!is_wanted).then(|| "nothing was sent".to_owned()))
    }
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

/// What is in the file.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    default: Option<String>,
    connections: BTreeMap<String, Saved>,
}

/// All saved connections, and where they are kept.
pub(crate) struct Connections {
    folder: PathBuf,
    pub(crate) all: BTreeMap<String, Saved>,
    /// The one that is asked where nobody is named.
    pub(crate) default: Option<String>,
}

impl Connections {
    /// Reads them. Where nothing was kept yet, there are none.
    pub(crate) fn read() -> Result<Self> {
        let folder = folder()?;
        let file = folder.join("connections.toml");
        let File { default, connections } = match fs::read_to_string(&file) {
            Ok(text) => toml::from_str(&text)
                .with_context(|| format!("cannot understand {}", file.display()))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => File::default(),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", file.display()));
            }
        };
        Ok(Self { folder, all: connections, default })
    }

    /// Keeps them.
    pub(crate) fn write(self) -> Result<()> {
        self.make_folder()?;
        let path = self.folder.join("connections.toml");
        let text = toml::to_string(&File { default: self.default, connections: self.all })?;
        server::write_file(&path, FILE_MODE, &text)
            .with_context(|| format!("cannot write {}", path.display()))
    }

    fn make_folder(&self) -> Result<()> {
        DirBuilder::new()
            .recursive(true)
            .mode(FOLDER_MODE)
            .create(&self.folder)
            .with_context(|| format!("cannot make {}", self.folder.display()))
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
        self.make_folder()?;
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

/// Refuses what is no name: one that could not stand before the colon of CONNECTION:TABLE.
pub(crate) fn check_name(name: &str) -> Result<()> {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    let is_sound = !name.starts_with(['-', '.']) && name.chars().all(is_letter);
    if name.is_empty() || NAME_CHARACTERS_MAX < name.len() || !is_sound || name == "arn" {
        bail!(
            "a connection's name is letters, digits, and . _ - in it, such as production, not {name:?}"
        );
    }
    Ok(())
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

/// What the options say, without a saved connection.
pub(crate) fn given(arguments: &PlaceArguments) -> Settings {
    Settings {
        endpoint: arguments.endpoint.clone(),
        region: arguments.region.clone(),
        access_key_id: arguments.access_key_id.clone(),
        secret_access_key: arguments.secret_access_key.as_deref().map(Secret::from),
        session_token: arguments.session_token.as_deref().map(Secret::from),
        profile: arguments.profile.clone(),
        role_arn: arguments.role_arn.clone(),
        external_id: arguments.external_id.clone(),
        time_out: None,
    }
}

/// Whom the options mean: a saved connection, with what is given besides in place of what it says.
pub(crate) fn resolve(arguments: &PlaceArguments, time_out: Option<Duration>) -> Result<Place> {
    let given = Settings { time_out, ..given(arguments) };
    let is_named = given.endpoint.is_some()
        || ENDPOINT_VARIABLES
            .iter()
            .any(|name| std::env::var(name).is_ok_and(|value| !value.is_empty()));
    if arguments.connection.is_none() && is_named {
        return Ok(Place { settings: given, lock: Lock::default() });
    }
    let connections = Connections::read()?;
    let Some(name) = arguments.connection.as_ref().or(connections.default.as_ref()) else {
        return Ok(Place { settings: given, lock: Lock::default() });
    };
    let saved = connections.find(name)?;
    let lock = Lock {
        connection: name.clone(),
        is_read_only: saved.read_only,
        asks_before_writing: saved.ask_before_writing,
    };
    let kept = connections.settings(name)?;
    let has_keys = given.access_key_id.is_some() || given.profile.is_some();
    let keys = if has_keys {
        given.clone()
    } else {
        Settings {
            secret_access_key: given.secret_access_key.or_else(|| kept.secret_access_key.clone()),
            session_token: given.session_token.or_else(|| kept.session_token.clone()),
            ..kept.clone()
        }
    };
    let settings = Settings {
        endpoint: given.endpoint.or(kept.endpoint),
        region: given.region.or(kept.region),
        role_arn: given.role_arn.or(kept.role_arn),
        external_id: given.external_id.or(kept.external_id),
        time_out,
        ..keys
    };
    Ok(Place { settings, lock })
}

/// Opens a connection, with the environment of this process.
pub(crate) async fn open(settings: Settings) -> Result<Connection, workbench::Error> {
    Connection::open(settings, |name| std::env::var(name).ok()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connections_name_can_stand_before_a_table() {
        for name in ["production", "eu-west-1", "a", "team_1.test"] {
            check_name(name).unwrap();
        }
        let long = "a".repeat(65);
        for name in ["", "a:b", "a b", "-a", ".a", "ä", "arn", "a/b", "a\n", &long] {
            check_name(name).unwrap_err();
        }
    }
}
