//! The simulated engine: a machine in memory whose disk is slow, fails and loses power, all from one seed.
//!
//! The machine outlives the processes on it. It has an image, which is durable and is what views see, and a
//! list of commits that were given to the disk and are not synced, which nobody sees. A sync moves the list
//! into the image and answers, as one step. A crash keeps any of the list, each commit whole: none was seen,
//! so none can rest on another, and a store may keep those that it likes (see `docs/decisions/simulation.md`).
//!
//! Nothing here knows the time, and there are no threads: what waits lets other tasks go first, a number of
//! times that the seed decides. On a runtime of one thread the same seed and the same calls give the same.

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use fastrand::Rng;
use tokio::sync::oneshot;

use crate::commit::Prepared;
use crate::conflict::{Conflicts, GENERATION_KEYS_MAX};
use crate::image::Image;
use crate::{
    Checked, Commit, CommitError, Engine, Epoch, Error, Page, RangeQuery, Reads, Stamp, Store,
};

/// How often a call that is delayed lets other tasks go first, at most.
const DELAY_YIELDS_MAX: u32 = 8;

/// The same for a slow sync.
const SYNC_YIELDS_MAX: u32 = 40;

/// How many calls may begin before a late discard is made, at most.
const DISCARD_CALLS_MAX: u32 = 200;

/// How often each thing goes wrong: so many times in a thousand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Faults {
    /// A commit with reads is refused with [`CommitError::Conflict`], though nothing has changed.
    pub conflict: u16,
    /// A commit with reads is refused with [`CommitError::TooOld`], though they are not.
    pub too_old: u16,
    /// A commit is answered [`CommitError::Unknown`]. Half of these happened and are seen from then on; the
    /// other half did not, and never will. Writes are not refused after it.
    pub unknown: u16,
    /// A sync fails: [`CommitError::Unknown`] for all that waited, and writes are refused until a crash.
    pub failed_sync: u16,
    /// A sync takes part of what waits only, and lets other tasks go first.
    pub slow_sync: u16,
    /// A call lets other tasks go first: before it begins, and again before it returns.
    pub delay: u16,
    /// A discard is made some time after it returned.
    pub late_discard: u16,
}

impl Faults {
    /// A machine that works.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            conflict: 0,
            too_old: 0,
            unknown: 0,
            failed_sync: 0,
            slow_sync: 0,
            delay: 0,
            late_discard: 0,
        }
    }
}

/// A machine for tests of what rests on a store: it keeps what was synced while processes come and go.
#[derive(Clone)]
pub struct Simulation {
    machine: Arc<Mutex<Machine>>,
}

impl Simulation {
    /// A machine with an empty disk. All that will go wrong follows from `seed` and from what is asked of it.
    #[must_use]
    pub fn new(seed: u64, faults: Faults) -> Self {
        let machine = Machine {
            random: Rng::with_seed(seed),
            faults,
            process: 0,
            image: Image::default(),
            version: 0,
            conflicts: Conflicts::new(0, GENERATION_KEYS_MAX),
            queue: Vec::new(),
            unsynced: Vec::new(),
            decided: Vec::new(),
            is_syncing: false,
            is_refusing_writes: false,
            discards: Vec::new(),
        };
        Self { machine: Arc::new(Mutex::new(machine)) }
    }

    /// From now on, so often does each thing go wrong.
    pub fn suffer(&self, faults: Faults) {
        lock(&self.machine).faults = faults;
    }

    /// The store, as the process that runs now has it.
    #[must_use]
    pub fn store(&self) -> Store {
        let process = lock(&self.machine).process;
        let simulated = Simulated { machine: Arc::clone(&self.machine), process };
        Store { engine: Engine::Simulated(Arc::new(simulated)) }
    }

    /// Ends the process at this instant, and gives the store as the next one finds it.
    ///
    /// It has all that was acknowledged or seen, and any of the commits that were under way, each whole or
    /// not at all. On handles to the store as it was, and on its views, commits under way are answered
    /// [`CommitError::Unknown`], later ones are refused with [`CommitError::RefusingWrites`], and reads fail
    /// with [`Error::Interrupted`]. After [`Store::close`] nothing is under way, so this is a clean restart.
    #[must_use]
    pub fn crash(&self) -> Store {
        lock(&self.machine).crash();
        self.store()
    }
}

/// The store of one process.
pub(crate) struct Simulated {
    machine: Arc<Mutex<Machine>>,
    process: u64,
}

struct Machine {
    random: Rng,
    faults: Faults,
    /// Which process runs.
    process: u64,
    /// What is durable and visible.
    image: Image,
    /// The last version that a commit was given.
    version: u64,
    conflicts: Conflicts,
    /// Commits that wait for the next sync.
    queue: Vec<Queued>,
    /// Commits that a sync is to make durable, or failed to. Nobody sees them.
    unsynced: Vec<(Stamp, Commit)>,
    /// What all that wait for the sync will be told.
    decided: Vec<(Answer, Result<Stamp, CommitError>)>,
    is_syncing: bool,
    is_refusing_writes: bool,
    discards: Vec<Discard>,
}

