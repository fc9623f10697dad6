//! The benchmark: loads a server of the API with signed requests, and measures how it answers.

mod bare;
mod call;
mod client;
mod drive;
mod engine;
mod error;
mod item;
mod latency;
mod random;
mod reply;
mod report;
mod request;
mod run;
mod signature;
mod wait;
mod workload;

use std::error::Error as _;
use std::io;
use std::process::ExitCode;

use clap::Parser as _;

/// Measures servers that speak the API of `DynamoDB`.
#[derive(clap::Parser, Debug)]
#[command(version)]
enum Command {
    /// Runs workloads against a server.
    Run(run::Arguments),
    /// Waits until a server answers.
    Wait(wait::Arguments),
    /// Serves the reply of one `GetItem` to every request: the limit of all servers.
    Bare(bare::Arguments),
    /// Has the storage engine alone make the commits of writes: the limit of durable writes.
    Engine(engine::Arguments),
}

fn main() -> ExitCode {
    let output = &mut io::stdout().lock();
    let result = match Command::parse() {
        Command::Run(arguments) => run::run(&arguments, output),
        Command::Wait(arguments) => wait::wait(&arguments),
        Command::Bare(arguments) => bare::serve(&arguments, output),
        Command::Engine(arguments) => engine::measure(&arguments, output),
    };
    let Err(error) = result else {
        return ExitCode::SUCCESS;
    };
    eprintln!("pixii-bench: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        eprintln!("  because: {cause}");
        source = cause.source();
    }
    ExitCode::FAILURE
}
