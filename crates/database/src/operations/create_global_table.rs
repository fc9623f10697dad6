//! `CreateGlobalTable`: makes empty tables of one name, in several Regions, replicas of each other. Version 2017.11.29.

use std::collections::BTreeSet;

use serde::Serialize;
use types::json::Json;
use types::name::Name;
use types::parameter::{Faults, List, Parameter, Path, structure};

use crate::access::Needs;
use crate::catalog::change::see_through;
use crate::catalog::describe::Status;
use crate::error::{Error, GlobalTable, GlobalTableFault, Result};
use crate::operation::{Access, Operation, Parameters};
use crate::operations::describe_global_table::GlobalTableDescription;
use crate::replication::group::{GlobalTableVersion, Group};
use crate::replication::legacy::Candidate;
use crate::{Call, Database, Scope};

/// The request.
pub(crate) struct CreateGlobalTable {
    name: Name,
    regions: Vec<String>,
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateGlobalTableOutput {
    global_table_description: GlobalTableDescription,
}

/// An element of `ReplicationGroup`: a Region.
struct Replica(String);

impl Parameter<Error> for Replica {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| {
            let region = parameters.optional("RegionName").ok_or(GlobalTableFault::NoRegion);
            Self(parameters.check(region).unwrap_or_default())
        })
    }

    fn placeholder() -> Self {
        Self(String::new())
    }
}

impl Operation for CreateGlobalTable {
    const NAME: &'static str = "CreateGlobalTable";
    const ACCESS: Access = Access::Control;
    type Output = CreateGlobalTableOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        let name = parameters.required("GlobalTableName");
        let List(replicas) =
            parameters.required::<List<Replica, 0, { usize::MAX }>>("ReplicationGroup");
        let regions: Vec<_> = replicas.into_iter().map(|Replica(region)| region).collect();
        if regions.is_empty() {
            parameters.refuse(GlobalTableFault::NoReplica);
        }
        let mut seen = BTreeSet::new();
        if let Some(again) = regions.iter().find(|region| !seen.insert(*region)) {
            parameters.refuse(GlobalTableFault::RepeatedRegion(again.clone()));
        }
        Self { name, regions }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.global_table(&self.name);
        needs.named(&self.name);
        for region in &self.regions {
            needs.replica(region, &self.name);
        }
    }

    async fn run(self, database: &Database, call: &Call) -> Result<CreateGlobalTableOutput> {
        let supported = database.inner.options.regions.supported();
        if let Some(region) = self.regions.iter().find(|region| !supported.contains(region)) {
            return Err(GlobalTableFault::UnsupportedRegion(region.clone()).into());
        }
        let candidates = self.candidates(database, &call.account).await?;
        let Some(first) = candidates.first() else {
            return Err(GlobalTableFault::NoReplica.into());
        };
        let now_ms = database.inner.clock.now_ms();
        let mut group = Group::new(GlobalTableVersion::Legacy, &first.table, now_ms);
        for (since_ms, candidate) in (now_ms..).zip(&candidates) {
            candidate.add(&mut group, (&call.region, now_ms), since_ms);
        }
        let global_table_description =
            GlobalTableDescription::new(&first.table, &group, Status::Creating);
        let (own, account) = (database.clone(), call.account.clone());
        see_through(async move {
            if invite(&own, &group, &candidates).await? {
                return Ok(());
            }
            // Something has happened to the first table just now: the checks say what, as a rule.
            self.candidates(&own, &account).await?;
            Err(GlobalTable::Exists(self.name.to_string()).into())
        })
        .await?;
        Ok(CreateGlobalTableOutput { global_table_description })
    }
}

impl CreateGlobalTable {
    /// The tables, which can become replicas of each other.
    async fn candidates(&self, database: &Database, account: &str) -> Result<Vec<Candidate>> {
        let mut candidates = Vec::new();
        for region in &self.regions {
            let scope = Scope { account: account.to_owned(), region: region.clone() };
            candidates.push(Candidate::find(database, &scope, self.name.as_str()).await?);
        }
        if candidates.iter().any(Candidate::is_replica) {
            return Err(GlobalTable::Exists(self.name.to_string()).into());
        }
        for candidate in &candidates {
            candidate.check()?;
        }
        if let Some((first, others)) = candidates.split_first() {
            for other in others {
                other.check_like(&first.table)?;
            }
        }
        Ok(candidates)
    }
}

/// Has all join the group. Whether there is one then: once the first has joined it, it tells the others until they do.
async fn invite(database: &Database, group: &Group, candidates: &[Candidate]) -> Result<bool> {
    // Of two requests for the same Regions at the same time only one has the first join.
    let mut ordered: Vec<_> = candidates.iter().collect();
    ordered.sort_by_key(|candidate| &candidate.region);
    let Some((first, others)) = ordered.split_first() else { return Ok(false) };
    let from = others.first().unwrap_or(first);
    if !first.invite(database, (group, &from.table)).await? {
        return Ok(false);
    }
    for other in others {
        // Whoever cannot be reached now hears of it later.
        let _ = other.invite(database, (group, &first.table)).await;
    }
    Ok(true)
}
