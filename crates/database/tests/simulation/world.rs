//! The server under simulation, its machine and its clock.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use fastrand::Rng;
use pixii_database::{Api, Call, Clock, Database, Error, Options, Regions, find};
use serde_json::{Value, json};
use storage::{Faults, Simulation};
use tokio::task::AbortHandle;
use types::json::Json;

/// When every clock begins.
pub(crate) const NOON_MS: u64 = 1_700_000_000_000;
/// How often something that happens behind the scenes is looked for.
const LOOKS_MAX: usize = 100_000;
/// After so many calls every discard is made.
const LATE_CALLS_MAX: usize = 300;

/// How a clock goes.
#[derive(Clone, Copy, Debug)]
enum Pace {
    Stopped,
    Steady,
    /// Now and then it jumps, also back.
    Stepping,
}

struct SimulatedClock {
    pace: Pace,
    now_ms: AtomicU64,
    random: Mutex<Rng>,
}

impl Clock for SimulatedClock {
    fn now_ms(&self) -> u64 {
        let mut random = self.random.lock().unwrap();
        let now_ms = self.now_ms.load(Ordering::Relaxed);
        let next_ms = match self.pace {
            Pace::Stopped => now_ms,
            Pace::Stepping if random.u8(..) < 16 => {
                (now_ms + random.u64(..2_000_000)).saturating_sub(1_000_000)
            }
            Pace::Steady | Pace::Stepping => now_ms + random.u64(..1500),
        };
        self.now_ms.store(next_ms, Ordering::Relaxed);
        next_ms
    }
}

/// A server, the machine that it runs on, and how far the history is.
pub(crate) struct World {
    simulation: Simulation,
    database: Mutex<Database>,
    clock: Arc<SimulatedClock>,
    /// How many things have begun or ended so far.
    moments: AtomicU64,
    /// What the clients draw their choices from.
    random: Mutex<Rng>,
    faults: Faults,
    log: Mutex<String>,
    region: String,
    options: Options,
    /// What brings changes to other replicas, where there are any.
    replicating: Mutex<Option<AbortHandle>>,
}

