//! A new table for an import: a key, and nothing else that could be got wrong.

use std::time::Duration;

use anyhow::{Result, bail};
use serde_json::{Value, json};
use workbench::{Body, Command, Connection, Error, KeyType, Reply};

/// How long a table may take to become active.
const TIME_MAX: Duration = Duration::from_mins(10);
const DELAY: Duration = Duration::from_millis(200);

/// Reads a key: `id:S`, or `customer:S,at:N`.
pub(super) fn key(text: &str) -> Result<Vec<(String, KeyType)>> {
    let part = |part: &str| {
        let (name, letter) = part.rsplit_once(':')?;
        let types = [KeyType::S, KeyType::N, KeyType::B];
        let key_type = types.into_iter().find(|known| known.name() == letter)?;
        (!name.is_empty()).then(|| (name.to_owned(), key_type))
    };
    let parts: Option<Vec<_>> = text.split(',').map(part).collect();
    match parts {
        Some(parts) if parts.len() <= 2 => Ok(parts),
        Some(_) | None => bail!(
            "--create wants a key: its partition key and perhaps its sort key, each with its type S, N or B, as in id:S or customer:S,at:N, not {text:?}"
        ),
    }
}

/// Makes a table, and waits until it is active.
pub(super) async fn create(
    connection: &Connection,
    table: &str,
    key: &[(String, KeyType)],
) -> Result<(), Error> {
    let definitions: Vec<Value> = key
        .iter()
        .map(|(name, key_type)| json!({"AttributeName": name, "AttributeType": key_type.name()}))
        .collect();
    let schema: Vec<Value> = key
        .iter()
        .zip(["HASH", "RANGE"])
        .map(|((name, _), role)| json!({"AttributeName": name, "KeyType": role}))
        .collect();
    let body = json!({
        "TableName": table,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": definitions,
        "KeySchema": schema,
    });
    ask(connection, "CreateTable", &body).await?;
    let active = async {
        loop {
            let reply = ask(connection, "DescribeTable", &json!({"TableName": table})).await?;
            if reply.pointer("/Table/TableStatus").is_some_and(|status| status == "ACTIVE") {
                return Ok(());
            }
            tokio::time::sleep(DELAY).await;
        }
    };
    let waited = tokio::time::timeout(TIME_MAX, active).await;
    waited.unwrap_or_else(|_elapsed| Err(Error::NotActive { table: table.to_owned() }))
}

async fn ask(connection: &Connection, command: &str, body: &Value) -> Result<Value, Error> {
    let command: Command = command.parse()?;
    match workbench::ask(connection, command, &Body::parse(&body.to_string())?).await? {
        Reply::Success(success) => {
            serde_json::from_slice(&success.bytes).map_err(Error::ReplyShape)
        }
        Reply::Refusal(refusal) => Err(Error::Refused(Box::new(workbench::Refusal {
            // Nobody has written the body that they are in.
            members: Vec::new(),
            ..refusal
        }))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_part_or_two() {
        #[track_caller]
        fn check(text: &str, expected: &[(&str, KeyType)]) {
            let expected: Vec<(String, KeyType)> =
                expected.iter().map(|(name, key_type)| ((*name).to_owned(), *key_type)).collect();
            assert_eq!(key(text).unwrap(), expected);
        }
        check("id:S", &[("id", KeyType::S)]);
        check("customer:S,at:N", &[("customer", KeyType::S), ("at", KeyType::N)]);
        check("a:b:B", &[("a:b", KeyType::B)]);
        for text in ["", "id", "id:X", ":S", "id:s", "a:S,b:S,c:S", "a:S,", "id:BOOL"] {
            key(text).unwrap_err();
        }
    }
}
