//! Logging commands: issues in the log and on the page of the run, and the report as its summary.
//!
//! <https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands>

use crate::{
    report::write::issues::{flaky_issues, issues, Issue},
    systems::{Announced, Announcement},
};

/// Issues of one type; the page of a run lists them one below the other, so more would only hide each other.
const MOST: usize = 10;

pub(super) fn announce(announced: &Announced<'_>) -> Announcement {
    let errors = issues(announced.report, MOST).into_iter().map(|it| command("error", &it));
    let warnings = flaky_issues(announced.report, MOST).into_iter().map(|it| command("warning", &it));
    let summary = announced.markdown.map(|path| format!("##vso[task.uploadsummary]{}", escape(path)));
    Announcement { log: errors.chain(warnings).chain(summary).collect(), ..Announcement::default() }
}

fn command(kind: &str, issue: &Issue) -> String {
    let mut properties = format!("type={kind};");
    if let Some(file) = &issue.file {
        properties.push_str(&format!("sourcepath={};", escape(file)));
    }
    if let Some(line) = issue.line {
        properties.push_str(&format!("linenumber={line};"));
    }
    format!("##vso[task.logissue {properties}]{}", escape(&format!("{}: {}", issue.title, issue.message)))
}

/// <https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Microsoft.VisualStudio.Services.Agent/CommandStringConvertor.cs>
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '%' => out.push_str("%AZP25"),
            '\r' => out.push_str("%0D"),
            '\n' => out.push_str("%0A"),
            ';' => out.push_str("%3B"),
            ']' => out.push_str("%5D"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_command_early() {
        let issue = Issue {
            title: "a;b".to_owned(),
            message: "100%\n##vso[task.complete result=Succeeded]".to_owned(),
            file: Some("a]b".to_owned()),
            line: None,
        };
        assert_eq!(
            command("error", &issue),
            "##vso[task.logissue type=error;sourcepath=a%5Db;]a%3Bb: 100%AZP25%0A##vso[task.complete result=Succeeded%5D"
        );
    }
}
