//! Folders whose files are not what was written: each is refused by name, or what is damaged of it is.

#![cfg(test)]

mod folder;

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use pixii_storage::{Checked, Commit, Error, LogDamage, OpenError, RangeQuery, Reads, Store, View};
use tempfile::TempDir;

use folder::{change, copy, files, get, item, log, open, put, refusal, small, torn_files, value};

/// What a damaged byte is changed by.
const MASKS: [u8; 3] = [0x01, 0x80, 0xFF];

/// A folder whose log has some changes, as it is while its store is open, and where each of them ends.
async fn with_log(changes: u32) -> (TempDir, Vec<usize>) {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    let mut ends = Vec::new();
    for place in 0..changes {
        store.commit(change(place)).await.unwrap();
        ends.push(fs::read(log(folder.path())).unwrap().len());
    }
    (copy(folder.path()), ends)
}

fn family(first: u8) -> RangeQuery {
    RangeQuery {
        start: vec![first].into(),
        end: vec![first + 0x10].into(),
        reverse: false,
        entries_max: usize::MAX,
        bytes_max: usize::MAX,
        fill_cache: false,
    }
}

/// The store has the first `kept` changes, each of them whole, and nothing else.
async fn assert_kept(store: &Store, kept: usize, what: &str) {
    let view = store.view(Reads::Many).await.unwrap();
    let items = view.range(&family(0x10)).await.unwrap().entries;
    let expected = (0..u32::try_from(kept).unwrap()).map(|place| (item(place), "a value".into()));
    assert!(items.into_iter().eq(expected), "{what}");
    assert_eq!(view.count(b"\x50a").await.unwrap(), i64::try_from(kept).unwrap(), "{what}");
    assert_eq!(view.range(&family(0x30)).await.unwrap().entries.len(), kept, "{what}");
}

/// The folder opens with the first `kept` changes, and what was torn is in a file of its own.
async fn assert_cut(folder: &Path, kept: usize, torn: &[u8], what: &str) {
    let store = open(folder).unwrap();
    assert_kept(&store, kept, what).await;
    let saved: Vec<_> = torn_files(folder).iter().map(|path| fs::read(path).unwrap()).collect();
    let expected = if torn.is_empty() { vec![] } else { vec![torn.to_vec()] };
    assert_eq!(saved, expected, "{what}");
}

#[tokio::test]
async fn a_record_that_is_torn_at_any_byte_is_cut_off_and_saved() {
    let (folder, ends) = with_log(5).await;
    let whole = fs::read(log(folder.path())).unwrap();
    for length in ends[1]..=ends[4] {
        let torn = copy(folder.path());
        fs::write(log(torn.path()), &whole[..length]).unwrap();
        let kept = ends.iter().filter(|end| **end <= length).count();
        let tail = &whole[ends[kept - 1]..length];
        assert_cut(torn.path(), kept, tail, &format!("cut at {length} of {ends:?}")).await;
    }
}

#[tokio::test]
async fn what_is_written_after_a_torn_record_was_cut_off_stays() {
    let (folder, ends) = with_log(3).await;
    let log = log(folder.path());
    let whole = fs::read(&log).unwrap();
    fs::write(&log, &whole[..ends[2] - 1]).unwrap();
    let store = open(folder.path()).unwrap();
    store.commit(put(9, "after")).await.unwrap();
    drop(store);
    assert_eq!(get(&open(folder.path()).unwrap(), 9).await.unwrap(), "after");
}

#[tokio::test]
async fn zeros_after_the_last_record_are_a_clean_end() {
    let (folder, _) = with_log(3).await;
    let whole = fs::read(log(folder.path())).unwrap();
    for zeros in [1, 6, 7, 100, 40_000] {
        let extended = copy(folder.path());
        fs::write(log(extended.path()), [whole.clone(), vec![0; zeros]].concat()).unwrap();
        assert_cut(extended.path(), 3, &[], &format!("{zeros} zeros")).await;
    }
}

