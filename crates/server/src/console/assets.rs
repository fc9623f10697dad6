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
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName,
    IF_NONE_MATCH, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, VARY, X_CONTENT_TYPE_OPTIONS,
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
/// The page's file.
const PAGE: &str = "index.html";
/// How long what never changes is kept.
const YEAR: &str = "public, max-age=31536000, immutable";
/// That what may change is asked for again, by its tag.
const CHECKED: &str = "no-cache";

/// A file, or for the path of a page, the page. A table's name may hold a dot, so that what a browser goes to is a page
/// as long as it is no file.
pub(super) fn file(
    path: &str,
    headers: &HeaderMap,
    (is_secure, wants_page): (bool, bool),
) -> Response<Full<Bytes>> {
    let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    if !is_file || path == PAGE {
        return page(is_secure);
    }
    let Some(content) = Files::get(path) else {
        let is_page = wants_page && !path.starts_with(HASHED);
        return if is_page { page(is_secure) } else { Fault::NotFound.into_response() };
    };
    let kept = if path.starts_with(HASHED) { YEAR } else { CHECKED };
    let kind = content_type(path);
    compressed((path, &content.data), headers, (kind, kept))
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
    compressed(("model.json", model.as_bytes()), headers, ("application/json", CHECKED))
}

fn page(is_secure: bool) -> Response<Full<Bytes>> {
    let nonce = BASE64.encode(random::<18>());
    let page =
        Files::get(PAGE).map(|page| String::from_utf8_lossy(&page.data).replace(NONCE, &nonce));
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

/// A file as it is sent: its tag, and its content compressed.
#[derive(Clone)]
struct Packed {
    tag: HeaderValue,
    gzip: Bytes,
}

/// A file's content, compressed if the client takes that, or that the client has it already.
fn compressed(
    (path, content): (&str, &[u8]),
    asked: &HeaderMap,
    (kind, kept): (&'static str, &'static str),
) -> Response<Full<Bytes>> {
    static PACKED: OnceLock<RwLock<HashMap<String, Packed>>> = OnceLock::new();
    let all = PACKED.get_or_init(RwLock::default);
    let known = all.read().unwrap_or_else(PoisonError::into_inner).get(path).cloned();
    let packed = known.unwrap_or_else(|| {
        let packed = Packed { tag: tag(content), gzip: gzip(content) };
        let mut all = all.write().unwrap_or_else(PoisonError::into_inner);
        all.insert(path.to_owned(), packed.clone());
        packed
    });
    let is_known = asked.get_all(IF_NONE_MATCH).iter().any(|tag| *tag == packed.tag);
    let takes_gzip = Wishes::of(asked).takes_gzip;
    let body = match () {
        () if is_known => Bytes::new(),
        () if takes_gzip => packed.gzip,
        () => Bytes::copy_from_slice(content),
    };
    let mut response = Response::new(Full::new(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(kept));
    headers.insert(ETAG, packed.tag);
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else if takes_gzip {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// A tag that is another one for any other content. It is weak: the content goes out in two encodings.
fn tag(content: &[u8]) -> HeaderValue {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, content);
    let tag = format!("W/\"{}\"", BASE64.encode(hash.as_ref()));
    HeaderValue::from_str(&tag).expect("base 64 is fine in a header")
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
