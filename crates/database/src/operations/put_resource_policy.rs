//! `PutResourcePolicy`: gives a table or a stream a policy, in place of any it has.

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
        database.note_policy();
        let new = ResourcePolicy::new(self.document);
        change_policy(database, call, (&self.resource, self.expected.as_deref()), Some(new)).await
    }
}

/// Puts a policy, or takes it away, where the caller knows which one is there. Gives the revision of the new one, or of
/// the one that went.
pub(super) async fn change_policy(
    database: &Database,
    call: &Call,
    (resource, expected): (&ResourceArn, Option<&str>),
    new: Option<ResourcePolicy>,
) -> Result<RevisionOutput> {
    let Holder { row_key, policy_key } = Holder::find(call, resource)?;
    let keys = [row_key, policy_key.clone()];
    change(database, keys, |[holder, row]| -> Result<(Writes, RevisionOutput)> {
        if holder.is_none() {
            return Err(resource.not_found());
        }
        let old = row.as_ref().map(ResourcePolicy::decode).transpose()?;
        check_expected(resource, expected, old.as_ref())?;
        let document = |policy: &ResourcePolicy| policy.document.clone();
        // The same again changes nothing.
        let is_same = old.as_ref().map(document) == new.as_ref().map(document);
        let shown = if is_same { old.as_ref() } else { new.as_ref().or(old.as_ref()) };
        let output = RevisionOutput { revision_id: shown.map(|policy| policy.revision.clone()) };
        let write = (policy_key.clone(), new.as_ref().map(ResourcePolicy::encode));
        Ok((if is_same { Vec::new() } else { vec![write] }, output))
    })
    .await
}

/// Refuses a change of another policy than the caller knows.
fn check_expected(
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
