//! What an expression says, once its text is read and its placeholders are filled in.
//!
//! Names and values are shared rather than copied: one placeholder may be long and be used a
//! thousand times.

use std::fmt;
use std::sync::Arc;

use types::{AttributeValue, ValueType};

/// Where in an item a value is: a top-level attribute, and the way on from there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path {
    /// The top-level attribute's name.
    pub name: Arc<str>,
    /// What to follow inside its value.
    pub rest: Vec<Step>,
}

/// One element of a path below the top level.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Into a map, by name.
    Member(Arc<str>),
    /// Into a list, by position from 0.
    Index(usize),
}

impl Path {
    /// The path to a top-level attribute.
    #[must_use]
    pub fn top_level(name: &str) -> Self {
        Self { name: Arc::from(name), rest: Vec::new() }
    }
}

impl fmt::Display for Path {
    /// As messages have it: `[name, member, [0]]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}", self.name)?;
        for step in &self.rest {
            match step {
                Step::Member(name) => write!(f, ", {name}")?,
                Step::Index(index) => write!(f, ", [{index}]")?,
            }
        }
        f.write_str("]")
    }
}

/// What may hold of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Each of these holds. None at all: it holds.
    All(Vec<Condition>),
    /// One of these holds.
    Any(Vec<Condition>),
    /// This does not hold.
    Not(Box<Condition>),
    /// Two values compare so.
    Compare(Comparator, Operand, Operand),
    /// The first value lies between the others, or equals one of them.
    Between(Operand, Operand, Operand),
    /// The first value equals one of the others.
    In(Operand, Vec<Operand>),
    /// There is something at the path.
    Exists(Path),
    /// There is nothing at the path.
    NotExists(Path),
    /// The value has the type.
    HasType(Operand, ValueType),
    /// The first value begins with the second.
    BeginsWith(Operand, Operand),
    /// The first value has the second as a part or a member.
    Contains(Operand, Operand),
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the documentation")]
pub enum Comparator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparator {
    /// As a text has it.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    /// What holds of `b` and `a` where this holds of `a` and `b`.
    #[must_use]
    pub const fn turned_around(self) -> Self {
        match self {
            Self::Equal => Self::Equal,
            Self::NotEqual => Self::NotEqual,
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
        }
    }
}

/// A value of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operand {
    /// What is at the path, if anything is.
    Path(Path),
    /// A value of the request.
    Value(Arc<AttributeValue>),
    /// The size of what the operand is, if it has one.
    Size(Box<Operand>),
}

/// What an update does to an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// In the order of the text. Each sees the item as it was before all of them, and no path
    /// of one leads to or through that of another.
    pub actions: Vec<Action>,
    /// How the request said it.
    pub origin: Origin,
}

/// How a request says what to update. It decides the words in which some faults are told, and
/// what counts against the limit of an item's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// With a text.
    Expression,
    /// With the parameter that came before texts.
    AttributeUpdates,
}

/// What an update does at one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Puts a value there, over the one that is there if any.
    Set(Path, Source),
    /// Removes what is there.
    Remove(Path),
    /// Adds a number to the number there, or members to the set there, or elements to the list
    /// there: a text never says the last, but the parameter that came before texts does.
    Add(Path, Arc<AttributeValue>),
    /// Removes members from the set there.
    Delete(Path, Arc<AttributeValue>),
}

impl Action {
    /// Where it acts.
    #[must_use]
    pub const fn target(&self) -> &Path {
        match self {
            Self::Set(path, _)
            | Self::Remove(path)
            | Self::Add(path, _)
            | Self::Delete(path, _) => path,
        }
    }
}

/// Where the value comes from that an update sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// What is at the path.
    Path(Path),
    /// A value of the request.
    Value(Arc<AttributeValue>),
    /// What is at the path, or else the other.
    IfNotExists(Path, Box<Source>),
    /// The elements of the first list, then those of the second.
    ListAppend(Box<Source>, Box<Source>),
    /// Two numbers together.
    Sum(Box<Source>, Box<Source>),
    /// The first number less the second.
    Difference(Box<Source>, Box<Source>),
}
