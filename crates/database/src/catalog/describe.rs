//! Descriptions of tables, as replies have them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use storage::View;
use types::name::TableReference;

use crate::catalog::Table;
use crate::catalog::bounds::Bounds;
use crate::catalog::definition::BillingMode;
use crate::catalog::described_replica::GlobalDescription;
use crate::catalog::encryption::Encryption;
use crate::catalog::table::{
    Billing, DAY_MS, Index, KeyAttribute, KeyType, Projection, Reach, TableClass, Throughput,
};
use crate::error::{Error, Off, Result};
use crate::keys::{self, Id};
use crate::replication::Replication;
use crate::{Call, Database};

/// The table that a request describes or changes, as `view` has it.
pub(crate) async fn table(
    database: &Database,
    view: &View,
    call: &Call,
    table: &TableReference,
) -> Result<Arc<Table>> {
    let missing = || Error::TableNotFound(table.name().to_string());
    database.table(view, call, table).await.map_err(|error| instead(error, missing))
}

/// As [`table()`], for an operation on its backups or its recovery, which says in its own way that it is not there.
pub(crate) async fn table_to_back_up(
    database: &Database,
    view: &View,
    call: &Call,
    table: &TableReference,
) -> Result<Arc<Table>> {
    let missing = || Off::Table(table.name().to_string()).into();
    database.table(view, call, table).await.map_err(|error| instead(error, missing))
}

/// As [`table()`], also while the table is being restored.
pub(crate) async fn table_in_any_state(
    database: &Database,
    view: &View,
    call: &Call,
    table: &TableReference,
) -> Result<Arc<Table>> {
    let missing = || Error::TableNotFound(table.name().to_string());
    let found = database.table_in_any_state(view, call, table).await;
    found.map_err(|error| instead(error, missing))
}

/// An error, or what an operation says instead where a table is not there.
pub(crate) fn instead(error: Error, missing: impl FnOnce() -> Error) -> Error {
    if matches!(error, Error::ResourceNotFound) { missing() } else { error }
}

/// What a table or an index is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Status {
    Creating,
    Updating,
    Deleting,
    Active,
}

/// How much a table and its indexes hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Sizes(BTreeMap<Id, Size>);

/// How much a table or an index holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Size {
    pub(crate) items: i64,
    pub(crate) bytes: i64,
}

impl Sizes {
    /// Reads the counters of a table and its indexes.
    pub(crate) async fn read(view: &View, table: &Table) -> Result<Self> {
        let mut sizes = BTreeMap::new();
        for id in table.ids() {
            let items = view.count(&keys::item_count(id)).await?;
            let bytes = view.count(&keys::byte_count(id)).await?;
            sizes.insert(id, Size { items, bytes });
        }
        Ok(Self(sizes))
    }

    /// Of the table or index with a number.
    pub(crate) fn of(&self, id: Id) -> Size {
        self.0.get(&id).copied().unwrap_or_default()
    }
}

/// A table, as a reply describes it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TableDescription {
    attribute_definitions: Vec<AttributeDescription>,
    table_name: String,
    key_schema: Vec<KeyElement>,
    table_status: Status,
    creation_date_time: f64,
    provisioned_throughput: ThroughputDescription,
    table_size_bytes: i64,
    item_count: i64,
    table_arn: String,
    table_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    billing_mode_summary: Option<BillingModeSummary>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    local_secondary_indexes: Vec<IndexDescription>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    global_secondary_indexes: Vec<IndexDescription>,
    #[serde(skip_serializing_if = "Option::is_none")]
    table_class_summary: Option<TableClassSummary>,
    deletion_protection_enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    warm_throughput: Option<WarmThroughput>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_demand_throughput: Option<OnDemandThroughput>,
    #[serde(rename = "SSEDescription", skip_serializing_if = "Option::is_none")]
    sse_description: Option<SseDescription>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_specification: Option<StreamDescription>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_stream_label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_stream_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    restore_summary: Option<RestoreSummary>,
    #[serde(flatten)]
    global: GlobalDescription,
}

/// Where a table comes from, while it is being restored.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct RestoreSummary {
    #[serde(skip_serializing_if = "Option::is_none")]
    source_backup_arn: Option<String>,
    source_table_arn: String,
    restore_date_time: f64,
    restore_in_progress: bool,
}

