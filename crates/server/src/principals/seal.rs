//! Secrets at rest: sealed with a key that is not in the store.
//!
//! The key is 32 bytes: 64 hexadecimal digits in a file that only its owner may read, or in the environment. What is
//! sealed is bound to what it is for, so that one secret cannot be put in the place of another.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

use crate::file;

/// Bytes of a key.
const KEY_BYTES: usize = 32;
/// Of a key file, so much is read.
const TEXT_BYTES_MAX: u64 = 1024;

/// Where the key is that secrets are sealed with.
#[derive(Clone)]
pub enum KeySource {
    /// In a file, which is made when a key is first needed.
    File(PathBuf),
    /// Given: 64 hexadecimal digits.
    Given(String),
    /// Nowhere: what is sealed is lost when the process ends.
    Passing,
}

/// Why there is no key, or not the right one.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A file that cannot be read or written.
    #[error("cannot use the key file {}", .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// No file, where something is sealed.
    #[error(
        "the key file {file} is not there, and what it sealed cannot be opened without it. Put it back, or name where it is with --key-file",
        file = .0.display()
    )]
    Missing(PathBuf),
    /// A file that others may read.
    #[error(
        "the key file {file} can be read by others than its owner. Take that away from them: chmod 600 {file}",
        file = .0.display()
    )]
    Exposed(PathBuf),
    /// What is no key.
    #[error("a key is 64 hexadecimal digits, such as `openssl rand -hex 32` prints")]
    Form,
    /// Something that was sealed with another key, or changed since.
    #[error(
        "the secret of {0} was sealed with another key. Start with the key file, or the PIXII_KEY, that it was sealed with"
    )]
    Wrong(String),
}

/// Seals and opens secrets. The key is read, or made, when it is first needed.
pub struct Seal {
    source: KeySource,
    key: OnceLock<RandomizedNonceKey>,
}

impl Seal {
    /// With the key that is there, or will be.
    #[must_use]
    pub fn new(source: KeySource) -> Self {
        Self { source, key: OnceLock::new() }
    }

    /// Seals a text for what it is for.
    ///
    /// # Errors
    /// Where there is no key, and none can be made.
    pub fn seal(&self, what: &str, text: &str) -> Result<String, KeyError> {
        let key = self.key(true)?;
        let mut bytes = text.as_bytes().to_vec();
        let nonce = key
            .seal_in_place_append_tag(Aad::from(what.as_bytes()), &mut bytes)
            .expect("a short text can be sealed");
        Ok(BASE64.encode([nonce.as_ref(), &*bytes].concat()))
    }

    /// Opens what was sealed for the same.
    ///
    /// # Errors
    /// Where there is no key, or it is another one, or what was sealed has changed.
    pub fn open(&self, what: &str, sealed: &str) -> Result<String, KeyError> {
        let key = self.key(false)?;
        self::open(key, what, sealed).ok_or_else(|| KeyError::Wrong(what.to_owned()))
    }

    /// The key; a new one where there is none yet, if that `may_be_made`.
    fn key(&self, may_be_made: bool) -> Result<&RandomizedNonceKey, KeyError> {
        if let Some(key) = self.key.get() {
            return Ok(key);
        }
        let bytes = match &self.source {
            KeySource::File(file) if !may_be_made && !file.exists() => {
                return Err(KeyError::Missing(file.clone()));
            }
            KeySource::File(file) => read_or_make(file)?,
            KeySource::Given(text) => parse(text)?,
            KeySource::Passing => random(),
        };
        let key = RandomizedNonceKey::new(&AES_256_GCM, &bytes).expect("a key has 32 bytes");
        Ok(self.key.get_or_init(|| key))
    }
}

fn open(key: &RandomizedNonceKey, what: &str, sealed: &str) -> Option<String> {
    let mut bytes = BASE64.decode(sealed).ok()?;
    let (nonce, text) = bytes.split_at_mut_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let text = key.open_in_place(nonce, Aad::from(what.as_bytes()), text).ok()?;
    String::from_utf8(text.to_vec()).ok()
}

