//! A reply as it is printed: JSON, or its entries as lines, as CSV or as a table.
//!
//! Numbers stay as they came: members are carried as the JSON that they are.

use std::fmt;
use std::io::{IsTerminal as _, Write as _};
use std::process::{Command, Stdio};

use anyhow::Result;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use workbench::Done;

use crate::command::OutputFormat;

/// The most characters of a cell in a table.
const CELL_CHARACTERS_MAX: usize = 60;
/// The members of replies that hold their entries.
const LISTS: &[&str] = &["Items", "Records"];

/// Prints the pages of a reply.
pub(crate) struct Printer {
    format: OutputFormat,
    /// The columns of a CSV, once its first page is printed.
    columns: Option<Vec<String>>,
}

impl Printer {
    pub(crate) fn new(format: OutputFormat) -> Self {
        Self { format, columns: None }
    }

    /// Prints a page. One that is longer than the terminal is left to the pager.
    pub(crate) fn print(&mut self, done: &Done) -> Result<()> {
        let text = match self.format {
            OutputFormat::Json => format!("{}\n", done.raw),
            OutputFormat::Plain => format!("{}\n", done.plain),
            OutputFormat::Jsonl => {
                let mut lines: Vec<String> =
                    entries(&done.plain)?.iter().map(|entry| squeezed(entry.get())).collect();
                lines.push(String::new());
                lines.join("\n")
            }
            OutputFormat::Csv => self.csv(&rows(&done.plain)?)?,
            OutputFormat::Table => table(&rows(&done.plain)?),
        };
        show(&text)
    }

    fn csv(&mut self, rows: &[Row]) -> Result<String> {
        let is_first = self.columns.is_none();
        let columns = self.columns.get_or_insert_with(|| columns(rows));
        let mut writer = csv::Writer::from_writer(Vec::new());
        if is_first {
            writer.write_record(&*columns)?;
        }
        for row in rows {
            writer.write_record(columns.iter().map(|column| row.cell(column)))?;
        }
        Ok(String::from_utf8(writer.into_inner()?)?)
    }
}

/// An entry's members, in their order.
#[derive(Default)]
struct Row(Vec<(String, Box<RawValue>)>);

impl Row {
    /// A member's text: of a string its content, of anything else its JSON.
    fn cell(&self, name: &str) -> String {
        let value = self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value.get());
        let value = value.unwrap_or_default();
        serde_json::from_str::<String>(value).unwrap_or_else(|_| squeezed(value))
    }
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Row;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Row, M::Error> {
                let mut row = Row::default();
                while let Some(member) = map.next_entry()? {
                    row.0.push(member);
                }
                Ok(row)
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// The entries of a reply: its items, its only list, its item, or the whole.
fn entries(reply: &str) -> Result<Vec<Box<RawValue>>> {
    let members: Row = serde_json::from_str(reply)?;
    let list = |value: &RawValue| serde_json::from_str::<Vec<Box<RawValue>>>(value.get()).ok();
    let named = members.0.iter().find(|(name, _)| LISTS.contains(&name.as_str()));
    if let Some(entries) = named.and_then(|(_, value)| list(value)) {
        return Ok(entries);
    }
    let mut lists = members.0.iter().filter_map(|(_, value)| list(value));
    if let (Some(entries), None) = (lists.next(), lists.next()) {
        return Ok(entries);
    }
    if let [(_, only)] = members.0.as_slice()
        && only.get().starts_with('{')
    {
        return Ok(vec![only.clone()]);
    }
    Ok(vec![RawValue::from_string(reply.trim().to_owned())?])
}

/// The entries as rows. An entry that is no object is a row of one cell.
fn rows(reply: &str) -> Result<Vec<Row>> {
    let row = |entry: Box<RawValue>| {
        serde_json::from_str(entry.get()).unwrap_or_else(|_| Row(vec![("value".to_owned(), entry)]))
    };
    Ok(entries(reply)?.into_iter().map(row).collect())
}

/// The names of all members, in the order in which they first appear.
fn columns(rows: &[Row]) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    for (name, _) in rows.iter().flat_map(|row| &row.0) {
        if !columns.contains(name) {
            columns.push(name.clone());
        }
    }
    columns
}

