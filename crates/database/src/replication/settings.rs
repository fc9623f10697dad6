//! Settings that the replicas of a group have in common, and in what single ones may differ.
//!
//! A part of the settings is told to the others when a request changes it in any Region, and taken over there. What is
//! read may differ: an override counts until the part that it overrides is changed for all again.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::catalog::auto_scaling::{Rules, Sides};
use crate::catalog::bounds::Bounds;
use crate::catalog::definition::{BillingMode, Units};
use crate::catalog::encryption::SseSpecification;
use crate::catalog::table::{Billing, Index, TableClass, Throughput};
use crate::catalog::{Table, throughput};
use crate::error::Side;
use crate::replication::group::{GlobalTableVersion, Group, Stamped};
use crate::replication::version::Version;

/// Throughputs of one side: the table's under no name, those of its global indexes under theirs.
pub(crate) type Rates = BTreeMap<String, Rate>;

/// What a group has agreed on for the table and for its global indexes, by the same names: each by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Named<T>(BTreeMap<String, Stamped<Option<T>>>);

impl<T: Clone + PartialEq> Named<T> {
    fn of(all: BTreeMap<String, T>, at: &Version) -> Self {
        let stamped = |(name, value)| (name, Stamped::new(Some(value), at.clone()));
        Self(all.into_iter().map(stamped).collect())
    }

    /// Takes over what is later.
    fn merge(&mut self, other: &Self) {
        for (name, value) in &other.0 {
            match self.0.get_mut(name) {
                Some(own) => own.merge(value),
                None => {
                    self.0.insert(name.clone(), value.clone());
                }
            }
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        self.0.get(name).and_then(|stamped| stamped.value.as_ref())
    }

    fn iter(&self) -> impl Iterator<Item = (&String, &T)> {
        self.0.iter().filter_map(|(name, stamped)| Some((name, stamped.value.as_ref()?)))
    }

    /// When it was last changed for a name.
    fn at(&self, name: &str) -> Option<&Version> {
        self.0.get(name).map(|stamped| &stamped.at)
    }

    /// Changes it for a name.
    pub(crate) fn set(&mut self, name: &str, value: Option<T>, by: By<'_>) {
        let own = self.0.entry(name.to_owned());
        let own = own.or_insert_with(|| Stamped::new(None, Version::oldest()));
        own.set(value, by.0, by.1);
    }

    /// Follows what has changed of a table's own.
    fn follow(&mut self, (old, new): (&BTreeMap<String, T>, &BTreeMap<String, T>), by: By<'_>) {
        for name in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
            if old.get(name) != new.get(name) {
                self.set(name, new.get(name).cloned(), by);
            }
        }
    }

    /// Those names for which it was changed since.
    fn changed<'a>(
        &'a self,
        before: &'a Self,
    ) -> impl Iterator<Item = (&'a String, Option<&'a T>)> {
        let is_changed =
            |(name, stamped): &(&String, &Stamped<Option<T>>)| before.at(name) != Some(&stamped.at);
        self.0.iter().filter(is_changed).map(|(name, stamped)| (name, stamped.value.as_ref()))
    }
}

/// The Region where something is changed, and when, in milliseconds since 1970.
pub(crate) type By<'a> = (&'a str, u64);

/// A throughput, in units per second. What it was ready for is told along, and no difference: it rises with much else.
#[derive(Debug, Clone, Copy, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Rate {
    /// What is provisioned; 0 on demand.
    pub(crate) units: i64,
    /// At most, on demand.
    pub(crate) max: Option<i64>,
    /// What it was ever ready for.
    warm: i64,
}

impl PartialEq for Rate {
    fn eq(&self, other: &Self) -> bool {
        (self.units, self.max) == (other.units, other.max)
    }
}

impl Rate {
    pub(crate) fn with_units(self, units: i64) -> Self {
        Self { units, ..self }
    }
}

/// The settings in common.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Shared {
    pub(crate) on_demand: Stamped<bool>,
    pub(crate) reads: Named<Rate>,
    pub(crate) writes: Named<Rate>,
    /// Auto scaling of writes.
    pub(crate) scaling: Named<Rules>,
    /// Whether a key of the account's is used: which one is a matter of each Region.
    encryption: Stamped<bool>,
    class: Stamped<TableClass>,
    /// The attribute by which items expire.
    expiry: Stamped<Option<String>>,
    /// The global indexes by their names, without numbers and throughput; `None` for one that was deleted.
    indexes: BTreeMap<String, Stamped<Option<Index>>>,
}

