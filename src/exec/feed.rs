//! Runs a small command with a text on its standard input: bounded in time and output, and alone in its group.

use std::{
    io::{Seek, Write},
    process::Stdio,
    time::Duration,
};

use tokio::{io::AsyncReadExt, process::Command, time::timeout};

use super::group::Group;

/// Bytes of a command's output that are kept.
const OUTPUT: u64 = 16 * 1024;

/// Runs a command of the shell with `input` on its standard input, and gives what it wrote. At the time limit it is killed
/// with everything that it started; the same becomes of what it leaves behind.
///
/// # Errors
/// Why it did not do what it was for, in words, its own last words included.
pub async fn feed(command: &str, input: &str, limit: Duration) -> Result<String, String> {
    let failure = |why: String| format!("`{command}` {why}");
    // A file rather than a pipe: who does not read it is not waited for.
    let mut file = tempfile::tempfile().map_err(|error| failure(format!("could not be given its input: {error}")))?;
    let written = file.write_all(input.as_bytes()).and_then(|()| file.rewind());
    written.map_err(|error| failure(format!("could not be given its input: {error}")))?;
    let mut process = shell(command);
    process.stdin(file).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut group = Group::spawn(process).map_err(|error| failure(format!("could not be started: {error}")))?;
    let (out, err) = (group.stdout(), group.stderr());
    let ended = timeout(limit, async {
        let mut said = (Vec::new(), Vec::new());
        let read_out = async {
            if let Some(out) = out {
                let _ = out.take(OUTPUT).read_to_end(&mut said.0).await;
            }
        };
        let read_err = async {
            if let Some(err) = err {
                let _ = err.take(OUTPUT).read_to_end(&mut said.1).await;
            }
        };
        // Who still holds the output when the command has ended is not waited for.
        let status = {
            let mut reading = Box::pin(async { tokio::join!(read_out, read_err) });
            tokio::select! {
                status = group.wait() => {
                    let _ = timeout(Duration::from_millis(100), &mut reading).await;
                    status
                }
                _ = &mut reading => group.wait().await,
            }
        };
        (status, String::from_utf8_lossy(&[said.0, said.1].concat()).trim().to_owned())
    })
    .await;
    group.kill();
    match ended {
        Err(_) => Err(failure(format!("took longer than {} s and was ended", limit.as_secs_f64()))),
        Ok((Err(error), _)) => Err(failure(format!("could not be waited for: {error}"))),
        Ok((Ok(status), said)) if status.success() => Ok(said),
        Ok((Ok(status), said)) => {
            let said = said.lines().last().map(|it| format!(": {it}")).unwrap_or_default();
            Err(failure(format!("ended with {status}{said}")))
        }
    }
}

#[cfg(unix)]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]);
    shell
}

/// `cmd` knows no quoted argument: with `/S` it takes off the outer quotes and nothing else. `/D`: no commands of the
/// machine come first.
///
/// <https://learn.microsoft.com/en-us/windows-server/administration/windows-commands/cmd>
#[cfg(windows)]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("cmd");
    shell.raw_arg(format!("/D /S /C \"{command}\""));
    shell
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(command: &str, limit: u64) -> Result<String, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(feed(command, "{\"event\":\"x\"}", Duration::from_millis(limit)))
    }

    #[cfg(unix)]
    #[test]
    fn the_input_is_there_and_nobody_is_waited_for() {
        assert_eq!(run("cat", 10_000), Ok("{\"event\":\"x\"}".to_owned()));
        assert_eq!(run("true", 10_000), Ok(String::new()));
        assert_eq!(run("sleep 60 & echo started", 10_000), Ok("started".to_owned()));
    }

    #[cfg(unix)]
    #[test]
    fn what_goes_wrong_is_said() {
        assert_eq!(
            run("echo no >&2; exit 3", 10_000),
            Err("`echo no >&2; exit 3` ended with exit status: 3: no".to_owned())
        );
        assert_eq!(run("sleep 60", 100), Err("`sleep 60` took longer than 0.1 s and was ended".to_owned()));
        assert!(run("yes", 200).unwrap_err().contains("ended"), "endless output is no way to stay");
    }

    #[cfg(windows)]
    #[test]
    fn the_shell_of_windows_does_the_same() {
        assert_eq!(run("findstr x", 60_000), Ok("{\"event\":\"x\"}".to_owned()));
        assert_eq!(run("echo \"a b\"& echo %OS%", 60_000), Ok("\"a b\"\r\nWindows_NT".to_owned()));
        assert_eq!(run("start /b ping -n 60 127.0.0.1 > nul & echo started", 60_000), Ok("started".to_owned()));
        let failure = run("echo no>&2& exit 3", 60_000);
        assert_eq!(failure, Err("`echo no>&2& exit 3` ended with exit code: 3: no".to_owned()));
        assert!(run("ping -n 60 127.0.0.1", 1000).unwrap_err().ends_with("took longer than 1 s and was ended"));
    }
}
