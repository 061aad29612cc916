//! Any text as a comment of ours: it is read without a panic, and what is written of it fits and is read back.
#![no_main]

use ci_gen::providers::{Document, Markup};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for markup in [Markup::Html, Markup::Plain] {
        let Some(document) = Document::parse("key", text, markup) else { continue };
        for budget in [6_000, 65_536] {
            let written = document.text(markup, budget);
            assert!(written.len() <= budget);
            assert!(Document::parse("key", &written, markup).is_some());
        }
    }
});
