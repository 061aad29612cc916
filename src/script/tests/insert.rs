//! Values in every place of a bash or sh command, seen by the command that gets them.

use proptest::prelude::{any, prop_oneof, proptest, Just, ProptestConfig, Strategy};

use crate::script::{insert, InsertError, Shell};

use super::{marked, run, text, value};

/// Commands as [`marked`] reads them, and the words that `p` or the text that `q` must see.
const ANY_SHELL: &[(&str, &[&str])] = &[
    ("p §", &["§"]),
    ("p §§ §", &["§§", "§"]),
    ("p a§b --x=§ §/y", &["a§b", "--x=§", "§/y"]),
    ("p \"§\" \"a § b\" \"'§'\"", &["§", "a § b", "'§'"]),
    ("p '§' 'a § b' '\"§\"' '§ b' 'a §'", &["§", "a § b", "\"§\"", "§ b", "a §"]),
    ("p 'a'§\"b\" '' \"\" §''", &["a§b", "", "", "§"]),
    ("p \\§ \\\\§ \"\\§\" \"\\\\§\" '\\§'", &["§", "\\§", "\\§", "\\§", "\\§"]),
    ("p $§ \"$§\" '$§'", &["$§", "$§", "$§"]),
    ("p ~§ *§* [§] x§? {§}", &["~§", "*§*", "[§]", "x§?", "{§}"]),
    ("Y=§; p \"$Y\"; Y=a§'§'; p \"$Y\"", &["§", "a§§"]),
    ("export Y=§; p \"$Y\"", &["§"]),
    ("Y=§ sh -c 'printf \"<%s>\\0\" \"$Y\"'", &["§"]),
    ("Y=b; p $Y§ \"$Y§\" ${Y}§", &["b§", "b§", "b§"]),
    ("p \"$(printf '%s.' §)\"", &["§."]),
    ("p \"$(printf '%s.' \"§\" '§' \"$(printf '%s.' §)\")\"", &["§.§.§.."]),
    ("p \"$(case a in a) printf '%s.' § ;; (b) printf ')';; esac)\"", &["§."]),
    ("p \"$(case a in esac; printf '%s.' '§')\" '§'", &["§.", "§"]),
    ("p \"$(if true; then case § in §|b) printf '%s.' § ;; *) ;; esac; fi)\"", &["§."]),
    ("p \"$( (printf '%s.' a); printf '%s.' §)\"", &["a.§."]),
    ("p \"$(printf a # it's )\n)\" §", &["a", "§"]),
    ("p \"`printf '%s.' §`\" \"`printf '%s.' '§'`\"", &["§.", "§."]),
    ("p \"`printf '%s.' \\\"§\\\"`\" '§'", &["§.", "§"]),
    ("p \"`printf '%s.' \\\"\\`printf '%s.' § '§'\\`\\\"`\"", &["§.§.."]),
    ("p \"`printf '%s.' \\\"\\\\\\\\§\\\"`\"", &["\\§."]),
    ("Y=`printf '%s.' \"§\" '§'`; p \"$Y\"", &["§.§."]),
    ("p \"${NONE:-§}\" \"${NONE:-a § b}\" ${NONE:-§} ${NONE:-'§'} ${NONE:-\"§\"}", &["§", "a § b", "§", "§", "§"]),
    ("p \"${NONE:-\"§\"}\" \"${NONE:-${NONE2:-§}}\" \"${NONE:-it}§\"", &["§", "§", "it§"]),
    ("Y=a; p \"${Y:+§}\" ${Y+\\§} \"${Y:+\\§}\"", &["§", "§", "\\§"]),
    (
        "Y=a§; p \"${Y%§}\" ${Y%§} \"${Y#a'§'}\" \"${Y%%\"§\"}\" \"${#NONE}\" $# '§'",
        &["a", "a", "", "a", "0", "0", "§"],
    ),
    ("case § in §) p yes ;; *) p no ;; esac", &["yes"]),
    ("case a§ in (b) p b ;; a§) p yes ;; esac; p §", &["yes", "§"]),
    ("if [ § = '§' ]; then p yes; fi", &["yes"]),
    ("for i in § b; do p \"$i\"; done", &["§", "b"]),
    ("f() { p \"$1\"; }\nf §", &["§"]),
    ("( p § ); { p '§'; }", &["§", "§"]),
    ("p a \\\n  § \\\n  '§'", &["a", "§", "§"]),
    ("p a\\\n§ # it's § \"\np a#'§' §", &["a§", "a#§", "§"]),
    ("# don't § `\np §", &["§"]),
    ("p $((1 + (2 * 3))) § $((1 << 2))'§'", &["7", "§", "4§"]),
    ("N=3; p $((N + 1))§ \"$(( N ))§\"", &["4§", "3§"]),
    ("p $$ 2>&1 | q >/dev/null; p §", &["§"]),
    ("q <<EOF\na § \"§\" '§' \\§\nEOF\np §", &["a § \"§\" '§' \\§\n", "§"]),
    ("q <<EOF\n$(printf '%s.' § '§') ${NONE:-§} `printf '%s.' \"§\"`\nEOF\n", &["§.§. § §.\n"]),
    ("q <<EOF\n$§ \\\nEOF\nEOF\n", &["$§ EOF\n"]),
    ("q <<-EOF\n\ta §\n\t§\n\tEOF\np '§'", &["a §\n§\n", "§"]),
    ("q <<A; q <<'B' | cat; p '§'\n§\nA\nit's $\nB\np \"§\"", &["§\n", "it's $\n", "§", "§"]),
    ("q << \"E F\"\n`'\"\nE F\np §", &["`'\"\n", "§"]),
    ("p \"$(cat <<EOF\n§.\nEOF\n)\" '§'", &["§.", "§"]),
    ("q <<\\EOF && p §\n'\nEOF\n", &["'\n", "§"]),
];

