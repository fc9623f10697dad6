//! What there is to say of a query: faults, what was mended without changing its meaning, and what may be mended.

use serde::{Serialize, Serializer};

use crate::body::Position;
use crate::command::Command;

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The service will refuse it, or it cannot be sent at all.
    Error,
    /// The service may refuse it, or do something else than was meant.
    Warning,
    /// Worth knowing.
    Info,
}

/// Something about a query that is, or may be, wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// What kind of problem it is, in one word: `UnknownMember`.
    pub code: &'static str,
    /// What is wrong, and where it is known what to do about it.
    pub message: String,
    /// Where in the text it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<Span>,
    /// Which member it is about: `Key.team_id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// A stretch of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Span {
    /// The line, counted from 1.
    pub line: usize,
    /// The character in the line, counted from 1.
    pub column: usize,
    /// How many characters it has.
    pub length: usize,
}

impl Span {
    /// The stretch between two bytes of a text.
    pub(crate) fn of(text: &str, start: usize, end: usize) -> Self {
        let Position { line, column } = Position::of(text, start);
        let length = text.get(start..end).map_or(0, |part| part.chars().count());
        Self { line, column, length }
    }
}

/// Something that was mended, because it changes nothing of what was meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// What kind of repair it was, in one word: `Typed`.
    pub code: &'static str,
    /// What was done.
    pub message: String,
    /// The member it was done to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// Something that may be mended, and changes what is asked: for the user to accept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fix {
    /// Its name, by which it is chosen: `reserved-word`. Unique among those offered for a query.
    pub id: String,
    /// What it does, in a few words.
    pub title: String,
    /// Why that helps.
    pub explanation: String,
    /// Whether it is likely what was meant: at most one of those that exclude each other is.
    pub is_recommended: bool,
    /// What is asked instead, one after the other. The last is the query itself, mended.
    pub steps: Vec<FixStep>,
}

/// A query of a fix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FixStep {
    /// The command.
    #[serde(serialize_with = "name")]
    pub command: Command,
    /// The whole body.
    pub text: String,
}

fn name<S: Serializer>(command: &Command, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(command.name())
}
