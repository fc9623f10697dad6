//! Text with wildcards and policy variables, and whether some other text is like it.
//!
//! The value of a variable is text and nothing else: a user named `*` is not everybody.

use std::borrow::Cow;

use memchr::{memchr, memmem};

use super::Context;
use super::budget::{Budget, Spent, steps};

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
pub(super) enum Pattern {
    /// Without variables.
    Fixed(Vec<Token<'static>>),
    /// With some, whose values each request brings.
    Template(Vec<Piece>),
}

#[derive(Debug, Clone)]
pub(super) enum Piece {
    Token(Token<'static>),
    Variable(Variable),
}

#[derive(Debug, Clone)]
pub(super) struct Variable {
    key: String,
    default: Option<String>,
}

/// A piece whose value is known. No text is empty, and no two texts and no two gaps follow each other.
#[derive(Debug, Clone)]
pub(super) enum Token<'a> {
    Text(Cow<'a, str>),
    Gap(Gap),
}

/// A run of wildcards. However long it is, it means no more than how many `?` it has and whether it has a `*`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gap {
    characters_min: usize,
    /// Whether more characters may follow.
    is_open: bool,
}

impl Pattern {
    /// Takes text apart; `None` where a variable has another form than variables have.
    pub(super) fn parse(text: &str, wildcards: Wildcards, variables: Variables) -> Option<Self> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            if variables == Variables::Heeded
                && let Some(inside) = rest.strip_prefix("${")
            {
                let (inside, behind) = inside.split_once('}')?;
                push(&mut pieces, Piece::inside(inside)?);
                rest = behind;
                continue;
            }
            let (head, tail) = rest.split_at(character.len_utf8());
            let token = match (character, wildcards) {
                ('*', Wildcards::Heeded) => Token::Gap(Gap { characters_min: 0, is_open: true }),
                ('?', Wildcards::Heeded) => Token::Gap(Gap { characters_min: 1, is_open: false }),
                (_, Wildcards::Heeded | Wildcards::Literal) => Token::Text(head.to_owned().into()),
            };
            push(&mut pieces, Piece::Token(token));
            rest = tail;
        }
        let tokens = pieces.iter().map(|piece| match piece {
            Piece::Token(token) => Some(token.clone()),
            Piece::Variable(_) => None,
        });
        Some(tokens.collect::<Option<_>>().map_or(Self::Template(pieces), Self::Fixed))
    }

    /// The keys of the variables.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        let pieces: &[Piece] = match self {
            Self::Fixed(_) => &[],
            Self::Template(pieces) => pieces,
        };
        pieces.iter().filter_map(|piece| match piece {
            Piece::Variable(variable) => Some(variable.key.as_str()),
            Piece::Token(_) => None,
        })
    }

    /// Whether some text is like this one. Nothing is like a variable without a value.
    pub(super) fn matches(
        &self,
        text: &str,
        context: &Context<'_>,
        case: Case,
        budget: &mut Budget,
    ) -> Result<bool, Spent> {
        self.compare(context, Comparison { text, case, fenced_bytes: 0, budget })
    }

    /// Whether an ARN is like this one, part by part: only in the last of the six does a wildcard stand for colons.
    pub(super) fn matches_arn(
        &self,
        arn: &str,
        context: &Context<'_>,
        budget: &mut Budget,
    ) -> Result<bool, Spent> {
        budget.spend(steps(arn.len()))?;
        let Some((last_colon, _)) = arn.match_indices(':').nth(4) else {
            return Ok(false);
        };
        let fenced_bytes = last_colon + 1;
        self.compare(context, Comparison { text: arn, case: Case::Heeded, fenced_bytes, budget })
    }

    fn compare(
        &self,
        context: &Context<'_>,
        mut comparison: Comparison<'_>,
    ) -> Result<bool, Spent> {
        comparison.budget.spend(1)?;
        match self {
            Self::Fixed(tokens) => comparison.run(tokens),
            Self::Template(pieces) => match tokens(pieces, context, comparison.budget)? {
                Some(tokens) => comparison.run(&tokens),
                None => Ok(false),
            },
        }
    }
}

