//! A user as the store keeps it: a name, keys whose secrets are sealed, and policies.

use std::collections::BTreeMap;
use std::sync::Arc;

use auth::policy::{Kind, Named, Policy, Principal, PrincipalKind};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::managed;

/// The version of what is stored, its first byte.
const VERSION: u8 = 1;
/// The most characters of a name.
const NAME_CHARACTERS_MAX: usize = 64;
/// The most characters of a policy's name.
pub(super) const POLICY_NAME_CHARACTERS_MAX: usize = 128;
/// The most keys of a user, and the most policies: IAM's own numbers.
pub(super) const KEYS_MAX: usize = 2;
pub(super) const POLICIES_MAX: usize = 20;

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) account: String,
    pub(crate) name: String,
    /// `AIDA` and more, never used again.
    pub(crate) id: String,
    /// Milliseconds since 1970.
    pub(crate) created_ms: u64,
    pub(crate) keys: Vec<AccessKey>,
    /// Documents by name.
    pub(crate) policies: BTreeMap<String, String>,
    /// ARNs of policies that the server brings.
    pub(crate) attached: Vec<String>,
    #[serde(default)]
    pub(crate) tags: BTreeMap<String, String>,
}

/// An access key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AccessKey {
    pub(crate) id: String,
    /// The secret, sealed for the key's id.
    pub(super) sealed: String,
    pub(crate) is_active: bool,
    pub(crate) created_ms: u64,
}

impl User {
    /// Reads what the store has; `None` where that is no user.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes.strip_prefix(&[VERSION])?).ok()
    }

    pub(super) fn encode(&self) -> Bytes {
        let mut bytes = vec![VERSION];
        serde_json::to_writer(&mut bytes, self).expect("a user is texts and numbers");
        bytes.into()
    }

    /// The name in the store.
    pub(super) fn place(account: &str, name: &str) -> String {
        format!("{account}/{name}")
    }

    pub(crate) fn arn(&self) -> String {
        arn(&self.account, &self.name)
    }

    pub(super) fn principal(&self) -> Principal {
        Principal { arn: self.arn(), account: self.account.clone(), kind: PrincipalKind::User }
    }

    /// The policies, prepared; the name of one that is none, which was let in by a later version.
    pub(super) fn prepared(&self) -> Result<Vec<Named>, String> {
        let own = self.policies.iter().map(|(name, document)| (name, document.as_str()));
        let attached = self.attached.iter().map(|arn| (arn, managed::document(arn)));
        let attached = attached.map(|(arn, document)| (arn, document.unwrap_or_default()));
        own.chain(attached)
            .map(|(name, document)| {
                let policy = Policy::parse(document, Kind::Identity).map_err(|_| name.clone())?;
                Ok(Named { name: name.clone(), policy: Arc::new(policy) })
            })
            .collect()
    }
}

pub(super) fn arn(account: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:user/{name}")
}

/// Whether a text can be a user's name.
pub(super) fn is_name(text: &str) -> bool {
    has_name_characters(text, NAME_CHARACTERS_MAX)
}

/// Whether a text is of the characters that IAM's names have, and not too many of them.
pub(super) fn has_name_characters(text: &str, characters_max: usize) -> bool {
    let is_fine = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    !text.is_empty() && text.len() <= characters_max && text.bytes().all(is_fine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_iam() {
        for name in ["a", "app_1", "A+=,.@-_z", &"a".repeat(64)] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "a b", "a/b", "é", "a:b", "a*", &"a".repeat(65)] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn bytes_are_a_user_or_none() {
        fuzz::target("user", 20_000, |bytes| {
            if let Some(user) = User::decode(bytes) {
                assert_eq!(User::decode(&user.encode()).unwrap(), user);
                let _ = user.prepared();
            }
        });
    }
}
