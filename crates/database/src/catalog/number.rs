//! Numbers of tables, indexes and expiries: each is used once, so that what is left of something dropped
//! can never be taken for something new.

use bytes::Bytes;

use crate::error::Damaged;
use crate::keys::{self, Id};

/// The first number that is given.
const FIRST_ID: Id = 1;

/// The numbers that were not given yet.
#[derive(Debug)]
pub(crate) struct Numbers {
    next: Id,
    /// The next one when these were read.
    first: Id,
}

impl Numbers {
    /// Those that are left by the row with the next number; there is none before the first table.
    pub(crate) fn read(row: Option<&Bytes>) -> Result<Self, Damaged> {
        let Some(row) = row else { return Ok(Self { next: FIRST_ID, first: FIRST_ID }) };
        let bytes = row.as_ref().try_into().map_err(|_| Damaged("next number"))?;
        let next = Id::from_be_bytes(bytes);
        Ok(Self { next, first: next })
    }

    /// Gives a number.
    pub(crate) fn take(&mut self) -> Result<Id, Damaged> {
        let id = self.next;
        self.next = id.checked_add(1).ok_or(Damaged("next number"))?;
        Ok(id)
    }

    /// The row with the next number, if any was given.
    pub(crate) fn taken(&self) -> Option<(Bytes, Option<Bytes>)> {
        (self.next != self.first).then(|| self.row())
    }

    /// The row with the next number, as it is to be written.
    pub(crate) fn row(&self) -> (Bytes, Option<Bytes>) {
        (keys::next_id(), Some(Bytes::copy_from_slice(&self.next.to_be_bytes())))
    }
}
