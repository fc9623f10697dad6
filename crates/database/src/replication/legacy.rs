//! Global tables of version 2017.11.29: which there are, and which tables may become their replicas.
//!
//! Such a group is made of tables that there are already. Each replica's row holds the group, so a global table is
//! known wherever it has a replica, and is gone with the last one.

use std::sync::Arc;

use storage::View;

use crate::catalog::Table;
use crate::catalog::describe::Status;
use crate::catalog::stream::StreamView;
use crate::catalog::table::{Index, KeyAttribute, Projection};
use crate::error::{GlobalTableFault, Off, Result};
use crate::jobs::replicate;
use crate::keys;
use crate::replication::group::{GlobalTableVersion, Group, Presence, State};
use crate::replication::message::{Look, News, Told};
use crate::replication::settings::Overrides;
use crate::replication::{self, Replication, shown};
use crate::{Database, Scope};

/// The place of a table in a global table, if it is a replica of one.
pub(crate) fn place(table: &Table) -> Option<&Replication> {
    table.replication.as_ref().filter(|replication| {
        replication.group.version == GlobalTableVersion::Legacy
            && replication.group.has(&table.region)
    })
}

/// The replicas that live here, of all global tables of an account.
pub(crate) async fn all(
    database: &Database,
    view: &View,
    account: &str,
) -> Result<Vec<Arc<Table>>> {
    let mut found = replication::tables(database, view).await?;
    found.retain(|table| table.account == account && place(table).is_some());
    Ok(found)
}

/// The replicas that live here, of the global table of a name as it is seen from a Region: that Region's own one first.
pub(crate) async fn replicas(
    database: &Database,
    view: &View,
    (scope, name): (&Scope, &str),
) -> Result<Vec<Arc<Table>>> {
    let mut found = all(database, view, &scope.account).await?;
    found.retain(|table| table.name == name);
    found.sort_by_key(|table| table.region != scope.region);
    let group = found.first().and_then(|first| place(first)).map(|place| place.group.id.clone());
    found.retain(|table| place(table).map(|place| &place.group.id) == group.as_ref());
    Ok(found)
}

/// The replica by which the global table of a name is seen from a Region, if there is such a table.
pub(crate) async fn find(
    database: &Database,
    view: &View,
    (scope, name): (&Scope, &str),
) -> Result<Option<Arc<Table>>> {
    let own = database.inner.catalog.table(view, &keys::table(scope, name)).await?;
    if let Some(own) = own.filter(|table| place(table).is_some()) {
        return Ok(Some(own));
    }
    Ok(replicas(database, view, (scope, name)).await?.into_iter().next())
}

/// What a global table is doing.
pub(crate) fn status(place: &Replication) -> Status {
    let group = &place.group;
    if !place.is_changing() && !place.is_parting() {
        return Status::Active;
    }
    // The members of a new group follow each other by a millisecond.
    let begun_ms = group.created_ms..=group.created_ms.saturating_add(group.members.len() as u64);
    let is_first = group.members.values().all(|member| {
        let presence = &member.presence.value;
        presence.state != State::Removed && begun_ms.contains(&presence.since_ms)
    });
    if is_first { Status::Creating } else { Status::Updating }
}

/// A table that is to become a replica.
pub(crate) struct Candidate {
    pub(crate) region: String,
    pub(crate) table: Table,
    items: i64,
    group: Option<Group>,
}

impl Candidate {
    /// The table of a name.
    ///
    /// # Errors
    /// Where there is none, or its Region cannot be asked.
    pub(crate) async fn find(database: &Database, scope: &Scope, name: &str) -> Result<Self> {
        let Look { table, items, group } = replicate::look(database, scope, name).await?;
        let table = table.ok_or_else(|| Off::Table(name.to_owned()))?;
        Ok(Self { region: scope.region.clone(), table, items, group })
    }

    /// Whether it is a replica already.
    pub(crate) fn is_replica(&self) -> bool {
        self.group.as_ref().is_some_and(|group| {
            group.version == GlobalTableVersion::Legacy && group.has(&self.region)
        })
    }

