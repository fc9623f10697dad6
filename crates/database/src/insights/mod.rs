//! Contributor insights: which keys of a table or a global index are used, and throttled, most.
//!
//! Where they are on, each minute is counted in sketches of bounded size, and kept for a day as a row of its hundred
//! first keys. What a key is used is told in the service's unit: read units and three times the write units.

pub(crate) mod contributor;
pub(crate) mod list;
mod report;
pub(crate) mod sketch;
pub(crate) mod watch;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::catalog::Table;
use crate::catalog::table::Index;
use crate::error::Error;
use crate::keys::Id;
pub use report::{Insights, InsightsQuery};

pub(crate) const MINUTE_MS: u64 = 60_000;
/// Minutes that are kept.
pub(crate) const MINUTES_MAX: u64 = 24 * 60;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Mode {
    AccessedAndThrottled,
    Throttled,
}

types::choices! { Mode {
    "ACCESSED_AND_THROTTLED_KEYS" => AccessedAndThrottled,
    "THROTTLED_KEYS" => Throttled,
} }

/// What a table's row says of insights: of the table, and of its global indexes by their numbers.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Settings {
    table: Option<Setting>,
    indexes: BTreeMap<Id, Setting>,
}

/// Insights of a table or an index that were ever on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Setting {
    pub(crate) is_on: bool,
    pub(crate) mode: Mode,
    /// When they were switched on, in milliseconds since 1970: part of the rules' names.
    pub(crate) since_ms: u64,
    /// When they were last changed, in milliseconds since 1970.
    pub(crate) changed_ms: u64,
}

impl Settings {
    /// Of a table, or of one of its indexes.
    pub(crate) fn of(&self, index: Option<&Index>) -> Option<Setting> {
        match index {
            None => self.table,
            Some(index) => self.indexes.get(&index.id).copied(),
        }
    }

    pub(crate) fn set(&mut self, index: Option<&Index>, setting: Setting) {
        match index {
            None => self.table = Some(setting),
            Some(index) => {
                self.indexes.insert(index.id, setting);
            }
        }
    }
}

impl Table {
    /// The global index that is named; `None` for the table itself.
    pub(crate) fn insights_index(&self, name: Option<&str>) -> Result<Option<&Index>, Error> {
        let Some(name) = name else { return Ok(None) };
        let index = self.index(name).filter(|index| index.is_global());
        let missing = || Error::IndexNotFound { index: name.to_owned(), table: self.name.clone() };
        index.ok_or_else(missing).map(Some)
    }

    /// What is counted of the table or of an index, if anything.
    pub(crate) fn insights_mode(&self, index: Option<&Index>) -> Option<Mode> {
        self.insights.of(index).filter(|setting| setting.is_on).map(|setting| setting.mode)
    }
}

/// What is counted of which keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// What partition keys are used. The numbers are on disk.
    PartitionAccessed = 0,
    /// What keys of items are used: partition key and sort key.
    ItemAccessed = 1,
    /// How often partition keys are throttled.
    PartitionThrottled = 2,
    /// How often keys of items are throttled.
    ItemThrottled = 3,
}

impl Rule {
    pub(crate) const ALL: [Self; 4] = [
        Self::PartitionAccessed,
        Self::ItemAccessed,
        Self::PartitionThrottled,
        Self::ItemThrottled,
    ];

    /// As the rules' names have it.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::PartitionAccessed => "PKC",
            Self::ItemAccessed => "SKC",
            Self::PartitionThrottled => "PKT",
            Self::ItemThrottled => "SKT",
        }
    }

    pub(crate) fn is_of_items(self) -> bool {
        matches!(self, Self::ItemAccessed | Self::ItemThrottled)
    }

    pub(crate) fn is_of_throttles(self) -> bool {
        matches!(self, Self::PartitionThrottled | Self::ItemThrottled)
    }

    /// The rules of a table or an index: those of items where it has a sort key.
    pub(crate) fn of(table: &Table, index: Option<&Index>, mode: Mode) -> Vec<Self> {
        let has_sort_key = match index {
            None => table.sort_key.is_some(),
            Some(index) => !index.sort_key.is_empty(),
        };
        let is_there = |rule: &Self| {
            (has_sort_key || !rule.is_of_items())
                && (mode == Mode::AccessedAndThrottled || rule.is_of_throttles())
        };
        Self::ALL.into_iter().filter(is_there).collect()
    }

    /// What a count stands for: throttles, or halves of units.
    #[expect(clippy::cast_precision_loss, reason = "what is above 2⁵³ is told well enough")]
    pub(crate) fn units(self, count: u64) -> f64 {
        let count = count as f64;
        if self.is_of_throttles() { count } else { count / 2.0 }
    }

    /// The rule's name.
    pub(crate) fn name(self, table: &Table, index: Option<&Index>, since_ms: u64) -> String {
        let index = index.map(|index| format!("-{}", index.name)).unwrap_or_default();
        let code = self.code();
        format!("DynamoDBContributorInsights-{code}-{}{index}-{since_ms}", table.name)
    }
}
