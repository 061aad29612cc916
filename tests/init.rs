//! `ci-gen init`: every kind of repository gets a spec that is valid and renders at once.

use std::{
    fs,
    path::{Path, PathBuf},
};

use ci_gen::{
    diag,
    files::Tree,
    init::{draft, Wishes},
    plan, spec, systems, SystemId,
};
use proptest::{collection::vec, prelude::*, sample::select};

use crate::support::{assert_current, project, slashed, walk, Sandbox};

/// The repositories below `tests/repositories`.
fn repositories() -> Vec<String> {
    let directory = project().join("tests/repositories");
    let mut names: Vec<String> = fs::read_dir(&directory)
        .unwrap()
        .map(|it| it.unwrap())
        .filter(|it| it.file_type().unwrap().is_dir())
        .map(|it| it.file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(names.len() > 10);
    names
}

/// A copy of a repository, with a `.git` as a clone has it.
fn clone(name: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let source = project().join("tests/repositories").join(name);
    for file in walk(&source) {
        sandbox.write(&slashed(file.strip_prefix(&source).unwrap()), &fs::read(&file).unwrap());
    }
    sandbox.file(".git/HEAD", "ref: refs/heads/main\n")
}

fn golden(name: &str, end: &str) -> PathBuf {
    project().join("tests/repositories").join(format!("{name}.{end}"))
}

#[test]
fn every_repository_gets_its_spec() {
    for name in repositories() {
        let sandbox = clone(&name);
        let run = sandbox.run("init").code(0);
        assert_eq!(run.stdout, "");
        assert_current(&golden(&name, "toml"), &sandbox.read("ci-gen.toml"));
        assert_current(&golden(&name, "out"), &run.stderr);
    }
}

/// Git checks files out with CRLF on many machines with Windows.
#[test]
fn line_ends_of_windows_change_nothing() {
    for name in repositories() {
        let sandbox = clone(&name);
        for file in sandbox.files() {
            sandbox.write(&file, sandbox.read(&file).replace('\n', "\r\n").as_bytes());
        }
        let run = sandbox.run("init --stdout -q").code(0);
        assert_eq!(run.stdout, fs::read_to_string(golden(&name, "toml")).unwrap().replace("\r\n", "\n"), "{name}");
    }
}

#[test]
fn every_spec_is_valid_and_renders_at_once_beside_what_is_there() {
    for name in repositories() {
        let sandbox = clone(&name);
        let before = sandbox.files();
        let texts: Vec<String> = before.iter().map(|it| sandbox.read(it)).collect();
        sandbox.run("init -q").code(0);
        sandbox.run("validate").code(0);
        // Some systems read one file only; where it is taken, nothing can lie beside it.
        let stuck = sandbox.read("ci-gen.toml").contains("so `render` refuses to overwrite it");
        assert_eq!(stuck, ["php-library", "ruby-gem"].contains(&name.as_str()), "{name}");
        let out = if stuck { "out" } else { "." };
        sandbox.run("render").code(if stuck { 3 } else { 0 });
        sandbox.run(&format!("render --out {out}")).code(0);
        sandbox.run(&format!("check --out {out}")).code(0);
        for (path, text) in before.iter().zip(&texts) {
            assert_eq!(sandbox.read(path), *text, "{name}: {path} was changed");
        }
        let targets: toml::Table = sandbox.read("ci-gen.toml").parse().unwrap();
        let targets = targets["targets"].as_array().unwrap().len();
        assert!(sandbox.files().len() > before.len() + targets, "{name}: a target has no file");
    }
}

#[test]
fn every_spec_renders_for_all_eight_systems_or_says_why_not() {
    let all: String = SystemId::ALL.iter().map(|id| format!(" --target {id}")).collect();
    for name in repositories() {
        let sandbox = clone(&name);
        let run = sandbox.run(&format!("init{all}")).code(0);
        sandbox.run("render --out out").code(0);
        let text = sandbox.read("ci-gen.toml");
        let table: toml::Table = text.parse().unwrap();
        let targets: Vec<&str> = table["targets"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
        for id in SystemId::ALL.iter().filter(|id| !targets.contains(&id.key())) {
            assert!(text.contains(&format!("# {id} is left out: ")), "{name}: {id}\n{text}");
            assert!(run.stderr.contains(&format!("{} is no target: ", id.title())), "{name}: {id}\n{}", run.stderr);
        }
    }
}

#[test]
fn a_spec_that_is_there_stays() {
    let sandbox = clone("go-module").file("ci-gen.toml", "mine");
    sandbox.run("init").code(3).says("there is a spec already").says("--force");
    assert_eq!(sandbox.read("ci-gen.toml"), "mine");
    let shown = sandbox.run("init --stdout").code(0).stdout;
    assert_eq!(sandbox.read("ci-gen.toml"), "mine");
    sandbox.run("init --force").code(0);
    assert_eq!(sandbox.read("ci-gen.toml"), shown);
    sandbox.run("init --stdout --force").code(2);
}

#[test]
fn from_a_directory_below_the_spec_goes_to_the_root() {
    let sandbox = clone("polyglot");
    sandbox.run_in("backend/tests", "init").code(0);
    assert!(sandbox.exists("ci-gen.toml") && !sandbox.exists("backend/tests/ci-gen.toml"));
    assert_eq!(sandbox.read("ci-gen.toml"), fs::read_to_string(golden("polyglot", "toml")).unwrap());
    sandbox.run_in("backend", "init").code(3).says("there is a spec already");
}

#[test]
fn another_name_is_the_users_choice() {
    let sandbox = clone("ruby-gem");
    sandbox.run("init --spec ci/pipeline.toml --target gitlab").code(0).says("ci/pipeline.toml");
    assert!(sandbox.read("ci/pipeline.toml").contains("targets = [\"gitlab\"]\n"));
    sandbox.run("validate --spec ci/pipeline.toml").code(0);
    sandbox.run("init --target gitlub").code(2).says("did you mean `gitlab`?");
}

#[test]
fn the_remote_tells_the_system_where_no_pipeline_is() {
    let remote = |url: &str| {
        let config = format!("[remote \"origin\"]\n\turl = {url}\n");
        clone("node-library").file(".git/config", &config).run("init --stdout").code(0).stdout
    };
    assert!(remote("git@gitlab.com:a/b.git").contains("targets = [\"gitlab\"]  # the remote is at gitlab.com\n"));
    assert!(remote("https://dev.azure.com/a/b").contains("targets = [\"azure\"]"));
    assert!(remote("https://git.example.org/a/b").contains("targets = [\"github\", \"gitlab\"]  # a guess"));
}

/// `render` writes all files or none, so a system whose only file is taken would keep the others from theirs.
#[test]
fn a_system_whose_only_file_is_taken_does_not_stop_the_others() {
    let sandbox = clone("php-library").file(".gitlab-ci.yml", "test: {script: make}\n");
    sandbox.run("init").code(0).says("Bitbucket Pipelines is no target: it reads only `bitbucket-pipelines.yml`");
    let text = sandbox.read("ci-gen.toml");
    assert!(text.contains("targets = [\"gitlab\"]") && text.contains("# bitbucket is left out: "), "{text}");
    sandbox.run("render").code(0);
}

/// What is broken is named with the reason, and hides nothing else.
#[test]
fn a_broken_manifest_is_named_and_does_not_hide_the_others() {
    let sandbox = Sandbox::new()
        .file(".git/HEAD", "ref: refs/heads/main\n")
        .file("package.json", "{\n  \"scripts\": {\n")
        .file("web/package.json", "[]")
        .file("composer.json", "{,}")
        .file("pyproject.toml", "[project]\nname = x\n")
        .file("test_a.py", "def test_a(): pass\n")
        .file("crate/Cargo.toml", "[package\nname = \"x\"\n")
        .file("java/pom.xml", "<project><modules></project>")
        .file("net/A.csproj", "<Project>")
        .file("compose.yaml", "services: [\n")
        .file("worker/go.mod", "module x\n\ngo 1.24\n")
        .file("worker/a_test.go", "package x\n")
        .file("tests/fixtures/package.json", "{");
    sandbox.write("latin/Cargo.toml", b"[package]\nname = \"\xe9\"\n");
    let run = sandbox.run("init").code(0);
    let said: Vec<&str> = run.stderr.lines().filter_map(|it| it.trim().strip_prefix("left out  ")).collect();
    for (file, form, reason) in [
        ("package.json", "JSON", "EOF while parsing an object at line 3 column 0"),
        ("web/package.json", "JSON", "it is no object"),
        ("composer.json", "JSON", "key must be a string at line 1 column 2"),
        ("pyproject.toml", "TOML", " at line 2"),
        ("crate/Cargo.toml", "TOML", " at line 1"),
        ("java/pom.xml", "XML", "1:"),
        ("net/A.csproj", "XML", ""),
        ("compose.yaml", "YAML", ""),
        ("latin/Cargo.toml", "TOML", "it is no text, or too long"),
    ] {
        let start = format!("{file} cannot be read as {form}: ");
        let notes: Vec<&&str> = said.iter().filter(|it| it.starts_with(&start)).collect();
        assert!(
            notes.len() == 1 && notes[0].contains(reason) && notes[0].len() > start.len(),
            "{file}: {}",
            run.stderr
        );
    }
    assert!(!run.stderr.contains("fixtures"), "{}", run.stderr);
    let spec = sandbox.read("ci-gen.toml");
    for command in ["go test", "python -m unittest", "mvn ", "dotnet test"] {
        assert!(spec.contains(command), "no {command} in\n{spec}");
    }
    sandbox.run("validate").code(0);
}

/// What a parser shows of a file is not what a terminal obeys, and a long line stays short.
#[test]
fn the_reason_is_one_short_line() {
    let long = format!("{{\"a\": \"x\" \u{1b}[31m{}", "y".repeat(5000));
    let texts =
        [("package.json", long.as_str()), ("pom.xml", "<a></\u{9b}b\u{202e}\n>"), ("Cargo.toml", "\u{1b}]0;x\u{7}")];
    for (name, text) in texts {
        let draft = draft(&Tree::from_texts([(name, text)]), &Wishes::default()).unwrap();
        let note = draft.notes.iter().find(|it| it.text.contains(" cannot be read as ")).unwrap();
        assert!(!note.text.contains(char::is_control) && note.text.chars().count() < 300, "{:?}", note.text);
    }
}

#[test]
fn a_pipeline_of_ours_needs_no_other_path() {
    let sandbox = clone("maven-library");
    sandbox.run("init").code(0);
    assert!(sandbox.read("ci-gen.toml").contains("path = \"Jenkinsfile.ci-gen\""));
    let spec = sandbox.read("ci-gen.toml").split("\n# Jenkinsfile is here").next().unwrap().to_owned();
    let sandbox = sandbox.file("ci-gen.toml", &spec);
    sandbox.run("render --force").code(0);
    sandbox.run("init --force").code(0);
    assert!(!sandbox.read("ci-gen.toml").contains("[target."), "{}", sandbox.read("ci-gen.toml"));
    sandbox.run("check").code(0);
}

#[cfg(unix)]
#[test]
fn links_and_directories_of_dependencies_are_not_entered() {
    let outside = Sandbox::new().file("go.mod", "module x\n").file("x_test.go", "package x\n");
    let sandbox = Sandbox::new()
        .file(".git/HEAD", "ref: refs/heads/main\n")
        .file("vendor/x/go.mod", "module x\n")
        .file("vendor/x/x_test.go", "package x\n");
    std::os::unix::fs::symlink(outside.path(), sandbox.path().join("linked")).unwrap();
    std::os::unix::fs::symlink(sandbox.path(), sandbox.path().join("circle")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", sandbox.path().join("pyproject.toml")).unwrap();
    sandbox.run("init").code(0).says("fill in the job `test`");
}

/// The text is a valid spec, and every one of its targets gets a file.
fn assert_usable(tree: &Tree) -> Result<(), TestCaseError> {
    let schema = systems::schema().unwrap();
    let draft = draft(tree, &Wishes { targets: SystemId::ALL.to_vec() }).unwrap();
    let loaded =
        spec::load(&draft.text, &schema).map_err(|it| TestCaseError::fail(format!("{it:#?}\n{}", draft.text)))?;
    prop_assert_eq!(&loaded.diagnostics, &[], "{}", draft.text);
    let (plan, found) = plan::build(&loaded.spec);
    prop_assert!(!diag::has_errors(&found), "{found:#?}\n{}", draft.text);
    let targets = loaded.spec.targets.as_slice();
    let generated = systems::generate(&loaded.spec, &plan, targets, "ci-gen.toml");
    prop_assert!(!diag::has_errors(&generated.diagnostics), "{:#?}\n{}", generated.diagnostics, draft.text);
    for target in targets {
        prop_assert!(generated.files.iter().any(|(id, _)| id == target), "{target} has no file");
    }
    prop_assert!(draft.text.ends_with('\n') && !draft.text.contains('\r'));
    Ok(())
}

/// Names that detectors look for, and some that they do not.
const NAMES: &[&str] = &[
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "tox.ini",
    "noxfile.py",
    "requirements.txt",
    "requirements-dev.txt",
    "Pipfile",
    "uv.lock",
    "poetry.lock",
    "manage.py",
    "test_a.py",
    "conftest.py",
    ".python-version",
    "package.json",
    "package-lock.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    ".nvmrc",
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain",
    "go.mod",
    "go.sum",
    "a_test.go",
    "main.go",
    "pom.xml",
    "mvnw",
    "build.gradle",
    "gradlew",
    "A.sln",
    "A.csproj",
    "global.json",
    "Gemfile",
    "a.gemspec",
    "Rakefile",
    ".rspec",
    "composer.json",
    "compose.yaml",
    "docker-compose.yml",
    "Jenkinsfile",
    ".gitlab-ci.yml",
    ".git/HEAD",
    ".git/config",
    "ü é.txt",
    "a\nb",
];

/// Texts that are nearly manifests: what they say may be empty, wrong, or meant to break out of a command.
const TEXTS: &[&str] = &[
    "",
    "\u{0}\u{1b}[31m",
    "[project]\nname = \"x\"\nrequires-python = \">=3.99\"\n[project.optional-dependencies]\n\"te'st\" = [\"pytest\"]\n",
    "[project]\nname = 3\nclassifiers = [1]\n[dependency-groups]\n\"$(id)\" = [\"pytest\"]\ntest = \"x\"\n",
    "[tool.hatch.envs.\"a b\".scripts]\ntest = \"x\"\n[tool.tox]\nenv_list = [\"py39\", \"py999\"]\n",
    "{\"scripts\": {\"test\": \"vitest\", \"build\": \"{{ secret.X }}\"}, \"packageManager\": \"pnpm@$(id)\", \"engines\": {\"node\": \"^\"}}",
    "{\"scripts\": {\"test\": \"mocha\"}, \"workspaces\": [\"*\"], \"packageManager\": \"yarn@4.1.0\", \"engines\": {\"node\": \">=12 <14 || 99\"}}",
    "{\"require\": {\"php\": \"||\", \"ext-{{ x }}\": \"*\"}, \"require-dev\": {\"phpunit/phpunit\": \"*\"}}",
    "{\"sdk\": {\"version\": \"8.0.100; rm -rf /\"}}",
    "[package]\nname = \"x\"\nrust-version = \"nonsense\"\n",
    "[workspace]\n[workspace.package]\nrust-version = \"1.99999999999999999999\"\n",
    "[toolchain]\nchannel = \"nightly-2024-01-01\"\n",
    "module x\n\ngo 1.21rc2\ntoolchain go$(id)\n",
    "module x\n\ngo 99999999999999999999.1\n",
    "<project><properties><java.version>${java.version}</java.version></properties></project>",
    "<project><properties><java.version>8</java.version></properties><modules/></project>",
    "<Project><PropertyGroup><TargetFrameworks>net8.0;net;net4;net9.0-ü;netü</TargetFrameworks></PropertyGroup></Project>",
    "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
    "java { toolchain { languageVersion = JavaLanguageVersion.of(99) } }\nsourceCompatibility = VERSION_1_",
    "services:\n  a:\n    image: postgres\n    environment:\n      CI_GEN_X: a\n      '1': b\n  ../b:\n    image: redis:{{ x }}\n",
    "services:\n  CI_gen:\n    image: mysql:8\n    command: [\"{{ x }}\", \"\"]\n  Ü:\n    image: mongo\n  9:\n    image: redis\n",
    "services:\n  db: {image: postgres, environment: [\"A=${B:-}\"]}\n  app: {build: ., environment: {MATRIX_URL: '//db:5432', U: '//db:5432/{{ x }}'}}\n",
    "a: &a [*a, *a]\nservices: *a\n",
    "lockfileVersion: '9.0'\n",
    "ref: refs/heads/a b'{{ x }}",
    "[remote \"origin\"]\nurl = https://github.gitlab.com:x@/\n",
    "ruby \"$(id)\"\ngem 'rspec'\nspec.required_ruby_version = ['>= 2', \"{{ x }}\"]",
    "task :test\n",
    "[testenv]\nenvlist = py3{8,9,10}-{a,b}\n",
    "v18.19.0-{{ x }}",
    "3.12\n",
    "- pytest\n-e .\n",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_tree_gives_a_usable_spec(
        files in vec((select(&["", "a/", "b/c/", "a b/", "$(id)/", "{{ x }}/", "tests/", "-x/"][..]), select(NAMES), select(TEXTS)), 0..16),
        noise in vec(("[a-z./]{1,20}", ".{0,40}"), 0..4),
    ) {
        let files = files.into_iter().map(|(directory, name, text)| (format!("{directory}{name}"), text.to_owned()));
        assert_usable(&Tree::from_texts(files.chain(noise)))?;
    }
}

/// Each awkward text in each manifest, alone: what random choice may miss.
#[test]
fn every_text_in_every_manifest_gives_a_usable_spec() {
    let schema = systems::schema().unwrap();
    for name in NAMES {
        for text in TEXTS {
            let tree = Tree::from_texts([(*name, *text), ("test_a.py", ""), ("a_test.go", "")]);
            let draft = draft(&tree, &Wishes::default()).unwrap();
            let loaded = spec::load(&draft.text, &schema).unwrap_or_else(|it| panic!("{name}: {text}\n{it:#?}"));
            assert_eq!(loaded.diagnostics, [], "{name}: {text}\n{}", draft.text);
            assert!(!diag::has_errors(&plan::build(&loaded.spec).1), "{name}: {text}\n{}", draft.text);
            let fell_back = draft.notes.iter().any(|it| it.text.starts_with("the jobs that were found, since"));
            assert!(!fell_back, "{name}: {text}: a detector let something through\n{:#?}", draft.notes);
        }
    }
}

#[test]
fn a_tree_is_bounded() {
    let sandbox = Sandbox::new();
    let deep = "d/".repeat(12);
    sandbox.write(&format!("{deep}go.mod"), b"module x\n");
    sandbox.write("big/go.mod", &vec![b'x'; (1 << 20) + 1]);
    sandbox.write("latin/go.mod", b"module \xe9\n");
    let tree = Tree::read(sandbox.path(), &|path| path.ends_with("go.mod"), &[]).unwrap();
    assert!(!tree.has(&format!("{deep}go.mod")));
    assert!(tree.has("big/go.mod") && tree.text("big/go.mod").is_none());
    assert!(tree.has("latin/go.mod") && tree.text("latin/go.mod").is_none());
    assert!(!tree.is_cut());
    assert!(Tree::read(Path::new("/no/such/directory"), &|_| true, &[]).is_err());
}
