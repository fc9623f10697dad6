//! A request's body: taken in, and inflated.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use flate2::bufread::{MultiGzDecoder, ZlibDecoder};
use http::HeaderMap;
use http::header::CONTENT_ENCODING;
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use types::limit::BODY_BYTES_MAX;

use crate::error::Refusal;

/// A body up to this size needs no room in the common space.
const SMALL_BYTES_MAX: usize = 64 * 1024;
/// Of a body that is not wanted, so much is read: a client that is still writing when the connection
/// closes does not see why.
const DISCARDED_BYTES_MAX: usize = 4 * BODY_BYTES_MAX;

/// The space that large bodies share while they come in.
pub(crate) struct Space {
    bytes: Arc<Semaphore>,
    bytes_max: usize,
    time: Duration,
}

/// A body as it was sent, and its part of the common space.
pub(crate) struct Sent {
    pub(crate) bytes: Bytes,
    _room: Option<OwnedSemaphorePermit>,
}

impl Space {
    /// So many bytes, in which each body may come in for so long.
    pub(crate) fn new(bytes_max: u32, time: Duration) -> Self {
        let bytes_max = usize::try_from(bytes_max).unwrap_or(usize::MAX).max(BODY_BYTES_MAX);
        let bytes_max = bytes_max.min(Semaphore::MAX_PERMITS);
        Self { bytes: Arc::new(Semaphore::new(bytes_max)), bytes_max, time }
    }

    /// How many bytes of it are taken.
    pub(crate) fn taken(&self) -> u64 {
        let taken = self.bytes_max.saturating_sub(self.bytes.available_permits());
        u64::try_from(taken).unwrap_or(u64::MAX)
    }

    /// Takes a body in.
    pub(crate) async fn take(&self, body: Incoming) -> Result<Sent, Refusal> {
        if body.is_end_stream() {
            return Ok(Sent { bytes: Bytes::new(), _room: None });
        }
        tokio::time::timeout(self.time, self.collect(body)).await.unwrap_or(Err(Refusal::Slow))
    }

    /// Reads a body that nobody wants, beside the reply that says so.
    pub(crate) fn discard(&self, body: Incoming) {
        drop(tokio::spawn(tokio::time::timeout(self.time, discard(body))));
    }

    async fn collect(&self, mut body: Incoming) -> Result<Sent, Refusal> {
        if BODY_BYTES_MAX < declared(&body) {
            discard(body).await?;
            return Err(Refusal::TooLarge);
        }
        let first = part(&mut body).await?.unwrap_or_default();
        // Nearly every body is one part, and stays where it is.
        if body.is_end_stream() && first.len() <= BODY_BYTES_MAX {
            return Ok(Sent { bytes: first, _room: None });
        }
        let mut bytes = BytesMut::from(first);
        let mut room = None;
        while let Some(part) = part(&mut body).await? {
            let length = bytes.len() + part.len();
            if BODY_BYTES_MAX < length {
                drop(bytes);
                discard(body).await?;
                return Err(Refusal::TooLarge);
            }
            if SMALL_BYTES_MAX < length {
                self.make_room(part.len(), &mut room).await;
            }
            bytes.extend_from_slice(&part);
        }
        Ok(Sent { bytes: bytes.freeze(), _room: room })
    }

    /// Waits for room for so many more bytes.
    async fn make_room(&self, bytes: usize, room: &mut Option<OwnedSemaphorePermit>) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let more = Arc::clone(&self.bytes).acquire_many_owned(bytes).await;
        let more = more.expect("nobody closes the space");
        match room {
            Some(room) => room.merge(more),
            None => *room = Some(more),
        }
    }
}

/// The next part of a body; `None` at its end.
async fn part(body: &mut Incoming) -> Result<Option<Bytes>, Refusal> {
    while let Some(frame) = body.frame().await {
        // What is no data is trailers, and says nothing here.
        if let Ok(data) = frame.map_err(Refusal::BrokeOff)?.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

/// How many bytes a body has at least that are still to come.
fn declared(body: &Incoming) -> usize {
    usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX)
}

/// Reads what is left of a body, if it is not much too much.
async fn discard(mut body: Incoming) -> Result<(), Refusal> {
    if DISCARDED_BYTES_MAX < declared(&body) {
        return Ok(());
    }
    let mut discarded = 0;
    while discarded <= DISCARDED_BYTES_MAX {
        let Some(part) = part(&mut body).await? else { break };
        discarded += part.len();
    }
    Ok(())
}

/// The body that was meant, given the one that was sent.
pub(crate) fn inflate(headers: &HeaderMap, sent: &Bytes) -> Result<Bytes, Refusal> {
    let Some(encoding) = headers.get(CONTENT_ENCODING) else {
        return Ok(sent.clone());
    };
    let mut rest = sent.as_ref();
    match encoding.to_str().unwrap_or_default() {
        "" | "identity" => Ok(sent.clone()),
        // A gzip file is any number of members, one after the other.
        "gzip" => read_all(MultiGzDecoder::new(rest)),
        "deflate" => {
            let body = read_all(ZlibDecoder::new(&mut rest))?;
            if rest.is_empty() { Ok(body) } else { Err(Refusal::Corrupt) }
        }
        _ => Err(Refusal::Encoding(String::from_utf8_lossy(encoding.as_bytes()).into_owned())),
    }
}

fn read_all(source: impl Read) -> Result<Bytes, Refusal> {
    let mut body = Vec::new();
    let limit = u64::try_from(BODY_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    // The service answers a body that cannot be inflated as if it were its own fault.
    source.take(limit).read_to_end(&mut body).map_err(|_| Refusal::Corrupt)?;
    if BODY_BYTES_MAX < body.len() { Err(Refusal::TooLarge) } else { Ok(body.into()) }
}
