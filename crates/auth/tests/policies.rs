//! The scripts in `policies/`: policies, questions, `---`, decisions. `UPDATE=1` rewrites what is behind the lines.
//!
//! A block ends with an empty line. Its lines, of which those that begin with a blank go on with the one before:
//!
//! - `identity NAME JSON`, `session JSON` and `resource JSON` are policies; JSON without a `Statement` is one, or a list
//!   of some, of version 2012-10-17. `allow-when JSON` and `deny-when JSON` are an identity's policy for everything
//!   under a condition, the latter beside one that allows everything.
//! - `by root`, `by user NAME` or `by session NAME`, each with an account behind if it is another than 123456789012,
//!   says who asks. Without it, the user ann does.
//! - `ask [ACTION] [RESOURCE] [KEY=VALUE | KEY=[VALUE,VALUE]]…` is a question, `tell` one whose answer is the message.
//!   Without them it is dynamodb:GetItem of the table orders; a resource may do without what is before `table/`.
//! - `parse KIND JSON` reads a document, `mentions PREFIX` asks the policies of the block whether they need some keys.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that fails here has failed")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pixii_auth::policy::{
    By, Context, Decision, Denied, Grant, Identity, Kind, Named, Policies, Policy, Principal,
    PrincipalKind, Question, Why, decide,
};

const ACCOUNT: &str = "123456789012";
const TABLES: &str = "arn:aws:dynamodb:us-east-1:123456789012:";
const EVERYTHING: &str = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;

/// The policies of a block and who asks.
struct Block {
    identity: Vec<Named>,
    session: Option<Policy>,
    resource: Option<Policy>,
    principal: Principal,
    is_root: bool,
}

#[test]
fn every_script_has_the_answers_that_it_says() {
    let folder =
        PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("tests/policies");
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let mut questions = 0;
    for file in files {
        questions += check(&file);
    }
    // Scripts that are not read answer nothing wrong.
    assert!(questions > 1000, "{questions} questions");
    eprintln!("{questions} questions");
}

/// Checks a script, or rewrites it. Gives how many questions it has.
fn check(file: &Path) -> usize {
    let script = fs::read_to_string(file).unwrap();
    let mut rewritten = String::new();
    let mut questions = 0;
    for (index, block) in script.trim_end().split("\n\n").enumerate() {
        let (head, _) = block.split_once("\n---").unwrap_or((block, ""));
        let answers = answers(head);
        questions += answers.len();
        if index > 0 {
            rewritten.push('\n');
        }
        rewritten.push_str(head);
        rewritten.push('\n');
        if !answers.is_empty() {
            writeln!(rewritten, "---\n{}", answers.join("\n")).unwrap();
        }
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::write(file, &rewritten).unwrap();
        return questions;
    }
    let mut pairs = script.lines().zip(rewritten.lines()).enumerate();
    if let Some((index, (said, found))) = pairs.find(|(_, (said, found))| said != found) {
        panic!("{}:{}: {said:?} is now {found:?}", file.display(), index + 1);
    }
    assert_eq!(script.len(), rewritten.len(), "{}: UPDATE=1 rewrites it", file.display());
    questions
}

/// What the questions of a block are answered, in their order.
fn answers(head: &str) -> Vec<String> {
    let lines = lines(head);
    let block = block(&lines);
    lines
        .iter()
        .filter_map(|line| {
            let (command, rest) = line.split_once(' ').unwrap_or((line, ""));
            match command {
                "ask" => Some(block.answer(rest, false)),
                "tell" => Some(block.answer(rest, true)),
                "parse" => Some(parse(rest)),
                "mentions" => Some(block.mentions(rest)),
                _ => None,
            }
        })
        .collect()
}

