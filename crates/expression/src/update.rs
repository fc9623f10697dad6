//! Updates, applied to an item.
//!
//! First every new value is worked out from the item as it was, then the item is changed: values
//! in order of their paths, so that what lies beyond a list's end is appended in order of index,
//! then removals from the last path to the first, so that every index still means what it meant.

use std::borrow::Cow;
use std::collections::BTreeMap;

use types::limit::NESTING_MAX;
use types::{AttributeValue, Attributes, Item, Number};

use crate::error::Error;
use crate::evaluate::value_at;
use crate::paths::Paths;
use crate::project::select;
use crate::tree::{Action, Origin, Path, Source, Step, Update};

/// A change to make to an item.
enum Change {
    Write(AttributeValue),
    Remove,
}

impl Update {
    /// Where it acts, in the order of the text.
    pub fn targets(&self) -> impl Iterator<Item = &Path> {
        self.actions.iter().map(Action::target)
    }

    /// Every path that it acts on or reads.
    #[must_use]
    pub fn paths(&self) -> Vec<&Path> {
        let mut paths = Vec::new();
        for action in &self.actions {
            paths.push(action.target());
            if let Action::Set(_, source) = action {
                gather_paths(source, &mut paths);
            }
        }
        paths
    }

    /// The item after the update. `old` is the item before, and `key` the key attributes, which
    /// a new item begins with. `None` where there was no item and nothing but removing to do:
    /// that creates none.
    ///
    /// # Errors
    /// Where the item has not what the update needs; see [`Error::is_while_updating`].
    pub fn apply(&self, old: Option<&Item>, key: &Item) -> Result<Option<Item>, Error> {
        let creates = |action: &Action| matches!(action, Action::Set(..) | Action::Add(..));
        if old.is_none() && !self.actions.is_empty() && !self.actions.iter().any(creates) {
            return Ok(None);
        }
        let before = old.unwrap_or(key);
        let mut changes = BTreeMap::new();
        for action in &self.actions {
            if old.is_some() || creates(action) {
                let change = change(action, before).map_err(|error| self.origin.told(error));
                changes.insert(action.target(), change?);
            }
        }
        let mut item = before.clone();
        for (path, change) in &mut changes {
            if let Change::Write(value) = change {
                write(&mut item, path, std::mem::replace(value, AttributeValue::Null))?;
            }
        }
        for (path, change) in changes.iter().rev() {
            if matches!(change, Change::Remove) {
                remove(&mut item, path)?;
            }
        }
        self.check_nesting(&item)?;
        Ok(Some(item))
    }

    /// What `image` has at the targets, for `UPDATED_OLD` and `UPDATED_NEW` of the images before
    /// and after. As in the service, an index means the element that has it in that image: so
    /// what was appended with a gap is not in the new image's part, and in place of a removed
    /// element there is the one that came after it.
    #[must_use]
    pub fn touched(&self, image: &dyn Attributes) -> Item {
        let mut paths = Paths::default();
        for path in self.targets() {
            // An update made by hand might have targets that do not go together: the first counts.
            let _ = paths.insert(path.clone());
        }
        select(&paths, image)
    }

    /// What the request itself counts for against the limit of an item's size, in bytes, however
    /// small its outcome. Without a text it counts for nothing.
    #[must_use]
    pub fn charge(&self) -> usize {
        match self.origin {
            Origin::AttributeUpdates => return 0,
            Origin::Expression => {}
        }
        let action = |action: &Action| match action {
            Action::Set(path, source) => 19 + target_charge(path) + source_charge(source),
            Action::Add(path, value) => 19 + target_charge(path) + value.size(),
            Action::Remove(path) | Action::Delete(path, _) => 1 + target_charge(path),
        };
        3 + self.actions.iter().map(action).sum::<usize>()
    }

    fn check_nesting(&self, item: &Item) -> Result<(), Error> {
        let is_too_deep = |action: &Action| {
            let value = item.get(&action.target().name);
            matches!(action, Action::Set(..) | Action::Add(..))
                && value.is_some_and(|value| value.depth() > NESTING_MAX)
        };
        if self.actions.iter().any(is_too_deep) { Err(Error::ItemNesting) } else { Ok(()) }
    }
}

impl Origin {
    /// A fault in the words that belong to the origin.
    fn told(self, error: Error) -> Error {
        match (self, error) {
            (Self::AttributeUpdates, Error::StoredType) => Error::TypeMismatch,
            (Self::AttributeUpdates | Self::Expression, error) => error,
        }
    }
}

