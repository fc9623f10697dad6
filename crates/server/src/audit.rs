//! The audit log: who did what, a line of JSON each. It holds no item, no key value and no secret.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use auth::sigv4::Signature;
use database::Row;
use serde::Serialize;

use crate::arrival::Arrival;
use crate::metrics::Failure;
use crate::principals::Caller;

/// Where the log goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditTarget {
    /// To the end of a file, which is made for its owner and group to read.
    File(PathBuf),
    /// To standard output.
    Output,
}

/// The audit log. A line is written whole, behind all that were.
pub(crate) struct Audit(Mutex<Sink>);

enum Sink {
    File(File),
    Output(io::Stdout),
}

/// What is known of a request, as far as it came.
#[derive(Default)]
pub(crate) struct Entry {
    /// As the request has it, whether it was believed or not.
    access_key_id: Option<String>,
    caller: Option<String>,
    account: Option<String>,
    region: Option<String>,
    operation: Option<String>,
    pub(crate) resources: Vec<String>,
}

/// One line.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    time: String,
    source_ip: IpAddr,
    source_port: u16,
    is_secure: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    caller: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_key_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<&'a str>,
    resources: &'a [String],
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

impl Entry {
    /// Says whose key a signature names.
    pub(crate) fn claims(&mut self, signature: &Signature<'_>) {
        self.access_key_id = signature.key_id().map(str::to_owned);
    }

    pub(crate) fn is_for(&mut self, row: &Row) {
        self.operation = Some(row.name.to_owned());
    }

    /// Says who it is, once that is believed.
    pub(crate) fn is_of(&mut self, caller: &Caller) {
        self.caller = Some(caller.principal().arn);
        self.account = Some(caller.account.clone());
        self.region = Some(caller.region.clone());
    }

    /// Says which command it is, and which user that is about.
    pub(crate) fn administers(&mut self, command: &str, body: &[u8]) {
        /// What a line tells of a command.
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct About {
            user_name: String,
            account: Option<String>,
        }
        self.operation = Some(format!("iam:{}", command.chars().take(64).collect::<String>()));
        if let Ok(About { user_name, account }) = serde_json::from_slice(body) {
            let account = account.or_else(|| self.account.clone()).unwrap_or_default();
            self.resources = vec![format!("arn:aws:iam::{account}:user/{user_name}")];
        }
    }
}

impl Audit {
    /// Opens the log.
    pub(crate) fn open(target: &AuditTarget) -> io::Result<Self> {
        let sink = match target {
            AuditTarget::File(path) => Sink::File(append(path)?),
            AuditTarget::Output => Sink::Output(io::stdout()),
        };
        Ok(Self(Mutex::new(sink)))
    }

    /// Writes a line. Where that fails the server's own log says so, and the request goes on.
    pub(crate) fn write(
        &self,
        entry: &Entry,
        arrival: &Arrival,
        now_ms: u64,
        failure: Option<Failure>,
    ) {
        let line = Line {
            time: database::rfc3339(now_ms),
            source_ip: arrival.source.ip(),
            source_port: arrival.source.port(),
            is_secure: arrival.is_secure,
            caller: entry.caller.as_deref(),
            account: entry.account.as_deref(),
            access_key_id: entry.access_key_id.as_deref(),
            region: entry.region.as_deref(),
            operation: entry.operation.as_deref(),
            resources: &entry.resources,
            status: failure.map_or(200, |failure| failure.status.as_u16()),
            error: failure.map(Failure::name),
        };
        let mut text = serde_json::to_vec(&line).expect("texts and numbers");
        text.push(b'\n');
        let mut sink = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let written = match &mut *sink {
            Sink::File(file) => file.write_all(&text),
            Sink::Output(output) => output.write_all(&text).and_then(|()| output.flush()),
        };
        if let Err(error) = written {
            tracing::error!(%error, "a line of the audit log is not written");
        }
    }
}

fn append(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().create(true).append(true).mode(0o640).open(path)
}
