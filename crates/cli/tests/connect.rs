//! `pixii connect`: connections under names, their secrets, and what they do not let through.

#![expect(clippy::unwrap_used, reason = "a test that fails here has failed")]

mod program;
#[expect(dead_code, reason = "other tests ask more of a server")]
mod server;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use program::{assert_fails, on_terminal, run, succeed, succeed_saying};
use serde_json::Value;
use server::{Server, pixii};

/// The program, with its connections in a folder.
fn at(home: &Path) -> Command {
    let mut command = pixii();
    command.env("XDG_CONFIG_HOME", home);
    command
}

/// A server that knows the key `one` with the secret `hidden`, and has the sample.
fn signed() -> Server {
    let mut command = pixii();
    command.args(["serve", "--listen", "127.0.0.1:0", "--in-memory", "--sample"]);
    Server::start(command.args(["--credentials", "one:hidden-secret"]))
}

/// Keeps a connection `here` to a server.
#[track_caller]
fn add(home: &Path, server: &Server, arguments: &[&str]) {
    let mut command = at(home);
    command.args(["connect", "add", "here", "--endpoint", &server.url(), "--access-key-id", "one"]);
    command.env("PIXII_SECRET_ACCESS_KEY", "hidden-secret").args(arguments);
    assert!(succeed(&mut command).contains("pixii connect test here"));
}

#[track_caller]
fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn what_is_in_the_environment_changes_no_connection() {
    let (home, server) = (tempfile::tempdir().unwrap(), signed());
    let home = home.path();
    add(home, &server, &["--region", "us-east-1"]);
    let shown = succeed(at(home).args(["connect", "show", "here"]));
    let mut edit = at(home);
    edit.env("PIXII_ENDPOINT", "http://127.0.0.1:1").env("PIXII_PROFILE", "other");
    edit.env("PIXII_SECRET_ACCESS_KEY", "another");
    succeed(edit.args(["connect", "edit", "here", "--region", "eu-west-1"]));
    let query = ["query", "ListTables", "--connection", "here"];
    assert!(succeed(at(home).args(query)).contains("TableNames"));
    succeed(at(home).args(["connect", "edit", "here", "--region", "us-east-1"]));
    let after = succeed(at(home).args(["connect", "show", "here"]));
    assert_eq!(after, shown);
}

#[test]
fn secrets_are_sealed_in_files_of_their_owner_alone_and_never_shown() {
    let (home, server) = (tempfile::tempdir().unwrap(), signed());
    let home = home.path();
    add(home, &server, &["--session-token", "hidden-token"]);
    let folder = home.join("pixii");
    assert_eq!(mode(&folder), 0o700);
    for name in ["connections.toml", "secrets.key"] {
        assert_eq!(mode(&folder.join(name)), 0o600, "{name}");
        let text = fs::read_to_string(folder.join(name)).unwrap();
        assert!(!text.contains("hidden"), "{text}");
    }
    for arguments in [["connect", "list"].as_slice(), &["connect", "show", "here"]] {
        let told = succeed(at(home).args(arguments));
        assert!(told.contains("here") && told.contains("one"), "{told}");
        assert!(!told.contains("hidden"), "{told}");
        let json = succeed(at(home).args(arguments).args(["--output", "json"]));
        assert!(!json.contains("hidden") && json.contains("\"hasSessionToken\": true"), "{json}");
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2, "nothing is left beside them");
}

#[test]
fn a_query_is_asked_over_the_connection_that_is_named() {
    let (home, server) = (tempfile::tempdir().unwrap(), signed());
    let home = home.path();
    add(home, &server, &[]);
    let list = |arguments: &[&str]| {
        let mut command = at(home);
        command.args(["query", "ListTables"]).args(arguments);
        command
    };
    assert!(succeed(&mut list(&["--connection", "here"])).contains("airports"));
    assert!(succeed(list(&[]).env("PIXII_CONNECTION", "here")).contains("airports"));
    // What is said beside it counts.
    assert!(!succeed(&mut list(&["-c", "here", "--region", "eu-west-1"])).contains("airports"));
    let wrong = ["-c", "here", "--access-key-id", "one", "--secret-access-key", "other"];
    assert_fails(&mut list(&wrong), 1, &["InvalidSignatureException"]);
    assert_fails(&mut list(&["-c", "there"]), 2, &["no connection \"there\"", "There are: here"]);
    // Users and policies are asked for over it as well.
    let users = run(at(home).args(["user", "list", "--connection", "here"]));
    assert_eq!(users.status, Some(0), "{users:?}");
}

