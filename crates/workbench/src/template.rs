//! A body to begin with: what a command needs, with the real names of a table where one is chosen.

use crate::attribute::KeyType;
use crate::command::Command;
use crate::edit::quoted;
use crate::model::{self, ATTRIBUTE_VALUE, Kind};
use crate::schema::TableSchema;

/// How deep an example goes into a shape.
const DEPTH_MAX: usize = 6;

/// A body for a command: what it needs, and what is often wanted, as comments. It is a good one for the table.
#[must_use]
pub fn template(command: Command, table: Option<&TableSchema>) -> String {
    let example = Example::of(table);
    let body = match command.name() {
        "GetItem" => example.get(),
        "PutItem" => example.put(),
        "UpdateItem" => example.update(),
        "DeleteItem" => example.delete(),
        "Query" => example.query(),
        "Scan" => example.scan(),
        "BatchGetItem" => example.batch_get(),
        "BatchWriteItem" => example.batch_write(),
        "TransactGetItems" => example.transact_get(),
        "TransactWriteItems" => example.transact_write(),
        "CreateTable" => example.create_table(),
        "UpdateTimeToLive" => example.time_to_live(),
        _ => return generic(command, &example),
    };
    format!("{{\n{body}\n}}\n")
}

/// A table to write examples for.
struct Example {
    name: String,
    arn: String,
    /// The names and types of the key.
    key: Vec<(String, KeyType)>,
    index: Option<String>,
}

impl Example {
    fn of(table: Option<&TableSchema>) -> Self {
        let Some(table) = table else {
            let key = vec![("id".to_owned(), KeyType::S)];
            let arn = "arn:aws:dynamodb:us-east-1:123456789012:table/my-table".to_owned();
            return Self { name: "my-table".to_owned(), arn, key, index: None };
        };
        let kind = |name: &str| table.types.get(name).copied().unwrap_or(KeyType::S);
        Self {
            name: table.name.clone(),
            arn: table.arn.clone(),
            key: table.key.names().map(|name| (name.to_owned(), kind(name))).collect(),
            index: table.indexes.first().map(|index| index.name.clone()),
        }
    }

    fn table_line(&self) -> String {
        format!("  \"TableName\": {}", quoted(&self.name))
    }

    /// The key as an object, indented so far.
    fn key_object(&self, indentation: usize, more: &str) -> String {
        let space = " ".repeat(indentation);
        let members: Vec<String> = self
            .key
            .iter()
            .map(|(name, kind)| format!("{space}  {}: {}", quoted(name), value(*kind)))
            .collect();
        format!("{{\n{}{more}\n{space}}}", members.join(",\n"))
    }

    fn get(&self) -> String {
        format!(
            "{},\n  \"Key\": {}\n  // \"ConsistentRead\": true, \"ProjectionExpression\": \"…\"",
            self.table_line(),
            self.key_object(2, "")
        )
    }

    fn put(&self) -> String {
        let more = ",\n    \"note\": { \"S\": \"any other attributes\" }";
        format!(
            "{},\n  \"Item\": {}\n  // \"ConditionExpression\": \"attribute_not_exists({})\"",
            self.table_line(),
            self.key_object(2, more),
            self.key.first().map_or("id", |(name, _)| name)
        )
    }

    fn update(&self) -> String {
        format!(
            "{},\n  \"Key\": {},\n  \"UpdateExpression\": \"SET #a = :a\",\n  \"ExpressionAttributeNames\": {{ \"#a\": \"note\" }},\n  \"ExpressionAttributeValues\": {{ \":a\": {{ \"S\": \"new\" }} }},\n  \"ReturnValues\": \"ALL_NEW\"",
            self.table_line(),
            self.key_object(2, "")
        )
    }

    fn delete(&self) -> String {
        format!(
            "{},\n  \"Key\": {},\n  \"ReturnValues\": \"ALL_OLD\"",
            self.table_line(),
            self.key_object(2, "")
        )
    }

