//! Texts of items, whole or in parts: a file that is too long to be held as one text is read, and
//! written, part by part.

use serde::{Deserialize, Serialize};

use super::comma::{first_line, with_mark};
use super::{ItemFormat, ItemReader, ItemWriter, Line, LineFault};
use crate::attribute::{AttributeFault, Item, Keys};
use crate::error::Error;
use crate::json::{self, Leniency};

/// Where a text stands in its file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    /// The first line of the CSV whose later part this is; none for a first part, and for files without columns.
    pub header: Option<String>,
    /// Whether the file ends with it.
    pub is_last: bool,
}

impl Default for Part {
    /// The whole of a file.
    fn default() -> Self {
        Self { header: None, is_last: true }
    }
}

/// What a text of items holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ItemsRead {
    /// The items that could be read.
    pub items: Vec<Item>,
    /// The lines that could not, counted from 1 in this text.
    pub faults: Vec<LineFault>,
    /// How many bytes of the text were read. The rest is the beginning of the next part: a line that goes on
    /// there. All of it in the last part; nothing where a line is longer than the text.
    pub taken: usize,
    /// How many lines end in these bytes.
    pub lines: usize,
    /// The first line of a CSV, for its later parts.
    pub header: Option<String>,
}

impl ItemsRead {
    /// The items as a list of typed JSON.
    #[must_use]
    pub fn typed_list(&self) -> String {
        let items: Vec<String> = self.items.iter().map(Item::typed).collect();
        format!("[{}]", items.join(","))
    }

    fn add(&mut self, line: Result<Line, LineFault>) {
        match line {
            Ok(line) => self.items.push(line.item),
            Err(fault) => self.faults.push(fault),
        }
    }
}

/// Items as a text.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct ItemsText {
    /// The text.
    pub text: String,
    /// The first line of a CSV, for its later parts.
    pub header: Option<String>,
}

/// Reads a text of items.
///
/// # Errors
/// Where the first line of a CSV cannot be read.
pub fn read_items(
    format: ItemFormat,
    text: &str,
    keys: Keys,
    part: &Part,
) -> Result<ItemsRead, Error> {
    if format != ItemFormat::Csv {
        // Lines are told apart by their ends alone.
        let end = if part.is_last { text.len() } else { text.rfind('\n').map_or(0, |at| at + 1) };
        let (ended, _) = text.split_at(end);
        let mut read = ItemsRead::default();
        for line in ItemReader::new(format, keys, ended.as_bytes())? {
            read.add(line?);
        }
        return Ok(ItemsRead { taken: end, lines: line_ends(ended), ..read });
    }
    let marked = with_mark(text, part.is_last);
    let header = match &part.header {
        Some(header) => header.as_str(),
        None => first_line(&marked)?,
    };
    if text.len() < header.len() && part.header.is_none() {
        // The first line goes on, and is left for the next part as any other.
        return Ok(ItemsRead::default());
    }
    let mut reader = ItemReader::after(part.header.as_deref(), format, keys, marked.as_bytes())?;
    let mut read = ItemsRead { header: Some(header.to_owned()), ..ItemsRead::default() };
    let mut last = None;
    while let Some(line) = reader.next() {
        if let Some((_, before)) = last.replace((reader.start(), line?)) {
            read.add(before);
        }
    }
    match last {
        Some((start, _)) if !part.is_last => read.taken = start,
        last => {
            read.taken = text.len();
            if let Some((_, line)) = last {
                read.add(line);
            }
        }
    }
    let (ended, _) = text.split_at(read.taken);
    read.lines = line_ends(ended);
    Ok(read)
}

fn line_ends(text: &str) -> usize {
    text.matches('\n').count()
}

