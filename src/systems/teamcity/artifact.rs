//! Artifacts as rules that keep every file's path.

use super::{
    shape::{Form, Group, Shape},
    step::Step,
    text,
};
use crate::{
    plan::{Artifact, Job, Leg, Text},
    script::quote,
    spec::{Os, Shell, When},
    systems::Lowering,
};

/// What a job publishes: rules of the build itself, and steps for what depends on the outcome or on what a path is.
#[derive(Default)]
pub(super) struct Published {
    pub(super) rules: Option<String>,
    pub(super) steps: Vec<Step>,
}

/// <https://www.jetbrains.com/help/teamcity/configuring-general-settings.html#Artifact+Paths>
pub(super) fn publish(job: &Job, group: &Group<'_>, os: Os, out: &mut Lowering<'_>) -> Published {
    let directory = match &group.form {
        Form::Matrix { directory, .. } => Some(text::text(directory)),
        Form::Single | Form::Class => None,
    };
    let mut rules: Vec<String> = Vec::new();
    let mut lines: Vec<(When, String)> = Vec::new();
    for artifact in &job.artifacts {
        for path in &artifact.paths {
            check(artifact, path, &group.legs, out);
            let path = Path::of(path, directory.as_deref());
            match (&path.pattern, artifact.when) {
                (Some(_), When::Always) => rules.extend(path.rule()),
                (_, when) => lines.push((when, path.line(os))),
            }
        }
    }
    let whens = [
        (When::Success, None, "Publish artifacts of success"),
        (When::Failure, Some("RUN_ONLY_ON_FAILURE"), "Publish artifacts of failure"),
        (When::Always, Some("RUN_ON_FAILURE"), "Publish artifacts"),
    ];
    let steps = whens.into_iter().filter_map(|(when, mode, title)| {
        let lines: Vec<&str> = lines.iter().filter(|(it, _)| *it == when).map(|(_, line)| line.as_str()).collect();
        let shell = if os == Os::Windows { Shell::Pwsh } else { Shell::Sh };
        (!lines.is_empty()).then(|| Step { mode, ..Step::on_machine(title, shell, lines.join("\n")) })
    });
    Published { rules: (!rules.is_empty()).then(|| rules.join("\n")), steps: steps.collect() }
}

/// The rules by which another build gets everything that this job's builds published, by build or list of builds.
///
/// A job that was left out, or failed where it may, published nothing.
pub(super) fn fetch(job: &Job, shape: &Shape<'_>) -> Vec<(String, bool, String)> {
    if !job.artifacts.iter().any(|it| it.when != When::Failure || shape.may_fail) {
        return Vec::new();
    }
    let all = "?:** => .".to_owned();
    let groups = shape.groups.iter().map(|group| match &group.form {
        Form::Single => (group.identifier.clone(), false, all.clone()),
        Form::Class => (group.list.clone(), true, all.clone()),
        Form::Matrix { directory, .. } => {
            let directories = group.legs.iter().map(|leg| text::text(&leg.fill(directory)));
            let rules: Vec<String> = directories.map(|it| format!("?:{it}/** => .")).collect();
            (group.identifier.clone(), false, rules.join("\n"))
        }
    });
    groups.collect()
}

/// TeamCity parts rules by commas and `=>`, and knows `*` and `**` only.
fn check(artifact: &Artifact, path: &Text, legs: &[&Leg], out: &mut Lowering<'_>) {
    let plain = |text: &Text| {
        let text = text.write(str::to_owned, |_| String::new());
        !text.contains([',', '?', '\'', '|', '[', ']', '"', '`', '$']) && !text.contains("=>")
    };
    if !legs.iter().all(|leg| plain(&leg.fill(path))) {
        let shown = path.write(str::to_owned, |expr| format!("{{{{ {expr} }}}}"));
        let message = format!("TeamCity's artifact rules cannot hold `{shown}` with all its values");
        out.refuse(&artifact.place, message, "of all special characters use only `*` and `**`");
    }
}

/// A path below the checkout directory, and where it goes.
struct Path {
    /// The directory before the first wildcard, empty for the checkout directory.
    base: String,
    /// What follows; `None` for a path without wildcards.
    pattern: Option<String>,
    /// The last part of a path without wildcards.
    name: String,
    directory: Option<String>,
}

