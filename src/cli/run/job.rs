//! A job of the spec on one of its legs: its commands, values and result files as they are here.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::leg;
use crate::{
    cli::{
        exit,
        project::{self, Project},
        terminal::Terminal,
    },
    context::{Context, Env, Field},
    diag::{closest, quoted_list},
    plan::{self, Expr, Job, Kind, Leg, Part, Plan, Text},
    report::Shard,
    script::{self, Insert, Shell},
};

/// A job on one of its legs.
pub(super) struct Chosen {
    project: Project,
    job: usize,
    leg: usize,
    shard: Option<Shard>,
}

impl Chosen {
    /// Reads the spec and finds the job and the leg; problems are printed.
    ///
    /// # Errors
    /// The exit code.
    pub(super) fn open(
        name: &str,
        spec: Option<&Path>,
        shard: Option<Shard>,
        context: &Context,
        env: &Env,
        terminal: &mut Terminal,
    ) -> Result<Chosen, u8> {
        let project = project::open(spec, terminal)?;
        let job = find(&project.plan, name, terminal)?;
        // What the pipeline says itself goes before what the system numbers.
        let numbered = || Some((context.shard_index.as_ref()?.value, context.shard_total.as_ref()?.value));
        let known = match (shard, env.get("CI_GEN_SHARD_INDEX")) {
            (Some(shard), _) => Some((shard.index, shard.total)),
            (None, Some(_)) => None,
            (None, None) => numbered(),
        };
        let read = |variable: &str| match (variable, known) {
            ("CI_GEN_SHARD_INDEX", Some((index, _))) => Some(index.to_string()),
            ("CI_GEN_SHARD_TOTAL", Some((_, total))) => Some(total.to_string()),
            _ => env.get(variable).map(str::to_owned),
        };
        let leg = leg::choose(&project.plan.jobs[job], &read).map_err(|message| {
            terminal.problem(&message);
            exit::USAGE
        })?;
        let own = project.plan.jobs[job].legs[leg].shard.map(|it| Shard { index: it.index, total: it.total });
        Ok(Chosen { project, job, leg, shard: shard.or(own) })
    }

    fn job(&self) -> &Job {
        &self.project.plan.jobs[self.job]
    }

    fn leg(&self) -> &Leg {
        &self.job().legs[self.leg]
    }

    /// The job's name in the spec.
    pub(super) fn name(&self) -> &str {
        &self.job().name
    }

    /// The leg's id in the plan.
    pub(super) fn leg_id(&self) -> &str {
        &self.leg().id
    }

    /// Which machine of how many this is.
    pub(super) fn shard(&self) -> Option<Shard> {
        self.shard
    }

    /// A hash of the plan.
    pub(super) fn plan_id(&self) -> String {
        plan_id(&self.project.plan)
    }

    /// Whether it has to prove something by results.
    pub(super) fn is_test(&self) -> bool {
        self.job().kind == Kind::Test
    }

    /// Extra tries.
    pub(super) fn retry(&self) -> u32 {
        self.job().retry
    }

    /// The time limit in seconds.
    pub(super) fn timeout(&self) -> Option<u64> {
        self.job().timeout.map(|it| it.seconds())
    }

    /// What the spec says.
    pub(super) fn plan(&self) -> &Plan {
        &self.project.plan
    }

    /// What the spec's `[report]` says.
    pub(super) fn report(&self) -> Option<&plan::Report> {
        self.project.plan.report.as_ref()
    }

    /// The repository's root.
    pub(super) fn root(&self) -> &Path {
        &self.project.root
    }

    /// The shell of its commands.
    pub(super) fn shell(&self) -> Shell {
        self.job().shell
    }

    /// Where its commands run.
    pub(super) fn directory(&self, values: &Values<'_>) -> PathBuf {
        let below = self.job().working_directory.as_ref().map(|it| self.fill(it, values));
        below.map_or_else(|| self.project.root.clone(), |it| self.project.root.join(it))
    }

    /// Its result files, from the repository's root.
    pub(super) fn results(&self, values: &Values<'_>) -> Vec<String> {
        self.job().results.iter().map(|it| self.fill(it, values)).collect()
    }

    /// Its commands as one strict script.
    ///
    /// # Errors
    /// The exit code, if a value stands where no shell would replace it.
    pub(super) fn script(&self, terminal: &mut Terminal) -> Result<String, u8> {
        let value = |expr: &Expr| Insert::Variable(expr.carrier());
        let mut lines = vec![script::strict(self.shell()).to_owned()];
        for command in &self.job().commands {
            let line = script::insert(command, self.shell(), &value).map_err(|error| {
                terminal.problem(&format!("error: {}: {error}\nhelp: {}", self.job().place, error.help));
                exit::SPEC
            })?;
            lines.push(line);
        }
        Ok(format!("{}\n", lines.join("\n").trim_end()))
    }

