//! Where replies are printed: to standard output, and through the pager where that is a terminal with too few lines.

use std::io::{self, IsTerminal as _, Write};
use std::process::{Child, Command, Stdio};

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The pager, where `PAGER` names none. An empty `PAGER` means none at all.
const PAGER: &str = "less -FRX";

/// A stream that ends with an error of a broken pipe once whoever reads has seen enough.
pub(crate) struct Screen(State);

enum State {
    /// Straight on.
    Open,
    /// A terminal. What is not longer than that is shown as it is; until then it is kept.
    Held { text: Vec<u8>, lines_left: usize, pager: Vec<String> },
    /// Through a pager. While it runs, an interrupt is for it alone: who ended here would leave it behind.
    Paging { child: Child, _interrupts: Option<Signal> },
    /// Whoever reads has seen enough.
    Closed,
}

impl Screen {
    pub(crate) fn new() -> Self {
        let pager = std::env::var("PAGER").unwrap_or_else(|_| PAGER.to_owned());
        let pager: Vec<String> = pager.split_whitespace().map(str::to_owned).collect();
        let is_terminal = io::stdout().is_terminal() && !pager.is_empty();
        let size = is_terminal.then(terminal_size::terminal_size).flatten();
        Self(size.map_or(State::Open, |(_, height)| State::Held {
            text: Vec::new(),
            // The shell's next prompt takes one.
            lines_left: usize::from(height.0).saturating_sub(1),
            pager,
        }))
    }

    /// Shows what is left, and waits for whoever reads it.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.flush()?;
        if let State::Paging { child, .. } = &mut self.0 {
            drop(child.stdin.take());
            child.wait()?;
        }
        Ok(())
    }
}

/// Starts a pager; or nothing is between, where there is none of this name.
fn paging(pager: &[String]) -> State {
    let Some((program, arguments)) = pager.split_first() else { return State::Open };
    match Command::new(program).args(arguments).stdin(Stdio::piped()).spawn() {
        // Only now: once it is asked for, an interrupt ends nothing by itself any more.
        Ok(child) => State::Paging { child, _interrupts: signal(SignalKind::interrupt()).ok() },
        Err(_) => State::Open,
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let State::Held { text, lines_left, pager } = &mut self.0 {
            text.extend_from_slice(bytes);
            let lines = bytes.split(|byte| *byte == b'\n').count() - 1;
            if lines <= *lines_left {
                *lines_left -= lines;
                return Ok(bytes.len());
            }
            let (text, pager) = (std::mem::take(text), std::mem::take(pager));
            self.0 = paging(&pager);
            return self.write_all(&text).map(|()| bytes.len());
        }
        let written = match &mut self.0 {
            State::Open => io::stdout().write(bytes),
            State::Paging { child, .. } => match &mut child.stdin {
                Some(input) => input.write(bytes),
                None => Err(io::ErrorKind::BrokenPipe.into()),
            },
            State::Held { .. } | State::Closed => Err(io::ErrorKind::BrokenPipe.into()),
        };
        self.checked(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        if let State::Held { text, .. } = &mut self.0 {
            let text = std::mem::take(text);
            self.0 = State::Open;
            self.write_all(&text)?;
        }
        let flushed = match &mut self.0 {
            State::Open | State::Held { .. } => io::stdout().flush(),
            State::Paging { child, .. } => child.stdin.as_mut().map_or(Ok(()), Write::flush),
            State::Closed => Err(io::ErrorKind::BrokenPipe.into()),
        };
        self.checked(flushed)
    }
}

impl Screen {
    /// Notes that nobody reads any more.
    fn checked<T>(&mut self, done: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &done
            && error.kind() == io::ErrorKind::BrokenPipe
            && matches!(self.0, State::Open)
        {
            self.0 = State::Closed;
        }
        done
    }
}
