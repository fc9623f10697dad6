//! Where backups are kept: a folder, or a bucket of an object store. Everything in it is written once, as a whole.
//!
//! A backup is a folder of numbered parts and a manifest, which is written last: without it there is no backup. Who
//! has the archive has the backups, whichever database they are of.

mod part;

use std::path::Path as FilePath;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};

pub(crate) use part::{Entry, Kind, Part, Tag, decode};

/// A place for backups. A clone is another handle to the same place.
#[derive(Debug, Clone)]
pub struct Archive {
    store: Arc<dyn ObjectStore>,
    /// What all names begin with.
    prefix: Path,
    url: String,
}

impl PartialEq for Archive {
    fn eq(&self, other: &Self) -> bool {
        self.url == other.url
    }
}

impl Eq for Archive {}

/// Why an archive cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Something that names no place.
    #[error("{url} names no place for backups: give a folder, or a URL such as s3://bucket/folder")]
    Url {
        /// What was given.
        url: String,
        /// Why it names none.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A folder that cannot be made.
    #[error("the folder {folder} for backups cannot be made")]
    Folder {
        /// The folder.
        folder: String,
        /// Why.
        source: std::io::Error,
    },
}

impl Archive {
    /// One that is kept in memory and gone with its last handle.
    #[must_use]
    pub fn in_memory() -> Self {
        Self {
            store: Arc::new(InMemory::new()),
            prefix: Path::default(),
            url: "memory:".to_owned(),
        }
    }

    /// One in a folder, which is made if it is not there. What is written is on disk when it counts as written.
    ///
    /// # Errors
    /// Where the folder cannot be made.
    pub fn folder(folder: &FilePath) -> Result<Self, ArchiveError> {
        let shown = folder.display().to_string();
        std::fs::create_dir_all(folder)
            .map_err(|source| ArchiveError::Folder { folder: shown.clone(), source })?;
        let store = LocalFileSystem::new_with_prefix(folder)
            .map_err(|source| ArchiveError::Url { url: shown.clone(), source: source.into() })?;
        let store = Arc::new(store.with_fsync(true).with_automatic_cleanup(true));
        Ok(Self { store, prefix: Path::default(), url: shown })
    }

    /// One that a URL names, `file:///folder`, `s3://bucket/folder` and others, or a folder without one. Keys and
    /// endpoints of object stores come from the environment, by the names that their own tools use; but for
    /// `AWS_ENDPOINT_URL`, which may well name this server.
    ///
    /// # Errors
    /// Where the URL names no such place.
    pub fn open(url: &str) -> Result<Self, ArchiveError> {
        let Some((scheme, rest)) = url.split_once("://") else {
            return Self::folder(FilePath::new(url));
        };
        if scheme == "file" {
            return Self::folder(FilePath::new(rest));
        }
        let refused = |source: Box<dyn std::error::Error + Send + Sync>| ArchiveError::Url {
            url: url.to_owned(),
            source,
        };
        let parsed = url.parse().map_err(|error: url::ParseError| refused(error.into()))?;
        let (store, prefix) = object_store::parse_url_opts(&parsed, settings())
            .map_err(|error| refused(error.into()))?;
        Ok(Self { store: store.into(), prefix, url: url.to_owned() })
    }

    /// Where the archive is, for the log.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Writes an object whole, over the one that there may be.
    pub(crate) async fn put(&self, name: &str, bytes: Bytes) -> Result<(), object_store::Error> {
        self.store.put(&self.path(name), bytes.into()).await.map(drop)
    }

    /// Reads an object whole; `None` where there is none.
    pub(crate) async fn get(&self, name: &str) -> Result<Option<Bytes>, object_store::Error> {
        match self.store.get(&self.path(name)).await {
            Ok(found) => found.bytes().await.map(Some),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The names of all objects in a folder and the folders in it, in no order.
    pub(crate) async fn list(&self, folder: &str) -> Result<Vec<String>, object_store::Error> {
        let path = self.path(folder);
        let objects: Vec<_> = self.store.list(Some(&path)).try_collect().await?;
        let name = |path: &Path| {
            let parts = path.prefix_match(&self.prefix)?;
            Some(parts.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/"))
        };
        Ok(objects.iter().filter_map(|object| name(&object.location)).collect())
    }

    /// Removes an object. That it was not there is no error.
    pub(crate) async fn delete(&self, name: &str) -> Result<(), object_store::Error> {
        match self.store.delete(&self.path(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn path(&self, name: &str) -> Path {
        let parts = name.split('/').filter(|part| !part.is_empty());
        parts.fold(self.prefix.clone(), Path::join)
    }
}

/// What the environment says of object stores.
fn settings() -> impl Iterator<Item = (String, String)> {
    let texts = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let is_setting = |name: &str| {
        let is_theirs = ["AWS_", "AZURE_", "GOOGLE_"].iter().any(|theirs| name.starts_with(theirs));
        is_theirs && name != "AWS_ENDPOINT_URL"
    };
    texts
        .filter(move |(name, _)| is_setting(name))
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
}
