//! The storage contract, as tests that every engine passes.

#![cfg(test)]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use pixii_storage::{
    COMMIT_BYTES_MAX, Commit, CommitError, Error, Faults, KEY_BYTES_MAX, Page, RangeQuery, Reads,
    Simulation, Stamp, Store, View,
};
use tempfile::TempDir;

/// Runs each test on each engine.
macro_rules! on_every_engine {
    ($($test:ident),* $(,)?) => {
        mod memory {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                super::$test(pixii_storage::Store::in_memory()).await;
            })*
        }

        mod simulated {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                super::$test(super::simulated(pixii_storage::Faults::none())).await;
            })*
        }

        mod slow {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                let faults = pixii_storage::Faults::none();
                let slow = pixii_storage::Faults { slow_sync: 500, delay: 300, ..faults };
                super::$test(super::simulated(slow)).await;
            })*
        }

        mod embedded {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                let (_folder, store) = super::embedded();
                super::$test(store).await;
            })*
        }
    };
}

on_every_engine!(
    what_is_committed_is_read,
    write_skew_is_refused,
    a_lost_update_is_refused,
    increments_that_try_again_are_all_counted,
    of_commits_in_conflict_exactly_one_wins,
    a_conflict_names_the_reads_that_changed,
    commits_without_reads_never_conflict,
    a_view_is_stable_under_concurrent_commits,
    stamps_ascend_and_none_arrives_late,
    a_view_shows_nothing_behind_its_version,
    appends_are_in_order_within_their_commit,
    times_along_a_log_never_go_back,
    a_write_that_used_old_metadata_is_refused,
    keys_and_values_may_be_long,
    adds_are_exact_under_contention,
    a_deleted_counter_begins_again,
    a_discarded_range_is_gone_and_its_neighbours_are_not,
    pages_resume_exactly_both_ways,
    a_range_of_nothing_is_one_empty_page,
    reads_that_are_too_old_are_refused,
    what_is_out_of_bounds_is_refused,
    a_commit_whose_caller_left_is_whole_or_absent,
    a_closed_store_refuses_commits_and_is_read,
    a_check_counts_what_each_family_has,
);

fn embedded() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), &pixii_storage::Options::default()).unwrap();
    (folder, store)
}

fn simulated(faults: Faults) -> Store {
    Simulation::new(1, faults).store()
}

/// A key of an item.
fn item(name: impl AsRef<[u8]>) -> Bytes {
    [b"\x10", name.as_ref()].concat().into()
}

fn counter(name: &str) -> Bytes {
    [b"\x50", name.as_bytes()].concat().into()
}

fn put(key: &Bytes, value: impl Into<Bytes>) -> Commit {
    Commit { writes: vec![(key.clone(), Some(value.into()))], ..Commit::default() }
}

fn add(key: &Bytes, added: i64) -> Commit {
    Commit { adds: vec![(key.clone(), added)], ..Commit::default() }
}

fn append(prefix: &'static [u8], suffix: Vec<u8>) -> Commit {
    let appended = (Bytes::from_static(prefix), suffix.into(), Bytes::from_static(b"value"));
    Commit { appends: vec![appended], ..Commit::default() }
}

/// `commit`, on the condition that what `view` saw of `reads` is still so.
fn given(view: &View, reads: &[&Bytes], commit: Commit) -> Commit {
    let reads = reads.iter().copied().cloned().collect();
    Commit { seen: view.version(), reads, ..commit }
}

fn query(start: impl Into<Bytes>, end: impl Into<Bytes>) -> RangeQuery {
    RangeQuery {
        start: start.into(),
        end: end.into(),
        reverse: false,
        entries_max: usize::MAX,
        bytes_max: usize::MAX,
        fill_cache: true,
    }
}

fn items() -> RangeQuery {
    query(vec![0x10], vec![0x20])
}

async fn get(store: &Store, key: &Bytes) -> Option<Bytes> {
    store.view(Reads::One).await.unwrap().get(key).await.unwrap()
}

async fn number(view: &View, key: &Bytes) -> u64 {
    let value = view.get(key).await.unwrap();
    value.map_or(0, |value| u64::from_be_bytes(value.as_ref().try_into().unwrap()))
}

