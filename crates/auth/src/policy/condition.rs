//! One condition of a statement: a key, an operator and its values.

use super::Context;
use super::budget::{Budget, Spent, any};
use super::operator::{Operator, Test};
use super::pattern::Variables;
use super::statement::Effect;

/// A key and what its values must be.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    key: String,
    test: Test,
    /// Whether a value must not pass the test.
    is_negated: bool,
    /// Whether each of the request's values must do so, or one.
    needs_every: bool,
    /// Whether the condition holds where the request has no value.
    holds_absent: bool,
}

/// An operator as a policy names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) operator: Operator,
    is_negated: bool,
    set: Set,
    if_exists: bool,
}

/// What stands before an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Set {
    /// `ForAllValues:`
    Every,
    /// `ForAnyValue:`
    Any,
    /// Nothing.
    Plain,
}

impl Name {
    /// Reads `ForAnyValue:StringLikeIfExists` and the like.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (set, rest) = match text.split_once(':') {
            Some(("ForAllValues", rest)) => (Set::Every, rest),
            Some(("ForAnyValue", rest)) => (Set::Any, rest),
            Some(_) => return None,
            None => (Set::Plain, text),
        };
        let (name, if_exists) = match rest.strip_suffix("IfExists") {
            Some(name) => (name, true),
            None => (rest, false),
        };
        let (operator, is_negated) = Operator::named(name)?;
        let is_bare = set == Set::Plain && !if_exists;
        (is_bare || operator != Operator::Null).then_some(Self {
            operator,
            is_negated,
            set,
            if_exists,
        })
    }
}

impl Condition {
    /// Prepares a condition of a statement of some effect. The error is the first value that can never match.
    pub(super) fn new(
        name: Name,
        key: &str,
        values: &[String],
        variables: Variables,
        effect: Effect,
    ) -> Result<Self, String> {
        let test = name.operator.test(values, variables)?;
        let holds_absent = match (&test, name.set) {
            (Test::Null(wanted), _) => wanted.contains(&true),
            // Of no values, every one is right and none is. Here IfExists changes nothing, as on AWS.
            (_, Set::Every) => true,
            (_, Set::Any) => false,
            (_, Set::Plain) => name.if_exists || name.is_negated,
        };
        let needs_every = match (name.set, effect) {
            // AWS demands a set operator for a key of several values, and does not say what a condition means without:
            // the one of the two that gives away less.
            (Set::Every, Effect::Allow | Effect::Deny) | (Set::Plain, Effect::Allow) => true,
            (Set::Any, Effect::Allow | Effect::Deny) | (Set::Plain, Effect::Deny) => false,
        };
        Ok(Self {
            key: key.to_owned(),
            test,
            is_negated: name.is_negated,
            needs_every,
            holds_absent,
        })
    }

    /// Whether the condition holds.
    pub(super) fn holds(&self, context: &Context<'_>, budget: &mut Budget) -> Result<bool, Spent> {
        budget.spend(context.steps(&self.key))?;
        let values = context.values(&self.key);
        if values.is_empty() {
            return Ok(self.holds_absent);
        }
        // Every value passes, unless there is one that does not.
        let decides = !self.needs_every;
        let is_decided = any(values, |value| {
            let passes = self.test.matches(value, context, budget)? != self.is_negated;
            Ok(passes == decides)
        })?;
        Ok(is_decided == decides)
    }

    /// The key, and those of the policy variables.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.key.as_str()).chain(self.test.keys())
    }
}
