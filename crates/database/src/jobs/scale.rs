//! Lets provisioned throughput follow what is consumed of it, by the rules in the tables' rows: once a minute.
//!
//! What was consumed is the difference of two readings of the meters, so after a start the first minute only reads
//! them, and what was remembered of the minutes before is gone.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use storage::Reads;

use crate::capacity::tracking::Track;
use crate::catalog::auto_scaling::Sides;
use crate::catalog::change::{Writes, change};
use crate::catalog::definition::{BillingMode, Units};
use crate::catalog::table::Throughput;
use crate::catalog::{self, Table, throughput};
use crate::error::{Damaged, Error, Result, Side};
use crate::keys::{self, Id};
use crate::quotas::{self, Usage};
use crate::replication::settings;
use crate::{Database, Scope};

/// What is remembered from minute to minute, of each table and index that has rules.
#[derive(Default)]
pub(crate) struct Remembered(Mutex<HashMap<Id, Last>>);

/// The last reading of a meter.
#[derive(Debug, Clone, Copy, Default)]
struct Last {
    time_ms: u64,
    read: Reading,
    write: Reading,
}

#[derive(Debug, Clone, Copy, Default)]
struct Reading {
    units: f64,
    track: Track,
}

/// Whose throughput follows.
#[derive(Serialize, Deserialize)]
struct Scaled {
    account: String,
    region: String,
    table: String,
}

/// A throughput that should be another: of the table, or of an index.
struct Wanted {
    id: Id,
    side: Side,
    units: i64,
}

/// The row of a table that has rules; none for one that has none any more.
pub(crate) fn row(table: &Table) -> (Bytes, Option<Bytes>) {
    let scaled = || Scaled {
        account: table.account.clone(),
        region: table.region.clone(),
        table: table.name.clone(),
    };
    let row = (!table.auto_scaling.is_empty()).then(|| catalog::encode(&scaled()));
    (keys::scaled(table.id), row)
}

/// Looks at what every table that has rules consumed, and changes its throughput where it should.
pub(crate) async fn follow(database: &Database) -> Result<()> {
    let (mut failed, mut ids) = (Ok(()), HashSet::new());
    for (key, row) in super::rows(database, keys::all_scaled()).await? {
        let id = keys::row_id(&key).ok_or(Damaged("key of a table that is scaled"))?;
        // One table that cannot be changed must not keep the others, and stays remembered.
        if let Err(error) = follow_table(database, (id, &row), &mut ids).await {
            failed = Err(error);
        }
    }
    database.inner.scaling.lock().retain(|id, _| ids.contains(id));
    failed
}

