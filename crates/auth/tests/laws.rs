//! Laws of decisions, whatever the policies say.

#![expect(clippy::unwrap_used, reason = "a test that fails here has failed")]

use std::sync::Arc;

use pixii_auth::policy::{
    Budget, Context, Decision, Fault, Identity, Kind, Named, Policies, Policy, Principal,
    PrincipalKind, Question, Why, decide_within,
};
use proptest::prelude::*;
use proptest::sample::select;

/// The parts of a document, few of each, so that statements meet each other.
const EFFECTS: &[&str] = &["Allow", "Deny"];
const ACTIONS: &[&str] = &[
    r#""Action": "*""#,
    r#""Action": "dynamodb:Get*""#,
    r#""Action": ["dynamodb:PutItem", "dynamodb:GetItem"]"#,
    r#""NotAction": "dynamodb:PutItem""#,
];
const RESOURCES: &[&str] = &[
    r#""Resource": "*""#,
    r#""Resource": "arn:aws:dynamodb:*:*:table/${aws:username}""#,
    r#""NotResource": "arn:aws:dynamodb:*:*:table/ann""#,
];
const CONDITIONS: &[&str] = &[
    "",
    r#", "Condition": {"StringEquals": {"x:k": "a"}}"#,
    r#", "Condition": {"StringNotEquals": {"x:k": ["a", "${x:l}"]}}"#,
    r#", "Condition": {"ForAllValues:StringLike": {"x:k": "a*"}}"#,
    r#", "Condition": {"ForAnyValue:StringNotLikeIfExists": {"x:k": "a*"}}"#,
    r#", "Condition": {"Null": {"x:l": "true"}}"#,
];
const PRINCIPALS: &[&str] = &[
    r#""Principal": "*""#,
    r#""Principal": {"AWS": "111111111111"}"#,
    r#""Principal": {"AWS": "arn:aws:iam::111111111111:user/ann"}"#,
    r#""NotPrincipal": {"AWS": "arn:aws:iam::111111111111:user/ann"}"#,
    r#""NotPrincipal": {"AWS": "111111111111"}"#,
];

/// All that bears on one decision.
#[derive(Debug, Clone)]
struct Case {
    identity: Option<Vec<Vec<String>>>,
    session: Option<Vec<String>>,
    resource: Option<Vec<String>>,
    principal: Principal,
    action: &'static str,
    resource_account: &'static str,
    context: Vec<(&'static str, Vec<&'static str>)>,
}

fn statement(effects: &'static [&'static str]) -> impl Strategy<Value = String> {
    let parts = (select(effects), select(ACTIONS), select(RESOURCES), select(CONDITIONS));
    parts.prop_map(|(effect, action, resource, condition)| {
        format!(r#"{{"Effect": "{effect}", {action}, {resource}{condition}}}"#)
    })
}

fn of_somebody(effects: &'static [&'static str]) -> impl Strategy<Value = String> {
    let parts = (statement(effects), select(PRINCIPALS));
    parts.prop_map(|(statement, principal)| statement.replacen('{', &format!("{{{principal}, "), 1))
}

fn principal() -> impl Strategy<Value = Principal> {
    let account = select(&["111111111111", "222222222222"][..]);
    (account, 0..3).prop_map(|(account, kind)| {
        let user = format!("arn:aws:iam::{account}:user/ann");
        let (arn, kind) = match kind {
            0 => (format!("arn:aws:iam::{account}:root"), PrincipalKind::Root),
            1 => (user, PrincipalKind::User),
            _ => {
                let arn = format!("arn:aws:sts::{account}:federated-user/ann");
                (arn, PrincipalKind::Session { of: user })
            }
        };
        Principal { arn, account: account.to_owned(), kind }
    })
}

fn case() -> impl Strategy<Value = Case> {
    let identity = prop::collection::vec(prop::collection::vec(statement(EFFECTS), 1..4), 0..3);
    let session = prop::option::of(prop::collection::vec(statement(EFFECTS), 1..4));
    let resource = prop::option::of(prop::collection::vec(of_somebody(EFFECTS), 1..4));
    let values = prop::collection::vec(select(&["a", "ab", "b"][..]), 0..3);
    let context = prop::collection::vec((select(&["x:k", "x:l"][..]), values), 0..3);
    let question = (
        principal(),
        select(&["dynamodb:GetItem", "dynamodb:PutItem"][..]),
        select(&["111111111111", "222222222222"][..]),
        context,
    );
    (identity, session, resource, question).prop_map(
        |(identity, session, resource, (principal, action, resource_account, context))| {
            let is_root = principal.kind == PrincipalKind::Root;
            let identity = (!is_root).then_some(identity);
            Case { identity, session, resource, principal, action, resource_account, context }
        },
    )
}

