//! `pixii connect`: connections under names.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::ArgMatches;
use serde::Serialize;
use workbench::{Connection, Diagnosis, Error, Secret, Settings, State, StepResult};

use crate::colours::{Colour, Colours};
use crate::command::{AdminOutput, ConnectArguments, ConnectVerb, Guards, PlaceArguments};
use crate::place::{self, Connections, Saved};
use crate::status::{self, REFUSED};

/// Does what the command says.
pub(crate) fn run(arguments: &ConnectArguments, matches: &ArgMatches) -> Result<ExitCode> {
    status::or_not_asked(done(arguments, matches))
}

fn done(arguments: &ConnectArguments, matches: &ArgMatches) -> Result<ExitCode> {
    let ConnectArguments { verb, place, output } = arguments;
    let is_json = *output == Some(AdminOutput::Json);
    let text = match verb {
        ConnectVerb::Add { name, guards } => add(name, place, *guards)?,
        ConnectVerb::Edit { name, guards } => edit(name, &place.typed(matches), *guards)?,
        ConnectVerb::List => {
            let connections = Connections::read()?;
            let all: Vec<Shown<'_>> = connections
                .all
                .keys()
                .map(|name| Shown::of(&connections, name))
                .collect::<Result<_>>()?;
            if is_json { json(&all)? } else { table(&all) }
        }
        ConnectVerb::Show { name } => {
            let connections = Connections::read()?;
            let shown = Shown::of(&connections, name)?;
            if is_json { json(&shown)? } else { shown.lines() }
        }
        ConnectVerb::Test { name } => return test(name.as_deref(), place, is_json),
        ConnectVerb::Remove { name } => remove(name)?,
        ConnectVerb::Default { name, none } => default(name.as_ref(), *none)?,
    };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn json(value: &impl Serialize) -> Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

/// A connection without its secrets.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "each is a member of what is printed")]
struct Shown<'a> {
    name: &'a str,
    is_default: bool,
    endpoint: Option<&'a str>,
    region: Option<&'a str>,
    access_key_id: Option<&'a str>,
    has_secret_access_key: bool,
    has_session_token: bool,
    profile: Option<&'a str>,
    role_arn: Option<&'a str>,
    external_id: Option<&'a str>,
    is_read_only: bool,
    asks_before_writing: bool,
}

impl<'a> Shown<'a> {
    fn of(connections: &'a Connections, name: &'a str) -> Result<Self> {
        let saved = connections.find(name)?;
        Ok(Self {
            name,
            is_default: connections.default.as_deref() == Some(name),
            endpoint: saved.endpoint.as_deref(),
            region: saved.region.as_deref(),
            access_key_id: saved.access_key_id.as_deref(),
            has_secret_access_key: saved.sealed_secret.is_some(),
            has_session_token: saved.sealed_token.is_some(),
            profile: saved.profile.as_deref(),
            role_arn: saved.role_arn.as_deref(),
            external_id: saved.external_id.as_deref(),
            is_read_only: saved.read_only,
            asks_before_writing: saved.ask_before_writing,
        })
    }

    /// What it lets through, and whether it is the default.
    fn marks(&self) -> String {
        let marks = [
            (self.is_default, "default"),
            (self.is_read_only, "read-only"),
            (self.asks_before_writing, "asks before writing"),
        ];
        let marks: Vec<&str> = marks.iter().filter_map(|(is, mark)| is.then_some(*mark)).collect();
        marks.join(", ")
    }

    fn lines(&self) -> String {
        let kept = |is_kept: bool| is_kept.then_some("kept, sealed");
        let marks = self.marks();
        let parts = [
            ("Name", Some(self.name)),
            ("Endpoint", self.endpoint),
            ("Region", self.region),
            ("Access key ID", self.access_key_id),
            ("Secret access key", kept(self.has_secret_access_key)),
            ("Session token", kept(self.has_session_token)),
            ("Profile", self.profile),
            ("Role", self.role_arn),
            ("External ID", self.external_id),
            ("", Some(marks.as_str()).filter(|marks| !marks.is_empty())),
        ];
        let mut text = String::new();
        for (part, value) in parts {
            if let Some(value) = value {
                let _ = writeln!(text, "{part:19}{value}");
            }
        }
        text
    }
}

