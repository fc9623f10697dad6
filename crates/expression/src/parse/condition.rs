//! Conditions: comparisons and functions, under NOT, then AND, then OR.
//!
//! What is in parentheses may be a condition or an operand, and which of them shows only after
//! it: so what was read is a [`Parsed`], and what needs one of the two says so.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use types::limit::IN_OPERANDS_MAX;
use types::{AttributeValue, ValueType};

use super::{Parser, parse};
use crate::error::{Error, Fault, Kind, echo};
use crate::evaluate::order;
use crate::placeholder::Placeholders;
use crate::token::{Keyword, TokenKind};
use crate::tree::{Comparator, Condition, Operand, Path};

/// Reads a `ConditionExpression` or a `FilterExpression`; `kind` says which. That the filter of
/// a query names no key attribute is left to the caller, who knows the keys.
///
/// # Errors
/// Where the text is not one, or compares what is known to be of the wrong type.
pub fn parse_condition(
    kind: Kind,
    text: &str,
    placeholders: &mut Placeholders,
) -> Result<Condition, Error> {
    parse(kind, text, placeholders, |parser| {
        let parsed = parser.conditions()?;
        parser.condition(parsed)
    })
}

/// What was read, which may turn out to be part of more.
enum Parsed {
    /// A condition that can be nothing else.
    Condition(Condition),
    /// A function by itself: a condition, but refused by its name where an operand belongs.
    Function(Function, Condition),
    /// A function that is refused already, and may stand anywhere.
    Unknown,
    /// An operand.
    Operand(Operand),
}

/// The functions of a condition.
#[derive(Debug, Clone, Copy)]
pub(super) enum Function {
    AttributeExists,
    AttributeNotExists,
    AttributeType,
    BeginsWith,
    Contains,
    Size,
}

impl Function {
    pub(super) fn named(name: &str) -> Option<Self> {
        const ALL: [Function; 6] = [
            Function::AttributeExists,
            Function::AttributeNotExists,
            Function::AttributeType,
            Function::BeginsWith,
            Function::Contains,
            Function::Size,
        ];
        ALL.into_iter().find(|function| function.name() == name)
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::AttributeExists => "attribute_exists",
            Self::AttributeNotExists => "attribute_not_exists",
            Self::AttributeType => "attribute_type",
            Self::BeginsWith => "begins_with",
            Self::Contains => "contains",
            Self::Size => "size",
        }
    }

    const fn operands(self) -> usize {
        match self {
            Self::AttributeExists | Self::AttributeNotExists | Self::Size => 1,
            Self::AttributeType | Self::BeginsWith | Self::Contains => 2,
        }
    }
}

/// What was read so far between a pair of parentheses, or outside of all.
#[derive(Default)]
struct Group {
    /// What is complete before an OR.
    any: Vec<Condition>,
    /// What is complete before an AND, since the last OR.
    all: Vec<Condition>,
    /// How many NOTs stand before what comes next.
    denials: usize,
}

impl Group {
    fn is_empty(&self) -> bool {
        self.any.is_empty() && self.all.is_empty()
    }

    /// Takes in a condition that AND follows, or nothing.
    fn and(&mut self, condition: Condition) {
        self.all.push(condition);
    }

    /// Takes in a condition that OR follows, or nothing.
    fn or(&mut self, condition: Condition) {
        self.all.push(condition);
        let all = one_or(std::mem::take(&mut self.all), Condition::All);
        self.any.push(all);
    }
}

/// The condition, if there is only one.
fn one_or(
    mut conditions: Vec<Condition>,
    join: impl FnOnce(Vec<Condition>) -> Condition,
) -> Condition {
    match (conditions.pop(), conditions.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            conditions.extend(last);
            join(conditions)
        }
    }
}

