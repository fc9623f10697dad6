//! Which web pages may ask.
//!
//! A server that checks no signatures answers whoever reaches it, and any page in a browser on this
//! machine does. So there only pages of this machine may ask, and those that were allowed. The
//! address a client calls us by is no criterion: it may be anything.

use std::net::Ipv4Addr;

use http::header::ORIGIN;
use http::{HeaderMap, Method};

use crate::Options;

/// Which web pages may ask.
pub(crate) enum Origins {
    /// All of them.
    All,
    /// Those of this machine, and these.
    Local(Vec<String>),
}

impl Origins {
    pub(crate) fn new(options: &Options) -> Self {
        if options.cors_origins.iter().any(|origin| origin == "*") {
            return Self::All;
        }
        let origins = options.cors_origins.iter();
        Self::Local(origins.map(|origin| origin.trim_end_matches('/').to_owned()).collect())
    }

    /// Whether who sent these headers may ask a server that checks no signatures, if `is_open`. Where it does, a page
    /// needs a secret like anybody else. What is no browser sends none of the headers looked at.
    pub(crate) fn allow(&self, is_open: bool, method: &Method, headers: &HeaderMap) -> bool {
        let Self::Local(allowed) = self else {
            return true;
        };
        if !is_open {
            return true;
        }
        if headers.contains_key(ORIGIN) {
            return headers.get_all(ORIGIN).iter().all(|origin| {
                origin.to_str().is_ok_and(|origin| {
                    is_local(origin)
                        || allowed.iter().any(|other| other.eq_ignore_ascii_case(origin))
                })
            });
        }
        // Some requests of pages have no origin. A link to here is one of them, and harmless.
        let is_of_page = headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site");
        !is_of_page || method == Method::GET
    }
}

/// Whether an origin is this machine: by whatever scheme of the two, at any port.
fn is_local(origin: &str) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else {
        return false;
    };
    let (host, port) = match authority.strip_prefix("[::1]") {
        Some(rest) => ("[::1]", rest),
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let is_port = port.is_empty()
        || port.strip_prefix(':').is_some_and(|digits| digits.parse::<u16>().is_ok());
    let is_loopback = || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback());
    let is_host = host == "[::1]" || host.eq_ignore_ascii_case("localhost") || is_loopback();
    matches!(scheme, "http" | "https") && is_port && is_host
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[track_caller]
    fn check(origin: &'static str, expected: bool) {
        assert_eq!(is_local(origin), expected, "{origin}");
    }

    #[test]
    fn a_local_origin_is_one_of_this_machine_and_nothing_that_looks_like_it() {
        check("http://localhost", true);
        check("https://LocalHost:3000", true);
        check("http://127.0.0.1:8000", true);
        check("http://127.1.2.3", true);
        check("http://[::1]", true);
        check("http://[::1]:80", true);
        check("null", false);
        check("", false);
        check("localhost", false);
        check("file://localhost", false);
        check("http://localhost.example.com", false);
        check("http://127.0.0.1.example.com", false);
        check("http://localhost:80.example.com", false);
        check("http://localhost@example.com", false);
        check("http://[::1]example.com", false);
        check("http://[::2]", false);
        check("http://128.0.0.1", false);
    }

    fn origins(cors_origins: &[&str]) -> Origins {
        Origins::new(&Options {
            cors_origins: cors_origins.iter().map(|&origin| origin.to_owned()).collect(),
            ..Options::default()
        })
    }

    fn headers(name: &'static str, value: &'static str) -> HeaderMap {
        let name = http::HeaderName::from_static(name);
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    /// Whether a server that checks no signatures allows it.
    fn allow(origins: &Origins, name: &'static str, value: &'static str) -> bool {
        origins.allow(true, &Method::POST, &headers(name, value))
    }

    #[test]
    fn a_page_of_elsewhere_needs_a_secret_or_leave() {
        let page = "https://example.com";
        assert!(!allow(&origins(&[]), "origin", page));
        assert!(!allow(&origins(&["https://example.org"]), "origin", page));
        assert!(allow(&origins(&["https://example.com/"]), "origin", page));
        assert!(allow(&origins(&["*"]), "origin", page));
        assert!(origins(&[]).allow(false, &Method::POST, &headers("origin", page)));
        assert!(!allow(&origins(&[]), "origin", "null"));
    }

    #[test]
    fn a_page_of_elsewhere_is_known_without_its_origin_too() {
        assert!(!allow(&origins(&[]), "sec-fetch-site", "cross-site"));
        assert!(allow(&origins(&[]), "sec-fetch-site", "none"));
        assert!(allow(&origins(&[]), "host", "whatever.example.com"));
    }
}