type Answer = oneshot::Sender<Result<Stamp, CommitError>>;

struct Queued {
    prepared: Prepared,
    answer: Answer,
}

/// A range that is to be removed, after so many calls.
struct Discard {
    range: Range<Bytes>,
    calls_left: u32,
}

/// A view of one version, or with [`Reads::One`] of the present.
pub(crate) struct SimulatedView {
    pub(crate) version: Stamp,
    pub(crate) epoch: Epoch,
    engine: Arc<Simulated>,
    held: Option<Image>,
}

impl Simulated {
    pub(crate) async fn view(self: &Arc<Self>, reads: Reads) -> Result<SimulatedView, Error> {
        self.pause().await;
        let image = self.image()?;
        self.pause().await;
        Ok(SimulatedView {
            version: image.stamp(),
            epoch: image.epoch(),
            engine: Arc::clone(self),
            held: (reads == Reads::Many).then_some(image),
        })
    }

    pub(crate) async fn commit(self: &Arc<Self>, prepared: Prepared) -> Result<Stamp, CommitError> {
        self.pause().await;
        let answered = self.enqueue(prepared)?;
        let answer = answered.await.unwrap_or(Err(CommitError::Unknown));
        self.pause().await;
        // Whom a process would have told, it does not tell any more.
        if self.machine().is_none() { Err(CommitError::Unknown) } else { answer }
    }

    pub(crate) async fn discard(&self, range: Range<Bytes>) -> Result<(), Error> {
        self.pause().await;
        {
            let mut machine = self.machine().ok_or(Error::Interrupted)?;
            if machine.is_refusing_writes {
                return Err(Error::RefusingWrites);
            }
            machine.discard(range);
        }
        self.pause().await;
        Ok(())
    }

    pub(crate) async fn check(&self) -> Result<Vec<Checked>, Error> {
        self.pause().await;
        Ok(self.image()?.check())
    }

    pub(crate) fn is_refusing_writes(&self) -> bool {
        self.machine().is_none_or(|machine| machine.is_refusing_writes)
    }

    pub(crate) async fn close(&self) {
        if let Some(mut machine) = self.machine() {
            machine.is_refusing_writes = true;
        }
        while self.machine().is_some_and(|machine| machine.is_syncing) {
            tokio::task::yield_now().await;
        }
    }

    /// The machine, while the process runs.
    fn machine(&self) -> Option<MutexGuard<'_, Machine>> {
        let machine = lock(&self.machine);
        (machine.process == self.process).then_some(machine)
    }

    fn image(&self) -> Result<Image, Error> {
        self.machine().map(|machine| machine.image.clone()).ok_or(Error::Interrupted)
    }

    /// Lets other tasks go first, or does not.
    async fn pause(&self) {
        let yields = self.machine().map_or(0, |mut machine| machine.begin_call());
        for _ in 0..yields {
            tokio::task::yield_now().await;
        }
    }

    /// Puts a commit in line for the next sync, and has somebody sync.
    fn enqueue(
        self: &Arc<Self>,
        prepared: Prepared,
    ) -> Result<oneshot::Receiver<Result<Stamp, CommitError>>, CommitError> {
        let mut machine = self.machine().ok_or(CommitError::RefusingWrites)?;
        if machine.is_refusing_writes {
            return Err(CommitError::RefusingWrites);
        }
        let (answer, answered) = oneshot::channel();
        machine.queue.push(Queued { prepared, answer });
        if !machine.is_syncing {
            machine.is_syncing = true;
            tokio::spawn(Arc::clone(self).sync());
        }
        Ok(answered)
    }

    /// Syncs batch after batch, until nothing waits.
    async fn sync(self: Arc<Self>) {
        while let Some(yields) = self.machine().and_then(|mut machine| machine.begin_sync()) {
            for _ in 0..yields {
                tokio::task::yield_now().await;
            }
            if let Some(mut machine) = self.machine() {
                machine.end_sync();
            }
        }
    }
}

impl SimulatedView {
    pub(crate) async fn get(&self, key: &[u8]) -> Result<Option<Bytes>, Error> {
        self.read(|image| image.get(key)).await
    }

    pub(crate) async fn get_many(&self, keys: &[Bytes]) -> Result<Vec<Option<Bytes>>, Error> {
        self.read(|image| image.get_many(keys)).await
    }

    pub(crate) async fn count(&self, key: &[u8]) -> Result<i64, Error> {
        self.read(|image| image.count(key)).await?
    }

    pub(crate) async fn range(&self, query: &RangeQuery) -> Result<Page, Error> {
        self.read(|image| image.range(query)).await
    }

    async fn read<T>(&self, read: impl FnOnce(&Image) -> T) -> Result<T, Error> {
        self.engine.pause().await;
        let present = self.engine.image()?;
        let found = read(self.held.as_ref().unwrap_or(&present));
        self.engine.pause().await;
        Ok(found)
    }
}

