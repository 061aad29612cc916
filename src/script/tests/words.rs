//! Single words, read back by shells.

use proptest::prelude::{any, proptest, ProptestConfig};

use crate::plan::{Expr, Text};
use crate::script::{path_word, quote, word, Shell};

use super::{run, text, value};

const SHELLS: [(&str, Shell); 2] = [("bash", Shell::Bash), ("sh", Shell::Sh)];

fn read_back(program: &str, words: &[String], env: &[(&str, &str)]) -> String {
    run(program, &format!("printf '<%s>\\0' {}", words.join(" ")), env).out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_one_word(raw in any::<String>(), nasty in "[~/'\"\\\\$`(){}*? a\n!#=-]{0,12}", x in "[^\0]{0,8}") {
        let raw = raw.replace('\0', "");
        let mut mixed = Text::literal(&*nasty);
        mixed.push_expr(Expr::Matrix("x".to_owned()));
        mixed.push_lit(&raw);
        for (program, shell) in SHELLS {
            let words = [
                quote(&raw, shell),
                quote(&nasty, shell),
                word(&Text::literal(&*nasty), shell, &value),
                word(&mixed, shell, &value),
            ];
            let seen = read_back(program, &words, &[("X", &x)]);
            assert_eq!(seen, format!("<{raw}>\0<{nasty}>\0<{nasty}>\0<{nasty}{x}{raw}>\0"), "{words:?}");
        }
    }

    #[test]
    fn any_path_below_home(path in "[^\0]{0,12}", x in "[^\0]{0,8}") {
        let mut mixed = Text::literal("~/");
        mixed.push_expr(Expr::Matrix("x".to_owned()));
        mixed.push_lit(&path);
        for (program, shell) in SHELLS {
            let words = [path_word(&Text::literal(format!("~/{path}")), shell, &value), path_word(&mixed, shell, &value)];
            let seen = read_back(program, &words, &[("X", &x), ("HOME", "/home/o k")]);
            assert_eq!(seen, format!("</home/o k/{path}>\0</home/o k/{x}{path}>\0"), "{words:?}");
        }
    }
}

#[test]
fn words_are_plain_where_they_can_be() {
    for plain in ["abc-1.2/x:y=z,@%+_", "5432", "-x"] {
        assert_eq!(quote(plain, Shell::Bash), plain);
    }
    for (source, bash) in [
        ("", "''"),
        ("a b", "'a b'"),
        ("~/x", "'~/x'"),
        ("~", "'~'"),
        ("{{ service.db.host }}:{{ service.db.port }}", "localhost:5432"),
        ("{{ env.empty }}", "''"),
        ("{{ matrix.x }}", "\"${X}\""),
        ("a`b{{ matrix.x }}", "\"a\\`b${X}\""),
        ("~/{{ matrix.x }}", "\"~/${X}\""),
    ] {
        assert_eq!(word(&text(source), Shell::Bash, &value), bash, "{source}");
    }
}

#[test]
fn a_tilde_is_home_only_at_the_head_of_a_path() {
    for (source, bash, pwsh) in [
        ("~", "\"$HOME\"", "\"$HOME\""),
        ("~/", "\"$HOME\"/", "\"$HOME/\""),
        ("~/.cache/pip", "\"$HOME\"/.cache/pip", "\"$HOME/.cache/pip\""),
        ("~/a b", "\"$HOME\"/'a b'", "\"$HOME/a b\""),
        ("~/{{ matrix.x }}/$y", "\"$HOME\"/\"${X}/\\$y\"", "\"$HOME/${env:X}/`$y\""),
        ("~user/x", "'~user/x'", "'~user/x'"),
        ("a/~/x", "'a/~/x'", "'a/~/x'"),
        ("~{{ matrix.x }}", "\"~${X}\"", "\"~${env:X}\""),
        ("{{ matrix.x }}/y", "\"${X}/y\"", "\"${env:X}/y\""),
    ] {
        assert_eq!(path_word(&text(source), Shell::Bash, &value), bash, "{source}");
        assert_eq!(path_word(&text(source), Shell::Pwsh, &value), pwsh, "{source}");
    }
}

#[test]
fn powershell_words() {
    for (source, pwsh) in [
        ("abc", "'abc'"),
        ("", "''"),
        ("it's ’ok‘ $x `n", "'it''s ’’ok‘‘ $x `n'"),
        ("{{ matrix.x }}.txt", "\"${env:X}.txt\""),
        ("“$a”`\"{{ matrix.x }}", "\"`“`$a`”```\"${env:X}\""),
    ] {
        assert_eq!(word(&text(source), Shell::Pwsh, &value), pwsh, "{source}");
    }
}
