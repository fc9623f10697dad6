//! What only an engine with a folder can promise: what survives, what is refused, and what is cut off.

#![cfg(test)]

#[expect(dead_code, reason = "other tests look at other files")]
mod folder;

use std::path::Path;
use std::process::Command;
use std::time::Duration;
use std::{env, fs};

use bytes::Bytes;
use pixii_storage::{Commit, CommitError, Epoch, OpenError, RangeQuery, Reads, Stamp, Store, View};
use tempfile::TempDir;

use folder::{copy, files, get, item, log, open, put, refusal, small, torn_files, value};

fn add(added: i64) -> Commit {
    Commit { adds: vec![(Bytes::from_static(b"\x50a"), added)], ..Commit::default() }
}

async fn last(store: &Store) -> (Stamp, Epoch) {
    let view = store.view(Reads::One).await.unwrap();
    (view.version(), view.epoch())
}

#[tokio::test]
async fn what_was_committed_is_there_after_reopening() {
    for is_stopped_cleanly in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let mut before = (Stamp::default(), None);
        for round in 0..4_u32 {
            let store = open(folder.path()).unwrap();
            let (stamp, epoch) = last(&store).await;
            assert_eq!((stamp, Some(epoch)), (before.0, before.1.or(Some(epoch))));
            assert_eq!(store.count(b"\x50a").await.unwrap(), i64::from(round) * 3);
            for earlier in 0..round {
                assert_eq!(get(&store, earlier).await.unwrap(), value(earlier, 0));
            }
            store.commit(Commit { metadata: true, ..put(round, value(round, 0)) }).await.unwrap();
            store.commit(add(1)).await.unwrap();
            store.commit(add(2)).await.unwrap();
            let after = last(&store).await;
            assert!(stamp < after.0);
            assert_ne!(epoch, after.1);
            before = (after.0, Some(after.1));
            if is_stopped_cleanly {
                store.close().await.unwrap();
                assert_eq!(fs::metadata(log(folder.path())).unwrap().len(), 0);
            }
        }
    }
}

#[tokio::test]
async fn what_was_read_before_a_restart_is_too_old_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    store.commit(put(1, "1")).await.unwrap();
    let (seen, _) = last(&store).await;
    store.commit(put(2, "1")).await.unwrap();
    drop(store);
    let store = open(folder.path()).unwrap();
    let commit = Commit { seen, reads: vec![item(3)], ..put(4, "1") };
    assert_eq!(store.commit(commit.clone()).await, Err(CommitError::TooOld));
    let (seen, _) = last(&store).await;
    store.commit(Commit { seen, ..commit }).await.unwrap();
}

#[tokio::test]
async fn what_was_acknowledged_is_in_a_copy_made_right_after() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    for place in 0..20 {
        store.commit(put(place, value(place, 0))).await.unwrap();
        store.commit(add(1)).await.unwrap();
        let copy = copy(folder.path());
        let reopened = open(copy.path()).unwrap();
        assert_eq!(last(&reopened).await, last(&store).await);
        assert_eq!(reopened.count(b"\x50a").await.unwrap(), i64::from(place) + 1);
        for earlier in 0..=place {
            assert_eq!(get(&reopened, earlier).await.unwrap(), value(earlier, 0));
        }
        assert!(torn_files(copy.path()).is_empty());
    }
}

