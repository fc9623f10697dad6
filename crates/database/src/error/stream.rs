//! What can be wrong with requests to switch streams on and off and to read them.

/// A fault of such a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StreamFault {
    /// Something that is no ARN of a stream.
    #[error("Invalid StreamArn")]
    Arn,
    /// A table that is to be made with a stream, and no view type.
    #[error(
        "One or more parameter values were invalid: Table is being created with a stream enabled, UpdateViewType is required"
    )]
    NoViewOfNew,
    /// A table that is to be made without a stream, and a view type.
    #[error(
        "One or more parameter values were invalid: Table is being created with a stream disabled, UpdateViewType should not be specified"
    )]
    ViewOfNone,
    /// A stream that is to be switched on, and no view type.
    #[error(
        "One or more parameter values were invalid: If stream is being enabled then UpdateViewType is required"
    )]
    NoView,
    /// A stream that is to be switched off, and a view type.
    #[error(
        "One or more parameter values were invalid: If stream is being disabled, then UpdateViewType must not be specified"
    )]
    ViewOfDisabled,
    /// A stream that is on already.
    #[error("Table already has an enabled stream: TableName: {0}")]
    On(String),
    /// A stream that is off already.
    #[error("Table has no stream to disable: TableName: {0}")]
    Off(String),
    /// A stream together with an index that is made or deleted.
    #[error(
        "One or more parameter values were invalid: You cannot create or delete index while changing stream status"
    )]
    WithIndex,
    /// A stream together with other throughputs.
    #[error(
        "One or more parameter values were invalid: You cannot modify stream status while updating table IOPS"
    )]
    WithThroughput,
    /// More than may be asked for at once.
    #[error(
        "One or more parameter values were invalid: Limit cannot be greater than the maximum{1}: {0}"
    )]
    LimitTooHigh(i64, &'static str),
    /// More records than may be asked for at once.
    #[error("One or more parameter values were invalid: Limit should be less than or equal to {0}")]
    RecordsLimit(i64),
    /// A filter of shards that names no shard.
    #[error(
        "One or more parameter values were invalid: ShardFilter must have a Type and a ShardId"
    )]
    ShardFilter,
    /// A kind of iterator that begins at something that is not named.
    #[error(
        "One or more parameter values were invalid: {member} must be specified for ShardIteratorType {kind}"
    )]
    NoStart {
        /// The member that names it.
        member: &'static str,
        /// The kind of iterator.
        kind: &'static str,
    },
    /// A kind of iterator that begins elsewhere than at what is named.
    #[error(
        "One or more parameter values were invalid: {member} must not be specified for ShardIteratorType {kind}"
    )]
    Start {
        /// The member that names it.
        member: &'static str,
        /// The kind of iterator.
        kind: &'static str,
    },
    /// A sequence number that is none of the shard's.
    #[error("Invalid SequenceNumber for the shard")]
    SequenceNumber,
    /// A text that is no sequence number.
    #[error("Invalid SequenceNumber")]
    NotASequenceNumber,
    /// A time that is yet to come.
    #[error("One or more parameter values were invalid: Timestamp must not be in the future")]
    Future,
    /// A text that was never given as an iterator.
    #[error("Invalid ShardIterator")]
    Iterator,
}

/// Something of a stream that is not there, or not any more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StreamMissing {
    /// The stream.
    #[error("Requested resource not found: Stream: {0} not found")]
    Stream(String),
    /// The shard.
    #[error("Requested resource not found: Shard does not exist")]
    Shard,
    /// An iterator that is older than a quarter of an hour.
    #[error("The provided iterator exceeds the maximum age allowed.")]
    Iterator,
    /// Records that are older than a day.
    #[error("The data you are trying to access has been trimmed")]
    Records,
}
