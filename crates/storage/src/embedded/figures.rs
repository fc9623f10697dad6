//! What the engine says of itself.

use std::sync::atomic::Ordering;

use rocksdb::properties;

use super::{Database, Embedded, QUEUE_BYTES_MAX};
use crate::Figures;
use crate::family::Family;

impl Embedded {
    pub(crate) fn figures(&self) -> Figures {
        let sum = |property| self.database.sum(property);
        // The families share one cache.
        let cache = |property| self.database.figure(Family::Items, property);
        let queue_bytes = QUEUE_BYTES_MAX.saturating_sub(self.room.available_permits());
        Figures {
            commits: self.database.version.load(Ordering::Relaxed),
            disk_bytes: sum(properties::TOTAL_SST_FILES_SIZE),
            compaction_bytes: sum(properties::ESTIMATE_PENDING_COMPACTION_BYTES),
            written_bytes: sum(properties::SIZE_ALL_MEM_TABLES),
            cache_bytes: cache(properties::BLOCK_CACHE_USAGE),
            cache_bytes_max: cache(properties::BLOCK_CACHE_CAPACITY),
            queue_bytes: u64::try_from(queue_bytes).unwrap_or(u64::MAX),
            queue_bytes_max: u64::try_from(QUEUE_BYTES_MAX).unwrap_or(u64::MAX),
            is_refusing_writes: self.is_refusing_writes(),
        }
    }
}

impl Database {
    fn sum(&self, property: &properties::PropName) -> u64 {
        Family::ALL.iter().map(|family| self.figure(*family, property)).sum()
    }

    /// A figure of one family. The engine has every one that is asked for here; were one to go, a zero would be
    /// seen, and nothing else would suffer.
    fn figure(&self, family: Family, property: &properties::PropName) -> u64 {
        let figure = self.db.property_int_value_cf(self.family(family), property);
        figure.ok().flatten().unwrap_or_default()
    }
}
