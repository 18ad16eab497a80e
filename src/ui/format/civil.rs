//! Moments as dates and times of day, in UTC.
//!
//! A library for dates weighs more in the browser than a page of ours; what the page needs of the calendar is this.

/// The last moment of the year 9999, in ms since the Unix epoch: later ones have no date of four digits.
const LAST: u64 = 253_402_300_799_999;

/// The days of 400 years; after them the calendar repeats.
const DAYS_OF_ERA: u64 = 146_097;

/// From 0000-03-01, where an era begins, to 1970-01-01.
const DAYS_TO_1970: u64 = 719_468;

/// A moment in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// 1970 to 9999.
    pub year: u64,
    /// 1 to 12.
    pub month: u64,
    /// 1 to 31.
    pub day: u64,
    /// 0 to 23.
    pub hour: u64,
    /// 0 to 59.
    pub minute: u64,
    /// 0 to 59.
    pub second: u64,
}

impl Civil {
    /// The date and time of a moment in ms since the Unix epoch; `None` after the year 9999.
    pub fn of(ms: u64) -> Option<Self> {
        if ms > LAST {
            return None;
        }
        let seconds = ms / 1_000;
        let (year, month, day) = date(seconds / 86_400);
        Some(Self { year, month, day, hour: seconds / 3_600 % 24, minute: seconds / 60 % 60, second: seconds % 60 })
    }
}

/// Years are counted from March here, so that the day that a leap year has more is the last of its year.
fn date(days_since_1970: u64) -> (u64, u64, u64) {
    let days = days_since_1970 + DAYS_TO_1970;
    let (era, day_of_era) = (days / DAYS_OF_ERA, days % DAYS_OF_ERA);
    // Without its leap days an era would have nothing but years of 365 days.
    let leap_days = day_of_era / 1_460 - day_of_era / 36_524 + day_of_era / (DAYS_OF_ERA - 1);
    let year_of_era = (day_of_era - leap_days) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // From March on, five months have 153 days, always in the same way.
    let months_since_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * months_since_march + 2) / 5 + 1;
    let is_next_year = months_since_march >= 10;
    let month = if is_next_year { months_since_march - 9 } else { months_since_march + 3 };
    (era * 400 + year_of_era + u64::from(is_next_year), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every day of which a moment can be shown, against a calendar that goes from one day to the next.
    #[test]
    fn every_day_until_the_end_of_9999_has_its_date() {
        let (mut year, mut month, mut day) = (1970, 1, 1);
        for days in 0..=LAST / 86_400_000 {
            assert_eq!(date(days), (year, month, day));
            let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let length = match month {
                2 if is_leap => 29,
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            (year, month, day) = match (month, day) {
                (12, 31) => (year + 1, 1, 1),
                (_, last) if last == length => (year, month + 1, 1),
                _ => (year, month, day + 1),
            };
        }
        assert_eq!((year, month, day), (10_000, 1, 1));
    }

    #[test]
    fn a_moment_has_its_time_of_day() {
        let moment = Civil { year: 2025, month: 11, day: 26, hour: 12, minute: 3, second: 22 };
        assert_eq!(Civil::of(1_764_158_602_999), Some(moment));
        let last = Civil { year: 9999, month: 12, day: 31, hour: 23, minute: 59, second: 59 };
        assert_eq!(Civil::of(LAST), Some(last));
        assert_eq!(Civil::of(LAST + 1), None);
    }
}
