//! Whether a caller may have what a request needs: policies of the caller, of its session and of the resource.

use auth::policy::{self, Budget, Context, Decision, Denied, Kind, Policies, Policy, Question};
use database::{Access, Call, Need, Row, Wants};
use http::HeaderMap;
use http::header::{REFERER, USER_AGENT};
use types::json::Json;

use crate::arrival::Arrival;
use crate::error::Refusal;
use crate::pipeline::Shared;
use crate::principals::{Caller, Person};

/// What a policy of a resource must not lock its own account's root out of.
const KEYS_OF_THE_DOOR: [&str; 3] =
    ["GetResourcePolicy", "PutResourcePolicy", "DeleteResourcePolicy"];

/// A request whose caller is known.
pub(crate) struct Asked<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) arrival: &'a Arrival,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) json: &'a Json<'a>,
}

/// Lets a request go on, in the account that its resources are of, or says why not.
pub(crate) async fn allow(
    shared: &Shared,
    asked: &Asked<'_>,
    (row, request): (&Row, &database::Request),
    call: Call,
) -> Result<Call, Refusal> {
    let Asked { caller, json, .. } = *asked;
    let is_control = row.access == Some(Access::Control);
    if caller.is_root() && !is_control && !shared.database.has_policies() {
        return Ok(call);
    }
    // What a policy of a resource asks about shows only once it is there, or is put there.
    let all = is_control || shared.database.has_policies();
    let wants = Wants {
        items: all || caller.mentions("dynamodb:"),
        tags: all || caller.mentions("aws:ResourceTag/"),
    };
    let needs = request.needs(&shared.database, &call, (json, wants)).await?;
    let known = context(shared, caller, (asked.arrival, asked.headers), all);
    // All decisions of a request together take no longer than one may.
    let mut budget = Budget::new();
    for need in &needs {
        judge(shared, caller, (&known, all, &mut budget), need)?;
    }
    match needs.split_first() {
        // What is in several accounts is refused further down, for each that is not the caller's.
        Some((Need { account, .. }, rest)) if rest.iter().all(|need| need.account == *account) => {
            Ok(Call { account: account.clone(), ..call })
        }
        Some(_) | None => Ok(call),
    }
}

