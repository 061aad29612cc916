//! Numbers as people read them.

/// With commas at the thousands: `12,345`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_stand_at_the_thousands() {
        let numbers = [0, 7, 999, 1000, 65_536, 1_000_000];
        assert_eq!(numbers.map(grouped), ["0", "7", "999", "1,000", "65,536", "1,000,000"]);
    }
}
