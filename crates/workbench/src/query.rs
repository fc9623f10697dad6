//! A query from what a person writes to what the service says: bindings filled, plain values typed, slips mended,
//! advice given.

use std::collections::BTreeMap;

use bytes::Bytes;
use jsonc_parser::ast::Value;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::advice;
use crate::bindings::{Bound, fill, parameters};
use crate::body::Body;
use crate::command::Command;
use crate::diagnose::{self, Cause};
use crate::edit;
use crate::error::Error;
use crate::explain::{Explain, explain};
use crate::finding::{Fix, Note, Problem, Severity, Span};
use crate::json::{self, Leniency};
use crate::lint::lint;
use crate::marshal::marshal;
use crate::plain::plain;
use crate::repair::{self, Asked, Backup, Found, Group, Offer, Window};
use crate::reply::{self, Refusal, Reply};
use crate::schema::{Schemas, Tables, look, table_name};
use crate::site::{sites, tables_named};
use crate::transport::{Sent, Transport};

/// Of so many tables at most a query's are looked at.
const TABLES_MAX: usize = 5;

/// How the values of attributes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Either way: what reads as a typed value is one.
    #[default]
    Auto,
    /// As the service has them: `{"S": "a"}`.
    Typed,
    /// As plain JSON: `"a"`.
    Plain,
}

/// A query as a person writes it.
#[derive(Debug, Clone)]
pub struct Query {
    /// What is asked.
    pub command: Command,
    /// The body, with comments, trailing commas and `{{ bindings }}`.
    pub text: String,
    /// How it has the values of attributes.
    pub mode: Mode,
    /// The table that is meant where the body names none.
    pub table: Option<String>,
    /// The values of the bindings.
    pub parameters: BTreeMap<String, Box<RawValue>>,
}

/// What there is to say of a query before it is sent.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Prepared {
    /// What is or may be wrong, the worst first.
    pub problems: Vec<Problem>,
    /// What was mended without changing what is asked.
    pub notes: Vec<Note>,
    /// What may be mended at the price of changing it.
    pub fixes: Vec<Fix>,
    /// Whether the command may change anything.
    pub writes: bool,
    /// What it will do.
    pub explain: Option<Explain>,
    /// What is sent.
    #[serde(serialize_with = "sent")]
    pub sent: Option<Sent>,
    /// The names of the bindings.
    pub parameters: Vec<String>,
    /// The body as it is sent; `None` where it cannot be.
    #[serde(skip)]
    pub body: Option<Body>,
}

#[expect(clippy::ref_option, reason = "serde gives the member as it is")]
fn sent<S: Serializer>(sent: &Option<Sent>, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Shown<'a> {
        method: &'a str,
        url: &'a str,
        headers: &'a [(String, String)],
        body: std::borrow::Cow<'a, str>,
    }
    let shown = sent.as_ref().map(|sent| Shown {
        method: &sent.method,
        url: &sent.url,
        headers: &sent.headers,
        body: String::from_utf8_lossy(&sent.body),
    });
    shown.serialize(serializer)
}

/// How a query ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was done.
    Success,
    /// The service refused it.
    Refused,
    /// Nobody answered.
    Failed,
    /// It could not be sent.
    Invalid,
    /// It was not sent: it writes, and the connection wants that confirmed.
    Confirm,
    /// It was not sent: it writes, and the connection only reads.
    Locked,
}

/// A query that was run.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ran {
    /// What there was to say before, with what the reply adds to it.
    pub prepared: Prepared,
    /// How it ended.
    pub outcome: Outcome,
    /// How long the service took, in milliseconds.
    pub elapsed_ms: u64,
    /// The service's name for the request.
    pub request_id: Option<String>,
    /// What came back.
    pub success: Option<Done>,
    /// Why it was refused.
    pub refusal: Option<Refused>,
    /// Why nobody answered.
    pub failure: Option<Failure>,
}

/// The reply, in both notations, laid out for reading.
#[derive(Debug, Clone, Serialize)]
pub struct Done {
    /// As it came.
    pub raw: String,
    /// In plain JSON.
    pub plain: String,
    /// The bytes as they came.
    #[serde(skip)]
    pub bytes: Bytes,
}

/// A refusal, with what to do about it.
#[derive(Debug, Clone, Serialize)]
pub struct Refused {
    /// What the service says.
    #[serde(flatten)]
    pub refusal: Refusal,
    /// What helps, where that is known.
    pub advice: Option<String>,
}

