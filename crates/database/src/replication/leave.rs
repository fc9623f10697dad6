//! How a replica goes: it takes no more part, but first tells the others what it has not told them yet.

use serde::{Deserialize, Serialize};
use storage::View;

use crate::catalog::change::{Writes, change};
use crate::catalog::{self, Table};
use crate::error::Result;
use crate::keys;
use crate::pages::Pages;
use crate::replication::group::{Group, State};
use crate::replication::link;
use crate::{Database, Scope};

/// A table that has left its group, as it was then: a row, until the others know and have been told everything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Leaving {
    pub(crate) table: Table,
}

impl Leaving {
    /// Whether this is the group that it has left.
    pub(crate) fn is_of(&self, group: &str) -> bool {
        self.table.replication.as_ref().is_some_and(|one| one.group.id == group)
    }
}

/// Takes a table out of its group, if it has one, and keeps it in mind.
pub(crate) fn begin(table: &mut Table, now_ms: u64) -> Writes {
    let mut left = table.clone();
    table.replication = None;
    let Some(replication) = &mut left.replication else { return Writes::new() };
    replication.group.set_state(&table.region, State::Removed, &table.region, now_ms);
    vec![(keys::leaving(table.id), Some(catalog::encode(&Leaving { table: left })))]
}

/// Merges a later account of its group into that of a table that has left it. Members that are no more need not be told
/// what it has to tell.
pub(crate) async fn hear(database: &Database, known: &Table, group: &Group) -> Result<()> {
    change(database, [keys::leaving(known.id)], |[row]| {
        let left = row.map(|row| catalog::decode::<Leaving>(&row)).transpose()?;
        let Some(mut left) = left.filter(|left| left.is_of(&group.id)) else {
            return Ok((Writes::new(), ()));
        };
        let own = left.table.region.clone();
        let Some(replication) = &mut left.table.replication else {
            return Ok((Writes::new(), ()));
        };
        let before = replication.group.clone();
        replication.group.merge(group);
        replication.group.set_removed(&own, &before);
        if before == replication.group {
            return Ok((Writes::new(), ()));
        }
        let (id, group) = (replication.id, &replication.group);
        let over: Vec<_> =
            replication.links.keys().filter(|region| !group.has(region)).cloned().collect();
        let mut writes: Writes = over.iter().map(|region| (keys::link(id, region), None)).collect();
        replication.links.retain(|region, _| !over.contains(region));
        writes.push((keys::leaving(known.id), Some(catalog::encode(&left))));
        Ok((writes, ()))
    })
    .await
}

/// The table of a name that is leaving its group: a group with an id, or any.
pub(crate) async fn find(
    view: &View,
    scope: &Scope,
    name: &str,
    group: Option<&str>,
) -> Result<Option<Leaving>> {
    let mut pages = Pages::often(keys::all_leaving());
    while let Some(page) = pages.next(view).await? {
        for (_, row) in page.entries {
            let leaving: Leaving = catalog::decode(&row)?;
            let is_of = group.is_none_or(|group| leaving.is_of(group));
            if is_of && leaving.table.scope() == *scope && leaving.table.name == name {
                return Ok(Some(leaving));
            }
        }
    }
    Ok(None)
}

/// Whether a new replica of a group has not been told yet of all that a table had when it was made.
pub(crate) async fn is_copying(view: &View, table: &Table, group: &Group) -> Result<bool> {
    let Some(replication) = &table.replication else { return Ok(false) };
    let links = link::all(view, replication.id).await?;
    Ok(links.iter().any(|(region, link)| link.is_filling() && group.has(region)))
}
