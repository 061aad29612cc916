//! Travis CI: `.travis.yml` with one explicit job per leg, and scripts under `.travis/` for what is no single command.
//!
//! Syntax: <https://config.travis-ci.com>. What a phase does with its commands, and how values of `env` are read, is
//! as in <https://github.com/travis-ci/travis-build> and <https://github.com/travis-ci/travis-yml>.

mod artifact;
mod checkout;
mod condition;
mod container;
mod detect;
mod env;
mod guard;
mod job;
mod language;
mod runner;
mod setup;
mod step;
mod support;
mod triggers;

use serde::Serialize;
use serde_json::Value;

use super::{Feature, Lowering, Native, Support, System};
use crate::{
    diag::Place,
    exec::Guard,
    plan::Plan,
    render::{Language, Template},
};

/// Travis CI.
pub(super) struct Travis;

static TEMPLATE: Template =
    Template::new("travis/travis.yml.j2", include_str!("../../../templates/travis/travis.yml.j2"), Language::Yaml);

/// Where the scripts lie; a directory of its own per job keeps their names apart.
const SCRIPTS: &str = ".travis";

/// A build has at most so many jobs: <https://docs.travis-ci.com/user/build-matrix/>
const MOST_JOBS: usize = 200;

#[derive(Serialize)]
struct Build {
    header: [String; 2],
    condition: Option<String>,
    branches: Vec<String>,
    git: Vec<checkout::Setting>,
    env: Vec<String>,
    stages: Vec<String>,
    jobs: Vec<job::JobModel>,
    allow_failures: Vec<String>,
}

impl System for Travis {
    fn path(&self) -> &'static str {
        ".travis.yml"
    }

    fn places(&self) -> &'static [&'static str] {
        &[".travis.yml", ".travis/**"]
    }

    fn guard(&self) -> Guard {
        guard::GUARD
    }

    fn support(&self, feature: Feature) -> Support {
        support::support(feature)
    }

    fn runner_schema(&self) -> Value {
        runner::schema()
    }

    fn native(&self) -> Native {
        Native::Keys(&language::LANGUAGE)
    }

    fn templates(&self) -> Vec<&'static Template> {
        vec![&TEMPLATE]
    }

    fn lower(&self, plan: &Plan, out: &mut Lowering<'_>) {
        if out.path != self.path() {
            let at = Place::root().key("target").key("travis").key("path");
            let message = format!("Travis does not read `{}`", out.path);
            out.refuse(&at, message, "leave the path out: it is `.travis.yml` in the repository's root");
        }
        let count: usize = plan.jobs.iter().map(|job| job.legs.len()).sum();
        if count > MOST_JOBS {
            let message = format!("{count} legs; a build on Travis has at most {MOST_JOBS} jobs");
            out.limit(&Place::root().key("job"), message, "https://docs.travis-ci.com/user/build-matrix/");
            return;
        }
        triggers::schedule(plan, out);
        triggers::changes(plan, out);
        let gateless = artifact::without_lonely_gate(plan, out);
        let plan = gateless.as_ref().unwrap_or(plan);
        artifact::unpack(plan, out);
        let stages = stages(plan);
        let mut names = job::Names::default();
        let mut jobs = Vec::with_capacity(count);
        for (level, stage) in plan.levels().iter().zip(&stages) {
            for index in level {
                let stage = (stages.len() > 1).then_some(stage.as_str());
                jobs.extend(job::lower(plan, &plan.jobs[*index], stage, &mut names, out));
            }
        }
        let build = Build {
            header: out.header.clone(),
            condition: triggers::condition(&plan.triggers),
            branches: triggers::branches(&plan.triggers),
            git: checkout::shared(&mut jobs),
            env: env::global(plan),
            stages: if stages.len() > 1 { stages } else { Vec::new() },
            allow_failures: names.may_fail,
            jobs,
        };
        let path = out.path.clone();
        out.file(path, &TEMPLATE, &build);
    }
}

/// A name for each level: its jobs while they are few. Names of jobs have no blanks, so that none is given twice.
fn stages(plan: &Plan) -> Vec<String> {
    let name = |(number, level): (usize, &Vec<usize>)| match level.as_slice() {
        few @ ([_] | [_, _] | [_, _, _]) => {
            few.iter().map(|index| plan.jobs[*index].name.as_str()).collect::<Vec<_>>().join(" + ")
        }
        _ => format!("stage {}", number + 1),
    };
    plan.levels().iter().enumerate().map(name).collect()
}

/// A script of the pipeline: shebang, header, text.
fn script(out: &mut Lowering<'_>, path: &str, shebang: &str, text: &str) {
    let header: String = out.header.iter().map(|line| format!("# {line}\n")).collect();
    let shebang = if shebang.is_empty() { String::new() } else { format!("{shebang}\n") };
    out.text_file(path, format!("{shebang}{header}\n{text}\n"));
}

const BASH: &str = "#!/usr/bin/env bash";
