//! The command `wait`: waits until a server answers, for a start to be timed to its first answer.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crate::call::list_tables;
use crate::client;
use crate::error::{Error, Result};
use crate::signature::{Identity, Signer};

/// The time between tries, which is how exact the end of the wait is.
const INTERVAL: Duration = Duration::from_millis(1);

/// Options of `wait`.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    /// The server's address.
    #[arg(long)]
    endpoint: SocketAddr,
    /// How long to wait at most.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    #[command(flatten)]
    identity: Identity,
}

/// Returns when `ListTables` is answered with the status 200.
#[expect(clippy::disallowed_methods, reason = "requests are signed with the time of the machine")]
pub(crate) fn wait(arguments: &Arguments) -> Result<()> {
    let endpoint = arguments.endpoint;
    let patience = Duration::from_secs(arguments.seconds);
    let start = Instant::now();
    loop {
        let signer = Signer::new(&arguments.identity, "dynamodb", SystemTime::now());
        let call = list_tables();
        let operation = call.operation;
        let answered = client::answer(endpoint, &signer, &endpoint.to_string(), call);
        let is_late = patience < start.elapsed();
        match answered {
            Ok(answer) if answer.status == 200 => return Ok(()),
            Ok(answer) if is_late => return Err(Error::Refused { operation, answer: answer.body }),
            Err(source) if is_late => return Err(Error::Broken { operation, source }),
            Ok(_) | Err(_) => thread::sleep(INTERVAL),
        }
    }
}
