//! Every limit of the service, one constant each. Lengths are in bytes unless the name says otherwise.

/// Significant digits of a number.
pub const NUMBER_DIGITS_MAX: u16 = 38;
/// Power of ten of the first digit of the largest number.
pub const NUMBER_EXPONENT_MAX: i32 = 125;
/// Power of ten of the first digit of the smallest number.
pub const NUMBER_EXPONENT_MIN: i32 = -130;

/// The most an item may hold: its attribute names and its values together.
pub const ITEM_BYTES_MAX: usize = 400 * 1024;
/// Levels of maps and lists around a scalar attribute of an item.
pub const NESTING_MAX: usize = 31;
/// Name of an attribute that is no key.
pub const ATTRIBUTE_NAME_BYTES_MAX: usize = 65_535;
/// Name of a key attribute, or of one that an index projects by name.
pub const KEY_NAME_BYTES_MAX: usize = 255;
/// Value of a partition key.
pub const PARTITION_KEY_BYTES_MAX: usize = 2048;
/// Value of a sort key.
pub const SORT_KEY_BYTES_MAX: usize = 1024;

/// Text of one expression, before its placeholders are filled in.
pub const EXPRESSION_BYTES_MAX: usize = 4096;
/// Operators and functions of one expression.
pub const EXPRESSION_OPERATORS_MAX: usize = 300;
/// Operands of `IN`.
pub const IN_OPERANDS_MAX: usize = 100;
/// Elements of a document path. The service's nesting limit leaves none that is deeper.
pub const PATH_ELEMENTS_MAX: usize = 32;

/// Characters of a table's, an index's or a backup's name, at least.
pub const NAME_CHARACTERS_MIN: usize = 3;
/// Characters of a table's, an index's or a backup's name, at most.
pub const NAME_CHARACTERS_MAX: usize = 255;
/// Characters of a table parameter, which may be a name or an ARN.
pub const TABLE_ARN_CHARACTERS_MAX: usize = 1024;

/// Local secondary indexes of a table.
pub const LOCAL_INDEXES_MAX: usize = 5;
/// Global secondary indexes of a table.
pub const GLOBAL_INDEXES_MAX: usize = 20;
/// Attributes that make up the partition key, or the sort key, of a global index.
pub const INDEX_KEY_ATTRIBUTES_MAX: usize = 4;
/// Attributes that one index projects by name.
pub const NON_KEY_ATTRIBUTES_MAX: usize = 20;
/// Attributes that the indexes of a table project by name, together.
pub const PROJECTED_ATTRIBUTES_MAX: usize = 100;
/// Tags of a resource.
pub const TAGS_MAX: usize = 50;
/// Characters of a tag's key.
pub const TAG_KEY_CHARACTERS_MAX: usize = 128;
/// Characters of a tag's value.
pub const TAG_VALUE_CHARACTERS_MAX: usize = 256;
/// Tags that one reply lists.
pub const TAGS_PAGE_MAX: usize = 10;
/// Streams that one reply lists.
pub const STREAMS_PAGE_MAX: i64 = 100;
/// Shards that one reply describes.
pub const SHARDS_PAGE_MAX: i64 = 100;
/// Records of one `GetRecords`.
pub const RECORDS_MAX: i64 = 1000;
/// Bytes of records that end one `GetRecords`.
pub const RECORDS_BYTES_MAX: usize = 1024 * 1024;
/// Table names that one reply lists.
pub const TABLES_PAGE_MAX: usize = 100;

/// Keys of one `BatchGetItem`.
pub const BATCH_GET_KEYS_MAX: usize = 100;
/// Writes of one `BatchWriteItem`.
pub const BATCH_WRITES_MAX: usize = 25;
/// Items that one `BatchGetItem` returns, together.
pub const BATCH_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Actions of one transaction.
pub const TRANSACTION_ACTIONS_MAX: usize = 100;
/// Items that one transaction reads or writes, together.
pub const TRANSACTION_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Characters of a client request token.
pub const TOKEN_CHARACTERS_MAX: usize = 36;
/// How long a client request token is remembered, in seconds.
pub const TOKEN_SECONDS: u64 = 600;

/// Items that one page of a Query or Scan evaluates, together.
pub const PAGE_BYTES_MAX: usize = 1024 * 1024;
/// Segments of a parallel Scan.
pub const SEGMENTS_MAX: i64 = 1_000_000;

/// One read unit covers this much of an item.
pub const READ_UNIT_BYTES: usize = 4096;
/// One write unit covers this much of an item.
pub const WRITE_UNIT_BYTES: usize = 1024;

/// Read units a second that one partition serves.
pub const PARTITION_READ_UNITS_MAX: u64 = 3000;
/// Write units a second that one partition serves.
pub const PARTITION_WRITE_UNITS_MAX: u64 = 1000;

/// Read units of one table, by default quota.
pub const TABLE_READ_UNITS_MAX: u64 = 40_000;
/// Write units of one table, by default quota.
pub const TABLE_WRITE_UNITS_MAX: u64 = 40_000;
/// Read units of an account's tables in a Region, by default quota.
pub const ACCOUNT_READ_UNITS_MAX: u64 = 80_000;
/// Write units of an account's tables in a Region, by default quota.
pub const ACCOUNT_WRITE_UNITS_MAX: u64 = 80_000;

/// Tables of an account in a Region, by default quota.
pub const TABLES_MAX: usize = 2500;
/// Changes of tables and indexes of an account in a Region that are under way at once.
pub const CHANGES_MAX: usize = 500;
/// Items of a partition and their local index entries, together.
pub const COLLECTION_BYTES_MAX: u64 = 10 * 1024 * 1024 * 1024;

/// Body of a request, inflated.
pub const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Levels of arrays and objects in a request. Twice what the deepest item needs, and some.
pub const JSON_DEPTH_MAX: usize = 256;
