//! What a caller is told of a denial, in the service's words. Which statement denied is for who wrote it to know.

use std::fmt;

use super::{Kind, Question, Why};

/// A request that policies do not allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "User: {principal} is not authorized to perform: {action} on resource: {resource} {reason}"
)]
pub struct Denied {
    /// The ARN of who asked.
    pub principal: String,
    /// The action.
    pub action: String,
    /// The ARN of the resource.
    pub resource: String,
    reason: Reason,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Reason {
    Explicit(Kind),
    Absent(Kind, String),
}

impl Denied {
    /// The denial of a question.
    #[must_use]
    pub fn new(question: &Question<'_>, why: &Why<'_>) -> Self {
        let absent = |kind| Reason::Absent(kind, question.action.to_owned());
        let reason = match why {
            Why::ExplicitDeny(by) => Reason::Explicit(by.kind),
            Why::NoIdentityAllow => absent(Kind::Identity),
            Why::NoResourceAllow => absent(Kind::Resource),
            Why::NoSessionAllow => absent(Kind::Session),
        };
        Self {
            principal: question.principal.arn.clone(),
            action: question.action.to_owned(),
            resource: question.resource.to_owned(),
            reason,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Explicit(Kind::Identity) => {
                f.write_str("with an explicit deny in an identity-based policy")
            }
            Self::Explicit(Kind::Session) => {
                f.write_str("with an explicit deny in a session policy")
            }
            Self::Explicit(Kind::Resource) => {
                f.write_str("with an explicit deny in a resource-based policy")
            }
            Self::Absent(kind, action) => {
                let kind = match kind {
                    Kind::Identity => "identity-based",
                    Kind::Session => "session",
                    Kind::Resource => "resource-based",
                };
                write!(f, "because no {kind} policy allows the {action} action")
            }
        }
    }
}
