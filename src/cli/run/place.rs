//! Where a run takes place: variables, CI system, what is known of the run.

use super::arguments::Provider;
use crate::{
    context::{Context, Env},
    exec::Guard,
    report::Run,
    systems, SystemId,
};

/// Where a run takes place.
pub(super) struct Place {
    /// The variables of the process.
    pub(super) env: Env,
    /// What is known of the run.
    pub(super) context: Context,
    system: Option<SystemId>,
}

impl Place {
    /// Looks around.
    pub(super) fn find(provider: Provider) -> Place {
        let variables = std::env::vars_os();
        let text = |it: std::ffi::OsString| it.to_string_lossy().into_owned();
        let env: Env = variables.map(|(name, value)| (text(name), text(value))).collect();
        let system = match provider {
            Provider::System(system) => Some(system),
            Provider::Auto | Provider::Local => None,
        };
        Place { env, context: Context::default(), system }
    }

    /// What the system would take for commands.
    pub(super) fn guard(&self) -> Guard {
        self.system.map(|it| systems::get(it).guard()).unwrap_or_default()
    }

    /// The run as far as the system tells.
    pub(super) fn run(&self) -> Run {
        Run { system: self.system.map_or("local", SystemId::key).to_owned(), attempt: 1, ..Run::default() }
    }
}
