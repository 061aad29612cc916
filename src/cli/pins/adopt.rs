//! `ci-gen pins adopt`: what a bot wrote into the rendered files goes into the lock.

use std::path::Path;

use crate::{
    cli::{
        exit, lock,
        project::{self, Project},
        render::{count, failures, tell as tell_outcomes},
        terminal::Terminal,
    },
    files::{self, File, Overwrite},
    pins::{self, Adoption, Bump, Downgrades, Known, Told},
};

/// Take versions that a bot wrote into rendered files into the lock
///
/// Dependabot and Renovate bump actions, images and orbs where they stand: in the rendered files. This reads the new
/// versions back, so that the next render keeps them, and writes them into the other files that use them. Files that
/// differ in something else as well are named and left alone.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ci-gen pins adopt                       after a bot's pull request
  ci-gen pins adopt --allow-downgrade     also versions that are older than those of the lock")]
pub(super) struct Arguments {
    /// Take older versions, too
    #[arg(long)]
    allow_downgrade: bool,
}

pub(super) fn run(arguments: &Arguments, spec: Option<&Path>, terminal: &mut Terminal) -> Result<(), u8> {
    let mut project = project::open(spec, terminal)?;
    let targets = project.spec.targets.as_slice().to_vec();
    let before = project.generate(&targets, &project.root, terminal)?;
    let bumps = bumps(&project, &before);
    let downgrades = if arguments.allow_downgrade { Downgrades::Allow } else { Downgrades::Refuse };
    let images = lock::named(&project);
    let adoption = pins::adopt(&bumps, &Known { pins: &project.plan.pins, images: &images }, downgrades);
    for refused in &adoption.refused {
        terminal.problem(&format!("error: {}\nhelp: {}", refused.message, refused.help));
    }
    adoption.told.iter().for_each(|told| tell(&project, told, terminal));
    if !adoption.refused.is_empty() {
        terminal.problem("nothing was adopted");
        return Err(exit::SPEC);
    }
    for taken in &adoption.taken {
        let places: Vec<String> = taken.places.iter().map(ToString::to_string).collect();
        let (kind, name) = (taken.key.0.key(), &taken.key.1);
        terminal.note(&format!(
            "adopted the {kind} {name}: {} -> {}, from {}",
            taken.from,
            taken.to,
            places.join(", ")
        ));
    }
    if adoption.taken.is_empty() {
        if adoption.told.is_empty() {
            terminal.note("no version differs from those of the lock");
        }
        leftovers(&project, &before, terminal);
        return Ok(());
    }
    take(&mut project, &adoption);
    let after = project.generate(&targets, &project.root, terminal)?;
    leftovers(&project, &after, terminal);
    let untold = |path: &str| adoption.told.iter().all(|told| told.place.path != path);
    let only_pins = |file: &File| {
        let committed = lock::committed(&project.root, file);
        committed.is_some_and(|it| pins::compare(&file.text, &it).others.is_empty())
    };
    let touched: Vec<bool> = before.iter().map(|file| only_pins(file) && untold(&file.path)).collect();
    let untouched = |file: &File| lock::is_committed(&project.root, file);
    let ready = after.iter().zip(&before).zip(touched).filter(|((_, before), touched)| *touched || untouched(before));
    write(&project, &after, ready.map(|((after, _), _)| after.clone()).collect(), terminal)
}

/// Every version in a committed file that is not the generated one, with the file's path.
fn bumps(project: &Project, files: &[File]) -> Vec<(String, Bump)> {
    let mut bumps = Vec::new();
    for file in files {
        if let Some(committed) = lock::committed(&project.root, file) {
            let found = pins::compare(&file.text, &committed).bumps;
            bumps.extend(found.into_iter().map(|bump| (file.path.clone(), bump)));
        }
    }
    bumps
}

/// Says where the spec names the version that a bot has changed.
fn tell(project: &Project, told: &Told, terminal: &mut Terminal) {
    let Told { key, bump, place } = told;
    let here = match project.plan.pins.spec.contains_key(key) {
        true => project.place(&lock::pin_place(&key.1)),
        false => project.place_of(&bump.name, &bump.from),
    };
    let name = &bump.name;
    terminal.problem(&format!("warning: {place}: `{name}` {} was not adopted: {here} names {}", bump.to, bump.from));
    terminal.problem(&format!("help: change it in {here} and run `ci-gen render`"));
}

fn take(project: &mut Project, adoption: &Adoption) {
    let mut lock = project.plan.pins.lock.clone();
    lock.extend(adoption.taken.iter().map(|taken| (taken.key.clone(), taken.to.clone())));
    project.pin(lock);
}

/// Names the lines that differ in something else than versions.
fn leftovers(project: &Project, files: &[File], terminal: &mut Terminal) {
    for file in files {
        let Some(committed) = lock::committed(&project.root, file) else { continue };
        let others = pins::compare(&file.text, &committed).others;
        if let Some(first) = others.first() {
            let lines = count(others.len(), "line");
            let path = &file.path;
            terminal.problem(&format!("warning: {path}:{first}: {lines} differ in something else and were left alone"));
        }
    }
}

/// Writes the lock that belongs to all files, and those files that nobody has changed otherwise.
fn write(project: &Project, files: &[File], mut ready: Vec<File>, terminal: &mut Terminal) -> Result<(), u8> {
    ready.extend(lock::file(project, files, lock::Scope::All));
    let outcomes = files::write(&project.root, &ready, Overwrite::Ours).map_err(|errors| {
        failures(&errors, terminal);
        exit::SPEC
    })?;
    tell_outcomes(&outcomes, terminal);
    Ok(())
}
