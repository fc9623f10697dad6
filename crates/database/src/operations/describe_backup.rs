//! `DescribeBackup`: what a backup is of, and how far it is made.

use serde::Serialize;
use storage::Reads;

use crate::access::Needs;
use crate::catalog::arn::LongArn;
use crate::catalog::backup;
use crate::catalog::described_backup::BackupDescription;
use crate::error::Result;
use crate::operation::{Access, Operation, Parameters};
use crate::{Call, Database, jobs};

/// The request.
pub(crate) struct DescribeBackup {
    backup: LongArn,
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeBackupOutput {
    backup_description: BackupDescription,
}

impl Operation for DescribeBackup {
    const NAME: &'static str = "DescribeBackup";
    const ACCESS: Access = Access::Control;
    type Output = DescribeBackupOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        Self { backup: parameters.required("BackupArn") }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.arn(&self.backup.0);
    }

    async fn run(self, database: &Database, call: &Call) -> Result<DescribeBackupOutput> {
        let view = database.view(Reads::One).await?;
        let backup = backup::find(database, &view, call, &self.backup).await?;
        backup::check_archived(database, &backup).await?;
        // Another database may have put it into the archive.
        jobs::backup::take_up(database, &backup).await?;
        Ok(DescribeBackupOutput { backup_description: BackupDescription::new(&backup) })
    }
}
