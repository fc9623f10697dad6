//! Keys whose attributes are called otherwise than the table's.

use jsonc_parser::ast::{Object, ObjectProp};
use jsonc_parser::common::Ranged as _;

use super::{Asked, Offer};
use crate::edit::{self, Edit, quoted};
use crate::finding::Fix;
use crate::lint::keys;
use crate::marshal::near;
use crate::schema::TableSchema;

pub(super) fn offer(asked: &Asked<'_>, offer: &mut Offer) {
    let mut edits = Vec::new();
    let mut renamed: Vec<String> = Vec::new();
    for site in asked.sites {
        let Some(table) = site.table else { continue };
        for (member, key) in keys(site.object) {
            if let Some((property, name)) = misnamed(key, table, member == "Item") {
                edits.push(rename(property, name));
                renamed.push(format!("{} {name}", property.name.as_str()));
            }
        }
    }
    renamed.dedup();
    if renamed.is_empty() {
        return;
    }
    let titles: Vec<String> = renamed.iter().map(|pair| pair.replacen(' ', " to ", 1)).collect();
    offer.fixes.push(Fix {
        id: "key-name".to_owned(),
        title: format!("Rename {}", titles.join(", ")),
        explanation:
            "The key of the table has attributes of these names, and the query has none of them."
                .to_owned(),
        is_recommended: true,
        steps: asked.step(edits),
    });
}

/// The attribute that is likely meant to be the one of the key that is missing, and that one's name.
fn misnamed<'a>(
    key: &'a Object<'a>,
    table: &'a TableSchema,
    is_item: bool,
) -> Option<(&'a ObjectProp<'a>, &'a str)> {
    let is_given = |name: &&str| key.get(name).is_some();
    let missing: Vec<&str> = table.key.names().filter(|name| !is_given(name)).collect();
    let [missing] = missing.as_slice() else { return None };
    let extra: Vec<&ObjectProp<'a>> = key
        .properties
        .iter()
        .filter(|one| !table.key.names().any(|name| name == one.name.as_str()))
        .collect();
    match extra.as_slice() {
        // A key has nothing else in it.
        [only] if !is_item => Some((only, missing)),
        _ => {
            let near = near(missing, extra.iter().map(|one| one.name.as_str()))?;
            Some((extra.into_iter().find(|one| one.name.as_str() == near)?, missing))
        }
    }
}

fn rename(member: &ObjectProp<'_>, name: &str) -> Edit {
    let written = quoted(member.name.as_str());
    edit::replace_range(member.start(), member.start() + written.len(), edit::string(name))
}