fn policy(statements: &[String], kind: Kind) -> Policy {
    let statements = statements.join(", ");
    let document = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
    Policy::parse(&document, kind).unwrap()
}

/// What a case is decided to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Allowed,
    Denied,
    ExplicitlyDenied,
    TooCostly,
}

impl Case {
    fn outcome(&self) -> Outcome {
        self.outcome_within(&mut Budget::new())
    }

    fn outcome_within(&self, budget: &mut Budget) -> Outcome {
        let named = self.identity.iter().flatten().map(|statements| Named {
            name: "p".to_owned(),
            policy: Arc::new(policy(statements, Kind::Identity)),
        });
        let named: Vec<Named> = named.collect();
        let session = self.session.as_ref().map(|statements| policy(statements, Kind::Session));
        let resource = self.resource.as_ref().map(|statements| policy(statements, Kind::Resource));
        let mut context = Context::default();
        context.put("aws:username", "ann");
        for (key, values) in &self.context {
            context.put_all(*key, values.iter().copied());
        }
        let identity = match self.identity {
            None => Identity::Everything,
            Some(_) => Identity::These(&named),
        };
        let policies =
            Policies { identity, session: session.as_ref(), resource: resource.as_ref() };
        let arn = format!("arn:aws:dynamodb:us-east-1:{}:table/ann", self.resource_account);
        let question = Question {
            principal: &self.principal,
            action: self.action,
            resource: &arn,
            resource_account: self.resource_account,
            context: &context,
        };
        match decide_within(&policies, &question, budget) {
            Decision::Allowed(_) => Outcome::Allowed,
            Decision::Denied(Why::ExplicitDeny(_)) => Outcome::ExplicitlyDenied,
            Decision::Denied(Why::NoIdentityAllow | Why::NoResourceAllow | Why::NoSessionAllow) => {
                Outcome::Denied
            }
            Decision::Denied(Why::TooCostly) => Outcome::TooCostly,
        }
    }

    /// The lists of statements, each with whether they are a resource's.
    fn lists(&mut self) -> Vec<(&mut Vec<String>, bool)> {
        let identity = self.identity.iter_mut().flatten().map(|list| (list, false));
        let session = self.session.iter_mut().map(|list| (list, false));
        let resource = self.resource.iter_mut().map(|list| (list, true));
        identity.chain(session).chain(resource).collect()
    }

