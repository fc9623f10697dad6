//! Global indexes that are made and deleted while their table is in use: one at a time.

use types::limit::GLOBAL_INDEXES_MAX;

use crate::catalog::Table;
use crate::catalog::change::Writes;
use crate::catalog::definition::{Definitions, IndexDefinition, check_projected};
use crate::catalog::table::{Index, KeyAttribute};
use crate::error::{Definition, Error, Invalid, Limit, Result};
use crate::jobs::clear::Dropped;
use crate::jobs::{Job, backfill};
use crate::keys::{self, Id};

/// Adds an index that is still to be filled, with the definitions that it brings along. Of an attribute that is
/// a key already the table's own definition counts; definitions that no key uses are dropped.
///
/// # Errors
/// Where there is an index of the name, another is being made, or the definition is faulty.
pub(crate) fn create(
    table: &mut Table,
    definition: &IndexDefinition,
    attributes: &[KeyAttribute],
    id: Id,
) -> Result<()> {
    let name = definition.name();
    if table.index(name).is_some() {
        return Err(Invalid::IndexExists.into());
    }
    check_idle(table)?;
    if attributes.is_empty() {
        return Err(Definition::NoDefinitions(name.to_owned()).into());
    }
    let attributes: Vec<_> = attributes.iter().map(|new| known(table, new).clone()).collect();
    let mut index =
        definition.resolve_global(&Definitions::new(&attributes)?, table.billing.mode())?;
    (index.id, index.is_backfilling) = (id, true);
    if table.indexes.iter().filter(|index| index.is_global()).count() >= GLOBAL_INDEXES_MAX {
        return Err(Error::LimitExceeded(Limit::GlobalIndexes));
    }
    for attribute in index.key() {
        if !table.definitions.iter().any(|known| known.name == attribute.name) {
            table.definitions.push(attribute.clone());
        }
    }
    table.indexes.push(index);
    Ok(check_projected(&table.indexes)?)
}

/// Whether an index of another replica of the table can be made now: two Regions may have made indexes at the same time
/// that do not go together.
pub(crate) fn has_room(table: &Table, index: &Index) -> bool {
    let is_other =
        |one: &KeyAttribute, other: &KeyAttribute| one.name == other.name && one != other;
    let conflicts = |attribute| table.definitions.iter().any(|known| is_other(known, attribute));
    table.backfilling().is_none()
        && table.indexes.iter().filter(|index| index.is_global()).count() < GLOBAL_INDEXES_MAX
        && !index.key().any(conflicts)
}

/// Adds an index as another replica of the table has it, that is still to be filled. What is to be written besides the
/// table's row, and what follows.
pub(crate) fn adopt(table: &mut Table, index: Index, id: Id) -> (Writes, Job) {
    for attribute in index.key() {
        if !table.definitions.iter().any(|known| known.name == attribute.name) {
            table.definitions.push(attribute.clone());
        }
    }
    table.indexes.push(Index { id, is_backfilling: true, ..index });
    (vec![backfill::row(table, id)], Job::Fill(id))
}

/// What is to be written where an index with a number is gone, besides the table's row, and what follows.
pub(crate) fn deleted(id: Id) -> (Writes, Job) {
    let counters = [keys::item_count(id), keys::byte_count(id), keys::backfill(id)];
    let mut writes: Writes = counters.map(|key| (key, None)).into();
    let dropped = Dropped::new(id, Vec::new());
    writes.push(dropped.row());
    (writes, Job::Clear(dropped))
}

/// Takes an index away, with the definitions that only it used.
///
/// # Errors
/// Where there is no such global index, or another is being made.
pub(crate) fn delete(table: &mut Table, name: &str) -> Result<Index> {
    let place = table.indexes.iter().position(|index| index.name == name);
    let index = place.and_then(|place| table.indexes.get(place).map(|index| (place, index)));
    let (place, index) = index.ok_or(Error::ResourceNotFound)?;
    if !index.is_global() {
        return Err(Invalid::DeletesLocalIndex(name.to_owned()).into());
    }
    // One that is being filled may go: there is no other then.
    if !index.is_backfilling {
        check_idle(table)?;
    }
    let index = table.indexes.remove(place);
    let used: Vec<_> =
        table.key().chain(table.indexes.iter().flat_map(Index::key)).cloned().collect();
    table.definitions.retain(|definition| used.contains(definition));
    Ok(index)
}

fn check_idle(table: &Table) -> Result<()> {
    match table.backfilling() {
        Some(_) => Err(Error::LimitExceeded(Limit::OnlineIndexes)),
        None => Ok(()),
    }
}

/// The table's own definition of an attribute, or else the new one.
fn known<'a>(table: &'a Table, new: &'a KeyAttribute) -> &'a KeyAttribute {
    table.definitions.iter().find(|known| known.name == new.name).unwrap_or(new)
}
