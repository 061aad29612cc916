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
        Ok(Place { env, context: detected.context })
    }

    /// What the system would take for commands.
    pub(super) fn guard(&self) -> Guard {
        self.context.system.as_ref().map(|it| systems::get(it.value).guard()).unwrap_or_default()
    }

    /// The run as far as the system tells.
    pub(super) fn run(&self) -> Run {
        environment::run(&self.context)
    }
}
