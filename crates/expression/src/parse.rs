//! Reading texts: what all kinds of expression share.
//!
//! A fault of syntax ends the reading. Any other is noted, and the reading goes on with
//! something in its place, because the fault to report is not always the first in the text: see
//! [`Fault::rank`]. How deep the reading of operands goes is bounded by [`DEPTH_MAX`]; conditions are
//! read in loops.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a parser names what may come next; anything else, also what is new, is out of place"
)]

pub(crate) mod condition;
pub(crate) mod projection;
pub(crate) mod update;

use std::sync::Arc;

use types::AttributeValue;
use types::limit::{EXPRESSION_BYTES_MAX, EXPRESSION_OPERATORS_MAX, PATH_ELEMENTS_MAX};

use crate::error::{Error, Fault, Kind};
use crate::placeholder::Placeholders;
use crate::reserved::is_reserved;
use crate::token::{Keyword, Token, TokenKind, tokens};
use crate::tree::{Path, Step};

/// The most parentheses of operands, those of functions included, around one another. The service
/// has no limit of its own here, but nothing that means something comes near: in a condition no
/// function fits into a third, and in an update only fallbacks of fallbacks nest.
const DEPTH_MAX: usize = 64;

/// A text being read.
pub(crate) struct Parser<'a> {
    kind: Kind,
    text: &'a str,
    tokens: Vec<Token>,
    /// The current token's place among them.
    place: usize,
    /// Parentheses of operands around the current token.
    depth: usize,
    placeholders: &'a mut Placeholders,
    /// The fault to report, unless a worse one comes.
    fault: Option<Fault>,
}

/// A whole text, read by `read`.
fn parse<T>(
    kind: Kind,
    text: &str,
    placeholders: &mut Placeholders,
    read: impl FnOnce(&mut Parser<'_>) -> Result<T, Fault>,
) -> Result<T, Error> {
    let invalid = |fault| Error::Invalid { kind, fault };
    if text.is_empty() {
        return Err(invalid(Fault::Empty));
    }
    if text.len() > EXPRESSION_BYTES_MAX {
        return Err(invalid(Fault::Length { bytes: text.len() }));
    }
    let tokens = tokens(text);
    let mut parser = Parser { kind, text, tokens, place: 0, depth: 0, placeholders, fault: None };
    let read = read(&mut parser).map_err(invalid)?;
    if parser.kind() != TokenKind::End {
        return Err(invalid(parser.unexpected()));
    }
    if let Some(fault) = parser.fault_of_shape() {
        parser.note(fault);
    }
    parser.fault.map_or(Ok(read), |fault| Err(invalid(fault)))
}

impl Parser<'_> {
    /// What the current token is.
    fn kind(&self) -> TokenKind {
        self.tokens.get(self.place).map_or(TokenKind::End, |token| token.kind)
    }

    /// What the token after the current one is.
    fn following(&self) -> TokenKind {
        self.tokens.get(self.place + 1).map_or(TokenKind::End, |token| token.kind)
    }

    /// The current token's text.
    fn spelling(&self) -> String {
        let range = self.tokens.get(self.place).map(|token| token.range.clone());
        range.and_then(|range| self.text.get(range)).unwrap_or_default().to_owned()
    }

    /// Goes on to the next token, and gives the text of the one it leaves.
    fn take(&mut self) -> String {
        let spelling = self.spelling();
        self.place += 1;
        spelling
    }

    /// Goes past the current token if it is such a one.
    fn accept(&mut self, kind: TokenKind) -> bool {
        let is_such = self.kind() == kind;
        self.place += usize::from(is_such);
        is_such
    }

    /// Goes past the current token, which can only be such a one.
    fn expect(&mut self, kind: TokenKind) -> Result<(), Fault> {
        if self.accept(kind) { Ok(()) } else { Err(self.unexpected()) }
    }

    /// That the current token cannot stand where it does.
    fn unexpected(&self) -> Fault {
        let token = match self.kind() {
            TokenKind::End => "<EOF>".to_owned(),
            _ => self.spelling(),
        };
        let range = |place: usize| self.tokens.get(place).map(|token| token.range.clone());
        let start = self.place.checked_sub(1).and_then(range).map_or(0, |range| range.start);
        let end = range(self.place + 1).map_or(self.text.len(), |range| range.end);
        let near = self.text.get(start..end).unwrap_or_default().to_owned();
        Fault::Syntax { token, near }
    }

    /// Keeps the fault, if it is the one to report of those so far.
    fn note(&mut self, fault: Fault) {
        let is_worse = |noted: &Fault| fault.rank(self.kind) < noted.rank(self.kind);
        if self.fault.as_ref().is_none_or(is_worse) {
            self.fault = Some(fault);
        }
    }

    /// Notes a fault if the check found one.
    fn check(&mut self, checked: Result<(), Fault>) {
        if let Err(fault) = checked {
            self.note(fault);
        }
    }

    /// Reads what is in parentheses, of which the current token is the first.
    fn enclosed<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.expect(TokenKind::Open)?;
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.fault_of_shape().unwrap_or(Fault::Depth { levels: self.depth }));
        }
        let read = read(self)?;
        self.depth -= 1;
        self.expect(TokenKind::Close)?;
        Ok(read)
    }

    /// Reads one or more, with commas between.
    fn separated<T>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        let mut list = vec![read(self)?];
        while self.accept(TokenKind::Comma) {
            list.push(read(self)?);
        }
        Ok(list)
    }

    /// Reads a path.
    fn path(&mut self) -> Result<Path, Fault> {
        let name = self.name()?;
        let mut rest = Vec::new();
        loop {
            if self.accept(TokenKind::Dot) {
                rest.push(Step::Member(self.name()?));
            } else if self.accept(TokenKind::OpenBracket) {
                rest.push(Step::Index(self.index()?));
                self.expect(TokenKind::CloseBracket)?;
            } else {
                break;
            }
        }
        let elements = 1 + rest.len();
        if elements > PATH_ELEMENTS_MAX {
            self.note(Fault::PathLength { elements });
        }
        Ok(Path { name, rest })
    }

    /// Reads one element of a path.
    fn name(&mut self) -> Result<Arc<str>, Fault> {
        match self.kind() {
            TokenKind::Name => {
                let name = self.take();
                if is_reserved(&name) {
                    self.note(Fault::Reserved { name: name.clone() });
                }
                Ok(Arc::from(name))
            }
            TokenKind::NamePlaceholder => {
                let name = self.take();
                let meaning = self.placeholders.name(&name);
                Ok(meaning.unwrap_or_else(|| {
                    self.note(Fault::UndefinedName { name: name.clone() });
                    Arc::from(name)
                }))
            }
            _ => Err(self.unexpected()),
        }
    }

    fn index(&mut self) -> Result<usize, Fault> {
        if self.kind() != TokenKind::Number {
            return Err(self.unexpected());
        }
        let index = self.take();
        let parsed = index.parse::<i32>().ok().and_then(|index| usize::try_from(index).ok());
        if parsed.is_none() {
            self.note(Fault::Index { index });
        }
        Ok(parsed.unwrap_or_default())
    }

    /// Reads a value's placeholder.
    fn value(&mut self) -> Result<Arc<AttributeValue>, Fault> {
        if self.kind() != TokenKind::ValuePlaceholder {
            return Err(self.unexpected());
        }
        let value = self.take();
        let meaning = self.placeholders.value(&value);
        Ok(meaning.unwrap_or_else(|| {
            self.note(Fault::UndefinedValue { value });
            Arc::new(AttributeValue::Null)
        }))
    }

    /// What is wrong with the text as a whole, whatever its parts are.
    fn fault_of_shape(&self) -> Option<Fault> {
        if has_redundant_parentheses(&self.tokens) {
            return Some(Fault::RedundantParentheses);
        }
        let count = operators(self.kind, &self.tokens);
        (count > EXPRESSION_OPERATORS_MAX).then_some(Fault::Operators { count })
    }
}

