//! `UpdateTable`: changes a table's billing, throughput, encryption, class or protection, switches its stream on or
//! off, makes a global index or a replica in another Region, or deletes one: one of them at a time.
//!
//! A change is made at once. The reply says UPDATING and, of a throughput, the old units, as the
//! service's does; whoever describes the table next sees the new ones. A new index is filled behind the
//! scenes, and says so until it can be read.

use bytes::Bytes;
use serde::Serialize;
use storage::Reads;
use types::name::TableReference;
use types::parameter::List;

use crate::access::Needs;
use crate::catalog::bounds::{Limits, Warm};
use crate::catalog::change::{Changes, change, see_through};
use crate::catalog::definition::{AttributeDefinitions, BillingMode, Definitions, Units};
use crate::catalog::describe::{self, Sizes, Status, TableDescription};
use crate::catalog::encryption::SseSpecification;
use crate::catalog::index_update::{self, IndexChange, IndexUpdate};
use crate::catalog::number::Numbers;
use crate::catalog::replica_update::ReplicaUpdates;
use crate::catalog::stream::{self, StreamSpecification, StreamView};
use crate::catalog::table::{Billing, Index, KeyAttribute, TableClass};
use crate::catalog::{self, Table, online_index, throughput};
use crate::error::{
    Definition, Error, Invalid, Owner, ReplicaFault, ReplicaInUse, Result, Setting, StreamFault,
};
use crate::jobs::{Job, backfill, replicate, scale};
use crate::keys;
use crate::operation::{Access, Operation, Parameters};
use crate::position::Position;
use crate::quotas::{self, Usage};
use crate::regions::Regions;
use crate::replication::{self, Replication, receive, settings};
use crate::{Call, Database, Scope, history};

/// Parameters of features that are not built yet.
const UNBUILT: [&str; 1] = ["VectorIndexUpdates"];

/// The request.
pub(crate) struct UpdateTable {
    table: TableReference,
    definitions: Vec<KeyAttribute>,
    billing: Option<BillingMode>,
    throughput: Option<Units>,
    indexes: Vec<IndexUpdate>,
    index_change: Option<IndexChange>,
    warm: Option<Warm>,
    limits: Option<Limits>,
    encryption: Option<SseSpecification>,
    class: Option<TableClass>,
    is_deletion_protected: Option<bool>,
    stream: Option<StreamSpecification>,
    replicas: ReplicaUpdates,
}

/// What a change is decided upon, besides the rows.
struct Known<'a> {
    database: &'a Database,
    table: &'a Table,
    usage: Option<Usage>,
    now_ms: u64,
    /// When a stream may be switched on.
    stream_ms: u64,
    seen: Position,
}

/// `GlobalTableSettingsReplicationMode`: how the settings of tables of several accounts go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SettingsMode {
    Enabled,
    Disabled,
    EnabledWithOverrides,
}

types::choices! { SettingsMode {
    "DISABLED" => Disabled,
    "ENABLED" => Enabled,
    "ENABLED_WITH_OVERRIDES" => EnabledWithOverrides,
} }

impl SettingsMode {
    /// Why it is refused: the replicas of one account have settings in common, which is no matter of choice.
    fn refusal(self) -> Error {
        match self {
            Self::Enabled | Self::Disabled => {
                Error::ParameterNotImplemented("GlobalTableSettingsReplicationMode")
            }
            Self::EnabledWithOverrides => ReplicaFault::SettingsMode.into(),
        }
    }
}

/// The table before and after, and what follows.
type Updated = (Table, Table, Option<Job>);

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateTableOutput {
    table_description: TableDescription,
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
        let indexes = index_update::read(parameters);
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
            // The service takes those that name nothing for absent.
            warm: parameters.optional("WarmThroughput").filter(|warm: &Warm| !warm.is_empty()),
            limits: parameters
                .optional("OnDemandThroughput")
                .filter(|limits: &Limits| !limits.is_empty()),
            encryption: parameters.optional("SSESpecification"),
            class: parameters.optional("TableClass"),
            is_deletion_protected: parameters.optional("DeletionProtectionEnabled"),
            stream: parameters.optional("StreamSpecification"),
            replicas: ReplicaUpdates::read(parameters),
        };
        if let Some(mode) =
            parameters.optional::<SettingsMode>("GlobalTableSettingsReplicationMode")
        {
            parameters.refuse(mode.refusal());
        }
        parameters.check(request.check(is_list_empty));
        request
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.table(&self.table);
        self.replicas.say(needs, &self.table);
    }

    async fn run(self, database: &Database, call: &Call) -> Result<UpdateTableOutput> {
        let view = database.view(Reads::Many).await?;
        let known = describe::table(database, &view, call, &self.table).await?;
        let sizes = Sizes::read(&view, &known).await?;
        let scope = known.scope();
        let usage = database.usage(&view, &scope).await?;
        let under_way = database.begin_change(scope)?;
        let now_ms = database.inner.clock.now_ms();
        let stream_ms = stream::free_ms(&view, &known.scope(), &known.name, now_ms).await?;
        let seen = Position::behind(view.version());
        drop(view);
        if self.replicas.is_there() {
            self.check_replicas(database, &known).await?;
        }
        let own = database.clone();
        let table_description = see_through(async move {
            let keys = [known.row_key(), keys::next_id(), keys::history(known.id)];
            let (database, table) = (&own, &*known);
            let at = Known { database, table, usage, now_ms, stream_ms, seen };
            let decide = |rows| self.decide(&at, rows);
            let (old, new, job) = change(&own, keys, decide).await?;
            if let Some(job) = job {
                job.start(&own, under_way);
            }
            let gone = old.ids().filter(|id| new.ids().all(|other| other != *id));
            own.inner.catalog.meters.forget(gone);
            Ok(self.describe((old, new), &sizes, now_ms))
        })
        .await?;
        Ok(UpdateTableOutput { table_description })
    }
}