fn gather_paths<'a>(source: &'a Source, paths: &mut Vec<&'a Path>) {
    match source {
        Source::Path(path) => paths.push(path),
        Source::Value(_) => {}
        Source::IfNotExists(path, fallback) => {
            paths.push(path);
            gather_paths(fallback, paths);
        }
        Source::ListAppend(one, two) | Source::Sum(one, two) | Source::Difference(one, two) => {
            gather_paths(one, paths);
            gather_paths(two, paths);
        }
    }
}

fn target_charge(path: &Path) -> usize {
    path.name.len() + path.rest.iter().map(|step| 4 + step_length(step)).sum::<usize>()
}

fn source_charge(source: &Source) -> usize {
    let path_charge = |path: &Path| {
        let rest = path.rest.iter().map(|step| 14 + step_length(step)).sum::<usize>();
        1 + 14 + path.name.len() + rest
    };
    match source {
        Source::Path(path) => path_charge(path),
        Source::Value(value) => value.size(),
        Source::IfNotExists(path, fallback) => 39 + path_charge(path) + source_charge(fallback),
        Source::ListAppend(one, two) | Source::Difference(one, two) => {
            37 + source_charge(one) + source_charge(two)
        }
        Source::Sum(one, two) => 34 + source_charge(one) + source_charge(two),
    }
}

/// The length of a path's element: an index counts as its digits.
fn step_length(step: &Step) -> usize {
    match step {
        Step::Member(name) => name.len(),
        Step::Index(index) => index.to_string().len(),
    }
}

/// What an action does, given the item before.
fn change(action: &Action, before: &Item) -> Result<Change, Error> {
    match action {
        Action::Set(_, source) => Ok(Change::Write(sourced(source, before)?.into_owned())),
        Action::Remove(_) => Ok(Change::Remove),
        Action::Add(path, value) => match value_at(path, before) {
            None => Ok(Change::Write(value.as_ref().clone())),
            Some(stored) => Ok(Change::Write(added(&stored, value)?)),
        },
        Action::Delete(path, value) => match value_at(path, before) {
            // Like a removal, this fails where nothing could be, and does nothing where nothing is.
            None => Ok(Change::Remove),
            Some(stored) => Ok(deleted(&stored, value)?.map_or(Change::Remove, Change::Write)),
        },
    }
}

fn sourced<'a>(source: &'a Source, before: &'a Item) -> Result<Cow<'a, AttributeValue>, Error> {
    match source {
        Source::Path(path) => value_at(path, before).ok_or(Error::MissingAttribute),
        Source::Value(value) => Ok(Cow::Borrowed(value)),
        Source::IfNotExists(path, fallback) => match value_at(path, before) {
            Some(value) => Ok(value),
            None => sourced(fallback, before),
        },
        Source::ListAppend(one, two) => {
            let (one, two) = (sourced(one, before)?, sourced(two, before)?);
            let (AttributeValue::L(one), AttributeValue::L(two)) = (one.as_ref(), two.as_ref())
            else {
                return Err(Error::StoredType);
            };
            Ok(Cow::Owned(AttributeValue::L([one.as_slice(), two].concat())))
        }
        Source::Sum(one, two) => {
            let (one, two) = (number(one, before)?, number(two, before)?);
            Ok(Cow::Owned(AttributeValue::N(one.plus(two)?)))
        }
        Source::Difference(one, two) => {
            let (one, two) = (number(one, before)?, number(two, before)?);
            Ok(Cow::Owned(AttributeValue::N(one.minus(two)?)))
        }
    }
}

fn number(source: &Source, before: &Item) -> Result<Number, Error> {
    let AttributeValue::N(number) = *sourced(source, before)? else {
        return Err(Error::StoredType);
    };
    Ok(number)
}

/// What is stored once `value` is added to it.
fn added(stored: &AttributeValue, value: &AttributeValue) -> Result<AttributeValue, Error> {
    match (stored, value) {
        (AttributeValue::N(one), AttributeValue::N(two)) => Ok(AttributeValue::N(one.plus(*two)?)),
        (AttributeValue::Ss(one), AttributeValue::Ss(two)) => Ok(AttributeValue::Ss(one | two)),
        (AttributeValue::Ns(one), AttributeValue::Ns(two)) => Ok(AttributeValue::Ns(one | two)),
        (AttributeValue::Bs(one), AttributeValue::Bs(two)) => Ok(AttributeValue::Bs(one | two)),
        (AttributeValue::L(one), AttributeValue::L(two)) => {
            Ok(AttributeValue::L([one.as_slice(), two].concat()))
        }
        _ => Err(Error::StoredType),
    }
}

