//! Dates and times of day in UTC, from the system's clock. Knows no time zones and no leap seconds.

use std::time::{SystemTime, UNIX_EPOCH};

/// A moment, split up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Year, month (1 to 12) and day (1 to 31).
    pub date: [u64; 3],
    /// Hour, minute and second.
    pub time: [u64; 3],
    /// Milliseconds of the second.
    pub millis: u32,
}

impl Moment {
    /// Splits `at` up; what lies before 1970 counts as its beginning.
    #[must_use]
    pub fn of(at: SystemTime) -> Self {
        let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
        let (days, secs) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
        let time = [secs / 3600, secs / 60 % 60, secs % 60];
        Self { date: date(days), time, millis: since.subsec_millis() }
    }
}

/// As ISO 8601 has it, with milliseconds: `2026-11-29T18:05:59.000Z`.
#[must_use]
pub fn iso(at: SystemTime) -> String {
    let Moment { date: [year, month, day], time: [hour, minute, second], millis } = Moment::of(at);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

/// Year, month and day of the day so many days after 1970-01-01 (Gregorian).
fn date(days: u64) -> [u64; 3] {
    // Counted from 0000-03-01, so that a leap day ends its year; an era is 400 years.
    let shifted = days + 719_468;
    let (era, in_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (in_era - in_era / 1460 + in_era / 36_524 - in_era / 146_096) / 365;
    let in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * in_year + 2) / 153;
    let day = in_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    [era * 400 + year_of_era + u64::from(month <= 2), month, day]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn moments_are_written_as_iso_8601_has_them() {
        let at = |millis| iso(UNIX_EPOCH + Duration::from_millis(millis));
        assert_eq!(at(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(at(951_827_696_007), "2000-02-29T12:34:56.007Z");
        assert_eq!(at(4_107_542_399_999), "2100-02-28T23:59:59.999Z");
        assert_eq!(iso(UNIX_EPOCH - Duration::from_secs(1)), "1970-01-01T00:00:00.000Z");
    }
}
