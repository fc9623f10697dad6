//! The laws of the contract on a machine whose disk is slow, fails and loses power.
//!
//! Some workers make changes, each of which leaves a trace in every way that a commit can: a mark, its double
//! in another family, an entry of the log, an addition to a counter, and for half of them one more on a
//! number that others count up too. Whatever goes wrong, these must agree. The seed that a failure prints
//! repeats it.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use fastrand::Rng;
use pixii_storage::{
    Commit, CommitError, Error, Faults, RangeQuery, Reads, Simulation, Stamp, Store, View,
};
use tokio::task::{JoinSet, yield_now};

const SEEDS: u64 = 150;
const CRASHES: u32 = 4;
const WORKERS: u32 = 6;
const NUMBERS: u8 = 3;

/// The value of a mark whose change counted a number up.
const COUNTED: &[u8] = b"counted";

/// The worst that a machine is made to suffer.
const FAULTS_MAX: Faults = Faults {
    conflict: 300,
    too_old: 200,
    unknown: 300,
    failed_sync: 60,
    slow_sync: 900,
    delay: 700,
    late_discard: 900,
};

fn counter() -> Bytes {
    Bytes::from_static(b"\x50changes")
}

fn number_key(number: u8) -> Bytes {
    vec![0x10, number].into()
}

fn mark_key(mark: u32) -> Bytes {
    [b"\x11".as_ref(), &mark.to_be_bytes()].concat().into()
}

fn double_key(mark: u32) -> Bytes {
    [b"\x21".as_ref(), &mark.to_be_bytes()].concat().into()
}

fn family(first: u8) -> RangeQuery {
    RangeQuery {
        start: vec![first].into(),
        end: vec![first + 1].into(),
        reverse: false,
        entries_max: usize::MAX,
        bytes_max: usize::MAX,
        fill_cache: true,
    }
}

/// The four bytes at the end of a key, or a value.
fn last_u32(bytes: &[u8]) -> u32 {
    u32::from_be_bytes(*bytes.last_chunk().unwrap())
}

async fn number(view: &View, key: &Bytes) -> Result<u32, Error> {
    Ok(view.get(key).await?.map_or(0, |value| last_u32(&value)))
}

/// The change with this mark. With a number, one more on what is seen of it.
async fn change(store: &Store, mark: u32, counted: Option<u8>) -> Result<Commit, Error> {
    let one = Some(Bytes::from_static(if counted.is_some() { COUNTED } else { b"blind" }));
    let suffix = Bytes::copy_from_slice(&mark.to_be_bytes());
    let mut commit = Commit {
        writes: vec![(mark_key(mark), one.clone()), (double_key(mark), one)],
        appends: vec![(Bytes::from_static(b"\x30"), suffix, Bytes::new())],
        adds: vec![(counter(), 1)],
        ..Commit::default()
    };
    if let Some(counted) = counted {
        let view = store.view(Reads::One).await?;
        let key = number_key(counted);
        let next = number(&view, &key).await? + 1;
        commit.seen = view.version();
        commit.reads = vec![key.clone(), mark_key(mark)];
        commit.writes.push((key, Some(Bytes::copy_from_slice(&next.to_be_bytes()))));
    }
    Ok(commit)
}

/// What became of a change, as far as its worker knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Outcome {
    Acknowledged(Option<Stamp>),
    Perhaps,
    Absent,
}

/// How often each thing was met.
#[derive(Default, Debug)]
struct Tally {
    conflicts: u32,
    too_old: u32,
    happened: u32,
    did_not: u32,
    failed_syncs: u32,
    kept: u32,
    lost: u32,
    mixed: u32,
}

/// A machine, and what is known of what is on it.
struct World {
    simulation: Simulation,
    outcomes: BTreeMap<u32, Outcome>,
    /// The log, as far as somebody saw it.
    seen: Vec<Bytes>,
    random: Rng,
}

#[derive(Clone)]
struct Shared {
    tally: Arc<Mutex<Tally>>,
    /// All that was answered, in its order.
    trace: Arc<Mutex<Vec<String>>>,
}

impl Shared {
    fn note(&self, mark: u32, answer: &Result<Stamp, CommitError>) {
        self.trace.lock().unwrap().push(format!("{mark}: {answer:?}"));
        let mut tally = self.tally.lock().unwrap();
        match answer {
            Err(CommitError::Conflict(_)) => tally.conflicts += 1,
            Err(CommitError::TooOld) => tally.too_old += 1,
            _ => {}
        }
    }
}

