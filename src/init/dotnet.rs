//! .NET: solutions, project files, and the SDK that builds them.

use roxmltree::Document;

use super::{
    folder::Folder,
    text::is_path,
    versions::{parts, plain, shortened, Versions},
    Cache, Findings, Job, Package,
};
use crate::{files::Tree, spec::Toolchain};

/// The newest SDK with long-term support: <https://dotnet.microsoft.com/platform/support/policy/dotnet-core>.
const NEWEST: &str = "10.0";

pub(super) fn detect(tree: &Tree, findings: &mut Findings) {
    let is_solution = |name: &str| name.ends_with(".sln") || name.ends_with(".slnx");
    let mut taken: Vec<Folder<'_>> = Vec::new();
    let solutions = Folder::with(tree, is_solution);
    let projects = Folder::with(tree, is_project);
    for folder in solutions.into_iter().chain(projects) {
        if taken.iter().any(|it| folder.is_in(*it)) || !folder.below().any(is_project) {
            continue;
        }
        let mobile = folder
            .below()
            .filter(|it| is_project(it))
            .any(|it| of(folder.text_or_empty(it)).iter().any(|it| it.contains("-android") || it.contains("-ios")));
        // Apps for telephones need workloads that a plain SDK lacks; a filter that leaves them out is there for that.
        let filter = folder.names().find(|it| it.ends_with(".slnf")).filter(|_| mobile);
        let named = filter
            .or_else(|| folder.names().find(|it| is_solution(it)))
            .or_else(|| folder.names().find(|it| is_project(it)));
        if let Some(name) = named.filter(|it| is_path(it)) {
            taken.push(folder);
            package(folder, name, findings);
        }
    }
}

fn is_project(name: &str) -> bool {
    name.ends_with(".csproj") || name.ends_with(".fsproj") || name.ends_with(".vbproj")
}

fn package(folder: Folder<'_>, solution: &str, findings: &mut Findings) {
    let what = if folder.is_root() { ".NET".to_owned() } else { format!(".NET in {}", folder.path) };
    findings.found(format!("{what}: tests run by `dotnet test` ({})", folder.join(solution)));
    let projects: Vec<&str> = folder.below().filter(|it| is_project(it)).collect();
    let manifests: String = projects.iter().map(|it| folder.text_or_empty(it)).collect();
    let frameworks = frameworks(folder, &projects);
    let versions = sdk(folder, &frameworks, &what, findings);
    let mut remarks = Vec::new();
    let mut arguments = String::from(" --no-restore");
    let platform = folder.json("global.json").is_some_and(|it| {
        it.get("test").and_then(|it| it.get("runner")).and_then(|it| it.as_str()) == Some("Microsoft.Testing.Platform")
    });
    let old = frameworks.iter().any(|it| it.starts_with("net4"));
    if old {
        findings
            .left_out(format!("{what}: tests of .NET Framework, which needs Windows; `runner = \"windows\"` has it"));
    }
    let mut job = Job {
        name: "test",
        is_test: true,
        versions: Some(versions),
        install: vec![format!("dotnet restore {solution}")],
        ..Job::default()
    };
    if manifests.contains("JunitXml.TestLogger") || manifests.contains("JUnitTestLogger") {
        arguments.push_str(" --logger junit");
        job.results = vec!["**/TestResults/*.xml".to_owned()];
    } else {
        remarks.push("`dotnet test` writes JUnit files only with the package JunitXml.TestLogger.".to_owned());
    }
    // <https://learn.microsoft.com/dotnet/core/tools/dotnet-test-mtp>
    let (whole, single) = if platform { ("--solution ", "--project ") } else { ("", "") };
    let tests: Vec<(&str, Vec<String>)> = projects
        .iter()
        .filter(|it| is_path(it) && folder.text_or_empty(it).contains("Microsoft.NET.Test.Sdk"))
        .map(|it| (*it, of(folder.text_or_empty(it))))
        .collect();
    job.commands = vec![format!("dotnet test {whole}{solution}{arguments}")];
    // One SDK builds all frameworks, but runs only those whose runtime is there.
    if tests.iter().any(|(_, it)| it.len() > 1) {
        remarks.push("Tests with several frameworks run on the newest that runs on Linux.".to_owned());
        let command = |(project, frameworks): &(&str, Vec<String>)| {
            let newest = frameworks.iter().filter(|it| is_modern(it)).max_by_key(|it| parts(&it[3..]));
            let framework = newest.map(|it| format!(" --framework {it}")).unwrap_or_default();
            format!("dotnet test {single}{project}{arguments}{framework}")
        };
        job.commands = tests.iter().map(command).collect();
    }
    job.remarks = remarks;
    let locks: Vec<String> = folder
        .below()
        .filter(|it| it.ends_with("packages.lock.json") && is_path(it))
        .map(|it| folder.join(it))
        .collect();
    let cache =
        (!locks.is_empty()).then(|| Cache { name: "nuget", paths: vec!["~/.nuget/packages".to_owned()], keys: locks });
    job.caches = cache.iter().map(|it| it.name).collect();
    findings.packages.push(Package {
        toolchain: Toolchain::Dotnet,
        directory: folder.path.to_owned(),
        jobs: vec![job],
        caches: cache.into_iter().collect(),
        manifests,
    });
}

