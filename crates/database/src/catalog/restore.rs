//! Tables that are restored: what they take over from the table that was, and what a request has them do otherwise.

use serde::{Deserialize, Serialize};
use types::name::TableReference;
use types::parameter::List;

use crate::Scope;
use crate::catalog::Table;
use crate::catalog::auto_scaling::AutoScaling;
use crate::catalog::bounds::{Bounds, Limits};
use crate::catalog::definition::{BillingMode, Definitions, Global, IndexDefinition, Local, Units};
use crate::catalog::encryption::SseSpecification;
use crate::catalog::table::{Billing, Index, Reach, Throughput};
use crate::catalog::throughput;
use crate::error::{BackupFault, Definition, Error, Owner, Result, Setting};
use crate::insights::Settings;
use crate::meters::TableMeters;
use crate::operation::Parameters;
use crate::quotas::Recent;

/// Where a table comes from that is being restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    pub(crate) table_arn: String,
    pub(crate) backup_arn: Option<String>,
    /// The time that it is restored to, in milliseconds since 1970.
    pub(crate) time_ms: u64,
}

/// What a request to restore a table has otherwise than it was.
pub(crate) struct Overrides {
    billing: Option<BillingMode>,
    throughput: Option<Units>,
    limits: Option<Limits>,
    global: Option<Vec<IndexDefinition>>,
    local: Option<Vec<IndexDefinition>>,
    encryption: Option<SseSpecification>,
}

impl Overrides {
    pub(crate) fn read(parameters: &mut Parameters<'_>) -> Self {
        let billing = parameters.optional("BillingModeOverride");
        let global =
            parameters.optional::<List<Global, 0, { usize::MAX }>>("GlobalSecondaryIndexOverride");
        let local =
            parameters.optional::<List<Local, 0, { usize::MAX }>>("LocalSecondaryIndexOverride");
        Self {
            billing,
            throughput: parameters.optional("ProvisionedThroughputOverride"),
            limits: parameters
                .optional("OnDemandThroughputOverride")
                .filter(|limits: &Limits| !limits.is_empty()),
            global: global.map(|List(all)| all.into_iter().map(|Global(index)| index).collect()),
            local: local.map(|List(all)| all.into_iter().map(|Local(index)| index).collect()),
            encryption: parameters.optional("SSESpecificationOverride"),
        }
    }

    /// The table that is to be made of one that was, without its numbers. It has no tags, stream, expiry, recovery
    /// or protection, whatever the other one had.
    pub(crate) fn apply(
        &self,
        source: &Table,
        target: (&Scope, &TableReference),
        (origin, now_ms): (Origin, u64),
    ) -> Result<Table> {
        let (scope, name) = target;
        let mut table = Table {
            id: 0,
            uuid: uuid::Uuid::new_v4().to_string(),
            account: scope.account.clone(),
            region: scope.region.clone(),
            name: name.name().to_string(),
            created_ms: now_ms,
            class: None,
            class_changed_ms: None,
            is_deletion_protected: false,
            recent: Recent::default(),
            expiry: None,
            expiry_changed_ms: None,
            stream: None,
            recovery: None,
            cuts: Vec::new(),
            origin: Some(origin),
            replication: None,
            auto_scaling: AutoScaling::default(),
            insights: Settings::default(),
            meters: TableMeters::default(),
            ..source.clone()
        };
        if let Some(encryption) = &self.encryption {
            table.encryption = encryption.create(scope)?;
        }
        // It has never been changed.
        table.throughput = table.throughput.fresh();
        for index in &mut table.indexes {
            index.throughput = index.throughput.fresh();
        }
        self.bill(&mut table, now_ms)?;
        table.indexes = self.indexes(&table)?;
        let used = |attribute: &_| {
            let of_indexes = table.indexes.iter().flat_map(Index::key);
            table.key().chain(of_indexes).any(|other| other == attribute)
        };
        table.definitions = table.definitions.iter().filter(|one| used(one)).cloned().collect();
        Ok(table)
    }