#[test]
fn the_default_is_asked_where_nobody_is_named() {
    let (home, server) = (tempfile::tempdir().unwrap(), signed());
    let home = home.path();
    add(home, &server, &[]);
    let list = || {
        let mut command = at(home);
        command.args(["query", "ListTables"]);
        command
    };
    assert!(succeed(at(home).args(["connect", "default"])).contains("the local server is asked"));
    succeed(at(home).args(["connect", "default", "here"]));
    assert_eq!(succeed(at(home).args(["connect", "default"])), "here\n");
    assert!(succeed(&mut list()).contains("airports"));
    let nowhere = "http://127.0.0.1:1";
    assert_fails(list().args(["--endpoint", nowhere]), 2, &["Nothing listens"]);
    assert_fails(list().env("AWS_ENDPOINT_URL_DYNAMODB", nowhere), 2, &["Nothing listens"]);
    succeed(at(home).args(["connect", "default", "--none"]));
    assert!(succeed(at(home).args(["connect", "default"])).contains("the local server is asked"));
    assert_fails(at(home).args(["connect", "default", "there"]), 2, &["no connection"]);
    succeed(at(home).args(["connect", "default", "here"]));
    succeed(at(home).args(["connect", "remove", "here"]));
    assert!(succeed(at(home).args(["connect", "default"])).contains("the local server is asked"));
    assert_eq!(succeed(at(home).args(["connect", "list"])), "");
}

#[test]
fn a_test_says_which_step_fails() {
    let (home, server) = (tempfile::tempdir().unwrap(), signed());
    let home = home.path();
    add(home, &server, &[]);
    let test = |arguments: &[&str]| {
        let mut command = at(home);
        command.args(["connect", "test"]).args(arguments);
        command
    };
    let told = succeed(&mut test(&["here"]));
    assert!(told.contains("passed   Signature: ") && !told.contains("failed"), "{told}");
    let failed = |command: &mut Command, texts: &[&str]| {
        let ended = run(command);
        assert_eq!((ended.status, ended.error.as_str()), (Some(1), ""), "{ended:?}");
        for text in texts {
            assert!(ended.output.contains(text), "{text:?} is not in {ended:?}");
        }
    };
    let wrong = ["here", "--access-key-id", "one", "--secret-access-key", "other"];
    failed(&mut test(&wrong), &["failed   Signature: "]);
    let json = run(test(&wrong).args(["--output", "json"]));
    let json: Value = serde_json::from_str(&json.output).unwrap();
    assert_eq!((&json["isOk"], &json["cause"]), (&false.into(), &"Signature".into()));
    failed(&mut test(&["--endpoint", "http://127.0.0.1:1"]), &["failed   Connection: "]);
    assert_fails(&mut test(&["there"]), 2, &["no connection \"there\""]);
}

#[test]
fn what_is_not_given_stays_as_it_was() {
    let (home, server) = (tempfile::tempdir().unwrap(), signed());
    let home = home.path();
    add(home, &server, &["--region", "us-east-1"]);
    let edit = |arguments: &[&str]| {
        let mut command = at(home);
        command.args(["connect", "edit", "here"]).args(arguments);
        command
    };
    let shown = || succeed(at(home).args(["connect", "show", "here"]));
    succeed(&mut edit(&["--read-only", "--region", "eu-west-1"]));
    let told = shown();
    for text in ["eu-west-1", "read-only", "one", "kept, sealed", &server.url()] {
        assert!(told.contains(text), "{text:?} is not in {told}");
    }
    succeed(&mut edit(&["--read-only=false"]));
    assert!(!shown().contains("read-only"));
    succeed(at(home).args(["query", "ListTables", "-c", "here"]));
    // A new key needs its own secret; a profile takes the place of both.
    assert_fails(&mut edit(&["--access-key-id", "two"]), 2, &["PIXII_SECRET_ACCESS_KEY"]);
    succeed(&mut edit(&["--profile", "work"]));
    assert!(shown().contains("work") && !shown().contains("sealed"));
    assert_fails(at(home).args(["connect", "edit", "there"]), 2, &["no connection \"there\""]);
    let again = ["connect", "add", "here", "--endpoint", "aws"];
    assert_fails(at(home).args(again), 2, &["already", "pixii connect edit here"]);
}

