//! How a Python project is installed: uv, Poetry, PDM, Pipenv or pip, by its lock file or manifest.

use super::{
    folder::{texts, Folder},
    python::{is_requirements, Manifest},
    text::is_word,
    Cache,
};

/// How a Python project is installed and its commands are run.
#[derive(Debug, Default)]
pub(super) struct Setup {
    pub(super) install: Vec<String>,
    pub(super) from: Option<String>,
    /// What stands before a command, such as `poetry run `.
    pub(super) prefix: String,
    pub(super) caches: Vec<Cache>,
    pub(super) env: Vec<(String, String)>,
}

/// How commands run in the environment that `uv sync` made.
pub(super) const UV_RUN: &str = "uv run --no-sync ";

const TEST_NAMES: &[&str] = &["test", "tests", "testing", "dev", "develop", "development"];

pub(super) fn setup(manifest: &Manifest<'_>) -> Setup {
    let folder = manifest.folder;
    let above = |name: &'static str| folder.ancestors().find(|it| it.has(name));
    if folder.has("poetry.lock") || manifest.at(&["tool", "poetry", "dependencies"]).is_some() {
        return poetry(manifest);
    }
    if folder.has("pdm.lock") || manifest.at(&["tool", "pdm", "dev-dependencies"]).is_some() {
        return pdm(manifest);
    }
    if let (Some(holder), true) = (above("uv.lock"), folder.has("pyproject.toml")) {
        return uv(manifest, Some(holder));
    }
    if manifest.at(&["tool", "uv", "sources"]).or(manifest.at(&["tool", "uv", "workspace"])).is_some() {
        return uv(manifest, None);
    }
    if folder.has("Pipfile") {
        let locked = folder.has("Pipfile.lock");
        let from = folder.join(if locked { "Pipfile.lock" } else { "Pipfile" });
        let command = if locked { "pipenv sync --dev" } else { "pipenv install --dev" };
        return Setup {
            install: vec!["pip install pipenv".to_owned(), command.to_owned()],
            caches: vec![cache("pipenv", "~/.cache/pipenv", vec![from.clone()])],
            from: Some(from),
            prefix: "pipenv run ".to_owned(),
            ..Setup::default()
        };
    }
    pip(manifest)
}

/// <https://docs.astral.sh/uv/concepts/projects/sync/>
fn uv(manifest: &Manifest<'_>, holder: Option<Folder<'_>>) -> Setup {
    let mut sync = String::from(if holder.is_some() { "uv sync --locked" } else { "uv sync" });
    let clash = manifest.at(&["tool", "uv", "conflicts"]).is_some();
    if manifest.at(&["project", "optional-dependencies"]).is_some() && !clash {
        sync.push_str(" --all-extras");
    }
    // The group `dev` is there without being asked for.
    let defaults = texts(manifest.at(&["tool", "uv", "default-groups"]));
    for group in test_groups(manifest).iter().filter(|it| **it != "dev" && !defaults.contains(&it.as_str())) {
        sync.push_str(&format!(" --group {group}"));
    }
    let key = match holder {
        Some(holder) => holder.join("uv.lock"),
        None => manifest.folder.join("pyproject.toml"),
    };
    Setup {
        install: vec!["pip install uv".to_owned(), sync],
        caches: vec![cache("uv", "~/.cache/uv", vec![key.clone()])],
        from: Some(key),
        // Syncing again would do without the groups and extras.
        prefix: UV_RUN.to_owned(),
        ..Setup::default()
    }
}

fn poetry(manifest: &Manifest<'_>) -> Setup {
    let folder = manifest.folder;
    let from = folder.join(folder.first(&["poetry.lock"]).unwrap_or("pyproject.toml"));
    let extras = manifest.at(&["tool", "poetry", "extras"]).or(manifest.at(&["project", "optional-dependencies"]));
    let all = if extras.is_some() { " --all-extras" } else { "" };
    Setup {
        install: vec!["pip install poetry".to_owned(), format!("poetry install --no-interaction{all}")],
        caches: vec![cache("poetry", "~/.cache/pypoetry", vec![from.clone()])],
        from: Some(from),
        prefix: "poetry run ".to_owned(),
        ..Setup::default()
    }
}

