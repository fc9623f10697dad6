//! Encryption of a table by a key of the account's own: kept and described. There is no key
//! service on one machine, so every key that is named well is taken for one that exists, and the
//! data is kept as any other.

use serde::{Deserialize, Serialize};
use types::json::Json;
use types::parameter::{Faults, Parameter, Path, Text, short, structure};

use crate::Scope;
use crate::error::{Error, Invalid, Setting};

/// The alias of the key that the account has without having made one.
const MANAGED: &str = "aws/dynamodb";
/// The most characters of a key's id, alias or ARN.
pub(crate) const KEY_CHARACTERS_MAX: usize = 2048;
/// Hexadecimal digits of a key's id, in groups.
const KEY_ID_GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
/// What the id of a key of several Regions begins with.
const MULTI_REGION: &str = "mrk-";

/// A table's encryption, where it is not the service's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Encryption {
    pub(crate) key_arn: String,
}

/// `SSESpecification` of a request: what a table is to be encrypted with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SseSpecification {
    /// The service's own key, which every table has.
    Default,
    /// The key that the account has without having made one.
    Managed,
    /// A key by its id, alias or ARN.
    Key(String),
}

/// `SSEType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SseType {
    Aes256,
    Kms,
}

types::choices! { SseType { "AES256" => Aes256, "KMS" => Kms } }

impl Parameter<Error> for SseSpecification {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| {
            let is_enabled = parameters.optional("Enabled");
            let kind = parameters.optional("SSEType");
            let key = parameters.optional::<Text<1, KEY_CHARACTERS_MAX>>("KMSMasterKeyId");
            let specification = Self::new(is_enabled, kind, key.map(|Text(key)| key));
            parameters.check(specification).unwrap_or(Self::Default)
        })
    }

    fn placeholder() -> Self {
        Self::Default
    }
}

impl SseSpecification {
    fn new(
        is_enabled: Option<bool>,
        kind: Option<SseType>,
        key: Option<String>,
    ) -> Result<Self, Setting> {
        if is_enabled == Some(false) {
            return match (kind, key) {
                (Some(_), _) => Err(Setting::EncryptionOff("SSEType")),
                (None, Some(_)) => Err(Setting::EncryptionOff("KMSMasterKeyId")),
                (None, None) => Ok(Self::Default),
            };
        }
        match (kind, key) {
            (Some(SseType::Aes256), _) => Err(Setting::Aes256),
            (None, Some(_)) => Err(Setting::KeyWithoutType),
            (Some(SseType::Kms), Some(key)) => Ok(Self::Key(key)),
            (Some(SseType::Kms), None) => Ok(Self::Managed),
            (None, None) if is_enabled == Some(true) => Ok(Self::Managed),
            (None, None) => Ok(Self::Default),
        }
    }

    /// The encryption of a table that is created with it.
    pub(crate) fn create(&self, scope: &Scope) -> Result<Option<Encryption>, Invalid> {
        match self {
            Self::Default => Ok(None),
            Self::Managed => Ok(Some(Encryption { key_arn: aliased(scope, MANAGED) })),
            Self::Key(key) => Ok(Some(Encryption { key_arn: arn(scope, key)? })),
        }
    }

    /// The encryption of a table that had `old` and is changed to it. Only what is plainly no
    /// change is refused; the same key by another name is a change to the service.
    pub(crate) fn update(
        &self,
        scope: &Scope,
        old: Option<&Encryption>,
    ) -> Result<Option<Encryption>, Invalid> {
        match (self, old) {
            (Self::Default, None) => Err(Setting::EncryptedByDefault.into()),
            (Self::Key(key), Some(old)) if *key == old.key_arn => Err(Setting::SameKey.into()),
            (Self::Default | Self::Managed | Self::Key(_), _) => self.create(scope),
        }
    }
}

