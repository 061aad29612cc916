//! Commands in any shape: the scanners end, and read what a real shell reads.

use proptest::prelude::{prop_oneof, proptest, ProptestConfig};

use crate::plan::Text;
use crate::script::{insert, Shell};

use super::{marked, run, value};

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever people write, the scanner ends, and gives back what it does not have to change.
    #[test]
    fn the_scanner_never_panics(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..24)) {
        let command = pieces.concat();
        for shell in [Shell::Bash, Shell::Sh, Shell::Pwsh] {
            let _ = insert(&marked(&command), shell, &value);
            let literal = command.replace(['§', '¤'], "");
            assert_eq!(insert(&Text::literal(&*literal), shell, &value), Ok(literal));
        }
    }

    #[test]
    fn an_inserted_value_means_what_a_written_one_means(
        sh in proptest::collection::vec(proptest::sample::select(LANGUAGE), 1..20),
        bash in proptest::collection::vec(
            prop_oneof![3 => proptest::sample::select(LANGUAGE), 1 => proptest::sample::select(LANGUAGE_OF_BASH)],
            1..20,
        ),
    ) {
        check_alike("sh", Shell::Sh, &sh.concat());
        check_alike("bash", Shell::Bash, &bash.concat());
    }

    /// A command that the scanner accepts and bash accepts, too, has one meaning for all values: none is run.
    #[test]
    fn no_value_is_run(pieces in proptest::collection::vec(proptest::sample::select(SAFE_PIECES), 0..12)) {
        let command = marked(&pieces.concat());
        if let Ok(script) = insert(&command, Shell::Bash, &value) {
            for content in ["$(touch x)", "`touch x`", "; touch x #", "'; touch x #", "\"; touch x #", "\n touch x\n"] {
                run("bash", &script, &[("X", content)]);
            }
        }
    }
}

/// Pieces of commands in any order; a harmless value that is written into them means the same as one inserted.
const LANGUAGE: &[&str] = &[
    "§",
    "§",
    "§",
    "p ",
    "p ",
    "p ",
    "\np ",
    " ",
    "'",
    "'",
    "\"",
    "\"",
    "`",
    "\\`",
    "\\",
    "\\\"",
    "${Y}",
    "$(p ",
    "$( p ",
    "\"$(",
    ")",
    ")",
    " ( ",
    " { ",
    "; }",
    "${Y:-",
    "${Y:+",
    "${N:-",
    "${N-",
    "${Y#",
    "\"${Y%%",
    "}",
    "}\"",
    " <<EOF",
    " <<-EOF",
    " <<'EOF'",
    "\n",
    "\nEOF\n",
    "\n\tEOF\n",
    "\n\tEOF\n)",
    " #",
    "#",
    "case ",
    " in ",
    " in (",
    "case b in ",
    "case b in b) ",
    " esac",
    " esac)",
    ";;",
    "|",
    "||",
    "&&",
    ";",
    "\nY=",
    "\\\n",
    "$((1+",
    "$((",
    "))",
    "cat",
    " b",
    "if p;then ",
    ";fi",
    " *",
];

const LANGUAGE_OF_BASH: &[&str] = &[
    " $'",
    " $'",
    "\\'",
    " a=( ",
    " [[ b =~ ",
    " [[ b == ",
    " ]]",
    "((1+",
    " for((;;",
    "${Y/b/",
    "${Y//",
    "/",
    "${Y:",
    " @(b|",
    " <(p ",
    " <<<",
    ";;&",
    " $[",
    "]",
    "${Y[",
    "]}",
    "@(#",
    "|&",
    " =~ (#",
    " $\"",
];

fn check_alike(program: &str, shell: Shell, command: &str) {
    let Ok(inserted) = insert(&marked(command), shell, &value) else { return };
    // `$§` is a dollar sign with a value, and `§=` a command.
    let written = command.replace("$§", "\\$§").replace('§', "zz");
    let before = "p() { printf '<%s>' \"$@\"; }; cat() { command cat; printf '^'; }; Y=bzzb; unset N\n";
    let seen = |script: &str| {
        let outcome = run(program, &format!("{before}{script}"), &[("X", "zz")]);
        (outcome.out, outcome.code)
    };
    assert_eq!(seen(&inserted), seen(&written), "{program}: {command}\n{inserted}");
}

const PIECES: &[&str] = &[
    "§", "§", "a", " ", "'", "\"", "`", "\\", "$", "(", ")", "{", "}", "$(", "$((", "))", "${", "${a", ":-", "/", "[",
    "]", "<<", "<<-", "EOF", "\n", "\nEOF\n", "#", "case ", " in ", "esac", ";;", "=", "=~", "$'", "@'", "@\"", "\n'@",
    "\n\"@", "--%", "@{", "@(", "<#", "#>", "&", "|", "~", "*", "-a:", ";", ",", ".", "1", "¤",
];

/// No names of commands are in it, so that nothing but a value could run one.
const SAFE_PIECES: &[&str] = &[
    "§",
    "§",
    ": ",
    " ",
    "'",
    "\"",
    "`",
    "\\",
    "$",
    "(",
    ")",
    "{ ",
    "; }",
    "$(",
    "${",
    "${a:-",
    "${a#",
    "}",
    "<<EOF",
    "\n",
    "\nEOF\n",
    "#",
    "case x in ",
    "x) ",
    "esac",
    ";;",
    " a=",
    "[[ a =~ ",
    " ]]",
    "$'",
    "&&",
    "\\\n",
];
