//! A whole server in one thread, from one seed: clients that do things at the same time, a store that delays, refuses, forgets
//! and crashes, a clock that stops and steps; and a history that must have an explanation.
//!
//! `PIXII_SIMULATION_SEEDS=100000` runs so many seeds, `PIXII_SIMULATION_SEED=17` runs one and prints its history.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may panic and print"
)]

mod items;
mod lists;
mod register;
mod replicas;
mod serial;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use world::World;

/// Seeds of a usual run, of each kind of history.
const SEEDS: u64 = 2000;
/// Of histories of several servers.
const GROUP_SEEDS: u64 = 300;
const THREADS: usize = 2;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

/// Runs a history of a seed on a runtime of its own.
fn run(seed: u64, history: impl AsyncFn(u64) -> String) -> String {
    // Time passes where everybody waits for it.
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().unwrap();
    runtime.block_on(history(seed))
}

/// A history of one server.
fn one(history: impl AsyncFn(Arc<World>) -> String) -> impl AsyncFn(u64) -> String {
    async move |seed| history(Arc::new(World::new(seed))).await
}

/// Runs as many seeds as asked for, and names the first that fails.
fn run_all(seeds: u64, history: impl AsyncFn(u64) -> String + Sync) {
    if let Some(seed) = number("PIXII_SIMULATION_SEED") {
        println!("{}", run(seed, &history));
        return;
    }
    let seeds = number("PIXII_SIMULATION_SEEDS").unwrap_or(seeds);
    let (next, failed) = (AtomicU64::new(0), AtomicU64::new(u64::MAX));
    let fails = |seed| catch_unwind(AssertUnwindSafe(|| run(seed, &history))).is_err();
    let work = || {
        let seeds = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed))
            .take_while(|seed| *seed < seeds && failed.load(Ordering::Relaxed) == u64::MAX);
        for seed in seeds.filter(|seed| fails(*seed)) {
            failed.fetch_min(seed, Ordering::Relaxed);
        }
    };
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(work);
        }
    });
    let failed = failed.into_inner();
    assert!(failed == u64::MAX, "PIXII_SIMULATION_SEED={failed} repeats what failed above");
}

#[test]
fn single_items_are_linearizable_and_indexes_equal_their_tables() {
    run_all(SEEDS, one(items::history));
}

#[test]
fn transactions_are_serializable_and_each_is_made_once() {
    run_all(SEEDS, one(lists::history));
}

#[test]
fn replicas_come_to_agree_and_lose_nothing() {
    run_all(GROUP_SEEDS, replicas::history);
}

#[test]
fn a_seed_repeats_its_history() {
    for seed in [3, 8, 21, 34] {
        assert_eq!(run(seed, one(items::history)), run(seed, one(items::history)));
        assert_eq!(run(seed, one(lists::history)), run(seed, one(lists::history)));
    }
}
