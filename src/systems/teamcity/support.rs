//! How far TeamCity can do what a spec asks for.

use crate::systems::{Feature, Support};

pub(super) fn support(feature: Feature) -> Support {
    use Support::{Degraded, Emulated, Native};
    match feature {
        Feature::Gate => Native("a build that runs after failed ones, too, and has their problems"),
        Feature::MergedReport => Native(""),
        Feature::Comment | Feature::Status => Emulated(
            "at the code host, with its token in `report.secrets` or as `env.NAME` of a project above this one",
        ),
        Feature::Forks => Native("builds of forks have the secrets as well; build only those that you trust"),
        Feature::Check => Degraded(
            "check runs need a GitHub app's own token, which lasts an hour; without one a commit status is set",
        ),
        Feature::PushBranches => Native("the VCS root must watch the branches: `+:refs/heads/*`"),
        Feature::PushTags => Degraded(
            "the VCS root must show tags as branches (`+:refs/(tags/*)`), and a tag on a commit that the default \
             branch has built starts nothing by itself",
        ),
        Feature::PullRequests => Native(
            "GitHub, unless the DSL context parameter `pullRequests` names another host; of public repositories only \
             those by members and collaborators",
        ),
        Feature::PullRequestBranches => Native("in the pull requests feature"),
        Feature::Paths => Native("in the trigger"),
        Feature::Schedule => Native("by VCS default branch, in UTC"),
        Feature::Manual => Native("anyone may run any build by hand; runs of the whole start at the pipeline's build"),
        Feature::Inputs => Native("asked for by the pipeline's build and handed to every job"),
        Feature::OnlyEvents => Native("a pipeline per set of jobs"),
        Feature::OnlyRefs | Feature::OnlyInputs => {
            Emulated("conditions of the steps; a job that is left out takes an agent and ends green")
        }
        Feature::Linux | Feature::Macos | Feature::Runners => Native("own or cloud agents"),
        Feature::Windows => Native("own or cloud agents; bash is that of Git for Windows in `Program Files`"),
        Feature::Image => Native("Linux agents with Docker"),
        Feature::Setup => {
            Emulated("Linux: official images; elsewhere the agent must have the version, which is checked")
        }
        Feature::Pwsh => Native(""),
        Feature::Services | Feature::Ready | Feature::ServiceCommand => {
            Emulated("`docker run` on Linux agents, ports published on the agent")
        }
        Feature::Matrix => Native(
            "the matrix feature where it gives the same builds, else a build configuration per leg; both count \
             against the licence",
        ),
        Feature::Exclude | Feature::Include => Emulated("a build configuration per leg"),
        Feature::FailFast => Degraded("the other legs go on"),
        Feature::MaxParallel => Emulated("a shared resource with that many locks, over all runs"),
        Feature::AllowFailure => Native("in the dependencies on the leg; the leg itself is shown as failed"),
        Feature::Shards => Emulated("an axis of the matrix"),
        Feature::Needs | Feature::NeedsArtifacts => Native(""),
        Feature::Timeout => Native("in minutes"),
        Feature::Retry => Emulated("a loop in the shell"),
        Feature::CancelSuperseded => Native("per branch and job; needs TeamCity 2026.1"),
        Feature::Queue => Native("per branch and job"),
        Feature::Secrets => Native(
            "define password parameters `secret.NAME` in a project above this one; every step of the job's build \
             sees them",
        ),
        Feature::Cache => {
            Degraded("lock files are not part of the key: a cache is replaced whenever a build changed it")
        }
        Feature::Artifacts | Feature::ArtifactsWhen => Native(""),
        Feature::ArtifactsKeep => Degraded("how long artifacts are kept is a clean-up rule of the server"),
        Feature::Results => Native(""),
        Feature::Checkout => Degraded("depth, submodules and LFS are settings of the VCS root and the agents"),
    }
}
