//! `DeleteTable`: takes a table away at once, and gives its space back behind the scenes.

use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;
use storage::Reads;
use types::name::TableReference;

use crate::access::Needs;
use crate::catalog::backup::Backup;
use crate::catalog::change::{Changes, change, see_through};
use crate::catalog::cut::Deleted;
use crate::catalog::describe::{self, Size, Sizes, Status, ThroughputDescription};
use crate::catalog::{self, Table, stream};
use crate::error::{Error, Invalid, ReplicaFault, ReplicaInUse, Result};
use crate::jobs::clear::{self, Dropped};
use crate::keys;
use crate::operation::{Access, Operation, Parameters};
use crate::replication::{Replication, leave};
use crate::{Call, Database};

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

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.table(&self.table);
    }

    async fn run(self, database: &Database, call: &Call) -> Result<DeleteTableOutput> {
        let view = database.view(Reads::Many).await?;
        let table = describe::table_in_any_state(database, &view, call, &self.table).await?;
        let size = Sizes::read(&view, &table).await?.of(table.id);
        let _change = database.begin_change(table.scope())?;
        if let Some(Replication { group, .. }) = &table.replication
            && leave::is_copying(&view, &table, group).await?
        {
            return Err(ReplicaInUse::BeingCopied(table.name.clone()).into());
        }
        drop(view);
        let (own, known) = (database.clone(), Arc::clone(&table));
        see_through(async move {
            let now_ms = own.inner.clock.now_ms();
            let keys = [known.row_key()];
            let terms = (own.enforces_quotas(), now_ms);
            let dropped = change(&own, keys, |[row]| delete((&known, size), row, terms)).await?;
            if let Some(dropped) = dropped {
                clear::start(&own, dropped);
            }
            own.inner.catalog.meters.forget(known.ids());
            Ok(())
        })
        .await?;
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

/// What goes with a table, and what is left to clear. The table may have changed since it was
/// looked up, and another may have its name by now.
fn delete(
    (known, size): (&Table, Size),
    row: Option<Bytes>,
    (enforces_quotas, now_ms): (bool, u64),
) -> Result<(Changes, Option<Dropped>)> {
    let table = catalog::still(row, known.id)?;
    let table = table.ok_or_else(|| Error::TableNotFound(known.name.clone()))?;
    if table.is_being_made() {
        return Err(Error::TableBeingCreated(table.name));
    }
    if table.is_deletion_protected {
        return Err(Invalid::DeletionProtected.into());
    }
    if table.backfilling().is_some() {
        return Err(Error::IndexesInUse);
    }
    if let Some(Replication { group, .. }) = &table.replication {
        let links = |table: &Table| table.replication.as_ref().map(|one| one.links.clone());
        if links(&table) != links(known) {
            return Err(ReplicaInUse::Changing.into());
        }
        if group.is_filling(&table.region) {
            return Err(ReplicaInUse::BeingCopied(table.name).into());
        }
        if enforces_quotas && group.is_source(&table.region, now_ms) {
            return Err(ReplicaFault::Source.into());
        }
    }
    Ok(take_away(table, size, now_ms))
}

/// What goes with a table, and what is left to clear.
pub(crate) fn take_away(mut table: Table, size: Size, now_ms: u64) -> (Changes, Option<Dropped>) {
    let left = leave::begin(&mut table, now_ms);
    // What its stream has can still be read for a day; the history goes when nobody needs it any more.
    let mut changes = stream::end(&mut table, now_ms);
    let writes = &mut changes.writes;
    writes.extend(left);
    let (scope, name) = (table.scope(), &table.name);
    writes.extend([(table.row_key(), None), (keys::tags(&scope, name), None)]);
    writes.push((keys::policy(&scope, name), None));
    writes.push((keys::scaled(table.id), None));
    let others = table.indexes.iter().map(|index| index.id);
    let others = others.chain(table.expiry.iter().map(|expiry| expiry.id));
    let others = others.chain(table.recovery.iter().map(|recovery| recovery.id)).collect();
    // With recovery on, the items stay for some weeks as a backup.
    let backup = table.recovery.take().map(|_| Backup::system(&table, size, now_ms));
    writes.extend(backup.iter().map(|one| (one.row_key(), Some(catalog::encode(one)))));
    let deleted = Deleted { table: table.clone(), backup: backup.map(|backup| backup.id) };
    let dropped = if deleted.is_needed() {
        writes.push((keys::deleted(table.id), Some(catalog::encode(&deleted))));
        Dropped::of(others)
    } else {
        Some(Dropped::new(table.id, others))
    };
    writes.extend(dropped.as_ref().map(Dropped::row));
    writes.extend(
        table.expiry.iter().flat_map(|expiry| {
            [(keys::expiring(expiry.id), None), (keys::backfill(expiry.id), None)]
        }),
    );
    let filled = table.indexes.iter().filter(|index| index.is_backfilling);
    writes.extend(filled.map(|index| (keys::backfill(index.id), None)));
    let counters = table.ids().flat_map(|id| [keys::item_count(id), keys::byte_count(id)]);
    writes.extend(counters.map(|key| (key, None)));
    (changes, dropped)
}
