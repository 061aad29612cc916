//! Go: modules, and tools that a module brings itself.

use super::{
    folder::Folder,
    versions::{parts, plain, shortened, Versions},
    Cache, Findings, Job, Package,
};
use crate::{files::Tree, spec::Toolchain};

/// The newest release that set-up steps and images are sure to have: <https://go.dev/doc/devel/release>.
const NEWEST: &str = "1.26";
/// From here on a toolchain fetches a newer one when a module asks for it: <https://go.dev/doc/toolchain>.
const FETCHES: [u64; 2] = [1, 21];

pub(super) fn detect(tree: &Tree, findings: &mut Findings) {
    for folder in Folder::with(tree, |name| name == "go.mod") {
        if let Some(text) = folder.text("go.mod") {
            package(folder, text, findings);
        }
    }
}

fn package(folder: Folder<'_>, text: &str, findings: &mut Findings) {
    let what = if folder.is_root() { "Go".to_owned() } else { format!("Go in {}", folder.path) };
    let file = folder.join("go.mod");
    if !folder.below().any(|path| path.ends_with("_test.go")) {
        findings.left_out(format!("{what}: a module without tests ({file})"));
        if !folder.is_root() {
            return;
        }
    }
    findings.found(format!("{what}: a module ({file})"));
    let versions = versions(folder, text, &what, findings);
    let locked = folder.has("go.sum");
    let cache =
        locked.then(|| Cache { name: "go", paths: vec!["~/go/pkg/mod".to_owned()], keys: vec![folder.join("go.sum")] });
    let install = match locked {
        // In containers Go keeps modules elsewhere.
        true => vec!["go env -w GOMODCACHE=\"$HOME/go/pkg/mod\"".to_owned(), "go mod download".to_owned()],
        false => Vec::new(),
    };
    let base = |name: &'static str| Job {
        name,
        versions: Some(versions.clone()),
        install: install.clone(),
        install_from: locked.then(|| folder.join("go.sum")),
        caches: cache.iter().map(|it| it.name).collect(),
        ..Job::default()
    };
    let mut test = Job { is_test: true, ..base("test") };
    if has_tool(text, "gotest.tools/gotestsum") {
        findings.found(format!("{what}: gotestsum is a tool of the module ({file})"));
        test.commands =
            vec!["mkdir -p results".to_owned(), "go tool gotestsum --junitfile results/go.xml ./...".to_owned()];
        test.results = vec!["results/go.xml".to_owned()];
    } else {
        test.commands = vec!["go test ./...".to_owned()];
        test.remarks.push("`go test` writes no JUnit files; gotestsum, as a tool of the module, would.".to_owned());
    }
    let mut jobs = vec![test];
    let config = folder.first(&[".golangci.yml", ".golangci.yaml", ".golangci.toml", ".golangci.json"]);
    if has_tool(text, "github.com/golangci/golangci-lint") {
        findings.found(format!("{what}: golangci-lint is a tool of the module ({file})"));
        jobs.push(Job {
            versions: Some(versions.newest()),
            commands: vec!["go tool golangci-lint run".to_owned()],
            ..base("lint")
        });
    } else if let Some(config) = config {
        findings.left_out(format!(
            "{what}: golangci-lint is configured ({}), but no file says which version; add a job when you have chosen one",
            folder.join(config)
        ));
        jobs.push(Job {
            versions: Some(versions.newest()),
            commands: vec!["go vet ./...".to_owned()],
            remarks: vec![format!(
                "{} is not used: no file says which version of golangci-lint reads it.",
                folder.join(config)
            )],
            ..base("vet")
        });
    }
    findings.packages.push(Package {
        toolchain: Toolchain::Go,
        directory: folder.path.to_owned(),
        jobs,
        caches: cache.into_iter().collect(),
        manifests: text.to_owned(),
    });
}

/// Whether the module lists a tool: <https://go.dev/ref/mod#go-mod-file-tool>.
fn has_tool(text: &str, package: &str) -> bool {
    let mut inside = false;
    text.lines().map(str::trim).any(|line| {
        let named = if line.starts_with("tool (") {
            inside = true;
            return false;
        } else if line == ")" {
            inside = false;
            return false;
        } else if inside {
            Some(line)
        } else {
            line.strip_prefix("tool ")
        };
        named.is_some_and(|it| it.trim().starts_with(package))
    })
}

fn versions(folder: Folder<'_>, text: &str, what: &str, findings: &mut Findings) -> Versions {
    let file = folder.join("go.mod");
    let directive = |key: &str| text.lines().find_map(|line| plain(line.strip_prefix(key)?.split("//").next()?));
    let Some(oldest) = directive("go ") else {
        findings.guessed(format!("{what}: Go {NEWEST}, as {file} names no version"));
        return Versions::one(NEWEST, "a guess: no file says which");
    };
    let program = folder.has("main.go") || folder.below().any(|path| path.starts_with("cmd/"));
    let toolchain = directive("toolchain go");
    if parts(&oldest) < FETCHES.to_vec() {
        return Versions::one(NEWEST, format!("{file} asks for {oldest} or newer"));
    }
    if program || parts(&oldest) >= parts(NEWEST) {
        let from = if toolchain.is_some() { format!("toolchain in {file}") } else { file };
        return Versions::one(toolchain.unwrap_or(oldest), from);
    }
    Versions::many(vec![shortened(&oldest, 2), NEWEST.to_owned()], format!("{file}: its oldest, and the newest"))
}
