//! What the server runs with: the command line before the environment, that before the file, and what is left out at its default.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use crate::command::{Durability, LogFormat, ServeArguments};

/// Everything that `pixii serve` can be told.
pub(crate) struct Configuration {
    pub(crate) server: server::Options,
    pub(crate) engine: EngineChoice,
    pub(crate) database: database::Options,
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
        let file = match &arguments.config {
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .with_context(|| format!("cannot read {}", path.display()))?;
                toml::from_str(&text).with_context(|| format!("in {}", path.display()))?
            }
            None => ServeArguments::default(),
        };
        let or_list = |given: &[String], file: Vec<String>| {
            if given.is_empty() { file } else { given.to_vec() }
        };
        let listen = arguments.listen.or(file.listen);
        let credentials = or_list(&arguments.credentials, file.credentials);
        let server = server::Options {
            listen: listen.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 8000))),
            metrics_listen: arguments.metrics_listen.or(file.metrics_listen),
            credentials: credentials
                .iter()
                .map(|pair| key_and_secret(pair))
                .collect::<Result<_>>()?,
            insecure: arguments.insecure.or(file.insecure).unwrap_or_default(),
            cors_origins: or_list(&arguments.cors_origin, file.cors_origin),
            ..server::Options::default()
        };
        let is_in_memory = arguments.in_memory.or(file.in_memory).unwrap_or_default();
        let durability = arguments.durability.or(file.durability).unwrap_or(Durability::Sync);
        let options = storage::Options {
            cache_bytes: arguments.cache_bytes.or(file.cache_bytes).unwrap_or(CACHE_BYTES),
            write_buffer_bytes: WRITE_BUFFER_BYTES,
            durability: match durability {
                Durability::Sync => storage::Durability::Sync,
                Durability::Relaxed => storage::Durability::Relaxed,
            },
        };
        let enforce_quotas = arguments.enforce_quotas.or(file.enforce_quotas);
        let enforce_capacity = arguments.enforce_capacity.or(file.enforce_capacity);
        let scales_any_table = arguments.scale_any_table.or(file.scale_any_table);
        let database = database::Options {
            enforce_quotas: enforce_quotas.unwrap_or_default(),
            enforce_capacity: enforce_capacity.unwrap_or_default(),
            scales_any_table: scales_any_table.unwrap_or_default(),
            ..database::Options::default()
        };
        let folder = arguments.data.clone().or(file.data).unwrap_or_else(|| "pixii-data".into());
        Ok(Self {
            server,
            engine: if is_in_memory {
                EngineChoice::Memory
            } else {
                EngineChoice::Folder(folder, options)
            },
            database,
            backup_url: arguments.backup_url.clone().or(file.backup_url),
            has_sample: arguments.sample.or(file.sample).unwrap_or_default(),
            log_format: arguments.log_format.or(file.log_format).unwrap_or(LogFormat::Text),
            log: arguments.log.clone().or(file.log).unwrap_or_else(|| "info".to_owned()),
        })
    }
}

fn key_and_secret(pair: &str) -> Result<(String, String)> {
    match pair.split_once(':') {
        Some((key, secret)) if !key.is_empty() && !secret.is_empty() => {
            Ok((key.to_owned(), secret.to_owned()))
        }
        // The pair is not repeated: it may hold a secret.
        Some(_) | None => bail!("--credentials wants an access key id and its secret: KEY:SECRET"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_a_configuration_or_refused() {
        fuzz::target("configuration", 1_500, |bytes| {
            let text = String::from_utf8_lossy(bytes);
            match toml::from_str::<ServeArguments>(&text) {
                Ok(file) => {
                    for pair in &file.credentials {
                        let _ = key_and_secret(pair);
                    }
                }
                Err(error) => drop(error.to_string()),
            }
        });
    }
}
