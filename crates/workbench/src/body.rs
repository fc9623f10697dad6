//! A query's body as a person writes it: JSON with comments and trailing commas.
//!
//! Numbers stay as written, `1.50` and 38 digits included, and members stay in their order. The
//! parser is `jsonc_parser`: it keeps both, knows the place of every value, bounds the nesting and
//! brings nothing along. What it allows beyond comments and trailing commas is switched off:
//! single quotes or bare words are more often a slip than a wish. A line break inside a string is
//! taken and sent as `\n`, so that a long statement may be written over several lines.

use std::fmt;

use bytes::Bytes;
use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged as _;
use jsonc_parser::errors::{ParseError, ParseErrorKind};
use jsonc_parser::tokens::Token;
use jsonc_parser::{Scanner, ScannerOptions};
use serde::Serialize;

use crate::error::Error;
use crate::json::{self, Layout, Leniency};

/// The most a body may hold, in bytes: what the service takes in one request.
pub const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A place in a text, counted from 1. A column is a character, whatever its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The character in the line.
    pub column: usize,
}

impl Position {
    /// The place of the byte at `offset`. An offset beyond the end is the end.
    pub(crate) fn of(text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |index| index + 1);
        let line = 1 + before.bytes().filter(|byte| *byte == b'\n').count();
        let column = 1 + before.get(line_start..).unwrap_or_default().chars().count();
        Self { line, column }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, column {}", self.line, self.column)
    }
}

/// What is wrong with a body's text. Each text names the fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyFault {
    /// Two values or members follow each other.
    #[error("a comma is missing after this value")]
    Comma,
    /// A member's name is not followed by a colon.
    #[error("a colon is missing between the member's name and its value")]
    Colon,
    /// A value is absent where one belongs.
    #[error("a value is missing here: write one, or remove the comma or colon before it")]
    Value,
    /// Something else stands where a member begins.
    #[error("a member belongs here: write \"Name\": value, or close the object with }}")]
    Member,
    /// A member's name has no quotes.
    #[error("a member's name needs double quotes: write \"Name\"")]
    Name,
    /// A bare word.
    #[error("text needs double quotes; only true, false and null stand without")]
    Word,
    /// Single quotes.
    #[error("text needs double quotes, not single ones")]
    SingleQuotes,
    /// A string without its end.
    #[error("the string that begins here has no end: close it with \"")]
    OpenString,
    /// A string's escape that JSON does not have.
    #[error("this is no escape of JSON: write a backslash itself as \\\\, a character as \\u00e9")]
    Escape,
    /// A number in another notation.
    #[error("this is no number of JSON: write one as 12, -0.5 or 6.02e23")]
    Number,
    /// An object without its end.
    #[error("the object that begins here has no end: close it with }}")]
    OpenObject,
    /// An array without its end.
    #[error("the array that begins here has no end: close it with ]")]
    OpenArray,
    /// A comment without its end.
    #[error("the comment that begins here has no end: close it with */")]
    OpenComment,
    /// A bracket that closes nothing.
    #[error("this bracket closes nothing: remove it, or write a value before it")]
    Bracket,
    /// A character of no meaning.
    #[error("this has no meaning in JSON: remove it, or put text in double quotes")]
    Meaningless,
    /// Nested beyond any request.
    #[error("this is nested deeper than any request: remove levels")]
    Depth,
    /// Something follows the body.
    #[error("the body ends before this: remove what follows, or a bracket too many before it")]
    Trailing,
    /// The body is another value than an object.
    #[error("the body is an object: write it in {{ }}")]
    NotAnObject,
}

/// A body that is sound: an object, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    text: String,
    bytes: Bytes,
}

