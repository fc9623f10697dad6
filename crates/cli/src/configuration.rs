//! What the server runs with: the command line before the environment, that before the file, and what is left out at its default.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use database::{Regions, SystemClock};
use server::{AuditTarget, Endpoint, HttpPeers, KeyPair, KeySource, Network, PeerOptions, Tls};

use crate::command::{Durability, LogFormat, ServeArguments};

/// Everything that `pixii serve` can be told.
pub(crate) struct Configuration {
    pub(crate) server: server::Options,
    pub(crate) engine: EngineChoice,
    pub(crate) database: database::Options,
    /// Who speaks to the servers of other Regions, if there are any.
    pub(crate) peers: Option<Arc<HttpPeers>>,
    /// Where backups are kept, if that is said.
    pub(crate) backup_url: Option<String>,
    pub(crate) has_sample: bool,
    pub(crate) log_format: LogFormat,
    pub(crate) log: String,
}

/// Where the data is kept.
pub(crate) enum EngineChoice {
    Memory,
    Folder(PathBuf, storage::Options),
}

const CACHE_BYTES: usize = 256 * 1024 * 1024;
const WRITE_BUFFER_BYTES: usize = 64 * 1024 * 1024;

impl Configuration {
    /// Reads the file, if one is named, and fills in what is left out.
    pub(crate) fn new(arguments: &ServeArguments) -> Result<Self> {
        let file = file(arguments)?;
        let folder = folder(arguments, &file);
        let identity = key_pair(
            "--peer",
            arguments.peer_certificate.clone().or(file.peer_certificate.clone()),
            arguments.peer_key.clone().or(file.peer_key.clone()),
        )?;
        let transport = transport(arguments, &file, folder.as_deref())?;
        let key =
            key_source(arguments.key_file.clone().or(file.key_file.clone()), folder.as_deref());
        let requests_max = arguments.caller_requests_max.or(file.caller_requests_max);
        let audit = arguments.audit_log.clone().or(file.audit_log.clone());
        let engine = match folder {
            None => EngineChoice::Memory,
            Some(folder) => EngineChoice::Folder(folder, storage_options(arguments, &file)),
        };
        let listen = arguments.listen.or(file.listen);
        let credentials = or_list(&arguments.credentials, file.credentials);
        let peer_credentials = arguments.peer_credentials.clone().or(file.peer_credentials);
        let peer_credentials =
            peer_credentials.map(|pair| key_and_secret("--peer-credentials", &pair)).transpose()?;
        let local_regions = or_list(&arguments.local_region, file.local_region);
        let region_endpoints = or_list(&arguments.region_endpoint, file.region_endpoint);
        let peers = peers(PeerOptions {
            endpoints: endpoints(&local_regions, &region_endpoints)?,
            credentials: peer_credentials.clone(),
            authority: transport.peer_authority.clone(),
            identity,
            ..PeerOptions::default()
        })?;
        let server = server::Options {
            listen: listen.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 8000))),
            metrics_listen: arguments.metrics_listen.or(file.metrics_listen),
            credentials: credentials
                .iter()
                .map(|pair| key_and_secret("--credentials", pair))
                .collect::<Result<_>>()?,
            peer_credentials,
            insecure: arguments.insecure.or(file.insecure).unwrap_or_default(),
            key,
            caller_requests_max: requests_max.unwrap_or(transport.caller_requests_max),
            audit: audit.map(audit_target),
            cors_origins: or_list(&arguments.cors_origin, file.cors_origin),
            ..transport
        };
        let enforce_quotas = arguments.enforce_quotas.or(file.enforce_quotas);
        let enforce_capacity = arguments.enforce_capacity.or(file.enforce_capacity);
        let scales_any_table = arguments.scale_any_table.or(file.scale_any_table);
        let database = database::Options {
            enforce_quotas: enforce_quotas.unwrap_or_default(),
            enforce_capacity: enforce_capacity.unwrap_or_default(),
            scales_any_table: scales_any_table.unwrap_or_default(),
            regions: Regions { local: local_regions, peers: peers.clone().map(|peers| peers as _) },
            ..database::Options::default()
        };
        Ok(Self {
            server,
            engine,
            database,
            peers,
            backup_url: arguments.backup_url.clone().or(file.backup_url),
            has_sample: arguments.sample.or(file.sample).unwrap_or_default(),
            log_format: arguments.log_format.or(file.log_format).unwrap_or(LogFormat::Text),
            log: arguments.log.clone().or(file.log).unwrap_or_else(|| "info".to_owned()),
        })
    }
}

/// What the file says, if one is named.
fn file(arguments: &ServeArguments) -> Result<ServeArguments> {
    let Some(path) = &arguments.config else { return Ok(ServeArguments::default()) };
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("in {}", path.display()))
}

/// The environment variable with the key that secrets are sealed with.
const KEY: &str = "PIXII_KEY";
/// The name of the file with that key in the data folder.
const KEY_FILE: &str = "secrets.key";

