//! A table to try: the airports of the United States, a work of its government and in the public domain.

use anyhow::Result;
use database::{Api, Call, Database, Error};
use serde_json::{Value, json};
use types::json::Json;
use types::limit::BATCH_WRITES_MAX;

const AIRPORTS: &str = include_str!("../sample/airports.csv");

/// Where the sample is: the account that any credentials mean, in the Region that tools fall back on.
fn call() -> Call {
    Call { account: "123456789012".to_owned(), region: "us-east-1".to_owned(), host: String::new() }
}

/// Loads the table `airports`, unless there is one.
pub(crate) async fn load(database: &Database) -> Result<()> {
    let table = json!({
        "TableName": "airports",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": "iata", "AttributeType": "S"},
            {"AttributeName": "state", "AttributeType": "S"},
            {"AttributeName": "city", "AttributeType": "S"},
        ],
        "KeySchema": [{"AttributeName": "iata", "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": [{
            "IndexName": "by-state",
            "KeySchema": [
                {"AttributeName": "state", "KeyType": "HASH"},
                {"AttributeName": "city", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }],
    });
    match run(database, "CreateTable", &table).await {
        Err(Error::TableInUse(_)) if has_last(database).await? => return Ok(()),
        // If the table is there, an earlier start was stopped before it had loaded everything.
        Ok(()) | Err(Error::TableInUse(_)) => {}
        Err(error) => return Err(error.into()),
    }
    let mut rows = csv::Reader::from_reader(AIRPORTS.as_bytes());
    let columns = rows.headers()?.clone();
    let mut puts = Vec::with_capacity(BATCH_WRITES_MAX);
    for row in rows.records() {
        let attributes = columns.iter().zip(&row?).map(attribute).collect::<Value>();
        puts.push(json!({"PutRequest": {"Item": attributes}}));
        if puts.len() == BATCH_WRITES_MAX {
            write(database, std::mem::take(&mut puts)).await?;
        }
    }
    if !puts.is_empty() {
        write(database, puts).await?;
    }
    Ok(())
}

fn attribute((column, value): (&str, &str)) -> (String, Value) {
    let kind = if matches!(column, "latitude" | "longitude") { "N" } else { "S" };
    (column.to_owned(), json!({kind: value}))
}

async fn write(database: &Database, puts: Vec<Value>) -> Result<()> {
    let request = json!({"RequestItems": {"airports": puts}});
    Ok(run(database, "BatchWriteItem", &request).await?)
}

/// Whether the last of the airports is there: they are loaded in order.
async fn has_last(database: &Database) -> Result<bool, Error> {
    let last = AIRPORTS.lines().last().and_then(|line| line.split(',').next()).unwrap_or_default();
    let key = json!({"TableName": "airports", "Key": {"iata": {"S": last}},
        "ConditionExpression": "attribute_exists(iata)"});
    let check = json!({"TransactItems": [{"ConditionCheck": key}]});
    match run(database, "TransactWriteItems", &check).await {
        Ok(()) => Ok(true),
        Err(Error::TransactionCanceled(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

async fn run(database: &Database, name: &str, request: &Value) -> Result<(), Error> {
    let row = database::find(Api::DynamoDb, name).expect("the operation is there");
    let text = request.to_string();
    let json = Json::parse(text.as_bytes()).expect("it was just written");
    database.run(row, &call(), &json).await.map(drop)
}
