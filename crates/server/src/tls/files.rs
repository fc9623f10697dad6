//! What is made of files, and made again when they have changed.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock};

use crate::Error;

/// The most that one file may hold, in bytes: all roots of a system take a fifth of it.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

type Make<T> = dyn Fn(&[(&Path, &[u8])]) -> Result<T, Error> + Send + Sync;

/// A value that is made of files.
pub(crate) struct FromFiles<T> {
    paths: Vec<PathBuf>,
    make: Box<Make<T>>,
    /// What was in the files when they were last looked at; `None` if that could not be read.
    seen: Mutex<Option<Vec<Vec<u8>>>>,
    value: RwLock<T>,
}

impl<T: Clone> FromFiles<T> {
    /// Reads the files and makes the value.
    pub(crate) fn new(
        paths: Vec<PathBuf>,
        make: impl Fn(&[(&Path, &[u8])]) -> Result<T, Error> + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let contents = read_all(&paths)?;
        let value = make(&with_paths(&paths, &contents))?;
        let (seen, value) = (Mutex::new(Some(contents)), RwLock::new(value));
        Ok(Self { paths, make: Box::new(make), seen, value })
    }

    /// The value as of the files that were good last.
    pub(crate) fn value(&self) -> T {
        self.value.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes the value again if the files have changed. The log says so, or why that could not be: once, not at each look.
    pub(crate) fn refresh(&self, what: &str) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let contents = match read_all(&self.paths) {
            Ok(contents) => contents,
            Err(error) => {
                if seen.take().is_some() {
                    warn(what, &error);
                }
                return;
            }
        };
        if seen.as_ref() == Some(&contents) {
            return;
        }
        match (self.make)(&with_paths(&self.paths, &contents)) {
            Ok(value) => {
                *self.value.write().unwrap_or_else(PoisonError::into_inner) = value;
                tracing::info!("{what} was read again");
            }
            Err(error) => warn(what, &error),
        }
        *seen = Some(contents);
    }
}

fn warn(what: &str, error: &Error) {
    let error: &dyn std::error::Error = error;
    tracing::warn!(error, "{what} has changed and cannot be used: the one before stays");
}

fn with_paths<'a>(paths: &'a [PathBuf], contents: &'a [Vec<u8>]) -> Vec<(&'a Path, &'a [u8])> {
    let paths = paths.iter().map(PathBuf::as_path);
    paths.zip(contents.iter().map(Vec::as_slice)).collect()
}

fn read_all(paths: &[PathBuf]) -> Result<Vec<Vec<u8>>, Error> {
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::File { file: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_follows_its_files_as_long_as_they_are_good() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("number");
        let make = |files: &[(&Path, &[u8])]| {
            let text = String::from_utf8_lossy(files[0].1);
            text.parse::<u32>().map_err(|_| Error::NoKey(files[0].0.to_owned()))
        };
        assert!(matches!(FromFiles::new(vec![path.clone()], make), Err(Error::File { .. })));
        std::fs::write(&path, "1").unwrap();
        let number = FromFiles::new(vec![path.clone()], make).unwrap();
        let written = |text| {
            std::fs::write(&path, text).unwrap();
            number.refresh("the number");
            number.value()
        };
        assert_eq!(written("2"), 2);
        assert_eq!(written("none"), 2);
        assert_eq!(written("none"), 2);
        assert_eq!(written("3"), 3);
        std::fs::remove_file(&path).unwrap();
        number.refresh("the number");
        assert_eq!(number.value(), 3);
        assert_eq!(written("4"), 4);
    }
}
