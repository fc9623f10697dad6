//! Text with wildcards and policy variables, and whether some other text is like it.
//!
//! The value of a variable is text and nothing else: a user named `*` is not everybody.

use super::Context;

/// What a fault says of a variable that is none.
pub(super) const VARIABLE: &str =
    "text whose variables have the form ${key}, ${key, 'default'}, ${*}, ${?} or ${$}";

/// Whether `a` is `A`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Heeded,
    Ignored,
}

/// Whether `*` and `?` stand for other characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wildcards {
    Heeded,
    Literal,
}

/// Whether `${…}` stands for a value: only since the language's second version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Variables {
    Heeded,
    Literal,
}

/// The text of a policy, taken apart.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    pieces: Vec<Piece>,
    has_variables: bool,
}

#[derive(Debug, Clone)]
enum Piece {
    Text(String),
    One,
    Any,
    Variable(Variable),
}

#[derive(Debug, Clone)]
struct Variable {
    key: String,
    default: Option<String>,
}

/// A piece whose value is known.
#[derive(Debug, Clone, Copy)]
enum Token<'a> {
    Text(&'a str),
    One,
    Any,
}

impl Pattern {
    /// Takes text apart; `None` where a variable has another form than variables have.
    pub(super) fn parse(text: &str, wildcards: Wildcards, variables: Variables) -> Option<Self> {
        let mut pattern = Self { pieces: Vec::new(), has_variables: false };
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            if variables == Variables::Heeded
                && let Some(inside) = rest.strip_prefix("${")
            {
                let (inside, behind) = inside.split_once('}')?;
                pattern.push_variable(inside)?;
                rest = behind;
                continue;
            }
            let (head, tail) = rest.split_at(character.len_utf8());
            match (character, wildcards) {
                ('*', Wildcards::Heeded) => pattern.pieces.push(Piece::Any),
                ('?', Wildcards::Heeded) => pattern.pieces.push(Piece::One),
                (_, Wildcards::Heeded | Wildcards::Literal) => pattern.push_text(head),
            }
            rest = tail;
        }
        Some(pattern)
    }

    fn push_text(&mut self, text: &str) {
        match self.pieces.last_mut() {
            Some(Piece::Text(before)) => before.push_str(text),
            Some(Piece::One | Piece::Any | Piece::Variable(_)) | None => {
                self.pieces.push(Piece::Text(text.to_owned()));
            }
        }
    }

    fn push_variable(&mut self, inside: &str) -> Option<()> {
        if matches!(inside, "*" | "?" | "$") {
            self.push_text(inside);
            return Some(());
        }
        self.pieces.push(Piece::Variable(Variable::parse(inside)?));
        self.has_variables = true;
        Some(())
    }

    /// The keys of the variables.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Variable(variable) => Some(variable.key.as_str()),
            Piece::Text(_) | Piece::One | Piece::Any => None,
        })
    }

    /// Whether some text is like this one. Nothing is like a variable without a value.
    pub(super) fn matches(&self, text: &str, context: &Context<'_>, case: Case) -> bool {
        self.compare(text, context, Comparison { case, fenced_bytes: 0 })
    }

    /// Whether an ARN is like this one, part by part: only in the last of the six does a wildcard stand for colons.
    pub(super) fn matches_arn(&self, arn: &str, context: &Context<'_>) -> bool {
        let Some((last_colon, _)) = arn.match_indices(':').nth(4) else {
            return false;
        };
        self.compare(arn, context, Comparison { case: Case::Heeded, fenced_bytes: last_colon + 1 })
    }

    fn compare(&self, text: &str, context: &Context<'_>, comparison: Comparison) -> bool {
        if !self.has_variables {
            return glob(|index| self.pieces.get(index)?.token(context), text, comparison);
        }
        // A variable is looked up once, not each time that a wildcard tries another length.
        let tokens: Option<Vec<_>> = self.pieces.iter().map(|piece| piece.token(context)).collect();
        tokens.is_some_and(|tokens| glob(|index| tokens.get(index).copied(), text, comparison))
    }
}

impl Piece {
    fn token<'a>(&'a self, context: &'a Context<'_>) -> Option<Token<'a>> {
        match self {
            Self::Text(text) => Some(Token::Text(text)),
            Self::One => Some(Token::One),
            Self::Any => Some(Token::Any),
            Self::Variable(variable) => variable.value(context).map(Token::Text),
        }
    }
}