#[tokio::test]
async fn a_record_that_is_zeros_from_any_byte_on_is_cut_off() {
    let (folder, ends) = with_log(3).await;
    let whole = fs::read(log(folder.path())).unwrap();
    for from in ends[1]..ends[2] {
        let more = if from % 2 == 0 { 0 } else { 5_000 };
        let mut bytes = whole.clone();
        bytes[from..].fill(0);
        let kept = if bytes == whole { 3 } else { 2 };
        bytes.resize(whole.len() + more, 0);
        let torn = copy(folder.path());
        fs::write(log(torn.path()), &bytes).unwrap();
        let tail = if kept == 3 || from == ends[1] { &[] } else { &bytes[ends[1]..] };
        assert_cut(torn.path(), kept, tail, &format!("zeros from {from}, {more} more")).await;
    }
}

#[tokio::test]
async fn damage_before_whole_records_is_refused_at_any_byte() {
    let (folder, ends) = with_log(4).await;
    let path = log(folder.path());
    let whole = fs::read(&path).unwrap();
    let begins: Vec<usize> = [0].into_iter().chain(ends.iter().copied()).collect();
    for (place, mask) in (0..ends[2]).flat_map(|place| MASKS.map(|mask| (place, mask))) {
        let mut damaged = whole.clone();
        damaged[place] ^= mask;
        fs::write(&path, &damaged).unwrap();
        let OpenError::LogDamaged { file, offset, damage: _ } = refusal(folder.path()) else {
            panic!("damage at {place} is refused for another reason");
        };
        assert_eq!(file, path);
        let begin = begins.iter().rfind(|begin| **begin <= place).unwrap();
        assert_eq!(offset, *begin as u64);
        assert_eq!(fs::read(&path).unwrap(), damaged, "what was refused was changed");
    }
    fs::write(&path, &whole).unwrap();
    assert_cut(folder.path(), 4, &[], "after the damage").await;
}

#[tokio::test]
async fn damage_in_the_last_record_is_as_if_it_were_torn() {
    let (folder, ends) = with_log(3).await;
    let whole = fs::read(log(folder.path())).unwrap();
    for (place, mask) in (ends[1]..ends[2]).flat_map(|place| MASKS.map(|mask| (place, mask))) {
        let torn = copy(folder.path());
        let mut damaged = whole.clone();
        damaged[place] ^= mask;
        fs::write(log(torn.path()), &damaged).unwrap();
        assert_cut(torn.path(), 2, &damaged[ends[1]..], &format!("{mask} at {place}")).await;
    }
}

#[tokio::test]
async fn a_log_without_one_of_its_records_is_refused() {
    let (folder, ends) = with_log(4).await;
    let path = log(folder.path());
    let mut bytes = fs::read(&path).unwrap();
    bytes.drain(ends[0]..ends[1]);
    fs::write(&path, &bytes).unwrap();
    let refusal = refusal(folder.path());
    assert!(matches!(refusal, OpenError::LogDamaged { damage: LogDamage::Gap { .. }, .. }));
    assert!(refusal.to_string().contains("some are missing"), "{refusal}");
}

#[tokio::test]
async fn a_torn_record_that_cannot_be_saved_is_not_cut_off() {
    let (folder, ends) = with_log(3).await;
    let log = log(folder.path());
    let torn = fs::read(&log).unwrap()[..ends[2] - 1].to_vec();
    fs::write(&log, &torn).unwrap();
    let number: u64 = log.file_stem().unwrap().to_str().unwrap().parse().unwrap();
    let saved = folder.path().join(format!("torn-{number}"));
    fs::create_dir(&saved).unwrap();
    assert!(matches!(refusal(folder.path()), OpenError::Io { path, .. } if path == saved));
    assert_eq!(fs::read(&log).unwrap(), torn);
    fs::remove_dir(&saved).unwrap();
    assert_cut(folder.path(), 2, &torn[ends[1]..], "when there is room").await;
}

/// A folder with several logs, as it is while its store is open.
async fn with_logs() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), &small()).unwrap();
    // Kept in memory by its family, so that no log is done with.
    let row = (Bytes::from_static(b"\x01row"), Some(Bytes::from_static(b"1")));
    store.commit(Commit { writes: vec![row], ..Commit::default() }).await.unwrap();
    let mut place = 0;
    while files(folder.path(), "log").len() < 3 {
        store.commit(put(place, value(place, 0))).await.unwrap();
        place += 1;
        assert!(place < 100_000, "there are never three logs");
    }
    store.commit(put(place, value(place, 0))).await.unwrap();
    copy(folder.path())
}

