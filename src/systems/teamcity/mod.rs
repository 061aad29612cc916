//! TeamCity: settings in Kotlin, one build configuration per job or leg, and one that starts them all.
//!
//! DSL: <https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/>

mod announce;
mod artifact;
mod branch;
mod build;
mod cache;
mod condition;
mod detect;
mod guard;
mod name;
mod pipeline;
mod runner;
mod script;
mod service;
mod shape;
mod slots;
mod step;
mod support;
mod text;

use serde::Serialize;
use serde_json::Value;

use self::{
    build::{Build, Dependency, Snapshot},
    shape::{Form, Shape},
};
use super::{commands, Announced, Announcement, Feature, Lowering, Native, Support, System};
use crate::{
    diag::Place,
    exec::Guard,
    plan::{Expr, Job, Plan},
    render::{Language, Template},
    spec::{Concurrency, Event},
};

/// TeamCity.
pub(super) struct Teamcity;

static SETTINGS: Template = Template::new(
    "teamcity/settings.kts.j2",
    include_str!("../../../templates/teamcity/settings.kts.j2"),
    Language::Kotlin,
);

static POM: Template =
    Template::new("teamcity/pom.xml.j2", include_str!("../../../templates/teamcity/pom.xml.j2"), Language::Xml);

/// The oldest DSL that has all that is used here, and the one that can cancel superseded builds:
/// <https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/build-type-settings/running-builds-limiting-mode.html>
const VERSION: &str = "2025.11";
const VERSION_WITH_CANCEL: &str = "2026.1";

/// A key and its value, in order.
pub(super) type Pair = (String, String);

#[derive(Serialize)]
struct Settings {
    header: [String; 2],
    notes: Vec<String>,
    imports: Vec<String>,
    version: &'static str,
    params: Vec<Pair>,
    resources: Vec<(String, u32)>,
    watch_pull_requests: bool,
    targets: Option<String>,
    pipelines: Vec<pipeline::Pipeline>,
    jobs: Vec<JobModel>,
    own: slots::OfFile,
}

/// All that a job becomes.
#[derive(Serialize)]
struct JobModel {
    description: Option<String>,
    builds: Vec<Build>,
    composite: Option<Composite>,
}

/// The build that stands for all legs of a job.
#[derive(Serialize)]
struct Composite {
    identifier: String,
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Serialize)]
struct Pom {
    header: [String; 2],
    group: String,
}

impl System for Teamcity {
    fn path(&self) -> &'static str {
        ".teamcity/settings.kts"
    }

    fn places(&self) -> &'static [&'static str] {
        &[".teamcity/settings.kts", ".teamcity/pom.xml"]
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
        Native::Text(&slots::SLOTS)
    }

    fn templates(&self) -> Vec<&'static Template> {
        vec![&SETTINGS, &POM]
    }

    fn announce(&self, announced: &Announced<'_>) -> Announcement {
        announce::announce(announced)
    }

    fn lower(&self, plan: &Plan, out: &mut Lowering<'_>) {
        let directory = match out.path.strip_suffix("settings.kts") {
            Some(directory) if directory.is_empty() || directory.ends_with('/') => directory.to_owned(),
            _ => {
                let at = Place::root().key("target").key("teamcity").key("path");
                let message = format!("TeamCity does not read settings from `{}`", out.path);
                out.refuse(&at, message, "choose a path that ends in `settings.kts`");
                return;
            }
        };
        let mut names = name::Names::new();
        let shapes: Vec<Shape<'_>> = plan.jobs.iter().map(|job| shape::of(plan, job, &mut names, out)).collect();
        let own = slots::OfFile::new(&mut names, out);
        let settings = settings(plan, &shapes, own, out);
        let path = out.path.clone();
        out.file(path, &SETTINGS, &settings);
        let group = names.of(&plan.name, "");
        out.file(format!("{directory}pom.xml"), &POM, &Pom { header: out.header.clone(), group });
    }
}

