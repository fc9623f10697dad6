//! `pixii man`: the manual pages, made from the same words as the help.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use crate::command::Arguments;

/// What examples begin with in the help.
const EXAMPLES: &str = "Examples:\n";

/// Prints the program's page, or writes it and a page for each command into `folder`.
pub(crate) fn run(folder: Option<&Path>) -> Result<()> {
    // The pages say what `pixii help` says, so it needs none of its own.
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    let Some(folder) = folder else {
        let page = page(command)?;
        return std::io::stdout().write_all(&page).context("the page could not be printed");
    };
    fs::create_dir_all(folder)
        .with_context(|| format!("the folder {} could not be made", folder.display()))?;
    write_pages(command, folder)
}

/// Writes the page of `command` and those of its own commands.
fn write_pages(command: Command, folder: &Path) -> Result<()> {
    for part in command.get_subcommands() {
        write_pages(part.clone(), folder)?;
    }
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    let path = folder.join(format!("{name}.1"));
    fs::write(&path, page(command)?)
        .with_context(|| format!("{} could not be written", path.display()))
}

/// The page of one command.
fn page(command: Command) -> Result<Vec<u8>> {
    let closing = command.get_after_long_help().or_else(|| command.get_after_help());
    let closing = closing.map(ToString::to_string);
    let mut page = Vec::new();
    let bare = command.after_help(None).after_long_help(None);
    Man::new(bare).source(concat!("pixii ", env!("CARGO_PKG_VERSION"))).render(&mut page)?;
    let closing = closing.unwrap_or_default();
    // Examples stand last.
    let (notes, examples) = match closing.strip_prefix(EXAMPLES) {
        Some(examples) => ("", examples),
        None => closing.split_once(&format!("\n\n{EXAMPLES}")).unwrap_or((&closing, "")),
    };
    section(notes, examples).to_writer(&mut page)?;
    Ok(page)
}

/// What the help ends with. Left to the generator, its examples would be filled and hyphenated like prose.
fn section(notes: &str, examples: &str) -> Roff {
    let mut section = Roff::new();
    if !notes.is_empty() {
        section.control("SH", ["NOTES"]);
        for paragraph in notes.split("\n\n") {
            section.control("PP", []).text([roman(paragraph)]);
        }
    }
    if !examples.is_empty() {
        section.control("SH", ["EXAMPLES"]).control("nf", []);
        for line in examples.lines() {
            section.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
        }
        section.control("fi", []);
    }
    section
}
