//! Changes of a table's replicas: what a request may ask for, and what it makes of the table's group.

use types::json::Json;
use types::name::TableReference;
use types::parameter::{Faults, List, Parameter, Path, Text, Whole, structure};

use crate::Scope;
use crate::access::Needs;
use crate::catalog::Table;
use crate::catalog::bounds::NO_LIMIT;
use crate::catalog::definition::BillingMode;
use crate::catalog::encryption::{KEY_CHARACTERS_MAX, SseSpecification};
use crate::catalog::table::{DAY_MS, Index, TableClass};
use crate::error::{BackupFault, Error, ReplicaFault, ReplicaInUse, Result};
use crate::operation::Parameters;
use crate::regions::Regions;
use crate::replication::Replication;
use crate::replication::group::{GlobalTableVersion, Group, Member, Presence, State};
use crate::replication::settings::{Overrides, ReadOverride};

/// The key that every account has without having made one.
const MANAGED_KEY: &str = "alias/aws/dynamodb";

/// `ReplicaUpdates` of a request, and what goes with it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct ReplicaUpdates {
    updates: Option<Vec<ReplicaUpdate>>,
    consistency: Option<Consistency>,
    witnesses: Option<Vec<Witness>>,
}

/// One change of replicas that passes all checks that need no table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ReplicaChange {
    Create(ReplicaSettings),
    Update(Vec<ReplicaSettings>),
    /// Of the replica in a Region.
    Delete(String),
}

/// An element of `ReplicaUpdates`.
#[derive(Debug, Clone, PartialEq, Default)]
struct ReplicaUpdate {
    create: Option<ReplicaSettings>,
    update: Option<ReplicaSettings>,
    delete: Option<String>,
}

/// In what a replica is to differ from the others.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct ReplicaSettings {
    pub(crate) region: String,
    key: Option<String>,
    read: ReadOverride,
    class: Option<TableClass>,
    indexes: Vec<(String, ReadOverride)>,
}

/// `MultiRegionConsistency`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Consistency {
    Eventual,
    Strong,
}

types::choices! { Consistency { "EVENTUAL" => Eventual, "STRONG" => Strong } }

/// An element of `GlobalTableWitnessUpdates`: the Region that it names.
#[derive(Debug, Clone, PartialEq)]
struct Witness(String);

/// The Region of an element that has nothing else.
struct InRegion(String);

impl Parameter<Error> for InRegion {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| Self(parameters.required("RegionName")))
    }

    fn placeholder() -> Self {
        Self(String::new())
    }
}

impl Parameter<Error> for Witness {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| {
            let created = parameters.optional("Create").map(|InRegion(region)| region);
            let deleted = parameters.optional("Delete").map(|InRegion(region)| region);
            Self(created.or(deleted).unwrap_or_default())
        })
    }

    fn placeholder() -> Self {
        Self(String::new())
    }
}

/// Units of an override, under the name that it has.
struct Units(Option<i64>);
struct Limit(Option<i64>);

type Any = Whole<1, { i64::MAX }>;

impl Parameter<Error> for Units {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| {
            Self(parameters.optional("ReadCapacityUnits").map(|Whole(units): Any| units))
        })
    }

    fn placeholder() -> Self {
        Self(None)
    }
}

impl Parameter<Error> for Limit {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        type Signed = Whole<{ i64::MIN }, { i64::MAX }>;
        structure(json, path, faults, |parameters| {
            Self(parameters.optional("MaxReadRequestUnits").map(|Whole(units): Signed| units))
        })
    }

    fn placeholder() -> Self {
        Self(None)
    }
}

/// Reads the two overrides of what is read.
macro_rules! read_override {
    ($parameters:expr) => {{
        let units = $parameters.optional("ProvisionedThroughputOverride");
        let limit = $parameters.optional("OnDemandThroughputOverride");
        ReadOverride {
            units: units.and_then(|Units(units)| units),
            max: limit.and_then(|Limit(limit)| limit),
        }
    }};
}

struct IndexSettings(String, ReadOverride);

impl Parameter<Error> for IndexSettings {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| {
            let name = parameters.required::<types::name::Name>("IndexName");
            Self(name.to_string(), read_override!(parameters))
        })
    }

    fn placeholder() -> Self {
        Self(String::new(), ReadOverride::default())
    }
}

