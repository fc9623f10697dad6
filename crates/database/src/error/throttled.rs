//! Requests that were not let in, as there was not enough throughput.

use super::Owner;

/// What a request does to the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// It reads.
    Read,
    /// It writes.
    Write,
}

impl Side {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Read, Self::Write];

    /// As reasons spell it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "Read",
            Self::Write => "Write",
        }
    }
}

/// Which throughput there was not enough of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// That which is provisioned.
    Provisioned,
    /// That of one partition; or, on demand, that which there is so far.
    KeyRange,
    /// The limit that was set on demand.
    MaxOnDemand,
    /// The quota of a table on demand.
    AccountLimit,
}

impl Cause {
    /// All four.
    pub const ALL: [Self; 4] =
        [Self::Provisioned, Self::KeyRange, Self::MaxOnDemand, Self::AccountLimit];

    /// As reasons spell it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Provisioned => "ProvisionedThroughputExceeded",
            Self::KeyRange => "KeyRangeThroughputExceeded",
            Self::MaxOnDemand => "MaxOnDemandThroughputExceeded",
            Self::AccountLimit => "AccountLimitExceeded",
        }
    }
}

/// A request that was not let in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.text())]
pub struct Throttled {
    /// What it would have done.
    pub side: Side,
    /// What has not enough throughput.
    pub owner: Owner,
    /// Of which kind.
    pub cause: Cause,
    /// Whether the table is on demand: its requests are refused in another way.
    pub is_on_demand: bool,
    /// The ARN of the table or the index.
    pub resource: String,
}

impl Throttled {
    /// The reason, as `ThrottlingReasons` has it.
    #[must_use]
    pub fn reason(&self) -> String {
        let owner = match self.owner {
            Owner::Table => "Table",
            Owner::Index(_) => "Index",
        };
        format!("{owner}{}{}", self.side.name(), self.cause.name())
    }

    fn text(&self) -> &'static str {
        match (&self.owner, self.is_on_demand, self.cause) {
            (_, true, Cause::MaxOnDemand) => {
                "Throughput exceeds the maximum OnDemandThroughput configured on table or index"
            }
            (Owner::Index(_), true, _) if self.side == Side::Write => {
                "Throughput exceeds the current capacity for one or more global secondary indexes. DynamoDB is automatically scaling your index so please try again shortly."
            }
            (_, true, _) => {
                "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table or index so please try again shortly. If exceptions persist, check if you have a hot key: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html."
            }
            (Owner::Table, false, _) => {
                "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API."
            }
            (Owner::Index(_), false, _) => {
                "The level of configured provisioned throughput for one or more global secondary indexes of the table was exceeded. Consider increasing your provisioning level for the under-provisioned global secondary indexes with the UpdateTable API."
            }
        }
    }
}
