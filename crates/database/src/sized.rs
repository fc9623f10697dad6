//! Parts of bytes with their length before them, u32 big-endian; one length says that there is no part.

use bytes::{Buf as _, BufMut as _, Bytes};

/// The length that says that there is none.
const ABSENT: u32 = u32::MAX;

/// Adds a part, or that there is none.
pub(crate) fn put(bytes: &mut Vec<u8>, part: Option<&[u8]>) {
    let Some(part) = part else { return bytes.put_u32(ABSENT) };
    bytes
        .put_u32(u32::try_from(part.len()).expect("an item is at most 400 KiB, and all else less"));
    bytes.extend_from_slice(part);
}

/// Takes the next part, if it is not that there is none.
///
/// # Errors
/// `damage`, where the bytes end before the part does.
pub(crate) fn take<E>(rest: &mut Bytes, damage: impl Fn() -> E) -> Result<Option<Bytes>, E> {
    let length = rest.try_get_u32().map_err(|_| damage())?;
    if length == ABSENT {
        return Ok(None);
    }
    let length = usize::try_from(length).map_err(|_| damage())?;
    if length <= rest.len() { Ok(Some(rest.split_to(length))) } else { Err(damage()) }
}
