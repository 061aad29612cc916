//! What a spec can ask for, and how far a CI system can do it.

use crate::{
    diag::Place,
    plan::{Job, Kind, Plan},
    spec::{Concurrency, Event, Os, Shell, When},
};

/// Something that a spec can ask for and that not every system does in the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Feature {
    /// Pushed branches, by glob
    PushBranches,
    /// Pushed tags, by glob
    PushTags,
    /// Pull and merge requests
    PullRequests,
    /// Pull requests by target branch
    PullRequestBranches,
    /// Files that must have changed
    Paths,
    /// Cron lines
    Schedule,
    /// Runs that a person starts
    Manual,
    /// Inputs of such runs
    Inputs,
    /// Linux machines
    Linux,
    /// Windows machines
    Windows,
    /// macOS machines
    Macos,
    /// Runners of `[runner.NAME]`
    Runners,
    /// A container image per job
    Image,
    /// Toolchains by version
    Setup,
    /// PowerShell
    Pwsh,
    /// Service containers
    Services,
    /// Waiting until a service answers
    Ready,
    /// Arguments for a service's entry point
    ServiceCommand,
    /// The product of axes
    Matrix,
    /// Combinations left out
    Exclude,
    /// Combinations and values added
    Include,
    /// Cancelling a matrix at its first failure
    FailFast,
    /// A limit on legs at the same time
    MaxParallel,
    /// Legs that may fail
    AllowFailure,
    /// Splitting a job over machines
    Shards,
    /// Order of jobs
    Needs,
    /// Artifacts of the needed jobs
    NeedsArtifacts,
    /// Jobs for some events
    OnlyEvents,
    /// Jobs for some branches or tags
    OnlyRefs,
    /// Jobs for some values of inputs
    OnlyInputs,
    /// Time limits
    Timeout,
    /// Extra tries
    Retry,
    /// Cancelling superseded runs
    CancelSuperseded,
    /// Waiting for the run before
    Queue,
    /// Secrets as environment variables
    Secrets,
    /// Caches keyed by lock files
    Cache,
    /// Files kept after a job
    Artifacts,
    /// Artifacts by outcome
    ArtifactsWhen,
    /// Artifacts for a limited time
    ArtifactsKeep,
    /// Result files in the system's own test view
    Results,
    /// Depth, submodules and LFS of the checkout
    Checkout,
    /// The gate of `[report]`, which decides after all other jobs
    Gate,
    /// The reports of all legs as one
    MergedReport,
    /// The gate's comment on the pull request
    Comment,
    /// The gate's commit status
    Status,
    /// The gate's check run
    Check,
    /// All that for pull requests from forks
    Forks,
}

