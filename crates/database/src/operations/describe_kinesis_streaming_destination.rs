//! `DescribeKinesisStreamingDestination`: no table's changes are sent anywhere yet.

use serde::Serialize;
use storage::Reads;
use types::name::TableReference;

use crate::access::Needs;
use crate::catalog::describe;
use crate::error::Result;
use crate::operation::{Access, Operation, Parameters};
use crate::{Call, Database};

/// The request.
pub(crate) struct DescribeKinesisStreamingDestination {
    table: TableReference,
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeKinesisStreamingDestinationOutput {
    table_name: String,
    kinesis_data_stream_destinations: [(); 0],
}

impl Operation for DescribeKinesisStreamingDestination {
    const NAME: &'static str = "DescribeKinesisStreamingDestination";
    const ACCESS: Access = Access::Control;
    type Output = DescribeKinesisStreamingDestinationOutput;

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
    ) -> Result<DescribeKinesisStreamingDestinationOutput> {
        let view = database.view(Reads::One).await?;
        let table = describe::table(database, &view, call, &self.table).await?;
        Ok(DescribeKinesisStreamingDestinationOutput {
            table_name: table.name.clone(),
            kinesis_data_stream_destinations: [],
        })
    }
}
