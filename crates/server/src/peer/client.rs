//! The side that asks: one HTTP client for the servers of all other Regions, which keeps its connections.
//!
//! A message is signed for the Region that it goes to. Redirects are not followed and proxies not asked: a message
//! reaches the server that was named, or nobody.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use bytes::{Bytes, BytesMut};
use database::{Clock, PeerError, Peers};
use futures_util::future::BoxFuture;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Identity, Response, Url};
use serde::Deserialize;

use super::{CONTENT, PATH};
use crate::error::Unanswered;
use crate::tls::{self, FromFiles};
use crate::{Error, KeyPair};

/// The most that an answer may hold, in bytes.
pub(crate) const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Of another server's reason for a refusal, so much is repeated.
const MESSAGE_CHARACTERS_MAX: usize = 200;
/// Key id and secret for servers that believe anybody.
const ANYBODY: (&str, &str) = ("123456789012", "pixii");
const USER_AGENT: &str = concat!("pixii/", env!("CARGO_PKG_VERSION"));

type BoxedError = Box<dyn std::error::Error + Send + Sync>;

/// Where a server is: a scheme, a host and perhaps a port, as `https://pixii.example:8000`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint(Url);

impl FromStr for Endpoint {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let url = Url::parse(text).map_err(|_| Error::Endpoint)?;
        let is_http = matches!(url.scheme(), "http" | "https") && url.has_host();
        let has_user = !url.username().is_empty() || url.password().is_some();
        let has_more = url.path() != "/" || url.query().is_some() || url.fragment().is_some();
        if is_http && !has_user && !has_more { Ok(Self(url)) } else { Err(Error::Endpoint) }
    }
}

impl Endpoint {
    fn is_secure(&self) -> bool {
        self.0.scheme() == "https"
    }
}

/// How to speak to the servers of other Regions.
#[derive(Clone)]
pub struct PeerOptions {
    /// The Regions that live elsewhere, each with its server.
    pub endpoints: BTreeMap<String, Endpoint>,
    /// The key id and the secret that the servers know each other by; none for servers that believe anybody.
    pub credentials: Option<(String, String)>,
    /// Certificates, in PEM, by which those of the servers are signed, besides the system's. With it all of them are
    /// asked over TLS.
    pub authority: Option<PathBuf>,
    /// What is shown to servers that ask for a certificate. With it all of them are asked over TLS.
    pub identity: Option<KeyPair>,
    /// How long it may take to connect, and over TLS to agree on keys.
    pub connect_time: Duration,
    /// How long a message may take, from connecting to the answer's last byte.
    pub request_time: Duration,
}

impl Default for PeerOptions {
    /// Nobody to speak to.
    fn default() -> Self {
        Self {
            endpoints: BTreeMap::new(),
            credentials: None,
            authority: None,
            identity: None,
            connect_time: Duration::from_secs(2),
            request_time: Duration::from_secs(10),
        }
    }
}

/// Speaks to the servers of other Regions over HTTP. Needs a tokio runtime with its network and its clock.
pub struct HttpPeers {
    client: FromFiles<Client>,
    endpoints: BTreeMap<String, Endpoint>,
    credentials: Credentials,
    clock: Arc<dyn Clock>,
}

impl HttpPeers {
    /// Prepares to speak to these servers, and asks none of them yet. Messages are signed with the clock's time.
    ///
    /// # Errors
    /// [`Error::Client`] where one of them is asked over TLS, and the system has no certificates to know it by;
    /// [`Error::ClearPeer`] for one that would be asked without, where there are certificates for it; and what is wrong
    /// with those.
    pub fn new(options: PeerOptions, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let clear = options.endpoints.iter().find(|(_, endpoint)| !endpoint.is_secure());
        let has_certificates = options.authority.is_some() || options.identity.is_some();
        if let Some((region, _)) = clear.filter(|_| has_certificates) {
            return Err(Error::ClearPeer(region.clone()));
        }
        let PeerOptions { endpoints, credentials, authority, identity, .. } = options.clone();
        let paths = identity.map(|KeyPair { certificate, key }| [certificate, key]);
        let paths = paths.into_iter().flatten().chain(authority).collect();
        let client = FromFiles::new(paths, move |files| client(&options, files))?;
        let (key_id, secret) = credentials.unwrap_or_else(|| {
            let (key_id, secret) = ANYBODY;
            (key_id.to_owned(), secret.to_owned())
        });
        let credentials = Credentials::new(key_id, secret, None, None, "pixii");
        Ok(Self { client, endpoints, credentials, clock })
    }

    /// Reads the certificates again, and says so in the log if they have changed. What cannot be used leaves things as
    /// they were. Waits for the disk.
    pub fn refresh(&self) {
        self.client.refresh("the certificate for other servers");
    }

    async fn send(&self, region: &str, message: Bytes) -> Result<Bytes, Unanswered> {
        let Some(Endpoint(url)) = self.endpoints.get(region) else {
            return Err(Unanswered::Unknown(region.to_owned()));
        };
        let mut url = url.clone();
        url.set_path(PATH);
        let headers = self.headers(region, &url, &message).map_err(Unanswered::Sign)?;
        let response = self.client.value().post(url).headers(headers).body(message).send().await?;
        let (url, status) = (response.url().clone(), response.status());
        if status == StatusCode::OK {
            return answer(response).await;
        }
        // A reason that cannot be read is none, and the status says enough.
        let message = answer(response).await.ok().and_then(|body| reason(&body));
        Err(Unanswered::Refused { url, status, message })
    }

