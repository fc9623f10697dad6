//! The first keys of one minute, as they are stored.
//!
//! `01` ‖ total u64 ‖ (most u64 ‖ error u64 ‖ len key)…, where `len` is a u16 before the bytes that it counts.

use bytes::{BufMut as _, Bytes};

use crate::error::Damaged;
use crate::insights::Rule;
use crate::insights::sketch::{Count, Sketch};
use crate::keys;

/// The version of a row, its first byte.
const VERSION: u8 = 1;
/// Keys that are kept of each minute.
pub(crate) const KEYS_MAX: usize = 100;

/// The first keys of one minute by one rule.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct List {
    /// How much all keys came to together.
    pub(crate) total: u64,
    /// Those that came to most, the first one first.
    pub(crate) keys: Vec<(Bytes, Count)>,
}

impl List {
    /// The first keys of a sketch.
    pub(crate) fn of(sketch: &Sketch) -> Self {
        let keys = sketch.top(KEYS_MAX).map(|(key, count)| (key.clone(), count)).collect();
        Self { total: sketch.total(), keys }
    }

    /// What so many first keys came to.
    pub(crate) fn values(&self, rule: Rule, keys_max: usize) -> Vec<f64> {
        self.keys.iter().take(keys_max).map(|(_, count)| rule.units(count.most)).collect()
    }

    pub(crate) fn encode(&self) -> Bytes {
        let mut bytes = vec![VERSION];
        bytes.put_u64(self.total);
        for (key, Count { most, error }) in &self.keys {
            bytes.put_u64(*most);
            bytes.put_u64(*error);
            keys::put_sized(&mut bytes, key);
        }
        bytes.into()
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Damaged> {
        Self::parse(bytes).ok_or(Damaged("row of contributor insights"))
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (total, mut rest) = bytes.strip_prefix(&[VERSION])?.split_first_chunk()?;
        let total = u64::from_be_bytes(*total);
        let mut keys = Vec::new();
        while !rest.is_empty() {
            let (most, behind) = rest.split_first_chunk()?;
            let (error, behind) = behind.split_first_chunk()?;
            let (key, behind) = keys::split_sized(behind)?;
            let (most, error) = (u64::from_be_bytes(*most), u64::from_be_bytes(*error));
            keys.push((Bytes::copy_from_slice(key), Count { most, error }));
            rest = behind;
        }
        Some(Self { total, keys })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_list_is_read_as_it_was_written(
            total: u64,
            keys in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..40), any::<u64>(), any::<u64>()), 0..9),
        ) {
            let key = |(key, most, error): (Vec<u8>, u64, u64)| (key.into(), Count { most, error });
            let list = List { total, keys: keys.into_iter().map(key).collect() };
            prop_assert_eq!(List::decode(&list.encode()).unwrap(), list);
        }

        #[test]
        fn bytes_are_a_list_or_damage(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(list) = List::decode(&bytes) {
                prop_assert_eq!(list.encode(), bytes);
            }
        }
    }
}
