//! The console's files, which are in the program.
//!
//! They are compressed once, when they are first asked for. A file's name holds a hash of its content, so that it can be
//! kept for ever; the page that names them is never kept.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{OnceLock, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName,
    REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body_util::Full;
use rust_embed::Embed;

use super::fault::Fault;
use crate::principals::random;
use crate::wire::Wishes;

/// As Vite has built them.
#[derive(Embed)]
#[folder = "$CARGO_MANIFEST_DIR/../../console/dist"]
#[allow_missing = true]
struct Files;

/// What stands in the page for the word that allows its styles.
const NONCE: &str = "__NONCE__";
/// Where the files with hashes in their names are.
const HASHED: &str = "assets/";
/// The page where there is none.
const ABSENT: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>Pixii</title>\
    <p>This build has no console: <code>./run</code> builds it, and so does <code>npm run build</code> in the folder \
    <code>console</code> before <code>cargo build</code>.";
const YEAR: &str = "public, max-age=31536000, immutable";

/// A file, or for the path of a page, the page.
pub(super) fn file(path: &str, headers: &HeaderMap, is_secure: bool) -> Response<Full<Bytes>> {
    let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    if !is_file || path == "index.html" {
        return page(is_secure);
    }
    let Some(content) = Files::get(path) else { return Fault::NotFound.into_response() };
    let kept = if path.starts_with(HASHED) { YEAR } else { "no-cache" };
    let mut response = compressed(path, &content.data, headers);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(kept));
    response
}

/// The service's model, with what of it this server has built.
pub(super) fn model(headers: &HeaderMap) -> Response<Full<Bytes>> {
    static MODEL: OnceLock<String> = OnceLock::new();
    let model = MODEL.get_or_init(|| {
        let built: Vec<&str> = database::rows()
            .iter()
            .filter(|row| row.access.is_some())
            .map(|row| row.name)
            .collect();
        let built = serde_json::to_string(&built).expect("names are texts");
        let model = workbench::model_json();
        let model = model.strip_suffix('}').unwrap_or(model);
        format!("{model},\"built\":{built}}}")
    });
    let mut response = compressed("model.json", model.as_bytes(), headers);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

fn page(is_secure: bool) -> Response<Full<Bytes>> {
    let nonce = BASE64.encode(random::<18>());
    let page = Files::get("index.html")
        .map(|page| String::from_utf8_lossy(&page.data).replace(NONCE, &nonce));
    let status = if page.is_some() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let mut response = Response::new(Full::from(page.unwrap_or_else(|| ABSENT.to_owned())));
    *response.status_mut() = status;
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; \
         font-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    let headers = response.headers_mut();
    let policy = HeaderValue::from_str(&policy).expect("the policy has no line breaks");
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let opener = HeaderName::from_static("cross-origin-opener-policy");
    headers.insert(opener, HeaderValue::from_static("same-origin"));
    if is_secure {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(STRICT_TRANSPORT_SECURITY, year);
    }
    response
}

/// A file's content, compressed if the client takes that.
fn compressed(path: &str, content: &[u8], headers: &HeaderMap) -> Response<Full<Bytes>> {
    static COMPRESSED: OnceLock<RwLock<HashMap<String, Bytes>>> = OnceLock::new();
    let takes_gzip = Wishes::of(headers).takes_gzip;
    let body = if takes_gzip {
        let all = COMPRESSED.get_or_init(RwLock::default);
        let known = all.read().unwrap_or_else(PoisonError::into_inner).get(path).cloned();
        known.unwrap_or_else(|| {
            let compressed = gzip(content);
            let mut all = all.write().unwrap_or_else(PoisonError::into_inner);
            all.insert(path.to_owned(), compressed.clone());
            compressed
        })
    } else {
        Bytes::copy_from_slice(content)
    };
    let mut response = Response::new(Full::new(body));
    let headers = response.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if takes_gzip {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

fn gzip(content: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::with_capacity(content.len() / 3), Compression::best());
    let written = encoder.write_all(content).and_then(|()| encoder.finish());
    written.expect("memory takes all that is written to it").into()
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "js" => "text/javascript",
        "css" => "text/css",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "json" | "webmanifest" => "application/json",
        _ => "application/octet-stream",
    }
}
