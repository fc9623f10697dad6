//! How a replica goes: it takes no more part, but first tells the others what it has not told them yet.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use storage::{Reads, View};

use crate::catalog::change::{Changes, Writes, change};
use crate::catalog::describe::Sizes;
use crate::catalog::{self, Table};
use crate::error::{Damaged, Result};
use crate::jobs::clear::{self, Dropped};
use crate::keys;
use crate::operations::delete_table;
use crate::pages::Pages;
use crate::replication::Replication;
use crate::replication::group::{GlobalTableVersion, Group, State};
use crate::replication::link;
use crate::{Database, Scope, replication};

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

/// Has a table leave that was removed from its group, as a later account of the group says. One of the current version
/// goes with that, one of the legacy version stays as a table of its own. While new replicas are being told what it
/// has, it waits.
pub(crate) async fn leave(database: &Database, known: &Table, group: &Group) -> Result<()> {
    let view = database.view(Reads::Many).await?;
    let size = Sizes::read(&view, known).await?.of(known.id);
    let is_copying = is_copying(&view, known, group).await?;
    let links = known.replication.as_ref().map(|one| one.links.clone()).unwrap_or_default();
    drop(view);
    let now_ms = database.inner.clock.now_ms();
    let dropped = change(database, [known.row_key()], |[row]| {
        let table = row.map(|row| catalog::decode::<Table>(&row)).transpose()?;
        let Some(mut table) = table.filter(|table| table.id == known.id) else {
            return Ok((Changes::default(), None));
        };
        let replication = table.replication.as_mut();
        let is_it = |replication: &&mut Replication| replication.group.id == group.id;
        let Some(replication) = replication.filter(is_it) else {
            return Ok((Changes::default(), None));
        };
        let before = replication.group.clone();
        replication.group.merge(group);
        let is_news = before != replication.group;
        // One that began to be told since may have to wait for this table.
        let is_copying = is_copying || replication.links != links;
        if replication.group.state(&known.region) != Some(State::Removed) {
            return Ok((Changes::default(), None));
        }
        if is_copying {
            let row = is_news.then(|| (table.row_key(), Some(catalog::encode(&table))));
            let writes: Writes = row.into_iter().collect();
            return Ok((writes.into(), None));
        }
        if group.version == GlobalTableVersion::Current {
            return Ok(delete_table::take_away(table, size, now_ms));
        }
        let mut writes = begin(&mut table, now_ms);
        writes.push((table.row_key(), Some(catalog::encode(&table))));
        Ok((writes.into(), None))
    })
    .await?;
    if let Some(dropped) = dropped {
        clear::start(database, dropped);
        database.inner.catalog.meters.forget(known.ids());
    }
    Ok(())
}

/// Whether a new replica of a group has not been told yet of all that a table had when it was made.
pub(crate) async fn is_copying(view: &View, table: &Table, group: &Group) -> Result<bool> {
    let Some(replication) = &table.replication else { return Ok(false) };
    let links = link::all(view, replication.id).await?;
    Ok(links.iter().any(|(region, link)| link.is_filling() && group.has(region)))
}

/// Forgets a table that has left its group, once the others have been told everything.
pub(crate) async fn finish(database: &Database, table: &Table) -> Result<()> {
    let replication = table.replication.as_ref().ok_or(Damaged("table that left its group"))?;
    let dropped = Dropped::new(replication.id, Vec::new());
    let keys = [keys::leaving(table.id)];
    change(database, keys, |[row]| {
        let left = row.map(|row| catalog::decode::<Leaving>(&row)).transpose()?;
        let left = left.and_then(|left| left.table.replication);
        let mut writes = Writes::new();
        if left.is_some_and(|left| left.id == replication.id) {
            // The table is in no other group: it can join one only now.
            writes.extend([(keys::leaving(table.id), None), (keys::replicated(table.id), None)]);
            writes.push(dropped.row());
        }
        Ok((writes, ()))
    })
    .await?;
    clear::start(database, dropped);
    Ok(())
}

/// Ends the link to a replica that is no more. A table whose last one that was has no replicas any more.
pub(crate) async fn unlink(database: &Database, known: &Table, region: &str) -> Result<()> {
    let dropped = change(database, [known.row_key()], |[row]| {
        let table = row.map(|row| catalog::decode::<Table>(&row)).transpose()?;
        let Some(mut table) = table.filter(|table| table.id == known.id) else {
            return Ok((Writes::new(), None));
        };
        let own = table.region.clone();
        let Some(replication) = &mut table.replication else { return Ok((Writes::new(), None)) };
        if replication.group.has(region) {
            return Ok((Writes::new(), None));
        }
        replication.links.remove(region);
        replication.known.remove(region);
        let id = replication.id;
        let mut writes = vec![(keys::link(id, region), None)];
        let is_alone = replication.links.is_empty()
            && replication.group.version == GlobalTableVersion::Current
            && replication.group.present().all(|(region, _)| *region == own);
        let dropped = is_alone.then(|| Dropped::new(id, Vec::new()));
        if let Some(dropped) = &dropped {
            table.replication = None;
            writes.extend([dropped.row(), replication::row(&table)]);
        }
        writes.push((table.row_key(), Some(catalog::encode(&table))));
        Ok((writes, dropped))
    })
    .await?;
    if let Some(dropped) = dropped {
        clear::start(database, dropped);
    }
    database.forget_lag(known, region);
    if let Some(replication) = &known.replication {
        database.inner.replicating.forget(replication.id, region);
    }
    Ok(())
}

/// The row of a link that has come to its end, taken away.
pub(crate) fn unlinked(table: &Table, region: &str) -> Option<(Bytes, Option<Bytes>)> {
    let replication = table.replication.as_ref()?;
    Some((keys::link(replication.id, region), None))
}