fn pdm(manifest: &Manifest<'_>) -> Setup {
    let folder = manifest.folder;
    let locked = folder.has("pdm.lock");
    let from = folder.join(if locked { "pdm.lock" } else { "pyproject.toml" });
    let frozen = if locked { " --frozen-lockfile" } else { "" };
    let groups: String = test_groups(manifest).iter().map(|it| format!(" --group {it}")).collect();
    Setup {
        install: vec!["pip install pdm".to_owned(), format!("pdm install{frozen}{groups}")],
        caches: vec![cache("pdm", "~/.cache/pdm", vec![from.clone()])],
        from: Some(from),
        prefix: "pdm run ".to_owned(),
        ..Setup::default()
    }
}

fn pip(manifest: &Manifest<'_>) -> Setup {
    let folder = manifest.folder;
    let files = requirements(manifest);
    let mut install: Vec<String> = Vec::new();
    let mut arguments: Vec<String> = files.iter().map(|it| format!("-r {it}")).collect();
    let mut from: Vec<String> = files.iter().map(|it| folder.join(it)).collect();
    let brings_itself = files.iter().any(|it| {
        folder.text_or_empty(it).lines().any(|line| {
            let line = line.trim_start_matches("-e").trim_start_matches("--editable").trim();
            line == "." || line.starts_with(".[") || line.starts_with("./")
        })
    });
    let groups: Vec<String> = if files.is_empty() { test_groups(manifest) } else { Vec::new() };
    if is_installable(manifest) && !brings_itself {
        let extras = if groups.is_empty() { test_extras(manifest) } else { Vec::new() };
        arguments.push(if extras.is_empty() { "-e .".to_owned() } else { format!("-e '.[{}]'", extras.join(",")) });
        from.extend(folder.first(&["pyproject.toml", "setup.py", "setup.cfg"]).map(|it| folder.join(it)));
    }
    if !groups.is_empty() {
        // Older Pythons come with a pip that knows no groups: <https://pip.pypa.io/en/stable/news/#v25-1>.
        install.push("pip install --upgrade pip".to_owned());
        arguments.extend(groups.iter().map(|it| format!("--group {it}")));
    }
    if !arguments.is_empty() {
        install.push(format!("pip install {}", arguments.join(" ")));
    }
    from.dedup();
    let keys = if from.is_empty() { Vec::new() } else { from.clone() };
    Setup {
        install,
        caches: if keys.is_empty() { Vec::new() } else { vec![cache("pip", "~/.cache/pip", keys)] },
        from: (!from.is_empty()).then(|| from.join(", ")),
        ..Setup::default()
    }
}

/// Whether what [`setup`] installs has pytest in it.
pub(super) fn installs_pytest(manifest: &Manifest<'_>) -> bool {
    let requirements: String = requirements(manifest).iter().map(|it| manifest.folder.text_or_empty(it)).collect();
    if requirements.contains("pytest") {
        return true;
    }
    let listed = |keys: &[&str], names: &[String]| {
        names.iter().any(|name| {
            let path: Vec<&str> = keys.iter().copied().chain([name.as_str()]).collect();
            texts(manifest.at(&path)).iter().any(|it| it.contains("pytest"))
        })
    };
    if texts(manifest.at(&["project", "dependencies"])).iter().any(|it| it.starts_with("pytest")) {
        return true;
    }
    listed(&["dependency-groups"], &test_groups(manifest))
        || listed(&["project", "optional-dependencies"], &test_extras(manifest))
        || (!test_extras(manifest).is_empty() && manifest.folder.text_or_empty("setup.cfg").contains("pytest"))
}