impl Variable {
    fn parse(inside: &str) -> Option<Self> {
        let (key, default) = match inside.split_once(',') {
            Some((key, default)) => {
                let default = default.trim().strip_prefix('\'')?.strip_suffix('\'')?;
                (key, Some(default.to_owned()))
            }
            None => (inside, None),
        };
        let (vendor, name) = key.split_once(':')?;
        let is_key = !vendor.is_empty() && !name.is_empty() && !key.contains(char::is_whitespace);
        is_key.then(|| Self { key: key.to_owned(), default })
    }

    /// The value. A key of several values has none that could stand here, so its default does not stand there either.
    fn value<'a>(&'a self, context: &'a Context<'_>) -> Option<&'a str> {
        if context.values(&self.key).is_empty() {
            return self.default.as_deref();
        }
        context.value(&self.key)
    }
}

/// Whether case counts, and up to which byte of the text wildcards do not stand for colons.
#[derive(Clone, Copy)]
struct Comparison {
    case: Case,
    fenced_bytes: usize,
}

/// Whether tokens make up a text.
///
/// Only the last `*` ever tries another length: what an earlier one gave to the tokens behind it was the leftmost place
/// for them, and no other leaves more for the rest. So this takes the product of the lengths at most.
fn glob<'a>(
    token: impl Fn(usize) -> Option<Token<'a>>,
    text: &str,
    comparison: Comparison,
) -> bool {
    let (mut index, mut at) = (0, 0);
    let mut last_any: Option<(usize, usize)> = None;
    loop {
        let next = match token(index) {
            None if at == text.len() => return true,
            None => None,
            Some(Token::Any) => {
                last_any = Some((index + 1, at));
                Some(at)
            }
            Some(Token::One) => wild(text, at, comparison),
            Some(Token::Text(prefix)) => literal(text, at, prefix, comparison.case),
        };
        if let Some(next) = next {
            (index, at) = (index + 1, next);
            continue;
        }
        let Some((behind, tried)) = last_any else {
            return false;
        };
        let Some(longer) = wild(text, tried, comparison) else {
            return false;
        };
        last_any = Some((behind, longer));
        (index, at) = (behind, longer);
    }
}

/// Where the text goes on behind one character that a wildcard stands for.
fn wild(text: &str, at: usize, comparison: Comparison) -> Option<usize> {
    let character = text.get(at..)?.chars().next()?;
    let is_fenced = character == ':' && at < comparison.fenced_bytes;
    (!is_fenced).then(|| at + character.len_utf8())
}

