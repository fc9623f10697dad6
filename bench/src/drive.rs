//! Drives a server with requests that were made before, and measures how it answers.
//!
//! Each connection has one request in flight and sends the next when the reply has come. One
//! thread serves many connections, and does little: the server needs the processor too.

use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::error::{Error, Result};
use crate::latency::Latencies;
use crate::reply::{self, REPLY_BYTES_MAX, Reply};
use crate::request::{Checks, Request};

/// How long a server may leave all connections unanswered.
const SILENCE_MAX: Duration = Duration::from_mins(1);
/// How much of a refused request's reply is kept.
const COMPLAINT_BYTES_MAX: usize = 300;
/// The first size of a buffer for replies.
const BUFFER_BYTES: usize = 64 * 1024;

/// How to drive.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) endpoint: SocketAddr,
    pub(crate) threads: usize,
    pub(crate) checks: Checks,
    pub(crate) length: Length,
}

/// How long to drive.
#[derive(Clone, Copy)]
pub(crate) enum Length {
    /// Every request once.
    Once,
    /// Requests over and over. What is answered before or after the measured time does not count.
    Time { warm_up: Duration, measured: Duration },
}

/// What was measured.
pub(crate) struct Outcome {
    /// Of the operations that succeeded.
    pub(crate) latencies: Latencies,
    /// How many operations failed or were answered wrongly.
    pub(crate) errors: u64,
    /// What the first error was.
    pub(crate) complaint: Option<String>,
    /// The bodies of all replies together.
    pub(crate) reply_bytes: u64,
    pub(crate) elapsed: Duration,
}

impl Outcome {
    pub(crate) fn new() -> Self {
        Self {
            latencies: Latencies::new(),
            errors: 0,
            complaint: None,
            reply_bytes: 0,
            elapsed: Duration::ZERO,
        }
    }

    fn count(&mut self, window: Window, now: Instant, latency: Duration, reply_bytes: usize) {
        if window.holds(now) {
            self.latencies.record(latency);
            self.reply_bytes += reply_bytes as u64;
            self.elapsed = now - window.start;
        }
    }

    fn count_error(&mut self, window: Window, now: Instant, complaint: impl FnOnce() -> String) {
        if window.holds(now) {
            self.errors += 1;
            self.complaint.get_or_insert_with(complaint);
            self.elapsed = now - window.start;
        }
    }

    /// Adds what was measured at the same time.
    fn merge(&mut self, other: Self) {
        self.latencies.merge(&other.latencies);
        self.errors += other.errors;
        self.complaint = self.complaint.take().or(other.complaint);
        self.reply_bytes += other.reply_bytes;
        self.elapsed = self.elapsed.max(other.elapsed);
    }

    /// Adds what was measured afterwards.
    pub(crate) fn append(&mut self, other: Self) {
        let elapsed = self.elapsed + other.elapsed;
        self.merge(other);
        self.elapsed = elapsed;
    }
}

/// Sends each pool's requests over a connection of its own.
pub(crate) fn drive(plan: &Plan, pools: &[Vec<Request>]) -> Result<Outcome> {
    let pools: Vec<&[Request]> =
        pools.iter().map(Vec::as_slice).filter(|pool| !pool.is_empty()).collect();
    let pools_of_one = pools.len().div_ceil(plan.threads).max(1);
    let drivers = pools.chunks(pools_of_one).map(|pools| Driver::new(plan, pools));
    let mut drivers = drivers.collect::<Result<Vec<_>>>()?;
    let start = Instant::now();
    let outcomes: Vec<Result<Outcome>> = thread::scope(|scope| {
        let threads: Vec<_> =
            drivers.iter_mut().map(|driver| scope.spawn(move || driver.run(start))).collect();
        threads.into_iter().map(|thread| thread.join().map_err(|_| Error::Panicked)?).collect()
    });
    let mut all = Outcome::new();
    for outcome in outcomes {
        all.merge(outcome?);
    }
    Ok(all)
}

/// One thread's connections.
struct Driver<'a> {
    plan: &'a Plan,
    poll: Poll,
    connections: Vec<Connection<'a>>,
}

