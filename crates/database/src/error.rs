//! Every reason to refuse a request that is not a fault of one parameter by itself. The texts are the service's, and clients match on them.

mod backup;
mod global_table;
mod quota;
mod replica;
mod scaling;
mod setting;
mod stream;
mod throttled;

use types::{AttributeValue, Item};

pub use backup::{BackupFault, Unrestorable};
pub use global_table::{GlobalTable, GlobalTableFault};
pub use quota::Quota;
pub use replica::{ReplicaFault, ReplicaInUse};
pub use scaling::{Scaling, Unscalable};
pub use setting::{Owner, Setting};
pub use stream::{StreamFault, StreamMissing};
pub use throttled::{Cause, Side, Throttled};

/// What an operation answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A reason why an operation did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A faulty parameter.
    #[error(transparent)]
    Parameter(#[from] types::Error),
    /// A faulty expression, or one that cannot be applied to the item.
    #[error(transparent)]
    Expression(#[from] expression::Error),
    /// Parameters that do not go together, or not with the table.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// A fault that the service tells as one of a list.
    #[error("1 validation error detected: {0}")]
    Enveloped(Box<Error>),
    /// The condition does not hold.
    #[error("The conditional request failed")]
    ConditionalCheckFailed {
        /// The item as it is, if the request asked for it and there is one.
        item: Option<Box<Item>>,
        /// How large the item is: looking at it costs as much as writing it.
        bytes: usize,
    },
    /// A table or index that is not there, for an operation on items.
    #[error("Requested resource not found")]
    ResourceNotFound,
    /// A table that is not there, for an operation on the table.
    #[error("Requested resource not found: Table: {0} not found")]
    TableNotFound(String),
    /// A global index that is not there, for an operation on its insights.
    #[error("Requested resource not found: Index: {index} not found for table: {table}")]
    IndexNotFound {
        /// The index.
        index: String,
        /// The table.
        table: String,
    },
    /// A resource that is not there, by its ARN.
    #[error("Requested resource not found: ResourcArn: {0} not found")]
    ArnNotFound(String),
    /// A table that is there already.
    #[error("Table already exists: {0}")]
    TableInUse(String),
    /// A table that may not go while an index of it is being made.
    #[error(
        "Attempt to change a resource which is still in use: Cannot delete table while indexes are being created, updated, or deleted."
    )]
    IndexesInUse,
    /// A table that is still being restored.
    #[error("Attempt to change a resource which is still in use: Table is being created: {0}")]
    TableBeingCreated(String),
    /// A faulty change of replicas.
    #[error(transparent)]
    Replica(#[from] ReplicaFault),
    /// Replicas that cannot be changed now.
    #[error(transparent)]
    ReplicaInUse(#[from] ReplicaInUse),
    /// Somebody else's resource.
    #[error("User is not authorized to access this resource")]
    AccessDenied,
    /// The account's or the table's quota.
    #[error("{0}")]
    LimitExceeded(Limit),
    /// A partition's items and local index entries that would become too much.
    #[error("Collection size exceeded")]
    ItemCollectionSizeLimitExceeded,
    /// Another transaction is at the item.
    #[error("Transaction is ongoing for the item")]
    TransactionConflict,
    /// A transaction that did nothing, with the reason of each of its actions.
    #[error("Transaction cancelled, please refer cancellation reasons for specific reasons [{}]", codes(.0))]
    TransactionCanceled(Vec<CancellationReason>),
    /// A request that would consume more throughput than there is.
    #[error(transparent)]
    Throttled(#[from] Throttled),
    /// Faulty settings of auto scaling.
    #[error(transparent)]
    Scaling(#[from] Scaling),
    /// Something that does not scale, or is not there to.
    #[error(transparent)]
    Unscalable(#[from] Unscalable),
    /// A client request token that was used for another transaction.
    #[error("An error occurred (IdempotentParameterMismatch)")]
    IdempotentParameterMismatch,
    /// Something that is off, named by an operation that needs it.
    #[error(transparent)]
    Off(#[from] Off),
    /// A global table, or a part of one, that is not there or is there already.
    #[error(transparent)]
    GlobalTable(#[from] GlobalTable),
    /// A table that cannot be backed up or restored now.
    #[error(transparent)]
    Unrestorable(#[from] Unrestorable),
    /// A policy of a resource that is another than the caller knows.
    #[error(
        "Resource-based policy not found for the provided ResourceArn: {0}. Its RevisionId is not the expected one"
    )]
    PolicyRevision(String),
    /// Something of a stream that is not there, or not any more.
    #[error(transparent)]
    StreamMissing(#[from] StreamMissing),
    /// An operation that is not built yet.
    #[error("{0} is not implemented in this version of Pixii")]
    OperationNotImplemented(&'static str),
    /// A parameter of a feature that is not built yet.
    #[error("The parameter {0} is not implemented in this version of Pixii")]
    ParameterNotImplemented(&'static str),
    /// Writes are refused since the disk failed; reads go on.
    #[error(
        "Writes are refused since a write to the disk failed. See the log, mend the disk, and restart"
    )]
    RefusingWrites,
    /// The write that met the fault of the disk.
    #[error(
        "This write to the disk failed: whether it was made is not known, and further writes are refused. See the log, mend the disk, and restart"
    )]
    WriteFailed,
    /// A fault of ours. The caller learns nothing more; the log has the rest.
    #[error("Internal server error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Why one action of a transaction was cancelled.
#[derive(Debug, Clone, PartialEq)]
pub struct CancellationReason {
    /// The reason's kind.
    pub code: CancellationCode,
    /// In words, unless it is [`CancellationCode::None`].
    pub message: Option<String>,
    /// The item as it is, if the action asked for it.
    pub item: Option<Item>,
}

/// The kind of a cancellation reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancellationCode {
    /// The action was not at fault.
    None,
    /// Its condition does not hold.
    ConditionalCheckFailed,
    /// The item's collection would become too large.
    ItemCollectionSizeLimitExceeded,
    /// There is not enough throughput provisioned for it.
    ProvisionedThroughputExceeded,
    /// There is not enough throughput on demand for it.
    ThrottlingError,
    /// Another transaction is at the item.
    TransactionConflict,
    /// The action cannot be applied to the table or to the item.
    ValidationError,
}

impl CancellationCode {
    /// The code on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::ConditionalCheckFailed => "ConditionalCheckFailed",
            Self::ItemCollectionSizeLimitExceeded => "ItemCollectionSizeLimitExceeded",
            Self::ProvisionedThroughputExceeded => "ProvisionedThroughputExceeded",
            Self::ThrottlingError => "ThrottlingError",
            Self::TransactionConflict => "TransactionConflict",
            Self::ValidationError => "ValidationError",
        }
    }
}

fn codes(reasons: &[CancellationReason]) -> String {
    reasons.iter().map(|reason| reason.code.name()).collect::<Vec<_>>().join(", ")
}

/// A quota that a request would exceed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Limit {
    /// Indexes that are made or deleted at once.
    #[error(
        "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"
    )]
    OnlineIndexes,
    /// Global indexes of one table.
    #[error("GlobalSecondaryIndex count exceeds the per-table limit of 20")]
    GlobalIndexes,
    /// A quota of the account or the table, where quotas are enforced.
    #[error(transparent)]
    Quota(#[from] Quota),
}

