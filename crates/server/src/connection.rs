//! One connection: served in one task, watched by another.
//!
//! The watcher asks now and then what the connection has done since the last time. That costs a
//! request nothing, where a timer for each request's headers would.

use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http::Version;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{oneshot, watch};
use tokio_rustls::server::TlsStream;

use crate::Options;
use crate::arrival::{Arrival, Entered, Gate, Stream, Turned};
use crate::pipeline::{self, Face, Shared};

/// Requests over HTTP/2 that their client took back before they were begun, at one time.
const RESET_STREAMS_MAX: usize = 20;
/// Requests over HTTP/2 that were none and were reset by the server, in a connection's whole life.
const FAULTY_STREAMS_MAX: usize = 1024;

/// Whether the server goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It does.
    Serving,
    /// Requests that run are finished, and no others begun.
    Draining,
    /// Nothing is waited for any more.
    Closed,
}

/// How long a client may take its time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    pub(crate) header: Duration,
    pub(crate) idle: Duration,
}

/// What all connections to a port have in common.
pub(crate) struct Port {
    pub(crate) shared: Arc<Shared>,
    pub(crate) face: Face,
    pub(crate) gate: Gate,
    pub(crate) protocol: Arc<Builder<TokioExecutor>>,
    pub(crate) patience: Patience,
}

/// The rules of HTTP that hold for all connections.
pub(crate) fn protocol(options: &Options) -> Builder<TokioExecutor> {
    /// The protocol's implementation does with no less.
    const BUFFER_BYTES_MIN: u32 = 8192;
    let header_bytes_max = options.header_bytes_max.max(BUFFER_BYTES_MIN);
    let buffer_bytes_max = usize::try_from(header_bytes_max).unwrap_or(usize::MAX);
    let mut protocol = Builder::new(TokioExecutor::new());
    // A client may close its half once it has asked, and one that goes away undoes nothing.
    // Flushing for several pipelined requests at once would be faster for who sends such, but
    // holds a reply back, and with it a refusal, while half of another request is there.
    protocol.http1().half_close(true).header_read_timeout(None).max_buf_size(buffer_bytes_max);
    protocol
        .http2()
        .max_header_list_size(header_bytes_max)
        .max_concurrent_streams(options.streams_max)
        // Who resets more streams than these before they are looked at, or breaks more rules, is cut off.
        .max_pending_accept_reset_streams(RESET_STREAMS_MAX)
        .max_local_error_reset_streams(FAULTY_STREAMS_MAX);
    protocol
}

/// What a connection has done so far.
#[derive(Default)]
struct Activity {
    /// How often something came from the client.
    reads: AtomicU64,
    /// `reads` when the last request was finished.
    reads_at_rest: AtomicU64,
    begun: AtomicU64,
    finished: AtomicU64,
    is_http2: AtomicBool,
    /// Whether the request that runs is of no use without its client.
    ends_with_client: AtomicBool,
}

/// A request that runs. It is finished however it ends.
struct Running<'a>(&'a Activity);

impl Activity {
    fn begin(&self, version: Version, ends_with_client: bool) -> Running<'_> {
        // Over HTTP/2 a client takes a request back by itself, and others go on.
        let ends_with_client = ends_with_client && version != Version::HTTP_2;
        self.ends_with_client.store(ends_with_client, Ordering::Relaxed);
        self.begun.fetch_add(1, Ordering::Relaxed);
        if version == Version::HTTP_2 {
            self.is_http2.store(true, Ordering::Relaxed);
        }
        Running(self)
    }

    fn state(&self) -> State {
        let (finished, begun) =
            (self.finished.load(Ordering::Acquire), self.begun.load(Ordering::Relaxed));
        if finished != begun {
            return State::Running;
        }
        let at_rest =
            self.reads.load(Ordering::Relaxed) == self.reads_at_rest.load(Ordering::Relaxed);
        // HTTP/2 has more to say than requests.
        if at_rest || self.is_http2.load(Ordering::Relaxed) {
            State::Idle { requests: begun }
        } else {
            State::Reading { requests: begun }
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.ends_with_client.store(false, Ordering::Relaxed);
        self.0.reads_at_rest.store(self.0.reads.load(Ordering::Relaxed), Ordering::Relaxed);
        self.0.finished.fetch_add(1, Ordering::Release);
    }
}

