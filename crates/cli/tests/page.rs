//! The examples of a widely read page on querying DynamoDB, word for word, each on a fresh server with the tables it
//! needs. As written, every third of them is refused by the service: some are no JSON, others cannot succeed. Each must end
//! in success, or in a named fix that is accepted with one flag, and then success.

#![expect(clippy::unwrap_used, reason = "a test that fails here has failed")]

#[expect(dead_code, reason = "other tests ask more of a server")]
mod server;

use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

use server::{Server, pixii};

const REGION: &str = "us-east-2";

/// What there is before an example is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fixture {
    /// No table.
    Nothing,
    /// `users` and `locations`, with items, tags, a stream, recovery and a backup.
    Tables,
    /// The same, and `users` is protected from being deleted.
    Protected,
    /// Empty tables `users` in two Regions, not joined.
    Joinable,
    /// Joined.
    Joined,
    /// Joined in two Regions, and a table in a third that could be joined.
    Third,
    /// `users` alone, on demand.
    OnDemand,
    /// The same, with a replica of version 2019.11.21.
    Replicated,
}

fn ask(server: &Server, region: &str, arguments: &[&str]) -> Output {
    let mut command = pixii();
    command.args(["query", "--endpoint", &server.url(), "--region", region]);
    command.args(arguments).output().unwrap()
}

#[track_caller]
fn done(server: &Server, region: &str, arguments: &[&str]) -> String {
    let ended = ask(server, region, arguments);
    assert!(ended.status.success(), "{arguments:?}: {ended:?}");
    String::from_utf8(ended.stdout).unwrap()
}

#[track_caller]
fn create(server: &Server, region: &str, [name, partition, sort]: [&str; 3], more: &str) {
    let definition = |name: &str| format!(r#"{{"AttributeName": "{name}", "AttributeType": "S"}}"#);
    let key =
        |name: &str, kind: &str| format!(r#"{{"AttributeName": "{name}", "KeyType": "{kind}"}}"#);
    let body = format!(
        r#"{{"TableName": "{name}", "KeySchema": [{}, {}], "AttributeDefinitions": [{}, {}], {more},
            "StreamSpecification": {{"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"}}}}"#,
        key(partition, "HASH"),
        key(sort, "RANGE"),
        definition(partition),
        definition(sort),
    );
    done(server, region, &["CreateTable", &body]);
}

/// Waits until what a command prints holds a text.
#[track_caller]
fn wait_for(server: &Server, arguments: &[&str], text: &str) {
    let until = Instant::now() + Duration::from_secs(30);
    while !done(server, REGION, arguments).contains(text) {
        assert!(Instant::now() < until, "{text} did not come");
    }
}

const PROVISIONED: &str =
    r#""ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}"#;
const ON_DEMAND: &str = r#""BillingMode": "PAY_PER_REQUEST""#;
const USERS: [&str; 3] = ["users", "team_id", "employee_id"];

fn prepare(server: &Server, fixture: Fixture) {
    match fixture {
        Fixture::Nothing => {}
        Fixture::Tables | Fixture::Protected => tables(server, fixture == Fixture::Protected),
        Fixture::Joinable => {
            create(server, REGION, USERS, PROVISIONED);
            create(server, "us-east-1", USERS, PROVISIONED);
        }
        Fixture::Joined => join(server, &["us-east-2", "us-east-1"], &[]),
        Fixture::Third => join(server, &["us-east-2", "us-west-1"], &["us-east-1"]),
        Fixture::OnDemand => create(server, REGION, USERS, ON_DEMAND),
        Fixture::Replicated => {
            create(server, REGION, USERS, ON_DEMAND);
            let replica = r#"{"TableName": "users", "ReplicaUpdates": [{"Create": {"RegionName": "us-east-1"}}]}"#;
            done(server, REGION, &["UpdateTable", replica]);
            wait_for(
                server,
                &["DescribeTable", "--table", "users"],
                r#""ReplicaStatus": "ACTIVE""#,
            );
        }
    }
}

