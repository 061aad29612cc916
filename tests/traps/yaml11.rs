//! What a YAML 1.1 reader makes of plain scalars, which is more than a 1.2 reader does.

use std::sync::LazyLock;

use granit_parser::{Event, Parser, ScalarStyle};
use regex::Regex;

/// A scalar of a document.
#[derive(Clone, Debug)]
pub struct Scalar {
    pub text: String,
    /// Without quotes, and in no block.
    pub plain: bool,
    /// The key whose value it is; empty in a list, and for keys.
    pub key: String,
    pub line: usize,
}

/// The type that the YAML 1.1 repository gives a plain scalar.
///
/// The regular expressions are those of <https://yaml.org/type/bool.html>, `int`, `float`, `null`, `timestamp`,
/// `merge` and `value` there.
pub fn kind(plain: &str) -> &'static str {
    static KINDS: LazyLock<Vec<(&str, Regex)>> = LazyLock::new(|| {
        let kinds = [
            ("bool", "y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF"),
            ("null", "~|null|Null|NULL|"),
            (
                "int",
                "[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+\
                 |[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+",
            ),
            ("float", r"[-+]?(?:[0-9][0-9_]*)?\.[0-9.]*(?:[eE][-+][0-9]+)?"),
            ("float", r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"),
            // YAML 1.2 lets the point and the sign go: <https://yaml.org/spec/1.2.2/#1032-tag-resolution>.
            ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+"),
            (
                "timestamp",
                r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}.*",
            ),
            ("merge", "<<"),
            ("value", "="),
        ];
        let anchored = |(kind, regex): (&'static str, &str)| (kind, Regex::new(&format!("^(?:{regex})$")).unwrap());
        kinds.into_iter().map(anchored).collect()
    });
    KINDS.iter().find(|(_, regex)| regex.is_match(plain)).map_or("str", |(kind, _)| kind)
}

/// Every scalar of a text, keys too.
pub fn scalars(text: &str) -> Vec<Scalar> {
    enum Around {
        List,
        /// The key, once it was read.
        Map(Option<String>),
    }
    let mut scalars = Vec::new();
    let mut around: Vec<Around> = Vec::new();
    let ended = |around: &mut Vec<Around>| {
        if let Some(Around::Map(key @ Some(_))) = around.last_mut() {
            *key = None;
        }
    };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.unwrap_or_else(|error| panic!("{error}\n{text}"));
        match event {
            Event::Scalar(value, style, ..) => {
                let key = match around.last() {
                    Some(Around::Map(Some(key))) => key.clone(),
                    _ => String::new(),
                };
                match around.last_mut() {
                    Some(Around::Map(key @ None)) => *key = Some(value.to_string()),
                    _ => ended(&mut around),
                }
                let plain = style == ScalarStyle::Plain;
                scalars.push(Scalar { text: value.into_owned(), plain, key, line: span.start.line() });
            }
            Event::Alias(..) => ended(&mut around),
            Event::SequenceStart(..) => around.push(Around::List),
            Event::MappingStart(..) => around.push(Around::Map(None)),
            Event::SequenceEnd | Event::MappingEnd => {
                around.pop();
                ended(&mut around);
            }
            _ => {}
        }
    }
    scalars
}

#[test]
fn the_resolver_knows_the_types_of_yaml_1_1() {
    let cases = [
        ("bool", "y Y yes No on OFF true False"),
        ("null", "~ null NULL"),
        ("int", "0 7 -12 +685_230 02472256 0x_0A_74_AE 0b1010 190:20:30 12:30"),
        ("float", "3.10 3.1.0 6.8523015e+5 190:20:30.15 -.inf .NaN 1e3 1E-5 .5 0o14"),
        ("timestamp", "2001-12-15 2001-12-14t21:59:43.10-05:00"),
        ("merge", "<<"),
        ("value", "="),
        ("str", "yess a 3.10a v3 1.2.x ubuntu-24.04 0xZ 12:99a nulll --"),
    ];
    for (wanted, words) in cases {
        for word in words.split(' ') {
            assert_eq!(kind(word), wanted, "{word}");
        }
    }
    assert_eq!(kind(""), "null");
    let found = scalars("a: 3.10\nb: [\"on\", no]\nc:\n  d: |-\n    1\ne: ~\n");
    let short: Vec<_> = found.iter().map(|it| (it.key.as_str(), it.text.as_str(), it.plain)).collect();
    let expected = [
        ("", "a", true),
        ("a", "3.10", true),
        ("", "b", true),
        ("", "on", false),
        ("", "no", true),
        ("", "c", true),
        ("", "d", true),
        ("d", "1", false),
        ("", "e", true),
        ("e", "~", true),
    ];
    assert_eq!(short, expected);
}
