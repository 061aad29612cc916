//! Python: pyproject.toml, setup.py, requirements files, and what runs the tests.

use super::{
    folder::{at, texts, Folder},
    python_lint,
    python_tool::{self, Setup},
    text::is_word,
    versions::{allowed, parts, plain, shortened, Versions},
    Findings, Job, Package,
};
use crate::{files::Tree, spec::Toolchain};

/// What the set-up steps and images of the systems have, oldest first: <https://devguide.python.org/versions/>.
const KNOWN: &[&str] = &["3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15"];
/// The newest that most packages have wheels for.
const NEWEST: &str = "3.14";
/// A few versions suffice to see what breaks.
const MOST: usize = 6;

/// Whether a file lists requirements for pip.
pub(super) fn is_requirements(name: &str) -> bool {
    name.ends_with(".txt") && name.contains("requirements")
}

/// Everything that is read from a Python package.
pub(super) struct Manifest<'a> {
    pub(super) folder: Folder<'a>,
    pub(super) project: toml::Table,
    /// All manifests together, in which names of packages are looked for.
    pub(super) all: String,
}

impl Manifest<'_> {
    fn read(folder: Folder<'_>) -> Manifest<'_> {
        let project = folder.toml("pyproject.toml").unwrap_or_default();
        let names = ["pyproject.toml", "setup.cfg", "setup.py", "tox.ini", "noxfile.py", "pytest.ini", "Pipfile"];
        let mut all: String = names.iter().map(|name| folder.text_or_empty(name)).collect();
        for path in folder.below().filter(|path| {
            let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
            matches!(directory, "" | "requirements") && name.ends_with(".txt")
        }) {
            all.push_str(folder.text_or_empty(path));
        }
        Manifest { folder, project, all }
    }

    pub(super) fn at(&self, keys: &[&str]) -> Option<&toml::Value> {
        at(&self.project, keys)
    }

    fn has_pytest(&self) -> bool {
        self.at(&["tool", "pytest"]).is_some()
            || self.folder.has("pytest.ini")
            || self.folder.text_or_empty("setup.cfg").contains("[tool:pytest]")
            || self.folder.text_or_empty("tox.ini").contains("[pytest]")
            || self.folder.below().any(|path| path.rsplit('/').next() == Some("conftest.py"))
            || self.all.contains("pytest")
    }

    /// Tests that are in no package below: those of a workspace belong to its members.
    fn has_tests(&self) -> bool {
        let starts: Vec<&str> = self
            .folder
            .below()
            .filter_map(|path| path.strip_suffix("pyproject.toml").or(path.strip_suffix("setup.py")))
            .filter(|directory| !directory.is_empty())
            .collect();
        self.folder.below().filter(|path| !starts.iter().any(|it| path.starts_with(it))).any(|path| {
            let name = path.rsplit('/').next().unwrap_or(path);
            name.ends_with(".py")
                && (name.starts_with("test_") || name.ends_with("_test.py") || matches!(name, "tests.py" | "test.py"))
        })
    }
}

pub(super) fn detect(tree: &Tree, findings: &mut Findings) {
    let is_manifest = |name: &str| {
        matches!(name, "pyproject.toml" | "setup.py" | "setup.cfg" | "Pipfile" | "manage.py" | "tox.ini" | "noxfile.py")
            || is_requirements(name)
    };
    let mut taken: Vec<Folder<'_>> = Vec::new();
    for folder in Folder::with(tree, is_manifest) {
        let manifest = Manifest::read(folder);
        // Requirements of tools, of documentation or of one script make no package.
        let whole = folder.names().any(|name| is_manifest(name) && !is_requirements(name))
            || folder.names().any(|it| it.ends_with(".py")) && manifest.has_tests();
        let has_setup = ["setup.py", "setup.cfg", "Pipfile", "tox.ini", "noxfile.py", "manage.py"];
        let configures_only = folder.first(&has_setup).is_none()
            && !manifest.project.contains_key("project")
            && manifest.at(&["tool", "poetry"]).is_none();
        if !whole || (configures_only && !manifest.has_tests()) {
            continue;
        }
        let nested = taken.iter().any(|it| folder.is_in(*it));
        let is_project = folder.has("pyproject.toml") || folder.has("setup.py") || folder.has("manage.py");
        if nested && !(is_project && manifest.has_tests()) {
            continue;
        }
        taken.push(folder);
        package(&manifest, findings);
    }
}

