//! What Git knows of the directory: the commit, the branch, the remote. It reads, and waits for nobody.

use std::{
    io::Read,
    path::Path,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

/// Reading a few refs takes milliseconds; a file system that hangs is not waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longer answers are cut; a commit's message may have any length.
const LONGEST: u64 = 64 << 10;

/// A repository as Git sees it. What it does not know, or is not asked, is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Git {
    /// The commit that is checked out; absent before the first one.
    pub(super) head: Option<String>,
    /// The hash of its files.
    pub(super) tree: Option<String>,
    /// The commit's own text: parents, dates and message.
    pub(super) commit: Option<String>,
    /// The branch, where one is checked out.
    pub(super) branch: Option<String>,
    /// The address of the remote `origin`, else of the first one. It may hold credentials.
    pub(super) remote: Option<String>,
    /// Whether older commits are missing.
    pub(super) shallow: bool,
}

impl Git {
    /// Asks Git about a directory; `None` without Git or outside of a repository.
    pub(super) fn of(directory: &Path) -> Option<Git> {
        let git = |arguments: &[&str]| ask(directory, arguments).ok();
        let shallow = git(&["rev-parse", "--is-shallow-repository"])? == "true";
        let head = git(&["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]);
        let tree = git(&["rev-parse", "--verify", "--quiet", "HEAD^{tree}"]);
        let remotes = git(&["config", "--get-regexp", r"^remote\..*\.url$"]).unwrap_or_default();
        Some(Git {
            commit: head.as_ref().and_then(|_| git(&["cat-file", "commit", "HEAD"])),
            head,
            tree,
            branch: git(&["symbolic-ref", "--quiet", "--short", "HEAD"]),
            remote: remote(&remotes),
            shallow,
        })
    }

    /// When the commit was made, in seconds since 1970.
    pub(super) fn committed(&self) -> Option<i64> {
        let line = self.commit.as_deref()?.lines().find_map(|it| it.strip_prefix("committer "))?;
        line.rsplit(' ').nth(1)?.parse().ok()
    }
}

/// Why Git says nothing about a directory, in its own first line.
pub(super) fn refusal(directory: &Path) -> Option<String> {
    ask(directory, &["rev-parse", "--is-shallow-repository"]).err()
}

/// The change's own commit, where a commit is a merge that a CI system or a code host made of it to be tested.
///
/// Code hosts merge the change into its target and say `Merge HEAD into BASE`; Jenkins merges the target into the change
/// and says `Merge commit 'BASE' into HEAD`
/// (<https://github.com/jenkinsci/git-plugin/blob/master/src/main/java/jenkins/plugins/git/MergeWithGitSCMExtension.java>).
/// Merges that people made say something else.
pub(super) fn head_of_merge(commit: &str) -> Option<String> {
    let (header, message) = commit.split_once("\n\n")?;
    let parents: Vec<&str> = header.lines().filter_map(|it| it.strip_prefix("parent ")).collect();
    let [first, second] = parents.as_slice() else { return None };
    let subject = message.lines().next()?;
    let words: Vec<&str> = subject.split(' ').collect();
    let head = match words.as_slice() {
        ["Merge", head, "into", base] if head == second && base == first => second,
        ["Merge", "commit", base, "into", "HEAD"] if base.trim_matches('\'') == *second => first,
        _ => return None,
    };
    Some((*head).to_owned())
}

fn remote(lines: &str) -> Option<String> {
    let pairs: Vec<(&str, &str)> = lines.lines().filter_map(|it| it.split_once(' ')).collect();
    let origin = pairs.iter().find(|(key, _)| *key == "remote.origin.url");
    origin.or_else(|| pairs.first()).map(|(_, url)| (*url).to_owned())
}

/// What Git writes, without the line's end; the reason in its own words if it fails.
fn ask(directory: &Path, arguments: &[&str]) -> Result<String, String> {
    let mut child = Command::new("git")
        .args(arguments)
        .current_dir(directory)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("it cannot be started: {error}"))?;
    let (out, error) = (reader(child.stdout.take()), reader(child.stderr.take()));
    let answer = out.recv_timeout(PATIENCE);
    if answer.is_err() {
        // Whoever ended meanwhile cannot be ended again.
        let _ = child.kill();
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    match answer {
        Err(_) => Err(format!("it gave no answer in {} seconds", PATIENCE.as_secs())),
        Ok(text) if status.success() => Ok(text.trim_end().to_owned()),
        Ok(_) => {
            let text = error.recv_timeout(PATIENCE).unwrap_or_default();
            let line = text.lines().next().unwrap_or_default();
            Err(line.trim_start_matches("fatal: ").trim_start_matches("error: ").to_owned())
        }
    }
}

fn reader(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(pipe) = pipe {
            let _ = pipe.take(LONGEST).read_to_end(&mut bytes);
        }
        // Nobody listens after the time limit.
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(parents: &[&str], message: &str) -> String {
        let parents: String = parents.iter().map(|it| format!("parent {it}\n")).collect();
        format!("tree 1\n{parents}author A <a@example.com> 1 +0000\ncommitter A <a@example.com> 1700000000 +0100\n\n{message}\n")
    }

    #[test]
    fn merges_of_systems_lead_to_the_change() {
        let head = |parents: &[&str], message: &str| head_of_merge(&commit(parents, message));
        assert_eq!(head(&["base1", "head2"], "Merge head2 into base1").as_deref(), Some("head2"));
        assert_eq!(head(&["head1", "base2"], "Merge commit 'base2' into HEAD").as_deref(), Some("head1"));
        assert_eq!(head(&["head1", "base2"], "Merge branch 'main' into feature"), None);
        assert_eq!(head(&["head1", "base2"], "Merge other into base1"), None);
        assert_eq!(head(&["head1"], "Merge head1 into base1"), None);
    }

    #[test]
    fn the_date_of_a_commit_is_read() {
        let git = Git { commit: Some(commit(&[], "x")), ..Git::default() };
        assert_eq!(git.committed(), Some(1_700_000_000));
    }

    #[test]
    fn origin_goes_before_other_remotes() {
        let lines = "remote.fork.url https://a/b\nremote.origin.url git@c:d/e\n";
        assert_eq!(remote(lines).as_deref(), Some("git@c:d/e"));
        assert_eq!(remote("remote.fork.url https://a/b\n").as_deref(), Some("https://a/b"));
        assert_eq!(remote(""), None);
    }
}
