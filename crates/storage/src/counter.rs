//! Counters: sums of blind additions, eight bytes big-endian each.
//!
//! Additions wrap around, so that they may be folded in any order and give the same sum.

use crate::Error;

/// The stored form of `count`.
pub(crate) fn encode(count: i64) -> [u8; 8] {
    count.to_be_bytes()
}

/// The count that `value` stores; a counter that was never added to is zero.
pub(crate) fn decode(value: Option<&[u8]>) -> Result<i64, Error> {
    let Some(value) = value else { return Ok(0) };
    value.try_into().map(i64::from_be_bytes).map_err(|_| Error::NotACounter)
}
