//! The database: tables and items, and every operation on them, over a store of ordered bytes.
//!
//! It knows nothing of HTTP and signatures: a caller hands in the operation's row, who calls
//! from where, and the request's JSON, and gets the reply's JSON.

mod access;
mod archive;
mod canonical;
mod capacity;
mod catalog;
mod check;
mod collection;
mod date;
mod environment;
pub mod error;
mod expiry;
mod figures;
mod history;
mod index;
mod insights;
mod jobs;
mod key;
mod keys;
mod legacy;
mod metered;
mod meters;
mod operation;
mod operations;
mod page;
mod pages;
mod position;
mod quotas;
mod regions;
mod registry;
mod replication;
mod request;
mod resource_policy;
mod sized;
mod stored;
mod transaction;
mod write;
mod writers;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use storage::{Commit, CommitError, Reads, Stamp, Store, View};
use types::limit::{COLLECTION_BYTES_MAX, TOKEN_SECONDS};
use types::name::TableReference;

use crate::catalog::{Catalog, Table};
use crate::jobs::Jobs;
use crate::meters::Meters;
use crate::quotas::Running;
use crate::replication::Replicating;
use crate::writers::Writers;
pub use access::{Need, NewPolicy, Wants};
pub use archive::{Archive, ArchiveError};
pub use check::{Fault, Report, Wrong};
pub use date::rfc3339;
pub use environment::{Clock, SystemClock};
pub use error::{Error, Result};
pub use figures::{Figures, InsightFigures, ReplicationLag, ResourceFigures, TableFigures};
pub use insights::{Insights, InsightsQuery};
pub use operation::{Access, Api, Request, Row};
pub use operations::{find, rows};
pub use regions::{PeerError, Peers, Regions};
pub use registry::{REGISTERED_NAME_BYTES_MAX, Registry};

/// Whose tables, and where: a namespace of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Scope {
    pub(crate) account: String,
    pub(crate) region: String,
}

/// Who asks, from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The account: 12 digits.
    pub account: String,
    /// The Region that the caller chose.
    pub region: String,
    /// What the caller calls this server: host and port.
    pub host: String,
}

impl Call {
    pub(crate) fn scope(&self) -> Scope {
        Scope { account: self.account.clone(), region: self.region.clone() }
    }
}

/// What a database is told of how to behave.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether Amazon's cool-downs and account quotas hold.
    pub enforce_quotas: bool,
    /// Whether requests that would consume more throughput than there is are refused.
    pub enforce_capacity: bool,
    /// Whether every table is taken for a global one when auto scaling is set up, with its only replica where it is. The
    /// service sets it up for tables without replicas in another way, which there is not here.
    pub scales_any_table: bool,
    /// The most that the items of one partition key and their local index entries may hold together,
    /// in bytes. Only a test has a reason to change it.
    pub collection_bytes_max: u64,
    /// Where backups are kept.
    pub archive: Archive,
    /// Which Regions live here, and which elsewhere.
    pub regions: Regions,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            enforce_quotas: false,
            enforce_capacity: false,
            scales_any_table: false,
            collection_bytes_max: COLLECTION_BYTES_MAX,
            archive: Archive::in_memory(),
            regions: Regions::default(),
        }
    }
}

/// A database. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) catalog: Catalog,
    pub(crate) writers: Writers,
    pub(crate) jobs: Jobs,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) options: Options,
    pub(crate) running: Arc<Running>,
    pub(crate) lags: figures::Lags,
    pub(crate) scaling: jobs::scale::Remembered,
    pub(crate) replicating: Replicating,
    /// Whether any resource may have a policy.
    has_policies: AtomicBool,
}

