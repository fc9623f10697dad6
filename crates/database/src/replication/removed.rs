//! What becomes of replicas that were removed: the table goes, once nobody needs to be told by it, and so does what
//! others kept for it.

use storage::Reads;

use crate::Database;
use crate::catalog::change::{Changes, Writes, change};
use crate::catalog::describe::Sizes;
use crate::catalog::{self, Table};
use crate::error::{Damaged, Result};
use crate::jobs::clear::{self, Dropped};
use crate::keys;
use crate::operations::delete_table;
use crate::replication::group::{GlobalTableVersion, Group, State};
use crate::replication::leave::{Leaving, begin, is_copying};
use crate::replication::{self, Replication};

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
        let Some(mut table) = catalog::still(row, known.id)? else {
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
        let Some(mut table) = catalog::still(row, known.id)? else {
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