#[tokio::test]
async fn a_folder_in_use_is_refused_until_its_store_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    let clone = store.clone();
    drop(store);
    assert!(matches!(refusal(folder.path()), OpenError::InUse { .. }));
    let view = clone.view(Reads::Many).await.unwrap();
    clone.close().await.unwrap();
    drop(clone);
    assert!(matches!(refusal(folder.path()), OpenError::InUse { .. }));
    assert_eq!(view.get(&item(1)).await.unwrap(), None);
    drop(view);
    open(folder.path()).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_not_in_the_cache_is_read_from_disk() {
    const ITEMS: u32 = 4_000;
    let (_folder, store) = with_items(ITEMS).await;
    let before = store.view(Reads::Many).await.unwrap();
    for place in 0..ITEMS {
        if place % 2 == 0 {
            store.commit(put(place, value(place, 1))).await.unwrap();
        }
    }
    store.close().await.unwrap();
    let after = store.view(Reads::Many).await.unwrap();
    let expected = |round: u32| {
        (0..ITEMS)
            .map(move |place| (item(place), value(place, if place % 2 == 0 { round } else { 0 })))
    };
    for (view, round) in [(&before, 0), (&after, 1)] {
        for (key, value) in expected(round).step_by(7) {
            assert_eq!(view.get(&key).await.unwrap().unwrap(), value);
        }
        let all: Vec<(Bytes, Bytes)> = expected(round).collect();
        for some in all.chunks(50) {
            let keys: Vec<Bytes> = some.iter().map(|(key, _)| key.clone()).collect();
            for ((key, value), found) in some.iter().zip(view.get_many(&keys).await.unwrap()) {
                assert_eq!(found.as_ref(), Some(value), "{key:?} of round {round}");
            }
        }
        for reverse in [false, true] {
            let mut found = all_items(view, reverse).await;
            if reverse {
                found.reverse();
            }
            assert!(found.into_iter().eq(expected(round)));
        }
    }
}

/// The items, read in pages.
async fn all_items(view: &View, reverse: bool) -> Vec<(Bytes, Bytes)> {
    let mut query = RangeQuery { reverse, entries_max: 300, ..all() };
    let mut found = Vec::new();
    loop {
        let page = view.range(&query).await.unwrap();
        found.extend(page.entries);
        if page.is_last {
            return found;
        }
        let (last, _) = found.last().unwrap();
        if reverse {
            query.end = last.clone();
        } else {
            query.start = [last.as_ref(), &[0]].concat().into();
        }
    }
}

/// A store whose data files hold many items.
async fn with_items(items: u32) -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), &small()).unwrap();
    for places in (0..items).collect::<Vec<_>>().chunks(100) {
        let writes = places.iter().map(|place| (item(*place), Some(value(*place, 0)))).collect();
        store.commit(Commit { writes, ..Commit::default() }).await.unwrap();
    }
    (folder, store)
}

/// How many bytes of data files a folder has.
fn data_bytes(folder: &Path) -> u64 {
    // One may be removed meanwhile.
    files(folder, "sst").iter().map(|file| fs::metadata(file).map_or(0, |file| file.len())).sum()
}

/// Waits until a folder has few data, which it must in far less than a minute.
async fn wait_until_given_back(folder: &Path) {
    for _ in 0..6_000 {
        if data_bytes(folder) < 1_000_000 {
            return;
        }
        tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(10)))
            .await
            .unwrap();
    }
    panic!("the space is not given back");
}

