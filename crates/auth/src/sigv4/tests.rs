//! Signatures that others computed, and each way to get one wrong.

use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};

use super::date::Date;
use super::key::Secret;
use super::scope::Scope;
use super::{Error, Request, Signature, account, canonical};

const KEY_ID: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// 2026-01-02 03:04:05.
const NOW_MS: u64 = 1_767_323_045_000;
const SCOPE: &str = "AKIDEXAMPLE/20260102/eu-west-1/dynamodb/aws4_request";
const BODY: &[u8] = br#"{"Limit": 10}"#;

/// A request that the AWS SDK for Python signed, with a header whose value has spaces to squeeze.
fn signed() -> Vec<(&'static str, String)> {
    let text = |text: &str| text.to_owned();
    vec![
        ("host", text("localhost:8000")),
        ("user-agent", text("x")),
        ("x-amz-target", text("DynamoDB_20120810.ListTables")),
        ("content-type", text("application/x-amz-json-1.0")),
        ("x-amz-meta", text("  two   spaces ")),
        ("x-amz-date", text("20260102T030405Z")),
        ("authorization", authorization(SCOPE)),
    ]
}

fn authorization(credential: &str) -> String {
    let headers = "content-type;host;x-amz-date;x-amz-meta;x-amz-target";
    let signature = "1a2f4a50b0f4df2c5a7aa4e4f232ad8e57172baf612a5bd4360bfcd9d3c8cdb9";
    format!(
        "AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={headers}, Signature={signature}"
    )
}

/// The signed request with one header replaced, or removed where the value is empty.
fn with(name: &'static str, value: &str) -> Vec<(&'static str, String)> {
    let mut headers = signed();
    headers.retain(|(other, _)| *other != name);
    if !value.is_empty() {
        headers.push((name, value.to_owned()));
    }
    headers
}

fn with_authorization(value: &str) -> Vec<(&'static str, String)> {
    with("authorization", value)
}

/// Whom to believe.
enum Trust {
    Open,
    Verified(Secret),
}

/// Who asks.
#[derive(Debug, PartialEq, Eq)]
struct Caller {
    account: String,
    region: String,
}

impl Trust {
    fn caller(
        &self,
        request: &Request<'_>,
        signature: &Signature<'_>,
        body: &[u8],
    ) -> Result<Caller, Error> {
        let claim = match self {
            Self::Open => signature.claim(None)?,
            Self::Verified(secret) => {
                let claim = signature.claim(Some(NOW_MS))?;
                if claim.key_id() != KEY_ID || claim.session_token().is_some() {
                    return Err(Error::UnknownKey);
                }
                claim.verify(secret, request, body)?;
                claim
            }
        };
        let (account, region) = (account(claim.key_id()).to_owned(), claim.region().to_owned());
        Ok(Caller { account, region })
    }
}

fn verified() -> Trust {
    Trust::Verified(Secret::new(SECRET.to_owned()))
}

