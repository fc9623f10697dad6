//! What a replica is told by another: taken, if it is later than what is here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use storage::{Commit, CommitError, Reads, View};

use crate::capacity::Consumed;
use crate::capacity::admission::Touched;
use crate::catalog::auto_scaling::AutoScaling;
use crate::catalog::change::{Changes, change, see_through};
use crate::catalog::describe::Sizes;
use crate::catalog::encryption::SseSpecification;
use crate::catalog::number::Numbers;
use crate::catalog::stream::{self, StreamView};
use crate::catalog::table::{Expiry, Index};
use crate::catalog::{self, Table, online_index, time_to_live};
use crate::error::{Damaged, Error, Result};
use crate::history::Cause;
use crate::jobs::{Job, expire, scale};
use crate::key::ItemKey;
use crate::keys;
use crate::position::Position;
use crate::replication::group::{GlobalTableVersion, Presence, State};
use crate::replication::link::Link;
use crate::replication::message::{self, Body, Entry, Head, Look, News, Tell, Told};
use crate::replication::settings::adopt;
use crate::replication::version::{self, Version, Versions};
use crate::replication::{self, Replication, leave, removed, shown};
use crate::stored::Stored;
use crate::write::{self, Because, Changed};
use crate::writers::{self, commit_failed};
use crate::{Database, Scope, history, index};

/// How often a commit is tried against writers of the same items before it takes its turn among them.
const FREE_ATTEMPTS: usize = 2;
/// How often it is tried in all.
const ATTEMPTS_MAX: usize = 50;

/// Takes a message, and gives the answer to it.
pub(crate) async fn receive(database: &Database, message: Bytes) -> Result<Bytes> {
    let own = database.clone();
    // What is begun is brought to its end, also if nobody waits for the answer any more.
    see_through(Box::pin(async move { answer(&own, &message).await })).await
}

async fn answer(database: &Database, message: &Bytes) -> Result<Bytes> {
    let (head, entries) = message::decode::<Head>(message)?;
    if !database.serves(&head.to) {
        let text = format!("the Region {} does not live on this server", head.to);
        return Err(Error::internal(std::io::Error::other(text)));
    }
    let scope = Scope { account: head.account, region: head.to };
    match head.body {
        Body::Look => Ok(message::encode(&look(database, &scope, &head.table).await?, &[])),
        Body::Tell(tell) => {
            let told = hear(database, (&scope, &head.table), *tell, entries).await?;
            Ok(message::encode(&told, &[]))
        }
    }
}

/// What there is of a name. A table that is leaving its group still counts as one of it, also where it is going: it
/// holds its name among the replicas.
async fn look(database: &Database, scope: &Scope, name: &str) -> Result<Look> {
    let view = database.view(Reads::Many).await?;
    let table = database.inner.catalog.table(&view, &keys::table(scope, name)).await?;
    let leaving = leave::find(&view, scope, name, None).await?.map(|leaving| leaving.table);
    let table = table.map(|table| (*table).clone());
    let group = |table: &Option<Table>| Some(table.as_ref()?.replication.as_ref()?.group.clone());
    let group = group(&table).or_else(|| group(&leaving));
    let Some(table) = table.or(leaving) else {
        return Ok(Look { table: None, items: 0, group: None });
    };
    let items = Sizes::read(&view, &table).await?.of(table.id).items;
    Ok(Look { table: Some(shown(&table)), items, group })
}

async fn hear(
    database: &Database,
    (scope, name): (&Scope, &str),
    tell: Tell,
    entries: Vec<Entry>,
) -> Result<Told> {
    let Tell { from, group, news, until_ms, is_copied } = tell;
    let at = At { scope, name, group: &group };
    let mut told = Told::Taken;
    let view = database.view(Reads::Many).await?;
    let table = match (at.table(database, &view).await?, news) {
        (None, news) => {
            if let Some(left) = leave::find(&view, scope, name, Some(&group)).await? {
                if let Some(news) = news {
                    leave::hear(database, &left.table, &news.group).await?;
                }
                return Ok(Told::Leaving);
            }
            let is_new = |news: &News| news.group.state(&scope.region) == Some(State::Creating);
            let Some(news) = news.filter(is_new) else { return Ok(Told::Unknown) };
            told = Told::Made;
            match join(database, &view, at, (&from, &news)).await? {
                Some(table) => table,
                None => return Ok(Told::NameTaken),
            }
        }
        (Some(table), None) => (*table).clone(),
        (Some(table), Some(news)) => {
            match take_news(database, &view, &table, (&from, &news)).await? {
                Some(table) => table,
                None => return Ok(Told::Leaving),
            }
        }
    };
    if !entries.is_empty() && !take(database, at, entries).await? {
        return Ok(Told::Unknown);
    }
    if is_copied && table.is_being_made() {
        set_active(database, at).await?;
    }
    if let Some(replication) = &table.replication {
        database.inner.replicating.hear(replication.id, &from, until_ms);
    }
    Ok(told)
}

