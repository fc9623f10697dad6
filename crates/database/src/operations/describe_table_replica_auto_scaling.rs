//! `DescribeTableReplicaAutoScaling`: no table has replicas yet.

use serde::Serialize;
use storage::Reads;
use types::name::TableReference;

use crate::catalog::describe::{self, Status};
use crate::error::Result;
use crate::operation::{Access, Operation, Parameters};
use crate::{Call, Database};

/// The request.
pub(crate) struct DescribeTableReplicaAutoScaling {
    table: TableReference,
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeTableReplicaAutoScalingOutput {
    table_auto_scaling_description: TableAutoScaling,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TableAutoScaling {
    table_name: String,
    table_status: Status,
    replicas: [(); 0],
}

impl Operation for DescribeTableReplicaAutoScaling {
    const NAME: &'static str = "DescribeTableReplicaAutoScaling";
    const ACCESS: Access = Access::Control;
    type Output = DescribeTableReplicaAutoScalingOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        Self { table: parameters.required("TableName") }
    }

    async fn run(
        self,
        database: &Database,
        call: &Call,
    ) -> Result<DescribeTableReplicaAutoScalingOutput> {
        let view = database.view(Reads::One).await?;
        let table = describe::table(database, &view, call, &self.table).await?;
        let (table_name, table_status) = (table.name.clone(), Status::Active);
        let table_auto_scaling_description =
            TableAutoScaling { table_name, table_status, replicas: [] };
        Ok(DescribeTableReplicaAutoScalingOutput { table_auto_scaling_description })
    }
}
