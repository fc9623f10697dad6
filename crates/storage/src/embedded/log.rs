//! The check of the log before the engine reads it.
//!
//! No mode of the engine tells a record that was being written when the machine stopped from damage: one
//! refuses both, one cuts off what was acknowledged, one overlooks a hole. Here they are told apart. Each
//! batch was synced before the next was begun, so only the last record of the last log can be torn:
//! damage with no whole record after it. It was never acknowledged; it is saved aside and cut off.
//! Anything else is refused.
//!
//! A log file is a row of blocks of 32 KiB. A frame is a checksum (masked CRC-32C of the rest), a length
//! (two bytes) and a kind, all little-endian, then the payload; it never crosses a block, and where less
//! than a header is left of a block there are zeros. A record is one full frame, or a first, any number of
//! middle and a last one. It begins with the number of its first change and the count of its changes.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::folder::{at, sync};
use super::manifest;
use crate::{LogDamage, OpenError};

const BLOCK_BYTES: usize = 32 * 1024;

/// A checksum, a length and a kind.
const HEADER_BYTES: usize = 7;

/// A number of eight bytes and a count of four, at the beginning of each record.
const RECORD_HEADER_BYTES: usize = 12;

/// What is added to a checksum, so that it is never the checksum of bytes that hold checksums.
const CHECKSUM_MASK: u32 = 0xa282_ead8;

/// Checks all logs in `folder`, and cuts a torn record off the last one.
pub(super) fn check(folder: &Path) -> Result<(), OpenError> {
    let mut logs = logs(folder)?;
    if logs.is_empty() && manifest::has_families(folder) {
        return Err(OpenError::LogMissing { folder: folder.to_owned() });
    }
    // A log that was only just begun has nothing in it, and the one before is still the last.
    while logs.last().is_some_and(|log| log.bytes == 0) {
        logs.pop();
    }
    let last = logs.last().map(|log| log.number);
    let mut expected = None;
    for log in &logs {
        let bytes = std::fs::read(&log.path).map_err(at(&log.path))?;
        let mut walk = Walk { bytes: &bytes, at: 0, expected };
        let end = walk.run();
        expected = walk.expected;
        let is_last = Some(log.number) == last;
        match end {
            End::Clean { end } if is_last && end < bytes.len() => cut(log, end)?,
            End::Clean { .. } => {}
            End::Damaged(fault) if is_last && fault.may_be_torn(&bytes) => {
                let torn = bytes.get(fault.record..).unwrap_or_default();
                save(folder, log, torn)?;
                cut(log, fault.record)?;
                tracing::warn!(
                    file = %log.path.display(),
                    offset = fault.record,
                    bytes = torn.len(),
                    "a record that was being written when the machine stopped was saved aside and cut off"
                );
            }
            End::Damaged(fault) => return Err(fault.refusal(log)),
        }
    }
    Ok(())
}

/// Where damage begins in a file of records, if whole ones follow it: then it is no record that was being
/// written when the machine stopped.
pub(super) fn damage(bytes: &[u8]) -> Option<(usize, LogDamage)> {
    let mut walk = Walk { bytes, at: 0, expected: None };
    while walk.at < bytes.len() {
        let begin = after_padding(walk.at);
        if let Err((frame, damage)) = walk.record() {
            return has_whole_record(bytes, frame).then_some((begin, damage));
        }
    }
    None
}

/// A log file.
struct Log {
    number: u64,
    path: PathBuf,
    bytes: u64,
}

/// The logs of a folder, oldest first.
fn logs(folder: &Path) -> Result<Vec<Log>, OpenError> {
    let mut logs = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(at(folder))? {
        let entry = entry.map_err(at(folder))?;
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "log") {
            continue;
        }
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        let Some(number) = stem.and_then(|stem| stem.parse().ok()) else { continue };
        let bytes = entry.metadata().map_err(at(&path))?.len();
        logs.push(Log { number, path, bytes });
    }
    logs.sort_by_key(|log| log.number);
    Ok(logs)
}

/// Copies what will be cut off to a file of its own.
fn save(folder: &Path, log: &Log, torn: &[u8]) -> Result<(), OpenError> {
    let path = folder.join(format!("torn-{}", log.number));
    File::create(&path)
        .and_then(|mut file| {
            file.write_all(torn)?;
            file.sync_all()
        })
        .map_err(at(&path))?;
    sync(folder)
}

/// Ends a log at `offset`.
fn cut(log: &Log, offset: usize) -> Result<(), OpenError> {
    File::options()
        .write(true)
        .open(&log.path)
        .and_then(|file| {
            file.set_len(u64::try_from(offset).unwrap_or(u64::MAX))?;
            file.sync_all()
        })
        .map_err(at(&log.path))
}

