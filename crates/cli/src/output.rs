//! A reply as it is printed, page after page.

use std::io::{self, IsTerminal as _, Write as _};

use anyhow::Result;
use serde::Deserialize;
use serde_json::value::RawValue;
use workbench::{Command, Done, Format, Item, ItemFormat, ItemWriter, Keys, View, format};

use crate::command::OutputFormat;
use crate::screen::Screen;
use crate::status;

/// Commands whose pages are of items, so that all of them make one CSV.
const ITEM_COMMANDS: [&str; 3] = ["ExecuteStatement", "Query", "Scan"];

/// Prints the pages of a reply.
pub(crate) struct Printer {
    command: Command,
    format: Format,
    view: View,
    form: Form,
    /// The first line of a CSV, once it is printed.
    header: Option<String>,
}

enum Form {
    /// Each page for itself.
    Pages(Screen),
    /// All items together, whose columns are not known from the first page.
    Items(ItemWriter<Screen>),
}

/// A page of items.
#[derive(Deserialize)]
struct Items {
    #[serde(rename = "Items", default)]
    all: Vec<Box<RawValue>>,
}

impl Printer {
    /// For a reply that is one page, or may have several.
    pub(crate) fn new(command: Command, output: OutputFormat, is_paged: bool) -> Self {
        let (format, screen) = (output.format(), Screen::new());
        let is_together =
            is_paged && format == Format::Csv && ITEM_COMMANDS.contains(&command.name());
        let form = if is_together {
            Form::Items(ItemWriter::new(ItemFormat::Csv, &Keys::default(), screen))
        } else {
            Form::Pages(screen)
        };
        let size = io::stdout().is_terminal().then(terminal_size::terminal_size).flatten();
        let view = View { width: size.map(|(width, _)| usize::from(width.0)), ..View::default() };
        Self { command, format, view, form, header: None }
    }

    /// Prints a page. Tells whether anybody wants another one.
    pub(crate) fn print(&mut self, done: &Done) -> Result<bool> {
        let printed = match &mut self.form {
            Form::Items(writer) => items(writer, done),
            Form::Pages(_) => self.page(done),
        };
        is_wanted(printed)
    }

    fn page(&mut self, done: &Done) -> Result<()> {
        let reply = String::from_utf8_lossy(&done.bytes);
        let text = format(self.format, self.command, &reply, &self.view)?;
        let Form::Pages(screen) = &mut self.form else { return Ok(()) };
        if self.format == Format::Table && self.header.is_some() {
            writeln!(screen)?;
        }
        // The pages of a CSV have one first line.
        let header = text.split_inclusive('\n').next().unwrap_or_default().to_owned();
        let is_known = self.format == Format::Csv && self.header.as_ref() == Some(&header);
        let rest = text.strip_prefix(&*header).filter(|_| is_known);
        self.header = Some(header);
        screen.write_all(rest.unwrap_or(&text).as_bytes())?;
        Ok(())
    }

    /// Prints what is left, and waits until it is read.
    pub(crate) fn finish(self) -> Result<()> {
        let finished = match self.form {
            Form::Pages(screen) => screen.finish().map_err(Into::into),
            Form::Items(writer) => {
                writer.finish().map_err(Into::into).and_then(|screen| Ok(screen.finish()?))
            }
        };
        is_wanted(finished).map(drop)
    }
}

fn items(writer: &mut ItemWriter<Screen>, done: &Done) -> Result<()> {
    let page: Items = serde_json::from_slice(&done.bytes)?;
    for item in page.all {
        writer.write(Item::from_typed(item.get())?)?;
    }
    Ok(())
}

/// Whether somebody reads on. Who has seen enough has made no mistake.
fn is_wanted(printed: Result<()>) -> Result<bool> {
    match printed {
        Ok(()) => Ok(true),
        Err(error) if status::is_closed(&error) => Ok(false),
        Err(error) => Err(error),
    }
}
