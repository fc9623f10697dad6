//! `CreateBackup`: a backup of a table as it is now, made while the table is in use.

use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;
use storage::Reads;
use types::name::{Name, TableReference};

use crate::access::Needs;
use crate::catalog::backup::{self, Backup, BackupKind, Content, Making, Stage, Stored};
use crate::catalog::change::{Changes, change, see_through};
use crate::catalog::cut::{Cut, Place};
use crate::catalog::describe::{self, Size, Sizes};
use crate::catalog::described_backup::BackupDetails;
use crate::catalog::number::Numbers;
use crate::catalog::{self, Table};
use crate::error::{Error, Off, Result};
use crate::operation::{Access, Operation, Parameters};
use crate::position::Position;
use crate::{Call, Database, history, jobs, keys};

/// The request.
pub(crate) struct CreateBackup {
    table: TableReference,
    name: Name,
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateBackupOutput {
    backup_details: BackupDetails,
}

/// What a backup is made of.
struct Begun {
    known: Arc<Table>,
    size: Size,
    /// A place that the cut cannot be before.
    from: Position,
    id: String,
    now_ms: u64,
}

impl Operation for CreateBackup {
    const NAME: &'static str = "CreateBackup";
    const ACCESS: Access = Access::Control;
    type Output = CreateBackupOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        Self { table: parameters.required("TableName"), name: parameters.required("BackupName") }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.table(&self.table);
    }

    async fn run(self, database: &Database, call: &Call) -> Result<CreateBackupOutput> {
        let view = database.view(Reads::Many).await?;
        let known = describe::table_to_back_up(database, &view, call, &self.table).await?;
        let now_ms = database.inner.clock.now_ms();
        let begun = Begun {
            size: Sizes::read(&view, &known).await?.of(known.id),
            from: Position::behind(view.version()),
            id: backup::new_id(now_ms),
            known,
            now_ms,
        };
        drop(view);
        let own = database.clone();
        let backup = see_through(async move {
            let known = &begun.known;
            let keys = [known.row_key(), keys::next_id(), keys::history(known.id)];
            let backup = change(&own, keys, |rows| self.decide(&begun, rows)).await?;
            jobs::backup::start(&own, backup.row_key());
            Ok(backup)
        })
        .await?;
        Ok(CreateBackupOutput { backup_details: BackupDetails::new(&backup) })
    }
}

impl CreateBackup {
    /// Holds the table as of the very commit, which the mark remembers.
    fn decide(
        &self,
        begun: &Begun,
        [row, next_id, logged]: [Option<Bytes>; 3],
    ) -> Result<(Changes, Backup)> {
        let table = catalog::still(row, begun.known.id)?;
        let mut table = table.ok_or_else(|| Error::from(Off::Table(begun.known.name.clone())))?;
        let mut numbers = Numbers::read(next_id.as_ref())?;
        let holder = numbers.take()?;
        let making = Making {
            holder,
            place: Place::of(&table),
            stage: Stage::Items(keys::items(table.id).start.into()),
            stored: Stored::default(),
        };
        let backup = Backup {
            id: begun.id.clone(),
            name: self.name.to_string(),
            kind: BackupKind::User,
            created_ms: begun.now_ms,
            expires_ms: None,
            table: table.clone(),
            items: begun.size.items,
            bytes: begun.size.bytes,
            content: Content::Making(making),
            restoring: None,
        };
        table.cuts.push(Cut { holder, from: begun.from });
        let mut changes = Changes::default();
        changes.writes.extend(history::row(&table, logged.as_ref()));
        changes.writes.extend([
            (table.row_key(), Some(catalog::encode(&table))),
            (backup.row_key(), Some(catalog::encode(&backup))),
            numbers.row(),
        ]);
        changes.appends.push((keys::mark(holder), Bytes::new(), Bytes::new()));
        Ok((changes, backup))
    }
}