    /// Whether it can become one.
    pub(crate) fn check(&self) -> Result<(), GlobalTableFault> {
        let region = || self.region.clone();
        match self.group.as_ref().map(|group| group.version) {
            Some(GlobalTableVersion::Current) => {
                return Err(GlobalTableFault::OtherVersion(region()));
            }
            Some(GlobalTableVersion::Legacy) => return Err(GlobalTableFault::Leaving(region())),
            None => {}
        }
        let stream = self.table.stream.as_ref().filter(|stream| stream.is_enabled);
        if stream.is_none_or(|stream| stream.view != StreamView::NewAndOldImages) {
            return Err(GlobalTableFault::NoStream(region()));
        }
        check_empty((&self.region, self.items))
    }

    /// Whether it has what all replicas have in common with another one.
    pub(crate) fn check_like(&self, other: &Table) -> Result<(), GlobalTableFault> {
        let table = &self.table;
        let keys = |table: &Table| (table.partition_key.clone(), table.sort_key.clone());
        let parts = [
            ("key schema", keys(table) == keys(other)),
            ("local secondary indexes", shapes(table, false) == shapes(other, false)),
            ("global secondary indexes", shapes(table, true) == shapes(other, true)),
            ("billing mode", table.billing.mode() == other.billing.mode()),
            ("write capacity", writes(table) == writes(other)),
        ];
        match parts.into_iter().find(|(_, is_same)| !is_same) {
            None => Ok(()),
            Some((what, _)) => {
                let (one, other) = (other.region.clone(), self.region.clone());
                Err(GlobalTableFault::Unlike { what, one, other })
            }
        }
    }

    /// Adds it to a group, in a Region: with the settings that it has.
    pub(crate) fn add(&self, group: &mut Group, (own, now_ms): (&str, u64), since_ms: u64) {
        let presence = Presence {
            state: State::Creating,
            since_ms,
            source: self.region.clone(),
            table: Some(self.table.uuid.clone()),
        };
        group.set(&self.region, presence, own, now_ms);
        let overrides = Overrides::of(&self.table);
        group.override_settings(&self.region, (own, now_ms), |own| *own = overrides);
    }

    /// Has it join a group, of which another replica tells it. Whether it did.
    ///
    /// # Errors
    /// Where its Region cannot be told.
    pub(crate) async fn invite(
        &self,
        database: &Database,
        (group, from): (&Group, &Table),
    ) -> Result<bool> {
        let news = News { group: group.clone(), table: shown(from) };
        let (scope, name) = (self.table.scope(), &self.table.name);
        let told = replicate::invite(database, &scope, name, (&from.region, news)).await?;
        Ok(matches!(told, Told::Taken | Told::Made))
    }
}

/// Whether a Region's table is empty, which it is while replicas are added.
pub(crate) fn check_empty((region, items): (&str, i64)) -> Result<(), GlobalTableFault> {
    if items == 0 { Ok(()) } else { Err(GlobalTableFault::NotEmpty(region.to_owned())) }
}

/// What has to be the same of an index in all replicas.
type Shape<'a> = (&'a str, &'a [KeyAttribute], &'a [KeyAttribute], Projected<'a>);

/// What an index projects, in whatever order it was told.
#[derive(PartialEq)]
enum Projected<'a> {
    All,
    Keys,
    Some(Vec<&'a str>),
}

fn shapes(table: &Table, is_global: bool) -> Vec<Shape<'_>> {
    let indexes = table.indexes.iter().filter(|index| index.is_global() == is_global);
    let mut shapes: Vec<_> = indexes.map(shape).collect();
    shapes.sort_by_key(|(name, ..)| *name);
    shapes
}

fn shape(index: &Index) -> Shape<'_> {
    let projected = match &index.projection {
        Projection::All => Projected::All,
        Projection::KeysOnly => Projected::Keys,
        Projection::Include(names) => {
            let mut names: Vec<_> = names.iter().map(String::as_str).collect();
            names.sort_unstable();
            Projected::Some(names)
        }
    };
    (&index.name, &index.partition_key, &index.sort_key, projected)
}

/// The provisioned units to write of a table, and of its global indexes by their names.
fn writes(table: &Table) -> (i64, Vec<(&str, i64)>) {
    let globals = table.indexes.iter().filter(|index| index.is_global());
    let mut writes: Vec<_> =
        globals.map(|index| (index.name.as_str(), index.throughput.write)).collect();
    writes.sort_unstable();
    (table.throughput.write, writes)
}