fn number_value(number: u64) -> Bytes {
    Bytes::copy_from_slice(&number.to_be_bytes())
}

async fn what_is_committed_is_read(store: Store) {
    let (a, b) = (item("a"), item("b"));
    let before = store.view(Reads::Many).await.unwrap();
    let first = store.commit(put(&a, "1")).await.unwrap();
    let second = store
        .commit(Commit {
            writes: vec![(a.clone(), None), (b.clone(), Some(Bytes::from_static(b"2")))],
            ..Commit::default()
        })
        .await
        .unwrap();
    assert!(Stamp::default() < first && first < second);
    assert_eq!(get(&store, &a).await, None);
    assert_eq!(get(&store, &b).await.unwrap(), "2");
    let after = store.view(Reads::Many).await.unwrap();
    assert_eq!(after.version(), second);
    let keys = [b.clone(), a.clone(), Bytes::from_static(b"\x20none"), b.clone()];
    let two = Some(Bytes::from_static(b"2"));
    assert_eq!(after.get_many(&keys).await.unwrap(), [two.clone(), None, None, two]);
    assert_eq!(before.get_many(&keys).await.unwrap(), [None, None, None, None]);
    assert_eq!(store.count(&counter("none")).await.unwrap(), 0);
}

async fn write_skew_is_refused(store: Store) {
    let (a, b) = (item("a"), item("b"));
    let view = store.view(Reads::Many).await.unwrap();
    store.commit(given(&view, &[&a, &b], put(&a, "off"))).await.unwrap();
    let refused = store.commit(given(&view, &[&a, &b], put(&b, "off"))).await;
    assert_eq!(refused, Err(CommitError::Conflict(vec![a])));
    assert_eq!(get(&store, &b).await, None);
}

async fn a_lost_update_is_refused(store: Store) {
    let key = item("a");
    store.commit(put(&key, "1")).await.unwrap();
    let view = store.view(Reads::One).await.unwrap();
    store.commit(put(&key, "2")).await.unwrap();
    let refused = store.commit(given(&view, &[&key], put(&key, "1 + 1"))).await;
    assert_eq!(refused, Err(CommitError::Conflict(vec![key.clone()])));
    let view = store.view(Reads::One).await.unwrap();
    store.commit(given(&view, &[&key], put(&key, "2 + 1"))).await.unwrap();
    assert_eq!(get(&store, &key).await.unwrap(), "2 + 1");
}

