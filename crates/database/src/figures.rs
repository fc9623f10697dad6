//! What there is to tell of a database to who watches it: figures of the moment, and counts since the start.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, PoisonError};

use storage::{Reads, View};

use crate::catalog::describe::Sizes;
use crate::catalog::table::{Index, Throughput};
use crate::catalog::{self, Table, bounds::Bounds};
use crate::error::{Cause, Result, Side};
use crate::insights::watch::Watch;
use crate::keys::{self, Id};
use crate::meters::Meter;
use crate::pages::Pages;
use crate::{Database, Scope};

/// The most tables that are told of: whoever keeps what is told pays for each of them.
const TABLES_MAX: usize = 1000;

/// Keys of insights that are told of.
const CONTRIBUTORS_MAX: usize = 10;

/// What there is to tell of a database.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Figures {
    /// What the store uses of the machine.
    pub storage: storage::Figures,
    /// The first thousand tables, in the order of account, Region and name.
    pub tables: Vec<TableFigures>,
    /// How many tables there are in all.
    pub table_count: usize,
    /// How far replicas are behind: nothing where there are none.
    pub replication_lags: Vec<ReplicationLag>,
}

/// What there is to tell of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct TableFigures {
    /// Whose it is: 12 digits.
    pub account: String,
    /// Where it is.
    pub region: String,
    /// Its name.
    pub name: String,
    /// Of the table, with its local indexes as far as throughput goes.
    pub own: ResourceFigures,
    /// Of each index, by its name.
    pub indexes: Vec<(String, ResourceFigures)>,
    /// Writes whose condition did not hold.
    pub failed_conditions: u64,
    /// Requests on one item that met a transaction at it, and actions of transactions that met a write.
    pub conflicts: u64,
    /// Items that expired and were removed.
    pub expired_items: u64,
    /// Of the table and its indexes, what their keys came to in the last minute that was stored.
    pub insights: Vec<InsightFigures>,
}

/// What the first keys came to by one rule of contributor insights, without the keys: whoever watches a server need not
/// see what is in its tables.
#[derive(Debug, Clone, PartialEq)]
pub struct InsightFigures {
    /// The index, or nothing for the table itself.
    pub index: String,
    /// The rule: `PKC`, `SKC`, `PKT` or `SKT`.
    pub rule: &'static str,
    /// What the first ten keys came to, the first one first.
    pub values: Vec<f64>,
}

/// What there is to tell of a table or an index. What is counted, is counted since the start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ResourceFigures {
    /// Items, or entries of an index.
    pub items: i64,
    /// Their bytes.
    pub bytes: i64,
    /// Read units consumed.
    pub read_units: f64,
    /// Write units consumed.
    pub write_units: f64,
    /// Items that queries and scans returned.
    pub returned_items: u64,
    /// Read units provisioned a second; zero on demand, and for a local index.
    pub provisioned_read_units: i64,
    /// Write units provisioned a second; zero on demand, and for a local index.
    pub provisioned_write_units: i64,
    /// Read units a second that are the most on demand, if that is limited.
    pub read_units_max: Option<i64>,
    /// Write units a second that are the most on demand, if that is limited.
    pub write_units_max: Option<i64>,
    /// Reads that were not let in, by their cause.
    pub throttled_reads: [(Cause, u64); Cause::ALL.len()],
    /// Writes that were not let in, by their cause.
    pub throttled_writes: [(Cause, u64); Cause::ALL.len()],
}

/// How far a replica is behind its source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReplicationLag {
    /// Whose table it is.
    pub account: String,
    /// The table, which has the same name everywhere.
    pub table: String,
    /// Where the writes began.
    pub source: String,
    /// Where they arrive.
    pub target: String,
    /// By how much the newest write that arrived is older than the newest that began, in milliseconds.
    pub lag_ms: u64,
}

/// Account, table, source and target.
type Route = (String, String, String, String);

/// What replication has said of its lags.
#[derive(Default)]
pub(crate) struct Lags(Mutex<BTreeMap<Route, u64>>);

impl Lags {
    fn all(&self) -> Vec<ReplicationLag> {
        let lags = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lag = |((account, table, source, target), lag_ms): (&Route, &u64)| ReplicationLag {
            account: account.clone(),
            table: table.clone(),
            source: source.clone(),
            target: target.clone(),
            lag_ms: *lag_ms,
        };
        lags.iter().map(lag).collect()
    }
}

impl Database {
    /// Notes how far a replica is behind. What was noted is told until it is noted anew or forgotten.
    pub fn note_replication_lag(&self, lag: ReplicationLag) {
        let ReplicationLag { account, table, source, target, lag_ms } = lag;
        let mut lags = self.inner.lags.0.lock().unwrap_or_else(PoisonError::into_inner);
        lags.insert((account, table, source, target), lag_ms);
    }

