//! Reads: at once if the cache has what they need, otherwise on a thread that may wait for the disk. A read of one key
//! also waits where it is, as long as such waits are short.

use std::sync::Arc;

use bytes::Bytes;
use rocksdb::{DB, ErrorKind, ReadOptions, ReadTier, SnapshotWithThreadMode};
use self_cell::self_cell;
use tokio::sync::Semaphore;

use super::in_place::InPlace;
use super::{Database, LAST_KEY, Last, blocking, failure};
use crate::family::Family;
use crate::page::Room;
use crate::{Epoch, Error, Page, RangeQuery, Stamp};

/// What the arena of a page has room for at first.
const ARENA_BYTES: usize = 4 * 1024;

/// A view of one version.
pub(crate) struct EmbeddedView {
    pub(crate) version: Stamp,
    pub(crate) epoch: Epoch,
    pub(super) source: Source,
    pub(super) in_place: Arc<InPlace>,
    pub(super) disk_reads: Arc<Semaphore>,
}

/// What is read from: the present, or a version that is held.
#[derive(Clone)]
pub(super) enum Source {
    Present(Arc<Database>),
    Held(Arc<Held>),
}

type Snapshot<'a> = SnapshotWithThreadMode<'a, DB>;

self_cell!(
    /// A snapshot, and the database that it is of.
    pub(super) struct Held {
        owner: Arc<Database>,
        #[covariant]
        dependent: Snapshot,
    }
);

impl Held {
    /// The last commit that the snapshot shows. It is nearly always in memory, since each commit writes it; none
    /// if it cannot be read.
    pub(super) fn last(&self) -> Option<Last> {
        let stored = self.borrow_dependent().get_pinned(LAST_KEY).ok()?;
        Last::decode(stored.as_deref())
    }
}

/// Where a read may look.
#[derive(Clone, Copy)]
enum Reach {
    Memory,
    Disk,
}

/// Why a read gave nothing.
enum Miss {
    /// It would have to reach further.
    OutOfReach,
    Failed(Error),
}

impl From<rocksdb::Error> for Miss {
    fn from(error: rocksdb::Error) -> Self {
        if error.kind() == ErrorKind::Incomplete {
            Self::OutOfReach
        } else {
            Self::Failed(failure(error))
        }
    }
}

impl From<Miss> for Error {
    fn from(miss: Miss) -> Self {
        match miss {
            // Nothing is out of reach of a thread that may wait for the disk.
            Miss::OutOfReach => Self::Interrupted,
            Miss::Failed(error) => error,
        }
    }
}

impl EmbeddedView {
    pub(crate) async fn get(&self, family: Family, key: &[u8]) -> Result<Option<Bytes>, Error> {
        if let Some(_turn) = self.in_place.turn() {
            return Ok(self.source.get(family, key, Reach::Disk)?);
        }
        match self.source.get(family, key, Reach::Memory) {
            Err(Miss::OutOfReach) => {
                let key = key.to_vec();
                self.wait(move |source| source.get(family, &key, Reach::Disk)).await
            }
            read => Ok(read?),
        }
    }

    pub(crate) async fn get_many(&self, keys: &[Bytes]) -> Result<Vec<Option<Bytes>>, Error> {
        match self.source.get_many(keys, Reach::Memory) {
            Err(Miss::OutOfReach) => {
                let keys = keys.to_vec();
                self.wait(move |source| source.get_many(&keys, Reach::Disk)).await
            }
            read => Ok(read?),
        }
    }

    pub(crate) async fn range(&self, family: Family, query: &RangeQuery) -> Result<Page, Error> {
        match self.source.range(family, query, Reach::Memory) {
            Err(Miss::OutOfReach) => {
                let query = query.clone();
                self.wait(move |source| source.range(family, &query, Reach::Disk)).await
            }
            read => Ok(read?),
        }
    }

    /// Reads on a thread that may wait for the disk, when there are not too many already.
    async fn wait<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Source) -> Result<T, Miss> + Send + 'static,
    ) -> Result<T, Error> {
        let source = self.source.clone();
        let turn = Arc::clone(&self.disk_reads).acquire_owned().await;
        // The turn comes back with what was read, when the thread is free again, also if nobody waits.
        let (read, _turn) = blocking(move || (read(&source), turn)).await?;
        Ok(read?)
    }
}

