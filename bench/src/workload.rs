//! The workloads: which calls each is made of, and requests of them for each connection.

use std::time::SystemTime;

use clap::ValueEnum as _;

use crate::call::{Call, Calls};
use crate::item::{ItemNumber, Items, PARTITION_ITEMS};
use crate::random::{Random, Zipf, scattered};
use crate::request::Request;
use crate::signature::{Identity, Signer};

/// The items of one batch, read or written: the most that one batch may write.
const BATCH_ITEMS: u64 = 25;
/// The items of one transaction.
pub(crate) const TRANSACTION_ITEMS: u64 = 4;

/// One kind of load.
#[derive(clap::ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Workload {
    /// Creates the table anew and writes all items once, by batch writes of 25.
    Load,
    /// `PutItem` over an item that is there.
    Put,
    /// `GetItem`, eventually consistent.
    Get,
    /// `UpdateItem` which adds one to a counter.
    Update,
    /// `PutItem` under the condition that the item is there.
    ConditionalPut,
    /// `Query` of a whole partition of 25 items.
    Query,
    /// `Scan` of one page, from anywhere in the table.
    Scan,
    /// `BatchGetItem` of 25 items.
    BatchGet,
    /// `BatchWriteItem` of 25 puts.
    BatchWrite,
    /// `TransactWriteItems` of 4 puts.
    Transaction,
    /// `GetItem` and `PutItem` in equal shares, of items chosen by the zipfian distribution.
    Mix,
}

impl Workload {
    /// Its name, as the option has it.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// How many items one operation reads or writes, where all do alike.
    pub(crate) fn operation_items(self) -> Option<u64> {
        match self {
            Self::Put | Self::Get | Self::Update | Self::ConditionalPut | Self::Mix => Some(1),
            Self::Load | Self::BatchGet | Self::BatchWrite => Some(BATCH_ITEMS),
            Self::Query => Some(PARTITION_ITEMS),
            Self::Transaction => Some(TRANSACTION_ITEMS),
            Self::Scan => None,
        }
    }
}

/// What requests are made from, apart from the workload.
pub(crate) struct Settings {
    pub(crate) identity: Identity,
    /// The server's name in requests.
    pub(crate) host: String,
    pub(crate) table: String,
    pub(crate) items: Items,
    pub(crate) connections: u64,
    /// The most requests that are prepared for one workload.
    pub(crate) pool_requests: usize,
    /// The most bytes of the prepared requests together.
    pub(crate) pool_bytes: usize,
}

impl Settings {
    pub(crate) fn calls(&self) -> Calls<'_> {
        Calls { table: &self.table, items: self.items }
    }

    /// Signs requests as of now. A signature holds for 15 minutes, so requests are made just before
    /// they are sent.
    #[expect(
        clippy::disallowed_methods,
        reason = "requests are signed with the time of the machine"
    )]
    pub(crate) fn signer(&self) -> Signer {
        Signer::new(&self.identity, "dynamodb", SystemTime::now())
    }

    /// How many requests write all items once.
    pub(crate) fn load_requests(&self) -> u64 {
        self.items.count.div_ceil(BATCH_ITEMS)
    }
}

/// Requests for each connection that write the items of some batches of the load, from the batch
/// `first` on; as many as are prepared at one time.
pub(crate) fn load_pools(
    settings: &Settings,
    first: u64,
    random: &mut Random,
) -> Vec<Vec<Request>> {
    let calls = (first..settings.load_requests()).map(|batch| {
        let places = batch * BATCH_ITEMS..((batch + 1) * BATCH_ITEMS).min(settings.items.count);
        let items: Vec<ItemNumber> = places.map(|place| settings.items.scattered(place)).collect();
        settings.calls().batch_write(&items, random)
    });
    dealt(settings, calls)
}

/// Requests for each connection, which it is to send in order and over again.
pub(crate) fn pools(
    settings: &Settings,
    workload: Workload,
    random: &mut Random,
) -> Vec<Vec<Request>> {
    let zipf = Zipf::new(if workload == Workload::Mix { settings.items.count } else { 0 });
    let connections = (0..settings.connections).cycle();
    let calls = connections.map(|connection| {
        let item = if workload == Workload::Mix {
            settings.items.scattered(zipf.rank(random))
        } else {
            ItemNumber(random.below(settings.items.count))
        };
        call(settings, workload, connection, item, random)
    });
    dealt(settings, calls.take(settings.pool_requests))
}

