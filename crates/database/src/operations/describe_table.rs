//! `DescribeTable`: what a table is, and how much it holds.

use serde::Serialize;
use storage::Reads;
use types::name::TableReference;

use crate::access::Needs;
use crate::catalog::describe::{self, Sizes, Status, TableDescription};
use crate::error::Result;
use crate::operation::{Access, Operation, Parameters};
use crate::{Call, Database};

/// The request.
pub(crate) struct DescribeTable {
    table: TableReference,
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeTableOutput {
    table: TableDescription,
}

impl Operation for DescribeTable {
    const NAME: &'static str = "DescribeTable";
    const ACCESS: Access = Access::Control;
    type Output = DescribeTableOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        Self { table: parameters.required("TableName") }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.table(&self.table);
    }

    async fn run(self, database: &Database, call: &Call) -> Result<DescribeTableOutput> {
        let view = database.view(Reads::Many).await?;
        let table = describe::table_in_any_state(database, &view, call, &self.table).await?;
        let sizes = Sizes::read(&view, &table).await?;
        let now_ms = database.inner.clock.now_ms();
        let table = TableDescription::new(&table, &sizes, Status::Active, now_ms);
        Ok(DescribeTableOutput { table })
    }
}
