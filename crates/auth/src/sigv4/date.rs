//! The time of a signature.
//!
//! Kept as text, since text is what was signed. Times of this form sort as text, so that
//! comparing needs no calendar but the one that writes our own time.

use std::time::UNIX_EPOCH;

use crate::error::{Error, Lasting, echo};

/// How far a client's clock may be off, in either direction.
pub(super) const SKEW_SECONDS_MAX: u64 = 15 * 60;

/// A time of the form `20130609T100759Z`, in ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Date([u8; 16]);

impl Date {
    /// Reads the time of a request: the form above, or that of HTTP's own `Date`.
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        Self::basic(text)
            .or_else(|| {
                let time = httpdate::parse_http_date(text).ok()?;
                Some(Self::at(time.duration_since(UNIX_EPOCH).ok()?.as_secs()))
            })
            .ok_or_else(|| Error::DateFormat(echo(text)))
    }

    fn basic(text: &str) -> Option<Self> {
        let bytes: [u8; 16] = text.as_bytes().try_into().ok()?;
        let is_basic = bytes.iter().enumerate().all(|(index, byte)| match index {
            8 => *byte == b'T',
            15 => *byte == b'Z',
            _ => byte.is_ascii_digit(),
        });
        is_basic.then_some(Self(bytes))
    }

    /// The time that is so many seconds after 1970 began.
    pub(super) fn at(seconds: u64) -> Self {
        let (days, seconds) = (seconds / 86_400, seconds % 86_400);
        let (year, month, day) = civil(days);
        let mut bytes = *b"00000000T000000Z";
        let mut put = |start: usize, width: usize, mut value: u64| {
            for place in bytes.iter_mut().skip(start).take(width).rev() {
                *place = b'0' + u8::try_from(value % 10).unwrap_or_default();
                value /= 10;
            }
        };
        put(0, 4, year);
        put(4, 2, month);
        put(6, 2, day);
        put(9, 2, seconds / 3600);
        put(11, 2, seconds / 60 % 60);
        put(13, 2, seconds % 60);
        Self(bytes)
    }

    /// Whether the time is near enough to now, in seconds since 1970, for what is good for so many seconds. No more than
    /// the skew count.
    pub(super) fn check(&self, now: u64, seconds: u64) -> Result<(), Error> {
        let seconds = seconds.min(SKEW_SECONDS_MAX);
        let earliest = Self::at(now.saturating_sub(seconds));
        let latest = Self::at(now.saturating_add(SKEW_SECONDS_MAX));
        let texts = |bound: &Self| {
            (self.as_str().to_owned(), bound.as_str().to_owned(), Self::at(now).as_str().to_owned())
        };
        if *self < earliest {
            let (signed, bound, now) = texts(&earliest);
            return Err(Error::Expired { signed, bound, now, lasts: Lasting(seconds) });
        }
        if latest < *self {
            let (signed, bound, now) = texts(&latest);
            return Err(Error::NotYetCurrent { signed, bound, now });
        }
        Ok(())
    }

    /// The time as text.
    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The day as text: `20130609`.
    pub(super) fn day(&self) -> &str {
        self.as_str().get(..8).unwrap_or_default()
    }
}

/// Year, month and day of a day, counted from the first of 1970. Counts years from March, so that
/// the day a leap year adds is a year's last, and in eras of 400 years, which are all alike.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(seconds: u64, expected: &str) {
        assert_eq!(Date::at(seconds).as_str(), expected);
    }

    #[test]
    fn seconds_are_written_as_the_calendar_has_them() {
        check(0, "19700101T000000Z");
        check(951_782_399, "20000228T235959Z");
        check(951_782_400, "20000229T000000Z");
        check(951_868_800, "20000301T000000Z");
        check(1_370_772_479, "20130609T100759Z");
        check(4_107_542_400, "21000301T000000Z");
        check(1_767_225_599, "20251231T235959Z");
    }

    #[test]
    fn http_dates_are_times_too() {
        let date = Date::parse("Sun, 09 Jun 2013 10:07:59 GMT").unwrap();
        assert_eq!(date.as_str(), "20130609T100759Z");
    }

    #[test]
    fn what_is_no_time_is_repeated_in_the_refusal() {
        let text = Date::parse("201").unwrap_err().to_string();
        assert_eq!(
            text,
            "Date must be in ISO-8601 'basic format'. Got '201'. See http://en.wikipedia.org/wiki/ISO_8601"
        );
    }

    #[test]
    fn fifteen_minutes_either_way_are_near_enough_and_a_second_more_is_not() {
        let now = 1_370_772_479;
        assert_eq!(Date::at(now - 900).check(now, SKEW_SECONDS_MAX), Ok(()));
        assert_eq!(Date::at(now + 900).check(now, SKEW_SECONDS_MAX), Ok(()));
        assert_eq!(
            Date::at(now - 901).check(now, SKEW_SECONDS_MAX).unwrap_err().to_string(),
            "Signature expired: 20130609T095258Z is now earlier than 20130609T095259Z (20130609T100759Z - 15 min.)"
        );
        assert_eq!(
            Date::at(now + 901).check(now, SKEW_SECONDS_MAX).unwrap_err().to_string(),
            "Signature not yet current: 20130609T102300Z is still later than 20130609T102259Z (20130609T100759Z + 15 min.)"
        );
    }
}
