//! Items in files: CSV, JSON Lines and DynamoDB JSON.
//!
//! All three keep every type and every digit. DynamoDB JSON has `{"Item": {…}}` in each line, as the
//! service's own exports; JSON Lines has plain JSON ([`attribute`](crate::attribute) says what stays
//! typed in it); [`comma`] tells the notation of CSV. Files are read and written piece by piece, so that
//! their length does not matter. A line that cannot be read is told with its number, and reading
//! goes on with the next.

mod comma;
mod part;

use std::fmt;
use std::io::{BufRead, Read as _, Write};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::attribute::{AttributeFault, Item, Keys};
use crate::error::Error;
use crate::json::{self, Leniency};
use comma::{CommaReader, CommaWriter};
pub use part::{ItemsRead, ItemsText, Part, read_items, write_items};

/// The most that one line may hold, in bytes: an item of 400 KB in its longest form, with room.
pub(crate) const LINE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A line's number and what it holds; `None` after the last.
type Numbered<T> = Option<(u64, Result<T, ItemFault>)>;

/// How items are written in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemFormat {
    /// A table of text. Its first line names the attributes.
    Csv,
    /// Plain JSON, an item in each line.
    Jsonl,
    /// Typed JSON in `{"Item": {…}}`, an item in each line.
    #[serde(rename = "dynamodb-json")]
    DynamoDbJson,
}

impl ItemFormat {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Csv, Self::Jsonl, Self::DynamoDbJson];

    /// The name on command lines: `csv`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            Self::DynamoDbJson => "dynamodb-json",
        }
    }
}

impl fmt::Display for ItemFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for ItemFormat {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let known = Self::ALL.into_iter().find(|format| format.name() == name);
        known.ok_or_else(|| Error::UnknownItemFormat { name: name.to_owned() })
    }
}

/// A line that cannot be read as an item.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct LineFault {
    /// Its number, counted from 1.
    pub line: u64,
    /// What is wrong with it.
    pub fault: ItemFault,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ItemFault {
    /// It is no item.
    #[error(transparent)]
    Attribute(#[from] AttributeFault),
    /// It is longer than any item.
    #[error("it is longer than {LINE_BYTES_MAX} bytes, and so no item")]
    TooLong,
    /// It is no text.
    #[error("it is not UTF-8")]
    NotText,
    /// It has more or fewer cells than the first line.
    #[error("it has {cells} cells, and the first line has {columns}")]
    Cells {
        /// How many it has.
        cells: usize,
        /// How many there are columns.
        columns: usize,
    },
    /// A cell is not of its column's type.
    #[error("{cell:?} in the column {column:?} is not of the type {expected}")]
    Cell {
        /// The column's attribute.
        column: String,
        /// What the cell holds, its beginning at least.
        cell: String,
        /// The column's type.
        expected: &'static str,
    },
    /// The first line names an attribute twice.
    #[error("the column {column:?} stands twice")]
    ColumnTwice {
        /// The column's attribute.
        column: String,
    },
    /// A column of the first line has no name.
    #[error("a column has no name: each is named as its attribute")]
    ColumnUnnamed,
    /// The service does not take the item.
    #[error("the service does not take it: {0}")]
    Refused(String),
}

/// Writes items to a file. End with [`finish`](Self::finish), or the last may be missing.
#[derive(Debug)]
pub struct ItemWriter<W: Write>(Form<W>);

#[derive(Debug)]
enum Form<W: Write> {
    Csv(Box<CommaWriter<W>>),
    Jsonl(W),
    DynamoDbJson(W),
}

impl<W: Write> ItemWriter<W> {
    /// Begins a file. The key attributes become its first columns, where it has columns.
    pub fn new(format: ItemFormat, keys: &Keys, out: W) -> Self {
        Self(match format {
            ItemFormat::Csv => Form::Csv(Box::new(CommaWriter::new(keys, out))),
            ItemFormat::Jsonl => Form::Jsonl(out),
            ItemFormat::DynamoDbJson => Form::DynamoDbJson(out),
        })
    }

    /// Begins a part of a file.
    fn part(format: ItemFormat, keys: &Keys, part: &Part, out: W) -> Result<Self, Error> {
        if format != ItemFormat::Csv {
            return Ok(Self::new(format, keys, out));
        }
        Ok(Self(Form::Csv(Box::new(CommaWriter::part(keys, part, out)?))))
    }

    /// Adds an item.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write(&mut self, item: Item) -> Result<(), Error> {
        match &mut self.0 {
            Form::Csv(writer) => writer.write(item),
            Form::Jsonl(out) => writeln!(out, "{}", item.plain()).map_err(Error::Write),
            Form::DynamoDbJson(out) => {
                writeln!(out, "{{\"Item\":{}}}", item.typed()).map_err(Error::Write)
            }
        }
    }

    /// Writes what is left, and gives the file back.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn finish(self) -> Result<W, Error> {
        let mut out = match self.0 {
            Form::Csv(writer) => writer.finish()?,
            Form::Jsonl(out) | Form::DynamoDbJson(out) => out,
        };
        out.flush().map_err(Error::Write)?;
        Ok(out)
    }
}

