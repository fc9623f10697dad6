//! `pixii user` and `pixii policy`: commands about users, given to a server or done in the folder of a database.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use database::{Database, SystemClock};
use serde_json::{Map, Value, json};
use server::{AdminFault, Belief, Code, Principals};
use storage::Store;
use workbench::{Body, Reply};

use crate::check::expect_database;
use crate::command::{
    AdminOutput, AdminTarget, KeyVerb, PolicyArguments, PolicyVerb, UserArguments, UserPolicyVerb,
    UserVerb,
};
use crate::configuration::key_source;
use crate::place::{self, Place};
use crate::status::{self, NOT_ASKED, REFUSED};

/// Commands that change nothing of the server, which a connection that only reads lets through.
const READS: [&str; 4] = ["GetSessionToken", "GetUser", "ListUsers", "SimulatePolicy"];
/// Memory for what is read of a folder.
const CACHE_BYTES: usize = 16 * 1024 * 1024;

/// What came of a command.
enum Outcome {
    Done(Value),
    Refused(String),
}

/// Does what is said of users.
pub(crate) fn user(arguments: &UserArguments) -> Result<ExitCode> {
    let UserArguments { verb, target } = arguments;
    let done = user_command(verb).and_then(|(command, body)| give(target, command, body));
    finish(done, target, |reply| text(verb, reply))
}

/// Asks what policies would decide.
pub(crate) fn policy(arguments: &PolicyArguments) -> Result<ExitCode> {
    let PolicyArguments { verb: PolicyVerb::Simulate { user, file, .. }, target } = arguments;
    let asked = simulation(&arguments.verb);
    let done = asked.and_then(|body| match user {
        Some(_) => give(target, "SimulatePolicy", body),
        None => outcome(server::simulate_policy(body.to_string().as_bytes())),
    });
    let all_allowed = match &done {
        Ok(Outcome::Done(reply)) => results(reply).all(|result| result["Decision"] == "allowed"),
        Ok(Outcome::Refused(_)) | Err(_) => true,
    };
    // What cannot be told is no denial.
    if let Ok(Outcome::Refused(message)) = &done {
        writeln!(std::io::stderr(), "pixii: {message}")?;
        return Ok(NOT_ASKED.into());
    }
    let ended = finish(done, target, |reply| decisions(reply, file))?;
    Ok(if all_allowed { ended } else { REFUSED.into() })
}

