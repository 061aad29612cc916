//! `[report]`: tests run by ci-gen, a report per leg, and the job that merges them and decides.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::{builder::Builder, registry::slug, tool::Tool, Artifact, Duration, Expr, Job, Kind, Plan, Text};
use crate::{
    diag::{Diagnostic, Place},
    spec::{self, FailOn, OneOrMany, ReportFormat, Shell, Toggle, When},
};

/// What `[report]` says, with its defaults.
#[derive(Clone, Debug)]
pub struct Report {
    /// The formats that every run writes.
    pub formats: Vec<ReportFormat>,
    /// The gate's name.
    pub gate: String,
    /// What makes a run fail.
    pub fail_on: FailOn,
    /// Whether the gate comments on the pull request.
    pub comment: bool,
    /// Whether it sets a commit status.
    pub status: bool,
    /// Whether it writes a check run.
    pub check: bool,
    /// Secrets that it gets for that.
    pub secrets: Vec<String>,
    /// Whether results of pull requests from forks are to be published, too.
    pub forks: bool,
}

impl Report {
    /// Whether anything is published at the code host.
    pub fn publishes(&self) -> bool {
        self.comment || self.status || self.check
    }
}

/// The directory under which every leg has one for its report, from the repository's root.
///
/// Its first name is one of those in which Bitbucket looks for results:
/// <https://support.atlassian.com/bitbucket-cloud/docs/test-reporting-in-pipelines/>
pub const LEGS_DIR: &str = "test-results/ci-gen";

/// Where the gate writes the merged report, from the repository's root.
pub const MERGED_DIR: &str = "test-results/ci-gen-merged";

/// The artifacts with reports; a job of the spec can have none of that name.
pub const ARTIFACT: &str = "ci-gen-report";

/// The artifact with the merged report.
const MERGED_ARTIFACT: &str = "ci-gen-merged";

/// How much longer than the tests a whole job may take, so that a report is still written when they hang.
const GRACE_SECONDS: u64 = 5 * 60;

/// The names of a file or directory can hold these on every system that runs or keeps it.
const IN_NAMES: &str = "._+-=,@";

/// Where the table is.
pub(super) fn place() -> Place {
    Place::root().key("report")
}

/// Resolves `[report]`.
pub(super) fn build(builder: &mut Builder<'_>) -> Option<Report> {
    let table = builder.spec.report.as_ref().and_then(Toggle::table)?;
    let formats = table.formats.as_ref().map_or(ReportFormat::DEFAULT, OneOrMany::as_slice).to_vec();
    if !formats.contains(&ReportFormat::Json) {
        let help = "add \"json\"".to_owned();
        let message = "without `json` the gate has nothing to merge";
        builder.error("report-formats", place().key("formats"), message, Some(help));
    }
    for (index, format) in formats.iter().enumerate().filter(|(index, it)| formats[..*index].contains(it)) {
        let message = format!("`{}` is listed twice", format.key());
        builder.error("duplicate", place().key("formats").index(index), message, None);
    }
    let gate = table.gate.unwrap_or_else(|| "ci".to_owned());
    let at = place().key("gate");
    let valid = gate.starts_with(|c: char| c.is_ascii_alphanumeric())
        && gate.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if !valid {
        let help = "use letters, digits, `_` and `-`, beginning with a letter or digit".to_owned();
        builder.error("job-name", at.clone(), format!("`{gate}` cannot be the name of a job"), Some(help));
    }
    if let Some(twin) = builder.spec.job.keys().find(|name| slug(name) == slug(&gate)) {
        let message = format!("the gate `{gate}` and the job `{twin}` would share the identifier `{}`", slug(&gate));
        let help = "give the gate another name: `report.gate = \"…\"`".to_owned();
        builder.error("job-name-collision", at, message, Some(help));
    }
    Some(Report {
        formats,
        gate,
        fail_on: table.fail_on.unwrap_or_default(),
        comment: table.comment.unwrap_or_default(),
        status: table.status.unwrap_or_default(),
        check: table.check.unwrap_or_default(),
        secrets: table.secrets.as_ref().map_or(&[][..], OneOrMany::as_slice).to_vec(),
        forks: table.forks.unwrap_or_default(),
    })
}

