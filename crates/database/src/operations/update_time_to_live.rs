//! `UpdateTimeToLive`: has a table's items expire by an attribute, or not any more.
//!
//! Items that are older than the change are found behind the scenes; until that is done the status is ENABLING.

use bytes::Bytes;
use serde::Serialize;
use storage::Reads;
use types::json::Json;
use types::limit::KEY_NAME_BYTES_MAX;
use types::name::TableReference;
use types::parameter::{Faults, Parameter, Path, Text, structure};

use crate::access::Needs;
use crate::catalog::change::{Writes, change, see_through};
use crate::catalog::number::Numbers;
use crate::catalog::{self, Table, describe, time_to_live};
use crate::error::{Error, Invalid, Result};
use crate::jobs::Job;
use crate::keys;
use crate::operation::{Access, Operation, Parameters};
use crate::replication::settings;
use crate::{Call, Database, quotas};

/// The request.
pub(crate) struct UpdateTimeToLive {
    table: TableReference,
    specification: TimeToLiveSpecification,
}

/// Whether items expire, and by which attribute.
#[derive(Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct TimeToLiveSpecification {
    enabled: bool,
    attribute_name: String,
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateTimeToLiveOutput {
    time_to_live_specification: TimeToLiveSpecification,
}

impl Parameter<Error> for TimeToLiveSpecification {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        structure(json, path, faults, |parameters| {
            let enabled = parameters.required("Enabled");
            let Text(attribute_name) =
                parameters.required::<Text<1, KEY_NAME_BYTES_MAX>>("AttributeName");
            Self { enabled, attribute_name }
        })
    }

    fn placeholder() -> Self {
        Self { enabled: false, attribute_name: String::new() }
    }
}

impl Operation for UpdateTimeToLive {
    const NAME: &'static str = "UpdateTimeToLive";
    const ACCESS: Access = Access::Control;
    type Output = UpdateTimeToLiveOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        Self {
            table: parameters.required("TableName"),
            specification: parameters.required("TimeToLiveSpecification"),
        }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.table(&self.table);
    }

    async fn run(self, database: &Database, call: &Call) -> Result<UpdateTimeToLiveOutput> {
        let view = database.view(Reads::One).await?;
        let known = describe::table(database, &view, call, &self.table).await?;
        drop(view);
        let under_way = database.begin_change(known.scope())?;
        let enforces_quotas = database.enforces_quotas();
        let now_ms = database.inner.clock.now_ms();
        let time_to_live_specification = self.specification.clone();
        let own = database.clone();
        see_through(async move {
            let keys = [known.row_key(), keys::next_id()];
            let decide = |rows| self.decide(&known, rows, (enforces_quotas, now_ms));
            change(&own, keys, decide).await?.start(&own, under_way);
            Ok(())
        })
        .await?;
        Ok(UpdateTimeToLiveOutput { time_to_live_specification })
    }
}

impl UpdateTimeToLive {
    /// What is to be written, and what follows.
    fn decide(
        &self,
        known: &Table,
        [row, next_id]: [Option<Bytes>; 2],
        (enforces_quotas, now_ms): (bool, u64),
    ) -> Result<(Writes, Job)> {
        let row = row.ok_or_else(|| Error::TableNotFound(known.name.clone()))?;
        let mut table: Table = catalog::decode(&row)?;
        let TimeToLiveSpecification { enabled, attribute_name } = &self.specification;
        let old = table.clone();
        let mut numbers = Numbers::read(next_id.as_ref())?;
        let (mut writes, job) = match (&old.expiry, *enabled) {
            (Some(expiry), _) if expiry.attribute != *attribute_name => {
                return Err(Invalid::ExpiryAttribute(expiry.attribute.clone()).into());
            }
            (Some(_), true) => return Err(Invalid::ExpiryOn.into()),
            (None, true) => time_to_live::switch_on(&mut table, attribute_name, &mut numbers)?,
            (_, false) => time_to_live::switch_off(&mut table).ok_or(Invalid::ExpiryOff)?,
        };
        if enforces_quotas {
            quotas::check_time_to_live(table.expiry_changed_ms, now_ms)?;
        }
        table.expiry_changed_ms = Some(now_ms);
        settings::share(&old, &mut table, now_ms);
        writes.extend(numbers.taken());
        writes.push((table.row_key(), Some(catalog::encode(&table))));
        Ok((writes, job))
    }
}
