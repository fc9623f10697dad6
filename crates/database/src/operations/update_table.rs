//! `UpdateTable`: changes a table's billing, throughput, class or protection, makes a global index, or
//! deletes one.
//!
//! A change is made at once. The reply says UPDATING and, of a throughput, the old units, as the
//! service's does; whoever describes the table next sees the new ones. A new index is filled behind the
//! scenes, and says so until it can be read.

use std::collections::BTreeSet;

use bytes::Bytes;
use serde::Serialize;
use storage::Reads;
use types::json::Json;
use types::name::{Name, TableReference};
use types::parameter::{Faults, List, Parameter, Path, structure};

use crate::catalog::change::{Writes, change};
use crate::catalog::definition::{
    AttributeDefinitions, BillingMode, Definitions, Global, IndexDefinition, Units,
};
use crate::catalog::describe::{self, Sizes, Status, TableDescription, decreases_today};
use crate::catalog::number::Numbers;
use crate::catalog::table::{Billing, Index, KeyAttribute, Reach, TableClass, Throughput};
use crate::catalog::{self, Table, online_index};
use crate::error::{Definition, Error, Invalid, Limit, Result};
use crate::jobs::backfill;
use crate::jobs::clear::{self, Dropped};
use crate::keys::{self, Id};
use crate::operation::{Access, Operation, Parameters};
use crate::{Call, Database};

/// Parameters of features that are not built yet.
const UNBUILT: [&str; 9] = [
    "GlobalTableSettingsReplicationMode",
    "GlobalTableWitnessUpdates",
    "MultiRegionConsistency",
    "OnDemandThroughput",
    "ReplicaUpdates",
    "SSESpecification",
    "StreamSpecification",
    "VectorIndexUpdates",
    "WarmThroughput",
];

/// The request.
pub(crate) struct UpdateTable {
    table: TableReference,
    definitions: Vec<KeyAttribute>,
    billing: Option<BillingMode>,
    throughput: Option<Units>,
    indexes: Vec<IndexUpdate>,
    index_change: Option<IndexChange>,
    class: Option<TableClass>,
    is_deletion_protected: Option<bool>,
}

/// A new throughput of a global index.
struct IndexUpdate {
    name: String,
    throughput: Option<Units>,
}

/// An index that is to be made or deleted.
enum IndexChange {
    Create(Box<IndexDefinition>),
    Delete(String),
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateTableOutput {
    table_description: TableDescription,
}

/// An element of `GlobalSecondaryIndexUpdates`.
enum IndexAction {
    Update(IndexUpdate),
    Change(IndexChange),
    /// None of them, or several.
    Faulty,
}

impl Parameter<Error> for IndexUpdate {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| {
            let name: Name = parameters.required("IndexName");
            let throughput = parameters.optional("ProvisionedThroughput");
            for name in ["OnDemandThroughput", "WarmThroughput"] {
                if parameters.has(name) {
                    parameters.refuse(Error::ParameterNotImplemented(name));
                }
            }
            Self { name: name.as_str().to_owned(), throughput }
        })
    }

    fn placeholder() -> Self {
        Self { name: String::new(), throughput: None }
    }
}

/// The name in a `Delete`.
struct IndexNamed(String);

impl Parameter<Error> for IndexNamed {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        let read = |parameters: &mut Parameters<'_>| parameters.required::<Name>("IndexName");
        Self(structure(json, path, faults, read).as_str().to_owned())
    }

    fn placeholder() -> Self {
        Self(String::new())
    }
}

impl Parameter<Error> for IndexAction {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| {
            let update = parameters.optional::<IndexUpdate>("Update").map(Self::Update);
            let create = parameters
                .optional("Create")
                .map(|Global(definition)| Self::Change(IndexChange::Create(Box::new(definition))));
            let delete = parameters
                .optional("Delete")
                .map(|IndexNamed(name)| Self::Change(IndexChange::Delete(name)));
            let mut actions = [update, create, delete].into_iter().flatten();
            match (actions.next(), actions.next()) {
                (Some(action), None) => action,
                (None, _) => Self::refused(parameters, Definition::NoIndexAction),
                (Some(_), Some(_)) => Self::refused(parameters, Definition::SeveralIndexActions),
            }
        })
    }

    fn placeholder() -> Self {
        Self::Faulty
    }
}

