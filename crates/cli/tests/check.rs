//! `pixii check`: a folder is proved sound, or what is not is named.

#![expect(clippy::unwrap_used, reason = "a test that fails here has failed")]
#![expect(clippy::indexing_slicing, reason = "a test that fails here has failed")]

#[expect(dead_code, reason = "other tests ask for more")]
mod client;
#[expect(dead_code, reason = "other tests ask more of a server")]
mod server;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use bytes::Bytes;
use serde_json::json;
use storage::{Commit, Options, RangeQuery, Reads, Store};

use client::Client;
use server::{Server, pixii};

/// First bytes of keys: items, index entries, counters.
const ITEMS: u8 = 0x10;
const ENTRIES: u8 = 0x20;
const COUNTERS: u8 = 0x50;

fn check(folder: &Path) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = pixii().arg("check").arg(folder).output().unwrap();
    let text = String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap();
    (status.code(), text)
}

/// A folder with a table that has everything: both kinds of index, expiry, a table that was deleted.
fn served() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on(&data(&folder));
    let mut client = Client::new(server.address).unwrap();
    let attributes =
        ["title", "year", "genre"].map(|name| json!({"AttributeName": name, "AttributeType": "S"}));
    let key = |hash: &str, range: &str| {
        json!([
            {"AttributeName": hash, "KeyType": "HASH"},
            {"AttributeName": range, "KeyType": "RANGE"},
        ])
    };
    let index = |name: &str, hash: &str, range: &str| {
        let projection = json!({"ProjectionType": "ALL"});
        json!({"IndexName": name, "KeySchema": key(hash, range), "Projection": projection})
    };
    let table = json!({
        "TableName": "films",
        "AttributeDefinitions": attributes,
        "KeySchema": key("title", "year"),
        "BillingMode": "PAY_PER_REQUEST",
        "LocalSecondaryIndexes": [index("local", "title", "genre")],
        "GlobalSecondaryIndexes": [index("global", "genre", "year")],
    });
    client.done("CreateTable", &table);
    let expiry = json!({"Enabled": true, "AttributeName": "until"});
    let expiry = json!({"TableName": "films", "TimeToLiveSpecification": expiry});
    client.done("UpdateTimeToLive", &expiry);
    for number in 0..50 {
        let item = json!({
            "title": {"S": format!("title {}", number % 7)},
            "year": {"S": number.to_string()},
            "genre": {"S": format!("genre {}", number % 3)},
            "until": {"N": "9999999999"},
        });
        client.done("PutItem", &json!({"TableName": "films", "Item": item}));
    }
    client.done("CreateTable", &client::table("gone"));
    client.done("DeleteTable", &json!({"TableName": "gone"}));
    server.kill();
    folder
}

fn data(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("data")
}

/// Changes the keys of one space, behind the server's back.
fn tamper(folder: &Path, space: u8, change: impl Fn(&(Bytes, Bytes)) -> Commit) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(folder, &Options::default()).unwrap();
        let query = RangeQuery {
            start: vec![space].into(),
            end: vec![space + 1].into(),
            reverse: false,
            entries_max: 1,
            bytes_max: usize::MAX,
            fill_cache: false,
        };
        let page = store.view(Reads::One).await.unwrap().range(&query).await.unwrap();
        store.commit(change(&page.entries[0])).await.unwrap();
        store.close().await.unwrap();
    });
}

fn remove((key, _): &(Bytes, Bytes)) -> Commit {
    Commit { writes: vec![(key.clone(), None)], ..Commit::default() }
}

#[test]
fn a_folder_whose_server_was_killed_is_sound_and_stays_so() {
    let folder = served();
    for _ in 0..2 {
        let (status, text) = check(&data(&folder));
        assert_eq!(status, Some(0), "{text}");
        assert!(text.contains("1 tables, 50 items, 100 index entries\nsound"), "{text}");
    }
    let server = Server::on(&data(&folder));
    let mut client = Client::new(server.address).unwrap();
    let count = client.done("Scan", &json!({"TableName": "films", "Select": "COUNT"}));
    assert_eq!(count["Count"], 50);
}

