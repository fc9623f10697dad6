//! `CreateTable`: makes a table with its indexes and tags, in one commit.
//!
//! The reply says CREATING, as the service's does, and the table is there: nothing has to be
//! waited for.

use serde::Serialize;
use storage::Reads;
use types::name::TableReference;
use types::parameter::List;

use crate::access::Needs;
use crate::catalog::auto_scaling::AutoScaling;
use crate::catalog::change::{Changes, change};
use crate::catalog::definition::{BillingMode, Shape, TableDefinition};
use crate::catalog::describe::{Sizes, Status, TableDescription};
use crate::catalog::encryption::SseSpecification;
use crate::catalog::number::Numbers;
use crate::catalog::stream::{self, StreamSpecification, StreamView};
use crate::catalog::table::{Billing, TableClass};
use crate::catalog::tag::{TagList, Tags};
use crate::catalog::{self, Table};
use crate::error::{Error, Result, StreamFault};
use crate::insights::Settings;
use crate::keys;
use crate::meters::TableMeters;
use crate::operation::{Access, Operation, Parameters};
use crate::quotas::{self, Recent};
use crate::resource_policy::{self, ResourcePolicy};
use crate::{Call, Database, Scope, history, scope_of};

/// Parameters of features that are not built yet.
const UNBUILT: [&str; 3] =
    ["GlobalTableSettingsReplicationMode", "GlobalTableSourceArn", "VectorIndexes"];

/// The request.
pub(crate) struct CreateTable {
    table: TableReference,
    definition: TableDefinition,
    stream: Option<StreamView>,
    encryption: Option<SseSpecification>,
    class: Option<TableClass>,
    is_deletion_protected: bool,
    tags: Tags,
    /// The policy that the table is to have.
    policy: Option<String>,
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateTableOutput {
    table_description: TableDescription,
}

impl Operation for CreateTable {
    const NAME: &'static str = "CreateTable";
    const ACCESS: Access = Access::Control;
    type Output = CreateTableOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        let table = parameters.required("TableName");
        let definition = TableDefinition::read(parameters);
        let stream = parameters.optional("StreamSpecification");
        parameters.check(view(stream));
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
        let stream = view(stream).ok().flatten();
        let policy: Option<String> = parameters.optional("ResourcePolicy");
        if let Some(document) = &policy {
            parameters.check(resource_policy::check_document(document));
        }
        Self { table, definition, stream, encryption, class, is_deletion_protected, tags, policy }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        let tags = || self.tags.0.iter().map(|(key, value)| (key.clone(), Some(value.clone())));
        needs.table(&self.table).tags(tags());
        if !self.tags.0.is_empty() {
            needs.table(&self.table).action("TagResource").tags(tags());
        }
        if let Some(document) = &self.policy {
            needs.table(&self.table).action("PutResourcePolicy").puts_policy(document, true);
        }
    }

    async fn run(self, database: &Database, call: &Call) -> Result<CreateTableOutput> {
        let scope = scope_of(call, &self.table)?;
        let now_ms = database.inner.clock.now_ms();
        let name = self.table.name().as_str();
        let (row_key, tags_key) = (keys::table(&scope, name), keys::tags(&scope, name));
        let policy_key = keys::policy(&scope, name);
        let policy = self.policy.clone().map(ResourcePolicy::new);
        if policy.is_some() {
            database.note_policy();
        }
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
        let view = database.view(Reads::Many).await?;
        let usage = database.usage(&view, &scope).await?;
        let stream_ms = stream::free_ms(&view, &scope, name, now_ms).await?;
        drop(view);
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
            table.number(&mut numbers)?;
            let mut changes = match self.stream {
                Some(view) => stream::begin(&mut table, view, &mut numbers, stream_ms)?,
                None => Changes::default(),
            };
            changes.writes.extend(history::row(&table, None));
            changes
                .writes
                .extend([(row_key.clone(), Some(catalog::encode(&table))), numbers.row()]);
            let tags = self.tags.encode().map(|tags| (tags_key.clone(), Some(tags)));
            changes.writes.extend(tags);
            let policy = policy.as_ref().map(|policy| (policy_key.clone(), Some(policy.encode())));
            changes.writes.extend(policy);
            Ok((changes, table))
        })
        .await?;
        let status = Status::Creating;
        let table_description = TableDescription::new(&table, &Sizes::default(), status, now_ms);
        Ok(CreateTableOutput { table_description })
    }
}

/// The view of the stream that a table is to have, if it is to have one.
fn view(asked: Option<StreamSpecification>) -> Result<Option<StreamView>, StreamFault> {
    match asked {
        Some(StreamSpecification { is_enabled: true, view: None }) => Err(StreamFault::NoViewOfNew),
        Some(StreamSpecification { is_enabled: false, view: Some(_) }) => {
            Err(StreamFault::ViewOfNone)
        }
        Some(StreamSpecification { is_enabled: true, view }) => Ok(view),
        Some(StreamSpecification { is_enabled: false, view: None }) | None => Ok(None),
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
        stream: None,
        recovery: None,
        cuts: Vec::new(),
        origin: None,
        replication: None,
    }
}