/// Makes a change exactly once, if the machine lets it.
async fn make(store: &Store, mark: u32, counted: Option<u8>, shared: &Shared) -> Outcome {
    loop {
        let Ok(commit) = change(store, mark, counted).await else { return Outcome::Absent };
        let answer = store.commit(commit).await;
        shared.note(mark, &answer);
        match answer {
            Ok(stamp) => return Outcome::Acknowledged(Some(stamp)),
            Err(CommitError::Conflict(_) | CommitError::TooOld) => {}
            Err(CommitError::RefusingWrites) => return Outcome::Absent,
            Err(CommitError::Unknown) if store.is_refusing_writes() => return Outcome::Perhaps,
            Err(CommitError::Unknown) => {
                let Ok(view) = store.view(Reads::One).await else { return Outcome::Perhaps };
                let Ok(mark) = view.get(&mark_key(mark)).await else { return Outcome::Perhaps };
                let mut tally = shared.tally.lock().unwrap();
                if mark.is_some() {
                    tally.happened += 1;
                    return Outcome::Acknowledged(None);
                }
                tally.did_not += 1;
            }
            Err(other) => panic!("{other}"),
        }
    }
}

/// Makes changes until the store is gone, and gives what became of them.
async fn work(store: Store, first: u32, mut random: Rng, shared: Shared) -> Vec<(u32, Outcome)> {
    let mut outcomes = Vec::new();
    for mark in first..first + 1000 {
        let counted = random.bool().then(|| random.u8(..NUMBERS));
        let outcome = make(&store, mark, counted, &shared).await;
        outcomes.push((mark, outcome));
        if !matches!(outcome, Outcome::Acknowledged(_)) {
            break;
        }
    }
    outcomes
}

/// Follows the log until the store is gone. An entry that arrives late is never found.
async fn tail(store: Store, mut seen: Vec<Bytes>) -> Vec<Bytes> {
    loop {
        let Ok(view) = store.view(Reads::Many).await else { return seen };
        let mut query = family(0x30);
        query.entries_max = 5;
        if let Some(last) = seen.last() {
            query.start = [last.as_ref(), &[0]].concat().into();
        }
        let Ok(page) = view.range(&query).await else { return seen };
        seen.extend(page.entries.into_iter().map(|(key, _)| key));
        yield_now().await;
    }
}

impl World {
    fn new(seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let mut some = |max: u16| if random.bool() { random.u16(..=max) } else { 0 };
        let faults = Faults {
            conflict: some(FAULTS_MAX.conflict),
            too_old: some(FAULTS_MAX.too_old),
            unknown: some(FAULTS_MAX.unknown),
            failed_sync: some(FAULTS_MAX.failed_sync),
            slow_sync: some(FAULTS_MAX.slow_sync),
            delay: some(FAULTS_MAX.delay),
            late_discard: some(FAULTS_MAX.late_discard),
        };
        let simulation = Simulation::new(seed, faults);
        Self { simulation, outcomes: BTreeMap::new(), seen: Vec::new(), random }
    }

    /// Lets workers work, and crashes the machine under them.
    async fn round(&mut self, round: u32, shared: &Shared) {
        let store = self.simulation.store();
        let mut workers = JoinSet::new();
        for worker in 0..WORKERS {
            let first = (round * WORKERS + worker) * 1000;
            let random = self.random.fork();
            workers.spawn(work(store.clone(), first, random, shared.clone()));
        }
        let tail = tokio::spawn(tail(store.clone(), std::mem::take(&mut self.seen)));
        for _ in 0..self.random.u32(..400) {
            yield_now().await;
        }
        shared.tally.lock().unwrap().failed_syncs += u32::from(store.is_refusing_writes());
        let next = self.simulation.crash();
        assert_gone(&store).await;
        while let Some(outcomes) = workers.join_next().await {
            self.outcomes.extend(outcomes.unwrap());
        }
        self.seen = tail.await.unwrap();
        self.check(&next, shared).await;
    }

    /// Whether all traces of each change agree with one another and with what its worker was told.
    async fn check(&mut self, store: &Store, shared: &Shared) {
        let view = store.view(Reads::Many).await.unwrap();
        let marks = marks(&view, 0x11).await;
        assert_eq!(marks, self::marks(&view, 0x21).await, "a commit is torn");
        let values = view.range(&family(0x11)).await.unwrap().entries;
        let expected = values.iter().filter(|(_, value)| value == COUNTED).count();
        assert_eq!(counted(store).await as usize, expected, "an update is lost");
        let log = view.range(&family(0x30)).await.unwrap().entries;
        let logged: Vec<u32> = log.iter().map(|(key, _)| last_u32(key)).collect();
        assert_eq!(logged.len(), marks.len(), "a change is logged twice, or a commit is torn");
        assert_eq!(logged.into_iter().collect::<BTreeSet<u32>>(), marks);
        assert_eq!(view.count(&counter()).await.unwrap(), i64::try_from(marks.len()).unwrap());
        let seen = log.iter().map(|(key, _)| key).take(self.seen.len());
        assert!(seen.eq(&self.seen), "what was seen is gone, or something arrived late");
        self.seen = log.iter().map(|(key, _)| key.clone()).collect();
        self.check_outcomes(&log, &marks, shared);
    }