const BASH: &[(&str, &[&str])] = &[
    ("p $'a\\t§' $'§' $'\\§' $'it\\'s § b'", &["a\t§", "§", "\\§", "it's § b"]),
    ("p $\"a § b\"", &["a § b"]),
    ("Y=\"ab§\"; p \"${Y/b§/r}\" ${Y//'b§'/r} ${Y/#\"ab§\"/r}", &["ar", "ar", "r"]),
    ("Y=abc; Y=${Y/b/§}; p \"$Y\"", &["a§c"]),
    ("Y=abc; p \"${Y:1:1}§\" \"${Y^^}\" ${Y[0]} '§'", &["b§", "ABC", "abc", "§"]),
    ("a=(§ 'b §' # it's\n  \"§\"); p \"${a[@]}\" §", &["§", "b §", "§", "§"]),
    ("a=(1 2); a+=(§); p \"${a[2]}\" '§'", &["§", "§"]),
    ("[[ § == § ]] && p yes; [[ a§ == a* && a§ =~ ^a§$ ]] && p yes", &["yes", "yes"]),
    ("[[ '#' =~ (#|x) ]] && p '§'; [[ ab =~ ((a)b) ]] && p §", &["§", "§"]),
    ("q <<< §; q <<< 'a §'", &["§\n", "a §\n"]),
    ("p {a,§}", &["a", "§"]),
    ("q < <(printf '%s' §)", &["§"]),
    ("if((1<2)); then p §; fi; (( 1 << 2 )); p '§'; for ((i=0; i<1; i++)); do p \"§\"; done", &["§", "§", "§"]),
    ("p $[ 1 << 2 ] '§'", &["4", "§"]),
    ("shopt -s extglob\ncase b in @(a|b)) p §;; esac; p '§'", &["§", "§"]),
    ("Y=a; p \"${!NONE*}\" \"${Y@Q}\" '§'", &["", "'a'", "§"]),
    ("case § in\n  §) p a ;;&\n  *) p '§' ;;\nesac", &["a", "§"]),
    ("p \"$({ time case § in §) printf '%s.' §;; esac; } 2>/dev/null)\"", &["§."]),
];

const NASTY: &[&str] = &[
    "plain",
    "",
    " ",
    "two words",
    "  lead and trail  ",
    "*",
    "*.rs ?[a-z]",
    "it's",
    "\"quoted\"",
    "'\"`",
    "$(touch x)",
    "`touch x`",
    "; touch x;",
    "$HOME ${HOME}",
    "'; touch x; '",
    "\"; touch x; \"",
    "a\\b\\\\c\\",
    "\\",
    "line\nbreak\n\n",
    "\nEOF\n",
    "tab\t",
    "emoji 🦀 ünï",
    "~/x",
    "-n",
    "--",
    "a=b",
    "#x",
    "!x",
    "{a,b}",
    "&|<>()",
    ")",
    "(",
    "}",
    "%s\\n",
    "${X}",
    "a]b[",
];