/// Where the text goes on behind a prefix that it has there.
fn literal(text: &str, at: usize, prefix: &str, case: Case) -> Option<usize> {
    let rest = text.get(at..)?;
    match case {
        Case::Heeded => rest.starts_with(prefix).then(|| at + prefix.len()),
        Case::Ignored => {
            let mut characters = rest.chars();
            for wanted in prefix.chars() {
                let found = characters.next()?;
                let is_same = found == wanted || found.to_lowercase().eq(wanted.to_lowercase());
                is_same.then_some(())?;
            }
            Some(text.len() - characters.as_str().len())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn context() -> Context<'static> {
        let mut context = Context::default();
        context.put("aws:username", "ann*");
        context.put("aws:PrincipalTag/team", "a:b");
        context.put_all("dynamodb:LeadingKeys", ["a"]);
        context
    }

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text, Wildcards::Heeded, Variables::Heeded).unwrap()
    }

    #[track_caller]
    fn check(text: &str, other: &str, expected: bool) {
        assert_eq!(pattern(text).matches(other, &context(), Case::Heeded), expected);
    }

    #[test]
    fn wildcards_stand_for_characters() {
        check("", "", true);
        check("", "a", false);
        check("*", "", true);
        check("?", "", false);
        check("?", "é", true);
        check("a*c", "abbc", true);
        check("a*c", "abbd", false);
        check("*a*b*", "xxaxxbxx", true);
        check("*ab", "aab", true);
        check("a?c*", "abc", true);
        check("**?", "a", true);
        check("a", "A", false);
    }

    #[test]
    fn variables_stand_for_their_values_and_for_nothing_else() {
        check("${aws:username}", "ann*", true);
        check("${aws:username}", "anna", false);
        check("${AWS:UserName}/*", "ann*/x", true);
        check("x${aws:username}${aws:username}", "xann*ann*", true);
        check("${aws:absent}", "", false);
        check("${aws:absent}*", "anything", false);
        check("${aws:absent, 'it'}", "it", true);
        check("${aws:absent,''}", "", true);
        check("${aws:username, 'it'}", "it", false);
        check("${dynamodb:LeadingKeys}", "a", false);
        check("${dynamodb:LeadingKeys, 'it'}", "it", false);
        check("${*}${?}${$}", "*?$", true);
        check("${*}", "a", false);
        check("$x", "$x", true);
    }

    #[test]
    fn what_is_no_variable_is_refused_where_there_are_variables() {
        for text in [
            "${",
            "${}",
            "${a}",
            "${:a}",
            "${a:}",
            "${ aws:username}",
            "${a:b, c}",
            "${a:b, 'c}",
            "${a:b, c'}",
            "${**}",
        ] {
            assert!(Pattern::parse(text, Wildcards::Heeded, Variables::Heeded).is_none(), "{text}");
            let literal = Pattern::parse(text, Wildcards::Literal, Variables::Literal).unwrap();
            assert!(literal.matches(text, &context(), Case::Heeded));
        }
    }

    #[test]
    fn a_wildcard_stays_within_its_part_of_an_arn() {
        #[track_caller]
        fn check(text: &str, arn: &str, expected: bool) {
            assert_eq!(pattern(text).matches_arn(arn, &context()), expected);
        }
        check("arn:*:*:*:*:*", "arn:aws:dynamodb:eu-west-1:1:table/a:b", true);
        check("arn:aws:*", "arn:aws:dynamodb:eu-west-1:1:table/a", false);
        check("arn:aws:iam::*:user/*", "arn:aws:iam::1:user/a/b", true);
        check("arn:aws:iam:?:1:user/a", "arn:aws:iam::1:user/a", false);
        check("*:*:*:*:*:*", "a:b:c:d:e", false);
        check("*", "arn:aws:iam::1:root", false);
        check("arn:aws:x:${aws:PrincipalTag/team}:c", "arn:aws:x:a:b:c", true);
    }

    #[test]
    fn case_may_be_ignored() {
        assert!(pattern("dynamodb:get*").matches("DynamoDB:GetItem", &context(), Case::Ignored));
        assert!(pattern("STRASSE É").matches("strasse é", &context(), Case::Ignored));
        assert!(!pattern("abc").matches("AB", &context(), Case::Ignored));
    }

    #[test]
    fn a_hostile_pattern_takes_no_longer_than_its_lengths_multiplied() {
        let text = "a".repeat(20_000);
        let hostile = format!("{}b", "*a".repeat(1000));
        // Of all ways to place a thousand stars, most would not be tried before the sun is out.
        assert!(!pattern(&hostile).matches(&text, &context(), Case::Heeded));
    }

    /// The definition of wildcards.
    fn naive(pattern: &[char], text: &[char]) -> bool {
        let next = text.split_first();
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => {
                naive(rest, text) || next.is_some_and(|(_, behind)| naive(pattern, behind))
            }
            Some((wanted, rest)) => next.is_some_and(|(found, behind)| {
                (*wanted == '?' || wanted == found) && naive(rest, behind)
            }),
        }
    }

    /// The definition for ARNs: six parts, of which each is like its own.
    fn naive_arn(pattern: &str, arn: &str) -> bool {
        let characters = |text: &str| text.chars().collect::<Vec<_>>();
        let (patterns, parts): (Vec<_>, Vec<_>) = (
            pattern.splitn(6, ':').map(characters).collect(),
            arn.splitn(6, ':').map(characters).collect(),
        );
        let mut pairs = patterns.iter().zip(&parts);
        patterns.len() == 6 && parts.len() == 6 && pairs.all(|(pattern, part)| naive(pattern, part))
    }

    proptest! {
        #[test]
        fn wildcards_are_what_their_definition_says(like in "[ab*?]{0,10}", text in "[abé]{0,10}") {
            let [characters, others] = [&like, &text].map(|text| text.chars().collect::<Vec<_>>());
            let expected = naive(&characters, &others);
            prop_assert_eq!(pattern(&like).matches(&text, &Context::default(), Case::Heeded), expected);
        }

        #[test]
        fn arns_are_compared_part_by_part(like in "([a*?]{0,2}:){4,6}[a*?:]{0,4}", arn in "([a]{0,2}:){4,6}[a:]{0,4}") {
            let found = pattern(&like).matches_arn(&arn, &Context::default());
            prop_assert_eq!(found, naive_arn(&like, &arn));
        }

        #[test]
        fn literal_text_is_like_itself_alone(text in ".{0,20}", other in ".{0,20}") {
            let literal = Pattern::parse(&text, Wildcards::Literal, Variables::Literal).unwrap();
            prop_assert!(literal.matches(&text, &Context::default(), Case::Heeded));
            prop_assert_eq!(literal.matches(&other, &Context::default(), Case::Heeded), text == other);
        }
    }
}
