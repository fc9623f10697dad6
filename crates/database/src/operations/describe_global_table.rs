//! `DescribeGlobalTable`: a global table of version 2017.11.29, as it is seen from the caller's Region: that is from
//! the replica there, or else from another one that lives on the same server.

use serde::Serialize;
use storage::Reads;
use types::name::Name;

use crate::access::Needs;
use crate::catalog::Table;
use crate::catalog::describe::{Status, seconds};
use crate::error::{GlobalTable, Result};
use crate::operation::{Access, Operation, Parameters};
use crate::replication::group::{Group, Member, State};
use crate::replication::legacy;
use crate::{Call, Database};

/// The request.
pub(crate) struct DescribeGlobalTable {
    name: Name,
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeGlobalTableOutput {
    global_table_description: GlobalTableDescription,
}

/// `GlobalTableDescription`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GlobalTableDescription {
    replication_group: Vec<ReplicaDescription>,
    global_table_arn: String,
    creation_date_time: f64,
    global_table_status: Status,
    global_table_name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ReplicaDescription {
    region_name: String,
    replica_status: Status,
}

impl Operation for DescribeGlobalTable {
    const NAME: &'static str = "DescribeGlobalTable";
    const ACCESS: Access = Access::Control;
    type Output = DescribeGlobalTableOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        Self { name: parameters.required("GlobalTableName") }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.global_table(&self.name);
    }

    async fn run(self, database: &Database, call: &Call) -> Result<DescribeGlobalTableOutput> {
        let view = database.view(Reads::Many).await?;
        let (scope, name) = (call.scope(), self.name.as_str());
        let table = legacy::find(database, &view, (&scope, name)).await?;
        let found = table.as_deref().and_then(|table| Some((table, legacy::place(table)?)));
        let (table, place) = found.ok_or_else(|| GlobalTable::NotFound(name.to_owned()))?;
        let status = legacy::status(place);
        let global_table_description = GlobalTableDescription::new(table, &place.group, status);
        Ok(DescribeGlobalTableOutput { global_table_description })
    }
}

impl GlobalTableDescription {
    /// Describes the group of a table.
    pub(crate) fn new(table: &Table, group: &Group, status: Status) -> Self {
        let replica = |(region, member): (&String, &Member)| ReplicaDescription {
            region_name: region.clone(),
            replica_status: replica_status(member),
        };
        let Table { account, name, .. } = table;
        Self {
            replication_group: group.present().map(replica).collect(),
            global_table_arn: format!("arn:aws:dynamodb::{account}:global-table/{name}"),
            creation_date_time: seconds(group.created_ms),
            global_table_status: status,
            global_table_name: name.clone(),
        }
    }
}

/// What a replica is doing.
pub(crate) fn replica_status(member: &Member) -> Status {
    match member.presence.value.state {
        State::Creating => Status::Creating,
        State::Active => Status::Active,
        State::Removed => Status::Deleting,
    }
}
