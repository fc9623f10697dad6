//! Work behind the scenes. What there is to do is a row in the store, and is done in small commits, so that a
//! restart takes it up where it was and nobody waits for it.

pub(crate) mod backfill;
pub(crate) mod backup;
pub(crate) mod clear;
pub(crate) mod expire;
pub(crate) mod insights;
pub(crate) mod replicate;
pub(crate) mod restore;
pub(crate) mod scale;
pub(crate) mod trim;

use std::ops::Range;
use std::sync::Mutex;

use bytes::Bytes;
use storage::Reads;
use tokio::sync::Semaphore;

use crate::error::Result;
use crate::jobs::clear::Dropped;
use crate::keys::Id;
use crate::pages::Pages;
use crate::{Database, quotas};

/// How many indexes and expiries are filled at once.
const BACKFILLS_MAX: usize = 2;

/// How many backups are made or taken away at once.
const BACKUPS_MAX: usize = 2;
/// How many tables are restored at once.
const RESTORES_MAX: usize = 2;

/// What the jobs keep in memory.
pub(crate) struct Jobs {
    backfills: Semaphore,
    pub(crate) backups: Semaphore,
    restores: Semaphore,
    swept: Mutex<expire::Swept>,
}

impl Default for Jobs {
    fn default() -> Self {
        Self {
            backfills: Semaphore::new(BACKFILLS_MAX),
            backups: Semaphore::new(BACKUPS_MAX),
            restores: Semaphore::new(RESTORES_MAX),
            swept: Mutex::default(),
        }
    }
}

/// What a change of a table leaves to be done.
pub(crate) enum Job {
    /// To make the entries of the index or expiry with a number.
    Fill(Id),
    Clear(Dropped),
}

impl Job {
    /// Has it done. A change that counts as under way does so until it is filled.
    pub(crate) fn start(self, database: &Database, under_way: Option<quotas::Change>) {
        match self {
            Self::Fill(id) => backfill::start(database, id, under_way),
            Self::Clear(dropped) => clear::start(database, dropped),
        }
    }
}

/// Takes up what an earlier run left unfinished.
pub(crate) async fn resume(database: &Database) -> Result<()> {
    clear::resume(database).await?;
    restore::resume(database).await?;
    backup::resume(database).await?;
    backfill::resume(database).await
}

/// All rows of a range of keys.
pub(crate) async fn rows(database: &Database, range: Range<Bytes>) -> Result<Vec<(Bytes, Bytes)>> {
    let view = database.view(Reads::Many).await?;
    let (mut rows, mut pages) = (Vec::new(), Pages::often(range));
    while let Some(page) = pages.next(&view).await? {
        rows.extend(page.entries);
    }
    Ok(rows)
}
