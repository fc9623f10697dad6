//! `UpdateTableReplicaAutoScaling`: changes the rules by which throughput follows what is consumed.
//!
//! Amazon's is for global tables of version 2019.11.21: of any other table it says that there is no global table of
//! its name, and its rules are for another service to keep. So it is here, unless the server takes every table for a
//! global one whose only replica is where it is. Rules of writes are those of all replicas, rules of reads each
//! replica's own.

use bytes::Bytes;
use serde::Serialize;
use storage::Reads;
use types::json::Json;
use types::name::{Name, TableReference};
use types::parameter::{Faults, List, Parameter, Path, structure};

use crate::access::Needs;
use crate::catalog::auto_scaling::{RulesUpdate, Sides};
use crate::catalog::change::{Writes, change, see_through};
use crate::catalog::definition::BillingMode;
use crate::catalog::{self, Table, throughput};
use crate::error::{Error, Result, Scaling, Side, Unscalable};
use crate::jobs::scale;
use crate::operation::{Access, Operation, Parameters};
use crate::operations::describe_table_replica_auto_scaling::{TableAutoScaling, global_table};
use crate::replication::group::Group;
use crate::replication::settings;
use crate::{Call, Database};

/// The request.
pub(crate) struct UpdateTableReplicaAutoScaling {
    table: TableReference,
    write: Option<RulesUpdate>,
    indexes: Vec<IndexRules>,
    replicas: Vec<Replica>,
}

/// What is asked of one index: of its writes, or in one Region of its reads.
struct IndexRules {
    name: Option<Name>,
    rules: Option<RulesUpdate>,
}

/// What is asked of one Region.
struct Replica {
    region: String,
    read: Option<RulesUpdate>,
    indexes: Vec<IndexRules>,
}

/// Rules that are asked for, with the index and the side that they are of.
type Asked<'a> = (Option<&'a str>, Side, &'a RulesUpdate);

/// The same as an element of a list whose member with the rules has a name.
struct Named<const IS_WRITE: bool>(IndexRules);

type OfReads = List<Named<false>, 0, { usize::MAX }>;

impl<const IS_WRITE: bool> Parameter<Error> for Named<IS_WRITE> {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| {
            let name = parameters.optional("IndexName");
            let rules = if IS_WRITE {
                parameters.optional("ProvisionedWriteCapacityAutoScalingUpdate")
            } else {
                parameters.optional("ProvisionedReadCapacityAutoScalingUpdate")
            };
            Self(IndexRules { name, rules })
        })
    }

    fn placeholder() -> Self {
        Self(IndexRules { name: None, rules: None })
    }
}

impl Parameter<Error> for Replica {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| {
            let region = parameters.required("RegionName");
            let read = parameters.optional("ReplicaProvisionedReadCapacityAutoScalingUpdate");
            let indexes = parameters.optional("ReplicaGlobalSecondaryIndexUpdates");
            let indexes = indexes.map(|List(indexes): OfReads| indexes);
            Self { region, read, indexes: unnamed(indexes) }
        })
    }

    fn placeholder() -> Self {
        Self { region: String::new(), read: None, indexes: Vec::new() }
    }
}

fn unnamed<const IS_WRITE: bool>(indexes: Option<Vec<Named<IS_WRITE>>>) -> Vec<IndexRules> {
    indexes.unwrap_or_default().into_iter().map(|Named(rules)| rules).collect()
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateTableReplicaAutoScalingOutput {
    table_auto_scaling_description: TableAutoScaling,
}

impl Operation for UpdateTableReplicaAutoScaling {
    const NAME: &'static str = "UpdateTableReplicaAutoScaling";
    const ACCESS: Access = Access::Control;
    type Output = UpdateTableReplicaAutoScalingOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        type Indexes = List<Named<true>, 1, { usize::MAX }>;
        type Replicas = List<Replica, 1, { usize::MAX }>;
        let indexes = parameters.optional::<Indexes>("GlobalSecondaryIndexUpdates");
        let table = parameters.required("TableName");
        let write = parameters.optional("ProvisionedWriteCapacityAutoScalingUpdate");
        let replicas = parameters.optional::<Replicas>("ReplicaUpdates");
        Self {
            table,
            write,
            indexes: unnamed(indexes.map(|List(indexes)| indexes)),
            replicas: replicas.map(|List(replicas)| replicas).unwrap_or_default(),
        }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.table(&self.table);
        for replica in &self.replicas {
            needs.replica(&replica.region, self.table.name());
        }
    }

    async fn run(
        self,
        database: &Database,
        call: &Call,
    ) -> Result<UpdateTableReplicaAutoScalingOutput> {
        // The service looks at the rules before it looks for the table.
        self.check()?;
        let view = database.view(Reads::One).await?;
        let known = global_table(database, &view, call, &self.table).await?;
        drop(view);
        let now_ms = database.inner.clock.now_ms();
        let own = database.clone();
        let table = see_through(async move {
            change(&own, [known.row_key()], |[row]| self.decide(&known, row, now_ms)).await
        })
        .await?;
        let table_auto_scaling_description = TableAutoScaling::new(&table);
        Ok(UpdateTableReplicaAutoScalingOutput { table_auto_scaling_description })
    }
}

