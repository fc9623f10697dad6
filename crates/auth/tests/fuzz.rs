//! Hostile documents, read and asked.

use std::sync::Arc;

use pixii_auth::policy::{
    Context, Decision, Identity, Kind, Named, Policies, Policy, Principal, PrincipalKind, Question,
    decide,
};

/// Whatever a document says, it is refused in words or answers a question, whoever it is of.
#[test]
fn no_document_breaks_a_decision() {
    fuzz::target("policy", 20_000, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        for kind in [Kind::Identity, Kind::Session, Kind::Resource] {
            match Policy::parse(&text, kind) {
                Ok(policy) => ask(policy, kind),
                Err(fault) => assert!(!fault.to_string().is_empty()),
            }
        }
    });
}

/// Asks a policy, which may allow nothing beyond the account but with a user's own policies.
fn ask(policy: Policy, kind: Kind) {
    let user = "arn:aws:iam::123456789012:user/ann".to_owned();
    let principal =
        Principal { arn: user, account: "123456789012".to_owned(), kind: PrincipalKind::User };
    let mut context = Context::default();
    context.put("aws:username", "ann");
    context.put("aws:SourceIp", "::ffff:203.0.113.9");
    context.put("aws:CurrentTime", "2026-01-02T03:04:05Z");
    context.put_all("dynamodb:LeadingKeys", ["ann", "a*b", ""]);
    let policy = Arc::new(policy);
    let named = [Named { name: "p".to_owned(), policy: policy.clone() }];
    let of = |wanted| (kind == wanted).then_some(&*policy);
    let identity = Identity::These(if kind == Kind::Identity { &named } else { &[] });
    let policies = Policies { identity, session: of(Kind::Session), resource: of(Kind::Resource) };
    for account in ["123456789012", "999999999999"] {
        let resource = format!("arn:aws:dynamodb:us-east-1:{account}:table/ann");
        let question = Question {
            principal: &principal,
            action: "dynamodb:GetItem",
            resource: &resource,
            resource_account: account,
            context: &context,
        };
        let decision = decide(&policies, &question);
        assert_eq!(decision, decide(&policies, &question));
        let is_allowed = matches!(decision, Decision::Allowed(_));
        assert!(
            !is_allowed || account == principal.account,
            "one side alone let another account in"
        );
    }
    assert!(
        policy.mentions("") || !policy.mentions("aws:"),
        "what begins with aws: begins with nothing"
    );
}
