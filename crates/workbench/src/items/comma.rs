//! CSV: a line of column names, then a line for each item.
//!
//! ```text
//! id,price:N,tags:SS,data:B,more:M,:M
//! a,1.50,"[""x"",""y""]",AAE=,"{""k"":1}","{""rare"":true}"
//! ```
//!
//! - A column is named as its attribute. After a colon stands the type of its cells: `S`, `N`, `B`, `BOOL`,
//!   `NULL`, `SS`, `NS`, `BS`, `L`, `M`, or `ANY`. Without one it is the key's type for a key attribute, and `S` otherwise.
//! - `S` is the text itself, `N` the number, `B` base64, `BOOL` is `true` or `false`, `NULL` is `null`; the rest
//!   is JSON: `["x","y"]` for sets and lists, `{"k":1}` for maps, any plain JSON for `ANY`.
//! - An empty cell is an attribute that is absent. An empty text is `""`, and so is any text that begins with a
//!   quotation mark: it is written as a string of JSON.
//! - The column without a name, `:M`, is a map of the attributes that have no column of their own. It is
//!   written where a file is so long that its first items decide on the columns.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::io::{self, BufRead, Read, Write};

use csv::{Reader, ReaderBuilder, StringRecord, Writer, WriterBuilder};

use super::{ItemFault, LINE_BYTES_MAX, LineFault, Numbered, Part};
use crate::attribute::{Attribute, AttributeFault, Item, Keys, is_base64, is_number, quote};
use crate::error::Error;
use crate::json::{self, Leniency};

/// Of so many items at most the columns are made.
const SAMPLE_ITEMS_MAX: usize = 1_000;
/// Of so many bytes at most they are made.
const SAMPLE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// A faulty cell is shown so far.
const SHOWN_CHARACTERS_MAX: usize = 40;

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Column {
    /// The attribute; empty for the column of those without one.
    name: String,
    cells: Cells,
}

/// What a column's cells are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cells {
    Type(&'static str),
    Any,
}

impl Cells {
    const ANY: &'static str = "ANY";

    fn name(self) -> &'static str {
        match self {
            Self::Type(name) => name,
            Self::Any => Self::ANY,
        }
    }

    fn named(name: &str) -> Option<Self> {
        if name == Self::ANY {
            return Some(Self::Any);
        }
        crate::attribute::TYPES.into_iter().find(|known| *known == name).map(Self::Type)
    }

    fn holds(self, attribute: &Attribute) -> bool {
        match self {
            Self::Type(name) => attribute.type_name() == name,
            Self::Any => true,
        }
    }
}

impl Column {
    const REST: Self = Self { name: String::new(), cells: Cells::Type("M") };

    /// Reads a column's name and type.
    fn parse(header: &str, keys: &Keys) -> Result<Self, ItemFault> {
        let typed = header.rsplit_once(':').and_then(|(name, cells)| {
            Some(Self { name: name.to_owned(), cells: Cells::named(cells)? })
        });
        let column = typed.unwrap_or_else(|| Self {
            name: header.to_owned(),
            cells: Cells::Type(keys.key_type(header).map_or("S", crate::attribute::KeyType::name)),
        });
        if column.name.is_empty() && column != Self::REST {
            return Err(ItemFault::ColumnUnnamed);
        }
        Ok(column)
    }

    fn header(&self, keys: &Keys) -> String {
        let plain = Self::parse(&self.name, keys);
        if plain.as_ref() == Ok(self) {
            return self.name.clone();
        }
        format!("{}:{}", self.name, self.cells.name())
    }

