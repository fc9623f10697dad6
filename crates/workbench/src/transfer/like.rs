//! A table made after another: keys, indexes, billing, stream, time to live.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::ask::once;
use super::{control, describe};
use crate::error::Error;
use crate::transport::Transport;

/// How long a table may take to become active.
const CREATION_TIME_MAX: Duration = Duration::from_mins(10);
const CREATION_DELAY_MIN: Duration = Duration::from_millis(100);
const CREATION_DELAY_MAX: Duration = Duration::from_secs(5);

/// What a new table does not have of the one that it was made after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTaken {
    /// A key of the account's own for encryption.
    EncryptionKey,
    /// Its replicas in other Regions.
    Replicas,
    /// Its time to live could not be read, or not be set.
    TimeToLive,
}

impl fmt::Display for NotTaken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::EncryptionKey => {
                "the key of its encryption is the account's own, and another one's there"
            }
            Self::Replicas => "replicas are made one by one, with UpdateTable",
            Self::TimeToLive => "its time to live could not be read or set",
        })
    }
}

/// Makes a table with the definition of another, and waits until it is active. Tags, policies, alarms, backups and
/// scaling belong to where the table is, and are left there.
///
/// # Errors
/// Where the one cannot be described or the other not be made, such as for a name that is taken.
pub async fn create_like<S: Transport, T: Transport>(
    (source, table): (&S, &str),
    (transport, name): (&T, &str),
) -> Result<Vec<NotTaken>, Error> {
    let described = describe(source, table).await?;
    let mut not_taken = Vec::new();
    if described.get("SSEDescription").is_some() {
        not_taken.push(NotTaken::EncryptionKey);
    }
    if described.get("Replicas").and_then(Value::as_array).is_some_and(|all| !all.is_empty()) {
        not_taken.push(NotTaken::Replicas);
    }
    create(transport, name, &definition(&described, name)).await?;
    if time_to_live((source, table), (transport, name)).await.is_err() {
        not_taken.push(NotTaken::TimeToLive);
    }
    Ok(not_taken)
}

/// Makes the table of this name, by the body of a `CreateTable`, and waits until it is active.
///
/// # Errors
/// Where it cannot be made, such as for a name that is taken; [`Error::NotActive`] after ten minutes.
pub async fn create(transport: &impl Transport, name: &str, body: &Value) -> Result<(), Error> {
    once(transport, "CreateTable".parse()?, body.to_string().into()).await?;
    tokio::time::timeout(CREATION_TIME_MAX, active(transport, name))
        .await
        .map_err(|_elapsed| Error::NotActive { table: name.to_owned() })?
}

async fn active(transport: &impl Transport, name: &str) -> Result<(), Error> {
    let mut delay = CREATION_DELAY_MIN;
    while describe(transport, name)
        .await?
        .get("TableStatus")
        .is_none_or(|status| status != "ACTIVE")
    {
        tokio::time::sleep(delay).await;
        delay = (delay * 2).min(CREATION_DELAY_MAX);
    }
    Ok(())
}

async fn time_to_live<S: Transport, T: Transport>(
    (source, table): (&S, &str),
    (transport, name): (&T, &str),
) -> Result<(), Error> {
    let described = control(source, "DescribeTimeToLive", &json!({"TableName": table})).await?;
    let described = described.get("TimeToLiveDescription").cloned().unwrap_or_default();
    let status = described.get("TimeToLiveStatus").and_then(Value::as_str);
    let attribute =
        described.get("AttributeName").filter(|_| matches!(status, Some("ENABLED" | "ENABLING")));
    let Some(attribute) = attribute else { return Ok(()) };
    let specification = json!({"Enabled": true, "AttributeName": attribute});
    let body = json!({"TableName": name, "TimeToLiveSpecification": specification});
    control(transport, "UpdateTimeToLive", &body).await.map(drop)
}

