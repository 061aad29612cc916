//! Environment variables: as pipeline variables where they keep their names, else of the step alone.

use indexmap::IndexMap;

use super::{value::Values, Pair};
use crate::{diag::Place, plan::Text, script::Shell, systems::Lowering};

/// How a variable reaches commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// A pipeline variable, which every step has, its name in capitals
    Variable,
    /// The step's `env`, which keeps the name as it is
    Step,
    /// The step's `env` under another name, because tasks take this one out of the environment
    Carried,
}

/// Names that begin so are no pipeline variables.
///
/// <https://learn.microsoft.com/azure/devops/pipelines/process/variables#variable-naming-restrictions>
const RESTRICTED: &[&str] = &["ENDPOINT", "INPUT", "PATH", "SECRET", "SECUREFILE"];

/// Names that begin so are taken out of the environment before a script starts.
///
/// <https://github.com/microsoft/azure-pipelines-task-lib/blob/master/node/internal.ts> (`_loadData`)
const TAKEN_OUT: &[&str] = &["ENDPOINT_", "INPUT_", "SECRET_", "SECUREFILE_", "VSTS_TASKVARIABLE_"];

/// Variables that Azure sets itself and that nothing overwrites.
///
/// <https://learn.microsoft.com/azure/devops/pipelines/build/variables>
const PREDEFINED: &[&str] = &[
    "BUILD_ARTIFACTSTAGINGDIRECTORY",
    "BUILD_BINARIESDIRECTORY",
    "BUILD_BUILDID",
    "BUILD_BUILDNUMBER",
    "BUILD_BUILDURI",
    "BUILD_CONTAINERID",
    "BUILD_DEFINITIONID",
    "BUILD_DEFINITIONNAME",
    "BUILD_DEFINITIONVERSION",
    "BUILD_QUEUEDBY",
    "BUILD_QUEUEDBYID",
    "BUILD_REASON",
    "BUILD_REQUESTEDFOR",
    "BUILD_REQUESTEDFOREMAIL",
    "BUILD_REQUESTEDFORID",
    "BUILD_SOURCEBRANCH",
    "BUILD_SOURCEBRANCHNAME",
    "BUILD_SOURCESDIRECTORY",
    "BUILD_SOURCEVERSION",
    "BUILD_SOURCEVERSIONAUTHOR",
    "BUILD_SOURCEVERSIONMESSAGE",
    "BUILD_STAGINGDIRECTORY",
    "COMMON_TESTRESULTSDIRECTORY",
    "PIPELINE_WORKSPACE",
    "TF_BUILD",
];
const PREDEFINED_BEGINNINGS: &[&str] = &["AGENT_", "BUILD_REPOSITORY_", "BUILD_TRIGGEREDBY_", "SYSTEM_"];

fn way(name: &str) -> Way {
    let begins = |list: &[&str]| list.iter().any(|prefix| name.to_ascii_uppercase().starts_with(prefix));
    if begins(TAKEN_OUT) {
        Way::Carried
    } else if begins(RESTRICTED) || name.chars().any(|c| c.is_ascii_lowercase()) {
        Way::Step
    } else {
        Way::Variable
    }
}

/// Whether the name becomes a pipeline variable.
pub(super) fn is_variable(name: &str) -> bool {
    way(name) == Way::Variable
}

/// Why a secret cannot have this name.
pub(super) fn forbidden_secret(name: &str) -> Option<&'static str> {
    let upper = name.to_ascii_uppercase();
    let begins = |list: &[&str]| list.iter().any(|prefix| upper.starts_with(prefix));
    if begins(RESTRICTED) || begins(TAKEN_OUT) {
        Some("variables that begin so are kept from scripts")
    } else if is_predefined(name) {
        Some("Azure sets that variable itself")
    } else {
        None
    }
}

fn is_predefined(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    PREDEFINED.contains(&upper.as_str()) || PREDEFINED_BEGINNINGS.iter().any(|it| upper.starts_with(it))
}

/// The variables that can be pipeline variables, with their values. All of them are checked.
pub(super) fn variables(
    values: &Values<'_>,
    env: &IndexMap<String, Text>,
    at: &Place,
    out: &mut Lowering<'_>,
) -> Vec<Pair> {
    for name in env.keys() {
        if is_predefined(name) {
            out.refuse(&at.key(name), format!("Azure sets `{name}` itself"), "choose another name");
        }
        if values.is_of_leg(name) {
            out.refuse(&at.key(name), format!("the pipeline for Azure uses `{name}` itself"), "choose another name");
        }
        let twin = env.keys().find(|other| *other != name && other.eq_ignore_ascii_case(name) && is_variable(name));
        if let Some(twin) = twin {
            let message = format!("Azure cannot tell `{name}` from `{twin}`");
            out.refuse(&at.key(name), message, "choose names that differ in more than case");
        }
    }
    let own = env.iter().filter(|(name, _)| is_variable(name));
    own.map(|(name, value)| (name.clone(), values.whole(value))).collect()
}

/// The variables of a step's own `env`, and the lines that give the carried ones their names back.
pub(super) fn of_step(
    values: &Values<'_>,
    env: &IndexMap<String, Text>,
    shell: Shell,
    place: &dyn Fn(&str) -> Place,
    out: &mut Lowering<'_>,
) -> (Vec<Pair>, Vec<String>) {
    let mut pairs = Vec::new();
    let mut exports = Vec::new();
    for (name, value) in env {
        let carrier = match way(name) {
            Way::Variable => continue,
            Way::Step => name.clone(),
            Way::Carried => format!("CI_GEN_ENV_{name}"),
        };
        if carrier != *name {
            exports.push(match shell {
                Shell::Bash | Shell::Sh => format!("export {name}=\"$CI_GEN_ENV_{name}\""),
                Shell::Pwsh => format!("$env:{name} = $env:CI_GEN_ENV_{name}"),
            });
        }
        let text = values.whole(value);
        let literal = value.write(str::to_owned, |_| "x".to_owned());
        if literal.trim() != literal {
            let message = format!("Azure takes the blanks off both ends of `{name}`");
            out.refuse(&place(name), message, "name it in capitals, not beginning with `PATH` or `SECRET`");
        }
        values.check_script(&literal, &place(name), out);
        pairs.push((carrier, text));
    }
    (pairs, exports)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_azure_changes_or_hides_are_told_apart() {
        let ways =
            ["RUST_BACKTRACE", "http_proxy", "PATH", "SECRET_KEY", "SECRETS", "secret_key", "BUILD_TYPE"].map(way);
        use Way::{Carried, Step, Variable};
        assert_eq!(ways, [Variable, Step, Step, Carried, Step, Carried, Variable]);
    }
}