    /// The attribute in the cell; `None` for an empty one.
    fn read(&self, cell: &str) -> Result<Option<Attribute>, ItemFault> {
        if cell.is_empty() {
            return Ok(None);
        }
        let fault = || ItemFault::Cell {
            column: self.name.clone(),
            cell: cell.chars().take(SHOWN_CHARACTERS_MAX).collect(),
            expected: self.cells.name(),
        };
        let text = || json_string(cell).unwrap_or_else(|| cell.to_owned());
        let attribute = match self.cells.name() {
            "S" => Attribute::S(text()),
            "N" => Some(cell)
                .filter(|cell| is_number(cell))
                .map(|cell| Attribute::N(cell.to_owned()))
                .ok_or_else(fault)?,
            "B" => {
                Some(text()).filter(|text| is_base64(text)).map(Attribute::B).ok_or_else(fault)?
            }
            "BOOL" => Attribute::Bool(cell.to_ascii_lowercase().parse().map_err(|_| fault())?),
            "NULL" if cell.eq_ignore_ascii_case("null") => Attribute::Null,
            "NULL" => return Err(fault()),
            _ => self.json(cell)?.ok_or_else(fault)?,
        };
        Ok(Some(attribute))
    }

    /// The attribute in a cell of JSON; `None` where it is not of the column's type.
    fn json(&self, cell: &str) -> Result<Option<Attribute>, AttributeFault> {
        let Ok(Some(tree)) = json::parse(cell, Leniency::Strict) else { return Ok(None) };
        let texts = || Some(tree.as_array()?.elements.iter());
        let strings = || {
            let texts = texts()?.map(|one| Some(one.as_string_lit()?.value.clone().into_owned()));
            texts.collect::<Option<Vec<_>>>()
        };
        Ok(match self.cells.name() {
            "SS" => strings().map(Attribute::Ss),
            "BS" => strings().filter(|all| all.iter().all(|one| is_base64(one))).map(Attribute::Bs),
            "NS" => {
                let numbers = texts().and_then(|all| {
                    all.map(|one| {
                        let string =
                            one.as_string_lit().map(|literal| literal.value.clone().into_owned());
                        string
                            .or_else(|| one.as_number_lit().map(|literal| literal.value.to_owned()))
                    })
                    .collect::<Option<Vec<_>>>()
                });
                numbers.filter(|all| all.iter().all(|one| is_number(one))).map(Attribute::Ns)
            }
            // A map stands in its column as it is, even one that looks like a typed value.
            "M" if tree.as_object().is_some() => Some(Attribute::M(Item::plain_of(&tree)?)),
            "M" => None,
            "L" => {
                Some(Attribute::plain_of(&tree)?).filter(|value| matches!(value, Attribute::L(_)))
            }
            _ => Some(Attribute::plain_of(&tree)?),
        })
    }

    /// The attribute as a cell.
    fn write(&self, attribute: &Attribute) -> String {
        if self.cells == Cells::Any {
            return attribute.plain();
        }
        let list = |values: &[String]| {
            let mut text = String::new();
            for value in values {
                text.push(if text.is_empty() { '[' } else { ',' });
                quote(&mut text, value);
            }
            if text.is_empty() { "[]".to_owned() } else { text + "]" }
        };
        match attribute {
            Attribute::S(text) | Attribute::B(text) if text.is_empty() || text.starts_with('"') => {
                let mut quoted = String::new();
                quote(&mut quoted, text);
                quoted
            }
            Attribute::S(text) | Attribute::N(text) | Attribute::B(text) => text.clone(),
            Attribute::Bool(value) => value.to_string(),
            Attribute::Ss(values) | Attribute::Bs(values) | Attribute::Ns(values) => list(values),
            Attribute::M(item) => item.plain(),
            Attribute::Null | Attribute::L(_) => attribute.plain(),
        }
    }
}

/// The text in a string of JSON.
fn json_string(cell: &str) -> Option<String> {
    if !cell.starts_with('"') {
        return None;
    }
    let tree = json::parse(cell, Leniency::Strict).ok()??;
    tree.as_string_lit().map(|literal| literal.value.clone().into_owned())
}

/// Writes a CSV. The columns are made of its first items.
#[derive(Debug)]
pub(super) struct CommaWriter<W: Write> {
    writer: Writer<W>,
    keys: Keys,
    sample: Vec<Item>,
    sample_bytes: usize,
    /// Empty until they are made.
    columns: Vec<Column>,
    /// Whether there may be items after those given here.
    has_more: bool,
}