/// What is left of a stored set without the members in `value`, if any is.
fn deleted(
    stored: &AttributeValue,
    value: &AttributeValue,
) -> Result<Option<AttributeValue>, Error> {
    Ok(match (stored, value) {
        (AttributeValue::Ss(one), AttributeValue::Ss(two)) => {
            Some(one - two).filter(|left| !left.is_empty()).map(AttributeValue::Ss)
        }
        (AttributeValue::Ns(one), AttributeValue::Ns(two)) => {
            Some(one - two).filter(|left| !left.is_empty()).map(AttributeValue::Ns)
        }
        (AttributeValue::Bs(one), AttributeValue::Bs(two)) => {
            Some(one - two).filter(|left| !left.is_empty()).map(AttributeValue::Bs)
        }
        _ => return Err(Error::StoredType),
    })
}

/// Puts a value where the path leads, over what is there or beside it.
fn write(item: &mut Item, path: &Path, value: AttributeValue) -> Result<(), Error> {
    let Some((last, parent)) = parent(item, path)? else {
        item.0.insert(path.name.to_string(), value);
        return Ok(());
    };
    match (parent, last) {
        (AttributeValue::M(entries), Step::Member(name)) => {
            entries.insert(name.to_string(), value);
        }
        (AttributeValue::L(elements), Step::Index(index)) => match elements.get_mut(*index) {
            Some(element) => *element = value,
            None => elements.push(value),
        },
        _ => return Err(Error::MissingParent),
    }
    Ok(())
}

/// Removes what is where the path leads, if anything is.
fn remove(item: &mut Item, path: &Path) -> Result<(), Error> {
    let Some((last, parent)) = parent(item, path)? else {
        item.0.remove(path.name.as_ref());
        return Ok(());
    };
    match (parent, last) {
        (AttributeValue::M(entries), Step::Member(name)) => {
            entries.remove(name.as_ref());
        }
        (AttributeValue::L(elements), Step::Index(index)) => {
            if *index < elements.len() {
                elements.remove(*index);
            }
        }
        _ => return Err(Error::MissingParent),
    }
    Ok(())
}

