//! `PutItem`: writes an item whole, over the one with its key if there is one.

use std::sync::Arc;

use expression::Condition;
use serde::Serialize;
use storage::Reads;
use types::Item;
use types::limit::ITEM_BYTES_MAX;
use types::name::TableReference;

use crate::access::{Draft, Needs};
use crate::capacity::{ConsumedCapacity, ReturnConsumedCapacity};
use crate::catalog::Table;
use crate::collection::{self, ItemCollectionMetrics};
use crate::error::{Invalid, Result};
use crate::key::ItemKey;
use crate::operation::{Access, Operation, Parameters};
use crate::request::{
    CONDITION, Expressions, OnConditionFailure, ReturnItemCollectionMetrics, ReturnValues, Style,
};
use crate::stored::Stored;
use crate::write::{Change, Write};
use crate::{Call, Database, index, metered};

/// The request.
pub(crate) struct PutItem {
    table: TableReference,
    put: Put,
    returns_old: bool,
    capacity: ReturnConsumedCapacity,
    metrics: ReturnItemCollectionMetrics,
}

/// A put, alone or in a transaction.
#[derive(Debug)]
pub(crate) struct Put {
    pub(crate) item: Item,
    condition: Option<Arc<Condition>>,
    shows_item: bool,
}

impl Put {
    /// Reads the item and the condition.
    pub(crate) fn read(parameters: &mut Parameters<'_>, style: &'static Style) -> Self {
        let mut expressions = Expressions::read(parameters, style);
        let item: Item = parameters.required("Item");
        if item.size() > ITEM_BYTES_MAX {
            parameters.refuse(Invalid::ItemTooLarge);
        }
        let condition = expressions.condition(parameters).map(Arc::new);
        expressions.finish(parameters);
        Self { item, condition, shows_item: OnConditionFailure::read(parameters) }
    }

    /// Says what it touches.
    pub(crate) fn say<'a>(&'a self, need: &mut Draft<'a>) {
        need.item(&self.item).condition(self.condition.as_deref()).shows_old(self.shows_item);
    }

    /// The write that this is in `table`.
    pub(crate) fn write(&self, table: &Arc<Table>) -> Result<Write, Invalid> {
        let key = ItemKey::of_item(table, &self.item)?;
        index::check(table, &self.item)?;
        Ok(Write {
            table: Arc::clone(table),
            key,
            change: Change::Put(Stored::encode(&self.item)),
            condition: self.condition.clone(),
            shows_item: self.shows_item,
        })
    }
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct WriteOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) attributes: Option<Stored>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) consumed_capacity: Option<ConsumedCapacity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) item_collection_metrics: Option<ItemCollectionMetrics>,
}

/// Reads `ReturnValues` of a write that knows no new values: whether the old item is wanted.
pub(crate) fn returns_old(parameters: &mut Parameters<'_>) -> bool {
    match parameters.optional("ReturnValues").unwrap_or_default() {
        ReturnValues::AllOld => true,
        ReturnValues::None => false,
        ReturnValues::AllNew | ReturnValues::UpdatedOld | ReturnValues::UpdatedNew => {
            parameters.refuse(Invalid::ReturnValues);
            false
        }
    }
}

impl Operation for PutItem {
    const NAME: &'static str = "PutItem";
    const ACCESS: Access = Access::Write;
    type Output = WriteOutput;
    const IS_ENVELOPED: bool = true;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        Self {
            table: parameters.required("TableName"),
            put: Put::read(parameters, &CONDITION),
            returns_old: returns_old(parameters),
            capacity: parameters.optional("ReturnConsumedCapacity").unwrap_or_default(),
            metrics: parameters.optional("ReturnItemCollectionMetrics").unwrap_or_default(),
        }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        self.put.say(needs.table(&self.table));
    }

    async fn run(self, database: &Database, call: &Call) -> Result<WriteOutput> {
        let view = database.view(Reads::One).await?;
        let table = database.table(&view, call, &self.table).await?;
        let write = self.put.write(&table)?;
        let key = write.key.clone();
        let written = metered::write(database, write).await?;
        let of = (&key, &self.put.item);
        Ok(WriteOutput {
            attributes: written.changed.old.filter(|_| self.returns_old),
            consumed_capacity: written.consumed.report(&table, self.capacity),
            item_collection_metrics: collection::metrics(database, &table, of, self.metrics).await,
        })
    }
}
