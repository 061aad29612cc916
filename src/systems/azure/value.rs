//! Values as macros and template expressions, and text that must not become one.

use std::{cell::Cell, collections::HashSet};

use super::{env, service, Pair};
use crate::{
    diag::Place,
    plan::{Expr, Plan, Text},
    spec::InputKind,
    systems::{commands, Lowering},
};

/// What texts of a plan become, and which variables of our own that takes.
pub(super) struct Values<'a> {
    pub(super) plan: &'a Plan,
    /// Every variable that the pipeline defines or is given, in capitals.
    names: HashSet<String>,
    dollar: Cell<bool>,
    branch: Cell<bool>,
    tag: Cell<bool>,
}

/// A variable whose value is a dollar sign: `$(CI_GEN_DOLLAR)(x)` is how a literal `$(x)` is written.
///
/// The agent replaces a macro once and does not look at the result again.
/// <https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Microsoft.VisualStudio.Services.Agent/Util/VarUtil.cs>
const DOLLAR: &str = "CI_GEN_DOLLAR";

/// Variables that differ by leg, where a native key needs one.
pub(super) const VM_IMAGE: &str = "vmImage";
pub(super) const CONTAINER_IMAGE: &str = "containerImage";
pub(super) const HOME: &str = "homeDirectory";
/// The leg, for names of artifacts.
pub(super) const LEG: &str = "CI_GEN_LEG";

/// Namespaces of Azure's own variables.
///
/// <https://learn.microsoft.com/azure/devops/pipelines/build/variables>
const NAMESPACES: &[&str] = &[
    "agent",
    "build",
    "checks",
    "common",
    "environment",
    "pipeline",
    "release",
    "resources",
    "strategy",
    "system",
    "task",
];

impl<'a> Values<'a> {
    pub(super) fn new(plan: &'a Plan) -> Self {
        let fixed = [DOLLAR, "CI_GEN_BRANCH", "CI_GEN_TAG", "CI_GEN_SHARD_INDEX", "CI_GEN_SHARD_TOTAL", LEG];
        let fixed = fixed.into_iter().chain([VM_IMAGE, CONTAINER_IMAGE, HOME, "RUSTUP_TOOLCHAIN", "TF_BUILD"]);
        let mut names: HashSet<String> = fixed.map(str::to_uppercase).collect();
        names.extend(plan.services.keys().map(|name| service::variable(name).to_uppercase()));
        names.extend(plan.env.keys().filter(|name| env::is_variable(name)).map(|name| name.to_uppercase()));
        for job in &plan.jobs {
            names.extend(job.env.keys().filter(|name| env::is_variable(name)).map(|name| name.to_uppercase()));
            names.extend(job.secrets.iter().map(|name| name.to_uppercase()));
            names.extend(job.matrix_keys().into_iter().map(|key| commands::variable(&Expr::Matrix(key))));
        }
        let unused = || Cell::new(false);
        Values { plan, names, dollar: unused(), branch: unused(), tag: unused() }
    }

    /// The variables that texts asked for so far.
    pub(super) fn own_variables(&self) -> Vec<Pair> {
        let source = "variables['Build.SourceBranch']";
        let is_tag = format!("startsWith({source}, 'refs/tags/')");
        let mut variables = Vec::new();
        if self.branch.get() {
            let branch =
                format!("replace(coalesce(variables['System.PullRequest.SourceBranch'], {source}), 'refs/heads/', '')");
            variables.push(("CI_GEN_BRANCH".to_owned(), format!("$[ iif({is_tag}, '', {branch}) ]")));
        }
        if self.tag.get() {
            let tag = format!("replace({source}, 'refs/tags/', '')");
            variables.push(("CI_GEN_TAG".to_owned(), format!("$[ iif({is_tag}, {tag}, '') ]")));
        }
        if self.dollar.get() {
            variables.push((DOLLAR.to_owned(), "$".to_owned()));
        }
        variables
    }

