//! Faults of the settings of auto scaling.

use super::Side;

/// A fault of the settings of auto scaling.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Scaling {
    /// Settings that must not be there when auto scaling is switched off.
    #[error(
        "Failed to update settings for global table with name ‘{table}’: Parameters {members} must be left blank when disabling auto scaling."
    )]
    NotBlank {
        /// The table.
        table: String,
        /// The members, as a list.
        members: String,
    },
    /// Settings that are missing.
    #[error(
        "Failed to update settings for global table with name: ‘{table}’: Parameters {members} are required unless auto scaling is being disabled."
    )]
    Missing {
        /// The table.
        table: String,
        /// The members, as a list.
        members: String,
    },
    /// More at the least than at the most.
    #[error("Maximum capacity cannot be less than minimum capacity")]
    MaximumBelowMinimum,
    /// A target that is none.
    #[error(
        "For predefined metric type DynamoDB{}CapacityUtilization, target value must be between '10.0' and '90.0', but was '{target:?}'.",
        .side.name()
    )]
    Target {
        /// Of which throughput.
        side: Side,
        /// The target, in percent.
        target: f64,
    },
    /// A Region that is named and nothing for it.
    #[error(
        "Failed to update settings for global table with name: ‘{table}’ because at least one update parameter must be specified for region: ‘{region}’."
    )]
    NothingForRegion {
        /// The table.
        table: String,
        /// The Region.
        region: String,
    },
    /// A Region that is named twice.
    #[error(
        "Failed to update settings for global table with name: ‘{table}’ because the regions: ‘[{region}]’ were specified more than once."
    )]
    RepeatedRegion {
        /// The table.
        table: String,
        /// The Region.
        region: String,
    },
    /// Rules for what is on demand.
    #[error(
        "Failed to update global table with name ‘{table}‘. Replicas {regions} BillingMode is PayPerRequest. You must convert table's BillingMode to PROVISIONED to set parameters: {parameters}."
    )]
    OnDemand {
        /// The table.
        table: String,
        /// Its Regions, as the text has them.
        regions: String,
        /// What was asked for.
        parameters: String,
    },
    /// Nothing at all.
    #[error(
        "Failed to update settings for global table with name: ‘{0}’ because at least one update parameter must be specified."
    )]
    Nothing(String),
}

/// Something that does not scale, or is not there to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unscalable {
    /// A table without replicas, or none at all.
    #[error("Global table with name: '{0}' does not exist.")]
    NotGlobal(String),
    /// A Region without a replica of the table.
    #[error(
        "Failed to update settings for global table with name: ‘{table}’ because a replica does not exist in regions: ‘[{region}]’."
    )]
    NoReplica {
        /// The table.
        table: String,
        /// The Region.
        region: String,
    },
    /// A global index that is not there, or not yet.
    #[error(
        "Failed to update settings for global table with name: ‘{table}’ because the global secondary indexes with names: ‘[{index}]’ do not exist."
    )]
    NoIndex {
        /// The table.
        table: String,
        /// The index.
        index: String,
    },
}
