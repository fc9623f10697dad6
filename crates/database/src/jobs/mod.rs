//! Work behind the scenes. What there is to do is a row in the store, and is done in small commits, so that a
//! restart takes it up where it was and nobody waits for it.

pub(crate) mod backfill;
pub(crate) mod clear;
pub(crate) mod expire;

use std::ops::Range;
use std::sync::Mutex;

use bytes::Bytes;
use storage::{RangeQuery, Reads};
use tokio::sync::Semaphore;

use crate::Database;
use crate::error::Result;

/// How many indexes and expiries are filled at once.
const BACKFILLS_MAX: usize = 2;
/// How many rows are read at once.
const ROWS_MAX: usize = 1000;

/// What the jobs keep in memory.
pub(crate) struct Jobs {
    backfills: Semaphore,
    swept: Mutex<expire::Swept>,
}

impl Default for Jobs {
    fn default() -> Self {
        Self { backfills: Semaphore::new(BACKFILLS_MAX), swept: Mutex::default() }
    }
}

/// Takes up what an earlier run left unfinished.
pub(crate) async fn resume(database: &Database) -> Result<()> {
    clear::resume(database).await?;
    backfill::resume(database).await
}

/// All rows of a range of keys.
async fn rows(database: &Database, range: Range<Bytes>) -> Result<Vec<(Bytes, Bytes)>> {
    let mut rows = Vec::new();
    let mut start = range.start;
    loop {
        let query = RangeQuery {
            start,
            end: range.end.clone(),
            reverse: false,
            entries_max: ROWS_MAX,
            bytes_max: usize::MAX,
            fill_cache: true,
        };
        let page = database.view(Reads::One).await?.range(&query).await?;
        rows.extend(page.entries);
        match rows.last() {
            Some((last, _)) if !page.is_last => start = next(last),
            Some(_) | None => return Ok(rows),
        }
    }
}

/// The first key behind another.
fn next(key: &[u8]) -> Bytes {
    [key, &[0]].concat().into()
}
