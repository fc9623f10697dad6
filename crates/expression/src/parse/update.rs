//! Updates: clauses of actions, each clause once, in any order.

use std::sync::Arc;

use types::{AttributeValue, ValueType};

use super::{Parser, parse};
use crate::error::{Error, Fault, Kind};
use crate::paths::Paths;
use crate::placeholder::Placeholders;
use crate::token::{Keyword, TokenKind};
use crate::tree::{Action, Origin, Source, Update};

/// Reads an `UpdateExpression`. That no target is a key attribute is left to the caller, who
/// knows the keys.
///
/// # Errors
/// Where the text is not one, its targets do not go together, or an operand has a type that is
/// known to be wrong.
pub fn parse_update(text: &str, placeholders: &mut Placeholders) -> Result<Update, Error> {
    parse(Kind::Update, text, placeholders, |parser| {
        let mut clauses = Vec::new();
        let mut actions = Vec::new();
        while let Some(clause) = parser.clause() {
            parser.place += 1;
            if clauses.contains(&clause) {
                parser.note(Fault::ClauseTwice(clause.name()));
            }
            clauses.push(clause);
            actions.extend(parser.separated(|parser| parser.action(clause))?);
        }
        if clauses.is_empty() {
            return Err(parser.unexpected());
        }
        let mut targets = Paths::default();
        for action in &actions {
            parser.check(targets.insert(action.target().clone()));
        }
        Ok(Update { actions, origin: Origin::Expression })
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clause {
    Set,
    Remove,
    Add,
    Delete,
}

impl Clause {
    const fn name(self) -> &'static str {
        match self {
            Self::Set => "SET",
            Self::Remove => "REMOVE",
            Self::Add => "ADD",
            Self::Delete => "DELETE",
        }
    }
}

/// The functions of an update.
#[derive(Debug, Clone, Copy)]
enum Function {
    IfNotExists,
    ListAppend,
}

impl Function {
    const fn name(self) -> &'static str {
        match self {
            Self::IfNotExists => "if_not_exists",
            Self::ListAppend => "list_append",
        }
    }

    /// The function of that name, or why there is none in an update.
    fn named(name: &str) -> Result<Self, Fault> {
        match name {
            "if_not_exists" => Ok(Self::IfNotExists),
            "list_append" => Ok(Self::ListAppend),
            name => Err(super::condition::Function::named(name).map_or_else(
                || Fault::UnknownFunction { function: name.to_owned() },
                |function| Fault::FunctionInUpdate(function.name()),
            )),
        }
    }
}

impl Parser<'_> {
    /// The clause that the current token begins.
    fn clause(&self) -> Option<Clause> {
        match self.kind() {
            TokenKind::Keyword(Keyword::Set) => Some(Clause::Set),
            TokenKind::Keyword(Keyword::Remove) => Some(Clause::Remove),
            TokenKind::Keyword(Keyword::Add) => Some(Clause::Add),
            TokenKind::Keyword(Keyword::Delete) => Some(Clause::Delete),
            _ => None,
        }
    }

    fn action(&mut self, clause: Clause) -> Result<Action, Fault> {
        let target = self.path()?;
        Ok(match clause {
            Clause::Set => {
                self.expect(TokenKind::Comparator(crate::tree::Comparator::Equal))?;
                Action::Set(target, self.source(true)?)
            }
            Clause::Remove => Action::Remove(target),
            Clause::Add => Action::Add(target, self.clause_operand(clause)?),
            Clause::Delete => Action::Delete(target, self.clause_operand(clause)?),
        })
    }

    /// Reads the value of an ADD or DELETE, which must be a set, or for ADD a number.
    fn clause_operand(&mut self, clause: Clause) -> Result<Arc<AttributeValue>, Fault> {
        let value = self.value()?;
        let operand = match value.value_type() {
            ValueType::Ss | ValueType::Ns | ValueType::Bs => return Ok(value),
            ValueType::N if clause == Clause::Add => return Ok(value),
            ValueType::N => "NUMBER",
            ValueType::S => "STRING",
            ValueType::B => "BINARY",
            ValueType::Bool => "BOOLEAN",
            ValueType::Null => "NULL",
            ValueType::L => "LIST",
            ValueType::M => "MAP",
        };
        self.note(Fault::ClauseOperandType { clause: clause.name(), operand });
        Ok(value)
    }

    /// Reads what stands right of a `=`: one operand, or where `arithmetic` is allowed also two
    /// with `+` or `-` between. Parentheses may be around any operand, and around the whole.
    fn source(&mut self, arithmetic: bool) -> Result<Source, Fault> {
        let left = if self.kind() == TokenKind::Open {
            self.enclosed(|parser| parser.source(arithmetic))?
        } else {
            self.source_operand()?
        };
        let operator = match self.kind() {
            _ if !arithmetic || matches!(left, Source::Sum(..) | Source::Difference(..)) => {
                return Ok(left);
            }
            TokenKind::Plus => "+",
            TokenKind::Minus => "-",
            _ => return Ok(left),
        };
        self.place += 1;
        let right = self.source(false)?;
        for operand in [&left, &right] {
            self.check(number_operand(operator, operand));
        }
        let (left, right) = (Box::new(left), Box::new(right));
        Ok(if operator == "+" { Source::Sum(left, right) } else { Source::Difference(left, right) })
    }

    fn source_operand(&mut self) -> Result<Source, Fault> {
        match self.kind() {
            TokenKind::ValuePlaceholder => Ok(Source::Value(self.value()?)),
            TokenKind::Name if self.following() == TokenKind::Open => self.source_function(),
            _ => Ok(Source::Path(self.path()?)),
        }
    }

    fn source_function(&mut self) -> Result<Source, Fault> {
        let function = Function::named(&self.take());
        let function = function.map_err(|fault| self.note(fault));
        let operands = self.enclosed(|parser| parser.separated(|parser| parser.source(false)))?;
        let Ok(function) = function else {
            return Ok(Source::Value(Arc::new(AttributeValue::Null)));
        };
        Ok(call(function, operands).unwrap_or_else(|fault| {
            self.note(fault);
            Source::Value(Arc::new(AttributeValue::Null))
        }))
    }
}

