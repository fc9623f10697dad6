//! The embedded engine: `RocksDB` in a folder of its own.
//!
//! One thread commits, so that the order of commits, the check of their reads and one sync for many of
//! them are all in one place. Readers need no thread but their own as long as the cache has what they
//! read. Fields of a [`Database`] are dropped in order: the folder is let go last.

mod check;
mod committer;
mod discard;
mod figures;
mod folder;
mod in_place;
mod log;
mod manifest;
mod read;
mod tuning;

use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use bytes::Bytes;
use rocksdb::{ColumnFamily, DB, FlushOptions, WriteOptions};
use tokio::sync::{Semaphore, oneshot};

use crate::commit::Prepared;
use crate::family::Family;
use crate::{Checked, CommitError, Durability, Epoch, Error, OpenError, Options, Reads, Stamp};

use self::committer::{Committer, Message, Queued};
use self::folder::Folder;
use self::in_place::InPlace;
pub(crate) use self::read::EmbeddedView;
use self::read::{Held, Source};

/// The most bytes of commits that wait for the committer. Callers wait for room.
const QUEUE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The most reads that wait for the disk at a time, each on a blocking thread.
const DISK_READS_MAX: usize = 64;

/// Where the last version and epoch are kept, in a family that no user key reaches.
const LAST_KEY: &[u8] = b"last";

/// An open store.
pub(crate) struct Embedded {
    database: Arc<Database>,
    queue: Sender<Message>,
    /// Room in the queue, in bytes.
    room: Arc<Semaphore>,
    committer: Mutex<Option<JoinHandle<()>>>,
    in_place: Arc<InPlace>,
    disk_reads: Arc<Semaphore>,
    discards: Sender<discard::Message>,
    discarder: Mutex<Option<JoinHandle<()>>>,
}

/// The engine, what readers must know of its last commit, and the folder that both live in.
pub(crate) struct Database {
    db: DB,
    version: AtomicU64,
    epoch: AtomicU64,
    is_refusing_writes: AtomicBool,
    /// Who writes what is not a commit has this, so that a close can wait for it.
    aside: Mutex<()>,
    sync: bool,
    _folder: Folder,
}

impl Embedded {
    pub(crate) fn open(path: &Path, options: &Options) -> Result<Self, OpenError> {
        let folder = Folder::take(path)?;
        log::check(path)?;
        manifest::check(path)?;
        let failed = |source: rocksdb::Error| OpenError::Engine {
            folder: path.to_owned(),
            source: Box::new(source),
        };
        let db = tuning::open(path, options).map_err(failed)?;
        let last = db.get(LAST_KEY).map_err(failed)?;
        let last = Last::decode(last.as_deref())
            .ok_or_else(|| OpenError::VersionUnreadable { folder: path.to_owned() })?;
        let database = Arc::new(Database {
            db,
            version: AtomicU64::new(last.version),
            epoch: AtomicU64::new(last.epoch),
            is_refusing_writes: AtomicBool::new(false),
            aside: Mutex::new(()),
            sync: options.durability == Durability::Sync,
            _folder: folder,
        });
        let (discards, discarder) = discard::start(&database)?;
        let (queue, committer) = Committer::start(Arc::clone(&database), last)?;
        Ok(Self {
            database,
            queue,
            room: Arc::new(Semaphore::new(QUEUE_BYTES_MAX)),
            committer: Mutex::new(Some(committer)),
            in_place: Arc::new(InPlace::new()),
            disk_reads: Arc::new(Semaphore::new(DISK_READS_MAX)),
            discards,
            discarder: Mutex::new(Some(discarder)),
        })
    }

    pub(crate) fn view(&self, reads: Reads) -> EmbeddedView {
        // The committer publishes in the opposite order, after the write. So a view's metadata is never
        // older than its version, nor what it shows older than either. That it may be newer makes a
        // commit conflict for nothing, now and then.
        let version = Stamp::new(self.database.version.load(Ordering::Acquire));
        let epoch = Epoch(self.database.epoch.load(Ordering::Acquire));
        let database = Arc::clone(&self.database);
        let (version, epoch, source) = match reads {
            Reads::One => (version, epoch, Source::Present(database)),
            Reads::Many => {
                let held = Held::new(database, |database| database.db.snapshot());
                // What was written and is not published yet is in the snapshot, and so is its number.
                let (version, epoch) = held.last().map_or((version, epoch), |last| {
                    self.database.publish(last);
                    (Stamp::new(last.version), Epoch(last.epoch))
                });
                (version, epoch, Source::Held(Arc::new(held)))
            }
        };
        EmbeddedView {
            version,
            epoch,
            source,
            in_place: Arc::clone(&self.in_place),
            disk_reads: Arc::clone(&self.disk_reads),
        }
    }

    pub(crate) async fn commit(&self, prepared: Prepared) -> Result<Stamp, CommitError> {
        let bytes = u32::try_from(prepared.bytes.min(QUEUE_BYTES_MAX)).unwrap_or(u32::MAX);
        let Ok(room) = Arc::clone(&self.room).acquire_many_owned(bytes).await else {
            return Err(CommitError::RefusingWrites);
        };
        if self.is_refusing_writes() {
            return Err(CommitError::RefusingWrites);
        }
        let (answer, answered) = oneshot::channel();
        let queued = Message::Commit(Queued { prepared, answer, room });
        if self.queue.send(queued).is_err() {
            return Err(CommitError::RefusingWrites);
        }
        answered.await.unwrap_or(Err(CommitError::Unknown))
    }

