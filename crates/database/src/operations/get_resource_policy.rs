//! `GetResourcePolicy`: the policy that a table or a stream carries.

use serde::Serialize;
use storage::Reads;

use crate::access::Needs;
use crate::catalog::arn::ResourceArn;
use crate::error::{Off, Result};
use crate::operation::{Access, Operation, Parameters};
use crate::resource_policy::{Holder, ResourcePolicy};
use crate::{Call, Database};

/// The request.
pub(crate) struct GetResourcePolicy {
    resource: ResourceArn,
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetResourcePolicyOutput {
    policy: String,
    revision_id: String,
}

impl Operation for GetResourcePolicy {
    const NAME: &'static str = "GetResourcePolicy";
    const ACCESS: Access = Access::Control;
    type Output = GetResourcePolicyOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        let resource: ResourceArn = parameters.required("ResourceArn");
        parameters.check(resource.check());
        Self { resource }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.arn(&self.resource.0);
    }

    async fn run(self, database: &Database, call: &Call) -> Result<GetResourcePolicyOutput> {
        let holder = Holder::find(call, &self.resource)?;
        let view = database.view(Reads::Many).await?;
        if view.get(&holder.row_key).await?.is_none() {
            return Err(self.resource.not_found());
        }
        let row = view.get(&holder.policy_key).await?;
        let row = row.ok_or_else(|| Off::Policy(self.resource.0.clone()))?;
        let ResourcePolicy { document, revision } = ResourcePolicy::decode(&row)?;
        Ok(GetResourcePolicyOutput { policy: document, revision_id: revision })
    }
}