/// A call which a workload makes on `connection`, for `item` if it is for one.
fn call(
    settings: &Settings,
    workload: Workload,
    connection: u64,
    item: ItemNumber,
    random: &mut Random,
) -> Call {
    let calls = settings.calls();
    match workload {
        Workload::Mix if random.below(2) == 0 => calls.get(item),
        Workload::Put | Workload::Mix => calls.put(item, random),
        Workload::Get => calls.get(item),
        Workload::Update => calls.update(item),
        Workload::ConditionalPut => calls.conditional_put(item, random),
        Workload::Query => calls.query(item.0 / PARTITION_ITEMS, PARTITION_ITEMS),
        Workload::Scan => calls.scan(item),
        Workload::BatchGet => calls.batch_get(&settings.items.several(BATCH_ITEMS, random)),
        Workload::Load | Workload::BatchWrite => {
            let items = settings.items.several(BATCH_ITEMS, random);
            calls.batch_write(&items, random)
        }
        Workload::Transaction => {
            let items = own_items(settings, connection, random);
            calls.transaction(&items, random)
        }
    }
}

/// The items of a transaction. No two connections use the same ones, as transactions that meet at
/// an item are refused.
fn own_items(settings: &Settings, connection: u64, random: &mut Random) -> Vec<ItemNumber> {
    let count = settings.items.count / settings.connections;
    let first = random.below(count);
    (first..first + TRANSACTION_ITEMS)
        .map(|place| {
            ItemNumber(connection + settings.connections * scattered(place % count, count))
        })
        .collect()
}

/// Signs calls and deals them to the connections, as many as may be prepared at one time.
fn dealt(settings: &Settings, calls: impl Iterator<Item = Call>) -> Vec<Vec<Request>> {
    let signer = settings.signer();
    let mut pools: Vec<Vec<Request>> = (0..settings.connections).map(|_| Vec::new()).collect();
    let mut bytes = 0;
    for (number, call) in calls.enumerate() {
        let request = Request::new(&signer, &settings.host, call);
        bytes += request.bytes.len();
        let connection = number % pools.len();
        if let Some(pool) = pools.get_mut(connection) {
            pool.push(request);
        }
        if settings.pool_bytes < bytes {
            break;
        }
    }
    pools
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            identity: Identity {
                access_key: "key".to_owned(),
                secret_key: "secret".to_owned(),
                region: "us-east-1".to_owned(),
            },
            host: "127.0.0.1:8000".to_owned(),
            table: "bench".to_owned(),
            items: Items { count: 1000, bytes: 100 },
            connections: 32,
            pool_requests: 100,
            pool_bytes: 1 << 20,
        }
    }

    #[test]
    fn a_load_writes_every_item_once() {
        let pools = load_pools(&settings(), 0, &mut Random::new(1));
        let requests = pools.iter().flatten();
        let text: String =
            requests.map(|request| String::from_utf8(request.bytes.clone()).unwrap()).collect();
        for number in 0..1000 {
            let item = ItemNumber(number);
            let key = format!("{},{}", item.partition_attribute(), item.sort_attribute());
            assert_eq!(text.matches(&key).count(), 1, "{key}");
        }
    }

    #[test]
    fn a_load_goes_on_where_it_was() {
        let pools = load_pools(&settings(), 39, &mut Random::new(1));
        assert_eq!(pools.iter().flatten().count(), 1);
    }

    #[test]
    fn every_connection_has_requests_of_its_own() {
        let pools = pools(&settings(), Workload::Mix, &mut Random::new(1));
        assert_eq!(pools.len(), 32);
        assert_eq!(pools.iter().flatten().count(), 100);
        assert!(pools.iter().all(|pool| !pool.is_empty()));
    }

    #[test]
    fn transactions_of_two_connections_never_meet() {
        let settings = settings();
        let mut random = Random::new(1);
        for _ in 0..100 {
            for connection in 0..32 {
                let items = own_items(&settings, connection, &mut random);
                assert!(items.iter().all(|item| item.0 % 32 == connection && item.0 < 1000));
                let places: std::collections::HashSet<u64> =
                    items.iter().map(|item| item.0).collect();
                assert_eq!(places.len(), 4);
            }
        }
    }
}
