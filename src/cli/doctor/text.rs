//! What the doctor found, for people: problems first, then what is known and where it is from.

use serde_json::Value;

use super::{Check, Fact, Status};
use crate::cli::format::wrap;

/// Lines are no longer than this, so that they can be read in any terminal and pasted anywhere.
const WIDTH: usize = 80;
const NAME: usize = 10;
/// Where messages begin, behind the status and the name.
const MESSAGE: usize = 2 + 7 + 2 + NAME + 2;

pub(super) fn text(facts: &[Fact], checks: &mut [Check], color: bool) -> String {
    checks.sort_by_key(|it| it.status);
    let mut out = String::new();
    for check in checks.iter() {
        let style = match check.status {
            Status::Problem => "1;31",
            Status::Warning => "33",
            Status::Ok => "32",
        };
        let status = paint(&format!("{:7}", check.status.word()), style, color);
        let mut lines = wrap(&plain(&check.message), WIDTH - MESSAGE).into_iter();
        out.push_str(&format!("  {status}  {:NAME$}  {}\n", check.name, lines.next().unwrap_or_default()));
        let help = check.help.iter().flat_map(|it| wrap(&format!("help: {}", plain(it)), WIDTH - MESSAGE));
        for line in lines.chain(help) {
            out.push_str(&format!("{:MESSAGE$}{line}\n", ""));
        }
    }
    out.push('\n');
    let known: Vec<(&str, String, &str)> = facts
        .iter()
        .filter_map(|(name, field)| field.as_ref().map(|it| (*name, shown(&it.value), it.source.as_str())))
        .collect();
    let name_width = known.iter().map(|(name, ..)| name.len()).max().unwrap_or(0);
    // A long address must not push all sources to the right.
    let widths = known.iter().map(|(_, value, _)| value.chars().count()).filter(|it| *it <= 40);
    let value_width = widths.max().unwrap_or(0);
    for (name, value, source) in &known {
        let source = paint(&plain(source), "2", color);
        out.push_str(&format!("  {name:name_width$}  {value:value_width$}  {source}\n"));
    }
    let unknown: Vec<&str> = facts.iter().filter(|(_, field)| field.is_none()).map(|(name, _)| *name).collect();
    if !unknown.is_empty() {
        let lines = wrap(&format!("not known: {}", unknown.join(", ")), WIDTH - 2);
        out.push_str(&lines.iter().map(|it| format!("  {}\n", paint(it, "2", color))).collect::<String>());
    }
    out
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), plain)
}

/// What others wrote, without what a terminal would obey.
fn plain(text: &str) -> String {
    let safe = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(safe).collect()
}

fn paint(text: &str, style: &str, color: bool) -> String {
    if color {
        format!("\u{1b}[{style}m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}
