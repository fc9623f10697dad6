//! The operators of conditions: their names, and how one value compares to those of a policy.

use std::cmp::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ipnet::IpNet;

use super::budget::{Budget, Spent, any, steps};
use super::number::Number;
use super::pattern::{Case, Pattern, VARIABLE, Variables, Wildcards};
use super::{Context, address, time};

/// An operator by its name, without what stands before and behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Text(Case, Wildcards),
    Number(Relation),
    Time(Relation),
    Bool,
    Binary,
    Address,
    Arn,
    Null,
}

/// How a request's value stands to a policy's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// An operator and its values, of which one is enough.
#[derive(Debug, Clone)]
pub(super) enum Test {
    Text(Case, Vec<Pattern>),
    Number(Relation, Vec<Number>),
    Time(Relation, Vec<i64>),
    Bool(Vec<Pattern>),
    Binary(Vec<Vec<u8>>),
    Address(Vec<IpNet>),
    Arn(Vec<Pattern>),
    /// Whether the key is absent.
    Null(Vec<bool>),
}

impl Operator {
    /// The operator of a name, and whether it is the opposite of that operator.
    pub(super) fn named(name: &str) -> Option<(Self, bool)> {
        use Relation::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
        Some(match name {
            "StringEquals" => (Self::Text(Case::Heeded, Wildcards::Literal), false),
            "StringNotEquals" => (Self::Text(Case::Heeded, Wildcards::Literal), true),
            "StringEqualsIgnoreCase" => (Self::Text(Case::Ignored, Wildcards::Literal), false),
            "StringNotEqualsIgnoreCase" => (Self::Text(Case::Ignored, Wildcards::Literal), true),
            "StringLike" => (Self::Text(Case::Heeded, Wildcards::Heeded), false),
            "StringNotLike" => (Self::Text(Case::Heeded, Wildcards::Heeded), true),
            "NumericEquals" => (Self::Number(Equal), false),
            "NumericNotEquals" => (Self::Number(Equal), true),
            "NumericLessThan" => (Self::Number(Less), false),
            "NumericLessThanEquals" => (Self::Number(LessOrEqual), false),
            "NumericGreaterThan" => (Self::Number(Greater), false),
            "NumericGreaterThanEquals" => (Self::Number(GreaterOrEqual), false),
            "DateEquals" => (Self::Time(Equal), false),
            "DateNotEquals" => (Self::Time(Equal), true),
            "DateLessThan" => (Self::Time(Less), false),
            "DateLessThanEquals" => (Self::Time(LessOrEqual), false),
            "DateGreaterThan" => (Self::Time(Greater), false),
            "DateGreaterThanEquals" => (Self::Time(GreaterOrEqual), false),
            "Bool" => (Self::Bool, false),
            "BinaryEquals" => (Self::Binary, false),
            "IpAddress" => (Self::Address, false),
            "NotIpAddress" => (Self::Address, true),
            // The two compare alike: AWS made them so, and recommends either.
            "ArnEquals" | "ArnLike" => (Self::Arn, false),
            "ArnNotEquals" | "ArnNotLike" => (Self::Arn, true),
            "Null" => (Self::Null, false),
            _ => return None,
        })
    }

