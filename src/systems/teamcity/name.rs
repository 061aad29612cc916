//! Identifiers of build configurations, which are names of Kotlin objects too.

use std::collections::HashSet;

/// Names that the file uses for something else.
const TAKEN: &[&str] = &[
    "BuildStep",
    "BuildType",
    "BuildTypeSettings",
    "BuildsLimitingMode",
    "CheckoutMode",
    "DslContext",
    "FailureAction",
    "Pair",
    "ParameterDisplay",
    "Pipeline",
    "PowerShellStep",
    "PullRequests",
    "ReuseBuilds",
    "String",
    "Template",
    "WatchPullRequests",
    "XmlReport",
];

/// Longer ids would not leave room for the project's id in front:
/// <https://www.jetbrains.com/help/teamcity/identifier.html>
const LONGEST: usize = 50;

/// Hands out identifiers, each once. TeamCity may keep files by them, so case makes no difference.
pub(super) struct Names(HashSet<String>);

impl Names {
    pub(super) fn new() -> Self {
        Names(TAKEN.iter().map(|it| it.to_ascii_lowercase()).collect())
    }

    /// `unit-tests` as `UnitTests`; an identifier that is taken gets `Job` and, if need be, a number behind it.
    pub(super) fn of(&mut self, slug: &str, suffix: &str) -> String {
        let mut stem = pascal(slug);
        stem.truncate(LONGEST);
        if stem.starts_with(|c: char| !c.is_ascii_alphabetic()) {
            stem.insert_str(0, "Job");
        }
        let stem = format!("{stem}{}", pascal(suffix));
        // Pipelines are named by their events.
        let taken = stem.to_ascii_lowercase().starts_with("pipelineon");
        let mut name = if taken { format!("{stem}Job") } else { stem.clone() };
        let mut number = 1;
        while !self.0.insert(name.to_ascii_lowercase()) {
            name = if number == 1 { format!("{stem}Job") } else { format!("{stem}Job{number}") };
            number += 1;
        }
        name
    }
}

/// Each word with a capital; words are what stands between other characters than letters and digits.
fn pascal(slug: &str) -> String {
    let mut out = String::new();
    for word in slug.split(|c: char| !c.is_ascii_alphanumeric()) {
        let mut chars = word.chars();
        out.extend(chars.next().map(|c| c.to_ascii_uppercase()));
        out.push_str(chars.as_str());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_an_identifier_of_its_own() {
        let mut names = Names::new();
        let slugs = ["unit", "unit-tests", "3rd", "object", "a1", "a-1", "unitjob", "string", &"x".repeat(200)];
        let given: Vec<String> = slugs.iter().map(|slug| names.of(slug, "")).collect();
        assert_eq!(&given[..8], ["Unit", "UnitTests", "Job3rd", "Object", "A1", "A1Job", "Unitjob", "StringJob"]);
        assert!(given[8].len() <= 80);
    }
}
