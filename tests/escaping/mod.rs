//! Any text in any place reaches the system as it is in the spec, or the spec is refused for a reason known here.
//!
//! Each system has a reader of its own here that takes a rendered file apart as the vendor does and shares no code with the
//! generator. Scripts are run, and what they see is compared.
#![cfg_attr(windows, allow(dead_code, unused_imports, reason = "the scripts that it compares run in shells of Unix"))]

mod azure;
mod bitbucket;
mod braces;
mod cases;
mod circleci;
mod compare;
mod github;
mod gitlab;
mod jenkins;
mod places;
mod refusals;
mod shell;
mod teamcity;
mod travis;
mod yaml;

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::{catch_unwind, AssertUnwindSafe},
    sync::LazyLock,
};

use ci_gen::{diag, plan, spec, systems, SystemId};
use proptest::{
    prelude::*,
    test_runner::{Config, TestCaseError, TestRunner},
};

use self::{
    places::{Place, Texts, PLACES},
    shell::{Machine, Script},
};

/// What a system makes of its files.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub name: Option<String>,
    /// The scripts of each job, in order.
    pub jobs: BTreeMap<String, Vec<Script>>,
    pub inputs: BTreeMap<String, Input>,
    pub service_env: Vec<(String, String)>,
    pub service_command: Option<Vec<String>>,
    pub images: Vec<String>,
    pub artifacts: BTreeMap<String, Vec<String>>,
    pub results: Vec<String>,
    /// Files that must lie in the repository when scripts run.
    pub files: BTreeMap<String, String>,
}

/// An input of manual runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    pub default: String,
    pub options: Vec<String>,
    pub description: Option<String>,
}

/// What came of rendering one spec.
enum Outcome {
    Files(BTreeMap<String, String>),
    Refused(Vec<diag::Diagnostic>),
}

fn render(texts: &Texts, system: SystemId) -> Outcome {
    static SCHEMA: LazyLock<spec::Schema> = LazyLock::new(|| systems::schema().unwrap());
    let toml = places::spec(texts, system);
    let loaded = spec::load(&toml, &SCHEMA).unwrap_or_else(|all| panic!("{all:?}\n{toml}"));
    let (plan, mut diagnostics) = plan::build(&loaded.spec);
    diagnostics.extend(loaded.diagnostics);
    if diag::has_errors(&diagnostics) {
        return Outcome::Refused(diagnostics);
    }
    let generated = systems::generate(&loaded.spec, &plan, &[system], "ci-gen.toml");
    match generated.files.is_empty() {
        true => Outcome::Refused(generated.diagnostics),
        false => Outcome::Files(generated.files.into_iter().map(|(_, file)| (file.path, file.text)).collect()),
    }
}

fn read(files: &BTreeMap<String, String>, system: SystemId) -> Seen {
    match system {
        SystemId::Github => github::read(files),
        SystemId::Gitlab => gitlab::read(files),
        SystemId::Jenkins => jenkins::read(files),
        SystemId::Azure => azure::read(files),
        SystemId::Circleci => circleci::read(files),
        SystemId::Travis => travis::read(files),
        SystemId::Bitbucket => bitbucket::read(files),
        SystemId::Teamcity => teamcity::read(files),
    }
}

/// How many texts were taken and how many refused, by place.
#[derive(Clone, Debug, Default)]
struct Count(BTreeMap<Place, (usize, usize)>);

impl Count {
    /// Refusing everything is no way to pass: commands and variables take nearly every text, all places most of them.
    ///
    /// Images are left out: hardly any of the texts could be one.
    fn assert_taken(&self, system: SystemId, most: f64) {
        let rate = |wanted: &dyn Fn(Place) -> bool| {
            let counts = self.0.iter().filter(|(place, _)| **place != Place::Image && wanted(**place));
            let (taken, refused) = counts.fold((0, 0), |sum, (_, it)| (sum.0 + it.0, sum.1 + it.1));
            taken as f64 / (taken + refused) as f64
        };
        let text =
            |place| matches!(place, Place::EnvTop | Place::EnvJob | Place::Run | Place::Heredoc | Place::Install);
        assert!(rate(&text) > 0.9, "{system} takes {:.2} of all commands and variables: {self:?}", rate(&text));
        assert!(rate(&|_| true) > most, "{system} takes {:.2} of all texts: {self:?}", rate(&|_| true));
    }
}