impl UpdateTableReplicaAutoScaling {
    /// Checks what can be checked without the table.
    fn check(&self) -> Result<(), Scaling> {
        let table = self.table.name().as_str();
        if self.write.is_none() && self.indexes.is_empty() && self.replicas.is_empty() {
            return Err(Scaling::Nothing(table.to_owned()));
        }
        let mut regions: Vec<_> = self.replicas.iter().map(|replica| &replica.region).collect();
        regions.sort_unstable();
        if let Some([region, ..]) = regions.windows(2).find(|pair| pair.first() == pair.last()) {
            let (table, region) = (table.to_owned(), (*region).clone());
            return Err(Scaling::RepeatedRegion { table, region });
        }
        for Replica { region, read, indexes } in &self.replicas {
            if read.is_none() && indexes.is_empty() {
                let (table, region) = (table.to_owned(), region.clone());
                return Err(Scaling::NothingForRegion { table, region });
            }
        }
        let reads = self.replicas.iter().flat_map(Replica::rules);
        for (_, side, rules) in self.writes().chain(reads) {
            rules.check(side, table)?;
        }
        Ok(())
    }

    /// The rules of writes that are asked for.
    fn writes(&self) -> impl Iterator<Item = Asked<'_>> {
        let own = self.write.iter().map(|rules| (None, Side::Write, rules));
        own.chain(self.indexes.iter().filter_map(|index| index.of(Side::Write)))
    }

    /// Rules are for what is provisioned; only to take them away is no matter of that.
    fn check_billing(&self, table: &Table) -> Result<(), Scaling> {
        if table.billing.mode() == BillingMode::Provisioned {
            return Ok(());
        }
        let has_rules = |(_, _, rules): Asked<'_>| !rules.is_disabled();
        let writes = self.writes().any(has_rules);
        let reads = self.replicas.iter().flat_map(Replica::rules).any(has_rules);
        let parameters = [
            (writes, "'GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate'"),
            (reads, "'ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate'"),
        ];
        let parameters = parameters.into_iter().filter(|(is_there, _)| *is_there);
        let parameters: Vec<_> = parameters.map(|(_, name)| name).collect();
        if parameters.is_empty() {
            return Ok(());
        }
        let mut regions = vec![table.region.as_str()];
        let group = table.replication.as_ref().map(|replication| &replication.group);
        regions.extend(group.into_iter().flat_map(Group::present).map(|(one, _)| &**one));
        regions.sort_unstable();
        regions.dedup();
        let regions: Vec<_> =
            regions.iter().map(|region| format!("'{}'", region.to_uppercase())).collect();
        Err(Scaling::OnDemand {
            table: table.name.clone(),
            regions: regions.join(", "),
            parameters: parameters.join(", "),
        })
    }

    /// What is to be written, and the table as it was.
    fn decide(&self, known: &Table, row: Option<Bytes>, now_ms: u64) -> Result<(Writes, Table)> {
        let old = catalog::still(row, known.id)?;
        let old = old.ok_or_else(|| Unscalable::NotGlobal(known.name.clone()))?;
        let mut new = old.clone();
        let is_member = |region: &str| {
            let replication = old.replication.as_ref();
            replication.is_some_and(|replication| replication.group.has(region))
        };
        let (own, others): (Vec<_>, Vec<_>) =
            self.replicas.iter().partition(|replica| replica.region == old.region);
        if let Some(Replica { region, .. }) = others.iter().find(|one| !is_member(&one.region)) {
            let (table, region) = (old.name.clone(), region.clone());
            return Err(Unscalable::NoReplica { table, region }.into());
        }
        self.check_billing(&old)?;
        for asked in self.writes().chain(own.iter().flat_map(|replica| replica.rules())) {
            let name = known_index(&old, asked.0)?;
            let sides = match name {
                None => &mut new.auto_scaling.table,
                Some(name) => new.auto_scaling.indexes.entry(name.to_owned()).or_default(),
            };
            sides.update(asked.1, asked.2, &old.name)?;
        }
        throughput::confine(&mut new, now_ms);
        new.keep_warm(&old);
        settings::share_scaled(&old, &mut new, now_ms);
        for replica in others {
            for (index, side, rules) in replica.rules() {
                let name = known_index(&old, index)?.unwrap_or_default();
                let mut sides = Sides::default();
                sides.update(side, rules, &old.name)?;
                let Some(replication) = &mut new.replication else { continue };
                let by = (old.region.as_str(), now_ms);
                replication.group.override_settings(&replica.region, by, |overrides| {
                    match sides.read {
                        Some(rules) => overrides.scaling.insert(name.to_owned(), rules),
                        None => overrides.scaling.remove(name),
                    };
                });
            }
        }
        // The reply shows what there was before.
        Ok((vec![scale::row(&new), (new.row_key(), Some(catalog::encode(&new)))], old))
    }
}

/// The global index that is named, if one is.
fn known_index<'a>(table: &Table, name: Option<&'a str>) -> Result<Option<&'a str>, Unscalable> {
    let is_known = |name: &str| {
        table.index(name).is_some_and(|index| index.is_global() && !index.is_backfilling)
    };
    match name {
        Some(name) if !is_known(name) => {
            let (table, index) = (table.name.clone(), name.to_owned());
            Err(Unscalable::NoIndex { table, index })
        }
        Some(_) | None => Ok(name),
    }
}

impl Replica {
    /// The rules that are asked for.
    fn rules(&self) -> impl Iterator<Item = Asked<'_>> {
        let own = self.read.iter().map(|rules| (None, Side::Read, rules));
        own.chain(self.indexes.iter().filter_map(|index| index.of(Side::Read)))
    }
}

impl IndexRules {
    fn of(&self, side: Side) -> Option<Asked<'_>> {
        let name = self.name.as_ref().map_or("", Name::as_str);
        self.rules.as_ref().map(|rules| (Some(name), side, rules))
    }
}
