//! Stores the insights of the minutes that are over, and drops those of more than a day ago.

use storage::Commit;

use crate::Database;
use crate::catalog::change::Writes;
use crate::error::Result;
use crate::insights::list::List;
use crate::insights::watch::{Minute, Watch};
use crate::insights::{MINUTE_MS, MINUTES_MAX, Rule};
use crate::keys::{self, Id};
use crate::writers::commit_failed;

/// Stores what was counted in the minutes that are over.
pub(crate) async fn store(database: &Database) -> Result<()> {
    let now_ms = database.inner.clock.now_ms();
    for (id, meter) in database.inner.catalog.meters.watched() {
        let take = |watch: &mut Watch| watch.take_closed(now_ms);
        let minutes = meter.watch().as_mut().map(take).unwrap_or_default();
        if minutes.is_empty() {
            continue;
        }
        let commit = Commit { writes: rows(id, &minutes), ..Commit::default() };
        if let Err(error) = database.commit(commit).await {
            if let Some(watch) = meter.watch().as_mut() {
                watch.give_back(minutes);
            }
            return Err(commit_failed(error));
        }
    }
    Ok(())
}

fn rows(id: Id, minutes: &[Minute]) -> Writes {
    let mut rows = Vec::new();
    for Minute { minute, lists } in minutes {
        let row = |(rule, list): &(Rule, List)| {
            (keys::insight(*minute, id, *rule as u8), Some(list.encode()))
        };
        rows.extend(lists.iter().map(row));
    }
    rows
}

/// Gives back the space of what is older than a day.
pub(crate) async fn tidy(database: &Database) -> Result<()> {
    let minute = database.inner.clock.now_ms() / MINUTE_MS;
    let old = keys::insights_before(minute.saturating_sub(MINUTES_MAX));
    super::clear::discard(database, old).await
}
