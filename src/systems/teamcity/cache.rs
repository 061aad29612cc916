//! Caches as build caches.

use serde::Serialize;

use super::{script::Scripts, text};
use crate::{
    plan::{Cache, Leg, Part, Text},
    script::path_word,
    spec::{Os, Shell},
    systems::Lowering,
};

/// <https://www.jetbrains.com/help/teamcity/build-cache.html>
#[derive(Serialize)]
pub(super) struct BuildCache {
    name: String,
    rules: String,
}

/// The caches of a job, and the lines that put those of a container into its home directory, which TeamCity does not
/// see: they lie in the checkout directory.
pub(super) fn lower(scripts: &Scripts<'_>, legs: &[&Leg], out: &mut Lowering<'_>) -> (Vec<BuildCache>, Vec<String>) {
    let mut links = Vec::new();
    let mut caches = Vec::new();
    for cache in &scripts.job.caches {
        let mut rules = Vec::new();
        for (index, path) in cache.paths.iter().enumerate() {
            check(cache, path, out);
            let path = &without_slash(path);
            let home = path.parts.first().is_some_and(|it| matches!(it, Part::Lit(it) if it.starts_with("~/")));
            if home && scripts.container {
                let inside = format!(".ci-gen-cache/{}-{index}", cache.name);
                links.push(link(scripts, &inside, path));
                rules.push(inside);
            } else if home {
                let variable = if scripts.os == Os::Windows { "%env.USERPROFILE%" } else { "%env.HOME%" };
                rules.push(text::text(path).replacen('~', variable, 1));
            } else {
                rules.push(text::text(path));
            }
        }
        caches.push(BuildCache { name: name(scripts, cache, legs), rules: rules.join("\n") });
    }
    (caches, links)
}

/// What the files depend on beside the lock files: system, toolchains, and the values in the paths.
fn name(scripts: &Scripts<'_>, cache: &Cache, legs: &[&Leg]) -> String {
    let mut name = format!("{}-{}", cache.name, scripts.os.key());
    let setup = scripts.job.setup.iter().filter(|(toolchain, _)| legs[0].setup.contains_key(*toolchain));
    let mut parts: Vec<Text> = setup.map(|(_, version)| version.clone()).collect();
    let image = scripts.job.image.iter().filter(|_| scripts.container);
    for expr in cache.paths.iter().chain(&cache.keys).chain(image).flat_map(Text::exprs) {
        let part = Text::expr(expr.clone());
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    for part in parts {
        name.push('-');
        name.push_str(&text::text(&part));
    }
    name
}

fn link(scripts: &Scripts<'_>, inside: &str, path: &Text) -> String {
    let shell = scripts.job.shell;
    let place = path_word(path, shell, &|expr| scripts.insert(expr));
    match shell {
        Shell::Bash | Shell::Sh => format!(
            "mkdir -p {inside} \"$(dirname {place})\"\n\
             rm -rf {place}\n\
             ln -s \"$PWD/{inside}\" {place}"
        ),
        Shell::Pwsh => format!(
            "New-Item -ItemType Directory -Force '{inside}', (Split-Path {place}) | Out-Null\n\
             Remove-Item -Recurse -Force -ErrorAction Ignore {place}\n\
             New-Item -ItemType SymbolicLink -Path {place} -Target \"$PWD/{inside}\" | Out-Null"
        ),
    }
}

/// The path without a slash at its end, behind which no link can be put.
fn without_slash(path: &Text) -> Text {
    let mut path = path.clone();
    if let Some(Part::Lit(last)) = path.parts.last_mut() {
        last.truncate(last.trim_end_matches('/').len());
    }
    path
}

fn check(cache: &Cache, path: &Text, out: &mut Lowering<'_>) {
    if path.write(str::to_owned, |_| String::new()).contains(['*', '?']) {
        let message = "TeamCity's build caches take no wildcards";
        out.refuse(&cache.place.key("path"), message, "name the directory");
    }
}
