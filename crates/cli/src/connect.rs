//! `pixii connect`: connections under names.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use anyhow::{Result, bail};
use workbench::{Diagnosis, State};

use crate::command::{ConnectArguments, ConnectVerb, Guards, PlaceArguments};
use crate::place::{self, Connections, Saved};

/// What the exit status says where a connection does not work.
const BROKEN: u8 = 1;

/// Does what the command says.
pub(crate) fn run(arguments: &ConnectArguments) -> Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    match &arguments.verb {
        ConnectVerb::Add { name, guards } => {
            add(name, &arguments.place, *guards)?;
            writeln!(out, "The connection {name} is kept. `pixii connect test {name}` tests it.")?;
        }
        ConnectVerb::List => {
            for (name, saved) in Connections::read()?.all {
                writeln!(out, "{name}\t{}", described(&saved))?;
            }
        }
        ConnectVerb::Show { name } => {
            let connections = Connections::read()?;
            let saved = connections.find(name)?;
            let hidden = |sealed: &Option<String>| sealed.as_ref().map(|_| "…".to_owned());
            let shown = Saved {
                sealed_secret: hidden(&saved.sealed_secret),
                sealed_token: hidden(&saved.sealed_token),
                ..saved.clone()
            };
            write!(out, "{}", toml::to_string(&shown)?)?;
        }
        ConnectVerb::Test { name } => return test(name.as_deref(), &arguments.place),
        ConnectVerb::Remove { name } => {
            let mut connections = Connections::read()?;
            connections.find(name)?;
            connections.all.remove(name);
            connections.write()?;
            writeln!(out, "The connection {name} is forgotten.")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn described(saved: &Saved) -> String {
    let endpoint = saved.endpoint.as_deref().unwrap_or("this machine");
    let region = saved.region.as_deref().unwrap_or("-");
    let whom = saved.profile.as_ref().map(|profile| format!("profile {profile}"));
    let whom = whom.or_else(|| saved.access_key_id.clone()).unwrap_or_else(|| "-".to_owned());
    let mut described = format!("{endpoint}\t{region}\t{whom}");
    for (is, word) in
        [(saved.read_only, "read-only"), (saved.ask_before_writing, "asks before writing")]
    {
        if is {
            described.push('\t');
            described.push_str(word);
        }
    }
    described
}

fn add(name: &str, given: &PlaceArguments, guards: Guards) -> Result<()> {
    if name.is_empty() || name.chars().any(|one| one.is_control() || one.is_whitespace()) {
        bail!("A connection's name has neither blanks nor control characters");
    }
    let mut connections = Connections::read()?;
    let old = connections.all.get(name).cloned().unwrap_or_default();
    let has_new_key = given.access_key_id.is_some() && given.access_key_id != old.access_key_id;
    let secret = match &given.secret_access_key {
        Some(secret) => Some(secret.clone()),
        None if has_new_key => Some(asked_for()?),
        None => None,
    };
    let sealed = |text: Option<&String>| text.map(|text| connections.seal(name, text)).transpose();
    let (sealed_secret, sealed_token) =
        (sealed(secret.as_ref())?, sealed(given.session_token.as_ref())?);
    let is_by_profile = given.profile.is_some();
    let kept = if is_by_profile {
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

/// The secret, from whoever sits at the terminal. It is not shown.
fn asked_for() -> Result<String> {
    if !std::io::stdin().is_terminal() {
        bail!(
            "The secret access key is missing: give it with PIXII_SECRET_ACCESS_KEY, or at a terminal"
        );
    }
    Ok(rpassword::prompt_password("Secret access key: ")?.trim().to_owned())
}

fn test(name: Option<&str>, given: &PlaceArguments) -> Result<ExitCode> {
    let arguments = PlaceArguments {
        connection: name.map(ToOwned::to_owned).or_else(|| given.connection.clone()),
        ..given.clone()
    };
    let settings = place::resolve(&arguments, None)?.settings;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let diagnosis =
        runtime.block_on(workbench::diagnose(settings, |name| std::env::var(name).ok()));
    print(&diagnosis)?;
    Ok(if diagnosis.is_ok { ExitCode::SUCCESS } else { BROKEN.into() })
}

fn print(diagnosis: &Diagnosis) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for step in &diagnosis.steps {
        let state = match step.state {
            State::Passed => "passed",
            State::Failed => "failed",
            State::Skipped => "skipped",
        };
        writeln!(out, "{state:8}{:?}: {}", step.name, step.text)?;
    }
    writeln!(out, "{}", diagnosis.summary)?;
    if let Some(fix) = &diagnosis.fix {
        writeln!(out, "{fix}.")?;
    }
    Ok(())
}
