//! `DescribeGlobalTable`: there are no global tables yet, so none is found.

use serde::Serialize;
use types::name::Name;

use crate::error::{Off, Result};
use crate::operation::{Access, Operation, Parameters};
use crate::{Call, Database};

/// The request.
pub(crate) struct DescribeGlobalTable {
    global_table: Name,
}

/// The reply, which there never is.
#[derive(Serialize)]
pub(crate) enum DescribeGlobalTableOutput {}

impl Operation for DescribeGlobalTable {
    const NAME: &'static str = "DescribeGlobalTable";
    const ACCESS: Access = Access::Control;
    type Output = DescribeGlobalTableOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        Self { global_table: parameters.required("GlobalTableName") }
    }

    async fn run(self, _: &Database, _: &Call) -> Result<DescribeGlobalTableOutput> {
        Err(Off::GlobalTable(self.global_table.to_string()).into())
    }
}