/// Writes a list of typed items as a text.
///
/// # Errors
/// [`Error::Items`] where the list is none.
pub fn write_items(
    format: ItemFormat,
    list: &str,
    keys: &Keys,
    part: &Part,
) -> Result<ItemsText, Error> {
    let not_json = |text: String| Error::Items(AttributeFault::Json(text));
    let tree = json::parse(list, Leniency::Strict);
    let tree = tree.map_err(|error| not_json(error.kind().to_string()))?;
    let elements = tree.as_ref().and_then(|tree| tree.as_array());
    let elements = elements.ok_or_else(|| not_json("a list of items belongs here".to_owned()))?;
    let mut writer = ItemWriter::part(format, keys, part, Vec::new())?;
    for element in &elements.elements {
        writer.write(Item::typed_of(element).map_err(Error::Items)?)?;
    }
    let text = String::from_utf8(writer.finish()?).expect("items are written as text");
    let header = match &part.header {
        None if format == ItemFormat::Csv => Some(first_line(&text)?.to_owned()),
        header => header.clone(),
    };
    Ok(ItemsText { text, header })
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::attribute::KeyType;
    use crate::attribute::tests::item;

    fn keys() -> Keys {
        Keys(vec![("id".to_owned(), KeyType::N)])
    }

    /// Reads a file in parts of so many bytes; of more where a line is longer.
    fn read_in_parts(format: ItemFormat, file: &str, keys: &Keys, size: usize) -> ItemsRead {
        let mut all = ItemsRead::default();
        let mut length = size;
        loop {
            let left = &file[all.taken..];
            let end = (length..=left.len()).find(|end| left.is_char_boundary(*end));
            let end = end.unwrap_or(left.len());
            let part = Part { header: all.header.clone(), is_last: end == left.len() };
            let read = read_items(format, &left[..end], keys.clone(), &part).unwrap();
            let lines = u64::try_from(all.lines).unwrap();
            all.items.extend(read.items);
            all.faults.extend(
                read.faults
                    .into_iter()
                    .map(|fault| LineFault { line: lines + fault.line, ..fault }),
            );
            all.taken += read.taken;
            all.lines += read.lines;
            all.header = read.header;
            if part.is_last {
                return all;
            }
            length = if read.taken == 0 { length * 2 } else { size };
        }
    }

    #[track_caller]
    fn check(format: ItemFormat, file: &str, keys: &Keys, size: usize) {
        let whole = read_items(format, file, keys.clone(), &Part::default()).unwrap();
        assert_eq!(read_in_parts(format, file, keys, size), whole, "{format} by {size}: {file:?}");
    }

    #[test]
    fn faults_have_the_lines_of_the_file_in_whatever_parts_it_comes() {
        let csv = "\u{feff}id,s\n1,\"a\nb\"\nx,\n\n2,\"\"\"c\"\n3\n4,\"open\n5,\n";
        let lines = "{\"id\":1}\n\n[]\n{\"id\":\"x\"}\n{\"id\":2}";
        for end in ["\n", "\r\n"] {
            let whole =
                read_items(ItemFormat::Csv, &csv.replace('\n', end), keys(), &Part::default());
            let numbers: Vec<u64> = whole.unwrap().faults.iter().map(|fault| fault.line).collect();
            assert_eq!(numbers, [4, 7]);
            for size in 1..40 {
                check(ItemFormat::Csv, &csv.replace('\n', end), &keys(), size);
                check(ItemFormat::Jsonl, &lines.replace('\n', end), &keys(), size);
            }
        }
    }

    #[test]
    fn a_line_that_goes_on_is_left_for_the_next_part() {
        let part = Part { header: Some("id,s\n".to_owned()), is_last: false };
        let read = read_items(ItemFormat::Csv, "1,a\n2,\"b\n", keys(), &part).unwrap();
        assert_eq!((read.items.len(), read.taken, read.lines), (1, 4, 1));
        let read = read_items(ItemFormat::Csv, "1,a\n", keys(), &part).unwrap();
        assert_eq!((read.items.len(), read.taken, read.lines), (1, 4, 1));
        let first = Part { header: None, ..part.clone() };
        let read = read_items(ItemFormat::Csv, "id,s\n", keys(), &first).unwrap();
        assert_eq!((read.taken, read.header.as_deref()), (5, Some("id,s")));
        let read = read_items(ItemFormat::Csv, "id,\"s\n", keys(), &first).unwrap();
        assert_eq!((read.taken, read.header), (0, None));
        let read = read_items(ItemFormat::Csv, "2,\"b\n", keys(), &part).unwrap();
        assert_eq!((read.items.len(), read.taken, read.faults), (0, 0, Vec::new()));
    }

    proptest! {
        #[test]
        fn what_is_written_in_parts_is_read_in_others(
            first in vec(item(), 0..6),
            second in vec(item(), 0..6),
            format in 0..3usize,
            size in 1..200usize,
            is_of_windows in any::<bool>(),
        ) {
            let format = ItemFormat::ALL[format];
            let list = |items: &[Item]| {
                let items: Vec<String> = items.iter().map(Item::typed).collect();
                format!("[{}]", items.join(","))
            };
            let part = Part { header: None, is_last: false };
            let begun = write_items(format, &list(&first), &Keys::default(), &part).unwrap();
            let part = Part { header: begun.header, is_last: true };
            let ended = write_items(format, &list(&second), &Keys::default(), &part).unwrap();
            let file = begun.text + &ended.text;
            let read = read_in_parts(format, &file, &Keys::default(), size);
            prop_assert_eq!(&read.faults, &[], "{}", file);
            let sorted: Vec<Item> = read.items.iter().map(Item::sorted).collect();
            let given: Vec<Item> = first.iter().chain(&second).map(Item::sorted).collect();
            prop_assert_eq!(sorted, given, "{}", file);
            if is_of_windows {
                check(format, &file.replace('\n', "\r\n"), &Keys::default(), size);
            }
        }
    }
}