/// What a change of replicas is checked against besides the table.
fn terms(database: &Database) -> (&Regions, bool, u64) {
    let now_ms = database.inner.clock.now_ms();
    (&database.inner.options.regions, database.enforces_quotas(), now_ms)
}

fn is_on_demand(table: &Table) -> bool {
    matches!(table.billing, Billing::OnDemand { .. })
}

impl UpdateTable {
    /// What is to be written, the table before and after, and what follows.
    fn decide(
        &self,
        at: &Known<'_>,
        [row, next_id, logged]: [Option<Bytes>; 3],
    ) -> Result<(Changes, Updated)> {
        let Known { table: known, now_ms, stream_ms, .. } = *at;
        let old = catalog::still(row, known.id)?;
        let old = old.ok_or_else(|| Error::TableNotFound(known.name.clone()))?;
        let mut numbers = Numbers::read(next_id.as_ref())?;
        if self.replicas.is_there() {
            let (mut changes, new) = self.decide_replicas(&old, &mut numbers, at)?;
            changes.writes.extend(history::row(&new, logged.as_ref()));
            changes.writes.extend(numbers.taken());
            return Ok((changes, (old, new, None)));
        }
        if old.replication.as_ref().is_some_and(Replication::is_changing) {
            return Err(ReplicaInUse::Changing.into());
        }
        let mut new = self.updated(&old, now_ms)?;
        let mut changes = self.update_stream(&mut new, &mut numbers, (now_ms, stream_ms))?;
        changes.writes.extend(history::row(&new, logged.as_ref()));
        let writes = &mut changes.writes;
        let job = match &self.index_change {
            None => None,
            Some(IndexChange::Create(definition)) => {
                let id = numbers.take()?;
                online_index::create(&mut new, definition, &self.definitions, id)?;
                writes.push(backfill::row(&new, id));
                Some(Job::Fill(id))
            }
            Some(IndexChange::Delete(name)) => {
                let id = online_index::delete(&mut new, name)?.id;
                let (deleted, job) = online_index::deleted(id);
                writes.extend(deleted);
                Some(job)
            }
        };
        if let Some(usage) = at.usage {
            quotas::check_update((&old, &new), usage, now_ms)?;
        }
        if new != old {
            settings::share(&old, &mut new, now_ms);
            writes.push((old.row_key(), Some(catalog::encode(&new))));
            writes.extend(numbers.taken());
        }
        Ok((changes, (old, new, job)))
    }

    /// Checks a change of replicas; a new one needs a Region without a table of that name.
    async fn check_replicas(&self, database: &Database, known: &Table) -> Result<()> {
        let change = self.replicas.change(known)?;
        change.check(known, terms(database))?;
        let Some(region) = change.created() else { return Ok(()) };
        let scope = Scope { account: known.account.clone(), region: region.to_owned() };
        let look = replicate::look(database, &scope, &known.name).await.map_err(|error| {
            // With what lies behind it: the caller is told too little to find the fault.
            let error: &dyn std::error::Error = &error;
            tracing::warn!(region, error, "a replica cannot be made");
            ReplicaFault::Unreachable(region.to_owned())
        })?;
        match look.table {
            Some(_) => Err(ReplicaFault::Exists(known.name.clone()).into()),
            None => Ok(()),
        }
    }

