//! `PutResourcePolicy`: gives a table or a stream a policy, in place of any it has.

use bytes::Bytes;
use serde::Serialize;

use crate::access::Needs;
use crate::catalog::arn::ResourceArn;
use crate::catalog::change::{Writes, change};
use crate::error::{Error, Result};
use crate::operation::{Access, Operation, Parameters};
use crate::resource_policy::{self, Holder, ResourcePolicy};
use crate::{Call, Database};

/// What is expected of a policy that is not there.
const NO_POLICY: &str = "NO_POLICY";

/// The request.
pub(crate) struct PutResourcePolicy {
    resource: ResourceArn,
    document: String,
    /// Whether the caller may be shut out. That, and whether the document is a policy at all, is judged beforehand.
    is_confirmed: bool,
    expected: Option<String>,
}

/// The reply: the number of the change.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RevisionOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) revision_id: Option<String>,
}

impl Operation for PutResourcePolicy {
    const NAME: &'static str = "PutResourcePolicy";
    const ACCESS: Access = Access::Control;
    type Output = RevisionOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        let resource: ResourceArn = parameters.required("ResourceArn");
        parameters.check(resource.check());
        let document: String = parameters.required("Policy");
        parameters.check(resource_policy::check_document(&document));
        let confirmed: Option<bool> = parameters.optional("ConfirmRemoveSelfResourceAccess");
        Self {
            resource,
            document,
            is_confirmed: confirmed.unwrap_or_default(),
            expected: resource_policy::expected(parameters),
        }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.arn(&self.resource.0).puts_policy(&self.document, self.is_confirmed);
    }

    async fn run(self, database: &Database, call: &Call) -> Result<RevisionOutput> {
        let holder = Holder::find(call, &self.resource)?;
        let policy_key = holder.policy_key.clone();
        let put = ResourcePolicy::new(self.document);
        database.note_policy();
        let keys = [holder.row_key, holder.policy_key];
        change(database, keys, |[resource, row]| -> Result<(Writes, RevisionOutput)> {
            if resource.is_none() {
                return Err(self.resource.not_found());
            }
            let old = row.as_ref().map(ResourcePolicy::decode).transpose()?;
            check_expected(&self.resource, self.expected.as_deref(), old.as_ref())?;
            // The same again changes nothing.
            if let Some(old) = old.filter(|old| old.document == put.document) {
                return Ok((Vec::new(), RevisionOutput { revision_id: Some(old.revision) }));
            }
            let write: (Bytes, Option<Bytes>) = (policy_key.clone(), Some(put.encode()));
            Ok((vec![write], RevisionOutput { revision_id: Some(put.revision.clone()) }))
        })
        .await
    }
}

/// Refuses a change of another policy than the caller knows.
pub(super) fn check_expected(
    resource: &ResourceArn,
    expected: Option<&str>,
    old: Option<&ResourcePolicy>,
) -> Result<()> {
    match (expected, old) {
        (None, _) | (Some(NO_POLICY), None) => Ok(()),
        (Some(expected), Some(old)) if old.revision == expected => Ok(()),
        (Some(_), Some(_) | None) => Err(Error::PolicyRevision(resource.0.clone())),
    }
}
