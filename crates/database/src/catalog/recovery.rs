//! Recovery to a point in time, as replies describe it.
//!
//! The service calls continuous backups enabled on every table; it is recovery that is on or off.

use serde::Serialize;

use crate::catalog::describe::seconds;
use crate::catalog::table::Recovery;

/// `ContinuousBackupsDescription`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ContinuousBackups {
    continuous_backups_status: &'static str,
    point_in_time_recovery_description: PointInTimeRecovery,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the names are the service's")]
struct PointInTimeRecovery {
    point_in_time_recovery_status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery_period_in_days: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    earliest_restorable_date_time: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_restorable_date_time: Option<f64>,
}

/// The times between which a table can be restored, both included, in whole seconds since 1970. A second is restored
/// as it ended, and the one that has not ended as it is.
pub(crate) fn window(recovery: &Recovery, now_ms: u64) -> (u64, u64) {
    // Part of the first second may lie before the window: what it held at its end does not.
    let earliest = recovery.earliest_ms(now_ms) / 1000;
    (earliest, earliest.max(now_ms / 1000))
}

impl ContinuousBackups {
    pub(crate) fn new(recovery: Option<&Recovery>, now_ms: u64) -> Self {
        let times = recovery.map(|recovery| window(recovery, now_ms));
        Self {
            continuous_backups_status: "ENABLED",
            point_in_time_recovery_description: PointInTimeRecovery {
                point_in_time_recovery_status: if recovery.is_some() {
                    "ENABLED"
                } else {
                    "DISABLED"
                },
                recovery_period_in_days: recovery.map(|recovery| recovery.days),
                earliest_restorable_date_time: times.map(|(earliest, _)| seconds(earliest * 1000)),
                latest_restorable_date_time: times.map(|(_, latest)| seconds(latest * 1000)),
            },
        }
    }
}
