//! JSON that keeps numbers as they are written and members in their order.
//!
//! Both what is sent and what is shown pass through here: parsed by `jsonc_parser`, which keeps
//! numbers as text and knows the place of every value, and written again, in one line or in many.

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged as _;
use jsonc_parser::errors::ParseError;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

/// What is allowed beyond strict JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leniency {
    /// Comments and trailing commas.
    Written,
    /// Nothing.
    Strict,
}

/// One JSON value; `None` where the text has none. Nesting is bounded by the parser.
pub(crate) fn parse(text: &str, leniency: Leniency) -> Result<Option<Value<'_>>, ParseError> {
    let is_written = leniency == Leniency::Written;
    let options = ParseOptions {
        allow_comments: is_written,
        allow_trailing_commas: is_written,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    parse_to_ast(text, &CollectOptions::default(), &options).map(|result| result.value)
}

/// How JSON is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Without any white space: what is sent.
    Compact,
    /// A line for each member and element: what is shown.
    Pretty,
}

/// The value as strict JSON.
pub(crate) fn text(value: &Value<'_>, layout: Layout) -> String {
    let mut writer =
        Writer { text: String::with_capacity(value.range().width()), layout, level: 0 };
    writer.value(value);
    writer.text
}

struct Writer {
    text: String,
    layout: Layout,
    level: usize,
}

impl Writer {
    fn value(&mut self, value: &Value<'_>) {
        match value {
            Value::NullKeyword(_) => self.text.push_str("null"),
            Value::BooleanLit(literal) => {
                self.text.push_str(if literal.value { "true" } else { "false" });
            }
            Value::NumberLit(literal) => self.text.push_str(literal.value),
            Value::StringLit(literal) => self.string(&literal.value),
            Value::Array(array) => self.list(['[', ']'], &array.elements, Self::value),
            Value::Object(object) => self.list(['{', '}'], &object.properties, |writer, member| {
                writer.string(member.name.as_str());
                writer.text.push_str(match writer.layout {
                    Layout::Compact => ":",
                    Layout::Pretty => ": ",
                });
                writer.value(&member.value);
            }),
        }
    }

    fn list<T>(&mut self, [open, close]: [char; 2], parts: &[T], part: impl Fn(&mut Self, &T)) {
        self.text.push(open);
        self.level += 1;
        for (index, one) in parts.iter().enumerate() {
            if index != 0 {
                self.text.push(',');
            }
            self.line();
            part(self, one);
        }
        self.level -= 1;
        if !parts.is_empty() {
            self.line();
        }
        self.text.push(close);
    }

    fn line(&mut self) {
        if self.layout == Layout::Pretty {
            self.text.push('\n');
            self.text.extend(std::iter::repeat_n("  ", self.level));
        }
    }

    fn string(&mut self, string: &str) {
        let quoted = serde_json::to_string(string).expect("any text has a form as a JSON string");
        self.text.push_str(&quoted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(written: &str, layout: Layout, expected: &str) {
        let value = parse(written, Leniency::Written).unwrap().unwrap();
        assert_eq!(text(&value, layout), expected);
    }

    #[test]
    fn what_is_sent_has_no_white_space() {
        check(r#"{ "a" : [ 1 , true, null ], }"#, Layout::Compact, r#"{"a":[1,true,null]}"#);
        check("[ ]", Layout::Compact, "[]");
    }

    #[test]
    fn what_is_shown_has_a_line_for_each_part() {
        check(
            r#"{"b":[1.50,{"a":{}}],"a":[]}"#,
            Layout::Pretty,
            "{\n  \"b\": [\n    1.50,\n    {\n      \"a\": {}\n    }\n  ],\n  \"a\": []\n}",
        );
    }

    #[test]
    fn strict_json_has_neither_comments_nor_trailing_commas() {
        for text in ["{} // no", "[1,]", "{\"a\":1,}", "/* no */ {}", "{a:1}", "[0x1]", "[+1]"] {
            assert!(parse(text, Leniency::Strict).is_err(), "{text}");
        }
    }
}
