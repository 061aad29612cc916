//! Steps of a job.

use serde::Serialize;

use super::{env, job::Scope, Pair};
use crate::{
    diag::Place,
    plan::{Expr, Text},
    script::{self, Insert},
    spec::Shell,
    systems::{commands, Lowering},
};

/// A step; what is absent is not printed.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Step {
    /// What overrides call it.
    #[serde(skip)]
    pub(super) id: String,
    /// The key that says what it is, and its value.
    pub(super) kind: &'static str,
    pub(super) value: String,
    /// Keys that belong to that one.
    pub(super) fields: Vec<Pair>,
    pub(super) name: Option<String>,
    pub(super) condition: Option<String>,
    pub(super) continue_on_error: bool,
    pub(super) retry: Option<String>,
    pub(super) working_directory: Option<String>,
    pub(super) inputs: Vec<Pair>,
    pub(super) env: Vec<Pair>,
}

impl Step {
    /// The step under the name that overrides call it by.
    pub(super) fn named(self, id: impl Into<String>) -> Self {
        Step { id: id.into(), ..self }
    }
}

/// Also after a failure, but not when the run was cancelled.
pub(super) const FINISHED: &str = "succeededOrFailed()";

/// A step that runs a task.
pub(super) fn task(name: &str, task: &str, inputs: &[(&str, &str)]) -> Step {
    let inputs = inputs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    Step {
        kind: "task",
        value: task.to_owned(),
        name: Some(name.to_owned()),
        inputs: inputs.collect(),
        ..Step::default()
    }
}

/// A step that runs a complete script, in which nothing is left to escape.
pub(super) fn script(name: &str, shell: Shell, text: String) -> Step {
    Step { kind: kind(shell), value: text, name: Some(name.to_owned()), ..Step::default() }
}

/// Azure's `script` is bash, too, so `sh` gets its script from bash.
fn kind(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash | Shell::Sh => "bash",
        Shell::Pwsh => "pwsh",
    }
}

/// The lines that go before any commands: the right shell, and a stop at the first failure.
///
/// `$0` is the file that the task wrote the script to.
/// <https://github.com/microsoft/azure-pipelines-tasks/blob/master/Tasks/BashV3/bash.ts>
pub(super) fn opening(shell: Shell) -> String {
    let strict = script::strict(shell);
    match shell {
        Shell::Sh => format!("[ -n \"${{CI_GEN_SH-}}\" ] || CI_GEN_SH=1 exec sh \"$0\"\n{strict}"),
        Shell::Bash | Shell::Pwsh => strict.to_owned(),
    }
}

/// How a value reaches a script.
pub(super) fn variable(expr: &Expr) -> String {
    match expr {
        Expr::GitSha => "BUILD_SOURCEVERSION".to_owned(),
        // Tasks take `INPUT_*` out of the environment: those are their own inputs.
        Expr::Input(_) => format!("CI_GEN_{}", commands::variable(expr)),
        other => commands::variable(other),
    }
}

/// What the words of a script get for a value.
pub(super) fn insert<'a>(scope: &'a Scope<'a>) -> impl Fn(&Expr) -> Insert + 'a {
    |expr| match scope.known(expr) {
        Some(known) => Insert::Literal(known),
        None => Insert::Variable(variable(expr)),
    }
}

/// A step with commands of the spec.
pub(super) fn run(scope: &Scope<'_>, name: &str, list: &[Text], key: &str, out: &mut Lowering<'_>) -> Step {
    let (job, values) = (scope.job, scope.values);
    let commands = commands::script(job, list, &|expr| scope.known(expr), &variable);
    let at = job.place.key(key);
    for (index, command) in list.iter().enumerate() {
        let literal = command.write(str::to_owned, |_| "x".to_owned());
        values.check_script(&literal, &if list.len() == 1 { at.clone() } else { at.index(index) }, out);
    }
    let environment = scope.env();
    let place = |name: &str| match job.env.contains_key(name) {
        true => job.place.key("env").key(name),
        false => Place::root().key("env").key(name),
    };
    let (env, exports) = env::of_step(values, &environment, job.shell, &place, out);
    for expr in &commands.exprs {
        values.uses(expr);
    }
    let mut lines = vec![opening(job.shell)];
    lines.extend(exports);
    lines.push(values.escape(&commands.text));
    Step {
        env,
        working_directory: job.working_directory.as_ref().map(|it| values.text(it)),
        ..script(name, job.shell, lines.join("\n"))
    }
}
