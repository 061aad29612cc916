//! The first lines of a script.

use crate::script::{strict, Shell};

use super::run;

#[test]
fn a_failing_line_ends_a_bash_script() {
    for failing in ["false", "false | cat", "x=$(exit 3)", "(exit 3)"] {
        let outcome = run("bash", &format!("{}\n{failing}\necho reached", strict(Shell::Bash)), &[]);
        assert_ne!(outcome.code, Some(0), "{failing}");
        assert_eq!(outcome.out, "", "{failing}");
    }
}

#[test]
fn an_unset_variable_is_empty() {
    let outcome = run("bash", &format!("{}\necho \"<$CI_GEN_NEVER_SET>\"", strict(Shell::Bash)), &[]);
    assert_eq!((outcome.code, outcome.out.as_str()), (Some(0), "<>\n"));
}

#[test]
fn a_shell_is_one_word_in_a_spec() {
    for (shell, name) in [(Shell::Bash, "\"bash\""), (Shell::Sh, "\"sh\""), (Shell::Pwsh, "\"pwsh\"")] {
        assert_eq!(serde_json::to_string(&shell).unwrap(), name);
        assert_eq!(serde_json::from_str::<Shell>(name).unwrap(), shell);
    }
}
