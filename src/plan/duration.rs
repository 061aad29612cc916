//! Lengths of time as people write them: `30m`, `1h30m`, `7d`.

use std::fmt;

/// A length of time in whole seconds, never zero.
///
/// ```
/// use ci_gen::plan::Duration;
/// let timeout = Duration::parse("90m").unwrap();
/// assert_eq!(timeout.seconds(), 5400);
/// assert_eq!(timeout.to_string(), "1h30m");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Duration {
    seconds: u64,
}

/// What [`Duration::parse`] found wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct DurationError {
    /// What is wrong.
    pub message: String,
    /// The way out.
    pub help: String,
}

/// The letter, the seconds, and what people write in its place.
struct Unit {
    letter: char,
    seconds: u64,
    words: &'static [&'static str],
}

/// Longest first: the order in which they follow each other.
const UNITS: [Unit; 5] = [
    Unit { letter: 'w', seconds: 7 * DAY, words: &["wk", "wks", "week", "weeks"] },
    Unit { letter: 'd', seconds: DAY, words: &["day", "days"] },
    Unit { letter: 'h', seconds: HOUR, words: &["hr", "hrs", "hour", "hours"] },
    Unit { letter: 'm', seconds: MINUTE, words: &["min", "mins", "minute", "minutes"] },
    Unit { letter: 's', seconds: 1, words: &["sec", "secs", "second", "seconds"] },
];

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

const FORM: &str = "write numbers with w, d, h, m or s, longest first, such as `30m`, `1h30m` or `7d`";

impl Duration {
    /// Reads numbers with units: `w`, `d`, `h`, `m` and `s`, longest first, each at most once, without blanks.
    ///
    /// # Errors
    /// A number without a unit, a unit that is unknown, repeated or out of order, blanks, signs and fractions, zero,
    /// and more seconds than fit 64 bits.
    pub fn parse(text: &str) -> Result<Duration, DurationError> {
        let fail = |message: String, help: String| Err(DurationError { message, help });
        if text.is_empty() {
            return fail("the duration is empty".into(), FORM.into());
        }
        if text.contains(char::is_whitespace) {
            let help = match Duration::parse(&text.split_whitespace().collect::<String>()) {
                Ok(meant) => format!("did you mean `{meant}`?"),
                Err(_) => FORM.into(),
            };
            return fail(format!("the duration `{text}` has blanks in it"), help);
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            let help = match Duration::parse(&format!("{text}m")) {
                Ok(_) => format!("did you mean `{text}m`?"),
                Err(_) => FORM.into(),
            };
            return fail(format!("the duration `{text}` has no unit"), help);
        }

        let mut total: u64 = 0;
        // How many of UNITS, from the longest, may no longer come.
        let mut used = 0;
        let mut rest = text;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let (number, tail) = rest.split_at(digits);
            let letters = tail.find(|c: char| !c.is_alphabetic()).unwrap_or(tail.len());
            let (word, tail) = tail.split_at(letters);
            if number.is_empty() || (word.is_empty() && !tail.is_empty()) {
                return fail(format!("the duration `{text}` is not made of whole numbers and units"), FORM.into());
            }
            if word.is_empty() {
                return fail(format!("the duration `{text}` ends without a unit"), FORM.into());
            }
            let Some(at) = UNITS.iter().position(|unit| word.chars().eq([unit.letter])) else {
                return fail(format!("the duration `{text}` has the unknown unit `{word}`"), unknown_unit(text, word));
            };
            if at < used {
                let again = at + 1 == used;
                let what = if again { "twice in a row" } else { "behind a shorter unit" };
                return fail(format!("the duration `{text}` has `{word}` {what}"), FORM.into());
            }
            let seconds = number.parse().ok().and_then(|number: u64| number.checked_mul(UNITS[at].seconds));
            let Some(sum) = seconds.and_then(|seconds| total.checked_add(seconds)) else {
                return fail(format!("the duration `{text}` is too long"), "write a shorter one, such as `90d`".into());
            };
            (total, used, rest) = (sum, at + 1, tail);
        }
        if total == 0 {
            return fail(format!("the duration `{text}` is zero"), "write at least `1s`, or leave the key out".into());
        }
        Ok(Duration { seconds: total })
    }

    /// For constants: so many seconds, at least one.
    pub(super) const fn of_seconds(seconds: u64) -> Duration {
        assert!(seconds > 0);
        Duration { seconds }
    }

    /// In seconds.
    pub fn seconds(self) -> u64 {
        self.seconds
    }

    /// In minutes; a part of a minute counts whole.
    pub fn minutes_ceil(self) -> u64 {
        self.seconds.div_ceil(MINUTE)
    }

    /// In days of 24 hours; a part of a day counts whole.
    pub fn days_ceil(self) -> u64 {
        self.seconds.div_ceil(DAY)
    }
}

