//! `UpdateGlobalTableSettings`: changes the billing and what is written of all replicas of a global table of version
//! 2017.11.29, and what is read of single ones.
//!
//! The replica that is asked takes the change over at once, the others when they hear of it.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use serde::Serialize;
use storage::Reads;
use types::json::Json;
use types::name::Name;
use types::parameter::{Faults, List, Parameter, Path, Whole, structure};

use crate::access::Needs;
use crate::catalog::auto_scaling::{Rules, RulesUpdate};
use crate::catalog::change::{Writes, change, see_through};
use crate::catalog::definition::{BillingMode, Units};
use crate::catalog::describe::Status;
use crate::catalog::table::{Index, TableClass};
use crate::catalog::{self, Table};
use crate::error::{
    Definition, Error, GlobalTable, GlobalTableFault, Invalid, Result, Scaling, Side,
};
use crate::jobs::scale;
use crate::operation::{Access, Operation, Parameters};
use crate::operations::describe_global_table_settings::{ReplicaSettings, describe};
use crate::quotas::{self, Usage};
use crate::replication::group::Group;
use crate::replication::settings::{self, Overrides};
use crate::replication::{Replication, legacy};
use crate::{Call, Database};

/// The most indexes that a list names.
const INDEXES_MAX: usize = 20;
/// The most Regions that a list names.
const REPLICAS_MAX: usize = 50;

/// The request.
pub(crate) struct UpdateGlobalTableSettings {
    name: Name,
    billing: Option<BillingMode>,
    writes: Wanted,
    indexes: Vec<IndexWanted>,
    replicas: Vec<ReplicaWanted>,
}

/// What is asked of one throughput.
#[derive(Default)]
struct Wanted {
    units: Option<i64>,
    rules: Option<RulesUpdate>,
}

/// What is asked of one side of an index.
struct IndexWanted {
    name: Name,
    wanted: Wanted,
}

/// What is asked of one replica.
struct ReplicaWanted {
    region: String,
    reads: Wanted,
    indexes: Vec<IndexWanted>,
    class: Option<TableClass>,
}

/// One throughput of which something is asked.
#[derive(Clone, Copy)]
struct Change<'a> {
    /// The Region whose replica it is of; `None` for those of all.
    region: Option<&'a str>,
    /// The index that it is of; the table's has no name.
    index: &'a str,
    wanted: &'a Wanted,
    /// The parameter with the rules.
    member: &'static str,
}

type AnyUnits = Whole<1, { i64::MAX }>;

impl Wanted {
    /// Reads the members of two names.
    fn read(parameters: &mut Parameters<'_>, units: &str, rules: &str) -> Self {
        let units = parameters.optional(units).map(|Whole(units): AnyUnits| units);
        Self { units, rules: parameters.optional(rules) }
    }

    fn is_empty(&self) -> bool {
        self.units.is_none() && self.rules.is_none()
    }
}

/// An [`IndexWanted`] as an element of a list, whose members have names that tell the side.
struct Named<const IS_WRITE: bool>(IndexWanted);

type Indexes<const IS_WRITE: bool> = List<Named<IS_WRITE>, 1, INDEXES_MAX>;

const READ_RULES: &str = "ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate";
const WRITE_RULES: &str = "GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate";
const INDEX_READ_RULES: &str = "ProvisionedReadCapacityAutoScalingSettingsUpdate";
const INDEX_WRITE_RULES: &str = "ProvisionedWriteCapacityAutoScalingSettingsUpdate";

impl<const IS_WRITE: bool> Parameter<Error> for Named<IS_WRITE> {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| {
            let name = parameters.required("IndexName");
            let (units, rules) = if IS_WRITE {
                ("ProvisionedWriteCapacityUnits", INDEX_WRITE_RULES)
            } else {
                ("ProvisionedReadCapacityUnits", INDEX_READ_RULES)
            };
            Self(IndexWanted { name, wanted: Wanted::read(parameters, units, rules) })
        })
    }

    fn placeholder() -> Self {
        let name = <Name as Parameter<Error>>::placeholder();
        Self(IndexWanted { name, wanted: Wanted::default() })
    }
}

