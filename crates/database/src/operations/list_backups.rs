//! `ListBackups`: the caller's backups in a Region, oldest first.

use serde::Serialize;
use storage::Reads;
use types::name::TableReference;
use types::parameter::Whole;

use crate::access::Needs;
use crate::catalog;
use crate::catalog::arn::LongArn;
use crate::catalog::backup::{self, Backup, BackupKind, Content};
use crate::catalog::described_backup::BackupSummary;
use crate::error::{BackupFault, Invalid, Result};
use crate::operation::{Access, Operation, Parameters};
use crate::pages::Pages;
use crate::request::Time;
use crate::{Call, Database, keys, scope_of};

/// The most backups of one reply.
const LIMIT_MAX: i64 = 100;

/// The request.
pub(crate) struct ListBackups {
    table: Option<TableReference>,
    limit: usize,
    /// Milliseconds since 1970: from the first on, and before the second.
    from_ms: Option<u64>,
    before_ms: Option<u64>,
    start: Option<LongArn>,
    kind: BackupType,
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListBackupsOutput {
    backup_summaries: Vec<BackupSummary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_evaluated_backup_arn: Option<String>,
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
        let limit = parameters.optional::<Whole<1, LIMIT_MAX>>("Limit");
        let limit = limit.map_or(LIMIT_MAX, |Whole(limit)| limit);
        let from = parameters.optional::<Time>("TimeRangeLowerBound");
        let to = parameters.optional::<Time>("TimeRangeUpperBound");
        if let (Some(from), Some(to)) = (from, to)
            && from > to
        {
            parameters.refuse(Invalid::TimeRange);
        }
        Self {
            table,
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
            from_ms: from.map(Time::ms),
            before_ms: to.map(Time::ms),
            start: parameters.optional("ExclusiveStartBackupArn"),
            kind: parameters.optional("BackupType").unwrap_or(BackupType::User),
        }
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.tables(self.table.as_ref());
    }

    async fn run(self, database: &Database, call: &Call) -> Result<ListBackupsOutput> {
        // The table need not be there: a backup outlives it.
        let scope =
            self.table.as_ref().map_or_else(|| Ok(call.scope()), |table| scope_of(call, table))?;
        let mut range = keys::backups(&scope);
        if let Some(start) = &self.start {
            let (table, id) = backup::parse(call, start)?;
            if table.region != scope.region {
                return Err(BackupFault::StartRegion.into());
            }
            range.start = keys::behind(&keys::backup(&scope, &id));
        }
        let view = database.view(Reads::Many).await?;
        let mut found = Vec::new();
        let mut pages = Pages::often(range);
        while let Some(page) = pages.next(&view).await? {
            for (_, row) in page.entries {
                let backup: Backup = catalog::decode(&row)?;
                if self.wants(&backup) {
                    found.push(backup);
                }
            }
            if found.len() > self.limit {
                break;
            }
        }
        let has_more = found.len() > self.limit;
        found.truncate(self.limit);
        Ok(ListBackupsOutput {
            last_evaluated_backup_arn: found.last().filter(|_| has_more).map(Backup::arn),
            backup_summaries: found.iter().map(BackupSummary::new).collect(),
        })
    }
}

impl ListBackups {
    fn wants(&self, backup: &Backup) -> bool {
        let is_kind = match (self.kind, backup.kind) {
            (BackupType::User, BackupKind::User)
            | (BackupType::System, BackupKind::System)
            | (BackupType::All, BackupKind::User | BackupKind::System) => true,
            (BackupType::User | BackupType::AwsBackup, BackupKind::System)
            | (BackupType::System | BackupType::AwsBackup, BackupKind::User) => false,
        };
        is_kind
            && !matches!(backup.content, Content::Deleting(_))
            && self.table.as_ref().is_none_or(|table| table.name().as_str() == backup.table.name)
            && self.from_ms.is_none_or(|from_ms| from_ms <= backup.created_ms)
            && self.before_ms.is_none_or(|before_ms| backup.created_ms < before_ms)
    }
}
