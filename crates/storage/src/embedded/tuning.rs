//! How `RocksDB` is set up.
//!
//! For a machine that is also busy with requests: two background jobs, memory bounded by the options and
//! small while nothing happens. Pipelined, unordered and two-queue writes stay off, and so do recycled and
//! compressed logs: that a commit is seen only when durable, and the check of the log, rest on it.

use std::path::Path;

use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamilyDescriptor, DB, DBCompressionType, DBRecoveryMode,
    LogLevel, MergeOperands, Options as Settings,
};

use crate::family::Family;
use crate::{Options, counter};

/// How much log may wait to become files: it is read again after a crash.
const LOG_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// The block of a file that is read and cached as one.
const BLOCK_BYTES: usize = 8 * 1024;

/// Bits of filter for each key: one in a hundred absent keys costs a look.
const FILTER_KEY_BITS: f64 = 10.0;

/// How much of the memory for what is written a filter of its keys takes: a key that is only in files is then not
/// looked for in it.
const WRITTEN_FILTER_RATIO: f64 = 0.01;

/// The pieces in which memory for what is written is taken.
const WRITE_ARENA_BYTES: usize = 64 * 1024;

/// After how much output a background job asks the system to write it out.
const BACKGROUND_SYNC_BYTES: u64 = 1024 * 1024;

/// Files that are kept open. The rest are opened when read, on a thread that may wait.
const FILES_OPEN_MAX: i32 = 512;

/// What the engine has no setter for: a failed write is never tried again behind our back, and an idle
/// store does not hold the disk space of a full log.
const SETTINGS: &str = "max_bgerror_resume_count=0;allow_fallocate=false";

/// Opens the engine's database, or makes it.
pub(super) fn open(folder: &Path, options: &Options) -> Result<DB, rocksdb::Error> {
    let cache = Cache::new_hyper_clock_cache(options.cache_bytes, 0);
    let mut families: Vec<_> = Family::ALL
        .map(|kept| ColumnFamilyDescriptor::new(kept.name(), family(kept, options, &cache)))
        .into();
    let default = small(options, &cache);
    families.push(ColumnFamilyDescriptor::new(rocksdb::DEFAULT_COLUMN_FAMILY_NAME, default));
    DB::open_cf_descriptors(&database(options)?, folder, families)
}

/// The settings of the database as a whole.
fn database(options: &Options) -> Result<Settings, rocksdb::Error> {
    let mut settings = Settings::default().get_options_from_string(SETTINGS)?;
    settings.create_if_missing(true);
    settings.create_missing_column_families(true);
    settings.set_wal_recovery_mode(DBRecoveryMode::AbsoluteConsistency);
    settings.set_track_and_verify_wals_in_manifest(true);
    settings.set_max_total_wal_size(LOG_BYTES_MAX);
    settings.set_db_write_buffer_size(options.write_buffer_bytes);
    settings.set_allow_concurrent_memtable_write(false);
    settings.set_max_background_jobs(2);
    settings.set_bytes_per_sync(BACKGROUND_SYNC_BYTES);
    settings.set_avoid_unnecessary_blocking_io(true);
    settings.set_max_open_files(FILES_OPEN_MAX);
    settings.set_max_file_opening_threads(2);
    settings.set_skip_stats_update_on_db_open(true);
    settings.set_stats_dump_period_sec(0);
    settings.set_stats_persist_period_sec(0);
    settings.set_log_level(LogLevel::Warn);
    settings.set_keep_log_file_num(2);
    settings.set_max_log_file_size(1024 * 1024);
    Ok(settings)
}

/// The settings of one family.
fn family(family: Family, options: &Options, cache: &Cache) -> Settings {
    let mut table = table(cache);
    let is_looked_up = match family {
        Family::Metadata | Family::Items | Family::Indexes | Family::Counters => true,
        Family::Log | Family::Queues => false,
    };
    if is_looked_up {
        table.set_bloom_filter(FILTER_KEY_BITS, false);
        table.set_whole_key_filtering(true);
    }
    let mut settings = settings(options, &table);
    if matches!(family, Family::Items | Family::Indexes) {
        settings.set_memtable_prefix_bloom_ratio(WRITTEN_FILTER_RATIO);
        settings.set_memtable_whole_key_filtering(true);
    }
    if family == Family::Counters {
        settings.set_merge_operator_associative("sum", sum);
    }
    settings
}

/// The settings of the family that holds the last version, and nothing else.
fn small(options: &Options, cache: &Cache) -> Settings {
    settings(options, &table(cache))
}

fn settings(options: &Options, table: &BlockBasedOptions) -> Settings {
    let mut settings = Settings::default();
    settings.set_block_based_table_factory(table);
    settings.set_write_buffer_size(options.write_buffer_bytes);
    settings.set_arena_block_size(WRITE_ARENA_BYTES);
    settings.set_level_compaction_dynamic_level_bytes(true);
    settings.set_compression_type(DBCompressionType::Lz4);
    settings.set_bottommost_compression_type(DBCompressionType::Zstd);
    settings
}

fn table(cache: &Cache) -> BlockBasedOptions {
    let mut table = BlockBasedOptions::default();
    table.set_block_cache(cache);
    table.set_block_size(BLOCK_BYTES);
    table.set_cache_index_and_filter_blocks(true);
    table.set_cache_index_and_filter_blocks_with_high_priority(true);
    table.set_pin_l0_filter_and_index_blocks_in_cache(true);
    table
}

/// What additions come to. Anything that is no counter is an error when it is read, never a guess.
fn sum(_key: &[u8], before: Option<&[u8]>, adds: &MergeOperands) -> Option<Vec<u8>> {
    let mut sum = counter::decode(before).ok()?;
    for added in adds {
        sum = sum.wrapping_add(counter::decode(Some(added)).ok()?);
    }
    Some(counter::encode(sum).to_vec())
}
