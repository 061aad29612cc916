//! Well-formed commands, quotes inside quotes: every value in them arrives.

use proptest::prelude::{prop_oneof, proptest, BoxedStrategy, Just, ProptestConfig, Strategy};
use proptest::test_runner::RngSeed;

use crate::script::{insert, Shell};

use super::{marked, run, value};

/// Hurts every shell, but is neither split nor matched, so that it may pass through unquoted expansions.
const CONTENT: &str = "'\"$(touch<x)`touch<x`;&|#)}${X}";

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        // The oracle is a real shell with faults of its own, so the commands are the same in every run.
        rng_seed: RngSeed::Fixed(7),
        max_shrink_iters: 300,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_value_arrives_through_every_nesting(sh in command(3, Shell::Sh), bash in command(3, Shell::Bash)) {
        check("sh", Shell::Sh, &sh);
        check("bash", Shell::Bash, &bash);
    }
}

/// What a command prints with a harmless value written into it is what it prints with a hurtful one inserted.
fn check(program: &str, shell: Shell, command: &str) {
    let inserted = insert(&marked(command), shell, &value).unwrap();
    let before = "p() { printf '<%s>' \"$@\"; }; unset N; Y=a\n";
    let written = run(program, &format!("{before}{}", command.replace('§', "zz")), &[]);
    if !written.err.is_empty() {
        return; // Not even bash can read its own grammar in every nesting.
    }
    let wanted = (written.code, written.out.replace("zz", CONTENT));
    let outcome = run(program, &format!("{before}{inserted}"), &[("X", CONTENT)]);
    assert_eq!((outcome.code, outcome.out), wanted, "{program}: {command}\n{inserted}\n{}", outcome.err);
}

/// Text inside backquotes, one layer of backslashes deeper.
fn in_backquotes(code: &str) -> String {
    // Behind any expansion, bash 5.2 no longer sees that these are quoted when the backquotes stand in double quotes.
    let code = code.replace("$(`'", "'").replace("\n' }", "\n}").replace(" \"'", "'");
    format!("`{}`", code.replace('\\', "\\\\").replace('`', "\\`"))
}

/// Part of a word outside quotes.
fn bare(depth: u32, shell: Shell) -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        Just("§".to_owned()),
        Just("b§c".to_owned()),
        Just("\\§".to_owned()),
        Just("'§'".to_owned()),
        Just("'\\§ \"$(`'".to_owned()),
        Just("\\'\\\"\\\\\\$".to_owned()),
        Just("$((1 + (2)))".to_owned()),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    let both = prop_oneof![
        2 => leaf,
        3 => double(depth - 1, shell).prop_map(|it| format!("\"{it}\"")),
        1 => command(depth - 1, shell).prop_map(|it| format!("$( {it})")),
        1 => command(depth - 1, shell).prop_map(|it| in_backquotes(&it)),
        1 => bare(depth - 1, shell).prop_map(|it| format!("${{N:-{it}}}")),
        1 => bare(depth - 1, shell).prop_map(|it| format!("${{Y%{it}}}")),
        1 => (bare(depth - 1, shell), bare(depth - 1, shell)).prop_map(|(a, b)| format!("{a}{b}")),
    ];
    match shell {
        Shell::Bash => prop_oneof![
            6 => both,
            1 => Just("$'\\§\\'§\\\\'".to_owned()),
            1 => double(depth - 1, shell).prop_map(|it| format!("${{Y/a/\"{it}\"}}")),
        ]
        .boxed(),
        _ => both.boxed(),
    }
}

/// Text between double quotes.
fn double(depth: u32, shell: Shell) -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        Just("§".to_owned()),
        Just("a § ".to_owned()),
        Just("\\§".to_owned()),
        Just("\\\\§".to_owned()),
        Just("\\\"§\\\"\\`\\$§".to_owned()),
        Just("'§' # (".to_owned()),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    prop_oneof![
        3 => leaf,
        2 => command(depth - 1, shell).prop_map(|it| format!("$( {it})")),
        2 => command(depth - 1, shell).prop_map(|it| in_backquotes(&it)),
        1 => double(depth - 1, shell).prop_map(|it| format!("${{N:-{it}}}")),
        1 => bare(depth - 1, shell).prop_map(|it| format!("${{Y%{it}}}")),
        1 => (double(depth - 1, shell), double(depth - 1, shell)).prop_map(|(a, b)| format!("{a}{b}")),
    ]
    .boxed()
}

/// One or more commands, ended by a line break where they need one.
fn command(depth: u32, shell: Shell) -> BoxedStrategy<String> {
    let print = (bare(depth, shell), bare(depth, shell)).prop_map(|(a, b)| format!("p {a} {b}"));
    if depth == 0 {
        return print.boxed();
    }
    let below = || command(depth - 1, shell);
    let word = || bare(depth - 1, shell);
    let both = prop_oneof![
        3 => print,
        1 => below().prop_map(|it| format!("( {it}\n)")),
        1 => below().prop_map(|it| format!("{{ {it}\n}} | cat")),
        1 => below().prop_map(|it| format!("{it} # it's § \"\n")),
        1 => (below(), below()).prop_map(|(a, b)| format!("if {a}\nthen {b}\nelse p b; fi")),
        1 => (word(), word(), below())
            .prop_map(|(a, b, it)| format!("case {a} in ({a}|b) {it}\n;; {b}) p b;; *) p '§'\nesac")),
        1 => (word(), below()).prop_map(|(a, it)| format!("for i in {a} §; do {it}\np \"$i\"; done")),
        1 => (word(), below()).prop_map(|(a, it)| format!("Z={a}; p \"$Z\"; {it}")),
        1 => (word(), below())
            .prop_map(move |(a, it)| format!("cat <<E{depth}; cat <<'F'; p {a}\n\"'§ \\§ $( {it}\n)\nE{depth}\n' }}\nF\n")),
        1 => (below(), below()).prop_map(|(a, it)| format!("f() {{ {a}\n}}; f | cat; {it}")),
    ];
    match shell {
        Shell::Bash => prop_oneof![
            6 => both,
            1 => (word(), below()).prop_map(|(a, it)| format!("a=({a} # it's\n§); p \"${{a[@]}}\"; {it}")),
            1 => (word(), below()).prop_map(|(a, it)| format!("[[ § == § && b#x =~ (#|b)x ]] && cat <<< {a}; {it}")),
            1 => below().prop_map(|it| format!("cat < <({it}\n); ((1 << 2)); p §")),
        ]
        .boxed(),
        _ => both.boxed(),
    }
}
