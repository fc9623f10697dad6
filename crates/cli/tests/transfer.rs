//! `pixii export`, `pixii import` and `pixii copy`: what comes back is what went, and what does not is told by its line.

#![expect(clippy::unwrap_used, reason = "a test that fails here has failed")]

#[expect(dead_code, reason = "other tests ask more of the program")]
mod program;
#[expect(dead_code, reason = "other tests ask more of a server")]
mod server;

use std::fs;
use std::path::Path;
use std::process::Command;

use program::{assert_fails, run, succeed, succeed_saying, with_input};
use server::{Server, pixii};

/// Items with every type there is, and what is hard to write in each format.
const ITEMS: &str = r#"{"id":"a","at":1,"s":"x,\"y\"\n#;ü","empty":"","n":12345678901234567890123456789012345678,"t":-1.5e-100}
{"id":"a","at":2,"b":{"B":"AAE="},"yes":true,"no":false,"null":null}
{"id":"a","at":3,"ss":{"SS":["x","y"]},"ns":{"NS":["1","2.5"]},"bs":{"BS":["AAE="]}}
{"id":"b","at":1,"l":[1,"x",null,[true]],"m":{"k":{"deep":[{"SS":["z"]}]}},"odd":{"M":{"S":"typed?"}}}
{"id":"b","at":2,"s":5,"select":"a reserved word","a.b":"dots"}
"#;

fn in_memory() -> Server {
    let mut command = pixii();
    Server::start(command.args(["serve", "--listen", "127.0.0.1:0", "--in-memory", "--sample"]))
}

/// The program with a verb, asking a server.
fn ask(server: &Server, verb: &str) -> Command {
    let mut command = pixii();
    command.args([verb, "--endpoint", &server.url()]);
    command
}

/// All items of a table, in the order of their keys.
#[track_caller]
fn items(server: &Server, table: &str) -> Vec<String> {
    let mut command = ask(server, "query");
    let scan = succeed(command.args(["Scan", "--table", table, "--all", "--output", "jsonl"]));
    let mut lines: Vec<String> = scan.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// A server with the items in a table `all`.
fn filled() -> Server {
    let server = in_memory();
    let mut import = ask(&server, "import");
    import.args(["-", "--table", "all", "--format", "jsonl", "--create", "id:S,at:N"]);
    let ended = with_input(&mut import, ITEMS.as_bytes());
    assert_eq!((ended.status, ended.output.as_str()), (Some(0), ""), "{ended:?}");
    assert!(ended.error.starts_with("5 items imported into all ("), "{ended:?}");
    server
}

#[test]
fn every_type_survives_a_file_of_every_format() {
    let (server, folder) = (filled(), tempfile::tempdir().unwrap());
    let before = items(&server, "all");
    assert_eq!(before.len(), 5);
    for (number, name) in
        ["a.csv", "a.jsonl", "a.json", "a.csv.gz", "a.jsonl.zst", "a.json.gz"].iter().enumerate()
    {
        let path = folder.path().join(name);
        let mut export = ask(&server, "export");
        export.arg(&path).args(["--table", "all"]);
        let said = format!("5 items exported to {}", path.display());
        assert_eq!(succeed_saying(&mut export, &[&said]), "");
        let table = format!("copy-{number}");
        let mut import = ask(&server, "import");
        import.arg(&path).args(["--table", &table, "--create", "id:S,at:N"]);
        succeed_saying(&mut import, &[&format!("5 items imported into {table}")]);
        assert_eq!(items(&server, &table), before, "{name}");
    }
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(names.len(), 6, "nothing is left beside the files");
    let packed = fs::read(folder.path().join("a.csv.gz")).unwrap();
    assert!(packed.starts_with(&[0x1f, 0x8b]));
}

#[test]
fn a_large_table_is_read_in_parts_and_written_in_batches() {
    let (server, folder) = (in_memory(), tempfile::tempdir().unwrap());
    let path = folder.path().join("airports.csv");
    let mut export = ask(&server, "export");
    export.arg(&path).args(["--table", "airports", "--segments", "8"]);
    succeed_saying(&mut export, &["3,376 items exported"]);
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 3377);
    let mut import = ask(&server, "import");
    import.arg(&path).args(["--table", "again", "--create", "iata:S", "--parallel", "8"]);
    succeed_saying(&mut import, &["3,376 items imported"]);
    assert_eq!(items(&server, "again"), items(&server, "airports"));
    // Once more is as good as once.
    let mut import = ask(&server, "import");
    succeed_saying(import.arg(&path).args(["--table", "again"]), &["3,376 items imported"]);
    assert_eq!(items(&server, "again").len(), 3376);
}

