//! Reading a range of keys a bounded page at a time.

use std::ops::Range;

use bytes::Bytes;
use storage::{Page, RangeQuery, View};

use crate::error::Result;
use crate::keys;

/// What is read at once.
const ENTRIES_MAX: usize = 1000;
const BYTES_MAX: usize = 4 * 1024 * 1024;

/// What is left to read of a range, forwards.
pub(crate) struct Pages {
    rest: Option<Range<Bytes>>,
    /// Whether what is read is likely to be read again.
    fill_cache: bool,
}

impl Pages {
    /// Of a range that is read once.
    pub(crate) fn once(range: Range<Bytes>) -> Self {
        Self { rest: Some(range), fill_cache: false }
    }

    /// Of a range that is read now and then.
    pub(crate) fn often(range: Range<Bytes>) -> Self {
        Self { rest: Some(range), fill_cache: true }
    }

    /// The next page, as `view` has it; `None` behind the last one. Each may be of another view.
    pub(crate) async fn next(&mut self, view: &View) -> Result<Option<Page>> {
        let Some(range) = self.rest.take() else { return Ok(None) };
        let query = RangeQuery {
            start: range.start,
            end: range.end.clone(),
            reverse: false,
            entries_max: ENTRIES_MAX,
            bytes_max: BYTES_MAX,
            fill_cache: self.fill_cache,
        };
        let page = view.range(&query).await?;
        if let (Some((last, _)), false) = (page.entries.last(), page.is_last) {
            self.rest = Some(keys::behind(last)..range.end);
        }
        Ok(Some(page))
    }
}

/// The first key of a range, if it has any.
pub(crate) async fn first_key(view: &View, range: &Range<Bytes>) -> Result<Option<Bytes>> {
    let query = RangeQuery {
        start: range.start.clone(),
        end: range.end.clone(),
        reverse: false,
        entries_max: 1,
        bytes_max: 1,
        fill_cache: false,
    };
    let page = view.range(&query).await?;
    Ok(page.entries.into_iter().next().map(|(key, _)| key))
}
