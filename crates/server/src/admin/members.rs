//! The members of a command's body, read so that none is there twice and none is left over.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeOwned, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::{AdminFault, missing};

/// The members of a body, each to be taken once.
pub(crate) struct Members(BTreeMap<String, Box<RawValue>>);

/// Takes each member once: of two with a name, two readers might see another one each.
struct Once;

impl<'de> Visitor<'de> for Once {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Members, M::Error> {
        let mut members = BTreeMap::new();
        while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
            if members.insert(name, value).is_some() {
                return Err(M::Error::custom("a member is there twice"));
            }
        }
        Ok(Members(members))
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_map(Once)
    }
}

impl Members {
    pub(super) fn read(body: &[u8]) -> Result<Self, AdminFault> {
        let body = if body.trim_ascii().is_empty() { b"{}" } else { body };
        Ok(serde_json::from_slice(body)?)
    }

    pub(super) fn optional<T: DeserializeOwned>(
        &mut self,
        name: &'static str,
    ) -> Result<Option<T>, AdminFault> {
        let Some(raw) = self.0.remove(name) else { return Ok(None) };
        let read = serde_json::from_str::<Option<T>>(raw.get());
        read.map_err(|source| AdminFault::Member { name, source })
    }

    pub(super) fn required<T: DeserializeOwned>(
        &mut self,
        name: &'static str,
    ) -> Result<T, AdminFault> {
        self.optional(name)?.ok_or_else(|| missing(name))
    }

    /// A policy: as JSON in a text, as AWS has it, or as it is.
    pub(super) fn document(&mut self, name: &'static str) -> Result<Option<String>, AdminFault> {
        let Some(raw) = self.0.remove(name) else { return Ok(None) };
        text(&raw).map(Some).map_err(|source| AdminFault::Member { name, source })
    }

    /// Several of them.
    pub(super) fn documents(&mut self, name: &'static str) -> Result<Vec<String>, AdminFault> {
        let raw: Vec<Box<RawValue>> = self.optional(name)?.unwrap_or_default();
        let texts = raw.iter().map(|raw| text(raw)).collect::<Result<_, _>>();
        texts.map_err(|source| AdminFault::Member { name, source })
    }

    /// Refuses what nobody took.
    pub(super) fn finish(self) -> Result<(), AdminFault> {
        match self.0.into_keys().next() {
            Some(name) => Err(AdminFault::Unknown(name)),
            None => Ok(()),
        }
    }
}

fn text(raw: &RawValue) -> Result<String, serde_json::Error> {
    if raw.get().starts_with('"') {
        serde_json::from_str(raw.get())
    } else {
        Ok(raw.get().to_owned())
    }
}
