//! `ListTables`: the names of the caller's tables in a Region, in their order.

use bytes::Bytes;
use serde::Serialize;
use storage::{RangeQuery, Reads};
use types::limit::TABLES_PAGE_MAX;
use types::name::Name;
use types::parameter::Whole;

use crate::access::Needs;
use crate::error::{Damaged, Result};
use crate::operation::{Access, Operation, Parameters};
use crate::{Call, Database, keys};

/// The most tables that a request may ask for.
#[expect(clippy::cast_possible_wrap, reason = "a hundred")]
const LIMIT_MAX: i64 = TABLES_PAGE_MAX as i64;

/// The request.
pub(crate) struct ListTables {
    start: Option<Name>,
    limit: Option<Whole<1, LIMIT_MAX>>,
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListTablesOutput {
    table_names: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_evaluated_table_name: Option<String>,
}

impl Operation for ListTables {
    const NAME: &'static str = "ListTables";
    const ACCESS: Access = Access::Control;
    type Output = ListTablesOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        Self {
            start: parameters.optional("ExclusiveStartTableName"),
            limit: parameters.optional("Limit"),
        }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.own("table/*");
    }

    async fn run(self, database: &Database, call: &Call) -> Result<ListTablesOutput> {
        let scope = call.scope();
        let all = keys::tables(&scope);
        let start = match self.start {
            Some(name) => keys::behind(&keys::table(&scope, name.as_str())),
            None => all.start,
        };
        let limit = self.limit.and_then(|Whole(limit)| usize::try_from(limit).ok());
        let query = RangeQuery {
            start,
            end: all.end,
            reverse: false,
            entries_max: limit.unwrap_or(TABLES_PAGE_MAX),
            // A hundred rows of some kilobytes each are little.
            bytes_max: usize::MAX,
            fill_cache: true,
        };
        let page = database.view(Reads::One).await?.range(&query).await?;
        let name = |(key, _): &(Bytes, Bytes)| {
            keys::table_name(&scope, key).ok_or(Damaged("key of a table"))
        };
        let table_names = page.entries.iter().map(name).collect::<Result<Vec<_>, _>>()?;
        let last = table_names.last().filter(|_| !page.is_last).cloned();
        Ok(ListTablesOutput { table_names, last_evaluated_table_name: last })
    }
}
