//! How far GitLab CI can do what a spec asks for.

use crate::systems::{Feature, Support};

pub(super) fn support(feature: Feature) -> Support {
    use Support::{Degraded, Emulated, Native};
    match feature {
        Feature::PushBranches
        | Feature::PushTags
        | Feature::PullRequestBranches
        | Feature::Manual
        | Feature::Runners
        | Feature::Matrix
        | Feature::AllowFailure
        | Feature::Shards
        | Feature::Needs
        | Feature::NeedsArtifacts
        | Feature::OnlyEvents
        | Feature::OnlyRefs
        | Feature::OnlyInputs
        | Feature::Timeout
        | Feature::ArtifactsWhen
        | Feature::ArtifactsKeep => Native(""),
        Feature::PullRequests => Native("merge request pipelines"),
        Feature::Paths => Native("every file of a new branch counts as changed"),
        Feature::Schedule => Degraded(
            "the file cannot hold the times: create them under Build > Pipeline schedules; they stand at its top",
        ),
        Feature::Inputs => Native("variables in the form for new pipelines; the project must allow pipeline variables"),
        Feature::Linux => Native("without `image` and `setup` in the runner's default image"),
        Feature::Windows => Native("hosted runners of GitLab.com, in beta"),
        Feature::Macos => Native("hosted runners of GitLab.com, Premium, in beta"),
        Feature::Image | Feature::Services | Feature::ServiceCommand => Native("on Linux"),
        Feature::Setup => Emulated("the official image; a Windows or macOS machine must have that version"),
        Feature::Pwsh => Emulated("calls `pwsh` 7.4 or newer, which the image or the machine must have"),
        Feature::Ready => Degraded("the job waits until the ports take connections; `ready` itself does not run"),
        Feature::Exclude | Feature::Include => Emulated("the combinations that are left are listed"),
        Feature::FailFast => Degraded("the first failure cancels the whole pipeline, not the matrix alone"),
        Feature::MaxParallel => Emulated("1 as a resource group; there is no larger limit"),
        Feature::Retry => Native("up to 2 for the whole job, more as a loop in the shell"),
        Feature::CancelSuperseded => {
            Native("the project's auto-cancel of redundant pipelines must be on, as by default")
        }
        Feature::Queue => Native("a resource group per branch"),
        Feature::Secrets => Native("define them as masked CI/CD variables of the project, which every job sees"),
        Feature::Cache => Native(
            "2 lock files in a key; what is in the home directory through a link, where a machine is made for the job",
        ),
        Feature::Artifacts => Native("one archive per job"),
        Feature::Results => Native("files that end in `.xml`"),
        Feature::Gate => {
            Native("a job of the stage `.post`, about the reports; a failed job of another kind fails the pipeline")
        }
        Feature::MergedReport => Native(""),
        Feature::Comment | Feature::Status => {
            Native("set a token with the scope `api` as the masked variable GITLAB_TOKEN; the job's own may do neither")
        }
        Feature::Forks => Degraded("pipelines of forks run in the fork, with its variables"),
        Feature::Check => Degraded("GitLab has no check runs; a commit status is set"),
        Feature::Checkout => Native("LFS files come along in any case"),
    }
}
