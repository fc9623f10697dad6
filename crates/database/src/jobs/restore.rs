//! Fills a table that is being restored: with the items of its source as they are read, and then with what the
//! source's history says they were, latest change first. What comes out is the source as of the cut.
//!
//! Nobody else may use the table meanwhile. Each commit also writes down how far the work has come, so that a restart
//! goes on where it was, and nothing is done twice.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use storage::{Commit, CommitError, RangeQuery, Reads, View};

use crate::archive::{self, Entry, Kind, Tag};
use crate::catalog::backup::{Backup, Stored};
use crate::catalog::change::change;
use crate::catalog::cut::{self, Place};
use crate::catalog::{self, Table};
use crate::error::{Damaged, Error, Result};
use crate::history::{Cause, Record};
use crate::index::Unfilled;
use crate::jobs::clear::{self, Dropped};
use crate::key::ItemKey;
use crate::keys::{self, Id};
use crate::position::Position;
use crate::replication::version::Versions;
use crate::stored;
use crate::write::{self, Because, Changed};
use crate::writers::commit_failed;
use crate::{Database, Scope, quotas};

/// The items of one commit, at most.
const BATCH_ITEMS_MAX: usize = 500;
/// And the bytes that end it.
const BATCH_BYTES_MAX: usize = 1024 * 1024;
/// How often a restore is tried before it is given up.
const TRIES_MAX: u32 = 12;
/// How long to wait after a failure before the next try: a source may come back.
const RETRY_TIME: Duration = Duration::from_secs(5);

/// A table that is being restored: its row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Restore {
    account: String,
    region: String,
    table: String,
    /// The key of the row of the backup that it is restored from, if it is from one.
    backup: Option<Vec<u8>>,
    source: Source,
    progress: Progress,
}

/// What a table is restored from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Source {
    /// The items of a table, and what its history has from a place on; without one, the items as they are.
    Table { place: Place, from: Option<Position> },
    /// A backup in the archive, by its id and its folder.
    Archive { id: String, folder: String, stored: Stored },
}

/// How far a restore has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Progress {
    /// The next item is this one or a later one.
    Items(Vec<u8>),
    /// The next change to undo is before this place.
    Undo(Position),
    /// So many parts, and entries of the next part, are done; first of items, and then, from the last one backwards,
    /// of changes.
    Parts(Kind, u32, usize),
    /// Everything is made.
    Made,
}

/// A part of a backup that was read, for the batches that it makes.
type Read = Option<((Kind, u32), Vec<Entry>)>;

/// Some changes to make, and where to go on.
struct Batch {
    /// Items by their keys without a table's number, in the order in which they are to be made.
    items: Vec<Entry>,
    next: Option<Progress>,
}

/// The row of a restore that is to begin, of `table` from `source`, which may be that of a backup.
pub(crate) fn row(
    table: &Table,
    source: Source,
    backup: Option<&Backup>,
) -> (Bytes, Option<Bytes>) {
    let progress = source.begin();
    let restore = Restore {
        account: table.account.clone(),
        region: table.region.clone(),
        table: table.name.clone(),
        backup: backup.map(|backup| backup.row_key().into()),
        source,
        progress,
    };
    (keys::restore(table.id), Some(catalog::encode(&restore)))
}

/// Goes on with what was being restored at the last stop.
pub(super) async fn resume(database: &Database) -> Result<()> {
    for (key, _) in super::rows(database, keys::all_restores()).await? {
        start(database, keys::row_id(&key).ok_or(Damaged("key of a restore"))?, None);
    }
    Ok(())
}

/// Restores a table, in a task of its own, as part of a change that is under way until then. What fails is tried
/// again some times; then the table goes.
pub(crate) fn start(database: &Database, id: Id, under_way: Option<quotas::Change>) {
    let database = database.clone();
    tokio::spawn(async move {
        let _under_way = under_way;
        for tries in 1..=TRIES_MAX {
            match restore(&database, id).await {
                Ok(()) | Err(Error::RefusingWrites) => return,
                Err(error) => tracing::error!(id, ?error, tries, "a table is not restored yet"),
            }
            tokio::time::sleep(RETRY_TIME).await;
        }
        tracing::error!(id, "a table cannot be restored: it is given up");
        if let Err(error) = give_up(&database, id).await {
            tracing::error!(id, ?error, "a table that is given up is still there");
        }
    });
}

