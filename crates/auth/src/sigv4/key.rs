//! A secret, and the signing keys made from it.
//!
//! A signing key is good for one day in one Region and takes four rounds to make, so it is
//! kept. Only what verified a request is kept: nobody without the secret can push out others.

use std::sync::{PoisonError, RwLock};

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest as _, Sha256};

use super::ALGORITHM;
use super::canonical::hex;
use super::date::Date;
use super::scope::Scope;
use crate::error::Error;

/// Signing keys kept of one secret. The oldest goes first.
const KEYS_MAX: usize = 32;

/// A secret access key, and the signing keys that were made from it.
pub struct Secret {
    text: String,
    keys: RwLock<Vec<SigningKey>>,
}

struct SigningKey {
    day: String,
    region: String,
    hmac: Hmac<Sha256>,
}

impl Secret {
    /// The secret of this text.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self { text, keys: RwLock::default() }
    }

    /// What tells this secret from another one, and gives neither away.
    #[must_use]
    pub fn mark(&self) -> [u8; 8] {
        let hash = Sha256::new().chain_update("pixii secret\n").chain_update(&self.text).finalize();
        hash.first_chunk().copied().unwrap_or_default()
    }

    /// Whether a text is this secret. Takes as long for any wrong one.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        let hashed = |text: &str| {
            let mut hmac = keyed(b"pixii secret");
            hmac.update(text.as_bytes());
            hmac
        };
        let own = hashed(&self.text).finalize().into_bytes();
        hashed(text).verify_slice(&own).is_ok()
    }

    /// Whether `signature` is this secret's for a request of that hash. Takes as long for any wrong one.
    pub(super) fn verify(
        &self,
        scope: &Scope<'_>,
        date: &Date,
        request_hash: &[u8; 32],
        signature: &str,
    ) -> Result<(), Error> {
        let kept = self.kept(scope);
        let is_kept = kept.is_some();
        let key = kept.unwrap_or_else(|| self.signing_key(scope));
        let mut hmac = key.clone();
        string_to_sign(scope, date, request_hash, &mut |part| hmac.update(part));
        let signature = unhex(signature).ok_or(Error::Mismatch)?;
        hmac.verify_slice(&signature).map_err(|_| Error::Mismatch)?;
        if !is_kept {
            self.keep(scope, key);
        }
        Ok(())
    }

    fn kept(&self, scope: &Scope<'_>) -> Option<Hmac<Sha256>> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.iter()
            .find(|key| key.day == scope.day && key.region == scope.region)
            .map(|key| key.hmac.clone())
    }

    fn keep(&self, scope: &Scope<'_>, hmac: Hmac<Sha256>) {
        let key = SigningKey { day: scope.day.to_owned(), region: scope.region.to_owned(), hmac };
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        if keys.len() == KEYS_MAX {
            keys.remove(0);
        }
        keys.push(key);
    }

    fn signing_key(&self, scope: &Scope<'_>) -> Hmac<Sha256> {
        let secret = keyed(format!("AWS4{}", self.text).as_bytes());
        [scope.day, scope.region, scope.service, scope.terminator]
            .iter()
            .fold(secret, |key, element| keyed(&key.chain_update(element).finalize().into_bytes()))
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

/// Gives the text that is signed, part by part.
fn string_to_sign(
    scope: &Scope<'_>,
    date: &Date,
    request_hash: &[u8; 32],
    put: &mut impl FnMut(&[u8]),
) {
    let scope = [scope.day, "/", scope.region, "/", scope.service, "/", scope.terminator, "\n"];
    for part in [ALGORITHM, "\n", date.as_str(), "\n"].into_iter().chain(scope) {
        put(part.as_bytes());
    }
    put(&hex(request_hash));
}

/// The bytes of a signature; `None` for what is none.
fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.as_chunks::<2>().0) {
        let [high, low] = *pair;
        *byte = digit(high)? << 4 | digit(low)?;
    }
    Some(bytes)
}
