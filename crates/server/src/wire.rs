//! What a request says about itself in its headers.

use database::{Api, Row};
use http::header::{ACCEPT_ENCODING, CONTENT_TYPE, ORIGIN};
use http::{HeaderMap, HeaderValue};

use crate::error::Refusal;

/// The name of the operation and the interface it belongs to.
const TARGET: &str = "x-amz-target";

/// A type of content that requests and replies have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ContentType {
    /// `application/x-amz-json-1.0`
    AmazonJson,
    /// `application/json`
    Json,
}

impl ContentType {
    const ALL: [Self; 2] = [Self::AmazonJson, Self::Json];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::AmazonJson => "application/x-amz-json-1.0",
            Self::Json => "application/json",
        }
    }

    /// The type of a request's body; `None` for any other. Its parameters do not count.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(CONTENT_TYPE)?.to_str().ok()?;
        let name = text.split(';').next().unwrap_or_default().trim();
        Self::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name))
    }
}

/// How a client wants its reply.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wishes {
    /// The type of its content.
    pub(crate) content_type: ContentType,
    /// Whether it may be compressed.
    pub(crate) takes_gzip: bool,
    /// Whether a web page asks.
    pub(crate) is_page: bool,
}

impl Wishes {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        Self {
            content_type: ContentType::of(headers).unwrap_or(ContentType::Json),
            takes_gzip: headers.get_all(ACCEPT_ENCODING).iter().any(names_gzip),
            is_page: headers.contains_key(ORIGIN),
        }
    }
}

/// Whether one of the encodings is gzip, and not in order to say that it is unwanted.
fn names_gzip(value: &HeaderValue) -> bool {
    let encodings = value.to_str().unwrap_or_default().split(',');
    encodings.map(|encoding| encoding.split_once(';').unwrap_or((encoding, ""))).any(
        |(name, parameters)| {
            let quality = parameters.trim().strip_prefix("q=").unwrap_or("1");
            let is_unwanted = quality.trim().parse() == Ok(0.0);
            name.trim().eq_ignore_ascii_case("gzip") && !is_unwanted
        },
    )
}

/// The operation that a request is for.
pub(crate) fn operation(headers: &HeaderMap) -> Result<&'static Row, Refusal> {
    let target = headers.get(TARGET).and_then(|target| target.to_str().ok());
    let row = target.and_then(|target| target.split_once('.')).and_then(|(api, name)| {
        let api = match api {
            "DynamoDB_20120810" => Api::DynamoDb,
            "DynamoDBStreams_20120810" => Api::Streams,
            _ => return None,
        };
        database::find(api, name)
    });
    row.ok_or(Refusal::UnknownOperation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(accept: &'static str, expected: bool) {
        assert_eq!(names_gzip(&HeaderValue::from_static(accept)), expected, "{accept}");
    }

    #[test]
    fn gzip_is_taken_by_who_names_it() {
        check("gzip", true);
        check("deflate, GZIP;q=0.5, br", true);
        check("gzip; q=1", true);
        check("gzip;q=0", false);
        check("gzip; q=0.000", false);
        check("identity", false);
        check("*", false);
        check("", false);
    }
}