/// What holds the value that the path leads to, and the way from there; nothing for a top-level
/// attribute, which the item itself holds.
fn parent<'a, 'b>(
    item: &'a mut Item,
    path: &'b Path,
) -> Result<Option<(&'b Step, &'a mut AttributeValue)>, Error> {
    let Some((last, before)) = path.rest.split_last() else {
        return Ok(None);
    };
    let mut value = item.0.get_mut(path.name.as_ref()).ok_or(Error::MissingParent)?;
    for step in before {
        value = match (value, step) {
            (AttributeValue::M(entries), Step::Member(name)) => entries.get_mut(name.as_ref()),
            (AttributeValue::L(elements), Step::Index(index)) => elements.get_mut(*index),
            _ => None,
        }
        .ok_or(Error::MissingParent)?;
    }
    Ok(Some((last, value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Placeholders, parse_update};

    fn text(text: &str) -> AttributeValue {
        AttributeValue::S(text.to_owned())
    }

    fn number(text: &str) -> AttributeValue {
        AttributeValue::N(text.parse().unwrap())
    }

    fn set(members: &[&str]) -> AttributeValue {
        AttributeValue::Ss(members.iter().map(|&member| member.to_owned()).collect())
    }

    fn map(entries: &[(&str, AttributeValue)]) -> BTreeMap<String, AttributeValue> {
        entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    fn key() -> Item {
        Item(map(&[("pk", text("k"))]))
    }

    fn item() -> Item {
        let inner = AttributeValue::M(map(&[("k", text("v"))]));
        let list = vec![text("x"), number("1"), AttributeValue::L(vec![text("q")]), inner];
        Item(map(&[
            ("pk", text("k")),
            ("s", text("abc")),
            ("n", number("5")),
            ("ss", set(&["a", "b"])),
            ("l", AttributeValue::L(list)),
            ("m", AttributeValue::M(map(&[("a", text("b")), ("n", number("3"))]))),
        ]))
    }

    /// The update, whose text may use these values.
    fn read(expression: &str) -> Update {
        let values = map(&[
            (":s", text("new")),
            (":n", number("5")),
            (":big", number("1e125")),
            (":ss", set(&["b", "c"])),
            (":ab", set(&["a", "b"])),
            (":ns", AttributeValue::Ns([1.into()].into())),
            (":l", AttributeValue::L(vec![text("y")])),
        ]);
        let mut placeholders = Placeholders::new(None, Some(values)).unwrap();
        parse_update(expression, &mut placeholders).unwrap()
    }

    /// Plainer to read than JSON: the values alone.
    fn show(value: &AttributeValue) -> String {
        match value {
            AttributeValue::S(text) => text.clone(),
            AttributeValue::N(number) => number.to_string(),
            AttributeValue::Ss(members) => {
                format!("<{}>", members.iter().cloned().collect::<Vec<_>>().join(" "))
            }
            AttributeValue::L(elements) => {
                format!("[{}]", elements.iter().map(show).collect::<Vec<_>>().join(" "))
            }
            AttributeValue::M(entries) => show_all(entries),
            AttributeValue::B(_)
            | AttributeValue::Bool(_)
            | AttributeValue::Null
            | AttributeValue::Ns(_)
            | AttributeValue::Bs(_) => format!("{value:?}"),
        }
    }

    fn show_all(entries: &BTreeMap<String, AttributeValue>) -> String {
        let entries = entries.iter().map(|(name, value)| format!("{name}:{}", show(value)));
        format!("{{{}}}", entries.collect::<Vec<_>>().join(" "))
    }

    /// What differs from the item before: values that are new, and names that are gone.
    #[track_caller]
    fn check(expression: &str, expected: &str) {
        let old = item();
        let new = read(expression).apply(Some(&old), &key()).unwrap().unwrap();
        let changed = new.0.iter().filter(|(name, value)| old.get(name) != Some(value));
        let mut shown: Vec<String> =
            changed.map(|(name, value)| format!("{name}={}", show(value))).collect();
        let gone = old.0.keys().filter(|name| new.get(name).is_none());
        shown.extend(gone.map(|name| format!("-{name}")));
        assert_eq!(shown.join(" "), expected, "{expression}");
    }

    #[track_caller]
    fn check_error(expression: &str, expected: &Error) {
        let error = read(expression).apply(Some(&item()), &key()).unwrap_err();
        assert_eq!(error, *expected, "{expression}");
        assert!(error.is_while_updating());
    }

    #[test]
    fn set_takes_values_paths_functions_and_arithmetic() {
        check("SET a = :s", "a=new");
        check("SET s = :s, n = :n", "s=new");
        check("SET a = n, b = m.a, c = l[2][0]", "a=5 b=b c=q");
        check("SET a = n + :n", "a=10");
        check("SET a = n - :n", "a=0");
        check("SET a = (n - :n)", "a=0");
        check("SET a = if_not_exists(a, :s)", "a=new");
        check("SET a = if_not_exists(s, :s)", "a=abc");
        check("SET a = if_not_exists(a, if_not_exists(b, n)) + :n", "a=10");
        check("SET a = list_append(:l, l[2])", "a=[y q]");
        check("SET a = list_append(if_not_exists(a, :l), list_append(l[2], :l))", "a=[y q y]");
    }

    #[test]
    fn every_value_is_of_the_item_as_it_was() {
        check("SET s = n, n = s", "n=abc s=5");
        check("SET l[0] = l[1], l[1] = l[0]", "l=[1 x [q] {k:v}]");
        check("SET a = s REMOVE s", "a=abc -s");
        check("REMOVE n SET a = n + :n", "a=10 -n");
        check("ADD n :n SET a = n", "a=5 n=10");
    }

    #[test]
    fn an_index_is_that_of_the_list_as_it_was() {
        check("REMOVE l[0], l[1]", "l=[[q] {k:v}]");
        check("REMOVE l[0] SET l[1] = :s", "l=[new [q] {k:v}]");
        check("SET l[3].k = :s REMOVE l[0], l[1]", "l=[[q] {k:new}]");
        check("SET l[9] = :s REMOVE l[3]", "l=[x 1 [q] new]");
        check("SET l[9] = :s, l[7] = :n, l[8] = n", "l=[x 1 [q] {k:v} 5 5 new]");
        check("ADD l[1] :n, l[9] :n", "l=[x 6 [q] {k:v} 5]");
        check("REMOVE l[9], l[2][0]", "l=[x 1 [] {k:v}]");
    }

    #[test]
    fn remove_ignores_what_is_not_there() {
        check("REMOVE a, m.q, l[9], l[3].q", "");
        check("REMOVE m.a, s", "m={n:3} -s");
    }

    #[test]
    fn add_is_for_numbers_and_sets_and_creates_them() {
        check("ADD n :n, a :n, m.n :n, m.q :ss", "a=5 m={a:b n:8 q:<b c>} n=10");
        check("ADD ss :ss", "ss=<a b c>");
        for expression in
            ["ADD n :ss", "ADD ss :n", "ADD ss :ns", "ADD s :n", "ADD l :n", "ADD m.a :n"]
        {
            check_error(expression, &Error::StoredType);
        }
        let list = AttributeValue::L(vec![text("y")]);
        let lists = Action::Add(Path::top_level("l"), list.into());
        let new = Update { actions: vec![lists], origin: Origin::AttributeUpdates }
            .apply(Some(&item()), &key())
            .unwrap()
            .unwrap();
        assert_eq!(show(new.get("l").unwrap()), "[x 1 [q] {k:v} y]");
    }

    #[test]
    fn delete_takes_members_and_a_set_without_any_goes() {
        check("DELETE ss :ss", "ss=<a>");
        check("DELETE ss :ab", "-ss");
        check("DELETE a :ss, m.q :ss, l[9] :ss", "");
        for expression in ["DELETE ss :ns", "DELETE s :ss", "DELETE m :ss"] {
            check_error(expression, &Error::StoredType);
        }
        let list = AttributeValue::L(vec![text("x"), set(&["a"]), set(&["b"]), text("y")]);
        let old = Item(map(&[("l", list)]));
        let update = read("DELETE l[1] :ab, l[2] :ab SET l[3] = :s");
        let new = update.apply(Some(&old), &key()).unwrap().unwrap();
        assert_eq!(show_all(&new.0), "{l:[x new]}");
    }

    #[test]
    fn a_parent_must_be_there_and_of_the_right_kind() {
        for expression in [
            "SET x.z = :s",
            "SET s.z = :s",
            "SET s[0] = :s",
            "SET l.a = :s",
            "SET m[0] = :s",
            "SET l[8].k = :s",
            "SET l[8][0] = :s",
            "SET m.q.r = :s",
            "SET a[0] = :s",
            "SET l[4] = :s, l[5].k = :s",
            "REMOVE m.q.r",
            "REMOVE x.y",
            "REMOVE s.y",
            "REMOVE s[0]",
            "REMOVE l[9].a",
            "REMOVE l.a",
            "REMOVE m[0]",
            "ADD x.q :n",
            "DELETE x.q :ss",
        ] {
            check_error(expression, &Error::MissingParent);
        }
    }

    #[test]
    fn what_is_read_must_be_there_and_of_the_right_type() {
        for expression in [
            "SET a = q",
            "SET a = x.y",
            "SET a = s.y",
            "SET a = l[9]",
            "SET a = q + :n",
            "SET a = if_not_exists(q, r)",
            "SET a = list_append(q, :l)",
        ] {
            check_error(expression, &Error::MissingAttribute);
        }
        for expression in [
            "SET a = s + :n",
            "SET a = n + ss",
            "SET a = l - :n",
            "SET a = list_append(s, :l)",
            "SET a = list_append(:l, m)",
            "SET a = if_not_exists(q, :s) + :n",
            "SET a = list_append(if_not_exists(q, :s), :l)",
        ] {
            check_error(expression, &Error::StoredType);
        }
    }

    #[test]
    fn a_result_that_is_no_number_fails_rather_than_being_rounded() {
        check_error("SET a = n + :big", &Error::Number(types::NumberError::TooManyDigits));
        check_error("ADD n :big", &Error::Number(types::NumberError::TooManyDigits));
        assert_eq!(
            Error::Number(types::NumberError::Overflow).to_string(),
            types::NumberError::Overflow.to_string()
        );
    }

    #[test]
    fn a_new_item_begins_with_its_key() {
        let new = |expression: &str| {
            read(expression).apply(None, &key()).map(|new| new.map(|new| show_all(&new.0)))
        };
        assert_eq!(new("SET a = :s").unwrap().unwrap(), "{a:new pk:k}");
        assert_eq!(new("SET a = pk").unwrap().unwrap(), "{a:k pk:k}");
        assert_eq!(new("ADD a :n").unwrap().unwrap(), "{a:5 pk:k}");
        assert_eq!(new("SET a = :s REMOVE b.c DELETE d[0] :ss").unwrap().unwrap(), "{a:new pk:k}");
        assert_eq!(new("SET a = b").unwrap_err(), Error::MissingAttribute);
        assert_eq!(new("SET a.b = :s").unwrap_err(), Error::MissingParent);
        assert_eq!(new("ADD a.b :n").unwrap_err(), Error::MissingParent);
    }

    #[test]
    fn removing_from_no_item_creates_none_and_an_empty_update_does() {
        for expression in
            ["REMOVE a", "REMOVE a.b, c[0]", "DELETE a :ss", "REMOVE a DELETE b.c :ss"]
        {
            assert_eq!(read(expression).apply(None, &key()), Ok(None), "{expression}");
        }
        let empty = Update { actions: Vec::new(), origin: Origin::AttributeUpdates };
        assert_eq!(empty.apply(None, &key()), Ok(Some(key())));
    }

    #[test]
    fn a_result_has_the_levels_of_an_item() {
        let deep =
            |levels: usize| (0..levels).fold(text("x"), |value, _| AttributeValue::L(vec![value]));
        let apply = |expression: &str, levels: usize| {
            let values = map(&[(":v", deep(levels))]);
            let mut placeholders = Placeholders::new(None, Some(values)).unwrap();
            let update = parse_update(expression, &mut placeholders).unwrap();
            update.apply(Some(&item()), &key())
        };
        assert!(apply("SET a = :v", 31).is_ok());
        assert!(apply("SET m.a = :v", 30).is_ok());
        assert_eq!(apply("SET m.a = :v", 31).unwrap_err(), Error::ItemNesting);
        assert_eq!(apply("SET l[2][0] = :v", 30).unwrap_err(), Error::ItemNesting);
    }

    #[test]
    fn what_was_touched_is_shown_in_its_hierarchy() {
        for (expression, before, after) in [
            ("SET s = :s, a = :n", "{s:abc}", "{a:5 s:new}"),
            ("SET m.a = :s, m.z = :n", "{m:{a:b}}", "{m:{a:new z:5}}"),
            ("SET l[3].k = :s, l[0] = :n", "{l:[x {k:v}]}", "{l:[5 {k:new}]}"),
            ("REMOVE m.a, q", "{m:{a:b}}", "{}"),
            ("REMOVE l[1]", "{l:[1]}", "{l:[[q]]}"),
            ("REMOVE l[3]", "{l:[{k:v}]}", "{}"),
            ("SET l[9] = :s", "{}", "{}"),
            ("SET l[4] = :s", "{}", "{l:[new]}"),
            ("ADD n :n DELETE ss :ss", "{n:5 ss:<a b>}", "{n:10 ss:<a>}"),
        ] {
            let update = read(expression);
            let new = update.apply(Some(&item()), &key()).unwrap().unwrap();
            assert_eq!(show_all(&update.touched(&item()).0), before, "{expression}");
            assert_eq!(show_all(&update.touched(&new).0), after, "{expression}");
        }
    }

    #[test]
    fn the_charge_is_that_of_the_request_alone() {
        for (expression, charge) in [
            ("SET abc = :s", 3 + 19 + 3 + 3),
            ("SET abc.de[10] = :s", 3 + 19 + 3 + (4 + 2) + (4 + 2) + 3),
            ("SET a = bcd.e", 3 + 19 + 1 + 1 + (14 + 3) + (14 + 1)),
            ("SET a = b + :n", 3 + 19 + 1 + 34 + (1 + 14 + 1) + 2),
            ("SET a = b - :n", 3 + 19 + 1 + 37 + (1 + 14 + 1) + 2),
            ("SET a = if_not_exists(b, :s)", 3 + 19 + 1 + 39 + (1 + 14 + 1) + 3),
            ("SET a = list_append(b, :l)", 3 + 19 + 1 + 37 + (1 + 14 + 1) + 5),
            ("ADD a :ss", 3 + 19 + 1 + 2),
            ("REMOVE a, bc", 3 + (1 + 1) + (1 + 2)),
            ("DELETE a :ss", 3 + (1 + 1)),
        ] {
            assert_eq!(read(expression).charge(), charge, "{expression}");
        }
    }

    #[test]
    fn targets_and_paths_are_in_the_order_of_the_text() {
        let update = read("REMOVE a SET b = if_not_exists(c, d), e = f - g ADD h :n");
        let names = |paths: Vec<&Path>| paths.iter().map(|path| &*path.name).collect::<String>();
        assert_eq!(names(update.targets().collect()), "abeh");
        assert_eq!(names(update.paths()), "abcdefgh");
    }
}