/// The connections, a line each.
fn table(all: &[Shown<'_>]) -> String {
    let cells = |shown: &Shown<'_>| {
        let whom = shown.profile.map(|profile| format!("profile {profile}"));
        let whom = whom.or_else(|| shown.access_key_id.map(ToOwned::to_owned));
        [
            shown.name.to_owned(),
            shown.endpoint.unwrap_or("-").to_owned(),
            shown.region.unwrap_or("-").to_owned(),
            whom.unwrap_or_else(|| "-".to_owned()),
            shown.marks(),
        ]
    };
    let rows: Vec<[String; 5]> = all.iter().map(cells).collect();
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (place, cell) in row.iter().enumerate() {
            let widths = rows.iter().filter_map(|row| row.get(place));
            let width = widths.map(|cell| cell.chars().count()).max().unwrap_or_default();
            let _ = write!(line, "{cell:width$}  ");
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

fn add(name: &str, given: &PlaceArguments, guards: Guards) -> Result<String> {
    place::check_name(name)?;
    let connections = Connections::read()?;
    if connections.all.contains_key(name) {
        bail!("there is a connection {name} already: `pixii connect edit {name}` changes it");
    }
    keep(connections, name, (given, guards))?;
    Ok(format!("The connection {name} is kept. `pixii connect test {name}` tests it.\n"))
}

/// Changes a connection by what was typed: what happens to be in the environment is nothing that was asked for.
fn edit(name: &str, given: &PlaceArguments, guards: Guards) -> Result<String> {
    let connections = Connections::read()?;
    connections.find(name)?;
    keep(connections, name, (given, guards))?;
    Ok(format!("The connection {name} is changed.\n"))
}

/// Keeps what is given, and of what there was before what is not given.
fn keep(
    mut connections: Connections,
    name: &str,
    (given, guards): (&PlaceArguments, Guards),
) -> Result<()> {
    let old = connections.all.get(name).cloned().unwrap_or_default();
    let has_new_key = given.access_key_id.is_some() && given.access_key_id != old.access_key_id;
    let secret = match &given.secret_access_key {
        Some(secret) => Some(secret.clone()),
        None if has_new_key => Some(ask_for_secret()?),
        None => None,
    };
    check(given, secret.as_deref(), old.access_key_id.as_deref())?;
    let sealed = |text: Option<&String>| text.map(|text| connections.seal(name, text)).transpose();
    let (sealed_secret, sealed_token) =
        (sealed(secret.as_ref())?, sealed(given.session_token.as_ref())?);
    let kept = if given.profile.is_some() {
        Saved { access_key_id: None, sealed_secret: None, sealed_token: None, ..old }
    } else if has_new_key {
        Saved { profile: None, sealed_token: None, ..old }
    } else {
        old
    };
    let saved = Saved {
        endpoint: given.endpoint.clone().or(kept.endpoint),
        region: given.region.clone().or(kept.region),
        access_key_id: given.access_key_id.clone().or(kept.access_key_id),
        sealed_secret: sealed_secret.or(kept.sealed_secret),
        sealed_token: sealed_token.or(kept.sealed_token),
        profile: given.profile.clone().or(kept.profile),
        role_arn: given.role_arn.clone().or(kept.role_arn),
        external_id: given.external_id.clone().or(kept.external_id),
        read_only: guards.read_only.unwrap_or(kept.read_only),
        ask_before_writing: guards.ask_before_writing.unwrap_or(kept.ask_before_writing),
    };
    connections.all.insert(name.to_owned(), saved);
    connections.write()
}

/// Refuses what can be no connection, as far as that is known without asking anybody.
fn check(given: &PlaceArguments, secret: Option<&str>, old_key: Option<&str>) -> Result<()> {
    if given.profile.is_some() && given.access_key_id.is_some() {
        bail!("an access key and a profile: leave one of them out");
    }
    let settings = Settings {
        // A new secret for the key that is there.
        access_key_id: given.access_key_id.as_deref().or(old_key).map(ToOwned::to_owned),
        secret_access_key: Some(Secret::from(secret.unwrap_or("kept"))),
        ..place::given(given)
    };
    let keyless = || Settings {
        access_key_id: None,
        secret_access_key: None,
        session_token: None,
        ..settings.clone()
    };
    let has_keys = settings.access_key_id.is_some() || secret.is_some();
    let settings = if has_keys { settings } else { keyless() };
    match Connection::new(settings, |_| None) {
        Ok(_) | Err(Error::Unopened | Error::CredentialsMissing | Error::RegionMissing) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The secret, from whoever sits at the terminal. It is not shown.
fn ask_for_secret() -> Result<String> {
    if !std::io::stdin().is_terminal() {
        bail!(
            "the secret access key is missing: give it in PIXII_SECRET_ACCESS_KEY, or at a terminal"
        );
    }
    Ok(rpassword::prompt_password("Secret access key: ")?.trim().to_owned())
}

fn remove(name: &str) -> Result<String> {
    let mut connections = Connections::read()?;
    connections.find(name)?;
    connections.all.remove(name);
    if connections.default.as_deref() == Some(name) {
        connections.default = None;
    }
    connections.write()?;
    Ok(format!("The connection {name} is forgotten.\n"))
}

fn default(name: Option<&String>, is_none: bool) -> Result<String> {
    let mut connections = Connections::read()?;
    if name.is_none() && !is_none {
        return Ok(match connections.default {
            Some(name) => format!("{name}\n"),
            None => "No connection is the default: the local server is asked.\n".to_owned(),
        });
    }
    if let Some(name) = name {
        connections.find(name)?;
    }
    connections.default = name.cloned();
    connections.write()?;
    Ok(match name {
        Some(name) => format!("{name} is asked where no endpoint and no connection is named.\n"),
        None => {
            "The local server is asked where no endpoint and no connection is named.\n".to_owned()
        }
    })
}

fn test(name: Option<&str>, given: &PlaceArguments, is_json: bool) -> Result<ExitCode> {
    let arguments = PlaceArguments {
        connection: name.map(ToOwned::to_owned).or_else(|| given.connection.clone()),
        ..given.clone()
    };
    let settings = place::resolve(&arguments, None)?.settings;
    let diagnosis =
        status::runtime()?.block_on(workbench::diagnose(settings, |name| std::env::var(name).ok()));
    let text = if is_json { json(&diagnosis)? } else { told(&diagnosis) };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(if diagnosis.is_ok { ExitCode::SUCCESS } else { REFUSED.into() })
}

/// The steps of a test, and what it found.
fn told(diagnosis: &Diagnosis) -> String {
    let colours = Colours::of(&std::io::stdout());
    let mut text = String::new();
    for StepResult { name, state, text: found } in &diagnosis.steps {
        let state = match state {
            State::Passed => colours.paint(Colour::Green, "passed "),
            State::Failed => colours.paint(Colour::Red, "failed "),
            State::Skipped => "skipped".to_owned(),
        };
        // As it is called in JSON: TLS, and not Tls.
        let name = serde_json::to_value(name).unwrap_or_default();
        let _ = writeln!(text, "{state}  {}: {found}", name.as_str().unwrap_or_default());
    }
    let _ = writeln!(text, "\n{}", diagnosis.summary);
    if let Some(fix) = &diagnosis.fix {
        let _ = writeln!(text, "{fix}");
    }
    text
}
