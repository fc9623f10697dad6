//! `RestoreTableFromBackup`: makes a new table that is what another one was when a backup of it was made.

use bytes::Bytes;
use storage::Reads;
use types::name::TableReference;

use crate::access::Needs;
use crate::catalog::arn::LongArn;
use crate::catalog::backup::{self, Backup, Content};
use crate::catalog::change::{Writes, change, see_through};
use crate::catalog::cut::{Cut, Deleted};
use crate::catalog::number::Numbers;
use crate::catalog::restore::{Origin, Overrides};
use crate::catalog::{self, Table};
use crate::error::{Off, Result, Unrestorable};
use crate::jobs::restore::{self, Source};
use crate::operation::{Access, Operation, Parameters};
use crate::operations::restore_table_to_point_in_time::RestoreOutput;
use crate::position::Position;
use crate::{Call, Database, jobs, keys, quotas, scope_of};

/// The request.
pub(crate) struct RestoreTableFromBackup {
    target: TableReference,
    backup: LongArn,
    overrides: Overrides,
}

impl Operation for RestoreTableFromBackup {
    const NAME: &'static str = "RestoreTableFromBackup";
    const ACCESS: Access = Access::Control;
    type Output = RestoreOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        Self {
            target: parameters.required("TargetTableName"),
            backup: parameters.required("BackupArn"),
            overrides: Overrides::read(parameters),
        }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.arn(&self.backup.0);
        needs.table(&self.target);
        needs.filled(&self.target);
    }

    async fn run(self, database: &Database, call: &Call) -> Result<RestoreOutput> {
        let now_ms = database.inner.clock.now_ms();
        let view = database.view(Reads::Many).await?;
        let backup = backup::find(database, &view, call, &self.backup).await?;
        backup::check_archived(database, &backup).await?;
        let scope = scope_of(call, &self.target)?;
        let name = self.target.name().to_string();
        if view.get(&keys::table(&scope, &name)).await?.is_some() {
            return Err(Unrestorable::TargetExists(name).into());
        }
        let seen = Position::behind(view.version());
        let usage = database.usage(&view, &scope).await?;
        drop(view);
        let origin = Origin {
            table_arn: backup.table.arn().to_string(),
            backup_arn: Some(backup.arn()),
            time_ms: backup.created_ms,
        };
        let table =
            self.overrides.apply(&backup.table, (&scope, &self.target), (origin, now_ms))?;
        if let Some(usage) = usage {
            quotas::check_create(&table, usage)?;
        }
        let under_way = database.begin_change(scope)?;
        jobs::backup::take_up(database, &backup).await?;
        let own = database.clone();
        let table = see_through(async move {
            let deleted = keys::deleted(backup.table.id);
            let keys = [table.row_key(), keys::next_id(), backup.row_key(), deleted];
            let table = change(&own, keys, |rows| decide((&table, seen), rows)).await?;
            restore::start(&own, table.id, under_way);
            Ok(table)
        })
        .await?;
        Ok(RestoreOutput::new(&table, now_ms))
    }
}

/// What makes the table, and keeps what it is restored from until it is. The last row is that of the table if it is
/// deleted: what a backup that a deletion left is restored from.
fn decide(
    (table, seen): (&Table, Position),
    [target, next_id, backup, deleted]: [Option<Bytes>; 4],
) -> Result<(Writes, Table)> {
    let arn = || table.origin.as_ref().and_then(|origin| origin.backup_arn.clone());
    let missing = || Off::Backup(arn().unwrap_or_default());
    if target.is_some() {
        return Err(Unrestorable::TargetExists(table.name.clone()).into());
    }
    let mut backup: Backup = catalog::decode(&backup.ok_or_else(missing)?)?;
    if backup.restoring.is_some() {
        let arn = backup.arn();
        return Err(Unrestorable::BackupInUse { another: "another ", arn }.into());
    }
    let mut table = table.clone();
    let mut numbers = Numbers::read(next_id.as_ref())?;
    table.number(&mut numbers)?;
    let mut writes = vec![(table.row_key(), Some(catalog::encode(&table))), numbers.row()];
    let source = match backup.content.clone() {
        Content::Stored(stored) => Source::archive(&backup, stored),
        Content::Left(place) => {
            let mut deleted: Deleted = catalog::decode(&deleted.ok_or_else(missing)?)?;
            deleted.table.cuts.push(Cut { holder: table.id, from: seen });
            writes.push((keys::deleted(place.id), Some(catalog::encode(&deleted))));
            Source::Table { place, from: None }
        }
        Content::Making(_) => return Err(Unrestorable::BackupUnfinished(backup.arn()).into()),
        Content::Deleting(_) => return Err(missing().into()),
    };
    backup.restoring = Some(table.id);
    writes.push((backup.row_key(), Some(catalog::encode(&backup))));
    writes.push(restore::row(&table, source, Some(&backup)));
    Ok((writes, table))
}
