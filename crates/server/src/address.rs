//! Addresses that connections come from: which are let in, and how many connections each may have.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ipnet::{IpNet, Ipv4Net};

use crate::Error;

/// Addresses that begin alike, as `10.0.0.0/8`; or one alone, as `10.0.0.1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network(IpNet);

impl FromStr for Network {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        let network = network.map_err(|_| Error::Network(text.to_owned()))?;
        Ok(Self(as_ipv4(network).unwrap_or(network)))
    }
}

/// The part of IPv4 that a network of IPv6 means, if it does.
fn as_ipv4(network: IpNet) -> Option<IpNet> {
    /// So long is what all such addresses begin with.
    const MAPPED_BITS: u8 = 96;
    let length = network.prefix_len().checked_sub(MAPPED_BITS)?;
    match network.addr().to_canonical() {
        IpAddr::V4(address) => Some(Ipv4Net::new(address, length).ok()?.into()),
        IpAddr::V6(_) => None,
    }
}

/// Whether an address is in one of these networks.
pub(crate) fn contains(networks: &[Network], address: IpAddr) -> bool {
    let address = address.to_canonical();
    networks.iter().any(|Network(network)| network.contains(&address))
}

/// The address without its disguise, where a socket of IPv6 has taken a client of IPv4.
pub(crate) fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// Counts the connections of each address, and has none take the place of all.
///
/// This machine's own are not counted: what they are is for whoever runs it, and a proxy here has everybody's.
pub(crate) struct Crowd {
    each_max: u32,
    counts: Mutex<HashMap<IpAddr, u32>>,
}

/// A place among the connections of an address, given back when it is dropped.
pub(crate) struct Place {
    crowd: Arc<Crowd>,
    address: Option<IpAddr>,
}

impl Crowd {
    pub(crate) fn new(each_max: u32) -> Self {
        Self { each_max: each_max.max(1), counts: Mutex::default() }
    }

    /// A place, if the address has not all that it may have.
    pub(crate) fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        if address.to_canonical().is_loopback() {
            return Some(Place { crowd: Arc::clone(self), address: None });
        }
        let address = household(address);
        let mut counts = self.counts();
        let count = counts.entry(address).or_default();
        if self.each_max <= *count {
            return None;
        }
        *count += 1;
        Some(Place { crowd: Arc::clone(self), address: Some(address) })
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<IpAddr, u32>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(address) = self.address else { return };
        let mut counts = self.crowd.counts();
        if let Some(count) = counts.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&address);
            }
        }
    }
}

/// What counts as one address: of IPv6 it is 2⁶⁴ of them, which one client has to itself.
fn household(address: IpAddr) -> IpAddr {
    const REST: u128 = u64::MAX as u128;
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !REST).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_the_addresses_that_begin_like_it() {
        #[track_caller]
        fn check(network: &str, address: &str, expected: bool) {
            let networks = [network.parse().unwrap()];
            assert_eq!(contains(&networks, address.parse().unwrap()), expected);
        }
        check("10.0.0.0/8", "10.255.0.1", true);
        check("10.1.2.3/8", "10.255.0.1", true);
        check("10.0.0.0/8", "11.0.0.1", false);
        check("10.0.0.0/8", "::1", false);
        check("10.0.0.1", "10.0.0.1", true);
        check("10.0.0.1", "10.0.0.2", false);
        check("2001:db8::/32", "2001:db8:1::1", true);
        check("::1", "::1", true);
        check("::1", "::2", false);
        check("10.0.0.0/8", "::ffff:10.0.0.1", true);
        check("::ffff:10.0.0.0/104", "10.255.0.1", true);
        check("::ffff:10.0.0.1", "10.0.0.1", true);
        check("::ffff:10.0.0.1", "10.0.0.2", false);
        check("0.0.0.0/0", "1.2.3.4", true);
        check("0.0.0.0/0", "2001:db8::1", false);
        check("::/0", "2001:db8::1", true);
        assert!(!contains(&[], "10.0.0.1".parse().unwrap()));
        for text in ["", "10.0.0.0/33", "::/129", "10.0.0", "localhost", "10.0.0.0/", "10.0.0.1:80"]
        {
            assert!(matches!(text.parse::<Network>(), Err(Error::Network(_))), "{text}");
        }
    }

    #[test]
    fn an_address_has_so_many_places_and_no_more() {
        #[track_caller]
        fn check(first: &str, second: &str, is_let_in: bool) {
            let crowd = Arc::new(Crowd::new(1));
            let place = crowd.enter(first.parse().unwrap());
            assert!(place.is_some());
            assert_eq!(crowd.enter(second.parse().unwrap()).is_some(), is_let_in);
            drop(place);
            assert!(crowd.counts().is_empty());
            assert!(crowd.enter(second.parse().unwrap()).is_some());
        }
        check("192.0.2.1", "192.0.2.1", false);
        check("192.0.2.1", "192.0.2.2", true);
        check("::ffff:192.0.2.1", "192.0.2.1", false);
        check("2001:db8::1", "2001:db8::ffff:0:0:1", false);
        check("2001:db8::1", "2001:db8:0:1::1", true);
        check("127.0.0.1", "127.0.0.1", true);
        check("::1", "::1", true);
    }
}