/// Reads the items of a file, each with the number of its line.
pub struct ItemReader<R: BufRead> {
    source: Source<R>,
    keys: Keys,
}

enum Source<R: BufRead> {
    Csv(Box<CommaReader<R>>),
    Lines { format: ItemFormat, lines: Lines<R> },
}

impl<R: BufRead> ItemReader<R> {
    /// Begins to read. Each item has to have the key attributes of `keys` in their types; an empty list asks for nothing.
    ///
    /// # Errors
    /// Where the first line of a CSV cannot be read.
    pub fn new(format: ItemFormat, keys: Keys, input: R) -> Result<Self, Error> {
        Self::after(None, format, keys, input)
    }

    /// Begins to read, with the first line of a CSV read before.
    fn after(
        header: Option<&str>,
        format: ItemFormat,
        keys: Keys,
        input: R,
    ) -> Result<Self, Error> {
        let source = match format {
            ItemFormat::Csv => Source::Csv(Box::new(match header {
                Some(header) => CommaReader::after(header, &keys, input)?,
                None => CommaReader::new(&keys, input)?,
            })),
            ItemFormat::Jsonl | ItemFormat::DynamoDbJson => {
                Source::Lines { format, lines: Lines { input, number: 0 } }
            }
        };
        Ok(Self { source, keys })
    }

    /// Where the record of a CSV begins that was read last, in bytes; nothing is known of lines.
    fn start(&self) -> usize {
        match &self.source {
            Source::Csv(reader) => reader.start(),
            Source::Lines { .. } => 0,
        }
    }

    fn read(&mut self) -> Result<Numbered<Item>, Error> {
        let (line, item) = match &mut self.source {
            Source::Csv(reader) => match reader.read()? {
                None => return Ok(None),
                Some(read) => read,
            },
            Source::Lines { format, lines } => match lines.next()? {
                None => return Ok(None),
                Some((number, text)) => {
                    (number, text.and_then(|text| Ok(line_item(*format, &text)?)))
                }
            },
        };
        Ok(Some((line, item.and_then(|item| Ok(self.keys.apply(item)?)))))
    }
}

/// An item of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its line, counted from 1.
    pub number: u64,
    /// The item.
    pub item: Item,
}

impl<R: BufRead> Iterator for ItemReader<R> {
    /// The outer error is of the file, and ends it; the inner one of a line.
    type Item = Result<Result<Line, LineFault>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = self.read().transpose()?;
        Some(read.map(|(number, item)| match item {
            Ok(item) => Ok(Line { number, item }),
            Err(fault) => Err(LineFault { line: number, fault }),
        }))
    }
}

