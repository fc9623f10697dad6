//! What a caller is told of a denial, in the service's words. Which statement denied is for who wrote it to know.

use super::{Kind, Question, Why};

/// A request that policies do not allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "User: {principal} is not authorized to perform: {action} on resource: {resource} {}",
    reason(*.kind, *.is_explicit, .action)
)]
pub struct Denied {
    /// The ARN of who asked.
    pub principal: String,
    /// The action.
    pub action: String,
    /// The ARN of the resource.
    pub resource: String,
    /// The kind of policy that denies it, or that does not allow it.
    pub kind: Kind,
    /// Whether a statement denies it.
    pub is_explicit: bool,
}

impl Denied {
    /// The denial of a question.
    #[must_use]
    pub fn new(question: &Question<'_>, why: &Why<'_>) -> Self {
        let (kind, is_explicit) = match why {
            Why::ExplicitDeny(by) => (by.kind, true),
            Why::NoIdentityAllow => (Kind::Identity, false),
            Why::NoResourceAllow => (Kind::Resource, false),
            Why::NoSessionAllow => (Kind::Session, false),
        };
        Self {
            principal: question.principal.arn.clone(),
            action: question.action.to_owned(),
            resource: question.resource.to_owned(),
            kind,
            is_explicit,
        }
    }
}

fn reason(kind: Kind, is_explicit: bool, action: &str) -> String {
    let (article, kind) = match kind {
        Kind::Identity => ("an", "identity-based"),
        Kind::Session => ("a", "session"),
        Kind::Resource => ("a", "resource-based"),
    };
    if is_explicit {
        format!("with an explicit deny in {article} {kind} policy")
    } else {
        format!("because no {kind} policy allows the {action} action")
    }
}
