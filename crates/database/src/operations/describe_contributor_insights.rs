//! `DescribeContributorInsights`: whether the keys of a table or a global index are counted, and by which rules.

use serde::Serialize;
use storage::Reads;
use types::name::{Name, TableReference};

use crate::access::Needs;
use crate::catalog::describe::{self, seconds};
use crate::error::Result;
use crate::insights::{Mode, Rule};
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
    #[serde(skip_serializing_if = "Option::is_none")]
    contributor_insights_rule_list: Option<Vec<String>>,
    contributor_insights_status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_update_date_time: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contributor_insights_mode: Option<&'static str>,
}

impl Operation for DescribeContributorInsights {
    const NAME: &'static str = "DescribeContributorInsights";
    const ACCESS: Access = Access::Control;
    type Output = DescribeContributorInsightsOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        Self { table: parameters.required("TableName"), index: parameters.optional("IndexName") }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.index(&self.table, self.index.as_ref());
    }

    async fn run(
        self,
        database: &Database,
        call: &Call,
    ) -> Result<DescribeContributorInsightsOutput> {
        let view = database.view(Reads::One).await?;
        let table = describe::table(database, &view, call, &self.table).await?;
        let index = table.insights_index(self.index.as_ref().map(Name::as_str))?;
        let setting = table.insights.of(index);
        let names = setting.filter(|setting| setting.is_on).map(|setting| {
            let rules = Rule::of(&table, index, setting.mode).into_iter();
            rules.map(|rule| rule.name(&table, index, setting.since_ms)).collect::<Vec<_>>()
        });
        Ok(DescribeContributorInsightsOutput {
            table_name: table.name.clone(),
            index_name: index.map(|index| index.name.clone()),
            contributor_insights_status: if names.is_some() { "ENABLED" } else { "DISABLED" },
            contributor_insights_rule_list: names,
            last_update_date_time: setting.map(|setting| seconds(setting.changed_ms)),
            contributor_insights_mode: setting.map(|setting| Mode::name(setting.mode)),
        })
    }
}