impl Parameter<Error> for ReplicaSettings {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        type Indexes = List<IndexSettings, 1, { usize::MAX }>;
        structure(json, path, faults, |parameters| {
            let region = parameters.required("RegionName");
            let key = parameters.optional::<Text<1, KEY_CHARACTERS_MAX>>("KMSMasterKeyId");
            let read = read_override!(parameters);
            let indexes = parameters.optional::<Indexes>("GlobalSecondaryIndexes");
            let indexes = indexes.map(|List(indexes)| indexes).unwrap_or_default();
            Self {
                region,
                key: key.map(|Text(key)| key),
                read,
                class: parameters.optional("TableClassOverride"),
                indexes: indexes.into_iter().map(|IndexSettings(name, own)| (name, own)).collect(),
            }
        })
    }

    fn placeholder() -> Self {
        Self::default()
    }
}

impl Parameter<Error> for ReplicaUpdate {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| Self {
            create: parameters.optional("Create"),
            update: parameters.optional("Update"),
            delete: parameters.optional("Delete").map(|InRegion(region)| region),
        })
    }

    fn placeholder() -> Self {
        Self::default()
    }
}

impl ReplicaSettings {
    /// Whether it says nothing of its replica.
    fn is_empty(&self) -> bool {
        let none = ReadOverride::default();
        self.key.is_none()
            && self.class.is_none()
            && self.read == none
            && self.indexes.iter().all(|(_, own)| *own == none)
    }

    /// Checks it against a table that has, or is to have, the replica.
    fn check(&self, table: &Table) -> Result<()> {
        let on_demand = table.billing.mode() == BillingMode::OnDemand;
        let all = || self.indexes.iter().map(|(_, own)| own).chain([&self.read]);
        if on_demand && all().any(|own| own.units.is_some()) {
            return Err(ReplicaFault::UnitsOnDemand.into());
        }
        if !on_demand && all().any(|own| own.max.is_some()) {
            return Err(ReplicaFault::LimitOfProvisioned.into());
        }
        let is_limit = |max: i64| max == NO_LIMIT || max > 0;
        if !all().all(|own| own.max.is_none_or(is_limit)) {
            return Err(BackupFault::Limit("MaxReadRequestUnits").into());
        }
        Ok(())
    }

    /// Changes what is overridden. A limit of -1 takes the limit away.
    fn apply(&self, overrides: &mut Overrides) {
        let own = [(String::new(), self.read)];
        for (name, new) in self.indexes.iter().cloned().chain(own) {
            let old = overrides.reads.entry(name).or_default();
            old.units = new.units.or(old.units);
            old.max = new.max.or(old.max).filter(|max| *max >= 0);
        }
        overrides.class = self.class.or(overrides.class);
    }
}

impl ReplicaUpdates {
    pub(crate) fn read(parameters: &mut Parameters<'_>) -> Self {
        type Updates = List<ReplicaUpdate, 1, { usize::MAX }>;
        type Witnesses = List<Witness, 1, 1>;
        Self {
            consistency: parameters.optional("MultiRegionConsistency"),
            updates: parameters.optional("ReplicaUpdates").map(|List(updates): Updates| updates),
            witnesses: parameters
                .optional("GlobalTableWitnessUpdates")
                .map(|List(witnesses): Witnesses| witnesses),
        }
    }

    /// Whether replicas are to be changed.
    pub(crate) fn is_there(&self) -> bool {
        self.updates.is_some()
    }