/// The key in a file; a new one where there is no file.
fn read_or_make(file: &Path) -> Result<[u8; KEY_BYTES], KeyError> {
    let failed = |source| KeyError::File { file: file.to_owned(), source };
    match File::open(file) {
        Ok(mut open) => {
            let facts = open.metadata().map_err(failed)?;
            if facts.mode() & 0o077 != 0 {
                return Err(KeyError::Exposed(file.to_owned()));
            }
            let mut text = String::new();
            open.by_ref().take(TEXT_BYTES_MAX).read_to_string(&mut text).map_err(failed)?;
            return parse(&text);
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    let key = random();
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or_default();
    let digits: String = key.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
    file::write(file, 0o600, &(digits + "\n")).map_err(failed)?;
    Ok(key)
}

fn parse(text: &str) -> Result<[u8; KEY_BYTES], KeyError> {
    let digits: &[u8; KEY_BYTES * 2] =
        text.trim().as_bytes().try_into().map_err(|_| KeyError::Form)?;
    let mut key = [0; KEY_BYTES];
    for (byte, pair) in key.iter_mut().zip(digits.as_chunks::<2>().0) {
        let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|it| u8::try_from(it).ok());
        let [high, low] = *pair;
        let value = digit(high).zip(digit(low)).ok_or(KeyError::Form)?;
        *byte = value.0 << 4 | value.1;
    }
    Ok(key)
}

/// Bytes that nobody can guess.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the system has random bytes");
    bytes
}

/// A text of random characters of an alphabet whose length is a power of two.
pub(crate) fn random_text<const N: usize>(alphabet: &[u8]) -> String {
    debug_assert!(alphabet.len().is_power_of_two() && alphabet.len() <= 256);
    let characters = random::<N>().map(|byte| {
        let place = usize::from(byte) % alphabet.len();
        alphabet.get(place).copied().map_or(' ', char::from)
    });
    characters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn seal() -> Seal {
        Seal::new(KeySource::Passing)
    }

    #[test]
    fn what_was_sealed_is_opened_for_the_same_only() {
        let seal = seal();
        let sealed = seal.seal("a", "secret").unwrap();
        assert!(!sealed.contains("secret"));
        assert_eq!(seal.open("a", &sealed).unwrap(), "secret");
        assert!(matches!(seal.open("b", &sealed), Err(KeyError::Wrong(_))));
        assert!(matches!(self::seal().open("a", &sealed), Err(KeyError::Wrong(_))));
    }

    #[test]
    fn one_text_is_never_sealed_alike_twice() {
        let seal = seal();
        assert_ne!(seal.seal("a", "secret").unwrap(), seal.seal("a", "secret").unwrap());
    }

    #[test]
    fn what_is_changed_is_not_opened() {
        let seal = seal();
        let sealed = seal.seal("a", "secret").unwrap();
        for place in 0..sealed.len() {
            let mut bytes = sealed.clone().into_bytes();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            // The last character may have bits that stand for nothing.
            assert!(seal.open("a", &changed).is_err() || place + 1 == sealed.len(), "{place}");
        }
        for none in ["", "A", "%", &sealed[..10]] {
            assert!(seal.open("a", none).is_err(), "{none}");
        }
    }

    #[test]
    fn a_key_file_is_made_once_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        let first = Seal::new(KeySource::File(file.clone()));
        let sealed = first.seal("a", "secret").unwrap();
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
        let second = Seal::new(KeySource::File(file.clone()));
        assert_eq!(second.open("a", &sealed).unwrap(), "secret");
        let given = Seal::new(KeySource::Given(fs::read_to_string(&file).unwrap()));
        assert_eq!(given.open("a", &sealed).unwrap(), "secret");
        let mut open = fs::metadata(&file).unwrap().permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut open, 0o640);
        fs::set_permissions(&file, open).unwrap();
        let third = Seal::new(KeySource::File(file));
        assert!(matches!(third.open("a", &sealed), Err(KeyError::Exposed(_))));
    }

    #[test]
    fn a_key_is_sixty_four_digits() {
        let digits = "0123456789abcdefABCDEF0123456789".repeat(2);
        assert!(parse(&digits).is_ok());
        assert!(parse(&format!("{digits}\n")).is_ok());
        for none in ["", "0", &digits[1..], &digits.replace('a', "g"), &format!("{digits}00")] {
            assert!(matches!(parse(none), Err(KeyError::Form)), "{none}");
        }
    }
}
