//! Service messages: what no test shows as build problems, and the outcome in the status line.
//!
//! Tests are not announced: the build feature for XML reports reads them from the result files, and announced tests would
//! be counted twice.
//!
//! <https://www.jetbrains.com/help/teamcity/service-messages.html>

use crate::{
    report::{write::text, Note},
    systems::{Announced, Announcement},
};

/// Build problems of one run.
const MOST: usize = 10;
/// Characters of a description; TeamCity cuts there:
/// <https://www.jetbrains.com/help/teamcity/service-messages.html#Reporting+Build+Problems>
const DESCRIPTION: usize = 4000;
/// Characters of an identity, by the same page.
const IDENTITY: usize = 60;

pub(super) fn announce(announced: &Announced<'_>) -> Announcement {
    let report = announced.report;
    let mut log: Vec<String> = text::unseen_reasons(report).into_iter().take(MOST).map(problem).collect();
    // TeamCity puts what it would have said itself for the name in braces.
    log.push(format!("##teamcity[buildStatus text='{{build.status.text}}; {}']", escape(&text::headline(report))));
    Announcement { log, ..Announcement::default() }
}

fn problem(reason: &Note) -> String {
    let description: String = text::legible(&text::note(reason)).chars().take(DESCRIPTION).collect();
    let word = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let identity: String = "ci_gen_".chars().chain(reason.code.chars().map(word)).take(IDENTITY).collect();
    format!("##teamcity[buildProblem description='{}' identity='{identity}']", escape(&description))
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' | '\'' | '[' | ']' => {
                out.push('|');
                out.push(c);
            }
            '\n' => out.push_str("|n"),
            '\r' => out.push_str("|r"),
            c if c.is_ascii() => out.push(c),
            c => {
                let mut units = [0; 2];
                c.encode_utf16(&mut units).iter().for_each(|unit| out.push_str(&format!("|0x{unit:04x}")));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_message_early() {
        let note = Note {
            code: "no-results!".to_owned(),
            message: "it's [a|b]\n##teamcity[x] ü 😀".to_owned(),
            ..Note::default()
        };
        assert_eq!(
            problem(&note),
            "##teamcity[buildProblem description='it|'s |[a||b|]|n##teamcity|[x|] |0x00fc |0xd83d|0xde00' \
             identity='ci_gen_no_results_']"
        );
    }
}
