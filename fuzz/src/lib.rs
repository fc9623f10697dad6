//! Fuzz targets: whatever bytes come in, nothing may break.
//!
//! A target is a test beside the code that it is of, so that it reaches what is private. `cargo test` runs it on
//! the files in `corpus/TARGET` and on inputs made from them, always the same ones. `fuzz/run TARGET` builds the
//! same test with coverage in it and has libFuzzer look for inputs for as long as one likes.

#[cfg(fuzzing)]
mod coverage;
#[cfg(not(fuzzing))]
mod mutate;
#[cfg(not(fuzzing))]
mod replay;

/// Runs a target on its corpus, and on so many inputs made from it. The target panics where something is wrong.
///
/// The environment may ask for more: `FUZZ_ROUNDS` for how many, `FUZZ_SEED` for others. With `FUZZ_KEEP` each
/// input is first written to the file of that name, for a target that takes the whole process down with it.
pub fn target(name: &str, rounds: u32, run: fn(&[u8])) {
    #[cfg(fuzzing)]
    {
        let _ = (name, rounds);
        coverage::fuzz(run);
    }
    #[cfg(not(fuzzing))]
    replay::replay(name, rounds, run);
}