impl Source {
    fn get(&self, family: Family, key: &[u8], reach: Reach) -> Result<Option<Bytes>, Miss> {
        let database = self.database();
        let options = self.options(reach);
        let value = database.db.get_pinned_cf_opt(database.family(family), key, &options)?;
        Ok(value.map(|value| Bytes::copy_from_slice(&value)))
    }

    /// In memory the keys are read one by one: where the engine's own read of many keys may not reach the
    /// disk, it gives an empty value, and no error, for a key whose versions go on in a block that is not
    /// in the cache.
    fn get_many(&self, keys: &[Bytes], reach: Reach) -> Result<Vec<Option<Bytes>>, Miss> {
        match reach {
            Reach::Memory => keys.iter().map(|key| self.get(family(key)?, key, reach)).collect(),
            Reach::Disk => self.get_batch(keys),
        }
    }

    fn get_batch(&self, keys: &[Bytes]) -> Result<Vec<Option<Bytes>>, Miss> {
        let database = self.database();
        let options = self.options(Reach::Disk);
        let mut values = vec![None; keys.len()];
        for family in Family::ALL {
            let of_family = |key: &Bytes| Family::of(key) == Some(family);
            let found = database.db.batched_multi_get_cf_opt(
                database.family(family),
                keys.iter().filter(|key| of_family(key)).map(Bytes::as_ref),
                false,
                &options,
            );
            let slots = values.iter_mut().zip(keys).filter(|(_, key)| of_family(key));
            for ((slot, _), found) in slots.zip(found) {
                *slot = found?.map(|value| Bytes::copy_from_slice(&value));
            }
        }
        Ok(values)
    }

    fn range(&self, family: Family, query: &RangeQuery, reach: Reach) -> Result<Page, Miss> {
        let database = self.database();
        let mut options = self.options(reach);
        options.set_iterate_range(query.start.as_ref()..query.end.as_ref());
        options.fill_cache(query.fill_cache);
        let mut cursor = database.db.raw_iterator_cf_opt(database.family(family), options);
        if query.reverse {
            cursor.seek_to_last();
        } else {
            cursor.seek_to_first();
        }
        let mut room = Room::new(query);
        let mut arena = Arena::default();
        while let Some((key, value)) = cursor.item() {
            if !room.take(key, value) {
                return Ok(arena.page(false));
            }
            arena.push(key, value);
            if query.reverse {
                cursor.prev();
            } else {
                cursor.next();
            }
        }
        cursor.status()?;
        Ok(arena.page(true))
    }

    fn database(&self) -> &Database {
        match self {
            Self::Present(database) => database,
            Self::Held(held) => held.borrow_owner(),
        }
    }

    fn options(&self, reach: Reach) -> ReadOptions {
        let mut options = ReadOptions::default();
        match reach {
            Reach::Memory => options.set_read_tier(ReadTier::BlockCache),
            Reach::Disk => {}
        }
        match self {
            Self::Present(_) => {}
            Self::Held(held) => options.set_snapshot(held.borrow_dependent()),
        }
        options
    }
}

fn family(key: &[u8]) -> Result<Family, Miss> {
    Family::of(key).ok_or(Miss::Failed(Error::OutsideFamilies))
}

/// The keys and values of a page, one after the other in one piece of memory.
#[derive(Default)]
struct Arena {
    bytes: Vec<u8>,
    /// The lengths of each key and value.
    lengths: Vec<(usize, usize)>,
}

impl Arena {
    fn push(&mut self, key: &[u8], value: &[u8]) {
        if self.bytes.is_empty() {
            self.bytes.reserve(ARENA_BYTES);
        }
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(value);
        self.lengths.push((key.len(), value.len()));
    }

    fn page(self, is_last: bool) -> Page {
        let mut rest = Bytes::from(self.bytes);
        let entries = self
            .lengths
            .into_iter()
            .map(|(key, value)| (rest.split_to(key), rest.split_to(value)))
            .collect();
        Page { entries, is_last }
    }
}
