//! `GlobalSecondaryIndexUpdates`: what an update of a table asks for its global indexes.

use std::collections::BTreeSet;

use types::json::Json;
use types::name::Name;
use types::parameter::{Faults, List, Parameter, Path, structure};

use crate::catalog::bounds::{Limits, Warm};
use crate::catalog::definition::{BillingMode, Global, IndexDefinition, Units};
use crate::catalog::table::{Index, Reach};
use crate::catalog::{Table, throughput};
use crate::error::{Definition, Error, Invalid, Limit, Owner, Result, Setting};
use crate::operation::Parameters;

/// New throughput of a global index: one of the three is enough.
pub(crate) struct IndexUpdate {
    pub(crate) name: String,
    pub(crate) throughput: Option<Units>,
    pub(crate) warm: Option<Warm>,
    limits: Option<Limits>,
}

/// An index that is to be made or deleted.
pub(crate) enum IndexChange {
    Create(Box<IndexDefinition>),
    Delete(String),
}

/// An element of `GlobalSecondaryIndexUpdates`.
enum IndexAction {
    Update(IndexUpdate),
    Change(IndexChange),
    /// None of them, or several.
    Faulty,
}

impl Parameter<Error> for IndexUpdate {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| {
            let name: Name = parameters.required("IndexName");
            let limits = parameters.optional("OnDemandThroughput");
            let name = name.as_str().to_owned();
            let warm = parameters.optional("WarmThroughput");
            if warm.as_ref().is_some_and(Warm::is_empty) {
                parameters.refuse(Setting::WarmOfNothing(name.clone()));
            }
            Self {
                throughput: parameters.optional("ProvisionedThroughput"),
                warm,
                limits: limits.filter(|limits: &Limits| !limits.is_empty()),
                name,
            }
        })
    }

    fn placeholder() -> Self {
        Self { name: String::new(), throughput: None, warm: None, limits: None }
    }
}

/// The name in a `Delete`.
struct IndexNamed(String);

impl Parameter<Error> for IndexNamed {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        let read = |parameters: &mut Parameters<'_>| parameters.required::<Name>("IndexName");
        Self(structure(json, path, faults, read).as_str().to_owned())
    }

    fn placeholder() -> Self {
        Self(String::new())
    }
}

impl Parameter<Error> for IndexAction {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| {
            let update = parameters.optional::<IndexUpdate>("Update").map(Self::Update);
            let create = parameters
                .optional("Create")
                .map(|Global(definition)| Self::Change(IndexChange::Create(Box::new(definition))));
            let delete = parameters
                .optional("Delete")
                .map(|IndexNamed(name)| Self::Change(IndexChange::Delete(name)));
            let mut actions = [update, create, delete].into_iter().flatten();
            match (actions.next(), actions.next()) {
                (Some(action), None) => action,
                (None, _) => Self::refused(parameters, Definition::NoIndexAction),
                (Some(_), Some(_)) => Self::refused(parameters, Definition::SeveralIndexActions),
            }
        })
    }

    fn placeholder() -> Self {
        Self::Faulty
    }
}

impl IndexAction {
    fn refused(parameters: &mut Parameters<'_>, fault: Definition) -> Self {
        parameters.refuse(fault);
        Self::Faulty
    }
}

impl IndexChange {
    fn name(&self) -> &str {
        match self {
            Self::Create(definition) => definition.name(),
            Self::Delete(name) => name,
        }
    }
}

/// Reads the updates of indexes, and the index that is made or deleted; `None` where the list is absent.
pub(crate) fn read(
    parameters: &mut Parameters<'_>,
) -> Option<(Vec<IndexUpdate>, Vec<IndexChange>)> {
    type Actions = List<IndexAction, 0, { usize::MAX }>;
    let List(actions) = parameters.optional::<Actions>("GlobalSecondaryIndexUpdates")?;
    let (mut updates, mut changes, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for action in actions {
        let name = match &action {
            IndexAction::Update(update) => update.name.clone(),
            IndexAction::Change(change) => change.name().to_owned(),
            IndexAction::Faulty => continue,
        };
        if !seen.insert(name.clone()) {
            parameters.refuse(Definition::RepeatedIndexUpdate(name));
        }
        match action {
            IndexAction::Update(update) => updates.push(update),
            IndexAction::Change(change) => changes.push(change),
            IndexAction::Faulty => {}
        }
    }
    if changes.len() > 1 {
        parameters.refuse(Error::LimitExceeded(Limit::OnlineIndexes));
    }
    Some((updates, changes))
}

/// The global index of a name.
///
/// # Errors
/// Where there is none, or it is a local one.
pub(crate) fn index<'a>(table: &'a mut Table, name: &str) -> Result<&'a mut Index> {
    let index = table.indexes.iter_mut().find(|index| index.name == name);
    let index = index.ok_or(Error::ResourceNotFound)?;
    match index.reach {
        Reach::Global => Ok(index),
        Reach::Local => Err(Invalid::NotAGlobalIndex(name.to_owned()).into()),
    }
}

impl IndexUpdate {
    /// Whether the service shows the index as being updated meanwhile.
    pub(crate) fn is_slow(&self) -> bool {
        self.throughput.is_some() || self.limits.is_some()
    }

    /// Changes the index as it is asked to.
    pub(crate) fn apply(
        &self,
        index: &mut Index,
        (now_ms, was_on_demand): (u64, bool),
        is_on_demand: bool,
    ) -> Result<(), Invalid> {
        let owner = Owner::Index(self.name.clone());
        let is_bounded = self.warm.is_some() || self.limits.is_some();
        if is_on_demand && (self.throughput.is_some() || !is_bounded) {
            return Err(Definition::UpdatedThroughputOnDemand(self.name.clone()).into());
        }
        if !is_on_demand && let Some(limits) = self.limits {
            limits.check_provisioned(&owner)?;
        }
        if let Some(warm) = self.warm {
            let current = index.warm(mode(was_on_demand));
            index.bounds.warm_up(warm, current, &owner)?;
        }
        if let Some(limits) = self.limits {
            index.bounds.limit(limits, &owner)?;
        }
        let Some(units) = self.throughput else {
            let missing = || Definition::NoUpdatedThroughput(self.name.clone()).into();
            return if is_bounded { Ok(()) } else { Err(missing()) };
        };
        throughput::set(&mut index.throughput, units, (now_ms, was_on_demand)).ok_or_else(|| {
            let (index, Units { read, write }) = (self.name.clone(), units);
            Invalid::SameIndexThroughput { index, read, write }
        })
    }
}

fn mode(is_on_demand: bool) -> BillingMode {
    if is_on_demand { BillingMode::OnDemand } else { BillingMode::Provisioned }
}
