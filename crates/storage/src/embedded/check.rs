//! The check of a whole store: every entry is read from disk, and its checksum verified.
//!
//! A block that is damaged ends the engine's cursor without saying how far the damage reaches. So the reading
//! goes on at the next key at which some data file begins or ends. New files may overlap, until they are
//! compacted: of those, one that is damaged hides the others.

use std::sync::Arc;

use rocksdb::{DEFAULT_COLUMN_FAMILY_NAME, ReadOptions};

use super::{Database, blocking};
use crate::family::Family;
use crate::{Checked, Error};

/// How many bytes are read in one go, so that a check leaves its thread to others now and then.
const PAGE_BYTES: u64 = 4 * 1024 * 1024;

/// How much is read ahead.
const READ_AHEAD_BYTES: usize = 1024 * 1024;

/// The most damages that are told of a family. After these its check ends.
const DAMAGES_MAX: usize = 100;

/// Reads all families, and what the store keeps about itself.
pub(super) async fn check(database: &Arc<Database>) -> Result<Vec<Checked>, Error> {
    let mut families = Vec::new();
    for name in Family::ALL.map(Family::name).into_iter().chain([DEFAULT_COLUMN_FAMILY_NAME]) {
        let mut checked = Checked::new(name);
        let mut next = Some(Vec::new());
        while let Some(from) = next {
            let database = Arc::clone(database);
            (checked, next) = blocking(move || {
                let next = database.check_page(&mut checked, &from);
                (checked, next)
            })
            .await?;
        }
        families.push(checked);
    }
    Ok(families)
}

impl Database {
    /// Reads on from a key. Gives the key to go on at, if the family does not end before.
    fn check_page(&self, checked: &mut Checked, from: &[u8]) -> Option<Vec<u8>> {
        let family = self.db.cf_handle(checked.family).expect("families are made with the store");
        let mut options = ReadOptions::default();
        options.set_verify_checksums(true);
        options.fill_cache(false);
        options.set_readahead_size(READ_AHEAD_BYTES);
        let mut cursor = self.db.raw_iterator_cf_opt(family, options);
        cursor.seek(from);
        let page_end = checked.bytes + PAGE_BYTES;
        let mut next = from.to_vec();
        while let Some((key, value)) = cursor.item() {
            checked.count(key, value);
            next = [key, &[0]].concat();
            if checked.bytes >= page_end {
                return Some(next);
            }
            cursor.next();
        }
        let Err(error) = cursor.status() else { return None };
        // The same block is met again where another file begins within it.
        let damage = error.to_string();
        if !checked.damages.contains(&damage) {
            checked.damages.push(damage);
        }
        if checked.damages.len() < DAMAGES_MAX {
            self.boundary(checked.family, &next)
        } else {
            None
        }
    }

    /// The first key after `key` at which a data file of the family begins, or behind which one ends.
    fn boundary(&self, family: &str, key: &[u8]) -> Option<Vec<u8>> {
        let files = self.db.live_files().unwrap_or_default();
        files
            .into_iter()
            .filter(|file| file.column_family_name == family)
            .flat_map(|file| {
                let behind = file.end_key.map(|end| [end.as_slice(), &[0]].concat());
                file.start_key.into_iter().chain(behind)
            })
            .filter(|boundary| boundary.as_slice() > key)
            .min()
    }
}