impl Remembered {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Id, Last>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Last {
    fn reading(&mut self, side: Side) -> &mut Reading {
        match side {
            Side::Read => &mut self.read,
            Side::Write => &mut self.write,
        }
    }
}

/// Adds the table's number and those of its indexes to `ids`.
async fn follow_table(
    database: &Database,
    (id, row): (Id, &[u8]),
    ids: &mut HashSet<Id>,
) -> Result<()> {
    let scaled: Scaled = catalog::decode(row)?;
    let scope = Scope { account: scaled.account.clone(), region: scaled.region.clone() };
    let view = database.view(Reads::One).await?;
    let table_key = keys::table(&scope, &scaled.table);
    let table = database.inner.catalog.table(&view, &table_key).await?;
    let Some(table) = table.filter(|table| table.id == id) else { return Ok(()) };
    ids.extend(table.ids());
    let now_ms = database.inner.clock.now_ms();
    let wanted = look(database, &table, now_ms);
    if table.billing.mode() == BillingMode::Provisioned && !wanted.is_empty() {
        let usage = database.usage(&view, &scope).await?;
        drop(view);
        let decide = |[row]: [Option<Bytes>; 1]| apply(&table, row, &wanted, (usage, now_ms));
        match change(database, [table_key], decide).await {
            Ok(true) => {
                tracing::info!(table = table.name, "provisioned throughput was changed");
                remember(database, &table, &wanted, now_ms);
            }
            Ok(false) => {}
            // It is tried again in a minute.
            Err(Error::LimitExceeded(limit)) => {
                tracing::info!(table = table.name, %limit, "provisioned throughput stays");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The table and its indexes with their names, rules and throughputs.
fn scaled(table: &Table) -> impl Iterator<Item = (Id, Option<&str>, &Sides, &Throughput)> {
    let rules = &table.auto_scaling;
    let indexes = table.indexes.iter().filter_map(|index| {
        let sides = rules.indexes.get(&index.name)?;
        Some((index.id, Some(&*index.name), sides, &index.throughput))
    });
    std::iter::once((table.id, None, &rules.table, &table.throughput)).chain(indexes)
}

/// Reads the meters, and says what should be provisioned.
fn look(database: &Database, table: &Table, now_ms: u64) -> Vec<Wanted> {
    let mut wanted = Vec::new();
    let mut remembered = database.inner.scaling.lock();
    for (id, index, sides, throughput) in scaled(table) {
        let meter = table.meter(index);
        let is_first = !remembered.contains_key(&id);
        let last = remembered.entry(id).or_default();
        let elapsed_ms = now_ms.saturating_sub(last.time_ms);
        last.time_ms = now_ms;
        for side in Side::ALL {
            let (units, provisioned) = match side {
                Side::Read => (meter.read_units.get(), throughput.read),
                Side::Write => (meter.write_units.get(), throughput.write),
            };
            let reading = last.reading(side);
            let consumed =
                per_second(units - std::mem::replace(&mut reading.units, units), elapsed_ms);
            let Some(rules) = sides.of(side).filter(|_| !is_first && elapsed_ms > 0) else {
                continue;
            };
            if let Some(units) = reading.track.next(rules, (provisioned, consumed), now_ms) {
                wanted.push(Wanted { id, side, units });
            }
        }
    }
    wanted
}

#[expect(clippy::cast_precision_loss, reason = "times between readings are short")]
fn per_second(units: f64, elapsed_ms: u64) -> f64 {
    units * 1000.0 / elapsed_ms.max(1) as f64
}

/// The table with what should be provisioned, and whether that is another one.
fn apply(
    known: &Table,
    row: Option<Bytes>,
    wanted: &[Wanted],
    (usage, now_ms): (Option<Usage>, u64),
) -> Result<(Writes, bool)> {
    let Some(row) = row else { return Ok((Writes::new(), false)) };
    let old: Table = catalog::decode(&row)?;
    if old.id != known.id || old.billing.mode() != BillingMode::Provisioned {
        return Ok((Writes::new(), false));
    }
    let mut new = old.clone();
    for id in old.ids().filter(|id| wanted.iter().any(|wanted| wanted.id == *id)) {
        let index = new.indexes.iter_mut().find(|index| index.id == id);
        let throughput = index.map_or(&mut new.throughput, |index| &mut index.throughput);
        let of = |side| wanted.iter().find(|wanted| wanted.id == id && wanted.side == side);
        // Both sides at once: a decrease of both is one decrease.
        let units = Units {
            read: of(Side::Read).map_or(throughput.read, |wanted| wanted.units),
            write: of(Side::Write).map_or(throughput.write, |wanted| wanted.units),
        };
        throughput::set(throughput, units, (now_ms, false));
    }
    if new == old {
        return Ok((Writes::new(), false));
    }
    new.keep_warm(&old);
    settings::share_scaled(&old, &mut new, now_ms);
    if let Some(usage) = usage {
        quotas::check_update((&old, &new), usage, now_ms)?;
    }
    Ok((vec![(new.row_key(), Some(catalog::encode(&new)))], true))
}

/// Notes what was changed, for the cool-downs.
fn remember(database: &Database, table: &Table, wanted: &[Wanted], now_ms: u64) {
    let mut remembered = database.inner.scaling.lock();
    for (id, _, _, throughput) in scaled(table) {
        let Some(last) = remembered.get_mut(&id) else { continue };
        for Wanted { side, units, .. } in wanted.iter().filter(|wanted| wanted.id == id) {
            let before = if *side == Side::Read { throughput.read } else { throughput.write };
            last.reading(*side).track.changed(before < *units, now_ms);
        }
    }
}
