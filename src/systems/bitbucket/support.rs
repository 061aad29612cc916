//! How far Bitbucket Pipelines can do what a spec asks for.

use crate::systems::{Feature, Support};

pub(super) fn support(feature: Feature) -> Support {
    use Support::{Degraded, Emulated, Native, Unsupported};
    match feature {
        Feature::Gate => {
            Degraded("a pipeline ends with the first failure, so the gate runs only if all before it passed")
        }
        Feature::MergedReport => Degraded("only of a pipeline without failures"),
        Feature::Comment | Feature::Status => Degraded(
            "only of a pipeline without failures, with an access token as the secured variable BITBUCKET_TOKEN",
        ),
        Feature::Forks => Degraded("pipelines of forks run in the fork, with its variables"),
        Feature::Check => {
            Degraded("Bitbucket has no check runs; a commit status is set, only of a pipeline without failures")
        }
        Feature::PushBranches
        | Feature::PushTags
        | Feature::PullRequests
        | Feature::OnlyEvents
        | Feature::Linux
        | Feature::NeedsArtifacts
        | Feature::Timeout
        | Feature::ArtifactsWhen => Native(""),
        Feature::Manual => Native("the custom pipeline `manual`"),
        Feature::Inputs => Native("variables of the custom pipeline; every value is text"),
        Feature::Windows | Feature::Macos => Native("on your own machines (`runs-on`); Bitbucket has none"),
        Feature::Runners => Native("`size`, or `runs-on` for your own machines"),
        Feature::Image => Native("on Linux"),
        Feature::Services => Native("on Linux, at most 5 per job, all on localhost"),
        Feature::FailFast => Native("where the job has its level for itself"),
        Feature::Secrets => Native("define them as secured repository variables; every step sees them"),
        Feature::Cache => Native("kept 7 days, up to 1 GB each"),
        Feature::Artifacts => Native("up to 1 GB each"),
        Feature::Results => Native("as artifacts of the type test-reports"),
        Feature::Checkout => Native("submodules by `git`, which the image must have"),
        Feature::PullRequestBranches => Emulated("the steps of other pull requests end at once"),
        Feature::OnlyRefs => Emulated("own pipelines where names tell, else the step ends at once"),
        Feature::OnlyInputs => Emulated("the step ends at once"),
        Feature::Setup => Emulated("official images; your own machines are checked for the version"),
        Feature::Pwsh => Emulated("the image's `pwsh` runs each script"),
        Feature::Matrix | Feature::Exclude | Feature::Include | Feature::Shards => Emulated("a step per leg"),
        Feature::AllowFailure => Emulated("the step succeeds and tells the failure in its log"),
        Feature::Needs => Emulated("by levels: a job waits for all jobs of the level before"),
        Feature::Retry => Emulated("a loop in the shell"),
        Feature::Paths => Degraded("of a push only the last commit is looked at"),
        Feature::Schedule => {
            Degraded("create the schedules in the repository's settings, for the custom pipeline `scheduled`")
        }
        Feature::Ready => Degraded("nothing runs inside a service; the step waits for its ports instead"),
        Feature::MaxParallel => Degraded("all steps of a level start together"),
        Feature::CancelSuperseded => Degraded("older runs go on"),
        Feature::Queue => Degraded("runs do not wait for each other"),
        Feature::ArtifactsKeep => Degraded("always kept for 14 days"),
        Feature::ServiceCommand => Unsupported("Bitbucket passes no arguments to services"),
    }
}