fn line_item(format: ItemFormat, text: &str) -> Result<Item, AttributeFault> {
    if format == ItemFormat::Jsonl {
        return Item::from_plain(text);
    }
    let tree = json::parse(text, Leniency::Strict);
    let tree = tree.map_err(|error| AttributeFault::Json(error.kind().to_string()))?;
    let tree = tree.ok_or(AttributeFault::NotAnObject)?;
    let object = tree.as_object().ok_or(AttributeFault::NotAnObject)?;
    let wrapped = match object.properties.as_slice() {
        [member] if member.name.as_str() == "Item" => Item::typed_of(&member.value).ok(),
        _ => None,
    };
    wrapped.map_or_else(|| Item::typed_of(&tree), Ok)
}

/// Lines with something in them, and their numbers.
struct Lines<R: BufRead> {
    input: R,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    fn next(&mut self) -> Result<Numbered<String>, Error> {
        loop {
            let mut bytes = Vec::new();
            let limit = u64::try_from(LINE_BYTES_MAX).unwrap_or(u64::MAX);
            let read = self.input.by_ref().take(limit).read_until(b'\n', &mut bytes);
            if read.map_err(Error::Read)? == 0 {
                return Ok(None);
            }
            self.number += 1;
            if bytes.len() == LINE_BYTES_MAX && !bytes.ends_with(b"\n") {
                self.skip_line()?;
                return Ok(Some((self.number, Err(ItemFault::TooLong))));
            }
            let Ok(text) = String::from_utf8(bytes) else {
                return Ok(Some((self.number, Err(ItemFault::NotText))));
            };
            let text = if self.number == 1 { text.trim_start_matches('\u{feff}') } else { &text };
            if !text.trim().is_empty() {
                return Ok(Some((self.number, Ok(text.to_owned()))));
            }
        }
    }

