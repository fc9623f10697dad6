//! The command `engine`: the storage engine alone, making the commits that writes of items make. No server on the same
//! engine can acknowledge durable writes faster.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use storage::{Commit, Options, Reads, Store};
use tokio::runtime;

use crate::error::{Error, Result};
use crate::random::Random;

/// Options of `engine`.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    /// The folder of the store, made if it is not there.
    #[arg(long)]
    data: PathBuf,
    /// Items that are written over and over.
    #[arg(long, default_value_t = 100_000)]
    items: u64,
    /// The size of an item.
    #[arg(long, default_value_t = 1024)]
    item_bytes: usize,
    /// Commits under way at any time.
    #[arg(long, default_value_t = 32)]
    connections: u64,
    /// How long each kind of write is measured.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

/// What comes before a commit.
#[derive(Clone, Copy)]
enum Before {
    /// Nothing.
    Nothing,
    /// A read of the item.
    Read,
}

/// Measures blind writes, then writes that read the item first, and prints how many there were each second.
pub(crate) fn measure(arguments: &Arguments, output: &mut impl Write) -> Result<()> {
    let runtime =
        runtime::Builder::new_multi_thread().enable_all().build().map_err(Error::Report)?;
    runtime.block_on(async {
        let store = Store::open(&arguments.data, &Options::default())
            .map_err(|error| Error::Report(std::io::Error::other(error)))?;
        for (name, before) in [("blind", Before::Nothing), ("read first", Before::Read)] {
            let writes = Box::pin(writes_per_second(&store, arguments, before)).await;
            writeln!(output, "{name}: {writes} durable writes per second")
                .map_err(Error::Report)?;
        }
        Ok(())
    })
}

async fn writes_per_second(store: &Store, arguments: &Arguments, before: Before) -> u64 {
    let made = Arc::new(AtomicU64::new(0));
    let begun = Instant::now();
    let end = begun + Duration::from_secs(arguments.seconds);
    let (items, value) = (arguments.items, Bytes::from(vec![b'x'; arguments.item_bytes]));
    let writers: Vec<_> = (0..arguments.connections)
        .map(|seed| {
            let (store, made, value) = (store.clone(), Arc::clone(&made), value.clone());
            tokio::spawn(async move {
                let mut random = Random::new(seed + 1);
                while Instant::now() < end {
                    let commit = commit(&store, random.below(items), value.clone(), before).await;
                    if store.commit(commit).await.is_ok() {
                        made.fetch_add(1, Ordering::Relaxed);
                    }
                }
            })
        })
        .collect();
    for writer in writers {
        // A writer that panicked has made what it has made.
        let _ = writer.await;
    }
    made.load(Ordering::Relaxed) * 1000
        / u64::try_from(begun.elapsed().as_millis()).unwrap_or(1).max(1)
}

async fn commit(store: &Store, item: u64, value: Bytes, before: Before) -> Commit {
    let key = Bytes::from([&[0x10, 0, 0, 0, 1], item.to_be_bytes().as_slice()].concat());
    let mut commit = Commit::default();
    if matches!(before, Before::Read)
        && let Ok(view) = store.view(Reads::One).await
        && view.get(&key).await.is_ok()
    {
        commit.seen = view.version();
        commit.reads.push(key.clone());
    }
    commit.writes.push((key, Some(value)));
    commit
}
