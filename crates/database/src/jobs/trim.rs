//! Ends histories where nobody needs them any more, and has streams begin new shards.
//!
//! What is needed of a log is its end, so what goes is its beginning, as one range. The row of the log first says how
//! far it is trimmed, in a commit; only then does the range go. Who needs the log from some place on has that row
//! among what must not have changed, so that nothing goes which somebody was promised.

use bytes::Bytes;
use storage::{Commit, CommitError, Reads, View};

use crate::catalog::cut::{Cut, Deleted};
use crate::catalog::stream::{self, SHARD_MS, StreamRow};
use crate::catalog::{self, Table};
use crate::error::{Damaged, Error, Result};
use crate::history::{self, Logged};
use crate::keys::{self, Id};
use crate::pages::Pages;
use crate::position::Position;
use crate::replication::leave::Leaving;
use crate::replication::link;
use crate::writers::commit_failed;
use crate::{Database, jobs};

/// How much older than needed the first record of a log may be before any go, in milliseconds: an hour. Giving space
/// back is work, which is better done seldom.
const SLACK_MS: u64 = 60 * 60 * 1000;

/// Does what is due for every table with a history.
pub(crate) async fn trim(database: &Database) -> Result<()> {
    let mut failed = Ok(());
    for (key, row) in super::rows(database, keys::all_histories()).await? {
        let id = keys::row_id(&key).ok_or(Damaged("key of a history"))?;
        match trim_table(database, id, &catalog::decode(&row)?).await {
            Ok(()) | Err(Error::RefusingWrites) => {}
            // One table that cannot be read must not keep the others' space.
            Err(error) => failed = Err(error),
        }
    }
    failed
}

async fn trim_table(database: &Database, id: Id, logged: &Logged) -> Result<()> {
    let now_ms = database.inner.clock.now_ms();
    let view = database.view(Reads::Many).await?;
    let table = database.inner.catalog.table(&view, &logged.table_key()).await?;
    let table = table.filter(|table| table.id == id);
    let streams = streams(&view, id, logged).await?;
    let horizon_ms = StreamRow::horizon_ms(now_ms);
    let is_over = |stream: &StreamRow| stream.ended_ms.is_some_and(|ended| ended < horizon_ms);
    let (over, kept): (Vec<_>, Vec<_>) = streams.into_iter().partition(is_over);
    for stream in &over {
        forget(database, stream).await?;
    }
    for stream in &kept {
        turn(database, &view, (stream, &logged.table_key()), now_ms).await?;
    }
    let cuts = match &table {
        Some(table) => table.cuts.clone(),
        None => cuts_of_deleted(&view, id).await?,
    };
    let streamed_ms = (!kept.is_empty()).then_some(horizon_ms);
    let recovered_ms = table.as_deref().and_then(|table| table.recovered_ms(now_ms));
    let needed_ms = streamed_ms.into_iter().chain(recovered_ms).min();
    let cut = cuts.iter().map(|cut| cut.from).min();
    let told = untold(&view, id, table.as_deref()).await?;
    let cut = cut.into_iter().chain(told).min();
    if needed_ms.is_none() && cut.is_none() {
        return end(database, &view, (id, logged)).await;
    }
    shorten(database, &view, (id, logged), (needed_ms.unwrap_or(now_ms), cut)).await
}

/// The first place in a table's log that a replica has not been told of.
async fn untold(view: &View, id: Id, table: Option<&Table>) -> Result<Option<Position>> {
    let left = view.get(&keys::leaving(id)).await?;
    let left = left.map(|row| catalog::decode::<Leaving>(&row)).transpose()?;
    let tables = table.into_iter().chain(left.as_ref().map(|left| &left.table));
    let mut first = None;
    for replication in tables.filter_map(|table| table.replication.as_ref()) {
        let links = link::all(view, replication.id).await?;
        for (_, link) in links.into_iter().filter(|(_, link)| link.holds()) {
            first = first.into_iter().chain([link.from]).min();
        }
    }
    Ok(first)
}

async fn cuts_of_deleted(view: &View, id: Id) -> Result<Vec<Cut>> {
    let row = view.get(&keys::deleted(id)).await?;
    let deleted = row.map(|row| catalog::decode::<Deleted>(&row)).transpose()?;
    Ok(deleted.map_or_else(Vec::new, |deleted| deleted.table.cuts))
}

