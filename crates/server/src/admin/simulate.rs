//! `SimulatePolicy`: what policies would decide, and which statement does.

use std::collections::BTreeMap;
use std::sync::Arc;

use auth::policy::{
    self, By, Context, Decision, Grant, Identity, Kind, Named, Policies, Policy, Principal,
    PrincipalKind, Question, Why,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{AdminFault, Document, Request};
use crate::principals::UserFault;

/// What is asked.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Simulation {
    user_name: Option<String>,
    account: Option<String>,
    #[serde(default)]
    policy_documents: Vec<Document>,
    resource_policy: Option<Document>,
    #[serde(default)]
    action_names: Vec<String>,
    #[serde(default)]
    resource_arns: Vec<String>,
    #[serde(default)]
    context_entries: BTreeMap<String, Values>,
}

/// A condition key's one value, or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Values {
    One(String),
    Several(Vec<String>),
}

/// What policies of one's own would decide, without asking anybody. Takes and gives JSON, as the command does.
///
/// # Errors
/// Where the policies are none, or a user is named.
pub fn simulate_policy(body: &[u8]) -> Result<Vec<u8>, AdminFault> {
    let asked: Simulation = serde_json::from_slice(body)?;
    if let Some(name) = asked.user_name {
        return Err(UserFault::NoUser(name).into());
    }
    Ok(simulate(asked, None, &[])?.to_string().into_bytes())
}

pub(super) fn run(request: &Request<'_>, asked: Simulation) -> Result<Value, AdminFault> {
    let account = request.account(asked.account.clone())?;
    request.allow_as("iam:SimulateCustomPolicy", "*", &account)?;
    let person = match &asked.user_name {
        Some(name) => {
            request.allow_as(
                "iam:SimulatePrincipalPolicy",
                &format!("arn:aws:iam::{account}:user/{name}"),
                &account,
            )?;
            let person = request.principals.user(&account, name);
            Some(person.ok_or_else(|| UserFault::NoUser(name.clone()))?)
        }
        None => None,
    };
    let principal = person.as_ref().map(|person| person.principal().clone());
    let known = match person.as_ref().map(|person| person.identity()) {
        Some(Identity::These(policies)) => policies,
        Some(Identity::Everything) | None => &[],
    };
    simulate(asked, principal, known)
}

/// What is asked comes to for a principal with `known` policies.
fn simulate(
    asked: Simulation,
    principal: Option<Principal>,
    known: &[Named],
) -> Result<Value, AdminFault> {
    let Simulation { policy_documents, resource_policy, action_names, resource_arns, .. } = asked;
    let mut policies = known.to_vec();
    for (place, document) in policy_documents.into_iter().enumerate() {
        let policy = Arc::new(Policy::parse(&document.into_text(), Kind::Identity)?);
        policies.push(Named { name: format!("PolicyInputList.{}", place + 1), policy });
    }
    let resource_policy = resource_policy.map(Document::into_text);
    let resource_policy =
        resource_policy.map(|text| Policy::parse(&text, Kind::Resource)).transpose()?;
    let principal = principal.unwrap_or_else(|| Principal {
        arn: "arn:aws:iam::123456789012:user/simulated".to_owned(),
        account: "123456789012".to_owned(),
        kind: PrincipalKind::User,
    });
    let mut context = Context::default();
    context.put("aws:PrincipalArn", principal.arn.clone());
    context.put("aws:PrincipalAccount", principal.account.clone());
    for (key, values) in asked.context_entries {
        match values {
            Values::One(value) => context.put(key, value),
            Values::Several(values) => context.put_all(key, values),
        }
    }
    let resources = if resource_arns.is_empty() { vec!["*".to_owned()] } else { resource_arns };
    let mut results = Vec::new();
    for action in &action_names {
        for resource in &resources {
            let resource_account = resource.split(':').nth(4).filter(|part| part.len() == 12);
            let question = Question {
                principal: &principal,
                action,
                resource,
                resource_account: resource_account.unwrap_or(&principal.account),
                context: &context,
            };
            let identity = Identity::These(&policies);
            let of = Policies { identity, session: None, resource: resource_policy.as_ref() };
            results.push(result(&question, policy::decide(&of, &question)));
        }
    }
    Ok(json!({ "Results": results }))
}

fn result(question: &Question<'_>, decision: Decision<'_>) -> Value {
    let (decision, by) = match decision {
        Decision::Allowed(Grant::Root) => ("allowed", None),
        Decision::Allowed(Grant::Statement(by)) => ("allowed", Some(by)),
        Decision::Denied(Why::ExplicitDeny(by)) => ("explicitDeny", Some(by)),
        Decision::Denied(Why::NoIdentityAllow | Why::NoResourceAllow | Why::NoSessionAllow) => {
            ("implicitDeny", None)
        }
    };
    let mut result = json!({
        "ActionName": question.action,
        "ResourceArn": question.resource,
        "Decision": decision,
    });
    if let (Some(by), Some(map)) = (by, result.as_object_mut()) {
        map.insert("MatchedStatement".to_owned(), matched(&by));
    }
    result
}

fn matched(by: &By<'_>) -> Value {
    let kind = match by.kind {
        Kind::Identity => "identity",
        Kind::Session => "session",
        Kind::Resource => "resource",
    };
    let mut matched = json!({ "PolicyType": kind, "Statement": by.statement });
    if let Some(map) = matched.as_object_mut() {
        let texts = [("PolicyName", by.policy), ("Sid", by.sid)];
        let texts = texts.into_iter().filter_map(|(name, text)| Some((name, text?)));
        map.extend(texts.map(|(name, text)| (name.to_owned(), text.into())));
    }
    matched
}
