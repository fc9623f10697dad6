//! Tells replicas in other Regions what was changed in a table: each by itself, so that one that cannot be reached
//! keeps none of the others waiting.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use storage::{Commit, CommitError, Reads, View};
use tokio::task::JoinHandle;

use crate::catalog::change::{Writes, change};
use crate::catalog::table::DAY_MS;
use crate::catalog::{self, Table};
use crate::error::{Damaged, Error, Result};
use crate::figures::ReplicationLag;
use crate::keys::{self, Id};
use crate::pages::Pages;
use crate::position::Position;
use crate::replication::group::{Group, State};
use crate::replication::leave::Leaving;
use crate::replication::link::{self, Batch, Link};
use crate::replication::message::{self, Body, Entry, Head, Look, News, Tell, Told};
use crate::replication::version::Version;
use crate::replication::{self, Replication, receive, removed, shown};
use crate::writers::commit_failed;
use crate::{Database, Scope};

/// How often a replica is told that there is nothing to tell, and what could not be done is looked at again.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// How often a replica that is going is asked whether it is gone.
const GOING: Duration = Duration::from_millis(100);
/// How long to wait for more changes after one, so that they go together.
const GATHERING: Duration = Duration::from_millis(5);
/// How long to wait after the first failure. Each further one doubles it, up to the heartbeat.
const FIRST_RETRY: Duration = Duration::from_millis(50);
/// By how much clocks may differ, in milliseconds: an hour.
const SLACK_MS: u64 = 60 * 60 * 1000;
/// How often a place in a history is written down, in milliseconds: what was told since is told again after a crash.
const KEPT_MS: u64 = 1000;

/// What is told of a table, by the number of its replication, to which Region.
type Route = (Id, String);

/// A task that ends when nobody has it any more.
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Tells all replicas, as long as it is polled.
pub(crate) async fn run(database: &Database) {
    let mut tasks: HashMap<Route, Task> = HashMap::new();
    loop {
        let changed = database.inner.replicating.changed.notified();
        match routes(database).await {
            Ok(routes) => {
                tasks.retain(|_, task| !task.0.is_finished());
                for (route, place) in routes {
                    tasks.entry(route.clone()).or_insert_with(|| {
                        let teller = Teller::new(database, route, place);
                        Task(tokio::spawn(teller.run()))
                    });
                }
            }
            Err(Error::RefusingWrites) => {}
            Err(error) => tracing::warn!(%error, "replicas are not told everything"),
        }
        let _ = tokio::time::timeout(HEARTBEAT, changed).await;
        tokio::time::sleep(GATHERING).await;
    }
}

/// Everything that is to be told, with the tables that it is told of: their numbers and the keys of their rows. On the
/// way, goes on with what had to wait.
async fn routes(database: &Database) -> Result<Vec<(Route, (Id, Bytes))>> {
    let mut routes = Vec::new();
    let view = database.view(Reads::Many).await?;
    for table in replication::tables(database, &view).await? {
        let Some(Replication { id, group, links, .. }) = &table.replication else { continue };
        if group.state(&table.region) == Some(State::Removed) {
            removed::leave(database, &table, group).await?;
        }
        let place = (table.id, table.row_key());
        routes.extend(links.keys().map(|region| ((*id, region.clone()), place.clone())));
        if receive::is_unsettled(&table) {
            receive::settle_later(database, &table).await?;
        }
    }
    for (_, row) in super::rows(database, keys::all_leaving()).await? {
        let Leaving { table } = catalog::decode(&row)?;
        let Some(replication) = &table.replication else { continue };
        let view = database.view(Reads::Many).await?;
        let links = link::all(&view, replication.id).await?;
        if links.is_empty() {
            removed::finish(database, &table).await?;
        }
        let place = (table.id, table.row_key());
        let route = |(region, _)| ((replication.id, region), place.clone());
        routes.extend(links.into_iter().map(route));
    }
    Ok(routes)
}

