//! What a caller is told of a denial, in the service's words. Which statement denied is for who wrote it to know.

use super::{Kind, Question, Why};

/// A request that policies do not allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "User: {principal} is not authorized to perform: {action} on resource: {resource} {}",
    .reason.text(.action)
)]
pub struct Denied {
    /// The ARN of who asked.
    pub principal: String,
    /// The action.
    pub action: String,
    /// The ARN of the resource.
    pub resource: String,
    /// Why it is denied.
    pub reason: Reason,
}

/// Why a request is denied, as far as who asked may know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A statement of such a policy denies it.
    ExplicitDeny(Kind),
    /// No such policy allows it.
    NoAllow(Kind),
    /// To know would be too much work.
    TooCostly,
}

impl Denied {
    /// The denial of a question.
    #[must_use]
    pub fn new(question: &Question<'_>, why: &Why<'_>) -> Self {
        let reason = match why {
            Why::ExplicitDeny(by) => Reason::ExplicitDeny(by.kind),
            Why::NoIdentityAllow => Reason::NoAllow(Kind::Identity),
            Why::NoResourceAllow => Reason::NoAllow(Kind::Resource),
            Why::NoSessionAllow => Reason::NoAllow(Kind::Session),
            Why::TooCostly => Reason::TooCostly,
        };
        Self {
            principal: question.principal.arn.clone(),
            action: question.action.to_owned(),
            resource: question.resource.to_owned(),
            reason,
        }
    }
}

impl Reason {
    fn text(self, action: &str) -> String {
        let named = |kind| match kind {
            Kind::Identity => ("an", "identity-based"),
            Kind::Session => ("a", "session"),
            Kind::Resource => ("a", "resource-based"),
        };
        match self {
            Self::ExplicitDeny(kind) => {
                let (article, kind) = named(kind);
                format!("with an explicit deny in {article} {kind} policy")
            }
            Self::NoAllow(kind) => {
                format!("because no {} policy allows the {action} action", named(kind).1)
            }
            // AWS has no words for this.
            Self::TooCostly => "because its policies take too long to decide".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Context, Principal, PrincipalKind};
    use super::*;

    #[test]
    fn who_asks_for_too_much_is_told_so() {
        let principal = Principal {
            arn: "arn:aws:iam::1:user/ann".to_owned(),
            account: "1".to_owned(),
            kind: PrincipalKind::User,
        };
        let question = Question {
            principal: &principal,
            action: "dynamodb:PutItem",
            resource: "*",
            resource_account: "1",
            context: &Context::default(),
        };
        assert_eq!(
            Denied::new(&question, &Why::TooCostly).to_string(),
            "User: arn:aws:iam::1:user/ann is not authorized to perform: dynamodb:PutItem on resource: * \
             because its policies take too long to decide"
        );
    }
}
