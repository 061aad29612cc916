//! The scripts, run by real shells.

mod insert;
mod language;
mod pwsh;
mod retry;
mod service;
mod strict;
mod words;

use std::path::Path;
use std::process::{Command, Stdio};

use crate::plan::{Expr, Text};
use crate::script::Insert;

/// What a script did.
struct Outcome {
    code: Option<i32>,
    out: String,
    err: String,
}

/// Runs a script in a directory, with variables on top of the environment.
fn run_in(dir: &Path, shell: &str, script: &str, env: &[(&str, &str)]) -> Outcome {
    let output = Command::new(shell)
        .arg("-c")
        .arg(script)
        .current_dir(dir)
        .envs(env.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Outcome {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Runs a script in an empty directory, which has to stay empty: no value may have been run as a command.
fn run(shell: &str, script: &str, env: &[(&str, &str)]) -> Outcome {
    let dir = tempfile::tempdir().unwrap();
    let outcome = run_in(dir.path(), shell, script, env);
    let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.is_empty(), "the script made {left:?}:\n{script}\n{env:?}");
    outcome
}

fn text(source: &str) -> Text {
    Text::parse(source).unwrap()
}

/// Matrix values are variables (`X` for `matrix.x`); a service's host and port are literals, as is `env.empty`.
fn value(expr: &Expr) -> Insert {
    match expr {
        Expr::ServiceHost(_) => Insert::Literal("localhost".to_owned()),
        Expr::ServicePort(_) => Insert::Literal("5432".to_owned()),
        Expr::Env(_) => Insert::Literal(String::new()),
        Expr::Matrix(name) => Insert::Variable(name.to_uppercase()),
        other => Insert::Variable(other.to_string()),
    }
}

/// A command with `§` for `{{ matrix.x }}` and `¤` for `{{ service.db.port }}`.
fn marked(source: &str) -> Text {
    let mut out = Text::default();
    for piece in source.split_inclusive(['§', '¤']) {
        out.push_lit(piece.trim_end_matches(['§', '¤']));
        match piece.chars().last() {
            Some('§') => out.push_expr(Expr::Matrix("x".to_owned())),
            Some('¤') => out.push_expr(Expr::ServicePort("db".to_owned())),
            _ => {}
        }
    }
    out
}