async fn increments_that_try_again_are_all_counted(store: Store) {
    let key = item("a");
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (store, key) = (store.clone(), key.clone());
            tokio::spawn(async move {
                let mut done = 0;
                while done < 25 {
                    let view = store.view(Reads::One).await.unwrap();
                    let next = number_value(number(&view, &key).await + 1);
                    match store.commit(given(&view, &[&key], put(&key, next))).await {
                        Ok(_) => done += 1,
                        Err(error) => assert_eq!(error, CommitError::Conflict(vec![key.clone()])),
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(number(&store.view(Reads::One).await.unwrap(), &key).await, 200);
}

async fn of_commits_in_conflict_exactly_one_wins(store: Store) {
    for round in 0..20_u64 {
        let key = item(round.to_be_bytes());
        let view = store.view(Reads::One).await.unwrap();
        let tasks: Vec<_> = (0..32)
            .map(|writer| {
                let commit = given(&view, &[&key], put(&key, number_value(writer)));
                let store = store.clone();
                tokio::spawn(async move { store.commit(commit).await })
            })
            .collect();
        let mut won = Vec::new();
        for (writer, task) in (0..).zip(tasks) {
            match task.await.unwrap() {
                Ok(_) => won.push(writer),
                Err(error) => assert_eq!(error, CommitError::Conflict(vec![key.clone()])),
            }
        }
        let view = store.view(Reads::One).await.unwrap();
        assert_eq!(won, [number(&view, &key).await]);
    }
}

async fn a_conflict_names_the_reads_that_changed(store: Store) {
    let keys: Vec<Bytes> = ["a", "b", "c", "d"].map(item).into();
    let view = store.view(Reads::Many).await.unwrap();
    store.commit(put(&keys[1], "1")).await.unwrap();
    let deletion = Commit { writes: vec![(keys[3].clone(), None)], ..Commit::default() };
    store.commit(deletion).await.unwrap();
    let reads: Vec<&Bytes> = keys.iter().collect();
    let refused = store.commit(given(&view, &reads, put(&item("e"), "1"))).await;
    assert_eq!(refused, Err(CommitError::Conflict(vec![keys[1].clone(), keys[3].clone()])));
}

async fn commits_without_reads_never_conflict(store: Store) {
    let key = item("a");
    let tasks: Vec<_> = (0..64)
        .map(|writer| {
            let (store, commit) = (store.clone(), put(&key, number_value(writer)));
            tokio::spawn(async move { store.commit(commit).await.unwrap() })
        })
        .collect();
    let mut last = None;
    for (writer, task) in (0..).zip(tasks) {
        last = last.max(Some((task.await.unwrap(), writer)));
    }
    let view = store.view(Reads::One).await.unwrap();
    assert_eq!(Some((view.version(), number(&view, &key).await)), last);
}

async fn a_view_is_stable_under_concurrent_commits(store: Store) {
    let keys: Vec<Bytes> = (0..10_u8).map(|key| item([key])).collect();
    let is_over = Arc::new(AtomicBool::new(false));
    let writer = {
        let (store, keys, is_over) = (store.clone(), keys.clone(), Arc::clone(&is_over));
        tokio::spawn(async move {
            let mut round = 0;
            while !is_over.load(Ordering::Relaxed) {
                round += 1;
                let value = Some(number_value(round));
                let writes = keys.iter().map(|key| (key.clone(), value.clone())).collect();
                store.commit(Commit { writes, ..Commit::default() }).await.unwrap();
            }
        })
    };
    let mut last = 0;
    while last < 100 {
        let view = store.view(Reads::Many).await.unwrap();
        let seen = number(&view, &keys[0]).await;
        assert!(last <= seen);
        last = seen;
        for _ in 0..3 {
            tokio::task::yield_now().await;
            let expected = (seen > 0).then(|| number_value(seen));
            let values = view.get_many(&keys).await.unwrap();
            assert!(values.iter().all(|value| *value == expected));
            let page = view.range(&items()).await.unwrap();
            assert_eq!(page.entries.len(), if seen > 0 { 10 } else { 0 });
            assert!(page.entries.iter().all(|(_, value)| Some(value) == expected.as_ref()));
        }
    }
    is_over.store(true, Ordering::Relaxed);
    writer.await.unwrap();
}

/// The stamp in the key of an append whose prefix is one byte.
fn stamp(key: &Bytes) -> Stamp {
    Stamp(key[1..11].try_into().unwrap())
}

async fn stamps_ascend_and_none_arrives_late(store: Store) {
    const EACH: u32 = 100;
    let writers: Vec<_> = (0..16_u32)
        .map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut stamps = Vec::new();
                for round in 0..EACH {
                    let suffix = (writer * EACH + round).to_be_bytes().to_vec();
                    let stamp = store.commit(append(b"\x30", suffix)).await.unwrap();
                    let view = store.view(Reads::One).await.unwrap();
                    assert!(stamp <= view.version(), "a view after a commit is older than it");
                    stamps.push(stamp);
                }
                assert!(stamps.is_sorted());
                stamps
            })
        })
        .collect();
    let mut tailed: Vec<Bytes> = Vec::new();
    while tailed.len() < 16 * EACH as usize {
        let view = store.view(Reads::Many).await.unwrap();
        let start = tailed.last().map_or(vec![0x30], |key| [key.as_ref(), &[0]].concat());
        let page = view.range(&query(start, vec![0x40])).await.unwrap();
        tailed.extend(page.entries.into_iter().map(|(key, _)| key));
        tokio::task::yield_now().await;
    }
    let mut acknowledged = BTreeSet::new();
    for writer in writers {
        acknowledged.extend(writer.await.unwrap());
    }
    assert_eq!(acknowledged.len(), 16 * EACH as usize, "two commits have one stamp");
    assert!(tailed.iter().map(stamp).eq(acknowledged), "the tail missed a commit");
    let view = store.view(Reads::Many).await.unwrap();
    let all = view.range(&query(vec![0x30], vec![0x40])).await.unwrap();
    assert!(all.entries.iter().map(|(key, _)| key).eq(&tailed));
}

