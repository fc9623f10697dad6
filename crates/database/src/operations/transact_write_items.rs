//! `TransactWriteItems`: up to a hundred writes and checks of items, all of them or none.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use expression::Condition;
use serde::{Deserialize, Serialize};
use storage::{Reads, View};
use types::Item;
use types::json::Json;
use types::limit::{TOKEN_CHARACTERS_MAX, TOKEN_SECONDS, TRANSACTION_ACTIONS_MAX};
use types::name::TableReference;
use types::parameter::{Faults, List, Parameter, Path, Text, structure};

use crate::access::Needs;
use crate::capacity::admission::Touched;
use crate::capacity::{Consumed, ConsumedCapacity, ReturnConsumedCapacity, Split, read_units};
use crate::catalog::{self, Table};
use crate::collection::{self, ItemCollectionMetrics};
use crate::error::{Error, Invalid, Result};
use crate::key::ItemKey;
use crate::operation::{Access, Operation, Parameters};
use crate::operations::delete_item::Delete;
use crate::operations::put_item::Put;
use crate::operations::update_item::{self, ItemUpdate};
use crate::request::{
    CONDITION_IN_TRANSACTION, Expressions, OnConditionFailure, ReturnItemCollectionMetrics, Style,
};
use crate::stored::Stored;
use crate::transaction::{self, Companion, Outcome, all_or_reasons};
use crate::write::{Change, Write};
use crate::writers::Written;
use crate::{Call, Database, Scope, canonical, keys, metered};

const CHECK: Style = Style { is_condition_check: true, ..CONDITION_IN_TRANSACTION };

/// The request.
pub(crate) struct TransactWriteItems {
    actions: Vec<Action>,
    token: Option<String>,
    /// Stands for what is asked, whatever the order of its maps.
    digest: u128,
    capacity: ReturnConsumedCapacity,
    metrics: ReturnItemCollectionMetrics,
}

/// One action, and the table it is for.
struct Action {
    table: TableReference,
    kind: ActionKind,
}

enum ActionKind {
    Check(Check),
    Put(Put),
    Delete(Delete),
    Update(ItemUpdate),
    /// Not exactly one action: the request is refused.
    Faulty,
}

/// A condition on an item that the transaction does not change.
struct Check {
    key: Item,
    condition: Option<Arc<Condition>>,
    shows_item: bool,
}

impl Check {
    fn read(parameters: &mut Parameters<'_>) -> Self {
        let mut expressions = Expressions::read(parameters, &CHECK);
        let key = parameters.required("Key");
        let _: String = parameters.required("ConditionExpression");
        let condition = expressions.condition(parameters).map(Arc::new);
        expressions.finish(parameters);
        Self { key, condition, shows_item: OnConditionFailure::read(parameters) }
    }

    fn write(&self, table: &Arc<Table>) -> Result<Write, Invalid> {
        Ok(Write {
            table: Arc::clone(table),
            key: ItemKey::of_key(table, &self.key)?,
            change: Change::Check,
            condition: self.condition.clone(),
            shows_item: self.shows_item,
        })
    }
}

impl Parameter<Error> for Action {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| {
            let of = |kind: fn(&mut Parameters<'_>) -> ActionKind| {
                move |inner: &mut Parameters<'_>| Self {
                    table: inner.required("TableName"),
                    kind: kind(inner),
                }
            };
            let actions = [
                parameters
                    .nested("ConditionCheck", of(|inner| ActionKind::Check(Check::read(inner)))),
                parameters.nested("Put", of(read_put)),
                parameters.nested("Delete", of(read_delete)),
                parameters.nested("Update", of(read_update)),
            ];
            let mut actions = actions.into_iter().flatten();
            if let (Some(action), None) = (actions.next(), actions.next()) {
                return action;
            }
            parameters.refuse(Invalid::TransactItem);
            Self::placeholder()
        })
    }

    fn placeholder() -> Self {
        Self {
            table: <TableReference as Parameter<Error>>::placeholder(),
            kind: ActionKind::Faulty,
        }
    }
}

fn read_put(parameters: &mut Parameters<'_>) -> ActionKind {
    ActionKind::Put(Put::read(parameters, &CONDITION_IN_TRANSACTION))
}

fn read_delete(parameters: &mut Parameters<'_>) -> ActionKind {
    ActionKind::Delete(Delete::read(parameters, &CONDITION_IN_TRANSACTION))
}

/// In a transaction an update says what it updates.
fn read_update(parameters: &mut Parameters<'_>) -> ActionKind {
    let _: String = parameters.required("UpdateExpression");
    ActionKind::Update(ItemUpdate::read(parameters, &update_item::IN_TRANSACTION))
}

