//! The table of operations: every file has its row, every row its operation in the service model, and every member of
//! the model a line that reads it. From the same table comes `docs/operations.md`: `UPDATE=1` rewrites it.

#![expect(clippy::unwrap_used, reason = "what fails here has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use pixii_database::{Api, Row, rows};

/// The members of each operation's input, as the service model has them.
const MODEL: &str = include_str!("service-model.json");
/// Files that read parameters for several operations.
const SHARED: &[&str] = &[
    "src/request.rs",
    "src/page.rs",
    "src/resource_policy.rs",
    "src/operations/put_item.rs",
    "src/operations/query.rs",
    "src/catalog/definition.rs",
    "src/catalog/index_update.rs",
    "src/catalog/tag.rs",
    "src/catalog/arn.rs",
    "src/catalog/replica_update.rs",
    "src/catalog/restore.rs",
    "src/catalog/stream.rs",
    "src/catalog/auto_scaling.rs",
];
/// Operations that the newest service models have and the one at hand has not.
const NEWER: &[&str] = &[
    "CancelBulkOperation",
    "DescribeBulkOperation",
    "ListBulkOperations",
    "SearchVectors",
    "StartBulkPutItems",
];

/// The crate's folder; asked at run time, as what is built may be run from another checkout.
fn folder() -> PathBuf {
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap())
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

fn source(row: &Row) -> String {
    let file = format!("src/operations/{}.rs", snake_case(row.name));
    fs::read_to_string(folder().join(file)).unwrap()
}

fn built() -> impl Iterator<Item = &'static Row> {
    rows().iter().filter(|row| row.access.is_some())
}

#[test]
fn every_operation_file_has_its_row() {
    let entries = fs::read_dir(folder().join("src/operations")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let files: BTreeSet<_> = names.filter(|name| name != "mod.rs").collect();
    let wanted: BTreeSet<_> = built().map(|row| snake_case(row.name) + ".rs").collect();
    assert_eq!(files, wanted);
}

#[test]
fn the_operations_are_those_of_the_service() {
    let model: BTreeMap<String, Vec<String>> = serde_json::from_str(MODEL).unwrap();
    let ours: BTreeSet<_> = rows().iter().map(|row| row.name).collect();
    let theirs: BTreeSet<_> =
        model.keys().map(|name| &**name).chain(NEWER.iter().copied()).collect();
    assert_eq!(ours, theirs);
    assert_eq!(ours.len(), rows().len(), "no operation has two rows");
}

#[test]
fn every_member_of_an_operation_is_read_or_refused() {
    let model: BTreeMap<String, Vec<String>> = serde_json::from_str(MODEL).unwrap();
    let read = |file: &&str| fs::read_to_string(folder().join(file)).unwrap();
    let shared: String = SHARED.iter().map(read).collect();
    for row in built() {
        let text = source(row) + &shared;
        for member in &model[row.name] {
            assert!(text.contains(&format!("\"{member}\"")), "{} drops {member}", row.name);
        }
    }
}

/// The parameters that an operation's file refuses.
fn refused(row: &Row) -> Vec<String> {
    let text = source(row);
    let model: BTreeMap<String, Vec<String>> = serde_json::from_str(MODEL).unwrap();
    let unbuilt = ["GlobalTableSourceArn", "GlobalTableSettingsReplicationMode"];
    let is_unbuilt = |member: &&String| {
        unbuilt.contains(&&***member) && text.contains("ParameterNotImplemented")
    };
    let members = model.get(row.name).into_iter().flatten();
    members.filter(is_unbuilt).cloned().collect()
}

fn page() -> String {
    let mut page = String::from(
        "# Operations\n\n\
         Generated from the table of operations. *Works*: the operation does what the service's does. *Off*: it is of a feature that is not in this \
         version, and answers as the service does while that feature is off. *Not yet*: it answers a `ValidationException` with \
         \"… is not implemented in this version of Pixii\".\n\n\
         | operation | state | parameters refused with \"not implemented in this version\" |\n| --- | --- | --- |\n",
    );
    for row in rows() {
        let state = match (row.access, row.is_off) {
            (None, _) => "not yet",
            (Some(_), true) => "off",
            (Some(_), false) => "works",
        };
        let parameters = if row.access.is_some() { refused(row).join(", ") } else { String::new() };
        let streams = if row.api() == Api::Streams { " (Streams)" } else { "" };
        writeln!(page, "| {}{streams} | {state} | {parameters} |", row.name).unwrap();
    }
    page.push_str(
        "\nKept and described back without an effect on one machine: `TableClass`; `SSESpecification` (there is no key service: any well-named key \
         is taken for one that exists); `ProvisionedThroughput`, `WarmThroughput` and `OnDemandThroughput` (consumed capacity is always measured, and \
         limited with `--enforce-capacity` alone).\n\n\
         `UpdateTableReplicaAutoScaling` and `DescribeTableReplicaAutoScaling` know global tables of version 2019.11.21; with `--scale-any-table` they \
         know every table. `MultiRegionConsistency` is `EVENTUAL`: no Region supports `STRONG`, nor witnesses.\n",
    );
    page
}

#[test]
fn the_support_page_is_what_the_table_says() {
    let file = folder().join("../../docs/operations.md");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, page()).unwrap();
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), page(), "UPDATE=1 rewrites docs/operations.md");
}
