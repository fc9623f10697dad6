//! `DescribeTimeToLive`: whether a table's items expire, and by which attribute.

use serde::Serialize;
use storage::Reads;
use types::name::TableReference;

use crate::access::Needs;
use crate::catalog::describe;
use crate::error::Result;
use crate::operation::{Access, Operation, Parameters};
use crate::{Call, Database};

/// The request.
pub(crate) struct DescribeTimeToLive {
    table: TableReference,
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeTimeToLiveOutput {
    time_to_live_description: TimeToLive,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TimeToLive {
    time_to_live_status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    attribute_name: Option<String>,
}

impl Operation for DescribeTimeToLive {
    const NAME: &'static str = "DescribeTimeToLive";
    const ACCESS: Access = Access::Control;
    type Output = DescribeTimeToLiveOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        Self { table: parameters.required("TableName") }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.table(&self.table);
    }

    async fn run(self, database: &Database, call: &Call) -> Result<DescribeTimeToLiveOutput> {
        let view = database.view(Reads::One).await?;
        let table = describe::table(database, &view, call, &self.table).await?;
        let time_to_live_description = match &table.expiry {
            None => TimeToLive { time_to_live_status: "DISABLED", attribute_name: None },
            Some(expiry) => TimeToLive {
                time_to_live_status: if expiry.is_backfilling { "ENABLING" } else { "ENABLED" },
                attribute_name: Some(expiry.attribute.clone()),
            },
        };
        Ok(DescribeTimeToLiveOutput { time_to_live_description })
    }
}
