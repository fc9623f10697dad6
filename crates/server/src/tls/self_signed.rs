//! A certificate of a server's own making, for trials: good for whoever has its file.
//!
//! It is signed by nobody else and may sign nothing, so who trusts it trusts this one server.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use database::Clock;
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose};
use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::ServerCertVerifier as _;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};

use super::KeyPair;
use crate::Error;
use crate::file;

/// How long it is good: as long as clients take any.
const LIFETIME: Duration = Duration::from_hours(825 * 24);
/// So long before its end it is made anew.
const REST_MIN: Duration = Duration::from_hours(30 * 24);
/// So long before it is made it is good already, for clients whose clocks are behind.
const HEAD_START: Duration = Duration::from_hours(24);

/// A certificate and its key, in PEM.
pub(super) struct Made {
    pub(super) certificate: String,
    pub(super) key: String,
}

/// What clients may call a server that listens on an address.
pub(super) fn names(listen: SocketAddr) -> BTreeSet<String> {
    let local = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let mut names = BTreeSet::from(local);
    if !listen.ip().is_unspecified() {
        names.insert(listen.ip().to_canonical().to_string());
    }
    names.extend(host_name());
    names
}

/// What the system calls this machine, if that is a name which a certificate can be for.
fn host_name() -> Option<String> {
    let name = rustix::system::uname();
    let name = name.nodename().to_str().ok()?.to_ascii_lowercase();
    let is_name = matches!(ServerName::try_from(name.as_str()), Ok(ServerName::DnsName(_)));
    is_name.then_some(name)
}

/// Makes a certificate unless there is one that is good for these names, and for some time yet.
pub(super) fn keep(
    pair: &KeyPair,
    names: &BTreeSet<String>,
    clock: &dyn Clock,
) -> Result<(), Error> {
    if is_good(pair, names, clock) {
        return Ok(());
    }
    let made = make(names, clock)?;
    if let Some(folder) = pair.certificate.parent() {
        fs::create_dir_all(folder)
            .map_err(|source| Error::File { file: folder.to_owned(), source })?;
    }
    write(&pair.key, 0o600, &made.key)?;
    write(&pair.certificate, 0o644, &made.certificate)
}

fn is_good(pair: &KeyPair, names: &BTreeSet<String>, clock: &dyn Clock) -> bool {
    // A crash may have come between the two files.
    if super::of_files(pair, None).is_err() {
        return false;
    }
    let Ok(certificate) = CertificateDer::from_pem_file(&pair.certificate) else { return false };
    let mut roots = RootCertStore::empty();
    if roots.add(certificate.clone()).is_err() {
        return false;
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
    let Ok(verifier) = verifier else { return false };
    let later = UnixTime::since_unix_epoch(Duration::from_millis(clock.now_ms()) + REST_MIN);
    names.iter().all(|name| {
        let name = ServerName::try_from(name.as_str());
        name.is_ok_and(|name| {
            verifier.verify_server_cert(&certificate, &[], &name, &[], later).is_ok()
        })
    })
}

pub(super) fn make(names: &BTreeSet<String>, clock: &dyn Clock) -> Result<Made, Error> {
    let key = rcgen::KeyPair::generate().map_err(Error::SelfSigned)?;
    let names: Vec<String> = names.iter().cloned().collect();
    let mut parameters = CertificateParams::new(names).map_err(Error::SelfSigned)?;
    parameters.distinguished_name = DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, "Pixii, signed by itself");
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let now = rcgen::date_time_ymd(1970, 1, 1) + Duration::from_millis(clock.now_ms());
    parameters.not_before = now - HEAD_START;
    parameters.not_after = now + LIFETIME - HEAD_START;
    let certificate = parameters.self_signed(&key).map_err(Error::SelfSigned)?;
    Ok(Made { certificate: certificate.pem(), key: key.serialize_pem() })
}

/// Puts a file in its place, with all that is in it.
fn write(path: &Path, mode: u32, text: &str) -> Result<(), Error> {
    let failed = |source| Error::File { file: path.to_owned(), source };
    file::write(path, mode, text).map_err(failed)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    struct At(u64);

    impl Clock for At {
        fn now_ms(&self) -> u64 {
            self.0
        }
    }

    const DAY_MS: u64 = 24 * 3600 * 1000;
    const BEGIN_MS: u64 = 20_000 * DAY_MS;

    #[test]
    fn a_certificate_is_kept_until_it_is_due_or_good_for_too_little() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let pair = KeyPair { certificate: data.join("a.pem"), key: data.join("a.key") };
        let kept = |listen: &str, days: u64| {
            let names = names(listen.parse().unwrap());
            keep(&pair, &names, &At(BEGIN_MS + days * DAY_MS)).unwrap();
            fs::read_to_string(&pair.certificate).unwrap()
        };
        let first = kept("127.0.0.1:8000", 0);
        assert_eq!(kept("127.0.0.1:8000", 790), first);
        let second = kept("127.0.0.1:8000", 800);
        assert_ne!(second, first);
        assert_eq!(kept("0.0.0.0:8000", 800), second);
        let third = kept("192.0.2.1:8000", 800);
        assert_ne!(third, second);
        assert_eq!(kept("[::]:1", 800), third);
        fs::remove_file(&pair.key).unwrap();
        let fourth = kept("192.0.2.1:8000", 800);
        assert_ne!(fourth, third);
        fs::write(&pair.certificate, third).unwrap();
        assert_ne!(kept("192.0.2.1:8000", 800), fourth);
        let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&pair.certificate), mode(&pair.key)), (0o644, 0o600));
        assert_eq!(fs::read_dir(&data).unwrap().count(), 2);
    }

    #[test]
    fn a_certificate_is_for_this_machine_and_where_it_listens() {
        let all = names("192.0.2.1:8000".parse().unwrap());
        for name in ["localhost", "127.0.0.1", "::1", "192.0.2.1"] {
            assert!(all.contains(name), "{all:?}");
        }
        let mapped = names("[::ffff:192.0.2.1]:8000".parse().unwrap());
        assert_eq!(mapped, all);
        let everywhere = names("0.0.0.0:8000".parse().unwrap());
        assert!(!everywhere.contains("0.0.0.0"));
        assert!(everywhere.iter().any(|name| name.parse::<IpAddr>().is_err()));
    }
}
