//! Storage: ordered bytes that change together.
//!
//! A [`Store`] maps keys to values. It is read through a [`View`] of one version and changed by a
//! [`Commit`], a value that says what was read and what is to be written. The promise, on every engine:
//!
//! - A commit behaves as if its reads and writes happened at one instant.
//! - A view that shows a stamp shows every smaller one: nothing arrives late, so a log can be tailed.
//! - A view begun after a commit returned sees it.
//! - Nothing is seen before it is durable.
//!
//! The first byte of a key chooses how the entry is kept: `00..0F` metadata, `10..1F` items, `20..2F`
//! indexes, `30..3F` log, `40..4F` queues, `50..5F` counters. Nothing else of a key is understood here.
//!
//! What rests on a store is tested on a [`Simulation`], where commits are refused, end unknown or are lost in
//! a crash, as one seed decides.
//!
//! The futures need a tokio runtime: reads that must wait for the disk go to its blocking threads.

mod checked;
mod commit;
mod conflict;
mod counter;
mod embedded;
mod error;
mod family;
mod figures;
mod image;
mod memory;
mod page;
mod simulated;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

pub use crate::checked::Checked;
pub use crate::commit::{
    COMMIT_APPENDS_MAX, COMMIT_BYTES_MAX, Commit, Epoch, KEY_BYTES_MAX, Stamp,
};
pub use crate::error::{CommitError, Error, LogDamage, OpenError, Source};
pub use crate::figures::Figures;
pub use crate::page::{Page, RangeQuery};
pub use crate::simulated::{Faults, Simulation};

use crate::embedded::{Embedded, EmbeddedView};
use crate::family::Family;
use crate::image::Image;
use crate::memory::Memory;
use crate::simulated::{Simulated, SimulatedView};

/// How an embedded store uses memory and disk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// The size of the cache of blocks that were read from disk.
    pub cache_bytes: usize,
    /// How much of what was written is kept in memory before it becomes a file, all families together.
    pub write_buffer_bytes: usize,
    /// When a commit returns.
    pub durability: Durability,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            cache_bytes: 64 * 1024 * 1024,
            write_buffer_bytes: 64 * 1024 * 1024,
            durability: Durability::Sync,
        }
    }
}

/// When a commit returns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Durability {
    /// When it is on disk: it survives a loss of power.
    Sync,
    /// When the operating system has it: it survives the end of the process. A loss of power may take
    /// back the last commits, which were seen and acknowledged, and may leave a log that is refused.
    Relaxed,
}

/// How much will be read in a view.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reads {
    /// One read: cheaper, as nothing has to be kept. Further reads may see later versions.
    One,
    /// Any number of reads, all of one version.
    Many,
}

/// A store. A clone is another handle to the same store; the last one to go closes it.
#[derive(Clone)]
pub struct Store {
    engine: Engine,
}

#[derive(Clone)]
enum Engine {
    Embedded(Arc<Embedded>),
    Memory(Arc<Memory>),
    Simulated(Arc<Simulated>),
}

impl Store {
    /// Opens the embedded store in `folder`, which is made if it is not there.
    ///
    /// Blocks: it reads what the log has that is not yet in files, at most some 64 MiB, and nothing
    /// after a clean stop. A record at the log's end that was being written when the machine stopped was
    /// never acknowledged; it is cut off and kept in a file `torn-<n>` beside the log.
    ///
    /// # Errors
    ///
    /// When a store is open on the folder, its format is newer, or what it holds is not what was written.
    pub fn open(folder: &Path, options: &Options) -> Result<Self, OpenError> {
        let embedded = Embedded::open(folder, options)?;
        Ok(Self { engine: Engine::Embedded(Arc::new(embedded)) })
    }

    /// A store that is kept in memory and gone with its last handle.
    #[must_use]
    pub fn in_memory() -> Self {
        Self { engine: Engine::Memory(Arc::new(Memory::new())) }
    }