/// The request that makes such a table.
fn definition(described: &Value, name: &str) -> Value {
    let billing = described.pointer("/BillingModeSummary/BillingMode").and_then(Value::as_str);
    let is_provisioned = billing != Some("PAY_PER_REQUEST");
    let mut request = parts(described, &["AttributeDefinitions", "KeySchema"]);
    request.insert("TableName".to_owned(), name.into());
    let mode = if is_provisioned { "PROVISIONED" } else { "PAY_PER_REQUEST" };
    request.insert("BillingMode".to_owned(), mode.into());
    request.append(&mut throughput(described, is_provisioned));
    for (list, names) in [
        ("LocalSecondaryIndexes", ["IndexName", "KeySchema", "Projection"]),
        ("GlobalSecondaryIndexes", ["IndexName", "KeySchema", "Projection"]),
    ] {
        let Some(indexes) = described.get(list).and_then(Value::as_array) else { continue };
        let indexes = indexes.iter().map(|index| {
            let mut index_request = parts(index, &names);
            if list == "GlobalSecondaryIndexes" {
                index_request.append(&mut throughput(index, is_provisioned));
            }
            Value::Object(index_request)
        });
        request.insert(list.to_owned(), indexes.collect());
    }
    if described.pointer("/StreamSpecification/StreamEnabled") == Some(&Value::Bool(true)) {
        request.append(&mut parts(described, &["StreamSpecification"]));
    }
    if let Some(class) = described.pointer("/TableClassSummary/TableClass") {
        request.insert("TableClass".to_owned(), class.clone());
    }
    if described.get("DeletionProtectionEnabled") == Some(&Value::Bool(true)) {
        request.append(&mut parts(described, &["DeletionProtectionEnabled"]));
    }
    Value::Object(request)
}

fn parts(described: &Value, names: &[&str]) -> Map<String, Value> {
    let found =
        names.iter().filter_map(|name| Some(((*name).to_owned(), described.get(name)?.clone())));
    found.collect()
}

/// What a table or an index may take in a second.
fn throughput(described: &Value, is_provisioned: bool) -> Map<String, Value> {
    if !is_provisioned {
        return parts(described, &["OnDemandThroughput"]);
    }
    let Some(provisioned) = described.get("ProvisionedThroughput") else { return Map::new() };
    let units = parts(provisioned, &["ReadCapacityUnits", "WriteCapacityUnits"]);
    Map::from_iter([("ProvisionedThroughput".to_owned(), Value::Object(units))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_is_made_of_a_description() {
        let described = json!({
            "TableName": "old", "TableStatus": "ACTIVE", "ItemCount": 5, "TableArn": "arn:x",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6, "NumberOfDecreasesToday": 0},
            "GlobalSecondaryIndexes": [{
                "IndexName": "g", "IndexStatus": "ACTIVE", "KeySchema": [], "Projection": {"ProjectionType": "ALL"},
                "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 2},
            }],
            "LocalSecondaryIndexes": [{"IndexName": "l", "IndexArn": "x", "KeySchema": [], "Projection": {}}],
            "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"},
            "TableClassSummary": {"TableClass": "STANDARD"},
            "DeletionProtectionEnabled": false,
        });
        assert_eq!(
            definition(&described, "new"),
            json!({
                "TableName": "new", "BillingMode": "PROVISIONED",
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6},
                "GlobalSecondaryIndexes": [{
                    "IndexName": "g", "KeySchema": [], "Projection": {"ProjectionType": "ALL"},
                    "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 2},
                }],
                "LocalSecondaryIndexes": [{"IndexName": "l", "KeySchema": [], "Projection": {}}],
                "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"},
                "TableClass": "STANDARD",
            })
        );
    }

    #[test]
    fn a_table_that_pays_per_request_has_no_provisioned_units() {
        let described = json!({
            "KeySchema": [], "AttributeDefinitions": [],
            "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
            "ProvisionedThroughput": {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0},
            "OnDemandThroughput": {"MaxReadRequestUnits": 7},
        });
        assert_eq!(
            definition(&described, "new"),
            json!({
                "TableName": "new", "BillingMode": "PAY_PER_REQUEST", "KeySchema": [],
                "AttributeDefinitions": [], "OnDemandThroughput": {"MaxReadRequestUnits": 7},
            })
        );
    }
}
