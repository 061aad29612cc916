//! Versions of toolchains: the ranges that manifests write, against the versions that can be had.

/// The versions that a job is run with, and the file and key that said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Versions {
    /// Oldest first; several make a matrix.
    pub(super) values: Vec<String>,
    /// For the comment: `requires-python in pyproject.toml`.
    pub(super) from: String,
}

impl Versions {
    pub(super) fn one(version: impl Into<String>, from: impl Into<String>) -> Self {
        Versions { values: vec![version.into()], from: from.into() }
    }

    pub(super) fn many(values: Vec<String>, from: impl Into<String>) -> Self {
        Versions { values, from: from.into() }
    }

    /// The newest, for jobs that need only one.
    pub(super) fn newest(&self) -> Versions {
        Versions { values: self.values.last().cloned().into_iter().collect(), from: self.from.clone() }
    }
}

/// A text that is nothing but a version, such as `3.12`, `v20.11.1` or `17.0.9-tem`; the number alone.
pub(super) fn plain(text: &str) -> Option<String> {
    let text = text.trim().trim_start_matches('v');
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let version = text[..end].trim_end_matches('.');
    let whole = end == text.len() || text[end..].starts_with('-');
    (whole && !version.is_empty() && version.len() < 20 && !version.starts_with('.') && !version.contains(".."))
        .then(|| version.to_owned())
}

/// The parts of a version as numbers.
pub(super) fn parts(version: &str) -> Vec<u64> {
    let digits = |part: &str| part.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok();
    version.trim_start_matches('v').split('.').map_while(digits).collect()
}

/// The first `count` parts of a version.
pub(super) fn shortened(version: &str, count: usize) -> String {
    version.split('.').take(count).collect::<Vec<_>>().join(".")
}

/// Those of the `known` versions that a range allows, in the syntax of pip, npm, Composer or RubyGems.
///
/// A known version stands for all that begin with it, so `3.12` is allowed by `>=3.12.4`.
pub(super) fn allowed(range: &str, known: &[&str]) -> Vec<String> {
    let alternatives: Vec<Vec<(String, Vec<u64>)>> =
        range.split('|').map(comparators).filter(|it| !it.is_empty()).collect();
    let fits = |version: &&&str| {
        alternatives.iter().any(|all| all.iter().all(|(op, wanted)| fits(&parts(version), op, wanted)))
    };
    known.iter().filter(fits).map(|it| (*it).to_owned()).collect()
}

/// `>=1.2, <2` as operators and versions; a hyphen range becomes two of them.
fn comparators(range: &str) -> Vec<(String, Vec<u64>)> {
    let spaced = range.replace(" - ", " <=");
    let mut found = Vec::new();
    let mut operator = String::new();
    for word in spaced.split([',', ' ', '\t', '"', '\'', '[', ']', '(', ')']).filter(|it| !it.is_empty()) {
        let rest = word.trim_start_matches(['<', '>', '=', '!', '~', '^']);
        operator.push_str(&word[..word.len() - rest.len()]);
        if rest.is_empty() {
            continue;
        }
        let mut operator = std::mem::take(&mut operator);
        if range.contains(" - ") && operator.is_empty() {
            operator = ">=".to_owned();
        }
        if rest.starts_with(['*', 'x']) {
            found.push((">=".to_owned(), vec![0]));
        } else if !parts(rest).is_empty() {
            found.push((operator, parts(rest)));
        }
    }
    found
}

fn fits(known: &[u64], operator: &str, wanted: &[u64]) -> bool {
    let length = known.len().min(wanted.len());
    let (short, cut) = (&known[..length], &wanted[..length]);
    let more = wanted[length..].iter().any(|part| *part > 0);
    match operator {
        ">=" => short >= cut,
        ">" => short > cut || (short == cut && (more || known.len() > length)),
        "<" => short < cut || (short == cut && more),
        "<=" => short <= cut,
        "!=" => wanted.len() > known.len() || short != cut,
        "^" => short >= cut && known.first() == wanted.first(),
        "~" | "~=" | "~>" => {
            let fixed = wanted.len().saturating_sub(1).clamp(1, wanted.len()).min(known.len());
            short >= cut && known[..fixed] == wanted[..fixed]
        }
        _ => short == cut,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PYTHON: &[&str] = &["3.9", "3.10", "3.11", "3.12"];
    const NODE: &[&str] = &["18", "20", "22", "24"];

    #[test]
    fn ranges_of_every_syntax() {
        assert_eq!(allowed(">=3.10", PYTHON), ["3.10", "3.11", "3.12"]);
        assert_eq!(allowed(">=3.10.4,<3.12", PYTHON), ["3.10", "3.11"]);
        assert_eq!(allowed("~=3.10, !=3.11", PYTHON), ["3.10", "3.12"]);
        assert_eq!(allowed("^3.11", PYTHON), ["3.11", "3.12"]);
        assert_eq!(allowed("==3.11.*", PYTHON), ["3.11"]);
        assert_eq!(allowed(">= 20", NODE), ["20", "22", "24"]);
        assert_eq!(allowed("^18.12.0 || >=22.1", NODE), ["18", "22", "24"]);
        assert_eq!(allowed("20.x", NODE), ["20"]);
        assert_eq!(allowed("18 - 20", NODE), ["18", "20"]);
        assert_eq!(allowed("*", NODE), NODE);
        assert_eq!(allowed("~> 3.10", PYTHON), ["3.10", "3.11", "3.12"]);
        assert_eq!(allowed("nonsense", NODE), [""; 0]);
    }

    #[test]
    fn a_version_is_a_version_and_nothing_else() {
        assert_eq!(plain(" v20.11.1\n"), Some("20.11.1".to_owned()));
        assert_eq!(plain("17.0.9-tem"), Some("17.0.9".to_owned()));
        for text in ["", "lts/*", "pypy3.9", "3.12; rm -rf", "3..1"] {
            assert_eq!(plain(text), None, "{text}");
        }
    }
}