    /// Begins a view of the present version.
    ///
    /// It sees all commits that have returned. Views should be short-lived: what one sees, once
    /// overwritten, can only be removed from disk after it.
    ///
    /// # Errors
    ///
    /// When the process that the store is of has ended, in a [`Simulation`].
    pub async fn view(&self, reads: Reads) -> Result<View, Error> {
        let engine = match &self.engine {
            Engine::Embedded(embedded) => EngineView::Embedded(embedded.view(reads)),
            Engine::Memory(memory) => EngineView::Memory(memory.view()),
            Engine::Simulated(simulated) => EngineView::Simulated(simulated.view(reads).await?),
        };
        Ok(View { engine })
    }

    /// Commits; returns when the commit is durable and visible.
    ///
    /// If the future is dropped before, the commit happens or does not.
    ///
    /// # Errors
    ///
    /// Each says whether the commit surely did not happen.
    pub async fn commit(&self, commit: Commit) -> Result<Stamp, CommitError> {
        let prepared = commit.prepare()?;
        match &self.engine {
            Engine::Embedded(embedded) => embedded.commit(prepared).await,
            Engine::Memory(memory) => memory.commit(prepared),
            Engine::Simulated(simulated) => simulated.commit(prepared).await,
        }
    }

    /// Gives the space of a range back, some time after it returns. The range lies in one family.
    ///
    /// A view for [`Reads::Many`] that was begun before still reads the range. To any other, the keys may be
    /// there or not, and they must never be used again. Takes no part in the order of commits. The embedded
    /// engine gives the space back when the last such view has ended, also after a restart.
    ///
    /// # Errors
    ///
    /// When the range does not lie in one family, or the disk fails.
    pub async fn discard(&self, range: Range<Bytes>) -> Result<(), Error> {
        let Some(family) = family_of_range(&range.start, &range.end)? else { return Ok(()) };
        match &self.engine {
            Engine::Embedded(embedded) => embedded.discard(family, range).await,
            Engine::Memory(memory) => {
                memory.discard(&range.start, &range.end);
                Ok(())
            }
            Engine::Simulated(simulated) => simulated.discard(range).await,
        }
    }

    /// The value of a counter; zero if it was never added to.
    ///
    /// # Errors
    ///
    /// As [`View::count`].
    pub async fn count(&self, key: &[u8]) -> Result<i64, Error> {
        self.view(Reads::One).await?.count(key).await
    }

    /// Whether every commit is refused until a restart, as a write or its sync failed, or the store was
    /// closed. Reads go on.
    #[must_use]
    pub fn is_refusing_writes(&self) -> bool {
        match &self.engine {
            Engine::Embedded(embedded) => embedded.is_refusing_writes(),
            Engine::Memory(memory) => memory.is_refusing_writes(),
            Engine::Simulated(simulated) => simulated.is_refusing_writes(),
        }
    }

    /// What the store uses of the machine, about now. Costs little: it reads no data.
    #[must_use]
    pub fn figures(&self) -> Figures {
        match &self.engine {
            Engine::Embedded(embedded) => embedded.figures(),
            Engine::Memory(memory) => memory.figures(),
            Engine::Simulated(simulated) => {
                Figures { is_refusing_writes: simulated.is_refusing_writes(), ..Figures::default() }
            }
        }
    }

    /// Reads every entry, and verifies the checksum of all that is read from disk: what each family has, and
    /// what of it is damaged. Goes on after damage where the next data file begins or ends; what else lies in
    /// the damaged one, or in a new file that overlaps it, may be neither counted nor found damaged.
    ///
    /// What changes meanwhile is met or not. Blocks in the cache are not read again, so a store that was just
    /// opened is checked best.
    ///
    /// # Errors
    ///
    /// When the runtime stops. What cannot be read is part of what is found.
    pub async fn check(&self) -> Result<Vec<Checked>, Error> {
        match &self.engine {
            Engine::Embedded(embedded) => embedded.check().await,
            Engine::Memory(memory) => Ok(memory.view().check()),
            Engine::Simulated(simulated) => simulated.check().await,
        }
    }