    /// Text that neither the server nor the agent changes.
    pub(super) fn escape(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("$(") {
            let (before, tail) = (&rest[..at], &rest[at + 2..]);
            out.push_str(before);
            out.push_str("$(");
            if tail.find(')').is_some_and(|end| self.is_defined(&tail[..end])) {
                self.dollar.set(true);
                out.push_str(DOLLAR);
                out.push_str(")(");
            }
            rest = tail;
        }
        out.push_str(rest);
        escape_template(&out)
    }

    /// A text with its values as macros; service values must be filled in before.
    pub(super) fn text(&self, text: &Text) -> String {
        text.write(|literal| self.escape(literal), |expr| self.value(expr))
    }

    /// [`Values::text`] where a leading `$[` would begin a runtime expression.
    pub(super) fn whole(&self, text: &Text) -> String {
        self.guard(self.text(text))
    }

    /// [`Values::escape`] where a leading `$[` would begin a runtime expression.
    pub(super) fn escape_whole(&self, text: &str) -> String {
        self.guard(self.escape(text))
    }

    fn guard(&self, text: String) -> String {
        match text.strip_prefix("$[") {
            Some(rest) => {
                self.dollar.set(true);
                format!("$({DOLLAR})[{rest}")
            }
            None => text,
        }
    }

    /// A value as a macro or template expression.
    pub(super) fn value(&self, expr: &Expr) -> String {
        match expr {
            Expr::Input(name) => self.input(name),
            Expr::GitSha => "$(Build.SourceVersion)".to_owned(),
            Expr::ServiceHost(_) | Expr::ServicePort(_) => String::new(),
            other => {
                self.uses(other);
                format!("$({})", commands::variable(other))
            }
        }
    }

    /// Notes that something reads a value, so that its variable gets defined.
    pub(super) fn uses(&self, expr: &Expr) {
        match expr {
            Expr::GitBranch => self.branch.set(true),
            Expr::GitTag => self.tag.set(true),
            _ => {}
        }
    }

    fn input(&self, name: &str) -> String {
        let parameter = parameter(name);
        let input = self.plan.inputs().find(|(it, _)| *it == name).map(|(_, input)| input);
        let options = input.map_or(&[][..], |it| &it.options);
        match input.map(|it| it.kind) {
            // A boolean prints as `True`.
            Some(InputKind::Boolean) => format!("${{{{ lower(parameters.{parameter}) }}}}"),
            // What a person types is text: no macro that reads a secret, no runtime expression.
            Some(InputKind::String) => self.text_of_parameter(&parameter),
            Some(InputKind::Choice) if options.iter().any(|it| it.contains("$(") || it.starts_with("$[")) => {
                self.text_of_parameter(&parameter)
            }
            Some(InputKind::Choice | InputKind::Number) | None => format!("${{{{ parameters.{parameter} }}}}"),
        }
    }

    fn text_of_parameter(&self, parameter: &str) -> String {
        self.dollar.set(true);
        format!("${{{{ replace(replace(parameters.{parameter}, '$(', '$({DOLLAR})('), '$[', '$({DOLLAR})[') }}}}")
    }

    /// Refuses a `$(NAME)` in text that is a script or a step's variable, where the agent replaces it.
    pub(super) fn check_script(&self, text: &str, at: &Place, out: &mut Lowering<'_>) {
        if let Some(found) = self.agent_variable(text) {
            let message = format!("Azure would put a variable of the agent's environment in place of `$({found})`");
            out.refuse(at, message, format!("write `${{{found}}}`, or a blank behind the bracket: `$( {found})`"));
        }
    }

