//! `GetResourcePolicy`: no resource has a policy of its own yet.

use serde::Serialize;
use storage::Reads;

use crate::catalog::arn::ResourceArn;
use crate::error::{Off, Result};
use crate::operation::{Access, Operation, Parameters};
use crate::{Call, Database, keys};

/// The request.
pub(crate) struct GetResourcePolicy {
    resource: ResourceArn,
}

/// The reply, which there never is.
#[derive(Serialize)]
pub(crate) enum GetResourcePolicyOutput {}

impl Operation for GetResourcePolicy {
    const NAME: &'static str = "GetResourcePolicy";
    const ACCESS: Access = Access::Control;
    type Output = GetResourcePolicyOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        let resource: ResourceArn = parameters.required("ResourceArn");
        parameters.check(resource.table());
        Self { resource }
    }

    async fn run(self, database: &Database, call: &Call) -> Result<GetResourcePolicyOutput> {
        let (scope, name) = self.resource.own_table(call)?;
        let view = database.view(Reads::One).await?;
        if view.get(&keys::table(&scope, &name)).await?.is_none() {
            return Err(self.resource.not_found());
        }
        Err(Off::Policy(self.resource.0).into())
    }
}