#[test]
fn what_can_be_no_connection_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let refused = |arguments: &[&str], text: &str| {
        let mut command = at(home.path());
        assert_fails(command.args(["connect", "add"]).args(arguments), 2, &[text]);
    };
    refused(&["a:b"], "a connection's name is");
    refused(&["a", "--endpoint", "nowhere at all"], "not a URL");
    refused(&["a", "--region", "not a region"], "not a Region");
    refused(&["a", "--access-key-id", "k"], "PIXII_SECRET_ACCESS_KEY");
    refused(
        &["a", "--access-key-id", "k", "--secret-access-key", "s", "--profile", "p"],
        "leave one",
    );
    refused(&["a", "--secret-access-key", "s"], "half given");
    assert!(!home.path().join("pixii").exists(), "something was kept all the same");
    let file = home.path().join("pixii");
    fs::create_dir(&file).unwrap();
    fs::write(file.join("connections.toml"), "[connections.a]\nendpint = \"aws\"").unwrap();
    assert_fails(at(home.path()).args(["connect", "list"]), 2, &["connections.toml", "endpint"]);
}

const PUT: [&str; 5] = ["query", "PutItem", "--table", "airports", r#"{"Item": {"iata": "XXX"}}"#];

#[test]
fn a_connection_that_only_reads_refuses_all_that_writes() {
    let (home, server) = (tempfile::tempdir().unwrap(), signed());
    let home = home.path();
    add(home, &server, &["--read-only"]);
    let there = || {
        let mut command = at(home);
        command.env("PIXII_CONNECTION", "here");
        command
    };
    let locked = ["the connection here only reads", "nothing was sent"];
    assert_fails(there().args(PUT), 1, &locked);
    assert_fails(there().args(PUT).arg("--yes"), 1, &locked);
    assert_fails(there().args(["query", "ExecuteStatement", "{}"]), 1, &locked);
    assert_fails(
        there().args(["import", "-", "--format", "csv", "--table", "airports"]),
        1,
        &locked,
    );
    let copy = ["copy", "--from", "airports", "--to", "here:other", "--create"];
    assert_fails(there().args(copy), 1, &locked);
    assert_fails(there().args(["user", "create", "someone"]), 1, &locked);
    succeed(there().args(["query", "DescribeTable", "--table", "airports"]));
    succeed(there().args(PUT).arg("--explain"));
}

#[test]
fn a_connection_that_asks_wants_an_answer() {
    let (home, server) = (tempfile::tempdir().unwrap(), signed());
    let home = home.path();
    add(home, &server, &["--ask-before-writing"]);
    let put = |arguments: &[&str]| {
        let mut command = at(home);
        command.args(PUT).args(["-c", "here"]).args(arguments);
        command
    };
    assert_fails(&mut put(&[]), 1, &["asks before it writes", "--yes", "nothing was sent"]);
    succeed_saying(&mut put(&["--yes"]), &[]);
    succeed(at(home).args(["query", "ListTables", "-c", "here"]));
    let answered = |answer: &str| on_terminal(&put(&[]), 50, answer);
    if let (Some(yes), Some(no)) = (answered("y\n"), answered("n\n")) {
        assert!(
            yes.output.contains("PutItem airports may write over the connection here"),
            "{yes:?}"
        );
        assert_eq!((yes.status, no.status), (Some(0), Some(1)), "{yes:?} {no:?}");
        assert!(no.output.contains("nothing was sent"), "{no:?}");
    }
}

#[test]
fn a_secret_is_asked_for_and_not_shown() {
    let (home, server) = (tempfile::tempdir().unwrap(), signed());
    let mut command = at(home.path());
    command.args(["connect", "add", "here", "--endpoint", &server.url(), "--access-key-id", "one"]);
    let Some(ended) = on_terminal(&command, 50, "hidden-secret\n") else { return };
    assert!(ended.output.contains("Secret access key: "), "{ended:?}");
    assert_eq!(ended.status, Some(0), "{ended:?}");
    let asked = succeed(at(home.path()).args(["query", "ListTables", "-c", "here"]));
    assert!(asked.contains("airports"), "{asked}");
}
