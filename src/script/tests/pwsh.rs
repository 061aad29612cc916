//! Values in PowerShell commands, as tables: there is no PowerShell to run them with.

use crate::script::{insert, strict, wait_for_port, Shell};

use super::{text, value};

/// Commands with `§` for `{{ matrix.x }}` and `¤` for `{{ service.db.port }}`, and what they become.
const FORMS: &[(&str, &str)] = &[
    // Arguments are one string as a whole.
    ("foo §", r#"foo "${env:X}""#),
    ("foo a§b --x=§ §/y §.txt", r#"foo "a${env:X}b" "--x=${env:X}" "${env:X}/y" "${env:X}.txt""#),
    ("foo -Path:§/b -x=§ -x §§", r#"foo -Path:"${env:X}/b" "-x=${env:X}" -x "${env:X}${env:X}""#),
    ("foo a,§,b § > §", r#"foo a,"${env:X}",b "${env:X}" > "${env:X}""#),
    ("foo $v/§ $env:HOME\\§ ${v}§", r#"foo "$v/${env:X}" "$env:HOME\${env:X}" "${v}${env:X}""#),
    ("foo `§ a` §b x`$§", r#"foo "${env:X}" "a` ${env:X}b" "x`$${env:X}""#),
    ("foo a` b§", r#"foo "a` b${env:X}""#),
    ("foo x`\n  §\nbar §", "foo x`\n  \"${env:X}\"\nbar \"${env:X}\""),
    (
        "foo 2>&1 § | bar § ; baz § && qux §",
        r#"foo 2>&1 "${env:X}" | bar "${env:X}" ; baz "${env:X}" && qux "${env:X}""#,
    ),
    // Command names.
    ("python§ -m x §", r#"& "python${env:X}" -m x "${env:X}""#),
    ("§ --version", r#"& "${env:X}" --version"#),
    ("& § --version; . ./§.ps1", r#"& "${env:X}" --version; . "./${env:X}.ps1""#),
    ("ls | §", r#"ls | & "${env:X}""#),
    ("7z x §", r#"7z x "${env:X}""#),
    ("ForEach-Object { foo § } -x §", r#"ForEach-Object { foo "${env:X}" } -x "${env:X}""#),
    ("if ($a) { foo § } else { bar § }", r#"if ($a) { foo "${env:X}" } else { bar "${env:X}" }"#),
    ("foreach ($f in §) { foo $f § }", r#"foreach ($f in "${env:X}") { foo $f "${env:X}" }"#),
    // Expressions.
    ("$v = §", r#"$v = "${env:X}""#),
    ("$v=§; $env:A=§", r#"$v="${env:X}"; $env:A="${env:X}""#),
    ("$v = foo §", r#"$v = foo "${env:X}""#),
    ("if ($v -eq §) { exit 1 }", r#"if ($v -eq "${env:X}") { exit 1 }"#),
    ("$t = @{ a = §; b=§ }", r#"$t = @{ a = "${env:X}"; b="${env:X}" }"#),
    ("foo @{\n  a = §\n  b = bar §\n}", "foo @{\n  a = \"${env:X}\"\n  b = bar \"${env:X}\"\n}"),
    ("[int]§ + $a[§]", r#"[int]"${env:X}" + $a["${env:X}"]"#),
    ("[Math]::Max(§, 2); $v.Add(§)", r#"[Math]::Max("${env:X}", 2); $v.Add("${env:X}")"#),
    ("return §", r#"return "${env:X}""#),
    ("$v = $(foo §)", r#"$v = $(foo "${env:X}")"#),
    ("foo $(bar § $v) (bar §)", r#"foo $(bar "${env:X}" $v) (bar "${env:X}")"#),
    // Strings.
    ("foo \"a § b\" \"§\" \"it''s §\"", r#"foo "a ${env:X} b" "${env:X}" "it''s ${env:X}""#),
    ("foo \"a\"\"§`\"`§ $§ $v§\"", r#"foo "a""${env:X}`"${env:X} `$${env:X} $v${env:X}""#),
    ("foo \"$(bar § '\"' \"§\")§\"", r#"foo "$(bar "${env:X}" '"' "${env:X}")${env:X}""#),
    ("foo “a §”", "foo “a ${env:X}”"),
    ("foo @\"\n'\"§\"\n\"@ §", "foo @\"\n'\"${env:X}\"\n\"@ \"${env:X}\""),
    ("foo @'\n\"it's $(\n'@ §", "foo @'\n\"it's $(\n'@ \"${env:X}\""),
    ("foo 'it''s \"' §", r#"foo 'it''s "' "${env:X}""#),
    // Comments.
    ("foo # it's §\nfoo §", "foo # it's ${env:X}\nfoo \"${env:X}\""),
    ("foo <# it's\n§ #> §", "foo <# it's\n${env:X} #> \"${env:X}\""),
    ("foo a#'b' §", r#"foo a#'b' "${env:X}""#),
    ("$v = $w + 1# it's §\n$v = §", "$v = $w + 1# it's ${env:X}\n$v = \"${env:X}\""),
    ("foo a=#'b' §", r#"foo a=#'b' "${env:X}""#),
    // Literals.
    ("foo ¤ localhost:¤ --p=¤ \"¤\" '¤'", "foo 5432 localhost:5432 --p=5432 \"5432\" '5432'"),
    ("foo -p¤ 0¤ $v¤ \"$v¤ $env:A¤\"", r#"foo "-p5432" "05432" "${v}5432" "${v}5432 ${env:A}5432""#),
    ("$v = ¤; foo --% ¤ %X%", r#"$v = "5432"; foo --% 5432 %X%"#),
];

fn expand(source: &str) -> String {
    source.replace('§', "{{ matrix.x }}").replace('¤', "{{ service.db.port }}")
}

#[test]
fn values_become_strings() {
    for (source, wanted) in FORMS {
        let got = insert(&text(&expand(source).replace("${{", "{{ \"$\" }}{{")), Shell::Pwsh, &value);
        assert_eq!(got.as_deref(), Ok(*wanted), "{source}");
    }
}

#[test]
fn unclear_places_are_refused_with_a_way_out() {
    for (source, message, help) in [
        ("foo '§'", "single quotes", "double quotes"),
        ("foo\nbar @'\n§\n'@", "here-string", "@\""),
        ("foo --% §", "--%", "leave"),
        ("if (§ -eq 'a') { }", "text or a command", "double quotes"),
        ("$t = @{ § = 1 }", "text or a command", "double quotes"),
        ("foo 'a'§", "several pieces", "double quotes"),
        ("foo §'a'", "right beside", "double quotes"),
        ("foo (bar)§", "several pieces", "double quotes"),
        ("foo a$(bar)§", "several pieces", "double quotes"),
        ("foo §(bar)", "right beside", "double quotes"),
        ("foo §>x", "right beside", "double quotes"),
        ("foo *§*", "wildcards", "double quotes"),
        ("foo ~/§", "`~`", "$HOME"),
        ("foo $v.a/§", "expression", "double quotes"),
        ("foo $v[0]§", "expression", "double quotes"),
        ("$v = §/§", "several pieces", "double quotes"),
        ("$v = §.txt", "several pieces", "double quotes"),
        ("$v = 1..§", "several pieces", "double quotes"),
        ("foo ${a§}", "variable's name", "outside"),
    ] {
        let error = insert(&text(&expand(source)), Shell::Pwsh, &value).unwrap_err();
        assert_eq!(error.code, "value-place", "{source}: {error}");
        assert!(error.message.contains(message), "{source}: {error}");
        assert!(error.help.contains(help), "{source}: {}", error.help);
    }
    let error = insert(&text("foo\nbar @'\n{{ matrix.x }}\n'@"), Shell::Pwsh, &value).unwrap_err();
    assert_eq!(error.line, 3);
}

#[test]
fn what_is_never_closed_is_refused() {
    for (source, message) in [
        ("foo § 'a", "single quote"),
        ("foo \"§", "double quote"),
        ("foo \"$(bar § \"", "double quote"),
        ("foo \"$(bar §", "`$(`"),
        ("foo @\"\n§ \"@", "here-string"),
        ("foo §)", "`)` closes nothing"),
        ("foo \"a\"#'§", "`#` right behind a quote"),
    ] {
        let error = insert(&text(&expand(source)), Shell::Pwsh, &value).unwrap_err();
        assert_eq!(error.code, "shell-syntax", "{source}: {error}");
        assert!(error.message.contains(message), "{source}: {error}");
    }
}

#[test]
fn strict_stops_at_programs_too() {
    let lines: Vec<&str> = strict(Shell::Pwsh).lines().collect();
    assert_eq!(lines[..2], ["$ErrorActionPreference = 'Stop'", "$PSNativeCommandUseErrorActionPreference = $true"]);
    assert!(lines[2].contains("-lt [version]'7.4') { throw '"), "{}", lines[2]);
}

#[test]
fn a_port_is_waited_for_with_dotnet() {
    let script = wait_for_port(Shell::Pwsh, "it's", "localhost", 5432);
    assert!(script.contains("ConnectAsync('localhost', 5432).Wait(1000)"), "{script}");
    assert!(script.contains("Write-Host 'service it''s takes no connections on localhost:5432"), "{script}");
}
