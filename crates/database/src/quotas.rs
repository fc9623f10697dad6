//! The service's cool-downs and the quotas of an account, which hold where `--enforce-quotas` says so.
//!
//! What there was before is kept in the tables' rows whether quotas are enforced or not, so that
//! they hold at once when they are switched on. The decisions are pure functions; what an account has
//! is read beside the change that is decided, so that changes made at the same instant may pass a
//! quota of the account by as many as they are. A table's own quotas are exact.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use storage::View;
use types::limit::{
    ACCOUNT_READ_UNITS_MAX, ACCOUNT_WRITE_UNITS_MAX, CHANGES_MAX, TABLE_READ_UNITS_MAX,
    TABLE_WRITE_UNITS_MAX, TABLES_MAX,
};

use crate::catalog::describe::decreases_today;
use crate::catalog::table::{Index, Throughput};
use crate::catalog::{self, Table};
use crate::error::{Invalid, Owner, Quota, Result};
use crate::pages::Pages;
use crate::{Database, Scope, keys};

const HOUR_MS: u64 = 60 * 60 * 1000;
const DAY_MS: u64 = 24 * HOUR_MS;

/// Decreases of a throughput on one day that need no waiting in between.
const DECREASES_MAX: i64 = 4;
/// How long to wait between further ones.
const DECREASE_INTERVAL_MS: u64 = HOUR_MS;
/// Switches to on demand in a day, wherever it begins.
const ON_DEMAND_SWITCHES_MAX: usize = 4;
/// Changes of a table's class in the time below, wherever it begins.
const CLASS_CHANGES_MAX: usize = 2;
const CLASS_WINDOW_MS: u64 = 30 * DAY_MS;
/// Changes of a table's encryption in a day that need no waiting in between.
const ENCRYPTION_CHANGES_MAX: usize = 4;
/// How long to wait between further ones.
const ENCRYPTION_INTERVAL_MS: u64 = 6 * HOUR_MS;
/// How long to wait between changes of when items expire.
const TIME_TO_LIVE_INTERVAL_MS: u64 = HOUR_MS;
/// As many changes of a kind as count for any quota: four at once, and one each six hours of a day.
const RECENT_MAX: usize = 8;

/// When a table was last changed in the ways that quotas count, in milliseconds since 1970, the
/// earliest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_field_names, reason = "each is a list of times")]
pub(crate) struct Recent {
    on_demand_ms: Vec<u64>,
    class_ms: Vec<u64>,
    encryption_ms: Vec<u64>,
}

impl Recent {
    pub(crate) fn switched_to_on_demand(&mut self, now_ms: u64) {
        remember(&mut self.on_demand_ms, now_ms);
    }

    pub(crate) fn changed_class(&mut self, now_ms: u64) {
        remember(&mut self.class_ms, now_ms);
    }

    pub(crate) fn changed_encryption(&mut self, now_ms: u64) {
        remember(&mut self.encryption_ms, now_ms);
    }
}

fn remember(times_ms: &mut Vec<u64>, now_ms: u64) {
    times_ms.push(now_ms);
    let surplus = times_ms.len().saturating_sub(RECENT_MAX);
    times_ms.drain(..surplus);
}

/// The times within a window that ends now.
fn within(times_ms: &[u64], window_ms: u64, now_ms: u64) -> Vec<u64> {
    let is_within = |time_ms: &&u64| now_ms < **time_ms + window_ms;
    times_ms.iter().filter(is_within).copied().collect()
}

/// What an account has in a Region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Usage {
    tables: usize,
    /// Provisioned units of all tables and their indexes.
    units: Units,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Units {
    read: i64,
    write: i64,
}

impl Usage {
    /// Reads what there is.
    pub(crate) async fn read(view: &View, scope: &Scope) -> Result<Self> {
        let (mut usage, mut pages) = (Self::default(), Pages::once(keys::tables(scope)));
        while let Some(page) = pages.next(view).await? {
            for (_, row) in &page.entries {
                let units = units(&catalog::decode(row)?);
                usage.tables += 1;
                usage.units.read += units.read;
                usage.units.write += units.write;
            }
        }
        Ok(usage)
    }
}