fn package(manifest: &Manifest<'_>, findings: &mut Findings) {
    let folder = manifest.folder;
    let versions = versions(manifest, findings);
    let several = versions.values.len() > 1;
    let Setup { install, from, prefix, caches, mut env } = python_tool::setup(manifest);
    if several && prefix == python_tool::UV_RUN {
        env.push(("UV_PYTHON".to_owned(), "{{ matrix.python }}".to_owned()));
    }
    let cache_names: Vec<_> = caches.iter().map(|it| it.name).collect();
    let mut test = Job {
        name: "test",
        is_test: true,
        versions: Some(versions.clone()),
        install,
        install_from: from,
        caches: cache_names,
        env,
        ..Job::default()
    };
    let what = if folder.is_root() { "Python".to_owned() } else { format!("Python in {}", folder.path) };
    runner(manifest, &prefix, &mut test, &what, findings);
    let backend = texts(manifest.at(&["build-system", "requires"])).join(" ");
    if backend.contains("maturin") || backend.contains("setuptools-rust") {
        findings.guessed(format!("{what}: it is built with Rust, which the images of Python lack"));
        test.remarks.push("Needs Rust beside Python: machines with both have it, images of Python do not.".to_owned());
    }
    let mut jobs = vec![test];
    jobs.extend(python_lint::ruff(manifest, &versions, &what, findings));
    findings.packages.push(Package {
        toolchain: Toolchain::Python,
        directory: folder.path.to_owned(),
        jobs,
        caches,
        manifests: manifest.all.clone(),
    });
}

/// Chooses what runs the tests.
fn runner(manifest: &Manifest<'_>, prefix: &str, job: &mut Job, what: &str, findings: &mut Findings) {
    let folder = manifest.folder;
    let tox = folder.has("tox.ini") || manifest.at(&["tool", "tox"]).is_some();
    let by_itself = prefix.is_empty() && !python_tool::installs_pytest(manifest);
    if tox && by_itself {
        findings.found(format!(
            "{what}: tests run by tox ({})",
            folder.join(folder.first(&["tox.ini"]).unwrap_or("pyproject.toml"))
        ));
        job.install = vec!["pip install tox".to_owned()];
        job.install_from = None;
        job.commands = vec!["tox run -e py".to_owned()];
        job.remarks.push("tox decides what runs; `py` is the environment of the Python that is set up.".to_owned());
        return;
    }
    let nox = folder.text_or_empty("noxfile.py");
    let session = ["tests", "test", "unit"].into_iter().find(|name| nox.contains(&format!("def {name}(")));
    if let (Some(session), true) = (session, by_itself) {
        findings.found(format!("{what}: tests run by nox, session `{session}` ({})", folder.join("noxfile.py")));
        job.install = vec!["pip install nox".to_owned()];
        job.install_from = None;
        let python = if job.versions.as_ref().is_some_and(|it| it.values.len() > 1) {
            " --python {{ matrix.python }}"
        } else {
            ""
        };
        job.commands = vec![format!("nox --session {session}{python}")];
        return;
    }
    if folder.has("manage.py") && !manifest.all.contains("pytest") {
        findings.found(format!("{what}: tests of Django ({})", folder.join("manage.py")));
        job.commands = vec![format!("{prefix}python manage.py test")];
        return;
    }
    if let (Some(script), true) = (hatch_script(manifest), by_itself) {
        findings.found(format!("{what}: tests run by hatch, `{script}` ({})", folder.join("pyproject.toml")));
        job.install = vec!["pip install hatch".to_owned()];
        job.install_from = None;
        job.commands = vec![format!("hatch {script}")];
        return;
    }
    if manifest.has_pytest() && (manifest.has_tests() || manifest.all.contains("pytest")) {
        findings.found(format!("{what}: tests run by pytest ({})", pytest_from(manifest)));
        if by_itself {
            job.install.push("pip install pytest".to_owned());
        }
        job.commands = vec![format!("{prefix}pytest --junitxml=results/pytest.xml")];
        job.results = vec!["results/pytest.xml".to_owned()];
        return;
    }
    if manifest.has_tests() {
        findings.guessed(format!(
            "{what}: no test runner is configured, so unittest of the standard library runs the tests"
        ));
        let directory =
            ["tests", "test"].into_iter().find(|it| folder.below().any(|path| path.starts_with(&format!("{it}/"))));
        let start = directory.map(|it| format!(" --start-directory {it} --top-level-directory .")).unwrap_or_default();
        // Without a package in the directory it cannot be imported from the top.
        let start = match directory {
            Some(it) if !folder.has(&format!("{it}/__init__.py")) => format!(" --start-directory {it}"),
            _ => start,
        };
        job.commands = vec![format!("{prefix}python -m unittest discover{start}")];
        return;
    }
    findings
        .guessed(format!("{what}: no tests were found, so the job only looks whether the dependencies fit together"));
    job.is_test = false;
    job.name = "check";
    job.remarks.push("No tests were found: put their command in place of `run`, and call the key `test`.".to_owned());
    job.commands = vec![format!("{prefix}python -m pip check")];
    if prefix == python_tool::UV_RUN {
        job.commands = vec!["uv pip check".to_owned()];
    }
}

