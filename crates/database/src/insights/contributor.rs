//! A key as it is counted: the part of its key in the store that follows the hash.
//!
//! Of a partition key that is its length and its bytes; of an item the sort key's bytes follow, as they stand in the
//! table or the index.

use types::number::Number;
use types::{AttributeValue, Item};

use crate::capacity::admission::Touched;
use crate::catalog::Table;
use crate::catalog::table::{Index, KeyAttribute, KeyType};
use crate::keys;

/// What is counted of a request: its partition key, and its item's key where it is at one item.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Contributor<'a> {
    pub(crate) partition: &'a [u8],
    pub(crate) item: Option<&'a [u8]>,
}

impl<'a> Contributor<'a> {
    /// Of what a request is at; `None` where that is no key.
    pub(crate) fn new(index: Option<&Index>, touched: Touched<'a>) -> Option<Self> {
        let (key, is_item) = match touched {
            Touched::Item(key) => (keys::behind_hash(key)?, true),
            Touched::Partition(key) => (keys::behind_hash(key)?, false),
            Touched::All => return None,
        };
        let partition = keys::sized_prefix(key)?;
        let item = if is_item { Some(item(index, key, partition.len())?) } else { None };
        Some(Self { partition, item })
    }
}

/// The part of a key that is counted of an item: in an index without the table's key at its end.
fn item<'a>(index: Option<&Index>, key: &'a [u8], partition_length: usize) -> Option<&'a [u8]> {
    let Some(index) = index else { return Some(key) };
    let sort = key.get(partition_length..)?;
    key.get(..partition_length + keys::terminated_length(sort, index.sort_key.len())?)
}

/// The attributes that a counted key stands for; `None` where it is no such key.
pub(crate) fn attributes(table: &Table, index: Option<&Index>, counted: &[u8]) -> Option<Item> {
    let mut item = Item::default();
    let mut put = |attribute: &KeyAttribute, bytes: &[u8]| {
        item.0.insert(attribute.name.clone(), value(attribute.kind, bytes)?);
        Some(())
    };
    let (partition, sort) = keys::split_sized(counted)?;
    let Some(index) = index else {
        put(&table.partition_key, partition)?;
        if let Some(attribute) = table.sort_key.as_ref().filter(|_| !sort.is_empty()) {
            put(attribute, sort)?;
        }
        return Some(item);
    };
    let mut rest = partition;
    for attribute in &index.partition_key {
        let (bytes, behind) = keys::split_sized(rest)?;
        put(attribute, bytes)?;
        rest = behind;
    }
    let mut rest = sort;
    for attribute in index.sort_key.iter().filter(|_| !sort.is_empty()) {
        let length = keys::terminated_length(rest, 1)?;
        let (bytes, behind) = rest.split_at_checked(length)?;
        put(attribute, &keys::unescaped(bytes)?)?;
        rest = behind;
    }
    Some(item)
}

fn value(kind: KeyType, bytes: &[u8]) -> Option<AttributeValue> {
    Some(match kind {
        KeyType::S => AttributeValue::S(String::from_utf8(bytes.to_vec()).ok()?),
        KeyType::B => AttributeValue::B(bytes.to_vec()),
        KeyType::N => AttributeValue::N(Number::decode(bytes)?),
    })
}
