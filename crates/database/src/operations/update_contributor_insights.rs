//! `UpdateContributorInsights`: has the keys of a table or a global index counted, or not any more.
//!
//! A change is made at once. The reply says ENABLING or DISABLING, as the service's does; whoever describes the
//! insights next sees them settled.

use bytes::Bytes;
use serde::Serialize;
use storage::Reads;
use types::name::{Name, TableReference};

use crate::access::Needs;
use crate::catalog::change::{Writes, change};
use crate::catalog::{self, Table, describe};
use crate::error::{Error, Invalid, Result};
use crate::insights::{Mode, Setting};
use crate::operation::{Access, Operation, Parameters};
use crate::{Call, Database};

/// The request.
pub(crate) struct UpdateContributorInsights {
    table: TableReference,
    index: Option<Name>,
    action: Action,
    mode: Option<Mode>,
}

/// What is to become of insights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Enable,
    Disable,
}

types::choices! { Action { "ENABLE" => Enable, "DISABLE" => Disable } }

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateContributorInsightsOutput {
    table_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    index_name: Option<String>,
    contributor_insights_status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    contributor_insights_mode: Option<&'static str>,
}

impl Operation for UpdateContributorInsights {
    const NAME: &'static str = "UpdateContributorInsights";
    const ACCESS: Access = Access::Control;
    type Output = UpdateContributorInsightsOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        Self {
            table: parameters.required("TableName"),
            index: parameters.optional("IndexName"),
            action: parameters.required("ContributorInsightsAction"),
            mode: parameters.optional("ContributorInsightsMode"),
        }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.index(&self.table, self.index.as_ref());
    }

    async fn run(
        self,
        database: &Database,
        call: &Call,
    ) -> Result<UpdateContributorInsightsOutput> {
        let view = database.view(Reads::One).await?;
        let known = describe::table(database, &view, call, &self.table).await?;
        drop(view);
        let now_ms = database.inner.clock.now_ms();
        let decide = |[row]: [Option<Bytes>; 1]| self.decide(&known, row, now_ms);
        let (status, mode) = change(database, [known.row_key()], decide).await?;
        Ok(UpdateContributorInsightsOutput {
            table_name: known.name.clone(),
            index_name: self.index.as_ref().map(Name::to_string),
            contributor_insights_status: status,
            contributor_insights_mode: mode.map(Mode::name),
        })
    }
}

impl UpdateContributorInsights {
    /// What is to be written, and the status and the mode that the reply tells.
    fn decide(
        &self,
        known: &Table,
        row: Option<Bytes>,
        now_ms: u64,
    ) -> Result<(Writes, (&'static str, Option<Mode>))> {
        let row = row.ok_or_else(|| Error::TableNotFound(known.name.clone()))?;
        let old: Table = catalog::decode(&row)?;
        let index = old.insights_index(self.index.as_ref().map(Name::as_str))?;
        if self.action == Action::Enable && index.is_some_and(|index| index.is_backfilling) {
            return Err(Invalid::InsightsOfNewIndex.into());
        }
        let before = old.insights.of(index);
        let is_on = before.is_some_and(|setting| setting.is_on);
        let (setting, status) = match (self.action, before) {
            (Action::Disable, Some(setting)) if is_on => {
                (Setting { is_on: false, changed_ms: now_ms, ..setting }, "DISABLING")
            }
            (Action::Disable, before) => {
                return Ok((Writes::new(), ("DISABLED", before.map(|setting| setting.mode))));
            }
            (Action::Enable, before) => {
                let mode = self.mode.unwrap_or(Mode::AccessedAndThrottled);
                if is_on && before.is_some_and(|setting| setting.mode == mode) {
                    return Ok((Writes::new(), ("ENABLED", Some(mode))));
                }
                // A change of the mode leaves the rules their names.
                let since_ms = before.filter(|_| is_on).map_or(now_ms, |setting| setting.since_ms);
                (Setting { is_on: true, mode, since_ms, changed_ms: now_ms }, "ENABLING")
            }
        };
        let mut new = old.clone();
        new.insights.set(index, setting);
        let writes = vec![(new.row_key(), Some(catalog::encode(&new)))];
        Ok((writes, (status, Some(setting.mode))))
    }
}
