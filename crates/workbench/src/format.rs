//! A reply as it is shown or handed on: JSON, or its entries as lines, as CSV or as a table.
//!
//! Entries are the items of a reply, or else what its list holds: names of tables, backups, tags. A reply
//! without any is shown by its members. Numbers keep every digit in all forms, and in lines and CSV all
//! types of items too, so that both can be read again ([`read_items`](crate::read_items)).

mod entries;
mod table;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::attribute::{AttributeFault, Keys};
use crate::command::Command;
use crate::error::Error;
use crate::items::{ItemFormat, ItemWriter};
use crate::json::{self, Layout, Leniency};
use crate::plain::plain;
use entries::Sheet;

/// How a reply is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Columns for the eye.
    Table,
    /// Typed JSON, laid out.
    Json,
    /// Plain JSON, laid out.
    Plain,
    /// Plain JSON, an entry in each line.
    Jsonl,
    /// Entries as CSV. Those that are items have the types of their columns in the first line.
    Csv,
    /// As it came.
    Raw,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Table, Self::Json, Self::Plain, Self::Jsonl, Self::Csv, Self::Raw];

    /// The name on command lines: `table`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Plain => "plain",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Raw => "raw",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let known = Self::ALL.into_iter().find(|format| format.name() == name);
        known.ok_or_else(|| Error::UnknownFormat { name: name.to_owned() })
    }
}

/// How a table is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct View {
    /// The columns of the terminal; none to keep all of each cell.
    pub width: Option<usize>,
    /// The column by which entries are sorted: numbers by value, texts by letter, absent ones last.
    pub sort: Option<String>,
}