/// Which replica is told.
#[derive(Debug, Clone, Copy)]
struct At<'a> {
    scope: &'a Scope,
    name: &'a str,
    group: &'a str,
}

impl At<'_> {
    fn table_key(self) -> Bytes {
        keys::table(self.scope, self.name)
    }

    fn is(self, table: &Table) -> bool {
        table.replication.as_ref().is_some_and(|one| one.group.id == self.group)
    }

    async fn table(self, database: &Database, view: &View) -> Result<Option<Arc<Table>>> {
        let table = database.inner.catalog.table(view, &self.table_key()).await?;
        Ok(table.filter(|table| self.is(table)))
    }
}

/// Makes a new replica, or has a table become one; `None` where the name is another table's.
async fn join(
    database: &Database,
    view: &View,
    at: At<'_>,
    (from, news): (&str, &News),
) -> Result<Option<Table>> {
    let now_ms = database.inner.clock.now_ms();
    let stream_ms = stream::free_ms(view, at.scope, at.name, now_ms).await?;
    let seen = Position::behind(view.version());
    let there = database.inner.catalog.table(view, &at.table_key()).await?;
    let id = there.as_ref().map_or(0, |table| table.id);
    let keys = [at.table_key(), keys::next_id(), keys::history(id), keys::leaving(id)];
    change(database, keys, |[row, next_id, logged, leaving]| {
        let mut numbers = Numbers::read(next_id.as_ref())?;
        let there = row.map(|row| catalog::decode::<Table>(&row)).transpose()?;
        if let Some(there) = there.as_ref().filter(|there| at.is(there)) {
            return Ok((Changes::default(), Some(there.clone())));
        }
        let is_legacy = news.group.version == GlobalTableVersion::Legacy;
        let wanted = news.group.members.get(&at.scope.region);
        let wanted = wanted.and_then(|member| member.presence.value.table.as_ref());
        let (mut table, mut changes) = match (there, is_legacy) {
            (None, false) => {
                let mut table = made(at, news, now_ms)?;
                table.number(&mut numbers)?;
                let view = news.table.stream.as_ref().map(|stream| stream.view);
                let view = view.unwrap_or(StreamView::NewAndOldImages);
                let mut changes = stream::begin(&mut table, view, &mut numbers, stream_ms)?;
                if let Some(expiry) = &news.table.expiry {
                    let id = numbers.take()?;
                    let attribute = expiry.attribute.clone();
                    table.expiry = Some(Expiry { id, attribute, is_backfilling: false });
                    changes.writes.push(expire::row(&table, id));
                }
                (table, changes)
            }
            (Some(there), true)
                if there.id == id
                    && Some(&there.uuid) == wanted
                    && there.replication.is_none()
                    && leaving.is_none()
                    && !there.is_being_made() =>
            {
                (there, Changes::default())
            }
            (Some(_), _) | (None, true) => return Ok((Changes::default(), None)),
        };
        let mut replication = Replication::new(numbers.take()?, news.group.clone());
        replication.know(&table.region, (from, &news.table));
        if is_legacy {
            replication.group.confirm(&table.region);
        }
        table.replication = Some(replication);
        let from = if is_legacy { seen } else { Position::default() };
        link_members(&mut table, (from, is_legacy), &mut changes);
        adopt(&mut table, is_legacy.then_some(&news.group), now_ms);
        let logged = logged.as_ref().filter(|_| is_legacy);
        changes.writes.extend(history::row(&table, logged));
        changes.writes.extend([
            (table.row_key(), Some(catalog::encode(&table))),
            replication::row(&table),
            scale::row(&table),
            numbers.row(),
        ]);
        Ok((changes, Some(table)))
    })
    .await
}

