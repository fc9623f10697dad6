//! Texts into tokens.
//!
//! No text is refused here: a character that starts no token is one by itself, which no
//! expression has a place for. So every fault of syntax is found, and worded, by the parser.

use std::ops::Range;

use crate::tree::Comparator;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A bare name, of an attribute or a function.
    Name,
    /// `#name`.
    NamePlaceholder,
    /// `:value`.
    ValuePlaceholder,
    /// Digits, with no zero before others.
    Number,
    Keyword(Keyword),
    Comparator(Comparator),
    Plus,
    Minus,
    Open,
    Close,
    OpenBracket,
    CloseBracket,
    Comma,
    Dot,
    /// A character that has no meaning, or a sign without a name.
    Unknown,
    /// The end of the text. It covers the blanks before it.
    End,
}

/// The words that are no names, in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keyword {
    And,
    Or,
    Not,
    Between,
    In,
    Set,
    Remove,
    Add,
    Delete,
}

impl Keyword {
    const ALL: [(&'static str, Self); 9] = [
        ("AND", Self::And),
        ("OR", Self::Or),
        ("NOT", Self::Not),
        ("BETWEEN", Self::Between),
        ("IN", Self::In),
        ("SET", Self::Set),
        ("REMOVE", Self::Remove),
        ("ADD", Self::Add),
        ("DELETE", Self::Delete),
    ];

    fn spelled(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|(text, _)| text.eq_ignore_ascii_case(word))
            .map(|(_, keyword)| keyword)
    }
}

/// A token and where it is in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) range: Range<usize>,
}

/// The tokens of `text`, the last of which is its end.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut start = 0;
    loop {
        let rest = text.get(start..).unwrap_or_default();
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
        let Some((kind, length)) = rest.get(blanks..).and_then(first) else {
            tokens.push(Token { kind: TokenKind::End, range: start..text.len() });
            return tokens;
        };
        let from = start + blanks;
        start = from + length;
        tokens.push(Token { kind, range: from..start });
    }
}

/// The first token of a text that starts with one, and its length.
fn first(text: &str) -> Option<(TokenKind, usize)> {
    let mut characters = text.chars();
    let character = characters.next()?;
    let rest = characters.as_str();
    let comparator = |comparator, length| (TokenKind::Comparator(comparator), length);
    Some(match character {
        'a'..='z' | 'A'..='Z' => word(text),
        '#' | ':' => placeholder(character, rest),
        '0' => (TokenKind::Number, 1),
        '1'..='9' => (TokenKind::Number, leading(text, |c| c.is_ascii_digit())),
        '=' => comparator(Comparator::Equal, 1),
        '<' if rest.starts_with('>') => comparator(Comparator::NotEqual, 2),
        '<' if rest.starts_with('=') => comparator(Comparator::LessOrEqual, 2),
        '<' => comparator(Comparator::Less, 1),
        '>' if rest.starts_with('=') => comparator(Comparator::GreaterOrEqual, 2),
        '>' => comparator(Comparator::Greater, 1),
        '+' => (TokenKind::Plus, 1),
        '-' => (TokenKind::Minus, 1),
        '(' => (TokenKind::Open, 1),
        ')' => (TokenKind::Close, 1),
        '[' => (TokenKind::OpenBracket, 1),
        ']' => (TokenKind::CloseBracket, 1),
        ',' => (TokenKind::Comma, 1),
        '.' => (TokenKind::Dot, 1),
        _ => (TokenKind::Unknown, character.len_utf8()),
    })
}

fn word(text: &str) -> (TokenKind, usize) {
    let length = leading(text, is_word);
    let keyword = text.get(..length).and_then(Keyword::spelled);
    (keyword.map_or(TokenKind::Name, TokenKind::Keyword), length)
}

/// A sign, and what follows it.
fn placeholder(sign: char, rest: &str) -> (TokenKind, usize) {
    match (leading(rest, is_word), sign) {
        (0, _) => (TokenKind::Unknown, 1),
        (length, '#') => (TokenKind::NamePlaceholder, 1 + length),
        (length, _) => (TokenKind::ValuePlaceholder, 1 + length),
    }
}

/// Whether `key` is `sign` and a name, as the text has it.
pub(crate) fn is_placeholder(key: &str, sign: char) -> bool {
    key.strip_prefix(sign).is_some_and(|name| !name.is_empty() && name.chars().all(is_word))
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// How much of the start of `text` is of such characters, in bytes.
fn leading(text: &str, is_such: impl Fn(char) -> bool) -> usize {
    text.len() - text.trim_start_matches(is_such).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<&str> =
            tokens(text).iter().map(|token| &text[token.range.clone()]).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn blanks_separate_tokens_and_the_end_covers_the_last_of_them() {
        check("a =\t:v\r\n ", &["a", "=", ":v", "\r\n "]);
        check("", &[""]);
        check("a<=b<>c<d", &["a", "<=", "b", "<>", "c", "<", "d", ""]);
        check("l[10].x", &["l", "[", "10", "]", ".", "x", ""]);
    }

    #[test]
    fn a_number_has_no_leading_zero_and_a_name_no_leading_digit_or_underscore() {
        check("00", &["0", "0", ""]);
        check("01", &["0", "1", ""]);
        check("1a", &["1", "a", ""]);
        check("_a", &["_", "a", ""]);
        check("a_1", &["a_1", ""]);
    }

    #[test]
    fn what_has_no_meaning_is_a_token_by_itself() {
        check("aé=\u{a0}", &["a", "é", "=", "\u{a0}", ""]);
        check("# :", &["#", ":", ""]);
        assert_eq!(tokens("#")[0].kind, TokenKind::Unknown);
        assert_eq!(tokens("#_")[0].kind, TokenKind::NamePlaceholder);
    }

    #[test]
    fn keywords_have_any_case() {
        for text in ["between", "Between", "BETWEEN"] {
            assert_eq!(tokens(text)[0].kind, TokenKind::Keyword(Keyword::Between));
        }
        assert_eq!(tokens("betweens")[0].kind, TokenKind::Name);
    }
}
