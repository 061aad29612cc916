//! How far Travis CI can do what a spec asks for.

use crate::systems::{Feature, Support};

pub(super) fn support(feature: Feature) -> Support {
    use Support::{Degraded, Emulated, Native, Unsupported};
    match feature {
        Feature::Gate => Degraded("stages end with the first failure, so the gate runs only if all before it passed"),
        Feature::MergedReport => Degraded("only of a build without failures"),
        Feature::Comment | Feature::Status => {
            Degraded("only of a build without failures, with the code host's token in the repository's settings")
        }
        Feature::Forks => Degraded("builds of forks get no secret variables"),
        Feature::Check => Degraded(
            "only of a build without failures, and check runs need a GitHub app's own token, which lasts an hour",
        ),
        Feature::PushBranches
        | Feature::PushTags
        | Feature::PullRequestBranches
        | Feature::Linux
        | Feature::Runners
        | Feature::OnlyEvents
        | Feature::OnlyRefs
        | Feature::AllowFailure
        | Feature::Checkout => Native(""),
        Feature::PullRequests => Native("needs \"Build pushed pull requests\" in the repository's settings"),
        Feature::Setup => Native("one language per job; further toolchains are only checked"),
        Feature::Windows => {
            Native("Windows Server 1809 with Git Bash; Go, Node.js and Rust are set up, others checked")
        }
        Feature::Needs => Native("stages: a job waits for the whole stage before it"),
        Feature::NeedsArtifacts => Emulated("archives in workspaces"),
        Feature::OnlyInputs => Native("in the job's `if`"),
        Feature::Secrets => Native("define them in the repository's settings; every job and step has them"),
        Feature::Manual => Native("\"Trigger build\" or an API request"),
        Feature::Inputs => {
            Emulated("variables in `env.global`, which a request's `config` overrides; choices are not checked")
        }
        Feature::Paths => Emulated("every job looks at the changed files first, and ends at once"),
        Feature::Image => Emulated("`docker exec` on Linux machines"),
        Feature::Services | Feature::Ready | Feature::ServiceCommand => {
            Emulated("`docker run` on Linux machines: Travis's own services know no images")
        }
        Feature::Pwsh => Emulated("in an image that brings it; the machines have none"),
        Feature::Matrix | Feature::Exclude | Feature::Include | Feature::Shards => Emulated("one job per leg"),
        Feature::Timeout => {
            Emulated("`timeout` around each step; Travis itself ends a job after 10 minutes of silence")
        }
        Feature::Retry => Emulated("a loop in the shell"),
        Feature::Artifacts => Degraded("passed on to later stages, but not kept after the build"),
        Feature::ArtifactsWhen => Emulated("by the script's result"),
        Feature::ArtifactsKeep => Degraded("nothing is kept after the build"),
        Feature::Results => Degraded("Travis has no view of tests, only the log"),
        Feature::Cache => {
            Degraded("lock files are not in the key: one cache per branch, machine, environment and toolchain version")
        }
        Feature::Schedule => Degraded("daily, weekly or monthly, chosen per branch in the repository's settings"),
        Feature::FailFast => Degraded("the other legs run on"),
        Feature::MaxParallel => Degraded("only \"Limit concurrent jobs\" in the settings, for the whole repository"),
        Feature::CancelSuperseded => {
            Degraded("only \"Auto cancellation\" in the settings, for builds that have not started yet")
        }
        Feature::Queue => Degraded("only \"Limit concurrent jobs\" in the settings, for the whole repository"),
        Feature::Macos => Unsupported("Travis has no macOS machines any more"),
    }
}