impl Path {
    fn of(path: &Text, directory: Option<&str>) -> Path {
        let path = text::text(path);
        let segments: Vec<&str> = path.split('/').filter(|it| !it.is_empty() && *it != ".").collect();
        let fixed = segments.iter().take_while(|it| !it.contains('*')).count();
        let directory = directory.map(str::to_owned);
        if fixed < segments.len() {
            let (base, pattern) = segments.split_at(fixed);
            return Path { base: base.join("/"), pattern: Some(pattern.join("/")), name: String::new(), directory };
        }
        if path.ends_with('/') || segments.is_empty() {
            return Path { base: segments.join("/"), pattern: Some("**".to_owned()), name: String::new(), directory };
        }
        let (base, name) = segments.split_at(segments.len() - 1);
        Path { base: base.join("/"), pattern: None, name: name.concat(), directory }
    }

    /// A rule that publishes `source` in the directory `target`. What matches a wildcard keeps its path from there on.
    fn published(&self, source: &str, target: &str) -> String {
        let target: Vec<&str> =
            self.directory.iter().map(String::as_str).chain([target]).filter(|it| !it.is_empty()).collect();
        match target.is_empty() {
            true => source.to_owned(),
            false => format!("{source} => {}", target.join("/")),
        }
    }

    fn rule(&self) -> Option<String> {
        let source = join(&self.base, self.pattern.as_ref()?);
        Some(format!("+:{}", self.published(&source, &self.base)))
    }

    /// A line of shell that publishes what is there now. Of a directory only the content is published, so a file and a
    /// directory need different rules.
    fn line(&self, os: Os) -> String {
        let message = |rule: String| match os {
            Os::Windows => format!("Write-Host \"##teamcity[publishArtifacts '{rule}']\""),
            Os::Linux | Os::Macos => format!("echo \"##teamcity[publishArtifacts '{rule}']\""),
        };
        let Some(pattern) = &self.pattern else {
            let path = join(&self.base, &self.name);
            let of_directory = message(self.published(&path, &path));
            let of_file = message(self.published(&path, &self.base));
            return match os {
                Os::Windows => format!(
                    "if (Test-Path -PathType Container {}) {{ {of_directory} }} else {{ {of_file} }}",
                    quote(&path, Shell::Pwsh)
                ),
                Os::Linux | Os::Macos => {
                    format!("if [ -d {} ]; then {of_directory}; else {of_file}; fi", quote(&path, Shell::Sh))
                }
            };
        };
        message(self.published(&join(&self.base, pattern), &self.base))
    }
}

fn join(base: &str, rest: &str) -> String {
    if base.is_empty() {
        rest.to_owned()
    } else {
        format!("{base}/{rest}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_keep_their_paths() {
        let rule = |path: &str| Path::of(&Text::literal(path), None).rule();
        assert_eq!(rule("coverage/**").as_deref(), Some("+:coverage/** => coverage"));
        assert_eq!(rule("a/b/*.png").as_deref(), Some("+:a/b/*.png => a/b"));
        assert_eq!(rule("packages/*/dist/**").as_deref(), Some("+:packages/*/dist/** => packages"));
        assert_eq!(rule("**/x.xml").as_deref(), Some("+:**/x.xml"));
        assert_eq!(rule("./dist/").as_deref(), Some("+:dist/** => dist"));
        assert_eq!(rule("dist"), None);
    }

    #[test]
    fn a_path_that_may_be_either_is_looked_at_first() {
        let path = Path::of(&Text::literal("target/app"), Some("%env.MATRIX_OS%"));
        assert_eq!(
            path.line(Os::Linux),
            "if [ -d target/app ]; then \
             echo \"##teamcity[publishArtifacts 'target/app => %env.MATRIX_OS%/target/app']\"; else \
             echo \"##teamcity[publishArtifacts 'target/app => %env.MATRIX_OS%/target']\"; fi"
        );
        let path = Path::of(&Text::literal("app.jar"), None);
        assert!(path.line(Os::Linux).ends_with("else echo \"##teamcity[publishArtifacts 'app.jar']\"; fi"));
    }
}