/// Renders a spec, takes out what is refused, and compares what is left. Every fault is an error with its story.
fn check(texts: &Texts, system: SystemId, count: &mut Count) -> Result<(), String> {
    let mut texts = texts.clone();
    let mut refused: BTreeSet<(Place, usize)> = BTreeSet::new();
    let mut faults = Vec::new();
    let files = loop {
        match render(&texts, system) {
            Outcome::Files(files) => break files,
            Outcome::Refused(diagnostics) => {
                let more = refusals(&texts, system, &diagnostics, &mut faults)?;
                for (place, index) in more {
                    if !refused.insert((place, index)) {
                        return Err(format!("{place:?} {index} is refused although it is harmless: {diagnostics:#?}"));
                    }
                    texts.0.get_mut(&place).unwrap()[index] = format!("{}{index}", places::PLAIN);
                }
            }
        }
    };
    for place in PLACES {
        for (index, _) in texts.of(*place) {
            let (taken, not) = count.0.entry(*place).or_default();
            *if refused.contains(&(*place, index)) { not } else { taken } += 1;
        }
    }
    let compared = catch_unwind(AssertUnwindSafe(|| compare::compare(&texts, system, &read(&files, system), &files)));
    match compared {
        Ok(Ok(())) => {}
        Ok(Err(story)) => faults.push(format!("{system}: {story}")),
        Err(panic) => {
            let text = panic.downcast_ref::<&str>().map(|it| (*it).to_owned());
            let text = panic.downcast_ref::<String>().cloned().or(text).unwrap_or_default();
            faults.push(format!("{system}: {text}"));
        }
    }
    match faults.is_empty() {
        true => Ok(()),
        false => Err(faults.join("\n=====\n")),
    }
}

/// Which texts the diagnostics mean, each of which must have a known reason to be refused.
fn refusals(
    texts: &Texts,
    system: SystemId,
    all: &[diag::Diagnostic],
    faults: &mut Vec<String>,
) -> Result<Vec<(Place, usize)>, String> {
    let errors = all.iter().filter(|it| it.severity == diag::Severity::Error);
    let mut found = Vec::new();
    for error in errors {
        if error.code == "internal" || (error.system.is_some() && error.help.is_none()) {
            return Err(format!("{system}: {error:#?}"));
        }
        let meant = places::meant(texts, error.place.as_str());
        // Several texts below the place: find those that are refused alone.
        let alone = |at: &&(Place, usize)| match meant.len() {
            1 => true,
            _ => match render(&texts.only(at.0, at.1), system) {
                Outcome::Refused(all) => all.iter().any(|it| (it.code, &it.place) == (error.code, &error.place)),
                Outcome::Files(_) => false,
            },
        };
        let guilty: Vec<(Place, usize)> = meant.iter().filter(alone).copied().collect();
        if guilty.is_empty() {
            return Err(format!("{system}: nothing at this place is refused by itself: {error:#?}"));
        }
        for (place, index) in guilty {
            let text = &texts.0[&place][index];
            if refusals::reason(system, place, text).is_none() {
                faults.push(format!("{system} should take {text:?} in {place:?}: {}", error.message));
            }
            if !found.contains(&(place, index)) {
                found.push((place, index));
            }
        }
    }
    match found.is_empty() {
        true => Err(format!("{system}: refused without an error: {all:#?}")),
        false => Ok(found),
    }
}

