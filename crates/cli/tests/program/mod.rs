//! The program as a child process: what it prints, and how it ends.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

/// What a command printed and how it ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: Option<i32>,
    pub(crate) output: String,
    pub(crate) error: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self {
            status: output.status.code(),
            output: text(output.stdout),
            error: text(output.stderr),
        }
    }
}

pub(crate) fn run(command: &mut Command) -> Ended {
    command.stdin(Stdio::null()).output().unwrap().into()
}

/// The command ends with `status`, prints nothing to standard output, and says each of the `texts`.
#[track_caller]
pub(crate) fn assert_fails(command: &mut Command, status: i32, texts: &[&str]) {
    let ended = run(command);
    assert_eq!((ended.status, ended.output.as_str()), (Some(status), ""), "{ended:?}");
    for text in texts {
        assert!(ended.error.contains(text), "{text:?} is not in {ended:?}");
    }
    assert!(!ended.error.contains('\u{1b}'), "colours off a terminal: {ended:?}");
}

/// The command succeeds, and says nothing to standard error; this is what it prints.
#[track_caller]
pub(crate) fn succeed(command: &mut Command) -> String {
    let ended = run(command);
    assert_eq!((ended.status, ended.error.as_str()), (Some(0), ""), "{ended:?}");
    ended.output
}

/// The command succeeds, and says each of the `texts` to standard error; this is what it prints.
#[track_caller]
pub(crate) fn succeed_saying(command: &mut Command, texts: &[&str]) -> String {
    let ended = run(command);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    for text in texts {
        assert!(ended.error.contains(text), "{text:?} is not in {ended:?}");
    }
    ended.output
}

/// How the command ends with this on its standard input.
pub(crate) fn with_input(command: &mut Command, input: &[u8]) -> Ended {
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.unwrap();
    // One that does not read it all has closed its end.
    let _ = child.stdin.take().unwrap().write_all(input);
    Ended::from(child.wait_with_output().unwrap())
}

/// What the command prints on a terminal of so many rows, where `input` is typed. Nothing without `script`, which makes
/// terminals.
pub(crate) fn on_terminal(command: &Command, rows: u16, input: &str) -> Option<Ended> {
    let quoted =
        |word: &std::ffi::OsStr| format!("'{}'", word.to_str().unwrap().replace('\'', r"'\''"));
    let words: Vec<String> =
        std::iter::once(command.get_program()).chain(command.get_args()).map(quoted).collect();
    let line = format!("stty rows {rows} cols 80; exec {}", words.join(" "));
    let mut script = Command::new("script");
    script.args(["-qec", &line, "/dev/null"]);
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => script.env(name, value),
            None => script.env_remove(name),
        };
    }
    if Command::new("script").arg("--version").stdout(Stdio::null()).status().is_err() {
        // Not by the macro, whose output is shown for failures only.
        std::io::stderr().write_all(b"skipped: there is no script on this machine\n").unwrap();
        return None;
    }
    Some(with_input(&mut script, input.as_bytes()))
}
