//! Families: what a key's first byte says about how its entry is kept.
//!
//! The layers above choose their keys; storage knows only these ranges of first bytes. An engine may
//! keep the families apart, each in the way that suits it, and still change them in one commit.

use bytes::Bytes;

/// A range of first bytes whose entries are kept in one way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Family {
    Metadata,
    Items,
    Indexes,
    Log,
    Queues,
    Counters,
}

impl Family {
    pub(crate) const ALL: [Self; 6] =
        [Self::Metadata, Self::Items, Self::Indexes, Self::Log, Self::Queues, Self::Counters];

    /// The family of `key`, if its first byte is in one.
    pub(crate) fn of(key: &[u8]) -> Option<Self> {
        match key.first()? {
            0x00..=0x0F => Some(Self::Metadata),
            0x10..=0x1F => Some(Self::Items),
            0x20..=0x2F => Some(Self::Indexes),
            0x30..=0x3F => Some(Self::Log),
            0x40..=0x4F => Some(Self::Queues),
            0x50..=0x5F => Some(Self::Counters),
            0x60.. => None,
        }
    }

    /// The family that holds every key of `start..end`, if one does.
    pub(crate) fn of_range(start: &Bytes, end: &Bytes) -> Option<Self> {
        let family = Self::of(start)?;
        let is_whole = Self::of(end) == Some(family) || end.as_ref() == [family.end()];
        is_whole.then_some(family)
    }

    /// The name under which the family is kept on disk.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::Items => "items",
            Self::Indexes => "indexes",
            Self::Log => "log",
            Self::Queues => "queues",
            Self::Counters => "counters",
        }
    }

    /// The first byte after the family's own.
    fn end(self) -> u8 {
        match self {
            Self::Metadata => 0x10,
            Self::Items => 0x20,
            Self::Indexes => 0x30,
            Self::Log => 0x40,
            Self::Queues => 0x50,
            Self::Counters => 0x60,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(start: &'static [u8], end: &'static [u8], expected: Option<Family>) {
        assert_eq!(
            Family::of_range(&Bytes::from_static(start), &Bytes::from_static(end)),
            expected
        );
    }

    #[test]
    fn a_range_is_in_one_family_or_in_none() {
        check(b"\x10", b"\x11", Some(Family::Items));
        check(b"\x10", b"\x20", Some(Family::Items));
        check(b"\x10", b"\x20\x00", None);
        check(b"\x10", b"\x31", None);
        check(b"\x5F\xFF", b"\x60", Some(Family::Counters));
        check(b"\x60", b"\x61", None);
        check(b"", b"\x10", None);
    }
}