fn unnamed<const IS_WRITE: bool>(indexes: Option<Indexes<IS_WRITE>>) -> Vec<IndexWanted> {
    let indexes = indexes.map(|List(indexes)| indexes).unwrap_or_default();
    indexes.into_iter().map(|Named(wanted)| wanted).collect()
}

impl Parameter<Error> for ReplicaWanted {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| {
            let region = parameters.required("RegionName");
            let units = "ReplicaProvisionedReadCapacityUnits";
            let reads = Wanted::read(parameters, units, READ_RULES);
            let indexes = parameters.optional("ReplicaGlobalSecondaryIndexSettingsUpdate");
            let class = parameters.optional("ReplicaTableClass");
            Self { region, reads, indexes: unnamed::<false>(indexes), class }
        })
    }

    fn placeholder() -> Self {
        let reads = Wanted::default();
        Self { region: String::new(), reads, indexes: Vec::new(), class: None }
    }
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateGlobalTableSettingsOutput {
    global_table_name: String,
    replica_settings: Vec<ReplicaSettings>,
}

impl Operation for UpdateGlobalTableSettings {
    const NAME: &'static str = "UpdateGlobalTableSettings";
    const ACCESS: Access = Access::Control;
    type Output = UpdateGlobalTableSettingsOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        type Replicas = List<ReplicaWanted, 1, REPLICAS_MAX>;
        let name = parameters.required("GlobalTableName");
        let billing = parameters.optional("GlobalTableBillingMode");
        let units = "GlobalTableProvisionedWriteCapacityUnits";
        let writes = Wanted::read(parameters, units, WRITE_RULES);
        let indexes = parameters.optional("GlobalTableGlobalSecondaryIndexSettingsUpdate");
        let replicas = parameters.optional::<Replicas>("ReplicaSettingsUpdate");
        let replicas = replicas.map(|List(replicas)| replicas).unwrap_or_default();
        Self { name, billing, writes, indexes: unnamed::<true>(indexes), replicas }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.global_table(&self.name);
        needs.named(&self.name);
        for replica in &self.replicas {
            needs.replica(&replica.region, &self.name);
        }
    }

    async fn run(
        self,
        database: &Database,
        call: &Call,
    ) -> Result<UpdateGlobalTableSettingsOutput> {
        let view = database.view(Reads::Many).await?;
        let (scope, name) = (call.scope(), self.name.to_string());
        let known = legacy::find(database, &view, (&scope, &name)).await?;
        let known = known.ok_or_else(|| self.missing())?;
        self.check()?;
        let usage = database.usage(&view, &known.scope()).await?;
        let under_way = database.begin_change(known.scope())?;
        drop(view);
        let own = database.clone();
        let replica_settings = see_through(async move {
            let now_ms = own.inner.clock.now_ms();
            let decide = |[row]: [Option<Bytes>; 1]| self.decide(&known, row, (usage, now_ms));
            let table = change(&own, [known.row_key()], decide).await?;
            drop(under_way);
            let place = legacy::place(&table).ok_or_else(|| self.missing())?;
            Ok(describe(&table, place, Some(Status::Updating)))
        })
        .await?;
        Ok(UpdateGlobalTableSettingsOutput { global_table_name: name, replica_settings })
    }
}

impl UpdateGlobalTableSettings {
    fn missing(&self) -> Error {
        GlobalTable::NoSettings(self.name.to_string()).into()
    }

    /// Checks what can be checked without the replicas.
    fn check(&self) -> Result<()> {
        let table = || self.name.to_string();
        if self.billing.is_none() && self.replicas.is_empty() && self.changes().next().is_none() {
            return Err(Scaling::Nothing(table()).into());
        }
        let mut seen = BTreeSet::new();
        for ReplicaWanted { region, reads, indexes, class } in &self.replicas {
            if reads.is_empty() && indexes.is_empty() && class.is_none() {
                let (table, region) = (table(), region.clone());
                return Err(Scaling::NothingForRegion { table, region }.into());
            }
            if !seen.insert(region) {
                return Err(GlobalTableFault::RepeatedRegion(region.clone()).into());
            }
        }
        for change in self.changes() {
            change.rules(self.name.as_str())?;
            change.check_units()?;
            if self.billing == Some(BillingMode::OnDemand) && change.wanted.units.is_some() {
                return Err(Definition::NewThroughputOnDemand.into());
            }
        }
        Ok(())
    }

