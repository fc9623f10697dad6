//! All that is counted and measured, as the text that Prometheus reads.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use database::error::Cause;
use database::{Figures, ReplicationLag, ResourceFigures, TableFigures};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};

use super::{BOUNDS, Metrics, Operation};

const BYTES: &Unit = &Unit::Bytes;

/// A metric that is read off something when it is asked for.
struct Figure<T> {
    name: &'static str,
    help: &'static str,
    unit: Option<&'static Unit>,
    kind: MetricType,
    /// `None` where there is nothing to tell.
    value: fn(&T) -> Option<f64>,
}

impl<T> Figure<T> {
    const fn gauge(name: &'static str, help: &'static str, value: fn(&T) -> Option<f64>) -> Self {
        Self { name, help, unit: None, kind: MetricType::Gauge, value }
    }

    const fn bytes(name: &'static str, help: &'static str, value: fn(&T) -> Option<f64>) -> Self {
        Self { unit: Some(BYTES), ..Self::gauge(name, help, value) }
    }

    const fn counter(name: &'static str, help: &'static str, value: fn(&T) -> Option<f64>) -> Self {
        Self { kind: MetricType::Counter, ..Self::gauge(name, help, value) }
    }
}

/// What Prometheus counts in, which is exact up to 2⁵³.
#[expect(clippy::cast_precision_loss, reason = "what is above that is told well enough")]
fn count(value: u64) -> f64 {
    value as f64
}

#[expect(clippy::cast_precision_loss, reason = "what is above 2⁵³ is told well enough")]
fn size(value: i64) -> f64 {
    value as f64
}

/// What is told of requests on their way in.
const BODIES: Figure<u64> =
    Figure::bytes("pixii_request_bodies", "Memory for large bodies on their way in", |bytes| {
        Some(count(*bytes))
    });

/// What is told once.
const WHOLE: [Figure<Figures>; 10] = [
    Figure::gauge("pixii_tables", "Tables of all accounts and Regions", |of| {
        u64::try_from(of.table_count).ok().map(count)
    }),
    Figure::counter("pixii_storage_commits", "Commits that were ever made", |of| {
        Some(count(of.storage.commits))
    }),
    Figure::bytes("pixii_storage_disk", "Data files, without the log", |of| {
        Some(count(of.storage.disk_bytes))
    }),
    Figure::bytes("pixii_storage_compaction", "Data files still to be compacted", |of| {
        Some(count(of.storage.compaction_bytes))
    }),
    Figure::bytes("pixii_storage_written", "Memory for what is in no data file yet", |of| {
        Some(count(of.storage.written_bytes))
    }),
    Figure::bytes("pixii_storage_cache", "Memory for what was read from disk", |of| {
        Some(count(of.storage.cache_bytes))
    }),
    Figure::bytes("pixii_storage_cache_max", "How much of that there may be", |of| {
        Some(count(of.storage.cache_bytes_max))
    }),
    Figure::bytes("pixii_storage_queue", "Commits that wait for the committer", |of| {
        Some(count(of.storage.queue_bytes))
    }),
    Figure::bytes("pixii_storage_queue_max", "How much of that there may be", |of| {
        Some(count(of.storage.queue_bytes_max))
    }),
    Figure::gauge("pixii_storage_refuses_writes", "Whether the disk has failed: 1 or 0", |of| {
        Some(count(of.storage.is_refusing_writes.into()))
    }),
];

/// What is told of each table, and of each index.
const RESOURCE: [Figure<ResourceFigures>; 9] = [
    Figure::gauge("pixii_items", "Items, or entries of an index", |of| Some(size(of.items))),
    Figure::bytes("pixii_item", "Bytes of the items or entries", |of| Some(size(of.bytes))),
    Figure::counter("pixii_consumed_read_units", "Read units consumed", |of| Some(of.read_units)),
    Figure::counter("pixii_consumed_write_units", "Write units consumed", |of| {
        Some(of.write_units)
    }),
    Figure::counter("pixii_returned_items", "Items that queries and scans returned", |of| {
        Some(count(of.returned_items))
    }),
    Figure::gauge("pixii_provisioned_read_units", "Read units provisioned a second", |of| {
        Some(size(of.provisioned_read_units))
    }),
    Figure::gauge("pixii_provisioned_write_units", "Write units provisioned a second", |of| {
        Some(size(of.provisioned_write_units))
    }),
    Figure::gauge("pixii_on_demand_read_units_max", "Read units a second at most", |of| {
        of.read_units_max.map(size)
    }),
    Figure::gauge("pixii_on_demand_write_units_max", "Write units a second at most", |of| {
        of.write_units_max.map(size)
    }),
];

