//! What can be wrong with requests about backups, recovery and restoring.

/// A fault of such a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackupFault {
    /// A number of days for a recovery that is to be off.
    #[error(
        "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery."
    )]
    DaysOfNone,
    /// A limit on demand that is none.
    #[error("Invalid Request: Requested {0} for OnDemandThroughput is outside of valid range")]
    Limit(&'static str),
    /// An index that the table did not have.
    #[error(
        "Invalid Request: Index {0} does not match a secondary index that existed in the source table and cannot be created during the restore operation"
    )]
    UnknownIndex(String),
    /// A throughput of a table that is on demand.
    #[error(
        "Invalid Request: Cannot override ProvisionedThroughput unless BillingMode is PROVISIONED"
    )]
    UnitsOfOnDemand,
    /// A throughput of what is to be on demand. The text names the index, if it is one's.
    #[error(
        "Invalid Request: Cannot override ProvisionedThroughput if BillingMode is overridden to PAY_PER_REQUEST{0}"
    )]
    UnitsOnDemand(String),
    /// A table that is to be provisioned, without a throughput.
    #[error(
        "Invalid Request: Must override ProvisionedThroughput if BillingMode is overridden to PROVISIONED"
    )]
    NoUnits,
    /// An index of a provisioned table, without a throughput.
    #[error("Invalid Request: Must specify provisioned throughput for index {0}")]
    NoIndexUnits(String),
    /// Limits on demand of a provisioned table.
    #[error(
        "Invalid Request: Cannot override MaxReadRequestUnits for OnDemandThroughput unless BillingModeOverride is PAY_PER_REQUEST"
    )]
    LimitsOfProvisioned,
    /// A source named in both ways.
    #[error("Must provide exactly one of: sourceTableArn, sourceTableName")]
    TwoSources,
    /// No source.
    #[error("The parameter 'TableName' is required but was not present in the request")]
    NoSource,
    /// A text that is no ARN of a table.
    #[error("sourceTableArn is not a valid ARN")]
    SourceArn,
    /// A time, and the latest one.
    #[error(
        "Invalid Request: Both RestoreDateTime and UseLatestRestorableTime cannot be set for point-in-time restore request. Please specify either RestoreDateTime time or UseLatestRestorableTime"
    )]
    TwoTimes,
    /// A page of backups that begins in another Region.
    #[error("Invalid Request: The supplied ExclusiveStartBackupArn does not match the region")]
    StartRegion,
    /// A backup that only time takes away.
    #[error(
        "Invalid Request: User is not allowed to delete the system backup with arn {arn}. It will automatically expire on {expires}"
    )]
    DeletesSystem {
        /// The backup.
        arn: String,
        /// When it goes.
        expires: String,
    },
    /// No time at all.
    #[error(
        "Invalid Request: Either one of RestoreDateTime or UseLatestRestorableTime must be specified, but not both"
    )]
    NoTime,
}

/// Why a table cannot be backed up or restored now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unrestorable {
    /// A table whose recovery is off.
    #[error("Point in time recovery is not enabled for table '{0}'")]
    RecoveryOff(String),
    /// A time that cannot be restored.
    #[error(
        "RestoreDateTime '{asked}' must be within EarliestRestorableDateTime '{earliest}' and LatestRestorableDateTime '{latest}'"
    )]
    Time {
        /// The time asked for.
        asked: String,
        /// The earliest that can be restored.
        earliest: String,
        /// The latest that can be restored.
        latest: String,
    },
    /// A table that is there already.
    #[error("Table already exists: {0}")]
    TargetExists(String),
    /// A backup that a table is being restored from.
    #[error("Backup is being used to restore {another}table: {arn}")]
    BackupInUse {
        /// `another ` where a further restore is refused.
        another: &'static str,
        /// The backup.
        arn: String,
    },
    /// A backup that is being made.
    #[error("Backup is being created: {0}")]
    BackupUnfinished(String),
}
