//! `BatchGetItem`: up to a hundred items of any tables, each by itself.

use std::collections::BTreeMap;

use expression::Projection;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use storage::Reads;
use types::Item;
use types::json::Json;
use types::limit::{BATCH_BYTES_MAX, BATCH_GET_KEYS_MAX};
use types::name::TableReference;
use types::parameter::{Faults, List, Map, Parameter, Path, structure};

use crate::access::Needs;
use crate::capacity::admission::Touched;
use crate::capacity::{Consumed, ConsumedCapacity, ReturnConsumedCapacity, read_units};
use crate::error::{Error, Invalid, Result, Side};
use crate::key::ItemKey;
use crate::operation::{Access, Operation, Parameters};
use crate::operations::get_item::Shown;
use crate::request::{Expressions, PROJECTION};
use crate::stored::Stored;
use crate::{Call, Database, canonical};

/// The request.
pub(crate) struct BatchGetItem {
    tables: Vec<TableKeys>,
    capacity: ReturnConsumedCapacity,
}

/// The keys to read of one table, and what of their items.
struct TableKeys {
    /// The table as the request names it, and so the reply.
    name: String,
    table: TableReference,
    keys: Vec<Item>,
    projection: Option<Projection>,
    is_consistent: bool,
    /// The members besides the keys, to be given back with keys that were not read.
    settings: BTreeMap<String, serde_json::Value>,
}

struct KeysAndAttributes {
    keys: Vec<Item>,
    projection: Option<Projection>,
    is_consistent: bool,
    settings: BTreeMap<String, serde_json::Value>,
}

impl Parameter<Error> for KeysAndAttributes {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| {
            let mut expressions = Expressions::read(parameters, &PROJECTION);
            let List(keys) = parameters.required::<List<Item, 1, BATCH_GET_KEYS_MAX>>("Keys");
            if has_duplicates(parameters.object().get("Keys")) {
                parameters.refuse(Invalid::DuplicateKeys);
            }
            let projection = expressions.projection(parameters);
            expressions.finish(parameters);
            let settings = parameters.object().members().filter(|(name, _)| *name != "Keys");
            Self {
                keys,
                projection,
                is_consistent: parameters.optional("ConsistentRead").unwrap_or_default(),
                settings: settings.map(|(name, json)| (name.to_owned(), owned(json))).collect(),
            }
        })
    }

    fn placeholder() -> Self {
        Self { keys: Vec::new(), projection: None, is_consistent: false, settings: BTreeMap::new() }
    }
}

/// Whether a key is sent twice. Two spellings of one number are two keys here, as they are to
/// the service; a batch of writes sees through them.
fn has_duplicates(keys: Option<&Json<'_>>) -> bool {
    let Some(Json::Array(keys)) = keys else { return false };
    let mut digests: Vec<_> = keys.iter().map(canonical::digest).collect();
    digests.sort_unstable();
    digests.windows(2).any(|pair| pair.first() == pair.last())
}

/// A JSON value that outlives the request.
fn owned(json: &Json<'_>) -> serde_json::Value {
    match json {
        Json::Null => serde_json::Value::Null,
        Json::Bool(value) => (*value).into(),
        Json::Integer(value) => (*value).into(),
        Json::Decimal(value) => (*value).into(),
        Json::String(text) => (**text).into(),
        Json::Array(elements) => elements.iter().map(owned).collect(),
        Json::Object(object) => {
            object.members().map(|(name, json)| (name.to_owned(), owned(json))).collect()
        }
    }
}

/// The table that an entry of a batch is for.
pub(crate) fn table_of(name: &str, parameters: &mut Parameters<'_>) -> TableReference {
    let mut faults = Faults::<Error>::none();
    let path = Path::Member(&Path::Root, "RequestItems");
    let table = TableReference::read(&Json::String(name.into()), &path, &mut faults);
    parameters.check(faults.into_result());
    table
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct BatchGetItemOutput {
    responses: BTreeMap<String, Vec<Shown>>,
    unprocessed_keys: BTreeMap<String, Unprocessed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    consumed_capacity: Option<Vec<ConsumedCapacity>>,
}

/// Keys that were not read, with what was asked of their items.
struct Unprocessed {
    keys: Vec<Item>,
    settings: BTreeMap<String, serde_json::Value>,
}

impl Serialize for Unprocessed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("Keys", &self.keys)?;
        self.settings.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
        map.end()
    }
}

