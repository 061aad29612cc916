//! How much vendors take: in one table, each with where that is said, and how a text is cut to it.

mod table;

use std::borrow::Cow;

pub use self::table::LIMITS;
pub(crate) use self::table::*;

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bytes of UTF-8.
    Bytes,
    /// Characters.
    Characters,
    /// Things.
    Items,
}

/// A limit of a vendor's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Whose limit it is.
    pub vendor: &'static str,
    /// What of.
    pub what: &'static str,
    /// The most that is taken.
    pub most: usize,
    /// What is counted.
    pub unit: Unit,
    /// Where it is said.
    pub source: &'static str,
}

impl Limit {
    /// A text that is not longer than the limit; one that was cut ends in `…`.
    ///
    /// ```
    /// use ci_gen::providers::{Limit, Unit};
    ///
    /// let limit = Limit { vendor: "", what: "", most: 5, unit: Unit::Bytes, source: "" };
    /// assert_eq!(limit.cut("short"), "short");
    /// assert_eq!(limit.cut("ääää"), "ä…");
    /// ```
    pub fn cut<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let fits = match self.unit {
            Unit::Bytes => text.len() <= self.most,
            Unit::Characters | Unit::Items => text.chars().count() <= self.most,
        };
        if fits {
            return Cow::Borrowed(text);
        }
        let mut room = match self.unit {
            Unit::Bytes => self.most.saturating_sub('…'.len_utf8()),
            Unit::Characters | Unit::Items => self.most.saturating_sub(1),
        };
        let mut out = String::new();
        for c in text.chars() {
            let size = if self.unit == Unit::Bytes { c.len_utf8() } else { 1 };
            if size > room {
                break;
            }
            room -= size;
            out.push(c);
        }
        if self.most >= '…'.len_utf8() {
            out.push('…');
        }
        Cow::Owned(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_says_where_it_is_from() {
        for limit in LIMITS {
            assert!(limit.source.starts_with("https://") && limit.most > 0, "{limit:?}");
        }
    }

    #[test]
    fn a_cut_text_is_never_longer() {
        for unit in [Unit::Bytes, Unit::Characters] {
            for most in 0..12 {
                let limit = Limit { vendor: "", what: "", most, unit, source: "" };
                for text in ["", "a", "äöüß", "😀😀😀😀", "abcdefghijklmnop"] {
                    let cut = limit.cut(text);
                    let size = if unit == Unit::Bytes { cut.len() } else { cut.chars().count() };
                    assert!(size <= most, "{most} {unit:?} {text} {cut}");
                }
            }
        }
    }
}