/// In what a replica differs.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Overrides {
    /// By the names of [`Rates`].
    pub(crate) reads: BTreeMap<String, ReadOverride>,
    pub(crate) class: Option<TableClass>,
    /// Auto scaling of reads, by the same names.
    pub(crate) scaling: BTreeMap<String, Rules>,
    /// The key of the account's that it is made with, by its id, alias or ARN.
    pub(crate) key: Option<String>,
}

/// What a replica reads otherwise than the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct ReadOverride {
    pub(crate) units: Option<i64>,
    pub(crate) max: Option<i64>,
}

/// A table's settings, as they can be shared.
#[derive(Debug, Clone, PartialEq)]
struct Settings {
    on_demand: bool,
    reads: Rates,
    writes: Rates,
    read_scaling: BTreeMap<String, Rules>,
    write_scaling: BTreeMap<String, Rules>,
    encryption: bool,
    class: TableClass,
    expiry: Option<String>,
    indexes: BTreeMap<String, Index>,
}

impl Settings {
    fn of(table: &Table) -> Self {
        let globals = || table.indexes.iter().filter(|index| index.is_global());
        let rates = |side| {
            let own = (String::new(), rate(side, &table.throughput, &table.bounds));
            let of_index =
                |index: &Index| (index.name.clone(), rate(side, &index.throughput, &index.bounds));
            std::iter::once(own).chain(globals().map(of_index)).collect()
        };
        let scaling = |side| {
            let own = std::iter::once((String::new(), &table.auto_scaling.table));
            let indexes = table.auto_scaling.indexes.iter();
            let all = own.chain(indexes.map(|(name, sides)| (name.clone(), sides)));
            all.filter_map(|(name, sides)| Some((name, sides.of(side)?.clone()))).collect()
        };
        Self {
            on_demand: table.billing.mode() == BillingMode::OnDemand,
            reads: rates(Side::Read),
            writes: rates(Side::Write),
            read_scaling: scaling(Side::Read),
            write_scaling: scaling(Side::Write),
            encryption: table.encryption.is_some(),
            class: table.class.unwrap_or(TableClass::Standard),
            expiry: table.expiry.as_ref().map(|expiry| expiry.attribute.clone()),
            indexes: globals().map(|index| (index.name.clone(), shape(index))).collect(),
        }
    }
}

/// What an index is, wherever it is.
fn shape(index: &Index) -> Index {
    Index {
        id: 0,
        throughput: Throughput::default(),
        bounds: Bounds::default(),
        is_backfilling: false,
        ..index.clone()
    }
}

fn rate(side: Side, throughput: &Throughput, bounds: &Bounds) -> Rate {
    match side {
        Side::Read => Rate { units: throughput.read, max: bounds.read_max, warm: bounds.warm_read },
        Side::Write => {
            Rate { units: throughput.write, max: bounds.write_max, warm: bounds.warm_write }
        }
    }
}

impl Shared {
    /// Those that a table has.
    pub(crate) fn of(table: &Table, at: &Version) -> Self {
        let Settings {
            on_demand,
            reads,
            writes,
            read_scaling: _,
            write_scaling,
            encryption,
            class,
            expiry,
            indexes,
        } = Settings::of(table);
        let indexes = indexes.into_iter();
        let indexes =
            indexes.map(|(name, index)| (name, Stamped::new(Some(index), at.clone()))).collect();
        Self {
            on_demand: Stamped::new(on_demand, at.clone()),
            reads: Named::of(reads, at),
            writes: Named::of(writes, at),
            scaling: Named::of(write_scaling, at),
            encryption: Stamped::new(encryption, at.clone()),
            class: Stamped::new(class, at.clone()),
            expiry: Stamped::new(expiry, at.clone()),
            indexes,
        }
    }

    /// Takes over what is later.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.on_demand.merge(&other.on_demand);
        self.reads.merge(&other.reads);
        self.writes.merge(&other.writes);
        self.scaling.merge(&other.scaling);
        self.encryption.merge(&other.encryption);
        self.class.merge(&other.class);
        self.expiry.merge(&other.expiry);
        for (name, index) in &other.indexes {
            match self.indexes.get_mut(name) {
                Some(own) => own.merge(index),
                None => {
                    self.indexes.insert(name.clone(), index.clone());
                }
            }
        }
    }

    /// The index that is to be made next, and one that is to go: those in which a table differs. One of the same name
    /// with another shape goes first.
    pub(crate) fn index_changes(&self, table: &Table) -> (Option<Index>, Option<String>) {
        let of_table = |name: &String| table.index(name).map(shape);
        let is_missing = |(name, index): &(&String, &Stamped<Option<Index>>)| {
            index.value.is_some() && of_table(name).is_none()
        };
        let is_over = |(name, index): &(&String, &Stamped<Option<Index>>)| {
            of_table(name).is_some_and(|own| index.value.as_ref() != Some(&own))
        };
        let missing = self.indexes.iter().find(is_missing);
        let over = self.indexes.iter().find(is_over);
        (missing.and_then(|(_, index)| index.value.clone()), over.map(|(name, _)| name.clone()))
    }

    /// The attribute by which items are to expire.
    pub(crate) fn expiry(&self) -> Option<&str> {
        self.expiry.value.as_deref()
    }
}

