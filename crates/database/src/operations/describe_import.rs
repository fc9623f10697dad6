//! `DescribeImport`: there are no imports yet, so none is found.

use serde::Serialize;

use crate::access::Needs;
use crate::catalog::arn::{LongArn, check_below};
use crate::error::{Off, Result};
use crate::operation::{Access, Operation, Parameters};
use crate::{Call, Database};

/// The request.
pub(crate) struct DescribeImport {
    import: LongArn,
}

/// The reply, which there never is.
#[derive(Serialize)]
pub(crate) enum DescribeImportOutput {}

impl Operation for DescribeImport {
    const NAME: &'static str = "DescribeImport";
    const ACCESS: Access = Access::Control;
    type Output = DescribeImportOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        Self { import: parameters.required("ImportArn") }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.arn(&self.import.0);
    }

    async fn run(self, _: &Database, call: &Call) -> Result<DescribeImportOutput> {
        check_below(call, &self.import, "Import")?;
        Err(Off::Import(self.import.0).into())
    }
}