/// The replica that is to be made, without its numbers.
fn made(at: At<'_>, news: &News, now_ms: u64) -> Result<Table> {
    let source = &news.table;
    let key = news.group.overrides(&at.scope.region).key;
    let key = key.map_or(SseSpecification::Managed, SseSpecification::Key);
    let encryption = match source.encryption {
        Some(_) => key.create(at.scope)?,
        None => None,
    };
    let fresh = |index: &Index| Index {
        id: 0,
        is_backfilling: false,
        throughput: index.throughput.fresh(),
        ..index.clone()
    };
    Ok(Table {
        id: 0,
        uuid: uuid::Uuid::new_v4().to_string(),
        account: at.scope.account.clone(),
        region: at.scope.region.clone(),
        name: at.name.to_owned(),
        created_ms: now_ms,
        indexes: source.indexes.iter().map(fresh).collect(),
        throughput: source.throughput.fresh(),
        class_changed_ms: None,
        is_deletion_protected: false,
        encryption,
        expiry: None,
        expiry_changed_ms: None,
        stream: None,
        auto_scaling: AutoScaling::default(),
        ..shown(source)
    })
}

/// Begins to tell members of a table's group that it does not tell yet. Each is told of what there is, a new one that
/// is filled from here of everything.
pub(crate) fn link_members(
    table: &mut Table,
    (from, has_content): (Position, bool),
    changes: &mut Changes,
) {
    let own = table.region.clone();
    let Some(replication) = &mut table.replication else { return };
    let members: Vec<_> = replication
        .group
        .present()
        .map(|(region, member)| (region.clone(), member.presence.value.clone()))
        .filter(|(region, presence)| {
            *region != own && replication.links.get(region) != Some(&presence.since_ms)
        })
        .collect();
    for (region, Presence { since_ms, source, .. }) in members {
        let is_source = source == own;
        let is_whole = is_source || replication.group.version == GlobalTableVersion::Legacy;
        let link = if has_content {
            Link::copying(from, replication.id, is_whole)
        } else {
            Link::from(from)
        };
        changes.writes.push(link.row(replication.id, &region));
        replication.links.insert(region, since_ms);
    }
}

/// Takes over what another replica says of the group and of itself. The table as it is then; `None` where it has been
/// removed from its group, and is going.
async fn take_news(
    database: &Database,
    view: &View,
    known: &Table,
    (from, news): (&str, &News),
) -> Result<Option<Table>> {
    let now_ms = database.inner.clock.now_ms();
    let seen = Position::behind(view.version());
    let keys = [known.row_key(), keys::next_id(), keys::history(known.id)];
    let taken = change(database, keys, |[row, next_id, logged]| {
        let Some(old) = catalog::still(row, known.id)? else {
            return Ok((Changes::default(), None));
        };
        let mut new = old.clone();
        let is_it = |replication: &&mut Replication| replication.group.id == news.group.id;
        let Some(replication) = new.replication.as_mut().filter(is_it) else {
            return Ok((Changes::default(), None));
        };
        let before = replication.group.clone();
        replication.group.merge(&news.group);
        let group = &mut replication.group;
        let own = known.region.as_str();
        let is_legacy = group.version == GlobalTableVersion::Legacy;
        if group.state(own) == Some(State::Removed) {
            // A protected one stays, whoever would have it gone; and so do two that removed each other.
            let is_last = group.present().next().is_none() && group.has_removed(own);
            let is_protected = old.is_deletion_protected && !is_legacy;
            if !is_protected && !is_last {
                return Ok((Changes::default(), None));
            }
            group.confirm(own);
        }
        // One that is there stays so, also where another Region had it made at the same time.
        let is_there = is_legacy || before.state(own) == Some(State::Active);
        if is_there && group.state(own) == Some(State::Creating) {
            group.confirm(own);
        }
        replication.know(own, (from, &news.table));
        let mut changes = Changes::default();
        if !replication.group.has(from) && !replication.links.contains_key(from) {
            // It does not know that it is no member any more.
            changes.writes.push(Link::from(seen).row(replication.id, from));
            replication.links.insert(from.to_owned(), 0);
        }
        link_members(&mut new, (seen, true), &mut changes);
        adopt(&mut new, is_legacy.then_some(&before), now_ms);
        let jobs = settle(&mut new, next_id.as_ref(), &mut changes, now_ms)?;
        if new != old {
            new.keep_warm(&old);
            changes.writes.extend(history::row(&new, logged.as_ref()));
            changes.writes.push((new.row_key(), Some(catalog::encode(&new))));
            changes.writes.push(scale::row(&new));
        }
        Ok((changes, Some((new, jobs))))
    })
    .await?;
    match taken {
        Some((table, jobs)) => {
            for job in jobs {
                job.start(database, None);
            }
            Ok(Some(table))
        }
        None => removed::leave(database, known, &news.group).await.map(|()| None),
    }
}

