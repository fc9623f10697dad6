//! What can be wrong with changes of a table's replicas. The texts are those that were seen of the service, with its
//! quotes.

/// A fault of a change of replicas.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplicaFault {
    /// Another change in the same request.
    #[error(
        "One or more parameter values were invalid: Replica modification must be the only operation in the request"
    )]
    NotAlone,
    /// Another change in a request that names a consistency over Regions.
    #[error(
        "One or more parameter values were invalid: Requests that modify replicas or witnesses must not also modify other fields"
    )]
    ConsistencyNotAlone,
    /// A change that changes nothing.
    #[error("There are no actions specified in the Replica Update Action of the request.")]
    NoAction,
    /// Several kinds of changes.
    #[error("Update table operation with more than one type of replica actions not allowed.")]
    SeveralKinds,
    /// Several replicas made or removed.
    #[error(
        "Update table operation with more than one create or delete replica actions not allowed"
    )]
    SeveralActions,
    /// Several changes of one replica.
    #[error("Cannot target multiple regions with the same action")]
    SameRegion,
    /// The Region that is asked.
    #[error(
        "Cannot add or delete the local region through ReplicaUpdates. Use CreateTable, DeleteTable, or UpdateTable as required."
    )]
    LocalRegion,
    /// A Region that no replica can be in.
    #[error(
        "Region {region} is not supported. The latest version of global tables are only supported in the following regions: [{}]", .supported.join(", ")
    )]
    UnknownRegion {
        /// The Region.
        region: String,
        /// Those that there are.
        supported: Vec<String>,
    },
    /// A Region that cannot be reached.
    #[error("Failed to access the region: ‘{0}’.")]
    Unreachable(String),
    /// A Region that has a table of that name.
    #[error(
        "Failed to create a the new replica of table with name: ‘{0}’ because one or more replicas already existed as tables."
    )]
    Exists(String),
    /// A Region without a replica.
    #[error(
        "Update global table operation failed because one or more replicas were not part of the global table. Please retry the request without these replicas: [{0}]."
    )]
    NotAMember(String),
    /// A provisioned table whose writes do not scale.
    #[error("Table write capacity should either be Pay-Per-Request or AutoScaled.")]
    Unscaled,
    /// A provisioned index whose writes do not scale.
    #[error("GSI write capacity should either be Pay-Per-Request or AutoScaled.")]
    UnscaledIndex,
    /// A replica that is protected.
    #[error(
        "Cannot delete table {table} in region {region} because it has deletion protection enabled. Disable deletion protection first."
    )]
    Protected {
        /// The table.
        table: String,
        /// The Region.
        region: String,
    },
    /// A replica that others were filled from within a day, where quotas are enforced.
    #[error(
        "Replica cannot be deleted because it has acted as a source region for new replica(s) being added to the table in the last 24 hours."
    )]
    Source,
    /// Units of what is on demand.
    #[error(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
    )]
    UnitsOnDemand,
    /// A limit on demand of what is provisioned.
    #[error(
        "MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED"
    )]
    LimitOfProvisioned,
    /// A key of a replica where there should be none, or none where there should be one.
    #[error(
        "One or more parameter values were invalid: KMSMasterKeyId must be specified for each replica."
    )]
    Key,
    /// Keys of both kinds.
    #[error(
        "One or more parameter values were invalid: All replica keys must either be Customer Managed CMK or AWS Managed CMK."
    )]
    MixedKeys,
    /// A stream that replicas need.
    #[error(
        "One or more parameter values were invalid: Disabling Stream is not allowed for a Global Table replica."
    )]
    Stream,
    /// A table that is a replica of the other version.
    #[error(
        "One or more parameter values were invalid: The table is a replica of a global table of version 2017.11.29, which UpdateGlobalTable changes."
    )]
    Legacy,
    /// A witness without strong consistency.
    #[error(
        "MultiRegionConsistency must be set as STRONG when GlobalTableWitnessUpdates parameter is present."
    )]
    Witness,
    /// Strong consistency over too few Regions.
    #[error(
        "Unsupported replica count for global tables with MultiRegionConsistency set to STRONG."
    )]
    StrongCount,
    /// Strong consistency over any Regions.
    #[error(
        "Unsupported Region(s) specified for global tables with MultiRegionConsistency set to STRONG: [{}].", .0.join(", ")
    )]
    StrongRegions(Vec<String>),
    /// A consistency of replicas that there are.
    #[error("MultiRegionConsistency parameter is unsupported on existing global table")]
    ConsistencyOfExisting,
    /// A consistency, and no new replica.
    #[error(
        "Only Replica Create actions are supported when MultiRegionConsistency parameter is provided."
    )]
    ConsistencyWithoutCreate,
    /// Settings of several Regions for a table in one.
    #[error(
        "Value 'ENABLED_WITH_OVERRIDES' at 'GlobalTableSettingsReplicationMode' failed to satisfy constraint: Only ENABLED and DISABLED settings replication are supported for a Regional Table."
    )]
    SettingsMode,
}

/// Replicas that are in use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplicaInUse {
    /// Replicas are being made or removed.
    #[error("The resource which you are attempting to change is in use.")]
    Changing,
    /// A replica is being made that was asked for again.
    #[error("Global table with name: '{table}' already exists with replicas in regions: '{}'.", .regions.join(", "))]
    BeingMade {
        /// The table.
        table: String,
        /// All its Regions.
        regions: Vec<String>,
    },
    /// Another replica is being filled from this table.
    #[error("Attempt to change a resource which is still in use: Table: {0} is being used.")]
    BeingCopied(String),
}
