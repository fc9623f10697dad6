//! The words of an expression: as much of its grammar as is needed to find names and values in it. Whether it is sound
//! is for the service to say.

/// A word of an expression, and where it begins in it, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word<'a> {
    pub(crate) kind: WordKind,
    pub(crate) text: &'a str,
    pub(crate) start: usize,
}

/// The kinds of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WordKind {
    /// A word without a mark: an attribute's name, a function or a keyword.
    Bare,
    /// `#name`, for the name of an attribute.
    Name,
    /// `:value`.
    Value,
    /// A number.
    Number,
    /// Text in quotes, which no expression may have.
    Quoted,
    /// Anything else, one or two characters.
    Mark,
}

/// The words that are of the grammar wherever they stand, in small letters.
const KEYWORDS: &[&str] = &["and", "between", "in", "not", "or"];

/// The functions, in the letters that the service wants.
const FUNCTIONS: &[&str] = &[
    "attribute_exists",
    "attribute_not_exists",
    "attribute_type",
    "begins_with",
    "contains",
    "if_not_exists",
    "list_append",
    "size",
];

/// The words that begin a clause of an update, in small letters.
pub(crate) const CLAUSES: &[&str] = &["add", "delete", "remove", "set"];

impl Word<'_> {
    /// Where it ends.
    pub(crate) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Whether it is of the grammar of every expression: a keyword, or a function's name.
    pub(crate) fn is_grammar(&self) -> bool {
        KEYWORDS.contains(&self.text.to_ascii_lowercase().as_str())
            || FUNCTIONS.contains(&self.text)
    }

    /// Whether it begins a clause of an update.
    pub(crate) fn is_clause(&self) -> bool {
        self.kind == WordKind::Bare && CLAUSES.contains(&self.text.to_ascii_lowercase().as_str())
    }

    pub(crate) fn is_mark(&self, mark: &str) -> bool {
        self.kind == WordKind::Mark && self.text == mark
    }
}

/// All words of an expression.
pub(crate) fn words(expression: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut rest = expression.char_indices().peekable();
    while let Some((start, first)) = rest.next() {
        if first.is_whitespace() {
            continue;
        }
        let kind = match first {
            '#' => WordKind::Name,
            ':' => WordKind::Value,
            '\'' | '"' => WordKind::Quoted,
            _ if first.is_ascii_digit() => WordKind::Number,
            _ if is_of_word(first) => WordKind::Bare,
            _ => WordKind::Mark,
        };
        let mut end = start + first.len_utf8();
        let mut is_whole = false;
        while let Some((at, next)) = rest.next_if(|(_, next)| match kind {
            _ if is_whole => false,
            WordKind::Mark => matches!((first, *next), ('<', '>' | '=') | ('>', '=')),
            WordKind::Quoted => true,
            WordKind::Number => next.is_ascii_digit() || *next == '.',
            WordKind::Bare | WordKind::Name | WordKind::Value => is_of_word(*next),
        }) {
            end = at + next.len_utf8();
            is_whole = kind == WordKind::Mark || (kind == WordKind::Quoted && next == first);
        }
        let text = expression.get(start..end).unwrap_or_default();
        words.push(Word { kind, text, start });
    }
    words
}

fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The values that a key condition compares an attribute with: `:val` of `team_id = :val`, with the attribute's name as
/// it is written there.
pub(crate) fn compared<'a>(words: &[Word<'a>]) -> Vec<(&'a str, &'a str)> {
    let mut pairs = Vec::new();
    let mut attribute = None;
    for word in words {
        match word.kind {
            WordKind::Bare if word.is_grammar() => {}
            WordKind::Bare | WordKind::Name => attribute = Some(word.text),
            WordKind::Value => pairs.extend(attribute.map(|attribute| (word.text, attribute))),
            WordKind::Number | WordKind::Quoted | WordKind::Mark => {}
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_falls_into_its_words() {
        let texts: Vec<&str> = words("set #n=:v, a.b[10] = if_not_exists(é, :x)<>>=")
            .iter()
            .map(|word| word.text)
            .collect();
        let expected = [
            "set",
            "#n",
            "=",
            ":v",
            ",",
            "a",
            ".",
            "b",
            "[",
            "10",
            "]",
            "=",
            "if_not_exists",
            "(",
            "é",
            ",",
            ":x",
            ")",
            "<>",
            ">=",
        ];
        assert_eq!(texts, expected);
    }

    #[test]
    fn text_in_quotes_is_one_word() {
        let all: Vec<(WordKind, &str)> =
            words("a = 'b c' OR d = \"e\"").iter().map(|word| (word.kind, word.text)).collect();
        assert_eq!(all[2], (WordKind::Quoted, "'b c'"));
        assert_eq!(all[6], (WordKind::Quoted, "\"e\""));
        assert_eq!(words("'open").len(), 1);
    }

    #[test]
    fn values_are_known_by_the_attribute_that_they_are_compared_with() {
        #[track_caller]
        fn check(expression: &str, expected: &[(&str, &str)]) {
            assert_eq!(compared(&words(expression)), expected);
        }
        check("team_id = :t", &[(":t", "team_id")]);
        check("#t = :t AND age BETWEEN :a AND :b", &[(":t", "#t"), (":a", "age"), (":b", "age")]);
        check("a = :a and begins_with(b, :b)", &[(":a", "a"), (":b", "b")]);
        check(":a = :b", &[]);
    }
}