impl Feature {
    /// Every feature, in the order of the table.
    pub const ALL: &'static [Feature] = &[
        Feature::PushBranches,
        Feature::PushTags,
        Feature::PullRequests,
        Feature::PullRequestBranches,
        Feature::Paths,
        Feature::Schedule,
        Feature::Manual,
        Feature::Inputs,
        Feature::OnlyEvents,
        Feature::OnlyRefs,
        Feature::OnlyInputs,
        Feature::Linux,
        Feature::Windows,
        Feature::Macos,
        Feature::Runners,
        Feature::Image,
        Feature::Setup,
        Feature::Pwsh,
        Feature::Services,
        Feature::Ready,
        Feature::ServiceCommand,
        Feature::Matrix,
        Feature::Exclude,
        Feature::Include,
        Feature::FailFast,
        Feature::MaxParallel,
        Feature::AllowFailure,
        Feature::Shards,
        Feature::Needs,
        Feature::NeedsArtifacts,
        Feature::Timeout,
        Feature::Retry,
        Feature::CancelSuperseded,
        Feature::Queue,
        Feature::Secrets,
        Feature::Cache,
        Feature::Artifacts,
        Feature::ArtifactsWhen,
        Feature::ArtifactsKeep,
        Feature::Results,
        Feature::Checkout,
        Feature::Gate,
        Feature::MergedReport,
        Feature::Comment,
        Feature::Status,
        Feature::Check,
        Feature::Forks,
    ];

    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Feature::PushBranches => "pushed branches, by glob",
            Feature::PushTags => "pushed tags, by glob",
            Feature::PullRequests => "pull requests",
            Feature::PullRequestBranches => "pull requests by target branch",
            Feature::Paths => "changed files",
            Feature::Schedule => "schedule",
            Feature::Manual => "manual runs",
            Feature::Inputs => "inputs of manual runs",
            Feature::Linux => "Linux",
            Feature::Windows => "Windows",
            Feature::Macos => "macOS",
            Feature::Runners => "own runners and labels",
            Feature::Image => "container image per job",
            Feature::Setup => "toolchains",
            Feature::Pwsh => "PowerShell",
            Feature::Services => "services",
            Feature::Ready => "services: readiness",
            Feature::ServiceCommand => "services: arguments",
            Feature::Matrix => "matrix",
            Feature::Exclude => "matrix: exclude",
            Feature::Include => "matrix: include",
            Feature::FailFast => "matrix: fail-fast",
            Feature::MaxParallel => "matrix: max-parallel",
            Feature::AllowFailure => "allow-failure",
            Feature::Shards => "shards",
            Feature::Needs => "needs",
            Feature::NeedsArtifacts => "needs: artifacts",
            Feature::OnlyEvents => "only: events",
            Feature::OnlyRefs => "only: branches, tags",
            Feature::OnlyInputs => "only: inputs",
            Feature::Timeout => "timeout",
            Feature::Retry => "retry",
            Feature::CancelSuperseded => "concurrency: cancel-superseded",
            Feature::Queue => "concurrency: queue",
            Feature::Secrets => "secrets",
            Feature::Cache => "cache by lock file",
            Feature::Artifacts => "artifacts",
            Feature::ArtifactsWhen => "artifacts: when",
            Feature::ArtifactsKeep => "artifacts: keep",
            Feature::Results => "results (JUnit)",
            Feature::Checkout => "checkout: depth, submodules, lfs",
            Feature::Gate => "report: gate",
            Feature::MergedReport => "report: merged",
            Feature::Comment => "report: comment",
            Feature::Status => "report: status",
            Feature::Check => "report: check",
            Feature::Forks => "report: forks",
        }
    }

    /// What to do where a system falls short of it, in one line without a full stop.
    pub(super) fn way_out(self) -> &'static str {
        match self {
            Feature::PushTags => "set the VCS root up so, or start runs of tags by hand",
            Feature::PullRequests => "create the trigger in the project's settings, or build pushed branches",
            Feature::Paths => "let the pipeline start for every change, or have the commands look at what changed",
            Feature::Schedule => {
                "create it in the settings where the file cannot hold it; a branch is the first of `on.push.branches`"
            }
            Feature::Ready => "wait in `install` where taking connections is not enough",
            Feature::FailFast => "leave out `fail-fast`, or stop the other legs by hand",
            Feature::MaxParallel => "limit the runners, or split the matrix over jobs that need each other",
            Feature::Timeout => "set the limit in the command itself, such as `timeout 10m make test`",
            Feature::CancelSuperseded => {
                "turn it on in the system's settings where it has it, or stop old runs by hand"
            }
            Feature::Queue => "lock what must not run twice in the commands themselves",
            Feature::Cache => {
                "clear the cache in the system's settings when the lock file changed, or leave `cache` out"
            }
            Feature::Artifacts => "upload what must be kept in the commands themselves",
            Feature::ArtifactsKeep => "set how long in the system's settings, or leave `keep` out",
            Feature::Results => "read the results in the log, or upload them in the commands themselves",
            Feature::Checkout => "set it in the system's settings, or fetch in `install`",
            Feature::Gate => "require the pipeline itself, which is red whenever a job is",
            Feature::MergedReport => "read the report of each leg, which it keeps in any case",
            Feature::Comment => "read the result in the log and in the reports, or leave out `comment`",
            Feature::Status => "require what the system itself says of the commit, or leave out `status`",
            Feature::Forks => "read the result in the log and in the reports of such a run",
            Feature::Check => "set `status` in its place, which every code host has",
            _ => "leave it out, or leave out the target",
        }
    }
}