/// Whether a pair of parentheses has nothing in it but another. Those around the operands of a
/// function or of `IN` belong to it, and are never redundant.
fn has_redundant_parentheses(tokens: &[Token]) -> bool {
    let mut open = Vec::new();
    // Where the pair that was closed last began, if that was by the token before.
    let mut closed = None;
    let mut before = None;
    for (place, token) in tokens.iter().enumerate() {
        let mut just_closed = None;
        if token.kind == TokenKind::Open {
            let is_group =
                !matches!(before, Some(TokenKind::Name | TokenKind::Keyword(Keyword::In)));
            open.push((place, is_group));
        } else if token.kind == TokenKind::Close {
            let Some((start, is_group)) = open.pop() else {
                return false;
            };
            if is_group && closed == Some(start + 1) {
                return true;
            }
            just_closed = is_group.then_some(start);
        }
        closed = just_closed;
        before = Some(token.kind);
    }
    false
}

/// How many operators and functions there are.
fn operators(kind: Kind, tokens: &[Token]) -> usize {
    let kinds = tokens.iter().map(|token| token.kind);
    kinds
        .clone()
        .zip(kinds.skip(1))
        .filter(|&(token, next)| match token {
            // In an update the sign only ties a target to its value.
            TokenKind::Comparator(_) => kind != Kind::Update,
            TokenKind::Name => next == TokenKind::Open,
            TokenKind::Plus | TokenKind::Minus => true,
            // Every BETWEEN has an AND, which counts for it.
            TokenKind::Keyword(keyword) => {
                matches!(keyword, Keyword::And | Keyword::Or | Keyword::Not | Keyword::In)
            }
            TokenKind::NamePlaceholder
            | TokenKind::ValuePlaceholder
            | TokenKind::Number
            | TokenKind::Open
            | TokenKind::Close
            | TokenKind::OpenBracket
            | TokenKind::CloseBracket
            | TokenKind::Comma
            | TokenKind::Dot
            | TokenKind::Unknown
            | TokenKind::End => false,
        })
        .count()
}
