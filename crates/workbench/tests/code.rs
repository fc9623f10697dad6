//! Requests in all languages, as the files in `tests/code` have them. `UPDATE=1` rewrites those.

#![expect(
    clippy::unwrap_used,
    reason = "a test may fail by a panic, and so may what it is made of"
)]

use std::path::Path;

use pixii_workbench::{Body, Language, Place, code};

const LOCAL: Option<&str> = Some("http://127.0.0.1:8000");

/// A name, what is asked, where, and with which body.
const CASES: &[(&str, &str, Option<&str>, &str)] = &[
    (
        "get",
        "GetItem",
        None,
        r#"{"TableName": "users", "Key": {"team_id": {"S": "team_1"}, "employee_id": {"N": "1.50"}}}"#,
    ),
    (
        "put",
        "PutItem",
        LOCAL,
        r#"{"TableName": "users", "ConditionExpression": "attribute_not_exists(id)", "Item": {
            "id": {"S": "it's \"a\" $HOME \\ `b` %s é😀\u2028\n{{x}}"}, "n": {"N": "12345678901234567890.50"},
            "bytes": {"B": "ACciXH/DqQo="}, "yes": {"BOOL": true}, "nothing": {"NULL": true},
            "texts": {"SS": ["x", "y"]}, "numbers": {"NS": ["1", "2"]}, "many": {"BS": ["AAE="]},
            "list": {"L": [{"S": "a"}, {"L": []}]}, "map": {"M": {"__proto__": {"S": "x"}, "class": {"M": {}}}}}}"#,
    ),
    (
        "query",
        "Query",
        LOCAL,
        r##"{"TableName": "users", "KeyConditionExpression": "#t = :t", "ExpressionAttributeNames": {"#t": "team_id"},
            "ExpressionAttributeValues": {":t": {"S": "team_2"}}, "Limit": 5, "ScanIndexForward": false,
            "ExclusiveStartKey": {"team_id": {"S": "a"}}, "Select": "ALL_ATTRIBUTES", "FilterExpression": null}"##,
    ),
    (
        "batch",
        "BatchWriteItem",
        LOCAL,
        r#"{"RequestItems": {"users": [{"PutRequest": {"Item": {"id": {"S": "a"}}}}, {"DeleteRequest": {"Key": {"id": {"S": "b"}}}}]}}"#,
    ),
    (
        "transaction",
        "TransactWriteItems",
        LOCAL,
        r##"{"ClientRequestToken": "once", "TransactItems": [
            {"Put": {"TableName": "users", "Item": {"id": {"S": "a"}}, "ConditionExpression": "attribute_not_exists(id)"}},
            {"Update": {"TableName": "users", "Key": {"id": {"S": "b"}}, "UpdateExpression": "SET #n = :n",
                "ExpressionAttributeNames": {"#n": "name"}, "ExpressionAttributeValues": {":n": {"S": "Aman"}},
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}},
            {"Delete": {"TableName": "users", "Key": {"id": {"S": "c"}}}}]}"##,
    ),
    (
        "create",
        "CreateTable",
        LOCAL,
        r#"{"TableName": "users", "BillingMode": "PROVISIONED",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}, {"AttributeName": "at", "AttributeType": "N"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
            "GlobalSecondaryIndexes": [{"IndexName": "by-time", "KeySchema": [{"AttributeName": "at", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["name"]},
                "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}],
            "SSESpecification": {"Enabled": true, "SSEType": "KMS"}, "Tags": []}"#,
    ),
    (
        "restore",
        "RestoreTableToPointInTime",
        None,
        r#"{"SourceTableName": "users", "TargetTableName": "restored", "RestoreDateTime": 1691100258.25}"#,
    ),
    (
        "scaling",
        "UpdateTableReplicaAutoScaling",
        LOCAL,
        r#"{"TableName": "users", "ProvisionedWriteCapacityAutoScalingUpdate": {"MinimumUnits": 1, "MaximumUnits": 10,
            "ScalingPolicyUpdate": {"TargetTrackingScalingPolicyConfiguration": {"TargetValue": 70}}}}"#,
    ),
    ("list", "ListTables", LOCAL, "{}"),
    ("streams", "GetRecords", None, r#"{"ShardIterator": "arn:x|1|'", "Limit": 10}"#),
];

fn made(command: &str, endpoint: Option<&str>, body: &str) -> String {
    let place = Place { endpoint: endpoint.map(ToOwned::to_owned), region: "eu-west-1".to_owned() };
    let body = Body::parse(body).unwrap();
    let sections = Language::ALL.map(|language| {
        let code = code(language, &place, command.parse().unwrap(), body.bytes());
        format!("==== {language}\n{}", code.unwrap())
    });
    sections.join("\n")
}

#[test]
fn requests_are_written_in_all_languages() {
    // Asked at run time: what is built may be run from another checkout.
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap();
    for (name, command, endpoint, body) in CASES {
        let path = Path::new(&package).join("tests/code").join(format!("{name}.txt"));
        let made = made(command, *endpoint, body);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &made).unwrap();
        }
        assert_eq!(made, std::fs::read_to_string(&path).unwrap(), "{name}");
    }
}

#[test]
fn what_a_language_cannot_say_is_named() {
    let place = Place { endpoint: None, region: "eu-west-1".to_owned() };
    let rust = |body: &str| {
        code(Language::Rust, &place, "GetItem".parse().unwrap(), body.as_bytes())
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        rust(r#"{"Tabel": "x"}"#),
        "The request has no form in rust: it has no member Tabel"
    );
    assert_eq!(
        rust(r#"{"Key": {"a": "x"}}"#),
        "The request has no form in rust: Key is not as it should be"
    );
    assert_eq!(rust("[]"), "The request has no form in rust: its body is no object of JSON");
}

#[test]
fn names_of_languages_are_read_as_they_are_written() {
    for language in Language::ALL {
        assert_eq!(language.name().parse::<Language>().unwrap(), language);
        assert_eq!(serde_json::to_string(&language).unwrap(), format!("\"{language}\""));
    }
    let error = "cobol".parse::<Language>().unwrap_err();
    assert!(error.to_string().starts_with("There is no language \"cobol\": choose aws-cli,"));
}
