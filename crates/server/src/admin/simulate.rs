//! `SimulatePolicy`: what policies would decide, and which statement does.

use std::collections::BTreeMap;
use std::sync::Arc;

use auth::policy::{
    self, By, Context, Decision, Grant, Identity, Kind, Named, Policies, Policy, Principal,
    PrincipalKind, Question, Why,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{AdminFault, Members, Request};
use crate::allow;
use crate::principals::{Person, UserFault};

/// What is asked.
struct Simulation {
    documents: Vec<String>,
    resource_policy: Option<String>,
    actions: Vec<String>,
    resources: Vec<String>,
    context: BTreeMap<String, Values>,
}

/// A condition key's one value, or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Values {
    One(String),
    Several(Vec<String>),
}

impl Simulation {
    fn read(mut members: Members) -> Result<Self, AdminFault> {
        let asked = Self {
            documents: members.documents("PolicyDocuments")?,
            resource_policy: members.document("ResourcePolicy")?,
            actions: members.required("ActionNames")?,
            resources: members.optional("ResourceArns")?.unwrap_or_default(),
            context: members.optional("ContextEntries")?.unwrap_or_default(),
        };
        members.finish()?;
        match asked.actions.iter().find(|action| !action.contains(':')) {
            Some(action) => Err(AdminFault::Action(action.clone())),
            None => Ok(asked),
        }
    }
}

/// What policies of one's own would decide, without asking anybody. Takes and gives JSON, as the command does.
///
/// # Errors
/// Where the policies are none, or a user is named.
pub fn simulate_policy(body: &[u8]) -> Result<Vec<u8>, AdminFault> {
    let asked = Simulation::read(Members::read(body)?)?;
    Ok(simulate(asked, None)?.to_string().into_bytes())
}

pub(super) fn run(request: &Request<'_>, mut members: Members) -> Result<Value, AdminFault> {
    let account = request.account(members.optional("Account")?)?;
    request.allow_as("iam:SimulateCustomPolicy", "*", &account)?;
    let person = match members.optional::<String>("UserName")? {
        Some(name) => {
            let arn = format!("arn:aws:iam::{account}:user/{name}");
            request.allow_as("iam:SimulatePrincipalPolicy", &arn, &account)?;
            let person = request.principals.user(&account, &name);
            Some(person.ok_or(UserFault::NoUser(name))?)
        }
        None => None,
    };
    simulate(Simulation::read(members)?, person.as_deref())
}

/// What that comes to, for a user who also has policies of its own or for nobody in particular.
fn simulate(asked: Simulation, person: Option<&Person>) -> Result<Value, AdminFault> {
    let known = match person.map(Person::identity) {
        Some(Identity::These(policies)) => policies,
        Some(Identity::Everything) | None => &[],
    };
    let Simulation { documents, resource_policy, actions, resources, context: entries } = asked;
    let mut policies = known.to_vec();
    for (place, document) in documents.into_iter().enumerate() {
        let policy = Arc::new(Policy::parse(&document, Kind::Identity)?);
        policies.push(Named { name: format!("PolicyInputList.{}", place + 1), policy });
    }
    let resource_policy =
        resource_policy.map(|text| Policy::parse(&text, Kind::Resource)).transpose()?;
    let principal = person.map(|person| person.principal().clone());
    let principal = principal.unwrap_or_else(|| Principal {
        arn: "arn:aws:iam::123456789012:user/simulated".to_owned(),
        account: "123456789012".to_owned(),
        kind: PrincipalKind::User,
    });
    let mut context = Context::default();
    context.put("aws:PrincipalArn", principal.arn.clone());
    context.put("aws:PrincipalAccount", principal.account.clone());
    if let Some(person) = person {
        allow::put_person(&mut context, person);
    }
    for (key, values) in entries {
        match values {
            Values::One(value) => context.put(key, value),
            Values::Several(values) => context.put_all(key, values),
        }
    }
    let resources = if resources.is_empty() { vec!["*".to_owned()] } else { resources };
    let mut results = Vec::new();
    for action in &actions {
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
        Decision::Denied(
            Why::NoIdentityAllow | Why::NoResourceAllow | Why::NoSessionAllow | Why::TooCostly,
        ) => ("implicitDeny", None),
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
