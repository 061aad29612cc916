//! `ci-gen pins update`: newer versions from the vendors, into the lock and the files.

use std::{env, path::Path};

use crate::{
    cli::{
        exit, lock,
        project::{self, Project},
        render::tell,
        terminal::Terminal,
    },
    diag,
    files::Overwrite,
    pins::{
        defaults,
        update::{self, Answer, Failure, Majors, Vendors},
        Key, Kind, Pin,
    },
};

/// Ask the vendors for newer versions, and write them into the lock and the files
///
/// GitHub is asked for tags of actions and their commits, registries for tags and digests of images, CircleCI for orbs.
/// A version stays within its major unless `--major` is given. What the spec itself names is kept: an image of the spec
/// gets the digest that its tag has today. A token for GitHub is read from GITHUB_TOKEN, its address from
/// GITHUB_API_URL; CI_GEN_API_URL stands for every vendor. Without an answer of all of them nothing is changed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ci-gen pins update                               everything, within the majors
  ci-gen pins update actions/checkout --major      one action, to its newest version
  ci-gen pins update postgres:16                   the digest that the tag has today")]
pub(super) struct Arguments {
    /// Only these, as `ci-gen pins list` names them
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Also versions with another major
    #[arg(long)]
    major: bool,
}

pub(super) fn run(arguments: &Arguments, spec: Option<&Path>, terminal: &mut Terminal) -> Result<(), u8> {
    let mut project = project::open(spec, terminal)?;
    let targets = project.spec.targets.as_slice().to_vec();
    let files = project.generate(&targets, &project.root, terminal)?;
    // What would be lost is said before anybody is asked.
    lock::guard(&project, &files, terminal)?;
    let wanted = wanted(
        &project,
        &lock::used(&project, &files).into_iter().map(|(key, used)| (key, used.pin)).collect::<Vec<_>>(),
        arguments,
        terminal,
    )?;
    let majors = if arguments.major { Majors::Cross } else { Majors::Keep };
    let newer = ask(wanted.clone(), majors, terminal)?;
    for (key, pin) in &newer {
        let before = wanted.iter().find(|(it, _)| it == key).map(|(_, pin)| pin.to_string()).unwrap_or_default();
        terminal.note(&format!("{} {}: {before} -> {pin}", key.0.key(), key.1));
    }
    if newer.is_empty() {
        terminal.note("every version is the newest");
        return Ok(());
    }
    let mut lock = project.plan.pins.lock.clone();
    lock.extend(newer);
    project.pin(lock);
    let files = project.generate(&targets, &project.root, terminal)?;
    let outcomes = lock::put(&project, &files, lock::Scope::All, Overwrite::Ours, terminal)?;
    tell(&outcomes, terminal);
    Ok(())
}

/// What vendors are asked about: what the files use, except for what the spec pins or writes itself.
fn wanted(
    project: &Project,
    used: &[(Key, Pin)],
    arguments: &Arguments,
    terminal: &mut Terminal,
) -> Result<Vec<(Key, Pin)>, u8> {
    for name in &arguments.names {
        if !used.iter().any(|((_, it), _)| it == name) {
            let known: Vec<&str> = used.iter().map(|((_, name), _)| name.as_str()).collect();
            let help = match diag::closest(name, &known) {
                Some(word) => format!("did you mean `{word}`?"),
                None => "`ci-gen pins list` shows what they use".to_owned(),
            };
            terminal.problem(&format!("error: the rendered files use no `{name}`\nhelp: {help}"));
            return Err(exit::USAGE);
        }
    }
    let images = lock::named(project);
    let mut wanted = Vec::new();
    for (key, pin) in used.iter().filter(|(key, _)| arguments.names.is_empty() || arguments.names.contains(&key.1)) {
        let written = images.get(&key.1).filter(|_| key.0 == Kind::Image);
        let own = defaults().contains_key(key) || written.is_some_and(|it| !it.contains('@'));
        let why = match () {
            () if project.plan.pins.spec.contains_key(key) => {
                format!("{} pins it", project.place(&lock::pin_place(&key.1)))
            }
            () if !own => "the spec writes its version itself".to_owned(),
            () if !update::can_update(key, pin) => format!("`{}` is no version with numbers", pin.version),
            () => {
                wanted.push((key.clone(), pin.clone()));
                continue;
            }
        };
        let line = format!("{} {} is kept: {why}", key.0.key(), key.1);
        // Who names it wants to know.
        match arguments.names.is_empty() {
            true => terminal.detail(&line),
            false => terminal.note(&line),
        }
    }
    Ok(wanted)
}

/// The newer versions, if every vendor has answered.
fn ask(wanted: Vec<(Key, Pin)>, majors: Majors, terminal: &mut Terminal) -> Result<Vec<(Key, Pin)>, u8> {
    let set = |name: &str| env::var(name).ok().filter(|it| !it.trim().is_empty());
    let vendors =
        Vendors { base: set("CI_GEN_API_URL"), github: set("GITHUB_API_URL"), github_token: set("GITHUB_TOKEN") };
    // No other command waits for anybody, so the runtime lives here.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
        terminal.problem(&format!("error: cannot wait for answers: {error}"));
        exit::INTERNAL
    })?;
    let answers = runtime.block_on(update::newer(wanted, &vendors, majors)).map_err(|error| {
        terminal.problem(&format!("error: {error}\nnothing was changed"));
        exit::SPEC
    })?;
    let failed = |answer: &Answer| answer.1.as_ref().err().map(|failure| (answer.0.clone(), failure.clone()));
    let failures: Vec<(Key, Failure)> = answers.iter().filter_map(failed).collect();
    if failures.is_empty() {
        return Ok(answers.into_iter().filter_map(|(key, answer)| Some((key, answer.ok()??))).collect());
    }
    say(&failures, terminal);
    Err(exit::SPEC)
}

fn say(failures: &[(Key, Failure)], terminal: &mut Terminal) {
    let mut said: Vec<&Failure> = Vec::new();
    for ((kind, name), failure) in failures {
        let unreachable = matches!(failure, Failure::Unreachable { .. });
        // A vendor that nobody reaches is named once.
        if unreachable && said.contains(&failure) {
            continue;
        }
        let of = if unreachable { String::new() } else { format!("{} {name}: ", kind.key()) };
        terminal.problem(&format!("error: {of}{failure}"));
        if let Some(help) = failure.help() {
            terminal.problem(&format!("help: {help}"));
        }
        said.push(failure);
    }
    match failures.iter().all(|(_, failure)| matches!(failure, Failure::Unreachable { .. })) {
        true => terminal.problem("no network: nothing was changed"),
        false => terminal.problem("nothing was changed"),
    }
}
