//! What there is to say of a query, on standard error: notes, problems, fixes, and why it was refused.

use std::io::{self, Write};

use similar::{ChangeTag, TextDiff};
use workbench::{Fix, Prepared, Problem, Query, Ran, Refused, Sent, Severity};

use crate::colours::{Colour, Colours};

/// How many lines around a change are shown.
const CONTEXT_LINES: usize = 1;

/// What was mended without changing the meaning, and what may not be as it was meant.
pub(super) fn notes(prepared: &Prepared) -> io::Result<()> {
    let mut out = io::stderr();
    // Whoever writes comments knows that they are not sent.
    let notes = prepared.notes.iter().filter(|note| !matches!(note.code, "Lenient" | "Empty"));
    for note in notes {
        writeln!(out, "note: {}", note.message)?;
    }
    Ok(())
}

/// What went through, though it may not be as it was meant.
pub(super) fn warnings(prepared: &Prepared) -> io::Result<()> {
    let mut out = io::stderr();
    let colours = Colours::of(&out);
    let problems = prepared.problems.iter().filter(|problem| problem.severity != Severity::Info);
    problems.into_iter().try_for_each(|problem| write_problem(&mut out, &colours, problem))
}

/// What a query would do, what would be sent and what may be mended: on standard output, because it is what was asked
/// for.
pub(super) fn explain(query: &Query, prepared: &Prepared) -> io::Result<()> {
    let mut out = io::stdout();
    let colours = Colours::of(&out);
    if let Some(explain) = &prepared.explain {
        writeln!(out, "{}", colours.paint(Colour::Bold, &explain.summary))?;
        for line in &explain.lines {
            writeln!(out, "  {line}")?;
        }
        for (units, kind) in [(explain.read_units, "read"), (explain.write_units, "write")] {
            if let Some(units) = units {
                let (low, high) = (units.low, units.high);
                writeln!(out, "  {low} to {high} {kind} units, by the sizes of some hours ago")?;
            }
        }
        writeln!(out)?;
    }
    for note in &prepared.notes {
        writeln!(out, "note: {}", note.message)?;
    }
    for problem in &prepared.problems {
        write_problem(&mut out, &colours, problem)?;
    }
    for fix in &prepared.fixes {
        write_offer(&mut out, &colours, query, fix)?;
    }
    let has_findings =
        !(prepared.notes.is_empty() && prepared.problems.is_empty() && prepared.fixes.is_empty());
    if let Some(sent) = &prepared.sent {
        if has_findings {
            writeln!(out)?;
        }
        write_sent(&mut out, sent)?;
    }
    Ok(())
}

/// What was sent.
pub(super) fn sent(prepared: &Prepared) -> io::Result<()> {
    let mut out = io::stderr();
    prepared.sent.as_ref().map_or(Ok(()), |sent| {
        write_sent(&mut out, sent)?;
        writeln!(out)
    })
}

/// Why a query was not done, and what would mend it.
pub(super) fn refusal(query: &Query, ran: &Ran) -> io::Result<()> {
    let mut out = io::stderr();
    let colours = Colours::of(&out);
    notes(&ran.prepared)?;
    if let Some(refused) = &ran.refusal {
        write_refusal(&mut out, &colours, refused)?;
    }
    if let Some(failure) = &ran.failure {
        writeln!(out, "pixii: {}", failure.message)?;
    }
    for problem in &ran.prepared.problems {
        write_problem(&mut out, &colours, problem)?;
    }
    for fix in &ran.prepared.fixes {
        write_offer(&mut out, &colours, query, fix)?;
    }
    Ok(())
}

/// That a fix is accepted, and what it does.
pub(super) fn accepted(query: &Query, fix: &Fix) -> io::Result<()> {
    let mut out = io::stderr();
    let colours = Colours::of(&out);
    write_fix(&mut out, &colours, query, fix)
}

/// What the service said: in its words, then the members that it means, what helps, and what each action of a
/// transaction has to do with it.
fn write_refusal(out: &mut impl Write, colours: &Colours, refused: &Refused) -> io::Result<()> {
    let refusal = &refused.refusal;
    let exception = colours.paint(Colour::Red, &refusal.exception);
    write!(out, "{exception} (status {})", refusal.status)?;
    let colon = if refusal.message.is_empty() { "" } else { ": " };
    writeln!(out, "{colon}{}", refusal.message)?;
    for member in &refusal.members {
        writeln!(out, "  {member}")?;
    }
    if let Some(advice) = &refused.advice {
        writeln!(out, "{advice}.")?;
    }
    for cancellation in &refusal.cancellations {
        writeln!(out, "  {cancellation}")?;
    }
    Ok(())
}

fn write_sent(out: &mut impl Write, sent: &Sent) -> io::Result<()> {
    writeln!(out, "{} {}", sent.method, sent.url)?;
    for (name, value) in &sent.headers {
        writeln!(out, "{name}: {value}")?;
    }
    writeln!(out, "\n{}", String::from_utf8_lossy(&sent.body))
}

fn write_problem(out: &mut impl Write, colours: &Colours, problem: &Problem) -> io::Result<()> {
    let word = match problem.severity {
        Severity::Error => colours.paint(Colour::Red, "error"),
        Severity::Warning => colours.paint(Colour::Yellow, "warning"),
        Severity::Info => "info".to_owned(),
    };
    let place =
        problem.position.map(|span| format!(" (line {}, column {})", span.line, span.column));
    writeln!(out, "{word}: {}{}", problem.message, place.unwrap_or_default())
}

/// A fix, and how it is accepted.
fn write_offer(
    out: &mut impl Write,
    colours: &Colours,
    query: &Query,
    fix: &Fix,
) -> io::Result<()> {
    writeln!(out)?;
    write_fix(out, colours, query, fix)?;
    let also = if fix.is_recommended { "--fix, or " } else { "" };
    writeln!(out, "  accept it with {also}--fix={}", fix.id)
}

/// A fix, with what it changes.
fn write_fix(out: &mut impl Write, colours: &Colours, query: &Query, fix: &Fix) -> io::Result<()> {
    let name = colours.paint(Colour::Bold, &format!("fix {}:", fix.id));
    writeln!(out, "{name} {}", fix.title)?;
    writeln!(out, "  {}", fix.explanation)?;
    for (place, step) in fix.steps.iter().enumerate() {
        let is_last = place + 1 == fix.steps.len();
        if !is_last || step.command != query.command {
            writeln!(out, "  {} {}", step.command, step.text.replace('\n', "\n  "))?;
        } else if step.text != query.text {
            write_difference(out, colours, &query.text, &step.text)?;
        } else {
            writeln!(out, "  {} as it is", step.command)?;
        }
    }
    Ok(())
}

fn write_difference(
    out: &mut impl Write,
    colours: &Colours,
    before: &str,
    after: &str,
) -> io::Result<()> {
    let difference = TextDiff::from_lines(before, after);
    for group in difference.grouped_ops(CONTEXT_LINES) {
        for change in group.iter().flat_map(|change| difference.iter_changes(change)) {
            let line = change.value().trim_end_matches('\n');
            let line = match change.tag() {
                ChangeTag::Delete => colours.paint(Colour::Red, &format!("- {line}")),
                ChangeTag::Insert => colours.paint(Colour::Green, &format!("+ {line}")),
                ChangeTag::Equal => format!("  {line}"),
            };
            writeln!(out, "  {line}")?;
        }
    }
    Ok(())
}
