//! Replicas of a table in other Regions, here or on other servers.
//!
//! The tables of a group are equals. Each sends the others what was changed in its own Region, from its history, and
//! takes what they send unless it has something later ([`version`]): so all come to hold the same, in whatever order
//! and however often they hear of it. What the group is, is told in the same way: each part of it ([`group`],
//! [`settings`]) is as whoever changed it last left it.
//!
//! `jobs::replicate` sends, [`receive`] takes; [`leave`] and [`removed`] are how a replica goes without losing what it had
//! to tell.

pub(crate) mod group;
pub(crate) mod leave;
pub(crate) mod legacy;
pub(crate) mod link;
pub(crate) mod message;
pub(crate) mod receive;
pub(crate) mod removed;
pub(crate) mod settings;
pub(crate) mod version;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use storage::{Commit, View};
use tokio::sync::Notify;

use crate::catalog::{self, Table};
use crate::error::Result;
use crate::keys::{self, Id};
use crate::pages::Pages;
use crate::quotas::Recent;
use crate::{Database, Scope};
use group::{GlobalTableVersion, Group, State};
use version::Version;

/// A table's place among its replicas: part of its row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Replication {
    /// Its number, in every key of its versions and links.
    pub(crate) id: Id,
    pub(crate) group: Group,
    /// The replicas in other Regions, each as it last said it is.
    pub(crate) known: BTreeMap<String, Table>,
    /// The Regions that are told of changes, with the time since when the replica there is a member, in milliseconds
    /// since 1970: those of the others, and those that were removed and may not know it.
    pub(crate) links: BTreeMap<String, u64>,
}

impl Replication {
    pub(crate) fn new(id: Id, group: Group) -> Self {
        Self { id, group, known: BTreeMap::new(), links: BTreeMap::new() }
    }

    /// Notes what the replica in another Region says it is. One that is leaving is none any more.
    pub(crate) fn know(&mut self, own: &str, (region, table): (&str, &Table)) {
        if region != own && self.group.has(region) {
            self.known.insert(region.to_owned(), table.clone());
        }
    }

    /// The replica in a Region, as far as it is known here: `own`, whose place this is, or another.
    pub(crate) fn replica<'a>(&'a self, own: &'a Table, region: &str) -> Option<&'a Table> {
        if region == own.region { Some(own) } else { self.known.get(region) }
    }

    /// Whether the replicas have settings in common.
    pub(crate) fn is_current(&self) -> bool {
        self.group.version == GlobalTableVersion::Current
    }

    /// Whether the replica in a Region, which is this one, is new and still being filled.
    pub(crate) fn is_being_filled(&self, region: &str) -> bool {
        let member = self.group.members.get(region);
        self.group.version == GlobalTableVersion::Current
            && member.is_some_and(|member| member.presence.value.state == State::Creating)
    }

    /// Whether one that was removed may still have something to tell.
    pub(crate) fn is_parting(&self) -> bool {
        self.links.keys().any(|region| !self.group.has(region))
    }

    /// Whether a replica is being made.
    pub(crate) fn is_changing(&self) -> bool {
        let is_creating = |state| state == State::Creating;
        self.group.present().any(|(_, member)| is_creating(member.presence.value.state))
    }
}

/// A table's row as other Regions keep it: without what is nobody else's business.
pub(crate) fn shown(table: &Table) -> Table {
    Table {
        recovery: None,
        cuts: Vec::new(),
        origin: None,
        recent: Recent::default(),
        insights: crate::insights::Settings::default(),
        replication: None,
        ..table.clone()
    }
}

/// Where a replicated table is found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Replicated {
    account: String,
    region: String,
    table: String,
}

impl Replicated {
    fn table_key(&self) -> Bytes {
        let scope = Scope { account: self.account.clone(), region: self.region.clone() };
        keys::table(&scope, &self.table)
    }
}

/// All tables here that have replicas, as `view` has them.
pub(crate) async fn tables(database: &Database, view: &View) -> Result<Vec<Arc<Table>>> {
    let (mut found, mut pages) = (Vec::new(), Pages::often(keys::all_replicated()));
    while let Some(page) = pages.next(view).await? {
        for (_, row) in page.entries {
            let replicated: Replicated = catalog::decode(&row)?;
            let table = database.inner.catalog.table(view, &replicated.table_key()).await?;
            found.extend(table.filter(|table| table.replication.is_some()));
        }
    }
    Ok(found)
}

/// The row of a table that has replicas, or had.
pub(crate) fn row(table: &Table) -> (Bytes, Option<Bytes>) {
    let replicated = Replicated {
        account: table.account.clone(),
        region: table.region.clone(),
        table: table.name.clone(),
    };
    let row = table.replication.is_some().then(|| catalog::encode(&replicated));
    (keys::replicated(table.id), row)
}

/// What is known of replication while the server runs.
#[derive(Default)]
pub(crate) struct Replicating {
    /// Told whenever a table has changed.
    pub(crate) changed: Arc<Notify>,
    /// Told whenever something may have been appended to the history of the table with a number, or any table has
    /// changed.
    appended: RwLock<HashMap<Id, Arc<Notify>>>,
    /// Up to which time each other replica has told a table everything, in milliseconds since 1970, by the number
    /// of the table's replication and the other's Region.
    heard: Mutex<HashMap<(Id, String), u64>>,
}

impl Replicating {
    /// What is told when something may have been appended to the history of a table, or a table has changed.
    pub(crate) fn appended(&self, table: Id) -> Arc<Notify> {
        let mut all = self.appended.write().unwrap_or_else(PoisonError::into_inner);
        // Those that nobody has any more go.
        all.retain(|_, notify| Arc::strong_count(notify) > 1);
        Arc::clone(all.entry(table).or_default())
    }

    /// Who is to be told of a commit, once it is made.
    pub(crate) fn waiting(&self, commit: &Commit) -> Vec<Arc<Notify>> {
        let all = self.appended.read().unwrap_or_else(PoisonError::into_inner);
        if commit.metadata {
            return all.values().chain([&self.changed]).map(Arc::clone).collect();
        }
        if all.is_empty() {
            return Vec::new();
        }
        let mut tables: Vec<_> =
            commit.appends.iter().filter_map(|(prefix, ..)| keys::logged_table(prefix)).collect();
        tables.dedup();
        tables.iter().filter_map(|table| all.get(table)).map(Arc::clone).collect()
    }

    /// Notes that a replica has told everything up to a time.
    fn hear(&self, id: Id, region: &str, until_ms: u64) {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let until = heard.entry((id, region.to_owned())).or_default();
        *until = until_ms.max(*until);
    }

    /// Forgets what a replica of a table told.
    pub(crate) fn forget(&self, id: Id, region: &str) {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.remove(&(id, region.to_owned()));
    }

    /// Up to which time all other replicas of a table have told everything, also those that are going, in milliseconds
    /// since 1970; 0 where one has not been heard of.
    pub(crate) fn heard_ms(&self, table: &Table) -> u64 {
        let Some(replication) = &table.replication else { return 0 };
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let members = replication.group.present().map(|(region, _)| region);
        let others =
            members.filter(|region| **region != table.region).chain(replication.links.keys());
        let until = |region: &String| {
            heard.get(&(replication.id, region.clone())).copied().unwrap_or_default()
        };
        others.map(until).min().unwrap_or(u64::MAX)
    }
}

/// The time and the Region that a change of a group is marked with, which is later than what it replaces.
pub(crate) fn stamp(before: &Version, region: &str, now_ms: u64) -> Version {
    let time = (before.time + 2).max(Version::time_at(now_ms));
    Version { time, region: region.to_owned() }
}