/// How the reading of a log ended.
enum End {
    /// Its records are whole, and after `end` there are only zeros, if anything.
    Clean {
        end: usize,
    },
    Damaged(Fault),
}

/// Damage in a log.
struct Fault {
    /// Where the record begins that is not whole.
    record: usize,
    /// Where the frame is that was not expected.
    frame: usize,
    damage: LogDamage,
}

impl Fault {
    /// Whether this is a record that was being written, with nothing after it.
    fn may_be_torn(&self, bytes: &[u8]) -> bool {
        match self.damage {
            LogDamage::Cut | LogDamage::Checksum | LogDamage::OutOfPlace => {
                !has_whole_record(bytes, self.frame)
            }
            LogDamage::Foreign | LogDamage::Gap { .. } => false,
        }
    }

    fn refusal(&self, log: &Log) -> OpenError {
        OpenError::LogDamaged {
            file: log.path.clone(),
            offset: u64::try_from(self.record).unwrap_or(u64::MAX),
            damage: self.damage,
        }
    }
}

/// A reading of one log, record by record.
struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The number that the next record begins with. Not known before the first record of the first log.
    expected: Option<u64>,
}

impl Walk<'_> {
    fn run(&mut self) -> End {
        loop {
            let record = after_padding(self.at);
            if is_zero_from(self.bytes, self.at) {
                return End::Clean { end: self.at };
            }
            let followed = self
                .record()
                .and_then(|header| self.follow(&header).map_err(|damage| (record, damage)));
            if let Err((frame, damage)) = followed {
                return End::Damaged(Fault { record, frame, damage });
            }
        }
    }

    /// Goes past one record, and gives the bytes that it begins with. A failure says at which frame.
    fn record(&mut self) -> Result<Vec<u8>, (usize, LogDamage)> {
        let mut header = Vec::with_capacity(RECORD_HEADER_BYTES);
        let mut is_begun = false;
        loop {
            let place = after_padding(self.at);
            let frame = frame(self.bytes, place).map_err(|damage| (place, damage))?;
            let (begins, ends) = match frame.kind {
                Kind::Full => (true, true),
                Kind::First => (true, false),
                Kind::Middle => (false, false),
                Kind::Last => (false, true),
            };
            if begins == is_begun {
                return Err((place, LogDamage::OutOfPlace));
            }
            is_begun = true;
            let missing = RECORD_HEADER_BYTES - header.len();
            header.extend(frame.payload.iter().take(missing));
            self.at = frame.end;
            if ends {
                return Ok(header);
            }
        }
    }

    /// Checks that a record, which begins with `header`, follows the one before.
    fn follow(&mut self, header: &[u8]) -> Result<(), LogDamage> {
        let (found, count) = record_header(header).ok_or(LogDamage::Foreign)?;
        match self.expected {
            Some(expected) if expected != found => Err(LogDamage::Gap { expected, found }),
            Some(_) | None => {
                self.expected = Some(found.wrapping_add(u64::from(count)));
                Ok(())
            }
        }
    }
}

/// Whether a whole record begins at `from` or anywhere after it.
///
/// The length of a damaged frame cannot be relied on, so a frame is looked for at every byte. Where one is
/// found, its payload is passed over: it may hold anything.
fn has_whole_record(bytes: &[u8], from: usize) -> bool {
    let mut at = from;
    while at < bytes.len() {
        // Most bytes are ruled out by the kind, without a checksum of what would be the payload.
        if !bytes.get(at + HEADER_BYTES - 1).is_some_and(|kind| (1..=4).contains(kind)) {
            at += 1;
            continue;
        }
        let mut walk = Walk { bytes, at, expected: None };
        if walk.at == after_padding(at) && walk.record().is_ok() {
            return true;
        }
        at = frame(bytes, at).map_or(at + 1, |frame| frame.end);
    }
    false
}

enum Kind {
    Full,
    First,
    Middle,
    Last,
}

/// A part of a record.
struct Frame<'a> {
    kind: Kind,
    payload: &'a [u8],
    /// Where the next frame may begin.
    end: usize,
}

/// The frame at `place`.
fn frame(bytes: &[u8], place: usize) -> Result<Frame<'_>, LogDamage> {
    let block_end = (place - place % BLOCK_BYTES) + BLOCK_BYTES;
    let block = bytes.get(place..block_end.min(bytes.len())).ok_or(LogDamage::Cut)?;
    let Some((&[c0, c1, c2, c3, l0, l1, kind], rest)) = block.split_first_chunk::<HEADER_BYTES>()
    else {
        return Err(LogDamage::Cut);
    };
    let length = usize::from(u16::from_le_bytes([l0, l1]));
    let payload = rest.get(..length).ok_or(LogDamage::Cut)?;
    let checksum = crc32c::crc32c_append(crc32c::crc32c(&[kind]), payload);
    let masked = checksum.rotate_right(15).wrapping_add(CHECKSUM_MASK);
    if masked != u32::from_le_bytes([c0, c1, c2, c3]) {
        return Err(LogDamage::Checksum);
    }
    let kind = match kind {
        1 => Kind::Full,
        2 => Kind::First,
        3 => Kind::Middle,
        4 => Kind::Last,
        // Recycled and compressed logs, and whatever later versions of the engine know.
        _ => return Err(LogDamage::Foreign),
    };
    Ok(Frame { kind, payload, end: place + HEADER_BYTES + length })
}

