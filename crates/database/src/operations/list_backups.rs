//! `ListBackups`: there are no backups yet.

use serde::Serialize;
use types::error::TypeError;
use types::json::Json;
use types::name::TableReference;
use types::parameter::{Faults, Parameter, Path, Whole};

use crate::catalog::arn::LongArn;
use crate::error::{Error, Invalid, Result};
use crate::operation::{Access, Operation, Parameters};
use crate::{Call, Database, scope_of};

/// The request.
pub(crate) struct ListBackups {
    table: Option<TableReference>,
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListBackupsOutput {
    backup_summaries: [(); 0],
}

/// A time, in seconds since 1970.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
struct Time(f64);

impl Parameter<Error> for Time {
    fn read(json: &Json<'_>, _: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        let scalar = |found| TypeError::Scalar { found, wanted: "Date" };
        let error = match json {
            #[expect(
                clippy::cast_precision_loss,
                reason = "a time that far away is like any other"
            )]
            Json::Integer(seconds) => return Self(*seconds as f64),
            Json::Decimal(seconds) => return Self(*seconds),
            Json::String(_) => scalar("STRING_VALUE"),
            Json::Bool(true) => scalar("TRUE_VALUE"),
            Json::Bool(false) => scalar("FALSE_VALUE"),
            Json::Null => scalar("NULL_VALUE"),
            Json::Array(_) => TypeError::Array("class java.util.Date"),
            Json::Object(_) => TypeError::Object,
        };
        faults.wrong_type(error);
        Self(0.0)
    }

    fn placeholder() -> Self {
        Self(0.0)
    }
}

/// Which backups are listed.
#[derive(Clone, Copy)]
enum BackupType {
    User,
    System,
    AwsBackup,
    All,
}

types::choices! { BackupType {
    "USER" => User,
    "SYSTEM" => System,
    "AWS_BACKUP" => AwsBackup,
    "ALL" => All,
} }

impl Operation for ListBackups {
    const NAME: &'static str = "ListBackups";
    const ACCESS: Access = Access::Control;
    type Output = ListBackupsOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        let table = parameters.optional("TableName");
        parameters.optional::<Whole<1, 100>>("Limit");
        let from = parameters.optional::<Time>("TimeRangeLowerBound");
        let to = parameters.optional::<Time>("TimeRangeUpperBound");
        if let (Some(from), Some(to)) = (from, to)
            && from > to
        {
            parameters.refuse(Invalid::TimeRange);
        }
        parameters.optional::<LongArn>("ExclusiveStartBackupArn");
        parameters.optional::<BackupType>("BackupType");
        Self { table }
    }

    async fn run(self, _: &Database, call: &Call) -> Result<ListBackupsOutput> {
        // The table need not be there: a backup outlives it.
        self.table.map(|table| scope_of(call, &table)).transpose()?;
        Ok(ListBackupsOutput { backup_summaries: [] })
    }
}
