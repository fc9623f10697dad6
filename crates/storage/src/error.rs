//! Why a store did not open, a read failed, or a commit was refused.

use std::io;
use std::path::PathBuf;

use bytes::Bytes;

/// What an engine says of its own failure.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why a folder did not open as a store. Nothing in it was changed, but for a torn tail that was saved aside.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file system refused.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// What was being read or written.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// A store is open on the folder, in this process or in another.
    #[error("{folder} is in use by another process", folder = folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder was written by a later version of this program.
    #[error("{folder} has format {found}; this version reads formats up to {known}", folder = folder.display())]
    NewerFormat {
        /// The folder.
        folder: PathBuf,
        /// The format that it names.
        found: u32,
        /// The newest format that this version knows.
        known: u32,
    },
    /// The folder holds data, but not the file that names its format.
    #[error("{folder} holds data that is not a store: it has no FORMAT file", folder = folder.display())]
    NotAStore {
        /// The folder.
        folder: PathBuf,
    },
    /// The file that names the folder's format does not.
    #[error("{path} does not name a format", path = path.display())]
    FormatUnreadable {
        /// The file.
        path: PathBuf,
    },
    /// The log, or the list of files, is not what was written, and not merely cut short: to go on would lose
    /// what was acknowledged.
    #[error("{file} is damaged at byte {offset}: {damage}", file = file.display())]
    LogDamaged {
        /// The file.
        file: PathBuf,
        /// Where in it the damage begins.
        offset: u64,
        /// What is wrong there.
        damage: LogDamage,
    },
    /// There are data files but no log, though a store that was ever open has one.
    #[error("{folder} has no log: a file is missing", folder = folder.display())]
    LogMissing {
        /// The folder.
        folder: PathBuf,
    },
    /// The list of data files is another than when the store was closed.
    #[error("{file} is not as it was when the store was closed", file = file.display())]
    NotAsClosed {
        /// The file that the list is in, or should be.
        file: PathBuf,
    },
    /// The number of the last commit is not there, or not a number.
    #[error("{folder} does not say which commit was its last", folder = folder.display())]
    VersionUnreadable {
        /// The folder.
        folder: PathBuf,
    },
    /// The committer could not be started.
    #[error("the committer could not be started: {0}")]
    Thread(#[source] io::Error),
    /// The storage engine refused the folder.
    #[error("{folder} could not be opened: {source}", folder = folder.display())]
    Engine {
        /// The folder.
        folder: PathBuf,
        /// What the engine said.
        source: Source,
    },
}

/// What is wrong with a log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LogDamage {
    /// A record ends before it is whole.
    #[error("a record is cut short")]
    Cut,
    /// The checksum does not match.
    #[error("a checksum does not match")]
    Checksum,
    /// A part of a record stands where another was due.
    #[error("a part of a record is out of place")]
    OutOfPlace,
    /// A kind of record that this program never writes.
    #[error("a record is of a kind that is never written here")]
    Foreign,
    /// Records are missing before this one, or it is there twice.
    #[error("its records begin at {found}, where {expected} was due: some are missing")]
    Gap {
        /// The number of the first change that was due.
        expected: u64,
        /// The number that is there.
        found: u64,
    },
}

/// Why a read, or a discard, failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A key, or a range, lies outside every family of keys. A fault of the caller's.
    #[error("a key or range lies outside every family of keys")]
    OutsideFamilies,
    /// The key's value is not eight bytes, so it is not a counter.
    #[error("a value that is no counter was read as one")]
    NotACounter,
    /// Writes are refused since one failed, or since the store was closed.
    #[error("the store refuses writes")]
    RefusingWrites,
    /// What is on disk is not what was written. Other keys may still be read.
    #[error("data on disk is damaged: {0}")]
    Damaged(#[source] Source),
    /// The engine failed otherwise, mostly because the disk did.
    #[error("the storage engine failed: {0}")]
    Engine(#[source] Source),
    /// The runtime stopped before the work was done.
    #[error("the work was interrupted")]
    Interrupted,
}

/// Why a commit is not known to have happened.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CommitError {
    /// Surely not committed: these of its `reads` have changed since they were read.
    #[error("{} of the keys read have changed since", .0.len())]
    Conflict(Vec<Bytes>),
    /// Surely not committed: what has changed since its `reads` is no longer known.
    #[error("what was read is too old")]
    TooOld,
    /// Perhaps committed: a write or its sync failed, or the store was closed meanwhile.
    #[error("it is not known whether the commit happened")]
    Unknown,
    /// Surely not committed: an earlier write failed, or the store was closed. Only a restart helps.
    #[error("the store refuses writes")]
    RefusingWrites,
    /// Surely not committed: a key, or the commit as a whole, is over its limit.
    #[error("the commit is too large")]
    TooLarge,
    /// Surely not committed: a key is outside every family, or is a counter where an entry is due, or
    /// the other way around. A fault of the caller's.
    #[error("a key is outside the family that its place in the commit asks for")]
    WrongFamily,
}
