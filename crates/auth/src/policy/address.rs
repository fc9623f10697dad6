//! Addresses and ranges of them, of either version of IP.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

/// The bits of an IPv6 address before those of an IPv4 address that it stands for.
const MAPPED_BITS: u8 = 96;

/// Reads a range, or one address as the range of itself. A range of addresses that stand for IPv4 is one of IPv4.
pub(super) fn range(text: &str) -> Option<IpNet> {
    let range = match text.parse::<IpNet>() {
        Ok(range) => range,
        Err(_) => IpNet::from(text.parse::<IpAddr>().ok()?),
    };
    let IpNet::V6(wide) = range else {
        return Some(range);
    };
    let narrow = wide.addr().to_ipv4_mapped().zip(wide.prefix_len().checked_sub(MAPPED_BITS));
    let narrow = narrow.and_then(|(address, bits)| Ipv4Net::new(address, bits).ok());
    Some(narrow.map_or(range, IpNet::V4))
}

/// Reads an address; one that stands for an IPv4 address is that address.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    Some(text.parse::<IpAddr>().ok()?.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(within: &str, one: &str, expected: bool) {
        assert_eq!(range(within).unwrap().contains(&address(one).unwrap()), expected);
    }

    #[test]
    fn an_address_is_within_a_range_of_its_own_version() {
        check("203.0.113.0/24", "203.0.113.255", true);
        check("203.0.113.0/24", "203.0.114.0", false);
        check("203.0.113.77/24", "203.0.113.1", true);
        check("203.0.113.5", "203.0.113.5", true);
        check("203.0.113.5", "203.0.113.6", false);
        check("0.0.0.0/0", "255.255.255.255", true);
        check("0.0.0.0/0", "2001:db8::1", false);
        check("2001:db8::/32", "2001:db8:ffff::", true);
        check("2001:db8::/32", "2001:db9::", false);
        check("2001:DB8::1", "2001:0db8:0:0::1", true);
        check("::/0", "203.0.113.5", false);
        check("::/0", "::1", true);
    }

    #[test]
    fn an_address_that_stands_for_ipv4_is_of_ipv4() {
        check("203.0.113.0/24", "::ffff:203.0.113.9", true);
        check("::ffff:203.0.113.0/120", "203.0.113.9", true);
        check("::ffff:203.0.113.0/120", "203.0.114.9", false);
        check("::ffff:203.0.113.9", "203.0.113.9", true);
        check("::ffff:0:0/95", "203.0.113.9", false);
    }

    #[test]
    fn what_is_no_range_is_none() {
        for text in [
            "",
            "10.0.0",
            "10.0.0.0/33",
            "10.0.0.0/",
            "::/129",
            "10.0.0.0-10.0.0.9",
            "example.com",
            "10.0.0.*",
            " 10.0.0.1",
        ] {
            assert_eq!(range(text), None, "{text:?}");
        }
    }
}
