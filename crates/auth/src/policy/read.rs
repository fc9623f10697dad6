//! From a document to its statements, or to the first thing that is wrong with it.

use std::collections::HashSet;

use super::condition::{Condition, Name};
use super::json::Json;
use super::members::{Members, one_or_more, strings};
use super::pattern::{Pattern, VARIABLE, Variables, Wildcards};
use super::principal::{self, Principals, is_partition};
use super::statement::{Effect, Patterns, Statement};
use super::{Fault, Kind};

const DOCUMENT: &str = "Version, Id, Statement";
const STATEMENT: &str =
    "Sid, Effect, Principal, NotPrincipal, Action, NotAction, Resource, NotResource, Condition";
const PRINCIPAL: &str = "AWS, CanonicalUser, Federated, Service";
const ACTION: &str =
    "* or a service and an action of it, such as dynamodb:GetItem or dynamodb:Get*";
const RESOURCE: &str = "* or an ARN of six parts, arn:partition:service:region:account:resource";
const SERVICE: &str = "an ARN whose service is named, without a wildcard";
const LATE: &str = "an ARN with policy variables only behind its fifth colon";
const OPERATORS: &str = "StringEquals, StringLike, NumericLessThan, DateGreaterThan, Bool, BinaryEquals, IpAddress, ArnLike, Null \
    and IAM's others; ForAllValues: or ForAnyValue: before them and IfExists behind, but for Null";
const KEY: &str = "a condition key with its service, such as aws:SourceIp";

/// What holds in all of a document.
#[derive(Clone, Copy)]
struct Rules {
    kind: Kind,
    variables: Variables,
}

/// Reads a document's statements.
pub(super) fn statements(text: &str, kind: Kind) -> Result<Vec<Statement>, Fault> {
    let json = Json::parse(text).map_err(|error| Fault::NotJson(error.to_string()))?;
    let document = Members::read(&json, String::new())?.only(DOCUMENT)?;
    let variables = match document.text("Version")? {
        Some("2012-10-17") => Variables::Heeded,
        Some("2008-10-17") | None => Variables::Literal,
        Some(other) => return Err(Fault::value("Version", other, "2012-10-17 or 2008-10-17")),
    };
    document.text("Id")?;
    let json = document.get("Statement").ok_or_else(|| document.missing("Statement"))?;
    let places = one_or_more(json, "Statement")?.into_iter();
    let rules = Rules { kind, variables };
    let statements = places.map(|(json, place)| statement(json, place, rules));
    let statements = statements.collect::<Result<Vec<_>, _>>()?;
    check_sids(&statements)?;
    Ok(statements)
}

fn check_sids(statements: &[Statement]) -> Result<(), Fault> {
    let mut seen = HashSet::new();
    let mut sids = statements
        .iter()
        .enumerate()
        .filter_map(|(index, statement)| Some((index, statement.sid.as_ref()?)));
    match sids.find(|(_, sid)| !seen.insert(*sid)) {
        Some((index, sid)) => {
            let place = format!("Statement[{index}].Sid");
            Err(Fault::SidUsedTwice { place, value: sid.clone() })
        }
        None => Ok(()),
    }
}

fn statement(json: &Json, place: String, rules: Rules) -> Result<Statement, Fault> {
    let members = Members::read(json, place)?.only(STATEMENT)?;
    let sid = sid(&members, rules.kind)?;
    let effect = match members.text("Effect")? {
        Some("Allow") => Effect::Allow,
        Some("Deny") => Effect::Deny,
        Some(other) => return Err(Fault::value(&members.path("Effect"), other, "Allow or Deny")),
        None => return Err(members.missing("Effect")),
    };
    Ok(Statement {
        sid,
        effect,
        principals: principals(&members, rules.kind)?,
        actions: actions(&members)?,
        resources: resources(&members, rules.variables)?,
        conditions: conditions(&members, effect, rules.variables)?,
    })
}

fn sid(members: &Members<'_>, kind: Kind) -> Result<Option<String>, Fault> {
    let Some(sid) = members.text("Sid")?.filter(|sid| !sid.is_empty()) else {
        return Ok(None);
    };
    let is_plain = sid.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_plain && !kind.has_principals() {
        return Err(Fault::value(&members.path("Sid"), sid, "letters A to Z and digits"));
    }
    Ok(Some(sid.to_owned()))
}

fn principals(members: &Members<'_>, kind: Kind) -> Result<Option<Principals>, Fault> {
    let element = members.one_of(["Principal", "NotPrincipal"])?;
    let Some((json, place, is_excluding)) = element else {
        let is_complete = !kind.has_principals();
        return if is_complete {
            Ok(None)
        } else {
            Err(members.missing("Principal or NotPrincipal"))
        };
    };
    if !kind.has_principals() {
        return Err(Fault::Principal { place });
    }
    let mut principals = Principals::new(is_excluding);
    if let Json::Text(text) = json {
        let everybody = (text == "*").then(|| principals.add(text)).flatten();
        everybody
            .ok_or_else(|| Fault::value(&place, text, "* or an object such as {\"AWS\": …}"))?;
        return Ok(Some(principals));
    }
    let by_kind = Members::read(json, place.clone())?.only(PRINCIPAL)?;
    if by_kind.each().next().is_none() {
        return Err(Fault::Empty { place });
    }
    for (name, json, place) in by_kind.each() {
        for (text, place) in strings(json, &place)? {
            if name == "AWS" {
                let added = principals.add(text);
                added.ok_or_else(|| Fault::value(&place, text, principal::WANTED))?;
            }
        }
    }
    Ok(Some(principals))
}

