//! `ListExports`: there are no exports yet.

use serde::Serialize;
use types::parameter::{Text, Whole};

use crate::access::Needs;
use crate::error::Result;
use crate::operation::{Access, Operation, Parameters};
use crate::{Call, Database};

/// The request, of which nothing counts while there are no exports.
pub(crate) struct ListExports;

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListExportsOutput {
    export_summaries: [(); 0],
}

impl Operation for ListExports {
    const NAME: &'static str = "ListExports";
    const ACCESS: Access = Access::Control;
    type Output = ListExportsOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        parameters.optional::<Text<1, 1024>>("TableArn");
        parameters.optional::<Whole<1, 25>>("MaxResults");
        parameters.optional::<String>("NextToken");
        Self
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.any();
    }

    async fn run(self, _: &Database, _: &Call) -> Result<ListExportsOutput> {
        Ok(ListExportsOutput { export_summaries: [] })
    }
}
