//! The one way an item changes: a pure function from the item as it was to the item as it will
//! be; everything else follows from the pair.

use std::sync::Arc;

use expression::{Condition, Origin, Update};
use storage::Commit;
use types::Item;
use types::limit::{ITEM_BYTES_MAX, NESTING_MAX};

use crate::capacity::{self, Consumed};
use crate::catalog::Table;
use crate::catalog::table::Reach;
use crate::error::{Damaged, Error, Invalid, Result};
use crate::expiry;
use crate::history::{self, Cause};
use crate::index::{self, Entry, Unfilled};
use crate::key::ItemKey;
use crate::keys::{self, Id};
use crate::replication::version::{self, Versions};
use crate::stored::Stored;

/// A change that is asked of one item.
#[derive(Debug, Clone)]
pub(crate) struct Write {
    pub(crate) table: Arc<Table>,
    pub(crate) key: ItemKey,
    pub(crate) change: Change,
    /// Must hold of the item as it is.
    pub(crate) condition: Option<Arc<Condition>>,
    /// Whether a failed condition shows the item.
    pub(crate) shows_item: bool,
}

/// What is to become of an item.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    /// It is this one, whatever it was.
    Put(Stored),
    /// It is gone.
    Delete,
    /// It is changed by an expression; where there is none, it begins with its key.
    Update { update: Option<Arc<Update>>, key: Item },
    /// It stays, and only the condition counts.
    Check,
}

/// An item before and after a change.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Changed {
    pub(crate) old: Option<Stored>,
    pub(crate) new: Option<Stored>,
}

/// What else is known of a change when it is made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Because<'a> {
    pub(crate) cause: Cause,
    pub(crate) unfilled: &'a Unfilled,
    pub(crate) versions: Versions<'a>,
}

/// What follows from a change.
pub(crate) struct Effect {
    /// Without the table's row and the item's key, which must not have changed either.
    pub(crate) commit: Commit,
    pub(crate) consumed: Consumed,
    /// By how many bytes the item's collection grows; zero for a table without collections.
    pub(crate) growth: i64,
}

/// The item after a change, or why it may not be made.
pub(crate) fn apply(table: &Table, write: &Write, old: Option<&Stored>) -> Result<Option<Stored>> {
    if let Some(condition) = &write.condition {
        let holds = match old {
            Some(item) => condition.holds(item),
            None => condition.holds(&Item::default()),
        };
        if !holds {
            let shown = old.filter(|_| write.shows_item).map(Stored::item).transpose()?;
            let bytes = old.map_or(0, Stored::size);
            return Err(Error::ConditionalCheckFailed { item: shown.map(Box::new), bytes });
        }
    }
    match &write.change {
        Change::Put(item) => Ok(Some(item.clone())),
        Change::Delete => Ok(None),
        Change::Check => Ok(old.cloned()),
        Change::Update { update: Some(update), key } => updated(table, update, old, key),
        Change::Update { update: None, key } => {
            let Some(item) = old else {
                index::check(table, key)?;
                return Ok(Some(Stored::encode(key)));
            };
            Ok(Some(item.clone()))
        }
    }
}

fn updated(
    table: &Table,
    update: &Update,
    old: Option<&Stored>,
    key: &Item,
) -> Result<Option<Stored>> {
    let old = old.map(Stored::item).transpose()?;
    let Some(item) = update.apply(old.as_ref(), key)? else { return Ok(None) };
    if item.size() > ITEM_BYTES_MAX {
        return Err(Invalid::UpdateTooLarge.into());
    }
    if item.depth() > NESTING_MAX {
        return Err(Invalid::TooDeep.into());
    }
    index::check(table, &item).map_err(|fault| {
        // An expression that empties an index key is told in its own words.
        match (update.origin, fault) {
            (Origin::Expression, Invalid::EmptyIndexKey { kind, .. }) => {
                Invalid::UpdateEmptiesIndexKey { kind }
            }
            (Origin::Expression | Origin::AttributeUpdates, fault) => fault,
        }
    })?;
    Ok(Some(Stored::encode(&item)))
}

/// Everything that follows from a change of an item: the item itself, its index entries, when it
/// expires, its version, the counts, the record in the history, and what it consumes. A change that changes nothing
/// writes nothing; in a table with replicas, that the item was written is told all the same.
pub(crate) fn effect(
    table: &Table,
    key: &ItemKey,
    changed: &Changed,
    Because { cause, unfilled, versions }: Because<'_>,
) -> Result<Effect, Damaged> {
    let Changed { old, new } = changed;
    let size = |item: &Option<Stored>| item.as_ref().map_or(0, Stored::size);
    let mut consumed = Consumed::of_table(capacity::write_units(size(old), size(new)));
    let mut commit = Commit::default();
    version::follow(table, key, versions, new.is_some(), &mut commit);
    if old == new {
        history::follow(table, key, changed, (cause, versions.after), &mut commit);
        return Ok(Effect { commit, consumed, growth: 0 });
    }
    commit.reads.extend(unfilled.read.clone());
    commit.writes.push((key.stored.clone(), new.as_ref().map(|item| item.bytes().clone())));
    count(&mut commit, table.id, (old.as_ref(), new.as_ref()));
    let mut local_bytes = grown(size(old), size(new));
    for change in index::changes(table, key, (old.as_ref(), new.as_ref()), unfilled)? {
        consumed.add_entry(&change);
        let stored = |entry: &Option<Entry>| entry.as_ref().map(|entry| entry.stored.clone());
        let (before, after) = (stored(&change.before), stored(&change.after));
        count(&mut commit, change.index.id, (before.as_ref(), after.as_ref()));
        if change.index.reach == Reach::Local {
            local_bytes += grown(size(&before), size(&after));
        }
        write_entry(&mut commit, change.before, change.after);
    }
    let growth = if table.has_local_index() { local_bytes } else { 0 };
    if growth != 0 {
        commit.adds.push((keys::collection_bytes(table.id, &key.partition), growth));
    }
    expiry::follow(table, key, (old.as_ref(), new.as_ref()), &mut commit)?;
    history::follow(table, key, changed, (cause, versions.after), &mut commit);
    Ok(Effect { commit, consumed, growth })
}

fn write_entry(commit: &mut Commit, before: Option<Entry>, after: Option<Entry>) {
    if let Some(before) = before
        && after.as_ref().is_none_or(|after| after.key != before.key)
    {
        commit.writes.push((before.key, None));
    }
    if let Some(after) = after {
        commit.writes.push((after.key, Some(after.stored.bytes().clone())));
    }
}

/// Keeps the counts of a table or index in step.
pub(crate) fn count(commit: &mut Commit, id: Id, (old, new): (Option<&Stored>, Option<&Stored>)) {
    let items = i64::from(new.is_some()) - i64::from(old.is_some());
    if items != 0 {
        commit.adds.push((keys::item_count(id), items));
    }
    let bytes = grown(old.map_or(0, Stored::size), new.map_or(0, Stored::size));
    if bytes != 0 {
        commit.adds.push((keys::byte_count(id), bytes));
    }
}

fn grown(before: usize, after: usize) -> i64 {
    let signed = |size| i64::try_from(size).expect("an item is at most 400 KiB");
    signed(after) - signed(before)
}