    /// The variables that its pipeline sets. One that is there already keeps its value, but for those of the leg.
    pub(super) fn variables(&self, values: &Values<'_>) -> Vec<(String, String)> {
        let mut leg: Vec<Expr> = self.job().matrix_keys().into_iter().map(Expr::Matrix).collect();
        if self.shard.is_some() {
            leg.extend([Expr::ShardIndex, Expr::ShardTotal]);
        }
        let plan = &self.project.plan;
        let mut others: Vec<Expr> = plan.inputs().map(|(name, _)| Expr::Input(name.clone())).collect();
        others.extend([Expr::GitSha, Expr::GitBranch, Expr::GitTag]);
        let services = self.leg().services.iter();
        others.extend(services.flat_map(|it| [Expr::ServiceHost(it.clone()), Expr::ServicePort(it.clone())]));
        let mut all: Vec<(String, String)> =
            leg.iter().map(|expr| (expr.carrier(), self.value(expr, values))).collect();
        let set = others.iter().map(|expr| (expr.carrier(), self.value(expr, values)));
        let own = plan.env_of(self.job()).into_iter().map(|(name, text)| (name, self.fill(&text, values)));
        all.extend(set.chain(own).filter(|(name, _)| values.env.get(name).is_none()));
        all.push(("CI_GEN_LEG".to_owned(), self.leg_id().to_owned()));
        all
    }

    fn fill(&self, text: &Text, values: &Values<'_>) -> String {
        let part = |part: &Part| match part {
            Part::Lit(text) => text.clone(),
            Part::Expr(expr) => self.value(expr, values),
        };
        text.parts.iter().map(part).collect()
    }

    /// A value of the spec as it is here: that of the leg, else that of its variable, else what is known otherwise.
    fn value(&self, expr: &Expr, values: &Values<'_>) -> String {
        let shard = |number: fn(Shard) -> u32| self.shard.map(|it| number(it).to_string()).unwrap_or_default();
        match expr {
            Expr::Matrix(key) => return self.leg().value(key).to_owned(),
            Expr::ShardIndex => return shard(|it| it.index),
            Expr::ShardTotal => return shard(|it| it.total),
            _ => {}
        }
        // Pipelines hand it over under one name; a person may use the one that commands read without ci-gen.
        let names = [Some(expr.carrier()), expr.variable()];
        if let Some(value) = names.iter().flatten().find_map(|name| values.env.get(name)) {
            return value.to_owned();
        }
        let plan = &self.project.plan;
        let context = values.context;
        let known = |field: &Option<Field>| field.as_ref().map(|it| it.value.clone());
        let value = match expr {
            Expr::Input(name) => plan.inputs().find(|(it, _)| *it == name).map(|(_, input)| input.default.clone()),
            Expr::GitSha => known(&context.tested_sha).or_else(|| known(&context.head_sha)),
            Expr::GitTag => known(&context.tag),
            Expr::GitBranch if context.tag.is_some() => None,
            Expr::GitBranch => known(&context.branch),
            Expr::Env(name) => plan.env_of(self.job()).get(name).map(|text| self.fill(text, values)),
            Expr::ServiceHost(_) => Some("localhost".to_owned()),
            Expr::ServicePort(name) => plan.services.get(name).and_then(|it| it.ports.first()).map(u16::to_string),
            Expr::Matrix(_) | Expr::ShardIndex | Expr::ShardTotal => None,
        };
        value.unwrap_or_default()
    }
}

/// Where values come from that the spec does not know.
pub(super) struct Values<'a> {
    /// The variables of the process.
    pub(super) env: &'a Env,
    /// What is known of the run.
    pub(super) context: &'a Context,
}

/// The position of a job; problems are printed.
pub(super) fn find(plan: &Plan, name: &str, terminal: &mut Terminal) -> Result<usize, u8> {
    let names: Vec<&str> = plan.jobs.iter().map(|it| it.name.as_str()).collect();
    plan.jobs.iter().position(|it| it.name == name).ok_or_else(|| {
        terminal.problem(&format!("error: the spec has no job `{name}`"));
        match closest(name, &names) {
            Some(word) => terminal.problem(&format!("help: did you mean `{word}`?")),
            None => terminal.problem(&format!("help: its jobs are {}", quoted_list(&names))),
        }
        exit::USAGE
    })
}

/// A hash of what `ci-gen plan --format json` prints.
pub(super) fn plan_id(plan: &Plan) -> String {
    let digest = Sha256::digest(plan::to_json(plan).to_string());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
