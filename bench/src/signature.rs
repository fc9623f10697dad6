//! Signature Version 4 in a request's headers, as the SDKs write it.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

/// Whom requests are signed for, and where.
#[derive(clap::Args, Debug, Clone)]
pub(crate) struct Identity {
    /// The access key.
    #[arg(long, default_value = "bench")]
    pub(crate) access_key: String,
    /// The secret key.
    #[arg(long, default_value = "bench-secret")]
    pub(crate) secret_key: String,
    /// The region.
    #[arg(long, default_value = "us-east-1")]
    pub(crate) region: String,
}

/// Signs requests of one identity, service and second.
pub(crate) struct Signer {
    /// When, as the header `x-amz-date` has it.
    time: String,
    scope: String,
    access_key: String,
    key: Hmac<Sha256>,
}

impl Signer {
    pub(crate) fn new(identity: &Identity, service: &str, now: SystemTime) -> Self {
        let time = time(now);
        let (date, _) = time.split_once('T').unwrap_or((&time, ""));
        let parts = [date, &identity.region, service, "aws4_request"];
        let mut key = keyed(format!("AWS4{}", identity.secret_key).as_bytes());
        for part in parts {
            key = keyed(&authenticated(&key, part.as_bytes()));
        }
        let scope = parts.join("/");
        Self { time, scope, access_key: identity.access_key.clone(), key }
    }

    pub(crate) fn time(&self) -> &str {
        &self.time
    }

    /// The header `authorization` of a `POST /` with these headers, all of which are signed. Their
    /// names are in lower case and in order.
    pub(crate) fn authorization(&self, headers: &[(&str, &str)], body: &[u8]) -> String {
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let mut canonical = String::from("POST\n/\n\n");
        for (name, value) in headers {
            canonical.extend([name, ":", value, "\n"]);
        }
        canonical.extend(["\n", &names, "\n", &hexadecimal(&Sha256::digest(body))]);
        let digest = hexadecimal(&Sha256::digest(canonical));
        let (time, scope, access_key) = (&self.time, &self.scope, &self.access_key);
        let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{digest}");
        let signature = hexadecimal(&authenticated(&self.key, text.as_bytes()));
        format!(
            "AWS4-HMAC-SHA256 Credential={access_key}/{scope}, SignedHeaders={names}, \
             Signature={signature}"
        )
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("this algorithm takes keys of any length")
}

fn authenticated(key: &Hmac<Sha256>, text: &[u8]) -> Vec<u8> {
    key.clone().chain_update(text).finalize().into_bytes().to_vec()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A time such as `20150830T123600Z`.
fn time(now: SystemTime) -> String {
    let seconds = now.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let (year, month, day) = date(seconds / 86_400);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// The date that many days after the first of 1970. Years are counted from March, so that the
/// leap day is the last one.
fn date(days: u64) -> (u64, u64, u64) {
    const DAYS_OF_400_YEARS: u64 = 146_097;
    // From the first of March of the year 0.
    let days = days + 719_468;
    let (era, day) = (days / DAYS_OF_400_YEARS, days % DAYS_OF_400_YEARS);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (years_more, month) = if month < 10 { (0, month + 3) } else { (1, month - 9) };
    (400 * era + year + years_more, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    /// The signature of a request of the test suite for Signature Version 4 that AWS publishes.
    #[track_caller]
    fn check(headers: &[(&str, &str)], body: &str, signature: &str) {
        let identity = Identity {
            access_key: "AKIDEXAMPLE".to_owned(),
            secret_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
            region: "us-east-1".to_owned(),
        };
        let signer = Signer::new(&identity, "service", at(1_440_938_160));
        assert_eq!(signer.time(), "20150830T123600Z");
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        let wanted = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
             SignedHeaders={}, Signature={signature}",
            names.join(";")
        );
        assert_eq!(signer.authorization(headers, body.as_bytes()), wanted);
    }

    #[test]
    fn signatures_are_those_of_the_published_suite() {
        let host = ("host", "example.amazonaws.com");
        let date = ("x-amz-date", "20150830T123600Z");
        // post-vanilla
        check(
            &[host, date],
            "",
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        );
        // post-x-www-form-urlencoded
        check(
            &[("content-type", "application/x-www-form-urlencoded"), host, date],
            "Param1=value1",
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        );
    }

    #[test]
    fn times_are_those_of_the_calendar() {
        assert_eq!(time(at(0)), "19700101T000000Z");
        assert_eq!(time(at(951_782_399)), "20000228T235959Z");
        assert_eq!(time(at(951_782_400)), "20000229T000000Z");
        assert_eq!(time(at(1_709_251_200)), "20240301T000000Z");
        assert_eq!(time(at(4_102_444_799)), "20991231T235959Z");
    }
}