/// Prints what came of a command, and says so in the exit status.
fn finish(
    done: Result<Outcome>,
    target: &AdminTarget,
    text: impl Fn(&Value) -> String,
) -> Result<ExitCode> {
    match done {
        Ok(Outcome::Done(reply)) => {
            let text = match target.output.unwrap_or(AdminOutput::Text) {
                AdminOutput::Text => text(&reply),
                AdminOutput::Json => format!("{reply:#}\n"),
            };
            std::io::stdout().write_all(text.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        Ok(Outcome::Refused(message)) => {
            writeln!(std::io::stderr(), "{message}")?;
            Ok(REFUSED.into())
        }
        Err(error) => {
            writeln!(std::io::stderr(), "pixii: {error:#}")?;
            Ok(NOT_ASKED.into())
        }
    }
}

/// The command's name and its body.
fn user_command(verb: &UserVerb) -> Result<(&'static str, Value)> {
    let key = |name: &String, id: &String| json!({ "UserName": name, "AccessKeyId": id });
    let switch = |name: &String, id: &String, status| json!({ "UserName": name, "AccessKeyId": id, "Status": status });
    Ok(match verb {
        UserVerb::Create { name, administrator, no_key, tag } => (
            "CreateUser",
            json!({
                "UserName": name,
                "IsAdministrator": administrator,
                "CreateAccessKey": !no_key,
                "Tags": tags(tag)?,
            }),
        ),
        UserVerb::List => ("ListUsers", json!({})),
        UserVerb::Describe { name } => ("GetUser", json!({ "UserName": name })),
        UserVerb::Delete { name } => ("DeleteUser", json!({ "UserName": name })),
        UserVerb::Tag { name, tags: all } => {
            ("TagUser", json!({ "UserName": name, "Tags": tags(all)? }))
        }
        UserVerb::Untag { name, keys } => {
            ("UntagUser", json!({ "UserName": name, "TagKeys": keys }))
        }
        UserVerb::Key(KeyVerb::Create { name }) => ("CreateAccessKey", json!({ "UserName": name })),
        UserVerb::Key(KeyVerb::Rotate { name, key_id }) => ("RotateAccessKey", key(name, key_id)),
        UserVerb::Key(KeyVerb::Delete { name, key_id }) => ("DeleteAccessKey", key(name, key_id)),
        UserVerb::Key(KeyVerb::Disable { name, key_id }) => {
            ("UpdateAccessKey", switch(name, key_id, "Inactive"))
        }
        UserVerb::Key(KeyVerb::Enable { name, key_id }) => {
            ("UpdateAccessKey", switch(name, key_id, "Active"))
        }
        UserVerb::Policy(UserPolicyVerb::Attach { name, arn: Some(arn), .. }) => {
            ("AttachUserPolicy", json!({ "UserName": name, "PolicyArn": arn }))
        }
        UserVerb::Policy(UserPolicyVerb::Attach { name, arn: None, file, policy }) => {
            let file = file.as_deref().context("name a policy's ARN, or its --file and --name")?;
            let document = read(file)?;
            let body =
                json!({ "UserName": name, "PolicyName": policy, "PolicyDocument": document });
            ("PutUserPolicy", body)
        }
        UserVerb::Policy(UserPolicyVerb::Detach { name, policy }) => {
            let member = if policy.starts_with("arn:") { "PolicyArn" } else { "PolicyName" };
            ("DetachUserPolicy", json!({ "UserName": name, member: policy }))
        }
        UserVerb::Session { duration, name, file } => {
            let mut body = Map::new();
            body.extend(duration.map(|seconds| ("DurationSeconds".to_owned(), seconds.into())));
            body.extend(name.clone().map(|name| ("SessionName".to_owned(), name.into())));
            if let Some(file) = file {
                body.insert("PolicyDocument".to_owned(), read(file)?.into());
            }
            ("GetSessionToken", body.into())
        }
    })
}

fn tags(pairs: &[String]) -> Result<Vec<Value>> {
    let tag = |pair: &String| {
        let (key, value) = pair.split_once('=').with_context(|| wants_pair(pair))?;
        Ok(json!({ "Key": key, "Value": value }))
    };
    pairs.iter().map(tag).collect()
}

fn wants_pair(pair: &str) -> String {
    format!("{pair:?} is no KEY=VALUE")
}

fn read(file: &Path) -> Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

fn simulation(verb: &PolicyVerb) -> Result<Value> {
    let PolicyVerb::Simulate { file, user, action, resource, context, resource_policy } = verb;
    let mut values: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for pair in context {
        let (key, value) = pair.split_once('=').with_context(|| wants_pair(pair))?;
        values.entry(key).or_default().push(value);
    }
    let entry = |(key, values): (&str, Vec<&str>)| {
        let value = match values.as_slice() {
            [value] if !is_plural(key) => json!(value),
            values => json!(values),
        };
        (key.to_owned(), value)
    };
    let documents = file.iter().map(|file| read(file)).collect::<Result<Vec<_>>>()?;
    if documents.is_empty() && user.is_none() {
        bail!("name policies: --file, or --user");
    }
    let mut body = json!({
        "PolicyDocuments": documents,
        "ActionNames": action,
        "ResourceArns": resource,
        "ContextEntries": values.into_iter().map(entry).collect::<Map<_, _>>(),
    });
    if let Some(map) = body.as_object_mut() {
        map.extend(user.clone().map(|user| ("UserName".to_owned(), user.into())));
        if let Some(file) = resource_policy {
            map.insert("ResourcePolicy".to_owned(), read(file)?.into());
        }
    }
    Ok(body)
}

/// Whether a condition key has several values even where there is one.
fn is_plural(key: &str) -> bool {
    const PLURAL: [&str; 3] = ["dynamodb:leadingkeys", "dynamodb:attributes", "aws:tagkeys"];
    PLURAL.contains(&key.to_ascii_lowercase().as_str())
}

/// Gives a command to whom it is for.
fn give(target: &AdminTarget, command: &str, mut body: Value) -> Result<Outcome> {
    if let (Some(account), Some(map)) = (&target.account, body.as_object_mut()) {
        map.insert("Account".to_owned(), account.as_str().into());
    }
    match &target.data {
        Some(folder) => change_folder(folder, target, (command, &body)),
        None => ask(target, (command, &body)),
    }
}

/// Does a command in the folder of a database that nobody serves.
fn change_folder(
    folder: &Path,
    target: &AdminTarget,
    (command, body): (&str, &Value),
) -> Result<Outcome> {
    let options = storage::Options {
        cache_bytes: CACHE_BYTES,
        write_buffer_bytes: CACHE_BYTES,
        durability: storage::Durability::Sync,
    };
    // Only the first user makes a database where there is none.
    if command != "CreateUser" {
        expect_database(folder)?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let store = Store::open(folder, &options).with_context(|| {
            let folder = folder.display();
            format!("cannot open {folder}. If a server runs on it, ask that one: leave out --data")
        })?;
        let clock = Arc::new(SystemClock);
        let database = Database::new(store, Arc::clone(&clock) as _, database::Options::default());
        let belief = Belief {
            credentials: Vec::new(),
            is_strict: false,
            key: key_source(target.key_file.clone(), Some(folder)),
            requests_max: u32::MAX,
        };
        let principals = Principals::load(database.clone(), clock, belief).await?;
        let done = principals.administer(command, body.to_string().as_bytes()).await;
        database.close().await.context("cannot close the store")?;
        outcome(done)
    })
}

fn outcome(done: Result<Vec<u8>, AdminFault>) -> Result<Outcome> {
    match done {
        Ok(reply) => Ok(Outcome::Done(serde_json::from_slice(&reply)?)),
        Err(fault) if fault.code() == Code::ServiceFailure => Err(fault.into()),
        Err(fault) => Ok(Outcome::Refused(format!("{:?}: {fault}", fault.code()))),
    }
}

/// Gives a command to a server.
fn ask(target: &AdminTarget, (command, body): (&str, &Value)) -> Result<Outcome> {
    let Place { settings, lock } = place::resolve(&target.place, None)?;
    if !READS.contains(&command)
        && let Some(why) = lock.refuses(command, target.yes)?
    {
        return Ok(Outcome::Refused(format!("pixii: {why}")));
    }
    let body = Body::parse(&body.to_string())?;
    let reply = status::runtime()?.block_on(async {
        let connection = place::open(settings).await?;
        workbench::administer(&connection, command, &body).await
    });
    match reply? {
        Reply::Success(success) => Ok(Outcome::Done(serde_json::from_slice(&success.bytes)?)),
        Reply::Refusal(refusal) => Ok(Outcome::Refused(refusal.to_string())),
    }
}

/// What is told of a command that was done.
fn text(verb: &UserVerb, reply: &Value) -> String {
    let mut text = String::new();
    match verb {
        UserVerb::List => {
            for user in reply["Users"].as_array().into_iter().flatten() {
                line(&mut text, &[("", &user["UserName"]), ("", &user["Arn"])]);
            }
        }
        UserVerb::Session { .. } => {
            let credentials = &reply["Credentials"];
            for (name, member) in [
                ("AWS_ACCESS_KEY_ID", "AccessKeyId"),
                ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey"),
                ("AWS_SESSION_TOKEN", "SessionToken"),
            ] {
                let _ = writeln!(text, "export {name}={}", plain(&credentials[member]));
            }
        }
        UserVerb::Describe { .. } | UserVerb::Create { .. } => describe(&mut text, reply),
        UserVerb::Key(_)
        | UserVerb::Policy(_)
        | UserVerb::Delete { .. }
        | UserVerb::Tag { .. }
        | UserVerb::Untag { .. } => {}
    }
    if let Some(secret) = reply["AccessKey"].as_object() {
        let _ = writeln!(text, "Access key ID      {}", plain(&secret["AccessKeyId"]));
        let _ = writeln!(text, "Secret access key  {}", plain(&secret["SecretAccessKey"]));
        text.push_str("The secret is not shown again.\n");
    }
    if let Some(notice) = reply["Notice"].as_str() {
        let _ = writeln!(text, "{notice}");
    }
    text
}

fn describe(text: &mut String, reply: &Value) {
    line(text, &[("User  ", at(reply, "/User/UserName"))]);
    line(text, &[("ARN   ", at(reply, "/User/Arn"))]);
    for tag in at(reply, "/User/Tags").as_array().into_iter().flatten() {
        line(text, &[("Tag   ", &tag["Key"]), ("", &tag["Value"])]);
    }
    for key in reply["AccessKeys"].as_array().into_iter().flatten() {
        line(text, &[("Key   ", &key["AccessKeyId"]), ("", &key["Status"])]);
    }
    for policy in reply["Policies"].as_array().into_iter().flatten() {
        let name = policy.get("PolicyName").or_else(|| policy.get("PolicyArn"));
        line(text, &[("Policy", name.unwrap_or(&Value::Null))]);
        if let Some(document) = policy.get("PolicyDocument") {
            let _ = writeln!(text, "{}", plain(document).trim_end());
        }
    }
}

/// A part of a reply; null where it is not there.
fn at<'a>(reply: &'a Value, path: &str) -> &'a Value {
    reply.pointer(path).unwrap_or(&Value::Null)
}

