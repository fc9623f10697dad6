//! `DescribeGlobalTableSettings`: there are no global tables yet, so none is found.

use serde::Serialize;
use types::name::Name;

use crate::error::{Off, Result};
use crate::operation::{Access, Operation, Parameters};
use crate::{Call, Database};

/// The request.
pub(crate) struct DescribeGlobalTableSettings {
    global_table: Name,
}

/// The reply, which there never is.
#[derive(Serialize)]
pub(crate) enum DescribeGlobalTableSettingsOutput {}

impl Operation for DescribeGlobalTableSettings {
    const NAME: &'static str = "DescribeGlobalTableSettings";
    const ACCESS: Access = Access::Control;
    type Output = DescribeGlobalTableSettingsOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        Self { global_table: parameters.required("GlobalTableName") }
    }

    async fn run(self, _: &Database, _: &Call) -> Result<DescribeGlobalTableSettingsOutput> {
        Err(Off::GlobalTable(self.global_table.to_string()).into())
    }
}
