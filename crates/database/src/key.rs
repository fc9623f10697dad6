//! An item's key: found in an item or given alone, checked against the table, and as it is stored.

use bytes::Bytes;
use types::limit::{PARTITION_KEY_BYTES_MAX, SORT_KEY_BYTES_MAX};
use types::{AttributeValue, Item};

use crate::catalog::Table;
use crate::catalog::table::KeyAttribute;
use crate::error::{Damaged, Invalid, type_name};
use crate::keys;

/// The key of one item of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ItemKey {
    /// The partition key's value, as it sorts.
    pub(crate) partition: Vec<u8>,
    /// The sort key's value, as it sorts; empty where the table has none.
    pub(crate) sort: Vec<u8>,
    /// The key in the store.
    pub(crate) stored: Bytes,
}

impl ItemKey {
    /// The key of an item that is to be written.
    pub(crate) fn of_item(table: &Table, item: &Item) -> Result<Self, Invalid> {
        Self::of(table, |attribute| {
            let Some(value) = item.get(&attribute.name) else {
                return Err(Invalid::MissingKey(attribute.name.clone()));
            };
            if !attribute.kind.fits(value) {
                return Err(Invalid::KeyType {
                    name: attribute.name.clone(),
                    expected: attribute.kind.name(),
                    actual: type_name(value),
                });
            }
            Ok(value)
        })
    }

    /// The key that a request gives: exactly the key attributes.
    pub(crate) fn of_key(table: &Table, key: &Item) -> Result<Self, Invalid> {
        if key.0.len() != table.key().count() {
            return Err(Invalid::KeySchema);
        }
        Self::of(table, |attribute| {
            let value = key.get(&attribute.name).ok_or(Invalid::KeySchema)?;
            if attribute.kind.fits(value) { Ok(value) } else { Err(Invalid::KeySchema) }
        })
    }

    /// The key of an item that is stored.
    pub(crate) fn of_stored(key: &Bytes) -> Result<Self, Damaged> {
        let (partition, sort) = keys::item_parts(key).ok_or(Damaged("item's key"))?;
        Ok(Self { partition: partition.to_vec(), sort: sort.to_vec(), stored: key.clone() })
    }

    fn of<'a>(
        table: &Table,
        value: impl Fn(&KeyAttribute) -> Result<&'a AttributeValue, Invalid>,
    ) -> Result<Self, Invalid> {
        let partition = checked(&table.partition_key, value(&table.partition_key)?)?;
        if partition.len() > PARTITION_KEY_BYTES_MAX {
            return Err(Invalid::PartitionKeyTooLong);
        }
        let sort = match &table.sort_key {
            Some(attribute) => checked(attribute, value(attribute)?)?,
            None => Vec::new(),
        };
        if sort.len() > SORT_KEY_BYTES_MAX {
            return Err(Invalid::SortKeyTooLong);
        }
        let stored = keys::item(table.id, &partition, &sort);
        Ok(Self { partition, sort, stored })
    }
}

/// A key attribute's value as it sorts, if it is not empty.
fn checked(attribute: &KeyAttribute, value: &AttributeValue) -> Result<Vec<u8>, Invalid> {
    let bytes = keys::key_bytes(value).ok_or(Invalid::KeySchema)?;
    if bytes.is_empty() {
        let name = attribute.name.clone();
        return Err(Invalid::EmptyKey { kind: empty_kind(value), name });
    }
    Ok(bytes)
}

/// What messages call an empty key value.
pub(crate) fn empty_kind(value: &AttributeValue) -> &'static str {
    if matches!(value, AttributeValue::B(_)) { "binary" } else { "string" }
}
