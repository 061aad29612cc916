//! Legs that become one native job, and how their scripts are written.

use super::{
    expression,
    runner::Host,
    service,
    step::{run, Run, Step},
};
use crate::{
    plan::{Expr, Job, Leg, Plan, Service, Text},
    script::{self, Insert},
    spec::{Os, Shell},
    systems::commands,
};

/// Legs of a job that share one executor and the same services.
pub(super) struct Native<'a> {
    pub(super) plan: &'a Plan,
    pub(super) job: &'a Job,
    /// The job's key in the file.
    pub(super) id: String,
    /// Never empty.
    pub(super) legs: Vec<&'a Leg>,
    pub(super) host: Host,
    pub(super) services: Vec<&'a Service>,
    /// The job's matrix keys.
    pub(super) keys: Vec<String>,
    /// Whether another job gets this job's artifacts.
    pub(super) is_needed: bool,
    /// Whether one of the legs may fail.
    pub(super) allows_failure: bool,
}

/// The name of the step with a job's `install`.
pub(super) const INSTALL: &str = "Install";

/// More reruns are not native: <https://circleci.com/docs/reference/configuration-reference/#run>
const MOST_RERUNS: u32 = 5;

/// What CircleCI waits for output unless told otherwise (same page).
const SILENCE: u64 = 10 * 60;

