//! The folder of a store: who uses it, and which format it has.
//!
//! `IN_USE` is locked while a store is open; the lock goes with the process, however it ends. `FORMAT`
//! holds the number of the format in decimal digits and is written before anything else is.

use std::fs::{File, TryLockError};
use std::io::{self, Write as _};
use std::path::Path;

use crate::OpenError;

/// The format that this version writes, and the newest that it reads. The second has logs, and the time of the
/// last commit; the third tables with replicas. Earlier ones are read as they are, and named anew before anything is
/// written to them.
const FORMAT: u32 = 4;

const FORMAT_FILE: &str = "FORMAT";
const FORMAT_FILE_UNFINISHED: &str = "FORMAT.new";
const LOCK_FILE: &str = "IN_USE";

/// The engine's own file that names its present state: where it is, there is data.
const ENGINE_FILE: &str = "CURRENT";

/// A folder that nobody else has, until this is dropped.
pub(super) struct Folder {
    _lock: File,
}

impl Folder {
    /// Makes the folder if it is not there, takes it, and sees that its format is one that is known.
    pub(super) fn take(folder: &Path) -> Result<Self, OpenError> {
        std::fs::create_dir_all(folder).map_err(at(folder))?;
        let path = folder.join(LOCK_FILE);
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(at(&path))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => OpenError::InUse { folder: folder.to_owned() },
            TryLockError::Error(source) => OpenError::Io { path, source },
        })?;
        check_format(folder)?;
        Ok(Self { _lock: lock })
    }
}

fn check_format(folder: &Path) -> Result<(), OpenError> {
    let path = folder.join(FORMAT_FILE);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return write_format(folder),
        Err(error) => return Err(OpenError::Io { path, source: error }),
    };
    match text.trim_end().parse() {
        Ok(FORMAT) => Ok(()),
        Ok(1..FORMAT) => name_format(folder),
        Ok(found) if found > FORMAT => {
            Err(OpenError::NewerFormat { folder: folder.to_owned(), found, known: FORMAT })
        }
        Ok(_) | Err(_) => Err(OpenError::FormatUnreadable { path }),
    }
}

/// Names the format of a folder that holds no data yet.
fn write_format(folder: &Path) -> Result<(), OpenError> {
    if folder.join(ENGINE_FILE).exists() {
        return Err(OpenError::NotAStore { folder: folder.to_owned() });
    }
    name_format(folder)
}

fn name_format(folder: &Path) -> Result<(), OpenError> {
    let unfinished = folder.join(FORMAT_FILE_UNFINISHED);
    File::create(&unfinished)
        .and_then(|mut file| {
            writeln!(file, "{FORMAT}")?;
            file.sync_all()
        })
        .map_err(at(&unfinished))?;
    std::fs::rename(&unfinished, folder.join(FORMAT_FILE)).map_err(at(&unfinished))?;
    sync(folder)
}

/// Makes durable which files the folder has.
pub(super) fn sync(folder: &Path) -> Result<(), OpenError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))
}

/// Says what was being read or written when the file system refused.
pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> OpenError {
    move |source| OpenError::Io { path: path.to_owned(), source }
}