/// `StreamSpecification`: of a stream that is on.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct StreamDescription {
    stream_enabled: bool,
    stream_view_type: &'static str,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct AttributeDescription {
    attribute_name: String,
    attribute_type: &'static str,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct KeyElement {
    attribute_name: String,
    key_type: &'static str,
}

/// `ProvisionedThroughputDescription`: zeros on demand.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ThroughputDescription {
    #[serde(skip_serializing_if = "Option::is_none")]
    last_increase_date_time: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_decrease_date_time: Option<f64>,
    number_of_decreases_today: i64,
    read_capacity_units: i64,
    write_capacity_units: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct BillingModeSummary {
    billing_mode: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_update_to_pay_per_request_date_time: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TableClassSummary {
    table_class: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_update_date_time: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct WarmThroughput {
    read_units_per_second: i64,
    write_units_per_second: i64,
    status: Status,
}

/// Limits on demand: those that are set.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct OnDemandThroughput {
    #[serde(skip_serializing_if = "Option::is_none")]
    max_read_request_units: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_write_request_units: Option<i64>,
}

/// Encryption by a key of the account's. While it begins there is only its status.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SseDescription {
    status: &'static str,
    #[serde(rename = "SSEType", skip_serializing_if = "Option::is_none")]
    sse_type: Option<&'static str>,
    #[serde(rename = "KMSMasterKeyArn", skip_serializing_if = "Option::is_none")]
    kms_master_key_arn: Option<String>,
}

/// An index. A local one has neither a status nor a throughput.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct IndexDescription {
    index_name: String,
    key_schema: Vec<KeyElement>,
    projection: ProjectionDescription,
    #[serde(skip_serializing_if = "Option::is_none")]
    index_status: Option<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    backfilling: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provisioned_throughput: Option<ThroughputDescription>,
    index_size_bytes: i64,
    item_count: i64,
    index_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    warm_throughput: Option<WarmThroughput>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_demand_throughput: Option<OnDemandThroughput>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ProjectionDescription {
    projection_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    non_key_attributes: Option<Vec<String>>,
}

impl TableDescription {
    /// Describes a table that is in some status; its indexes are being created with it, or active. One that is being
    /// restored is being created.
    pub(crate) fn new(table: &Table, sizes: &Sizes, status: Status, now_ms: u64) -> Self {
        let status = if table.is_being_made() { Status::Creating } else { status };
        let size = sizes.of(table.id);
        let of_reach = |reach| {
            let indexes = table.indexes.iter().filter(move |index| index.reach == reach);
            indexes
                .map(|index| IndexDescription::new(table, index, sizes, (status, now_ms)))
                .collect()
        };
        Self {
            attribute_definitions: table
                .definitions
                .iter()
                .map(AttributeDescription::new)
                .collect(),
            table_name: table.name.clone(),
            key_schema: key_schema(
                std::slice::from_ref(&table.partition_key),
                table.sort_key.as_slice(),
            ),
            table_status: status,
            creation_date_time: seconds(table.created_ms),
            provisioned_throughput: ThroughputDescription::new(&table.throughput, now_ms),
            table_size_bytes: size.bytes,
            item_count: size.items,
            table_arn: table.arn().to_string(),
            table_id: table.uuid.clone(),
            billing_mode_summary: BillingModeSummary::of(table, status),
            local_secondary_indexes: of_reach(Reach::Local),
            global_secondary_indexes: of_reach(Reach::Global),
            table_class_summary: TableClassSummary::of(table),
            deletion_protection_enabled: table.is_deletion_protected,
            warm_throughput: WarmThroughput::new(&table.bounds, table.warm(), status),
            on_demand_throughput: OnDemandThroughput::new(&table.bounds),
            sse_description: table.encryption.as_ref().map(SseDescription::new),
            stream_specification: StreamDescription::of(table),
            latest_stream_label: table.stream.as_ref().map(|stream| stream.label.clone()),
            latest_stream_arn: table.stream.as_ref().map(|stream| stream.arn(table)),
            restore_summary: table.origin.as_ref().map(|origin| RestoreSummary {
                source_backup_arn: origin.backup_arn.clone(),
                source_table_arn: origin.table_arn.clone(),
                restore_date_time: seconds(origin.time_ms),
                restore_in_progress: true,
            }),
            global: GlobalDescription::new(table),
        }
    }