impl IndexAction {
    fn refused(parameters: &mut Parameters<'_>, fault: Definition) -> Self {
        parameters.refuse(fault);
        Self::Faulty
    }
}

impl IndexChange {
    fn name(&self) -> &str {
        match self {
            Self::Create(definition) => definition.name(),
            Self::Delete(name) => name,
        }
    }
}

/// Reads the updates of indexes, and the index that is made or deleted; `None` where the list is absent.
fn read_indexes(parameters: &mut Parameters<'_>) -> Option<(Vec<IndexUpdate>, Vec<IndexChange>)> {
    type Actions = List<IndexAction, 0, { usize::MAX }>;
    let List(actions) = parameters.optional::<Actions>("GlobalSecondaryIndexUpdates")?;
    let (mut updates, mut changes, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for action in actions {
        let name = match &action {
            IndexAction::Update(update) => update.name.clone(),
            IndexAction::Change(change) => change.name().to_owned(),
            IndexAction::Faulty => continue,
        };
        if !seen.insert(name.clone()) {
            parameters.refuse(Definition::RepeatedIndexUpdate(name));
        }
        match action {
            IndexAction::Update(update) => updates.push(update),
            IndexAction::Change(change) => changes.push(change),
            IndexAction::Faulty => {}
        }
    }
    if changes.len() > 1 {
        parameters.refuse(Error::LimitExceeded(Limit::OnlineIndexes));
    }
    Some((updates, changes))
}

impl Operation for UpdateTable {
    const NAME: &'static str = "UpdateTable";
    const ACCESS: Access = Access::Control;
    type Output = UpdateTableOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        let definitions = parameters.optional::<AttributeDefinitions>("AttributeDefinitions");
        let table = parameters.required("TableName");
        let billing = parameters.optional("BillingMode");
        let throughput = parameters.optional("ProvisionedThroughput");
        let indexes = read_indexes(parameters);
        for name in UNBUILT {
            if parameters.has(name) {
                parameters.refuse(Error::ParameterNotImplemented(name));
            }
        }
        let is_list_empty = indexes
            .as_ref()
            .is_some_and(|(updates, changes)| updates.is_empty() && changes.is_empty());
        let (indexes, mut index_changes) = indexes.unwrap_or_default();
        let request = Self {
            table,
            definitions: definitions.map(|List(definitions)| definitions).unwrap_or_default(),
            billing,
            throughput,
            indexes,
            index_change: index_changes.pop(),
            class: parameters.optional("TableClass"),
            is_deletion_protected: parameters.optional("DeletionProtectionEnabled"),
        };
        parameters.check(request.check(is_list_empty));
        request
    }

    async fn run(self, database: &Database, call: &Call) -> Result<UpdateTableOutput> {
        let view = database.view(Reads::Many).await?;
        let known = describe::table(database, &view, call, &self.table).await?;
        let sizes = Sizes::read(&view, &known).await?;
        drop(view);
        let now_ms = database.inner.clock.now_ms();
        // In a task of its own: what follows is begun also if nobody waits for the reply.
        let own = database.clone();
        let table_description = tokio::spawn(async move {
            let keys = [known.row_key(), keys::next_id()];
            let decide = |rows| self.decide(&known, rows, now_ms);
            let (old, new, then) = change(&own, keys, decide).await?;
            then.start(&own);
            Ok::<_, Error>(self.describe((old, new), &sizes, now_ms))
        });
        let table_description = table_description.await.map_err(Error::internal)??;
        Ok(UpdateTableOutput { table_description })
    }
}

/// What follows from a change of a table, behind the scenes.
enum Then {
    Nothing,
    /// Of an index with a number.
    Fill(Id),
    Clear(Id),
}

impl Then {
    fn start(self, database: &Database) {
        match self {
            Self::Nothing => {}
            Self::Fill(id) => backfill::start(database, id),
            Self::Clear(id) => clear::start(database, Dropped::new(id, Vec::new())),
        }
    }
}

fn is_on_demand(table: &Table) -> bool {
    matches!(table.billing, Billing::OnDemand { .. })
}