fn ask(
    trust: &Trust,
    uri: &str,
    headers: &[(&'static str, String)],
    body: &[u8],
) -> Result<Caller, Error> {
    let (method, uri) = (Method::POST, uri.parse::<Uri>().unwrap());
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
        .collect();
    let request = Request { method: &method, uri: &uri, headers: &headers };
    let signature = Signature::read(&request)?;
    trust.caller(&request, &signature, body)
}

/// Asserts that both modes answer alike.
#[track_caller]
fn refused(headers: &[(&'static str, String)], expected: &str) {
    for trust in [Trust::Open, verified()] {
        let error = ask(&trust, "/", headers, BODY).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

fn caller() -> Caller {
    Caller { account: "123456789012".to_owned(), region: "eu-west-1".to_owned() }
}

#[test]
fn a_request_signed_by_an_sdk_is_verified_however_often() {
    let trust = verified();
    for _ in 0..3 {
        assert_eq!(ask(&trust, "/", &signed(), BODY), Ok(caller()));
    }
}

#[test]
fn a_mark_is_the_same_for_the_same_secret_alone() {
    let mark = |text: &str| Secret::new(text.to_owned()).mark();
    // Tokens carry it, so it must not change.
    assert_eq!(mark(SECRET), [123, 238, 225, 142, 125, 7, 22, 244]);
    assert_ne!(mark(SECRET), mark("another"));
}

#[test]
fn the_published_example_is_verified() {
    let mut headers = HeaderMap::new();
    headers.insert("host", HeaderValue::from_static("iam.amazonaws.com"));
    headers.insert("x-amz-date", HeaderValue::from_static("20150830T123600Z"));
    let form = "application/x-www-form-urlencoded; charset=utf-8";
    headers.insert("content-type", HeaderValue::from_static(form));
    let uri = Uri::from_static("/?Action=ListUsers&Version=2010-05-08");
    let request = Request { method: &Method::GET, uri: &uri, headers: &headers };
    let hash = canonical::hash(&request, "content-type;host;x-amz-date", b"");
    let scope = Scope::parse("AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request").unwrap();
    let date = Date::parse("20150830T123600Z").unwrap();
    let signature = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";
    assert_eq!(Secret::new(SECRET.to_owned()).verify(&scope, &date, &hash, signature), Ok(()));
}

#[test]
fn a_path_and_a_query_are_signed_too() {
    let mut headers = with("x-amz-meta", "");
    headers.retain(|(name, _)| *name != "authorization");
    let signature = "21bbc3e7d3ebc24ae58203a151b67661cdb1b92d4ded42a8c903cab2797b80d3";
    let signed = "content-type;host;x-amz-date;x-amz-target";
    let value = format!(
        "AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders={signed}, Signature={signature}"
    );
    headers.push(("authorization", value));
    let uri = "/a%20b?z=1&a=x%2Fy&a=b";
    assert_eq!(ask(&verified(), uri, &headers, BODY), Ok(caller()));
    assert_eq!(ask(&verified(), "/a%20b?z=2&a=x%2Fy&a=b", &headers, BODY), Err(Error::Mismatch));
    assert_eq!(ask(&verified(), "/b?z=1&a=x%2Fy&a=b", &headers, BODY), Err(Error::Mismatch));
}

/// A URL that the AWS SDK for Python signed, for a request without a body.
const PRESIGNED: &str = "/?Limit=10&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20260102%2Feu-west-1%2Fdynamodb%2Faws4_request&X-Amz-Date=20260102T030405Z&X-Amz-Expires=60&X-Amz-SignedHeaders=content-type%3Bhost%3Bx-amz-target&X-Amz-Signature=38ddb34f8549b69cc8b4ec008abb016335e3a357f063e4518000c27e7f7238cf";

#[test]
fn a_signature_may_be_in_the_query() {
    let mut headers = signed();
    headers.retain(|(name, _)| !["authorization", "x-amz-date", "x-amz-meta"].contains(name));
    assert_eq!(ask(&verified(), PRESIGNED, &headers, b""), Ok(caller()));
    assert_eq!(ask(&verified(), PRESIGNED, &headers, b"{}"), Err(Error::Mismatch));
    let other = PRESIGNED.replace("Limit=10", "Limit=11");
    assert_eq!(ask(&verified(), &other, &headers, b""), Err(Error::Mismatch));
}

#[test]
fn a_signature_in_the_query_is_good_for_as_long_as_it_says_and_no_longer_than_any() {
    #[track_caller]
    fn check(expires: &str, age_ms: u64, expected: Result<(), &str>) {
        let uri = PRESIGNED.replace("Expires=60", &format!("Expires={expires}"));
        let (method, uri) = (Method::POST, uri.parse::<Uri>().unwrap());
        let request = Request { method: &method, uri: &uri, headers: &HeaderMap::new() };
        let signature = Signature::read(&request).unwrap();
        let claimed = signature.claim(Some(NOW_MS + age_ms)).map(drop);
        assert_eq!(claimed.map_err(|error| error.to_string()), expected.map_err(str::to_owned));
    }
    check("60", 60_000, Ok(()));
    let expired = "Signature expired: 20260102T030405Z is now earlier than 20260102T030407Z (20260102T030507Z - 1 min.)";
    check("60", 62_000, Err(expired));
    let expired = "Signature expired: 20260102T030405Z is now earlier than 20260102T030406Z (20260102T030451Z - 45 sec.)";
    check("45", 46_000, Err(expired));
    check("604800", 900_000, Ok(()));
    let expired = "Signature expired: 20260102T030405Z is now earlier than 20260102T030406Z (20260102T031906Z - 15 min.)";
    check("604800", 901_000, Err(expired));
    for none in ["0", "604801", "-1", "x", ""] {
        let text = format!(
            "X-Amz-Expires should be a number of seconds between 1 and 604800, got '{none}'."
        );
        check(none, 0, Err(&text));
    }
}

#[test]
fn missing_parts_of_the_query_are_listed_one_by_one() {
    let headers = with_authorization("");
    let error = ask(&Trust::Open, "/?X-Amz-Algorithm=a&X-Amz-Date=b", &headers, BODY).unwrap_err();
    assert_eq!(
        error.to_string(),
        "AWS query-string parameters must include 'X-Amz-Credential'. \
         AWS query-string parameters must include 'X-Amz-Signature'. \
         AWS query-string parameters must include 'X-Amz-SignedHeaders'. \
         Re-examine the query-string parameters."
    );
}

#[test]
fn two_signatures_are_one_too_many() {
    assert_eq!(ask(&verified(), PRESIGNED, &signed(), BODY), Err(Error::BothForms));
}

#[test]
fn no_signature_is_missing_and_so_is_one_of_another_kind() {
    refused(&with_authorization(""), "Request is missing Authentication Token");
    refused(&with_authorization("Basic AWS4-"), "Request is missing Authentication Token");
}

#[test]
fn missing_parts_of_the_header_are_listed_one_by_one() {
    let mut headers = with_authorization("AWS4-HMAC-SHA256");
    headers.retain(|(name, _)| *name != "x-amz-date");
    refused(
        &headers,
        "Authorization header requires 'Credential' parameter. \
         Authorization header requires 'Signature' parameter. \
         Authorization header requires 'SignedHeaders' parameter. \
         Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. \
         Authorization=AWS4-HMAC-SHA256",
    );
    refused(
        &with_authorization("AWS4- Signature=b Credential=a"),
        "Authorization header requires 'SignedHeaders' parameter. \
         Authorization=AWS4- Signature=b Credential=a",
    );
}

#[test]
fn a_part_without_a_value_is_named() {
    refused(
        &with_authorization("AWS4-HMAC-SHA256 Signature=b,    Credential,    SignedHeaders"),
        "'Credential' not a valid key=value pair (missing equal-sign) in Authorization header: \
         'AWS4-HMAC-SHA256 Signature=b,    Credential,    SignedHeaders'.",
    );
}

#[test]
fn parts_may_be_separated_without_spaces_or_without_commas() {
    for separator in [",", " ", ",  "] {
        let headers = with_authorization(&authorization(SCOPE).replace(", ", separator));
        assert_eq!(ask(&verified(), "/", &headers, BODY), Ok(caller()));
    }
}

#[test]
fn the_host_must_be_signed() {
    let value = authorization(SCOPE).replace("host;", "");
    refused(
        &with_authorization(&value),
        "'Host' must be a 'SignedHeader' in the AWS Authorization.",
    );
}

#[test]
fn the_operation_must_be_signed_where_signatures_count() {
    let value = authorization(SCOPE).replace(";x-amz-target", "");
    let headers = with_authorization(&value);
    let error = ask(&verified(), "/", &headers, BODY).unwrap_err();
    assert_eq!(error, Error::TargetNotSigned);
    assert_eq!(
        error.to_string(),
        "'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization."
    );
    assert_eq!(ask(&Trust::Open, "/", &headers, BODY), Ok(caller()));
    // A request that names no operation need not sign that.
    let mut headers = headers;
    headers.retain(|(name, _)| *name != "x-amz-target");
    assert_eq!(ask(&verified(), "/", &headers, BODY), Err(Error::Mismatch));
    let uri = PRESIGNED.replace("%3Bx-amz-target", "");
    let mut headers = signed();
    headers.retain(|(name, _)| *name != "authorization");
    assert_eq!(ask(&verified(), &uri, &headers, b""), Err(Error::TargetNotSigned));
}

#[test]
fn the_algorithm_is_the_one_there_is() {
    refused(
        &with_authorization(&authorization(SCOPE).replace("SHA256", "SHA25")),
        "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA25' (only AWS4-HMAC-SHA256 for now). ",
    );
}

#[test]
fn a_credential_has_five_elements() {
    refused(
        &with_authorization(&authorization("a/b/c/d")),
        "Credential must have exactly 5 slash-delimited elements, \
         e.g. keyid/date/region/service/term, got 'a/b/c/d'",
    );
    let headers = with_authorization(&authorization(&format!("{SCOPE}//")));
    assert_eq!(ask(&verified(), "/", &headers, BODY), Ok(caller()));
}

#[test]
fn each_element_of_the_scope_that_does_not_fit_is_reported() {
    refused(
        &with_authorization(&authorization("a/b/*/d/e")),
        "Credential should be scoped to a valid region, not '*'. \
         Credential should be scoped to correct service: 'dynamodb'. \
         Credential should be scoped with a valid terminator: 'aws4_request', not 'e'. \
         Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
         'b' != '20260102', from '20260102T030405Z'.",
    );
}

#[test]
fn a_time_that_is_none_is_refused() {
    refused(
        &with("x-amz-date", "201"),
        "Date must be in ISO-8601 'basic format'. Got '201'. See http://en.wikipedia.org/wiki/ISO_8601",
    );
}

#[test]
fn an_old_signature_is_refused_where_signatures_count() {
    let headers = with("x-amz-date", "20260102T020405Z");
    assert_eq!(
        ask(&verified(), "/", &headers, BODY).unwrap_err().to_string(),
        "Signature expired: 20260102T020405Z is now earlier than 20260102T024905Z (20260102T030405Z - 15 min.)"
    );
    assert_eq!(ask(&Trust::Open, "/", &headers, BODY), Ok(caller()));
}

#[test]
fn an_unknown_key_id_is_refused_where_signatures_count() {
    let headers = with_authorization(&authorization(&SCOPE.replace("AKID", "AKIE")));
    assert_eq!(ask(&verified(), "/", &headers, BODY), Err(Error::UnknownKey));
    assert_eq!(ask(&Trust::Open, "/", &headers, BODY), Ok(caller()));
}

#[test]
fn whatever_is_signed_cannot_be_changed() {
    let trust = verified();
    let changed = [
        with("x-amz-target", "DynamoDB_20120810.DeleteTable"),
        with("content-type", "application/json"),
        with("host", "localhost"),
        with("x-amz-meta", "two spaces more"),
        with("x-amz-date", "20260102T030406Z"),
        with_authorization(&authorization(&SCOPE.replace("eu-west", "us-west"))),
        with_authorization(&authorization(SCOPE).replace("=1a2f", "=0a2f")),
        with_authorization(&authorization(SCOPE).replace("=1a2f", "=xyzw")),
        with_authorization(&authorization(SCOPE).replace("=1a2f", "=")),
    ];
    for headers in changed {
        assert_eq!(ask(&trust, "/", &headers, BODY), Err(Error::Mismatch));
        assert_eq!(ask(&trust, "/", &signed(), BODY), Ok(caller()));
    }
    assert_eq!(ask(&trust, "/", &signed(), b"{}"), Err(Error::Mismatch));
}

#[test]
fn spaces_and_order_and_case_of_headers_are_irrelevant() {
    let mut headers = with("x-amz-meta", "two spaces");
    headers.reverse();
    assert_eq!(ask(&verified(), "/", &headers, BODY), Ok(caller()));
    let value = authorization(SCOPE).replace(
        "content-type;host;x-amz-date;x-amz-meta;x-amz-target",
        "X-Amz-Target;Host;Content-Type;X-Amz-Date;X-Amz-Meta;Host",
    );
    assert_eq!(ask(&verified(), "/", &with_authorization(&value), BODY), Ok(caller()));
}

#[test]
fn an_unsigned_payload_is_refused() {
    let headers = with("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
    assert_eq!(ask(&verified(), "/", &headers, b"{}"), Err(Error::Mismatch));
}

#[test]
fn a_session_token_is_one_that_nobody_gave() {
    let headers = with("x-amz-security-token", "token");
    assert_eq!(ask(&verified(), "/", &headers, BODY), Err(Error::UnknownKey));
    assert_eq!(ask(&Trust::Open, "/", &headers, BODY), Ok(caller()));
}

#[test]
fn a_key_id_of_twelve_digits_is_the_account() {
    let headers = with_authorization(&authorization(&SCOPE.replace(KEY_ID, "210987654321")));
    let account = ask(&Trust::Open, "/", &headers, BODY).unwrap().account;
    assert_eq!(account, "210987654321");
}

#[test]
fn a_message_repeats_only_so_much_of_a_request() {
    let headers = with_authorization(&format!("AWS4-{}", "x".repeat(60_000)));
    let text = ask(&Trust::Open, "/", &headers, BODY).unwrap_err().to_string();
    assert!(text.len() < 2000, "{} bytes", text.len());
}

#[test]
fn one_header_named_often_is_hashed_once() {
    let names = format!("{}host;x-amz-target", "x-amz-meta;".repeat(5_000));
    let value = authorization(SCOPE)
        .replace("content-type;host;x-amz-date;x-amz-meta;x-amz-target", &names);
    let mut headers = with("x-amz-meta", &"y".repeat(60_000));
    headers.retain(|(name, _)| *name != "authorization");
    headers.push(("authorization", value));
    assert_eq!(ask(&verified(), "/", &headers, BODY), Err(Error::Mismatch));
}

#[test]
fn a_request_of_any_bytes_is_believed_or_refused() {
    fuzz::target("signature", 20_000, |bytes| {
        // The path in the first line, then the headers, then the body behind an empty line.
        let end = bytes.windows(2).position(|pair| pair == b"\n\n").unwrap_or(bytes.len());
        let (head, body) = bytes.split_at(end);
        let mut lines = head.split(|byte| *byte == b'\n');
        let Ok(uri) = Uri::try_from(lines.next().unwrap_or_default()) else { return };
        let mut headers = HeaderMap::new();
        for line in lines {
            let mut parts = line.splitn(2, |byte| *byte == b':');
            let name = HeaderName::from_bytes(parts.next().unwrap_or_default());
            let value = HeaderValue::from_bytes(parts.next().unwrap_or_default());
            if let (Ok(name), Ok(value)) = (name, value) {
                headers.append(name, value);
            }
        }
        let request = Request { method: &Method::POST, uri: &uri, headers: &headers };
        let signature = match Signature::read(&request) {
            Ok(signature) => signature,
            Err(error) => return assert!(error.to_string().len() < 100_000),
        };
        for trust in [Trust::Open, verified()] {
            match trust.caller(&request, &signature, body) {
                Ok(caller) => {
                    assert!(caller.region.len() <= 64);
                    assert_eq!(caller.account.len(), 12);
                }
                Err(error) => assert!(error.to_string().len() < 100_000),
            }
        }
    });
}