    /// Says what they need in the Regions that they are about.
    pub(crate) fn say<'a>(&'a self, needs: &mut Needs<'a>, table: &'a TableReference) {
        for ReplicaUpdate { create, update, delete } in self.updates.iter().flatten() {
            if let Some(ReplicaSettings { region, .. }) = create {
                needs.table(table).action("CreateTableReplica");
                needs.made_in(region, table.name());
            }
            if let Some(ReplicaSettings { region, .. }) = update {
                needs.replica(region, table.name());
            }
            if let Some(region) = delete {
                needs.table(table).action("DeleteTableReplica");
                needs.removed_in(region, table.name());
            }
        }
        for Witness(region) in self.witnesses.iter().flatten() {
            needs.made_in(region, table.name());
        }
    }

    /// Checks what can be checked without the table, as part of a request that may change something else.
    pub(crate) fn check(&self, changes_else: bool) -> Result<(), ReplicaFault> {
        if self.updates.is_none() {
            return if changes_else && (self.consistency.is_some() || self.witnesses.is_some()) {
                Err(ReplicaFault::ConsistencyNotAlone)
            } else {
                Ok(())
            };
        }
        if !changes_else {
            return Ok(());
        }
        if self.consistency.is_some() {
            Err(ReplicaFault::ConsistencyNotAlone)
        } else {
            Err(ReplicaFault::NotAlone)
        }
    }

    /// The change that is asked for of a table.
    pub(crate) fn change(&self, table: &Table) -> Result<ReplicaChange, ReplicaFault> {
        let updates = self.updates.as_deref().unwrap_or_default();
        for ReplicaUpdate { create, update, delete } in updates {
            let kinds = [create.is_some(), update.is_some(), delete.is_some()];
            match kinds.iter().filter(|is_there| **is_there).count() {
                0 => return Err(ReplicaFault::NoAction),
                1 => {}
                _ => return Err(ReplicaFault::SeveralKinds),
            }
            if update.as_ref().is_some_and(ReplicaSettings::is_empty) {
                return Err(ReplicaFault::NoAction);
            }
        }
        let creates: Vec<_> = updates.iter().filter_map(|one| one.create.as_ref()).collect();
        let changed: Vec<_> = updates.iter().filter_map(|one| one.update.as_ref()).collect();
        let deletes: Vec<_> = updates.iter().filter_map(|one| one.delete.as_ref()).collect();
        self.check_consistency(table, &creates)?;
        let is_there = [!creates.is_empty(), !changed.is_empty(), !deletes.is_empty()];
        if is_there.iter().filter(|is_there| **is_there).count() > 1 {
            return Err(ReplicaFault::SeveralKinds);
        }
        let differ = |(first, others): (&ReplicaSettings, &[&ReplicaSettings])| {
            others.iter().any(|other| *other != first)
        };
        if let Some((first, others)) = creates.split_first() {
            if differ((first, others)) {
                return Err(ReplicaFault::SeveralActions);
            }
            return Ok(ReplicaChange::Create((*first).clone()));
        }
        if let Some((first, others)) = deletes.split_first() {
            if others.iter().any(|other| other != first) {
                return Err(ReplicaFault::SeveralActions);
            }
            return Ok(ReplicaChange::Delete((*first).clone()));
        }
        let mut regions: Vec<_> = changed.iter().map(|one| &one.region).collect();
        regions.sort_unstable();
        if regions.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err(ReplicaFault::SameRegion);
        }
        Ok(ReplicaChange::Update(changed.into_iter().cloned().collect()))
    }

    /// There is no strong consistency over Regions: a request for it that is whole is told that no Region can.
    fn check_consistency(
        &self,
        table: &Table,
        creates: &[&ReplicaSettings],
    ) -> Result<(), ReplicaFault> {
        let witnesses = self.witnesses.as_deref().unwrap_or_default();
        if !witnesses.is_empty() && self.consistency != Some(Consistency::Strong) {
            return Err(ReplicaFault::Witness);
        }
        let Some(consistency) = self.consistency else { return Ok(()) };
        if table.replication.is_some() {
            return Err(ReplicaFault::ConsistencyOfExisting);
        }
        if creates.is_empty() {
            return Err(ReplicaFault::ConsistencyWithoutCreate);
        }
        if consistency == Consistency::Eventual {
            return Ok(());
        }
        if creates.len() + witnesses.len() != 2 {
            return Err(ReplicaFault::StrongCount);
        }
        let regions = creates.iter().map(|create| create.region.clone());
        let regions = regions.chain(witnesses.iter().map(|Witness(region)| region.clone()));
        Err(ReplicaFault::StrongRegions(regions.collect()))
    }
}