fn settings(plan: &Plan, shapes: &[Shape<'_>], own: slots::OfFile, out: &mut Lowering<'_>) -> Settings {
    let requests = plan.triggers.pull_request.as_ref();
    let at = Place::root().key("on").key("pull-request").key("branches");
    let targets = requests.map(|it| pipeline::filters(&it.branches, "refs/heads/", &at, out)).unwrap_or_default();
    let locks = plan.jobs.iter().zip(shapes).filter_map(|(job, shape)| {
        let most = job.matrix.as_ref()?.max_parallel?;
        Some((build::lock(job, shape)?, most))
    });
    let cancels = plan.jobs.iter().any(|job| job.concurrency == Concurrency::CancelSuperseded);
    Settings {
        own,
        header: out.header.clone(),
        notes: notes(plan),
        imports: imports(plan, shapes),
        version: if cancels { VERSION_WITH_CANCEL } else { VERSION },
        params: params(plan),
        resources: locks.collect(),
        watch_pull_requests: requests.is_some(),
        targets: (!targets.is_empty()).then(|| targets.join("\n")),
        pipelines: pipeline::lower(plan, shapes, out),
        jobs: plan.jobs.iter().zip(shapes).map(|(job, shape)| self::job(plan, job, shapes, shape, out)).collect(),
    }
}

fn job(plan: &Plan, job: &Job, shapes: &[Shape<'_>], shape: &Shape<'_>, out: &mut Lowering<'_>) -> JobModel {
    let builds = shape.groups.iter().map(|group| build::lower(plan, job, shapes, shape, group, out)).collect();
    let composite = shape.composite.then(|| {
        let dependencies = shape.groups.iter().flat_map(|group| {
            let may_fail = group.legs.iter().all(|leg| leg.allow_failure) && !shape.may_fail;
            let depend = |on: &String, list, may_fail| Dependency {
                on: on.clone(),
                list,
                snapshot: Some(Snapshot::summary(may_fail)),
                artifacts: None,
            };
            match &group.form {
                Form::Class if build::mixed(shape, group) => {
                    vec![depend(&group.list, Some("required"), false), depend(&group.list, Some("mayFail"), true)]
                }
                Form::Class => vec![depend(&group.list, Some("all"), may_fail)],
                Form::Single | Form::Matrix { .. } => vec![depend(&group.identifier, None, may_fail)],
            }
        });
        Composite {
            identifier: shape.target.clone(),
            name: text::escape(&job.name),
            dependencies: dependencies.collect(),
        }
    });
    JobModel { description: job.description.clone(), builds, composite }
}

/// What every build sees: the spec's environment, and inputs with their defaults.
fn params(plan: &Plan) -> Vec<Pair> {
    let texts = plan.jobs.iter().flat_map(|job| job.commands.iter().chain(&job.install).chain(job.env.values()));
    let used = commands::exprs(texts.chain(plan.env.values()));
    let is_used = |name: &String| {
        let tested = plan.jobs.iter().any(|job| job.only.inputs.contains_key(name));
        tested || used.contains(&Expr::Input(name.clone()))
    };
    let inputs = plan.inputs().filter(|(name, _)| is_used(name)).map(|(name, input)| {
        let variable = commands::variable(&Expr::Input(name.clone()));
        (format!("env.{variable}"), text::escape(&input.default))
    });
    let env = plan.env.iter().filter(|(_, value)| !text::is_known_to_shell_only(value));
    inputs.chain(env.map(|(name, value)| (format!("env.{name}"), text::text(value)))).collect()
}

/// What must be set up on the server, since no file of the repository can.
fn notes(plan: &Plan) -> Vec<String> {
    let mut notes = Vec::new();
    let push = plan.triggers.push.as_ref();
    match push.is_some_and(|it| !it.tags.is_empty()) {
        true => notes.push(
            "The VCS root needs tags as branches and the branch specification `+:refs/heads/*`, `+:refs/(tags/*)`."
                .to_owned(),
        ),
        false if push.is_some() => {
            notes.push("The VCS root needs the branch specification `+:refs/heads/*`.".to_owned());
        }
        false => {}
    }
    let mut secrets: Vec<&String> = Vec::new();
    for secret in plan.jobs.iter().flat_map(|job| &job.secrets) {
        if !secrets.contains(&secret) {
            secrets.push(secret);
        }
    }
    if !secrets.is_empty() {
        let names: Vec<String> = secrets.iter().map(|secret| format!("`secret.{secret}`")).collect();
        notes.push(format!("A project above this one needs the password parameters {}.", names.join(", ")));
    }
    notes
}

fn imports(plan: &Plan, shapes: &[Shape<'_>]) -> Vec<String> {
    let any = |condition: &dyn Fn(&Job) -> bool| plan.jobs.iter().any(condition);
    let windows =
        shapes.iter().flat_map(|it| &it.groups).any(|it| runner::os(plan, it.legs[0]) == crate::spec::Os::Windows);
    let pwsh = any(&|job| job.shell == crate::spec::Shell::Pwsh);
    let requests = plan.triggers.has(Event::PullRequest);
    let used = [
        ("buildFeatures.PullRequests", requests),
        ("buildFeatures.XmlReport", any(&|job| !job.results.is_empty())),
        ("buildFeatures.buildCache", any(&|job| !job.caches.is_empty())),
        ("buildFeatures.pullRequests", requests),
        ("buildFeatures.xmlReport", any(&|job| !job.results.is_empty())),
        ("buildSteps.PowerShellStep", pwsh),
        ("buildSteps.powerShell", pwsh || windows),
        ("buildSteps.script", true),
        ("triggers.schedule", !plan.triggers.schedule.is_empty()),
        ("triggers.vcs", plan.triggers.push.is_some() || requests),
    ];
    let used =
        used.iter().filter(|(_, used)| *used).map(|(name, _)| format!("jetbrains.buildServer.configs.kotlin.{name}"));
    used.collect()
}
