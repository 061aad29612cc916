//! How far GitHub Actions can do what a spec asks for.

use crate::systems::{Feature, Support};

pub(super) fn support(feature: Feature) -> Support {
    use Support::{Degraded, Emulated, Native};
    match feature {
        Feature::PushBranches
        | Feature::PushTags
        | Feature::PullRequests
        | Feature::PullRequestBranches
        | Feature::Paths
        | Feature::Schedule
        | Feature::Manual
        | Feature::Inputs
        | Feature::Linux
        | Feature::Windows
        | Feature::Macos
        | Feature::Runners
        | Feature::Setup
        | Feature::Pwsh
        | Feature::Matrix
        | Feature::Exclude
        | Feature::Include
        | Feature::FailFast
        | Feature::MaxParallel
        | Feature::AllowFailure
        | Feature::Needs
        | Feature::NeedsArtifacts
        | Feature::OnlyEvents
        | Feature::OnlyInputs
        | Feature::Timeout
        | Feature::CancelSuperseded
        | Feature::Cache
        | Feature::Artifacts
        | Feature::ArtifactsWhen
        | Feature::ArtifactsKeep
        | Feature::Checkout => Native(""),
        Feature::Image | Feature::Services | Feature::Ready | Feature::ServiceCommand => Native("on Linux"),
        Feature::OnlyRefs => Native("names and prefixes, in the job's `if`"),
        Feature::Secrets => Native("define the secrets in the repository's settings"),
        Feature::Shards => Emulated("an axis of the matrix"),
        Feature::Retry => Emulated("a loop in the shell"),
        Feature::Results => Emulated("kept as an artifact; GitHub has no view of tests"),
        Feature::Gate => Native("a job that also runs after failures; require it by its name"),
        Feature::MergedReport => Native(""),
        Feature::Comment | Feature::Status => Native("the job's token"),
        Feature::Forks => Native("a second workflow, which runs once it is on the default branch"),
        Feature::Check => Native("the job's token; GitHub shows it under an arbitrary workflow of the commit"),
        Feature::Queue => Degraded("of several waiting runs GitHub keeps only the newest"),
    }
}