    /// Shows the replicas as they were before a change of them.
    pub(crate) fn with_replicas_of(mut self, table: &Table) -> Self {
        self.global = self.global.with_replicas_of(&GlobalDescription::new(table));
        self
    }

    /// Shows the encryption as being changed.
    pub(crate) fn with_updating_encryption(mut self) -> Self {
        self.sse_description.get_or_insert_default().status = "UPDATING";
        self
    }

    /// Shows the warm throughput of the table, or of some global indexes, as being raised.
    pub(crate) fn with_warming(
        mut self,
        is_table: bool,
        is_warming: impl Fn(&str) -> bool,
    ) -> Self {
        let table = self.warm_throughput.as_mut().filter(|_| is_table);
        let indexes = self.global_secondary_indexes.iter_mut();
        let indexes = indexes.filter(|index| is_warming(&index.index_name));
        for warm in
            table.into_iter().chain(indexes.filter_map(|index| index.warm_throughput.as_mut()))
        {
            warm.status = Status::Updating;
        }
        self
    }

    /// Shows some global indexes in another status.
    pub(crate) fn with_index_status(
        mut self,
        status: Status,
        is_in: impl Fn(&str) -> bool,
    ) -> Self {
        for index in &mut self.global_secondary_indexes {
            if is_in(&index.index_name) {
                index.index_status = Some(status);
            }
        }
        self
    }
}

impl StreamDescription {
    /// The stream of a table, if it is on.
    pub(crate) fn of(table: &Table) -> Option<Self> {
        let stream = table.stream.as_ref().filter(|stream| stream.is_enabled)?;
        Some(Self { stream_enabled: true, stream_view_type: stream.view.name() })
    }
}

/// An index, as a backup describes it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct IndexOfBackup {
    index_name: String,
    key_schema: Vec<KeyElement>,
    projection: ProjectionDescription,
    #[serde(skip_serializing_if = "Option::is_none")]
    provisioned_throughput: Option<Units>,
}

/// Provisioned units, without when they changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Units {
    read_capacity_units: i64,
    write_capacity_units: i64,
}

impl Units {
    pub(crate) fn new(throughput: &Throughput) -> Self {
        Self { read_capacity_units: throughput.read, write_capacity_units: throughput.write }
    }
}

impl IndexOfBackup {
    pub(crate) fn new(index: &Index) -> Self {
        Self {
            index_name: index.name.clone(),
            key_schema: key_schema(&index.partition_key, &index.sort_key),
            projection: ProjectionDescription::new(&index.projection),
            provisioned_throughput: index.is_global().then(|| Units::new(&index.throughput)),
        }
    }
}

impl IndexDescription {
    fn new(table: &Table, index: &Index, sizes: &Sizes, (status, now_ms): (Status, u64)) -> Self {
        let is_global = index.is_global();
        let is_creating = status == Status::Creating || index.is_backfilling;
        let index_status = if is_creating { Status::Creating } else { Status::Active };
        // In the reply that makes the index, the filling has not begun.
        let backfilling = index.is_backfilling.then_some(status == Status::Active);
        let size = sizes.of(index.id);
        let throughput = || ThroughputDescription::new(&index.throughput, now_ms);
        let warm = || {
            let warm = index.warm(table.billing.mode());
            WarmThroughput::new(&index.bounds, warm, index_status)
        };
        Self {
            index_name: index.name.clone(),
            key_schema: key_schema(&index.partition_key, &index.sort_key),
            projection: ProjectionDescription::new(&index.projection),
            index_status: is_global.then_some(index_status),
            backfilling,
            provisioned_throughput: is_global.then(throughput),
            index_size_bytes: size.bytes,
            item_count: size.items,
            index_arn: format!("{}/index/{}", table.arn(), index.name),
            warm_throughput: is_global.then(warm).flatten(),
            on_demand_throughput: OnDemandThroughput::new(&index.bounds),
        }
    }
}

impl AttributeDescription {
    fn new(attribute: &KeyAttribute) -> Self {
        Self {
            attribute_name: attribute.name.clone(),
            attribute_type: KeyType::name(attribute.kind),
        }
    }
}