    /// Changes the replicas of a table: what is to be written besides the numbers, and the table then.
    fn decide_replicas(
        &self,
        old: &Table,
        numbers: &mut Numbers,
        at: &Known<'_>,
    ) -> Result<(Changes, Table)> {
        let change = self.replicas.change(old)?;
        change.check(old, terms(at.database))?;
        let mut new = old.clone();
        let id = if old.replication.is_none() { Some(numbers.take()?) } else { None };
        change.apply(&mut new, id, at.now_ms);
        let has_stream = new.stream.as_ref().is_some_and(|stream| stream.is_enabled);
        let mut changes = if has_stream {
            Changes::default()
        } else {
            stream::begin(&mut new, StreamView::NewAndOldImages, numbers, at.stream_ms)?
        };
        receive::link_members(&mut new, (at.seen, true), &mut changes);
        settings::adopt(&mut new, None, at.now_ms);
        changes.writes.extend([
            (new.row_key(), Some(catalog::encode(&new))),
            replication::row(&new),
            scale::row(&new),
        ]);
        Ok((changes, new))
    }

    /// Checks what can be checked without the table.
    fn check(&self, is_list_empty: bool) -> Result<()> {
        let has_index_updates = !self.indexes.is_empty();
        let changes_units = self.billing.is_some()
            || self.throughput.is_some()
            || self.limits.is_some()
            || has_index_updates;
        let others = [
            ("Server-Side Encryption", self.encryption.is_some()),
            ("TableClass", self.class.is_some()),
            ("DeletionProtection", self.is_deletion_protected.is_some()),
        ];
        let count = others.iter().filter(|(_, is_there)| *is_there).count();
        let changes_other =
            self.warm.is_some() || self.index_change.is_some() || self.stream.is_some();
        let changes_something = changes_units || changes_other || count > 0;
        let says_something = changes_something || !self.definitions.is_empty() || is_list_empty;
        self.replicas.check(says_something)?;
        if self.replicas.is_there() {
            return Ok(());
        }
        if !changes_something {
            return Err(Invalid::NothingToUpdate.into());
        }
        if is_list_empty {
            return Err(Definition::EmptyList("GlobalSecondaryIndexUpdates").into());
        }
        if let Some((name, _)) = others.into_iter().find(|(_, is_there)| *is_there)
            && (changes_units || changes_other || count > 1)
        {
            return Err(Definition::NotAlone(name).into());
        }
        self.check_stream()?;
        if self.warm.is_some() && self.index_change.is_some() {
            return Err(Setting::IndexWithWarm.into());
        }
        if changes_units && self.index_change.is_some() {
            return Err(Definition::IndexWithThroughput.into());
        }
        if self.warm.is_some() && changes_units {
            return Err(Setting::WarmNotAlone.into());
        }
        if self.billing == Some(BillingMode::OnDemand) && self.throughput.is_some() {
            return Err(Definition::NewThroughputOnDemand.into());
        }
        if self.limits.is_some() && (self.throughput.is_some() || has_index_updates) {
            return Err(Setting::LimitNotAlone.into());
        }
        if self.billing == Some(BillingMode::Provisioned) && self.throughput.is_none() {
            return Err(Definition::NoNewThroughput.into());
        }
        let units = self.indexes.iter().map(|update| update.throughput).chain([self.throughput]);
        units.flatten().try_for_each(|units| units.check().map(drop))?;
        Ok(Definitions::new(&self.definitions).map(drop)?)
    }

    /// Checks a stream that is to be switched on or off, and what else is asked for.
    fn check_stream(&self) -> Result<(), StreamFault> {
        let Some(stream) = self.stream else { return Ok(()) };
        match (stream.is_enabled, stream.view) {
            (true, None) => return Err(StreamFault::NoView),
            (false, Some(_)) => return Err(StreamFault::ViewOfDisabled),
            (true, Some(_)) | (false, None) => {}
        }
        if self.index_change.is_some() {
            return Err(StreamFault::WithIndex);
        }
        let changes_units = self.throughput.is_some()
            || self.billing == Some(BillingMode::Provisioned)
            || !self.indexes.is_empty();
        if changes_units { Err(StreamFault::WithThroughput) } else { Ok(()) }
    }

    /// Switches the stream on or off, as asked.
    fn update_stream(
        &self,
        table: &mut Table,
        numbers: &mut Numbers,
        (now_ms, stream_ms): (u64, u64),
    ) -> Result<Changes> {
        let Some(asked) = self.stream else { return Ok(Changes::default()) };
        let is_on = table.stream.as_ref().is_some_and(|stream| stream.is_enabled);
        let name = || table.name.clone();
        match (asked.is_enabled, asked.view, is_on) {
            (true, _, true) => Err(StreamFault::On(name()).into()),
            (false, _, false) => Err(StreamFault::Off(name()).into()),
            (true, Some(view), false) => Ok(stream::begin(table, view, numbers, stream_ms)?),
            (true, None, false) => Err(StreamFault::NoView.into()),
            (false, _, true) if table.replication.is_some() => Err(ReplicaFault::Stream.into()),
            (false, _, true) => Ok(stream::end(table, now_ms)),
        }
    }

