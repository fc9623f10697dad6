//! Backups: a table as it was, kept beside it and after it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use storage::View;
use types::name::{ArnResource, Name, TableArn};

use crate::archive::Archive;
use crate::catalog::arn::{LongArn, check_below};
use crate::catalog::cut::Place;
use crate::catalog::describe::Size;
use crate::catalog::table::DAY_MS;
use crate::catalog::{self, Table};
use crate::error::{Error, Invalid, Off, Result};
use crate::keys::{self, Id};
use crate::position::Position;
use crate::{Call, Database, Scope};

/// How long a backup that a deletion left is kept, in milliseconds: 35 days.
const SYSTEM_MS: u64 = 35 * DAY_MS;
/// A backup: its row. What it holds of the table is in the archive, or is what the table left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Backup {
    /// Its name for the service: when it was made, and something that makes it unique.
    pub(crate) id: String,
    /// The name that its maker gave it.
    pub(crate) name: String,
    pub(crate) kind: BackupKind,
    /// Milliseconds since 1970.
    pub(crate) created_ms: u64,
    pub(crate) expires_ms: Option<u64>,
    /// The table as it was. Its items are counted below.
    pub(crate) table: Table,
    pub(crate) items: i64,
    pub(crate) bytes: i64,
    pub(crate) content: Content,
    /// The number of the table that is being restored from it: one at a time.
    #[serde(default)]
    pub(crate) restoring: Option<Id>,
}

/// Who had a backup made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum BackupKind {
    User,
    System,
}

types::choices! { BackupKind { "USER" => User, "SYSTEM" => System } }

/// Where the items of a backup are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Content {
    /// On their way into the archive.
    Making(Making),
    /// In the archive.
    Stored(Stored),
    /// In the archive, out of which they are being taken.
    Deleting(Stored),
    /// Where the deleted table left them.
    Left(Place),
}

/// A backup that is being made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Making {
    /// The number under which the table is held as of the cut.
    pub(crate) holder: Id,
    pub(crate) place: Place,
    pub(crate) stage: Stage,
    /// What is in the archive already.
    pub(crate) stored: Stored,
}

/// How far a backup has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Stage {
    /// The next item is this one or a later one.
    Items(Vec<u8>),
    /// The next change is at the first place or behind it, and before the second.
    Changes(Position, Position),
    /// All parts are in the archive.
    Parts,
}

/// What is in the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Stored {
    pub(crate) item_parts: u32,
    pub(crate) change_parts: u32,
    /// Of all parts together.
    pub(crate) bytes: u64,
}

/// The id of a backup that is made now.
pub(crate) fn new_id(now_ms: u64) -> String {
    let (random, _, _, _) = uuid::Uuid::new_v4().as_fields();
    format!("{now_ms:014}-{random:08x}")
}

impl Backup {
    /// The backup that a table becomes when it is deleted.
    pub(crate) fn system(table: &Table, size: Size, now_ms: u64) -> Self {
        Self {
            id: format!("{now_ms:014}-{:08x}", table.id),
            name: format!("{}$DeletedTableBackup", table.name),
            kind: BackupKind::System,
            created_ms: now_ms,
            expires_ms: Some(now_ms + SYSTEM_MS),
            table: table.clone(),
            items: size.items,
            bytes: size.bytes,
            content: Content::Left(Place::of(table)),
            restoring: None,
        }
    }

    pub(crate) fn row_key(&self) -> bytes::Bytes {
        keys::backup(&self.table.scope(), &self.id)
    }

    pub(crate) fn arn(&self) -> String {
        format!("{}/backup/{}", self.table.arn(), self.id)
    }

    /// The folder of its parts in the archive.
    pub(crate) fn folder(&self) -> String {
        folder(&self.table.arn(), &self.id)
    }

    /// What replies call its state.
    pub(crate) fn status(&self) -> &'static str {
        match self.content {
            Content::Making(_) => "CREATING",
            Content::Stored(_) | Content::Left(_) => "AVAILABLE",
            Content::Deleting(_) => "DELETED",
        }
    }

    /// How many bytes it has, as far as it is made.
    pub(crate) fn size(&self) -> u64 {
        match &self.content {
            Content::Making(making) => making.stored.bytes,
            Content::Stored(stored) | Content::Deleting(stored) => stored.bytes,
            Content::Left(_) => u64::try_from(self.bytes).unwrap_or_default(),
        }
    }
}

