//! Ranges of keys, read one bounded page at a time.

use bytes::Bytes;

/// Which part of a range to read, and how much of it at most.
///
/// To go on after a page, set `start` to its last key and one zero byte, or when reading in reverse
/// `end` to its last key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RangeQuery {
    /// The first key that may be in the page.
    pub start: Bytes,
    /// The first key after `start` that may not. In the family of `start`, or the family's end.
    pub end: Bytes,
    /// Whether the page begins at the end of the range.
    pub reverse: bool,
    /// The most entries in a page.
    pub entries_max: usize,
    /// How many bytes of keys and values end a page. The entry that reaches it is still in the page.
    pub bytes_max: usize,
    /// Whether what is read should stay in the cache: not for what is read once.
    pub fill_cache: bool,
}

/// Some entries of a range, in the order in which they were asked for.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Page {
    /// Keys and their values. The entries of a page may share their memory.
    pub entries: Vec<(Bytes, Bytes)>,
    /// Whether nothing is left in the range after this page.
    pub is_last: bool,
}

/// How full a page is.
pub(crate) struct Room<'a> {
    query: &'a RangeQuery,
    entries: usize,
    bytes: usize,
}

impl<'a> Room<'a> {
    pub(crate) fn new(query: &'a RangeQuery) -> Self {
        Self { query, entries: 0, bytes: 0 }
    }

    /// Takes room for an entry, unless the page is full.
    pub(crate) fn take(&mut self, key: &[u8], value: &[u8]) -> bool {
        let is_full = self.entries >= self.query.entries_max
            || (self.entries > 0 && self.bytes >= self.query.bytes_max);
        if !is_full {
            self.entries += 1;
            self.bytes += key.len() + value.len();
        }
        !is_full
    }
}
