//! Changes of metadata: read some rows, decide, and commit that together, again and again until
//! nobody came between.

use bytes::Bytes;
use storage::{Commit, CommitError, Reads};

use crate::Database;
use crate::error::{Damaged, Error, Result};
use crate::writers::commit_failed;

/// How often a change is tried. Each time that one fails, another has succeeded.
const ATTEMPTS_MAX: usize = 1000;

/// What is to be written: rows with their new values, `None` where a row or counter goes.
pub(crate) type Writes = Vec<(Bytes, Option<Bytes>)>;

/// What a change comes to: rows, and what is appended (prefix, suffix, value).
#[derive(Default)]
pub(crate) struct Changes {
    pub(crate) writes: Writes,
    pub(crate) appends: Vec<(Bytes, Bytes, Bytes)>,
}

impl From<Writes> for Changes {
    fn from(writes: Writes) -> Self {
        Self { writes, appends: Vec::new() }
    }
}

/// Sees a change, and what it sets going, through to the end in a task of its own: also if nobody waits for
/// the reply any more.
pub(crate) async fn see_through<T: Send + 'static>(
    change: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    tokio::spawn(change).await.map_err(Error::internal)?
}

/// Changes metadata. `decide` is given the values of the rows with `keys`, and says what to write
/// and what to answer; what it decided holds of the very version that the commit follows.
pub(crate) async fn change<T, C: Into<Changes>, const N: usize>(
    database: &Database,
    keys: [Bytes; N],
    decide: impl Fn([Option<Bytes>; N]) -> Result<(C, T)>,
) -> Result<T> {
    for _ in 0..ATTEMPTS_MAX {
        let view = database.view(Reads::Many).await?;
        let rows = view.get_many(&keys).await?;
        let (changes, answer) = decide(rows.try_into().map_err(|_| Damaged("set of rows"))?)?;
        let Changes { writes, appends } = changes.into();
        if writes.is_empty() && appends.is_empty() {
            return Ok(answer);
        }
        let (seen, reads) = (view.version(), keys.to_vec());
        let commit = Commit { seen, reads, writes, appends, metadata: true, ..Commit::default() };
        match database.commit(commit).await {
            Ok(_) => return Ok(answer),
            Err(CommitError::Conflict(_) | CommitError::TooOld) => tokio::task::yield_now().await,
            Err(error) => return Err(commit_failed(error)),
        }
    }
    Err(Error::internal(CommitError::TooOld))
}