/// The function of those operands.
fn call(function: Function, operands: Vec<Source>) -> Result<Source, Fault> {
    let operator = function.name();
    let count = operands.len();
    let [first, second] =
        <[Source; 2]>::try_from(operands).map_err(|_| Fault::OperandCount { operator, count })?;
    match function {
        Function::IfNotExists => match first {
            Source::Path(path) => Ok(Source::IfNotExists(path, Box::new(second))),
            _ => Err(Fault::PathRequired(operator)),
        },
        Function::ListAppend => {
            for operand in [&first, &second] {
                check_type(operator, operand, ValueType::L)?;
            }
            Ok(Source::ListAppend(Box::new(first), Box::new(second)))
        }
    }
}

fn number_operand(operator: &'static str, operand: &Source) -> Result<(), Fault> {
    if matches!(operand, Source::ListAppend(..)) {
        return Err(Fault::MisusedFunction(Function::ListAppend.name()));
    }
    check_type(operator, operand, ValueType::N)
}

/// Refuses a value of the request that has another type than the only right one. What stands in
/// for a missing attribute is let pass: the item decides whether it matters.
fn check_type(operator: &'static str, operand: &Source, right: ValueType) -> Result<(), Fault> {
    match operand {
        Source::Value(value) if value.value_type() != right => {
            Err(Fault::OperandType { operator, operand: value.value_type().name() })
        }
        Source::Value(_)
        | Source::IfNotExists(..)
        | Source::Path(_)
        | Source::ListAppend(..)
        | Source::Sum(..)
        | Source::Difference(..) => Ok(()),
    }
}

#[cfg(test)]
mod tests;