    fn check_outcomes(&mut self, log: &[(Bytes, Bytes)], marks: &BTreeSet<u32>, shared: &Shared) {
        let stamps: BTreeMap<u32, Stamp> = log
            .iter()
            .map(|(key, _)| (last_u32(key), Stamp(key[1..11].try_into().unwrap())))
            .collect();
        let mut tally = shared.tally.lock().unwrap();
        let (kept, lost) = (tally.kept, tally.lost);
        for (mark, outcome) in &mut self.outcomes {
            match *outcome {
                Outcome::Acknowledged(stamp) => {
                    assert!(marks.contains(mark), "an acknowledged change is gone");
                    assert!(stamp.is_none_or(|stamp| stamp == stamps[mark]));
                }
                Outcome::Absent => assert!(!marks.contains(mark), "a refused change was made"),
                Outcome::Perhaps if marks.contains(mark) => {
                    tally.kept += 1;
                    *outcome = Outcome::Acknowledged(None);
                }
                Outcome::Perhaps => {
                    tally.lost += 1;
                    *outcome = Outcome::Absent;
                }
            }
        }
        tally.mixed += u32::from(kept < tally.kept && lost < tally.lost);
        assert!(marks.iter().all(|mark| self.outcomes.contains_key(mark)), "nobody made this");
    }
}

async fn marks(view: &View, first: u8) -> BTreeSet<u32> {
    let page = view.range(&family(first)).await.unwrap();
    page.entries.iter().map(|(key, _)| last_u32(key)).collect()
}

/// A store whose process has ended does nothing more.
async fn assert_gone(store: &Store) {
    assert!(matches!(store.view(Reads::One).await, Err(Error::Interrupted)));
    assert_eq!(store.commit(Commit::default()).await, Err(CommitError::RefusingWrites));
    assert!(store.is_refusing_writes());
    assert!(store.discard(number_key(0)..number_key(1)).await.is_err());
    store.close().await.unwrap();
}

/// What all numbers come to.
async fn counted(store: &Store) -> u32 {
    let view = store.view(Reads::Many).await.unwrap();
    let mut counted = 0;
    for key in (0..NUMBERS).map(number_key) {
        counted += number(&view, &key).await.unwrap();
    }
    counted
}

/// All that happens with one seed: everything that was answered, and what was left in the end.
fn run(seed: u64, tally: &Arc<Mutex<Tally>>) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let shared = Shared { tally: Arc::clone(tally), trace: Arc::default() };
    runtime.block_on(async {
        let mut world = World::new(seed);
        for round in 0..CRASHES {
            world.round(round, &shared).await;
        }
        let store = world.simulation.store();
        let view = store.view(Reads::Many).await.unwrap();
        let left = view.range(&family(0x30)).await.unwrap();
        let counted = counted(&store).await;
        shared.trace.lock().unwrap().push(format!("{left:?} {counted}"));
    });
    drop(runtime);
    Arc::into_inner(shared.trace).unwrap().into_inner().unwrap()
}

/// Prints the seed if the test ends while it is in use.
struct Seed(u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the seed is {}", self.0);
        }
    }
}

#[test]
fn every_law_holds_whatever_goes_wrong() {
    let tally = Arc::<Mutex<Tally>>::default();
    for seed in 0..SEEDS {
        let _seed = Seed(seed);
        run(seed, &tally);
    }
    let tally = Arc::into_inner(tally).unwrap().into_inner().unwrap();
    let Tally { conflicts, too_old, happened, did_not, failed_syncs, kept, lost, mixed } = tally;
    let met = [conflicts, too_old, happened, did_not, failed_syncs, kept, lost, mixed];
    assert!(met.iter().all(|times| *times > 10), "{tally:?}");
}

#[test]
fn the_same_seed_gives_the_same() {
    for seed in 0..10 {
        let tally = Arc::default();
        assert_eq!(run(seed, &tally), run(seed, &tally));
        assert_ne!(run(seed, &tally), run(seed + 1, &tally));
    }
}