#[test]
fn what_a_query_or_a_scan_finds_is_exported() {
    let server = filled();
    let export = |arguments: &[&str]| {
        let mut command = ask(&server, "export");
        command.args(["--table", "all", "--format", "csv"]).args(arguments);
        succeed_saying(&mut command, &["exported"])
    };
    let query = r##"{"KeyConditionExpression": "id = :i", "ProjectionExpression": "id, #at, #s",
        "ExpressionAttributeNames": {"#at": "at", "#s": "s"}, "ExpressionAttributeValues": {":i": {{ id }}}, "Limit": 1}"##;
    let found = export(&["--query", query, "--param", "id=b"]);
    assert_eq!(found, "at:N,id,s:N\n1,b,\n2,b,5\n");
    let scan = r##"{"FilterExpression": "#n = :t", "ExpressionAttributeNames": {"#n": "yes"}, "ExpressionAttributeValues": {":t": true}}"##;
    assert!(export(&["--scan", scan]).contains("\n2,"));
    let mut wrong = ask(&server, "export");
    wrong.args(["--table", "all", "--scan", r#"{"FilterExpression": "=", }"#]);
    assert_fails(&mut wrong, 1, &["ValidationException"]);
}

#[test]
fn faulty_lines_are_told_by_their_numbers() {
    let (server, folder) = (filled(), tempfile::tempdir().unwrap());
    let path = folder.path().join("items.jsonl");
    let lines = [
        r#"{"id":"n","at":1}"#,
        r#"{"id":"n","at":"two"}"#,
        "",
        r#"{"id":"n","at":3"#,
        r#"{"id":"","at":4}"#,
        r#"{"id":"n","at":5}"#,
    ];
    fs::write(&path, lines.join("\n")).unwrap();
    let import = |rule: &str| {
        let mut command = ask(&server, "import");
        command.arg(&path).args(["--table", "all", "--on-fault", rule]);
        command
    };
    let first = format!("{}: line 2: ", path.display());
    assert_fails(&mut import("stop"), 1, &[&first, "1 item imported into all, and then no more"]);
    assert_eq!(items(&server, "all").len(), 6);
    let fourth = format!("{}: line 4: ", path.display());
    let fifth = format!("{}: line 5: ", path.display());
    let said = [first.as_str(), &fourth, &fifth, "2 items imported into all", "3 items left out"];
    assert_fails(&mut import("skip"), 1, &said);
    assert_eq!(items(&server, "all").len(), 7);
    let path = folder.path().join("items.csv");
    fs::write(&path, "id,at\nc,1\nc,x\n").unwrap();
    let mut csv = ask(&server, "import");
    assert_fails(csv.arg(&path).args(["--table", "all"]), 1, &["items.csv: line 3: ", "\"x\""]);
}

#[test]
fn a_table_is_copied_over_connections() {
    let (one, other, home) = (filled(), in_memory(), tempfile::tempdir().unwrap());
    let at = || {
        let mut command = pixii();
        command.env("XDG_CONFIG_HOME", home.path());
        command
    };
    for (name, server) in [("one", &one), ("other", &other)] {
        let arguments = ["connect", "add", name, "--endpoint", &server.url()];
        succeed(at().args(arguments));
    }
    let copy = |from: &str, to: &str, more: &[&str]| {
        let mut command = at();
        command.args(["copy", "--from", from, "--to", to]).args(more);
        command
    };
    succeed_saying(
        &mut copy("one:all", "other:all", &["--create"]),
        &["5 items copied from one:all to other:all"],
    );
    assert_eq!(items(&one, "all"), items(&other, "all"));
    // Indexes come along.
    succeed_saying(
        &mut copy("one:airports", "other:ports", &["--create"]),
        &["3,376 items copied"],
    );
    let described = succeed(ask(&other, "query").args(["DescribeTable", "--table", "ports"]));
    let indexes = "\"IndexStatus\": \"ACTIVE\"";
    assert_eq!(
        described.matches(indexes).count(),
        succeed(ask(&one, "query").args(["DescribeTable", "--table", "airports"]))
            .matches(indexes)
            .count()
    );
    assert_eq!(items(&one, "airports"), items(&other, "ports"));
    // The options are for the side that names no connection.
    let here = ["--endpoint", &one.url(), "--create"];
    succeed_saying(&mut copy("other:all", "back", &here), &["5 items copied"]);
    assert_eq!(items(&one, "back"), items(&one, "all"));
    assert_fails(&mut copy("one:all", "one:all", &[]), 2, &["into itself"]);
    let is_there = ["ResourceInUseException", "all is there already: leave out --create"];
    assert_fails(&mut copy("one:all", "other:all", &["--create"]), 1, &is_there);
    assert_fails(&mut copy("one:all", "other:none", &[]), 1, &["ResourceNotFoundException"]);
    assert_fails(&mut copy("none:all", "other:all", &[]), 2, &["no connection \"none\""]);
    assert_fails(&mut copy("one:", "other:all", &[]), 2, &["names no table"]);
}

#[test]
fn what_cannot_be_done_leaves_nothing_behind() {
    let (server, folder) = (filled(), tempfile::tempdir().unwrap());
    let path = folder.path().join("a.csv");
    let export = |arguments: &[&str]| {
        let mut command = pixii();
        command.arg("export").arg(&path).args(arguments);
        command
    };
    let url = server.url();
    assert_fails(&mut export(&["--table", "none", "--endpoint", &url]), 1, &["ResourceNotFound"]);
    let nowhere = ["--table", "all", "--endpoint", "http://127.0.0.1:1"];
    assert_fails(&mut export(&nowhere), 2, &["Nothing listens"]);
    assert!(!path.exists());
    assert_fails(&mut export(&["--endpoint", &url]), 2, &["--table"]);
    let unused = ["--table", "all", "--endpoint", &url, "--param", "a=b"];
    assert_fails(&mut export(&unused), 2, &["--param", "say --query or --scan"]);
    let segments = ["--query", "{}", "--segments", "2", "--endpoint", &url];
    assert_fails(&mut export(&segments), 2, &["--segments", "cannot be used with"]);
    let import = |file: &Path, arguments: &[&str]| {
        let mut command = ask(&server, "import");
        command.arg(file).args(["--table", "new"]).args(arguments);
        command
    };
    assert_fails(&mut import(&path, &["--create", "id:S"]), 2, &["a.csv", "No such file"]);
    assert_fails(&mut import(Path::new("-"), &[]), 2, &["--format"]);
    fs::write(&path, "id\na\n").unwrap();
    assert_fails(&mut import(&path, &["--create", "id"]), 2, &["--create wants a key"]);
    assert_fails(&mut import(&path, &[]), 1, &["ResourceNotFoundException"]);
    let twice = folder.path().join("twice.csv");
    fs::write(&twice, "id,id\na,b\n").unwrap();
    let mut faulty = ask(&server, "import");
    assert_fails(faulty.arg(&twice).args(["--table", "all"]), 2, &["twice.csv", "stands twice"]);
    let tables = succeed(ask(&server, "query").arg("ListTables"));
    assert!(!tables.contains("new"), "{tables}");
    let other = folder.path().join("none").join("a.csv");
    let mut unwritable = ask(&server, "export");
    assert_fails(unwritable.arg(&other).args(["--table", "all"]), 2, &["cannot write"]);
    let ended = run(ask(&server, "export").args(["/dev/null", "--table", "all"]));
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert!(!fs::metadata("/dev/null").unwrap().is_file(), "a device is written to, not replaced");
}
