//! The check of the manifest before the engine reads it: the list of data files, as a log of its changes.
//!
//! The engine takes a manifest that is damaged or cut for one that was being written when the machine
//! stopped, goes on with what was listed before, and removes the files that were listed later. So it is
//! looked at here first. Damage before whole records is refused. An end that is missing cannot be told from
//! one that was never written, but after a clean stop: then `CLOSED` names the manifest, its length and its
//! checksum. `CLOSED` is removed before the engine changes anything.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::folder::{at, sync};
use super::log;
use crate::OpenError;
use crate::family::Family;

/// The engine's own file that names the manifest.
const CURRENT_FILE: &str = "CURRENT";

const SEAL_FILE: &str = "CLOSED";
const SEAL_FILE_UNFINISHED: &str = "CLOSED.new";

/// Checks the manifest, if there is one, and breaks the seal.
pub(super) fn check(folder: &Path) -> Result<(), OpenError> {
    let found = Manifest::read(folder);
    if let Ok(Manifest { path, bytes, .. }) = &found
        && let Some((offset, damage)) = log::damage(bytes)
    {
        let offset = u64::try_from(offset).unwrap_or(u64::MAX);
        return Err(OpenError::LogDamaged { file: path.clone(), offset, damage });
    }
    let seal = folder.join(SEAL_FILE);
    let expected = match std::fs::read_to_string(&seal) {
        Ok(expected) => expected,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(at(&seal)(error)),
    };
    match found {
        Ok(manifest) if manifest.seal() == expected => {}
        Ok(manifest) => return Err(OpenError::NotAsClosed { file: manifest.path }),
        Err(_) => return Err(OpenError::NotAsClosed { file: folder.join(CURRENT_FILE) }),
    }
    std::fs::remove_file(&seal).map_err(at(&seal))?;
    sync(folder)
}

/// Writes down what the manifest is, now that nothing will change it before the next open.
///
/// Without a seal nothing is lost but this one check, so a failure is only logged.
pub(super) fn seal(folder: &Path) {
    if let Err(error) = write_seal(folder) {
        tracing::warn!(%error, "the list of data files could not be sealed");
    }
}

fn write_seal(folder: &Path) -> Result<(), OpenError> {
    let manifest = Manifest::read(folder).map_err(at(folder))?;
    let unfinished = folder.join(SEAL_FILE_UNFINISHED);
    File::create(&unfinished)
        .and_then(|mut file| {
            file.write_all(manifest.seal().as_bytes())?;
            file.sync_all()
        })
        .map_err(at(&unfinished))?;
    std::fs::rename(&unfinished, folder.join(SEAL_FILE)).map_err(at(&unfinished))?;
    sync(folder)
}

/// Whether the manifest lists the families. They are made after the first log is.
pub(super) fn has_families(folder: &Path) -> bool {
    let listed = rocksdb::DB::list_cf(&rocksdb::Options::default(), folder);
    listed.is_ok_and(|names| names.iter().any(|name| name == Family::Items.name()))
}

struct Manifest {
    name: String,
    path: PathBuf,
    bytes: Vec<u8>,
}

impl Manifest {
    /// The manifest that is in use.
    fn read(folder: &Path) -> io::Result<Self> {
        let current = std::fs::read_to_string(folder.join(CURRENT_FILE))?;
        let name = current.trim_end().to_owned();
        let path = folder.join(&name);
        let bytes = std::fs::read(&path)?;
        Ok(Self { name, path, bytes })
    }

    /// The manifest's name, length and checksum.
    fn seal(&self) -> String {
        let Self { name, path: _, bytes } = self;
        format!("{name} {} {:08x}\n", bytes.len(), crc32c::crc32c(bytes))
    }
}
