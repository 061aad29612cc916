//! Where a run takes place: variables, CI system, what is known of the run.

use crate::{
    cli::{environment, exit, terminal::Terminal},
    context::{Context, Env},
    exec::Guard,
    report::Run,
    systems::{self, Wanted},
};

/// Where a run takes place.
pub(super) struct Place {
    /// The variables of the process.
    pub(super) env: Env,
    /// What is known of the run.
    pub(super) context: Context,
    local: bool,
}

impl Place {
    /// Looks around.
    ///
    /// # Errors
    /// The exit code.
    pub(super) fn find(provider: Option<Wanted>, terminal: &mut Terminal) -> Result<Place, u8> {
        let env = environment::capture();
        let detected = environment::context(&env, provider).map_err(|why| {
            terminal.problem(&format!("error: {why}"));
            exit::USAGE
        })?;
        for warning in &detected.warnings {
            terminal.detail(&format!("warning: {warning}"));
        }
        let word = env.get("CI_GEN_PROVIDER").and_then(|it| it.parse().ok());
        let local = provider.or(word) == Some(Wanted::Local);
        Ok(Place { env, context: detected.context, local })
    }

    /// What the system would take for commands.
    pub(super) fn guard(&self) -> Guard {
        self.context.system.as_ref().map(|it| systems::get(it.value).guard()).unwrap_or_default()
    }

    /// Whether a user said that this is no CI system at all.
    pub(super) fn is_local(&self) -> bool {
        self.local
    }

    /// Whether the system shows a summary of the job.
    pub(super) fn has_summary(&self) -> bool {
        self.context.system.as_ref().is_some_and(|it| systems::get(it.value).has_summary(&self.env))
    }

    /// The run as far as the system tells.
    pub(super) fn run(&self) -> Run {
        environment::run(&self.context)
    }
}
