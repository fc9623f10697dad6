//! `ListGlobalTables`: the caller's global tables of version 2017.11.29 that have a replica in a Region, by their names.

use std::collections::BTreeMap;

use serde::Serialize;
use storage::Reads;
use types::name::Name;
use types::parameter::{INTEGER_MAX, Whole};

use crate::access::Needs;
use crate::error::Result;
use crate::operation::{Access, Operation, Parameters};
use crate::replication::group::Group;
use crate::replication::legacy;
use crate::{Call, Database};

/// How many global tables a reply has at most, unless the request says it.
const LIMIT: i64 = 100;

/// The request.
pub(crate) struct ListGlobalTables {
    start: Option<Name>,
    limit: usize,
    region: Option<String>,
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListGlobalTablesOutput {
    global_tables: Vec<GlobalTable>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_evaluated_global_table_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GlobalTable {
    global_table_name: String,
    replication_group: Vec<Replica>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Replica {
    region_name: String,
}

impl Operation for ListGlobalTables {
    const NAME: &'static str = "ListGlobalTables";
    const ACCESS: Access = Access::Control;
    type Output = ListGlobalTablesOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        let start = parameters.optional("ExclusiveStartGlobalTableName");
        let limit = parameters.optional::<Whole<1, INTEGER_MAX>>("Limit");
        let limit = limit.map_or(LIMIT, |Whole(limit)| limit);
        Self {
            start,
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
            region: parameters.optional("RegionName"),
        }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.any();
    }

    async fn run(self, database: &Database, call: &Call) -> Result<ListGlobalTablesOutput> {
        let region = self.region.as_ref().unwrap_or(&call.region);
        let view = database.view(Reads::Many).await?;
        let tables = legacy::all(database, &view, &call.account).await?;
        let mut found = BTreeMap::new();
        for table in &tables {
            let place = legacy::place(table).filter(|place| place.group.has(region));
            // The replica in the Region knows best what there is of the name.
            if let Some(place) = place
                && (table.region == *region || !found.contains_key(&table.name))
            {
                found.insert(table.name.clone(), &place.group);
            }
        }
        if let Some(start) = &self.start {
            found.retain(|name, _| name.as_str() > start.as_str());
        }
        let has_more = found.len() > self.limit;
        let global_tables: Vec<_> =
            found.into_iter().take(self.limit).map(GlobalTable::new).collect();
        let last = global_tables.last().filter(|_| has_more);
        let last_evaluated_global_table_name = last.map(|last| last.global_table_name.clone());
        Ok(ListGlobalTablesOutput { global_tables, last_evaluated_global_table_name })
    }
}

impl GlobalTable {
    fn new((name, group): (String, &Group)) -> Self {
        let replica = |(region, _): (&String, _)| Replica { region_name: region.clone() };
        Self { global_table_name: name, replication_group: group.present().map(replica).collect() }
    }
}
