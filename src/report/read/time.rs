//! How long something took, in every spelling that reporters have.

/// Longer times, about thirty years in seconds, are taken for mistakes.
const LONGEST: f64 = 1e9;

/// Why a time is not taken as it stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Odd {
    /// It is below zero; zero stands for it.
    Negative,
    /// It is no time, or one without end; there is none then.
    Nonsense,
}

/// Seconds as a decimal number, or `hours:minutes:seconds`, also `days.hours:minutes:seconds`. Of `,` and `.` the last
/// one is the decimal mark and the other one groups digits; a single comma in front of exactly three digits groups
/// too, as Surefire writes it (`1,234` are 1234 seconds). Nothing where there is nothing.
pub(super) fn seconds(text: &str) -> Result<Option<f64>, Odd> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    // By far the most are plain, and every test has one.
    let value = plain(text).or_else(|| match text.contains(':') {
        true => clock(text),
        false => decimal(text.trim_end_matches(['s', ' '])),
    });
    match value {
        Some(value) if value.abs() >= LONGEST || value.is_nan() => Err(Odd::Nonsense),
        Some(value) if value < 0.0 => Err(Odd::Negative),
        Some(value) => Ok(Some(value)),
        None => Err(Odd::Nonsense),
    }
}

/// A number of so few digits that whole number and power of ten are exact, and their quotient is what is meant.
fn plain(text: &str) -> Option<f64> {
    let (mut whole, mut power) = (0_u32, None);
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' if text.len() < 10 => {
                whole = whole * 10 + u32::from(byte - b'0');
                power = power.map(|it: u32| it * 10);
            }
            b'.' if power.is_none() => power = Some(1),
            _ => return None,
        }
    }
    let has_digits = text.len() > usize::from(power.is_some());
    has_digits.then(|| f64::from(whole) / f64::from(power.unwrap_or(1)))
}

fn decimal(text: &str) -> Option<f64> {
    let plain = match (text.rfind(','), text.rfind('.')) {
        (None, _) => text.to_owned(),
        (Some(comma), Some(dot)) if comma > dot => text.replace('.', "").replace(',', "."),
        (Some(_), Some(_)) => text.replace(',', ""),
        (Some(comma), None) if text.matches(',').count() > 1 || text.len() - comma == 4 => text.replace(',', ""),
        (Some(_), None) => text.replace(',', "."),
    };
    plain.parse().ok()
}

fn clock(text: &str) -> Option<f64> {
    let (sign, text) = text.strip_prefix('-').map_or((1.0, text), |rest| (-1.0, rest));
    let parts: Vec<&str> = text.split(':').collect();
    let (days, hours, minutes, seconds) = match parts[..] {
        [minutes, seconds] => ("0", "0", minutes, seconds),
        [hours, minutes, seconds] => match hours.split_once('.') {
            Some((days, hours)) => (days, hours, minutes, seconds),
            None => ("0", hours, minutes, seconds),
        },
        _ => return None,
    };
    let whole = |text: &str| text.parse::<u32>().ok().map(f64::from);
    Some(sign * (((whole(days)? * 24.0 + whole(hours)?) * 60.0 + whole(minutes)?) * 60.0 + decimal(seconds)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_numbers_are_what_the_library_reads() {
        for text in ["0", "7", "0.1", ".5", "5.", "0.075", "123456789", "12345.678", "0.0000001", "00.10", "999999.99"]
        {
            assert_eq!(plain(text), text.parse().ok(), "{text}");
        }
        for text in ["", ".", "1.2.3", "-1", "1e3", "1s", "1,5", "1234567890", "٣"] {
            assert_eq!(plain(text), None, "{text}");
        }
    }

    #[test]
    fn every_spelling_is_read() {
        let cases = [
            ("", Ok(None)),
            ("0", Ok(Some(0.0))),
            (" 0.25 ", Ok(Some(0.25))),
            ("1.5s", Ok(Some(1.5))),
            ("1.2E-3", Ok(Some(0.0012))),
            ("2,503.1", Ok(Some(2503.1))),
            ("2.503,1", Ok(Some(2503.1))),
            ("1,234,567", Ok(Some(1_234_567.0))),
            ("1,234", Ok(Some(1234.0))),
            ("1,5", Ok(Some(1.5))),
            ("00:01:02.5000000", Ok(Some(62.5))),
            ("1.02:00:00", Ok(Some(93_600.0))),
            ("01:30", Ok(Some(90.0))),
            ("-1", Err(Odd::Negative)),
            ("-00:00:01", Err(Odd::Negative)),
            ("NaN", Err(Odd::Nonsense)),
            ("Infinity", Err(Odd::Nonsense)),
            ("-Infinity", Err(Odd::Nonsense)),
            ("1e300", Err(Odd::Nonsense)),
            ("<<computed>>", Err(Odd::Nonsense)),
            ("1:2:3:4", Err(Odd::Nonsense)),
            ("ä:ö", Err(Odd::Nonsense)),
        ];
        for (text, value) in cases {
            assert_eq!(seconds(text), value, "{text}");
        }
    }
}
