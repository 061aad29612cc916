//! Caches in the project directory, and links to them from the home directory.

use serde::Serialize;

use super::{native::Native, reference};
use crate::{
    plan::{Cache, Expr, Job, Part, Text},
    script::{self, Insert, Shell},
    spec::Os,
    systems::Lowering,
};

/// <https://docs.gitlab.com/ci/yaml/#cache>
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct CacheModel {
    files: Vec<String>,
    key: String,
    paths: Vec<String>,
}

/// A job has at most so many caches, and a key so many files (same page).
const MOST_CACHES: usize = 4;
const MOST_FILES: usize = 2;

/// The directory in the project that stands in for the home directory: GitLab caches nothing outside.
const HOME: &str = ".home";

/// Where the official images put what is in the home directory elsewhere.
const HOMES: &[(&str, &str)] = &[(".cargo", "CARGO_HOME"), (".rustup", "RUSTUP_HOME"), ("go", "GOPATH")];

pub(super) fn lower(job: &Job, native: &Native<'_>, out: &mut Lowering<'_>) -> Vec<CacheModel> {
    if job.caches.len() > MOST_CACHES {
        let message = format!("{} caches; a job on GitLab has at most {MOST_CACHES}", job.caches.len());
        out.limit(&job.place.key("cache"), message, "https://docs.gitlab.com/ci/yaml/#cache");
    }
    let models = job.caches.iter().filter_map(|cache| {
        let paths: Vec<String> = cache.paths.iter().filter_map(|it| path(cache, native, it, out)).collect();
        let files = files(cache, native, out);
        (!paths.is_empty()).then(|| CacheModel { files, key: prefix(job, native, cache), paths })
    });
    models.collect()
}

fn path(cache: &Cache, native: &Native<'_>, path: &Text, out: &mut Lowering<'_>) -> Option<String> {
    let Some(below) = below_home(path) else { return Some(reference::path(path)) };
    if native.os == Os::Windows {
        let message = "GitLab caches nothing outside the project, and on Windows no link leads there";
        let help = "name a directory of the project, and point the tool to it";
        out.degrade(&cache.place, message, help);
        return None;
    }
    if directory(&below).is_empty() {
        let message = "GitLab caches nothing outside the project, and the home directory itself cannot be a link";
        out.refuse(&cache.place, message, "name a directory below it, such as `~/.cache`");
    }
    let mut inside = Text::literal(format!("{HOME}/"));
    inside.push(&below);
    Some(reference::path(&inside))
}

/// The lock files, all of which GitLab reads before any leg has its values.
fn files(cache: &Cache, native: &Native<'_>, out: &mut Lowering<'_>) -> Vec<String> {
    let mut files: Vec<String> = Vec::new();
    for leg in &native.legs {
        for key in &cache.keys {
            let file = leg.fill(key).as_literal().unwrap_or_default().to_owned();
            if !files.contains(&file) {
                files.push(file);
            }
        }
    }
    if files.len() > MOST_FILES {
        let message = format!(
            "GitLab reads {MOST_FILES} files for the key of a cache: only `{}` make a new one",
            files[..MOST_FILES].join("` and `")
        );
        out.degrade(&cache.place, message, "name the files by a glob, or those that change most");
        files.truncate(MOST_FILES);
    }
    files
}

/// The part of the key that is not made of files: without `/`, which keys cannot have.
fn prefix(job: &Job, native: &Native<'_>, cache: &Cache) -> String {
    let mut prefix = Text::literal(format!("{}-{}", cache.name, native.os.key()));
    for part in job.setup.values().chain(&cache.path_values()) {
        prefix.push_lit("-");
        prefix.push(part);
    }
    let safe = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.+".contains(c));
    let is_safe = native.legs.iter().all(|leg| safe(leg.fill(&prefix).as_literal().unwrap_or_default()));
    match is_safe {
        true => reference::text(&prefix, reference::escape),
        false => format!("{}-{}-$CI_JOB_NAME_SLUG", cache.name, native.os.key()),
    }
}

