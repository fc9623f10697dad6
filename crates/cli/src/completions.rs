//! `pixii completions`: a script that teaches a shell to complete this program's command line.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use clap::CommandFactory as _;
use clap::builder::PossibleValuesParser;
use clap_complete::Shell;
use workbench::Command;

use crate::command::Arguments;

/// Prints the script for `shell`.
pub(crate) fn run(shell: Shell) -> Result<()> {
    // `pixii query` takes a command's name in more spellings than a list could hold, so it has no list of
    // values. One spelling is enough to offer.
    let names = PossibleValuesParser::new(Command::ALL.iter().map(|command| command.name()));
    let mut command = Arguments::command()
        .mut_subcommand("query", |query| query.mut_arg("command", |name| name.value_parser(names)));
    let name = command.get_name().to_owned();
    // Into memory first: the generator panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut script);
    std::io::stdout().write_all(&script).context("the script could not be printed")
}