/// A feature that is off, or a thing that does not exist because its feature is.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Off {
    /// A backup.
    #[error("Backup not found: {0}")]
    Backup(String),
    /// An export.
    #[error("Export not found: {0}")]
    Export(String),
    /// An import.
    #[error("Import not found: {0}")]
    Import(String),
    /// A resource policy.
    #[error("Resource-based policy not found for the provided ResourceArn: {0}")]
    Policy(String),
    /// A table, asked for by an operation on its backups or one that makes it a replica.
    #[error("Table not found: {0}")]
    Table(String),
}

/// Parameters that do not go together, or not with the table.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Invalid {
    /// Both styles of parameters in one request.
    #[error("Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {{{}}} Expression parameters: {{{}}}", .plain.join(", "), .expressions.join(", "))]
    MixedStyles {
        /// The parameters that are no expressions.
        plain: Vec<&'static str>,
        /// The expressions.
        expressions: Vec<&'static str>,
    },
    /// A policy of a resource that is none.
    #[error("Invalid policy document: {0}")]
    Policy(String),
    /// A policy of a resource that is too long.
    #[error("Invalid policy document: it exceeds the maximum size of 20480 bytes")]
    PolicyTooLarge,
    /// `ExpressionAttributeNames` and no expression.
    #[error("ExpressionAttributeNames can only be specified when using expressions")]
    NamesWithoutExpression,
    /// `ExpressionAttributeValues` and no expression that could use one. The text names those that could.
    #[error("ExpressionAttributeValues can only be specified when using expressions: {0}")]
    ValuesWithoutExpression(&'static str),
    /// A `ReturnValues` that only updates know.
    #[error("ReturnValues can only be ALL_OLD or NONE")]
    ReturnValues,
    /// An item that is too large to write.
    #[error("Item size has exceeded the maximum allowed size")]
    ItemTooLarge,
    /// An item that an update makes too large.
    #[error("Item size to update has exceeded the maximum allowed size")]
    UpdateTooLarge,
    /// An item that an update makes too deep.
    #[error("Nesting Levels have exceeded supported limits")]
    TooDeep,
    /// An item without one of its key attributes.
    #[error("One or more parameter values were invalid: Missing the key {0} in the item")]
    MissingKey(String),
    /// A key attribute of an item that has another type.
    #[error(
        "One or more parameter values were invalid: Type mismatch for key {name} expected: {expected} actual: {actual}"
    )]
    KeyType {
        /// The attribute.
        name: String,
        /// The type that the table defines.
        expected: &'static str,
        /// The type that it has.
        actual: &'static str,
    },
    /// An index key attribute that has another type.
    #[error(
        "One or more parameter values were invalid: Type mismatch for Index Key {name} Expected: {expected} Actual: {actual} IndexName: {index}"
    )]
    IndexKeyType {
        /// The attribute.
        name: String,
        /// The type that the table defines.
        expected: &'static str,
        /// The type that it has.
        actual: &'static str,
        /// The index.
        index: String,
    },
    /// A key that has not exactly the key attributes, or not their types.
    #[error("The provided key element does not match the schema")]
    KeySchema,
    /// A key attribute that is an empty string or empty bytes.
    #[error(
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty {kind} value. Key: {name}"
    )]
    EmptyKey {
        /// `string` or `binary`.
        kind: &'static str,
        /// The attribute.
        name: String,
    },
    /// An index key attribute that is an empty string or empty bytes.
    #[error(
        "One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty {kind} value. IndexName: {index}, IndexKey: {name}"
    )]
    EmptyIndexKey {
        /// `string` or `binary`.
        kind: &'static str,
        /// The attribute.
        name: String,
        /// The index.
        index: String,
    },
    /// An update that leaves an index key attribute an empty string or empty bytes.
    #[error(
        "One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty {kind} value."
    )]
    UpdateEmptiesIndexKey {
        /// `string` or `binary`.
        kind: &'static str,
    },
    /// A partition key that is too long.
    #[error(
        "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes"
    )]
    PartitionKeyTooLong,
    /// A sort key that is too long.
    #[error(
        "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes"
    )]
    SortKeyTooLong,
    /// An update of a key attribute.
    #[error(
        "One or more parameter values were invalid: Cannot update attribute {0}. This attribute is part of the key"
    )]
    UpdatesKey(String),
    /// An index that is not there.
    #[error("The table does not have the specified index: {0}")]
    NoIndex(String),
    /// An index that is still being filled.
    #[error("Cannot read from backfilling global secondary index: {0}")]
    BackfillingIndex(String),
    /// A strongly consistent read of a global index.
    #[error("Consistent reads are not supported on global secondary indexes")]
    ConsistentIndexRead,
    /// A query without a key condition.
    #[error(
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
    )]
    NoKeyCondition,
    /// A query that leaves out the partition key.
    #[error("Query condition missed key schema element: {0}")]
    MissedKey(String),
    /// A query with a condition that its key does not allow.
    #[error("Query key condition not supported")]
    KeyCondition,
    /// A key condition with a value of another type than the key's.
    #[error(
        "One or more parameter values were invalid: Condition parameter type does not match schema type"
    )]
    KeyConditionType,
    /// More conditions than the key has attributes.
    #[error("Query condition has {conditions} conditions, but the key has {attributes} attributes")]
    TooManyKeyConditions {
        /// How many there are.
        conditions: usize,
        /// How many there may be.
        attributes: usize,
    },
    /// A key condition that no range of keys can answer.
    #[error("Attempted conditional constraint is not an indexable operation")]
    NotIndexable,
    /// A filter on a key attribute of a query.
    #[error(
        "{filter} can only contain non-primary key attributes: Primary key attribute: {attribute}"
    )]
    FilterOnKey {
        /// What filters.
        filter: &'static str,
        /// The attribute.
        attribute: String,
    },
    /// A starting key that does not fit.
    #[error("The provided starting key is invalid")]
    StartKey,
    /// A starting key of a scan that does not fit.
    #[error(
        "The provided starting key is invalid: The provided key element does not match the schema"
    )]
    ScanStartKey,
    /// A starting key outside of what a query reads.
    #[error("The provided starting key is outside query boundaries based on provided conditions")]
    StartKeyOutside,
    /// A starting key of another segment.
    #[error(
        "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. TotalSegments: {total} Segment: {segment}"
    )]
    StartKeySegment {
        /// How many segments there are.
        total: i64,
        /// Which one is read.
        segment: i64,
    },
    /// A segment without a total.
    #[error(
        "The TotalSegments parameter is required but was not present in the request when Segment parameter is present"
    )]
    NoTotalSegments,
    /// A total without a segment.
    #[error(
        "The Segment parameter is required but was not present in the request when parameter TotalSegments is present"
    )]
    NoSegment,
    /// A segment that is not one of the total.
    #[error(
        "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: {segment} is not less than TotalSegments: {total}"
    )]
    SegmentTooHigh {
        /// Which one is asked for.
        segment: i64,
        /// How many there are.
        total: i64,
    },
    /// A `Select` that does not go with the rest.
    #[error(transparent)]
    Select(#[from] Select),
    /// A batch with a key twice.
    #[error("Provided list of item keys contains duplicates")]
    DuplicateKeys,
    /// A batch of writes without any.
    #[error("The requestItems parameter is required for BatchWriteItem")]
    NoRequestItems,
    /// A batch with too many writes.
    #[error("Too many items requested for the BatchWriteItem call")]
    TooManyWrites,
    /// A batch with too many keys.
    #[error("Too many items requested for the BatchGetItem call")]
    TooManyKeys,
    /// An element of a batch that is neither a put nor a delete, or both.
    #[error("Supplied WriteRequest must contain exactly one of PutRequest or DeleteRequest")]
    WriteRequest,
    /// An element of a transaction that is not exactly one action.
    #[error("TransactItems can only contain one of Check, Put, Update or Delete")]
    TransactItem,
    /// A transaction with an item twice.
    #[error("Transaction request cannot include multiple operations on one item")]
    SeveralActions,
    /// A transaction of too many bytes.
    #[error("Collection size of transaction items has exceeded the maximum allowed size of 4 MB")]
    TransactionTooLarge,
    /// A condition check without a condition.
    #[error("The ConditionExpression parameter is required for ConditionCheck")]
    NoCondition,
    /// A faulty table or index definition.
    #[error("One or more parameter values were invalid: {0}")]
    Definition(#[from] Definition),
    /// A faulty setting of a table or an index.
    #[error("One or more parameter values were invalid: {0}")]
    Setting(#[from] Setting),
    /// A key of the account's that cannot be one. There is no key service here: every well-named key is.
    #[error(
        "KMS validation error: com.amazonaws.services.kms.model.NotFoundException: Invalid {kind} {key}"
    )]
    NoSuchKey {
        /// `arn` or `keyId`.
        kind: &'static str,
        /// The key.
        key: String,
    },
    /// A change of when items expire, too soon after the last one, where quotas are enforced.
    #[error("Time to live has been modified multiple times within a fixed interval")]
    TimeToLiveAgain,
    /// A key schema that does not begin with the partition key.
    #[error("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")]
    FirstKeyNotHash,
    /// A key schema whose second element is another partition key.
    #[error("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")]
    SecondKeyNotRange,
    /// A key schema with one attribute twice.
    #[error("Both the Hash Key and the Range Key element in the KeySchema have the same name")]
    SameKeys,
    /// A key schema with more attributes than are defined.
    #[error("Invalid KeySchema: Some index key attribute have no definition")]
    NoKeyDefinition,
    /// A key schema of several attributes with one of them twice.
    #[error("The KeySchema contains multiple key attributes with the same name")]
    RepeatedKey,
    /// A definition twice.
    #[error("Attribute Name is duplicated: {0}")]
    DuplicateDefinition(String),
    /// A throughput beyond any that the service grants.
    #[error("Given value {value} for {name} is out of bounds")]
    ThroughputOutOfBounds {
        /// The member.
        name: &'static str,
        /// The value asked for.
        value: i64,
    },
    /// Insights of an index that is not filled yet.
    #[error(
        "Table or Index is not in a valid state to update Key Access Insights: IndexStatus must be ACTIVE to enable ContributorInsights."
    )]
    InsightsOfNewIndex,
    /// A table that may not be deleted.
    #[error(
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first."
    )]
    DeletionProtected,
    /// An update of a table that changes nothing.
    #[error(
        "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is required"
    )]
    NothingToUpdate,
    /// The throughput that the table has already.
    #[error(
        "The provisioned throughput for the table will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for the table: {read}. Requested ReadCapacityUnits: {read}. Current WriteCapacityUnits provisioned for the table: {write}. Requested WriteCapacityUnits: {write}. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
    )]
    SameThroughput {
        /// Read units of both.
        read: i64,
        /// Write units of both.
        write: i64,
    },
    /// The throughput that the index has already.
    #[error(
        "The provisioned throughput for the index {index} will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for the index: {read}. Requested ReadCapacityUnits: {read}. Current WriteCapacityUnits provisioned for the index: {write}. Requested WriteCapacityUnits: {write}. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
    )]
    SameIndexThroughput {
        /// The index.
        index: String,
        /// Read units of both.
        read: i64,
        /// Write units of both.
        write: i64,
    },
    /// An update of a local index as if it were global.
    #[error("Cannot update an index that is not a GlobalSecondaryIndex: {0}")]
    NotAGlobalIndex(String),
    /// A deletion of a local index.
    #[error("Cannot delete an index that is not a GlobalSecondaryIndex: {0}")]
    DeletesLocalIndex(String),
    /// A new index with the name of another.
    #[error("Attempting to create an index which already exists")]
    IndexExists,
    /// Expiry that is on already.
    #[error("TimeToLive is already enabled")]
    ExpiryOn,
    /// Expiry that is off already.
    #[error("TimeToLive is already disabled")]
    ExpiryOff,
    /// Expiry that is on by another attribute.
    #[error("TimeToLive is active on a different AttributeName: current AttributeName is {0}")]
    ExpiryAttribute(String),
    /// A badly formed ARN, or one of another Region.
    #[error("Invalid TableArn: Invalid ResourceArn provided as input {0}")]
    Arn(String),
    /// A text that is no ARN at all.
    #[error("One or more parameter values were invalid: ARNs must start with 'arn:': {0}")]
    NotAnArn(String),
    /// An ARN of another service's.
    #[error(
        "One or more parameter values were invalid: Provided Arn is not a DynamoDB resource arn: {0}"
    )]
    ForeignArn(String),
    /// An ARN of an index or the like, where a table's is wanted.
    #[error(
        "One or more parameter values were invalid: Invalid resource arn provided, only table or stream is accepted. Provided resource arn: {0}"
    )]
    NotATableArn(String),
    /// An ARN that is not of the wanted kind, such as `Backup`.
    #[error("Invalid {0} ARN")]
    ArnKind(&'static str),
    /// A range of times that ends before it begins.
    #[error(
        "One or more parameter values were invalid: Time range lower bound must be less than or equal to upper bound"
    )]
    TimeRange,
    /// A request about backups, recovery or restoring that cannot be.
    #[error(transparent)]
    Backup(#[from] BackupFault),
    /// A request about global tables that cannot be.
    #[error(transparent)]
    GlobalTable(#[from] GlobalTableFault),
    /// A request of a stream that cannot be.
    #[error(transparent)]
    Stream(#[from] StreamFault),
    /// Tags with a key twice, or with a key or value that is none.
    #[error(transparent)]
    Tag(#[from] Tag),
    /// An attribute twice in `AttributesToGet`.
    #[error("One or more parameter values were invalid: Duplicate value in attribute name: {0}")]
    DuplicateAttribute(String),
}

/// A `Select` that does not go with the rest of a read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Select {
    /// A projection with a `Select` that leaves it no say. The second is the parameter that projects.
    #[error("Cannot specify the {1} when choosing to get {0}")]
    WithProjection(&'static str, &'static str),
    /// `SPECIFIC_ATTRIBUTES` without any.
    #[error(
        "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"
    )]
    NothingSpecific,
    /// `ALL_PROJECTED_ATTRIBUTES` of a table.
    #[error("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")]
    ProjectedWithoutIndex,
    /// `ALL_ATTRIBUTES` of a global index that does not have them.
    #[error(
        "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index {0} because its projection type is not ALL"
    )]
    NotAllProjected(String),
    /// Attributes that a global index does not have.
    #[error(
        "One or more parameter values were invalid: Global secondary index {index} does not project {attributes}"
    )]
    NotProjected {
        /// The index.
        index: String,
        /// The attributes, as a list.
        attributes: String,
    },
}