/// Where the key is that secrets are sealed with.
pub(crate) fn key_source(file: Option<PathBuf>, folder: Option<&Path>) -> KeySource {
    if let Some(key) = std::env::var(KEY).ok().filter(|key| !key.is_empty()) {
        return KeySource::Given(key);
    }
    match file.or_else(|| folder.map(|folder| folder.join(KEY_FILE))) {
        Some(file) => KeySource::File(file),
        None => KeySource::Passing,
    }
}

fn audit_target(path: PathBuf) -> AuditTarget {
    if path.as_os_str() == "-" { AuditTarget::Output } else { AuditTarget::File(path) }
}

/// Where the data is kept; `None` for in memory.
fn folder(arguments: &ServeArguments, file: &ServeArguments) -> Option<PathBuf> {
    if arguments.in_memory.or(file.in_memory).unwrap_or_default() {
        return None;
    }
    let folder = arguments.data.clone().or(file.data.clone());
    Some(folder.unwrap_or_else(|| "pixii-data".into()))
}

fn storage_options(arguments: &ServeArguments, file: &ServeArguments) -> storage::Options {
    let durability = arguments.durability.or(file.durability).unwrap_or(Durability::Sync);
    storage::Options {
        cache_bytes: arguments.cache_bytes.or(file.cache_bytes).unwrap_or(CACHE_BYTES),
        write_buffer_bytes: WRITE_BUFFER_BYTES,
        durability: match durability {
            Durability::Sync => storage::Durability::Sync,
            Durability::Relaxed => storage::Durability::Relaxed,
        },
    }
}

fn or_list(given: &[String], file: Vec<String>) -> Vec<String> {
    if given.is_empty() { file } else { given.to_vec() }
}

/// How connections are taken, and from whom. A certificate of the server's own stays in the folder of the data.
fn transport(
    arguments: &ServeArguments,
    file: &ServeArguments,
    folder: Option<&Path>,
) -> Result<server::Options> {
    let certificate = arguments.tls_certificate.clone().or(file.tls_certificate.clone());
    let key = arguments.tls_key.clone().or(file.tls_key.clone());
    let is_self_signed = arguments.tls_self_signed.or(file.tls_self_signed).unwrap_or_default();
    let tls = match (key_pair("--tls", certificate, key)?, is_self_signed) {
        (Some(_), true) => bail!("--tls-self-signed and --tls-certificate: leave one of them out"),
        (Some(pair), false) => Some(Tls::Files(pair)),
        (None, true) => Some(Tls::SelfSigned(folder.map(Path::to_owned))),
        (None, false) => None,
    };
    let defaults = server::Options::default();
    let address_connections_max =
        arguments.address_connections_max.or(file.address_connections_max);
    Ok(server::Options {
        tls,
        plain_http: arguments.plain_http.or(file.plain_http).unwrap_or_default(),
        peer_authority: arguments.peer_ca.clone().or(file.peer_ca.clone()),
        allowed: networks("--allow-ip", &or_list(&arguments.allow_ip, file.allow_ip.clone()))?,
        proxies: networks(
            "--proxy-protocol",
            &or_list(&arguments.proxy_protocol, file.proxy_protocol.clone()),
        )?,
        address_connections_max: address_connections_max
            .unwrap_or(defaults.address_connections_max),
        ..defaults
    })
}

fn networks(option: &str, texts: &[String]) -> Result<Vec<Network>> {
    let parse = |text: &String| text.parse().with_context(|| format!("{option} is not understood"));
    texts.iter().map(parse).collect()
}

/// A certificate and its key, which are given both or not at all.
fn key_pair(
    option: &str,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
) -> Result<Option<KeyPair>> {
    match (certificate, key) {
        (Some(certificate), Some(key)) => Ok(Some(KeyPair { certificate, key })),
        (None, None) => Ok(None),
        (Some(_), None) => bail!("{option}-certificate wants its private key: {option}-key FILE"),
        (None, Some(_)) => bail!("{option}-key wants its certificate: {option}-certificate FILE"),
    }
}

fn key_and_secret(option: &str, pair: &str) -> Result<(String, String)> {
    match pair.split_once(':') {
        Some((key, secret)) if !key.is_empty() && !secret.is_empty() => {
            Ok((key.to_owned(), secret.to_owned()))
        }
        // The pair is not repeated: it may hold a secret.
        Some(_) | None => bail!("{option} wants an access key id and its secret: KEY:SECRET"),
    }
}

/// The Regions that live elsewhere, each with its server. A Region lives in one place.
fn endpoints(local_regions: &[String], pairs: &[String]) -> Result<BTreeMap<String, Endpoint>> {
    let mut seen = BTreeSet::new();
    for region in local_regions {
        if !server::is_region(region) {
            bail!("--local-region wants the name of a Region, such as eu-west-1, not {region:?}");
        }
        if !seen.insert(region) {
            bail!("--local-region names {region} twice: leave one of them out");
        }
    }
    let mut endpoints = BTreeMap::new();
    for pair in pairs {
        let (region, url) = pair.split_once('=').unwrap_or(("", pair));
        // The URL is not repeated: it may hold a password.
        if !server::is_region(region) {
            bail!("--region-endpoint wants a Region and its server: REGION=URL");
        }
        let endpoint = url
            .parse()
            .with_context(|| format!("--region-endpoint {region}=… is not understood"))?;
        if local_regions.iter().any(|local| local == region) {
            bail!(
                "{region} lives here by --local-region and elsewhere by --region-endpoint: leave one of them out"
            );
        }
        if endpoints.insert(region.to_owned(), endpoint).is_some() {
            bail!("--region-endpoint names {region} twice: a Region lives on one server");
        }
    }
    Ok(endpoints)
}

