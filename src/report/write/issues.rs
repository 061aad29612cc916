//! What went wrong as a few short texts with places, for systems that show those in a log or beside the code.

use super::text::{self, failing, gist, legible, line, name, relative, tests_of};
use crate::report::{Case, Group, Report};

/// Something that went wrong, with the place in the repository where it is best looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Issue {
    /// A heading on one line, at most 200 characters.
    pub title: String,
    /// What there is to say, some lines of plain text, at most 4,000 characters.
    pub message: String,
    /// A path relative to the repository, with slashes.
    pub file: Option<String>,
    /// The line there, from 1.
    pub line: Option<u64>,
}

/// Characters of a title.
const TITLE: usize = 200;
/// Characters of a message: GitHub's runner cuts at 4,096,
/// <https://github.com/actions/runner/blob/main/src/Runner.Worker/ExecutionContext.cs>, TeamCity at 4,000,
/// <https://www.jetbrains.com/help/teamcity/service-messages.html#Reporting+Build+Problems>
const MESSAGE: usize = 4000;
/// Tests that are named in the message of a group.
const NAMED: usize = 10;

/// What speaks against the run, one issue for each reason that no test shows and for each group of failures, the most
/// important first. Failing tests without a group have one each.
///
/// At most `most` are given; if there are more, the last one says so.
pub fn issues(report: &Report, most: usize) -> Vec<Issue> {
    let mut issues: Vec<Issue> = text::unseen_reasons(report)
        .into_iter()
        .map(|reason| Issue {
            title: "The run failed".to_owned(),
            message: cut(&reason.message),
            file: reason.file.as_deref().and_then(relative),
            line: reason.line,
        })
        .collect();
    issues.extend(report.groups.iter().map(|group| of_group(group, report)));
    let grouped: std::collections::HashSet<usize> = report.groups.iter().flat_map(|it| &it.cases).copied().collect();
    let alone = failing(report).into_iter().filter(|index| !grouped.contains(index));
    issues.extend(alone.map(|index| of_case("failed", &report.cases[index])));
    at_most(issues, most, "failures")
}

/// Tests that passed after they had failed.
pub fn flaky_issues(report: &Report, most: usize) -> Vec<Issue> {
    let flaky = report.cases.iter().filter(|case| case.flaky).map(|case| {
        let failed = case.attempts.iter().rfind(|it| it.status.is_failure());
        let shown = failed.map_or_else(Case::default, |it| Case { details: it.details.clone(), ..Case::default() });
        let place = Case { details: shown.details, attempts: Vec::new(), more: Vec::new(), ..case.clone() };
        of_case("is flaky: it failed, then passed", &place)
    });
    at_most(flaky.collect(), most, "flaky tests")
}

fn of_group(group: &Group, report: &Report) -> Issue {
    let cases: Vec<&Case> = group.cases.iter().filter_map(|index| report.cases.get(*index)).collect();
    if let ([case], None) = (cases.as_slice(), text::class(group.class)) {
        return of_case("failed", case);
    }
    let what = text::class(group.class).map(str::to_owned).or_else(|| group.kind.clone());
    let what = what.unwrap_or_else(|| "one cause".to_owned());
    let title = match cases.len() as u64 {
        0 => what,
        count => format!("{} failed: {what}", tests_of(count)),
    };
    let mut message = vec![group.message.clone()];
    message.extend(group.frame.iter().map(|it| format!("at {it}")));
    message.extend(group.evidence.iter().map(|it| format!("told by: {it}")));
    message.extend(cases.iter().take(NAMED).map(|it| format!("- {}", line(&name(it), TITLE))));
    let more = cases.len().saturating_sub(NAMED) as u64;
    message.extend((more > 0).then(|| format!("and {} more", tests_of(more))));
    let placed = cases.iter().find_map(|case| Some((case.file.as_deref().and_then(relative)?, case.line)));
    let (file, line_number) = placed.map_or((None, None), |(file, line)| (Some(file), line));
    Issue { title: line(&title, TITLE), message: cut(&message.join("\n")), file, line: line_number }
}

fn of_case(what: &str, case: &Case) -> Issue {
    let details = &case.details;
    let file = case.file.as_deref().and_then(relative);
    let long = details.trace.as_deref().filter(|it| !it.trim().is_empty());
    let message = match (details.message.as_deref(), long) {
        (Some(message), Some(trace)) if !trace.contains(message.trim()) => format!("{message}\n\n{trace}"),
        (_, Some(trace)) => trace.to_owned(),
        (Some(message), None) if !message.trim().is_empty() => message.to_owned(),
        _ => gist(details),
    };
    let message = if message.trim().is_empty() { format!("it {what}") } else { message };
    let line_number = case.line.filter(|_| file.is_some());
    let title = format!("{} {what}", line(&name(case), TITLE - what.chars().count() - 1));
    Issue { title, message: cut(&message), file, line: line_number }
}

fn cut(text: &str) -> String {
    let text = legible(text.trim());
    match text.char_indices().nth(MESSAGE) {
        None => text,
        Some(_) => text.chars().take(MESSAGE - 1).chain(['…']).collect(),
    }
}

fn at_most(mut issues: Vec<Issue>, most: usize, what: &str) -> Vec<Issue> {
    if issues.len() > most {
        let left = issues.len() + 1 - most;
        issues.truncate(most.saturating_sub(1));
        issues.push(Issue {
            title: format!("{} more {what}", text::number(left as u64)),
            message: format!(
                "{} more {what} are not shown here; the report has all of them",
                text::number(left as u64)
            ),
            ..Issue::default()
        });
    }
    issues
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Details, Note, Status};

    #[test]
    fn the_last_issue_says_how_many_are_missing() {
        let case = |index: usize| Case {
            name: format!("t{index}"),
            status: Status::Failed,
            details: Details { message: Some("no".to_owned()), ..Details::default() },
            ..Case::default()
        };
        let mut report = Report { cases: (0..30).map(case).collect(), ..Report::default() };
        report.verdict.reasons.push(Note { code: "timeout".into(), message: "too long".into(), ..Note::default() });
        let issues = issues(&report, 10);
        assert_eq!(issues.len(), 10);
        assert_eq!((issues[0].title.as_str(), issues[0].message.as_str()), ("The run failed", "too long"));
        assert_eq!(issues[1].title, "t0 failed");
        assert_eq!(issues[9].title, "22 more failures");
    }

    #[test]
    fn a_message_has_its_limit() {
        let text = "😀".repeat(MESSAGE + 1);
        assert_eq!(cut(&text).chars().count(), MESSAGE);
        assert_eq!(cut(&text[..4 * MESSAGE]).chars().count(), MESSAGE);
        assert!(!cut(&text[..4 * MESSAGE]).ends_with('…'));
    }
}