#[tokio::test]
async fn a_missing_log_is_refused() {
    let folder = with_logs().await;
    let logs = files(folder.path(), "log");
    for missing in &logs[..logs.len() - 1] {
        let damaged = copy(folder.path());
        fs::remove_file(damaged.path().join(missing.file_name().unwrap())).unwrap();
        let before = files(damaged.path(), "log").len();
        refusal(damaged.path());
        assert_eq!(files(damaged.path(), "log").len(), before, "what was refused was changed");
    }
    for log in &logs {
        fs::remove_file(log).unwrap();
    }
    assert!(matches!(refusal(folder.path()), OpenError::LogMissing { .. }));
}

#[tokio::test]
async fn damage_in_a_log_that_is_not_the_last_is_refused_also_at_its_end() {
    let folder = with_logs().await;
    let log = &files(folder.path(), "log")[1];
    let whole = fs::read(log).unwrap();
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let mut zeros = whole.clone();
    // Into the number of the last commit, behind which there are zeros anyway.
    zeros[whole.len() - 18..].fill(0);
    for damaged in [flipped, zeros, whole[..whole.len() - 1].to_vec(), Vec::new()] {
        fs::write(log, &damaged).unwrap();
        refusal(folder.path());
        assert_eq!(fs::read(log).unwrap(), damaged, "what was refused was changed");
    }
    fs::write(log, whole).unwrap();
    open(folder.path()).unwrap();
}

/// How many items the folders below hold: the first half in data files.
const ITEMS: u32 = 8;

/// A folder with data files, and the rest in a log or, after a clean stop, in data files as well.
async fn with_files(is_closed: bool) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    for place in 0..ITEMS / 2 {
        store.commit(put(place, short(place))).await.unwrap();
    }
    store.close().await.unwrap();
    drop(store);
    let store = open(folder.path()).unwrap();
    for place in ITEMS / 2..ITEMS {
        store.commit(put(place, short(place))).await.unwrap();
    }
    if is_closed {
        store.close().await.unwrap();
    }
    copy(folder.path())
}

fn short(place: u32) -> Bytes {
    value(place, 0).slice(..100)
}

/// Which items can be read; all of them are what was written.
async fn readable(view: &View) -> Vec<bool> {
    let mut readable = Vec::new();
    for place in 0..ITEMS {
        readable.push(match view.get(&item(place)).await {
            Ok(found) => {
                assert_eq!(found, Some(short(place)), "a damaged file gave something else");
                true
            }
            Err(Error::Damaged(_)) => false,
            Err(other) => panic!("{other}"),
        });
    }
    readable
}

/// What comes of opening a folder: a refusal, or which items can be read.
async fn outcome(folder: &Path) -> Result<Vec<bool>, OpenError> {
    let store = open(folder)?;
    Ok(readable(&store.view(Reads::Many).await.unwrap()).await)
}

/// The file with the list of data files.
fn manifest(folder: &Path) -> PathBuf {
    folder.join(fs::read_to_string(folder.join("CURRENT")).unwrap().trim_end())
}

#[tokio::test]
async fn a_list_of_files_that_is_damaged_at_any_byte_loses_nothing() {
    let (mut refused, mut opened) = (0, 0);
    for is_closed in [false, true] {
        let folder = with_files(is_closed).await;
        let path = manifest(folder.path());
        let whole = fs::read(&path).unwrap();
        for place in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[place] ^= MASKS[place % MASKS.len()];
            let folder = copy(folder.path());
            fs::write(manifest(folder.path()), &damaged).unwrap();
            match outcome(folder.path()).await {
                Ok(readable) => {
                    assert!(readable.iter().all(|readable| *readable), "byte {place}");
                    assert!(!is_closed, "after a clean stop every byte counts: {place}");
                    opened += 1;
                }
                Err(OpenError::LogDamaged { file, .. } | OpenError::NotAsClosed { file }) => {
                    assert_eq!(file, manifest(folder.path()));
                    refused += 1;
                }
                Err(refusal) => {
                    assert!(refusal.to_string().contains("MANIFEST"), "{refusal}");
                }
            }
        }
    }
    // The last change of the list may be one that was being written, with nothing resting on it yet.
    assert!(opened < 200 && 1000 < refused, "{opened} were opened, {refused} were refused");
}

