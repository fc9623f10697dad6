//! `DeleteResourcePolicy`: takes a table's or a stream's policy away, if it has one.

use crate::access::Needs;
use crate::catalog::arn::ResourceArn;
use crate::error::Result;
use crate::operation::{Access, Operation, Parameters};
use crate::operations::put_resource_policy::{RevisionOutput, change_policy};
use crate::resource_policy;
use crate::{Call, Database};

/// The request.
pub(crate) struct DeleteResourcePolicy {
    resource: ResourceArn,
    expected: Option<String>,
}

impl Operation for DeleteResourcePolicy {
    const NAME: &'static str = "DeleteResourcePolicy";
    const ACCESS: Access = Access::Control;
    type Output = RevisionOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        let resource: ResourceArn = parameters.required("ResourceArn");
        parameters.check(resource.check());
        Self { resource, expected: resource_policy::expected(parameters) }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.arn(&self.resource.0);
    }

    async fn run(self, database: &Database, call: &Call) -> Result<RevisionOutput> {
        change_policy(database, call, (&self.resource, self.expected.as_deref()), None).await
    }
}