impl Overrides {
    /// All that a replica with settings of its own has for itself.
    pub(crate) fn of(table: &Table) -> Self {
        let Settings { reads, read_scaling, .. } = Settings::of(table);
        let reads = reads.into_iter();
        let reads = reads.map(|(name, rate)| (name, ReadOverride::of(&rate))).collect();
        Self { reads, class: table.class, scaling: read_scaling, key: None }
    }
}

impl ReadOverride {
    fn of(rate: &Rate) -> Self {
        Self { units: Some(rate.units), max: rate.max }
    }
}

fn follow<T: Clone + PartialEq>(part: &mut Stamped<T>, (old, new): (&T, &T), by: By<'_>) {
    if old != new {
        part.set(new.clone(), by.0, by.1);
    }
}

fn change_each<T: PartialEq, U>(
    all: &mut BTreeMap<String, U>,
    (old, new): (&BTreeMap<String, T>, &BTreeMap<String, T>),
    value: impl Fn(&T) -> U,
) {
    for name in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
        match (old.get(name), new.get(name)) {
            (_, None) => {
                all.remove(name);
            }
            (before, Some(after)) if before != Some(after) => {
                all.insert(name.clone(), value(after));
            }
            (_, Some(_)) => {}
        }
    }
}

/// Has the other replicas follow what a request changed of a table, whose replicas have settings in common. Where they
/// have not, it is this replica's alone.
pub(crate) fn share(old: &Table, new: &mut Table, now_ms: u64) {
    let (before, after) = (Settings::of(old), Settings::of(new));
    let by = (old.region.as_str(), now_ms);
    let Some(replication) = &mut new.replication else { return };
    let Group { shared, version: GlobalTableVersion::Current, .. } = &mut replication.group else {
        return differ(&mut replication.group, (&before, &after), by);
    };
    follow(&mut shared.on_demand, (&before.on_demand, &after.on_demand), by);
    shared.reads.follow((&before.reads, &after.reads), by);
    shared.writes.follow((&before.writes, &after.writes), by);
    shared.scaling.follow((&before.write_scaling, &after.write_scaling), by);
    follow(&mut shared.encryption, (&before.encryption, &after.encryption), by);
    follow(&mut shared.class, (&before.class, &after.class), by);
    follow(&mut shared.expiry, (&before.expiry, &after.expiry), by);
    for name in before.indexes.keys().chain(after.indexes.keys()).collect::<BTreeSet<_>>() {
        let (old, new) = (before.indexes.get(name), after.indexes.get(name));
        let own = shared.indexes.entry(name.clone());
        let own = own.or_insert_with(|| Stamped::new(None, Version::oldest()));
        follow(own, (&old.cloned(), &new.cloned()), by);
    }
}

/// As [`share`], for what auto scaling changed: of the reads it is this replica's alone.
pub(crate) fn share_scaled(old: &Table, new: &mut Table, now_ms: u64) {
    let (before, after) = (Settings::of(old), Settings::of(new));
    let by = (old.region.as_str(), now_ms);
    let Some(replication) = &mut new.replication else { return };
    if replication.group.version == GlobalTableVersion::Current {
        let shared = &mut replication.group.shared;
        shared.writes.follow((&before.writes, &after.writes), by);
        shared.scaling.follow((&before.write_scaling, &after.write_scaling), by);
    }
    differ(&mut replication.group, (&before, &after), by);
}

/// Keeps what was changed of the reads and the class of a replica as that in which it differs: so it is also what was
/// last asked for, and counts until something else is.
fn differ(group: &mut Group, (before, after): (&Settings, &Settings), by: By<'_>) {
    let is_same = before.reads == after.reads
        && before.read_scaling == after.read_scaling
        && before.class == after.class;
    if is_same {
        return;
    }
    group.override_settings(by.0, by, |overrides| {
        let reads = (&before.reads, &after.reads);
        change_each(&mut overrides.reads, reads, ReadOverride::of);
        let scaling = (&before.read_scaling, &after.read_scaling);
        change_each(&mut overrides.scaling, scaling, Rules::clone);
        if before.class != after.class {
            overrides.class = Some(after.class);
        }
    });
}

