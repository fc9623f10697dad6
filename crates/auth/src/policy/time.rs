//! The times of conditions: the forms of ISO 8601 that the W3C allows, and seconds since 1970.

/// The second that text names, since 1970. Fractions of one are dropped: AWS compares whole seconds.
///
/// Digits alone are seconds, so that `2026` is none of a year.
pub(super) fn parse(text: &str) -> Option<i64> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    let (date, time) = match text.split_once(['T', 't']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut fields = date.split('-');
    let year = number(fields.next()?, 4, 0..=9999)?;
    let month = number(fields.next()?, 2, 1..=12)?;
    let day = match fields.next() {
        Some(day) => number(day, 2, 1..=days_of(year, month))?,
        None if time.is_none() => 1,
        None => return None,
    };
    if fields.next().is_some() {
        return None;
    }
    let seconds = time.map_or(Some(0), second_of_day)?;
    Some(days_since_1970(year, month, day) * 86_400 + seconds)
}

/// The seconds since midnight in Greenwich; outside of its day where the zone is another.
fn second_of_day(text: &str) -> Option<i64> {
    let zone_at = text.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = text.split_at_checked(zone_at)?;
    let mut fields = clock.split(':');
    let hour = number(fields.next()?, 2, 0..=23)?;
    let minute = number(fields.next()?, 2, 0..=59)?;
    let second = fields.next().map_or(Some(0), |field| {
        let (whole, fraction) = field.split_once('.').unwrap_or((field, "0"));
        let is_fraction =
            !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
        is_fraction.then(|| number(whole, 2, 0..=60)).flatten()
    })?;
    let is_over = fields.next().is_some();
    (!is_over).then_some(hour * 3600 + minute * 60 + second - offset(zone)?)
}

/// How many seconds a zone is ahead of Greenwich.
fn offset(zone: &str) -> Option<i64> {
    if matches!(zone, "Z" | "z") {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = zone.strip_prefix(['+', '-'])?.split_once(':')?;
    Some(sign * (number(hours, 2, 0..=23)? * 3600 + number(minutes, 2, 0..=59)? * 60))
}

/// So many digits, within a range.
fn number(text: &str, digits: usize, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
    let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    let value = is_number.then(|| text.parse().ok()).flatten()?;
    range.contains(&value).then_some(value)
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The days from 1970-01-01 to a date of the Gregorian calendar. Years begin in March here, so that the day that may be
/// missing is the last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<i64>) {
        assert_eq!(parse(text), expected, "{text:?}");
    }

    #[test]
    fn every_form_of_a_time_is_read() {
        check("1970-01-01T00:00:00Z", Some(0));
        check("2026-01-02T03:04:05Z", Some(1_767_323_045));
        check("2026-01-02T03:04:05.678Z", Some(1_767_323_045));
        check("2026-01-02T03:04Z", Some(1_767_323_040));
        check("2026-01-02t03:04:05z", Some(1_767_323_045));
        check("2026-01-02T05:04:05+02:00", Some(1_767_323_045));
        check("2026-01-01T21:34:05-05:30", Some(1_767_323_045));
        check("2026-01-02", Some(1_767_312_000));
        check("2026-01", Some(1_767_225_600));
        check("1767323045", Some(1_767_323_045));
        check("2026", Some(2026));
        check("0", Some(0));
        check("1969-12-31T23:59:59Z", Some(-1));
        check("0000-03-01", Some(-719_468 * 86_400));
        check("2000-02-29", Some(951_782_400));
        check("9999-12-31T23:59:59Z", Some(253_402_300_799));
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "now",
            "-1",
            "1.5",
            "2026-13",
            "2026-00",
            "2026-02-29",
            "1900-02-29",
            "2026-01-32",
            "2026-1-2",
            "26-01-02",
            "2026-01T00:00Z",
            "2026-01-02T",
            "2026-01-02T03Z",
            "2026-01-02T03:04",
            "2026-01-02T03:04:05",
            "2026-01-02T24:00:00Z",
            "2026-01-02T03:60Z",
            "2026-01-02T03:04:05.Z",
            "2026-01-02T03:04:05:06Z",
            "2026-01-02T03:04:05+0200",
            "2026-01-02T03:04:05+2:00",
            "2026-01-02T03:04:05ZZ",
            "2026-01-02 03:04:05Z",
            "2026-01-02-03",
            "99999999999999999999",
            "٢٠٢٦-01-02",
        ] {
            check(text, None);
        }
    }
}