fn hatch_script(manifest: &Manifest<'_>) -> Option<String> {
    let environments = manifest.at(&["tool", "hatch", "envs"])?.as_table()?;
    if environments.contains_key("hatch-test") {
        return Some("test".to_owned());
    }
    environments.iter().find_map(|(name, environment)| {
        let scripts = environment.get("scripts")?.as_table()?;
        let script = ["test", "tests", "run", "cov"].into_iter().find(|it| scripts.contains_key(*it))?;
        (is_word(name) && (name == "default" || name.contains("test"))).then(|| match name.as_str() {
            "default" => format!("run {script}"),
            _ => format!("run {name}:{script}"),
        })
    })
}

fn pytest_from(manifest: &Manifest<'_>) -> String {
    let folder = manifest.folder;
    if manifest.at(&["tool", "pytest"]).is_some() {
        return folder.join("pyproject.toml");
    }
    let texts = ["pytest.ini", "setup.cfg", "tox.ini", "pyproject.toml", "setup.py"];
    let name = texts.into_iter().find(|name| folder.text_or_empty(name).contains("pytest"));
    let named = name.map(str::to_owned).or_else(|| {
        folder
            .below()
            .find(|path| is_requirements(path) && folder.text_or_empty(path).contains("pytest"))
            .map(str::to_owned)
    });
    let conftest = || folder.below().find(|path| path.ends_with("conftest.py")).map(str::to_owned);
    folder.join(&named.or_else(conftest).unwrap_or_else(|| "conftest.py".to_owned()))
}

fn versions(manifest: &Manifest<'_>, findings: &mut Findings) -> Versions {
    let folder = manifest.folder;
    let file = |name: &str| folder.join(name);
    if let Some(values) = classifiers(manifest) {
        return Versions::many(values, format!("classifiers in {}", file("pyproject.toml")));
    }
    if let Some((values, name)) = tox_environments(manifest) {
        return Versions::many(values, format!("the environments in {}", file(name)));
    }
    for above in folder.ancestors() {
        let pinned = above.text(".python-version").and_then(|it| plain(it.lines().next().unwrap_or_default()));
        if let Some(version) = pinned.filter(|it| it.starts_with("3.")) {
            return Versions::one(version, above.join(".python-version"));
        }
    }
    if let Some((range, from)) = range(manifest) {
        let settled: Vec<&str> = KNOWN.iter().copied().filter(|it| parts(it) <= parts(NEWEST)).collect();
        let values = allowed(&range, &settled);
        if let (Some(oldest), Some(newest)) = (values.first(), values.last()) {
            let mut ends = vec![oldest.clone(), newest.clone()];
            ends.dedup();
            return Versions::many(ends, format!("{from}, oldest and newest"));
        }
    }
    findings.guessed(format!("Python {NEWEST}: no file says which version{}", in_directory(folder)));
    Versions::one(NEWEST, "a guess: no file says which")
}

