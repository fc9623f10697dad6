//! The members of one of a document's objects, and where in the document they are.

use std::collections::HashSet;

use super::Fault;
use super::json::Json;

/// An object's members, each name once.
pub(super) struct Members<'a> {
    /// The path to the object; empty for the document.
    place: String,
    members: &'a [(String, Json)],
}

impl<'a> Members<'a> {
    /// Takes an object's members.
    pub(super) fn read(json: &'a Json, place: String) -> Result<Self, Fault> {
        let Json::Object(members) = json else {
            return Err(Fault::wrong_type(shown(&place), "an object"));
        };
        let members = Self { place, members };
        let mut seen = HashSet::new();
        match members.members.iter().find(|(name, _)| !seen.insert(name)) {
            Some((name, _)) => Err(Fault::Duplicate { place: members.path(name) }),
            None => Ok(members),
        }
    }

    /// Refuses members of other names than these, which have a comma and a blank between.
    pub(super) fn only(self, known: &'static str) -> Result<Self, Fault> {
        let is_unknown = |name: &str| !known.split(", ").any(|known| known == name);
        match self.members.iter().find(|(name, _)| is_unknown(name)) {
            Some((name, _)) => Err(Fault::Unknown { place: self.path(name), known }),
            None => Ok(self),
        }
    }

    /// Each member with its path.
    pub(super) fn each(&self) -> impl Iterator<Item = (&'a str, &'a Json, String)> {
        self.members.iter().map(|(name, value)| (name.as_str(), value, self.path(name)))
    }

    /// A member.
    pub(super) fn get(&self, name: &str) -> Option<&'a Json> {
        let (_, value) = self.members.iter().find(|(member, _)| member == name)?;
        Some(value)
    }

    /// A member's text.
    pub(super) fn text(&self, name: &str) -> Result<Option<&'a str>, Fault> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(
                Json::Null
                | Json::Bool(_)
                | Json::Number(_)
                | Json::List(_)
                | Json::Object(_)
                | Json::Deeper,
            ) => Err(Fault::wrong_type(&self.path(name), "a string")),
        }
    }

    /// The one of two members that is there: its value, its path and whether it is the second.
    pub(super) fn one_of(
        &self,
        [one, other]: [&'static str; 2],
    ) -> Result<Option<(&'a Json, String, bool)>, Fault> {
        match (self.get(one), self.get(other)) {
            (Some(_), Some(_)) => {
                Err(Fault::Both { place: shown(&self.place).to_owned(), one, other })
            }
            (Some(value), None) => Ok(Some((value, self.path(one), false))),
            (None, Some(value)) => Ok(Some((value, self.path(other), true))),
            (None, None) => Ok(None),
        }
    }

    /// The fault that something is not there.
    pub(super) fn missing(&self, wanted: &'static str) -> Fault {
        Fault::Missing { place: shown(&self.place).to_owned(), wanted }
    }

    /// Where a member is.
    pub(super) fn path(&self, name: &str) -> String {
        // A document of the longest name is repeated in a message, but not all of it.
        let name = crate::error::echo(name);
        if self.place.is_empty() { name } else { format!("{}.{name}", self.place) }
    }
}

fn shown(place: &str) -> &str {
    if place.is_empty() { "The document" } else { place }
}

/// One value or a list of some, each with its path.
pub(super) fn one_or_more<'a>(
    json: &'a Json,
    place: &str,
) -> Result<Vec<(&'a Json, String)>, Fault> {
    match json {
        Json::List(list) if list.is_empty() => Err(Fault::Empty { place: place.to_owned() }),
        Json::List(list) => {
            let numbered = list.iter().enumerate();
            Ok(numbered.map(|(index, value)| (value, format!("{place}[{index}]"))).collect())
        }
        Json::Null
        | Json::Bool(_)
        | Json::Number(_)
        | Json::Text(_)
        | Json::Object(_)
        | Json::Deeper => Ok(vec![(json, place.to_owned())]),
    }
}

/// One string or a list of some, each with its path.
pub(super) fn strings<'a>(json: &'a Json, place: &str) -> Result<Vec<(&'a str, String)>, Fault> {
    let values = one_or_more(json, place)?.into_iter();
    values
        .map(|(value, place)| match value {
            Json::Text(text) => Ok((text.as_str(), place)),
            Json::Null
            | Json::Bool(_)
            | Json::Number(_)
            | Json::List(_)
            | Json::Object(_)
            | Json::Deeper => Err(Fault::wrong_type(&place, "a string")),
        })
        .collect()
}
