//! Hostile clients over HTTP/2, frame by frame: floods are cut off or borne, nobody else notices, and nothing is left.

use std::time::Duration;

use crate::client::{Client, TestServer};
use crate::hostile::{holds_nothing, impatient, serves_others};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const PRIORITY: u8 = 2;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GO_AWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const REFUSED_STREAM: u32 = 7;
const ENHANCE_YOUR_CALM: u32 = 11;
/// How long a flood that nobody stops goes on.
const FLOOD_TIME: Duration = Duration::from_millis(500);
const PATIENCE: Duration = Duration::from_mins(1);

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

fn beginning() -> Vec<u8> {
    [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat()
}

/// The headers of a request, as HPACK has them.
fn headers(method: u8) -> Vec<u8> {
    [&[method, 0x84, 0x86, 0x41, 9], b"localhost".as_slice()].concat()
}

const GET: u8 = 0x82;
const POST: u8 = 0x83;

/// The numbers that streams of clients have, in turn.
fn streams() -> impl Iterator<Item = u32> {
    (0..100_000).map(|index| 2 * index + 1)
}

/// The frames that came, with the kind and the payload of each.
fn frames(mut bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut frames = Vec::new();
    while let Some((head, rest)) = bytes.split_first_chunk::<9>() {
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let Some((payload, rest)) = rest.split_at_checked(length) else { break };
        frames.push((head[3], payload.to_vec()));
        bytes = rest;
    }
    frames
}

/// Sends frames for a while, or until nobody takes them any more, and reads nothing.
async fn flood(client: &mut Client, frames: impl Iterator<Item = Vec<u8>>) {
    let mut frames = frames.peekable();
    let send = async {
        while frames.peek().is_some() {
            let some: Vec<u8> = frames.by_ref().take(500).flatten().collect();
            if !client.try_send(&some).await {
                return;
            }
        }
    };
    // A server that does not read any more has done what it should.
    let _ = tokio::time::timeout(FLOOD_TIME, send).await;
}

/// What a server says to a flood, and that it goes on as if there were none.
async fn check(frames_sent: impl Iterator<Item = Vec<u8>>) -> Vec<(u8, Vec<u8>)> {
    let server = impatient().await;
    let mut client = server.connect().await;
    client.send(&beginning()).await;
    flood(&mut client, frames_sent).await;
    serves_others(&server).await;
    let rest = tokio::time::timeout(PATIENCE, client.rest()).await.unwrap();
    holds_nothing(&server).await;
    frames(&rest)
}

/// The codes of the frames that end the connection.
fn ends(frames: &[(u8, Vec<u8>)]) -> Vec<u32> {
    let ends = frames.iter().filter(|(kind, _)| *kind == GO_AWAY);
    ends.map(|(_, payload)| u32::from_be_bytes(payload[4..8].try_into().unwrap())).collect()
}

fn open(stream: u32, method: u8, flags: u8) -> Vec<u8> {
    frame(HEADERS, flags | END_HEADERS, stream, &headers(method))
}

#[tokio::test]
async fn requests_that_are_taken_back_at_once_end_the_connection() {
    let reset = |stream| [open(stream, GET, END_STREAM), frame(RESET, 0, stream, &[0, 0, 0, 8])];
    let frames = check(streams().flat_map(reset)).await;
    // The reason may be lost with what was sent after it.
    let ends = ends(&frames);
    assert!(ends.is_empty() || ends.contains(&ENHANCE_YOUR_CALM), "{ends:?}");
}

#[tokio::test]
async fn bodies_that_are_taken_back_at_once_are_borne_or_end_the_connection() {
    let reset = |stream| [open(stream, POST, 0), frame(RESET, 0, stream, &[0, 0, 0, 8])];
    check(streams().flat_map(reset)).await;
}

#[tokio::test]
async fn requests_at_one_time_have_a_limit() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    client.send(&beginning()).await;
    // Their bodies do not come.
    let opened: Vec<u8> = streams().take(300).flat_map(|stream| open(stream, POST, 0)).collect();
    client.send(&opened).await;
    client.send(&frame(GO_AWAY, 0, 0, &[0; 8])).await;
    serves_others(&server).await;
    client.close_half().await;
    let frames = frames(&tokio::time::timeout(PATIENCE, client.rest()).await.unwrap());
    let refused = frames.iter().filter(|(kind, payload)| {
        *kind == RESET && payload.as_slice() == REFUSED_STREAM.to_be_bytes()
    });
    assert_eq!(refused.count(), 100);
    let settings = frames.iter().find(|(kind, _)| *kind == SETTINGS).unwrap();
    let most = [&3_u16.to_be_bytes()[..], &200_u32.to_be_bytes()].concat();
    assert!(settings.1.chunks(6).any(|setting| setting == most), "{settings:?}");
    drop(client);
    holds_nothing(&server).await;
}

