//! What a run is called where it is published: names that stay the same however often it is published.

use sha2::{Digest, Sha256};

use crate::report::{Report, Run};

/// Characters of an identity: so many a vendor's field for it surely takes.
const IDENTITY: usize = 200;
/// Characters of a name that people read.
const NAME: usize = 100;

/// What a run is called.
///
/// ```
/// use ci_gen::{publish::Names, report::{Report, Run}};
///
/// let run = Run { id: "42".to_owned(), attempt: 1, leg: Some("linux-3.12".to_owned()), ..Run::default() };
/// let names = Names::of(&Report { run, ..Report::default() }, "acme", Some("unit"));
/// assert_eq!(names.identity, "ci-gen:42:1:unit:linux-3.12");
/// assert_eq!((names.title.as_str(), names.status.as_str()), ("acme: unit, linux-3.12", "ci-gen/unit/linux-3.12"));
/// assert_eq!((names.comment.as_str(), names.leg.as_deref()), ("acme unit", Some("linux-3.12")));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Tells the run from all others: the pipeline's run and attempt, suite and leg.
    pub identity: String,
    /// What people read.
    pub title: String,
    /// The status, the same in every run of the pipeline.
    pub status: String,
    /// The key of the comment: one per project and suite.
    pub comment: String,
    /// The part of the comment; `None` for all of the suite, or where nothing tells legs apart.
    pub leg: Option<String>,
}

impl Names {
    /// The names of a run of a project's suite: the job of the spec; `None` for all of them, or without a spec.
    pub fn of(report: &Report, project: &str, suite: Option<&str>) -> Names {
        let run = &report.run;
        let leg = report.merged.is_empty().then(|| leg(run, suite)).flatten();
        let parts: Vec<&str> = [suite, leg.as_deref()].into_iter().flatten().collect();
        let start = run.start.as_deref().unwrap_or_default();
        let id = if run.id.is_empty() { start } else { &run.id };
        // Without a suite the job tells two runs of one pipeline apart, although its name may be the same on all legs.
        let suite_or_job = suite.or(run.job.as_deref().filter(|_| report.merged.is_empty())).unwrap_or("all");
        let identity =
            ["ci-gen", id, &run.attempt.to_string(), suite_or_job, leg.as_deref().unwrap_or_default()].join(":");
        let title = match parts.is_empty() {
            true => project.to_owned(),
            false => format!("{project}: {}", parts.join(", ")),
        };
        let status = match parts.is_empty() {
            true => "ci-gen".to_owned(),
            false => format!("ci-gen/{}", parts.join("/")),
        };
        let comment: Vec<&str> = [project].into_iter().chain(suite).collect();
        Names {
            identity: plain(identity.trim_end_matches(':'), IDENTITY),
            title: short(&title, NAME),
            status: short(&status, NAME),
            comment: comment.join(" "),
            leg,
        }
    }
}

/// What tells the run from others of the same suite: leg and shard; without a suite also the job of the CI system.
fn leg(run: &Run, suite: Option<&str>) -> Option<String> {
    let shard = run.shard.map(|it| format!("{}/{}", it.index, it.total));
    let named = run.leg.is_some() || shard.is_some();
    let job = run.job.as_deref().filter(|_| suite.is_none() && named);
    // A leg of a plan is one of a shard already.
    let shard = shard.filter(|_| run.leg.is_none() || suite.is_none());
    let parts: Vec<&str> = [job, run.leg.as_deref(), shard.as_deref()].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Letters, digits and `-_.:/`; what was too long or had to be changed is told apart by a hash.
fn plain(text: &str, most: usize) -> String {
    let fits = |c: char| if c.is_ascii_alphanumeric() || "-_.:/".contains(c) { c } else { '_' };
    let word: String = text.chars().map(fits).collect();
    match word == text && word.len() <= most {
        true => word,
        false => hashed(&word, text, most),
    }
}

fn short(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line.chars().filter(|it| !it.is_control()).collect();
    match line.chars().count() <= most {
        true => line,
        false => hashed(&line, text, most),
    }
}

fn hashed(word: &str, text: &str, most: usize) -> String {
    let hash: String = Sha256::digest(text.as_bytes()).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let start: String = word.chars().take(most - hash.len() - 1).collect();
    format!("{start}-{hash}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Shard;

    fn names(run: Run, suite: Option<&str>) -> Names {
        Names::of(&Report { run, ..Report::default() }, "acme", suite)
    }

    #[test]
    fn legs_of_jobs_of_the_system_are_told_apart() {
        let run = |job: &str, index| Run {
            id: "7".to_owned(),
            job: Some(job.to_owned()),
            shard: Some(Shard { index, total: 2 }),
            ..Run::default()
        };
        let (one, two) = (names(run("unit", 1), None), names(run("unit", 2), None));
        assert_eq!(one.leg.as_deref(), Some("unit, 1/2"));
        assert_ne!(one.identity, two.identity);
        assert_ne!(one.status, two.status);
        assert_eq!(one.comment, two.comment);
        let plain = Run { job: Some("unit".to_owned()), ..Run::default() };
        assert_eq!(names(plain, None).leg, None, "a job's name may be that of all its legs");
    }

    #[test]
    fn nothing_is_too_long_or_odd() {
        let odd = "ä\n\0b".repeat(300);
        let long = names(Run { id: odd.clone(), leg: Some(odd.clone()), ..Run::default() }, Some(&odd));
        assert!(long.identity.len() <= IDENTITY && long.identity.is_ascii());
        assert!(long.status.chars().count() <= NAME && !long.status.contains(char::is_control));
        let other = names(Run { id: odd.clone(), leg: Some(odd.clone() + "x"), ..Run::default() }, Some(&odd));
        assert_ne!((&long.identity, &long.status), (&other.identity, &other.status));
    }
}
