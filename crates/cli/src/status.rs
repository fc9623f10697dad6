//! How the program ends, where it asks somebody: done, refused, or nobody was asked.

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use tokio::runtime::{Builder, Runtime};
use workbench::Error;

/// What the exit status says where it was refused.
pub(crate) const REFUSED: u8 = 1;
/// What it says where nobody could be asked.
pub(crate) const NOT_ASKED: u8 = 2;
/// What it says where whoever sits at the terminal stopped it, as shells have it.
pub(crate) const INTERRUPTED: u8 = 130;

/// Where a request is sent from: one after the other is enough.
pub(crate) fn runtime() -> Result<Runtime> {
    Builder::new_current_thread().enable_all().build().context("cannot start")
}

/// How it ended. An error says that nobody could be asked, unless it is the refusal of who was.
pub(crate) fn or_not_asked(ended: Result<ExitCode>) -> Result<ExitCode> {
    let error = match ended {
        Ok(ended) => return Ok(ended),
        // Who has seen enough has made no mistake.
        Err(error) if is_closed(&error) => return Ok(ExitCode::SUCCESS),
        Err(error) => error,
    };
    writeln!(io::stderr(), "pixii: {error:#}")?;
    let status = match error.downcast_ref() {
        Some(Error::Refused(_) | Error::Unprocessed { .. } | Error::NotActive { .. }) => REFUSED,
        Some(_) | None => NOT_ASKED,
    };
    Ok(status.into())
}

/// Whether it failed because whoever reads has gone. That a connection broke is something else.
pub(crate) fn is_closed(error: &anyhow::Error) -> bool {
    if error.downcast_ref().is_some_and(|error| !matches!(error, Error::Write(_))) {
        return false;
    }
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    causes.any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

/// Says why it was refused.
pub(crate) fn refused(why: &str) -> Result<ExitCode> {
    writeln!(io::stderr(), "pixii: {why}")?;
    Ok(REFUSED.into())
}
