//! The canonical form of a request: what is hashed and then signed.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use sha2::{Digest, Sha256};

use super::Request;

/// Everything but the characters that stand for themselves in a query.
const IN_QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// Everything but those in a path. What is encoded already is encoded again: all services but one want that.
const IN_PATH: &AsciiSet = &IN_QUERY.remove(b'/');

/// The hash of a request's canonical form.
pub(super) fn hash(request: &Request<'_>, signed_headers: &str, body: &[u8]) -> [u8; 32] {
    let names = sorted(signed_headers);
    let mut hash = Sha256::new();
    hash.update(request.method.as_str());
    hash.update("\n");
    put_path(request.uri.path(), &mut hash);
    hash.update("\n");
    if let Some(query) = request.uri.query() {
        put_query(query, &mut hash);
    }
    hash.update("\n");
    for name in names.split(';').filter(|name| !name.is_empty()) {
        hash.update(name);
        hash.update(":");
        put_header(request, name, &mut hash);
        hash.update("\n");
    }
    hash.update("\n");
    hash.update(&*names);
    hash.update("\n");
    hash.update(hex(&Sha256::digest(body).into()));
    hash.finalize().into()
}

/// The names of headers in lower case, in order, each once. A name twice would be hashed twice,
/// and a long list of one name with a long value keep us busy.
fn sorted(names: &str) -> Cow<'_, str> {
    let is_lower = !names.bytes().any(|byte| byte.is_ascii_uppercase());
    if is_lower && names.split(';').is_sorted_by(|a, b| a < b) {
        return Cow::Borrowed(names);
    }
    let lower = names.to_ascii_lowercase();
    let mut names: Vec<_> = lower.split(';').collect();
    names.sort_unstable();
    names.dedup();
    Cow::Owned(names.join(";"))
}

fn put_path(path: &str, hash: &mut Sha256) {
    match path {
        "" | "/" => hash.update("/"),
        path => percent_encode(path.as_bytes(), IN_PATH).for_each(|part| hash.update(part)),
    }
}

/// Puts the parameters, encoded anew, in order, without the signature itself.
fn put_query(query: &str, hash: &mut Sha256) {
    let encoded = |text: &str| {
        let bytes: Vec<u8> = percent_decode_str(text).collect();
        percent_encode(&bytes, IN_QUERY).to_string()
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let mut pairs: Vec<_> = pairs
        .map(|(name, value)| (encoded(name), encoded(value)))
        .filter(|(name, _)| name != "X-Amz-Signature")
        .collect();
    pairs.sort_unstable();
    for (index, (name, value)) in pairs.iter().enumerate() {
        if index != 0 {
            hash.update("&");
        }
        hash.update(name);
        hash.update("=");
        hash.update(value);
    }
}

/// Puts a header's values, with commas between them.
fn put_header(request: &Request<'_>, name: &str, hash: &mut Sha256) {
    let mut is_first = true;
    for value in request.headers.get_all(name) {
        if !is_first {
            hash.update(",");
        }
        is_first = false;
        put_squeezed(value.as_bytes(), hash);
    }
    if is_first && name == "host" {
        hash.update(request.host().unwrap_or_default());
    }
}

/// Puts a value without spaces around it, and with one where there are several.
fn put_squeezed(value: &[u8], hash: &mut Sha256) {
    let is_space = |byte: &u8| *byte == b' ' || *byte == b'\t';
    let has_plain_spaces = value.windows(2).all(|pair| pair != b"  ") && !value.contains(&b'\t');
    if has_plain_spaces {
        hash.update(value.trim_ascii());
        return;
    }
    let words = value.split(is_space).filter(|word| !word.is_empty());
    for (index, word) in words.enumerate() {
        if index != 0 {
            hash.update(" ");
        }
        hash.update(word);
    }
}

/// Lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8; 32]) -> [u8; 64] {
    let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 };
    let mut digits = [0; 64];
    for (pair, byte) in digits.as_chunks_mut::<2>().0.iter_mut().zip(bytes) {
        *pair = [digit(byte >> 4), digit(byte & 15)];
    }
    digits
}
