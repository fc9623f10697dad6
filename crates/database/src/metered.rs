//! Writes as requests make them: let in, made, and paid for.

use std::sync::Arc;

use crate::Database;
use crate::capacity::admission::Touched;
use crate::capacity::{Consumed, write_units};
use crate::catalog::Table;
use crate::error::{CancellationCode, Error, Result, Side};
use crate::write::Write;
use crate::writers::{self, Written};

/// Makes a write, as [`writers::write()`], if there is throughput for it.
pub(crate) async fn write(database: &Database, write: Write) -> Result<Written> {
    admit(&write)?;
    let (table, key) = (Arc::clone(&write.table), write.key.stored.clone());
    let result = writers::write(database, write).await;
    count(&table, &result, Touched::Item(&key));
    result
}

/// Lets a write in, if there is throughput for it.
pub(crate) fn admit(write: &Write) -> Result<()> {
    Ok(write.table.admit(Side::Write, None, Touched::Item(&write.key.stored))?)
}

/// Counts a write of one item by itself.
pub(crate) fn count(table: &Table, result: &Result<Written>, touched: Touched<'_>) {
    match result {
        Ok(written) => table.use_write(&written.consumed, touched),
        Err(error) => count_failure(table, error, touched),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "few failures are counted by table")]
fn count_failure(table: &Table, error: &Error, touched: Touched<'_>) {
    match error {
        // A write that is not made costs as much as one that leaves the item as it is.
        Error::ConditionalCheckFailed { bytes, .. } => {
            table.meters.table.failed_conditions.add(1);
            table.use_write(&Consumed::of_table(write_units(*bytes, 0)), touched);
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
            | CancellationCode::ProvisionedThroughputExceeded
            | CancellationCode::ThrottlingError
            | CancellationCode::ValidationError => {}
        }
    }
}
