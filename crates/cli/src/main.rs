//! `pixii`: the program. It serves a database and asks any DynamoDB.

mod admin;
mod check;
mod colours;
mod command;
mod completions;
mod configuration;
mod connect;
mod manual;
mod output;
mod place;
mod query;
mod sample;
mod screen;
mod serve;
mod status;
mod transfer;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};

use crate::command::{Arguments, Verb};

/// Also for the storage engine's C++, so that memory is counted and given back in one place.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let matches = Arguments::command().get_matches();
    let arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let done = match arguments.verb {
        Verb::Serve(arguments) => serve::run(&arguments).map(|()| ExitCode::SUCCESS),
        Verb::Query(arguments) => query::run(&arguments),
        Verb::Connect(arguments) => connect::run(&arguments, &matches),
        Verb::Export(arguments) => transfer::export(&arguments),
        Verb::Import(arguments) => transfer::import(&arguments),
        Verb::Copy(arguments) => transfer::copy(&arguments),
        Verb::User(arguments) => admin::user(&arguments),
        Verb::Policy(arguments) => admin::policy(&arguments),
        Verb::Check { folder } => check::run(&folder),
        Verb::Completions { shell } => completions::run(shell).map(|()| ExitCode::SUCCESS),
        Verb::Man { output } => manual::run(output.as_deref()).map(|()| ExitCode::SUCCESS),
    };
    done.unwrap_or_else(|error| {
        // Nothing is left to do where even this cannot be written.
        let _ = writeln!(std::io::stderr(), "pixii: {error:#}");
        ExitCode::FAILURE
    })
}
