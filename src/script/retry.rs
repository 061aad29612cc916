//! Commands that are tried again when they fail.

use crate::script::{strict, Shell};

/// A script that runs `body` once, and after a failure up to `extra_tries` times more.
///
/// Each attempt runs strictly (see [`strict`]) and on its own: neither `exit` nor `cd` nor a variable reaches the next
/// one or the script around it. A line tells the number of the attempt. After the last failure the script ends with
/// that attempt's exit code; after a success it goes on. Without extra tries the body comes back as it is.
///
/// The result belongs on the top level of a script, not behind `if`, `&&`, `||` or `!`, where a shell ignores
/// `set -e`. The body must be complete in itself; it is not indented, because that would change its here-documents.
pub fn retry(body: &str, shell: Shell, extra_tries: u32) -> String {
    if extra_tries == 0 {
        return body.to_owned();
    }
    let tries = u64::from(extra_tries) + 1;
    let strict = strict(shell);
    let body = body.strip_suffix('\n').unwrap_or(body);
    match shell {
        // A function call is a simple command, so `set -e` holds inside; behind `until` or `||` it would not.
        Shell::Bash | Shell::Sh => format!(
            r#"ci_gen_attempt() (
{strict}
{body}
)
ci_gen_number=0
ci_gen_status=1
while [ "$ci_gen_status" -ne 0 ] && [ "$ci_gen_number" -lt {tries} ]; do
  ci_gen_number=$((ci_gen_number + 1))
  echo "Attempt $ci_gen_number of {tries}"
  set +e
  ci_gen_attempt
  ci_gen_status=$?
  set -e
done
if [ "$ci_gen_status" -ne 0 ]; then
  echo "Attempt $ci_gen_number of {tries} failed with exit code $ci_gen_status" >&2
  exit "$ci_gen_status"
fi"#
        ),
        // `exit` ends a script file only, while in a script block it would end everything.
        Shell::Pwsh => format!(
            r#"$ciGenAttempt = {{
{strict}
{body}
}}
$ciGenFile = Join-Path ([System.IO.Path]::GetTempPath()) "ci-gen-$([guid]::NewGuid()).ps1"
Set-Content -LiteralPath $ciGenFile -Value $ciGenAttempt.ToString()
$ciGenNumber = 0
$ciGenStatus = 1
while ($ciGenStatus -ne 0 -and $ciGenNumber -lt {tries}) {{
  $ciGenNumber++
  Write-Host "Attempt $ciGenNumber of {tries}"
  try {{
    & $ciGenFile
    $ciGenStatus = if ($?) {{ 0 }} elseif ($LASTEXITCODE) {{ $LASTEXITCODE }} else {{ 1 }}
  }} catch {{
    Write-Host ($_ | Out-String)
    $ciGenStatus = if ($_.Exception.ExitCode) {{ $_.Exception.ExitCode }} else {{ 1 }}
  }}
}}
Remove-Item -LiteralPath $ciGenFile
if ($ciGenStatus -ne 0) {{
  Write-Host "Attempt $ciGenNumber of {tries} failed with exit code $ciGenStatus"
  exit $ciGenStatus
}}"#
        ),
    }
}
