//! Node.js: package.json, its scripts and workspaces.

use serde_json::Value;

use super::{
    folder::Folder,
    node_manager::Manager,
    text::is_word,
    versions::{allowed, parts, plain, Versions},
    Findings, Job, Package,
};
use crate::{files::Tree, spec::Toolchain};

/// Lines with long-term support: <https://nodejs.org/en/about/previous-releases>.
const SUPPORTED: &[&str] = &["22", "24"];
/// All lines that set-up steps and images have.
const KNOWN: &[&str] = &["14", "16", "18", "20", "22", "24", "26"];
const NEWEST: &str = "24";

pub(super) fn detect(tree: &Tree, findings: &mut Findings) {
    let mut taken: Vec<Folder<'_>> = Vec::new();
    for folder in Folder::with(tree, |name| name == "package.json") {
        let Some(package) = folder.json("package.json").filter(Value::is_object) else { continue };
        let project = Project { folder, manager: Manager::of(folder, &package), package };
        let nested = taken.iter().any(|it| folder.is_in(*it));
        // Without a lock file of its own, a nested package is installed and tested from above.
        if nested && project.manager.lock.is_none() {
            continue;
        }
        if project.add(findings) {
            taken.push(folder);
        }
    }
}

struct Project<'a> {
    folder: Folder<'a>,
    manager: Manager,
    package: Value,
}

/// How the tests are run.
struct Run {
    before: Vec<String>,
    command: String,
    results: Vec<String>,
    env: Vec<(String, String)>,
    from: String,
    remarks: Vec<String>,
}