    /// What a value of this operator is, for the fault that one is not.
    pub(super) fn wanted(self) -> &'static str {
        match self {
            Self::Text(..) => VARIABLE,
            Self::Number(_) => "a number",
            Self::Time(_) => {
                "a time such as 2026-01-31T23:59:59Z, a date such as 2026-01-31, or seconds since 1970"
            }
            Self::Bool | Self::Null => "true or false",
            Self::Binary => "Base64",
            Self::Address => "an address or a range such as 203.0.113.0/24 or 2001:db8::/32",
            Self::Arn => "an ARN of six parts, arn:partition:service:region:account:resource",
        }
    }

    /// Prepares the values of a policy. The error is the first one that can never match.
    pub(super) fn test(self, values: &[String], variables: Variables) -> Result<Test, String> {
        Ok(match self {
            Self::Text(case, wildcards) => {
                Test::Text(case, each(values, |text| Pattern::parse(text, wildcards, variables))?)
            }
            Self::Number(relation) => Test::Number(relation, each(values, Number::parse)?),
            Self::Time(relation) => Test::Time(relation, each(values, time::parse)?),
            Self::Bool => Test::Bool(each(values, |text| truth(text, variables))?),
            Self::Binary => Test::Binary(each(values, |text| BASE64.decode(text).ok())?),
            Self::Address => Test::Address(each(values, address::range)?),
            Self::Arn => Test::Arn(each(values, |text| arn(text, variables))?),
            Self::Null => Test::Null(each(values, boolean)?),
        })
    }
}

fn each<T>(values: &[String], read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, String> {
    values.iter().map(|text| read(text).ok_or_else(|| text.clone())).collect()
}

fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else {
        text.eq_ignore_ascii_case("false").then_some(false)
    }
}

/// `true`, `false`, or what a variable will say.
fn truth(text: &str, variables: Variables) -> Option<Pattern> {
    let pattern = Pattern::parse(text, Wildcards::Literal, variables)?;
    (boolean(text).is_some() || pattern.keys().next().is_some()).then_some(pattern)
}

/// An ARN, or what variables may make one.
fn arn(text: &str, variables: Variables) -> Option<Pattern> {
    let pattern = Pattern::parse(text, Wildcards::Heeded, variables)?;
    let is_whole = text.split(':').count() >= 6;
    (is_whole || pattern.keys().next().is_some()).then_some(pattern)
}

impl Relation {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

impl Test {
    /// Whether a value of the request stands so to one of the policy's. A value of another kind does not.
    pub(super) fn matches(
        &self,
        value: &str,
        context: &Context<'_>,
        budget: &mut Budget,
    ) -> Result<bool, Spent> {
        budget.spend(1)?;
        match self {
            Self::Text(case, patterns) => {
                any(patterns, |pattern| pattern.matches(value, context, *case, budget))
            }
            Self::Number(relation, wanted) => {
                budget.spend(value.len() + wanted.len() * steps(value.len()))?;
                Ok(Number::parse(value)
                    .is_some_and(|value| wanted.iter().any(|one| relation.holds(value.cmp(one)))))
            }
            Self::Time(relation, wanted) => {
                budget.spend(value.len() + wanted.len())?;
                Ok(time::parse(value)
                    .is_some_and(|value| wanted.iter().any(|one| relation.holds(value.cmp(one)))))
            }
            Self::Bool(_) if boolean(value).is_none() => Ok(false),
            Self::Bool(patterns) => {
                any(patterns, |pattern| pattern.matches(value, context, Case::Ignored, budget))
            }
            Self::Binary(wanted) => {
                budget.spend(value.len() + wanted.len() * steps(value.len()))?;
                Ok(BASE64.decode(value).is_ok_and(|value| wanted.contains(&value)))
            }
            Self::Address(ranges) => {
                budget.spend(value.len() + ranges.len())?;
                Ok(address::address(value)
                    .is_some_and(|address| ranges.iter().any(|range| range.contains(&address))))
            }
            Self::Arn(patterns) => {
                any(patterns, |pattern| pattern.matches_arn(value, context, budget))
            }
            // The key is there, or this would have no value to judge.
            Self::Null(wanted) => Ok(wanted.contains(&false)),
        }
    }

    /// The keys of the policy variables.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        let patterns: &[Pattern] = match self {
            Self::Text(_, patterns) | Self::Bool(patterns) | Self::Arn(patterns) => patterns,
            Self::Number(..)
            | Self::Time(..)
            | Self::Binary(_)
            | Self::Address(_)
            | Self::Null(_) => &[],
        };
        patterns.iter().flat_map(Pattern::keys)
    }
}