/// A fault of a table's or an index's definition. Each text goes behind "One or more parameter values were invalid: ".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Definition {
    /// A key attribute without a definition.
    #[error(
        "Some index key attributes are not defined in AttributeDefinitions. Keys: [{keys}], AttributeDefinitions: [{definitions}]"
    )]
    Undefined {
        /// The key attributes.
        keys: String,
        /// The attributes that are defined.
        definitions: String,
    },
    /// A definition that no key uses, for a table without indexes.
    #[error(
        "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions"
    )]
    Unused,
    /// A definition that no key uses, for a table with indexes.
    #[error(
        "Some AttributeDefinitions are not used. AttributeDefinitions: [{definitions}], keys used: [{keys}]"
    )]
    UnusedWithIndexes {
        /// The attributes that are defined.
        definitions: String,
        /// The attributes that keys use.
        keys: String,
    },
    /// A new index without any definitions of attributes.
    #[error("AttributeDefinitions is not specified for index: {0}")]
    NoDefinitions(String),
    /// A new or deleted index together with other throughputs.
    #[error("You cannot create or delete index while updating table IOPS")]
    IndexWithThroughput,
    /// An empty list of indexes.
    #[error("List of {0} is empty")]
    EmptyList(&'static str),
    /// Local indexes of a table without a sort key.
    #[error(
        "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"
    )]
    NoSortKey,
    /// A local index without a sort key.
    #[error("Index KeySchema does not have a range key for index: {0}")]
    IndexWithoutSortKey(String),
    /// A local index with another partition key.
    #[error(
        "Index KeySchema does not have the same leading hash key as table KeySchema for index: {index}. index hash key: {index_key}, table hash key: {table_key}"
    )]
    OtherPartitionKey {
        /// The index.
        index: String,
        /// Its partition key.
        index_key: String,
        /// The table's.
        table_key: String,
    },
    /// A name that two indexes have.
    #[error("Duplicate index name: {0}")]
    DuplicateIndex(String),
    /// Too many local indexes.
    #[error("Number of LocalSecondaryIndexes exceeds per-table limit of 5")]
    TooManyLocalIndexes,
    /// Too many global indexes.
    #[error("GlobalSecondaryIndex count exceeds the per-table limit of 20")]
    TooManyGlobalIndexes,
    /// Too many attributes in the key of a global index.
    #[error("The KeySchema exceeds the maximum allowed number of {0} key attributes")]
    TooManyKeyAttributes(&'static str),
    /// A partition key attribute behind a sort key attribute.
    #[error("All HASH key attributes must precede RANGE key attributes in the KeySchema")]
    KeyOrder,
    /// No projection type.
    #[error("Unknown ProjectionType: null")]
    NoProjectionType,
    /// Attributes named for an index that does not project by name.
    #[error("ProjectionType is {0}, but NonKeyAttributes is specified")]
    NonKeyAttributes(&'static str),
    /// An index that projects by name and names nothing.
    #[error("ProjectionType is INCLUDE, but NonKeyAttributes is not specified")]
    NoNonKeyAttributes,
    /// An attribute named twice.
    #[error("Duplicate element in NonKeyAttributes: {0}")]
    DuplicateNonKeyAttribute(String),
    /// Too many attributes named, over all indexes.
    #[error("The total number of projected attributes exceeds the limit of 100")]
    TooManyProjectedAttributes,
    /// Provisioned, and no throughput.
    #[error(
        "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
    )]
    NoThroughput,
    /// On demand, and a throughput.
    #[error(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
    )]
    ThroughputOnDemand,
    /// Provisioned, and an index without a throughput.
    #[error("ProvisionedThroughput is not specified for index: {0}")]
    NoIndexThroughput(String),
    /// A change to on demand, and a throughput.
    #[error("ProvisionedThroughput cannot be specified when BillingMode is PAY_PER_REQUEST")]
    NewThroughputOnDemand,
    /// A switch to provisioned without the table's throughput.
    #[error("ProvisionedThroughput must be specified when BillingMode is PROVISIONED")]
    NoNewThroughput,
    /// A switch to provisioned without the throughput of some indexes.
    #[error("ProvisionedThroughput must be specified for index: {0}")]
    NoNewIndexThroughput(String),
    /// An update of an index that names no throughput.
    #[error("Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: {0}")]
    NoUpdatedThroughput(String),
    /// An update of the throughput of an index of a table on demand.
    #[error(
        "The only Updates for index: {0} when TableThroughputMode is PAY_PER_REQUEST can be to OnDemandThroughput, WarmThroughput"
    )]
    UpdatedThroughputOnDemand(String),
    /// An update of an index that says nothing.
    #[error(
        "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null"
    )]
    NoIndexAction,
    /// An update of an index that says several things.
    #[error(
        "Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object"
    )]
    SeveralIndexActions,
    /// Several updates of one index.
    #[error(
        "Only one global secondary index update per index is allowed simultaneously. Index: {0}"
    )]
    RepeatedIndexUpdate(String),
    /// A change that must be asked for by itself.
    #[error("{0} modification must be the only operation in the request")]
    NotAlone(&'static str),
    /// On demand, and an index with a throughput.
    #[error(
        "ProvisionedThroughput should not be specified for index: {0} when BillingMode is PAY_PER_REQUEST"
    )]
    IndexThroughputOnDemand(String),
}