#[test]
fn an_entry_that_is_missing_is_named() {
    let folder = served();
    tamper(&data(&folder), ENTRIES, remove);
    let (status, text) = check(&data(&folder));
    assert_eq!(status, Some(1), "{text}");
    assert!(
        text.contains("films in us-east-1 of 123456789012, index local: the item at"),
        "{text}"
    );
    assert!(text.contains("there are 49 entries where the items imply 50"), "{text}");
}

#[test]
fn an_item_that_is_missing_leaves_entries_and_counts_that_are_named() {
    let folder = served();
    tamper(&data(&folder), ITEMS, remove);
    let (status, text) = check(&data(&folder));
    assert_eq!(status, Some(1), "{text}");
    for fault in [
        "films in us-east-1 of 123456789012: the count of items is 50 and should be 49",
        "index global: there are 50 entries where the items imply 49",
        "time to live: there are 50 entries where the items imply 49",
        "the count of an item collection's bytes is",
    ] {
        assert!(text.contains(fault), "no {fault} in\n{text}");
    }
}

#[test]
fn an_item_under_another_key_is_named() {
    let folder = served();
    tamper(&data(&folder), ITEMS, |(key, value)| {
        let mut other = key.to_vec();
        other.push(b'x');
        Commit { writes: vec![(other.into(), Some(value.clone()))], ..Commit::default() }
    });
    let (status, text) = check(&data(&folder));
    assert_eq!(status, Some(1), "{text}");
    assert!(text.contains("has another key"), "{text}");
}

#[test]
fn a_count_that_is_wrong_is_named() {
    let folder = served();
    tamper(&data(&folder), COUNTERS, |(key, _)| Commit {
        adds: vec![(key.clone(), 3)],
        ..Commit::default()
    });
    let (status, text) = check(&data(&folder));
    assert_eq!(status, Some(1), "{text}");
    assert!(text.contains("the count of items is 53 and should be 50"), "{text}");
}

#[test]
fn what_belongs_to_nobody_is_named() {
    let folder = served();
    tamper(&data(&folder), ITEMS, |(key, value)| {
        let mut other = key.to_vec();
        other[1] = 9;
        Commit { writes: vec![(other.into(), Some(value.clone()))], ..Commit::default() }
    });
    let (status, text) = check(&data(&folder));
    assert_eq!(status, Some(1), "{text}");
    assert!(text.contains("there are items of number"), "{text}");
}

#[test]
fn a_damaged_file_is_named() {
    let folder = served();
    // A clean stop puts everything into files.
    Server::on(&data(&folder)).stop("TERM");
    let files = fs::read_dir(data(&folder)).unwrap().map(|entry| entry.unwrap().path());
    let is_table = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "sst");
    let has_items =
        |path: &PathBuf| fs::read(path).unwrap().windows(5).any(|window| window == b"genre");
    let damaged = files.filter(is_table).find(has_items).unwrap();
    let mut bytes = fs::read(&damaged).unwrap();
    bytes[20] ^= 1;
    fs::write(&damaged, bytes).unwrap();
    let (status, text) = check(&data(&folder));
    assert_eq!(status, Some(1), "{text}");
    let name = damaged.file_name().unwrap().to_str().unwrap();
    assert!(text.contains("damaged: ") && text.contains(name), "{text}");
}

#[test]
fn a_folder_that_cannot_be_opened_is_no_unsound_one() {
    let folder = served();
    let server = Server::on(&data(&folder));
    let (status, text) = check(&data(&folder));
    assert_eq!(status, Some(2), "{text}");
    assert!(text.contains("is in use by another process"), "{text}");
    drop(server);
    let nowhere = folder.path().join("nowhere");
    let (status, text) = check(&nowhere);
    assert_eq!(status, Some(2), "{text}");
    assert!(text.contains("holds no database"), "{text}");
    assert!(!nowhere.exists(), "nothing was made");
}
