//! `DeleteTable`: takes a table away at once, and gives its space back behind the scenes.
//!
//! One commit takes away all that makes it a table and leaves a row that says what there is to
//! clear. The row goes when that is done, so that a restart in between loses no space.

use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;
use storage::{Commit, Page, RangeQuery, Reads};
use types::name::TableReference;

use crate::catalog::change::change;
use crate::catalog::describe::{self, Sizes, Status, ThroughputDescription};
use crate::catalog::{self, Table};
use crate::error::{Damaged, Error, Invalid, Result};
use crate::keys::{self, Id};
use crate::operation::{Access, Operation, Parameters};
use crate::writers::commit_failed;
use crate::{Call, Database};

/// Rows of dropped tables that are read at once.
const DROPPED_PAGE_MAX: usize = 1000;

/// The request.
pub(crate) struct DeleteTable {
    table: TableReference,
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteTableOutput {
    table_description: DeletedTable,
}

/// What is left to say of a table that is going.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DeletedTable {
    table_name: String,
    table_status: Status,
    provisioned_throughput: ThroughputDescription,
    table_size_bytes: i64,
    item_count: i64,
    table_arn: String,
    table_id: String,
    deletion_protection_enabled: bool,
}

impl Operation for DeleteTable {
    const NAME: &'static str = "DeleteTable";
    const ACCESS: Access = Access::Control;
    type Output = DeleteTableOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        Self { table: parameters.required("TableName") }
    }

    async fn run(self, database: &Database, call: &Call) -> Result<DeleteTableOutput> {
        let view = database.view(Reads::Many).await?;
        let table = describe::table(database, &view, call, &self.table).await?;
        let size = Sizes::read(&view, &table).await?.of(table.id);
        let _change = database.begin_change(table.scope())?;
        drop(view);
        // In a task of its own: what is dropped is cleared also if nobody waits for the reply.
        let (own, known) = (database.clone(), Arc::clone(&table));
        let dropping = async move {
            let dropped = change(&own, [known.row_key()], |[row]| delete(&known, row)).await?;
            tokio::spawn(clear(own.clone(), vec![dropped]));
            Ok::<_, Error>(())
        };
        tokio::spawn(dropping).await.map_err(Error::internal)??;
        let now_ms = database.inner.clock.now_ms();
        let table_description = DeletedTable {
            table_name: table.name.clone(),
            table_status: Status::Deleting,
            provisioned_throughput: ThroughputDescription::new(&table.throughput, now_ms),
            table_size_bytes: size.bytes,
            item_count: size.items,
            table_arn: table.arn().to_string(),
            table_id: table.uuid.clone(),
            deletion_protection_enabled: false,
        };
        Ok(DeleteTableOutput { table_description })
    }
}

/// A table that is gone, but for its space.
struct Dropped {
    table: Id,
    indexes: Vec<Id>,
}

/// What goes with a table, and what is left to clear. The table may have changed since it was
/// looked up, and another may have its name by now.
fn delete(known: &Table, row: Option<Bytes>) -> Result<(catalog::change::Writes, Dropped)> {
    let table = row.map(|row| catalog::decode::<Table>(&row)).transpose()?;
    let table = table.filter(|table| table.id == known.id);
    let table = table.ok_or_else(|| Error::TableNotFound(known.name.clone()))?;
    if table.is_deletion_protected {
        return Err(Invalid::DeletionProtected.into());
    }
    let indexes: Vec<Id> = table.indexes.iter().map(|index| index.id).collect();
    let numbers: Vec<u8> = indexes.iter().flat_map(|id| id.to_be_bytes()).collect();
    let mut writes = vec![
        (table.row_key(), None),
        (keys::tags(&table.scope(), &table.name), None),
        (keys::dropped(table.id), Some(numbers.into())),
    ];
    let counters = table.ids().flat_map(|id| [keys::item_count(id), keys::byte_count(id)]);
    writes.extend(counters.map(|key| (key, None)));
    Ok((writes, Dropped { table: table.id, indexes }))
}

/// Gives back the space of tables that were dropped before the last stop.
pub(crate) async fn resume(database: &Database) -> Result<()> {
    let mut left = Vec::new();
    let mut rest = keys::all_dropped();
    loop {
        let view = database.view(Reads::One).await?;
        let query = RangeQuery {
            start: rest.start,
            end: rest.end.clone(),
            reverse: false,
            entries_max: DROPPED_PAGE_MAX,
            bytes_max: usize::MAX,
            fill_cache: false,
        };
        let Page { entries, is_last } = view.range(&query).await?;
        for (key, row) in &entries {
            left.push(read_dropped(key, row)?);
        }
        match entries.last() {
            Some((last, _)) if !is_last => rest.start = [last, &[0][..]].concat().into(),
            Some(_) | None => break,
        }
    }
    if !left.is_empty() {
        tokio::spawn(clear(database.clone(), left));
    }
    Ok(())
}

fn read_dropped(key: &[u8], row: &[u8]) -> Result<Dropped, Damaged> {
    let (indexes, rest) = row.as_chunks();
    if !rest.is_empty() {
        return Err(Damaged("row of a dropped table"));
    }
    let table = keys::dropped_id(key).ok_or(Damaged("key of a dropped table"))?;
    Ok(Dropped { table, indexes: indexes.iter().map(|id| Id::from_be_bytes(*id)).collect() })
}

/// Gives back the space of dropped tables. What fails is tried again after the next start.
async fn clear(database: Database, dropped: Vec<Dropped>) {
    for table in dropped {
        if let Err(error) = clear_one(&database, &table).await {
            tracing::warn!(
                table = table.table,
                ?error,
                "the space of a dropped table is not given back yet"
            );
        }
    }
}

async fn clear_one(database: &Database, dropped: &Dropped) -> Result<()> {
    let store = &database.inner.store;
    store.discard(keys::items(dropped.table)).await?;
    store.discard(keys::collections(dropped.table)).await?;
    for index in &dropped.indexes {
        store.discard(keys::entries(*index)).await?;
    }
    let writes = vec![(keys::dropped(dropped.table), None)];
    store.commit(Commit { writes, ..Commit::default() }).await.map_err(commit_failed)?;
    Ok(())
}