async fn restore(database: &Database, id: Id) -> Result<()> {
    let _turn = database.inner.jobs.restores.acquire().await;
    let mut read = None;
    while let Step::Done = step(database, id, &mut read).await? {
        tokio::task::yield_now().await;
    }
    Ok(())
}

enum Step {
    /// There may be more.
    Done,
    Finished,
}

/// Makes the next commit of a restore.
async fn step(database: &Database, id: Id, read: &mut Read) -> Result<Step> {
    let view = database.view(Reads::Many).await?;
    let row_key = keys::restore(id);
    let Some(row) = view.get(&row_key).await? else { return Ok(Step::Finished) };
    let restore: Restore = catalog::decode(&row)?;
    let table_key = restore.table_key();
    let table = database.inner.catalog.table(&view, &table_key).await?;
    let Some(table) = table.filter(|table| table.id == id) else {
        return Err(Damaged("restore, whose table is gone").into());
    };
    if restore.progress == Progress::Made {
        // First the source is let go: what is interrupted in between does both again.
        restore.source.release(database, id).await?;
        return finish(database, &restore, &table).await.map(|()| Step::Finished);
    }
    let batch = restore.source.next(database, &view, (&restore.progress, read)).await?;
    let mut commit = Commit { seen: view.version(), ..Commit::default() };
    commit.reads.extend([row_key.clone(), table_key]);
    fill(&view, &table, batch.items, &mut commit).await?;
    let progress = batch.next.unwrap_or(Progress::Made);
    commit.writes.push((row_key, Some(catalog::encode(&Restore { progress, ..restore }))));
    match database.commit(commit).await {
        // Whether it was made or not, the row says where to go on.
        Ok(_) | Err(CommitError::Conflict(_) | CommitError::TooOld | CommitError::Unknown) => {
            Ok(Step::Done)
        }
        Err(error) => Err(commit_failed(error)),
    }
}

/// Hands the table over to everybody.
async fn finish(database: &Database, restore: &Restore, table: &Table) -> Result<()> {
    let keys = [keys::restore(table.id), restore.table_key(), restore.backup_key()];
    change(database, keys, |[row, now, backup]| {
        let now = now.map(|now| catalog::decode::<Table>(&now)).transpose()?;
        let Some(now) = now.filter(|now| row.is_some() && now.id == table.id) else {
            return Ok((Vec::new(), ()));
        };
        let table = Table { origin: None, ..now };
        let mut writes =
            vec![(keys::restore(table.id), None), (table.row_key(), Some(catalog::encode(&table)))];
        writes.extend(let_go(backup)?);
        Ok((writes, ()))
    })
    .await
}

/// Takes away a table that cannot be restored.
async fn give_up(database: &Database, id: Id) -> Result<()> {
    let row = database.view(Reads::One).await?.get(&keys::restore(id)).await?;
    let Some(row) = row else { return Ok(()) };
    let restore: Restore = catalog::decode(&row)?;
    restore.source.release(database, id).await?;
    let keys = [keys::restore(id), restore.table_key(), restore.backup_key()];
    let dropped = change(database, keys, |[_, row, backup]| {
        let Some(table) = catalog::still(row, id)? else {
            return Ok((vec![(keys::restore(id), None)], None));
        };
        let others = table.indexes.iter().map(|index| index.id).collect();
        let dropped = Dropped::new(id, others);
        let counters = table.ids().flat_map(|id| [keys::item_count(id), keys::byte_count(id)]);
        let mut writes = vec![(keys::restore(id), None), (table.row_key(), None), dropped.row()];
        writes.extend(counters.map(|key| (key, None)));
        writes.extend(let_go(backup)?);
        Ok((writes, Some(dropped)))
    })
    .await?;
    database.inner.catalog.meters.forget(std::iter::once(id));
    if let Some(dropped) = dropped {
        clear::start(database, dropped);
    }
    Ok(())
}

