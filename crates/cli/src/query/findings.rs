//! What there is to say of a query, on standard error: notes, problems, fixes, and why it was refused.

use std::io::{self, IsTerminal as _, Write};

use similar::{ChangeTag, TextDiff};
use workbench::{Fix, Prepared, Problem, Query, Ran, Severity};

/// How many lines around a change are shown.
const CONTEXT_LINES: usize = 1;

/// Escape sequences for colours, where they are wanted.
struct Colours {
    is_on: bool,
}

impl Colours {
    fn of(is_terminal: bool) -> Self {
        let is_unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { is_on: is_terminal && !is_unwanted }
    }

    fn paint(&self, code: u8, text: &str) -> String {
        if self.is_on { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

const RED: u8 = 31;
const GREEN: u8 = 32;
const YELLOW: u8 = 33;
const BOLD: u8 = 1;

/// What was mended without changing the meaning.
pub(super) fn notes(prepared: &Prepared) -> io::Result<()> {
    let mut out = io::stderr();
    // Whoever writes comments knows that they are not sent.
    let notes = prepared.notes.iter().filter(|note| !matches!(note.code, "Lenient" | "Empty"));
    for note in notes {
        writeln!(out, "note: {}", note.message)?;
    }
    Ok(())
}

/// What a query would do, and what would be sent: on standard output, because it is what was asked for.
pub(super) fn explain(prepared: &Prepared) -> io::Result<()> {
    let mut out = io::stdout();
    let colours = Colours::of(out.is_terminal());
    if let Some(explain) = &prepared.explain {
        writeln!(out, "{}", colours.paint(BOLD, &explain.summary))?;
        for line in &explain.lines {
            writeln!(out, "  {line}")?;
        }
        for (units, kind) in [(explain.read_units, "read"), (explain.write_units, "write")] {
            if let Some(units) = units {
                writeln!(
                    out,
                    "  {} to {} {kind} units, by the sizes of some hours ago",
                    units.low, units.high
                )?;
            }
        }
        writeln!(out)?;
    }
    for note in &prepared.notes {
        writeln!(out, "note: {}", note.message)?;
    }
    problems(&mut out, &colours, &prepared.problems)?;
    if let Some(sent) = &prepared.sent {
        writeln!(out, "{} {}", sent.method, sent.url)?;
        for (name, value) in &sent.headers {
            writeln!(out, "{name}: {value}")?;
        }
        writeln!(out, "\n{}", String::from_utf8_lossy(&sent.body))?;
    }
    Ok(())
}

/// Why a query was not done, and what would mend it.
pub(super) fn refusal(query: &Query, ran: &Ran) -> io::Result<()> {
    let mut out = io::stderr();
    let colours = Colours::of(out.is_terminal());
    notes(&ran.prepared)?;
    if let Some(refused) = &ran.refusal {
        writeln!(out, "{}", refused.refusal)?;
        if let Some(advice) = &refused.advice {
            writeln!(out, "{advice}.")?;
        }
    }
    if let Some(failure) = &ran.failure {
        writeln!(out, "pixii: {}", failure.message)?;
    }
    problems(&mut out, &colours, &ran.prepared.problems)?;
    for fix in &ran.prepared.fixes {
        writeln!(out)?;
        write_fix(&mut out, &colours, query, fix)?;
        let flag =
            if fix.is_recommended { "--fix".to_owned() } else { format!("--fix={}", fix.id) };
        writeln!(out, "  accept it with {flag}")?;
    }
    Ok(())
}

/// That a fix was accepted.
pub(super) fn accepted(query: &Query, fix: &Fix) -> io::Result<()> {
    let mut out = io::stderr();
    let colours = Colours::of(out.is_terminal());
    write_fix(&mut out, &colours, query, fix)
}

fn problems(out: &mut impl Write, colours: &Colours, problems: &[Problem]) -> io::Result<()> {
    for problem in problems {
        let word = match problem.severity {
            Severity::Error => colours.paint(RED, "error"),
            Severity::Warning => colours.paint(YELLOW, "warning"),
            Severity::Info => "info".to_owned(),
        };
        let place =
            problem.position.map(|span| format!(" (line {}, column {})", span.line, span.column));
        writeln!(out, "{word}: {}{}", problem.message, place.unwrap_or_default())?;
    }
    Ok(())
}

/// A fix, with what it changes.
fn write_fix(out: &mut impl Write, colours: &Colours, query: &Query, fix: &Fix) -> io::Result<()> {
    writeln!(out, "{} {}", colours.paint(BOLD, &format!("fix {}:", fix.id)), fix.title)?;
    writeln!(out, "  {}", fix.explanation)?;
    for (place, step) in fix.steps.iter().enumerate() {
        let is_last = place + 1 == fix.steps.len();
        if !is_last || step.command != query.command {
            writeln!(out, "  {} {}", step.command, step.text.replace('\n', "\n  "))?;
        } else if step.text != query.text {
            diff(out, colours, &query.text, &step.text)?;
        }
    }
    Ok(())
}

fn diff(out: &mut impl Write, colours: &Colours, before: &str, after: &str) -> io::Result<()> {
    let diff = TextDiff::from_lines(before, after);
    for group in diff.grouped_ops(CONTEXT_LINES) {
        for change in group.iter().flat_map(|change| diff.iter_changes(change)) {
            let line = change.value().trim_end_matches('\n');
            let line = match change.tag() {
                ChangeTag::Delete => colours.paint(RED, &format!("- {line}")),
                ChangeTag::Insert => colours.paint(GREEN, &format!("+ {line}")),
                ChangeTag::Equal => format!("  {line}"),
            };
            writeln!(out, "  {line}")?;
        }
    }
    Ok(())
}
