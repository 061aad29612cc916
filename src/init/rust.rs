//! Rust: Cargo packages and workspaces, rustfmt, Clippy, nextest and the oldest supported version.

use super::{
    folder::{at, Folder},
    versions::{plain, Versions},
    Cache, Findings, Job, Package,
};
use crate::{files::Tree, spec::Toolchain};

pub(super) fn detect(tree: &Tree, findings: &mut Findings) {
    let mut taken: Vec<Folder<'_>> = Vec::new();
    for folder in Folder::with(tree, |name| name == "Cargo.toml") {
        if taken.iter().any(|it| folder.is_in(*it)) {
            continue;
        }
        if let Some(manifest) = folder.toml("Cargo.toml") {
            taken.push(folder);
            package(folder, &manifest, findings);
        }
    }
}

fn package(folder: Folder<'_>, manifest: &toml::Table, findings: &mut Findings) {
    let workspace = manifest.contains_key("workspace");
    let file = folder.join("Cargo.toml");
    let what = if folder.is_root() { "Rust".to_owned() } else { format!("Rust in {}", folder.path) };
    let kind = if workspace { "a Cargo workspace" } else { "a Cargo package" };
    findings.found(format!("{what}: {kind} ({file})"));
    let locked = folder.has("Cargo.lock");
    let lock = if locked { " --locked" } else { "" };
    let all = if workspace { " --workspace" } else { "" };
    let toolchain = pinned(folder);
    let versions = toolchain.clone().unwrap_or_else(|| Versions::one("stable", ""));
    let cache = locked.then(|| Cache {
        name: "cargo",
        paths: vec![folder.join(".cargo-home/registry/cache"), folder.join(".cargo-home/git/db")],
        keys: vec![folder.join("Cargo.lock")],
    });
    let base = |name: &'static str| Job {
        name,
        versions: Some(versions.clone()),
        caches: cache.iter().map(|it| it.name).collect(),
        // The same place on a machine and in a container, so that it can be cached.
        env: cache.iter().map(|_| ("CARGO_HOME".to_owned(), ".cargo-home".to_owned())).collect(),
        ..Job::default()
    };
    let test = match nextest(folder) {
        Some(from) => {
            findings.found(format!("{what}: tests run by nextest ({from})"));
            Job {
                is_test: true,
                install: vec!["cargo install --locked cargo-nextest".to_owned()],
                commands: vec![format!("cargo nextest run{all}{lock}")],
                ..base("test")
            }
        }
        None => Job {
            is_test: true,
            commands: vec![format!("cargo test{all}{lock}")],
            remarks: vec![
                "`cargo test` writes no JUnit files; nextest does, with a profile that asks for them.".to_owned()
            ],
            ..base("test")
        },
    };
    let mut jobs = vec![
        Job {
            install: vec!["rustup component add rustfmt".to_owned()],
            commands: vec!["cargo fmt --all --check".to_owned()],
            caches: Vec::new(),
            env: Vec::new(),
            ..base("format")
        },
        test,
    ];
    let clippy_file = folder.first(&["clippy.toml", ".clippy.toml"]);
    let lints =
        at(manifest, &["lints", "clippy"]).or(at(manifest, &["workspace", "lints", "clippy"])).map(|_| "Cargo.toml");
    if let Some(from) = clippy_file.or(lints) {
        findings.found(format!("{what}: Clippy is configured ({})", folder.join(from)));
        let clippy = Job {
            install: vec!["rustup component add clippy".to_owned()],
            commands: vec![format!("cargo clippy{all} --all-targets{lock} -- -D warnings")],
            ..base("clippy")
        };
        jobs.insert(1, clippy);
    }
    if let (Some(oldest), true, None) = (oldest(folder, manifest), locked, &toolchain) {
        findings.found(format!("{what}: Rust {} is the oldest that must do ({file})", oldest.values.join("")));
        jobs.push(Job {
            description: Some("The oldest Rust that is promised still compiles it".to_owned()),
            versions: Some(oldest),
            commands: vec![format!("cargo check{all} --locked")],
            ..base("oldest")
        });
    }
    if toolchain.is_none() {
        findings.guessed(format!("{what}: stable, as there is no rust-toolchain.toml"));
    }
    let members = folder.below().filter(|path| path.ends_with("Cargo.toml"));
    findings.packages.push(Package {
        toolchain: Toolchain::Rust,
        directory: folder.path.to_owned(),
        jobs,
        caches: cache.into_iter().collect(),
        manifests: members.map(|path| folder.text_or_empty(path)).collect(),
    });
}

/// The toolchain that rustup would choose here: <https://rust-lang.github.io/rustup/overrides.html>.
fn pinned(folder: Folder<'_>) -> Option<Versions> {
    folder.ancestors().find_map(|above| {
        let name = above.first(&["rust-toolchain.toml", "rust-toolchain"])?;
        let text = above.text(name)?;
        let table: Option<toml::Table> = text.parse().ok();
        let channel = match table.as_ref().and_then(|it| at(it, &["toolchain", "channel"])) {
            Some(channel) => channel.as_str()?.to_owned(),
            None => text.trim().to_owned(),
        };
        let named = ["stable", "beta", "nightly"].contains(&channel.as_str()).then(|| channel.clone());
        Some(Versions::one(named.or_else(|| plain(&channel).filter(|it| *it == channel))?, above.join(name)))
    })
}

fn oldest(folder: Folder<'_>, manifest: &toml::Table) -> Option<Versions> {
    let version = at(manifest, &["package", "rust-version"])
        .filter(|it| it.is_str())
        .or_else(|| at(manifest, &["workspace", "package", "rust-version"]))?;
    Some(Versions::one(plain(version.as_str()?)?, format!("rust-version in {}", folder.join("Cargo.toml"))))
}

fn nextest(folder: Folder<'_>) -> Option<String> {
    [".config/nextest.toml", "nextest.toml"].into_iter().find(|it| folder.has(it)).map(|it| folder.join(it))
}
