//! Why an expression is refused. Every text is on the wire, and clients match on some of them.
//!
//! Texts are the service's, as its local edition has them. All are `ValidationException` there.

use std::fmt;

use types::NumberError;

use crate::legacy::LegacyFault;

/// Which parameter of a request an expression is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// What an update does to an item.
    Update,
    /// What must hold of an item for a write to happen.
    Condition,
    /// Which items a query reads.
    KeyCondition,
    /// Which of the items read are returned.
    Filter,
    /// Which attributes are returned.
    Projection,
}

impl fmt::Display for Kind {
    /// The parameter's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Update => "UpdateExpression",
            Self::Condition => "ConditionExpression",
            Self::KeyCondition => "KeyConditionExpression",
            Self::Filter => "FilterExpression",
            Self::Projection => "ProjectionExpression",
        })
    }
}

/// Which of the two maps of placeholders is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Parameter {
    /// What each `#name` stands for.
    Names,
    /// What each `:value` stands for.
    Values,
}

impl fmt::Display for Parameter {
    /// The parameter's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Names => "ExpressionAttributeNames",
            Self::Values => "ExpressionAttributeValues",
        })
    }
}

/// A reason an expression, or the placeholders it uses, were refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The expression itself is wrong.
    #[error("Invalid {kind}: {fault}")]
    Invalid {
        /// Which expression.
        kind: Kind,
        /// What is wrong with it.
        fault: Fault,
    },

    /// A map of placeholders without any.
    #[error("{0} must not be empty")]
    NoPlaceholders(Parameter),
    /// `#name`s in a request that has no expression. The caller knows, and raises this.
    #[error("ExpressionAttributeNames can only be specified when using expressions")]
    NamesWithoutExpression,
    /// `:value`s in a request that has none of the expressions that could use them. The caller
    /// knows, and raises this.
    #[error(
        "ExpressionAttributeValues can only be specified when using expressions: {} null",
        absent(.0)
    )]
    ValuesWithoutExpression(
        /// The expressions that could have used them, in the order in which to name them.
        Vec<Kind>,
    ),
    /// A placeholder that is no sign followed by letters, digits and underscores.
    #[error("{parameter} contains invalid key: Syntax error; key: \"{key}\"")]
    PlaceholderSyntax {
        /// Which map has it.
        parameter: Parameter,
        /// The placeholder, cut if long.
        key: String,
    },
    /// A placeholder of no characters at all.
    #[error("{0} contains invalid key: The expression attribute map contains an empty key;")]
    EmptyPlaceholder(Parameter),
    /// A placeholder too long to be one.
    #[error(
        "{parameter} contains invalid key: The expression attribute map contains a key that is too long; size of key: {bytes}"
    )]
    PlaceholderLength {
        /// Which map has it.
        parameter: Parameter,
        /// Its length.
        bytes: usize,
    },
    /// A `#name` that stands for the empty name, which no attribute has.
    #[error("ExpressionAttributeNames contains invalid value: Empty attribute name for key {key}")]
    EmptyName {
        /// The placeholder.
        key: String,
    },
    /// A `#name` that stands for a name longer than any attribute's.
    #[error(
        "ExpressionAttributeNames contains invalid value: Attribute name is too large, must be less than 65536 bytes for key {key}"
    )]
    NameLength {
        /// The placeholder.
        key: String,
    },
    /// A `:value` of more levels than an item may have.
    #[error(
        "ExpressionAttributeValues contains invalid value: Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit for key {key}"
    )]
    ValueNesting {
        /// The placeholder.
        key: String,
    },
    /// Placeholders that no expression uses.
    #[error("Value provided in {parameter} unused in expressions: keys: {{{keys}}}")]
    Unused {
        /// Which map has them.
        parameter: Parameter,
        /// The placeholders with commas between, cut if long.
        keys: String,
    },

    /// `AttributesToGet` with a name twice.
    #[error("One or more parameter values were invalid: Duplicate value in attribute name: {name}")]
    DuplicateAttribute {
        /// The name, cut if long.
        name: String,
    },
    /// A parameter of literal names with one that no attribute can have.
    #[error("Empty attribute name")]
    EmptyAttributeName,
    /// A parameter of literal names with one that is longer than any attribute's.
    #[error(
        "One or more parameter values were invalid: Attribute name is too large, must be less than 65536 bytes"
    )]
    AttributeNameLength,
    /// A parameter of the older style that is wrong by itself.
    #[error("One or more parameter values were invalid: {0}")]
    Legacy(#[from] LegacyFault),
    /// `BETWEEN` with the larger value first, in a parameter of the older style.
    #[error(
        "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"
    )]
    ReversedBounds,
    /// `ConditionalOperator` and no conditions.
    #[error("ConditionalOperator cannot be used without Filter or Expected")]
    NothingToJoin,
    /// `ConditionalOperator` and one condition.
    #[error(
        "ConditionalOperator can only be used when Filter or Expected has two or more elements"
    )]
    OneToJoin,
    /// `KeyConditions` without any.
    #[error("Conditions can be of length 1 or 2 only")]
    NoKeyConditions,

    /// An operator or function that keys cannot be found by.
    #[error("Invalid operator used in KeyConditionExpression: {0}")]
    KeyOperator(
        /// As conditions spell it.
        &'static str,
    ),
    /// A condition that compares two attributes.
    #[error(
        "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition"
    )]
    KeyConditionAttributes,
    /// A condition that compares no attribute.
    #[error("Invalid condition in KeyConditionExpression: No key attribute specified")]
    KeyConditionWithoutAttribute,
    /// `BETWEEN` or `begins_with` with the attribute anywhere but first.
    #[error(
        "Invalid condition in KeyConditionExpression: {0} operator must have the key attribute as its first operand"
    )]
    KeyConditionOrder(
        /// Which of them.
        &'static str,
    ),
    /// `size` in a key condition.
    #[error("KeyConditionExpressions cannot contain nested operations")]
    KeyConditionNesting,
    /// A path into an attribute, where only a whole one can be a key.
    #[error(
        "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: {name}"
    )]
    KeyPath {
        /// The attribute's name, cut if long.
        name: String,
    },
    /// Two conditions on one attribute.
    #[error("KeyConditionExpressions must only contain one condition per key")]
    KeyConditionTwice,

    /// An update reads an attribute that the item lacks.
    #[error("The provided expression refers to an attribute that does not exist in the item")]
    MissingAttribute,
    /// An update writes below something that is not there, or is of another kind.
    #[error("The document path provided in the update expression is invalid for update")]
    MissingParent,
    /// An update meets a stored value of a type that it has no use for.
    #[error("An operand in the update expression has an incorrect data type")]
    StoredType,
    /// The same of an update without a text.
    #[error("Type mismatch for attribute to update")]
    TypeMismatch,
    /// An update's result is no number that can be stored.
    #[error(transparent)]
    Number(#[from] NumberError),
    /// An update's result has more levels than an item may have.
    #[error("Nesting Levels have exceeded supported limits")]
    ItemNesting,
}