fn actions(members: &Members<'_>) -> Result<Patterns, Fault> {
    let element = members.one_of(["Action", "NotAction"])?;
    let (json, place, is_excluding) =
        element.ok_or_else(|| members.missing("Action or NotAction"))?;
    let texts = strings(json, &place)?.into_iter();
    let patterns = texts.map(|(text, place)| {
        let pattern = is_action(text)
            .then(|| Pattern::parse(text, Wildcards::Heeded, Variables::Literal))
            .flatten();
        pattern.ok_or_else(|| Fault::value(&place, text, ACTION))
    });
    Ok(Patterns { patterns: patterns.collect::<Result<_, _>>()?, is_excluding })
}

fn is_action(text: &str) -> bool {
    let Some((service, action)) = text.split_once(':') else {
        return text == "*";
    };
    let is_service = !service.is_empty()
        && service.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let is_name = !action.is_empty()
        && action.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"*?".contains(&byte));
    (is_service || service == "*") && is_name
}

fn resources(members: &Members<'_>, variables: Variables) -> Result<Patterns, Fault> {
    let element = members.one_of(["Resource", "NotResource"])?;
    let (json, place, is_excluding) =
        element.ok_or_else(|| members.missing("Resource or NotResource"))?;
    let texts = strings(json, &place)?.into_iter();
    let patterns = texts.map(|(text, place)| {
        let refuse = |wanted| Fault::value(&place, text, wanted);
        check_resource(text, variables).map_err(refuse)?;
        Pattern::parse(text, Wildcards::Heeded, variables).ok_or_else(|| refuse(VARIABLE))
    });
    Ok(Patterns { patterns: patterns.collect::<Result<_, _>>()?, is_excluding })
}

/// Whether a resource has the form of an ARN. The error is what it should be.
fn check_resource(text: &str, variables: Variables) -> Result<(), &'static str> {
    if text == "*" {
        return Ok(());
    }
    let mut parts = text.splitn(6, ':');
    let parts: Option<[&str; 6]> = (|| {
        Some([
            parts.next()?,
            parts.next()?,
            parts.next()?,
            parts.next()?,
            parts.next()?,
            parts.next()?,
        ])
    })();
    let Some([arn, partition, service, region, account, resource]) = parts else {
        return Err(RESOURCE);
    };
    let first = [partition, service, region, account];
    if variables == Variables::Heeded && first.iter().any(|part| part.contains("${")) {
        return Err(LATE);
    }
    let is_partition = is_partition(partition) || partition.contains(['*', '?']);
    if arn != "arn" || !is_partition || resource.is_empty() {
        return Err(RESOURCE);
    }
    if service.is_empty() || service.contains(['*', '?']) {
        return Err(SERVICE);
    }
    Ok(())
}

fn conditions(
    members: &Members<'_>,
    effect: Effect,
    variables: Variables,
) -> Result<Vec<Condition>, Fault> {
    let mut conditions = Vec::new();
    let Some(json) = members.get("Condition") else {
        return Ok(conditions);
    };
    for (operator, json, place) in Members::read(json, members.path("Condition"))?.each() {
        let name = Name::parse(operator)
            .ok_or_else(|| Fault::Unknown { place: place.clone(), known: OPERATORS })?;
        for (key, json, place) in Members::read(json, place)?.each() {
            let is_key = key
                .split_once(':')
                .is_some_and(|(service, rest)| !service.is_empty() && !rest.is_empty());
            if !is_key {
                return Err(Fault::value(&place, key, KEY));
            }
            let values = values(json, &place)?;
            let condition = Condition::new(name, key, &values, variables, effect);
            let refuse = |value: String| Fault::value(&place, &value, name.operator.wanted());
            conditions.push(condition.map_err(refuse)?);
        }
    }
    Ok(conditions)
}

/// The values of a condition: strings, and numbers and truths that need no quotes.
fn values(json: &Json, place: &str) -> Result<Vec<String>, Fault> {
    let values = one_or_more(json, place)?.into_iter();
    values
        .map(|(value, place)| match value {
            Json::Text(text) | Json::Number(text) => Ok(text.clone()),
            Json::Bool(value) => Ok(value.to_string()),
            Json::Null | Json::List(_) | Json::Object(_) | Json::Deeper => {
                Err(Fault::wrong_type(&place, "a string, a number, true or false"))
            }
        })
        .collect()
}