impl Machine {
    /// Whether something happens that does `per_mille` times in a thousand.
    fn happens(&mut self, per_mille: u16) -> bool {
        self.random.u16(0..1000) < per_mille
    }

    /// Makes discards that are due. Gives how often the caller lets others go first.
    fn begin_call(&mut self) -> u32 {
        for discard in &mut self.discards {
            discard.calls_left = discard.calls_left.saturating_sub(1);
        }
        self.make_discards();
        if self.happens(self.faults.delay) { self.random.u32(1..=DELAY_YIELDS_MAX) } else { 0 }
    }

    fn discard(&mut self, range: Range<Bytes>) {
        let is_late = self.happens(self.faults.late_discard);
        let calls_left = if is_late { self.random.u32(1..=DISCARD_CALLS_MAX) } else { 0 };
        self.discards.push(Discard { range, calls_left });
        self.make_discards();
    }

    fn make_discards(&mut self) {
        let Self { discards, image, .. } = self;
        discards.retain(|Discard { range, calls_left }| {
            if *calls_left == 0 {
                image.remove(&range.start, &range.end, usize::MAX);
            }
            *calls_left > 0
        });
    }

    /// Decides on some of what is queued and gives it to the disk. How often the sync lets others go first;
    /// none when nothing is queued.
    fn begin_sync(&mut self) -> Option<u32> {
        if self.queue.is_empty() {
            self.is_syncing = false;
            return None;
        }
        let is_slow = self.happens(self.faults.slow_sync);
        let commits =
            if is_slow { self.random.usize(1..=self.queue.len()) } else { self.queue.len() };
        let later = self.queue.split_off(commits);
        for Queued { prepared, answer } in std::mem::replace(&mut self.queue, later) {
            let decision = self.decide(prepared);
            self.decided.push((answer, decision));
        }
        Some(if is_slow { self.random.u32(1..=SYNC_YIELDS_MAX) } else { 0 })
    }

    /// Accepts a commit and gives it to the disk, or finds why it must not happen.
    fn decide(&mut self, prepared: Prepared) -> Result<Stamp, CommitError> {
        let Prepared { commit, read_hashes, write_hashes, bytes: _ } = prepared;
        self.refuse_for_nothing(&commit.reads)?;
        self.conflicts.check(commit.seen.version(), &commit.reads, &read_hashes)?;
        self.version += 1;
        self.conflicts.mark(self.version, &write_hashes);
        let stamp = Stamp::new(self.version);
        let is_unknown = self.happens(self.faults.unknown);
        if !is_unknown || self.random.bool() {
            self.unsynced.push((stamp, commit));
        }
        if is_unknown { Err(CommitError::Unknown) } else { Ok(stamp) }
    }

    fn refuse_for_nothing(&mut self, reads: &[Bytes]) -> Result<(), CommitError> {
        if reads.is_empty() {
            return Ok(());
        }
        if self.happens(self.faults.too_old) {
            return Err(CommitError::TooOld);
        }
        if self.happens(self.faults.conflict) {
            let named = self.random.usize(0..reads.len());
            return Err(CommitError::Conflict(reads.iter().skip(named).take(1).cloned().collect()));
        }
        Ok(())
    }

    /// Shows what was given to the disk and tells everybody; or the sync failed, and all is refused.
    fn end_sync(&mut self) {
        // Where nothing was accepted there is nothing to sync.
        let has_failed = !self.unsynced.is_empty() && self.happens(self.faults.failed_sync);
        if has_failed {
            self.is_refusing_writes = true;
            let refused = |queued: Queued| (queued.answer, Err(CommitError::RefusingWrites));
            let queue = std::mem::take(&mut self.queue);
            self.decided.iter_mut().for_each(|(_, decision)| {
                if decision.is_ok() {
                    *decision = Err(CommitError::Unknown);
                }
            });
            self.decided.extend(queue.into_iter().map(refused));
        } else {
            self.show(|_| true);
            self.image.version = self.version;
        }
        for (answer, decision) in std::mem::take(&mut self.decided) {
            // A caller may be gone.
            drop(answer.send(decision));
        }
    }

    /// Puts those commits into the image that were given to the disk and are kept.
    fn show(&mut self, mut is_kept: impl FnMut(&mut Rng) -> bool) {
        for (stamp, commit) in std::mem::take(&mut self.unsynced) {
            if is_kept(&mut self.random) {
                self.image.apply(commit, stamp);
            }
        }
    }

    /// Ends the process, and begins the next one with what the disk kept.
    fn crash(&mut self) {
        self.process += 1;
        self.queue.clear();
        self.decided.clear();
        match self.random.u8(0..4) {
            0 => self.show(|_| false),
            1 => self.show(|_| true),
            _ => self.show(Rng::bool),
        }
        self.version = self.image.version;
        self.conflicts = Conflicts::new(self.version, GENERATION_KEYS_MAX);
        self.is_syncing = false;
        self.is_refusing_writes = false;
    }
}

fn lock(machine: &Mutex<Machine>) -> MutexGuard<'_, Machine> {
    machine.lock().unwrap_or_else(PoisonError::into_inner)
}