impl ThroughputDescription {
    /// Describes a throughput. Decreases of an earlier day count no more.
    pub(crate) fn new(throughput: &Throughput, now_ms: u64) -> Self {
        Self {
            last_increase_date_time: throughput.increased_ms.map(seconds),
            last_decrease_date_time: throughput.decreased_ms.map(seconds),
            number_of_decreases_today: decreases_today(throughput, now_ms),
            read_capacity_units: throughput.read,
            write_capacity_units: throughput.write,
        }
    }
}

impl BillingModeSummary {
    /// As [`BillingModeSummary::new`]; a provisioned table with replicas in common settings has none.
    fn of(table: &Table, status: Status) -> Option<Self> {
        let is_provisioned = table.billing.mode() == BillingMode::Provisioned;
        let is_replica = table.replication.as_ref().is_some_and(Replication::is_current);
        Self::new(&table.billing, status).filter(|_| !(is_provisioned && is_replica))
    }

    /// Of a table that was ever on demand. Since when it is on demand is not told while it is being
    /// created.
    pub(crate) fn new(billing: &Billing, status: Status) -> Option<Self> {
        let (mode, since_ms) = match billing {
            Billing::Provisioned { last_on_demand_ms: None } => return None,
            Billing::Provisioned { last_on_demand_ms } => {
                (BillingMode::Provisioned, *last_on_demand_ms)
            }
            Billing::OnDemand { since_ms } => (BillingMode::OnDemand, Some(*since_ms)),
        };
        Some(Self {
            billing_mode: BillingMode::name(mode),
            last_update_to_pay_per_request_date_time: since_ms
                .filter(|_| status != Status::Creating)
                .map(seconds),
        })
    }
}

impl TableClassSummary {
    /// The class of a table, once it was said.
    pub(crate) fn of(table: &Table) -> Option<Self> {
        let table_class = TableClass::name(table.class?);
        Some(Self { table_class, last_update_date_time: table.class_changed_ms.map(seconds) })
    }
}

impl WarmThroughput {
    /// What a table or an index is ready for. While it is being created, that is told only where it
    /// was asked for.
    pub(crate) fn new(bounds: &Bounds, (read, write): (i64, i64), status: Status) -> Option<Self> {
        let status = match status {
            Status::Creating if bounds.warm_read == 0 => return None,
            Status::Creating => Status::Updating,
            Status::Updating | Status::Deleting | Status::Active => Status::Active,
        };
        Some(Self { read_units_per_second: read, write_units_per_second: write, status })
    }
}

impl OnDemandThroughput {
    pub(crate) fn new(bounds: &Bounds) -> Option<Self> {
        let (read, write) = (bounds.read_max, bounds.write_max);
        let is_limited = read.is_some() || write.is_some();
        is_limited.then_some(Self { max_read_request_units: read, max_write_request_units: write })
    }
}

impl SseDescription {
    pub(crate) fn new(encryption: &Encryption) -> Self {
        Self {
            status: "ENABLED",
            sse_type: Some("KMS"),
            kms_master_key_arn: Some(encryption.key_arn.clone()),
        }
    }
}

impl ProjectionDescription {
    fn new(projection: &Projection) -> Self {
        let (projection_type, non_key_attributes) = match projection {
            Projection::All => ("ALL", None),
            Projection::KeysOnly => ("KEYS_ONLY", None),
            Projection::Include(names) => ("INCLUDE", Some(names.clone())),
        };
        Self { projection_type, non_key_attributes }
    }
}

pub(crate) fn key_schema(
    partition_key: &[KeyAttribute],
    sort_key: &[KeyAttribute],
) -> Vec<KeyElement> {
    let element = |key_type| {
        move |attribute: &KeyAttribute| KeyElement {
            attribute_name: attribute.name.clone(),
            key_type,
        }
    };
    partition_key.iter().map(element("HASH")).chain(sort_key.iter().map(element("RANGE"))).collect()
}

/// How often a throughput was decreased on the present day, in UTC.
pub(crate) fn decreases_today(throughput: &Throughput, now_ms: u64) -> i64 {
    let is_today =
        throughput.decreased_ms.is_some_and(|then_ms| then_ms / DAY_MS == now_ms / DAY_MS);
    if is_today { throughput.decreases_today } else { 0 }
}

/// A time as replies have it: seconds since 1970, with milliseconds behind the point.
#[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are far from 2^53")]
pub(crate) fn seconds(time_ms: u64) -> f64 {
    time_ms as f64 / 1000.0
}