impl Error {
    /// Whether the fault was found while an update was applied to an item. A transaction reports
    /// such a fault as the reason it was cancelled, and any other before it starts.
    #[must_use]
    pub const fn is_while_updating(&self) -> bool {
        match self {
            Self::MissingAttribute
            | Self::MissingParent
            | Self::StoredType
            | Self::TypeMismatch
            | Self::Number(_)
            | Self::ItemNesting => true,
            Self::Invalid { .. }
            | Self::NoPlaceholders(_)
            | Self::NamesWithoutExpression
            | Self::ValuesWithoutExpression(_)
            | Self::PlaceholderSyntax { .. }
            | Self::EmptyPlaceholder(_)
            | Self::PlaceholderLength { .. }
            | Self::EmptyName { .. }
            | Self::NameLength { .. }
            | Self::ValueNesting { .. }
            | Self::Unused { .. }
            | Self::DuplicateAttribute { .. }
            | Self::EmptyAttributeName
            | Self::AttributeNameLength
            | Self::Legacy(_)
            | Self::ReversedBounds
            | Self::NothingToJoin
            | Self::OneToJoin
            | Self::NoKeyConditions
            | Self::KeyOperator(_)
            | Self::KeyConditionAttributes
            | Self::KeyConditionWithoutAttribute
            | Self::KeyConditionOrder(_)
            | Self::KeyConditionNesting
            | Self::KeyPath { .. }
            | Self::KeyConditionTwice => false,
        }
    }
}

