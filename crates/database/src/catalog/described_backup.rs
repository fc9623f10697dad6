//! Descriptions of backups, as replies have them.

use serde::Serialize;

use crate::catalog::backup::{Backup, BackupKind};
use crate::catalog::describe::{
    IndexOfBackup, KeyElement, OnDemandThroughput, SseDescription, StreamDescription, Units,
    key_schema, seconds,
};
use crate::catalog::table::Reach;

/// `BackupDetails`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the names are the service's")]
pub(crate) struct BackupDetails {
    backup_arn: String,
    backup_name: String,
    backup_size_bytes: u64,
    backup_status: &'static str,
    backup_type: &'static str,
    backup_creation_date_time: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    backup_expiry_date_time: Option<f64>,
}

/// `BackupSummary`: in lists.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct BackupSummary {
    table_name: String,
    table_id: String,
    table_arn: String,
    #[serde(flatten)]
    details: BackupDetails,
}

/// `BackupDescription`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the names are the service's")]
pub(crate) struct BackupDescription {
    backup_details: BackupDetails,
    source_table_details: SourceTable,
    source_table_feature_details: SourceFeatures,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct SourceTable {
    table_name: String,
    table_id: String,
    table_arn: String,
    table_size_bytes: i64,
    key_schema: Vec<KeyElement>,
    table_creation_date_time: f64,
    provisioned_throughput: Units,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_demand_throughput: Option<OnDemandThroughput>,
    item_count: i64,
    billing_mode: &'static str,
}

/// What the table had besides its items: each only if it had it.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct SourceFeatures {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    local_secondary_indexes: Vec<IndexOfBackup>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    global_secondary_indexes: Vec<IndexOfBackup>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_description: Option<StreamDescription>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_to_live_description: Option<TimeToLive>,
    #[serde(rename = "SSEDescription", skip_serializing_if = "Option::is_none")]
    sse_description: Option<SseDescription>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct TimeToLive {
    time_to_live_status: &'static str,
    attribute_name: String,
}

impl BackupDetails {
    pub(crate) fn new(backup: &Backup) -> Self {
        Self {
            backup_arn: backup.arn(),
            backup_name: backup.name.clone(),
            backup_size_bytes: backup.size(),
            backup_status: backup.status(),
            backup_type: backup.kind.name(),
            backup_creation_date_time: seconds(backup.created_ms),
            backup_expiry_date_time: backup.expires_ms.map(seconds),
        }
    }
}

impl BackupSummary {
    pub(crate) fn new(backup: &Backup) -> Self {
        Self {
            table_name: backup.table.name.clone(),
            table_id: backup.table.uuid.clone(),
            table_arn: backup.table.arn().to_string(),
            details: BackupDetails::new(backup),
        }
    }
}

impl BackupDescription {
    pub(crate) fn new(backup: &Backup) -> Self {
        let table = &backup.table;
        let (partition, sort) =
            (std::slice::from_ref(&table.partition_key), table.sort_key.as_slice());
        Self {
            backup_details: BackupDetails::new(backup),
            source_table_details: SourceTable {
                table_name: table.name.clone(),
                table_id: table.uuid.clone(),
                table_arn: table.arn().to_string(),
                table_size_bytes: backup.bytes,
                key_schema: key_schema(partition, sort),
                table_creation_date_time: seconds(table.created_ms),
                provisioned_throughput: Units::new(&table.throughput),
                on_demand_throughput: OnDemandThroughput::new(&table.bounds),
                item_count: backup.items,
                billing_mode: table.billing.mode().name(),
            },
            source_table_feature_details: match backup.kind {
                BackupKind::User => SourceFeatures::new(backup),
                BackupKind::System => SourceFeatures::default(),
            },
        }
    }
}

impl SourceFeatures {
    fn new(backup: &Backup) -> Self {
        let table = &backup.table;
        let of_reach = |reach| {
            let indexes = table.indexes.iter().filter(move |index| index.reach == reach);
            indexes.map(IndexOfBackup::new).collect()
        };
        Self {
            local_secondary_indexes: of_reach(Reach::Local),
            global_secondary_indexes: of_reach(Reach::Global),
            stream_description: StreamDescription::of(table),
            time_to_live_description: table.expiry.as_ref().map(|expiry| TimeToLive {
                time_to_live_status: "ENABLED",
                attribute_name: expiry.attribute.clone(),
            }),
            sse_description: table.encryption.as_ref().map(SseDescription::new),
        }
    }
}