impl<W: Write> CommaWriter<W> {
    pub(super) fn new(keys: &Keys, out: W) -> Self {
        let writer = WriterBuilder::new().flexible(true).from_writer(out);
        Self {
            writer,
            keys: keys.clone(),
            sample: Vec::new(),
            sample_bytes: 0,
            columns: Vec::new(),
            has_more: false,
        }
    }

    /// Begins a part of a file. A later part has the columns of the first.
    pub(super) fn part(keys: &Keys, part: &Part, out: W) -> Result<Self, Error> {
        let columns = part.header.as_deref().map(|header| read_columns(header, keys));
        let columns = columns.transpose()?.unwrap_or_default();
        Ok(Self { columns, has_more: !part.is_last, ..Self::new(keys, out) })
    }

    pub(super) fn write(&mut self, item: Item) -> Result<(), Error> {
        if !self.columns.is_empty() {
            return self.row(&item);
        }
        self.sample_bytes += item.bytes();
        self.sample.push(item);
        if SAMPLE_ITEMS_MAX <= self.sample.len() || SAMPLE_BYTES_MAX <= self.sample_bytes {
            self.begin(true)?;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<W, Error> {
        if self.columns.is_empty() {
            self.begin(self.has_more)?;
        }
        self.writer.into_inner().map_err(|error| Error::Write(error.into_error()))
    }

    /// Writes the first line, and the items so far.
    fn begin(&mut self, has_more: bool) -> Result<(), Error> {
        let sample = std::mem::take(&mut self.sample);
        self.columns = columns(&sample, &self.keys);
        // A name may be empty in a file, though in no table. As a column it would be the one for the rest.
        let has_unnamed = sample.iter().any(|item| item.get("").is_some());
        if has_more || has_unnamed || self.columns.is_empty() {
            self.columns.push(Column::REST);
        }
        let headers = self.columns.iter().map(|column| column.header(&self.keys));
        self.writer.write_record(headers).map_err(|error| Error::Write(error.into()))?;
        sample.iter().try_for_each(|item| self.row(item))
    }

    fn row(&mut self, item: &Item) -> Result<(), Error> {
        let fitting =
            |column: &Column| item.get(&column.name).filter(|value| column.cells.holds(value));
        let rest = || {
            let has_column = |name: &str| {
                let mut columns = self.columns.iter().filter(|column| **column != Column::REST);
                columns.any(|column| column.name == name && fitting(column).is_some())
            };
            let rest = item.attributes().filter(|(name, _)| !has_column(name));
            Item::of(rest.map(|(name, value)| (name.to_owned(), value.clone())).collect())
        };
        let cells: Vec<String> = self
            .columns
            .iter()
            .map(|column| {
                if *column == Column::REST {
                    let rest = rest();
                    return if rest.is_empty() { String::new() } else { rest.plain() };
                }
                fitting(column).map(|value| column.write(value)).unwrap_or_default()
            })
            .collect();
        self.writer.write_record(&cells).map_err(|error| Error::Write(error.into()))
    }
}

/// The columns of items: the keys, then the other attributes in the order in which they come.
fn columns(items: &[Item], keys: &Keys) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for (name, key_type) in &keys.0 {
        places.insert(name.as_str(), columns.len());
        columns.push(Column { name: name.clone(), cells: Cells::Type(key_type.name()) });
    }
    let attributes = items.iter().flat_map(Item::attributes);
    for (name, value) in attributes.filter(|(name, _)| !name.is_empty()) {
        let place = *places.entry(name).or_insert(columns.len());
        match columns.get_mut(place) {
            Some(column) if column.cells.holds(value) => {}
            Some(column) => column.cells = Cells::Any,
            None => {
                let cells = Cells::Type(value.type_name());
                columns.push(Column { name: name.to_owned(), cells });
            }
        }
    }
    columns
}

/// A fault of the first line.
fn header(fault: ItemFault) -> Error {
    Error::Header(LineFault { line: 1, fault })
}

/// The columns that a first line names.
fn parse_columns(record: &StringRecord, keys: &Keys) -> Result<Vec<Column>, Error> {
    let mut columns: Vec<Column> = Vec::new();
    for (index, name) in record.iter().enumerate() {
        let name = if index == 0 { name.trim_start_matches('\u{feff}') } else { name };
        let column = Column::parse(name, keys).map_err(header)?;
        if columns.iter().any(|other| other.name == column.name) {
            return Err(header(ItemFault::ColumnTwice { column: column.name }));
        }
        columns.push(column);
    }
    Ok(columns)
}

/// The columns that a first line names, given by itself.
fn read_columns(text: &str, keys: &Keys) -> Result<Vec<Column>, Error> {
    Ok(CommaReader::new(keys, text.as_bytes())?.columns)
}

/// The first line of a CSV, without its end.
pub(super) fn first_line(text: &str) -> Result<&str, Error> {
    let mut reader = CommaReader::of(text.as_bytes());
    reader.read_header()?;
    let end = usize::try_from(reader.reader.position().byte()).unwrap_or(usize::MAX);
    Ok(text.get(..end).unwrap_or(text).trim_end_matches(['\r', '\n']))
}

/// A text, and where more of the file follows it a mark: it is the last record by itself, or within the last
/// where that goes on after the text.
pub(super) fn with_mark(text: &str, is_last: bool) -> Cow<'_, str> {
    if is_last { text.into() } else { format!("{text}.").into() }
}