impl<'a> Driver<'a> {
    fn new(plan: &'a Plan, pools: &[&'a [Request]]) -> Result<Self> {
        let poll = Poll::new().map_err(Error::Poll)?;
        let connections = pools.iter().enumerate().map(|(number, requests)| {
            let stream = connected(plan.endpoint, &poll, Token(number))?;
            Ok(Connection::new(stream, requests))
        });
        let connections = connections.collect::<Result<_>>()?;
        Ok(Self { plan, poll, connections })
    }

    fn run(&mut self, start: Instant) -> Result<Outcome> {
        let window = Window::new(start, self.plan.length);
        let mut outcome = Outcome::new();
        let mut events = Events::with_capacity(1024);
        for connection in &mut self.connections {
            connection.sent_at = start;
        }
        // The first event of each is that it can be written to.
        while self.connections.iter().any(|connection| !connection.is_done) {
            match self.poll.poll(&mut events, Some(SILENCE_MAX)) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                result => result.map_err(Error::Poll)?,
            }
            if events.is_empty() {
                return Err(Error::Silent { after: SILENCE_MAX });
            }
            for event in &events {
                self.turn(event.token(), window, &mut outcome)?;
            }
        }
        if let Length::Time { measured, .. } = self.plan.length {
            outcome.elapsed = measured;
        }
        Ok(outcome)
    }

    /// Goes on with a connection about which there is news. A broken one is made anew.
    fn turn(&mut self, token: Token, window: Window, outcome: &mut Outcome) -> Result<()> {
        let Some(connection) = self.connections.get_mut(token.0) else {
            return Ok(());
        };
        if connection.is_done {
            return Ok(());
        }
        if let Err(error) = connection.turn(self.plan.checks, window, outcome) {
            let now = Instant::now();
            outcome.count_error(window, now, || error.to_string());
            connection.stream = connected(self.plan.endpoint, &self.poll, token)?;
            connection.begin_next(window, now);
        }
        Ok(())
    }
}

fn connected(endpoint: SocketAddr, poll: &Poll, token: Token) -> Result<TcpStream> {
    let connected = || {
        let stream = std::net::TcpStream::connect(endpoint)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        poll.registry().register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        Ok(stream)
    };
    connected().map_err(|source| Error::Connect { endpoint, source })
}

/// The time in which operations count.
#[derive(Clone, Copy)]
struct Window {
    start: Instant,
    /// Open for as long as there are requests, if nothing.
    end: Option<Instant>,
}

impl Window {
    fn new(start: Instant, length: Length) -> Self {
        match length {
            Length::Once => Self { start, end: None },
            Length::Time { warm_up, measured } => {
                let start = start + warm_up;
                Self { start, end: Some(start + measured) }
            }
        }
    }

    fn is_over(self, now: Instant) -> bool {
        self.end.is_some_and(|end| end < now)
    }

    fn holds(self, now: Instant) -> bool {
        self.start <= now && !self.is_over(now)
    }
}

/// A connection, and its request in flight.
struct Connection<'a> {
    stream: TcpStream,
    requests: &'a [Request],
    /// The request's place in `requests`.
    current: usize,
    /// How much of the request has been sent, in bytes.
    sent: usize,
    sent_at: Instant,
    buffer: Vec<u8>,
    /// How much of the buffer is the reply, in bytes.
    received: usize,
    is_done: bool,
}

impl<'a> Connection<'a> {
    fn new(stream: TcpStream, requests: &'a [Request]) -> Self {
        let buffer = vec![0; BUFFER_BYTES];
        let sent_at = Instant::now();
        Self { stream, requests, current: 0, sent: 0, sent_at, buffer, received: 0, is_done: false }
    }

    /// Sends what is left of the request, receives what there is of the reply, and if that is all,
    /// begins the next request.
    fn turn(&mut self, checks: Checks, window: Window, outcome: &mut Outcome) -> io::Result<()> {
        self.send()?;
        self.receive()?;
        let received = self.buffer.get(..self.received).unwrap_or_default();
        let Some(reply) = reply::read(received).map_err(io::Error::other)? else {
            return Ok(());
        };
        let now = Instant::now();
        let request = self.requests.get(self.current);
        if request.is_some_and(|request| request.is_answered_by(&reply, checks)) {
            outcome.count(window, now, now - self.sent_at, reply.body.len());
        } else {
            outcome.count_error(window, now, || complaint(&reply));
        }
        self.begin_next(window, now);
        self.send()
    }

    fn begin_next(&mut self, window: Window, now: Instant) {
        (self.sent, self.received, self.sent_at) = (0, 0, now);
        self.current += 1;
        if self.current == self.requests.len() {
            self.current = 0;
            self.is_done = window.end.is_none();
        }
        self.is_done |= window.is_over(now);
    }

    fn send(&mut self) -> io::Result<()> {
        let request = self.requests.get(self.current).filter(|_| !self.is_done);
        while let Some(rest) = request.and_then(|request| request.bytes.get(self.sent..))
            && !rest.is_empty()
        {
            match self.stream.write(rest) {
                Ok(bytes) => self.sent += bytes,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn receive(&mut self) -> io::Result<()> {
        loop {
            if self.received == self.buffer.len() {
                if REPLY_BYTES_MAX < self.received {
                    return Err(io::Error::other("the reply is too large"));
                }
                self.buffer.resize(2 * self.received, 0);
            }
            let room = self.buffer.get_mut(self.received..).unwrap_or_default();
            let room_bytes = room.len();
            match self.stream.read(room) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(bytes) => {
                    self.received += bytes;
                    // All that had come fitted: more of it will be an event.
                    if bytes < room_bytes {
                        return Ok(());
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

fn complaint(reply: &Reply<'_>) -> String {
    let start = reply.body.get(..COMPLAINT_BYTES_MAX).unwrap_or(&reply.body);
    format!("{} {}", reply.status, String::from_utf8_lossy(start))
}