/// Asks a Region what there is of a name.
///
/// # Errors
/// Where it cannot be asked.
pub(crate) async fn look(database: &Database, scope: &Scope, name: &str) -> Result<Look> {
    say(database, (scope, name), Body::Look, &[]).await
}

/// Tells a Region of a group that its table is to join.
///
/// # Errors
/// Where it cannot be told.
pub(crate) async fn invite(
    database: &Database,
    scope: &Scope,
    name: &str,
    (from, news): (&str, News),
) -> Result<Told> {
    let group = news.group.id.clone();
    let tell =
        Tell { from: from.to_owned(), group, news: Some(news), until_ms: 0, is_copied: false };
    say(database, (scope, name), Body::Tell(Box::new(tell)), &[]).await
}

/// Says something to the replica of a name in a Region, and gives the answer.
async fn say<T: DeserializeOwned>(
    database: &Database,
    (scope, name): (&Scope, &str),
    body: Body,
    entries: &[Entry],
) -> Result<T> {
    let Scope { account, region } = scope.clone();
    let head = Head { account, to: region, table: name.to_owned(), body };
    let answer = ask(database, &scope.region, message::encode(&head, entries)).await?;
    Ok(message::decode(&answer)?.0)
}

/// Hands a message to a Region, wherever it lives.
async fn ask(database: &Database, region: &str, message: Bytes) -> Result<Bytes> {
    match database.inner.options.regions.elsewhere(region) {
        None => receive::receive(database, message).await,
        Some(peers) => peers.ask(region, message).await.map_err(|error| {
            let text = format!("the Region {region} cannot be reached: {error}");
            Error::internal(std::io::Error::other(text))
        }),
    }
}

/// Who tells one replica of one table.
struct Teller {
    database: Database,
    id: Id,
    region: String,
    table_id: Id,
    table_key: Bytes,
    /// How the group and the table were when they were last told, and the row that this was.
    told: Option<(Group, Table)>,
    told_of: Option<Arc<Table>>,
    /// Since when the replica that is told is a member, and its number for clients.
    of: Option<(u64, Option<String>)>,
    link: Option<Link>,
    /// The link as it is written down, when that was as far as the link itself, and when something was last told.
    kept: Option<Link>,
    kept_ms: u64,
    told_ms: u64,
    is_warned: bool,
}

/// How things stand when a replica is told something.
struct Turn {
    table: Arc<Table>,
    /// Whether the table has left its group.
    is_leaving: bool,
    /// Whether the replica has no part in it any more.
    is_removed: bool,
    /// Whether a new replica is filled from here.
    is_source: bool,
    link: Link,
    /// What is told; nothing to one that was removed.
    batch: Option<Batch>,
}

impl Turn {
    /// Whether a new replica is then told of everything there was.
    fn is_copied(&self) -> bool {
        let is_last = |batch: &Batch| batch.next.copy.is_none();
        self.is_source && self.link.is_filling() && self.batch.as_ref().is_some_and(is_last)
    }
}

/// What to do after something was told.
enum Next {
    More,
    Rest,
    /// The replica is going.
    Wait,
    /// Something is wrong with the other replica.
    Later,
    End,
}

impl Teller {
    fn new(database: &Database, (id, region): Route, (table_id, table_key): (Id, Bytes)) -> Self {
        Self {
            database: database.clone(),
            id,
            region,
            table_id,
            table_key,
            told: None,
            told_of: None,
            of: None,
            link: None,
            kept: None,
            kept_ms: 0,
            told_ms: 0,
            is_warned: false,
        }
    }

