//! Gradle: the JDK of its toolchains, and a JDK that the wrapper's version runs on.

use super::{
    folder::Folder,
    java::{feature, long_term, pinned, LONG_TERM},
    versions::{parts, Versions},
    Cache, Findings, Job, Package,
};
use crate::spec::Toolchain;

/// The newest JDK with long-term support that a Gradle from that version on runs on:
/// <https://docs.gradle.org/current/userguide/compatibility.html>.
const RUNS_ON: &[([u64; 2], &str)] = &[([9, 1], "25"), ([8, 5], "21"), ([7, 3], "17"), ([5, 0], "11"), ([0, 0], "8")];
/// The JDK for a build that names none and has no wrapper.
const USUAL: &str = "21";
/// The oldest JDK that a Gradle from version 9 on runs on.
const OLDEST_FOR_9: &str = "17";

pub(super) fn package(folder: Folder<'_>, findings: &mut Findings) {
    let what = if folder.is_root() { "Java".to_owned() } else { format!("Java in {}", folder.path) };
    let wrapper = folder.has("gradlew");
    let from = folder.first(&["gradlew", "settings.gradle", "settings.gradle.kts", "build.gradle", "build.gradle.kts"]);
    findings.found(format!("{what}: tests run by Gradle ({})", folder.join(from.unwrap_or("build.gradle"))));
    let versions = versions(folder, &what, findings);
    let keys = ["gradle/wrapper/gradle-wrapper.properties", "gradle/libs.versions.toml", "gradle.lockfile"];
    let mut keys: Vec<String> = keys.iter().filter(|it| folder.has(it)).map(|it| folder.join(it)).collect();
    let builds = ["build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts"];
    keys.extend(builds.iter().filter(|it| folder.has(it)).map(|it| folder.join(it)));
    let cache = wrapper.then(|| Cache {
        name: "gradle",
        paths: vec!["~/.gradle/caches".to_owned(), "~/.gradle/wrapper".to_owned()],
        keys,
    });
    let modules =
        folder.below().filter(|it| it.ends_with("build.gradle") || it.ends_with("build.gradle.kts")).count() > 1;
    let results = if modules { "**/build/test-results/**/*.xml" } else { "build/test-results/**/*.xml" };
    let command = if wrapper { "./gradlew" } else { "gradle" };
    let remarks =
        if wrapper { Vec::new() } else { vec!["There is no `gradlew`, so the image brings Gradle.".to_owned()] };
    let scripts = folder.below().filter(|it| it.ends_with(".gradle") || it.ends_with(".gradle.kts"));
    findings.packages.push(Package {
        toolchain: Toolchain::Java,
        directory: folder.path.to_owned(),
        jobs: vec![Job {
            name: "test",
            is_test: true,
            versions: Some(versions),
            image: (!wrapper).then_some("gradle:8-jdk"),
            commands: vec![format!("{command} --no-daemon check")],
            results: vec![results.to_owned()],
            caches: cache.iter().map(|it| it.name).collect(),
            remarks,
            ..Job::default()
        }],
        caches: cache.into_iter().collect(),
        manifests: scripts.map(|it| folder.text_or_empty(it)).collect(),
    });
}

fn versions(folder: Folder<'_>, what: &str, findings: &mut Findings) -> Versions {
    let running = wrapper_version(folder);
    let newest = running.as_ref().and_then(|it| RUNS_ON.iter().find(|(from, _)| parts(it) >= from.to_vec()));
    let newest = newest.map_or(USUAL, |(_, jdk)| *jdk);
    let oldest = if running.as_ref().is_some_and(|it| parts(it) >= vec![9]) { OLDEST_FOR_9 } else { LONG_TERM[0] };
    if let Some((version, from)) = pinned(folder).or_else(|| declared(folder)) {
        let version = long_term(&version);
        if parts(&version) > parts(newest) {
            return Versions::one(
                newest,
                format!("the newest for Gradle {}; {from} asks for {version}", running.unwrap_or_default()),
            );
        }
        if parts(&version) < parts(oldest) {
            return Versions::one(oldest, format!("the oldest that runs Gradle; {from} asks for {version}"));
        }
        return Versions::one(version, from);
    }
    findings.guessed(format!("{what}: Java {newest}, as no build script names a version"));
    Versions::one(newest, "a guess: no build script says which")
}

/// The version in `distributionUrl`.
fn wrapper_version(folder: Folder<'_>) -> Option<String> {
    let text = folder.text("gradle/wrapper/gradle-wrapper.properties")?;
    let url = text.lines().find_map(|it| it.trim().strip_prefix("distributionUrl"))?;
    let version = url.rsplit("gradle-").next()?.split('-').next()?.to_owned();
    (!parts(&version).is_empty()).then_some(version)
}

/// The first version that a build script asks for: toolchains before compatibility.
fn declared(folder: Folder<'_>) -> Option<(String, String)> {
    let marks = [
        "JavaLanguageVersion.of(",
        "jvmToolchain(",
        "options.release = ",
        "options.release.set(",
        "sourceCompatibility",
    ];
    let scripts: Vec<&str> = folder
        .below()
        .filter(|it| it.ends_with(".gradle") || it.ends_with(".gradle.kts") || it.ends_with("gradle.properties"))
        .collect();
    marks.iter().find_map(|mark| {
        scripts.iter().find_map(|path| {
            let line = folder.text(path)?.lines().find_map(|line| Some(line.split_once(mark)?.1))?;
            let line = line.replace("VERSION_1_", "").replace("VERSION_", "");
            let start = line.find(|c: char| c.is_ascii_digit())?;
            let end = line[start..].find(|c: char| !c.is_ascii_digit() && c != '.').map_or(line.len(), |it| start + it);
            let version = feature(line[start..end].trim_end_matches('.'))?;
            let plausible = parts(&version).first().is_some_and(|it| (8..40).contains(it));
            plausible.then(|| (version, folder.join(path)))
        })
    })
}
