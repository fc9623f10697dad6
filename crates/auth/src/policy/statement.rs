//! One statement, and whether a question is one that it answers.

use super::Question;
use super::budget::{Budget, Spent, any};
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
    /// Whether the statement applies, and how near it comes to who asks. Conditions are last: the request may bring
    /// many values to them.
    pub(super) fn applies(
        &self,
        question: &Question<'_>,
        budget: &mut Budget,
    ) -> Result<Option<Reach>, Spent> {
        let reach = match &self.principals {
            Some(principals) => {
                budget.spend(principals.steps())?;
                principals.reach(question.principal, self.effect)
            }
            None => Some(Reach::Person),
        };
        let Question { action, resource, context, .. } = *question;
        let applies = reach.is_some()
            && self
                .actions
                .hold(|pattern| pattern.matches(action, context, Case::Ignored, budget))?
            && self
                .resources
                .hold(|pattern| pattern.matches(resource, context, Case::Heeded, budget))?
            && !any(&self.conditions, |condition| Ok(!condition.holds(context, budget)?))?;
        Ok(reach.filter(|_| applies))
    }

    /// The keys of conditions and policy variables.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        let resources = self.resources.patterns.iter().flat_map(Pattern::keys);
        resources.chain(self.conditions.iter().flat_map(Condition::keys))
    }
}

impl Patterns {
    fn hold(&self, matches: impl FnMut(&Pattern) -> Result<bool, Spent>) -> Result<bool, Spent> {
        Ok(any(&self.patterns, matches)? != self.is_excluding)
    }
}
