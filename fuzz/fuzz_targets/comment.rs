//! Any text as a comment of ours: it is read without a panic, and what is written of it fits and is read back.
//!
//! A line that begins with `{` stands for the data of a leg, which no fuzzer would ever find encoded.
#![no_main]

use base64::{engine::general_purpose::URL_SAFE_NO_PAD, Engine};
use ci_gen::providers::{Document, Markup};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for (markup, open, close) in [(Markup::Html, "<!-- ci-gen:", " -->"), (Markup::Plain, "[//]: # (ci-gen:", ")")] {
        let line = |line: &str| match line.strip_prefix('{') {
            Some(_) => format!("{open}leg:{}{close}", URL_SAFE_NO_PAD.encode(line)),
            None => line.to_owned(),
        };
        let text: Vec<String> = text.lines().map(line).collect();
        let empty = Document::new("key").text(markup, 6_000);
        for text in [text.join("\n"), format!("{empty}{}", text.join("\n"))] {
            let Some(document) = Document::parse("key", &text, markup) else { continue };
            for budget in [6_000, 65_536] {
                let written = document.text(markup, budget);
                assert!(written.len() <= budget);
                assert!(Document::parse("key", &written, markup).is_some());
            }
        }
    }
});