fn is_installable(manifest: &Manifest<'_>) -> bool {
    manifest.at(&["project", "name"]).is_some()
        || manifest.at(&["build-system"]).is_some()
        || manifest.folder.has("setup.py")
        || manifest.folder.text_or_empty("setup.cfg").contains("[metadata]")
}

/// Dependency groups that bring the tests' packages: those with pytest in them, else those of usual names.
fn test_groups(manifest: &Manifest<'_>) -> Vec<String> {
    chosen(manifest.at(&["dependency-groups"]))
}

/// Extras that bring the tests' packages.
fn test_extras(manifest: &Manifest<'_>) -> Vec<String> {
    let extras = chosen(manifest.at(&["project", "optional-dependencies"]));
    if !extras.is_empty() {
        return extras;
    }
    let text = manifest.folder.text_or_empty("setup.cfg");
    let section = text.split("[options.extras_require]").nth(1).unwrap_or_default();
    let keys = section.lines().take_while(|line| !line.starts_with('[')).filter(|line| !line.starts_with([' ', '\t']));
    let keys: Vec<&str> = keys.filter_map(|line| Some(line.split_once('=')?.0.trim())).collect();
    TEST_NAMES.iter().filter(|name| keys.contains(*name)).take(1).map(|it| (*it).to_owned()).collect()
}

fn chosen(groups: Option<&toml::Value>) -> Vec<String> {
    let Some(groups) = groups.and_then(toml::Value::as_table) else { return Vec::new() };
    let has_pytest = |name: &str| {
        texts(groups.get(name))
            .iter()
            .any(|it| it.starts_with("pytest") && !it[6..].starts_with(|c: char| c.is_ascii_alphanumeric()))
    };
    let usual = || TEST_NAMES.iter().copied().filter(|name| groups.contains_key(*name));
    let mut other = groups.keys().map(String::as_str).filter(|name| is_word(name) && has_pytest(name));
    let best = usual().find(|name| has_pytest(name)).or_else(|| other.next()).or_else(|| usual().next());
    best.map(str::to_owned).into_iter().collect()
}

/// Requirements files to install: the narrowest that bring the tests' packages, and the plain one.
fn requirements(manifest: &Manifest<'_>) -> Vec<String> {
    let folder = manifest.folder;
    let files: Vec<&str> = folder
        .below()
        .filter(|path| {
            let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
            (directory.is_empty() && is_requirements(name)) || (directory == "requirements" && name.ends_with(".txt"))
        })
        .filter(|path| super::text::is_path(path) && folder.text(path).is_some())
        .collect();
    let for_tests = |path: &&&str| {
        let stem = path.trim_end_matches(".txt").to_lowercase();
        stem.split(['-', '_', '.', '/']).any(|it| TEST_NAMES.contains(&it))
    };
    let mut chosen: Vec<&str> = files.iter().filter(for_tests).copied().collect();
    // One file with pytest in it is enough; a second one is of other tools more often than not.
    if let Some(best) = chosen.iter().copied().find(|it| folder.text_or_empty(it).contains("pytest")) {
        chosen = vec![best];
    } else {
        chosen.truncate(1);
    }
    let plain = ["requirements.txt", "requirements/base.txt"].into_iter().find(|it| files.contains(it));
    let included = |name: &str| {
        chosen.iter().any(|it| {
            folder
                .text_or_empty(it)
                .lines()
                .any(|line| line.starts_with("-r") && line.ends_with(name.rsplit('/').next().unwrap_or(name)))
        })
    };
    if let Some(plain) = plain.filter(|it| !chosen.contains(it) && !included(it)) {
        chosen.insert(0, plain);
    }
    chosen.into_iter().map(str::to_owned).collect()
}

fn cache(name: &'static str, path: &str, keys: Vec<String>) -> Cache {
    Cache { name, paths: vec![path.to_owned()], keys }
}
