//! `DescribeExport`: there are no exports yet, so none is found.

use serde::Serialize;

use crate::access::Needs;
use crate::catalog::arn::{LongArn, check_below};
use crate::error::{Off, Result};
use crate::operation::{Access, Operation, Parameters};
use crate::{Call, Database};

/// The request.
pub(crate) struct DescribeExport {
    export: LongArn,
}

/// The reply, which there never is.
#[derive(Serialize)]
pub(crate) enum DescribeExportOutput {}

impl Operation for DescribeExport {
    const NAME: &'static str = "DescribeExport";
    const ACCESS: Access = Access::Control;
    type Output = DescribeExportOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        Self { export: parameters.required("ExportArn") }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.arn(&self.export.0);
    }

    async fn run(self, _: &Database, call: &Call) -> Result<DescribeExportOutput> {
        check_below(call, &self.export, "Export")?;
        Err(Off::Export(self.export.0).into())
    }
}
