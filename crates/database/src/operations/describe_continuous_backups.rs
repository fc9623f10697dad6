//! `DescribeContinuousBackups`: whether a table can be restored to a point in time, and to which ones.

use serde::Serialize;
use storage::Reads;
use types::name::TableReference;

use crate::access::Needs;
use crate::catalog::describe;
use crate::catalog::recovery::ContinuousBackups;
use crate::error::Result;
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

impl Operation for DescribeContinuousBackups {
    const NAME: &'static str = "DescribeContinuousBackups";
    const ACCESS: Access = Access::Control;
    type Output = DescribeContinuousBackupsOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        Self { table: parameters.required("TableName") }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.table(&self.table);
    }

    async fn run(
        self,
        database: &Database,
        call: &Call,
    ) -> Result<DescribeContinuousBackupsOutput> {
        let view = database.view(Reads::One).await?;
        let table = describe::table_to_back_up(database, &view, call, &self.table).await?;
        let now_ms = database.inner.clock.now_ms();
        let continuous_backups_description =
            ContinuousBackups::new(table.recovery.as_ref(), now_ms);
        Ok(DescribeContinuousBackupsOutput { continuous_backups_description })
    }
}
