//! Folders of stores, for tests that look at their files.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use pixii_storage::{Commit, Durability, OpenError, Options, Reads, Store};
use tempfile::TempDir;

/// Little memory, so that little data is enough to reach the disk.
pub(crate) fn small() -> Options {
    Options {
        cache_bytes: 64 * 1024,
        write_buffer_bytes: 1024 * 1024,
        durability: Durability::Sync,
    }
}

pub(crate) fn open(folder: &Path) -> Result<Store, OpenError> {
    Store::open(folder, &Options::default())
}

pub(crate) fn refusal(folder: &Path) -> OpenError {
    open(folder).err().expect("the folder should be refused")
}

pub(crate) fn item(place: u32) -> Bytes {
    [b"\x10".as_ref(), &place.to_be_bytes()].concat().into()
}

/// A value that cannot be compressed away, different for each place and round.
pub(crate) fn value(place: u32, round: u32) -> Bytes {
    let mut state = u64::from(place) << 32 | u64::from(round);
    let next = || {
        state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(1024).collect::<Vec<_>>().into()
}

pub(crate) fn put(place: u32, value: impl Into<Bytes>) -> Commit {
    Commit { writes: vec![(item(place), Some(value.into()))], ..Commit::default() }
}

/// A change in three families at once: an item, a counter, an entry of the log.
pub(crate) fn change(place: u32) -> Commit {
    Commit {
        appends: vec![(Bytes::from_static(b"\x30"), Bytes::new(), Bytes::from_static(b"1"))],
        adds: vec![(Bytes::from_static(b"\x50a"), 1)],
        ..put(place, "a value")
    }
}

pub(crate) async fn get(store: &Store, place: u32) -> Option<Bytes> {
    store.view(Reads::One).await.unwrap().get(&item(place)).await.unwrap()
}

/// A folder in memory, where the system has that: thousands are opened, and each open syncs some files.
fn scratch() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        tempfile::tempdir_in(memory).unwrap()
    } else {
        tempfile::tempdir().unwrap()
    }
}

/// A copy of what a folder holds at this moment, without what the engine only tells.
pub(crate) fn copy(folder: &Path) -> TempDir {
    let copy = scratch();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if name.starts_with("LOG") || name.starts_with("OPTIONS") {
            continue;
        }
        fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
    }
    copy
}

/// The last log in a folder.
pub(crate) fn log(folder: &Path) -> PathBuf {
    files(folder, "log").pop().unwrap()
}

/// The files of a folder with this extension, in the order of their names.
pub(crate) fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|found| found == extension)).collect();
    files.sort();
    files
}

pub(crate) fn torn_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("torn-"))
        .collect()
}
