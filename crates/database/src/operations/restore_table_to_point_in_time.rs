//! `RestoreTableToPointInTime`: makes a new table that is what another one was at a second of its window.

use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;
use storage::{Reads, View};
use types::name::{ArnResource, TableArn, TableReference};
use types::parameter::Text;

use crate::access::Needs;
use crate::catalog::change::{Writes, change, see_through};
use crate::catalog::cut::{self, Cut, Place};
use crate::catalog::describe::{self, Sizes, Status, TableDescription};
use crate::catalog::number::Numbers;
use crate::catalog::recovery;
use crate::catalog::restore::{Origin, Overrides};
use crate::catalog::table::Recovery;
use crate::catalog::{self, Table};
use crate::date::Date;
use crate::error::{BackupFault, Off, Result, Unrestorable};
use crate::history::{self, Logged};
use crate::jobs::restore::{self, Source};
use crate::operation::{Access, Operation, Parameters};
use crate::position::Position;
use crate::request::Time;
use crate::{Call, Database, keys, quotas, scope_of};

/// The request.
pub(crate) struct RestoreTableToPointInTime {
    source: Option<TableReference>,
    target: TableReference,
    /// Seconds since 1970; `None` for the latest time.
    second: Option<u64>,
    overrides: Overrides,
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RestoreOutput {
    table_description: TableDescription,
}

impl RestoreOutput {
    /// Describes a table that has begun to be restored.
    pub(super) fn new(table: &Table, now_ms: u64) -> Self {
        let status = Status::Creating;
        let table_description = TableDescription::new(table, &Sizes::default(), status, now_ms);
        Self { table_description }
    }
}

impl Operation for RestoreTableToPointInTime {
    const NAME: &'static str = "RestoreTableToPointInTime";
    const ACCESS: Access = Access::Control;
    type Output = RestoreOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        let arn = parameters.optional::<Text<1, 1024>>("SourceTableArn");
        let name = parameters.optional("SourceTableName");
        let target = parameters.required("TargetTableName");
        let is_latest = parameters.optional("UseLatestRestorableTime").unwrap_or(false);
        let time = parameters.optional::<Time>("RestoreDateTime");
        let source = parameters.check(source(arn, name));
        match (time, is_latest) {
            (Some(_), true) => parameters.refuse(BackupFault::TwoTimes),
            (None, false) => parameters.refuse(BackupFault::NoTime),
            (Some(_), false) | (None, true) => {}
        }
        let second = time.map(|time| time.ms() / 1000);
        Self { source, target, second, overrides: Overrides::read(parameters) }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        if let Some(source) = &self.source {
            needs.table(source);
        }
        needs.table(&self.target);
        needs.filled(&self.target);
    }

    async fn run(self, database: &Database, call: &Call) -> Result<RestoreOutput> {
        let reference = self.source.as_ref().ok_or(BackupFault::NoSource)?;
        let now_ms = database.inner.clock.now_ms();
        let view = database.view(Reads::Many).await?;
        let source = describe::table_to_back_up(database, &view, call, reference).await?;
        let off = || Unrestorable::RecoveryOff(source.name.clone());
        let recovery = source.recovery.as_ref().ok_or_else(off)?;
        let second = check_time(recovery, self.second, now_ms)?;
        let scope = scope_of(call, &self.target)?;
        let origin = Origin {
            table_arn: source.arn().to_string(),
            backup_arn: None,
            time_ms: second * 1000,
        };
        let table = self.overrides.apply(&source, (&scope, &self.target), (origin, now_ms))?;
        let from = cut(&view, (&source, recovery), (second, now_ms)).await?;
        let usage = database.usage(&view, &scope).await?;
        drop(view);
        if let Some(usage) = usage {
            quotas::check_create(&table, usage)?;
        }
        let under_way = database.begin_change(scope)?;
        let table = begin(database, (table, under_way), (source, from)).await?;
        Ok(RestoreOutput::new(&table, now_ms))
    }
}

/// The source, which is named in one way.
fn source(
    arn: Option<Text<1, 1024>>,
    name: Option<TableReference>,
) -> Result<TableReference, BackupFault> {
    match (arn, name) {
        (Some(_), Some(_)) => Err(BackupFault::TwoSources),
        (None, None) => Err(BackupFault::NoSource),
        (None, Some(name)) => Ok(name),
        (Some(Text(arn)), None) => match TableArn::parse(&arn) {
            Some((arn, ArnResource::Table)) => Ok(TableReference::Arn(arn)),
            Some((_, ArnResource::Below(_))) | None => Err(BackupFault::SourceArn),
        },
    }
}

/// The second to restore, which must be in the window.
fn check_time(recovery: &Recovery, asked: Option<u64>, now_ms: u64) -> Result<u64, Unrestorable> {
    let (earliest, latest) = recovery::window(recovery, now_ms);
    let Some(second) = asked else { return Ok(latest) };
    if earliest <= second && second <= latest {
        return Ok(second);
    }
    let shown = |second: u64| Date::of(second.saturating_mul(1000)).iso_seconds();
    Err(Unrestorable::Time {
        asked: shown(second),
        earliest: shown(earliest),
        latest: shown(latest),
    })
}

/// Where the changes begin that are later than a second: those that the restored table does not have. There are
/// images of what was changed since recovery was switched on.
async fn cut(
    view: &View,
    (source, recovery): (&Table, &Recovery),
    (second, now_ms): (u64, u64),
) -> Result<Position> {
    // The times of records may be ahead of a clock that was set back: the present is all that there is.
    if second >= now_ms / 1000 {
        return Ok(Position::behind(view.version()));
    }
    let switched_on = cut::marked(view, recovery.id).await?.next();
    history::first_after(view, source.id, switched_on, second * 1000 + 999).await
}

/// Makes the table, and has it filled.
async fn begin(
    database: &Database,
    (table, under_way): (Table, Option<quotas::Change>),
    (source, from): (Arc<Table>, Position),
) -> Result<Table> {
    let keys = [source.row_key(), table.row_key(), keys::next_id(), keys::history(source.id)];
    let own = database.clone();
    see_through(async move {
        let decide = |rows| decide(&table, (&source, from), rows);
        let table = change(&own, keys, decide).await?;
        restore::start(&own, table.id, under_way);
        Ok(table)
    })
    .await
}

fn decide(
    table: &Table,
    (known, from): (&Table, Position),
    [source, target, next_id, logged]: [Option<Bytes>; 4],
) -> Result<(Writes, Table)> {
    let source = catalog::still(source, known.id)?;
    let mut source = source.ok_or_else(|| Off::Table(known.name.clone()))?;
    let logged = logged.map(|row| catalog::decode::<Logged>(&row)).transpose()?;
    // Switched off and on again in between, what was wanted may be gone.
    if source.recovery.is_none() || logged.is_none_or(|logged| from < logged.trimmed) {
        return Err(Unrestorable::RecoveryOff(source.name).into());
    }
    if target.is_some() {
        return Err(Unrestorable::TargetExists(table.name.clone()).into());
    }
    let mut table = table.clone();
    let mut numbers = Numbers::read(next_id.as_ref())?;
    table.number(&mut numbers)?;
    source.cuts.push(Cut { holder: table.id, from });
    let items = Source::Table { place: Place::of(&source), from: Some(from) };
    let writes = vec![
        (source.row_key(), Some(catalog::encode(&source))),
        (table.row_key(), Some(catalog::encode(&table))),
        numbers.row(),
        restore::row(&table, items, None),
    ];
    Ok((writes, table))
}