impl Project<'_> {
    fn file(&self) -> String {
        self.folder.join("package.json")
    }

    fn script(&self, name: &str) -> Option<&str> {
        let script = self.package.get("scripts")?.get(name)?.as_str()?;
        // What `npm init` writes.
        (!script.trim().is_empty() && !script.contains("no test specified")).then_some(script)
    }

    fn depends_on(&self, name: &str) -> bool {
        ["dependencies", "devDependencies", "optionalDependencies"]
            .iter()
            .any(|key| self.package.get(key).and_then(|it| it.get(name)).is_some())
    }

    fn is_workspace(&self) -> bool {
        self.package.get("workspaces").is_some() || self.folder.has("pnpm-workspace.yaml")
    }

    /// Whether a member of the workspace has that script.
    fn members_have(&self, name: &str) -> bool {
        self.folder.below().filter(|path| path.ends_with("/package.json") && !path.contains("example")).any(|path| {
            let script = self.folder.json(path).and_then(|it| Some(it.get("scripts")?.get(name)?.as_str()?.to_owned()));
            script.is_some_and(|it| !it.contains("no test specified"))
        })
    }

    /// Whether there was anything to run.
    fn add(&self, findings: &mut Findings) -> bool {
        let what =
            if self.folder.is_root() { "Node.js".to_owned() } else { format!("Node.js in {}", self.folder.path) };
        let mut jobs = Vec::new();
        let test = self.test();
        let build = self.plain("build");
        let lint = self.plain("lint");
        if test.is_none() && build.is_none() && lint.is_none() {
            findings.left_out(format!("{what}: {} has no script `test`, `build` or `lint`", self.file()));
            return false;
        }
        let versions = self.versions(&what, findings);
        let newest = versions.values.last().cloned().unwrap_or_default();
        let install = self.manager.install(self.folder, &newest);
        let cache = self.manager.cache();
        let lock = self.manager.lock.as_ref().map(|(path, _)| path.clone());
        findings.found(match &lock {
            Some(lock) => format!("{what}: packages come by {} ({lock})", self.manager.title()),
            None => format!("{what}: packages come by {}; there is no lock file", self.manager.title()),
        });
        let base = |name: &'static str, versions: Versions| Job {
            name,
            versions: Some(versions),
            install: install.clone(),
            install_from: lock.clone(),
            caches: cache.iter().map(|it| it.name).collect(),
            ..Job::default()
        };
        if let Some(run) = test {
            findings.found(format!("{what}: tests run by {}", run.from));
            jobs.push(Job {
                is_test: true,
                commands: run.before.into_iter().chain([run.command]).collect(),
                results: run.results,
                env: run.env,
                remarks: run.remarks,
                ..base("test", versions.clone())
            });
        } else {
            findings.guessed(format!("{what}: {} has no script `test`, so nothing is tested", self.file()));
        }
        for (name, command) in [("build", build), ("lint", lint)] {
            if let Some(command) = command {
                findings.found(format!("{what}: script `{name}` ({})", self.file()));
                jobs.push(Job { commands: vec![command], ..base(name, versions.newest()) });
            }
        }
        findings.packages.push(Package {
            toolchain: Toolchain::Node,
            directory: self.folder.path.to_owned(),
            jobs,
            caches: cache.into_iter().collect(),
            manifests: self.manifests(),
        });
        true
    }

    fn manifests(&self) -> String {
        let members = self.folder.below().filter(|path| path.ends_with("package.json") && self.is_workspace());
        std::iter::once("package.json").chain(members).map(|path| self.folder.text_or_empty(path)).collect()
    }

    /// A script that takes no arguments, here or in the members of the workspace.
    fn plain(&self, name: &str) -> Option<String> {
        if self.script(name).is_some() {
            return Some(self.manager.script(name, ""));
        }
        (self.is_workspace() && self.members_have(name)).then(|| self.manager.everywhere(name))
    }

    fn test(&self) -> Option<Run> {
        let run = |command: String, from: String| Run {
            before: Vec::new(),
            command,
            results: Vec::new(),
            env: Vec::new(),
            from,
            remarks: Vec::new(),
        };
        let names = ["test", "test:ci", "test:unit", "unit"];
        if let Some((name, script)) = names.into_iter().find_map(|name| Some((name, self.script(name)?))) {
            let mut found = run(String::new(), format!("the script `{name}` ({})", self.file()));
            let arguments = self.junit(script, &mut found);
            found.command = self.manager.script(name, &arguments);
            return Some(found);
        }
        if self.is_workspace() && self.members_have("test") {
            return Some(run(
                self.manager.everywhere("test"),
                format!("the script `test` of the workspace's packages ({})", self.file()),
            ));
        }
        if self.depends_on("vitest") {
            let mut found = run(String::new(), format!("vitest ({})", self.file()));
            let arguments = self.junit("vitest run", &mut found);
            found.command = self.manager.program(&format!("vitest run {arguments}"));
            return Some(found);
        }
        if self.depends_on("jest") {
            return Some(run(self.manager.program("jest"), format!("jest ({})", self.file())));
        }
        None
    }

    /// Arguments that make a script's test runner write JUnit XML, where it can without another package.
    fn junit(&self, script: &str, run: &mut Run) -> String {
        let words: Vec<&str> = script.split_whitespace().collect();
        // Arguments reach the last command only, and only if nothing takes them on the way.
        let single = !script.contains(['&', '|', ';', '>', '<', '$', '(']);
        let has = |word: &str| words.iter().any(|it| it.starts_with(word));
        let first = words.iter().copied().find(|it| !it.contains('=') && *it != "cross-env").unwrap_or_default();
        match first {
            "vitest" if single && !has("--reporter") && !has("--outputFile") => {
                run.results = vec!["results/vitest.xml".to_owned()];
                let once = if has("run") || has("--run") { "" } else { "--run " };
                format!("{once}--reporter=default --reporter=junit --outputFile.junit=results/vitest.xml")
            }
            "jest" if single && !has("--reporters") && self.depends_on("jest-junit") => {
                run.results = vec!["results/jest.xml".to_owned()];
                run.env = vec![("JEST_JUNIT_OUTPUT_FILE".to_owned(), "results/jest.xml".to_owned())];
                "--ci --reporters=default --reporters=jest-junit".to_owned()
            }
            "mocha" if single && !has("--reporter") && !has("-R") && self.has_no_mocha_reporter() => {
                run.results = vec!["results/mocha.xml".to_owned()];
                run.remarks
                    .push("Mocha has one reporter at a time: what fails is in the results, not in the log.".to_owned());
                "--reporter xunit --reporter-option output=results/mocha.xml".to_owned()
            }
            "node" if single && words.get(1) == Some(&"--test") && words.len() == 2 => {
                run.results = vec!["results/node.xml".to_owned()];
                run.before = vec!["mkdir -p results".to_owned()];
                "--test-reporter=spec --test-reporter-destination=stdout --test-reporter=junit --test-reporter-destination=results/node.xml".to_owned()
            }
            _ => String::new(),
        }
    }

    fn has_no_mocha_reporter(&self) -> bool {
        let files = [".mocharc.js", ".mocharc.cjs", ".mocharc.json", ".mocharc.yml", ".mocharc.yaml", ".mocharc.jsonc"];
        self.folder.first(&files).is_none() && self.package.get("mocha").is_none()
    }

    fn versions(&self, what: &str, findings: &mut Findings) -> Versions {
        let engines = self.package.get("engines").and_then(|it| it.get("node")).and_then(Value::as_str);
        let private = self.package.get("private").and_then(Value::as_bool).unwrap_or(false);
        if let (Some(range), false) = (engines, private) {
            let mut values = allowed(range, SUPPORTED);
            if values.is_empty() {
                values = allowed(range, KNOWN).last().cloned().into_iter().collect();
            }
            if !values.is_empty() {
                return Versions::many(values, format!("engines in {}, lines with long-term support", self.file()));
            }
        }
        for above in self.folder.ancestors() {
            for name in [".nvmrc", ".node-version"] {
                let Some(text) = above.text(name) else { continue };
                if let Some(version) = plain(text.lines().next().unwrap_or_default()).filter(|it| is_word(it)) {
                    return Versions::one(version, above.join(name));
                }
                if text.trim_start().starts_with("lts/") || text.trim() == "node" {
                    return Versions::one(NEWEST, above.join(name));
                }
            }
        }
        let volta = self.package.get("volta").and_then(|it| it.get("node")).and_then(Value::as_str).and_then(plain);
        if let Some(version) = volta {
            return Versions::one(version, format!("volta in {}", self.file()));
        }
        if let Some(range) = engines {
            let fitting = allowed(range, KNOWN);
            let best = fitting.iter().rev().find(|it| parts(it) <= parts(NEWEST)).or(fitting.last());
            if let Some(version) = best {
                return Versions::one(version.clone(), format!("engines in {}", self.file()));
            }
        }
        findings.guessed(format!("{what}: Node.js {NEWEST}, as no file says which version"));
        Versions::one(NEWEST, "a guess: no file says which")
    }
}