/// The canonical short form, which reads back to the same length: `90m` prints as `1h30m`. Weeks print as days, since
/// `30d` says more than `4w2d`.
impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.seconds;
        for unit in UNITS.iter().filter(|unit| unit.letter != 'w') {
            if rest >= unit.seconds {
                write!(f, "{}{}", rest / unit.seconds, unit.letter)?;
                rest %= unit.seconds;
            }
        }
        Ok(())
    }
}

fn unknown_unit(text: &str, word: &str) -> String {
    let lower = word.to_lowercase();
    let known = UNITS.iter().find(|unit| lower.chars().eq([unit.letter]) || unit.words.contains(&lower.as_str()));
    let meant = known.map(|unit| text.replacen(word, &unit.letter.to_string(), 1));
    match meant {
        Some(meant) if Duration::parse(&meant).is_ok() => format!("did you mean `{meant}`?"),
        _ => FORM.into(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn seconds_and_canonical_form() {
        let table = [
            ("90s", 90, "1m30s"),
            ("30m", 1800, "30m"),
            ("1h30m", 5400, "1h30m"),
            ("90m", 5400, "1h30m"),
            ("7d", 604_800, "7d"),
            ("2w", 1_209_600, "14d"),
            ("1w1d1h1m1s", 694_861, "8d1h1m1s"),
            ("36h", 129_600, "1d12h"),
            ("1h0m", 3600, "1h"),
            ("05m", 300, "5m"),
            ("1d1s", 86_401, "1d1s"),
            ("18446744073709551615s", u64::MAX, "213503982334601d7h15s"),
        ];
        for (text, seconds, canonical) in table {
            let duration = Duration::parse(text).unwrap();
            assert_eq!((duration.seconds(), duration.to_string().as_str()), (seconds, canonical), "{text}");
        }
    }

    #[test]
    fn parts_count_whole() {
        let table =
            [("1s", 1, 1), ("60s", 1, 1), ("61s", 2, 1), ("1d", 1440, 1), ("1d1s", 1441, 2), ("2w", 20_160, 14)];
        for (text, minutes, days) in table {
            let duration = Duration::parse(text).unwrap();
            assert_eq!((duration.minutes_ceil(), duration.days_ceil()), (minutes, days), "{text}");
        }
    }

    #[test]
    fn faults_show_the_way_out() {
        let table = [
            ("", "empty", "`30m`"),
            ("30", "no unit", "did you mean `30m`?"),
            ("0", "no unit", "longest first"),
            ("0s", "zero", "`1s`"),
            ("0h0m", "zero", "`1s`"),
            ("30 m", "blanks", "did you mean `30m`?"),
            (" 1h 30m ", "blanks", "did you mean `1h30m`?"),
            ("30 bananas", "blanks", "longest first"),
            ("30min", "unknown unit `min`", "did you mean `30m`?"),
            ("1hour30m", "unknown unit `hour`", "did you mean `1h30m`?"),
            ("7D", "unknown unit `D`", "did you mean `7d`?"),
            ("500ms", "unknown unit `ms`", "longest first"),
            ("1y", "unknown unit `y`", "longest first"),
            ("10µ", "unknown unit `µ`", "longest first"),
            ("30m1h", "`h` behind a shorter unit", "longest first"),
            ("1h1h", "`h` twice in a row", "longest first"),
            ("1h1m1h", "`h` behind a shorter unit", "longest first"),
            ("1h30", "ends without a unit", "`1h30m`"),
            ("1.5h", "whole numbers", "`1h30m`"),
            ("-5m", "whole numbers", "`30m`"),
            ("+5m", "whole numbers", "`30m`"),
            ("m", "whole numbers", "`30m`"),
            ("P1D", "whole numbers", "`7d`"),
            ("٣m", "whole numbers", "`30m`"),
            ("18446744073709551616s", "too long", "shorter"),
            ("9999999999999999999w", "too long", "shorter"),
            ("213503982334601d8h", "too long", "shorter"),
        ];
        for (text, message, help) in table {
            let error = Duration::parse(text).expect_err(text);
            assert!(error.message.contains(message), "{text}: {}", error.message);
            assert!(error.help.contains(help), "{text}: {}", error.help);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_canonical_form_reads_back(seconds in 1..=u64::MAX) {
            let duration = Duration { seconds };
            prop_assert_eq!(Duration::parse(&duration.to_string()), Ok(duration));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[0-9smhdw .µ-]{0,12}") {
            if let Ok(duration) = Duration::parse(&text) {
                prop_assert_eq!(Duration::parse(&duration.to_string()), Ok(duration));
            }
        }
    }
}