/// Every named case in every place; then what a strategy puts together of such pieces.
fn property(system: SystemId) {
    let mut count = Count::default();
    let mut faults = Vec::new();
    let mut cases: Vec<String> = cases::CASES.iter().map(|(_, text)| (*text).to_owned()).collect();
    cases.push(cases::long());
    for chunk in cases.chunks(16) {
        if let Err(story) = check(&Texts::everywhere(chunk), system, &mut count) {
            faults.push(story);
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n=====\n"));
    count.assert_taken(system, 0.9);

    let any_char = any::<char>().prop_filter("a NUL", |c| *c != '\0').prop_map(|c| c.to_string());
    let piece = prop_oneof![4 => prop::sample::select(cases::TOKENS).prop_map(str::to_owned), 1 => any_char];
    let text = prop::collection::vec(piece, 0..8).prop_map(|it| it.concat());
    let texts = prop::collection::vec(text, 4);
    let strategy = prop::collection::vec(texts, PLACES.len()).prop_map(|lists| {
        let one = |place: &Place| matches!(place, Place::Name | Place::Image);
        let lists =
            PLACES.iter().zip(lists).map(|(place, list)| (*place, if one(place) { list[..1].to_vec() } else { list }));
        Texts(lists.collect())
    });
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|it| it.parse().ok()).unwrap_or(4);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 0, ..Config::default() };
    let count = std::cell::RefCell::new(Count::default());
    let result = TestRunner::new(config)
        .run(&strategy, |texts| check(&texts, system, &mut count.borrow_mut()).map_err(TestCaseError::fail));
    if let Err(error) = result {
        panic!("{error}");
    }
    count.into_inner().assert_taken(system, 0.7);
}

/// No environment and no script can hold it, so it must be refused before any system sees it.
#[test]
fn a_nul_is_refused_everywhere() {
    let plain = Texts::everywhere(&[places::PLAIN.to_owned()]);
    for place in PLACES.iter().filter(|it| !matches!(it, Place::Description | Place::InputDescription)) {
        let mut texts = plain.clone();
        texts.0.get_mut(place).unwrap()[0] = "a\0b".to_owned();
        match render(&texts, SystemId::Github) {
            Outcome::Refused(all) => assert!(all.iter().any(|it| it.system.is_none()), "{place:?}: {all:?}"),
            Outcome::Files(files) => panic!("{place:?}: {files:?}"),
        }
    }
}

/// That what the readers should see is what the texts mean: the commands by themselves, outside of any system.
#[cfg(unix)]
#[test]
fn commands_outside_of_any_system_print_their_texts() {
    let cases: Vec<String> = cases::CASES.iter().map(|(_, text)| (*text).to_owned()).collect();
    for chunk in cases.chunks(32) {
        let texts = Texts::everywhere(chunk);
        let mut env = Vec::new();
        for (prefix, place) in [("T", Place::EnvTop), ("J", Place::EnvJob)] {
            env.extend(texts.of(place).map(|(n, text)| (format!("{prefix}{n}"), text.clone())));
        }
        let lines: Vec<String> = places::run(&texts).into_iter().map(|(_, _, line)| line).collect();
        let machine = Machine::new();
        machine.run(&Script::bash([places::install(&texts), lines].concat().join("\n"), &env)).unwrap();
        let expected = places::expected(&texts);
        for (name, text) in machine.written() {
            assert_eq!(text, expected[&name], "{name}");
        }
    }
}

macro_rules! systems {
    ($($name:ident $system:ident)*) => {
        $(
            #[cfg(unix)]
            #[test]
            fn $name() {
                property(SystemId::$system);
            }
        )*
    };
}

systems! {
    github_sees_every_text Github
    gitlab_sees_every_text Gitlab
    jenkins_sees_every_text Jenkins
    azure_sees_every_text Azure
    circleci_sees_every_text Circleci
    travis_sees_every_text Travis
    bitbucket_sees_every_text Bitbucket
    teamcity_sees_every_text Teamcity
}
