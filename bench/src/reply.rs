//! Reads HTTP/1.1 replies: as little of the protocol as servers send to a generator.

use std::borrow::Cow;

use memchr::memmem;

/// The most a reply may hold, in bytes, head and all.
pub(crate) const REPLY_BYTES_MAX: usize = 32 * 1024 * 1024;

/// One whole reply.
#[derive(Debug, PartialEq)]
pub(crate) struct Reply<'a> {
    pub(crate) status: u16,
    pub(crate) body: Cow<'a, [u8]>,
}

/// What was received is no reply.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("the server sent no valid HTTP reply")]
pub(crate) struct Malformed;

/// The reply that `received` begins with, or nothing if it has not come whole.
pub(crate) fn read(received: &[u8]) -> Result<Option<Reply<'_>>, Malformed> {
    const END: &[u8] = b"\r\n\r\n";
    let Some(head_bytes) = memmem::find(received, END) else {
        return Ok(None);
    };
    let (head, body) = received.split_at_checked(head_bytes + END.len()).ok_or(Malformed)?;
    let mut lines = head.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    let status = status(lines.next().ok_or(Malformed)?)?;
    let body = match length(lines)? {
        Length::Bytes(length) => body.get(..length).map(Cow::Borrowed),
        Length::Chunked => joined(body)?.map(Cow::Owned),
    };
    Ok(body.map(|body| Reply { status, body }))
}

/// The status in a line such as `HTTP/1.1 200 OK`.
fn status(line: &[u8]) -> Result<u16, Malformed> {
    let rest = line.strip_prefix(b"HTTP/1.1 ").ok_or(Malformed)?;
    let number = rest.get(..3).and_then(|digits| parsed(digits, 10)).ok_or(Malformed)?;
    u16::try_from(number).map_err(|_| Malformed)
}

/// How the end of a body is found.
enum Length {
    Bytes(usize),
    Chunked,
}

/// Without a length a body would end with the connection, which is to be kept: an error.
fn length<'a>(headers: impl Iterator<Item = &'a [u8]>) -> Result<Length, Malformed> {
    for header in headers {
        let mut parts = header.splitn(2, |&byte| byte == b':');
        let (Some(name), Some(value)) = (parts.next(), parts.next()) else {
            continue;
        };
        let value = value.trim_ascii();
        if name.eq_ignore_ascii_case(b"content-length") {
            return parsed(value, 10).map(Length::Bytes).ok_or(Malformed);
        }
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            let is_chunked = value.eq_ignore_ascii_case(b"chunked");
            return if is_chunked { Ok(Length::Chunked) } else { Err(Malformed) };
        }
    }
    Err(Malformed)
}

/// The body that comes in `chunks`, or nothing if the last one is not there.
fn joined(chunks: &[u8]) -> Result<Option<Vec<u8>>, Malformed> {
    let mut pieces = Vec::new();
    let mut rest = chunks;
    loop {
        let Some(line_end) = memmem::find(rest, b"\r\n") else {
            return Ok(None);
        };
        let size = rest.get(..line_end).and_then(|digits| parsed(digits, 16)).ok_or(Malformed)?;
        let start = line_end + 2;
        let Some(piece) = rest.get(start..start + size) else {
            return Ok(None);
        };
        match rest.get(start + size..start + size + 2) {
            None => return Ok(None),
            Some(b"\r\n") => {}
            Some(_) => return Err(Malformed),
        }
        if size == 0 {
            return Ok(Some(pieces.concat()));
        }
        pieces.push(piece);
        rest = rest.get(start + size + 2..).ok_or(Malformed)?;
    }
}

/// A number no larger than a reply may be.
fn parsed(digits: &[u8], radix: u32) -> Option<usize> {
    let text = str::from_utf8(digits).ok()?;
    usize::from_str_radix(text, radix).ok().filter(|&number| number <= REPLY_BYTES_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads the reply whole, and nothing from any shorter prefix of it.
    #[track_caller]
    fn check(received: &str, status: u16, body: &str) {
        for end in 0..received.len() {
            assert_eq!(read(&received.as_bytes()[..end]), Ok(None), "at {end}");
        }
        let wanted = Reply { status, body: Cow::Borrowed(body.as_bytes()) };
        assert_eq!(read(received.as_bytes()), Ok(Some(wanted)));
    }

    #[test]
    fn a_reply_is_read_once_it_is_whole() {
        check("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 200, "{}");
        check("HTTP/1.1 400 Bad Request\r\na: b\r\ncontent-length:3\r\n\r\n{1}", 400, "{1}");
        check("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", 204, "");
    }

    #[test]
    fn chunks_are_joined() {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        check(&format!("{head}3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n"), 200, "abc0123456789");
        check(&format!("{head}0\r\n\r\n"), 200, "");
    }

    #[test]
    fn what_is_no_reply_is_an_error() {
        let replies = [
            "HTTP/2 200 OK\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc",
        ];
        for reply in replies {
            assert_eq!(read(reply.as_bytes()), Err(Malformed), "{reply}");
        }
    }
}
