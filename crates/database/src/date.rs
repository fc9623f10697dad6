//! Times as messages have them. The service has a form for each message.

/// A time of the calendar, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Date {
    year: u64,
    /// From 1.
    month: usize,
    day: u64,
    /// From Sunday.
    weekday: usize,
    hour: u64,
    minute: u64,
    second: u64,
    millisecond: u64,
}

/// A time in milliseconds since 1970 as `2026-01-02T03:04:05.678Z`.
#[must_use]
pub fn rfc3339(time_ms: u64) -> String {
    Date::of(time_ms).iso()
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
/// Letters of a short name of a month or a weekday.
const SHORT: usize = 3;

impl Date {
    /// The date of a time in milliseconds since 1970.
    pub(crate) fn of(time_ms: u64) -> Self {
        let seconds = time_ms / 1000;
        let days = seconds / 86_400;
        // Counted in years that begin in March, so that a leap day is the last of its year.
        let shifted = days + 719_468;
        let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        Self {
            year: year_of_era + era * 400 + u64::from(month <= 2),
            month: usize::try_from(month).expect("a month is at most 12"),
            day: day_of_year - (153 * shifted_month + 2) / 5 + 1,
            weekday: usize::try_from((days + 4) % 7).expect("a weekday is less than 7"),
            hour: seconds / 3600 % 24,
            minute: seconds / 60 % 60,
            second: seconds % 60,
            millisecond: time_ms % 1000,
        }
    }

    /// `Thursday, October 8, 2026 at 11:20:48 PM Coordinated Universal Time`
    pub(crate) fn long(self) -> String {
        let half = if self.hour < 12 { "AM" } else { "PM" };
        format!(
            "{}, {} {}, {} at {}:{:02}:{:02} {half} Coordinated Universal Time",
            self.weekday_name(),
            self.month_name(),
            self.day,
            self.year,
            (self.hour + 11) % 12 + 1,
            self.minute,
            self.second,
        )
    }

    /// `Sat Feb 23 03:07:45 UTC 2019`
    pub(crate) fn short(self) -> String {
        format!(
            "{:.SHORT$} {:.SHORT$} {:02} {:02}:{:02}:{:02} UTC {}",
            self.weekday_name(),
            self.month_name(),
            self.day,
            self.hour,
            self.minute,
            self.second,
            self.year,
        )
    }

    /// `2026-10-09T23:25:27.800Z`
    pub(crate) fn iso(self) -> String {
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
            self.year, self.month, self.day, self.hour, self.minute, self.second, self.millisecond,
        )
    }

    /// `2026-10-09T23:25:27Z`
    pub(crate) fn iso_seconds(self) -> String {
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            self.year, self.month, self.day, self.hour, self.minute, self.second,
        )
    }

    fn month_name(self) -> &'static str {
        MONTHS.get(self.month - 1).copied().unwrap_or_default()
    }

    fn weekday_name(self) -> &'static str {
        WEEKDAYS.get(self.weekday).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(time_ms: u64, long: &str, short: &str, iso: &str) {
        let date = Date::of(time_ms);
        let long = format!("{long} Coordinated Universal Time");
        assert_eq!((date.long(), date.short(), date.iso()), (long, short.into(), iso.into()));
    }

    #[test]
    fn a_time_has_three_forms() {
        check(
            0,
            "Thursday, January 1, 1970 at 12:00:00 AM",
            "Thu Jan 01 00:00:00 UTC 1970",
            "1970-01-01T00:00:00.000Z",
        );
        check(
            951_825_599_999,
            "Tuesday, February 29, 2000 at 11:59:59 AM",
            "Tue Feb 29 11:59:59 UTC 2000",
            "2000-02-29T11:59:59.999Z",
        );
        check(
            1_791_501_648_000,
            "Thursday, October 8, 2026 at 11:20:48 PM",
            "Thu Oct 08 23:20:48 UTC 2026",
            "2026-10-08T23:20:48.000Z",
        );
        check(
            4_107_585_600_000,
            "Monday, March 1, 2100 at 12:00:00 PM",
            "Mon Mar 01 12:00:00 UTC 2100",
            "2100-03-01T12:00:00.000Z",
        );
    }
}