/// Adds a piece, or makes it a part of the one before.
fn push(pieces: &mut Vec<Piece>, piece: Piece) {
    let rest = match (pieces.last_mut(), piece) {
        (Some(Piece::Token(before)), Piece::Token(token)) => before.join(token).map(Piece::Token),
        (Some(_) | None, piece) => Some(piece),
    };
    pieces.extend(rest);
}

/// The tokens of pieces with the values of their variables; `None` where one has no value.
fn tokens<'a>(
    pieces: &'a [Piece],
    context: &'a Context<'_>,
    budget: &mut Budget,
) -> Result<Option<Vec<Token<'a>>>, Spent> {
    let mut tokens: Vec<Token<'a>> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let token = match piece {
            Piece::Token(Token::Text(text)) => Token::Text(Cow::Borrowed(text)),
            Piece::Token(Token::Gap(gap)) => Token::Gap(*gap),
            Piece::Variable(variable) => {
                budget.spend(context.steps(&variable.key))?;
                match variable.value(context) {
                    Some("") => continue,
                    Some(value) => Token::Text(Cow::Borrowed(value)),
                    None => return Ok(None),
                }
            }
        };
        budget.spend(token.text().map_or(1, |text| steps(text.len())))?;
        let rest = match tokens.last_mut() {
            Some(before) => before.join(token),
            None => Some(token),
        };
        tokens.extend(rest);
    }
    Ok(Some(tokens))
}

impl Piece {
    /// What `${…}` stands for.
    fn inside(inside: &str) -> Option<Self> {
        if matches!(inside, "*" | "?" | "$") {
            return Some(Self::Token(Token::Text(inside.to_owned().into())));
        }
        Variable::parse(inside).map(Self::Variable)
    }
}

