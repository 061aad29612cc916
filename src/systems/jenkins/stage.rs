//! The parts of a declarative pipeline, as the template prints them.
//!
//! Syntax: <https://www.jenkins.io/doc/book/pipeline/syntax/>

use serde::Serialize;

use super::{condition::Condition, slots::Texts, value::Value};

/// A name and its value, in order.
pub(super) type Pair = (String, Value);

/// A stage; it has one of `steps`, `stages`, `parallel` and `matrix`.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Stage {
    pub(super) name: String,
    pub(super) comment: Option<String>,
    pub(super) when: Vec<Condition>,
    pub(super) fail_fast: bool,
    pub(super) agent: Option<Agent>,
    pub(super) skip_checkout: bool,
    /// Whether a failure, also of the agent, leaves the build as it is.
    pub(super) allow_failure: bool,
    /// Whether the stages behind it run whatever becomes of it; the build fails with it.
    pub(super) goes_on: bool,
    pub(super) environment: Vec<Pair>,
    pub(super) matrix: Option<Matrix>,
    pub(super) parallel: Vec<Stage>,
    pub(super) stages: Vec<Stage>,
    pub(super) steps: Vec<Step>,
    pub(super) post: Vec<Post>,
    /// The spec's own text between what is here.
    pub(super) texts: Texts,
    /// The spec's own text instead of all that.
    pub(super) native: Option<String>,
}

/// Where a stage runs: on a machine, or in a container on it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(super) struct Agent {
    /// `None` on the machine of the stage around it.
    pub(super) label: Option<Value>,
    pub(super) container: Option<Container>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(super) struct Container {
    pub(super) image: Value,
    pub(super) arguments: Value,
}

/// The axes that multiply a stage; it holds the stages of each cell.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Matrix {
    pub(super) cells: usize,
    pub(super) axes: Vec<Axis>,
    pub(super) excludes: Vec<Vec<Axis>>,
    pub(super) stages: Vec<Stage>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Axis {
    pub(super) name: String,
    pub(super) values: Vec<String>,
}

/// What follows the steps, on some outcome.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Post {
    pub(super) outcome: &'static str,
    pub(super) steps: Vec<Step>,
}

/// A function above the pipeline, for what several stages do.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Function {
    pub(super) comment: Option<String>,
    pub(super) name: String,
    pub(super) parameters: Vec<&'static str>,
    pub(super) steps: Vec<Step>,
}

/// One step.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(super) enum Step {
    /// A script for bash or sh; its first line names the shell.
    Sh { script: String },
    /// A script for PowerShell.
    Pwsh { script: String },
    /// The spec's own text.
    Native { text: String },
    /// A line in the log.
    Echo { text: String },
    /// A time limit for the steps in it.
    Timeout { time: u64, unit: &'static str, steps: Vec<Step> },
    /// So many tries in all.
    Retry { count: u32, steps: Vec<Step> },
    /// Variables whose names `environment` cannot hold, for the steps in it.
    Env { variables: Vec<Value>, steps: Vec<Step> },
    /// A home directory that Jenkins can see, for the steps in it.
    Home { steps: Vec<Step> },
    /// Secrets for the steps in it.
    Secrets { names: Vec<String>, steps: Vec<Step> },
    /// Directories that are restored before the steps in it and saved behind them.
    Cache { default_branch: Option<String>, entries: Vec<CacheEntry>, steps: Vec<Step> },
    /// A function of the file.
    Call { function: String, arguments: Vec<Value> },
    /// Services, by a script that knows the name of their network.
    StartServices { script: String },
    /// The commit that is there already, with what else belongs to it.
    Checkout { submodules: bool, lfs: bool },
    /// Test results.
    Junit { files: Value },
    /// Files that are kept with the build.
    Archive { files: Value },
    /// Leaves nothing in the workspace.
    DeleteDir,
    /// Leaves nothing beside the workspace.
    DeleteTemporary,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct CacheEntry {
    pub(super) path: Value,
    pub(super) name: Value,
    pub(super) keys: Value,
}

impl Step {
    /// A call of a function without arguments.
    pub(super) fn call(function: impl Into<String>) -> Self {
        Step::Call { function: function.into(), arguments: Vec::new() }
    }
}