/// The throughputs of a table: its own, and those of its global indexes by their names.
fn throughputs(table: &Table) -> impl Iterator<Item = (Option<&str>, &Throughput)> {
    let indexes = global_indexes(table).map(|index| (Some(&*index.name), &index.throughput));
    std::iter::once((None, &table.throughput)).chain(indexes)
}

fn global_indexes(table: &Table) -> impl Iterator<Item = &Index> {
    table.indexes.iter().filter(|index| index.is_global())
}

fn units(table: &Table) -> Units {
    throughputs(table).fold(Units::default(), |sum, (_, throughput)| Units {
        read: sum.read + throughput.read,
        write: sum.write + throughput.write,
    })
}

/// Whether the account may have one more table.
pub(crate) fn check_create(table: &Table, usage: Usage) -> Result<(), Quota> {
    if usage.tables >= TABLES_MAX {
        return Err(Quota::Tables(TABLES_MAX));
    }
    check_units(None, table)?;
    check_account(Units::default(), table, usage)?;
    check_bounds(None, table)
}

/// Whether a table may be changed, and now.
pub(crate) fn check_update(
    (old, new): (&Table, &Table),
    usage: Usage,
    now_ms: u64,
) -> Result<(), Quota> {
    if old.billing.mode() == new.billing.mode() {
        for (index, throughput) in throughputs(new) {
            if let Some((_, old)) = throughputs(old).find(|(other, _)| *other == index) {
                check_decrease(old, throughput, now_ms)?;
            }
        }
    }
    if new.recent.on_demand_ms != old.recent.on_demand_ms {
        check_on_demand(&old.recent, now_ms)?;
    }
    if new.recent.class_ms != old.recent.class_ms {
        check_class(&old.recent, now_ms)?;
    }
    if new.recent.encryption_ms != old.recent.encryption_ms {
        check_encryption(&old.recent, now_ms)?;
    }
    check_units(Some(old), new)?;
    check_account(units(old), new, usage)?;
    check_bounds(Some(old), new)
}

fn check_decrease(old: &Throughput, new: &Throughput, now_ms: u64) -> Result<(), Quota> {
    let is_decrease = new.read < old.read || new.write < old.write;
    let count = decreases_today(old, now_ms);
    let Some(last_ms) = old.decreased_ms.filter(|_| is_decrease && count >= DECREASES_MAX) else {
        return Ok(());
    };
    let tomorrow_ms = (last_ms / DAY_MS + 1) * DAY_MS;
    let next_ms = tomorrow_ms.min(last_ms + DECREASE_INTERVAL_MS);
    if now_ms < next_ms { Err(Quota::Decreases { count, last_ms, next_ms }) } else { Ok(()) }
}

fn check_on_demand(recent: &Recent, now_ms: u64) -> Result<(), Quota> {
    let times = within(&recent.on_demand_ms, DAY_MS, now_ms);
    let first_of_last = times.iter().rev().nth(ON_DEMAND_SWITCHES_MAX - 1);
    let (Some(first_ms), Some(last_ms)) = (first_of_last, times.last()) else { return Ok(()) };
    let (last_ms, next_ms) = (*last_ms, first_ms + DAY_MS);
    Err(Quota::OnDemandSwitches { max: ON_DEMAND_SWITCHES_MAX, last_ms, next_ms })
}

fn check_class(recent: &Recent, now_ms: u64) -> Result<(), Quota> {
    if within(&recent.class_ms, CLASS_WINDOW_MS, now_ms).len() >= CLASS_CHANGES_MAX {
        return Err(Quota::ClassChanges { max: CLASS_CHANGES_MAX });
    }
    Ok(())
}