/// The reply to a command in a form. It ends with a line break, but for what is left as it came.
///
/// # Errors
/// [`Error::Items`] where the reply is no JSON object, or its items are none.
pub fn format(format: Format, command: Command, reply: &str, view: &View) -> Result<String, Error> {
    let tree = json::parse(reply, Leniency::Strict).ok().flatten();
    let object = tree.as_ref().filter(|tree| tree.as_object().is_some());
    let object = object.ok_or(Error::Items(AttributeFault::NotAnObject))?;
    let sheet = || {
        let plain = plain(command, reply);
        let tree = json::parse(&plain, Leniency::Strict).ok().flatten();
        tree.as_ref().and_then(|tree| Sheet::of(tree, view.sort.as_deref())).unwrap_or_default()
    };
    Ok(match format {
        Format::Raw => reply.to_owned(),
        Format::Json => json::text(object, Layout::Pretty) + "\n",
        Format::Plain => plain(command, reply) + "\n",
        Format::Table => table::table(&sheet(), view.width),
        Format::Jsonl => entries::lines(&plain(command, reply)),
        Format::Csv => match entries::items(object) {
            None => table::csv(&sheet()),
            Some(items) => {
                let mut writer = ItemWriter::new(ItemFormat::Csv, &Keys::default(), Vec::new());
                for item in items {
                    writer.write(item.map_err(Error::Items)?)?;
                }
                String::from_utf8(writer.finish()?).expect("items are written as text")
            }
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ITEMS: &str = r#"{"Items":[{"id":{"S":"b"},"n":{"N":"10"},"tags":{"SS":["x"]}},{"id":{"S":"a"},"n":{"N":"9.50"}}],"Count":2,"LastEvaluatedKey":{"id":{"S":"a"}}}"#;

    #[track_caller]
    fn check(form: Format, command: &str, reply: &str, expected: &str) {
        let shown = format(form, command.parse().unwrap(), reply, &View::default()).unwrap();
        assert_eq!(shown, expected, "{shown}");
    }

    #[test]
    fn items_are_shown_in_each_form() {
        check(
            Format::Table,
            "Query",
            ITEMS,
            "id     n  tags\n──  ────  ────────────\nb     10  {\"SS\":[\"x\"]}\na   9.50\n\n\
             Count: 2\nLastEvaluatedKey: {\"id\":\"a\"}\n",
        );
        check(Format::Csv, "Query", ITEMS, "id,n:N,tags:SS\nb,10,\"[\"\"x\"\"]\"\na,9.50,\n");
        check(
            Format::Jsonl,
            "Query",
            ITEMS,
            "{\"id\":\"b\",\"n\":10,\"tags\":{\"SS\":[\"x\"]}}\n{\"id\":\"a\",\"n\":9.50}\n",
        );
        check(Format::Raw, "Query", ITEMS, ITEMS);
        check(
            Format::Json,
            "GetItem",
            r#"{"Item":{"n":{"N":"1.0"}}}"#,
            "{\n  \"Item\": {\n    \"n\": {\n      \"N\": \"1.0\"\n    }\n  }\n}\n",
        );
        check(
            Format::Plain,
            "GetItem",
            r#"{"Item":{"n":{"N":"1.0"}}}"#,
            "{\n  \"Item\": {\n    \"n\": 1.0\n  }\n}\n",
        );
    }

    #[test]
    fn one_item_is_one_entry() {
        let reply = r#"{"Item":{"id":{"S":"a"},"n":{"N":"1"}}}"#;
        check(Format::Table, "GetItem", reply, "id  n\n──  ─\na   1\n");
        check(Format::Jsonl, "GetItem", reply, "{\"id\":\"a\",\"n\":1}\n");
        check(Format::Csv, "UpdateItem", r#"{"Attributes":{"n":{"N":"1"}}}"#, "n:N\n1\n");
    }

    #[test]
    fn items_of_several_tables_have_their_table() {
        let reply =
            r#"{"Responses":{"u":[{"id":{"S":"a"}}],"v":[{"n":{"N":"1"}}]},"UnprocessedKeys":{}}"#;
        check(
            Format::Table,
            "BatchGetItem",
            reply,
            "Table  id  n\n─────  ──  ─\nu      a\nv          1\n\nUnprocessedKeys: {}\n",
        );
        check(Format::Jsonl, "BatchGetItem", reply, "{\"id\":\"a\"}\n{\"n\":1}\n");
        let reply = r#"{"Responses":[{"Item":{"id":{"S":"a"}}},{}]}"#;
        check(Format::Table, "TransactGetItems", reply, "id\n──\na\n\n");
        check(Format::Csv, "TransactGetItems", reply, "id\na\n");
    }

    #[test]
    fn lists_of_other_things_are_tables_too() {
        check(
            Format::Table,
            "ListTables",
            r#"{"TableNames":["users","locations"]}"#,
            "TableNames\n──────────\nusers\nlocations\n",
        );
        check(Format::Csv, "ListTables", r#"{"TableNames":["a,b"]}"#, "TableNames\n\"a,b\"\n");
        check(Format::Jsonl, "ListTables", r#"{"TableNames":["a"]}"#, "\"a\"\n");
        check(
            Format::Table,
            "ListTagsOfResource",
            r#"{"Tags":[{"Key":"a","Value":"1"}]}"#,
            "Key  Value\n───  ─────\na    1\n",
        );
        check(Format::Table, "ListTables", r#"{"TableNames":[]}"#, "Nothing\n");
    }

    #[test]
    fn other_replies_are_shown_by_their_members() {
        let reply = r#"{"Table":{"TableName":"users","ItemCount":12,"KeySchema":[{"AttributeName":"id"}],"Big":1.5E3}}"#;
        check(
            Format::Table,
            "DescribeTable",
            reply,
            "Table.TableName                   users\nTable.ItemCount                   12\n\
             Table.KeySchema[0].AttributeName  id\nTable.Big                         1.5E3\n",
        );
        check(Format::Csv, "DescribeLimits", r#"{"A":1,"B":{}}"#, "Name,Value\nA,1\nB,{}\n");
        check(Format::Jsonl, "DescribeLimits", r#"{"A": 1}"#, "{\"A\":1}\n");
        check(Format::Table, "PutItem", "{}", "Nothing\n");
    }

    #[test]
    fn entries_are_sorted_by_a_column_and_its_type() {
        let reply = r#"{"Items":[{"n":{"N":"10"}},{"m":{"N":"1"}},{"n":{"N":"-1e2"}},{"n":{"N":"9.5"}},{"n":{"S":"x"}},{"n":{"N":"0.95E1"}}]}"#;
        let view = View { sort: Some("n".to_owned()), width: None };
        let shown = format(Format::Table, "Scan".parse().unwrap(), reply, &view).unwrap();
        let cell = |line: &str| line.chars().take(6).collect::<String>().trim().to_owned();
        let column: Vec<String> = shown.lines().skip(2).map(cell).collect();
        assert_eq!(column, ["-1e2", "9.5", "0.95E1", "10", "x", ""]);
    }

    #[test]
    fn a_table_is_no_wider_than_the_terminal() {
        let reply = r#"{"Items":[{"id":{"S":"abcdefghijklmnopqrstuvwxyz"},"text":{"S":"漢字漢字漢字漢字漢字漢字"},"n":{"N":"12345"}}]}"#;
        let view = View { width: Some(30), sort: None };
        let shown = format(Format::Table, "Scan".parse().unwrap(), reply, &view).unwrap();
        assert_eq!(
            shown,
            "id           text            n\n───────────  ──────────  ─────\n\
             abcdefghij…  漢字漢字…   12345\n"
        );
        let view = View { width: Some(12), sort: None };
        let shown = format(Format::Table, "Scan".parse().unwrap(), reply, &view).unwrap();
        assert_eq!(
            shown,
            "id     text\n─────  ─────\nabcd…  漢字…\n\nNot shown for want of room: n\n"
        );
    }

    #[test]
    fn what_would_move_the_cursor_is_shown_as_it_is_written() {
        let reply = r#"{"TableNames":["a\u001b[2Jb\nc\u202e"]}"#;
        let expected = format!("TableNames\n{}\na\\u{{1b}}[2Jb\\nc\\u{{202e}}\n", "─".repeat(22));
        check(Format::Table, "ListTables", reply, &expected);
    }

    #[test]
    fn what_is_no_reply_is_refused() {
        assert!(format(Format::Json, "Scan".parse().unwrap(), "[]", &View::default()).is_err());
        assert!(
            format(Format::Csv, "Scan".parse().unwrap(), r#"{"Items":[1]}"#, &View::default())
                .is_err()
        );
        let error = "xml".parse::<Format>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "There is no form \"xml\": choose table, json, plain, jsonl, csv or raw"
        );
        for form in Format::ALL {
            assert_eq!(form.name().parse::<Format>().unwrap(), form);
        }
    }

    #[test]
    fn any_reply_is_shown_or_refused() {
        fuzz::target("format", 2_000, |bytes| {
            let text = String::from_utf8_lossy(bytes);
            let (command, reply) = text.split_once('\n').unwrap_or(("Scan", &text));
            let command = command.parse().unwrap_or_else(|_| "Scan".parse().unwrap());
            for form in Format::ALL {
                let view = View { width: Some(text.len() % 40), sort: Some("id".to_owned()) };
                let shown = format(form, command, reply, &view);
                let is_table = form == Format::Table && shown.is_ok();
                let moves = |letter: char| letter.is_control() && letter != '\n';
                assert!(!is_table || !shown.unwrap_or_default().contains(moves));
            }
        });
    }
}
