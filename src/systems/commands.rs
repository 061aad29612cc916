//! The commands of a job as one shell script per step, values passed as environment variables.

use crate::{
    diag::{Diagnostic, Place},
    plan::{Expr, Job, Plan, Text},
    script::{self, Insert},
};

/// The script of one step.
#[derive(Clone, Debug)]
pub(super) struct Script {
    /// The commands, without the line that makes the shell strict.
    pub(super) text: String,
    /// The values that the script reads from environment variables, each once, in order of appearance.
    pub(super) exprs: Vec<Expr>,
}

/// Joins commands to one script.
///
/// `known` answers the values that the system knows without a variable (service hosts and ports, or anything it fills
/// in itself); every other value is read from the variable that `variable` names.
pub(super) fn script(
    job: &Job,
    commands: &[Text],
    known: &dyn Fn(&Expr) -> Option<String>,
    variable: &dyn Fn(&Expr) -> String,
) -> Script {
    let value = |expr: &Expr| match known(expr) {
        Some(literal) => Insert::Literal(literal),
        None => Insert::Variable(variable(expr)),
    };
    // What cannot be inserted was reported by `check` before any system saw the plan.
    let lines = commands.iter().map(|command| script::insert(command, job.shell, &value).unwrap_or_default());
    let text = lines.collect::<Vec<_>>().join("\n");
    let exprs = exprs(commands.iter()).into_iter().filter(|expr| known(expr).is_none()).collect();
    Script { text: text.trim_end_matches('\n').to_owned(), exprs }
}

/// The whole script of a step, for a system whose own shell is neither strict nor started in the right directory.
///
/// `retry` is the number of extra tries that the shell makes itself; `value` is as for [`script`].
pub(super) fn complete(job: &Job, script: &Script, retry: u32, value: &dyn Fn(&Expr) -> Insert) -> String {
    let mut lines = vec![script::strict(job.shell).to_owned()];
    lines.extend(job.working_directory.as_ref().map(|it| format!("cd {}", script::path_word(it, job.shell, value))));
    lines.push(match retry {
        0 => script.text.clone(),
        tries => script::retry(&script.text, job.shell, tries),
    });
    lines.join("\n")
}

/// The values in some texts, each once, in order of appearance.
pub(super) fn exprs<'a>(texts: impl Iterator<Item = &'a Text>) -> Vec<Expr> {
    let mut exprs: Vec<Expr> = Vec::new();
    for expr in texts.flat_map(Text::exprs) {
        if !exprs.contains(expr) {
            exprs.push(expr.clone());
        }
    }
    exprs
}

/// The variable that carries a value where the system has none of its own.
pub(super) fn variable(expr: &Expr) -> String {
    expr.variable().unwrap_or_default()
}

/// Reports values that stand where no shell would replace them.
pub(super) fn check(plan: &Plan) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for job in &plan.jobs {
        let key = match job.kind {
            crate::plan::Kind::Run => "run",
            crate::plan::Kind::Test => "test",
        };
        for (commands, key) in [(&job.install, "install"), (&job.commands, key)] {
            check_commands(job, commands, &job.place.key(key), &mut diagnostics);
        }
    }
    diagnostics
}

fn check_commands(job: &Job, commands: &[Text], at: &Place, diagnostics: &mut Vec<Diagnostic>) {
    for (index, command) in commands.iter().enumerate() {
        if let Err(error) = script::insert(command, job.shell, &|expr| Insert::Variable(variable(expr))) {
            let at = if commands.len() == 1 { at.clone() } else { at.index(index) };
            diagnostics.push(Diagnostic::error("expression-quoted", at, error.to_string()).help(error.help.clone()));
        }
    }
}
