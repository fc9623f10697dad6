//! Results: as JSON for programs, as a table for people.

use std::io::{self, Write};

use serde::Serialize;

use crate::drive::Outcome;

/// The numbers of one round of a workload.
#[derive(Serialize, Clone)]
pub(crate) struct Measures {
    /// Operations that succeeded.
    pub(crate) operations: u64,
    pub(crate) errors: u64,
    pub(crate) seconds: f64,
    pub(crate) operations_per_second: f64,
    /// Items read or written; nothing where operations differ in that.
    pub(crate) items_per_second: Option<f64>,
    /// The mean of a reply's body.
    pub(crate) reply_bytes: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    pub(crate) p999_us: f64,
    pub(crate) max_us: f64,
}

/// What one workload gave in all rounds.
#[derive(Serialize)]
pub(crate) struct WorkloadReport {
    pub(crate) workload: String,
    /// The round whose operations per second are the median: the lower one of two.
    median: Measures,
    /// Of all rounds.
    errors: u64,
    first_error: Option<String>,
    rounds: Vec<Measures>,
}

impl Measures {
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    pub(crate) fn new(outcome: &Outcome, operation_items: Option<u64>) -> Self {
        let operations = outcome.latencies.count();
        let seconds = outcome.elapsed.as_secs_f64();
        let each_second = |count: u64| if seconds == 0.0 { 0.0 } else { count as f64 / seconds };
        let quantile_us = |per_mille| outcome.latencies.quantile(per_mille).as_secs_f64() * 1e6;
        Self {
            operations,
            errors: outcome.errors,
            seconds,
            operations_per_second: each_second(operations),
            items_per_second: operation_items.map(|items| each_second(items * operations)),
            reply_bytes: outcome.reply_bytes as f64 / operations.max(1) as f64,
            p50_us: quantile_us(500),
            p99_us: quantile_us(990),
            p999_us: quantile_us(999),
            max_us: outcome.latencies.max().as_secs_f64() * 1e6,
        }
    }
}

impl WorkloadReport {
    pub(crate) fn new(workload: String, first: Measures, first_error: Option<String>) -> Self {
        let errors = first.errors;
        Self { workload, median: first.clone(), errors, first_error, rounds: vec![first] }
    }

    pub(crate) fn add(&mut self, round: Measures, error: Option<String>) {
        self.errors += round.errors;
        self.first_error = self.first_error.take().or(error);
        self.rounds.push(round);
        let mut sorted: Vec<&Measures> = self.rounds.iter().collect();
        sorted.sort_by(|a, b| a.operations_per_second.total_cmp(&b.operations_per_second));
        if let Some(&median) = sorted.get((sorted.len() - 1) / 2) {
            self.median = median.clone();
        }
    }
}

pub(crate) fn write_json(reports: &[WorkloadReport], output: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *output, reports)?;
    writeln!(output)
}

pub(crate) fn write_table(reports: &[WorkloadReport], output: &mut impl Write) -> io::Result<()> {
    writeln!(
        output,
        "{:<16}{:>12}{:>12}{:>11}{:>11}{:>11}{:>11}{:>10}{:>8}",
        "workload",
        "ops/s",
        "items/s",
        "p50 us",
        "p99 us",
        "p99.9 us",
        "max us",
        "reply B",
        "errors"
    )?;
    for report in reports {
        let median = &report.median;
        let items = median.items_per_second.map_or("-".to_owned(), |items| format!("{items:.0}"));
        writeln!(
            output,
            "{:<16}{:>12.0}{:>12}{:>11.0}{:>11.0}{:>11.0}{:>11.0}{:>10.0}{:>8}",
            report.workload,
            median.operations_per_second,
            items,
            median.p50_us,
            median.p99_us,
            median.p999_us,
            median.max_us,
            median.reply_bytes,
            report.errors
        )?;
        if let Some(error) = &report.first_error {
            writeln!(output, "  the first error: {error}")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn round(operations: u64) -> Measures {
        let mut outcome = Outcome::new();
        for _ in 0..operations {
            outcome.latencies.record(Duration::from_micros(1));
        }
        outcome.errors = 1;
        outcome.elapsed = Duration::from_secs(2);
        Measures::new(&outcome, Some(25))
    }

    #[test]
    fn a_report_has_the_median_round_and_the_errors_of_all() {
        let mut report = WorkloadReport::new("get".to_owned(), round(10), None);
        report.add(round(60), Some("one".to_owned()));
        assert_eq!(report.median.operations, 10);
        report.add(round(40), Some("two".to_owned()));
        assert_eq!(report.median.operations, 40);
        assert!((report.median.operations_per_second - 20.0).abs() < 1e-9);
        assert!(report.median.items_per_second.is_some_and(|items| (items - 500.0).abs() < 1e-9));
        assert_eq!(report.errors, 3);
        assert_eq!(report.first_error.as_deref(), Some("one"));
    }

    #[test]
    fn a_round_without_operations_is_all_zeros() {
        let measures = Measures::new(&Outcome::new(), Some(1));
        assert!(measures.operations_per_second.abs() < 1e-9 && measures.reply_bytes.abs() < 1e-9);
    }
}
