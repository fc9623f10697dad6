//! `BatchWriteItem`: up to 25 puts and deletes of any tables, each by itself.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use storage::Reads;
use types::Item;
use types::error::Rule;
use types::json::Json;
use types::limit::{BATCH_WRITES_MAX, ITEM_BYTES_MAX};
use types::name::TableReference;
use types::parameter::{Faults, List, Map, Parameter, Path, structure};

use crate::access::Needs;
use crate::capacity::admission::Touched;
use crate::capacity::{Consumed, ConsumedCapacity, ReturnConsumedCapacity};
use crate::catalog::Table;
use crate::collection::{self, ItemCollectionMetrics};
use crate::error::{Error, Invalid, Result};
use crate::key::ItemKey;
use crate::operation::{Access, Operation, Parameters};
use crate::operations::batch_get_item::table_of;
use crate::request::ReturnItemCollectionMetrics;
use crate::stored::Stored;
use crate::transaction;
use crate::write::{Change, Write};
use crate::writers::{self, Written};
use crate::{Call, Database, index, metered};

/// The request.
pub(crate) struct BatchWriteItem {
    tables: Vec<TableRequests>,
    capacity: ReturnConsumedCapacity,
    metrics: ReturnItemCollectionMetrics,
}

/// The writes of one table.
struct TableRequests {
    /// The table as the request names it, and so the reply.
    name: String,
    table: TableReference,
    requests: Vec<Request>,
}

/// One write of a batch.
#[derive(Clone)]
enum Request {
    Put(Item),
    Delete(Item),
}

impl Parameter<Error> for Request {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| {
            let put = parameters.nested("PutRequest", |inner| {
                let item: Item = inner.required("Item");
                if item.size() > ITEM_BYTES_MAX {
                    inner.refuse(Invalid::ItemTooLarge);
                }
                Self::Put(item)
            });
            let delete =
                parameters.nested("DeleteRequest", |inner| Self::Delete(inner.required("Key")));
            match (put, delete) {
                (Some(request), None) | (None, Some(request)) => request,
                (Some(_), Some(_)) | (None, None) => {
                    parameters.refuse(Invalid::WriteRequest);
                    Self::placeholder()
                }
            }
        })
    }

    fn placeholder() -> Self {
        Self::Delete(Item::default())
    }
}

impl Serialize for Request {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (request, member, item) = match self {
            Self::Put(item) => ("PutRequest", "Item", item),
            Self::Delete(key) => ("DeleteRequest", "Key", key),
        };
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(request, &BTreeMap::from([(member, item)]))?;
        map.end()
    }
}

impl Request {
    fn write(&self, table: &std::sync::Arc<Table>) -> Result<Write, Invalid> {
        let (key, change) = match self {
            Self::Put(item) => {
                index::check(table, item)?;
                (ItemKey::of_item(table, item)?, Change::Put(Stored::encode(item)))
            }
            Self::Delete(key) => (ItemKey::of_key(table, key)?, Change::Delete),
        };
        let table = std::sync::Arc::clone(table);
        Ok(Write { table, key, change, condition: None, shows_item: false })
    }

    /// The attributes that hold the item's key.
    fn key_source(&self) -> &Item {
        match self {
            Self::Put(item) | Self::Delete(item) => item,
        }
    }
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct BatchWriteItemOutput {
    unprocessed_items: BTreeMap<String, Vec<Request>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    item_collection_metrics: BTreeMap<String, Vec<ItemCollectionMetrics>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    consumed_capacity: Option<Vec<ConsumedCapacity>>,
}

impl Operation for BatchWriteItem {
    const NAME: &'static str = "BatchWriteItem";
    const ACCESS: Access = Access::Write;
    type Output = BatchWriteItemOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        type Requests = List<Request, 0, { usize::MAX }>;
        let Map(entries) = parameters.required::<Map<Requests, 0, { usize::MAX }>>("RequestItems");
        if entries.is_empty() {
            parameters.refuse(Invalid::NoRequestItems);
        }
        let has_fitting_length = |(_, List(requests)): &(String, Requests)| {
            (1..=BATCH_WRITES_MAX).contains(&requests.len())
        };
        if entries.len() > BATCH_WRITES_MAX {
            parameters.constraint("RequestItems", Rule::LengthMax(BATCH_WRITES_MAX));
        }
        if !entries.iter().all(has_fitting_length) {
            let rule = Rule::MapValueLength { min: 1, max: BATCH_WRITES_MAX };
            parameters.constraint("RequestItems", rule);
        }
        if entries.iter().map(|(_, List(requests))| requests.len()).sum::<usize>()
            > BATCH_WRITES_MAX
        {
            parameters.refuse(Invalid::TooManyWrites);
        }
        let tables = entries.into_iter();
        let tables = tables.map(|(name, List(requests))| TableRequests {
            table: table_of(&name, parameters),
            name,
            requests,
        });
        Self {
            tables: tables.collect(),
            capacity: parameters.optional("ReturnConsumedCapacity").unwrap_or_default(),
            metrics: parameters.optional("ReturnItemCollectionMetrics").unwrap_or_default(),
        }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        for TableRequests { table, requests, .. } in &self.tables {
            let need = needs.table(table);
            for Request::Put(item) | Request::Delete(item) in requests {
                need.item(item);
            }
        }
    }

