//! `DeleteItem`: removes an item; one that is not there is removed already.

use std::sync::Arc;

use expression::Condition;
use storage::Reads;
use types::Item;
use types::name::TableReference;

use crate::access::{Draft, Needs};
use crate::capacity::ReturnConsumedCapacity;
use crate::catalog::Table;
use crate::collection;
use crate::error::{Invalid, Result};
use crate::key::ItemKey;
use crate::operation::{Access, Operation, Parameters};
use crate::operations::put_item::{WriteOutput, returns_old};
use crate::request::{
    CONDITION, Expressions, OnConditionFailure, ReturnItemCollectionMetrics, Style,
};
use crate::write::{Change, Write};
use crate::{Call, Database, metered};

/// The request.
pub(crate) struct DeleteItem {
    table: TableReference,
    delete: Delete,
    returns_old: bool,
    capacity: ReturnConsumedCapacity,
    metrics: ReturnItemCollectionMetrics,
}

/// A delete, alone or in a transaction.
#[derive(Debug)]
pub(crate) struct Delete {
    pub(crate) key: Item,
    condition: Option<Arc<Condition>>,
    shows_item: bool,
}

impl Delete {
    /// Reads the key and the condition.
    pub(crate) fn read(parameters: &mut Parameters<'_>, style: &'static Style) -> Self {
        let mut expressions = Expressions::read(parameters, style);
        let key = parameters.required("Key");
        let condition = expressions.condition(parameters).map(Arc::new);
        expressions.finish(parameters);
        Self { key, condition, shows_item: OnConditionFailure::read(parameters) }
    }

    /// Says what it touches.
    pub(crate) fn say<'a>(&'a self, need: &mut Draft<'a>) {
        need.item(&self.key).condition(self.condition.as_deref()).shows_old(self.shows_item);
    }

    /// The write that this is in `table`.
    pub(crate) fn write(&self, table: &Arc<Table>) -> Result<Write, Invalid> {
        Ok(Write {
            table: Arc::clone(table),
            key: ItemKey::of_key(table, &self.key)?,
            change: Change::Delete,
            condition: self.condition.clone(),
            shows_item: self.shows_item,
        })
    }
}

impl Operation for DeleteItem {
    const NAME: &'static str = "DeleteItem";
    const ACCESS: Access = Access::Write;
    type Output = WriteOutput;
    const IS_ENVELOPED: bool = true;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        Self {
            table: parameters.required("TableName"),
            delete: Delete::read(parameters, &CONDITION),
            returns_old: returns_old(parameters),
            capacity: parameters.optional("ReturnConsumedCapacity").unwrap_or_default(),
            metrics: parameters.optional("ReturnItemCollectionMetrics").unwrap_or_default(),
        }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        self.delete.say(needs.table(&self.table));
    }

    async fn run(self, database: &Database, call: &Call) -> Result<WriteOutput> {
        let view = database.view(Reads::One).await?;
        let table = database.table(&view, call, &self.table).await?;
        let write = self.delete.write(&table)?;
        let key = write.key.clone();
        let written = metered::write(database, write).await?;
        let of = (&key, &self.delete.key);
        Ok(WriteOutput {
            attributes: written.changed.old.filter(|_| self.returns_old),
            consumed_capacity: written.consumed.report(&table, self.capacity),
            item_collection_metrics: collection::metrics(database, &table, of, self.metrics).await,
        })
    }
}