    /// Everything that is asked of throughputs.
    fn changes(&self) -> impl Iterator<Item = Change<'_>> {
        let own = |region, wanted, member| Change { region, index: "", wanted, member };
        let writes = std::iter::once(own(None, &self.writes, WRITE_RULES));
        let indexes = self.indexes.iter().map(|index| index.change(None, INDEX_WRITE_RULES));
        let reads = self.replicas.iter().flat_map(move |replica| {
            let region = Some(replica.region.as_str());
            let indexes = replica.indexes.iter();
            let indexes = indexes.map(move |index| index.change(region, INDEX_READ_RULES));
            std::iter::once(own(region, &replica.reads, READ_RULES)).chain(indexes)
        });
        let all = writes.chain(indexes).chain(reads);
        all.filter(|change| !change.wanted.is_empty() || !change.index.is_empty())
    }

    /// The units that are asked for of one throughput.
    fn units(&self, region: Option<&str>, index: &str) -> Option<i64> {
        let is_it = |change: &Change<'_>| change.region == region && change.index == index;
        self.changes().filter(is_it).find_map(|change| change.wanted.units)
    }

    /// What is to be written, and the table as it is then.
    fn decide(
        &self,
        known: &Table,
        row: Option<Bytes>,
        (usage, now_ms): (Option<Usage>, u64),
    ) -> Result<(Writes, Table)> {
        let old = catalog::still(row, known.id)?.ok_or_else(|| self.missing())?;
        let place = legacy::place(&old).ok_or_else(|| self.missing())?;
        self.check_members(&old, place)?;
        let before = place.group.clone();
        let mut new = old.clone();
        if let Some(replication) = &mut new.replication {
            self.ask(&mut replication.group, &old, now_ms)?;
        }
        settings::adopt(&mut new, Some(&before), now_ms);
        new.keep_warm(&old);
        if let Some(usage) = usage {
            quotas::check_update((&old, &new), usage, now_ms)?;
        }
        Ok((vec![scale::row(&new), (new.row_key(), Some(catalog::encode(&new)))], new))
    }

    /// Checks that what is asked for can be done, as far as is known here.
    fn check_members(&self, table: &Table, place: &Replication) -> Result<()> {
        let regions = self.replicas.iter().map(|replica| &replica.region);
        if let Some(region) = regions.into_iter().find(|region| !place.group.has(region)) {
            return Err(GlobalTable::NoReplica(region.clone()).into());
        }
        let members: Vec<_> = place.group.present().map(|(region, _)| region).collect();
        let tables: BTreeMap<&str, &Table> = members
            .iter()
            .filter_map(|region| Some((region.as_str(), place.replica(table, region)?)))
            .collect();
        for Change { region, index, .. } in self.changes().filter(|one| !one.index.is_empty()) {
            let mut of = tables.iter().filter(|(of, _)| region.is_none_or(|region| region == **of));
            // A replica that has not been heard of yet has what the others have.
            let is_unheard = region.is_some_and(|region| !tables.contains_key(region));
            if !is_unheard && !of.any(|(_, table)| globals(table).any(|one| one.name == index)) {
                return Err(GlobalTable::NoIndex(index.to_owned()).into());
            }
        }
        let is_on_demand = |table: &Table| table.billing.mode() == BillingMode::OnDemand;
        match self.billing {
            Some(BillingMode::Provisioned) => {
                let mut switched = tables.into_iter().filter(|(_, table)| is_on_demand(table));
                switched.try_for_each(|(region, table)| self.check_units(region, table))
            }
            None if !is_on_demand(table) => Ok(()),
            Some(BillingMode::OnDemand) | None => self.check_on_demand(&members),
        }
    }

    /// Checks that nothing is asked for that only what is provisioned has.
    fn check_on_demand(&self, members: &[&String]) -> Result<()> {
        for change in self.changes() {
            let Change { index, wanted, member, .. } = change;
            match wanted.units {
                Some(_) if index.is_empty() => return Err(Definition::ThroughputOnDemand.into()),
                Some(_) => {
                    return Err(Definition::IndexThroughputOnDemand(index.to_owned()).into());
                }
                None => {}
            }
            if change.rules(self.name.as_str())?.is_some() {
                let regions = members.iter().map(|region| (*region).clone()).collect();
                let table = self.name.to_string();
                return Err(GlobalTableFault::ScalesOnDemand { table, regions, member }.into());
            }
        }
        Ok(())
    }

    /// Checks that a replica that is to become provisioned gets all its units.
    fn check_units(&self, region: &str, table: &Table) -> Result<()> {
        if self.units(None, "").is_none() {
            return Err(Definition::NoNewThroughput.into());
        }
        let names = || globals(table).map(|index| index.name.as_str());
        let left: Vec<_> = names().filter(|name| self.units(None, name).is_none()).collect();
        if !left.is_empty() {
            return Err(Definition::NoNewIndexThroughput(left.join(",")).into());
        }
        if self.units(Some(region), "").is_none() {
            return Err(GlobalTableFault::NoReads(region.to_owned()).into());
        }
        match names().find(|name| self.units(Some(region), name).is_none()) {
            None => Ok(()),
            Some(name) => {
                let (index, region) = (name.to_owned(), region.to_owned());
                Err(GlobalTableFault::NoIndexReads { index, region }.into())
            }
        }
    }

    /// Notes in a group what is asked of it. What is not named of the writes stays as the table has it.
    fn ask(&self, group: &mut Group, table: &Table, now_ms: u64) -> Result<(), Scaling> {
        let (own, name) = (table.region.as_str(), self.name.as_str());
        if let Some(billing) = self.billing {
            group.shared.on_demand.set(billing == BillingMode::OnDemand, own, now_ms);
        }
        let by = (own, now_ms);
        for change in self.changes().filter(|change| change.region.is_none()) {
            if let Some(units) = change.wanted.units {
                let rate = group.shared.writes.get(change.index).copied().unwrap_or_default();
                group.shared.writes.set(change.index, Some(rate.with_units(units)), by);
            }
            if change.wanted.rules.is_some() {
                group.shared.scaling.set(change.index, change.rules(name)?, by);
            }
        }
        for replica in &self.replicas {
            let mut overrides = group.overrides(&replica.region);
            self.ask_replica(&mut overrides, replica)?;
            group.override_settings(&replica.region, (own, now_ms), |own| *own = overrides);
        }
        Ok(())
    }

    /// Notes what is asked of one replica.
    fn ask_replica(
        &self,
        overrides: &mut Overrides,
        replica: &ReplicaWanted,
    ) -> Result<(), Scaling> {
        let is_its = |change: &Change<'_>| change.region == Some(replica.region.as_str());
        for change in self.changes().filter(is_its) {
            if let Some(units) = change.wanted.units {
                let own = overrides.reads.entry(change.index.to_owned()).or_default();
                own.units = Some(units);
            }
            change.put_rules(&mut overrides.scaling, self.name.as_str())?;
        }
        if let Some(class) = replica.class {
            overrides.class = Some(class);
        }
        Ok(())
    }
}