#[tokio::test]
async fn a_list_of_files_that_is_cut_at_any_byte_loses_nothing() {
    for is_closed in [false, true] {
        let folder = with_files(is_closed).await;
        let whole = fs::read(manifest(folder.path())).unwrap();
        for length in 0..whole.len() {
            let folder = copy(folder.path());
            fs::write(manifest(folder.path()), &whole[..length]).unwrap();
            match outcome(folder.path()).await {
                Ok(readable) => {
                    assert!(!is_closed, "cut at {length}");
                    assert!(readable.iter().all(|readable| *readable), "cut at {length}");
                }
                Err(OpenError::NotAsClosed { file }) => {
                    assert_eq!(file, manifest(folder.path()));
                }
                Err(refusal) => assert!(!is_closed, "{refusal}"),
            }
        }
    }
}

#[tokio::test]
async fn a_list_of_files_that_is_missing_or_not_named_is_refused() {
    for is_closed in [false, true] {
        let whole = with_files(is_closed).await;
        for text in [None, Some(""), Some("MANIFEST"), Some("MANIFEST-999999\n"), Some("\u{0}")] {
            let folder = copy(whole.path());
            let current = folder.path().join("CURRENT");
            match text {
                None => fs::remove_file(&current).unwrap(),
                Some(text) => fs::write(&current, text).unwrap(),
            }
            let refusal = refusal(folder.path()).to_string();
            assert!(refusal.contains(folder.path().to_str().unwrap()), "{refusal}");
        }
        let folder = copy(whole.path());
        fs::remove_file(manifest(folder.path())).unwrap();
        refusal(folder.path());
    }
}

#[tokio::test]
async fn a_clean_stop_is_remembered_until_the_next_start_only() {
    let folder = with_files(true).await;
    let seal = folder.path().join("CLOSED");
    assert!(seal.exists());
    let store = open(folder.path()).unwrap();
    assert!(!seal.exists());
    drop(store);
    assert!(!seal.exists());
    assert_eq!(outcome(folder.path()).await.unwrap(), [true; ITEMS as usize]);
}

#[tokio::test]
async fn a_data_file_that_is_missing_or_cut_is_refused_by_name() {
    let whole = with_files(true).await;
    for file in files(whole.path(), "sst") {
        let name = file.file_name().unwrap().to_str().unwrap();
        let bytes = fs::read(&file).unwrap();
        for length in (0..bytes.len()).step_by(97).chain([bytes.len() - 1]).map(Some).chain([None])
        {
            let folder = copy(whole.path());
            match length {
                Some(length) => fs::write(folder.path().join(name), &bytes[..length]).unwrap(),
                None => fs::remove_file(folder.path().join(name)).unwrap(),
            }
            let refusal = refusal(folder.path()).to_string();
            assert!(refusal.contains(name), "{refusal}");
        }
    }
}

#[tokio::test]
async fn a_data_file_with_a_damaged_byte_gives_nothing_wrong_and_the_others_are_read() {
    let whole = with_files(true).await;
    let half = ITEMS as usize / 2;
    let (mut refused, mut partly) = (0, 0);
    for file in files(whole.path(), "sst") {
        let name = file.file_name().unwrap().to_str().unwrap();
        let bytes = fs::read(&file).unwrap();
        for place in (0..bytes.len()).step_by(37) {
            let folder = copy(whole.path());
            let mut damaged = bytes.clone();
            damaged[place] ^= MASKS[place % MASKS.len()];
            fs::write(folder.path().join(name), &damaged).unwrap();
            match outcome(folder.path()).await {
                // What is nobody's data, or is read later.
                Ok(readable) if readable.iter().all(|readable| *readable) => {}
                Ok(readable) => {
                    let (first, second) = readable.split_at(half);
                    let all = [true; ITEMS as usize / 2];
                    assert!(first == all || second == all, "{name} at {place}: {readable:?}");
                    partly += 1;
                }
                Err(refusal) => {
                    assert!(matches!(refusal, OpenError::Engine { .. }), "{refusal}");
                    refused += 1;
                }
            }
        }
    }
    assert!(0 < refused && 0 < partly, "{refused} were refused, {partly} were read in part");
}

