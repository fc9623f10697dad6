//! What is known of tables: their keys and the types of these, their indexes, and how much they hold.
//!
//! It is asked with `DescribeTable`, and kept for a minute, so that a query that is written does not ask with every letter.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use tokio::time::{Instant, timeout};

use crate::attribute::{KeyType, Keys};
use crate::command::Command;
use crate::edit::quoted;
use crate::transport::Transport;

/// How long what is known of a table is believed.
const TIME: Duration = Duration::from_mins(1);
/// How long a look at something may take.
const LOOK_TIME: Duration = Duration::from_secs(3);
/// Of so many tables at most something is kept.
const TABLES_MAX: usize = 500;

/// The key of a table or an index.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeySchema {
    /// The partition key; of an index, one or several.
    pub partition: Vec<String>,
    /// The sort key; of an index, none or several.
    pub sort: Vec<String>,
}

impl KeySchema {
    /// All names, those of the partition key first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.partition.iter().chain(&self.sort).map(String::as_str)
    }
}

/// An index of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexSchema {
    /// Its name.
    pub name: String,
    /// Its key.
    pub key: KeySchema,
    /// Whether it is a local one, which consistent reads may use.
    pub is_local: bool,
    /// Whether all attributes are in it.
    pub has_all: bool,
    /// How many items it has, some hours ago.
    pub item_count: u64,
    /// How many bytes it has, some hours ago.
    pub bytes: u64,
}

/// A table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableSchema {
    /// Its name.
    pub name: String,
    /// Its ARN; empty where the service gives none.
    pub arn: String,
    /// Its key.
    pub key: KeySchema,
    /// The types of all attributes that are in a key, of the table or of an index.
    pub types: BTreeMap<String, KeyType>,
    /// Its indexes.
    pub indexes: Vec<IndexSchema>,
    /// How many items it has, some hours ago.
    pub item_count: u64,
    /// How many bytes it has, some hours ago.
    pub bytes: u64,
    /// Whether it is protected from being deleted.
    pub is_protected: bool,
    /// What its stream has of a change, if it has a stream: `NEW_AND_OLD_IMAGES`.
    pub stream: Option<String>,
}

impl TableSchema {
    /// Reads the reply to `DescribeTable`; `None` where it is none.
    #[must_use]
    pub fn read(reply: &[u8]) -> Option<Self> {
        let described: Described = serde_json::from_slice(reply).ok()?;
        let table = described.table;
        let types = table.definitions.into_iter().map(|one| (one.name, one.kind)).collect();
        let local = table.local_indexes.into_iter().map(|index| index.schema(true));
        let global = table.global_indexes.into_iter().map(|index| index.schema(false));
        Some(Self {
            name: table.name,
            arn: table.arn,
            key: key(table.key),
            types,
            indexes: local.chain(global).collect(),
            item_count: table.item_count,
            bytes: table.bytes,
            is_protected: table.is_protected,
            stream: table.stream.filter(|stream| stream.is_enabled).and_then(|stream| stream.view),
        })
    }

    /// The attributes of its key, with their types.
    #[must_use]
    pub fn keys(&self) -> Keys {
        let typed = |name: &str| Some((name.to_owned(), *self.types.get(name)?));
        Keys(self.key.names().filter_map(typed).collect())
    }

    /// An index by its name.
    #[must_use]
    pub fn index(&self, name: &str) -> Option<&IndexSchema> {
        self.indexes.iter().find(|index| index.name == name)
    }
}

/// Tables by their names.
pub(crate) type Tables = BTreeMap<String, Arc<TableSchema>>;