    fn skip_line(&mut self) -> Result<(), Error> {
        loop {
            let bytes = self.input.fill_buf().map_err(Error::Read)?;
            if bytes.is_empty() {
                return Ok(());
            }
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let length = end.map_or(bytes.len(), |end| end + 1);
            self.input.consume(length);
            if end.is_some() {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::attribute::{KeyType, tests::item};

    const TYPED: &str =
        r#"[{"id":{"S":"a"},"n":{"N":"1.50"}},{"id":{"S":"b"},"tags":{"SS":["x","y"]}}]"#;

    #[track_caller]
    fn check(format: ItemFormat, list: &str, expected: &str) {
        let text = write_items(format, list, &Keys::default(), &Part::default()).unwrap().text;
        assert_eq!(text, expected);
        let read = read_items(format, &text, Keys::default(), &Part::default()).unwrap();
        assert_eq!((read.typed_list().as_str(), read.faults.as_slice()), (list, [].as_slice()));
    }

    #[test]
    fn a_list_is_written_and_read_again_in_each_format() {
        check(ItemFormat::Csv, TYPED, "id,n:N,tags:SS\na,1.50,\nb,,\"[\"\"x\"\",\"\"y\"\"]\"\n");
        check(
            ItemFormat::Jsonl,
            TYPED,
            "{\"id\":\"a\",\"n\":1.50}\n{\"id\":\"b\",\"tags\":{\"SS\":[\"x\",\"y\"]}}\n",
        );
        check(
            ItemFormat::DynamoDbJson,
            TYPED,
            "{\"Item\":{\"id\":{\"S\":\"a\"},\"n\":{\"N\":\"1.50\"}}}\n\
             {\"Item\":{\"id\":{\"S\":\"b\"},\"tags\":{\"SS\":[\"x\",\"y\"]}}}\n",
        );
    }

    #[track_caller]
    fn read(format: ItemFormat, text: &str, items: &str, faults: &[&str]) {
        let keys = Keys(vec![("id".to_owned(), KeyType::N)]);
        let read = read_items(format, text, keys, &Part::default()).unwrap();
        let found: Vec<String> = read.faults.iter().map(ToString::to_string).collect();
        assert_eq!(
            (read.typed_list().as_str(), found),
            (items, faults.iter().map(|fault| (*fault).to_owned()).collect())
        );
    }

    #[test]
    fn a_line_that_is_no_item_is_told_and_the_next_one_read() {
        read(
            ItemFormat::Jsonl,
            "\u{feff}{\"id\": 1}\r\n\n[]\n{\"id\": \"x\"}\n{\"x\": 1}\n{\"id\": \"2\"}",
            r#"[{"id":{"N":"1"}},{"id":{"N":"2"}}]"#,
            &[
                "line 3: an item is an object: write it in { }",
                "line 4: the key attribute \"id\" has the type N",
                "line 5: the key attribute \"id\" is missing",
            ],
        );
        read(
            ItemFormat::DynamoDbJson,
            "{\"Item\": {\"id\": {\"N\": \"1\"}}}\n{\"id\": {\"N\": \"2\"}}\n{\"id\": 3}\n",
            r#"[{"id":{"N":"1"}},{"id":{"N":"2"}}]"#,
            &[
                "line 3: the attribute \"id\" has no type: write it as {\"S\": \"text\"} or {\"N\": \"1\"}",
            ],
        );
    }

    #[test]
    fn a_line_longer_than_any_item_is_skipped() {
        let long = "x".repeat(LINE_BYTES_MAX + 10);
        let text = format!("{{\"id\":1}}\n{long}\n{{\"id\":2}}\n");
        let fault = "line 2: it is longer than 4194304 bytes, and so no item";
        read(ItemFormat::Jsonl, &text, r#"[{"id":{"N":"1"}},{"id":{"N":"2"}}]"#, &[fault]);
    }

    #[test]
    fn bytes_that_are_no_text_are_told() {
        let bytes: &[u8] = b"{\"id\":1}\n\xff\n";
        for format in [ItemFormat::Jsonl, ItemFormat::DynamoDbJson] {
            let lines: Vec<_> = ItemReader::new(format, Keys::default(), bytes).unwrap().collect();
            let fault = LineFault { line: 2, fault: ItemFault::NotText };
            assert_eq!(lines[1].as_ref().unwrap(), &Err(fault));
        }
    }

    #[test]
    fn names_of_formats_are_read_as_they_are_written() {
        for format in ItemFormat::ALL {
            assert_eq!(format.name().parse::<ItemFormat>().unwrap(), format);
            assert_eq!(serde_json::to_string(&format).unwrap(), format!("\"{format}\""));
        }
        let error = "xml".parse::<ItemFormat>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "There is no format \"xml\": choose csv, jsonl or dynamodb-json"
        );
    }

    proptest! {
        #[test]
        fn every_item_survives_the_way_there_and_back(items in vec(item(), 0..6), format in 0..3usize) {
            let format = ItemFormat::ALL[format];
            let mut writer = ItemWriter::new(format, &Keys::default(), Vec::new());
            for item in &items {
                writer.write(item.clone()).unwrap();
            }
            let text = String::from_utf8(writer.finish().unwrap()).unwrap();
            let read = read_items(format, &text, Keys::default(), &Part::default()).unwrap();
            prop_assert_eq!(&read.faults, &[], "{}", text);
            let sorted = |items: &[Item]| items.iter().map(Item::sorted).collect::<Vec<_>>();
            prop_assert_eq!(sorted(&read.items), sorted(&items), "{}", text);
        }
    }

    #[test]
    fn bytes_are_items_or_faults() {
        fuzz::target("items", 2_000, |bytes| {
            let (format, bytes) = bytes.split_first().unwrap_or((&0, &[]));
            let format = ItemFormat::ALL[usize::from(*format) % 3];
            let keys = Keys(vec![("id".to_owned(), KeyType::N)]);
            let Ok(reader) = ItemReader::new(format, keys.clone(), bytes) else { return };
            let mut writer = ItemWriter::new(format, &keys, Vec::new());
            let mut items = Vec::new();
            for line in reader {
                match line.unwrap() {
                    Ok(line) => {
                        items.push(line.item.sorted());
                        writer.write(line.item).unwrap();
                    }
                    Err(fault) => drop(fault.to_string()),
                }
            }
            let text = String::from_utf8(writer.finish().unwrap()).unwrap();
            let again = read_items(format, &text, keys, &Part::default()).unwrap();
            assert!(again.faults.is_empty());
            assert_eq!(again.items.iter().map(Item::sorted).collect::<Vec<_>>(), items);
        });
    }
}
