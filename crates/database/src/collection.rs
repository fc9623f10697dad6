//! Item collections: the items of one partition key and their local index entries, whose size
//! a write can ask for.

use serde::Serialize;
use types::Item;

use crate::Database;
use crate::catalog::Table;
use crate::key::ItemKey;
use crate::keys;
use crate::request::ReturnItemCollectionMetrics;

/// Bytes of a gigabyte.
const GIGABYTE: i64 = 1 << 30;

/// `ItemCollectionMetrics` of a reply.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ItemCollectionMetrics {
    item_collection_key: Item,
    #[serde(rename = "SizeEstimateRangeGB")]
    size_estimate_range_gb: [f64; 2],
}

/// The size of the collection that an item belongs to, as the whole gigabytes around it; `None`
/// for a table without local indexes, which has no collections.
///
/// The write is made by now, so a size that cannot be read is left out: an error would have the
/// write made again.
pub(crate) async fn metrics(
    database: &Database,
    table: &Table,
    (key, item): (&ItemKey, &Item),
    asked: ReturnItemCollectionMetrics,
) -> Option<ItemCollectionMetrics> {
    if asked == ReturnItemCollectionMetrics::None || !table.has_local_index() {
        return None;
    }
    let counter = keys::collection_bytes(table.id, &key.partition);
    let bytes = database.inner.store.count(&counter).await;
    let logged = |error: &storage::Error| tracing::error!(%error, "a collection's size is lost");
    let gigabytes = bytes.inspect_err(logged).ok()? / GIGABYTE;
    let name = &table.partition_key.name;
    let value = item.get(name).cloned().map(|value| (name.clone(), value));
    #[expect(clippy::cast_precision_loss, reason = "gigabytes are few")]
    let size_estimate_range_gb = [gigabytes as f64, (gigabytes + 1) as f64];
    let item_collection_key = Item(value.into_iter().collect());
    Some(ItemCollectionMetrics { item_collection_key, size_estimate_range_gb })
}
