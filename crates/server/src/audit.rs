//! The audit log: who did what, a line of JSON each. It holds no item, no key value and no secret.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, mpsc as std_mpsc};
use std::thread;
use std::time::Duration;

use auth::sigv4::Signature;
use database::Row;
use serde::Serialize;
use tokio::sync::{mpsc, oneshot};

use crate::admin;
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

/// The audit log. A thread of its own writes it: a disk or a reader that is slow keeps those waiting whose lines are to
/// be written, and nobody else.
pub(crate) struct Audit {
    lines: Option<mpsc::Sender<Waiting>>,
    /// Says when all is written.
    ended: Mutex<std_mpsc::Receiver<()>>,
}

/// A line, and who waits until it is written.
type Waiting = (Vec<u8>, oneshot::Sender<()>);

/// Lines that may wait to be written.
const WAITING_MAX: usize = 10_000;
/// How long the end of the server waits for lines to be written.
const END: Duration = Duration::from_secs(5);
/// Of what a request says of itself, so many characters are repeated.
const CLAIM_CHARACTERS_MAX: usize = 128;

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
        self.access_key_id = signature.key_id().map(cut);
    }

    pub(crate) fn is_for(&mut self, row: &Row) {
        self.operation = Some(row.name.to_owned());
    }

    /// Says what is done that is no operation of the database, and to what, if to anything.
    pub(crate) fn does(&mut self, action: &str, resource: &str) {
        self.operation = Some(cut(action));
        self.resources = Some(cut(resource)).filter(|arn| !arn.is_empty()).into_iter().collect();
    }

    /// Says which access key is shown, whether it is believed or not.
    pub(crate) fn shows(&mut self, key_id: &str) {
        self.access_key_id = Some(cut(key_id));
    }

    /// Whether it says what is done.
    pub(crate) fn is_begun(&self) -> bool {
        self.operation.is_some()
    }

    /// Says who it is, once that is believed.
    pub(crate) fn is_of(&mut self, caller: &Caller) {
        if let (None, Some(key_id)) = (&self.access_key_id, caller.key_id()) {
            self.access_key_id = Some(key_id.to_owned());
        }
        self.caller = Some(caller.principal().arn.clone());
        self.account = Some(caller.account.clone());
        self.region = Some(caller.region.clone());
    }

    /// Says which command it is, and which user that is about.
    pub(crate) fn administers(&mut self, command: &str, body: &[u8]) {
        self.operation = Some(format!("iam:{}", cut(command)));
        let (name, account) = admin::subject(body);
        if let Some(name) = name {
            let account = account.or_else(|| self.account.clone()).unwrap_or_default();
            self.resources = vec![format!("arn:aws:iam::{}:user/{}", cut(&account), cut(&name))];
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
        let (lines, waiting) = mpsc::channel(WAITING_MAX);
        let (end, ended) = std_mpsc::channel();
        thread::Builder::new().name("audit".to_owned()).spawn(move || {
            write_all(sink, waiting);
            // Nobody may be waiting any more.
            let _ = end.send(());
        })?;
        Ok(Self { lines: Some(lines), ended: Mutex::new(ended) })
    }

    /// Writes a line behind all that were. It is there when this returns.
    pub(crate) async fn write(
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
        let Some(lines) = &self.lines else { return };
        let (write, written) = oneshot::channel();
        if lines.send((text, write)).await.is_err() || written.await.is_err() {
            tracing::error!("the audit log has ended");
        }
    }
}

impl Drop for Audit {
    fn drop(&mut self) {
        self.lines = None;
        // A reader that takes nothing any more must not keep the server from its end.
        let ended = self.ended.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ = ended.recv_timeout(END);
    }
}

/// Writes lines until there can be no more. Where that fails the server's own log says so.
fn write_all(mut sink: Sink, mut waiting: mpsc::Receiver<Waiting>) {
    while let Some((line, write)) = waiting.blocking_recv() {
        let written = match &mut sink {
            Sink::File(file) => file.write_all(&line),
            Sink::Output(output) => output.write_all(&line).and_then(|()| output.flush()),
        };
        if let Err(error) = written {
            tracing::error!(%error, "a line of the audit log is not written");
        }
        // Whoever waited may have been told to stop meanwhile.
        let _ = write.send(());
    }
}

fn cut(text: &str) -> String {
    text.chars().take(CLAIM_CHARACTERS_MAX).collect()
}

fn append(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().create(true).append(true).mode(0o640).open(path)
}
