//! A server as a child process: the program that is built, on a free port, with a folder of the test's own.
//!
//! It ends with the test that started it, however that ends, and a test that fails shows its log.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// How long a server may take to be ready, or to end: far longer than it does, so that only one that hangs is told of.
const PATIENCE: Duration = Duration::from_mins(1);

/// The program, with nothing in its environment that it would listen to.
pub(crate) fn pixii() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pixii"));
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("PIXII_") || name.starts_with("AWS_"))
        {
            command.env_remove(name);
        }
    }
    // Nobody's own connections.
    command.env("XDG_CONFIG_HOME", "/none");
    command
}

/// `pixii serve` on a free port, with its data in `folder`.
pub(crate) fn serve(folder: &Path) -> Command {
    let mut command = pixii();
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder);
    command
}

/// A server that runs.
pub(crate) struct Server {
    child: Child,
    /// Lines that it prints; disconnected when it has ended.
    lines: Receiver<String>,
    log: File,
    /// What it printed when it was ready.
    pub(crate) ready: String,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts a server on a folder, and waits until it is ready.
    pub(crate) fn on(folder: &Path) -> Self {
        Self::start(&mut serve(folder))
    }

    /// Starts what `command` says, and waits until it is ready.
    pub(crate) fn start(command: &mut Command) -> Self {
        let Starting { child, lines, log } = Starting::new(command);
        // From here on, dropping it ends it.
        let address = SocketAddr::from(([0, 0, 0, 0], 0));
        let mut server = Self { child, lines, log, ready: String::new(), address };
        server.ready = server.lines.recv_timeout(PATIENCE).expect("the server becomes ready");
        let address = server.ready.split(['/', ',']).nth(2).unwrap_or_default();
        server.address = address.parse().expect("the line says where it listens");
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        let bytes = usize::try_from(self.log.metadata().unwrap().len()).unwrap();
        let mut log = vec![0; bytes];
        self.log.read_exact_at(&mut log, 0).unwrap();
        String::from_utf8_lossy(&log).into_owned()
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it at once, as a crash would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, and gives the status that it ends with.
    pub(crate) fn stop(mut self, signal: &str) -> ExitStatus {
        let kill = format!("kill -{signal} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        assert_eq!(self.lines.recv_timeout(PATIENCE), Err(RecvTimeoutError::Disconnected));
        self.child.wait().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("the log of the server on {}:\n{}", self.address, self.log());
        }
    }
}

/// A server that is not ready yet.
pub(crate) struct Starting {
    child: Child,
    lines: Receiver<String>,
    log: File,
}

impl Starting {
    pub(crate) fn new(command: &mut Command) -> Self {
        let log = tempfile::tempfile().unwrap();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log.try_clone().unwrap())
            .spawn()
            .unwrap();
        let output = child.stdout.take().unwrap();
        let (print, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                // Nobody waits for lines of a server that is being ended.
                let _ = print.send(line);
            }
        });
        Self { child, lines, log }
    }

    /// Ends it at once, at whatever it is doing.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