/// The lines that say something, each with those that go on with it.
fn lines(head: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in head.lines().filter(|line| !line.starts_with('#')) {
        match lines.last_mut() {
            Some(before) if line.starts_with(' ') => {
                before.push('\n');
                before.push_str(line);
            }
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

fn block(lines: &[String]) -> Block {
    let mut block = Block {
        identity: Vec::new(),
        session: None,
        resource: None,
        principal: principal("user ann"),
        is_root: false,
    };
    for line in lines {
        let (command, rest) = line.split_once(' ').unwrap_or((line, ""));
        match command {
            "identity" => {
                let (name, json) = rest.split_once(' ').unwrap();
                block.add(name, json);
            }
            "allow-when" => block.add("when", &under(EVERYTHING, rest)),
            "deny-when" => {
                block.add("all", EVERYTHING);
                let denial = EVERYTHING.replace("Allow", "Deny");
                block.add("when", &under(&denial, rest));
            }
            "session" => block.session = Some(policy(rest, Kind::Session)),
            "resource" => block.resource = Some(policy(rest, Kind::Resource)),
            "by" => {
                block.principal = principal(rest);
                block.is_root = rest.contains("root");
            }
            "ask" | "tell" | "parse" | "mentions" => {}
            other => panic!("{other:?} is no command"),
        }
    }
    block
}

/// A statement under a condition.
fn under(statement: &str, condition: &str) -> String {
    statement.replace('}', &format!(r#", "Condition": {condition}}}"#))
}

fn policy(json: &str, kind: Kind) -> Policy {
    let wrapped = format!(r#"{{"Version": "2012-10-17", "Statement": {json}}}"#);
    let document = if json.contains("\"Statement\"") { json } else { &wrapped };
    Policy::parse(document, kind).unwrap_or_else(|fault| panic!("{fault}: {document}"))
}

fn principal(text: &str) -> Principal {
    let words: Vec<&str> = text.split(' ').collect();
    let (kind, name, account) = match words[..] {
        ["root"] => ("root", "root", ACCOUNT),
        ["root", account] => ("root", "root", account),
        [kind, name] => (kind, name, ACCOUNT),
        [kind, name, account] => (kind, name, account),
        _ => panic!("{text:?} is nobody"),
    };
    let of = match name {
        "root" => format!("arn:aws:iam::{account}:root"),
        name => format!("arn:aws:iam::{account}:user/{name}"),
    };
    let session = format!("arn:aws:sts::{account}:federated-user/{name}");
    let (arn, kind) = match kind {
        "root" => (of, PrincipalKind::Root),
        "user" => (of, PrincipalKind::User),
        "session" => (session, PrincipalKind::Session { of }),
        other => panic!("{other:?} is nobody"),
    };
    Principal { arn, account: account.to_owned(), kind }
}

impl Block {
    fn add(&mut self, name: &str, json: &str) {
        let policy = Arc::new(policy(json, Kind::Identity));
        self.identity.push(Named { name: name.to_owned(), policy });
    }

    fn answer(&self, question: &str, is_message: bool) -> String {
        let mut words = words(question).into_iter().peekable();
        let mut plain = || words.next_if(|word| !word.contains('='));
        let action = plain().unwrap_or_else(|| "dynamodb:GetItem".to_owned());
        let resource = plain().unwrap_or_else(|| "table/orders".to_owned());
        let resource =
            if resource.starts_with("table/") { format!("{TABLES}{resource}") } else { resource };
        let mut context = Context::default();
        for word in words {
            let (key, value) = word.split_once('=').unwrap();
            match value.strip_prefix('[').and_then(|list| list.strip_suffix(']')) {
                Some("") => context.put_all(key.to_owned(), [""; 0]),
                Some(list) => context.put_all(key.to_owned(), list.split(',').map(str::to_owned)),
                None => context.put(key.to_owned(), value.to_owned()),
            }
        }
        let question = Question {
            principal: &self.principal,
            action: &action,
            resource: &resource,
            resource_account: resource.split(':').nth(4).unwrap_or(&self.principal.account),
            context: &context,
        };
        let identity =
            if self.is_root { Identity::Everything } else { Identity::These(&self.identity) };
        let (session, resource) = (self.session.as_ref(), self.resource.as_ref());
        let decision = decide(&Policies { identity, session, resource }, &question);
        match decision {
            Decision::Denied(why) if is_message => Denied::new(&question, &why).to_string(),
            Decision::Allowed(_) | Decision::Denied(_) => shown(&decision),
        }
    }

    fn mentions(&self, prefix: &str) -> String {
        let policies = self.identity.iter().map(|named| &*named.policy);
        let mut policies = policies.chain(&self.session).chain(&self.resource);
        if policies.any(|policy| policy.mentions(prefix)) { "yes" } else { "no" }.to_owned()
    }
}

/// Words with blanks between, of which some may be in quotes.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for character in text.chars() {
        match character {
            '"' => is_quoted = !is_quoted,
            ' ' | '\n' if !is_quoted => words.push(String::new()),
            other => words.last_mut().unwrap().push(other),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn shown(decision: &Decision<'_>) -> String {
    let by = |by: &By<'_>| {
        let name = by.policy.unwrap_or(match by.kind {
            Kind::Identity => "identity",
            Kind::Session => "session",
            Kind::Resource => "resource",
        });
        let sid = by.sid.map(|sid| format!(" {sid}")).unwrap_or_default();
        format!("{name}[{}]{sid}", by.statement)
    };
    match decision {
        Decision::Allowed(Grant::Root) => "allowed as root".to_owned(),
        Decision::Allowed(Grant::Statement(statement)) => format!("allowed by {}", by(statement)),
        Decision::Denied(Why::ExplicitDeny(statement)) => format!("denied by {}", by(statement)),
        Decision::Denied(Why::NoIdentityAllow) => "denied, no identity allows".to_owned(),
        Decision::Denied(Why::NoResourceAllow) => "denied, no resource allows".to_owned(),
        Decision::Denied(Why::NoSessionAllow) => "denied, no session allows".to_owned(),
        Decision::Denied(Why::TooCostly) => "denied, too costly".to_owned(),
    }
}

fn parse(text: &str) -> String {
    let (kind, json) = text.split_once(' ').unwrap();
    let kind = match kind {
        "identity" => Kind::Identity,
        "session" => Kind::Session,
        "resource" => Kind::Resource,
        other => panic!("{other:?} is no kind"),
    };
    match Policy::parse(json, kind) {
        Ok(_) => "well-formed".to_owned(),
        Err(fault) => fault.to_string(),
    }
}
