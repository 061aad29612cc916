//! One spec rendered for all eight systems, or the words by which it is refused.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use ci_gen::{
    diag::{self, Diagnostic, Severity},
    plan, spec, systems, SystemId,
};
use serde_json::Value;

use crate::readers::{self, Leg};

/// What each system said about a spec: its files, and why some have none.
pub struct Outputs {
    files: BTreeMap<SystemId, BTreeMap<String, String>>,
    diagnostics: Vec<Diagnostic>,
}

const HEAD: &str = "schema = 1\nname = \"acme\"\ntargets = [\"github\", \"gitlab\", \"jenkins\", \"azure\", \
                    \"circleci\", \"travis\", \"bitbucket\", \"teamcity\"]\n";

static SCHEMA: LazyLock<spec::Schema> = LazyLock::new(|| systems::schema().unwrap());

/// Renders a spec, given without its first three keys, for all eight systems; each has to take it.
#[track_caller]
pub fn rendered(body: &str) -> Outputs {
    let outputs = generated(body);
    outputs.refused(&[]);
    outputs
}

/// Renders a spec of which some systems may refuse something; say which by [`Outputs::refused`].
#[track_caller]
pub fn generated(body: &str) -> Outputs {
    let loaded = spec::load(&format!("{HEAD}{body}"), &SCHEMA).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let (plan, problems) = plan::build(&loaded.spec);
    let errors: Vec<_> =
        loaded.diagnostics.iter().chain(&problems).filter(|it| it.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let generated = systems::generate(&loaded.spec, &plan, SystemId::ALL, "ci-gen.toml");
    let mut files: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
    for (system, file) in generated.files {
        let twin = files.entry(system).or_default().insert(file.path.clone(), file.text);
        assert!(twin.is_none(), "{system} has {} twice", file.path);
    }
    Outputs { files, diagnostics: generated.diagnostics }
}

/// Fails unless the spec itself is wrong, with a problem of that code that says these words, for whatever system.
#[track_caller]
pub fn invalid(body: &str, code: &str, words: &str) {
    let text = format!("{HEAD}{body}");
    let problems = match spec::load(&text, &SCHEMA) {
        Err(problems) => problems,
        Ok(loaded) => {
            let (plan, mut problems) = plan::build(&loaded.spec);
            problems.extend(loaded.diagnostics);
            if !diag::has_errors(&problems) {
                problems.extend(systems::generate(&loaded.spec, &plan, SystemId::ALL, "ci-gen.toml").diagnostics);
            }
            problems
        }
    };
    let said = |it: &&Diagnostic| it.code == code && (it.message.contains(words) || it.help_contains(words));
    let found = problems.iter().find(said).unwrap_or_else(|| panic!("no {code} says `{words}`: {problems:#?}"));
    assert_eq!(found.severity, Severity::Error, "{found:#?}");
    assert_eq!(found.system, None, "a system said it, not the spec: {found:#?}");
}

trait HelpContains {
    fn help_contains(&self, words: &str) -> bool;
}

impl HelpContains for Diagnostic {
    fn help_contains(&self, words: &str) -> bool {
        self.help.as_deref().is_some_and(|it| it.contains(words))
    }
}

impl Outputs {
    /// Fails unless exactly these systems refuse the spec, each saying these words, and have no file.
    #[track_caller]
    pub fn refused(&self, expected: &[(SystemId, &str)]) {
        let errors: Vec<&Diagnostic> = self.diagnostics.iter().filter(|it| it.severity == Severity::Error).collect();
        for (system, words) in expected {
            let said = |it: &&&Diagnostic| it.system == Some(system.key()) && it.message.contains(words);
            let found =
                errors.iter().find(said).unwrap_or_else(|| panic!("{system} does not say `{words}`: {errors:#?}"));
            assert!(matches!(found.code, "unsupported" | "limit"), "{found:#?}");
            assert!(found.help.is_some(), "no way out: {found:#?}");
        }
        let refused: BTreeSet<SystemId> = expected.iter().map(|(system, _)| *system).collect();
        for system in SystemId::ALL {
            let own: Vec<_> = errors.iter().filter(|it| it.system == Some(system.key())).collect();
            assert_eq!(!own.is_empty(), refused.contains(system), "{system}: {own:#?}");
            assert_eq!(self.files.contains_key(system), !refused.contains(system), "the files of {system}");
        }
        assert!(errors.iter().all(|it| it.system.is_some()), "{errors:#?}");
    }

    /// Whether a system has no file.
    pub fn is_refused(&self, system: SystemId) -> bool {
        !self.files.contains_key(&system)
    }

    /// Whether a system warns in these words.
    pub fn warns(&self, system: SystemId, words: &str) -> bool {
        self.diagnostics.iter().any(|it| it.system == Some(system.key()) && it.message.contains(words))
    }

    /// Fails unless exactly these systems warn in these words (a system may do so several times).
    #[track_caller]
    pub fn degraded(&self, words: &str, systems: &[SystemId]) {
        let mut found: Vec<&str> = self
            .diagnostics
            .iter()
            .filter(|it| it.severity == Severity::Warning && it.code == "degraded" && it.message.contains(words))
            .map(|it| it.system.expect("a degraded feature without a system"))
            .collect();
        found.sort_unstable();
        found.dedup();
        let mut expected: Vec<&str> = systems.iter().map(|it| it.key()).collect();
        expected.sort_unstable();
        assert_eq!(found, expected, "who warns of `{words}`: {:#?}", self.diagnostics);
    }

    /// All files of a system by path.
    #[track_caller]
    pub fn files(&self, system: SystemId) -> &BTreeMap<String, String> {
        self.files.get(&system).unwrap_or_else(|| panic!("{system} has no file: {:#?}", self.diagnostics))
    }

    /// The pipeline itself, without the files beside it.
    #[track_caller]
    pub fn text(&self, system: SystemId) -> &str {
        let path = match system {
            SystemId::Github => ".github/workflows/ci.yml",
            SystemId::Gitlab => ".gitlab-ci.yml",
            SystemId::Jenkins => "Jenkinsfile",
            SystemId::Azure => "azure-pipelines.yml",
            SystemId::Circleci => ".circleci/config.yml",
            SystemId::Travis => ".travis.yml",
            SystemId::Bitbucket => "bitbucket-pipelines.yml",
            SystemId::Teamcity => ".teamcity/settings.kts",
        };
        &self.files(system)[path]
    }

    /// Everything that a system gets, one file behind the other.
    #[track_caller]
    pub fn whole(&self, system: SystemId) -> String {
        self.files(system).values().cloned().collect()
    }

    /// The pipeline as data.
    #[track_caller]
    pub fn yaml(&self, system: SystemId) -> Value {
        readers::yaml(self.text(system))
    }

    /// The legs in a system's files, their jobs by slug, sorted.
    #[track_caller]
    pub fn legs(&self, system: SystemId) -> Vec<Leg> {
        let mut legs = readers::legs(system, self.files(system));
        for leg in &mut legs {
            leg.job = leg.job.to_lowercase().replace('_', "-");
        }
        legs.sort();
        legs
    }

    /// Fails unless all eight start exactly these legs of `unit`, given as `NAME=VALUE` with blanks between.
    #[track_caller]
    pub fn all_have_the_legs(&self, expected: &[&str]) {
        let mut expected: Vec<BTreeMap<String, String>> =
            expected.iter().map(|leg| leg.split(' ').filter(|it| !it.is_empty()).map(pair).collect()).collect();
        expected.sort();
        for system in SystemId::ALL {
            let mut legs: Vec<_> =
                self.legs(*system).into_iter().filter(|it| it.job == "unit").map(|it| it.env).collect();
            legs.sort();
            assert_eq!(legs, expected, "{system}");
        }
    }

    /// Fails unless the files of each system contain what stands behind it; all eight have to be named.
    #[track_caller]
    pub fn each_says(&self, expected: [(SystemId, &[&str]); 8]) {
        let named: BTreeSet<SystemId> = expected.iter().map(|(system, _)| *system).collect();
        assert_eq!(named.len(), 8, "a system is named twice");
        for (system, texts) in expected {
            let whole = self.whole(system);
            assert!(!texts.is_empty(), "{system} would be checked for nothing");
            for text in texts {
                assert!(whole.contains(text), "{system} does not say `{text}`:\n{whole}");
            }
        }
    }

    /// The same for the six that are left where two refuse a spec, or the seven where one does.
    #[track_caller]
    pub fn each_of_the_others_says<const N: usize>(&self, expected: [(SystemId, &str); N]) {
        let named: BTreeSet<SystemId> = expected.iter().map(|(system, _)| *system).collect();
        assert_eq!(named, self.files.keys().copied().collect(), "exactly those with files have to be named");
        for (system, text) in expected {
            assert!(self.text(system).contains(text), "{system} does not say `{text}`:\n{}", self.text(system));
        }
    }

    /// Fails if the files of that system contain the text.
    #[track_caller]
    pub fn never_says(&self, system: SystemId, text: &str) {
        let whole = self.whole(system);
        assert!(!whole.contains(text), "{system} says `{text}`:\n{whole}");
    }
}

fn pair(text: &str) -> (String, String) {
    let (name, value) = text.split_once('=').unwrap_or_else(|| panic!("no NAME=VALUE: {text}"));
    (name.to_owned(), value.to_owned())
}

/// Every value in a YAML document with the keys that lead to it.
pub fn leaves(value: &Value) -> Vec<(Vec<String>, Value)> {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect(),
        leaf => return vec![(Vec::new(), leaf.clone())],
    };
    let deeper = children.into_iter().flat_map(|(key, value)| {
        leaves(value).into_iter().map(move |(mut path, leaf)| {
            path.insert(0, key.clone());
            (path, leaf)
        })
    });
    deeper.collect()
}
