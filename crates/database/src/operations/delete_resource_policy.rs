//! `DeleteResourcePolicy`: takes a table's or a stream's policy away, if it has one.

use crate::access::Needs;
use crate::catalog::arn::ResourceArn;
use crate::catalog::change::{Writes, change};
use crate::error::Result;
use crate::operation::{Access, Operation, Parameters};
use crate::operations::put_resource_policy::{RevisionOutput, check_expected};
use crate::resource_policy::{self, Holder, ResourcePolicy};
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
        let holder = Holder::find(call, &self.resource)?;
        let policy_key = holder.policy_key.clone();
        let keys = [holder.row_key, holder.policy_key];
        change(database, keys, |[resource, row]| -> Result<(Writes, RevisionOutput)> {
            if resource.is_none() {
                return Err(self.resource.not_found());
            }
            let old = row.as_ref().map(ResourcePolicy::decode).transpose()?;
            check_expected(&self.resource, self.expected.as_deref(), old.as_ref())?;
            let writes = old.iter().map(|_| (policy_key.clone(), None)).collect();
            Ok((writes, RevisionOutput { revision_id: old.map(|old| old.revision) }))
        })
        .await
    }
}
