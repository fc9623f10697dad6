//! `pixii check`: proves a folder sound, or names what is not.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use database::{Database, SystemClock};
use storage::{Checked, Store};

/// What a folder with data has.
const FORMAT_FILE: &str = "FORMAT";
/// The exit status of a folder that could not be checked.
const NOT_CHECKED: u8 = 2;

/// Checks a folder that nobody serves, and says what was found: success where all is sound.
pub(crate) fn run(folder: &Path) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start threads")?;
    match runtime.block_on(check(folder, &mut io::stdout())) {
        Ok(true) => Ok(ExitCode::SUCCESS),
        Ok(false) => Ok(ExitCode::FAILURE),
        Err(error) => {
            writeln!(io::stderr(), "pixii: {error:#}")?;
            Ok(ExitCode::from(NOT_CHECKED))
        }
    }
}

/// Refuses a folder without a database: opening it would make one.
pub(crate) fn expect_database(folder: &Path) -> Result<()> {
    if !folder.join(FORMAT_FILE).exists() {
        bail!("{} holds no database", folder.display());
    }
    Ok(())
}

/// Whether all is sound.
async fn check(folder: &Path, output: &mut impl Write) -> Result<bool> {
    expect_database(folder)?;
    let store = Store::open(folder, &storage::Options::default())
        .with_context(|| format!("cannot open {}", folder.display()))?;
    let families = store.check().await?;
    let is_readable = families.iter().all(|family| family.damages.is_empty());
    for family in families {
        let Checked { family, entries, bytes, damages } = family;
        writeln!(output, "{family}: {entries} entries, {bytes} bytes")?;
        for damage in damages {
            writeln!(output, "  damaged: {damage}")?;
        }
    }
    let database = Database::new(store, Arc::new(SystemClock), database::Options::default());
    let report = match database.check().await {
        Ok(report) => report,
        // What stopped it was named above.
        Err(_) if !is_readable => {
            writeln!(output, "unsound: not all of it can be read")?;
            return Ok(false);
        }
        Err(error) => return Err(error.into()),
    };
    writeln!(
        output,
        "{} tables, {} items, {} index entries",
        report.tables, report.items, report.entries
    )?;
    for fault in &report.faults {
        writeln!(output, "  {fault}")?;
    }
    let is_sound = is_readable && report.fault_count == 0;
    if is_sound {
        writeln!(output, "sound")?;
    } else {
        writeln!(output, "unsound: {} faults", report.fault_count)?;
    }
    database.close().await.context("cannot close the store")?;
    Ok(is_sound)
}