impl Database {
    /// The database that is in a store.
    #[must_use]
    pub fn new(store: Store, clock: Arc<dyn Clock>, options: Options) -> Self {
        let meters = Meters::new(Arc::clone(&clock), options.enforce_capacity);
        let catalog = Catalog::new(meters);
        let (writers, jobs) = (Writers::default(), Jobs::default());
        let scaling = jobs::scale::Remembered::default();
        let (running, lags) = (Arc::default(), figures::Lags::default());
        let replicating = Replicating::default();
        let inner = Inner {
            store,
            catalog,
            writers,
            jobs,
            clock,
            options,
            running,
            lags,
            scaling,
            replicating,
            has_policies: AtomicBool::new(false),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Takes up what an earlier run left unfinished: the space of what was dropped is given back, and
    /// new indexes are filled.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn resume(&self) -> Result<()> {
        if !jobs::rows(self, keys::all_policies()).await?.is_empty() {
            self.note_policy();
        }
        jobs::resume(self).await
    }

    /// Whether any resource may have a policy of its own. Where none has, what a request needs, and whether its caller may
    /// have it, does not depend on the tables.
    #[must_use]
    pub fn has_policies(&self) -> bool {
        self.inner.has_policies.load(Ordering::Acquire)
    }

    /// Has everybody look for policies from now on.
    pub(crate) fn note_policy(&self) {
        self.inner.has_policies.store(true, Ordering::Release);
    }

    /// Removes items that have expired: to be called about every second. Does a bounded part at once;
    /// whether there may be more to do at once.
    ///
    /// # Errors
    /// Where the store cannot be read or written.
    pub async fn expire(&self) -> Result<bool> {
        jobs::expire::sweep(self).await
    }

    /// Does what is due now and then, about once a minute: gives back the space of client request
    /// tokens that no longer count, of insights of more than a day ago, of histories that nobody needs any more, and of
    /// deletions that all replicas know, and begins new shards of streams.
    ///
    /// # Errors
    /// Where the store cannot be read or written.
    pub async fn tidy(&self) -> Result<()> {
        let span = self.inner.clock.now_ms() / 1000 / TOKEN_SECONDS;
        let old = keys::tokens_before(span.saturating_sub(1));
        // What fails of one must not keep the others from being done.
        let tokens = jobs::clear::discard(self, old).await;
        let insights = jobs::insights::tidy(self).await;
        let backups = jobs::backup::expire(self).await;
        let histories = jobs::trim::trim(self).await;
        let deletions = jobs::replicate::forget_deletions(self).await;
        tokens.and(insights).and(backups).and(histories).and(deletions)
    }

    /// Does what is due at the end of each minute: stores which keys were used most in it, and lets provisioned
    /// throughput follow what was consumed.
    ///
    /// # Errors
    /// Where the store cannot be read or written.
    pub async fn end_minute(&self) -> Result<()> {
        let stored = jobs::insights::store(self).await;
        jobs::scale::follow(self).await.and(stored)
    }

    /// Whether a Region's tables are this server's.
    #[must_use]
    pub fn serves(&self, region: &str) -> bool {
        self.inner.options.regions.is_local(region)
    }

    /// Takes a message that another server's [`Peers`] sent for a Region that lives here, and gives the answer to it.
    ///
    /// # Errors
    /// Where it cannot be understood, or the store cannot be read or written: then it may be sent again.
    pub async fn receive(&self, message: Bytes) -> Result<Bytes> {
        replication::receive::receive(self, message).await
    }

    /// Brings changes of replicated tables to their other replicas, and never ends: to be run beside the server.
    pub async fn replicate(&self) {
        jobs::replicate::run(self).await;
    }

    /// Gets everything to disk, for a clean stop.
    ///
    /// # Errors
    /// Where the disk fails.
    pub async fn close(&self) -> Result<()> {
        Ok(self.inner.store.close().await?)
    }

    /// Commits, as of now.
    pub(crate) async fn commit(&self, commit: Commit) -> Result<Stamp, CommitError> {
        let time_ms = self.inner.clock.now_ms();
        let waiting = self.inner.replicating.waiting(&commit);
        let result = self.inner.store.commit(Commit { time_ms, ..commit }).await;
        for notify in waiting {
            notify.notify_waiters();
        }
        result
    }

    pub(crate) async fn view(&self, reads: Reads) -> Result<View> {
        Ok(self.inner.store.view(reads).await?)
    }

    /// The table that a request names, as `view` has it. One that is being restored is not there yet.
    ///
    /// # Errors
    /// [`Error::ResourceNotFound`] where there is none, [`Error::AccessDenied`] for somebody else's.
    pub(crate) async fn table(
        &self,
        view: &View,
        call: &Call,
        table: &TableReference,
    ) -> Result<Arc<Table>> {
        let table = self.table_in_any_state(view, call, table).await?;
        if table.is_being_made() { Err(Error::ResourceNotFound) } else { Ok(table) }
    }

    /// As [`Database::table`], also while the table is being restored.
    pub(crate) async fn table_in_any_state(
        &self,
        view: &View,
        call: &Call,
        table: &TableReference,
    ) -> Result<Arc<Table>> {
        let scope = scope_of(call, table)?;
        let key = keys::table(&scope, table.name().as_str());
        self.inner.catalog.table(view, &key).await?.ok_or(Error::ResourceNotFound)
    }
}

/// The scope of a table: the caller's. An ARN may only say the same.
pub(crate) fn scope_of(call: &Call, table: &TableReference) -> Result<Scope> {
    match table {
        TableReference::Arn(arn) if arn.account != call.account => Err(Error::AccessDenied),
        TableReference::Arn(arn) if arn.region != call.region => Err(Error::ResourceNotFound),
        TableReference::Arn(_) | TableReference::Name(_) => Ok(call.scope()),
    }
}

impl Table {
    /// The key of the table's own row.
    pub(crate) fn row_key(&self) -> Bytes {
        keys::table(&self.scope(), &self.name)
    }
}
