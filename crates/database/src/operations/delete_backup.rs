//! `DeleteBackup`: takes a backup away, and gives its space back behind the scenes.

use serde::Serialize;
use storage::Reads;

use crate::access::Needs;
use crate::catalog;
use crate::catalog::arn::LongArn;
use crate::catalog::backup::{self, Backup, Content};
use crate::catalog::change::{change, see_through};
use crate::catalog::described_backup::BackupDescription;
use crate::date::Date;
use crate::error::{BackupFault, Off, Result, Unrestorable};
use crate::operation::{Access, Operation, Parameters};
use crate::{Call, Database, jobs};

/// The request.
pub(crate) struct DeleteBackup {
    backup: LongArn,
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteBackupOutput {
    backup_description: BackupDescription,
}

impl Operation for DeleteBackup {
    const NAME: &'static str = "DeleteBackup";
    const ACCESS: Access = Access::Control;
    type Output = DeleteBackupOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        Self { backup: parameters.required("BackupArn") }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.arn(&self.backup.0);
    }

    async fn run(self, database: &Database, call: &Call) -> Result<DeleteBackupOutput> {
        let view = database.view(Reads::One).await?;
        let known = backup::find(database, &view, call, &self.backup).await?;
        drop(view);
        jobs::backup::take_up(database, &known).await?;
        let own = database.clone();
        let backup = see_through(async move {
            let backup = change(&own, [known.row_key()], |[row]| {
                let row = row.ok_or_else(|| Off::Backup(known.arn()))?;
                let backup = delete(catalog::decode(&row)?)?;
                let writes = vec![(backup.row_key(), Some(catalog::encode(&backup)))];
                Ok((writes, backup))
            })
            .await?;
            // Whoever else has the archive must not find it any more.
            jobs::backup::remove_manifest(&own, &backup).await;
            jobs::backup::start(&own, backup.row_key());
            Ok(backup)
        })
        .await?;
        Ok(DeleteBackupOutput { backup_description: BackupDescription::new(&backup) })
    }
}

/// The backup as one that is going.
fn delete(backup: Backup) -> Result<Backup> {
    if backup.restoring.is_some() {
        return Err(Unrestorable::BackupInUse { another: "", arn: backup.arn() }.into());
    }
    let content = match backup.content {
        Content::Stored(stored) => Content::Deleting(stored),
        Content::Deleting(_) => return Err(Off::Backup(backup.arn()).into()),
        Content::Making(_) => return Err(Unrestorable::BackupUnfinished(backup.arn()).into()),
        Content::Left(_) => {
            let expires = Date::of(backup.expires_ms.unwrap_or_default()).iso();
            return Err(BackupFault::DeletesSystem { arn: backup.arn(), expires }.into());
        }
    };
    Ok(Backup { content, ..backup })
}
