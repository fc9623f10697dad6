//! `UpdateGlobalTable`: adds empty tables to a global table of version 2017.11.29 while it is empty too, and removes
//! replicas, which then are tables of their own.

use std::collections::BTreeSet;

use bytes::Bytes;
use serde::Serialize;
use storage::Reads;
use types::json::Json;
use types::name::Name;
use types::parameter::{Faults, List, Parameter, Path, structure};

use crate::access::Needs;
use crate::catalog::change::{Changes, change, see_through};
use crate::catalog::describe::Status;
use crate::catalog::{self, Table};
use crate::error::{Error, GlobalTable, GlobalTableFault, Result};
use crate::jobs::replicate;
use crate::operation::{Access, Operation, Parameters};
use crate::operations::describe_global_table::GlobalTableDescription;
use crate::position::Position;
use crate::replication::group::{Group, State};
use crate::replication::legacy::{self, Candidate};
use crate::replication::{receive, removed};
use crate::{Call, Database, Scope, history, keys};

/// The request.
pub(crate) struct UpdateGlobalTable {
    name: Name,
    actions: Vec<Action>,
}

/// What is to become of a Region's replica.
#[derive(Debug, Clone)]
enum Action {
    Create(String),
    Delete(String),
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateGlobalTableOutput {
    global_table_description: GlobalTableDescription,
}

/// An element of `ReplicaUpdates`; `None` for a faulty one.
struct Update(Option<Action>);

impl Parameter<Error> for Update {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        let region = |parameters: &mut Parameters<'_>| parameters.required("RegionName");
        structure(json, path, faults, |parameters| {
            let create = parameters.nested("Create", region).map(Action::Create);
            let delete = parameters.nested("Delete", region).map(Action::Delete);
            let action = match (create, delete) {
                (Some(action), None) | (None, Some(action)) => Ok(action),
                (Some(_), Some(_)) => Err(GlobalTableFault::BothActions),
                (None, None) => Err(GlobalTableFault::NoAction),
            };
            Self(parameters.check(action))
        })
    }

    fn placeholder() -> Self {
        Self(None)
    }
}

impl Operation for UpdateGlobalTable {
    const NAME: &'static str = "UpdateGlobalTable";
    const ACCESS: Access = Access::Control;
    type Output = UpdateGlobalTableOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        let name = parameters.required("GlobalTableName");
        let List(updates) =
            parameters.required::<List<Update, 0, { usize::MAX }>>("ReplicaUpdates");
        let actions: Vec<_> = updates.into_iter().filter_map(|Update(action)| action).collect();
        if actions.is_empty() {
            parameters.refuse(GlobalTableFault::NoAction);
        }
        let mut seen = BTreeSet::new();
        if let Some(again) = actions.iter().find(|action| !seen.insert(action.region())) {
            parameters.refuse(GlobalTableFault::RepeatedRegion(again.region().to_owned()));
        }
        Self { name, actions }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.global_table(&self.name);
        needs.named(&self.name);
        for action in &self.actions {
            let (Action::Create(region) | Action::Delete(region)) = action;
            needs.replica(region, &self.name);
        }
    }

    async fn run(self, database: &Database, call: &Call) -> Result<UpdateGlobalTableOutput> {
        let supported = database.inner.options.regions.supported();
        if let Some(region) = self.created().find(|region| !supported.contains(region)) {
            return Err(GlobalTableFault::UnknownRegion(region.clone()).into());
        }
        let view = database.view(Reads::Many).await?;
        let (scope, name) = (call.scope(), self.name.as_str());
        let replicas = legacy::replicas(database, &view, (&scope, name)).await?;
        // One that stays is as good as that of the caller's Region, if that goes.
        let staying = replicas.iter().find(|table| !self.deletes(&table.region));
        let known = staying.or(replicas.first()).ok_or_else(|| self.missing())?;
        let known = Table::clone(known);
        let seen = Position::behind(view.version());
        drop(view);
        let candidates = self.candidates(database, &known).await?;
        let own = database.clone();
        let global_table_description = see_through(async move {
            let now_ms = own.inner.clock.now_ms();
            let keys = [known.row_key(), keys::history(known.id)];
            let decide = |rows| self.decide((&known, &candidates), rows, (seen, now_ms));
            let (table, group) = change(&own, keys, decide).await?;
            if !group.has(&table.region) {
                removed::leave(&own, &table, &group).await?;
            }
            for candidate in &candidates {
                // Whoever cannot be reached now hears of it later, from the others.
                let _ = candidate.invite(&own, (&group, &table)).await;
            }
            let is_over = group.present().next().is_none();
            let status = if is_over { Status::Deleting } else { Status::Updating };
            Ok(GlobalTableDescription::new(&table, &group, status))
        })
        .await?;
        Ok(UpdateGlobalTableOutput { global_table_description })
    }
}