/// The name of a table, out of a name or an ARN.
#[must_use]
pub(crate) fn table_name(text: &str) -> &str {
    let Some((_, rest)) = text.split_once(":table/") else { return text };
    rest.split('/').next().unwrap_or(rest)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Described {
    table: Table,
}

#[derive(Deserialize)]
struct Table {
    #[serde(rename = "TableName")]
    name: String,
    #[serde(rename = "TableArn", default)]
    arn: String,
    #[serde(rename = "KeySchema", default)]
    key: Vec<KeyPart>,
    #[serde(rename = "AttributeDefinitions", default)]
    definitions: Vec<Definition>,
    #[serde(rename = "LocalSecondaryIndexes", default)]
    local_indexes: Vec<Index>,
    #[serde(rename = "GlobalSecondaryIndexes", default)]
    global_indexes: Vec<Index>,
    #[serde(rename = "ItemCount", default)]
    item_count: u64,
    #[serde(rename = "TableSizeBytes", default)]
    bytes: u64,
    #[serde(rename = "DeletionProtectionEnabled", default)]
    is_protected: bool,
    #[serde(rename = "StreamSpecification", default)]
    stream: Option<Stream>,
}

#[derive(Deserialize)]
struct KeyPart {
    #[serde(rename = "AttributeName")]
    name: String,
    #[serde(rename = "KeyType")]
    role: String,
}

#[derive(Deserialize)]
struct Definition {
    #[serde(rename = "AttributeName")]
    name: String,
    #[serde(rename = "AttributeType")]
    kind: KeyType,
}

#[derive(Deserialize)]
struct Index {
    #[serde(rename = "IndexName")]
    name: String,
    #[serde(rename = "KeySchema", default)]
    key: Vec<KeyPart>,
    #[serde(rename = "Projection", default)]
    projection: Option<Projection>,
    #[serde(rename = "ItemCount", default)]
    item_count: u64,
    #[serde(rename = "IndexSizeBytes", default)]
    bytes: u64,
}

impl Index {
    fn schema(self, is_local: bool) -> IndexSchema {
        let has_all = self.projection.is_some_and(|projection| projection.kind == "ALL");
        let Self { name, key, item_count, bytes, .. } = self;
        IndexSchema { name, key: self::key(key), is_local, has_all, item_count, bytes }
    }
}

#[derive(Deserialize)]
struct Projection {
    #[serde(rename = "ProjectionType", default)]
    kind: String,
}

#[derive(Deserialize)]
struct Stream {
    #[serde(rename = "StreamEnabled", default)]
    is_enabled: bool,
    #[serde(rename = "StreamViewType", default)]
    view: Option<String>,
}

fn key(parts: Vec<KeyPart>) -> KeySchema {
    let (partition, sort): (Vec<_>, Vec<_>) =
        parts.into_iter().partition(|part| part.role == "HASH");
    let names = |parts: Vec<KeyPart>| parts.into_iter().map(|part| part.name).collect();
    KeySchema { partition: names(partition), sort: names(sort) }
}

/// Asks for something to know, and gives the reply where there is one in time: a query goes on without.
pub(crate) async fn look<T: Transport>(
    transport: &T,
    command: &'static str,
    request: String,
) -> Option<Bytes> {
    let command = command.parse().expect("the service has this command");
    let answer = timeout(LOOK_TIME, transport.send(command, request.into())).await.ok()?.ok()?;
    answer.status.is_success().then_some(answer.bytes)
}

/// What is known of the tables of one connection and Region.
#[derive(Default)]
pub struct Schemas(Mutex<HashMap<String, Known>>);

/// What was heard of a table, and when; `None` where there is no such table, or it may not be looked at.
type Known = (Instant, Option<Arc<TableSchema>>);

impl Schemas {
    /// What is known of a table; `None` where it has to be asked.
    #[expect(
        clippy::option_option,
        reason = "not known, and known not to be there, are two things"
    )]
    fn known(&self, name: &str) -> Option<Option<Arc<TableSchema>>> {
        let tables = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, schema) = tables.get(name)?;
        (since.elapsed() < TIME).then(|| schema.clone())
    }

    /// A table, asked for where it is not known yet; `None` where there is none, or it may not be looked at.
    pub async fn table<T: Transport>(&self, transport: &T, name: &str) -> Option<Arc<TableSchema>> {
        if let Some(known) = self.known(name) {
            return known;
        }
        let request = format!("{{\"TableName\":{}}}", quoted(name));
        let looked = look(transport, "DescribeTable", request).await;
        let schema = looked.as_deref().and_then(TableSchema::read).map(Arc::new);
        self.learn(name, schema.clone());
        schema
    }

    fn learn(&self, name: &str, schema: Option<Arc<TableSchema>>) {
        let mut tables = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if TABLES_MAX <= tables.len() {
            tables.clear();
        }
        tables.insert(name.to_owned(), (Instant::now(), schema));
    }

    /// Forgets all where a command may have changed what tables there are, or what they are like.
    pub fn follow(&self, command: Command) {
        let is_of_items = matches!(
            command.name(),
            "BatchWriteItem" | "PutItem" | "UpdateItem" | "DeleteItem" | "TransactWriteItems"
        );
        if command.writes() && !is_of_items {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_from_its_description() {
        let reply = br#"{"Table": {"TableName": "users", "TableArn": "arn", "ItemCount": 3, "TableSizeBytes": 90,
            "KeySchema": [{"AttributeName": "team", "KeyType": "HASH"}, {"AttributeName": "id", "KeyType": "RANGE"}],
            "AttributeDefinitions": [{"AttributeName": "team", "AttributeType": "S"}, {"AttributeName": "id", "AttributeType": "N"}],
            "GlobalSecondaryIndexes": [{"IndexName": "by-id", "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"}}],
            "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "KEYS_ONLY"}}}"#;
        let table = TableSchema::read(reply).unwrap();
        assert_eq!(table.key.names().collect::<Vec<_>>(), ["team", "id"]);
        assert_eq!(table.types["id"], KeyType::N);
        assert!(table.index("by-id").unwrap().has_all);
        assert_eq!(table.stream.as_deref(), Some("KEYS_ONLY"));
        assert_eq!(TableSchema::read(b"{}"), None);
    }

    #[test]
    fn a_table_is_named_by_its_name_or_its_arn() {
        assert_eq!(table_name("users"), "users");
        assert_eq!(
            table_name("arn:aws:dynamodb:us-east-2:123456789012:table/users/index/x"),
            "users"
        );
    }

    #[test]
    fn what_is_known_is_forgotten_when_tables_change() {
        let schemas = Schemas::default();
        assert!(schemas.known("users").is_none());
        schemas.learn("users", None);
        schemas.follow("PutItem".parse().unwrap());
        assert_eq!(schemas.known("users"), Some(None));
        schemas.follow("CreateTable".parse().unwrap());
        assert!(schemas.known("users").is_none());
    }
}
