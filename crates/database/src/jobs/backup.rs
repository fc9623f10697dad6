//! Makes backups: copies a table's items into the archive a part at a time while it is written to, then what changed
//! meanwhile, and last the manifest that makes it a backup. And takes away what is not wanted any more.
//!
//! How far a backup has come is in its row, so that a restart goes on where it was.

use std::time::{Duration, Instant};

use bytes::Bytes;
use storage::{Commit, RangeQuery, Reads};

use crate::archive::{Kind, Part, Tag};
use crate::catalog;
use crate::catalog::backup::{
    self, ANSWER_TIME, Backup, BackupKind, Content, MANIFEST, Making, Stage, Stored,
};
use crate::catalog::change::change;
use crate::catalog::cut::{self, Deleted};
use crate::error::{Damaged, Error, Result};
use crate::history::Record;
use crate::jobs::clear;
use crate::keys;
use crate::position::Position;
use crate::writers::commit_failed;
use crate::{Database, stored};

/// How many bytes of items make a part, before they are compressed. Only so much is in memory at a time.
const PART_BYTES: usize = 8 * 1024 * 1024;
/// Entries that are read at once, at most, and the bytes that end such a page.
const PAGE_ENTRIES_MAX: usize = 1000;
const PAGE_BYTES_MAX: usize = 1024 * 1024;
/// How often a part is tried before the backup is given up, and how long to wait before the next try.
const TRIES_MAX: u32 = 12;
const RETRY_TIME: Duration = Duration::from_secs(5);

/// Goes on with what was being made or taken away at the last stop, and takes up the backups that others have put into
/// the archive.
pub(super) async fn resume(database: &Database) -> Result<()> {
    for (key, row) in super::rows(database, keys::all_backups()).await? {
        match catalog::decode::<Backup>(&row).map(|backup| backup.content) {
            Ok(Content::Making(_) | Content::Deleting(_)) => start(database, key),
            Ok(Content::Stored(_) | Content::Left(_)) => {}
            Err(error) => tracing::error!(%error, "a backup is not known any more"),
        }
    }
    let database = database.clone();
    tokio::spawn(async move {
        if let Err(error) = adopt(&database).await {
            tracing::warn!(?error, "the archive of backups cannot be read");
        }
    });
    Ok(())
}

/// Makes or takes away the backup whose row has a key, in a task of its own.
pub(crate) fn start(database: &Database, row_key: Bytes) {
    let database = database.clone();
    tokio::spawn(async move {
        let _turn = database.inner.jobs.backups.acquire().await;
        let mut tries = 0;
        loop {
            match step(&database, &row_key).await {
                Ok(true) => tries = 0,
                Ok(false) | Err(Error::RefusingWrites) => return,
                Err(error) => {
                    tries += 1;
                    tracing::error!(?error, tries, "a backup makes no progress");
                    if tries >= TRIES_MAX {
                        give_up(&database, &row_key).await;
                        return;
                    }
                    tokio::time::sleep(RETRY_TIME).await;
                }
            }
        }
    });
}

/// Does what comes next. Whether there may be more to do.
async fn step(database: &Database, row_key: &Bytes) -> Result<bool> {
    let view = database.view(Reads::One).await?;
    let Some(row) = view.get(row_key).await? else { return Ok(false) };
    let backup: Backup = catalog::decode(&row)?;
    match backup.content.clone() {
        Content::Making(making) => {
            let began = Instant::now();
            let is_left = make(database, backup, making).await?;
            // Others want the disk and the processors too: half of the time is theirs.
            tokio::time::sleep(began.elapsed()).await;
            Ok(is_left)
        }
        Content::Deleting(stored) => {
            remove_parts(database, &backup, stored).await?;
            remove(database, &backup).await?;
            Ok(false)
        }
        Content::Stored(_) | Content::Left(_) => Ok(false),
    }
}

/// Writes the next part, or finishes the backup once all are written down. Whether there is more to do.
async fn make(database: &Database, backup: Backup, mut making: Making) -> Result<bool> {
    let (part, kind, next) = match &making.stage {
        Stage::Items(next) => {
            let (part, next) = read_items(database, making.place.id, next).await?;
            (part, Kind::Items, next)
        }
        Stage::Changes(from, until) => {
            let (part, next) = read_changes(database, making.place.id, (*from, *until)).await?;
            (part, Kind::Changes, next)
        }
        Stage::Parts => return finish(database, backup, &making).await,
    };
    if !part.is_empty() {
        making.stored = put(database, &backup, (part, kind), making.stored).await?;
    }
    making.stage = match next {
        Next::Item(key) => Stage::Items(key),
        Next::Change(position, until) => Stage::Changes(position, until),
        // The changes to undo are those behind the cut.
        Next::Changes(until) => {
            let view = database.view(Reads::One).await?;
            Stage::Changes(cut::marked(&view, making.holder).await?.next(), until)
        }
        Next::Nothing => Stage::Parts,
    };
    let content = Content::Making(making);
    write(database, &Backup { content, ..backup }).await?;
    Ok(true)
}