    fn bill(&self, table: &mut Table, now_ms: u64) -> Result<()> {
        let was_on_demand = table.billing.mode() == BillingMode::OnDemand;
        match (self.billing, self.throughput) {
            (Some(BillingMode::OnDemand), Some(_)) => {
                return Err(BackupFault::UnitsOnDemand(String::new()).into());
            }
            (Some(BillingMode::Provisioned), None) => return Err(BackupFault::NoUnits.into()),
            (None, Some(_)) if was_on_demand => return Err(BackupFault::UnitsOfOnDemand.into()),
            (Some(BillingMode::OnDemand), None) => {
                table.billing = Billing::OnDemand { since_ms: now_ms };
                table.throughput = Throughput::default();
                for index in &mut table.indexes {
                    index.throughput = Throughput::default();
                }
            }
            (_, Some(units)) => {
                table.billing = Billing::Provisioned { last_on_demand_ms: None };
                table.throughput = units.check()?.throughput();
                throughput::unlimit(table);
            }
            (None, None) if was_on_demand => {
                table.billing = Billing::OnDemand { since_ms: now_ms };
            }
            (None, None) => {
                table.billing = Billing::Provisioned { last_on_demand_ms: None };
            }
        }
        let mode = table.billing.mode();
        if let Some(limits) = self.limits {
            if mode == BillingMode::Provisioned {
                return Err(BackupFault::LimitsOfProvisioned.into());
            }
            table.bounds.limit(limits, &Owner::Table).map_err(limit_fault)?;
        }
        Ok(())
    }

    /// The indexes that the table is to have: those that there were, or those of them that are asked for.
    fn indexes(&self, table: &Table) -> Result<Vec<Index>> {
        let mode = table.billing.mode();
        let of_reach =
            |reach| table.indexes.iter().filter(move |index: &&Index| index.reach == reach);
        let definitions = Definitions::new(&table.definitions)?;
        let mut indexes = Vec::new();
        match &self.local {
            None => indexes.extend(of_reach(Reach::Local).cloned()),
            Some(wanted) => {
                for definition in wanted {
                    let asked = definition.shape(&definitions, Reach::Local);
                    indexes.push(known(of_reach(Reach::Local), asked, definition.name())?);
                }
            }
        }
        match &self.global {
            None => indexes.extend(of_reach(Reach::Global).cloned()),
            Some(wanted) => {
                for definition in wanted {
                    let asked = definition.shape(&definitions, Reach::Global);
                    let index = known(of_reach(Reach::Global), asked, definition.name())?;
                    indexes.push(bill_index(index, definition, mode)?);
                }
            }
        }
        for index in &mut indexes {
            (index.id, index.is_backfilling) = (0, false);
            let lacks_units = index.is_global() && index.throughput.write == 0;
            if mode == BillingMode::Provisioned && lacks_units {
                return Err(BackupFault::NoIndexUnits(index.name.clone()).into());
            }
        }
        check_names(&indexes)?;
        Ok(indexes)
    }
}

/// An index that was, with the throughput that is asked for.
fn bill_index(index: Index, definition: &IndexDefinition, mode: BillingMode) -> Result<Index> {
    let (units, limits) = definition.bounds();
    let throughput = match (mode, units) {
        (BillingMode::OnDemand, Some(_)) => {
            let of_index = format!(" for index {}", index.name);
            return Err(BackupFault::UnitsOnDemand(of_index).into());
        }
        (BillingMode::OnDemand, None) => Throughput::default(),
        (BillingMode::Provisioned, None) => {
            return Err(BackupFault::NoIndexUnits(index.name).into());
        }
        (BillingMode::Provisioned, Some(units)) => units.check()?.throughput(),
    };
    let owner = Owner::Index(index.name.clone());
    let bounds = Bounds::create((None, limits), (mode, &throughput), &owner)?;
    Ok(Index { throughput, bounds, ..index })
}

/// The index that there was with the keys and the projection of one that is asked for, by the name asked for.
fn known<'a>(
    mut indexes: impl Iterator<Item = &'a Index>,
    asked: Result<Index, crate::error::Invalid>,
    name: &str,
) -> Result<Index> {
    // One whose keys are not even defined was not there either.
    let unknown = || BackupFault::UnknownIndex(name.to_owned());
    let asked = asked.map_err(|_| unknown())?;
    let is_it = |index: &&Index| {
        index.partition_key == asked.partition_key
            && index.sort_key == asked.sort_key
            && index.projection == asked.projection
    };
    let index = indexes.find(is_it).ok_or_else(unknown)?;
    Ok(Index { name: name.to_owned(), ..index.clone() })
}

/// A fault of limits on demand, as requests to restore are told of it.
fn limit_fault(fault: Setting) -> Error {
    if let Setting::LimitOutOfRange { member, .. } = fault {
        return BackupFault::Limit(member).into();
    }
    fault.into()
}

/// Refuses two indexes of one name.
fn check_names(indexes: &[Index]) -> Result<(), Definition> {
    let mut names: Vec<_> = indexes.iter().map(|index| &index.name).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair.first() == pair.last()) {
        Some([name, ..]) => Err(Definition::DuplicateIndex((*name).clone())),
        Some(_) | None => Ok(()),
    }
}