/// Runs all commands of a table in one process; each is set off by a line with its number.
fn check_all(program: &str, shell: Shell, table: &[(&str, &[&str])], content: &str) {
    let mut script = String::from("p() { printf '<%s>\\0' \"$@\"; }\nq() { printf '<'; cat; printf '>\\0'; }\n");
    for (command, _) in table {
        script += &format!("printf '\\0\\0'\n{}\n", insert(&marked(command), shell, &value).unwrap());
    }
    let outcome = run(program, &script, &[("X", content)]);
    let mut seen = outcome.out.split("\0\0\0").flat_map(|it| it.split("\0\0"));
    assert_eq!(seen.next(), Some(""), "{}", outcome.err);
    for (command, words) in table {
        let wanted: Vec<String> = words.iter().map(|word| format!("<{}>", word.replace('§', content))).collect();
        let seen = seen.next().unwrap_or("nothing").trim_end_matches('\0');
        let inserted = insert(&marked(command), shell, &value).unwrap();
        assert_eq!(seen, wanted.join("\0"), "{program}, {content:?}, {}\n{inserted}", outcome.err);
    }
    assert_eq!((seen.next(), outcome.err.as_str()), (None, ""), "{program}, {content:?}");
}

#[test]
fn bash_sees_every_value_as_it_is() {
    for content in NASTY {
        check_all("bash", Shell::Bash, ANY_SHELL, content);
        check_all("bash", Shell::Bash, BASH, content);
    }
}

#[test]
fn sh_sees_every_value_as_it_is() {
    for content in NASTY {
        check_all("sh", Shell::Sh, ANY_SHELL, content);
        check_all("bash", Shell::Sh, ANY_SHELL, content);
    }
}

/// Strings that are likely to hurt a shell.
fn content() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        proptest::sample::select(NASTY).prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
        Just("$".to_owned()),
        Just("EOF\n".to_owned()),
    ];
    proptest::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat().replace('\0', ""))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_value_survives(content in content()) {
        check_all("bash", Shell::Bash, ANY_SHELL, &content);
        check_all("bash", Shell::Bash, BASH, &content);
        check_all("sh", Shell::Sh, ANY_SHELL, &content);
    }
}

#[test]
fn the_documented_forms() {
    let of = |command: &str| insert(&text(command), Shell::Bash, &value).unwrap();
    assert_eq!(of("pytest -k {{ matrix.x }}"), "pytest -k \"${X}\"");
    assert_eq!(of("echo \"py {{ matrix.x }}\""), "echo \"py ${X}\"");
    assert_eq!(of("echo 'py {{ matrix.x }}!'"), "echo 'py '\"${X}\"'!'");
    assert_eq!(of("echo '{{ matrix.x }}'"), "echo \"${X}\"");
    assert_eq!(of("echo $'a{{ matrix.x }}b'"), "echo $'a'\"${X}\"$'b'");
    assert_eq!(of("echo $(( {{ matrix.x }} + 1 ))"), "echo $(( ${X} + 1 ))");
    assert_eq!(of("(( i < {{ matrix.x }} )); a[{{ matrix.x }}]=1"), "(( i < ${X} )); a[\"${X}\"]=1");
    assert_eq!(of("X={{ matrix.x }} # {{ matrix.x }}"), "X=\"${X}\" # ${X}");
}

#[test]
fn arithmetic_counts_with_values() {
    let command = text("N=1; echo $(( {{ matrix.x }} * 2 )) \"$((N+{{ matrix.x }}))\" ${N:+$(({{ matrix.x }}))}");
    for (program, shell) in [("bash", Shell::Bash), ("sh", Shell::Sh)] {
        let script = insert(&command, shell, &value).unwrap();
        assert_eq!(run(program, &script, &[("X", "21")]).out, "42 22 21\n");
    }
    let command =
        text("a=(5 6 7); S=abcdef; echo ${a[{{ matrix.x }}]} \"${a[{{ matrix.x }}-1]}\" ${S:{{ matrix.x }}:1}");
    let script = insert(&command, Shell::Bash, &value).unwrap();
    assert_eq!(run("bash", &script, &[("X", "2")]).out, "7 6 c\n");
}