/// Adds what makes the items of a table those of a batch. Of several changes of one item, the last one counts.
async fn fill(
    view: &View,
    table: &Arc<Table>,
    items: Vec<Entry>,
    commit: &mut Commit,
) -> Result<()> {
    let items: BTreeMap<Bytes, Option<stored::Stored>> =
        items.into_iter().map(|(key, item)| (keys::renumbered(table.id, &key), item)).collect();
    let keys: Vec<Bytes> = items.keys().cloned().collect();
    for ((key, new), stored) in items.into_iter().zip(view.get_many(&keys).await?) {
        let old = stored.map(stored::Stored::decode).transpose()?;
        let key = ItemKey::of_stored(&key)?;
        let changed = Changed { old, new };
        let unfilled = &Unfilled::default();
        let because = Because { cause: Cause::Request, unfilled, versions: Versions::default() };
        let effect = write::effect(table, &key, &changed, because)?;
        commit.reads.push(key.stored);
        commit.writes.extend(effect.commit.writes);
        commit.adds.extend(effect.commit.adds);
    }
    Ok(())
}

impl Restore {
    fn table_key(&self) -> Bytes {
        let scope = Scope { account: self.account.clone(), region: self.region.clone() };
        keys::table(&scope, &self.table)
    }

    /// The key of the row of the backup; of a restore without one, a key that no row has.
    fn backup_key(&self) -> Bytes {
        match &self.backup {
            Some(key) => Bytes::copy_from_slice(key),
            None => keys::all_backups().start,
        }
    }
}

/// What lets others restore from a backup, if it is still there.
fn let_go(row: Option<Bytes>) -> Result<Option<(Bytes, Option<Bytes>)>, Damaged> {
    let backup = row.map(|row| catalog::decode::<Backup>(&row)).transpose()?;
    Ok(backup.map(|backup| {
        let backup = Backup { restoring: None, ..backup };
        (backup.row_key(), Some(catalog::encode(&backup)))
    }))
}

impl Source {
    /// A backup in the archive.
    pub(crate) fn archive(backup: &Backup, stored: Stored) -> Self {
        Self::Archive { id: backup.id.clone(), folder: backup.folder(), stored }
    }

    fn begin(&self) -> Progress {
        match self {
            Self::Table { place, .. } => Progress::Items(keys::items(place.id).start.into()),
            Self::Archive { .. } => Progress::Parts(Kind::Items, 0, 0),
        }
    }

    /// What comes next, after what has been done.
    async fn next(
        &self,
        database: &Database,
        view: &View,
        (progress, read): (&Progress, &mut Read),
    ) -> Result<Batch> {
        match (self, progress) {
            (Self::Table { place, from }, Progress::Items(next)) => {
                read_items(view, place.id, (next, *from)).await
            }
            (Self::Table { place, from }, Progress::Undo(until)) => {
                let from = from.ok_or(Damaged("restore, which has nothing to undo"))?;
                read_changes(view, place.id, from, *until).await
            }
            (Self::Archive { id, folder, stored }, Progress::Parts(kind, parts, entries)) => {
                let at = (*kind, *parts, *entries);
                read_parts(database, (id, folder, stored), at, read).await
            }
            (Self::Table { .. }, Progress::Parts(..))
            | (Self::Archive { .. }, Progress::Items(_) | Progress::Undo(_))
            | (_, Progress::Made) => Err(Damaged("restore, which goes on elsewhere").into()),
        }
    }

    /// Lets go what was held for the table with a number.
    async fn release(&self, database: &Database, holder: Id) -> Result<()> {
        match self {
            Self::Table { place, .. } => cut::release(database, place, holder).await,
            Self::Archive { .. } => Ok(()),
        }
    }
}

