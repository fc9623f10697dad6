//! The operations: one file each, with what is special to it and nothing else; and the table of all of them.
//!
//! To add one: the file, its `mod` line and its row.

pub(crate) mod batch_get_item;
pub(crate) mod batch_write_item;
pub(crate) mod create_backup;
pub(crate) mod create_global_table;
pub(crate) mod create_table;
pub(crate) mod delete_backup;
pub(crate) mod delete_item;
pub(crate) mod delete_resource_policy;
pub(crate) mod delete_table;
pub(crate) mod describe_backup;
pub(crate) mod describe_continuous_backups;
pub(crate) mod describe_contributor_insights;
pub(crate) mod describe_endpoints;
pub(crate) mod describe_export;
pub(crate) mod describe_global_table;
pub(crate) mod describe_global_table_settings;
pub(crate) mod describe_import;
pub(crate) mod describe_kinesis_streaming_destination;
pub(crate) mod describe_limits;
pub(crate) mod describe_stream;
pub(crate) mod describe_table;
pub(crate) mod describe_table_replica_auto_scaling;
pub(crate) mod describe_time_to_live;
pub(crate) mod get_item;
pub(crate) mod get_records;
pub(crate) mod get_resource_policy;
pub(crate) mod get_shard_iterator;
pub(crate) mod list_backups;
pub(crate) mod list_contributor_insights;
pub(crate) mod list_exports;
pub(crate) mod list_global_tables;
pub(crate) mod list_imports;
pub(crate) mod list_streams;
pub(crate) mod list_tables;
pub(crate) mod list_tags_of_resource;
pub(crate) mod put_item;
pub(crate) mod put_resource_policy;
pub(crate) mod query;
pub(crate) mod restore_table_from_backup;
pub(crate) mod restore_table_to_point_in_time;
pub(crate) mod scan;
pub(crate) mod tag_resource;
pub(crate) mod transact_get_items;
pub(crate) mod transact_write_items;
pub(crate) mod untag_resource;
pub(crate) mod update_continuous_backups;
pub(crate) mod update_contributor_insights;
pub(crate) mod update_global_table;
pub(crate) mod update_global_table_settings;
pub(crate) mod update_item;
pub(crate) mod update_table;
pub(crate) mod update_table_replica_auto_scaling;
pub(crate) mod update_time_to_live;

use crate::operation::{Api, Row, off, row, stream_row, unbuilt};

/// The operations, in the order of their names.
static ROWS: &[Row] = &[
    unbuilt("BatchExecuteStatement"),
    row::<batch_get_item::BatchGetItem>(),
    row::<batch_write_item::BatchWriteItem>(),
    row::<create_backup::CreateBackup>(),
    row::<create_global_table::CreateGlobalTable>(),
    row::<create_table::CreateTable>(),
    row::<delete_backup::DeleteBackup>(),
    row::<delete_item::DeleteItem>(),
    row::<delete_resource_policy::DeleteResourcePolicy>(),
    row::<delete_table::DeleteTable>(),
    row::<describe_backup::DescribeBackup>(),
    row::<describe_continuous_backups::DescribeContinuousBackups>(),
    row::<describe_contributor_insights::DescribeContributorInsights>(),
    row::<describe_endpoints::DescribeEndpoints>(),
    off::<describe_export::DescribeExport>(),
    row::<describe_global_table::DescribeGlobalTable>(),
    row::<describe_global_table_settings::DescribeGlobalTableSettings>(),
    off::<describe_import::DescribeImport>(),
    off::<describe_kinesis_streaming_destination::DescribeKinesisStreamingDestination>(),
    row::<describe_limits::DescribeLimits>(),
    row::<describe_table::DescribeTable>(),
    row::<describe_table_replica_auto_scaling::DescribeTableReplicaAutoScaling>(),
    row::<describe_time_to_live::DescribeTimeToLive>(),
    unbuilt("DisableKinesisStreamingDestination"),
    unbuilt("EnableKinesisStreamingDestination"),
    unbuilt("ExecuteStatement"),
    unbuilt("ExecuteTransaction"),
    unbuilt("ExportTableToPointInTime"),
    row::<get_item::GetItem>(),
    row::<get_resource_policy::GetResourcePolicy>(),
    unbuilt("ImportTable"),
    row::<list_backups::ListBackups>(),
    row::<list_contributor_insights::ListContributorInsights>(),
    off::<list_exports::ListExports>(),
    row::<list_global_tables::ListGlobalTables>(),
    off::<list_imports::ListImports>(),
    row::<list_tables::ListTables>(),
    row::<list_tags_of_resource::ListTagsOfResource>(),
    row::<put_item::PutItem>(),
    row::<put_resource_policy::PutResourcePolicy>(),
    row::<query::Query>(),
    row::<restore_table_from_backup::RestoreTableFromBackup>(),
    row::<restore_table_to_point_in_time::RestoreTableToPointInTime>(),
    row::<scan::Scan>(),
    row::<tag_resource::TagResource>(),
    row::<transact_get_items::TransactGetItems>(),
    row::<transact_write_items::TransactWriteItems>(),
    row::<untag_resource::UntagResource>(),
    row::<update_continuous_backups::UpdateContinuousBackups>(),
    row::<update_contributor_insights::UpdateContributorInsights>(),
    row::<update_global_table::UpdateGlobalTable>(),
    row::<update_global_table_settings::UpdateGlobalTableSettings>(),
    row::<update_item::UpdateItem>(),
    unbuilt("UpdateKinesisStreamingDestination"),
    row::<update_table::UpdateTable>(),
    row::<update_table_replica_auto_scaling::UpdateTableReplicaAutoScaling>(),
    row::<update_time_to_live::UpdateTimeToLive>(),
    stream_row::<describe_stream::DescribeStream>(),
    stream_row::<get_records::GetRecords>(),
    stream_row::<get_shard_iterator::GetShardIterator>(),
    stream_row::<list_streams::ListStreams>(),
    unbuilt("CancelBulkOperation"),
    unbuilt("DescribeBulkOperation"),
    unbuilt("ListBulkOperations"),
    unbuilt("SearchVectors"),
    unbuilt("StartBulkPutItems"),
];

/// All operations.
#[must_use]
pub fn rows() -> &'static [Row] {
    ROWS
}

/// The operation of a name, whichever is built or not; `None` for what the service does not know.
#[must_use]
pub fn find(api: Api, name: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.name == name && row.api() == api)
}