impl UpdateTable {
    /// What is to be written, the table before and after, and what follows.
    fn decide(
        &self,
        known: &Table,
        [row, next_id]: [Option<Bytes>; 2],
        now_ms: u64,
    ) -> Result<(Writes, (Table, Table, Then))> {
        let row = row.ok_or_else(|| Error::TableNotFound(known.name.clone()))?;
        let old: Table = catalog::decode(&row)?;
        let mut new = self.updated(&old, now_ms)?;
        let mut writes = Vec::new();
        let then = match &self.index_change {
            None => Then::Nothing,
            Some(IndexChange::Create(definition)) => {
                let mut numbers = Numbers::read(next_id.as_ref())?;
                let id = numbers.take()?;
                online_index::create(&mut new, definition, &self.definitions, id)?;
                writes.extend([numbers.row(), backfill::row(&new, id)]);
                Then::Fill(id)
            }
            Some(IndexChange::Delete(name)) => {
                let id = online_index::delete(&mut new, name)?.id;
                let counters = [keys::item_count(id), keys::byte_count(id), keys::backfill(id)];
                writes.extend(counters.map(|key| (key, None)));
                writes.push(Dropped::new(id, Vec::new()).row());
                Then::Clear(id)
            }
        };
        if new != old {
            writes.push((old.row_key(), Some(catalog::encode(&new))));
        }
        Ok((writes, (old, new, then)))
    }

    /// The table as the reply has it.
    fn describe(&self, (old, new): (Table, Table), sizes: &Sizes, now_ms: u64) -> TableDescription {
        let is_switch = is_on_demand(&old) != is_on_demand(&new);
        let is_created = matches!(self.index_change, Some(IndexChange::Create(_)));
        // A new way of billing shows at once, with what belongs to it.
        let shown = if is_switch || is_created {
            new
        } else {
            Table { is_deletion_protected: new.is_deletion_protected, ..old }
        };
        let is_updated =
            |name: &str| is_switch || self.indexes.iter().any(|update| update.name == name);
        let description = TableDescription::new(&shown, sizes, self.status(), now_ms)
            .with_index_status(Status::Updating, is_updated);
        match &self.index_change {
            Some(IndexChange::Delete(deleted)) => {
                description.with_index_status(Status::Deleting, |name| name == deleted)
            }
            Some(IndexChange::Create(_)) | None => description,
        }
    }

    /// Checks what can be checked without the table.
    fn check(&self, is_list_empty: bool) -> Result<(), Invalid> {
        let has_index_updates = !self.indexes.is_empty();
        let changes_units =
            self.billing.is_some() || self.throughput.is_some() || has_index_updates;
        let others = [
            ("TableClass", self.class.is_some()),
            ("DeletionProtection", self.is_deletion_protected.is_some()),
        ];
        let count = others.iter().filter(|(_, is_there)| *is_there).count();
        if !changes_units && self.index_change.is_none() && count == 0 {
            return Err(Invalid::NothingToUpdate);
        }
        if is_list_empty {
            return Err(Definition::EmptyList("GlobalSecondaryIndexUpdates").into());
        }
        if let Some((name, _)) = others.into_iter().find(|(_, is_there)| *is_there)
            && (changes_units || self.index_change.is_some() || count > 1)
        {
            return Err(Definition::NotAlone(name).into());
        }
        if changes_units && self.index_change.is_some() {
            return Err(Definition::IndexWithThroughput.into());
        }
        if self.billing == Some(BillingMode::Provisioned) && self.throughput.is_none() {
            return Err(Definition::NoNewThroughput.into());
        }
        let units = self.indexes.iter().map(|update| update.throughput).chain([self.throughput]);
        units.flatten().try_for_each(|units| units.check().map(drop))?;
        Definitions::new(&self.definitions).map(drop)
    }

    /// What the reply says the table is doing.
    fn status(&self) -> Status {
        let changes_table = self.billing.is_some()
            || self.throughput.is_some()
            || self.index_change.is_some()
            || self.class.is_some();
        if changes_table { Status::Updating } else { Status::Active }
    }

    /// The table as it is asked to be.
    fn updated(&self, old: &Table, now_ms: u64) -> Result<Table> {
        let mut new = old.clone();
        self.update_billing(&mut new, now_ms)?;
        if let Some(class) = self.class
            && class != old.class.unwrap_or(TableClass::Standard)
        {
            new.class = Some(class);
            new.class_changed_ms = Some(now_ms);
        }
        if let Some(is_protected) = self.is_deletion_protected {
            new.is_deletion_protected = is_protected;
        }
        Ok(new)
    }