/// Reads a CSV.
pub(super) struct CommaReader<R: BufRead> {
    reader: Reader<Watched<R>>,
    columns: Vec<Column>,
    record: StringRecord,
    is_over: bool,
    /// Where the record that was read last begins, in bytes.
    start: u64,
    /// Its line, counted from 1.
    line: u64,
}

impl<R: BufRead> CommaReader<R> {
    pub(super) fn new(keys: &Keys, input: R) -> Result<Self, Error> {
        let mut this = Self::of(input);
        this.is_over = !this.read_header()?;
        if !this.is_over {
            this.columns = parse_columns(&this.record, keys)?;
        }
        Ok(this)
    }

    /// Reads what follows in a CSV whose first line was read before.
    pub(super) fn after(header: &str, keys: &Keys, input: R) -> Result<Self, Error> {
        Ok(Self { columns: read_columns(header, keys)?, ..Self::of(input) })
    }

    fn of(input: R) -> Self {
        let watched = Watched { input, left: LINE_BYTES_MAX, read: 0, ends: VecDeque::new() };
        Self {
            reader: ReaderBuilder::new().has_headers(false).flexible(true).from_reader(watched),
            columns: Vec::new(),
            record: StringRecord::new(),
            is_over: false,
            start: 0,
            line: 1,
        }
    }

    fn read_header(&mut self) -> Result<bool, Error> {
        let read = self.reader.read_record(&mut self.record);
        read.map_err(|error| fault(error).map_or_else(Error::Read, header))
    }

    /// Where the record that was read last begins, in bytes.
    pub(super) fn start(&self) -> usize {
        usize::try_from(self.start).unwrap_or(usize::MAX)
    }

    pub(super) fn read(&mut self) -> Result<Numbered<Item>, Error> {
        if self.is_over {
            return Ok(None);
        }
        self.reader.get_mut().left = LINE_BYTES_MAX;
        let before = self.reader.position().byte();
        let read = self.reader.read_record(&mut self.record);
        self.find_start(before);
        match read {
            Ok(true) => Ok(Some((self.line, self.item()))),
            Ok(false) => Ok(None),
            Err(error) => {
                let fault = fault(error).map_err(Error::Read)?;
                // A quotation mark without its end takes in all that follows: there is no next line.
                self.is_over = fault == ItemFault::TooLong;
                Ok(Some((self.line, Err(fault))))
            }
        }
    }