    /// The first `$(NAME)` in text that is a script or a step's variable, where NAME looks like a variable of the
    /// agent's environment: the agent replaces those in a second round, which nothing can escape.
    fn agent_variable<'t>(&self, text: &'t str) -> Option<&'t str> {
        let mut rest = text;
        while let Some(at) = rest.find("$(") {
            let tail = &rest[at + 2..];
            let name = tail.find(')').map(|end| &tail[..end]);
            if let Some(name) = name.filter(|name| is_capital(name) && !self.is_defined(name)) {
                return Some(name);
            }
            rest = tail;
        }
        None
    }

    /// Whether a leg may have a variable of that name which is not one of its matrix values.
    pub(super) fn is_of_leg(&self, name: &str) -> bool {
        let services = self.plan.services.keys().map(|name| service::variable(name));
        [VM_IMAGE, CONTAINER_IMAGE, HOME]
            .map(str::to_owned)
            .into_iter()
            .chain(services)
            .any(|it| it.eq_ignore_ascii_case(name))
    }

    fn is_defined(&self, name: &str) -> bool {
        let namespace = name.split_once('.').map(|(namespace, _)| namespace.to_ascii_lowercase());
        self.names.contains(&name.to_uppercase()) || namespace.is_some_and(|it| NAMESPACES.contains(&it.as_str()))
    }
}

fn is_capital(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// Reports text that Azure would take for a template expression where it allows none, not even to escape one.
pub(super) fn check_plain(text: &str, at: &Place, out: &mut Lowering<'_>) {
    if text.contains("${{") {
        out.refuse(at, "Azure allows no `${{` here", "leave it out");
    }
}

/// Text in which no template expression is left.
///
/// <https://learn.microsoft.com/azure/devops/pipelines/process/template-expressions#escape-a-value>
fn escape_template(text: &str) -> String {
    text.replace("${{", "${{ '${{' }}")
}

/// The parameter that holds an input.
pub(super) fn parameter(input: &str) -> String {
    input.replace('-', "_")
}

/// A string literal of the expression language.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use indexmap::IndexMap;

    fn plan() -> Plan {
        Plan {
            name: "test".to_owned(),
            triggers: crate::plan::Triggers::default(),
            env: IndexMap::from([("NAME".to_owned(), Text::literal("x")), ("lower".to_owned(), Text::literal("x"))]),
            runners: IndexMap::new(),
            services: IndexMap::new(),
            jobs: Vec::new(),
            pins: crate::pins::Pins::default(),
            images: IndexMap::new(),
            report: None,
            hooks: crate::plan::Hooks::default(),
            tool: None,
        }
    }

    #[test]
    fn only_macros_of_variables_are_escaped() {
        let plan = plan();
        let values = Values::new(&plan);
        assert_eq!(values.escape("$(date) $(echo $x) $(lower) $"), "$(date) $(echo $x) $(lower) $");
        assert!(values.own_variables().is_empty());
        assert_eq!(values.escape("$(name) $(a $(NAME))"), "$(CI_GEN_DOLLAR)(name) $(a $(CI_GEN_DOLLAR)(NAME))");
        assert_eq!(values.escape("$(Build.Reason)"), "$(CI_GEN_DOLLAR)(Build.Reason)");
        assert_eq!(values.own_variables(), [("CI_GEN_DOLLAR".to_owned(), "$".to_owned())]);
    }

    #[test]
    fn expressions_of_templates_and_of_the_runtime_stay_text() {
        let plan = plan();
        let values = Values::new(&plan);
        assert_eq!(values.escape("a ${{ b }}"), "a ${{ '${{' }} b }}");
        assert_eq!(values.escape_whole("$[ x ]"), "$(CI_GEN_DOLLAR)[ x ]");
        assert_eq!(values.escape_whole(" $[ x ]"), " $[ x ]");
    }

    #[test]
    fn the_agents_own_variables_are_found() {
        let plan = plan();
        let values = Values::new(&plan);
        assert_eq!(values.agent_variable("$(date) $(NAME) $(HOME)"), Some("HOME"));
        assert_eq!(values.agent_variable("$(date) $(NAME) $( HOME) $(HOME -x)"), None);
    }
}