    fn update_billing(&self, table: &mut Table, now_ms: u64) -> Result<()> {
        let (was_on_demand, on_demand_ms) = match table.billing {
            Billing::OnDemand { since_ms } => (true, Some(since_ms)),
            Billing::Provisioned { last_on_demand_ms } => (false, last_on_demand_ms),
        };
        let is_on_demand = self.billing.map_or(was_on_demand, |mode| mode == BillingMode::OnDemand);
        if is_on_demand && self.throughput.is_some() {
            return Err(Definition::ThroughputOnDemand.into());
        }
        match (was_on_demand, is_on_demand) {
            (false, true) => {
                table.billing = Billing::OnDemand { since_ms: now_ms };
                release(table, now_ms);
            }
            (true, false) => {
                table.billing = Billing::Provisioned { last_on_demand_ms: on_demand_ms };
                self.check_all_indexes(table)?;
            }
            (false, false) | (true, true) => {}
        }
        if let Some(units) = self.throughput {
            let same = || Invalid::SameThroughput { read: units.read, write: units.write };
            set(&mut table.throughput, units, (now_ms, was_on_demand)).ok_or_else(same)?;
        }
        for update in &self.indexes {
            let index = index(table, &update.name)?;
            update.apply(index, (now_ms, was_on_demand), is_on_demand)?;
        }
        Ok(())
    }

    /// A table that becomes provisioned needs the throughput of every global index.
    fn check_all_indexes(&self, table: &Table) -> Result<(), Invalid> {
        let is_left = |index: &&Index| {
            index.reach == Reach::Global
                && !self.indexes.iter().any(|update| update.name == index.name)
        };
        let left: Vec<_> =
            table.indexes.iter().filter(is_left).map(|index| index.name.as_str()).collect();
        if left.is_empty() {
            Ok(())
        } else {
            Err(Definition::NoNewIndexThroughput(left.join(",")).into())
        }
    }
}

fn index<'a>(table: &'a mut Table, name: &str) -> Result<&'a mut Index> {
    let index = table.indexes.iter_mut().find(|index| index.name == name);
    let index = index.ok_or(Error::ResourceNotFound)?;
    match index.reach {
        Reach::Global => Ok(index),
        Reach::Local => Err(Invalid::NotAGlobalIndex(name.to_owned()).into()),
    }
}

impl IndexUpdate {
    fn apply(
        &self,
        index: &mut Index,
        (now_ms, was_on_demand): (u64, bool),
        is_on_demand: bool,
    ) -> Result<(), Invalid> {
        if is_on_demand {
            return Err(Definition::UpdatedThroughputOnDemand(self.name.clone()).into());
        }
        let Some(units) = self.throughput else {
            return Err(Definition::NoUpdatedThroughput(self.name.clone()).into());
        };
        set(&mut index.throughput, units, (now_ms, was_on_demand)).ok_or_else(|| {
            let (index, Units { read, write }) = (self.name.clone(), units);
            Invalid::SameIndexThroughput { index, read, write }
        })
    }
}

/// Sets a throughput, and keeps its history; `None` where it is the same already.
fn set(
    throughput: &mut Throughput,
    units: Units,
    (now_ms, was_on_demand): (u64, bool),
) -> Option<()> {
    let old = *throughput;
    (throughput.read, throughput.write) = (units.read, units.write);
    if was_on_demand {
        return Some(());
    }
    let (is_more, is_less) = (
        units.read > old.read || units.write > old.write,
        units.read < old.read || units.write < old.write,
    );
    if is_more {
        throughput.increased_ms = Some(now_ms);
    }
    if is_less {
        count_decrease(throughput, now_ms);
    }
    (is_more || is_less).then_some(())
}

fn count_decrease(throughput: &mut Throughput, now_ms: u64) {
    throughput.decreases_today = decreases_today(throughput, now_ms) + 1;
    throughput.decreased_ms = Some(now_ms);
}

/// A table that goes on demand has no throughput of its own any more. That counts as a decrease
/// of its indexes, and not of itself.
fn release(table: &mut Table, now_ms: u64) {
    (table.throughput.read, table.throughput.write) = (0, 0);
    for index in table.indexes.iter_mut().filter(|index| index.reach == Reach::Global) {
        (index.throughput.read, index.throughput.write) = (0, 0);
        count_decrease(&mut index.throughput, now_ms);
    }
}