impl Action {
    fn write(&self, table: &Arc<Table>) -> Result<Write> {
        match &self.kind {
            ActionKind::Check(check) => Ok(check.write(table)?),
            ActionKind::Put(put) => Ok(put.write(table)?),
            ActionKind::Delete(delete) => Ok(delete.write(table)?),
            ActionKind::Update(update) => Ok(update.write(table)?),
            ActionKind::Faulty => Err(Invalid::TransactItem.into()),
        }
    }

    /// The attributes that hold the item's key.
    fn key_source(&self) -> Option<&Item> {
        match &self.kind {
            ActionKind::Check(check) => Some(&check.key),
            ActionKind::Put(put) => Some(&put.item),
            ActionKind::Delete(delete) => Some(&delete.key),
            ActionKind::Update(update) => Some(&update.key),
            ActionKind::Faulty => None,
        }
    }
}

/// The reply.
#[derive(Serialize, Default)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TransactWriteItemsOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    consumed_capacity: Option<Vec<ConsumedCapacity>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item_collection_metrics: Option<BTreeMap<String, Vec<ItemCollectionMetrics>>>,
}

impl Operation for TransactWriteItems {
    const NAME: &'static str = "TransactWriteItems";
    const ACCESS: Access = Access::Write;
    type Output = TransactWriteItemsOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        let List(actions) =
            parameters.required::<List<Action, 1, TRANSACTION_ACTIONS_MAX>>("TransactItems");
        let token = parameters.optional::<Text<1, TOKEN_CHARACTERS_MAX>>("ClientRequestToken");
        let content = parameters.object().get("TransactItems").filter(|_| token.is_some());
        Self {
            actions,
            token: token.map(|Text(token)| token),
            digest: content.map(canonical::digest_by_value).unwrap_or_default(),
            capacity: parameters.optional("ReturnConsumedCapacity").unwrap_or_default(),
            metrics: parameters.optional("ReturnItemCollectionMetrics").unwrap_or_default(),
        }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        for Action { table, kind } in &self.actions {
            let need = needs.table(table).within(Self::NAME);
            match kind {
                ActionKind::Check(check) => {
                    need.action("ConditionCheckItem").item(&check.key);
                    need.condition(check.condition.as_deref()).shows_old(check.shows_item);
                }
                ActionKind::Put(put) => put.say(need.action("PutItem")),
                ActionKind::Delete(delete) => delete.say(need.action("DeleteItem")),
                ActionKind::Update(update) => update.say(need.action("UpdateItem")),
                // Refused before anything is needed.
                ActionKind::Faulty => {}
            }
        }
    }

    async fn run(self, database: &Database, call: &Call) -> Result<TransactWriteItemsOutput> {
        let view = database.view(Reads::Many).await?;
        let mut writes = Vec::with_capacity(self.actions.len());
        for action in &self.actions {
            let table = database.table(&view, call, &action.table).await?;
            writes.push(action.write(&table));
        }
        let token = self.token.as_ref().map(|token| Token::new(database, call, token, self.digest));
        // What was made already takes no throughput when it is asked for again.
        let is_made = match &token {
            Some(token) if database.enforces_capacity() => token.look(&view).await?.is_some(),
            Some(_) | None => false,
        };
        drop(view);
        if has_duplicates(writes.iter().flatten()) {
            return Err(Invalid::SeveralActions.into());
        }
        let writes = all_or_reasons(writes)?;
        if !is_made {
            all_or_reasons(writes.iter().map(metered::admit).collect())?;
        }
        let outcome = self.make(database, &writes, token.as_ref()).await;
        match outcome.inspect_err(|error| metered::count_cancelled(&writes, error))? {
            Outcome::Written(written) => self.output(database, &writes, &written).await,
            Outcome::Done(used) => Ok(TransactWriteItemsOutput {
                consumed_capacity: self.replayed(&writes, &used),
                item_collection_metrics: None,
            }),
        }
    }
}

fn has_duplicates<'a>(writes: impl Iterator<Item = &'a Write>) -> bool {
    let mut keys: Vec<_> = writes.map(|write| &write.key.stored).collect();
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair.first() == pair.last())
}

impl TransactWriteItems {
    async fn make(
        &self,
        database: &Database,
        writes: &[Write],
        token: Option<&Token>,
    ) -> Result<Outcome<Used>> {
        let Some(token) = token else {
            return match transaction::transact(database, writes, &transaction::Alone).await? {
                Outcome::Written(written) => Ok(Outcome::Written(written)),
                Outcome::Done(never) => match never {},
            };
        };
        transaction::transact(database, writes, token).await
    }

