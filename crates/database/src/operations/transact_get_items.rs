//! `TransactGetItems`: up to a hundred items, as they were together at one instant.

use std::collections::BTreeMap;
use std::sync::Arc;

use expression::Projection;
use serde::Serialize;
use storage::Reads;
use types::Item;
use types::json::Json;
use types::limit::{TRANSACTION_ACTIONS_MAX, TRANSACTION_BYTES_MAX};
use types::name::TableReference;
use types::parameter::{Faults, List, Parameter, Path, structure};

use crate::access::Needs;
use crate::capacity::admission::Touched;
use crate::capacity::{Consumed, ConsumedCapacity, ReturnConsumedCapacity, Split, read_units};
use crate::catalog::Table;
use crate::error::{Error, Invalid, Result, Side};
use crate::key::ItemKey;
use crate::operation::{Access, Operation, Parameters};
use crate::operations::get_item::Shown;
use crate::request::{Expressions, PROJECTION_IN_TRANSACTION};
use crate::stored::Stored;
use crate::transaction::all_or_reasons;
use crate::{Call, Database};

/// The request.
pub(crate) struct TransactGetItems {
    gets: Vec<Get>,
    capacity: ReturnConsumedCapacity,
}

/// One item to read.
struct Get {
    table: TableReference,
    key: Item,
    projection: Option<Projection>,
}

impl Parameter<Error> for Get {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| {
            let get = parameters.nested("Get", |inner| {
                let table = inner.required("TableName");
                let mut expressions = Expressions::read(inner, &PROJECTION_IN_TRANSACTION);
                let key = inner.required("Key");
                let projection = expressions.projection(inner);
                expressions.finish(inner);
                Self { table, key, projection }
            });
            get.unwrap_or_else(|| {
                parameters.constraint("Get", types::error::Rule::NotNull);
                Self::placeholder()
            })
        })
    }

    fn placeholder() -> Self {
        let table = <TableReference as Parameter<Error>>::placeholder();
        Self { table, key: Item::default(), projection: None }
    }
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TransactGetItemsOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    consumed_capacity: Option<Vec<ConsumedCapacity>>,
    responses: Vec<Response>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<Shown>,
}

impl Operation for TransactGetItems {
    const NAME: &'static str = "TransactGetItems";
    const ACCESS: Access = Access::Read;
    type Output = TransactGetItemsOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        let List(gets) =
            parameters.required::<List<Get, 1, TRANSACTION_ACTIONS_MAX>>("TransactItems");
        let capacity = parameters.optional("ReturnConsumedCapacity").unwrap_or_default();
        Self { gets, capacity }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        for Get { table, key, projection } in &self.gets {
            let need = needs.table(table).action("GetItem").within(Self::NAME);
            need.item(key).select(projection.as_ref());
        }
    }

    async fn run(self, database: &Database, call: &Call) -> Result<TransactGetItemsOutput> {
        let view = database.view(Reads::Many).await?;
        let mut tables: Vec<Arc<Table>> = Vec::with_capacity(self.gets.len());
        for get in &self.gets {
            tables.push(database.table(&view, call, &get.table).await?);
        }
        let key = |(get, table): (&Get, &Arc<Table>)| Ok(ItemKey::of_key(table, &get.key)?.stored);
        let keys = all_or_reasons(self.gets.iter().zip(&tables).map(key).collect())?;
        let (mut sorted, count) = (keys.clone(), keys.len());
        sorted.sort_unstable();
        sorted.dedup();
        if sorted.len() < count {
            return Err(Invalid::SeveralActions.into());
        }
        let admitted = tables
            .iter()
            .zip(&keys)
            .map(|(table, key)| Ok(table.admit(Side::Read, None, Touched::Item(key))?));
        all_or_reasons(admitted.collect())?;
        let mut consumed: BTreeMap<&str, (&Table, Consumed)> = BTreeMap::new();
        let mut responses = Vec::with_capacity(count);
        let mut bytes = 0;
        let values = view.get_many(&keys).await?;
        for (((get, table), key), value) in self.gets.iter().zip(&tables).zip(&keys).zip(values) {
            let stored = value.map(Stored::decode).transpose()?;
            let size = stored.as_ref().map_or(0, Stored::size);
            bytes += size;
            let start = || (&**table, Consumed::default());
            let units = Consumed::of_table(read_units(size, true) * 2.0);
            table.use_read(None, &units, Touched::Item(key));
            consumed.entry(&table.name).or_insert_with(start).1.add(&units);
            responses.push(Response { item: stored.and_then(|stored| shown(get, stored)) });
        }
        if bytes > TRANSACTION_BYTES_MAX {
            return Err(Invalid::TransactionTooLarge.into());
        }
        let report = |(table, consumed): &(&Table, Consumed)| {
            consumed.report_split(table, self.capacity, Some(Split::Read))
        };
        let consumed_capacity = consumed.values().map(report).collect();
        Ok(TransactGetItemsOutput { consumed_capacity, responses })
    }
}

/// The item as it is shown: unlike in any other read, an item of which nothing is shown is not.
fn shown(get: &Get, stored: Stored) -> Option<Shown> {
    match Shown::new(stored, get.projection.as_ref()) {
        Shown::Part(part) if part.0.is_empty() => None,
        shown @ (Shown::Part(_) | Shown::Whole(_)) => Some(shown),
    }
}
