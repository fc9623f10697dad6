//! `DescribeGlobalTableSettings`: what each replica of a global table of version 2017.11.29 is set to: the one here as it
//! is, the others as they last said.

use serde::Serialize;
use storage::Reads;
use types::name::Name;

use crate::access::Needs;
use crate::catalog::Table;
use crate::catalog::auto_scaling::{RulesDescription, Sides};
use crate::catalog::describe::{BillingModeSummary, Status, TableClassSummary};
use crate::catalog::table::Index;
use crate::error::{GlobalTable, Result, Side};
use crate::operation::{Access, Operation, Parameters};
use crate::operations::describe_global_table::replica_status;
use crate::replication::{Replication, legacy};
use crate::{Call, Database};

/// The request.
pub(crate) struct DescribeGlobalTableSettings {
    name: Name,
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeGlobalTableSettingsOutput {
    global_table_name: String,
    replica_settings: Vec<ReplicaSettings>,
}

/// `ReplicaSettingsDescription`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ReplicaSettings {
    region_name: String,
    replica_status: Status,
    /// `None` of a replica that has not been heard of.
    #[serde(flatten)]
    settings: Option<Settings>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the names on the wire")]
struct Settings {
    #[serde(skip_serializing_if = "Option::is_none")]
    replica_billing_mode_summary: Option<BillingModeSummary>,
    replica_provisioned_read_capacity_units: i64,
    replica_provisioned_read_capacity_auto_scaling_settings: RulesDescription,
    replica_provisioned_write_capacity_units: i64,
    replica_provisioned_write_capacity_auto_scaling_settings: RulesDescription,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    replica_global_secondary_index_settings: Vec<IndexSettings>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replica_table_class_summary: Option<TableClassSummary>,
}

/// An index. On demand it has no units, where the table has none at all.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct IndexSettings {
    index_name: String,
    index_status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    provisioned_read_capacity_units: Option<i64>,
    provisioned_read_capacity_auto_scaling_settings: RulesDescription,
    #[serde(skip_serializing_if = "Option::is_none")]
    provisioned_write_capacity_units: Option<i64>,
    provisioned_write_capacity_auto_scaling_settings: RulesDescription,
}

impl Operation for DescribeGlobalTableSettings {
    const NAME: &'static str = "DescribeGlobalTableSettings";
    const ACCESS: Access = Access::Control;
    type Output = DescribeGlobalTableSettingsOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        Self { name: parameters.required("GlobalTableName") }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.global_table(&self.name);
    }

    async fn run(
        self,
        database: &Database,
        call: &Call,
    ) -> Result<DescribeGlobalTableSettingsOutput> {
        let view = database.view(Reads::Many).await?;
        let (scope, name) = (call.scope(), self.name.to_string());
        let table = legacy::find(database, &view, (&scope, &name)).await?;
        let found = table.as_deref().and_then(|table| Some((table, legacy::place(table)?)));
        let (table, place) = found.ok_or_else(|| GlobalTable::NoSettings(name.clone()))?;
        let replica_settings = describe(table, place, None);
        Ok(DescribeGlobalTableSettingsOutput { global_table_name: name, replica_settings })
    }
}

/// Describes the replicas of a table's group, in the order of their Regions: each in its own status, unless another is
/// to be shown.
pub(crate) fn describe(
    table: &Table,
    place: &Replication,
    status: Option<Status>,
) -> Vec<ReplicaSettings> {
    let present = place.group.members.iter().filter(|(region, _)| place.group.has(region));
    let replica = |(region, member): (&String, _)| ReplicaSettings {
        region_name: region.clone(),
        replica_status: status.unwrap_or_else(|| replica_status(member)),
        settings: place.replica(table, region).map(Settings::new),
    };
    present.map(replica).collect()
}

impl Settings {
    fn new(table: &Table) -> Self {
        let own = &table.auto_scaling.table;
        let rules = |side| RulesDescription::new(table, None, (side, own.of(side)));
        let indexes = table.indexes.iter().filter(|index| index.is_global());
        Self {
            replica_billing_mode_summary: BillingModeSummary::new(&table.billing, Status::Active),
            replica_provisioned_read_capacity_units: table.throughput.read,
            replica_provisioned_read_capacity_auto_scaling_settings: rules(Side::Read),
            replica_provisioned_write_capacity_units: table.throughput.write,
            replica_provisioned_write_capacity_auto_scaling_settings: rules(Side::Write),
            replica_global_secondary_index_settings: indexes
                .map(|index| IndexSettings::new(table, index))
                .collect(),
            replica_table_class_summary: TableClassSummary::of(table),
        }
    }
}

impl IndexSettings {
    fn new(table: &Table, index: &Index) -> Self {
        let none = Sides::default();
        let own = table.auto_scaling.indexes.get(&index.name).unwrap_or(&none);
        let rules = |side| RulesDescription::new(table, Some(&index.name), (side, own.of(side)));
        let units = |units: i64| Some(units).filter(|units| 0 < *units);
        Self {
            index_name: index.name.clone(),
            index_status: if index.is_backfilling { Status::Creating } else { Status::Active },
            provisioned_read_capacity_units: units(index.throughput.read),
            provisioned_read_capacity_auto_scaling_settings: rules(Side::Read),
            provisioned_write_capacity_units: units(index.throughput.write),
            provisioned_write_capacity_auto_scaling_settings: rules(Side::Write),
        }
    }
}
