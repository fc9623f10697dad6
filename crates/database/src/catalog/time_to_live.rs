//! Expiry, switched on and off while its table is in use.

use crate::catalog::Table;
use crate::catalog::change::Writes;
use crate::catalog::number::Numbers;
use crate::catalog::table::Expiry;
use crate::error::Damaged;
use crate::jobs::clear::Dropped;
use crate::jobs::{Job, backfill, expire};
use crate::keys;

/// Has the items of a table expire by an attribute. What is to be written besides the table's row and the numbers',
/// and what follows.
pub(crate) fn switch_on(
    table: &mut Table,
    attribute: &str,
    numbers: &mut Numbers,
) -> Result<(Writes, Job), Damaged> {
    let id = numbers.take()?;
    table.expiry = Some(Expiry { id, attribute: attribute.to_owned(), is_backfilling: true });
    Ok((vec![expire::row(table, id), backfill::row(table, id)], Job::Fill(id)))
}

/// Has them expire no more. What is to be written besides the table's row, and what follows; `None` where they did
/// not.
pub(crate) fn switch_off(table: &mut Table) -> Option<(Writes, Job)> {
    let Expiry { id, .. } = table.expiry.take()?;
    let dropped = Dropped::new(id, Vec::new());
    let writes = vec![(keys::expiring(id), None), (keys::backfill(id), None), dropped.row()];
    Some((writes, Job::Clear(dropped)))
}
