//! A new table for an import: a key, and nothing else that could be got wrong.

use anyhow::{Result, bail};
use serde_json::{Value, json};
use workbench::{Connection, Error, KeyType};

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
    workbench::transfer::create(connection, table, &body).await
}

/// Why a table was not made, and what to do where it is there already.
pub(super) fn explained(error: Error, table: &str) -> anyhow::Error {
    let is_there =
        matches!(&error, Error::Refused(refusal) if refusal.exception == "ResourceInUseException");
    let error = anyhow::Error::from(error);
    if !is_there {
        return error;
    }
    error.context(format!("{table} is there already: leave out --create to write into it"))
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
