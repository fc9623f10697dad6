//! Secondary indexes: what a change of an item changes in them.
//!
//! An entry is a pure function of the item, so the entries of an item before and after a change
//! say all there is to write and to charge.

use bytes::Bytes;
use types::limit::{PARTITION_KEY_BYTES_MAX, SORT_KEY_BYTES_MAX};
use types::{AttributeValue, Item};

use crate::catalog::Table;
use crate::catalog::table::{Index, KeyAttribute};
use crate::error::{Damaged, Invalid, Result, type_name};
use crate::key::{ItemKey, empty_kind};
use crate::keys;
use crate::stored::Stored;

/// What an index holds of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: Bytes,
    pub(crate) stored: Stored,
}

/// The entry of an item; `None` where the item lacks one of the index's key attributes.
pub(crate) fn entry(
    table: &Table,
    index: &Index,
    key: &ItemKey,
    item: &Stored,
) -> Result<Option<Entry>, Damaged> {
    let parts = |attributes: &[KeyAttribute]| -> Result<Option<Vec<Vec<u8>>>, Damaged> {
        attributes.iter().map(|attribute| key_part(attribute, item)).collect()
    };
    let (Some(partition), Some(sort)) = (parts(&index.partition_key)?, parts(&index.sort_key)?)
    else {
        return Ok(None);
    };
    let stored = item.only(|name| index.projects(table, name))?;
    let key = keys::entry(index.id, &partition, &sort, (&key.partition, &key.sort));
    Ok(Some(Entry { key, stored }))
}

fn key_part(attribute: &KeyAttribute, item: &Stored) -> Result<Option<Vec<u8>>, Damaged> {
    let value = item.get(&attribute.name)?;
    Ok(value.filter(|value| attribute.kind.fits(value)).as_ref().and_then(keys::key_bytes))
}

/// Checks the index keys of an item that is to be written: one that is there must fit, since
/// an index that silently left the item out would lie.
pub(crate) fn check(table: &Table, item: &Item) -> Result<(), Invalid> {
    let attributes = |index| Index::key(index).map(move |attribute| (index, attribute));
    let faults = table.indexes.iter().flat_map(attributes).filter_map(|(index, attribute)| {
        let fault = check_key(index, attribute, item.get(&attribute.name)?).err()?;
        Some((&index.name, fault))
    });
    // Of several indexes on one attribute the service names the first in the alphabet.
    faults.min_by_key(|(name, _)| *name).map_or(Ok(()), |(_, fault)| Err(fault))
}

fn check_key(
    index: &Index,
    attribute: &KeyAttribute,
    value: &AttributeValue,
) -> Result<(), Invalid> {
    let name = || attribute.name.clone();
    if !attribute.kind.fits(value) {
        return Err(Invalid::IndexKeyType {
            name: name(),
            expected: attribute.kind.name(),
            actual: type_name(value),
            index: index.name.clone(),
        });
    }
    let length = keys::key_bytes(value).unwrap_or_default().len();
    if length == 0 {
        let (kind, index) = (empty_kind(value), index.name.clone());
        return Err(Invalid::EmptyIndexKey { kind, name: name(), index });
    }
    if index.partition_key.contains(attribute) {
        if length > PARTITION_KEY_BYTES_MAX { Err(Invalid::PartitionKeyTooLong) } else { Ok(()) }
    } else if length > SORT_KEY_BYTES_MAX {
        Err(Invalid::SortKeyTooLong)
    } else {
        Ok(())
    }
}

/// What an item's entry in an index was and will be.
pub(crate) struct EntryChange<'a> {
    pub(crate) index: &'a Index,
    pub(crate) before: Option<Entry>,
    pub(crate) after: Option<Entry>,
}

/// The entries that a change of an item changes: none for an index that sees no difference.
pub(crate) fn changes<'a>(
    table: &'a Table,
    key: &ItemKey,
    old: Option<&Stored>,
    new: Option<&Stored>,
) -> Result<Vec<EntryChange<'a>>, Damaged> {
    let mut changes = Vec::new();
    for index in &table.indexes {
        let entry =
            |item: Option<&Stored>| item.map_or(Ok(None), |item| entry(table, index, key, item));
        let (before, after) = (entry(old)?, entry(new)?);
        if before != after {
            changes.push(EntryChange { index, before, after });
        }
    }
    Ok(changes)
}