impl Group {
    /// In what a replica differs at present.
    pub(crate) fn overrides(&self, region: &str) -> Overrides {
        let Some(member) = self.members.get(region) else { return Overrides::default() };
        let mut overrides = member.overrides.value.clone();
        let is_later = |name: &str| self.shared.reads.at(name) > Some(&member.overrides.at);
        overrides.reads.retain(|name, _| !is_later(name));
        if self.shared.class.at > member.overrides.at {
            overrides.class = None;
        }
        if self.version == GlobalTableVersion::Legacy {
            return overrides;
        }
        // What is as the rest is no difference.
        overrides.reads.retain(|name, own| {
            let rate = self.shared.reads.get(name).copied().unwrap_or_default();
            own.units = own.units.filter(|units| *units != rate.units);
            own.max = own.max.filter(|max| Some(*max) != rate.max);
            own.units.is_some() || own.max.is_some()
        });
        overrides
    }

    /// Keeps the rules by which the reads of a table scale, which are its own.
    pub(crate) fn keep_read_scaling(&mut self, table: &Table, by: By<'_>) {
        let scaling = Settings::of(table).read_scaling;
        self.override_settings(&table.region, by, |overrides| overrides.scaling = scaling);
    }

    /// Changes in what a replica differs.
    pub(crate) fn override_settings(
        &mut self,
        region: &str,
        (own, now_ms): (&str, u64),
        change: impl FnOnce(&mut Overrides),
    ) {
        let mut overrides = self.overrides(region);
        change(&mut overrides);
        if let Some(member) = self.members.get_mut(region) {
            member.overrides.set(overrides, own, now_ms);
            // Later than what it overrides, also where the clock here is late.
            let reads = self.shared.reads.0.values().map(|stamped| stamped.at.time).max();
            let latest = reads.unwrap_or_default().max(self.shared.class.at.time);
            member.overrides.at.time = member.overrides.at.time.max(latest + 1);
        }
    }
}

/// Brings a table's settings to what its group has agreed on: all of them; or, of a group whose replicas have settings
/// of their own, those that are others than `before`. Indexes and expiry are for `receive`, since they take work.
pub(crate) fn adopt(table: &mut Table, before: Option<&Group>, now_ms: u64) {
    let Some(group) = table.replication.as_ref().map(|replication| replication.group.clone())
    else {
        return;
    };
    if let Some(before) = before {
        return adopt_changes(table, (before, &group), now_ms);
    }
    let shared = &group.shared;
    bill(table, shared.on_demand.value, now_ms);
    let overrides = group.overrides(&table.region);
    for (name, rate) in shared.reads.iter() {
        let own = overrides.reads.get(name).copied().unwrap_or_default();
        let units = within(overrides.scaling.get(name), own.units.unwrap_or(rate.units));
        let max = own.max.or(rate.max);
        set(table, name, (Side::Read, Rate { units, max, ..*rate }), now_ms);
    }
    scale(table, Side::Read, &overrides.scaling);
    for (name, rate) in shared.writes.iter() {
        let units = within(shared.scaling.get(name), rate.units);
        set(table, name, (Side::Write, Rate { units, ..*rate }), now_ms);
    }
    let rules = shared.scaling.iter().map(|(name, rules)| (name.clone(), rules.clone()));
    scale(table, Side::Write, &rules.collect());
    if table.encryption.is_some() != shared.encryption.value {
        let key = SseSpecification::Managed.create(&table.scope()).ok().flatten();
        table.encryption = key.filter(|_| shared.encryption.value);
    }
    let class = overrides.class.unwrap_or(shared.class.value);
    reclassify(table, class, now_ms);
}

