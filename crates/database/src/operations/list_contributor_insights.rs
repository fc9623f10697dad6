//! `ListContributorInsights`: the tables and global indexes whose keys are counted.

use bytes::Bytes;
use serde::Serialize;
use storage::Reads;
use types::name::TableReference;
use types::parameter::Whole;

use crate::access::Needs;
use crate::catalog::table::Index;
use crate::catalog::{self, Table, describe};
use crate::error::Result;
use crate::insights::Mode;
use crate::operation::{Access, Operation, Parameters};
use crate::pages::Pages;
use crate::{Call, Database, keys};

/// What one reply lists, at most and unless it is told otherwise.
const RESULTS_MAX: i64 = 100;

/// The request.
pub(crate) struct ListContributorInsights {
    table: Option<TableReference>,
    /// Behind which table, or index of it, to go on.
    start: Option<(String, String)>,
    results_max: usize,
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListContributorInsightsOutput {
    contributor_insights_summaries: Vec<Summary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Summary {
    table_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    index_name: Option<String>,
    contributor_insights_status: &'static str,
    contributor_insights_mode: &'static str,
}

impl Operation for ListContributorInsights {
    const NAME: &'static str = "ListContributorInsights";
    const ACCESS: Access = Access::Control;
    type Output = ListContributorInsightsOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        let token = parameters.optional::<String>("NextToken");
        // The service model knows no least number.
        let max = parameters.optional::<Whole<{ i32::MIN as i64 }, RESULTS_MAX>>("MaxResults");
        let max = max.map_or(RESULTS_MAX, |Whole(max)| max);
        let part = |(table, index): (&str, &str)| (table.to_owned(), index.to_owned());
        Self {
            table: parameters.optional("TableName"),
            // No name has a slash in it.
            start: token.map(|token| part(token.split_once('/').unwrap_or((&token, "")))),
            results_max: usize::try_from(max).unwrap_or_default().max(1),
        }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.tables(self.table.as_ref());
    }

    async fn run(self, database: &Database, call: &Call) -> Result<ListContributorInsightsOutput> {
        let view = database.view(Reads::Many).await?;
        let mut summaries = Vec::new();
        if let Some(table) = &self.table {
            let table = describe::table(database, &view, call, table).await?;
            self.add(&table, &mut summaries);
        } else {
            let scope = call.scope();
            let mut range = keys::tables(&scope);
            if let Some((table, _)) = &self.start {
                range.start = range.start.max(keys::table(&scope, table));
            }
            let mut pages = Pages::often(range);
            while summaries.len() <= self.results_max
                && let Some(page) = pages.next(&view).await?
            {
                for (_, row) in &page.entries {
                    let row: &Bytes = row;
                    self.add(&catalog::decode(row)?, &mut summaries);
                }
            }
        }
        let is_cut = summaries.len() > self.results_max;
        summaries.truncate(self.results_max);
        let token = |last: &Summary| {
            let index = last.index_name.as_deref().unwrap_or_default();
            format!("{}/{index}", last.table_name)
        };
        let next_token = summaries.last().filter(|_| is_cut).map(token);
        Ok(ListContributorInsightsOutput { contributor_insights_summaries: summaries, next_token })
    }
}

impl ListContributorInsights {
    /// Adds what is counted of a table and of its global indexes, in the order of their names.
    fn add(&self, table: &Table, summaries: &mut Vec<Summary>) {
        let mut indexes: Vec<&Index> = table.indexes.iter().collect();
        indexes.sort_by(|a, b| a.name.cmp(&b.name));
        for index in std::iter::once(None).chain(indexes.into_iter().map(Some)) {
            let Some(mode) = table.insights_mode(index) else { continue };
            let index_name = index.map(|index| index.name.clone());
            let place = (table.name.as_str(), index_name.as_deref().unwrap_or_default());
            let start = self.start.as_ref().map(|(table, index)| (table.as_str(), index.as_str()));
            if start.is_none_or(|start| start < place) {
                summaries.push(Summary {
                    table_name: table.name.clone(),
                    index_name,
                    contributor_insights_status: "ENABLED",
                    contributor_insights_mode: Mode::name(mode),
                });
            }
        }
    }
}
