//! From policies and a question to a decision: AWS's evaluation logic.
//!
//! What denies wins, wherever it stands. Otherwise, within an account either the caller's policies or the resource's
//! must allow; between accounts, both. A session's policy must allow in any case: unlike on AWS, a resource's policy
//! that names the session itself does not lift it.

use std::sync::Arc;

use super::budget::{Budget, Spent};
use super::principal::Reach;
use super::statement::Effect;
use super::{Context, Kind, Policy, Principal};

/// May this principal do that?
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Who asks.
    pub principal: &'a Principal,
    /// The action, such as `dynamodb:GetItem`.
    pub action: &'a str,
    /// The resource's ARN, or `*` for an action that has none.
    pub resource: &'a str,
    /// The account that the resource is in.
    pub resource_account: &'a str,
    /// What else is known.
    pub context: &'a Context<'a>,
}

/// The policies that bear on a question.
#[derive(Debug, Clone, Copy)]
pub struct Policies<'a> {
    /// Those of who asks.
    pub identity: Identity<'a>,
    /// That of the session, if it has one.
    pub session: Option<&'a Policy>,
    /// That of the resource, if it has one.
    pub resource: Option<&'a Policy>,
}

/// What the one who asks may do by itself.
#[derive(Debug, Clone, Copy)]
pub enum Identity<'a> {
    /// Everything: the account itself asks.
    Everything,
    /// What these allow.
    These(&'a [Named]),
}

/// A policy under its name.
#[derive(Debug, Clone)]
pub struct Named {
    /// The name, or the ARN of a policy that many share.
    pub name: String,
    /// The policy.
    pub policy: Arc<Policy>,
}

/// The statement that decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct By<'a> {
    /// The kind of policy that it is in.
    pub kind: Kind,
    /// The policy's name, if it has one: a session's and a resource's have none.
    pub policy: Option<&'a str>,
    /// Which of the policy's statements, counted from 0.
    pub statement: usize,
    /// The statement's own name, if it has one.
    pub sid: Option<&'a str>,
}

/// The answer to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision<'a> {
    /// Yes.
    Allowed(Grant<'a>),
    /// No.
    Denied(Why<'a>),
}

/// Why something is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant<'a> {
    /// The account itself asks, for what is its own.
    Root,
    /// A statement allows it. Between accounts, that of the resource's policy.
    Statement(By<'a>),
}

/// Why something is denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why<'a> {
    /// A statement denies it.
    ExplicitDeny(By<'a>),
    /// Neither the caller's policies nor, where it could, that of the resource allow it.
    NoIdentityAllow,
    /// The resource's policy does not allow it to another account.
    NoResourceAllow,
    /// The session's policy does not allow it.
    NoSessionAllow,
    /// To know would be too much work, for these policies and what they are asked.
    TooCostly,
}

impl From<Spent> for Why<'_> {
    fn from(Spent: Spent) -> Self {
        Self::TooCostly
    }
}

/// Decides.
#[must_use]
pub fn decide<'a>(policies: &Policies<'a>, question: &Question<'_>) -> Decision<'a> {
    decide_within(policies, question, &mut Budget::new())
}

/// Decides with what is left of a budget: the decisions of one request share one, so that many of them take no longer
/// than one may. Where it is not enough, the answer is no.
#[must_use]
pub fn decide_within<'a>(
    policies: &Policies<'a>,
    question: &Question<'_>,
    budget: &mut Budget,
) -> Decision<'a> {
    match judge(policies, question, budget) {
        Ok(grant) => Decision::Allowed(grant),
        Err(why) => Decision::Denied(why),
    }
}

fn judge<'a>(
    policies: &Policies<'a>,
    question: &Question<'_>,
    budget: &mut Budget,
) -> Result<Grant<'a>, Why<'a>> {
    if let Some(by) = denial(policies, question, budget)? {
        return Err(Why::ExplicitDeny(by));
    }
    let by_identity = identity_grant(policies.identity, question, budget)?;
    let is_elsewhere = question.principal.account != question.resource_account;
    let grant = if is_elsewhere {
        by_identity.ok_or(Why::NoIdentityAllow)?;
        resource_grant(policies, question, Reach::Account, budget)?.ok_or(Why::NoResourceAllow)?
    } else {
        match by_identity {
            Some(grant) => grant,
            None => resource_grant(policies, question, Reach::Person, budget)?
                .ok_or(Why::NoIdentityAllow)?,
        }
    };
    if let Some(session) = policies.session {
        let by = find(session, question, (Effect::Allow, Reach::Person), budget)?;
        by.ok_or(Why::NoSessionAllow)?;
    }
    Ok(grant)
}

/// The first statement that denies, of whatever policy.
fn denial<'a>(
    policies: &Policies<'a>,
    question: &Question<'_>,
    budget: &mut Budget,
) -> Result<Option<By<'a>>, Spent> {
    let wanted = (Effect::Deny, Reach::Account);
    let named = match policies.identity {
        Identity::Everything => None,
        Identity::These(policies) => find_named(policies, question, wanted, budget)?,
    };
    if named.is_some() {
        return Ok(named);
    }
    for policy in policies.resource.into_iter().chain(policies.session) {
        let by = find(policy, question, wanted, budget)?;
        if by.is_some() {
            return Ok(by);
        }
    }
    Ok(None)
}

fn identity_grant<'a>(
    identity: Identity<'a>,
    question: &Question<'_>,
    budget: &mut Budget,
) -> Result<Option<Grant<'a>>, Spent> {
    match identity {
        Identity::Everything => Ok(Some(Grant::Root)),
        Identity::These(policies) => {
            let by = find_named(policies, question, (Effect::Allow, Reach::Person), budget)?;
            Ok(by.map(Grant::Statement))
        }
    }
}

fn resource_grant<'a>(
    policies: &Policies<'a>,
    question: &Question<'_>,
    least: Reach,
    budget: &mut Budget,
) -> Result<Option<Grant<'a>>, Spent> {
    let Some(policy) = policies.resource else { return Ok(None) };
    Ok(find(policy, question, (Effect::Allow, least), budget)?.map(Grant::Statement))
}

fn find_named<'a>(
    policies: &'a [Named],
    question: &Question<'_>,
    wanted: (Effect, Reach),
    budget: &mut Budget,
) -> Result<Option<By<'a>>, Spent> {
    for Named { name, policy } in policies {
        if let Some(by) = find(policy, question, wanted, budget)? {
            return Ok(Some(By { policy: Some(name), ..by }));
        }
    }
    Ok(None)
}

/// The first statement of an effect that applies and comes near enough to who asks.
fn find<'a>(
    policy: &'a Policy,
    question: &Question<'_>,
    (effect, least): (Effect, Reach),
    budget: &mut Budget,
) -> Result<Option<By<'a>>, Spent> {
    for (index, statement) in policy.statements.iter().enumerate() {
        let reach =
            if statement.effect == effect { statement.applies(question, budget)? } else { None };
        if reach.is_some_and(|reach| reach >= least) {
            let sid = statement.sid.as_deref();
            return Ok(Some(By { kind: policy.kind, policy: None, statement: index, sid }));
        }
    }
    Ok(None)
}
