//! How far CircleCI can do what a spec asks for.

use crate::systems::{Feature, Support};

pub(super) fn support(feature: Feature) -> Support {
    use Support::{Degraded, Emulated, Native};
    match feature {
        Feature::Gate => Native("a job that waits for the end of all others, about the reports; any other failed job fails the workflow"),
        Feature::MergedReport => Native(""),
        Feature::Comment | Feature::Status => {
            Emulated("at the code host, with its token as a project environment variable, which every step has")
        }
        Feature::Forks => Degraded("forks start nothing, or get no secrets unless the project passes them on"),
        Feature::Check => Degraded("check runs need a GitHub app's own token, which lasts an hour; without one a commit status is set"),
        Feature::OnlyEvents
        | Feature::OnlyRefs
        | Feature::OnlyInputs
        | Feature::Linux
        | Feature::Windows
        | Feature::Macos
        | Feature::Runners
        | Feature::Matrix
        | Feature::Exclude
        | Feature::Shards
        | Feature::Needs
        | Feature::Cache
        | Feature::Artifacts
        | Feature::Results => Native(""),
        Feature::PushBranches | Feature::PushTags | Feature::Manual => {
            Native("projects of GitHub and Bitbucket Cloud, whose pipelines know their event")
        }
        Feature::PullRequests => Degraded(
            "needs a GitHub trigger for pull requests in the project's settings, and forks start nothing",
        ),
        Feature::PullRequestBranches => Native("projects of GitHub"),
        Feature::Paths => Degraded("every change starts the pipeline; only setup workflows look at files"),
        Feature::Schedule => {
            Degraded("create the schedule triggers in the project's settings; the file names their cron lines")
        }
        Feature::Inputs => Native("a number is a string"),
        Feature::Image => Native("runners with `docker`"),
        Feature::Setup => Emulated("official images; a machine must have the version, and a step checks it"),
        Feature::Pwsh => Native("where the image has it"),
        Feature::Services => Native("on machines started by `docker run`"),
        Feature::Ready => Degraded("containers are ready once they listen; the command runs on machines only"),
        Feature::ServiceCommand => Native(""),
        Feature::Include => Emulated("one more invocation of the job each"),
        Feature::FailFast => Degraded("the other legs go on"),
        Feature::MaxParallel => Degraded("only the plan's concurrency limits the legs"),
        Feature::AllowFailure => Emulated("the step says that it failed and the job stays green"),
        Feature::NeedsArtifacts => Native("a workspace"),
        Feature::Timeout => Degraded("limits each step of commands by itself, and on Linux alone"),
        Feature::Retry => Native("up to 5, more by a loop in the shell"),
        Feature::CancelSuperseded => {
            Degraded("turn on auto-cancel in the project's settings; it spares the default branch")
        }
        Feature::Queue => Degraded(
            "a serial group by branch, for names of letters, digits and `. - _ /`; an older run that comes late is skipped",
        ),
        Feature::Secrets => Native("define them as project environment variables; every step of every job has them"),
        Feature::ArtifactsWhen => Native("by the outcome of the steps before"),
        Feature::ArtifactsKeep => Degraded("the organization's storage settings decide how long"),
        Feature::Checkout => Emulated("always the whole history; submodules and LFS by git commands"),
    }
}
