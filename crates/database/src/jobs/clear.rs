//! Gives back the space of what was dropped: a table, an index, an expiry.
//!
//! The commit that takes one away leaves a row that says what there is to clear. The row goes when that is
//! done, so that a restart in between loses no space.

use std::ops::Range;

use bytes::Bytes;
use storage::{Commit, Reads};

use crate::error::{Damaged, Result};
use crate::keys::{self, Id};
use crate::writers::commit_failed;
use crate::{Database, pages};

/// What is gone, but for its space. Numbers are used once, so all that was ever kept under one can go.
pub(crate) struct Dropped {
    id: Id,
    /// Those that went with it.
    others: Vec<Id>,
}

impl Dropped {
    /// What is left of a number, and of others that went with it.
    pub(crate) fn new(id: Id, others: Vec<Id>) -> Self {
        Self { id, others }
    }

    /// What is left of some numbers, if there are any.
    pub(crate) fn of(mut ids: Vec<Id>) -> Option<Self> {
        ids.pop().map(|id| Self::new(id, ids))
    }

    /// The row that says what there is to clear.
    pub(crate) fn row(&self) -> (Bytes, Option<Bytes>) {
        let numbers: Vec<u8> = self.others.iter().flat_map(|id| id.to_be_bytes()).collect();
        (keys::dropped(self.id), Some(numbers.into()))
    }

    fn read(key: &[u8], row: &[u8]) -> Result<Self, Damaged> {
        let (numbers, rest) = row.as_chunks();
        if !rest.is_empty() {
            return Err(Damaged("row of something dropped"));
        }
        let id = keys::row_id(key).ok_or(Damaged("key of something dropped"))?;
        Ok(Self { id, others: numbers.iter().map(|id| Id::from_be_bytes(*id)).collect() })
    }

    fn ranges(&self) -> impl Iterator<Item = Range<Bytes>> {
        std::iter::once(&self.id).chain(&self.others).flat_map(|id| {
            [
                keys::items(*id),
                keys::entries(*id),
                keys::expiries(*id),
                keys::collections(*id),
                keys::marks(*id),
                keys::versions(*id),
                keys::deletions(*id),
                keys::links(*id),
            ]
        })
    }
}

/// Gives back the space of what was dropped before the last stop.
pub(super) async fn resume(database: &Database) -> Result<()> {
    let rows = super::rows(database, keys::all_dropped()).await?;
    for (key, row) in rows {
        start(database, Dropped::read(&key, &row)?);
    }
    Ok(())
}

/// Gives back the space of something dropped, in a task of its own. If that fails it is tried again
/// after the next start.
pub(crate) fn start(database: &Database, dropped: Dropped) {
    let database = database.clone();
    tokio::spawn(async move {
        if let Err(error) = clear(&database, &dropped).await {
            let id = dropped.id;
            tracing::warn!(id, ?error, "the space of something dropped is not given back yet");
        }
    });
}

async fn clear(database: &Database, dropped: &Dropped) -> Result<()> {
    for range in dropped.ranges() {
        discard(database, range).await?;
    }
    let writes = vec![(keys::dropped(dropped.id), None)];
    let commit = Commit { writes, ..Commit::default() };
    database.commit(commit).await.map_err(commit_failed)?;
    Ok(())
}

/// Gives back the space of a range, if there is anything in it.
pub(crate) async fn discard(database: &Database, range: Range<Bytes>) -> Result<()> {
    let view = database.view(Reads::One).await?;
    if pages::first_key(&view, &range).await?.is_some() {
        database.inner.store.discard(range).await?;
    }
    Ok(())
}