impl<'a> Token<'a> {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Gap(_) => None,
        }
    }

    fn is_open(&self) -> bool {
        match self {
            Self::Text(_) => false,
            Self::Gap(gap) => gap.is_open,
        }
    }

    /// Makes the token behind this one a part of it, or gives it back.
    fn join(&mut self, next: Token<'a>) -> Option<Token<'a>> {
        match (self, next) {
            (Self::Text(text), Self::Text(more)) => text.to_mut().push_str(&more),
            (Self::Gap(gap), Self::Gap(more)) => {
                gap.characters_min += more.characters_min;
                gap.is_open |= more.is_open;
            }
            (Self::Text(_) | Self::Gap(_), next) => return Some(next),
        }
        None
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

/// A text that is compared.
struct Comparison<'a> {
    text: &'a str,
    case: Case,
    /// Up to which byte wildcards do not stand for colons.
    fenced_bytes: usize,
    budget: &'a mut Budget,
}

/// Why a text is not known to be like a pattern.
enum Miss {
    Different,
    Spent,
}

impl From<Spent> for Miss {
    fn from(Spent: Spent) -> Self {
        Self::Spent
    }
}

impl Comparison<'_> {
    /// Whether tokens make up the text.
    fn run(&mut self, tokens: &[Token<'_>]) -> Result<bool, Spent> {
        match self.place(tokens) {
            Ok(()) => Ok(true),
            Err(Miss::Different) => Ok(false),
            Err(Miss::Spent) => Err(Spent),
        }
    }

    /// Places the tokens: those before the first `*` at the text's start, those behind the last one at its end, and
    /// those between two where they are found first, since no other place leaves more for the rest.
    fn place(&mut self, tokens: &[Token<'_>]) -> Result<(), Miss> {
        let Some(last) = tokens.iter().rposition(Token::is_open) else {
            let end = self.forward(tokens, 0)?;
            return (end == self.text.len()).then_some(()).ok_or(Miss::Different);
        };
        let (head, tail) = tokens.split_at(last + 1);
        let start = self.backward(tail)?;
        self.text = self.text.get(..start).ok_or(Miss::Different)?;
        let mut at = 0;
        for (index, run) in head.split_inclusive(Token::is_open).enumerate() {
            let (run, gap) = run.split_at(run.len().saturating_sub(1));
            at = if index == 0 { self.forward(run, at)? } else { self.search(run, at)? };
            at = self.forward(gap, at)?;
        }
        self.check_fence(at, self.text.len())
    }

    /// Where the text goes on behind tokens that it has there.
    fn forward(&mut self, tokens: &[Token<'_>], mut at: usize) -> Result<usize, Miss> {
        for token in tokens {
            at = match token {
                Token::Text(text) => self.literal(text, at)?,
                Token::Gap(gap) => self.skip(gap.characters_min, at)?,
            };
        }
        Ok(at)
    }

    /// Where the tokens begin that the text ends with.
    fn backward(&mut self, tokens: &[Token<'_>]) -> Result<usize, Miss> {
        let mut end = self.text.len();
        for token in tokens.iter().rev() {
            end = match token {
                Token::Text(text) => self.literal_before(text, end)?,
                Token::Gap(gap) => self.skip_before(gap.characters_min, end)?,
            };
        }
        Ok(end)
    }

    /// Where the text goes on behind the first place for some tokens. A `*` stands for what is before them.
    fn search(&mut self, tokens: &[Token<'_>], mut at: usize) -> Result<usize, Miss> {
        let Some((Token::Text(first), rest)) = tokens.split_first() else {
            return self.forward(tokens, at);
        };
        self.budget.spend(first.len())?;
        let finder = memmem::Finder::new(first.as_bytes());
        loop {
            let (start, end) = match self.case {
                Case::Heeded => self.find(&finder, at)?,
                Case::Ignored => self.find_in_any_case(first, at)?,
            };
            self.check_fence(at, start)?;
            match self.forward(rest, end) {
                Err(Miss::Different) => at = self.skip(1, start)?,
                found @ (Ok(_) | Err(Miss::Spent)) => return found,
            }
        }
    }

    fn find(&mut self, finder: &memmem::Finder<'_>, at: usize) -> Result<(usize, usize), Miss> {
        let rest = self.text.as_bytes().get(at..).ok_or(Miss::Different)?;
        let (found, length) = (finder.find(rest), finder.needle().len());
        self.budget.spend(2 + found.map_or(rest.len(), |offset| offset + length))?;
        let start = at + found.ok_or(Miss::Different)?;
        Ok((start, start + length))
    }

    fn find_in_any_case(&mut self, text: &str, at: usize) -> Result<(usize, usize), Miss> {
        let rest = self.text.get(at..).ok_or(Miss::Different)?;
        for (offset, _) in rest.char_indices() {
            match self.literal(text, at + offset) {
                Ok(end) => return Ok((at + offset, end)),
                Err(Miss::Different) => {}
                Err(Miss::Spent) => return Err(Miss::Spent),
            }
        }
        Err(Miss::Different)
    }

    /// Where the text goes on behind a prefix that it has there.
    fn literal(&mut self, prefix: &str, at: usize) -> Result<usize, Miss> {
        let rest = self.text.get(at..).ok_or(Miss::Different)?;
        let end = match self.case {
            Case::Heeded => {
                self.budget.spend(steps(prefix.len()))?;
                rest.starts_with(prefix).then(|| at + prefix.len())
            }
            Case::Ignored => {
                let head = rest.as_bytes().get(..prefix.len()).unwrap_or(rest.as_bytes());
                if head.is_ascii() && prefix.is_ascii() {
                    self.budget.spend(steps(4 * prefix.len()))?;
                    let is_same = head.eq_ignore_ascii_case(prefix.as_bytes());
                    return is_same.then_some(at + prefix.len()).ok_or(Miss::Different);
                }
                let mut found = rest.chars();
                let is_same = self.is_same(&mut found, prefix.chars())?;
                is_same.then(|| self.text.len() - found.as_str().len())
            }
        };
        end.ok_or(Miss::Different)
    }

    /// Where a suffix begins that the text has there.
    fn literal_before(&mut self, suffix: &str, end: usize) -> Result<usize, Miss> {
        let rest = self.text.get(..end).ok_or(Miss::Different)?;
        let start = match self.case {
            Case::Heeded => {
                self.budget.spend(steps(suffix.len()))?;
                rest.strip_suffix(suffix).map(str::len)
            }
            Case::Ignored => {
                let mut found = rest.chars();
                let is_same = self.is_same(&mut found.by_ref().rev(), suffix.chars().rev())?;
                is_same.then_some(found.as_str().len())
            }
        };
        start.ok_or(Miss::Different)
    }

    /// Whether characters begin with others, in whatever case.
    fn is_same(
        &mut self,
        found: &mut impl Iterator<Item = char>,
        wanted: impl Iterator<Item = char>,
    ) -> Result<bool, Spent> {
        for wanted in wanted {
            let Some(found) = found.next() else { return Ok(false) };
            // Only ASCII needs no search through tables.
            let is_plain = found == wanted || found.is_ascii() && wanted.is_ascii();
            self.budget.spend(if is_plain { 1 } else { 16 })?;
            let is_same = found.eq_ignore_ascii_case(&wanted)
                || !is_plain && found.to_lowercase().eq(wanted.to_lowercase());
            if !is_same {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Where the text goes on behind so many characters that wildcards stand for.
    fn skip(&mut self, characters: usize, at: usize) -> Result<usize, Miss> {
        let rest = self.text.get(at..).filter(|rest| characters <= rest.len());
        let rest = rest.ok_or(Miss::Different)?;
        self.budget.spend(characters)?;
        let mut ends = rest.char_indices().map(|(start, _)| start).chain([rest.len()]);
        let end = at + ends.nth(characters).ok_or(Miss::Different)?;
        self.check_fence(at, end)?;
        Ok(end)
    }

    /// Where so many characters begin that wildcards stand for.
    fn skip_before(&mut self, characters: usize, end: usize) -> Result<usize, Miss> {
        let rest = self.text.get(..end).filter(|rest| characters <= rest.len());
        let rest = rest.ok_or(Miss::Different)?;
        self.budget.spend(characters)?;
        let starts = rest.char_indices().rev().map(|(start, _)| start);
        let start = [end].into_iter().chain(starts).nth(characters).ok_or(Miss::Different)?;
        self.check_fence(start, end)?;
        Ok(start)
    }

    /// Refuses a part of the text that no wildcard stands for.
    fn check_fence(&mut self, start: usize, end: usize) -> Result<(), Miss> {
        let end = end.min(self.fenced_bytes);
        let fenced = self.text.as_bytes().get(start..end).unwrap_or_default();
        self.budget.spend(steps(fenced.len()))?;
        if memchr(b':', fenced).is_some() { Err(Miss::Different) } else { Ok(()) }
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

    /// Whether a text is like a pattern, if that is told within the steps of a decision.
    fn is_like(pattern: &Pattern, text: &str, case: Case) -> bool {
        pattern.matches(text, &context(), case, &mut Budget::new()).unwrap()
    }

    #[track_caller]
    fn check(text: &str, other: &str, expected: bool) {
        assert_eq!(is_like(&pattern(text), other, Case::Heeded), expected);
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
            assert!(is_like(&literal, text, Case::Heeded));
        }
    }

    #[test]
    fn a_wildcard_stays_within_its_part_of_an_arn() {
        #[track_caller]
        fn check(text: &str, arn: &str, expected: bool) {
            assert_eq!(
                pattern(text).matches_arn(arn, &context(), &mut Budget::new()),
                Ok(expected)
            );
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
        assert!(is_like(&pattern("dynamodb:get*"), "DynamoDB:GetItem", Case::Ignored));
        assert!(is_like(&pattern("STRASSE É"), "strasse é", Case::Ignored));
        assert!(!is_like(&pattern("abc"), "AB", Case::Ignored));
    }

    /// The steps that a comparison takes which comes to nothing.
    fn steps_of(like: &str, text: &str) -> u64 {
        let mut budget = Budget::of(u64::MAX);
        let is_like = pattern(like).matches(text, &context(), Case::Heeded, &mut budget);
        assert_eq!(is_like, Ok(false));
        u64::MAX - budget.steps_left()
    }

    #[test]
    fn a_hostile_pattern_takes_about_the_steps_of_its_lengths_added() {
        let text = "a".repeat(20_000);
        for like in [
            format!("{}b", "*a".repeat(1000)),
            format!("*{}b", "?".repeat(1800)),
            format!("{}b", "*?".repeat(1000)),
            format!("*{}b*", "a".repeat(1000)),
            format!("*b{}", "a".repeat(1000)),
            format!("*{}*b*", "a".repeat(1000)),
            format!("*${{aws:absent, '{}'}}b*", "a".repeat(1000)),
            format!("*{}?", "${aws:absent, ''}*?".repeat(100)) + "b",
        ] {
            let steps = steps_of(&like, &text);
            assert!(steps < 25_000, "{steps} steps for {like}");
        }
    }

    #[test]
    fn what_would_take_the_steps_of_its_lengths_multiplied_ends_with_the_budget() {
        let text = "a".repeat(20_000);
        let like = format!("*{}b*", "a?".repeat(500));
        assert!(steps_of(&like, &text) > 5_000_000);
        let mut budget = Budget::new();
        assert_eq!(
            pattern(&like).matches(&text, &context(), Case::Heeded, &mut budget),
            Err(Spent)
        );
        assert_eq!(budget.steps_left(), 0);
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
            for case in [Case::Heeded, Case::Ignored] {
                prop_assert_eq!(is_like(&pattern(&like), &text, case), expected);
            }
            prop_assert_eq!(is_like(&pattern(&like), &text.to_uppercase(), Case::Ignored), expected);
        }

        #[test]
        fn values_are_text_beside_wildcards(like in "[ab*?]{0,4}", value in "[ab*]{0,3}", behind in "[ab*?]{0,4}", text in "[ab*]{0,8}") {
            // In the definition the stars of the value are characters, so they are others here.
            let plain = |text: &str| text.replace('*', "x");
            let characters = format!("{like}{}{behind}", plain(&value)).chars().collect::<Vec<_>>();
            let expected = naive(&characters, &plain(&text).chars().collect::<Vec<_>>());
            let template = pattern(&format!("{like}${{aws:absent, '{value}'}}{behind}"));
            prop_assert_eq!(is_like(&template, &text, Case::Heeded), expected);
        }

        #[test]
        fn arns_are_compared_part_by_part(like in "([a*?]{0,2}:){4,6}[a*?:]{0,4}", arn in "([a]{0,2}:){4,6}[a:]{0,4}") {
            let found = pattern(&like).matches_arn(&arn, &context(), &mut Budget::new());
            prop_assert_eq!(found, Ok(naive_arn(&like, &arn)));
        }

        #[test]
        fn literal_text_is_like_itself_alone(text in ".{0,20}", other in ".{0,20}") {
            let literal = Pattern::parse(&text, Wildcards::Literal, Variables::Literal).unwrap();
            prop_assert!(is_like(&literal, &text, Case::Heeded));
            prop_assert_eq!(is_like(&literal, &other, Case::Heeded), text == other);
        }
    }
}
