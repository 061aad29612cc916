//! The text behind `&name;`: the five of XML and numeric ones. What a document type declares is never expanded.

use super::{element::Element, say::AMPERSAND, scan::LONGEST_VALUE, Xml};
use crate::report::read::text::{clipped, Text};

impl Xml<'_> {
    /// Puts the text of entities into the values of an element, and a mark where one was cut.
    pub(super) fn unescape(&mut self, element: &mut Element) {
        let raw = element.text.clone();
        let left_out = self.scan.left_out;
        for attribute in &mut element.attributes {
            let value = &raw[attribute.value.clone()];
            let mut text = self.unescaped(value);
            if left_out > 0 && value.len() + 3 >= LONGEST_VALUE {
                let mut cut = Text::new(LONGEST_VALUE);
                cut.push(&text);
                cut.leave_out(left_out);
                text = cut.finish().unwrap_or_default();
            }
            // The text of the tag goes on with the values as they are meant.
            attribute.value = element.text.len()..element.text.len() + text.len();
            element.text.push_str(&text);
        }
    }

    fn unescaped(&mut self, raw: &str) -> String {
        let mut parts = raw.split('&');
        let mut text = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            match part.split_once(';') {
                Some((name, rest)) if name.len() < 64 => {
                    text.push_str(&self.entity(name));
                    text.push_str(rest);
                }
                // What was cut may end inside of an entity.
                _ if raw.len() + 3 >= LONGEST_VALUE => {}
                _ => {
                    self.ill_formed(AMPERSAND);
                    text.push('&');
                    text.push_str(part);
                }
            }
        }
        text
    }

    /// The text behind `&name;`.
    pub(super) fn entity(&mut self, name: &str) -> String {
        let known = [("lt", "<"), ("gt", ">"), ("amp", "&"), ("apos", "'"), ("quot", "\"")];
        if let Some((_, text)) = known.iter().find(|(it, _)| *it == name) {
            return (*text).to_owned();
        }
        // Surefire writes control characters as `&amp#27;`.
        let number = name.strip_prefix("amp#").or_else(|| name.strip_prefix('#')).and_then(|digits| {
            match digits.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok(),
                None => digits.parse().ok(),
            }
        });
        if let Some(number) = number {
            // A surrogate or zero stands for no character.
            return char::from_u32(number).filter(|c| *c != '\0').unwrap_or(char::REPLACEMENT_CHARACTER).to_string();
        }
        let line = self.line();
        let name = clipped(name, 64);
        if self.doctype {
            let message = format!("the entity `&{name};` of the document type was not expanded");
            self.reading.warn("entity", line, message);
        } else {
            self.reading.error("ill-formed", line, format!("the entity `&{name};` is nowhere declared"));
        }
        format!("&{name};")
    }
}
