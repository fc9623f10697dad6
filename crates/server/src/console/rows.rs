//! What the console keeps in the store: connections and queries, each a row of an account.

use bytes::Bytes;
use database::{Database, Registry};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::fault::Fault;

/// The version of what is stored, its first byte.
const VERSION: u8 = 1;
/// The most rows of a kind that an account has.
const ROWS_MAX: usize = 1000;

/// Something that is kept under an id, with a version that every change counts up.
pub(super) trait Row: Serialize + DeserializeOwned {
    const KIND: Registry;
    fn id(&self) -> &str;
    fn version(&self) -> u64;
}

/// All of an account, in the order of their ids.
pub(super) async fn list<R: Row>(database: &Database, account: &str) -> Result<Vec<R>, Fault> {
    let rows = database.registered_below((R::KIND, &place(account, ""))).await?;
    rows.iter().map(|(_, bytes)| decode(bytes)).collect()
}

/// One of an account, and the bytes that it is stored as.
pub(super) async fn find<R: Row>(
    database: &Database,
    account: &str,
    id: &str,
) -> Result<(R, Bytes), Fault> {
    let found = database.registered_as((R::KIND, &place(account, id))).await?;
    let bytes = found.ok_or(Fault::NotFound)?;
    Ok((decode(&bytes)?, bytes))
}

/// Puts a row in place of `old`, the bytes that it was when it was read.
pub(super) async fn save<R: Row>(
    database: &Database,
    account: &str,
    row: &R,
    old: Option<&Bytes>,
) -> Result<(), Fault> {
    if old.is_none() && ROWS_MAX <= list::<R>(database, account).await?.len() {
        return Err(Fault::Malformed(format!(
            "There are {ROWS_MAX} of them, and there may not be more"
        )));
    }
    let mut bytes = vec![VERSION];
    serde_json::to_writer(&mut bytes, row).expect("a row is texts and numbers");
    let place = place(account, row.id());
    let is_done = database.register((R::KIND, &place), old, Some(bytes.into())).await?;
    if is_done { Ok(()) } else { Err(Fault::Changed) }
}

/// Takes a row away. One that is not there is no error.
pub(super) async fn delete<R: Row>(
    database: &Database,
    account: &str,
    id: &str,
) -> Result<(), Fault> {
    let old = match find::<R>(database, account, id).await {
        Ok((_, old)) => old,
        Err(Fault::NotFound) => return Ok(()),
        Err(fault) => return Err(fault),
    };
    let is_done = database.register((R::KIND, &place(account, id)), Some(&old), None).await?;
    if is_done { Ok(()) } else { Err(Fault::Changed) }
}

fn place(account: &str, id: &str) -> String {
    format!("{account}/{id}")
}

fn decode<R: DeserializeOwned>(bytes: &[u8]) -> Result<R, Fault> {
    let content = bytes.strip_prefix(&[VERSION]).and_then(|json| serde_json::from_slice(json).ok());
    content.ok_or_else(|| {
        Fault::Malformed("What is stored cannot be understood by this version".to_owned())
    })
}