    /// Ends the committer after what is queued, and empties the log into files, so that the next open
    /// has nothing to do. Commits are refused from now on; reads go on. The folder is free for another
    /// process when the last handle and view are gone.
    ///
    /// # Errors
    ///
    /// When the log could not be emptied. All that was acknowledged is safe all the same.
    pub async fn close(&self) -> Result<(), Error> {
        match &self.engine {
            Engine::Embedded(embedded) => embedded.close().await,
            Engine::Memory(memory) => {
                memory.close();
                Ok(())
            }
            Engine::Simulated(simulated) => {
                simulated.close().await;
                Ok(())
            }
        }
    }
}

/// All reads of a view see one version, if it was begun for [`Reads::Many`].
pub struct View {
    engine: EngineView,
}

enum EngineView {
    Embedded(EmbeddedView),
    Memory(Image),
    Simulated(SimulatedView),
}

impl View {
    /// The version: every commit up to it is seen, and by a view for [`Reads::Many`] no other. So this is the right
    /// `seen` for what is read here, and the place where a log is read on. A view for [`Reads::One`] may see
    /// later ones.
    #[must_use]
    pub fn version(&self) -> Stamp {
        match &self.engine {
            EngineView::Embedded(view) => view.version,
            EngineView::Memory(image) => image.stamp(),
            EngineView::Simulated(view) => view.version,
        }
    }

    /// Which metadata the view sees: never older than that of its version.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        match &self.engine {
            EngineView::Embedded(view) => view.epoch,
            EngineView::Memory(image) => image.epoch(),
            EngineView::Simulated(view) => view.epoch,
        }
    }

    /// The value of a key.
    ///
    /// # Errors
    ///
    /// When the key is in no family, or the disk fails.
    pub async fn get(&self, key: &[u8]) -> Result<Option<Bytes>, Error> {
        let family = Family::of(key).ok_or(Error::OutsideFamilies)?;
        match &self.engine {
            EngineView::Embedded(view) => view.get(family, key).await,
            EngineView::Memory(image) => Ok(image.get(key)),
            EngineView::Simulated(view) => view.get(key).await,
        }
    }

    /// The values of some keys, in the order of the keys.
    ///
    /// # Errors
    ///
    /// As [`View::get`], if any one read fails.
    pub async fn get_many(&self, keys: &[Bytes]) -> Result<Vec<Option<Bytes>>, Error> {
        if keys.iter().any(|key| Family::of(key).is_none()) {
            return Err(Error::OutsideFamilies);
        }
        match &self.engine {
            EngineView::Embedded(view) => view.get_many(keys).await,
            EngineView::Memory(image) => Ok(image.get_many(keys)),
            EngineView::Simulated(view) => view.get_many(keys).await,
        }
    }

    /// One page of a range.
    ///
    /// # Errors
    ///
    /// When the range does not lie in one family, or the disk fails.
    pub async fn range(&self, query: &RangeQuery) -> Result<Page, Error> {
        let Some(family) = family_of_range(&query.start, &query.end)? else {
            return Ok(Page { entries: Vec::new(), is_last: true });
        };
        match &self.engine {
            EngineView::Embedded(view) => view.range(family, query).await,
            EngineView::Memory(image) => Ok(image.range(query)),
            EngineView::Simulated(view) => view.range(query).await,
        }
    }

    /// The value of a counter; zero if it was never added to.
    ///
    /// # Errors
    ///
    /// When the key is not in the family of counters, or the disk fails.
    pub async fn count(&self, key: &[u8]) -> Result<i64, Error> {
        if Family::of(key) != Some(Family::Counters) {
            return Err(Error::OutsideFamilies);
        }
        match &self.engine {
            EngineView::Embedded(view) => {
                counter::decode(view.get(Family::Counters, key).await?.as_deref())
            }
            EngineView::Memory(image) => image.count(key),
            EngineView::Simulated(view) => view.count(key).await,
        }
    }
}

/// The family that holds a range, or none if nothing is in the range.
fn family_of_range(start: &Bytes, end: &Bytes) -> Result<Option<Family>, Error> {
    if start >= end {
        return Ok(None);
    }
    Family::of_range(start, end).map(Some).ok_or(Error::OutsideFamilies)
}
