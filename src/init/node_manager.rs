//! The package managers of Node.js: which one a project uses, and how it installs and runs scripts.

use serde_json::Value;

use super::{
    folder::Folder,
    versions::{parts, plain},
    Cache,
};

/// A package manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Npm,
    Yarn,
    Pnpm,
    Bun,
}

/// A project's package manager.
pub(super) struct Manager {
    kind: Kind,
    /// From `packageManager`, such as `9.1.0`.
    version: Option<String>,
    /// The lock file from the repository's root, and from the package.
    pub(super) lock: Option<(String, &'static str)>,
    /// Of Yarn: whether it is 2 or later.
    modern: bool,
}

impl Manager {
    /// By `packageManager`, else by the lock file, else npm.
    pub(super) fn of(folder: Folder<'_>, package: &Value) -> Manager {
        let locks =
            ["pnpm-lock.yaml", "yarn.lock", "bun.lock", "bun.lockb", "package-lock.json", "npm-shrinkwrap.json"];
        let named = package.get("packageManager").and_then(Value::as_str).and_then(|it| it.split_once('@'));
        let kind_of = |name: &str| match name {
            _ if name.starts_with("pnpm") => Kind::Pnpm,
            _ if name.starts_with("yarn") => Kind::Yarn,
            _ if name.starts_with("bun") => Kind::Bun,
            _ => Kind::Npm,
        };
        let lock = folder.first(&locks).filter(|it| named.is_none_or(|(name, _)| kind_of(name) == kind_of(it)));
        let kind = named.map(|(name, _)| kind_of(name)).or_else(|| lock.map(kind_of)).unwrap_or(Kind::Npm);
        let version = named.and_then(|(_, version)| plain(version.split('+').next().unwrap_or_default()));
        let modern = folder.has(".yarnrc.yml")
            || version.as_deref().is_some_and(|it| parts(it).first().is_some_and(|major| *major > 1));
        Manager { kind, version, lock: lock.map(|it| (folder.join(it), it)), modern }
    }

    /// Commands that bring the manager and install the packages as the lock file has them.
    ///
    /// `node` is the newest version of Node.js that is used: from 25 on, Corepack does not come with it.
    pub(super) fn install(&self, folder: Folder<'_>, node: &str) -> Vec<String> {
        let locked = self.lock.is_some();
        match self.kind {
            Kind::Npm => vec![if locked { "npm ci" } else { "npm install" }.to_owned()],
            Kind::Pnpm => {
                let version = self.version.clone().or_else(|| pnpm_of(folder));
                let version = version.map(|it| format!("@{it}")).unwrap_or_default();
                let frozen = if locked { " --frozen-lockfile" } else { "" };
                vec![
                    format!("npm install --global pnpm{version}"),
                    format!("pnpm install{frozen} --store-dir ~/.cache/pnpm"),
                ]
            }
            Kind::Yarn => {
                let mut lines = Vec::new();
                if parts(node).first().is_some_and(|major| *major >= 25) {
                    lines.push("npm install --global corepack".to_owned());
                }
                lines.push("corepack enable".to_owned());
                lines.push(match (self.modern, locked) {
                    (true, true) => "yarn install --immutable".to_owned(),
                    (false, true) => "yarn install --frozen-lockfile --cache-folder ~/.cache/yarn".to_owned(),
                    (_, false) => "yarn install".to_owned(),
                });
                lines
            }
            Kind::Bun => {
                let version = self.version.as_ref().map(|it| format!("@{it}")).unwrap_or_default();
                let frozen = if locked { " --frozen-lockfile" } else { "" };
                vec![format!("npm install --global bun{version}"), format!("bun install{frozen}")]
            }
        }
    }

    /// Where the manager keeps what it fetched; nothing without a lock file to key it by.
    pub(super) fn cache(&self) -> Option<Cache> {
        let (lock, _) = self.lock.clone()?;
        let (name, path) = match self.kind {
            Kind::Npm => ("npm", "~/.npm"),
            Kind::Pnpm => ("pnpm", "~/.cache/pnpm"),
            Kind::Yarn if self.modern => ("yarn", "~/.yarn/berry/cache"),
            Kind::Yarn => ("yarn", "~/.cache/yarn"),
            Kind::Bun => ("bun", "~/.bun/install/cache"),
        };
        Some(Cache { name, paths: vec![path.to_owned()], keys: vec![lock] })
    }

    /// Runs a script of package.json with more arguments for it.
    pub(super) fn script(&self, script: &str, arguments: &str) -> String {
        let separated = if arguments.is_empty() { String::new() } else { format!(" {arguments}") };
        match (self.kind, script) {
            (Kind::Npm, _) if !arguments.is_empty() => match script {
                "test" => format!("npm test -- {arguments}"),
                _ => format!("npm run {script} -- {arguments}"),
            },
            (Kind::Npm, "test") => "npm test".to_owned(),
            (Kind::Npm, _) => format!("npm run {script}"),
            (Kind::Pnpm, _) => format!("pnpm run {script}{separated}"),
            (Kind::Yarn, _) => format!("yarn run {script}{separated}"),
            (Kind::Bun, _) => format!("bun run {script}{separated}"),
        }
    }

    /// Runs a script in every package of a workspace that has it.
    pub(super) fn everywhere(&self, script: &str) -> String {
        match self.kind {
            Kind::Npm => format!("npm run {script} --workspaces --if-present"),
            Kind::Pnpm => format!("pnpm --recursive run {script}"),
            Kind::Yarn if self.modern => format!("yarn workspaces foreach --all run {script}"),
            Kind::Yarn => format!("yarn workspaces run {script}"),
            Kind::Bun => format!("bun run --filter '*' {script}"),
        }
    }

    /// Runs a program of the installed packages.
    pub(super) fn program(&self, command: &str) -> String {
        match self.kind {
            Kind::Npm => format!("npx {command}"),
            Kind::Pnpm => format!("pnpm exec {command}"),
            Kind::Yarn => format!("yarn {command}"),
            Kind::Bun => format!("bunx {command}"),
        }
    }

    pub(super) fn title(&self) -> &'static str {
        match self.kind {
            Kind::Npm => "npm",
            Kind::Yarn => "Yarn",
            Kind::Pnpm => "pnpm",
            Kind::Bun => "Bun",
        }
    }
}

/// The version of pnpm that reads a lock file: <https://pnpm.io/installation#compatibility>.
fn pnpm_of(folder: Folder<'_>) -> Option<String> {
    let line = folder.text("pnpm-lock.yaml")?.lines().find(|it| it.starts_with("lockfileVersion"))?;
    match line.split_once(':')?.1.trim().trim_matches(['\'', '"']) {
        it if it.starts_with("5.") => Some("7".to_owned()),
        it if it.starts_with("6.") => Some("8".to_owned()),
        it if it.starts_with("9.") => Some("10".to_owned()),
        _ => None,
    }
}
