//! What the CI system is told in its log and its files once the reports are written.

use std::{
    collections::hash_map::RandomState,
    fs::{self, OpenOptions},
    hash::{BuildHasher, Hasher},
    io::{self, Write},
    path::Path,
};

use crate::{
    cli::terminal::Terminal,
    context::{Context, Env},
    report::{write::markdown, Report},
    systems::{self, Announced},
};

/// Tells the system how the run went: annotations, a summary, outputs, whatever it has words for. Reports of this run are
/// in `directory`.
///
/// What cannot be told is said, and changes nothing about the run: its verdict does not hang on a file of somebody else.
pub(super) fn announce(report: &Report, context: &Context, env: &Env, directory: &Path, terminal: &mut Terminal) {
    let Some(system) = &context.system else { return };
    let markdown = dunce::canonicalize(directory.join("report.md")).ok().map(|it| it.display().to_string());
    let announced = Announced { report, markdown: markdown.as_deref(), token: &token() };
    let announcement = systems::get(system.value).announce(&announced);
    let mut failures = Vec::new();
    if let Some(summary) = announcement.summary {
        if let Some(path) = env.get(summary.variable) {
            let text = |room| (room >= markdown::MINIMUM).then(|| summary_of(report, room));
            match append_within(Path::new(path), summary.limit, text) {
                Ok(true) => {}
                Ok(false) => terminal.note("note: the job summary is full, so the report is not in it"),
                Err(error) => failures.push((summary.variable, path, error)),
            }
        }
    }
    for file in &announcement.files {
        let Some(path) = env.get(file.variable) else { continue };
        if let Err(error) = append(Path::new(path), &file.text) {
            failures.push((file.variable, path, error));
        }
    }
    for (variable, path, error) in failures {
        terminal.problem(&format!("warning: cannot write to `{path}`, the file of {variable}: {error}"));
    }
    if !announcement.log.is_empty() {
        if let Err(error) = terminal.data(&format!("{}\n", announcement.log.join("\n"))) {
            terminal.problem(&format!("warning: cannot write to standard output: {error}"));
        }
    }
}

fn summary_of(report: &Report, room: usize) -> String {
    let options = markdown::Options { budget: room, html: true, whole: "the reports of this job" };
    markdown::text(report, &options)
}

/// Appends what fits into the bytes that are left of a limit; `false` if nothing does.
fn append_within(path: &Path, limit: u64, text: impl FnOnce(usize) -> Option<String>) -> io::Result<bool> {
    let used = match fs::metadata(path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => return Err(error),
    };
    // Two for a blank line behind what others wrote.
    let room = usize::try_from(limit.saturating_sub(used + 2)).unwrap_or(usize::MAX);
    let Some(text) = text(room) else { return Ok(false) };
    let gap = if used > 0 { "\n\n" } else { "" };
    append(path, &format!("{gap}{text}"))?;
    Ok(true)
}

fn append(path: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new().append(true).create(true).open(path)?.write_all(text.as_bytes())
}

/// A word that no test can foresee: the keys of a new hasher are the system's randomness.
fn token() -> String {
    let random = || RandomState::new().build_hasher().finish();
    format!("CI_GEN_{:016x}{:016x}", random(), random())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cli::terminal::{Color, Verbosity},
        context::Field,
        report::{Case, Status},
        SystemId,
    };

    fn report() -> Report {
        let case = Case { name: "it breaks".to_owned(), status: Status::Failed, ..Case::default() };
        let mut report = Report { cases: vec![case], ..Report::default() };
        report.totals.count(&report.cases[0]);
        report
    }

    fn told(variables: &[(&str, &Path)]) {
        let env = Env::from_iter(variables.iter().map(|(name, path)| (*name, path.display().to_string())));
        // The one system that reads files.
        let system = SystemId::ALL.iter().copied().find(|id| id.key() == "github");
        let context = Context { system: system.map(|it| Field::new(it, "test")), ..Context::default() };
        let mut terminal = Terminal::new(Color::Never, Verbosity::Quiet, None).unwrap();
        announce(&report(), &context, &env, Path::new("."), &mut terminal);
    }

    #[test]
    fn a_summary_is_appended_and_never_too_long() {
        let directory = tempfile::tempdir().unwrap();
        let (summary, output) = (directory.path().join("summary"), directory.path().join("output"));
        fs::write(&summary, "before\n").unwrap();
        told(&[("GITHUB_STEP_SUMMARY", &summary), ("GITHUB_OUTPUT", &output)]);
        let text = fs::read_to_string(&summary).unwrap();
        assert!(text.starts_with("before\n\n\n### ❌ the test failed\n"), "{text}");
        let outputs = fs::read_to_string(&output).unwrap();
        let token = outputs.lines().next().unwrap().strip_prefix("result<<").unwrap();
        assert!(outputs.contains(&format!("\nfailed<<{token}\n1\n{token}\n")), "{outputs}");
        fs::write(&summary, vec![b'x'; 1024 * 1024]).unwrap();
        told(&[("GITHUB_STEP_SUMMARY", &summary)]);
        assert_eq!(fs::metadata(&summary).unwrap().len(), 1024 * 1024);
    }

    #[test]
    fn a_file_that_cannot_be_written_is_no_fault_of_the_run() {
        let directory = tempfile::tempdir().unwrap();
        told(&[("GITHUB_STEP_SUMMARY", directory.path()), ("GITHUB_OUTPUT", &directory.path().join("a/b"))]);
    }
}