/// The number of a record's first change, and how many there are.
fn record_header(header: &[u8]) -> Option<(u64, u32)> {
    let (number, rest) = header.split_first_chunk()?;
    let (count, _) = rest.split_first_chunk()?;
    Some((u64::from_le_bytes(*number), u32::from_le_bytes(*count)))
}

/// Where the frame is that comes at or after `at`: no frame begins so near to the end of a block that its
/// header would not fit.
fn after_padding(at: usize) -> usize {
    let left = BLOCK_BYTES - at % BLOCK_BYTES;
    if left < HEADER_BYTES { at + left } else { at }
}

fn is_zero_from(bytes: &[u8], at: usize) -> bool {
    bytes.get(at..).is_none_or(|rest| rest.iter().all(|byte| *byte == 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes logs as the engine does.
    #[derive(Default)]
    struct Writer {
        bytes: Vec<u8>,
    }

    impl Writer {
        fn frame(&mut self, kind: u8, payload: &[u8]) {
            let checksum = crc32c::crc32c_append(crc32c::crc32c(&[kind]), payload);
            let masked = checksum.rotate_right(15).wrapping_add(CHECKSUM_MASK);
            self.bytes.extend(masked.to_le_bytes());
            self.bytes.extend(u16::try_from(payload.len()).unwrap().to_le_bytes());
            self.bytes.push(kind);
            self.bytes.extend(payload);
        }

        /// Writes a record of `bytes` bytes, and gives where it begins.
        fn record(&mut self, number: u64, count: u32, bytes: usize) -> usize {
            self.bytes.resize(after_padding(self.bytes.len()), 0);
            let begin = self.bytes.len();
            let mut record = [&number.to_le_bytes()[..], &count.to_le_bytes()].concat();
            record.resize(bytes, 7);
            let mut rest = record.as_slice();
            let mut is_begun = false;
            loop {
                self.bytes.resize(after_padding(self.bytes.len()), 0);
                let room = BLOCK_BYTES - self.bytes.len() % BLOCK_BYTES - HEADER_BYTES;
                let (payload, left) = rest.split_at(room.min(rest.len()));
                let kind = match (is_begun, left.is_empty()) {
                    (false, true) => 1,
                    (false, false) => 2,
                    (true, false) => 3,
                    (true, true) => 4,
                };
                self.frame(kind, payload);
                if left.is_empty() {
                    return begin;
                }
                (is_begun, rest) = (true, left);
            }
        }
    }

    /// Checks a folder with these logs. Gives the last log as it is afterwards.
    fn check_logs(logs: &[&[u8]]) -> Result<Vec<u8>, OpenError> {
        let folder = tempfile::tempdir().unwrap();
        let path = |number: usize| folder.path().join(format!("{number:06}.log"));
        for (number, bytes) in logs.iter().enumerate() {
            std::fs::write(path(number), bytes).unwrap();
        }
        check(folder.path())?;
        Ok(std::fs::read(path(logs.len() - 1)).unwrap())
    }

    #[track_caller]
    fn assert_refused(logs: &[&[u8]], offset: usize, damage: LogDamage) {
        match check_logs(logs) {
            Err(OpenError::LogDamaged { offset: found, damage: kind, .. }) => {
                assert_eq!((found, kind), (offset as u64, damage));
            }
            other => panic!("not refused: {other:?}"),
        }
    }

    /// Records of such lengths that their frames end in all ways that there are at the end of a block.
    fn long() -> (Vec<u8>, Vec<usize>) {
        let mut writer = Writer::default();
        let mut begins = Vec::new();
        let mut number = 1;
        for left in 0..10 {
            let room = BLOCK_BYTES - writer.bytes.len() % BLOCK_BYTES;
            let fill = if room < 200 { room + BLOCK_BYTES } else { room } - HEADER_BYTES - left;
            begins.push(writer.record(number, 1, fill));
            begins.push(writer.record(number + 1, 3, 40_000));
            number += 4;
        }
        (writer.bytes, begins)
    }

    #[test]
    fn records_over_blocks_are_whole() {
        let (bytes, _) = long();
        assert_eq!(check_logs(&[&bytes]).unwrap(), bytes);
        assert_eq!(check_logs(&[&bytes, &[]]).unwrap(), []);
        assert_eq!(check_logs(&[&[]]).unwrap(), []);
    }

    #[test]
    fn a_long_record_that_is_torn_is_cut_off() {
        let (bytes, begins) = long();
        let begin = *begins.last().unwrap();
        for length in (begin + 1..bytes.len()).step_by(499) {
            let kept = check_logs(&[&bytes[..length]]).unwrap();
            assert!(kept == bytes[..begin], "cut at {length}");
        }
    }

    #[test]
    fn a_torn_record_whose_parts_came_to_disk_out_of_order_is_cut_off() {
        let (bytes, begins) = long();
        let begin = *begins.last().unwrap();
        for hole in (begin..bytes.len() - 600).step_by(4096) {
            let mut torn = bytes.clone();
            torn[hole..hole + 512].fill(0);
            let kept = check_logs(&[&torn]).unwrap();
            assert!(kept == bytes[..begin], "hole at {hole}");
        }
    }

    #[test]
    fn damage_before_a_whole_record_is_refused() {
        let (bytes, begins) = long();
        for (record, begin) in begins.iter().enumerate().take(begins.len() - 1) {
            for place in
                [*begin, begin + 4, begin + 5, begin + 6, begin + 10, begins[record + 1] - 30]
            {
                let mut damaged = bytes.clone();
                damaged[place] ^= 1;
                let refusal = check_logs(&[&damaged]);
                let Err(OpenError::LogDamaged { offset, .. }) = refusal else {
                    panic!("not refused: {refusal:?} at {place}");
                };
                assert_eq!(offset, *begin as u64);
            }
        }
    }

    #[test]
    fn a_torn_record_that_holds_a_log_is_cut_off() {
        let mut inner = Writer::default();
        inner.record(5, 1, 1_000);
        let mut writer = Writer::default();
        let begin = writer.record(1, 1, 100);
        let torn = writer.bytes.len();
        assert_eq!(begin, 0);
        let payload = [&2_u64.to_le_bytes()[..], &1_u32.to_le_bytes(), &inner.bytes].concat();
        writer.frame(2, &payload);
        assert_eq!(check_logs(&[&writer.bytes]).unwrap(), writer.bytes[..torn]);
    }

    #[test]
    fn logs_follow_one_another() {
        let mut writers = [Writer::default(), Writer::default(), Writer::default()];
        writers[0].record(7, 2, 50);
        writers[0].record(9, 0, 12);
        writers[1].record(9, 1, 50);
        writers[2].record(10, 1, 50);
        let [a, b, c] = writers.map(|writer| writer.bytes);
        assert_eq!(check_logs(&[&a, &b, &c]).unwrap(), c);
        assert_eq!(check_logs(&[&a, &[], &b]).unwrap(), b);
        assert_refused(&[&a, &c], 0, LogDamage::Gap { expected: 9, found: 10 });
        assert_refused(&[&b, &b], 0, LogDamage::Gap { expected: 10, found: 9 });
        let torn = &b[..b.len() - 1];
        assert_refused(&[&a, torn, &c], 0, LogDamage::Cut);
        assert_eq!(check_logs(&[&a, torn, &[]]).unwrap(), []);
    }

    #[test]
    fn what_is_never_written_is_refused() {
        for kind in [0, 5, 6, 7, 8, 9, 10, 11, 130, 131] {
            let mut writer = Writer::default();
            writer.frame(kind, &[0; 40]);
            assert_refused(&[&writer.bytes], 0, LogDamage::Foreign);
        }
        let mut writer = Writer::default();
        writer.frame(1, &[1; 11]);
        assert_refused(&[&writer.bytes], 0, LogDamage::Foreign);
    }

    #[test]
    fn no_bytes_make_the_check_panic() {
        let (bytes, _) = long();
        let mut state = 1_u32;
        for round in 0..100 {
            let mut damaged = bytes[..(round * 997) % bytes.len()].to_vec();
            for _ in 0..round % 20 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let place = state as usize;
                if let Some(place) = place.checked_rem(damaged.len()) {
                    damaged[place] = state.to_be_bytes()[1];
                }
            }
            drop(check_logs(&[&damaged]));
        }
    }

    #[test]
    fn bytes_are_a_log_or_damage() {
        fuzz::target("log", 5_000, |bytes| {
            let mut walk = Walk { bytes, at: 0, expected: None };
            match walk.run() {
                End::Clean { end } => assert!(is_zero_from(bytes, end)),
                End::Damaged(fault) => {
                    assert!(fault.record <= fault.frame, "{:?}", fault.damage);
                    let _ = fault.may_be_torn(bytes);
                }
            }
        });
    }
}