#[tokio::test]
async fn streams_without_bodies_end() {
    check(streams().take(10_000).map(|stream| open(stream, POST, 0))).await;
}

#[tokio::test]
async fn headers_that_do_not_end_end_the_connection() {
    // Literals that are not to be remembered: a name of one letter and a value of a hundred.
    let literal = [&[0, 1, b'a', 100], [b'b'; 100].as_slice()].concat().repeat(100);
    let begin = frame(HEADERS, END_STREAM, 1, &headers(GET));
    let more = frame(CONTINUATION, 0, 1, &literal);
    check(std::iter::once(begin.clone()).chain(std::iter::repeat_n(more, 20_000))).await;
    let nothing = frame(CONTINUATION, 0, 1, &[]);
    check(std::iter::once(begin).chain(std::iter::repeat_n(nothing, 200_000))).await;
}

#[tokio::test]
async fn headers_that_grow_when_they_are_unpacked_are_refused() {
    // One long header is remembered, and then named very often by one byte.
    let remembered = [&[0x40, 1, b'a', 0x7f, 0xa1, 0x1e], [b'b'; 4000].as_slice()].concat();
    let block = [headers(GET), remembered, vec![0xbe; 10_000]].concat();
    let bomb = |stream| frame(HEADERS, END_HEADERS | END_STREAM, stream, &block);
    check(streams().take(100).map(bomb)).await;
}

#[tokio::test]
async fn floods_of_what_wants_an_answer_are_borne_or_end_the_connection() {
    check(std::iter::repeat_n(frame(PING, 0, 0, &[0; 8]), 500_000)).await;
    check(std::iter::repeat_n(frame(SETTINGS, 0, 0, &[0, 3, 0, 0, 0, 1]), 500_000)).await;
    check(std::iter::repeat_n(frame(SETTINGS, 0, 0, &[]), 500_000)).await;
}

#[tokio::test]
async fn floods_of_what_says_nothing_are_borne_or_end_the_connection() {
    check(std::iter::repeat_n(frame(PRIORITY, 0, 1, &[0, 0, 0, 3, 0]), 500_000)).await;
    let begin = open(1, POST, 0);
    let empty = frame(DATA, 0, 1, &[]);
    check(std::iter::once(begin).chain(std::iter::repeat_n(empty, 500_000))).await;
    let unknown = frame(0xee, 0xff, 0, &[0; 100]);
    check(std::iter::repeat_n(unknown, 100_000)).await;
}

#[tokio::test]
async fn frames_that_break_the_rules_end_the_connection() {
    for bad in [
        frame(DATA, 0, 1, b"early"),
        frame(DATA, 0, 0, b"nowhere"),
        frame(HEADERS, END_HEADERS, 2, &headers(GET)),
        frame(HEADERS, END_HEADERS, 1, &[0xff; 100]),
        frame(SETTINGS, 0, 0, &[0; 5]),
        frame(SETTINGS, 0, 0, &[0, 4, 0xff, 0xff, 0xff, 0xff]),
        frame(WINDOW_UPDATE, 0, 0, &[0, 0, 0, 0]),
        frame(WINDOW_UPDATE, 0, 0, &[0x7f, 0xff, 0xff, 0xff]),
        frame(CONTINUATION, END_HEADERS, 1, &headers(GET)),
        frame(PING, 0, 0, &[0; 7]),
        [0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1].to_vec(),
    ] {
        let frames = check(std::iter::once(bad.clone())).await;
        assert!(!ends(&frames).is_empty(), "{}", bad.escape_ascii());
    }
}