#[test]
fn literals_stand_as_they_are() {
    let of = |command: &str| insert(&text(command), Shell::Bash, &value).unwrap();
    assert_eq!(
        of("psql -h {{ service.db.host }} -p {{ service.db.port }} 'db://{{ service.db.host }}:{{ service.db.port }}/x'"),
        "psql -h localhost -p 5432 'db://localhost:5432/x'"
    );
    assert_eq!(of("echo '{{ env.empty }}' $'\\1{{ service.db.port }}'"), "echo '' $'\\1'\"5432\"");
    assert_eq!(of("A=http://{{ service.db.host }}:{{ service.db.port }}/"), "A=http://localhost:5432/");
    assert_eq!(of("cat <<'EOF'\n{{ service.db.port }}\nEOF"), "cat <<'EOF'\n5432\nEOF");
    assert_eq!(of("echo {{ service.db.port }}>x ~{{ service.db.host }}"), "echo \"5432\">x ~\"localhost\"");
    assert_eq!(of("echo $A{{ service.db.port }} \"$A{{ service.db.host }}\""), "echo ${A}5432 \"${A}localhost\"");
    assert_eq!(of("echo {{ env.empty }} {1..{{ service.db.port }}}"), "echo \"\" {1..\"5432\"}");
}

fn refusal(command: &str, shell: Shell) -> InsertError {
    insert(&text(command), shell, &value).unwrap_err()
}

#[test]
fn places_without_expansion_are_refused_with_a_way_out() {
    for delimiter in ["'EOF'", "\"EOF\"", "\\EOF", "E'O'F", "-'EOF'"] {
        let error = refusal(&format!("true\ncat <<{delimiter} | cat\nx\n{{{{ matrix.x }}}}\nEOF\n"), Shell::Bash);
        assert_eq!((error.code, error.line), ("value-place", 4), "{delimiter}");
        assert!(error.message.contains("{{ matrix.x }}") && error.message.contains("quoted delimiter"), "{error}");
        assert!(error.help.contains("`<<EOF`") && error.help.contains("echo"), "{}", error.help);
    }
    for (command, part) in [
        ("cat <<{{ matrix.x }}\nx\n", "ends a here-document"),
        ("echo ${A_{{ matrix.x }}}", "variable's name"),
        ("echo ${ {{ matrix.x }}; }", "newest bash"),
        ("echo \"${A/a/{{ matrix.x }}}\"", "inside double quotes"),
        ("echo $(( a['{{ matrix.x }}'] ))", "single quotes inside arithmetic"),
    ] {
        let error = refusal(command, Shell::Bash);
        assert!(error.message.contains(part) && !error.help.is_empty(), "{command}: {error}");
    }
    assert!(refusal("echo $'{{ matrix.x }}'", Shell::Sh).help.contains("printf"));
    assert!(refusal("cat <<< {{ matrix.x }}", Shell::Sh).help.contains("printf"));
}

#[test]
fn what_is_never_closed_is_refused() {
    for (command, what, line) in [
        ("echo {{ matrix.x }} 'a", "single quote", 1),
        ("true\necho \"{{ matrix.x }}", "double quote", 2),
        ("echo {{ matrix.x }} `a", "backquote", 1),
        ("echo \"$(a {{ matrix.x }}\"", "double quote", 1),
        ("echo $(a {{ matrix.x }}", "`$(`", 1),
        ("echo ${a:-{{ matrix.x }}", "`${`", 1),
        ("echo $(( {{ matrix.x }}", "`$(`", 1),
        ("echo ${a[{{ matrix.x }}", "`[`", 1),
        ("cat <<EOF\n{{ matrix.x }}\n", "`<<EOF`", 1),
        ("echo $(cat <<EOF)\n{{ matrix.x }}\nEOF\n", "<<EOF", 1),
        ("x $(case {{ matrix.x }})", "`case`", 1),
    ] {
        let error = refusal(command, Shell::Bash);
        assert_eq!((error.code, error.line), ("shell-syntax", line), "{command}: {error}");
        assert!(error.message.contains(what), "{command}: {error}");
    }
    let deep = "\"$(".repeat(40) + "{{ matrix.x }}";
    assert!(refusal(&deep, Shell::Bash).message.contains("nested too deeply"));
}

#[test]
fn a_command_without_values_is_left_alone() {
    let odd = "echo 'never closed \"$(`\n<<EOF ${{ x }}";
    for shell in [Shell::Bash, Shell::Sh, Shell::Pwsh] {
        assert_eq!(insert(&text(odd), shell, &value).unwrap(), odd);
    }
}