impl Body {
    /// Reads a body. One without a value, comments or not, means `{}`.
    ///
    /// # Errors
    /// [`Error::Body`] with the place and the fix; [`Error::BodyTooLarge`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        if BODY_BYTES_MAX < text.len() {
            return Err(Error::BodyTooLarge { bytes: text.len() });
        }
        let text = text.trim_start_matches('\u{feff}');
        let bytes = match json::parse(text, Leniency::Written) {
            Ok(None) => Bytes::from_static(b"{}"),
            Ok(Some(object @ Value::Object(_))) => json::text(&object, Layout::Compact).into(),
            Ok(Some(other)) => {
                return Err(refusal(text, other.start(), BodyFault::NotAnObject));
            }
            Err(error) => {
                let (offset, fault) = explained(text, &error);
                return Err(refusal(text, offset, fault));
            }
        };
        Ok(Self { text: text.to_owned(), bytes })
    }

    /// A body of this text, which is sent as these bytes.
    pub(crate) fn written(text: &str, bytes: Bytes) -> Self {
        Self { text: text.to_owned(), bytes }
    }

    /// Whether it has no value at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.tree().is_none()
    }

    /// The body as written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The body as sent: strict JSON in one line.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// As [`bytes`](Self::bytes), for who goes on with it as a text.
    #[must_use]
    pub fn sent(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap_or_default()
    }

    /// The body as a tree, with the place of every value; `None` for an empty one. It is parsed
    /// again each time: only an error's member is looked for in it.
    pub(crate) fn tree(&self) -> Option<Value<'_>> {
        json::parse(&self.text, Leniency::Written).ok().flatten()
    }
}

fn refusal(text: &str, offset: usize, fault: BodyFault) -> Error {
    Error::Body { position: Position::of(text, offset), fault }
}

/// Where the fault is, and what it is.
fn explained(text: &str, error: &ParseError) -> (usize, BodyFault) {
    // A quote that is missing turns the text after it inside out, and the parser stops far from
    // it, at some word. The string that runs over a line's end is the likelier place.
    if let Some(offset) = string_over_lines(text) {
        return (offset, BodyFault::OpenString);
    }
    let offset = error.range().start;
    let fault = fault(error.kind());
    // "007" reads as three numbers in a row.
    if fault == BodyFault::Comma && touches_number(text, offset) {
        return (offset, BodyFault::Number);
    }
    (offset, fault)
}

/// Where a string begins that has a line break in it, in a text that does not parse.
fn string_over_lines(text: &str) -> Option<usize> {
    let mut scanner = Scanner::new(text, &ScannerOptions::default());
    while let Ok(Some(token)) = scanner.scan() {
        let (start, end) = (scanner.token_start(), scanner.token_end());
        if matches!(token, Token::String(_)) && text.get(start..end)?.contains('\n') {
            return Some(start);
        }
    }
    None
}

/// Whether a number ends before `offset` and more of it follows there.
fn touches_number(text: &str, offset: usize) -> bool {
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let bytes = text.as_bytes();
    is_digit(offset.checked_sub(1).and_then(|before| bytes.get(before)))
        && bytes.get(offset).is_some_and(u8::is_ascii_alphanumeric)
}

fn fault(kind: &ParseErrorKind) -> BodyFault {
    match kind {
        ParseErrorKind::ExpectedComma => BodyFault::Comma,
        ParseErrorKind::ExpectedColonAfterObjectKey => BodyFault::Colon,
        ParseErrorKind::ExpectedObjectValue
        | ParseErrorKind::UnexpectedColon
        | ParseErrorKind::UnexpectedComma
        | ParseErrorKind::TrailingCommasNotAllowed => BodyFault::Value,
        ParseErrorKind::UnexpectedTokenInObject => BodyFault::Member,
        ParseErrorKind::ExpectedStringObjectProperty => BodyFault::Name,
        ParseErrorKind::UnexpectedWord => BodyFault::Word,
        ParseErrorKind::SingleQuotedStringsNotAllowed => BodyFault::SingleQuotes,
        ParseErrorKind::String(kind) => string_fault(kind),
        ParseErrorKind::BareDecimalPointNumbersNotAllowed
        | ParseErrorKind::ExpectedDigit
        | ParseErrorKind::ExpectedDigitFollowingNegativeSign
        | ParseErrorKind::ExpectedPlusMinusOrDigitInNumberLiteral
        | ParseErrorKind::HexadecimalNumbersNotAllowed
        | ParseErrorKind::NonFiniteNumbersNotAllowed
        | ParseErrorKind::UnaryPlusNumbersNotAllowed => BodyFault::Number,
        ParseErrorKind::UnterminatedObject => BodyFault::OpenObject,
        ParseErrorKind::UnterminatedArray => BodyFault::OpenArray,
        ParseErrorKind::UnterminatedCommentBlock => BodyFault::OpenComment,
        ParseErrorKind::UnexpectedCloseBrace | ParseErrorKind::UnexpectedCloseBracket => {
            BodyFault::Bracket
        }
        ParseErrorKind::UnexpectedToken | ParseErrorKind::CommentsNotAllowed => {
            BodyFault::Meaningless
        }
        ParseErrorKind::NestingDepthExceeded => BodyFault::Depth,
        ParseErrorKind::MultipleRootJsonValues => BodyFault::Trailing,
    }
}

