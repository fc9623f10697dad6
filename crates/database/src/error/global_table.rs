//! What can be wrong with requests about global tables of version 2017.11.29.

/// A fault of such a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GlobalTableFault {
    /// No Region at all.
    #[error(
        "One or more parameter values were invalid: Global table must have atleast one replica"
    )]
    NoReplica,
    /// A replica that is to be made nowhere.
    #[error(
        "One or more parameter values were invalid: ReplicationGroup members must specify RegionName"
    )]
    NoRegion,
    /// A Region that is none, of a new global table.
    #[error(
        "One or more parameter values were invalid: DynamoDB global tables version 2017.11.29 is not supported in this Region: {0}"
    )]
    UnsupportedRegion(String),
    /// A Region that is none, of a new replica.
    #[error("One or more parameter values were invalid: Invalid AWS Region: {0}")]
    UnknownRegion(String),
    /// A Region that is named more than once.
    #[error("One or more parameter values were invalid: Region is specified more than once: {0}")]
    RepeatedRegion(String),
    /// No change of the replicas, or one that is none.
    #[error("One or more parameter values were invalid")]
    NoAction,
    /// Two changes that are told as one.
    #[error(
        "One or more parameter values were invalid: A ReplicaUpdate structure cannot contain both a create replica action and a delete replica action"
    )]
    BothActions,
    /// A table that is a replica in the newer way.
    #[error(
        "One or more parameter values were invalid: Table is a replica of a global table of version 2019.11.21 in region: {0}"
    )]
    OtherVersion(String),
    /// A table that was a replica, and still has something to tell the others.
    #[error(
        "One or more parameter values were invalid: Table is still being removed from a global table in region: {0}"
    )]
    Leaving(String),
    /// A table that holds items.
    #[error("One or more parameter values were invalid: Table is not empty in region: {0}")]
    NotEmpty(String),
    /// A table without the stream that a replica has.
    #[error(
        "One or more parameter values were invalid: Table must have a stream with the view type NEW_AND_OLD_IMAGES in region: {0}"
    )]
    NoStream(String),
    /// A table that is not like the others.
    #[error(
        "One or more parameter values were invalid: Replicas must have the same {what}, but those of {one} and {other} differ"
    )]
    Unlike {
        /// In what it differs.
        what: &'static str,
        /// The Region of one of the others.
        one: String,
        /// The Region of the table.
        other: String,
    },
    /// A replica that becomes provisioned, without units to read.
    #[error(
        "One or more parameter values were invalid: ReplicaProvisionedReadCapacityUnits must be specified for region: {0} when GlobalTableBillingMode is PROVISIONED"
    )]
    NoReads(String),
    /// An index of a replica that becomes provisioned, without units to read.
    #[error(
        "One or more parameter values were invalid: ProvisionedReadCapacityUnits must be specified for index: {index} in region: {region} when GlobalTableBillingMode is PROVISIONED"
    )]
    NoIndexReads {
        /// The index.
        index: String,
        /// The replica's Region.
        region: String,
    },
    /// Rules of auto scaling for what is on demand.
    #[error(
        "Failed to update global table with name ‘{table}‘. Replicas {} BillingMode is PayPerRequest. You must convert table's BillingMode to PROVISIONED to set parameters: '{member}'.",
        .regions.iter().map(|region| format!("'{}'", region.to_uppercase())).collect::<Vec<_>>().join(", ")
    )]
    ScalesOnDemand {
        /// The global table.
        table: String,
        /// The Regions of its replicas.
        regions: Vec<String>,
        /// The parameter with the rules.
        member: &'static str,
    },
}

/// A global table, or a part of one, that is not there or is there already.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GlobalTable {
    /// No such global table.
    #[error("Global table not found: Global table with name: '{0}' does not exist.")]
    NotFound(String),
    /// No such global table, for an operation on its settings.
    #[error("Global table with name: '{0}' does not exist.")]
    NoSettings(String),
    /// A table that is a replica of a global table already.
    #[error("Global table with name: '{0}' already exists.")]
    Exists(String),
    /// A Region that has a replica already.
    #[error("Replica with region: '{0}' already exists.")]
    ReplicaExists(String),
    /// A Region without a replica.
    #[error("Replica with region: '{0}' does not exist.")]
    NoReplica(String),
    /// A global index that no replica has, or not that of the Region.
    #[error("Global secondary index with name: '{0}' does not exist.")]
    NoIndex(String),
}