/// Who speaks to the servers of other Regions, if there are any.
fn peers(options: PeerOptions) -> Result<Option<Arc<HttpPeers>>> {
    if options.endpoints.is_empty() {
        return Ok(None);
    }
    Ok(Some(Arc::new(HttpPeers::new(options, Arc::new(SystemClock))?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The Regions that live elsewhere, or why these options are refused.
    fn elsewhere(local_regions: &[&str], pairs: &[&str]) -> Result<Vec<String>, String> {
        let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        let endpoints = endpoints(&owned(local_regions), &owned(pairs));
        endpoints
            .map(|endpoints| endpoints.into_keys().collect())
            .map_err(|error| format!("{error:#}"))
    }

    #[track_caller]
    fn refused(local_regions: &[&str], pairs: &[&str], text: &str) {
        let error = elsewhere(local_regions, pairs).unwrap_err();
        assert!(error.contains(text), "{error}");
        assert!(!error.contains("hidden"), "{error}");
    }

    #[test]
    fn a_region_lives_here_or_on_one_other_server() {
        assert_eq!(elsewhere(&[], &[]), Ok(Vec::new()));
        assert_eq!(elsewhere(&["eu-west-1", "mine_2"], &[]), Ok(Vec::new()));
        let pairs = ["us-east-1=http://127.0.0.1:8001", "local=https://pixii.example/"];
        assert_eq!(
            elsewhere(&["eu-west-1"], &pairs),
            Ok(vec!["local".to_owned(), "us-east-1".to_owned()])
        );
        refused(&["eu-west-1", "a", "eu-west-1"], &[], "--local-region names eu-west-1 twice");
        refused(&[], &["a=http://b", "a=http://c"], "--region-endpoint names a twice");
        refused(&["a"], &["a=http://b"], "a lives here by --local-region and elsewhere by");
        refused(&["eu west"], &[], "--local-region wants the name of a Region");
        refused(&[""], &[], "--local-region wants the name of a Region");
        for pair in ["", "a", "=http://b", "http://hidden@b", "a b=http://c"] {
            refused(&[], &[pair], "--region-endpoint wants a Region and its server: REGION=URL");
        }
        for url in ["", "b", "ftp://b", "http://hidden@b", "http://b/c", "http://b?c"] {
            let pair = format!("a={url}");
            refused(
                &[],
                &[&pair],
                "--region-endpoint a=… is not understood: the address of a server is",
            );
        }
    }

    #[test]
    fn connections_are_taken_as_the_line_says_and_then_the_file() {
        let read = |text: &str| toml::from_str::<ServeArguments>(text).unwrap();
        let line = read("plain-http = false\nallow-ip = [\"10.0.0.0/8\"]\ntls-key = \"a.key\"");
        let file = read(
            "plain-http = true\nallow-ip = [\"::1\"]\nproxy-protocol = [\"192.0.2.1\"]\n\
             tls-certificate = \"a.pem\"\ntls-key = \"b.key\"\npeer-ca = \"ca.pem\"\n\
             address-connections-max = 7",
        );
        let options = transport(&line, &file, None).unwrap();
        let pair = KeyPair { certificate: "a.pem".into(), key: "a.key".into() };
        assert_eq!(options.tls, Some(Tls::Files(pair)));
        assert!(!options.plain_http);
        assert_eq!(options.allowed, ["10.0.0.0/8".parse().unwrap()]);
        assert_eq!(options.proxies, ["192.0.2.1".parse().unwrap()]);
        assert_eq!(options.peer_authority, Some("ca.pem".into()));
        assert_eq!(options.address_connections_max, 7);
        let none = ServeArguments::default();
        let options = transport(&none, &none, None).unwrap();
        assert_eq!((options.tls, options.address_connections_max), (None, 2_500));
        let own = read("tls-self-signed = true");
        let options = transport(&own, &none, Some(Path::new("data"))).unwrap();
        assert_eq!(options.tls, Some(Tls::SelfSigned(Some("data".into()))));
    }

    #[test]
    fn bytes_are_a_configuration_or_refused() {
        fuzz::target("configuration", 1_500, |bytes| {
            let text = String::from_utf8_lossy(bytes);
            match toml::from_str::<ServeArguments>(&text) {
                Ok(file) => {
                    for pair in file.credentials.iter().chain(&file.peer_credentials) {
                        let _ = key_and_secret("--credentials", pair);
                    }
                    let _ = endpoints(&file.local_region, &file.region_endpoint);
                    let _ = transport(&ServeArguments::default(), &file, None);
                }
                Err(error) => drop(error.to_string()),
            }
        });
    }
}
