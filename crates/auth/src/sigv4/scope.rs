//! A credential: whose key it is, and what the signature is good for.

use super::date::Date;
use crate::error::{Error, ScopeFault, echo};

const SERVICE: &str = "dynamodb";
const TERMINATOR: &str = "aws4_request";
/// The longest name of a Region.
const REGION_BYTES_MAX: usize = 64;

/// A credential's five elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scope<'a> {
    pub(super) key_id: &'a str,
    pub(super) day: &'a str,
    pub(super) region: &'a str,
    pub(super) service: &'a str,
    pub(super) terminator: &'a str,
}

impl<'a> Scope<'a> {
    /// Takes a credential apart. Slashes at its end do not count.
    pub(super) fn parse(credential: &'a str) -> Result<Self, Error> {
        let mut elements = credential.trim_end_matches('/').split('/');
        let mut next = || elements.next();
        match (next(), next(), next(), next(), next(), next()) {
            (Some(key_id), Some(day), Some(region), Some(service), Some(terminator), None) => {
                Ok(Self { key_id, day, region, service, terminator })
            }
            _ => Err(Error::CredentialElements(echo(credential))),
        }
    }

    /// Whether this service, in any Region, on the day of the request, is what the credential is for.
    pub(super) fn check(&self, date: &Date) -> Result<(), Error> {
        let mut faults = Vec::new();
        if !is_region(self.region) {
            faults.push(ScopeFault::Region(echo(self.region)));
        }
        if self.service != SERVICE {
            faults.push(ScopeFault::Service);
        }
        if self.terminator != TERMINATOR {
            faults.push(ScopeFault::Terminator(echo(self.terminator)));
        }
        if self.day != date.day() {
            let (day, signed) = (date.day().to_owned(), date.as_str().to_owned());
            faults.push(ScopeFault::Date { scope: echo(self.day), day, signed });
        }
        if faults.is_empty() { Ok(()) } else { Err(Error::Scope(faults)) }
    }
}

/// Whether a text can be the name of a Region: any that ARNs can carry. Regions of one's own are fine.
#[must_use]
pub fn is_region(name: &str) -> bool {
    let is_fine = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    !name.is_empty() && name.len() <= REGION_BYTES_MAX && name.bytes().all(is_fine)
}
