//! PHP: Composer, PHPUnit, Pest and PHPStan.

use serde_json::Value;

use super::{
    folder::Folder,
    text::is_word,
    versions::{allowed, Versions},
    Cache, Findings, Job, Package,
};
use crate::{files::Tree, spec::Toolchain};

/// Versions that get security fixes: <https://www.php.net/supported-versions.php>.
const SUPPORTED: &[&str] = &["8.2", "8.3", "8.4", "8.5"];
const KNOWN: &[&str] = &["7.4", "8.0", "8.1", "8.2", "8.3", "8.4", "8.5"];
const NEWEST: &str = "8.4";

/// The official images have no Composer, and neither what it unpacks with.
const COMPOSER: &str = "command -v composer || { apt-get update && apt-get install -y git unzip && curl -fsSL -o /usr/local/bin/composer https://getcomposer.org/download/latest-stable/composer.phar && chmod +x /usr/local/bin/composer; }";

pub(super) fn detect(tree: &Tree, findings: &mut Findings) {
    let mut taken: Vec<Folder<'_>> = Vec::new();
    for folder in Folder::with(tree, |name| name == "composer.json") {
        let Some(composer) = folder.json("composer.json") else { continue };
        if !taken.iter().any(|it| folder.is_in(*it)) {
            taken.push(folder);
            package(folder, &composer, findings);
        }
    }
}

fn package(folder: Folder<'_>, composer: &Value, findings: &mut Findings) {
    let what = if folder.is_root() { "PHP".to_owned() } else { format!("PHP in {}", folder.path) };
    let file = folder.join("composer.json");
    let requires = |name: &str| {
        ["require", "require-dev"].iter().any(|key| composer.get(key).and_then(|it| it.get(name)).is_some())
    };
    let phpunit = folder.first(&["phpunit.xml", "phpunit.xml.dist", "phpunit.dist.xml"]);
    let script = composer.get("scripts").and_then(|it| it.get("test")).is_some();
    let mut results = vec!["results/phpunit.xml".to_owned()];
    let (command, from) = if requires("pestphp/pest") {
        ("vendor/bin/pest --log-junit results/phpunit.xml", file.clone())
    } else if requires("phpunit/phpunit") || (phpunit.is_some() && !script) {
        (
            "vendor/bin/phpunit --log-junit results/phpunit.xml",
            phpunit.map_or_else(|| file.clone(), |it| folder.join(it)),
        )
    } else if script {
        results.clear();
        ("composer run test", file.clone())
    } else {
        findings.left_out(format!("{what}: neither PHPUnit nor Pest nor a script `test` ({file})"));
        return;
    };
    findings.found(format!("{what}: tests run by `{}` ({from})", command.split(" --").next().unwrap_or(command)));
    let versions = versions(folder, composer, &what, findings);
    let locked = folder.has("composer.lock");
    let lock = folder.join(if locked { "composer.lock" } else { "composer.json" });
    let cache = Cache { name: "composer", paths: vec!["~/.cache/composer".to_owned()], keys: vec![lock.clone()] };
    let mut extensions: Vec<&str> = ["require", "require-dev"]
        .iter()
        .filter_map(|key| composer.get(key)?.as_object())
        .flat_map(|it| it.keys())
        .filter_map(|it| it.strip_prefix("ext-"))
        .filter(|it| is_word(it) && !BUILT_IN.contains(it))
        .collect();
    extensions.sort_unstable();
    extensions.dedup();
    let base = |name: &'static str| Job {
        name,
        install: vec![COMPOSER.to_owned(), "composer install --no-interaction --no-progress".to_owned()],
        install_from: Some(lock.clone()),
        caches: vec!["composer"],
        env: vec![("COMPOSER_CACHE_DIR".to_owned(), "~/.cache/composer".to_owned())],
        ..Job::default()
    };
    let mut remarks = Vec::new();
    if !extensions.is_empty() {
        let list = extensions.join(", ");
        findings.guessed(format!("{what}: it needs extensions that official images lack: {list} ({file})"));
        remarks
            .push(format!("Needs the PHP extensions {list}; in official images `docker-php-ext-install` brings most."));
    }
    let mut jobs = vec![Job {
        is_test: true,
        versions: Some(versions.clone()),
        commands: vec![command.to_owned()],
        results,
        remarks,
        ..base("test")
    }];
    let phpstan = folder.first(&["phpstan.neon", "phpstan.neon.dist", "phpstan.dist.neon"]);
    if let (Some(config), true) = (phpstan, requires("phpstan/phpstan")) {
        findings.found(format!("{what}: PHPStan is configured ({})", folder.join(config)));
        jobs.push(Job {
            versions: Some(versions.newest()),
            commands: vec!["vendor/bin/phpstan analyse --no-progress".to_owned()],
            ..base("lint")
        });
    }
    findings.packages.push(Package {
        toolchain: Toolchain::Php,
        directory: folder.path.to_owned(),
        jobs,
        caches: vec![cache],
        manifests: folder.text_or_empty("composer.json").to_owned(),
    });
}

/// What the official images have compiled in: <https://hub.docker.com/_/php>.
const BUILT_IN: &[&str] = &[
    "ctype",
    "curl",
    "date",
    "dom",
    "fileinfo",
    "filter",
    "hash",
    "iconv",
    "json",
    "libxml",
    "mbstring",
    "openssl",
    "pcre",
    "pdo",
    "pdo_sqlite",
    "phar",
    "posix",
    "random",
    "readline",
    "reflection",
    "session",
    "simplexml",
    "sodium",
    "spl",
    "sqlite3",
    "standard",
    "tokenizer",
    "xml",
    "xmlreader",
    "xmlwriter",
    "zlib",
];

fn versions(folder: Folder<'_>, composer: &Value, what: &str, findings: &mut Findings) -> Versions {
    let file = folder.join("composer.json");
    if let Some(range) = composer.get("require").and_then(|it| it.get("php")).and_then(Value::as_str) {
        let values = allowed(range, SUPPORTED);
        if !values.is_empty() {
            return Versions::many(values, format!("php in {file}, versions that get fixes"));
        }
        if let Some(version) = allowed(range, KNOWN).pop() {
            return Versions::one(version, format!("php in {file}"));
        }
    }
    findings.guessed(format!("{what}: PHP {NEWEST}, as no file says which version"));
    Versions::one(NEWEST, "a guess: no file says which")
}
