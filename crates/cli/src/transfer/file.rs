//! Files of items: what their names say of them, and compression.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;
use indicatif::ProgressBar;
use workbench::ItemFormat;

/// Standard input or output.
const STANDARD: &str = "-";

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    None,
    Gzip,
    Zstandard,
}

impl Packing {
    /// What a file's name says, and the name without that.
    fn of(name: &str) -> (Self, &str) {
        if let Some(name) = name.strip_suffix(".gz") {
            return (Self::Gzip, name);
        }
        name.strip_suffix(".zst").map_or((Self::None, name), |name| (Self::Zstandard, name))
    }
}

/// The format that a file's name means.
pub(super) fn format_of(path: &Path) -> Option<ItemFormat> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    let (_, name) = Packing::of(&name);
    match name.rsplit_once('.')?.1 {
        "csv" => Some(ItemFormat::Csv),
        "jsonl" | "ndjson" => Some(ItemFormat::Jsonl),
        "json" => Some(ItemFormat::DynamoDbJson),
        _ => None,
    }
}

fn packing_of(path: &Path) -> Packing {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    Packing::of(&name.to_ascii_lowercase()).0
}

/// Whether a name means standard input or output.
pub(super) fn is_standard(path: &Path) -> bool {
    path.as_os_str() == STANDARD
}

/// A file that is being written. It has its name when it is complete; what is not finished is removed.
pub(super) struct Output {
    stream: Stream,
    /// Where it is until it is complete, and where it will be.
    names: Option<(PathBuf, PathBuf)>,
}

enum Stream {
    Standard(BufWriter<io::Stdout>),
    Plain(BufWriter<File>),
    Gzip(Box<GzEncoder<BufWriter<File>>>),
    Zstandard(Box<zstd::Encoder<'static, BufWriter<File>>>),
    Done,
}

impl Output {
    pub(super) fn create(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path.filter(|path| !is_standard(path)) else {
            let stream = Stream::Standard(BufWriter::new(io::stdout()));
            return Ok(Self { stream, names: None });
        };
        // A pipe or a device is written to, and not put aside.
        let is_special = fs::metadata(path).is_ok_and(|facts| !facts.is_file());
        let names = (!is_special).then(|| (path.with_added_extension("part"), path.to_owned()));
        let written = names.as_ref().map_or(path, |(part, _)| part);
        let failed = || format!("cannot write {}", written.display());
        let file = BufWriter::new(File::create(written).with_context(failed)?);
        let stream = match packing_of(path) {
            Packing::None => Stream::Plain(file),
            Packing::Gzip => Stream::Gzip(Box::new(GzEncoder::new(file, Compression::default()))),
            Packing::Zstandard => {
                let level = zstd::DEFAULT_COMPRESSION_LEVEL;
                Stream::Zstandard(Box::new(zstd::Encoder::new(file, level).with_context(failed)?))
            }
        };
        Ok(Self { stream, names })
    }

    /// Ends the file, and gives it its name.
    pub(super) fn finish(mut self) -> io::Result<()> {
        let file = match std::mem::replace(&mut self.stream, Stream::Done) {
            Stream::Standard(mut out) => return out.flush(),
            Stream::Plain(file) => file,
            Stream::Gzip(encoder) => encoder.finish()?,
            Stream::Zstandard(encoder) => encoder.finish()?,
            Stream::Done => return Ok(()),
        };
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        if let Some((part, path)) = &self.names {
            file.sync_all()?;
            fs::rename(part, path)?;
            self.names = None;
        }
        Ok(())
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if let Some((part, _)) = &self.names {
            // It may not be there; then there is nothing to take away.
            let _ = fs::remove_file(part);
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.stream {
            Stream::Standard(out) => out.write(bytes),
            Stream::Plain(file) => file.write(bytes),
            Stream::Gzip(encoder) => encoder.write(bytes),
            Stream::Zstandard(encoder) => encoder.write(bytes),
            Stream::Done => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.stream {
            Stream::Standard(out) => out.flush(),
            Stream::Plain(file) => file.flush(),
            Stream::Gzip(encoder) => encoder.flush(),
            Stream::Zstandard(encoder) => encoder.flush(),
            Stream::Done => Ok(()),
        }
    }
}

/// Opens a file to read. `bar` goes on with its bytes.
pub(super) fn open(path: &Path, bar: &ProgressBar) -> Result<Box<dyn BufRead>> {
    if is_standard(path) {
        return Ok(Box::new(io::stdin().lock()));
    }
    let failed = || format!("cannot read {}", path.display());
    let file = File::open(path).with_context(failed)?;
    let facts = file.metadata().with_context(failed)?;
    if facts.is_file() {
        bar.set_length(facts.len());
    }
    let file = BufReader::new(bar.wrap_read(file));
    let unpacked: Box<dyn Read> = match packing_of(path) {
        Packing::None => return Ok(Box::new(file)),
        // Several that were put together are one.
        Packing::Gzip => Box::new(MultiGzDecoder::new(file)),
        Packing::Zstandard => Box::new(zstd::Decoder::with_buffer(file).with_context(failed)?),
    };
    Ok(Box::new(BufReader::new(unpacked)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_name_says_its_format() {
        #[track_caller]
        fn check(name: &str, expected: Option<ItemFormat>, packing: Packing) {
            let path = Path::new(name);
            assert_eq!((format_of(path), packing_of(path)), (expected, packing), "{name}");
        }
        check("a.csv", Some(ItemFormat::Csv), Packing::None);
        check("/tmp.d/a.b.CSV.GZ", Some(ItemFormat::Csv), Packing::Gzip);
        check("a.jsonl.zst", Some(ItemFormat::Jsonl), Packing::Zstandard);
        check("a.ndjson", Some(ItemFormat::Jsonl), Packing::None);
        check("a.json.gz", Some(ItemFormat::DynamoDbJson), Packing::Gzip);
        check("a", None, Packing::None);
        check("a.gz", None, Packing::Gzip);
        check("a.txt", None, Packing::None);
    }

    #[test]
    fn a_file_that_is_not_finished_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("items.csv");
        fs::write(&path, "old").unwrap();
        let mut output = Output::create(Some(&path)).unwrap();
        output.write_all(b"new").unwrap();
        drop(output);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        let mut output = Output::create(Some(&path)).unwrap();
        output.write_all(b"new").unwrap();
        output.finish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
