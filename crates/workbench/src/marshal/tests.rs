use std::sync::Arc;

use super::*;
use crate::json::{Leniency, parse};
use crate::schema::KeySchema;

fn users() -> Tables {
    let table = TableSchema {
        name: "users".to_owned(),
        key: KeySchema { partition: vec!["team".to_owned()], sort: vec!["id".to_owned()] },
        types: [("team".to_owned(), KeyType::S), ("id".to_owned(), KeyType::N)].into(),
        ..TableSchema::default()
    };
    Tables::from([("users".to_owned(), Arc::new(table))])
}

fn marshalled(command: &str, mode: Mode, text: &str) -> Marshalled {
    let tree = parse(text, Leniency::Written).unwrap().unwrap();
    marshal((command.parse().unwrap(), mode), (text, &tree), &users())
}

#[track_caller]
fn sent(command: &str, text: &str, expected: &str) {
    assert_eq!(marshalled(command, Mode::Auto, text).json, expected);
}

#[track_caller]
fn told(command: &str, text: &str, expected: &[(&str, &str)]) {
    let problems = marshalled(command, Mode::Auto, text).problems;
    let told: Vec<(&str, &str)> =
        problems.iter().map(|problem| (problem.code, problem.message.as_str())).collect();
    assert_eq!(told, expected, "{text}");
}

#[test]
fn plain_keys_are_typed_as_their_table_says() {
    sent(
        "GetItem",
        r#"{"TableName": "users", "Key": {"team": 7, "id": "5"}}"#,
        r#"{"TableName":"users","Key":{"team":{"S":"7"},"id":{"N":"5"}}}"#,
    );
    sent(
        "BatchGetItem",
        r#"{"RequestItems": {"users": {"Keys": [{"team": "a", "id": "1"}]}}}"#,
        r#"{"RequestItems":{"users":{"Keys":[{"team":{"S":"a"},"id":{"N":"1"}}]}}}"#,
    );
    sent(
        "TransactWriteItems",
        r#"{"TransactItems": [{"Put": {"TableName": "users", "Item": {"team": "a", "id": "1", "n": "1"}}}]}"#,
        r#"{"TransactItems":[{"Put":{"TableName":"users","Item":{"team":{"S":"a"},"id":{"N":"1"},"n":{"S":"1"}}}}]}"#,
    );
}

#[test]
fn values_that_keys_are_compared_with_are_typed_as_the_keys() {
    sent(
        "Query",
        r##"{"TableName": "users", "KeyConditionExpression": "team = :t AND #i > :i",
            "ExpressionAttributeNames": {"#i": "id"}, "ExpressionAttributeValues": {":t": "a", ":i": "5", ":x": "5"}}"##,
        r##"{"TableName":"users","KeyConditionExpression":"team = :t AND #i > :i","ExpressionAttributeNames":{"#i":"id"},"ExpressionAttributeValues":{":t":{"S":"a"},":i":{"N":"5"},":x":{"S":"5"}}}"##,
    );
}

#[test]
fn slips_of_shape_are_mended_with_a_note() {
    let marshalled = marshalled(
        "UpdateTableReplicaAutoScaling",
        Mode::Auto,
        r#"{"TableName": "users", "ProvisionedWriteCapacityAutoScalingUpdate": [{"AutoScalingDisabled": "false"}]}"#,
    );
    let expected = r#"{"TableName":"users","ProvisionedWriteCapacityAutoScalingUpdate":{"AutoScalingDisabled":false}}"#;
    assert_eq!(marshalled.json, expected);
    let codes: Vec<&str> = marshalled.notes.iter().map(|note| note.code).collect();
    assert_eq!(codes, ["Unwrapped", "Converted"]);
    sent(
        "UntagResource",
        r#"{"ResourceArn": "a", "TagKeys": "b"}"#,
        r#"{"ResourceArn":"a","TagKeys":["b"]}"#,
    );
    sent("Scan", r#"{"TableName": "users", "Limit": "5"}"#, r#"{"TableName":"users","Limit":5}"#);
    sent(
        "RestoreTableToPointInTime",
        r#"{"TargetTableName": "abc", "RestoreDateTime": "2023-08-03T22:04:18Z"}"#,
        r#"{"TargetTableName":"abc","RestoreDateTime":1691100258}"#,
    );
}

#[test]
fn what_cannot_be_right_is_told_and_left_as_it_is() {
    told("GetItem", r#"{"TableName": "users"}"#, &[("MissingMember", "Key is missing")]);
    told(
        "Scan",
        r#"{"TableName": "users", "Limt": 1}"#,
        &[("UnknownMember", "There is no member Limt here; did you mean Limit?")],
    );
    told(
        "Scan",
        r#"{"TableName": "users", "Limit": true}"#,
        &[("WrongType", "Limit must be a whole number")],
    );
    told(
        "Scan",
        r#"{"TableName": "users", "Select": "COUNTS"}"#,
        &[("Enum", "Select cannot be COUNTS; did you mean COUNT?")],
    );
    told(
        "CreateBackup",
        r#"{"TableName": "users", "BackupName": "a"}"#,
        &[("Length", "BackupName must have at least 3 characters")],
    );
}

#[test]
fn what_reads_in_two_ways_is_told() {
    let item = |item: &str| {
        format!(r#"{{"TableName": "users", "Item": {{"team": "a", "id": 1, {item}}}}}"#)
    };
    told(
        "PutItem",
        &item(r#""x": {"S": "b"}"#),
        &[(
            "Mixed",
            "x was taken for a typed value, though others beside it are plain; write {\"M\": …} around it if it is a map",
        )],
    );
    told(
        "PutItem",
        &item(r#""x": {"S": 5}"#),
        &[(
            "Ambiguous",
            "Item.x reads as a map with a member S, because that is not what a value of this type holds",
        )],
    );
    told(
        "GetItem",
        r#"{"TableName": "users", "Key": {"team": {"S": "a"}, "id": {"S": "1"}}}"#,
        &[("KeyType", "Key.id is of type S, and its key is of type N")],
    );
}

#[test]
fn a_mode_of_one_notation_has_no_other() {
    let plain =
        marshalled("PutItem", Mode::Plain, r#"{"TableName": "users", "Item": {"x": {"S": "b"}}}"#);
    assert!(plain.json.contains(r#""x":{"M":{"S":{"S":"b"}}}"#), "{}", plain.json);
    let typed = marshalled("PutItem", Mode::Typed, r#"{"TableName": "users", "Item": {"x": "b"}}"#);
    assert_eq!(typed.problems[0].code, "Untyped");
}