fn line(text: &mut String, parts: &[(&str, &Value)]) {
    let parts: Vec<_> = parts
        .iter()
        .map(
            |(label, value)| {
                if label.is_empty() { plain(value) } else { format!("{label}  {}", plain(value)) }
            },
        )
        .collect();
    let _ = writeln!(text, "{}", parts.join("  "));
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

fn results(reply: &Value) -> impl Iterator<Item = &Value> {
    reply["Results"].as_array().into_iter().flatten()
}

/// What policies would decide, a line each.
fn decisions(reply: &Value, files: &[PathBuf]) -> String {
    let mut text = String::new();
    for result in results(reply) {
        let decision = match result["Decision"].as_str() {
            Some("allowed") => "allowed",
            Some("explicitDeny") => "denied ",
            _ => "denied, as nothing allows it",
        };
        let _ = write!(text, "{decision}  {}", plain(&result["ActionName"]));
        let _ = write!(text, "  {}", plain(&result["ResourceArn"]));
        if let Some(matched) = result.get("MatchedStatement") {
            let _ = write!(text, "  by {}", statement(matched, files));
        }
        text.push('\n');
    }
    text
}

fn statement(matched: &Value, files: &[PathBuf]) -> String {
    let number = matched["Statement"].as_u64().unwrap_or_default() + 1;
    let sid = matched["Sid"].as_str().map(|sid| format!(" ({sid})")).unwrap_or_default();
    let file = |name: &str| {
        let number: usize = name.strip_prefix("PolicyInputList.")?.parse().ok()?;
        files.get(number.checked_sub(1)?).map(|file| file.display().to_string())
    };
    let policy = match matched["PolicyName"].as_str() {
        Some(name) => file(name).unwrap_or_else(|| format!("policy {name}")),
        None => format!("the {} policy", plain(&matched["PolicyType"])),
    };
    format!("statement {number}{sid} of {policy}")
}