fn put(key: &Bytes, value: &'static str) -> Commit {
    Commit {
        writes: vec![(key.clone(), Some(Bytes::from_static(value.as_bytes())))],
        ..Commit::default()
    }
}

/// Makes ten changes that count up.
async fn count_up(store: Store, first: u32, shared: Shared) {
    for (mark, number) in (first..first + 10).zip((0..NUMBERS).cycle()) {
        let made = make(&store, mark, Some(number), &shared).await;
        assert!(matches!(made, Outcome::Acknowledged(_)));
    }
}

#[tokio::test]
async fn numbers_that_are_counted_up_lose_nothing() {
    for seed in 0..30 {
        let _seed = Seed(seed);
        let simulation = Simulation::new(seed, Faults { failed_sync: 0, ..FAULTS_MAX });
        let shared = Shared { tally: Arc::default(), trace: Arc::default() };
        let mut workers = JoinSet::new();
        for worker in 0..8 {
            workers.spawn(count_up(simulation.store(), worker * 10, shared.clone()));
        }
        while let Some(worker) = workers.join_next().await {
            worker.unwrap();
        }
        assert_eq!(counted(&simulation.store()).await, 80);
    }
}

#[tokio::test]
async fn a_restart_after_a_close_loses_nothing_and_stamps_ascend() {
    let simulation = Simulation::new(1, Faults::none());
    let mut last = Stamp::default();
    for round in 0..5 {
        let store = simulation.store();
        let view = store.view(Reads::One).await.unwrap();
        assert_eq!(view.version(), last);
        last = store.commit(put(&mark_key(round), "1")).await.unwrap();
        assert!(view.version() < last);
        store.close().await.unwrap();
        assert_eq!(store.commit(put(&mark_key(9), "1")).await, Err(CommitError::RefusingWrites));
        let store = simulation.crash();
        let marks = marks(&store.view(Reads::Many).await.unwrap(), 0x11).await;
        assert!(marks.into_iter().eq(0..=round));
        let commit = Commit { reads: vec![mark_key(9)], ..put(&mark_key(round), "2") };
        assert_eq!(store.commit(commit).await, Err(CommitError::TooOld));
    }
}

#[tokio::test]
async fn after_a_failed_sync_nothing_is_seen_of_it_and_writes_are_refused_until_a_restart() {
    let mut survived = 0;
    for seed in 0..40 {
        let simulation = Simulation::new(seed, Faults::none());
        let store = simulation.store();
        store.commit(put(&mark_key(1), "1")).await.unwrap();
        simulation.suffer(Faults { failed_sync: 1000, ..Faults::none() });
        assert_eq!(store.commit(put(&mark_key(2), "1")).await, Err(CommitError::Unknown));
        assert!(store.is_refusing_writes());
        simulation.suffer(Faults::none());
        assert_eq!(store.commit(put(&mark_key(3), "1")).await, Err(CommitError::RefusingWrites));
        assert!(matches!(
            store.discard(mark_key(1)..mark_key(2)).await,
            Err(Error::RefusingWrites)
        ));
        let view = store.view(Reads::Many).await.unwrap();
        assert_eq!(marks(&view, 0x11).await, BTreeSet::from([1]));
        let store = simulation.crash();
        assert!(matches!(view.get(&mark_key(1)).await, Err(Error::Interrupted)));
        let marks = marks(&store.view(Reads::Many).await.unwrap(), 0x11).await;
        assert!(marks.contains(&1) && !marks.contains(&3));
        survived += u32::from(marks.contains(&2));
        store.commit(put(&mark_key(3), "1")).await.unwrap();
    }
    assert!(0 < survived && survived < 40);
}

#[tokio::test]
async fn a_late_discard_is_made_in_the_end_also_after_a_crash() {
    let simulation = Simulation::new(3, Faults { late_discard: 1000, ..Faults::none() });
    let store = simulation.store();
    for mark in 0..10 {
        store.commit(put(&mark_key(mark), "1")).await.unwrap();
    }
    let before = store.view(Reads::Many).await.unwrap();
    store.discard(mark_key(0)..mark_key(9)).await.unwrap();
    assert_eq!(marks(&before, 0x11).await.len(), 10);
    let after = store.view(Reads::Many).await.unwrap();
    assert_eq!(marks(&after, 0x11).await.len(), 10);
    let store = simulation.crash();
    let mut left = 10;
    for _ in 0..300 {
        left = marks(&store.view(Reads::Many).await.unwrap(), 0x11).await.len();
    }
    assert_eq!(left, 1);
}