    /// Finds where the record at hand begins: its reader stops within `\r\n`, and counts empty lines to what follows.
    fn find_start(&mut self, before: u64) {
        self.start = before;
        let ends = &mut self.reader.get_mut().ends;
        while let Some((at, byte)) = ends.pop_front_if(|(at, _)| *at <= self.start) {
            self.line += u64::from(byte == b'\n');
            self.start += u64::from(at == self.start);
        }
    }

    fn item(&self) -> Result<Item, ItemFault> {
        let (cells, columns) = (self.record.len(), self.columns.len());
        if cells != columns {
            return Err(ItemFault::Cells { cells, columns });
        }
        let mut attributes = Vec::new();
        for (column, cell) in self.columns.iter().zip(&self.record) {
            match column.read(cell)? {
                None => {}
                Some(Attribute::M(rest)) if *column == Column::REST => {
                    attributes.extend(rest.into_attributes());
                }
                Some(attribute) => attributes.push((column.name.clone(), attribute)),
            }
        }
        Ok(Item::new(attributes)?)
    }
}

/// What is wrong with a line, or else with the file.
fn fault(error: csv::Error) -> Result<ItemFault, io::Error> {
    if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) {
        return Ok(ItemFault::NotText);
    }
    let csv::ErrorKind::Io(error) = error.into_kind() else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    if error.kind() == io::ErrorKind::QuotaExceeded { Ok(ItemFault::TooLong) } else { Err(error) }
}