    pub(crate) async fn discard(&self, family: Family, range: Range<Bytes>) -> Result<(), Error> {
        let database = Arc::clone(&self.database);
        let discarded = blocking(move || database.mark(family, range)).await??;
        // If nobody is there to take it, the next start finds it.
        drop(self.discards.send(discard::Message::Discarded(discarded)));
        Ok(())
    }

    pub(crate) async fn check(&self) -> Result<Vec<Checked>, Error> {
        check::check(&self.database).await
    }

    pub(crate) fn is_refusing_writes(&self) -> bool {
        self.database.is_refusing_writes.load(Ordering::Acquire)
    }

    pub(crate) async fn close(&self) -> Result<(), Error> {
        let Some(threads) = self.end_threads() else { return Ok(()) };
        let database = Arc::clone(&self.database);
        blocking(move || threads.close(&database)).await?
    }

    /// Tells the threads to end, and gives them to be waited for, the first time.
    fn end_threads(&self) -> Option<Threads> {
        let committer = self.committer.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let discarder = self.discarder.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        // If one has ended already, there is nobody to tell.
        drop(self.queue.send(Message::End));
        drop(self.discards.send(discard::Message::End));
        Some(Threads { committer, discarder })
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        if let Some(threads) = self.end_threads() {
            threads.end(&self.database, |_| {});
        }
    }
}

/// The threads of a store, which were told to end.
struct Threads {
    committer: JoinHandle<()>,
    discarder: JoinHandle<()>,
}

impl Threads {
    /// Ends them, empties the log, and seals the folder. Then nothing holds the database but handles and views.
    fn close(self, database: &Database) -> Result<(), Error> {
        let mut flushed = Ok(());
        let had_failed = self.end(database, |database| flushed = database.flush());
        if !had_failed && flushed.is_ok() {
            manifest::seal(database.db.path());
        }
        flushed
    }

    /// Waits for them, and does `last` when nothing is written any more, unless a write had failed. Whether
    /// one had.
    fn end(self, database: &Database, last: impl FnOnce(&Database)) -> bool {
        // They do not panic; if one did, there is nothing left to wait for.
        drop(self.committer.join());
        let had_failed = database.is_refusing_writes.swap(true, Ordering::AcqRel);
        drop(database.aside.lock());
        if !had_failed {
            last(database);
        }
        // This ends the compaction that the other thread may be waiting for.
        database.db.cancel_all_background_work(true);
        drop(self.discarder.join());
        had_failed
    }
}

impl Database {
    /// The engine's family.
    fn family(&self, family: Family) -> &ColumnFamily {
        self.db.cf_handle(family.name()).expect("every family is made when the store opens")
    }

    /// Tells views of a commit that was written, if nobody has told them of a later one.
    fn publish(&self, last: Last) {
        // Views load these in the opposite order.
        self.epoch.fetch_max(last.epoch, Ordering::AcqRel);
        self.version.fetch_max(last.version, Ordering::AcqRel);
    }

    /// A write returns when it is on disk, or as the options of the store say.
    fn write_options(&self) -> WriteOptions {
        let mut options = WriteOptions::default();
        options.set_sync(self.sync);
        options
    }

    /// Moves what is in memory to files, which empties the log.
    fn flush(&self) -> Result<(), Error> {
        let mut families: Vec<_> = Family::ALL.map(|family| self.family(family)).to_vec();
        families.extend(self.db.cf_handle(rocksdb::DEFAULT_COLUMN_FAMILY_NAME));
        self.db.flush_cfs_opt(&families, &FlushOptions::default()).map_err(failure)
    }
}

/// Runs on a thread that may wait for the disk.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::Interrupted)
}

/// The error that the engine's own stands for.
fn failure(error: rocksdb::Error) -> Error {
    if error.kind() == rocksdb::ErrorKind::Corruption {
        Error::Damaged(Box::new(error))
    } else {
        Error::Engine(Box::new(error))
    }
}

/// What is kept of the last commit.
#[derive(Clone, Copy, Default)]
struct Last {
    version: u64,
    epoch: u64,
    /// The latest time of a commit with appends, in milliseconds since 1970.
    time_ms: u64,
}

impl Last {
    /// The stored form.
    fn encode(self) -> [u8; 24] {
        let mut bytes = [0; 24];
        let numbers = [self.version, self.epoch, self.time_ms];
        for (byte, source) in bytes.iter_mut().zip(numbers.iter().flat_map(|n| n.to_be_bytes())) {
            *byte = source;
        }
        bytes
    }

    /// What is stored: zeros in a new store, no time in one of the first format, none if `value` is
    /// something else.
    fn decode(value: Option<&[u8]>) -> Option<Self> {
        let Some(value) = value else { return Some(Self::default()) };
        let (numbers, rest) = value.as_chunks();
        let number = |at: usize| numbers.get(at).map(|bytes| u64::from_be_bytes(*bytes));
        let is_known = rest.is_empty() && (2..=3).contains(&numbers.len());
        is_known.then_some(())?;
        Some(Self { version: number(0)?, epoch: number(1)?, time_ms: number(2).unwrap_or(0) })
    }
}