    /// What the reply says the table is doing.
    fn status(&self) -> Status {
        let changes_table = self.billing.is_some()
            || self.throughput.is_some()
            || self.index_change.is_some()
            || self.class.is_some()
            || self.stream.is_some()
            || self.replicas.is_there();
        if changes_table { Status::Updating } else { Status::Active }
    }

    /// The table as it is asked to be.
    fn updated(&self, old: &Table, now_ms: u64) -> Result<Table> {
        let mut new = old.clone();
        self.update_billing(&mut new, now_ms)?;
        self.update_bounds(&mut new)?;
        if let Some(encryption) = &self.encryption {
            new.encryption = encryption.update(&old.scope(), old.encryption.as_ref())?;
            new.recent.changed_encryption(now_ms);
        }
        if let Some(class) = self.class
            && class != old.class.unwrap_or(TableClass::Standard)
        {
            new.class = Some(class);
            new.class_changed_ms = Some(now_ms);
            new.recent.changed_class(now_ms);
        }
        if let Some(is_protected) = self.is_deletion_protected {
            new.is_deletion_protected = is_protected;
        }
        if new != *old {
            new.keep_warm(old);
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
                table.recent.switched_to_on_demand(now_ms);
                throughput::release(table, now_ms);
            }
            (true, false) => {
                table.billing = Billing::Provisioned { last_on_demand_ms: on_demand_ms };
                throughput::unlimit(table);
                self.check_all_indexes(table)?;
            }
            (false, false) | (true, true) => {}
        }
        if let Some(units) = self.throughput {
            let same = || Invalid::SameThroughput { read: units.read, write: units.write };
            throughput::set(&mut table.throughput, units, (now_ms, was_on_demand))
                .ok_or_else(same)?;
        }
        for update in &self.indexes {
            let index = index_update::index(table, &update.name)?;
            update.apply(index, (now_ms, was_on_demand), is_on_demand)?;
        }
        Ok(())
    }

    /// Raises the warm throughput, and changes the limits that go with billing on demand.
    fn update_bounds(&self, table: &mut Table) -> Result<(), Setting> {
        if let Some(warm) = self.warm {
            let current = table.warm();
            table.bounds.warm_up(warm, current, &Owner::Table)?;
        }
        if let Some(limits) = self.limits {
            if !is_on_demand(table) {
                limits.check_provisioned(&Owner::Table)?;
            }
            table.bounds.limit(limits, &Owner::Table)?;
        }
        Ok(())
    }

    /// The table as the reply shows it: mostly as it was.
    fn describe(&self, (old, new): (Table, Table), sizes: &Sizes, now_ms: u64) -> TableDescription {
        if self.replicas.is_there() {
            return TableDescription::new(&new, sizes, Status::Updating, now_ms)
                .with_replicas_of(&old);
        }
        let is_switch = is_on_demand(&old) != is_on_demand(&new);
        let is_created = matches!(self.index_change, Some(IndexChange::Create(_)));
        // A new way of billing shows at once, with what belongs to it; so do a new index and a stream.
        let is_protected = new.is_deletion_protected;
        let mut shown = if is_switch || is_created {
            new
        } else {
            Table { is_deletion_protected: is_protected, stream: new.stream, ..old }
        };
        if let Some(limits) = self.limits {
            shown.bounds = shown.bounds.shown(limits);
        }
        let update = |name: &str| self.indexes.iter().find(|update| update.name == name);
        let is_updated = |name: &str| is_switch || update(name).is_some_and(IndexUpdate::is_slow);
        let is_warming = |name: &str| update(name).is_some_and(|update| update.warm.is_some());
        let is_deleted = |name: &str| match &self.index_change {
            Some(IndexChange::Delete(deleted)) => name == deleted,
            Some(IndexChange::Create(_)) | None => false,
        };
        let description = TableDescription::new(&shown, sizes, self.status(), now_ms)
            .with_index_status(Status::Updating, is_updated)
            .with_index_status(Status::Deleting, is_deleted)
            .with_warming(self.warm.is_some(), is_warming);
        match self.encryption {
            Some(_) => description.with_updating_encryption(),
            None => description,
        }
    }

    /// A table that becomes provisioned needs the throughput of every global index.
    fn check_all_indexes(&self, table: &Table) -> Result<(), Invalid> {
        let is_left = |index: &&Index| {
            index.is_global()
                && !self
                    .indexes
                    .iter()
                    .any(|update| update.name == index.name && update.throughput.is_some())
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