/// What a connection does, after so many requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It serves a request.
    Running,
    /// Some of a request's headers are there.
    Reading { requests: u64 },
    /// Nothing.
    Idle { requests: u64 },
}

/// How long a connection has been in one state.
#[derive(Debug, Clone, Copy)]
struct Watch {
    state: State,
    time: Duration,
}

impl Watch {
    /// The watch one look later.
    fn next(self, state: State, since: Duration) -> Self {
        let time = if state == self.state { self.time + since } else { Duration::ZERO };
        Self { state, time }
    }

    fn is_over(self, patience: Patience) -> bool {
        match self.state {
            // A request has its own limits.
            State::Running => false,
            State::Reading { .. } => patience.header <= self.time,
            State::Idle { .. } => patience.idle <= self.time,
        }
    }
}

/// Serves a connection until it ends, or has ended to be of use, or the server stops.
pub(crate) async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    port: Arc<Port>,
    mut phase: watch::Receiver<Phase>,
) {
    let metrics = Arc::clone(&port.shared.metrics);
    let _connected = metrics.connected();
    let entering = tokio::time::timeout(port.patience.header, port.gate.enter(stream, peer));
    let entered = tokio::select! {
        entered = entering => entered.unwrap_or(Err(Turned::Slow)),
        // Nothing was asked yet, and nothing will be.
        _ = phase.changed() => return,
    };
    let Entered { stream, arrival, place: _place } = match entered {
        Ok(entered) => entered,
        Err(turned) => {
            metrics.turn(&turned);
            return tracing::debug!(%peer, %turned, "a connection was turned away");
        }
    };
    match stream {
        Stream::Clear(stream) => attend(stream, arrival, &port, phase).await,
        Stream::Secure(stream) => attend(*stream, arrival, &port, phase).await,
    }
}

/// Serves a connection that was let in.
async fn attend(
    stream: impl AsyncRead + AsyncWrite + Ending + Unpin + Send + 'static,
    arrival: Arrival,
    port: &Arc<Port>,
    mut phase: watch::Receiver<Phase>,
) {
    let patience = port.patience;
    let activity = Arc::new(Activity::default());
    let (drain, drained) = oneshot::channel();
    let mut drain = Some(drain);
    let driven = drive(stream, arrival, Arc::clone(port), Arc::clone(&activity), drained);
    let mut task = tokio::spawn(driven);
    let look_every = patience.header.min(patience.idle);
    let mut looks = tokio::time::interval(look_every);
    looks.reset(); // Or the first look is at once.
    let mut watch = Watch { state: activity.state(), time: Duration::ZERO };
    loop {
        let is_over = tokio::select! {
            _ = &mut task => return,
            _ = looks.tick() => {
                watch = watch.next(activity.state(), look_every);
                watch.is_over(patience)
            }
            changed = phase.changed() => {
                drain.take().map(|drain| drain.send(()));
                changed.is_err() || *phase.borrow() == Phase::Closed
            }
        };
        if is_over {
            task.abort();
            return;
        }
    }
}

async fn drive(
    stream: impl AsyncRead + AsyncWrite + Ending + Unpin + Send + 'static,
    arrival: Arrival,
    port: Arc<Port>,
    activity: Arc<Activity>,
    drained: oneshot::Receiver<()>,
) {
    let protocol = Arc::clone(&port.protocol);
    let stream = Watched { stream: TokioIo::new(stream), activity: Arc::clone(&activity) };
    let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
        let (port, activity) = (Arc::clone(&port), Arc::clone(&activity));
        async move {
            let ends_with_client = pipeline::ends_with_client(&request);
            let _running = activity.begin(request.version(), ends_with_client);
            let is_seen_through = pipeline::is_seen_through(&port.shared, &request);
            let answer =
                async move { pipeline::answer(&port.shared, port.face, &arrival, request).await };
            if !is_seen_through {
                return Ok(answer.await);
            }
            // A client that goes away ends its own wait, and nothing else.
            tokio::spawn(answer).await
        }
    });
    let mut connection = pin!(protocol.serve_connection(stream, service));
    let end = tokio::select! {
        biased;
        end = &mut connection => end,
        _ = drained => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = end {
        tracing::debug!(error, "a connection broke off");
    }
}

