//! Maven: the JDK that a pom.xml asks for, and where Surefire leaves its results.

use roxmltree::{Document, Node};

use super::{
    folder::Folder,
    java::{feature, long_term, pinned},
    versions::{parts, Versions},
    Cache, Findings, Job, Package,
};
use crate::spec::Toolchain;

/// The JDK for a pom.xml that names none.
const USUAL: &str = "21";
/// The oldest JDK that current plugins run on; it still compiles for older ones:
/// <https://maven.apache.org/developers/compatibility-plan.html>.
const OLDEST: &str = "17";

/// The oldest language level of that JDK, and the last JDK that has older ones: <https://openjdk.org/jeps/182>.
const OLDEST_SOURCE: &str = "7";
const LAST_FOR_OLDER: &str = "8";

pub(super) fn package(folder: Folder<'_>, findings: &mut Findings) {
    let what = if folder.is_root() { "Java".to_owned() } else { format!("Java in {}", folder.path) };
    let file = folder.join("pom.xml");
    let text = folder.text_or_empty("pom.xml");
    let document = Document::parse(text).ok();
    findings.found(format!("{what}: tests run by Maven ({file})"));
    let versions = match pinned(folder).or_else(|| document.as_ref().and_then(|it| declared(it, &file))) {
        Some((version, from)) if parts(&version) < parts(OLDEST) => {
            let jdk = if parts(&version) < parts(OLDEST_SOURCE) { LAST_FOR_OLDER } else { OLDEST };
            findings.found(format!("{what}: compiles for Java {version} ({from}), so a JDK {jdk} builds it"));
            Versions::one(jdk, format!("compiles for {version}: {from}"))
        }
        Some((version, from)) => Versions::one(long_term(&version), from),
        None => {
            findings.guessed(format!("{what}: Java {USUAL}, as {file} names no version"));
            Versions::one(USUAL, "a guess: no file says which")
        }
    };
    let wrapper = folder.has("mvnw");
    let command = if wrapper { "./mvnw" } else { "mvn" };
    let cache = Cache { name: "maven", paths: vec!["~/.m2/repository".to_owned()], keys: vec![folder.join("pom.xml")] };
    let modules =
        document.as_ref().is_some_and(|it| it.root_element().children().any(|it| it.has_tag_name(tag(it, "modules"))));
    let mut results = vec!["target/surefire-reports/*.xml".to_owned()];
    if modules {
        results = vec!["**/target/surefire-reports/*.xml".to_owned()];
    }
    if text.contains("maven-failsafe-plugin") {
        results.push(results[0].replace("surefire", "failsafe"));
    }
    let mut remarks = Vec::new();
    if !wrapper {
        remarks.push("There is no `mvnw`, so the image brings Maven.".to_owned());
    }
    findings.packages.push(Package {
        toolchain: Toolchain::Java,
        directory: folder.path.to_owned(),
        jobs: vec![Job {
            name: "test",
            is_test: true,
            versions: Some(versions),
            image: (!wrapper).then_some("maven:3-eclipse-temurin-"),
            commands: vec![format!("{command} --batch-mode --no-transfer-progress verify")],
            results,
            caches: vec![cache.name],
            remarks,
            ..Job::default()
        }],
        caches: vec![cache],
        manifests: folder.below().filter(|it| it.ends_with("pom.xml")).map(|it| folder.text_or_empty(it)).collect(),
    });
}

/// A local name in the namespace of a node, as most pom.xml files have one.
fn tag<'a>(node: Node<'a, '_>, name: &'a str) -> (&'a str, &'a str) {
    (node.tag_name().namespace().unwrap_or_default(), name)
}

fn declared(document: &Document<'_>, file: &str) -> Option<(String, String)> {
    // A JDK that the build demands counts for more than the version it compiles for.
    let demanded = document.descendants().find(|it| it.tag_name().name() == "requireJavaVersion").and_then(|it| {
        let version = it.children().find(|it| it.tag_name().name() == "version")?.text()?;
        feature(version.trim().trim_start_matches(['[', '(']).split([',', ')', ']']).next()?)
    });
    if let Some(version) = demanded {
        return Some((version, format!("requireJavaVersion in {file}")));
    }
    let properties = ["maven.compiler.release", "java.version", "maven.compiler.source", "maven.compiler.target"];
    let plugin = ["release", "source"];
    let value = |name: &str, inside: &str| {
        let node = document.descendants().find(|it| {
            it.tag_name().name() == name && it.ancestors().skip(1).any(|it| it.tag_name().name() == inside)
        })?;
        let text = node.text()?.trim();
        match text.strip_prefix("${").and_then(|it| it.strip_suffix('}')) {
            Some(name) => {
                let property = document.descendants().find(|it| it.tag_name().name() == name)?;
                feature(property.text()?.trim())
            }
            None => feature(text),
        }
    };
    let property = properties.iter().find_map(|name| Some((*name, value(name, "properties")?)));
    let (name, version) =
        property.or_else(|| plugin.iter().find_map(|name| Some((*name, value(name, "configuration")?))))?;
    Some((version, format!("{name} in {file}")))
}
