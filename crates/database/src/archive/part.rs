//! A part of a backup: some items, or some changes, compressed and checksummed.
//!
//! `docs/format/backup.md` draws every byte. The checksum covers what the part is of, so that neither a damaged part
//! nor one from elsewhere is ever taken for the right one.

use bytes::{Buf as _, BufMut as _, Bytes};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use crate::sized;
use crate::stored::Stored;

/// What every part begins with: a name and a version.
const HEAD: &[u8; 8] = b"pixii\0b\x01";
/// The bytes of the checksum behind it.
const CHECKSUM_BYTES: usize = 16;
/// How hard to compress: as fast as the disk.
const LEVEL: i32 = 1;
/// How much larger than a part's usual size one may be inflated to: no part is larger than its bound and one item
/// with its key.
const RAW_BYTES_MAX: usize = 64 * 1024 * 1024;

/// What a part has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// Items, as they were read.
    Items,
    /// What items were before they were changed, in the order of the changes.
    Changes,
}

impl Kind {
    /// What the names of such parts begin with.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Items => "items",
            Self::Changes => "changes",
        }
    }
}

/// Which part a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tag<'a> {
    /// The id of the backup.
    pub(crate) backup: &'a str,
    pub(crate) kind: Kind,
    pub(crate) number: u32,
}

/// An item's key without its table's number, and the item; `None` where there was none.
pub(crate) type Entry = (Bytes, Option<Stored>);

/// A part that is being put together.
#[derive(Debug, Default)]
pub(crate) struct Part {
    raw: Vec<u8>,
}

/// What a part was found to have.
pub(crate) type Content = Vec<Entry>;

/// A part that is not what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a part of the backup is damaged")]
pub(crate) struct Damage;

impl Part {
    pub(crate) fn add(&mut self, key: &[u8], item: Option<&Stored>) {
        sized::put(&mut self.raw, Some(key));
        sized::put(&mut self.raw, item.map(|item| &**item.bytes()));
    }

    /// How many bytes it has, before they are compressed.
    pub(crate) fn len(&self) -> usize {
        self.raw.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.raw.is_empty()
    }

    /// The part as it is written. Takes a while: a thread that may wait should do it.
    pub(crate) fn encode(&self, tag: Tag<'_>) -> Result<Bytes, std::io::Error> {
        let compressed = zstd::bulk::compress(&self.raw, LEVEL)?;
        let mut part = Vec::with_capacity(HEAD.len() + CHECKSUM_BYTES + 4 + compressed.len());
        part.extend_from_slice(HEAD);
        let length = u32::try_from(self.raw.len()).expect("a part is at most 64 MiB");
        part.put_u128(checksum(tag, length, &compressed));
        part.put_u32(length);
        part.extend_from_slice(&compressed);
        Ok(part.into())
    }
}

/// Reads a part. Takes a while: a thread that may wait should do it.
pub(crate) fn decode(part: &[u8], tag: Tag<'_>) -> Result<Content, Damage> {
    let mut rest = part.strip_prefix(HEAD).ok_or(Damage)?;
    let expected = rest.try_get_u128().map_err(|_| Damage)?;
    let length = rest.try_get_u32().map_err(|_| Damage)?;
    if checksum(tag, length, rest) != expected {
        return Err(Damage);
    }
    let length = usize::try_from(length).map_err(|_| Damage)?;
    if length > RAW_BYTES_MAX {
        return Err(Damage);
    }
    let mut raw = Bytes::from(zstd::bulk::decompress(rest, length).map_err(|_| Damage)?);
    let mut entries = Vec::new();
    while !raw.is_empty() {
        let key = sized::take(&mut raw, || Damage)?.ok_or(Damage)?;
        let item = sized::take(&mut raw, || Damage)?
            .map(Stored::decode)
            .transpose()
            .map_err(|_| Damage)?;
        entries.push((key, item));
    }
    Ok(entries)
}

fn checksum(tag: Tag<'_>, length: u32, compressed: &[u8]) -> u128 {
    let Tag { backup, kind, number } = tag;
    let of = format!("{backup} {} {number} {length}", kind.name());
    let sums = [xxh3_128(of.as_bytes()), xxh3_128(compressed)];
    xxh3_128(&sums.map(u128::to_be_bytes).concat())
}

#[cfg(test)]
mod tests {
    use types::{AttributeValue, Item};

    use super::*;

    fn tag(number: u32) -> Tag<'static> {
        Tag { backup: "01700049600000-0123abcd", kind: Kind::Items, number }
    }

    fn part() -> (Part, Content) {
        let stored = |text: &str| {
            let attribute = ("a".to_owned(), AttributeValue::S(text.to_owned()));
            Stored::encode(&Item([attribute].into()))
        };
        let entries = vec![
            (Bytes::from_static(b"one"), Some(stored("first"))),
            (Bytes::from_static(b"two"), None),
            (Bytes::from_static(b""), Some(stored(&"long ".repeat(1000)))),
        ];
        let mut part = Part::default();
        for (key, item) in &entries {
            part.add(key, item.as_ref());
        }
        (part, entries)
    }

    #[test]
    fn a_part_gives_back_what_was_put_into_it() {
        let (part, entries) = part();
        assert_eq!(decode(&part.encode(tag(1)).unwrap(), tag(1)), Ok(entries));
        assert_eq!(decode(&Part::default().encode(tag(1)).unwrap(), tag(1)), Ok(Vec::new()));
    }

    #[test]
    fn a_part_with_any_byte_changed_or_cut_or_from_elsewhere_is_damaged() {
        let (part, _) = part();
        let bytes = part.encode(tag(1)).unwrap();
        for place in 0..bytes.len() {
            let mut changed = bytes.to_vec();
            changed[place] ^= 0x10;
            assert_eq!(decode(&changed, tag(1)), Err(Damage), "{place}");
            assert_eq!(decode(&bytes[..place], tag(1)), Err(Damage), "{place}");
        }
        assert_eq!(decode(&bytes, tag(2)), Err(Damage));
        assert_eq!(decode(&bytes, Tag { kind: Kind::Changes, ..tag(1) }), Err(Damage));
        assert_eq!(decode(&bytes, Tag { backup: "another", ..tag(1) }), Err(Damage));
    }

    #[test]
    fn bytes_are_a_part_or_damage() {
        fuzz::target("part", 5_000, |bytes| {
            let _ = decode(bytes, tag(1));
        });
    }
}
