//! `go test`, which takes a pattern of the functions to run.

use std::{collections::BTreeSet, path::Path, process::Command, process::Stdio};

use super::{with_option, Failed};
use crate::exec::Task;

/// Flags for every `go` that a command starts; one without the flag ignores it, and a flag of the command itself goes
/// before it: <https://pkg.go.dev/cmd/go#hdr-Environment_variables>
const FLAGS: &str = "GOFLAGS";

/// What the functions begin with that `go test` runs as tests: <https://pkg.go.dev/testing>
const FUNCTIONS: [&str; 3] = ["Test", "Example", "Fuzz"];

/// The variable, if everything that failed is a test function of Go, or a subtest of one.
///
/// A function is repeated with all its subtests. A package that could not be built or that broke has no function, so
/// then everything is repeated.
pub(super) fn failed_alone(failed: &[Failed<'_>], task: &Task) -> Option<(String, String)> {
    let functions: Option<BTreeSet<&str>> = failed.iter().map(|it| function(&it.case.name)).collect();
    let functions: Vec<&str> = functions?.into_iter().collect();
    let pattern = format!("-run=^({})$", functions.join("|"));
    Some(with_option(FLAGS, &flags(task)?, &pattern))
}

fn function(test: &str) -> Option<&str> {
    let function = test.split('/').next()?;
    let rest = FUNCTIONS.iter().find_map(|it| function.strip_prefix(it))?;
    let named = !rest.starts_with(char::is_lowercase) && rest.chars().all(|it| it.is_alphanumeric() || it == '_');
    named.then_some(function)
}

/// The flags as they are: the variable would hide those that `go env -w` has noted. `None` where no Go answers.
fn flags(task: &Task) -> Option<String> {
    let mut go = Command::new("go");
    go.args(["env", FLAGS]).current_dir(task.directory.as_deref().unwrap_or(Path::new(".")));
    go.envs(task.env.iter().map(|(name, value)| (name, value))).stdin(Stdio::null());
    let output = go.output().ok().filter(|it| it.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::function;

    #[test]
    fn functions_are_told_from_other_tests() {
        for (test, expected) in [
            ("TestCart", Some("TestCart")),
            ("TestCart/an_empty_one/with|odd$signs", Some("TestCart")),
            ("Test_cart", Some("Test_cart")),
            ("TestÄpfel", Some("TestÄpfel")),
            ("Test", Some("Test")),
            ("ExampleCart_Add", Some("ExampleCart_Add")),
            ("FuzzParse/seed#0", Some("FuzzParse")),
            ("(package)", None),
            ("test_cart", None),
            ("Testing the cart", None),
            ("TestCart adds", None),
            ("Test(1)", None),
        ] {
            assert_eq!(function(test), expected, "{test}");
        }
    }
}