fn folder(table: &TableArn, id: &str) -> String {
    let TableArn { region, account, name } = table;
    format!("{account}/{region}/{name}/{id}")
}

/// What a backup is, for whoever has only the archive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// The version of the archive's format.
    format: u32,
    pub(crate) backup: Backup,
}

/// The version of the archive's format.
const FORMAT: u32 = 1;

/// How long a request waits for the archive.
pub(crate) const ANSWER_TIME: Duration = Duration::from_secs(20);

/// The name of the manifest in a backup's folder.
pub(crate) const MANIFEST: &str = "manifest.json";

/// The manifest of a backup, as it is written: JSON, and a line with its checksum.
pub(crate) fn encode_manifest(backup: &Backup) -> Vec<u8> {
    let manifest = Manifest { format: FORMAT, backup: backup.clone() };
    let mut bytes = serde_json::to_vec(&manifest).expect("string keys and no failing parts");
    let sum = xxhash_rust::xxh3::xxh3_128(&bytes);
    bytes.extend_from_slice(format!("\n{sum:032x}\n").as_bytes());
    bytes
}

/// Reads a manifest; `None` where it is none, or damaged, or newer than this version.
pub(crate) fn decode_manifest(bytes: &[u8]) -> Option<Backup> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (json, sum) = text.trim_end().rsplit_once('\n')?;
    let expected = format!("{:032x}", xxhash_rust::xxh3::xxh3_128(json.as_bytes()));
    let manifest: Manifest = serde_json::from_str(json).ok()?;
    let is_sound = sum == expected && manifest.format == FORMAT;
    let is_stored = matches!(manifest.backup.content, Content::Stored(_));
    (is_sound && is_stored).then_some(manifest.backup)
}

/// The table and the id in a backup's ARN, which must be the caller's.
pub(crate) fn parse(call: &Call, arn: &LongArn) -> Result<(TableArn, String)> {
    check_below(call, arn, "Backup")?;
    let Some((table, ArnResource::Below(rest))) = TableArn::parse(&arn.0) else {
        return Err(Invalid::ArnKind("Backup").into());
    };
    let id = rest.strip_prefix("backup/").unwrap_or_default();
    Ok((table, id.to_owned()))
}

/// The backup that a request names. One that this database does not know may be in the archive, which another one
/// has written to.
pub(crate) async fn find(
    database: &Database,
    view: &View,
    call: &Call,
    arn: &LongArn,
) -> Result<Backup> {
    let missing = || Error::from(Off::Backup(arn.0.clone()));
    let (table, id) = parse(call, arn)?;
    let scope = Scope { account: table.account.clone(), region: table.region.clone() };
    let known = view.get(&keys::backup(&scope, &id)).await?;
    if let Some(row) = known {
        let backup: Backup = catalog::decode(&row)?;
        let is_there = !matches!(backup.content, Content::Deleting(_));
        let is_it = backup.table.name == table.name.as_str();
        if !is_there || !is_it {
            return Err(missing());
        }
        return Ok(backup);
    }
    let is_id = id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let is_scope = Name::new(&scope.region).is_some();
    if !is_id || !is_scope {
        return Err(missing());
    }
    let found = archived(&database.inner.options.archive, &folder(&table, &id)).await?;
    found.filter(|backup| backup.id == id && backup.table.arn() == table).ok_or_else(missing)
}

/// Refuses a backup that somebody else has taken out of the archive.
pub(crate) async fn check_archived(database: &Database, backup: &Backup) -> Result<()> {
    if !matches!(backup.content, Content::Stored(_)) {
        return Ok(());
    }
    match archived(&database.inner.options.archive, &backup.folder()).await {
        Ok(None) => Err(Off::Backup(backup.arn()).into()),
        Ok(Some(_)) => Ok(()),
        // What is known of it can be told all the same.
        Err(error) => {
            tracing::warn!(?error, "the archive of backups cannot be read");
            Ok(())
        }
    }
}

/// The backup whose folder in the archive is given.
pub(crate) async fn archived(archive: &Archive, folder: &str) -> Result<Option<Backup>> {
    let name = format!("{folder}/{MANIFEST}");
    let answered = tokio::time::timeout(ANSWER_TIME, archive.get(&name)).await;
    let bytes = answered.map_err(Error::internal)?.map_err(Error::internal)?;
    Ok(bytes.and_then(|bytes| decode_manifest(&bytes)))
}