    /// What a message is sent with: what it is, to whom, and the signature over both.
    fn headers(&self, region: &str, url: &Url, message: &[u8]) -> Result<HeaderMap, BoxedError> {
        let mut headers = HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static(CONTENT)),
            (HOST, HeaderValue::from_str(url.authority())?),
        ]);
        let identity = self.credentials.clone().into();
        let parameters = SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name("dynamodb")
            .time(UNIX_EPOCH + Duration::from_millis(self.clock.now_ms()))
            .settings(SigningSettings::default())
            .build()?
            .into();
        let signed = [("content-type", CONTENT), ("host", url.authority())];
        let body = SignableBody::Bytes(message);
        let request = SignableRequest::new("POST", url.as_str(), signed.into_iter(), body)?;
        let (instructions, _signature) = sign(request, &parameters)?.into_parts();
        let (added, _query) = instructions.into_parts();
        for header in added {
            let mut value = HeaderValue::from_str(header.value())?;
            value.set_sensitive(header.sensitive());
            headers.insert(HeaderName::from_static(header.name()), value);
        }
        Ok(headers)
    }
}

impl Peers for HttpPeers {
    fn regions(&self) -> Vec<String> {
        self.endpoints.keys().cloned().collect()
    }

    fn has(&self, region: &str) -> bool {
        self.endpoints.contains_key(region)
    }

    fn ask<'a>(
        &'a self,
        region: &'a str,
        message: Bytes,
    ) -> BoxFuture<'a, Result<Bytes, PeerError>> {
        Box::pin(async move { self.send(region, message).await.map_err(PeerError::new) })
    }
}

/// A client with what is in the files of the certificates: the pair's, and then the authority's.
fn client(options: &PeerOptions, files: &[(&Path, &[u8])]) -> Result<Client, Error> {
    let mut builder = Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(options.connect_time)
        .timeout(options.request_time)
        .redirect(Policy::none())
        .no_proxy()
        .http1_only();
    let mut files = files.iter();
    if options.identity.is_some() {
        let (certificate, key) = files.next().zip(files.next()).expect("both were named");
        builder = builder.identity(identity(*certificate, *key)?);
    }
    if let Some((path, pem)) = files.next() {
        let roots = tls::certificates(path, pem)?;
        let roots: Result<Vec<_>, _> =
            roots.iter().map(|root| Certificate::from_der(root)).collect();
        builder = builder.tls_certs_merge(roots.map_err(Error::Client)?);
    }
    // A machine without root certificates can do without them as long as none is needed.
    if !options.endpoints.values().any(Endpoint::is_secure) {
        builder = builder.tls_certs_only([]);
    }
    builder.build().map_err(Error::Client)
}

fn identity(certificate: (&Path, &[u8]), key: (&Path, &[u8])) -> Result<Identity, Error> {
    tls::certificates(certificate.0, certificate.1)?;
    let both = [certificate.1, b"\n", key.1].concat();
    Identity::from_pem(&both).map_err(|_| Error::NoKey(key.0.to_owned()))
}

/// The body of a response, if it is not too large.
async fn answer(mut response: Response) -> Result<Bytes, Unanswered> {
    let limit = u64::try_from(ANSWER_BYTES_MAX).unwrap_or(u64::MAX);
    if response.content_length().is_some_and(|bytes| limit < bytes) {
        return Err(Unanswered::TooLarge(response.url().clone()));
    }
    let mut bytes = BytesMut::new();
    while let Some(part) = response.chunk().await? {
        if ANSWER_BYTES_MAX < bytes.len() + part.len() {
            return Err(Unanswered::TooLarge(response.url().clone()));
        }
        bytes.extend_from_slice(&part);
    }
    Ok(bytes.freeze())
}

/// Why a server refused, as the body of its reply says it.
fn reason(body: &[u8]) -> Option<String> {
    /// What all its refusals have in common.
    #[derive(Deserialize)]
    struct Fault {
        #[serde(alias = "Message")]
        message: String,
    }
    let Fault { message } = serde_json::from_slice(body).ok()?;
    Some(message.chars().take(MESSAGE_CHARACTERS_MAX).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_scheme_a_host_and_perhaps_a_port() {
        #[track_caller]
        fn check(text: &str, expected: Option<&str>) {
            let endpoint = text.parse::<Endpoint>().ok();
            assert_eq!(endpoint.as_ref().map(|endpoint| endpoint.0.as_str()), expected, "{text}");
        }
        check("http://127.0.0.1:8000", Some("http://127.0.0.1:8000/"));
        check("https://Pixii.example/", Some("https://pixii.example/"));
        check("https://pixii.example:443", Some("https://pixii.example/"));
        check("http://[::1]:8000", Some("http://[::1]:8000/"));
        check("", None);
        check("pixii.example", None);
        check("pixii.example:8000", None);
        check("localhost:8000", None);
        check("ftp://pixii.example", None);
        check("file:///tmp", None);
        check("http://", None);
        check("http://a b", None);
        check("http://pixii.example:65536", None);
        check("http://pixii.example/path", None);
        check("http://pixii.example/?", None);
        check("http://pixii.example/?query", None);
        check("http://pixii.example/#part", None);
        check("http://user@pixii.example", None);
        check("http://:secret@pixii.example", None);
    }

    #[test]
    fn a_reason_is_the_message_and_not_all_of_it() {
        #[track_caller]
        fn check(body: &str, expected: Option<&str>) {
            assert_eq!(reason(body.as_bytes()).as_deref(), expected);
        }
        check(r#"{"__type": "a#B", "message": "no"}"#, Some("no"));
        check(r#"{"__type": "a#B", "Message": "no"}"#, Some("no"));
        check(r#"{"__type": "a#B"}"#, None);
        check(r#"{"message": 1}"#, None);
        check("<html>", None);
        check("", None);
        let long = "é".repeat(201);
        check(&format!(r#"{{"message": "{long}"}}"#), Some(&"é".repeat(200)));
    }
}
