//! How far Azure Pipelines can do what a spec asks for.

use crate::systems::{Feature, Support};

pub(super) fn support(feature: Feature) -> Support {
    use Support::{Degraded, Emulated, Native};
    match feature {
        Feature::Gate => Native("a job that also runs after failures"),
        Feature::MergedReport => Native(""),
        Feature::Comment | Feature::Status => Native(
            "the job's token on Azure Repos, where the build service may contribute to pull requests; elsewhere the code \
             host's token in `report.secrets`",
        ),
        Feature::Forks => Degraded("builds of forks get a weaker token, and no secrets unless the pipeline allows it"),
        Feature::Check => Degraded("check runs need a GitHub app's own token, which lasts an hour; without one a commit status is set"),
        Feature::PushBranches
        | Feature::PushTags
        | Feature::PullRequestBranches
        | Feature::Inputs
        | Feature::OnlyEvents
        | Feature::OnlyInputs
        | Feature::Linux
        | Feature::Windows
        | Feature::Macos
        | Feature::Runners
        | Feature::Pwsh
        | Feature::Matrix
        | Feature::MaxParallel
        | Feature::Needs
        | Feature::Timeout
        | Feature::Retry
        | Feature::Artifacts
        | Feature::ArtifactsWhen
        | Feature::Results
        | Feature::Checkout => Native(""),
        Feature::PullRequests => Native("in Azure Repos a branch policy starts them, not the file"),
        Feature::Paths => Native("in Azure Repos not for pull requests: the branch policy has its own filter"),
        Feature::Schedule => Degraded(
            "Azure wants branches by name: the first one that `on.push` names, else `main` and `master`, stands for the \
             default branch",
        ),
        Feature::Manual => Native("a person can start a run even without it"),
        Feature::OnlyRefs => Native("names and prefixes, in the job's condition, which ignores case"),
        Feature::Image => Native("on Linux; the image needs bash and glibc"),
        Feature::Setup => Native(
            "tasks; Java and Ruby as far as the machine has them; PHP, and toolchains of a job's `image`, are only checked",
        ),
        Feature::Services => Native("on Linux"),
        Feature::Ready => Native("Docker's health check"),
        Feature::ServiceCommand => Emulated("`docker run` in a step; not beside a job's `image`"),
        Feature::Exclude | Feature::Include => Emulated("the legs are written out"),
        Feature::FailFast => Degraded("the other legs run to their end"),
        Feature::AllowFailure => Emulated("a job of its own for the legs that may fail"),
        Feature::Shards => Emulated("legs of the matrix"),
        Feature::NeedsArtifacts => Emulated("downloaded, then copied to where they were"),
        Feature::CancelSuperseded => Degraded("runs of pull requests only, and always the whole run"),
        Feature::Queue => {
            Degraded("the whole pipeline waits, on pushes only, and of several waiting pushes only the newest is built")
        }
        Feature::Secrets => {
            Native("define secret variables of these names in the pipeline; one that is missing reads `$(NAME)`")
        }
        Feature::Cache => Native("saved by jobs that succeed"),
        Feature::ArtifactsKeep => Degraded("artifacts are kept as long as the run"),
    }
}
