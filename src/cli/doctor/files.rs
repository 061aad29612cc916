//! Checks of files: the spec and its lock, results that are there, and the directory for reports.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use walkdir::WalkDir;

use super::{set, Check};
use crate::{
    cli::{
        lock,
        project::{self, Project},
        render::count,
        terminal::Terminal,
    },
    context::Env,
    diag::Severity,
    files::{slashed, DEFAULT_SPEC},
    plan::{Part, Text},
};

/// After so many entries the search ends; results of a run are not that deep.
const ENTRIES: usize = 100_000;
/// Directories that hold no results of the project's own.
const SKIPPED: &[&str] = &[".git", "node_modules", ".venv", "venv", "vendor"];
/// Where test runners put their results unless somebody says otherwise.
const USUAL: &[&str] = &[
    "**/TEST-*.xml",
    "**/junit*.xml",
    "**/test-results/**/*.xml",
    "**/test_results/*.xml",
    "**/results/*.xml",
    "**/surefire-reports/*.xml",
    "**/failsafe-reports/*.xml",
    "**/build/test-results/**/*.xml",
    "**/*.trx",
    "**/nextest/*/junit.xml",
];

pub(super) fn checks(env: &Env, named: Option<&Path>, terminal: &mut Terminal) -> Vec<Check> {
    let Some(path) = named.map(Path::to_owned).or_else(project::nearest) else {
        let message = format!("there is no `{DEFAULT_SPEC}` here or in a directory above");
        let help = "`ci-gen init` drafts one; results can be reported without it";
        return vec![Check::warning("spec", message, help), usual(Path::new(".")), output(env)];
    };
    let (spec, project) = spec(&path, terminal);
    let mut checks = vec![spec];
    if let Some(project) = project {
        checks.push(match project.has_lock {
            true => Check::ok("lock", "the exact versions of actions and images are in the lock"),
            false => Check::warning("lock", "there is no lock beside the spec", "`ci-gen render` writes it; commit it"),
        });
        checks.push(results(&project));
    } else {
        checks.push(usual(&project::repository(&path)));
    }
    checks.push(output(env));
    checks
}

fn spec(path: &Path, terminal: &mut Terminal) -> (Check, Option<Project>) {
    let name = slashed(path);
    let help = "`ci-gen validate` shows every problem with its line";
    let Ok(lock) = lock::read(path, terminal) else {
        return (Check::problem("lock", format!("the lock beside `{name}` is none"), "see what is said above"), None);
    };
    drop(lock);
    let Ok((source, diagnostics)) = project::diagnose(Some(path), terminal) else {
        return (Check::problem("spec", format!("`{name}` cannot be read"), "see what is said above"), None);
    };
    let worst = diagnostics.iter().find(|it| it.severity == Severity::Error);
    if let Some(worst) = worst {
        let line = worst.span.as_ref().map(|it| format!(", line {}", source.position(it.start).0)).unwrap_or_default();
        let errors = diagnostics.iter().filter(|it| it.severity == Severity::Error).count();
        let message = format!("`{name}` has {}: {}{line}", count(errors, "error"), worst.message);
        return (Check::problem("spec", message, help), None);
    }
    let project = project::open(Some(path), terminal).ok();
    let said = match diagnostics.len() {
        0 => "is valid".to_owned(),
        warnings => format!("is valid, with {}", count(warnings, "warning")),
    };
    (Check::ok("spec", format!("`{name}` {said}")), project)
}

/// The result files of each job that says where they are.
fn results(project: &Project) -> Check {
    let jobs: Vec<(&str, Vec<String>)> = project
        .plan
        .jobs
        .iter()
        .filter(|job| !job.results.is_empty())
        .map(|job| (job.name.as_str(), job.results.iter().map(pattern).collect()))
        .collect();
    if jobs.is_empty() {
        return usual(&project.root);
    }
    let patterns: Vec<&str> = jobs.iter().flat_map(|(_, globs)| globs).map(String::as_str).collect();
    let found = find(&project.root, &patterns);
    let of = |globs: &[String]| globs.iter().map(|glob| found.get(glob.as_str()).copied().unwrap_or(0)).sum();
    let counted: Vec<(&str, usize)> = jobs.iter().map(|(name, globs)| (*name, of(globs))).collect();
    let said: Vec<String> = counted
        .iter()
        .zip(&jobs)
        .map(|((name, number), (_, globs))| match number {
            0 => format!("{name}: none at `{}`", globs.join("`, `")),
            number => format!("{name}: {}", count(*number, "file")),
        })
        .collect();
    let message = format!("result files of jobs: {}", said.join("; "));
    match counted.iter().all(|(_, number)| *number > 0) {
        true => Check::ok("results", message),
        false => Check::warning(
            "results",
            message,
            "run the tests first; if their results are elsewhere, put `results` in the spec right",
        ),
    }
}

fn usual(root: &Path) -> Check {
    let total: usize = find(root, USUAL).values().sum();
    match total {
        0 => Check::ok("results", "no result files in the usual places yet; name yours with `results` or `--results`"),
        _ => Check::ok("results", format!("{} in the usual places", count(total, "result file"))),
    }
}

/// A path of the spec as a glob; a value that only a leg knows is anything.
fn pattern(path: &Text) -> String {
    let part = |part: &Part| match part {
        Part::Lit(text) => text.clone(),
        Part::Expr(_) => "*".to_owned(),
    };
    path.parts.iter().map(part).collect()
}

/// How many files below a directory each pattern finds.
fn find<'a>(root: &Path, patterns: &[&'a str]) -> BTreeMap<&'a str, usize> {
    let mut set = GlobSetBuilder::new();
    let mut known = Vec::new();
    for pattern in patterns {
        // What is no glob finds nothing; the spec's own check says why.
        if let Ok(glob) = GlobBuilder::new(pattern.trim_start_matches("./")).literal_separator(true).build() {
            set.add(glob);
            known.push(*pattern);
        }
    }
    let set = set.build().unwrap_or_else(|_| GlobSet::empty());
    let mut found = BTreeMap::new();
    let entries = WalkDir::new(root)
        .into_iter()
        .filter_entry(|it| !(it.file_type().is_dir() && SKIPPED.iter().any(|name| it.file_name() == *name)));
    for entry in entries.take(ENTRIES).flatten().filter(|it| it.file_type().is_file()) {
        let path = entry.path().strip_prefix(root).unwrap_or(entry.path());
        // A file counts once, for the first pattern.
        if let Some(index) = set.matches(path).first() {
            *found.entry(known[*index]).or_default() += 1;
        }
    }
    found
}

/// The directory for reports, or the nearest one above it, takes a file.
fn output(env: &Env) -> Check {
    let directory = PathBuf::from(set(env, "CI_GEN_OUTPUT_DIR", "test_results"));
    let name = slashed(&directory);
    let help = "make it writable, or name another one with `--output-dir` or CI_GEN_OUTPUT_DIR";
    if fs::metadata(&directory).is_ok_and(|it| !it.is_dir()) {
        return Check::problem("output", format!("`{name}`, where reports go, is no directory"), help);
    }
    let there = directory.ancestors().find(|it| it.is_dir()).unwrap_or(Path::new("."));
    match tempfile::tempfile_in(there) {
        Ok(_) => Check::ok("output", format!("reports can be written to `{name}`")),
        Err(error) => Check::problem("output", format!("reports cannot be written to `{name}`: {error}"), help),
    }
}
