//! A table to try: the airports of the United States, a work of its government and in the public domain.

use anyhow::{Result, bail};
use database::{Api, Call, Database, Error};
use serde_json::{Value, json};
use types::json::Json;
use types::limit::BATCH_WRITES_MAX;

const REGION: &str = "us-east-1";
/// The table's ARN, where the sample is.
const ARN: &str = "arn:aws:dynamodb:us-east-1:123456789012:table/airports";
/// A tag of the table while it is being loaded.
const LOADING: &str = "pixii-sample-loading";
const AIRPORTS: &str = include_str!("../sample/airports.csv");

/// Where the sample is: the account that any credentials mean, in the Region that tools fall back on.
fn call() -> Call {
    Call { account: "123456789012".to_owned(), region: REGION.to_owned(), host: String::new() }
}

/// Loads the table `airports`, unless there is one.
pub(crate) async fn load(database: &Database) -> Result<()> {
    if !database.serves(REGION) {
        bail!("it is of Region {REGION}, which does not live here: leave --sample out");
    }
    let table = json!({
        "TableName": "airports",
        "BillingMode": "PAY_PER_REQUEST",
        "Tags": [{"Key": LOADING, "Value": "true"}],
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
        // Without the tag it was loaded, or is somebody's own; with it, an earlier start was
        // stopped before it had loaded everything.
        Err(Error::TableInUse(_)) if !is_loading(database).await? => return Ok(()),
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
    let untag = json!({"ResourceArn": ARN, "TagKeys": [LOADING]});
    Ok(run(database, "UntagResource", &untag).await?)
}

fn attribute((column, value): (&str, &str)) -> (String, Value) {
    let kind = if matches!(column, "latitude" | "longitude") { "N" } else { "S" };
    (column.to_owned(), json!({kind: value}))
}

async fn write(database: &Database, puts: Vec<Value>) -> Result<()> {
    let request = json!({"RequestItems": {"airports": puts}});
    Ok(run(database, "BatchWriteItem", &request).await?)
}

/// Whether the table bears the tag of a sample that is not all there.
async fn is_loading(database: &Database) -> Result<bool, Error> {
    let tags = ask(database, "ListTagsOfResource", &json!({"ResourceArn": ARN})).await?;
    let tags = tags.get("Tags").and_then(Value::as_array).into_iter().flatten();
    let mut keys = tags.filter_map(|tag| tag.get("Key"));
    Ok(keys.any(|key| key == LOADING))
}

async fn run(database: &Database, name: &str, request: &Value) -> Result<(), Error> {
    ask(database, name, request).await.map(drop)
}

async fn ask(database: &Database, name: &str, request: &Value) -> Result<Value, Error> {
    let row = database::find(Api::DynamoDb, name).expect("the operation is there");
    let text = request.to_string();
    let json = Json::parse(text.as_bytes()).expect("it was just written");
    let reply = database.run(row, &call(), &json).await?;
    Ok(serde_json::from_slice(&reply).expect("a reply is JSON"))
}