impl ReplicaChange {
    /// The Region of a new replica.
    pub(crate) fn created(&self) -> Option<&str> {
        match self {
            Self::Create(settings) => Some(&settings.region),
            Self::Update(_) | Self::Delete(_) => None,
        }
    }

    /// Checks it against a table, and the Regions that there are.
    pub(crate) fn check(
        &self,
        table: &Table,
        (regions, enforces_quotas, now_ms): (&Regions, bool, u64),
    ) -> Result<()> {
        let named = match self {
            Self::Create(ReplicaSettings { region, .. }) | Self::Delete(region) => vec![region],
            Self::Update(all) => all.iter().map(|one| &one.region).collect(),
        };
        let is_update = matches!(self, Self::Update(_));
        if !is_update && named.contains(&&table.region) {
            return Err(ReplicaFault::LocalRegion.into());
        }
        let mut supported = regions.supported();
        supported
            .extend(table.replication.iter().flat_map(|one| one.group.members.keys().cloned()));
        if let Some(unknown) = named.iter().find(|region| !supported.contains(region)) {
            let (region, supported) = ((**unknown).clone(), regions.supported());
            return Err(ReplicaFault::UnknownRegion { region, supported }.into());
        }
        let group = table.replication.as_ref().map(|replication| &replication.group);
        if group.is_some_and(|group| group.version == GlobalTableVersion::Legacy) {
            return Err(ReplicaFault::Legacy.into());
        }
        match self {
            Self::Create(settings) => self.check_create(table, settings),
            Self::Update(all) => self.check_update(table, all),
            Self::Delete(region) => self.check_delete(table, region, (enforces_quotas, now_ms)),
        }
    }

    fn check_create(&self, table: &Table, settings: &ReplicaSettings) -> Result<()> {
        self.check_idle(table)?;
        let is_linked = |one: &Replication| one.links.contains_key(&settings.region);
        if has_member(table, &settings.region) || table.replication.as_ref().is_some_and(is_linked)
        {
            return Err(ReplicaFault::Exists(table.name.clone()).into());
        }
        check_scaled(table)?;
        // Units of what is on demand are for later.
        ReplicaSettings { read: ReadOverride { units: None, ..settings.read }, ..settings.clone() }
            .check(table)?;
        check_key(table, settings)
    }

    fn check_update(&self, table: &Table, all: &[ReplicaSettings]) -> Result<()> {
        self.check_idle(table)?;
        if let Some(missing) = all.iter().find(|one| !has_member(table, &one.region)) {
            return Err(ReplicaFault::NotAMember(missing.region.clone()).into());
        }
        for settings in all {
            settings.check(table)?;
            if settings.key.is_some() {
                return Err(ReplicaFault::Key.into());
            }
            let is_known = |(name, _): &(String, ReadOverride)| {
                table.index(name).is_some_and(Index::is_global)
            };
            if !settings.indexes.iter().all(is_known) {
                return Err(Error::ResourceNotFound);
            }
        }
        Ok(())
    }

    fn check_delete(
        &self,
        table: &Table,
        region: &str,
        (enforces_quotas, now_ms): (bool, u64),
    ) -> Result<()> {
        let group = table.replication.as_ref().map(|replication| &replication.group);
        // A replica that cannot be made may be taken back.
        if group.is_none_or(|group| group.state(region) != Some(State::Creating)) {
            self.check_idle(table)?;
        }
        if !has_member(table, region) {
            return Err(ReplicaFault::NotAMember(region.to_owned()).into());
        }
        let known = table.replication.as_ref().and_then(|one| one.known.get(region));
        if known.is_some_and(|known| known.is_deletion_protected) {
            let (table, region) = (table.name.clone(), region.to_owned());
            return Err(ReplicaFault::Protected { table, region }.into());
        }
        if enforces_quotas && group.is_some_and(|group| group.is_source(region, now_ms)) {
            return Err(ReplicaFault::Source.into());
        }
        Ok(())
    }

    /// One change of replicas at a time.
    fn check_idle(&self, table: &Table) -> Result<(), ReplicaInUse> {
        let Some(replication) = &table.replication else { return Ok(()) };
        let is_creating = |region: &str| replication.group.state(region) == Some(State::Creating);
        if self.created().is_some_and(is_creating) {
            let regions = replication.group.present().map(|(region, _)| region.clone()).collect();
            return Err(ReplicaInUse::BeingMade { table: table.name.clone(), regions });
        }
        if replication.is_changing() { Err(ReplicaInUse::Changing) } else { Ok(()) }
    }