/// Some items of a table, from a key on. Behind the last ones come the changes that were made until then.
async fn read_items(
    view: &View,
    table: Id,
    (next, from): (&[u8], Option<Position>),
) -> Result<Batch> {
    let query =
        RangeQuery { start: Bytes::copy_from_slice(next), end: keys::items(table).end, ..query() };
    let page = view.range(&query).await?;
    let next = match page.entries.last() {
        Some((last, _)) if !page.is_last => Some(Progress::Items(keys::behind(last).into())),
        Some(_) | None => from.map(|_| Progress::Undo(Position::behind(view.version()))),
    };
    let read = |(key, item): (Bytes, Bytes)| {
        Ok((Bytes::copy_from_slice(keys::unnumbered(&key)), Some(stored::Stored::decode(item)?)))
    };
    Ok(Batch { items: page.entries.into_iter().map(read).collect::<Result<_>>()?, next })
}

/// What some items were before they were changed, for the changes between two places, latest first.
async fn read_changes(view: &View, table: Id, from: Position, until: Position) -> Result<Batch> {
    let query = RangeQuery {
        start: keys::log_at(table, from),
        end: keys::log_at(table, until),
        reverse: true,
        ..query()
    };
    let page = view.range(&query).await?;
    let next = match page.entries.last() {
        Some((last, _)) if !page.is_last => {
            Some(Progress::Undo(keys::position(last).ok_or(Damaged("key of a record"))?))
        }
        Some(_) | None => None,
    };
    let undo = |(_, stored): (Bytes, Bytes)| {
        let record = Record::decode(&stored)?;
        Ok((record.key.clone(), record.before()?))
    };
    Ok(Batch { items: page.entries.into_iter().map(undo).collect::<Result<_>>()?, next })
}

/// Some items, or some changes latest first, of a backup in the archive.
async fn read_parts(
    database: &Database,
    (id, folder, stored): (&str, &str, &Stored),
    (kind, parts, entries): (Kind, u32, usize),
    read: &mut Read,
) -> Result<Batch> {
    let count = match kind {
        Kind::Items => stored.item_parts,
        Kind::Changes => stored.change_parts,
    };
    if parts >= count {
        let next = (kind == Kind::Items).then_some(Progress::Parts(Kind::Changes, 0, 0));
        return Ok(Batch { items: Vec::new(), next });
    }
    // Changes are undone from the last one on.
    let number = match kind {
        Kind::Items => parts,
        Kind::Changes => count - 1 - parts,
    };
    if read.as_ref().is_none_or(|(which, _)| *which != (kind, number)) {
        let name = super::backup::part_name(folder, kind, number);
        let part = database.inner.options.archive.get(&name).await.map_err(Error::internal)?;
        let part = part.ok_or(Damaged("backup, which lacks a part"))?;
        let id = id.to_owned();
        let decode = move || archive::decode(&part, Tag { backup: &id, kind, number });
        let decoded = tokio::task::spawn_blocking(decode).await.map_err(Error::internal)?;
        *read = Some(((kind, number), decoded.map_err(Error::internal)?));
    }
    let all = read.as_ref().map_or(&[][..], |(_, all)| all);
    let items = batch(all, (kind, entries));
    let done = entries + items.len();
    let next = if done < all.len() {
        Progress::Parts(kind, parts, done)
    } else {
        Progress::Parts(kind, parts + 1, 0)
    };
    Ok(Batch { items, next: Some(next) })
}

/// As many entries of a part as one commit takes, behind those that are done.
fn batch(all: &[Entry], (kind, done): (Kind, usize)) -> Vec<Entry> {
    let mut bytes = 0;
    let mut has_room = |entry: &&Entry| {
        let is_full = bytes >= BATCH_BYTES_MAX;
        bytes += entry.0.len() + entry.1.as_ref().map_or(0, |item| item.bytes().len());
        !is_full
    };
    match kind {
        Kind::Items => {
            all.iter().skip(done).take(BATCH_ITEMS_MAX).take_while(&mut has_room).cloned().collect()
        }
        Kind::Changes => all
            .iter()
            .rev()
            .skip(done)
            .take(BATCH_ITEMS_MAX)
            .take_while(has_room)
            .cloned()
            .collect(),
    }
}

fn query() -> RangeQuery {
    RangeQuery {
        start: Bytes::new(),
        end: Bytes::new(),
        reverse: false,
        entries_max: BATCH_ITEMS_MAX,
        bytes_max: BATCH_BYTES_MAX,
        fill_cache: false,
    }
}
