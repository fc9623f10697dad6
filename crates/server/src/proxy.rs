//! The PROXY protocol, versions 1 and 2: a proxy that passes bytes on says first for whom.
//!
//! It is read only from proxies that are known, since anybody could say anything. No byte beyond the header is taken
//! off the stream: it is the client's.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// What a header of version 2 begins with. One of version 1 has more bytes than this, too.
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
/// The signature, version and command, family and transport, and the length of the rest.
const FIXED_BYTES: usize = 16;
/// A line of version 1 with its end, at most.
const LINE_BYTES_MAX: usize = 107;
/// What follows the fixed part of version 2, at most. Addresses take 36 bytes; a proxy may add what it knows of its client.
const REST_BYTES_MAX: usize = 4096;

/// Why a header is none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("it broke off: {0}")]
    BrokeOff(#[from] io::Error),
    #[error("it begins with something else")]
    Beginning,
    #[error("it does not end")]
    Length,
    #[error("its addresses are not understood")]
    Addresses,
    #[error("its version or command is unknown")]
    Kind,
}

/// What the beginning of a header says.
#[derive(Debug, PartialEq, Eq)]
enum Parsed {
    /// At least so many more bytes belong to it.
    More(usize),
    /// All of it is there: whom the connection is for, or `None` for the proxy itself.
    Whole(Option<SocketAddr>),
}

/// Takes a header off a stream: whom the connection is for, or `None` for the proxy itself.
pub(crate) async fn read(
    stream: &mut (impl AsyncRead + Unpin),
) -> Result<Option<SocketAddr>, Fault> {
    let mut bytes = Vec::new();
    loop {
        match parse(&bytes)? {
            Parsed::Whole(source) => return Ok(source),
            Parsed::More(count) => {
                let mut more = vec![0; count];
                stream.read_exact(&mut more).await?;
                bytes.append(&mut more);
            }
        }
    }
}

fn parse(bytes: &[u8]) -> Result<Parsed, Fault> {
    let Some((beginning, rest)) = bytes.split_first_chunk::<{ SIGNATURE.len() }>() else {
        return Ok(Parsed::More(SIGNATURE.len() - bytes.len()));
    };
    if *beginning == SIGNATURE {
        parse_binary(rest)
    } else if beginning.starts_with(b"PROXY ") {
        parse_line(bytes)
    } else {
        Err(Fault::Beginning)
    }
}

fn parse_line(bytes: &[u8]) -> Result<Parsed, Fault> {
    let Some(line) = bytes.strip_suffix(b"\r\n") else {
        // Only the end says where the end is.
        return if bytes.len() < LINE_BYTES_MAX { Ok(Parsed::More(1)) } else { Err(Fault::Length) };
    };
    let line = str::from_utf8(line).map_err(|_| Fault::Addresses)?;
    let words: Vec<&str> = line.split(' ').collect();
    let source = match *words.as_slice() {
        ["PROXY", "UNKNOWN", ..] => return Ok(Parsed::Whole(None)),
        ["PROXY", "TCP4", source, target, port, target_port] => {
            let [source, _] = both::<Ipv4Addr>([source, target])?;
            let [port, _] = ports([port, target_port])?;
            SocketAddr::new(source.into(), port)
        }
        ["PROXY", "TCP6", source, target, port, target_port] => {
            let [source, _] = both::<Ipv6Addr>([source, target])?;
            let [port, _] = ports([port, target_port])?;
            SocketAddr::new(source.into(), port)
        }
        _ => return Err(Fault::Addresses),
    };
    Ok(Parsed::Whole(Some(source)))
}

fn both<T: std::str::FromStr>(texts: [&str; 2]) -> Result<[T; 2], Fault> {
    let [source, target] = texts.map(|text| text.parse().map_err(|_| Fault::Addresses));
    Ok([source?, target?])
}

fn ports(texts: [&str; 2]) -> Result<[u16; 2], Fault> {
    // A sign would be understood.
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if texts.into_iter().all(is_number) { both(texts) } else { Err(Fault::Addresses) }
}

