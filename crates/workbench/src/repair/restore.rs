//! Times to restore a table to that are outside the time for which its changes are kept.

use jsonc_parser::common::Ranged as _;
use serde_json::Value;

use super::{Asked, Offer, command};
use crate::edit;
use crate::finding::{Fix, FixStep, Problem, Severity, Span};
use crate::time;

/// When a table may be restored to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Window {
    /// At no time: its changes are not kept.
    Off,
    /// From the first of these times to the second, in seconds since 1970.
    On(i64, i64),
}

impl Window {
    /// Reads the reply to `DescribeContinuousBackups`.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a time of the service is a whole number of seconds"
    )]
    pub(crate) fn read(reply: &[u8]) -> Option<Self> {
        let reply: Value = serde_json::from_slice(reply).ok()?;
        let recovery =
            reply.get("ContinuousBackupsDescription")?.get("PointInTimeRecoveryDescription")?;
        let is_on = recovery.get("PointInTimeRecoveryStatus")?.as_str()? == "ENABLED";
        let time =
            |name: &str| recovery.get(name).and_then(Value::as_f64).map(|seconds| seconds as i64);
        match (is_on, time("EarliestRestorableDateTime"), time("LatestRestorableDateTime")) {
            (true, Some(earliest), Some(latest)) => Some(Self::On(earliest, latest)),
            (true, ..) => None,
            (false, ..) => Some(Self::Off),
        }
    }
}

pub(super) fn offer(asked: &Asked<'_>, offer: &mut Offer) {
    if asked.command != command("RestoreTableToPointInTime") {
        return;
    }
    match asked.found.window {
        Some(Window::Off) => turn_on(asked, offer),
        Some(Window::On(earliest, latest)) => move_inside(asked, offer, (earliest, latest)),
        None => {}
    }
}

fn turn_on(asked: &Asked<'_>, offer: &mut Offer) {
    let Some(table) = asked.string("SourceTableName") else { return };
    offer.problems.push(Problem {
        severity: Severity::Error,
        code: "RecoveryOff",
        message: format!(
            "Point-in-time recovery is off for {table}, so that nothing is kept to restore from"
        ),
        position: None,
        path: Some("SourceTableName".to_owned()),
    });
    let text = format!(
        "{{\n  \"TableName\": {},\n  \"PointInTimeRecoverySpecification\": {{ \"PointInTimeRecoveryEnabled\": true }}\n}}",
        edit::string(table)
    );
    let turn_on = FixStep { command: command("UpdateContinuousBackups"), text };
    let Some(last) = to_latest(asked) else { return };
    offer.fixes.push(Fix {
        id: "recovery-on".to_owned(),
        title: "Turn point-in-time recovery on, then restore what there is now".to_owned(),
        explanation: "Only from now on are changes kept: earlier times cannot be restored any more. What recovery costs \
                      on Amazon's goes by the size of the table."
            .to_owned(),
        is_recommended: true,
        steps: vec![turn_on, last],
    });
}

/// The query with the latest time that can be restored.
fn to_latest(asked: &Asked<'_>) -> Option<FixStep> {
    let object = asked.object()?;
    let edits = match object.get("RestoreDateTime") {
        Some(member) => vec![edit::replace_range(
            member.range.start,
            member.range.end,
            "\"UseLatestRestorableTime\": true",
        )],
        None if object.get("UseLatestRestorableTime").is_some() => Vec::new(),
        None => vec![edit::add_member(asked.text, object, "UseLatestRestorableTime", "true")],
    };
    asked.step(edits).pop()
}

fn move_inside(asked: &Asked<'_>, offer: &mut Offer, (earliest, latest): (i64, i64)) {
    let Some(member) = asked.object().and_then(|object| object.get("RestoreDateTime")) else {
        return;
    };
    let range = (member.value.start(), member.value.end());
    let written = asked.text.get(range.0..range.1).unwrap_or_default();
    let seconds = time::epoch_seconds(written.trim_matches('"'))
        .or_else(|| written.trim_matches('"').parse::<f64>().ok().and_then(whole));
    let Some(seconds) = seconds else { return };
    if (earliest..=latest).contains(&seconds) {
        return;
    }
    offer.problems.push(Problem {
        severity: Severity::Error,
        code: "RestoreTime",
        message: format!(
            "{} cannot be restored: times from {} to {} can",
            time::written(seconds),
            time::written(earliest),
            time::written(latest)
        ),
        position: Some(Span::of(asked.text, range.0, range.1)),
        path: Some("RestoreDateTime".to_owned()),
    });
    offer.fixes.extend(to_latest(asked).map(|step| {
        Fix {
            id: "restore-latest".to_owned(),
            title: format!("Restore the latest time, {}", time::written(latest)),
            explanation:
                "UseLatestRestorableTime takes the latest time at the moment the query is run."
                    .to_owned(),
            is_recommended: true,
            steps: vec![step],
        }
    }));
    offer.fixes.push(Fix {
        id: "restore-earliest".to_owned(),
        title: format!("Restore the earliest time, {}", time::written(earliest)),
        explanation: "The earliest time moves on as the time for which changes are kept passes."
            .to_owned(),
        is_recommended: false,
        steps: asked.step(vec![edit::replace(&member.value, earliest.to_string())]),
    });
}

#[expect(clippy::cast_possible_truncation, reason = "a fraction of a second is of no account here")]
fn whole(seconds: f64) -> Option<i64> {
    seconds.is_finite().then_some(seconds as i64)
}