fn check_encryption(recent: &Recent, now_ms: u64) -> Result<(), Quota> {
    let times = within(&recent.encryption_ms, DAY_MS, now_ms);
    let (Some(first_ms), Some(&last_ms)) = (times.first(), times.last()) else { return Ok(()) };
    let (count, end_ms) = (times.len(), first_ms + DAY_MS);
    let next_ms = end_ms.min(last_ms + ENCRYPTION_INTERVAL_MS);
    if count >= ENCRYPTION_CHANGES_MAX && now_ms < next_ms {
        return Err(Quota::EncryptionChanges { end_ms, count, last_ms, next_ms });
    }
    Ok(())
}

/// Whether when items expire may be changed again, if it was changed at `changed_ms`.
pub(crate) fn check_time_to_live(changed_ms: Option<u64>, now_ms: u64) -> Result<(), Invalid> {
    match changed_ms {
        Some(then_ms) if now_ms < then_ms + TIME_TO_LIVE_INTERVAL_MS => {
            Err(Invalid::TimeToLiveAgain)
        }
        Some(_) | None => Ok(()),
    }
}

const READ_UNITS: &str = "ReadCapacityUnits";
const WRITE_UNITS: &str = "WriteCapacityUnits";

/// Each table and each index may have so much. What they have already, they keep.
fn check_units(old: Option<&Table>, new: &Table) -> Result<(), Quota> {
    for (index, throughput) in throughputs(new) {
        let before = old.and_then(|old| throughputs(old).find(|(other, _)| *other == index));
        let before = before.map(|(_, throughput)| *throughput).unwrap_or_default();
        let sides = [
            (READ_UNITS, throughput.read, before.read, signed(TABLE_READ_UNITS_MAX)),
            (WRITE_UNITS, throughput.write, before.write, signed(TABLE_WRITE_UNITS_MAX)),
        ];
        for (member, requested, before, max) in sides {
            if requested > max.max(before) {
                let (index, region) = (index.map(str::to_owned), new.region.clone());
                return Err(Quota::Units { member, index, requested, max, region });
            }
        }
    }
    Ok(())
}

/// All tables and indexes of an account may have so much together.
fn check_account(old: Units, new: &Table, usage: Usage) -> Result<(), Quota> {
    let requested = units(new);
    let sides = [
        (READ_UNITS, old.read, requested.read, usage.units.read, signed(ACCOUNT_READ_UNITS_MAX)),
        (
            WRITE_UNITS,
            old.write,
            requested.write,
            usage.units.write,
            signed(ACCOUNT_WRITE_UNITS_MAX),
        ),
    ];
    for (member, old, requested, reserved, max) in sides {
        if requested > old && reserved - old + requested > max {
            let region = new.region.clone();
            return Err(Quota::AccountUnits { member, region, reserved, max, requested });
        }
    }
    Ok(())
}

/// Warm throughput and limits on demand may not be more than a table may have.
fn check_bounds(old: Option<&Table>, new: &Table) -> Result<(), Quota> {
    let owners = |table: &Table| {
        let owner = |index: &Index| Owner::Index(index.name.clone());
        let indexes = global_indexes(table).map(|index| (owner(index), index.bounds));
        std::iter::once((Owner::Table, table.bounds)).chain(indexes).collect::<Vec<_>>()
    };
    let before = old.map(owners).unwrap_or_default();
    for (owner, bounds) in owners(new) {
        let before = before.iter().find(|(other, _)| *other == owner);
        let before = before.map(|(_, bounds)| *bounds).unwrap_or_default();
        let warm = |member| format!("{member} for WarmThroughput for {}", owner.warm());
        let limit = |member| format!("{member} for OnDemandThroughput for {}", owner.limited());
        let sides = [
            (warm("ReadUnitsPerSecond"), Some(bounds.warm_read), Some(before.warm_read), true),
            (warm("WriteUnitsPerSecond"), Some(bounds.warm_write), Some(before.warm_write), false),
            (limit("MaxReadRequestUnits"), bounds.read_max, before.read_max, true),
            (limit("MaxWriteRequestUnits"), bounds.write_max, before.write_max, false),
        ];
        for (member, units, before, is_read) in sides {
            let (limit, max) = if is_read {
                ("TableMaxReadCapacityUnits", TABLE_READ_UNITS_MAX)
            } else {
                ("TableMaxWriteCapacityUnits", TABLE_WRITE_UNITS_MAX)
            };
            if units != before && units.is_some_and(|units| units > signed(max)) {
                return Err(Quota::Bounds { member, limit, region: new.region.clone() });
            }
        }
    }
    Ok(())
}