/// Brings what was asked for since `before` to a replica that has settings of its own: for all of them together, or for
/// this one.
fn adopt_changes(table: &mut Table, (before, after): (&Group, &Group), now_ms: u64) {
    let (old, new) = (&before.shared, &after.shared);
    if old.on_demand.at != new.on_demand.at {
        bill(table, new.on_demand.value, now_ms);
    }
    let own = |group: &Group| group.members.get(&table.region).map(|own| own.overrides.clone());
    let is_overridden = own(before) != own(after);
    if is_overridden {
        let (was, is) = (before.overrides(&table.region), after.overrides(&table.region));
        let units = is.reads.iter().filter_map(|(name, own)| Some((name, own.units?)));
        set_units(table, Side::Read, units, now_ms);
        let mut scaling = Settings::of(table).read_scaling;
        change_each(&mut scaling, (&was.scaling, &is.scaling), Rules::clone);
        scale(table, Side::Read, &scaling);
        if let Some(class) = is.class {
            reclassify(table, class, now_ms);
        }
    }
    let has_new_writes = old.writes != new.writes;
    let units = new.writes.changed(&old.writes);
    let units = units.filter_map(|(name, rate)| Some((name, rate?.units)));
    set_units(table, Side::Write, units, now_ms);
    let has_new_scaling = old.scaling != new.scaling;
    if has_new_scaling {
        let mut scaling = Settings::of(table).write_scaling;
        for (name, rules) in new.scaling.changed(&old.scaling) {
            match rules {
                Some(rules) => scaling.insert(name.clone(), rules.clone()),
                None => scaling.remove(name),
            };
        }
        scale(table, Side::Write, &scaling);
    }
    if is_overridden || has_new_writes || has_new_scaling {
        throughput::confine(table, now_ms);
    }
}

/// Sets throughputs, and nothing that goes with them. What was on demand when it was asked for has none.
fn set_units<'a>(
    table: &mut Table,
    side: Side,
    units: impl Iterator<Item = (&'a String, i64)>,
    now_ms: u64,
) {
    let settings = Settings::of(table);
    let rates = match side {
        Side::Read => settings.reads,
        Side::Write => settings.writes,
    };
    for (name, units) in units.filter(|(_, units)| 0 < *units) {
        if let Some(rate) = rates.get(name) {
            set(table, name, (side, Rate { units, ..*rate }), now_ms);
        }
    }
}

fn reclassify(table: &mut Table, class: TableClass, now_ms: u64) {
    if table.class.unwrap_or(TableClass::Standard) != class {
        (table.class, table.class_changed_ms) = (Some(class), Some(now_ms));
    }
}

/// Units between the bounds of auto scaling.
fn within(rules: Option<&Rules>, units: i64) -> i64 {
    rules.map_or(units, |rules| units.clamp(rules.min, rules.max))
}

fn bill(table: &mut Table, on_demand: bool, now_ms: u64) {
    table.billing = match (&table.billing, on_demand) {
        (Billing::Provisioned { .. }, true) => {
            throughput::release(table, now_ms);
            Billing::OnDemand { since_ms: now_ms }
        }
        (Billing::OnDemand { since_ms }, false) => {
            let last_on_demand_ms = Some(*since_ms);
            throughput::unlimit(table);
            Billing::Provisioned { last_on_demand_ms }
        }
        (Billing::Provisioned { .. }, false) | (Billing::OnDemand { .. }, true) => return,
    };
}

/// Sets one throughput of a table or a global index, if there is such an index.
fn set(table: &mut Table, name: &str, (side, rate): (Side, Rate), now_ms: u64) {
    let on_demand = table.billing.mode() == BillingMode::OnDemand;
    // Units and billing may have been changed apart: there is no provisioned throughput of nothing.
    let rate = Rate { units: rate.units.max(i64::from(!on_demand)), ..rate };
    let (throughput, bounds) = if name.is_empty() {
        (&mut table.throughput, &mut table.bounds)
    } else {
        let index = table.indexes.iter_mut().find(|index| index.name == name);
        let Some(index) = index.filter(|index| index.is_global()) else { return };
        (&mut index.throughput, &mut index.bounds)
    };
    let units = match side {
        Side::Read => {
            (bounds.read_max, bounds.warm_read) = (rate.max, bounds.warm_read.max(rate.warm));
            Units { read: rate.units, write: throughput.write }
        }
        Side::Write => {
            (bounds.write_max, bounds.warm_write) = (rate.max, bounds.warm_write.max(rate.warm));
            Units { read: throughput.read, write: rate.units }
        }
    };
    let is_other = (units.read, units.write) != (throughput.read, throughput.write);
    if !on_demand && is_other {
        throughput::set(throughput, units, (now_ms, false));
    }
}

/// Sets the rules of one side.
fn scale(table: &mut Table, side: Side, rules: &BTreeMap<String, Rules>) {
    let own = std::mem::take(&mut table.auto_scaling.indexes);
    let names: BTreeSet<String> =
        own.keys().chain(rules.keys()).filter(|name| !name.is_empty()).cloned().collect();
    *table.auto_scaling.table.of_mut(side) = rules.get("").cloned();
    for name in names {
        let mut sides: Sides = own.get(&name).cloned().unwrap_or_default();
        *sides.of_mut(side) = rules.get(&name).cloned();
        if sides != Sides::default() {
            table.auto_scaling.indexes.insert(name, sides);
        }
    }
}