impl Parser<'_> {
    /// Reads conditions with AND and OR between, and those in parentheses. The groups around the
    /// current one wait in a list of their own: depth costs no stack here.
    fn conditions(&mut self) -> Result<Parsed, Fault> {
        let mut outer = Vec::new();
        let mut group = Group::default();
        loop {
            while self.accept(TokenKind::Keyword(Keyword::Not)) {
                group.denials += 1;
            }
            if self.accept(TokenKind::Open) {
                outer.push(std::mem::take(&mut group));
                continue;
            }
            let parsed = self.primary()?;
            if let Some(whole) = self.rest(parsed, &mut group, &mut outer)? {
                return Ok(whole);
            }
        }
    }

    /// Reads on from what was read, up to the next AND or OR and past it, or to the end: then it
    /// gives back the whole.
    fn rest(
        &mut self,
        mut parsed: Parsed,
        group: &mut Group,
        outer: &mut Vec<Group>,
    ) -> Result<Option<Parsed>, Fault> {
        loop {
            parsed = self.predicate(parsed)?;
            parsed = self.denied(parsed, std::mem::take(&mut group.denials))?;
            match self.kind() {
                TokenKind::Keyword(Keyword::And) => group.and(self.condition(parsed)?),
                TokenKind::Keyword(Keyword::Or) => group.or(self.condition(parsed)?),
                _ => {
                    if !group.is_empty() {
                        group.or(self.condition(parsed)?);
                        let any = std::mem::take(&mut group.any);
                        parsed = Parsed::Condition(one_or(any, Condition::Any));
                    }
                    let Some(around) = outer.pop() else {
                        return Ok(Some(parsed));
                    };
                    self.expect(TokenKind::Close)?;
                    *group = around;
                    continue;
                }
            }
            self.place += 1;
            return Ok(None);
        }
    }

    /// What was read, with so many NOTs before it.
    fn denied(&mut self, parsed: Parsed, count: usize) -> Result<Parsed, Fault> {
        if count == 0 {
            return Ok(parsed);
        }
        let condition = self.condition(parsed)?;
        // Two cancel out, but must not vanish: a key condition has no place for them.
        let denied = Condition::Not(Box::new(condition));
        let is_denied = count % 2 == 1;
        Ok(Parsed::Condition(if is_denied { denied } else { Condition::Not(Box::new(denied)) }))
    }

    /// Reads the comparison after an operand, if there is one.
    fn predicate(&mut self, left: Parsed) -> Result<Parsed, Fault> {
        if matches!(left, Parsed::Condition(_)) {
            return Ok(left);
        }
        let kind = self.kind();
        if !matches!(
            kind,
            TokenKind::Comparator(_) | TokenKind::Keyword(Keyword::Between | Keyword::In)
        ) {
            return Ok(left);
        }
        self.place += 1;
        let left = self.operand_of(left)?;
        Ok(Parsed::Condition(match kind {
            TokenKind::Comparator(comparator) => self.comparison(comparator, left)?,
            TokenKind::Keyword(Keyword::Between) => self.between(left)?,
            _ => self.inclusion(left)?,
        }))
    }

    fn primary(&mut self) -> Result<Parsed, Fault> {
        match self.kind() {
            TokenKind::Name if self.following() == TokenKind::Open => self.function(),
            TokenKind::ValuePlaceholder => Ok(Parsed::Operand(Operand::Value(self.value()?))),
            _ => Ok(Parsed::Operand(Operand::Path(self.path()?))),
        }
    }

    /// Reads an operand, which may be in parentheses.
    fn operand(&mut self) -> Result<Operand, Fault> {
        if self.kind() == TokenKind::Open {
            return self.enclosed(Self::operand);
        }
        let parsed = self.primary()?;
        self.operand_of(parsed)
    }

    /// What was read, where only an operand will do.
    fn operand_of(&mut self, parsed: Parsed) -> Result<Operand, Fault> {
        match parsed {
            Parsed::Operand(operand) => return Ok(operand),
            Parsed::Function(function, _) => self.note(Fault::MisusedFunction(function.name())),
            Parsed::Unknown => {}
            Parsed::Condition(_) => return Err(self.unexpected()),
        }
        Ok(Operand::Value(Arc::new(AttributeValue::Null)))
    }

    /// What was read, where only a condition will do.
    fn condition(&mut self, parsed: Parsed) -> Result<Condition, Fault> {
        match parsed {
            Parsed::Condition(condition) | Parsed::Function(_, condition) => return Ok(condition),
            Parsed::Operand(Operand::Size(_)) => {
                self.note(Fault::MisusedFunction(Function::Size.name()));
            }
            Parsed::Unknown => {}
            Parsed::Operand(Operand::Path(_) | Operand::Value(_)) => return Err(self.unexpected()),
        }
        Ok(Condition::All(Vec::new()))
    }

    fn comparison(&mut self, comparator: Comparator, left: Operand) -> Result<Condition, Fault> {
        let right = self.operand()?;
        let symbol = comparator.symbol();
        let mut checked = check_distinct(symbol, &left, [&right]);
        if !matches!(comparator, Comparator::Equal | Comparator::NotEqual) {
            checked = checked.and_then(|()| check_orderable(symbol, [&left, &right]));
        }
        self.check(checked);
        Ok(Condition::Compare(comparator, left, right))
    }

    fn between(&mut self, value: Operand) -> Result<Condition, Fault> {
        let lower = self.operand()?;
        self.expect(TokenKind::Keyword(Keyword::And))?;
        let upper = self.operand()?;
        let checked = check_orderable("BETWEEN", [&value, &lower, &upper])
            .and_then(|()| check_distinct("BETWEEN", &value, [&lower, &upper]))
            .and_then(|()| check_bounds(&lower, &upper));
        self.check(checked);
        Ok(Condition::Between(value, lower, upper))
    }

    fn inclusion(&mut self, value: Operand) -> Result<Condition, Fault> {
        let candidates = self.enclosed(|parser| parser.separated(Self::operand))?;
        self.check(check_distinct("IN", &value, &candidates));
        let count = candidates.len();
        if count > IN_OPERANDS_MAX {
            self.note(Fault::InOperands { count });
        }
        Ok(Condition::In(value, candidates))
    }

    fn function(&mut self) -> Result<Parsed, Fault> {
        let name = self.take();
        let function = Function::named(&name);
        if function.is_none() {
            self.note(Fault::UnknownFunction { function: name });
        }
        let operands = self.enclosed(|parser| parser.separated(Self::operand))?;
        let Some(function) = function else {
            return Ok(Parsed::Unknown);
        };
        Ok(call(function, operands).unwrap_or_else(|fault| {
            self.note(fault);
            Parsed::Unknown
        }))
    }
}

