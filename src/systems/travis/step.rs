//! The commands of a phase: in place where they are simple, else in a script of their own.
//!
//! Travis runs a phase's commands in one shell without `-e`. It stops after a failing one in `install`, but goes on
//! in `script`: <https://docs.travis-ci.com/user/job-lifecycle/>. `set -e` and `exit` in place would end that shell
//! before Travis has reported anything.

use super::{container, env, script, BASH, SCRIPTS};
use crate::{
    plan::{Duration, Expr, Job, Kind, Leg, Plan, Text},
    script::{Insert, Shell},
    systems::{commands, Lowering},
};

/// Which commands of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Install,
    Main,
}

/// The commands of one phase, for all legs.
#[derive(Debug)]
pub(super) enum Step {
    /// There are none.
    Nothing,
    /// Each on its own.
    Inline(Vec<String>),
    /// In the script at this path.
    File(String),
}

/// At most so many commands stand in one line.
const MOST_JOINED: usize = 3;

/// What is known while the file is written: services are on the machine itself.
pub(super) fn known(plan: &Plan, job: &Job, expr: &Expr) -> Option<String> {
    match expr {
        Expr::ServiceHost(_) => Some("localhost".to_owned()),
        Expr::ServicePort(name) => plan.services.get(name)?.ports.first().map(u16::to_string),
        Expr::ShardTotal => job.shards.map(|total| total.to_string()),
        _ => None,
    }
}

/// Lowers a phase, and writes its script where it needs one.
pub(super) fn lower(plan: &Plan, job: &Job, phase: Phase, out: &mut Lowering<'_>) -> Step {
    let (list, retry, name) = match (phase, job.kind) {
        (Phase::Install, _) => (&job.install, 0, "install"),
        (Phase::Main, Kind::Run) => (&job.commands, job.retry, "run"),
        (Phase::Main, Kind::Test) => (&job.commands, job.retry, "test"),
    };
    if list.is_empty() {
        return Step::Nothing;
    }
    let known = |expr: &Expr| known(plan, job, expr);
    let lower = |list: &[Text]| commands::script(job, list, &known, &env::variable);
    let single: Vec<String> = list.iter().map(|it| lower(std::slice::from_ref(it)).text).collect();
    let most = match phase {
        _ if job.timeout.is_some() => 1,
        Phase::Install => usize::MAX,
        Phase::Main => MOST_JOINED,
    };
    let plain = job.shell == Shell::Bash
        && retry == 0
        && job.working_directory.is_none()
        && job.legs.iter().all(|leg| leg.image.is_none());
    if plain && single.len() <= most && single.iter().all(|it| is_simple(it)) {
        return Step::Inline(single);
    }
    let value = |expr: &Expr| Insert::Variable(env::variable(expr));
    let text = commands::complete(job, &lower(list), retry, &value);
    let (ending, shebang) = match job.shell {
        Shell::Bash => ("sh", BASH),
        Shell::Sh => ("sh", "#!/bin/sh"),
        Shell::Pwsh => ("ps1", ""),
    };
    let path = format!("{SCRIPTS}/{}/{name}.{ending}", job.slug);
    script(out, &path, shebang, &text);
    Step::File(path)
}

impl Step {
    /// The commands of one leg.
    pub(super) fn commands(&self, job: &Job, leg: &Leg, phase: Phase, linux: bool) -> Vec<String> {
        let limit = job.timeout.as_ref().filter(|_| linux).map(|it| format!("timeout {} ", seconds(*it)));
        let limit = limit.unwrap_or_default();
        match self {
            Step::Nothing => vec!["skip".to_owned()],
            Step::Inline(list) if phase == Phase::Main => vec![format!("{limit}{}", list.join(" && "))],
            Step::Inline(list) => list.iter().map(|it| format!("{limit}{it}")).collect(),
            Step::File(path) => {
                let shell = match job.shell {
                    Shell::Bash => "bash",
                    Shell::Sh => "sh",
                    Shell::Pwsh => "pwsh -NoProfile -File",
                };
                let secrets = if phase == Phase::Main { job.secrets.as_slice() } else { &[] };
                let inside = leg.image.as_ref().map(|_| container::exec(secrets) + " ").unwrap_or_default();
                vec![format!("{limit}{inside}{shell} {path}")]
            }
        }
    }
}

/// As coreutils read it.
fn seconds(duration: Duration) -> String {
    match duration.seconds() {
        seconds if seconds % 60 == 0 => format!("{}m", seconds / 60),
        seconds => format!("{seconds}s"),
    }
}

/// Words that do something to the shell itself, or begin what is more than one command.
const SHELL_WORDS: &[&str] = &[
    ".",
    ":",
    "alias",
    "bg",
    "bind",
    "break",
    "builtin",
    "caller",
    "case",
    "cd",
    "command",
    "compgen",
    "complete",
    "continue",
    "coproc",
    "declare",
    "dirs",
    "disown",
    "do",
    "done",
    "enable",
    "eval",
    "exec",
    "exit",
    "export",
    "fc",
    "fg",
    "for",
    "function",
    "getopts",
    "hash",
    "help",
    "history",
    "if",
    "ignore",
    "jobs",
    "kill",
    "let",
    "local",
    "logout",
    "mapfile",
    "popd",
    "pushd",
    "read",
    "readarray",
    "readonly",
    "return",
    "select",
    "set",
    "shift",
    "shopt",
    "skip",
    "source",
    "suspend",
    "time",
    "times",
    "trap",
    "type",
    "typeset",
    "ulimit",
    "umask",
    "unalias",
    "unset",
    "until",
    "wait",
    "while",
    "{",
    "}",
    "!",
    "[[",
];

/// Whether a command is one program with its arguments, which means the same to every shell, strict or not.
fn is_simple(command: &str) -> bool {
    let first = command.split_whitespace().next().unwrap_or_default();
    if first.is_empty() || first.contains('=') || SHELL_WORDS.contains(&first) {
        return false;
    }
    let mut quote = None;
    let mut chars = command.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        match (c, quote) {
            (c, _) if c.is_control() => return false,
            ('\'', Some('\'')) | ('"', Some('"')) => quote = None,
            (_, Some('\'')) => {}
            ('$', Some(_)) if next == Some('(') => return false,
            ('\\' | '`', _) => return false,
            (_, Some(_)) => {}
            ('\'' | '"', None) => quote = Some(c),
            ('$', None) if matches!(next, Some('(' | '\'' | '"')) => return false,
            ('|' | '&' | ';' | '<' | '>' | '(' | ')' | '#', None) => return false,
            _ => {}
        }
    }
    quote.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_program_with_arguments_is_simple() {
        for command in ["pytest", "cargo test --partition \"${CI_GEN_SHARD_INDEX}\"/4", "echo 'a; b' \"it's\" *.txt"] {
            assert!(is_simple(command), "{command}");
        }
    }

    #[test]
    fn anything_else_gets_a_script() {
        for command in [
            "a | b",
            "a; b",
            "a &",
            "a > b",
            "A=1 b",
            "cd x",
            "exit 1",
            "a\nb",
            "a $(b)",
            "a \"$(b)\"",
            "a `b`",
            "a \\",
            "a 'b",
            "! a",
            "skip",
            "a # b",
            "a $'b'",
            "if a",
            "",
        ] {
            assert!(!is_simple(command), "{command}");
        }
    }
}
