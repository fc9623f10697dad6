//! Quotas of an account or a table that a request would exceed.

use crate::date::Date;

/// A quota that a request would exceed, where quotas are enforced. Times are in milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Quota {
    /// Decreases of a throughput on one day.
    #[error("Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day. After the first 4 decreases, each subsequent decrease in the same UTC day can be performed at most once every 3600 seconds. Number of decreases today: {count}. Last decrease at {}. Next decrease can be made at {}", Date::of(*.last_ms).long(), Date::of(*.next_ms).long())]
    Decreases {
        /// How many there were today.
        count: i64,
        /// When the last one was.
        last_ms: u64,
        /// When there may be another.
        next_ms: u64,
    },
    /// Switches of a table to on demand. The service had one a day when its text was seen; now it has four.
    #[error("Subscriber limit exceeded: Update to PayPerRequest mode are limited to {max} times in 1 day(s). Last update at {}. Next update can be made at {}", Date::of(*.last_ms).short(), Date::of(*.next_ms).short())]
    OnDemandSwitches {
        /// How many there may be.
        max: usize,
        /// When the last one was.
        last_ms: u64,
        /// When there may be another.
        next_ms: u64,
    },
    /// Changes of a table's class.
    #[error(
        "Subscriber limit exceeded: Updates to TableClass are limited to {max} times in 30 day(s)."
    )]
    ClassChanges {
        /// How many there may be.
        max: usize,
    },
    /// Changes of a table's encryption.
    #[error("Subscriber limit exceeded: Encryption mode changes are limited in the 24h window ending at {}. After the first 4 change, each subsequent change in the same window can be performed at most once every 21600 seconds. Number of updates today: {count}. Last change at {}. Next changes can be made at {}.", Date::of(*.end_ms).iso(), Date::of(*.last_ms).iso(), Date::of(*.next_ms).iso())]
    EncryptionChanges {
        /// When the day that counts ends.
        end_ms: u64,
        /// How many there were in it.
        count: usize,
        /// When the last one was.
        last_ms: u64,
        /// When there may be another.
        next_ms: u64,
    },
    /// Tables of an account in a Region.
    #[error("Subscriber limit exceeded: There is a limit of {0} tables per subscriber")]
    Tables(usize),
    /// Changes of tables and indexes at once, of an account in a Region.
    #[error(
        "Subscriber limit exceeded: Only {0} tables can be created, updated, or deleted simultaneously"
    )]
    Changes(usize),
    /// Units of one table or index.
    #[error("The requested {member}{}, {requested}, is above the per {} maximum for the account in {region}. Per {} maximum: {max}. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.", for_index(.index.as_deref()), kind(.index.as_deref()), kind(.index.as_deref()))]
    Units {
        /// The member.
        member: &'static str,
        /// The index, unless it is the table.
        index: Option<String>,
        /// What is asked for.
        requested: i64,
        /// What there may be.
        max: i64,
        /// The Region.
        region: String,
    },
    /// Units of an account's tables in a Region, together.
    #[error(
        "This request would have caused the {member} limit to be exceeded for the account in {region}. Current {member} reserved by the account: {reserved}. Limit: {max}. Requested: {requested}. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
    )]
    AccountUnits {
        /// The member.
        member: &'static str,
        /// The Region.
        region: String,
        /// What the account has.
        reserved: i64,
        /// What it may have.
        max: i64,
        /// What is asked for, for the table and its indexes.
        requested: i64,
    },
    /// Warm throughput, or a limit on demand, of one table or index.
    #[error(
        "Subscriber limit exceeded: Requested {member} exceeds {limit} of the account in region {region}"
    )]
    Bounds {
        /// The member, of what and whose.
        member: String,
        /// The quota.
        limit: &'static str,
        /// The Region.
        region: String,
    },
}

fn for_index(index: Option<&str>) -> String {
    index.map(|index| format!(" for index {index}")).unwrap_or_default()
}

fn kind(index: Option<&str>) -> &'static str {
    if index.is_some() { "index" } else { "table" }
}