    /// The case with one more statement in one of its lists, if it has any.
    fn with(&self, which: usize, [plain, of_somebody]: [String; 2]) -> Self {
        let mut case = self.clone();
        let mut lists = case.lists();
        let index = which % lists.len().max(1);
        if let Some((list, is_resource)) = lists.get_mut(index) {
            list.push(if *is_resource { of_somebody } else { plain });
        }
        case
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn a_further_denial_allows_nothing(
        case in case(),
        which: usize,
        plain in statement(&["Deny"]),
        other in of_somebody(&["Deny"]),
    ) {
        let (before, after) = (case.outcome(), case.with(which, [plain, other]).outcome());
        prop_assert!(before == Outcome::Allowed || after != Outcome::Allowed);
        prop_assert!(before != Outcome::ExplicitlyDenied || after == Outcome::ExplicitlyDenied);
    }

    #[test]
    fn a_further_allowance_lifts_no_denial_and_takes_nothing_away(
        case in case(),
        which: usize,
        plain in statement(&["Allow"]),
        other in of_somebody(&["Allow"]),
    ) {
        let (before, after) = (case.outcome(), case.with(which, [plain, other]).outcome());
        prop_assert_eq!(before == Outcome::ExplicitlyDenied, after == Outcome::ExplicitlyDenied);
        prop_assert!(before != Outcome::Allowed || after == Outcome::Allowed);
    }

    #[test]
    fn the_order_of_statements_and_of_policies_does_not_matter(case in case()) {
        let mut turned = case.clone();
        for (list, _) in turned.lists() {
            list.reverse();
        }
        if let Some(identity) = &mut turned.identity {
            identity.reverse();
        }
        prop_assert_eq!(case.outcome(), turned.outcome());
    }

    #[test]
    fn statements_mean_the_same_in_one_policy_as_in_several(case in case()) {
        let mut joined = case.clone();
        joined.identity = joined.identity.map(|policies| {
            let statements = policies.concat();
            if statements.is_empty() { Vec::new() } else { vec![statements] }
        });
        prop_assert_eq!(case.outcome(), joined.outcome());
    }

    #[test]
    fn a_session_may_do_nothing_that_it_could_not_do_without_a_policy(case in case()) {
        let mut without = case.clone();
        without.session = None;
        prop_assert!(case.outcome() != Outcome::Allowed || without.outcome() == Outcome::Allowed);
    }

    #[test]
    fn nothing_is_allowed_between_accounts_that_either_side_does_not_allow(case in case()) {
        let mut without = case.clone();
        without.resource = None;
        let is_elsewhere = case.principal.account != case.resource_account;
        prop_assert!(!is_elsewhere || without.outcome() != Outcome::Allowed);
        without = case.clone();
        without.identity = without.identity.map(|_| Vec::new());
        let is_root = case.identity.is_none();
        prop_assert!(is_root || !is_elsewhere || without.outcome() != Outcome::Allowed);
    }

    #[test]
    fn a_budget_is_enough_for_the_decision_or_makes_it_a_denial(case in case(), steps in 0..400_u64) {
        let mut ample = Budget::of(u64::MAX);
        let expected = case.outcome_within(&mut ample);
        prop_assert!(expected != Outcome::TooCostly);
        let needed = u64::MAX - ample.steps_left();
        let mut budget = Budget::of(steps);
        let outcome = case.outcome_within(&mut budget);
        prop_assert_eq!(outcome, if needed <= steps { expected } else { Outcome::TooCostly });
        prop_assert_eq!(budget.steps_left(), steps.saturating_sub(needed));
    }

    #[test]
    fn any_text_is_a_policy_or_a_fault(text in ".{0,60}") {
        for kind in [Kind::Identity, Kind::Session, Kind::Resource] {
            prop_assert!(Policy::parse(&text, kind).is_err());
        }
    }
}

#[test]
fn a_document_may_be_as_long_as_its_kind_allows() {
    let document = |action: &str, white: &str| {
        format!(
            r#"{{{white}"Statement":{{"Effect":"Allow","Principal":"*","Action":"a:{action}","Resource":"*"}}}}"#
        )
    };
    for (kind, maximum, counts_white) in [
        (Kind::Identity, 6144, false),
        (Kind::Session, 2048, false),
        (Kind::Resource, 20_480, true),
    ] {
        let text = |action: usize, white: usize| {
            let text = document(&"a".repeat(action), &" ".repeat(white));
            if kind == Kind::Resource { text } else { text.replace(r#""Principal":"*","#, "") }
        };
        let room = maximum - text(0, 0).len();
        assert!(Policy::parse(&text(room, 0), kind).is_ok());
        let fault = Policy::parse(&text(room + 1, 0), kind).unwrap_err();
        assert_eq!(fault, Fault::TooLong { length: maximum + 1, maximum });
        assert_eq!(Policy::parse(&text(room, 1), kind).is_err(), counts_white);
    }
}

#[test]
fn white_space_does_not_make_a_document_long_without_end() {
    let text = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let maximum = 16 * 1024;
    for kind in [Kind::Identity, Kind::Session] {
        let text = |length: usize| format!("{}{text}", " ".repeat(length - text.len()));
        assert!(Policy::parse(&text(maximum), kind).is_ok());
        let fault = Policy::parse(&text(maximum + 1), kind).unwrap_err();
        assert_eq!(fault, Fault::TooLong { length: maximum + 1, maximum });
    }
}

#[test]
fn nesting_without_end_is_a_fault_and_no_overflow() {
    for document in [
        format!("{}{}", "[".repeat(3000), "]".repeat(3000)),
        format!(r#"{{"Statement": {}1{}}}"#, "[".repeat(3000), "]".repeat(3000)),
        "{\"Statement\":".repeat(400),
    ] {
        assert!(Policy::parse(&document, Kind::Resource).is_err());
    }
}

/// Decides about a session that may write, but not attributes whose names are like a pattern. Gives the steps too.
fn decided(operator: &str, like: &str, names: &[String], budget: &mut Budget) -> (Outcome, u64) {
    let statements = [
        r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#.to_owned(),
        format!(
            r#"{{"Effect": "Deny", "Action": "*", "Resource": "*",
            "Condition": {{"{operator}": {{"dynamodb:Attributes": "{like}"}}}}}}"#
        ),
    ];
    let session = policy(&statements, Kind::Session);
    let policies =
        Policies { identity: Identity::Everything, session: Some(&session), resource: None };
    let account = "111111111111".to_owned();
    let arn = format!("arn:aws:iam::{account}:root");
    let principal = Principal { arn, account: account.clone(), kind: PrincipalKind::Root };
    let mut context = Context::default();
    context.put_all("dynamodb:Attributes", names.iter().map(String::as_str));
    let question = Question {
        principal: &principal,
        action: "dynamodb:BatchWriteItem",
        resource: "arn:aws:dynamodb:us-east-1:111111111111:table/orders",
        resource_account: &account,
        context: &context,
    };
    let before = budget.steps_left();
    let outcome = match decide_within(&policies, &question, budget) {
        Decision::Allowed(_) => Outcome::Allowed,
        Decision::Denied(Why::TooCostly) => Outcome::TooCostly,
        Decision::Denied(Why::ExplicitDeny(_)) => Outcome::ExplicitlyDenied,
        Decision::Denied(Why::NoIdentityAllow | Why::NoResourceAllow | Why::NoSessionAllow) => {
            Outcome::Denied
        }
    };
    (outcome, before - budget.steps_left())
}

#[test]
fn hostile_patterns_on_many_long_names_are_decided_within_the_budget_or_not_at_all() {
    let names: Vec<String> =
        (0..25_000).map(|index| format!("{index:05}{}", "a".repeat(995))).collect();
    for (operator, like, expected) in [
        ("ForAnyValue:StringLike", format!("*{}b", "?".repeat(1800)), Outcome::Allowed),
        ("ForAnyValue:StringLike", format!("*{}b", "?".repeat(900)), Outcome::Allowed),
        ("ForAnyValue:StringLike", format!("{}b", "*a".repeat(900)), Outcome::Allowed),
        ("ForAnyValue:StringEquals", "a".repeat(100), Outcome::Allowed),
        ("ForAnyValue:StringEquals", "a".repeat(1000), Outcome::TooCostly),
        ("ForAnyValue:StringEqualsIgnoreCase", "A".repeat(1000), Outcome::TooCostly),
        ("ForAnyValue:StringLike", "*24999a*".to_owned(), Outcome::TooCostly),
        ("ForAnyValue:StringLike", format!("*{}b*", "a?".repeat(450)), Outcome::TooCostly),
        ("ForAnyValue:StringLike", format!("*{}*b*", "?".repeat(900)), Outcome::TooCostly),
        ("ForAllValues:StringNotLike", format!("*{}b*", "a".repeat(900)), Outcome::TooCostly),
        ("ForAnyValue:NumericEquals", "1".to_owned(), Outcome::TooCostly),
    ] {
        let (outcome, _) = decided(operator, &like, &names, &mut Budget::new());
        assert_eq!(outcome, expected, "{operator} {like}");
    }
}

#[test]
fn what_policies_really_ask_takes_few_steps() {
    let names: Vec<String> = (0..1000).map(|index| format!("attribute{index}")).collect();
    for like in ["secret", "secret*", "*secret", "*secret*", "?ecret"] {
        let (outcome, steps) = decided("ForAnyValue:StringLike", like, &names, &mut Budget::new());
        assert_eq!(outcome, Outcome::Allowed);
        assert!(steps < 40_000, "{steps} steps for {like}");
    }
}

#[test]
fn decisions_may_share_a_budget_and_none_is_left_once_it_was_not_enough() {
    let names = ["a".repeat(1000)];
    let (_, steps) = decided("ForAnyValue:StringLike", "*b*", &names, &mut Budget::new());
    let mut budget = Budget::of(3 * steps - 1);
    let outcomes =
        [(); 4].map(|()| decided("ForAnyValue:StringLike", "*b*", &names, &mut budget).0);
    let (yes, no) = (Outcome::Allowed, Outcome::TooCostly);
    assert_eq!(outcomes, [yes, yes, no, no]);
}