fn signed(units: u64) -> i64 {
    i64::try_from(units).expect("a quota is far below what a signed number holds")
}

/// Changes of tables and indexes that are under way, of each account and Region.
#[derive(Default)]
pub(crate) struct Running(Mutex<HashMap<Scope, usize>>);

/// A change that is under way until this is dropped.
pub(crate) struct Change {
    running: Arc<Running>,
    scope: Scope,
}

impl Running {
    /// Begins a change, unless as many as there may be are under way.
    fn begin(self: &Arc<Self>, scope: Scope) -> Result<Change, Quota> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(scope.clone()).or_default();
        if *count >= CHANGES_MAX {
            return Err(Quota::Changes(CHANGES_MAX));
        }
        *count += 1;
        Ok(Change { running: Arc::clone(self), scope })
    }
}

impl Drop for Change {
    fn drop(&mut self) {
        let mut counts = self.running.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut count) = counts.entry(self.scope.clone()) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

impl Database {
    /// Whether quotas and cool-downs hold.
    pub(crate) fn enforces_quotas(&self) -> bool {
        self.inner.options.enforce_quotas
    }

    /// Whether requests that would consume more throughput than there is are refused.
    pub(crate) fn enforces_capacity(&self) -> bool {
        self.inner.options.enforce_capacity
    }

    /// Begins a change of a table or an index. It is under way until what this gives is dropped,
    /// which whoever goes on with it in the background keeps.
    pub(crate) fn begin_change(&self, scope: Scope) -> Result<Option<Change>, Quota> {
        self.enforces_quotas().then(|| self.inner.running.begin(scope)).transpose()
    }

    /// What an account has, where that counts.
    pub(crate) async fn usage(&self, view: &View, scope: &Scope) -> Result<Option<Usage>> {
        if !self.enforces_quotas() {
            return Ok(None);
        }
        Usage::read(view, scope).await.map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_changes_as_may_be_are_under_way_at_once() {
        let scope = |account: &str| Scope { account: account.into(), region: "eu-west-1".into() };
        let running = Arc::new(Running::default());
        let mut changes: Vec<_> =
            (0..CHANGES_MAX).map(|_| running.begin(scope("1")).unwrap()).collect();
        assert_eq!(running.begin(scope("1")).err(), Some(Quota::Changes(CHANGES_MAX)));
        let other = running.begin(scope("2")).unwrap();
        changes.pop();
        changes.push(running.begin(scope("1")).unwrap());
        assert_eq!(running.begin(scope("1")).err(), Some(Quota::Changes(CHANGES_MAX)));
        drop((changes, other));
        assert!(running.0.lock().unwrap().is_empty());
    }

    #[test]
    fn of_many_changes_the_latest_are_remembered() {
        let mut times = Vec::new();
        (0..20).for_each(|time| remember(&mut times, time));
        assert_eq!(times, (12..20).collect::<Vec<_>>());
    }

    #[test]
    fn when_items_expire_is_changed_once_an_hour() {
        assert_eq!(check_time_to_live(None, 0), Ok(()));
        assert_eq!(check_time_to_live(Some(7), 7 + HOUR_MS - 1), Err(Invalid::TimeToLiveAgain));
        assert_eq!(check_time_to_live(Some(7), 7 + HOUR_MS), Ok(()));
    }
}
