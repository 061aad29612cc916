//! Ruff for Python projects that configure it, in the version that they use themselves.

use super::{
    folder::{texts, Folder},
    python::Manifest,
    python_tool::UV_RUN,
    text::is_word,
    versions::{parts, plain, Versions},
    Findings, Job,
};

/// A lint job, if ruff is configured. A newer ruff finds more, so the project's own version counts.
pub(super) fn ruff(manifest: &Manifest<'_>, versions: &Versions, what: &str, findings: &mut Findings) -> Option<Job> {
    let folder = manifest.folder;
    let file = match folder.first(&["ruff.toml", ".ruff.toml"]) {
        Some(file) => file,
        None => manifest.at(&["tool", "ruff"]).map(|_| "pyproject.toml")?,
    };
    findings.found(format!("{what}: ruff is configured ({})", folder.join(file)));
    let mut job = Job { name: "lint", versions: Some(versions.newest()), ..Job::default() };
    if let Some(group) = locked_group(manifest) {
        job.install = vec!["pip install uv".to_owned(), format!("uv sync --locked --only-group {group}")];
        job.commands = vec![format!("{UV_RUN}ruff check .")];
        job.caches = vec!["uv"];
        if versions.values.len() > 1 {
            job.env = vec![("UV_PYTHON".to_owned(), job.versions.iter().flat_map(|it| it.values.clone()).collect())];
        }
        return Some(job);
    }
    let required =
        manifest.all.split("ruff==").nth(1).and_then(|it| version(it.split(['"', '\'', ';', ' ', '\n']).next()?));
    let package = match required.or_else(|| folder.ancestors().find_map(pre_commit)) {
        Some(version) => format!("ruff=={version}"),
        None => {
            job.remarks.push("No file says which version of ruff is meant; a newer one may find more.".to_owned());
            "ruff".to_owned()
        }
    };
    job.install = vec![format!("pip install {package}")];
    job.commands = vec!["ruff check .".to_owned()];
    Some(job)
}

/// The dependency group of a project with a lock file of uv that brings ruff.
fn locked_group<'a>(manifest: &'a Manifest<'_>) -> Option<&'a str> {
    manifest.folder.ancestors().find(|it| it.has("uv.lock"))?;
    let groups = manifest.at(&["dependency-groups"])?.as_table()?;
    let brings = |value: &toml::Value| {
        texts(Some(value))
            .iter()
            .any(|it| it.strip_prefix("ruff").is_some_and(|it| !it.starts_with(char::is_alphanumeric)))
    };
    groups.iter().find(|(name, value)| is_word(name) && brings(value)).map(|(name, _)| name.as_str())
}

/// The version that pre-commit runs: a tag, or a commit with the tag in a comment behind it.
fn pre_commit(folder: Folder<'_>) -> Option<String> {
    let text = folder.text(".pre-commit-config.yaml")?;
    let behind = text.split("/ruff-pre-commit").nth(1)?;
    let (_, revision) = behind.lines().take(5).find_map(|it| it.split_once("rev:"))?;
    let word = revision.rsplit([' ', ':', '"', '\'']).find(|it| !it.is_empty())?;
    version(word)
}

fn version(text: &str) -> Option<String> {
    plain(text).filter(|it| parts(it).len() == 3)
}