/// Faults of one kind of world or another: from none to all at once.
fn faults(random: &mut Rng) -> Faults {
    let some = |random: &mut Rng, most: u16| if random.bool() { random.u16(..most) } else { 0 };
    Faults {
        conflict: some(random, 150),
        too_old: some(random, 50),
        unknown: some(random, 50),
        failed_sync: some(random, 10),
        slow_sync: some(random, 500),
        delay: some(random, 700),
        late_discard: some(random, 700),
    }
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        Self::in_region(seed, "eu-west-1", Regions::default())
    }

    /// The home of a Region.
    pub(crate) fn in_region(seed: u64, region: &str, regions: Regions) -> Self {
        let options = Options { regions, ..Options::default() };
        let region = region.to_owned();
        let mut random = Rng::with_seed(seed);
        let faults = faults(&mut random);
        let simulation = Simulation::new(random.u64(..), Faults::none());
        let pace = [Pace::Stopped, Pace::Steady, Pace::Stepping][random.usize(..3)];
        let clock = SimulatedClock {
            pace,
            now_ms: NOON_MS.into(),
            random: Mutex::new(Rng::with_seed(random.u64(..))),
        };
        let clock = Arc::new(clock);
        let database = Database::new(
            simulation.store(),
            Arc::clone(&clock) as Arc<dyn Clock>,
            options.clone(),
        );
        let log = Mutex::new(format!("{faults:?}, clock {pace:?}\n"));
        let (database, moments, random) =
            (Mutex::new(database), AtomicU64::new(0), Mutex::new(random));
        let replicating = Mutex::default();
        Self {
            simulation,
            database,
            clock,
            moments,
            random,
            faults,
            log,
            region,
            options,
            replicating,
        }
    }

    /// From now on things go wrong.
    pub(crate) fn suffer(&self) {
        self.simulation.suffer(self.faults);
    }

    /// The next moment of the history.
    pub(crate) fn moment(&self) -> u64 {
        self.moments.fetch_add(1, Ordering::Relaxed)
    }

    /// A choice below `end`.
    pub(crate) fn draw(&self, end: usize) -> usize {
        self.random.lock().unwrap().usize(..end)
    }

    pub(crate) fn is_steady(&self) -> bool {
        !matches!(self.clock.pace, Pace::Stepping)
    }

    /// The server that runs now.
    pub(crate) fn database(&self) -> Database {
        self.database.lock().unwrap().clone()
    }

    /// Asks the server that runs now. One that refuses writes is started again first.
    pub(crate) async fn ask(&self, name: &str, body: &Value) -> Result<Value, Error> {
        let database = self.database();
        let row = find(Api::DynamoDb, name).or_else(|| find(Api::Streams, name)).unwrap();
        let call = Call {
            account: "123456789012".into(),
            region: self.region.clone(),
            host: "localhost".into(),
        };
        let text = body.to_string();
        let begun = self.moments.load(Ordering::Relaxed);
        let reply = database.run(row, &call, &Json::parse(text.as_bytes()).unwrap()).await;
        let reply = reply.map(|reply| serde_json::from_slice::<Value>(&reply).unwrap());
        {
            let mut log = self.log.lock().unwrap();
            let answer = match &reply {
                // The one thing that is not drawn from the seed.
                Ok(value) if value.to_string().contains("TableId") => "a table".to_owned(),
                Ok(value) => value.to_string(),
                Err(error) => error.to_string(),
            };
            let ended = self.moments.load(Ordering::Relaxed);
            writeln!(log, "{begun}..{ended} {name} {text} -> {answer}").unwrap();
        }
        if matches!(reply, Err(Error::RefusingWrites)) {
            self.restart().await;
        }
        reply
    }

    /// Ends the server at this instant, and starts another on what the disk has.
    pub(crate) async fn restart(&self) {
        let store = self.simulation.crash();
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let database = Database::new(store, clock, self.options.clone());
        *self.database.lock().unwrap() = database.clone();
        if self.replicating.lock().unwrap().is_some() {
            self.replicate();
        }
        writeln!(self.log.lock().unwrap(), "restart").unwrap();
        // Another restart may come between.
        drop(database.resume().await);
    }

    /// From now on changes are brought to other replicas, also by later servers.
    pub(crate) fn replicate(&self) {
        let database = self.database();
        let task = tokio::spawn(async move { database.replicate().await });
        if let Some(before) = self.replicating.lock().unwrap().replace(task.abort_handle()) {
            before.abort();
        }
    }

    /// Nothing goes wrong any more.
    pub(crate) async fn recover(&self) {
        self.simulation.suffer(Faults::none());
        self.restart().await;
    }

    /// Nothing goes wrong any more; a last server finds what there is, does what is left to do behind the
    /// scenes, and what is stored agrees with itself.
    pub(crate) async fn end(&self) {
        self.recover().await;
        let is_idle = async || {
            let tables = self.ok("ListTables", json!({})).await["TableNames"].clone();
            for name in tables.as_array().unwrap() {
                let table =
                    self.ok("DescribeTable", json!({"TableName": name})).await["Table"].clone();
                let indexes = table.get("GlobalSecondaryIndexes").and_then(Value::as_array);
                if indexes.into_iter().flatten().any(|index| index["IndexStatus"] != "ACTIVE") {
                    return false;
                }
            }
            true
        };
        for _ in 0..LOOKS_MAX {
            if is_idle().await {
                break;
            }
            tokio::task::yield_now().await;
        }
        assert!(is_idle().await, "an index is never filled");
        // What was discarded may be there for so many calls more.
        for _ in 0..LATE_CALLS_MAX {
            self.ok("ListTables", json!({})).await;
        }
        let report = self.database().check().await.unwrap();
        let faults: Vec<_> = report.faults.iter().map(ToString::to_string).collect();
        assert!(faults.is_empty(), "{}\n{faults:#?}", self.log());
    }

    pub(crate) async fn ok(&self, name: &str, body: Value) -> Value {
        self.ask(name, &body).await.unwrap()
    }

    /// All that was asked and answered so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }
}