/// A faulty tag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Tag {
    /// No key, or one with a wrong length or character.
    #[error("The Tag Key provided is invalid, Key: {0}")]
    Key(String),
    /// No value, or one with a wrong length or character.
    #[error("The Tag Value provided is invalid, Value: {0}")]
    Value(String),
    /// A key that only the service may give.
    #[error("Tag Key cannot be prefixed with aws:, Key: {0}")]
    Reserved(String),
    /// A key twice.
    #[error("Duplicate Tag Keys provided as input: Duplicate Tag Key found {0}")]
    Duplicate(String),
    /// More than a resource may have.
    #[error("Number of Tags exceed the current limit for the provided ResourceArn")]
    TooMany,
    /// No tags, or no keys.
    #[error("Atleast one {0} needs to be provided as Input.")]
    Missing(&'static str),
}

impl Error {
    /// The fault as one of a list, unless it is told in a way of its own.
    pub(crate) fn enveloped(self) -> Self {
        let is_own = matches!(
            self,
            Self::Parameter(types::Error::Type(_) | types::Error::Constraints(_))
                | Self::Invalid(Invalid::ItemTooLarge | Invalid::UpdateTooLarge)
                | Self::ParameterNotImplemented(_)
        );
        if is_own { self } else { Self::Enveloped(Box::new(self)) }
    }

