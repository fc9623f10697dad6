//! Who asks, and of whom a resource's policy speaks.

use super::budget;
use super::statement::Effect;

/// What a fault says of a principal that is none.
pub(super) const WANTED: &str =
    "*, an account's 12 digits, or the ARN of an account's root, a user, a role or a session";

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The ARN, as messages and `aws:PrincipalArn` have it.
    pub arn: String,
    /// The account, 12 digits.
    pub account: String,
    /// What the ARN is of.
    pub kind: PrincipalKind,
}

/// What a principal is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrincipalKind {
    /// The account itself.
    Root,
    /// One of its users.
    User,
    /// A session, of the account itself or of a user.
    Session {
        /// The ARN of whose session it is. A policy that speaks of that one speaks of the session too.
        of: String,
    },
}

/// How near a statement comes to who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// It leaves the decision to the account, whose own policies must allow it too.
    Account,
    /// It speaks of who asks, or of everybody.
    Person,
}

/// The principals of a statement. Those of other kinds than AWS accounts never ask here, so they are not kept.
#[derive(Debug, Clone)]
pub(super) struct Principals {
    is_excluding: bool,
    everybody: bool,
    accounts: Vec<String>,
    arns: Vec<String>,
}

impl Principals {
    /// None yet: of those that are added a statement speaks, or of all others.
    pub(super) fn new(is_excluding: bool) -> Self {
        Self { is_excluding, everybody: false, accounts: Vec::new(), arns: Vec::new() }
    }

    /// Adds one of `AWS`'s principals; `None` where it is none.
    pub(super) fn add(&mut self, text: &str) -> Option<()> {
        if text == "*" {
            self.everybody = true;
            return Some(());
        }
        if is_account(text) {
            self.accounts.push(text.to_owned());
            return Some(());
        }
        let mut parts = text.splitn(6, ':');
        let (arn, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
        let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
        let is_principal = arn == "arn"
            && is_partition(partition)
            && matches!(service, "iam" | "sts")
            && region.is_empty()
            && is_account(account)
            && !resource.is_empty()
            // Everybody is the only principal that a wildcard stands for.
            && !resource.contains(['*', '?']);
        is_principal.then_some(())?;
        if service == "iam" && resource == "root" {
            self.accounts.push(account.to_owned());
        } else {
            self.arns.push(text.to_owned());
        }
        Some(())
    }

    /// The steps that it takes to look for somebody.
    pub(super) fn steps(&self) -> usize {
        let arns = self.arns.iter().map(|arn| budget::steps(arn.len()));
        1 + self.accounts.len() + arns.sum::<usize>()
    }

    /// How near these come to who asks.
    pub(super) fn reach(&self, asker: &Principal, effect: Effect) -> Option<Reach> {
        let is_person = self.everybody || self.arns.iter().any(|arn| is_of(arn, asker));
        let is_account = self.accounts.contains(&asker.account);
        if self.is_excluding {
            let is_excluded = is_person
                || is_account
                    && match effect {
                        Effect::Allow => true,
                        // As on AWS, to spare an account from a denial is not to spare its users.
                        Effect::Deny => asker.kind == PrincipalKind::Root,
                    };
            return (!is_excluded).then_some(Reach::Person);
        }
        match (is_person, is_account) {
            (true, _) => Some(Reach::Person),
            (false, true) => Some(Reach::Account),
            (false, false) => None,
        }
    }
}

fn is_of(arn: &str, asker: &Principal) -> bool {
    let is_of_session = match &asker.kind {
        PrincipalKind::Root | PrincipalKind::User => false,
        PrincipalKind::Session { of } => arn == of,
    };
    is_of_session || arn == asker.arn
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether this is one of AWS's separate worlds: `aws`, `aws-cn`, `aws-us-gov` and so on.
pub(super) fn is_partition(text: &str) -> bool {
    text == "aws" || text.starts_with("aws-")
}