/// What is wrong with an expression's text, or with the placeholders it uses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// No text.
    #[error("The expression can not be empty;")]
    Empty,
    /// More text than allowed.
    #[error("Expression size has exceeded the maximum allowed size; expression size: {bytes}")]
    Length {
        /// How much it is.
        bytes: usize,
    },
    /// A token that cannot stand where it does.
    #[error("Syntax error; token: \"{token}\", near: \"{near}\"")]
    Syntax {
        /// The token, or `<EOF>` where the text ends too early.
        token: String,
        /// The text from the token before to the one after.
        near: String,
    },
    /// A pair of parentheses around nothing but another.
    #[error("The expression has redundant parentheses;")]
    RedundantParentheses,
    /// More operators than allowed.
    #[error("The expression contains too many operators; operator count: {count}")]
    Operators {
        /// How many there are.
        count: usize,
    },
    /// Functions, or parentheses of operands, deep in one another. The text is ours: the service
    /// takes more of them.
    #[error("The expression has too many nesting levels; nesting levels: {levels}")]
    Depth {
        /// How deep the first is that is too deep.
        levels: usize,
    },
    /// A bare name that is a reserved word.
    #[error("Attribute name is a reserved keyword; reserved keyword: {name}")]
    Reserved {
        /// As the text spells it.
        name: String,
    },
    /// A list index that is no 32-bit integer.
    #[error("List index is not within the allowable range; index: [{index}]")]
    Index {
        /// Its digits.
        index: String,
    },
    /// A path of more elements than an item can have levels.
    #[error("The document path has too many nesting levels; nesting levels: {elements}")]
    PathLength {
        /// How many it has.
        elements: usize,
    },
    /// A `#name` that the request does not define.
    #[error(
        "An expression attribute name used in the document path is not defined; attribute name: {name}"
    )]
    UndefinedName {
        /// With its sign.
        name: String,
    },
    /// A `:value` that the request does not define.
    #[error(
        "An expression attribute value used in expression is not defined; attribute value: {value}"
    )]
    UndefinedValue {
        /// With its sign.
        value: String,
    },
    /// A function that does not exist.
    #[error("Invalid function name; function: {function}")]
    UnknownFunction {
        /// Its name.
        function: String,
    },
    /// A function in a place for which it has the wrong result.
    #[error("The function is not allowed to be used this way in an expression; function: {0}")]
    MisusedFunction(
        /// Its name.
        &'static str,
    ),
    /// A function of conditions, in an update.
    #[error("The function is not allowed in an update expression; function: {0}")]
    FunctionInUpdate(
        /// Its name.
        &'static str,
    ),
    /// Too few or too many operands.
    #[error(
        "Incorrect number of operands for operator or function; operator or function: {operator}, number of operands: {count}"
    )]
    OperandCount {
        /// Of what.
        operator: &'static str,
        /// How many there are.
        count: usize,
    },
    /// More operands of `IN` than allowed.
    #[error("The IN operator is provided with too many operands; number of operands: {count}")]
    InOperands {
        /// How many there are.
        count: usize,
    },
    /// Something else where only a path will do.
    #[error("Operator or function requires a document path; operator or function: {0}")]
    PathRequired(
        /// What takes the path.
        &'static str,
    ),
    /// An operand whose type is known, and wrong.
    #[error(
        "Incorrect operand type for operator or function; operator or function: {operator}, operand type: {operand}"
    )]
    OperandType {
        /// Of what.
        operator: &'static str,
        /// The type's name, or the set of those a path may have.
        operand: &'static str,
    },
    /// The same, in a clause of an update, which has long names for types.
    #[error(
        "Incorrect operand type for operator or function; operator: {clause}, operand type: {operand}, typeSet: ALLOWED_FOR_{clause}_OPERAND"
    )]
    ClauseOperandType {
        /// `ADD` or `DELETE`.
        clause: &'static str,
        /// The type's long name.
        operand: &'static str,
    },
    /// A type that `attribute_type` does not know.
    #[error(
        "Invalid attribute type name found; type: {name}, valid types: {{B,NULL,SS,BOOL,L,BS,N,NS,S,M}}"
    )]
    TypeName {
        /// The name, cut if long.
        name: String,
    },
    /// A path compared with itself.
    #[error(
        "The first operand must be distinct from the remaining operands for this operator or function; operator: {operator}, first operand: {operand}"
    )]
    SameOperands {
        /// By what.
        operator: &'static str,
        /// The path, cut if long.
        operand: String,
    },
    /// Bounds that no value can lie between, being of two types.
    #[error(
        "The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {lower}, upper bound operand: AttributeValue: {upper}"
    )]
    BoundTypes {
        /// The lower bound, cut if long.
        lower: String,
        /// The upper bound, cut if long.
        upper: String,
    },
    /// Bounds that no value can lie between, being the wrong way round.
    #[error(
        "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {lower}, upper bound operand: AttributeValue: {upper}"
    )]
    BoundOrder {
        /// The lower bound, cut if long.
        lower: String,
        /// The upper bound, cut if long.
        upper: String,
    },
    /// A clause for the second time.
    #[error("The \"{0}\" section can only be used once in an update expression;")]
    ClauseTwice(
        /// Its keyword.
        &'static str,
    ),
    /// Two paths of which one leads to, or through, the other.
    #[error(
        "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: {one}, path two: {two}"
    )]
    Overlap {
        /// The path that comes first in the text, cut if long.
        one: String,
        /// The other path, cut if long.
        two: String,
    },
    /// Two paths of which one takes a list for what the other takes for a map.
    #[error(
        "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: {one}, path two: {two}"
    )]
    Conflict {
        /// The path that comes first in the text, cut if long.
        one: String,
        /// The other path, cut if long.
        two: String,
    },
}

