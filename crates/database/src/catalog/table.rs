//! What a table is: its keys, its indexes and its settings, as one row of metadata.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use types::name::{Name, TableArn};
use types::{AttributeValue, ValueType};

use crate::Scope;
use crate::catalog::auto_scaling::AutoScaling;
use crate::catalog::bounds::Bounds;
use crate::catalog::cut::Cut;
use crate::catalog::definition::BillingMode;
use crate::catalog::encryption::Encryption;
use crate::catalog::number::Numbers;
use crate::catalog::restore::Origin;
use crate::catalog::stream::Stream;
use crate::error::Damaged;
use crate::history::Images;
use crate::insights::Settings;
use crate::keys::Id;
use crate::meters::TableMeters;
use crate::quotas::Recent;
use crate::replication::Replication;

/// A table's definition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Table {
    /// Its number, in every key of its items.
    pub(crate) id: Id,
    /// Its number for clients: a UUID.
    pub(crate) uuid: String,
    #[serde(deserialize_with = "part_of_scope")]
    pub(crate) account: String,
    #[serde(deserialize_with = "part_of_scope")]
    pub(crate) region: String,
    #[serde(deserialize_with = "sound_name")]
    pub(crate) name: String,
    /// Milliseconds since 1970.
    pub(crate) created_ms: u64,
    pub(crate) partition_key: KeyAttribute,
    pub(crate) sort_key: Option<KeyAttribute>,
    /// The attributes that keys use, in the order in which they were defined.
    pub(crate) definitions: Vec<KeyAttribute>,
    pub(crate) indexes: Vec<Index>,
    pub(crate) billing: Billing,
    pub(crate) throughput: Throughput,
    pub(crate) class: Option<TableClass>,
    /// When the class was last changed, in milliseconds since 1970.
    pub(crate) class_changed_ms: Option<u64>,
    pub(crate) is_deletion_protected: bool,
    // What follows came later: rows that were written before have none of it.
    #[serde(default)]
    pub(crate) bounds: Bounds,
    #[serde(default)]
    pub(crate) encryption: Option<Encryption>,
    /// Changes that quotas count.
    #[serde(default)]
    pub(crate) recent: Recent,
    /// Whether, and by which attribute, items expire.
    #[serde(default)]
    pub(crate) expiry: Option<Expiry>,
    /// When expiry was last switched on or off, in milliseconds since 1970.
    #[serde(default)]
    pub(crate) expiry_changed_ms: Option<u64>,
    /// The stream, or the last one that there was.
    #[serde(default)]
    pub(crate) stream: Option<Stream>,
    /// Whether the table can be restored to a point in time.
    #[serde(default)]
    pub(crate) recovery: Option<Recovery>,
    /// Who needs the table as of some place in commit order.
    #[serde(default)]
    pub(crate) cuts: Vec<Cut>,
    /// Where the table comes from while it is being restored: nobody may use it yet.
    #[serde(default)]
    pub(crate) origin: Option<Origin>,
    /// By which rules its throughput follows what is consumed.
    #[serde(default)]
    pub(crate) auto_scaling: AutoScaling,
    /// Whether, and how, its keys and those of its global indexes are counted.
    #[serde(default)]
    pub(crate) insights: Settings,
    /// Its replicas in other Regions, if it has any.
    #[serde(default)]
    pub(crate) replication: Option<Replication>,
    /// What counts its use: attached when the row is read.
    #[serde(skip)]
    pub(crate) meters: TableMeters,
}

/// The most bytes of an account or a Region: more than any has, and what a key can hold.
const SCOPE_PART_BYTES_MAX: usize = 255;

fn part_of_scope<'de, D: Deserializer<'de>>(source: D) -> Result<String, D::Error> {
    let part = String::deserialize(source)?;
    let is_sound = part.len() <= SCOPE_PART_BYTES_MAX;
    if is_sound { Ok(part) } else { Err(D::Error::custom("no account or Region is so long")) }
}

fn sound_name<'de, D: Deserializer<'de>>(source: D) -> Result<String, D::Error> {
    let name = String::deserialize(source)?;
    match Name::new(&name) {
        Some(_) => Ok(name),
        None => Err(D::Error::custom("no table has such a name")),
    }
}