fn in_directory(folder: Folder<'_>) -> String {
    if folder.is_root() {
        String::new()
    } else {
        format!(" in {}", folder.path)
    }
}

fn range(manifest: &Manifest<'_>) -> Option<(String, String)> {
    let file = manifest.folder.join("pyproject.toml");
    if let Some(range) = manifest.at(&["project", "requires-python"]).and_then(toml::Value::as_str) {
        return Some((range.to_owned(), format!("requires-python in {file}")));
    }
    if let Some(range) = manifest.at(&["tool", "poetry", "dependencies", "python"]).and_then(toml::Value::as_str) {
        return Some((range.to_owned(), format!("python in {file}")));
    }
    for name in ["setup.cfg", "setup.py"] {
        let line =
            manifest.folder.text_or_empty(name).lines().find(|it| it.trim_start().starts_with("python_requires"));
        if let Some((_, range)) = line.and_then(|it| it.split_once('=')) {
            let range = range.trim_matches(|c: char| c.is_whitespace() || "\"',".contains(c)).to_owned();
            return Some((range, format!("python_requires in {}", manifest.folder.join(name))));
        }
    }
    None
}

/// Versions that the classifiers name, if they name several.
fn classifiers(manifest: &Manifest<'_>) -> Option<Vec<String>> {
    const PREFIX: &str = "Programming Language :: Python :: ";
    let listed = texts(manifest.at(&["project", "classifiers"])).join("\n");
    let listed = if listed.is_empty() { manifest.all.clone() } else { listed };
    let named = listed.split(PREFIX).skip(1).map(|it| {
        let end = it.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(it.len());
        it[..end].to_owned()
    });
    known(named.collect())
}

/// Versions that tox tests, such as `py310` and `py3.11`, if they are several.
fn tox_environments<'a>(manifest: &Manifest<'a>) -> Option<(Vec<String>, &'a str)> {
    let ini = manifest.folder.text_or_empty("tox.ini");
    let mut inside = false;
    let mut list = String::new();
    for line in ini.lines() {
        let key = line.split('=').next().unwrap_or_default().trim();
        if matches!(key, "envlist" | "env_list") && line.contains('=') {
            inside = true;
        } else if inside && !line.starts_with([' ', '\t']) {
            inside = false;
        }
        if inside {
            list.push_str(line);
            list.push(',');
        }
    }
    let name = if list.is_empty() { "pyproject.toml" } else { "tox.ini" };
    if list.is_empty() {
        list = texts(manifest.at(&["tool", "tox", "env_list"])).join(",");
    }
    let named = list.split(|c: char| !c.is_ascii_alphanumeric() && c != '.').filter_map(|word| {
        let digits = word.strip_prefix("py").unwrap_or(word);
        match digits.strip_prefix('3')? {
            minor if minor.starts_with('.') => Some(digits.to_owned()),
            minor => Some(format!("3.{minor}")),
        }
    });
    Some((known(named.collect())?, name))
}

/// The versions that can be had, sorted and thinned out; nothing where that leaves fewer than two.
fn known(named: Vec<String>) -> Option<Vec<String>> {
    let named: Vec<String> = named.iter().map(|it| shortened(it, 2)).collect();
    let mut values: Vec<String> =
        KNOWN.iter().filter(|it| named.iter().any(|name| name == *it)).map(|it| (*it).to_owned()).collect();
    if values.len() > MOST {
        values.drain(1..=values.len() - MOST);
    }
    (values.len() > 1).then_some(values)
}