/// What is told of each table as a whole.
const TABLE: [Figure<TableFigures>; 3] = [
    Figure::counter("pixii_failed_conditions", "Writes whose condition did not hold", |of| {
        Some(count(of.failed_conditions))
    }),
    Figure::counter("pixii_transaction_conflicts", "Requests that met a transaction", |of| {
        Some(count(of.conflicts))
    }),
    Figure::counter("pixii_expired_items", "Items that expired and were removed", |of| {
        Some(count(of.expired_items))
    }),
];

/// The text of all there is to tell.
pub(crate) fn render(metrics: &Arc<Metrics>, body_bytes: u64, figures: Figures) -> String {
    let mut registry = Registry::default();
    let turned = metrics.turned.clone();
    let help = "Connections that were closed before anything was asked";
    registry.register("pixii_refused_connections", help, turned);
    let errors = metrics.errors.clone();
    registry.register("pixii_errors", "Requests that were refused or failed", errors);
    registry.register_collector(Box::new(Scrape {
        metrics: Arc::clone(metrics),
        body_bytes,
        figures,
    }));
    let mut text = String::new();
    encode(&mut text, &registry).expect("a string takes all that is written to it");
    text
}

/// All that is not kept in the form in which it is told.
#[derive(Debug)]
struct Scrape {
    metrics: Arc<Metrics>,
    body_bytes: u64,
    figures: Figures,
}

type Labels<'a> = Vec<(&'static str, &'a str)>;

impl Collector for Scrape {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Self { metrics, body_bytes, figures } = self;
        metrics.encode(&mut encoder)?;
        put(&mut encoder, &BODIES, std::iter::once((Labels::new(), body_bytes)))?;
        WHOLE.iter().try_for_each(|figure| {
            put(&mut encoder, figure, std::iter::once((Labels::new(), figures)))
        })?;
        RESOURCE.iter().try_for_each(|figure| {
            put(&mut encoder, figure, figures.tables.iter().flat_map(resources))
        })?;
        TABLE.iter().try_for_each(|figure| {
            let tables = figures.tables.iter().map(|table| (labels(table).to_vec(), table));
            put(&mut encoder, figure, tables)
        })?;
        put_throttles(&mut encoder, "pixii_read_throttles", &figures.tables, |of| {
            of.throttled_reads
        })?;
        put_throttles(&mut encoder, "pixii_write_throttles", &figures.tables, |of| {
            of.throttled_writes
        })?;
        put_insights(&mut encoder, &figures.tables)?;
        put_lags(&mut encoder, &figures.replication_lags)
    }
}

/// Tells what the first keys came to, by their rank.
fn put_insights(encoder: &mut DescriptorEncoder<'_>, tables: &[TableFigures]) -> fmt::Result {
    let help = "What the keys used or throttled most came to in the last minute";
    let kind = MetricType::Gauge;
    let mut metric = encoder.encode_descriptor("pixii_contributor_insights", help, None, kind)?;
    for table in tables {
        for insights in &table.insights {
            for (rank, value) in (1..).zip(&insights.values) {
                let rank: i32 = rank;
                let rank = rank.to_string();
                let mut labels: Labels<'_> = labels(table).to_vec();
                let rule = insights.rule;
                labels.extend([("index", &*insights.index), ("rule", rule), ("rank", &*rank)]);
                metric.encode_family(&labels)?.encode_gauge(value)?;
            }
        }
    }
    Ok(())
}

/// Tells what was not let in, by cause: those that ever did not let anything in.
fn put_throttles<const N: usize>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    tables: &[TableFigures],
    of: fn(&ResourceFigures) -> [(Cause, u64); N],
) -> fmt::Result {
    let help = "Requests that were not let in for want of throughput";
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
    for (labels, resource) in tables.iter().flat_map(resources) {
        for (cause, count) in of(resource).into_iter().filter(|(_, count)| *count > 0) {
            let mut labels = labels.clone();
            labels.push(("cause", cause.name()));
            let mut metric = metric.encode_family(&labels)?;
            metric.encode_counter::<NoLabelSet, _, f64>(&count, None)?;
        }
    }
    Ok(())
}

