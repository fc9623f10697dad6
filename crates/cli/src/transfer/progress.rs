//! How far it is, on standard error: a bar where that is a terminal, and what was done in the end.

use std::fmt;
use std::io::{self, Write as _};

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};
use workbench::transfer::Progress;

const ITEMS: &str = "{wide_bar} {human_pos} of about {human_len} items, {per_sec}, {eta} left";
const BYTES: &str = "{wide_bar} {msg}, {binary_bytes} of {binary_total_bytes}, {eta} left";
const UNKNOWN: &str = "{spinner} {msg}, {elapsed}";

/// A bar for items. It is not drawn where standard error is no terminal.
pub(super) fn bar() -> ProgressBar {
    // It is drawn from the first page on, when it is known how many there are.
    ProgressBar::no_length()
}

/// Shows how many items are through, of those that there are.
pub(super) fn of_items(bar: &ProgressBar, progress: &Progress) {
    bar.set_message(items(progress.items).to_string());
    match progress.items_expected {
        // The service counts now and then; more may have come since.
        Some(expected) if 0 < expected => {
            if bar.length().is_none() {
                bar.set_style(style(ITEMS));
            }
            bar.set_length(expected.max(progress.items));
        }
        Some(_) | None => bar.set_style(style(UNKNOWN)),
    }
    bar.set_position(progress.items);
}

/// Shows how many items are through, of a file whose bytes are counted elsewhere.
pub(super) fn of_file(bar: &ProgressBar, progress: &Progress) {
    bar.set_message(items(progress.items).to_string());
}

/// Readies a bar for a file.
pub(super) fn for_file(bar: &ProgressBar) {
    bar.set_style(style(if bar.length().is_some() { BYTES } else { UNKNOWN }));
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates are sound")
}

/// Takes the bar away, and says what was done in how long.
pub(super) fn finish(bar: &ProgressBar, done: &Progress, what: &str) -> io::Result<()> {
    bar.finish_and_clear();
    writeln!(
        io::stderr(),
        "{} {what} ({} of JSON) in {:.1} s",
        items(done.items),
        HumanBytes(done.bytes),
        bar.elapsed().as_secs_f64(),
    )
}

/// A number of items, in words.
pub(super) fn items(count: u64) -> impl fmt::Display {
    let noun = if count == 1 { "item" } else { "items" };
    format!("{} {noun}", HumanCount(count))
}
