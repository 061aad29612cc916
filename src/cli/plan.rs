//! `ci-gen plan`: the expanded pipeline.

use std::path::Path;

use super::{data, format::Format, project, render::count, terminal::Terminal};
use crate::plan::{self, Job, Plan};

/// Show what the spec comes to: jobs, legs, shards, dependencies
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ci-gen plan
  ci-gen plan --format json | jq '.jobs[].legs | length'")]
pub(super) struct Arguments {
    /// How the plan is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

pub(super) fn run(arguments: &Arguments, spec: Option<&Path>, terminal: &mut Terminal) -> Result<(), u8> {
    let project = project::open(spec, terminal)?;
    project::report(&project.diagnostics(&Default::default()), &project.source, terminal);
    match arguments.format {
        Format::Json => data(&format!("{:#}\n", plan::to_json(&project.plan)), terminal),
        Format::Text => data(&text(&project.plan), terminal),
    }
}

fn text(plan: &Plan) -> String {
    let mut out = String::new();
    for job in &plan.jobs {
        out.push_str(&self::job(plan, job));
    }
    let legs: usize = plan.jobs.iter().map(|job| job.legs.len()).sum();
    out.push_str(&format!("{}, {}\n", count(plan.jobs.len(), "job"), count(legs, "leg")));
    out
}

fn job(plan: &Plan, job: &Job) -> String {
    let kind = match job.kind {
        plan::Kind::Run => "run",
        plan::Kind::Test => "test",
    };
    let mut out = format!("{} ({kind})", job.name);
    if !job.needs.is_empty() {
        let needs: Vec<&str> = job.needs.iter().map(|need| plan.jobs[*need].name.as_str()).collect();
        out.push_str(&format!(", after {}", needs.join(", ")));
    }
    out.push('\n');
    let width = job.legs.iter().map(|leg| leg.id.chars().count()).max().unwrap_or(0);
    for leg in &job.legs {
        let mut words = vec![leg.runner.clone()];
        words.extend(leg.image.iter().map(|image| format!("image {image}")));
        words.extend(leg.shard.map(|shard| format!("shard {}/{}", shard.index, shard.total)));
        words.extend(leg.matrix.iter().map(|(key, value)| format!("{key}={value}")));
        if leg.allow_failure {
            words.push("may fail".to_owned());
        }
        out.push_str(&format!("  {:width$}  {}\n", leg.id, words.join(", ")));
    }
    out
}
