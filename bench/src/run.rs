//! The command `run`: drives a server with workloads, round by round.

use std::io::Write;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use clap::ValueEnum as _;

use crate::client;
use crate::drive::{Length, Outcome, Plan, drive};
use crate::error::{Error, Result};
use crate::item::{ITEM_BYTES_MIN, Items, PARTITION_ITEMS};
use crate::random::Random;
use crate::report::{Measures, WorkloadReport, write_json, write_table};
use crate::request::Checks;
use crate::signature::Identity;
use crate::workload::{Settings, TRANSACTION_ITEMS, Workload, load_pools, pools};

/// The longest that one workload may take, so that no signature expires in it, in seconds.
const SECONDS_MAX: f64 = 600.0;
/// The most an item may hold in the API, in bytes.
const ITEM_BYTES_MAX: usize = 400 * 1024;

/// Options of `run`.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    /// The server's address.
    #[arg(long)]
    endpoint: SocketAddr,
    /// What to run, in this order; `put:60` runs for 60 seconds whatever `--seconds` says. All but
    /// `load` need the table that `load` leaves, with as many items.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "load,put,get,update,conditional-put,query,scan,batch-get,batch-write,transaction,mix"
    )]
    workloads: Vec<Step>,
    /// Items in the table: a multiple of 25.
    #[arg(long, default_value_t = 100_000)]
    items: u64,
    /// The size of an item, its names and its values together.
    #[arg(long, default_value_t = 1024)]
    item_bytes: usize,
    /// Connections, each with one request at a time.
    #[arg(long, default_value_t = 32)]
    connections: u64,
    /// Threads of the generator.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// The measured time of a workload other than `load`.
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// The time before it that is not measured, in seconds.
    #[arg(long, default_value_t = 1.0)]
    warm_up: f64,
    /// How often to run all workloads.
    #[arg(long, default_value_t = 1)]
    rounds: u32,
    /// The most requests to prepare for a workload, which are sent over and over.
    #[arg(long, default_value_t = 50_000)]
    pool: usize,
    /// The most bytes of these together. Where they are fewer than the items, the same items are met over and over.
    #[arg(long, default_value_t = 128 << 20)]
    pool_bytes: usize,
    /// The table.
    #[arg(long, default_value = "bench")]
    table: String,
    /// The seed of all random choices.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Check only the status of replies: the bare server has one body for all.
    #[arg(long)]
    bare_check: bool,
    /// Report in JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    identity: Identity,
}

/// A workload, and its measured time if that is its own.
#[derive(Debug, Clone)]
struct Step {
    workload: Workload,
    seconds: Option<f64>,
}

impl FromStr for Step {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let (name, seconds) = match text.split_once(':') {
            Some((name, seconds)) => (name, Some(seconds)),
            None => (text, None),
        };
        let seconds = seconds.map(str::parse).transpose();
        Ok(Self {
            workload: Workload::from_str(name, false)?,
            seconds: seconds.map_err(|_| "no number of seconds".to_owned())?,
        })
    }
}

impl Arguments {
    fn check(&self) -> Result<()> {
        let items_min = PARTITION_ITEMS.max(TRANSACTION_ITEMS * self.connections);
        let mut seconds =
            self.workloads.iter().filter_map(|step| step.seconds).chain([self.seconds]);
        let rules = [
            (self.connections == 0 || self.threads == 0, "there must be connections and threads"),
            (!self.items.is_multiple_of(PARTITION_ITEMS), "the items must be a multiple of 25"),
            (self.items < items_min, "there must be 25 items, and 4 for each connection"),
            (
                self.item_bytes < ITEM_BYTES_MIN || ITEM_BYTES_MAX < self.item_bytes,
                "an item must have 64 bytes to 400 KiB",
            ),
            (
                !seconds.all(|seconds| 0.0 < seconds && seconds <= SECONDS_MAX),
                "a workload must take more than 0 s and at most 600 s",
            ),
            (!(0.0..=60.0).contains(&self.warm_up), "the warm-up must be at most 60 s"),
            ((self.pool as u64) < self.connections, "there must be requests for every connection"),
        ];
        match rules.into_iter().find(|(is_broken, _)| *is_broken) {
            Some((_, rule)) => Err(Error::Arguments(rule)),
            None => Ok(()),
        }
    }

    fn settings(&self) -> Settings {
        Settings {
            identity: self.identity.clone(),
            host: self.endpoint.to_string(),
            table: self.table.clone(),
            items: Items { count: self.items, bytes: self.item_bytes },
            connections: self.connections,
            pool_requests: self.pool,
            pool_bytes: self.pool_bytes,
        }
    }

    fn plan(&self, length: Length) -> Plan {
        let checks = if self.bare_check { Checks::Status } else { Checks::Whole };
        Plan { endpoint: self.endpoint, threads: self.threads, checks, length }
    }
}

pub(crate) fn run(arguments: &Arguments, output: &mut impl Write) -> Result<()> {
    arguments.check()?;
    let settings = arguments.settings();
    let mut random = Random::new(arguments.seed);
    let mut reports: Vec<WorkloadReport> = Vec::new();
    for _ in 0..arguments.rounds {
        for (place, step) in arguments.workloads.iter().enumerate() {
            let outcome = if step.workload == Workload::Load {
                load(arguments, &settings, &mut random)?
            } else {
                measure(arguments, &settings, step, &mut random)?
            };
            let measures = Measures::new(&outcome, step.workload.operation_items());
            match reports.get_mut(place) {
                Some(report) => report.add(measures, outcome.complaint),
                None => reports.push(WorkloadReport::new(
                    step.workload.name(),
                    measures,
                    outcome.complaint,
                )),
            }
        }
    }
    let written =
        if arguments.json { write_json(&reports, output) } else { write_table(&reports, output) };
    written.and_then(|()| output.flush()).map_err(Error::Report)
}

/// Fills the table anew. The requests are prepared in parts, and the time for that is left out.
fn load(arguments: &Arguments, settings: &Settings, random: &mut Random) -> Result<Outcome> {
    client::recreate_table(arguments.endpoint, settings)?;
    let plan = arguments.plan(Length::Once);
    let mut outcome = Outcome::new();
    let mut loaded = 0;
    while loaded < settings.load_requests() {
        let pools = load_pools(settings, loaded, random);
        loaded += pools.iter().flatten().count() as u64;
        outcome.append(drive(&plan, &pools)?);
    }
    Ok(outcome)
}

fn measure(
    arguments: &Arguments,
    settings: &Settings,
    step: &Step,
    random: &mut Random,
) -> Result<Outcome> {
    let pools = pools(settings, step.workload, random);
    let seconds = step.seconds.unwrap_or(arguments.seconds);
    let length = Length::Time {
        warm_up: Duration::from_secs_f64(arguments.warm_up),
        measured: Duration::from_secs_f64(seconds),
    };
    drive(&arguments.plan(length), &pools)
}
