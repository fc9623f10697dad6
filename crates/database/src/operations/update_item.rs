//! `UpdateItem`: changes some attributes of an item, and makes the item where there is none.

use std::sync::Arc;

use expression::{Condition, Step, Update};
use storage::Reads;
use types::Item;
use types::limit::ITEM_BYTES_MAX;
use types::name::TableReference;

use crate::access::{Draft, Needs};
use crate::capacity::ReturnConsumedCapacity;
use crate::catalog::Table;
use crate::collection;
use crate::error::{Invalid, Result};
use crate::key::ItemKey;
use crate::operation::{Access, Operation, Parameters};
use crate::operations::put_item::WriteOutput;
use crate::request::{
    Expressions, OnConditionFailure, ReturnItemCollectionMetrics, ReturnValues, Style,
};
use crate::stored::Stored;
use crate::write::{Change, Changed, Write};
use crate::{Call, Database, metered};

const STYLE: Style = Style {
    expressions: &["UpdateExpression", "ConditionExpression"],
    plain: &["AttributeUpdates", "Expected", "ConditionalOperator"],
    values_unused: "UpdateExpression and ConditionExpression are null",
    is_condition_check: false,
};
/// The style in a transaction, which never knew the older parameters.
pub(crate) const IN_TRANSACTION: Style = Style { plain: &[], ..STYLE };

/// The request.
pub(crate) struct UpdateItem {
    table: TableReference,
    change: ItemUpdate,
    returns: ReturnValues,
    capacity: ReturnConsumedCapacity,
    metrics: ReturnItemCollectionMetrics,
}

/// An update, alone or in a transaction.
#[derive(Debug)]
pub(crate) struct ItemUpdate {
    pub(crate) key: Item,
    pub(crate) update: Option<Arc<Update>>,
    condition: Option<Arc<Condition>>,
    shows_item: bool,
}

impl ItemUpdate {
    /// Reads the key, the update and the condition.
    pub(crate) fn read(parameters: &mut Parameters<'_>, style: &'static Style) -> Self {
        let mut expressions = Expressions::read(parameters, style);
        let key = parameters.required("Key");
        let update = expressions.update(parameters);
        let condition = expressions.condition(parameters).map(Arc::new);
        expressions.finish(parameters);
        let shows_item = OnConditionFailure::read(parameters);
        Self { key, update: update.map(Arc::new), condition, shows_item }
    }

    /// Says what it touches.
    pub(crate) fn say<'a>(&'a self, need: &mut Draft<'a>) {
        need.item(&self.key).condition(self.condition.as_deref()).shows_old(self.shows_item);
        need.paths(self.update.iter().flat_map(|update| update.paths()));
    }

    /// The write that this is in `table`.
    pub(crate) fn write(&self, table: &Arc<Table>) -> Result<Write, Invalid> {
        let key = ItemKey::of_key(table, &self.key)?;
        self.update.iter().try_for_each(|update| check_targets(table, update))?;
        Ok(Write {
            table: Arc::clone(table),
            key,
            change: Change::Update { update: self.update.clone(), key: self.key.clone() },
            condition: self.condition.clone(),
            shows_item: self.shows_item,
        })
    }
}

/// A key attribute is not for an update to change, and one of an index is a scalar.
fn check_targets(table: &Table, update: &Update) -> Result<(), Invalid> {
    for path in update.targets() {
        let is_named = |name: &str| name == &*path.name;
        if table.key().any(|attribute| is_named(&attribute.name)) {
            return Err(Invalid::UpdatesKey(path.name.to_string()));
        }
        let mut indexes = table.indexes.iter();
        if let Some(step) = path.rest.first()
            && let Some(index) = indexes.find(|index| index.key().any(|key| is_named(&key.name)))
        {
            let actual = match step {
                Step::Member(_) => "M",
                Step::Index(_) => "L",
            };
            let attribute = index.key().find(|key| is_named(&key.name));
            return Err(Invalid::IndexKeyType {
                name: path.name.to_string(),
                expected: attribute.map_or("S", |attribute| attribute.kind.name()),
                actual,
                index: index.name.clone(),
            });
        }
    }
    Ok(())
}

impl Operation for UpdateItem {
    const NAME: &'static str = "UpdateItem";
    const ACCESS: Access = Access::Write;
    type Output = WriteOutput;
    const IS_ENVELOPED: bool = true;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        let table = parameters.required("TableName");
        let change = ItemUpdate::read(parameters, &STYLE);
        if change.update.as_ref().is_some_and(|update| update.charge() > ITEM_BYTES_MAX) {
            parameters.refuse(Invalid::UpdateTooLarge);
        }
        Self {
            table,
            change,
            returns: parameters.optional("ReturnValues").unwrap_or_default(),
            capacity: parameters.optional("ReturnConsumedCapacity").unwrap_or_default(),
            metrics: parameters.optional("ReturnItemCollectionMetrics").unwrap_or_default(),
        }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        self.change.say(needs.table(&self.table));
    }

    async fn run(self, database: &Database, call: &Call) -> Result<WriteOutput> {
        let view = database.view(Reads::One).await?;
        let table = database.table(&view, call, &self.table).await?;
        let write = self.change.write(&table)?;
        let key = write.key.clone();
        let written = metered::write(database, write).await?;
        let of = (&key, &self.change.key);
        Ok(WriteOutput {
            attributes: self.returned(&written.changed),
            consumed_capacity: written.consumed.report(&table, self.capacity),
            item_collection_metrics: collection::metrics(database, &table, of, self.metrics).await,
        })
    }
}

impl UpdateItem {
    /// The attributes to return; `None` where there are none.
    fn returned(&self, changed: &Changed) -> Option<Stored> {
        let (image, is_whole) = match self.returns {
            ReturnValues::None => return None,
            ReturnValues::AllOld => (&changed.old, true),
            ReturnValues::AllNew => (&changed.new, true),
            ReturnValues::UpdatedOld => (&changed.old, false),
            ReturnValues::UpdatedNew => (&changed.new, false),
        };
        if is_whole {
            return image.clone();
        }
        let part = self.change.update.as_ref()?.touched(image.as_ref()?);
        (!part.0.is_empty()).then(|| Stored::encode(&part))
    }
}