/// Why there is no reply.
#[derive(Debug, Clone, Serialize)]
pub struct Failure {
    /// Which part of the way to the service failed.
    pub cause: Cause,
    /// What is wrong, and what to do.
    pub message: String,
}

impl Ran {
    /// A query that was not sent.
    #[must_use]
    pub fn unsent(prepared: Prepared, outcome: Outcome) -> Self {
        Self {
            prepared,
            outcome,
            elapsed_ms: 0,
            request_id: None,
            success: None,
            refusal: None,
            failure: None,
        }
    }
}

/// Says what there is to say of a query before it is sent. It asks the service about the tables that are named, and
/// about what else would mend the query; it changes nothing.
pub async fn prepare<T: Transport>(transport: &T, schemas: &Schemas, query: &Query) -> Prepared {
    examine(transport, schemas, query, None).await
}

/// Prepares a query and sends it, unless there is no sound body to send. Where it is refused, looks for what would mend
/// it.
pub async fn run<T: Transport>(transport: &T, schemas: &Schemas, query: &Query) -> Ran {
    let prepared = prepare(transport, schemas, query).await;
    send(transport, schemas, query, prepared).await
}

/// Sends a query that was prepared, as [`run`] does.
pub async fn send<T: Transport>(
    transport: &T,
    schemas: &Schemas,
    query: &Query,
    prepared: Prepared,
) -> Ran {
    let Some(body) = prepared.body.clone() else { return Ran::unsent(prepared, Outcome::Invalid) };
    let begun = Instant::now();
    let answer = transport.send(query.command, body.bytes().clone()).await;
    let elapsed_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    schemas.follow(query.command);
    let mut ran = Ran { elapsed_ms, ..Ran::unsent(prepared, Outcome::Failed) };
    match answer.and_then(|answer| reply::read(answer, &body)) {
        Ok(Reply::Success(success)) => {
            let raw = String::from_utf8_lossy(&success.bytes);
            let plain = plain(query.command, &raw);
            ran.success = Some(Done { plain, raw: success.pretty, bytes: success.bytes });
            ran.request_id = success.request_id;
            ran.outcome = Outcome::Success;
        }
        Ok(Reply::Refusal(refusal)) => {
            ran.prepared = examine(transport, schemas, query, Some(&refusal)).await;
            ran.request_id.clone_from(&refusal.request_id);
            let advice = advice::of(query.command, &refusal, transport.region());
            ran.refusal = Some(Refused { refusal, advice });
            ran.outcome = Outcome::Refused;
        }
        Err(error) => {
            ran.failure =
                Some(Failure { cause: diagnose::cause(&error), message: error.to_string() });
        }
    }
    ran
}

/// Looks at a query, after it was refused or before.
async fn examine<T: Transport>(
    transport: &T,
    schemas: &Schemas,
    query: &Query,
    refusal: Option<&Refusal>,
) -> Prepared {
    let command = query.command;
    let mut prepared = Prepared {
        problems: Vec::new(),
        notes: Vec::new(),
        fixes: Vec::new(),
        writes: command.writes(),
        explain: None,
        sent: None,
        parameters: parameters(&query.text),
        body: None,
    };
    let Bound { text, unbind } = match written(query) {
        Ok(bound) => bound,
        Err(error) => {
            prepared.problems.push(unsound(&error));
            return prepared;
        }
    };
    let strict = json::parse(&text, Leniency::Strict).is_ok();
    let Ok(Some(root)) = json::parse(&text, Leniency::Written) else { return prepared };
    if !strict {
        prepared.notes.push(Note {
            code: "Lenient",
            message: "Comments and trailing commas were left out".to_owned(),
            path: None,
        });
    }
    if query.text.trim().is_empty() {
        prepared.notes.push(Note {
            code: "Empty",
            message: "An empty body was sent as {}".to_owned(),
            path: None,
        });
    }
    let tables = look_at_tables(transport, schemas, &root).await;
    let found = look_for_more(transport, (query, &root), refusal).await;
    let marshalled = marshal((command, query.mode), (&text, &root), &tables);
    let sites = sites(&root, &tables);
    let asked = Asked {
        command,
        text: &text,
        unbind: &unbind,
        root: &root,
        sites: &sites,
        tables: &tables,
        found: &found,
        refusal,
        region: transport.region(),
    };
    let Offer { fixes, problems } = repair::offer(&asked);
    prepared.problems.extend(problems);
    prepared.problems.extend(marshalled.problems);
    prepared.problems.extend(lint(&text, &sites));
    prepared.problems.sort_by_key(|problem| problem.severity);
    prepared.notes.extend(marshalled.notes);
    prepared.fixes = fixes;
    prepared.explain = explain(command, &sites);
    let body = Body::written(&text, marshalled.json.into());
    prepared.sent = transport.sent(command, body.bytes()).ok();
    prepared.body = Some(body);
    prepared
}

