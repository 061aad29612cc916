//! Environment variables as entries of `env`, which two parsers and a shell must read alike.
//!
//! A value is shell code. Before a shell sees it, travis-yml parses the entry
//! (<https://github.com/svenfuchs/sh_vars/blob/master/lib/sh_vars/string.rb>) and travis-build searches it with a
//! regular expression (<https://github.com/travis-ci/travis-build/blob/master/lib/travis/build/env/var.rb>). Neither
//! knows `'\''`; both know quoted pieces side by side, each of one kind, none of which holds its own quote.

use crate::{
    plan::{Expr, Job, Leg, Part, Plan, Text},
    systems::commands,
};

/// The branch, of a pull request the source branch; `TRAVIS_BRANCH` repeats the tag when a tag is built.
const BRANCH: &str = "CI_GEN_BRANCH=\"${TRAVIS_PULL_REQUEST_BRANCH:-${TRAVIS_BRANCH#$TRAVIS_TAG}}\"";

/// The variable that carries a value: <https://docs.travis-ci.com/user/environment-variables/>
pub(super) fn variable(expr: &Expr) -> String {
    match expr {
        Expr::GitSha => "TRAVIS_COMMIT".to_owned(),
        Expr::GitTag => "TRAVIS_TAG".to_owned(),
        other => commands::variable(other),
    }
}

/// What every job gets: inputs and the branch where they are used, then the variables of the spec.
pub(super) fn global(plan: &Plan) -> Vec<String> {
    let texts = plan
        .env
        .values()
        .chain(plan.jobs.iter().flat_map(|job| job.env.values().chain(&job.commands).chain(&job.install)));
    let used = commands::exprs(texts);
    let mut env = Vec::new();
    for (name, input) in plan.inputs() {
        let expr = Expr::Input(name.clone());
        if used.contains(&expr) || plan.jobs.iter().any(|job| job.only.inputs.contains_key(name)) {
            env.push(format!("{}={}", variable(&expr), quote(&input.default)));
        }
    }
    if used.contains(&Expr::GitBranch) {
        env.push(BRANCH.to_owned());
    }
    env.extend(plan.env.iter().map(|(name, text)| format!("{name}={}", value(text))));
    env
}

/// What one leg gets besides.
pub(super) fn of_leg(job: &Job, leg: &Leg, known: &dyn Fn(&Expr) -> Option<String>) -> Vec<String> {
    let mut env: Vec<String> = Vec::new();
    for key in job.matrix_keys() {
        let text = leg.value(&key).to_owned();
        env.push(format!("{}={}", commands::variable(&Expr::Matrix(key)), quote(&text)));
    }
    if let Some(shard) = leg.shard {
        env.push(format!("CI_GEN_SHARD_INDEX={}", shard.index));
        env.push(format!("CI_GEN_SHARD_TOTAL={}", shard.total));
    }
    for (name, text) in &job.env {
        let text = leg.fill(text).fill(|expr| known(expr).map(Text::literal));
        env.push(format!("{name}={}", value(&text)));
    }
    env
}

/// A text with its values as variables.
fn value(text: &Text) -> String {
    if let Some(literal) = text.as_literal() {
        return quote(literal);
    }
    let plain = |part: &Part| match part {
        Part::Lit(text) => is_plain_in_double_quotes(text),
        Part::Expr(_) => true,
    };
    if text.parts.iter().all(plain) {
        return format!("\"{}\"", text.write(str::to_owned, |expr| format!("${{{}}}", variable(expr))));
    }
    text.write(quoted, |expr| format!("\"${{{}}}\"", variable(expr)))
}

/// A known value.
pub(super) fn quote(text: &str) -> String {
    if text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./:,@%+=".contains(c)) {
        return text.to_owned();
    }
    quoted(text)
}

fn quoted(text: &str) -> String {
    let control = text.chars().any(char::is_control);
    if !control && !text.contains('\'') && !text.ends_with('\\') {
        return format!("'{text}'");
    }
    if is_plain_in_double_quotes(text) {
        return format!("\"{text}\"");
    }
    let mut out = String::from("$'");
    for c in text.chars() {
        match c {
            '\\' | '\'' => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if c.is_ascii_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

fn is_plain_in_double_quotes(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() || "\"\\$`".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_piece_holds_no_quote_of_its_own() {
        assert_eq!(quote("3.12"), "3.12");
        assert_eq!(quote("a $b \"c\" \\d"), r#"'a $b "c" \d'"#);
        assert_eq!(quote("it's"), "\"it's\"");
        assert_eq!(quote("it's $5\\"), r"$'it\x27s $5\x5c'");
        assert_eq!(quote("a\nb"), r"$'a\x0ab'");
    }

    #[test]
    fn values_stand_beside_quoted_text() {
        let text = Text::parse("x{{ git.sha }}y").unwrap();
        assert_eq!(value(&text), "\"x${TRAVIS_COMMIT}y\"");
        let text = Text::parse("$x {{ git.tag }}").unwrap();
        assert_eq!(value(&text), "'$x '\"${TRAVIS_TAG}\"");
    }
}
