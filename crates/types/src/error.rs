//! What can be wrong with a request's parameters, each taken by itself. The texts are the service's.

use std::fmt;

use crate::number::NumberError;
use crate::value::ValueType;

/// A reason to refuse a parameter.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// A member's JSON type is not the one it must have. Comes before every other fault.
    #[error(transparent)]
    Type(#[from] TypeError),
    /// Members that break their constraints, all of them in one message.
    #[error("{}", envelope(.0))]
    Constraints(Vec<Constraint>),
    /// An attribute value that is none.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// An attribute value of `ExpressionAttributeValues` that is none.
    #[error("ExpressionAttributeValues contains invalid value: {error} for key {key}")]
    ExpressionValue {
        /// The placeholder.
        key: String,
        /// What is wrong with its value.
        error: ValueError,
    },
    /// A value of a starting key that is none.
    #[error("The provided starting key is invalid: {0}")]
    StartKeyValue(ValueError),
}

/// A member has another JSON type than it must have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TypeError {
    /// A scalar where another was wanted.
    #[error("{found} cannot be converted to {wanted}")]
    Scalar {
        /// What was found, as the service's parser calls it.
        found: &'static str,
        /// The Java type that the service wanted.
        wanted: &'static str,
    },
    /// An object where there should be none.
    #[error("Start of structure or map found where not expected")]
    Object,
    /// An array where there should be none.
    #[error("Unrecognized collection type {0}")]
    Array(&'static str),
    /// A scalar where an object or an array was wanted.
    #[error("Unexpected token received from parser")]
    Field,
    /// A scalar where an element of a list or map should be an object.
    #[error("Unexpected value type in payload")]
    Element,
    /// A string that is no boolean.
    #[error("Unexpected token received from parser")]
    Token,
    /// Something other than a string where bytes were wanted.
    #[error("only base-64-encoded strings are convertible to bytes")]
    Bytes,
    /// A base64 text of a wrong length.
    #[error("Base64 encoded length is expected a multiple of 4 bytes but found: {0}")]
    Base64Length(usize),
    /// A base64 text with characters that do not belong there.
    #[error("Invalid last non-pad Base64 character dectected")]
    Base64,
}

/// A member that breaks a constraint of the service model.
#[derive(Debug, Clone, PartialEq)]
pub struct Constraint {
    /// The value as the message shows it, shortened if it is long; `None` where it is missing.
    pub value: Option<String>,
    /// Where it stands, in the service's notation: `keySchema.1.member.attributeName`.
    pub path: String,
    /// The rule it breaks.
    pub rule: Rule,
}

/// A rule that a member may break.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Rule {
    /// The member is required.
    #[error("Member must not be null")]
    NotNull,
    /// Fewest characters, elements or entries.
    #[error("Member must have length greater than or equal to {0}")]
    LengthMin(usize),
    /// Most characters, elements or entries.
    #[error("Member must have length less than or equal to {0}")]
    LengthMax(usize),
    /// Fewest and most elements of each value of a map.
    #[error(
        "Map value must satisfy constraint: [Member must have length less than or equal to {max}, Member must have length greater than or equal to {min}]"
    )]
    MapValueLength {
        /// Fewest.
        min: usize,
        /// Most.
        max: usize,
    },
    /// Smallest number.
    #[error("Member must have value greater than or equal to {0}")]
    ValueMin(i64),
    /// Largest number.
    #[error("Member must have value less than or equal to {0}")]
    ValueMax(i64),
    /// The pattern of names.
    #[error("Member must satisfy regular expression pattern: {0}")]
    Pattern(&'static str),
    /// One of a closed set.
    #[error("Member must satisfy enum value set: [{}]", .0.join(", "))]
    Choice(Vec<&'static str>),
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "Value '{value}'")?,
            None => f.write_str("Value null")?,
        }
        write!(f, " at '{}' failed to satisfy constraint: {}", self.path, self.rule)
    }
}

fn envelope(constraints: &[Constraint]) -> String {
    let count = constraints.len();
    let plural = if count == 1 { "" } else { "s" };
    let list: Vec<_> = constraints.iter().map(ToString::to_string).collect();
    format!("{count} validation error{plural} detected: {}", list.join("; "))
}

/// A reason why something is no attribute value.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ValueError {
    /// No member at all, or none that names a type.
    #[error(
        "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
    )]
    Empty,
    /// More than one member.
    #[error(
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
    )]
    Several,
    /// `{"NULL": false}`.
    #[error(
        "One or more parameter values were invalid: Null attribute value types must have the value of true"
    )]
    NullIsFalse,
    /// A set without members.
    #[error("One or more parameter values were invalid: {}", empty_set(*.0))]
    EmptySet(ValueType),
    /// A member twice. The text shows the set's members.
    #[error("One or more parameter values were invalid: Input collection {0} contains duplicates.")]
    Duplicates(String),
    /// A number set with a number twice.
    #[error("Input collection contains duplicates")]
    DuplicateNumbers,
    /// A text that is no number, with the text.
    #[error("The parameter cannot be converted to a numeric value{}", after_colon(.0))]
    NotANumber(String),
    /// A number out of range.
    #[error(transparent)]
    Number(NumberError),
    /// Maps and lists too deep.
    #[error("Nesting Levels have exceeded supported limits")]
    TooDeep,
    /// An attribute without a name.
    #[error("One or more parameter values were invalid: Empty attribute name")]
    EmptyName,
    /// An attribute's name of 64 KiB or more.
    #[error(
        "One or more parameter values were invalid: Attribute name is too large, must be less than 65536 bytes"
    )]
    LongName,
}

fn empty_set(kind: ValueType) -> &'static str {
    match kind {
        ValueType::Ss => "An string set  may not be empty",
        ValueType::Ns => "An number set  may not be empty",
        ValueType::Bs
        | ValueType::S
        | ValueType::N
        | ValueType::B
        | ValueType::Bool
        | ValueType::Null
        | ValueType::L
        | ValueType::M => "Binary sets should not be empty",
    }
}

fn after_colon(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}
