//! Columns for the eye: aligned, and no wider than the terminal.

use csv::WriterBuilder;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::entries::{Cell, Sheet};

/// What is between two columns.
const GAP: &str = "  ";
/// The narrowest that a column is made for want of room.
const COLUMN_MIN: usize = 4;
/// What stands for the rest of a cell.
const MORE: char = '…';

/// The sheet as a table. Where there is no room for all columns, the last are left out and named below.
pub(super) fn table(sheet: &Sheet, width: Option<usize>) -> String {
    let mut text = String::new();
    if !sheet.has_entries {
        members(&sheet.members, &mut text);
    } else if !sheet.columns.is_empty() {
        rows(sheet, width, &mut text);
    }
    if text.is_empty() {
        text.push_str("Nothing\n");
    }
    if sheet.has_entries {
        let gap = if sheet.members.is_empty() { "" } else { "\n" };
        text.push_str(gap);
        for (name, cell) in &sheet.members {
            text.extend([&*shown(name), ": ", &*shown(cell.text()), "\n"]);
        }
    }
    text
}

fn members(members: &[(String, Cell)], text: &mut String) {
    let names: Vec<String> = members.iter().map(|(name, _)| shown(name)).collect();
    let width = names.iter().map(|name| name.width()).max().unwrap_or_default();
    for (name, (_, cell)) in names.iter().zip(members) {
        text.extend([&*fitted(name, width, Side::Left), GAP, &*shown(cell.text()), "\n"]);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// A column as it is shown.
struct Column {
    name: String,
    cells: Vec<String>,
    width: usize,
    /// Numbers end below each other, so that their sizes can be compared.
    side: Side,
}

fn rows(sheet: &Sheet, width: Option<usize>, text: &mut String) {
    let mut columns: Vec<Column> =
        (0..sheet.columns.len()).filter_map(|index| column(sheet, index)).collect();
    let left_out = width.map(|width| fit(&mut columns, width)).unwrap_or_default();
    let mut line = |cell: &dyn Fn(&Column) -> String| {
        let cells: Vec<String> = columns.iter().map(cell).collect();
        text.push_str(cells.join(GAP).trim_end());
        text.push('\n');
    };
    line(&|column| fitted(&column.name, column.width, column.side));
    line(&|column| "─".repeat(column.width));
    for index in 0..sheet.rows.len() {
        line(&|column| {
            let cell = column.cells.get(index).map(String::as_str).unwrap_or_default();
            fitted(cell, column.width, column.side)
        });
    }
    if !left_out.is_empty() {
        text.extend(["\nNot shown for want of room: ", &*left_out.join(", "), "\n"]);
    }
}

fn column(sheet: &Sheet, index: usize) -> Option<Column> {
    let name = shown(sheet.columns.get(index)?);
    let cells = sheet.rows.iter().filter_map(|row| row.get(index));
    let is_number = cells.clone().all(|cell| !matches!(cell, Cell::Text(_)));
    let cells: Vec<String> = cells.map(|cell| shown(cell.text())).collect();
    let width = cells.iter().map(|cell| cell.width()).chain([name.width()]).max()?;
    Some(Column { name, cells, width, side: if is_number { Side::Right } else { Side::Left } })
}

/// Makes the widest columns narrower until all fit, or else leaves out the last; gives the names of those.
fn fit(columns: &mut Vec<Column>, width: usize) -> Vec<String> {
    let mut left_out = Vec::new();
    loop {
        let gaps = GAP.len() * columns.len().saturating_sub(1);
        let room = width.saturating_sub(gaps);
        let narrowest: usize = columns.iter().map(|column| column.width.min(COLUMN_MIN)).sum();
        if narrowest <= room || columns.len() <= 1 {
            narrow(columns, room.max(1));
            left_out.reverse();
            return left_out;
        }
        left_out.extend(columns.pop().map(|column| column.name));
    }
}

/// Gives each column its width up to a common most, so that all together take no more than the room.
fn narrow(columns: &mut [Column], room: usize) {
    let sum = |most: usize| columns.iter().map(|column| column.width.min(most)).sum::<usize>();
    let widest = columns.iter().map(|column| column.width).max().unwrap_or_default();
    let most = (1..=widest).rev().find(|most| sum(*most) <= room).unwrap_or(1);
    let mut left = room.saturating_sub(sum(most));
    for column in columns {
        // What is left over goes to the first columns that can use it.
        let more = column.width.saturating_sub(most).min(left).min(1);
        left -= more;
        column.width = column.width.min(most) + more;
    }
}

/// The text in exactly so many columns.
fn fitted(text: &str, width: usize, side: Side) -> String {
    let cut = if text.width() <= width { text.to_owned() } else { cut(text, width) };
    let space = " ".repeat(width.saturating_sub(cut.width()));
    match side {
        Side::Left => cut + &space,
        Side::Right => space + &cut,
    }
}

fn cut(text: &str, width: usize) -> String {
    let room = width.saturating_sub(1);
    let mut taken = 0;
    let fits = text.chars().take_while(|letter| {
        taken += letter.width().unwrap_or_default();
        taken <= room
    });
    let mut cut: String = fits.collect();
    cut.push(MORE);
    cut
}

/// The text without what would move the cursor or turn the direction of writing: that is shown as escapes.
fn shown(text: &str) -> String {
    let is_mark = |letter: char| matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}');
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() || is_mark(letter) {
            shown.extend(letter.escape_default());
        } else {
            shown.push(letter);
        }
    }
    shown
}

/// The sheet as CSV; a reply without entries by its members.
pub(super) fn csv(sheet: &Sheet) -> String {
    let mut writer = WriterBuilder::new().from_writer(Vec::new());
    let mut write = |cells: Vec<&str>| {
        writer.write_record(cells).expect("each line has as many cells, and memory takes them");
    };
    if sheet.has_entries {
        write(sheet.columns.iter().map(String::as_str).collect());
        for row in &sheet.rows {
            write(row.iter().map(Cell::text).collect());
        }
    } else {
        write(vec!["Name", "Value"]);
        for (name, cell) in &sheet.members {
            write(vec![name, cell.text()]);
        }
    }
    let bytes = writer.into_inner().expect("memory takes what is left");
    String::from_utf8(bytes).expect("texts make a text")
}
