//! TLS: what a server shows of itself, and by whom the certificates of other servers are signed.
//!
//! Certificates are renewed while a server runs: their files are looked at now and then, and what is in them holds for
//! the connections that follow.

mod files;
mod self_signed;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use database::Clock;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use crate::Error;
pub(crate) use files::FromFiles;

/// The file with the certificate that a server has made itself, in the folder of its data.
const SELF_SIGNED_CERTIFICATE: &str = "tls-self-signed.pem";
/// The file with the key to it.
const SELF_SIGNED_KEY: &str = "tls-self-signed.key";

/// A certificate, with those that it is signed by, and its private key: a file each, in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPair {
    /// The certificate first, and then what leads from it to a root.
    pub certificate: PathBuf,
    /// PKCS#8, PKCS#1 or SEC1.
    pub key: PathBuf,
}

/// Where a server's certificate comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// Files, which are read again when they change.
    Files(KeyPair),
    /// The server makes it, for whoever trusts it by its file. It stays in this folder, if there is one, until it is due.
    SelfSigned(Option<PathBuf>),
}

/// What a server shows of itself.
pub struct Certificates {
    config: FromFiles<Arc<ServerConfig>>,
    /// The certificate of the server's own making.
    self_signed: Option<PathBuf>,
}

impl Certificates {
    /// Reads the certificate, or makes one that is good for this address.
    pub(crate) fn new(
        tls: &Tls,
        peer_authority: Option<&Path>,
        address: SocketAddr,
        clock: &dyn Clock,
    ) -> Result<Self, Error> {
        let names = self_signed::names(address);
        match tls {
            Tls::Files(pair) => {
                Ok(Self { config: of_files(pair, peer_authority)?, self_signed: None })
            }
            Tls::SelfSigned(Some(folder)) => {
                let certificate = folder.join(SELF_SIGNED_CERTIFICATE);
                let pair = KeyPair { certificate, key: folder.join(SELF_SIGNED_KEY) };
                self_signed::keep(&pair, &names, clock)?;
                let config = of_files(&pair, peer_authority)?;
                Ok(Self { config, self_signed: Some(pair.certificate) })
            }
            Tls::SelfSigned(None) => {
                let made = self_signed::make(&names, clock)?;
                let paths = peer_authority.map(Path::to_owned).into_iter().collect();
                let config = FromFiles::new(paths, move |files| {
                    let certificate =
                        (Path::new(SELF_SIGNED_CERTIFICATE), made.certificate.as_bytes());
                    let key = (Path::new(SELF_SIGNED_KEY), made.key.as_bytes());
                    config(certificate, key, files.first().copied())
                })?;
                Ok(Self { config, self_signed: None })
            }
        }
    }

    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        self.config.value()
    }

    /// The file with the certificate that the server made itself, for clients to trust; `None` if it made none, or
    /// keeps none.
    #[must_use]
    pub fn self_signed(&self) -> Option<&Path> {
        self.self_signed.as_deref()
    }

    /// Reads the files again, and says so in the log if they have changed. What cannot be used leaves things as they
    /// were. Waits for the disk.
    pub fn refresh(&self) {
        self.config.refresh("the certificate");
    }
}

/// What these files say, with the authority's behind the pair's if there is one.
fn of_files(
    pair: &KeyPair,
    peer_authority: Option<&Path>,
) -> Result<FromFiles<Arc<ServerConfig>>, Error> {
    let paths = [Some(&*pair.certificate), Some(&*pair.key), peer_authority];
    let paths = paths.into_iter().flatten().map(Path::to_owned).collect();
    FromFiles::new(paths, |files| match *files {
        [certificate, key, ref authority @ ..] => {
            config(certificate, key, authority.first().copied())
        }
        [] | [_] => unreachable!("there are as many as were named"),
    })
}

/// A file, and what is in it.
type File<'a> = (&'a Path, &'a [u8]);

/// How to speak TLS. With an authority, clients may show a certificate of it, and none of another.
fn config(
    (certificate_path, certificate): File<'_>,
    (key_path, key): File<'_>,
    authority: Option<File<'_>>,
) -> Result<Arc<ServerConfig>, Error> {
    let chain = certificates(certificate_path, certificate)?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| Error::NoKey(key_path.to_owned()))?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(Error::Tls)?;
    let builder = match authority {
        Some((path, pem)) => builder.with_client_cert_verifier(verifier(path, pem)?),
        None => builder.with_no_client_auth(),
    };
    let unusable = |source| Error::Certificate { file: certificate_path.to_owned(), source };
    let mut config = builder.with_single_cert(chain, key).map_err(unusable)?;
    config.alpn_protocols = [b"h2".as_slice(), b"http/1.1"].map(<[u8]>::to_vec).into();
    // What was agreed upon is with the client, encrypted: it takes no memory here.
    config.ticketer = aws_lc_rs::Ticketer::new().map_err(Error::Tls)?;
    Ok(Arc::new(config))
}

fn verifier(path: &Path, pem: &[u8]) -> Result<Arc<dyn ClientCertVerifier>, Error> {
    let mut roots = RootCertStore::empty();
    for root in certificates(path, pem)? {
        let unusable = |source| Error::Certificate { file: path.to_owned(), source };
        roots.add(root).map_err(unusable)?;
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    // Ordinary clients have none.
    let verifier = builder.allow_unauthenticated().build();
    verifier.map_err(|_| Error::NoCertificate(path.to_owned()))
}

/// The certificates in a file; at least one.
pub(crate) fn certificates(path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let none = || Error::NoCertificate(path.to_owned());
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    all.ok().filter(|all| !all.is_empty()).ok_or_else(none)
}