/// What a check finds of a folder's items.
async fn check_items(folder: &Path) -> Checked {
    let store = Store::open(folder, &small()).unwrap();
    let checked = store.check().await.unwrap();
    assert!(checked.iter().all(|family| family.family == "items" || family.damages.is_empty()));
    checked.into_iter().find(|family| family.family == "items").unwrap()
}

/// The data files with items, first those that are first by their keys. Their first block is the items'.
fn item_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = files(folder, "sst");
    // What is smaller has the number of the last commit.
    files.retain(|file| fs::metadata(file).unwrap().len() > 1_500);
    assert_eq!(files.len(), 2);
    files
}

/// Changes a byte in the first block of a file.
fn damage(file: &Path) {
    let mut bytes = fs::read(file).unwrap();
    bytes[50] ^= 1;
    fs::write(file, bytes).unwrap();
}

#[tokio::test]
async fn a_check_names_a_damaged_file_and_counts_what_is_in_others() {
    let folder = with_files(true).await;
    let [first, _] = item_files(folder.path()).try_into().unwrap();
    damage(&first);
    let checked = check_items(folder.path()).await;
    let half = u64::from(ITEMS) / 2;
    assert_eq!((checked.entries, checked.bytes), (half, half * 105), "{checked:?}");
    let [damage] = checked.damages.as_slice() else { panic!("{checked:?}") };
    assert!(damage.contains(first.to_str().unwrap()) && damage.contains("offset 0"), "{damage}");
}

#[tokio::test]
async fn a_check_names_one_damaged_file_after_the_other_where_they_overlap() {
    let whole = with_files(true).await;
    let folder = copy(whole.path());
    let mut damaged = item_files(folder.path());
    for file in &damaged {
        damage(file);
    }
    while !damaged.is_empty() {
        let checked = check_items(folder.path()).await;
        let [damage] = checked.damages.as_slice() else { panic!("{checked:?}") };
        let is_named = |file: &PathBuf| damage.contains(file.to_str().unwrap());
        let named = damaged.remove(damaged.iter().position(is_named).unwrap());
        fs::copy(whole.path().join(named.file_name().unwrap()), &named).unwrap();
    }
    assert_eq!(check_items(folder.path()).await.entries, u64::from(ITEMS));
}

#[test]
fn a_folder_that_cannot_be_written_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    // Directories where a file is due are in everybody's way, also in that of a privileged user.
    let (taken, unnamed) = (folder.path().join("taken"), folder.path().join("unnamed"));
    fs::create_dir_all(taken.join("IN_USE")).unwrap();
    fs::create_dir_all(unnamed.join("FORMAT.new")).unwrap();
    for (open, named) in [
        (&file.join("data"), &file.join("data")),
        (&file, &file),
        (&PathBuf::from("/proc/self"), &PathBuf::from("/proc/self/IN_USE")),
        (&taken, &taken.join("IN_USE")),
        (&unnamed, &unnamed.join("FORMAT.new")),
    ] {
        let refusal = refusal(open);
        assert!(matches!(&refusal, OpenError::Io { path, .. } if path == named), "{refusal}");
    }
}

#[test]
fn a_folder_of_another_format_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()).unwrap());
    let format = folder.path().join("FORMAT");
    fs::write(&format, "5\n").unwrap();
    let refused = refusal(folder.path());
    assert!(matches!(refused, OpenError::NewerFormat { found: 5, known: 4, .. }));
    assert!(refused.to_string().contains("has format 5; this version reads formats up to 4"));
    for text in ["", "\n", "0", "one", "-1", "1 1", "\u{0}", "99999999999999999999"] {
        fs::write(&format, text).unwrap();
        assert!(matches!(refusal(folder.path()), OpenError::FormatUnreadable { .. }), "{text}");
    }
    fs::write(&format, [0xFF]).unwrap();
    assert!(matches!(refusal(folder.path()), OpenError::Io { path, .. } if path == format));
    fs::remove_file(&format).unwrap();
    assert!(matches!(refusal(folder.path()), OpenError::NotAStore { .. }));
    for older in ["1\n", "2\n", "3\n"] {
        fs::write(&format, older).unwrap();
        open(folder.path()).unwrap();
        let written = fs::read_to_string(&format).unwrap();
        assert_eq!(written, "4\n", "what this version writes is named");
    }
}
