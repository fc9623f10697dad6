//! `CreateTable`: makes a table with its indexes and tags, in one commit.
//!
//! The reply says CREATING, as the service's does, and the table is there: nothing has to be
//! waited for.

use serde::Serialize;
use storage::Reads;
use types::json::Json;
use types::name::TableReference;
use types::parameter::{Faults, List, Parameter, Path, structure};

use crate::catalog::auto_scaling::AutoScaling;
use crate::catalog::change::change;
use crate::catalog::definition::{BillingMode, Shape, TableDefinition};
use crate::catalog::describe::{Sizes, Status, TableDescription};
use crate::catalog::encryption::SseSpecification;
use crate::catalog::number::Numbers;
use crate::catalog::table::{Billing, TableClass};
use crate::catalog::tag::{TagList, Tags};
use crate::catalog::{self, Table};
use crate::error::{Damaged, Definition, Error, Result};
use crate::insights::Settings;
use crate::keys;
use crate::meters::TableMeters;
use crate::operation::{Access, Operation, Parameters};
use crate::quotas::{self, Recent};
use crate::{Call, Database, Scope, scope_of};

/// Parameters of features that are not built yet.
const UNBUILT: [&str; 4] = [
    "GlobalTableSettingsReplicationMode",
    "GlobalTableSourceArn",
    "ResourcePolicy",
    "VectorIndexes",
];

/// The request.
pub(crate) struct CreateTable {
    table: TableReference,
    definition: TableDefinition,
    encryption: Option<SseSpecification>,
    class: Option<TableClass>,
    is_deletion_protected: bool,
    tags: Tags,
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateTableOutput {
    table_description: TableDescription,
}

/// `StreamSpecification`, of which only a stream that is off is there yet.
struct StreamSpecification;

#[derive(Clone, Copy)]
enum StreamViewType {
    NewImage,
    OldImage,
    NewAndOldImages,
    KeysOnly,
}

types::choices! { StreamViewType {
    "NEW_IMAGE" => NewImage,
    "OLD_IMAGE" => OldImage,
    "NEW_AND_OLD_IMAGES" => NewAndOldImages,
    "KEYS_ONLY" => KeysOnly,
} }

impl Parameter<Error> for StreamSpecification {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| {
            let is_enabled: bool = parameters.required("StreamEnabled");
            let view_type = parameters.optional::<StreamViewType>("StreamViewType");
            if is_enabled {
                parameters.refuse(Error::ParameterNotImplemented("StreamSpecification"));
            } else if view_type.is_some() {
                parameters.refuse(Definition::StreamViewType);
            }
            Self
        })
    }

    fn placeholder() -> Self {
        Self
    }
}

impl Operation for CreateTable {
    const NAME: &'static str = "CreateTable";
    const ACCESS: Access = Access::Control;
    type Output = CreateTableOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        let table = parameters.required("TableName");
        let definition = TableDefinition::read(parameters);
        parameters.optional::<StreamSpecification>("StreamSpecification");
        let encryption = parameters.optional("SSESpecification");
        for name in UNBUILT {
            if parameters.has(name) {
                parameters.refuse(Error::ParameterNotImplemented(name));
            }
        }
        let class = parameters.optional("TableClass");
        let is_deletion_protected =
            parameters.optional("DeletionProtectionEnabled").unwrap_or(false);
        let mut tags = Tags::default();
        if let Some(List(list)) = parameters.optional::<TagList>("Tags") {
            parameters.check(tags.add(&list));
        }
        Self { table, definition, encryption, class, is_deletion_protected, tags }
    }

    async fn run(self, database: &Database, call: &Call) -> Result<CreateTableOutput> {
        let scope = scope_of(call, &self.table)?;
        let now_ms = database.inner.clock.now_ms();
        let name = self.table.name().as_str();
        let (row_key, tags_key) = (keys::table(&scope, name), keys::tags(&scope, name));
        let shape = self.definition.resolve()?;
        let new = table(&scope, name, shape, now_ms);
        let encryption = self.encryption.as_ref().map(|asked| asked.create(&scope)).transpose()?;
        let new = Table {
            encryption: encryption.flatten(),
            class: self.class,
            is_deletion_protected: self.is_deletion_protected,
            ..new
        };
        let _change = database.begin_change(scope.clone())?;
        let usage = database.usage(&database.view(Reads::Many).await?, &scope).await?;
        let keys = [row_key.clone(), keys::next_id()];
        let table = change(database, keys, |[row, next_id]| {
            if row.is_some() {
                return Err(Error::TableInUse(new.name.clone()));
            }
            if let Some(usage) = usage {
                quotas::check_create(&new, usage)?;
            }
            let mut table = new.clone();
            let mut numbers = Numbers::read(next_id.as_ref())?;
            number(&mut table, &mut numbers)?;
            let tags = self.tags.encode().map(|tags| (tags_key.clone(), Some(tags)));
            let mut writes = vec![(row_key.clone(), Some(catalog::encode(&table))), numbers.row()];
            writes.extend(tags);
            Ok((writes, table))
        })
        .await?;
        let status = Status::Creating;
        let table_description = TableDescription::new(&table, &Sizes::default(), status, now_ms);
        Ok(CreateTableOutput { table_description })
    }
}

/// The table that is to be, without the numbers that it gets when it is made.
fn table(scope: &Scope, name: &str, shape: Shape, now_ms: u64) -> Table {
    Table {
        id: 0,
        uuid: uuid::Uuid::new_v4().to_string(),
        account: scope.account.clone(),
        region: scope.region.clone(),
        name: name.to_owned(),
        created_ms: now_ms,
        partition_key: shape.partition_key,
        sort_key: shape.sort_key,
        definitions: shape.definitions,
        indexes: shape.indexes,
        billing: match shape.billing {
            BillingMode::Provisioned => Billing::Provisioned { last_on_demand_ms: None },
            BillingMode::OnDemand => Billing::OnDemand { since_ms: now_ms },
        },
        throughput: shape.throughput,
        class: None,
        class_changed_ms: None,
        is_deletion_protected: false,
        expiry: None,
        expiry_changed_ms: None,
        auto_scaling: AutoScaling::default(),
        insights: Settings::default(),
        meters: TableMeters::default(),
        bounds: shape.bounds,
        encryption: None,
        recent: Recent::default(),
    }
}

/// Gives a table and its indexes their numbers.
fn number(table: &mut Table, numbers: &mut Numbers) -> Result<(), Damaged> {
    table.id = numbers.take()?;
    for index in &mut table.indexes {
        index.id = numbers.take()?;
    }
    Ok(())
}