impl Native<'_> {
    /// Where the job reaches a service.
    pub(super) fn service_host(&self, name: &str) -> String {
        match self.host.is_docker() && service::collide(&self.services) {
            true => name.to_owned(),
            false => "localhost".to_owned(),
        }
    }

    /// What is fixed while the file is written.
    pub(super) fn known(&self, expr: &Expr) -> Option<String> {
        match expr {
            Expr::ServiceHost(name) => Some(self.service_host(name)),
            Expr::ServicePort(name) => self.plan.services.get(name)?.ports.first().map(u16::to_string),
            Expr::ShardTotal => self.job.shards.map(|total| total.to_string()),
            _ => None,
        }
    }

    /// How a script sees a value.
    pub(super) fn insert(&self, expr: &Expr) -> Insert {
        match self.known(expr) {
            Some(known) => Insert::Literal(known),
            None => Insert::Variable(expression::variable(expr)),
        }
    }

    /// The text with everything that is fixed in its place.
    pub(super) fn fill(&self, text: &Text) -> Text {
        text.fill(|expr| self.known(expr).map(Text::literal))
    }

    /// The shell of a step in the job's shell; `None` where the job's default is the right one.
    ///
    /// The defaults of Linux and macOS have the options already:
    /// <https://circleci.com/docs/reference/configuration-reference/#default-shell-options>
    fn shell(&self) -> Option<&'static str> {
        match (self.job.shell, self.host.os) {
            (Shell::Bash, _) => None,
            (Shell::Sh, Os::Windows) => Some("sh.exe -eo pipefail"),
            (Shell::Sh, _) => Some("/bin/sh -eo pipefail"),
            (Shell::Pwsh, Os::Windows) => Some("pwsh.exe"),
            (Shell::Pwsh, _) => Some("pwsh"),
        }
    }

    /// The step in the job's shell.
    pub(super) fn own(&self, step: Run) -> Run {
        let mut command = expression::escape(&step.command);
        if self.job.shell == Shell::Pwsh {
            command = format!("{}\n{command}", script::strict(Shell::Pwsh));
        }
        Run { shell: self.shell().map(str::to_owned), command, ..step }
    }

    /// A script for the default shell that may use the values of `texts`.
    pub(super) fn helper(&self, command: &str, texts: &[Text]) -> String {
        let sharded = texts.iter().flat_map(Text::exprs).any(|expr| *expr == Expr::ShardIndex);
        let before = if sharded { format!("{}\n", shard_index(Shell::Sh)) } else { String::new() };
        expression::escape(&format!("{before}{command}"))
    }

    /// A step with commands of the spec.
    pub(super) fn commands(&self, name: &str, list: &[Text], retry: u32) -> Step {
        let job = self.job;
        let shell = job.shell;
        let script = commands::script(job, list, &|expr| self.known(expr), &expression::variable);
        let reruns = (retry > 0 && retry <= MOST_RERUNS && !self.allows_failure).then_some(retry);
        let mut text = if reruns.is_some() { script.text } else { script::retry(&script.text, shell, retry) };
        if self.job.is_reported() && name != INSTALL {
            text = self.put_off(&text);
        } else if self.allows_failure {
            text = self.allow_failure(&text);
        }
        let mut lines = self.exports();
        lines.push(text);
        let inputs = script.exprs.iter().filter(|expr| matches!(expr, Expr::Input(_)));
        let environment =
            inputs.map(|expr| (expression::variable(expr), format!("<< {} >>", expression::value(self.plan, expr))));
        let run = Run {
            name: name.to_owned(),
            working_directory: job.working_directory.as_ref().map(|it| expression::text(self.plan, it)),
            environment: environment.collect(),
            max_auto_reruns: reruns,
            command: lines.join("\n"),
            ..Run::default()
        };
        self.limited(self.own(run)).into()
    }

    /// The step with the job's time limit: <https://www.gnu.org/software/coreutils/timeout>
    fn limited(&self, step: Run) -> Run {
        let Some(seconds) = self.job.timeout.map(|it| it.seconds()) else { return step };
        let no_output_timeout = (seconds > SILENCE).then(|| match seconds % 60 {
            0 => format!("{}m", seconds / 60),
            _ => format!("{seconds}s"),
        });
        let shell = match self.host.os {
            Os::Linux => {
                let shell = step.shell.as_deref().unwrap_or("bash -eo pipefail");
                Some(format!("timeout -k 10 {seconds} {shell}"))
            }
            Os::Windows | Os::Macos => step.shell.clone(),
        };
        Run { shell, no_output_timeout, ..step }
    }

    /// What every script of a shard sets before its commands: nothing of a job differs between its shards.
    fn exports(&self) -> Vec<String> {
        if self.job.shards.is_none() {
            return Vec::new();
        }
        let shell = self.job.shell;
        let mut lines = vec![shard_index(shell).to_owned()];
        for (name, value) in self.job.env.iter().filter(|(_, value)| is_by_shard(value)) {
            let value = script::word(value, shell, &|expr: &Expr| self.insert(expr));
            lines.push(match shell {
                Shell::Bash | Shell::Sh => format!("export {name}={value}"),
                Shell::Pwsh => format!("$env:{name} = {value}"),
            });
        }
        lines
    }

    /// Whether a failure of the commands stops nothing behind them, so that a file tells of it.
    pub(super) fn puts_off(&self) -> bool {
        self.allows_failure || self.job.is_reported()
    }

    /// The tests, with a failure that fails the job only once their report is handed over: nothing but the storing of
    /// artifacts and results runs after a failed step.
    fn put_off(&self, text: &str) -> String {
        let scratch = self.host.scratch();
        let strict = script::strict(self.job.shell);
        let skip = match self.allows_failure {
            true => format!("if [ -e {scratch}/failed ]; then exit 0; fi\n"),
            false => String::new(),
        };
        format!(
            "{skip}\
             ci_gen_commands() (\n\
             {strict}\n\
             {text}\n\
             )\n\
             set +e\n\
             ci_gen_commands\n\
             ci_gen_status=$?\n\
             set -e\n\
             if [ \"$ci_gen_status\" -ne 0 ]; then\n\
             \x20 mkdir -p {scratch}\n\
             \x20 echo \"$ci_gen_status\" > {scratch}/failed\n\
             \x20 echo \"FAILED with exit code $ci_gen_status; the job ends with it once the report is handed over\" >&2\n\
             fi"
        )
    }

    /// The exit code of tests that [`Native::put_off`] ran.
    pub(super) fn verdict(&self) -> Run {
        let scratch = self.host.scratch();
        let allowed = match (&self.job.allow_failure_axis, self.allows_failure) {
            (_, false) => String::new(),
            (Some(axis), true) if !self.legs.iter().all(|leg| leg.allow_failure) => {
                let variable = expression::variable(&Expr::Matrix(axis.clone()));
                format!("\x20 if [ \"${variable}\" = true ]; then exit 0; fi\n")
            }
            _ => "\x20 exit 0\n".to_owned(),
        };
        let command = format!("if [ -e {scratch}/failed ]; then\n{allowed}\x20 exit \"$(cat {scratch}/failed)\"\nfi");
        run("Result of the tests", expression::escape(&command))
    }

    /// The commands, with a failure that stops nothing behind them.
    fn allow_failure(&self, text: &str) -> String {
        let scratch = self.host.scratch();
        let strict = script::strict(self.job.shell);
        let only = match &self.job.allow_failure_axis {
            Some(axis) if !self.legs.iter().all(|leg| leg.allow_failure) => {
                let variable = expression::variable(&Expr::Matrix(axis.clone()));
                format!("  [ \"${variable}\" = true ] || exit \"$ci_gen_status\"\n")
            }
            _ => String::new(),
        };
        // A function call is a simple command, so `set -e` holds inside; behind `||` it would not.
        format!(
            "if [ -e {scratch}/failed ]; then exit 0; fi\n\
             ci_gen_commands() (\n\
             {strict}\n\
             {text}\n\
             )\n\
             set +e\n\
             ci_gen_commands\n\
             ci_gen_status=$?\n\
             set -e\n\
             if [ \"$ci_gen_status\" -ne 0 ]; then\n\
             \x20 mkdir -p {scratch}\n\
             \x20 touch {scratch}/failed\n\
             {only}\
             \x20 echo \"FAILED with exit code $ci_gen_status, which this job is allowed to\" >&2\n\
             fi"
        )
    }
}

/// Whether a variable differs between the shards of a job, which a file cannot say.
pub(super) fn is_by_shard(text: &Text) -> bool {
    text.exprs().any(|expr| *expr == Expr::ShardIndex)
}

fn shard_index(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash | Shell::Sh => "export CI_GEN_SHARD_INDEX=$((CIRCLE_NODE_INDEX + 1))",
        Shell::Pwsh => "$env:CI_GEN_SHARD_INDEX = [int]$env:CIRCLE_NODE_INDEX + 1",
    }
}
