//! Every reason to refuse a document. The texts say where the fault is and what would be right there.

use crate::error::echo;

/// A reason to refuse a document. A `place` is a path in it, such as `Statement[0].Action`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// More characters than such a document may have.
    #[error("The document has {length} characters; it may have at most {maximum}")]
    TooLong {
        /// How many it has, those counted that count.
        length: usize,
        /// How many it may have.
        maximum: usize,
    },
    /// Text that is no JSON.
    #[error("The document is not JSON: {0}")]
    NotJson(String),
    /// A value of another type.
    #[error("{place} must be {wanted}")]
    WrongType {
        /// Where.
        place: String,
        /// What is right there.
        wanted: &'static str,
    },
    /// A list of nothing.
    #[error("{place} must not be empty")]
    Empty {
        /// Where.
        place: String,
    },
    /// A name that stands twice in one object.
    #[error("{place} is there twice; once is right")]
    Duplicate {
        /// Where.
        place: String,
    },
    /// A name that means nothing there.
    #[error("{place} is unknown; known there: {known}")]
    Unknown {
        /// Where.
        place: String,
        /// What could stand there.
        known: &'static str,
    },
    /// Something that must be there and is not.
    #[error("{place} needs {wanted}")]
    Missing {
        /// Where.
        place: String,
        /// What is not there.
        wanted: &'static str,
    },
    /// Two elements of which a statement has one.
    #[error("{place} has both {one} and {other}; it must have one of them")]
    Both {
        /// Where.
        place: String,
        /// One of them.
        one: &'static str,
        /// The other one.
        other: &'static str,
    },
    /// A principal in a policy that speaks of whom it is attached to.
    #[error("{place} must not be there: only a resource's policy names principals")]
    Principal {
        /// Where.
        place: String,
    },
    /// Text that means nothing there.
    #[error("{place} must be {wanted}, not '{value}'")]
    Value {
        /// Where.
        place: String,
        /// The text, shortened if it is long.
        value: String,
        /// What is right there.
        wanted: &'static str,
    },
    /// Two statements of one name.
    #[error("{place} '{value}' is another statement's too; each must have its own")]
    SidUsedTwice {
        /// Where the second one is.
        place: String,
        /// The name.
        value: String,
    },
}

impl Fault {
    /// Text that means nothing there.
    pub(super) fn value(place: &str, value: &str, wanted: &'static str) -> Self {
        Self::Value { place: place.to_owned(), value: echo(value), wanted }
    }

    /// A value of another type.
    pub(super) fn wrong_type(place: &str, wanted: &'static str) -> Self {
        Self::WrongType { place: place.to_owned(), wanted }
    }
}