    /// Changes the group of a table that it was checked against; a table without one gets one with a number.
    pub(crate) fn apply(&self, table: &mut Table, id: Option<u32>, now_ms: u64) {
        let own = table.region.clone();
        if let (None, Some(id)) = (&table.replication, id) {
            let mut group = Group::new(GlobalTableVersion::Current, table, now_ms);
            group.set(&own, presence(&own, State::Active, table.created_ms), &own, now_ms);
            group.keep_read_scaling(table, (&own, now_ms));
            table.replication = Some(Replication::new(id, group));
        }
        let Some(Replication { group, .. }) = &mut table.replication else { return };
        match self {
            Self::Create(settings) => {
                let since_ms = group.present().map(|(_, one)| one.presence.value.since_ms).max();
                let since_ms = now_ms.max(since_ms.unwrap_or_default() + 1);
                let region = &settings.region;
                let presence =
                    Presence { source: own.clone(), ..presence(region, State::Creating, since_ms) };
                group.set(region, presence, &own, now_ms);
                group.override_settings(region, (&own, now_ms), |overrides| {
                    settings.apply(overrides);
                    overrides.key.clone_from(&settings.key);
                });
            }
            Self::Update(all) => {
                for settings in all {
                    let by = (own.as_str(), now_ms);
                    group.override_settings(&settings.region, by, |one| settings.apply(one));
                }
            }
            Self::Delete(region) => group.set_state(region, State::Removed, &own, now_ms),
        }
    }
}

/// Whether a Region has a replica of a table that has any.
fn has_member(table: &Table, region: &str) -> bool {
    table.replication.as_ref().is_some_and(|replication| replication.group.has(region))
}

fn presence(region: &str, state: State, since_ms: u64) -> Presence {
    Presence { state, since_ms, source: region.to_owned(), table: None }
}

/// A provisioned table may have replicas if what is written follows the load everywhere.
fn check_scaled(table: &Table) -> Result<(), ReplicaFault> {
    if table.billing.mode() == BillingMode::OnDemand {
        return Ok(());
    }
    if table.auto_scaling.table.write.is_none() {
        return Err(ReplicaFault::Unscaled);
    }
    let mut globals = table.indexes.iter().filter(|index| index.is_global());
    let scales = |name: &str| {
        table.auto_scaling.indexes.get(name).is_some_and(|sides| sides.write.is_some())
    };
    if globals.all(|index| scales(&index.name)) { Ok(()) } else { Err(ReplicaFault::UnscaledIndex) }
}

/// A replica has a key of its own if the table has one that the account made, and only then.
fn check_key(table: &Table, settings: &ReplicaSettings) -> Result<()> {
    let key = settings.key.as_deref();
    if let Some(key) = &settings.key {
        let scope = Scope { region: settings.region.clone(), ..table.scope() };
        SseSpecification::Key(key.clone()).create(&scope)?;
    }
    let managed = SseSpecification::Managed.create(&table.scope())?;
    let has_own = table.encryption.is_some() && table.encryption != managed;
    match (has_own, key) {
        (true, Some(MANAGED_KEY)) => Err(ReplicaFault::MixedKeys.into()),
        (true, Some(_)) | (false, None) => Ok(()),
        (false, Some(MANAGED_KEY)) if table.encryption.is_some() => Ok(()),
        (false, Some(_)) if table.encryption.is_some() => Err(ReplicaFault::MixedKeys.into()),
        (true, None) | (false, Some(_)) => Err(ReplicaFault::Key.into()),
    }
}

impl Group {
    /// Whether another replica that there still is was filled from a Region within a day.
    pub(crate) fn is_source(&self, region: &str, now_ms: u64) -> bool {
        let is_of = |(other, member): (&String, &Member)| {
            let presence = &member.presence.value;
            other != region && presence.source == region && presence.since_ms + DAY_MS > now_ms
        };
        self.present().any(is_of)
    }
}