    async fn run(mut self) {
        let appended = self.database.inner.replicating.appended(self.table_id);
        let mut retry = FIRST_RETRY;
        loop {
            let committed = appended.notified();
            match self.step().await {
                Ok(Next::More) => retry = FIRST_RETRY,
                Ok(Next::Rest) => {
                    retry = FIRST_RETRY;
                    let _ = tokio::time::timeout(HEARTBEAT, committed).await;
                    tokio::time::sleep(GATHERING).await;
                }
                Ok(Next::Wait) => tokio::time::sleep(GOING).await,
                Ok(Next::Later) => tokio::time::sleep(HEARTBEAT).await,
                Ok(Next::End) => return,
                Err(error) => {
                    self.note_failure(&error).await;
                    tokio::time::sleep(retry).await;
                    retry = (retry * 2).min(HEARTBEAT);
                }
            }
        }
    }

    /// The table that is told of, and whether it has left its group.
    async fn table(&self, view: &View) -> Result<Option<(Arc<Table>, bool)>> {
        let is_it = |table: &Table| {
            table.replication.as_ref().is_some_and(|replication| replication.id == self.id)
        };
        let table = self.database.inner.catalog.table(view, &self.table_key).await?;
        if let Some(table) = table.filter(|table| is_it(table)) {
            return Ok(Some((table, false)));
        }
        let Some(row) = view.get(&keys::leaving(self.table_id)).await? else { return Ok(None) };
        let Leaving { table } = catalog::decode(&row)?;
        Ok(is_it(&table).then(|| (Arc::new(table), true)))
    }

    /// Tells the replica what comes next.
    async fn step(&mut self) -> Result<Next> {
        let now_ms = self.database.inner.clock.now_ms();
        let Some(turn) = self.turn(now_ms).await? else { return Ok(Next::End) };
        let news = self.news(&turn.table);
        if news.is_none() {
            // What is known to be the same need not be compared again.
            self.told_of = Some(Arc::clone(&turn.table));
        }
        let has_entries = turn.batch.as_ref().is_some_and(|batch| !batch.entries.is_empty());
        let is_due = u128::from(now_ms.saturating_sub(self.told_ms)) >= HEARTBEAT.as_millis();
        let says_something =
            has_entries || news.is_some() || turn.is_copied() || is_due || turn.is_leaving;
        if let Some(batch) = turn.batch.as_ref().filter(|_| !says_something) {
            self.keep(batch.next.clone(), now_ms).await?;
            return Ok(if batch.is_last { Next::Rest } else { Next::More });
        }
        let told = self.tell(&turn, news.as_ref()).await?;
        self.told_ms = now_ms;
        if told == Told::Unknown && news.is_none() && !turn.is_leaving && !turn.is_removed {
            // Perhaps it has to be told of the group first.
            (self.told, self.told_of) = (None, None);
            return Ok(Next::More);
        }
        if matches!(told, Told::Taken | Told::Made) {
            self.told_of = Some(Arc::clone(&turn.table));
            if let Some(News { group, table }) = news {
                self.told = Some((group, table));
            }
        }
        self.go_on(turn, told, now_ms).await
    }

    /// Looks how things stand; `None` where there is nobody to tell any more.
    async fn turn(&mut self, now_ms: u64) -> Result<Option<Turn>> {
        let view = self.database.view(Reads::Many).await?;
        let Some((table, is_leaving)) = self.table(&view).await? else { return Ok(None) };
        let row = view.get(&keys::link(self.id, &self.region)).await?;
        let (Some(row), Some(replication)) = (row, &table.replication) else { return Ok(None) };
        self.look_again(replication);
        let link = if let Some(link) = &self.link {
            link.clone()
        } else {
            let link: Link = catalog::decode(&row)?;
            // What is behind it may have been told, or not.
            let behind_ms = link.behind_ms(&view, table.id).await?;
            (self.kept, self.kept_ms) = (Some(link.clone()), behind_ms.unwrap_or(now_ms));
            self.link.insert(link).clone()
        };
        let is_removed = !is_leaving && !replication.group.has(&self.region);
        let seen = Position::behind(view.version());
        let now = link.now((&table, self.id), (is_removed, seen));
        if now != link {
            self.keep_now(now.clone(), now_ms).await?;
        }
        let link = now;
        let batch = if is_removed {
            None
        } else {
            Some(link.next(&view, (&table, self.id), now_ms).await?)
        };
        let member = replication.group.members.get(&self.region);
        let is_source = member.is_some_and(|member| member.presence.value.source == table.region);
        Ok(Some(Turn { table, is_leaving, is_removed, is_source, link, batch }))
    }