impl Action {
    fn region(&self) -> &str {
        match self {
            Self::Create(region) | Self::Delete(region) => region,
        }
    }
}

impl UpdateGlobalTable {
    fn missing(&self) -> Error {
        GlobalTable::NotFound(self.name.to_string()).into()
    }

    /// The Regions that are to have replicas.
    fn created(&self) -> impl Iterator<Item = &String> {
        self.actions.iter().filter_map(|action| match action {
            Action::Create(region) => Some(region),
            Action::Delete(_) => None,
        })
    }

    fn deletes(&self, other: &str) -> bool {
        self.actions.iter().any(|action| match action {
            Action::Create(_) => false,
            Action::Delete(region) => region == other,
        })
    }

    /// Checks that what is to be made is not there, and what is to go is.
    fn check_members(&self, group: &Group) -> Result<(), GlobalTable> {
        for action in &self.actions {
            match action {
                Action::Create(region) if group.has(region) => {
                    return Err(GlobalTable::ReplicaExists(region.clone()));
                }
                Action::Delete(region) if !group.has(region) => {
                    return Err(GlobalTable::NoReplica(region.clone()));
                }
                Action::Create(_) | Action::Delete(_) => {}
            }
        }
        Ok(())
    }

    /// The tables that are to become replicas, and can: also of the replicas that there are each has to be empty then.
    async fn candidates(&self, database: &Database, known: &Table) -> Result<Vec<Candidate>> {
        let place = legacy::place(known).ok_or_else(|| self.missing())?;
        self.check_members(&place.group)?;
        let scope = |region: &String| Scope { region: region.clone(), ..known.scope() };
        let mut candidates = Vec::new();
        for region in self.created() {
            candidates.push(Candidate::find(database, &scope(region), &known.name).await?);
        }
        for candidate in &candidates {
            if candidate.is_replica() {
                return Err(GlobalTable::ReplicaExists(candidate.region.clone()).into());
            }
            candidate.check()?;
            candidate.check_like(known)?;
        }
        for (region, _) in place.group.present().filter(|_| !candidates.is_empty()) {
            let look = replicate::look(database, &scope(region), &known.name).await?;
            legacy::check_empty((region, look.items))?;
        }
        Ok(candidates)
    }

    /// What is to be written, and the table with the group as it is then: where the table itself goes, nothing is
    /// written, and it is to leave.
    fn decide(
        &self,
        (known, candidates): (&Table, &[Candidate]),
        [row, logged]: [Option<Bytes>; 2],
        (seen, now_ms): (Position, u64),
    ) -> Result<(Changes, (Table, Group))> {
        let table = row.map(|row| catalog::decode::<Table>(&row)).transpose()?;
        let table = table.filter(|table| table.id == known.id && legacy::place(table).is_some());
        let mut table = table.ok_or_else(|| self.missing())?;
        let own = table.region.clone();
        let replication = table.replication.as_mut().ok_or_else(|| self.missing())?;
        let group = &mut replication.group;
        self.check_members(group)?;
        for region in self.actions.iter().map(Action::region).filter(|other| self.deletes(other)) {
            group.set_state(region, State::Removed, &own, now_ms);
        }
        for (since_ms, candidate) in (now_ms..).zip(candidates) {
            candidate.add(group, (&own, now_ms), since_ms);
        }
        let group = group.clone();
        let mut changes = Changes::default();
        if group.has(&own) {
            receive::link_members(&mut table, (seen, true), &mut changes);
            changes.writes.extend(history::row(&table, logged.as_ref()));
            changes.writes.push((table.row_key(), Some(catalog::encode(&table))));
        }
        Ok((changes, (table, group)))
    }
}
