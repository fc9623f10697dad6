//! `DescribeContinuousBackups`: no table can be restored to a point in time yet.
//!
//! The service calls continuous backups enabled on every table; it is recovery that is off.

use serde::Serialize;
use storage::Reads;
use types::name::TableReference;

use crate::catalog::describe;
use crate::error::{Off, Result};
use crate::operation::{Access, Operation, Parameters};
use crate::{Call, Database};

/// The request.
pub(crate) struct DescribeContinuousBackups {
    table: TableReference,
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeContinuousBackupsOutput {
    continuous_backups_description: ContinuousBackups,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ContinuousBackups {
    continuous_backups_status: &'static str,
    point_in_time_recovery_description: PointInTimeRecovery,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PointInTimeRecovery {
    point_in_time_recovery_status: &'static str,
}

impl Operation for DescribeContinuousBackups {
    const NAME: &'static str = "DescribeContinuousBackups";
    const ACCESS: Access = Access::Control;
    type Output = DescribeContinuousBackupsOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        Self { table: parameters.required("TableName") }
    }

    async fn run(
        self,
        database: &Database,
        call: &Call,
    ) -> Result<DescribeContinuousBackupsOutput> {
        let view = database.view(Reads::One).await?;
        let missing = || Off::Table(self.table.name().to_string()).into();
        let found = database.table(&view, call, &self.table).await;
        found.map_err(|error| describe::instead(error, missing))?;
        Ok(DescribeContinuousBackupsOutput {
            continuous_backups_description: ContinuousBackups {
                continuous_backups_status: "ENABLED",
                point_in_time_recovery_description: PointInTimeRecovery {
                    point_in_time_recovery_status: "DISABLED",
                },
            },
        })
    }
}