/// The body's text with its bindings filled in and its table named. An empty one is an empty object.
fn written(query: &Query) -> Result<Bound, Error> {
    let text = query.text.trim_start_matches('\u{feff}');
    let Bound { text, unbind } = fill(text, &query.parameters)?;
    let body = Body::parse(&text)?;
    let text = if body.is_empty() { "{}".to_owned() } else { text };
    let Some(table) = &query.table else { return Ok(Bound { text, unbind }) };
    let takes_table = crate::model::input(query.command)
        .and_then(crate::model::shape)
        .is_some_and(|shape| shape.members.contains_key("TableName"));
    let named = match json::parse(&text, Leniency::Written) {
        // The last member: whatever was bound stands before it.
        Ok(Some(Value::Object(object))) if takes_table && object.get("TableName").is_none() => {
            let edit = edit::add_member(&text, &object, "TableName", &edit::quoted(table));
            Some(edit::apply(&text, vec![edit]))
        }
        _ => None,
    };
    Ok(Bound { text: named.unwrap_or(text), unbind })
}

/// A body that cannot be sent, as a problem.
#[expect(clippy::wildcard_enum_match_arm, reason = "of few errors is there a place to tell")]
fn unsound(error: &Error) -> Problem {
    let position = match error {
        Error::Body { position, .. }
        | Error::Binding { position, .. }
        | Error::ParameterMissing { position, .. } => {
            Some(Span { line: position.line, column: position.column, length: 1 })
        }
        _ => None,
    };
    Problem {
        severity: Severity::Error,
        code: "Unsound",
        message: error.to_string(),
        position,
        path: None,
    }
}

/// What is known of the tables that a body names, asked for where it is not known yet.
async fn look_at_tables<T: Transport>(
    transport: &T,
    schemas: &Schemas,
    root: &Value<'_>,
) -> Tables {
    let mut tables = Tables::new();
    for name in tables_named(root).into_iter().take(TABLES_MAX) {
        let schema = schemas.table(transport, &name).await;
        tables.extend(schema.map(|schema| (name, schema)));
    }
    tables
}

/// What else would help with a query of this kind.
async fn look_for_more<T: Transport>(
    transport: &T,
    (query, root): (&Query, &Value<'_>),
    refusal: Option<&Refusal>,
) -> Found {
    let mut found = Found::default();
    let Some(object) = root.as_object() else { return found };
    let string = |name: &str| object.get_string(name).map(|text| text.value.to_string());
    if let Some(table) = string("BackupArn").as_deref().and_then(repair::table_instead) {
        let request = format!("{{\"TableName\":{}}}", edit::quoted(table));
        found.backups =
            look(transport, "ListBackups", request).await.as_deref().and_then(Backup::read);
    }
    if let ("RestoreTableToPointInTime", Some(table)) =
        (query.command.name(), string("SourceTableName"))
    {
        let request = format!("{{\"TableName\":{}}}", edit::quoted(table_name(&table)));
        found.window = look(transport, "DescribeContinuousBackups", request)
            .await
            .as_deref()
            .and_then(Window::read);
    }
    if let ("UpdateGlobalTable", Some(name)) = (query.command.name(), string("GlobalTableName")) {
        let request = format!("{{\"GlobalTableName\":{}}}", edit::quoted(&name));
        let looked = look(transport, "DescribeGlobalTable", request).await;
        found.group = looked.as_deref().and_then(Group::read);
    }
    if refusal.is_some_and(|refusal| refusal.exception == "ResourceNotFoundException") {
        let looked = look(transport, "ListTables", "{}".to_owned()).await;
        found.names = looked.as_deref().map(table_names).unwrap_or_default();
    }
    found
}

fn table_names(reply: &[u8]) -> Vec<String> {
    #[derive(Deserialize)]
    struct Listed {
        #[serde(rename = "TableNames")]
        names: Vec<String>,
    }
    serde_json::from_slice::<Listed>(reply).map(|listed| listed.names).unwrap_or_default()
}