/// The function of those operands.
fn call(function: Function, operands: Vec<Operand>) -> Result<Parsed, Fault> {
    let operator = function.name();
    let count = operands.len();
    let wrong_count = Fault::OperandCount { operator, count };
    if count != function.operands() {
        return Err(wrong_count);
    }
    let mut operands = operands.into_iter();
    let first = operands.next().ok_or(wrong_count.clone())?;
    let second = || operands.next().ok_or(wrong_count);
    let condition = match function {
        Function::AttributeExists => Condition::Exists(path_of(operator, first)?),
        Function::AttributeNotExists => Condition::NotExists(path_of(operator, first)?),
        Function::AttributeType => attribute_type(first, &second()?)?,
        Function::BeginsWith => begins_with(first, second()?)?,
        Function::Contains => {
            let second = second()?;
            check_distinct(operator, &first, [&second])?;
            Condition::Contains(first, second)
        }
        Function::Size => return size(first),
    };
    Ok(Parsed::Function(function, condition))
}

fn path_of(operator: &'static str, operand: Operand) -> Result<Path, Fault> {
    match operand {
        Operand::Path(path) => Ok(path),
        Operand::Value(_) | Operand::Size(_) => Err(Fault::PathRequired(operator)),
    }
}

fn attribute_type(value: Operand, name: &Operand) -> Result<Condition, Fault> {
    let operator = Function::AttributeType.name();
    check_distinct(operator, &value, [name])?;
    let operand = match name {
        Operand::Value(name) => match name.as_ref() {
            AttributeValue::S(name) => {
                let named = ValueType::named(name);
                let named = named.ok_or_else(|| Fault::TypeName { name: echo(name) })?;
                return Ok(Condition::HasType(value, named));
            }
            other => other.value_type().name(),
        },
        Operand::Size(_) => ValueType::N.name(),
        Operand::Path(_) => "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}",
    };
    Err(Fault::OperandType { operator, operand })
}