/// The SDK: the one that global.json pins, else one that builds the newest framework.
fn sdk(folder: Folder<'_>, frameworks: &[String], what: &str, findings: &mut Findings) -> Versions {
    let pinned = folder.ancestors().find_map(|above| {
        let document = above.json("global.json")?;
        let sdk = document.get("sdk")?;
        let version = plain(sdk.get("version")?.as_str()?)?;
        // Only some policies take an SDK of another feature band: <https://learn.microsoft.com/dotnet/core/tools/global-json#rollforward>.
        let loose = matches!(
            sdk.get("rollForward").and_then(|it| it.as_str()),
            Some("latestFeature" | "feature" | "latestMinor" | "minor" | "latestMajor" | "major")
        );
        Some(Versions::one(if loose { shortened(&version, 2) } else { version }, above.join("global.json")))
    });
    if let Some(versions) = pinned {
        return versions;
    }
    let newest = frameworks.iter().filter(|it| is_modern(it)).max_by_key(|it| parts(&it[3..]));
    if let Some(version) = newest.and_then(|it| plain(it[3..].split('-').next()?)) {
        return Versions::one(version, "the newest TargetFramework");
    }
    findings.guessed(format!("{what}: .NET {NEWEST}, as no project names a framework that says so"));
    Versions::one(NEWEST, "a guess: no file says which")
}

/// `net8.0`, but neither `net48` nor `netstandard2.0`.
fn is_modern(framework: &str) -> bool {
    framework.starts_with("net")
        && framework[3..].starts_with(|c: char| c.is_ascii_digit())
        && framework.contains('.')
        && !framework.contains('-')
}

fn frameworks(folder: Folder<'_>, projects: &[&str]) -> Vec<String> {
    let shared = folder.below().filter(|it| it.ends_with("Directory.Build.props"));
    let mut found: Vec<String> =
        projects.iter().copied().chain(shared).flat_map(|path| of(folder.text_or_empty(path))).collect();
    found.sort();
    found.dedup();
    found
}

/// What `TargetFramework` and `TargetFrameworks` list.
fn of(project: &str) -> Vec<String> {
    let Ok(document) = Document::parse(project) else { return Vec::new() };
    let lists =
        document.descendants().filter(|it| matches!(it.tag_name().name(), "TargetFramework" | "TargetFrameworks"));
    lists
        .filter_map(|it| it.text())
        .flat_map(|it| it.split(';').map(|it| it.trim().replace("$(TargetFrameworks)", "")))
        .filter(|it| super::text::is_word(it) && it.starts_with("net"))
        .collect()
}
