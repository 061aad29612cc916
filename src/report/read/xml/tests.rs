//! What of XML is bounded, cut and never expanded.

use crate::report::read::{read, text::LONG, Reading};

fn codes(reading: &Reading) -> Vec<(&str, u64)> {
    reading.problems.iter().map(|it| (it.note.code.as_str(), it.note.line.unwrap_or(0))).collect()
}

/// How many bytes the mark at the end of a text speaks of, and how long the text before it is.
fn mark(text: &str) -> (usize, usize) {
    let (kept, mark) = text.rsplit_once("\n… ").unwrap();
    (mark.split(' ').next().unwrap().replace(',', "").parse().unwrap(), kept.len())
}

#[test]
fn long_text_is_cut_wherever_it_stands() {
    let lines = 40_000;
    let long = "ä]]&gt;-?x\n".repeat(lines);
    let raw = "ä]]-?'x\n".repeat(lines);
    let xml = format!(
        "<testsuite><!--{raw}--><?p {raw}?><testcase name='a'><failure>{long}</failure>\
         <system-out><![CDATA[{raw}]]></system-out><system-err>{}</system-err></testcase>\n\
         <testcase name='b'><failure message=\"{raw}\" type='t'/></testcase><testcase/></testsuite>",
        raw.trim_end(),
    );
    let reading = read("x", xml.as_bytes());
    let last = xml.lines().count() as u64;
    assert_eq!(codes(&reading), [("unnamed", last)]);
    let [a, b, _] = &reading.cases[..] else { panic!("{} cases", reading.cases.len()) };
    assert!(mark(a.details.trace.as_ref().unwrap()).1 <= LONG);
    let (left_out, kept) = mark(a.details.stdout.as_ref().unwrap());
    assert!(left_out + kept >= raw.len() - 2 && left_out + kept <= raw.len(), "{left_out} {kept} {}", raw.len());
    let (left_out, kept) = mark(a.details.stderr.as_ref().unwrap());
    assert!(left_out + kept >= raw.len() - 3 && left_out + kept <= raw.len(), "{left_out} {kept} {}", raw.len());
    let (left_out, kept) = mark(b.details.message.as_ref().unwrap());
    assert!(left_out + kept >= raw.len() - 2 && left_out + kept <= raw.len(), "{left_out} {kept} {}", raw.len());
    assert_eq!(b.details.kind.as_deref(), Some("t"));
}

#[test]
fn nesting_attributes_and_tags_are_bounded() {
    let deep = format!("<testsuite>{}", "<testsuite>".repeat(100_000));
    assert_eq!(codes(&read("x", deep.as_bytes())), [("too-deep", 1)]);
    let attributes: String = (0..1000).map(|it| format!(" a{it}='1'")).collect();
    let wide = format!("<testsuite><testcase name='a'{attributes}/></testsuite>");
    assert_eq!(codes(&read("x", wide.as_bytes())), [("attributes", 1)]);
    let long = format!("<testsuite>\n<testcase {}/></testsuite>", "a".repeat(5_000_000));
    let codes = read("x", long.as_bytes()).problems;
    assert!(codes.iter().any(|it| it.note.code == "too-long"), "{codes:?}");
}

#[test]
fn entities_of_a_document_type_are_never_expanded() {
    let xml = "<!DOCTYPE t [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><testsuite name='&b;'>\n\
               <testcase name='&lt;&#65;&#x42;&amp;'/></testsuite>";
    let reading = read("x", xml.as_bytes());
    assert_eq!(codes(&reading), [("entity", 1)]);
    assert_eq!((reading.suites[0].name.as_str(), reading.cases[0].name.as_str()), ("&b;", "<AB&"));
}
