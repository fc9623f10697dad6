//! A target without a fuzzer: its corpus, then inputs made from that, as many as a test has time for.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::mutate;

/// The most bytes of a failing input that are shown.
const SHOWN_BYTES_MAX: usize = 4096;

pub(crate) fn replay(name: &str, rounds: u32, run: fn(&[u8])) {
    let corpus = corpus(name);
    let rounds = variable("FUZZ_ROUNDS").unwrap_or(rounds);
    let mut random = fastrand::Rng::with_seed(seed(name));
    let mut longest = Duration::ZERO;
    let begin = Instant::now();
    for (file, bytes) in &corpus {
        longest = longest.max(one(&format!("{name}: {file}"), bytes, run));
    }
    let inputs: Vec<&[u8]> = corpus.iter().map(|(_, bytes)| bytes.as_slice()).collect();
    for round in 0..rounds {
        let input = mutate::input(&inputs, &mut random);
        longest = longest.max(one(&format!("{name}: round {round}"), &input, run));
    }
    let (count, time) = (corpus.len() + rounds as usize, begin.elapsed());
    eprintln!("{name}: {count} inputs in {time:?}, the longest {longest:?}");
}

/// The files of a target's corpus, in the order of their names.
fn corpus(name: &str) -> Vec<(String, Vec<u8>)> {
    // From where the test runs: what was compiled may have been compiled elsewhere.
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let folders = Path::new(&package).ancestors().map(|above| above.join("fuzz/corpus").join(name));
    let folder = folders.into_iter().find(|folder| folder.is_dir()).unwrap_or_default();
    let files = fs::read_dir(&folder).unwrap_or_else(|error| {
        unreachable!("a target has a corpus, and that of {name} cannot be read: {error}")
    });
    let mut files: Vec<PathBuf> = files.map(|file| file.expect("it was listed").path()).collect();
    files.sort();
    let read = |path: &PathBuf| fs::read(path).expect("it was listed");
    let label = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    files.iter().map(|path| (label(path), read(path))).collect()
}

fn seed(name: &str) -> u64 {
    let mut hash = DefaultHasher::new();
    (name, variable::<u64>("FUZZ_SEED")).hash(&mut hash);
    hash.finish()
}

fn variable<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}

/// Runs a target on one input, which is shown if it fails. Gives the time that it took.
fn one(label: &str, bytes: &[u8], run: fn(&[u8])) -> Duration {
    if let Some(file) = std::env::var_os("FUZZ_KEEP") {
        fs::write(file, bytes).expect("the file that was asked for can be written");
    }
    let shown = Shown { label, bytes };
    let begin = Instant::now();
    run(bytes);
    let time = begin.elapsed();
    drop(shown);
    time
}

/// An input that is shown if it is dropped in a panic.
struct Shown<'a> {
    label: &'a str,
    bytes: &'a [u8],
}

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let shown = self.bytes.get(..SHOWN_BYTES_MAX).unwrap_or(self.bytes);
            eprintln!("{}: {} bytes, b\"{}\"", self.label, self.bytes.len(), shown.escape_ascii());
        }
    }
}