impl Fault {
    /// Which of several faults of one expression is reported: the lowest, and of equals the first
    /// in the text. In an update each kind of fault has its turn over the whole text; in a
    /// condition an operator is checked in full before the next one is looked at.
    pub(crate) const fn rank(&self, kind: Kind) -> u8 {
        let in_turn = matches!(kind, Kind::Update | Kind::Projection);
        match self {
            Self::Empty | Self::Length { .. } | Self::Syntax { .. } | Self::Depth { .. } => 0,
            Self::RedundantParentheses => 1,
            Self::Operators { .. } => 2,
            Self::Reserved { .. }
            | Self::Index { .. }
            | Self::UnknownFunction { .. }
            | Self::MisusedFunction(_)
            | Self::FunctionInUpdate(_) => 3,
            Self::ClauseTwice(_) => 4,
            Self::UndefinedValue { .. } if in_turn => 6,
            Self::Overlap { .. } => 7,
            Self::Conflict { .. } => 8,
            Self::ClauseOperandType { .. } => 9,
            Self::OperandCount { .. } | Self::PathRequired(_) | Self::OperandType { .. }
                if in_turn =>
            {
                10
            }
            Self::UndefinedName { .. }
            | Self::PathLength { .. }
            | Self::UndefinedValue { .. }
            | Self::OperandCount { .. }
            | Self::InOperands { .. }
            | Self::PathRequired(_)
            | Self::OperandType { .. }
            | Self::TypeName { .. }
            | Self::SameOperands { .. }
            | Self::BoundTypes { .. }
            | Self::BoundOrder { .. } => 5,
        }
    }
}

/// The most of one text of a request that a message repeats, in bytes. Names and values can be
/// long and be used over and over: a small request must not have a huge reply.
const ECHO_BYTES_MAX: usize = 1024;

/// As much of `text` as a message may repeat.
pub(crate) fn echo(text: &str) -> String {
    let cut = text.floor_char_boundary(ECHO_BYTES_MAX);
    text.get(..cut).unwrap_or(text).to_owned()
}

fn absent(kinds: &[Kind]) -> String {
    let names: Vec<String> = kinds.iter().map(Kind::to_string).collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    format!("{} {verb}", names.join(" and "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_without_expressions_name_the_expressions_that_lack() {
        let text = |kinds: &[Kind]| Error::ValuesWithoutExpression(kinds.to_vec()).to_string();
        let start = "ExpressionAttributeValues can only be specified when using expressions: ";
        assert_eq!(text(&[Kind::Filter]), format!("{start}FilterExpression is null"));
        assert_eq!(
            text(&[Kind::Update, Kind::Condition]),
            format!("{start}UpdateExpression and ConditionExpression are null")
        );
    }

    #[test]
    fn an_echo_ends_between_characters() {
        assert_eq!(echo("short"), "short");
        assert_eq!(echo(&"é".repeat(1000)), "é".repeat(512));
        assert_eq!(echo(&format!("a{}", "é".repeat(1000))).len(), 1023);
    }
}
