//! Drafts a spec for a repository: what its files say, what had to be guessed, and the text of the `ci-gen.toml`.
//!
//! One file per ecosystem looks for packages; each package becomes jobs. Nothing here touches the disk or runs
//! anything: it reads a [`Tree`].

mod broken;
mod compose;
mod dotnet;
mod folder;
mod git;
mod go;
mod gradle;
mod java;
mod maven;
mod node;
mod node_manager;
mod php;
mod pipelines;
mod python;
mod python_lint;
mod python_tool;
mod ruby;
mod rust;
mod targets;
mod text;
mod versions;
mod write;

use self::versions::Versions;
pub use self::{
    git::FILES as GIT_FILES,
    targets::{draft, Draft, Wishes},
};
use crate::{
    files::Tree,
    spec::{Service, Toolchain},
};

/// Whether a file's text is needed to draft a spec; `path` is relative to the repository's root.
pub fn is_read(path: &str) -> bool {
    const NAMES: &[&str] = &[
        ".java-version",
        ".node-version",
        ".nvmrc",
        ".pre-commit-config.yaml",
        ".python-version",
        ".rspec",
        ".ruby-version",
        ".sdkmanrc",
        ".tool-versions",
        ".yarnrc.yml",
        "Cargo.toml",
        "Directory.Build.props",
        "Gemfile",
        "Gemfile.lock",
        "Pipfile",
        "Rakefile",
        "composer.json",
        "compose.yaml",
        "compose.yml",
        "docker-compose.yaml",
        "docker-compose.yml",
        "global.json",
        "go.mod",
        "gradle-wrapper.properties",
        "gradle.properties",
        "noxfile.py",
        "package.json",
        "pnpm-lock.yaml",
        "pnpm-workspace.yaml",
        "pom.xml",
        "pyproject.toml",
        "pytest.ini",
        "rust-toolchain",
        "rust-toolchain.toml",
        "setup.cfg",
        "setup.py",
        "tox.ini",
    ];
    const ENDS: &[&str] = &[".csproj", ".fsproj", ".vbproj", ".gemspec", ".gradle", ".gradle.kts"];
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    NAMES.contains(&name)
        || ENDS.iter().any(|end| name.ends_with(end))
        || python::is_requirements(name)
        || directory.ends_with("requirements") && name.ends_with(".txt")
        || pipelines::is_one(path)
}

/// What there is to tell the user, in the order in which it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// How sure it is.
    pub kind: NoteKind,
    /// One line without a full stop, naming the file that said so.
    pub text: String,
}

/// How sure a [`Note`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteKind {
    /// A file says so.
    Found,
    /// No file says so; the user should look.
    Guessed,
    /// It is there, but not in the spec.
    LeftOut,
}

/// What the detectors gather.
#[derive(Debug, Default)]
struct Findings {
    packages: Vec<Package>,
    services: Vec<FoundService>,
    notes: Vec<Note>,
}

impl Findings {
    fn found(&mut self, text: impl Into<String>) {
        self.note(NoteKind::Found, text);
    }

    fn guessed(&mut self, text: impl Into<String>) {
        self.note(NoteKind::Guessed, text);
    }

    fn left_out(&mut self, text: impl Into<String>) {
        self.note(NoteKind::LeftOut, text);
    }

    fn note(&mut self, kind: NoteKind, text: impl Into<String>) {
        let note = Note { kind, text: text.into() };
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

/// A directory that one toolchain builds and tests.
#[derive(Debug)]
struct Package {
    toolchain: Toolchain,
    /// Relative to the repository's root; empty for the root itself.
    directory: String,
    jobs: Vec<Job>,
    caches: Vec<Cache>,
    /// The text of its manifests, in which clients of services are looked for.
    manifests: String,
}

/// A drafted job. Paths are relative to the package.
#[derive(Debug, Default)]
struct Job {
    /// What it does: `test`, `lint`, `build`; the package's name is put before it where there are several.
    name: &'static str,
    description: Option<String>,
    is_test: bool,
    versions: Option<Versions>,
    /// The image up to the version, where the official one of the toolchain lacks a tool.
    image: Option<&'static str>,
    install: Vec<String>,
    /// What `install` was read from.
    install_from: Option<String>,
    commands: Vec<String>,
    results: Vec<String>,
    /// Names of the package's caches.
    caches: Vec<&'static str>,
    env: Vec<(String, String)>,
    services: Vec<String>,
    /// Comments above the job.
    remarks: Vec<String>,
}

/// A cache that jobs share by name.
#[derive(Clone, Debug)]
struct Cache {
    name: &'static str,
    /// Below the home directory, or relative to the repository's root.
    paths: Vec<String>,
    /// Lock files, relative to the repository's root.
    keys: Vec<String>,
}

/// A service of a Compose file.
#[derive(Debug)]
struct FoundService {
    name: String,
    service: Service,
    from: String,
    /// Words by which a manifest shows that it talks to this service.
    clients: &'static [&'static str],
    /// Variables that tell containers of the repository where the service is.
    env: Vec<(String, String)>,
}

/// Looks for everything.
fn look(tree: &Tree) -> Findings {
    let mut findings = Findings::default();
    let detectors = [
        broken::detect,
        python::detect,
        node::detect,
        rust::detect,
        go::detect,
        java::detect,
        dotnet::detect,
        ruby::detect,
        php::detect,
    ];
    for detect in detectors {
        detect(tree, &mut findings);
    }
    compose::detect(tree, &mut findings);
    findings
}
