//! The page: nothing in it leaves its place, nothing is asked of anybody, and it stays small enough.

use ci_gen::report::{Case, Report};
use proptest::prelude::*;

use super::{any, input, inputs, written};

/// The page without style, script and their hashes, which are files of their own.
pub fn without_assets(page: &str) -> String {
    let page = between(page, "<style>", "</style>");
    let page = between(&page, "<script>", "</script>");
    between(&page, "<meta http-equiv", ">")
}

/// The text without what stands between two marks.
fn between(text: &str, begin: &str, end: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(begin) {
        let (_, after) = after.split_once(end).unwrap();
        out.push_str(&format!("{before}{begin}{end}"));
        rest = after;
    }
    out + rest
}

/// What the template itself brings, whatever the report is: tags by count may only differ by what it loops over.
fn fault(page: &str) -> Option<String> {
    let bare = without_assets(page);
    for (what, most) in [("<script", 2), ("</script", 2), ("<style", 2), ("</style", 2), ("<title", 1), ("<!--", 0)] {
        let count = bare.to_lowercase().matches(what).count();
        if count > most {
            return Some(format!("{what} stands {count} times"));
        }
    }
    if bare.contains("<summary></summary>") {
        return Some("something that is folded says nothing".to_owned());
    }
    for tag in bare.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap().to_lowercase();
        let name: String = tag.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '/' || *c == '!').collect();
        let known = [
            "!doctype",
            "a",
            "b",
            "body",
            "code",
            "details",
            "div",
            "fieldset",
            "figcaption",
            "figure",
            "footer",
            "form",
            "h1",
            "h2",
            "h4",
            "head",
            "header",
            "html",
            "input",
            "label",
            "legend",
            "li",
            "link",
            "main",
            "meta",
            "nav",
            "noscript",
            "ol",
            "option",
            "p",
            "pre",
            "rect",
            "script",
            "section",
            "select",
            "span",
            "strong",
            "style",
            "summary",
            "svg",
            "table",
            "tbody",
            "td",
            "th",
            "thead",
            "title",
            "tr",
            "ul",
        ];
        if !known.contains(&name.trim_start_matches('/')) {
            return Some(format!("the tag <{tag}>"));
        }
        // Attribute values hold no quotes, so what looks like a handler outside of them is one.
        let outside: String = tag.split('"').step_by(2).collect();
        if outside.contains(" on") || outside.contains('\'') {
            return Some(format!("a handler in <{tag}>"));
        }
    }
    let controls = |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{202a}'..='\u{202e}');
    page.chars().find(|c| controls(*c)).map(|c| format!("the character {c:?}"))
}

/// The data that the script reads.
fn data(page: &str) -> serde_json::Value {
    let (_, rest) = page.split_once(r#"<script type="application/json" id="data">"#).unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

#[test]
fn hostile_text_stays_text() {
    for (name, report) in inputs() {
        let page = written("html", &report);
        assert_eq!(fault(&page), None, "{name}");
        assert_eq!(data(&page)["tests"].as_array().unwrap().len(), report.cases.len(), "{name}");
    }
    let page = written("html", &input("hostile"));
    assert!(!page.contains("javascript:"), "a link that runs");
    assert!(page.contains("&lt;/script&gt;&lt;script&gt;alert(1)"), "the text itself is there");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_report_stays_text(report in any::report()) {
        let page = written("html", &report);
        prop_assert_eq!(fault(&page), None, "in:\n{}", without_assets(&page));
        prop_assert_eq!(data(&page)["tests"].as_array().unwrap().len(), report.cases.len());
    }
}

#[test]
fn nothing_is_asked_of_anybody() {
    let page = written("html", &input("failures"));
    let bare = without_assets(&page);
    for part in ["src=", "url(", "@import", "http://", "fetch(", "XMLHttpRequest"] {
        assert!(!bare.contains(part), "{part}");
    }
    let policy = page.split_once("Content-Security-Policy\" content=\"").unwrap().1.split_once('"').unwrap().0;
    assert!(policy.starts_with("default-src &#39;none&#39;; script-src &#39;sha256-"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
}

#[test]
fn a_hundred_thousand_tests_fit() {
    let case = |index: usize| Case {
        name: format!("test_of_something_{index}"),
        class: Some(format!("tests.module_{}.Class", index % 500)),
        duration: Some(0.001 * (index % 1000) as f64),
        ..Case::default()
    };
    let mut report = Report { cases: (0..100_000).map(case).collect(), ..Report::default() };
    report.cases.iter().for_each(|case| report.totals.count(case));
    report.verdict.passed = true;
    let page = written("html", &report);
    assert!(page.len() < 8_000_000, "{} bytes", page.len());
}
