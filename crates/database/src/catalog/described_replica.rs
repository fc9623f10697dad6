//! The replicas of a table, as replies describe it in one of their Regions: those of the others.

use serde::Serialize;

use crate::catalog::Table;
use crate::catalog::describe::{Status, TableClassSummary, WarmThroughput};
use crate::catalog::table::Index;
use crate::replication::Replication;
use crate::replication::group::{GlobalTableVersion, Member, State};
use crate::replication::settings::{Overrides, ReadOverride};

/// How settings get from one replica to the others: all do, and what is read may differ.
const SETTINGS_MODE: &str = "ENABLED_WITH_OVERRIDES";
const VERSION: &str = "2019.11.21";

/// What the description of a table says of its being global.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GlobalDescription {
    #[serde(skip_serializing_if = "Option::is_none")]
    global_table_version: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    global_table_settings_replication_mode: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    replicas: Vec<ReplicaDescription>,
}

/// `ReplicaDescription`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ReplicaDescription {
    region_name: String,
    replica_status: Status,
    #[serde(rename = "KMSMasterKeyId", skip_serializing_if = "Option::is_none")]
    kms_master_key_id: Option<String>,
    #[serde(flatten)]
    read: ReadOverrides,
    #[serde(skip_serializing_if = "Option::is_none")]
    warm_throughput: Option<WarmThroughput>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    global_secondary_indexes: Vec<ReplicaIndex>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replica_table_class_summary: Option<TableClassSummary>,
    global_table_settings_replication_mode: &'static str,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ReplicaIndex {
    index_name: String,
    #[serde(flatten)]
    read: ReadOverrides,
    #[serde(skip_serializing_if = "Option::is_none")]
    warm_throughput: Option<WarmThroughput>,
}

/// In what a replica, or an index of one, reads otherwise than the rest.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ReadOverrides {
    #[serde(skip_serializing_if = "Option::is_none")]
    provisioned_throughput_override: Option<ReadUnits>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_demand_throughput_override: Option<ReadLimit>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ReadUnits {
    read_capacity_units: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ReadLimit {
    max_read_request_units: i64,
}

impl GlobalDescription {
    /// Of a table; one of the legacy version says nothing of it.
    pub(crate) fn new(table: &Table) -> Self {
        let replication = table.replication.as_ref();
        let is_current = |one: &&Replication| one.group.version == GlobalTableVersion::Current;
        let Some(replication) = replication.filter(is_current) else { return Self::default() };
        let others =
            replication.group.members.iter().filter(|(region, _)| **region != table.region);
        let mut others: Vec<_> = others
            .filter(|(region, _)| {
                replication.group.has(region) || replication.links.contains_key(*region)
            })
            .collect();
        others.sort_by_key(|(_, member)| member.presence.value.since_ms);
        let describe = |(region, member): (&String, &Member)| {
            let status = match member.presence.value.state {
                State::Creating => Status::Creating,
                State::Active => Status::Active,
                State::Removed => Status::Deleting,
            };
            ReplicaDescription::new(table, replication, (region, status))
        };
        Self {
            global_table_version: Some(VERSION),
            global_table_settings_replication_mode: Some(SETTINGS_MODE),
            replicas: others.into_iter().map(describe).collect(),
        }
    }

    /// As it shows in the reply that changed it: as it was before.
    pub(crate) fn with_replicas_of(mut self, before: &Self) -> Self {
        self.replicas.clone_from(&before.replicas);
        self
    }
}

impl ReplicaDescription {
    fn new(own: &Table, replication: &Replication, (region, status): (&str, Status)) -> Self {
        // One that has not said yet how it is will be as this one.
        let known = replication.known.get(region);
        let table = known.unwrap_or(own);
        let overrides = replication.group.overrides(region);
        let globals = own.indexes.iter().filter(|index| index.is_global());
        let key = known.and_then(|known| known.encryption.as_ref());
        Self {
            region_name: region.to_owned(),
            replica_status: status,
            kms_master_key_id: key.map(|encryption| encryption.key_arn.clone()),
            read: ReadOverrides::of(&overrides, ""),
            warm_throughput: WarmThroughput::new(&table.bounds, table.warm(), Status::Active),
            global_secondary_indexes: globals
                .map(|index| ReplicaIndex::new(table, index, &overrides))
                .collect(),
            replica_table_class_summary: known.and_then(TableClassSummary::of),
            global_table_settings_replication_mode: SETTINGS_MODE,
        }
    }
}

impl ReplicaIndex {
    fn new(table: &Table, index: &Index, overrides: &Overrides) -> Self {
        let index = table.index(&index.name).unwrap_or(index);
        let warm = index.warm(table.billing.mode());
        Self {
            index_name: index.name.clone(),
            read: ReadOverrides::of(overrides, &index.name),
            warm_throughput: WarmThroughput::new(&index.bounds, warm, Status::Active),
        }
    }
}

impl ReadOverrides {
    fn of(overrides: &Overrides, name: &str) -> Self {
        let ReadOverride { units, max } = overrides.reads.get(name).copied().unwrap_or_default();
        Self {
            provisioned_throughput_override: units
                .map(|read_capacity_units| ReadUnits { read_capacity_units }),
            on_demand_throughput_override: max
                .map(|max_read_request_units| ReadLimit { max_read_request_units }),
        }
    }
}