/// Recovery to a point in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Recovery {
    /// Since when, in milliseconds since 1970.
    pub(crate) since_ms: u64,
    /// How many days back it reaches at most: 1 to 35.
    pub(crate) days: u64,
    /// The number under which the commit that switched it on left a mark.
    pub(crate) id: Id,
}

impl Recovery {
    /// The earliest time that the table can be restored to, in milliseconds since 1970.
    pub(crate) fn earliest_ms(&self, now_ms: u64) -> u64 {
        self.since_ms.max(now_ms.saturating_sub(self.days * DAY_MS))
    }
}

/// Milliseconds of a day.
pub(crate) const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// How the items of a table expire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Expiry {
    /// Its number, in every key of its entries.
    pub(crate) id: Id,
    /// The attribute that has the time, in seconds since 1970.
    pub(crate) attribute: String,
    /// Whether items that are older than it may still lack their entries.
    pub(crate) is_backfilling: bool,
}

/// An attribute that is part of a key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct KeyAttribute {
    pub(crate) name: String,
    pub(crate) kind: KeyType,
}

/// The type of a key attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum KeyType {
    B,
    N,
    S,
}

types::choices! { KeyType { "B" => B, "N" => N, "S" => S } }

impl KeyType {
    /// Whether a value has this type.
    pub(crate) fn fits(self, value: &AttributeValue) -> bool {
        let kind = match self {
            Self::B => ValueType::B,
            Self::N => ValueType::N,
            Self::S => ValueType::S,
        };
        value.value_type() == kind
    }
}

/// An index of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Index {
    /// Its number, in every key of its entries.
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) reach: Reach,
    /// One attribute; up to four in a global index.
    pub(crate) partition_key: Vec<KeyAttribute>,
    /// One attribute in a local index; none to four in a global one.
    pub(crate) sort_key: Vec<KeyAttribute>,
    pub(crate) projection: Projection,
    /// Of a global index of a provisioned table.
    pub(crate) throughput: Throughput,
    /// Whether items that are older than the index may still lack their entries, so that nobody
    /// may read it yet.
    #[serde(default)]
    pub(crate) is_backfilling: bool,
    /// Of a global index.
    #[serde(default)]
    pub(crate) bounds: Bounds,
}

/// Which items share a partition of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Reach {
    /// Those of one partition key of the table.
    Local,
    /// Those with the same index key, wherever they are.
    Global,
}

/// What an index holds of each item, besides the keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Projection {
    All,
    KeysOnly,
    Include(Vec<String>),
}

/// How a table is paid for on Amazon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Billing {
    Provisioned {
        /// When the table was last on demand, in milliseconds since 1970.
        last_on_demand_ms: Option<u64>,
    },
    OnDemand {
        /// Since when, in milliseconds since 1970.
        since_ms: u64,
    },
}

impl Billing {
    pub(crate) fn mode(&self) -> BillingMode {
        match self {
            Self::Provisioned { .. } => BillingMode::Provisioned,
            Self::OnDemand { .. } => BillingMode::OnDemand,
        }
    }
}

/// Provisioned units per second; zero on demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Throughput {
    pub(crate) read: i64,
    pub(crate) write: i64,
    pub(crate) increased_ms: Option<u64>,
    pub(crate) decreased_ms: Option<u64>,
    pub(crate) decreases_today: i64,
}

impl Throughput {
    /// The same units, of what has never been changed.
    pub(crate) fn fresh(self) -> Self {
        Self { read: self.read, write: self.write, ..Self::default() }
    }
}

/// The storage class: kept and described, without effect on one machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum TableClass {
    Standard,
    InfrequentAccess,
}

types::choices! { TableClass { "STANDARD" => Standard, "STANDARD_INFREQUENT_ACCESS" => InfrequentAccess } }

impl Table {
    pub(crate) fn scope(&self) -> Scope {
        Scope { account: self.account.clone(), region: self.region.clone() }
    }