/// The gate as if the spec described it; whom it needs is filled in once all jobs are known.
pub(super) fn gate(builder: &Builder<'_>, tool: &Tool) -> spec::Job {
    spec::Job {
        description: Some("Every job has passed, and the reports of all legs are one".to_owned()),
        run: Some(OneOrMany::One(merge_command(None))),
        setup: (!tool.setup.is_empty()).then(|| tool.setup.clone()),
        install: Some(tool.install.clone()),
        secrets: builder.spec.report.as_ref().and_then(Toggle::table).and_then(|it| it.secrets),
        artifacts: Some(IndexMap::from([(MERGED_ARTIFACT.to_owned(), spec::Artifact::Path(MERGED_DIR.to_owned()))])),
        concurrency: builder.spec.defaults.concurrency,
        ..spec::Job::default()
    }
}

/// Reports what keeps a job from being run and reported by ci-gen.
pub(super) fn check(builder: &mut Builder<'_>, plan: &Plan) {
    let Some(tool) = &plan.tool else { return };
    let tests = || plan.jobs.iter().filter(|it| it.kind == Kind::Test);
    if plan.report.is_none() {
        return;
    }
    if tests().next().is_none() && !plan.jobs.is_empty() {
        let help = "write `test` instead of `run` where a job runs tests, or leave out `[report]`".to_owned();
        builder.error("report-nothing", place(), "there are no tests to report: no job has `test`", Some(help));
    }
    if let (true, None, None) = (tool.posix, &builder.spec.tool.checksum, &builder.spec.tool.install) {
        let message = "no checksum pins the ci-gen that the pipelines download";
        let help = "write `checksum = \"sha256:…\"` into `[tool]`, with what `sha256sum SHA256SUMS` prints for that \
                    file of the release";
        builder.diagnostics.push(Diagnostic::warning("tool-unpinned", place(), message).on_key().help(help));
    }
    for job in tests() {
        check_job(builder, job, tool);
    }
    check_directories(builder, plan);
}

fn check_job(builder: &mut Builder<'_>, job: &Job, tool: &Tool) {
    if job.results.is_empty() {
        let help = "add `results = [\"…/*.xml\"]`: the files that the tests write, in JUnit XML".to_owned();
        let message = format!("`{}` has no `results` that `[report]` could report", job.place);
        builder.diagnostics.push(Diagnostic::error("report-results", job.place.clone(), message).on_key().help(help));
    }
    if job.checkout.is_none() {
        let help = "leave out `checkout = false`".to_owned();
        let message = format!("`ci-gen run {}` needs the spec, and the job checks nothing out", job.name);
        builder.error("report-checkout", job.place.key("checkout"), message, Some(help));
    }
    if job.shell == Shell::Pwsh && tool.posix {
        let help = "write `[tool] from = \"cargo\"`, or your own commands as `[tool] install`".to_owned();
        let message = "the download of a release is written for bash and sh, not for PowerShell";
        builder.error("report-shell", job.place.key("shell"), message, Some(help));
    }
    for artifact in job.artifacts.iter().filter(|it| it.name == ARTIFACT) {
        let help = "choose another name".to_owned();
        let message = format!("`{ARTIFACT}` is the artifact with the reports of `[report]`");
        builder.error("artifact-name", artifact.place.clone(), message, Some(help));
    }
}

