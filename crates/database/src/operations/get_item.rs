//! `GetItem`: one item, or the parts of it that are asked for.

use expression::Projection;
use serde::Serialize;
use storage::Reads;
use types::Item;
use types::name::TableReference;

use crate::access::Needs;
use crate::capacity::admission::Touched;
use crate::capacity::{Consumed, ConsumedCapacity, ReturnConsumedCapacity, read_units};
use crate::error::{Damaged, Result, Side};
use crate::key::ItemKey;
use crate::operation::{Access, Operation, Parameters};
use crate::request::{Expressions, PROJECTION};
use crate::stored::Stored;
use crate::{Call, Database};

/// The request.
pub(crate) struct GetItem {
    table: TableReference,
    key: Item,
    projection: Option<Projection>,
    is_consistent: bool,
    capacity: ReturnConsumedCapacity,
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetItemOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    consumed_capacity: Option<ConsumedCapacity>,
}

/// An item as a reply shows it: whole, written from its stored bytes, or in parts.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Shown {
    Whole(Stored),
    Part(Item),
}

impl Shown {
    /// The item, cut down to what a projection asks for.
    pub(crate) fn new(stored: Stored, projection: Option<&Projection>) -> Self {
        match projection {
            Some(projection) => Self::Part(projection.of(&stored)),
            None => Self::Whole(stored),
        }
    }
}

impl Operation for GetItem {
    const NAME: &'static str = "GetItem";
    const ACCESS: Access = Access::Read;
    type Output = GetItemOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        let table = parameters.required("TableName");
        let mut expressions = Expressions::read(parameters, &PROJECTION);
        let key = parameters.required("Key");
        let projection = expressions.projection(parameters);
        expressions.finish(parameters);
        Self {
            table,
            key,
            projection,
            is_consistent: parameters.optional("ConsistentRead").unwrap_or_default(),
            capacity: parameters.optional("ReturnConsumedCapacity").unwrap_or_default(),
        }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.table(&self.table).item(&self.key).select(self.projection.as_ref());
    }

    async fn run(self, database: &Database, call: &Call) -> Result<GetItemOutput> {
        let view = database.view(Reads::One).await?;
        let table = database.table(&view, call, &self.table).await?;
        let key = ItemKey::of_key(&table, &self.key)?;
        let touched = Touched::Item(&key.stored);
        table.admit(Side::Read, None, touched)?;
        let stored = view.get(&key.stored).await?.map(Stored::decode);
        let stored = stored.transpose().map_err(|error: Damaged| error)?;
        let bytes = stored.as_ref().map_or(0, Stored::size);
        let consumed = Consumed::of_table(read_units(bytes, self.is_consistent));
        table.use_read(None, &consumed, touched);
        Ok(GetItemOutput {
            item: stored.map(|stored| Shown::new(stored, self.projection.as_ref())),
            consumed_capacity: consumed.report(&table, self.capacity),
        })
    }
}
