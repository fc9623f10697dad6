//! ARNs of tables where those of backups belong, and names of tables to restore to.

use jsonc_parser::common::Ranged as _;
use serde::Deserialize;

use super::{Asked, Found, Offer, command};
use crate::edit::{self, Edit};
use crate::finding::{Fix, Problem, Severity, Span};
use crate::schema::table_name;
use crate::time;

/// So many backups are offered at most.
const OFFERED_MAX: usize = 20;
/// The least and the most characters of a table's name.
const NAME_CHARACTERS: std::ops::RangeInclusive<usize> = 3..=255;

/// A backup of a table.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Backup {
    #[serde(rename = "BackupArn")]
    arn: String,
    #[serde(rename = "BackupName")]
    name: String,
    #[serde(rename = "BackupCreationDateTime", default)]
    created: f64,
}

impl Backup {
    /// The backups in a reply to `ListBackups`, the newest first.
    pub(crate) fn read(reply: &[u8]) -> Option<Vec<Self>> {
        #[derive(Deserialize)]
        struct Listed {
            #[serde(rename = "BackupSummaries")]
            summaries: Vec<Backup>,
        }
        let mut backups = serde_json::from_slice::<Listed>(reply).ok()?.summaries;
        backups.sort_by(|one, other| other.created.total_cmp(&one.created));
        Some(backups)
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "a time of the service is a whole number of seconds"
    )]
    fn time(&self) -> String {
        time::written(self.created as i64)
    }
}

/// The table whose backups are to be looked up: what stands where a backup's ARN belongs, and is none.
pub(crate) fn table_instead(arn: &str) -> Option<&str> {
    let is_backup = arn.contains("/backup/");
    (!is_backup)
        .then(|| table_name(arn))
        .filter(|name| !name.is_empty() && !name.starts_with("arn:"))
}

pub(super) fn offer(asked: &Asked<'_>, offer: &mut Offer) {
    let Some(object) = asked.object() else { return };
    let mut target = None;
    if asked.command == command("RestoreTableFromBackup")
        || asked.command == command("RestoreTableToPointInTime")
    {
        target = target_name(asked, offer);
    }
    let Some(written) = object.get("BackupArn") else { return };
    let arn = written.value.as_string_lit().map(|text| &*text.value).unwrap_or_default();
    let Found { backups: Some(backups), .. } = asked.found else {
        return offer.fixes.extend(target.map(|(edit, name)| target_fix(asked, vec![edit], &name)));
    };
    let table = table_name(arn);
    let range = (written.value.start(), written.value.end());
    let message = if backups.is_empty() {
        format!(
            "This is the ARN of a table, and {table} has no backups: make one with CreateBackup"
        )
    } else {
        "This is the ARN of a table; a backup's ends in /backup/ and a number".to_owned()
    };
    offer.problems.push(Problem {
        severity: Severity::Error,
        code: "BackupArn",
        message,
        position: Some(Span::of(asked.text, range.0, range.1)),
        path: Some("BackupArn".to_owned()),
    });
    // To look at the newest, or to restore it, is likely meant; which one to delete is for the user to say.
    let destroys = asked.command == command("DeleteBackup") && backups.len() > 1;
    for (index, backup) in backups.iter().take(OFFERED_MAX).enumerate() {
        let mut edits = vec![edit::replace(&written.value, edit::string(&backup.arn))];
        let named = target.as_ref().map_or_else(String::new, |(_, name)| format!(", to {name}"));
        edits.extend(target.as_ref().map(|(edit, _)| edit.clone()));
        offer.fixes.push(Fix {
            id: format!("backup-{}", index + 1),
            title: format!("Take the backup {} of {}{named}", backup.name, backup.time()),
            explanation: format!(
                "{table} has {} backups. The ARN of this one is {}.",
                backups.len(),
                backup.arn
            ),
            is_recommended: index == 0 && !destroys,
            steps: asked.step(edits),
        });
    }
}

/// A name to restore to, where the one that is given cannot be one.
fn target_name(asked: &Asked<'_>, offer: &mut Offer) -> Option<(Edit, String)> {
    let object = asked.object()?;
    let written = object.get("TargetTableName")?;
    let given = written.value.as_string_lit()?;
    if NAME_CHARACTERS.contains(&given.value.chars().count()) {
        return None;
    }
    let source = ["SourceTableName", "SourceTableArn", "BackupArn"]
        .iter()
        .find_map(|name| asked.string(name))?;
    let name = format!("{}Restored", table_name(source));
    offer.problems.push(Problem {
        severity: Severity::Error,
        code: "TargetTableName",
        message: format!("A table's name has 3 to 255 characters: {name}, for example"),
        position: Some(Span::of(asked.text, given.range.start, given.range.end)),
        path: Some("TargetTableName".to_owned()),
    });
    Some((edit::replace(&written.value, edit::string(&name)), name))
}

pub(super) fn target_fix(asked: &Asked<'_>, edits: Vec<Edit>, name: &str) -> Fix {
    Fix {
        id: "target-name".to_owned(),
        title: format!("Restore to {name}"),
        explanation: "A table's name has 3 to 255 characters.".to_owned(),
        is_recommended: true,
        steps: asked.step(edits),
    }
}