fn tables(server: &Server, is_protected: bool) {
    let protected = format!(r#""DeletionProtectionEnabled": {is_protected}, {PROVISIONED}"#);
    create(server, REGION, USERS, &protected);
    create(server, REGION, ["locations", "name", "address"], PROVISIONED);
    for employee in ["emp_1", "emp_2", "emp_3"] {
        let item = format!(
            r#"{{"Item": {{"team_id": "team_1", "employee_id": "{employee}", "name": "Aman"}}}}"#
        );
        done(server, REGION, &["PutItem", "--table", "users", &item]);
    }
    let recovery = r#"{"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": true}}"#;
    done(server, REGION, &["UpdateContinuousBackups", "--table", "users", recovery]);
    done(server, REGION, &["CreateBackup", "--table", "users", r#"{"BackupName": "first"}"#]);
    wait_for(server, &["ListBackups", "--table", "users"], r#""BackupStatus": "AVAILABLE""#);
}

fn join(server: &Server, regions: &[&str], others: &[&str]) {
    for region in regions.iter().chain(others) {
        create(server, region, USERS, PROVISIONED);
    }
    let group: Vec<String> =
        regions.iter().map(|region| format!(r#"{{"RegionName": "{region}"}}"#)).collect();
    let body =
        format!(r#"{{"GlobalTableName": "users", "ReplicationGroup": [{}]}}"#, group.join(", "));
    done(server, REGION, &["CreateGlobalTable", &body]);
    let name = r#"{"GlobalTableName": "users"}"#;
    wait_for(server, &["DescribeGlobalTable", name], r#""GlobalTableStatus": "ACTIVE""#);
}

fn example(name: &str) -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap();
    Path::new(&package).join("../../tests/page").join(name)
}

/// The example is done as it is written.
#[track_caller]
fn works(file: &str, fixture: Fixture) {
    let server = Server::start(&mut in_memory());
    prepare(&server, fixture);
    let path = example(file);
    let body = ["--file", path.to_str().unwrap()];
    done(&server, REGION, &[command(file), body[0], body[1]]);
}

/// The example is refused, with the fix of this name; that is accepted with a flag, and then it is done.
#[track_caller]
fn is_mended(file: &str, fixture: Fixture, fix: &str) {
    let server = Server::start(&mut in_memory());
    prepare(&server, fixture);
    let path = example(file);
    let path = path.to_str().unwrap();
    let refused = ask(&server, REGION, &[command(file), "--file", path]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains(&format!("fix {fix}: ")), "{said}");
    assert!(said.contains("accept it with --fix"), "{said}");
    done(&server, REGION, &[command(file), "--file", path, &format!("--fix={fix}")]);
}

/// The command that an example is of: its file's name without the number.
fn command(file: &str) -> &str {
    file.split_once('-').unwrap().1.strip_suffix(".json5").unwrap()
}

fn in_memory() -> std::process::Command {
    let mut command = pixii();
    command.args(["serve", "--listen", "127.0.0.1:0", "--in-memory", "--scale-any-table"]);
    command
}

#[test]
fn what_is_sound_is_done_as_it_is_written() {
    for file in [
        "01-BatchGetItem.json5",
        "02-BatchWriteItem.json5",
        "03-CreateBackup.json5",
        "07-DeleteItem.json5",
        "08-DeleteTable.json5",
        "10-DescribeContinuousBackups.json5",
        "11-DescribeContributorInsights.json5",
        "16-DescribeTable.json5",
        "18-DescribeTimeToLive.json5",
        "20-ListBackups.json5",
        "21-ListContributorInsights.json5",
        "22-ListGlobalTables.json5",
        "24-ListTagsOfResource.json5",
        "25-PutItem.json5",
        "26-Query.json5",
        "29a-Scan.json5",
        "30-TagResource.json5",
        "33-UntagResource.json5",
        "34-UpdateContinuousBackups.json5",
        "35-UpdateContributorInsights.json5",
        "39-UpdateTable.json5",
    ] {
        works(file, Fixture::Tables);
    }
}

#[test]
fn commands_without_a_body_need_none() {
    let server = Server::start(&mut in_memory());
    for command in ["DescribeEndpoints", "DescribeLimits", "ListTables"] {
        done(&server, REGION, &[command]);
    }
}

#[test]
fn slips_that_change_nothing_are_mended_at_once() {
    // Bare values, comments, trailing commas.
    for file in ["19-GetItem.json5", "29b-Scan.json5", "31-TransactGetItems.json5"] {
        works(file, Fixture::Tables);
    }
}

#[test]
fn what_is_of_global_tables_is_done_where_there_is_one() {
    works("04-CreateGlobalTable.json5", Fixture::Joinable);
    for file in [
        "13-DescribeGlobalTable.json5",
        "14-DescribeGlobalTableSettings.json5",
        "37-UpdateGlobalTableSettings.json5",
    ] {
        works(file, Fixture::Joined);
    }
    works("17-DescribeTableReplicaAutoScaling.json5", Fixture::Replicated);
}

#[test]
fn what_is_of_global_tables_is_explained_where_there_is_none() {
    is_mended("04-CreateGlobalTable.json5", Fixture::OnDemand, "add-replica");
    is_mended("13-DescribeGlobalTable.json5", Fixture::Tables, "describe-table");
    is_mended("14-DescribeGlobalTableSettings.json5", Fixture::Tables, "describe-table");
    is_mended("37-UpdateGlobalTableSettings.json5", Fixture::OnDemand, "update-table");
}

#[test]
fn what_cannot_succeed_is_mended_by_a_named_fix() {
    for (file, fixture, fix) in [
        ("05-CreateTable.json5", Fixture::Nothing, "unused-definition"),
        ("06-DeleteBackup.json5", Fixture::Tables, "backup-1"),
        ("08-DeleteTable.json5", Fixture::Protected, "unprotect"),
        ("09-DescribeBackup.json5", Fixture::Tables, "backup-1"),
        ("27-RestoreTableFromBackup.json5", Fixture::Tables, "backup-1"),
        ("28-RestoreTableToPointInTime.json5", Fixture::Tables, "restore-latest"),
        ("36-UpdateGlobalTable.json5", Fixture::Third, "split-replicas"),
        ("38-UpdateItem.json5", Fixture::Tables, "expression"),
        ("40-UpdateTableReplicaAutoScaling.json5", Fixture::Tables, "scaling-bounds"),
    ] {
        is_mended(file, fixture, fix);
    }
}

#[test]
fn what_contradicts_itself_ends_in_an_explanation() {
    let server = Server::start(&mut in_memory());
    let path = example("32-TransactWriteItems.json5");
    let refused =
        ask(&server, REGION, &["TransactWriteItems", "--file", path.to_str().unwrap(), "--fix"]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let said = String::from_utf8(refused.stderr).unwrap();
    let explanation = "TransactItems[1].Delete.Key has team_id and employee_id, and TransactItems[0].Put.Item has string, \
                       both of the table string: one table has one key, so that this can never succeed";
    assert!(said.contains(explanation), "{said}");
}