fn begins_with(value: Operand, start: Operand) -> Result<Condition, Fault> {
    let operator = Function::BeginsWith.name();
    check_distinct(operator, &value, [&start])?;
    for operand in [&value, &start] {
        check_type(operator, operand, |kind| matches!(kind, ValueType::S | ValueType::B))?;
    }
    Ok(Condition::BeginsWith(value, start))
}

fn size(value: Operand) -> Result<Parsed, Fault> {
    check_type(Function::Size.name(), &value, |kind| {
        !matches!(kind, ValueType::N | ValueType::Bool | ValueType::Null)
    })?;
    Ok(Parsed::Operand(Operand::Size(Box::new(value))))
}

/// The operand's type, where it is the same for all items.
fn known_type(operand: &Operand) -> Option<ValueType> {
    match operand {
        Operand::Path(_) => None,
        Operand::Value(value) => Some(value.value_type()),
        Operand::Size(_) => Some(ValueType::N),
    }
}

fn check_type(
    operator: &'static str,
    operand: &Operand,
    is_right: impl FnOnce(ValueType) -> bool,
) -> Result<(), Fault> {
    match known_type(operand) {
        Some(kind) if !is_right(kind) => Err(Fault::OperandType { operator, operand: kind.name() }),
        Some(_) | None => Ok(()),
    }
}

fn check_orderable<'a>(
    operator: &'static str,
    operands: impl IntoIterator<Item = &'a Operand>,
) -> Result<(), Fault> {
    let is_ordered = |kind| matches!(kind, ValueType::S | ValueType::N | ValueType::B);
    operands.into_iter().try_for_each(|operand| check_type(operator, operand, is_ordered))
}

/// Refuses a path that is compared with itself.
fn check_distinct<'a>(
    operator: &'static str,
    first: &Operand,
    rest: impl IntoIterator<Item = &'a Operand>,
) -> Result<(), Fault> {
    match first {
        Operand::Path(path) if rest.into_iter().any(|operand| operand == first) => {
            Err(Fault::SameOperands { operator, operand: echo(&path.to_string()) })
        }
        Operand::Path(_) | Operand::Value(_) | Operand::Size(_) => Ok(()),
    }
}

fn check_bounds(lower: &Operand, upper: &Operand) -> Result<(), Fault> {
    let (Operand::Value(lower), Operand::Value(upper)) = (lower, upper) else {
        return Ok(());
    };
    let shown = || (shown(lower), shown(upper));
    if lower.value_type() != upper.value_type() {
        let (lower, upper) = shown();
        return Err(Fault::BoundTypes { lower, upper });
    }
    if order(lower, upper).is_some_and(std::cmp::Ordering::is_gt) {
        let (lower, upper) = shown();
        return Err(Fault::BoundOrder { lower, upper });
    }
    Ok(())
}

/// A bound as messages have it: `{S:text}`. It is of a type that has an order.
fn shown(value: &AttributeValue) -> String {
    let text = match value {
        AttributeValue::S(text) => echo(text),
        AttributeValue::N(number) => number.to_string(),
        AttributeValue::B(bytes) => BASE64.encode(bytes.get(..768).unwrap_or(bytes)),
        _ => String::new(),
    };
    format!("{{{}:{text}}}", value.value_type().name())
}

#[cfg(test)]
mod tests;