fn table(rows: &[Row]) -> String {
    let columns = columns(rows);
    let cell = |text: String| {
        let one_line = text.replace(['\n', '\r', '\t'], " ");
        let count = one_line.chars().count();
        let cut: String = one_line.chars().take(CELL_CHARACTERS_MAX - 1).collect();
        if count <= CELL_CHARACTERS_MAX { one_line } else { cut + "…" }
    };
    let lines: Vec<Vec<String>> = std::iter::once(columns.clone())
        .chain(rows.iter().map(|row| columns.iter().map(|column| cell(row.cell(column))).collect()))
        .collect();
    let width = |place: usize| {
        let cells = lines.iter().filter_map(|line| line.get(place));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let mut text = String::new();
    for (number, line) in lines.iter().enumerate() {
        let padded: Vec<String> =
            line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        text.push_str(padded.join("  ").trim_end());
        text.push('\n');
        if number == 0 {
            let rules: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
            text.push_str(&rules.join("  "));
            text.push('\n');
        }
    }
    text
}

/// JSON without the white space around its parts.
fn squeezed(json: &str) -> String {
    let mut squeezed = String::with_capacity(json.len());
    let (mut is_text, mut is_escaped) = (false, false);
    for character in json.chars() {
        if is_text || !character.is_ascii_whitespace() {
            squeezed.push(character);
        }
        if !is_escaped && character == '"' {
            is_text = !is_text;
        }
        is_escaped = is_text && !is_escaped && character == '\\';
    }
    squeezed
}

/// Writes a text; through the pager where a terminal has not the lines for it.
fn show(text: &str) -> Result<()> {
    let mut out = std::io::stdout();
    let height =
        out.is_terminal().then(terminal_size::terminal_size).flatten().map(|(_, height)| height.0);
    let is_long = height.is_some_and(|height| usize::from(height) <= text.lines().count());
    let pager = std::env::var("PAGER").unwrap_or_else(|_| "less -FRX".to_owned());
    let mut words = pager.split_whitespace();
    if let Some(program) = words.next().filter(|_| is_long)
        && let Ok(mut paging) = Command::new(program).args(words).stdin(Stdio::piped()).spawn()
    {
        if let Some(input) = &mut paging.stdin {
            // Who leaves the pager early has seen enough.
            let _ = input.write_all(text.as_bytes());
        }
        drop(paging.stdin.take());
        paging.wait()?;
        return Ok(());
    }
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // Whoever reads has seen enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(reply: &str, expected: &str) {
        assert_eq!(table(&rows(reply).unwrap()), expected);
    }

    #[test]
    fn entries_are_rows_with_a_column_for_each_member() {
        check(
            r#"{"Count": 2, "Items": [{"id": 1.50, "name": "a"}, {"id": 12345678901234567890123, "tags": ["x", "y"]}]}"#,
            "id                       name  tags\n\
             -----------------------  ----  ---------\n\
             1.50                     a\n\
             12345678901234567890123        [\"x\",\"y\"]\n",
        );
        check(r#"{"TableNames": ["a", "b"]}"#, "value\n-----\na\nb\n");
        check(r#"{"Item": {"id": "x"}}"#, "id\n--\nx\n");
        check(
            r#"{"Item": {"id": "x"}, "N": 1}"#,
            "Item        N\n----------  -\n{\"id\":\"x\"}  1\n",
        );
    }

    #[test]
    fn a_csv_has_its_columns_once() {
        let done = r#"{"Items": [{"id": "a,b", "n": 1}]}"#;
        let mut printer = Printer::new(OutputFormat::Csv);
        assert_eq!(printer.csv(&rows(done).unwrap()).unwrap(), "id,n\n\"a,b\",1\n");
        assert_eq!(printer.csv(&rows(done).unwrap()).unwrap(), "\"a,b\",1\n");
    }
}
