//! `DescribeContributorInsights`: no table's or index's keys are counted yet.

use serde::Serialize;
use storage::Reads;
use types::name::{Name, TableReference};

use crate::catalog::describe;
use crate::error::{Error, Result};
use crate::operation::{Access, Operation, Parameters};
use crate::{Call, Database};

/// The request.
pub(crate) struct DescribeContributorInsights {
    table: TableReference,
    index: Option<Name>,
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeContributorInsightsOutput {
    table_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    index_name: Option<String>,
    contributor_insights_status: &'static str,
}

impl Operation for DescribeContributorInsights {
    const NAME: &'static str = "DescribeContributorInsights";
    const ACCESS: Access = Access::Control;
    type Output = DescribeContributorInsightsOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        Self { table: parameters.required("TableName"), index: parameters.optional("IndexName") }
    }

    async fn run(
        self,
        database: &Database,
        call: &Call,
    ) -> Result<DescribeContributorInsightsOutput> {
        let view = database.view(Reads::One).await?;
        let table = describe::table(database, &view, call, &self.table).await?;
        let index_name = self.index.map(|index| index.as_str().to_owned());
        if index_name.as_ref().is_some_and(|index| table.index(index).is_none()) {
            return Err(Error::ResourceNotFound);
        }
        Ok(DescribeContributorInsightsOutput {
            table_name: table.name.clone(),
            index_name,
            contributor_insights_status: "DISABLED",
        })
    }
}
