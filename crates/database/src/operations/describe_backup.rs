//! `DescribeBackup`: there are no backups yet, so none is found.

use serde::Serialize;

use crate::catalog::arn::{LongArn, check_below};
use crate::error::{Off, Result};
use crate::operation::{Access, Operation, Parameters};
use crate::{Call, Database};

/// The request.
pub(crate) struct DescribeBackup {
    backup: LongArn,
}

/// The reply, which there never is.
#[derive(Serialize)]
pub(crate) enum DescribeBackupOutput {}

impl Operation for DescribeBackup {
    const NAME: &'static str = "DescribeBackup";
    const ACCESS: Access = Access::Control;
    type Output = DescribeBackupOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        Self { backup: parameters.required("BackupArn") }
    }

    async fn run(self, _: &Database, call: &Call) -> Result<DescribeBackupOutput> {
        check_below(call, &self.backup, "Backup")?;
        Err(Off::Backup(self.backup.0).into())
    }
}
