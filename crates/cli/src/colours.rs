//! Colours for whoever sits at a terminal, unless `NO_COLOR` says that they are not wanted.

use std::io::IsTerminal;

/// Escape sequences for colours, where they are wanted.
pub(crate) struct Colours {
    is_on: bool,
}

/// A way to show a text, by its number in the sequence.
#[derive(Clone, Copy)]
pub(crate) enum Colour {
    Bold = 1,
    Red = 31,
    Green = 32,
    Yellow = 33,
}

impl Colours {
    /// Those of a stream.
    pub(crate) fn of(stream: &impl IsTerminal) -> Self {
        let is_unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { is_on: stream.is_terminal() && !is_unwanted }
    }

    pub(crate) fn paint(&self, colour: Colour, text: &str) -> String {
        if self.is_on {
            format!("\u{1b}[{}m{text}\u{1b}[0m", colour as u8)
        } else {
            text.to_owned()
        }
    }
}
