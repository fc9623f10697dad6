//! Item collections: the items of one partition key and their local index entries. A write can
//! ask for their size, and one that grows them beyond a limit is refused.
//!
//! Sizes are counters, added to blindly: writers of different items of a collection do not wait for
//! one another, and may together pass the limit by what they all had under way.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use bytes::Bytes;
use serde::Serialize;
use storage::View;
use types::Item;

use crate::Database;
use crate::catalog::Table;
use crate::error::{Error, Result};
use crate::key::ItemKey;
use crate::keys;
use crate::request::ReturnItemCollectionMetrics;

/// Bytes of a gigabyte.
const GIGABYTE: i64 = 1 << 30;

/// The sizes of the collections that some writes are to: as they are, and growing as the writes are
/// taken up one after the other.
pub(crate) struct Sizes {
    bytes: HashMap<Bytes, i64>,
    bytes_max: i64,
}

impl Sizes {
    /// Of no collections yet.
    pub(crate) fn new(database: &Database) -> Self {
        let bytes_max = database.inner.options.collection_bytes_max;
        Self { bytes: HashMap::new(), bytes_max: i64::try_from(bytes_max).unwrap_or(i64::MAX) }
    }

    /// Reads the size of the collection that an item is of, unless it is known or there is none.
    pub(crate) async fn read(&mut self, view: &View, table: &Table, key: &ItemKey) -> Result<()> {
        if !table.has_local_index() {
            return Ok(());
        }
        let counter = keys::collection_bytes(table.id, &key.partition);
        if let Entry::Vacant(unknown) = self.bytes.entry(counter) {
            let bytes = view.count(unknown.key()).await?;
            unknown.insert(bytes);
        }
        Ok(())
    }

    /// Takes up a write by which the collection of an item grows, or refuses it. One by which it
    /// shrinks is never refused.
    pub(crate) fn grow(&mut self, table: &Table, key: &ItemKey, growth: i64) -> Result<()> {
        if growth == 0 {
            return Ok(());
        }
        let counter = keys::collection_bytes(table.id, &key.partition);
        let bytes = self.bytes.entry(counter).or_default();
        if growth > 0 && *bytes + growth > self.bytes_max {
            return Err(Error::ItemCollectionSizeLimitExceeded);
        }
        *bytes += growth;
        Ok(())
    }
}

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