impl Operation for BatchGetItem {
    const NAME: &'static str = "BatchGetItem";
    const ACCESS: Access = Access::Read;
    type Output = BatchGetItemOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        refuse_mixed_styles(parameters);
        let Map(entries) =
            parameters.required::<Map<KeysAndAttributes, 1, BATCH_GET_KEYS_MAX>>("RequestItems");
        let count: usize = entries.iter().map(|(_, entry)| entry.keys.len()).sum();
        if count > BATCH_GET_KEYS_MAX {
            parameters.refuse(Invalid::TooManyKeys);
        }
        let tables = entries.into_iter().map(|(name, entry)| TableKeys {
            table: table_of(&name, parameters),
            name,
            keys: entry.keys,
            projection: entry.projection,
            is_consistent: entry.is_consistent,
            settings: entry.settings,
        });
        let tables = tables.collect();
        Self { tables, capacity: parameters.optional("ReturnConsumedCapacity").unwrap_or_default() }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        for TableKeys { table, keys, projection, .. } in &self.tables {
            let need = needs.table(table);
            need.select(projection.as_ref());
            for key in keys {
                need.item(key);
            }
        }
    }

    async fn run(self, database: &Database, call: &Call) -> Result<BatchGetItemOutput> {
        let view = database.view(Reads::Many).await?;
        let mut output = BatchGetItemOutput {
            responses: BTreeMap::new(),
            unprocessed_keys: BTreeMap::new(),
            consumed_capacity: None,
        };
        let mut plan = Vec::with_capacity(self.tables.len());
        for request in self.tables {
            let table = database.table(&view, call, &request.table).await?;
            let key = |key| Ok(ItemKey::of_key(&table, key)?.stored);
            let keys = request.keys.iter().map(key).collect::<Result<Vec<_>>>()?;
            plan.push((request, table, keys));
        }
        let mut capacities = Vec::new();
        let mut bytes = 0;
        let (mut has_read, mut refusal) = (false, None);
        for (mut request, table, keys) in plan {
            let mut consumed = Consumed::default();
            let (mut items, mut left) = (Vec::with_capacity(keys.len()), Vec::new());
            let values = view.get_many(&keys).await?;
            let asked = std::mem::take(&mut request.keys).into_iter().zip(&keys);
            for ((item_key, key), value) in asked.zip(values) {
                let touched = Touched::Item(key);
                if let Err(throttled) = table.admit(Side::Read, None, touched) {
                    refusal = Some(throttled);
                    left.push(item_key);
                    continue;
                }
                let stored = value.map(Stored::decode).transpose()?;
                let size = stored.as_ref().map_or(0, Stored::size);
                bytes += size;
                if bytes > BATCH_BYTES_MAX {
                    left.push(item_key);
                    continue;
                }
                has_read = true;
                let units = Consumed::of_table(read_units(size, request.is_consistent));
                table.use_read(None, &units, touched);
                consumed.add(&units);
                items.extend(stored.map(|stored| Shown::new(stored, request.projection.as_ref())));
            }
            if !left.is_empty() {
                let unprocessed = Unprocessed { keys: left, settings: request.settings };
                output.unprocessed_keys.insert(request.name.clone(), unprocessed);
            }
            output.responses.insert(request.name, items);
            capacities.push(consumed.report(&table, self.capacity));
        }
        // A batch that comes to nothing is refused as a whole.
        if let Some(throttled) = refusal.filter(|_| !has_read) {
            return Err(throttled.into());
        }
        output.consumed_capacity = capacities.into_iter().collect();
        Ok(output)
    }
}

/// All tables of a batch keep to one style of parameters.
fn refuse_mixed_styles(parameters: &mut Parameters<'_>) {
    let Some(Json::Object(tables)) = parameters.object().get("RequestItems") else { return };
    let has = |name: &str| {
        let mut entries = tables.members();
        entries.any(|(_, json)| matches!(json, Json::Object(entry) if entry.get(name).is_some()))
    };
    if has("AttributesToGet") && has("ProjectionExpression") {
        parameters.refuse(Invalid::MixedStyles {
            plain: vec!["AttributesToGet"],
            expressions: vec!["ProjectionExpression"],
        });
    }
}
