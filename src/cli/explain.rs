//! `ci-gen explain`: what each system does with a spec, and why not more.

use std::path::Path;

use serde_json::{json, Value};

use super::{
    data, exit,
    format::{wrap, Format},
    project::{self, Project},
    render::system,
    terminal::Terminal,
};
use crate::{
    diag::Diagnostic,
    id::SystemId,
    systems::{self, Finding, Reach},
};

/// Show what each system does with the spec: natively, by other means, with less, or not at all
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ci-gen explain                      every target of the spec
  ci-gen explain --target bitbucket   one system
  ci-gen explain --format json | jq '.systems[] | select(.refused) | .system'

native: the system's own feature; emulated: by other means, with the same result;
degraded: with less than the spec says; unsupported: not at all, the system gets no file.
The exit code is 0 for every valid spec, also if a system is refused.")]
pub(super) struct Arguments {
    /// Only this system; may be repeated [default: the spec's targets]
    #[arg(long = "target", value_name = "SYSTEM", value_parser = system)]
    targets: Vec<SystemId>,
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

pub(super) fn run(arguments: &Arguments, spec: Option<&Path>, terminal: &mut Terminal) -> Result<(), u8> {
    let project = project::open(spec, terminal)?;
    // A system may also be asked about before it is a target.
    let wanted = match arguments.targets.as_slice() {
        [] => project.spec.targets.as_slice(),
        named => named,
    };
    let generated = systems::generate(&project.spec, &project.plan, wanted, &project.spec_path(&project.root));
    let explained = |it: &Diagnostic| matches!(it.code, "degraded" | "unsupported" | "limit" | "refused");
    let mut diagnostics = project.diagnostics(&generated);
    diagnostics.retain(|it| !explained(it));
    project::report(&diagnostics, &project.source, terminal);
    if diagnostics.iter().any(|it| it.code == "internal") {
        return Err(exit::INTERNAL);
    }
    if crate::diag::has_errors(&diagnostics) {
        return Err(exit::SPEC);
    }
    let systems: Vec<SystemId> = SystemId::ALL.iter().copied().filter(|id| wanted.contains(id)).collect();
    let of = |id: &SystemId| {
        let mut findings: Vec<&Finding> = generated.findings.iter().filter(|it| it.system == *id).collect();
        findings.sort_by_key(|it| it.reach);
        findings
    };
    match arguments.format {
        Format::Json => {
            let list: Vec<Value> = systems.iter().map(|id| to_json(&project, *id, &of(id))).collect();
            data(&format!("{:#}\n", json!({ "systems": list })), terminal)
        }
        Format::Text => {
            let texts: Vec<String> = systems.iter().map(|id| text(&project, *id, &of(id))).collect();
            data(&texts.join("\n"), terminal)
        }
    }
}

fn is_refused(findings: &[&Finding]) -> bool {
    findings.iter().any(|it| it.reach == Reach::Unsupported)
}

fn to_json(project: &Project, id: SystemId, findings: &[&Finding]) -> Value {
    let list = findings.iter().map(|it| {
        json!({
            "support": it.reach.word(),
            "feature": it.feature.map(|feature| feature.title()),
            "place": it.place.to_string(),
            "line": project.line(&it.place),
            "reason": (!it.reason.is_empty()).then_some(&it.reason),
            "help": it.help,
        })
    });
    json!({
        "system": id.key(),
        "title": id.title(),
        "refused": is_refused(findings),
        "features": list.collect::<Vec<_>>(),
    })
}

/// Lines are no longer than this, so that they can be read in any terminal and pasted anywhere.
const WIDTH: usize = 80;
/// The first two columns, each wide enough for what stands in it: `  unsupported  line 123  `.
const SUPPORT: usize = 11;
const LINE: usize = 8;
/// Where the last column begins.
const REASON: usize = 2 + SUPPORT + 2 + LINE + 2;

fn text(project: &Project, id: SystemId, findings: &[&Finding]) -> String {
    let mut out = format!("{}\n  {}\n", heading(id, findings), summary(findings));
    for finding in findings {
        let line = project.line(&finding.place).map_or(String::new(), |line| format!("line {line}"));
        let what = match (finding.feature, finding.reason.as_str()) {
            (Some(feature), "") => feature.title().to_owned(),
            (Some(feature), reason) => format!("{}: {reason}", feature.title()),
            (None, reason) => reason.to_owned(),
        };
        let mut lines = wrap(&what, WIDTH - REASON).into_iter();
        let begin = lines.next().unwrap_or_default();
        out.push_str(&format!("  {:SUPPORT$}  {line:LINE$}  {begin}\n", finding.reach.word()));
        let help = finding.help.iter().flat_map(|help| wrap(&format!("help: {help}"), WIDTH - REASON));
        for line in lines.chain(help) {
            out.push_str(&format!("{:REASON$}{line}\n", ""));
        }
    }
    out
}

fn heading(id: SystemId, findings: &[&Finding]) -> String {
    match is_refused(findings) {
        true => format!("{} ({id}) gets no file", id.title()),
        false => format!("{} ({id})", id.title()),
    }
}

/// `3 native, 1 unsupported`
fn summary(findings: &[&Finding]) -> String {
    let count = |reach: &Reach| findings.iter().filter(|it| it.reach == *reach).count();
    let parts = Reach::ALL.iter().map(|reach| (count(reach), reach.word())).filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts.map(|(count, word)| format!("{count} {word}")).collect();
    parts.join(", ")
}
