//! Queries that the console prepares and runs, and items in files.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use tokio::time::{Instant, timeout_at};
use workbench::{
    Cause, Command, Error, Failure, ItemFormat, Keys, Language, Mode, Outcome, Part, Prepared,
    Query, Ran, Transport as _, prepare, read_items, send, template, transfer, write_items,
};

use super::{Asking, Place, Reached, bytes, read};
use crate::console::fault::{Fault, malformed};
use crate::console::queries::{TIME_OUT_MS, TIME_OUT_MS_MAX};

/// A query as the console writes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    place: Place,
    command: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    mode: Mode,
    #[serde(default)]
    parameters: Option<BTreeMap<String, Box<RawValue>>>,
    #[serde(default)]
    timeout_ms: Option<u64>,
    #[serde(default)]
    is_confirmed: bool,
}

pub(super) async fn answer(asking: &Asking<'_>, name: &str, body: &[u8]) -> Result<Vec<u8>, Fault> {
    match name {
        "Prepare" => prepared(asking, read(body)?).await,
        "Run" => run(asking, read(body)?).await,
        "Send" => send_exact(asking, read(body)?).await,
        "MakeCode" => make_code(asking, body).await,
        "Template" => templated(asking, read(body)?).await,
        "CreateLike" => created_like(asking, read(body)?).await,
        "FormatItems" => format_items(&read(body)?),
        _ => parse_items(asking, read(body)?).await,
    }
}

impl Written {
    fn query(&self) -> Result<Query, Fault> {
        Ok(Query {
            command: self.command.parse().map_err(malformed)?,
            text: self.text.clone(),
            mode: self.mode,
            table: None,
            parameters: self.parameters.clone().unwrap_or_default(),
        })
    }

    fn time(&self) -> Duration {
        Duration::from_millis(self.timeout_ms.unwrap_or(TIME_OUT_MS).clamp(1, TIME_OUT_MS_MAX))
    }
}

async fn prepared(asking: &Asking<'_>, written: Written) -> Result<Vec<u8>, Fault> {
    let reached = asking.reach(&written.place).await?;
    Ok(bytes(&prepare(&reached.way, &reached.schemas, &written.query()?).await))
}

async fn run(asking: &Asking<'_>, written: Written) -> Result<Vec<u8>, Fault> {
    let reached = asking.reach(&written.place).await?;
    let how = (written.is_confirmed, written.time());
    Ok(bytes(&prepare_and_send(&reached, &written.query()?, how).await?))
}

/// Prepares a query and sends it, if the connection lets it through, all in so much time.
pub(in crate::console) async fn prepare_and_send(
    reached: &Reached,
    query: &Query,
    (is_confirmed, time): (bool, Duration),
) -> Result<Ran, Fault> {
    let Reached { way, schemas, .. } = reached;
    let end = Instant::now() + time;
    let Ok(prepared) = timeout_at(end, prepare(way, schemas, query)).await else {
        return Ok(too_slow(unprepared(query), (time, "nothing was sent yet")));
    };
    match reached.guard(query.command, is_confirmed) {
        Err(Fault::Locked) => Ok(Ran::unsent(prepared, Outcome::Locked)),
        Err(Fault::Confirm) => Ok(Ran::unsent(prepared, Outcome::Confirm)),
        Err(fault) => Err(fault),
        Ok(()) => {
            let sent = timeout_at(end, send(way, schemas, query, prepared.clone())).await;
            let may_be = "what was asked may have been done nevertheless";
            Ok(sent.unwrap_or_else(|_| too_slow(prepared, (time, may_be))))
        }
    }
}

fn too_slow(prepared: Prepared, (time, meanwhile): (Duration, &str)) -> Ran {
    let message = format!("No reply within {} seconds; {meanwhile}", time.as_secs_f64());
    let failure = Some(Failure { cause: Cause::TimeOut, message });
    Ran { failure, ..Ran::unsent(prepared, Outcome::Failed) }
}

/// What there is to say of a query that nothing could be found out about in time.
fn unprepared(query: &Query) -> Prepared {
    Prepared {
        problems: Vec::new(),
        notes: Vec::new(),
        fixes: Vec::new(),
        writes: query.command.writes(),
        explain: None,
        sent: None,
        parameters: workbench::parameters(&query.text),
        body: None,
    }
}

/// A request in the service's own JSON, which is sent as it is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Exact {
    place: Place,
    command: String,
    request: Box<RawValue>,
    #[serde(default)]
    is_confirmed: bool,
}