async fn a_view_shows_nothing_behind_its_version(store: Store) {
    let is_over = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..4_u8)
        .map(|writer| {
            let (store, is_over) = (store.clone(), Arc::clone(&is_over));
            tokio::spawn(async move {
                while !is_over.load(Ordering::Relaxed) {
                    store.commit(append(b"\x30", vec![writer])).await.unwrap();
                }
            })
        })
        .collect();
    let newest = RangeQuery { reverse: true, entries_max: 1, ..query(vec![0x30], vec![0x40]) };
    let mut seen = 0;
    let mut before = Stamp([0; 10]);
    while seen < 2_000 {
        let view = store.view(Reads::Many).await.unwrap();
        assert!(before <= view.version(), "a version went back");
        before = view.version();
        if let Some((key, _)) = view.range(&newest).await.unwrap().entries.first() {
            assert_eq!(stamp(key), view.version());
            seen += 1;
        }
        assert!(before <= store.view(Reads::One).await.unwrap().version());
        tokio::task::yield_now().await;
    }
    is_over.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
}

async fn appends_are_in_order_within_their_commit(store: Store) {
    let appends: Vec<_> = (0..300_u16)
        .map(|place| {
            let suffix = Bytes::copy_from_slice(&(!place).to_be_bytes());
            (Bytes::from_static(b"\x31ab"), suffix, Bytes::copy_from_slice(&place.to_be_bytes()))
        })
        .collect();
    let stamp = store.commit(Commit { appends, ..Commit::default() }).await.unwrap();
    let view = store.view(Reads::Many).await.unwrap();
    let page = view.range(&query(vec![0x30], vec![0x40])).await.unwrap();
    let expected: Vec<_> = (0..300_u16)
        .map(|place| {
            let ordinal = place.to_be_bytes();
            let key = [b"\x31ab".as_ref(), &stamp.0, &ordinal, &(!place).to_be_bytes()].concat();
            let value = [[0; 8].as_ref(), &ordinal].concat();
            (Bytes::from(key), Bytes::from(value))
        })
        .collect();
    assert_eq!(page, Page { entries: expected, is_last: true });
}

async fn times_along_a_log_never_go_back(store: Store) {
    let append = |time_ms| Commit {
        appends: vec![(Bytes::from_static(b"\x30"), Bytes::new(), Bytes::from_static(b"x"))],
        time_ms,
        ..Commit::default()
    };
    // What appends nothing has no say.
    let key = item("a");
    store.commit(Commit { time_ms: 90, ..put(&key, "1") }).await.unwrap();
    for time_ms in [5, 9, 7, 9, 12] {
        store.commit(append(time_ms)).await.unwrap();
    }
    let view = store.view(Reads::Many).await.unwrap();
    let page = view.range(&query(vec![0x30], vec![0x40])).await.unwrap();
    let times: Vec<u64> = page
        .entries
        .iter()
        .map(|(_, value)| u64::from_be_bytes(value[..8].try_into().unwrap()))
        .collect();
    assert_eq!(times, [5, 9, 9, 9, 12]);
}

async fn a_write_that_used_old_metadata_is_refused(store: Store) {
    let (row, other_row) = (Bytes::from_static(b"\x01table"), Bytes::from_static(b"\x01other"));
    let define = |row: &Bytes, value| Commit { metadata: true, ..put(row, value) };
    store.commit(define(&row, "one")).await.unwrap();
    let view = store.view(Reads::Many).await.unwrap();
    store.commit(put(&item("a"), "1")).await.unwrap();
    assert_eq!(store.view(Reads::One).await.unwrap().epoch(), view.epoch());
    store.commit(define(&other_row, "other")).await.unwrap();
    assert_ne!(store.view(Reads::One).await.unwrap().epoch(), view.epoch());
    store.commit(given(&view, &[&row], put(&item("b"), "1"))).await.unwrap();
    store.commit(define(&row, "two")).await.unwrap();
    let refused = store.commit(given(&view, &[&row], put(&item("c"), "1"))).await;
    assert_eq!(refused, Err(CommitError::Conflict(vec![row])));
}