/// Reads no more than what is left for a record, so that a quotation mark without its end does not take in the whole file;
/// and notes where lines end.
struct Watched<R> {
    input: R,
    /// What may still be read for the record at hand, in bytes.
    left: usize,
    /// How much was read, in bytes.
    read: u64,
    /// Where each `\r` and `\n` stands that was read, from the record at hand on.
    ends: VecDeque<(u64, u8)>,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::ErrorKind::QuotaExceeded.into());
        }
        let count = self.input.read(buffer)?;
        self.left = self.left.saturating_sub(count);
        let bytes = (self.read..).zip(buffer.iter().take(count).copied());
        self.ends.extend(bytes.filter(|(_, byte)| matches!(byte, b'\r' | b'\n')));
        self.read += u64::try_from(count).unwrap_or(u64::MAX);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribute::KeyType;
    use crate::items::{ItemFormat, ItemWriter, read_items};

    fn keys() -> Keys {
        Keys(vec![("id".to_owned(), KeyType::N)])
    }

    #[track_caller]
    fn check(text: &str, expected: &str, faults: &[&str]) {
        let read = read_items(ItemFormat::Csv, text, keys(), &Part::default()).unwrap();
        let found: Vec<String> = read.faults.iter().map(ToString::to_string).collect();
        assert_eq!(
            (read.typed_list().as_str(), found),
            (expected, faults.iter().map(|fault| (*fault).to_owned()).collect())
        );
    }

    #[test]
    fn cells_have_the_types_of_their_columns() {
        check(
            "id,s,n:N,b:B,y:BOOL,z:NULL,ss:SS,ns:NS,bs:BS,l:L,m:M,a:ANY\n\
             1,x,1.50,AAE=,TRUE,null,\"[\"\"x\"\"]\",\"[1,\"\"2.0\"\"]\",\"[\"\"AAE=\"\"]\",\"[1,{}]\",\"{\"\"S\"\":\"\"x\"\"}\",\"\"\"x\"\"\"\n",
            r#"[{"id":{"N":"1"},"s":{"S":"x"},"n":{"N":"1.50"},"b":{"B":"AAE="},"y":{"BOOL":true},"z":{"NULL":true},"ss":{"SS":["x"]},"ns":{"NS":["1","2.0"]},"bs":{"BS":["AAE="]},"l":{"L":[{"N":"1"},{"M":{}}]},"m":{"M":{"S":{"S":"x"}}},"a":{"S":"x"}}]"#,
            &[],
        );
    }

    #[test]
    fn an_empty_cell_is_absent_and_an_empty_text_is_two_quotation_marks() {
        check(
            "id,s\n1,\n2,\"\"\"\"\"\"\n",
            r#"[{"id":{"N":"1"}},{"id":{"N":"2"},"s":{"S":""}}]"#,
            &[],
        );
        // A quotation mark that begins no string of JSON is one.
        check("id,s\n1,\"\"\"x\"\n", r#"[{"id":{"N":"1"},"s":{"S":"\"x"}}]"#, &[]);
    }

    #[test]
    fn columns_without_a_type_are_text_and_those_of_keys_have_the_tables() {
        check(
            "\u{feff}id,x:y,a:N:S\r\n5,6,7\r\n",
            r#"[{"id":{"N":"5"},"x:y":{"S":"6"},"a:N":{"S":"7"}}]"#,
            &[],
        );
    }

    #[test]
    fn a_faulty_line_is_told_with_its_number() {
        check(
            "id,n:N,m:M\n1,x,\n2,1\n\"3\",\"1\n2\",\n4,5,[]\nx,1,\n,1,\n7,7,{}\n",
            r#"[{"id":{"N":"7"},"n":{"N":"7"},"m":{"M":{}}}]"#,
            &[
                "line 2: \"x\" in the column \"n\" is not of the type N",
                "line 3: it has 2 cells, and the first line has 3",
                "line 4: \"1\\n2\" in the column \"n\" is not of the type N",
                "line 6: \"[]\" in the column \"m\" is not of the type M",
                "line 7: \"x\" in the column \"id\" is not of the type N",
                "line 8: the key attribute \"id\" is missing",
            ],
        );
        check(
            "id,:M\n1,\"{\"\"id\"\":2}\"\n",
            "[]",
            &["line 2: the attribute \"id\" stands twice"],
        );
    }

    #[test]
    fn a_faulty_first_line_refuses_the_file() {
        #[track_caller]
        fn refused(text: &str, expected: &str) {
            let error = read_items(ItemFormat::Csv, text, keys(), &Part::default()).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
        refused("id,a:N,a\n", "The first line cannot be read: the column \"a\" stands twice");
        refused(
            "id,\n",
            "The first line cannot be read: a column has no name: each is named as its attribute",
        );
        check("", "[]", &[]);
    }

    #[test]
    fn a_quotation_mark_without_its_end_does_not_take_in_the_file() {
        let text = format!("id,s\n1,\"{}", "x\n".repeat(LINE_BYTES_MAX));
        check(&text, "[]", &["line 2: it is longer than 4194304 bytes, and so no item"]);
    }

    #[test]
    fn what_comes_after_the_columns_are_made_is_not_lost() {
        let mut writer = ItemWriter::new(ItemFormat::Csv, &keys(), Vec::new());
        let mut items: Vec<Item> = (0..SAMPLE_ITEMS_MAX)
            .map(|id| Item::from_plain(&format!(r#"{{"id":{id},"a":1}}"#)).unwrap())
            .collect();
        items.push(Item::from_plain(r#"{"id":-1,"a":"other","new":[1]}"#).unwrap());
        for item in &items {
            writer.write(item.clone()).unwrap();
        }
        let text = String::from_utf8(writer.finish().unwrap()).unwrap();
        assert!(text.starts_with("id,a:N,:M\n0,1,\n"), "{}", &text[..40]);
        assert!(text.ends_with("-1,,\"{\"\"a\"\":\"\"other\"\",\"\"new\"\":[1]}\"\n"));
        assert_eq!(
            read_items(ItemFormat::Csv, &text, keys(), &Part::default()).unwrap().items,
            items
        );
    }

    #[test]
    fn a_column_of_several_types_has_any() {
        let list = r#"[{"id":{"N":"1"},"a":{"S":"1"}},{"id":{"N":"2"},"a":{"N":"1"}}]"#;
        let text = crate::items::write_items(ItemFormat::Csv, list, &keys(), &Part::default())
            .unwrap()
            .text;
        assert_eq!(text, "id,a:ANY\n1,\"\"\"1\"\"\"\n2,1\n");
        check(&text, list, &[]);
    }
}
