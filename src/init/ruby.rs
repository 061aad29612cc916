//! Ruby: Bundler, RSpec, Minitest, Rails and RuboCop.

use super::{
    folder::Folder,
    versions::{allowed, plain, Versions},
    Cache, Findings, Job, Package,
};
use crate::{files::Tree, spec::Toolchain};

/// Versions that are maintained: <https://www.ruby-lang.org/en/downloads/branches/>.
const SUPPORTED: &[&str] = &["3.3", "3.4", "4.0"];
const NEWEST: &str = "3.4";

pub(super) fn detect(tree: &Tree, findings: &mut Findings) {
    let mut taken: Vec<Folder<'_>> = Vec::new();
    for folder in Folder::with(tree, |name| name == "Gemfile") {
        if !taken.iter().any(|it| folder.is_in(*it)) {
            taken.push(folder);
            package(folder, findings);
        }
    }
}

fn package(folder: Folder<'_>, findings: &mut Findings) {
    let what = if folder.is_root() { "Ruby".to_owned() } else { format!("Ruby in {}", folder.path) };
    let gemspecs: String =
        folder.names().filter(|it| it.ends_with(".gemspec")).map(|it| folder.text_or_empty(it)).collect();
    let gems = [folder.text_or_empty("Gemfile"), &gemspecs, folder.text_or_empty("Gemfile.lock")].join("\n");
    let below = |start: &str, end: &str| folder.below().any(|it| it.starts_with(start) && it.ends_with(end));
    let mut results = Vec::new();
    let mut remarks = Vec::new();
    let rakefile = folder.text_or_empty("Rakefile");
    let (command, from) = if folder.has(".rspec") || below("spec/", "_spec.rb") {
        if gems.contains("rspec_junit_formatter") {
            results.push("results/rspec.xml".to_owned());
            ("bundle exec rspec --format progress --format RspecJunitFormatter --out results/rspec.xml", "spec/")
        } else {
            remarks.push("RSpec writes JUnit files only with the gem rspec_junit_formatter.".to_owned());
            ("bundle exec rspec", if folder.has(".rspec") { ".rspec" } else { "spec/" })
        }
    } else if folder.has("bin/rails") && below("test/", "_test.rb") {
        ("bin/rails test", "bin/rails")
    } else if folder.has("Rakefile") && (rakefile.contains("TestTask") || rakefile.contains(":test")) {
        ("bundle exec rake test", "Rakefile")
    } else if folder.has("Rakefile") {
        ("bundle exec rake", "Rakefile")
    } else if below("test/", ".rb") {
        remarks.push("Minitest without a Rakefile: every file of `test` in one process.".to_owned());
        ("bundle exec ruby -Ilib -Itest -e 'Dir[\"test/**/{*_test,test_*}.rb\"].each { |file| require \"./#{file}\" }'", "test/")
    } else {
        findings.left_out(format!("{what}: a Gemfile without tests ({})", folder.join("Gemfile")));
        return;
    };
    findings.found(format!(
        "{what}: tests run by `{}` ({})",
        command.split(" -").next().unwrap_or(command),
        folder.join(from)
    ));
    let versions = versions(folder, &gemspecs, &what, findings);
    let locked = folder.has("Gemfile.lock");
    let cache = locked.then(|| Cache {
        name: "bundler",
        paths: vec![folder.join("vendor/bundle")],
        keys: vec![folder.join("Gemfile.lock")],
    });
    let base = |name: &'static str| Job {
        name,
        install: vec!["bundle install".to_owned()],
        install_from: Some(folder.join(if locked { "Gemfile.lock" } else { "Gemfile" })),
        caches: cache.iter().map(|it| it.name).collect(),
        env: cache.iter().map(|_| ("BUNDLE_PATH".to_owned(), "vendor/bundle".to_owned())).collect(),
        ..Job::default()
    };
    let mut jobs = vec![Job {
        is_test: true,
        versions: Some(versions.clone()),
        commands: vec![command.to_owned()],
        results,
        remarks,
        ..base("test")
    }];
    if folder.has(".rubocop.yml") && gems.contains("rubocop") {
        findings.found(format!("{what}: RuboCop is configured ({})", folder.join(".rubocop.yml")));
        jobs.push(Job {
            versions: Some(versions.newest()),
            commands: vec!["bundle exec rubocop".to_owned()],
            ..base("lint")
        });
    }
    findings.packages.push(Package {
        toolchain: Toolchain::Ruby,
        directory: folder.path.to_owned(),
        jobs,
        caches: cache.into_iter().collect(),
        manifests: gems,
    });
}

fn versions(folder: Folder<'_>, gemspecs: &str, what: &str, findings: &mut Findings) -> Versions {
    for above in folder.ancestors() {
        let text = above.text(".ruby-version").map(|it| it.trim().trim_start_matches("ruby-"));
        if let Some(version) = text.and_then(plain) {
            return Versions::one(version, above.join(".ruby-version"));
        }
    }
    let gemfile = folder.text_or_empty("Gemfile").lines().find_map(|it| it.trim().strip_prefix("ruby "));
    if let Some(version) = gemfile.and_then(|it| plain(it.trim().trim_matches(['"', '\'']))) {
        return Versions::one(version, folder.join("Gemfile"));
    }
    if let Some(line) = gemspecs.lines().find(|it| it.contains("required_ruby_version")) {
        let range = line.split_once('=').map(|(_, it)| it.replace("Gem::Requirement.new", "")).unwrap_or_default();
        let values = allowed(&range, SUPPORTED);
        if !values.is_empty() {
            return Versions::many(values, "required_ruby_version, versions that are maintained");
        }
    }
    findings.guessed(format!("{what}: Ruby {NEWEST}, as no file says which version"));
    Versions::one(NEWEST, "a guess: no file says which")
}
