//! Faults of a table's encryption, of its warm throughput and of its limits on demand.

/// Whose setting a message is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// The table itself.
    Table,
    /// The global index of a name.
    Index(String),
}

impl Owner {
    /// As messages about warm throughput name it.
    pub(crate) fn warm(&self) -> String {
        match self {
            Self::Table => "table".to_owned(),
            Self::Index(name) => format!("index {name}"),
        }
    }

    /// As messages about the limits on demand name it: with a blank more.
    pub(crate) fn limited(&self) -> String {
        match self {
            Self::Table => "table".to_owned(),
            Self::Index(name) => format!("index : {name}"),
        }
    }

    /// As the message about limits of a provisioned table names it: not at all, or with its blanks.
    fn provisioned(&self, colon: &str) -> String {
        match self {
            Self::Table => String::new(),
            Self::Index(name) => format!(" for index{colon} {name}"),
        }
    }
}

/// A faulty setting. Each text goes behind "One or more parameter values were invalid: ".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Setting {
    /// Warm throughput of what is created, below what anything on demand begins with.
    #[error("Requested {member} for WarmThroughput for {} is lower than initial throughput for OnDemand. See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html#on-demand-capacity-mode-initial", .owner.warm())]
    WarmBelowInitial {
        /// The member.
        member: &'static str,
        /// Whose it is.
        owner: Owner,
    },
    /// Warm throughput of what is created, below its provisioned throughput.
    #[error("Requested {member} for WarmThroughput for {} is lower than {provisioned} of ProvisionedThroughput", .owner.warm())]
    WarmBelowProvisioned {
        /// The member.
        member: &'static str,
        /// Whose it is.
        owner: Owner,
        /// The member of the provisioned throughput.
        provisioned: &'static str,
    },
    /// Warm throughput that would become less.
    #[error("Requested {member} for WarmThroughput for {} is lower than current WarmThroughput, decreasing WarmThroughput is not supported", .owner.warm())]
    WarmDecreased {
        /// The member.
        member: &'static str,
        /// Whose it is.
        owner: Owner,
    },
    /// An update of an index's warm throughput that names none.
    #[error(
        "WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond specified for index: {0}"
    )]
    WarmOfNothing(String),
    /// An update of the warm throughput with a new index, or one less.
    #[error("Create global secondary index cannot be specified when updating WarmThroughput")]
    IndexWithWarm,
    /// An update of the warm throughput with something else.
    #[error("WarmThroughput must be the only operation in the request")]
    WarmNotAlone,
    /// A limit on demand that is none.
    #[error("Requested {member} for OnDemandThroughput for {} is outside of valid range", .owner.limited())]
    LimitOutOfRange {
        /// The member.
        member: &'static str,
        /// Whose it is.
        owner: Owner,
    },
    /// A limit on demand of what is created provisioned.
    #[error("{member} for OnDemandThroughput{} cannot be specified when table BillingMode is PROVISIONED.", .owner.provisioned(":"))]
    LimitOfNewProvisioned {
        /// The member.
        member: &'static str,
        /// Whose it is.
        owner: Owner,
    },
    /// A limit on demand of what is provisioned.
    #[error("{member} for OnDemandThroughput{} cannot be specified when the table BillingMode is PROVISIONED", .owner.provisioned(" :"))]
    LimitOfProvisioned {
        /// The member.
        member: &'static str,
        /// Whose it is.
        owner: Owner,
    },
    /// An update of the limits on demand with something else.
    #[error("OnDemandThroughput can only be combined with BillingMode in an UpdateTable request")]
    LimitNotAlone,
    /// A kind of encryption, or a key, for no encryption.
    #[error("{0} can not be specified if Enabled is false")]
    EncryptionOff(&'static str),
    /// A key without the kind of encryption that has keys.
    #[error("SSEType KMS is required if KMSMasterKeyId is specified")]
    KeyWithoutType,
    /// A kind of encryption that the service had once.
    #[error("SSEType AES256 is not supported")]
    Aes256,
    /// A return to the key of the service, from that key.
    #[error("Table is already encrypted by default")]
    EncryptedByDefault,
    /// A change to the key that the table has.
    #[error(
        "Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you want to change Master Key"
    )]
    SameKey,
}
