//! Scripts in the job's shell, started from the runner's own.

use crate::{
    diag::Place,
    script::{quote, Shell},
    spec::Os,
    systems::Lowering,
};

/// Whether a script is one of several of the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Others follow, and nothing of it may reach them: neither `exit` nor `cd` nor a variable.
    Install,
    /// The last one.
    Main,
}

/// A complete script as an item of `before_script` or `script`.
///
/// All items are run by one shell of the runner: bash (else sh) on Linux and macOS, some PowerShell on Windows.
/// <https://docs.gitlab.com/runner/shells/>
pub(super) fn item(os: Os, shell: Shell, step: Step, text: &str, at: &Place, out: &mut Lowering<'_>) -> String {
    match (os, shell, step) {
        (Os::Windows, ..) => {
            if text.lines().any(|line| line.starts_with("'@")) {
                let message = "on Windows a line of a script cannot begin with `'@`";
                out.refuse(at, message, "put that command into a file");
            }
            on_windows(shell, text)
        }
        (_, Shell::Pwsh, _) => format!("pwsh -NoProfile -NonInteractive -Command {}", quote(text, Shell::Bash)),
        (_, Shell::Bash | Shell::Sh, Step::Install) => format!("(\n{text}\n)"),
        (_, Shell::Bash | Shell::Sh, Step::Main) => text.to_owned(),
    }
}

/// PowerShell of any version hands a text with quotes on safely only as a file.
fn on_windows(shell: Shell, text: &str) -> String {
    // The `bash` in the path may be that of a Linux subsystem; Git's own is where Git is.
    let (extension, command) = match shell {
        Shell::Bash => ("sh", "& \"$(git --exec-path)/../../../bin/bash.exe\""),
        Shell::Sh => ("sh", "& \"$(git --exec-path)/../../../bin/sh.exe\""),
        Shell::Pwsh => ("ps1", "& pwsh -NoProfile -NonInteractive -ExecutionPolicy Bypass -File"),
    };
    format!(
        "$ciGenFile = \"$env:TEMP/ci-gen-$env:CI_JOB_ID.{extension}\"\n\
         $ciGenScript = @'\n\
         {text}\n\
         '@\n\
         [IO.File]::WriteAllText($ciGenFile, $ciGenScript.Replace(\"`r\", ''))\n\
         {command} $ciGenFile\n\
         if ($LASTEXITCODE -ne 0) {{ exit $LASTEXITCODE }}"
    )
}
