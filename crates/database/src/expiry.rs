//! Time to live: items that name the time of their own removal.
//!
//! Each such item has an expiry entry, and entries sort by time, so the due ones are a range. A job removes
//! due items behind the scenes; until it does, readers still see them: the API promises removal "within a
//! few days", not at once.

use std::ops::Range;

use bytes::Bytes;
use storage::Commit;
use types::AttributeValue;

use crate::catalog::Table;
use crate::catalog::table::Expiry;
use crate::error::Damaged;
use crate::key::ItemKey;
use crate::keys;
use crate::stored::Stored;

/// How far in the past a time may be, in seconds, to count: five years. The service takes what is older for
/// a mistake.
const PAST_SECONDS_MAX: u64 = 5 * 365 * 24 * 60 * 60;

/// Keeps an item's expiry entry in step with the item.
pub(crate) fn follow(
    table: &Table,
    key: &ItemKey,
    (old, new): (Option<&Stored>, Option<&Stored>),
    commit: &mut Commit,
) -> Result<(), Damaged> {
    let Some(expiry) = &table.expiry else { return Ok(()) };
    let time = |item: Option<&Stored>| item.map_or(Ok(None), |item| time(expiry, item));
    let (before, after) = (time(old)?, time(new)?);
    let entry = |seconds| keys::expiry(expiry.id, seconds, &key.stored);
    if before != after {
        commit.writes.extend(before.map(|seconds| (entry(seconds), None)));
    }
    // While entries are being filled in, that of an older item may be missing.
    if before != after || expiry.is_backfilling {
        commit.writes.extend(after.map(|seconds| (entry(seconds), Some(Bytes::new()))));
    }
    Ok(())
}

/// When an item expires, in seconds since 1970. An attribute that is not a whole number of seconds is no
/// expiry, and no error either.
pub(crate) fn time(expiry: &Expiry, item: &Stored) -> Result<Option<u64>, Damaged> {
    Ok(match item.get(&expiry.attribute)? {
        Some(AttributeValue::N(seconds)) => seconds.to_string().parse().ok(),
        Some(
            AttributeValue::S(_)
            | AttributeValue::B(_)
            | AttributeValue::Bool(_)
            | AttributeValue::Null
            | AttributeValue::Ss(_)
            | AttributeValue::Ns(_)
            | AttributeValue::Bs(_)
            | AttributeValue::L(_)
            | AttributeValue::M(_),
        )
        | None => None,
    })
}

/// The entries that are due.
pub(crate) fn due(expiry: &Expiry, now_ms: u64) -> Range<Bytes> {
    let now = now_ms / 1000;
    keys::expiries_between(expiry.id, now.saturating_sub(PAST_SECONDS_MAX), now)
}
