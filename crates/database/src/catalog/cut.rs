//! Cuts: who needs a table as of some place in commit order.
//!
//! A backup and a restore to a point in time both read a table in pages while it is written to, and then undo what its
//! history has from the cut on. Until that is done, the cut keeps old images coming, the history from its place on,
//! and the items, also if the table is deleted meanwhile.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use storage::View;

use crate::catalog::change::{Writes, change};
use crate::catalog::{self, Table};
use crate::error::{Damaged, Result};
use crate::jobs::clear::Dropped;
use crate::jobs::{self, clear};
use crate::keys::{self, Id};
use crate::position::Position;
use crate::{Database, Scope, pages};

/// A need for a table as of a place in commit order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cut {
    /// The number of what needs it: a backup, or the table that is being restored.
    pub(crate) holder: Id,
    /// The history is needed from here on.
    pub(crate) from: Position,
}

/// A table that was deleted while somebody needed its items: its row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Deleted {
    pub(crate) table: Table,
    /// The id of the backup that it became.
    pub(crate) backup: Option<String>,
}

impl Deleted {
    /// Whether somebody still needs the items.
    pub(crate) fn is_needed(&self) -> bool {
        !self.table.cuts.is_empty() || self.backup.is_some()
    }
}

/// Where a table is found by somebody who needs its items: by its name while it is there, and by its number after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    account: String,
    region: String,
    name: String,
    pub(crate) id: Id,
}

impl Place {
    pub(crate) fn of(table: &Table) -> Self {
        Self {
            account: table.account.clone(),
            region: table.region.clone(),
            name: table.name.clone(),
            id: table.id,
        }
    }

    /// The key of the row of the table that has the name, which may be another one.
    fn row_key(&self) -> Bytes {
        let scope = Scope { account: self.account.clone(), region: self.region.clone() };
        keys::table(&scope, &self.name)
    }

    fn find(&self, row: Option<&Bytes>, deleted: Option<&Bytes>) -> Result<Option<Found>, Damaged> {
        let table = row.map(|row| catalog::decode::<Table>(row)).transpose()?;
        if let Some(table) = table.filter(|table| table.id == self.id) {
            return Ok(Some(Found::Table(table)));
        }
        let deleted = deleted.map(|row| catalog::decode::<Deleted>(row)).transpose()?;
        Ok(deleted.map(Found::Deleted))
    }
}

enum Found {
    Table(Table),
    Deleted(Deleted),
}

/// Ends the need of a holder. Of a deleted table that nobody needs any more, the items go.
pub(crate) async fn release(database: &Database, place: &Place, holder: Id) -> Result<()> {
    let is_other = |cut: &Cut| cut.holder != holder;
    let marks = keys::marks(holder);
    let marks = jobs::rows(database, marks).await?.into_iter().map(|(key, _)| (key, None));
    let marks: Writes = marks.collect();
    let keys = [place.row_key(), keys::deleted(place.id)];
    let dropped = change(database, keys, |[row, deleted]| {
        let mut writes = marks.clone();
        let dropped = match place.find(row.as_ref(), deleted.as_ref())? {
            Some(Found::Table(mut table)) => {
                table.cuts.retain(is_other);
                writes.push((table.row_key(), Some(catalog::encode(&table))));
                None
            }
            Some(Found::Deleted(mut deleted)) => {
                deleted.table.cuts.retain(is_other);
                keep_or_drop(&deleted, &mut writes)
            }
            None => None,
        };
        Ok((writes, dropped))
    })
    .await?;
    if let Some(dropped) = dropped {
        clear::start(database, dropped);
    }
    Ok(())
}

/// Writes the row of a deleted table, or drops what is left of it if nobody needs it.
pub(crate) fn keep_or_drop(deleted: &Deleted, writes: &mut Writes) -> Option<Dropped> {
    let row_key = keys::deleted(deleted.table.id);
    if deleted.is_needed() {
        writes.push((row_key, Some(catalog::encode(deleted))));
        return None;
    }
    let dropped = Dropped::new(deleted.table.id, Vec::new());
    writes.extend([(row_key, None), dropped.row()]);
    Some(dropped)
}

/// The place in commit order of the commit that left a mark under a number.
pub(crate) async fn marked(view: &View, id: Id) -> Result<Position> {
    let mark = pages::first_key(view, &keys::marks(id)).await?;
    Ok(mark.as_deref().and_then(keys::position).ok_or(Damaged("mark of a cut"))?)
}