fn labels(table: &TableFigures) -> [(&'static str, &str); 3] {
    [("account", &table.account), ("region", &table.region), ("table", &table.name)]
}

/// A table and its indexes, each with its labels.
fn resources(table: &TableFigures) -> impl Iterator<Item = (Labels<'_>, &ResourceFigures)> {
    let indexes = table.indexes.iter().map(|(name, of)| (name.as_str(), of));
    std::iter::once(("", &table.own)).chain(indexes).map(|(index, of)| {
        let mut labels = labels(table).to_vec();
        labels.push(("index", index));
        (labels, of)
    })
}

fn put<'a, T: 'a>(
    encoder: &mut DescriptorEncoder<'_>,
    figure: &Figure<T>,
    samples: impl Iterator<Item = (Labels<'a>, &'a T)>,
) -> fmt::Result {
    let Figure { name, help, unit, kind, value } = figure;
    let mut metric = encoder.encode_descriptor(name, help, *unit, *kind)?;
    for (labels, of) in samples {
        let Some(value) = value(of) else { continue };
        if labels.is_empty() {
            put_value(&mut metric, *kind, value)?;
        } else {
            put_value(&mut metric.encode_family(&labels)?, *kind, value)?;
        }
    }
    Ok(())
}

fn put_value(metric: &mut MetricEncoder<'_>, kind: MetricType, value: f64) -> fmt::Result {
    match kind {
        MetricType::Counter => metric.encode_counter::<NoLabelSet, _, f64>(&value, None),
        MetricType::Gauge | MetricType::Histogram | MetricType::Info | MetricType::Unknown => {
            metric.encode_gauge(&value)
        }
    }
}

fn put_lags(encoder: &mut DescriptorEncoder<'_>, lags: &[ReplicationLag]) -> fmt::Result {
    let help = "How far a replica is behind";
    let (name, unit) = ("pixii_replication_lag", Some(&Unit::Seconds));
    let mut metric = encoder.encode_descriptor(name, help, unit, MetricType::Gauge)?;
    for lag in lags {
        let ReplicationLag { account, table, source, target, lag_ms } = lag;
        let labels: Labels<'_> =
            vec![("account", account), ("table", table), ("source", source), ("target", target)];
        let seconds = count(*lag_ms) / 1000.0;
        metric.encode_family(&labels)?.encode_gauge(&seconds)?;
    }
    Ok(())
}

impl Metrics {
    fn encode(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let kind = MetricType::Gauge;
        let mut build =
            encoder.encode_descriptor("pixii_build", "The version that runs", None, kind)?;
        build.encode_family(&[("version", env!("CARGO_PKG_VERSION"))])?.encode_gauge(&1_i64)?;
        let connections = self.connections.load(Ordering::Relaxed);
        let connections = i64::try_from(connections).unwrap_or(i64::MAX);
        encoder
            .encode_descriptor("pixii_connections", "Connections that are open", None, kind)?
            .encode_gauge(&connections)?;
        self.encode_requests(encoder)?;
        let (name, unit) = ("pixii_request_duration", Some(&Unit::Seconds));
        let help = "How long requests took that got what they asked for";
        let mut metric = encoder.encode_descriptor(name, help, unit, MetricType::Histogram)?;
        self.used().try_for_each(|operation| operation.encode_durations(&mut metric))
    }

    fn encode_requests(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Requests that have their reply, whatever it is";
        let kind = MetricType::Counter;
        let mut metric = encoder.encode_descriptor("pixii_requests", help, None, kind)?;
        let named = self.used().map(|operation| (operation.name, &operation.requests));
        for (name, requests) in named.chain([("", &self.nameless)]) {
            let labels = [("operation", name)];
            let mut metric = metric.encode_family(&labels)?;
            let requests = requests.load(Ordering::Relaxed);
            metric.encode_counter::<NoLabelSet, _, f64>(&requests, None)?;
        }
        Ok(())
    }

    /// The operations that were asked for: nobody needs to keep the zeros of all the others.
    fn used(&self) -> impl Iterator<Item = &Operation> {
        self.operations.iter().filter(|operation| operation.requests.load(Ordering::Relaxed) > 0)
    }
}

impl Operation {
    fn encode_durations(&self, metric: &mut MetricEncoder<'_>) -> fmt::Result {
        let bounds = BOUNDS.iter().copied().chain([f64::MAX]);
        let counts = self.durations.counts.iter().map(|count| count.load(Ordering::Relaxed));
        let buckets: Vec<(f64, u64)> = bounds.zip(counts).collect();
        let total = buckets.iter().map(|(_, count)| count).sum();
        let nanoseconds = self.durations.sum_ns.load(Ordering::Relaxed);
        let seconds = std::time::Duration::from_nanos(nanoseconds).as_secs_f64();
        metric
            .encode_family(&[("operation", self.name)])?
            .encode_histogram::<NoLabelSet>(seconds, total, &buckets, None)
    }
}
