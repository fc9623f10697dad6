//! Secondary indexes: what a change of an item changes in them.
//!
//! An entry is a pure function of the item, so the entries of an item before and after a change
//! say all there is to write and to charge.

use bytes::Bytes;
use storage::View;
use types::limit::{PARTITION_KEY_BYTES_MAX, SORT_KEY_BYTES_MAX};
use types::{AttributeValue, Item};

use crate::catalog::Table;
use crate::catalog::table::{Index, KeyAttribute};
use crate::error::{Damaged, Invalid, Result, type_name};
use crate::key::{ItemKey, empty_kind};
use crate::keys::{self, Id};
use crate::stored::Stored;

/// What an index holds of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: Bytes,
    pub(crate) stored: Stored,
}

/// The entry of an item; `None` where the item lacks one of the index's key attributes, or has one that
/// cannot be a key: an item that is older than the index may.
pub(crate) fn entry(
    table: &Table,
    index: &Index,
    key: &ItemKey,
    item: &Stored,
) -> Result<Option<Entry>, Damaged> {
    let parts = |attributes: &[KeyAttribute], bytes_max| -> Result<Option<Vec<_>>, Damaged> {
        attributes.iter().map(|attribute| key_part(attribute, item, bytes_max)).collect()
    };
    let partition = parts(&index.partition_key, PARTITION_KEY_BYTES_MAX)?;
    let (Some(partition), Some(sort)) = (partition, parts(&index.sort_key, SORT_KEY_BYTES_MAX)?)
    else {
        return Ok(None);
    };
    let stored = item.only(|name| index.projects(table, name))?;
    let key = keys::entry(index.id, &partition, &sort, (&key.partition, &key.sort));
    Ok(Some(Entry { key, stored }))
}

fn key_part(
    attribute: &KeyAttribute,
    item: &Stored,
    bytes_max: usize,
) -> Result<Option<Vec<u8>>, Damaged> {
    let value = item.get(&attribute.name)?;
    let bytes = value.filter(|value| attribute.kind.fits(value)).as_ref().and_then(keys::key_bytes);
    Ok(bytes.filter(|bytes| (1..=bytes_max).contains(&bytes.len())))
}

/// The entry that an item implies and an index lacks, since it is still being filled.
#[derive(Debug, Default)]
pub(crate) struct Unfilled {
    index: Option<Id>,
    /// The entry's key, which must not have changed when the item is written.
    pub(crate) read: Option<Bytes>,
}

/// Looks whether the index of a table that is being filled has the entry of an item as it is. Only so can
/// a write of the item keep the index's counts.
pub(crate) async fn unfilled(
    view: &View,
    table: &Table,
    key: &ItemKey,
    item: Option<&Stored>,
) -> Result<Unfilled> {
    let (Some(index), Some(item)) = (table.backfilling(), item) else {
        return Ok(Unfilled::default());
    };
    let Some(entry) = entry(table, index, key, item)? else { return Ok(Unfilled::default()) };
    let is_missing = view.get(&entry.key).await?.is_none();
    Ok(Unfilled { index: is_missing.then_some(index.id), read: Some(entry.key) })
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
    (old, new): (Option<&Stored>, Option<&Stored>),
    unfilled: &Unfilled,
) -> Result<Vec<EntryChange<'a>>, Damaged> {
    let mut changes = Vec::new();
    for index in &table.indexes {
        let entry =
            |item: Option<&Stored>| item.map_or(Ok(None), |item| entry(table, index, key, item));
        let old = old.filter(|_| unfilled.index != Some(index.id));
        let (before, after) = (entry(old)?, entry(new)?);
        if before != after {
            changes.push(EntryChange { index, before, after });
        }
    }
    Ok(changes)
}