    /// Forgets how far one replica of a table is behind: it is no more.
    pub(crate) fn forget_lag(&self, table: &Table, target: &str) {
        let (account, name) = (table.account.clone(), table.name.clone());
        let route = (account, name, table.region.clone(), target.to_owned());
        self.inner.lags.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&route);
    }

    /// Forgets the lags of a table: it has no replicas any more.
    pub fn forget_replication_lags(&self, account: &str, table: &str) {
        let mut lags = self.inner.lags.0.lock().unwrap_or_else(PoisonError::into_inner);
        lags.retain(|(other_account, other, _, _), _| other_account != account || other != table);
    }

    /// What there is to tell of the database.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn figures(&self) -> Result<Figures> {
        let mut figures = Figures {
            storage: self.inner.store.figures(),
            replication_lags: self.inner.lags.all(),
            ..Figures::default()
        };
        let view = self.view(Reads::Many).await?;
        let (mut ids, mut pages) = (HashSet::new(), Pages::often(keys::all_tables()));
        while let Some(page) = pages.next(&view).await? {
            figures.table_count += page.entries.len();
            for (_, row) in &page.entries {
                let table: Table = catalog::decode(row)?;
                ids.extend(table.ids());
                if figures.tables.len() < TABLES_MAX {
                    figures.tables.push(self.table_figures(&view, &table).await?);
                }
            }
        }
        self.inner.catalog.meters.keep(&ids);
        Ok(figures)
    }

    async fn table_figures(&self, view: &View, table: &Table) -> Result<TableFigures> {
        let sizes = Sizes::read(view, table).await?;
        let meters = &self.inner.catalog.meters;
        let figures = |id: Id, throughput: &Throughput, bounds: &Bounds| {
            let size = sizes.of(id);
            let (items, bytes) = (size.items, size.bytes);
            let of = ResourceFigures { items, bytes, ..ResourceFigures::new(throughput, bounds) };
            meters.find(id).map_or(of, |meter| of.with(&meter))
        };
        let meter = meters.find(table.id).unwrap_or_default();
        let Scope { account, region } = table.scope();
        let index = |index: &Index| {
            (index.name.clone(), figures(index.id, &index.throughput, &index.bounds))
        };
        Ok(TableFigures {
            account,
            region,
            name: table.name.clone(),
            own: figures(table.id, &table.throughput, &table.bounds),
            indexes: table.indexes.iter().map(index).collect(),
            failed_conditions: meter.failed_conditions.get(),
            conflicts: meter.conflicts.get(),
            expired_items: meter.expired_items.get(),
            insights: self.insight_figures(table),
        })
    }
}

impl Database {
    fn insight_figures(&self, table: &Table) -> Vec<InsightFigures> {
        let mut figures = Vec::new();
        for index in std::iter::once(None).chain(table.indexes.iter().map(Some)) {
            if table.insights_mode(index).is_none() {
                continue;
            }
            let id = index.map_or(table.id, |index| index.id);
            let Some(meter) = self.inner.catalog.meters.find(id) else { continue };
            let watch = meter.watch();
            let lists = watch.iter().filter_map(Watch::last).flat_map(|minute| &minute.lists);
            figures.extend(lists.map(|(rule, list)| InsightFigures {
                index: index.map(|index| index.name.clone()).unwrap_or_default(),
                rule: rule.code(),
                values: list.values(*rule, CONTRIBUTORS_MAX),
            }));
        }
        figures
    }
}

impl Default for ResourceFigures {
    fn default() -> Self {
        let none = Cause::ALL.map(|cause| (cause, 0));
        Self {
            items: 0,
            bytes: 0,
            read_units: 0.0,
            write_units: 0.0,
            returned_items: 0,
            provisioned_read_units: 0,
            provisioned_write_units: 0,
            read_units_max: None,
            write_units_max: None,
            throttled_reads: none,
            throttled_writes: none,
        }
    }
}

impl ResourceFigures {
    fn new(throughput: &Throughput, bounds: &Bounds) -> Self {
        Self {
            provisioned_read_units: throughput.read,
            provisioned_write_units: throughput.write,
            read_units_max: bounds.read_max,
            write_units_max: bounds.write_max,
            ..Self::default()
        }
    }

    fn with(self, meter: &Meter) -> Self {
        Self {
            read_units: meter.read_units.get(),
            write_units: meter.write_units.get(),
            returned_items: meter.returned_items.get(),
            throttled_reads: Cause::ALL.map(|cause| (cause, meter.throttles(Side::Read, cause))),
            throttled_writes: Cause::ALL.map(|cause| (cause, meter.throttles(Side::Write, cause))),
            ..self
        }
    }
}
