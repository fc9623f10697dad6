//! Writes as requests make them: what they consume and how they end is counted.

use std::sync::Arc;

use crate::Database;
use crate::capacity::{Consumed, write_units};
use crate::catalog::Table;
use crate::error::{CancellationCode, Error, Result};
use crate::write::Write;
use crate::writers::{self, Written};

/// Makes a write, as [`writers::write`].
pub(crate) async fn write(database: &Database, write: Write) -> Result<Written> {
    let table = Arc::clone(&write.table);
    let result = writers::write(database, write).await;
    count(&table, &result);
    result
}

/// Counts a write of one item by itself.
pub(crate) fn count(table: &Table, result: &Result<Written>) {
    match result {
        Ok(written) => table.count_written(&written.consumed),
        Err(error) => count_failure(table, error),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "few failures are counted by table")]
fn count_failure(table: &Table, error: &Error) {
    match error {
        // A write that is not made costs as much as one that leaves the item as it is.
        Error::ConditionalCheckFailed { bytes, .. } => {
            table.meters.table.failed_conditions.add(1);
            table.count_written(&Consumed::of_table(write_units(*bytes, 0)));
        }
        Error::TransactionConflict => table.meters.table.conflicts.add(1),
        _ => {}
    }
}

/// Counts a transaction that was cancelled, for the tables of its actions.
pub(crate) fn count_cancelled(writes: &[Write], error: &Error) {
    let Error::TransactionCanceled(reasons) = error else { return };
    for (write, reason) in writes.iter().zip(reasons) {
        let meter = &write.table.meters.table;
        match reason.code {
            CancellationCode::ConditionalCheckFailed => meter.failed_conditions.add(1),
            CancellationCode::TransactionConflict => meter.conflicts.add(1),
            CancellationCode::None
            | CancellationCode::ItemCollectionSizeLimitExceeded
            | CancellationCode::ValidationError => {}
        }
    }
}