/// Brings a table's expiry and its indexes nearer to what its group has agreed on: one index at a time is filled. What
/// follows.
fn settle(
    table: &mut Table,
    next_id: Option<&Bytes>,
    changes: &mut Changes,
    now_ms: u64,
) -> Result<Vec<Job>, Damaged> {
    let mut jobs = Vec::new();
    let Some(replication) = &table.replication else { return Ok(jobs) };
    if replication.group.version == GlobalTableVersion::Legacy {
        return Ok(jobs);
    }
    let shared = replication.group.shared.clone();
    let mut numbers = Numbers::read(next_id)?;
    let expiry = table.expiry.as_ref().map(|expiry| expiry.attribute.as_str());
    if expiry != shared.expiry() {
        let off = time_to_live::switch_off(table);
        let on = shared.expiry();
        let on = on.map(|attribute| time_to_live::switch_on(table, attribute, &mut numbers));
        for (writes, job) in off.into_iter().chain(on.transpose()?) {
            changes.writes.extend(writes);
            jobs.push(job);
        }
        table.expiry_changed_ms = Some(now_ms);
    }
    let (missing, over) = shared.index_changes(table);
    let over = over.and_then(|name| online_index::delete(table, &name).ok());
    let over = over.map(|index| online_index::deleted(index.id));
    let missing = missing.filter(|index| online_index::has_room(table, index));
    let made = match missing {
        Some(index) => Some(online_index::adopt(table, index, numbers.take()?)),
        None => None,
    };
    for (writes, job) in over.into_iter().chain(made) {
        changes.writes.extend(writes);
        jobs.push(job);
    }
    // A new index has the throughput that was agreed on too.
    adopt(table, None, now_ms);
    changes.writes.extend(numbers.taken());
    Ok(jobs)
}

/// Whether a table differs from what its group has agreed on, and could take it over now.
pub(crate) fn is_unsettled(table: &Table) -> bool {
    let Some(replication) = &table.replication else { return false };
    let shared = &replication.group.shared;
    let (missing, over) = shared.index_changes(table);
    let is_ready = table.backfilling().is_none();
    let missing = missing.filter(|index| online_index::has_room(table, index));
    let expiry = table.expiry.as_ref().map(|expiry| expiry.attribute.as_str());
    replication.group.version == GlobalTableVersion::Current
        && ((is_ready && (missing.is_some() || over.is_some())) || expiry != shared.expiry())
}

/// Goes on with what a table could not take over at once: an index that had to wait for another.
pub(crate) async fn settle_later(database: &Database, known: &Table) -> Result<()> {
    let now_ms = database.inner.clock.now_ms();
    let keys = [known.row_key(), keys::next_id(), keys::history(known.id)];
    let jobs = change(database, keys, |[row, next_id, _]| {
        let Some(old) = catalog::still(row, known.id)? else {
            return Ok((Changes::default(), Vec::new()));
        };
        let (mut new, mut changes) = (old.clone(), Changes::default());
        let jobs = settle(&mut new, next_id.as_ref(), &mut changes, now_ms)?;
        if new != old {
            changes.writes.push((new.row_key(), Some(catalog::encode(&new))));
        }
        Ok((changes, jobs))
    })
    .await?;
    for job in jobs {
        job.start(database, None);
    }
    Ok(())
}

/// A new replica has everything that there was: everybody may use it.
async fn set_active(database: &Database, at: At<'_>) -> Result<()> {
    change(database, [at.table_key()], |[row]| {
        let table = row.map(|row| catalog::decode::<Table>(&row)).transpose()?;
        let Some(mut table) = table.filter(|table| at.is(table)) else {
            return Ok((Vec::new(), ()));
        };
        if let Some(replication) = &mut table.replication {
            replication.group.confirm(&at.scope.region);
        }
        Ok((vec![(table.row_key(), Some(catalog::encode(&table)))], ()))
    })
    .await
}

