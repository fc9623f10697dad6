//! What a caller may do: policies in AWS's own language, read once and asked for every request.
//!
//! Nothing is looked up here. A [`Question`] brings the names and values that conditions speak of, and [`decide`] says
//! which statement answers it. Where AWS leaves open what a statement means, it means here what gives away less.

mod address;
mod budget;
mod condition;
mod context;
mod decision;
mod denied;
mod fault;
mod json;
mod members;
mod number;
mod operator;
mod pattern;
mod principal;
mod read;
mod statement;
mod time;

use statement::Statement;

pub use budget::Budget;
pub use context::Context;
pub use decision::{
    By, Decision, Grant, Identity, Named, Policies, Question, Why, decide, decide_within,
};
pub use denied::{Denied, Reason};
pub use fault::Fault;
pub use principal::{Principal, PrincipalKind};

/// The most bytes of a document whose white space does not count. IAM's characters take two bytes at most, so that even
/// of those that count there is room for as many as there may be.
const WHOLE_BYTES_MAX: usize = 16 * 1024;

/// What a policy is attached to, which decides what it may say and how long it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A user. Its statements name no principals: they speak of that user.
    Identity,
    /// A session, which it cuts down. Its statements name no principals.
    Session,
    /// A resource. Each of its statements says of whom it speaks.
    Resource,
}

impl Kind {
    /// The most characters of a document. IAM does not count white space, DynamoDB does.
    const fn characters_max(self) -> usize {
        match self {
            Self::Identity => 6144,
            Self::Session => 2048,
            Self::Resource => 20 * 1024,
        }
    }

    /// The most bytes of a document, white space included: where that does not count, it still is read.
    const fn bytes_max(self) -> usize {
        match self {
            Self::Identity | Self::Session => WHOLE_BYTES_MAX,
            Self::Resource => self.characters_max(),
        }
    }

    /// Whether the statements say of whom they speak.
    const fn has_principals(self) -> bool {
        match self {
            Self::Identity | Self::Session => false,
            Self::Resource => true,
        }
    }

    /// How many characters of a document count.
    fn characters(self, text: &str) -> usize {
        match self {
            Self::Identity | Self::Session => {
                text.chars().filter(|character| !character.is_whitespace()).count()
            }
            Self::Resource => text.len(),
        }
    }
}

/// A policy document, prepared so that a decision parses nothing and hardly allocates.
#[derive(Debug, Clone)]
pub struct Policy {
    kind: Kind,
    statements: Vec<Statement>,
}

impl Policy {
    /// Reads a document.
    ///
    /// # Errors
    /// The first fault that IAM, too, would refuse the document for, and some that it would let pass: values that
    /// their operator can never match.
    pub fn parse(text: &str, kind: Kind) -> Result<Self, Fault> {
        for (length, maximum) in
            [(text.len(), kind.bytes_max()), (kind.characters(text), kind.characters_max())]
        {
            if length > maximum {
                return Err(Fault::TooLong { length, maximum });
            }
        }
        Ok(Self { kind, statements: read::statements(text, kind)? })
    }

    /// Whether a condition key or a policy variable begins with `key_prefix`, in any case: what a question must bring
    /// besides what it has anyway.
    #[must_use]
    pub fn mentions(&self, key_prefix: &str) -> bool {
        let begins = |key: &str| {
            key.get(..key_prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(key_prefix))
        };
        self.statements.iter().flat_map(Statement::keys).any(begins)
    }
}