/// The streams of a table.
async fn streams(view: &View, table: Id, logged: &Logged) -> Result<Vec<StreamRow>> {
    let mut streams = Vec::new();
    let mut pages = Pages::often(keys::streams_named(&logged.scope(), &logged.table));
    while let Some(page) = pages.next(view).await? {
        for (_, row) in page.entries {
            let stream: StreamRow = catalog::decode(&row)?;
            if stream.table_id == table {
                streams.push(stream);
            }
        }
    }
    Ok(streams)
}

/// Removes a stream that ended a day ago.
async fn forget(database: &Database, stream: &StreamRow) -> Result<()> {
    let marks = super::rows(database, keys::shards(stream.id)).await?;
    let mut writes = vec![(stream.row_key(), None), (stream.policy_key(), None)];
    writes.extend(marks.into_iter().map(|(key, _)| (key, None)));
    let commit = Commit { writes, metadata: true, ..Commit::default() };
    database.commit(commit).await.map_err(commit_failed).map(drop)
}

/// Begins a new shard where the open one has been for long enough, and forgets those whose records are all gone.
async fn turn(
    database: &Database,
    view: &View,
    (stream, table_key): (&StreamRow, &Bytes),
    now_ms: u64,
) -> Result<()> {
    let shards = stream::shards(view, stream, now_ms).await?;
    let mut commit = Commit { seen: view.version(), ..Commit::default() };
    commit.reads.extend([table_key.clone(), stream.row_key()]);
    if let Some(first) = shards.first() {
        let gone = keys::shards(stream.id).start..keys::shard_at(stream.id, first.start);
        let gone = super::rows(database, gone).await?;
        commit.writes.extend(gone.into_iter().map(|(key, _)| (key, None)));
    }
    let is_old = shards.last().is_some_and(|shard| now_ms >= shard.started_ms + SHARD_MS);
    if is_old && stream.ended_ms.is_none() {
        commit.appends.push(stream::turn(stream.id));
    }
    if commit.writes.is_empty() && commit.appends.is_empty() {
        return Ok(());
    }
    at_leisure(database, commit).await.map(drop)
}

/// Lets the records of a log go that are older than needed and before any cut, if they are old enough.
async fn shorten(
    database: &Database,
    view: &View,
    (id, logged): (Id, &Logged),
    (needed_ms, cut): (u64, Option<Position>),
) -> Result<()> {
    let first = history::first_from(view, id, logged.trimmed).await?;
    if first.is_none_or(|(_, first_ms)| first_ms + SLACK_MS >= needed_ms) {
        return Ok(());
    }
    // What is exactly as old as is needed stays.
    let until_ms = needed_ms.saturating_sub(1);
    let trimmed = history::first_after(view, id, logged.trimmed, until_ms).await?;
    let trimmed = cut.map_or(trimmed, |cut| trimmed.min(cut));
    if trimmed <= logged.trimmed {
        return Ok(());
    }
    let row = catalog::encode(&Logged { trimmed, ..logged.clone() });
    if at_leisure(database, replace(view, (id, logged), Some(row))).await? {
        let gone = keys::logged(id).start..keys::log_at(id, trimmed);
        jobs::clear::discard(database, gone).await?;
    }
    Ok(())
}

/// Lets a whole log go, and then its row. Who begins to need it meanwhile needs only what is later than the view.
async fn end(database: &Database, view: &View, (id, logged): (Id, &Logged)) -> Result<()> {
    let trimmed = Position::behind(view.version());
    let row = catalog::encode(&Logged { trimmed, ..logged.clone() });
    if !at_leisure(database, replace(view, (id, logged), Some(row))).await? {
        return Ok(());
    }
    jobs::clear::discard(database, keys::logged(id).start..keys::log_at(id, trimmed)).await?;
    let view = database.view(Reads::Many).await?;
    let table = database.inner.catalog.table(&view, &logged.table_key()).await?;
    if table.is_some_and(|table| table.id == id && table.images().is_some()) {
        return Ok(());
    }
    at_leisure(database, replace(&view, (id, logged), None)).await.map(drop)
}

/// Writes the row of a log, if neither it nor the table has changed.
fn replace(view: &View, (id, logged): (Id, &Logged), row: Option<Bytes>) -> Commit {
    Commit {
        seen: view.version(),
        reads: vec![keys::history(id), logged.table_key()],
        writes: vec![(keys::history(id), row)],
        ..Commit::default()
    }
}

/// Commits, or leaves it for the next time if something has changed. Whether it was done.
async fn at_leisure(database: &Database, commit: Commit) -> Result<bool> {
    match database.commit(commit).await {
        Ok(_) => Ok(true),
        Err(CommitError::Conflict(_) | CommitError::TooOld | CommitError::Unknown) => Ok(false),
        Err(error) => Err(commit_failed(error)),
    }
}