    /// An error of ours, for the log.
    pub(crate) fn internal(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Internal(Box::new(error))
    }
}

impl From<Definition> for Error {
    fn from(fault: Definition) -> Self {
        Self::Invalid(fault.into())
    }
}

impl From<Setting> for Error {
    fn from(fault: Setting) -> Self {
        Self::Invalid(fault.into())
    }
}

impl From<Quota> for Error {
    fn from(quota: Quota) -> Self {
        Self::LimitExceeded(quota.into())
    }
}

impl From<StreamFault> for Error {
    fn from(fault: StreamFault) -> Self {
        Self::Invalid(fault.into())
    }
}

impl From<BackupFault> for Error {
    fn from(fault: BackupFault) -> Self {
        Self::Invalid(fault.into())
    }
}

impl From<GlobalTableFault> for Error {
    fn from(fault: GlobalTableFault) -> Self {
        Self::Invalid(fault.into())
    }
}

impl From<Tag> for Error {
    fn from(fault: Tag) -> Self {
        Self::Invalid(fault.into())
    }
}

/// What is on disk is not what was written.
#[derive(Debug, thiserror::Error)]
#[error("the stored {0} is damaged")]
pub(crate) struct Damaged(pub(crate) &'static str);

impl From<Damaged> for Error {
    fn from(damage: Damaged) -> Self {
        Self::internal(damage)
    }
}

impl From<storage::Error> for Error {
    fn from(error: storage::Error) -> Self {
        Self::internal(error)
    }
}

/// The type of a value by the short name that messages use.
pub(crate) fn type_name(value: &AttributeValue) -> &'static str {
    value.value_type().name()
}