    fn query(&self) -> String {
        let (name, kind) = self.key.first().cloned().unwrap_or(("id".to_owned(), KeyType::S));
        let index = self.index.as_ref().map_or_else(String::new, |index| {
            format!("\n  // \"IndexName\": {} has a key of its own", quoted(index))
        });
        format!(
            "{},{index}\n  \"KeyConditionExpression\": \"#k = :k\",\n  \"ExpressionAttributeNames\": {{ \"#k\": {} }},\n  \"ExpressionAttributeValues\": {{ \":k\": {} }},\n  \"Limit\": 25\n  // \"ScanIndexForward\": false for descending order, \"FilterExpression\": \"…\"",
            self.table_line(),
            quoted(&name),
            value(kind)
        )
    }

    fn scan(&self) -> String {
        format!(
            "{},\n  \"Limit\": 25\n  // \"FilterExpression\": \"…\", \"IndexName\": \"…\"",
            self.table_line()
        )
    }

    fn batch_get(&self) -> String {
        format!(
            "  \"RequestItems\": {{\n    {}: {{\n      \"Keys\": [\n        {}\n      ]\n    }}\n  }}",
            quoted(&self.name),
            self.key_object(8, "")
        )
    }

    fn batch_write(&self) -> String {
        format!(
            "  \"RequestItems\": {{\n    {}: [\n      {{\n        \"PutRequest\": {{\n          \"Item\": {}\n        }}\n      }}\n      // {{ \"DeleteRequest\": {{ \"Key\": {{ … }} }} }}\n    ]\n  }}",
            quoted(&self.name),
            self.key_object(10, "")
        )
    }

    fn transact_get(&self) -> String {
        format!(
            "  \"TransactItems\": [\n    {{\n      \"Get\": {{\n        \"TableName\": {},\n        \"Key\": {}\n      }}\n    }}\n  ]",
            quoted(&self.name),
            self.key_object(8, "")
        )
    }

    fn transact_write(&self) -> String {
        format!(
            "  \"TransactItems\": [\n    {{\n      \"Put\": {{\n        \"TableName\": {},\n        \"Item\": {}\n      }}\n    }}\n    // also Update, Delete and ConditionCheck\n  ]",
            quoted(&self.name),
            self.key_object(8, "")
        )
    }

    fn create_table(&self) -> String {
        let roles = ["HASH", "RANGE"];
        let keys = self.key.iter().zip(roles);
        let schema: Vec<String> = keys
            .map(|((name, _), role)| {
                format!("    {{ \"AttributeName\": {}, \"KeyType\": \"{role}\" }}", quoted(name))
            })
            .collect();
        let definitions: Vec<String> = self
            .key
            .iter()
            .map(|(name, kind)| {
                format!(
                    "    {{ \"AttributeName\": {}, \"AttributeType\": \"{}\" }}",
                    quoted(name),
                    kind.name()
                )
            })
            .collect();
        format!(
            "  \"TableName\": {},\n  \"KeySchema\": [\n{}\n  ],\n  \"AttributeDefinitions\": [ // of attributes in keys, and no others\n{}\n  ],\n  \"BillingMode\": \"PAY_PER_REQUEST\"",
            quoted(&format!("{}-2", self.name)),
            schema.join(",\n"),
            definitions.join(",\n")
        )
    }

    fn time_to_live(&self) -> String {
        format!(
            "{},\n  \"TimeToLiveSpecification\": {{\n    \"AttributeName\": \"expires\", // a number: seconds since 1970\n    \"Enabled\": true\n  }}",
            self.table_line()
        )
    }
}

/// A typed value.
fn value(kind: KeyType) -> String {
    match kind {
        KeyType::S => "{ \"S\": \"…\" }".to_owned(),
        KeyType::N => "{ \"N\": \"1\" }".to_owned(),
        KeyType::B => "{ \"B\": \"AAE=\" }".to_owned(),
    }
}

