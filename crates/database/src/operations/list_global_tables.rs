//! `ListGlobalTables`: there are no global tables yet.

use serde::Serialize;
use types::name::Name;
use types::parameter::{INTEGER_MAX, Whole};

use crate::error::Result;
use crate::operation::{Access, Operation, Parameters};
use crate::{Call, Database};

/// The request, of which nothing counts while there are no global tables.
pub(crate) struct ListGlobalTables;

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListGlobalTablesOutput {
    global_tables: [(); 0],
}

impl Operation for ListGlobalTables {
    const NAME: &'static str = "ListGlobalTables";
    const ACCESS: Access = Access::Control;
    type Output = ListGlobalTablesOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        parameters.optional::<Name>("ExclusiveStartGlobalTableName");
        parameters.optional::<Whole<1, INTEGER_MAX>>("Limit");
        parameters.optional::<String>("RegionName");
        Self
    }

    async fn run(self, _: &Database, _: &Call) -> Result<ListGlobalTablesOutput> {
        Ok(ListGlobalTablesOutput { global_tables: [] })
    }
}
