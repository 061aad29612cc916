//! Waiting until a service takes connections.

use crate::script::{quote, Shell};

/// A script that waits until `host` takes connections on `port`.
///
/// It looks once a second for up to 60 seconds, then ends with exit code 1 and a message that names the service. bash
/// connects by itself (`/dev/tcp`), PowerShell through .NET; sh takes `nc`, else bash, else `wget`.
///
/// Docker takes connections on a published port before the service behind it listens; where the image has a command
/// that tells, [`Container::ready`](crate::script::Container::ready) is the better way.
pub fn wait_for_port(shell: Shell, service: &str, host: &str, port: u16) -> String {
    let late = quote(&format!("service {service} takes no connections on {host}:{port} after 60 seconds"), shell);
    let host_word = quote(host, shell);
    match shell {
        Shell::Bash => wait(&format!("(exec 3<>/dev/tcp/{host_word}/{port}) 2>/dev/null"), &late),
        Shell::Sh => {
            let late_probe =
                quote(&format!("nothing here can tell whether service {service} is up: install nc"), shell);
            let url = quote(&format!("http://{host}:{port}/"), shell);
            let probe = format!(
                r#"ci_gen_connect() {{
  if command -v nc >/dev/null 2>&1; then
    nc -z {host_word} {port} >/dev/null 2>&1
  elif command -v bash >/dev/null 2>&1; then
    bash -c 'exec 3<>"/dev/tcp/$0/$1"' {host_word} {port} 2>/dev/null
  elif command -v wget >/dev/null 2>&1; then
    LC_ALL=C wget -T 2 -O /dev/null {url} 2>&1 | grep -Eq 'connected\.|error getting response|server returned|saved'
  else
    echo {late_probe} >&2
    exit 1
  fi
}}
"#
            );
            probe + &wait("ci_gen_connect", &late)
        }
        Shell::Pwsh => format!(
            r#"$ciGenOpen = $false
for ($ciGenSecond = 0; -not $ciGenOpen; $ciGenSecond++) {{
  $ciGenClient = [System.Net.Sockets.TcpClient]::new()
  try {{ $ciGenOpen = $ciGenClient.ConnectAsync({host_word}, {port}).Wait(1000) }} catch {{ }}
  $ciGenClient.Dispose()
  if (-not $ciGenOpen -and $ciGenSecond -ge 60) {{
    Write-Host {late}
    exit 1
  }}
  if (-not $ciGenOpen) {{ Start-Sleep -Seconds 1 }}
}}"#
        ),
    }
}

/// The loop of bash and sh around a command that succeeds once the port is open.
fn wait(probe: &str, late: &str) -> String {
    format!(
        r#"ci_gen_second=0
until {probe}; do
  if [ "$ci_gen_second" -ge 60 ]; then
    echo {late} >&2
    exit 1
  fi
  ci_gen_second=$((ci_gen_second + 1))
  sleep 1
done"#
    )
}