    /// Does what follows from an answer.
    async fn go_on(&mut self, turn: Turn, told: Told, now_ms: u64) -> Result<Next> {
        let Turn { table, is_leaving, is_removed, is_source, link, batch } = turn;
        let is_creating = || {
            let group = table.replication.as_ref().map(|replication| &replication.group);
            group.and_then(|group| group.state(&self.region)) == Some(State::Creating)
        };
        match (told, batch) {
            (Told::Made, Some(_)) if !link.is_at_start(self.id) => {
                // The replica was made anew: it is told everything again.
                let link = Link::copying(link.from, self.id, is_source);
                self.keep(link, now_ms).await.map(|()| Next::More)
            }
            (Told::Taken | Told::Made, Some(batch)) => {
                self.advance((&table, is_leaving), batch, now_ms).await
            }
            (Told::Unknown | Told::Leaving | Told::NameTaken, _) if is_leaving => {
                self.end(&table).await
            }
            (Told::Leaving, _) | (Told::Taken | Told::Made, None) => Ok(Next::Wait),
            (Told::Unknown, _) if is_removed => {
                removed::unlink(&self.database, &table, &self.region).await.map(|()| Next::End)
            }
            (Told::NameTaken, _) if is_creating() => {
                self.give_up(&table, now_ms).await.map(|()| Next::More)
            }
            (Told::Unknown | Told::NameTaken, _) => {
                if !std::mem::replace(&mut self.is_warned, true) {
                    let (table, region) = (&table.name, &self.region);
                    tracing::error!(table, region, "a replica has lost its table");
                }
                Ok(Next::Later)
            }
        }
    }

    /// Sends a message, and gives what is answered.
    async fn tell(&self, turn: &Turn, news: Option<&News>) -> Result<Told> {
        let (table, batch) = (&turn.table, turn.batch.as_ref());
        let replication = table.replication.as_ref().ok_or(Damaged("replicated table"))?;
        let tell = Tell {
            from: table.region.clone(),
            group: replication.group.id.clone(),
            news: news.cloned(),
            until_ms: batch.map_or(0, |batch| self.promised_ms(batch)),
            is_copied: turn.is_copied(),
        };
        let scope = Scope { account: table.account.clone(), region: self.region.clone() };
        let entries = batch.map_or(&[][..], |batch| &batch.entries);
        say(&self.database, (&scope, &table.name), Body::Tell(Box::new(tell)), entries).await
    }

    /// What the replica has not been told yet of the group and the table.
    fn news(&self, table: &Arc<Table>) -> Option<News> {
        if self.told_of.as_ref().is_some_and(|told_of| Arc::ptr_eq(told_of, table)) {
            return None;
        }
        let group = table.replication.as_ref()?.group.clone();
        let table = shown(table);
        let is_known =
            self.told.as_ref().is_some_and(|(known, shown)| *known == group && *shown == table);
        (!is_known).then_some(News { group, table })
    }

    /// Notes that a batch was told.
    async fn advance(
        &mut self,
        (table, is_leaving): (&Table, bool),
        batch: Batch,
        now_ms: u64,
    ) -> Result<Next> {
        self.is_warned = false;
        let lag_ms = batch
            .since_ms
            .map_or(0, |since_ms| self.database.inner.clock.now_ms().saturating_sub(since_ms));
        self.note_lag(table, lag_ms);
        if is_leaving && batch.is_last {
            return self.end(table).await;
        }
        self.keep(batch.next, now_ms).await?;
        Ok(if batch.is_last { Next::Rest } else { Next::More })
    }

