//! `ci-gen pins list`: what the rendered files use.

use std::{collections::BTreeMap, path::Path};

use clap::ValueEnum;
use serde_json::{json, Value};

use crate::{
    cli::{data, lock, project, terminal::Terminal},
    pins::{Key, Kind, Origin, Pins, Used},
};

/// Show the versions that the rendered files use, and where each comes from
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ci-gen pins list
  ci-gen pins list --format json | jq '.pins[] | select(.kind == \"image\" and .digest == null) | .name'")]
pub(super) struct Arguments {
    /// How the list is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For tools
    Json,
}

pub(super) fn run(arguments: &Arguments, spec: Option<&Path>, terminal: &mut Terminal) -> Result<(), u8> {
    let project = project::open(spec, terminal)?;
    let files = project.generate(project.spec.targets.as_slice(), &project.root, terminal)?;
    let used = lock::used(&project, &files);
    match arguments.format {
        Format::Json => {
            let list: Vec<Value> = used.iter().map(|(key, used)| to_json(key, used, &project.plan.pins)).collect();
            data(&format!("{:#}\n", json!({ "pins": list })), terminal)
        }
        Format::Text => data(&to_text(&used, &project.plan.pins), terminal),
    }
}

/// Where the version comes from. What nobody pins, the spec writes itself.
fn origin((kind, name): &Key, pins: &Pins) -> &'static str {
    pins.origin(*kind, name).unwrap_or(Origin::Spec).key()
}

/// The files, each once.
fn files(used: &Used) -> Vec<&str> {
    let mut files: Vec<&str> = used.places.iter().map(|it| it.path.as_str()).collect();
    files.dedup();
    files
}

fn to_json(key: &Key, used: &Used, pins: &Pins) -> Value {
    let mut value = json!({
        "kind": key.0.key(),
        "name": key.1,
        "version": used.pin.version,
        "from": origin(key, pins),
        "files": files(used),
    });
    let hash = match key.0 {
        Kind::Action => Some("commit"),
        Kind::Image => Some("digest"),
        Kind::Orb => None,
    };
    if let (Some(hash), Some(map)) = (hash, value.as_object_mut()) {
        map.insert(hash.to_owned(), json!(used.pin.hash));
    }
    value
}

fn to_text(used: &BTreeMap<Key, Used>, pins: &Pins) -> String {
    let width = |text: &dyn Fn(&Key, &Used) -> String| {
        used.iter().map(|(key, used)| text(key, used).chars().count()).max().unwrap_or(0)
    };
    let names = width(&|key, _| key.1.clone());
    let versions = width(&|_, used| used.pin.to_string());
    let line = |(key, used): (&Key, &Used)| {
        let (kind, name, version) = (key.0.key(), &key.1, used.pin.to_string());
        let (origin, files) = (origin(key, pins), files(used).join(", "));
        format!("{kind:6}  {name:names$}  {version:versions$}  {origin:7}  {files}\n")
    };
    used.iter().map(line).collect()
}
