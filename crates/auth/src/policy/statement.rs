//! One statement, and whether a question is one that it answers.

use super::Question;
use super::condition::Condition;
use super::pattern::{Case, Pattern};
use super::principal::{Principals, Reach};

/// What a statement does where it applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Allow,
    Deny,
}

/// A statement. It applies where everything in it does.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    pub(super) sid: Option<String>,
    pub(super) effect: Effect,
    /// Of whom it speaks, if its policy is a resource's.
    pub(super) principals: Option<Principals>,
    pub(super) actions: Patterns,
    pub(super) resources: Patterns,
    pub(super) conditions: Vec<Condition>,
}

/// Patterns of which one must match, or none.
#[derive(Debug, Clone)]
pub(super) struct Patterns {
    pub(super) patterns: Vec<Pattern>,
    pub(super) is_excluding: bool,
}

impl Statement {
    /// Whether the statement applies, and how near it comes to who asks.
    pub(super) fn applies(&self, question: &Question<'_>) -> Option<Reach> {
        let reach = match &self.principals {
            Some(principals) => principals.reach(question.principal, self.effect)?,
            None => Reach::Person,
        };
        let context = question.context;
        let applies =
            self.actions.hold(|pattern| pattern.matches(question.action, context, Case::Ignored))
                && self
                    .resources
                    .hold(|pattern| pattern.matches(question.resource, context, Case::Heeded))
                && self.conditions.iter().all(|condition| condition.holds(context));
        applies.then_some(reach)
    }

    /// The keys of conditions and policy variables.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        let resources = self.resources.patterns.iter().flat_map(Pattern::keys);
        resources.chain(self.conditions.iter().flat_map(Condition::keys))
    }
}

impl Patterns {
    fn hold(&self, matches: impl FnMut(&Pattern) -> bool) -> bool {
        self.patterns.iter().any(matches) != self.is_excluding
    }
}