    /// Up to which time the replica has been told everything, in milliseconds since 1970. It forgets deletions by that:
    /// so what would be told again after a crash, as the link is written down, is not promised to have been told.
    fn promised_ms(&self, batch: &Batch) -> u64 {
        if self.link == self.kept { batch.until_ms } else { batch.until_ms.min(self.kept_ms) }
    }

    /// Drops what is known of a replica that has been made anew since.
    fn look_again(&mut self, replication: &Replication) {
        let since_ms = replication.links.get(&self.region).copied().unwrap_or_default();
        let uuid = replication.known.get(&self.region).map(|table| table.uuid.clone());
        let was = self.of.replace((since_ms, uuid.clone()));
        let Some((was_ms, was_uuid)) = was else { return };
        if was_ms != since_ms {
            (self.told, self.told_of, self.link, self.kept) = (None, None, None, None);
        } else if was_uuid.is_some() && was_uuid != uuid {
            let from = self.kept.as_ref().map(|link| link.from);
            (self.told, self.told_of) = (None, None);
            self.link = from.map(|from| Link::copying(from, self.id, true));
        }
    }

    /// Goes on from a link. It is written down at once while a new replica is being told what there is, and once a
    /// second otherwise.
    async fn keep(&mut self, link: Link, now_ms: u64) -> Result<()> {
        let is_same = self.kept.as_ref() == Some(&link);
        let was_copying = self.kept.as_ref().is_none_or(|kept| kept.copy.is_some());
        let is_due = was_copying
            || link.copy.is_some()
            || now_ms.saturating_sub(self.kept_ms) >= KEPT_MS
            || now_ms < self.kept_ms;
        self.link = Some(link.clone());
        if is_same {
            self.kept_ms = now_ms;
        }
        if is_same || !is_due { Ok(()) } else { self.keep_now(link, now_ms).await }
    }

    /// Goes on from a link, and writes it down.
    async fn keep_now(&mut self, link: Link, now_ms: u64) -> Result<()> {
        self.link = Some(link.clone());
        let key = keys::link(self.id, &self.region);
        let view = self.database.view(Reads::One).await?;
        // One that was ended or begun anew meanwhile stays as it is.
        let row = view.get(&key).await?.map(|row| catalog::decode::<Link>(&row)).transpose()?;
        if row.is_none() || row != self.kept {
            return Ok(());
        }
        let commit = Commit {
            seen: view.version(),
            reads: vec![key],
            writes: vec![link.row(self.id, &self.region)],
            ..Commit::default()
        };
        match self.database.commit(commit).await {
            Ok(_) => {
                (self.kept, self.kept_ms) = (Some(link), now_ms);
                Ok(())
            }
            // It is written down the next time.
            Err(CommitError::Conflict(_) | CommitError::TooOld) => Ok(()),
            Err(CommitError::Unknown) => {
                // Whether it is, the row will say.
                self.link = None;
                Ok(())
            }
            Err(error) => Err(commit_failed(error)),
        }
    }

    /// Ends the link of a table that has left its group, and has nothing more to tell.
    async fn end(&self, table: &Table) -> Result<Next> {
        let writes = vec![(keys::link(self.id, &self.region), None)];
        let commit = Commit { writes, metadata: true, ..Commit::default() };
        self.database.commit(commit).await.map_err(commit_failed)?;
        self.database.forget_lag(table, &self.region);
        Ok(Next::End)
    }

    /// A replica that cannot be made is no part of the group.
    async fn give_up(&self, table: &Table, now_ms: u64) -> Result<()> {
        tracing::error!(table = table.name, region = self.region, "a replica cannot be made");
        change(&self.database, [self.table_key.clone()], |[row]| {
            let Some(mut now) = catalog::still(row, table.id)? else {
                return Ok((Writes::new(), ()));
            };
            let own = now.region.clone();
            if let Some(replication) = &mut now.replication {
                replication.group.set_state(&self.region, State::Removed, &own, now_ms);
            }
            Ok((vec![(now.row_key(), Some(catalog::encode(&now)))], ()))
        })
        .await
    }