/// Takes what items came to be elsewhere. Whether there is still such a replica.
async fn take(database: &Database, at: At<'_>, entries: Vec<Entry>) -> Result<bool> {
    let mut latest: BTreeMap<Bytes, (Version, Option<Stored>)> = BTreeMap::new();
    for Entry { key, version, item } in entries {
        let known = latest.get(&key).map(|(version, _)| version);
        if known.is_none_or(|known| *known < version) {
            latest.insert(key, (version, item));
        }
    }
    take_latest(database, at, latest).await
}

/// Takes what each of some items came to be, in one commit if that is not too large for one.
async fn take_latest(
    database: &Database,
    at: At<'_>,
    mut latest: BTreeMap<Bytes, (Version, Option<Stored>)>,
) -> Result<bool> {
    let mut contested: BTreeSet<Bytes> = BTreeSet::new();
    for attempt in 0..ATTEMPTS_MAX {
        let mut held = Vec::new();
        for key in contested.iter().filter(|_| attempt >= FREE_ATTEMPTS) {
            held.push(writers::hold(database, &ItemKey::of_stored(key)?).await?);
        }
        let view = database.view(Reads::Many).await?;
        let Some(table) = at.table(database, &view).await? else { return Ok(false) };
        let now_ms = database.inner.clock.now_ms();
        let (commit, consumed) = later(&view, &table, &latest, now_ms).await?;
        if commit.writes.is_empty() {
            return Ok(true);
        }
        match database.commit(commit).await {
            Ok(_) => {
                for (key, consumed) in &consumed {
                    table.use_write(consumed, Touched::Item(key));
                }
                return Ok(true);
            }
            Err(CommitError::Conflict(keys)) => {
                let items = latest.keys().map(|key| keys::renumbered(table.id, key));
                contested.extend(items.filter(|item| keys.contains(item)));
            }
            Err(CommitError::TooLarge) if latest.len() > 1 => {
                // Each half by itself: nothing says that they go together.
                drop(held);
                let middle = latest.keys().nth(latest.len() / 2).cloned().unwrap_or_default();
                let rest = latest.split_off(&middle);
                for half in [latest, rest] {
                    if !Box::pin(take_latest(database, at, half)).await? {
                        return Ok(false);
                    }
                }
                return Ok(true);
            }
            Err(CommitError::TooOld) => {}
            Err(error) => return Err(commit_failed(error)),
        }
        drop(held);
        tokio::task::yield_now().await;
    }
    Err(Error::TransactionConflict)
}

/// What makes a table's items those of a message, where these are later; and what each of them consumes.
async fn later(
    view: &View,
    table: &Table,
    items: &BTreeMap<Bytes, (Version, Option<Stored>)>,
    now_ms: u64,
) -> Result<(Commit, Vec<(Bytes, Consumed)>)> {
    let replication = table.replication.as_ref().ok_or(Damaged("replication of a table"))?;
    let keys: Vec<Bytes> = items.keys().map(|key| keys::renumbered(table.id, key)).collect();
    let version_keys: Vec<_> = keys.iter().map(|key| keys::version(replication.id, key)).collect();
    let stored = view.get_many(&keys).await?;
    let versions = view.get_many(&version_keys).await?;
    let mut commit = Commit { seen: view.version(), ..Commit::default() };
    let mut consumed = Vec::new();
    let found = keys.iter().zip(stored).zip(versions);
    for (((key, stored), version), (after, new)) in found.zip(items.values()) {
        let before = version::read(version, stored.is_some())?;
        if before.as_ref().is_some_and(|before| before.version >= *after) {
            continue;
        }
        let old = stored.map(Stored::decode).transpose()?;
        let item_key = ItemKey::of_stored(key)?;
        let unfilled = index::unfilled(view, table, &item_key, old.as_ref()).await?;
        let versions = Versions { before: before.as_ref(), after: Some(after), now_ms };
        let because = Because { cause: Cause::Request, unfilled: &unfilled, versions };
        let changed = Changed { old, new: new.clone() };
        let effect = write::effect(table, &item_key, &changed, because)?;
        commit.reads.push(key.clone());
        commit.reads.extend(effect.commit.reads);
        commit.writes.extend(effect.commit.writes);
        commit.adds.extend(effect.commit.adds);
        commit.appends.extend(effect.commit.appends);
        consumed.push((key.clone(), effect.consumed));
    }
    commit.reads.push(table.row_key());
    Ok((commit, consumed))
}