#[tokio::test]
async fn discarded_space_is_given_back() {
    let (folder, store) = with_items(8_000).await;
    store.discard(item(0)..item(7_990)).await.unwrap();
    assert_eq!(get(&store, 7_989).await, None);
    wait_until_given_back(folder.path()).await;
    assert_eq!(get(&store, 7_995).await.unwrap(), value(7_995, 0));
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_view_from_before_a_discard_reads_the_range_to_its_end() {
    let (folder, store) = with_items(8_000).await;
    let before = store.view(Reads::Many).await.unwrap();
    let mut query = RangeQuery { entries_max: 50, ..all() };
    let mut found = before.range(&query).await.unwrap().entries;
    let discarded = item(0)..item(7_990);
    store.discard(discarded.clone()).await.unwrap();
    // Later ones, which nobody sees, are given back in the meantime or not.
    store.discard(discarded).await.unwrap();
    let bytes = data_bytes(folder.path());
    loop {
        let (last, _) = found.last().unwrap();
        query.start = [last.as_ref(), &[0]].concat().into();
        let page = before.range(&query).await.unwrap();
        found.extend(page.entries);
        if page.is_last {
            break;
        }
    }
    assert!(found.into_iter().eq((0..8_000).map(|place| (item(place), value(place, 0)))));
    assert!(bytes / 2 < data_bytes(folder.path()));
    let after = store.view(Reads::Many).await.unwrap();
    assert_eq!(after.range(&all()).await.unwrap().entries.len(), 10);
    drop(before);
    wait_until_given_back(folder.path()).await;
    assert_eq!(after.range(&all()).await.unwrap().entries.len(), 10);
}

#[tokio::test]
async fn what_a_stop_left_to_be_given_back_is_given_back_after_the_next_start() {
    for is_stopped_cleanly in [true, false] {
        let (folder, store) = with_items(8_000).await;
        let view = store.view(Reads::Many).await.unwrap();
        store.discard(item(0)..item(7_990)).await.unwrap();
        // A view that is still open holds neither the end of the store up nor the next start.
        if is_stopped_cleanly {
            store.close().await.unwrap();
            assert!(store.discard(item(7_990)..item(7_991)).await.is_err());
        }
        drop(store);
        assert_eq!(view.get(&item(5)).await.unwrap().unwrap(), value(5, 0));
        drop(view);
        assert!(2_000_000 < data_bytes(folder.path()));
        let store = Store::open(folder.path(), &small()).unwrap();
        wait_until_given_back(folder.path()).await;
        assert_eq!(get(&store, 5).await, None);
        assert_eq!(get(&store, 7_995).await.unwrap(), value(7_995, 0));
        store.close().await.unwrap();
    }
}

/// All items.
fn all() -> RangeQuery {
    RangeQuery {
        start: item(0),
        end: item(u32::MAX),
        reverse: false,
        entries_max: usize::MAX,
        bytes_max: usize::MAX,
        fill_cache: false,
    }
}

const LIMITED_FOLDER: &str = "PIXII_TEST_LIMITED_FOLDER";

/// The other half of the test below: does nothing unless it is run by it, with a limit on file sizes.
#[tokio::test]
async fn in_a_limited_process() {
    let Ok(folder) = env::var(LIMITED_FOLDER) else { return };
    let store = open(Path::new(&folder)).unwrap();
    let mut place = 0;
    let failure = loop {
        match store.commit(put(place, vec![1; 10_000])).await {
            Ok(_) => place += 1,
            Err(failure) => break failure,
        }
    };
    assert_eq!(failure, CommitError::Unknown);
    assert!(store.is_refusing_writes());
    let (version, _) = last(&store).await;
    assert_eq!(store.commit(put(0, "1")).await, Err(CommitError::RefusingWrites));
    assert!(store.discard(item(0)..item(1)).await.is_err());
    assert_eq!(get(&store, place - 1).await.unwrap().len(), 10_000);
    assert_eq!(get(&store, place).await, None);
    assert_eq!(last(&store).await.0, version);
    store.close().await.unwrap();
    fs::write(Path::new(&folder).join("acknowledged"), place.to_string()).unwrap();
}

#[tokio::test]
async fn after_a_failed_write_all_are_refused_and_a_restart_has_what_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let limited = "trap '' XFSZ; ulimit -f 1024; exec \"$0\" --exact in_a_limited_process";
    let output = Command::new("sh")
        .args(["-c", limited])
        .arg(env::current_exe().unwrap())
        .env(LIMITED_FOLDER, folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let acknowledged = fs::read_to_string(folder.path().join("acknowledged")).unwrap();
    let store = open(folder.path()).unwrap();
    for place in 0..acknowledged.parse().unwrap() {
        assert_eq!(get(&store, place).await.unwrap().len(), 10_000);
    }
    store.commit(put(0, "1")).await.unwrap();
}