/// The ARN of a key by its id, its alias, or the ARN of either.
fn arn(scope: &Scope, key: &str) -> Result<String, Invalid> {
    let Some(rest) = key.strip_prefix("arn:") else {
        return name(scope, key).ok_or_else(|| unknown("keyId", &format!("'{key}'")));
    };
    let parts: Vec<_> = rest.splitn(5, ':').collect();
    let [_, "kms", region, account, resource] = parts.as_slice() else {
        return Err(unknown("arn", key));
    };
    if *region != scope.region {
        return Err(unknown("arn", region));
    }
    let scope = Scope { account: (*account).to_owned(), region: scope.region.clone() };
    let found = match resource.strip_prefix("key/") {
        Some(id) => is_key_id(id).then(|| key.to_owned()),
        None => resource.starts_with("alias/").then(|| name(&scope, resource)).flatten(),
    };
    found.ok_or_else(|| unknown("arn", key))
}

/// The ARN of a key by its id or alias.
fn name(scope: &Scope, key: &str) -> Option<String> {
    match key.strip_prefix("alias/") {
        Some("") => None,
        Some(alias) => Some(aliased(scope, alias)),
        None => is_key_id(key).then(|| key_arn(scope, key)),
    }
}

/// The ARN of the key behind an alias: always the same one for an alias of an account and Region.
fn aliased(scope: &Scope, alias: &str) -> String {
    let text = format!("{}/{}/{alias}", scope.account, scope.region);
    let hash = xxhash_rust::xxh3::xxh3_128(text.as_bytes());
    let id = uuid::Builder::from_random_bytes(hash.to_be_bytes()).into_uuid();
    key_arn(scope, &id.to_string())
}

fn key_arn(scope: &Scope, id: &str) -> String {
    format!("arn:aws:kms:{}:{}:key/{id}", scope.region, scope.account)
}

fn is_key_id(id: &str) -> bool {
    let is_hexadecimal = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if let Some(digits) = id.strip_prefix(MULTI_REGION) {
        return digits.len() == KEY_ID_GROUPS.iter().sum::<usize>() && is_hexadecimal(digits);
    }
    let groups: Vec<_> = id.split('-').collect();
    groups.iter().map(|group| group.len()).eq(KEY_ID_GROUPS)
        && groups.into_iter().all(is_hexadecimal)
}

fn unknown(kind: &'static str, key: &str) -> Invalid {
    Invalid::NoSuchKey { kind, key: short(key.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123abcd-4567-89ab-cdef-0123456789ab";

    fn scope() -> Scope {
        Scope { account: "123456789012".to_owned(), region: "eu-west-1".to_owned() }
    }

    #[track_caller]
    fn check(key: &str, expected: Option<&str>) {
        let expected = expected.map(|id| format!("arn:aws:kms:eu-west-1:123456789012:key/{id}"));
        assert_eq!(arn(&scope(), key).ok(), expected, "{key}");
    }

    #[test]
    fn a_key_goes_by_its_id_or_its_arn() {
        let multi_region = "mrk-0123456789abcdef0123456789abcdef";
        check(ID, Some(ID));
        check(multi_region, Some(multi_region));
        check(&format!("arn:aws:kms:eu-west-1:123456789012:key/{ID}"), Some(ID));
        check(&format!("arn:aws:kms:us-east-1:123456789012:key/{ID}"), None);
        check(&format!("arn:aws:sqs:eu-west-1:123456789012:key/{ID}"), None);
        check("arn:aws:kms:eu-west-1:123456789012:key/x", None);
        check("arn:aws:kms:eu-west-1", None);
        check("a-key", None);
        check("mrk-0123", None);
        check("alias/", None);
    }

    #[test]
    fn an_alias_is_always_of_the_same_key() {
        let by = |key: &str| arn(&scope(), key).unwrap();
        let key = by("alias/mine");
        assert!(is_key_id(key.strip_prefix("arn:aws:kms:eu-west-1:123456789012:key/").unwrap()));
        assert_eq!(by("alias/mine"), key);
        assert_eq!(by("arn:aws:kms:eu-west-1:123456789012:alias/mine"), key);
        assert_ne!(by("alias/yours"), key);
        let managed = SseSpecification::Managed.create(&scope()).unwrap().unwrap();
        assert_eq!(by("alias/aws/dynamodb"), managed.key_arn);
    }
}