/// What follows the signature of version 2.
fn parse_binary(rest: &[u8]) -> Result<Parsed, Fault> {
    const FIXED_REST_BYTES: usize = FIXED_BYTES - SIGNATURE.len();
    let Some((fixed, rest)) = rest.split_first_chunk::<FIXED_REST_BYTES>() else {
        return Ok(Parsed::More(FIXED_REST_BYTES - rest.len()));
    };
    let [version_and_command, family_and_transport, high, low] = *fixed;
    let is_local = match version_and_command {
        0x20 => true,
        0x21 => false,
        _ => return Err(Fault::Kind),
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if REST_BYTES_MAX < length {
        return Err(Fault::Length);
    }
    if rest.len() < length {
        return Ok(Parsed::More(length - rest.len()));
    }
    if is_local {
        return Ok(Parsed::Whole(None));
    }
    let source = match family_and_transport {
        0x11 => Some(source::<4>(rest)?),
        0x21 => Some(source::<16>(rest)?),
        // No connection of TCP over IP: nothing that has an address here.
        0x00 | 0x12 | 0x22 | 0x31 | 0x32 => None,
        _ => return Err(Fault::Addresses),
    };
    Ok(Parsed::Whole(source))
}

/// The first of two addresses of so many bytes, with the first of the two ports behind them.
fn source<const BYTES: usize>(rest: &[u8]) -> Result<SocketAddr, Fault>
where
    IpAddr: From<[u8; BYTES]>,
{
    let parts = rest.split_first_chunk::<BYTES>().and_then(|(source, rest)| {
        let (_target, rest) = rest.split_first_chunk::<BYTES>()?;
        let (port, rest) = rest.split_first_chunk::<2>()?;
        let (_target_port, _known_of_client) = rest.split_first_chunk::<2>()?;
        Some((*source, *port))
    });
    let (source, port) = parts.ok_or(Fault::Addresses)?;
    Ok(SocketAddr::new(source.into(), u16::from_be_bytes(port)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whom a header is for, if it is one, and how much of these bytes it takes.
    fn taken(bytes: &[u8]) -> Option<(Option<SocketAddr>, usize)> {
        let mut length = 0;
        loop {
            match parse(&bytes[..length]).ok()? {
                Parsed::Whole(source) => return Some((source, length)),
                Parsed::More(count) => {
                    assert_ne!(count, 0, "it would never end");
                    length += count;
                    assert!(length <= FIXED_BYTES + REST_BYTES_MAX);
                }
            }
            if bytes.len() < length {
                return None;
            }
        }
    }

    #[track_caller]
    fn check(header: &[u8], expected: Option<&str>) {
        let expected = expected.map(|source| source.parse().unwrap());
        let bytes = [header, b"GET / HTTP/1.1\r\n\r\n"].concat();
        assert_eq!(taken(&bytes), Some((expected, header.len())), "{}", header.escape_ascii());
        for length in 0..header.len() {
            assert_eq!(taken(&header[..length]), None, "of {length} bytes");
        }
    }

    #[track_caller]
    fn refused(header: &[u8]) {
        let bytes = [header, &[b' '; 5000]].concat();
        assert_eq!(taken(&bytes), None, "{}", header.escape_ascii());
    }

    /// A header of version 2 with these bytes behind the signature, and its length.
    fn binary(kind: [u8; 2], rest: &[u8]) -> Vec<u8> {
        let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
        [&SIGNATURE, kind.as_slice(), &length, rest].concat()
    }

    #[test]
    fn a_line_names_the_source() {
        check(b"PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n", Some("192.0.2.1:56324"));
        check(b"PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n", Some("[2001:db8::1]:1"));
        check(b"PROXY UNKNOWN\r\n", None);
        check(b"PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n", None);
        refused(b"PROXY TCP4 192.0.2.1 198.51.100.1 56324\r\n");
        refused(b"PROXY TCP4 192.0.2.1 198.51.100.1 56324 443 1\r\n");
        refused(b"PROXY TCP4 192.0.2.1 198.51.100.1 +1 443\r\n");
        refused(b"PROXY TCP4 192.0.2.1 198.51.100.1 65536 443\r\n");
        refused(b"PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n");
        refused(b"PROXY TCP6 192.0.2.1 198.51.100.1 1 2\r\n");
        refused(b"PROXY UDP4 192.0.2.1 198.51.100.1 1 2\r\n");
        refused(b"PROXY  TCP4 192.0.2.1 198.51.100.1 1 2\r\n");
        refused(b"PROXY UNKNOWN \xff\r\n");
        refused(&[b"PROXY UNKNOWN ".as_slice(), &[b'x'; 200], b"\r\n"].concat());
        refused(b"proxy UNKNOWN\r\n");
        refused(b"GET / HTTP/1.1\r\n\r\n");
    }

    #[test]
    fn a_binary_header_names_the_source() {
        let ipv4 = [192, 0, 2, 1, 198, 51, 100, 1, 0xdc, 0x04, 1, 0xbb];
        check(&binary([0x21, 0x11], &ipv4), Some("192.0.2.1:56324"));
        check(&binary([0x21, 0x11], &[&ipv4[..], &[4, 0, 1, 0]].concat()), Some("192.0.2.1:56324"));
        let mut ipv6 = [0; 36];
        (ipv6[15], ipv6[33]) = (1, 2);
        check(&binary([0x21, 0x21], &ipv6), Some("[::1]:2"));
        check(&binary([0x20, 0x00], &[]), None);
        check(&binary([0x20, 0x11], &ipv4), None);
        check(&binary([0x21, 0x00], &[]), None);
        check(&binary([0x21, 0x12], &ipv4), None);
        check(&binary([0x21, 0x31], &[0; 216]), None);
        refused(&binary([0x21, 0x11], &ipv4[..11]));
        refused(&binary([0x21, 0x21], &ipv6[..35]));
        refused(&binary([0x21, 0x41], &ipv4));
        refused(&binary([0x21, 0x13], &ipv4));
        refused(&binary([0x11, 0x11], &ipv4));
        refused(&binary([0x22, 0x11], &ipv4));
        refused(&binary([0x21, 0x11], &[0; REST_BYTES_MAX + 1]));
    }

    #[test]
    fn bytes_are_a_header_or_refused() {
        fuzz::target("proxy", 20_000, |bytes| {
            if let Some((source, length)) = taken(bytes) {
                assert!(length <= bytes.len());
                assert_eq!(taken(&bytes[..length]), Some((source, length)));
            }
        });
    }
}
