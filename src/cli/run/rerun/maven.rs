//! Maven's Surefire, which takes a list of test classes and methods.

use std::collections::{BTreeMap, BTreeSet};

use super::{value, with_option, Failed};
use crate::exec::Task;

/// Arguments for every Maven that a command starts, from Maven 3.9 on:
/// <https://maven.apache.org/configure.html#maven_args-environment-variable>
const ARGUMENTS: &str = "MAVEN_ARGS";

/// Where Surefire puts its results. Those of Failsafe, which looks the same, lie elsewhere, and it is told otherwise:
/// <https://maven.apache.org/surefire/maven-surefire-plugin/test-mojo.html#reportsDirectory>
const REPORTS: &str = "surefire-reports/";

/// No tests in a module that the list does not name are no failure:
/// <https://maven.apache.org/surefire/maven-surefire-plugin/test-mojo.html#failIfNoSpecifiedTests>
const OTHER_MODULES: &str = "-Dsurefire.failIfNoSpecifiedTests=false";

/// The variable, if everything that failed is in a result file of Surefire.
pub(super) fn failed_alone(failed: &[Failed<'_>], task: &Task) -> Option<(String, String)> {
    let mut classes: BTreeMap<&str, Option<BTreeSet<&str>>> = BTreeMap::new();
    for Failed { case, results } in failed {
        let class = case.class.as_deref().filter(|_| results.contains(REPORTS)).filter(|it| is_class(it))?;
        let methods = classes.entry(class).or_insert_with(|| Some(BTreeSet::new()));
        match (method(&case.name), &mut *methods) {
            (Some(method), Some(methods)) => {
                methods.insert(method);
            }
            (Some(_), None) => {}
            (None, _) => *methods = None,
        }
    }
    let tests: Vec<String> = classes.into_iter().map(|(class, methods)| selected(class, methods)).collect();
    let option = format!("-Dtest={} {OTHER_MODULES}", tests.join(","));
    Some(with_option(ARGUMENTS, &value(task, ARGUMENTS), &option))
}

/// A class, with methods where they are known, in the words of
/// <https://maven.apache.org/surefire/maven-surefire-plugin/examples/single-test.html>.
fn selected(class: &str, methods: Option<BTreeSet<&str>>) -> String {
    let methods: Vec<&str> = methods.into_iter().flatten().collect();
    match methods.is_empty() {
        true => class.to_owned(),
        false => format!("{class}#{}", methods.join("+")),
    }
}

/// The method of a test. Behind its name stand the parameters; a test that has a name for people has none.
fn method(test: &str) -> Option<&str> {
    let name = test.split(['(', '[', '{']).next()?;
    is_identifier(name).then_some(name)
}

fn is_class(name: &str) -> bool {
    name.split(['.', '$']).all(is_identifier)
}

/// Whether Java takes it as a name. The shell that starts Maven splits the variable at blanks, and expands patterns in it.
fn is_identifier(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|it: char| it.is_ascii_digit())
        && name.chars().all(|it| it.is_alphanumeric() || it == '_')
}

#[cfg(test)]
mod tests {
    use super::{is_class, method};

    #[test]
    fn methods_stand_before_their_parameters() {
        let known = ["adds", "adds(int)[1]", "adds{int, int}[2]", "adds[3]", "adds()"];
        assert!(known.iter().all(|it| method(it) == Some("adds")));
        for words in ["", "[1] 5", "adds two numbers", "adds-two", "*", "1st"] {
            assert_eq!(method(words), None, "{words}");
        }
    }

    #[test]
    fn only_what_java_calls_a_class_reaches_the_shell() {
        assert!(is_class("com.example.CartTest") && is_class("com.example.CartTest$Nested"));
        assert!(!is_class("The cart") && !is_class("com..Cart") && !is_class("a;b") && !is_class(""));
    }
}