fn string_fault(kind: &jsonc_parser::ParseStringErrorKind) -> BodyFault {
    use jsonc_parser::ParseStringErrorKind as Kind;
    match kind {
        Kind::UnterminatedStringLiteral => BodyFault::OpenString,
        Kind::InvalidEscapeInSingleQuoteString
        | Kind::InvalidEscapeInDoubleQuoteString
        | Kind::ExpectedFourHexDigits
        | Kind::ExpectedTwoHexDigits
        | Kind::InvalidUnicodeEscapeSequence(_)
        | Kind::InvalidEscape => BodyFault::Escape,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn sent(written: &str, expected: &str) {
        let body = Body::parse(written).unwrap_or_else(|error| panic!("{written}: {error}"));
        assert_eq!(std::str::from_utf8(body.bytes()).unwrap(), expected, "{written}");
    }

    #[track_caller]
    fn refused(written: &str, expected: (usize, usize, BodyFault)) {
        match Body::parse(written) {
            Err(Error::Body { position, fault }) => {
                assert_eq!((position.line, position.column, fault), expected, "{written}");
            }
            other => panic!("{written}: {other:?}"),
        }
    }

    #[test]
    fn an_empty_body_is_an_empty_object() {
        sent("", "{}");
        sent("  \n\t", "{}");
        sent("// nothing\n/* at all */", "{}");
        sent("\u{feff}{}", "{}");
    }

    #[test]
    fn comments_and_trailing_commas_are_left_out() {
        sent("{\"a\": 1, // one\n \"b\": [1, 2,], /* two */}", r#"{"a":1,"b":[1,2]}"#);
        sent("{\"a\": \"// no comment /* here */\"}", r#"{"a":"// no comment /* here */"}"#);
        sent("{\"a\":/**/1}// end", r#"{"a":1}"#);
    }

    #[test]
    fn numbers_stay_as_written_and_members_in_their_order() {
        let digits = "12345678901234567890123456789012345678";
        sent(
            &format!(r#"{{"z": 1.50, "a": {digits}, "m": -0.0, "e": 1E+400, "z": 2}}"#),
            &format!(r#"{{"z":1.50,"a":{digits},"m":-0.0,"e":1E+400,"z":2}}"#),
        );
    }

    #[test]
    fn strings_keep_their_value() {
        sent(r#"{"a": "é\u00e9\ud83d\ude00\/\"\\"}"#, "{\"a\":\"éé😀/\\\"\\\\\"}");
        sent("{\"a\": \"SELECT *\nFROM t\"}", r#"{"a":"SELECT *\nFROM t"}"#);
        sent("{\"\": \"\\u0000\"}", "{\"\":\"\\u0000\"}");
    }

    #[test]
    fn a_fault_has_its_place_and_its_fix() {
        refused("{\"a\": 1 \"b\": 2}", (1, 8, BodyFault::Comma));
        refused("{\"a\": [1 2]}", (1, 9, BodyFault::Comma));
        refused("{\n  \"a\" 1}", (2, 7, BodyFault::Colon));
        refused("{\"a\": }", (1, 7, BodyFault::Bracket));
        refused("{\"a\":", (1, 6, BodyFault::Value));
        refused("{\"a\": , }", (1, 7, BodyFault::Value));
        refused("{\"a\": [,]}", (1, 8, BodyFault::Value));
        refused("{,}", (1, 2, BodyFault::Member));
        refused("{\"a\": 1, [}", (1, 10, BodyFault::Member));
        refused("{a: 1}", (1, 2, BodyFault::Name));
        refused("{\n  \"é\": yes\n}", (2, 8, BodyFault::Word));
        refused("{'a': 1}", (1, 2, BodyFault::SingleQuotes));
        refused("{\"a\": \"b}", (1, 7, BodyFault::OpenString));
        refused("{\"a\": \"b,\n \"c\": 1}", (1, 7, BodyFault::OpenString));
        refused(r#"{"a": "\q"}"#, (1, 8, BodyFault::Escape));
        refused(r#"{"a": "\ud800"}"#, (1, 8, BodyFault::Escape));
        refused("{\"a\": 007}", (1, 8, BodyFault::Number));
        refused("{\"a\": 0x1F}", (1, 7, BodyFault::Number));
        refused("{\"a\": +1}", (1, 7, BodyFault::Number));
        refused("{\"a\": [1}", (1, 9, BodyFault::Bracket));
        refused("{\"a\": {\"b\": 1}", (1, 1, BodyFault::OpenObject));
        refused("{\"a\": [1", (1, 7, BodyFault::OpenArray));
        refused("{} /* open", (1, 4, BodyFault::OpenComment));
        refused("{}}", (1, 3, BodyFault::Trailing));
        refused("{\"a\": /}", (1, 7, BodyFault::Meaningless));
        refused("// list\n[]", (2, 1, BodyFault::NotAnObject));
        refused("null", (1, 1, BodyFault::NotAnObject));
    }

    #[test]
    fn a_message_reads_as_a_sentence() {
        let error = Body::parse("{a: 1}").unwrap_err();
        assert_eq!(
            error.to_string(),
            "The body is not JSON at line 1, column 2: a member's name needs double quotes: \
             write \"Name\""
        );
    }

    #[test]
    fn nesting_is_bounded_far_beyond_what_an_item_may_have() {
        let nested = |levels: usize| format!("{}1{}", "{\"M\":".repeat(levels), "}".repeat(levels));
        assert!(Body::parse(&nested(100)).is_ok());
        for levels in [1000, 1_000_000] {
            let error = Body::parse(&nested(levels)).unwrap_err();
            assert!(matches!(error, Error::Body { fault: BodyFault::Depth, .. }), "{error}");
        }
    }

    #[test]
    fn a_body_larger_than_any_request_is_refused() {
        let error = Body::parse(&" ".repeat(BODY_BYTES_MAX + 1)).unwrap_err();
        assert!(matches!(error, Error::BodyTooLarge { .. }), "{error}");
    }

    /// Any JSON value, nested a little.
    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(serde_json::Value::Array),
                prop::collection::btree_map(any::<String>(), inner, 0..5)
                    .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            let _outcome = Body::parse(&text);
        }

        #[test]
        fn any_text_like_json_is_read_or_refused(
            parts in prop::collection::vec(
                prop::sample::select(vec![
                    "{", "}", "[", "]", ",", ":", "\"", "'", "\\", "\\u", "d800", "/", "/*", "*/",
                    "//", "\n", "\r", "1", "-", "0", ".", "e", "true", "null", "é", "\u{2028}", "a",
                ]),
                0..30,
            ),
        ) {
            if let Ok(body) = Body::parse(&parts.concat()) {
                serde_json::from_slice::<serde_json::Value>(body.bytes()).unwrap();
            }
        }

        #[test]
        fn strict_json_is_sent_with_the_same_value(value in json()) {
            let written = serde_json::json!({ "value": value });
            for text in [written.to_string(), serde_json::to_string_pretty(&written).unwrap()] {
                // Texts, not values: to read a number again would round it.
                let body = Body::parse(&text).unwrap();
                prop_assert_eq!(std::str::from_utf8(body.bytes()).unwrap(), written.to_string());
            }
        }
    }

    #[test]
    fn bytes_are_a_body_or_refused() {
        fuzz::target("query_body", 6_000, |bytes| {
            let text = String::from_utf8_lossy(bytes);
            match Body::parse(&text) {
                Ok(body) => {
                    let sent = std::str::from_utf8(body.bytes()).unwrap();
                    serde_json::from_str::<&serde_json::value::RawValue>(sent).unwrap();
                    assert_eq!(Body::parse(sent).unwrap().bytes(), body.bytes());
                    assert!(body.tree().is_some() || sent == "{}");
                }
                Err(error) => assert!(error.to_string().len() < 1000),
            }
        });
    }
}
