//! `pixii serve`: opens the store, listens, and stops cleanly when it is told to.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use database::{Archive, Clock as _, Database, SystemClock};
use server::{Certificates, HttpPeers};
use storage::Store;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::command::{LogFormat, ServeArguments};
use crate::configuration::{Configuration, EngineChoice};
use crate::sample;

/// How often the database does what is due now and then.
const TIDY_INTERVAL: Duration = Duration::from_mins(1);
/// How often the files of certificates are looked at.
const CERTIFICATE_INTERVAL: Duration = Duration::from_secs(5);
/// How often the database removes what has expired.
const EXPIRY_INTERVAL: Duration = Duration::from_secs(1);
/// Where backups are kept in the data folder, unless told otherwise.
const BACKUPS: &str = "backups";
/// How long after the end of a minute what is due then is done.
const MINUTE_GRACE: Duration = Duration::from_millis(100);
/// Threads that wait for the disk, at most.
const DISK_THREADS_MAX: usize = 64;

/// Serves until a signal says stop.
pub(crate) fn run(arguments: &ServeArguments) -> Result<()> {
    let configuration = Configuration::new(arguments)?;
    log(&configuration)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(DISK_THREADS_MAX)
        .build()
        .context("cannot start threads")?;
    runtime.block_on(serve(configuration))
}

fn log(configuration: &Configuration) -> Result<()> {
    let filter = EnvFilter::try_new(&configuration.log).context("--log is not understood")?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match configuration.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

async fn serve(configuration: Configuration) -> Result<()> {
    // Before anything is opened: a stop while starting must be a clean one too.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let server = server::Server::bind(configuration.server).await?;
    let url = configuration.backup_url.as_deref();
    let (store, archive, place) = match configuration.engine {
        EngineChoice::Memory => {
            let archive = url.map_or_else(|| Ok(Archive::in_memory()), Archive::open)?;
            (Store::in_memory(), archive, "in memory".to_owned())
        }
        EngineChoice::Folder(folder, options) => {
            let store = Store::open(&folder, &options)
                .with_context(|| format!("cannot open {}", folder.display()))?;
            let archive =
                url.map_or_else(|| Archive::folder(&folder.join(BACKUPS)), Archive::open)?;
            (store, archive, format!("in {}", folder.display()))
        }
    };
    let options = database::Options { archive, ..configuration.database };
    let database = Database::new(store, Arc::new(SystemClock), options);
    database.resume().await?;
    let (certificates, text) = (server.certificates(), ready(&server, &place));
    let server = server.open(database.clone()).await?;
    if configuration.has_sample {
        sample::load(&database).await.context("cannot load the sample")?;
    }
    // Where nothing is read again, a hangup is the end, as it is for most programs.
    let renewal = match (certificates, configuration.peers) {
        (None, None) => None,
        (certificates, peers) => Some(renew(certificates, peers, signal(SignalKind::hangup())?)),
    };
    writeln!(std::io::stdout(), "{text}")?;
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    let mut chores = vec![
        tokio::spawn(tidy(database.clone())),
        tokio::spawn(expire(database.clone())),
        tokio::spawn(end_minutes(database.clone())),
        tokio::spawn(replicate(database.clone())),
    ];
    chores.extend(renewal.map(tokio::spawn));
    server.run(stop).await;
    for chore in chores {
        chore.abort();
    }
    database.close().await.context("cannot close the store")?;
    Ok(())
}

/// The line that says that the server is ready.
fn ready(server: &server::Server, place: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let address = server.address();
    let certificates = server.certificates();
    let scheme = if certificates.is_some() { "https" } else { "http" };
    let self_signed = certificates.as_ref().and_then(|certificates| certificates.self_signed());
    let certificate = self_signed.map(|file| format!(", its certificate in {}", file.display()));
    let metrics = server.metrics_address();
    let metrics = metrics.map(|address| format!(", and its metrics on http://{address}/metrics"));
    let (certificate, metrics) = (certificate.unwrap_or_default(), metrics.unwrap_or_default());
    format!(
        "pixii {version} listens on {scheme}://{address}, with its data {place}{certificate}{metrics}"
    )
}

/// Has certificates read again when they have changed: looks now and then, and when it is told to.
async fn renew(
    certificates: Option<Arc<Certificates>>,
    peers: Option<Arc<HttpPeers>>,
    mut hangup: Signal,
) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(CERTIFICATE_INTERVAL) => {}
            _ = hangup.recv() => {}
        }
        let (certificates, peers) = (certificates.clone(), peers.clone());
        let refresh = move || {
            if let Some(certificates) = certificates {
                certificates.refresh();
            }
            if let Some(peers) = peers {
                peers.refresh();
            }
        };
        if tokio::task::spawn_blocking(refresh).await.is_err() {
            tracing::error!("the certificates could not be read again");
        }
    }
}

async fn tidy(database: Database) {
    loop {
        tokio::time::sleep(TIDY_INTERVAL).await;
        if let Err(error) = database.tidy().await {
            tracing::warn!(%error, "what is due now and then was not done whole");
        }
    }
}

/// Has the database do what is due at the end of each minute of the clock, a little after it.
async fn end_minutes(database: Database) {
    const MINUTE_MS: u64 = 60_000;
    loop {
        let rest_ms = MINUTE_MS - SystemClock.now_ms() % MINUTE_MS;
        tokio::time::sleep(Duration::from_millis(rest_ms) + MINUTE_GRACE).await;
        if let Err(error) = database.end_minute().await {
            tracing::warn!(%error, "what is due at the end of a minute is not done");
        }
    }
}

async fn replicate(database: Database) {
    database.replicate().await;
}

async fn expire(database: Database) {
    loop {
        match database.expire().await {
            Ok(true) => tokio::task::yield_now().await,
            Ok(false) => tokio::time::sleep(EXPIRY_INTERVAL).await,
            Err(error) => {
                tracing::warn!(%error, "items that have expired are still there");
                tokio::time::sleep(TIDY_INTERVAL).await;
            }
        }
    }
}