async fn keys_and_values_may_be_long(store: Store) {
    let keys: Vec<Bytes> =
        (0..20_u8).map(|last| item([vec![7; 8_000], vec![last]].concat())).collect();
    let value = Bytes::from(vec![1; 1_000_000]);
    for key in &keys {
        store.commit(put(key, value.clone())).await.unwrap();
    }
    let view = store.view(Reads::Many).await.unwrap();
    let page = view.range(&items()).await.unwrap();
    assert!(page.entries.iter().map(|(key, _)| key).eq(&keys));
    assert!(page.entries.iter().all(|(_, found)| *found == value));
    assert_eq!(view.get(&keys[3]).await.unwrap().unwrap(), value);
    let refused = store.commit(given(&view, &[&keys[0]], put(&keys[1], "new"))).await;
    assert!(refused.is_ok());
}

async fn adds_are_exact_under_contention(store: Store) {
    let (a, b) = (counter("a"), counter("b"));
    let before = store.view(Reads::Many).await.unwrap();
    let tasks: Vec<_> = (0..16)
        .map(|writer: i64| {
            let (store, a, b) = (store.clone(), a.clone(), b.clone());
            tokio::spawn(async move {
                for _ in 0..50 {
                    let adds = vec![(a.clone(), writer - 20), (b.clone(), 1)];
                    store.commit(Commit { adds, ..Commit::default() }).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let after = store.view(Reads::Many).await.unwrap();
    assert_eq!(
        after.count(&a).await.unwrap(),
        (0..16).map(|writer| (writer - 20) * 50).sum::<i64>()
    );
    assert_eq!(store.count(&b).await.unwrap(), 16 * 50);
    assert_eq!(before.count(&a).await.unwrap(), 0);
}

async fn a_deleted_counter_begins_again(store: Store) {
    let key = counter("a");
    let deletion = Commit { writes: vec![(key.clone(), None)], ..Commit::default() };
    for _ in 0..10 {
        let commits = [add(&key, 5), deletion.clone(), add(&key, 2), add(&key, 1)];
        let mut under_way = Vec::new();
        for commit in commits {
            let store = store.clone();
            under_way.push(tokio::spawn(async move { store.commit(commit).await.unwrap() }));
        }
        for commit in under_way {
            commit.await.unwrap();
        }
        store.commit(deletion.clone()).await.unwrap();
        assert_eq!(store.count(&key).await.unwrap(), 0);
        store.commit(Commit { adds: vec![(key.clone(), 4)], ..deletion.clone() }).await.unwrap();
        assert_eq!(store.count(&key).await.unwrap(), 4);
    }
}

async fn a_discarded_range_is_gone_and_its_neighbours_are_not(store: Store) {
    let key = |table: u8, place: u32| item([&[table][..], &place.to_be_bytes()].concat());
    for table in 1..=3 {
        let places = if table == 2 { 100_000 } else { 10 };
        let writes: Vec<_> = (0..places)
            .map(|place| (key(table, place), Some(Bytes::from_static(b"a value"))))
            .collect();
        for writes in writes.chunks(10_000) {
            store.commit(Commit { writes: writes.to_vec(), ..Commit::default() }).await.unwrap();
        }
    }
    store.discard(key(2, 0)..key(3, 0)).await.unwrap();
    store.commit(put(&key(4, 0), "after")).await.unwrap();
    let view = store.view(Reads::Many).await.unwrap();
    let left = view.range(&items()).await.unwrap();
    let expected: Vec<Bytes> = [1, 3]
        .iter()
        .flat_map(|table| (0..10).map(|place| key(*table, place)))
        .chain([key(4, 0)])
        .collect();
    assert!(left.entries.iter().map(|(key, _)| key).eq(&expected));
    assert_eq!(view.get(&key(2, 5)).await.unwrap(), None);
    let across = store.discard(Bytes::from_static(b"\x10")..Bytes::from_static(b"\x30")).await;
    assert!(matches!(across, Err(Error::OutsideFamilies)));
    store.close().await.unwrap();
}

async fn pages_resume_exactly_both_ways(store: Store) {
    let expected: Vec<(Bytes, Bytes)> = (0..200_u16)
        .map(|place| (item((place * 3).to_be_bytes()), Bytes::from(vec![7; usize::from(place)])))
        .collect();
    let writes = expected.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
    store.commit(Commit { writes, ..Commit::default() }).await.unwrap();
    store.commit(put(&Bytes::from_static(b"\x20other"), "1")).await.unwrap();
    let view = store.view(Reads::Many).await.unwrap();
    for (entries_max, bytes_max) in [
        (1, usize::MAX),
        (7, usize::MAX),
        (200, usize::MAX),
        (usize::MAX, 0),
        (usize::MAX, 500),
        (9, 900),
    ] {
        for reverse in [false, true] {
            let query = RangeQuery { entries_max, bytes_max, reverse, ..items() };
            let mut found = Vec::new();
            for page in pages(&view, query).await {
                check_page(&page, entries_max, bytes_max);
                found.extend(page.entries);
            }
            if reverse {
                found.reverse();
            }
            assert_eq!(found, expected);
        }
    }
}

/// All pages of a range, each begun where the one before ended.
async fn pages(view: &View, mut query: RangeQuery) -> Vec<Page> {
    let mut pages = Vec::new();
    loop {
        let page = view.range(&query).await.unwrap();
        if let Some((last, _)) = page.entries.last() {
            if query.reverse {
                query.end = last.clone();
            } else {
                query.start = [last.as_ref(), &[0]].concat().into();
            }
        }
        let is_last = page.is_last;
        pages.push(page);
        if is_last {
            return pages;
        }
    }
}

/// A page is as full as it may be, unless it is the last.
fn check_page(page: &Page, entries_max: usize, bytes_max: usize) {
    let bytes = |entries: &[(Bytes, Bytes)]| -> usize {
        entries.iter().map(|(key, value)| key.len() + value.len()).sum()
    };
    assert!(page.entries.len() <= entries_max);
    let (_, but_last) = page.entries.split_last().unwrap();
    assert!(but_last.is_empty() || bytes(but_last) < bytes_max);
    let is_full = page.entries.len() == entries_max || bytes(&page.entries) >= bytes_max;
    assert!(is_full || page.is_last);
}

async fn a_range_of_nothing_is_one_empty_page(store: Store) {
    store.commit(put(&item("b"), "1")).await.unwrap();
    let view = store.view(Reads::Many).await.unwrap();
    let empty = Page { entries: Vec::new(), is_last: true };
    for (start, end) in [("a", "b"), ("c", "d"), ("b", "b"), ("d", "a")] {
        for reverse in [false, true] {
            let query = RangeQuery { reverse, ..query(item(start), item(end)) };
            assert_eq!(view.range(&query).await.unwrap(), empty);
        }
    }
    let page = view.range(&RangeQuery { entries_max: 0, ..items() }).await.unwrap();
    assert_eq!(page, Page { entries: Vec::new(), is_last: false });
}

async fn reads_that_are_too_old_are_refused(store: Store) {
    let key = item("a");
    let view = store.view(Reads::One).await.unwrap();
    let mut written: u32 = 0;
    let refusal = loop {
        assert!(written < 10_000_000, "no number of writes makes a read too old");
        let writes =
            (written..written + 50_000).map(|key| (item(key.to_be_bytes()), None)).collect();
        store.commit(Commit { writes, ..Commit::default() }).await.unwrap();
        written += 50_000;
        match store.commit(given(&view, &[&key], put(&item("b"), "1"))).await {
            Ok(_) => {}
            Err(refusal) => break refusal,
        }
    };
    assert_eq!(refusal, CommitError::TooOld);
    store.commit(Commit { seen: view.version(), ..put(&key, "1") }).await.unwrap();
    let view = store.view(Reads::One).await.unwrap();
    store.commit(given(&view, &[&key], put(&key, "2"))).await.unwrap();
}

async fn what_is_out_of_bounds_is_refused(store: Store) {
    let outside = Bytes::from_static(b"\x60a");
    let view = store.view(Reads::One).await.unwrap();
    for commit in [
        put(&outside, "1"),
        put(&Bytes::new(), "1"),
        put(&counter("a"), "12345678"),
        add(&item("a"), 1),
        append(b"", Vec::new()),
        append(b"\x50", Vec::new()),
        given(&view, &[&counter("a")], Commit::default()),
    ] {
        assert_eq!(store.commit(commit).await, Err(CommitError::WrongFamily));
    }
    for commit in [
        put(&item(vec![1; KEY_BYTES_MAX]), "1"),
        put(&item("a"), vec![0; COMMIT_BYTES_MAX]),
        Commit {
            appends: vec![(Bytes::from_static(b"\x30"), Bytes::new(), Bytes::new()); (1 << 16) + 1],
            ..Commit::default()
        },
    ] {
        assert_eq!(store.commit(commit).await, Err(CommitError::TooLarge));
    }
    assert!(matches!(view.get(&outside).await, Err(Error::OutsideFamilies)));
    assert!(matches!(view.count(&item("a")).await, Err(Error::OutsideFamilies)));
    assert!(matches!(view.get_many(&[item("a"), outside]).await, Err(Error::OutsideFamilies)));
    let across = view.range(&query(vec![0x10], vec![0x20, 0])).await;
    assert!(matches!(across, Err(Error::OutsideFamilies)));
    store.commit(put(&item("large"), vec![0; COMMIT_BYTES_MAX - 100])).await.unwrap();
}

async fn a_commit_whose_caller_left_is_whole_or_absent(store: Store) {
    let pairs: Vec<(Bytes, Bytes)> = (0..500_u16)
        .map(|place| (item(place.to_be_bytes()), item([&place.to_be_bytes()[..], b"!"].concat())))
        .collect();
    let tasks: Vec<_> = pairs
        .iter()
        .map(|(one, two)| {
            let writes = [one, two].map(|key| (key.clone(), Some(Bytes::from_static(b"1")))).into();
            let store = store.clone();
            tokio::spawn(async move { store.commit(Commit { writes, ..Commit::default() }).await })
        })
        .collect();
    for (place, task) in tasks.iter().enumerate() {
        if place % 2 == 0 {
            task.abort();
        }
    }
    let mut acknowledged = Vec::new();
    for task in tasks {
        acknowledged.push(task.await.is_ok_and(|stamp| stamp.is_ok()));
    }
    store.commit(put(&item("last"), "1")).await.unwrap();
    let view = store.view(Reads::Many).await.unwrap();
    for ((one, two), is_acknowledged) in pairs.iter().zip(acknowledged) {
        let is_there = view.get(one).await.unwrap().is_some();
        assert_eq!(is_there, view.get(two).await.unwrap().is_some());
        assert!(is_there || !is_acknowledged);
    }
}

async fn a_closed_store_refuses_commits_and_is_read(store: Store) {
    let key = item("a");
    store.commit(put(&key, "1")).await.unwrap();
    assert!(!store.is_refusing_writes());
    store.close().await.unwrap();
    store.close().await.unwrap();
    assert!(store.is_refusing_writes());
    assert_eq!(store.commit(put(&key, "2")).await, Err(CommitError::RefusingWrites));
    assert_eq!(get(&store, &key).await.unwrap(), "1");
}

async fn a_check_counts_what_each_family_has(store: Store) {
    let writes = (0..1_000_u16).map(|place| (item(place.to_be_bytes()), Some("value".into())));
    store
        .commit(Commit {
            writes: writes.chain([(Bytes::from_static(b"\x20entry"), Some("1".into()))]).collect(),
            adds: vec![(counter("a"), 1), (counter("b"), -1)],
            ..append(b"\x30", Vec::new())
        })
        .await
        .unwrap();
    store.commit(Commit { writes: vec![(item([0, 0]), None)], ..Commit::default() }).await.unwrap();
    for _ in 0..2 {
        let checked = store.check().await.unwrap();
        assert!(checked.iter().all(|family| family.damages.is_empty()));
        let found: Vec<_> = checked
            .iter()
            .filter(|family| family.family != "default")
            .map(|family| (family.family, family.entries, family.bytes))
            .collect();
        let expected = [
            ("metadata", 0, 0),
            ("items", 999, 999 * 8),
            ("indexes", 1, 7),
            // With the eight bytes of the time.
            ("log", 1, 26),
            ("queues", 0, 0),
            ("counters", 2, 20),
        ];
        assert_eq!(found, expected);
        // From memory, and from the files that this leaves.
        store.close().await.unwrap();
    }
}
