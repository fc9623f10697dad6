//! What the server keeps of its own in the store: users and the like, by kind and name. Only it understands the content.

use bytes::Bytes;
use storage::{Commit, CommitError, Reads};

use crate::error::{Damaged, Error, Result};
use crate::writers::commit_failed;
use crate::{Database, jobs, keys};

/// The most bytes of a name.
pub const REGISTERED_NAME_BYTES_MAX: usize = 1024;

/// A kind of what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registry {
    /// Users of the server.
    User,
    /// Connections to other places that speak as this one does.
    Connection,
    /// Queries that were saved.
    Query,
}

impl Registry {
    fn byte(self) -> u8 {
        match self {
            Self::User => 1,
            Self::Connection => 2,
            Self::Query => 3,
        }
    }
}

impl Database {
    /// All that is kept of a kind, with its content, in the order of their names.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn registered(&self, kind: Registry) -> Result<Vec<(String, Bytes)>> {
        self.registered_below((kind, "")).await
    }

    /// All of a kind whose names begin so, in the order of their names.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn registered_below(
        &self,
        (kind, beginning): (Registry, &str),
    ) -> Result<Vec<(String, Bytes)>> {
        let rows = jobs::rows(self, keys::registered_below(kind.byte(), beginning)).await?;
        let named = |(key, content): (Bytes, Bytes)| {
            let name =
                keys::registered_name(kind.byte(), &key).ok_or(Damaged("key of the registry"))?;
            Ok((name, content))
        };
        rows.into_iter().map(named).collect()
    }

    /// What is kept under a name; `None` where nothing is.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn registered_as(&self, (kind, name): (Registry, &str)) -> Result<Option<Bytes>> {
        if name.len() > REGISTERED_NAME_BYTES_MAX {
            return Ok(None);
        }
        let view = self.view(Reads::One).await?;
        Ok(view.get(&keys::registered(kind.byte(), name)).await?)
    }

    /// Puts something in place of `old`, or takes it away. Whether it was still `old`: otherwise nothing is changed.
    ///
    /// # Errors
    /// Where the store cannot be read or written, or the name is too long.
    pub async fn register(
        &self,
        (kind, name): (Registry, &str),
        old: Option<&Bytes>,
        new: Option<Bytes>,
    ) -> Result<bool> {
        if name.len() > REGISTERED_NAME_BYTES_MAX {
            return Err(Error::internal(std::io::Error::other(
                "a name of the registry is too long",
            )));
        }
        let key = keys::registered(kind.byte(), name);
        let view = self.view(Reads::One).await?;
        if view.get(&key).await?.as_ref() != old {
            return Ok(false);
        }
        let commit = Commit {
            seen: view.version(),
            reads: vec![key.clone()],
            writes: vec![(key, new)],
            ..Commit::default()
        };
        match self.commit(commit).await {
            Ok(_) => Ok(true),
            Err(CommitError::Conflict(_) | CommitError::TooOld) => Ok(false),
            Err(error) => Err(commit_failed(error)),
        }
    }
}
