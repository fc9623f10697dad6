//! A client for what is not measured: one call at a time, on a connection of its own.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use memchr::memmem;

use crate::call::Call;
use crate::error::{Error, Result};
use crate::reply;
use crate::request::Request;
use crate::signature::Signer;
use crate::workload::Settings;

/// How long a call may take, and how long a table may take to be created or deleted.
const PATIENCE: Duration = Duration::from_mins(1);
/// The time between looks at a table that is being created or deleted.
const TABLE_INTERVAL: Duration = Duration::from_millis(20);

/// What was answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// Makes `call`.
pub(crate) fn answer(
    endpoint: SocketAddr,
    signer: &Signer,
    host: &str,
    call: Call,
) -> io::Result<Answer> {
    let request = Request::new(signer, host, call);
    let mut stream = TcpStream::connect(endpoint)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(&request.bytes)?;
    let mut received = Vec::new();
    let mut piece = vec![0; 64 * 1024];
    loop {
        let bytes = stream.read(&mut piece)?;
        if bytes == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        received.extend_from_slice(piece.get(..bytes).unwrap_or_default());
        if let Some(reply) = reply::read(&received).map_err(io::Error::other)? {
            let body = String::from_utf8_lossy(&reply.body).into_owned();
            return Ok(Answer { status: reply.status, body });
        }
    }
}

/// Leaves the table there and empty.
pub(crate) fn recreate_table(endpoint: SocketAddr, settings: &Settings) -> Result<()> {
    let calls = settings.calls();
    let deleted = ask(endpoint, settings, calls.delete_table())?;
    if deleted.status == 200 {
        wait_for_table(endpoint, settings, |table| table.status != 200)?;
    }
    let created = ask(endpoint, settings, calls.create_table())?;
    if created.status != 200 {
        return Err(Error::Refused { operation: "CreateTable", answer: created.body });
    }
    let is_active = |table: &Answer| {
        memmem::find(table.body.as_bytes(), br#""TableStatus":"ACTIVE""#).is_some()
    };
    wait_for_table(endpoint, settings, is_active)
}

fn wait_for_table(
    endpoint: SocketAddr,
    settings: &Settings,
    is_ready: impl Fn(&Answer) -> bool,
) -> Result<()> {
    let start = Instant::now();
    loop {
        let table = ask(endpoint, settings, settings.calls().describe_table())?;
        if is_ready(&table) {
            return Ok(());
        }
        if PATIENCE < start.elapsed() {
            return Err(Error::Refused { operation: "DescribeTable", answer: table.body });
        }
        thread::sleep(TABLE_INTERVAL);
    }
}

fn ask(endpoint: SocketAddr, settings: &Settings, call: Call) -> Result<Answer> {
    let operation = call.operation;
    answer(endpoint, &settings.signer(), &settings.host, call)
        .map_err(|source| Error::Broken { operation, source })
}