    async fn output(
        &self,
        database: &Database,
        writes: &[Write],
        written: &[Written],
    ) -> Result<TransactWriteItemsOutput> {
        let mut metrics: BTreeMap<String, Vec<ItemCollectionMetrics>> = BTreeMap::new();
        for (action, write) in self.actions.iter().zip(writes) {
            let Some(source) = action.key_source() else { continue };
            let of = (&write.key, source);
            let found = collection::metrics(database, &write.table, of, self.metrics).await;
            if let Some(found) = found {
                metrics.entry(write.table.name.clone()).or_default().push(found);
            }
        }
        // A transaction prepares and commits, so the table's units count twice; an index's do not.
        let consumed = written.iter().map(|written| Consumed {
            table: written.consumed.table * 2.0,
            ..written.consumed.clone()
        });
        let consumed: Vec<_> = consumed.collect();
        for (write, consumed) in writes.iter().zip(&consumed) {
            write.table.use_write(consumed, Touched::Item(&write.key.stored));
        }
        Ok(TransactWriteItemsOutput {
            consumed_capacity: report(writes, consumed.into_iter(), (self.capacity, Split::Write)),
            item_collection_metrics: (!metrics.is_empty()).then_some(metrics),
        })
    }

    /// What a replay consumes: reading the same images.
    fn replayed(&self, writes: &[Write], used: &Used) -> Option<Vec<ConsumedCapacity>> {
        let units = |bytes: &usize| Consumed::of_table(read_units(*bytes, true) * 2.0);
        let consumed: Vec<_> = used.bytes.iter().map(units).collect();
        for (write, consumed) in writes.iter().zip(&consumed) {
            write.table.use_read(None, consumed, Touched::Item(&write.key.stored));
        }
        report(writes, consumed.into_iter(), (self.capacity, Split::Read))
    }
}

/// What each table's part of a transaction consumed, in the order of the tables' names.
fn report(
    writes: &[Write],
    consumed: impl Iterator<Item = Consumed>,
    (detail, split): (ReturnConsumedCapacity, Split),
) -> Option<Vec<ConsumedCapacity>> {
    let mut tables: BTreeMap<&str, (&Table, Consumed)> = BTreeMap::new();
    for (write, consumed) in writes.iter().zip(consumed) {
        let start = || (&*write.table, Consumed::default());
        tables.entry(&write.table.name).or_insert_with(start).1.add(&consumed);
    }
    let report =
        |(table, consumed): &(&Table, Consumed)| consumed.report_split(table, detail, Some(split));
    tables.values().map(report).collect()
}

/// A client request token: what was done under it is not done again for ten minutes.
struct Token {
    /// The token's keys in the last span of ten minutes, in this one and in the next: whichever
    /// of them a clock that moves on, or back a little, makes this one.
    keys: [Bytes; 3],
    digest: u128,
    now_ms: u64,
}

/// What a token was used for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Used {
    digest: u128,
    at_ms: u64,
    /// The size of each action's item, the larger of before and after.
    bytes: Vec<usize>,
}

impl Token {
    fn new(database: &Database, call: &Call, token: &str, digest: u128) -> Self {
        let now_ms = database.inner.clock.now_ms();
        let span = now_ms / 1000 / TOKEN_SECONDS;
        let scope: Scope = call.scope();
        let key = |span| keys::token(span, &scope, token);
        Self { keys: [key(span.saturating_sub(1)), key(span), key(span + 1)], digest, now_ms }
    }
}

impl Companion for Token {
    type Done = Used;

    fn reads(&self) -> Vec<Bytes> {
        self.keys.to_vec()
    }

    async fn look(&self, view: &View) -> Result<Option<Used>> {
        for value in view.get_many(&self.keys).await?.into_iter().flatten() {
            let used: Used = catalog::decode(&value)?;
            if self.now_ms.saturating_sub(used.at_ms) >= TOKEN_SECONDS * 1000 {
                continue;
            }
            if used.digest != self.digest {
                return Err(Error::IdempotentParameterMismatch);
            }
            return Ok(Some(used));
        }
        Ok(None)
    }

    fn writes(&self, written: &[Written]) -> Vec<(Bytes, Option<Bytes>)> {
        let size = |item: &Option<Stored>| item.as_ref().map_or(0, Stored::size);
        let larger = |written: &Written| size(&written.changed.old).max(size(&written.changed.new));
        let bytes = written.iter().map(larger).collect();
        let used = Used { digest: self.digest, at_ms: self.now_ms, bytes };
        let [_, now, _] = &self.keys;
        vec![(now.clone(), Some(catalog::encode(&used)))]
    }
}
