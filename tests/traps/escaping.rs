//! Texts that a system would replace on their way to the shell.

use ci_gen::SystemId;
use proptest::prelude::*;
use regex::Regex;

use super::{
    commands::scripts,
    outputs::{generated, rendered, Outputs},
};

fn spec(commands: &str) -> String {
    format!("[on]\npush = true\n[job.unit]\nrun = {}\n", toml::Value::String(commands.to_owned()))
}

/// The text of the one script of `unit`.
fn script(outputs: &Outputs, system: SystemId) -> super::commands::Script {
    let all = scripts(outputs, system);
    let [script] = all.as_slice() else { panic!("{system} runs {} scripts", all.len()) };
    script.clone()
}

/// Everything that one of the eight would take for its own.
#[cfg(unix)]
const STORM: &str = "cat <<'EOF'
${{ x }} ${{ '${{' }} $(date) $(Build.BuildId) %s %env.X% %% ${HOME} $$ $1 $?
''' ''  \"\"\" \\ \\\\ \\n \\' \\\" \\$ ends with \\
key: value # no comment
##vso[task.setvariable variable=x]y ##[error]z ::error::w ##teamcity[x]
$[[ inputs.x ]] $[ variables.x ] {{ checksum }} <%= x %> #{x} ${'$'} $x
\t a tab, ünï and \u{1f600}
EOF
cat <<EOF
$((1 + 1))
EOF
printf '%s\\n' \"it's\" && cat <<< here";

/// The same letters mean something else to each system, and what a user wrote must reach the shell untouched:
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/expressions>,
/// <https://www.jetbrains.com/help/teamcity/kotlin-dsl.html>.
#[cfg(unix)]
#[test]
fn trap_13_an_escape_storm_reaches_the_shell_as_it_is() {
    let outputs = rendered(&spec(&STORM.replace("{{ checksum }}", "{{ \"{{ checksum }}\" }}")));
    let wanted = std::process::Command::new("bash").args(["-c", STORM]).output().unwrap();
    let printed = String::from_utf8(wanted.stdout).unwrap();
    assert!(printed.contains("${{ '${{' }}") && printed.ends_with("2\nit's\nhere\n"), "{printed}");
    for system in SystemId::ALL {
        let script = script(&outputs, *system);
        assert!(script.text.contains(STORM), "{system}: {}", script.text);
        let output = script.run();
        assert_eq!(String::from_utf8_lossy(&output.stdout), printed, "{system}: {}", script.text);
    }
    // The raw marks, which the readers above took away, so that a reader that takes too much is seen.
    outputs.each_says([
        (SystemId::Github, &["${{ '${{' }} x }}"]),
        (SystemId::Gitlab, &["${{ x }}"]),
        (SystemId::Jenkins, &["\\'\\'' ", "ends with \\\\\n"]),
        (SystemId::Azure, &["${{ '${{' }} x }}"]),
        (SystemId::Circleci, &["cat \\<<'EOF'", "cat \\<<< here"]),
        (SystemId::Travis, &["${{ x }}"]),
        (SystemId::Bitbucket, &["${{ x }}"]),
        (SystemId::Teamcity, &["%%s %%env.X%% %%%%", "${'$'}{HOME}"]),
    ]);
}

/// CircleCI has no way to write its own escape, so such a command is refused there, with the reason, and nowhere else.
#[test]
fn trap_13_what_has_no_escape_is_refused() {
    let outputs = generated(&spec("cat \\<<EOF\nx\nEOF"));
    outputs.refused(&[(SystemId::Circleci, "is how CircleCI escapes `<<`")]);
    for system in SystemId::ALL.iter().filter(|it| **it != SystemId::Circleci) {
        assert!(script(&outputs, *system).text.contains("cat \\<<EOF\nx\nEOF"), "{system}");
    }
}

/// A macro of Azure replaces variables that exist: one of the spec's own would be put into the command's text, where the
/// shell would have run a command of that name.
#[test]
fn trap_13_azure_replaces_no_variable_of_the_spec() {
    let command = "echo $(GREETING) $(Build.SourcesDirectory) \"$GREETING\"";
    let outputs = rendered(&format!("{}env = {{ GREETING = \"hello\" }}\n", spec(command)));
    for system in SystemId::ALL {
        // Bitbucket has a script for the variables in front.
        let text = scripts(&outputs, *system).pop().expect("a script").text;
        assert!(text.contains(command), "{system}: {text}");
    }
    outputs.never_says(SystemId::Azure, "$(GREETING)");
    assert_eq!(outputs.yaml(SystemId::Azure)["jobs"][0]["variables"]["GREETING"], "hello");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// What holds for the storm holds for any mixture of such marks.
    #[test]
    fn trap_13_any_mixture_reaches_the_shell(parts in prop::collection::vec(prop::sample::select(vec![
        "${{", "}}", " ", "  ", "$(x)", "%", "%%", "%x%", "${HOME}", "<<", "<<<", ">>", "$$", "$", "'", "''", "'''",
        "\"", "\"\"\"", "\\\\", "\\n", ": ", " #", "##vso[", "a", "-", "- ", "? ", "|", "&a", "*a", "!t", "@", "`", "[",
        "]", ",", "\t", "\n", "~", "é", "🦀", "\\u0041", "$[[ x ]]", "\n\n", "\n  ", "0", "yes",
    ]), 1..14)) {
        let body = parts.concat();
        // `\<<` is refused on CircleCI, see above; the end of the here-document must stay alone on its line.
        prop_assume!(!body.contains("\\<<"));
        let wanted = format!("cat <<'END OF IT'\n{body}\nEND OF IT");
        let outputs = rendered(&spec(&wanted));
        for system in SystemId::ALL {
            let text = script(&outputs, *system).text;
            prop_assert!(text.contains(&wanted), "{}: {} is not in {}", system, wanted, text);
        }
    }
}

