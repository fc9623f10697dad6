//! `UpdateContinuousBackups`: has a table's history kept, so that it can be restored to any second of the last days;
//! or not any more.

use bytes::Bytes;
use serde::Serialize;
use storage::Reads;
use types::json::Json;
use types::name::TableReference;
use types::parameter::{Faults, INTEGER_MAX, Parameter, Path, Whole, structure};

use crate::access::Needs;
use crate::catalog::change::{Changes, change, see_through};
use crate::catalog::number::Numbers;
use crate::catalog::recovery::ContinuousBackups;
use crate::catalog::table::Recovery;
use crate::catalog::{self, Table, describe};
use crate::error::{BackupFault, Damaged, Error, Off, Result};
use crate::jobs::clear::{self, Dropped};
use crate::operation::{Access, Operation, Parameters};
use crate::{Call, Database, history, keys};

/// How many days back recovery reaches, unless it is told.
const DAYS_MAX: i64 = 35;

/// The request.
pub(crate) struct UpdateContinuousBackups {
    table: TableReference,
    specification: Specification,
}

/// `PointInTimeRecoverySpecification`: whether recovery is to be on, and how many days back it is to reach.
struct Specification {
    is_enabled: bool,
    days: Option<u64>,
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateContinuousBackupsOutput {
    continuous_backups_description: ContinuousBackups,
}

impl Parameter<Error> for Specification {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| {
            let is_enabled: bool = parameters.required("PointInTimeRecoveryEnabled");
            let days = parameters.optional::<Days>("RecoveryPeriodInDays");
            if !is_enabled && days.is_some() {
                parameters.refuse(BackupFault::DaysOfNone);
            }
            Self { is_enabled, days: days.map(|Days(days)| days) }
        })
    }

    fn placeholder() -> Self {
        Self { is_enabled: false, days: None }
    }
}

/// 1 to 35 days.
struct Days(u64);

impl Parameter<Error> for Days {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        let Whole(days) = Whole::<1, DAYS_MAX>::read(json, path, faults);
        Self(u64::try_from(days).unwrap_or(1))
    }

    fn placeholder() -> Self {
        Self(1)
    }
}

const _: () = assert!(DAYS_MAX <= INTEGER_MAX);

impl Operation for UpdateContinuousBackups {
    const NAME: &'static str = "UpdateContinuousBackups";
    const ACCESS: Access = Access::Control;
    type Output = UpdateContinuousBackupsOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        Self {
            table: parameters.required("TableName"),
            specification: parameters.required("PointInTimeRecoverySpecification"),
        }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.table(&self.table);
    }

    async fn run(self, database: &Database, call: &Call) -> Result<UpdateContinuousBackupsOutput> {
        let view = database.view(Reads::One).await?;
        let known = describe::table_to_back_up(database, &view, call, &self.table).await?;
        drop(view);
        let now_ms = database.inner.clock.now_ms();
        let own = database.clone();
        let table = see_through(async move {
            let keys = [known.row_key(), keys::next_id(), keys::history(known.id)];
            let decide = |rows| self.decide(&known, rows, now_ms);
            let (table, dropped) = change(&own, keys, decide).await?;
            if let Some(dropped) = dropped {
                clear::start(&own, dropped);
            }
            Ok(table)
        })
        .await?;
        let continuous_backups_description =
            ContinuousBackups::new(table.recovery.as_ref(), now_ms);
        Ok(UpdateContinuousBackupsOutput { continuous_backups_description })
    }
}

impl UpdateContinuousBackups {
    /// What is to be written, the table as it is then, and what is left of a recovery that was switched off.
    fn decide(
        &self,
        known: &Table,
        [row, next_id, logged]: [Option<Bytes>; 3],
        now_ms: u64,
    ) -> Result<(Changes, (Table, Option<Dropped>))> {
        let table = catalog::still(row, known.id)?;
        let table = table.ok_or_else(|| Off::Table(known.name.clone()))?;
        let mut numbers = Numbers::read(next_id.as_ref())?;
        let updated = self.specification.apply(&table, &mut numbers, now_ms)?;
        let mut changes = changes((&table, &updated), logged.as_ref());
        changes.writes.extend(numbers.taken());
        let dropped = dropped(&table, &updated);
        changes.writes.extend(dropped.as_ref().map(Dropped::row));
        Ok((changes, (updated, dropped)))
    }
}

impl Specification {
    /// The table with recovery as it is asked for. What is on stays on since when it was.
    fn apply(&self, table: &Table, numbers: &mut Numbers, now_ms: u64) -> Result<Table, Damaged> {
        let (before, mut table) = (table, table.clone());
        let days = self.days.unwrap_or(DAYS_MAX.unsigned_abs());
        table.recovery = match (table.recovery, self.is_enabled) {
            (_, false) => None,
            // A longer window reaches back only as far as the shorter one had come: what was before is gone.
            (Some(recovery), true) => Some(Recovery {
                since_ms: recovery.earliest_ms(now_ms),
                days: self.days.unwrap_or(recovery.days),
                ..recovery
            }),
            (None, true) => Some(Recovery { since_ms: now_ms, days, id: numbers.take()? }),
        };
        // What was as it is asked for stays as it was.
        let is_same = |old: &Recovery| self.days.is_none_or(|days| days == old.days);
        if self.is_enabled && before.recovery.as_ref().is_some_and(is_same) {
            table.recovery.clone_from(&before.recovery);
        }
        Ok(table)
    }
}

fn changes((table, updated): (&Table, &Table), logged: Option<&Bytes>) -> Changes {
    let mut changes = Changes::default();
    if updated != table {
        changes.writes.push((table.row_key(), Some(catalog::encode(updated))));
        changes.writes.extend(history::row(updated, logged));
    }
    if let (None, Some(recovery)) = (&table.recovery, &updated.recovery) {
        changes.appends.push((keys::mark(recovery.id), Bytes::new(), Bytes::new()));
    }
    changes
}

/// What is left of a recovery that was switched off.
fn dropped(table: &Table, updated: &Table) -> Option<Dropped> {
    let recovery = table.recovery.as_ref().filter(|_| updated.recovery.is_none())?;
    Some(Dropped::new(recovery.id, Vec::new()))
}