fn judge(
    shared: &Shared,
    caller: &Caller,
    (known, all, budget): (&Context<'_>, bool, &mut Budget),
    need: &Need,
) -> Result<(), Refusal> {
    let is_own = need.account == caller.account;
    let holds_keys = is_own && caller.is_root() && KEYS_OF_THE_DOOR.contains(&need.action);
    if !holds_keys {
        let resource = need.policy.as_ref().map(|document| shared.principals.prepared(document));
        // What cannot be read allows nobody anything.
        let resource =
            resource.map(|policy| policy.ok_or(Refusal::UnreadablePolicy)).transpose()?;
        decide(caller, (known, all, budget), need, resource.as_deref())?;
    }
    let Some(put) = &need.put else { return Ok(()) };
    let policy = Policy::parse(&put.document, Kind::Resource).map_err(Refusal::Policy)?;
    if !put.is_confirmed && !caller.is_root() {
        decide(caller, (known, all, budget), need, Some(&policy)).map_err(|_| Refusal::LocksOut)?;
    }
    Ok(())
}

/// Decides about one need, with that policy of the resource.
fn decide(
    caller: &Caller,
    (known, all, budget): (&Context<'_>, bool, &mut Budget),
    need: &Need,
    resource: Option<&Policy>,
) -> Result<(), Refusal> {
    let mut context = known.clone();
    add(&mut context, need, |key| all || caller.mentions(key));
    let question = Question {
        principal: &caller.principal(),
        action: &format!("dynamodb:{}", need.action),
        resource: &need.resource,
        resource_account: &need.account,
        context: &context,
    };
    Ok(ask(caller, &question, resource, budget)?)
}

/// Asks the policies of a caller, of its session and of a resource.
pub(crate) fn ask(
    caller: &Caller,
    question: &Question<'_>,
    resource: Option<&Policy>,
    budget: &mut Budget,
) -> Result<(), Denied> {
    let session = caller.session().and_then(|session| session.policy.as_ref());
    let policies = Policies { identity: caller.identity(), session, resource };
    match policy::decide_within(&policies, question, budget) {
        Decision::Allowed(_) => Ok(()),
        Decision::Denied(why) => Err(Denied::new(question, &why)),
    }
}

/// Lets a caller do something that is no operation of the database.
pub(crate) fn allow_action(
    shared: &Shared,
    caller: &Caller,
    from: (&Arrival, &HeaderMap),
    (action, resource): (&str, &str),
) -> Result<(), Refusal> {
    let question = Question {
        principal: &caller.principal(),
        action,
        resource,
        resource_account: &caller.account,
        context: &context(shared, caller, from, false),
    };
    Ok(ask(caller, &question, None, &mut Budget::new())?)
}

/// What is known of a request whatever it asks for: `all` of it, or as much as the caller's policies ask about.
pub(crate) fn context<'a>(
    shared: &Shared,
    caller: &'a Caller,
    (arrival, headers): (&Arrival, &'a HeaderMap),
    all: bool,
) -> Context<'a> {
    let mut context = Context::default();
    let wants = |key: &str| all || caller.mentions(key);
    let seconds = || (shared.clock.now_ms() / 1000).to_string();
    for key in ["aws:CurrentTime", "aws:EpochTime"] {
        if wants(key) {
            context.put(key, seconds());
        }
    }
    if wants("aws:SourceIp") {
        context.put("aws:SourceIp", arrival.source.ip().to_string());
    }
    if wants("aws:PrincipalArn") {
        context.put("aws:PrincipalArn", caller.principal().arn.clone());
    }
    for (key, value) in [
        ("aws:SecureTransport", if arrival.is_secure { "true" } else { "false" }),
        ("aws:RequestedRegion", &*caller.region),
        ("aws:ViaAWSService", "false"),
        ("aws:PrincipalAccount", &*caller.account),
    ] {
        if wants(key) {
            context.put(key, value);
        }
    }
    for (key, header) in [("aws:UserAgent", USER_AGENT), ("aws:Referer", REFERER)] {
        let text = headers.get(header).and_then(|value| value.to_str().ok());
        if let Some(text) = text.filter(|_| wants(key)) {
            context.put(key, text);
        }
    }
    if let Some(session) = caller.session() {
        context.put("aws:TokenIssueTime", (session.issued_ms / 1000).to_string());
    }
    // The names of all that is known of who asks begin in one of these ways.
    if wants("aws:user") || wants("aws:Principal") {
        put_caller(&mut context, caller);
    }
    context
}

/// Who a caller is.
fn put_caller<'a>(context: &mut Context<'a>, caller: &'a Caller) {
    match (caller.person(), caller.session().and_then(|session| session.name.as_deref())) {
        (Some(person), None) => put_person(context, person),
        (person, Some(name)) => {
            context.put("aws:PrincipalType", "FederatedUser");
            context.put("aws:userid", format!("{}:{name}", caller.account));
            if let Some(person) = person {
                put_tags(context, person);
            }
        }
        (None, None) => {
            context.put("aws:PrincipalType", "Account");
            context.put("aws:userid", &*caller.account);
        }
    }
}

/// Who a user is, and what tags it carries.
pub(crate) fn put_person<'a>(context: &mut Context<'a>, person: &'a Person) {
    context.put("aws:PrincipalType", "User");
    context.put("aws:userid", &*person.user.id);
    context.put("aws:username", &*person.user.name);
    put_tags(context, person);
}

fn put_tags<'a>(context: &mut Context<'a>, person: &'a Person) {
    for (key, value) in &person.user.tags {
        context.put(format!("aws:PrincipalTag/{key}"), &**value);
    }
}

/// Adds what is known of one need, as far as it is wanted.
fn add<'a>(context: &mut Context<'a>, need: &'a Need, wants: impl Fn(&str) -> bool) {
    for (key, value) in [
        ("aws:ResourceAccount", Some(&*need.account)),
        ("aws:RequestedRegion", need.region.as_deref()),
        ("dynamodb:EnclosingOperation", need.enclosing),
    ] {
        if let Some(value) = value.filter(|_| wants(key)) {
            context.put(key, value);
        }
    }
    for (key, values) in
        [("dynamodb:LeadingKeys", &need.leading_keys), ("dynamodb:Attributes", &need.attributes)]
    {
        if let Some(values) = values.as_ref().filter(|_| wants(key)) {
            context.put_all(key, values.iter().map(String::as_str));
        }
    }
    for (name, value) in &need.options {
        context.put(format!("dynamodb:{name}"), &**value);
    }
    for (key, value) in &need.resource_tags {
        context.put(format!("aws:ResourceTag/{key}"), &**value);
    }
    for (key, value) in &need.request_tags {
        if let Some(value) = value {
            context.put(format!("aws:RequestTag/{key}"), &**value);
        }
    }
    if !need.request_tags.is_empty() {
        context.put_all("aws:TagKeys", need.request_tags.keys().map(String::as_str));
    }
}