/// A body with all that the command must have, by the service's model.
fn generic(command: Command, example: &Example) -> String {
    let body = model::input(command).map(|shape| sample(shape, "", example, 0));
    body.filter(|body| body != "{}").map_or_else(|| "{}\n".to_owned(), |body| format!("{body}\n"))
}

/// JSON of a shape, for the member of this name.
fn sample(name: &str, member: &str, example: &Example, depth: usize) -> String {
    let Some(shape) = model::shape(name).filter(|_| depth < DEPTH_MAX) else {
        return "{}".to_owned();
    };
    if name == ATTRIBUTE_VALUE {
        return value(KeyType::S);
    }
    let inside = "  ".repeat(depth + 1);
    let outside = "  ".repeat(depth);
    match shape.kind {
        Kind::Structure => {
            let common = ["TableName", "StreamArn"];
            let is_common = |name: &&String| depth == 0 && common.contains(&name.as_str());
            let wanted = shape
                .members
                .keys()
                .filter(|name| shape.required.contains(name) || is_common(name));
            let members: Vec<String> = wanted
                .filter_map(|name| {
                    let shape = &shape.members.get(name)?.shape;
                    Some(format!(
                        "{inside}{}: {}",
                        quoted(name),
                        sample(shape, name, example, depth + 1)
                    ))
                })
                .collect();
            if members.is_empty() {
                "{}".to_owned()
            } else {
                format!("{{\n{}\n{outside}}}", members.join(",\n"))
            }
        }
        Kind::List => {
            let element = shape.member.as_deref().unwrap_or_default();
            format!("[ {} ]", sample(element, member, example, depth))
        }
        Kind::Map => "{}".to_owned(),
        Kind::String => {
            let text = text(member, shape.options.first(), example);
            // What is still to be written is as long as it has to be.
            let least = shape.min.and_then(|min| usize::try_from(min).ok()).unwrap_or(1);
            quoted(&if text == "…" { text.repeat(least.max(1)) } else { text })
        }
        Kind::Blob => "\"AAE=\"".to_owned(),
        Kind::Boolean => "true".to_owned(),
        Kind::Integer | Kind::Long | Kind::Double => shape.min.unwrap_or(1).max(1).to_string(),
        Kind::Timestamp => "\"2026-01-31T12:00:00Z\"".to_owned(),
    }
}

/// What stands in a text member.
fn text(member: &str, option: Option<&String>, example: &Example) -> String {
    if let Some(option) = option {
        return option.clone();
    }
    match member {
        "TableName" | "GlobalTableName" | "SourceTableName" => example.name.clone(),
        "TargetTableName" => format!("{}Restored", example.name),
        "ResourceArn" | "TableArn" => example.arn.clone(),
        "BackupArn" => format!("{}/backup/…", example.arn),
        "StreamArn" => format!("{}/stream/…", example.arn),
        "BackupName" => format!("{}Backup", example.name),
        "RegionName" => "us-west-2".to_owned(),
        "IndexName" => example.index.clone().unwrap_or_else(|| "…".to_owned()),
        _ if member.ends_with("Arn") => format!("{}/…", example.arn),
        _ => "…".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::marshal::marshal;
    use crate::query::Mode;
    use crate::schema::Tables;
    use crate::{finding::Severity, json};

    #[test]
    fn every_template_is_what_its_command_takes() {
        for command in Command::ALL {
            let text = template(*command, None);
            let tree = json::parse(&text, json::Leniency::Written).unwrap().unwrap();
            let marshalled = marshal((*command, Mode::Typed), (&text, &tree), &Tables::new());
            let errors: Vec<_> = marshalled
                .problems
                .iter()
                .filter(|problem| problem.severity == Severity::Error)
                .collect();
            assert!(errors.is_empty(), "{command}: {text}: {errors:?}");
        }
    }
}
