//! The catalogue: which tables there are.
//!
//! A table's definition is a row in the same store as its items. What has been read of it is
//! kept with the epoch at which it was true: a request works with the row of exactly its view's
//! epoch, and where the epoch has moved on only this one row is read again.

pub(crate) mod arn;
pub(crate) mod auto_scaling;
pub(crate) mod backup;
pub(crate) mod bounds;
pub(crate) mod change;
pub(crate) mod cut;
pub(crate) mod definition;
pub(crate) mod describe;
pub(crate) mod described_backup;
pub(crate) mod described_replica;
pub(crate) mod encryption;
pub(crate) mod index_update;
pub(crate) mod number;
pub(crate) mod online_index;
pub(crate) mod recovery;
pub(crate) mod replica_update;
pub(crate) mod restore;
pub(crate) mod stream;
pub(crate) mod table;
pub(crate) mod tag;
pub(crate) mod throughput;
pub(crate) mod time_to_live;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use storage::{Epoch, View};

use crate::error::{Damaged, Result};
use crate::keys::Id;
use crate::meters::Meters;
pub(crate) use table::Table;

/// The most tables whose definitions are kept at hand.
const TABLES_MAX: usize = 100_000;
/// The version of a row, its first byte.
const VERSION: u8 = 1;

/// What has been read of the tables' rows.
pub(crate) struct Catalog {
    tables: RwLock<HashMap<Bytes, Known>>,
    pub(crate) meters: Meters,
}

#[derive(Clone)]
struct Known {
    epoch: Epoch,
    row: Bytes,
    table: Arc<Table>,
}

impl Catalog {
    /// A catalogue in which nothing has been read. What it counts, and whether throughput is enforced, is for `meters`.
    pub(crate) fn new(meters: Meters) -> Self {
        Self { tables: RwLock::default(), meters }
    }

    /// The table whose row has `key`, as `view` has it; `None` where there is none.
    pub(crate) async fn table(&self, view: &View, key: &Bytes) -> Result<Option<Arc<Table>>> {
        let known = self.known(key);
        if let Some(known) = &known
            && known.epoch == view.epoch()
        {
            return Ok(Some(Arc::clone(&known.table)));
        }
        let Some(row) = view.get(key).await? else {
            self.tables.write().unwrap_or_else(PoisonError::into_inner).remove(key);
            return Ok(None);
        };
        let table = match known {
            Some(known) if known.row == row => known.table,
            Some(_) | None => Arc::new(self.meters.attach(decode(&row)?)),
        };
        self.keep(key, Known { epoch: view.epoch(), row, table: Arc::clone(&table) });
        Ok(Some(table))
    }

    fn known(&self, key: &Bytes) -> Option<Known> {
        self.tables.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    fn keep(&self, key: &Bytes, known: Known) {
        let mut tables = self.tables.write().unwrap_or_else(PoisonError::into_inner);
        if tables.len() >= TABLES_MAX {
            tables.clear();
        }
        tables.insert(key.clone(), known);
    }
}

/// A row of metadata as it is stored.
pub(crate) fn encode<T: Serialize>(row: &T) -> Bytes {
    let mut bytes = vec![VERSION];
    serde_json::to_writer(&mut bytes, row).expect("a row has string keys and no failing parts");
    bytes.into()
}

/// Reads a row of metadata.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Damaged> {
    let json = bytes.strip_prefix(&[VERSION]).ok_or(Damaged("row of metadata"))?;
    serde_json::from_slice(json).map_err(|_| Damaged("row of metadata"))
}

/// The table that has a row now, if it is still the one with a number.
pub(crate) fn still(row: Option<Bytes>, id: Id) -> Result<Option<Table>, Damaged> {
    let table = row.map(|row| decode::<Table>(&row)).transpose()?;
    Ok(table.filter(|table| table.id == id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tag::Tags;

    #[test]
    fn bytes_are_a_row_of_metadata_or_damage() {
        fuzz::target("metadata", 20_000, |bytes| {
            let _ = Tags::decode(Some(&Bytes::copy_from_slice(bytes)));
            if let Ok(table) = decode::<Table>(bytes) {
                assert_eq!(decode::<Table>(&encode(&table)).unwrap(), table);
                let _ = (table.arn(), table.row_key(), table.ids().count());
                let _ = table.indexes.iter().filter(|index| index.projects(&table, "a")).count();
            }
        });
    }
}