    async fn run(self, database: &Database, call: &Call) -> Result<BatchWriteItemOutput> {
        let view = database.view(Reads::Many).await?;
        let mut writes = Vec::with_capacity(BATCH_WRITES_MAX);
        for TableRequests { table, requests, .. } in &self.tables {
            let table = database.table(&view, call, table).await?;
            for request in requests {
                writes.push(request.write(&table)?);
            }
        }
        drop(view);
        let mut keys: Vec<_> = writes.iter().map(|write| &write.key.stored).collect();
        keys.sort_unstable();
        if keys.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err(Invalid::DuplicateKeys.into());
        }
        let written = write_all(database, &writes).await?;
        self.output(database, &writes, &written).await
    }
}

/// Makes all the writes: in one commit, which is quickest, unless somebody else is at one of
/// the items; then each in its turn. `None` is a write for which there was no throughput.
async fn write_all(database: &Database, writes: &[Write]) -> Result<Vec<Option<Written>>> {
    if database.enforces_capacity() {
        return write_each(database, writes).await;
    }
    if let Some(written) = transaction::attempt_once(database, writes).await? {
        for (write, written) in writes.iter().zip(&written) {
            write.table.use_write(&written.consumed, Touched::Item(&write.key.stored));
        }
        return Ok(written.into_iter().map(Some).collect());
    }
    let begun: Vec<_> =
        writes.iter().map(|write| writers::begin(database, write.clone())).collect();
    // All are waited for, also behind one that failed: none is given up half way.
    let mut results = Vec::with_capacity(begun.len());
    for (write, answer) in writes.iter().zip(begun) {
        let result = answer.await.map_err(Error::internal).flatten();
        metered::count(&write.table, &result, Touched::Item(&write.key.stored));
        results.push(result);
    }
    results.into_iter().map(|result| result.map(Some)).collect()
}

/// Makes the writes one after the other, each once the others before it are paid for.
async fn write_each(database: &Database, writes: &[Write]) -> Result<Vec<Option<Written>>> {
    let (mut results, mut refusal) = (Vec::with_capacity(writes.len()), None);
    for write in writes {
        match metered::write(database, write.clone()).await {
            Ok(written) => results.push(Some(written)),
            Err(Error::Throttled(throttled)) => {
                refusal = Some(throttled);
                results.push(None);
            }
            Err(error) => return Err(error),
        }
    }
    // A batch that comes to nothing is refused as a whole.
    match refusal {
        Some(throttled) if results.iter().all(Option::is_none) => Err(throttled.into()),
        Some(_) | None => Ok(results),
    }
}

impl BatchWriteItem {
    async fn output(
        &self,
        database: &Database,
        writes: &[Write],
        written: &[Option<Written>],
    ) -> Result<BatchWriteItemOutput> {
        let mut requests = Vec::with_capacity(BATCH_WRITES_MAX);
        for TableRequests { name, requests: of_table, .. } in &self.tables {
            requests.extend(of_table.iter().map(|request| (name, request)));
        }
        let mut unprocessed_items: BTreeMap<String, Vec<Request>> = BTreeMap::new();
        let mut metrics: BTreeMap<String, Vec<ItemCollectionMetrics>> = BTreeMap::new();
        let mut tables: BTreeMap<&str, (&Table, Consumed)> = BTreeMap::new();
        for (((name, request), write), written) in requests.into_iter().zip(writes).zip(written) {
            let Some(written) = written else {
                unprocessed_items.entry(name.clone()).or_default().push(request.clone());
                continue;
            };
            let of = (&write.key, request.key_source());
            if let Some(found) = collection::metrics(database, &write.table, of, self.metrics).await
            {
                metrics.entry(write.table.name.clone()).or_default().push(found);
            }
            let start = || (&*write.table, Consumed::default());
            tables.entry(&write.table.name).or_insert_with(start).1.add(&written.consumed);
        }
        let report = |(table, consumed): &(&Table, Consumed)| consumed.report(table, self.capacity);
        Ok(BatchWriteItemOutput {
            unprocessed_items,
            item_collection_metrics: metrics,
            consumed_capacity: tables.values().map(report).collect(),
        })
    }
}
