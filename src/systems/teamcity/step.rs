//! Steps of a build.

use serde::Serialize;

use super::condition::Condition;
use crate::spec::Shell;

/// A step; what is absent is not printed.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Step {
    pub(super) name: String,
    /// Whether PowerShell runs the script, and which: `core` is PowerShell 7.
    pub(super) powershell: bool,
    pub(super) core: bool,
    pub(super) conditions: Vec<Condition>,
    /// Without one, a step runs if all before it succeeded.
    pub(super) mode: Option<&'static str>,
    pub(super) script: String,
    pub(super) image: Option<String>,
    pub(super) run_parameters: Option<String>,
}

impl Step {
    /// A step with commands of the job, whose script is complete.
    pub(super) fn commands(name: &str, runner: Runner, script: String) -> Step {
        Step {
            name: name.to_owned(),
            powershell: runner != Runner::CommandLine,
            core: runner == Runner::PowerShellCore,
            script,
            ..Step::default()
        }
    }

    /// A step of our own, on the agent itself; `script` is for `sh` or any PowerShell.
    pub(super) fn on_machine(name: &str, shell: Shell, script: String) -> Step {
        match shell {
            Shell::Pwsh => Step::commands(name, Runner::PowerShell, script),
            Shell::Bash | Shell::Sh => Step::commands(name, Runner::CommandLine, script),
        }
    }
}

/// What runs a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Runner {
    /// <https://www.jetbrains.com/help/teamcity/command-line.html>
    CommandLine,
    /// Any PowerShell: <https://www.jetbrains.com/help/teamcity/powershell.html>
    PowerShell,
    /// PowerShell 7
    PowerShellCore,
}