/// Lines for the runner's shell that put the caches where the tools look for them.
///
/// What an image already has there comes along. A machine that outlives the job keeps its home directory anyway, and
/// nothing in it is touched.
/// <https://docs.gitlab.com/ci/variables/predefined_variables/>
pub(super) fn links(job: &Job, native: &Native<'_>) -> Option<String> {
    if native.os == Os::Windows {
        return None;
    }
    let value = |expr: &Expr| Insert::Variable(reference::variable(expr));
    let mut directories: Vec<Text> = Vec::new();
    for below in job.caches.iter().flat_map(|cache| &cache.paths).filter_map(below_home) {
        let directory = directory(&below);
        if !directories.contains(&directory) {
            directories.push(directory);
        }
    }
    // What lies below another one is there through its link.
    let shown: Vec<String> = directories.iter().map(|it| it.write(str::to_owned, Expr::to_string)).collect();
    let is_below =
        |path: &String| shown.iter().any(|other| path.strip_prefix(other).is_some_and(|it| it.starts_with('/')));
    let directories =
        directories.iter().zip(&shown).filter(|(_, path)| !is_below(path)).map(|(directory, _)| directory);
    let block = |directory: &Text| {
        let mut inside = Text::literal(format!("{HOME}/"));
        inside.push(directory);
        let inside = script::word(&inside, Shell::Sh, &value);
        let outside = outside(directory, &value);
        format!(
            "  ci_gen_cached={outside}\n\
             \x20 mkdir -p {inside} \"$(dirname \"$ci_gen_cached\")\"\n\
             \x20 if [ -d \"$ci_gen_cached\" ]; then cp -R \"$ci_gen_cached\"/. {inside}; fi\n\
             \x20 rm -rf \"$ci_gen_cached\"\n\
             \x20 ln -s \"$CI_PROJECT_DIR\"/{inside} \"$ci_gen_cached\""
        )
    };
    let blocks: Vec<String> = directories.map(block).collect();
    let text = format!("if [ \"$CI_DISPOSABLE_ENVIRONMENT\" = true ]; then\n{}\nfi", blocks.join("\n"));
    (!blocks.is_empty()).then_some(text)
}

/// A directory of the home directory as a word of the shell.
fn outside(directory: &Text, value: &dyn Fn(&Expr) -> Insert) -> String {
    if let Some((Part::Lit(first), others)) = directory.parts.split_first() {
        for (home, variable) in HOMES {
            let Some(rest) = first.strip_prefix(home) else { continue };
            let outside = format!("\"${{{variable}:-$HOME/{home}}}\"");
            if rest.is_empty() && others.is_empty() {
                return outside;
            }
            if let Some(rest) = rest.strip_prefix('/') {
                let mut below = Text::literal(rest);
                below.push(&Text { parts: others.to_vec() });
                return format!("{outside}/{}", script::word(&below, Shell::Sh, value));
            }
        }
    }
    format!("\"$HOME\"/{}", script::word(directory, Shell::Sh, value))
}

/// What follows `~/`.
fn below_home(path: &Text) -> Option<Text> {
    let (Part::Lit(first), others) = path.parts.split_first()? else { return None };
    let rest = first.strip_prefix("~/").or_else(|| (first == "~").then_some(""))?;
    let mut below = Text::literal(rest);
    below.push(&Text { parts: others.to_vec() });
    Some(below)
}

/// The part of a path before its first wildcard, as a directory; values are no wildcards.
fn directory(path: &Text) -> Text {
    let mut out = Text::default();
    for part in &path.parts {
        match part {
            Part::Lit(text) => match text.find(['*', '?', '[']) {
                Some(at) => {
                    let before = &text[..at];
                    out.push_lit(&before[..before.rfind('/').unwrap_or(0)]);
                    return out;
                }
                None => out.push_lit(text),
            },
            Part::Expr(expr) => out.push_expr(expr.clone()),
        }
    }
    if let Some(Part::Lit(last)) = out.parts.last_mut() {
        last.truncate(last.trim_end_matches('/').len());
    }
    out.parts.retain(|part| !matches!(part, Part::Lit(text) if text.is_empty()));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(source: &str) -> Text {
        Text::parse(source).unwrap()
    }

    #[test]
    fn links_lead_to_the_directory_before_a_wildcard() {
        let table = [(".cache/pip", ".cache/pip"), (".gradle/*/x", ".gradle"), ("*", ""), ("a/b/", "a/b")];
        for (path, expected) in table {
            assert_eq!(directory(&parse(path)), parse(expected), "{path}");
        }
    }

    #[test]
    fn official_images_have_homes_of_their_own() {
        let value = |expr: &Expr| Insert::Variable(reference::variable(expr));
        let table = [
            (".cache/pip", r#""$HOME"/.cache/pip"#),
            (".cargo/git/db", r#""${CARGO_HOME:-$HOME/.cargo}"/git/db"#),
            (".cargo", r#""${CARGO_HOME:-$HOME/.cargo}""#),
            (".cargot", r#""$HOME"/.cargot"#),
            ("go/pkg/{{ matrix.x }}", r#""${GOPATH:-$HOME/go}"/"pkg/${MATRIX_X}""#),
        ];
        for (path, expected) in table {
            assert_eq!(outside(&parse(path), &value), expected, "{path}");
        }
    }

    #[test]
    fn only_the_own_home_counts() {
        assert_eq!(below_home(&parse("~/.cache")), Some(parse(".cache")));
        assert_eq!(below_home(&parse("~other/x")), None);
        assert_eq!(below_home(&parse(".cache")), None);
    }
}