    fn note_lag(&self, table: &Table, lag_ms: u64) {
        self.database.note_replication_lag(ReplicationLag {
            account: table.account.clone(),
            table: table.name.clone(),
            source: table.region.clone(),
            target: self.region.clone(),
            lag_ms,
        });
    }

    /// Says once, and in the lag, that a replica cannot be told.
    async fn note_failure(&mut self, error: &Error) {
        let region = &self.region;
        if !std::mem::replace(&mut self.is_warned, true) {
            let error: &dyn std::error::Error = error;
            tracing::warn!(region, error, "a replica is not told, and will be later");
        }
        let now_ms = self.database.inner.clock.now_ms();
        let Ok(view) = self.database.view(Reads::Many).await else { return };
        let Ok(Some((table, _))) = self.table(&view).await else { return };
        let Some(link) = &self.link else { return };
        if let Ok(Some(behind_ms)) = link.behind_ms(&view, table.id).await {
            self.note_lag(&table, now_ms.saturating_sub(behind_ms));
        }
    }
}

/// Forgets deletions that no replica can have anything older to say of: those of more than a day ago, once every
/// replica has told all that it had to tell from before.
pub(crate) async fn forget_deletions(database: &Database) -> Result<()> {
    let view = database.view(Reads::Many).await?;
    for table in replication::tables(database, &view).await? {
        let Some(replication) = &table.replication else { continue };
        let now_ms = database.inner.clock.now_ms();
        let heard_ms = database.inner.replicating.heard_ms(&table);
        let told_ms = told_ms(database, &table, replication.id).await?;
        let known_ms = heard_ms.min(told_ms).saturating_sub(SLACK_MS);
        let before_ms = now_ms.saturating_sub(DAY_MS).min(known_ms);
        let old = keys::deletions_before(replication.id, Version::time_at(before_ms));
        let (mut pages, id) = (Pages::once(old), replication.id);
        while let Some(page) = pages.next(&database.view(Reads::Many).await?).await? {
            forget(database, (&table, id), &page.entries).await?;
        }
    }
    Ok(())
}

/// Up to which time all other replicas of a table have been told everything, in milliseconds since 1970.
async fn told_ms(database: &Database, table: &Table, id: Id) -> Result<u64> {
    let view = database.view(Reads::Many).await?;
    let mut told_ms = u64::MAX;
    for (_, link) in link::all(&view, id).await?.into_iter().filter(|(_, link)| link.holds()) {
        let behind_ms = link.behind_ms(&view, table.id).await?;
        // A new replica may lack anything.
        let behind_ms = if link.copy.is_some() { Some(0) } else { behind_ms };
        told_ms = told_ms.min(behind_ms.unwrap_or(u64::MAX));
    }
    Ok(told_ms)
}

async fn forget(
    database: &Database,
    (table, id): (&Table, Id),
    deletions: &[(Bytes, Bytes)],
) -> Result<()> {
    let view = database.view(Reads::Many).await?;
    let mut commit = Commit { seen: view.version(), ..Commit::default() };
    let entries: Vec<Bytes> = deletions.iter().map(|(entry, _)| entry.clone()).collect();
    for (entry, found) in entries.iter().zip(view.get_many(&entries).await?) {
        let (item, _) = keys::deleted_item(table.id, entry).ok_or(Damaged("deletion"))?;
        let version = keys::version(id, &item);
        // One that was written again meanwhile has another entry, or none.
        if found.is_some() {
            commit.reads.extend([version.clone(), item]);
            commit.writes.extend([(entry.clone(), None), (version, None)]);
        }
    }
    match database.commit(commit).await {
        Ok(_) | Err(CommitError::Conflict(_) | CommitError::TooOld | CommitError::Unknown) => {
            Ok(())
        }
        Err(error) => Err(commit_failed(error)),
    }
}
