//! What is known about a request, by the names that conditions and policy variables use.

use std::borrow::Cow;

use super::budget;

/// Condition keys and their values. The names of keys have no case.
///
/// A key of no values counts as absent: so it is for AWS.
#[derive(Debug, Clone, Default)]
pub struct Context<'a> {
    entries: Vec<(Cow<'a, str>, Values<'a>)>,
}

/// A key's values. A key of several values is another kind of key than one of a single one, even where only one of its
/// values is there: it is never a policy variable.
#[derive(Debug, Clone)]
enum Values<'a> {
    Single(Cow<'a, str>),
    Several(Vec<Cow<'a, str>>),
}

impl<'a> Context<'a> {
    /// Gives a key its one value, in place of what it had. Times are ISO 8601 or seconds since 1970, binary values
    /// Base64, truth is `true` or `false`.
    pub fn put(&mut self, key: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) {
        self.set(key.into(), Values::Single(value.into()));
    }

    /// Gives a key of several values its values, in place of those it had.
    pub fn put_all<V: Into<Cow<'a, str>>>(
        &mut self,
        key: impl Into<Cow<'a, str>>,
        values: impl IntoIterator<Item = V>,
    ) {
        let values = values.into_iter().map(Into::into).collect();
        self.set(key.into(), Values::Several(values));
    }

    /// The key's values; none where it is absent.
    #[must_use]
    pub fn values(&self, key: &str) -> &[Cow<'a, str>] {
        match self.find(key) {
            Some(Values::Single(value)) => std::slice::from_ref(value),
            Some(Values::Several(values)) => values,
            None => &[],
        }
    }

    /// The value of a key of one value.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&str> {
        match self.find(key)? {
            Values::Single(value) => Some(value),
            Values::Several(_) => None,
        }
    }

    /// The steps that it takes to find a key.
    pub(super) fn steps(&self, key: &str) -> usize {
        (1 + self.entries.len()) * budget::steps(key.len())
    }

    fn find(&self, key: &str) -> Option<&Values<'a>> {
        let (_, values) = self.entries.iter().find(|(name, _)| name.eq_ignore_ascii_case(key))?;
        Some(values)
    }

    fn set(&mut self, key: Cow<'a, str>, values: Values<'a>) {
        match self.entries.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case(&key)) {
            Some((_, before)) => *before = values,
            None => self.entries.push((key, values)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_no_case_and_the_last_value_counts() {
        let mut context = Context::default();
        context.put("aws:username", "a");
        context.put("AWS:UserName", "b");
        assert_eq!(context.value("aws:USERNAME"), Some("b"));
        assert_eq!(context.values("aws:username"), ["b"]);
        context.put_all("aws:username", ["c"]);
        assert_eq!(context.value("aws:username"), None);
        assert_eq!(context.values("aws:username"), ["c"]);
        assert!(context.values("aws:other").is_empty());
    }
}