/// How far a system can do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// The system's own feature; the note, if any, says what must be set up there by hand.
    Native(&'static str),
    /// By other means, with the same result.
    Emulated(&'static str),
    /// With less than the spec says: what is missing. A warning names it.
    Degraded(&'static str),
    /// Not at all: why. The system is refused.
    Unsupported(&'static str),
}

/// [`Support`] without its notes, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// The system's own feature.
    Native,
    /// By other means, with the same result.
    Emulated,
    /// With less than the spec says.
    Degraded,
    /// Not at all.
    Unsupported,
}

impl Reach {
    /// Best first.
    pub const ALL: &'static [Reach] = &[Reach::Native, Reach::Emulated, Reach::Degraded, Reach::Unsupported];

    /// The word in tables.
    pub fn word(self) -> &'static str {
        match self {
            Reach::Native => "native",
            Reach::Emulated => "emulated",
            Reach::Degraded => "degraded",
            Reach::Unsupported => "unsupported",
        }
    }
}

impl Support {
    /// How far, without the note.
    pub fn reach(self) -> Reach {
        match self {
            Support::Native(_) => Reach::Native,
            Support::Emulated(_) => Reach::Emulated,
            Support::Degraded(_) => Reach::Degraded,
            Support::Unsupported(_) => Reach::Unsupported,
        }
    }

    /// The explanation; empty for most that is native.
    pub fn note(self) -> &'static str {
        match self {
            Support::Native(note) | Support::Emulated(note) | Support::Degraded(note) | Support::Unsupported(note) => {
                note
            }
        }
    }
}

/// What a plan asks for, each with the place that asks first.
pub(super) fn used(plan: &Plan) -> Vec<(Feature, Place)> {
    let mut used = Vec::new();
    triggers(plan, &mut used);
    for job in &plan.jobs {
        of_job(plan, job, &mut used);
    }
    if let Some(report) = &plan.report {
        let at = Place::root().key("report");
        used.extend([(Feature::Gate, at.key("gate")), (Feature::MergedReport, at.clone())]);
        let published = [
            (report.comment, Feature::Comment, "comment"),
            (report.status, Feature::Status, "status"),
            (report.check, Feature::Check, "check"),
            (plan.published_for_forks().is_some(), Feature::Forks, "forks"),
        ];
        used.extend(published.iter().filter(|(on, ..)| *on).map(|(_, feature, key)| (*feature, at.key(key))));
    }
    let mut seen = Vec::new();
    used.retain(|(feature, _)| {
        let first = !seen.contains(feature);
        if first {
            seen.push(*feature);
        }
        first
    });
    used
}

fn triggers(plan: &Plan, used: &mut Vec<(Feature, Place)>) {
    let at = Place::root().key("on");
    let triggers = &plan.triggers;
    if let Some(push) = &triggers.push {
        let at = at.key("push");
        if !push.branches.is_empty() {
            used.push((Feature::PushBranches, at.key("branches")));
        }
        if !push.tags.is_empty() {
            used.push((Feature::PushTags, at.key("tags")));
        }
        if !push.paths.is_empty() {
            let key = if push.paths.include.is_empty() { "paths-ignore" } else { "paths" };
            used.push((Feature::Paths, at.key(key)));
        }
    }
    if let Some(pull_request) = &triggers.pull_request {
        let at = at.key("pull-request");
        used.push((Feature::PullRequests, at.clone()));
        if !pull_request.branches.is_empty() {
            used.push((Feature::PullRequestBranches, at.key("branches")));
        }
        if !pull_request.paths.is_empty() {
            let key = if pull_request.paths.include.is_empty() { "paths-ignore" } else { "paths" };
            used.push((Feature::Paths, at.key(key)));
        }
    }
    if !triggers.schedule.is_empty() {
        used.push((Feature::Schedule, at.key("schedule")));
    }
    if let Some(inputs) = &triggers.manual {
        used.push((Feature::Manual, at.key("manual")));
        if !inputs.is_empty() {
            used.push((Feature::Inputs, at.key("manual").key("inputs")));
        }
    }
}

