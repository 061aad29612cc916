//! What makes a shell stop at the first failure.

pub use crate::spec::Shell;

/// The lines that go first in a script, so that the first failing command ends it with a non-zero exit code.
///
/// * bash and sh: also a failing command inside a pipe. `-u` is left out on purpose: the bash that GitHub Actions and
///   CircleCI start themselves has `-eo pipefail` only, and one script has to behave the same everywhere. A sh that
///   does not know `pipefail` yet (dash 0.5.12, as in Debian 12) refuses the line and ends with exit code 2, which
///   is better than a test that fails unseen in a pipe; take bash there.
/// * PowerShell: a failing cmdlet and, since 7.4, a failing program end the script with exit code 1. No setting makes
///   7.0 to 7.3 stop after a failing program, so there the script ends at once and says why.
///
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell>,
/// <https://circleci.com/docs/configuration-reference/#default-shell-options>,
/// <https://learn.microsoft.com/en-us/powershell/module/microsoft.powershell.core/about/about_preference_variables#psnativecommanduseerroractionpreference>
pub fn strict(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash | Shell::Sh => "set -eo pipefail",
        Shell::Pwsh => concat!(
            "$ErrorActionPreference = 'Stop'\n",
            "$PSNativeCommandUseErrorActionPreference = $true\n",
            "if ($PSVersionTable.PSVersion -lt [version]'7.4') ",
            "{ throw 'PowerShell 7.4 or newer is needed: older ones go on after a failing program' }",
        ),
    }
}