async fn send_exact(asking: &Asking<'_>, exact: Exact) -> Result<Vec<u8>, Fault> {
    let command: Command = exact.command.parse().map_err(malformed)?;
    let reached = asking.reach(&exact.place).await?;
    reached.guard(command, exact.is_confirmed)?;
    let request = exact.request.get().as_bytes().to_vec();
    let answer = reached.way.send(command, request.into()).await;
    let answer = answer.map_err(|error| Fault::Unreached(error.to_string()))?;
    reached.schemas.follow(command);
    let reply: Box<RawValue> = read(&answer.bytes).map_err(|_| {
        Fault::Unreached(format!("{} is no DynamoDB: its answer is no JSON", answer.address))
    })?;
    if answer.status.is_success() {
        return Ok(bytes(&json!({ "status": answer.status.as_u16(), "reply": reply })));
    }
    let said: Refused = serde_json::from_str(reply.get()).unwrap_or_default();
    let exception = said.kind.rsplit('#').next().unwrap_or_default();
    let message = said.message.or(said.capital_message).unwrap_or_default();
    Ok(bytes(&json!({
        "status": answer.status.as_u16(), "exception": exception, "message": message, "reply": reply,
    })))
}

#[derive(Deserialize, Default)]
struct Refused {
    #[serde(rename = "__type", default)]
    kind: String,
    #[serde(default)]
    message: Option<String>,
    #[serde(rename = "Message", default)]
    capital_message: Option<String>,
}

async fn make_code(asking: &Asking<'_>, body: &[u8]) -> Result<Vec<u8>, Fault> {
    /// A query that is to be written for elsewhere.
    #[derive(Deserialize)]
    struct Wanted {
        language: Language,
    }
    let Wanted { language } = read(body)?;
    let written: Written = read(body)?;
    let Reached { connection, way, schemas } = asking.reach(&written.place).await?;
    let query = written.query()?;
    let prepared = prepare(&way, &schemas, &query).await;
    let Some(sent) = &prepared.sent else {
        return Err(Fault::Malformed("There is no code for a body that cannot be sent".to_owned()));
    };
    let endpoint = connection.endpoint.as_deref() != Some(workbench::ENDPOINT_AMAZON);
    let place = workbench::Place {
        endpoint: endpoint.then(|| sent.url.clone()),
        region: workbench::Transport::region(&way).to_owned(),
    };
    let code = workbench::code(language, &place, query.command, &sent.body).map_err(malformed)?;
    Ok(bytes(&json!({ "code": code })))
}

#[derive(Deserialize)]
struct Begun {
    place: Place,
    command: String,
    #[serde(default)]
    table: Option<String>,
}

async fn templated(asking: &Asking<'_>, begun: Begun) -> Result<Vec<u8>, Fault> {
    let command: Command = begun.command.parse().map_err(malformed)?;
    let table = match begun.table.as_deref().filter(|table| !table.is_empty()) {
        Some(table) => {
            let Reached { way, schemas, .. } = asking.reach(&begun.place).await?;
            schemas.table(&way, table).await
        }
        None => None,
    };
    Ok(bytes(&json!({ "text": template(command, table.as_deref()) })))
}

/// A table that is to be made after another, perhaps somewhere else.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Alike {
    place: Place,
    table: String,
    to: Place,
    name: String,
    #[serde(default)]
    is_confirmed: bool,
}

async fn created_like(asking: &Asking<'_>, alike: Alike) -> Result<Vec<u8>, Fault> {
    let command: Command = "CreateTable".parse().map_err(malformed)?;
    let (from, to) = (asking.reach(&alike.place).await?, asking.reach(&alike.to).await?);
    to.guard(command, alike.is_confirmed)?;
    let not_taken = transfer::create_like((&from.way, &alike.table), (&to.way, &alike.name)).await;
    let not_taken = not_taken.map_err(|error| {
        if matches!(error, Error::Refused(_)) {
            malformed(error)
        } else {
            Fault::Unreached(error.to_string())
        }
    })?;
    to.schemas.follow(command);
    let not_taken: Vec<_> = not_taken.iter().map(ToString::to_string).collect();
    Ok(bytes(&json!({ "notTaken": not_taken })))
}

#[derive(Deserialize)]
struct Formatted {
    items: String,
    format: String,
    #[serde(default)]
    part: Part,
}

fn format_items(formatted: &Formatted) -> Result<Vec<u8>, Fault> {
    let format: ItemFormat = formatted.format.parse().map_err(malformed)?;
    let keys = Keys::default();
    let text = write_items(format, &formatted.items, &keys, &formatted.part).map_err(malformed)?;
    Ok(bytes(&text))
}

#[derive(Deserialize)]
struct Parsed {
    text: String,
    format: String,
    place: Place,
    table: String,
    #[serde(default)]
    part: Part,
}

async fn parse_items(asking: &Asking<'_>, parsed: Parsed) -> Result<Vec<u8>, Fault> {
    let format: ItemFormat = parsed.format.parse().map_err(malformed)?;
    let Reached { way, schemas, .. } = asking.reach(&parsed.place).await?;
    let table = schemas.table(&way, &parsed.table).await;
    let keys = table.map(|table| table.keys()).unwrap_or_default();
    let read = read_items(format, &parsed.text, keys, &parsed.part).map_err(malformed)?;
    let problems: Vec<_> = read
        .faults
        .iter()
        .map(|fault| json!({ "line": fault.line, "message": fault.fault.to_string() }))
        .collect();
    Ok(bytes(&json!({
        "items": read.typed_list(),
        "problems": problems,
        "taken": read.taken,
        "lines": read.lines,
        "header": read.header,
    })))
}
