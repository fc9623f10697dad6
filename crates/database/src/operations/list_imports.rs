//! `ListImports`: there are no imports yet.

use serde::Serialize;
use types::parameter::{Text, Whole};

use crate::access::Needs;
use crate::error::Result;
use crate::operation::{Access, Operation, Parameters};
use crate::{Call, Database};

/// The request, of which nothing counts while there are no imports.
pub(crate) struct ListImports;

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListImportsOutput {
    import_summary_list: [(); 0],
}

impl Operation for ListImports {
    const NAME: &'static str = "ListImports";
    const ACCESS: Access = Access::Control;
    type Output = ListImportsOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        parameters.optional::<Text<1, 1024>>("TableArn");
        parameters.optional::<Whole<1, 25>>("PageSize");
        parameters.optional::<Text<112, 1024>>("NextToken");
        Self
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.any();
    }

    async fn run(self, _: &Database, _: &Call) -> Result<ListImportsOutput> {
        Ok(ListImportsOutput { import_summary_list: [] })
    }
}