impl IndexWanted {
    fn change<'a>(&'a self, region: Option<&'a str>, member: &'static str) -> Change<'a> {
        Change { region, index: self.name.as_str(), wanted: &self.wanted, member }
    }
}

impl Change<'_> {
    fn side(self) -> Side {
        if self.region.is_some() { Side::Read } else { Side::Write }
    }

    /// The rules that are asked for, if any are.
    fn rules(self, table: &str) -> Result<Option<Rules>, Scaling> {
        self.wanted.rules.as_ref().map_or(Ok(None), |rules| rules.rules(self.side(), table))
    }

    /// Puts the rules in the place of others, if anything is asked for of them.
    fn put_rules(self, all: &mut BTreeMap<String, Rules>, table: &str) -> Result<(), Scaling> {
        match (self.rules(table)?, &self.wanted.rules) {
            (Some(rules), _) => {
                all.insert(self.index.to_owned(), rules);
            }
            (None, Some(_)) => {
                all.remove(self.index);
            }
            (None, None) => {}
        }
        Ok(())
    }

    fn check_units(self) -> Result<(), Invalid> {
        let units = self.wanted.units.unwrap_or(1);
        let units = match self.side() {
            Side::Read => Units { read: units, write: 1 },
            Side::Write => Units { read: 1, write: units },
        };
        units.check().map(drop)
    }
}

fn globals(table: &Table) -> impl Iterator<Item = &Index> {
    table.indexes.iter().filter(|index| index.is_global())
}
