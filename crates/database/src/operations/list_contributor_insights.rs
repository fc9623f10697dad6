//! `ListContributorInsights`: no table's or index's keys are counted yet.

use serde::Serialize;
use storage::Reads;
use types::name::TableReference;
use types::parameter::Whole;

use crate::catalog::describe;
use crate::error::Result;
use crate::operation::{Access, Operation, Parameters};
use crate::{Call, Database};

/// The request.
pub(crate) struct ListContributorInsights {
    table: Option<TableReference>,
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListContributorInsightsOutput {
    contributor_insights_summaries: [(); 0],
}

impl Operation for ListContributorInsights {
    const NAME: &'static str = "ListContributorInsights";
    const ACCESS: Access = Access::Control;
    type Output = ListContributorInsightsOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        parameters.optional::<String>("NextToken");
        // The service model knows no least number.
        parameters.optional::<Whole<{ i32::MIN as i64 }, 100>>("MaxResults");
        Self { table: parameters.optional("TableName") }
    }

    async fn run(self, database: &Database, call: &Call) -> Result<ListContributorInsightsOutput> {
        if let Some(table) = &self.table {
            let view = database.view(Reads::One).await?;
            describe::table(database, &view, call, table).await?;
        }
        Ok(ListContributorInsightsOutput { contributor_insights_summaries: [] })
    }
}