/// Writes the manifest, and lets go of the table.
async fn finish(database: &Database, backup: Backup, making: &Making) -> Result<bool> {
    let backup = Backup { content: Content::Stored(making.stored), ..backup };
    let manifest = backup::encode_manifest(&backup);
    let name = format!("{}/{MANIFEST}", backup.folder());
    let archive = &database.inner.options.archive;
    archive.put(&name, manifest.into()).await.map_err(Error::internal)?;
    cut::release(database, &making.place, making.holder).await?;
    write(database, &backup).await?;
    Ok(false)
}

/// Takes back a backup that cannot be made.
async fn give_up(database: &Database, row_key: &Bytes) {
    if let Err(error) = take_back(database, row_key).await {
        tracing::error!(?error, "a backup that is given up is still there");
    }
}

async fn take_back(database: &Database, row_key: &Bytes) -> Result<()> {
    let Some(row) = database.view(Reads::One).await?.get(row_key).await? else { return Ok(()) };
    let backup: Backup = catalog::decode(&row)?;
    let Content::Making(making) = backup.content.clone() else { return Ok(()) };
    tracing::error!(backup = backup.arn(), "a backup is given up: the archive cannot be written");
    cut::release(database, &making.place, making.holder).await?;
    // Its parts go when the archive can be written again, after the next start at the latest.
    let content = Content::Deleting(making.stored);
    write(database, &Backup { content, ..backup }).await
}

/// Where to go on after a part.
enum Next {
    Item(Vec<u8>),
    /// With the first change, and those until a place.
    Changes(Position),
    /// With the change at a place or behind it, until another.
    Change(Position, Position),
    Nothing,
}

/// A part of a table's items, from a key on.
async fn read_items(database: &Database, table: keys::Id, next: &[u8]) -> Result<(Part, Next)> {
    let mut part = Part::default();
    let mut start = Bytes::copy_from_slice(next);
    loop {
        let view = database.view(Reads::Many).await?;
        let query = RangeQuery { start: start.clone(), end: keys::items(table).end, ..query() };
        let page = view.range(&query).await?;
        for (key, item) in &page.entries {
            let item = stored::Stored::decode(item.clone())?;
            part.add(keys::unnumbered(key), Some(&item));
        }
        match page.entries.last() {
            Some((last, _)) if !page.is_last => start = keys::behind(last),
            Some(_) | None => return Ok((part, Next::Changes(Position::behind(view.version())))),
        }
        if part.len() >= PART_BYTES {
            return Ok((part, Next::Item(start.into())));
        }
    }
}

/// A part of what items were before they were changed, and where to go on.
async fn read_changes(
    database: &Database,
    table: keys::Id,
    (mut from, until): (Position, Position),
) -> Result<(Part, Next)> {
    let mut part = Part::default();
    let view = database.view(Reads::Many).await?;
    loop {
        let query = RangeQuery {
            start: keys::log_at(table, from),
            end: keys::log_at(table, until),
            ..query()
        };
        let page = view.range(&query).await?;
        for (_, record) in &page.entries {
            let record = Record::decode(record)?;
            let key = record.key.clone();
            part.add(&key, record.before()?.as_ref());
        }
        match page.entries.last() {
            Some((last, _)) if !page.is_last => {
                from = keys::position(last).ok_or(Damaged("key of a record"))?.next();
            }
            Some(_) | None => return Ok((part, Next::Nothing)),
        }
        if part.len() >= PART_BYTES {
            return Ok((part, Next::Change(from, until)));
        }
    }
}

fn query() -> RangeQuery {
    RangeQuery {
        start: Bytes::new(),
        end: Bytes::new(),
        reverse: false,
        entries_max: PAGE_ENTRIES_MAX,
        bytes_max: PAGE_BYTES_MAX,
        fill_cache: false,
    }
}

/// Puts the next part of its kind into the archive. What there is then.
async fn put(
    database: &Database,
    backup: &Backup,
    (part, kind): (Part, Kind),
    stored: Stored,
) -> Result<Stored> {
    let mut stored = stored;
    let count = match kind {
        Kind::Items => &mut stored.item_parts,
        Kind::Changes => &mut stored.change_parts,
    };
    let (id, number) = (backup.id.clone(), *count);
    *count += 1;
    let encode = move || part.encode(Tag { backup: &id, kind, number });
    let bytes = tokio::task::spawn_blocking(encode).await.map_err(Error::internal)?;
    let bytes = bytes.map_err(Error::internal)?;
    stored.bytes += bytes.len() as u64;
    let name = part_name(&backup.folder(), kind, number);
    database.inner.options.archive.put(&name, bytes).await.map_err(Error::internal)?;
    Ok(stored)
}