/// One percent sign too few and TeamCity waits for ever for an agent that defines the parameter:
/// <https://www.jetbrains.com/help/teamcity/agent-requirements.html#Implicit+Requirements>.
#[test]
fn trap_14_percent_signs_are_doubled_on_teamcity() {
    let outputs = rendered(
        "[on]
push = { branches = [\"100%/*\", \"main\"], paths = [\"a%b%/**\"] }
[env]
RATE = \"5% of 100%\"
[service.db]
image = \"postgres:16\"
port = 5432
env = { OPTIONS = \"%x%\" }
ready = \"pg_isready %y%\"
[job.unit]
description = \"What %z% means\"
install = \"date +%Y%m%d\"
test = \"date +%Y%m%d\"
services = \"db\"
secrets = \"TOKEN\"
env = { FORMAT = \"%H:%M\" }
results = \"out/%r%/*.xml\"
artifacts = { logs = \"logs/%d%/**\" }
cache = { path = \"cache/%c%\", key = \"lock%l%\" }
working-directory = \"dir%w%\"
shards = 2
[job.unit.matrix]
value = [\"10%\", \"p%\"]
",
    );
    let text: String = outputs
        .text(SystemId::Teamcity)
        .lines()
        .filter(|it| !it.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    let single = text.replace("%%", "");
    let reference = Regex::new("%([^%\n]*)%").unwrap();
    let known = ["env.CI_GEN_SHARD_INDEX", "env.MATRIX_VALUE", "secret.TOKEN", "teamcity.build.branch"];
    let found: Vec<&str> = reference.captures_iter(&single).map(|it| it.get(1).unwrap().as_str()).collect();
    assert!(found.contains(&"secret.TOKEN"), "{found:?}");
    for name in &found {
        assert!(known.contains(name) || name.starts_with("system.teamcity."), "%{name}% is resolved:\n{text}");
    }
    assert_eq!(single.matches('%').count(), 2 * found.len(), "a percent sign stands alone:\n{text}");
    for doubled in ["5%% of 100%%", "+%%Y%%m%%d", "%%H:%%M", "out/%%r%%/*.xml", "logs/%%d%%/", "cache/%%c%%", "10%%"] {
        assert!(text.contains(doubled), "`{doubled}` is not in\n{text}");
    }
    // Nobody else doubles them.
    for system in SystemId::ALL.iter().filter(|it| **it != SystemId::Teamcity) {
        assert!(outputs.whole(*system).contains("date +%Y%m%d"), "{system}");
    }
}

/// Output of tests that begins with a log command would set variables or fake results; `run` breaks such lines, which
/// is tested there. In a thin pipeline nothing stands between test and log, so it must not add such lines itself:
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>.
#[test]
fn trap_29_texts_of_the_spec_become_no_log_commands() {
    let marks =
        ["::error::pwned", "##[error]pwned", "##vso[task.complete]pwned", "##teamcity[testFailed name='pwned']"];
    for mark in marks {
        let text = toml::Value::String(mark.to_owned());
        let outputs = rendered(&format!(
            "[on]\npush = true\n[job.unit]\ndescription = {text}\ntest = \"make\"\nretry = 10\n[job.unit.matrix]\nvalue = [{text}]\n"
        ));
        for system in SystemId::ALL {
            let whole = outputs.whole(*system);
            assert!(whole.contains("pwned"), "{system} has lost the value");
            for line in whole.lines().filter(|it| it.contains("pwned")) {
                let word = line.trim_start();
                let prints = ["echo ", "printf ", "Write-", "println", "print "].iter().any(|it| word.contains(it));
                assert!(!prints, "{system} prints it: {line}");
            }
        }
    }
}
