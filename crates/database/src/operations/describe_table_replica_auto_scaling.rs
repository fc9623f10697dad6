//! `DescribeTableReplicaAutoScaling`: the rules by which throughput follows what is consumed. Of which tables, its
//! counterpart `UpdateTableReplicaAutoScaling` says.

use std::sync::Arc;

use serde::Serialize;
use storage::{Reads, View};
use types::name::TableReference;

use crate::access::Needs;
use crate::catalog::Table;
use crate::catalog::auto_scaling::{RulesDescription, Sides};
use crate::catalog::describe::{Status, instead};
use crate::catalog::table::Index;
use crate::error::{Error, Result, Side, Unscalable};
use crate::operation::{Access, Operation, Parameters};
use crate::replication::Replication;
use crate::replication::group::{GlobalTableVersion, State};
use crate::{Call, Database};

/// The request.
pub(crate) struct DescribeTableReplicaAutoScaling {
    table: TableReference,
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeTableReplicaAutoScalingOutput {
    table_auto_scaling_description: TableAutoScaling,
}

/// `TableAutoScalingDescription`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TableAutoScaling {
    table_name: String,
    table_status: Status,
    replicas: Vec<RegionalScaling>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RegionalScaling {
    region_name: String,
    global_secondary_indexes: Vec<IndexAutoScaling>,
    replica_provisioned_read_capacity_auto_scaling_settings: RulesDescription,
    replica_provisioned_write_capacity_auto_scaling_settings: RulesDescription,
    replica_status: Status,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct IndexAutoScaling {
    index_name: String,
    index_status: Status,
    provisioned_read_capacity_auto_scaling_settings: RulesDescription,
    provisioned_write_capacity_auto_scaling_settings: RulesDescription,
}

/// The global table of a name.
///
/// # Errors
/// [`Unscalable::NotGlobal`] where there is no table, or one without replicas.
pub(crate) async fn global_table(
    database: &Database,
    view: &View,
    call: &Call,
    table: &TableReference,
) -> Result<Arc<Table>> {
    let missing = || Error::from(Unscalable::NotGlobal(table.name().to_string()));
    let found = database.table(view, call, table).await;
    let found = found.map_err(|error| instead(error, missing))?;
    let is_current = |one: &Replication| one.group.version == GlobalTableVersion::Current;
    let is_global = database.inner.options.scales_any_table
        || found.replication.as_ref().is_some_and(is_current);
    if is_global { Ok(found) } else { Err(missing()) }
}

impl Operation for DescribeTableReplicaAutoScaling {
    const NAME: &'static str = "DescribeTableReplicaAutoScaling";
    const ACCESS: Access = Access::Control;
    type Output = DescribeTableReplicaAutoScalingOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        Self { table: parameters.required("TableName") }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.table(&self.table);
    }

    async fn run(
        self,
        database: &Database,
        call: &Call,
    ) -> Result<DescribeTableReplicaAutoScalingOutput> {
        let view = database.view(Reads::One).await?;
        let table = global_table(database, &view, call, &self.table).await?;
        let table_auto_scaling_description = TableAutoScaling::new(&table);
        Ok(DescribeTableReplicaAutoScalingOutput { table_auto_scaling_description })
    }
}

impl TableAutoScaling {
    /// Describes the rules of a table and its replicas. An index shows once it is filled.
    pub(crate) fn new(table: &Table) -> Self {
        let mut replicas = vec![RegionalScaling::new(table, (&table.region, Status::Active))];
        if let Some(replication) = &table.replication {
            let others = replication.group.present().filter(|(one, _)| **one != table.region);
            replicas.extend(others.map(|(region, member)| {
                let is_active = member.presence.value.state == State::Active;
                let status = if is_active { Status::Active } else { Status::Creating };
                let known = replication.known.get(region).unwrap_or(table);
                RegionalScaling::new(known, (region, status))
            }));
        }
        replicas.sort_by(|one, other| one.region_name.cmp(&other.region_name));
        Self { table_name: table.name.clone(), table_status: Status::Active, replicas }
    }
}

impl RegionalScaling {
    /// Describes the rules of the replica in a Region.
    fn new(table: &Table, (region, status): (&str, Status)) -> Self {
        let indexes =
            table.indexes.iter().filter(|index| index.is_global() && !index.is_backfilling);
        let rules = |index: Option<&str>, sides: &Sides, side| {
            RulesDescription::new(table, index, (side, sides.of(side)))
        };
        let index = |index: &Index| {
            let (name, none) = (Some(index.name.as_str()), Sides::default());
            let sides = table.auto_scaling.indexes.get(&index.name).unwrap_or(&none);
            IndexAutoScaling {
                index_name: index.name.clone(),
                index_status: Status::Active,
                provisioned_read_capacity_auto_scaling_settings: rules(name, sides, Side::Read),
                provisioned_write_capacity_auto_scaling_settings: rules(name, sides, Side::Write),
            }
        };
        let own = |side| rules(None, &table.auto_scaling.table, side);
        Self {
            region_name: region.to_owned(),
            global_secondary_indexes: indexes.map(index).collect(),
            replica_provisioned_read_capacity_auto_scaling_settings: own(Side::Read),
            replica_provisioned_write_capacity_auto_scaling_settings: own(Side::Write),
            replica_status: status,
        }
    }
}
