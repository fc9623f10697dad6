//! Tables: definitions that no key uses, protection from being deleted, names and ARNs that are not there.

use jsonc_parser::ast::{Array, Object};
use jsonc_parser::common::Ranged as _;

use super::{Asked, Offer, command};
use crate::edit;
use crate::finding::{Fix, FixStep, Problem, Severity, Span};
use crate::marshal::near;
use crate::schema::table_name;

pub(super) fn offer(asked: &Asked<'_>, offer: &mut Offer) {
    match asked.command.name() {
        "CreateTable" => definitions(asked, offer),
        "DeleteTable" => protection(asked, offer),
        _ => {}
    }
    arn(asked, offer);
    name(asked, offer);
}

/// Attributes that are defined and in no key, or the other way round.
fn definitions(asked: &Asked<'_>, offer: &mut Offer) {
    let Some(object) = asked.object() else { return };
    let Some(defined) = object.get_array("AttributeDefinitions") else { return };
    let used = key_names(object);
    let names = names(defined);
    let unused: Vec<usize> = names
        .iter()
        .enumerate()
        .filter(|(_, name)| !used.contains(name))
        .map(|(index, _)| index)
        .collect();
    if unused.is_empty() || used.is_empty() {
        return;
    }
    let listed: Vec<&str> = unused.iter().filter_map(|index| names.get(*index).copied()).collect();
    for index in &unused {
        let Some(element) = defined.elements.get(*index) else { continue };
        let name = names.get(*index).copied().unwrap_or_default();
        let (start, end) = (element.start(), element.end());
        offer.problems.push(Problem {
            severity: Severity::Error,
            code: "UnusedDefinition",
            message: format!(
                "{name} is defined and in no key: only attributes of keys are defined"
            ),
            position: Some(Span::of(asked.text, start, end)),
            path: Some(format!("AttributeDefinitions[{index}]")),
        });
    }
    let edits = unused.iter().filter_map(|index| edit::remove_element(defined, *index)).collect();
    offer.fixes.push(Fix {
        id: "unused-definition".to_owned(),
        title: format!("Drop the unused definition of {}", listed.join(", ")),
        explanation: "A table defines the attributes of its keys and of its indexes' keys, and no others: items may \
                      have any."
            .to_owned(),
        is_recommended: true,
        steps: asked.step(edits),
    });
}

/// The names of all attributes that are in a key of the table or of an index.
fn key_names<'a>(object: &'a Object<'a>) -> Vec<&'a str> {
    let mut used = object.get_array("KeySchema").map(names).unwrap_or_default();
    for member in ["LocalSecondaryIndexes", "GlobalSecondaryIndexes"] {
        let indexes = object.get_array(member).map(|array| &array.elements).into_iter().flatten();
        for index in indexes.filter_map(|index| index.as_object()) {
            used.extend(index.get_array("KeySchema").map(names).unwrap_or_default());
        }
    }
    used
}

fn names<'a>(array: &'a Array<'a>) -> Vec<&'a str> {
    let name = |object: &'a Object<'a>| object.get_string("AttributeName").map(|name| &*name.value);
    let elements = array.elements.iter();
    elements.map(|element| element.as_object().and_then(name).unwrap_or_default()).collect()
}

fn protection(asked: &Asked<'_>, offer: &mut Offer) {
    let Some(name) = asked.string("TableName") else { return };
    let is_known = asked.tables.get(table_name(name)).is_some_and(|table| table.is_protected);
    if !is_known && !asked.was_refused("ValidationException", "deletion protection") {
        return;
    }
    let unprotect = FixStep {
        command: command("UpdateTable"),
        text: format!(
            "{{\n  \"TableName\": {},\n  \"DeletionProtectionEnabled\": false\n}}",
            edit::string(name)
        ),
    };
    offer.fixes.push(Fix {
        id: "unprotect".to_owned(),
        title: "Turn the protection off, then delete".to_owned(),
        explanation: format!(
            "{name} is protected from being deleted, until the protection is turned off."
        ),
        is_recommended: true,
        steps: asked.after(vec![unprotect]),
    });
}

/// An ARN that names another account or Region than the table of that name has here.
fn arn(asked: &Asked<'_>, offer: &mut Offer) {
    let Some(object) = asked.object() else { return };
    for member in ["ResourceArn", "SourceTableArn"] {
        let Some(written) = object.get(member) else { continue };
        let Some(text) = written.value.as_string_lit() else { continue };
        let Some(table) = asked.tables.get(table_name(&text.value)) else { continue };
        let is_table = text.value == table_name(&text.value) || !text.value.contains("/stream/");
        if table.arn.is_empty() || *text.value == table.arn || !is_table {
            continue;
        }
        offer.fixes.push(Fix {
            id: "table-arn".to_owned(),
            title: format!("Use the ARN of {} here", table.name),
            explanation: format!("{} in this Region and account is {}.", table.name, table.arn),
            is_recommended: asked.refusal.is_some() || !text.value.starts_with("arn:"),
            steps: asked.step(vec![edit::replace(&written.value, edit::string(&table.arn))]),
        });
    }
}

/// A table that is not there, where one of nearly that name is.
fn name(asked: &Asked<'_>, offer: &mut Offer) {
    if asked.found.names.is_empty() {
        return;
    }
    for site in asked.sites {
        let Some(written) = site.object.get("TableName") else { continue };
        let Some(text) = written.value.as_string_lit() else { continue };
        if asked.found.names.iter().any(|name| *name == text.value) {
            continue;
        }
        let Some(near) = near(&text.value, asked.found.names.iter().map(String::as_str)) else {
            continue;
        };
        offer.fixes.push(Fix {
            id: "table-name".to_owned(),
            title: format!("Ask {near}"),
            explanation: format!(
                "There is no table {} in {}, and there is {near}.",
                text.value, asked.region
            ),
            is_recommended: false,
            steps: asked.step(vec![edit::replace(&written.value, edit::string(near))]),
        });
        return;
    }
}