    pub(crate) fn arn(&self) -> TableArn {
        TableArn {
            region: self.region.clone(),
            account: self.account.clone(),
            name: Name::new(&self.name).expect("a table has a sound name"),
        }
    }

    /// The key attributes: one or two.
    pub(crate) fn key(&self) -> impl Iterator<Item = &KeyAttribute> {
        std::iter::once(&self.partition_key).chain(&self.sort_key)
    }

    /// The index that is being filled: there is one at a time.
    pub(crate) fn backfilling(&self) -> Option<&Index> {
        self.indexes.iter().find(|index| index.is_backfilling)
    }

    /// The table's number and those of its indexes.
    pub(crate) fn ids(&self) -> impl Iterator<Item = Id> {
        std::iter::once(self.id).chain(self.indexes.iter().map(|index| index.id))
    }

    pub(crate) fn index(&self, name: &str) -> Option<&Index> {
        self.indexes.iter().find(|index| index.name == name)
    }

    /// Gives a table that is to be made, and its indexes, their numbers.
    pub(crate) fn number(&mut self, numbers: &mut Numbers) -> Result<(), Damaged> {
        self.id = numbers.take()?;
        for index in &mut self.indexes {
            index.id = numbers.take()?;
        }
        Ok(())
    }

    /// What the table is ready for, read and write units per second.
    pub(crate) fn warm(&self) -> (i64, i64) {
        self.bounds.warm(self.billing.mode(), &self.throughput)
    }

    /// Keeps what the table and its global indexes were ready for before a change.
    pub(crate) fn keep_warm(&mut self, before: &Self) {
        self.bounds.keep_warm(before.warm());
        for index in self.indexes.iter_mut().filter(|index| index.is_global()) {
            if let Some(before_index) = before.indexes.iter().find(|other| other.id == index.id) {
                index.bounds.keep_warm(before_index.warm(before.billing.mode()));
            }
        }
    }

    /// Whether the table is being restored, or filled as a new replica: nobody may use it yet.
    pub(crate) fn is_being_made(&self) -> bool {
        self.origin.is_some()
            || self.replication.as_ref().is_some_and(|one| one.is_being_filled(&self.region))
    }

    /// Which images the history of the table keeps; `None` while nobody needs a history.
    pub(crate) fn images(&self) -> Option<Images> {
        let streamed = self.stream.as_ref().filter(|stream| stream.is_enabled);
        let streamed = streamed.map(|stream| stream.view.images());
        let undone = self.recovery.is_some() || !self.cuts.is_empty();
        let undone = undone.then_some(Images { old: true, new: false });
        let sent = self.replication.is_some().then_some(Images { old: false, new: true });
        streamed.into_iter().chain(undone).chain(sent).reduce(Images::and)
    }

    /// Since when the history is needed to restore the table, in milliseconds since 1970.
    pub(crate) fn recovered_ms(&self, now_ms: u64) -> Option<u64> {
        self.recovery.as_ref().map(|recovery| recovery.earliest_ms(now_ms))
    }

    /// Whether items of one partition key form a collection with a size of its own.
    pub(crate) fn has_local_index(&self) -> bool {
        self.indexes.iter().any(|index| index.reach == Reach::Local)
    }
}

impl Index {
    /// What a global index is ready for, read and write units per second.
    pub(crate) fn warm(&self, billing: BillingMode) -> (i64, i64) {
        self.bounds.warm(billing, &self.throughput)
    }

    pub(crate) fn is_global(&self) -> bool {
        self.reach == Reach::Global
    }

    /// The index's own key attributes.
    pub(crate) fn key(&self) -> impl Iterator<Item = &KeyAttribute> {
        self.partition_key.iter().chain(&self.sort_key)
    }

    /// Whether the index holds an attribute of an item of `table`.
    pub(crate) fn projects(&self, table: &Table, name: &str) -> bool {
        let is_key = || self.key().chain(table.key()).any(|attribute| attribute.name == name);
        match &self.projection {
            Projection::All => true,
            Projection::KeysOnly => is_key(),
            Projection::Include(names) => names.iter().any(|other| other == name) || is_key(),
        }
    }
}
