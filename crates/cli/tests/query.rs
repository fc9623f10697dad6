//! `pixii query`: bodies as people write them, replies in every form, and fixes that are accepted with a flag.

#![expect(clippy::unwrap_used, reason = "a test that fails here has failed")]

mod program;
#[expect(dead_code, reason = "other tests ask more of a server")]
mod server;

use std::fs;
use std::process::Command;

use program::{assert_fails, on_terminal, run, succeed, succeed_saying};
use server::{Server, pixii};

/// A number that no floating point number holds.
const LONG: &str = "12345678901234567890123456789012345678";

fn query(server: &Server) -> Command {
    let mut command = pixii();
    command.args(["query", "--endpoint", &server.url()]);
    command
}

/// A server with a table `songs` of an artist and a year, and a few items.
fn songs() -> Server {
    let mut command = pixii();
    let server = Server::start(command.args(["serve", "--listen", "127.0.0.1:0", "--in-memory"]));
    let table = r#"{"TableName": "songs", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "artist", "AttributeType": "S"}, {"AttributeName": "year", "AttributeType": "N"}],
        "KeySchema": [{"AttributeName": "artist", "KeyType": "HASH"}, {"AttributeName": "year", "KeyType": "RANGE"}]}"#;
    succeed(query(&server).args(["CreateTable", table]));
    for item in [
        format!(r#"{{"artist": "a", "year": 2001, "plays": {LONG}, "rate": 1.50}}"#),
        r#"{"artist": "a", "year": 2002, "tags": {"SS": ["x", "y"]}, "cover": {"B": "AAE="}}"#
            .to_owned(),
        r#"{"artist": "a", "year": 2003, "more": {"deep": [1, null, true]}}"#.to_owned(),
    ] {
        let body = format!(r#"{{"Item": {item}}}"#);
        succeed_saying(query(&server).args(["PutItem", "--table", "songs", &body]), &[]);
    }
    server
}

/// A query of all songs.
const ALL: &str =
    r#"{"KeyConditionExpression": "artist = :a", "ExpressionAttributeValues": {":a": "a"}}"#;

/// The songs, by a query with these arguments.
#[track_caller]
fn all(server: &Server, arguments: &[&str]) -> String {
    let mut command = query(server);
    command.args(["Query", "--table", "songs", ALL]).args(arguments);
    succeed_saying(&mut command, &[])
}

#[test]
fn a_reply_is_printed_in_every_form_without_losing_a_digit() {
    let server = songs();
    let json = all(&server, &[]);
    assert!(json.contains(&format!("\"N\": \"{LONG}\"")), "{json}");
    assert_eq!(json, all(&server, &["--output", "json"]));
    let plain = all(&server, &["--output", "plain"]);
    assert!(plain.contains(&format!("\"plays\": {LONG}")), "{plain}");
    assert_eq!(
        all(&server, &["--output", "jsonl"]),
        format!(
            "{{\"artist\":\"a\",\"plays\":{LONG},\"rate\":1.5,\"year\":2001}}\n\
             {{\"artist\":\"a\",\"cover\":{{\"B\":\"AAE=\"}},\"tags\":{{\"SS\":[\"x\",\"y\"]}},\"year\":2002}}\n\
             {{\"artist\":\"a\",\"more\":{{\"deep\":[1,null,true]}},\"year\":2003}}\n"
        )
    );
    assert_eq!(
        all(&server, &["--output", "csv"]),
        format!(
            "artist,plays:N,rate:N,year:N,cover:B,tags:SS,more:M\n\
             a,{LONG},1.5,2001,,,\n\
             a,,,2002,AAE=,\"[\"\"x\"\",\"\"y\"\"]\",\n\
             a,,,2003,,,\"{{\"\"deep\"\":[1,null,true]}}\"\n"
        )
    );
    let table = all(&server, &["--output", "table"]);
    assert!(table.starts_with("artist  ") && table.contains(LONG), "{table}");
    let raw = all(&server, &["--output", "raw"]);
    assert!(
        raw.starts_with("{\"Count\":3,\"Items\":[{\"") || raw.starts_with("{\"Items\":"),
        "{raw}"
    );
    assert!(!raw.ends_with('\n'), "{raw}");
}

#[test]
fn all_pages_are_printed_one_after_the_other() {
    let server = songs();
    let pages = |arguments: &[&str]| {
        let limited = ALL.replacen('{', "{\"Limit\": 1, ", 1);
        let mut command = query(&server);
        command.args(["Query", "--table", "songs", &limited]).args(arguments);
        succeed_saying(&mut command, &[])
    };
    assert_eq!(pages(&["--output", "jsonl"]).lines().count(), 1);
    assert_eq!(pages(&["--output", "jsonl", "--pages", "2"]).lines().count(), 2);
    let whole = all(&server, &["--output", "jsonl"]);
    assert_eq!(pages(&["--output", "jsonl", "--all"]), whole);
    // One CSV, with the columns of all pages.
    assert_eq!(pages(&["--output", "csv", "--all"]), all(&server, &["--output", "csv"]));
    assert_eq!(
        pages(&["--output", "plain", "--all", "--mode", "plain"]).matches("\"Count\": ").count(),
        4
    );
    for name in ["b", "c"] {
        let table = format!(
            r#"{{"TableName": "songs-{name}", "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": [{{"AttributeName": "id", "AttributeType": "S"}}],
                "KeySchema": [{{"AttributeName": "id", "KeyType": "HASH"}}]}}"#
        );
        succeed(query(&server).args(["CreateTable", &table]));
    }
    let names =
        succeed(query(&server).args(["ListTables", r#"{"Limit": 1}"#, "--all", "--output", "csv"]));
    assert_eq!(names, "TableNames\nsongs\nsongs-b\nsongs-c\n");
}

#[test]
fn parameters_are_values_and_never_text_of_the_query() {
    let server = songs();
    let body = r#"{"Key": {"artist": {{ artist }}, "year": "{{ year }}"}}"#;
    let get = |arguments: &[&str]| {
        let mut command = query(&server);
        command.args(["GetItem", "--table", "songs", body, "--output", "jsonl"]).args(arguments);
        command
    };
    let found =
        succeed_saying(&mut get(&["--param", "artist=a", "--param-json", "year=2003"]), &[]);
    assert_eq!(found, "{\"artist\":\"a\",\"more\":{\"deep\":[1,null,true]},\"year\":2003}\n");
    // A text for a number of the key has the key's type.
    assert_eq!(
        succeed_saying(&mut get(&["--param", "artist=a", "--param", "year=2003"]), &[]),
        found
    );
    let hostile = r#"artist=a"}, "TableName": "other"#;
    let nothing = succeed_saying(&mut get(&["--param", hostile, "--param", "year=2003"]), &[]);
    assert!(!nothing.contains("deep"), "{nothing}");
    assert_fails(&mut get(&["--param", "artist=a"]), 2, &["\"year\"", "has no value"]);
    assert_fails(&mut get(&["--param", "artist"]), 2, &["--param wants NAME=TEXT"]);
    let no_json = ["--param", "artist=a", "--param-json", "year=now"];
    assert_fails(&mut get(&no_json), 2, &["--param-json year=now is no JSON"]);
}

const RENAME: &str = r#"{
  "Key": {"artist": "a", "year": 2001},
  "UpdateExpression": "SET name = :n", // The word is reserved.
  "ExpressionAttributeValues": {":n": "b"}
}"#;

#[test]
fn a_fix_leaves_parameters_parameters() {
    let server = songs();
    let update = |artist: &str| {
        let body = r#"{"Key": {"artist": {{ artist }}, "year": "{{ year }}"}, "UpdateExpression": "SET name = b"}"#;
        let mut command = query(&server);
        command.args(["UpdateItem", "--table", "songs", "--param-json", "year=2001", body]);
        command.args(["--param", &format!("artist={artist}")]);
        command
    };
    let offered = r#"+ {"Key": {"artist": {{ artist }}, "year": "{{ year }}"}, "UpdateExpression": "SET #name = :name""#;
    assert_fails(&mut update("a"), 1, &[offered]);
    // A value that looks like a parameter stays a value, also in what is mended.
    for artist in ["a", "{{ year }}"] {
        succeed_saying(update(artist).arg("--fix"), &["fix expression: "]);
    }
    let named = succeed(query(&server).args(["Scan", "--table", "songs", "--output", "jsonl"]));
    assert!(named.contains(r#"{"artist":"{{ year }}","name":"b","year":2001}"#), "{named}");
}

#[test]
fn a_fix_is_offered_with_its_change_and_accepted_with_a_flag() {
    let server = songs();
    let update = || {
        let mut command = query(&server);
        command.args(["UpdateItem", "--table", "songs", RENAME]);
        command
    };
    let offer = [
        "reserved keyword: name",
        "UpdateExpression at line 3",
        "fix expression: ",
        "-   \"UpdateExpression\": \"SET name = :n\", // The word is reserved.",
        "+   \"UpdateExpression\": \"SET #name = :n\", // The word is reserved.",
        "accept it with --fix, or --fix=expression",
    ];
    assert_fails(&mut update(), 1, &offer);
    assert_fails(update().arg("--fix=nothing"), 1, &["no fix nothing is offered here"]);
    succeed_saying(update().arg("--fix"), &["fix expression: "]);
    succeed_saying(update().arg("--fix=expression"), &["fix expression: "]);
    let plays = all(&server, &["--output", "jsonl"]);
    assert!(plays.contains("\"name\":\"b\""), "{plays}");
}

#[test]
fn a_query_is_explained_and_written_as_code_without_being_sent() {
    let server = songs();
    let delete = |arguments: &[&str]| {
        let body = r#"{"Key": {"artist": "a", "year": 2001}}"#;
        let mut command = query(&server);
        command.args(["DeleteItem", "--table", "songs", body]).args(arguments);
        command
    };
    let told = succeed(&mut delete(&["--explain"]));
    for text in [
        "write units",
        &format!("POST {}/", server.url()),
        "x-amz-target: DynamoDB_20120810.DeleteItem",
        r#"{"Key":{"artist":{"S":"a"},"year":{"N":"2001"}},"TableName":"songs"}"#,
    ] {
        assert!(told.contains(text), "{text:?} is not in {told}");
    }
    for (language, text) in [
        ("aws-cli", "aws dynamodb delete-item"),
        ("curl", "curl"),
        ("python", "boto3"),
        ("javascript", "@aws-sdk/client-dynamodb"),
        ("rust", "aws_sdk_dynamodb"),
    ] {
        let code = succeed_saying(&mut delete(&["--code", language]), &[]);
        assert!(code.contains(text) && code.contains(&server.url()), "{code}");
    }
    assert_eq!(all(&server, &["--output", "jsonl"]).lines().count(), 3);
    let refused = run(query(&server).args(["UpdateItem", "--table", "songs", RENAME, "--explain"]));
    assert_eq!((refused.status, refused.error.as_str()), (Some(1), ""), "{refused:?}");
    assert!(refused.output.contains("accept it with --fix"), "{refused:?}");
    let unsound = run(query(&server).args(["GetItem", "{", "--explain"]));
    assert_eq!(unsound.status, Some(2), "{unsound:?}");
    succeed_saying(&mut delete(&["--sent"]), &["x-amz-target: DynamoDB_20120810.DeleteItem"]);
    assert_eq!(all(&server, &["--output", "jsonl"]).lines().count(), 2);
}

#[test]
fn a_template_is_a_query_of_its_table() {
    let server = songs();
    let template = succeed(query(&server).args(["GetItem", "--template", "--table", "songs"]));
    assert!(template.contains("\"artist\"") && template.contains("\"year\""), "{template}");
    let done = run(query(&server).args(["GetItem", "--table", "songs", &template]));
    assert_eq!(done.status, Some(0), "{template}: {done:?}");
    assert!(succeed(pixii().args(["query", "Scan", "--template"])).contains("TableName"));
    assert_fails(
        query(&server).args(["GetItem", "--template", "--table", "none"]),
        2,
        &["There is no table none"],
    );
}

#[test]
fn commands_are_listed_where_none_is_named() {
    let listed = succeed(pixii().arg("query"));
    assert_eq!(listed, succeed(pixii().args(["query", "--list"])));
    for command in ["GetItem", "UpdateTimeToLive", "ExecuteStatement", "GetRecords"] {
        assert!(listed.lines().any(|line| line == command), "{command} is not in {listed}");
    }
}

#[test]
fn the_reasons_of_a_cancelled_transaction_stand_beside_its_actions() {
    let server = songs();
    let body = r#"{"TransactItems": [
      {"Put": {"TableName": "songs", "Item": {"artist": "a", "year": 2009}}},
      {"Delete": {"TableName": "songs", "Key": {"artist": "a", "year": 2001}, "ConditionExpression": "attribute_not_exists(artist)"}}
    ]}"#;
    let texts = [
        "TransactionCanceledException",
        "Nothing was changed",
        "TransactItems[1].Delete of songs at line 3, column 7: ConditionalCheckFailed",
    ];
    assert_fails(query(&server).args(["TransactWriteItems", body]), 1, &texts);
}

#[test]
fn the_pager_is_for_terminals_alone() {
    let server = songs();
    let folder = tempfile::tempdir().unwrap();
    let paged = folder.path().join("paged");
    let through = format!("tee {}", paged.display());
    let list = |through: &str| {
        let mut command = query(&server);
        command.args(["Query", "--table", "songs", ALL, "--output", "jsonl"]).env("PAGER", through);
        command
    };
    let printed = succeed_saying(&mut list(&through), &[]);
    assert!(!paged.exists(), "a pager was started");
    // What fits on the terminal needs none, nor does it where PAGER is empty.
    let fits = on_terminal(&list(&through), 20, "");
    assert!(fits.is_none_or(|ended| ended.output.contains("2003") && !paged.exists()));
    let unwanted = on_terminal(&list(""), 3, "");
    assert!(unwanted.is_none_or(|ended| ended.output.contains("2003") && !paged.exists()));
    if on_terminal(&list(&through), 3, "").is_some() {
        assert_eq!(fs::read_to_string(&paged).unwrap(), printed);
    }
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let server = songs();
    let mut refused = query(&server);
    refused.args(["UpdateItem", "--table", "songs", RENAME]);
    let coloured = on_terminal(&refused, 50, "");
    assert!(coloured.is_none_or(|ended| ended.output.contains("\u{1b}[32m+ ")));
    let plain = on_terminal(refused.env("NO_COLOR", "1"), 50, "");
    assert!(plain.is_none_or(|ended| !ended.output.contains('\u{1b}')));
}

#[test]
fn whoever_has_seen_enough_may_go() {
    let server = songs();
    let command = format!(
        "{} query --endpoint {} Scan --table songs --all --output jsonl '{{\"Limit\": 1}}' | head -n 1",
        env!("CARGO_BIN_EXE_pixii"),
        server.url()
    );
    let ended = run(Command::new("sh").args(["-c", &command]));
    assert_eq!((ended.output.lines().count(), ended.error.as_str()), (1, ""), "{ended:?}");
}
