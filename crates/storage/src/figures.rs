//! What a store uses of the machine, for who watches it.

/// What a store uses of the machine, about now. Zero where an engine has no such thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Commits that were ever made: it goes on after a restart.
    pub commits: u64,
    /// Bytes of the data files, without the log.
    pub disk_bytes: u64,
    /// Bytes of the data files that a compaction is still to rewrite, as the engine estimates it.
    pub compaction_bytes: u64,
    /// Bytes of memory that hold what was written and is in no data file yet.
    pub written_bytes: u64,
    /// Bytes of memory that hold what was read from disk.
    pub cache_bytes: u64,
    /// How many there may be of these.
    pub cache_bytes_max: u64,
    /// Bytes of commits that wait for the committer, or that it is at.
    pub queue_bytes: u64,
    /// How many there may be of these; who comes then waits for room.
    pub queue_bytes_max: u64,
    /// Whether every commit is refused until a restart.
    pub is_refusing_writes: bool,
}