/// A stream that may end while nobody reads from it.
trait Ending {
    /// Is ready when the client sends nothing any more, as far as that can be told.
    fn poll_end(&self, context: &mut Context<'_>) -> Poll<()>;
}

impl Ending for TcpStream {
    fn poll_end(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut byte = [0];
        match self.poll_peek(context, &mut ReadBuf::new(&mut byte)) {
            Poll::Ready(Ok(0) | Err(_)) => Poll::Ready(()),
            // Another request waits already, and hides the end.
            Poll::Ready(Ok(_)) | Poll::Pending => Poll::Pending,
        }
    }
}

impl Ending for TlsStream<TcpStream> {
    fn poll_end(&self, context: &mut Context<'_>) -> Poll<()> {
        self.get_ref().0.poll_end(context)
    }
}

/// A stream that counts what comes in.
struct Watched<S> {
    stream: TokioIo<S>,
    activity: Arc<Activity>,
}

impl<S: AsyncRead + Unpin> Read for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.stream).poll_read(context, buffer);
        if poll.is_ready() {
            self.activity.reads.fetch_add(1, Ordering::Relaxed);
        }
        poll
    }
}

impl<S: AsyncWrite + Ending + Unpin> Write for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    /// Flushes, which the protocol's implementation does whenever it waits for a reply too: the place to see that its
    /// client has gone.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.activity.ends_with_client.load(Ordering::Relaxed)
            && self.stream.inner().poll_end(context).is_ready()
        {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, buffers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience =
        Patience { header: Duration::from_secs(10), idle: Duration::from_secs(30) };

    /// After how many looks, one each ten seconds, a connection in these states is over.
    fn looks(states: impl Iterator<Item = State>) -> Option<usize> {
        let mut watch = Watch { state: State::Idle { requests: 0 }, time: Duration::ZERO };
        states.take(100).enumerate().find_map(|(index, state)| {
            watch = watch.next(state, PATIENCE.header);
            watch.is_over(PATIENCE).then_some(index + 1)
        })
    }

    #[test]
    fn headers_that_do_not_end_are_cut_short() {
        assert_eq!(looks(std::iter::repeat(State::Reading { requests: 0 })), Some(2));
    }

    #[test]
    fn a_connection_without_requests_is_closed_later() {
        assert_eq!(looks(std::iter::repeat(State::Idle { requests: 0 })), Some(3));
    }

    #[test]
    fn a_connection_that_is_used_or_busy_stays() {
        assert_eq!(looks((1..).map(|requests| State::Idle { requests })), None);
        assert_eq!(looks((1..).map(|requests| State::Reading { requests })), None);
        assert_eq!(looks(std::iter::repeat(State::Running)), None);
    }

    #[test]
    fn what_came_after_the_last_request_is_the_next_ones_headers() {
        let activity = Activity::default();
        assert_eq!(activity.state(), State::Idle { requests: 0 });
        activity.reads.fetch_add(1, Ordering::Relaxed);
        assert_eq!(activity.state(), State::Reading { requests: 0 });
        let running = activity.begin(Version::HTTP_11, false);
        assert_eq!(activity.state(), State::Running);
        drop(running);
        assert_eq!(activity.state(), State::Idle { requests: 1 });
        activity.reads.fetch_add(1, Ordering::Relaxed);
        assert_eq!(activity.state(), State::Reading { requests: 1 });
    }
}
