//! How far Jenkins can do what a spec asks for.

use crate::systems::{Feature, Support};

pub(super) fn support(feature: Feature) -> Support {
    use Support::{Degraded, Emulated, Native};
    match feature {
        Feature::Gate => Native("a last stage that runs whatever became of the others, about the reports; any other failed stage fails the build"),
        Feature::MergedReport => Native(""),
        Feature::Comment | Feature::Status => Emulated("at the code host, with its token in `report.secrets`"),
        Feature::Forks => Native("the branch source says which forks are built, and with whose Jenkinsfile"),
        Feature::Check => Degraded("check runs need a GitHub app's own token, which lasts an hour; without one a commit status is set"),
        Feature::PushBranches => Native(
            "a multibranch job finds the branches; a build that a person starts counts as a push without `manual`",
        ),
        Feature::PushTags => Native("let the branch source discover tags and build them"),
        Feature::PullRequests | Feature::PullRequestBranches => Native("let the branch source discover pull requests"),
        Feature::Paths => {
            Degraded("compared with the build before, not with the target branch; a first build always runs")
        }
        Feature::Schedule => Native("on the branch that the branch source calls primary, from its first build on"),
        Feature::Manual => Native("from the second build of a branch on with inputs"),
        Feature::Inputs => Native("parameters `INPUT_…`; a number is a string there"),
        Feature::OnlyEvents | Feature::OnlyRefs | Feature::OnlyInputs => Native("in the stage's `when`"),
        Feature::Linux | Feature::Windows | Feature::Macos => Native(
            "own agents, labelled `linux`, `windows`, `macos`; bash on Windows is Git's, with `sh` on the `PATH`",
        ),
        Feature::Image => Native("plugin Docker Pipeline; on Linux agents with Docker, as root"),
        Feature::Setup => Emulated("official images on Linux; elsewhere a check of what the agent has, Rust by rustup"),
        Feature::Services => Emulated("containers on a network of their own, on Linux agents with Docker"),
        Feature::Ready | Feature::ServiceCommand => Emulated("by `docker run`"),
        Feature::Matrix => Native("a stage of its own, behind the jobs without a matrix that need as much"),
        Feature::Include => Emulated("parallel stages, one for each leg"),
        Feature::MaxParallel => Degraded("Jenkins runs as many legs as there are executors"),
        Feature::Shards => Emulated("an axis of the matrix"),
        Feature::Needs => {
            Native("stages in order: each waits for all before it and is skipped when one of them failed")
        }
        Feature::NeedsArtifacts => Native("stashes, for files of moderate size"),
        Feature::CancelSuperseded => Native("whole builds of the same branch"),
        Feature::Queue => Degraded("whole builds of the same branch, and of several waiting ones only one runs"),
        Feature::Secrets => Native("plugin Credentials Binding; define each as secret text whose id is its name"),
        Feature::Cache => {
            Native("plugin Job Cacher; one cache for each branch, seeded from the first branch of `push`")
        }
        Feature::ArtifactsKeep => Emulated("one limit for all artifacts of the job, with the longest time"),
        Feature::Results => Native("plugin JUnit; the exit code alone decides about the build"),
        Feature::Checkout => Native("plugin Git; the depth is set in the branch source"),
        Feature::Runners
        | Feature::Pwsh
        | Feature::Exclude
        | Feature::FailFast
        | Feature::AllowFailure
        | Feature::Timeout
        | Feature::Retry
        | Feature::Artifacts
        | Feature::ArtifactsWhen => Native(""),
    }
}
