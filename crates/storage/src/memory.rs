//! The memory engine: an image that is replaced under a lock.
//!
//! A view is a copy of the image. A commit works under the lock and is visible as a whole when it lets go.
//! Nothing outlives the process.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use crate::commit::Prepared;
use crate::conflict::{Conflicts, GENERATION_KEYS_MAX};
use crate::image::Image;
use crate::{Commit, CommitError, Figures, Stamp};

/// How many keys a discard removes before it lets commits pass.
const DISCARD_KEYS_MAX: usize = 1_000;

/// A store that is kept in memory only.
pub(crate) struct Memory {
    state: Mutex<State>,
}

struct State {
    image: Image,
    conflicts: Conflicts,
    is_closed: bool,
}

impl Memory {
    pub(crate) fn new() -> Self {
        let conflicts = Conflicts::new(0, GENERATION_KEYS_MAX);
        let state = State { image: Image::default(), conflicts, is_closed: false };
        Self { state: Mutex::new(state) }
    }

    pub(crate) fn view(&self) -> Image {
        self.lock().image.clone()
    }

    pub(crate) fn commit(&self, prepared: Prepared) -> Result<Stamp, CommitError> {
        let prepared = Prepared { commit: owned(prepared.commit), ..prepared };
        self.lock().commit(prepared)
    }

    pub(crate) fn discard(&self, start: &Bytes, end: &Bytes) {
        while !self.lock().image.remove(start, end, DISCARD_KEYS_MAX) {}
    }

    pub(crate) fn is_refusing_writes(&self) -> bool {
        self.lock().is_closed
    }

    pub(crate) fn figures(&self) -> Figures {
        let state = self.lock();
        let (commits, is_refusing_writes) = (state.image.version, state.is_closed);
        Figures { commits, is_refusing_writes, ..Figures::default() }
    }

    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn commit(&mut self, prepared: Prepared) -> Result<Stamp, CommitError> {
        let Prepared { commit, read_hashes, write_hashes, bytes: _ } = prepared;
        if self.is_closed {
            return Err(CommitError::RefusingWrites);
        }
        self.conflicts.check(commit.seen.version(), &commit.reads, &read_hashes)?;
        let version = self.image.version + 1;
        self.conflicts.mark(version, &write_hashes);
        let stamp = Stamp::new(version);
        self.image.apply(commit, stamp);
        Ok(stamp)
    }
}

/// The commit with bytes of its own, which keep nothing else alive.
fn owned(commit: Commit) -> Commit {
    let own = |bytes: &Bytes| Bytes::copy_from_slice(bytes);
    Commit {
        writes: commit
            .writes
            .iter()
            .map(|(key, value)| (own(key), value.as_ref().map(own)))
            .collect(),
        adds: commit.adds.iter().map(|(key, added)| (own(key), *added)).collect(),
        ..commit
    }
}