/// Every leg needs a directory of its own, and what fills in its name are the matrix values as they are.
fn check_directories(builder: &mut Builder<'_>, plan: &Plan) {
    let mut seen: HashMap<String, &str> = HashMap::new();
    for job in plan.jobs.iter().filter(|it| it.kind == Kind::Test) {
        let label = job.leg_label();
        for leg in &job.legs {
            let name = leg.fill(&label).as_literal().unwrap_or_default().to_lowercase();
            let odd = name.chars().find(|c| !c.is_ascii_alphanumeric() && !IN_NAMES.contains(*c));
            let help = "give each leg a short word in the matrix, such as `include = [{ image = \"a/b:1\", … }]` with \
                        a plain axis beside it";
            if let Some(c) = odd {
                let message =
                    format!("no directory can hold {c:?}, so the leg `{}` has no place for its report", leg.id);
                let at = job.place.key("matrix");
                builder.diagnostics.push(Diagnostic::error("report-leg", at, message).on_key().help(help));
                break;
            }
            if let Some(twin) = seen.insert(name, &leg.id) {
                let message = format!("the legs `{twin}` and `{}` would write their reports to the same place", leg.id);
                let at = job.place.key("matrix");
                builder.diagnostics.push(Diagnostic::error("report-leg", at, message).on_key().help(help));
                break;
            }
        }
    }
}

impl Job {
    /// What tells the legs of the plan apart in `CI_GEN_LEG` and in paths: the job's slug and the leg's values as they
    /// are, which is all that a native matrix knows of a leg.
    pub fn leg_label(&self) -> Text {
        let mut label = Text::literal(&self.slug);
        let keys = self.matrix_keys().into_iter().map(Expr::Matrix);
        for expr in keys.chain(self.shards.map(|_| Expr::ShardIndex)) {
            label.push_lit("-");
            label.push_expr(expr);
        }
        label
    }

    /// Whether ci-gen runs and reports its tests, in the plan that pipelines carry out.
    pub fn is_reported(&self) -> bool {
        self.artifacts.iter().any(Artifact::is_report)
    }

    /// The artifacts that a job gets of one that it needs: the gate gets reports alone.
    pub fn brings<'a>(&'a self, need: &'a Job) -> impl Iterator<Item = &'a Artifact> {
        need.artifacts.iter().filter(|it| !self.gate || it.is_report())
    }
}

impl Artifact {
    /// Whether it is the directory with the report of a leg.
    pub fn is_report(&self) -> bool {
        self.name == ARTIFACT
    }
}

impl Expr {
    /// The variable that hands a value to `ci-gen run`, also where commands of a pipeline know it without one.
    pub fn carrier(&self) -> String {
        let service =
            |name: &str, what: &str| format!("CI_GEN_SERVICE_{}_{what}", name.to_uppercase().replace('-', "_"));
        match self {
            Expr::ServiceHost(name) => service(name, "HOST"),
            Expr::ServicePort(name) => service(name, "PORT"),
            // Tasks of one system take `INPUT_*` for their own inputs.
            Expr::Input(_) => format!("CI_GEN_{}", self.variable().unwrap_or_default()),
            other => other.variable().unwrap_or_default(),
        }
    }
}

impl Plan {
    /// What a job publishes at the code host, if it does: the gate alone ever does.
    pub fn published_by(&self, job: &Job) -> Option<&Report> {
        self.report.as_ref().filter(|it| job.gate && it.publishes())
    }

    /// What has to be published in the place of runs of forks; nothing unless pull requests start the pipeline.
    pub fn published_for_forks(&self) -> Option<&Report> {
        self.report.as_ref().filter(|it| it.forks && it.publishes() && self.triggers.pull_request.is_some())
    }

    /// The plan as pipelines carry it out: with `[report]`, tests are run by `ci-gen run`.
    ///
    /// `spec_path` is where the spec lies in the repository; `None` where ci-gen finds it by itself.
    pub fn in_pipelines(&self, spec_path: Option<&str>) -> Plan {
        let mut plan = self.clone();
        let Some(tool) = &self.tool else { return plan };
        let option = spec_path.map(|path| format!(" --spec {}", word(path))).unwrap_or_default();
        for job in &mut plan.jobs {
            if job.place == super::drift_check::place() {
                job.commands = tool.commands(format!("{}{option}", super::drift_check::COMMAND));
            } else if job.gate {
                job.commands = tool.commands(merge_command(spec_path));
            } else if let (Some(report), Kind::Test) = (&self.report, job.kind) {
                reported(job, report, tool, &option);
            }
        }
        plan
    }
}

