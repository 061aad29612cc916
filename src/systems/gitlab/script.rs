//! Scripts in the job's shell, started from the runner's own.

use crate::{diag::Place, script::Shell, spec::Os, systems::Lowering};

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
    let end = match (os, shell) {
        (Os::Windows, _) => "'@",
        (_, Shell::Pwsh) => HERE,
        (_, Shell::Bash | Shell::Sh) => return posix(step, text),
    };
    if text.lines().any(|line| line.starts_with(end)) {
        let message = format!("on {} no line of a script can begin with `{end}` on GitLab", os.key());
        out.refuse(at, message, "put that command into a file");
    }
    match os {
        Os::Windows => on_windows(shell, text),
        Os::Linux | Os::Macos => format!(
            "cat > \"/tmp/ci-gen-$CI_JOB_ID.ps1\" <<'{HERE}'\n\
             {text}\n\
             {HERE}\n\
             pwsh -NoProfile -NonInteractive -File \"/tmp/ci-gen-$CI_JOB_ID.ps1\""
        ),
    }
}

/// The line that ends a script for PowerShell inside one for bash.
const HERE: &str = "PWSH";

/// The runner's shell is the job's.
fn posix(step: Step, text: &str) -> String {
    match step {
        Step::Install => format!("(\n{text}\n)"),
        Step::Main => text.to_owned(),
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
