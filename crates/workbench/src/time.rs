//! Times as people write them.

use time::format_description::well_known::{Iso8601, Rfc3339};
use time::{Date, OffsetDateTime, PrimitiveDateTime};

/// The seconds since 1970 of a time such as `2026-01-31T12:00:00Z`, `2026-01-31 12:00` or `2026-01-31`, in UTC where no
/// offset says otherwise. `None` where it is no time.
pub(crate) fn epoch_seconds(text: &str) -> Option<i64> {
    let text = text.trim().replacen(' ', "T", 1);
    let exact = OffsetDateTime::parse(&text, &Iso8601::DEFAULT).ok();
    let local = || {
        PrimitiveDateTime::parse(&text, &Iso8601::DEFAULT).ok().map(PrimitiveDateTime::assume_utc)
    };
    let date =
        || Date::parse(&text, &Iso8601::DEFAULT).ok().map(|date| date.midnight().assume_utc());
    exact.or_else(local).or_else(date).map(OffsetDateTime::unix_timestamp)
}

/// A time as it is written in messages: `2026-01-31T12:00:00Z`. One that no calendar has is the number itself.
pub(crate) fn written(epoch_seconds: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp(epoch_seconds).ok();
    time.and_then(|time| time.format(&Rfc3339).ok()).unwrap_or_else(|| epoch_seconds.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        #[track_caller]
        fn check(text: &str, expected: Option<i64>) {
            assert_eq!(epoch_seconds(text), expected, "{text}");
        }
        check("2023-08-03T22:04:18Z", Some(1_691_100_258));
        check("2023-08-04T00:04:18+02:00", Some(1_691_100_258));
        check("2023-08-03 22:04:18", Some(1_691_100_258));
        check("2023-08-03 22:04", Some(1_691_100_240));
        check("2023-08-03", Some(1_691_020_800));
        for text in ["", "1691100258", "yesterday", "2023-02-30", "2023-08-03T25:00Z"] {
            check(text, None);
        }
        assert_eq!(written(1_691_100_258), "2023-08-03T22:04:18Z");
    }
}