/// The gate's command. Reports are read from where every leg wrote its own.
fn merge_command(spec_path: Option<&str>) -> String {
    let option = spec_path.map(|path| format!(" --spec {}", word(path))).unwrap_or_default();
    format!("ci-gen run --aggregate-reports --report-dir {LEGS_DIR} --output-dir {MERGED_DIR}{option}")
}

/// Lets ci-gen run a job's tests. What it knows from the spec by itself is taken out of the native job: the tests'
/// commands, their directory, tries and result files.
fn reported(job: &mut Job, report: &Report, tool: &Tool, option: &str) {
    let mut directory = Text::literal(format!("{LEGS_DIR}/"));
    directory.push(&job.leg_label());
    let mut junit = directory.clone();
    junit.push_lit("/junit.xml");
    job.env.insert("CI_GEN_LEG".to_owned(), job.leg_label());
    job.env.insert("CI_GEN_OUTPUT_DIR".to_owned(), directory.clone());
    hand_over_values(job);
    let mut install: Vec<Text> =
        tool.install.as_slice().iter().map(|it| Text::parse(it).unwrap_or_else(|_| Text::literal(it))).collect();
    if let (Some(directory), false) = (job.working_directory.take(), job.install.is_empty()) {
        install.push(change_directory(&directory, job.shell));
    }
    install.append(&mut job.install);
    job.install = install;
    for (toolchain, version) in &tool.setup {
        job.setup.entry(*toolchain).or_insert_with(|| Text::literal(version.text()));
        for leg in &mut job.legs {
            leg.setup.entry(*toolchain).or_insert_with(|| version.text());
        }
    }
    job.commands = tool.commands(format!("ci-gen run {}{option}", job.name));
    job.retry = 0;
    job.timeout = job.timeout.map(|it| it.longer_by(GRACE_SECONDS));
    job.results = if report.formats.contains(&ReportFormat::Junit) { vec![junit] } else { Vec::new() };
    let (name, paths, place) = (ARTIFACT.to_owned(), vec![directory], place());
    job.artifacts.push(Artifact { name, paths, when: When::Always, keep: None, place });
}

/// Values that a native step gets because its commands name them are no longer named by them.
fn hand_over_values(job: &mut Job) {
    let mut values: Vec<Expr> = Vec::new();
    for expr in job.commands.iter().flat_map(Text::exprs) {
        let always = matches!(expr, Expr::Matrix(_) | Expr::ShardIndex | Expr::ShardTotal | Expr::Env(_));
        if !always && !values.contains(expr) {
            values.push(expr.clone());
        }
    }
    for value in values {
        job.env.insert(value.carrier(), Text::expr(value));
    }
}

/// A command that goes to a directory of the repository.
fn change_directory(directory: &Text, shell: Shell) -> Text {
    let mut command = Text::literal("cd ");
    match directory.as_literal() {
        Some(path) if shell == Shell::Pwsh => command.push_lit(&format!("'{}'", path.replace('\'', "''"))),
        Some(path) => command.push_lit(&word(path)),
        None => command.push(directory),
    }
    command
}

/// A word of the shell.
fn word(path: &str) -> String {
    match path.chars().all(|c| c.is_ascii_alphanumeric() || "._/-".contains(c)) {
        true => path.to_owned(),
        false => format!("'{}'", path.replace('\'', "'\\''")),
    }
}

impl Duration {
    /// So many seconds more.
    fn longer_by(self, seconds: u64) -> Duration {
        Duration::parse(&format!("{}s", self.seconds().saturating_add(seconds))).unwrap_or(self)
    }
}