/// The name of a part in the archive.
pub(super) fn part_name(folder: &str, kind: Kind, number: u32) -> String {
    format!("{folder}/{}-{number:08}", kind.name())
}

/// Takes the manifest of a backup out of the archive, so that what is left is none. If that fails it is done with the
/// rest.
pub(crate) async fn remove_manifest(database: &Database, backup: &Backup) {
    let name = format!("{}/{MANIFEST}", backup.folder());
    let removed =
        tokio::time::timeout(ANSWER_TIME, database.inner.options.archive.delete(&name)).await;
    if !matches!(removed, Ok(Ok(()))) {
        tracing::warn!(backup = backup.arn(), "the archive of backups cannot be written");
    }
}

/// Takes a backup out of the archive: the manifest first, so that what is left is none.
async fn remove_parts(database: &Database, backup: &Backup, stored: Stored) -> Result<()> {
    let archive = &database.inner.options.archive;
    let folder = backup.folder();
    // One more may be there, whose number was not written down.
    let parts = |kind, count| (0..=count).map(move |number| (kind, number));
    let mut names = vec![format!("{folder}/{MANIFEST}")];
    names.extend(
        parts(Kind::Items, stored.item_parts)
            .chain(parts(Kind::Changes, stored.change_parts))
            .map(|(kind, number)| part_name(&folder, kind, number)),
    );
    for name in names {
        archive.delete(&name).await.map_err(Error::internal)?;
    }
    Ok(())
}

/// Writes the row of a backup.
async fn write(database: &Database, backup: &Backup) -> Result<()> {
    replace(database, backup, Some(catalog::encode(backup))).await
}

/// Removes the row of a backup.
async fn remove(database: &Database, backup: &Backup) -> Result<()> {
    replace(database, backup, None).await
}

async fn replace(database: &Database, backup: &Backup, row: Option<Bytes>) -> Result<()> {
    let writes = vec![(backup.row_key(), row)];
    let commit = Commit { writes, ..Commit::default() };
    database.commit(commit).await.map_err(commit_failed).map(drop)
}

/// Takes up the backups of the archive that this database does not know.
async fn adopt(database: &Database) -> Result<()> {
    let archive = &database.inner.options.archive;
    for name in archive.list("").await.map_err(Error::internal)? {
        let Some(folder) = name.strip_suffix(MANIFEST).and_then(|name| name.strip_suffix('/'))
        else {
            continue;
        };
        let Some(backup) = backup::archived(archive, folder).await? else {
            tracing::warn!(folder, "a backup of the archive is damaged, or of a newer version");
            continue;
        };
        if backup.folder() == folder {
            take_up(database, &backup).await?;
        }
    }
    Ok(())
}

/// Makes a backup of the archive known, unless it is.
pub(crate) async fn take_up(database: &Database, backup: &Backup) -> Result<()> {
    change(database, [backup.row_key()], |[row]| {
        let new = row.is_none().then(|| (backup.row_key(), Some(catalog::encode(backup))));
        Ok((new.into_iter().collect::<Vec<_>>(), ()))
    })
    .await
}

/// Lets the backups go that deletions left a long time ago.
pub(crate) async fn expire(database: &Database) -> Result<()> {
    let now_ms = database.inner.clock.now_ms();
    for (key, row) in super::rows(database, keys::all_backups()).await? {
        let Ok(backup) = catalog::decode::<Backup>(&row) else { continue };
        let is_over = backup.expires_ms.is_some_and(|expires_ms| expires_ms <= now_ms);
        let (BackupKind::System, Content::Left(place), true) =
            (backup.kind, &backup.content, is_over)
        else {
            continue;
        };
        let keys = [key.clone(), keys::deleted(place.id)];
        let dropped = change(database, keys, |[_, deleted]| {
            let mut writes = vec![(key.clone(), None)];
            let deleted = deleted.map(|row| catalog::decode::<Deleted>(&row)).transpose()?;
            let dropped = deleted.and_then(|deleted| {
                cut::keep_or_drop(&Deleted { backup: None, ..deleted }, &mut writes)
            });
            Ok((writes, dropped))
        })
        .await?;
        if let Some(dropped) = dropped {
            clear::start(database, dropped);
        }
    }
    Ok(())
}