fn of_job(plan: &Plan, job: &Job, used: &mut Vec<(Feature, Place)>) {
    let at = &job.place;
    let matrix_at = at.key("matrix");
    let matrix = job.matrix.as_ref();
    let mut uses = |condition: bool, feature: Feature, place: Place| {
        if condition {
            used.push((feature, place));
        }
    };
    let has_os = |os: Os| job.legs.iter().filter_map(|leg| plan.runner_of(leg)).any(|runner| runner.os == os);
    uses(has_os(Os::Linux), Feature::Linux, at.key("runner"));
    uses(has_os(Os::Windows), Feature::Windows, at.key("runner"));
    uses(has_os(Os::Macos), Feature::Macos, at.key("runner"));
    let own = job.legs.iter().filter_map(|leg| plan.runner_of(leg)).any(|runner| !runner.entries.is_empty());
    uses(own, Feature::Runners, at.key("runner"));
    uses(job.image.is_some(), Feature::Image, at.key("image"));
    uses(!job.setup.is_empty(), Feature::Setup, at.key("setup"));
    uses(job.shell == Shell::Pwsh, Feature::Pwsh, at.key("shell"));
    let services: Vec<_> =
        job.legs.iter().flat_map(|leg| &leg.services).filter_map(|it| plan.services.get(it)).collect();
    uses(!services.is_empty(), Feature::Services, at.key("services"));
    uses(services.iter().any(|it| it.ready.is_some()), Feature::Ready, at.key("services"));
    uses(services.iter().any(|it| !it.command.is_empty()), Feature::ServiceCommand, at.key("services"));
    uses(matrix.is_some(), Feature::Matrix, matrix_at.clone());
    uses(matrix.is_some_and(|it| !it.exclude.is_empty()), Feature::Exclude, matrix_at.key("exclude"));
    uses(matrix.is_some_and(|it| !it.include.is_empty()), Feature::Include, matrix_at.key("include"));
    uses(matrix.is_some_and(|it| it.fail_fast), Feature::FailFast, matrix_at.key("fail-fast"));
    uses(matrix.is_some_and(|it| it.max_parallel.is_some()), Feature::MaxParallel, matrix_at.key("max-parallel"));
    uses(job.legs.iter().any(|leg| leg.allow_failure), Feature::AllowFailure, at.key("allow-failure"));
    uses(job.shards.is_some(), Feature::Shards, at.key("shards"));
    uses(!job.needs.is_empty() && !job.gate, Feature::Needs, at.key("needs"));
    let brings = job.needs.iter().any(|need| job.brings(&plan.jobs[*need]).next().is_some());
    uses(brings && !job.gate, Feature::NeedsArtifacts, at.key("needs"));
    uses(restricts_events(plan, job), Feature::OnlyEvents, at.key("only").key("events"));
    uses(!job.only.refs.is_empty(), Feature::OnlyRefs, at.key("only"));
    uses(!job.only.inputs.is_empty(), Feature::OnlyInputs, at.key("only").key("inputs"));
    // `ci-gen run` keeps the limit itself, everywhere.
    let limited = job.timeout.is_some() && !(plan.report.is_some() && job.kind == Kind::Test);
    uses(limited, Feature::Timeout, at.key("timeout"));
    uses(job.retry > 0, Feature::Retry, at.key("retry"));
    uses(job.concurrency == Concurrency::CancelSuperseded, Feature::CancelSuperseded, at.key("concurrency"));
    uses(job.concurrency == Concurrency::Queue, Feature::Queue, at.key("concurrency"));
    uses(!job.secrets.is_empty(), Feature::Secrets, at.key("secrets"));
    if let Some(cache) = job.caches.first() {
        uses(true, Feature::Cache, cache.place.clone());
    }
    for artifact in &job.artifacts {
        uses(true, Feature::Artifacts, artifact.place.clone());
        uses(artifact.when != When::Always, Feature::ArtifactsWhen, artifact.place.key("when"));
        uses(artifact.keep.is_some(), Feature::ArtifactsKeep, artifact.place.key("keep"));
    }
    uses(!job.results.is_empty(), Feature::Results, at.key("results"));
    let plain = job.checkout.as_ref().is_none_or(|it| *it == crate::spec::Checkout::default());
    uses(!plain, Feature::Checkout, at.key("checkout"));
}

/// Whether the job leaves out an event that starts the pipeline.
pub(super) fn restricts_events(plan: &Plan, job: &Job) -> bool {
    Event::ALL.iter().any(|event| plan.triggers.has(*event) && !job.only.allows(*event))
}
